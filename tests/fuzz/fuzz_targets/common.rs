//! What the targets of reading share: reads all that opens and fails where a reader panicked inside.

use taizhang::diag::FaultKind;
use taizhang::read::{self, Limits, Opened, ReadOptions, Row};

/// Opens `bytes` under `name` with small limits and reads every row.
pub fn drain(name: &str, bytes: Vec<u8>) {
    let mut limits = Limits::default();
    for (limit, bound) in
        [("held-cells", 100_000), ("cells", 5_000_000), ("unpacked-bytes", 8 << 20), ("text-bytes", 1 << 16)]
    {
        assert!(limits.set(limit, bound));
    }
    let options = ReadOptions { limits, ..ReadOptions::default() };
    for opened in read::open_bytes(name, bytes, &options) {
        match opened {
            Opened::Fault { fault, .. } => assert_ne!(fault.kind, FaultKind::ReaderFailed, "{fault}"),
            Opened::Document(document) => {
                for mut sheet in document.sheets {
                    let mut row = Row::default();
                    loop {
                        match sheet.rows.next_row(&mut row) {
                            Ok(true) => {}
                            Ok(false) => break,
                            Err(fault) => {
                                assert_ne!(fault.kind, FaultKind::ReaderFailed, "{fault}");
                                break;
                            }
                        }
                    }
                }
            }
        }
    }
}
