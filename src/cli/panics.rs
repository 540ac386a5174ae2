//! Panics are caught and reported as faults; what the runtime would print about them is kept for `-v`.

use std::sync::{Mutex, PoisonError};

/// So many are kept; a program that fails this often has been understood.
const KEPT: usize = 20;

static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps panics from printing to standard error, unless `RUST_BACKTRACE` asks for it.
pub fn quieten() {
    if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
        return;
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |place| format!("{}:{}", place.file(), place.line()));
        let text = panic.payload_as_str().unwrap_or("panic");
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < KEPT {
            seen.push(format!("{place}: {text}"));
        }
    }));
}

/// Where the program panicked so far, and what it said.
pub fn seen() -> Vec<String> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
