//! The functions of conditions over vectors; unknown where an argument is unknown.

use std::borrow::Cow;
use std::sync::Arc;

use super::frame::Frame;
use super::kernel::dates_at;
use super::names;
use super::region;
use super::vector::{Data, NO_PERIOD, Texts, Vector, merge_why};
use crate::model::{Date, Decimal, Grid, Period};
use crate::rule::{Function as F, WHY_CALENDAR, WHY_RANGE, Why};

/// Computes the function for every row. `opaque` is the reason where an argument is known but says nothing,
/// such as the date of birth of a number that is no identity number.
pub(super) fn call<'a>(function: F, arguments: &[Vector<'_>], frame: &Frame<'_>, opaque: Why) -> Vector<'a> {
    let rows = Rows { arguments, len: frame.len };
    let program = &frame.context.program;
    let date = |position: usize, row: usize| {
        arguments.get(position).and_then(|v| v.dates().get(v.index(row))).copied().unwrap_or_default()
    };
    let number = |position: usize, row: usize| {
        arguments.get(position).and_then(|v| v.numbers().get(v.index(row))).copied().unwrap_or_default()
    };
    let period = |position: usize, row: usize| {
        arguments.get(position).and_then(|v| v.periods().get(v.index(row))).copied().unwrap_or(NO_PERIOD)
    };
    let text = |position: usize, row: usize| arguments.get(position).map_or("", |v| v.text(row));
    let whole = |value: i32| Decimal::from_int(i64::from(value));
    match function {
        F::Least | F::Greatest => {
            let pick = |less: bool| less == (function == F::Least);
            if matches!(arguments.first().map(|v| &v.data), Some(Data::Date(_))) {
                rows.dates(|row| {
                    let all = (0..arguments.len()).map(|position| date(position, row));
                    Ok(all.reduce(|a, b| if pick(b < a) { b } else { a }).unwrap_or_default())
                })
            } else {
                rows.numbers(|row| {
                    let all = (0..arguments.len()).map(|position| number(position, row));
                    Ok(all.reduce(|a, b| if pick(b < a) { b } else { a }).unwrap_or_default())
                })
            }
        }
        F::Abs => rows.numbers(|row| number(0, row).checked_abs().ok_or(WHY_RANGE)),
        F::CeilDiv => rows.numbers(|row| {
            let (a, b) = (number(0, row).units(), number(1, row).units());
            if b <= 0 {
                return Err(WHY_RANGE);
            }
            let quotient = a.div_euclid(b) + i128::from(a.rem_euclid(b) != 0);
            i64::try_from(quotient).map(Decimal::from_int).map_err(|_| WHY_RANGE)
        }),
        F::Start => rows.dates(|row| Ok(period(0, row).start())),
        F::End => rows.dates(|row| Ok(period(0, row).end())),
        F::Year => rows.numbers(|row| Ok(Decimal::from_int(i64::from(date(0, row).year())))),
        F::Month => rows.numbers(|row| Ok(Decimal::from_int(i64::from(date(0, row).month())))),
        F::Workdays => {
            // Rows that follow each other are often of one period.
            let mut last: Option<(Period, Result<Decimal, Why>)> = None;
            rows.numbers(|row| {
                let period = period(0, row);
                match &last {
                    Some((known, result)) if *known == period => *result,
                    _ => {
                        let result = workdays(program, period).map(whole);
                        last = Some((period, result));
                        result
                    }
                }
            })
        }
        F::IsWorkday => rows.bools(|row| program.calendar.is_workday(date(0, row)).ok_or(WHY_CALENDAR)),
        F::Weekday => rows.numbers(|row| Ok(whole(date(0, row).weekday().index() + 1))),
        F::AddMonths => rows.dates(|row| {
            let months = number(1, row).to_int().and_then(|months| i32::try_from(months).ok());
            let months = months.filter(|months| months.abs() <= 120_000).ok_or(WHY_RANGE)?;
            date(0, row).add_months(months).ok_or(WHY_RANGE)
        }),
        F::AgeAt => rows.numbers(|row| date(0, row).age_at(date(1, row)).map(whole).ok_or(opaque)),
        F::OverlapDays => rows.numbers(|row| {
            let period = period(2, row);
            let (first, last) = (date(0, row).max(period.start()), date(1, row).min(period.end()));
            Ok(whole((last.days() - first.days() + 1).max(0)))
        }),
        F::FullQuarters => rows.numbers(|row| {
            let period = period(2, row);
            let (first, last) = (date(0, row).max(period.start()), date(1, row).min(period.end()));
            if first > last {
                return Ok(Decimal::ZERO);
            }
            Ok(Decimal::from_int(Period::Range(first, last).split(Grid::Quarter).len() as i64))
        }),
        F::CountWithin => rows.numbers(|row| {
            let period = period(1, row);
            let dates = arguments.first().map_or(&[][..], |vector| dates_at(vector, row));
            Ok(Decimal::from_int(dates.iter().filter(|&&date| period.contains(date)).count() as i64))
        }),
        F::QuarterOf => rows.periods(|row| Grid::Quarter.containing(date(0, row)).ok_or(WHY_RANGE)),
        F::HalfOf => rows.periods(|row| Grid::Half.containing(date(0, row)).ok_or(WHY_RANGE)),
        F::YearOf => rows.periods(|row| Grid::Year.containing(date(0, row)).ok_or(WHY_RANGE)),
        F::MonthOf => rows.periods(|row| Grid::Month.containing(date(0, row)).ok_or(WHY_RANGE)),
        F::Within => rows.bools(|row| Ok(period(1, row).contains_period(period(0, row)))),
        F::IsQuarter => rows.bools(|row| Ok(is_one_of(Grid::Quarter, period(0, row)))),
        F::IsHalf => rows.bools(|row| Ok(is_one_of(Grid::Half, period(0, row)))),
        F::IsYear => rows.bools(|row| Ok(is_one_of(Grid::Year, period(0, row)))),
        F::SizeOfDates => rows.numbers(|row| {
            Ok(Decimal::from_int(arguments.first().map_or(0, |vector| dates_at(vector, row).len()) as i64))
        }),
        F::SizeOfCodes => rows.numbers(|row| match arguments.first() {
            Some(vector @ Vector { data: Data::Codes(sets), .. }) => {
                Ok(Decimal::from_int(i64::from(sets[vector.index(row)].count_ones())))
            }
            _ => Err(opaque),
        }),
        F::IdValid => rows.bools(|row| Ok(names::id_valid(text(0, row)))),
        F::IdBirth => rows.dates(|row| names::id_birth(text(0, row)).ok_or(opaque)),
        F::IdSex => rows.texts(|row| names::id_sex(text(0, row)).map(Arc::from).ok_or(opaque)),
        F::UsccValid => rows.bools(|row| Ok(names::uscc_valid(text(0, row)))),
        F::SameName => rows.bools(|row| Ok(names::normalise(text(0, row)) == names::normalise(text(1, row)))),
        F::RegionLevel => rows.texts(|row| region::level(&program.regions, text(0, row)).map(Arc::from).ok_or(opaque)),
        F::RegionCity => rows.texts(|row| region::city(&program.regions, text(0, row)).map(Arc::from).ok_or(opaque)),
        F::RegionProvince => {
            rows.texts(|row| region::province(&program.regions, text(0, row)).map(Arc::from).ok_or(opaque))
        }
        F::Percent => rows.texts(|row| percent(number(0, row), number(1, row)).map(Arc::from).ok_or(WHY_RANGE)),
    }
}

/// The rows of a call: one where all arguments are constant.
struct Rows<'v, 'a> {
    arguments: &'v [Vector<'a>],
    len: usize,
}

impl Rows<'_, '_> {
    fn compute<T: Clone>(
        &self,
        default: T,
        mut f: impl FnMut(usize) -> Result<T, Why>,
    ) -> (Vec<T>, Option<Cow<'static, [Why]>>, bool) {
        let is_constant = self.arguments.iter().all(|argument| argument.is_constant);
        let rows = if is_constant { 1 } else { self.len };
        let references: Vec<&Vector<'_>> = self.arguments.iter().collect();
        let mut why: Option<Vec<Why>> = merge_why(&references).map(Cow::into_owned);
        let mut values = Vec::with_capacity(rows);
        for row in 0..rows {
            if why.as_ref().is_some_and(|why| why[row] != 0) {
                values.push(default.clone());
                continue;
            }
            match f(row) {
                Ok(value) => values.push(value),
                Err(reason) => {
                    why.get_or_insert_with(|| vec![0; rows])[row] = reason;
                    values.push(default.clone());
                }
            }
        }
        (values, why.map(Cow::Owned), is_constant)
    }

    fn numbers<'a>(&self, f: impl FnMut(usize) -> Result<Decimal, Why>) -> Vector<'a> {
        let (values, why, is_constant) = self.compute(Decimal::ZERO, f);
        Vector { data: Data::Number(Cow::Owned(values)), why, is_constant }
    }

    fn dates<'a>(&self, f: impl FnMut(usize) -> Result<Date, Why>) -> Vector<'a> {
        let (values, why, is_constant) = self.compute(Date::default(), f);
        Vector { data: Data::Date(Cow::Owned(values)), why, is_constant }
    }

    fn bools<'a>(&self, f: impl FnMut(usize) -> Result<bool, Why>) -> Vector<'a> {
        let (values, why, is_constant) = self.compute(false, f);
        Vector { data: Data::Bool(Cow::Owned(values)), why, is_constant }
    }

    fn periods<'a>(&self, f: impl FnMut(usize) -> Result<Period, Why>) -> Vector<'a> {
        let (values, why, is_constant) = self.compute(NO_PERIOD, f);
        Vector { data: Data::Period(Cow::Owned(values)), why, is_constant }
    }

    fn texts<'a>(&self, f: impl FnMut(usize) -> Result<Arc<str>, Why>) -> Vector<'a> {
        let (values, why, is_constant) = self.compute("".into(), f);
        Vector { data: Data::Text(Texts::Owned(Cow::Owned(values))), why, is_constant }
    }
}

/// Whether the days of `period` are exactly one period of the grid.
fn is_one_of(grid: Grid, period: Period) -> bool {
    grid.containing(period.start()).is_some_and(|one| one.start() == period.start() && one.end() == period.end())
}

fn workdays(program: &crate::rule::Program, period: Period) -> Result<i32, Why> {
    let (first, last) = (period.start(), period.end());
    // Nobody asks for the workdays of centuries; a mistyped year must not cost minutes.
    if last.days() - first.days() > 3_700 {
        return Err(WHY_RANGE);
    }
    let mut count = 0;
    for day in first.days()..=last.days() {
        let date = Date::from_days(day).ok_or(WHY_RANGE)?;
        count += i32::from(program.calendar.is_workday(date).ok_or(WHY_CALENDAR)?);
    }
    Ok(count)
}

/// `a / b` as a percentage, rounded half up to two places. Where that would end in a zero and so look like a rounder
/// number than it is (79.999% like the 80% that were required), there are as many more places as it takes.
fn percent(a: Decimal, b: Decimal) -> Option<String> {
    let (a, b) = (a.units(), b.units());
    if b == 0 {
        return None;
    }
    let (a, b) = if b < 0 { (a.checked_neg()?, b.checked_neg()?) } else { (a, b) };
    let mut shown = None;
    for places in 2..=9 {
        let scaled = a.checked_mul(10_i128.pow(places + 2));
        let Some(doubled) = scaled.and_then(|scaled| scaled.checked_mul(2)) else { break };
        let rounded = doubled.checked_add(b)?.div_euclid(b.checked_mul(2)?);
        let Ok(units) = i64::try_from(rounded) else { break };
        shown = Decimal::from_int(units).scale_by_power_of_ten(-(places as i32));
        let is_exact = rounded.checked_mul(b) == a.checked_mul(10_i128.pow(places + 2));
        if is_exact || rounded % 10 != 0 {
            break;
        }
    }
    shown.map(|value| format!("{value}%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_for_people() {
        let number = |value: i64| Decimal::from_int(value);
        assert_eq!(percent(number(3), number(16)).as_deref(), Some("18.75%"));
        assert_eq!(percent(number(1), number(3)).as_deref(), Some("33.33%"));
        assert_eq!(percent(number(2), number(3)).as_deref(), Some("66.67%"));
        assert_eq!(percent(number(20), number(100)).as_deref(), Some("20%"));
        assert_eq!(percent(number(1), number(0)), None);
        // What is short of a threshold does not look as if it reached it.
        assert_eq!(percent(number(79_999), number(100_000)).as_deref(), Some("79.999%"));
        assert_eq!(percent(number(1_999_999), number(10_000_000)).as_deref(), Some("19.99999%"));
        assert_eq!(percent(number(200_001), number(1_000_000)).as_deref(), Some("20.0001%"));
    }
}
