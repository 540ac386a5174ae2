//! Rules about groups and members of populations as queries: which records count for whom, and what that comes to.

use super::expr::{Scope, Side};
use super::query::{Query, outcome};
use crate::model::FieldType;
use crate::rule::plan::{GroupKey, KeyKind, Members, PlanShape};
use crate::rule::types::*;

/// Where the members of a population come from in one query.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The rule is about groups.
    Groups,
    /// The register.
    Register,
    /// The records, where the register was not submitted.
    Records,
    /// A code list.
    List,
}

impl<'a> Query<'a> {
    /// The query of a rule about groups or members.
    pub fn unit_rule(&mut self, source: Source, with_refusal: bool) -> Result<String, String> {
        let plan = self.plan;
        let key = plan.key().ok_or("the rule has no key")?.clone();
        self.environment();
        self.records(&key, source)?;
        let is_dated = plan.each.is_some();
        if is_dated || self.needs_hull() {
            self.reporting_periods();
        }
        if is_dated {
            self.grid("b", false);
        }
        let scope = self.record_scope(source);
        self.members(&key, source)?;
        self.taken(&key, &scope, source)?;
        self.totals();
        self.unit_list(source);
        self.spans();
        self.unit_totals();
        let selects = self.decided(&key, source, with_refusal)?;
        Ok(self.finish(&selects.join("\nUNION ALL\n")))
    }

    fn needs_hull(&self) -> bool {
        let asks = self.plan.nodes().iter().any(|node| {
            let mut found = false;
            node.walk(&mut |part| found |= matches!(part.op, Op::ReportingPeriod));
            found
        });
        asks || self.plan.strict || self.plan.joins.iter().any(|join| join.previous)
    }

    /// `b`: the judged records with their keys.
    fn records(&mut self, key: &GroupKey, source: Source) -> Result<(), String> {
        let kind = &self.program.kinds[self.plan.kind];
        let mut columns = vec!["t.*".to_owned()];
        if source == Source::List {
            let field = key.parts.first().copied().flatten().and_then(|field| kind.fields.get(usize::from(field)));
            let field = field.ok_or("the list's field is missing")?;
            // The entries of the list are met by their codes as they are.
            let code = format!("t.{}", self.dialect.ident(&field.name));
            columns.push(format!("{code} AS p0"));
            columns.push(format!("'1' || {code} AS k"));
        } else {
            columns.extend(self.key_columns(kind, key, "t", "")?);
        }
        for (position, join) in self.plan.joins.iter().enumerate() {
            if join.own.parts.iter().any(Option::is_some) {
                columns.extend(self.key_columns(kind, &join.own, "t", &format!("j{position}"))?);
            } else {
                return Err("a join has no key on the side of the record".to_owned());
            }
        }
        let guard = match source {
            Source::Register => " AND env.has_member",
            Source::Records => " AND NOT env.has_member",
            _ => "",
        };
        let own = if self.plan.is_of_many_kinds() { " AND NOT t._secondary" } else { "" };
        let table = self.table(self.plan.kind);
        self.add(
            "b0",
            format!(
                "SELECT {} FROM {table} AS t CROSS JOIN env WHERE env.refusal IS NULL{guard}{own}",
                columns.join(", ")
            ),
        );
        let body = match self.in_force("t._period_from", "t._period_to") {
            Some(test) => format!("SELECT t.* FROM b0 AS t CROSS JOIN env WHERE {test}"),
            None => "SELECT * FROM b0".to_owned(),
        };
        self.add("b", body);
        self.own_keys("j", "b")
    }

    /// `rep`, `hull` and `days`: the reporting periods of the ledger, what they span, and the periods that are judged.
    fn reporting_periods(&mut self) {
        let table = self.table(self.plan.kind);
        let order = "_period_from, _period_to DESC, tz_period_rank(_period)";
        let one_later = match self.dialect {
            super::Dialect::DuckDb => "before + 1",
            super::Dialect::Spark => "date_add(before, 1)",
        };
        self.add(
            "rep0",
            format!(
                "SELECT *, ROW_NUMBER() OVER (ORDER BY {order}) AS n, MAX(_period_to) OVER (ORDER BY {order} ROWS BETWEEN \
                 UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM (SELECT DISTINCT _period, _period_from, _period_to \
                 FROM {table} WHERE _period_from IS NOT NULL) AS d"
            ),
        );
        self.add(
            "rep1",
            format!(
                "SELECT *, SUM(CASE WHEN before IS NULL OR _period_from > {one_later} THEN 1 ELSE 0 END) OVER (ORDER BY n \
                 ROWS UNBOUNDED PRECEDING) AS island FROM rep0"
            ),
        );
        self.add(
            "rep",
            "SELECT MIN(_period_from) AS f, MAX(_period_to) AS t, CASE WHEN min_by(_period_to, n) = MAX(_period_to) THEN \
             min_by(_period, n) ELSE tz_range_text(MIN(_period_from), MAX(_period_to)) END AS period FROM rep1 GROUP BY \
             island"
                .to_owned(),
        );
        self.add(
            "hull",
            "SELECT MIN(f) AS hull_from, MAX(t) AS hull_to, CASE WHEN COUNT(*) = 1 THEN MIN(period) ELSE \
             tz_range_text(MIN(f), MAX(t)) END AS hull FROM rep"
                .to_owned(),
        );
        let Some(each) = self.plan.each else { return };
        let field = &self.program.kinds[self.plan.kind].fields[usize::from(each.field)];
        let column = |suffix: &str| self.dialect.ident(&format!("{}{suffix}", field.name));
        let (first, last) = match field.ty {
            FieldType::Period => (column("__from"), column("__to")),
            FieldType::Dates => self.dialect.list_ends(&column("")),
            _ => (column(""), column("")),
        };
        self.add(
            "span",
            format!(
                "SELECT f, t FROM rep UNION ALL SELECT MIN({first}), MAX({last}) FROM {table} CROSS JOIN hull WHERE \
                 hull.hull_from IS NULL HAVING MIN({first}) IS NOT NULL"
            ),
        );
        let starts = self.dialect.unnest(&self.dialect.split("f", "t", each.grid));
        let end = self.dialect.end("period_from", each.grid);
        self.add(
            "days",
            format!(
                "SELECT DISTINCT period_from, {end} AS period_to FROM (SELECT {starts} AS period_from FROM span) AS d"
            ),
        );
    }

    /// The scope of a record while it is taken up.
    fn record_scope(&self, source: Source) -> Scope<'a> {
        let mut scope = self.scope();
        scope.member = match (&self.plan.shape, source) {
            (PlanShape::Population { members: Members::Ledger { kind, .. }, .. }, Source::Register) => {
                Side::Found { alias: "m".to_owned(), kind: *kind, has: "env.has_member".to_owned() }
            }
            (PlanShape::Population { members: Members::Ledger { fallback, .. }, .. }, Source::Records) => {
                Side::StandIn { alias: "r".to_owned(), kind: self.plan.kind, map: fallback.clone() }
            }
            _ => Side::Nothing,
        };
        scope
    }

    /// `x`: the records that count or may count, with their owner, and the arguments of every aggregate.
    fn taken(&mut self, key: &GroupKey, scope: &Scope<'_>, source: Source) -> Result<(), String> {
        let plan = self.plan;
        let kind = &self.program.kinds[plan.kind];
        let mut columns: Vec<String> =
            ["r._source", "r._row", "r._record", "r.k", "km.owner"].map(str::to_owned).into();
        let ambiguous: Why = key
            .parts
            .iter()
            .zip(&plan.key_why)
            .enumerate()
            .filter(|(position, (part, _))| *position != 1 && part.is_some())
            .fold(0, |why, (_, (_, bits))| why | bits.blank);
        columns.push(format!("CASE WHEN km.n > 1 THEN {} ELSE 0 END AS key_doubt", ambiguous as i64));
        columns.push(format!("{} AS key_why", self.key_why(kind, key, "r")));
        if plan.each.is_some() {
            columns.extend(["r.period_from", "r.period_to", "r.period_why"].map(str::to_owned));
        }
        match &plan.filter {
            Some(filter) => self.value_parts(scope, filter, "f", &mut columns),
            None => columns.extend(["TRUE AS f".to_owned(), "CAST(0 AS BIGINT) AS f_why".to_owned()]),
        }
        for (position, aggregate) in plan.aggregates.iter().enumerate() {
            match &aggregate.filter {
                Some(filter) => self.value_parts(scope, filter, &format!("g{position}"), &mut columns),
                None => {
                    columns.push(format!("TRUE AS g{position}"));
                    columns.push(format!("CAST(0 AS BIGINT) AS g{position}_why"));
                }
            }
            for (at, argument) in aggregate.args.iter().enumerate() {
                let name = format!("v{position}_{at}");
                let is_text = aggregate.kind == AggregateKind::Distinct && argument.ty == Type::Text;
                // Texts count as different only where their forms without width, case and spaces are.
                match (&argument.op, is_text) {
                    (Op::Column(..), true) => {
                        let value = scope.value(argument);
                        let quote = value.chars().next_back().unwrap_or('"');
                        let formed = format!("{}__key{quote}", value.trim_end_matches(quote));
                        columns.push(format!("{formed} AS {name}"));
                        let why = scope.why(argument).unwrap_or_else(|| "0".to_owned());
                        columns.push(format!("CAST({why} AS BIGINT) AS {name}_why"));
                    }
                    _ => self.value_parts(scope, argument, &name, &mut columns),
                }
            }
        }
        let joined = self.joined("j", "r", ["r._period", "r._period_from", "r._period_to"]);
        let member = match (&plan.shape, source) {
            (PlanShape::Population { members: Members::Ledger { kind, .. }, .. }, Source::Register) => format!(
                "\nLEFT JOIN mall AS mm ON mm.owner = km.first\nLEFT JOIN {} AS m ON m._record = mm._record",
                self.table(*kind)
            ),
            _ => String::new(),
        };
        let from = if plan.each.is_some() { "e" } else { "b" };
        self.add(
            "x0",
            format!(
                "SELECT {}\nFROM {from} AS r CROSS JOIN env\nLEFT JOIN km ON km.k = r.k{member}{joined}",
                columns.join(",\n  ")
            ),
        );
        let period_why = if plan.each.is_some() { " | x0.period_why" } else { "" };
        self.add(
            "x1",
            format!(
                "SELECT x0.*, CASE WHEN f IS NULL THEN f_why ELSE 0 END{period_why} | x0.key_doubt AS w FROM x0 WHERE f IS \
                 NOT FALSE"
            ),
        );
        let mut counted = vec!["x1.*".to_owned()];
        for (position, aggregate) in plan.aggregates.iter().enumerate() {
            counted.push(format!(
                "CASE WHEN g{position} IS FALSE THEN NULL ELSE x1.w | CASE WHEN g{position} IS NULL THEN g{position}_why \
                 ELSE 0 END END AS c{position}"
            ));
            let whys: Vec<String> = (0..aggregate.args.len()).map(|at| format!("v{position}_{at}_why")).collect();
            let whys = if whys.is_empty() { "CAST(0 AS BIGINT)".to_owned() } else { whys.join(" | ") };
            counted.push(format!("{whys} AS u{position}"));
        }
        self.add("x", format!("SELECT {} FROM x1 WHERE owner IS NOT NULL", counted.join(", ")));
        Ok(())
    }

    /// `u0`: the units that are judged.
    fn unit_list(&mut self, source: Source) {
        let is_dated = self.plan.each.is_some();
        let mut body = match (source, is_dated) {
            (Source::Groups, false) => "SELECT g.owner FROM g CROSS JOIN env WHERE TRUE".to_owned(),
            (Source::Groups, true) => {
                "SELECT g.owner, g.period_from, g.period_to FROM g JOIN days ON days.period_from = \
                                       g.period_from CROSS JOIN env WHERE TRUE"
                    .to_owned()
            }
            (_, false) => "SELECT mem.owner FROM mem CROSS JOIN env WHERE TRUE".to_owned(),
            (_, true) => {
                "SELECT mem.owner, days.period_from, days.period_to FROM mem CROSS JOIN days CROSS JOIN env WHERE \
                          TRUE"
                    .to_owned()
            }
        };
        if self.plan.strict {
            body = body.replacen("CROSS JOIN env", "CROSS JOIN env CROSS JOIN hull", 1);
            let (from, to) = match (source, is_dated) {
                (_, false) => ("hull.hull_from", "hull.hull_to"),
                (Source::Groups, true) => ("g.period_from", "g.period_to"),
                (_, true) => ("days.period_from", "days.period_to"),
            };
            if let Some(test) = self.in_force(from, to) {
                body += &format!(" AND {test}");
            }
        }
        self.add("u0", body);
    }

    /// The outcomes of all units and items.
    fn decided(&mut self, key: &GroupKey, source: Source, with_refusal: bool) -> Result<Vec<String>, String> {
        let plan = self.plan;
        let is_dated = plan.each.is_some();
        // Units with their members and companions.
        let mut scope = self.scope();
        scope.record = match source {
            Source::Groups => Side::Values { alias: "k".to_owned(), prefix: "k" },
            _ => Side::Nothing,
        };
        let mut columns = vec!["v.*".to_owned()];
        let mut from = String::from("FROM u AS v CROSS JOIN env JOIN mem AS n ON n.owner = v.owner");
        match source {
            Source::Groups => {}
            Source::Register => {
                let PlanShape::Population { members: Members::Ledger { kind, .. }, .. } = &plan.shape else {
                    return Err("the population is no ledger".to_owned());
                };
                scope.member = Side::Row { alias: "m".to_owned(), kind: *kind };
                from += &format!(" JOIN {} AS m ON m._record = n._record", self.table(*kind));
            }
            Source::List => scope.member = Side::Known { alias: "n".to_owned(), prefix: "m" },
            Source::Records => {
                scope.member = Side::Values { alias: "c".to_owned(), prefix: "m" };
                self.carried();
                from += " LEFT JOIN carried AS c ON c.owner = v.owner";
            }
        }
        if source == Source::Groups {
            let mut known = vec!["owner".to_owned()];
            for (position, _, field) in Self::key_slots(key) {
                let why = plan.key_why.get(position).map_or(WHY_PERIOD, |bits| bits.blank) as i64;
                known.push(format!("k{field}"));
                if self.program.kinds[plan.kind].fields[usize::from(field)].ty == FieldType::Period {
                    known.push(format!("k{field}_end"));
                }
                known.push(format!("CASE WHEN k{field} IS NULL THEN {why} ELSE 0 END AS k{field}_why"));
            }
            self.add("known", format!("SELECT {} FROM mem", known.join(", ")));
            from += " JOIN known AS k ON k.owner = v.owner";
        }
        let has_hull = is_dated || self.needs_hull();
        if has_hull {
            from += " CROSS JOIN hull";
        }
        scope.period = is_dated.then(|| ("v.period_from".to_owned(), "v.period_to".to_owned(), None));
        scope.reporting = has_hull.then(|| ("hull.hull_from".to_owned(), "hull.hull_to".to_owned()));
        if !plan.joins.is_empty() {
            self.unit_join_keys(key, source)?;
            let text = self.dialect.type_name(super::tables::ColumnType::Text);
            let now = match is_dated {
                true => [format!("CAST(NULL AS {text})"), "v.period_from".to_owned(), "v.period_to".to_owned()],
                false => ["hull.hull".to_owned(), "hull.hull_from".to_owned(), "hull.hull_to".to_owned()],
            };
            if is_dated && plan.joins.iter().any(|join| join.previous) {
                return Err("the record of the period before is joined in a grid of periods".to_owned());
            }
            from += " JOIN unit_keys AS q ON q.owner = v.owner";
            from += &self.joined("uj", "q", [&now[0], &now[1], &now[2]]);
        }
        let label = if source == Source::Register { "NULL AS label" } else { "n.label" };
        columns.extend(["env.as_of".to_owned(), label.to_owned(), "n.m_why".to_owned()]);
        match source {
            Source::Register => columns.extend(["m._source".to_owned(), "m._row".to_owned()]),
            _ => columns.extend(["NULL AS _source".to_owned(), "NULL AS _row".to_owned()]),
        }
        scope.aggregates = Some(("v".to_owned(), 'c'));
        let certain = self.all_tests(&scope, "c", &mut columns);
        scope.aggregates = Some(("v".to_owned(), 'p'));
        let possible = self.all_tests(&scope, "p", &mut columns);
        self.add("y", format!("SELECT {}\n{from}", columns.join(",\n  ")));
        let mut selects = Vec::new();
        let period = if is_dated { "period_from, period_to" } else { "NULL, NULL" };
        for (item, (certain, possible)) in certain.iter().zip(&possible).enumerate() {
            let mut doubts = vec!["m_why".to_owned()];
            let plan_item = &plan.items[item];
            let nodes = plan_item.applies.iter().chain([&plan_item.require]).chain(&plan.due).chain(&plan.pending);
            for index in nodes.flat_map(Node::aggregates) {
                doubts.push(format!("d{index}"));
            }
            let mut may_lack = "m_why <> 0".to_owned();
            if source == Source::Groups {
                doubts.push("CASE WHEN certain = 0 THEN g_why ELSE 0 END".to_owned());
                may_lack = "certain = 0".to_owned();
            }
            let (outcome_c, why_c) = outcome(certain, "");
            let (outcome_p, why_p) = outcome(possible, "");
            let name = format!("o{item}");
            self.add(
                &name,
                format!(
                    "SELECT y.*, {} AS doubt, {outcome_c} AS oc, {outcome_p} AS op, {why_c} AS wc, {why_p} AS wp FROM y",
                    doubts.join(" | ")
                ),
            );
            let outcome = format!(
                "CASE WHEN doubt = 0 THEN oc WHEN {may_lack} THEN CASE WHEN op IN ('violated', 'undetermined') THEN \
                 'undetermined' ELSE op END WHEN oc = op THEN oc WHEN oc IN ('met', 'not_yet_due') AND op IN ('met', \
                 'not_yet_due') THEN 'not_yet_due' ELSE 'undetermined' END"
            );
            let zero = |why: &str, outcome: &str| format!("CASE WHEN {outcome} = 'undetermined' THEN {why} ELSE 0 END");
            let (wc, wp) = (zero("wc", "oc"), zero("wp", "op"));
            let why = format!(
                "CASE WHEN doubt = 0 THEN {wc} WHEN {may_lack} THEN doubt | {wp} WHEN oc = op THEN {wc} | {wp} ELSE doubt | \
                 {wc} | {wp} END"
            );
            // Where no record says whom it is about, that a member has none is not known.
            let (outcome, why) = match source {
                Source::Groups => (outcome, why),
                _ => {
                    let unknown = "(SELECT CASE WHEN COUNT(k) = 0 AND COUNT(*) > 0 THEN BIT_OR(key_why) END FROM x1)";
                    let lacks = format!("({outcome}) = 'violated' AND {unknown} IS NOT NULL");
                    let why = format!("CASE WHEN {lacks} THEN {unknown} ELSE {why} END");
                    (format!("CASE WHEN {lacks} THEN 'undetermined' ELSE {outcome} END"), why)
                }
            };
            let label = if source == Source::Register { "NULL" } else { "label" };
            selects.push(self.result(item, &format!("_source, _row, {label}, {period}"), &outcome, &why, &name));
            // Records that do not say whom they are about.
            let missing = self.result(
                item,
                "x1._source, x1._row, NULL, NULL, NULL",
                "'undetermined'",
                "x1.key_why",
                "x1 WHERE x1.k IS NULL",
            );
            selects.push(missing);
            if is_dated && source == Source::Groups {
                let undated = "(SELECT z.*, n.label FROM z JOIN mem AS n ON n.owner = z.owner LEFT JOIN (SELECT DISTINCT \
                               owner AS dated FROM g) AS d ON d.dated = z.owner WHERE d.dated IS NULL) AS d";
                selects.push(self.result(item, "NULL, NULL, label, NULL, NULL", "'undetermined'", "w", undated));
            }
        }
        if with_refusal {
            selects.push(self.refused());
        }
        Ok(selects)
    }

    /// `carried`: where the register is missing, what the records say in its place; the first value counts.
    fn carried(&mut self) {
        let mut slots: Vec<(u16, Type, SlotWhy)> = Vec::new();
        for node in self.plan.nodes() {
            node.walk(&mut |part| {
                let slot = match part.op {
                    Op::Column(Slot::Member(field), why) | Op::Cell(_, Slot::Member(field), why) => Some((field, why)),
                    _ => None,
                };
                if let Some((field, why)) = slot
                    && let Op::Column(..) = part.op
                    && slots.iter().all(|(known, ..)| *known != field)
                {
                    slots.push((field, part.ty, why));
                }
            });
        }
        let scope = self.record_scope(Source::Records);
        let mut inner = vec!["km.owner".to_owned(), "r._record".to_owned()];
        let mut outer = vec!["owner".to_owned()];
        for (field, ty, why) in &slots {
            let node = Node::new(*ty, Op::Column(Slot::Member(*field), *why));
            let name = format!("m{field}");
            self.value_parts(&scope, &node, &name, &mut inner);
            let first =
                |column: &str| format!("min_by({column}, _record) FILTER (WHERE {name} IS NOT NULL) AS {column}");
            outer.push(first(&name));
            if *ty == Type::Period {
                outer.push(first(&format!("{name}_end")));
            }
            outer
                .push(format!("CASE WHEN COUNT({name}) > 0 THEN 0 ELSE min_by({name}_why, _record) END AS {name}_why"));
        }
        let from = if self.plan.each.is_some() { "e" } else { "b" };
        self.add(
            "carried0",
            format!("SELECT {} FROM {from} AS r CROSS JOIN env JOIN km ON km.k = r.k", inner.join(", ")),
        );
        self.add("carried", format!("SELECT {} FROM carried0 GROUP BY owner", outer.join(", ")));
    }

    /// `unit_keys`: the keys by which units look for the records that are joined, and what these find.
    fn unit_join_keys(&mut self, key: &GroupKey, source: Source) -> Result<(), String> {
        let mut columns = vec!["owner".to_owned()];
        for (position, join) in self.plan.joins.iter().enumerate() {
            for part in 0..join.own.parts.len() {
                let column = if source == Source::Register {
                    format!("j{position}p{part}")
                } else if key.kind == join.own.kind && key.kind != KeyKind::Fields {
                    format!("p{part}")
                } else {
                    let name = &join.own.names[part];
                    let found = key.names.iter().position(|known| known == name);
                    let text = self.dialect.type_name(super::tables::ColumnType::Text);
                    found.map_or_else(|| format!("CAST(NULL AS {text})"), |at| format!("p{at}"))
                };
                columns.push(format!("{column} AS j{position}p{part}"));
            }
            let parts: Vec<String> = (0..join.own.parts.len())
                .map(|part| columns[columns.len() - join.own.parts.len() + part].clone())
                .map(|column| column.split(" AS j").next().unwrap_or_default().to_owned())
                .collect();
            columns.push(format!("{} AS j{position}k", Self::key_text(&parts)));
        }
        self.add("unit_keys", format!("SELECT {} FROM mem", columns.join(", ")));
        self.own_keys("uj", "unit_keys")
    }
}
