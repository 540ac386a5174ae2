//! One rule as one query: common parts, and rules about single records.

use std::sync::Arc;

use super::dialect::Dialect;
use super::expr::{Part, Scope, Side};
use crate::model::FieldType;
use crate::rule::functions::Function;
use crate::rule::plan::{JoinPlan, Members, Plan, PlanShape, Program};
use crate::rule::types::*;

/// A query while it is written: the tables that it names one after the other.
pub(super) struct Query<'a> {
    pub program: &'a Program,
    pub plan: &'a Plan,
    pub dialect: Dialect,
    /// Whether the reasons of what is undetermined are worked out.
    pub with_reasons: bool,
    tables: Vec<(String, String)>,
}

/// One condition as columns of a table: its value, and why it is unknown.
pub(super) struct Test {
    pub value: String,
    pub why: String,
    /// Whether it may be unknown only because there is nothing to judge by.
    pub may_lack: bool,
}

/// The conditions that decide an item.
pub(super) struct Tests {
    pub gates: Vec<Test>,
    pub require: Test,
    pub due: Option<Test>,
    pub pending: Option<Test>,
    /// The last day of the period, where a running period is not yet due.
    pub period_end: Option<String>,
}

impl<'a> Query<'a> {
    pub fn new(program: &'a Program, plan: &'a Plan, dialect: Dialect, with_reasons: bool) -> Query<'a> {
        Query { program, plan, dialect, with_reasons, tables: Vec::new() }
    }

    pub fn add(&mut self, name: &str, body: String) {
        self.tables.push((name.to_owned(), body));
    }

    /// The tables and what is chosen from them.
    pub fn finish(&mut self, select: &str) -> String {
        let tables: Vec<String> =
            std::mem::take(&mut self.tables).into_iter().map(|(name, body)| format!("{name} AS (\n{body})")).collect();
        format!("WITH {}\n{select}", tables.join(",\n"))
    }

    /// The name of a ledger kind's table, quoted.
    pub fn table(&self, kind: usize) -> String {
        self.dialect.ident(&super::tables::table_name(&self.program.kinds[kind].id))
    }

    pub fn day_before(&self, day: &str) -> String {
        match self.dialect {
            Dialect::DuckDb => format!("({day} - 1)"),
            Dialect::Spark => format!("date_add({day}, -1)"),
        }
    }

    /// The scope of a record `r` with its companions `j0` ….
    pub fn scope(&self) -> Scope<'a> {
        let joined = |(position, join): (usize, &JoinPlan)| Side::Found {
            alias: format!("j{position}"),
            kind: join.kind,
            has: format!("env.has_j{position}"),
        };
        Scope {
            program: self.program,
            dialect: self.dialect,
            record: Side::Row { alias: "r".to_owned(), kind: self.plan.kind },
            member: Side::Nothing,
            joined: self.plan.joins.iter().enumerate().map(joined).collect(),
            aggregates: None,
            period: self
                .plan
                .each
                .map(|_| ("r.period_from".to_owned(), "r.period_to".to_owned(), Some("r.period_why".to_owned()))),
            reporting: Some(("r._period_from".to_owned(), "r._period_to".to_owned())),
        }
    }

    /// Adds `env`: the run, which ledgers there are, and why the rule cannot be run at all.
    pub fn environment(&mut self) {
        let ledgers = self.dialect.ident("_ledgers");
        let has = |kind: usize| {
            let id = self.dialect.text(&self.program.kinds[kind].id);
            format!("(SELECT COUNT(*) > 0 FROM {ledgers} WHERE ledger = {id})")
        };
        let own = self.dialect.text(&self.program.kinds[self.plan.kind].id);
        let mut columns = vec![
            "run.as_of".to_owned(),
            "run.calendar_from".to_owned(),
            "run.calendar".to_owned(),
            format!("{} AS has_record", has(self.plan.kind)),
        ];
        let mut refusals = vec!["WHEN NOT has_record THEN 'ledger-absent'".to_owned()];
        for (position, join) in self.plan.joins.iter().enumerate() {
            columns.push(format!("{} AS has_j{position}", has(join.kind)));
        }
        if let PlanShape::Population { members: Members::Ledger { kind, fallback, .. }, .. } = &self.plan.shape {
            columns.push(format!("{} AS has_member", has(*kind)));
            if has_no_stand_in(self.plan, fallback) {
                refusals.push("WHEN NOT has_member THEN 'ledger-absent'".to_owned());
            }
        }
        if self.plan.completeness {
            columns.push(format!(
                "(SELECT COUNT(*) > 0 FROM {ledgers} WHERE ledger = {own} AND is_complete) AS is_complete"
            ));
            refusals.push("WHEN NOT is_complete THEN 'completeness-not-declared'".to_owned());
        }
        let run = self.dialect.ident("_run");
        let body = format!(
            "SELECT e.*, CASE {} END AS refusal FROM (SELECT {} FROM {run} AS run) AS e",
            refusals.join(" "),
            columns.join(", ")
        );
        self.add("env", body);
    }

    /// The condition that a reporting period, or the review date where none is known, lies in the time of the rule.
    pub fn in_force(&self, from: &str, to: &str) -> Option<String> {
        if !self.plan.strict {
            return None;
        }
        let mut tests = Vec::new();
        if let Some(first) = self.plan.effective.0 {
            tests.push(format!("{} <= COALESCE({to}, env.as_of)", self.dialect.date(first)));
        }
        if let Some(last) = self.plan.effective.1 {
            tests.push(format!("COALESCE({from}, env.as_of) <= {}", self.dialect.date(last)));
        }
        (!tests.is_empty()).then(|| tests.join(" AND "))
    }

    /// Adds `e`: the records of `source` with the period of the grid that each is judged for, several times where it
    /// lies in several. `spread` is how records with several dates are taken: in all periods of their reporting period.
    pub fn grid(&mut self, source: &str, spread: bool) {
        let Some(each) = self.plan.each else { return };
        let kind = &self.program.kinds[self.plan.kind];
        let field = &kind.fields[usize::from(each.field)];
        let column = |suffix: &str| format!("r.{}", self.dialect.ident(&format!("{}{suffix}", field.name)));
        let split = |from: &str, to: &str| self.dialect.split(from, to, each.grid);
        let one = |day: &str| self.dialect.list(&[self.dialect.start(day, each.grid)]);
        let list = match field.ty {
            FieldType::Period => {
                let (from, to) = (column("__from"), column("__to"));
                let start = self.dialect.start(&from, each.grid);
                let end = self.dialect.end(&start, each.grid);
                format!(
                    "CASE WHEN {from} IS NULL THEN NULL WHEN {end} >= {to} THEN {} ELSE {} END",
                    one(&from),
                    split(&from, &to)
                )
            }
            FieldType::Dates if spread => format!(
                "CASE WHEN COALESCE({} <> 'absent', TRUE) AND r._period_from IS NOT NULL THEN {} END",
                column("__state"),
                split("r._period_from", "r._period_to")
            ),
            FieldType::Dates => {
                format!(
                    "CASE WHEN {0} IS NOT NULL THEN {1} END",
                    column(""),
                    self.dialect.starts_of(each.grid, &column(""))
                )
            }
            _ => format!("CASE WHEN {} IS NOT NULL THEN {} END", column(""), one(&column(""))),
        };
        // Where the date says nothing, the period of another field does, if it lies in one period of the grid.
        let list = match each.or.and_then(|or| kind.fields.get(usize::from(or))) {
            Some(or) if !(field.ty == FieldType::Dates && spread) => {
                let [from, to] = ["__from", "__to"]
                    .map(|suffix| format!("r.{}", self.dialect.ident(&format!("{}{suffix}", or.name))));
                let end = self.dialect.end(&self.dialect.start(&from, each.grid), each.grid);
                format!("COALESCE({list}, CASE WHEN {from} IS NOT NULL AND {end} >= {to} THEN {} END)", one(&from))
            }
            _ => list,
        };
        let why =
            self.scope().cell_why(Slot::Record(each.field), &self.plan.each_why).unwrap_or_else(|| "0".to_owned());
        let end = self.dialect.end("s.period_from", each.grid);
        let inside = if spread {
            format!(" WHERE s._period_from IS NULL OR (s._period_from <= s.period_from AND {end} <= s._period_to)")
        } else {
            String::new()
        };
        let unnest = self.dialect.unnest("r.period_list");
        let nothing = format!("CAST(NULL AS {})", self.dialect.type_name(super::tables::ColumnType::Date));
        let dates = self.dialect.type_name(super::tables::ColumnType::Dates);
        self.add(
            "e0",
            format!("SELECT r.*, CAST({list} AS {dates}) AS period_list, {why} AS cell_why FROM {source} AS r"),
        );
        self.add(
            "e",
            format!(
                "SELECT s.*, {end} AS period_to, 0 AS period_why FROM (SELECT r.*, {unnest} AS period_from FROM e0 AS r \
                 WHERE r.period_list IS NOT NULL) AS s{inside}\nUNION ALL\nSELECT r.*, {nothing}, {nothing}, CASE WHEN \
                 r.cell_why = 0 THEN {WHY_PERIOD} ELSE r.cell_why END FROM e0 AS r WHERE r.period_list IS NULL"
            ),
        );
    }

    /// Columns with the value of a condition and why it is unknown.
    pub fn test_columns(&self, scope: &Scope<'_>, node: &Node, name: &str, columns: &mut Vec<String>) {
        let value = scope.value(node);
        let why = match scope.why(node) {
            None => "0".to_owned(),
            Some(_) if !self.with_reasons && !self.may_lack(node) => {
                format!("CASE WHEN {value} IS NULL THEN {WHY_NULL} ELSE 0 END")
            }
            Some(why) => why,
        };
        columns.push(format!("{value} AS {name}"));
        columns.push(format!("CAST({why} AS BIGINT) AS {name}_why"));
    }

    pub fn test(&self, node: &Node, name: &str) -> Test {
        Test { value: name.to_owned(), why: format!("{name}_why"), may_lack: self.may_lack(node) }
    }

    /// Whether the expression may be unknown because there is no record at all.
    fn may_lack(&self, node: &Node) -> bool {
        node.aggregates().iter().any(|index| {
            use AggregateKind::{LongestEnd, LongestStart, Max, Min};
            let kind = self.plan.aggregates.get(*index).map(|aggregate| aggregate.kind);
            matches!(kind, Some(Min | Max | LongestStart(_) | LongestEnd(_)))
        })
    }

    /// The query of a rule about single records.
    pub fn row_rule(&mut self) -> Result<String, String> {
        self.environment();
        let kind = &self.program.kinds[self.plan.kind];
        let mut columns = vec!["t.*".to_owned()];
        for (position, join) in self.plan.joins.iter().enumerate() {
            columns.extend(self.key_columns(kind, &join.own, "t", &format!("j{position}"))?);
        }
        let mut tests = vec!["env.refusal IS NULL".to_owned()];
        tests.extend(self.in_force("t._period_from", "t._period_to"));
        tests.extend(self.plan.is_of_many_kinds().then(|| "NOT t._secondary".to_owned()));
        let table = self.table(self.plan.kind);
        self.add(
            "b",
            format!("SELECT {} FROM {table} AS t CROSS JOIN env WHERE {}", columns.join(", "), tests.join(" AND ")),
        );
        self.own_keys("j", "b")?;
        let source = if self.plan.each.is_some() {
            self.grid("b", true);
            "e"
        } else {
            "b"
        };
        let scope = self.scope();
        let mut chosen = vec!["r._source".to_owned(), "r._row".to_owned()];
        if self.plan.each.is_some() {
            chosen.extend(["r.period_from".to_owned(), "r.period_to".to_owned()]);
        }
        let tests = self.all_tests(&scope, "", &mut chosen);
        let joined = self.joined("j", "r", ["r._period", "r._period_from", "r._period_to"]);
        self.add("x", format!("SELECT {}, env.as_of\nFROM {source} AS r CROSS JOIN env{joined}", chosen.join(",\n  ")));
        let mut selects = Vec::new();
        for (item, tests) in tests.iter().enumerate() {
            let (outcome, why) = outcome(tests, "x.");
            let period = if self.plan.each.is_some() { "x.period_from, x.period_to" } else { "NULL, NULL" };
            selects.push(self.result(item, &format!("x._source, x._row, NULL, {period}"), &outcome, &why, "x"));
        }
        selects.push(self.refused());
        Ok(self.finish(&selects.join("\nUNION ALL\n")))
    }

    /// Adds, for each join, the different keys of `source` that look for a record, and what they find.
    pub fn own_keys(&mut self, prefix: &str, source: &str) -> Result<(), String> {
        for position in 0..self.plan.joins.len() {
            let parts = self.plan.joins[position].own.parts.len();
            let columns: Vec<String> = (0..parts).map(|part| format!("j{position}p{part} AS p{part}")).collect();
            let own = format!("{prefix}{position}o");
            self.add(
                &own,
                format!(
                    "SELECT DISTINCT j{position}k AS k, {} FROM {source} WHERE j{position}k IS NOT NULL",
                    columns.join(", ")
                ),
            );
            self.join_tables(position, prefix, &own)?;
        }
        Ok(())
    }

    /// The columns of all conditions, with `suffix` in their names, and the tests of each item over them.
    pub fn all_tests(&self, scope: &Scope<'_>, suffix: &str, columns: &mut Vec<String>) -> Vec<Tests> {
        let is_row = matches!(self.plan.shape, PlanShape::Row);
        let shared = [
            ("f", self.plan.filter.as_ref().filter(|_| is_row)),
            ("d", self.plan.due.as_ref()),
            ("p", self.plan.pending.as_ref()),
        ];
        for (name, node) in shared {
            if let Some(node) = node {
                self.test_columns(scope, node, &format!("{name}{suffix}"), columns);
            }
        }
        let [filter, due, pending] = shared.map(|(name, node)| (format!("{name}{suffix}"), node));
        let optional = |(name, node): &(String, Option<&Node>)| node.map(|node| self.test(node, name));
        let mut all = Vec::new();
        for (position, item) in self.plan.items.iter().enumerate() {
            let (applies, require) = (format!("a{position}_{suffix}"), format!("q{position}_{suffix}"));
            let mut gates: Vec<Test> = optional(&filter).into_iter().collect();
            if let Some(node) = &item.applies {
                self.test_columns(scope, node, &applies, columns);
                gates.push(self.test(node, &applies));
            }
            self.test_columns(scope, &item.require, &require, columns);
            all.push(Tests {
                gates,
                require: self.test(&item.require, &require),
                due: optional(&due),
                pending: optional(&pending),
                period_end: self.plan.each.map(|_| "period_to".to_owned()),
            });
        }
        all
    }

    /// The rows of one item: rule, item, the unit's columns, outcome and reasons.
    pub fn result(&self, item: usize, unit: &str, outcome: &str, why: &str, source: &str) -> String {
        let id = self.dialect.text(&self.plan.id);
        let mut columns = String::from("o.*");
        if self.with_reasons {
            columns += &format!(", {} AS reason", self.reasons(item, "o.why"));
        }
        format!(
            "SELECT {columns} FROM (SELECT rule, item, source, line, key, period_from, period_to, outcome, CASE WHEN \
             outcome = 'undetermined' THEN why ELSE 0 END AS why FROM (SELECT {id}, {item}, {unit}, {outcome}, {why} FROM \
             {source}) AS i(rule, item, source, line, key, period_from, period_to, outcome, why)) AS o"
        )
    }

    /// The row that says why a rule is not run at all.
    pub fn refused(&self) -> String {
        let id = self.dialect.text(&self.plan.id);
        let reason = if self.with_reasons { ", env.refusal" } else { "" };
        format!(
            "SELECT {id}, NULL, NULL, NULL, NULL, NULL, NULL, 'not_run', 0{reason} FROM env WHERE env.refusal IS NOT NULL"
        )
    }

    /// The reasons that bits stand for, as text.
    fn reasons(&self, item: usize, why: &str) -> String {
        let atoms = self.plan.items.get(item).map_or(&self.plan.atoms, |item| &item.atoms);
        let mut parts = Vec::new();
        let of_bit = |bit: u32| Some((1_u64 << bit, atoms.of(1 << bit).next()?));
        let known = |(_, atom): &(u64, &Atom)| !matches!(atom, Atom::Null | Atom::Nothing);
        let known = (0..64).filter_map(of_bit).filter(known).fold(0, |all, (bit, _)| all | bit);
        for (bit, atom) in (0..64).filter_map(of_bit) {
            let names = |slots: &[Slot]| {
                let names: Vec<String> = slots.iter().filter_map(|slot| self.slot_name(*slot)).collect();
                names.join(",")
            };
            let word = match atom {
                Atom::Nothing => continue,
                Atom::Range => "number-out-of-range".to_owned(),
                Atom::Period => "period-unknown".to_owned(),
                Atom::Calendar => "calendar-missing".to_owned(),
                // Only where no cell, column or ledger is to blame.
                Atom::Null => {
                    let bit = bit as i64;
                    let known = known as i64;
                    let word = self.dialect.text("not-decidable");
                    parts.push(format!("CASE WHEN ({why} & {bit}) <> 0 AND ({why} & {known}) = 0 THEN {word} END"));
                    continue;
                }
                Atom::Blank(slots) => format!("cell-blank:{}", names(slots)),
                Atom::Unreadable(slots) => format!("cell-unreadable:{}", names(slots)),
                Atom::Absent(slots) => format!("column-absent:{}", names(slots)),
                Atom::NoLedger(kind) => format!("companion-absent:{kind}"),
                Atom::NoRecord(kind) => format!("companion-record-absent:{kind}"),
            };
            parts.push(format!("CASE WHEN ({why} & {}) <> 0 THEN {} END", bit as i64, self.dialect.text(&word)));
        }
        format!("concat_ws(';', {})", parts.join(", "))
    }

    fn slot_name(&self, slot: Slot) -> Option<String> {
        let (kind, field) = self.plan.field_of(slot)?;
        let name: &Arc<str> = &self.program.kinds.get(kind)?.fields.get(usize::from(field))?.name;
        Some(name.to_string())
    }

    /// What the rule asks that no query can say.
    pub fn unsupported(&self) -> Option<String> {
        let mut problem = None;
        let values: Vec<*const Node> = self.plan.values.iter().map(|(_, node)| std::ptr::from_ref(node)).collect();
        for node in self.plan.nodes() {
            if values.contains(&std::ptr::from_ref(node)) {
                continue;
            }
            node.walk(&mut |part| match &part.op {
                Op::Call(Function::SameName, _) => problem = Some("same_name() needs a form of texts that tables lack"),
                Op::Call(Function::Percent, _) => problem = Some("percent() is for texts only"),
                _ => {}
            });
        }
        problem.map(str::to_owned)
    }

    /// The parts of a value that a column of each is needed for.
    pub fn value_parts(&self, scope: &Scope<'_>, node: &Node, name: &str, columns: &mut Vec<String>) {
        columns.push(format!("{} AS {name}", scope.value(node)));
        if node.ty == Type::Period {
            columns.push(format!("{} AS {name}_end", scope.part(node, Part::End)));
        }
        columns.push(format!("CAST({} AS BIGINT) AS {name}_why", scope.why(node).unwrap_or_else(|| "0".to_owned())));
    }
}

/// Whether every requirement reads a field of the register for which the judged ledger has none that could stand in.
fn has_no_stand_in(plan: &Plan, fallback: &[Option<u16>]) -> bool {
    plan.items.iter().all(|item| {
        item.require.slots().into_iter().any(|slot| match slot {
            Slot::Member(field) => fallback.get(usize::from(field)).copied().flatten().is_none(),
            _ => false,
        })
    })
}

/// The outcome that the tests of an item come to, and why it is undetermined; `x` stands before every column.
pub(super) fn outcome(tests: &Tests, x: &str) -> (String, String) {
    let mut refused = Vec::new();
    let mut unknown = Vec::new();
    let mut gate_whys = Vec::new();
    for gate in &tests.gates {
        refused.push(format!("{x}{} IS FALSE", gate.value));
        if gate.may_lack {
            refused.push(format!("{x}{} = {WHY_NOTHING}", gate.why));
        }
        unknown.push(format!("{x}{} IS NULL", gate.value));
        gate_whys.push(format!("{x}{}", gate.why));
    }
    let mut early = Vec::new();
    let mut whys = vec![format!("{x}{}", tests.require.why)];
    if let Some(end) = &tests.period_end {
        let without_due = match &tests.due {
            None => String::new(),
            Some(due) => format!("{x}{} IS NULL AND ", due.value),
        };
        early.push(format!("({without_due}{x}{end} >= {x}as_of)"));
    }
    if let Some(due) = &tests.due {
        early.push(format!("{x}as_of <= {x}{}", due.value));
        whys.push(format!("{x}{}", due.why));
    }
    if let Some(pending) = &tests.pending {
        early.push(format!("{x}{}", pending.value));
        whys.push(format!("{x}{}", pending.why));
    }
    let whys = format!("(({}) & -2)", whys.join(" | "));
    let mut outcome = String::from("CASE");
    let mut why = String::from("CASE");
    if !refused.is_empty() {
        outcome += &format!(
            " WHEN {} THEN 'not_applicable' WHEN {} THEN 'undetermined'",
            refused.join(" OR "),
            unknown.join(" OR ")
        );
        why += &format!(" WHEN {} THEN {}", unknown.join(" OR "), gate_whys.join(" | "));
    }
    outcome += &format!(" WHEN {x}{} THEN 'met'", tests.require.value);
    if !early.is_empty() {
        outcome += &format!(" WHEN {} THEN 'not_yet_due'", early.join(" OR "));
    }
    outcome += &format!(" WHEN {whys} = 0 THEN 'violated' ELSE 'undetermined' END");
    (outcome, format!("{why} ELSE {whys} END").replace("CASE ELSE ", "CASE WHEN TRUE THEN "))
}
