//! 规则说明: every rule with its demand, its document and clause, its parameters, how open questions were settled, and how it came out.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::{Book, cell_text, row_height};
use crate::finding::{NotRun, RuleInfo};
use crate::render::overview::Counts;
use crate::render::words;

/// Columns that are printed; the others are for the screen.
const PRINTED: u16 = 9;

const COLUMNS: [(&str, &str, f64); 11] = [
    ("举措", "Measure", 16.0),
    ("规则", "Rule", 16.0),
    ("程度", "Severity", 7.0),
    ("台账", "Ledger", 14.0),
    ("要求", "What is required", 28.0),
    ("依据", "Document and clause", 28.0),
    ("参数", "Parameters", 22.0),
    ("解释口径", "Interpretation", 26.0),
    ("核查结果", "Results", 14.0),
    ("整改建议", "What to do", 28.0),
    ("规则编号", "Rule id", 22.0),
];

pub(super) fn add(book: &Book, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    book.set_up(sheet, "规则说明", "Rules")?;
    for (column, (zh, en, width)) in COLUMNS.iter().enumerate() {
        sheet.set_column_width(column as u16, *width)?;
        sheet.write_string_with_format(0, column as u16, words::pick(book.lang(), zh, en), &book.styles.header)?;
    }
    sheet.set_row_height(0, 26)?;
    sheet.set_freeze_panes(1, 2)?;
    sheet.set_repeat_rows(0, 0)?;
    let not_run: BTreeMap<u32, &NotRun> = book.report.not_run.iter().map(|not_run| (not_run.rule, not_run)).collect();
    let mut row = 1;
    for place in 0..book.report.rules.len() {
        write(book, sheet, row, place, not_run.get(&(place as u32)).copied())?;
        row += 1;
    }
    sheet.set_print_area(0, 0, row - 1, PRINTED - 1)?;
    if row > 1 {
        sheet.autofilter(0, 0, row - 1, COLUMNS.len() as u16 - 1)?;
    }
    pack_faults(book, sheet, row + 1)
}

fn write(
    book: &Book,
    sheet: &mut Worksheet,
    row: u32,
    place: usize,
    not_run: Option<&NotRun>,
) -> Result<(), XlsxError> {
    let rule: &RuleInfo = &book.report.rules[place];
    let lang = book.lang();
    let mut measure = book.measure(&rule.measure);
    for also in &rule.also {
        measure.push_str(&format!("\n{also}"));
    }
    let citations: Vec<&str> = rule.citations.iter().map(|citation| citation.get(lang)).collect();
    let parameters: Vec<String> = rule.parameters.iter().map(|info| words::parameter(info, lang)).collect();
    let result = match not_run {
        Some(not_run) => {
            let reason = words::reason(book.report, &not_run.reason, lang);
            format!("{}{reason}", book.pick("未执行：", "not run: "))
        }
        None => results(book, &book.overview.rules[place]),
    };
    let required = words::required(rule, lang);
    let style = if not_run.is_some() { &book.styles.faint } else { &book.styles.cell };
    let interpretation = rule.interpretation.as_ref().map(|text| text.get(lang)).unwrap_or_default();
    let texts = [
        (0, measure.as_str()),
        (1, rule.title.get(lang)),
        (3, rule.ledger_name.get(lang)),
        (4, &required),
        (5, &citations.join("\n")),
        (6, &parameters.join("\n")),
        (7, interpretation),
        (8, &result),
        (9, rule.fix.get(lang)),
    ];
    sheet.set_row_height(row, row_height(texts.map(|(column, text)| (text, COLUMNS[usize::from(column)].2))))?;
    for (column, text) in texts {
        sheet.write_string_with_format(row, column, cell_text(text), style.of(text))?;
    }
    let tint = match not_run {
        Some(_) => style.of(""),
        None => book.styles.tint(crate::finding::Outcome::Violated, rule.severity),
    };
    sheet.write_string_with_format(row, 2, words::severity(rule.severity, lang), tint)?;
    sheet.write_string_with_format(row, 10, &*rule.id, book.styles.small.of(&rule.id))?;
    Ok(())
}

fn results(book: &Book, counts: &Counts) -> String {
    let parts = [
        ("合规", "met", counts.met + counts.advice_met),
        ("不合规", "violated", counts.violated()),
        ("提示", "advice", counts.advice),
        ("无法判定", "undetermined", counts.undetermined),
        ("不适用", "not applicable", counts.not_applicable),
        ("未到期", "not yet due", counts.not_yet_due),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(_, _, count)| *count > 0)
        .map(|(zh, en, count)| format!("{} {count}", words::pick(book.lang(), zh, en)))
        .collect();
    if said.is_empty() {
        return book.pick("没有适用的记录", "nothing to judge").to_owned();
    }
    said.join(book.pick("，", ", "))
}

/// Faults of packs that were left out, under the table.
fn pack_faults(book: &Book, sheet: &mut Worksheet, row: u32) -> Result<(), XlsxError> {
    if book.report.pack_faults.is_empty() {
        return Ok(());
    }
    let last = PRINTED - 1;
    let title =
        book.pick("规则包中的错误（有错的规则没有执行）", "Faults in rule packs (the rules at fault did not run)");
    sheet.merge_range(row, 0, row, last, title, &book.styles.section)?;
    for (index, fault) in book.report.pack_faults.iter().enumerate() {
        let row = row + 1 + index as u32;
        sheet.set_print_area(0, 0, row, last)?;
        let help = fault.help.as_ref().map(|help| help.get(book.lang())).unwrap_or_default();
        let text = format!("{}:{}:{}　{} {help}", fault.file, fault.line, fault.column, fault.message.get(book.lang()));
        sheet.merge_range(row, 0, row, last, cell_text(&text), &book.styles.warning_note)?;
    }
    Ok(())
}
