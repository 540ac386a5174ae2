//! The parts of XLSX that writers seldom agree on, built by hand.

use proptest::prelude::*;

use crate::support::{open_bytes, open_bytes_one, places, sheet_lines, xlsx, zip};
use taizhang::diag::FaultKind;
use taizhang::read::{self, Cell, Limits, Opened, ReadOptions, Row};

const STYLES: &str = r#"<styleSheet><numFmts><numFmt numFmtId="176" formatCode="[$-804]yyyy&quot;年&quot;m&quot;月&quot;"/>
    <numFmt numFmtId="177" formatCode="上午/下午h&quot;时&quot;"/><numFmt numFmtId="178" formatCode="0&quot;人次&quot;"/></numFmts>
    <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
    <cellXfs><xf numFmtId="0"/><xf numFmtId="31"/><xf numFmtId="176"/><xf numFmtId="177"/><xf numFmtId="178"/>
    <xf numFmtId="9"/><xf numFmtId="57"/></cellXfs></styleSheet>"#;

fn lines(sheet: &str) -> Vec<String> {
    sheet_lines(&mut open_bytes_one("a.xlsx", xlsx(sheet, "", STYLES, "")).sheets[0])
}

#[test]
fn chinese_date_formats_are_dates() {
    let sheet = r#"<row r="2"><c r="A2" s="1"><v>45264</v></c><c r="B2" s="2"><v>45264</v></c><c r="C2" s="3"><v>0.5</v></c>
        <c r="D2" s="4"><v>45264</v></c><c r="E2" s="5"><v>0.2</v></c><c r="F2" s="6"><v>45264.25</v></c></row>"#;
    assert_eq!(lines(sheet), ["2: 2023-12-04|2023-12-04|1899-12-31 12:00:00|45264|20%|2023-12-04 06:00:00"]);
}

#[test]
fn dates_that_count_from_1904() {
    let sheet = r#"<row r="1"><c r="A1" s="1"><v>43802</v></c></row>"#;
    let bytes = xlsx(sheet, "", STYLES, r#"<workbookPr date1904="1"/>"#);
    assert_eq!(sheet_lines(&mut open_bytes_one("a.xlsx", bytes).sheets[0]), ["1: 2023-12-04"]);
}

#[test]
fn texts_of_every_kind() {
    let strings = r#"<sst><si><t>简单</t></si><si><r><t>富</t></r><r><rPr/><t xml:space="preserve"> 文本</t></r>
        <rPh sb="0" eb="1"><t>fu wen ben</t></rPh><phoneticPr/></si><si/><si><t>甲_x000D_乙&#10;丙&amp;</t></si></sst>"#;
    let sheet = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c>
        <c r="D1" t="s"><v>3</v></c><c r="E1" t="inlineStr"><is><r><t>行</t></r><r><t>内</t></r><rPh><t>x</t></rPh></is></c>
        <c r="F1" t="str"><f>"a"&amp;"b"</f><v>ab</v></c><c r="G1" t="str"><f>""</f><v></v></c>
        <c r="H1" t="e"><v>#REF!</v></c><c r="I1" t="b"><v>1</v></c><c r="J1" t="d"><v>2023-12-04T08:00:00</v></c>
        <c r="K1" t="s" quotePrefix="1"><v>0</v></c><c r="L1"><f>A1</f></c><c r="M1"><v>1e3</v></c></row>"#;
    let mut document = open_bytes_one("a.xlsx", xlsx(sheet, strings, STYLES, ""));
    assert_eq!(
        sheet_lines(&mut document.sheets[0]),
        ["1: 简单|富 文本||甲\r乙\n丙&|行内|ab||<#REF!>|<true>|2023-12-04 08:00:00|简单|<uncomputed>|1000"]
    );
}

#[test]
fn rows_and_cells_that_do_not_say_where_they_are() {
    let sheet = r#"<row><c><v>1</v></c><c><v>2</v></c></row><row/><row><c r="C3"><v>3</v></c><c><v>4</v></c></row>"#;
    assert_eq!(lines(sheet), ["1: 1|2", "3: ||3|4"]);
}

#[test]
fn a_declared_area_of_the_whole_sheet_costs_nothing() {
    let sheet = r#"<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>"#;
    let bytes = xlsx(sheet, "", STYLES, "");
    let mut document = open_bytes_one("a.xlsx", bytes);
    let rows = &mut document.sheets[0].rows;
    let mut row = Row::default();
    assert_eq!(rows.next_row(&mut row), Ok(true));
    assert_eq!(rows.next_row(&mut row), Ok(true));
    assert_eq!((row.index, row.len()), (1_048_575, 16_384));
    assert_eq!(row.get(16_383), Cell::Number { value: 2.0, percent: false });
    assert_eq!(rows.next_row(&mut row), Ok(false));
}

#[test]
fn a_text_that_a_broken_tag_left_open_stays_in_its_own_cell() {
    // Found by fuzzing: 职称 came out in front of 主治医师, where the texts between them were read the quick way.
    let strings =
        "<sst><si><t>职称</t!></si><si><t>机构名称</t></si><si><t! x=\"y\">主治医师</t></si><si><t>甲</t></si></sst>";
    let cells: String = (0..4).map(|at| format!(r#"<c t="s"><v>{at}</v></c>"#)).collect();
    let mut document = open_bytes_one("a.xlsx", xlsx(&format!("<row>{cells}</row>"), strings, "", ""));
    assert_eq!(sheet_lines(&mut document.sheets[0]), ["1: |机构名称||甲"]);
}

#[test]
fn prefixed_names_and_backslashes_of_other_writers() {
    let strings = "<x:sst><x:si><x:t>甲</x:t></x:si></x:sst>";
    let sheet = r#"<x:worksheet xmlns:x="m"><x:cols><x:col min="1" max="1" hidden="true"/></x:cols><x:sheetData><x:row r="1" hidden="1">
        <x:c r="A1" t="s"><x:v>0</x:v></x:c></x:row></x:sheetData><x:mergeCells><x:mergeCell ref="A1:B2"/></x:mergeCells></x:worksheet>"#;
    let workbook = r#"<x:workbook xmlns:r="r"><x:sheets><x:sheet name="一" sheetId="9" state="veryHidden" r:id="R1"/></x:sheets></x:workbook>"#;
    let rels = r#"<Relationships><Relationship Id="R1" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet" Target="/XL/Worksheets/Sheet1.xml"/>
        <Relationship Id="R2" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
    let bytes = zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl\\workbook.xml", workbook.as_bytes()),
        ("xl\\_rels\\workbook.xml.rels", rels.as_bytes()),
        ("xl\\worksheets\\sheet1.xml", sheet.as_bytes()),
        ("xl\\sharedStrings.xml", strings.as_bytes()),
    ]);
    let mut document = open_bytes_one("a.xlsx", bytes);
    let sheet = &mut document.sheets[0];
    assert!(sheet.hidden);
    assert_eq!((places(&sheet.merged), sheet.hidden_columns.clone()), (vec!["A1:B2".to_owned()], vec![0]));
    assert_eq!(sheet_lines(sheet), ["1 hidden: 甲"]);
}

#[test]
fn a_sheet_that_breaks_off_gives_what_is_whole_and_then_says_so() {
    let whole = r#"<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v>"#;
    let bytes = crate::support::xlsx_parts(&format!("<worksheet><sheetData>{whole}"), "", STYLES, "");
    let mut document = open_bytes_one("a.xlsx", bytes);
    let mut row = Row::default();
    let rows = &mut document.sheets[0].rows;
    assert_eq!(rows.next_row(&mut row), Ok(true));
    let fault = rows.next_row(&mut row).unwrap_err();
    assert_eq!((fault.kind, fault.sheet.as_deref()), (FaultKind::Damaged, Some("表")));
}

#[test]
fn a_shared_string_that_does_not_exist_is_a_fault() {
    let mut document = open_bytes_one("a.xlsx", xlsx(r#"<row><c t="s"><v>7</v></c></row>"#, "<sst/>", STYLES, ""));
    let fault = document.sheets[0].rows.next_row(&mut Row::default()).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Damaged);
}

#[test]
fn every_bound_is_held_with_its_own_message() {
    let book = |sheet: &str, strings: &str| xlsx(sheet, strings, STYLES, "");
    let long = format!(r#"<row><c t="inlineStr"><is><t>{}</t></is></c></row>"#, "长".repeat(2000));
    let strings = format!("<sst>{}</sst>", "<si><t>甲乙丙丁</t></si>".repeat(200));
    let cells = r#"<row><c><v>1</v></c><c><v>1</v></c><c><v>1</v></c></row>"#.repeat(20);
    let far = r#"<row r="1"><c r="ZZ1"><v>1</v></c></row>"#;
    let padding = " ".repeat(18 << 20);
    let cases = [
        ("text-bytes", 1000, book(&long, "")),
        ("strings-bytes", 1000, book(r#"<row><c t="s"><v>0</v></c></row>"#, &strings)),
        ("cells", 50, book(&cells, "")),
        ("columns", 100, book(far, "")),
        ("ratio", 10, book(&padding, "")),
        ("unpacked-bytes", 1000, book(&cells, "")),
        ("members", 2, book(&cells, "")),
        ("sheets", 0, book(&cells, "")),
    ];
    for (name, bound, bytes) in cases {
        let mut limits = Limits::default();
        assert!(limits.set(name, bound));
        let options = ReadOptions { limits, ..ReadOptions::default() };
        let fault = crate::support::first_fault(read::open_bytes("a.xlsx", bytes, &options));
        assert_eq!(fault.kind, FaultKind::LimitExceeded, "{name}: {fault}");
        assert!(fault.advice.zh.contains(name), "{name}: {fault}");
    }
}

#[test]
fn one_long_text_in_many_cells_does_not_eat_the_memory() {
    // A megabyte that a hundred thousand cells share would be a hundred gigabytes.
    let strings = format!("<sst><si><t>{}</t></si></sst>", "长".repeat(300_000));
    let row = format!("<row>{}</row>", r#"<c t="s"><v>0</v></c>"#.repeat(10));
    let bytes = xlsx(&row.repeat(100), &strings, STYLES, "");
    let fault = crate::support::first_fault(open_bytes("a.xlsx", bytes));
    assert_eq!(fault.kind, FaultKind::LimitExceeded, "{fault}");
    assert!(fault.advice.zh.contains("--limit ratio="), "{fault}");
}

#[test]
fn books_without_content_say_so() {
    let opened = open_bytes("a.xlsx", xlsx(r#"<row r="1"><c r="A1" s="1"/></row>"#, "", STYLES, ""));
    assert!(matches!(&opened[0], Opened::Fault { fault, .. } if fault.kind == FaultKind::Empty));
}

/// Values, attributes and elements of cells, plain and odd ones.
fn any_cell() -> impl Strategy<Value = String> {
    let place = prop_oneof![Just(String::new()), "[A-F]{1,2}[1-9]".prop_map(|place| format!(" r=\"{place}\""))];
    let style =
        prop_oneof![Just(""), Just(" s=\"1\""), Just(" s=\"4\""), Just(" s=\"x\""), Just(" cm=\"1\""), Just(" s='2'")];
    let text = prop_oneof![
        "[0-9]{0,6}",
        "[0-9.eE+-]{1,9}",
        "[甲乙ab ]{0,6}",
        Just("甲&amp;乙".to_owned()),
        Just("_x0041_".to_owned()),
        Just("a\r\nb".to_owned()),
        Just("<!-- x -->1".to_owned()),
        Just("<![CDATA[<c r=\"A1\"/>]]>".to_owned()),
    ];
    let written = prop_oneof![
        Just(("", "<v>", "</v>")),
        Just((" t=\"s\"", "<v>", "</v>")),
        Just((" t=\"str\"", "<v>", "</v>")),
        Just((" t=\"str\"", "<f>1</f><v>", "</v>")),
        Just((" t=\"inlineStr\"", "<is><t>", "</t></is>")),
        Just((" t=\"inlineStr\"", "<is><t xml:space=\"preserve\">", "</t></is>")),
        Just((" t=\"inlineStr\"", "<is><r><t>", "</t></r></is>")),
        Just((" t=\"b\"", "<v>", "</v>")),
        Just((" t=\"e\"", "<v>", "</v>")),
    ];
    (place, style, written, text, 0..12_u8).prop_map(|(place, style, (kind, open, close), text, form)| match form {
        0 => format!("<c{place}{style}/>"),
        1 => format!("<c{place}{style}></c>"),
        _ => format!("<c{place}{style}{kind}>{open}{text}{close}</c>"),
    })
}

/// The merged areas of the first sheet, its rows, and the fault that ends them.
fn shown(bytes: Vec<u8>) -> Vec<String> {
    let mut document = match open_bytes("a.xlsx", bytes).swap_remove(0) {
        Opened::Document(document) => document,
        Opened::Fault { fault, .. } => return vec![format!("{fault:?}")],
    };
    let mut sheet = document.sheets.swap_remove(0);
    let (mut row, mut shown) = (Row::default(), places(&sheet.merged));
    loop {
        match sheet.rows.next_row(&mut row) {
            Ok(true) => shown.push(format!("{} {:?}", row.index, row.iter().collect::<Vec<_>>())),
            Ok(false) => return shown,
            Err(fault) => {
                shown.push(format!("{fault:?}"));
                return shown;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Plain cells are taken whole from the bytes, unless something stands between them; either way they say the same.
    #[test]
    fn cells_say_the_same_however_they_are_read(cells in proptest::collection::vec(any_cell(), 0..12)) {
        let strings = "<sst><si><t>甲</t></si><si><t>_x0041_</t></si><si><r><t>乙</t></r></si></sst>";
        let read = |between: &str| {
            let body: String = cells.iter().map(|cell| format!("{between}{cell}")).collect();
            let sheet = format!("<row r=\"1\">{body}</row><row r=\"2\"><c r=\"A2\"><v>7</v></c></row>");
            let strings = strings.replace("<si>", &format!("{between}<si>"));
            let bytes = xlsx(&sheet, &strings, STYLES, "");
            shown(bytes)
        };
        prop_assert_eq!(read(""), read("\n"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Small sheets are unpacked once and held, large ones are unpacked twice as streams; either way they say the same.
    #[test]
    fn small_sheets_are_read_like_large_ones(cells in proptest::collection::vec(any_cell(), 0..12), cut in 0..80_usize) {
        let read = |padding: usize| {
            let mut sheet = format!(
                "<sheetData><row r=\"1\">{}</row><row r=\"2\"><c r=\"A2\"><v>7</v></c></row></sheetData>\
                 <mergeCells><mergeCell ref=\"A1:B2\"/></mergeCells></worksheet>",
                cells.concat(),
            );
            // Some break off before their end.
            let end = (0..=sheet.len().saturating_sub(cut * 4)).rev().find(|&end| sheet.is_char_boundary(end));
            sheet.truncate(end.unwrap_or(0));
            let sheet = format!("<worksheet><!--{}-->{sheet}", " ".repeat(padding));
            shown(crate::support::xlsx_parts(&sheet, "<sst><si><t>甲</t></si></sst>", STYLES, ""))
        };
        prop_assert_eq!(read(0), read(300 << 10));
    }
}
