//! The functions of conditions: names, what they take and what they give.

use super::types::Type;

/// Functions that are computed from the values of their arguments and unknown where one of these is unknown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Function {
    Least,
    Greatest,
    Abs,
    CeilDiv,
    Start,
    End,
    Year,
    Month,
    Workdays,
    IsWorkday,
    Weekday,
    AddMonths,
    AgeAt,
    OverlapDays,
    FullQuarters,
    CountWithin,
    QuarterOf,
    HalfOf,
    YearOf,
    MonthOf,
    Within,
    IsQuarter,
    IsHalf,
    IsYear,
    SizeOfDates,
    SizeOfCodes,
    IdValid,
    IdBirth,
    IdSex,
    UsccValid,
    SameName,
    RegionLevel,
    RegionCity,
    RegionProvince,
    Percent,
}

use Function as F;
use Type as T;

/// Functions with a fixed list of arguments.
const FIXED: [(&str, Function, &[Type], Type); 31] = [
    ("abs", F::Abs, &[T::Number], T::Number),
    ("ceil_div", F::CeilDiv, &[T::Number, T::Number], T::Number),
    ("start", F::Start, &[T::Period], T::Date),
    ("end", F::End, &[T::Period], T::Date),
    ("year", F::Year, &[T::Date], T::Number),
    ("month", F::Month, &[T::Date], T::Number),
    ("workdays", F::Workdays, &[T::Period], T::Number),
    ("is_workday", F::IsWorkday, &[T::Date], T::Bool),
    ("weekday", F::Weekday, &[T::Date], T::Number),
    ("add_months", F::AddMonths, &[T::Date, T::Number], T::Date),
    ("age_at", F::AgeAt, &[T::Date, T::Date], T::Number),
    ("overlap_days", F::OverlapDays, &[T::Date, T::Date, T::Period], T::Number),
    ("full_quarters", F::FullQuarters, &[T::Date, T::Date, T::Period], T::Number),
    ("count_within", F::CountWithin, &[T::Dates, T::Period], T::Number),
    ("quarter_of", F::QuarterOf, &[T::Date], T::Period),
    ("half_of", F::HalfOf, &[T::Date], T::Period),
    ("year_of", F::YearOf, &[T::Date], T::Period),
    ("month_of", F::MonthOf, &[T::Date], T::Period),
    ("within", F::Within, &[T::Period, T::Period], T::Bool),
    ("is_quarter", F::IsQuarter, &[T::Period], T::Bool),
    ("is_half", F::IsHalf, &[T::Period], T::Bool),
    ("is_year", F::IsYear, &[T::Period], T::Bool),
    ("id_valid", F::IdValid, &[T::Text], T::Bool),
    ("id_birth", F::IdBirth, &[T::Text], T::Date),
    ("id_sex", F::IdSex, &[T::Text], T::Text),
    ("uscc_valid", F::UsccValid, &[T::Text], T::Bool),
    ("same_name", F::SameName, &[T::Text, T::Text], T::Bool),
    ("region_level", F::RegionLevel, &[T::Text], T::Text),
    ("region_city", F::RegionCity, &[T::Text], T::Text),
    ("region_province", F::RegionProvince, &[T::Text], T::Text),
    ("percent", F::Percent, &[T::Number, T::Number], T::Text),
];

/// Functions and aggregates with a form of their own.
const SPECIAL: [&str; 22] = [
    "least",
    "greatest",
    "coalesce",
    "present",
    "recognised",
    "has_column",
    "stated_never",
    "negative",
    "found",
    "contains",
    "includes",
    "size",
    "count",
    "sum",
    "min",
    "max",
    "bool_and",
    "bool_or",
    "longest_span_months",
    "longest_span_start",
    "longest_span_end",
    "span_days",
];

/// The function of this name (in lower case), the types of its arguments and of its result.
pub(super) fn fixed(name: &str) -> Option<(Function, &'static [Type], Type)> {
    let (_, function, arguments, result) = FIXED.iter().find(|(known, ..)| *known == name)?;
    Some((*function, arguments, *result))
}

/// All names, for suggestions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FIXED.iter().map(|(name, ..)| *name).chain(SPECIAL)
}

/// Whether the name (in lower case) is that of an aggregate.
pub(super) fn is_aggregate(name: &str) -> bool {
    matches!(
        name,
        "count"
            | "sum"
            | "min"
            | "max"
            | "bool_and"
            | "bool_or"
            | "longest_span_months"
            | "longest_span_start"
            | "longest_span_end"
            | "span_days"
    )
}
