//! What the lines around a table say about all of its records: who reports, when, for which period, and other labelled values.

use super::grid::Grid;
use super::text::{fold, is_space, key, squeeze};
use super::value::{DateContext, find_period, is_blank, period, text_of};
use crate::model::Period;
use crate::pack::{LedgerKind, RegionLevel, Regions};
use crate::read::Cell;

/// A value with its place on the sheet, where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    pub value: T,
    pub cell: Option<(u32, u32)>,
}

/// What surrounds a table.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The title lines as written.
    pub titles: Vec<String>,
    /// Labels and values such as 填报单位：西安市卫生健康委; the place is that of the value.
    pub labels: Vec<(String, Placed<String>)>,
    pub period: Option<Placed<Period>>,
    /// A line that is the name of a health authority without any label.
    pub authority: Option<Placed<String>>,
}

/// Reads the lines in the rows given.
pub fn read(grid: &Grid<'_>, rows: &[u32], is_title: impl Fn(u32) -> bool) -> Surroundings {
    let mut found = Surroundings::default();
    for &row in rows {
        let cells = grid.cells(row);
        let mut at = 0;
        while at < cells.len() {
            let (place, text) = &cells[at];
            at += 1;
            let folded = fold(text).into_owned();
            let pairs = labels(&folded);
            if pairs.is_empty() {
                if is_title(row) {
                    found.titles.push(folded.clone());
                    // A year over the table is its period unless some line says a quarter or a month.
                    if let Some(value) = find_period(&folded, None) {
                        let better = found.period.as_ref().is_none_or(|before| {
                            matches!(before.value, Period::Year(_)) && !matches!(value, Period::Year(_))
                        });
                        if better {
                            found.period = Some(Placed { value, cell: Some(*place) });
                        }
                    }
                }
                let next = cells.get(at).map(|(_, text)| fold(text).into_owned());
                if let Some(name) = authority(&folded, next.as_deref()) {
                    found.authority.get_or_insert(Placed { value: name, cell: Some(*place) });
                }
                continue;
            }
            // 西安市卫生健康委 填报时间：…: what stands before the first label is a line of its own.
            if let Some(before) =
                pairs.first().and_then(|(label, _)| folded.find(label.as_str())).map(|at| &folded[..at])
                && let Some(name) = authority(before, None)
            {
                found.authority.get_or_insert(Placed { value: name, cell: Some(*place) });
            }
            for (label, value) in pairs {
                if !value.is_empty() {
                    found.labels.push((label, Placed { value, cell: Some(*place) }));
                } else if let Some((next, text)) = cells.get(at)
                    && !text.contains([':', '：'])
                {
                    // The value stands in the next cell.
                    found.labels.push((
                        label,
                        Placed { value: text_of(grid.spread(next.0, next.1).0).into_owned(), cell: Some(*next) },
                    ));
                    at += 1;
                } else {
                    found.labels.push((label, Placed { value: String::new(), cell: Some(*place) }));
                }
            }
        }
    }
    found
}

/// The labelled values of one line: `填报单位：西安市 填报时间：2023年12月4日`.
fn labels(folded: &str) -> Vec<(String, String)> {
    if !folded.contains(':') || folded.chars().count() > 200 {
        return Vec::new();
    }
    // 10:30 is a time and no label.
    let colons: Vec<usize> = folded
        .match_indices(':')
        .map(|(at, _)| at)
        .filter(|&at| {
            !(folded[..at].ends_with(|c: char| c.is_ascii_digit())
                && folded[at + 1..].starts_with(|c: char| c.is_ascii_digit()))
        })
        .collect();
    let mut pairs = Vec::new();
    for (number, &colon) in colons.iter().enumerate() {
        let from = if number == 0 { 0 } else { colons[number - 1] + 1 };
        let before = folded[from..colon].trim_end_matches(is_space);
        let label_at =
            before.rfind(is_space).map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let label = &before[label_at..];
        let until = colons.get(number + 1).map_or(folded.len(), |&next| {
            let rest = folded[colon + 1..next].trim_end_matches(is_space);
            colon + 1 + rest.rfind(is_space).unwrap_or(0)
        });
        let value = folded.get(colon + 1..until).unwrap_or("").trim_matches(|c| is_space(c) || c == '_');
        let label: String = label.chars().filter(|&c| !is_space(c)).collect();
        if label.is_empty() || label.chars().count() > 20 {
            continue;
        }
        pairs.push((label, value.to_owned()));
    }
    pairs
}

const AUTHORITIES: [&str; 12] = [
    "卫生健康委员会",
    "卫生健康委",
    "卫健委",
    "卫生健康局",
    "卫健局",
    "卫生和计划生育局",
    "卫生计生局",
    "卫计局",
    "卫生局",
    "卫计委",
    "卫生健康委(局)",
    "卫生健康委办公室",
];

/// The name of a health authority, where the line is one; the printed `市卫生健康委` without a name says nothing.
fn authority(folded: &str, next: Option<&str>) -> Option<String> {
    let letters = |text: &str| text.chars().filter(|&c| !is_space(c) && c != '_').collect::<String>();
    let mut name = letters(folded);
    if name.chars().count() > 24 {
        let part = folded.split(is_space).find(|part| AUTHORITIES.iter().any(|word| part.contains(word)))?;
        name = letters(part);
    }
    if let Some(at) = name.find('(')
        && at > 0
    {
        name.truncate(at);
    }
    if AUTHORITIES.iter().any(|word| name.ends_with(word)) {
        let prefix = AUTHORITIES.iter().filter_map(|word| name.strip_suffix(word)).min_by_key(|prefix| prefix.len())?;
        if prefix.chars().count() > 12 || prefix.contains(['、', ',', '各', '《']) {
            return None;
        }
        return (prefix.trim_end_matches(['市', '县', '区', '省']).chars().count() >= 1 && prefix.chars().count() >= 2)
            .then_some(name);
    }
    // 宝鸡 | 市卫生健康委 in two cells.
    let next: String = next?.chars().filter(|&c| !is_space(c) && c != '_').collect();
    let printed = AUTHORITIES
        .iter()
        .any(|word| next.strip_suffix(word).is_some_and(|prefix| matches!(prefix, "市" | "县" | "区" | "")));
    (printed && (2..=6).contains(&name.chars().count())).then(|| format!("{name}{next}"))
}

impl Surroundings {
    /// The labelled values that name fields of `kind`, as field and value; the first label for a field wins.
    pub fn fields(&self, kind: &LedgerKind) -> Vec<(usize, Placed<String>)> {
        let mut found: Vec<(usize, Placed<String>)> = Vec::new();
        for (label, placed) in &self.labels {
            let wanted = key(label);
            let field = kind.fields.iter().position(|field| {
                std::iter::once(&*field.name).chain(field.aliases.iter().map(String::as_str)).any(|name| {
                    let name = key(name);
                    name.bare == wanted.bare || !wanted.core.is_empty() && name.bare == wanted.core
                })
            });
            if let Some(field) = field
                && !found.iter().any(|(other, _)| *other == field)
            {
                found.push((field, placed.clone()));
            }
        }
        found
    }

    /// The reporting period from a label such as 所属期：2023年第四季度.
    pub fn labelled_period(&self, names: &[&str], context: &DateContext) -> Option<Placed<Period>> {
        self.labels.iter().find_map(|(label, placed)| {
            let wanted = key(label);
            if !names.iter().any(|name| key(name).bare == wanted.bare) {
                return None;
            }
            match period(Cell::Text(&placed.value), context, &mut super::value::Conversions::default()) {
                super::value::Reading::Value(super::value::Value::Period(value)) => {
                    Some(Placed { value, cell: placed.cell })
                }
                _ => None,
            }
        })
    }
}

/// The region with the longest name in the text, as position in the regions.
pub fn region_in(regions: &Regions, text: &str) -> Option<usize> {
    let text = squeeze(text);
    let mut best: Option<(usize, RegionLevel, usize)> = None;
    for (position, region) in regions.entries.iter().enumerate() {
        let names = std::iter::once(&region.name).chain(&region.short);
        let Some(length) =
            names.filter(|name| name.chars().count() >= 2 && text.contains(name.as_str())).map(|name| name.len()).max()
        else {
            continue;
        };
        // The finer level names the unit; 陕西省西安市 is 西安市.
        let candidate = (length, region.level, position);
        if best.is_none_or(|(length, level, _)| (candidate.1, candidate.0) > (level, length)) {
            best = Some(candidate);
        }
    }
    best.map(|(_, _, position)| position)
}

/// The part of a file's name that may name a unit: the stem, then the folders from the inside out.
pub fn name_parts(path: &str) -> Vec<String> {
    let parts: Vec<&str> =
        path.split(['/', '\\', '!']).filter(|part| !part.is_empty() && *part != "." && *part != "..").collect();
    parts
        .iter()
        .rev()
        .enumerate()
        .take(4)
        .map(|(at, part)| {
            if at == 0 { part.rsplit_once('.').map_or(*part, |(stem, _)| stem).to_owned() } else { (*part).to_owned() }
        })
        .collect()
}

/// Whether a value was filled in at all.
pub fn is_filled(value: &str) -> bool {
    !is_blank(&fold(value))
}
