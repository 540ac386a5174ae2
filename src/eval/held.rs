//! Registers and companion ledgers kept in memory, and the indexes by which their records are found.

use std::collections::HashMap;
use std::sync::Arc;

use super::frame::{Context, Frame, Side};
use super::identity::{Identity, Index, Keys};
use super::kernel::evaluate;
use super::vector::{NO_RECORD, Vector};
use super::view::{View, own_period};
use crate::model::{CellPlace, CellState, Column, ColumnData, Period, Source, TextColumn};
use crate::rule::{JoinPlan, Plan, Type, WHY_NOTHING};

/// All records of one ledger kind as one set of columns, in the order of their sources and rows.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub columns: Vec<Arc<Column>>,
    pub records: Vec<HeldRecord>,
    pub sources: Vec<Arc<Source>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct HeldRecord {
    /// Position in [`Held::sources`].
    pub source: u32,
    /// Row in its sheet, from 0.
    pub row: u32,
    /// Number of the unit that answers for it.
    pub unit: u32,
}

impl Held {
    /// Joins batches into one; the order of the batches makes no difference.
    pub fn new(mut views: Vec<Arc<View>>) -> Held {
        views.sort_by_key(|view| (view.source().id, view.batch.rows.first().copied()));
        let width = views.iter().map(|view| view.batch.columns.len()).max().unwrap_or_default();
        let mut held = Held::default();
        for view in &views {
            let source = held.sources.len() as u32;
            held.sources.push(view.source().clone());
            held.records.extend(view.units.iter().zip(&view.batch.rows).map(|(unit, row)| HeldRecord {
                source,
                row: *row,
                unit: *unit,
            }));
        }
        for field in 0..width {
            held.columns.push(concatenate(&views, field));
        }
        held
    }

    pub fn len(&self) -> usize {
        self.records.len()
    }
}

/// One column of all views; records of a view without the column have the state *absent*.
fn concatenate(views: &[Arc<View>], field: usize) -> Arc<Column> {
    let parts: Vec<(Option<&Column>, &View)> =
        views.iter().map(|view| (view.batch.columns.get(field).map(|column| &**column), &**view)).collect();
    let Some(shape) = parts.iter().filter_map(|(column, _)| *column).find(|column| column.data != ColumnData::Absent)
    else {
        return Column::absent();
    };
    let mut whole =
        Column { states: Vec::new(), data: empty_like(&shape.data), place: CellPlace::Nowhere, unreadable: Vec::new() };
    let mut places = Vec::new();
    for &(column, view) in &parts {
        let offset = whole.states.len();
        for row in 0..view.len() {
            let state = column.map_or(CellState::Absent, |column| column.state(row));
            whole.states.push(state);
            let place = column.and_then(|column| column.cell(row, view.batch.rows[row]));
            places.push(place.unwrap_or((u32::MAX, u32::MAX)));
            push(&mut whole.data, column.map(|column| &column.data), row);
            if let Some(text) = column.and_then(|column| column.unreadable_text(row)) {
                whole.unreadable.push(((offset + row) as u32, text.into()));
            }
        }
    }
    // Sheets with the column in the same place need no place for each cell.
    let same = |column: &Option<&Column>| column.is_some_and(|column| column.place == shape.place);
    let is_one = matches!(shape.place, CellPlace::Column(_)) && parts.iter().all(|(column, _)| same(column));
    whole.place = if is_one { shape.place.clone() } else { CellPlace::Each(places) };
    Arc::new(whole)
}

fn empty_like(data: &ColumnData) -> ColumnData {
    match data {
        ColumnData::Absent => ColumnData::Absent,
        ColumnData::Text(_) => ColumnData::Text(TextColumn::default()),
        ColumnData::YesNo(_) => ColumnData::YesNo(Vec::new()),
        ColumnData::Number(_) => ColumnData::Number(Vec::new()),
        ColumnData::Date(_) => ColumnData::Date(Vec::new()),
        ColumnData::Dates(_) => ColumnData::Dates(Vec::new()),
        ColumnData::Period(_) => ColumnData::Period(Vec::new()),
        ColumnData::Code(_) => ColumnData::Code(Vec::new()),
        ColumnData::Codes(_) => ColumnData::Codes(Vec::new()),
    }
}

fn push(into: &mut ColumnData, from: Option<&ColumnData>, row: usize) {
    match (into, from) {
        (ColumnData::Text(into), Some(ColumnData::Text(from))) => into.push(from.get(row)),
        (ColumnData::YesNo(into), Some(ColumnData::YesNo(from))) => into.push(from[row]),
        (ColumnData::Number(into), Some(ColumnData::Number(from))) => into.push(from[row]),
        (ColumnData::Date(into), Some(ColumnData::Date(from))) => into.push(from[row]),
        (ColumnData::Dates(into), Some(ColumnData::Dates(from))) => into.push(from[row].clone()),
        (ColumnData::Period(into), Some(ColumnData::Period(from))) => into.push(from[row]),
        (ColumnData::Code(into), Some(ColumnData::Code(from))) => into.push(from[row]),
        (ColumnData::Codes(into), Some(ColumnData::Codes(from))) => into.push(from[row]),
        (ColumnData::Text(into), _) => into.push(""),
        (ColumnData::YesNo(into), _) => into.push(false),
        (ColumnData::Number(into), _) => into.push(Default::default()),
        (ColumnData::Date(into), _) => into.push(Default::default()),
        (ColumnData::Dates(into), _) => into.push(Vec::new()),
        (ColumnData::Period(into), _) => into.push(super::vector::NO_PERIOD),
        (ColumnData::Code(into), _) => into.push(0),
        (ColumnData::Codes(into), _) => into.push(0),
        (ColumnData::Absent, _) => {}
    }
}

/// The records of a joined ledger by key, and by reporting period where the period before is joined.
#[derive(Debug)]
pub(super) struct JoinIndex {
    index: Index,
    /// Records of each identity, in order.
    rows: Vec<Vec<u32>>,
    /// Reporting period of each record, for a join with the period before.
    periods: Vec<Option<Period>>,
}

impl JoinIndex {
    /// Indexes the records of `held` that pass the join's condition.
    pub fn new(context: &Context, plan: &Plan, position: usize, held: &Held) -> JoinIndex {
        let join = &plan.joins[position];
        let mut sides = vec![Side::NoLedger; plan.joins.len()];
        sides[position] = Side::Columns(&held.columns, None);
        let frame = Frame { len: held.len(), joined: &sides, ..Frame::empty(context) };
        let passes = join.filter.as_ref().map(|filter| evaluate(filter, &frame));
        let keys = Keys::new(&context.program, join.kind, &join.other, &held.columns, None);
        let mut identities = Vec::new();
        let mut numbers: HashMap<Identity, usize> = HashMap::new();
        let mut rows: Vec<Vec<u32>> = Vec::new();
        for row in 0..held.len() {
            if passes.as_ref().is_some_and(|passes| !passes.truth(row).0) {
                continue;
            }
            let Some(identity) = keys.identity(row) else { continue };
            let number = *numbers.entry(identity.clone()).or_insert_with(|| {
                identities.push(identity);
                rows.push(Vec::new());
                rows.len() - 1
            });
            rows[number].push(row as u32);
        }
        let periods = if join.previous { reporting_periods(join, held) } else { Vec::new() };
        JoinIndex { index: Index::new(join.other.kind, &identities), rows, periods }
    }

    /// The first record with this identity; with the period before `now`, where such a join is wanted.
    pub fn find(&self, join: &JoinPlan, identity: &Identity, now: Option<Period>) -> Option<u32> {
        let candidates = self.index.matches(identity).into_iter().flat_map(|number| self.rows.get(number)).flatten();
        if !join.previous {
            return candidates.min().copied();
        }
        let before = now?.previous()?;
        let is_before = |row: &u32| {
            let period = self.periods.get(*row as usize).copied().flatten();
            period.is_some_and(|period| period.start() == before.start() && period.end() == before.end())
        };
        candidates.filter(|row| is_before(row)).min().copied()
    }

    /// The joined record of each row of a batch, or [`NO_RECORD`].
    pub fn pick(&self, join: &JoinPlan, keys: &Keys<'_>, reporting: &Vector<'_>, len: usize) -> Vec<u32> {
        let now = |row: usize| {
            (reporting.why_at(row) == 0).then(|| reporting.periods().get(reporting.index(row)).copied()).flatten()
        };
        let found = |row: usize| keys.identity(row).and_then(|identity| self.find(join, &identity, now(row)));
        (0..len).map(|row| found(row).unwrap_or(NO_RECORD)).collect()
    }
}

fn reporting_periods(join: &JoinPlan, held: &Held) -> Vec<Option<Period>> {
    let own = |row: usize| own_period(&held.columns, &join.other_reporting, row);
    let of_source = |record: &HeldRecord| held.sources.get(record.source as usize).and_then(|source| source.period);
    held.records.iter().enumerate().map(|(row, record)| own(row).or_else(|| of_source(record))).collect()
}

/// The vector that a frame has where nothing else gives it a period.
pub(super) fn no_period<'a>() -> Vector<'a> {
    Vector::unknown(Type::Period, WHY_NOTHING)
}
