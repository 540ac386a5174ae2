//! The rules' own cases.

use std::sync::Arc;

use super::tree::Tree;

use super::codes;
use super::fields::unknown_field;
use super::node::{Node, Sink, Table, unknown};
use super::rules::Kinds;
use super::source::Parsed;
use super::templates;
use crate::diag::line_and_column;
use crate::finding::{Outcome, Tally};
use crate::model::{Date, Localized, Period};

/// The records of one ledger of a case, as (field, text) pairs.
pub type CaseRecords = Vec<Vec<(String, String)>>;

/// One case of one rule: ledgers, and how the rule must come out on them.
#[derive(Clone, Debug)]
pub struct Case {
    /// The pack that is in force: the one whose file holds the case.
    pub pack: Arc<str>,
    pub rule: Arc<str>,
    pub name: String,
    pub as_of: Date,
    pub period: Option<Period>,
    /// Parameter and value as a user would give them.
    pub params: Vec<(String, String)>,
    /// Whether completeness is declared, as with `--complete`.
    pub complete: bool,
    pub expect: Expect,
    /// Ledger kind and records, in the order of the file.
    pub ledgers: Vec<(Arc<str>, CaseRecords)>,
    pub file: Arc<str>,
    /// The line of the case in its file, from 1.
    pub line: u32,
}

/// How a case must come out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expect {
    /// There is at least one result, and every one has this outcome.
    Only(Outcome),
    /// Exactly these counts.
    Counts(Tally),
}

impl Expect {
    /// Whether the counts are what the case expects.
    pub fn holds(&self, counts: &Tally) -> bool {
        match self {
            Expect::Only(outcome) => counts.get(*outcome) > 0 && counts.get(*outcome) == counts.total(),
            Expect::Counts(expected) => expected == counts,
        }
    }

    /// Whether the case shows this outcome.
    pub fn shows(&self, outcome: Outcome) -> bool {
        match self {
            Expect::Only(only) => *only == outcome,
            Expect::Counts(counts) => counts.get(outcome) > 0,
        }
    }
}

/// What cases may name.
#[derive(Clone, Copy)]
pub(super) struct Known<'k> {
    /// The ids of the rules that are in force with the pack.
    pub rules: &'k [Arc<str>],
    pub kinds: &'k Kinds,
    /// Whether a rule that is not known is a fault of the case, and not of the file in which the rule should be.
    pub tells_unknown: bool,
}

/// Reads `<pack>/<topic>.cases.toml`.
pub(super) fn read(parsed: &Parsed<'_>, pack: &Arc<str>, known: Known<'_>, cases: &mut Vec<Case>, sink: &Sink) {
    let root = Table::root(parsed);
    let tables = root.tables("case", sink);
    root.finish(sink);
    for table in &tables {
        if parsed.is_broken(table.place().span.start) {
            continue;
        }
        let before = sink.len();
        let case = case(table, parsed, pack, known, sink);
        if !sink.failed_since(before) {
            cases.extend(case);
        }
    }
}

fn case(
    table: &Table<'_>,
    parsed: &Parsed<'_>,
    pack: &Arc<str>,
    Known { rules, kinds, tells_unknown }: Known<'_>,
    sink: &Sink,
) -> Option<Case> {
    let given = table.get("ledgers").map(|node| templates::ledgers_of(&node)).unwrap_or_default();
    let rule = table.need("rule", sink).and_then(|node| {
        let word = node.word(sink)?;
        let rule = templates::rule_of_case(word, &given, rules);
        if rule.is_none() && tells_unknown {
            unknown(sink, node.place(), codes::UNKNOWN_RULE, ("规则", "rule"), word, rules.iter().map(|id| &**id));
        }
        rule
    });
    let name = table.need_word("name", sink);
    let as_of = table.get("as_of").and_then(|node| node.date(sink));
    let period = table.get("period").and_then(|node| period(&node, sink));
    let params = table.get("params").and_then(|node| node.table(sink)).map(|table| params(&table, sink));
    let complete = table.flag("complete", sink);
    let expect = table.need("expect", sink).and_then(|node| expect(&node, sink));
    let ledgers = table.need("ledgers", sink).and_then(|node| node.table(sink));
    let mut read = Vec::new();
    for (place, key, node) in ledgers.map(|table| table.entries()).unwrap_or_default() {
        let Some(kind) = kinds.get(key) else {
            let known = kinds.keys().map(|id| &**id);
            unknown(sink, place, codes::UNKNOWN_KIND, ("台账种类", "ledger kind"), key, known);
            continue;
        };
        let mut records = CaseRecords::new();
        for item in node.items(sink).unwrap_or_default() {
            let Some(table) = item.table(sink) else { continue };
            let mut record = Vec::new();
            for (place, field, value) in table.entries() {
                // The headings of a wide layout are no fields.
                let is_wide =
                    || kind.wide.iter().any(|wide| wide.headings.iter().any(|word| field.contains(word.as_str())));
                if kind.field(field).is_none() && !is_wide() {
                    unknown_field(sink, place, field, &kind.fields);
                }
                record.extend(cell(&value, sink).map(|text| (field.to_owned(), text)));
            }
            records.push(record);
        }
        read.push((kind.id.clone(), records));
    }
    table.finish(sink);
    let (line, _) = line_and_column(&parsed.file.text, table.place().span.start);
    Some(Case {
        pack: pack.clone(),
        rule: rule?.clone(),
        name: name?.to_owned(),
        // The day on which cases are judged that do not say one.
        as_of: as_of.or_else(|| Date::new(2024, 1, 15))?,
        period,
        params: params.unwrap_or_default(),
        complete,
        expect: expect?,
        ledgers: read,
        file: parsed.file.path.clone(),
        line,
    })
}

/// The text of a cell; a number or date without quotes is what a clerk would write for it.
fn cell(node: &Node<'_>, sink: &Sink) -> Option<String> {
    match node.value {
        Tree::Text(text) => Some((*text).to_owned()),
        Tree::Whole(_, number) => Some((*number).to_owned()),
        Tree::Fraction(number) => Some((*number).to_owned()),
        Tree::Date(_) => node.date(sink).map(|date| date.to_string()),
        Tree::Flag(_) | Tree::List(_) | Tree::Table(_) => {
            node.wrong_type(sink, "单元格的文字", "the text of a cell");
            None
        }
    }
}

fn params(table: &Table<'_>, sink: &Sink) -> Vec<(String, String)> {
    let mut params = Vec::new();
    for (_, key, node) in table.entries() {
        let text = match node.value {
            Tree::Flag(value) => Some(value.to_string()),
            _ => cell(&node, sink),
        };
        params.extend(text.map(|text| (key.to_owned(), text)));
    }
    params
}

fn period(node: &Node<'_>, sink: &Sink) -> Option<Period> {
    let word = node.word(sink)?;
    let period = Period::parse(word);
    if period.is_none() {
        let message = Localized::new(format!("“{word}”不是所属期"), format!("`{word}` is no period"));
        let help = Localized::new("如 2023Q4、2023H1、2023-11、2023", "such as 2023Q4, 2023H1, 2023-11, 2023");
        sink.error(node.place(), codes::BAD_PERIOD, message, Some(help));
    }
    period
}

fn expect(node: &Node<'_>, sink: &Sink) -> Option<Expect> {
    let known = || Outcome::ALL.iter().map(|outcome| outcome.code());
    if let Tree::Text(word) = node.value {
        let outcome = Outcome::parse(word);
        if outcome.is_none() {
            unknown(sink, node.place(), codes::UNKNOWN_WORD, ("判定结果", "outcome"), word, known());
        }
        return outcome.map(Expect::Only);
    }
    let mut counts = Tally::default();
    for (place, key, value) in node.table(sink)?.entries() {
        let Some(outcome) = Outcome::parse(key) else {
            unknown(sink, place, codes::UNKNOWN_WORD, ("判定结果", "outcome"), key, known());
            continue;
        };
        let count = value.whole(sink, 0..1_000_000)?;
        counts.add(outcome, u64::try_from(count).ok()?);
    }
    Some(Expect::Counts(counts))
}
