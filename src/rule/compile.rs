//! Rules of the catalog to plans, with one fault for each rule that cannot be compiled.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::check::{Checked, MemberNames, Scope, Stage, suggest};
use super::parse::Problem;
use super::plan::*;
use super::types::*;
use crate::diag::{Level, PackFault};
use crate::finding::{RowField, RuleInfo};
use crate::model::FieldType;
use crate::pack::{Catalog, CodeList, Expr, LedgerKind, MatchOn, Population, Rule, Shape, placeholders};

/// The canonical names of the fields by which institutions and persons are told apart, in every ledger kind.
const INSTITUTION: [&str; 3] = ["机构编码", "机构名称", "县区"];
// A village is told apart like an institution: by name within the place above it; it has no code.
const VILLAGE: [&str; 3] = ["", "行政村", "乡镇街道"];
const PERSON: [&str; 4] = ["身份证号", "姓名", "出生日期", "机构名称"];

/// The fields among these that hold names, which are compared without punctuation too.
pub(super) const IDENTITY_NAMES: [&str; 5] = ["机构名称", "县区", "行政村", "乡镇街道", "姓名"];

/// Compiles all rules. A rule with a fault is left out; the others are not touched by it.
/// The faults' lines and columns are those of the pack's text, which `pack::Store::place` fills in.
pub fn compile(catalog: &Catalog) -> (Program, Vec<PackFault>) {
    let lists: Vec<Arc<CodeList>> = catalog.lists.values().cloned().collect();
    let mut program = Program {
        kinds: catalog.kinds.clone(),
        row_fields: catalog.kinds.iter().map(row_fields).collect(),
        calendar: catalog.calendar.clone(),
        regions: catalog.regions.clone(),
        ..Program::default()
    };
    let mut faults = Vec::new();
    for rule in &catalog.rules {
        match Compiler::new(catalog, &lists, rule).and_then(Compiler::run) {
            Ok((plan, info)) => {
                program.plans.push(plan);
                program.infos.push(info);
            }
            Err(fault) => faults.push(fault),
        }
    }
    program.lists = lists;
    (program, faults)
}

fn row_fields(kind: &Arc<LedgerKind>) -> Arc<[RowField]> {
    let fields = kind.fields.iter();
    fields.map(|field| RowField { name: field.name.clone(), personal: field.personal }).collect()
}

struct Compiler<'a> {
    catalog: &'a Catalog,
    rule: &'a Rule,
    kind: usize,
    scope: Scope<'a>,
}

/// A fault at `at` inside the expression.
fn fault(expr: &Expr, problem: Problem) -> PackFault {
    PackFault {
        level: Level::Error,
        code: problem.code,
        file: expr.file.to_string(),
        span: expr.offset + problem.at.start..expr.offset + problem.at.end,
        line: 0,
        column: 0,
        message: problem.message,
        help: problem.help,
    }
}

/// A fault of a part of the rule that has no expression of its own; it is shown at the first requirement.
fn rule_fault(rule: &Rule, problem: Problem) -> PackFault {
    let nowhere = Expr { text: String::new(), file: "".into(), offset: 0 };
    let expr = rule.items.first().map_or(&nowhere, |item| &item.require);
    fault(expr, Problem { at: 0..expr.text.len(), ..problem })
}

fn find_kind<'a>(catalog: &'a Catalog, rule: &Rule, id: &str) -> Result<(usize, &'a LedgerKind), PackFault> {
    let position = catalog.kinds.iter().position(|kind| &*kind.id == id);
    position.map(|position| (position, &*catalog.kinds[position])).ok_or_else(|| {
        let problem = Problem::new(
            "unknown-kind",
            0..0,
            format!("规则 {} 引用的台账“{id}”不存在", rule.id),
            format!("rule {}: there is no ledger kind `{id}`", rule.id),
        );
        rule_fault(rule, suggest(problem, id, catalog.kinds.iter().map(|kind| &*kind.id)))
    })
}

impl<'a> Compiler<'a> {
    fn new(catalog: &'a Catalog, lists: &'a [Arc<CodeList>], rule: &'a Rule) -> Result<Compiler<'a>, PackFault> {
        let (kind, record) = find_kind(catalog, rule, &rule.ledger)?;
        let member = match &rule.shape {
            Shape::Population { population: Population::Ledger { ledger, .. }, .. } => {
                Some(MemberNames::Ledger(find_kind(catalog, rule, ledger)?.1))
            }
            Shape::Population { population: Population::List(id), .. } => {
                let list = lists.iter().find(|list| list.id == *id).ok_or_else(|| {
                    let problem = Problem::new(
                        "unknown-list",
                        0..0,
                        format!("规则 {} 引用的代码表“{id}”不存在", rule.id),
                        format!("rule {}: there is no code list `{id}`", rule.id),
                    );
                    rule_fault(rule, suggest(problem, id, lists.iter().map(|list| &*list.id)))
                })?;
                Some(MemberNames::List(list))
            }
            _ => None,
        };
        let mut joins = Vec::new();
        for join in &rule.joins {
            joins.push((join.name.clone(), find_kind(catalog, rule, &join.ledger)?.1));
        }
        let scope = Scope {
            catalog,
            lists,
            record,
            member,
            joins,
            has_grid: rule.each.is_some(),
            stage: Stage::Record,
            keys: Vec::new(),
            atoms: Atoms::default(),
            aggregates: Vec::new(),
            text: "",
        };
        Ok(Compiler { catalog, rule, kind, scope })
    }

    fn run(mut self) -> Result<(Plan, RuleInfo), PackFault> {
        let rule = self.rule;
        let shape = self.shape()?;
        let is_row = matches!(shape, PlanShape::Row);
        let stage = if is_row { Stage::Record } else { Stage::Unit };
        let joins = self.joins(&shape)?;
        let each = self.each()?;
        let each_why = each.map(|each| self.scope.atoms.slot(Slot::Record(each.field), None)).unwrap_or_default();
        let key_why = match &shape {
            PlanShape::Row => Vec::new(),
            PlanShape::Group { key } | PlanShape::Population { key, .. } => {
                let atoms = &mut self.scope.atoms;
                let mut bits = |part: &Option<u16>| part.map(|field| atoms.slot(Slot::Record(field), None));
                key.parts.iter().map(&mut bits).map(Option::unwrap_or_default).collect()
            }
        };
        let filter = self.optional(&rule.filter, Stage::Record, Type::Bool)?;
        let applies = self.optional(&rule.applies, stage, Type::Bool)?;
        let due = self.optional(&rule.due, stage, Type::Date)?;
        let pending = self.optional(&rule.pending, stage, Type::Bool)?;
        let mut values = Vec::new();
        for (name, expr) in &rule.values {
            let node = self.scope.any(&expr.text, stage).map_err(|problem| fault(expr, problem))?;
            values.push((name.clone(), node));
        }
        let mut items = Vec::new();
        for item in &rule.items {
            // A row rule with many items gives each its own bits; an aggregate's bits are shared by all.
            let before = self.scope.atoms.clone();
            let own = self.optional(&item.applies, stage, Type::Bool)?;
            let require =
                self.scope.condition(&item.require.text, stage).map_err(|problem| fault(&item.require, problem))?;
            let applies = match (applies.clone(), own) {
                (Some(one), Some(other)) => Some(Node::new(Type::Bool, Op::And(vec![one, other]))),
                (one, other) => one.or(other),
            };
            let atoms = if is_row { std::mem::replace(&mut self.scope.atoms, before) } else { Atoms::default() };
            items.push(ItemPlan { applies, require, atoms, shown: Vec::new() });
        }
        if !is_row {
            for item in &mut items {
                item.atoms = self.scope.atoms.clone();
            }
        }
        let mut plan = Plan {
            id: rule.id.clone(),
            severity: rule.severity,
            kind: self.kind,
            shape,
            each,
            filter,
            items,
            due,
            pending,
            joins,
            aggregates: std::mem::take(&mut self.scope.aggregates),
            values,
            atoms: self.scope.atoms.clone(),
            each_why,
            key_why,
            cell: self.cell()?,
            unit: None,
            reporting: reporting_fields(self.scope.record),
            completeness: rule.completeness,
            effective: rule.effective,
            strict: rule.strict,
        };
        plan.unit = self.unit(&plan)?;
        for position in 0..plan.items.len() {
            plan.items[position].shown = self.shown(&plan, position);
        }
        let info = outline(self.catalog, rule);
        Ok((plan, info))
    }

    fn optional(&mut self, expr: &'a Option<Expr>, stage: Stage, want: Type) -> Result<Option<Node>, PackFault> {
        let Some(expr) = expr else { return Ok(None) };
        self.scope.typed(&expr.text, stage, want).map(Some).map_err(|problem| fault(expr, problem))
    }

    fn shape(&mut self) -> Result<PlanShape, PackFault> {
        let rule = self.rule;
        let record = self.scope.record;
        match &rule.shape {
            Shape::Row => Ok(PlanShape::Row),
            Shape::Group { by } => {
                let mut key = key_side(by, record, false).map_err(|problem| rule_fault(rule, problem))?;
                for (position, name) in key.names.iter().enumerate().take(32) {
                    key.optional |= u32::from(rule.optional.contains(name)) << position;
                }
                self.scope.keys = key_names(&key, &key, Slot::Record);
                Ok(PlanShape::Group { key })
            }
            Shape::Population { population, on } => {
                let key = key_side(on, record, false).map_err(|problem| rule_fault(rule, problem))?;
                let members = match population {
                    Population::Ledger { ledger, filter } => {
                        let (position, kind) = find_kind(self.catalog, rule, ledger)?;
                        let other = key_side(on, kind, true).map_err(|problem| rule_fault(rule, problem))?;
                        comparable(&key, record, &other, kind).map_err(|problem| rule_fault(rule, problem))?;
                        self.scope.keys = key_names(&key, &other, Slot::Member);
                        let filter = self.optional(filter, Stage::Member, Type::Bool)?;
                        let fallback = kind
                            .fields
                            .iter()
                            .map(|field| {
                                record
                                    .field(&field.name)
                                    .filter(|&own| record.fields[own].ty == field.ty)
                                    .map(|own| own as u16)
                            })
                            .collect();
                        Members::Ledger { kind: position, filter, key: other, fallback }
                    }
                    Population::List(id) => {
                        let list = self.scope.lists.iter().position(|list| list.id == *id).unwrap_or_default();
                        Members::List(list)
                    }
                };
                Ok(PlanShape::Population { members, key })
            }
        }
    }

    fn joins(&mut self, shape: &PlanShape) -> Result<Vec<JoinPlan>, PackFault> {
        let rule = self.rule;
        let mut plans = Vec::new();
        for (position, join) in rule.joins.iter().enumerate() {
            let (kind, other_kind) = find_kind(self.catalog, rule, &join.ledger)?;
            let wrong = |problem| rule_fault(rule, problem);
            let own = key_side(&join.on, self.scope.record, false);
            let other = key_side(&join.on, other_kind, true).map_err(wrong)?;
            // On the side of a member, the member's own fields of the same names are matched.
            let member = match (shape, self.scope.member) {
                (PlanShape::Population { .. }, Some(MemberNames::Ledger(kind))) => key_side(&join.on, kind, false).ok(),
                _ => None,
            };
            let own = match (own, &member) {
                (Ok(own), _) => own,
                (Err(_), Some(_)) => GroupKey {
                    kind: other.kind,
                    parts: vec![None; other.parts.len()],
                    names: other.names.clone(),
                    optional: 0,
                },
                (Err(problem), None) => return Err(wrong(problem)),
            };
            comparable(&own, self.scope.record, &other, other_kind).map_err(wrong)?;
            let filter = self.optional(&join.filter, Stage::Joined(position as u8), Type::Bool)?;
            plans.push(JoinPlan {
                name: join.name.clone(),
                kind,
                own,
                member,
                other,
                previous: join.previous,
                other_reporting: reporting_fields(other_kind),
                filter,
            });
        }
        Ok(plans)
    }

    fn each(&self) -> Result<Option<EachPlan>, PackFault> {
        let Some(each) = &self.rule.each else { return Ok(None) };
        let record = self.scope.record;
        let field = self.field(&each.date)?;
        let ty = &record.fields[usize::from(field)].ty;
        if !matches!(ty, FieldType::Date | FieldType::Dates | FieldType::Period) {
            return Err(rule_fault(
                self.rule,
                Problem::new(
                    "field-type",
                    0..0,
                    format!("规则 {} 的 date 须为日期或所属期字段，“{}”不是", self.rule.id, each.date),
                    format!("rule {}: `date` must be a date or period field, and `{}` is not", self.rule.id, each.date),
                ),
            ));
        }
        let or = each.or.as_ref().map(|name| self.field(name)).transpose()?;
        Ok(Some(EachPlan { grid: each.grid, field, or }))
    }

    fn cell(&self) -> Result<Option<u16>, PackFault> {
        self.rule.cell.as_ref().map(|name| self.field(name)).transpose()
    }

    /// The part of the key that names the unit.
    fn unit(&self, plan: &Plan) -> Result<Option<usize>, PackFault> {
        let Some(name) = &self.rule.unit else { return Ok(None) };
        let known = plan.key().map_or(&[][..], |key| &key.names);
        let position = known.iter().position(|known| known == name);
        position.map(Some).ok_or_else(|| {
            let problem = Problem::new(
                "unknown-field",
                0..0,
                format!("规则 {}：unit 须为 group_by 或 match 中的字段，“{name}”不是", self.rule.id),
                format!("rule {}: `unit` must be a field of `group_by` or `match`, and `{name}` is not", self.rule.id),
            );
            rule_fault(self.rule, suggest(problem, name, known.iter().map(|known| &**known)))
        })
    }

    fn field(&self, name: &str) -> Result<u16, PackFault> {
        let record = self.scope.record;
        record.field(name).map(|position| position as u16).ok_or_else(|| {
            let problem = Problem::new(
                "unknown-field",
                0..0,
                format!("规则 {}：台账“{}”没有字段“{name}”", self.rule.id, record.name.zh),
                format!("rule {}: the ledger `{}` has no field `{name}`", self.rule.id, record.id),
            );
            rule_fault(self.rule, suggest(problem, name, record.fields.iter().map(|field| &*field.name)))
        })
    }

    /// The columns that a finding of this item shows: those that decide it, and those that its texts name.
    fn shown(&self, plan: &Plan, item: usize) -> Vec<Shown> {
        let item = &plan.items[item];
        let mut slots: Vec<Slot> = Vec::new();
        let deciding = item.applies.iter().chain([&item.require]).chain(&plan.due).chain(&plan.pending);
        let nodes: Vec<&Node> = match plan.shape {
            PlanShape::Row => plan.filter.iter().chain(deciding).collect(),
            _ => deciding.collect(),
        };
        for slot in nodes.into_iter().flat_map(Node::slots) {
            if !slots.contains(&slot) {
                slots.push(slot);
            }
        }
        let texts = [&self.rule.message, &self.rule.required, &self.rule.fix];
        for name in texts.into_iter().flat_map(|text| [&text.zh, &text.en]).flat_map(|text| placeholders(text)) {
            if let Some(slot) = self.named(plan, name)
                && !slots.contains(&slot)
            {
                slots.push(slot);
            }
        }
        let name = |slot: Slot| match slot {
            Slot::Record(field) => Some(self.scope.record.fields.get(usize::from(field))?.name.clone()),
            Slot::Member(field) => match self.scope.member? {
                MemberNames::Ledger(kind) => Some(kind.fields.get(usize::from(field))?.name.clone()),
                MemberNames::List(list) => list.attributes.get(usize::from(field)).cloned(),
            },
            Slot::Joined(join, field) => {
                let (join, kind) = self.scope.joins.get(usize::from(join))?;
                Some(format!("{join}.{}", kind.fields.get(usize::from(field))?.name).into())
            }
        };
        slots.into_iter().filter_map(|slot| Some(Shown { name: name(slot)?, slot })).collect()
    }

    /// The column that `{name}` in a text stands for, where no named value or parameter has the name.
    fn named(&self, plan: &Plan, name: &str) -> Option<Slot> {
        if plan.values.iter().any(|(value, _)| &**value == name) {
            return None;
        }
        if let Some((first, rest)) = name.split_once('.')
            && let Some(join) = self.scope.joins.iter().position(|(join, _)| &**join == first)
        {
            return Some(Slot::Joined(join as u8, self.scope.joins[join].1.field(rest)? as u16));
        }
        match (&plan.shape, self.scope.member) {
            (PlanShape::Row, _) => self.scope.record.field(name).map(|field| Slot::Record(field as u16)),
            (_, Some(MemberNames::Ledger(kind))) => kind.field(name).map(|field| Slot::Member(field as u16)),
            (_, Some(MemberNames::List(list))) => list
                .attributes
                .iter()
                .position(|attribute| &**attribute == name)
                .map(|field| Slot::Member(field as u16)),
            _ => None,
        }
    }
}

/// What reports say about a rule, which is known without compiling it.
pub fn outline(catalog: &Catalog, rule: &Rule) -> RuleInfo {
    let record = catalog.kinds.iter().find(|kind| kind.id == rule.ledger);
    // A parameter that only the texts name is shown too, since it is part of what is required.
    let texts = [&rule.message, &rule.required, &rule.fix];
    let in_texts = texts.into_iter().flat_map(|text| [&text.zh, &text.en]).flat_map(|text| placeholders(text));
    let is_field = |name: &str| record.is_some_and(|kind| kind.field(name).is_some());
    let mut positions: BTreeSet<usize> = BTreeSet::new();
    let mut mentioned: Vec<usize> = Vec::new();
    let position = |name: &str| catalog.parameters.iter().rposition(|parameter| &*parameter.info.name == name);
    for expr in rule.expressions() {
        positions.extend(expr.parameters().into_iter().filter_map(|(_, name)| position(name)));
    }
    for position in in_texts.filter(|name| !is_field(name)).filter_map(position) {
        if !positions.contains(&position) && !mentioned.contains(&position) {
            mentioned.push(position);
        }
    }
    let parameters = positions.into_iter().chain(mentioned).map(|at| catalog.parameters[at].info.clone()).collect();
    RuleInfo {
        id: rule.id.clone(),
        measure: rule.measure.clone(),
        also: rule.also.clone(),
        pack: rule.pack.clone(),
        severity: rule.severity,
        title: rule.title.clone(),
        citations: rule.citations.clone(),
        required: rule.required.clone(),
        fix: rule.fix.clone(),
        message: rule.message.clone(),
        items: rule.items.iter().filter_map(|item| item.name.clone()).collect(),
        ledger: rule.ledger.clone(),
        ledger_name: record.map(|kind| kind.name.clone()).unwrap_or_default(),
        parameters,
        interpretation: rule.interpretation.clone(),
    }
}

/// The fields of the kind that say which reporting period a record belongs to: those of its business key, then the first
/// of type period.
pub(super) fn reporting_fields(kind: &LedgerKind) -> Vec<u16> {
    let is_period = |field: &usize| kind.fields.get(*field).is_some_and(|field| field.ty == FieldType::Period);
    let first = (0..kind.fields.len()).find(is_period);
    let mut fields: Vec<u16> = Vec::new();
    for field in kind.key.iter().copied().filter(is_period).chain(first) {
        if !fields.contains(&(field as u16)) {
            fields.push(field as u16);
        }
    }
    fields
}

/// The key on one side of a match.
fn key_side(on: &MatchOn, kind: &LedgerKind, other: bool) -> Checked<GroupKey> {
    let by_names = |key: KeyKind, names: &[&str], needed: usize| -> Checked<GroupKey> {
        let parts: Vec<Option<u16>> = names.iter().map(|name| kind.field(name).map(|field| field as u16)).collect();
        if parts[..needed].iter().all(Option::is_none) {
            let list = names[..needed].join("、");
            return Err(Problem::new(
                "unknown-field",
                0..0,
                format!("台账“{}”没有可用于对应的字段（{list}）", kind.name.zh),
                format!("the ledger `{}` has none of the fields that identify ({list})", kind.id),
            ));
        }
        Ok(GroupKey { kind: key, parts, names: names.iter().map(|name| (*name).into()).collect(), optional: 0 })
    };
    match on {
        MatchOn::Institution => by_names(KeyKind::Institution, &INSTITUTION, 2),
        MatchOn::Person => by_names(KeyKind::Person, &PERSON, 2),
        MatchOn::Village => by_names(KeyKind::Institution, &VILLAGE, 2),
        MatchOn::Fields(pairs) => {
            let mut key = GroupKey { kind: KeyKind::Fields, parts: Vec::new(), names: Vec::new(), optional: 0 };
            for (own, theirs) in pairs {
                let name = if other { theirs } else { own };
                let Some(field) = kind.field(name) else {
                    let problem = Problem::new(
                        "unknown-field",
                        0..0,
                        format!("台账“{}”没有字段“{name}”", kind.name.zh),
                        format!("the ledger `{}` has no field `{name}`", kind.id),
                    );
                    return Err(suggest(problem, name, kind.fields.iter().map(|field| &*field.name)));
                };
                key.parts.push(Some(field as u16));
                key.names.push(kind.fields[field].name.clone());
            }
            Ok(key)
        }
    }
}

/// The names of the key's parts in a record, with the column that stands for them in a group or member.
fn key_names(own: &GroupKey, unit: &GroupKey, slot: fn(u16) -> Slot) -> Vec<(Arc<str>, Slot)> {
    let pairs = own.names.iter().zip(&own.parts).zip(&unit.parts);
    pairs
        .filter(|((_, part), _)| part.is_some())
        .filter_map(|((name, _), field)| Some((name.clone(), slot((*field)?))))
        .collect()
}

/// Fails where values of the two sides can never be equal.
fn comparable(own: &GroupKey, own_kind: &LedgerKind, other: &GroupKey, other_kind: &LedgerKind) -> Checked<()> {
    let class = |ty: &FieldType| match ty {
        FieldType::Text | FieldType::IdNumber | FieldType::Code(_) => 0,
        FieldType::Integer | FieldType::Decimal | FieldType::Ratio => 1,
        FieldType::Date => 2,
        FieldType::Period => 3,
        FieldType::YesNo => 4,
        FieldType::Dates | FieldType::Codes(_) => 5,
    };
    for (mine, theirs) in own.parts.iter().zip(&other.parts) {
        let (Some(mine), Some(theirs)) = (mine, theirs) else { continue };
        let (a, b) = (&own_kind.fields[usize::from(*mine)], &other_kind.fields[usize::from(*theirs)]);
        if class(&a.ty) != class(&b.ty) || class(&a.ty) == 5 {
            return Err(Problem::new(
                "type-mismatch",
                0..0,
                format!("字段“{}”与“{}”的类型不同，无法对应", a.name, b.name),
                format!("`{}` and `{}` have types that cannot be matched", a.name, b.name),
            ));
        }
    }
    Ok(())
}
