//! Delimited text, record by record, in memory that does not grow with the file.

use super::content::Content;
use super::dialect::Dialect;
use super::encoding::{Detected, TextReader};
use super::limits::{self, Limits};
use super::plain::TextRows;
use super::sheet::{Cell, Row, RowBlock, RowSource};
use crate::diag::{FaultKind, InputFault};
use crate::model::Localized;

/// Reads the records of a text.
pub(super) struct CsvRows {
    reader: TextReader,
    /// Decoded text that is not yet given out begins at `position`.
    buffer: String,
    position: usize,
    records: Records,
}

/// Bytes of text that are set apart for one thread.
const BLOCK: usize = 512 << 10;

/// Where the reading of a text stands, and how its records are divided.
#[derive(Clone)]
pub(super) struct Records {
    dialect: Dialect,
    record: u32,
    line: u64,
    /// Whether nothing follows the text at hand.
    ended: bool,
    columns: usize,
    text_bytes: usize,
    /// By byte: whether a field may end there, or is not as plain as most.
    marks: [bool; 256],
}

/// What stands at the beginning of a text.
enum Step {
    /// A record, up to this byte, with this many line ends.
    Record(usize, u64),
    /// The text ends before the record does.
    Incomplete,
}

/// Whole records at the beginning of a text.
#[derive(Clone, Copy, Default)]
struct Whole {
    bytes: usize,
    records: u32,
    lines: u64,
}

impl CsvRows {
    pub fn new(content: &Content, detected: &Detected, dialect: Dialect, limits: &Limits) -> CsvRows {
        CsvRows {
            reader: TextReader::new(content, detected),
            buffer: String::new(),
            position: 0,
            records: Records {
                dialect,
                record: 0,
                line: 1,
                ended: false,
                columns: limits.columns,
                text_bytes: limits.text_bytes,
                marks: marks(dialect),
            },
        }
    }

    /// Reads until so much text is at hand, or the text ends.
    fn fill(&mut self, bytes: usize) -> Result<(), InputFault> {
        self.buffer.drain(..self.position);
        self.position = 0;
        while !self.records.ended && self.buffer.len() < bytes {
            let more = self.reader.read_more(&mut self.buffer).map_err(|error| super::faults::io(&error))?;
            self.records.ended = !more;
        }
        Ok(())
    }

    /// Sets apart whole records of about this many bytes.
    fn block(&mut self, bytes: usize) -> Result<Option<CsvBlock>, InputFault> {
        let mut wanted = bytes;
        loop {
            self.fill(wanted)?;
            let whole = self.records.whole(&self.buffer);
            let next = self.records.record.checked_add(whole.records);
            if let Some(next) = next.filter(|_| whole.bytes > 0) {
                let rest = self.buffer.split_off(whole.bytes);
                let text = std::mem::replace(&mut self.buffer, rest);
                let block = CsvBlock { text, records: Records { ended: true, ..self.records.clone() } };
                self.records.record = next;
                self.records.line += whole.lines;
                return Ok(Some(block));
            }
            // A record that is longer than this is a fault, which is found where the records are taken one by one.
            if self.records.ended || self.buffer.len() > self.records.longest() {
                return Ok(None);
            }
            wanted = self.buffer.len() * 2;
        }
    }
}

/// Whole records of a text.
struct CsvBlock {
    text: String,
    /// Where they begin.
    records: Records,
}

impl CsvBlock {
    fn block_rows(&self) -> BlockRows<'_> {
        BlockRows { text: &self.text, records: self.records.clone() }
    }
}

impl RowBlock for CsvBlock {
    fn rows(&self) -> Box<dyn RowSource + '_> {
        Box::new(self.block_rows())
    }

    fn text(&self) -> Option<TextRows<'_>> {
        TextRows::new(self.block_rows())
    }
}

/// Reads the records of a block.
pub(super) struct BlockRows<'t> {
    pub text: &'t str,
    pub records: Records,
}

impl BlockRows<'_> {
    /// Reads one record and says whether it is one to be given out; `None` where the text ends before it does.
    pub fn step(&mut self, row: &mut Row) -> Result<Option<bool>, InputFault> {
        let Some((length, is_given)) = self.records.take(self.text, row)? else { return Ok(None) };
        self.text = &self.text[length..];
        Ok(Some(is_given))
    }

    /// Passes over a record of so many bytes in one line.
    pub fn pass(&mut self, bytes: usize) -> Result<(), InputFault> {
        self.records.advance(1)?;
        self.text = &self.text[bytes..];
        Ok(())
    }
}

impl RowSource for BlockRows<'_> {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        while !self.text.is_empty() {
            match self.step(row)? {
                Some(true) => return Ok(true),
                Some(false) => {}
                None => break,
            }
        }
        Ok(false)
    }
}

impl Records {
    /// Reads the record at the beginning of `text` and gives its bytes, and whether it is one to be given out;
    /// `None` where the text ends before the record does.
    fn take(&mut self, text: &str, row: &mut Row) -> Result<Option<(usize, bool)>, InputFault> {
        row.clear(self.record);
        row.line = self.line;
        let (length, lines) = match self.plain(text, row) {
            Some(length) => (length, 1),
            None => {
                row.clear(self.record);
                row.line = self.line;
                let Step::Record(length, lines) = self.step(text, row)? else { return Ok(None) };
                (length, lines)
            }
        };
        let names_delimiter = self.record == 0 && self.dialect.names_delimiter;
        self.advance(lines)?;
        Ok(Some((length, !row.is_empty() && !names_delimiter)))
    }

    /// Passes over one record of so many lines.
    fn advance(&mut self, lines: u64) -> Result<(), InputFault> {
        self.line += lines;
        self.record = self.record.checked_add(1).ok_or_else(|| limits::exceeded("cells", u64::from(u32::MAX)))?;
        Ok(())
    }

    /// The delimiter, where it is one byte.
    pub fn ascii_delimiter(&self) -> Option<u8> {
        u8::try_from(self.dialect.delimiter).ok().filter(u8::is_ascii)
    }

    pub fn quote(&self) -> u8 {
        self.dialect.quote
    }

    /// The number of the record that comes next, and its line.
    pub fn place(&self) -> (u32, u64) {
        (self.record, self.line)
    }

    /// Whether the next record certainly is within all limits with so many cells and bytes, and one to be given out.
    pub fn takes(&self, cells: usize, bytes: usize) -> bool {
        cells <= self.columns && bytes <= self.text_bytes && !(self.record == 0 && self.dialect.names_delimiter)
    }

    /// Reads the record at the beginning of `text` into `row` as [`Records::step`] does, and gives its bytes, where it is
    /// one of the many in which nothing is quoted; `None` where it may be another.
    fn plain(&self, text: &str, row: &mut Row) -> Option<usize> {
        let delimiter = self.ascii_delimiter()?;
        let bytes = text.as_bytes();
        let (mut start, mut column) = (0, 0);
        let mut from = 0;
        while let Some(offset) = bytes[from..].iter().position(|&byte| self.marks[usize::from(byte)]) {
            let at = from + offset;
            from = at + 1;
            let byte = bytes[at];
            let length = match byte {
                b'\n' => at + 1,
                b'\r' if bytes.get(at + 1) == Some(&b'\n') => at + 2,
                b'\r' => return None,
                _ if byte == delimiter => 0,
                // A quote, or a formula that only keeps digits from being a number.
                _ if at == start && (byte == self.dialect.quote || byte == b'=') => return None,
                _ => continue,
            };
            if at > start {
                if at - start > self.text_bytes || column >= self.columns {
                    return None;
                }
                row.set(column, Cell::Text(&text[start..at]));
            }
            if length > 0 {
                return Some(length);
            }
            column += 1;
            start = at + 1;
        }
        None
    }

    /// Bytes that a field can take up at most: quotes may double the length of a text.
    fn longest(&self) -> usize {
        self.text_bytes.saturating_mul(2).saturating_add(2)
    }

    /// The whole records at the beginning of `text`, divided as [`Records::step`] divides them.
    fn whole(&self, text: &str) -> Whole {
        let bytes = text.as_bytes();
        let quote = self.dialect.quote;
        let mut whole = Whole::default();
        if memchr::memchr2(quote, b'\r', bytes).is_none() {
            // Nearly every text: each line is a record.
            let lines = memchr::memchr_iter(b'\n', bytes).count();
            let end = memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1);
            whole = Whole { bytes: end, records: u32::try_from(lines).unwrap_or(u32::MAX), lines: lines as u64 };
        } else {
            let mut encoded = [0; 4];
            let delimiter = self.dialect.delimiter.encode_utf8(&mut encoded).as_bytes();
            let mut from = 0;
            let mut lines = 0;
            while let Some(offset) = memchr::memchr3(quote, b'\n', b'\r', &bytes[from..]) {
                let at = from + offset;
                let end = match bytes[at] {
                    b'\n' => at + 1,
                    b'\r' if bytes.get(at + 1) == Some(&b'\n') => at + 2,
                    b'\r' if at + 1 < bytes.len() || self.ended => at + 1,
                    b'\r' => return whole,
                    // Within a field a quote is a character like any other.
                    _ if at != whole.bytes && !bytes[whole.bytes..at].ends_with(delimiter) => {
                        from = at + 1;
                        continue;
                    }
                    _ => {
                        let Some(close) = closing_quote(bytes, at + 1, quote, self.ended) else { return whole };
                        lines += line_ends(&text[at + 1..close]);
                        from = close + 1;
                        continue;
                    }
                };
                lines += 1;
                whole = Whole { bytes: end, records: whole.records.saturating_add(1), lines: whole.lines + lines };
                lines = 0;
                from = end;
            }
        }
        if self.ended && whole.bytes < bytes.len() {
            let lines = line_ends(&text[whole.bytes..]);
            whole = Whole { bytes: bytes.len(), records: whole.records.saturating_add(1), lines: whole.lines + lines };
        }
        whole
    }

    /// Reads one record of `text` into `row`.
    fn step(&self, text: &str, row: &mut Row) -> Result<Step, InputFault> {
        let bytes = text.as_bytes();
        let quote = self.dialect.quote;
        let mut encoded = [0; 4];
        let delimiter = self.dialect.delimiter.encode_utf8(&mut encoded).as_bytes();
        let mut column = 0;
        let mut start = 0;
        let mut lines = 0;
        // A quoted field whose quotes were doubled, or that goes on after its closing quote, is put together here.
        let mut pieces = String::new();
        loop {
            let quoted = bytes.get(start) == Some(&quote);
            let mut search = start;
            pieces.clear();
            if quoted {
                let mut from = start + 1;
                loop {
                    let Some(offset) = memchr::memchr(quote, &bytes[from..]) else {
                        if !self.ended {
                            return self.incomplete(bytes.len() - start);
                        }
                        // The quote is never closed: it was no quote, and the record ends with its line.
                        return Err(self.unclosed_quote(lines));
                    };
                    let at = from + offset;
                    pieces.push_str(&text[from..at]);
                    match bytes.get(at + 1) {
                        Some(&next) if next == quote => {
                            pieces.push(char::from(quote));
                            from = at + 2;
                        }
                        None if !self.ended => return self.incomplete(bytes.len() - start),
                        _ => {
                            search = at + 1;
                            break;
                        }
                    }
                }
                lines += line_ends(&pieces);
            }
            let Some((end, ending)) = self.field_end(bytes, search, delimiter) else {
                return self.incomplete(bytes.len() - start);
            };
            let field = if quoted {
                pieces.push_str(&text[search..end]);
                pieces.as_str()
            } else {
                unwrap_formula_text(&text[start..end])
            };
            if field.len() > self.text_bytes {
                return Err(self.too_long(lines));
            }
            if !field.is_empty() {
                if column >= self.columns {
                    return Err(at_line(limits::exceeded("columns", self.columns as u64), self.line));
                }
                row.set(column, Cell::Text(field));
            }
            match ending {
                Ending::Field => {
                    column += 1;
                    start = end + delimiter.len();
                }
                Ending::Record(length) => {
                    lines += u64::from(length > 0);
                    return Ok(Step::Record(end + length, lines));
                }
            }
        }
    }

    /// Where the field ends that is looked through from `from` on; `None` where the buffer ends first.
    fn field_end(&self, bytes: &[u8], from: usize, delimiter: &[u8]) -> Option<(usize, Ending)> {
        let first = *delimiter.first()?;
        let mut from = from;
        loop {
            let Some(offset) = memchr::memchr3(first, b'\n', b'\r', &bytes[from..]) else {
                return self.ended.then_some((bytes.len(), Ending::Record(0)));
            };
            let at = from + offset;
            match bytes[at] {
                b'\n' => return Some((at, Ending::Record(1))),
                b'\r' => {
                    return match bytes.get(at + 1) {
                        Some(b'\n') => Some((at, Ending::Record(2))),
                        Some(_) => Some((at, Ending::Record(1))),
                        None => self.ended.then_some((at, Ending::Record(1))),
                    };
                }
                _ if bytes[at..].starts_with(delimiter) => return Some((at, Ending::Field)),
                _ => from = at + 1,
            }
        }
    }

    fn incomplete(&self, length: usize) -> Result<Step, InputFault> {
        // A record may be long; a field this long is a fault.
        if length > self.longest() {
            return Err(self.too_long(0));
        }
        Ok(Step::Incomplete)
    }

    fn too_long(&self, lines: u64) -> InputFault {
        let mut fault = at_line(limits::exceeded("text-bytes", self.text_bytes as u64), self.line + lines);
        fault.advice = Localized::new(
            format!("第 {} 行起可能有未闭合的引号，请检查该处。{}", self.line, fault.advice.zh),
            format!("A quote that opens in line {} may not be closed. {}", self.line, fault.advice.en),
        );
        fault
    }

    fn unclosed_quote(&self, lines: u64) -> InputFault {
        let line = self.line + lines;
        let fault = InputFault::new(
            FaultKind::Damaged,
            Localized::new(
                format!("第 {line} 行的引号没有闭合，其后的内容无法分列。"),
                format!("The quote that opens in line {line} is never closed, so what follows cannot be divided."),
            ),
            Localized::new(
                "请在该行补上或删去引号后重新提交。".to_owned(),
                "Close or remove the quote in that line and submit the file again.".to_owned(),
            ),
        );
        at_line(fault, line)
    }
}

enum Ending {
    Field,
    /// The bytes of the line end; 0 at the end of the text.
    Record(usize),
}

fn at_line(mut fault: InputFault, line: u64) -> InputFault {
    fault.cell = Some((u32::try_from(line).unwrap_or(u32::MAX), 0));
    fault
}

/// Line ends of any kind in a quoted field.
fn line_ends(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let returns = memchr::memchr_iter(b'\r', bytes).filter(|&at| bytes.get(at + 1) != Some(&b'\n')).count();
    (memchr::memchr_iter(b'\n', bytes).count() + returns) as u64
}

/// `="0012"` is how programs keep spreadsheets from turning digits into numbers; the text is what stands in it.
fn unwrap_formula_text(field: &str) -> &str {
    field
        .strip_prefix("=\"")
        .and_then(|inner| inner.strip_suffix('"'))
        .filter(|inner| !inner.contains('"'))
        .unwrap_or(field)
}

/// The bytes at which a plain field may end, or that make a field another than a plain one.
fn marks(dialect: Dialect) -> [bool; 256] {
    let mut marks = [false; 256];
    let delimiter = u8::try_from(dialect.delimiter).ok().filter(u8::is_ascii);
    for byte in delimiter.into_iter().chain([dialect.quote, b'\n', b'\r', b'=']) {
        marks[usize::from(byte)] = true;
    }
    marks
}

/// The quote that closes a field which goes on at `from`; `None` where it may lie behind the text.
fn closing_quote(bytes: &[u8], from: usize, quote: u8, ended: bool) -> Option<usize> {
    let mut from = from;
    loop {
        let at = from + memchr::memchr(quote, &bytes[from..])?;
        match bytes.get(at + 1) {
            Some(&next) if next == quote => from = at + 2,
            None if !ended => return None,
            _ => return Some(at),
        }
    }
}

impl RowSource for CsvRows {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        loop {
            if self.position >= self.buffer.len() {
                if self.records.ended {
                    return Ok(false);
                }
                self.fill(1)?;
                continue;
            }
            match self.records.take(&self.buffer[self.position..], row)? {
                Some((length, is_given)) => {
                    self.position += length;
                    if is_given {
                        return Ok(true);
                    }
                }
                // A record that is longer than a block is looked through again only after it has doubled.
                None => {
                    let bytes = (self.buffer.len() - self.position).saturating_mul(2).max(1);
                    self.fill(bytes)?;
                }
            }
        }
    }

    fn thousandths(&self) -> Option<u32> {
        Some(self.reader.thousandths())
    }

    fn next_block(&mut self) -> Result<Option<Box<dyn RowBlock>>, InputFault> {
        Ok(self.block(BLOCK)?.map(|block| Box::new(block) as Box<dyn RowBlock>))
    }
}

#[cfg(test)]
mod tests;
