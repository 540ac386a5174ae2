//! Sheets cut into pieces: each is made into records apart from the others, on any thread.

use std::collections::VecDeque;

use super::below::{Below, Planning, Seen};
use super::grid::FillDown;
use super::table::Table;
use crate::diag::InputFault;
use crate::finding::SheetReading;
use crate::model::Batch;
use crate::read::{KeptRows, Row, RowBlock, RowSource, TextRecord, TextRows, TextStep};

/// Changes between rows and lines that are kept for a text file.
const LINE_SHIFTS: usize = 1 << 20;
/// Rows of a piece, where its reader cannot set blocks apart.
const ROWS: usize = 1024;
/// Cells after which a piece of wide rows ends.
const CELLS: usize = 1 << 17;

/// Plain records of a text that are taken column by column.
const CHUNK: usize = 1024;

/// Some rows of a sheet that one thread makes into records.
pub enum Piece {
    Block(Box<dyn RowBlock>),
    Rows(KeptRows),
}

impl Piece {
    /// Calls `take` with each row until it answers `false`; a fault ends the rows.
    fn each(&self, row: &mut Row, mut take: impl FnMut(&Row) -> bool) -> Option<InputFault> {
        match self {
            Piece::Block(block) => {
                let mut rows = block.rows();
                loop {
                    match rows.next_row(row) {
                        Ok(true) if take(row) => {}
                        Ok(_) => return None,
                        Err(fault) => return Some(fault),
                    }
                }
            }
            Piece::Rows(rows) => {
                let _ = (0..rows.len()).all(|position| rows.get(position, row) && take(row));
                None
            }
        }
    }

    /// The rows from the one with this index on, and the fault behind them.
    pub fn rows_from(&self, index: u32) -> (Vec<Row>, Option<InputFault>) {
        let mut rows = Vec::new();
        let fault = self.each(&mut Row::default(), |row| {
            if row.index >= index {
                rows.push(row.clone());
            }
            true
        });
        (rows, fault)
    }
}

/// Takes the next pieces of a sheet from its source, which is gone once it has ended.
pub fn cut(source: &mut Option<Box<dyn RowSource>>, most: usize) -> (Vec<Piece>, Option<InputFault>) {
    let mut pieces = Vec::new();
    let mut row = Row::default();
    while pieces.len() < most {
        let Some(open) = source else { break };
        match open.next_block() {
            Ok(Some(block)) => pieces.push(Piece::Block(block)),
            Ok(None) => {
                let mut rows = KeptRows::default();
                let mut ended = Ok(true);
                while rows.len() < ROWS && rows.cells() < CELLS && ended == Ok(true) {
                    ended = open.next_row(&mut row);
                    if ended == Ok(true) {
                        rows.push(&row);
                    }
                }
                if !rows.is_empty() {
                    rows.close();
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

/// Rows that were cut ahead of their turn and are read again one by one, and the source behind them.
pub struct Chained {
    rows: VecDeque<Row>,
    pieces: VecDeque<Piece>,
    fault: Option<InputFault>,
    source: Option<Box<dyn RowSource>>,
}

impl Chained {
    /// `rows`, then what the pieces hold; behind them the fault or else the source.
    pub fn new(
        rows: Vec<Row>,
        pieces: impl Iterator<Item = Piece>,
        fault: Option<InputFault>,
        source: Option<Box<dyn RowSource>>,
    ) -> Chained {
        Chained { rows: rows.into(), pieces: pieces.collect(), fault, source }
    }
}

impl RowSource for Chained {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        loop {
            if let Some(next) = self.rows.pop_front() {
                *row = next;
                return Ok(true);
            }
            if let Some(piece) = self.pieces.pop_front() {
                let (rows, fault) = piece.rows_from(0);
                self.rows = rows.into();
                if fault.is_some() {
                    self.fault = fault;
                    self.pieces.clear();
                    self.source = None;
                }
                continue;
            }
            if let Some(fault) = self.fault.take() {
                self.source = None;
                return Err(fault);
            }
            return self.source.as_mut().map_or(Ok(false), |source| source.next_row(row));
        }
    }

    fn next_block(&mut self) -> Result<Option<Box<dyn RowBlock>>, InputFault> {
        if !self.rows.is_empty() {
            return Ok(None);
        }
        match self.pieces.pop_front() {
            Some(Piece::Block(block)) => return Ok(Some(block)),
            Some(piece @ Piece::Rows(_)) => {
                self.rows = piece.rows_from(0).0.into();
                return Ok(None);
            }
            None => {}
        }
        match (&self.fault, &mut self.source) {
            (None, Some(source)) => source.next_block(),
            _ => Ok(None),
        }
    }

    fn thousandths(&self) -> Option<u32> {
        self.source.as_ref()?.thousandths()
    }
}

/// Makes the rows of one piece of a sheet into records, apart from the others.
pub struct Fork {
    pub tables: Vec<Table>,
    fill: FillDown,
    row: Row,
    pub queue: VecDeque<Batch>,
    pub rows: u64,
    pub hidden_rows: u64,
    pub line_shifts: Vec<(u32, u64)>,
    pub fault: Option<InputFault>,
    /// Rows at the end of the piece that may be title lines of a table in the next.
    pub below: Below,
    /// Whether any row was given to the tables.
    pub has_given: bool,
    /// The row that heads another table, at which the fork stopped.
    pub stopped: Option<u32>,
}

impl Fork {
    /// A fork of the tables without any record.
    pub fn new(tables: &[Table]) -> Fork {
        Fork {
            tables: tables.iter().map(|table| table.fork(false)).collect(),
            fill: FillDown::default(),
            row: Row::default(),
            queue: VecDeque::new(),
            rows: 0,
            hidden_rows: 0,
            line_shifts: Vec::new(),
            fault: None,
            below: Below::default(),
            has_given: false,
            stopped: None,
        }
    }

    /// Reads all rows of a piece, up to one that heads another table where `planning` is there to find it; a fault ends
    /// it, and the rows before the fault stay.
    pub fn read(&mut self, piece: &Piece, planning: Option<&Planning>) {
        (self.has_given, self.stopped) = (false, None);
        let mut row = std::mem::take(&mut self.row);
        self.fault = match piece {
            Piece::Block(block)
                if self.takes_chunks()
                    && let Some(rows) = block.text() =>
            {
                self.read_text(rows, &mut row, planning)
            }
            _ => piece.each(&mut row, |row| self.take(row, planning)),
        };
        self.row = row;
        for table in &mut self.tables {
            table.take(true, &mut self.queue);
        }
    }

    /// Whether all rows go to one table, many at once.
    fn takes_chunks(&self) -> bool {
        matches!(self.tables.as_slice(), [table] if table.takes_chunks())
    }

    /// Reads the records of a text: plain ones column by column, the others row by row.
    fn read_text(&mut self, mut rows: TextRows<'_>, row: &mut Row, planning: Option<&Planning>) -> Option<InputFault> {
        let mut waiting: Vec<TextRecord> = Vec::with_capacity(CHUNK);
        loop {
            let step = rows.next(row);
            if let (Ok(Some(TextStep::Plain(record))), [table]) = (&step, self.tables.as_mut_slice()) {
                if self.below.is_empty() && table.holds(record.row) && table.is_for_chunk(&rows, record) {
                    waiting.push(*record);
                    if waiting.len() == CHUNK {
                        self.take_chunk(&rows, &mut waiting);
                    }
                    continue;
                }
                rows.fill(record, row);
            }
            self.take_chunk(&rows, &mut waiting);
            match step {
                Ok(Some(_)) if self.take(row, planning) => {}
                Ok(_) => return None,
                Err(fault) => return Some(fault),
            }
        }
    }

    fn take_chunk(&mut self, rows: &TextRows<'_>, records: &mut Vec<TextRecord>) {
        if records.is_empty() {
            return;
        }
        records.iter().for_each(|record| note_line(&mut self.line_shifts, record.row, record.line));
        self.rows += records.len() as u64;
        self.has_given = true;
        for table in &mut self.tables {
            table.chunk(rows, records);
            table.take(false, &mut self.queue);
        }
        records.clear();
    }

    fn take(&mut self, row: &Row, planning: Option<&Planning>) -> bool {
        if !row.is_empty() {
            let look = |planning| self.below.look(row, &self.tables, &self.fill, planning);
            match planning.map_or(Seen::Other, look) {
                Seen::Heading => {
                    self.stopped = Some(row.index);
                    return false;
                }
                Seen::Title => {}
                Seen::Other => {
                    self.has_given = true;
                    for held in self.below.take() {
                        give(&mut self.tables, &held, &self.fill, &mut self.queue);
                    }
                    give(&mut self.tables, row, &self.fill, &mut self.queue);
                }
            }
            self.rows += 1;
            self.hidden_rows += u64::from(row.hidden);
        }
        note_line(&mut self.line_shifts, row.index, row.line);
        true
    }
}

/// Gives a row to the tables that hold it.
pub fn give(tables: &mut [Table], row: &Row, fill: &FillDown, queue: &mut VecDeque<Batch>) {
    for table in tables {
        if table.holds(row.index) {
            table.row(row, fill);
            table.take(false, queue);
        }
    }
}

/// Notes where the lines of a text file run ahead of its rows.
pub fn note_line(shifts: &mut Vec<(u32, u64)>, row: u32, line: u64) {
    if line > 0 {
        push_shift(shifts, row, line.saturating_sub(u64::from(row) + 1));
    }
}

/// Notes that from `row` on the lines run ahead by `shift`.
pub fn push_shift(shifts: &mut Vec<(u32, u64)>, row: u32, shift: u64) {
    let known = shifts.last().map_or(0, |(_, shift)| *shift);
    if shift == known || known == SheetReading::NO_LINES {
        return;
    }
    // A file with line breaks in every record would fill the memory; its lines are then not known.
    let is_too_long = shifts.len() >= LINE_SHIFTS;
    shifts.push((row, if is_too_long { SheetReading::NO_LINES } else { shift }));
}
