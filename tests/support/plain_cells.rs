//! A workbook read twice: by the scanner of plain cells, and by the XML reader alone.

use taizhang::read::{self, Cell, Limits, Opened, ReadOptions, Row};

/// The cells of an XLSX workbook without the blanks in their texts (a blank may have been put into a text too), and whether
/// every sheet ended well.
pub fn cells(bytes: Vec<u8>) -> (Vec<String>, bool) {
    let mut limits = Limits::default();
    assert!(limits.set("cells", 1_000_000) && limits.set("text-bytes", 1 << 16));
    let mut found = Vec::new();
    for opened in read::open_bytes("a.xlsx", bytes, &ReadOptions { limits, ..ReadOptions::default() }) {
        let Opened::Document(document) = opened else { return (found, false) };
        for mut sheet in document.sheets {
            let mut row = Row::default();
            loop {
                match sheet.rows.next_row(&mut row) {
                    Ok(true) => found.push(shown(&row)),
                    Ok(false) => break,
                    Err(_) => return (found, false),
                }
            }
        }
    }
    (found, true)
}

fn shown(row: &Row) -> String {
    let cells: Vec<String> = row
        .iter()
        .map(|cell| match cell {
            Cell::Text(text) | Cell::Error(text) => text.split_ascii_whitespace().collect(),
            other => format!("{other:?}"),
        })
        .collect();
    format!("{} {} {}", row.index, row.hidden, cells.join("|"))
}

/// The bytes with a blank behind the name of every tag `c` and `si`, which the scanner of plain cells leaves to the XML reader.
pub fn spaced(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() * 2);
    for (at, &byte) in bytes.iter().enumerate() {
        let before = &bytes[..at];
        if (before.ends_with(b"<c") || before.ends_with(b"<si")) && matches!(byte, b' ' | b'>' | b'/') {
            out.push(b' ');
        }
        out.push(byte);
    }
    out
}
