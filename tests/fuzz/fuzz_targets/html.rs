//! Markup that begins as a page.
#![no_main]

mod common;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    common::drain("input.xls", [b"<html><table><tr>", data].concat());
});
