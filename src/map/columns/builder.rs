//! One typed column under construction.

use super::super::value::{Reading, Value};
use super::{EXAMPLES, Mode};
use crate::finding::FieldUse;
use crate::model::{CellPlace, CellState, Column, ColumnData, Date, Decimal, FieldType, Period, TextColumn};

/// One column under construction.
#[derive(Clone, Debug)]
pub(super) struct Builder {
    pub mode: Mode,
    pub states: Vec<CellState>,
    pub data: ColumnData,
    pub places: Vec<(u32, u32)>,
    pub unreadable: Vec<(u32, Box<str>)>,
    /// Where the remembered texts stand in the batch under construction.
    pub here: Vec<u32>,
}

fn empty_data(ty: &FieldType) -> ColumnData {
    match ty {
        FieldType::Text | FieldType::IdNumber => ColumnData::Text(TextColumn::default()),
        FieldType::YesNo => ColumnData::YesNo(Vec::new()),
        FieldType::Integer | FieldType::Decimal | FieldType::Ratio => ColumnData::Number(Vec::new()),
        FieldType::Date => ColumnData::Date(Vec::new()),
        FieldType::Dates => ColumnData::Dates(Vec::new()),
        FieldType::Period => ColumnData::Period(Vec::new()),
        FieldType::Code(_) => ColumnData::Code(Vec::new()),
        FieldType::Codes(_) => ColumnData::Codes(Vec::new()),
    }
}

/// A period that stands where there is none; nobody may read it.
pub(super) const NO_PERIOD: Period = Period::Year(1);

impl Builder {
    pub fn new(ty: &FieldType, mode: Mode) -> Builder {
        Builder {
            mode,
            states: Vec::new(),
            data: empty_data(ty),
            places: Vec::new(),
            unreadable: Vec::new(),
            here: Vec::new(),
        }
    }

    /// Sets the value of the last of `records` records, unless it has one.
    pub fn set(&mut self, records: usize, used: &mut FieldUse, reading: Reading<'_>, place: (u32, u32)) {
        if self.states.len() >= records {
            return;
        }
        count(used, &reading, place);
        self.push(reading, place);
    }

    pub fn push(&mut self, reading: Reading<'_>, place: (u32, u32)) {
        let index = self.states.len() as u32;
        if self.mode == Mode::Each {
            self.places.push(place);
        }
        let (state, value) = match reading {
            Reading::Value(value) => (CellState::Present, Some(value)),
            Reading::Blank => (CellState::Blank, None),
            Reading::Absent => (CellState::Absent, None),
            Reading::Never(text) => {
                self.unreadable.push((index, text.into()));
                (CellState::Blank, None)
            }
            Reading::Unreadable(text) => {
                self.unreadable.push((index, text.into()));
                (CellState::Unreadable, None)
            }
        };
        let fits = match (&mut self.data, value) {
            (ColumnData::Text(column), Some(Value::Text(text))) => {
                column.push(&text);
                true
            }
            (ColumnData::YesNo(column), Some(Value::YesNo(value))) => {
                column.push(value);
                true
            }
            (ColumnData::Number(column), Some(Value::Number(value))) => {
                column.push(value);
                true
            }
            (ColumnData::Date(column), Some(Value::Date(value))) => {
                column.push(value);
                true
            }
            (ColumnData::Dates(column), Some(Value::Dates(value))) => {
                column.push(value);
                true
            }
            (ColumnData::Period(column), Some(Value::Period(value))) => {
                column.push(value);
                true
            }
            (ColumnData::Code(column), Some(Value::Code(value))) => {
                column.push(value);
                true
            }
            (ColumnData::Codes(column), Some(Value::Codes(value))) => {
                column.push(value);
                true
            }
            (data, value) => {
                push_default(data);
                value.is_none()
            }
        };
        // A value of another type can only come from a caller that mixed up fields; it counts as blank.
        self.states.push(if fits { state } else { CellState::Blank });
    }

    /// Puts a text in the place of the blank of record `index`.
    pub fn replace_blank(&mut self, index: usize, text: &str, place: (u32, u32)) {
        let ColumnData::Text(column) = &mut self.data else { return };
        column.replace(index, text);
        self.states[index] = CellState::Present;
        if let Some(own) = self.places.get_mut(index) {
            *own = place;
        }
    }

    /// The unreadable text of record `index`.
    pub fn unreadable_text(&self, index: usize) -> Option<&str> {
        let position = self.unreadable.binary_search_by_key(&(index as u32), |(at, _)| *at).ok()?;
        Some(&self.unreadable[position].1)
    }

    pub fn take(&mut self, ty: &FieldType) -> Column {
        let place = match self.mode {
            Mode::Nowhere => CellPlace::Nowhere,
            Mode::Column(column) => CellPlace::Column(column),
            Mode::Cell(row, column) => CellPlace::Cell(row, column),
            Mode::Each => CellPlace::Each(std::mem::take(&mut self.places)),
        };
        self.here.clear();
        Column {
            states: std::mem::take(&mut self.states),
            data: std::mem::replace(&mut self.data, empty_data(ty)),
            place,
            unreadable: std::mem::take(&mut self.unreadable),
        }
    }
}

/// Counts what a cell of the field says.
pub(super) fn count(used: &mut FieldUse, reading: &Reading<'_>, place: (u32, u32)) {
    match reading {
        Reading::Value(_) => used.present += 1,
        Reading::Blank | Reading::Never(_) => used.blank += 1,
        Reading::Unreadable(text) => {
            used.unreadable += 1;
            if used.unreadable_examples.len() < EXAMPLES {
                used.unreadable_examples.push((place.0, place.1, text.chars().take(60).collect()));
            }
        }
        Reading::Absent => {}
    }
}

pub(super) fn push_default(data: &mut ColumnData) {
    match data {
        ColumnData::Absent => {}
        ColumnData::Text(column) => column.push(""),
        ColumnData::YesNo(column) => column.push(false),
        ColumnData::Number(column) => column.push(Decimal::ZERO),
        ColumnData::Date(column) => column.push(Date::default()),
        ColumnData::Dates(column) => column.push(Vec::new()),
        ColumnData::Period(column) => column.push(NO_PERIOD),
        ColumnData::Code(column) => column.push(0),
        ColumnData::Codes(column) => column.push(0),
    }
}
