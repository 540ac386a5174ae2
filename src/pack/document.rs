//! A pack's own file: the document it stands for, the measures of the document, and the parameters.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::catalog::{Pack, Parameter, ParameterValue};
use super::codes;
use super::node::{Node, Sink, Table, duplicate};
use super::source::Parsed;
use super::tree::Tree;
use crate::diag::PackFault;
use crate::finding::{MeasureInfo, PackInfo, ParameterInfo};
use crate::model::{Date, Decimal, Localized};

/// The pack that is in force with every choice of packs.
pub(super) const COMMON: &str = "common";

/// What `pack.toml` says, before it is resolved against other packs.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub pack: Pack,
    pub measures: Vec<Measure>,
    pub parameters: Vec<Declared>,
    /// Where the names of the packs in `extends` stand.
    pub extends: Vec<(Arc<str>, Range<usize>)>,
    pub file: Arc<str>,
}

#[derive(Clone, Debug)]
pub(super) struct Measure {
    pub info: MeasureInfo,
    /// Ids of measures or rules of extended packs, with their places.
    pub inherits: Vec<(Arc<str>, Range<usize>)>,
}

#[derive(Clone, Debug)]
pub(super) struct Declared {
    pub parameter: Parameter,
    pub span: Range<usize>,
}

const CLASSES: [(&str, &str); 4] =
    [("rule", "rule"), ("attest", "attest"), ("advisory", "advisory"), ("narrative", "narrative")];

/// Reads `<pack>/pack.toml`.
pub(super) fn read(parsed: &Parsed<'_>, folder: &str, sink: &Sink) -> Option<Document> {
    let table = Table::root(parsed);
    let head = table.need("pack", sink).and_then(|node| node.table(sink));
    let head = head.and_then(|head| header(&head, folder, sink));
    let measure_tables = table.tables("measure", sink);
    let parameter_tables = table.tables("parameter", sink);
    table.finish(sink);
    let (pack, extends) = head?;
    let mut measures: Vec<Measure> = Vec::new();
    for table in &measure_tables {
        if parsed.is_broken(table.place().span.start) {
            continue;
        }
        let Some(read) = measure(table, &pack.info.id, sink) else { continue };
        if measures.iter().any(|known| known.info.id == read.info.id) {
            duplicate(sink, table.place(), ("举措", "measure"), &read.info.id, None);
            continue;
        }
        measures.push(read);
    }
    let mut parameters: Vec<Declared> = Vec::new();
    let mut names = BTreeSet::new();
    for table in &parameter_tables {
        if parsed.is_broken(table.place().span.start) {
            continue;
        }
        let Some(read) = parameter(table, &pack.info.id, sink) else { continue };
        if !names.insert(read.parameter.info.name.clone()) {
            duplicate(sink, table.place(), ("参数", "parameter"), &read.parameter.info.name, None);
            continue;
        }
        parameters.push(read);
    }
    Some(Document { pack, measures, parameters, extends, file: parsed.file.path.clone() })
}

/// A pack and where the names of the packs that it extends stand.
type Header = (Pack, Vec<(Arc<str>, Range<usize>)>);

fn header(table: &Table<'_>, folder: &str, sink: &Sink) -> Option<Header> {
    let id = table.need("id", sink);
    let word = id.as_ref().and_then(|node| node.word(sink));
    if let (Some(node), Some(word)) = (&id, word)
        && word != folder
    {
        let message = Localized::new(
            format!("规则包的 id“{word}”与所在文件夹“{folder}”不一致"),
            format!("the pack's id `{word}` is not the name of its folder `{folder}`"),
        );
        let help = Localized::new(format!("写作 id = \"{folder}\""), format!("write id = \"{folder}\""));
        sink.error(node.place(), codes::PACK_FOLDER, message, Some(help));
    }
    let name = table.need_localized("name", sink);
    let document = table.need_localized("document", sink);
    let number = table.get("number").and_then(|node| node.text(sink)).unwrap_or("").to_owned();
    // The day the document was issued is for readers of the file; the effective dates are what counts.
    table.get("issued").and_then(|node| node.date(sink));
    let (from, until, strict) = match table.get("effective").and_then(|node| node.table(sink)) {
        None => (None, None, false),
        Some(effective) => {
            let from = effective.get("from").and_then(|node| node.date(sink));
            let until = effective.get("until").and_then(|node| node.date(sink).map(|date| (node, date)));
            if let (Some(from), Some((node, until))) = (from, &until)
                && *until < from
            {
                let message = Localized::new(format!("{until} 早于 {from}"), format!("{until} is before {from}"));
                sink.error(node.place(), codes::BAD_DATE, message, None);
            }
            let strict = effective.flag("strict", sink);
            effective.finish(sink);
            (from, until.map(|(_, date)| date), strict)
        }
    };
    let extends: Vec<(Arc<str>, Range<usize>)> =
        table.names("extends", sink).into_iter().map(|(node, word)| (word.into(), node.span)).collect();
    let regions = table.texts("regions", sink);
    table.finish(sink);
    // The folder is what rule files belong to, so it stands in for an id that is wrong or absent.
    let info = PackInfo {
        id: folder.into(),
        name: name?,
        document: document?,
        number,
        effective_from: from,
        effective_until: until,
    };
    let pack = Pack { info, extends: extends.iter().map(|(id, _)| id.clone()).collect(), regions, strict };
    Some((pack, extends))
}

fn measure(table: &Table<'_>, pack: &Arc<str>, sink: &Sink) -> Option<Measure> {
    let id = table.need("id", sink).and_then(|node| valid_id(&node, "-", sink));
    table.need("class", sink);
    let class = table.choice("class", &CLASSES, sink);
    let clause = table.get("clause").and_then(|node| node.text(sink)).unwrap_or("").to_owned();
    let title = table.need_localized("title", sink);
    let demand = table.need_localized("demand", sink);
    let inherits = table.names("inherits", sink).into_iter().map(|(node, word)| (word.into(), node.span)).collect();
    let reason = match class {
        Some("narrative") => table.need_localized("reason", sink),
        _ => table.localized("reason", sink),
    };
    table.finish(sink);
    let info = MeasureInfo {
        id: id?.into(),
        pack: pack.clone(),
        class: class?,
        clause,
        title: title?,
        demand: demand?,
        reason,
    };
    Some(Measure { info, inherits })
}

/// An id of Latin letters, digits and the characters of `also`.
pub(super) fn valid_id<'a>(node: &Node<'a>, also: &str, sink: &Sink) -> Option<&'a str> {
    let word = node.word(sink)?;
    if word.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c)) {
        return Some(word);
    }
    let message = Localized::new(
        format!("id“{word}”只能由英文字母、数字和 {also} 组成"),
        format!("the id `{word}` may only have Latin letters, digits and {also}"),
    );
    sink.error(node.place(), codes::BAD_ID, message, None);
    None
}

fn parameter(table: &Table<'_>, pack: &Arc<str>, sink: &Sink) -> Option<Declared> {
    let name = table.need("name", sink).and_then(|node| {
        let word = node.word(sink)?;
        if word.chars().all(|c| c.is_alphanumeric() || c == '_') && !word.starts_with(|c: char| c.is_ascii_digit()) {
            return Some(word);
        }
        let message = Localized::new(
            format!("参数名“{word}”只能由文字、数字和 _ 组成，且不以数字开头"),
            format!("the parameter name `{word}` may only have letters, digits and _, and no digit in front"),
        );
        sink.error(node.place(), codes::BAD_ID, message, None);
        None
    });
    let value = table.need("value", sink).and_then(|node| parameter_value(&node, sink));
    let unit = table.get("unit").and_then(|node| node.text(sink)).unwrap_or("").to_owned();
    table.need("source", sink);
    let is_interpretation = table.choice("source", &[("document", false), ("interpretation", true)], sink);
    let reason = match is_interpretation {
        Some(true) => table.need_localized("reason", sink),
        _ => table.get("reason").map_or(Some(Localized::default()), |node| node.localized(sink)),
    };
    table.finish(sink);
    let value = value?;
    let info = ParameterInfo {
        name: name?.into(),
        value: value.shown(),
        unit,
        reason: reason?,
        is_interpretation: is_interpretation?,
        overridden: false,
    };
    Some(Declared { parameter: Parameter { info, pack: pack.clone(), value }, span: table.place().span })
}

fn parameter_value(node: &Node<'_>, sink: &Sink) -> Option<ParameterValue> {
    match node.value {
        Tree::Text(text) => Some(ParameterValue::Text((*text).to_owned())),
        Tree::Flag(value) => Some(ParameterValue::YesNo(*value)),
        Tree::Date(_) => node.date(sink).map(ParameterValue::Date),
        Tree::Whole(..) => node
            .whole(sink, -1_000_000_000_000..1_000_000_000_001)
            .map(|value| ParameterValue::Number(Decimal::from_int(value))),
        Tree::Fraction(number) => match number.parse() {
            Ok(value) => Some(ParameterValue::Number(value)),
            Err(_) => {
                let message = Localized::new(
                    format!("“{number}”不是至多九位小数的数"),
                    format!("`{number}` is no number of at most nine decimal places"),
                );
                sink.error(node.place(), codes::OUT_OF_RANGE, message, None);
                None
            }
        },
        Tree::List(_) | Tree::Table(_) => {
            node.wrong_type(sink, "数、文字、日期或 true/false", "a number, text, date or true/false");
            None
        }
    }
}

impl ParameterValue {
    /// The value as people read it.
    pub fn shown(&self) -> String {
        match self {
            ParameterValue::Number(value) => value.to_string(),
            ParameterValue::Text(text) => text.clone(),
            ParameterValue::Date(date) => date.to_string(),
            ParameterValue::YesNo(true) => "是".to_owned(),
            ParameterValue::YesNo(false) => "否".to_owned(),
        }
    }

    /// The value that a user wrote for this parameter, where it is of the same type.
    pub(super) fn replaced(&self, text: &str) -> Option<ParameterValue> {
        let text = text.trim();
        Some(match self {
            ParameterValue::Number(_) => ParameterValue::Number(text.parse().ok()?),
            ParameterValue::Text(_) => ParameterValue::Text(text.to_owned()),
            ParameterValue::Date(_) => ParameterValue::Date(Date::parse_iso(text)?),
            ParameterValue::YesNo(_) => ParameterValue::YesNo(match text {
                "true" | "是" | "yes" => true,
                "false" | "否" | "no" => false,
                _ => return None,
            }),
        })
    }

    /// What the value is, for messages.
    pub(super) fn sort(&self) -> (&'static str, &'static str) {
        match self {
            ParameterValue::Number(_) => ("数", "a number"),
            ParameterValue::Text(_) => ("文字", "a text"),
            ParameterValue::Date(_) => ("日期（如 2024-04-30）", "a date (such as 2024-04-30)"),
            ParameterValue::YesNo(_) => ("true 或 false", "true or false"),
        }
    }
}

/// A fault without a place in a file: of what the user gave as an argument.
pub(super) fn argument_fault(code: &'static str, message: Localized, help: Option<Localized>) -> PackFault {
    PackFault {
        level: crate::diag::Level::Error,
        code,
        file: String::new(),
        span: 0..0,
        line: 0,
        column: 0,
        message,
        help,
    }
}
