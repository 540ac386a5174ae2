//! Builds the typed columns of batches, record by record.

mod builder;
mod lane;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use self::builder::{Builder, count, push_default};
pub use self::lane::{Chunk, Notes};
use super::memo::Memo;
use super::value::{Coercer, Conversions, DateContext, Reading, Value, text_of};
use crate::finding::{ConvertedCell, FieldUse};
use crate::model::{Batch, CellState, Column, ColumnData, Date, Decimal, FastMap, Period, Source};
use crate::pack::{DeriveBy, LedgerKind};
use crate::read::Cell;

/// How many unreadable cells of a field are shown as examples.
const EXAMPLES: usize = 5;
/// How many cells of a field are kept for each conversion, and letters of each.
const CONVERTED: usize = 20;
const LETTERS: usize = 60;
/// Texts that are remembered with the code derived from them.
const REMEMBERED: usize = 10_000;

/// Where the cells of a column under construction stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Nowhere,
    /// In this column, in the record's own row.
    Column(u32),
    /// In one cell for all records.
    Cell(u32, u32),
    /// Given with each value.
    Each,
}

/// Words taken in one after the other.
struct Digest(u64);

impl Digest {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn text(&mut self, text: &str) {
        for chunk in text.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.add(u64::from_le_bytes(word));
        }
        self.add(text.len() as u64);
    }
}

/// The text without the first of the words of `drop` that it ends with, where it then ends with one of `endings`.
fn copied<'t>(text: &'t str, endings: &[String], drop: &[String]) -> Option<&'t str> {
    let short = drop.iter().find_map(|word| text.strip_suffix(word.as_str())).unwrap_or(text);
    (endings.is_empty() || endings.iter().any(|word| short.ends_with(word.as_str()))).then_some(short)
}

/// Writes the records of one ledger kind of one table.
#[derive(Clone, Debug)]
pub struct Writer {
    pub kind: Arc<LedgerKind>,
    pub source: Arc<Source>,
    coercers: Arc<Vec<Coercer>>,
    rows: Vec<u32>,
    builders: Vec<Option<Builder>>,
    uses: Vec<FieldUse>,
    records: u64,
    /// Fields that can be derived from others.
    derives: Vec<usize>,
    /// Texts from which codes were derived, by field.
    derived: BTreeMap<usize, FastMap<String, Option<u16>>>,
    /// What the texts of each field were read as.
    memos: Vec<Memo>,
}

impl Writer {
    /// A writer without any column; [`Writer::activate`] adds them.
    pub fn new(kind: Arc<LedgerKind>, source: Arc<Source>, coercers: Arc<Vec<Coercer>>) -> Writer {
        let uses = kind
            .fields
            .iter()
            .map(|field| FieldUse {
                field: field.name.clone(),
                present: 0,
                blank: 0,
                unreadable: 0,
                unreadable_examples: Vec::new(),
                converted: Vec::new(),
                personal: field.personal,
            })
            .collect();
        let builders = kind.fields.iter().map(|_| None).collect();
        let derives: Vec<usize> = (0..kind.fields.len()).filter(|&field| kind.fields[field].derive.is_some()).collect();
        let mut writer = Writer {
            memos: vec![Memo::default(); kind.fields.len()],
            kind,
            source,
            coercers,
            rows: Vec::new(),
            builders,
            uses,
            records: 0,
            derives,
            derived: BTreeMap::new(),
        };
        for at in 0..writer.derives.len() {
            writer.activate(writer.derives[at], Mode::Nowhere);
        }
        writer
    }

    /// A writer of the same columns that has written nothing yet.
    pub fn fork(&self) -> Writer {
        let mut fork = self.clone();
        fork.rows.clear();
        for (builder, field) in fork.builders.iter_mut().zip(&self.kind.fields) {
            if let Some(builder) = builder {
                builder.take(&field.ty);
            }
        }
        fork.reset_counts();
        fork
    }

    fn reset_counts(&mut self) {
        self.records = 0;
        for used in &mut self.uses {
            (used.present, used.blank, used.unreadable) = (0, 0, 0);
            used.unreadable_examples.clear();
            used.converted.clear();
        }
    }

    /// Takes over the counts of a fork that wrote the records after those of this writer.
    pub fn absorb(&mut self, fork: &mut Writer) {
        self.records += fork.records;
        for (own, later) in self.uses.iter_mut().zip(&mut fork.uses) {
            own.present += later.present;
            own.blank += later.blank;
            own.unreadable += later.unreadable;
            let room = EXAMPLES.saturating_sub(own.unreadable_examples.len());
            own.unreadable_examples.extend(later.unreadable_examples.drain(..).take(room));
            for cell in later.converted.drain(..) {
                if has_room(own, cell.code) {
                    own.converted.push(cell);
                }
            }
        }
        fork.reset_counts();
    }

    /// Gives `field` a column. A second activation in another place makes the places those of each value.
    pub fn activate(&mut self, field: usize, mode: Mode) {
        let Some(ty) = self.kind.fields.get(field).map(|field| &field.ty) else { return };
        match &mut self.builders[field] {
            Some(builder) if builder.mode == Mode::Nowhere => builder.mode = mode,
            Some(builder) if builder.mode != mode => builder.mode = Mode::Each,
            Some(_) => {}
            empty => *empty = Some(Builder::new(ty, mode)),
        }
    }

    /// Where the cells of the field stand.
    pub fn mode(&self, field: usize) -> Mode {
        self.builders.get(field).and_then(Option::as_ref).map_or(Mode::Nowhere, |builder| builder.mode)
    }

    /// Row and column of the field's cell in the record begun last.
    pub fn place(&self, field: usize) -> Option<(u32, u32)> {
        let builder = self.builders.get(field)?.as_ref()?;
        match builder.mode {
            Mode::Nowhere => None,
            Mode::Column(column) => Some((*self.rows.last()?, column)),
            Mode::Cell(row, column) => Some((row, column)),
            Mode::Each => builder.places.get(self.rows.len().checked_sub(1)?).copied(),
        }
    }

    /// Whether the field is active for another reason than that it can be derived.
    pub fn is_active_beyond_derive(&self, field: usize) -> bool {
        self.builders
            .get(field)
            .and_then(Option::as_ref)
            .is_some_and(|builder| builder.mode != Mode::Nowhere || self.kind.fields[field].derive.is_none())
    }

    pub fn coercer(&self, field: usize) -> Option<&Coercer> {
        self.coercers.get(field)
    }

    /// Records written so far, including batches already taken.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Records waiting in the batch under construction.
    pub fn pending(&self) -> usize {
        self.rows.len()
    }

    /// Begins a record that stands in `row`.
    pub fn begin(&mut self, row: u32) {
        self.rows.push(row);
    }

    /// Whether the record begun last has the field already.
    pub fn is_set(&self, field: usize) -> bool {
        self.builders.get(field).and_then(Option::as_ref).is_some_and(|builder| builder.states.len() >= self.rows.len())
    }

    /// Sets a field of the record begun last; a second value for the same field is left out.
    pub fn set(&mut self, field: usize, reading: Reading<'_>, place: (u32, u32)) {
        if let (Some(Some(builder)), Some(used)) = (self.builders.get_mut(field), self.uses.get_mut(field)) {
            builder.set(self.rows.len(), used, reading, place);
        }
    }

    /// Ends the record: fills what was not set and derives codes from other fields.
    pub fn end(&mut self, log: &mut Conversions) {
        let count = self.rows.len();
        let row = self.rows.last().copied().unwrap_or(0);
        for at in 0..self.derives.len() {
            self.derive(self.derives[at], count - 1, log);
        }
        for builder in self.builders.iter_mut().flatten() {
            if builder.states.len() < count {
                builder.push(Reading::Absent, (row, 0));
            }
        }
        self.records += 1;
    }

    /// Fills a cell that is blank or absent from the text of another field of the same record.
    fn derive(&mut self, field: usize, index: usize, log: &mut Conversions) {
        let Some(Some(own)) = self.builders.get(field) else { return };
        let is_set = own.states.len() > index;
        if is_set && !matches!(own.states[index], CellState::Blank | CellState::Absent) {
            return;
        }
        let Some(derive) = &self.kind.fields[field].derive else { return };
        let Some(Some(from)) = self.builders.get(derive.from) else { return };
        let text = match (from.states.get(index), &from.data) {
            (Some(CellState::Present), ColumnData::Text(column)) => column.get(index),
            // 半天 in a column of hours is no number, but may be a code.
            (Some(CellState::Unreadable), _) => match from.unreadable_text(index) {
                Some(text) => text,
                None => return,
            },
            _ => return,
        };
        let place = (self.rows[index], 0);
        if let DeriveBy::Copy { endings, drop } = &derive.by {
            let Some(copied) = copied(text, endings, drop) else { return };
            let copied = copied.to_owned();
            log.note("derived", &copied);
            self.uses[field].present += 1;
            let Some(Some(own)) = self.builders.get_mut(field) else { return };
            if is_set {
                self.uses[field].blank = self.uses[field].blank.saturating_sub(1);
                own.replace_blank(index, &copied, place);
            } else {
                own.push(Reading::Value(Value::Text(Cow::Owned(copied))), place);
            }
            return;
        }
        if derive.by == DeriveBy::Number {
            let Some(number) = self.coercers.get(field).and_then(|coercer| coercer.number_in(text)) else { return };
            log.note("derived", text);
            self.uses[field].present += 1;
            let Some(Some(own)) = self.builders.get_mut(field) else { return };
            match &mut own.data {
                ColumnData::Number(column) if is_set => {
                    column[index] = number;
                    own.states[index] = CellState::Present;
                    self.uses[field].blank = self.uses[field].blank.saturating_sub(1);
                }
                _ => own.push(Reading::Value(Value::Number(number)), place),
            }
            return;
        }
        let Some(list) = self.coercers.get(field).and_then(Coercer::list) else { return };
        // The same institutions come again and again.
        let found = match self.derived.get(&field).and_then(|known| known.get(text)) {
            Some(found) => *found,
            None => {
                let found = list.exact(text).or_else(|| match derive.by {
                    DeriveBy::Suffix(_) => list.suffix(text),
                    DeriveBy::Contains(_) => list.inside(text),
                    DeriveBy::Copy { .. } | DeriveBy::Number => None,
                });
                let known = self.derived.entry(field).or_default();
                if known.len() < REMEMBERED {
                    known.insert(text.to_owned(), found);
                }
                found
            }
        };
        if found.is_some() {
            log.note("derived", text);
        }
        let Some(position) = found else { return };
        let Some(Some(own)) = self.builders.get_mut(field) else { return };
        if is_set {
            own.states[index] = CellState::Present;
            match &mut own.data {
                ColumnData::Code(column) => column[index] = position,
                ColumnData::Codes(column) => column[index] = 1_u64.checked_shl(u32::from(position)).unwrap_or(0),
                _ => own.states[index] = CellState::Blank,
            }
            self.uses[field].blank = self.uses[field].blank.saturating_sub(1);
        } else {
            let value = match own.data {
                ColumnData::Codes(_) => Value::Codes(1_u64.checked_shl(u32::from(position)).unwrap_or(0)),
                _ => Value::Code(position),
            };
            own.push(Reading::Value(value), place);
        }
        self.uses[field].present += 1;
    }

    /// Position of the record begun last in the batch under construction.
    pub fn last(&self) -> usize {
        self.rows.len().wrapping_sub(1)
    }

    /// The number of record `index` of the batch in `field`: `Some(None)` where the cell cannot be read.
    pub fn number(&self, field: usize, index: usize) -> Option<Option<Decimal>> {
        let builder = self.builders.get(field)?.as_ref()?;
        match (builder.states.get(index)?, &builder.data) {
            (CellState::Present, ColumnData::Number(column)) => column.get(index).copied().map(Some),
            (CellState::Unreadable, _) => Some(None),
            _ => None,
        }
    }

    /// The period of record `index` of the batch in `field`.
    pub fn period(&self, field: usize, index: usize) -> Option<Period> {
        let builder = self.builders.get(field)?.as_ref()?;
        match (builder.states.get(index)?, &builder.data) {
            (CellState::Present, ColumnData::Period(column)) => column.get(index).copied(),
            _ => None,
        }
    }

    /// A number that is the same for records that say the same, but for the fields in `leave`.
    pub fn digest(&self, leave: &[bool], last: usize) -> u64 {
        let mut digest = Digest(0x9e37_79b9_7f4a_7c15);
        for (field, builder) in self.builders.iter().enumerate() {
            let Some(builder) = builder.as_ref().filter(|_| leave.get(field) != Some(&true)) else { continue };
            match builder.states.get(last) {
                Some(CellState::Present) => {}
                Some(CellState::Unreadable) => {
                    digest.add(field as u64);
                    if let Some(text) = builder.unreadable_text(last) {
                        digest.text(text);
                    }
                    continue;
                }
                _ => continue,
            }
            digest.add(field as u64);
            match &builder.data {
                ColumnData::Absent => {}
                ColumnData::Text(column) => digest.text(column.get(last)),
                ColumnData::YesNo(column) => digest.add(u64::from(column[last])),
                ColumnData::Number(column) => digest.text(&column[last].to_string()),
                ColumnData::Date(column) => digest.add(column[last].days() as u64),
                ColumnData::Dates(column) => column[last].iter().for_each(|date| digest.add(date.days() as u64)),
                ColumnData::Period(column) => digest.text(&column[last].to_string()),
                ColumnData::Code(column) => digest.add(u64::from(column[last])),
                ColumnData::Codes(column) => digest.add(column[last]),
            }
        }
        digest.0
    }

    /// What a record of the batch under construction says in `field`, as a text that the same field would read again.
    pub fn said(&self, field: usize, last: usize) -> Option<Cow<'_, str>> {
        let builder = self.builders.get(field)?.as_ref()?;
        match builder.states.get(last)? {
            CellState::Present => {}
            CellState::Unreadable => return builder.unreadable_text(last).map(Cow::Borrowed),
            CellState::Blank => return Some(Cow::Borrowed("")),
            CellState::Absent => return None,
        }
        Some(match &builder.data {
            ColumnData::Absent => return None,
            ColumnData::Text(column) => Cow::Borrowed(column.get(last)),
            ColumnData::YesNo(column) => Cow::Borrowed(if column[last] { "是" } else { "否" }),
            ColumnData::Number(column) => Cow::Owned(column[last].to_string()),
            ColumnData::Date(column) => Cow::Owned(column[last].to_string()),
            ColumnData::Dates(column) => {
                Cow::Owned(column[last].iter().map(Date::to_string).collect::<Vec<_>>().join("、"))
            }
            ColumnData::Period(column) => Cow::Owned(column[last].to_string()),
            ColumnData::Code(column) => Cow::Borrowed(self.coercers.get(field)?.list()?.code(column[last])?),
            ColumnData::Codes(column) => {
                let list = self.coercers.get(field)?.list()?;
                let codes: Vec<&str> =
                    (0..64).filter(|bit| column[last] >> bit & 1 == 1).filter_map(|bit| list.code(bit)).collect();
                Cow::Owned(if codes.is_empty() { "无".to_owned() } else { codes.join("、") })
            }
        })
    }

    /// Reads `cell` as `field` and sets it.
    pub fn read(
        &mut self,
        field: usize,
        cell: Cell<'_>,
        place: (u32, u32),
        context: &DateContext,
        log: &mut Conversions,
    ) {
        let (Some(coercer), Some(memo)) = (self.coercers.get(field), self.memos.get_mut(field)) else { return };
        log.begin_cell();
        let in_text_file = self.source.is_text;
        let form = |reading: &Reading<'_>, is_quick| match reading {
            Reading::Value(value) => spelling(value, is_quick, in_text_file),
            _ => None,
        };
        let reading = match cell {
            Cell::Text(text) => {
                let quick = coercer.quick(text);
                let is_quick = quick.is_some();
                let is_served = !is_quick && Memo::serves(coercer.ty());
                let number =
                    if is_served { memo.number(coercer, text, context, |reading| form(reading, false)) } else { None };
                if let Some(number) = number {
                    let known = memo.known(number);
                    known.conversions.iter().for_each(|(key, example)| log.note(key, example));
                    known.reading.borrowed()
                } else {
                    let reading = quick.unwrap_or_else(|| coercer.read(cell, context, log));
                    if let Some(key) = form(&reading, is_quick).filter(|_| log.of_cell().is_empty()) {
                        log.note(key, text);
                    }
                    reading
                }
            }
            _ => coercer.read(cell, context, log),
        };
        if let (Some(Some(builder)), Some(used)) = (self.builders.get_mut(field), self.uses.get_mut(field)) {
            for &code in log.of_cell() {
                if has_room(used, code) {
                    let from = text_of(cell).chars().take(LETTERS).collect();
                    used.converted.push(ConvertedCell { code, cell: place, from, to: shown(&reading, coercer) });
                }
            }
            builder.set(self.rows.len(), used, reading, place);
        }
    }

    /// The records written since the last call, as a batch; `None` where there are none.
    pub fn take(&mut self) -> Option<Batch> {
        if self.rows.is_empty() {
            return None;
        }
        let rows = std::mem::take(&mut self.rows);
        let columns = self
            .builders
            .iter_mut()
            .zip(&self.kind.fields)
            .map(|(builder, field)| {
                builder.as_mut().map_or_else(Column::absent, |builder| Arc::new(builder.take(&field.ty)))
            })
            .collect();
        Some(Batch { source: self.source.clone(), rows, columns })
    }

    /// A batch without records, for a ledger of which no record was found in the columns that are there for it.
    pub fn nothing(&self) -> Batch {
        let columns = self.kind.fields.iter().map(|_| Column::absent()).collect();
        Batch { source: self.source.clone(), rows: Vec::new(), columns }
    }

    /// How the cells of each field came out; fields without a column are left out.
    pub fn uses(&self) -> Vec<FieldUse> {
        self.uses
            .iter()
            .zip(&self.builders)
            .filter(|(used, builder)| builder.is_some() && used.present + used.blank + used.unreadable > 0)
            .map(|(used, _)| used.clone())
            .collect()
    }
}

/// Whether another cell of this conversion may be shown.
fn has_room(used: &FieldUse, code: &str) -> bool {
    used.converted.iter().filter(|cell| cell.code == code).count() < CONVERTED
}

/// How a text came to be a number or a date, where nothing else was converted: in workbooks both are kept as such, and
/// `is_plain` dates are written as ISO 8601 has them.
fn spelling(value: &Value<'_>, is_plain: bool, in_text_file: bool) -> Option<&'static str> {
    match value {
        Value::Number(_) if !in_text_file => Some("text-as-number"),
        Value::Date(_) if !is_plain => Some("date-spelling"),
        Value::Date(_) if !in_text_file => Some("text-as-date"),
        _ => None,
    }
}

/// What was read, as a person would write it.
fn shown(reading: &Reading<'_>, coercer: &Coercer) -> String {
    let Reading::Value(value) = reading else { return String::new() };
    let code = |position: u16| coercer.list().and_then(|list| list.code(position)).unwrap_or_default();
    let text = match value {
        Value::Text(text) => text.to_string(),
        Value::YesNo(value) => if *value { "是" } else { "否" }.to_owned(),
        Value::Number(value) => value.to_string(),
        Value::Date(value) => value.to_string(),
        Value::Dates(values) => values.iter().map(Date::to_string).collect::<Vec<_>>().join("、"),
        Value::Period(value) => value.to_string(),
        Value::Code(value) => code(*value).to_owned(),
        Value::Codes(bits) => (0..64).filter(|bit| bits >> bit & 1 == 1).map(code).collect::<Vec<_>>().join("、"),
    };
    text.chars().take(LETTERS).collect()
}

/// The text of a cell where it has one that is not blank.
pub fn filled(cell: Cell<'_>) -> Option<Cow<'_, str>> {
    let text = text_of(cell);
    (!text.is_empty()).then_some(text)
}
