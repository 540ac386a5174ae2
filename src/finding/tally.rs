//! How rules came out, counted by outcome, and by rule and unit.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Outcome;

/// Counts by outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tally(pub [u64; 6]);

impl Tally {
    pub fn get(&self, outcome: Outcome) -> u64 {
        self.0[outcome as usize]
    }

    pub fn add(&mut self, outcome: Outcome, count: u64) {
        self.0[outcome as usize] += count;
    }

    pub fn merge(&mut self, other: &Tally) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    /// Met and violated: what the rate of compliance is counted against.
    pub fn judged(&self) -> u64 {
        self.get(Outcome::Met) + self.get(Outcome::Violated)
    }

    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// How a rule came out for one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitTally<'t> {
    /// Position in [`super::Report::rules`].
    pub rule: u32,
    pub unit: &'t str,
    pub counts: Tally,
}

/// Counts by rule and unit, in the order of rules and names. There is one for every unit and rule of a run, so that they are
/// kept in less than half of the room that a name and large counts for each would take.
#[derive(Clone, Debug, Default)]
pub struct Tallies {
    units: Vec<Arc<str>>,
    all: Vec<Small>,
    /// What goes beyond the small counts, by rule and number of the unit.
    large: BTreeMap<(u32, u32), Tally>,
}

#[derive(Clone, Copy, Debug)]
struct Small {
    rule: u32,
    unit: u32,
    counts: [u32; 6],
}

impl Tallies {
    pub fn iter(&self) -> impl Iterator<Item = UnitTally<'_>> {
        self.all.iter().filter_map(|small| {
            let mut counts = Tally(small.counts.map(u64::from));
            if let Some(large) = self.large.get(&(small.rule, small.unit)) {
                counts.merge(large);
            }
            Some(UnitTally { rule: small.rule, unit: self.units.get(small.unit as usize)?, counts })
        })
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Gives the rules other positions; the counts of those that get the same one are added.
    pub fn renumber(&mut self, position: impl Fn(u32) -> u32) {
        self.all.iter_mut().for_each(|small| small.rule = position(small.rule));
        for ((rule, unit), counts) in std::mem::take(&mut self.large) {
            self.large.entry((position(rule), unit)).or_default().merge(&counts);
        }
        self.order();
    }

    /// Puts them in order, one for each rule and unit.
    fn order(&mut self) {
        let Tallies { units, all, large } = self;
        let name = |small: &Small| units.get(small.unit as usize);
        all.sort_unstable_by(|a, b| a.rule.cmp(&b.rule).then_with(|| name(a).cmp(&name(b))));
        all.dedup_by(|next, first| {
            let is_same = (next.rule, next.unit) == (first.rule, first.unit);
            if is_same {
                for ((mine, theirs), outcome) in first.counts.iter_mut().zip(next.counts).zip(Outcome::ALL) {
                    match mine.checked_add(theirs) {
                        Some(sum) => *mine = sum,
                        None => large.entry((first.rule, first.unit)).or_default().add(outcome, u64::from(theirs)),
                    }
                }
            }
            is_same
        });
    }
}

impl PartialEq for Tallies {
    fn eq(&self, other: &Tallies) -> bool {
        self.iter().eq(other.iter())
    }
}

impl FromIterator<(u32, Arc<str>, Tally)> for Tallies {
    fn from_iter<I: IntoIterator<Item = (u32, Arc<str>, Tally)>>(all: I) -> Tallies {
        let mut tallying = Tallying::default();
        all.into_iter().for_each(|(rule, unit, counts)| tallying.add(rule, &unit, &counts));
        tallying.finish()
    }
}

/// Tallies in the making: counts of one rule and unit may be added any number of times.
#[derive(Debug, Default)]
pub struct Tallying {
    tallies: Tallies,
    numbers: FxHashMap<Arc<str>, u32>,
    /// So many, from the first, stand in order.
    in_order: usize,
}

impl Tallying {
    /// So many are added at least before all are put in order again.
    const FEW: usize = 1 << 10;

    pub fn add(&mut self, rule: u32, unit: &Arc<str>, counts: &Tally) {
        let unit = self.number(unit);
        let mut small = [0; 6];
        for ((small, count), outcome) in small.iter_mut().zip(counts.0).zip(Outcome::ALL) {
            match u32::try_from(count) {
                Ok(count) => *small = count,
                Err(_) => self.tallies.large.entry((rule, unit)).or_default().add(outcome, count),
            }
        }
        self.tallies.all.push(Small { rule, unit, counts: small });
        if self.tallies.all.len() >= self.in_order * 2 + Tallying::FEW {
            self.tallies.order();
            self.in_order = self.tallies.all.len();
        }
    }

    /// Adds all tallies of another part of the run; `rule` says which rule of this one each of its rules is.
    pub fn join(&mut self, other: &Tallies, rule: impl Fn(u32) -> u32) {
        let units = other.all.iter().filter_map(|small| other.units.get(small.unit as usize));
        for (tally, unit) in other.iter().zip(units) {
            self.add(rule(tally.rule), unit, &tally.counts);
        }
    }

    pub fn finish(mut self) -> Tallies {
        self.tallies.order();
        self.tallies.all.shrink_to_fit();
        self.tallies
    }

    fn number(&mut self, unit: &Arc<str>) -> u32 {
        if let Some(number) = self.numbers.get(unit) {
            return *number;
        }
        let number = self.tallies.units.len() as u32;
        self.tallies.units.push(unit.clone());
        self.numbers.insert(unit.clone(), number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(count: u64) -> Tally {
        let mut tally = Tally::default();
        tally.add(Outcome::Met, count);
        tally
    }

    #[test]
    fn counts_of_a_rule_and_unit_stand_once_and_in_order() {
        let mut tallies = Tallying::default();
        for number in 0..Tallying::FEW as u32 * 8 {
            tallies.add(2 - number % 3, &format!("{:05}", number / 6).into(), &met(1));
        }
        let tallies = tallies.finish();
        let all: Vec<UnitTally<'_>> = tallies.iter().collect();
        assert_eq!(all.iter().map(|tally| tally.counts.get(Outcome::Met)).sum::<u64>(), Tallying::FEW as u64 * 8);
        assert!(all.is_sorted_by(|a, b| (a.rule, a.unit) < (b.rule, b.unit)), "each once");
        assert!(all.iter().filter(|tally| tally.counts.get(Outcome::Met) == 2).count() >= all.len() - 3);
    }

    #[test]
    fn counts_are_exact_whatever_their_size_and_wherever_they_are_joined() {
        let most = u64::from(u32::MAX);
        let mut first = Tallying::default();
        first.add(0, &"甲".into(), &met(most + 7));
        first.add(0, &"乙".into(), &met(most));
        let first = first.finish();
        let mut all = Tallying::default();
        all.add(5, &"乙".into(), &met(3));
        all.join(&first, |rule| rule + 5);
        all.join(&first, |rule| rule + 5);
        let all = all.finish();
        let counts = |tallies: &Tallies| -> Vec<(u32, String, u64)> {
            let one = |tally: UnitTally<'_>| (tally.rule, tally.unit.to_owned(), tally.counts.get(Outcome::Met));
            tallies.iter().map(one).collect()
        };
        assert_eq!(counts(&all), [(5, "乙".into(), most * 2 + 3), (5, "甲".into(), (most + 7) * 2)]);
        // Rules that become one are added up, also beyond the small counts.
        let mut two = Tallying::default();
        two.join(&first, |_| 1);
        two.join(&first, |_| 2);
        let mut two = two.finish();
        two.renumber(|_| 0);
        assert_eq!(counts(&two), [(0, "乙".into(), most * 2), (0, "甲".into(), (most + 7) * 2)]);
    }
}
