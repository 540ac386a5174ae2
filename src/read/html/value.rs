//! The value behind the shown text of an HTML cell, where the program that wrote the page keeps it beside the text.

use html5ever::tokenizer::Tag;

use super::attribute;
use crate::model::Date;
use crate::read::numbers::{NumberKind, date_time};
use crate::read::sheet::{Cell, DAY_ZERO, DAY_ZERO_1904};

/// What the tag of a cell says about its value.
pub(super) struct Kept {
    value: f64,
    /// The number format, where it is known.
    format: Option<String>,
}

impl Kept {
    /// LibreOffice writes `sdval="45264" sdnum="1033;0;MM/DD/YY"`, Excel `x:num="45264"`.
    pub fn of(tag: &Tag) -> Option<Kept> {
        let number = |name| attribute(tag, name)?.trim().parse::<f64>().ok().filter(|value| value.is_finite());
        if let Some(value) = number("sdval") {
            // The language of the page and that of the format stand before the format itself, which may be absent.
            let format = attribute(tag, "sdnum").and_then(|text| text.splitn(3, ';').nth(2));
            return Some(Kept { value, format: Some(format.unwrap_or_default().to_owned()) });
        }
        Some(Kept { value: number("x:num")?, format: None })
    }

    /// The cell whose text is `shown`; `day_zero` is the day 0 of the book, which a date that is shown may correct.
    pub fn cell<'t>(&self, shown: &'t str, day_zero: &mut i32) -> Cell<'t> {
        let Some(format) = &self.format else {
            // What is shown is what was meant, unless the column was too narrow for it.
            let is_narrow = shown.bytes().all(|byte| byte == b'#');
            return if is_narrow { Cell::Number { value: self.value, percent: false } } else { Cell::Text(shown) };
        };
        if shown.starts_with('#') || shown.starts_with("Err:") {
            return Cell::Text(shown);
        }
        if format == "BOOLEAN" {
            return Cell::Bool(self.value != 0.0);
        }
        match NumberKind::of_code(format) {
            NumberKind::Date => self.date(shown, day_zero).unwrap_or(Cell::Text(shown)),
            kind => kind.cell(self.value, false),
        }
    }

    /// The date that fits what is shown: pages keep serial numbers of either date system and do not say of which.
    fn date(&self, shown: &str, day_zero: &mut i32) -> Option<Cell<'static>> {
        let numbers: Vec<i32> =
            shown.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
        let fitting = |cell: &Cell<'_>| {
            let &Cell::DateTime { days, .. } = cell else { return 0 };
            let Some((year, month, day)) = Date::from_days(days).map(Date::ymd) else { return 0 };
            let parts = [i32::from(year), i32::from(year % 100), i32::from(month), i32::from(day)];
            numbers.iter().filter(|number| parts.contains(number)).count()
        };
        let usual = date_time(self.value, false)?;
        let other = date_time(self.value, true)?;
        let is_1904 = match fitting(&usual).cmp(&fitting(&other)) {
            std::cmp::Ordering::Less => true,
            std::cmp::Ordering::Equal => *day_zero == DAY_ZERO_1904,
            std::cmp::Ordering::Greater => false,
        };
        if fitting(&usual) != fitting(&other) {
            *day_zero = if is_1904 { DAY_ZERO_1904 } else { DAY_ZERO };
        }
        Some(if is_1904 { other } else { usual })
    }
}
