//! The sheet and the shared strings of an XLSX workbook, set apart by a zero byte, read twice: as they are, and with a blank
//! in every cell's tag, which the scanner of plain cells leaves to the XML reader. Both must give the same cells.
#![no_main]

mod pack;

use taizhang::read::{self, Cell, Limits, Opened, ReadOptions, Row};

/// The cells without the blanks in their texts (a blank may have been put into a text too), and whether the sheet ended well.
fn cells(sheet: &[u8], strings: &[u8]) -> (Vec<String>, bool) {
    let rels = br#"<Relationships><Relationship Id="r1" Type="x/worksheet" Target="sheet.xml"/><Relationship Id="r2" Type="x/sharedStrings" Target="strings.xml"/></Relationships>"#;
    let bytes = pack::pack(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.xml", br#"<workbook><sheets><sheet name="a" r:id="r1"/></sheets></workbook>"#),
        ("xl/_rels/workbook.xml.rels", rels),
        ("xl/sheet.xml", sheet),
        ("xl/strings.xml", strings),
    ]);
    let mut limits = Limits::default();
    assert!(limits.set("cells", 1_000_000) && limits.set("text-bytes", 1 << 16));
    let mut found = Vec::new();
    for opened in read::open_bytes("input.xlsx", bytes, &ReadOptions { limits, ..ReadOptions::default() }) {
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

/// The bytes with a blank behind the name of every tag `c` and `si`.
fn spaced(bytes: &[u8]) -> Vec<u8> {
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

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (sheet, strings) =
        data.iter().position(|&byte| byte == 0).map_or((data, &data[..0]), |at| (&data[..at], &data[at + 1..]));
    let (plain, plain_ended) = cells(sheet, strings);
    let (events, events_ended) = cells(&spaced(sheet), &spaced(strings));
    let shared = plain.len().min(events.len());
    assert_eq!(plain[..shared], events[..shared]);
    if plain_ended && events_ended {
        assert_eq!(plain.len(), events.len());
    }
});
