//! A compound file: its chains, its directory, and whatever streams they lead to.
#![no_main]

mod common;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    common::drain("input.xls", [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", data].concat());
});
