//! The cells of a sheet that has to be held in memory, sparse, so that only what the file really holds takes room.

use std::collections::BTreeSet;

use super::limits::{self, Limits};
use super::sheet::{Cell, Row, RowSource};
use crate::diag::InputFault;

#[derive(Clone, Copy, Debug)]
enum Held {
    Text(u32, u32),
    Number(f64, bool),
    DateTime(i32, u32),
    Bool(bool),
    Error(u32, u32),
    Uncomputed,
}

/// Cells in any order; a cell that is put twice keeps the last content.
#[derive(Default)]
pub(super) struct Grid {
    cells: Vec<(u32, u32, Held)>,
    text: String,
    hidden_rows: BTreeSet<u32>,
    unsorted: bool,
}

impl Grid {
    /// Puts a cell; empty ones take no room. `Err` where a limit is reached.
    pub fn put(&mut self, row: u32, column: u32, cell: Cell<'_>, limits: &Limits) -> Result<(), InputFault> {
        let held = match cell.legible() {
            Cell::Empty | Cell::Text("") => return Ok(()),
            Cell::Text(text) => self.keep(text, limits).map(|(start, end)| Held::Text(start, end))?,
            Cell::Error(text) => self.keep(text, limits).map(|(start, end)| Held::Error(start, end))?,
            Cell::Number { value, percent } => Held::Number(value, percent),
            Cell::DateTime { days, seconds } => Held::DateTime(days, seconds),
            Cell::Bool(value) => Held::Bool(value),
            Cell::Uncomputed => Held::Uncomputed,
        };
        if column as usize >= limits.columns {
            return Err(limits::exceeded("columns", limits.columns as u64));
        }
        if self.cells.len() as u64 >= limits.held_cells {
            return Err(limits::exceeded("held-cells", limits.held_cells));
        }
        if let Some(&(last_row, last_column, _)) = self.cells.last() {
            self.unsorted |= (row, column) <= (last_row, last_column);
        }
        self.cells.push((row, column, held));
        Ok(())
    }

    fn keep(&mut self, text: &str, limits: &Limits) -> Result<(u32, u32), InputFault> {
        if text.len() > limits.text_bytes {
            return Err(limits::exceeded("text-bytes", limits.text_bytes as u64));
        }
        let end = self.text.len() + text.len();
        if end as u64 > limits.strings_bytes.min(u64::from(u32::MAX)) {
            return Err(limits::exceeded("strings-bytes", limits.strings_bytes));
        }
        let start = self.text.len() as u32;
        self.text.push_str(text);
        Ok((start, end as u32))
    }

    pub fn hide_row(&mut self, row: u32) {
        self.hidden_rows.insert(row);
    }

    /// The rows in order. A fault that ended the reading of the sheet comes after the rows that were read before it.
    pub fn into_rows(mut self, fault: Option<InputFault>) -> GridRows {
        if self.unsorted {
            self.cells.sort_by_key(|&(row, column, _)| (row, column));
        }
        GridRows { grid: self, position: 0, fault }
    }
}

/// Gives the rows of a [`Grid`].
pub(super) struct GridRows {
    grid: Grid,
    position: usize,
    fault: Option<InputFault>,
}

impl RowSource for GridRows {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        let Some(&(index, ..)) = self.grid.cells.get(self.position) else {
            return self.fault.take().map_or(Ok(false), Err);
        };
        row.clear(index);
        row.hidden = self.grid.hidden_rows.contains(&index);
        let text = |start: u32, end: u32| self.grid.text.get(start as usize..end as usize).unwrap_or("");
        while let Some(&(_, column, held)) = self.grid.cells.get(self.position).filter(|cell| cell.0 == index) {
            let cell = match held {
                Held::Text(start, end) => Cell::Text(text(start, end)),
                Held::Error(start, end) => Cell::Error(text(start, end)),
                Held::Number(value, percent) => Cell::Number { value, percent },
                Held::DateTime(days, seconds) => Cell::DateTime { days, seconds },
                Held::Bool(value) => Cell::Bool(value),
                Held::Uncomputed => Cell::Uncomputed,
            };
            row.set(column as usize, cell);
            self.position += 1;
        }
        Ok(true)
    }
}
