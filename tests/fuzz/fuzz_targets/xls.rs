//! The records of an XLS workbook, without the compound file around them.
#![no_main]

mod common;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut stream = vec![0x09, 0x08, 0x08, 0, 0, 6, 0x10, 0, 0, 0, 0, 0];
    stream.extend_from_slice(data);
    common::drain("input.xls", stream);
});
