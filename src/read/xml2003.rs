//! XML Spreadsheet 2003 workbooks.

use std::collections::BTreeMap;
use std::io::Read;

use quick_xml::events::{BytesStart, Event};

use super::grid::Grid;
use super::limits::{self, Limits};
use super::numbers::{NumberKind, iso_date_time};
use super::sheet::{Cell, MergedArea, Sheet, day_zero};
use super::xml::{Xml, attribute, is_true, push_reference, truncated};
use crate::diag::InputFault;

/// The sheets of the workbook in `text`.
pub(super) fn open(text: impl Read + Send + 'static, limits: &Limits) -> Result<Vec<Sheet>, InputFault> {
    let mut xml = Xml::new(text, limits);
    let mut styles: BTreeMap<String, NumberKind> = BTreeMap::new();
    let mut style = String::new();
    let mut sheets = Vec::new();
    let mut is_1904 = false;
    loop {
        match xml.next()? {
            Event::Start(start) | Event::Empty(start) => match start.local_name().as_ref() {
                "Style" => style = attribute(&start, "ID").unwrap_or_default().into_owned(),
                "NumberFormat" => {
                    let format = attribute(&start, "Format").unwrap_or_default();
                    styles.insert(style.clone(), kind_of(&format));
                }
                "Date1904" => is_1904 = true,
                "Worksheet" => {
                    let name = attribute(&start, "Name").unwrap_or_default().into_owned();
                    if sheets.len() >= limits.sheets {
                        return Err(limits::exceeded("sheets", limits.sheets as u64));
                    }
                    let mut worksheet = Worksheet::new(name, &styles, is_1904, limits);
                    let fault = worksheet.read(&mut xml).err();
                    let broken = fault.is_some();
                    sheets.push(worksheet.finish(fault));
                    if broken {
                        return Ok(sheets);
                    }
                }
                _ => {}
            },
            Event::End(end) if end.local_name().as_ref() == "Workbook" => return Ok(sheets),
            Event::Eof if sheets.is_empty() => return Err(truncated()),
            Event::Eof => return Ok(sheets),
            _ => {}
        }
    }
}

/// The kind of a number format, some of which have names.
fn kind_of(format: &str) -> NumberKind {
    match format {
        "Percent" => NumberKind::Percent,
        "General Date" | "Long Date" | "Medium Date" | "Short Date" | "Long Time" | "Medium Time" | "Short Time" => {
            NumberKind::Date
        }
        "General Number" | "Currency" | "Euro Currency" | "Fixed" | "Standard" | "Scientific" | "Yes/No"
        | "True/False" | "On/Off" => NumberKind::Plain,
        code => NumberKind::of_code(code),
    }
}

struct Worksheet<'a> {
    name: String,
    styles: &'a BTreeMap<String, NumberKind>,
    is_1904: bool,
    limits: &'a Limits,
    hidden: bool,
    grid: Grid,
    merged: Vec<MergedArea>,
    hidden_columns: Vec<u32>,
    row: u32,
    column: u32,
    /// The column setting that follows.
    next_setting: u32,
}

impl<'a> Worksheet<'a> {
    fn new(name: String, styles: &'a BTreeMap<String, NumberKind>, is_1904: bool, limits: &'a Limits) -> Worksheet<'a> {
        Worksheet {
            name,
            styles,
            is_1904,
            limits,
            hidden: false,
            grid: Grid::default(),
            merged: Vec::new(),
            hidden_columns: Vec::new(),
            row: 0,
            column: 0,
            next_setting: 0,
        }
    }

    fn read(&mut self, xml: &mut Xml) -> Result<(), InputFault> {
        let mut in_visible = false;
        loop {
            match xml.next()? {
                Event::Start(start) => match start.local_name().as_ref() {
                    "Row" => self.start_row(&start)?,
                    "Cell" => {
                        let cell = self.start_cell(&start)?;
                        self.read_cell(xml, cell)?;
                    }
                    "Column" => self.set_column(&start),
                    "Visible" => in_visible = true,
                    _ => {}
                },
                Event::Empty(start) => match start.local_name().as_ref() {
                    "Row" => {
                        self.start_row(&start)?;
                        self.row = self.row.saturating_add(1);
                    }
                    "Cell" => {
                        let cell = self.start_cell(&start)?;
                        self.put(&cell, None, "")?;
                    }
                    "Column" => self.set_column(&start),
                    _ => {}
                },
                Event::Text(text) if in_visible => self.hidden |= text.trim() != "SheetVisible",
                Event::End(end) => match end.local_name().as_ref() {
                    "Row" => self.row = self.row.saturating_add(1),
                    "Visible" => in_visible = false,
                    "Worksheet" => return Ok(()),
                    _ => {}
                },
                Event::Eof => return Err(truncated()),
                _ => {}
            }
        }
    }

    fn start_row(&mut self, start: &BytesStart<'_>) -> Result<(), InputFault> {
        if let Some(index) = number(start, "Index") {
            self.row = index.saturating_sub(1);
        }
        self.column = 0;
        if attribute(start, "Hidden").is_some_and(|value| is_true(&value)) {
            self.grid.hide_row(self.row);
        }
        Ok(())
    }

    fn start_cell(&mut self, start: &BytesStart<'_>) -> Result<OpenCell, InputFault> {
        if let Some(index) = number(start, "Index") {
            self.column = index.saturating_sub(1);
        }
        let column = self.column;
        let across = number(start, "MergeAcross").unwrap_or(0);
        let down = number(start, "MergeDown").unwrap_or(0);
        let last_column = column.saturating_add(across).min(self.limits.columns as u32);
        if across > 0 || down > 0 {
            if self.merged.len() >= self.limits.merged_areas {
                return Err(limits::exceeded("merged-areas", self.limits.merged_areas as u64));
            }
            self.merged.push(MergedArea {
                first_row: self.row,
                first_column: column,
                last_row: self.row.saturating_add(down),
                last_column,
            });
        }
        self.column = last_column.saturating_add(1);
        let style = attribute(start, "StyleID").and_then(|id| self.styles.get(&*id).copied());
        Ok(OpenCell { column, kind: style.unwrap_or_default(), has_formula: attribute(start, "Formula").is_some() })
    }

    fn read_cell(&mut self, xml: &mut Xml, cell: OpenCell) -> Result<(), InputFault> {
        let mut written: Option<String> = None;
        let mut text = String::new();
        let mut taking = false;
        let mut in_comment = false;
        loop {
            match xml.next()? {
                Event::Start(start) => match start.local_name().as_ref() {
                    "Data" if !in_comment => {
                        written = Some(attribute(&start, "Type").unwrap_or_default().into_owned());
                        taking = true;
                    }
                    "Comment" | "PhoneticText" => {
                        in_comment = true;
                        taking = false;
                    }
                    _ => {}
                },
                Event::Text(part) if taking => text.push_str(&part.xml10_content()),
                Event::CData(part) if taking => text.push_str(&part.xml10_content()),
                Event::GeneralRef(reference) if taking => push_reference(&reference, &mut text),
                Event::End(end) => match end.local_name().as_ref() {
                    "Data" => taking = false,
                    "Comment" | "PhoneticText" => in_comment = false,
                    "Cell" => return self.put(&cell, written.as_deref(), &text),
                    _ => {}
                },
                Event::Eof => return Err(truncated()),
                _ => {}
            }
            if text.len() > self.limits.text_bytes {
                return Err(limits::exceeded("text-bytes", self.limits.text_bytes as u64));
            }
        }
    }

    fn put(&mut self, cell: &OpenCell, written: Option<&str>, text: &str) -> Result<(), InputFault> {
        let value = match written {
            None | Some("Number") if text.is_empty() && cell.has_formula => Cell::Uncomputed,
            None => Cell::Empty,
            Some("Number") => match text.trim().parse::<f64>() {
                Ok(value) if value.is_finite() => cell.kind.cell(value, self.is_1904),
                _ => Cell::Text(text),
            },
            Some("DateTime") => iso_date_time(text).unwrap_or(Cell::Text(text)),
            Some("Boolean") => Cell::Bool(is_true(text)),
            Some("Error") => Cell::Error(text),
            Some(_) => Cell::Text(text),
        };
        self.grid.put(self.row, cell.column, value, self.limits)
    }

    fn set_column(&mut self, start: &BytesStart<'_>) {
        if let Some(index) = number(start, "Index") {
            self.next_setting = index.saturating_sub(1);
        }
        let last = self.next_setting.saturating_add(number(start, "Span").unwrap_or(0)).min(self.limits.columns as u32);
        if attribute(start, "Hidden").is_some_and(|value| is_true(&value)) {
            let room = self.limits.columns.saturating_sub(self.hidden_columns.len());
            self.hidden_columns.extend((self.next_setting..=last).take(room));
        }
        self.next_setting = last.saturating_add(1);
    }

    fn finish(self, fault: Option<InputFault>) -> Sheet {
        Sheet {
            name: self.name,
            hidden: self.hidden,
            is_text: false,
            merged: self.merged,
            hidden_columns: self.hidden_columns,
            day_zero: day_zero(self.is_1904),
            rows: Box::new(self.grid.into_rows(fault)),
        }
    }
}

/// A cell whose value is still to come.
struct OpenCell {
    column: u32,
    kind: NumberKind,
    has_formula: bool,
}

fn number(start: &BytesStart<'_>, name: &str) -> Option<u32> {
    attribute(start, name)?.trim().parse().ok()
}
