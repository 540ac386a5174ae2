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
}
