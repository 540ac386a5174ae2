//! Aggregates as queries: what the records of a unit come to, with those that certainly count and those that may.

use super::query::Query;
use crate::rule::types::*;

impl Query<'_> {
    /// `g`: what the records of each owner come to in each period.
    pub(super) fn totals(&mut self) {
        let mut columns = vec![
            "owner".to_owned(),
            "COUNT(*) FILTER (WHERE w = 0) AS certain".to_owned(),
            "BIT_OR(w) AS w".to_owned(),
        ];
        if self.plan.each.is_some() {
            columns.extend(["period_from".to_owned(), "MIN(period_to) AS period_to".to_owned()]);
        }
        let text = self.dialect.type_name(super::tables::ColumnType::Text);
        for (n, aggregate) in self.plan.aggregates.iter().enumerate() {
            use AggregateKind as K;
            let certain = format!("c{n} = 0 AND u{n} = 0");
            let known = format!("c{n} IS NOT NULL AND u{n} = 0");
            let possible = format!("c{n} <> 0 AND u{n} = 0");
            columns.push(format!("BIT_OR(c{n} | u{n}) AS d{n}"));
            columns.push(format!("COUNT(*) FILTER (WHERE c{n} IS NOT NULL AND u{n} <> 0) AS u{n}"));
            let value = format!("v{n}_0");
            match aggregate.kind {
                K::Count => {
                    columns.push(format!("COUNT(*) FILTER (WHERE {certain}) AS s{n}"));
                    columns.push(format!("COUNT(*) FILTER (WHERE {possible}) AS t{n}"));
                }
                K::Distinct if aggregate.args.iter().map(|node| node.ty).eq([Type::Dates]) => {
                    for (name, filter) in [("s", &certain), ("t", &known)] {
                        columns.push(format!("{} AS {name}{n}", self.dialect.distinct_dates(&value, filter)));
                    }
                }
                K::Distinct => {
                    let mut parts = Vec::new();
                    for (at, argument) in aggregate.args.iter().enumerate() {
                        parts.push(format!("CAST(v{n}_{at} AS {text})"));
                        if argument.ty == Type::Period {
                            parts.push(format!("CAST(v{n}_{at}_end AS {text})"));
                        }
                    }
                    let values = parts.join(" || chr(31) || ");
                    columns.push(format!("COUNT(DISTINCT {values}) FILTER (WHERE {certain}) AS s{n}"));
                    columns.push(format!("COUNT(DISTINCT {values}) FILTER (WHERE {known}) AS t{n}"));
                }
                K::Sum | K::Min | K::Max | K::And | K::Or => {
                    let word = match aggregate.kind {
                        K::Sum => "SUM",
                        K::Min => "MIN",
                        K::Max => "MAX",
                        K::And => "BOOL_AND",
                        _ => "BOOL_OR",
                    };
                    columns.push(format!("{word}({value}) FILTER (WHERE {certain}) AS s{n}"));
                    columns.push(format!("{word}({value}) FILTER (WHERE {possible}) AS t{n}"));
                }
                K::LongestMonths(_) | K::LongestStart(_) | K::LongestEnd(_) | K::SpanDays => {}
            }
        }
        let by = if self.plan.each.is_some() { "owner, period_from" } else { "owner" };
        self.add("ga", format!("SELECT {} FROM x GROUP BY {by}", columns.join(",\n  ")));
        if self.plan.each.is_some() {
            self.add("g", "SELECT * FROM ga WHERE period_from IS NOT NULL".to_owned());
            // Records without a known date may belong to every period.
            self.add("z", "SELECT * FROM ga WHERE period_from IS NULL".to_owned());
        } else {
            self.add("g", "SELECT * FROM ga".to_owned());
        }
    }

    /// The longest spans and the days covered, with the records that certainly count and with the possible ones.
    pub(super) fn spans(&mut self) {
        use AggregateKind as K;
        let is_dated = self.plan.each.is_some();
        let (period, by) = if is_dated { (", period_from", "owner, period_from") } else { ("", "owner") };
        for (n, aggregate) in self.plan.aggregates.iter().enumerate() {
            let gap = match aggregate.kind {
                K::LongestMonths(gap) | K::LongestStart(gap) | K::LongestEnd(gap) => gap,
                K::SpanDays => 0,
                _ => continue,
            };
            let test = format!("c{n} IS NOT NULL AND u{n} = 0 AND v{n}_0 <= v{n}_1");
            let mut body = format!(
                "SELECT owner{period}, v{n}_0 AS s, v{n}_1 AS e, c{n} = 0 AS certain FROM x WHERE {test}{}",
                if is_dated { " AND period_from IS NOT NULL" } else { "" }
            );
            if is_dated {
                body += &format!(
                    "\nUNION ALL\nSELECT u0.owner, u0.period_from, v{n}_0, v{n}_1, FALSE FROM x JOIN u0 ON u0.owner = \
                     x.owner WHERE {test} AND x.period_from IS NULL"
                );
            }
            self.add(&format!("sp{n}"), body);
            for (suffix, filter) in [("c", " WHERE certain"), ("p", "")] {
                self.add(
                    &format!("sq{n}{suffix}"),
                    format!(
                        "SELECT *, MAX(e) OVER (PARTITION BY {by} ORDER BY s, e ROWS BETWEEN UNBOUNDED PRECEDING AND 1 \
                         PRECEDING) AS before FROM sp{n}{filter}"
                    ),
                );
                self.add(
                    &format!("sr{n}{suffix}"),
                    format!(
                        "SELECT {by}, MIN(s) AS s, MAX(e) AS e FROM (SELECT *, SUM(CASE WHEN before IS NULL OR tz_days(s, \
                         before) - 1 > {gap} THEN 1 ELSE 0 END) OVER (PARTITION BY {by} ORDER BY s, e ROWS UNBOUNDED \
                         PRECEDING) AS island FROM sq{n}{suffix}) AS d GROUP BY {by}, island"
                    ),
                );
                let value = match aggregate.kind {
                    K::SpanDays => "SUM(tz_days(e, s) + 1)".to_owned(),
                    K::LongestMonths(_) => "MAX(CASE WHEN n = 1 THEN tz_whole_months(s, e) END)".to_owned(),
                    K::LongestStart(_) => "MAX(CASE WHEN n = 1 THEN s END)".to_owned(),
                    _ => "MAX(CASE WHEN n = 1 THEN e END)".to_owned(),
                };
                self.add(
                    &format!("ss{n}{suffix}"),
                    format!(
                        "SELECT {by}, {value} AS value FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY {by} ORDER BY \
                         tz_days(e, s) DESC, s) AS n FROM sr{n}{suffix}) AS d GROUP BY {by}"
                    ),
                );
            }
        }
    }

    /// `u`: the units with every aggregate, `c` with the certain records only and `p` with the possible ones.
    pub(super) fn unit_totals(&mut self) {
        use AggregateKind as K;
        let is_dated = self.plan.each.is_some();
        let mut columns = vec!["u0.*".to_owned(), "COALESCE(g.certain, 0) AS certain".to_owned()];
        let undated = |column: &str, default: &str| match is_dated {
            true => format!("COALESCE(z.{column}, {default})"),
            false => default.to_owned(),
        };
        columns.push("COALESCE(g.w, 0) AS g_why".to_owned());
        let on = |alias: &str| match is_dated {
            true => format!("{alias}.owner = u0.owner AND {alias}.period_from = u0.period_from"),
            false => format!("{alias}.owner = u0.owner"),
        };
        let mut from = format!("FROM u0 LEFT JOIN g ON {}", on("g"));
        if is_dated {
            from += " LEFT JOIN z ON z.owner = u0.owner";
        }
        for (n, aggregate) in self.plan.aggregates.iter().enumerate() {
            let doubt = match is_dated {
                true => format!("(COALESCE(g.d{n}, 0) | COALESCE(z.d{n}, 0) | COALESCE(z.w, 0))"),
                false => format!("COALESCE(g.d{n}, 0)"),
            };
            let unknown = format!("(COALESCE(g.u{n}, 0) + {})", undated(&format!("u{n}"), "0"));
            columns.push(format!("CAST({doubt} AS BIGINT) AS d{n}"));
            let mut add = |suffix: char, value: String, why: String| {
                columns.push(format!("{value} AS a{n}{suffix}"));
                columns.push(format!("CAST({why} AS BIGINT) AS a{n}{suffix}_why"));
            };
            let more = undated(&format!("t{n}"), "0");
            let spans = ["c", "p"].map(|suffix| format!("ss{n}{suffix}"));
            match aggregate.kind {
                K::Count => {
                    add('c', format!("COALESCE(g.s{n}, 0)"), "0".to_owned());
                    let all = format!("(COALESCE(g.s{n}, 0) + COALESCE(g.t{n}, 0) + {more} + {unknown})");
                    add('p', all, "0".to_owned());
                }
                K::Distinct => {
                    add('c', format!("COALESCE(g.s{n}, 0)"), "0".to_owned());
                    add('p', format!("(COALESCE(g.t{n}, 0) + {more} + {unknown})"), "0".to_owned());
                }
                K::Sum => {
                    add('c', format!("COALESCE(g.s{n}, 0)"), "0".to_owned());
                    let all = format!("COALESCE(g.s{n}, 0) + COALESCE(g.t{n}, 0) + {more}");
                    add(
                        'p',
                        format!("(CASE WHEN {unknown} = 0 THEN {all} END)"),
                        format!("CASE WHEN {unknown} = 0 THEN 0 ELSE {doubt} END"),
                    );
                }
                K::And | K::Or => {
                    let (default, word) = if aggregate.kind == K::And { ("TRUE", "AND") } else { ("FALSE", "OR") };
                    add('c', format!("COALESCE(g.s{n}, {default})"), "0".to_owned());
                    let best = format!(
                        "(COALESCE(g.s{n}, {default}) {word} COALESCE(g.t{n}, {default}) {word} {})",
                        undated(&format!("t{n}"), default)
                    );
                    let settled = if aggregate.kind == K::And { format!("NOT {best}") } else { best.clone() };
                    add(
                        'p',
                        format!("(CASE WHEN {unknown} = 0 OR {settled} THEN {best} END)"),
                        format!("CASE WHEN {unknown} = 0 OR {settled} THEN 0 ELSE {doubt} END"),
                    );
                }
                K::Min | K::Max => {
                    let word = if aggregate.kind == K::Min { "LEAST" } else { "GREATEST" };
                    add('c', format!("g.s{n}"), format!("CASE WHEN g.s{n} IS NULL THEN {WHY_NOTHING} ELSE 0 END"));
                    let best = match is_dated {
                        true => format!("{word}(g.s{n}, g.t{n}, z.t{n})"),
                        false => format!("{word}(g.s{n}, g.t{n})"),
                    };
                    add(
                        'p',
                        format!("(CASE WHEN {unknown} = 0 THEN {best} END)"),
                        format!(
                            "(CASE WHEN {unknown} = 0 THEN 0 ELSE {doubt} END | CASE WHEN {best} IS NULL THEN \
                             {WHY_NOTHING} ELSE 0 END)"
                        ),
                    );
                }
                K::LongestMonths(_) | K::SpanDays | K::LongestStart(_) | K::LongestEnd(_) => {
                    let [certain, possible] = &spans;
                    for span in &spans {
                        from += &format!(" LEFT JOIN {span} ON {}", on(span));
                    }
                    let counts = matches!(aggregate.kind, K::LongestMonths(_) | K::SpanDays);
                    let value = |span: &str| match counts {
                        true => format!("COALESCE({span}.value, 0)"),
                        false => format!("{span}.value"),
                    };
                    let nothing = |span: &str| match counts {
                        true => "0".to_owned(),
                        false => format!("CASE WHEN {span}.value IS NULL THEN {WHY_NOTHING} ELSE 0 END"),
                    };
                    add('c', value(certain), nothing(certain));
                    add(
                        'p',
                        format!("(CASE WHEN {unknown} = 0 THEN {} END)", value(possible)),
                        format!("(CASE WHEN {unknown} = 0 THEN 0 ELSE {doubt} END | {})", nothing(possible)),
                    );
                }
            }
        }
        self.add("u", format!("SELECT {}\n{from}", columns.join(",\n  ")));
    }
}
