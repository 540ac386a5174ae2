//! Which period a table is about and which unit it is from.

use std::collections::BTreeMap;

use super::Planner;
use crate::map::surroundings::{self, Placed, Surroundings};
use crate::map::table::YearFrom;
use crate::map::text::is_space;
use crate::map::value::{Conversions, ListIndex, Reading, Value, date, find_period};
use crate::model::Period;
use crate::pack::LedgerKind;
use crate::read::Cell;

/// Rows whose dates may tell the year of a period that is named without one.
const YEAR_ROWS: usize = 200;

/// A title without the year, the quarter or the days with which it begins.
fn without_date(title: &str) -> &str {
    const WORDS: [&str; 13] = [
        "年度",
        "年",
        "月份",
        "月",
        "日",
        "上半年",
        "下半年",
        "第一季度",
        "第二季度",
        "第三季度",
        "第四季度",
        "季度",
        "至",
    ];
    let mut text = title;
    while text.starts_with(|c: char| c.is_ascii_digit()) {
        let is_mark = |c: char| c.is_ascii_digit() || matches!(c, '-' | '—' | '~' | '.') || is_space(c);
        text = text.trim_start_matches(is_mark);
        while let Some(rest) = WORDS.iter().find_map(|word| text.strip_prefix(word)) {
            text = rest.trim_start_matches(is_space);
        }
    }
    text
}

/// The name of an institution with which a title begins, behind a year or a month: 2023年12月城关镇卫生院值班表. The words
/// for all institutions of a place name none: 全县乡镇卫生院, 碑林区社区卫生服务中心, 城关镇村卫生室. A title says more than the name.
pub(super) fn institution<'t>(title: &'t str, types: &ListIndex) -> Option<&'t str> {
    institution_first(title, types).filter(|(_, rest)| !rest.is_empty()).map(|(name, _)| name)
}

/// The institution whose name a sheet or a file has, alone or before other words.
pub fn institution_named<'t>(name: &'t str, types: &ListIndex) -> Option<&'t str> {
    institution_first(name, types).map(|(name, _)| name)
}

/// The name with which the text begins, and the rest.
fn institution_first<'t>(title: &'t str, types: &ListIndex) -> Option<(&'t str, &'t str)> {
    const ALL: [&str; 15] =
        ["各", "全", "所有", "辖区", "基层", "乡镇", "等", "和", "及", "与", "、", "中高级", "镇村", "乡村", "街道村"];
    let text = without_date(title);
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).take(24);
    let name = ends.map(|end| &text[..end]).filter(|name| types.suffix(name).is_some()).last()?;
    let head = types.without_suffix(name)?;
    // 城南社区卫生服务中心 is one, 碑林区社区卫生服务中心 are all of a district.
    let head = head.strip_suffix("社区").unwrap_or(head);
    let ends_place = head.ends_with(['省', '市', '县', '区', '州', '旗']);
    (head.chars().count() >= 2 && !ends_place && !ALL.iter().any(|word| name.contains(word)))
        .then(|| (name, &text[name.len()..]))
}

impl Planner<'_> {
    /// 所属期 from a label, else the title, the sheet's name, the file's name and folders, and last the user.
    pub(super) fn period(&self, kind: &LedgerKind, around: &Surroundings) -> Option<Placed<Period>> {
        let names: Vec<&str> = kind
            .field("所属期")
            .map(|field| &kind.fields[field])
            .into_iter()
            .flat_map(|field| std::iter::once(&*field.name).chain(field.aliases.iter().map(String::as_str)))
            .collect();
        let given = self.env.options.period;
        let context = self.dates(given);
        if let Some(period) = around.labelled_period(&names, &context) {
            return Some(period);
        }
        let nowhere = |value| Placed { value, cell: None };
        let year = around.period.as_ref().map(|period| period.value).or(given).map(|period| period.start().year());
        let mut found: Vec<Placed<Period>> = around.period.iter().cloned().collect();
        found.extend(around.titles.iter().filter_map(|title| find_period(title, year)).map(nowhere));
        found.extend(find_period(&self.sheet, year).map(nowhere));
        for part in surroundings::name_parts(&self.env.file.path) {
            found.extend(find_period(&part, year).map(nowhere));
        }
        found.extend(given.map(nowhere));
        // The first that is more than a year, in that order; a bare year where nothing says more.
        let position = found.iter().position(|placed| !matches!(placed.value, Period::Year(_))).unwrap_or(0);
        let first_year = found.first().cloned();
        // 2024年第36周 is that week and not the year.
        if let Some(Placed { value: Period::Year(year), cell }) = found.get(position)
            && let Some(week) = around.titles.iter().find_map(|title| surroundings::week_in(title, *year))
        {
            return Some(Placed { value: week, cell: *cell });
        }
        let best = (position < found.len()).then(|| found.swap_remove(position));
        match (first_year, best) {
            // A title that names a year outweighs a quarter of another year in a folder's name.
            (Some(year), Some(best))
                if matches!(year.value, Period::Year(_)) && !year.value.contains_period(best.value) =>
            {
                Some(year)
            }
            (_, best) => best,
        }
    }

    /// A month or quarter that title or names tell without a year, with the year of the records' dates in it, else the last
    /// one that had begun on the review date; and where the year is from.
    pub(super) fn period_without_year(
        &self,
        around: &Surroundings,
        (first, end): (u32, Option<u32>),
    ) -> Option<(Placed<Period>, YearFrom)> {
        let as_of = self.env.options.as_of;
        let texts: Vec<String> = around.titles.iter().cloned().chain(self.names()).collect();
        let in_year = |year: i16| texts.iter().find_map(|text| find_period(text, Some(year)));
        let named = in_year(as_of.year())?;
        let mut years: BTreeMap<i16, usize> = BTreeMap::new();
        let rows = self.grid.rows.iter().filter(|row| row.index >= first && end.is_none_or(|end| row.index < end));
        for cell in rows.take(YEAR_ROWS).flat_map(|row| row.iter()) {
            let context = self.dates(None);
            let Reading::Value(Value::Date(date)) = date(cell, &context, &mut Conversions::default()) else { continue };
            if !matches!(cell, Cell::Number { .. })
                && date <= as_of
                && in_year(date.year()).is_some_and(|period| period.contains(date))
            {
                *years.entry(date.year()).or_default() += 1;
            }
        }
        let most = years.iter().max_by_key(|(year, count)| (**count, **year)).map(|(year, _)| *year);
        let (period, from) = match most {
            Some(year) => (in_year(year)?, YearFrom::Records),
            None if named.start() <= as_of => (named, YearFrom::ReviewDate),
            None => (in_year(as_of.year() - 1)?, YearFrom::ReviewDate),
        };
        Some((Placed { value: period, cell: None }, from))
    }

    /// 填报单位 from a label or the line of an authority, else a region that the sheet's, the file's or a folder's name names.
    pub(super) fn unit(&self, kind: &LedgerKind, around: &Surroundings) -> Option<Placed<String>> {
        let own = kind.field("填报单位");
        let labelled = around
            .fields(kind)
            .into_iter()
            .find(|(field, placed)| Some(*field) == own && surroundings::is_filled(&placed.value));
        if let Some((_, placed)) = labelled {
            return Some(placed);
        }
        if let Some(authority) = &around.authority {
            return Some(authority.clone());
        }
        let names = std::iter::once(self.sheet.to_string()).chain(surroundings::name_parts(&self.env.file.path));
        for name in names {
            if let Some(region) = surroundings::region_in(&self.env.catalog.regions, &name) {
                return Some(Placed { value: self.env.catalog.regions.entries[region].name.clone(), cell: None });
            }
        }
        None
    }
}
