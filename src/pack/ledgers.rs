//! Ledger kinds: fields, forms, wide layouts, and what is recorded in other ledgers too.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::catalog::{
    Also, AnswerPart, Field, Form, FormAnswer, FormBlock, LedgerKind, Made, MadeOf, MadePart, Wide, WideBy,
};
use super::codes;
use super::fields::{Groups, Lists, kind_fields, position, positions};
use super::node::{Node, Place, Sink, Table, duplicate, unknown};
use super::source::{Parsed, SourceFile};
use crate::model::Localized;

/// A kind that may still name other kinds wrongly.
pub(super) struct ReadKind {
    pub kind: LedgerKind,
    /// Where each of the kind's `wide` and `also` stands.
    wide: Vec<Range<usize>>,
    also: Vec<Range<usize>>,
}

/// Reads `ledgers/<kind>.toml`. References to other kinds are checked by [`check_references`] when all are read.
pub(super) fn kind(parsed: &Parsed<'_>, groups: &Groups, lists: &Lists, sink: &Sink) -> Option<ReadKind> {
    let table = Table::root(parsed);
    let id = table.need_word("id", sink);
    let name = table.need_localized("name", sink);
    let row = table.need_localized("row", sink);
    let titles = table.texts("titles", sink);
    let fields = kind_fields(&table, parsed, groups, lists, sink);
    let unit = positions(&table.need("unit", sink), &fields, sink);
    let key = positions(&table.need("key", sink), &fields, sink);
    let rank_on = positions(&table.get("rank_on"), &fields, sink);
    let form = table.get("form").and_then(|node| node.table(sink)).map(|table| form(&table, parsed, &fields, sink));
    let (mut wides, mut alsos) = (Vec::new(), Vec::new());
    let (mut wide_spans, mut also_spans) = (Vec::new(), Vec::new());
    for table in table.tables("wide", sink) {
        let Some(read) = wide(&table, sink) else { continue };
        wides.push(read);
        wide_spans.push(table.place().span);
    }
    for table in table.tables("also", sink) {
        let Some(read) = also(&table, &fields, sink) else { continue };
        alsos.push(read);
        also_spans.push(table.place().span);
    }
    let standing = table.flag("standing", sink);
    let made = table.get("made").and_then(|node| made(&node.table(sink)?, &fields, sink));
    table.finish(sink);
    let (id, name, row) = (id?.into(), name?, row?);
    let kind = LedgerKind {
        id,
        name,
        row,
        titles,
        fields,
        unit,
        key,
        rank_on,
        form,
        wide: wides,
        also: alsos,
        standing,
        made,
    };
    Some(ReadKind { kind, wide: wide_spans, also: also_spans })
}

const PARTS: [(&str, MadePart); 9] = [
    ("ledger", MadePart::Ledger),
    ("unit", MadePart::Unit),
    ("period", MadePart::Period),
    ("records", MadePart::Records),
    ("label", MadePart::Label),
    ("heading", MadePart::Heading),
    ("total", MadePart::Total),
    ("sum", MadePart::Sum),
    ("content", MadePart::Content),
];

fn made(table: &Table<'_>, fields: &[Arc<Field>], sink: &Sink) -> Option<Made> {
    table.need("of", sink);
    let of = table.choice("of", &[("totals", MadeOf::Totals), ("contents", MadeOf::Contents)], sink);
    let field = |(key, part): (&'static str, MadePart)| {
        let node = table.get(key)?;
        Some((part, position(&node, node.word(sink)?, fields, sink)?))
    };
    let parts = PARTS.into_iter().filter_map(field).collect();
    table.finish(sink);
    Some(Made { of: of?, parts })
}

fn form(table: &Table<'_>, parsed: &Parsed<'_>, fields: &[Arc<Field>], sink: &Sink) -> Form {
    let minimum = table.need("minimum", sink).and_then(|node| node.whole(sink, 1..1000)).unwrap_or(1);
    let mut blocks = Vec::new();
    for block in table.tables("block", sink) {
        if parsed.is_broken(block.place().span.start) {
            continue;
        }
        let number = block.need("number", sink).and_then(|node| node.whole(sink, 1..1000));
        let title = block.texts("title", sink);
        let content = block.localized("content", sink);
        let answers = block.tables("answers", sink).iter().filter_map(|table| answer(table, fields, sink)).collect();
        block.finish(sink);
        let Some(number) = number.and_then(|number| u32::try_from(number).ok()) else { continue };
        if blocks.iter().any(|known: &FormBlock| known.number == number) {
            duplicate(sink, block.place(), ("栏目", "block"), &number.to_string(), None);
            continue;
        }
        blocks.push(FormBlock { number, title, content, answers });
    }
    let (labels, note) = (table.texts("labels", sink), table.localized("note", sink));
    table.finish(sink);
    Form { minimum: usize::try_from(minimum).unwrap_or(1), blocks, labels, note }
}

fn answer(table: &Table<'_>, fields: &[Arc<Field>], sink: &Sink) -> Option<FormAnswer> {
    let heading = table.need("heading", sink).map(|node| node.words(sink)).unwrap_or_default();
    let heading = heading.into_iter().map(|(_, word)| word.to_owned()).collect();
    let field = table.get("field").and_then(|node| position(&node, node.word(sink)?, fields, sink));
    let mut parts = Vec::new();
    for part in table.tables("split", sink) {
        let field = part.need("field", sink).and_then(|node| position(&node, node.word(sink)?, fields, sink));
        let words = part.texts("words", sink);
        part.finish(sink);
        if let Some(field) = field {
            parts.push(AnswerPart { field, words });
        }
    }
    if table.get("split").is_none() && table.get("field").is_none() {
        table.need("field", sink);
    }
    if let (Some(node), Some(_)) = (table.get("split"), table.get("field")) {
        let message = Localized::new("“field”与“split”只能写一个", "`field` and `split` exclude each other");
        sink.error(node.place(), codes::SHAPE, message, None);
    }
    table.finish(sink);
    parts.extend(field.map(|field| AnswerPart { field, words: Vec::new() }));
    (!parts.is_empty()).then_some(FormAnswer { heading, parts })
}

const WIDE_BY: [(&str, WideBy); 6] = [
    ("weekday", WideBy::Weekday),
    ("quarter", WideBy::Quarter),
    ("month", WideBy::Month),
    ("date", WideBy::Date),
    ("half-year", WideBy::Half),
    ("half-day", WideBy::HalfDay),
];

fn wide(table: &Table<'_>, sink: &Sink) -> Option<Wide> {
    table.need("by", sink);
    let by = table.choice("by", &WIDE_BY, sink);
    let into = table.need_word("into", sink);
    let from = table.word("from", sink).map(Arc::from);
    let value = table.word("value", sink).map(Arc::from);
    let inside = table.get("inside").map(|node| inside(&node, sink)).unwrap_or_default();
    let ledger = table.word("ledger", sink).map(Arc::from);
    let carry = table.texts("carry", sink).into_iter().map(Arc::from).collect();
    let headings = table.texts("headings", sink);
    let mark = table.word("mark", sink).map(Arc::from);
    let set = constants(table, sink);
    table.finish(sink);
    Some(Wide { by: by?, into: into?.into(), from, value, inside, ledger, carry, headings, mark, set })
}

/// The fields of `inside = { "职称" = true }`.
fn inside(node: &Node<'_>, sink: &Sink) -> Vec<Arc<str>> {
    let entries = node.table(sink).map(|table| table.entries()).unwrap_or_default();
    entries.into_iter().filter(|(_, _, node)| node.flag(sink) == Some(true)).map(|(_, key, _)| key.into()).collect()
}

/// The fields of `set = { "报送类型" = "季度台账" }`.
fn constants(table: &Table<'_>, sink: &Sink) -> Vec<(Arc<str>, String)> {
    let entries = table.get("set").and_then(|node| node.table(sink)).map(|table| table.entries()).unwrap_or_default();
    entries.into_iter().filter_map(|(_, key, node)| Some((key.into(), node.word(sink)?.to_owned()))).collect()
}

fn also(table: &Table<'_>, fields: &[Arc<Field>], sink: &Sink) -> Option<Also> {
    let ledger = table.need_word("ledger", sink);
    let set = constants(table, sink);
    let copied = table.get("copy").and_then(|node| node.table(sink));
    let mut copy = Vec::new();
    for (_, key, node) in copied.map(|table| table.entries()).unwrap_or_default() {
        let Some(own) = node.word(sink) else { continue };
        if let Some(own) = position(&node, own, fields, sink) {
            copy.push((key.into(), fields[own].name.clone()));
        }
    }
    let supplement = table.flag("supplement", sink);
    table.finish(sink);
    Some(Also { ledger: ledger?.into(), set, copy, supplement })
}

/// Checks what a kind says about other kinds and drops what does not hold. `kinds` are the fields of all kinds.
pub(super) fn check_references(
    read: ReadKind,
    file: &SourceFile,
    kinds: &BTreeMap<Arc<str>, Vec<Arc<str>>>,
    sink: &Sink,
) -> LedgerKind {
    let mut kind = read.kind;
    let own: Vec<Arc<str>> = kind.fields.iter().map(|field| field.name.clone()).collect();
    let place = |span: &Range<usize>| Place { file, span: span.clone() };
    let mut spans = read.wide.iter();
    kind.wide.retain(|wide| {
        let Some(place) = spans.next().map(place) else { return false };
        let mut names = vec![&wide.into];
        names.extend(wide.value.iter().chain(&wide.inside).chain(&wide.mark));
        names.extend(wide.set.iter().map(|(name, _)| name));
        let carried = known_names(&wide.carry, &own, &place, sink);
        if wide.ledger.is_some() {
            names.extend(&wide.carry);
        }
        let target = wide.ledger.as_ref().unwrap_or(&kind.id);
        carried && known_target(target, names, &place, kinds, sink)
    });
    let mut spans = read.also.iter();
    kind.also.retain(|also| {
        let Some(place) = spans.next().map(place) else { return false };
        let names = also.set.iter().map(|(name, _)| name).chain(also.copy.iter().map(|(name, _)| name)).collect();
        known_target(&also.ledger, names, &place, kinds, sink)
    });
    kind
}

fn known_target(
    ledger: &str,
    names: Vec<&Arc<str>>,
    place: &Place<'_>,
    kinds: &BTreeMap<Arc<str>, Vec<Arc<str>>>,
    sink: &Sink,
) -> bool {
    if let Some(fields) = kinds.get(ledger) {
        return known_names(names, fields, place, sink);
    }
    let known = kinds.keys().map(|id| &**id);
    unknown(sink, place.clone(), codes::UNKNOWN_KIND, ("台账种类", "ledger kind"), ledger, known);
    false
}

fn known_names<'n>(
    names: impl IntoIterator<Item = &'n Arc<str>>,
    fields: &[Arc<str>],
    place: &Place<'_>,
    sink: &Sink,
) -> bool {
    let mut all = true;
    for name in names {
        if !fields.contains(name) {
            let known = fields.iter().map(|field| &**field);
            unknown(sink, place.clone(), codes::UNKNOWN_FIELD, ("字段", "field"), name, known);
            all = false;
        }
    }
    all
}
