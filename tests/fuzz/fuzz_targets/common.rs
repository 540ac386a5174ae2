//! What the targets of reading share: reads all that opens and fails where a reader panicked inside.

#[path = "../../support/faults.rs"]
mod faults;

use taizhang::diag::FaultKind;
use taizhang::read::{self, Limits, ReadOptions};

/// Opens `bytes` under `name` with small limits and reads every row.
pub fn drain(name: &str, bytes: Vec<u8>) {
    let mut limits = Limits::default();
    for (limit, bound) in
        [("held-cells", 100_000), ("cells", 5_000_000), ("unpacked-bytes", 8 << 20), ("text-bytes", 1 << 16)]
    {
        assert!(limits.set(limit, bound));
    }
    for fault in faults::faults(read::open_bytes(name, bytes, &ReadOptions { limits, ..ReadOptions::default() })) {
        assert_ne!(fault.kind, FaultKind::ReaderFailed, "{fault}");
    }
}
