//! 问题清单: every finding in a row, with the columns that the follow-up fills in.

use std::collections::BTreeMap;

use rust_xlsxwriter::{
    ConditionalFormatFormula, DataValidation, DataValidationRule, ExcelDateTime, Url, Worksheet, XlsxError,
};

use super::{Book, SHEET_ROWS, cell_text, row_height};
use crate::finding::{Finding, Outcome, Report};
use crate::render::links;
use crate::render::view::FindingView;
use crate::render::words;

/// Links that Excel allows on a sheet.
const LINKS: usize = 65_530;
/// Columns that are printed; the others are for the screen.
const PRINTED: u16 = 13;

/// Heading in Chinese and English, and width.
const COLUMNS: [(&str, &str, f64); 23] = [
    ("序号", "No.", 6.0),
    ("程度", "Severity", 7.0),
    ("结果", "Outcome", 9.0),
    ("举措", "Measure", 17.0),
    ("问题", "Rule", 16.0),
    ("单位", "Unit", 19.0),
    ("所属期", "Period", 12.0),
    ("发现的情况", "What was found", 36.0),
    ("要求", "What is required", 28.0),
    ("整改建议", "What to do", 26.0),
    ("文件", "File", 18.0),
    ("工作表", "Sheet", 12.0),
    ("位置", "Cell", 8.0),
    ("核查对象", "Key", 24.0),
    ("数据", "Values seen", 28.0),
    ("依据", "Document and clause", 40.0),
    ("涉及记录", "Records", 9.0),
    ("情况说明", "Explanation", 24.0),
    ("整改措施", "Measures taken", 24.0),
    ("责任人", "Responsible", 12.0),
    ("整改期限", "Due by", 12.0),
    ("豁免至", "Waived until", 12.0),
    ("问题编号", "Fingerprint", 19.0),
];
const FOLLOW_UP: std::ops::Range<u16> = 17..22;

/// The positions of the findings in the order of the list: violations before advice before what could not be judged, errors first.
pub(super) fn order(report: &Report) -> Vec<u32> {
    let rank = |finding: &Finding| (finding.outcome != Outcome::Violated, finding.severity);
    let mut order: Vec<u32> = (0..report.findings.len() as u32).collect();
    order.sort_by_key(|&place| rank(&report.findings[place as usize]));
    order.truncate(SHEET_ROWS - 1);
    order
}

pub(super) fn add(book: &Book, sheet: &mut Worksheet, order: &[u32]) -> Result<(), XlsxError> {
    book.set_up(sheet, "问题清单", "Findings")?;
    let last_row = order.len() as u32;
    let last_column = COLUMNS.len() as u16 - 1;
    sheet.set_freeze_panes(1, 1)?;
    sheet.autofilter(0, 0, last_row, last_column)?;
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_print_area(0, 0, last_row, PRINTED - 1)?;
    let styles = &book.styles;
    for (column, (_, _, width)) in COLUMNS.iter().enumerate() {
        let column = column as u16;
        sheet.set_column_width(column, *width)?;
        sheet.set_column_format(
            column,
            match column {
                0 | 12 | 16 => &styles.column_centre,
                column if column == FOLLOW_UP.end => &styles.column_small,
                column if column + 2 >= FOLLOW_UP.end => &styles.date_input,
                column if column >= FOLLOW_UP.start => &styles.text_input,
                _ => &styles.column,
            },
        )?;
    }
    if last_row > 0 {
        let lines = ConditionalFormatFormula::new().set_rule("=TRUE").set_format(&styles.lines);
        sheet.add_conditional_format(1, 0, last_row, last_column, &lines)?;
        follow_up(book, sheet, last_row)?;
    }
    sheet.set_row_height(0, 30)?;
    for (column, (zh, en, _)) in COLUMNS.iter().enumerate() {
        let column = column as u16;
        let style = if FOLLOW_UP.contains(&column) { &book.styles.header_input } else { &book.styles.header };
        sheet.write_string_with_format(0, column, words::pick(book.lang(), zh, en), style)?;
    }
    let rules = rule_texts(book);
    let text_files = text_files(book.report);
    let mut links = 0;
    for (index, &place) in order.iter().enumerate() {
        let finding = &book.report.findings[place as usize];
        let view = FindingView::new(book.report, finding, book.lang(), book.options.masking);
        let is_text = finding.location.file.as_deref().is_some_and(|file| text_files.contains_key(file));
        let row = Row { book, number: index as u32 + 1, view, rule: &rules[finding.rule as usize], is_text };
        row.write(sheet, &mut links)?;
    }
    Ok(())
}

/// What all findings of a rule share.
struct RuleTexts {
    measure: String,
    citations: String,
}

fn rule_texts(book: &Book) -> Vec<RuleTexts> {
    let rules = book.report.rules.iter().map(|rule| {
        let citations: Vec<&str> = rule.citations.iter().map(|citation| citation.get(book.lang())).collect();
        RuleTexts { measure: book.measure(&rule.measure), citations: citations.join("\n") }
    });
    rules.collect()
}

fn text_files(report: &Report) -> BTreeMap<&str, ()> {
    let text = report.inputs.iter().filter(|input| input.is_text());
    text.map(|input| (&*input.file, ())).collect()
}

struct Row<'a, 'b> {
    book: &'b Book<'a>,
    number: u32,
    view: FindingView<'a>,
    rule: &'b RuleTexts,
    is_text: bool,
}

impl Row<'_, '_> {
    fn write(&self, sheet: &mut Worksheet, links: &mut usize) -> Result<(), XlsxError> {
        let (styles, view, lang, row) = (&self.book.styles, &self.view, self.book.lang(), self.number);
        let finding = view.finding;
        let place = &finding.location;
        let tint = styles.tint(finding.outcome, finding.severity);
        let title = view.title();
        let period = finding.period.map(|period| words::period(period, lang)).unwrap_or_default();
        let advice = view.advice(self.book.report);
        let texts: [(u16, &str); 9] = [
            (3, &self.rule.measure),
            (4, &title),
            (5, words::unit(&view.unit, lang)),
            (6, &period),
            (7, view.found()),
            (8, &view.required),
            (9, &advice),
            (10, place.file.as_deref().unwrap_or_default()),
            (11, place.sheet.as_deref().unwrap_or_default()),
        ];
        // Only what is printed decides the height: the long columns beyond are read one at a time.
        let height = row_height(texts.map(|(column, text)| (text, COLUMNS[usize::from(column)].2)));
        sheet.set_row_height(row, height)?;
        sheet.write_number(row, 0, self.number)?;
        sheet.write_string_with_format(row, 1, words::severity(finding.severity, lang), tint)?;
        sheet.write_string_with_format(row, 2, words::result(finding, lang), tint)?;
        for (column, text) in texts {
            self.text(sheet, column, text)?;
        }
        self.place(sheet, links)?;
        self.text(sheet, 13, &words::pairs(view.key(), lang))?;
        self.text(sheet, 14, &words::pairs(view.values(), lang))?;
        self.text(sheet, 15, &self.rule.citations)?;
        sheet.write_number(row, 16, finding.records.max(1) as f64)?;
        self.text(sheet, FOLLOW_UP.end, &finding.fingerprint)
    }

    fn text(&self, sheet: &mut Worksheet, column: u16, text: &str) -> Result<(), XlsxError> {
        match self.book.styles.cell.quoted(text) {
            _ if text.is_empty() => {}
            None => {
                sheet.write_string(self.number, column, cell_text(text))?;
            }
            Some(format) => {
                sheet.write_string_with_format(self.number, column, cell_text(text), format)?;
            }
        }
        Ok(())
    }

    fn place(&self, sheet: &mut Worksheet, links: &mut usize) -> Result<(), XlsxError> {
        let place = &self.view.finding.location;
        let lang = self.book.lang();
        let text = match (&self.view.cell, self.view.row) {
            (Some(cell), _) => cell.clone(),
            (None, Some(row)) => words::row(row, lang).trim_start().to_owned(),
            (None, None) if place.file.is_some() => words::pick(lang, "打开", "open").to_owned(),
            (None, None) => String::new(),
        };
        let target = self.book.options.target.as_deref();
        if *links < LINKS
            && let Some(address) = links::address(target, place, self.is_text)
            && sheet
                .write_url_with_options(self.number, 12, Url::new(address), &text, "", Some(&self.book.styles.link))
                .is_ok()
        {
            *links += 1;
            return Ok(());
        }
        self.text(sheet, 12, &text)
    }
}

/// Dates and hints for the columns that people fill in.
fn follow_up(book: &Book, sheet: &mut Worksheet, last_row: u32) -> Result<(), XlsxError> {
    let last = FOLLOW_UP.end - 1;
    let dates = DataValidation::new()
        .allow_date(DataValidationRule::GreaterThanOrEqualTo(ExcelDateTime::from_ymd(2000, 1, 1)?))
        .set_error_title(book.pick("不是日期", "Not a date"))?
        .set_error_message(book.pick("请填写日期，如 2024-03-31。", "Please write a date such as 2024-03-31."))?;
    let due = dates.clone().set_input_message(book.pick("完成整改的最后日期", "Last day for the correction"))?;
    let waived = dates.set_input_message(book.pick(
        "经批准暂不整改的，填写到期日，并在“情况说明”中写明理由",
        "Where a waiver was granted: its last day; state the reason under Explanation",
    ))?;
    sheet.add_data_validation(1, last - 1, last_row, last - 1, &due)?;
    sheet.add_data_validation(1, last, last_row, last, &waived)?;
    Ok(())
}
