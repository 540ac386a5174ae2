//! Totals of groups: every aggregate over the records that certainly count, and over those that possibly do as well.

use std::borrow::Cow;

use super::identity::Interner;
use super::kernel::dates_at;
use super::vector::{Data, Vector};
use crate::model::{Date, Decimal, FastMap};
use crate::rule::{Aggregate, AggregateKind as Kind, Type, WHY_NOTHING, WHY_RANGE, Why};

/// A span of days, and whether it certainly counts.
type Span = (Date, Date, bool);

/// One aggregate of a rule, for all of its groups.
#[derive(Debug)]
pub(super) struct Totals {
    kind: Kind,
    state: State,
    /// For groups with records that only possibly count, or whose value is unknown: why.
    doubts: FastMap<u32, Doubt>,
}

#[derive(Debug)]
enum State {
    Count(Vec<u32>),
    /// The values that were seen, and for each group and value beyond its first whether it certainly counts.
    Distinct {
        values: Interner,
        seen: FastMap<(u32, u32), bool>,
        counts: Vec<DistinctCount>,
    },
    Sum(Vec<Option<i128>>),
    /// The smallest or largest value; `None` where there is none.
    Extreme(Vec<Option<i128>>),
    Spans(FastMap<u32, Vec<Span>>),
}

/// How many different values a group has: certain ones, and ones that only possibly count.
#[derive(Clone, Copy, Debug)]
struct DistinctCount {
    certain: u32,
    possible: u32,
    /// Twice the first value that was seen, and one more where it certainly counts; most groups have no other.
    first: u32,
}

/// What stands for the first value of a group without any.
const NO_VALUE: u32 = u32::MAX;

impl Default for DistinctCount {
    fn default() -> DistinctCount {
        DistinctCount { certain: 0, possible: 0, first: NO_VALUE }
    }
}

/// What the possible records of one group would add.
#[derive(Clone, Debug, Default)]
struct Doubt {
    why: Why,
    /// Records whose value is unknown.
    unknown: u32,
    count: u32,
    sum: i128,
    extreme: Option<i128>,
}

impl Totals {
    pub fn new(aggregate: &Aggregate) -> Totals {
        let state = match aggregate.kind {
            Kind::Count => State::Count(Vec::new()),
            Kind::Distinct => {
                State::Distinct { values: Interner::default(), seen: FastMap::default(), counts: Vec::new() }
            }
            Kind::Sum => State::Sum(Vec::new()),
            Kind::Min | Kind::Max | Kind::And | Kind::Or => State::Extreme(Vec::new()),
            Kind::LongestMonths(_) | Kind::LongestStart(_) | Kind::LongestEnd(_) | Kind::SpanDays => {
                State::Spans(FastMap::default())
            }
        };
        Totals { kind: aggregate.kind, state, doubts: FastMap::default() }
    }

    fn grow(&mut self, group: u32) {
        let needed = group as usize + 1;
        match &mut self.state {
            State::Count(counts) if counts.len() < needed => counts.resize(needed, 0),
            State::Distinct { counts, .. } if counts.len() < needed => counts.resize(needed, DistinctCount::default()),
            State::Sum(sums) if sums.len() < needed => sums.resize(needed, Some(0)),
            State::Extreme(values) if values.len() < needed => values.resize(needed, None),
            _ => {}
        }
    }

    fn better(&self, a: Option<i128>, b: Option<i128>) -> Option<i128> {
        let is_largest = matches!(self.kind, Kind::Max | Kind::Or);
        match (a, b) {
            (Some(a), Some(b)) => Some(if is_largest { a.max(b) } else { a.min(b) }),
            (a, b) => a.or(b),
        }
    }

    /// The number of the one value that all rows of a batch count as different from others, where they have only one.
    pub fn constant(&mut self, arguments: &[Vector<'_>]) -> Option<u32> {
        let is_one = |argument: &Vector<'_>| {
            argument.is_constant && argument.why.is_none() && !matches!(argument.data, Data::Dates(_))
        };
        match &mut self.state {
            State::Distinct { values, .. } if arguments.iter().all(is_one) => {
                let mut key = Vec::new();
                arguments.iter().for_each(|argument| encode(argument, 0, &mut key));
                Some(values.number(&key))
            }
            _ => None,
        }
    }

    /// The number of the value that the record in `row` has in an aggregate of different values; 0 in others.
    pub fn value(&mut self, row: usize, arguments: &[Vector<'_>], constant: Option<u32>) -> u32 {
        match (&mut self.state, constant) {
            (State::Distinct { .. }, Some(value)) => value,
            (State::Distinct { values, .. }, None) => {
                let mut key = Vec::new();
                arguments.iter().for_each(|argument| encode(argument, row, &mut key));
                values.number(&key)
            }
            _ => 0,
        }
    }

    /// Adds a record that certainly counts, by what [`Totals::value`] gave for it; for counts and for different values.
    pub fn add_value(&mut self, group: u32, value: u32) {
        self.grow(group);
        match &mut self.state {
            State::Count(counts) => counts[group as usize] += 1,
            State::Distinct { seen, counts, .. } => see(seen, counts, group, value, true),
            State::Sum(_) | State::Extreme(_) | State::Spans(_) => {}
        }
    }

    /// Adds the record in `row`; `constant` is what [`Totals::constant`] gave for the batch. `why` is 0 where it certainly belongs to the group and passes the filter.
    pub fn add(&mut self, group: u32, row: usize, arguments: &[Vector<'_>], constant: Option<u32>, why: Why) {
        self.grow(group);
        let value_why = arguments.iter().fold(0, |all, argument| all | argument.why_at(row));
        if value_why != 0 {
            let doubt = self.doubts.entry(group).or_default();
            doubt.why |= why | value_why;
            doubt.unknown += 1;
            return;
        }
        if why != 0 {
            self.doubts.entry(group).or_default().why |= why;
        }
        let is_certain = why == 0;
        match (&mut self.state, self.kind) {
            (State::Count(counts), _) => {
                if is_certain {
                    counts[group as usize] += 1;
                } else if let Some(doubt) = self.doubts.get_mut(&group) {
                    doubt.count += 1;
                }
            }
            (State::Distinct { values, seen, counts }, _) => {
                if let Some(value) = constant {
                    return see(seen, counts, group, value, is_certain);
                }
                let mut key = Vec::new();
                if let [vector @ Vector { data: Data::Dates(_), .. }] = arguments {
                    for date in dates_at(vector, row) {
                        let value = values.number(&date.days().to_le_bytes());
                        see(seen, counts, group, value, is_certain);
                    }
                    return;
                }
                for argument in arguments {
                    encode(argument, row, &mut key);
                }
                let value = values.number(&key);
                see(seen, counts, group, value, is_certain);
            }
            (State::Sum(sums), _) => {
                let number = arguments.first().and_then(|v| v.numbers().get(v.index(row))).map_or(0, |n| n.units());
                if is_certain {
                    let sum = &mut sums[group as usize];
                    *sum = sum.and_then(|sum| sum.checked_add(number));
                } else if let Some(doubt) = self.doubts.get_mut(&group) {
                    doubt.sum = doubt.sum.saturating_add(number);
                }
            }
            (State::Extreme(values), _) => {
                let value = arguments.first().and_then(|argument| ordinal(argument, row));
                if is_certain {
                    let before = values[group as usize];
                    let after = self.better(before, value);
                    if let State::Extreme(values) = &mut self.state {
                        values[group as usize] = after;
                    }
                } else {
                    let before = self.doubts.get(&group).and_then(|doubt| doubt.extreme);
                    let after = self.better(before, value);
                    self.doubts.entry(group).or_default().extreme = after;
                }
            }
            (State::Spans(spans), _) => {
                let day = |at: usize| arguments.get(at).and_then(|v| v.dates().get(v.index(row))).copied();
                if let (Some(start), Some(end)) = (day(0), day(1))
                    && start <= end
                {
                    spans.entry(group).or_default().push((start, end, is_certain));
                }
            }
        }
    }

    /// Puts the groups together that `map` gives the same number.
    pub fn remap(self, map: &[u32]) -> Totals {
        let target = |group: usize| map.get(group).copied().unwrap_or_default();
        let mut merged = Totals { kind: self.kind, state: self.state.empty(), doubts: FastMap::default() };
        if let Some(last) = map.iter().max() {
            merged.grow(*last);
        }
        match self.state {
            State::Count(counts) => {
                for (group, count) in counts.into_iter().enumerate() {
                    if let State::Count(into) = &mut merged.state {
                        into[target(group) as usize] += count;
                    }
                }
            }
            State::Distinct { values, seen: before, counts: counted } => {
                if let State::Distinct { values: into, seen, counts } = &mut merged.state {
                    *into = values;
                    for (group, count) in counted.iter().enumerate().filter(|(_, count)| count.first != NO_VALUE) {
                        see(seen, counts, target(group), count.first >> 1, count.first & 1 == 1);
                    }
                    for ((group, value), is_certain) in before {
                        see(seen, counts, target(group as usize), value, is_certain);
                    }
                }
            }
            State::Sum(sums) => {
                for (group, sum) in sums.into_iter().enumerate() {
                    if let State::Sum(into) = &mut merged.state {
                        let before = into[target(group) as usize];
                        into[target(group) as usize] = before.zip(sum).and_then(|(a, b)| a.checked_add(b));
                    }
                }
            }
            State::Extreme(values) => {
                for (group, value) in values.into_iter().enumerate() {
                    let at = target(group) as usize;
                    let before = if let State::Extreme(into) = &merged.state { into[at] } else { None };
                    let after = merged.better(before, value);
                    if let State::Extreme(into) = &mut merged.state {
                        into[at] = after;
                    }
                }
            }
            State::Spans(spans) => {
                for (group, list) in spans {
                    if let State::Spans(into) = &mut merged.state {
                        into.entry(target(group as usize)).or_default().extend(list);
                    }
                }
            }
        }
        for (group, doubt) in self.doubts {
            merged.doubt(target(group as usize), &doubt);
        }
        merged
    }

    fn doubt(&mut self, group: u32, other: &Doubt) {
        let extreme = self.better(self.doubts.get(&group).and_then(|doubt| doubt.extreme), other.extreme);
        let doubt = self.doubts.entry(group).or_default();
        doubt.why |= other.why;
        doubt.unknown += other.unknown;
        doubt.count += other.count;
        doubt.sum = doubt.sum.saturating_add(other.sum);
        doubt.extreme = extreme;
    }

    /// Adds everything of group `from` to `into` as possible records, for the reasons `why`.
    pub fn suppose(&mut self, from: u32, into: u32, why: Why) {
        self.grow(from.max(into));
        let mut doubt = self.doubts.get(&from).cloned().unwrap_or_default();
        doubt.why |= why;
        match &mut self.state {
            State::Count(counts) => doubt.count += counts[from as usize],
            State::Sum(sums) => doubt.sum = doubt.sum.saturating_add(sums[from as usize].unwrap_or_default()),
            State::Extreme(values) => {
                let certain = values[from as usize];
                doubt.extreme = self.better(doubt.extreme, certain);
            }
            State::Distinct { counts, .. } => {
                // Which values these are does not matter much: each may be a new one.
                let DistinctCount { certain, possible, .. } = counts[from as usize];
                doubt.unknown += certain + possible;
            }
            State::Spans(spans) => {
                let list: Vec<Span> = spans.get(&from).into_iter().flatten().map(|(a, b, _)| (*a, *b, false)).collect();
                spans.entry(into).or_default().extend(list);
            }
        }
        self.doubt(into, &doubt);
    }

    /// Why the value of the group is in doubt; 0 where it is certain.
    pub fn why(&self, group: u32) -> Why {
        self.doubts.get(&group).map_or(0, |doubt| doubt.why)
    }

    /// The values of some groups (`None`: a group without records), with the certain records only or with the
    /// possible ones as well.
    pub fn results(&self, groups: &[Option<u32>], with_possible: bool, ty: Type) -> Vector<'static> {
        let mut why: Option<Vec<Why>> = None;
        let mut unknown = |at: usize, reason: Why| why.get_or_insert_with(|| vec![0; groups.len()])[at] |= reason;
        let doubt_of = |group: Option<u32>| group.filter(|_| with_possible).and_then(|group| self.doubts.get(&group));
        let mut values: Vec<i128> = Vec::with_capacity(groups.len());
        for (at, group) in groups.iter().enumerate() {
            let doubt = doubt_of(*group);
            let index = group.map_or(usize::MAX, |group| group as usize);
            let value = match &self.state {
                State::Count(counts) => {
                    let extra = doubt.map_or(0, |doubt| doubt.count + doubt.unknown);
                    i128::from(counts.get(index).copied().unwrap_or_default()) + i128::from(extra)
                }
                State::Distinct { counts, .. } => {
                    let DistinctCount { certain, possible, .. } = counts.get(index).copied().unwrap_or_default();
                    i128::from(certain) + doubt.map_or(0, |doubt| i128::from(possible) + i128::from(doubt.unknown))
                }
                State::Sum(sums) => {
                    if let Some(doubt) = doubt.filter(|doubt| doubt.unknown > 0) {
                        unknown(at, doubt.why);
                    }
                    let extra = doubt.map_or(0, |doubt| doubt.sum);
                    let sum = sums.get(index).copied().unwrap_or(Some(0));
                    sum.and_then(|sum| sum.checked_add(extra)).unwrap_or_else(|| {
                        unknown(at, WHY_RANGE);
                        0
                    })
                }
                State::Extreme(values) => {
                    let certain = values.get(index).copied().flatten();
                    let best = self.better(certain, doubt.and_then(|doubt| doubt.extreme));
                    let settled = match self.kind {
                        Kind::And => Some(0),
                        Kind::Or => Some(1),
                        _ => None,
                    };
                    let is_settled = settled.is_some() && best == settled;
                    if let Some(doubt) = doubt.filter(|doubt| doubt.unknown > 0 && !is_settled) {
                        unknown(at, doubt.why);
                    }
                    match (best, self.kind) {
                        (Some(best), _) => best,
                        (None, Kind::And) => 1,
                        (None, Kind::Or) => 0,
                        (None, _) => {
                            unknown(at, WHY_NOTHING);
                            0
                        }
                    }
                }
                State::Spans(spans) => {
                    if let Some(doubt) = doubt.filter(|doubt| doubt.unknown > 0) {
                        unknown(at, doubt.why);
                    }
                    let list = group.and_then(|group| spans.get(&group)).map_or(&[][..], |list| list);
                    let counted = list.iter().filter(|span| span.2 || with_possible).map(|span| (span.0, span.1));
                    span_value(self.kind, counted.collect()).unwrap_or_else(|| {
                        unknown(at, WHY_NOTHING);
                        0
                    })
                }
            };
            values.push(value);
        }
        let is_whole = !matches!(self.kind, Kind::Sum | Kind::Min | Kind::Max);
        let data = match ty {
            Type::Bool => Data::Bool(values.into_iter().map(|value| value != 0).collect()),
            Type::Date => {
                let date = |value: i128| i32::try_from(value).ok().and_then(Date::from_days).unwrap_or_default();
                Data::Date(values.into_iter().map(date).collect())
            }
            _ => {
                let number = |value: i128| match i64::try_from(value) {
                    Ok(value) if is_whole => Decimal::from_int(value),
                    _ => Decimal::from_units(value),
                };
                Data::Number(values.into_iter().map(number).collect())
            }
        };
        Vector { data, why: why.map(Cow::Owned), is_constant: false }
    }
}

impl State {
    fn empty(&self) -> State {
        match self {
            State::Count(_) => State::Count(Vec::new()),
            State::Distinct { .. } => {
                State::Distinct { values: Interner::default(), seen: FastMap::default(), counts: Vec::new() }
            }
            State::Sum(_) => State::Sum(Vec::new()),
            State::Extreme(_) => State::Extreme(Vec::new()),
            State::Spans(_) => State::Spans(FastMap::default()),
        }
    }
}

fn see(seen: &mut FastMap<(u32, u32), bool>, counts: &mut [DistinctCount], group: u32, value: u32, is_certain: bool) {
    let count = &mut counts[group as usize];
    let packed = value.checked_mul(2).map(|twice| twice | u32::from(is_certain)).filter(|packed| *packed != NO_VALUE);
    if let Some(packed) = packed {
        if count.first == NO_VALUE {
            count.first = packed;
            if is_certain {
                count.certain += 1;
            } else {
                count.possible += 1;
            }
            return;
        }
        if count.first >> 1 == value {
            if is_certain && count.first & 1 == 0 {
                count.first = packed;
                count.certain += 1;
                count.possible -= 1;
            }
            return;
        }
    }
    match seen.insert((group, value), is_certain) {
        None if is_certain => count.certain += 1,
        None => count.possible += 1,
        Some(false) if is_certain => {
            count.certain += 1;
            count.possible -= 1;
        }
        Some(true) if !is_certain => {
            // It stays certain.
            seen.insert((group, value), true);
        }
        Some(_) => {}
    }
}

/// A value as bytes, so that equal values are equal bytes.
fn encode(vector: &Vector<'_>, row: usize, bytes: &mut Vec<u8>) {
    let index = vector.index(row);
    match &vector.data {
        Data::Bool(values) => bytes.push(u8::from(values[index])),
        Data::Number(values) => bytes.extend(values[index].units().to_le_bytes()),
        Data::Date(values) => bytes.extend(values[index].days().to_le_bytes()),
        Data::Period(values) => {
            bytes.extend(values[index].start().days().to_le_bytes());
            bytes.extend(values[index].end().days().to_le_bytes());
        }
        Data::Text(texts) => {
            let text = super::names::normalise_text(texts.at(index)).into_owned();
            bytes.extend((text.len() as u32).to_le_bytes());
            bytes.extend(text.as_bytes());
        }
        Data::Code(values) => bytes.extend(values[index].to_le_bytes()),
        Data::Codes(values) => bytes.extend(values[index].to_le_bytes()),
        Data::Dates(_) => {
            for date in dates_at(vector, row) {
                bytes.extend(date.days().to_le_bytes());
            }
        }
    }
}

/// A number, date or condition as a number that sorts the same way.
fn ordinal(vector: &Vector<'_>, row: usize) -> Option<i128> {
    let index = vector.index(row);
    match &vector.data {
        Data::Number(values) => values.get(index).map(|value| value.units()),
        Data::Date(values) => values.get(index).map(|value| i128::from(value.days())),
        Data::Bool(values) => values.get(index).map(|value| i128::from(*value)),
        _ => None,
    }
}

/// The value of a span aggregate; `None` where there is no span to speak of.
fn span_value(kind: Kind, mut spans: Vec<(Date, Date)>) -> Option<i128> {
    spans.sort_unstable();
    let gap = match kind {
        Kind::LongestMonths(gap) | Kind::LongestStart(gap) | Kind::LongestEnd(gap) => gap,
        _ => 0,
    };
    let mut merged: Vec<(Date, Date)> = Vec::new();
    for (start, end) in spans {
        match merged.last_mut() {
            Some(last) if i64::from(start.days()) - i64::from(last.1.days()) - 1 <= i64::from(gap) => {
                last.1 = last.1.max(end);
            }
            _ => merged.push((start, end)),
        }
    }
    let days = |span: &(Date, Date)| i64::from(span.1.days()) - i64::from(span.0.days()) + 1;
    if kind == Kind::SpanDays {
        return Some(i128::from(merged.iter().map(days).sum::<i64>()));
    }
    // The earliest of equally long spans.
    let longest = merged.iter().rev().max_by_key(|span| days(span)).copied();
    match kind {
        Kind::LongestMonths(_) => Some(longest.map_or(0, |(start, end)| i128::from(whole_months(start, end)))),
        Kind::LongestStart(_) => longest.map(|(start, _)| i128::from(start.days())),
        _ => longest.map(|(_, end)| i128::from(end.days())),
    }
}

/// Whole calendar months from the first to the last day, both included.
fn whole_months(start: Date, end: Date) -> i32 {
    let Some(after) = end.add_days(1) else { return 0 };
    let (first, last) = (start.ymd(), after.ymd());
    let mut months = (i32::from(last.0) - i32::from(first.0)) * 12 + i32::from(last.1) - i32::from(first.1);
    while months > 0 && start.add_months(months).is_none_or(|date| date > after) {
        months -= 1;
    }
    months
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse_iso(text).unwrap()
    }

    #[test]
    fn spans_are_merged_and_counted_in_whole_months() {
        let spans = |list: &[(&str, &str)]| list.iter().map(|(a, b)| (date(a), date(b))).collect::<Vec<_>>();
        let months = |gap, list: &[(&str, &str)]| span_value(Kind::LongestMonths(gap), spans(list));
        assert_eq!(months(0, &[("2024-01-01", "2024-06-30")]), Some(6));
        assert_eq!(months(0, &[("2024-01-01", "2024-06-29")]), Some(5));
        assert_eq!(months(0, &[("2024-01-01", "2024-03-31"), ("2024-04-01", "2024-06-30")]), Some(6));
        assert_eq!(months(0, &[("2024-01-01", "2024-03-31"), ("2024-04-03", "2024-06-30")]), Some(3));
        assert_eq!(months(2, &[("2024-04-03", "2024-06-30"), ("2024-01-01", "2024-03-31")]), Some(6));
        assert_eq!(months(0, &[]), Some(0));
        assert_eq!(span_value(Kind::LongestEnd(0), Vec::new()), None);
        assert_eq!(
            span_value(Kind::SpanDays, spans(&[("2024-01-01", "2024-01-10"), ("2024-01-05", "2024-01-12")])),
            Some(12)
        );
    }
}
