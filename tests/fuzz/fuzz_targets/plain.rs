//! The sheet and the shared strings of an XLSX workbook, set apart by a zero byte, read twice: as they are, and with a blank
//! in every cell's tag, which the scanner of plain cells leaves to the XML reader. Both must give the same cells.
#![no_main]

mod book;
mod pack;

#[path = "../../support/plain_cells.rs"]
mod plain_cells;

use book::{book, parts};
use plain_cells::{cells, spaced};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (sheet, strings) = parts(data);
    let (plain, plain_ended) = cells(book(sheet, strings));
    let (events, events_ended) = cells(book(&spaced(sheet), &spaced(strings)));
    let shared = plain.len().min(events.len());
    assert_eq!(plain[..shared], events[..shared]);
    if plain_ended && events_ended {
        assert_eq!(plain.len(), events.len());
    }
});
