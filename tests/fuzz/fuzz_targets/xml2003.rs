//! The content of an XML Spreadsheet 2003.
#![no_main]

mod common;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let head = b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>";
    common::drain("input.xml", [head, data].concat());
});
