//! Reads what people wrote into an earlier findings workbook, so that the next run can follow it up.

use std::collections::BTreeMap;
use std::path::Path;

use crate::diag::{FaultKind, InputFault};
use crate::finding::Entry;
use crate::map::value::{self, Conversions, DateContext, Reading, Value};
use crate::model::{Date, Localized};
use crate::read::{Cell, Opened, ReadOptions, Row, Sheet, open};

/// Headings of the list of findings, in both languages of the output.
const FINGERPRINT: [&str; 3] = ["问题编号", "Fingerprint", "fingerprint"];
const TITLE: [&str; 2] = ["问题", "Rule"];
const UNIT: [&str; 3] = ["单位", "Unit", "unit"];
const MESSAGE: [&str; 3] = ["发现的情况", "What was found", "message"];
const EXPLANATION: [&str; 2] = ["情况说明", "Explanation"];
const ACTION: [&str; 2] = ["整改措施", "Measures taken"];
const RESPONSIBLE: [&str; 2] = ["责任人", "Responsible"];
const DUE: [&str; 2] = ["整改期限", "Due by"];
const WAIVED: [&str; 2] = ["豁免至", "Waived until"];

/// The entries of an earlier list of findings, by fingerprint.
///
/// The list is the sheet with a column 问题编号 (or Fingerprint); a workbook or CSV file without one is refused.
pub fn previous_entries(path: &Path, options: &ReadOptions) -> Result<BTreeMap<String, Entry>, InputFault> {
    for opened in open(path, options) {
        match opened {
            Opened::Fault { fault, .. } => return Err(fault),
            Opened::Document(document) => {
                for sheet in document.sheets {
                    if let Some(entries) = entries(sheet)? {
                        return Ok(entries);
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
        Localized::new("请给出 taizhang 写出的 findings.xlsx。", "Give a findings.xlsx that taizhang wrote."),
    ))
}

/// A date as people write it into the list: a real date, or one of the usual spellings.
pub fn written_date(text: &str, as_of: Date) -> Option<Date> {
    let context = DateContext { period: None, as_of };
    match value::date(Cell::Text(text), &context, &mut Conversions::default()) {
        Reading::Value(Value::Date(date)) => Some(date),
        _ => None,
    }
}

fn entries(mut sheet: Sheet) -> Result<Option<BTreeMap<String, Entry>>, InputFault> {
    let mut row = Row::default();
    if !sheet.rows.next_row(&mut row)? {
        return Ok(None);
    }
    let headings: Vec<String> = row.iter().map(text).collect();
    let find = |names: &[&str]| headings.iter().position(|heading| names.contains(&heading.trim()));
    let Some(fingerprint) = find(&FINGERPRINT) else {
        return Ok(None);
    };
    let columns = [&TITLE[..], &UNIT, &MESSAGE, &EXPLANATION, &ACTION, &RESPONSIBLE, &DUE, &WAIVED].map(find);
    let mut entries = BTreeMap::new();
    while sheet.rows.next_row(&mut row)? {
        let id = text(row.get(fingerprint));
        if id.trim().is_empty() {
            continue;
        }
        let [title, unit, message, explanation, action, responsible, due, waived_until] =
            columns.map(|column| column.map(|column| text(row.get(column))).unwrap_or_default());
        let entry = Entry { title, unit, message, explanation, action, responsible, due, waived_until };
        entries.insert(id.trim().to_owned(), entry);
    }
    Ok(Some(entries))
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
