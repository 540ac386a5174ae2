//! Reporting periods: year, half-year, quarter, month, week, or a plain range of days.

use std::fmt;

use super::date::Date;

/// A span of whole days with a place in the calendar.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Period {
    Year(i16),
    /// Year and half, 1 or 2.
    Half(i16, u8),
    /// Year and quarter, 1 to 4.
    Quarter(i16, u8),
    /// Year and month, 1 to 12.
    Month(i16, u8),
    /// The Monday that the week begins with.
    Week(Date),
    /// First and last day, both included.
    Range(Date, Date),
}

/// The calendar grids over which a rule may be judged (`each = "week"` in a rule).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Grid {
    Week,
    Month,
    Quarter,
    Half,
    Year,
}

impl Grid {
    pub fn parse(text: &str) -> Option<Grid> {
        Some(match text {
            "week" => Grid::Week,
            "month" => Grid::Month,
            "quarter" => Grid::Quarter,
            "half-year" => Grid::Half,
            "year" => Grid::Year,
            _ => return None,
        })
    }

    /// The period of this grid that contains `date`.
    pub fn containing(self, date: Date) -> Option<Period> {
        let (year, month, _) = date.ymd();
        Some(match self {
            Grid::Week => Period::Week(date.add_days(-date.weekday().index())?),
            Grid::Month => Period::Month(year, month as u8),
            Grid::Quarter => Period::Quarter(year, (month as u8 - 1) / 3 + 1),
            Grid::Half => Period::Half(year, (month as u8 - 1) / 6 + 1),
            Grid::Year => Period::Year(year),
        })
    }
}

fn month_start(year: i16, month: u8) -> Option<Date> {
    Date::new(year, month as i8, 1)
}

impl Period {
    /// The first day.
    pub fn start(self) -> Date {
        let date = match self {
            Period::Year(year) => month_start(year, 1),
            Period::Half(year, half) => month_start(year, half * 6 - 5),
            Period::Quarter(year, quarter) => month_start(year, quarter * 3 - 2),
            Period::Month(year, month) => month_start(year, month),
            Period::Week(monday) => Some(monday),
            Period::Range(start, _) => Some(start),
        };
        date.expect("periods are built with valid years and parts")
    }

    /// The last day, which belongs to the period.
    pub fn end(self) -> Date {
        let months = match self {
            Period::Year(_) => 12,
            Period::Half(..) => 6,
            Period::Quarter(..) => 3,
            Period::Month(..) => 1,
            Period::Week(monday) => return monday.add_days(6).unwrap_or(monday),
            Period::Range(_, end) => return end,
        };
        let start = self.start();
        start.add_months(months).and_then(|next| next.add_days(-1)).unwrap_or(start)
    }

    pub fn contains(self, date: Date) -> bool {
        self.start() <= date && date <= self.end()
    }

    /// Whether every day of `other` belongs to this period.
    pub fn contains_period(self, other: Period) -> bool {
        self.start() <= other.start() && other.end() <= self.end()
    }

    /// The period of the same kind and length just before.
    pub fn previous(self) -> Option<Period> {
        let before = self.start().add_days(-1)?;
        Some(match self {
            Period::Year(_) => Grid::Year.containing(before)?,
            Period::Half(..) => Grid::Half.containing(before)?,
            Period::Quarter(..) => Grid::Quarter.containing(before)?,
            Period::Month(..) => Grid::Month.containing(before)?,
            Period::Week(_) => Grid::Week.containing(before)?,
            Period::Range(start, end) => Period::Range(start.add_days(start.days() - end.days() - 1)?, before),
        })
    }

    /// The periods of `grid` that lie wholly within this one, in order.
    pub fn split(self, grid: Grid) -> Vec<Period> {
        let (start, end) = (self.start(), self.end());
        let mut periods = Vec::new();
        let mut cursor = start;
        while cursor <= end {
            let Some(period) = grid.containing(cursor) else { break };
            if period.start() >= start && period.end() <= end {
                periods.push(period);
            }
            match period.end().add_days(1) {
                Some(next) => cursor = next,
                None => break,
            }
        }
        periods
    }

    /// Reads the canonical text: `2023`, `2023H2`, `2023Q4`, `2023-11`, `2023-W45`, `2023-10-01..2023-12-31`.
    /// The many ways people write periods on sheets are read in `map`.
    pub fn parse(text: &str) -> Option<Period> {
        if let Some((start, end)) = text.split_once("..") {
            let (start, end) = (Date::parse_iso(start)?, Date::parse_iso(end)?);
            return (start <= end).then_some(Period::Range(start, end));
        }
        if !text.is_ascii() || text.len() < 4 {
            return None;
        }
        let year: i16 = text[..4].parse().ok().filter(|year| (1..=9998).contains(year))?;
        let rest = &text[4..];
        let part = |digits: &str, last: u8| digits.parse::<u8>().ok().filter(|n| (1..=last).contains(n));
        match rest.as_bytes() {
            [] => Some(Period::Year(year)),
            [b'H' | b'h', ..] => Some(Period::Half(year, part(&rest[1..], 2)?)),
            [b'Q' | b'q', ..] => Some(Period::Quarter(year, part(&rest[1..], 4)?)),
            [b'-', b'W' | b'w', ..] => {
                let week = part(&rest[2..], 53)?;
                let fourth = Date::new(year, 1, 4)?;
                let monday = fourth.add_days(-fourth.weekday().index() + 7 * (i32::from(week) - 1))?;
                (monday.add_days(3)?.year() == year).then_some(Period::Week(monday))
            }
            [b'-', ..] => Some(Period::Month(year, part(&rest[1..], 12)?)),
            _ => None,
        }
    }

    /// Reads what [`Period::zh`] writes.
    pub fn parse_zh(text: &str) -> Option<Period> {
        if let Some((start, end)) = text.split_once('至') {
            return Period::parse(&format!("{start}..{end}"));
        }
        let (year, rest) = text.split_once('年')?;
        let year: i16 = year.parse().ok()?;
        let parts = match rest {
            "" => vec![Period::Year(year)],
            _ if rest.ends_with("半年") => (1..=2).map(|half| Period::Half(year, half)).collect(),
            _ if rest.ends_with("季度") => (1..=4).map(|quarter| Period::Quarter(year, quarter)).collect(),
            _ => (1..=12).map(|month| Period::Month(year, month)).collect(),
        };
        parts.into_iter().find(|period| period.zh() == text)
    }

    /// The words an official would use, such as `2023年第四季度`.
    pub fn zh(self) -> String {
        const NUMERALS: [&str; 5] = ["零", "一", "二", "三", "四"];
        match self {
            Period::Year(year) => format!("{year}年"),
            Period::Half(year, half) => format!("{year}年{}半年", if half == 1 { "上" } else { "下" }),
            Period::Quarter(year, quarter) => format!("{year}年第{}季度", NUMERALS[usize::from(quarter.min(4))]),
            Period::Month(year, month) => format!("{year}年{month}月"),
            Period::Week(_) | Period::Range(..) => format!("{}至{}", self.start(), self.end()),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Period::Year(year) => write!(f, "{year:04}"),
            Period::Half(year, half) => write!(f, "{year:04}H{half}"),
            Period::Quarter(year, quarter) => write!(f, "{year:04}Q{quarter}"),
            Period::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Period::Week(monday) => {
                // The ISO week number is that of the week's Thursday.
                let thursday = monday.add_days(3).unwrap_or(monday);
                let first = Date::new(thursday.year(), 1, 1).unwrap_or(thursday);
                write!(f, "{:04}-W{:02}", thursday.year(), (thursday.days() - first.days()) / 7 + 1)
            }
            Period::Range(start, end) => write!(f, "{start}..{end}"),
        }
    }
}

impl fmt::Debug for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_text_round_trips() {
        for text in ["2023", "2023H2", "2023Q4", "2023-11", "2023-W45", "2020-W53", "2023-10-01..2023-12-31"] {
            assert_eq!(Period::parse(text).unwrap().to_string(), text);
        }
        for text in ["2023Q5", "2023-13", "2023-W53", "23", "2023Q", "2023-12-31..2023-10-01", "２０２３"] {
            assert_eq!(Period::parse(text), None, "{text}");
        }
    }

    #[test]
    fn weeks_not_wholly_inside_are_left_out() {
        // The fourth quarter of 2023 runs from a Sunday to a Sunday.
        let weeks = Period::Quarter(2023, 4).split(Grid::Week);
        assert_eq!(weeks.len(), 13);
        assert_eq!(weeks[0].start().to_string(), "2023-10-02");
        assert_eq!(weeks[12].end().to_string(), "2023-12-31");
        assert!(Period::Quarter(2023, 4).split(Grid::Year).is_empty());
    }

    #[test]
    fn the_words_of_an_official_are_read_back() {
        for text in ["2023", "2023H1", "2023H2", "2023Q4", "2023-11", "2023-12", "2023-10-08..2023-10-20"] {
            let period = Period::parse(text).unwrap();
            assert_eq!(Period::parse_zh(&period.zh()), Some(period));
        }
        for text in ["", "年", "2023年度", "2023年13月", "甲至乙", "少年宫", "2023年第五季度"] {
            assert_eq!(Period::parse_zh(text), None, "{text}");
        }
    }

    #[test]
    fn previous_periods() {
        assert_eq!(Period::Quarter(2024, 1).previous(), Some(Period::Quarter(2023, 4)));
        assert_eq!(Period::Year(2024).previous(), Some(Period::Year(2023)));
        let range = Period::parse("2024-01-08..2024-01-14").unwrap();
        assert_eq!(range.previous().unwrap().to_string(), "2024-01-01..2024-01-07");
    }
}
