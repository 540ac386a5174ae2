//! Text, whatever its encoding and delimiter.
#![no_main]

mod common;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    common::drain("input.csv", data.to_vec());
});
