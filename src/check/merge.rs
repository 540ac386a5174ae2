//! Joins the reports of groups that were judged apart into one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::shelf::Shelf;
use crate::finding::{NotRun, Report, Tallying};

/// One report with the results of all that were added; a rule that took part in several groups stands once.
#[derive(Default)]
pub struct Merged {
    /// The first report, as long as no other was added: most runs judge one group.
    only: Option<Box<Report>>,
    report: Option<Report>,
    /// Position of each rule and measure in the merged report.
    rules: BTreeMap<(Arc<str>, Arc<str>), u32>,
    tallies: Tallying,
    not_run: BTreeMap<u32, Vec<NotRun>>,
    measures: BTreeSet<Arc<str>>,
    notes: BTreeSet<String>,
    shelf: Shelf,
}

impl Merged {
    /// Adds the results of a group.
    pub fn add(&mut self, mut other: Report) {
        match self.only.take() {
            None if self.report.is_none() => {
                other.inputs.iter_mut().for_each(|reading| self.shelf.put(reading));
                self.only = Some(Box::new(other));
                return;
            }
            None => {}
            Some(first) => self.join(*first),
        }
        other.inputs.iter_mut().for_each(|reading| self.shelf.put(reading));
        self.join(other);
    }

    fn join(&mut self, mut other: Report) {
        let mut positions = Vec::with_capacity(other.rules.len());
        let mut new_rules = Vec::new();
        for rule in std::mem::take(&mut other.rules) {
            let next = self.rules.len() as u32;
            let position = *self.rules.entry((rule.id.clone(), rule.measure.clone())).or_insert(next);
            if position == next {
                new_rules.push(rule);
            }
            positions.push(position);
        }
        self.tallies.join(&std::mem::take(&mut other.tallies), |rule| positions[rule as usize]);
        for not_run in std::mem::take(&mut other.not_run) {
            let rule = positions[not_run.rule as usize];
            let known = self.not_run.entry(rule).or_default();
            let not_run = NotRun { rule, ..not_run };
            if !known.contains(&not_run) {
                known.push(not_run);
            }
        }
        for finding in &mut other.findings {
            finding.rule = positions[finding.rule as usize];
        }
        other.measures.retain(|measure| self.measures.insert(measure.id.clone()));
        other.notes.retain(|note| self.notes.insert(note.zh.clone()));
        let Some(report) = &mut self.report else {
            self.report = Some(Report { rules: new_rules, ..other });
            return;
        };
        report.rules.extend(new_rules);
        report.measures.append(&mut other.measures);
        report.inputs.append(&mut other.inputs);
        report.owners.append(&mut other.owners);
        report.findings.append(&mut other.findings);
        report.notes.append(&mut other.notes);
        for pack in other.packs {
            if report.packs.iter().all(|mine| mine.id != pack.id) {
                report.packs.push(pack);
            }
        }
        for fault in other.pack_faults {
            if !report.pack_faults.contains(&fault) {
                report.pack_faults.push(fault);
            }
        }
        // A group that was not judged says nothing about how packs were chosen and what fields are called.
        if report.run.pack_choice.zh.is_empty() {
            report.run.pack_choice = other.run.pack_choice;
        }
        if report.ledger_names.is_empty() {
            report.ledger_names = other.ledger_names;
            report.field_names = other.field_names;
        }
    }

    /// The report of everything that was added.
    pub fn finish(self) -> Report {
        if let Some(mut report) = self.only {
            let mut ran = vec![false; report.rules.len()];
            report.tallies.iter().for_each(|tally| ran[tally.rule as usize] = true);
            report.not_run.retain(|not_run| !ran[not_run.rule as usize]);
            return *report;
        }
        let mut report = self.report.unwrap_or_default();
        report.tallies = self.tallies.finish();
        let ran: BTreeSet<u32> = report.tallies.iter().map(|tally| tally.rule).collect();
        // A rule that ran in one group is not “not run” in the whole.
        report.not_run =
            self.not_run.into_iter().filter(|(rule, _)| !ran.contains(rule)).flat_map(|(_, all)| all).collect();
        report
    }
}
