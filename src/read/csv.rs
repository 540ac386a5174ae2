//! Delimited text, record by record, in memory that does not grow with the file.

use super::content::Content;
use super::encoding::{Detected, TextReader};
use super::limits::{self, Limits};
use super::sheet::{Cell, Row, RowSource};
use crate::diag::{FaultKind, InputFault};
use crate::model::Localized;

/// How the fields of a text are set apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Dialect {
    pub delimiter: char,
    pub quote: u8,
    /// Whether the first line is `sep=…`, which names the delimiter and is no record.
    pub names_delimiter: bool,
}

/// Delimiters that are looked for, in the order in which they win a tie.
const DELIMITERS: [char; 5] = [',', '\t', ';', '|', '，'];

impl Dialect {
    /// The dialect that fits the beginning of a text best.
    pub fn sniff(sample: &str) -> Dialect {
        let first = sample.lines().next().unwrap_or("").trim_end();
        if let Some(named) = first.strip_prefix("sep=").or_else(|| first.strip_prefix("SEP=")) {
            let mut characters = named.chars();
            if let (Some(delimiter), None) = (characters.next(), characters.next()) {
                return Dialect { delimiter, quote: b'"', names_delimiter: true };
            }
        }
        let quote = if uses_single_quotes(sample) { b'\'' } else { b'"' };
        let mut best = (0.0, ',');
        for delimiter in DELIMITERS {
            let score = score(sample, delimiter, quote);
            if score > best.0 * 1.001 {
                best = (score, delimiter);
            }
        }
        Dialect { delimiter: best.1, quote, names_delimiter: false }
    }
}

/// Whether fields stand in single quotes: they open and close around separators, and double quotes do not.
fn uses_single_quotes(sample: &str) -> bool {
    let opens = |quote: char| {
        DELIMITERS.iter().map(|&d| sample.matches(&*format!("{quote}{d}{quote}")).count()).max().unwrap_or(0)
    };
    opens('\'') >= 2 && opens('"') == 0
}

/// How evenly `delimiter` divides the lines of a sample into fields.
fn score(sample: &str, delimiter: char, quote: u8) -> f64 {
    let mut counts: Vec<usize> = Vec::new();
    let mut rest = sample;
    while !rest.is_empty() && counts.len() < 200 {
        let mut fields = 1;
        let mut in_quotes = false;
        let mut at_start = true;
        let mut end = rest.len();
        let mut next = rest.len();
        for (position, c) in rest.char_indices() {
            if in_quotes {
                in_quotes = c != char::from(quote);
            } else if c == delimiter {
                fields += 1;
                at_start = true;
                continue;
            } else if c == char::from(quote) && at_start {
                in_quotes = true;
            } else if c == '\n' || c == '\r' {
                end = position;
                next = position + 1;
                break;
            }
            at_start = false;
        }
        if !rest[..end].trim().is_empty() {
            counts.push(fields);
        }
        rest = &rest[next..];
    }
    // The last line of a sample may be cut.
    if counts.len() > 3 {
        counts.pop();
    }
    let divided = counts.iter().filter(|&&count| count > 1).count();
    if divided == 0 {
        return 0.0;
    }
    let mut tally: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
    for &count in counts.iter().filter(|&&count| count > 1) {
        *tally.entry(count).or_default() += 1;
    }
    let (mode, lines) = tally.into_iter().max_by_key(|&(count, lines)| (lines, count)).unwrap_or((1, 0));
    let evenness = lines as f64 / divided as f64;
    let share = divided as f64 / counts.len() as f64;
    if delimiter == '，' && (evenness < 0.6 || share < 0.5) {
        // A Chinese comma stands in prose as well.
        return 0.0;
    }
    share * evenness * evenness * ((mode - 1) as f64).sqrt()
}

/// Reads the records of a text.
pub(super) struct CsvRows {
    reader: TextReader,
    dialect: Dialect,
    /// Decoded text that is not yet given out begins at `position`.
    buffer: String,
    position: usize,
    ended: bool,
    record: u32,
    line: u64,
    columns: usize,
    text_bytes: usize,
}

/// What stands at the beginning of the buffer.
enum Step {
    /// A record, up to this byte, with this many line ends.
    Record(usize, u64),
    /// The buffer ends before the record does.
    Incomplete,
}

impl CsvRows {
    pub fn new(content: &Content, detected: &Detected, dialect: Dialect, limits: &Limits) -> CsvRows {
        CsvRows {
            reader: TextReader::new(content, detected),
            dialect,
            buffer: String::new(),
            position: 0,
            ended: false,
            record: 0,
            line: 1,
            columns: limits.columns,
            text_bytes: limits.text_bytes,
        }
    }

    /// Reads one record from the buffer into `row`.
    fn step(&self, row: &mut Row) -> Result<Step, InputFault> {
        let text = &self.buffer[self.position..];
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
        // Quotes may double the length of a text and a record may be long; a field this long is neither.
        if length > self.text_bytes.saturating_mul(2).saturating_add(2) {
            return Err(self.too_long(0));
        }
        Ok(Step::Incomplete)
    }

    fn too_long(&self, lines: u64) -> InputFault {
        let mut fault = at_line(limits::exceeded("text-bytes", self.text_bytes as u64), self.line + lines);
        fault.advice = Localized::new(
            format!("第 {} 行起可能有未闭合的引号，请检查该处。", self.line),
            format!("A quote that opens in line {} may not be closed.", self.line),
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

impl RowSource for CsvRows {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        loop {
            if self.position >= self.buffer.len() && self.ended {
                return Ok(false);
            }
            row.clear(self.record);
            row.line = self.line;
            let step = if self.position >= self.buffer.len() { Step::Incomplete } else { self.step(row)? };
            match step {
                Step::Record(length, lines) => {
                    self.position += length;
                    self.line += lines;
                    let index = self.record;
                    self.record =
                        self.record.checked_add(1).ok_or_else(|| limits::exceeded("cells", u64::from(u32::MAX)))?;
                    let names_delimiter = index == 0 && self.dialect.names_delimiter;
                    if !row.is_empty() && !names_delimiter {
                        return Ok(true);
                    }
                }
                Step::Incomplete => {
                    self.buffer.drain(..self.position);
                    self.position = 0;
                    // A record that is longer than a block is looked through again only after it has doubled.
                    let target = self.buffer.len() * 2;
                    loop {
                        if !self.reader.read_more(&mut self.buffer).map_err(|error| super::faults::io(&error))? {
                            self.ended = true;
                            break;
                        }
                        if self.buffer.len() >= target {
                            break;
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The records of a text as `line: field|field`, read in one piece.
    fn records(text: &str) -> Vec<String> {
        let content = Content::from_bytes(text.as_bytes().to_vec());
        let detected = Detected { encoding: encoding_rs::UTF_8, bom: 0, confidence: 100 };
        let mut rows = CsvRows::new(&content, &detected, Dialect::sniff(text), &Limits::default());
        let mut row = Row::default();
        let mut records = Vec::new();
        while rows.next_row(&mut row).unwrap() {
            let fields: Vec<&str> =
                row.iter().map(|cell| if let Cell::Text(text) = cell { text } else { "" }).collect();
            records.push(format!("{}/{}: {}", row.index, row.line, fields.join("|")));
        }
        records
    }

    #[test]
    fn any_delimiter_is_found() {
        for delimiter in [",", "\t", ";", "，", "|"] {
            let text = "标题\n姓名,职称,日期\n张某,主治医师,2023-12-04\n".replace(',', delimiter);
            assert_eq!(records(&text), ["0/1: 标题", "1/2: 姓名|职称|日期", "2/3: 张某|主治医师|2023-12-04"]);
        }
        assert_eq!(records("sep=;\na,1;b,2\n"), ["1/2: a,1|b,2"]);
    }

    #[test]
    fn commas_inside_values_do_not_win() {
        assert_eq!(Dialect::sniff("机构\t号源数\n甲\t1,234\n乙\t2,345,678\n丙\t12\n").delimiter, '\t');
        assert_eq!(Dialect::sniff("机构,说明\n甲,好，很好，非常好\n乙,好，很好，非常好\n").delimiter, ',');
    }

    #[test]
    fn quotes_and_line_ends() {
        assert_eq!(records("a,\"b \"\"c\"\"\nd\"\r\n\r\ne,f\rg,h"), ["0/1: a|b \"c\"\nd", "2/4: e|f", "3/5: g|h"]);
        assert_eq!(records("'a','b, c'\n'd','e'\n"), ["0/1: a|b, c", "1/2: d|e"]);
        assert_eq!(
            records("身份证号,姓名\n=\"610102194403051234\",张某\n"),
            ["0/1: 身份证号|姓名", "1/2: 610102194403051234|张某"]
        );
        assert_eq!(records("a,5\" 管,\n"), ["0/1: a|5\" 管"]);
    }

    #[test]
    fn ragged_rows_keep_their_columns() {
        assert_eq!(records("a,b,c\n,,x,,,\ny\n,,,\nz,\n"), ["0/1: a|b|c", "1/2: ||x", "2/3: y", "4/5: z"]);
    }

    #[test]
    fn a_quote_that_never_closes_is_located() {
        let content = Content::from_bytes(b"a,b\nc,\"d\ne,f\n".to_vec());
        let detected = Detected { encoding: encoding_rs::UTF_8, bom: 0, confidence: 100 };
        let dialect = Dialect { delimiter: ',', quote: b'"', names_delimiter: false };
        let mut rows = CsvRows::new(&content, &detected, dialect, &Limits::default());
        let mut row = Row::default();
        assert_eq!(rows.next_row(&mut row), Ok(true));
        let fault = rows.next_row(&mut row).unwrap_err();
        assert_eq!((fault.kind, fault.cell), (FaultKind::Damaged, Some((2, 0))));
    }

    #[test]
    fn records_longer_than_a_block_stay_whole() {
        let long = "长".repeat(100_000);
        let text = format!("a,\"{long}\"\nb,c\n");
        assert_eq!(records(&text), [format!("0/1: a|{long}"), "1/2: b|c".to_owned()]);
        let too_long = format!("a,\"{}", "x".repeat(9 << 20));
        let content = Content::from_bytes(too_long.into_bytes());
        let detected = Detected { encoding: encoding_rs::UTF_8, bom: 0, confidence: 100 };
        let dialect = Dialect { delimiter: ',', quote: b'"', names_delimiter: false };
        let mut rows = CsvRows::new(&content, &detected, dialect, &Limits::default());
        assert_eq!(rows.next_row(&mut Row::default()).unwrap_err().kind, FaultKind::LimitExceeded);
    }
}
