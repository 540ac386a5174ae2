//! The difference of two reports, finding by finding: what is new, what persists, what is gone.

use std::collections::{BTreeMap, BTreeSet};

use super::{Entry, Outcome, Severity};
use crate::model::Date;

/// What is read back from a report that was written before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Earlier {
    pub as_of: Option<Date>,
    /// By fingerprint.
    pub entries: BTreeMap<String, Entry>,
    /// Measures that the run had results for, where the report tells.
    pub judged: Option<BTreeSet<String>>,
}

/// The sums of an earlier run, for the trend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    pub as_of: Option<Date>,
    pub errors: u64,
    pub warnings: u64,
    pub advice: u64,
    pub undetermined: u64,
}

impl Earlier {
    /// How many findings of each kind the run listed.
    pub fn past(&self) -> Past {
        let count = |outcome, severity: Option<Severity>| {
            let of_kind = |entry: &&Entry| {
                entry.outcome == Some(outcome) && severity.is_none_or(|severity| entry.severity == Some(severity))
            };
            self.entries.values().filter(of_kind).count() as u64
        };
        Past {
            as_of: self.as_of,
            errors: count(Outcome::Violated, Some(Severity::Error)),
            warnings: count(Outcome::Violated, Some(Severity::Warning)),
            advice: count(Outcome::Violated, Some(Severity::Advice)),
            undetermined: count(Outcome::Undetermined, None),
        }
    }
}

/// How many findings changed in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub new: u64,
    pub persisting: u64,
    pub fixed: u64,
    /// Gone, but the later run had no result for the measure, so that nothing can be said.
    pub not_judged: u64,
}

/// In which group of [`Comparison::listed`] a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    New,
    Persisting,
    Fixed,
    NotJudged,
}

impl Group {
    pub const ALL: [Group; 4] = [Group::New, Group::Persisting, Group::Fixed, Group::NotJudged];

    /// The stable English key of machine formats.
    pub fn code(self) -> &'static str {
        match self {
            Group::New => "new",
            Group::Persisting => "persisting",
            Group::Fixed => "fixed",
            Group::NotJudged => "not_judged",
        }
    }
}

impl Changes {
    pub fn get(&self, group: Group) -> u64 {
        match group {
            Group::New => self.new,
            Group::Persisting => self.persisting,
            Group::Fixed => self.fixed,
            Group::NotJudged => self.not_judged,
        }
    }

    fn add(&mut self, group: Group) {
        match group {
            Group::New => self.new += 1,
            Group::Persisting => self.persisting += 1,
            Group::Fixed => self.fixed += 1,
            Group::NotJudged => self.not_judged += 1,
        }
    }
}

/// The difference of two reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison<'a> {
    pub total: Changes,
    pub measures: BTreeMap<&'a str, Changes>,
    pub units: BTreeMap<&'a str, Changes>,
    /// Fingerprint and entry, by group, then measure, unit and fingerprint.
    pub listed: Vec<(Group, &'a str, &'a Entry)>,
}

impl Comparison<'_> {
    /// Whether the later report violates something that the earlier one did not.
    pub fn has_new_violation(&self) -> bool {
        let is_violation = |entry: &Entry| {
            entry.outcome.is_none_or(|outcome| outcome == Outcome::Violated)
                && entry.severity.is_none_or(|severity| severity != Severity::Advice)
        };
        self.listed.iter().any(|(group, _, entry)| *group == Group::New && is_violation(entry))
    }
}

/// Compares two reports by the fingerprints of their findings.
pub fn compare<'a>(before: &'a Earlier, after: &'a Earlier) -> Comparison<'a> {
    let mut comparison = Comparison::default();
    let gone = before.entries.iter().filter(|(fingerprint, _)| !after.entries.contains_key(*fingerprint));
    let gone = gone.map(|(fingerprint, entry)| {
        let is_judged = after.judged.as_ref().is_none_or(|judged| judged.contains(&entry.measure));
        (if is_judged { Group::Fixed } else { Group::NotJudged }, fingerprint, entry)
    });
    let there = after.entries.iter().map(|(fingerprint, entry)| {
        let is_known = before.entries.contains_key(fingerprint);
        (if is_known { Group::Persisting } else { Group::New }, fingerprint, entry)
    });
    for (group, fingerprint, entry) in there.chain(gone) {
        comparison.total.add(group);
        comparison.measures.entry(&entry.measure).or_default().add(group);
        comparison.units.entry(&entry.unit).or_default().add(group);
        comparison.listed.push((group, fingerprint, entry));
    }
    comparison.listed.sort_by_key(|(group, fingerprint, entry)| (*group, &*entry.measure, &*entry.unit, *fingerprint));
    comparison
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(findings: &[(&str, &str, Severity)], judged: Option<&[&str]>) -> Earlier {
        let entry = |measure: &str, severity| Entry {
            measure: measure.to_owned(),
            severity: Some(severity),
            outcome: Some(Outcome::Violated),
            ..Entry::default()
        };
        Earlier {
            entries: findings
                .iter()
                .map(|(id, measure, severity)| ((*id).to_owned(), entry(measure, *severity)))
                .collect(),
            judged: judged.map(|measures| measures.iter().map(|&id| id.to_owned()).collect()),
            ..Earlier::default()
        }
    }

    #[test]
    fn what_is_gone_is_fixed_only_where_it_was_judged_again() {
        let before = report(
            &[("a", "M-1", Severity::Error), ("b", "M-1", Severity::Error), ("c", "M-2", Severity::Error)],
            None,
        );
        let after = report(&[("b", "M-1", Severity::Error), ("d", "M-1", Severity::Advice)], Some(&["M-1"]));
        let comparison = compare(&before, &after);
        assert_eq!(comparison.total, Changes { new: 1, persisting: 1, fixed: 1, not_judged: 1 });
        assert_eq!(comparison.measures["M-2"].not_judged, 1);
        assert!(!comparison.has_new_violation(), "advice is no violation");
        assert!(compare(&after, &before).has_new_violation());
    }
}
