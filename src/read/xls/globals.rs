//! What the sheets of an XLS workbook share: the texts, the number formats, the date system, the list of sheets.

use std::collections::BTreeMap;

use encoding_rs::{Encoding, WINDOWS_1252};

use super::super::faults;
use super::super::limits::{self, Limits};
use super::super::numbers::NumberKind;
use super::records::{Record, Records, Version, kinds, text, unicode};
use crate::diag::InputFault;

/// A sheet as the workbook lists it.
pub(super) struct Listed {
    pub name: String,
    pub hidden: bool,
    pub is_worksheet: bool,
    /// Where its records begin in the stream.
    pub offset: usize,
}

pub(super) struct Globals {
    pub version: Version,
    pub is_1904: bool,
    /// The encoding of texts before BIFF 8.
    pub encoding: &'static Encoding,
    /// Whether the book names no code page, or the one that programs write without looking.
    pub is_encoding_doubtful: bool,
    pub was_encoding_guessed: bool,
    strings: Vec<String>,
    /// The number format of each cell style.
    styles: Vec<u32>,
    formats: BTreeMap<u32, NumberKind>,
    /// Names before BIFF 8 are decoded once the encoding is settled.
    listed: Vec<(Vec<u8>, Listed)>,
}

impl Globals {
    pub fn read(stream: &[u8], limits: &Limits) -> Result<Globals, InputFault> {
        let mut records = Records::new(stream, 0);
        let first = records.next().ok_or_else(no_workbook)?;
        let version = Version::of(&first).ok_or_else(no_workbook)?;
        let mut globals = Globals {
            version,
            is_1904: false,
            encoding: WINDOWS_1252,
            is_encoding_doubtful: version < Version::Biff8,
            was_encoding_guessed: false,
            strings: Vec::new(),
            styles: Vec::new(),
            formats: BTreeMap::new(),
            listed: Vec::new(),
        };
        let mut order = 0;
        while let Some(record) = records.next() {
            match record.kind {
                kinds::EOF => break,
                kinds::CODEPAGE => globals.set_code_page(record.u16(0).unwrap_or(0)),
                kinds::DATEMODE => globals.is_1904 = record.u16(0) == Some(1),
                kinds::BOUNDSHEET => globals.listed.extend(bound_sheet(&record, version)),
                kinds::SST => {
                    let pieces = records.with_continues(record);
                    globals.strings = shared_strings(&pieces, limits)?;
                }
                kind if kinds::FORMAT.contains(&kind) => {
                    globals.add_format(&record, order);
                    order += 1;
                }
                kind if kinds::XF.contains(&kind) => globals.styles.push(style_format(&record)),
                _ => {}
            }
        }
        Ok(globals)
    }

    fn set_code_page(&mut self, code_page: u16) {
        let known = encoding_of(code_page);
        self.encoding = known.unwrap_or(WINDOWS_1252);
        let western = matches!(code_page, 1252 | 0x8001 | 437 | 850 | 10000 | 0x8000);
        self.is_encoding_doubtful = self.version < Version::Biff8 && (known.is_none() || western);
    }

    fn add_format(&mut self, record: &Record<'_>, order: u32) {
        let (id, code) = match self.version {
            Version::Biff8 => (record.u16(0).map(u32::from), text(record.rest(2), 2, self.version, self.encoding)),
            Version::Biff5 => (record.u16(0).map(u32::from), text(record.rest(2), 1, self.version, self.encoding)),
            Version::Biff4 => (Some(order), text(record.rest(2), 1, self.version, self.encoding)),
            _ => (Some(order), text(record.rest(0), 1, self.version, self.encoding)),
        };
        if let (Some(id), Some(code)) = (id, code) {
            self.formats.insert(id, NumberKind::of_code(&code));
        }
    }

    /// What a number of this cell style is.
    pub fn number_kind(&self, style: u16) -> NumberKind {
        self.styles.get(usize::from(style)).map_or(NumberKind::Plain, |&format| self.format_kind(format))
    }

    /// What a number of this format is.
    pub fn format_kind(&self, format: u32) -> NumberKind {
        self.formats.get(&format).copied().unwrap_or_else(|| NumberKind::of_builtin(format))
    }

    pub fn string(&self, index: u32) -> Option<&str> {
        self.strings.get(index as usize).map(String::as_str)
    }

    pub fn is_unicode(&self) -> bool {
        self.version == Version::Biff8
    }

    pub fn encoding_name(&self) -> String {
        super::super::encoding::shown_name(self.encoding).to_owned()
    }

    /// The sheets in the order of the book. Before BIFF 5 the file is one sheet, called as the file is.
    pub fn sheets(&self, file_stem: &str) -> Vec<Listed> {
        if self.listed.is_empty() {
            return vec![Listed { name: file_stem.to_owned(), hidden: false, is_worksheet: true, offset: 0 }];
        }
        let decode = |raw: &[u8]| self.encoding.decode_without_bom_handling(raw).0.into_owned();
        let name = |raw: &[u8], sheet: &Listed| if raw.is_empty() { sheet.name.clone() } else { decode(raw) };
        self.listed.iter().map(|(raw, sheet)| Listed { name: name(raw, sheet), ..*sheet }).collect()
    }

    /// Names of sheets as bytes, for finding out their encoding.
    pub fn raw_names(&self) -> impl Iterator<Item = &[u8]> {
        self.listed.iter().map(|(raw, _)| raw.as_slice())
    }
}

/// What the book says of its encryption, and whether it is of the newest version; `None` where it is not encrypted.
pub(super) fn filepass(stream: &[u8]) -> Option<(Vec<u8>, bool)> {
    let mut records = Records::new(stream, 0);
    let version = Version::of(&records.next()?)?;
    while let Some(record) = records.next() {
        match record.kind {
            kinds::EOF => break,
            kinds::FILEPASS => return Some((record.data.to_vec(), version == Version::Biff8)),
            _ => {}
        }
    }
    None
}

fn no_workbook() -> InputFault {
    faults::damaged("工作簿数据流开头不正确", "the workbook stream does not begin as one")
}

fn bound_sheet(record: &Record<'_>, version: Version) -> Option<(Vec<u8>, Listed)> {
    let offset = record.u32(0)? as usize;
    let hidden = record.u8(4)? & 0x03 != 0;
    let is_worksheet = record.u8(5)? == 0;
    let (raw, name) = match version {
        Version::Biff8 => (Vec::new(), text(record.rest(6), 1, version, WINDOWS_1252)?),
        _ => {
            let count = usize::from(record.u8(6)?);
            let bytes = record.rest(7);
            (bytes[..count.min(bytes.len())].to_vec(), String::new())
        }
    };
    Some((raw, Listed { name, hidden, is_worksheet, offset }))
}

/// The number format that a cell style names.
fn style_format(record: &Record<'_>) -> u32 {
    match record.kind {
        0x00E0 => record.u16(2).map(u32::from),
        0x0043 => record.u8(2).map(|format| u32::from(format & 0x3F)),
        _ => record.u8(1).map(u32::from),
    }
    .unwrap_or(0)
}

/// The table of distinct texts. A text may go on in the next piece, where a byte says anew how wide its characters are.
fn shared_strings(pieces: &[&[u8]], limits: &Limits) -> Result<Vec<String>, InputFault> {
    let mut reader = Pieces { pieces, piece: 0, position: 8 };
    let mut strings = Vec::new();
    let mut room = 0_u64;
    while let Some(string) = reader.string() {
        room += string.len() as u64 + 24;
        if room > limits.strings_bytes {
            return Err(limits::exceeded("strings-bytes", limits.strings_bytes));
        }
        strings.push(string);
    }
    Ok(strings)
}

struct Pieces<'a> {
    pieces: &'a [&'a [u8]],
    piece: usize,
    position: usize,
}

impl<'a> Pieces<'a> {
    /// The rest of the piece at hand, or the next piece that holds something.
    fn rest(&mut self) -> Option<&'a [u8]> {
        loop {
            let rest = self.pieces.get(self.piece)?.get(self.position..).unwrap_or_default();
            if !rest.is_empty() {
                return Some(rest);
            }
            self.piece += 1;
            self.position = 0;
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.rest()?.first()?;
        self.position += 1;
        Some(byte)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from(self.u16()?) | u32::from(self.u16()?) << 16)
    }

    fn skip(&mut self, count: usize) {
        let mut left = count;
        while left > 0 {
            let Some(rest) = self.rest() else { return };
            let step = left.min(rest.len());
            self.position += step;
            left -= step;
        }
    }

    fn string(&mut self) -> Option<String> {
        let mut count = usize::from(self.u16()?);
        let options = self.byte()?;
        let runs = if options & 0x08 != 0 { usize::from(self.u16()?) } else { 0 };
        let phonetic = if options & 0x04 != 0 { self.u32()? as usize } else { 0 };
        let mut is_wide = options & 0x01 != 0;
        let mut string = String::new();
        while count > 0 {
            let at_start = self.pieces.get(self.piece)?.len() <= self.position;
            let mut rest = self.rest()?;
            if at_start {
                is_wide = rest.first()? & 0x01 != 0;
                self.position += 1;
                rest = rest.get(1..)?;
            }
            let width = if is_wide { 2 } else { 1 };
            let here = count.min(rest.len() / width);
            if here == 0 {
                // A lone byte at the end of a piece is no character.
                self.position += rest.len();
                continue;
            }
            string.push_str(&unicode(&rest[..here * width], is_wide));
            self.position += here * width;
            count -= here;
        }
        self.skip(runs * 4);
        self.skip(phonetic);
        Some(string)
    }
}

/// The encoding that a code page of Windows stands for.
fn encoding_of(code_page: u16) -> Option<&'static Encoding> {
    Some(match code_page {
        874 => encoding_rs::WINDOWS_874,
        932 => encoding_rs::SHIFT_JIS,
        936 | 54936 | 20936 => encoding_rs::GB18030,
        949 => encoding_rs::EUC_KR,
        950 => encoding_rs::BIG5,
        1250 => encoding_rs::WINDOWS_1250,
        1251 => encoding_rs::WINDOWS_1251,
        1252 | 0x8001 => WINDOWS_1252,
        1253 => encoding_rs::WINDOWS_1253,
        1254 => encoding_rs::WINDOWS_1254,
        1255 => encoding_rs::WINDOWS_1255,
        1256 => encoding_rs::WINDOWS_1256,
        1257 => encoding_rs::WINDOWS_1257,
        1258 => encoding_rs::WINDOWS_1258,
        10000 | 0x8000 => encoding_rs::MACINTOSH,
        10007 => encoding_rs::X_MAC_CYRILLIC,
        866 => encoding_rs::IBM866,
        20866 => encoding_rs::KOI8_R,
        28592 => encoding_rs::ISO_8859_2,
        65001 => encoding_rs::UTF_8,
        367 | 20127 => WINDOWS_1252,
        _ => return None,
    })
}
