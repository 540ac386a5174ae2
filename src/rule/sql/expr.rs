//! Typed expressions as SQL: for each its value, NULL where it is unknown, and why it is unknown as a set of bits.

use std::sync::Arc;

use super::dialect::Dialect;
use crate::pack::LedgerKind;
use crate::rule::plan::Program;
use crate::rule::types::*;

/// A part of a value: periods are two dates, everything else is one value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// The value, or the first day of a period.
    Main,
    /// The last day of a period.
    End,
}

/// Where the columns of one side come from.
#[derive(Clone, Debug)]
pub(super) enum Side {
    /// There is no such side, or its ledger was not submitted.
    Nothing,
    /// A row of a ledger's table.
    Row { alias: String, kind: usize },
    /// A row of a ledger's table that may not have been found; `has` says whether the ledger was submitted.
    Found { alias: String, kind: usize, has: String },
    /// The judged record stands in for the register: for each field the field of the record.
    StandIn { alias: String, kind: usize, map: Vec<Option<u16>> },
    /// Columns `{prefix}{field}` with the value, with `_end` where it is a period, and `_why`.
    Values { alias: String, prefix: &'static str },
    /// Columns `{prefix}{field}` that always have a value.
    Known { alias: String, prefix: &'static str },
}

/// What expressions are written for: whose columns stand where.
#[derive(Clone, Debug)]
pub(super) struct Scope<'a> {
    pub program: &'a Program,
    pub dialect: Dialect,
    pub record: Side,
    pub member: Side,
    pub joined: Vec<Side>,
    /// The columns of aggregates: `{alias}.a{n}{suffix}` and `{alias}.a{n}{suffix}_why`.
    pub aggregates: Option<(String, char)>,
    /// First and last day of the grid's period, and the bits of why it is not known.
    pub period: Option<(String, String, Option<String>)>,
    /// First and last day of the reporting period.
    pub reporting: Option<(String, String)>,
}

/// A cell and what is known about it.
enum Cell {
    Nothing,
    /// Alias, name of the column, whether it holds a period, and how the row may be missing.
    Column {
        alias: String,
        name: String,
        is_period: bool,
        missing: Option<(String, String)>,
    },
    Value {
        alias: String,
        name: String,
        is_known: bool,
    },
}

impl<'a> Scope<'a> {
    fn kind(&self, kind: usize) -> &'a LedgerKind {
        &self.program.kinds[kind]
    }

    fn cell(&self, slot: Slot) -> Cell {
        let (side, field) = match slot {
            Slot::Record(field) => (Some(&self.record), field),
            Slot::Member(field) => (Some(&self.member), field),
            Slot::Joined(join, field) => (self.joined.get(usize::from(join)), field),
        };
        let column =
            |alias: &String, kind: usize, field: u16, missing| match self.kind(kind).fields.get(usize::from(field)) {
                Some(field) => Cell::Column {
                    alias: alias.clone(),
                    name: field.name.to_string(),
                    is_period: field.ty == crate::model::FieldType::Period,
                    missing,
                },
                None => Cell::Nothing,
            };
        match side {
            None | Some(Side::Nothing) => Cell::Nothing,
            Some(Side::Row { alias, kind }) => column(alias, *kind, field, None),
            Some(Side::Found { alias, kind, has }) => {
                column(alias, *kind, field, Some((has.clone(), format!("{alias}._record"))))
            }
            Some(Side::StandIn { alias, kind, map }) => match map.get(usize::from(field)).copied().flatten() {
                Some(own) => column(alias, *kind, own, None),
                None => Cell::Nothing,
            },
            Some(Side::Values { alias, prefix }) => {
                Cell::Value { alias: alias.clone(), name: format!("{prefix}{field}"), is_known: false }
            }
            Some(Side::Known { alias, prefix }) => {
                Cell::Value { alias: alias.clone(), name: format!("{prefix}{field}"), is_known: true }
            }
        }
    }

    fn column(&self, alias: &str, name: &str) -> String {
        format!("{alias}.{}", self.dialect.ident(name))
    }

    fn null(&self, ty: Type) -> String {
        use super::tables::ColumnType as C;
        let ty = match ty {
            Type::Bool => C::YesNo,
            Type::Number => C::Number,
            Type::Date | Type::Period => C::Date,
            Type::Dates => C::Dates,
            Type::Text | Type::Code(_) => C::Text,
            Type::Codes(_) => C::Codes,
        };
        format!("CAST(NULL AS {})", self.dialect.type_name(ty))
    }

    fn code(&self, list: u16, position: usize) -> String {
        let entry = self.program.lists.get(usize::from(list)).and_then(|list| list.entries.get(position));
        self.dialect.text(entry.map_or("", |entry| &entry.code))
    }

    fn scalar(&self, ty: Type, value: &Scalar, part: Part) -> String {
        match value {
            Scalar::Bool(true) => "TRUE".to_owned(),
            Scalar::Bool(false) => "FALSE".to_owned(),
            Scalar::Number(number) => match number.to_int() {
                Some(whole) if whole.abs() < 1_000_000_000 => whole.to_string(),
                _ => format!("CAST('{number}' AS DECIMAL(38,9))"),
            },
            Scalar::Date(date) => self.dialect.date(*date),
            Scalar::Period(period) => self.dialect.date(if part == Part::Main { period.start() } else { period.end() }),
            Scalar::Text(text) => self.dialect.text(text),
            Scalar::Code(position) => match ty {
                Type::Code(list) => self.code(list, usize::from(*position)),
                _ => self.null(ty),
            },
        }
    }

    /// The value of an expression.
    pub fn value(&self, node: &Node) -> String {
        self.part(node, Part::Main)
    }

    /// A part of the value of an expression.
    pub fn part(&self, node: &Node, part: Part) -> String {
        match &node.op {
            Op::Const(value) => self.scalar(node.ty, value, part),
            Op::Null => self.null(node.ty),
            Op::Column(slot, _) => self.cell_value(*slot, node.ty, part),
            Op::Aggregate(index) => match &self.aggregates {
                Some((alias, suffix)) => format!("{alias}.a{index}{suffix}"),
                None => self.null(node.ty),
            },
            Op::AsOf => "env.as_of".to_owned(),
            Op::Period => match (&self.period, part) {
                (Some((start, ..)), Part::Main) => start.clone(),
                (Some((_, end, _)), Part::End) => end.clone(),
                (None, _) => self.null(node.ty),
            },
            Op::ReportingPeriod => match (&self.reporting, part) {
                (Some((start, _)), Part::Main) => start.clone(),
                (Some((_, end)), Part::End) => end.clone(),
                (None, _) => self.null(node.ty),
            },
            Op::CodeTable(code, table) => self.code_table(code, table),
            Op::CodeIn(code, set) => {
                let Type::Code(list) = code.ty else { return self.null(node.ty) };
                let codes = (0..set.len()).filter(|position| set[*position]).map(|position| self.code(list, position));
                self.among(&self.value(code), &codes.collect::<Vec<_>>())
            }
            Op::CodesAny(codes, mask) => {
                let Type::Codes(list) = codes.ty else { return self.null(node.ty) };
                let wanted: Vec<String> =
                    (0..64).filter(|bit| mask >> bit & 1 == 1).map(|bit| self.code(list, bit)).collect();
                self.dialect.overlaps(&self.value(codes), &self.dialect.list(&wanted))
            }
            Op::Not(inner) => format!("(NOT {})", self.value(inner)),
            Op::And(nodes) => self.chain(nodes, " AND "),
            Op::Or(nodes) => self.chain(nodes, " OR "),
            Op::Compare(op, left, right) => self.compare(*op, left, right),
            Op::TextIn(text, set) => {
                let texts: Vec<String> = set.iter().map(|text| self.dialect.text(text)).collect();
                self.among(&self.value(text), &texts)
            }
            Op::Like(text, pattern) => {
                let pattern: String = pattern.iter().collect();
                format!("({} LIKE {})", self.value(text), self.dialect.text(&pattern))
            }
            Op::Contains(text, words) => {
                let text = self.value(text);
                let tests = words.iter().map(|word| format!("contains({text}, {})", self.dialect.text(word)));
                format!("({})", tests.collect::<Vec<_>>().join(" OR "))
            }
            Op::IsNull(inner, blank) => {
                let value = self.value(inner);
                match self.why(inner) {
                    None => "FALSE".to_owned(),
                    Some(why) => {
                        let others = !*blank as i64;
                        format!(
                            "(CASE WHEN {value} IS NOT NULL THEN FALSE WHEN ({why} & ({others})) = 0 THEN TRUE END)"
                        )
                    }
                }
            }
            Op::IsTruth(inner, want) => {
                let word = match want {
                    Some(true) => "TRUE",
                    Some(false) => "FALSE",
                    None => "NULL",
                };
                format!("({} IS {word})", self.value(inner))
            }
            Op::Arith(op, left, right) => self.arithmetic(*op, left, right),
            Op::Case(branches, otherwise) => {
                let mut text = String::from("(CASE");
                for (test, value) in branches {
                    let condition = self.value(test);
                    if self.why(test).is_some() {
                        text += &format!(" WHEN {condition} IS NULL THEN NULL");
                    }
                    text += &format!(" WHEN {condition} THEN {}", self.part(value, part));
                }
                text + &format!(" ELSE {} END)", self.part(otherwise, part))
            }
            Op::Coalesce(nodes, blockers) => {
                let mut text = String::from("(CASE");
                for node in nodes {
                    text += &format!(" WHEN {} IS NOT NULL THEN {}", self.value(node), self.part(node, part));
                    if let Some(why) = self.why(node) {
                        text += &format!(" WHEN ({why} & ({})) <> 0 THEN NULL", *blockers as i64);
                    }
                }
                text + &format!(" ELSE {} END)", self.null(node.ty))
            }
            Op::Cell(test, slot, _) => self.cell_test(*test, *slot),
            Op::Found(join, _) => match self.joined.get(usize::from(*join)) {
                Some(Side::Found { alias, has, .. }) => {
                    format!("(CASE WHEN {has} THEN {alias}._record IS NOT NULL END)")
                }
                _ => self.null(Type::Bool),
            },
            Op::Call(function, arguments) => self.call(*function, arguments, node.ty, part),
        }
    }

    /// Why an expression is unknown, as bits; `None` where it never is.
    pub fn why(&self, node: &Node) -> Option<String> {
        match &node.op {
            Op::Const(_) | Op::AsOf | Op::IsTruth(..) => None,
            Op::Null => Some(WHY_NULL.to_string()),
            Op::Column(slot, why) => self.cell_why(*slot, why),
            Op::Aggregate(index) => match &self.aggregates {
                Some((alias, suffix)) => Some(format!("{alias}.a{index}{suffix}_why")),
                None => Some(WHY_NOTHING.to_string()),
            },
            Op::Period => match &self.period {
                Some((.., why)) => why.clone(),
                None => Some(WHY_NOTHING.to_string()),
            },
            Op::ReportingPeriod => match &self.reporting {
                Some((start, _)) => Some(format!("(CASE WHEN {start} IS NULL THEN {WHY_PERIOD} ELSE 0 END)")),
                None => Some(WHY_NOTHING.to_string()),
            },
            Op::And(nodes) | Op::Or(nodes) => {
                let why = any(nodes.iter().map(|node| self.why(node)))?;
                Some(format!("(CASE WHEN {} IS NULL THEN {why} ELSE 0 END)", self.value(node)))
            }
            Op::IsNull(inner, blank) => {
                let why = self.why(inner)?;
                Some(format!("(CASE WHEN ({why} & ({})) = 0 THEN 0 ELSE {why} END)", !*blank as i64))
            }
            Op::Arith(op, left, right) => {
                let known = any([self.why(left), self.why(right)]);
                let is_exact = *op == Arith::Sub && left.ty == Type::Date && right.ty == Type::Date;
                if is_exact { known } else { Some(self.or_range(node, known, WHY_RANGE)) }
            }
            Op::Case(branches, otherwise) => {
                let mut text = String::from("(CASE");
                let mut is_known = true;
                for (test, value) in branches {
                    let condition = self.value(test);
                    if let Some(why) = self.why(test) {
                        is_known = false;
                        text += &format!(" WHEN {condition} IS NULL THEN {why}");
                    }
                    let why = self.why(value);
                    is_known &= why.is_none();
                    text += &format!(" WHEN {condition} THEN {}", why.as_deref().unwrap_or("0"));
                }
                let why = self.why(otherwise);
                is_known &= why.is_none();
                text += &format!(" ELSE {} END)", why.as_deref().unwrap_or("0"));
                (!is_known).then_some(text)
            }
            Op::Coalesce(nodes, blockers) => {
                let mut text = String::from("(CASE");
                let mut so_far: Vec<Option<String>> = Vec::new();
                for node in nodes {
                    text += &format!(" WHEN {} IS NOT NULL THEN 0", self.value(node));
                    let Some(why) = self.why(node) else {
                        // What is never unknown settles the matter.
                        return (!so_far.is_empty()).then(|| text + " END)");
                    };
                    so_far.push(Some(why.clone()));
                    let all = any(so_far.iter().cloned()).unwrap_or_default();
                    text += &format!(" WHEN ({why} & ({})) <> 0 THEN {all}", *blockers as i64);
                }
                let all = any(so_far).unwrap_or_else(|| "0".to_owned());
                Some(text + &format!(" ELSE {all} END)"))
            }
            Op::Cell(test, slot, why) => self.cell_test_why(*test, *slot, why),
            Op::Found(join, no_ledger) => match self.joined.get(usize::from(*join)) {
                Some(Side::Found { has, .. }) => {
                    Some(format!("(CASE WHEN {has} THEN 0 ELSE {} END)", *no_ledger as i64))
                }
                _ => Some((*no_ledger as i64).to_string()),
            },
            Op::Call(function, arguments) => {
                let known = any(arguments.iter().map(|argument| self.why(argument)));
                self.call_why(*function, arguments, node, known)
            }
            Op::CodeTable(inner, _)
            | Op::CodeIn(inner, _)
            | Op::CodesAny(inner, _)
            | Op::Not(inner)
            | Op::TextIn(inner, _)
            | Op::Like(inner, _)
            | Op::Contains(inner, _) => self.why(inner),
            Op::Compare(_, left, right) => any([self.why(left), self.why(right)]),
        }
    }

    /// `known`, and `reason` where the expression is unknown although its parts are not.
    pub(super) fn or_range(&self, node: &Node, known: Option<String>, reason: Why) -> String {
        let reason = reason as i64;
        let value = self.value(node);
        match known {
            None => format!("(CASE WHEN {value} IS NULL THEN {reason} ELSE 0 END)"),
            Some(known) => {
                format!("(CASE WHEN {value} IS NOT NULL THEN 0 WHEN {known} = 0 THEN {reason} ELSE {known} END)")
            }
        }
    }

    fn chain(&self, nodes: &[Node], word: &str) -> String {
        let parts: Vec<String> = nodes.iter().map(|node| self.value(node)).collect();
        format!("({})", parts.join(word))
    }

    fn among(&self, value: &str, texts: &[String]) -> String {
        match texts {
            [] => format!("(CASE WHEN {value} IS NOT NULL THEN FALSE END)"),
            texts => format!("({value} IN ({}))", texts.join(", ")),
        }
    }

    fn code_table(&self, code: &Node, table: &[Arc<str>]) -> String {
        let Type::Code(list) = code.ty else { return self.null(Type::Text) };
        let value = self.value(code);
        let entries = self.program.lists.get(usize::from(list)).map_or(&[][..], |list| &list.entries);
        if entries.iter().zip(table).all(|(entry, text)| entry.code == *text) {
            return value;
        }
        // The codes of each different text together.
        let mut groups: Vec<(&Arc<str>, Vec<String>)> = Vec::new();
        for (position, text) in table.iter().enumerate() {
            let code = self.code(list, position);
            match groups.iter_mut().find(|(known, _)| *known == text) {
                Some((_, codes)) => codes.push(code),
                None => groups.push((text, vec![code])),
            }
        }
        let mut cases = String::from("(CASE");
        for (text, codes) in groups {
            cases += &format!(" WHEN {} THEN {}", self.among(&value, &codes), self.dialect.text(text));
        }
        cases + " END)"
    }

    fn compare(&self, op: Cmp, left: &Node, right: &Node) -> String {
        let (a, b) = (self.value(left), self.value(right));
        if left.ty == Type::Period {
            let (a_end, b_end) = (self.part(left, Part::End), self.part(right, Part::End));
            let not = if op == Cmp::Ne { "NOT " } else { "" };
            return format!("({not}({a} = {b} AND {a_end} = {b_end}))");
        }
        let sign = match op {
            Cmp::Eq => "=",
            Cmp::Ne => "<>",
            Cmp::Lt => "<",
            Cmp::Le => "<=",
            Cmp::Gt => ">",
            Cmp::Ge => ">=",
        };
        format!("({a} {sign} {b})")
    }

    fn arithmetic(&self, op: Arith, left: &Node, right: &Node) -> String {
        let (a, b) = (self.value(left), self.value(right));
        match (left.ty, right.ty, op) {
            (Type::Date, Type::Date, _) => format!("tz_days({a}, {b})"),
            (Type::Date, _, Arith::Sub) => format!("tz_add_days({a}, -({b}))"),
            (Type::Date, ..) => format!("tz_add_days({a}, {b})"),
            (_, _, Arith::Add) => format!("({a} + {b})"),
            (_, _, Arith::Sub) => format!("({a} - {b})"),
            (_, _, Arith::Mul) => format!("tz_mul({a}, {b})"),
        }
    }

    fn cell_value(&self, slot: Slot, ty: Type, part: Part) -> String {
        match self.cell(slot) {
            Cell::Nothing => self.null(ty),
            Cell::Column { alias, name, is_period: true, .. } => {
                self.column(&alias, &format!("{name}__{}", if part == Part::Main { "from" } else { "to" }))
            }
            Cell::Column { alias, name, .. } => self.column(&alias, &name),
            Cell::Value { alias, name, .. } if part == Part::End => format!("{alias}.{name}_end"),
            Cell::Value { alias, name, .. } => format!("{alias}.{name}"),
        }
    }

    /// Wraps what is said about a row that may be missing.
    fn guarded(&self, missing: &Option<(String, String)>, no_ledger: &str, no_record: &str, inner: &str) -> String {
        match missing {
            None => inner.to_owned(),
            Some((has, record)) => format!(
                "(CASE WHEN NOT {has} THEN {no_ledger} WHEN {record} IS NULL THEN {no_record} ELSE {inner} END)"
            ),
        }
    }

    /// Why a cell has no value.
    pub fn cell_why(&self, slot: Slot, why: &SlotWhy) -> Option<String> {
        let nothing = if why.no_ledger == 0 { why.absent } else { why.no_ledger } as i64;
        Some(match self.cell(slot) {
            Cell::Nothing => nothing.to_string(),
            Cell::Value { is_known: true, .. } => return None,
            Cell::Value { alias, name, .. } => format!("{alias}.{name}_why"),
            Cell::Column { alias, name, missing, .. } => {
                let state = self.column(&alias, &format!("{name}__state"));
                let inner = format!(
                    "(CASE WHEN {state} IS NULL THEN 0 WHEN {state} IN ('blank', 'never') THEN {} WHEN {state} IN \
                     ('unreadable', 'negative') THEN {} ELSE {} END)",
                    why.blank as i64, why.unreadable as i64, why.absent as i64
                );
                self.guarded(&missing, &nothing.to_string(), &(why.no_record as i64).to_string(), &inner)
            }
        })
    }

    fn cell_test(&self, test: CellTest, slot: Slot) -> String {
        match self.cell(slot) {
            Cell::Nothing => self.null(Type::Bool),
            // A value that was computed is there unless it is unknown.
            Cell::Value { alias, name, .. } => match test {
                test if test.asks_text() => format!("(CASE WHEN {alias}.{name} IS NOT NULL THEN FALSE END)"),
                _ => format!("({alias}.{name} IS NOT NULL)"),
            },
            Cell::Column { alias, name, missing, .. } => {
                let state = self.column(&alias, &format!("{name}__state"));
                let inner = match test {
                    CellTest::HasColumn => format!("COALESCE({state} <> 'absent', TRUE)"),
                    CellTest::Present => format!(
                        "(CASE WHEN {state} IS NULL OR {state} IN ('unreadable', 'negative') THEN TRUE WHEN {state} <> \
                         'absent' THEN FALSE END)"
                    ),
                    CellTest::Recognised => {
                        format!(
                            "(CASE WHEN {state} IS NULL THEN TRUE WHEN {state} IN ('unreadable', 'negative') THEN FALSE END)"
                        )
                    }
                    CellTest::StatedNever | CellTest::Negative => format!(
                        "(CASE WHEN {state} IS NULL THEN FALSE WHEN {state} = '{}' THEN TRUE WHEN {state} <> 'absent' \
                         THEN FALSE END)",
                        if test == CellTest::Negative { "negative" } else { "never" }
                    ),
                };
                self.guarded(&missing, "NULL", "NULL", &inner)
            }
        }
    }

    fn cell_test_why(&self, test: CellTest, slot: Slot, why: &SlotWhy) -> Option<String> {
        Some(match self.cell(slot) {
            Cell::Nothing => (why.no_ledger as i64).to_string(),
            Cell::Value { alias, name, is_known: false } if test.asks_text() => {
                format!("{alias}.{name}_why")
            }
            Cell::Value { .. } => return None,
            Cell::Column { alias, name, missing, .. } => {
                let state = self.column(&alias, &format!("{name}__state"));
                let absent = why.absent as i64;
                let inner = match test {
                    CellTest::HasColumn if missing.is_none() => return None,
                    CellTest::HasColumn => "0".to_owned(),
                    CellTest::Present | CellTest::StatedNever | CellTest::Negative => {
                        format!("(CASE WHEN {state} = 'absent' THEN {absent} ELSE 0 END)")
                    }
                    CellTest::Recognised => format!(
                        "(CASE WHEN {state} = 'absent' THEN {absent} WHEN {state} IN ('blank', 'never') THEN {} ELSE 0 END)",
                        why.blank as i64
                    ),
                };
                let (ledger, record) = (why.no_ledger as i64, why.no_record as i64);
                self.guarded(&missing, &ledger.to_string(), &record.to_string(), &inner)
            }
        })
    }
}

/// The reasons of several parts together; each is named once.
pub(super) fn any(parts: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    let mut all: Vec<String> = Vec::new();
    for part in parts.into_iter().flatten() {
        if part != "0" && !all.contains(&part) {
            all.push(part);
        }
    }
    match all.len() {
        0 => None,
        1 => all.pop(),
        _ => Some(format!("({})", all.join(" | "))),
    }
}
