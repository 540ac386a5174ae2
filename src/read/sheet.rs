//! Decoded cells with their coordinates, row by row: what every reader gives and the mapping takes.

use super::digest::Digest;
use super::plain::TextRows;
use crate::diag::InputFault;

/// One cell as the file holds it. Text is as written, untrimmed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Cell<'a> {
    Empty,
    Text(&'a str),
    /// A number; `percent` where the cell's number format shows it as a percentage (the value stays 0.2 for 20 %).
    Number {
        value: f64,
        percent: bool,
    },
    /// A date or time cell, whatever date system and number format the file uses:
    /// days since 1970-01-01 and seconds of the day.
    DateTime {
        days: i32,
        seconds: u32,
    },
    Bool(bool),
    /// An error value such as `#REF!`.
    Error(&'a str),
    /// A formula that the file holds no computed value for.
    Uncomputed,
}

impl Cell<'_> {
    /// The cell, unreadable where some of its text is lost: what no decoder knew stands as U+FFFD.
    pub(super) fn legible(self) -> Self {
        match self {
            Cell::Text(text) if has_lost_text(text) => Cell::Error(text),
            other => other,
        }
    }
}

/// Whether a part of the text is lost. The byte with which the mark for it begins is rare and quickly sought.
fn has_lost_text(text: &str) -> bool {
    memchr::memchr(0xEF, text.as_bytes()).is_some() && text.contains(char::REPLACEMENT_CHARACTER)
}

#[derive(Clone, Copy, Debug)]
enum Packed {
    Empty,
    Text(u32, u32),
    Number(f64, bool),
    DateTime(i32, u32),
    Bool(bool),
    Error(u32, u32),
    Uncomputed,
}

/// One row of a sheet in a buffer that is used again for the next row.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Row of the sheet, from 0. For CSV: the record's position among all records, blank lines included.
    pub index: u32,
    /// For text files the line that the record begins in, from 1; else 0.
    pub line: u64,
    /// Whether the sheet hides the row (by hand or by a filter).
    pub hidden: bool,
    text: String,
    cells: Vec<Packed>,
}

impl Row {
    /// Empties the buffer for the row `index`.
    pub fn clear(&mut self, index: u32) {
        self.index = index;
        self.line = 0;
        self.hidden = false;
        self.text.clear();
        self.cells.clear();
    }

    /// Number of cells up to the last one that was set.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Bytes of the texts of all cells.
    pub fn text_bytes(&self) -> usize {
        self.text.len()
    }

    pub fn is_empty(&self) -> bool {
        self.cells.iter().all(|cell| matches!(cell, Packed::Empty))
    }

    /// The cell in `column`, counted from 0; `Empty` beyond the last one.
    pub fn get(&self, column: usize) -> Cell<'_> {
        let text = |start: u32, end: u32| &self.text[start as usize..end as usize];
        match self.cells.get(column) {
            None | Some(Packed::Empty) => Cell::Empty,
            Some(&Packed::Text(start, end)) => Cell::Text(text(start, end)),
            Some(&Packed::Number(value, percent)) => Cell::Number { value, percent },
            Some(&Packed::DateTime(days, seconds)) => Cell::DateTime { days, seconds },
            Some(&Packed::Bool(value)) => Cell::Bool(value),
            Some(&Packed::Error(start, end)) => Cell::Error(text(start, end)),
            Some(Packed::Uncomputed) => Cell::Uncomputed,
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = Cell<'_>> {
        (0..self.len()).map(|column| self.get(column))
    }

    /// Sets the cell in `column`, filling the gap before it with empty cells.
    pub fn set(&mut self, column: usize, cell: Cell<'_>) {
        let packed = self.pack(cell);
        if self.cells.len() == column {
            self.cells.push(packed);
            return;
        }
        if self.cells.len() < column {
            self.cells.resize(column + 1, Packed::Empty);
        }
        self.cells[column] = packed;
    }

    /// Makes the texts unreadable of which a part is lost, see [`Cell::legible`].
    pub(super) fn mark_lost_text(&mut self) {
        for cell in &mut self.cells {
            if let Packed::Text(start, end) = *cell
                && has_lost_text(&self.text[start as usize..end as usize])
            {
                *cell = Packed::Error(start, end);
            }
        }
    }

    /// Adds a cell after the last one.
    pub fn push(&mut self, cell: Cell<'_>) {
        let packed = self.pack(cell);
        self.cells.push(packed);
    }

    fn pack(&mut self, cell: Cell<'_>) -> Packed {
        let mut keep = |text: &str| {
            let start = self.text.len() as u32;
            self.text.push_str(text);
            (start, self.text.len() as u32)
        };
        match cell {
            Cell::Empty | Cell::Text("") => Packed::Empty,
            Cell::Text(text) => {
                let (start, end) = keep(text);
                Packed::Text(start, end)
            }
            Cell::Error(text) => {
                let (start, end) = keep(text);
                Packed::Error(start, end)
            }
            Cell::Number { value, percent } => Packed::Number(value, percent),
            Cell::DateTime { days, seconds } => Packed::DateTime(days, seconds),
            Cell::Bool(value) => Packed::Bool(value),
            Cell::Uncomputed => Packed::Uncomputed,
        }
    }
}

/// Rows kept for later, one behind the other: as many [`Row`]s would each take room of their own.
#[derive(Default)]
pub struct KeptRows {
    heads: Vec<KeptRow>,
    text: String,
    cells: Vec<Packed>,
}

/// What a row is besides its cells, and where its texts and cells end.
struct KeptRow {
    index: u32,
    line: u64,
    hidden: bool,
    text_end: usize,
    cells_end: usize,
}

impl KeptRows {
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// Number of cells of all rows.
    pub fn cells(&self) -> usize {
        self.cells.len()
    }

    /// Adds a row behind the others.
    pub fn push(&mut self, row: &Row) {
        self.text.push_str(&row.text);
        self.cells.extend_from_slice(&row.cells);
        let (text_end, cells_end) = (self.text.len(), self.cells.len());
        self.heads.push(KeptRow { index: row.index, line: row.line, hidden: row.hidden, text_end, cells_end });
    }

    /// Makes `row` the one at `position`; `false` where there is none.
    pub fn get(&self, position: usize, row: &mut Row) -> bool {
        let Some(head) = self.heads.get(position) else { return false };
        let before = position.checked_sub(1).and_then(|before| self.heads.get(before));
        let (text, cells) = before.map_or((0, 0), |before| (before.text_end, before.cells_end));
        row.clear(head.index);
        (row.line, row.hidden) = (head.line, head.hidden);
        row.text.push_str(&self.text[text..head.text_end]);
        row.cells.extend_from_slice(&self.cells[cells..head.cells_end]);
        true
    }

    /// Gives back the room that further rows would have taken.
    pub fn close(&mut self) {
        self.heads.shrink_to_fit();
        self.text.shrink_to_fit();
        self.cells.shrink_to_fit();
    }
}

/// A merged area; first and last row and column, from 0, all included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MergedArea {
    pub first_row: u32,
    pub first_column: u32,
    pub last_row: u32,
    pub last_column: u32,
}

/// Gives the rows of one sheet in order. Rows without any cell may be left out; `index` tells where they were.
pub trait RowSource: Send {
    /// Fills `row` with the next row; `false` at the end of the sheet.
    ///
    /// An error ends the sheet: what was given before it stays valid.
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault>;

    /// Sets the next rows apart, so that another thread can read them; `None` where that cannot be done (any more), and
    /// the rows are to be taken one by one.
    fn next_block(&mut self) -> Result<Option<Box<dyn RowBlock>>, InputFault> {
        Ok(None)
    }

    /// How much of the sheet has been read, in thousandths; `None` where the source cannot tell.
    fn thousandths(&self) -> Option<u32> {
        None
    }
}

/// Some rows of a sheet, set apart from the rest of it.
pub trait RowBlock: Send + Sync {
    /// Reads the rows of the block from the first one on, whenever it is called.
    fn rows(&self) -> Box<dyn RowSource + '_>;

    /// The same records as places in a text; `None` where the block is no text.
    fn text(&self) -> Option<TextRows<'_>> {
        None
    }
}

/// 1899-12-30, the day before the first as nearly all books count, in days since 1970-01-01: spreadsheets count a
/// 29 February 1900 that never was.
pub const DAY_ZERO: i32 = -25_569;
/// 1904-01-01, day 0 of the books that count from 1904.
pub const DAY_ZERO_1904: i32 = -24_107;

/// Day 0 of a book.
pub(super) fn day_zero(is_1904: bool) -> i32 {
    if is_1904 { DAY_ZERO_1904 } else { DAY_ZERO }
}

/// One sheet of a document, not yet read.
pub struct Sheet {
    /// The sheet's name; for a text file the file's stem.
    pub name: String,
    /// Whether the workbook hides the sheet.
    pub hidden: bool,
    /// Whether the rows are lines of a text file.
    pub is_text: bool,
    pub merged: Vec<MergedArea>,
    /// Columns that the sheet hides, from 0.
    pub hidden_columns: Vec<u32>,
    /// The day that the book counts as 0 where a number stands for a date, in days since 1970-01-01: [`DAY_ZERO`]
    /// unless the book says otherwise.
    pub day_zero: i32,
    pub rows: Box<dyn RowSource>,
}

/// One spreadsheet: a file, or a member of an archive or a mail.
pub struct Document {
    /// The path as given; for members of containers `outer.zip!inner.xlsx`.
    pub path: String,
    /// The format found in the content, such as `xlsx`, `xls`, `csv`, `html`.
    pub format: &'static str,
    /// The encoding of a text file, such as `GB18030`; else `None`.
    pub encoding: Option<String>,
    /// SHA-256 of the bytes.
    pub digest: Digest,
    /// Size in bytes.
    pub size: u64,
    /// What a reader noticed and the user should know: a wrong extension, a guessed encoding.
    pub notes: Vec<crate::diag::InputNote>,
    pub sheets: Vec<Sheet>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_rows_are_those_that_were_put_in() {
        let mut first = Row::default();
        first.clear(3);
        first.hidden = true;
        first.set(0, Cell::Text("甲"));
        first.set(2, Cell::Number { value: 0.5, percent: true });
        let mut second = Row::default();
        second.clear(7);
        second.line = 12;
        second.push(Cell::Error("#REF!"));
        second.push(Cell::Text("乙丙"));
        let rows = [first, Row::default(), second];
        let mut kept = KeptRows::default();
        rows.iter().for_each(|row| kept.push(row));
        kept.close();
        assert_eq!((kept.len(), kept.cells()), (3, 5));
        // The buffer still holds another row.
        let mut row = rows[0].clone();
        for position in [2, 0, 1] {
            assert!(kept.get(position, &mut row));
            let told =
                |row: &Row| format!("{} {} {} {:?}", row.index, row.line, row.hidden, row.iter().collect::<Vec<_>>());
            assert_eq!(told(&row), told(&rows[position]));
        }
        assert!(!kept.get(3, &mut row));
    }
}
