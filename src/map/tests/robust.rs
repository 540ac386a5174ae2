//! Whatever stands in a cell or on a sheet, the mapping ends with an answer.

use proptest::prelude::*;

use super::*;
use crate::map::value::{Coercer, Conversions, DateContext, Reading, find_period, index_list};

/// Texts of the letters that matter to the reading of values, in any order.
fn text() -> impl Strategy<Value = String> {
    let letters = "0123456789０１２.,-/:：％%年月日号第一二三十百千万亿〇半季度上下周至是否有无√×☑☐□（）() 、，；\n约人家Xx+'—EQH成其中注合计~\u{3000}\u{200b}é😀甲";
    proptest::collection::vec(proptest::sample::select(letters.chars().collect::<Vec<_>>()), 0..24)
        .prop_map(|letters| letters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn every_text_is_read_as_every_type(text in text(), number in proptest::num::f64::ANY, days in -1_000_000..4_000_000_i32) {
        let as_of = Date::parse_iso("2024-01-15").unwrap();
        let context = DateContext { period: Some(Period::Quarter(2023, 4)), as_of, day_zero: DAY_ZERO, is_text: false };
        let mut log = Conversions::default();
        let kind = catalog().kinds.iter().find(|kind| &*kind.id == "contract").unwrap();
        for field in &kind.fields {
            let coercer = Coercer::new(field, |id| catalog().lists.get(id).map(|list| index_list(list)));
            for cell in [
                Cell::Text(&text),
                Cell::Number { value: number, percent: false },
                Cell::Number { value: number, percent: true },
                Cell::DateTime { days, seconds: 86_399 },
            ] {
                let reading = coercer.read(cell, &context, &mut log);
                // What was read says so itself when it is written out and read again.
                prop_assert!(!matches!(reading, Reading::Absent));
            }
        }
        let _ = find_period(&text, Some(2024));
        let _ = crate::map::text::key(&text);
        let _ = crate::map::wide::people(&text);
        let _ = crate::map::wide::week_of(&text, &context);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_sheet_is_mapped(
        rows in proptest::collection::vec(proptest::collection::vec(prop_oneof![
            Just("机构名称".to_owned()), Just("值守日期".to_owned()), Just("医师姓名".to_owned()), Just("职称".to_owned()),
            Just("一季度".to_owned()), Just("周一".to_owned()), Just(String::new()), Just("合计".to_owned()), text(),
        ], 0..6), 0..14),
        areas in proptest::collection::vec((0_u32..16, 0_u32..8, 0_u32..5, 0_u32..5), 0..5),
        forced in any::<bool>(),
    ) {
        let mut case = Case {
            merged: areas
                .iter()
                .map(|&(row, column, down, right)| MergedArea {
                    first_row: row,
                    first_column: column,
                    last_row: row + down,
                    last_column: column + right,
                })
                .collect(),
            ..Case::default()
        };
        case.options.kind = forced.then(|| "duty-roster".into());
        let lines = rows.iter().map(|row| row.join("|").replace(['\n', '#', '%', '@', '!', '~'], "")).collect::<Vec<_>>();
        let mapped = run(&case, &lines.join("\n"));
        let records: u64 = mapped.reading.tables.iter().map(|table| table.records).sum();
        let given: usize = mapped.batches.iter().filter(|batch| batch.source.kind.as_ref() == "duty-roster").map(Batch::len).sum();
        prop_assert!(records as usize >= given);
        for batch in &mapped.batches {
            for column in &batch.columns {
                for record in 0..batch.len() {
                    let _ = (column.state(record), column.cell(record, batch.rows[record]), column.unreadable_text(record));
                }
            }
        }
    }
}
