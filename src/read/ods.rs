//! OpenDocument spreadsheets, packed (ODS) or flat (FODS).

use std::collections::BTreeSet;
use std::io::Read;

use quick_xml::events::{BytesStart, Event};

use super::faults;
use super::grid::Grid;
use super::limits::{self, Limits};
use super::numbers::{NumberKind, iso_date_time};
use super::package::Package;
use super::sheet::{Cell, DAY_ZERO, MergedArea, Sheet};
use super::xml::{Xml, attribute, is_true, push_reference, truncated};
use crate::diag::InputFault;
use crate::model::Date;

/// The sheets of a packed spreadsheet.
pub(super) fn open_package(package: &Package, limits: &Limits) -> Result<Vec<Sheet>, InputFault> {
    if let Some(manifest) = package.find("META-INF/manifest.xml") {
        let mut xml = Xml::new(package.stream(manifest, limits)?, limits);
        loop {
            match xml.next() {
                Ok(Event::Start(start) | Event::Empty(start)) if start.local_name().as_ref() == "encryption-data" => {
                    return Err(faults::password());
                }
                // A broken manifest does not keep the content from being read.
                Ok(Event::Eof) | Err(_) => break,
                Ok(_) => {}
            }
        }
    }
    let content = package.find("content.xml");
    let content = content.ok_or_else(|| faults::damaged("缺少表格内容", "the content part is missing"))?;
    open(package.stream(content, limits)?, limits)
}

/// The sheets in the XML of the content.
pub(super) fn open(text: impl Read + Send + 'static, limits: &Limits) -> Result<Vec<Sheet>, InputFault> {
    let mut xml = Xml::new(text, limits);
    let mut hidden_styles: BTreeSet<String> = BTreeSet::new();
    let mut style = String::new();
    let mut sheets = Vec::new();
    let mut is_spreadsheet = false;
    let mut day_zero = DAY_ZERO;
    loop {
        match xml.next()? {
            Event::Start(start) | Event::Empty(start) => match start.local_name().as_ref() {
                "style" => style = attribute(&start, "name").unwrap_or_default().into_owned(),
                "table-properties" if attribute(&start, "display").is_some_and(|display| display == "false") => {
                    hidden_styles.insert(style.clone());
                }
                "spreadsheet" => is_spreadsheet = true,
                "null-date" => {
                    let date = attribute(&start, "date-value").and_then(|date| Date::parse_iso(date.get(..10)?));
                    day_zero = date.map_or(DAY_ZERO, Date::days);
                }
                "table" if is_spreadsheet => {
                    if sheets.len() >= limits.sheets {
                        return Err(limits::exceeded("sheets", limits.sheets as u64));
                    }
                    let name = attribute(&start, "name").unwrap_or_default().into_owned();
                    let hidden = attribute(&start, "style-name").is_some_and(|style| hidden_styles.contains(&*style));
                    let mut table = Table::new(limits);
                    let fault = table.read(&mut xml).err();
                    let broken = fault.is_some();
                    sheets.push(Sheet {
                        name,
                        hidden,
                        is_text: false,
                        merged: table.merged,
                        hidden_columns: table.hidden_columns,
                        day_zero,
                        rows: Box::new(table.grid.into_rows(fault)),
                    });
                    if broken {
                        return Ok(sheets);
                    }
                }
                _ => {}
            },
            Event::Eof if !is_spreadsheet => {
                return Err(faults::not_a_spreadsheet(
                    "不含表格的 OpenDocument 文件",
                    "an OpenDocument file without tables",
                ));
            }
            Event::Eof => return Ok(sheets),
            _ => {}
        }
    }
}

struct Table<'a> {
    limits: &'a Limits,
    grid: Grid,
    merged: Vec<MergedArea>,
    hidden_columns: Vec<u32>,
    columns: u32,
    row: u32,
    column: u32,
    /// Cells of the row at hand, for rows that stand for several.
    cells: Vec<(u32, Value)>,
}

/// What a cell holds, with its text where that is the value.
#[derive(Clone)]
enum Value {
    Text(String),
    Error(String),
    Other(Cell<'static>),
}

impl Value {
    fn as_cell(&self) -> Cell<'_> {
        match self {
            Value::Text(text) => Cell::Text(text),
            Value::Error(text) => Cell::Error(text),
            Value::Other(cell) => *cell,
        }
    }
}

/// What the tag of a cell says.
struct CellStart {
    written: String,
    value: String,
    repeated: u32,
    rows: u32,
    columns: u32,
    has_formula: bool,
    is_error: bool,
}

impl<'a> Table<'a> {
    fn new(limits: &'a Limits) -> Table<'a> {
        Table {
            limits,
            grid: Grid::default(),
            merged: Vec::new(),
            hidden_columns: Vec::new(),
            columns: 0,
            row: 0,
            column: 0,
            cells: Vec::new(),
        }
    }

    fn read(&mut self, xml: &mut Xml) -> Result<(), InputFault> {
        let mut repeated = 1;
        let mut hidden = false;
        // Shapes that stand on the sheet may hold tables of their own.
        let mut inner = 0_u32;
        loop {
            match xml.next()? {
                Event::Start(start) => match start.local_name().as_ref() {
                    "table" | "shapes" | "forms" | "sub-table" => inner += 1,
                    _ if inner > 0 => {}
                    "table-column" => self.set_column(&start),
                    "table-row" => {
                        repeated = number(&start, "number-rows-repeated");
                        hidden = is_hidden(&start);
                        self.column = 0;
                        self.cells.clear();
                    }
                    "table-cell" | "covered-table-cell" => {
                        let cell = cell_start(&start);
                        let text = self.read_text(xml)?;
                        self.put(&cell, text)?;
                    }
                    _ => {}
                },
                Event::Empty(start) if inner == 0 => match start.local_name().as_ref() {
                    "table-column" => self.set_column(&start),
                    "table-row" => self.row = self.row.saturating_add(number(&start, "number-rows-repeated")),
                    "table-cell" | "covered-table-cell" => {
                        let cell = cell_start(&start);
                        self.put(&cell, String::new())?;
                    }
                    _ => {}
                },
                Event::End(end) => match end.local_name().as_ref() {
                    "table" if inner == 0 => return Ok(()),
                    "table" | "shapes" | "forms" | "sub-table" => inner = inner.saturating_sub(1),
                    "table-row" if inner == 0 => self.end_row(repeated, hidden)?,
                    _ => {}
                },
                Event::Eof => return Err(truncated()),
                _ => {}
            }
        }
    }

    /// The shown text of a cell, up to its end; notes, shapes and phonetic text are no part of it.
    fn read_text(&mut self, xml: &mut Xml) -> Result<String, InputFault> {
        let mut text = String::new();
        let mut in_paragraph = false;
        // Elements that are passed over with all that stands in them, and cells of tables within the cell.
        let (mut skipped, mut inner) = (0_u32, 0_u32);
        loop {
            match xml.next()? {
                Event::Start(start) => match start.local_name().as_ref() {
                    "annotation" | "frame" | "custom-shape" | "ruby-text" | "g" | "control" => skipped += 1,
                    "table-cell" | "covered-table-cell" => inner += 1,
                    "p" | "h" if skipped == 0 => in_paragraph = true,
                    name if in_paragraph && skipped == 0 => push_blank(name, &start, &mut text),
                    _ => {}
                },
                Event::Empty(start) if skipped == 0 => match start.local_name().as_ref() {
                    "p" | "h" => text.push('\n'),
                    name => push_blank(name, &start, &mut text),
                },
                Event::Text(part) if in_paragraph && skipped == 0 => push_collapsed(&mut text, &part.xml10_content()),
                Event::CData(part) if in_paragraph && skipped == 0 => push_collapsed(&mut text, &part.xml10_content()),
                Event::GeneralRef(reference) if in_paragraph && skipped == 0 => push_reference(&reference, &mut text),
                Event::End(end) => match end.local_name().as_ref() {
                    "annotation" | "frame" | "custom-shape" | "ruby-text" | "g" | "control" => {
                        skipped = skipped.saturating_sub(1);
                    }
                    "p" | "h" if skipped == 0 => {
                        in_paragraph = false;
                        text.push('\n');
                    }
                    "table-cell" | "covered-table-cell" if inner == 0 => {
                        let kept = text.trim_end_matches('\n').len();
                        text.truncate(kept);
                        return Ok(text);
                    }
                    "table-cell" | "covered-table-cell" => inner -= 1,
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

    fn put(&mut self, cell: &CellStart, text: String) -> Result<(), InputFault> {
        let first = self.column;
        self.column = first.saturating_add(cell.repeated);
        if cell.rows > 1 || cell.columns > 1 {
            if self.merged.len() >= self.limits.merged_areas {
                return Err(limits::exceeded("merged-areas", self.limits.merged_areas as u64));
            }
            self.merged.push(MergedArea {
                first_row: self.row,
                first_column: first,
                last_row: self.row.saturating_add(cell.rows - 1),
                last_column: first.saturating_add(cell.columns - 1),
            });
        }
        let Some(value) = value(cell, text) else { return Ok(()) };
        for column in first..self.column {
            if column as usize >= self.limits.columns {
                return Err(limits::exceeded("columns", self.limits.columns as u64));
            }
            self.cells.push((column, value.clone()));
        }
        Ok(())
    }

    fn end_row(&mut self, repeated: u32, hidden: bool) -> Result<(), InputFault> {
        if !self.cells.is_empty() {
            for row in self.row..self.row.saturating_add(repeated) {
                for (column, value) in &self.cells {
                    self.grid.put(row, *column, value.as_cell(), self.limits)?;
                }
                if hidden {
                    self.grid.hide_row(row);
                }
            }
        }
        self.cells.clear();
        self.row = self.row.saturating_add(repeated);
        Ok(())
    }

    fn set_column(&mut self, start: &BytesStart<'_>) {
        let end = self.columns.saturating_add(number(start, "number-columns-repeated"));
        if is_hidden(start) {
            let last = end.min(self.limits.columns as u32);
            let room = self.limits.columns.saturating_sub(self.hidden_columns.len());
            self.hidden_columns.extend((self.columns..last).take(room));
        }
        self.columns = end;
    }
}

fn cell_start(start: &BytesStart<'_>) -> CellStart {
    let mut cell = CellStart {
        written: String::new(),
        value: String::new(),
        repeated: 1,
        rows: 1,
        columns: 1,
        has_formula: false,
        is_error: false,
    };
    for attribute in start.attributes().with_checks(false).filter_map(Result::ok) {
        let key: &str = attribute.key.as_ref();
        let (prefix, name) = key.rsplit_once(':').unwrap_or(("", key));
        let count = || attribute.value.trim().parse::<u32>().unwrap_or(1).max(1);
        match name {
            // The extension of the same name tells errors.
            "value-type" if prefix == "calcext" => cell.is_error = attribute.value == "error",
            "value-type" => cell.written = attribute.value.into_owned(),
            "value" | "date-value" | "time-value" | "boolean-value" | "string-value" => {
                cell.value = super::xml::unescape(attribute.value).into_owned();
            }
            "number-columns-repeated" => cell.repeated = count(),
            "number-rows-spanned" => cell.rows = count(),
            "number-columns-spanned" => cell.columns = count(),
            "formula" => cell.has_formula = true,
            _ => {}
        }
    }
    cell
}

fn value(cell: &CellStart, text: String) -> Option<Value> {
    let number =
        |kind: NumberKind| cell.value.trim().parse::<f64>().ok().map(|value| Value::Other(kind.cell(value, false)));
    if cell.is_error {
        return Some(Value::Error(text));
    }
    let value = match cell.written.as_str() {
        "float" | "currency" => number(NumberKind::Plain),
        "percentage" => number(NumberKind::Percent),
        "date" => iso_date_time(&cell.value).map(Value::Other),
        "time" => duration(&cell.value).and_then(|days| super::numbers::date_time(days, false)).map(Value::Other),
        "boolean" => Some(Value::Other(Cell::Bool(is_true(&cell.value)))),
        "string" if text.is_empty() && !cell.value.is_empty() => return Some(Value::Text(cell.value.clone())),
        "" if cell.has_formula && text.is_empty() => return Some(Value::Other(Cell::Uncomputed)),
        _ => None,
    };
    // What cannot be read as its type says is still there as the text that is shown.
    value.or_else(|| (!text.is_empty()).then_some(Value::Text(text)))
}

/// Days of a length of time such as `PT08H30M00S`.
fn duration(text: &str) -> Option<f64> {
    let mut rest = text.trim().strip_prefix("PT")?;
    let mut seconds = 0.0;
    for (unit, factor) in [('H', 3600.0), ('M', 60.0), ('S', 1.0)] {
        if let Some((number, after)) = rest.split_once(unit) {
            seconds += number.parse::<f64>().ok()? * factor;
            rest = after;
        }
    }
    rest.is_empty().then_some(seconds / 86_400.0)
}

/// Adds text in which, as the format has it, any run of white space is one blank.
fn push_collapsed(text: &mut String, piece: &str) {
    for c in piece.chars() {
        let c = if matches!(c, '\t' | '\n' | '\r') { ' ' } else { c };
        if c != ' ' || !(text.is_empty() || text.ends_with([' ', '\n'])) {
            text.push(c);
        }
    }
}

fn push_blank(name: &str, start: &BytesStart<'_>, text: &mut String) {
    match name {
        "s" => {
            let count = attribute(start, "c").and_then(|count| count.parse::<usize>().ok()).unwrap_or(1);
            text.extend(std::iter::repeat_n(' ', count.min(1000)));
        }
        "tab" => text.push('\t'),
        "line-break" => text.push('\n'),
        _ => {}
    }
}

fn number(start: &BytesStart<'_>, name: &str) -> u32 {
    attribute(start, name).and_then(|value| value.trim().parse().ok()).unwrap_or(1).max(1)
}

fn is_hidden(start: &BytesStart<'_>) -> bool {
    attribute(start, "visibility").is_some_and(|visibility| matches!(&*visibility, "collapse" | "filter"))
}
