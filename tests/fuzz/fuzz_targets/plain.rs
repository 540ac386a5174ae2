//! The sheet and the shared strings of an XLSX workbook, set apart by a zero byte, read twice: as they are, and with a blank
//! in every cell's tag, which the scanner of plain cells leaves to the XML reader. Both must give the same cells.
#![no_main]

mod pack;

#[path = "../../support/plain_cells.rs"]
mod plain_cells;

use plain_cells::{cells, spaced};

fn book(sheet: &[u8], strings: &[u8]) -> Vec<u8> {
    let rels = br#"<Relationships><Relationship Id="r1" Type="x/worksheet" Target="sheet.xml"/><Relationship Id="r2" Type="x/sharedStrings" Target="strings.xml"/></Relationships>"#;
    pack::pack(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.xml", br#"<workbook><sheets><sheet name="a" r:id="r1"/></sheets></workbook>"#),
        ("xl/_rels/workbook.xml.rels", rels),
        ("xl/sheet.xml", sheet),
        ("xl/strings.xml", strings),
    ])
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (sheet, strings) =
        data.iter().position(|&byte| byte == 0).map_or((data, &data[..0]), |at| (&data[..at], &data[at + 1..]));
    let (plain, plain_ended) = cells(book(sheet, strings));
    let (events, events_ended) = cells(book(&spaced(sheet), &spaced(strings)));
    let shared = plain.len().min(events.len());
    assert_eq!(plain[..shared], events[..shared]);
    if plain_ended && events_ended {
        assert_eq!(plain.len(), events.len());
    }
});
