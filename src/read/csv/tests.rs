//! Tests of reading text files by records and by blocks.

use super::*;

/// The records of a text as `line: field|field`, read in one piece.
fn records(text: &str) -> Vec<String> {
    let content = Content::from_bytes(text.as_bytes().to_vec());
    let detected = Detected { encoding: encoding_rs::UTF_8, bom: 0, confidence: 100 };
    let mut rows = CsvRows::new(&content, &detected, Dialect::sniff(text), &Limits::default());
    let mut row = Row::default();
    let mut records = Vec::new();
    while rows.next_row(&mut row).unwrap() {
        let fields: Vec<&str> = row.iter().map(|cell| if let Cell::Text(text) = cell { text } else { "" }).collect();
        records.push(format!("{}/{}: {}", row.index, row.line, fields.join("|")));
    }
    records
}

#[test]
fn any_delimiter_is_found() {
    for delimiter in [",", "\t", ";", "，", "|"] {
        let text = "标题\n姓名,职称,日期\n张某,主治医师,2023-12-04\n".replace(',', delimiter);
        assert_eq!(records(&text), ["0/1: 标题", "1/2: 姓名|职称|日期", "2/3: 张某|主治医师|2023-12-04"]);
    }
    assert_eq!(records("sep=;\na,1;b,2\n"), ["1/2: a,1|b,2"]);
}

#[test]
fn commas_inside_values_do_not_win() {
    assert_eq!(Dialect::sniff("机构\t号源数\n甲\t1,234\n乙\t2,345,678\n丙\t12\n").delimiter, '\t');
    assert_eq!(Dialect::sniff("机构,说明\n甲,好，很好，非常好\n乙,好，很好，非常好\n").delimiter, ',');
}

#[test]
fn quotes_and_line_ends() {
    assert_eq!(records("a,\"b \"\"c\"\"\nd\"\r\n\r\ne,f\rg,h"), ["0/1: a|b \"c\"\nd", "2/4: e|f", "3/5: g|h"]);
    assert_eq!(records("'a','b, c'\n'd','e'\n"), ["0/1: a|b, c", "1/2: d|e"]);
    assert_eq!(
        records("身份证号,姓名\n=\"610102194403051234\",张某\n"),
        ["0/1: 身份证号|姓名", "1/2: 610102194403051234|张某"]
    );
    assert_eq!(records("a,5\" 管,\n"), ["0/1: a|5\" 管"]);
}

#[test]
fn ragged_rows_keep_their_columns() {
    assert_eq!(records("a,b,c\n,,x,,,\ny\n,,,\nz,\n"), ["0/1: a|b|c", "1/2: ||x", "2/3: y", "4/5: z"]);
}

#[test]
fn a_quote_that_never_closes_is_located() {
    let content = Content::from_bytes(b"a,b\nc,\"d\ne,f\n".to_vec());
    let detected = Detected { encoding: encoding_rs::UTF_8, bom: 0, confidence: 100 };
    let dialect = Dialect { delimiter: ',', quote: b'"', names_delimiter: false };
    let mut rows = CsvRows::new(&content, &detected, dialect, &Limits::default());
    let mut row = Row::default();
    assert_eq!(rows.next_row(&mut row), Ok(true));
    let fault = rows.next_row(&mut row).unwrap_err();
    assert_eq!((fault.kind, fault.cell), (FaultKind::Damaged, Some((2, 0))));
}

#[test]
fn records_longer_than_a_block_stay_whole() {
    let long = "长".repeat(100_000);
    let text = format!("a,\"{long}\"\nb,c\n");
    assert_eq!(records(&text), [format!("0/1: a|{long}"), "1/2: b|c".to_owned()]);
    let too_long = format!("a,\"{}", "x".repeat(9 << 20));
    let content = Content::from_bytes(too_long.into_bytes());
    let detected = Detected { encoding: encoding_rs::UTF_8, bom: 0, confidence: 100 };
    let dialect = Dialect { delimiter: ',', quote: b'"', names_delimiter: false };
    let mut rows = CsvRows::new(&content, &detected, dialect, &Limits::default());
    assert_eq!(rows.next_row(&mut Row::default()).unwrap_err().kind, FaultKind::LimitExceeded);
}

proptest::proptest! {
    /// Whatever stands in a text, its blocks hold the same rows as the whole, and the same fault ends them.
    #[test]
    fn blocks_hold_the_same_rows(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "甲", "b", ",", ",", "，", ";", "\"", "\"", "\"\"", "\n", "\n", "\r\n", "\r", "'", " ", "=\"01\"", "长长长长长长",
            ]),
            0..200,
        ),
        bytes in 1..200_usize,
    ) {
        let text = parts.concat();
        let content = Content::from_bytes(text.as_bytes().to_vec());
        let detected = Detected { encoding: encoding_rs::UTF_8, bom: 0, confidence: 100 };
        for dialect in [
            Dialect { delimiter: ',', quote: b'"', names_delimiter: false },
            Dialect { delimiter: '，', quote: b'\'', names_delimiter: false },
        ] {
            let of = |reader| CsvRows { reader, ..CsvRows::new(&content, &detected, dialect, &Limits::default()) };
            let mut whole = of(TextReader::new(&content, &detected));
            let mut cut = of(TextReader::in_pieces(&content, &detected, bytes));
            let mut rows = Vec::new();
            while let Ok(Some(block)) = cut.block(bytes) {
                rows.extend(drain(&mut *block.rows()));
            }
            rows.extend(drain(&mut cut));
            proptest::prop_assert_eq!(rows, drain(&mut whole));
        }
    }
}

proptest::proptest! {
    /// What is read in the quick way is what is read in the careful way.
    #[test]
    fn plain_records_are_read_alike(
        parts in proptest::collection::vec(
            proptest::sample::select(vec!["甲", "b", ",", ",", "\"", "\n", "\r\n", "\r", "=", "=\"1\"", " ", "长长长"]),
            0..12,
        ),
        ended in proptest::prelude::any::<bool>(),
    ) {
        let text = parts.concat();
        let dialect = Dialect { delimiter: ',', quote: b'"', names_delimiter: false };
        let records =
            Records { dialect, record: 3, line: 5, ended, columns: 4, text_bytes: 7, marks: marks(dialect) };
        let cells = |row: &Row| format!("{:?}", row.iter().collect::<Vec<_>>());
        let (mut quick, mut careful) = (Row::default(), Row::default());
        if let Some(length) = records.plain(&text, &mut quick) {
            let step = records.step(&text, &mut careful);
            proptest::prop_assert!(matches!(step, Ok(Step::Record(bytes, 1)) if bytes == length));
            proptest::prop_assert_eq!(cells(&quick), cells(&careful));
        }
    }
}

fn drain(rows: &mut dyn RowSource) -> Vec<String> {
    let mut row = Row::default();
    let mut all = Vec::new();
    loop {
        match rows.next_row(&mut row) {
            Ok(true) => all.push(format!("{}/{} {:?}", row.index, row.line, row.iter().collect::<Vec<_>>())),
            Ok(false) => return all,
            Err(fault) => {
                all.push(format!("{:?} {:?}", fault.kind, fault.cell));
                return all;
            }
        }
    }
}
