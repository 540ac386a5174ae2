//! Number formats: what a number shows decides whether it is a date, a percentage or a number, in every format and writer.

use crate::support::{biff, fixture, open_bytes_one, open_one, sheet_lines, xlsb, xlsx};

/// The cells of the books of formats (tests/fixtures/read/make.py).
const SHOWN: &str = "2023-12-04|2023-12-04|2023-12-04|2023-12-04 15:30:00|45264|20%|0012|<true>|甲乙丙|<#REF!>";

#[test]
fn both_date_systems_give_the_same_days_in_every_writers_book() {
    for name in
        ["formats-1900-openpyxl.xlsx", "formats-1900-xlwt.xls", "formats-1904-openpyxl.xlsx", "formats-1904-xlwt.xls"]
    {
        assert_eq!(sheet_lines(&mut open_one(&fixture(name)).sheets[0]), [format!("1: {SHOWN}")], "{name}");
    }
    // LibreOffice gives up the format of the fourth cell, so that it is a plain number, and in ODS writes TRUE as 1.
    for name in ["formats-1904-libreoffice.xls", "formats-1904-libreoffice.ods"] {
        let lines = sheet_lines(&mut open_one(&fixture(name)).sheets[0]);
        let cells: Vec<&str> = lines[0].split('|').collect();
        assert!(cells[3].starts_with("43802.6458"), "{name}: {}", cells[3]);
        let mut expected: Vec<&str> = SHOWN.split('|').collect();
        expected[3] = cells[3];
        if name.ends_with(".ods") {
            expected[7] = "1";
        }
        assert_eq!(lines, [format!("1: {}", expected.join("|"))], "{name}");
    }
}

/// The formats that spreadsheets number and do not write down, and whether they show dates.
const BUILT_IN: [(u32, bool); 28] = [
    (0, false),
    (1, false),
    (4, false),
    (11, false),
    (14, true),
    (22, true),
    (27, true),
    (28, true),
    (29, true),
    (30, true),
    (31, true),
    (32, true),
    (33, true),
    (34, true),
    (35, true),
    (36, true),
    (37, false),
    (45, true),
    (49, false),
    (50, true),
    (51, true),
    (52, true),
    (53, true),
    (54, true),
    (55, true),
    (56, true),
    (57, true),
    (58, true),
];

fn expected() -> String {
    let shown: Vec<&str> = BUILT_IN.iter().map(|(_, is_date)| if *is_date { "2023-12-04" } else { "45264" }).collect();
    format!("1: {}", shown.join("|"))
}

#[test]
fn built_in_formats_are_known_in_xlsx() {
    let styles: String = BUILT_IN.iter().map(|(id, _)| format!(r#"<xf numFmtId="{id}"/>"#)).collect();
    let styles = format!("<styleSheet><cellXfs>{styles}</cellXfs></styleSheet>");
    let cells: String = (0..BUILT_IN.len()).map(|style| format!(r#"<c s="{style}"><v>45264</v></c>"#)).collect();
    let mut document = open_bytes_one("a.xlsx", xlsx(&format!("<row>{cells}</row>"), "", &styles, ""));
    assert_eq!(sheet_lines(&mut document.sheets[0]), [expected()]);
}

#[test]
fn built_in_formats_are_known_in_xls() {
    let record = |kind: u16, data: &[u8]| [&kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat();
    let mut stream = record(0x0809, &[0, 6, 0x10, 0, 0, 0, 0, 0]);
    for (id, _) in BUILT_IN {
        let mut style = [0; 20];
        style[2..4].copy_from_slice(&(id as u16).to_le_bytes());
        stream.extend(record(0x00E0, &style));
    }
    for column in 0..BUILT_IN.len() as u8 {
        let cell = [&[0, 0, column, 0, column, 0][..], &45264_f64.to_le_bytes()].concat();
        stream.extend(record(0x0203, &cell));
    }
    stream.extend(record(0x000A, &[]));
    let mut document = open_bytes_one("a.xls", stream);
    assert_eq!(sheet_lines(&mut document.sheets[0]), [expected()]);
}

#[test]
fn built_in_formats_are_known_in_xlsb() {
    let cells: Vec<(f64, u16)> = BUILT_IN.iter().map(|(id, _)| (45264.0, *id as u16)).collect();
    assert_eq!(sheet_lines(&mut open_bytes_one("a.xlsb", xlsb(false, &[], &cells)).sheets[0]), [expected()]);
    // The same days in the system that begins with 1904.
    let cells: Vec<(f64, u16)> = BUILT_IN.iter().map(|(id, _)| (43802.0, *id as u16)).collect();
    let lines = sheet_lines(&mut open_bytes_one("a.xlsb", xlsb(true, &[], &cells)).sheets[0]);
    assert_eq!(lines, [expected().replace("45264", "43802")]);
}

/// Formats that Chinese books define themselves, with what the number 45264.6458333333 shows under them.
const OWN: [(&str, &str); 14] = [
    ("yyyy\"年\"m\"月\"d\"日\"", DAY),
    ("[$-804]yyyy\\年m\\月d\\日;@", DAY),
    ("[DBNum1][$-804]yyyy\"年\"m\"月\"d\"日\"", DAY),
    ("e\"年\"m\"月\"", DAY),
    ("[$-411]ggge\"年\"m\"月\"d\"日\"", DAY),
    ("[$-804]aaaa", DAY),
    ("上午/下午h\"时\"mm\"分\"", DAY),
    ("[$-804]AM/PM h:mm", DAY),
    ("yyyy/m/d 上午/下午 h:mm", DAY),
    ("0.00\"年\"", NUMBER),
    ("\"日\"0", NUMBER),
    ("[Red]#,##0\"年\"", NUMBER),
    ("0.00E+00", NUMBER),
    ("@", NUMBER),
];
const DAY: &str = "2023-12-04 15:30:00";
const NUMBER: &str = "45264.6458333333";
const VALUE: f64 = 45264.6458333333;

fn own() -> String {
    format!("1: {}", OWN.map(|(_, shown)| shown).join("|"))
}

#[test]
fn chinese_formats_show_days_and_times_in_every_format() {
    let escaped = OWN.map(|(code, _)| code.replace('"', "&quot;"));
    // XLSX
    let formats: String =
        (176..).zip(&escaped).map(|(id, code)| format!(r#"<numFmt numFmtId="{id}" formatCode="{code}"/>"#)).collect();
    let styles: String = (176..).zip(&escaped).map(|(id, _)| format!(r#"<xf numFmtId="{id}"/>"#)).collect();
    let styles = format!("<styleSheet><numFmts>{formats}</numFmts><cellXfs>{styles}</cellXfs></styleSheet>");
    let cells: String = (0..OWN.len()).map(|style| format!(r#"<c s="{style}"><v>{VALUE}</v></c>"#)).collect();
    let book = xlsx(&format!("<row>{cells}</row>"), "", &styles, "");
    assert_eq!(sheet_lines(&mut open_bytes_one("a.xlsx", book).sheets[0]), [own()], "XLSX");
    // XLSB
    let cells: Vec<(f64, u16)> = (176..).zip(OWN).map(|(id, _)| (VALUE, id)).collect();
    let book = xlsb(false, &OWN.map(|(code, _)| code), &cells);
    assert_eq!(sheet_lines(&mut open_bytes_one("a.xlsb", book).sheets[0]), [own()], "XLSB");
    // XML 2003
    let styles: String = (0..)
        .zip(&escaped)
        .map(|(id, code)| format!(r#"<Style ss:ID="s{id}"><NumberFormat ss:Format="{code}"/></Style>"#))
        .collect();
    let cells: String = (0..OWN.len())
        .map(|id| format!(r#"<Cell ss:StyleID="s{id}"><Data ss:Type="Number">{VALUE}</Data></Cell>"#))
        .collect();
    let book = format!(
        r#"<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles>{styles}</Styles><Worksheet ss:Name="表"><Table><Row>{cells}</Row></Table></Worksheet></Workbook>"#
    );
    assert_eq!(sheet_lines(&mut open_bytes_one("a.xml", book.into_bytes()).sheets[0]), [own()], "XML 2003");
    // XLS, of Excel 97 and of Excel 95, whose texts are in the code page of the system.
    for version in [6_u8, 5] {
        assert_eq!(
            sheet_lines(&mut open_bytes_one("a.xls", xls(version, false, VALUE)).sheets[0]),
            [own()],
            "BIFF {version}"
        );
    }
}

/// A sheet of XLS with a cell for each of the formats of [`OWN`].
fn xls(version: u8, is_1904: bool, value: f64) -> Vec<u8> {
    let mut stream = biff(0x0809, &[0, version, 0x10, 0, 0, 0, 0, 0]);
    stream.extend(biff(0x0042, &936_u16.to_le_bytes()));
    stream.extend(biff(0x0022, &[u8::from(is_1904), 0]));
    for ((code, _), id) in OWN.iter().zip(176_u16..) {
        let text: Vec<u8> = if version == 5 {
            let bytes = encoding_rs::GB18030.encode(code).0.into_owned();
            [&[bytes.len() as u8][..], &bytes].concat()
        } else {
            let units: Vec<u16> = code.encode_utf16().collect();
            [&(units.len() as u16).to_le_bytes()[..], &[1]]
                .concat()
                .into_iter()
                .chain(units.into_iter().flat_map(u16::to_le_bytes))
                .collect()
        };
        stream.extend(biff(0x041E, &[&id.to_le_bytes()[..], &text].concat()));
    }
    for (_, id) in OWN.iter().zip(176_u16..) {
        let mut style = vec![0; if version == 5 { 16 } else { 20 }];
        style[2..4].copy_from_slice(&id.to_le_bytes());
        stream.extend(biff(0x00E0, &style));
    }
    for column in 0..OWN.len() as u8 {
        stream.extend(biff(0x0203, &[&[0, 0, column, 0, column, 0][..], &value.to_le_bytes()].concat()));
    }
    stream.extend(biff(0x000A, &[]));
    stream
}

#[test]
fn both_date_systems_are_known_in_old_books() {
    for version in [6, 5] {
        let lines = sheet_lines(&mut open_bytes_one("a.xls", xls(version, true, VALUE - 1462.0)).sheets[0]);
        assert!(lines[0].starts_with(&format!("1: {DAY}|{DAY}|")), "BIFF {version}: {}", lines[0]);
    }
}
