//! Sheets that stand on their side: labels in a column with the records to the right of them, or labels in pairs with their values.

use std::collections::{BTreeMap, BTreeSet};

use super::Env;
use super::columns::Mode;
use super::dictionary::{Dictionary, Target};
use super::direct::Direct;
use super::evidence::Sample;
use super::grid::Grid;
use super::heading::{Heading, match_columns};
use super::matched::heading_matches;
use super::rows::is_total_label;
use super::text::{fold, key};
use super::value::is_blank;
use crate::finding::HeadingMatch;

/// The labels of a sheet with values beside them.
pub struct Labels {
    /// One heading for each label; `column` is its number among the labels.
    pub headings: Vec<Heading>,
    /// The cell of each label.
    cells: Vec<(u32, u32)>,
    /// The columns that hold a record each, where all labels stand in one column.
    records: Option<Vec<u32>>,
    /// First and last row of the labels.
    pub rows: (u32, u32),
}

/// Rows that are searched for labels; a sheet of labels is short.
const ROWS: usize = 300;

/// Finds labels with their values to the right; `None` for sheets whose labels stand side by side, as headings do.
pub fn find(grid: &Grid<'_>, dictionary: &Dictionary) -> Option<Labels> {
    if grid.rows.len() > ROWS || grid.width < 2 {
        return None;
    }
    let mut cells: Vec<((u32, u32), String)> = Vec::new();
    let mut others = 0_u32;
    for row in grid.rows {
        // Three names beside each other are the headings of a table, and the search ends.
        let mut run: Option<u32> = None;
        let mut length = 0;
        for (place, text) in grid.cells(row.index) {
            if place.0 != row.index {
                continue;
            }
            if text.len() > 120 || text.starts_with(|c: char| c.is_ascii_digit()) {
                others += 1;
                continue;
            }
            let folded = fold(&text);
            let label = folded.trim_end_matches(':');
            let own = key(label);
            if label.chars().count() <= 24 && dictionary.knows(&own) && dictionary.is_specific(&own) {
                length = if run == Some(place.1) { length + 1 } else { 1 };
                run = Some(grid.last_column(place.0, place.1) + 1);
                if length >= 3 {
                    return None;
                }
                cells.push((place, label.to_owned()));
            } else {
                others += 1;
            }
        }
    }
    let places: BTreeSet<(u32, u32)> = cells.iter().map(|(place, _)| *place).collect();
    let rows: BTreeSet<u32> = places.iter().map(|place| place.0).collect();
    if cells.len() < 4 || rows.len() < 4 || others == 0 {
        return None;
    }
    let beside = |place: &(u32, u32)| (place.0, grid.last_column(place.0, place.1) + 1);
    let adjacent = places.iter().filter(|place| places.contains(&beside(place))).count();
    if adjacent * 6 > places.len() {
        return None;
    }
    let mut columns: BTreeMap<u32, usize> = BTreeMap::new();
    for place in &places {
        *columns.entry(place.1).or_default() += 1;
    }
    let (&main, &most) = columns.iter().max_by_key(|(column, count)| (**count, std::cmp::Reverse(**column)))?;
    // A column of words such as 电话 in a table is no column of labels: labels do not come again.
    let distinct: BTreeSet<&String> = cells.iter().map(|(_, text)| text).collect();
    if distinct.len() * 5 < cells.len() * 4 {
        return None;
    }
    let single = most * 5 >= places.len() * 4;
    let (first, last) = (*rows.first()?, *rows.last()?);
    let filled = |row: u32, column: u32| !is_blank(&fold(&grid.text(row, column)));
    let mut labels: Vec<((u32, u32), Vec<String>)> = Vec::new();
    let mut records = None;
    if single {
        let mut right = 0;
        for row in first..=last {
            let text = grid.text(row, main);
            let (_, place) = grid.spread(row, main);
            if text.is_empty() || place.0 != row {
                continue;
            }
            right = right.max(grid.last_column(row, main));
            // What stands to the left over several rows is the parent.
            let mut path: Vec<String> = (0..main)
                .map(|column| grid.text(row, column).into_owned())
                .filter(|text| !text.is_empty() && text.parse::<f64>().is_err())
                .collect();
            path.push(text.trim_end_matches([':', '：']).to_owned());
            path.dedup();
            labels.push(((row, main), path));
        }
        let values: Vec<u32> =
            (right + 1..grid.width).filter(|&column| labels.iter().any(|((row, _), _)| filled(*row, column))).collect();
        // Labels that fill most of their column, or this is a table with some known words in it.
        if most * 2 < labels.len() || values.is_empty() {
            return None;
        }
        records = Some(values);
    } else {
        labels.extend(cells.into_iter().map(|(place, text)| (place, vec![text])));
    }
    let headings = labels
        .iter()
        .enumerate()
        .map(|(at, (place, path))| Heading::new(at as u32, path.clone(), *place, false))
        .collect();
    Some(Labels { headings, cells: labels.into_iter().map(|(place, _)| place).collect(), records, rows: (first, last) })
}

impl Labels {
    /// Makes the records; `None` where fewer than three labels are fields of the kind.
    pub fn fill(
        &self,
        env: &Env<'_>,
        grid: &Grid<'_>,
        kind_index: usize,
        direct: &mut Direct,
        constants: impl Fn(&mut Direct, u32),
    ) -> Option<Vec<HeadingMatch>> {
        let kind = env.dictionary.kinds[kind_index].clone();
        let beside = |place: (u32, u32)| (place.0, grid.last_column(place.0, place.1) + 1);
        let places = |label: usize| -> Vec<(u32, u32)> {
            match &self.records {
                Some(columns) => columns.iter().map(|&column| (self.cells[label].0, column)).collect(),
                None => vec![beside(self.cells[label])],
            }
        };
        let samples: Vec<Sample<'_>> = (0..self.cells.len())
            .map(|label| {
                Sample::new(
                    places(label).into_iter().map(|(row, column)| grid.spread(row, column).0),
                    env.lists,
                    &direct.context,
                )
            })
            .collect();
        let given = |heading: &Heading| env.given(heading, &kind);
        let matches = match_columns(env.dictionary, kind_index, &self.headings, &samples, &BTreeSet::new(), &given);
        let fields: Vec<(usize, usize)> = matches
            .iter()
            .enumerate()
            .filter_map(|(label, found)| match found.target {
                Some(Target::Field(field)) => Some((label, field)),
                _ => None,
            })
            .collect();
        if fields.len() < 3 {
            return None;
        }
        for (_, field) in &fields {
            direct.main.activate(*field, Mode::Each);
        }
        let context = direct.context;
        let count = self.records.as_ref().map_or(1, Vec::len);
        for record in 0..count {
            let first = fields.first().and_then(|(label, _)| places(*label).get(record).copied());
            if first.is_some_and(|(row, column)| is_total_label(&fold(&grid.text(row, column)))) {
                continue;
            }
            let row = self.rows.0;
            direct.main.begin(row);
            for &(label, field) in &fields {
                if let Some(place) = places(label).get(record).copied() {
                    direct.main.read(field, grid.spread(place.0, place.1).0, place, &context, &mut direct.log);
                }
            }
            constants(direct, row);
            direct.end(row);
        }
        Some(heading_matches(env.dictionary, kind_index, &self.headings, &samples, &matches, &BTreeMap::new()))
    }
}
