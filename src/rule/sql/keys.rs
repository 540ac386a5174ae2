//! Keys in SQL: the parts of a key, which keys mean the same thing, and the records that a join finds.

use super::query::Query;
use crate::model::FieldType;
use crate::pack::LedgerKind;
use crate::rule::plan::{GroupKey, KeyKind};
use crate::rule::types::Slot;

/// What stands between the parts of a key's text.
const BETWEEN: &str = " || chr(31) || ";

impl Query<'_> {
    /// The text of a key made of the parts `{prefix}p0`, `{prefix}p1` …: `0` for nothing, `1` and the value otherwise.
    pub(super) fn key_text(parts: &[String]) -> String {
        let parts: Vec<String> =
            parts.iter().map(|part| format!("CASE WHEN {part} IS NULL THEN '0' ELSE '1' || {part} END")).collect();
        parts.join(BETWEEN)
    }

    /// The parts of a key in a row of a ledger's table, as texts.
    fn parts(&self, kind: &LedgerKind, key: &GroupKey, alias: &str) -> Result<Vec<String>, String> {
        let column = |name: &str, suffix: &str| format!("{alias}.{}", self.dialect.ident(&format!("{name}{suffix}")));
        let text_type = self.dialect.type_name(super::tables::ColumnType::Text);
        let mut parts = Vec::new();
        for (position, field) in key.parts.iter().enumerate() {
            let Some(field) = field.and_then(|field| kind.fields.get(usize::from(field))) else {
                parts.push(format!("CAST(NULL AS {text_type})"));
                continue;
            };
            let name = &field.name;
            let part = match &field.ty {
                FieldType::Text | FieldType::IdNumber | FieldType::Code(_) => {
                    if key.kind == KeyKind::Fields || position == 0 {
                        column(name, "__key")
                    } else if super::tables::has_name(name) {
                        column(name, "__name")
                    } else {
                        return Err(format!("the key part {name} has no form without punctuation"));
                    }
                }
                FieldType::Integer | FieldType::Decimal | FieldType::Ratio => {
                    format!("CAST(CAST(tz_units({}) AS DECIMAL(38,0)) AS {text_type})", column(name, ""))
                }
                FieldType::Date => format!("CAST({} AS {text_type})", column(name, "")),
                FieldType::Period => column(name, ""),
                FieldType::YesNo => {
                    format!("(CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' END)", column(name, ""))
                }
                FieldType::Dates | FieldType::Codes(_) => self.dialect.joined(&column(name, "")),
            };
            parts.push(part);
        }
        // The date of birth stands in the identity number too.
        if key.kind == KeyKind::Person
            && let Some(Some(id)) = key.parts.first()
            && let Some(id) = kind.fields.get(usize::from(*id))
            && let Some(birth) = parts.get_mut(2)
        {
            *birth = format!("COALESCE({birth}, CAST(tz_id_birth({}) AS {text_type}))", column(&id.name, ""));
        }
        Ok(parts)
    }

    /// Columns `{prefix}p0` … with the parts of the key, and `{prefix}k` with its text, NULL where it names nobody.
    pub(super) fn key_columns(
        &self,
        kind: &LedgerKind,
        key: &GroupKey,
        alias: &str,
        prefix: &str,
    ) -> Result<Vec<String>, String> {
        let parts = self.parts(kind, key, alias)?;
        let names = |position: &usize| key.optional >> (*position).min(31) & 1 == 0;
        let known = |position: usize| format!("{} IS NOT NULL", parts[position]);
        let is_known = match key.kind {
            KeyKind::Institution | KeyKind::Person => {
                (0..parts.len().min(2)).map(known).collect::<Vec<_>>().join(" OR ")
            }
            KeyKind::Fields => {
                let needed: Vec<String> = (0..parts.len()).filter(names).map(known).collect();
                if needed.is_empty() {
                    (0..parts.len()).map(known).collect::<Vec<_>>().join(" OR ")
                } else {
                    needed.join(" AND ")
                }
            }
        };
        let mut columns: Vec<String> =
            parts.iter().enumerate().map(|(position, part)| format!("{part} AS {prefix}p{position}")).collect();
        columns.push(format!("CASE WHEN {is_known} THEN {} END AS {prefix}k", Self::key_text(&parts)));
        Ok(columns)
    }

    /// Why a record has no key: the parts that are missing, as bits.
    pub(super) fn key_why(&self, kind: &LedgerKind, key: &GroupKey, alias: &str) -> String {
        let needed = if key.kind == KeyKind::Fields { key.parts.len() } else { 2 };
        let mut parts = Vec::new();
        for (position, field) in key.parts.iter().enumerate().take(needed) {
            let (Some(field), Some(why)) = (field, self.plan.key_why.get(position)) else { continue };
            let Some(field) = kind.fields.get(usize::from(*field)) else { continue };
            if key.optional >> position.min(31) & 1 == 1 {
                continue;
            }
            let state = format!("{alias}.{}", self.dialect.ident(&format!("{}__state", field.name)));
            parts.push(format!(
                "(CASE WHEN {state} IS NULL THEN 0 WHEN {state} = 'unreadable' THEN {} WHEN {state} = 'absent' THEN {} \
                 ELSE {} END)",
                why.unreadable as i64, why.absent as i64, why.blank as i64
            ));
        }
        if parts.is_empty() { "0".to_owned() } else { parts.join(" | ") }
    }

    /// Adds the table `{name}` of `owner` by `k`: keys that mean the same thing have the same owner. `source` has the
    /// different keys with their parts.
    pub(super) fn clusters(&mut self, name: &str, source: &str, key: &GroupKey) {
        let parts = key.parts.len();
        let columns = |alias: &str| -> String {
            (0..parts).map(|part| format!("{alias}.p{part}")).collect::<Vec<_>>().join(", ")
        };
        if key.kind == KeyKind::Fields {
            self.add(name, format!("SELECT s.k, s.k AS owner, {} FROM {source} AS s", columns("s")));
            return;
        }
        // Those with a code or an identity number first, then the others by how much they say.
        self.add(
            &format!("{name}_0"),
            format!("SELECT s.k, '#' || s.p0 AS owner, {} FROM {source} AS s WHERE s.p0 <> ''", columns("s")),
        );
        let rest: Vec<usize> = (2..parts).collect();
        let mut levels: Vec<Vec<usize>> = Vec::new();
        for mask in (0..1_u32 << rest.len()).rev() {
            levels
                .push(rest.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1).map(|(_, part)| *part).collect());
        }
        // More known parts first; among as many, the one whose first parts are unknown.
        levels.sort_by_key(|level| {
            (std::cmp::Reverse(level.len()), rest.iter().map(|part| level.contains(part)).collect::<Vec<_>>())
        });
        let mut before = format!("{name}_0");
        for (number, level) in levels.iter().enumerate() {
            let is_level: Vec<String> = rest
                .iter()
                .map(|part| format!("s.p{part} IS {}NULL", if level.contains(part) { "NOT " } else { "" }))
                .collect();
            let is_level = if is_level.is_empty() { String::new() } else { format!(" AND {}", is_level.join(" AND ")) };
            let fits: String =
                level.iter().map(|part| format!(" AND (c.p{part} IS NULL OR c.p{part} = s.p{part})")).collect();
            let step = format!("{name}_{}", number + 1);
            self.add(
                &format!("{step}s"),
                format!(
                    "SELECT s.k, CASE WHEN COUNT(DISTINCT c.owner) = 1 THEN MIN(c.owner) ELSE s.k END AS owner\n\
                     FROM {source} AS s LEFT JOIN {before} AS c ON c.p1 = s.p1 AND s.p1 <> ''{fits}\n\
                     WHERE COALESCE(s.p0, '') = ''{is_level} GROUP BY s.k"
                ),
            );
            self.add(
                &step,
                format!(
                    "SELECT * FROM {before} UNION ALL SELECT s.k, t.owner, {} FROM {step}s AS t JOIN {source} AS s ON \
                     s.k = t.k",
                    columns("s")
                ),
            );
            before = step;
        }
        self.add(name, format!("SELECT * FROM {before}"));
    }

    /// How a key of alias `o` finds those of alias `s` that mean the same: by code or number, and by name.
    pub(super) fn matches(&self, key: &GroupKey) -> (String, Option<String>) {
        if key.kind == KeyKind::Fields {
            return ("o.k = s.k".to_owned(), None);
        }
        let fits: String = (2..key.parts.len())
            .map(|part| format!(" AND (o.p{part} IS NULL OR s.p{part} IS NULL OR o.p{part} = s.p{part})"))
            .collect();
        let weak = format!("o.p1 = s.p1 AND o.p1 <> '' AND (COALESCE(o.p0, '') = '' OR COALESCE(s.p0, '') = ''){fits}");
        ("o.p0 = s.p0 AND o.p0 <> ''".to_owned(), Some(weak))
    }

    /// Adds the table `{name}`: for each key of `own` all keys of `other` that mean the same, as `columns`.
    pub(super) fn matching(&mut self, name: &str, own: &str, other: &str, key: &GroupKey, columns: &str) {
        let (strong, weak) = self.matches(key);
        let mut text = format!("SELECT o.k, {columns} FROM {own} AS o JOIN {other} AS s ON {strong}");
        if let Some(weak) = weak {
            let codes = format!("SELECT DISTINCT p0 AS code FROM {other} WHERE p0 <> ''");
            text += &format!(
                "\nUNION ALL\nSELECT o.k, {columns} FROM {own} AS o JOIN {other} AS s ON {weak}\n\
                 LEFT JOIN ({codes}) AS t ON t.code = o.p0 WHERE t.code IS NULL"
            );
        }
        self.add(name, text);
    }

    /// Adds the tables of a join: `{prefix}{n}f` has for each key (and period, where the period before is joined) the
    /// record that is found. `own` has the keys that look for it.
    pub(super) fn join_tables(&mut self, position: usize, prefix: &str, own: &str) -> Result<(), String> {
        let join = &self.plan.joins[position];
        let kind = self.program.kinds[join.kind].clone();
        let name = format!("{prefix}{position}");
        let mut columns = vec!["t._record".to_owned(), "t._period_from".to_owned(), "t._period_to".to_owned()];
        columns.extend(self.key_columns(&kind, &join.other, "t", "")?);
        let mut scope = self.scope();
        scope.joined = vec![super::expr::Side::Nothing; self.plan.joins.len()];
        scope.joined[position] = super::expr::Side::Row { alias: "t".to_owned(), kind: join.kind };
        scope.record = super::expr::Side::Nothing;
        let filter = match &join.filter {
            Some(filter) => format!(" WHERE {}", scope.value(filter)),
            None => String::new(),
        };
        let table = self.table(join.kind);
        self.add(
            &format!("{name}a"),
            format!("SELECT {} FROM {table} AS t CROSS JOIN env{filter}", columns.join(", ")),
        );
        self.add(&format!("{name}s"), format!("SELECT * FROM {name}a WHERE k IS NOT NULL"));
        self.matching(
            &format!("{name}m"),
            own,
            &format!("{name}s"),
            &join.other,
            "s._record, s._period_from, s._period_to",
        );
        let by = if join.previous { "k, _period_from, _period_to" } else { "k" };
        self.add(&format!("{name}f"), format!("SELECT {by}, MIN(_record) AS _record FROM {name}m GROUP BY {by}"));
        Ok(())
    }

    /// The joins of a SELECT whose keys stand in `{alias}.j{n}k`; the period that is now in the three expressions.
    pub(super) fn joined(&self, prefix: &str, alias: &str, now: [&str; 3]) -> String {
        let mut text = String::new();
        for (position, join) in self.plan.joins.iter().enumerate() {
            let found = format!("{prefix}{position}f");
            let mut on = format!("f{position}.k = {alias}.j{position}k");
            if join.previous {
                let [period, from, to] = now;
                on += &format!(
                    " AND f{position}._period_from = tz_prev_from({period}, {from}, {to}) AND \
                     f{position}._period_to = {}",
                    self.day_before(from)
                );
            }
            text += &format!(
                "\nLEFT JOIN {found} AS f{position} ON {on}\nLEFT JOIN {} AS j{position} ON j{position}._record = \
                 f{position}._record",
                self.table(join.kind)
            );
        }
        text
    }

    /// The fields of a key in the order of its parts, as columns of the judged ledger.
    pub(super) fn key_slots(key: &GroupKey) -> impl Iterator<Item = (usize, Slot, u16)> {
        key.parts
            .iter()
            .enumerate()
            .filter_map(|(position, field)| field.map(|field| (position, Slot::Record(field), field)))
    }
}
