//! Joins the reports of groups that were judged apart into one.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::{Report, Tally, UnitTally};

/// One report with the results of all; a rule that took part in several groups stands once.
pub fn merge(reports: Vec<Report>) -> Report {
    let mut reports = reports.into_iter();
    let Some(mut merged) = reports.next() else {
        return Report::default();
    };
    for report in reports {
        add(&mut merged, report);
    }
    merged
}

fn add(merged: &mut Report, other: Report) {
    // Position of each rule of the other report in the merged one.
    let positions: Vec<u32> = other
        .rules
        .iter()
        .map(|rule| {
            let known = merged.rules.iter().position(|mine| mine.id == rule.id && mine.measure == rule.measure);
            known.unwrap_or_else(|| {
                merged.rules.push(rule.clone());
                merged.rules.len() - 1
            }) as u32
        })
        .collect();
    for pack in other.packs {
        if merged.packs.iter().all(|mine| mine.id != pack.id) {
            merged.packs.push(pack);
        }
    }
    for measure in other.measures {
        if merged.measures.iter().all(|mine| mine.id != measure.id) {
            merged.measures.push(measure);
        }
    }
    merged.inputs.extend(other.inputs);
    merged.findings.extend(other.findings.into_iter().map(|mut finding| {
        finding.rule = positions[finding.rule as usize];
        finding
    }));
    let mut tallies: BTreeMap<(u32, Arc<str>), Tally> = BTreeMap::new();
    let theirs = other.tallies.into_iter().map(|mut tally| {
        tally.rule = positions[tally.rule as usize];
        tally
    });
    for tally in std::mem::take(&mut merged.tallies).into_iter().chain(theirs) {
        tallies.entry((tally.rule, tally.unit)).or_default().merge(&tally.counts);
    }
    merged.tallies = tallies.into_iter().map(|((rule, unit), counts)| UnitTally { rule, unit, counts }).collect();
    // A rule that ran in one group is not “not run” in the whole.
    merged.not_run.extend(other.not_run.into_iter().map(|mut not_run| {
        not_run.rule = positions[not_run.rule as usize];
        not_run
    }));
    let ran = |rule: u32| merged.tallies.iter().any(|tally| tally.rule == rule);
    merged.not_run.retain(|not_run| !ran(not_run.rule));
    merged.not_run.dedup();
    for fault in other.pack_faults {
        if !merged.pack_faults.contains(&fault) {
            merged.pack_faults.push(fault);
        }
    }
    for note in other.notes {
        if !merged.notes.contains(&note) {
            merged.notes.push(note);
        }
    }
}
