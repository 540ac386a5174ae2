//! Rules that stand for every ledger kind with the needed fields (`ledger = "*"`): one rule for each such kind.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::tree::Tree;

use super::catalog::{Expr, Item, LedgerKind, MatchOn, Rule, Shape};
use super::codes;
use super::node::{Node, Sink, Table, unknown};
use super::rules::Kinds;
use crate::model::{FieldType, Localized};

/// The ledger of a rule that stands for many kinds.
const EVERY: &str = "*";

/// Groups by the kind's own business key.
pub(super) const KEY: &str = "key";

/// The keys that only such a rule has.
pub(super) const KEYS: [&str; 4] = ["needs", "except", "against", "items_of"];

/// The companion ledger of a rule that holds many kinds against others.
pub(super) const OTHER: &str = "*";

/// The kinds that a rule for many kinds is made for.
#[derive(Clone, Copy)]
pub(super) struct Member<'k> {
    pub kind: &'k LedgerKind,
    /// The kind that it is held against.
    pub against: Option<&'k LedgerKind>,
}

impl Member<'_> {
    /// Whether its kinds are all among these.
    pub fn is_among(&self, kinds: &BTreeSet<Arc<str>>) -> bool {
        kinds.contains(&self.kind.id) && self.against.is_none_or(|other| kinds.contains(&other.id))
    }
}

impl Rule {
    /// The id under which the rule was written: without the `@kind` of a rule that stands for many kinds.
    pub fn template(&self) -> &str {
        self.id.split('@').next().unwrap_or(&self.id)
    }
}

/// The ids of the rules that the table stands for, each with its kinds; for an ordinary rule its own id and no kind.
pub(super) fn members<'k>(
    table: &Table<'_>,
    id: &str,
    kinds: &'k Kinds,
    sink: &Sink,
) -> Vec<(String, Option<Member<'k>>)> {
    let Some(ledger) = table.get("ledger").filter(|node| node.value.as_str() == Some(EVERY)) else {
        return vec![(id.to_owned(), None)];
    };
    let needs = table.names("needs", sink);
    for (node, name) in &needs {
        if !kinds.values().any(|kind| kind.field(name).is_some()) {
            let known = kinds.values().flat_map(|kind| kind.fields.iter().map(|field| &*field.name));
            unknown(sink, node.place(), codes::UNKNOWN_FIELD, ("字段", "field"), name, known);
        }
    }
    let named = |key: &'static str| {
        let names = table.names(key, sink);
        for (node, name) in &names {
            if !kinds.contains_key(*name) {
                let known = kinds.keys().map(|id| &**id);
                unknown(sink, node.place(), codes::UNKNOWN_KIND, ("台账种类", "ledger kind"), name, known);
            }
        }
        names.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    };
    let (except, against) = (named("except"), named("against"));
    let by_key = table.get("group_by").is_some_and(|node| node.value.as_str() == Some(KEY));
    let choice = Choice::read(table, sink);
    let fits = |kind: &&Arc<LedgerKind>| {
        kind.made.is_none()
            && needs.iter().all(|(_, name)| kind.field(name).is_some())
            && !except.contains(&&*kind.id)
            && !(by_key && kind.key.is_empty())
            && choice.as_ref().is_none_or(|choice| choice.fields(kind).next().is_some())
    };
    let mut members = Vec::new();
    for kind in kinds.values().filter(fits) {
        if against.is_empty() {
            members.push((format!("{id}@{}", kind.id), Some(Member { kind, against: None })));
            continue;
        }
        // Of two kinds that are both held against, the later one is judged, so that no pair is judged twice.
        let rank = against.iter().position(|name| **name == *kind.id).unwrap_or(against.len());
        for other in against[..rank].iter().filter_map(|name| kinds.get(*name)) {
            members.push((format!("{id}@{}+{}", kind.id, other.id), Some(Member { kind, against: Some(other) })));
        }
    }
    if members.is_empty() {
        let message = Localized::new("没有一种台账具备这些字段", "no ledger kind has these fields");
        sink.error(ledger.place(), codes::SHAPE, message, None);
    }
    members
}

/// What `items_of` says: which fields of the kind become items, and what is required of each.
struct Choice<'a> {
    types: Vec<&'a str>,
    fields: Vec<&'a str>,
    except: Vec<&'a str>,
    require: Option<Expr>,
    applies: Option<Expr>,
}

impl<'a> Choice<'a> {
    fn read(table: &Table<'a>, sink: &Sink) -> Option<Choice<'a>> {
        let table = table.get("items_of")?.table(sink)?;
        let words = |key| table.names(key, sink).into_iter().map(|(_, word)| word).collect();
        let types = table.names("types", sink);
        for (node, word) in &types {
            if !TYPE_WORDS.contains(word) {
                unknown(sink, node.place(), codes::UNKNOWN_WORD, ("字段类型", "field type"), word, TYPE_WORDS);
            }
        }
        let choice = Choice {
            types: types.into_iter().map(|(_, word)| word).collect(),
            fields: words("fields"),
            except: words("except"),
            require: table.need("require", sink).and_then(|node| node.expr(sink)),
            applies: table.expr("applies", sink),
        };
        table.finish(sink);
        Some(choice)
    }

    fn fields<'k>(&self, kind: &'k LedgerKind) -> impl Iterator<Item = &'k super::catalog::Field> {
        kind.fields.iter().map(|field| &**field).filter(|field| {
            let named = |names: &[&str]| names.contains(&&*field.name);
            (self.types.contains(&type_word(&field.ty)) || named(&self.fields)) && !named(&self.except)
        })
    }
}

const TYPE_WORDS: [&str; 11] =
    ["text", "yes-no", "integer", "decimal", "ratio", "date", "dates", "period", "code", "codes", "id-number"];

/// The word of a field type, without the list of a code.
fn type_word(ty: &FieldType) -> &'static str {
    match ty {
        FieldType::Text => "text",
        FieldType::YesNo => "yes-no",
        FieldType::Integer => "integer",
        FieldType::Decimal => "decimal",
        FieldType::Ratio => "ratio",
        FieldType::Date => "date",
        FieldType::Dates => "dates",
        FieldType::Period => "period",
        FieldType::Code(_) => "code",
        FieldType::Codes(_) => "codes",
        FieldType::IdNumber => "id-number",
    }
}

/// The items that `items_of` makes for the kind; `None` where the rule has no such key.
pub(super) fn items_of(table: &Table<'_>, kind: &LedgerKind, sink: &Sink) -> Option<Vec<Item>> {
    // Faults inside were noted when the members were chosen.
    let quiet = Sink::default();
    let choice = Choice::read(table, &quiet)?;
    for key in ["require", "items"] {
        if let Some(node) = table.get(key) {
            let message = Localized::new(
                format!("“items_of”与“{key}”只能写一个"),
                format!("`items_of` and `{key}` exclude each other"),
            );
            sink.error(node.place(), codes::SHAPE, message, None);
        }
    }
    let require = choice.require.clone()?;
    let of = |expr: &Expr, field: &str| Expr { text: expr.text.replace("{field}", &identifier(field)), ..expr.clone() };
    let item = |field: &super::catalog::Field| Item {
        name: Some(Localized::new(field.name.to_string(), field.en.clone())),
        require: of(&require, &field.name),
        applies: choice.applies.as_ref().map(|expr| of(expr, &field.name)),
    };
    Some(choice.fields(kind).map(item).collect())
}

/// The field's name as an expression writes it: in quotes where it is no plain word.
fn identifier(name: &str) -> String {
    let plain =
        name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit());
    if plain { name.to_owned() } else { format!("\"{name}\"") }
}

/// The shape of a rule that groups by the kind's business key.
pub(super) fn by_key(node: &Node<'_>, kind: &LedgerKind, sink: &Sink) -> Option<Shape> {
    let names = kind.key.iter().filter_map(|&position| kind.fields.get(position)).map(|field| field.name.clone());
    let pairs: Vec<_> = names.map(|name| (name.clone(), name)).collect();
    if pairs.is_empty() {
        let message = Localized::new("这种台账没有业务主键", "this ledger kind has no business key");
        sink.error(node.place(), codes::SHAPE, message, None);
        return None;
    }
    Some(Shape::Group { by: MatchOn::Fields(pairs) })
}

/// The rule of a case: the one with the id, or of a rule that stands for many kinds the one for the first of the
/// case's ledgers that has one, held against another of them where it is held against one.
pub(super) fn rule_of_case<'r>(word: &str, ledgers: &[&str], rules: &'r [Arc<str>]) -> Option<&'r Arc<str>> {
    let exact = rules.iter().find(|id| ***id == *word);
    let of_kind = |kind: &&str| {
        rules.iter().find(|id| {
            let members = id.strip_prefix(word).and_then(|rest| rest.strip_prefix('@'));
            members.is_some_and(|members| match members.split_once('+') {
                None => members == *kind,
                Some((own, other)) => own == *kind && ledgers.contains(&other),
            })
        })
    };
    exact.or_else(|| ledgers.iter().find_map(of_kind))
}

/// The names of the ledgers of a case, in the order of the file.
pub(super) fn ledgers_of<'a>(node: &Node<'a>) -> Vec<&'a str> {
    match node.value {
        Tree::Table(table) => table.0.iter().map(|(key, _)| key.text).collect(),
        _ => Vec::new(),
    }
}
