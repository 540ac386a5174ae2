//! The cells of one sheet of an XLS workbook.

use super::super::encoding;
use super::super::faults;
use super::super::grid::Grid;
use super::super::limits::Limits;
use super::super::numbers::NumberKind;
use super::super::sheet::{Cell, MergedArea};
use super::globals::Globals;
use super::records::{Record, Records, Version, kinds, text};
use crate::diag::InputFault;

/// What stands around the cells.
#[derive(Default)]
pub(super) struct Frame {
    pub merged: Vec<MergedArea>,
    pub hidden_columns: Vec<u32>,
}

/// Goes through the records of the sheet at `offset` itself, leaving out those of charts within it.
fn sheet_records(
    stream: &[u8],
    offset: usize,
    mut visit: impl FnMut(&Record<'_>) -> Result<(), InputFault>,
) -> Result<(), InputFault> {
    let mut records = Records::new(stream, offset);
    let mut depth = 0_u32;
    while let Some(record) = records.next() {
        if kinds::BOF.contains(&record.kind) {
            depth += 1;
        } else if record.kind == kinds::EOF {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Ok(());
            }
        } else if depth <= 1 {
            visit(&record)?;
        }
    }
    if offset >= stream.len() || records.position < stream.len() || depth > 0 {
        return Err(super::super::xml::truncated());
    }
    Ok(())
}

/// Merged areas and hidden columns of the sheet at `offset`.
pub(super) fn frame(stream: &[u8], offset: usize, limits: &Limits) -> Frame {
    let mut frame = Frame::default();
    // A fault in the records shows when the cells are read.
    let _ = sheet_records(stream, offset, |record| {
        match record.kind {
            kinds::MERGED => {
                let count = usize::from(record.u16(0).unwrap_or(0));
                for area in 0..count {
                    let at = |field: usize| record.u16(2 + area * 8 + field * 2).map(u32::from);
                    let (Some(first_row), Some(last_row), Some(first_column), Some(last_column)) =
                        (at(0), at(1), at(2), at(3))
                    else {
                        break;
                    };
                    let room = frame.merged.len() < limits.merged_areas;
                    if room && first_row <= last_row && first_column <= last_column {
                        frame.merged.push(MergedArea { first_row, first_column, last_row, last_column });
                    }
                }
            }
            kinds::COLINFO => {
                let hidden = record.u16(8).is_some_and(|options| options & 0x01 != 0);
                if let (true, Some(first), Some(last)) = (hidden, record.u16(0), record.u16(2)) {
                    let last = last.min(255);
                    frame.hidden_columns.extend((u32::from(first)..=u32::from(last)).take(256));
                }
            }
            _ => {}
        }
        Ok(())
    });
    frame
}

/// The cells of the sheet at `offset`, and the fault that ended them too early.
pub(super) fn read(stream: &[u8], offset: usize, globals: &Globals, limits: &Limits) -> (Grid, Option<InputFault>) {
    let mut reader = Reader { globals, limits, grid: Grid::default(), pending: None };
    let result = sheet_records(stream, offset, |record| reader.record(record));
    (reader.grid, result.err())
}

struct Reader<'a> {
    globals: &'a Globals,
    limits: &'a Limits,
    grid: Grid,
    /// Place of a formula whose text is in a record that follows.
    pending: Option<(u32, u32)>,
}

impl Reader<'_> {
    fn record(&mut self, record: &Record<'_>) -> Result<(), InputFault> {
        // A record that is too short for what it is tells nothing; the others still do.
        self.cell(record).unwrap_or(Ok(()))
    }

    fn cell(&mut self, record: &Record<'_>) -> Option<Result<(), InputFault>> {
        let version = self.globals.version;
        let (row, column) = (u32::from(record.u16(0)?), record.u16(2).map(u32::from));
        // Before BIFF 3 three bytes of attributes stand where later a style does.
        let body = if version == Version::Biff2 { 7 } else { 6 };
        let put = |reader: &mut Self, cell: Cell<'_>| Some(reader.grid.put(row, column?, cell, reader.limits));
        match record.kind {
            kind if kinds::ROW.contains(&kind) => {
                if record.kind == kinds::ROW[1] && record.u16(12)? & 0x20 != 0 {
                    self.grid.hide_row(row);
                }
                None
            }
            kinds::INTEGER if version == Version::Biff2 => {
                let value = f64::from(record.u16(body)?);
                put(self, self.kind(record).cell(value, self.globals.is_1904))
            }
            kind if kinds::NUMBER.contains(&kind) => {
                let value = record.f64(body)?;
                put(self, self.kind(record).cell(value, self.globals.is_1904))
            }
            kinds::RK => {
                let value = rk(record.u32(6)?);
                put(self, self.kind(record).cell(value, self.globals.is_1904))
            }
            kinds::MULTIPLE_RK => {
                let count = record.data.len().saturating_sub(6) / 6;
                for position in 0..count {
                    let style = record.u16(4 + position * 6)?;
                    let value = rk(record.u32(6 + position * 6)?);
                    let cell = self.globals.number_kind(style).cell(value, self.globals.is_1904);
                    if let Err(fault) = self.grid.put(row, column? + position as u32, cell, self.limits) {
                        return Some(Err(fault));
                    }
                }
                None
            }
            kinds::LABEL_SST => {
                let index = record.u32(6)?;
                match self.globals.string(index) {
                    Some(string) => put(self, Cell::Text(string)),
                    None => Some(Err(faults::damaged(
                        &format!("单元格引用了不存在的共享字符串（{index}）"),
                        &format!("a cell refers to a shared string that does not exist ({index})"),
                    ))),
                }
            }
            kind if kinds::LABEL.contains(&kind) || kind == kinds::RICH => {
                let width = if version == Version::Biff2 { 1 } else { 2 };
                let string = text(record.rest(body), width, version, self.globals.encoding)?;
                put(self, Cell::Text(&string))
            }
            kind if kinds::BOOL_ERROR.contains(&kind) => {
                let (value, is_error) = (record.u8(body)?, record.u8(body + 1)? != 0);
                put(self, if is_error { Cell::Error(error_name(value)) } else { Cell::Bool(value != 0) })
            }
            kind if kinds::FORMULA.contains(&kind) => self.formula(record, row, column?, body),
            kind if kinds::STRING.contains(&kind) => {
                let (row, column) = self.pending.take()?;
                let width = if version == Version::Biff2 { 1 } else { 2 };
                let string = text(record.rest(0), width, version, self.globals.encoding)?;
                Some(self.grid.put(row, column, Cell::Text(&string), self.limits))
            }
            _ => None,
        }
    }

    fn formula(&mut self, record: &Record<'_>, row: u32, column: u32, body: usize) -> Option<Result<(), InputFault>> {
        self.pending = None;
        // Writers that do not compute put 0 or nothing and ask for the calculation when the book is opened.
        let asks = record.u16(body + 8).is_some_and(|options| options & 0x02 != 0);
        let cell = if record.u16(body + 6)? == 0xFFFF {
            match record.u8(body)? {
                0 => {
                    self.pending = Some((row, column));
                    return None;
                }
                1 => Cell::Bool(record.u8(body + 2)? != 0),
                2 => Cell::Error(error_name(record.u8(body + 2)?)),
                _ if asks => Cell::Uncomputed,
                _ => return None,
            }
        } else {
            let value = record.f64(body)?;
            if value == 0.0 && asks { Cell::Uncomputed } else { self.kind(record).cell(value, self.globals.is_1904) }
        };
        Some(self.grid.put(row, column, cell, self.limits))
    }

    fn kind(&self, record: &Record<'_>) -> NumberKind {
        if self.globals.version == Version::Biff2 {
            let format = record.u8(5).unwrap_or(0) & 0x3F;
            return self.globals.format_kind(u32::from(format));
        }
        self.globals.number_kind(record.u16(4).unwrap_or(0))
    }
}

/// A number in four bytes: the upper part of a double or a whole number, perhaps in hundredths.
pub(in crate::read) fn rk(bits: u32) -> f64 {
    let value = if bits & 0x02 != 0 {
        f64::from(bits as i32 >> 2)
    } else {
        f64::from_bits(u64::from(bits & 0xFFFF_FFFC) << 32)
    };
    if bits & 0x01 != 0 { value / 100.0 } else { value }
}

/// The name of an error value.
pub(in crate::read) fn error_name(code: u8) -> &'static str {
    match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0F => "#VALUE!",
        0x17 => "#REF!",
        0x1D => "#NAME?",
        0x24 => "#NUM!",
        0x2A => "#N/A",
        0x2B => "#GETTING_DATA",
        _ => "#ERROR!",
    }
}

/// Bytes of text that are enough to find out their encoding.
const SAMPLE: usize = 64 << 10;

/// Finds the encoding of a book before BIFF 8 by its texts, where its code page is not to be trusted.
pub(super) fn settle_encoding(stream: &[u8], globals: &mut Globals) {
    let mut sample: Vec<u8> = Vec::new();
    for name in globals.raw_names() {
        sample.extend_from_slice(name);
        sample.push(b'\n');
    }
    let mut records = Records::new(stream, 0);
    while let Some(record) = records.next() {
        let is_label = kinds::LABEL.contains(&record.kind) || record.kind == kinds::RICH;
        if is_label && sample.len() < SAMPLE {
            // Place, style and length, or place, attributes and length: eight bytes in every version.
            sample.extend_from_slice(record.rest(8));
            sample.push(b'\n');
        }
    }
    if sample.is_ascii() {
        return;
    }
    let found = encoding::guess(&sample);
    let is_chinese = found.encoding == encoding_rs::GB18030 || found.encoding == encoding_rs::BIG5;
    if is_chinese && found.confidence >= 70 {
        globals.encoding = found.encoding;
        globals.was_encoding_guessed = true;
    }
}
