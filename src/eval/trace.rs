//! Every single outcome, for those who compare this engine with another: which unit, which period, and why.

use super::collect::Collected;
use super::identity::{Part, decode};
use super::vector::Vector;
use super::view::View;
use crate::finding::Outcome;
use crate::model::Period;
use crate::rule::Why;

/// The outcome of one item of one rule for one record, group or member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Position of the rule in the program.
    pub rule: u32,
    pub item: u32,
    /// Source and sheet row of the record, or of the member's record in its register.
    pub place: Option<(u32, u32)>,
    /// The key of a group, or of a member that is known from the records only; see `key_text`.
    pub key: Option<String>,
    pub period: Option<Period>,
    pub outcome: Outcome,
    /// Why it is undetermined, as bits; 0 for other outcomes.
    pub why: Why,
}

/// What is judged.
#[derive(Clone, Debug, Default)]
pub(super) struct Unit {
    pub place: Option<(u32, u32)>,
    pub key: Option<String>,
    pub period: Option<Period>,
}

impl Collected {
    /// Keeps an outcome where outcomes are asked for. The number of the rule is filled in at the end.
    pub fn trace(&mut self, item: u32, outcome: Outcome, why: Why, unit: impl FnOnce() -> Unit) {
        if let Some(traced) = &mut self.traced {
            let Unit { place, key, period } = unit();
            let why = if outcome == Outcome::Undetermined { why } else { 0 };
            traced.push(Judgement { rule: 0, item, place, key, period, outcome, why });
        }
    }

    /// The same for the record in `row` of a batch.
    pub fn trace_row(
        &mut self,
        item: u32,
        outcome: Outcome,
        why: Why,
        view: &View,
        row: usize,
        period: Option<Period>,
    ) {
        let unit = || Unit { place: Some((view.source().id, view.batch.rows[row])), key: None, period };
        self.trace(item, outcome, why, unit);
    }
}

/// The period of `row`, where it is known.
pub(super) fn known_period(periods: &Vector<'_>, row: usize) -> Option<Period> {
    (periods.why_at(row) == 0).then(|| periods.periods().get(periods.index(row)).copied()).flatten()
}

/// A key as text: part by part `0` for nothing or `1` and the value, with U+001F between.
pub(super) fn key_text(key: &[u8]) -> String {
    let part = |part: &Part| match part {
        Part::Nothing => "0".to_owned(),
        Part::Number(number) => format!("1{}", number.units()),
        Part::Period(period) => format!("1{period}"),
        Part::Bool(value) => format!("1{value}"),
        part => format!("1{}", part.shown()),
    };
    decode(key).iter().map(part).collect::<Vec<_>>().join("\u{1f}")
}
