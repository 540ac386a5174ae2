//! Function calls as SQL.

use super::expr::{Part, Scope};
use crate::model::Grid;
use crate::rule::functions::Function as F;
use crate::rule::types::*;

/// The calendar that comes with the records.
const CALENDAR: &str = "env.calendar_from, env.calendar";

impl Scope<'_> {
    pub(super) fn call(&self, function: F, arguments: &[Node], ty: Type, part: Part) -> String {
        let value = |at: usize| arguments.get(at).map_or_else(|| "NULL".to_owned(), |node| self.value(node));
        let end = |at: usize| arguments.get(at).map_or_else(|| "NULL".to_owned(), |node| self.part(node, Part::End));
        let (a, b) = (value(0), value(1));
        match function {
            F::Least | F::Greatest => {
                let word = if function == F::Least { "LEAST" } else { "GREATEST" };
                let values: Vec<String> = arguments.iter().map(|node| self.value(node)).collect();
                // Engines pass over what is unknown; here the result is unknown then.
                let known: Vec<String> = arguments
                    .iter()
                    .zip(&values)
                    .filter(|(node, _)| self.why(node).is_some())
                    .map(|(_, value)| format!("{value} IS NOT NULL"))
                    .collect();
                let call = format!("{word}({})", values.join(", "));
                if known.is_empty() { call } else { format!("(CASE WHEN {} THEN {call} END)", known.join(" AND ")) }
            }
            F::Abs => format!("ABS({a})"),
            F::CeilDiv => format!("tz_ceil_div({a}, {b})"),
            F::Start => a,
            F::End => end(0),
            F::Year => format!("year({a})"),
            F::Month => format!("month({a})"),
            F::Workdays => format!("tz_workdays({a}, {}, {CALENDAR})", end(0)),
            F::IsWorkday => format!("tz_is_workday({a}, {CALENDAR})"),
            F::Weekday => format!("tz_weekday({a})"),
            F::AddMonths => format!("tz_add_months({a}, {b})"),
            F::AgeAt => format!("tz_age({a}, {b})"),
            F::OverlapDays => self.all_known(arguments, format!("tz_overlap_days({a}, {b}, {}, {})", value(2), end(2))),
            F::FullQuarters => {
                self.all_known(arguments, format!("tz_full_quarters({a}, {b}, {}, {})", value(2), end(2)))
            }
            F::CountWithin => {
                let (from, to) = (b, end(1));
                let is_list = arguments.first().is_some_and(|node| node.ty == Type::Dates);
                let call = if is_list {
                    self.dialect.count_within(&a, &from, &to)
                } else {
                    format!("CASE WHEN {a} BETWEEN {from} AND {to} THEN 1 ELSE 0 END")
                };
                self.all_known(arguments, call)
            }
            F::QuarterOf => self.period_of(&a, Grid::Quarter, part),
            F::HalfOf => self.period_of(&a, Grid::Half, part),
            F::YearOf => self.period_of(&a, Grid::Year, part),
            F::MonthOf => self.period_of(&a, Grid::Month, part),
            F::Within => format!("({b} <= {a} AND {} <= {})", end(0), end(1)),
            F::IsQuarter => self.is_one_of(&a, &end(0), Grid::Quarter),
            F::IsHalf => self.is_one_of(&a, &end(0), Grid::Half),
            F::IsYear => self.is_one_of(&a, &end(0), Grid::Year),
            F::SizeOfDates if arguments.first().is_some_and(|node| node.ty == Type::Date) => {
                format!("(CASE WHEN {a} IS NOT NULL THEN 1 END)")
            }
            F::SizeOfDates | F::SizeOfCodes => self.all_known(arguments, self.dialect.size(&a)),
            F::IdValid => format!("tz_id_valid({a})"),
            F::IdBirth => format!("tz_id_birth({a})"),
            F::IdSex => format!("tz_id_sex({a})"),
            F::UsccValid => format!("tz_uscc_valid({a})"),
            F::RegionLevel => self.region(&a, "level"),
            F::RegionCity => self.region(&a, "city"),
            F::RegionProvince => self.region(&a, "province"),
            // These are refused before a query is written.
            F::SameName | F::Percent => format!("CAST(NULL AS {})", self.type_of(ty)),
        }
    }

    fn type_of(&self, ty: Type) -> &'static str {
        use super::tables::ColumnType as C;
        self.dialect.type_name(if ty == Type::Bool { C::YesNo } else { C::Text })
    }

    /// `call` where no argument is unknown.
    fn all_known(&self, arguments: &[Node], call: String) -> String {
        let known: Vec<String> = arguments
            .iter()
            .filter(|node| self.why(node).is_some())
            .map(|node| format!("{} IS NOT NULL", self.value(node)))
            .collect();
        if known.is_empty() { call } else { format!("(CASE WHEN {} THEN {call} END)", known.join(" AND ")) }
    }

    fn period_of(&self, day: &str, grid: Grid, part: Part) -> String {
        let start = self.dialect.start(day, grid);
        if part == Part::Main { start } else { self.dialect.end(&start, grid) }
    }

    fn is_one_of(&self, start: &str, end: &str, grid: Grid) -> String {
        let first = self.dialect.start(start, grid);
        format!("({start} = {first} AND {end} = {})", self.dialect.end(&first, grid))
    }

    fn region(&self, text: &str, column: &str) -> String {
        let table = self.dialect.ident("_regions");
        format!("(SELECT MAX(g.{column}) FROM {table} AS g WHERE g.text = {text})")
    }

    pub(super) fn call_why(
        &self,
        function: F,
        arguments: &[Node],
        node: &Node,
        known: Option<String>,
    ) -> Option<String> {
        let mut opaque = 0;
        node.walk(&mut |part| {
            if let Op::Column(_, why) = part.op {
                opaque |= why.unreadable;
            }
        });
        let opaque = if opaque == 0 { WHY_RANGE } else { opaque };
        match function {
            F::Abs | F::CeilDiv | F::AddMonths => Some(self.or_range(node, known, WHY_RANGE)),
            F::IsWorkday => Some(self.or_range(node, known, WHY_CALENDAR)),
            F::Workdays => {
                let (start, end) = (arguments.first().map(|node| self.value(node)), arguments.first());
                let (start, end) = (start?, self.part(end?, Part::End));
                let reason =
                    format!("CASE WHEN tz_days({end}, {start}) > 3700 THEN {WHY_RANGE} ELSE {WHY_CALENDAR} END");
                let known = known.unwrap_or_else(|| "0".to_owned());
                Some(format!(
                    "(CASE WHEN {} IS NOT NULL THEN 0 WHEN {known} = 0 THEN {reason} ELSE {known} END)",
                    self.value(node)
                ))
            }
            F::AgeAt | F::IdBirth | F::IdSex | F::RegionLevel | F::RegionCity | F::RegionProvince => {
                Some(self.or_range(node, known, opaque))
            }
            _ => known,
        }
    }
}
