//! One sheet as it was submitted, row by row, with the faulty cells coloured: compressed as it comes, so that its size is no matter.

use std::collections::BTreeMap;
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Note, Worksheet, XlsxError};

use super::stream::{self, Stored};
use super::{SHEET_ROWS, cell_text, half_widths, style};
use crate::finding::{CopiedRows, SheetCopy};
use crate::model::{cell_name, column_name};

/// Columns that a sheet may have.
const SHEET_COLUMNS: usize = 16_384;
/// Rows whose texts decide how wide the columns are.
const MEASURED: u32 = 200;
/// Half-width characters that a text beside nothing may have before it wraps: a title goes on over the columns beside it.
const WIDEST: u32 = 120;
/// Widest columns of a copy, and of one that only its heading would make wider, in half-width characters: forms are printed to be
/// discussed, and eight wide columns on a page are too small to read.
const COLUMN: u32 = 26;
const HEADING: u32 = 16;
/// What a title in the first column, which goes on over the others, makes of it.
const TITLED: u32 = 8;
/// Half-width characters that a printed page takes beside each other and stays legible.
const PAGE: u32 = 230;
/// Pages that a very wide sheet goes over from left to right.
const PAGES: u32 = 10;
/// Height of a line and most height of a row, in points.
const LINE_HEIGHT: u32 = 15;
const HIGHEST: u32 = 400;
/// Merged areas that a copy keeps.
const MERGED: usize = 20_000;

/// A cell as it was submitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    Empty,
    Text(&'a str),
    Number {
        value: f64,
        percent: bool,
    },
    /// Days since 1970-01-01 and seconds of the day.
    DateTime {
        days: i32,
        seconds: u32,
    },
    Bool(bool),
    /// An error value such as `#REF!`.
    Error(&'a str),
}

/// What a sheet has beside its rows.
#[derive(Clone, Debug, Default)]
pub struct SheetShape {
    /// First row, first column, last row and last column of each merged area, from 0.
    pub merged: Vec<[u32; 4]>,
    /// From 0.
    pub hidden_columns: Vec<u32>,
}

/// How a cell of a copy looks; the order is that of the prototypes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Tone {
    Plain,
    Heading,
    Error,
    Warning,
    Advice,
    Undetermined,
}

/// How the content of a cell is shown; the order is that of the prototypes.
#[derive(Clone, Copy)]
enum Shown {
    Plain,
    /// A text that would run into its neighbour.
    Wrapped,
    Quoted,
    Long,
    Percent,
    Date,
    DateTime,
}

const TONES: [Tone; 6] = [Tone::Plain, Tone::Heading, Tone::Error, Tone::Warning, Tone::Advice, Tone::Undetermined];
const SHOWN: [Shown; 7] =
    [Shown::Plain, Shown::Wrapped, Shown::Quoted, Shown::Long, Shown::Percent, Shown::Date, Shown::DateTime];

/// What is wrong with a cell.
pub(super) struct Mark {
    pub tone: Tone,
    pub note: String,
}

/// The copy of one sheet in the making.
pub(super) struct CopySheet<'a> {
    copy: &'a SheetCopy,
    /// By row and column of the sheet as submitted.
    marks: BTreeMap<(u32, u32), Mark>,
    shape: SheetShape,
    rows: DeflateEncoder<Vec<u8>>,
    /// Width of each column in half-width characters.
    widths: Vec<u32>,
    last_row: u32,
    last_column: u32,
    /// Rows that no sheet has room for.
    pub left_out: u64,
    xml: String,
}

impl<'a> CopySheet<'a> {
    pub fn new(copy: &'a SheetCopy, marks: BTreeMap<(u32, u32), Mark>) -> CopySheet<'a> {
        CopySheet {
            copy,
            marks,
            shape: SheetShape::default(),
            rows: DeflateEncoder::new(Vec::new(), Compression::fast()),
            widths: Vec::new(),
            last_row: 0,
            last_column: 0,
            left_out: 0,
            xml: String::new(),
        }
    }

    pub fn begin(&mut self, shape: SheetShape) {
        self.shape = shape;
    }

    /// How many cells are marked.
    pub fn marked(&self) -> usize {
        self.marks.len()
    }

    /// The cell of the copy that a cell of the submitted sheet went to.
    pub fn place(&self, row: u32, column: u32) -> Option<(u32, u32)> {
        self.copy.rows.place(row).filter(|row| (*row as usize) < SHEET_ROWS).map(|row| (row, column))
    }

    fn is_heading(&self, row: u32) -> bool {
        self.copy.headings.iter().any(|(first, last)| (*first..=*last).contains(&row))
    }

    /// Takes the row where it belongs to the recipient. Rows come in the order of the sheet.
    pub fn row<'v>(&mut self, row: u32, cells: impl Iterator<Item = Value<'v>>) -> io::Result<()> {
        let Some(place) = self.copy.rows.place(row) else { return Ok(()) };
        if place as usize >= SHEET_ROWS {
            self.left_out += 1;
            return Ok(());
        }
        let number = place + 1;
        let is_heading = self.is_heading(row);
        let usual = if is_heading { Tone::Heading } else { Tone::Plain };
        self.xml.clear();
        // Not every program makes a row as high as its wrapped texts need.
        let mut lines = 1;
        let mut next_marked =
            self.marks.range((row, 0)..=(row, u32::MAX)).map(|((_, column), mark)| (*column, mark.tone)).peekable();
        let mut columns = 0;
        let mut cells = cells.take(SHEET_COLUMNS).enumerate().peekable();
        while let Some((column, value)) = cells.next() {
            // A long text goes on over what is empty beside it, as it does on the sheet that was submitted.
            let is_hemmed = cells.peek().is_some_and(|(_, next)| *next != Value::Empty);
            let column = column as u32;
            columns = column + 1;
            let tone = next_marked.next_if(|(marked, _)| *marked == column).map_or(usual, |(_, tone)| tone);
            if value == Value::Empty && tone == Tone::Plain {
                continue;
            }
            let width = push_cell(&mut self.xml, column, number, value, tone, is_hemmed);
            if is_hemmed || tone != Tone::Plain || width > WIDEST {
                lines = lines.max(width.div_ceil(if is_heading { HEADING } else { COLUMN }));
            }
            if number <= MEASURED {
                let index = column as usize;
                if self.widths.len() <= index {
                    self.widths.resize(index + 1, 0);
                }
                // A long title or heading may go on over the columns beside it, or wrap.
                let most = match is_heading {
                    true => HEADING,
                    false if column == 0 && !is_hemmed && width <= WIDEST => TITLED,
                    false => COLUMN,
                };
                self.widths[index] = self.widths[index].max(width.min(most));
            }
            self.last_column = self.last_column.max(column);
        }
        // A blank cell beyond the last one with content may be what is at fault.
        for (column, tone) in next_marked.filter(|(column, _)| *column >= columns && (*column as usize) < SHEET_COLUMNS)
        {
            push_cell(&mut self.xml, column, number, Value::Empty, tone, false);
            self.last_column = self.last_column.max(column);
        }
        let height = match lines {
            1 => String::new(),
            lines => format!(" ht=\"{}\" customHeight=\"1\"", (lines * LINE_HEIGHT).min(HIGHEST)),
        };
        self.last_row = self.last_row.max(place);
        write!(self.rows, "<row r=\"{number}\"{height}>")?;
        self.rows.write_all(self.xml.as_bytes())?;
        self.rows.write_all(b"</row>")
    }

    /// Lays out the sheet that the rows go into.
    pub fn lay_out(&self, sheet: &mut Worksheet, prototypes: &[Format]) -> Result<(), XlsxError> {
        for (column, format) in prototypes.iter().enumerate() {
            sheet.write_blank(0, column as u16, format)?;
        }
        for (column, width) in self.widths.iter().enumerate() {
            sheet.set_column_width(column as u16, f64::from(width + 2).clamp(6.0, f64::from(COLUMN) + 4.0))?;
        }
        let hidden = |column: usize| self.shape.hidden_columns.iter().any(|hidden| *hidden as usize == column);
        let shown = self.widths.iter().enumerate().filter(|(column, _)| !hidden(*column));
        let total: u32 = shown.map(|(_, width)| (width + 2).max(6)).sum();
        sheet.set_landscape().set_paper_size(9);
        sheet.set_print_fit_to_pages(total.div_ceil(PAGE).clamp(1, PAGES) as u16, 0);
        sheet.set_margins(0.4, 0.4, 0.6, 0.6, 0.3, 0.3);
        // A wide sheet takes several printed pages, and each says which sheet it is of.
        sheet.set_header("&L&A").set_footer("&R&P / &N");
        for column in &self.shape.hidden_columns {
            if (*column as usize) < SHEET_COLUMNS {
                sheet.set_column_hidden(*column as u16)?;
            }
        }
        let headings = self.copy.headings.iter().map(|(_, last)| self.copy.rows.place(*last));
        if let Some(last) = headings.max().flatten().filter(|last| *last < 20) {
            sheet.set_freeze_panes(last + 1, 0)?;
            let first = self.copy.headings.iter().filter_map(|(first, _)| self.copy.rows.place(*first)).min();
            sheet.set_repeat_rows(first.unwrap_or(last).min(last), last)?;
        }
        for ((row, column), mark) in &self.marks {
            let Some((row, column)) =
                self.place(*row, *column).filter(|(_, column)| (*column as usize) < SHEET_COLUMNS)
            else {
                continue;
            };
            let lines = super::lines(&mark.note, 44.0);
            let note = Note::new(cell_text(&mark.note))
                .add_author_prefix(false)
                .set_author("taizhang")
                .set_width(320)
                .set_height((lines * 18 + 12).min(420));
            sheet.insert_note(row, column as u16, &note)?;
        }
        Ok(())
    }

    /// The rows, and the last cell of the sheet.
    pub fn finish(self) -> io::Result<(Stored, String)> {
        let merged = self.merged();
        let last_cell = cell_name(self.last_row, self.last_column);
        Ok((Stored { deflated: self.rows.finish()?, merged }, last_cell))
    }

    /// The merged areas that lie in the copy as they lay in the sheet. An area that overlaps another would make the file unreadable.
    fn merged(&self) -> Vec<String> {
        let mut areas: Vec<[u32; 4]> = Vec::new();
        for &[top, left, bottom, right] in &self.shape.merged {
            let (Some(first), Some(last)) = (self.place(top, left), self.place(bottom, right)) else { continue };
            let is_whole = last.0.checked_sub(first.0) == bottom.checked_sub(top) && (right as usize) < SHEET_COLUMNS;
            let is_area = left <= right && (first.0, left) != (last.0, right);
            if is_whole && is_area && first.0 <= self.last_row {
                areas.push([first.0, left, last.0, right]);
            }
        }
        areas.sort();
        let mut kept: Vec<[u32; 4]> = Vec::new();
        // Areas that reach down to the row that is looked at.
        let mut open: Vec<[u32; 4]> = Vec::new();
        for area in areas.into_iter().take(MERGED) {
            let [top, left, _, right] = area;
            open.retain(|[_, _, bottom, _]| *bottom >= top);
            if open.iter().all(|[_, other_left, _, other_right]| *other_right < left || right < *other_left) {
                open.push(area);
                kept.push(area);
            }
        }
        kept.iter()
            .map(|[top, left, bottom, right]| format!("{}:{}", cell_name(*top, *left), cell_name(*bottom, *right)))
            .collect()
    }
}

/// Adds a cell and gives the width of what it shows; `is_hemmed` where something stands beside it.
fn push_cell(xml: &mut String, column: u32, number: u32, value: Value<'_>, tone: Tone, is_hemmed: bool) -> u32 {
    let name = format!("{}{number}", column_name(column));
    let style = |shown: Shown| -> String {
        Stored::style(tone as u16 * SHOWN.len() as u16 + shown as u16).into_iter().collect()
    };
    let plain = |xml: &mut String, shown: Shown, rest: &str| {
        for part in ["<c r=\"", &name, "\" s=\"", &style(shown), "\"", rest] {
            xml.push_str(part);
        }
    };
    let text = |xml: &mut String, text: &str| {
        let width = text.split('\n').map(half_widths).max().unwrap_or(0);
        let shown = match style::looks_like_formula(text) {
            true => Shown::Quoted,
            false if is_hemmed || width > WIDEST || tone != Tone::Plain => Shown::Wrapped,
            false => Shown::Plain,
        };
        stream::push_text_cell(xml, &name, &style(shown), cell_text(text));
        width
    };
    match value {
        Value::Empty => {
            plain(xml, Shown::Plain, "/>");
            0
        }
        Value::Text(content) => text(xml, content),
        Value::Number { value, percent } if value.is_finite() => {
            let shown = match percent {
                true => Shown::Percent,
                // The general format writes long numbers, such as identity numbers, with an exponent.
                false if value.fract() == 0.0 && value.abs() >= 1e11 => Shown::Long,
                false => Shown::Plain,
            };
            let digits = value.to_string();
            plain(xml, shown, &format!("><v>{digits}</v></c>"));
            digits.len().min(20) as u32
        }
        Value::Number { value, .. } => text(xml, &value.to_string()),
        Value::DateTime { days, seconds } => match serial(days, seconds) {
            Some((serial, shown)) => {
                plain(xml, shown, &format!("><v>{serial}</v></c>"));
                if matches!(shown, Shown::Date) { 10 } else { 19 }
            }
            None => {
                let date = crate::model::Date::from_days(days).map(|date| date.to_string()).unwrap_or_default();
                let time = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
                text(xml, &if seconds == 0 { date } else { format!("{date} {time}") })
            }
        },
        Value::Bool(value) => {
            plain(xml, Shown::Plain, &format!(" t=\"b\"><v>{}</v></c>", u8::from(value)));
            5
        }
        Value::Error(code) => {
            const CODES: [&str; 7] = ["#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"];
            if CODES.contains(&code) {
                plain(xml, Shown::Plain, &format!(" t=\"e\"><v>{code}</v></c>"));
                return code.len() as u32;
            }
            text(xml, code)
        }
    }
}

/// The serial number of a date; `None` before March 1900, where programs disagree, and after 9999.
fn serial(days: i32, seconds: u32) -> Option<(String, Shown)> {
    let serial = i64::from(days) + 25_569;
    if !(61..=2_958_465).contains(&serial) {
        return None;
    }
    if seconds == 0 {
        return Some((serial.to_string(), Shown::Date));
    }
    Some(((serial as f64 + f64::from(seconds) / 86_400.0).to_string(), Shown::DateTime))
}

/// The formats of the cells of all copies, in the order that the rows count on.
pub(super) fn prototypes(font: &str) -> Vec<Format> {
    let base = Format::new().set_font_name(font).set_font_size(10).set_align(FormatAlign::VerticalCenter);
    let mut formats = Vec::new();
    for tone in TONES {
        let tinted = |fill: u32, line: u32| {
            let filled = base.clone().set_background_color(Color::RGB(fill));
            filled.set_border(FormatBorder::Thin).set_border_color(Color::RGB(line))
        };
        let of_tone = match tone {
            Tone::Plain => base.clone(),
            Tone::Heading => tinted(0xE8_EEF4, 0xB0_BAC4).set_bold().set_text_wrap(),
            Tone::Error => tinted(0xF8_C9C3, style::RED),
            Tone::Warning => tinted(0xFF_E3A8, style::AMBER),
            Tone::Advice => tinted(0xCF_E2F3, 0x6F_A8DC),
            Tone::Undetermined => tinted(0xE0_E0E0, style::GREY),
        };
        for shown in SHOWN {
            formats.push(match shown {
                Shown::Plain => of_tone.clone(),
                Shown::Wrapped => of_tone.clone().set_text_wrap(),
                Shown::Quoted => of_tone.clone().set_quote_prefix(),
                Shown::Long => of_tone.clone().set_num_format("0"),
                Shown::Percent => of_tone.clone().set_num_format("0.00%"),
                Shown::Date => of_tone.clone().set_num_format("yyyy-mm-dd"),
                Shown::DateTime => of_tone.clone().set_num_format("yyyy-mm-dd hh:mm:ss"),
            });
        }
    }
    formats
}

/// Whether the recipient gets the sheet whole.
pub(super) fn is_whole(copy: &SheetCopy) -> bool {
    copy.rows == CopiedRows::All
}
