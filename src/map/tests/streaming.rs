//! Long sheets: batches, memory that does not grow, and rows that are no records far down.

use super::*;
use crate::read::RowBlock;

struct Long {
    next: u32,
    last: u32,
}

impl RowSource for Long {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        if self.next >= self.last {
            return Ok(false);
        }
        row.clear(self.next);
        let line = match self.next {
            0 => "值守门诊排班（2023年第四季度）".to_owned(),
            n if n == 1 || n % 5000 == 0 => "机构名称|值守日期|医师姓名|职称|备注".to_owned(),
            n if n == self.last - 2 => "合计|||1|".to_owned(),
            n if n == self.last - 1 => "填表人：某某||||".to_owned(),
            n => format!("甲{}镇卫生院|2023-10-{:02}|张{n}|主治医师|", n % 7, n % 28 + 1),
        };
        fill(row, &line);
        self.next += 1;
        Ok(true)
    }
}

fn long(last: u32) -> Mapped {
    let case = Case::default();
    let sheet = Sheet { rows: Box::new(Long { next: 0, last }), ..sheet(&case, Vec::new()) };
    let file = FileContext { path: case.file.into(), index: 0 };
    drain(map_sheet(sheet, &file, mapper(), &case.options))
}

#[test]
fn rows_beyond_the_window_go_the_same_way() {
    let mut mapped = long(12_004);
    mapped.batches.retain(|batch| &*batch.source.kind == "duty-roster");
    let sizes: Vec<usize> = mapped.batches.iter().map(Batch::len).collect();
    assert!(sizes.iter().all(|size| *size <= 4096), "{sizes:?}");
    assert_eq!(sizes.iter().sum::<usize>(), 11_998);
    assert_eq!(mapped.reading.tables[0].records, 11_998);
    assert_eq!(mapped.reading.rows, 12_004);
    assert_eq!(
        mapped.skipped(),
        [(5001, "repeated-heading"), (10_001, "repeated-heading"), (12_003, "total"), (12_004, "note")]
    );
    let last = mapped.batches.last().unwrap();
    assert_eq!(value(last, "医师姓名", last.len() - 1), "张12001");
    assert_eq!(last.rows[last.len() - 1], 12_001);
    assert_eq!(mapped.reading.tables[0].data_rows, Some((2, 12_001)));
}

struct Broken {
    left: u32,
}

impl RowSource for Broken {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        if self.left == 0 {
            return Err(InputFault::new(
                crate::diag::FaultKind::Damaged,
                crate::model::Localized::new("坏了", "broken"),
                crate::model::Localized::new("重新导出", "export again"),
            ));
        }
        row.clear(3000 - self.left);
        fill(
            row,
            if self.left == 3000 {
                "机构名称|值守日期|医师姓名|职称"
            } else {
                "甲镇卫生院|2023-10-09|张三|主治医师"
            },
        );
        self.left -= 1;
        Ok(true)
    }
}

#[test]
fn a_fault_in_the_middle_keeps_what_came_before() {
    let case = Case::default();
    let sheet = Sheet { rows: Box::new(Broken { left: 3000 }), ..sheet(&case, Vec::new()) };
    let file = FileContext { path: case.file.into(), index: 0 };
    let mapped = drain(map_sheet(sheet, &file, mapper(), &case.options));
    assert_eq!(mapped.batches.iter().map(Batch::len).sum::<usize>(), 2999);
    assert_eq!(mapped.fault.unwrap().kind, crate::diag::FaultKind::Damaged);
}

#[test]
fn cases_of_rules_go_through_the_same_coercion() {
    let kind = catalog().kinds.iter().find(|kind| &*kind.id == "duty-roster").unwrap();
    let record = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    };
    let records = [
        record(&[("机构名称", "甲镇卫生院"), ("值守日期", "10月9日"), ("职称", "主治")]),
        record(&[("机构名称", ""), ("职称", "院长")]),
    ];
    let source = crate::model::Source {
        id: 8192,
        file: "case".into(),
        sheet: "case".into(),
        kind: kind.id.clone(),
        period: Some(Period::Quarter(2023, 4)),
        unit: None,
        titles: Arc::default(),
        is_text: false,
        secondary: false,
        supplement: false,
    };
    let batches = super::super::case_batch(kind, mapper(), &records, Arc::new(source));
    assert_eq!(batches.len(), 1);
    let shown = |record: usize| {
        ["机构名称", "机构类型", "值守日期", "职称", "医师姓名"].map(|field| value(&batches[0], field, record))
    };
    assert_eq!(shown(0), ["甲镇卫生院", "乡镇卫生院", "2023-10-09", "主治医师", "∅"]);
    assert_eq!(shown(1), ["-", "∅", "-", "?院长", "∅"]);
}

/// Lines that can be taken one by one or in blocks of some lengths.
struct Cut {
    lines: std::sync::Arc<Vec<String>>,
    next: usize,
    lengths: Vec<usize>,
}

struct Lines {
    lines: std::sync::Arc<Vec<String>>,
    range: std::ops::Range<usize>,
}

impl RowBlock for Lines {
    fn rows(&self) -> Box<dyn RowSource + '_> {
        Box::new(Lines { lines: self.lines.clone(), range: self.range.clone() })
    }
}

impl RowSource for Lines {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        let Some(at) = self.range.next() else { return Ok(false) };
        row.clear(at as u32);
        fill(row, &self.lines[at]);
        Ok(true)
    }
}

impl RowSource for Cut {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        let range = self.next..(self.next + 1).min(self.lines.len());
        self.next = range.end;
        Lines { lines: self.lines.clone(), range }.next_row(row)
    }

    fn next_block(&mut self) -> Result<Option<Box<dyn RowBlock>>, InputFault> {
        let Some(length) = self.lengths.pop() else { return Ok(None) };
        let range = self.next..(self.next + length).min(self.lines.len());
        self.next = range.end;
        Ok(Some(Box::new(Lines { lines: self.lines.clone(), range })))
    }
}

fn told(lines: &std::sync::Arc<Vec<String>>, lengths: Vec<usize>) -> (Vec<String>, String) {
    let case = Case::default();
    let rows = Box::new(Cut { lines: lines.clone(), next: 0, lengths });
    let sheet = Sheet { rows, ..sheet(&case, Vec::new()) };
    let file = FileContext { path: case.file.into(), index: 0 };
    told_of(&drain(map_sheet(sheet, &file, mapper(), &case.options)))
}

/// All records as texts, and all that is told about the reading.
pub(super) fn told_of(mapped: &Mapped) -> (Vec<String>, String) {
    let mut records = Vec::new();
    for batch in &mapped.batches {
        for row in 0..batch.len() {
            let cells = batch.columns.iter().map(|column| {
                let text = column.unreadable_text(row).unwrap_or_default();
                let value = match &column.data {
                    ColumnData::Text(texts) => texts.get(row).to_owned(),
                    ColumnData::Date(dates) => dates[row].to_string(),
                    ColumnData::Code(codes) => codes[row].to_string(),
                    ColumnData::YesNo(values) => values[row].to_string(),
                    ColumnData::Number(values) => values[row].to_string(),
                    ColumnData::Period(values) => values[row].to_string(),
                    other => format!("{:?}", std::mem::discriminant(other)),
                };
                format!("{:?} {value} {text} {:?}", column.state(row), column.cell(row, batch.rows[row]))
            });
            records.push(cells.collect::<Vec<_>>().join("|"));
        }
    }
    (records, format!("{:?}", mapped.reading))
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

    /// However the rows beyond the window are cut into blocks, records and reading are those of the rows one by one.
    #[test]
    fn blocks_are_read_like_rows(
        rare in proptest::collection::vec((2005..2300_usize, 0..8_usize), 0..60),
        lengths in proptest::collection::vec(1..90_usize, 1..40),
    ) {
        let mut lines: Vec<String> = vec!["机构名称|值守日期|医师姓名|职称|备注".to_owned()];
        lines.extend((1..2300).map(|n| format!("甲{}镇卫生院|2023-10-{:02}|张{n}|主治医师|", n % 7, n % 28 + 1)));
        for (at, what) in rare {
            lines[at] = [
                "注：以下为补充||||",
                "第二行说明||||",
                "合计|||1|",
                "机构名称|值守日期|医师姓名|职称|备注",
                "||||",
                "乙镇卫生院|2023年10月9日|李某|主治|二〇二三年补",
                "乙镇卫生院|下周|李某|不详|/",
                "乙镇卫生院||李某|主治医师（中医）|",
            ][what].to_owned();
        }
        let lines = std::sync::Arc::new(lines);
        proptest::prop_assert_eq!(told(&lines, lengths), told(&lines, Vec::new()));
    }
}

/// A roster of `rows` days, and below it another ledger under its own title.
fn stacked(rows: usize, between: &[&str]) -> Vec<String> {
    let mut lines = vec!["2024年四季度值守门诊排班".to_owned(), "机构名称|值守日期|医师姓名|职称|备注".to_owned()];
    lines.extend((2..rows).map(|n| format!("甲{}镇卫生院|2024-10-{:02}|张{n}|主治医师|", n % 7, n % 28 + 1)));
    lines.extend(between.iter().map(|line| (*line).to_owned()));
    lines.extend(
        [
            "村卫生室名称|药品名称|批号|有效期至|库存",
            "甲村卫生室|阿莫西林|A1|2026-05-01|12",
            "乙村卫生室|布洛芬|A2|2025-02-01|3",
        ]
        .map(str::to_owned),
    );
    lines
}

#[test]
fn a_second_table_is_found_however_far_down_it_begins() {
    let titled: &[&str] = &["合计|||3|", "注：节假日除外。", "", "2024年村卫生室药品盘点表", "填报单位：某县卫健局"];
    for (between, total) in [(titled, 1), (&["", ""][..], 0), (&[][..], 0)] {
        for rows in [1_990, 2_003, 2_300] {
            let mut lines = stacked(rows, between);
            lines.push("注：盘点日为月末。".to_owned());
            let lines = std::sync::Arc::new(lines);
            for lengths in [Vec::new(), vec![1; 400], vec![70; 40]] {
                let case = Case::default();
                let source = Box::new(Cut { lines: lines.clone(), next: 0, lengths });
                let sheet = Sheet { rows: source, ..sheet(&case, Vec::new()) };
                let file = FileContext { path: case.file.into(), index: 0 };
                let mapped = drain(map_sheet(sheet, &file, mapper(), &case.options));
                let what = format!("{rows} rows, {between:?}");
                assert!(mapped.fault.is_none(), "{what}");
                assert_eq!(mapped.reading.rows, lines.iter().filter(|line| !line.is_empty()).count() as u64, "{what}");
                let doctors = mapped.records("duty-roster", &["医师姓名"]);
                assert_eq!((doctors.len(), doctors.last().unwrap()), (rows - 2, &format!("张{}", rows - 1)), "{what}");
                assert_eq!(
                    mapped.records("medicine-stock", &["药品名称", "有效期至", "库存"]),
                    ["阿莫西林 | 2026-05-01 | 12", "布洛芬 | 2025-02-01 | 3"],
                    "{what}"
                );
                let [first, second] = &mapped.reading.tables[..] else { panic!("{what}") };
                let totals = |table: &crate::finding::TableReading| {
                    table.skipped_rows.iter().filter(|(_, why)| *why == "total").count()
                };
                assert_eq!((totals(first), first.records), (total, rows as u64 - 2), "{what}");
                assert_eq!(second.skipped_rows.len(), 1, "{what}: {:?}", second.skipped_rows);
                let begins = (rows + between.len()) as u32;
                assert_eq!(second.header_rows, Some((begins, begins)), "{what}");
                let titles = (total == 1).then(|| (begins - 2, begins - 1));
                assert_eq!(second.title_rows, titles, "{what}");
            }
        }
    }
}
