//! Calendar dates as day numbers, so that a column of dates is a vector of integers.

use std::fmt;

/// A date of the proleptic Gregorian calendar, kept as days since 1970-01-01.
///
/// The range is 0001-01-01 to 9999-12-31; arithmetic that leaves it gives `None`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Date(i32);

/// Day of the week, Monday first, as the week of the measures runs from Monday to Sunday.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// 0 for Monday to 6 for Sunday.
    pub fn index(self) -> i32 {
        self as i32
    }
}

const MIN_DAY: i32 = -719_162; // 0001-01-01
const MAX_DAY: i32 = 2_932_896; // 9999-12-31

impl Date {
    /// The date of year, month (1–12) and day, or `None` where the calendar has no such day.
    #[inline]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Date> {
        let is_day =
            (1..=9999).contains(&year) && (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month);
        is_day.then(|| Date::from_civil(year, month, day))
    }

    /// The date `days` after 1970-01-01.
    pub fn from_days(days: i32) -> Option<Date> {
        (MIN_DAY..=MAX_DAY).contains(&days).then_some(Date(days))
    }

    /// Days since 1970-01-01.
    #[inline]
    pub fn days(self) -> i32 {
        self.0
    }

    /// The day number of a date of the calendar. Years are counted from March, so that the leap day is the last of its
    /// year; none of the numbers is negative, as the first year is 1.
    fn from_civil(year: i16, month: i8, day: i8) -> Date {
        let (month, day) = (month as u32, day as u32);
        let year = year as u32 - u32::from(month <= 2);
        let from_march = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * from_march + 2) / 5 + day - 1;
        let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;
        Date(days as i32 - 719_468)
    }

    pub fn year(self) -> i16 {
        self.ymd().0
    }

    pub fn month(self) -> i8 {
        self.ymd().1
    }

    pub fn day(self) -> i8 {
        self.ymd().2
    }

    /// Year, month and day at once; the way back from the day number, which every grid of periods takes for every record.
    #[inline]
    pub fn ymd(self) -> (i16, i8, i8) {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        (year as i16, month as i8, day as i8)
    }

    /// The date `days` later (earlier where negative).
    pub fn add_days(self, days: i32) -> Option<Date> {
        Date::from_days(self.0.checked_add(days)?)
    }

    /// The same day `months` later; a day that the month does not have becomes its last day.
    pub fn add_months(self, months: i32) -> Option<Date> {
        let (year, month, day) = self.ymd();
        let total = i32::from(year) * 12 + i32::from(month) - 1 + months;
        let year = i16::try_from(total.div_euclid(12)).ok()?;
        let month = (total.rem_euclid(12) + 1) as i8;
        if !(1..=9999).contains(&year) {
            return None;
        }
        Date::new(year, month, day.min(days_in_month(year, month)))
    }

    pub fn weekday(self) -> Weekday {
        // 1970-01-01 was a Thursday.
        match (self.0 + 3).rem_euclid(7) {
            0 => Weekday::Monday,
            1 => Weekday::Tuesday,
            2 => Weekday::Wednesday,
            3 => Weekday::Thursday,
            4 => Weekday::Friday,
            5 => Weekday::Saturday,
            _ => Weekday::Sunday,
        }
    }

    /// Whole years from this date to `later` as an age is counted: a year is complete on the birthday.
    /// `None` where `later` is before this date.
    #[inline]
    pub fn age_at(self, later: Date) -> Option<i32> {
        if later < self {
            return None;
        }
        let (y1, m1, d1) = self.ymd();
        let (y2, m2, d2) = later.ymd();
        let before_birthday = (m2, d2) < (m1, d1);
        Some(i32::from(y2) - i32::from(y1) - i32::from(before_birthday))
    }

    /// Reads `YYYY-MM-DD`.
    pub fn parse_iso(text: &str) -> Option<Date> {
        let mut parts = text.splitn(3, '-');
        let year = parts.next()?;
        let month = parts.next()?;
        let day = parts.next()?;
        if year.len() != 4 || month.len() != 2 || day.len() != 2 {
            return None;
        }
        Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }
}

/// The days of a month (1–12).
fn days_in_month(year: i16, month: i8) -> i8 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i8::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        let (Ok(of_year @ 0..10_000), 1..=12, 1..=31) = (u16::try_from(year), month, day) else {
            return write!(f, "{year:04}-{month:02}-{day:02}");
        };
        // A list of findings has very many dates.
        let digit = |number: u16| b'0' + (number % 10) as u8;
        let (month, day) = (month as u16, day as u16);
        let year = [1000, 100, 10, 1].map(|place| digit(of_year / place));
        let rest = [b'-', digit(month / 10), digit(month), b'-', digit(day / 10), digit(day)];
        let mut text = [0; 10];
        text[..4].copy_from_slice(&year);
        text[4..].copy_from_slice(&rest);
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil;

    use super::*;

    fn date(text: &str) -> Date {
        Date::parse_iso(text).unwrap()
    }

    #[test]
    fn day_numbers_round_trip() {
        for text in ["0001-01-01", "1970-01-01", "1969-12-31", "2000-02-29", "2024-03-05", "9999-12-31"] {
            assert_eq!(date(text).to_string(), text);
        }
        assert_eq!(date("1970-01-01").days(), 0);
        assert_eq!(Date::parse_iso("2023-02-29"), None);
        assert_eq!(date("9999-12-31").add_days(1), None);
        assert_eq!(date("0001-01-01").days(), MIN_DAY);
        assert_eq!(date("9999-12-31").days(), MAX_DAY);
    }

    #[test]
    fn day_numbers_agree_with_the_calendar() {
        for days in (MIN_DAY..=MAX_DAY).step_by(97).chain(-800..800) {
            let date = Date::from_days(days).unwrap();
            let civil = civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(i64::from(days)));
            assert_eq!(date.ymd(), (civil.year(), civil.month(), civil.day()));
            assert_eq!(Date::new(civil.year(), civil.month(), civil.day()), Some(date));
        }
    }

    #[test]
    fn weeks_begin_on_monday() {
        assert_eq!(date("2023-12-04").weekday(), Weekday::Monday);
        assert_eq!(date("2023-12-10").weekday(), Weekday::Sunday);
    }

    #[test]
    fn months_end_where_the_calendar_ends_them() {
        assert_eq!(date("2024-01-31").add_months(1), Some(date("2024-02-29")));
        assert_eq!(date("2024-01-01").add_months(6), Some(date("2024-07-01")));
        assert_eq!(date("2024-03-31").add_months(-13), Some(date("2023-02-28")));
    }

    #[test]
    fn ages_change_on_the_birthday() {
        assert_eq!(date("1944-03-05").age_at(date("2024-03-04")), Some(79));
        assert_eq!(date("1944-03-05").age_at(date("2024-03-05")), Some(80));
        assert_eq!(date("2024-03-05").age_at(date("2024-03-04")), None);
    }
}
