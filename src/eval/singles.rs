//! Keys that one record has so far: rules about what occurs twice know the others only by a hash.

use super::collect::Collected;
use super::frame::{Context, Frame};
use super::identity::Interner;
use super::judge::judge;
use super::units::Place;
use super::vector::{Data, Vector};
use crate::finding::Outcome;
use crate::model::{Decimal, hash_bytes_wide};
use crate::rule::{AggregateKind, KeyKind, Node, Op, Plan, PlanShape, Type};

/// The hash of a key. Of a thousand million keys, two would share one of 128 bits with a chance below one in 10^20.
pub(super) type Print = u128;

/// Stands for a record that does not say whom it is about.
pub(super) const NO_PRINT: Print = 0;

/// The hash of a key's bytes.
pub(super) fn print(key: &[u8]) -> Print {
    hash_bytes_wide(key).max(NO_PRINT + 1)
}

/// Whether a rule holds for every group that has one certain record only, and which outcome its items then have. Nearly all keys are of
/// this kind where a rule looks for what was entered twice, and the key itself, its place among the groups and its totals need not be
/// kept for them. `None` where the outcome depends on anything else.
pub(super) fn outcomes(context: &Context, plan: &Plan) -> Option<Vec<Outcome>> {
    let is_plain_group = matches!(plan.shape, PlanShape::Group { .. })
        && plan.key().is_some_and(|key| key.kind == KeyKind::Fields)
        && plan.each.is_none()
        && plan.unit.is_none()
        && plan.joins.is_empty()
        && !plan.strict;
    let distinct = plan.aggregates.iter().filter(|aggregate| aggregate.kind == AggregateKind::Distinct).count();
    let is_plain_total = |aggregate: &crate::rule::Aggregate| {
        let is_count = aggregate.kind == AggregateKind::Count && aggregate.args.is_empty();
        let is_distinct = aggregate.kind == AggregateKind::Distinct
            && aggregate.args.iter().all(|argument| argument.ty != Type::Dates);
        aggregate.filter.is_none() && aggregate.ty == Type::Number && (is_count || is_distinct)
    };
    if !is_plain_group || distinct > 1 || !plan.aggregates.iter().all(is_plain_total) {
        return None;
    }
    let looks_elsewhere = |node: &Node| {
        let mut found = false;
        node.walk(&mut |part| {
            found |=
                matches!(part.op, Op::Column(..) | Op::Cell(..) | Op::Found(..) | Op::Period | Op::ReportingPeriod);
        });
        found
    };
    let ones: Vec<Vector<'_>> =
        plan.aggregates.iter().map(|_| Vector::constant(Data::Number(vec![Decimal::from_int(1)].into()))).collect();
    let frame = Frame { aggregates: &ones, ..Frame::empty(context) };
    let decide = |item: &crate::rule::ItemPlan| {
        let mut conditions = item.applies.iter().chain([&item.require]).chain(&plan.due).chain(&plan.pending);
        if conditions.any(looks_elsewhere) {
            return None;
        }
        let outcome = *judge(plan, item, &frame, None).outcomes.first()?;
        matches!(outcome, Outcome::Met | Outcome::NotApplicable).then_some(outcome)
    };
    plan.items.iter().map(decide).collect()
}

/// A key that was seen, in 36 bytes.
#[derive(Clone, Copy, Debug)]
struct Entry {
    print: [u32; 4],
    /// Where its record stands; the source [`MANY`] where it has several records, and the row is then the number of the key.
    place: Place,
    /// The unit that answers for the record.
    unit: u32,
    /// What the one aggregate of different values saw in it.
    value: u32,
}

const MANY: u32 = u32::MAX;

/// Entries are kept in pieces, so that none is ever moved.
const PIECE: usize = 1 << 16;

/// A record that is the only one of its key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Single {
    pub place: Place,
    pub unit: u32,
    pub value: u32,
}

/// The keys of one rule.
#[derive(Debug)]
pub(super) struct Singles {
    /// The outcome of each item for a key with one record.
    outcomes: Vec<Outcome>,
    /// Number of the entry + 1, with a part of the hash above it that also names its place; 0 where free. What is in it stands nearly
    /// in the order of that part, so that a larger table is filled from one end to the other.
    table: Vec<u64>,
    pieces: Vec<Vec<Entry>>,
    count: usize,
    /// Keys with several records, or with one that does not certainly count.
    pub keys: Interner,
}

impl Singles {
    pub fn new(outcomes: Vec<Outcome>) -> Singles {
        Singles { outcomes, table: Vec::new(), pieces: Vec::new(), count: 0, keys: Interner::default() }
    }

    /// Brings the places of some keys near, so that they are waited for together.
    pub fn prepare(&self, prints: &[Print]) {
        let known = |print: &Print| self.table.get(place(&self.table, tag(*print))).copied().unwrap_or_default();
        std::hint::black_box(prints.iter().map(known).fold(0, |all, entry| all ^ entry));
    }

    /// Takes note of a record, `None` where it does not certainly count. Where its key has others, or it is in doubt, gives the number
    /// of the key, and the record that was alone with it so far; `key` writes it.
    pub fn owner(
        &mut self,
        print: Print,
        record: Option<Single>,
        key: impl FnOnce() -> Vec<u8>,
    ) -> Option<(u32, Option<Single>)> {
        let Some(number) = self.find(print) else {
            let owner = record.is_none().then(|| self.keys.number(&key()));
            let entry = match (record, owner) {
                (Some(Single { place, unit, value }), _) => Entry { print: parts(print), place, unit, value },
                (None, owner) => {
                    Entry { print: parts(print), place: many(owner.unwrap_or_default()), unit: 0, value: 0 }
                }
            };
            self.add(print, entry);
            return owner.map(|owner| (owner, None));
        };
        let entry = &mut self.pieces[number / PIECE][number % PIECE];
        if entry.place.source == MANY {
            return Some((entry.place.row, None));
        }
        let first = Single { place: entry.place, unit: entry.unit, value: entry.value };
        let owner = self.keys.number(&key());
        entry.place = many(owner);
        Some((owner, Some(first)))
    }

    /// Counts the outcomes of all keys with one record.
    pub fn count(&self, collected: &mut Collected) {
        let mut units: Vec<u32> = Vec::new();
        for entry in self.pieces.iter().flatten().filter(|entry| entry.place.source != MANY) {
            let unit = entry.unit as usize;
            if units.len() <= unit {
                units.resize(unit + 1, 0);
            }
            units[unit] += 1;
        }
        let counts: Vec<(u32, u32)> = (0..).zip(units).filter(|(_, count)| *count > 0).collect();
        self.outcomes.iter().for_each(|outcome| collected.count_units(&counts, *outcome));
    }

    /// The number of the entry with this hash.
    fn find(&self, print: Print) -> Option<usize> {
        let mask = self.table.len().wrapping_sub(1);
        let mut place = place(&self.table, tag(print));
        loop {
            let known = *self.table.get(place).filter(|known| **known != 0)?;
            let number = known as u32 as usize - 1;
            if known >> 32 == tag(print) && self.pieces[number / PIECE][number % PIECE].print == parts(print) {
                return Some(number);
            }
            place = (place + 1) & mask;
        }
    }

    fn add(&mut self, print: Print, entry: Entry) {
        if (self.count + 1) * 4 > self.table.len() * 3 {
            let larger = vec![0; (self.table.len() * 2).max(1 << 10)];
            let known = std::mem::replace(&mut self.table, larger);
            known.into_iter().filter(|known| *known != 0).for_each(|known| put(&mut self.table, known));
        }
        if self.count.is_multiple_of(PIECE) {
            // The first piece grows as it fills: most ledgers are small.
            self.pieces.push(Vec::with_capacity(if self.count == 0 { 0 } else { PIECE }));
        }
        if let Some(piece) = self.pieces.last_mut() {
            piece.push(entry);
            self.count += 1;
            put(&mut self.table, tag(print) << 32 | self.count as u64);
        }
    }
}

/// Puts what the table says of an entry into the first free place for it.
fn put(table: &mut [u64], known: u64) {
    let mask = table.len() - 1;
    let mut place = place(table, known >> 32);
    while table[place] != 0 {
        place = (place + 1) & mask;
    }
    table[place] = known;
}

/// The place in a table, whose length is a power of two, that the first bits of the tag name.
fn place(table: &[u64], tag: u64) -> usize {
    ((tag * table.len() as u64) >> 32) as usize
}

/// The part of the hash that stands in the table.
fn tag(print: Print) -> u64 {
    (print >> 96) as u64
}

fn many(owner: u32) -> Place {
    Place { source: MANY, row: owner, column: 0 }
}

fn parts(print: Print) -> [u32; 4] {
    [0, 32, 64, 96].map(|shift| (print >> shift) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn single(row: u32) -> Option<Single> {
        Some(Single { place: Place { source: 0, row, column: 1 }, unit: row % 3, value: 7 })
    }

    #[test]
    fn what_occurs_once_is_only_counted() {
        let mut singles = Singles::new(vec![Outcome::Met]);
        let key = |n: u32| n.to_le_bytes().to_vec();
        let count = PIECE as u32 + 5;
        for n in 0..count {
            assert!(singles.owner(print(&key(n)), single(n), || unreachable!()).is_none());
        }
        // The second record of a key brings the first to light, the third finds the key known.
        let (owner, first) = singles.owner(print(&key(9)), single(count), || key(9)).unwrap();
        assert_eq!((owner, first.unwrap().place.row, first.unwrap().unit, first.unwrap().value), (0, 9, 0, 7));
        let again = singles.owner(print(&key(9)), None, || unreachable!());
        assert!(matches!(again, Some((0, None))));
        // A record in doubt is never alone.
        assert!(matches!(singles.owner(print(&key(count)), None, || key(count)), Some((1, None))));
        assert!(matches!(singles.owner(print(&key(count)), single(1), || unreachable!()), Some((1, None))));
        let mut collected = Collected::new(None);
        singles.count(&mut collected);
        let met: u64 = collected.take_tallies().iter().map(|(_, tally)| tally.get(Outcome::Met)).sum();
        assert_eq!(met, u64::from(count) - 1);
        assert_eq!(std::mem::size_of::<Entry>(), 36);
    }
}
