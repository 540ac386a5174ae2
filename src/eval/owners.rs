//! Notes which rows belong to which unit, for those who give the sheets back.

use std::collections::BTreeMap;

use super::view::{Units, View};
use crate::finding::OwnedTable;

/// The tables by their number.
#[derive(Debug, Default)]
pub(super) struct Owners(BTreeMap<u32, OwnedTable>);

impl Owners {
    pub fn take(&mut self, view: &View, units: &Units) {
        let source = view.source();
        let table = self.0.entry(source.id).or_insert_with(|| OwnedTable {
            file: source.file.clone(),
            sheet: source.sheet.clone(),
            submitter: source.unit.as_deref().map(str::trim).filter(|unit| !unit.is_empty()).map(Into::into),
            runs: Vec::new(),
        });
        for (&row, &unit) in view.batch.rows.iter().zip(&view.units) {
            let name = units.name(unit);
            match table.runs.last_mut() {
                // Blank rows between two records of a unit belong to nobody, so a run ends there.
                Some((_, last, owner)) if **owner == *name && (row == *last || row == *last + 1) => *last = row,
                _ => table.runs.push((row, row, name)),
            }
        }
    }

    /// In the order of the inputs.
    pub fn tables(self) -> Vec<OwnedTable> {
        self.0.into_values().collect()
    }
}
