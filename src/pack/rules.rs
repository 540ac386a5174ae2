//! One rule table to one checked rule; what depends on the choice of packs is added by `resolve`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::catalog::{Each, Item, Join, LedgerKind, MatchOn, Population, Rule, Shape};
use super::codes;
use super::fields::{Lists, unknown_field, unknown_list};
use super::node::{Node, Sink, Table, choose, unknown};
use super::templates;
use super::tree::Tree;
use crate::finding::{Outcome, Severity};
use crate::model::{FieldType, Grid, Localized};

pub(super) type Kinds = BTreeMap<Arc<str>, Arc<LedgerKind>>;

/// What the names in a rule are looked up in.
pub(super) struct Context<'c> {
    pub kinds: &'c Kinds,
    pub lists: &'c Lists,
    pub sink: &'c Sink,
}

const GRIDS: [(&str, Grid); 5] = [
    ("week", Grid::Week),
    ("month", Grid::Month),
    ("quarter", Grid::Quarter),
    ("half-year", Grid::Half),
    ("year", Grid::Year),
];

const SEVERITIES: [(&str, Severity); 3] =
    [("error", Severity::Error), ("warning", Severity::Warning), ("advice", Severity::Advice)];

/// Reads the rule in `table`, or the one for `member` where the table stands for many kinds. `None` where anything in
/// it is at fault: half a rule would judge wrongly.
pub(super) fn read(
    table: &Table<'_>,
    id: &str,
    pack: &Arc<str>,
    member: Option<templates::Member<'_>>,
    context: &Context<'_>,
) -> Option<Rule> {
    let sink = context.sink;
    let before = sink.len();
    table.known(&["id", "override", "clause"]);
    if member.is_some() {
        table.known(&templates::KEYS);
    }
    let measure = table.need_word("measure", sink);
    let title = table.need_localized("title", sink);
    table.need("severity", sink);
    let severity = table.choice("severity", &SEVERITIES, sink);
    let ledger = table.need("ledger", sink);
    let kind = match member {
        Some(member) => Some(member.kind),
        None => ledger.and_then(|node| context.kind(&node)),
    };
    let required = table.need_localized("required", sink);
    let message = table.need_localized("message", sink);
    let fix = table.need_localized("fix", sink);
    let interpretation = table.localized("interpretation", sink);
    let filter = table.expr("where", sink);
    let applies = table.expr("applies", sink);
    let due = table.expr("due", sink);
    let pending = table.expr("pending", sink);
    let completeness = table.flag("completeness", sink);
    let items = match member.and_then(|member| templates::items_of(table, member.kind, sink)) {
        Some(items) => items,
        None => items(table, sink),
    };
    let values = values(table, sink);
    let no_case = no_case(table, sink);
    let shape = kind.and_then(|kind| context.shape(table, kind));
    let optional = kind.map(|kind| context.optional(table, kind, member.is_some())).unwrap_or_default();
    let each = kind.and_then(|kind| context.each(table, kind));
    let cell = table.get("cell").and_then(|node| context.field(&node, kind?));
    let unit = table.get("unit").and_then(|node| context.field(&node, kind?));
    let joins =
        kind.map(|kind| context.joins(table, kind, member.and_then(|member| member.against))).unwrap_or_default();
    table.finish(sink);
    let rule = Rule {
        id: id.into(),
        pack: pack.clone(),
        measure: measure?.into(),
        also: Vec::new(),
        severity: severity?,
        title: title?,
        citations: Vec::new(),
        required: required?,
        message: message?,
        fix: fix?,
        interpretation,
        ledger: kind?.id.clone(),
        shape: shape?,
        optional,
        each,
        filter,
        applies,
        items,
        due,
        pending,
        joins,
        values,
        cell,
        unit,
        completeness,
        no_case,
        effective: (None, None),
        strict: false,
    };
    (!sink.failed_since(before)).then_some(rule)
}

/// Notes that two keys of a rule exclude each other.
fn exclusive(node: &Node<'_>, one: &str, other: &str, sink: &Sink) {
    let message =
        Localized::new(format!("“{one}”与“{other}”只能写一个"), format!("`{one}` and `{other}` exclude each other"));
    sink.error(node.place(), codes::SHAPE, message, None);
}

/// The one of two keys that counts: of one layer only one may have them; a later layer's key takes the place of the
/// other key in an earlier layer.
fn either<'a>(
    table: &Table<'a>,
    one: &'static str,
    other: &'static str,
    sink: &Sink,
) -> (Option<Node<'a>>, Option<Node<'a>>) {
    let (first, second) = (table.get(one), table.get(other));
    match (table.layer_of(one), table.layer_of(other)) {
        (Some(a), Some(b)) if a > b => (first, None),
        (Some(a), Some(b)) if a < b => (None, second),
        (Some(_), Some(_)) => {
            if let Some(node) = &second {
                exclusive(node, one, other, sink);
            }
            (first, None)
        }
        _ => (first, second),
    }
}

fn items(table: &Table<'_>, sink: &Sink) -> Vec<Item> {
    let (require, list) = either(table, "require", "items", sink);
    if let Some(list) = list {
        let mut items = Vec::new();
        for item in list.items(sink).unwrap_or_default() {
            let Some(table) = item.table(sink) else { continue };
            let name = table.need_localized("name", sink);
            let require = table.need("require", sink).and_then(|node| node.expr(sink));
            let applies = table.expr("applies", sink);
            table.finish(sink);
            if let (Some(name), Some(require)) = (name, require) {
                items.push(Item { name: Some(name), require, applies });
            }
        }
        if items.is_empty() {
            let message = Localized::new("“items”至少要有一项", "`items` needs at least one item");
            sink.error(list.place(), codes::SHAPE, message, None);
        }
        return items;
    }
    if require.is_none() {
        table.need("require", sink);
    }
    let require = require.and_then(|node| node.expr(sink));
    require.map(|require| Item { name: None, require, applies: None }).into_iter().collect()
}

fn values(table: &Table<'_>, sink: &Sink) -> Vec<(Arc<str>, super::catalog::Expr)> {
    let entries = table.get("values").and_then(|node| node.table(sink)).map(|table| table.entries());
    let read = |(_, key, node): (_, &str, Node<'_>)| Some((Arc::from(key), node.expr(sink)?));
    entries.unwrap_or_default().into_iter().filter_map(read).collect()
}

fn no_case(table: &Table<'_>, sink: &Sink) -> Vec<(Outcome, Localized)> {
    let entries = table.get("no_case").and_then(|node| node.table(sink)).map(|table| table.entries());
    let mut reasons = Vec::new();
    for (place, key, node) in entries.unwrap_or_default() {
        match Outcome::parse(key) {
            Some(outcome) => reasons.extend(node.localized(sink).map(|reason| (outcome, reason))),
            None => {
                let known = Outcome::ALL.iter().map(|outcome| outcome.code());
                unknown(sink, place, codes::UNKNOWN_WORD, ("判定结果", "outcome"), key, known);
            }
        }
    }
    reasons
}

impl<'c> Context<'c> {
    fn kind(&self, node: &Node<'_>) -> Option<&'c LedgerKind> {
        let word = node.word(self.sink)?;
        let kind = self.kinds.get(word);
        if kind.is_none() {
            let known = self.kinds.keys().map(|id| &**id);
            unknown(self.sink, node.place(), codes::UNKNOWN_KIND, ("台账种类", "ledger kind"), word, known);
        }
        kind.map(|kind| &**kind)
    }

    fn field(&self, node: &Node<'_>, kind: &LedgerKind) -> Option<Arc<str>> {
        self.field_named(node, node.word(self.sink)?, kind)
    }

    fn field_named(&self, node: &Node<'_>, name: &str, kind: &LedgerKind) -> Option<Arc<str>> {
        let Some(position) = kind.field(name) else {
            unknown_field(self.sink, node.place(), name, &kind.fields);
            return None;
        };
        Some(kind.fields[position].name.clone())
    }

    fn each(&self, table: &Table<'_>, kind: &LedgerKind) -> Option<Each> {
        let (each, date) = (table.get("each"), table.get("date"));
        match (each, date) {
            (None, None) => None,
            (Some(each), Some(date)) => {
                let grid = choose(&each, &GRIDS, self.sink);
                let names = match date.value {
                    Tree::List(_) => date.words(self.sink),
                    _ => date.word(self.sink).map(|word| (date.clone(), word)).into_iter().collect(),
                };
                if !matches!(names.len(), 1 | 2) {
                    self.shape_fault(
                        &date,
                        "“date”写一个字段，或日期字段和所属期字段两个",
                        "`date` is one field, or a date field and a period field",
                    );
                }
                let mut names = names.into_iter();
                let name = names.next().and_then(|(node, name)| self.field_named(&node, name, kind))?;
                let or = names.next().and_then(|(node, name)| self.field_named(&node, name, kind));
                if let Some(or) = &or
                    && kind.field(or).is_some_and(|position| kind.fields[position].ty != FieldType::Period)
                {
                    let message =
                        Localized::new(format!("字段“{or}”不是所属期"), format!("the field `{or}` is no period"));
                    self.sink.error(date.place(), codes::FIELD_TYPE, message, None);
                }
                let ty = kind.field(&name).map(|position| &kind.fields[position].ty);
                if !matches!(ty, Some(FieldType::Date | FieldType::Dates | FieldType::Period)) {
                    let message = Localized::new(
                        format!("字段“{name}”不是日期或所属期"),
                        format!("the field `{name}` is no date and no period"),
                    );
                    self.sink.error(date.place(), codes::FIELD_TYPE, message, None);
                }
                Some(Each { grid: grid?, date: name, or })
            }
            (Some(node), None) => {
                self.shape_fault(
                    &node,
                    "“each”需要“date”指出记录的日期字段",
                    "`each` needs `date`, the record's date field",
                );
                None
            }
            (None, Some(node)) => {
                self.shape_fault(&node, "“date”只与“each”同用", "`date` only goes with `each`");
                None
            }
        }
    }

    fn shape_fault(&self, node: &Node<'_>, zh: &str, en: &str) {
        self.sink.error(node.place(), codes::SHAPE, Localized::new(zh, en), None);
    }

    fn shape(&self, table: &Table<'_>, kind: &LedgerKind) -> Option<Shape> {
        let (group, population) = either(table, "group_by", "population", self.sink);
        if let Some(node) = group {
            if node.value.as_str() == Some(templates::KEY) {
                return templates::by_key(&node, kind, self.sink);
            }
            return Some(Shape::Group { by: self.match_on(&node, kind, Some(kind))? });
        }
        let Some(node) = population else { return Some(Shape::Row) };
        let table = node.table(self.sink)?;
        let (ledger, list) = (table.get("ledger"), table.get("list"));
        let filter = table.expr("where", self.sink);
        let matched = table.need("match", self.sink);
        let shape = match (ledger, list) {
            (Some(ledger), None) => {
                let member = self.kind(&ledger);
                let on = matched.zip(member).and_then(|(node, member)| self.match_on(&node, kind, Some(member)));
                member.zip(on).map(|(member, on)| {
                    let population = Population::Ledger { ledger: member.id.clone(), filter };
                    Shape::Population { population, on }
                })
            }
            (None, Some(list)) => {
                if filter.is_some() {
                    self.shape_fault(&node, "代码表成员不能再写“where”", "`where` does not go with `list`");
                }
                let on = matched.and_then(|node| self.match_on(&node, kind, None));
                let list = self.list(&list)?;
                on.map(|on| Shape::Population { population: Population::List(list), on })
            }
            (Some(_), Some(second)) => {
                exclusive(&second, "ledger", "list", self.sink);
                None
            }
            (None, None) => {
                table.need("ledger", self.sink);
                None
            }
        };
        table.finish(self.sink);
        shape
    }

    /// The fields of `group_by` that may be blank; a rule for many kinds may name fields that not all of them have.
    fn optional(&self, table: &Table<'_>, kind: &LedgerKind, many: bool) -> Vec<Arc<str>> {
        let names = table.names("optional", self.sink);
        if let (Some(node), None) = (table.get("optional"), table.get("group_by")) {
            self.shape_fault(&node, "“optional”只与“group_by”同用", "`optional` only goes with `group_by`");
        }
        let known = names.into_iter().filter(|(_, name)| !many || kind.field(name).is_some());
        known.filter_map(|(node, name)| self.field_named(&node, name, kind)).collect()
    }

    fn list(&self, node: &Node<'_>) -> Option<Arc<str>> {
        let word = node.word(self.sink)?;
        let list = self.lists.get(word);
        if list.is_none() {
            unknown_list(self.sink, node.place(), word, self.lists);
        }
        list.map(|list| list.id.clone())
    }

    /// What `match` or `group_by` says; `other` is the other side's kind, `None` for a code list.
    fn match_on(&self, node: &Node<'_>, own: &LedgerKind, other: Option<&LedgerKind>) -> Option<MatchOn> {
        let mut pairs = Vec::new();
        match node.value {
            Tree::Text(_) => {
                let identities = [MatchOn::Institution, MatchOn::Person, MatchOn::Village];
                let at = choose(node, &[("institution", 0), ("person", 1), ("village", 2)], self.sink)?;
                return identities.into_iter().nth(at);
            }
            Tree::List(_) => {
                for (item, name) in node.words(self.sink) {
                    let field = self.field_named(&item, name, own)?;
                    if let Some(other) = other {
                        self.field_named(&item, name, other)?;
                    }
                    pairs.push((field.clone(), field));
                }
            }
            Tree::Table(_) => {
                for (place, key, item) in node.table(self.sink)?.entries() {
                    let key_node = Node { span: place.span, ..item.clone() };
                    let field = self.field_named(&key_node, key, own)?;
                    let name = item.word(self.sink)?;
                    let theirs = match other {
                        Some(other) => self.field_named(&item, name, other)?,
                        None => name.into(),
                    };
                    pairs.push((field, theirs));
                }
            }
            _ => {
                node.wrong_type(self.sink, " institution、person 或字段名", "institution, person or names of fields");
                return None;
            }
        }
        if pairs.is_empty() {
            self.shape_fault(node, "至少要写一个字段", "at least one field is needed");
            return None;
        }
        Some(MatchOn::Fields(pairs))
    }

    /// The companions of a rule; `against` is the kind that `ledger = "*"` means.
    fn joins(&self, table: &Table<'_>, kind: &LedgerKind, against: Option<&LedgerKind>) -> Vec<Join> {
        let entries = table.get("join").and_then(|node| node.table(self.sink)).map(|table| table.entries());
        let mut joins = Vec::new();
        for (_, name, node) in entries.unwrap_or_default() {
            let Some(table) = node.table(self.sink) else { continue };
            let other = match table.get("ledger") {
                Some(node) if against.is_some() && node.value.as_str() == Some(templates::OTHER) => against,
                Some(node) => self.kind(&node),
                None if table.get("period").is_some() => Some(kind),
                None => {
                    table.need("ledger", self.sink);
                    None
                }
            };
            let previous = table.choice("period", &[("previous", true), ("same", false)], self.sink).unwrap_or(false);
            let filter = table.expr("where", self.sink);
            let matched = match table.get("match") {
                Some(node) => other.and_then(|other| self.match_on(&node, kind, Some(other))),
                // The record of the same key: the key's fields, without the one that is the period.
                None if previous && other.is_some_and(|other| other.id == kind.id) => key_without_period(kind),
                None => {
                    table.need("match", self.sink);
                    None
                }
            };
            table.finish(self.sink);
            let (Some(other), Some(on)) = (other, matched) else { continue };
            joins.push(Join { name: name.into(), ledger: other.id.clone(), on, previous, filter });
        }
        joins
    }
}

fn key_without_period(kind: &LedgerKind) -> Option<MatchOn> {
    let fields = kind.key.iter().filter_map(|&position| kind.fields.get(position));
    let names =
        fields.filter(|field| field.ty != FieldType::Period).map(|field| (field.name.clone(), field.name.clone()));
    let pairs: Vec<_> = names.collect();
    (!pairs.is_empty()).then_some(MatchOn::Fields(pairs))
}
