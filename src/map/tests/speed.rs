//! Work that must not grow faster than the sheet.

use super::*;

#[test]
fn wide_and_merged_sheets_end_in_time() {
    // Every cell of the window covered by merged areas, and far more declared than there are.
    let merged = (0..3000_u32)
        .map(|row| MergedArea { first_row: row, first_column: 0, last_row: row, last_column: 16_383 })
        .collect();
    let rows: Vec<String> = (0..1500).map(|n| format!("机构名称{n}|值守日期|医师姓名|职称")).collect();
    let case = Case { merged, ..Case::default() };
    let file = FileContext { path: case.file.into(), index: 0 };
    let begun = std::time::Instant::now();
    let mapped = drain(map_sheet(sheet(&case, rows), &file, mapper(), &case.options));
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    assert!(mapped.reading.rows <= 1500);
}
