//! BIFF records and the texts in them.

use encoding_rs::Encoding;

/// One record.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    pub kind: u16,
    pub data: &'a [u8],
}

impl<'a> Record<'a> {
    pub fn u8(&self, offset: usize) -> Option<u8> {
        self.data.get(offset).copied()
    }

    pub fn u16(&self, offset: usize) -> Option<u16> {
        Some(u16::from_le_bytes(self.data.get(offset..offset.checked_add(2)?)?.try_into().ok()?))
    }

    pub fn u32(&self, offset: usize) -> Option<u32> {
        Some(u32::from_le_bytes(self.data.get(offset..offset.checked_add(4)?)?.try_into().ok()?))
    }

    pub fn f64(&self, offset: usize) -> Option<f64> {
        Some(f64::from_le_bytes(self.data.get(offset..offset.checked_add(8)?)?.try_into().ok()?))
    }

    pub fn rest(&self, offset: usize) -> &'a [u8] {
        self.data.get(offset..).unwrap_or_default()
    }
}

/// Goes through the records of a stream.
pub(super) struct Records<'a> {
    stream: &'a [u8],
    pub position: usize,
}

impl<'a> Records<'a> {
    pub fn new(stream: &'a [u8], position: usize) -> Records<'a> {
        Records { stream, position }
    }

    /// The next record; `None` at the end and where the stream breaks off.
    pub fn next(&mut self) -> Option<Record<'a>> {
        let head = self.stream.get(self.position..self.position.checked_add(4)?)?;
        let kind = u16::from_le_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
        let start = self.position + 4;
        let data = self.stream.get(start..start + length)?;
        self.position = start + length;
        Some(Record { kind, data })
    }

    /// The data of the record at hand with that of the `CONTINUE` records after it, piece by piece.
    pub fn with_continues(&mut self, first: Record<'a>) -> Vec<&'a [u8]> {
        let mut pieces = vec![first.data];
        loop {
            let before = self.position;
            match self.next() {
                Some(record) if record.kind == kinds::CONTINUE => pieces.push(record.data),
                _ => {
                    self.position = before;
                    return pieces;
                }
            }
        }
    }
}

/// The kinds of record that are read.
pub(super) mod kinds {
    pub const BOF: [u16; 4] = [0x0009, 0x0209, 0x0409, 0x0809];
    pub const EOF: u16 = 0x000A;
    pub const CONTINUE: u16 = 0x003C;
    pub const FILEPASS: u16 = 0x002F;
    pub const CODEPAGE: u16 = 0x0042;
    pub const DATEMODE: u16 = 0x0022;
    pub const BOUNDSHEET: u16 = 0x0085;
    pub const SST: u16 = 0x00FC;
    pub const FORMAT: [u16; 2] = [0x001E, 0x041E];
    pub const XF: [u16; 4] = [0x0043, 0x0243, 0x0443, 0x00E0];
    pub const MERGED: u16 = 0x00E5;
    pub const COLINFO: u16 = 0x007D;
    pub const ROW: [u16; 2] = [0x0008, 0x0208];
    pub const INTEGER: u16 = 0x0002;
    pub const NUMBER: [u16; 2] = [0x0003, 0x0203];
    pub const LABEL: [u16; 2] = [0x0004, 0x0204];
    pub const RICH: u16 = 0x00D6;
    pub const LABEL_SST: u16 = 0x00FD;
    pub const BOOL_ERROR: [u16; 2] = [0x0005, 0x0205];
    pub const RK: u16 = 0x027E;
    pub const MULTIPLE_RK: u16 = 0x00BD;
    pub const FORMULA: [u16; 3] = [0x0006, 0x0206, 0x0406];
    pub const STRING: [u16; 2] = [0x0007, 0x0207];
}

/// The versions of the format.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Version {
    Biff2,
    Biff3,
    Biff4,
    Biff5,
    Biff8,
}

impl Version {
    /// The version that a `BOF` record tells.
    pub fn of(bof: &Record<'_>) -> Option<Version> {
        Some(match bof.kind {
            0x0009 => Version::Biff2,
            0x0209 => Version::Biff3,
            0x0409 => Version::Biff4,
            0x0809 if bof.u16(0)? >= 0x0600 => Version::Biff8,
            0x0809 => Version::Biff5,
            _ => return None,
        })
    }
}

/// Text of one byte or two bytes a character.
pub(super) fn unicode(bytes: &[u8], is_wide: bool) -> String {
    if !is_wide {
        // One-byte text in BIFF 8 leaves out upper bytes that are all zero.
        return bytes.iter().map(|&byte| char::from(byte)).collect();
    }
    let units = bytes.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]]));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// A text whose length in characters takes `width` bytes, followed in BIFF 8 by a byte of options.
pub(super) fn text(data: &[u8], width: usize, version: Version, encoding: &'static Encoding) -> Option<String> {
    let count = match width {
        1 => usize::from(*data.first()?),
        _ => usize::from(u16::from_le_bytes([*data.first()?, *data.get(1)?])),
    };
    let rest = data.get(width..)?;
    if version < Version::Biff8 {
        let bytes = rest.get(..count.min(rest.len()))?;
        return Some(encoding.decode_without_bom_handling(bytes).0.into_owned());
    }
    let options = *rest.first().unwrap_or(&0);
    let mut start = 1;
    start += if options & 0x08 != 0 { 2 } else { 0 };
    start += if options & 0x04 != 0 { 4 } else { 0 };
    let is_wide = options & 0x01 != 0;
    let length = if is_wide { count * 2 } else { count };
    let body = rest.get(start..).unwrap_or_default();
    Some(unicode(&body[..length.min(body.len())], is_wide))
}
