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

struct Many {
    next: u32,
    last: u32,
}

impl RowSource for Many {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        if self.next >= self.last {
            return Ok(false);
        }
        row.clear(self.next);
        if self.next == 0 {
            fill(row, "序号|姓名|身份证号|出生日期|签约机构|签约团队|签约日期|到期日期|重点人群类别|是否行动不便");
        } else {
            row.push(Cell::Number { value: f64::from(self.next), percent: false });
            for text in [
                "张三",
                "61010219500101101X",
                "1950-01-01",
                "甲镇卫生院",
                "第一团队",
                "2023/1/5",
                "20240104",
                "老年人、高血压",
                "否",
            ] {
                row.push(Cell::Text(text));
            }
        }
        self.next += 1;
        Ok(true)
    }
}

/// `cargo test --release --lib map::tests::speed -- --ignored --nocapture` tells how long a million rows take.
#[test]
#[ignore = "a measurement, not a check"]
fn a_million_rows() {
    let case = Case::default();
    let sheet = Sheet { rows: Box::new(Many { next: 0, last: 1_000_001 }), ..sheet(&case, Vec::new()) };
    let file = FileContext { path: case.file.into(), index: 0 };
    let begun = std::time::Instant::now();
    let mut mapped = map_sheet(sheet, &file, mapper(), &case.options);
    eprintln!("planned in {:?}", begun.elapsed());
    let mut records = 0;
    while let Ok(Some(batch)) = mapped.next_batch() {
        records += batch.len();
    }
    assert_eq!(records, 1_000_000);
    eprintln!("a million rows in {:?}: {:?}", begun.elapsed(), mapped.finish().tables[0].conversions);
}
