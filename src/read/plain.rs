//! The records of a block of text as places in the text, for who takes them column by column.

use super::csv::BlockRows;
use super::sheet::{Cell, Row};
use crate::diag::InputFault;

/// A record in which nothing is quoted.
#[derive(Clone, Copy, Debug)]
pub struct TextRecord {
    /// See [`Row::index`] and [`Row::line`].
    pub row: u32,
    pub line: u64,
    start: u32,
    /// Position of the end of its first cell among all ends, and number of its cells.
    first: u32,
    cells: u32,
}

impl TextRecord {
    /// Number of cells.
    pub fn len(&self) -> usize {
        self.cells as usize
    }

    pub fn is_empty(&self) -> bool {
        self.cells == 0
    }
}

/// What comes next in a text.
pub enum TextStep {
    Plain(TextRecord),
    /// A record that was put into the row.
    Row,
}

/// The records of a block of text from the first one on.
pub struct TextRows<'t> {
    text: &'t str,
    /// What is not read yet.
    rows: BlockRows<'t>,
    /// Where delimiters and line ends stand.
    ends: Vec<u32>,
    /// The first of them that is not passed.
    next: usize,
    /// The sheet that faults name.
    sheet: &'t str,
}

impl<'t> TextRows<'t> {
    /// `None` where the text has no plain records, or is too long for places of 32 bits.
    pub(super) fn new(rows: BlockRows<'t>) -> Option<TextRows<'t>> {
        let text = rows.text;
        u32::try_from(text.len()).ok()?;
        let ends = cell_ends(text.as_bytes(), rows.records.ascii_delimiter()?);
        Some(TextRows { text, rows, ends, next: 0, sheet: "" })
    }

    /// The same records, whose faults name the sheet.
    pub(super) fn of_sheet(self, sheet: &'t str) -> TextRows<'t> {
        TextRows { sheet, ..self }
    }

    /// The next record, blank ones left out; one that is not plain goes into `row`. `None` at the end of the text.
    pub fn next(&mut self, row: &mut Row) -> Result<Option<TextStep>, InputFault> {
        self.advance(row).map_err(|mut fault| {
            fault.sheet.get_or_insert_with(|| self.sheet.to_owned());
            fault
        })
    }

    fn advance(&mut self, row: &mut Row) -> Result<Option<TextStep>, InputFault> {
        while !self.rows.text.is_empty() {
            let start = self.text.len() - self.rows.text.len();
            if let Some((record, end, is_filled)) = self.plain(start) {
                self.rows.pass(end - start)?;
                if is_filled {
                    return Ok(Some(TextStep::Plain(record)));
                }
                continue;
            }
            let Some(is_given) = self.rows.step(row)? else { break };
            let start = self.text.len() - self.rows.text.len();
            while self.ends.get(self.next).is_some_and(|end| (*end as usize) < start) {
                self.next += 1;
            }
            if is_given {
                return Ok(Some(TextStep::Row));
            }
        }
        Ok(None)
    }

    /// The cell of a record in `column`, which must be one of its cells.
    #[inline]
    pub fn cell(&self, record: &TextRecord, column: usize) -> &'t str {
        let at = record.first as usize + column;
        let start = if column == 0 { record.start as usize } else { self.ends[at - 1] as usize + 1 };
        &self.text[start..self.ends[at] as usize]
    }

    /// Puts a plain record into a row.
    pub fn fill(&self, record: &TextRecord, row: &mut Row) {
        row.clear(record.row);
        row.line = record.line;
        for column in 0..record.len() {
            let text = self.cell(record, column);
            if !text.is_empty() {
                row.set(column, Cell::Text(text));
            }
        }
    }

    /// The plain record at `start`, the byte after it, and whether any of its cells is filled.
    fn plain(&mut self, start: usize) -> Option<(TextRecord, usize, bool)> {
        let records = &self.rows.records;
        let (delimiter, quote) = (records.ascii_delimiter()?, records.quote());
        let bytes = self.text.as_bytes();
        let first = self.next;
        let (mut from, mut is_filled) = (start, false);
        for (cell, &end) in self.ends.get(first..)?.iter().enumerate() {
            let end = end as usize;
            if end > from {
                is_filled = true;
                // A quoted field, or a formula that only keeps digits from being a number.
                if bytes[from] == quote || bytes[from] == b'=' {
                    return None;
                }
            }
            let byte = bytes[end];
            from = end + 1;
            if byte == delimiter {
                continue;
            }
            let mut passed = first + cell + 1;
            if byte == b'\r' {
                if bytes.get(from) != Some(&b'\n') {
                    return None;
                }
                from += 1;
                passed += 1;
            }
            if !records.takes(cell + 1, from - start) {
                return None;
            }
            self.next = passed;
            let (row, line) = records.place();
            let record = TextRecord { row, line, start: start as u32, first: first as u32, cells: cell as u32 + 1 };
            return Some((record, from, is_filled));
        }
        None
    }
}

/// Where the bytes stand that end a cell: delimiters and line ends; eight bytes are looked at together.
fn cell_ends(bytes: &[u8], delimiter: u8) -> Vec<u32> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let wanted = ONES * u64::from(delimiter);
    // Line ends are below this byte.
    let control = ONES * 0x0e;
    let is_end = |byte: u8| byte == delimiter || byte == b'\n' || byte == b'\r';
    let mut ends = Vec::with_capacity(bytes.len() / 8 + 8);
    let (words, rest) = bytes.as_chunks::<8>();
    let mut base = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let other = word ^ wanted;
        // Bytes that may be what is sought; none that is sought is missed.
        let mut found = (other.wrapping_sub(ONES) & !other | word.wrapping_sub(control) & !word) & HIGH;
        while found != 0 {
            let at = base + found.trailing_zeros() / 8;
            if is_end(bytes[at as usize]) {
                ends.push(at);
            }
            found &= found - 1;
        }
        base += 8;
    }
    ends.extend(rest.iter().zip(base..).filter(|(byte, _)| is_end(**byte)).map(|(_, at)| at));
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_end_is_found(bytes in proptest::collection::vec(proptest::sample::select(
            vec![b',', b'-', b'+', b'\n', b'\r', b'\t', 0, 1, 0x0b, 0x0e, b'a', 0x80, 0xac, 0x8a, 0xff]), 0..100)) {
            let all: Vec<u32> = (0..bytes.len() as u32)
                .filter(|at| matches!(bytes[*at as usize], b',' | b'\n' | b'\r')).collect();
            proptest::prop_assert_eq!(cell_ends(&bytes, b','), all);
        }
    }
}
