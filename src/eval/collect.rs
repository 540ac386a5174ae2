//! What one rule has found so far: counts for every unit, the findings that are kept, and what whole sheets lack.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::trace::Judgement;
use crate::finding::{Finding, Outcome, Tally, Teller};
use crate::model::Source;
use crate::rule::Why;

/// The place of a finding among those of its rule, the same whatever order the batches come in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Order {
    pub source: u32,
    pub row: u32,
    pub period: i32,
    pub item: u32,
    pub key: String,
}

/// Rows of one sheet that only something absent keeps from being judged.
#[derive(Clone, Debug)]
pub(super) struct Lacking {
    pub why: Why,
    pub records: u64,
    pub unit: u32,
    pub source: Arc<Source>,
}

/// Counts by number of the unit. There is one for every unit and rule, so that they are kept in half of the room that they
/// may come to need.
#[derive(Debug, Default)]
struct Tallies {
    small: Vec<[u32; 6]>,
    /// What the small counts had come to where they became too large.
    large: BTreeMap<usize, Tally>,
}

impl Tallies {
    fn reserve(&mut self, last: u32) {
        if self.small.len() <= last as usize {
            self.small.resize(last as usize + 1, [0; 6]);
        }
    }

    /// Adds to the counts of a unit, for which there is room.
    fn add(&mut self, unit: u32, outcome: Outcome, count: u64) {
        let unit = unit as usize;
        let small = &mut self.small[unit][outcome as usize];
        match u32::try_from(count).ok().and_then(|count| small.checked_add(count)) {
            Some(sum) => *small = sum,
            None => self.large.entry(unit).or_default().add(outcome, count),
        }
    }

    fn get(&self, unit: usize) -> Tally {
        let mut tally = self.large.get(&unit).copied().unwrap_or_default();
        if let Some(small) = self.small.get(unit) {
            tally.merge(&Tally(small.map(u64::from)));
        }
        tally
    }
}

/// Put together what the findings of a rule tell.
#[derive(Debug, Default)]
pub(super) struct Tellers {
    pub keys: Teller,
    pub values: Teller,
}

#[derive(Debug, Default)]
pub(super) struct Collected {
    pub tellers: Tellers,
    tallies: Tallies,
    kept: Vec<(Order, Finding)>,
    /// Whether those that are kept do not stand in order.
    is_disordered: bool,
    limit: Option<usize>,
    /// Findings after this one are not kept any more.
    last: Option<Order>,
    /// By item and source, and whether it is that records do not say whom they are about.
    pub lacking: BTreeMap<(u32, u32, bool), Lacking>,
    /// Whether anything was judged, and whether anything was left out as not in force.
    pub is_judged: bool,
    pub is_out_of_force: bool,
    /// Every outcome, where they are asked for.
    pub traced: Option<Vec<Judgement>>,
}

impl Collected {
    pub fn new(limit: Option<usize>) -> Collected {
        Collected { limit, ..Collected::default() }
    }

    pub fn count(&mut self, unit: u32, outcome: Outcome, count: u64) {
        self.is_judged = true;
        self.tallies.reserve(unit);
        self.tallies.add(unit, outcome, count);
    }

    /// The units for which anything was counted, with their counts; nothing is kept of them here.
    pub fn take_tallies(&mut self) -> Vec<(usize, Tally)> {
        let tallies = std::mem::take(&mut self.tallies);
        let counted = (0..tallies.small.len()).map(|unit| (unit, tallies.get(unit)));
        counted.filter(|(_, counts)| counts.total() > 0).collect()
    }

    /// Counts some records of each of these units.
    pub fn count_units(&mut self, units: &[(u32, u32)], outcome: Outcome) {
        for (unit, count) in units {
            self.count(*unit, outcome, u64::from(*count));
        }
    }

    /// Counts one outcome for the unit of each row.
    pub fn count_rows<'r>(&mut self, rows: impl Iterator<Item = (u32, &'r Outcome)> + Clone) {
        let Some(last) = rows.clone().map(|(unit, _)| unit).max() else { return };
        self.is_judged = true;
        self.tallies.reserve(last);
        for (unit, outcome) in rows {
            self.tallies.add(unit, *outcome, 1);
        }
    }

    /// Whether a finding in this place would be kept.
    pub fn wants(&self, order: &Order) -> bool {
        self.limit != Some(0) && self.last.as_ref().is_none_or(|last| order < last)
    }

    pub fn keep(&mut self, order: Order, finding: Finding) {
        self.is_disordered |= self.kept.last().is_some_and(|(last, _)| order < *last);
        self.kept.push((order, finding));
        let Some(limit) = self.limit else { return };
        // Records come in order but for a few, so that hardly more than what is kept in the end is ever held.
        let most = if self.is_disordered { limit.saturating_add((limit / 8).max(64)) } else { limit };
        if self.kept.len() >= most {
            self.sort();
            self.kept.truncate(limit);
            self.last = self.kept.last().map(|(order, _)| order.clone());
        }
    }

    /// Records that something absent keeps from being judged; they count as one result for their sheet.
    pub fn lack(&mut self, item: u32, source: &Arc<Source>, unit: u32, why: Why, records: u64) {
        self.lacks(false, item, source, unit, why, records);
    }

    /// Records that do not say whom they are about; they too count as one result for their sheet.
    pub fn lack_key(&mut self, item: u32, source: &Arc<Source>, unit: u32, why: Why, records: u64) {
        self.lacks(true, item, source, unit, why, records);
    }

    fn lacks(&mut self, is_key: bool, item: u32, source: &Arc<Source>, unit: u32, why: Why, records: u64) {
        let entry = self.lacking.entry((item, source.id, is_key)).or_insert_with(|| Lacking {
            why: 0,
            records: 0,
            unit,
            source: source.clone(),
        });
        entry.why |= why;
        entry.records += records;
    }

    /// Sorting takes room for half of the findings, which those that came in order do without.
    fn sort(&mut self) {
        if std::mem::take(&mut self.is_disordered) {
            self.kept.sort_by(|a, b| a.0.cmp(&b.0));
        }
    }

    /// The kept findings in order.
    pub fn take(&mut self) -> Vec<(Order, Finding)> {
        self.sort();
        let mut kept = std::mem::take(&mut self.kept);
        if let Some(limit) = self.limit {
            kept.truncate(limit);
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_exact_whatever_their_size() {
        let mut collected = Collected::default();
        collected.count(2, Outcome::Met, u64::from(u32::MAX));
        collected.count(2, Outcome::Met, 5);
        collected.count(2, Outcome::Violated, 1);
        collected.count(0, Outcome::Met, u64::from(u32::MAX) + 7);
        let tallies = collected.take_tallies();
        let units: Vec<usize> = tallies.iter().map(|(unit, _)| *unit).collect();
        assert_eq!(units, [0, 2]);
        assert_eq!(tallies[0].1.get(Outcome::Met), u64::from(u32::MAX) + 7);
        assert_eq!(tallies[1].1.get(Outcome::Met), u64::from(u32::MAX) + 5);
        assert_eq!(tallies[1].1.get(Outcome::Violated), 1);
        assert!(collected.take_tallies().is_empty());
    }
}
