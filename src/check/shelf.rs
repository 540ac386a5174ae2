//! Keeps the readings of many files small: what is the same in all of them is held once, and room that nothing needs is given back.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::finding::{Finding, HeadingMatch, InputReading};
use crate::model::Localized;

/// What readings share. Counties fill in the same form, so that the headings of thousands of files are one list.
#[derive(Default)]
pub struct Shelf {
    headings: FxHashSet<Arc<[HeadingMatch]>>,
    names: FxHashSet<Arc<Localized>>,
}

impl Shelf {
    /// Replaces what is known already by the copy that is held, and gives back room that was kept for growing.
    pub fn put(&mut self, reading: &mut InputReading) {
        for sheet in &mut reading.sheets {
            for table in &mut sheet.tables {
                table.headings = one_of(&mut self.headings, &table.headings);
                table.kind_name = one_of(&mut self.names, &table.kind_name);
                table.fields.shrink_to_fit();
                table.skipped_rows.shrink_to_fit();
            }
            sheet.tables.shrink_to_fit();
            sheet.notes.shrink_to_fit();
        }
        reading.sheets.shrink_to_fit();
        reading.notes.shrink_to_fit();
        reading.faults.shrink_to_fit();
    }
}

/// Gives back the room that findings kept for growing.
pub fn shrink(findings: &mut Vec<Finding>) {
    for finding in findings.iter_mut() {
        finding.related.shrink_to_fit();
        finding.other_reasons.shrink_to_fit();
    }
    findings.shrink_to_fit();
}

fn one_of<T: ?Sized + Eq + std::hash::Hash>(known: &mut FxHashSet<Arc<T>>, value: &Arc<T>) -> Arc<T> {
    match known.get(value) {
        Some(held) => held.clone(),
        None => {
            known.insert(value.clone());
            value.clone()
        }
    }
}
