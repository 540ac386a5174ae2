//! One sheet of an XLSX workbook: a cheap scan for what stands around the cells, then the cells row by row.
//!
//! Merged areas stand after the cells but say what the first rows mean, so that a sheet is looked through to its end before
//! its first row is given. Small sheets are unpacked once and held meanwhile; large ones are unpacked twice, which takes less
//! than anything that would hold their cells.

use std::io::{self, Read};
use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};

use super::super::content::Content;
use super::super::limits::{self, Limits};
use super::super::numbers::iso_date_time;
use super::super::package::{self, Member};
use super::super::sheet::{Cell, MergedArea, Row, RowSource, Sheet, day_zero};
use super::super::xml::{Xml, attribute, is_true, push_reference, truncated};
use super::super::{faults, guard};
use super::{Shared, plain, push_escaped};
use crate::diag::InputFault;

/// The sheet in `member`, of which only the frame is read here.
pub(super) fn open(shared: &Arc<Shared>, member: &Member, name: String, hidden: bool) -> Sheet {
    let limits = &shared.limits;
    let held = held(shared, member).map(Arc::new);
    let frame = match &held {
        Some(bytes) => Frame::scan(Content::Memory(bytes.clone()).reader(), bytes.len(), limits),
        None => shared.package.stream(member, limits).and_then(|stream| Frame::scan(stream, BLOCK, limits)),
    };
    let frame = match frame {
        Ok(frame) => frame,
        Err(fault) => return guard::failed_sheet(name, hidden, fault),
    };
    Sheet {
        name,
        hidden,
        is_text: false,
        merged: frame.merged,
        hidden_columns: frame.hidden_columns,
        day_zero: day_zero(shared.settings.is_1904),
        rows: Box::new(Rows {
            shared: shared.clone(),
            text_left: shared.package.text_bound(member, &shared.limits),
            member: member.clone(),
            xml: held.map(|bytes| Xml::of_bytes(Arc::unwrap_or_clone(bytes), limits)),
            rows_hidden: frame.rows_hidden,
            next_row: 0,
            cells: 0,
            text: String::new(),
            in_data: false,
        }),
    }
}

/// Bytes of a sheet that is held as it was unpacked: about as many as the buffers take that unpack it a second time.
const HELD: usize = 256 << 10;

/// The unpacked bytes of a small sheet. One whose data is broken or goes over a limit is read as a stream, which gives the
/// rows before the fault.
fn held(shared: &Shared, member: &Member) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let stream = shared.package.stream(member, &shared.limits).ok()?;
    stream.take(HELD as u64 + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() <= HELD).then_some(bytes)
}

/// What stands before and after the cells.
#[derive(Default)]
struct Frame {
    merged: Vec<MergedArea>,
    hidden_columns: Vec<u32>,
    /// Whether rows are hidden unless they say otherwise.
    rows_hidden: bool,
}

/// Bytes before the cells that are looked through; column settings are far shorter.
const HEAD: usize = 4 << 20;
/// Bytes of a stream that are looked through at a time.
const BLOCK: usize = 64 << 10;

impl Frame {
    /// Merged areas stand after the cells, so all bytes are unpacked, but only the frame is parsed.
    fn scan(mut stream: impl Read + Send + 'static, block: usize, limits: &Limits) -> Result<Frame, InputFault> {
        let mut frame = Frame::default();
        let mut window = Vec::new();
        let mut block = vec![0; block.clamp(1, BLOCK)];
        let start = memchr::memmem::Finder::new("sheetData");
        let Some(position) = find(&mut stream, &mut block, &mut window, &start, HEAD, true)? else { return Ok(frame) };
        frame.parse(Xml::of_bytes(window[..position].to_vec(), limits), limits)?;
        window.drain(..position + "sheetData".len());
        let tag_end = memchr::memmem::Finder::new(">");
        let Some(position) = find(&mut stream, &mut block, &mut window, &tag_end, HEAD, true)? else {
            return Ok(frame);
        };
        let is_closed = window[..position].ends_with(b"/");
        window.drain(..=position);
        let end = memchr::memmem::Finder::new("sheetData>");
        if !is_closed {
            loop {
                let found = find(&mut stream, &mut block, &mut window, &end, usize::MAX, false)?;
                let Some(position) = found else { return Ok(frame) };
                let closes = is_end_tag(&window[..position]);
                window.drain(..position + "sheetData>".len());
                if closes {
                    break;
                }
            }
        }
        frame.parse(Xml::new(io::Cursor::new(window).chain(stream), limits), limits)?;
        Ok(frame)
    }

    fn parse(&mut self, mut xml: Xml, limits: &Limits) -> Result<(), InputFault> {
        loop {
            match xml.next() {
                Ok(Event::Start(start) | Event::Empty(start)) => match start.local_name().as_ref() {
                    "mergeCell" => {
                        let area = attribute(&start, "ref").and_then(|area| parse_area(&area));
                        if self.merged.len() >= limits.merged_areas {
                            return Err(limits::exceeded("merged-areas", limits.merged_areas as u64));
                        }
                        self.merged.extend(area);
                    }
                    "col" => self.hide_columns(&start, limits),
                    "sheetFormatPr" => {
                        self.rows_hidden = attribute(&start, "zeroHeight").is_some_and(|value| is_true(&value));
                    }
                    _ => {}
                },
                Ok(Event::Eof) => return Ok(()),
                Ok(_) => {}
                // The head was cut off in the middle of a tag; a fault after the cells shows when they are read.
                Err(fault) if fault.kind == crate::diag::FaultKind::LimitExceeded => return Err(fault),
                Err(_) => return Ok(()),
            }
        }
    }

    fn hide_columns(&mut self, start: &BytesStart<'_>, limits: &Limits) {
        let number = |name| attribute(start, name).and_then(|value| value.trim().parse::<u32>().ok());
        if !attribute(start, "hidden").is_some_and(|value| is_true(&value)) {
            return;
        }
        if let (Some(first), Some(last)) = (number("min"), number("max")) {
            let last = last.min(limits.columns as u32);
            let room = limits.columns.saturating_sub(self.hidden_columns.len());
            self.hidden_columns.extend((first.max(1)..=last).map(|column| column - 1).take(room));
        }
    }
}

/// Reads on, a `block` at a time, until `finder` finds its needle in `window`, which keeps all bytes or only the last few.
fn find(
    stream: &mut impl Read,
    block: &mut [u8],
    window: &mut Vec<u8>,
    finder: &memchr::memmem::Finder<'_>,
    limit: usize,
    keep: bool,
) -> Result<Option<usize>, InputFault> {
    let mut from = 0;
    loop {
        if let Some(position) = finder.find(&window[from..]) {
            return Ok(Some(from + position));
        }
        // The needle, and the tag that it stands in, may lie across two blocks.
        let overlap = window.len().min(64);
        if keep {
            from = window.len() - overlap;
        } else {
            window.drain(..window.len() - overlap);
        }
        if window.len() > limit {
            return Ok(None);
        }
        let count = match stream.read(block) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let fault = package::from_io(&error);
                // Broken data shows when the cells are read, after those that are whole.
                return if fault.kind == crate::diag::FaultKind::LimitExceeded { Err(fault) } else { Ok(None) };
            }
        };
        if count == 0 {
            return Ok(None);
        }
        window.extend_from_slice(&block[..count]);
    }
}

/// Whether the bytes end in `</` or `</x:`.
fn is_end_tag(before: &[u8]) -> bool {
    let tail = &before[before.len().saturating_sub(40)..];
    tail.iter().rposition(|&byte| byte == b'<').is_some_and(|open| tail.get(open + 1) == Some(&b'/'))
}

/// The area named as `B2:D5`.
fn parse_area(text: &str) -> Option<MergedArea> {
    let (first, last) = text.split_once(':').unwrap_or((text, text));
    let (first_row, first_column) = parse_place(first.as_bytes())?;
    let (last_row, last_column) = parse_place(last.as_bytes())?;
    (first_row <= last_row && first_column <= last_column).then_some(MergedArea {
        first_row,
        first_column,
        last_row,
        last_column,
    })
}

/// Row and column from 0 of a place such as `AB12`.
pub(super) fn parse_place(text: &[u8]) -> Option<(u32, u32)> {
    let (mut column, mut row) = (0_u32, 0_u32);
    for &byte in text {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' if row == 0 => {
                column = column.checked_mul(26)?.checked_add(u32::from(byte.to_ascii_uppercase() - b'A') + 1)?;
            }
            b'0'..=b'9' => row = row.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?,
            b'$' => {}
            _ => return None,
        }
    }
    Some((row.checked_sub(1)?, column.checked_sub(1)?))
}

/// The rows of one sheet; the part is opened when the first one is asked for.
struct Rows {
    shared: Arc<Shared>,
    /// Bytes of text that the cells may still hold.
    text_left: u64,
    member: Member,
    xml: Option<Xml>,
    rows_hidden: bool,
    /// The row that follows where the next one does not say which it is.
    next_row: u32,
    cells: u64,
    /// The text of the cell at hand.
    text: String,
    in_data: bool,
}

/// How the value of a cell is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Number,
    Shared,
    Text,
    Bool,
    Error,
    Date,
}

/// What a row's tag says.
struct RowStart {
    index: u32,
    hidden: bool,
}

impl RowSource for Rows {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        let mut xml = match self.xml.take() {
            Some(xml) => xml,
            None => Xml::new(self.shared.package.stream(&self.member, &self.shared.limits)?, &self.shared.limits),
        };
        let found = self.read_row(&mut xml, row);
        self.xml = Some(xml);
        found
    }
}

impl Rows {
    fn read_row(&mut self, xml: &mut Xml, row: &mut Row) -> Result<bool, InputFault> {
        loop {
            match xml.next()? {
                Event::Start(start) => match start.local_name().as_ref() {
                    "sheetData" => self.in_data = true,
                    "row" if self.in_data => {
                        let head = self.row_start(&start)?;
                        row.clear(head.index);
                        row.hidden = head.hidden;
                        self.read_cells(xml, row)?;
                        self.cells += row.len() as u64;
                        if self.cells > self.shared.limits.cells {
                            return Err(limits::exceeded("cells", self.shared.limits.cells));
                        }
                        if !row.is_empty() {
                            return Ok(true);
                        }
                    }
                    _ => {}
                },
                Event::Empty(start) => match start.local_name().as_ref() {
                    "row" if self.in_data => {
                        self.row_start(&start)?;
                    }
                    "sheetData" => return Ok(false),
                    _ => {}
                },
                Event::End(end) => match end.local_name().as_ref() {
                    "sheetData" | "worksheet" => return Ok(false),
                    _ => {}
                },
                Event::Eof => return Err(truncated()),
                _ => {}
            }
        }
    }

    fn row_start(&mut self, start: &BytesStart<'_>) -> Result<RowStart, InputFault> {
        let mut index = self.next_row;
        let mut hidden = self.rows_hidden;
        for attribute in start.attributes().with_checks(false).filter_map(Result::ok) {
            match attribute.key.as_ref() {
                "r" => {
                    index = attribute.value.trim().parse::<u32>().ok().and_then(|r| r.checked_sub(1)).unwrap_or(index)
                }
                "hidden" => hidden = is_true(&attribute.value),
                _ => {}
            }
        }
        self.next_row = index.checked_add(1).ok_or_else(|| limits::exceeded("cells", self.shared.limits.cells))?;
        Ok(RowStart { index, hidden })
    }

    /// Reads the cells up to the end of the row.
    fn read_cells(&mut self, xml: &mut Xml, row: &mut Row) -> Result<(), InputFault> {
        let mut next_column = 0;
        loop {
            while let Some((length, cell)) = plain::cell(xml.at_hand()) {
                if cell.text.is_some_and(|text| text.len() > self.shared.limits.text_bytes) {
                    break;
                }
                let column = cell.column.unwrap_or(next_column);
                next_column = column.saturating_add(1);
                if let Some(text) = cell.text {
                    self.text.clear();
                    self.text.push_str(text);
                    self.put(row, column, cell.written, cell.style, false, true)?;
                }
                xml.skip(length);
            }
            match xml.next()? {
                Event::Start(start) if start.local_name().as_ref() == "c" => {
                    let (column, written, style) = cell_start(&start, next_column);
                    next_column = column.saturating_add(1);
                    self.read_cell(xml, row, column, written, style)?;
                }
                Event::Empty(start) if start.local_name().as_ref() == "c" => {
                    next_column = cell_start(&start, next_column).0.saturating_add(1);
                }
                Event::End(end) if end.local_name().as_ref() == "row" => return Ok(()),
                Event::Eof => return Err(truncated()),
                _ => {}
            }
        }
    }

    fn read_cell(
        &mut self,
        xml: &mut Xml,
        row: &mut Row,
        column: u32,
        written: Written,
        style: usize,
    ) -> Result<(), InputFault> {
        let text_bytes = self.shared.limits.text_bytes;
        self.text.clear();
        // The value, where the cell has one; text of a formula and phonetic text are passed over.
        let mut has_value = false;
        let mut has_formula = false;
        let mut phonetic = false;
        let mut taking = false;
        let mut piece_start = 0;
        loop {
            match xml.next()? {
                Event::Start(start) => match start.local_name().as_ref() {
                    "v" | "t" if !phonetic => {
                        taking = true;
                        has_value = true;
                        piece_start = self.text.len();
                    }
                    "rPh" => phonetic = true,
                    "f" => has_formula = true,
                    _ => {}
                },
                Event::Empty(start) => has_formula |= start.local_name().as_ref() == "f",
                Event::Text(text) if taking => self.text.push_str(&text.xml10_content()),
                Event::CData(text) if taking => self.text.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) if taking => push_reference(&reference, &mut self.text),
                Event::End(end) => match end.local_name().as_ref() {
                    "v" | "t" => {
                        if taking && written == Written::Text && self.text[piece_start..].contains("_x") {
                            let piece = self.text.split_off(piece_start);
                            push_escaped(&mut self.text, &piece);
                        }
                        taking = false;
                    }
                    "rPh" => phonetic = false,
                    "c" => break,
                    _ => {}
                },
                Event::Eof => return Err(truncated()),
                _ => {}
            }
            if self.text.len() > text_bytes {
                return Err(limits::exceeded("text-bytes", text_bytes as u64));
            }
        }
        self.put(row, column, written, style, has_formula, has_value)
    }

    /// Puts the cell with the text at hand into the row.
    fn put(
        &mut self,
        row: &mut Row,
        column: u32,
        written: Written,
        style: usize,
        has_formula: bool,
        has_value: bool,
    ) -> Result<(), InputFault> {
        let no_value = !has_value || (self.text.is_empty() && written != Written::Text);
        if no_value && !has_formula {
            return Ok(());
        }
        if column as usize >= self.shared.limits.columns {
            return Err(limits::exceeded("columns", self.shared.limits.columns as u64));
        }
        let cell = if no_value { Cell::Uncomputed } else { self.value(written, style)? };
        // Writers that do not compute put 0 and ask for the calculation when the book is opened.
        let is_zero = has_formula && matches!(cell, Cell::Number { value: 0.0, .. });
        let cell = if is_zero && self.shared.settings.is_uncalculated { Cell::Uncomputed } else { cell };
        let length = if let Cell::Text(text) = cell { text.len() as u64 } else { 0 };
        if cell != Cell::Empty && cell != Cell::Text("") {
            let is_checked = written == Written::Shared && !self.shared.strings.has_lost_text;
            row.set(column as usize, if is_checked { cell } else { cell.legible() });
        }
        self.text_left = self.text_left.checked_sub(length).ok_or_else(|| {
            // One long text that all cells share makes a large sheet of a small file.
            limits::exceeded("ratio", self.shared.limits.ratio)
        })?;
        Ok(())
    }

    fn value(&self, written: Written, style: usize) -> Result<Cell<'_>, InputFault> {
        let text = self.text.as_str();
        Ok(match written {
            Written::Text => Cell::Text(text),
            Written::Shared => {
                let index = text.trim().parse::<usize>().ok();
                let shared = index.and_then(|index| self.shared.strings.get(index)).ok_or_else(|| {
                    faults::damaged(
                        &format!("单元格引用了不存在的共享字符串（{}）", head(text)),
                        &format!("a cell refers to a shared string that does not exist ({})", head(text)),
                    )
                })?;
                Cell::Text(shared)
            }
            Written::Bool => Cell::Bool(is_true(text)),
            Written::Error => Cell::Error(text),
            Written::Date => iso_date_time(text).unwrap_or(Cell::Text(text)),
            Written::Number => match text.trim().parse::<f64>() {
                Ok(value) if value.is_finite() => {
                    self.shared.styles.get(style).cell(value, self.shared.settings.is_1904)
                }
                _ => Cell::Text(text),
            },
        })
    }
}

/// The first characters of a text, for a message.
fn head(text: &str) -> String {
    text.chars().take(20).collect()
}

impl Written {
    /// What the attribute `t` of a cell says.
    pub fn of(word: &[u8]) -> Written {
        match word {
            b"s" => Written::Shared,
            b"str" | b"inlineStr" => Written::Text,
            b"b" => Written::Bool,
            b"e" => Written::Error,
            b"d" => Written::Date,
            _ => Written::Number,
        }
    }
}

/// Column, way of writing and style of a cell.
fn cell_start(start: &BytesStart<'_>, next_column: u32) -> (u32, Written, usize) {
    let mut column = next_column;
    let mut written = Written::Number;
    let mut style = 0;
    for attribute in start.attributes().with_checks(false).filter_map(Result::ok) {
        match attribute.key.as_ref() {
            "r" => column = parse_place(attribute.value.as_bytes()).map_or(next_column, |(_, column)| column),
            "s" => style = attribute.value.trim().parse().unwrap_or(0),
            "t" => written = Written::of(attribute.value.as_bytes()),
            _ => {}
        }
    }
    (column, written, style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_areas() {
        assert_eq!(parse_place(b"A1"), Some((0, 0)));
        assert_eq!(parse_place(b"$XFD$1048576"), Some((1_048_575, 16_383)));
        for wrong in ["", "A", "1", "A0", "ZZZZZZZZZZ1", "A99999999999", "A1B"] {
            assert_eq!(parse_place(wrong.as_bytes()), None, "{wrong}");
        }
        let area = parse_area("B2:D5").unwrap();
        assert_eq!((area.first_row, area.first_column, area.last_row, area.last_column), (1, 1, 4, 3));
        assert_eq!(parse_area("D5:B2"), None);
    }

    #[test]
    fn the_frame_is_found_around_any_cells() {
        let cells = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>sheetData> is text here</t></is></c></row>";
        let many = cells.repeat(2000);
        // Wherever the text is cut.
        for block in [1, 3, 10, BLOCK] {
            for (prefix, body) in [("", cells), ("x:", cells), ("", ""), ("", many.as_str())] {
                let text = format!(
                    "<{prefix}worksheet><cols><col min=\"2\" max=\"3\" hidden=\"1\"/></cols><{prefix}sheetData>{body}\
                     </{prefix}sheetData><mergeCells><{prefix}mergeCell ref=\"A1:C1\"/></mergeCells></{prefix}worksheet>"
                );
                let frame = Frame::scan(io::Cursor::new(text.into_bytes()), block, &Limits::default()).unwrap();
                assert_eq!((frame.merged.len(), frame.hidden_columns), (1, vec![1, 2]));
            }
            let empty = "<worksheet><sheetData/><mergeCells><mergeCell ref=\"A1:C1\"/></mergeCells></worksheet>";
            let frame = Frame::scan(io::Cursor::new(empty.as_bytes()), block, &Limits::default()).unwrap();
            assert_eq!(frame.merged.len(), 1);
        }
    }
}
