//! XLSB workbooks: the parts of XLSX, written as binary records.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::sync::Arc;

use super::limits::{self, Limits};
use super::numbers::NumberKind;
use super::package::{self, Member, Package};
use super::sheet::{Cell, MergedArea, Row, RowSource, Sheet, day_zero};
use super::xlsx::{relationships, resolve, workbook_part};
use super::xml::truncated;
use super::{faults, guard, xls};
use crate::diag::InputFault;

/// The kinds of record that are read.
mod kinds {
    pub const ROW: u32 = 0;
    pub const CELLS: std::ops::RangeInclusive<u32> = 1..=18;
    pub const RICH_TEXT: u32 = 62;
    pub const SHARED_STRING: u32 = 19;
    pub const FORMAT: u32 = 44;
    pub const STYLE: u32 = 47;
    pub const COLUMN: u32 = 60;
    pub const BEGIN_CELLS: u32 = 145;
    pub const END_CELLS: u32 = 146;
    pub const WORKBOOK_PROPERTIES: u32 = 153;
    pub const SHEET: u32 = 156;
    pub const MERGED: u32 = 176;
    pub const BEGIN_STYLES: u32 = 617;
    pub const END_STYLES: u32 = 618;
}

/// What the sheets of a workbook share.
struct Shared {
    package: Package,
    strings: Vec<Box<str>>,
    styles: Vec<NumberKind>,
    is_1904: bool,
    limits: Limits,
}

/// The sheets of the workbook in `package`, not yet read.
pub(super) fn open(package: Package, limits: &Limits) -> Result<Vec<Sheet>, InputFault> {
    let workbook = &workbook_part(&package, "xl/workbook.bin", limits)?;
    let related = relationships(&package, workbook, limits)?;
    let part = |kind: &str, usual: &str| {
        let named = related.values().find(|relationship| relationship.kind == kind);
        let target = named.map_or_else(|| resolve(workbook, usual), |relationship| relationship.target.clone());
        package.find(&target).cloned()
    };
    let strings = match part("sharedStrings", "sharedStrings.bin") {
        Some(member) => shared_strings(&package, &member, limits)?,
        None => Vec::new(),
    };
    let styles = match part("styles", "styles.bin") {
        Some(member) => number_kinds(&package, &member, limits)?,
        None => Vec::new(),
    };
    let mut is_1904 = false;
    let mut listed = Vec::new();
    let member =
        package.find(workbook).ok_or_else(|| faults::damaged("缺少工作簿主体", "the workbook part is missing"))?;
    let mut records = Records::open(&package, member, limits)?;
    while let Some(kind) = records.next()? {
        match kind {
            kinds::WORKBOOK_PROPERTIES => is_1904 = records.u32(0).is_some_and(|options| options & 0x01 != 0),
            kinds::SHEET => {
                let hidden = records.u32(0) != Some(0);
                let Some((relationship, end)) = records.text(8) else { continue };
                let Some((name, _)) = records.text(end) else { continue };
                listed.push((name, hidden, relationship));
                if listed.len() > limits.sheets {
                    return Err(limits::exceeded("sheets", limits.sheets as u64));
                }
            }
            _ => {}
        }
    }
    let shared = Arc::new(Shared { package, strings, styles, is_1904, limits: limits.clone() });
    let mut sheets = Vec::new();
    for (name, hidden, relationship) in listed {
        let target = match related.get(&relationship) {
            // Charts, dialogues and macro sheets hold no ledger.
            Some(relationship) if relationship.kind != "worksheet" => continue,
            Some(relationship) => relationship.target.clone(),
            None => String::new(),
        };
        let frame = match shared.package.find(&target) {
            Some(member) => frame(&shared, member).map(|frame| (frame, member.clone())),
            None => Err(faults::damaged("文件中缺少这个工作表的内容", "the content of this sheet is missing")),
        };
        sheets.push(match frame {
            Ok((frame, member)) => Sheet {
                name,
                hidden,
                is_text: false,
                merged: frame.merged,
                hidden_columns: frame.hidden_columns,
                day_zero: day_zero(shared.is_1904),
                rows: Box::new(Rows {
                    shared: shared.clone(),
                    text_left: shared.package.text_bound(&member, limits),
                    member,
                    records: None,
                    waiting: None,
                    column: 0,
                    cells: 0,
                    ended: false,
                }),
            },
            Err(fault) => guard::failed_sheet(name, hidden, fault),
        });
    }
    Ok(sheets)
}

/// The records of a part, one after the other.
struct Records {
    part: BufReader<package::PartReader>,
    data: Vec<u8>,
    bound: usize,
}

impl Records {
    fn open(package: &Package, member: &Member, limits: &Limits) -> Result<Records, InputFault> {
        let part = BufReader::with_capacity(64 << 10, package.stream(member, limits)?);
        Ok(Records { part, data: Vec::new(), bound: limits.text_bytes.saturating_mul(4).saturating_add(64 << 10) })
    }

    /// Takes the next record and tells its kind; `None` at the end.
    fn next(&mut self) -> Result<Option<u32>, InputFault> {
        let Some(first) = self.byte()? else { return Ok(None) };
        let mut kind = u32::from(first);
        if first & 0x80 != 0 {
            let second = self.byte()?.ok_or_else(truncated)?;
            kind = u32::from(first & 0x7F) | u32::from(second & 0x7F) << 7;
        }
        let mut length = 0_usize;
        for position in 0..4 {
            let byte = self.byte()?.ok_or_else(truncated)?;
            length |= usize::from(byte & 0x7F) << (7 * position);
            if byte & 0x80 == 0 {
                break;
            }
        }
        if length > self.bound {
            return Err(limits::exceeded("text-bytes", self.bound as u64));
        }
        self.data.resize(length, 0);
        self.part.read_exact(&mut self.data).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => truncated(),
            _ => package::from_io(&error),
        })?;
        Ok(Some(kind))
    }

    fn byte(&mut self) -> Result<Option<u8>, InputFault> {
        let mut byte = [0];
        loop {
            match self.part.read(&mut byte) {
                Ok(0) => return Ok(None),
                Ok(_) => return Ok(Some(byte[0])),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(package::from_io(&error)),
            }
        }
    }

    fn u8(&self, offset: usize) -> Option<u8> {
        self.data.get(offset).copied()
    }

    fn u16(&self, offset: usize) -> Option<u16> {
        Some(u16::from_le_bytes(self.data.get(offset..offset.checked_add(2)?)?.try_into().ok()?))
    }

    fn u32(&self, offset: usize) -> Option<u32> {
        Some(u32::from_le_bytes(self.data.get(offset..offset.checked_add(4)?)?.try_into().ok()?))
    }

    fn f64(&self, offset: usize) -> Option<f64> {
        Some(f64::from_le_bytes(self.data.get(offset..offset.checked_add(8)?)?.try_into().ok()?))
    }

    /// The text that begins with its length at `offset`, and where it ends; an absent text is an empty one.
    fn text(&self, offset: usize) -> Option<(String, usize)> {
        let count = self.u32(offset)?;
        let start = offset.checked_add(4)?;
        if count == u32::MAX {
            return Some((String::new(), start));
        }
        let end = start.checked_add((count as usize).checked_mul(2)?)?;
        let units = self.data.get(start..end)?.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]]));
        let text = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        Some((text, end))
    }
}

fn shared_strings(package: &Package, member: &Member, limits: &Limits) -> Result<Vec<Box<str>>, InputFault> {
    let mut records = Records::open(package, member, limits)?;
    let mut strings: Vec<Box<str>> = Vec::new();
    let mut room = 0_u64;
    while let Some(kind) = records.next()? {
        if kind == kinds::SHARED_STRING {
            // Runs of rich text and phonetic text stand after the text itself.
            let (text, _) = records.text(1).unwrap_or_default();
            room += text.len() as u64 + 16;
            if room > limits.strings_bytes {
                return Err(limits::exceeded("strings-bytes", limits.strings_bytes));
            }
            strings.push(text.into());
        }
    }
    Ok(strings)
}

fn number_kinds(package: &Package, member: &Member, limits: &Limits) -> Result<Vec<NumberKind>, InputFault> {
    let mut records = Records::open(package, member, limits)?;
    let mut codes: BTreeMap<u32, NumberKind> = BTreeMap::new();
    let mut styles = Vec::new();
    let mut in_styles = false;
    while let Some(kind) = records.next()? {
        match kind {
            kinds::FORMAT => {
                if let (Some(id), Some((code, _))) = (records.u16(0), records.text(2)) {
                    codes.insert(u32::from(id), NumberKind::of_code(&code));
                }
            }
            kinds::BEGIN_STYLES => in_styles = true,
            kinds::END_STYLES => in_styles = false,
            kinds::STYLE if in_styles => styles.push(u32::from(records.u16(2).unwrap_or(0))),
            _ => {}
        }
    }
    let kind = |id: u32| codes.get(&id).copied().unwrap_or_else(|| NumberKind::of_builtin(id));
    Ok(styles.into_iter().map(kind).collect())
}

/// What stands around the cells.
#[derive(Default)]
struct Frame {
    merged: Vec<MergedArea>,
    hidden_columns: Vec<u32>,
}

fn frame(shared: &Shared, member: &Member) -> Result<Frame, InputFault> {
    let limits = &shared.limits;
    let mut records = Records::open(&shared.package, member, limits)?;
    let mut frame = Frame::default();
    loop {
        let kind = match records.next() {
            Ok(Some(kind)) => kind,
            // A part that breaks off shows when the cells are read.
            Ok(None) => return Ok(frame),
            Err(fault) if fault.kind == crate::diag::FaultKind::LimitExceeded => return Err(fault),
            Err(_) => return Ok(frame),
        };
        match kind {
            kinds::MERGED => {
                let at = |field: usize| records.u32(field * 4);
                if let (Some(first_row), Some(last_row), Some(first_column), Some(last_column)) =
                    (at(0), at(1), at(2), at(3))
                    && first_row <= last_row
                    && first_column <= last_column
                {
                    if frame.merged.len() >= limits.merged_areas {
                        return Err(limits::exceeded("merged-areas", limits.merged_areas as u64));
                    }
                    frame.merged.push(MergedArea { first_row, first_column, last_row, last_column });
                }
            }
            kinds::COLUMN if records.u16(16).is_some_and(|options| options & 0x01 != 0) => {
                let (first, last) = (records.u32(0).unwrap_or(0), records.u32(4).unwrap_or(0));
                let last = last.min(limits.columns as u32);
                let room = limits.columns.saturating_sub(frame.hidden_columns.len());
                frame.hidden_columns.extend((first..=last).take(room));
            }
            _ => {}
        }
    }
}

/// The rows of one sheet; the part is opened when the first one is asked for.
struct Rows {
    shared: Arc<Shared>,
    member: Member,
    /// Bytes of text that the cells may still hold.
    text_left: u64,
    records: Option<Records>,
    /// The row whose record was met at the end of the one before, and whether it is hidden.
    waiting: Option<(u32, bool)>,
    /// The column that follows where a cell does not say where it is.
    column: u32,
    cells: u64,
    ended: bool,
}

impl RowSource for Rows {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        if self.ended {
            return Ok(false);
        }
        let mut records = match self.records.take() {
            Some(records) => records,
            None => self.begin()?,
        };
        let found = self.read_row(&mut records, row);
        self.records = Some(records);
        found
    }
}

impl Rows {
    /// Goes on to the record that begins the cells.
    fn begin(&self) -> Result<Records, InputFault> {
        let mut records = Records::open(&self.shared.package, &self.member, &self.shared.limits)?;
        while records.next()?.ok_or_else(truncated)? != kinds::BEGIN_CELLS {}
        Ok(records)
    }

    fn read_row(&mut self, records: &mut Records, row: &mut Row) -> Result<bool, InputFault> {
        let (index, hidden) = self.waiting.take().unwrap_or((0, false));
        row.clear(index);
        row.hidden = hidden;
        loop {
            let kind = records.next()?.ok_or_else(truncated)?;
            match kind {
                kinds::ROW => {
                    let index = records.u32(0).ok_or_else(truncated)?;
                    let hidden = records.u8(11).is_some_and(|options| options & 0x10 != 0);
                    self.column = 0;
                    self.count(row)?;
                    if !row.is_empty() {
                        self.waiting = Some((index, hidden));
                        return Ok(true);
                    }
                    row.clear(index);
                    row.hidden = hidden;
                }
                kinds::END_CELLS => {
                    self.count(row)?;
                    self.ended = true;
                    return Ok(!row.is_empty());
                }
                kind if kinds::CELLS.contains(&kind) || kind == kinds::RICH_TEXT => {
                    self.read_cell(kind, records, row)?
                }
                _ => {}
            }
        }
    }

    fn count(&mut self, row: &Row) -> Result<(), InputFault> {
        self.cells += row.len() as u64;
        if self.cells > self.shared.limits.cells {
            return Err(limits::exceeded("cells", self.shared.limits.cells));
        }
        Ok(())
    }

    fn read_cell(&mut self, kind: u32, records: &Records, row: &mut Row) -> Result<(), InputFault> {
        // The short kinds leave out the column: they follow the cell before.
        let is_short = (12..=18).contains(&kind);
        let column = if is_short { self.column } else { records.u32(0).ok_or_else(truncated)? };
        self.column = column.saturating_add(1);
        let body = if is_short { 4 } else { 8 };
        let style = records.u32(body - 4).map_or(0, |style| style & 0x00FF_FFFF) as usize;
        let number =
            |value: f64| self.shared.styles.get(style).copied().unwrap_or_default().cell(value, self.shared.is_1904);
        let text;
        let cell = match kind {
            2 | 13 => records.u32(body).map(|bits| number(xls::rk(bits))),
            3 | 11 | 14 => records.u8(body).map(|code| Cell::Error(xls::error_name(code))),
            4 | 10 | 15 => records.u8(body).map(|value| Cell::Bool(value != 0)),
            5 | 9 | 16 => records.f64(body).map(number),
            6 | 8 | 17 => {
                text = records.text(body).unwrap_or_default().0;
                Some(Cell::Text(&text))
            }
            kinds::RICH_TEXT => {
                text = records.text(body + 1).unwrap_or_default().0;
                Some(Cell::Text(&text))
            }
            7 | 18 => {
                let index = records.u32(body).unwrap_or(u32::MAX);
                let shared = self.shared.strings.get(index as usize).ok_or_else(|| {
                    faults::damaged(
                        &format!("单元格引用了不存在的共享字符串（{index}）"),
                        &format!("a cell refers to a shared string that does not exist ({index})"),
                    )
                })?;
                Some(Cell::Text(shared))
            }
            _ => None,
        };
        let Some(cell) = cell.filter(|cell| *cell != Cell::Text("")) else { return Ok(()) };
        if let Cell::Text(text) = cell
            && text.len() > self.shared.limits.text_bytes
        {
            return Err(limits::exceeded("text-bytes", self.shared.limits.text_bytes as u64));
        }
        if column as usize >= self.shared.limits.columns {
            return Err(limits::exceeded("columns", self.shared.limits.columns as u64));
        }
        let length = if let Cell::Text(text) = cell { text.len() as u64 } else { 0 };
        row.set(column as usize, cell.legible());
        self.text_left = self.text_left.checked_sub(length).ok_or_else(|| {
            // One long text that all cells share makes a large sheet of a small file.
            limits::exceeded("ratio", self.shared.limits.ratio)
        })?;
        Ok(())
    }
}
