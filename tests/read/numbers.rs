//! Number formats: what a number shows decides whether it is a date, a percentage or a number, in every format and writer.

use crate::support::{fixture, open_bytes_one, open_one, sheet_lines, xlsx};

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
