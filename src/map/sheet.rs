//! A sheet from its first rows to typed batches: the layout is found in a window of rows, the rest streams through it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::grid::{FillDown, Grid};
use super::plan::Planner;
use super::table::Table;
use super::text::key;
use super::{Env, FileContext, MapOptions, Mapper, picture};
use crate::diag::{InputFault, InputNote};
use crate::finding::{PictureRow, SheetReading, TableReading};
use crate::model::{Batch, Localized};
use crate::read::{Cell, MergedArea, Row, RowBlock, RowSource, Sheet};
use rayon::prelude::*;

/// Changes between rows and lines that are kept for a text file.
const LINE_SHIFTS: usize = 1 << 20;
/// Rows among which tables are sought.
const WINDOW: usize = 2000;
/// Bytes of text that they may hold.
const WINDOW_BYTES: usize = 64 << 20;

/// A sheet whose layout is known and whose rows are read as they are asked for.
pub struct MappedSheet {
    pub(super) name: Arc<str>,
    pub(super) hidden: bool,
    pub(super) tables: Vec<Table>,
    /// Readings of tables that were read as a whole, and of tables of no known kind.
    pub(super) readings: Vec<TableReading>,
    pub(super) kinds: Vec<Arc<str>>,
    window: std::vec::IntoIter<Row>,
    /// The rows beyond the window; `None` at the end of the sheet.
    source: Option<Box<dyn RowSource>>,
    fill: FillDown,
    row: Row,
    pub(super) queue: VecDeque<Batch>,
    pub(super) fault: Option<InputFault>,
    notes: Vec<InputNote>,
    picture: Vec<PictureRow>,
    pub(super) rows: u64,
    pub(super) hidden_rows: u64,
    /// The sheet was read as a whole while it was planned.
    pub(super) whole: bool,
    /// Rows beyond the window that were taken from the source ahead of their turn, and the fault behind them.
    ahead: Vec<Piece>,
    ahead_fault: Option<InputFault>,
    /// What read the pieces before, with all that it remembers.
    forks: Vec<Fork>,
    done: bool,
    /// Tables numbered so far.
    pub(super) table_ids: u32,
    /// The rows passed last, while they may be the title lines of a table farther down.
    recent: VecDeque<Row>,
    /// See [`SheetReading::line_shifts`].
    line_shifts: Vec<(u32, u64)>,
}

/// What it takes to plan, and to plan once more farther down the sheet.
struct Planning<'p> {
    env: Env<'p>,
    merged: &'p [MergedArea],
    is_text: bool,
}

/// Pieces of a sheet that are read at once for each thread.
const PIECES: usize = 2;
/// Rows of a piece, where its reader cannot set blocks apart.
const ROWS: usize = 2048;
/// Cells after which a piece of wide rows ends.
const CELLS: usize = 1 << 17;

/// Some rows of a sheet that one thread makes into records.
enum Piece {
    Block(Box<dyn RowBlock>),
    Rows(Vec<Row>),
}

/// Makes the rows of one piece of a sheet into records, apart from the others.
struct Fork {
    tables: Vec<Table>,
    fill: FillDown,
    row: Row,
    queue: VecDeque<Batch>,
    rows: u64,
    hidden_rows: u64,
    line_shifts: Vec<(u32, u64)>,
    fault: Option<InputFault>,
}

/// Reads the first rows of a sheet, finds its tables and forms, and prepares to read the rest.
pub fn map_sheet(sheet: Sheet, file: &FileContext, mapper: &Mapper, options: &MapOptions) -> MappedSheet {
    let Sheet { name, hidden, is_text, merged, hidden_columns, mut rows } = sheet;
    let mut window: Vec<Row> = Vec::new();
    let mut fault = None;
    let mut at_end = false;
    let mut room = WINDOW_BYTES;
    while window.len() < WINDOW && room > 0 {
        let mut row = Row::default();
        match rows.next_row(&mut row) {
            Ok(true) => {
                room = room.saturating_sub(row.text_bytes());
                window.push(row);
            }
            Ok(false) => {
                at_end = true;
                break;
            }
            Err(error) => {
                fault = Some(error);
                at_end = true;
                break;
            }
        }
    }
    let fill = FillDown::new(&merged);
    let mut mapped = MappedSheet {
        name: name.into(),
        hidden,
        tables: Vec::new(),
        readings: Vec::new(),
        kinds: Vec::new(),
        window: Vec::new().into_iter(),
        source: (!at_end).then_some(rows),
        fill,
        row: Row::default(),
        queue: VecDeque::new(),
        fault: None,
        notes: Vec::new(),
        picture: Vec::new(),
        rows: 0,
        hidden_rows: 0,
        whole: false,
        ahead: Vec::new(),
        ahead_fault: None,
        forks: Vec::new(),
        done: false,
        table_ids: 0,
        recent: VecDeque::new(),
        line_shifts: Vec::new(),
    };
    for row in &window {
        note_line(&mut mapped.line_shifts, row.index, row.line);
    }
    if hidden {
        mapped.note(
            "hidden-sheet",
            "工作表被隐藏，已照常读取。",
            "The sheet is hidden; it was read all the same.",
            None,
        );
    }
    if !hidden_columns.is_empty() {
        let zh = format!("有 {} 列被隐藏，已照常读取。", hidden_columns.len());
        let en = format!("{} columns are hidden; they were read all the same.", hidden_columns.len());
        mapped.note("hidden-columns", &zh, &en, None);
    }
    if window.iter().all(Row::is_empty) && at_end {
        mapped.note("empty-sheet", "工作表没有内容。", "The sheet has no content.", None);
        mapped.done = fault.is_none();
        mapped.fault = fault;
        return mapped;
    }
    let Mapper { catalog, dictionary, lists } = mapper;
    let planning = Planning { env: Env { catalog, dictionary, lists, file, options }, merged: &merged, is_text };
    mapped.plan(&planning, &window, false);
    let whole = mapped.readings.iter().filter_map(|reading| reading.data_rows).map(|(first, _)| first);
    let first_rows: Vec<u32> = mapped.tables.iter().map(|table| table.first_row).chain(whole).collect();
    mapped.picture = picture::rows(&window, &first_rows, at_end);
    // A fault of the reader is told after the rows before it.
    if let Some(error) = fault {
        mapped.source = None;
        mapped.fault.get_or_insert(error);
    }
    if mapped.whole {
        mapped.source = None;
    } else {
        mapped.window = window.into_iter();
        if mapped.tables.is_empty() && mapped.source.is_some() {
            mapped.seek(&planning);
        }
    }
    mapped
}

/// Rows above a table farther down that may be its title lines.
const TITLE_ROWS: usize = 6;

/// Gives a row to the tables that hold it.
fn give(tables: &mut [Table], row: &Row, fill: &FillDown, queue: &mut VecDeque<Batch>) {
    for table in tables {
        if table.holds(row.index) {
            table.row(row, fill);
            table.take(false, queue);
        }
    }
}

impl Fork {
    fn new(tables: &[Table]) -> Fork {
        Fork {
            tables: tables.iter().map(|table| table.fork(false)).collect(),
            fill: FillDown::default(),
            row: Row::default(),
            queue: VecDeque::new(),
            rows: 0,
            hidden_rows: 0,
            line_shifts: Vec::new(),
            fault: None,
        }
    }

    /// Reads all rows of a piece; a fault ends it, and the rows before the fault stay.
    fn read(&mut self, piece: &Piece) {
        match piece {
            Piece::Block(block) => {
                let mut rows = block.rows();
                let mut row = std::mem::take(&mut self.row);
                loop {
                    match rows.next_row(&mut row) {
                        Ok(true) => self.take(&row),
                        Ok(false) => break,
                        Err(fault) => {
                            self.fault = Some(fault);
                            break;
                        }
                    }
                }
                self.row = row;
            }
            Piece::Rows(rows) => rows.iter().for_each(|row| self.take(row)),
        }
        for table in &mut self.tables {
            table.take(true, &mut self.queue);
        }
    }

    fn take(&mut self, row: &Row) {
        note_line(&mut self.line_shifts, row.index, row.line);
        if !row.is_empty() {
            self.rows += 1;
            self.hidden_rows += u64::from(row.hidden);
            give(&mut self.tables, row, &self.fill, &mut self.queue);
        }
    }
}

/// Notes where the lines of a text file run ahead of its rows.
fn note_line(shifts: &mut Vec<(u32, u64)>, row: u32, line: u64) {
    if line > 0 {
        push_shift(shifts, row, line.saturating_sub(u64::from(row) + 1));
    }
}

fn push_shift(shifts: &mut Vec<(u32, u64)>, row: u32, shift: u64) {
    let known = shifts.last().map_or(0, |(_, shift)| *shift);
    if shift == known || known == SheetReading::NO_LINES {
        return;
    }
    // A file with line breaks in every record would fill the memory; its lines are then not known.
    let is_too_long = shifts.len() >= LINE_SHIFTS;
    shifts.push((row, if is_too_long { SheetReading::NO_LINES } else { shift }));
}

/// Takes the next pieces of a sheet from its source, which is gone once it has ended.
fn cut(source: &mut Option<Box<dyn RowSource>>, most: usize) -> (Vec<Piece>, Option<InputFault>) {
    let mut pieces = Vec::new();
    while pieces.len() < most {
        let Some(open) = source else { break };
        match open.next_block() {
            Ok(Some(block)) => pieces.push(Piece::Block(block)),
            Ok(None) => {
                let mut rows = Vec::new();
                let mut cells = 0;
                let mut ended = Ok(true);
                while rows.len() < ROWS && cells < CELLS && ended == Ok(true) {
                    let mut row = Row::default();
                    ended = open.next_row(&mut row);
                    if ended == Ok(true) {
                        cells += row.len();
                        rows.push(row);
                    }
                }
                if !rows.is_empty() {
                    pieces.push(Piece::Rows(rows));
                }
                match ended {
                    Ok(true) => {}
                    Ok(false) => *source = None,
                    Err(fault) => {
                        *source = None;
                        return (pieces, Some(fault));
                    }
                }
            }
            Err(fault) => {
                *source = None;
                return (pieces, Some(fault));
            }
        }
    }
    (pieces, None)
}

impl MappedSheet {
    pub(super) fn note(&mut self, code: &'static str, zh: &str, en: &str, cell: Option<(u32, u32)>) {
        self.notes.push(InputNote { code, message: Localized::new(zh, en), sheet: Some(self.name.to_string()), cell });
    }

    /// Finds the tables among the rows and adds them.
    fn plan(&mut self, planning: &Planning<'_>, rows: &[Row], is_later: bool) {
        let Planning { env, merged, is_text } = planning;
        let sheet = self.name.clone();
        Planner { env, grid: Grid::new(rows, merged), sheet, is_text: *is_text, is_later }.plan(self);
    }

    /// Whether the row looks like the headings of a table: three texts or more that name fields.
    fn is_heading_row(planning: &Planning<'_>, row: &Row) -> bool {
        let filled = row.iter().filter(|cell| *cell != Cell::Empty);
        let known = |cell: &Cell<'_>| match *cell {
            Cell::Text(text) if text.len() <= 120 && !text.starts_with(|c: char| c.is_ascii_digit()) => {
                Some(planning.env.dictionary.knows(&key(text)))
            }
            _ => None,
        };
        let (mut names, mut cells) = (0, 0);
        // One of the first three must be a name already, which most rows of data fail.
        for cell in filled {
            let Some(is_name) = known(&cell) else { return false };
            cells += 1;
            names += usize::from(is_name);
            if cells == 3 && names == 0 {
                return false;
            }
        }
        names >= 3 && names * 2 >= cells
    }

    /// Reads on through rows that belong to no table until one looks like headings, and plans from there.
    fn seek(&mut self, planning: &Planning<'_>) {
        // The window held no table: its rows are counted and let go.
        for row in std::mem::take(&mut self.window) {
            self.pass(row);
        }
        while self.tables.is_empty() {
            let mut row = Row::default();
            let Some(source) = &mut self.source else { return };
            match source.next_row(&mut row) {
                Ok(true) if MappedSheet::is_heading_row(planning, &row) => {
                    self.resume(planning, row);
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

    fn count(&mut self, row: &Row) {
        if !row.is_empty() {
            self.rows += 1;
            self.hidden_rows += u64::from(row.hidden);
            self.fill.advance(row);
        }
    }

    /// Counts a row that belongs to no table and keeps it a while, since it may be a title line.
    fn pass(&mut self, row: Row) {
        self.count(&row);
        self.recent.push_back(row);
        if self.recent.len() > TITLE_ROWS {
            self.recent.pop_front();
        }
    }

    /// Plans anew from a row far down the sheet, with the title lines above it; the rows from it on become the window.
    fn resume(&mut self, planning: &Planning<'_>, row: Row) {
        let mut rows: Vec<Row> = self.recent.drain(..).collect();
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
        let unrecognised = self.fault.take();
        self.plan(planning, &rows, true);
        if self.tables.is_empty() {
            self.fault = unrecognised;
        } else {
            self.notes.retain(|note| !matches!(note.code, "no-table" | "unrecognised-hidden-sheet"));
        }
        // A fault of the reader is told after the rows before it.
        self.fault = broken.or(self.fault.take());
        self.window = rows.split_off(titles).into_iter();
    }

    /// The ledger kinds that the sheet has records of.
    pub fn kinds(&self) -> Vec<Arc<str>> {
        self.kinds.clone()
    }

    /// The next records; `None` at the end of the sheet. A fault is told once, and what was given before it stays valid.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, InputFault> {
        loop {
            if let Some(batch) = self.queue.pop_front() {
                return Ok(Some(batch));
            }
            if self.done {
                return self.fault.take().map_or(Ok(None), Err);
            }
            if self.window.len() == 0 && self.pieces() {
                continue;
            }
            if !self.feed() {
                for table in &mut self.tables {
                    table.finish(&mut self.queue);
                }
                self.done = true;
            }
        }
    }

    /// How much of the sheet has been read, in thousandths, where its reader can tell.
    pub fn thousandths(&self) -> Option<u32> {
        self.source.as_ref()?.thousandths()
    }

    /// The next records, as many as are ready at once; empty at the end of the sheet.
    pub fn next_batches(&mut self) -> Result<Vec<Batch>, InputFault> {
        let first = self.next_batch()?;
        Ok(first.into_iter().chain(self.queue.drain(..)).collect())
    }

    /// Reads the next pieces of the sheet, each on any thread, while those behind them are taken from the source;
    /// `false` where there are none, or the rows are to be taken one by one.
    ///
    /// The pieces are put together in the order of the rows, so that the records and what is told about them do not
    /// depend on the number of threads.
    fn pieces(&mut self) -> bool {
        let next_row = self.row.index.saturating_add(1);
        let can_fork = self.fill.is_over(next_row) && self.tables.iter().all(|table| table.can_fork(next_row));
        if !can_fork || self.tables.is_empty() {
            return false;
        }
        let most = rayon::current_num_threads() * PIECES;
        if self.ahead.is_empty() && self.ahead_fault.is_none() {
            (self.ahead, self.ahead_fault) = cut(&mut self.source, most);
        }
        let pieces = std::mem::take(&mut self.ahead);
        if pieces.is_empty() {
            // A fault is told after the rows before it.
            if let Some(fault) = self.ahead_fault.take() {
                self.fault = Some(fault);
            }
            return false;
        }
        for table in &mut self.tables {
            table.take(true, &mut self.queue);
        }
        let mut forks = std::mem::take(&mut self.forks);
        forks.truncate(pieces.len());
        forks.resize_with(pieces.len(), || Fork::new(&self.tables));
        if self.ahead_fault.is_none() {
            let read = || forks.par_iter_mut().zip(&pieces).for_each(|(fork, piece)| fork.read(piece));
            ((self.ahead, self.ahead_fault), ()) = rayon::join(|| cut(&mut self.source, most), read);
        } else {
            forks.par_iter_mut().zip(&pieces).for_each(|(fork, piece)| fork.read(piece));
        }
        for (fork, piece) in forks.iter_mut().zip(&pieces) {
            if !self.absorb(fork) {
                // Only now it is known that the row before the piece was a note.
                *fork = Fork::new(&self.tables);
                fork.tables.iter_mut().for_each(|table| table.begin_fork(true));
                fork.read(piece);
                self.absorb(fork);
            }
            if let Some(fault) = fork.fault.take() {
                (self.source, self.ahead_fault) = (None, Some(fault));
                self.ahead.clear();
                break;
            }
        }
        self.forks = forks;
        true
    }

    /// Takes over what was read of the next piece; `false` where it was read under a wrong supposition.
    fn absorb(&mut self, fork: &mut Fork) -> bool {
        if self.tables.iter().zip(&fork.tables).any(|(own, later)| later.is_wrong_after(own)) {
            return false;
        }
        for (own, later) in self.tables.iter_mut().zip(&mut fork.tables) {
            own.absorb(later);
        }
        self.rows += std::mem::take(&mut fork.rows);
        self.hidden_rows += std::mem::take(&mut fork.hidden_rows);
        self.queue.append(&mut fork.queue);
        for (row, shift) in fork.line_shifts.drain(..) {
            push_shift(&mut self.line_shifts, row, shift);
        }
        fork.tables.iter_mut().for_each(|table| table.begin_fork(false));
        true
    }

    /// Reads one row into the tables; `false` at the end.
    fn feed(&mut self) -> bool {
        if let Some(row) = self.window.next() {
            self.row = row;
        } else {
            if self.tables.is_empty() {
                return false;
            }
            let Some(source) = &mut self.source else { return false };
            match source.next_row(&mut self.row) {
                Ok(true) => note_line(&mut self.line_shifts, self.row.index, self.row.line),
                Ok(false) => {
                    self.source = None;
                    return false;
                }
                Err(error) => {
                    self.source = None;
                    self.fault = Some(error);
                    return false;
                }
            }
        }
        if self.row.is_empty() {
            return true;
        }
        self.rows += 1;
        self.hidden_rows += u64::from(self.row.hidden);
        self.fill.advance(&self.row);
        give(&mut self.tables, &self.row, &self.fill, &mut self.queue);
        true
    }

    /// How the sheet was read, after its last batch.
    pub fn finish(mut self) -> SheetReading {
        if self.hidden_rows > 0 {
            let zh = format!("有 {} 行被隐藏或筛选掉，已照常读取。", self.hidden_rows);
            let en = format!("{} rows are hidden or filtered out; they were read all the same.", self.hidden_rows);
            self.note("hidden-rows", &zh, &en, None);
        }
        let mut tables = self.readings;
        tables.extend(self.tables.into_iter().map(Table::reading));
        tables.sort_by_key(|table| (table.header_rows, table.headings.first().map(|heading| heading.cell.1)));
        for table in &tables {
            let totals = table.skipped_rows.iter().filter(|(_, why)| *why == super::rows::skip::TOTAL).count();
            if totals > 0 {
                let first = table
                    .skipped_rows
                    .iter()
                    .find(|(_, why)| *why == super::rows::skip::TOTAL)
                    .map_or(0, |(row, _)| *row);
                self.notes.push(InputNote {
                    code: "totals-row-skipped",
                    message: Localized::new(
                        format!("跳过合计行 {totals} 行（第一行在第 {} 行）。", first + 1),
                        format!("{totals} rows of totals were left out (the first in row {}).", first + 1),
                    ),
                    sheet: Some(self.name.to_string()),
                    cell: Some((first, 0)),
                });
            }
        }
        SheetReading {
            name: self.name,
            hidden: self.hidden,
            tables,
            notes: self.notes,
            rows: self.rows,
            picture: self.picture,
            line_shifts: self.line_shifts,
        }
    }
}
