//! How far a run has come, told to whoever wants to show it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counters of a run under way; one thread counts, another may look.
#[derive(Debug, Default)]
pub struct Progress {
    files: AtomicU64,
    rows: AtomicU64,
    bytes: AtomicU64,
}

/// What has been done so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Done {
    /// Files read to their end.
    pub files: u64,
    /// Records read.
    pub rows: u64,
    /// Bytes of the files that were read, whatever they unpack to.
    pub bytes: u64,
}

impl Progress {
    /// What has been done by now.
    pub fn done(&self) -> Done {
        Done { files: self.files.load(Relaxed), rows: self.rows.load(Relaxed), bytes: self.bytes.load(Relaxed) }
    }

    pub(super) fn add_file(&self) {
        self.files.fetch_add(1, Relaxed);
    }

    pub(super) fn add_rows(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Relaxed);
    }

    pub(super) fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
    }
}
