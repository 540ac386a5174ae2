//! The rows around a row of headings that are headings as well: parents above it, children below it.

use super::Finder;
use crate::map::text::{fold, key, squeeze};
use crate::map::wide;
use crate::read::Cell;

/// Rows that the headings of one table may take.
const MAX_HEADER_ROWS: usize = 6;

impl Finder<'_, '_> {
    /// The positions of the first and last heading row around the row found.
    pub(super) fn extend(&self, at: usize, from: usize) -> (usize, usize) {
        let (mut top, mut bottom) = (at, at);
        // Cells merged downwards from above bring their rows along.
        for column in 0..self.grid.width {
            if let Some(area) = self.grid.area(self.row(at), column)
                && area.first_row < self.row(at)
                && area.last_column - area.first_column < self.grid.width.max(2) - 1
                && let Some(position) = self.grid.position(area.first_row)
                && position >= from
            {
                top = top.min(position);
            }
        }
        while top > from && at - top < MAX_HEADER_ROWS && self.is_parent_row(top - 1, top) {
            top -= 1;
        }
        if let Some(position) = self.head_of_left_column(top, bottom, from) {
            top = position;
        }
        while bottom + 1 < self.grid.rows.len()
            && bottom - top + 1 < MAX_HEADER_ROWS
            && self.is_child_row(bottom + 1, bottom, top)
        {
            bottom += 1;
        }
        (top, bottom)
    }

    /// The row above, over parents that stand alone, that heads the left column, where headings without merged cells leave
    /// that one blank although the rows below fill it.
    fn head_of_left_column(&self, top: usize, bottom: usize, from: usize) -> Option<usize> {
        let left = (0..self.grid.width).find(|&column| {
            (top..=bottom).any(|at| !self.grid.text(self.row(at), column).is_empty())
                || self.has_data(column, self.row(bottom))
        })?;
        let is_blank = |at: usize| self.grid.text(self.row(at), left).is_empty();
        if !(top..=bottom).all(is_blank) {
            return None;
        }
        let mut position = top;
        while position > from && bottom - position + 1 < MAX_HEADER_ROWS {
            position -= 1;
            let cells = self.grid.cells(self.row(position));
            let is_heading = |text: &str| !text.contains([':', '：']) && text.chars().count() <= 30;
            if self.row(position) + 1 != self.row(position + 1)
                || cells.is_empty()
                || !cells.iter().all(|(_, text)| is_heading(text))
                || self.look(self.row(position)).values > 0
            {
                return None;
            }
            if !is_blank(position) {
                let known = self.dictionary.knows(&key(&self.grid.text(self.row(position), left)));
                return (known && cells.len() >= 2 && position + 1 < top).then_some(position);
            }
        }
        None
    }

    fn is_parent_row(&self, above: usize, below: usize) -> bool {
        let (row, next) = (self.row(above), self.row(below));
        if row + 1 != next {
            return false;
        }
        let cells = self.grid.cells(row);
        if cells.is_empty() || cells.iter().any(|(_, text)| text.contains([':', '：']) || text.chars().count() > 30) {
            return false;
        }
        if self.look(row).values > 0 {
            return false;
        }
        let first_column = (0..self.grid.width).find(|&column| !self.grid.text(next, column).is_empty()).unwrap_or(0);
        let spans = |place: (u32, u32)| self.grid.last_column(place.0, place.1) > place.1;
        match cells.as_slice() {
            // One parent over a part of the columns; over all of them, or at the left edge, it is a title.
            [(place, _)] => {
                place.1 > first_column
                    && self.grid.last_column(place.0, place.1) - place.1 + 1 < self.grid.width
                    && spans(*place)
            }
            _ => {
                // A title at the left edge with something at the right that stands over no column: 附件, a date, a remark.
                let has_child = |place: (u32, u32)| !self.grid.text(next, place.1).is_empty();
                if let [(left, _), (right, _)] = cells.as_slice()
                    && left.1 == first_column
                    && !spans(*left)
                    && has_child(*left)
                    && !has_child(*right)
                {
                    return false;
                }
                let covers_all = cells.iter().any(|(place, _)| place.0 < row);
                // A parent that is not merged reaches as far as nothing else stands in its row.
                let reaches = |column: u32| {
                    let mut blank = (column + 1..self.grid.width).take_while(|&at| self.grid.text(row, at).is_empty());
                    blank.any(|at| !self.grid.text(next, at).is_empty())
                };
                let has_children = cells.iter().any(|(place, _)| spans(*place) || reaches(place.1));
                let is_split =
                    cells.iter().all(|((_, column), _)| !self.grid.text(next, *column).is_empty()) && cells.len() >= 3;
                !covers_all && (has_children || is_split)
            }
        }
    }

    fn is_child_row(&self, below: usize, above: usize, top: usize) -> bool {
        let (row, parent) = (self.row(below), self.row(above));
        if row != parent + 1 {
            return false;
        }
        let first_row = self.row(top);
        let cells = self.grid.cells(row);
        let own: Vec<u32> = cells.iter().filter(|(place, _)| place.0 == row).map(|(place, _)| place.1).collect();
        let merged_down = cells.iter().filter(|(place, _)| place.0 >= first_row && place.0 < row).count();
        if own.is_empty() {
            return merged_down > 0;
        }
        let counts_days = self.counts_days(row);
        let values = own
            .iter()
            .filter(|&&column| {
                let cell = self.grid.cell(row, column);
                let text = self.grid.text(row, column);
                let folded = fold(&text);
                let is_wide =
                    wide::marker(&folded, cell).is_some() || counts_days && wide::day_number(&folded).is_some();
                let digits = folded.bytes().filter(u8::is_ascii_digit).count();
                !is_wide && (!matches!(cell, Cell::Text(_)) || digits >= 6 || folded.parse::<f64>().is_ok())
            })
            .count();
        if values > 0 {
            return false;
        }
        if merged_down > 0 {
            return true;
        }
        // Without merged cells: every text stands under a parent that reaches over several columns.
        let under = |column: u32| {
            if let Some(area) = self.grid.area(parent, column) {
                return area.last_column > area.first_column;
            }
            if self.grid.cell(parent, column) != Cell::Empty {
                let is_open = |&at: &u32| self.grid.text(parent, at).is_empty() && self.grid.area(parent, at).is_none();
                return (column + 1..self.grid.width).take_while(is_open).any(|at| own.contains(&at));
            }
            // A blank is a parent's reach only where no heading above stands over this very column.
            column > 0 && (first_row..=parent).all(|above| self.grid.text(above, column).is_empty())
        };
        if let [column] = own[..] {
            return self.is_lone_parent(below, column, parent);
        }
        let look = self.look(row);
        if own.iter().all(|&column| under(column)) {
            let covered = own.len() < self.grid.cells(parent).len() + own.len();
            return covered && own.iter().all(|&column| self.grid.text(row, column).chars().count() <= 40);
        }
        // A phrase that is split over rows: the row below consists of names too.
        look.named >= 2 && look.specific >= 1 && look.named * 2 >= look.cells && !self.is_answer_row(row)
    }

    /// Whether the one text of a row stands under a parent that is open to the right and over several texts, with nothing to
    /// the left of it as every record would have.
    fn is_lone_parent(&self, at: usize, column: u32, parent: u32) -> bool {
        let Some(next) = self.grid.rows.get(at + 1).map(|row| row.index).filter(|next| *next == self.row(at) + 1)
        else {
            return false;
        };
        let below = self.grid.cells(next);
        column > 0
            && !self.grid.text(parent, column).is_empty()
            && self.grid.text(parent, column + 1).is_empty()
            && below.len() >= 2
            && below.first().is_some_and(|((_, first), _)| *first == column)
            && self.look(next).values == 0
    }

    /// Whether the row holds answers that happen to be words of the dictionary.
    fn is_answer_row(&self, row: u32) -> bool {
        self.grid
            .cells(row)
            .iter()
            .any(|(_, text)| matches!(&*squeeze(text), "是" | "否" | "有" | "无" | "√" | "×" | "/"))
    }
}
