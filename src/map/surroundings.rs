//! What the lines around a table say about all of its records: who reports, when, for which period, and other labelled values.

use std::borrow::Cow;

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
    /// Titles of this table alone, where others with titles of their own stand beside it.
    pub captions: Vec<String>,
}

/// The columns of a table, and of those that stand beside it.
#[derive(Clone, Copy)]
pub struct Apart<'l> {
    pub own: (u32, u32),
    pub beside: &'l [(u32, u32)],
}

impl Apart<'_> {
    /// Without the cells of a row that are about the tables beside this one, where the row has a cell for each.
    fn keep_own(self, cells: &mut Vec<((u32, u32), Cow<'_, str>)>) -> bool {
        let is_in = |column: u32, (left, right): (u32, u32)| (left..=right).contains(&column);
        let before = cells.len();
        if cells.iter().any(|((_, column), _)| is_in(*column, self.own)) {
            cells.retain(|((_, column), _)| !self.beside.iter().any(|other| is_in(*column, *other)));
        }
        cells.len() < before
    }
}

/// Reads the lines in the rows given.
pub fn read(grid: &Grid<'_>, rows: &[u32], apart: Option<Apart<'_>>, is_title: impl Fn(u32) -> bool) -> Surroundings {
    let mut found = Surroundings::default();
    for &row in rows {
        let mut cells = grid.cells(row);
        let is_apart = apart.is_some_and(|apart| apart.keep_own(&mut cells));
        let mut at = 0;
        while at < cells.len() {
            let (place, text) = &cells[at];
            at += 1;
            let folded = fold(text).into_owned();
            let pairs = labels(&folded);
            if pairs.is_empty() {
                if is_title(row) && is_apart {
                    found.captions.push(folded.clone());
                }
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
            for (label, mut value) in pairs {
                // 填报单位：某某卫生院 2024年四季度: what follows the value is the period.
                if is_title(row)
                    && let Some((before, rest)) = value.rsplit_once(is_space)
                    && let Some(period) = find_period(rest, None)
                    && !before.trim_matches(is_space).is_empty()
                {
                    let placed = Placed { value: period, cell: Some(*place) };
                    found.period.get_or_insert(placed);
                    value = before.trim_matches(is_space).to_owned();
                }
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
            // 考勤月份：2024年6月 tells the period whatever is done in it.
            let ends = ["月份", "期间", "时段", "周期"].iter().any(|word| wanted.bare.ends_with(word));
            if !ends && !names.iter().any(|name| key(name).bare == wanted.bare) {
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

/// The week of the year that a title numbers, as 第36周 does.
pub fn week_in(title: &str, year: i16) -> Option<Period> {
    let text = squeeze(title);
    text.match_indices('第').find_map(|(at, mark)| {
        let rest = &text[at + mark.len()..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let is_week = digits > 0 && rest[digits..].starts_with('周');
        is_week.then(|| Period::parse(&format!("{year}-W{}", &rest[..digits]))).flatten()
    })
}

/// The region that the text speaks of first, with its most local part, as position in the regions: 陕西省西安市莲湖区卫健局
/// is 莲湖区. What follows a region is looked for only inside it, so that 绥化市北河县 is not 青岛's 市北.
pub fn region_in(regions: &Regions, text: &str) -> Option<usize> {
    let text = squeeze(text);
    for (at, _) in text.char_indices() {
        let Some((first, length)) = region_at(regions, &text[at..], None, at == 0) else { continue };
        let (mut found, mut rest) = (first, &text[at + length..]);
        while let Some((next, length)) = region_at(regions, rest, Some(found), false) {
            (found, rest) = (next, &rest[length..]);
        }
        return Some(found);
    }
    None
}

/// The region whose name begins the text, the longest name winning, and the length of the name. Below `above` short names
/// count for all; else a county needs its full name, unless it stands at the very beginning before an office or the end.
fn region_at(regions: &Regions, text: &str, above: Option<usize>, is_start: bool) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize)> = None;
    let mut same = false;
    for (position, region) in regions.that_may_begin(text) {
        if above.is_some_and(|above| !is_below(regions, position, above)) {
            continue;
        }
        let is_local = region.level == RegionLevel::County && above.is_none();
        let fits = |name: &&str| {
            name.chars().count() >= 2
                && (!is_local || **name == region.name || (is_start && is_office(&text[name.len()..])))
        };
        let Some(length) = region.names_at(text).filter(fits).map(str::len).max() else { continue };
        match best {
            Some((_, longest)) if length < longest => {}
            // 吉林 is a province before it is a city; 向阳区 alone may be of several cities.
            Some((known, longest)) if length == longest && region.level >= regions.entries[known].level => {
                same |= region.level == regions.entries[known].level;
            }
            _ => (best, same) = (Some((position, length)), false),
        }
    }
    best.filter(|_| !same)
}

fn is_office(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('卫')
}

/// Whether a region lies in another.
fn is_below(regions: &Regions, position: usize, above: usize) -> bool {
    let mut parent = regions.entries.get(position).and_then(|region| region.parent);
    // A chain is never longer than the levels there are, whatever a pack says.
    for _ in 0..4 {
        match parent {
            Some(at) if at == above => return true,
            Some(at) => parent = regions.entries.get(at).and_then(|region| region.parent),
            None => return false,
        }
    }
    false
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

#[cfg(test)]
mod tests {
    use super::region_in;

    #[test]
    fn regions_are_read_from_the_left_going_down() {
        let regions = crate::pack::builtin().0.base().regions;
        let cases = [
            ("陕西省西安市莲湖区卫生健康局", Some("莲湖区")),
            ("西安卫健委", Some("西安市")),
            ("绥化市北河县卫生健康局", Some("绥化市")),
            ("哈尔滨市南岗区卫健局", Some("南岗区")),
            ("礼泉卫健局", Some("礼泉县")),
            ("长安路社区卫生服务中心", None),
            ("2023年四季度宝鸡市值守排班", Some("宝鸡市")),
            ("杨凌示范区卫生健康局", Some("杨凌示范区")),
            ("即墨市卫生和计划生育局", Some("即墨市")),
            ("佳木斯市向阳区", Some("向阳区")),
            ("向阳区", None),
            ("机构名册", None),
            ("榆林镇卫生院", None),
            ("榆林乡镇卫生院名册", Some("榆林市")),
            ("榆林村卫生室收费明细", Some("榆林市")),
            ("榆林镇镇级机构", None),
        ];
        for (text, expected) in cases {
            let found = region_in(&regions, text).map(|position| regions.entries[position].name.as_str());
            assert_eq!(found, expected, "{text}");
        }
        let found = region_in(&regions, "佳木斯市向阳区").and_then(|position| regions.entries[position].parent);
        assert_eq!(found.map(|parent| regions.entries[parent].name.as_str()), Some("佳木斯市"));
    }
}
