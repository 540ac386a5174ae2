//! Helpers of the tests of reading: opens inputs and writes sheets down as lines.

#[path = "../support/faults.rs"]
mod faults;

use std::path::PathBuf;

pub use faults::faults;

use taizhang::model::{Date, cell_name};
use taizhang::read::{self, Cell, Document, MergedArea, Opened, ReadOptions, Row, Sheet};

pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/read").join(name)
}

pub fn open_one(path: &std::path::Path) -> Document {
    only(read::open(path, &ReadOptions::default()))
}

pub fn open_bytes(name: &str, bytes: Vec<u8>) -> Vec<Opened> {
    read::open_bytes(name, bytes, &ReadOptions::default())
}

pub fn open_bytes_one(name: &str, bytes: Vec<u8>) -> Document {
    only(open_bytes(name, bytes))
}

pub fn only(mut opened: Vec<Opened>) -> Document {
    assert_eq!(opened.len(), 1);
    match opened.remove(0) {
        Opened::Document(document) => document,
        Opened::Fault { path, fault, .. } => panic!("{path}: {fault}"),
    }
}

/// The rows of a sheet as `3: a|b`, with ` hidden` after the number where they are.
pub fn sheet_lines(sheet: &mut Sheet) -> Vec<String> {
    let mut row = Row::default();
    let mut lines = Vec::new();
    while sheet.rows.next_row(&mut row).unwrap_or_else(|fault| panic!("{}: {fault}", sheet.name)) {
        let cells: Vec<String> = row.iter().map(cell).collect();
        let hidden = if row.hidden { " hidden" } else { "" };
        lines.push(format!("{}{hidden}: {}", row.index + 1, cells.join("|")));
    }
    lines
}

fn cell(cell: Cell<'_>) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.to_owned(),
        Cell::Number { value, percent: true } => format!("{}%", value * 100.0),
        Cell::Number { value, percent: false } => value.to_string(),
        Cell::DateTime { days, seconds } => {
            let date = Date::from_days(days).map(|date| date.to_string()).unwrap_or_default();
            let clock = format!(" {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
            if seconds == 0 { date } else { date + &clock }
        }
        Cell::Bool(value) => format!("<{value}>"),
        Cell::Error(error) => format!("<{error}>"),
        Cell::Uncomputed => "<uncomputed>".to_owned(),
    }
}

/// Merged areas as `A1:B2`, in order.
pub fn places(merged: &[MergedArea]) -> Vec<String> {
    let mut areas: Vec<_> = merged.iter().map(|a| (a.first_row, a.first_column, a.last_row, a.last_column)).collect();
    areas.sort_unstable();
    areas.iter().map(|a| format!("{}:{}", cell_name(a.0, a.1), cell_name(a.2, a.3))).collect()
}

/// The first fault of opening or of reading the rows.
pub fn first_fault(opened: Vec<Opened>) -> taizhang::diag::InputFault {
    faults(opened).into_iter().next().expect("a fault")
}

/// A zip archive of these members.
pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, ::zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut writer, bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A workbook of one sheet, called 表, with these rows, shared strings, styles and workbook settings.
pub fn xlsx(rows: &str, strings: &str, styles: &str, settings: &str) -> Vec<u8> {
    xlsx_parts(&format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"), strings, styles, settings)
}

pub fn xlsx_parts(sheet: &str, strings: &str, styles: &str, settings: &str) -> Vec<u8> {
    let workbook =
        format!(r#"<workbook>{settings}<sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>"#);
    let relation = |id: u8, kind: &str, target: &str| {
        format!(
            r#"<Relationship Id="rId{id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/>"#
        )
    };
    let mut relations = relation(1, "worksheet", "worksheets/sheet1.xml");
    let mut members: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ];
    if !strings.is_empty() {
        relations.push_str(&relation(2, "sharedStrings", "sharedStrings.xml"));
        members.push(("xl/sharedStrings.xml", strings.as_bytes()));
    }
    if !styles.is_empty() {
        relations.push_str(&relation(3, "styles", "styles.xml"));
        members.push(("xl/styles.xml", styles.as_bytes()));
    }
    let relations = format!("<Relationships>{relations}</Relationships>");
    members.push(("xl/_rels/workbook.xml.rels", relations.as_bytes()));
    zip(&members)
}

const SECTOR: usize = 512;

/// A compound file with one stream under the root, padded to 4,096 bytes so that it stands in sectors of its own.
pub fn compound(name: &str, stream: &[u8]) -> Vec<u8> {
    let size = stream.len().max(4096);
    let sectors = size.div_ceil(SECTOR);
    let mut bytes = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    bytes.extend([0; 16]);
    bytes.extend([0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0]);
    bytes.extend([0; 10]);
    // One table sector (0), one directory sector (1), small streams below 4,096 bytes, none of them here.
    for number in [1_u32, 1, 0, 4096, 0xFFFF_FFFE, 0, 0xFFFF_FFFE, 0, 0] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.resize(SECTOR, 0xFF);
    let mut table = vec![0xFFFF_FFFD_u32, 0xFFFF_FFFE];
    table.extend((0..sectors as u32).map(|sector| if sector + 1 == sectors as u32 { 0xFFFF_FFFE } else { sector + 3 }));
    table.resize(SECTOR / 4, 0xFFFF_FFFF);
    table.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes.extend(directory_entry("Root Entry", 5, 1, 0xFFFF_FFFE, 0));
    bytes.extend(directory_entry(name, 2, u32::MAX, 2, size as u32));
    bytes.resize(SECTOR * 3, 0);
    bytes.extend_from_slice(stream);
    bytes.resize(SECTOR * (3 + sectors), 0);
    bytes
}

fn directory_entry(name: &str, kind: u8, child: u32, start: u32, size: u32) -> Vec<u8> {
    let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = entry.len() as u16 + 2;
    entry.resize(64, 0);
    entry.extend(length.to_le_bytes());
    entry.extend([kind, 1]);
    for number in [u32::MAX, u32::MAX, child] {
        entry.extend(number.to_le_bytes());
    }
    entry.resize(116, 0);
    entry.extend(start.to_le_bytes());
    entry.extend(size.to_le_bytes());
    entry.resize(128, 0);
    entry
}

/// Makes the chain of the stream of a [`compound`] file lead back to its beginning, and its size endless.
pub fn loop_chains(bytes: &mut [u8]) -> Vec<usize> {
    let table = SECTOR;
    let looped: Vec<usize> = (3..10).map(|sector| table + sector * 4).collect();
    for &place in &looped {
        bytes[place..place + 4].copy_from_slice(&2_u32.to_le_bytes());
    }
    let size = SECTOR * 2 + 128 + 120;
    bytes[size..size + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    looped
}

/// A record of XLS.
pub fn biff(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
}

/// A record of XLSB.
pub fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = if kind < 0x80 { vec![kind as u8] } else { vec![kind as u8 | 0x80, (kind >> 7) as u8] };
    let mut length = data.len();
    while length >= 0x80 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend_from_slice(data);
    bytes
}

/// A text of XLSB: its length in UTF-16 units, then the units.
pub fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let length = (units.len() as u32).to_le_bytes();
    length.into_iter().chain(units.into_iter().flat_map(u16::to_le_bytes)).collect()
}

/// A workbook of XLSB with one sheet, 表, of one row: cells of a column each, with these formats of numbers.
///
/// `formats` are the number formats that the book defines, from 176 on; each cell has its value and its format's number.
pub fn xlsb(is_1904: bool, formats: &[&str], cells: &[(f64, u16)]) -> Vec<u8> {
    let numbers = |values: &[u32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let workbook = [
        record(153, &numbers(&[u32::from(is_1904), 0])),
        record(156, &[numbers(&[0, 1]), wide("rId1"), wide("表")].concat()),
    ];
    let defined =
        formats.iter().zip(176_u16..).flat_map(|(code, id)| record(44, &[&id.to_le_bytes()[..], &wide(code)].concat()));
    let styles = cells.iter().flat_map(|(_, id)| record(47, &[&[0, 0], &id.to_le_bytes()[..]].concat()));
    let styles: Vec<u8> =
        defined.chain(record(617, &numbers(&[cells.len() as u32]))).chain(styles).chain(record(618, &[])).collect();
    let mut sheet = [record(145, &[]), record(0, &[numbers(&[0, 0]), vec![0; 5]].concat())].concat();
    for (column, (value, _)) in (0_u32..).zip(cells) {
        sheet.extend(record(5, &[numbers(&[column, column]), value.to_le_bytes().to_vec()].concat()));
    }
    sheet.extend(record(146, &[]));
    let rels = br#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.bin"/></Relationships>"#;
    zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.bin", &workbook.concat()),
        ("xl/_rels/workbook.bin.rels", rels),
        ("xl/styles.bin", &styles),
        ("xl/worksheets/sheet1.bin", &sheet),
    ])
}
