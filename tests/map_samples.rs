//! Every sample is read and mapped without any configuration, and what was not understood word for word is known here.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use taizhang::finding::MatchHow;
use taizhang::map::{FileContext, MapOptions, Mapper, UserMapping, map_sheet};
use taizhang::model::Date;
use taizhang::read::{Opened, ReadOptions, open};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ["xlsx", "xls", "csv"].iter().any(|known| ending == *known)) {
            found.push(path);
        }
    }
    found
}

/// What was read from one folder: one line a table, then what is not exact.
fn describe(folder: &str) -> (String, String) {
    let mapper = Mapper::new(&taizhang::pack::builtin().0.base());
    let options = MapOptions {
        kind: None,
        period: None,
        as_of: Date::parse_iso("2025-01-15").unwrap(),
        mapping: UserMapping::default(),
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let (mut all, mut doubts) = (String::new(), String::new());
    let mut index = 0;
    for path in files(&root.join(folder)) {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        for opened in open(&path, &ReadOptions::default()) {
            let document = match opened {
                Opened::Document(document) => document,
                Opened::Fault { fault, .. } => {
                    writeln!(doubts, "{name}: {fault}").unwrap();
                    continue;
                }
            };
            for sheet in document.sheets {
                let file = FileContext { path: name.as_str().into(), index };
                index += 1;
                let mut mapped = map_sheet(sheet, &file, &mapper, &options);
                let mut records = std::collections::BTreeMap::<String, usize>::new();
                loop {
                    match mapped.next_batch() {
                        Ok(Some(batch)) => *records.entry(batch.source.kind.to_string()).or_default() += batch.len(),
                        Ok(None) => break,
                        Err(fault) => writeln!(doubts, "{name}: {fault}").unwrap(),
                    }
                }
                let reading = mapped.finish();
                for table in &reading.tables {
                    let kind = table.kind.as_deref().unwrap_or("?");
                    writeln!(
                        all,
                        "{name} [{}] {kind} {} {} {:?} {:?} {:?} records {records:?} skipped {:?}",
                        reading.name,
                        table.kind_confidence,
                        table.layout,
                        table.kind_runner_up,
                        table.period,
                        table.unit,
                        table.skipped_rows
                    )
                    .unwrap();
                    for heading in table.headings.iter().filter(|heading| heading.how != MatchHow::Exact) {
                        writeln!(
                            doubts,
                            "{name} [{}] {kind}: {} {} {} → {:?}, next {:?}",
                            reading.name,
                            heading.heading,
                            heading.how.code(),
                            heading.confidence,
                            heading.field,
                            heading.runner_up
                        )
                        .unwrap();
                    }
                    for field in table.fields.iter().filter(|field| field.unreadable > 0) {
                        writeln!(
                            doubts,
                            "{name} [{}] {kind}: {} unreadable {} {:?}",
                            reading.name, field.field, field.unreadable, field.unreadable_examples
                        )
                        .unwrap();
                    }
                }
                for note in &reading.notes {
                    writeln!(all, "{name} [{}] note {}: {}", reading.name, note.code, note.message.zh).unwrap();
                }
            }
        }
    }
    (all, doubts)
}

#[test]
fn clean_samples_are_understood_word_for_word() {
    let folders: Vec<String> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("clean-"))
        .collect();
    assert!(!folders.is_empty());
    for folder in folders {
        let (all, doubts) = describe(&folder);
        assert!(!all.is_empty(), "{folder} holds ledgers");
        assert!(doubts.is_empty(), "{folder}:\n{doubts}\n{all}");
    }
}
