//! Any bytes under a name that says nothing.
#![no_main]

mod common;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    common::drain("input", data.to_vec());
});
