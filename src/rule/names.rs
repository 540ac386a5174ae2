//! The names of a condition to columns: fields, `population.X`, joined records, attributes of codes.

use std::sync::Arc;

use sqlparser::ast::{Expr as Sql, Ident};

use super::check::{Checked, MemberNames, Scope, Stage, suggest};
use super::types::*;
use crate::pack::LedgerKind;

impl Scope<'_> {
    /// A field, `population.X`, `join.X`, an attribute of a code, or one of the fixed names.
    pub(super) fn name(&mut self, names: &[&Ident], at: &Sql) -> Checked<Node> {
        let (slot, ty, rest) = self.slot(names, at)?;
        let Some(slot) = slot else {
            let (ty, op) = match names[0].value.to_ascii_lowercase().as_str() {
                "as_of" => (Type::Date, Op::AsOf),
                "period" => (Type::Period, Op::Period),
                _ => (Type::Period, Op::ReportingPeriod),
            };
            return Ok(Node::new(ty, op));
        };
        let ledger = self.ledger_of(slot);
        let why = self.atoms.slot(slot, ledger.as_ref());
        let column = Node::new(ty, Op::Column(slot, why));
        match rest {
            [] => Ok(column),
            [attribute] => {
                let Type::Code(list) = ty else {
                    return Err(self.problem(
                        "type-mismatch",
                        at,
                        format!("“{}”不是代码字段，没有属性", names[names.len() - 2].value),
                        format!("`{}` is no code and has no attributes", names[names.len() - 2].value),
                    ));
                };
                let position = self.attribute(list, attribute, at)?;
                let table: Arc<[Arc<str>]> = self.lists[usize::from(list)]
                    .entries
                    .iter()
                    .map(|entry| entry.attributes.get(position).cloned().flatten().unwrap_or_else(|| "".into()))
                    .collect();
                Ok(Node::new(Type::Text, Op::CodeTable(Box::new(column), table)))
            }
            _ => Err(self.unsupported(at)),
        }
    }

    /// The column of several codes and the position of the attribute that is named behind it, as in `includes(病种.慢性, '是')`.
    pub(super) fn attribute_of_codes(&mut self, at: &Sql) -> Checked<Option<(Node, usize)>> {
        let Sql::CompoundIdentifier(names) = at else { return Ok(None) };
        let names: Vec<&Ident> = names.iter().collect();
        let Ok((Some(slot), Type::Codes(list), [attribute])) = self.slot(&names, at) else { return Ok(None) };
        let position = self.attribute(list, attribute, at)?;
        let ledger = self.ledger_of(slot);
        let why = self.atoms.slot(slot, ledger.as_ref());
        Ok(Some((Node::new(Type::Codes(list), Op::Column(slot, why)), position)))
    }

    /// The positions of the codes whose attribute says `text`.
    pub(super) fn codes_with(
        &self,
        list: u16,
        attribute: usize,
        text: &str,
        at: &Sql,
    ) -> Checked<impl Iterator<Item = usize>> {
        let value =
            |entry: &crate::pack::CodeEntry| entry.attributes.get(attribute).cloned().flatten().unwrap_or_default();
        let list = &self.lists[usize::from(list)];
        let positions: Vec<usize> =
            (0..list.entries.len()).filter(|position| *value(&list.entries[*position]) == *text).collect();
        if positions.is_empty() {
            let problem = self.problem(
                "unknown-field",
                at,
                format!("代码表“{}”没有属性为“{text}”的代码", list.name.zh),
                format!("the code list `{}` has no code with the attribute `{text}`", list.id),
            );
            let known: Vec<_> = list.entries.iter().map(value).collect();
            return Err(suggest(problem, text, known.iter().map(|value| &**value)));
        }
        Ok(positions.into_iter())
    }

    /// The position of an attribute of a code list.
    fn attribute(&self, list: u16, attribute: &Ident, at: &Sql) -> Checked<usize> {
        let list = &self.lists[usize::from(list)];
        list.attributes.iter().position(|name| **name == attribute.value).ok_or_else(|| {
            let problem = self.problem(
                "unknown-field",
                at,
                format!("代码表“{}”没有属性“{}”", list.name.zh, attribute.value),
                format!("the code list `{}` has no attribute `{}`", list.id, attribute.value),
            );
            suggest(problem, &attribute.value, list.attributes.iter().map(|name| &**name))
        })
    }

    /// The ledger whose absence explains a missing value of the column.
    fn ledger_of(&self, slot: Slot) -> Option<Arc<str>> {
        match slot {
            Slot::Record(_) => None,
            Slot::Member(_) => match self.member {
                Some(MemberNames::Ledger(kind)) => Some(kind.id.clone()),
                _ => None,
            },
            Slot::Joined(join, _) => self.joins.get(usize::from(join)).map(|(_, kind)| kind.id.clone()),
        }
    }

    /// Resolves the first names to a column; `None` for the fixed names. The names that remain are attributes.
    pub(super) fn slot<'n>(&self, names: &'n [&'n Ident], at: &Sql) -> Checked<(Option<Slot>, Type, &'n [&'n Ident])> {
        let first = names[0].value.as_str();
        let is_plain = names[0].quote_style.is_none();
        if is_plain && names.len() == 1 {
            match first.to_ascii_lowercase().as_str() {
                "as_of" => return Ok((None, Type::Date, &[])),
                "reporting_period" if self.is_own() => return Ok((None, Type::Period, &[])),
                "period" if self.is_own() => {
                    if self.has_grid {
                        return Ok((None, Type::Period, &[]));
                    }
                    return Err(self
                        .problem(
                            "unknown-field",
                            at,
                            "没有 each 的规则没有 period",
                            "a rule without `each` has no `period`",
                        )
                        .help(
                            "请用 reporting_period，或给规则加上 each 和 date",
                            "use reporting_period, or give the rule `each` and `date`",
                        ));
                }
                _ => {}
            }
        }
        if names.len() > 1 && self.is_own() {
            let field = names[1].value.as_str();
            if first == "population" {
                return match self.member {
                    Some(MemberNames::Ledger(kind)) => {
                        let position = self.field(kind, field, at)?;
                        Ok((Some(Slot::Member(position)), self.field_type(kind, position), &names[2..]))
                    }
                    Some(MemberNames::List(list)) => {
                        let Some(position) = list.attributes.iter().position(|name| &**name == field) else {
                            let problem = self.problem(
                                "unknown-field",
                                at,
                                format!("代码表“{}”没有属性“{field}”", list.name.zh),
                                format!("the code list `{}` has no attribute `{field}`", list.id),
                            );
                            return Err(suggest(problem, field, list.attributes.iter().map(|name| &**name)));
                        };
                        Ok((Some(Slot::Member(position as u16)), Type::Text, &names[2..]))
                    }
                    None => Err(self.problem(
                        "unknown-field",
                        at,
                        "只有总体规则才有 population",
                        "only a population rule has `population`",
                    )),
                };
            }
            if let Some(join) = self.joins.iter().position(|(name, _)| &**name == first) {
                let kind = self.joins[join].1;
                let position = self.field(kind, field, at)?;
                return Ok((Some(Slot::Joined(join as u8, position)), self.field_type(kind, position), &names[2..]));
            }
        }
        if self.stage == Stage::Unit {
            if let Some((_, slot)) = self.keys.iter().find(|(name, _)| &**name == first) {
                let ty = match (*slot, self.member) {
                    (Slot::Record(position), _) => self.field_type(self.record, position),
                    (Slot::Member(position), Some(MemberNames::Ledger(kind))) => self.field_type(kind, position),
                    _ => Type::Text,
                };
                return Ok((Some(*slot), ty, &names[1..]));
            }
            if self.record.field(first).is_some() {
                let problem = self.problem(
                    "bad-expression",
                    at,
                    format!("“{first}”每条记录各有一个值，此处须放进 COUNT、MIN、BOOL_OR 等汇总函数"),
                    format!("`{first}` has a value for each record: here it must stand in an aggregate such as COUNT, MIN or BOOL_OR"),
                );
                let in_register = matches!(self.member, Some(MemberNames::Ledger(kind)) if kind.field(first).is_some());
                return Err(if in_register {
                    problem.help(
                        format!("名册中的字段写作 population.{first}"),
                        format!("the register's field is population.{first}"),
                    )
                } else {
                    problem
                });
            }
        }
        let (kind, slot): (&LedgerKind, fn(u8, u16) -> Slot) = match (self.stage, self.member) {
            (Stage::Member, Some(MemberNames::Ledger(kind))) => (kind, |_, field| Slot::Member(field)),
            (Stage::Joined(join), _) if usize::from(join) < self.joins.len() => {
                (self.joins[usize::from(join)].1, Slot::Joined)
            }
            _ => (self.record, |_, field| Slot::Record(field)),
        };
        let join = if let Stage::Joined(join) = self.stage { join } else { 0 };
        let position = self.field(kind, first, at)?;
        Ok((Some(slot(join, position)), self.field_type(kind, position), &names[1..]))
    }

    /// Whether names are looked up in the judged ledger rather than in another one.
    fn is_own(&self) -> bool {
        matches!(self.stage, Stage::Record | Stage::Unit)
    }

    fn field(&self, kind: &LedgerKind, name: &str, at: &Sql) -> Checked<u16> {
        if let Some(position) = kind.field(name) {
            return Ok(position as u16);
        }
        let problem = self.problem(
            "unknown-field",
            at,
            format!("台账“{}”没有字段“{name}”", kind.name.zh),
            format!("the ledger `{}` has no field `{name}`", kind.id),
        );
        let quoted = || kind.fields.iter().map(|field| &*field.name).chain(self.joins.iter().map(|(name, _)| &**name));
        Err(suggest(problem, name, quoted()))
    }

    fn field_type(&self, kind: &LedgerKind, position: u16) -> Type {
        let list = |name: &str| self.lists.iter().position(|list| &*list.id == name).map(|position| position as u16);
        kind.fields.get(usize::from(position)).and_then(|field| field_type(&field.ty, list)).unwrap_or(Type::Text)
    }
}
