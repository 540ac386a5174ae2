//! Reporting periods as people write them, in a cell or somewhere in a title, sheet or file name.

use std::borrow::Cow;

use super::date::century;
use super::number::shown;
use super::{Conversions, DateContext, Reading, Value, date, text_of};
use crate::map::text::{chinese_digit, chinese_number, fold, is_space};
use crate::model::{Date, Grid, Period};
use crate::read::Cell;

/// Reads a period cell. A date cell stands for its month, as spreadsheets make dates of `2024年3月`.
pub fn period<'a>(cell: Cell<'a>, context: &DateContext, log: &mut Conversions) -> Reading<'a> {
    let read = match cell {
        Cell::DateTime { days, .. } => {
            let month = Date::from_days(days).and_then(|date| Grid::Month.containing(date));
            if month.is_some() {
                log.note("date-as-month", &text_of(cell));
            }
            month
        }
        Cell::Number { value, .. } if value.fract() == 0.0 && (1900.0..=2100.0).contains(&value) => {
            Some(Period::Year(value as i16))
        }
        Cell::Number { value, .. } if value.fract() == 0.0 && (190_001.0..=210_012.0).contains(&value) => {
            let number = value as u32;
            let month = (number % 100) as u8;
            (1..=12).contains(&month).then_some(Period::Month((number / 100) as i16, month))
        }
        Cell::Number { value, .. } if (1900.0..2101.0).contains(&value) => {
            year_and_month(&shown(value, false), context, log)
        }
        Cell::Number { .. } => match date(cell, context, log) {
            Reading::Value(Value::Date(date)) => Grid::Month.containing(date),
            _ => None,
        },
        Cell::Text(text) => {
            let folded = fold(text);
            if context.is_text && folded.split_once('.').is_some_and(|(year, month)| year.len() == 4 && month == "1") {
                // 2023.10, as a spreadsheet shortens it.
                return read(cell, year_and_month(&folded, context, log));
            }
            let folded = with_century(folded, context, log);
            Period::parse(&folded).or_else(|| {
                let year = context.period.map(|period| period.start().year());
                let found = find_period(&folded, year)?;
                if matches!(found, Period::Year(_)) && folded.contains('月') {
                    return None;
                }
                if !has_year(&folded) {
                    log.note("year-from-period", text);
                }
                Some(found)
            })
        }
        _ => None,
    };
    self::read(cell, read)
}

fn read<'a>(cell: Cell<'a>, period: Option<Period>) -> Reading<'a> {
    period.map_or_else(|| Reading::Unreadable(text_of(cell)), |period| Reading::Value(Value::Period(period)))
}

/// 2023.11 as a number. 2023.1 may be October without its zero: there the reporting period decides.
fn year_and_month(text: &str, context: &DateContext, log: &mut Conversions) -> Option<Period> {
    let (year, month) = text.split_once('.')?;
    let year: i16 = year.parse().ok()?;
    let number: u8 = month.parse().ok()?;
    let months: &[u8] = if month == "1" { &[1, 10] } else { &[number] };
    let months = months.iter().filter(|month| (1..=12).contains(*month)).map(|&month| Period::Month(year, month));
    let mut fitting: Vec<Period> = months.collect();
    if fitting.len() > 1 {
        fitting.retain(|month| context.period.is_some_and(|period| period.contains_period(*month)));
    }
    let [period] = fitting[..] else {
        log.note("month-digits-unreadable", text);
        return None;
    };
    log.note("number-as-month", text);
    Some(period)
}

/// 23年10月 with the century before it.
fn with_century<'t>(folded: Cow<'t, str>, context: &DateContext, log: &mut Conversions) -> Cow<'t, str> {
    let digits = folded.bytes().take_while(u8::is_ascii_digit).count();
    if digits != 2 || !folded[2..].starts_with('年') {
        return folded;
    }
    log.note("two-digit-year", &folded);
    let year = folded[..2].parse().unwrap_or_default();
    Cow::Owned(format!("{}{}", century(year, context) / 100, folded))
}

fn has_year(text: &str) -> bool {
    let mut run = 0;
    for c in text.chars() {
        run = if c.is_ascii_digit() || chinese_digit(c).is_some() { run + 1 } else { 0 };
        if run >= 4 {
            return true;
        }
    }
    false
}

/// The reporting period that a title, sheet name or file name speaks of, the most definite one first;
/// `year` stands in where only 第四季度 and its like is said.
pub fn find_period(text: &str, year: Option<i16>) -> Option<Period> {
    let text: String = fold(text).chars().filter(|&c| !is_space(c) && c != '第').collect();
    let mut whole_year = None;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if let Some((found, after)) = year_at(&text, at) {
            if let Some(range) = range_at(rest) {
                return Some(range);
            }
            let tail = after.trim_start_matches(['年', '度', '-', '_', '.', '/']);
            if let Some(period) = part_of_year(tail, found, after.starts_with(['年', '-', '.', '/', '_'])) {
                return Some(period);
            }
            if after.starts_with('年') || text.len() == 4 {
                // 2023年12月4日 is a day and says nothing about the period.
                let is_day = date_length(rest).is_some();
                if !is_day && whole_year.is_none() {
                    whole_year = Some(Period::Year(found));
                }
            }
            at = text.len() - after.len();
            continue;
        }
        at += rest.chars().next().map_or(1, char::len_utf8);
    }
    if whole_year.is_none()
        && let Some(year) = year
    {
        for (at, _) in text.char_indices() {
            let before = text[..at].chars().next_back();
            if before.is_some_and(|c| c.is_ascii_digit() || chinese_digit(c).is_some() || c == '每' || c == '十') {
                continue;
            }
            // Sheet1 names no month: without a year the word itself must be said.
            let rest = &text[at..];
            // Nor do the months of Sheet1-3月 begin with January.
            let is_numbered = before.is_some_and(|c| c.is_ascii_alphabetic()) && rest.as_bytes()[0].is_ascii_digit();
            if is_numbered && !rest[1..].starts_with(['月', '季', 'q', 'Q']) {
                continue;
            }
            if rest.contains(['月', '季', '半', 'q', 'Q', 'h', 'H'])
                && let Some(period) = part_of_year(rest, year, false)
                // Two digits alone are a month behind a year only.
                && (!matches!(period, Period::Month(..)) || month(rest).is_some_and(|(_, rest)| rest.starts_with('月')))
            {
                return Some(period);
            }
        }
    }
    whole_year
}

/// Four digits of a year that begin at `at` and are not part of a longer number, and the text behind them.
fn year_at(text: &str, at: usize) -> Option<(i16, &str)> {
    let before = text[..at].chars().next_back();
    if before.is_some_and(|c| c.is_ascii_digit() || chinese_digit(c).is_some()) {
        return None;
    }
    let rest = &text[at..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 4 || digits == 6 {
        let year: i16 = rest[..4].parse().ok().filter(|year| (1990..=2100).contains(year))?;
        return Some((year, &rest[4..]));
    }
    if digits > 0 {
        return None;
    }
    let end = rest.char_indices().find(|&(_, c)| chinese_digit(c).is_none()).map_or(rest.len(), |(at, _)| at);
    if rest[..end].chars().count() != 4 || !rest[end..].starts_with('年') {
        return None;
    }
    let year = i16::try_from(chinese_number(&rest[..end])?).ok().filter(|year| (1990..=2100).contains(year))?;
    Some((year, &rest[end..]))
}

/// How long a day such as `2023年12月4日` or `2023-12-04` at the beginning of a text is.
fn date_length(text: &str) -> Option<(Date, usize)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let year = digits(text);
    let mark = text[year..].chars().next().filter(|c| matches!(c, '年' | '-' | '.' | '/'))?;
    let month_at = year + mark.len_utf8();
    let month = digits(&text[month_at..]);
    let second = text[month_at + month..].chars().next().filter(|c| matches!(c, '月' | '-' | '.' | '/'))?;
    let day_at = month_at + month + second.len_utf8();
    let day = digits(&text[day_at..]);
    let mut end = day_at + day;
    let date = Date::new(
        text[..year].parse().ok()?,
        text[month_at..month_at + month].parse().ok()?,
        text[day_at..end].parse().ok()?,
    )?;
    if let Some(mark) = text[end..].chars().next().filter(|c| matches!(c, '日' | '号')) {
        end += mark.len_utf8();
    }
    Some((date, end))
}

/// `2024年1月1日至2024年3月31日`, and `至3月31日` without the second year.
fn range_at(text: &str) -> Option<Period> {
    let (start, length) = date_length(text)?;
    let rest = &text[length..];
    let mark = ["至", "到", "—", "-", "~", "–", ".."].into_iter().find(|mark| rest.starts_with(mark))?;
    let rest = rest[mark.len()..].trim_start_matches(['-', '—']);
    let end = match date_length(rest) {
        Some((end, _)) => end,
        None => date_length(&format!("{}年{rest}", start.year()))?.0,
    };
    (start <= end).then(|| named(start, end))
}

/// The named period that the days make, where there is one.
fn named(start: Date, end: Date) -> Period {
    for grid in [Grid::Month, Grid::Quarter, Grid::Half, Grid::Year, Grid::Week] {
        if let Some(period) = grid.containing(start)
            && period.start() == start
            && period.end() == end
        {
            return period;
        }
    }
    Period::Range(start, end)
}

/// A quarter, half, month or span of months at the beginning of a text.
fn part_of_year(text: &str, year: i16, separated: bool) -> Option<Period> {
    for (word, half) in [("上半年", 1), ("下半年", 2), ("前半年", 1), ("后半年", 2)] {
        if text.starts_with(word) {
            return Some(Period::Half(year, half));
        }
    }
    for (word, length) in [("全年", Period::Year(year)), ("年度", Period::Year(year))] {
        if text.starts_with(word) {
            return Some(length);
        }
    }
    let mut chars = text.chars();
    let first = chars.next()?;
    let number =
        |c: char| c.to_digit(10).or_else(|| chinese_digit(c).map(u32::from)).and_then(|digit| u8::try_from(digit).ok());
    if matches!(first, 'q' | 'Q' | 'h' | 'H') {
        let digit = chars.next().and_then(number)?;
        if chars.next().is_some_and(|c| c.is_ascii_alphanumeric()) {
            return None;
        }
        return match first {
            'q' | 'Q' => (1..=4).contains(&digit).then_some(Period::Quarter(year, digit)),
            _ => (1..=2).contains(&digit).then_some(Period::Half(year, digit)),
        };
    }
    if let Some(quarter) = number(first) {
        let rest = chars.as_str();
        // 四季青镇 is a place.
        let is_short = rest.strip_prefix('季').is_some_and(|rest| {
            rest.chars().next().is_none_or(|c| !('\u{4e00}'..='\u{9fff}').contains(&c) || "报末表台考调督".contains(c))
        });
        let is_q =
            rest.strip_prefix(['q', 'Q']).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()));
        if (rest.starts_with("季度") || is_short || rest.starts_with("-季") || is_q) && (1..=4).contains(&quarter) {
            return Some(Period::Quarter(year, quarter));
        }
    }
    let (from, rest) = month(text)?;
    let span = span(from, rest, year);
    if span.is_some() {
        return span;
    }
    if !separated && !rest.starts_with('月') {
        // 202403: exactly two digits and nothing behind them.
        let is_compact = text.len() - rest.len() == 2 && !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
        return is_compact.then_some(Period::Month(year, from));
    }
    if rest.starts_with('月') {
        let after = &rest['月'.len_utf8()..];
        return (!starts_with_day(after) && !after.starts_with('份') || after.starts_with('份'))
            .then_some(Period::Month(year, from));
    }
    // 2024-03 and 2024.3 with nothing behind; 2024-03-05 is a day.
    let is_end = !rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.' | '/' | '年' | '个'));
    (is_end && rest.is_empty()).then_some(Period::Month(year, from))
}

/// The months of 1-3月 and 1月至3月; `from` is the first of them and `rest` what stands behind its number.
fn span(from: u8, rest: &str, year: i16) -> Option<Period> {
    let after = rest.strip_prefix('月').unwrap_or(rest);
    let tail = ["至", "到", "-", "—", "~", "–"].iter().find_map(|mark| after.strip_prefix(mark))?;
    let tail = tail.strip_prefix(&format!("{year}年")[..]).unwrap_or(tail);
    let (to, behind) = month(tail.trim_start_matches(['—', '-']))?;
    let is_span = from <= to && behind.strip_prefix('月').is_some_and(|behind| !starts_with_day(behind));
    is_span.then(|| named(Period::Month(year, from).start(), Period::Month(year, to).end()))
}

fn starts_with_day(text: &str) -> bool {
    let body = text.trim_start_matches(|c: char| c.is_ascii_digit() || chinese_digit(c).is_some() || c == '十');
    body.len() < text.len() && body.starts_with(['日', '号'])
}

/// A month 1 to 12 at the beginning of a text.
fn month(text: &str) -> Option<(u8, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (value, rest) = if digits > 0 {
        if digits > 2 {
            return None;
        }
        (text[..digits].parse::<i64>().ok()?, &text[digits..])
    } else {
        let end = text
            .char_indices()
            .find(|&(_, c)| chinese_digit(c).is_none() && c != '十')
            .map_or(text.len(), |(at, _)| at);
        if !text[end..].starts_with(['月', '至', '到', '-', '—', '~']) {
            return None;
        }
        (
            chinese_number(&text[..end]).or_else(|| text.chars().next().and_then(chinese_digit).map(i64::from))?,
            &text[end..],
        )
    };
    (1..=12).contains(&value).then_some((value as u8, rest))
}
