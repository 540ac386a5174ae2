//! 退回件: what one unit gets back, its findings and annotated copies of its sheets; nothing of other units, nothing masked in the copies.

use std::collections::BTreeMap;
use std::io::{self, Write};

use rust_xlsxwriter::{Url, Workbook, Worksheet, XlsxError};

use super::copy::{self, CopySheet, Mark, Tone};
use super::{Book, SheetShape, Styles, Value, cell_text, properties, row_height, stream};
use crate::finding::{CopiedRows, Finding, Outcome, Recipient, Report, Severity, SheetCopy};
use crate::model::{Lang, cell_name, counted};
use crate::render::overview::Overview;
use crate::render::view::FindingView;
use crate::render::{Options, words};

/// Links that Excel allows on a sheet.
const LINKS: u32 = 65_000;

/// Heading in Chinese and English, and width. The headings of the follow-up and of the fingerprint are those of the list of findings, so
/// that what a unit writes there is read back.
const COLUMNS: [(&str, &str, f64); 19] = [
    ("序号", "No.", 6.0),
    ("程度", "Severity", 8.0),
    ("结果", "Outcome", 9.0),
    ("问题", "Rule", 16.0),
    ("所属期", "Period", 11.0),
    ("发现的情况", "What was found", 30.0),
    ("要求", "What is required", 24.0),
    ("整改建议", "What to do", 24.0),
    ("副本位置", "Cell in the copy", 9.0),
    ("情况说明", "Explanation", 16.0),
    ("整改措施", "Measures taken", 16.0),
    ("责任人", "Responsible", 8.0),
    ("整改期限", "Due by", 10.0),
    ("文件", "File", 26.0),
    ("工作表", "Sheet", 14.0),
    ("位置", "Cell", 8.0),
    ("依据", "Document and clause", 40.0),
    ("单位", "Unit", 20.0),
    ("问题编号", "Fingerprint", 19.0),
];
/// Columns that the unit fills in.
const INPUTS: std::ops::Range<u16> = 9..13;
/// Columns that are printed, up to the ones that the unit fills in; the others are for the screen.
const PRINTED: u16 = INPUTS.end;
/// Column of the links into the copies.
const COPIED: u16 = 8;
const COVER_WIDTHS: [f64; 5] = [40.0, 26.0, 10.0, 22.0, 12.0];

/// The workbook of one recipient. The rows of its sheets are handed in one by one, so that a source of any size is read once.
pub struct ReturnBook<'a> {
    book: Book<'a>,
    recipient: &'a Recipient,
    /// One for each sheet of the recipient.
    sheets: Vec<CopySheet<'a>>,
    /// Names of the copies.
    names: Vec<String>,
}

impl<'a> ReturnBook<'a> {
    /// An empty workbook. What the findings say is masked as `options` asks; the copies are not.
    pub fn new(report: &'a Report, options: &'a Options, recipient: &'a Recipient) -> ReturnBook<'a> {
        // The sums of the whole run are nothing that a single unit gets to see.
        let book = Book { report, options, overview: Overview::default(), styles: Styles::new(options.lang) };
        let mut marks: Vec<BTreeMap<(u32, u32), Mark>> = recipient.sheets.iter().map(|_| BTreeMap::new()).collect();
        let places: BTreeMap<(&str, &str), usize> =
            recipient.sheets.iter().enumerate().map(|(place, copy)| ((&*copy.file, &*copy.sheet), place)).collect();
        for &position in &recipient.findings {
            let finding = &report.findings[position as usize];
            let Some((place, cell)) = marked_cell(finding, &places) else { continue };
            if recipient.sheets[place].rows.place(cell.0).is_none() {
                continue;
            }
            let view = FindingView::new(report, finding, options.lang, options.masking);
            let note = note(&view, report);
            let tone = tone(finding);
            let mark = marks[place].entry(cell).or_insert_with(|| Mark { tone, note: String::new() });
            if !mark.note.is_empty() {
                mark.note.push_str("\n\n");
            }
            mark.note.push_str(&note);
            // The worst decides the colour.
            mark.tone = mark.tone.min(tone);
        }
        let sheets = recipient.sheets.iter().zip(marks).map(|(copy, marks)| CopySheet::new(copy, marks)).collect();
        let names = sheet_names(&recipient.sheets, options.lang);
        ReturnBook { book, recipient, sheets, names }
    }

    /// Which of the recipient's sheets this is.
    pub fn find(&self, file: &str, sheet: &str) -> Option<usize> {
        self.recipient
            .sheets
            .iter()
            .position(|copy| *copy.file == *file && *copy.sheet == *sheet && copy.rows != CopiedRows::Inseparable)
    }

    /// What sheet number `sheet` has beside its rows.
    pub fn begin(&mut self, sheet: usize, shape: SheetShape) {
        if let Some(sheet) = self.sheets.get_mut(sheet) {
            sheet.begin(shape);
        }
    }

    /// Takes a row of sheet number `sheet`, counted from 0, where it is the recipient's. Rows come in order.
    pub fn row<'v>(&mut self, sheet: usize, row: u32, cells: impl Iterator<Item = Value<'v>>) -> io::Result<()> {
        self.sheets.get_mut(sheet).map_or(Ok(()), |sheet| sheet.row(row, cells))
    }

    /// Writes the workbook. The same rows give the same bytes.
    pub fn write(self, out: &mut dyn Write) -> io::Result<()> {
        self.build(out).map_err(io::Error::other)
    }

    fn build(self, out: &mut dyn Write) -> Result<(), XlsxError> {
        let mut workbook = Workbook::new();
        workbook.set_zip_compression_level(3);
        workbook.set_properties(&properties(self.book.report, self.book.options)?);
        self.cover(workbook.add_worksheet())?;
        self.list(workbook.add_worksheet_with_constant_memory()?)?;
        let font = match self.book.lang() {
            Lang::Zh => "微软雅黑",
            Lang::En => "Calibri",
        };
        let prototypes = copy::prototypes(font);
        for ((copy, sheet), name) in self.recipient.sheets.iter().zip(&self.sheets).zip(&self.names) {
            if copy.rows == CopiedRows::Inseparable {
                continue;
            }
            let worksheet = workbook.add_worksheet();
            worksheet.set_name(name)?;
            sheet.lay_out(worksheet, &prototypes)?;
        }
        let package = workbook.save_to_buffer()?;
        let mut stored = Vec::new();
        for (copy, sheet) in self.recipient.sheets.iter().zip(self.sheets) {
            if copy.rows != CopiedRows::Inseparable {
                stored.push(sheet.finish().map_err(XlsxError::IoError)?);
            }
        }
        let fillings: Vec<stream::Filling> = stored
            .iter()
            .enumerate()
            .map(|(index, (rows, last_cell))| stream::Filling {
                // After the cover and the list.
                sheet: index + 3,
                content: stream::Content::Stored(rows),
                last_cell: last_cell.clone(),
            })
            .collect();
        stream::fill(&package, &fillings, out).map_err(XlsxError::IoError)
    }

    fn cover(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let book = &self.book;
        let (styles, lang) = (&book.styles, book.lang());
        book.set_up(sheet, "说明", "About")?;
        for (column, width) in COVER_WIDTHS.iter().enumerate() {
            sheet.set_column_width(column as u16, *width)?;
        }
        let last = COVER_WIDTHS.len() as u16 - 1;
        let width: f64 = COVER_WIDTHS.iter().sum();
        let mut row = 0;
        let mut wide = |sheet: &mut Worksheet, text: &str, format: &rust_xlsxwriter::Format| {
            sheet.merge_range(row, 0, row, last, cell_text(text), format)?;
            sheet.set_row_height(row, row_height([(text, width)]))?;
            row += 1;
            Ok::<(), XlsxError>(())
        };
        let unit = words::unit(&self.recipient.unit, lang);
        let title = match lang {
            Lang::Zh => format!("台账核查退回件：{unit}"),
            Lang::En => format!("Returned after the check of ledgers: {unit}"),
        };
        wide(sheet, &title, &styles.title)?;
        sheet.set_row_height(0, 36)?;
        wide(sheet, warning(lang), &styles.warning_note)?;
        let run = &book.report.run;
        let mut line = match lang {
            Lang::Zh => format!("核查日期：{}", run.as_of),
            Lang::En => format!("As of: {}", run.as_of),
        };
        if let Some(period) = run.period {
            line.push_str(&format!("{}{}", book.pick("　　所属期：", "    Period: "), words::period(period, lang)));
        }
        wide(sheet, &line, &styles.subtitle)?;
        let findings = || self.recipient.findings.iter().map(|&place| &book.report.findings[place as usize]);
        let count = |outcome: Outcome, severity: Option<Severity>| {
            let counted = findings().filter(|finding| {
                finding.outcome == outcome && severity.is_none_or(|severity| finding.severity == severity)
            });
            counted.count()
        };
        let (errors, warnings, advice) = (
            count(Outcome::Violated, Some(Severity::Error)),
            count(Outcome::Violated, Some(Severity::Warning)),
            count(Outcome::Violated, Some(Severity::Advice)),
        );
        let open = count(Outcome::Undetermined, None);
        let counts = match lang {
            Lang::Zh => format!(
                "问题清单共 {} 条：错误 {errors}，警告 {warnings}，提示 {advice}，无法判定 {open}。",
                self.recipient.findings.len()
            ),
            Lang::En => format!(
                "{}: {}, {}, {advice} advice, {open} undetermined.",
                counted(self.recipient.findings.len() as u64, "finding"),
                counted(errors as u64, "error"),
                counted(warnings as u64, "warning")
            ),
        };
        wide(sheet, &counts, &styles.note)?;
        wide(
            sheet,
            book.pick(
                "请在“问题清单”中填写情况说明、整改措施、责任人和整改期限，在副本中查看标色的单元格（批注写明要求和整改建议），更正原台账后一并报回。",
                "Please fill in Explanation, Measures taken, Responsible and Due by in the list of findings, look at the coloured cells of the copies (their notes say what is required and what to do), correct the ledger, and send both back.",
            ),
            &styles.note,
        )?;
        row += 1;
        let heads = [
            book.pick("文件", "File"),
            book.pick("工作表", "Sheet"),
            book.pick("副本", "Copy"),
            book.pick("内容", "Content"),
            book.pick("标色单元格", "Coloured cells"),
        ];
        for (column, head) in heads.into_iter().enumerate() {
            sheet.write_string_with_format(row, column as u16, head, &styles.header)?;
        }
        sheet.set_row_height(row, 22)?;
        for ((copy, marked), name) in self.recipient.sheets.iter().zip(&self.sheets).zip(&self.names) {
            row += 1;
            let content = match (&copy.rows, copy::is_whole(copy)) {
                (CopiedRows::Inseparable, _) => book.pick(
                    "几个单位的数据在同一行或同一列，无法分开，未附副本",
                    "several units share its rows or stand in its columns, so there is no copy",
                ),
                (_, true) => book.pick("整张表", "the whole sheet"),
                _ => book.pick("表头和本单位各行", "headings and the unit's own rows"),
            };
            let file = base_name(&copy.file);
            sheet.write_string_with_format(row, 0, cell_text(file), styles.cell.of(file))?;
            sheet.write_string_with_format(row, 1, cell_text(&copy.sheet), styles.cell.of(&copy.sheet))?;
            if copy.rows == CopiedRows::Inseparable {
                sheet.write_string_with_format(row, 2, "–", styles.centre.of("–"))?;
            } else {
                let link = Url::new(internal(name, 0, 0)).set_text(book.pick("查看", "open"));
                sheet.write_url_with_format(row, 2, link, &styles.link)?;
            }
            let mut content = content.to_owned();
            if marked.left_out > 0 {
                content.push_str(&match lang {
                    Lang::Zh => format!("；超出工作表行数上限的 {} 行未附", marked.left_out),
                    Lang::En => {
                        format!("; left out beyond what a sheet holds: {}", counted(marked.left_out, "row"))
                    }
                });
            }
            sheet.write_string_with_format(row, 3, &content, styles.cell.of(&content))?;
            sheet.write_number_with_format(row, 4, marked.marked() as f64, &styles.number)?;
            let texts = [(file, COVER_WIDTHS[0]), (&*copy.sheet, COVER_WIDTHS[1]), (content.as_str(), COVER_WIDTHS[3])];
            sheet.set_row_height(row, row_height(texts))?;
        }
        Ok(())
    }

    fn list(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let book = &self.book;
        let (styles, lang) = (&book.styles, book.lang());
        book.set_up(sheet, "问题清单", "Findings")?;
        let last = self.recipient.findings.len() as u32;
        sheet.set_freeze_panes(1, 1)?;
        sheet.set_repeat_rows(0, 0)?;
        sheet.set_print_area(0, 0, last, PRINTED - 1)?;
        sheet.autofilter(0, 0, last, COLUMNS.len() as u16 - 1)?;
        sheet.set_row_height(0, 30)?;
        for (column, (zh, en, width)) in COLUMNS.iter().enumerate() {
            let column = column as u16;
            sheet.set_column_width(column, *width)?;
            let style = if INPUTS.contains(&column) { &styles.header_input } else { &styles.header };
            sheet.write_string_with_format(0, column, words::pick(lang, zh, en), style)?;
        }
        let places: BTreeMap<(&str, &str), usize> = self
            .recipient
            .sheets
            .iter()
            .enumerate()
            .map(|(place, copy)| ((&*copy.file, &*copy.sheet), place))
            .collect();
        let mut order: Vec<&Finding> =
            self.recipient.findings.iter().map(|&place| &book.report.findings[place as usize]).collect();
        order.sort_by_key(|finding| (finding.outcome != Outcome::Violated, finding.severity));
        for (index, finding) in order.into_iter().take(super::SHEET_ROWS - 1).enumerate() {
            let row = index as u32 + 1;
            let view = FindingView::new(book.report, finding, lang, book.options.masking);
            let citations: Vec<&str> = view.rule.citations.iter().map(|text| text.get(lang)).collect();
            let (title, advice, citations) = (view.title(), view.advice(book.report), citations.join("\n"));
            let period = finding.period.map(|period| words::period(period, lang)).unwrap_or_default();
            let unit = words::unit(&view.unit, lang);
            let cell = match (&view.cell, view.row) {
                (Some(cell), _) => cell.clone(),
                (None, Some(row)) => words::row(row, lang).trim_start().to_owned(),
                (None, None) => String::new(),
            };
            let place = &finding.location;
            let entry = book.report.follow_up.as_ref().and_then(|one| one.entries.get(&finding.fingerprint));
            let written = |pick: fn(&crate::finding::Entry) -> &str| entry.map(pick).unwrap_or_default();
            let texts: [(u16, &str); 16] = [
                (3, &title),
                (4, &period),
                (5, view.found()),
                (6, &view.required),
                (7, &advice),
                (COPIED, ""),
                (9, written(|entry| &entry.explanation)),
                (10, written(|entry| &entry.action)),
                (11, written(|entry| &entry.responsible)),
                (12, written(|entry| &entry.due)),
                (13, place.file.as_deref().map(base_name).unwrap_or_default()),
                (14, place.sheet.as_deref().unwrap_or_default()),
                (15, &cell),
                (16, &citations),
                (17, unit),
                (18, &finding.fingerprint),
            ];
            let heights = texts.iter().filter(|(column, _)| *column < PRINTED);
            sheet.set_row_height(
                row,
                row_height(heights.map(|(column, text)| (*text, COLUMNS[usize::from(*column)].2))),
            )?;
            sheet.write_number_with_format(row, 0, index as f64 + 1.0, &styles.rank)?;
            let tint = styles.tint(finding.outcome, finding.severity);
            sheet.write_string_with_format(row, 1, words::severity(finding.severity, lang), tint)?;
            sheet.write_string_with_format(row, 2, words::judged(finding.outcome, finding.severity, lang), tint)?;
            for (column, text) in texts {
                let column_style = if column == 18 { &styles.small } else { &styles.cell };
                sheet.write_string_with_format(row, column, cell_text(text), column_style.of(text))?;
            }
            let copied = marked_cell(finding, &places).and_then(|(place, (row, column))| {
                let (row, column) = self.sheets[place].place(row, column)?;
                Some((&self.names[place], row, column))
            });
            if let Some((name, to_row, column)) = copied.filter(|_| row <= LINKS) {
                let link = Url::new(internal(name, to_row, column)).set_text(cell_name(to_row, column));
                sheet.write_url_with_format(row, COPIED, link, &styles.link)?;
            }
        }
        Ok(())
    }
}

/// The file without its folders, which are the business of whoever made the check.
fn base_name(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or(file)
}

fn internal(sheet: &str, row: u32, column: u32) -> String {
    format!("internal:'{}'!{}", sheet.replace('\'', "''"), cell_name(row, column))
}

fn warning(lang: Lang) -> &'static str {
    words::pick(
        lang,
        "本文件只退还报送单位：副本按报送原样附上，个人信息未遮蔽，请按规定保管，不得转给其他单位。",
        "For the submitting unit only: the copies show what was submitted, personal data unmasked; keep the file accordingly and pass it on to nobody else.",
    )
}

fn tone(finding: &Finding) -> Tone {
    match (finding.outcome, finding.severity) {
        (Outcome::Violated, Severity::Error) => Tone::Error,
        (Outcome::Violated, Severity::Warning) => Tone::Warning,
        (Outcome::Violated, Severity::Advice) => Tone::Advice,
        _ => Tone::Undetermined,
    }
}

/// The sheet, by its place among the recipient's, and the cell that a finding marks.
fn marked_cell(finding: &Finding, sheets: &BTreeMap<(&str, &str), usize>) -> Option<(usize, (u32, u32))> {
    let place = &finding.location;
    let sheet = *sheets.get(&(place.file.as_deref()?, place.sheet.as_deref()?))?;
    let row = place.row?;
    // A finding for a whole record points at the first value that it shows of it.
    let shown = || {
        let cells = finding.values.iter().chain(finding.key.iter()).filter_map(|evidence| evidence.cell);
        cells.filter(|(at, _)| *at == row).map(|(_, column)| column).next()
    };
    Some((sheet, (row, place.column.or_else(shown).unwrap_or(0))))
}

/// What the note of a cell says: rule, what was found, demand, and fix.
fn note(view: &FindingView<'_>, report: &Report) -> String {
    let lang = view.lang;
    let severity = words::judged(view.finding.outcome, view.finding.severity, lang);
    let mut text = format!("【{severity}】{} {}", view.rule.measure, view.title());
    if lang == Lang::En {
        text = format!("[{severity}] {} {}", view.rule.measure, view.title());
    }
    let parts = [
        (words::pick(lang, "情况：", "Found: "), view.found().to_owned()),
        (words::pick(lang, "要求：", "Required: "), view.required.clone()),
        (words::pick(lang, "整改：", "To do: "), view.advice(report)),
    ];
    for (label, part) in parts.iter().filter(|(_, part)| !part.is_empty()) {
        text.push_str(&format!("\n{label}{part}"));
    }
    if let Some(citation) = view.rule.citations.first() {
        text.push_str(&format!("\n{}{}", words::pick(lang, "依据：", "Document: "), citation.get(lang)));
    }
    text
}

/// Names of the copies: the sheet's own where Excel allows it, each once.
fn sheet_names(copies: &[SheetCopy], lang: Lang) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let taken = |name: &str, names: &[String]| {
        let own = [words::pick(lang, "说明", "About"), words::pick(lang, "问题清单", "Findings")];
        let name = name.to_lowercase();
        own.iter().any(|other| other.to_lowercase() == name) || names.iter().any(|other| other.to_lowercase() == name)
    };
    for copy in copies {
        let clean: String = copy
            .sheet
            .chars()
            .filter(|c| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') && !c.is_control())
            .take(24)
            .collect();
        let clean = clean.trim_matches(['\'', ' ']).to_owned();
        // Excel keeps the name History for itself.
        let base = match clean.to_lowercase().as_str() {
            "" | "history" => words::pick(lang, "副本", "Copy").to_owned(),
            _ => clean,
        };
        let mut name = base.clone();
        let mut number = 2;
        while taken(&name, &names) {
            name = format!("{base}-{number}");
            number += 1;
        }
        names.push(name);
    }
    names
}
