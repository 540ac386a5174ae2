//! Fields of ledgers: their types, names and aliases, and groups of fields that several kinds share.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::catalog::{CodeList, Derive, DeriveBy, Field};
use super::codes;
use super::node::{Node, Place, Sink, Table, choose, duplicate, unknown};
use super::source::Parsed;
use super::tree::Tree;
use crate::finding::Personal;
use crate::model::{FieldType, Localized};

pub(super) type Lists = BTreeMap<Arc<str>, Arc<CodeList>>;
/// The fields of each group; the order of the fields is the order of the file.
pub(super) type Groups = BTreeMap<String, Vec<Arc<Field>>>;

/// A `derive` that still names the other field.
type ReadDerive<'a> = (Node<'a>, &'a str, DeriveBy);

struct ReadField<'a> {
    field: Field,
    place: Place<'a>,
    derive: Option<ReadDerive<'a>>,
}

/// Reads `ledgers/groups.toml`.
pub(super) fn groups(parsed: &Parsed<'_>, lists: &Lists, sink: &Sink) -> Groups {
    let table = Table::root(parsed);
    let mut groups = Groups::new();
    for group in table.tables("group", sink) {
        let id = group.need_word("id", sink);
        let mut fields: Vec<Arc<Field>> = Vec::new();
        for table in group.tables("field", sink) {
            if parsed.is_broken(table.place().span.start) {
                continue;
            }
            let Some(read) = read_field(&table, lists, sink) else { continue };
            if fields.iter().any(|field| field.name == read.field.name) {
                duplicate(sink, read.place, ("字段", "field"), &read.field.name, None);
                continue;
            }
            let derive = read.derive.and_then(|derive| bind_derive(derive, &fields, sink));
            fields.push(Arc::new(Field { derive, ..read.field }));
        }
        group.finish(sink);
        let Some(id) = id else { continue };
        if groups.insert(id.to_owned(), fields).is_some() {
            duplicate(sink, group.place(), ("字段组", "group"), id, None);
        }
    }
    table.finish(sink);
    groups
}

/// The fields of the kind's groups and then its own.
pub(super) fn kind_fields(
    table: &Table<'_>,
    parsed: &Parsed<'_>,
    groups: &Groups,
    lists: &Lists,
    sink: &Sink,
) -> Vec<Arc<Field>> {
    let mut fields: Vec<Arc<Field>> = Vec::new();
    for (node, group) in table.names("groups", sink) {
        let Some(shared) = groups.get(group) else {
            let known = groups.keys().map(String::as_str);
            unknown(sink, node.place(), codes::UNKNOWN_GROUP, ("字段组", "group"), group, known);
            continue;
        };
        for field in shared {
            if fields.iter().any(|known| known.name == field.name) {
                duplicate(sink, node.place(), ("字段", "field"), &field.name, None);
                continue;
            }
            let mut field = field.clone();
            // A group's `derive` counts in the group.
            if let Some(derive) = &field.derive {
                let name = shared.get(derive.from).map(|from| &from.name);
                let from = fields.iter().position(|known| Some(&known.name) == name);
                if from != Some(derive.from) {
                    let derive = from.map(|from| Derive { from, by: derive.by.clone() });
                    Arc::make_mut(&mut field).derive = derive;
                }
            }
            fields.push(field);
        }
    }
    let shared = fields.len();
    let mut places: Vec<Option<Place<'_>>> = vec![None; shared];
    let mut derives = Vec::new();
    for table in table.tables("field", sink) {
        if parsed.is_broken(table.place().span.start) {
            continue;
        }
        let extends = table.flag("extend", sink);
        let of_group = table.get("name").and_then(|node| match node.value {
            Tree::Text(name) => fields[..shared].iter().position(|field| &*field.name == *name),
            _ => None,
        });
        if extends && let Some(position) = of_group {
            derives.extend(
                extend_field(&table, Arc::make_mut(&mut fields[position]), lists, sink)
                    .map(|derive| (position, derive)),
            );
            continue;
        }
        let Some(read) = read_field(&table, lists, sink) else { continue };
        if let Some(known) = fields.iter().position(|field| field.name == read.field.name) {
            let (zh, en) = if known < shared {
                (
                    "字段组里已有此字段；如要补充，写 extend = true",
                    "a group has this field; to add to it, write extend = true",
                )
            } else {
                ("一个字段只声明一次", "declare a field once")
            };
            let message = Localized::new(
                format!("字段“{}”重复", read.field.name),
                format!("the field `{}` stands twice", read.field.name),
            );
            sink.error(read.place, codes::DUPLICATE_ID, message, Some(Localized::new(zh, en)));
            continue;
        }
        if let Some(derive) = read.derive {
            derives.push((fields.len(), derive));
        }
        places.push(Some(read.place));
        fields.push(Arc::new(read.field));
    }
    for (position, derive) in derives {
        let derive = bind_derive(derive, &fields, sink);
        Arc::make_mut(&mut fields[position]).derive = derive;
    }
    settle_aliases(&mut fields, shared, &places, sink);
    fields
}

/// An alias belongs to one field. A kind's own field takes it away from a field of a group; two own fields that
/// claim the same alias are a fault. A name always belongs to its field.
fn settle_aliases(fields: &mut [Arc<Field>], shared: usize, places: &[Option<Place<'_>>], sink: &Sink) {
    let mut owners: FxHashMap<Cow<'_, str>, usize> = FxHashMap::default();
    for (position, field) in fields.iter().enumerate() {
        owners.insert(folded(&field.name), position);
    }
    // Own fields first, so that they win over the groups' fields.
    let order = (shared..fields.len()).chain(0..shared);
    let mut lost: Vec<(usize, usize, usize)> = Vec::new();
    for position in order {
        for (number, alias) in fields[position].aliases.iter().enumerate() {
            let owner = match position < shared {
                true => owners.get(&folded(alias)).copied().unwrap_or(position),
                false => *owners.entry(folded(alias)).or_insert(position),
            };
            if owner != position {
                lost.push((position, number, owner));
            }
        }
    }
    drop(owners);
    // From behind, so that the numbers of the aliases before stay right.
    for (position, number, owner) in lost.into_iter().rev() {
        let alias = Arc::make_mut(&mut fields[position]).aliases.remove(number);
        let Some(place) = places.get(position).cloned().flatten() else { continue };
        let (owner, name) = (&fields[owner].name, &fields[position].name);
        let message = Localized::new(
            format!("“{alias}”同时指向字段“{owner}”和“{name}”"),
            format!("`{alias}` stands for both `{owner}` and `{name}`"),
        );
        let help = Localized::new(
            format!("只留一处；现在按“{owner}”理解"),
            format!("keep one of them; it is taken as `{owner}` now"),
        );
        sink.warning(place, codes::SHARED_ALIAS, message, Some(help));
    }
}

/// A heading without what certainly makes no difference: width, case, spaces.
fn folded(text: &str) -> Cow<'_, str> {
    use unicode_normalization::UnicodeNormalization;
    // Most headings are ideographs only; the check is much cheaper than the folding, and over bytes cheaper than over letters: those of
    // ideographs begin with E4 to E9, and nothing else that begins so is changed.
    let odd = |byte: u8| !matches!(byte, 0x80..=0xBF | 0xE4..=0xE9 | b'a'..=b'z' | b'0'..=b'9');
    if !text.bytes().fold(false, |any, byte| any | odd(byte)) {
        return Cow::Borrowed(text);
    }
    if text.is_ascii() {
        return Cow::Owned(text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect());
    }
    Cow::Owned(text.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect())
}

fn field_type(node: &Node<'_>, lists: &Lists, sink: &Sink) -> Option<FieldType> {
    let word = node.word(sink)?;
    if let Some((sort, list)) = word.split_once(':')
        && (sort == "code" || sort == "codes")
    {
        let Some(known) = lists.get(list) else {
            unknown_list(sink, node.place(), list, lists);
            return None;
        };
        if sort == "codes" && known.entries.len() > 64 {
            let message = Localized::new(
                format!("“{list}”超过 64 项，不能用作多选代码"),
                format!("`{list}` has more than 64 entries, so that it cannot be used for several codes"),
            );
            sink.error(node.place(), codes::LIST_TOO_LONG, message, None);
            return None;
        }
        let list = known.id.clone();
        return Some(if sort == "code" { FieldType::Code(list) } else { FieldType::Codes(list) });
    }
    let plain = [
        ("text", 0),
        ("yes-no", 1),
        ("integer", 2),
        ("decimal", 3),
        ("ratio", 4),
        ("date", 5),
        ("dates", 6),
        ("period", 7),
        ("id-number", 8),
        ("code:…", 9),
        ("codes:…", 9),
    ];
    Some(match choose(node, &plain, sink)? {
        0 => FieldType::Text,
        1 => FieldType::YesNo,
        2 => FieldType::Integer,
        3 => FieldType::Decimal,
        4 => FieldType::Ratio,
        5 => FieldType::Date,
        6 => FieldType::Dates,
        7 => FieldType::Period,
        8 => FieldType::IdNumber,
        _ => return None,
    })
}

pub(super) fn unknown_list(sink: &Sink, place: Place<'_>, list: &str, lists: &Lists) {
    unknown(sink, place, codes::UNKNOWN_LIST, ("代码表", "code list"), list, lists.keys().map(|id| &**id));
}

const PERSONAL: [(&str, Personal); 4] = [
    ("name", Personal::Name),
    ("id-number", Personal::IdNumber),
    ("phone", Personal::Phone),
    ("address", Personal::Address),
];

fn read_field<'a>(table: &Table<'a>, lists: &Lists, sink: &Sink) -> Option<ReadField<'a>> {
    let name = table.need_word("name", sink);
    let en = table.need_word("en", sink);
    let about = table.localized("about", sink);
    let ty = table.need("type", sink).and_then(|node| field_type(&node, lists, sink));
    let aliases = table.texts("aliases", sink);
    let essential = table.flag("essential", sink);
    let personal = table.choice("personal", &PERSONAL, sink);
    let unit = table.word("unit", sink).map(str::to_owned);
    let derive = table.get("derive").and_then(|node| read_derive(&node, lists, sink));
    let (yes, no, never) = (table.texts("yes", sink), table.texts("no", sink), table.texts("never", sink));
    let month_end = table.flag("month-end", sink);
    let sums = table.get("sums").and_then(|node| node.flag(sink)).unwrap_or(true);
    let endings = table.texts("endings", sink);
    for (key, fits) in [
        ("month-end", ty == Some(FieldType::Date)),
        ("yes", ty == Some(FieldType::YesNo)),
        ("no", ty == Some(FieldType::YesNo)),
        ("never", matches!(ty, Some(FieldType::Date | FieldType::Dates))),
        ("unit", matches!(ty, Some(FieldType::Integer | FieldType::Decimal | FieldType::Ratio | FieldType::YesNo))),
        ("derive", matches!(ty, Some(FieldType::Code(_) | FieldType::Text | FieldType::Integer | FieldType::Decimal))),
        ("sums", matches!(ty, Some(FieldType::Integer | FieldType::Decimal))),
        ("endings", matches!(ty, Some(FieldType::Text | FieldType::YesNo))),
    ] {
        if let Some(node) = table.get(key).filter(|_| !fits && ty.is_some()) {
            let message = Localized::new(
                format!("“{key}”不适用于这种类型的字段"),
                format!("`{key}` does not go with a field of this type"),
            );
            sink.error(node.place(), codes::FIELD_TYPE, message, None);
        }
    }
    // Asked for here so that it is a known key of fields of a kind and of groups alike.
    table.flag("extend", sink);
    table.finish(sink);
    let (name, en) = (name?, en?.to_owned());
    let about = about.unwrap_or_else(|| Localized::new(name, en.clone()));
    let name: Arc<str> = name.into();
    let ty = ty?;
    let is_derivable = |by: &DeriveBy| match &ty {
        FieldType::Text => matches!(by, DeriveBy::Copy { .. }),
        FieldType::Code(_) => by.list().is_some(),
        FieldType::Integer | FieldType::Decimal => *by == DeriveBy::Number,
        // A field of another type has been told that it has no `derive`.
        _ => true,
    };
    if let Some((node, _, by)) = &derive
        && !is_derivable(by)
    {
        let message = Localized::new(
            "文本字段只能照抄（by = \"copy\"），代码字段须指明代码表，数字字段须写 by = \"number\"",
            "a text is derived by `copy`, a code from a list, a number by `number`",
        );
        sink.error(node.place(), codes::FIELD_TYPE, message, None);
    }
    let field = Field {
        name,
        en,
        about,
        ty,
        aliases,
        essential,
        personal,
        unit,
        derive: None,
        yes,
        no,
        never,
        month_end,
        sums,
        endings,
    };
    Some(ReadField { field, place: table.place(), derive })
}

/// Adds a kind's words to a field of a group; gives its `derive`.
fn extend_field<'a>(table: &Table<'a>, field: &mut Field, lists: &Lists, sink: &Sink) -> Option<ReadDerive<'a>> {
    table.get("name");
    field.aliases.extend(table.texts("aliases", sink));
    field.yes.extend(table.texts("yes", sink));
    field.no.extend(table.texts("no", sink));
    field.never.extend(table.texts("never", sink));
    field.endings.extend(table.texts("endings", sink));
    if let Some(node) = table.get("essential") {
        field.essential = node.flag(sink).unwrap_or(field.essential);
    }
    if let Some(about) = table.localized("about", sink) {
        field.about = about;
    }
    if let Some(en) = table.word("en", sink) {
        field.en = en.to_owned();
    }
    if let Some(ty) = table.get("type").and_then(|node| field_type(&node, lists, sink)) {
        field.ty = ty;
    }
    if let Some(unit) = table.word("unit", sink) {
        field.unit = Some(unit.to_owned());
    }
    if let Some(node) = table.get("sums") {
        field.sums = node.flag(sink).unwrap_or(field.sums);
    }
    let derive = table.get("derive").and_then(|node| read_derive(&node, lists, sink));
    table.finish(sink);
    derive
}

fn read_derive<'a>(node: &Node<'a>, lists: &Lists, sink: &Sink) -> Option<ReadDerive<'a>> {
    let table = node.table(sink)?;
    let from = table.need("from", sink);
    let word = from.as_ref().and_then(|node| node.word(sink));
    table.need("by", sink);
    let list = || {
        table.need("list", sink).and_then(|node| {
            let word = node.word(sink)?;
            let known = lists.get(word);
            if known.is_none() {
                unknown_list(sink, node.place(), word, lists);
            }
            known.map(|list| list.id.clone())
        })
    };
    let by = match table.choice("by", &[("suffix", 0), ("contains", 1), ("copy", 2), ("number", 3)], sink)? {
        0 => list().map(DeriveBy::Suffix),
        1 => list().map(DeriveBy::Contains),
        2 => Some(DeriveBy::Copy { endings: table.texts("endings", sink), drop: table.texts("drop", sink) }),
        _ => Some(DeriveBy::Number),
    };
    table.finish(sink);
    Some((from?, word?, by?))
}

fn bind_derive((node, from, by): ReadDerive<'_>, fields: &[Arc<Field>], sink: &Sink) -> Option<Derive> {
    Some(Derive { from: position(&node, from, fields, sink)?, by })
}

/// The position of the field of this name; a fault where there is none.
pub(super) fn position(node: &Node<'_>, name: &str, fields: &[Arc<Field>], sink: &Sink) -> Option<usize> {
    let found = fields.iter().position(|field| &*field.name == name);
    if found.is_none() {
        unknown_field(sink, node.place(), name, fields);
    }
    found
}

pub(super) fn unknown_field(sink: &Sink, place: Place<'_>, name: &str, fields: &[Arc<Field>]) {
    // A word that is an alias of a field is most likely meant as that field.
    let alias = fields.iter().find(|field| field.aliases.iter().any(|alias| alias == name));
    if let Some(field) = alias {
        let message = Localized::new(format!("没有名为“{name}”的字段"), format!("there is no field `{name}`"));
        let help = Localized::new(
            format!("“{name}”是字段“{}”的别名，这里要写字段名", field.name),
            format!("`{name}` is an alias of `{}`; write the field's name here", field.name),
        );
        sink.error(place, codes::UNKNOWN_FIELD, message, Some(help));
        return;
    }
    unknown(sink, place, codes::UNKNOWN_FIELD, ("字段", "field"), name, fields.iter().map(|field| &*field.name));
}

pub(super) fn positions(node: &Option<Node<'_>>, fields: &[Arc<Field>], sink: &Sink) -> Vec<usize> {
    let names = node.as_ref().map(|node| node.words(sink)).unwrap_or_default();
    names.iter().filter_map(|(node, name)| position(node, name, fields, sink)).collect()
}
