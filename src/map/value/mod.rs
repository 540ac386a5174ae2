//! Cells to typed values: every way in which a clerk writes a value, as pure functions.

mod code;
mod count;
mod date;
mod legend;
mod length;
mod number;
mod period;
mod yesno;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

pub use code::{ListIndex, code, codes};
pub use date::{DateContext, date, dates, day_month};
pub use number::{Scale, id_number, number, ratio};
pub use period::{find_period, period};
pub use yesno::{YesNoWords, yes_no};

use super::text::{fold, is_space};
use crate::model::{Date, Decimal, FieldType, Period};
use crate::pack::{CodeList, Field};
use crate::read::Cell;

/// A value of one of the field types.
#[derive(Clone, PartialEq, Debug)]
pub enum Value<'a> {
    Text(Cow<'a, str>),
    YesNo(bool),
    Number(Decimal),
    Date(Date),
    Dates(Vec<Date>),
    Period(Period),
    /// Position in the code list.
    Code(u16),
    /// One bit for each position in the code list.
    Codes(u64),
}

/// What a cell says to a field.
#[derive(Clone, PartialEq, Debug)]
pub enum Reading<'a> {
    Value(Value<'a>),
    Blank,
    /// Blank, because it says in these words that it has not happened.
    Never(Cow<'a, str>),
    /// Something that is no value of the type, as written.
    Unreadable(Cow<'a, str>),
    /// The place was never printed.
    Absent,
}

impl Reading<'_> {
    /// The same reading, borrowing its text.
    pub fn borrowed(&self) -> Reading<'_> {
        match self {
            Reading::Value(Value::Text(text)) => Reading::Value(Value::Text(Cow::Borrowed(text))),
            Reading::Never(text) => Reading::Never(Cow::Borrowed(text)),
            Reading::Unreadable(text) => Reading::Unreadable(Cow::Borrowed(text)),
            other => other.clone(),
        }
    }

    /// The same reading without a borrow of the cell.
    pub fn into_owned(self) -> Reading<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Reading::Value(Value::Text(text)) => Reading::Value(Value::Text(own(text))),
            Reading::Value(Value::YesNo(value)) => Reading::Value(Value::YesNo(value)),
            Reading::Value(Value::Number(value)) => Reading::Value(Value::Number(value)),
            Reading::Value(Value::Date(value)) => Reading::Value(Value::Date(value)),
            Reading::Value(Value::Dates(value)) => Reading::Value(Value::Dates(value)),
            Reading::Value(Value::Period(value)) => Reading::Value(Value::Period(value)),
            Reading::Value(Value::Code(value)) => Reading::Value(Value::Code(value)),
            Reading::Value(Value::Codes(value)) => Reading::Value(Value::Codes(value)),
            Reading::Blank => Reading::Blank,
            Reading::Never(text) => Reading::Never(own(text)),
            Reading::Unreadable(text) => Reading::Unreadable(own(text)),
            Reading::Absent => Reading::Absent,
        }
    }
}

/// Conversions that were not literal: stable key → how often, and the first example; and the keys of the cell at hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversions(pub BTreeMap<&'static str, (u64, String)>, Vec<&'static str>);

impl Conversions {
    /// Begins another cell.
    pub fn begin_cell(&mut self) {
        self.1.clear();
    }

    /// What was converted in the cell at hand.
    pub fn of_cell(&self) -> &[&'static str] {
        &self.1
    }

    /// Counts one conversion of `example`.
    pub fn note(&mut self, key: &'static str, example: &str) {
        self.count(key, 1, example);
    }

    /// Counts some conversions, the first of them of `example`.
    pub fn count(&mut self, key: &'static str, count: u64, example: &str) {
        self.1.push(key);
        if let Some(entry) = self.0.get_mut(key) {
            entry.0 += count;
        } else {
            self.0.insert(key, (count, example.trim_matches(is_space).chars().take(60).collect()));
        }
    }

    /// Adds conversions that came later.
    pub fn add(&mut self, later: Conversions) {
        self.1.extend(later.1);
        for (key, (count, example)) in later.0 {
            self.0.entry(key).or_insert((0, example)).0 += count;
        }
    }
}

/// Whether a folded text says that nothing was filled in: empty, a stroke, a dash.
pub fn is_blank(folded: &str) -> bool {
    let mut chars = folded.chars();
    let Some(first) = chars.next() else { return true };
    if matches!(first, '/' | '\\' | '-' | '—' | '–' | '―' | '_' | '－' | '…' | '.' | '*' | '∕' | '╱' | 'ー')
    {
        return chars.all(|c| c == first || is_space(c));
    }
    // The words are short; longer texts need no comparison.
    folded.len() <= 12
        && matches!(
            folded,
            "(空)"
                | "空"
                | "空白"
                | "未填"
                | "未填写"
                | "null"
                | "NULL"
                | "N/A"
                | "n/a"
                | "NA"
                | "#N/A"
                | "nan"
                | "NaN"
        )
}

/// Whether a folded text says that the question does not apply, which leaves the cell without a value.
fn is_not_applicable(folded: &str) -> bool {
    folded.len() <= 18
        && matches!(folded, "不适用" | "不涉及" | "无此项" | "不适用本项" | "无需填写" | "无此情况" | "无该项")
}

/// Whether a text is certainly neither blank nor surrounded by anything that is taken away; most texts show it by their
/// first and last characters.
fn is_plain_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else { return false };
    // The leading bytes of the characters from U+4000 to U+9FFF.
    let is_wide = |lead: u8| (0xe4..=0xe9).contains(&lead);
    let begins = match first {
        // null, nan, N/A
        b'n' | b'N' => false,
        first if first.is_ascii() => first.is_ascii_alphanumeric(),
        // 空白, 未填, 同上
        first => is_wide(first) && !["空", "未", "同"].iter().any(|word| bytes.starts_with(word.as_bytes())),
    };
    begins
        && (last.is_ascii_alphanumeric()
            || bytes.len() >= 3
                && match bytes[bytes.len() - 3..] {
                    // Full-width punctuation, as in （张某）.
                    [0xef, 0xbc | 0xbd, _] => true,
                    [lead, ..] => is_wide(lead),
                    _ => false,
                })
}

/// A whole number in digits.
#[inline]
fn plain_digits(text: &str) -> Option<i64> {
    if text.is_empty() || text.len() > 15 {
        return None;
    }
    text.bytes().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

/// How the cells of one field are read in one table.
#[derive(Clone, Debug)]
pub struct Coercer {
    ty: FieldType,
    words: Option<YesNoWords>,
    never: Vec<String>,
    month_end: bool,
    list: Option<Arc<ListIndex>>,
    scale: Scale,
    /// Bare numbers of a ratio are percentages throughout.
    percent: bool,
}

impl Coercer {
    /// The coercer of `field`; `list` gives the index of a code list by its id.
    pub fn new(field: &Field, list: impl Fn(&str) -> Option<Arc<ListIndex>>) -> Coercer {
        let squeezed = |texts: &[String]| texts.iter().map(|text| super::text::squeeze(text).into_owned()).collect();
        Coercer {
            ty: field.ty.clone(),
            words: (field.ty == FieldType::YesNo).then(|| YesNoWords::new(field)),
            never: squeezed(&field.never),
            month_end: field.month_end,
            list: match &field.ty {
                FieldType::Code(id) | FieldType::Codes(id) => list(id),
                _ => None,
            },
            scale: Scale { unit: field.unit.clone(), per: number::Per::of(&field.name), ..Scale::default() },
            percent: false,
        }
    }

    /// The same coercer under a heading that names the unit of its numbers.
    pub fn under_heading(mut self, heading: &super::text::Key, percent: bool) -> Coercer {
        self.percent = percent;
        let own = self.scale.unit.as_deref().and_then(super::text::unit_power).unwrap_or(0);
        self.scale.power = heading.power.map_or(0, |power| power - own);
        self.scale.heading_unit.clone_from(&heading.unit);
        self
    }

    /// The same coercer where the heading explains codes for yes and no: 1 is no under 是否签约（1=否 2=是）.
    pub fn with_legend(mut self, heading: &str) -> Coercer {
        if let Some(words) = &mut self.words {
            words.explain(&legend::legend(heading));
        }
        self
    }

    pub fn ty(&self) -> &FieldType {
        &self.ty
    }

    /// The number that the text is, where the field has numbers.
    pub fn number_in(&self, text: &str) -> Option<Decimal> {
        let is_number = matches!(self.ty, FieldType::Integer | FieldType::Decimal);
        match number(Cell::Text(text), &self.scale, &mut Conversions::default()) {
            Reading::Value(Value::Number(number)) if is_number && !number.is_negative() => {
                (self.ty != FieldType::Integer || number.is_whole()).then_some(number)
            }
            _ => None,
        }
    }

    pub fn list(&self) -> Option<&Arc<ListIndex>> {
        self.list.as_ref()
    }

    /// Reads a text that is written the way nearly all are, without a detour; `None` says nothing about the text.
    /// What it gives is what [`Coercer::read`] gives, and no conversion is noted for it.
    #[inline]
    pub fn quick<'a>(&self, text: &'a str) -> Option<Reading<'a>> {
        let value = match &self.ty {
            FieldType::Text if is_plain_text(text) => Value::Text(Cow::Borrowed(text)),
            FieldType::Integer | FieldType::Decimal if self.scale.is_plain() => {
                Value::Number(Decimal::from_int(plain_digits(text)?))
            }
            FieldType::Date => Value::Date(date::iso(text)?),
            FieldType::IdNumber if number::is_id_number(text) => Value::Text(Cow::Borrowed(text)),
            _ => return None,
        };
        Some(Reading::Value(value))
    }

    /// Reads one cell.
    pub fn read<'a>(&self, cell: Cell<'a>, context: &DateContext, log: &mut Conversions) -> Reading<'a> {
        match cell {
            Cell::Empty => return Reading::Blank,
            Cell::Error(text) => return Reading::Unreadable(Cow::Borrowed(text)),
            Cell::Uncomputed => return Reading::Unreadable(Cow::Borrowed("（公式没有计算结果）")),
            Cell::Text(text) => {
                let folded = fold(text);
                // What stands above is not known any more here.
                if super::ditto::is_mark(text) {
                    return Reading::Unreadable(text_of(cell));
                }
                if is_blank(&folded) {
                    return Reading::Blank;
                }
                if self.ty != FieldType::Text && is_not_applicable(&folded) && !self.knows(&folded) {
                    log.note("not-applicable-as-blank", text);
                    return Reading::Blank;
                }
            }
            Cell::Number { .. } | Cell::DateTime { .. } | Cell::Bool(_) => {}
        }
        match &self.ty {
            FieldType::Text => Reading::Value(Value::Text(text_of(cell))),
            FieldType::YesNo => match &self.words {
                Some(words) => yes_no(cell, words, log),
                None => Reading::Blank,
            },
            FieldType::Integer => match number(cell, &self.scale, log) {
                Reading::Value(Value::Number(value)) if !value.is_whole() => Reading::Unreadable(text_of(cell)),
                reading => not_negative(reading, cell),
            },
            FieldType::Decimal => not_negative(number(cell, &self.scale, log), cell),
            FieldType::Ratio => ratio(cell, self.percent, log),
            FieldType::Date => match self.never_word(cell) {
                Some(word) => Reading::Never(word),
                None => match date(cell, context, log) {
                    Reading::Unreadable(text) if self.month_end => {
                        let happened = !self.never.is_empty();
                        let last = date::month_end(cell, context, happened, log);
                        last.map_or(Reading::Unreadable(text), |date| Reading::Value(Value::Date(date)))
                    }
                    reading => reading,
                },
            },
            FieldType::Dates => match self.never_word(cell) {
                Some(word) => Reading::Never(word),
                None => dates(cell, context, log),
            },
            FieldType::Period => period(cell, context, log),
            FieldType::Code(_) => match &self.list {
                Some(list) => code(cell, list, log),
                None => Reading::Unreadable(text_of(cell)),
            },
            FieldType::Codes(_) => match &self.list {
                Some(list) => codes(cell, list, log),
                None => Reading::Unreadable(text_of(cell)),
            },
            FieldType::IdNumber => id_number(cell, log),
        }
    }

    /// Whether the field itself gives a meaning to a text that is not applicable elsewhere.
    fn knows(&self, folded: &str) -> bool {
        self.words.as_ref().is_some_and(|words| words.special(folded).is_some())
            || self.never.iter().any(|word| word == folded)
            || self.list.as_ref().is_some_and(|list| list.exact(folded).is_some())
    }

    fn never_word<'a>(&self, cell: Cell<'a>) -> Option<Cow<'a, str>> {
        let Cell::Text(text) = cell else { return None };
        if self.never.is_empty() {
            return None;
        }
        let squeezed = super::text::squeeze(text);
        let outside = squeezed.split('(').next().unwrap_or(&squeezed);
        let plainly = plainly_denied(outside);
        let says = |word: &String| {
            *word == *squeezed
                || word == outside
                || plainly.as_ref().is_some_and(|said| word.starts_with(said.as_str()))
        };
        self.never.iter().any(says).then(|| Cow::Borrowed(text.trim_matches(is_space)))
    }
}

/// 尚未开通 and 还没开 as 未开通 and 未开; `None` for a text that does not say that something has yet to happen.
fn plainly_denied(text: &str) -> Option<String> {
    let begun =
        ["目前", "至今", "尚", "还", "暂", "仍"].iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text);
    let deed = ["未", "没有", "没"].iter().find_map(|word| begun.strip_prefix(word))?;
    ((1..=6).contains(&deed.chars().count())).then(|| format!("未{deed}"))
}

/// Ledgers count people, things, money and hours: a number below zero is a slip, and no rule may reckon with it.
fn not_negative<'a>(reading: Reading<'a>, cell: Cell<'a>) -> Reading<'a> {
    match reading {
        Reading::Value(Value::Number(value)) if value.is_negative() => Reading::Unreadable(text_of(cell)),
        reading => reading,
    }
}

/// The index of a code list, as the coercers share it.
pub fn index_list(list: &CodeList) -> Arc<ListIndex> {
    Arc::new(ListIndex::new(list))
}

/// The cell as a person reads it, without surrounding space.
pub fn text_of(cell: Cell<'_>) -> Cow<'_, str> {
    match cell {
        Cell::Empty => Cow::Borrowed(""),
        Cell::Text(text) | Cell::Error(text) => {
            let trimmed = text.trim_matches(is_space);
            // A leading apostrophe is how cells typed as text are kept in files that were exported and read again.
            let begins = |c: char| c.is_ascii_digit() || ('\u{4e00}'..='\u{9fff}').contains(&c);
            match trimmed.strip_prefix(['\'', '’']) {
                Some(rest) if rest.starts_with(begins) && !rest.contains(['\'', '’']) => Cow::Borrowed(rest),
                _ => Cow::Borrowed(trimmed),
            }
        }
        Cell::Number { value, percent } => Cow::Owned(number::shown(value, percent)),
        Cell::DateTime { days, seconds } => Cow::Owned(match (Date::from_days(days), seconds) {
            (Some(date), 0) => date.to_string(),
            (Some(date), seconds) => {
                format!("{date} {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
            }
            (None, _) => format!("{days}"),
        }),
        Cell::Bool(true) => Cow::Borrowed("TRUE"),
        Cell::Bool(false) => Cow::Borrowed("FALSE"),
        Cell::Uncomputed => Cow::Borrowed("（公式没有计算结果）"),
    }
}

#[cfg(test)]
mod tests;
