//! 问题归类: findings by root cause, so that one wrong column is one line with a count, however many records it spoils.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Url, Worksheet, XlsxError};
use rustc_hash::FxHashSet;

use super::{Book, SHEET_ROWS, cell_text, row_height};
use crate::finding::{Finding, Outcome, Severity};
use crate::model::{cell_name, column_name};
use crate::render::view::FindingView;
use crate::render::{links, words};

/// Lines that are written; the others are the rarest ones.
const LINES: usize = 5_000;

const COLUMNS: [(&str, &str, f64); 12] = [
    ("程度", "Severity", 8.0),
    ("结果", "Outcome", 9.0),
    ("举措", "Measure", 18.0),
    ("问题", "Rule", 20.0),
    ("文件", "File", 24.0),
    ("工作表", "Sheet", 14.0),
    ("列", "Column", 7.0),
    ("数量", "Count", 8.0),
    ("单位数", "Units", 8.0),
    ("首例位置", "First cell", 9.0),
    ("首例情况", "First finding", 36.0),
    ("整改建议", "What to do", 30.0),
];

/// Rule, item, outcome, reason, file, sheet and column: what one wrong column has in common.
type Cause<'a> = (u32, Option<u32>, Outcome, Option<String>, Option<&'a str>, Option<&'a str>, Option<u32>);

struct Line<'a> {
    first: &'a Finding,
    count: u64,
    units: FxHashSet<&'a str>,
}

pub(super) fn add(book: &Book, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    book.set_up(sheet, "问题归类", "Causes")?;
    let (lang, styles) = (book.lang(), &book.styles);
    for (column, (zh, en, width)) in COLUMNS.iter().enumerate() {
        sheet.set_column_width(column as u16, *width)?;
        sheet.write_string_with_format(0, column as u16, words::pick(lang, zh, en), &styles.header)?;
    }
    sheet.set_row_height(0, 26)?;
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_repeat_rows(0, 0)?;
    let lines = lines(book);
    sheet.autofilter(0, 0, lines.len().clamp(1, SHEET_ROWS - 1) as u32, COLUMNS.len() as u16 - 1)?;
    if lines.is_empty() {
        return sheet
            .write_string_with_format(1, 0, book.pick("没有发现问题。", "Nothing was found."), &styles.note)
            .map(|_| ());
    }
    for (index, line) in lines.iter().enumerate() {
        let row = index as u32 + 1;
        let view = FindingView::new(book.report, line.first, lang, book.options.masking);
        let place = &line.first.location;
        let (title, advice) = (view.title(), view.advice(book.report));
        let measure = book.measure(&view.rule.measure);
        let column = place.column.map(column_name).unwrap_or_default();
        let (file, name) = (place.file.as_deref().unwrap_or_default(), place.sheet.as_deref().unwrap_or_default());
        let tint = styles.tint(line.first.outcome, line.first.severity);
        sheet.write_string_with_format(row, 0, words::severity(line.first.severity, lang), tint)?;
        sheet.write_string_with_format(row, 1, words::judged(line.first.outcome, line.first.severity, lang), tint)?;
        let texts: [(u16, &str); 7] =
            [(2, &measure), (3, &title), (4, file), (5, name), (6, &column), (10, view.found()), (11, &advice)];
        for (column, text) in texts {
            sheet.write_string_with_format(row, column, cell_text(text), styles.cell.of(text))?;
        }
        sheet.write_number_with_format(row, 7, line.count as f64, &styles.number)?;
        sheet.write_number_with_format(row, 8, line.units.len() as f64, &styles.number)?;
        let cell = place.row.map(|row| cell_name(row, place.column.unwrap_or(0))).unwrap_or_default();
        let address = links::address(book.options, file);
        // The library knows relative addresses only; absolute ones stand in the list of findings.
        match address.filter(|address| !cell.is_empty() && !address.starts_with("file:")) {
            Some(address) => {
                let is_text = book.report.inputs.iter().any(|input| *input.file == *file && input.is_text());
                let anchor = links::anchor(place).filter(|_| !is_text);
                let target = anchor.map_or_else(|| address.clone(), |anchor| format!("{address}#{anchor}"));
                let url = Url::new(format!("file:///{target}"));
                sheet.write_url_with_format(row, 9, url.set_text(cell), &styles.link)?;
            }
            None => {
                sheet.write_string_with_format(row, 9, &cell, styles.cell.of(&cell))?;
            }
        }
        let heights = texts.map(|(column, text)| (text, COLUMNS[usize::from(column)].2));
        sheet.set_row_height(row, row_height(heights))?;
    }
    Ok(())
}

/// The causes in the order of the list of findings, most findings first.
fn lines<'a>(book: &Book<'a>) -> Vec<Line<'a>> {
    let mut causes: BTreeMap<Cause<'a>, Line<'a>> = BTreeMap::new();
    for finding in &book.report.findings {
        let place = &finding.location;
        let reason = finding.reason.as_ref().map(|reason| words::reason(book.report, reason, book.lang()));
        let cause = (
            finding.rule,
            finding.item,
            finding.outcome,
            reason,
            place.file.as_deref(),
            place.sheet.as_deref(),
            place.column,
        );
        let line =
            causes.entry(cause).or_insert_with(|| Line { first: finding, count: 0, units: FxHashSet::default() });
        // One finding for a column that is absent stands for all of its records.
        line.count += if finding.outcome == Outcome::Undetermined { finding.records.max(1) } else { 1 };
        line.units.insert(&finding.unit);
    }
    let mut lines: Vec<Line> = causes.into_values().collect();
    let rank = |line: &Line| (line.first.outcome != Outcome::Violated, line.first.severity == Severity::Advice);
    lines.sort_by_key(|line| (rank(line), u64::MAX - line.count));
    lines.truncate(LINES);
    lines
}
