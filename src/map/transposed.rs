//! Sheets that stand on their side: labels in a column with the records to the right of them, or labels in pairs with their
//! values, to the right of them or below them.

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
use super::value::{Coercer, is_blank};
use crate::finding::HeadingMatch;

/// The labels of a sheet with values beside them.
pub struct Labels {
    /// One heading for each label; `column` is its number among the labels.
    pub headings: Vec<Heading>,
    /// The cell of each label.
    cells: Vec<(u32, u32)>,
    /// The columns that hold a record each, where all labels stand in one column.
    records: Option<Vec<u32>>,
    /// Whether the values stand below their labels.
    is_above: bool,
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
    if let Some(labels) = card(grid, dictionary) {
        return Some(labels);
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
    let beside = |place: &(u32, u32)| (place.0, grid.last_column(place.0, place.1) + 1);
    if cells.len() < 4 || rows.len() < 4 || others == 0 {
        return None;
    }
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
        // A row of names above the first label, under a word for the corner or none: 指标 | 甲镇卫生院 | 乙镇卫生院.
        if let Some(above) = first.checked_sub(1)
            && values.len() >= 2
            && grid.cells(above).iter().all(|(place, _)| place.0 == above)
            && values.iter().all(|&column| filled(above, column) && grid.spread(above, column).1 == (above, column))
        {
            let corner = grid.text(above, main);
            let path = if corner.is_empty() { Vec::new() } else { vec![corner.into_owned()] };
            labels.insert(0, ((above, main), path));
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
    let first = labels.first().map_or(first, |((row, _), _)| first.min(*row));
    let cells = labels.into_iter().map(|(place, _)| place).collect();
    Some(Labels { headings, cells, records, is_above: false, rows: (first, last) })
}

/// Finds labels and values in turn in every row, two pairs or more beside each other, as a card of a few rows has them.
fn card(grid: &Grid<'_>, dictionary: &Dictionary) -> Option<Labels> {
    let label = |text: &str| {
        let folded = fold(text);
        let label = folded.trim_end_matches(':');
        let own = key(label);
        let is_label = label.chars().count() <= 24 && dictionary.knows(&own) && dictionary.is_specific(&own);
        is_label.then(|| label.to_owned())
    };
    let mut labels: Vec<((u32, u32), String)> = Vec::new();
    // Words that could be labels may be values too: 村卫生室 is the type of an institution.
    let (mut rows, mut values, mut like_labels) = (0, 0, 0);
    for row in grid.rows {
        let own: Vec<_> = grid.cells(row.index).into_iter().filter(|(place, _)| place.0 == row.index).collect();
        if own.len() <= 1 || own.iter().all(|(_, text)| text.contains([':', '：'])) {
            continue;
        }
        let mut cells = own.into_iter().peekable();
        while let Some((place, text)) = cells.next() {
            labels.push((place, label(&text)?));
            let beside = grid.last_column(place.0, place.1) + 1;
            if let Some((_, value)) = cells.next_if(|(place, _)| place.1 == beside) {
                values += 1;
                like_labels += usize::from(label(&value).is_some());
            }
        }
        rows += 1;
    }
    let distinct: BTreeSet<&String> = labels.iter().map(|(_, text)| text).collect();
    let is_card = rows >= 2
        && labels.len() >= 2 * rows
        && values * 2 >= labels.len()
        && like_labels * 3 <= values
        && distinct.len() == labels.len();
    is_card.then(|| with_labels(labels, false))?
}

/// Labels that have one value each.
fn with_labels(labels: Vec<((u32, u32), String)>, is_above: bool) -> Option<Labels> {
    let rows = (labels.first()?.0.0, labels.last()?.0.0);
    let headings = labels
        .iter()
        .enumerate()
        .map(|(at, (place, text))| Heading::new(at as u32, vec![text.clone()], *place, false))
        .collect();
    let cells = labels.into_iter().map(|(place, _)| place).collect();
    Some(Labels { headings, cells, records: None, is_above, rows })
}

/// Rows of a card whose labels stand above their values.
const CARD_ROWS: usize = 60;

/// Finds rows of labels with one row of values below each, as a card for one record has them. Rows that say the same labels
/// again, or that have more than one row below them, are tables.
pub fn find_above(grid: &Grid<'_>, dictionary: &Dictionary) -> Option<Labels> {
    let filled: Vec<u32> = grid.rows.iter().filter(|row| !row.is_empty()).map(|row| row.index).collect();
    if filled.len() > CARD_ROWS {
        return None;
    }
    let own = |row: u32| grid.cells(row).into_iter().filter(move |(place, _)| place.0 == row);
    let is_labels = |row: u32| {
        let is_label = |text: &str| {
            let folded = fold(text);
            folded.chars().count() <= 24 && dictionary.knows(&key(folded.trim_end_matches(':')))
        };
        let cells: Vec<_> = own(row).collect();
        // Two in three must be labels; most rows fail before their last cell.
        let most_unknown = cells.len() - (cells.len() * 2).div_ceil(3);
        let mut unknown = 0;
        let fits = cells.iter().all(|(_, text)| {
            unknown += usize::from(!is_label(text));
            unknown <= most_unknown
        });
        fits && cells.len() - unknown >= 2
    };
    let first = filled.iter().position(|&row| is_labels(row))?;
    // There are two bands at least, which most tables show not to have before anything else is looked at.
    if !filled.get(first + 2).is_some_and(|&second| is_labels(second)) {
        return None;
    }
    let mut labels: Vec<((u32, u32), String)> = Vec::new();
    let mut bands = 0;
    let mut at = first;
    while at + 1 < filled.len() && (at == first || is_labels(filled[at])) {
        let (above, below) = (filled[at], filled[at + 1]);
        let has_values = own(above).any(|(place, _)| !is_blank(&fold(&grid.text(below, place.1))));
        if is_labels(below) || !has_values {
            return None;
        }
        labels.extend(own(above).map(|(place, text)| (place, fold(&text).trim_end_matches(':').to_owned())));
        bands += 1;
        at += 2;
    }
    // Behind the last values only lines with one text may follow.
    let ends = filled[at..].iter().all(|&row| own(row).count() <= 1);
    let distinct: BTreeSet<&String> = labels.iter().map(|(_, text)| text).collect();
    if bands < 2 || !ends || distinct.len() < labels.len() {
        return None;
    }
    let last = filled[at - 1];
    let card = with_labels(labels, true)?;
    Some(Labels { rows: (card.rows.0, last), ..card })
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
        let beside = |place: (u32, u32)| match self.is_above {
            true => (grid.area(place.0, place.1).map_or(place.0, |area| area.last_row) + 1, place.1),
            false => (place.0, grid.last_column(place.0, place.1) + 1),
        };
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
        let bands = |labels: &mut dyn Iterator<Item = usize>| -> BTreeSet<u32> {
            labels.map(|label| self.cells[label].0).collect()
        };
        // Of a card every row of labels belongs to the kind.
        let is_whole =
            !self.is_above || bands(&mut (0..self.cells.len())) == bands(&mut fields.iter().map(|(label, _)| *label));
        if fields.len() < 3 || !is_whole {
            return None;
        }
        for (_, field) in &fields {
            direct.main.activate(*field, Mode::Each);
        }
        let context = direct.context;
        // 年门急诊量（万人次） multiplies here as it does over a column.
        let coercers: Vec<Option<Coercer>> = fields
            .iter()
            .map(|&(label, field)| {
                let unit = self.headings[label].unit_key();
                let percent = unit.percent && samples.get(label).is_some_and(Sample::is_percent);
                direct.main.coercer(field).cloned().map(|coercer| coercer.under_heading(&unit, percent))
            })
            .collect();
        let count = self.records.as_ref().map_or(1, Vec::len);
        for record in 0..count {
            let first = fields.first().and_then(|(label, _)| places(*label).get(record).copied());
            if first.is_some_and(|(row, column)| is_total_label(&fold(&grid.text(row, column)))) {
                continue;
            }
            let row = self.rows.0;
            direct.main.begin(row);
            for (&(label, field), coercer) in fields.iter().zip(&coercers) {
                if let (Some(place), Some(coercer)) = (places(label).get(record).copied(), coercer) {
                    let reading = coercer.read(grid.spread(place.0, place.1).0, &context, &mut direct.log);
                    direct.main.set(field, reading, place);
                }
            }
            constants(direct, row);
            direct.end(row);
        }
        Some(heading_matches(env.dictionary, kind_index, &self.headings, &samples, &matches, &BTreeMap::new()))
    }
}
