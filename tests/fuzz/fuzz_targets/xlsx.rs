//! The sheet and the shared strings of an XLSX workbook, set apart by a zero byte.
#![no_main]

mod book;
mod common;
mod pack;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (sheet, strings) = book::parts(data);
    common::drain("input.xlsx", book::book(sheet, strings));
});
