//! What findings tell by name: business keys and the values seen, packed, because a run may have very many findings.

use std::sync::Arc;

use super::{Personal, RowField};

/// Names with values, unmasked; outputs mask them by what each is. The values are one text, and the names are shared by all findings
/// that tell the same.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Told {
    names: Arc<[RowField]>,
    /// For each name the column from 1 and the row of its cell, or 0 where it stands in none; the length of the value, and the value.
    values: Box<str>,
}

/// One value that a finding tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Evidence<'a> {
    /// The canonical field, or the name of a computed value such as `count`.
    pub name: &'a Arc<str>,
    /// As a person would write it; for an unreadable cell, as it stands there; empty for a blank one.
    pub value: &'a str,
    pub personal: Option<Personal>,
    /// Row and column from 0 in the finding's sheet, where the value stands in a cell of it.
    pub cell: Option<(u32, u32)>,
}

impl Told {
    /// What is told, in order.
    pub fn iter(&self) -> impl Iterator<Item = Evidence<'_>> {
        read(&self.names, &self.values)
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether something of this name is told.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|field| *field.name == *name)
    }
}

impl<'a> FromIterator<Evidence<'a>> for Told {
    fn from_iter<I: IntoIterator<Item = Evidence<'a>>>(all: I) -> Told {
        let mut teller = Teller::default();
        all.into_iter().for_each(|one| teller.tell(one));
        teller.told()
    }
}

/// Puts together what findings tell, one after another; those with the same names share them.
#[derive(Clone, Debug, Default)]
pub struct Teller {
    known: Vec<Arc<[RowField]>>,
    /// Position of the names that were told last, and how many of them are told again so far.
    last: usize,
    same: usize,
    /// All names so far, once they are not those that were told last.
    names: Vec<RowField>,
    values: String,
}

impl Teller {
    /// Adds a value.
    pub fn tell(&mut self, evidence: Evidence<'_>) {
        let Evidence { name, value, personal, cell } = evidence;
        let is_same = |field: &RowField| Arc::ptr_eq(&field.name, name) && field.personal == personal;
        let last = self.known.get(self.last).map_or(&[][..], |names| names);
        if self.names.is_empty() && last.get(self.same).is_some_and(is_same) {
            self.same += 1;
        } else {
            if self.names.is_empty() {
                self.names.extend_from_slice(&last[..self.same]);
            }
            self.names.push(RowField { name: name.clone(), personal });
        }
        match cell.and_then(|(row, column)| Some((row, column.checked_add(1)?))) {
            Some((row, column)) => {
                push_number(&mut self.values, column);
                push_number(&mut self.values, row);
            }
            None => push_number(&mut self.values, 0),
        }
        push_text(&mut self.values, value);
    }

    fn names(&self) -> &[RowField] {
        match self.known.get(self.last) {
            Some(last) if self.names.is_empty() => &last[..self.same],
            _ => &self.names,
        }
    }

    /// Whether something of this name was added.
    pub fn has(&self, name: &str) -> bool {
        self.names().iter().any(|field| *field.name == *name)
    }

    /// What was added so far.
    pub fn iter(&self) -> impl Iterator<Item = Evidence<'_>> {
        read(self.names(), &self.values)
    }

    /// What was added; the next begins anew.
    pub fn told(&mut self) -> Told {
        if self.values.is_empty() {
            return Told::default();
        }
        let values = self.values.as_str().into();
        self.values.clear();
        let names = self.names();
        let is_known = |known: &Arc<[RowField]>| **known == *names;
        if !self.known.get(self.last).is_some_and(is_known) {
            match self.known.iter().position(is_known) {
                Some(position) => self.last = position,
                None => {
                    let names = names.into();
                    self.last = self.known.len();
                    self.known.push(names);
                }
            }
        }
        self.names.clear();
        self.same = 0;
        Told { names: self.known[self.last].clone(), values }
    }
}

fn read<'a>(names: &'a [RowField], mut rest: &'a str) -> impl Iterator<Item = Evidence<'a>> {
    names.iter().map_while(move |field| {
        let cell = match take_number(&mut rest)?.checked_sub(1) {
            Some(column) => Some((take_number(&mut rest)?, column)),
            None => None,
        };
        let value = take_text(&mut rest)?;
        Some(Evidence { name: &field.name, value, personal: field.personal, cell })
    })
}

/// Bits of a number that one character holds; another one says that more follow.
const BITS: u32 = 6;
const MORE: u8 = 1 << BITS;

/// Adds a number in few characters, none of them beyond ASCII.
pub(super) fn push_number(text: &mut String, mut number: u32) {
    while number >= u32::from(MORE) {
        text.push(char::from(MORE | (number as u8 & (MORE - 1))));
        number >>= BITS;
    }
    text.push(char::from(number as u8));
}

/// Adds a text that follows its length.
pub(super) fn push_text(text: &mut String, one: &str) {
    push_number(text, one.len() as u32);
    text.push_str(one);
}

/// Takes what [`push_number`] added from the beginning of `rest`.
pub(super) fn take_number(rest: &mut &str) -> Option<u32> {
    // Nearly all numbers are small.
    let first = *rest.as_bytes().first()?;
    if first < MORE {
        *rest = rest.get(1..)?;
        return Some(u32::from(first));
    }
    let (mut number, mut shift) = (0_u32, 0);
    for (place, byte) in rest.bytes().enumerate() {
        number |= u32::from(byte & (MORE - 1)).checked_shl(shift)?;
        shift += BITS;
        if byte & MORE == 0 {
            *rest = rest.get(place + 1..)?;
            return Some(number);
        }
    }
    None
}

/// Takes what [`push_text`] added from the beginning of `rest`.
pub(super) fn take_text<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let length = take_number(rest)? as usize;
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_come_back() {
        for number in [0, 1, 63, 64, 65, 4_095, 4_096, 1_048_575, u32::MAX] {
            let mut text = String::new();
            push_number(&mut text, number);
            push_text(&mut text, "台账");
            let mut rest = text.as_str();
            assert_eq!((take_number(&mut rest), take_text(&mut rest), rest), (Some(number), Some("台账"), ""));
            assert_eq!(take_number(&mut rest), None);
        }
    }

    #[test]
    fn what_is_told_comes_back_and_names_are_shared() {
        let names: Vec<Arc<str>> = ["姓名", "天数", "空"].into_iter().map(Into::into).collect();
        let one = |at: usize, value, cell| Evidence { name: &names[at], value, personal: None, cell };
        let person = Evidence { personal: Some(Personal::Name), ..one(0, "张三", Some((99, 0))) };
        let mut teller = Teller::default();
        let mut tell = |all: &[Evidence<'_>]| {
            all.iter().for_each(|evidence| teller.tell(*evidence));
            assert!(all.iter().all(|evidence| teller.has(evidence.name)) && !teller.has("无"));
            let told = teller.told();
            assert_eq!(told.iter().collect::<Vec<_>>(), all);
            told
        };
        let first = tell(&[person, one(1, "1200", None), one(2, "", Some((1_048_575, 16_383)))]);
        let fewer = tell(&[person, one(1, "3", None)]);
        let other = tell(&[one(1, "3", None), person]);
        let again = tell(&[person, one(1, "3", None), one(2, "", None)]);
        assert!(tell(&[]).is_empty());
        assert!(Arc::ptr_eq(&first.names, &again.names));
        assert_ne!(fewer, other);
        assert_eq!(fewer, [person, one(1, "3", None)].into_iter().collect());
    }
}
