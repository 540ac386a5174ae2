//! 同上, 〃 and their like: a cell that stands for the one above it.

use super::rows::is_total_label;
use super::text::{fold, is_space};
use crate::read::{Cell, Row};

/// Whether a text says nothing but that it is the same as above.
pub fn is_mark(text: &str) -> bool {
    // Hardly any text is as short as a mark, and none of the others needs to be looked at closely.
    if text.len() > 24 {
        return false;
    }
    let text = text.trim_matches(is_space);
    matches!(
        text,
        "同上"
            | "同 上"
            | "同上行"
            | "同上一行"
            | "同前"
            | "〃"
            | "″"
            | "\""
            | "“"
            | "”"
            | "''"
            | "〞"
            | "〟"
            | "ditto"
    )
}

/// Puts what stands above into the cells that say 同上, down each column from row to row; an empty row ends that. Gives the
/// number of such cells and the first of them.
pub fn resolve(rows: &mut [Row]) -> (u64, Option<(u32, u32)>) {
    let (mut count, mut first) = (0, None);
    // For each column the row whose cell a mark stands for.
    let mut above: Vec<Option<usize>> = Vec::new();
    for at in 0..rows.len() {
        let (before, rest) = rows.split_at_mut(at);
        let Some(row) = rest.first_mut() else { break };
        if row.is_empty() || before.last().is_some_and(|before| row.index > before.index.saturating_add(1)) {
            above.clear();
        }
        // Nobody means the row of a subtotal.
        let label = row.iter().find(|cell| *cell != Cell::Empty);
        if matches!(label, Some(Cell::Text(text)) if is_total_label(&fold(text))) {
            continue;
        }
        above.resize(above.len().max(row.len()), None);
        for (column, above) in above.iter_mut().enumerate().take(row.len()) {
            match row.get(column) {
                Cell::Empty => {}
                Cell::Text(text) if is_mark(text) => {
                    if let Some(source) = above.and_then(|source| before.get(source)) {
                        row.set(column, source.get(column));
                        count += 1;
                        first = first.or(u32::try_from(column).ok().map(|column| (row.index, column)));
                    }
                }
                _ => *above = Some(at),
            }
        }
    }
    (count, first)
}

/// Puts the name above into the blank cells of a column of names that is filled in the first row of each group only, as it
/// is where merged cells were lost: the first record has a name, and half of the records or more have none. An empty row
/// ends a group. Gives the number of such cells and the first of them.
pub fn carry_down(rows: &mut [Row], column: u32, holds: impl Fn(u32) -> bool) -> (u64, Option<(u32, u32)>) {
    let at = column as usize;
    let is_blank =
        |cell: Cell<'_>| matches!(cell, Cell::Text(text) if text.chars().all(is_space)) || cell == Cell::Empty;
    let is_record = |row: &Row| {
        let mut filled = row.iter().filter(|cell| !is_blank(*cell));
        let is_total = matches!(filled.next(), Some(Cell::Text(text)) if is_total_label(&fold(text)));
        holds(row.index) && !is_total && filled.next().is_some()
    };
    let records: Vec<usize> = (0..rows.len()).filter(|at| is_record(&rows[*at])).collect();
    let blank: Vec<usize> = records.iter().copied().filter(|record| is_blank(rows[*record].get(at))).collect();
    let is_named = |record: &usize| !is_blank(rows[*record].get(at));
    if records.len() < 4 || blank.len() * 2 < records.len() || !records.first().is_some_and(is_named) {
        return (0, None);
    }
    let (mut count, mut first) = (0, None);
    let mut above: Option<usize> = None;
    for position in 0..rows.len() {
        let (before, rest) = rows.split_at_mut(position);
        let Some(row) = rest.first_mut() else { break };
        if row.is_empty() || before.last().is_some_and(|before| row.index > before.index.saturating_add(1)) {
            above = None;
        }
        if records.binary_search(&position).is_err() {
            continue;
        }
        if !is_blank(row.get(at)) {
            above = Some(position);
        } else if let Some(source) = above.and_then(|above| before.get(above)) {
            row.set(at, source.get(at));
            count += 1;
            first = first.or(Some((row.index, column)));
        }
    }
    (count, first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[(u32, &[&str])]) -> Vec<Row> {
        lines
            .iter()
            .map(|(index, cells)| {
                let mut row = Row::default();
                row.clear(*index);
                cells.iter().for_each(|cell| row.push(Cell::Text(cell)));
                row
            })
            .collect()
    }

    #[test]
    fn a_mark_stands_for_the_cell_above() {
        let mut rows = rows(&[
            (0, &["机构", "职称"]),
            (1, &["甲镇卫生院", "主治医师"]),
            (2, &["同上", "〃"]),
            (3, &["", "住院医师"]),
            (4, &["小计", "3"]),
            (5, &["〃", "〃"]),
            (7, &["同上", "主治医师"]),
        ]);
        assert_eq!(resolve(&mut rows), (4, Some((2, 0))));
        let text = |row: usize, column: usize| match rows[row].get(column) {
            Cell::Text(text) => text.to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!([text(2, 0), text(2, 1)], ["甲镇卫生院", "主治医师"]);
        assert_eq!([text(5, 0), text(5, 1)], ["甲镇卫生院", "住院医师"]);
        // After an empty row there is nothing above.
        assert_eq!(text(6, 0), "同上");
    }

    #[test]
    fn a_name_in_the_first_row_of_a_group_is_that_of_the_group() {
        let lines: [(u32, &[&str]); 6] = [
            (1, &["甲村卫生室", "阿司匹林", "3"]),
            (2, &["", "布洛芬", "4"]),
            (3, &["小计", "", "7"]),
            (4, &["乙村卫生室", "阿司匹林", "3"]),
            (5, &["", "布洛芬", "4"]),
            (6, &["", "甘草片", "4"]),
        ];
        let mut grouped = rows(&lines);
        assert_eq!(carry_down(&mut grouped, 0, |row| row > 0), (3, Some((2, 0))));
        assert_eq!(grouped[1].get(0), Cell::Text("甲村卫生室"));
        assert_eq!(grouped[5].get(0), Cell::Text("乙村卫生室"));
        // One blank among names is a blank, and without a name in the first record nothing is known.
        let mut few = rows(&[lines[0], lines[3], (5, &["", "布洛芬", "4"]), (6, &["丙村卫生室", "甘草片", "4"])]);
        assert_eq!(carry_down(&mut few, 0, |_| true), (0, None));
        assert_eq!(carry_down(&mut rows(&lines[1..]), 0, |_| true), (0, None));
    }
}
