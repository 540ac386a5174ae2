//! The findings workbook: an overview, the list of findings, the matrix, the gaps, the rules and how the data were read.

mod causes;
mod cells;
mod copy;
mod findings;
mod followup;
mod front;
mod gaps;
mod matrix;
mod reading;
mod returns;
mod rules;
mod stream;
mod style;

use std::io::{self, Write};

pub use copy::{SheetShape, Value};
pub use returns::ReturnBook;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};

use self::style::Styles;
use super::overview::Overview;
use super::view::scrub;
use super::{Options, percentage, words};
use crate::finding::Report;
use crate::model::Lang;

/// Rows that a sheet may have.
const SHEET_ROWS: usize = 1_048_576;
/// Characters that a cell may have.
const CELL_CHARACTERS: usize = 32_767;

/// Writes the workbook. The same report and options give the same bytes.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    build(report, options, out).map_err(io::Error::other)
}

fn build(report: &Report, options: &Options, out: &mut dyn Write) -> Result<(), XlsxError> {
    let mut workbook = Workbook::new();
    // Speed matters more than the last tenth of the size.
    workbook.set_zip_compression_level(1);
    workbook.set_properties(&properties(report, options)?);
    let book = Book { report, options, overview: Overview::new(report), styles: Styles::new(options.lang) };
    let list = findings::List::new(&book);
    front::add(&book, workbook.add_worksheet(), list.order.len())?;
    findings::add(&book, workbook.add_worksheet(), &list)?;
    causes::add(&book, workbook.add_worksheet())?;
    let matrix = matrix::Matrix::add(&book, workbook.add_worksheet())?;
    gaps::add(&book, workbook.add_worksheet())?;
    let rules = rules::Rules::add(&book, workbook.add_worksheet())?;
    reading::add(&book, workbook.add_worksheet())?;
    if let Some(follow_up) = &report.follow_up {
        followup::add(&book, workbook.add_worksheet(), follow_up)?;
    }
    let package = workbook.save_to_buffer()?;
    // Sheets by their position in the book, from 1.
    let fillings = [
        stream::Filling { sheet: 2, content: stream::Content::Rows(&list), last_cell: list.last_cell() },
        stream::Filling { sheet: 4, content: stream::Content::Rows(&matrix), last_cell: matrix.last_cell() },
        stream::Filling { sheet: 6, content: stream::Content::Rows(&rules), last_cell: rules.last_cell() },
    ];
    stream::fill(&package, &fillings, out).map_err(XlsxError::IoError)
}

fn properties(report: &Report, options: &Options) -> Result<DocProperties, XlsxError> {
    let (year, month, day) = report.run.as_of.ymd();
    // The format has no dates before 1900; the as-of date stands on the first sheet as well.
    let created = ExcelDateTime::from_ymd(year.clamp(1900, 9999) as u16, month as u8, day as u8)?;
    Ok(DocProperties::new()
        .set_title(words::pick(options.lang, "台账核查结果", "Findings of the check of ledgers"))
        .set_author(format!("taizhang {}", report.run.version))
        .set_creation_datetime(&created))
}

/// What every sheet needs.
struct Book<'a> {
    report: &'a Report,
    options: &'a Options,
    overview: Overview<'a>,
    styles: Styles,
}

impl<'a> Book<'a> {
    fn lang(&self) -> Lang {
        self.options.lang
    }

    fn pick(&self, zh: &'static str, en: &'static str) -> &'static str {
        words::pick(self.options.lang, zh, en)
    }

    fn scrub(&self, text: &str) -> String {
        scrub(text, self.options.masking)
    }

    /// Measure as number and title.
    fn measure(&self, id: &str) -> String {
        match self.report.measures.iter().find(|measure| &*measure.id == id) {
            Some(measure) => format!("{id} {}", measure.title.get(self.lang())),
            None => id.to_owned(),
        }
    }

    /// Name, paper and margins that all sheets share; `header` rows are repeated on each printed page.
    fn set_up(&self, sheet: &mut Worksheet, zh: &'static str, en: &'static str) -> Result<(), XlsxError> {
        let name = self.pick(zh, en);
        sheet.set_name(name)?;
        sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
        sheet.set_margins(0.4, 0.4, 0.6, 0.6, 0.3, 0.3);
        sheet.set_screen_gridlines(false);
        sheet.set_header(format!("&L{}&R{name}", self.pick("台账核查结果", "Check of ledgers")));
        sheet.set_footer(match self.lang() {
            Lang::Zh => format!("&L核查日期 {}&R第 &P 页，共 &N 页", self.report.run.as_of),
            Lang::En => format!("&LAs of {}&RPage &P of &N", self.report.run.as_of),
        });
        Ok(())
    }
}

/// The text cut to what a cell can hold.
fn cell_text(text: &str) -> &str {
    if text.len() <= CELL_CHARACTERS {
        return text;
    }
    // A character of Excel is a UTF-16 unit, of which a character here has at most two.
    match text.char_indices().nth(CELL_CHARACTERS / 2) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// The height in points that wrapped texts need in columns of these widths.
///
/// It is written into the file because not every program fits the heights of rows itself when it opens a workbook.
fn row_height<'t>(cells: impl IntoIterator<Item = (&'t str, f64)>) -> f64 {
    let lines = cells.into_iter().map(|(text, width)| lines(text, width)).max().unwrap_or(1);
    // Excel allows 409 points.
    (f64::from(lines.max(1)) * 15.0 + 4.0).min(409.0)
}

fn lines(text: &str, width: f64) -> u32 {
    let fits = (width.max(2.0) * 0.96) as u32;
    text.split('\n').map(|line| half_widths(line).div_ceil(fits).max(1)).sum()
}

/// The width in half-width characters; every character beyond ASCII counts as full-width.
fn half_widths(text: &str) -> u32 {
    text.bytes().map(|byte| u32::from(byte < 0x80) + 2 * u32::from(byte >= 0xC0)).sum()
}

#[cfg(test)]
mod tests;
