//! 数据读取: what was read and how: files and sheets, headings and fields, cells that could not be read.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::{Book, SHEET_ROWS, cell_text, row_height};
use crate::diag::{InputFault, InputNote};
use crate::finding::{FieldUse, HeadingMatch, InputReading, SheetReading, TableReading};
use crate::model::{Lang, cell_name, counted};
use crate::render::{view, words};

const WIDTHS: [f64; 12] = [26.0, 15.0, 22.0, 8.0, 12.0, 12.0, 12.0, 9.0, 13.0, 15.0, 36.0, 24.0];

const FILES: [(&str, &str); 12] = [
    ("文件", "File"),
    ("工作表", "Sheet"),
    ("识别为", "Read as"),
    ("把握", "Confidence"),
    ("版式", "Layout"),
    ("表头行", "Heading rows"),
    ("数据行", "Data rows"),
    ("记录数", "Records"),
    ("所属期", "Period"),
    ("填报单位", "Reporting unit"),
    ("说明", "Notes"),
    ("格式、编码与摘要", "Format, encoding and digest"),
];

const HEADINGS: [(&str, &str); 8] = [
    ("文件", "File"),
    ("工作表", "Sheet"),
    ("表头", "Heading"),
    ("位置", "Cell"),
    ("方式", "Match"),
    ("对应字段", "Field"),
    ("次选字段", "Runner-up"),
    ("把握", "Confidence"),
];

const FIELDS: [(&str, &str); 8] = [
    ("文件", "File"),
    ("工作表", "Sheet"),
    ("字段", "Field"),
    ("有值", "Present"),
    ("空白", "Blank"),
    ("无法识别", "Unreadable"),
    ("首例位置", "First cell"),
    ("首例内容", "First text"),
];

pub(super) fn add(book: &Book, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    book.set_up(sheet, "数据读取", "Reading")?;
    for (column, width) in WIDTHS.iter().enumerate() {
        sheet.set_column_width(column as u16, *width)?;
    }
    let mut page = Page { book, sheet, row: 0, height: 0.0 };
    page.section("一、文件与工作表", "1. Files and sheets", &FILES)?;
    page.sheet.set_freeze_panes(0, 1)?;
    for input in &book.report.inputs {
        page.input(input)?;
    }
    // What follows is looked up on the screen; on paper it would be the thickest part of all.
    page.sheet.set_print_area(0, 0, page.row.saturating_sub(1), WIDTHS.len() as u16 - 1)?;
    page.sheet.set_repeat_rows(1, 1)?;
    page.row += 1;
    page.section("二、表头与字段的对应", "2. Headings and fields", &HEADINGS)?;
    for (input, sheet, table) in tables(book) {
        for heading in table.headings.iter() {
            page.heading(input, sheet, heading)?;
        }
    }
    page.row += 1;
    page.section("三、各字段的填写情况", "3. How the fields are filled in", &FIELDS)?;
    for (input, sheet, table) in tables(book) {
        for field in &table.fields {
            page.field(input, sheet, field)?;
        }
    }
    Ok(())
}

fn tables<'a>(
    book: &Book<'a>,
) -> impl Iterator<Item = (&'a InputReading, &'a SheetReading, &'a TableReading)> + use<'a> {
    book.report.inputs.iter().flat_map(|input| {
        input.sheets.iter().flat_map(move |sheet| sheet.tables.iter().map(move |table| (input, sheet, table)))
    })
}

struct Page<'a, 'b, 'c> {
    book: &'b Book<'a>,
    sheet: &'c mut Worksheet,
    row: u32,
    /// What the texts of the row need.
    height: f64,
}

impl Page<'_, '_, '_> {
    fn is_full(&self) -> bool {
        self.row as usize >= SHEET_ROWS - 1
    }

    fn section(&mut self, zh: &'static str, en: &'static str, columns: &[(&str, &str)]) -> Result<(), XlsxError> {
        if self.row as usize + 2 >= SHEET_ROWS {
            return Ok(());
        }
        let last = columns.len() as u16 - 1;
        self.sheet.merge_range(self.row, 0, self.row, last, self.book.pick(zh, en), &self.book.styles.section)?;
        self.sheet.set_row_height(self.row, 24)?;
        self.sheet.set_row_height(self.row + 1, 24)?;
        for (column, (zh, en)) in columns.iter().enumerate() {
            let text = words::pick(self.book.lang(), zh, en);
            self.sheet.write_string_with_format(self.row + 1, column as u16, text, &self.book.styles.header)?;
        }
        self.row += 2;
        Ok(())
    }

    fn text(&mut self, column: u16, text: &str) -> Result<(), XlsxError> {
        self.height = self.height.max(row_height([(text, WIDTHS[usize::from(column)])]));
        self.sheet.write_string_with_format(self.row, column, cell_text(text), self.book.styles.cell.of(text))?;
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), XlsxError> {
        self.sheet.set_row_height(self.row, self.height)?;
        self.height = 0.0;
        self.row += 1;
        Ok(())
    }

    fn number(&mut self, column: u16, number: u64) -> Result<(), XlsxError> {
        self.sheet.write_number_with_format(self.row, column, number as f64, &self.book.styles.number)?;
        Ok(())
    }

    fn input(&mut self, input: &InputReading) -> Result<(), XlsxError> {
        let origin = self.origin(input);
        let mut file_notes: Vec<String> = input.faults.iter().map(|fault| self.fault(fault)).collect();
        file_notes.extend(input.notes.iter().map(|note| self.note(note)));
        let mut is_first = true;
        for sheet in &input.sheets {
            let mut notes: Vec<String> = if is_first { std::mem::take(&mut file_notes) } else { Vec::new() };
            if sheet.hidden {
                notes.push(self.book.pick("工作表已隐藏", "the sheet is hidden").to_owned());
            }
            notes.extend(sheet.notes.iter().map(|note| self.note(note)));
            let origin = if is_first { origin.as_str() } else { "" };
            if sheet.tables.is_empty() {
                let tint = &self.book.styles.undetermined;
                self.line(input, sheet, origin, &notes)?;
                self.sheet.write_string_with_format(
                    self.row,
                    2,
                    self.book.pick("未识别为台账", "no ledger recognised"),
                    tint,
                )?;
                self.row += 1;
            }
            for (index, table) in sheet.tables.iter().enumerate() {
                if self.is_full() {
                    return Ok(());
                }
                let notes = if index == 0 { std::mem::take(&mut notes) } else { Vec::new() };
                self.table(input, sheet, table, if index == 0 { origin } else { "" }, notes)?;
            }
            is_first = false;
        }
        if input.sheets.is_empty() {
            self.fill()?;
            self.text(0, &input.file)?;
            let format = &self.book.styles.violated;
            let kind = input.faults.first().map(|fault| words::fault_kind(fault.kind, self.book.lang()));
            let kind = kind.unwrap_or(self.book.pick("没有工作表", "no sheet"));
            self.sheet.write_string_with_format(self.row, 2, kind, format)?;
            self.text(10, &file_notes.join("\n"))?;
            self.text(11, &origin)?;
            self.end_row()?;
        }
        Ok(())
    }

    /// Draws the lines of a row, so that cells without a text have them too.
    fn fill(&mut self) -> Result<(), XlsxError> {
        for column in 0..WIDTHS.len() as u16 {
            self.text(column, "")?;
        }
        Ok(())
    }

    fn line(
        &mut self,
        input: &InputReading,
        sheet: &SheetReading,
        origin: &str,
        notes: &[String],
    ) -> Result<(), XlsxError> {
        self.fill()?;
        self.text(0, &input.file)?;
        self.text(1, &sheet.name)?;
        self.text(10, &notes.join("\n"))?;
        self.text(11, origin)
    }

    fn table(
        &mut self,
        input: &InputReading,
        sheet: &SheetReading,
        table: &TableReading,
        origin: &str,
        mut notes: Vec<String>,
    ) -> Result<(), XlsxError> {
        let lang = self.book.lang();
        if let Some((id, confidence)) = &table.kind_runner_up {
            let name = words::ledger(self.book.report, id, lang);
            notes.push(match lang {
                Lang::Zh => format!("次选：{name}（{confidence}%）"),
                Lang::En => format!("runner-up: {name} ({confidence} %)"),
            });
        }
        if !table.skipped_rows.is_empty() {
            notes.push(skipped(&table.skipped_rows, lang));
        }
        for (code, (count, example)) in &table.conversions {
            let example = view::example(example, self.book.options.masking);
            notes.push(match lang {
                Lang::Zh => format!("{}：{count} 处，如“{example}”", words::conversion(code, lang)),
                Lang::En => format!("{}: {count}, such as \"{example}\"", words::conversion(code, lang)),
            });
        }
        self.line(input, sheet, origin, &notes)?;
        match &table.kind {
            Some(id) => {
                let name = table.kind_name.get(lang);
                self.text(2, if name.is_empty() { words::ledger(self.book.report, id, lang) } else { name })?;
                self.text(3, &format!("{}%", table.kind_confidence))?;
            }
            None => {
                let text = self.book.pick("未识别为台账", "no ledger recognised");
                self.sheet.write_string_with_format(self.row, 2, text, &self.book.styles.undetermined)?;
            }
        }
        self.text(4, words::layout(table.layout, lang))?;
        self.text(5, &rows(table.header_rows))?;
        self.text(6, &rows(table.data_rows))?;
        self.number(7, table.records)?;
        self.text(8, &table.period.map(|period| words::period(period, lang)).unwrap_or_default())?;
        self.text(9, table.unit.as_deref().unwrap_or_default())?;
        self.end_row()
    }

    fn heading(&mut self, input: &InputReading, sheet: &SheetReading, heading: &HeadingMatch) -> Result<(), XlsxError> {
        if self.is_full() {
            return Ok(());
        }
        let lang = self.book.lang();
        self.text(0, &input.file)?;
        self.text(1, &sheet.name)?;
        let text = self.book.scrub(&heading.heading);
        self.text(2, &text)?;
        self.text(3, &cell_name(heading.cell.0, heading.cell.1))?;
        let tint = match heading.how {
            crate::finding::MatchHow::Exact | crate::finding::MatchHow::Given => &self.book.styles.met,
            crate::finding::MatchHow::Guessed => &self.book.styles.warning,
            crate::finding::MatchHow::Ambiguous => &self.book.styles.violated,
            crate::finding::MatchHow::Unmatched => &self.book.styles.undetermined,
        };
        self.sheet.write_string_with_format(self.row, 4, words::matched(heading.how, lang), tint)?;
        let field = heading.field.as_deref().map(|field| words::field(self.book.report, field, lang));
        self.text(5, field.unwrap_or_default())?;
        let runner_up = heading
            .runner_up
            .as_ref()
            .map(|(field, confidence)| format!("{} {confidence}%", words::field(self.book.report, field, lang)));
        self.text(6, &runner_up.unwrap_or_default())?;
        self.text(7, &format!("{}%", heading.confidence))?;
        self.end_row()
    }

    fn field(&mut self, input: &InputReading, sheet: &SheetReading, field: &FieldUse) -> Result<(), XlsxError> {
        if self.is_full() {
            return Ok(());
        }
        self.text(0, &input.file)?;
        self.text(1, &sheet.name)?;
        let name = words::field(self.book.report, &field.field, self.book.lang());
        self.text(2, name)?;
        self.number(3, field.present)?;
        self.number(4, field.blank)?;
        self.number(5, field.unreadable)?;
        let first = field.unreadable_examples.first();
        let cell = first.map(|(row, column, _)| cell_name(*row, *column)).unwrap_or_default();
        self.text(6, &cell)?;
        let text = first.map(|(_, _, text)| view::cell_text(text, field.personal, self.book.options.masking));
        self.text(7, &text.unwrap_or_default())?;
        self.end_row()
    }

    fn note(&self, note: &InputNote) -> String {
        let place = place(note.sheet.as_deref(), note.cell);
        format!("{place}{}", self.book.scrub(note.message.get(self.book.lang())))
    }

    fn fault(&self, fault: &InputFault) -> String {
        let place = place(fault.sheet.as_deref(), fault.cell);
        format!("{place}{}", words::fault(fault, self.book.lang(), self.book.options.masking))
    }

    fn origin(&self, input: &InputReading) -> String {
        let mut parts = Vec::new();
        parts.extend(input.format.map(str::to_uppercase));
        parts.extend(input.encoding.clone());
        parts.push(match self.book.lang() {
            Lang::Zh => format!("{} 字节", input.size),
            Lang::En => counted(input.size, "byte"),
        });
        parts.extend(input.digest.as_ref().map(|digest| format!("SHA-256 {digest}")));
        parts.join(self.book.pick("，", ", "))
    }
}

fn place(sheet: Option<&str>, cell: Option<(u32, u32)>) -> String {
    let cell = cell.map(|(row, column)| cell_name(row, column));
    match (sheet, cell) {
        (None, None) => String::new(),
        (Some(sheet), None) => format!("[{sheet}] "),
        (None, Some(cell)) => format!("[{cell}] "),
        (Some(sheet), Some(cell)) => format!("[{sheet} {cell}] "),
    }
}

/// First and last row as the file counts them.
fn rows(rows: Option<(u32, u32)>) -> String {
    match rows {
        None => String::new(),
        Some((first, last)) if first == last => (u64::from(first) + 1).to_string(),
        Some((first, last)) => format!("{}–{}", u64::from(first) + 1, u64::from(last) + 1),
    }
}

fn skipped(rows: &[(u32, &'static str)], lang: Lang) -> String {
    let named: Vec<String> = rows
        .iter()
        .take(4)
        .map(|(row, why)| format!("{} {}", u64::from(*row) + 1, words::skipped(why, lang)))
        .collect();
    match lang {
        Lang::Zh => {
            let more = if rows.len() > 4 { format!("等 {} 行", rows.len()) } else { String::new() };
            format!("略过的行：{}{more}", named.join("、"))
        }
        Lang::En => {
            let more = if rows.len() > 4 { format!(" and {} more", rows.len() - 4) } else { String::new() };
            format!("rows left out: {}{more}", named.join(", "))
        }
    }
}
