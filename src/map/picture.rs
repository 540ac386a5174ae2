//! A few rows of a sheet as they stand, for showing people how it was understood.

use super::value::text_of;
use crate::finding::PictureRow;
use crate::read::{Cell, Row};

/// Rows of a sheet that are kept whatever they are.
const WHOLE: usize = 24;
/// Rows above and below the first row of data of each table, and at the end of the sheet.
const ABOVE: u32 = 10;
const BELOW: usize = 3;
const LAST: usize = 5;
/// Columns of a row and letters of a cell.
const COLUMNS: usize = 40;
const LETTERS: usize = 40;

/// The rows of `window` that show how its tables are laid out. `first_rows` are the first rows below the headings;
/// `at_end` says that the window reaches to the end of the sheet.
pub fn rows(window: &[Row], first_rows: &[u32], at_end: bool) -> Vec<PictureRow> {
    let filled: Vec<&Row> = window.iter().filter(|row| !row.is_empty()).collect();
    if at_end && filled.len() <= WHOLE {
        return filled.into_iter().map(picture_row).collect();
    }
    let mut kept = vec![false; filled.len()];
    let mut keep = |range: std::ops::Range<usize>| kept[range].iter_mut().for_each(|kept| *kept = true);
    let all = filled.len();
    for &first in first_rows {
        let below = filled.partition_point(|row| row.index < first);
        let above = filled.partition_point(|row| row.index < first.saturating_sub(ABOVE));
        keep(above..(below + BELOW).min(all));
    }
    if first_rows.is_empty() {
        keep(0..all.min(WHOLE / 2));
    }
    if at_end {
        keep(all.saturating_sub(LAST)..all);
    }
    filled.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(row, _)| picture_row(row)).collect()
}

fn picture_row(row: &Row) -> PictureRow {
    let cells = row
        .iter()
        .take(COLUMNS)
        .enumerate()
        .filter(|(_, cell)| *cell != Cell::Empty)
        .map(|(column, cell)| (column as u32, beginning(text_of(cell).into_owned())))
        .collect();
    PictureRow { row: row.index, hidden: row.hidden, cells }
}

/// The first letters of a text.
fn beginning(mut text: String) -> String {
    // A text has no more letters than bytes.
    if text.len() > LETTERS
        && let Some((end, _)) = text.char_indices().nth(LETTERS)
    {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(rows: u32) -> Vec<Row> {
        (0..rows)
            .map(|index| {
                let mut row = Row::default();
                row.clear(index);
                row.set(1, Cell::Text("甲"));
                row
            })
            .collect()
    }

    #[test]
    fn small_sheets_are_shown_whole_and_large_ones_around_their_headings() {
        assert_eq!(rows(&window(20), &[3], true).len(), 20);
        let shown: Vec<u32> = rows(&window(2000), &[3, 1000], true).iter().map(|row| row.row).collect();
        let expected: Vec<u32> = (0..6).chain(990..1003).chain(1995..2000).collect();
        assert_eq!(shown, expected);
        assert_eq!(rows(&window(2000), &[], false).len(), 12);
    }

    #[test]
    fn long_texts_are_cut_between_letters() {
        assert_eq!(beginning("甲".repeat(41)), "甲".repeat(40));
        assert_eq!(beginning("甲".repeat(40)), "甲".repeat(40));
        assert_eq!(beginning("ab".to_owned()), "ab");
    }
}
