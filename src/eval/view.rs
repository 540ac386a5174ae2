//! A batch with what all rules need to know about its records: units, reporting periods, and how cells are shown.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::id_numbers::IdColumns;
use super::vector::{Data, NO_PERIOD, Vector};
use crate::model::{Batch, CellState, Column, ColumnData, FastMap, Period, Source};
use crate::rule::{LedgerKind, Program, Scalar, Type, WHY_PERIOD};

/// The units that answer for records, each with a number.
#[derive(Debug, Default)]
pub(super) struct Units {
    pub names: Vec<Arc<str>>,
    numbers: FastMap<Arc<str>, u32>,
}

impl Units {
    pub fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len() as u32;
        let name: Arc<str> = name.into();
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }

    pub fn name(&self, number: u32) -> Arc<str> {
        self.names.get(number as usize).cloned().unwrap_or_default()
    }
}

/// A batch of one ledger kind.
#[derive(Debug)]
pub(super) struct View {
    pub batch: Arc<Batch>,
    /// Position of the ledger kind in the program.
    pub kind: usize,
    /// The unit of each record.
    pub units: Vec<u32>,
    /// The unit that the table speaks for as a whole.
    pub source_unit: u32,
    /// The different units, and how many records each has.
    pub unit_counts: Vec<(u32, u32)>,
    pub ids: IdColumns,
}

impl View {
    pub fn new(batch: Batch, kind: usize, program: &Program, units: &mut Units) -> View {
        let ledger = &program.kinds[kind];
        let surroundings = batch.source.unit.as_deref().unwrap_or_default().trim();
        let source_unit = units.number(surroundings);
        let columns: Vec<(usize, &Column)> =
            ledger.unit.iter().filter_map(|&field| Some((field, &**batch.columns.get(field)?))).collect();
        let mut numbers = Vec::with_capacity(batch.len());
        // Records of one unit follow each other, or their names stand once in the column.
        let mut last: Option<(String, u32)> = None;
        let mut known: Vec<Vec<u32>> = columns.iter().map(|(_, column)| vec![u32::MAX; kept_len(column)]).collect();
        for row in 0..batch.len() {
            let named = columns.iter().position(|(_, column)| column.state(row) == CellState::Present);
            if let Some(at) = named
                && let (field, column @ Column { data: ColumnData::Text(texts), .. }) = columns[at]
                && let Some(pick) = texts.picks().map(|picks| picks[row] as usize)
            {
                if known[at][pick] == u32::MAX {
                    known[at][pick] = units.number(&shown_cell(program, ledger, field, column, row));
                }
                numbers.push(known[at][pick]);
                continue;
            }
            let named = named.and_then(|at| columns.get(at));
            let name = match named {
                None => {
                    numbers.push(source_unit);
                    continue;
                }
                Some((field, column)) => shown_cell(program, ledger, *field, column, row),
            };
            match &last {
                Some((known, number)) if *known == *name => numbers.push(*number),
                _ => {
                    let number = units.number(&name);
                    numbers.push(number);
                    last = Some((name.into_owned(), number));
                }
            }
        }
        let unit_counts = unit_counts(&numbers);
        let ids = IdColumns::new(batch.columns.len());
        View { batch: Arc::new(batch), kind, units: numbers, source_unit, unit_counts, ids }
    }

    /// The same records with these fields only, to be kept in memory.
    pub fn only(&self, fields: &BTreeSet<u16>) -> View {
        let column = |(field, column): (usize, &Arc<Column>)| {
            let is_kept = u16::try_from(field).is_ok_and(|field| fields.contains(&field));
            if is_kept { column.clone() } else { Column::absent() }
        };
        let columns = self.batch.columns.iter().enumerate().map(column).collect();
        let ids = IdColumns::new(self.batch.columns.len());
        let batch = Batch { source: self.batch.source.clone(), rows: self.batch.rows.clone(), columns };
        View {
            batch: Arc::new(batch),
            kind: self.kind,
            units: self.units.clone(),
            source_unit: self.source_unit,
            unit_counts: self.unit_counts.clone(),
            ids,
        }
    }

    pub fn len(&self) -> usize {
        self.batch.len()
    }

    pub fn source(&self) -> &Arc<Source> {
        &self.batch.source
    }

    /// The reporting period of each record: its own, by the first of `fields` that is filled in, else the table's.
    pub fn reporting(&self, fields: &[u16]) -> Vector<'_> {
        let is_here = |field: &&u16| {
            self.batch.columns.get(usize::from(**field)).is_some_and(|column| column.data != ColumnData::Absent)
        };
        if !fields.iter().any(|field| is_here(&field)) {
            return match self.batch.source.period {
                Some(period) => Vector::constant(Data::Period(Cow::Owned(vec![period]))),
                None => Vector::unknown(Type::Period, WHY_PERIOD),
            };
        }
        let mut values = Vec::with_capacity(self.len());
        let mut why = Vec::with_capacity(self.len());
        for row in 0..self.len() {
            let known = self.reporting_at(fields, row);
            values.push(known.unwrap_or(NO_PERIOD));
            why.push(if known.is_some() { 0 } else { WHY_PERIOD });
        }
        let why = why.iter().any(|&why| why != 0).then_some(Cow::Owned(why));
        Vector { data: Data::Period(Cow::Owned(values)), why, is_constant: false }
    }

    /// The reporting period of one record.
    pub fn reporting_at(&self, fields: &[u16], row: usize) -> Option<Period> {
        own_period(&self.batch.columns, fields, row).or(self.batch.source.period)
    }
}

/// How many texts a column keeps once for the records that share them.
fn kept_len(column: &Column) -> usize {
    match &column.data {
        ColumnData::Text(texts) if texts.picks().is_some() => texts.kept_len(),
        _ => 0,
    }
}

fn unit_counts(units: &[u32]) -> Vec<(u32, u32)> {
    let (Some(first), Some(last)) = (units.iter().min(), units.iter().max()) else { return Vec::new() };
    let mut counts = vec![0; (last - first) as usize + 1];
    for unit in units {
        counts[(unit - first) as usize] += 1;
    }
    counts
        .into_iter()
        .enumerate()
        .filter(|(_, count)| *count > 0)
        .map(|(at, count)| (first + at as u32, count))
        .collect()
}

/// The reporting period that a record itself names, by the first of `fields` that is filled in.
pub(super) fn own_period(columns: &[Arc<Column>], fields: &[u16], row: usize) -> Option<Period> {
    fields.iter().find_map(|field| match &**columns.get(usize::from(*field))? {
        column @ Column { data: ColumnData::Period(periods), .. } if column.state(row) == CellState::Present => {
            periods.get(row).copied()
        }
        _ => None,
    })
}

/// A cell as a person would write it; empty where it is blank or absent, as written where it is unreadable.
pub(super) fn shown_cell<'a>(
    program: &Program,
    kind: &LedgerKind,
    field: usize,
    column: &'a Column,
    row: usize,
) -> Cow<'a, str> {
    match column.state(row) {
        CellState::Absent => return Cow::Borrowed(""),
        CellState::Blank | CellState::Unreadable => {
            return Cow::Borrowed(column.unreadable_text(row).unwrap_or_default());
        }
        CellState::Present => {}
    }
    let list = || match kind.fields.get(field).map(|field| &field.ty) {
        Some(crate::model::FieldType::Code(name) | crate::model::FieldType::Codes(name)) => {
            program.lists.iter().find(|list| list.id == *name)
        }
        _ => None,
    };
    let code = |position: usize| list().and_then(|list| list.entries.get(position)).map_or("", |entry| &*entry.code);
    match &column.data {
        ColumnData::Absent => Cow::Borrowed(""),
        ColumnData::Text(texts) => Cow::Borrowed(texts.get(row)),
        ColumnData::YesNo(values) => Cow::Borrowed(yes_no(values[row])),
        ColumnData::Number(values) => Cow::Owned(values[row].to_string()),
        ColumnData::Date(values) => Cow::Owned(values[row].to_string()),
        ColumnData::Dates(lists) => Cow::Owned(joined(lists[row].iter().map(ToString::to_string))),
        ColumnData::Period(values) => Cow::Owned(values[row].zh()),
        ColumnData::Code(values) => Cow::Owned(code(usize::from(values[row])).to_owned()),
        ColumnData::Codes(values) => {
            let set = values[row];
            Cow::Owned(joined((0..64).filter(|bit| set >> bit & 1 == 1).map(|bit| code(bit).to_owned())))
        }
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join("、")
}

fn yes_no(value: bool) -> &'static str {
    if value { "是" } else { "否" }
}

/// A computed value as a person would write it.
pub(super) fn shown_value(program: &Program, ty: Type, value: &Scalar) -> String {
    match value {
        Scalar::Bool(value) => yes_no(*value).to_owned(),
        Scalar::Number(value) => value.to_string(),
        Scalar::Date(value) => value.to_string(),
        Scalar::Period(value) => value.zh(),
        Scalar::Text(value) => value.to_string(),
        Scalar::Code(position) => {
            let list = match ty {
                Type::Code(list) => program.lists.get(usize::from(list)),
                _ => None,
            };
            list.and_then(|list| list.entries.get(usize::from(*position))).map_or("", |entry| &*entry.code).to_owned()
        }
    }
}
