//! Dates as cells, serial numbers and texts.
//!
//! A month without a day (2024年3月) is no date: a rule that needs the day could not be judged honestly, so the cell is
//! unreadable in a date field, unless the field says `month-end`. Two-digit years count as 20xx up to the year after the review date, else as 19xx.

use std::borrow::Cow;

use super::number::shown;
use super::{Conversions, Reading, Value, text_of};
use crate::map::text::{chinese_digit, chinese_number, fold, is_space};
use crate::model::{Date, Period};
use crate::read::{Cell, DAY_ZERO_1904};

/// What is known about the dates of a table before its cells are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateContext {
    /// The reporting period, which gives the year to dates and periods without one.
    pub period: Option<Period>,
    /// The review date.
    pub as_of: Date,
    /// Day 0 of the book that the cells are from, see [`crate::read::Sheet::day_zero`].
    pub day_zero: i32,
    /// Whether the cells are from a text file, where the number 3.10 stands as 3.1.
    pub is_text: bool,
}

impl DateContext {
    /// The date of a month and day without a year, where the reporting period decides the year.
    fn in_period(&self, month: i8, day: i8) -> Option<Date> {
        let period = self.period?;
        let (first, last) = (period.start().year(), period.end().year());
        let candidates = (first..=last).filter_map(|year| Date::new(year, month, day));
        let mut inside = candidates.clone().filter(|&date| period.contains(date));
        match (inside.next(), inside.next()) {
            (Some(date), None) => Some(date),
            (Some(_), Some(_)) => None,
            // Outside the period the year is still plain where the period lies in one year.
            (None, _) => (first == last).then(|| Date::new(first, month, day)).flatten(),
        }
    }

    /// The only one of the days that lies in the reporting period.
    fn only(&self, days: impl Iterator<Item = Date>) -> Option<Date> {
        let period = self.period?;
        let mut inside = days.filter(|&date| period.contains(date));
        let first = inside.next()?;
        inside.all(|date| date == first).then_some(first)
    }

    /// The date of a month and a day written with a mark alone, as 3.5, 03-05 and 3/5: it may be something else, so that only
    /// a day of the reporting period is taken.
    fn bare(&self, month: u32, days: &[u32]) -> Option<Date> {
        let period = self.period?;
        let years = i32::from(period.start().year())..=i32::from(period.end().year());
        self.only(years.flat_map(|year| days.iter().filter_map(move |&day| checked(year, month, day))))
    }
}

/// The years that a ledger can mean; anything else is a slip of the keyboard.
fn is_year(year: i32) -> bool {
    (1900..=2100).contains(&year)
}

fn checked(year: i32, month: u32, day: u32) -> Option<Date> {
    if !is_year(year) {
        return None;
    }
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
}

/// Reads one date.
pub fn date<'a>(cell: Cell<'a>, context: &DateContext, log: &mut Conversions) -> Reading<'a> {
    let read = match cell {
        Cell::DateTime { days, .. } => Date::from_days(days).filter(|date| is_year(i32::from(date.year()))),
        Cell::Number { value, .. } => number_date(value, context, log),
        Cell::Text(text) => match iso(text) {
            Some(date) => Some(date),
            None => text_date(&fold(text), context, log),
        },
        _ => None,
    };
    read.map_or_else(|| Reading::Unreadable(text_of(cell)), |date| Reading::Value(Value::Date(date)))
}

/// The form that most files use, without a detour.
pub(super) fn iso(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let digits = |range: std::ops::Range<usize>| {
        bytes[range]
            .iter()
            .try_fold(0_u32, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
    };
    checked(digits(0..4)? as i32, digits(5..7)?, digits(8..10)?)
}

/// A number in a date column: 20240305, or the serial number that spreadsheets keep dates as.
fn number_date(value: f64, context: &DateContext, log: &mut Conversions) -> Option<Date> {
    if !(0.0..1e9).contains(&value) {
        return None;
    }
    let whole = value.floor() as u32;
    if value.fract() == 0.0
        && let Some(date) = compact(whole)
    {
        log.note("number-as-date", &whole.to_string());
        return Some(date);
    }
    if whole < 13 && value.fract() != 0.0 {
        // 3.5 for the fifth of March.
        return text_date(&shown(value, false), &DateContext { is_text: true, ..*context }, log);
    }
    // Serials of 1913 to 2119; smaller numbers are counts that stand in the wrong column.
    if (5_000..=80_000).contains(&whole) {
        let key = if context.day_zero == DAY_ZERO_1904 { "serial-date-1904" } else { "serial-date" };
        log.note(key, &whole.to_string());
        return Date::from_days(whole as i32 + context.day_zero);
    }
    None
}

/// The century of a year of two digits.
pub(super) fn century(year: i32, context: &DateContext) -> i32 {
    let pivot = i32::from(context.as_of.year()) + 1;
    if 2000 + year <= pivot { 2000 } else { 1900 }
}

/// 20240305
fn compact(number: u32) -> Option<Date> {
    (19_000_101..=21_001_231)
        .contains(&number)
        .then(|| checked((number / 10_000) as i32, number / 100 % 100, number % 100))?
}

fn text_date(folded: &str, context: &DateContext, log: &mut Conversions) -> Option<Date> {
    let mut text = folded.strip_prefix(['\'', '’', '‘']).unwrap_or(folded);
    if text.len() > 120 {
        return None;
    }
    if let Some(open) = text.find('(')
        && open > 0
    {
        // 2024-03-05（周二）
        log.note("remark-removed", folded);
        text = text[..open].trim_end_matches(is_space);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: u32 = text.parse().ok()?;
        return match text.len() {
            8 => compact(number),
            5 => number_date(f64::from(number), context, log),
            _ => None,
        };
    }
    if let Some(date) = spaced(text) {
        return Some(date);
    }
    if let Some((day, month, year)) = english(text) {
        log.note("english-month", folded);
        let year = if year < 100 { century(year, context) + year } else { year };
        return checked(year, month, day);
    }
    let parts = parts(text)?;
    let (year, month, day) = match parts {
        Parts::Full(year, month, day, digits) => {
            if digits <= 2 {
                log.note("two-digit-year", folded);
                (century(year, context) + year, month, day)
            } else {
                (year, month, day)
            }
        }
        Parts::Bare { month, days } => {
            let days = if context.is_text { &days[..] } else { &days[..1] };
            let date = context.bare(month, days);
            log.note(if date.is_some() { "month-day-as-date" } else { "no-year-unreadable" }, folded);
            return date;
        }
        Parts::YearLast([first, second], year) => {
            let either = [checked(year, first, second), checked(year, second, first)];
            let date = match either {
                [Some(one), Some(other)] if one != other => context.only([one, other].into_iter()),
                [one, other] => one.or(other),
            };
            log.note(if date.is_some() { "year-last" } else { "day-or-month-unreadable" }, folded);
            return date;
        }
        Parts::MonthDay(month, day) => {
            let date = context.in_period(i8::try_from(month).ok()?, i8::try_from(day).ok()?);
            log.note(if date.is_some() { "year-from-period" } else { "no-year-unreadable" }, folded);
            return date;
        }
    };
    let date = checked(year, month, day)?;
    if folded.chars().any(|c| chinese_digit(c).is_some() || c == '十') {
        log.note("chinese-numeral", folded);
    }
    Some(date)
}

/// 2024 3 5 and 2024,3,5.
fn spaced(text: &str) -> Option<Date> {
    let mut parts = text.split([' ', ',']);
    let mut next = |least, most| {
        let part = parts.next()?;
        let is_number = (least..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse::<u32>().ok())?
    };
    let (year, month, day) = (next(4, 4)?, next(1, 2)?, next(1, 2)?);
    parts.next().is_none().then(|| checked(i32::try_from(year).ok()?, month, day))?
}

/// Day, month and year where the month has its English name, as programs write dates: 5-Mar-24, Mar 5, 2024,
/// Tue Mar 05 00:00:00 CST 2024.
fn english(text: &str) -> Option<(u32, u32, i32)> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    const OTHERS: [&str; 17] = [
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "cst",
        "gmt",
        "utc",
    ];
    if !text.is_ascii() || !text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let text = text.to_ascii_lowercase();
    let (mut month, mut numbers) = (None, Vec::new());
    for word in text.split([' ', ',', '-', '/', '.']).filter(|word| !word.is_empty() && !word.contains(':')) {
        let is_month = |name: &&str| {
            *name == word || word.len() == 3 && name.starts_with(word) || word == "sept" && name.starts_with(word)
        };
        if let Some(at) = MONTHS.iter().position(is_month) {
            if month.replace(at).is_some() {
                return None;
            }
        } else if !OTHERS.contains(&word) {
            numbers.push((word.len(), word.parse::<u32>().ok()?));
        }
    }
    let month = u32::try_from(month?).ok()? + 1;
    match numbers[..] {
        [(1 | 2, day), (4 | 2, year)] | [(4, year), (1 | 2, day)] => Some((day, month, i32::try_from(year).ok()?)),
        _ => None,
    }
}

enum Parts {
    /// Year, month, day, and the number of digits of the year.
    Full(i32, u32, u32, usize),
    MonthDay(u32, u32),
    /// A month and a day with a mark between them, as 3.5; of a number that lost the zero at its end, both days it may mean.
    Bare {
        month: u32,
        days: [u32; 2],
    },
    /// Month and day in either order before the year, as 03/05/2024.
    YearLast([u32; 2], i32),
}

/// One number at the beginning of a text, in digits or Chinese numerals, and how many characters it has.
fn leading(text: &str) -> Option<(u32, usize, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 {
        return (digits <= 4).then(|| Some((text[..digits].parse().ok()?, digits, &text[digits..])))?;
    }
    let end = text
        .char_indices()
        .find(|&(_, c)| chinese_digit(c).is_none() && !matches!(c, '十' | '廿'))
        .map_or(text.len(), |(at, _)| at);
    let value = chinese_number(&text[..end])?;
    Some((u32::try_from(value).ok()?, text[..end].chars().count(), &text[end..]))
}

fn parts(text: &str) -> Option<Parts> {
    let skip = |text| str::trim_start_matches(text, is_space);
    let (first, width, rest) = leading(text)?;
    let rest = skip(rest);
    let mark = rest.chars().next()?;
    let rest = skip(&rest[mark.len_utf8()..]);
    match mark {
        '月' => {
            let (day, _, rest) = leading(rest)?;
            let rest = skip(rest);
            let rest = rest.strip_prefix(['日', '号']).unwrap_or(rest);
            return is_tail(rest).then_some(Parts::MonthDay(first, day));
        }
        '年' | '-' | '/' | '.' | '、' | '·' | '—' | '–' | '\\' => {}
        _ => return None,
    }
    let (month, digits, rest) = leading(rest)?;
    let rest = skip(rest);
    if mark != '年' && width <= 2 && digits <= 2 && !rest.starts_with(mark) && is_tail(rest) {
        // A zero before the month shows that the text was never a number.
        let may_lack_zero = mark == '.' && digits == 1 && month <= 3 && !text.starts_with('0');
        let other = if may_lack_zero { month * 10 } else { month };
        return Some(Parts::Bare { month: first, days: [month, other] });
    }
    let second = rest.chars().next()?;
    let is_separator = match mark {
        '年' => second == '月' || matches!(second, '-' | '.' | '/'),
        mark => second == mark || second == '月',
    };
    if !is_separator {
        return None;
    }
    let (day, digits, rest) = leading(skip(&rest[second.len_utf8()..]))?;
    let rest = skip(rest);
    if mark != '年' && second == mark && width <= 2 && digits == 4 {
        return is_tail(rest).then_some(Parts::YearLast([first, month], i32::try_from(day).ok()?));
    }
    let rest = rest.strip_prefix(['日', '号']).unwrap_or(rest);
    if !is_tail(rest) || !matches!(width, 2 | 4) {
        return None;
    }
    // 03/05/24 and its like may begin with the month or the day: with a slash the first part must be plainly a year.
    if width == 2 && mark == '/' && first <= 12 {
        return None;
    }
    Some(Parts::Full(i32::try_from(first).ok()?, month, day, width))
}

/// Whether what follows a date is only a time of day, a weekday or a stop.
fn is_tail(rest: &str) -> bool {
    let rest = rest.trim_matches(|c| is_space(c) || matches!(c, '。' | ',' | ';' | '、' | '.'));
    if rest.is_empty() {
        return true;
    }
    for word in ["上午", "下午", "晚上", "早上", "中午", "全天", "am", "pm", "AM", "PM"] {
        if let Some(after) = rest.strip_prefix(word) {
            return is_tail(after);
        }
    }
    for word in ["星期", "周"] {
        if let Some(after) = rest.strip_prefix(word) {
            let mut chars = after.chars();
            return chars.next().is_some_and(|c| "一二三四五六日天".contains(c)) && is_tail(chars.as_str());
        }
    }
    let time = rest.strip_prefix('T').unwrap_or(rest);
    time.starts_with(|c: char| c.is_ascii_digit())
        && time.contains([':', '时', '点'])
        && time.chars().all(|c| {
            c.is_ascii_digit()
                || is_space(c)
                || matches!(c, ':' | '.' | '时' | '点' | '分' | '秒' | '+' | 'Z' | 'A' | 'P' | 'M')
        })
}

/// The last day of the month that a text names without a day: 2026年5月, 2026-05, 202605. What has `happened` did so by
/// the review date, where that lies in the month.
pub fn month_end(cell: Cell<'_>, context: &DateContext, happened: bool, log: &mut Conversions) -> Option<Date> {
    match super::period(cell, context, &mut Conversions::default()) {
        Reading::Value(Value::Period(period @ Period::Month(..))) => {
            log.note("month-as-last-day", &text_of(cell));
            let is_running = happened && period.contains(context.as_of);
            Some(if is_running { context.as_of } else { period.end() })
        }
        _ => None,
    }
}

/// Reads several dates in one cell; one part that is no date makes the cell unreadable. Sorted, without repetitions.
pub fn dates<'a>(cell: Cell<'a>, context: &DateContext, log: &mut Conversions) -> Reading<'a> {
    let Cell::Text(text) = cell else {
        return match date(cell, context, log) {
            Reading::Value(Value::Date(date)) => Reading::Value(Value::Dates(vec![date])),
            other => other,
        };
    };
    let folded = fold(text);
    if let Some(date) = text_date(&folded, context, log) {
        return Reading::Value(Value::Dates(vec![date]));
    }
    let mut found: Vec<Date> = Vec::new();
    let mut last: Option<Date> = None;
    let split: Vec<&str> = if folded.contains(['、', ',', ';', '\n', '|', '和', '及', '。']) {
        folded.split(['、', ',', ';', '\n', '\r', '|', '和', '及', '。']).collect()
    } else {
        folded.split(is_space).collect()
    };
    for part in split {
        let part = part.trim_matches(is_space);
        if part.is_empty() {
            continue;
        }
        let read = text_date(part, context, log).or_else(|| continued(part, last?));
        let Some(date) = read else { return Reading::Unreadable(Cow::Borrowed(text.trim_matches(is_space))) };
        last = Some(date);
        found.push(date);
    }
    if found.is_empty() {
        return Reading::Unreadable(text_of(cell));
    }
    found.sort_unstable();
    found.dedup();
    Reading::Value(Value::Dates(found))
}

/// The later parts of `2024年3月5日、12日、4月2日`, which borrow year and month from the date before.
fn continued(part: &str, last: Date) -> Option<Date> {
    let (year, month, _) = last.ymd();
    if let Some(Parts::MonthDay(month, day)) = parts(part) {
        return checked(i32::from(year), month, day);
    }
    let (day, _, rest) = leading(part)?;
    matches!(rest, "日" | "号").then(|| checked(i32::from(year), u32::from(month.unsigned_abs()), day))?
}

/// Month and day at the beginning of a text such as `3月5日`, for headings of days.
pub fn day_month(text: &str, context: &DateContext) -> Option<Date> {
    text_date(&fold(text), context, &mut Conversions::default())
}
