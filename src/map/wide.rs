//! Wide layouts: columns that repeat for each weekday, date, month, quarter or half-year become records of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::dictionary::{Dictionary, Target};
use super::heading::Heading;
use super::likeness::likeness;
use super::text::{chinese_digit, fold, is_space, key, squeeze, undecorated};
use super::value::{DateContext, find_period};
use crate::model::{Date, Period};
use crate::pack::{LedgerKind, Wide, WideBy};
use crate::read::{Cell, DAY_ZERO};

/// What a repeated heading stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Marker {
    /// 0 for Monday to 6 for Sunday.
    Weekday(u8),
    Date(Date),
    /// Month and day without a year.
    Day(u8, u8),
    /// A day of the month that the ledger is about.
    MonthDay(u8),
    /// 0 for the morning, 1 for the afternoon, 2 for the whole day.
    HalfDay(u8),
    Month(u8),
    Quarter(u8),
    Half(u8),
}

impl Marker {
    /// Whether both mark the same kind of thing.
    pub fn is_like(self, other: Marker) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    fn is(self, by: WideBy) -> bool {
        matches!(
            (self, by),
            (Marker::Weekday(_), WideBy::Weekday)
                | (Marker::Date(_) | Marker::Day(..) | Marker::MonthDay(_), WideBy::Date)
                | (Marker::HalfDay(_), WideBy::HalfDay)
                | (Marker::Month(_), WideBy::Month)
                | (Marker::Quarter(_), WideBy::Quarter)
                | (Marker::Half(_), WideBy::Half)
        )
    }

    /// The period of the column, where the year is known.
    pub fn period(self, year: Option<i16>) -> Option<Period> {
        Some(match self {
            Marker::Month(month) => Period::Month(year?, month),
            Marker::Quarter(quarter) => Period::Quarter(year?, quarter),
            Marker::Half(half) => Period::Half(year?, half),
            _ => return None,
        })
    }
}

/// The half-days in the words of the headings.
const HALF_DAYS: [&str; 3] = ["上午", "下午", "全天"];

/// The half-day that a folded text begins with, and the words that follow.
fn half_day(text: &str) -> Option<(Marker, &str)> {
    let mut found = HALF_DAYS.iter().zip(0_u8..);
    found.find_map(|(word, at)| Some((Marker::HalfDay(at), text.strip_prefix(word)?)))
}

/// How many whole numbers 1, 2, 3 … stand beside each other at least, where they are the days of a month.
const DAYS: usize = 15;

/// Whether a row of texts holds the days of a month as bare numbers, one behind the other from 1 on.
pub fn counts_days<'t>(texts: impl Iterator<Item = &'t str>) -> bool {
    let mut next = 1_usize;
    for text in texts {
        match day_number(text) {
            Some(day) if usize::from(day) == next => next += 1,
            _ if next > DAYS => return true,
            found => next = 1 + usize::from(found == Some(1)),
        }
    }
    next > DAYS
}

/// The day that a bare number names.
pub fn day_number(text: &str) -> Option<u8> {
    let is_number = matches!(text.len(), 1 | 2) && text.bytes().all(|c| c.is_ascii_digit());
    text.parse().ok().filter(|day| is_number && (1..=31).contains(day))
}

/// What the beginning of a folded heading marks, and the words that follow.
fn leading(text: &str) -> Option<(Marker, String)> {
    let text: String = undecorated(text).chars().filter(|&c| !is_space(c)).collect();
    let body = text.strip_prefix('第').unwrap_or(&text);
    for prefix in ["星期", "礼拜", "周"] {
        if let Some(rest) = body.strip_prefix(prefix) {
            let day = rest.chars().next()?;
            let index = "一二三四五六日".find(day).map(|at| at / 3).or_else(|| "天".contains(day).then_some(6));
            let index = index.or_else(|| day.to_digit(10).filter(|n| (1..=7).contains(n)).map(|n| n as usize - 1))?;
            return Some((Marker::Weekday(index as u8), rest[day.len_utf8()..].to_owned()));
        }
    }
    for (word, half) in [("上半年", 1), ("下半年", 2)] {
        if let Some(rest) = body.strip_prefix(word) {
            return Some((Marker::Half(half), rest.to_owned()));
        }
    }
    if let Some((marker, rest)) = half_day(body) {
        return Some((marker, rest.to_owned()));
    }
    // Q1联系日期
    if let Some(rest) = body.strip_prefix(['q', 'Q'])
        && let Some(number @ b'1'..=b'4') = rest.bytes().next()
        && !rest[1..].starts_with(|c: char| c.is_ascii_digit())
    {
        return Some((Marker::Quarter(number - b'0'), rest[1..].to_owned()));
    }
    // The year before a quarter or month is the table's own and adds nothing here.
    let body = match body.find('年') {
        Some(at) if at >= 4 && body[..at].chars().all(|c| c.is_ascii_digit() || chinese_digit(c).is_some()) => {
            body[at + '年'.len_utf8()..].trim_start_matches('第')
        }
        _ => body,
    };
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = if digits > 0 {
        (body.get(..digits)?.parse::<u8>().ok()?, &body[digits..])
    } else {
        let end = body
            .char_indices()
            .find(|&(_, c)| chinese_digit(c).is_none() && c != '十')
            .map_or(body.len(), |(at, _)| at);
        if end == 0 {
            return None;
        }
        let text = &body[..end];
        let value =
            super::text::chinese_number(text).or_else(|| text.chars().next().and_then(chinese_digit).map(i64::from))?;
        (u8::try_from(value).ok()?, &body[end..])
    };
    if let Some(rest) = rest.strip_prefix("季度").or_else(|| rest.strip_prefix('季')) {
        return (1..=4).contains(&number).then(|| (Marker::Quarter(number), rest.to_owned()));
    }
    if let Some(rest) = rest.strip_prefix("月份").or_else(|| rest.strip_prefix('月')) {
        let day = rest.bytes().take_while(u8::is_ascii_digit).count();
        if day > 0 && (rest[day..].starts_with(['日', '号']) || rest.len() == day) {
            let value: u8 = rest[..day].parse().ok()?;
            return Date::new(2024, number as i8, value as i8)
                .map(|_| (Marker::Day(number, value), rest[day..].trim_start_matches(['日', '号']).to_owned()));
        }
        return (1..=12).contains(&number).then(|| (Marker::Month(number), rest.to_owned()));
    }
    let rest = rest.strip_prefix(['日', '号'])?;
    (1..=31).contains(&number).then(|| (Marker::MonthDay(number), rest.to_owned()))
}

/// What a whole heading cell marks.
pub fn marker(folded: &str, cell: Cell<'_>) -> Option<Marker> {
    match cell {
        Cell::DateTime { days, .. } => return Date::from_days(days).map(Marker::Date),
        Cell::Text(_) | Cell::Empty => {}
        _ => return None,
    }
    let folded = undecorated(folded);
    if folded.is_empty() || folded.chars().count() > 16 {
        return None;
    }
    if let Some(date) = full_date(folded) {
        return Some(Marker::Date(date));
    }
    let (marker, rest) = leading(folded)?;
    let rest = rest.trim_matches(['(', ')', '[', ']']);
    (rest.is_empty() || full_date(rest).is_some() || matches!(leading(rest), Some((Marker::Day(..), _))))
        .then_some(marker)
}

fn full_date(folded: &str) -> Option<Date> {
    if !folded.starts_with(|c: char| c.is_ascii_digit()) || folded.len() < 8 {
        return None;
    }
    super::value::day_month(
        folded,
        &DateContext { period: None, as_of: Date::default(), day_zero: DAY_ZERO, is_text: false },
    )
}

/// What a heading marks, and what is left of its words.
fn heading_marker(heading: &Heading, by: WideBy, counts_days: bool) -> Option<(Marker, String)> {
    for (at, part) in heading.path.iter().enumerate() {
        let folded = fold(part);
        let folded = undecorated(&folded);
        let bare = day_number(folded).filter(|_| counts_days);
        let found = match (full_date(folded), bare) {
            (Some(date), _) => Some((Marker::Date(date), String::new())),
            (None, Some(day)) => Some((Marker::MonthDay(day), String::new())),
            (None, None) => leading(folded),
        };
        let Some((marker, rest)) = found.filter(|(marker, _)| marker.is(by)) else { continue };
        // Under 3月 the 5日 is a day of March, whatever the ledger is about.
        let month = heading.path[..at].iter().find_map(|parent| match leading(&fold(parent))? {
            (Marker::Month(month), rest) if rest.is_empty() => Some(month),
            _ => None,
        });
        let marker = match (marker, month) {
            (Marker::MonthDay(day), Some(month)) => Marker::Day(month, day),
            (marker, _) => marker,
        };
        // A weekday may carry its date in brackets, which is more definite.
        let inside = rest.trim_matches(['(', ')']);
        let (marker, rest) = match (full_date(inside), leading(inside)) {
            (Some(date), _) => (Marker::Date(date), String::new()),
            (None, Some((day @ Marker::Day(..), _))) if matches!(marker, Marker::Weekday(_)) => (day, String::new()),
            _ => (marker, rest),
        };
        let below = heading.path[at + 1..].concat();
        // 5日 over 五 is one day named twice.
        let names_weekday = below.chars().count() == 1 && "一二三四五六日".contains(&below)
            || matches!(leading(&fold(&below)), Some((Marker::Weekday(_), rest)) if rest.is_empty());
        let below = if names_weekday && marker.is(WideBy::Date) { String::new() } else { below };
        return Some((marker, if below.is_empty() { rest } else { below }));
    }
    None
}

/// Whether some heading marks anything at all, in whatever layout. Where none does, [`columns`] are none of any kind.
pub fn has_marks(headings: &[Heading]) -> bool {
    headings.iter().flat_map(|heading| &heading.path).any(|part| {
        let folded = fold(part);
        let folded = undecorated(&folded);
        full_date(folded).is_some() || day_number(folded).is_some() || leading(folded).is_some()
    })
}

fn speaks_of(heading: &Heading, wide: &Wide) -> bool {
    let whole = heading.path.concat();
    wide.headings.is_empty() || wide.headings.iter().any(|word| whole.contains(word.as_str()))
}

fn marked<'h>(wide: &'h Wide, headings: &'h [Heading]) -> Vec<(&'h Heading, Marker, String)> {
    // The days of a month may stand as bare numbers, on one line of the headings or another.
    let depth = if wide.by == WideBy::Date { headings.iter().map(|heading| heading.path.len()).max() } else { None };
    let counts_days = (0..depth.unwrap_or(0)).any(|level| {
        let mut parts: Vec<&str> =
            headings.iter().filter_map(|heading| Some(heading.path.get(level)?.as_str())).collect();
        parts.dedup();
        counts_days(parts.into_iter())
    });
    let found: Vec<_> = headings
        .iter()
        .filter_map(|heading| {
            heading_marker(heading, wide.by, counts_days).map(|(marker, rest)| (heading, marker, rest))
        })
        .filter(|(_, marker, rest)| !matches!(marker, Marker::HalfDay(_)) || is_said(wide, rest))
        .collect();
    // 1月, 2月, 3月 with nothing else need no word, nor do 一季度日期, 二季度日期, 三季度日期: three of them are what the
    // layout repeats.
    let is_bare = |heading: &Heading, rest: &str| {
        heading.path.len() == 1 && (matches!(rest, "" | "日期" | "时间") || wide.value.as_deref() == Some(rest))
    };
    let bare = found.iter().filter(|(heading, _, rest)| is_bare(heading, rest)).count();
    let mut found: Vec<_> = found
        .into_iter()
        .filter(|(heading, _, rest)| speaks_of(heading, wide) || bare >= 3 && is_bare(heading, rest))
        .collect();
    let beside = beside(&found, headings);
    found.extend(beside);
    let distinct: BTreeSet<Marker> = found.iter().map(|(_, marker, _)| *marker).collect();
    // One column alone repeats nothing, unless its words say what it is: 四季度联络日期.
    let least = if wide.headings.is_empty() { 2 } else { 1 };
    if distinct.len() < least { Vec::new() } else { found }
}

/// The columns without a mark of their own that stand again and again behind marked ones, and so belong to these:
/// 一季度日期 | 方式 | 二季度日期 | 方式.
fn beside<'h>(found: &[(&'h Heading, Marker, String)], headings: &'h [Heading]) -> Vec<(&'h Heading, Marker, String)> {
    let marks: BTreeMap<u32, Marker> = found.iter().map(|(heading, marker, _)| (heading.column, *marker)).collect();
    let mut before = None;
    let mut beside = Vec::new();
    for heading in headings {
        before = marks.get(&heading.column).copied().or(before);
        if let Some(marker) = before.filter(|_| !marks.contains_key(&heading.column)) {
            let whole = heading.path.concat();
            let words = fold(&whole);
            beside.push((heading, marker, undecorated(&words).to_owned()));
        }
    }
    let mut repeated: BTreeMap<String, BTreeSet<Marker>> = BTreeMap::new();
    for (_, marker, words) in &beside {
        repeated.entry(words.clone()).or_default().insert(*marker);
    }
    let all = marks.values().collect::<BTreeSet<_>>().len();
    beside.retain(|(_, _, words)| all >= 2 && repeated.get(words).is_some_and(|marks| marks.len() == all));
    beside
}

/// Whether nothing but words of the layout follow its mark: 上午签到 is a half-day's column, 上午接诊人次 is none.
fn is_said(wide: &Wide, rest: &str) -> bool {
    let rest = rest.trim_matches(['(', ')', '[', ']']);
    rest.is_empty() || wide.headings.iter().any(|word| word == rest)
}

/// The columns that some wide layout of the kind takes.
pub fn columns(kind: &LedgerKind, headings: &[Heading]) -> BTreeSet<u32> {
    kind.wide.iter().flat_map(|wide| marked(wide, headings)).map(|(heading, ..)| heading.column).collect()
}

/// What tells one repetition from the others: its mark, and the half-day below it.
type Repetition = (Marker, Option<&'static str>);

/// One repetition: what it stands for, and which column gives which field.
#[derive(Clone, Debug)]
pub struct Group {
    pub marker: Marker,
    /// The half-day that the columns are about, where their headings name one.
    pub half_day: Option<&'static str>,
    pub columns: Vec<(u32, usize)>,
}

/// A wide layout of one table.
#[derive(Clone, Debug)]
pub struct WidePlan {
    pub target: Arc<LedgerKind>,
    /// Whether the records are of the sheet's own kind and take the place of its rows.
    pub own: bool,
    pub into: Option<usize>,
    pub value: Option<usize>,
    pub inside: Vec<usize>,
    /// Own field that names the week.
    pub from: Option<usize>,
    /// Own field → target field.
    pub carry: Vec<(usize, usize)>,
    /// The yes-no field of the target that a tick answers.
    pub mark: Option<usize>,
    /// Target field → what the records say where no column does.
    pub set: Vec<(usize, String)>,
    pub groups: Vec<Group>,
}

impl WidePlan {
    /// From the first to the last period that the columns are about.
    pub fn period(&self, year: Option<i16>) -> Option<Period> {
        let mut periods = self.groups.iter().filter_map(|group| group.marker.period(year));
        let first = periods.next()?;
        let last = periods.next_back().unwrap_or(first);
        Some(if first == last { first } else { Period::Range(first.start(), last.end()) })
    }

    /// Whether a repetition holds nothing but a tick or a cross in the cell of its value; `None` where it says more, or
    /// where the layout gives ticks no meaning.
    pub fn tick<'c>(&self, group: &Group, cell: impl Fn(u32) -> Cell<'c>) -> Option<bool> {
        self.mark?;
        let (column, _) = group.columns.iter().find(|(_, field)| Some(*field) == self.value)?;
        let words = super::value::YesNoWords::default();
        match super::value::yes_no(cell(*column), &words, &mut super::value::Conversions::default()) {
            super::value::Reading::Value(super::value::Value::YesNo(yes)) => Some(yes),
            _ => None,
        }
    }
}

/// The wide layouts of a table.
pub fn plans(dictionary: &Dictionary, kind: &Arc<LedgerKind>, headings: &[Heading]) -> Vec<WidePlan> {
    let mut taken: BTreeSet<u32> = BTreeSet::new();
    let mut plans = Vec::new();
    for wide in &kind.wide {
        let target_index = match &wide.ledger {
            Some(id) => dictionary.kinds.iter().position(|kind| kind.id == *id),
            None => dictionary.kinds.iter().position(|other| other.id == kind.id),
        };
        let Some(target_index) = target_index else { continue };
        let target = dictionary.kinds[target_index].clone();
        let value = wide.value.as_deref().and_then(|name| target.field(name));
        let mut groups: BTreeMap<Repetition, Vec<(u32, usize)>> = BTreeMap::new();
        for (heading, marker, rest) in marked(wide, headings) {
            if taken.contains(&heading.column) {
                continue;
            }
            let below = half_day(rest.trim_matches(['(', ')'])).filter(|(_, rest)| rest.is_empty());
            let half_day = match (marker, below) {
                (Marker::HalfDay(at), _) | (_, Some((Marker::HalfDay(at), _))) => {
                    HALF_DAYS.get(usize::from(at)).copied()
                }
                _ => None,
            };
            let field = match half_day {
                Some(_) => value,
                None => sub_field(dictionary, target_index, wide, &rest, value),
            };
            let Some(field) = field else { continue };
            let columns = groups.entry((marker, half_day)).or_default();
            if !columns.iter().any(|(_, other)| *other == field) {
                columns.push((heading.column, field));
                taken.insert(heading.column);
            }
        }
        if groups.is_empty() {
            continue;
        }
        let own = wide.ledger.is_none() || target.id == kind.id;
        plans.push(WidePlan {
            own,
            into: target.field(&wide.into),
            value,
            inside: wide.inside.iter().filter_map(|name| target.field(name)).collect(),
            from: wide.from.as_deref().and_then(|name| kind.field(name)),
            carry: wide.carry.iter().filter_map(|name| Some((kind.field(name)?, target.field(name)?))).collect(),
            mark: wide.mark.as_deref().and_then(|name| target.field(name)),
            set: wide.set.iter().filter_map(|(name, text)| Some((target.field(name)?, text.clone()))).collect(),
            groups: groups
                .into_iter()
                .map(|((marker, half_day), columns)| Group { marker, half_day, columns })
                .collect(),
            target,
        });
    }
    plans
}

/// The field that a column under a repeated heading fills: what its lower words name, else the layout's value.
fn sub_field(dictionary: &Dictionary, target: usize, wide: &Wide, rest: &str, value: Option<usize>) -> Option<usize> {
    let rest = rest.trim_matches(['(', ')']);
    let mut words = rest.to_owned();
    for word in &wide.headings {
        words = words.replace(word.as_str(), "");
    }
    let named = |text: &str| {
        dictionary
            .exact(&key(text))
            .into_iter()
            .filter(|candidate| candidate.kind == target)
            .max_by_key(|candidate| candidate.score)
            .and_then(|candidate| match candidate.target {
                Target::Field(field) => Some(field),
                Target::Split(..) => None,
            })
    };
    if rest.is_empty() {
        return value;
    }
    // 书面报告报送时间 ends with the name of a field.
    let ending =
        || rest.char_indices().find_map(|(at, _)| named(&rest[at..]).filter(|_| rest[at..].chars().count() >= 4));
    named(rest).or_else(|| named(&words)).or_else(ending).or_else(|| {
        let name = value.map(|field| dictionary.kinds[target].fields[field].name.clone());
        let is_value =
            words.is_empty() || name.is_some_and(|name| likeness(&words, &name) >= 60 || words.contains(&*name));
        if is_value { value } else { None }
    })
}

/// The Monday of the week that a text names: `2024年3月4日至3月10日`, `3月4日-3月10日`, `第10周`.
pub fn week_of(text: &str, context: &DateContext) -> Option<Date> {
    let folded = fold(text);
    let year = context.period.map(|period| period.start().year());
    if let Some(Period::Week(monday)) = find_period(&folded, year) {
        return Some(monday);
    }
    let squeezed = squeeze(&folded);
    if let Some(at) = squeezed.find('周') {
        let digits: String =
            squeezed[..at].chars().rev().take_while(char::is_ascii_digit).collect::<String>().chars().rev().collect();
        if let (Ok(week), Some(year)) = (digits.parse::<u8>(), year)
            && let Some(Period::Week(monday)) = Period::parse(&format!("{year}-W{week}"))
        {
            return Some(monday);
        }
    }
    // The first day named, whatever weekday it is.
    let first = squeezed.split(['至', '到', '~', '—']).next().unwrap_or(&squeezed);
    let start = first.find(|c: char| c.is_ascii_digit())?;
    let date = super::value::day_month(&first[start..], context)
        .or_else(|| first[start..].split('-').next().and_then(|part| super::value::day_month(part, context)))?;
    date.add_days(-date.weekday().index())
}

/// The names in one cell, each with what its brackets say: `张三（主治医师）、李四`.
pub fn people(text: &str) -> Vec<(String, String)> {
    let folded = fold(text);
    let mut found = Vec::new();
    let (mut name, mut inside, mut depth) = (String::new(), String::new(), 0_u32);
    for c in folded.chars().chain(std::iter::once('、')) {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '、' | ',' | ';' | '/' | '\n' | '\r' | '|' if depth == 0 => {
                let person = name.trim_matches(is_space).to_owned();
                if !person.is_empty() {
                    found.push((person, inside.trim_matches(is_space).to_owned()));
                }
                name.clear();
                inside.clear();
            }
            c if depth > 0 => inside.push(c),
            c => name.push(c),
        }
    }
    if depth > 0 || found.is_empty() {
        let person = name.trim_matches(is_space);
        if !person.is_empty() {
            found.push((person.to_owned(), inside));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_may_be_written_as_q_and_a_digit() {
        assert_eq!(leading("q1联系日期"), Some((Marker::Quarter(1), "联系日期".to_owned())));
        assert_eq!(leading("Q4"), Some((Marker::Quarter(4), String::new())));
        assert_eq!(leading("q5"), None);
        assert_eq!(leading("q12"), None);
    }
}
