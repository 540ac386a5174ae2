//! A bounded run over the public test files that stand beside the project, where they do.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use taizhang::diag::FaultKind;
use taizhang::read::{self, Limits, Opened, ReadOptions, Row};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn files_of_public_test_suites_are_read_or_refused_with_a_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let mut all = Vec::new();
    files(&folder, &mut all);
    if all.is_empty() {
        eprintln!("skipped: there are no files in {}", folder.display());
        return;
    }
    // Small limits and a sample keep the run short; tests/corpus/run reads every file in full.
    let mut limits = Limits::default();
    assert!(limits.set("held-cells", 200_000) && limits.set("unpacked-bytes", 8 << 20));
    let options = ReadOptions { limits, ..ReadOptions::default() };
    let begun = Instant::now();
    let mut faults = Vec::new();
    let mut tried = 0;
    for path in all.iter().filter(|path| path.metadata().is_ok_and(|meta| meta.len() < 100_000)).step_by(7) {
        if begun.elapsed() > Duration::from_secs(60) {
            break;
        }
        tried += 1;
        let mut note = |fault: &taizhang::diag::InputFault| {
            if fault.kind == FaultKind::ReaderFailed || fault.message.zh.is_empty() || fault.advice.zh.is_empty() {
                faults.push(format!("{}: {fault}", path.display()));
            }
        };
        for opened in read::open(path, &options) {
            let document = match opened {
                Opened::Document(document) => document,
                Opened::Fault { fault, .. } => {
                    note(&fault);
                    continue;
                }
            };
            for mut sheet in document.sheets {
                let mut row = Row::default();
                for _ in 0..5_000 {
                    match sheet.rows.next_row(&mut row) {
                        Ok(true) => {}
                        Ok(false) => break,
                        Err(fault) => {
                            note(&fault);
                            break;
                        }
                    }
                }
            }
        }
    }
    assert!(tried > 0);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
