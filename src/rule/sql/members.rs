//! Members as queries: whose the keys of records are, and who belongs to a population.

use super::expr::Side;
use super::query::Query;
use super::units::Source;
use crate::model::FieldType;
use crate::rule::plan::{GroupKey, KeyKind, Members, PlanShape};

impl Query<'_> {
    /// `own`: the different keys of the records with their owners; `mem`: the members; `km`: the members of each key.
    pub(super) fn members(&mut self, key: &GroupKey, source: Source) -> Result<(), String> {
        let parts: Vec<String> = (0..key.parts.len()).map(|part| format!("p{part}")).collect();
        if source == Source::List {
            let PlanShape::Population { members: Members::List(list), .. } = &self.plan.shape else {
                return Err("the population is no list".to_owned());
            };
            let list = &self.program.lists[*list];
            let mut rows = Vec::new();
            for entry in &list.entries {
                let mut row = vec![self.dialect.text(&format!("1{}", entry.code))];
                for at in 0..list.attributes.len() {
                    let value = entry.attributes.get(at).cloned().flatten().unwrap_or_default();
                    row.push(self.dialect.text(&value));
                }
                rows.push(format!("({})", row.join(", ")));
            }
            let mut names = vec!["owner".to_owned()];
            names.extend((0..list.attributes.len()).map(|at| format!("m{at}")));
            self.add(
                "mem",
                format!(
                    "SELECT v.*, v.owner AS label, CAST(0 AS BIGINT) AS m_why FROM (VALUES {}) AS v({}) CROSS JOIN env \
                     WHERE env.refusal IS NULL",
                    rows.join(", "),
                    names.join(", ")
                ),
            );
            self.add("km", "SELECT owner AS k, owner, 1 AS n FROM mem".to_owned());
            return Ok(());
        }
        let kind = &self.program.kinds[self.plan.kind];
        // The typed values of the key's fields, for conditions that read them.
        let mut values = Vec::new();
        for (position, _, field) in Self::key_slots(key) {
            let described = &kind.fields[usize::from(field)];
            let column = self.dialect.ident(&described.name);
            match described.ty {
                FieldType::Text | FieldType::IdNumber => values.push(format!("MIN(p{position}) AS k{field}")),
                FieldType::Period => {
                    let (from, to) = (format!("{}__from", described.name), format!("{}__to", described.name));
                    values.push(format!("MIN({}) AS k{field}", self.dialect.ident(&from)));
                    values.push(format!("MIN({}) AS k{field}_end", self.dialect.ident(&to)));
                }
                FieldType::Date if key.kind == KeyKind::Person => {
                    values.push(format!("MIN(CAST(p{position} AS DATE)) AS k{field}"));
                }
                _ => values.push(format!("MIN({column}) AS k{field}")),
            }
        }
        let mut columns: Vec<String> = parts.iter().map(|part| format!("MIN({part}) AS {part}")).collect();
        columns.extend(values);
        self.add("keys", format!("SELECT k, {} FROM b0 WHERE k IS NOT NULL GROUP BY k", columns.join(", ")));
        if source == Source::Register {
            return self.register(key);
        }
        self.clusters("own", "keys", key);
        // The key that says most stands for the others.
        let known: Vec<String> =
            parts.iter().map(|part| format!("CASE WHEN own.{part} IS NULL THEN 0 ELSE 1 END")).collect();
        self.add(
            "mem",
            format!(
                "SELECT * FROM (SELECT keys.*, own.owner, keys.k AS label, CAST(0 AS BIGINT) AS m_why, ROW_NUMBER() OVER \
                 (PARTITION BY own.owner ORDER BY {} DESC, keys.k) AS n FROM own JOIN keys ON keys.k = own.k) AS d WHERE \
                 n = 1",
                known.join(" + ")
            ),
        );
        self.add("km", "SELECT k, owner, 1 AS n FROM own".to_owned());
        Ok(())
    }

    /// The members of a register.
    fn register(&mut self, own: &GroupKey) -> Result<(), String> {
        let PlanShape::Population { members: Members::Ledger { kind, filter, key, .. }, .. } = &self.plan.shape else {
            return Err("the population is no ledger".to_owned());
        };
        let described = self.program.kinds[*kind].clone();
        let mut columns = vec!["t._record".to_owned()];
        columns.extend(self.key_columns(&described, key, "t", "")?);
        for (position, join) in self.plan.joins.iter().enumerate() {
            let member = join.member.as_ref().ok_or("a join has no key on the side of the member")?;
            columns.extend(self.key_columns(&described, member, "t", &format!("j{position}"))?);
        }
        let mut scope = self.scope();
        scope.record = Side::Nothing;
        scope.member = Side::Row { alias: "t".to_owned(), kind: *kind };
        scope.period = None;
        scope.reporting = None;
        match filter {
            Some(filter) => self.value_parts(&scope, filter, "belongs", &mut columns),
            None => columns.extend(["TRUE AS belongs".to_owned(), "CAST(0 AS BIGINT) AS belongs_why".to_owned()]),
        }
        let table = self.table(*kind);
        self.add(
            "m0",
            format!("SELECT {} FROM {table} AS t CROSS JOIN env WHERE env.refusal IS NULL", columns.join(", ")),
        );
        let parts: Vec<String> = (0..key.parts.len()).map(|part| format!("p{part}")).collect();
        self.add("mkeys", format!("SELECT DISTINCT k, {} FROM m0 WHERE k IS NOT NULL", parts.join(", ")));
        self.clusters("mown", "mkeys", key);
        self.add(
            "mall",
            "SELECT * FROM (SELECT m0.*, mown.owner, CASE WHEN m0.belongs IS NULL THEN m0.belongs_why ELSE 0 END AS m_why, \
             ROW_NUMBER() OVER (PARTITION BY mown.owner ORDER BY CASE WHEN m0.belongs THEN 0 WHEN m0.belongs IS NULL THEN 1 \
             ELSE 2 END, m0._record) AS n FROM m0 JOIN mown ON mown.k = m0.k) AS d WHERE n = 1"
                .to_owned(),
        );
        self.add("mem", "SELECT * FROM mall WHERE belongs IS NOT FALSE".to_owned());
        let same = GroupKey { kind: key.kind, ..own.clone() };
        self.matching("km0", "keys", "mown", &same, "s.owner");
        self.add(
            "km",
            "SELECT d.k, d.owner, COUNT(*) OVER (PARTITION BY d.k) AS n, MIN(d.owner) OVER (PARTITION BY d.k) AS first \
             FROM (SELECT DISTINCT k, owner FROM km0) AS d"
                .to_owned(),
        );
        Ok(())
    }
}
