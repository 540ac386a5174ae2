//! A sheet from its first rows to typed batches: the layout is found in a window of rows, the rest streams through it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::below::{Below, Planning, Seen};
use super::grid::FillDown;
use super::pieces::{Chained, Fork, Piece, cut, give, note_line, push_shift};
use super::table::Table;
use super::{FileContext, MapOptions, Mapper, picture};
use crate::diag::{InputFault, InputNote};
use crate::finding::{PictureRow, SheetReading, TableReading};
use crate::model::{Batch, Localized, counted};
use crate::read::{Row, RowSource, Sheet};
use rayon::prelude::*;

/// Rows among which tables are sought.
pub(super) const WINDOW: usize = 2000;
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
    pub(super) window: std::vec::IntoIter<Row>,
    /// The rows beyond the window; `None` at the end of the sheet.
    pub(super) source: Option<Box<dyn RowSource>>,
    pub(super) fill: FillDown,
    row: Row,
    pub(super) queue: VecDeque<Batch>,
    pub(super) fault: Option<InputFault>,
    pub(super) notes: Vec<InputNote>,
    picture: Vec<PictureRow>,
    pub(super) rows: u64,
    pub(super) hidden_rows: u64,
    /// The sheet was read as a whole while it was planned.
    pub(super) whole: bool,
    /// Rows beyond the window that were taken from the source ahead of their turn, and the fault behind them.
    ahead: Vec<Piece>,
    ahead_fault: Option<InputFault>,
    /// What read the pieces before, with all that it remembers.
    pub(super) forks: Vec<Fork>,
    done: bool,
    pub(super) planning: Arc<Planning>,
    /// Tables numbered so far.
    pub(super) table_ids: u32,
    /// The rows passed last, while they may be the title lines of a table farther down.
    pub(super) below: Below,
    /// See [`SheetReading::line_shifts`].
    pub(super) line_shifts: Vec<(u32, u64)>,
}

/// Pieces of a sheet that are read at once for each thread.
const PIECES: usize = 2;

/// Reads the first rows of a sheet, finds its tables and forms, and prepares to read the rest.
pub fn map_sheet(sheet: Sheet, file: &FileContext, mapper: &Mapper, options: &MapOptions) -> MappedSheet {
    let Sheet { name, hidden, is_text, merged, hidden_columns, day_zero, mut rows } = sheet;
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
    let (dittos, first_ditto) = super::ditto::resolve(&mut window);
    let fill = FillDown::new(&merged);
    let (mapper, file, options) = (mapper.clone(), file.clone(), options.clone());
    let planning = Arc::new(Planning { mapper, file, options, merged, is_text, day_zero });
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
        planning,
        table_ids: 0,
        below: Below::default(),
        line_shifts: Vec::new(),
    };
    for row in &window {
        note_line(&mut mapped.line_shifts, row.index, row.line);
    }
    if dittos > 0 {
        let zh = format!("有 {dittos} 个单元格写“同上”或类似记号，已按上面一行的内容读取。");
        let en = format!("Marked as the same as above and read so: {}.", counted(dittos, "cell"));
        mapped.note("same-as-above", &zh, &en, first_ditto);
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
        let en = format!("Hidden: {}; read all the same.", counted(hidden_columns.len() as u64, "column"));
        mapped.note("hidden-columns", &zh, &en, None);
    }
    if window.iter().all(Row::is_empty) && at_end {
        mapped.note("empty-sheet", "工作表没有内容。", "The sheet has no content.", None);
        mapped.done = fault.is_none();
        mapped.fault = fault;
        return mapped;
    }
    mapped.plan(&window, false);
    if at_end {
        mapped.carry_names_down(&mut window);
    }
    let whole = mapped.readings.iter().filter_map(|reading| reading.data_rows).map(|(first, _)| first);
    let first_rows: Vec<u32> = mapped.tables.iter().map(|table| table.first_row).chain(whole).collect();
    if mapped.planning.mapper.has_pictures {
        mapped.picture = picture::rows(&window, &first_rows, at_end);
    }
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
            mapped.seek();
        }
    }
    mapped
}

impl MappedSheet {
    pub(super) fn note(&mut self, code: &'static str, zh: &str, en: &str, cell: Option<(u32, u32)>) {
        self.notes.push(InputNote { code, message: Localized::new(zh, en), sheet: Some(self.name.to_string()), cell });
    }

    /// Fills the columns of names that are filled in the first row of each group only, and says so.
    fn carry_names_down(&mut self, rows: &mut [Row]) {
        let columns: Vec<(usize, u32)> = (self.tables.iter().enumerate())
            .flat_map(|(at, table)| table.unit_columns().map(move |column| (at, column)))
            .collect();
        for (at, column) in columns {
            let table = &self.tables[at];
            let is_merged = self.planning.merged.iter().any(|area| {
                area.first_column == column && area.last_row > area.first_row && table.holds(area.first_row)
            });
            if is_merged {
                continue;
            }
            let (count, first) = super::ditto::carry_down(rows, column, |row| table.holds(row));
            if count > 0 {
                let zh = format!("有 {count} 行的名称只写在每组的第一行，空白处已按上面一行读取。");
                let en = format!(
                    "The name stands in the first row of each group only; read for the rows below it: {count}."
                );
                self.note("name-carried-down", &zh, &en, first);
            }
        }
    }

    /// The name of the sheet.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Says that a table farther down is known to be of this kind.
    pub fn expect(&mut self, kind: &Arc<str>) {
        if !self.kinds.contains(kind) {
            self.kinds.push(kind.clone());
        }
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
        let planning = self.planning.clone();
        let planning = self.has_room_below().then_some(&*planning);
        let mut forks = std::mem::take(&mut self.forks);
        forks.truncate(pieces.len());
        forks.resize_with(pieces.len(), || Fork::new(&self.tables));
        if self.ahead_fault.is_none() {
            let read = || forks.par_iter_mut().zip(&pieces).for_each(|(fork, piece)| fork.read(piece, planning));
            ((self.ahead, self.ahead_fault), ()) = rayon::join(|| cut(&mut self.source, most), read);
        } else {
            forks.par_iter_mut().zip(&pieces).for_each(|(fork, piece)| fork.read(piece, planning));
        }
        self.forks = forks;
        let mut pieces = pieces.into_iter();
        for at in 0..self.forks.len() {
            let (Some(piece), Some(fork)) = (pieces.next(), self.forks.get_mut(at)) else { break };
            let mut fork = std::mem::replace(fork, Fork::new(&[]));
            if fork.has_given {
                // What the piece before ended with is above a record, and no title of another table.
                for row in self.below.take() {
                    give(&mut self.tables, &row, &self.fill, &mut self.queue);
                }
                self.tables.iter_mut().for_each(|table| table.take(true, &mut self.queue));
            }
            if !self.absorb(&mut fork) {
                // Only now it is known that the row before the piece was a note.
                fork = Fork::new(&self.tables);
                fork.tables.iter_mut().for_each(|table| table.begin_fork(true));
                fork.read(&piece, planning);
                self.absorb(&mut fork);
            }
            for row in fork.below.take() {
                if let Some(row) = self.below.push(row) {
                    give(&mut self.tables, &row, &self.fill, &mut self.queue);
                }
            }
            if let Some(row) = fork.stopped {
                let (rows, fault) = piece.rows_from(row);
                let rest: Vec<Piece> = match &fault {
                    Some(_) => Vec::new(),
                    None => pieces.by_ref().chain(std::mem::take(&mut self.ahead)).collect(),
                };
                let fault = fault.or(self.ahead_fault.take());
                self.ahead.clear();
                self.source = Some(Box::new(Chained::new(rows, rest.into_iter(), fault, self.source.take())));
                self.begin_below();
                return true;
            }
            if let Some(fault) = fork.fault.take() {
                (self.source, self.ahead_fault) = (None, Some(fault));
                self.ahead.clear();
                break;
            }
            if let Some(place) = self.forks.get_mut(at) {
                *place = fork;
            }
        }
        true
    }

    /// Plans again from the next row of the source, which looks like the headings of another table.
    fn begin_below(&mut self) {
        let mut row = Row::default();
        match self.source.as_mut().map_or(Ok(false), |source| source.next_row(&mut row)) {
            Ok(true) => self.resume(row),
            Ok(false) => self.source = None,
            Err(fault) => (self.source, self.fault) = (None, Some(fault)),
        }
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
        let mut is_beyond = false;
        if let Some(row) = self.window.next() {
            self.row = row;
        } else {
            if self.tables.is_empty() {
                return false;
            }
            let Some(source) = &mut self.source else { return self.give_kept() };
            match source.next_row(&mut self.row) {
                Ok(true) => is_beyond = true,
                Ok(false) => {
                    self.source = None;
                    return self.give_kept();
                }
                Err(error) => {
                    self.source = None;
                    self.fault = Some(error);
                    return self.give_kept();
                }
            }
        }
        note_line(&mut self.line_shifts, self.row.index, self.row.line);
        if self.row.is_empty() {
            return true;
        }
        self.fill.advance(&self.row);
        if is_beyond && self.has_room_below() {
            let planning = self.planning.clone();
            match self.below.look(&self.row, &self.tables, &self.fill, &planning) {
                Seen::Heading => {
                    let row = std::mem::take(&mut self.row);
                    self.resume(row);
                    return true;
                }
                Seen::Title => {
                    self.rows += 1;
                    self.hidden_rows += u64::from(self.row.hidden);
                    return true;
                }
                Seen::Other => {}
            }
        }
        self.give_kept();
        self.rows += 1;
        self.hidden_rows += u64::from(self.row.hidden);
        give(&mut self.tables, &self.row, &self.fill, &mut self.queue);
        true
    }

    /// Gives the rows that were kept as possible titles to the tables; `false`, since nothing comes after the last.
    fn give_kept(&mut self) -> bool {
        for row in self.below.take() {
            give(&mut self.tables, &row, &self.fill, &mut self.queue);
        }
        false
    }

    /// How the sheet was read, after its last batch.
    pub fn finish(mut self) -> SheetReading {
        if self.hidden_rows > 0 {
            let zh = format!("有 {} 行被隐藏或筛选掉，已照常读取。", self.hidden_rows);
            let en = format!("Hidden or filtered out: {}; read all the same.", counted(self.hidden_rows, "row"));
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
                        format!("Totals left out: {} (the first is row {}).", counted(totals as u64, "row"), first + 1),
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
