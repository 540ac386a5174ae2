//! The first rows of a sheet with merged areas spread out, for finding out how the sheet is laid out.

use std::borrow::Cow;
use std::collections::HashMap;

use super::text::fold;
use super::value::{is_blank, text_of};
use crate::read::{Cell, MergedArea, Row};

/// Cells of merged areas that are spread out at most, whatever the areas declare.
const MAX_SPREAD: usize = 200_000;

/// Some rows of a sheet.
pub struct Grid<'g> {
    pub rows: &'g [Row],
    merged: &'g [MergedArea],
    /// Row and column of a covered cell → position of its area.
    cover: HashMap<(u32, u32), usize>,
    /// One more than the last used column.
    pub width: u32,
}

impl<'g> Grid<'g> {
    /// Lays the rows out; areas outside of them are left alone.
    pub fn new(rows: &'g [Row], merged: &'g [MergedArea]) -> Grid<'g> {
        let width =
            rows.iter().map(|row| (0..row.len()).rev().find(|&c| row.get(c) != Cell::Empty).map_or(0, |c| c + 1)).max();
        let width = width.unwrap_or(0) as u32;
        let mut cover = HashMap::new();
        let last_row = rows.last().map_or(0, |row| row.index);
        'areas: for (position, area) in merged.iter().enumerate() {
            if area.first_row > last_row {
                continue;
            }
            for row in area.first_row..=area.last_row.min(last_row) {
                // A declared area may be far wider than anything on the sheet.
                for column in area.first_column..=area.last_column.min(width.saturating_sub(1)) {
                    if cover.len() >= MAX_SPREAD {
                        break 'areas;
                    }
                    cover.insert((row, column), position);
                }
            }
        }
        Grid { rows, merged, cover, width }
    }

    /// The position of a row among the rows, from its row in the sheet.
    pub fn position(&self, row: u32) -> Option<usize> {
        self.rows.binary_search_by_key(&row, |row| row.index).ok()
    }

    /// The merged area that covers a cell.
    pub fn area(&self, row: u32, column: u32) -> Option<MergedArea> {
        self.cover.get(&(row, column)).and_then(|&position| self.merged.get(position)).copied()
    }

    /// The cell as written, without looking at merged areas.
    pub fn cell(&self, row: u32, column: u32) -> Cell<'_> {
        self.position(row).map_or(Cell::Empty, |position| self.rows[position].get(column as usize))
    }

    /// The cell, or the one that a merged area spreads over it, with its place.
    pub fn spread(&self, row: u32, column: u32) -> (Cell<'_>, (u32, u32)) {
        match self.area(row, column) {
            Some(area) => (self.cell(area.first_row, area.first_column), (area.first_row, area.first_column)),
            None => (self.cell(row, column), (row, column)),
        }
    }

    /// The text of a cell or of the area that covers it; empty where it has none.
    pub fn text(&self, row: u32, column: u32) -> Cow<'_, str> {
        text_of(self.spread(row, column).0)
    }

    /// The filled cells of a row, each area once, as place and text.
    pub fn cells(&self, row: u32) -> Vec<((u32, u32), Cow<'_, str>)> {
        let mut found: Vec<((u32, u32), Cow<'_, str>)> = Vec::new();
        for column in 0..self.width {
            let (cell, place) = self.spread(row, column);
            if found.last().is_some_and(|(last, _)| *last == place) {
                continue;
            }
            let text = text_of(cell);
            if !is_blank(&fold(&text)) {
                found.push((place, text));
            }
        }
        found
    }

    /// The last column that the cell at this place reaches.
    pub fn last_column(&self, row: u32, column: u32) -> u32 {
        self.area(row, column).map_or(column, |area| area.last_column.min(self.width.saturating_sub(1)))
    }
}

/// Spreads vertically merged cells over the rows below them while the rows go by.
#[derive(Debug, Default)]
pub struct FillDown {
    /// In the order of their first rows.
    areas: Vec<MergedArea>,
    next: usize,
    open: Vec<(MergedArea, Row)>,
    /// Row and first column of the areas that reach over several columns, in order.
    across: Vec<(u32, u32)>,
}

impl FillDown {
    /// From the merged areas of a sheet.
    pub fn new(merged: &[MergedArea]) -> FillDown {
        let mut areas: Vec<MergedArea> = merged.iter().filter(|area| area.last_row > area.first_row).copied().collect();
        areas.sort_by_key(|area| (area.first_row, area.first_column));
        let mut across: Vec<(u32, u32)> = merged
            .iter()
            .filter(|area| area.last_column > area.first_column)
            .map(|area| (area.first_row, area.first_column))
            .collect();
        across.sort_unstable();
        FillDown { areas, next: 0, open: Vec::new(), across }
    }

    /// Whether no merged area reaches `row` or any row after it.
    pub fn is_over(&self, row: u32) -> bool {
        self.next >= self.areas.len()
            && self.open.iter().all(|(area, _)| area.last_row < row)
            && self.across.last().is_none_or(|(last, _)| *last < row)
    }

    /// Whether a merged area reaches the row noted last from above or goes on below it.
    pub fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether the cell is merged with cells to the right of it.
    pub fn is_across(&self, row: u32, column: u32) -> bool {
        self.across.binary_search(&(row, column)).is_ok()
    }

    /// Takes note of a row before its cells are asked for.
    pub fn advance(&mut self, row: &Row) {
        self.open.retain(|(area, _)| area.last_row >= row.index);
        while let Some(area) = self.areas.get(self.next) {
            if area.first_row > row.index {
                break;
            }
            if area.first_row == row.index {
                let mut kept = Row::default();
                kept.push(row.get(area.first_column as usize));
                if kept.get(0) != Cell::Empty {
                    self.open.push((*area, kept));
                }
            }
            self.next += 1;
        }
    }

    /// The cell in `column` of the row noted last.
    pub fn cell<'a>(&'a self, row: &'a Row, column: u32) -> Cell<'a> {
        let own = row.get(column as usize);
        if self.open.is_empty() || own != Cell::Empty {
            return own;
        }
        self.open
            .iter()
            .find(|(area, _)| area.first_column == column && area.first_row < row.index)
            .map_or(own, |(_, kept)| kept.get(0))
    }
}
