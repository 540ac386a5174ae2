//! Code lists, the calendar and the regions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::catalog::{Calendar, CodeEntry, CodeList, Region, RegionLevel, Regions};
use super::codes;
use super::node::{Node, Place, Sink, Table, duplicate, unknown};
use super::source::Parsed;
use super::tree::Tree;
use crate::model::{Date, Localized};

/// The most entries a list can have: codes are kept as small numbers.
const MOST_ENTRIES: usize = u16::MAX as usize;

/// Reads `lists/<list>.toml`.
pub(super) fn code_list(parsed: &Parsed<'_>, sink: &Sink) -> Option<CodeList> {
    let table = Table::root(parsed);
    let id = table.need_word("id", sink);
    let name = table.need_localized("name", sink);
    let attributes: Vec<Arc<str>> = table.texts("attributes", sink).into_iter().map(Arc::from).collect();
    let contains = table.choice("match", &[("exact", false), ("contains", true)], sink).unwrap_or(false);
    let mut entries: Vec<CodeEntry> = Vec::new();
    let mut seen = BTreeSet::new();
    for entry in table.tables("entry", sink) {
        if parsed.is_broken(entry.place().span.start) {
            continue;
        }
        let Some((place, read)) = code_entry(&entry, &attributes, sink) else { continue };
        if !seen.insert(read.code.clone()) {
            duplicate(sink, place, ("代码", "code"), &read.code, None);
        } else if entries.len() < MOST_ENTRIES {
            entries.push(read);
        }
    }
    table.finish(sink);
    Some(CodeList { id: id?.into(), name: name?, attributes, contains, entries })
}

fn code_entry<'a>(table: &Table<'a>, attributes: &[Arc<str>], sink: &Sink) -> Option<(Place<'a>, CodeEntry)> {
    let code = table.need("code", sink);
    let word = code.as_ref().and_then(|node| node.word(sink));
    let aliases = table.texts("aliases", sink);
    let mut values: Vec<Option<Arc<str>>> = vec![None; attributes.len()];
    let mut known: Vec<&str> = vec!["code", "aliases"];
    known.extend(attributes.iter().map(|name| &**name));
    for (place, key, node) in table.entries() {
        if let Some(position) = attributes.iter().position(|name| &**name == key) {
            values[position] = node.word(sink).map(Arc::from);
        } else if !known.contains(&key) {
            unknown(sink, place, codes::UNKNOWN_KEY, ("属性", "attribute"), key, known.iter().copied());
        }
    }
    Some((code?.place(), CodeEntry { code: word?.into(), aliases, attributes: values }))
}

/// Reads `words.toml`: groups of words that mean the same in a heading, the first of each standing for the others. For
/// words that say nothing the empty word stands.
pub(super) fn words(parsed: &Parsed<'_>, sink: &Sink) -> Vec<Vec<String>> {
    let table = Table::root(parsed);
    let mut groups = Vec::new();
    for group in table.tables("group", sink) {
        let words = group.texts("words", sink);
        group.finish(sink);
        if words.len() > 1 {
            groups.push(words);
        }
    }
    for filler in table.tables("filler", sink) {
        let words = filler.texts("words", sink);
        filler.finish(sink);
        groups.push(std::iter::once(String::new()).chain(words).collect());
    }
    table.finish(sink);
    groups
}

/// Reads `calendar/<year>.toml` into the calendar.
pub(super) fn year(parsed: &Parsed<'_>, calendar: &mut Calendar, sink: &Sink) {
    let table = Table::root(parsed);
    let year = table.need("year", sink);
    let number = year.as_ref().and_then(|node| node.whole(sink, 1..10_000)).and_then(|year| i16::try_from(year).ok());
    let source = table.need_word("source", sink);
    let mut days = BTreeMap::new();
    for (key, works) in [("days_off", false), ("workdays", true)] {
        let items = table.need(key, sink).and_then(|node| node.items(sink)).unwrap_or_default();
        for item in items {
            let Some(date) = item.date(sink) else { continue };
            day(&item, date, works, number, &mut days, sink);
        }
    }
    table.finish(sink);
    let (Some(year), Some(number), Some(source)) = (year, number, source) else { return };
    if calendar.years.insert(number, days).is_some() {
        duplicate(sink, year.place(), ("年份", "year"), &number.to_string(), None);
    }
    calendar.sources.insert(number, source.to_owned());
}

fn day(node: &Node<'_>, date: Date, works: bool, year: Option<i16>, days: &mut BTreeMap<Date, bool>, sink: &Sink) {
    if year.is_some_and(|year| date.year() != year) {
        let message =
            Localized::new(format!("{date} 不在本文件的年份内"), format!("{date} is not in the year of this file"));
        sink.error(node.place(), codes::BAD_DATE, message, None);
        return;
    }
    if works && date.weekday().index() < 5 {
        let message = Localized::new(
            format!("{date} 不是周末，不可能是调休上班日"),
            format!("{date} is no weekend day, so that it cannot be a make-up workday"),
        );
        sink.error(node.place(), codes::BAD_DATE, message, None);
        return;
    }
    if days.insert(date, works).is_some() {
        duplicate(sink, node.place(), ("日期", "date"), &date.to_string(), None);
    }
}

/// Reads `regions.toml`.
pub(super) fn regions(parsed: &Parsed<'_>, sink: &Sink) -> Regions {
    let table = Table::root(parsed);
    let mut regions: Vec<Region> = Vec::new();
    for entry in table.tables("region", sink) {
        if !parsed.is_broken(entry.place().span.start) {
            region(&entry, &mut regions, sink);
        }
    }
    table.finish(sink);
    Regions::new(regions)
}

const LEVELS: [(&str, RegionLevel); 3] =
    [("province", RegionLevel::Province), ("city", RegionLevel::City), ("county", RegionLevel::County)];

fn region(table: &Table<'_>, regions: &mut Vec<Region>, sink: &Sink) {
    let name = table.need("name", sink);
    let word = name.as_ref().and_then(|node| node.word(sink));
    let short = table.texts("short", sink);
    let parent = table.get("parent");
    let above = parent.as_ref().and_then(|node| Some((node, node.word(sink)?))).and_then(|(node, above)| {
        let found = regions.iter().rposition(|region| region.name == above);
        if found.is_none() {
            let known = regions.iter().map(|region| region.name.as_str());
            unknown(sink, node.place(), codes::UNKNOWN_REGION, ("上级地区", "region before this one"), above, known);
        }
        found
    });
    let level = match (table.get("level"), above) {
        (Some(_), _) => table.choice("level", &LEVELS, sink),
        (None, Some(above)) => Some(match regions[above].level {
            RegionLevel::Province => RegionLevel::City,
            RegionLevel::City | RegionLevel::County => RegionLevel::County,
        }),
        (None, None) => {
            table.need("level", sink);
            None
        }
    };
    let counties = table.get("counties").and_then(|node| node.items(sink)).unwrap_or_default();
    table.finish(sink);
    // A region whose parent is not known would answer wrongly where it belongs, so it is left out.
    let (Some(word), Some(level)) = (word, level) else { return };
    if parent.is_some() && above.is_none() {
        return;
    }
    let position = regions.len();
    regions.push(Region { name: word.to_owned(), short: short_names(word, short), level, parent: above });
    for county in counties {
        let Some((name, short)) = county_name(&county, sink) else { continue };
        let level = RegionLevel::County;
        regions.push(Region { short: short_names(&name, short), name, level, parent: Some(position) });
    }
}

fn county_name(node: &Node<'_>, sink: &Sink) -> Option<(String, Vec<String>)> {
    if !matches!(node.value, Tree::Table(_)) {
        return Some((node.word(sink)?.to_owned(), Vec::new()));
    }
    let table = node.table(sink)?;
    let name = table.need_word("name", sink);
    let short = table.texts("short", sink);
    table.finish(sink);
    Some((name?.to_owned(), short))
}

/// The given short names and the name without its generic ending.
fn short_names(name: &str, mut short: Vec<String>) -> Vec<String> {
    const ENDINGS: [&str; 8] = ["自治区", "自治州", "自治县", "地区", "省", "市", "区", "县"];
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
    if let Some(stem) = stem.filter(|stem| stem.chars().count() >= 2)
        && !short.iter().any(|known| known == stem)
    {
        short.push(stem.to_owned());
    }
    short
}
