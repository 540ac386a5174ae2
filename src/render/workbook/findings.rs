//! 问题清单: every finding in a row, with the columns that the follow-up fills in.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use rust_xlsxwriter::{
    ConditionalFormatFormula, DataValidation, DataValidationRule, ExcelDateTime, Format, Worksheet, XlsxError,
};

use super::stream::{self, Link, Prototypes, Rows};
use super::{Book, SHEET_ROWS, cell_text, row_height, style};
use crate::finding::{Finding, Location, Outcome, Report, Severity};
use crate::model::{cell_name, column_name};
use crate::render::view::FindingView;
use crate::render::{Options, links, overview, words};

/// Links that Excel allows on a sheet.
const LINKS: usize = 65_530;
/// Columns that are printed; the others are for the screen.
const PRINTED: u16 = 13;

/// Heading in Chinese and English, and width.
const COLUMNS: [(&str, &str, f64); 26] = [
    ("序号", "No.", 6.0),
    ("程度", "Severity", 7.0),
    ("结果", "Outcome", 13.0),
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
    ("该行内容", "Record", 40.0),
    ("相关记录", "Related records", 40.0),
    ("核查对象", "Key", 24.0),
    ("数据", "Values seen", 28.0),
    ("依据", "Document and clause", 40.0),
    ("涉及记录", "Records", 9.0),
    ("对照上次", "Standing", 10.0),
    ("情况说明", "Explanation", 24.0),
    ("整改措施", "Measures taken", 24.0),
    ("责任人", "Responsible", 12.0),
    ("整改期限", "Due by", 12.0),
    ("豁免至", "Waived until", 12.0),
    ("问题编号", "Fingerprint", 19.0),
];
const FOLLOW_UP: std::ops::Range<u16> = 20..25;

/// Lays the sheet out: heading, formats, filter, paper, and the prototypes of the cells that many rows share.
pub(super) fn add(book: &Book, sheet: &mut Worksheet, list: &List) -> Result<(), XlsxError> {
    book.set_up(sheet, "问题清单", "Findings")?;
    let last_row = list.order.len() as u32;
    let last_column = COLUMNS.len() as u16 - 1;
    sheet.set_freeze_panes(1, 1)?;
    sheet.autofilter(0, 0, last_row, last_column)?;
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_print_area(0, 0, last_row, PRINTED - 1)?;
    for (column, (zh, en, width)) in COLUMNS.iter().enumerate() {
        let column = column as u16;
        sheet.set_column_width(column, *width)?;
        sheet.set_column_format(column, column_format(book, column))?;
        let style = if FOLLOW_UP.contains(&column) { &book.styles.header_input } else { &book.styles.header };
        sheet.write_string_with_format(0, column, words::pick(book.lang(), zh, en), style)?;
    }
    sheet.set_row_height(0, 30)?;
    if last_row > 0 {
        let lines = ConditionalFormatFormula::new().set_rule("=TRUE").set_format(&book.styles.lines);
        sheet.add_conditional_format(1, 0, last_row, last_column, &lines)?;
        follow_up(book, sheet, last_row)?;
        list.write_prototypes(book, sheet)?;
    }
    Ok(())
}

fn column_format<'b>(book: &'b Book, column: u16) -> &'b Format {
    let styles = &book.styles;
    match column {
        0 | 12 | 18 | 19 => &styles.column_centre,
        column if column == FOLLOW_UP.end => &styles.column_small,
        column if column + 2 >= FOLLOW_UP.end => &styles.date_input,
        column if column >= FOLLOW_UP.start => &styles.text_input,
        _ => &styles.column,
    }
}

/// Row of the prototypes that carry a format for each column: the column's own, and the one for texts that begin like a formula.
const PLAIN: u32 = 1;
const QUOTED: u32 = 2;
/// Row of the prototype of a linked place.
const LINKED: u32 = 3;
/// First row of the prototypes of severity and outcome, one for each tint.
const TINTS: u32 = 4;
/// First row of the prototypes of the rules, in the order of the report.
const RULES: u32 = TINTS + 6;

/// The severities and outcomes that findings have, by the row of their prototype.
const KINDS: [(Outcome, Severity); 6] = [
    (Outcome::Violated, Severity::Error),
    (Outcome::Violated, Severity::Warning),
    (Outcome::Violated, Severity::Advice),
    (Outcome::Undetermined, Severity::Error),
    (Outcome::Undetermined, Severity::Warning),
    (Outcome::Undetermined, Severity::Advice),
];

/// Where the links to a file lead.
#[derive(Default)]
struct Linked {
    address: Option<String>,
    /// The same as formulas hold it.
    in_formula: Option<String>,
    /// Whether its rows are lines of a text file.
    is_text: bool,
}

/// The findings in the order of the list, with what many of them share.
pub(super) struct List<'a> {
    report: &'a Report,
    options: &'a Options,
    pub order: Vec<u32>,
    /// Number and title of the measure of each rule.
    measures: Vec<String>,
    /// Names of the columns, such as `AA`.
    columns: Vec<String>,
    files: BTreeMap<&'a str, Linked>,
    /// How many findings of the order are gone through when all links that Excel allows are used; the others have formulas.
    linked: usize,
}

impl<'a> List<'a> {
    pub fn new(book: &Book<'a>) -> List<'a> {
        List::with_links(book, LINKS)
    }

    /// The list with so many links that are no formulas.
    pub fn with_links(book: &Book<'a>, most: usize) -> List<'a> {
        let (report, options) = (book.report, book.options);
        let measures = report.rules.iter().map(|rule| book.measure(&rule.measure)).collect();
        let mut order = overview::order(report);
        order.truncate(SHEET_ROWS - 1);
        let mut files: BTreeMap<&str, Linked> = BTreeMap::new();
        for file in report.findings.iter().filter_map(|finding| target(finding).file.as_deref()) {
            files.entry(file).or_insert_with(|| Linked {
                address: links::address(options, file),
                in_formula: links::formula_address(options, file),
                is_text: false,
            });
        }
        for input in report.inputs.iter().filter(|input| input.is_text()) {
            if let Some(entry) = files.get_mut(&*input.file) {
                entry.is_text = true;
            }
        }
        let has_link = |place: &u32| {
            let file = target(&report.findings[*place as usize]).file.as_deref();
            file.and_then(|file| files.get(file)).is_some_and(|linked| linked.address.is_some())
        };
        let beyond = order.iter().enumerate().filter(|(_, place)| has_link(place)).nth(most);
        let linked = beyond.map_or(order.len(), |(index, _)| index);
        let columns = (0..COLUMNS.len() as u32).map(column_name).collect();
        List { report, options, order, measures, columns, files, linked }
    }

    fn write_prototypes(&self, book: &Book, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let styles = &book.styles;
        for column in 0..COLUMNS.len() as u16 {
            sheet.write_blank(PLAIN, column, column_format(book, column))?;
            sheet.write_blank(QUOTED, column, styles.cell.quoted_format())?;
        }
        sheet.write_blank(LINKED, 12, &styles.link)?;
        for (index, (outcome, severity)) in KINDS.into_iter().enumerate() {
            let row = TINTS + index as u32;
            let tint = styles.tint(outcome, severity);
            sheet.write_string_with_format(row, 1, words::severity(severity, book.lang()), tint)?;
            sheet.write_string_with_format(row, 2, words::judged(outcome, severity, book.lang()), tint)?;
        }
        let used: BTreeSet<u32> = (0..self.order.len()).map(|index| self.finding(index).rule).collect();
        for index in used.into_iter().map(|rule| rule as usize) {
            let rule = &self.report.rules[index];
            let row = RULES + index as u32;
            let citations: Vec<&str> = rule.citations.iter().map(|citation| citation.get(book.lang())).collect();
            let texts = [
                (3, self.measures[index].clone()),
                (4, rule.title.get(book.lang()).to_owned()),
                (9, rule.fix.get(book.lang()).to_owned()),
                (17, citations.join("\n")),
            ];
            for (column, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
                let format = styles.cell.quoted(text).unwrap_or(column_format(book, *column));
                sheet.write_string_with_format(row, *column, cell_text(text), format)?;
            }
        }
        Ok(())
    }

    /// The last cell of the sheet.
    pub fn last_cell(&self) -> String {
        cell_name(self.order.len() as u32, COLUMNS.len() as u32 - 1)
    }

    fn finding(&self, index: usize) -> &'a Finding {
        &self.report.findings[self.order[index] as usize]
    }

    /// The place that the link of a finding leads to: its own, or where it has none the one beside it, such as the unit's row in the
    /// register.
    fn target(&self, index: usize) -> &'a Location {
        target(self.finding(index))
    }

    fn address(&self, index: usize) -> Option<&Linked> {
        let file = self.target(index).file.as_deref()?;
        self.files.get(file).filter(|linked| linked.address.is_some())
    }
}

impl List<'_> {
    /// The cell of a workbook that the link of a finding leads to; lines of text files have no such place.
    fn anchor(&self, index: usize) -> Option<String> {
        if self.address(index)?.is_text { None } else { links::anchor(self.target(index)) }
    }

    /// The link of a finding as a formula, where the sheet has no more room for links.
    fn formula(&self, index: usize, label: &str) -> Option<String> {
        let linked = self.address(index).filter(|_| index >= self.linked)?;
        links::formula(linked.in_formula.as_deref()?, self.anchor(index).as_deref(), label)
    }
}

impl Rows for List<'_> {
    fn len(&self) -> usize {
        self.order.len()
    }

    fn row(&self, index: usize, prototypes: &Prototypes, xml: &mut String) {
        let finding = self.finding(index);
        let lang = self.options.lang;
        let view = FindingView::new(self.report, finding, lang, self.options.masking);
        let kind =
            KINDS.iter().position(|kind| *kind == (finding.outcome, finding.severity)).unwrap_or(KINDS.len() - 1);
        let (kind, rule) = (TINTS + kind as u32, RULES + finding.rule);
        let place = &finding.location;
        let title = view.item.map(|_| view.title()).unwrap_or_default();
        let advice =
            if finding.outcome == Outcome::Undetermined { view.advice(self.report) } else { Default::default() };
        let period = finding.period.map(|period| words::period(period, lang)).unwrap_or_default();
        let is_linked = self.address(index).is_some();
        let where_to = match (&view.cell, view.row) {
            (Some(cell), _) => cell.clone(),
            (None, Some(row)) => words::row(row, lang).trim_start().to_owned(),
            (None, None) if is_linked && place.file.is_none() => {
                let cell =
                    self.target(index).row.zip(self.target(index).column).map(|(row, column)| cell_name(row, column));
                format!("{} {}", words::pick(lang, "见", "see"), cell.unwrap_or_default()).trim_end().to_owned()
            }
            (None, None) if is_linked => words::pick(lang, "打开", "open").to_owned(),
            (None, None) => String::new(),
        };
        let (key, values, record) = (view.key_text(), view.values_text(), view.record_text());
        let (file, sheet) = (place.file.as_deref().unwrap_or_default(), place.sheet.as_deref().unwrap_or_default());
        let unit = words::unit(&view.unit, lang);
        // Only what is printed decides the height: the long columns beyond are read one at a time.
        let height = row_height([
            (view.rule.title.get(lang), COLUMNS[4].2),
            (title.as_str(), COLUMNS[4].2),
            (self.measures[finding.rule as usize].as_str(), COLUMNS[3].2),
            (unit, COLUMNS[5].2),
            (period.as_str(), COLUMNS[6].2),
            (view.found(), COLUMNS[7].2),
            (view.required.as_str(), COLUMNS[8].2),
            (if advice.is_empty() { view.fix } else { advice.as_str() }, COLUMNS[9].2),
            (file, COLUMNS[10].2),
            (sheet, COLUMNS[11].2),
        ]);
        let number = index + 2;
        xml.push_str(&format!("<row r=\"{number}\" ht=\"{height}\" customHeight=\"1\">"));
        let mut row = RowWriter { xml, columns: &self.columns, number: number.to_string(), prototypes };
        row.number(0, index as u64 + 1);
        row.shared(kind, 1);
        row.shared(kind, 2);
        row.shared(rule, 3);
        if title.is_empty() {
            row.shared(rule, 4)
        } else {
            row.text(4, &title)
        }
        row.text(5, unit);
        row.text(6, &period);
        row.text(7, view.found());
        row.text(8, &view.required);
        if advice.is_empty() {
            row.shared(rule, 9)
        } else {
            row.text(9, &advice)
        }
        row.text(10, file);
        row.text(11, sheet);
        match self.formula(index, &where_to) {
            _ if is_linked && index < self.linked => row.styled(12, LINKED, &where_to),
            Some(formula) if is_linked => row.formula(12, LINKED, &formula, &where_to),
            _ => row.text(12, &where_to),
        }
        row.text(13, &record);
        row.text(14, &view.related_text());
        row.text(15, &key);
        row.text(16, &values);
        row.shared(rule, 17);
        row.number(18, finding.records.max(1));
        if let Some(standing) = self.report.follow_up.as_ref().and_then(|one| one.standing(finding)) {
            row.text(19, standing.text().get(lang));
        }
        if let Some(entry) = self.report.follow_up.as_ref().and_then(|one| one.entries.get(&finding.fingerprint)) {
            // What people wrote beside the finding goes on into the next list.
            let written = [&entry.explanation, &entry.action, &entry.responsible, &entry.due, &entry.waived_until];
            for (column, text) in FOLLOW_UP.zip(written).filter(|(_, text)| !text.is_empty()) {
                row.text(column, text);
            }
        }
        row.text(FOLLOW_UP.end, &finding.fingerprint);
        row.xml.push_str("</row>");
    }

    fn links(&self, take: &mut dyn FnMut(Link) -> io::Result<()>) -> io::Result<()> {
        for index in (0..self.linked).filter(|index| self.address(*index).is_some()) {
            let mut cell = self.columns[12].clone();
            cell.push_str(&(index + 2).to_string());
            take(Link { cell, anchor: self.anchor(index) })?;
        }
        Ok(())
    }

    fn targets(&self, take: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        let mut addresses = (0..self.linked).filter_map(|index| self.address(index)?.address.as_deref());
        addresses.try_for_each(take)
    }
}

fn target(finding: &Finding) -> &Location {
    match finding.related.first() {
        Some(related) if finding.location.file.is_none() => &related.place,
        _ => &finding.location,
    }
}

/// Writes the cells of one row.
struct RowWriter<'x> {
    xml: &'x mut String,
    columns: &'x [String],
    number: String,
    prototypes: &'x Prototypes,
}

impl RowWriter<'_> {
    /// A text of its own, as a text even where it begins like a formula.
    fn text(&mut self, column: u16, text: &str) {
        let looks_like_formula = style::looks_like_formula(text);
        self.styled(column, if looks_like_formula { QUOTED } else { PLAIN }, text);
    }

    fn styled(&mut self, column: u16, prototype: u32, text: &str) {
        if !text.is_empty() {
            self.open(column);
            self.style(prototype, column);
            stream::push_text(self.xml, cell_text(text));
        }
    }

    /// A formula of this program's own with what it shows.
    fn formula(&mut self, column: u16, prototype: u32, formula: &str, shown: &str) {
        self.open(column);
        self.style(prototype, column);
        self.xml.push_str(" t=\"str\"><f>");
        stream::push_escaped(self.xml, formula);
        self.xml.push_str("</f><v>");
        stream::push_escaped(self.xml, shown);
        self.xml.push_str("</v></c>");
    }

    fn number(&mut self, column: u16, number: u64) {
        self.open(column);
        self.style(PLAIN, column);
        for part in ["><v>", &number.to_string(), "</v></c>"] {
            self.xml.push_str(part);
        }
    }

    /// The same cell as the prototype in `row`, where there is one.
    fn shared(&mut self, row: u32, column: u16) {
        let cell = self.prototypes.cell(row, column);
        if !cell.is_empty() {
            self.open(column);
            self.xml.push_str(cell);
        }
    }

    fn open(&mut self, column: u16) {
        for part in ["<c r=\"", &self.columns[usize::from(column)], &self.number, "\""] {
            self.xml.push_str(part);
        }
    }

    fn style(&mut self, prototype: u32, column: u16) {
        for part in [" s=\"", self.prototypes.style(prototype, column), "\""] {
            self.xml.push_str(part);
        }
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
