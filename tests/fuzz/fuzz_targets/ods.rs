//! The content of an OpenDocument spreadsheet.
#![no_main]

mod common;
mod pack;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let kind = b"application/vnd.oasis.opendocument.spreadsheet";
    common::drain("input.ods", pack::pack(&[("mimetype", kind), ("content.xml", data)]));
});
