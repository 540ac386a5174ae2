//! Plain records of a text read column by column, each different text of a column once.

use std::collections::BTreeMap;

use super::{Builder, LETTERS, Mode, Writer, count, has_room, push_default, shown, spelling};
use crate::finding::{ConvertedCell, FieldUse};
use crate::map::memo::Memo;
use crate::map::value::{Coercer, Conversions, DateContext, Reading, Value, text_of};
use crate::model::{CellState, ColumnData, FieldType};
use crate::read::{Cell, TextRecord, TextRows};

/// Marks a remembered text that the batch under construction does not have yet.
const NOT_HERE: u32 = u32::MAX;

/// Plain records of one block of text, in order.
pub struct Chunk<'c, 't> {
    pub rows: &'c TextRows<'t>,
    pub records: &'c [TextRecord],
    pub context: &'c DateContext,
}

/// The conversions in some records: how often, and the first of them by record and column with its example.
#[derive(Default)]
pub struct Notes(BTreeMap<&'static str, Note>);

struct Note {
    count: u64,
    /// Record and column of the first.
    place: (usize, usize),
    example: Box<str>,
}

impl Notes {
    fn add(&mut self, key: &'static str, place: (usize, usize), example: &str) {
        let note = self.0.entry(key).or_insert_with(|| Note { count: 0, place, example: example.into() });
        note.count += 1;
        if place < note.place {
            (note.place, note.example) = (place, example.into());
        }
    }

    /// Adds them to those of the records before.
    pub fn add_to(self, log: &mut Conversions) {
        for (key, note) in self.0 {
            log.count(key, note.count, &note.example);
        }
    }
}

/// One column of a chunk on its way into its builder.
struct Filling<'w> {
    coercer: &'w Coercer,
    memo: &'w mut Memo,
    builder: &'w mut Builder,
    used: &'w mut FieldUse,
    notes: &'w mut Notes,
    context: &'w DateContext,
    in_text_file: bool,
    column: u32,
    order: usize,
}

impl Writer {
    /// Begins the records of a chunk; their fields are then given column by column.
    pub fn begin_chunk(&mut self, chunk: &Chunk<'_, '_>) {
        self.rows.extend(chunk.records.iter().map(|record| record.row));
    }

    /// Reads a column of the chunk begun last as `field`. `order` is its place among the columns that are read.
    pub fn read_column(
        &mut self,
        (field, column): (usize, u32),
        chunk: &Chunk<'_, '_>,
        order: usize,
        notes: &mut Notes,
    ) {
        let (Some(coercer), Some(memo), Some(Some(builder)), Some(used)) = (
            self.coercers.get(field),
            self.memos.get_mut(field),
            self.builders.get_mut(field),
            self.uses.get_mut(field),
        ) else {
            return;
        };
        let in_text_file = self.source.is_text;
        let context = chunk.context;
        let mut filling = Filling { coercer, memo, builder, used, notes, context, in_text_file, column, order };
        let is_text = *coercer.ty() == FieldType::Text && filling.builder.mode != Mode::Each;
        let is_remembered = Memo::serves(coercer.ty()) && filling.builder.mode != Mode::Each;
        if is_text && filling.memo.is_useful() {
            filling.share();
        }
        filling.builder.states.reserve(chunk.records.len());
        for (at, record) in chunk.records.iter().enumerate() {
            let is_there = (column as usize) < record.len();
            let text = if is_there { chunk.rows.cell(record, column as usize) } else { "" };
            let is_done = if text.is_empty() {
                filling.blank()
            } else if is_text {
                filling.text(text)
            } else {
                filling.quick(text) || is_remembered && filling.remembered(text)
            };
            if !is_done {
                filling.cell(at, record.row, text);
            }
        }
    }

    /// Sets a field of all records of the chunk begun last to the same.
    pub fn set_column(
        &mut self,
        field: usize,
        reading: &Reading<'_>,
        chunk: &Chunk<'_, '_>,
        place: Option<(u32, u32)>,
    ) {
        let first = self.rows.len() - chunk.records.len();
        let (Some(Some(builder)), Some(used)) = (self.builders.get_mut(field), self.uses.get_mut(field)) else {
            return;
        };
        for (at, record) in chunk.records.iter().enumerate() {
            builder.set(first + at + 1, used, reading.borrowed(), place.unwrap_or((record.row, 0)));
        }
    }

    /// Ends the records of a chunk, as [`Writer::end`] ends one.
    pub fn end_chunk(&mut self, count: usize, log: &mut Conversions) {
        let first = self.rows.len() - count;
        if !self.derives.is_empty() {
            for index in first..self.rows.len() {
                for at in 0..self.derives.len() {
                    let field = self.derives[at];
                    self.derive(field, index, log);
                    // What could not be derived keeps its place.
                    if let Some(builder) = self.builders[field].as_mut().filter(|builder| builder.states.len() == index)
                    {
                        builder.push(Reading::Absent, (self.rows[index], 0));
                    }
                }
            }
        }
        for builder in self.builders.iter_mut().flatten() {
            for index in builder.states.len()..self.rows.len() {
                builder.push(Reading::Absent, (self.rows[index], 0));
            }
        }
        self.records += count as u64;
    }
}

impl Filling<'_> {
    /// Keeps the texts of the column once in this batch.
    fn share(&mut self) {
        if let ColumnData::Text(texts) = &mut self.builder.data {
            texts.share();
        }
    }

    /// Takes an empty cell over.
    #[inline]
    fn blank(&mut self) -> bool {
        if self.builder.mode == Mode::Each {
            return false;
        }
        push_default(&mut self.builder.data);
        self.builder.states.push(CellState::Blank);
        self.used.blank += 1;
        true
    }

    /// Takes a cell of free text over, where that is easily done.
    #[inline]
    fn text(&mut self, text: &str) -> bool {
        let ColumnData::Text(texts) = &mut self.builder.data else { return false };
        if texts.picks().is_none() || !self.memo.is_useful() {
            let Some(Reading::Value(Value::Text(plain))) = self.coercer.quick(text) else { return false };
            texts.push(&plain);
        } else {
            let Some(number) = self.memo.number(self.coercer, text, self.context, |_| None) else { return false };
            let here = &mut self.builder.here;
            if here.len() <= number {
                here.resize(number + 1, NOT_HERE);
            }
            if here[number] == NOT_HERE {
                let Reading::Value(Value::Text(value)) = &self.memo.known(number).reading else { return false };
                here[number] = texts.add(value);
            }
            texts.repeat(here[number]);
        }
        self.builder.states.push(CellState::Present);
        self.used.present += 1;
        true
    }

    /// Takes a cell over that is written the way nearly all are.
    #[inline]
    fn quick(&mut self, text: &str) -> bool {
        if self.builder.mode == Mode::Each {
            return false;
        }
        let Some(reading) = self.coercer.quick(text) else { return false };
        // In a text file these forms are no conversion.
        if !self.in_text_file || !put(self.builder, &reading) {
            return false;
        }
        self.used.present += 1;
        true
    }

    /// Takes a cell over that was read before, where nothing is to be told about it.
    #[inline]
    fn remembered(&mut self, text: &str) -> bool {
        let in_text_file = self.in_text_file;
        let form = |reading: &Reading<'_>| spelling_of(reading, false, in_text_file);
        let Some(number) = self.memo.number(self.coercer, text, self.context, form) else { return false };
        let known = self.memo.known(number);
        if !known.conversions.is_empty() || !put(self.builder, &known.reading) {
            return false;
        }
        self.used.present += 1;
        true
    }

    /// Reads one cell with care, that of record `at` of the chunk.
    fn cell(&mut self, at: usize, row: u32, text: &str) {
        let is_quick = self.coercer.quick(text).is_some();
        let in_text_file = self.in_text_file;
        let form = |reading: &Reading<'_>| spelling_of(reading, false, in_text_file);
        if text.is_empty() {
            return self.put(&Reading::Blank, row);
        }
        if !is_quick
            && Memo::serves(self.coercer.ty())
            && let Some(number) = self.memo.number(self.coercer, text, self.context, form)
        {
            let known = self.memo.known(number).clone();
            self.convert(&known.conversions, &known.reading, (at, row), text);
            return self.put(&known.reading, row);
        }
        let mut log = Conversions::default();
        let reading = self.coercer.read(Cell::Text(text), self.context, &mut log);
        let example = |key: &&'static str| log.0.get(key).map_or("", |(_, example)| example);
        let mut conversions: Vec<(&'static str, Box<str>)> =
            log.of_cell().iter().map(|key| (*key, example(key).into())).collect();
        if conversions.is_empty() {
            conversions.extend(spelling_of(&reading, is_quick, in_text_file).map(|key| (key, text.into())));
        }
        self.convert(&conversions, &reading, (at, row), text);
        self.put(&reading, row);
    }

    fn put(&mut self, reading: &Reading<'_>, row: u32) {
        let place = (row, self.column);
        count(self.used, reading, place);
        self.builder.push(reading.borrowed(), place);
    }

    /// Notes the conversions of a cell, and shows the first ones of the field.
    fn convert(
        &mut self,
        conversions: &[(&'static str, Box<str>)],
        reading: &Reading<'_>,
        (at, row): (usize, u32),
        text: &str,
    ) {
        for (code, example) in conversions {
            let code = *code;
            self.notes.add(code, (at, self.order), example);
            if has_room(self.used, code) {
                let from = text_of(Cell::Text(text)).chars().take(LETTERS).collect();
                let to = shown(reading, self.coercer);
                self.used.converted.push(ConvertedCell { code, cell: (row, self.column), from, to });
            }
        }
    }
}

fn spelling_of(reading: &Reading<'_>, is_quick: bool, in_text_file: bool) -> Option<&'static str> {
    let Reading::Value(value) = reading else { return None };
    spelling(value, is_quick, in_text_file)
}

/// Puts a value into the column; `false` where it is another reading.
#[inline]
fn put(builder: &mut Builder, reading: &Reading<'_>) -> bool {
    let Reading::Value(value) = reading else { return false };
    match (&mut builder.data, value) {
        (ColumnData::Text(column), Value::Text(value)) => column.push(value),
        (ColumnData::YesNo(column), Value::YesNo(value)) => column.push(*value),
        (ColumnData::Number(column), Value::Number(value)) => column.push(*value),
        (ColumnData::Date(column), Value::Date(value)) => column.push(*value),
        (ColumnData::Period(column), Value::Period(value)) => column.push(*value),
        (ColumnData::Code(column), Value::Code(value)) => column.push(*value),
        (ColumnData::Codes(column), Value::Codes(value)) => column.push(*value),
        _ => return false,
    }
    builder.states.push(CellState::Present);
    true
}
