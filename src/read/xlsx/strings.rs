//! The table of distinct texts of an XLSX workbook.

use quick_xml::events::Event;

use super::super::limits::{self, Limits};
use super::super::package::{Member, Package};
use super::super::xml::{Xml, push_reference, truncated};
use super::{plain, push_escaped};
use crate::diag::InputFault;

/// All texts in one buffer.
#[derive(Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<u32>,
    /// Whether a part of some text is lost.
    pub has_lost_text: bool,
}

impl Strings {
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).map(|&end| end as usize))?;
        self.text.get(start..end)
    }

    /// Reads the part; runs of rich text are joined, phonetic text is left out.
    pub fn read(package: &Package, member: &Member, limits: &Limits) -> Result<Strings, InputFault> {
        let bound = limits.strings_bytes.min(u64::from(u32::MAX));
        let mut xml = Xml::new(package.stream(member, limits)?, limits);
        let mut strings = Strings::default();
        let mut piece = String::new();
        let mut in_text = false;
        let mut phonetic = false;
        let mut complete = false;
        loop {
            while let Some((length, text)) = plain::shared_text(xml.at_hand()) {
                strings.text.push_str(text);
                strings.close();
                (in_text, phonetic) = (false, false);
                xml.skip(length);
                strings.check_room(piece.len(), bound, limits)?;
            }
            match xml.next()? {
                Event::Start(start) => match start.local_name().as_ref() {
                    "t" => {
                        in_text = !phonetic;
                        piece.clear();
                    }
                    "rPh" => phonetic = true,
                    // A text that a broken tag left open goes no farther than its own entry.
                    "si" => (in_text, phonetic) = (false, false),
                    _ => {}
                },
                Event::Text(text) if in_text => piece.push_str(&text.xml10_content()),
                Event::CData(text) if in_text => piece.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) if in_text => push_reference(&reference, &mut piece),
                Event::End(end) => match end.local_name().as_ref() {
                    "t" if in_text => {
                        in_text = false;
                        push_escaped(&mut strings.text, &piece);
                    }
                    "rPh" => phonetic = false,
                    "si" => {
                        (in_text, phonetic) = (false, false);
                        strings.close();
                    }
                    "sst" => complete = true,
                    _ => {}
                },
                Event::Empty(empty) => match empty.local_name().as_ref() {
                    "si" => strings.close(),
                    "sst" => complete = true,
                    _ => {}
                },
                Event::Eof if complete => {
                    strings.has_lost_text = strings.text.contains(char::REPLACEMENT_CHARACTER);
                    return Ok(strings);
                }
                Event::Eof => return Err(truncated()),
                _ => {}
            }
            strings.check_room(piece.len(), bound, limits)?;
        }
    }

    fn check_room(&self, piece: usize, bound: u64, limits: &Limits) -> Result<(), InputFault> {
        // The bookkeeping of an empty text takes room too.
        let room = self.text.len() as u64 + piece as u64 + self.ends.len() as u64 * 4;
        match room > bound {
            true => Err(limits::exceeded("strings-bytes", limits.strings_bytes)),
            false => Ok(()),
        }
    }

    fn close(&mut self) {
        self.ends.push(self.text.len() as u32);
    }
}
