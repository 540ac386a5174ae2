//! From conditions to outcomes, for every row of a frame: the same for records, groups and members.

use std::borrow::Cow;

use super::frame::{Cells, Frame, few_rows};
use super::kernel::evaluate;
use super::vector::{Data, Vector};
use crate::finding::{Outcome, Reason};
use crate::model::{ColumnData, Date};
use crate::rule::{Atom, Atoms, ItemPlan, Members, Node, Op, Plan, PlanShape, Program, Slot, WHY_NOTHING, Why};

/// The outcome of each row, and why it is undetermined.
pub(super) struct Judged {
    pub outcomes: Vec<Outcome>,
    pub why: Option<Vec<Why>>,
}

impl Judged {
    pub fn why_at(&self, row: usize) -> Why {
        self.why.as_ref().map_or(0, |why| why[row])
    }
}

/// Decides one item of a rule in every row. `filter` is the rule's `where`, evaluated on the same rows (row rules only).
pub(super) fn judge(plan: &Plan, item: &ItemPlan, frame: &Frame<'_>, filter: Option<&Vector<'_>>) -> Judged {
    let applies = item.applies.as_ref().map(|node| evaluate(node, frame));
    let gates: Vec<&Vector<'_>> = filter.into_iter().chain(&applies).collect();
    let mut judged = Judged { outcomes: vec![Outcome::Met; frame.len], why: None };
    // Rows whose requirement is not met, and why that is not known.
    let mut open: Vec<(usize, Why)> = Vec::new();
    if gates.iter().all(|gate| gate.why.is_none()) {
        // Known conditions, as nearly all are: one pass for each.
        for gate in &gates {
            close(&mut judged.outcomes, gate);
        }
        unmet_rows(&item.require, frame, &judged.outcomes, &mut open);
    } else {
        judge_gates(&gates, &evaluate(&item.require, frame), &mut judged, &mut open);
    }
    if open.is_empty() {
        return judged;
    }
    let due = plan.due.as_ref().map(|node| evaluate(node, frame));
    let pending = plan.pending.as_ref().map(|node| evaluate(node, frame));
    for (row, why) in open {
        let (outcome, why) = unmet(plan, frame, row, why, due.as_ref(), pending.as_ref());
        judged.outcomes[row] = outcome;
        if why != 0 {
            judged.why.get_or_insert_with(|| vec![0; frame.len])[row] = why;
        }
    }
    judged
}

/// The rows not left out so far in which the requirement is not met.
fn unmet_rows(require: &Node, frame: &Frame<'_>, outcomes: &[Outcome], open: &mut Vec<(usize, Why)>) {
    if let Some(kept) = few_rows(outcomes.iter().map(|outcome| *outcome == Outcome::Met))
        && let Some(few) = frame.of_rows(&kept)
    {
        let require = evaluate(require, &few);
        let truths = kept.iter().enumerate().map(|(at, row)| (*row as usize, require.truth(at)));
        open.extend(truths.filter(|(_, (is_met, _))| !is_met).map(|(row, (_, why))| (row, why)));
        return;
    }
    let require = evaluate(require, frame);
    if require.is_constant && require.truth(0).0 {
        return;
    }
    let truths = require.truths(frame.len);
    let is_open = |(outcome, is_met): (&Outcome, &bool)| (*outcome == Outcome::Met) & !is_met;
    // Without a way out in the middle the loops look at many rows at once.
    let any = outcomes.iter().zip(truths.iter()).fold(false, |any, row| any | is_open(row));
    if any {
        let rows = outcomes.iter().zip(truths.iter()).enumerate();
        open.extend(rows.filter(|(_, state)| is_open(*state)).map(|(row, _)| (row, require.truth(row).1)));
    }
}

/// Leaves out the rows for which a known condition is not true.
fn close(outcomes: &mut [Outcome], gate: &Vector<'_>) {
    let Data::Bool(values) = &gate.data else { return outcomes.fill(Outcome::NotApplicable) };
    if gate.is_constant {
        if !values.first().is_some_and(|value| *value) {
            outcomes.fill(Outcome::NotApplicable);
        }
        return;
    }
    for (outcome, value) in outcomes.iter_mut().zip(values.iter()) {
        *outcome = if *value { *outcome } else { Outcome::NotApplicable };
    }
}

/// Decides the rows that the gates leave out or leave in doubt, and gathers those whose requirement is not met.
fn judge_gates(gates: &[&Vector<'_>], require: &Vector<'_>, judged: &mut Judged, open: &mut Vec<(usize, Why)>) {
    let len = judged.outcomes.len();
    // Most rows are settled by what is known.
    let truths: Vec<Cow<'_, [bool]>> = gates.iter().map(|gate| gate.truths(len)).collect();
    let met = require.truths(len);
    for row in 0..len {
        if truths.iter().all(|truths| truths[row]) {
            if !met[row] {
                open.push((row, require.truth(row).1));
            }
            continue;
        }
        let mut outcome = None;
        for gate in gates {
            match gate.truth(row) {
                (true, _) => {}
                (false, 0 | WHY_NOTHING) => {
                    outcome = Some((Outcome::NotApplicable, 0));
                    break;
                }
                (false, why) => {
                    // A later gate that is FALSE settles the row all the same.
                    let before = outcome.map_or(0, |(_, why)| why);
                    outcome = Some((Outcome::Undetermined, before | why));
                }
            }
        }
        let Some((outcome, why)) = outcome else { continue };
        judged.outcomes[row] = outcome;
        if why != 0 {
            judged.why.get_or_insert_with(|| vec![0; len])[row] = why;
        }
    }
}

/// The outcome of a row whose requirement is not met: too early, violated, or not known.
fn unmet(
    plan: &Plan,
    frame: &Frame<'_>,
    row: usize,
    why: Why,
    due: Option<&Vector<'_>>,
    pending: Option<&Vector<'_>>,
) -> (Outcome, Why) {
    let as_of = frame.context.as_of;
    // A day that the rule names decides; without one, the end of the period.
    let due_why = due.map_or(0, |due| due.why_at(row));
    let is_running = plan.each.is_some()
        && (due.is_none() || due_why != 0)
        && frame.period.why_at(row) == 0
        && frame.period.periods().get(frame.period.index(row)).is_some_and(|period| period.end() >= as_of);
    let is_before_due = due_why == 0
        && due.is_some_and(|due| due.dates().get(due.index(row)).is_some_and(|date: &Date| as_of <= *date));
    let (is_pending, pending_why) = pending.map_or((false, 0), |pending| pending.truth(row));
    if is_running || is_before_due || is_pending {
        return (Outcome::NotYetDue, 0);
    }
    // Nothing to judge by (the latest of no dates) is no reason to doubt that the duty was not done.
    let why = (why | due_why | pending_why) & !WHY_NOTHING;
    if why == 0 { (Outcome::Violated, 0) } else { (Outcome::Undetermined, why) }
}

/// The reasons that the bits stand for, the one that a clerk can mend soonest first. `is_negative` tells of a cell that cannot be
/// used whether it says a number below zero.
pub(super) fn reasons(
    program: &Program,
    plan: &Plan,
    atoms: &Atoms,
    why: Why,
    year: Option<i16>,
    is_negative: &dyn Fn(Slot) -> bool,
) -> Vec<Reason> {
    let mut blank = Vec::new();
    let mut negative = Vec::new();
    let mut unreadable = Vec::new();
    let mut absent = Vec::new();
    let mut others = Vec::new();
    let name = |slot: &Slot| slot_name(program, plan, *slot);
    for atom in atoms.of(why) {
        match atom {
            Atom::Nothing => {}
            Atom::Blank(slots) => blank.extend(slots.iter().filter_map(name)),
            Atom::Unreadable(slots) => {
                let (below, other): (Vec<Slot>, Vec<Slot>) = slots.iter().partition(|slot| is_negative(**slot));
                negative.extend(below.iter().filter_map(name));
                unreadable.extend(other.iter().filter_map(name));
            }
            Atom::Absent(slots) => absent.extend(slots.iter().filter_map(name)),
            Atom::NoLedger(kind) => others.push(Reason::CompanionAbsent(kind.clone())),
            Atom::NoRecord(kind) => others.push(Reason::CompanionRecordAbsent(kind.clone())),
            Atom::Period => others.push(Reason::PeriodUnknown),
            Atom::Calendar => others.push(Reason::CalendarMissing(year.unwrap_or_default())),
            Atom::Range => others.push(Reason::NumberOutOfRange),
            Atom::Null => {}
        }
    }
    let mut reasons = Vec::new();
    for (mut fields, reason) in [
        (negative, Reason::NumberNegative as fn(Vec<_>) -> Reason),
        (unreadable, Reason::CellUnreadable),
        (blank, Reason::CellBlank),
        (absent, Reason::ColumnAbsent),
    ] {
        fields.dedup();
        if !fields.is_empty() {
            reasons.push(reason(fields));
        }
    }
    reasons.extend(others);
    // That the values decide nothing is a reason only where no cell, column or ledger is to blame.
    let is_null = |atom: &Atom| matches!(atom, Atom::Null);
    if atoms.of(why).any(is_null) && atoms.of(why).all(|atom| is_null(atom) || matches!(atom, Atom::Nothing)) {
        reasons.push(Reason::NotDecidable);
    }
    reasons
}

/// The canonical field that a column holds.
pub(super) fn slot_name(program: &Program, plan: &Plan, slot: Slot) -> Option<std::sync::Arc<str>> {
    let (kind, field) = match slot {
        Slot::Record(field) => (plan.kind, field),
        Slot::Member(field) => match &plan.shape {
            PlanShape::Population { members: Members::Ledger { kind, .. }, .. } => (*kind, field),
            PlanShape::Population { members: Members::List(list), .. } => {
                return program.lists.get(*list)?.attributes.get(usize::from(field)).cloned();
            }
            _ => return None,
        },
        Slot::Joined(join, field) => (plan.joins.get(usize::from(join))?.kind, field),
    };
    Some(program.kinds.get(kind)?.fields.get(usize::from(field))?.name.clone())
}

/// Whether the sheet has the column.
pub(super) fn is_on_sheet(slot: Slot, frame: &Frame<'_>) -> bool {
    match frame.cells(slot) {
        Cells::NoLedger => false,
        Cells::Column(column, _) => column.data != ColumnData::Absent,
        Cells::Values(_) => true,
    }
}

/// The first column of the part of the requirement that is not met, looking only at the one row of `frame`; a column
/// that the sheet has before one that it has not.
pub(super) fn column_at_fault(node: &Node, frame: &Frame<'_>) -> Option<Slot> {
    match &node.op {
        Op::And(parts) => {
            let at_fault = parts.iter().find(|part| evaluate(part, frame).truth(0) == (false, 0));
            return column_at_fault(at_fault.or(parts.first())?, frame);
        }
        Op::Case(branches, otherwise) => {
            let taken = branches.iter().find(|(test, _)| evaluate(test, frame).truth(0) == (true, 0));
            let column = match taken {
                Some((test, value)) => column_at_fault(value, frame).or_else(|| column_at_fault(test, frame)),
                None => column_at_fault(otherwise, frame),
            };
            if column.is_some_and(|slot| is_on_sheet(slot, frame)) {
                return column;
            }
        }
        _ => {}
    }
    let slots = node.slots();
    let own = |slot: &&Slot| matches!(slot, Slot::Record(_));
    slots
        .iter()
        .filter(own)
        .find(|slot| is_on_sheet(**slot, frame))
        .or(slots.iter().find(own))
        .or(slots.first())
        .copied()
}

/// Replaces every part of an expression that needs no row by its value.
pub(super) fn fold(node: &mut Node, frame: &Frame<'_>) {
    match &mut node.op {
        Op::CodeTable(inner, _)
        | Op::CodeIn(inner, _)
        | Op::CodesAny(inner, _)
        | Op::Not(inner)
        | Op::TextIn(inner, _)
        | Op::Like(inner, _)
        | Op::Contains(inner, _)
        | Op::IsNull(inner, _)
        | Op::IsTruth(inner, _) => fold(inner, frame),
        Op::Compare(_, left, right) | Op::Arith(_, left, right) => {
            fold(left, frame);
            fold(right, frame);
        }
        Op::And(nodes) | Op::Or(nodes) | Op::Coalesce(nodes, _) | Op::Call(_, nodes) => {
            nodes.iter_mut().for_each(|node| fold(node, frame));
        }
        Op::Case(branches, otherwise) => {
            for (test, value) in branches {
                fold(test, frame);
                fold(value, frame);
            }
            fold(otherwise, frame);
        }
        Op::Const(_)
        | Op::Null
        | Op::Column(..)
        | Op::Aggregate(_)
        | Op::AsOf
        | Op::Period
        | Op::ReportingPeriod
        | Op::Cell(..)
        | Op::Found(..) => {}
    }
    let mut is_fixed = true;
    node.walk(&mut |part| {
        is_fixed &= !matches!(
            part.op,
            Op::Column(..) | Op::Aggregate(_) | Op::Period | Op::ReportingPeriod | Op::Cell(..) | Op::Found(..)
        );
    });
    if is_fixed
        && !matches!(node.op, Op::Const(_))
        && let Some(value) = evaluate(node, frame).value(0)
    {
        node.op = Op::Const(value);
    }
}

/// The year that the calendar lacks, among the days that the row speaks of.
pub(super) fn missing_year(program: &Program, frame: &Frame<'_>, row: usize) -> Option<i16> {
    let periods = [&frame.period, &frame.reporting];
    let known = periods.into_iter().filter(|vector| vector.why_at(row) == 0);
    known
        .filter_map(|vector| vector.periods().get(vector.index(row)))
        .flat_map(|period| [period.start().year(), period.end().year()])
        .chain([frame.context.as_of.year()])
        .find(|year| !program.calendar.years.contains_key(year))
}

/// Calls `visit` with every condition of the plan.
pub(super) fn each_node(plan: &mut Plan, visit: &mut dyn FnMut(&mut Node)) {
    let own = plan.filter.iter_mut().chain(&mut plan.due).chain(&mut plan.pending);
    own.for_each(&mut *visit);
    for item in &mut plan.items {
        item.applies.iter_mut().chain([&mut item.require]).for_each(&mut *visit);
    }
    plan.values.iter_mut().for_each(|(_, node)| visit(node));
    for aggregate in &mut plan.aggregates {
        aggregate.args.iter_mut().chain(&mut aggregate.filter).for_each(&mut *visit);
    }
    plan.joins.iter_mut().filter_map(|join| join.filter.as_mut()).for_each(&mut *visit);
    if let PlanShape::Population { members: Members::Ledger { filter: Some(filter), .. }, .. } = &mut plan.shape {
        visit(filter);
    }
}

/// Whether records of this reporting period are judged under the plan's effective dates.
pub(super) fn is_in_force(plan: &Plan, period: Option<crate::model::Period>, as_of: Date) -> bool {
    if !plan.strict {
        return true;
    }
    let (first, last) = period.map_or((as_of, as_of), |period| (period.start(), period.end()));
    plan.effective.0.is_none_or(|from| from <= last) && plan.effective.1.is_none_or(|until| first <= until)
}
