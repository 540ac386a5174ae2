//! Tables that begin far down a sheet, below others or below mere text: found while the rows stream by.

use std::collections::VecDeque;

use super::grid::{FillDown, Grid};
use super::pieces::{give, note_line};
use super::plan::Planner;
use super::sheet::{MappedSheet, WINDOW};
use super::table::Table;
use super::text::key;
use super::{Env, FileContext, MapOptions, Mapper};
use crate::read::{Cell, MergedArea, Row};

/// Rows above a table farther down that may be its title lines.
const TITLE_ROWS: usize = 6;
/// Tables of one sheet that have numbers of their own; no more are sought.
const TABLES: u32 = 4095;

/// What it takes to plan, and to plan once more farther down the sheet.
pub struct Planning {
    pub mapper: Mapper,
    pub file: FileContext,
    pub options: MapOptions,
    pub merged: Vec<MergedArea>,
    pub is_text: bool,
    pub day_zero: i32,
}

/// The rows passed last that may be title lines of a table below them.
#[derive(Default)]
pub struct Below {
    titles: VecDeque<Row>,
}

/// What a row below a table looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// The headings of another table.
    Heading,
    /// One text alone, or labels with colons: it is kept until the next row says whether it is a title.
    Title,
    Other,
}

impl Below {
    /// Looks at a row that is not empty; a title line is kept.
    pub fn look(&mut self, row: &Row, tables: &[Table], fill: &FillDown, planning: &Planning) -> Seen {
        if is_title_line(row) && self.titles.len() < TITLE_ROWS && !fill.is_open() {
            self.titles.push_back(row.clone());
            return Seen::Title;
        }
        let is_heading = !fill.is_open()
            && is_heading_row(planning, row)
            && !tables.iter().any(|table| table.holds(row.index) && table.repeats(row));
        if is_heading { Seen::Heading } else { Seen::Other }
    }

    /// Keeps the row, and lets the first ones go that are too many.
    pub fn push(&mut self, row: Row) -> Option<Row> {
        self.titles.push_back(row);
        if self.titles.len() > TITLE_ROWS { self.titles.pop_front() } else { None }
    }

    /// Whether no row is kept.
    pub fn is_empty(&self) -> bool {
        self.titles.is_empty()
    }

    /// The rows that were kept.
    pub fn take(&mut self) -> impl Iterator<Item = Row> {
        std::mem::take(&mut self.titles).into_iter()
    }
}

/// Whether the row says one thing only, or labels with their values.
fn is_title_line(row: &Row) -> bool {
    let mut filled = 0;
    for cell in row.iter().filter(|cell| *cell != Cell::Empty) {
        filled += 1;
        let Cell::Text(text) = cell else { return false };
        if filled > 1 && !text.contains([':', '：']) {
            return false;
        }
    }
    filled == 1 || row.iter().all(|cell| !matches!(cell, Cell::Text(text) if !text.contains([':', '：'])))
}

/// Whether a cell may be one of a row of headings. Nearly every row of data has one that may not, so that this is asked
/// before any word is looked up.
fn may_be_heading(cell: Cell<'_>) -> bool {
    let Cell::Text(text) = cell else { return false };
    text.len() <= 120 && !is_value(text)
}

/// Whether a text is a number, a date or an identity number, as no heading is.
pub fn is_value(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.is_ascii()
}

/// Whether the row looks like the headings of a table: three texts or more, most of which name fields.
pub fn is_heading_row(planning: &Planning, row: &Row) -> bool {
    let filled = || row.iter().filter(|cell| *cell != Cell::Empty);
    if !filled().all(may_be_heading) {
        return false;
    }
    let (mut names, mut cells) = (0, 0);
    // One of the first three must be a name already, which most rows of texts fail.
    for cell in filled() {
        let Cell::Text(text) = cell else { return false };
        cells += 1;
        names += usize::from(planning.mapper.dictionary.knows(&key(text)));
        if cells == 3 && names == 0 {
            return false;
        }
    }
    names >= 3 && names * 5 >= cells * 3
}

impl MappedSheet {
    /// Finds the tables among the rows and adds them; gives the first row that belongs to them.
    pub(super) fn plan(&mut self, rows: &[Row], is_later: bool) -> Option<u32> {
        let planning = self.planning.clone();
        let Planning { mapper: Mapper { catalog, dictionary, lists, .. }, file, options, merged, is_text, day_zero } =
            &*planning;
        let env = Env { catalog, dictionary, lists, file, options };
        let sheet = self.name.clone();
        let (is_text, day_zero) = (*is_text, *day_zero);
        Planner { env: &env, grid: Grid::new(rows, merged), sheet, is_text, day_zero, is_later }.plan(self)
    }

    /// Whether another table may be sought below those found so far.
    pub(super) fn has_room_below(&self) -> bool {
        self.table_ids < TABLES
    }

    /// Reads on through rows that belong to no table until one looks like headings, and plans from there.
    pub(super) fn seek(&mut self) {
        let planning = self.planning.clone();
        // The window held no table: its rows are counted and let go.
        for row in std::mem::take(&mut self.window) {
            self.pass(row);
        }
        while self.tables.is_empty() {
            let mut row = Row::default();
            let Some(source) = &mut self.source else { return };
            match source.next_row(&mut row) {
                Ok(true) if is_heading_row(&planning, &row) => {
                    self.resume(row);
                    if self.tables.is_empty() {
                        for row in std::mem::take(&mut self.window) {
                            self.pass(row);
                        }
                    }
                }
                Ok(true) => self.pass(row),
                Ok(false) => self.source = None,
                Err(error) => {
                    self.source = None;
                    self.fault.get_or_insert(error);
                }
            }
        }
    }

    /// Counts a row that belongs to no table and keeps it a while, since it may be a title line.
    fn pass(&mut self, row: Row) {
        note_line(&mut self.line_shifts, row.index, row.line);
        if !row.is_empty() {
            self.rows += 1;
            self.hidden_rows += u64::from(row.hidden);
            self.fill.advance(&row);
        }
        self.below.push(row);
    }

    /// Plans anew from a row far down the sheet, with the title lines above it; the rows from it on become the window.
    ///
    /// The tables above end where the new ones begin.
    pub(super) fn resume(&mut self, row: Row) {
        let mut rows: Vec<Row> = self.below.take().collect();
        let titles = rows.len();
        rows.push(row);
        let mut broken = None;
        while rows.len() < WINDOW
            && let Some(source) = &mut self.source
        {
            let mut row = Row::default();
            match source.next_row(&mut row) {
                Ok(true) => rows.push(row),
                Ok(false) => self.source = None,
                Err(error) => (self.source, broken) = (None, Some(error)),
            }
        }
        let above = self.tables.len();
        let known = self.readings.len();
        let unrecognised = self.fault.take();
        let begins = self.plan(&rows, true);
        if self.tables.is_empty() {
            self.fault = unrecognised;
        } else {
            self.notes.retain(|note| !matches!(note.code, "no-table" | "unrecognised-hidden-sheet"));
        }
        // A fault of the reader is told after the rows before it.
        self.fault = broken.or(self.fault.take());
        self.window = rows.split_off(titles).into_iter();
        let is_found = self.tables.len() > above || self.readings.len() > known;
        let Some(begins) = begins.filter(|_| is_found) else {
            // No table after all: what was kept back goes to the tables above.
            rows.iter().for_each(|row| give(&mut self.tables, row, &self.fill, &mut self.queue));
            return;
        };
        self.tables[..above].iter_mut().for_each(|table| table.end_before(begins));
        rows.iter().for_each(|row| give(&mut self.tables[..above], row, &self.fill, &mut self.queue));
        // A table that has ended needs no more of the rows; the last one stays, so that the sheet has one.
        let mut ended = self.tables.drain(..above).collect::<Vec<_>>();
        if self.tables.is_empty() {
            self.tables.extend(ended.pop());
        }
        for mut table in ended {
            table.finish(&mut self.queue);
            self.readings.push(table.reading());
        }
        self.forks.clear();
    }
}
