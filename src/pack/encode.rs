//! TOML to the compact form of its tree: what the build stores of the built-in packs, so that no run has to parse them.
//!
//! The build script compiles this file too, so it uses nothing of the crate. A value is its place, a tag and what the tag
//! says; `pack::tree` reads it. Numbers have seven bits in a byte, the lowest first, and a high bit where more follow. A place is
//! the distance of its first byte from the first byte of the value around it, and its length.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

/// A text that is its place in the file.
pub const PLAIN: u8 = 0;
/// A text that is its place in the file but for a quote at each end.
pub const QUOTED: u8 = 1;
/// A text that follows, since it is written otherwise in the file.
pub const TEXT: u8 = 2;
/// A whole number: the radix and its digits.
pub const WHOLE: u8 = 3;
/// A number with a fraction or exponent, as a text.
pub const FRACTION: u8 = 4;
pub const TRUE: u8 = 5;
pub const FALSE: u8 = 6;
/// A date or time, as a text.
pub const DATE: u8 = 7;
/// A list: how many, and the values.
pub const LIST: u8 = 8;
/// A table: how many, and each key (place, tag, text) with its value.
pub const TABLE: u8 = 9;

/// The tree of a TOML text and the errors of syntax in it; what is broken is left out of the tree.
///
/// Chinese words are allowed as keys without quotes, although TOML asks for quotes around them.
pub fn encode(text: &str) -> (Vec<u8>, Vec<Error>) {
    let (root, mut errors) = DeTable::parse_recoverable(text);
    errors.retain(|error| !is_bare_word(text, &error.span().unwrap_or(0..0), error.message()));
    let mut writer = Writer { text, out: Vec::with_capacity(text.len() / 3) };
    writer.table(0, root.get_ref());
    (writer.out, errors)
}

fn is_bare_word(text: &str, span: &Range<usize>, message: &str) -> bool {
    let key = text.get(span.clone()).unwrap_or("");
    message.starts_with("invalid unquoted key")
        && !key.is_empty()
        && key.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}

struct Writer<'t> {
    text: &'t str,
    out: Vec<u8>,
}

/// Writes a number, seven bits in a byte.
pub fn number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

impl Writer<'_> {
    fn number(&mut self, value: usize) {
        number(&mut self.out, value);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.out.extend_from_slice(text.as_bytes());
    }

    /// The place of something inside what begins at `outer`. A table that is continued further up in the file begins
    /// before the one around it, so that the distance may be negative: its lowest bit is the sign.
    fn place(&mut self, outer: usize, span: &Range<usize>) {
        let (distance, sign) = match span.start.checked_sub(outer) {
            Some(distance) => (distance, 0),
            None => (outer - span.start, 1),
        };
        self.number(distance << 1 | sign);
        self.number(span.len());
    }

    /// A text with its place, by reference to the file where it stands there as it is.
    fn word(&mut self, span: &Range<usize>, word: &str) {
        if self.text.get(span.clone()) == Some(word) {
            self.out.push(PLAIN);
        } else if span.len() >= 2 && self.text.get(span.start + 1..span.end - 1) == Some(word) {
            self.out.push(QUOTED);
        } else {
            self.out.push(TEXT);
            self.text(word);
        }
    }

    fn value(&mut self, outer: usize, value: &Spanned<DeValue<'_>>) {
        let span = value.span();
        self.place(outer, &span);
        match value.get_ref() {
            DeValue::String(text) => self.word(&span, text),
            DeValue::Integer(number) => {
                self.out.push(WHOLE);
                self.number(number.radix() as usize);
                self.text(number.as_str());
            }
            DeValue::Float(number) => {
                self.out.push(FRACTION);
                self.text(number.as_str());
            }
            DeValue::Boolean(value) => self.out.push(if *value { TRUE } else { FALSE }),
            DeValue::Datetime(date) => {
                self.out.push(DATE);
                self.text(&date.to_string());
            }
            DeValue::Array(list) => {
                self.out.push(LIST);
                self.number(list.len());
                list.iter().for_each(|item| self.value(span.start, item));
            }
            DeValue::Table(table) => {
                self.out.push(TABLE);
                self.table(span.start, table);
            }
        }
    }

    fn table(&mut self, outer: usize, table: &DeTable<'_>) {
        self.number(table.len());
        for (key, value) in table.iter() {
            self.place(outer, &key.span());
            self.word(&key.span(), key.get_ref());
            self.value(outer, value);
        }
    }
}
