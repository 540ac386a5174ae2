//! Reads reports of earlier runs back: what was found, and what people wrote into the list of findings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value as Json;

use crate::diag::{FaultKind, InputFault};
use crate::finding::{Earlier, Entry, Outcome, Severity};
use crate::map::value::{self, Conversions, DateContext, Reading, Value};
use crate::model::{Date, Localized};
use crate::read::{Cell, DAY_ZERO, Opened, ReadOptions, Row, Sheet, open};

/// Headings of the list of findings, in both languages of the output.
const FINGERPRINT: [&str; 3] = ["问题编号", "Fingerprint", "fingerprint"];
const TITLE: [&str; 2] = ["问题", "Rule"];
const MEASURE: [&str; 3] = ["举措", "Measure", "measure"];
const SEVERITY: [&str; 3] = ["程度", "Severity", "severity"];
const OUTCOME: [&str; 3] = ["结果", "Outcome", "outcome"];
const UNIT: [&str; 3] = ["单位", "Unit", "unit"];
const MESSAGE: [&str; 3] = ["发现的情况", "What was found", "message"];
const EXPLANATION: [&str; 2] = ["情况说明", "Explanation"];
const ACTION: [&str; 2] = ["整改措施", "Measures taken"];
const RESPONSIBLE: [&str; 2] = ["责任人", "Responsible"];
const DUE: [&str; 2] = ["整改期限", "Due by"];
const WAIVED: [&str; 2] = ["豁免至", "Waived until"];
/// What stands before the review date on the first sheet.
const AS_OF: [&str; 2] = ["核查日期：", "As of: "];

/// The findings of an earlier report in a workbook, a return copy, or a CSV file.
///
/// The list is the sheet with a column 问题编号 (or Fingerprint); a file without one is refused.
pub fn earlier_report(path: &Path, options: &ReadOptions) -> Result<Earlier, InputFault> {
    let mut as_of = None;
    for opened in open(path, options) {
        match opened {
            Opened::Fault { fault, .. } => return Err(fault),
            Opened::Document(document) => {
                for sheet in document.sheets {
                    match read_sheet(sheet)? {
                        Sheets::List(entries) => return Ok(Earlier { as_of, entries, judged: None }),
                        Sheets::Other(date) => as_of = as_of.or(date),
                    }
                }
            }
        }
    }
    Err(InputFault::new(
        FaultKind::Unrecognised,
        Localized::new(
            "不是上次的问题清单：没有“问题编号”一列。",
            "This is no earlier list of findings: it has no column “Fingerprint”.",
        ),
        Localized::new(
            "请给出 taizhang 写出的结果工作簿或 JSON 报告。",
            "Give a workbook or a JSON report that taizhang wrote.",
        ),
    ))
}

/// The findings of an earlier JSON report; `None` where the text is none.
pub fn earlier_json(text: &str) -> Option<Earlier> {
    let report: Json = serde_json::from_str(text).ok()?;
    if report["format"] != "taizhang-report" {
        return None;
    }
    let word = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let titled = |list: &str| -> Option<BTreeMap<&str, &str>> {
        let titled = report[list].as_array()?.iter();
        Some(titled.filter_map(|one| Some((one["id"].as_str()?, one["title"].as_str()?))).collect())
    };
    let (titles, measures) = (titled("rules")?, titled("measures").unwrap_or_default());
    let mut entries = BTreeMap::new();
    for finding in report["findings"].as_array()? {
        let entry = Entry {
            title: finding["rule"]
                .as_str()
                .and_then(|id| titles.get(id))
                .map(|&title| title.to_owned())
                .unwrap_or_default(),
            measure_title: finding["measure"]
                .as_str()
                .and_then(|id| measures.get(id))
                .map(|&title| title.to_owned())
                .unwrap_or_default(),
            measure: word(&finding["measure"]),
            severity: finding["severity"].as_str().and_then(Severity::parse),
            outcome: finding["outcome"].as_str().and_then(Outcome::parse),
            unit: word(&finding["unit"]),
            message: word(&finding["message"]),
            ..Entry::default()
        };
        entries.insert(finding["fingerprint"].as_str()?.to_owned(), entry);
    }
    let has_result = |tally: &Json| {
        let codes = [Outcome::Met, Outcome::Violated, Outcome::Undetermined, Outcome::NotApplicable].map(Outcome::code);
        codes.iter().any(|code| tally[*code].as_u64().unwrap_or(0) > 0)
    };
    let judged: Option<BTreeSet<String>> = report["tallies"]
        .as_array()
        .map(|tallies| tallies.iter().filter(|tally| has_result(tally)).map(|tally| word(&tally["measure"])).collect());
    let as_of = report["run"]["as_of"].as_str().and_then(Date::parse_iso);
    Some(Earlier { as_of, entries, judged })
}

/// A date as people write it into the list: a real date, or one of the usual spellings.
pub fn written_date(text: &str, as_of: Date) -> Option<Date> {
    let context = DateContext { period: None, as_of, day_zero: DAY_ZERO, is_text: false };
    match value::date(Cell::Text(text), &context, &mut Conversions::default()) {
        Reading::Value(Value::Date(date)) => Some(date),
        _ => None,
    }
}

/// What a sheet of an earlier report is.
enum Sheets {
    List(BTreeMap<String, Entry>),
    /// Another one, with the review date where it stands there.
    Other(Option<Date>),
}

/// Rows of a sheet among which the review date is looked for.
const FIRST_ROWS: usize = 8;

fn read_sheet(mut sheet: Sheet) -> Result<Sheets, InputFault> {
    let mut row = Row::default();
    if !sheet.rows.next_row(&mut row)? {
        return Ok(Sheets::Other(None));
    }
    let headings: Vec<String> = row.iter().map(text).collect();
    let find = |names: &[&str]| headings.iter().position(|heading| names.contains(&heading.trim()));
    let Some(fingerprint) = find(&FINGERPRINT) else {
        for _ in 0..FIRST_ROWS {
            if let Some(date) = row.iter().find_map(review_date) {
                return Ok(Sheets::Other(Some(date)));
            }
            if !sheet.rows.next_row(&mut row)? {
                break;
            }
        }
        return Ok(Sheets::Other(None));
    };
    let columns = [
        &TITLE[..],
        &MEASURE,
        &SEVERITY,
        &OUTCOME,
        &UNIT,
        &MESSAGE,
        &EXPLANATION,
        &ACTION,
        &RESPONSIBLE,
        &DUE,
        &WAIVED,
    ]
    .map(find);
    let mut entries = BTreeMap::new();
    while sheet.rows.next_row(&mut row)? {
        let id = text(row.get(fingerprint));
        if id.trim().is_empty() {
            continue;
        }
        let [title, measure, severity, outcome, unit, message, explanation, action, responsible, due, waived_until] =
            columns.map(|column| column.map(|column| text(row.get(column))).unwrap_or_default());
        let severity =
            Severity::ALL.into_iter().find(|one| [one.zh(), one.en(), one.code()].contains(&severity.trim()));
        let entry = Entry {
            title,
            // The cell shows the number and the title.
            measure_title: measure
                .trim()
                .split_once(char::is_whitespace)
                .map(|(_, title)| title.trim().to_owned())
                .unwrap_or_default(),
            measure: measure.split_whitespace().next().unwrap_or_default().to_owned(),
            severity,
            // Advice is shown in place of the outcome.
            outcome: Outcome::ALL
                .into_iter()
                .find(|one| [one.zh(), one.en(), one.code()].contains(&outcome.trim()))
                .or((severity == Some(Severity::Advice)).then_some(Outcome::Violated)),
            unit,
            message,
            explanation,
            action,
            responsible,
            due,
            waived_until,
        };
        entries.insert(id.trim().to_owned(), entry);
    }
    Ok(Sheets::List(entries))
}

fn review_date(cell: Cell<'_>) -> Option<Date> {
    let Cell::Text(text) = cell else { return None };
    let rest = AS_OF.iter().find_map(|label| text.strip_prefix(label))?;
    Date::parse_iso(rest.get(..10)?)
}

/// A cell as text; dates in the form that is read back exactly.
fn text(cell: Cell<'_>) -> String {
    match cell {
        Cell::Text(text) => text.to_owned(),
        Cell::Number { value, .. } => value.to_string(),
        Cell::DateTime { days, .. } => Date::from_days(days).map(|date| date.to_string()).unwrap_or_default(),
        Cell::Bool(value) => value.to_string(),
        Cell::Empty | Cell::Error(_) | Cell::Uncomputed => String::new(),
    }
}
