//! XML as a stream of events in bounded memory; entities beyond the five of XML and character references stay as written.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE};
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::limits::Limits;
use super::{faults, package};
use crate::diag::InputFault;

/// XML bytes, as UTF-8 whatever they were, of which no single event may be longer than a bound.
pub(super) struct XmlSource {
    inner: Box<dyn Read + Send>,
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    /// Raw bytes that are not yet decoded; without a decoder, not yet taken.
    pending: std::ops::Range<usize>,
    decoded: String,
    taken: usize,
    started: bool,
    ended: bool,
    /// Whether the last block was read to its end, so that more is likely to come.
    is_full: bool,
    since_mark: usize,
    bound: usize,
}

const BLOCK: usize = 64 << 10;
/// The first block: most parts of a workbook are shorter, and a run may read thousands of them.
const FIRST_BLOCK: usize = 4 << 10;

impl XmlSource {
    /// The bytes in `raw` and no more.
    fn new(raw: Vec<u8>, bound: usize) -> XmlSource {
        XmlSource {
            inner: Box::new(io::empty()),
            decoder: None,
            pending: 0..raw.len(),
            raw,
            decoded: String::new(),
            taken: 0,
            started: false,
            ended: false,
            is_full: false,
            since_mark: 0,
            bound,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        while self.pending.is_empty() && !self.ended {
            if self.is_full {
                self.raw.resize(BLOCK.max(self.raw.len()), 0);
            }
            match self.inner.read(&mut self.raw) {
                Ok(0) => self.ended = true,
                Ok(count) => (self.pending, self.is_full) = (0..count, count == self.raw.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if !self.started {
            self.started = true;
            self.decoder = match self.raw.get(self.pending.clone()) {
                Some([0xFF, 0xFE, ..] | [b'<', 0, ..]) => Some(UTF_16LE.new_decoder_with_bom_removal()),
                Some([0xFE, 0xFF, ..] | [0, b'<', ..]) => Some(UTF_16BE.new_decoder_with_bom_removal()),
                _ => None,
            };
        }
        Ok(())
    }
}

impl Read for XmlSource {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(buffer.len());
        buffer[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for XmlSource {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.since_mark > self.bound {
            return Err(package::bound_error("text-bytes", self.bound as u64));
        }
        if self.taken >= self.decoded.len() && self.pending.is_empty() {
            self.refill()?;
        }
        let Some(decoder) = &mut self.decoder else { return Ok(&self.raw[self.pending.clone()]) };
        if self.taken >= self.decoded.len() && !self.pending.is_empty() {
            let input = &self.raw[self.pending.clone()];
            self.decoded.clear();
            self.taken = 0;
            self.decoded.reserve(decoder.max_utf8_buffer_length(input.len()).unwrap_or(BLOCK * 3));
            let (_, used, _) = decoder.decode_to_string(input, &mut self.decoded, false);
            self.pending.start += used;
        }
        Ok(&self.decoded.as_bytes()[self.taken..])
    }

    fn consume(&mut self, count: usize) {
        self.since_mark += count;
        if self.decoder.is_some() {
            self.taken = (self.taken + count).min(self.decoded.len());
        } else {
            self.pending.start = (self.pending.start + count).min(self.pending.end);
        }
    }
}

/// Reads the events of an XML text.
pub(super) struct Xml {
    reader: quick_xml::Reader<XmlSource>,
    buffer: Vec<u8>,
    /// Whether the last event was a tag, so that the reader stands right behind one.
    is_behind_tag: bool,
}

impl Xml {
    pub fn new(inner: impl Read + Send + 'static, limits: &Limits) -> Xml {
        let mut xml = Xml::of_bytes(Vec::new(), limits);
        let source = xml.reader.get_mut();
        (source.inner, source.raw) = (Box::new(inner), vec![0; FIRST_BLOCK]);
        xml
    }

    /// Reads the events of a text that is held in memory.
    pub fn of_bytes(bytes: Vec<u8>, limits: &Limits) -> Xml {
        let bound = limits.text_bytes.saturating_mul(4).saturating_add(BLOCK);
        let mut reader = quick_xml::Reader::from_reader(XmlSource::new(bytes, bound));
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        Xml { reader, buffer: Vec::new(), is_behind_tag: false }
    }

    /// The next event; `Eof` at the end.
    pub fn next(&mut self) -> Result<Event<'_>, InputFault> {
        self.buffer.clear();
        self.reader.get_mut().since_mark = 0;
        let event = self.reader.read_event_into(&mut self.buffer).map_err(|error| fault(&error))?;
        self.is_behind_tag = matches!(event, Event::Start(_) | Event::End(_) | Event::Empty(_));
        Ok(event)
    }

    /// The bytes at hand behind a tag: UTF-8 if the text is well-formed, and cut anywhere. None where the last event was no
    /// tag, since the reader may then be anywhere, or where they are another encoding's.
    ///
    /// A caller that knows its vocabulary can take whole elements from them with [`Xml::skip`], for far less than events
    /// cost.
    pub fn at_hand(&self) -> &[u8] {
        let source = self.reader.get_ref();
        if source.decoder.is_some() || !self.is_behind_tag { &[] } else { &source.raw[source.pending.clone()] }
    }

    /// Passes over `count` of the bytes at hand, which are whole elements.
    pub fn skip(&mut self, count: usize) {
        self.reader.get_mut().consume(count);
    }
}

fn fault(error: &quick_xml::Error) -> InputFault {
    match error {
        quick_xml::Error::Io(error) => package::from_io(error),
        _ => faults::damaged("XML 内容不完整或有误", "the XML in it is incomplete or wrong"),
    }
}

/// The fault of an XML text that ends too early.
pub(super) fn truncated() -> InputFault {
    faults::damaged("内容在中途断开", "the content breaks off")
}

/// The value of an attribute by its name without prefix, with references resolved.
pub(super) fn attribute<'a>(start: &'a BytesStart<'_>, name: &str) -> Option<Cow<'a, str>> {
    for attribute in start.attributes().with_checks(false) {
        let Ok(attribute) = attribute else { continue };
        let key: &str = attribute.key.as_ref();
        if key.rsplit(':').next() == Some(name) {
            return Some(unescape(attribute.value));
        }
    }
    None
}

/// Resolves the references of XML; what is none stays as written.
pub(super) fn unescape(value: Cow<'_, str>) -> Cow<'_, str> {
    if !value.contains('&') {
        return value;
    }
    match quick_xml::escape::unescape(&value) {
        Ok(text) => Cow::Owned(text.into_owned()),
        Err(_) => value,
    }
}

/// Adds the character that a reference stands for; an entity that XML does not know stays as written.
pub(super) fn push_reference(reference: &BytesRef<'_>, text: &mut String) {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        text.push(character);
        return;
    }
    match &**reference {
        "amp" => text.push('&'),
        "lt" => text.push('<'),
        "gt" => text.push('>'),
        "quot" => text.push('"'),
        "apos" => text.push('\''),
        other => {
            text.push('&');
            text.push_str(other);
            text.push(';');
        }
    }
}

/// Whether an attribute says yes.
pub(super) fn is_true(value: &str) -> bool {
    matches!(value.trim(), "1" | "true" | "on")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::FaultKind;

    fn text_of(bytes: Vec<u8>) -> Result<String, InputFault> {
        let mut xml = Xml::new(io::Cursor::new(bytes), &Limits { text_bytes: 1000, ..Limits::default() });
        let mut text = String::new();
        loop {
            match xml.next()? {
                Event::Text(part) => text.push_str(&part.xml10_content()),
                Event::GeneralRef(reference) => push_reference(&reference, &mut text),
                Event::Eof => return Ok(text),
                _ => {}
            }
        }
    }

    #[test]
    fn utf16_and_references_are_read() {
        let source = "<a>甲&amp;乙&#x4E19;&unknown;</a>";
        assert_eq!(text_of(source.as_bytes().to_vec()).unwrap(), "甲&乙丙&unknown;");
        for bytes in [
            source.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
            "\u{FEFF}".encode_utf16().chain(source.encode_utf16()).flat_map(u16::to_be_bytes).collect(),
        ] {
            assert_eq!(text_of(bytes).unwrap(), "甲&乙丙&unknown;");
        }
    }

    #[test]
    fn a_text_without_end_is_refused_before_it_is_held() {
        let endless = io::Read::chain(io::Cursor::new(b"<a>".to_vec()), io::repeat(b'x'));
        let mut xml = Xml::new(endless, &Limits { text_bytes: 1000, ..Limits::default() });
        let result = std::iter::repeat_with(|| xml.next().map(|_| ())).find(Result::is_err).unwrap();
        assert_eq!(result.unwrap_err().kind, FaultKind::LimitExceeded);
    }
}
