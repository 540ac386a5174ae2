//! What the number format of a cell makes of its number: a date, a percentage or a plain number.

use super::sheet::{Cell, DAY_ZERO, DAY_ZERO_1904};

/// What a number format shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum NumberKind {
    #[default]
    Plain,
    Percent,
    /// A date, a time or a length of time.
    Date,
}

impl NumberKind {
    /// The kind of a format that spreadsheets number and do not write down. 27 to 36 and 50 to 58 are the Chinese,
    /// Japanese and Korean date formats.
    pub fn of_builtin(id: u32) -> NumberKind {
        match id {
            9 | 10 => NumberKind::Percent,
            14..=22 | 27..=36 | 45..=47 | 50..=58 => NumberKind::Date,
            _ => NumberKind::Plain,
        }
    }

    /// The kind of a format that is written down, such as `yyyy"年"m"月"d"日";@` or `0.0%`.
    pub fn of_code(code: &str) -> NumberKind {
        // The word for “no format” has letters that would be those of a date.
        let lower = code.to_ascii_lowercase().replace("general", "").replace("standard", "");
        let mut characters = lower.chars().peekable();
        let mut last = ' ';
        let mut digits = false;
        let mut date = false;
        while let Some(c) = characters.next() {
            match c {
                // Only the first section counts; the others are for negative numbers, zero and text.
                ';' => break,
                '"' => {
                    characters.by_ref().find(|&c| c == '"');
                }
                '\\' | '_' | '*' => {
                    characters.next();
                }
                '[' => {
                    let inner: String = characters.by_ref().take_while(|&c| c != ']').collect();
                    // [h], [mm] and [ss] are lengths of time; all else in brackets is colour, locale or condition.
                    date |=
                        !inner.is_empty() && ["h", "m", "s"].iter().any(|one| inner.chars().all(|c| one.contains(c)));
                }
                '%' => return NumberKind::Percent,
                '0' | '#' | '?' => digits = true,
                'e' => {
                    // 0.00E+00 is scientific; a lone e is a year.
                    let scientific = digits && matches!(characters.peek(), Some('+' | '-'));
                    date |= !scientific;
                }
                'y' | 'm' | 'd' | 'h' | 's' => date = true,
                // aaa and aaaa are the weekday.
                'a' => date |= last == 'a' && characters.peek() == Some(&'a'),
                '午' if matches!(last, '上' | '下') => date = true,
                _ => {}
            }
            last = c;
        }
        if date { NumberKind::Date } else { NumberKind::Plain }
    }

    /// The cell that shows `value` in this format.
    pub fn cell(self, value: f64, is_1904: bool) -> Cell<'static> {
        match self {
            NumberKind::Plain => Cell::Number { value, percent: false },
            NumberKind::Percent => Cell::Number { value, percent: true },
            NumberKind::Date => date_time(value, is_1904).unwrap_or(Cell::Number { value, percent: false }),
        }
    }
}

/// 9999-12-31 in the 1900 system.
const LAST_SERIAL: f64 = 2_958_466.0;

/// The date and time of a serial number. A bare time of day (below 1) comes as the day before 1900-01-01.
pub(super) fn date_time(value: f64, is_1904: bool) -> Option<Cell<'static>> {
    if !(0.0..LAST_SERIAL).contains(&value) {
        return None;
    }
    let mut whole = value.floor();
    let mut seconds = ((value - whole) * 86_400.0).round() as u32;
    if seconds >= 86_400 {
        seconds = 0;
        whole += 1.0;
    }
    let serial = whole as i32;
    let days = if is_1904 && value >= 1.0 {
        DAY_ZERO_1904 + serial
    } else if serial < 60 {
        DAY_ZERO + 1 + serial
    } else {
        DAY_ZERO + serial
    };
    Some(Cell::DateTime { days, seconds })
}

/// The date and time of `2024-03-05`, `2024-03-05T08:30:00` or `2024-03-05 08:30:00.000Z`.
pub(super) fn iso_date_time(text: &str) -> Option<Cell<'static>> {
    let text = text.trim();
    let date = crate::model::Date::parse_iso(text.get(..10)?)?;
    let rest = text.get(10..)?.trim_end_matches('Z');
    let seconds = match rest.strip_prefix(['T', ' ']) {
        None if rest.is_empty() => 0,
        None => return None,
        Some(time) => {
            let mut parts = time.split(':');
            let hour: u32 = parts.next()?.parse().ok()?;
            let minute: u32 = parts.next()?.parse().ok()?;
            let second: f64 = parts.next().unwrap_or("0").parse().ok()?;
            (hour < 24 && minute < 60 && (0.0..60.0).contains(&second))
                .then_some(hour * 3600 + minute * 60 + second as u32)?
        }
    };
    Some(Cell::DateTime { days: date.days(), seconds })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Date;

    fn shown(value: f64, is_1904: bool) -> String {
        match date_time(value, is_1904) {
            Some(Cell::DateTime { days, seconds }) => {
                format!("{} {seconds}", Date::from_days(days).map(|date| date.to_string()).unwrap_or_default())
            }
            _ => "none".to_owned(),
        }
    }

    #[test]
    fn date_formats_are_known() {
        for code in [
            "yyyy/m/d",
            "yyyy\"年\"m\"月\"d\"日\";@",
            "[$-804]yyyy\"年\"m\"月\"",
            "[$-F800]dddd, mmmm dd, yyyy",
            "e/m/d",
            "[DBNum1][$-804]yyyy\"年\"m\"月\"d\"日\"",
            "上午/下午h\"时\"mm\"分\"",
            "h:mm AM/PM",
            "[h]:mm",
            "mm:ss.0",
            "[$-411]ggge\"年\"m\"月\"d\"日\"",
            "m月d日",
            "yyyy年m月",
            "[$-804]aaaa;@",
            "aaa",
        ] {
            assert_eq!(NumberKind::of_code(code), NumberKind::Date, "{code}");
        }
        for code in [
            "General",
            "[Blue]General",
            "[$-1010409]General",
            "Standard",
            "G/通用格式",
            "0",
            "#,##0.00",
            "0.00E+00",
            "##0.0E+0",
            "@",
            "0\"人\"",
            "[Red]0;[Blue]-0",
            "#,##0\\d",
            "0_)",
            "\"第\"0\"季度\"",
            "¥#,##0",
            "0.0\" mm\"",
        ] {
            assert_eq!(NumberKind::of_code(code), NumberKind::Plain, "{code}");
        }
        for code in ["0%", "0.00%", "#,##0.0%;-0%", "0\"约\"%"] {
            assert_eq!(NumberKind::of_code(code), NumberKind::Percent, "{code}");
        }
        assert_eq!(NumberKind::of_builtin(31), NumberKind::Date);
        assert_eq!(NumberKind::of_builtin(57), NumberKind::Date);
        assert_eq!(NumberKind::of_builtin(10), NumberKind::Percent);
        assert_eq!(NumberKind::of_builtin(4), NumberKind::Plain);
    }

    #[test]
    fn serials_of_both_systems() {
        assert_eq!(shown(45264.0, false), "2023-12-04 0");
        assert_eq!(shown(45264.0 - 1462.0, true), "2023-12-04 0");
        assert_eq!(shown(1.0, false), "1900-01-01 0");
        assert_eq!(shown(61.0, false), "1900-03-01 0");
        assert_eq!(shown(0.5, true), "1899-12-31 43200");
        assert_eq!(shown(45_264.999_999_999, false), "2023-12-05 0");
        assert_eq!(shown(-1.0, false), "none");
        assert_eq!(shown(f64::NAN, false), "none");
        assert_eq!(shown(2_958_465.0, false), "9999-12-31 0");
    }

    #[test]
    fn iso_texts() {
        assert_eq!(iso_date_time("2023-12-04T08:30:00"), Some(Cell::DateTime { days: 19695, seconds: 30_600 }));
        assert_eq!(iso_date_time("2023-12-04"), Some(Cell::DateTime { days: 19695, seconds: 0 }));
        assert_eq!(iso_date_time("2023-12-04T25:00:00"), None);
        assert_eq!(iso_date_time("2023年12月4日"), None);
    }
}
