//! Row rules: every record of a batch by itself.

use std::borrow::Cow;

use super::collect::{Collected, Order};
use super::finding::{Fault, row_finding};
use super::frame::{Context, Frame, Side};
use super::judge::{is_in_force, judge};
use super::kernel::{dates_at, evaluate};
use super::trace::known_period;
use super::vector::{Data, Vector};
use super::view::{Units, View};
use crate::finding::Outcome;
use crate::model::{Column, Period};
use crate::rule::{EachPlan, Plan, Type, Why};

/// The rows of a batch that a rule looks at, each with the period it is judged for.
pub(super) struct Rows<'a> {
    /// `None` for all rows of the batch.
    pub pick: Option<Vec<u32>>,
    pub period: Vector<'a>,
}

/// Which records are judged in which periods of the grid: a dated record in the period of its date, one with several
/// dates in all periods of its reporting period (`spread`) or in those of its dates, a record of a longer period in
/// each period within; one without a known date in the period that its other field names, where that lies within one of
/// the grid. The remaining records come last, with an unknown period.
pub(super) fn rows_by_period<'a>(plan: &Plan, view: &'a View, each: &EachPlan, spread: bool) -> Rows<'a> {
    let field = usize::from(each.field);
    let ty = match view.batch.columns.get(field).map(|column| &column.data) {
        Some(crate::model::ColumnData::Dates(_)) => Type::Dates,
        Some(crate::model::ColumnData::Period(_)) => Type::Period,
        _ => Type::Date,
    };
    let absent = Column::absent();
    let column = view.batch.columns.get(field).unwrap_or(&absent);
    let dates = Vector::column(column, None, ty, &plan.each_why);
    let other = each.or.and_then(|field| view.batch.columns.get(usize::from(field)));
    let other = other.map(|column| Vector::column(column, None, Type::Period, &plan.each_why));
    let instead = |row: usize| {
        let other = other.as_ref().filter(|other| other.why_at(row) == 0)?;
        let own = *other.periods().get(other.index(row))?;
        each.grid.containing(own.start()).filter(|period| period.contains_period(own))
    };
    let mut pick = Vec::with_capacity(view.len());
    let mut periods = Vec::with_capacity(view.len());
    let mut undated = Vec::new();
    let mut last: Option<(crate::model::Date, Period)> = None;
    let mut push = |row: usize, period: Period| {
        pick.push(row as u32);
        periods.push(period);
    };
    for row in 0..view.len() {
        let reporting = view.reporting_at(&plan.reporting, row);
        if ty == Type::Dates && spread {
            match reporting {
                Some(reporting) => reporting.split(each.grid).into_iter().for_each(|period| push(row, period)),
                None => undated.push(row),
            }
            continue;
        }
        if dates.why_at(row) != 0 {
            match instead(row) {
                Some(period) => push(row, period),
                None => undated.push(row),
            }
            continue;
        }
        match &dates.data {
            Data::Period(values) => {
                let own = values[dates.index(row)];
                match each.grid.containing(own.start()).filter(|period| period.contains_period(own)) {
                    Some(period) => push(row, period),
                    None => own.split(each.grid).into_iter().for_each(|period| push(row, period)),
                }
            }
            Data::Date(values) => {
                let date = values[dates.index(row)];
                let period = match last {
                    Some((known, period)) if known == date => Some(period),
                    _ => each.grid.containing(date),
                };
                if let Some(period) = period {
                    last = Some((date, period));
                    push(row, period);
                }
            }
            _ => {
                let mut own: Vec<Period> =
                    dates_at(&dates, row).iter().filter_map(|date| each.grid.containing(*date)).collect();
                own.dedup();
                own.into_iter().for_each(|period| push(row, period));
            }
        }
    }
    let dated = pick.len();
    let mut reasons = vec![0; dated];
    for row in undated {
        pick.push(row as u32);
        periods.push(super::vector::NO_PERIOD);
        let reason = dates.why_at(row);
        reasons.push(if reason == 0 { crate::rule::WHY_PERIOD } else { reason });
    }
    let why = (reasons.len() > dated).then_some(Cow::Owned(reasons));
    Rows { pick: Some(pick), period: Vector { data: Data::Period(Cow::Owned(periods)), why, is_constant: false } }
}

/// Judges the records of a batch. `joined` has one side for each join of the rule, over all records of the batch.
pub(super) fn judge_rows(
    context: &Context,
    plan: &Plan,
    rule: u32,
    view: &View,
    joined: &[Side<'_>],
    units: &Units,
    collected: &mut Collected,
) {
    if view.len() == 0 {
        return;
    }
    let rows = row_selection(context, plan, view, collected);
    let len = rows.pick.as_ref().map_or(view.len(), Vec::len);
    if len == 0 {
        return;
    }
    let pick = rows.pick.as_deref();
    let joined_picks = repick(joined, pick);
    let joined = joined_sides(joined, &joined_picks);
    let reporting = view.reporting(&plan.reporting);
    let reporting = match pick {
        Some(pick) if !reporting.is_constant => picked_periods(&reporting, pick),
        _ => reporting,
    };
    let frame = Frame {
        len,
        record: Side::Columns(&view.batch.columns, pick),
        ids: Some(&view.ids),
        joined: &joined,
        period: rows.period.share(),
        reporting,
        ..Frame::empty(context)
    };
    let filter = plan.filter.as_ref().map(|filter| evaluate(filter, &frame));
    if let Some(filter) = &filter
        && filter.why.is_none()
        && filter.truths(len).iter().fold(true, |none, is_true| none & !is_true)
    {
        for item in 0..plan.items.len() {
            count_all(view, pick, len, Outcome::NotApplicable, collected);
            trace_all(view, item, &frame, pick, |_| (Outcome::NotApplicable, 0), collected);
        }
        return;
    }
    for (item, item_plan) in plan.items.iter().enumerate() {
        let judged = judge(plan, item_plan, &frame, filter.as_ref());
        trace_all(view, item, &frame, pick, |at| (judged.outcomes[at], judged.why_at(at)), collected);
        // Without a way out in the middle the loops look at many rows at once.
        let is_one = |wanted: Outcome| judged.outcomes.iter().fold(true, |all, outcome| all & (*outcome == wanted));
        if let Some(one) = [Outcome::Met, Outcome::NotApplicable].into_iter().find(|outcome| is_one(*outcome)) {
            count_all(view, pick, len, one, collected);
            continue;
        }
        let is_told = |outcome: &Outcome| matches!(outcome, Outcome::Violated | Outcome::Undetermined);
        let any_told = judged.outcomes.iter().fold(false, |any, outcome| any | is_told(outcome));
        let unit_at = |position: usize| view.units[pick.map_or(position, |pick| pick[position] as usize)];
        if !any_told {
            let rows = judged.outcomes.iter().enumerate();
            collected.count_rows(rows.map(|(position, outcome)| (unit_at(position), outcome)));
            continue;
        }
        let lacks = item_plan.atoms.lacks();
        let mut told = Vec::new();
        for (position, outcome) in judged.outcomes.iter().enumerate() {
            let why = judged.why_at(position);
            if *outcome == Outcome::Undetermined && lacks.explains(why) {
                collected.lack(item as u32, view.source(), view.source_unit, why, 1);
            } else if is_told(outcome) {
                collected.count(unit_at(position), *outcome, 1);
                told.push(position);
            }
        }
        let rest = judged.outcomes.iter().enumerate().filter(|(_, outcome)| !is_told(outcome));
        collected.count_rows(rest.map(|(position, outcome)| (unit_at(position), outcome)));
        for position in told {
            let row = pick.map_or(position, |pick| pick[position] as usize);
            let (outcome, why, unit) = (&judged.outcomes[position], judged.why_at(position), view.units[row]);
            let period = &frame.period;
            let known = (period.why_at(position) == 0).then(|| period.periods().get(period.index(position))).flatten();
            let order = Order {
                source: view.source().id,
                row: view.batch.rows[row],
                period: known.map_or(i32::MIN, |period| period.start().days()),
                item: item as u32,
                key: String::new(),
            };
            if !collected.wants(&order) {
                continue;
            }
            let own = [row as u32];
            let single_joins = repick(&joined, Some(&[position as u32]));
            let single_sides = joined_sides(&joined, &single_joins);
            let one = Frame {
                len: 1,
                record: Side::Columns(&view.batch.columns, Some(&own)),
                joined: &single_sides,
                period: at(&frame.period, position),
                reporting: at(&frame.reporting, position),
                ..Frame::empty(context)
            };
            let fault = Fault { context, plan, rule, item, outcome: *outcome, why, frame: &one };
            let finding = row_finding(&fault, view, row, units.name(unit), &mut collected.tellers);
            collected.keep(order, finding);
        }
    }
}

/// The rows that are judged at all: those of the grid's periods, and those in force.
fn row_selection<'a>(context: &Context, plan: &Plan, view: &'a View, collected: &mut Collected) -> Rows<'a> {
    let mut rows = match &plan.each {
        None => Rows { pick: None, period: super::held::no_period() },
        Some(each) => {
            let mut rows = rows_by_period(plan, view, each, true);
            // A period that the record's reporting period does not wholly contain is not judged.
            let pick = rows.pick.take().unwrap_or_default();
            let is_inside = |(position, row): (usize, &u32)| {
                let reporting = view.reporting_at(&plan.reporting, *row as usize);
                rows.period.why_at(position) != 0
                    || reporting.is_none_or(|reporting| reporting.contains_period(rows.period.periods()[position]))
            };
            let keep: Vec<u32> =
                pick.iter().enumerate().filter(|at| is_inside(*at)).map(|(position, _)| position as u32).collect();
            let period = picked_periods(&rows.period, &keep);
            Rows { pick: Some(keep.iter().map(|position| pick[*position as usize]).collect()), period }
        }
    };
    if plan.strict {
        let len = rows.pick.as_ref().map_or(view.len(), Vec::len);
        let row_at = |position: usize| rows.pick.as_ref().map_or(position, |pick| pick[position] as usize);
        let keep: Vec<u32> = (0..len)
            .filter(|position| is_in_force(plan, view.reporting_at(&plan.reporting, row_at(*position)), context.as_of))
            .map(|position| position as u32)
            .collect();
        if keep.len() < len {
            collected.is_out_of_force = true;
            let period = if rows.period.is_constant { rows.period } else { picked_periods(&rows.period, &keep) };
            let pick =
                keep.iter().map(|position| rows.pick.as_ref().map_or(*position, |pick| pick[*position as usize]));
            rows = Rows { pick: Some(pick.collect()), period };
        }
    }
    rows
}

/// Keeps the outcome of each row where outcomes are asked for.
fn trace_all(
    view: &View,
    item: usize,
    frame: &Frame<'_>,
    pick: Option<&[u32]>,
    outcome: impl Fn(usize) -> (Outcome, Why),
    collected: &mut Collected,
) {
    if collected.traced.is_none() {
        return;
    }
    for at in 0..frame.len {
        let row = pick.map_or(at, |pick| pick[at] as usize);
        let (outcome, why) = outcome(at);
        collected.trace_row(item as u32, outcome, why, view, row, known_period(&frame.period, at));
    }
}

fn count_all(view: &View, pick: Option<&[u32]>, len: usize, outcome: Outcome, collected: &mut Collected) {
    if pick.is_none() {
        return collected.count_units(&view.unit_counts, outcome);
    }
    let unit_at = |position: usize| view.units[pick.map_or(position, |pick| pick[position] as usize)];
    // Records of one unit follow each other, so that counting is mostly adding up runs.
    let mut position = 0;
    while position < len {
        let unit = unit_at(position);
        let start = position;
        while position < len && unit_at(position) == unit {
            position += 1;
        }
        collected.count(unit, outcome, (position - start) as u64);
    }
}

/// The joined records of the rows that are picked.
pub(super) fn repick(joined: &[Side<'_>], pick: Option<&[u32]>) -> Vec<Option<Vec<u32>>> {
    let one = |side: &Side<'_>| match (side, pick) {
        (Side::Columns(_, Some(own)), Some(pick)) => Some(pick.iter().map(|row| own[*row as usize]).collect()),
        _ => None,
    };
    joined.iter().map(one).collect()
}

pub(super) fn joined_sides<'a>(joined: &[Side<'a>], picks: &'a [Option<Vec<u32>>]) -> Vec<Side<'a>> {
    let side = |(side, pick): (&Side<'a>, &'a Option<Vec<u32>>)| match (side, pick) {
        (Side::Columns(columns, _), Some(pick)) => Side::Columns(columns, Some(pick)),
        (side, _) => side.clone(),
    };
    joined.iter().zip(picks).map(side).collect()
}

/// Some rows of a vector of periods.
pub(super) fn picked_periods<'a>(vector: &Vector<'_>, pick: &[u32]) -> Vector<'a> {
    let values = vector.periods();
    let period = |row: &u32| values.get(vector.index(*row as usize)).copied().unwrap_or(super::vector::NO_PERIOD);
    let why = vector.why.as_ref().map(|_| pick.iter().map(|row| vector.why_at(*row as usize)).collect());
    Vector { data: Data::Period(pick.iter().map(period).collect()), why, is_constant: false }
}

/// The one value of a row of a vector of periods.
pub(super) fn at<'a>(vector: &Vector<'_>, row: usize) -> Vector<'a> {
    let one = picked_periods(vector, &[row as u32]);
    Vector { is_constant: true, ..one }
}
