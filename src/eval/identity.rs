//! Who or what a record is about: keys as bytes, and which keys mean the same institution, person or thing.

mod interner;
mod namesakes;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::names::{id_birth, normalise, normalise_text};
use crate::model::{CellState, Column, ColumnData, Date, Decimal, FieldType, Period};
use crate::rule::{CodeList, GroupKey, KeyKind, Program, Scalar, SlotWhy, Why};
pub(super) use interner::{Interner, KeyList};
use namesakes::Namesakes;

/// A key as bytes: part by part, each with a tag and its value.
pub(super) type Identity = Box<[u8]>;

/// One part of a key.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Part {
    Nothing,
    Text(String),
    Number(Decimal),
    Date(Date),
    Period(Period),
    Bool(bool),
}

impl Part {
    /// As a person would write it.
    pub fn shown(&self) -> String {
        match self {
            Part::Nothing => String::new(),
            Part::Text(text) => text.clone(),
            Part::Number(number) => number.to_string(),
            Part::Date(date) => date.to_string(),
            Part::Period(period) => period.zh(),
            Part::Bool(value) => if *value { "是" } else { "否" }.to_owned(),
        }
    }

    pub fn scalar(&self) -> Option<Scalar> {
        Some(match self {
            Part::Nothing => return None,
            Part::Text(text) => Scalar::Text(text.as_str().into()),
            Part::Number(number) => Scalar::Number(*number),
            Part::Date(date) => Scalar::Date(*date),
            Part::Period(period) => Scalar::Period(*period),
            Part::Bool(value) => Scalar::Bool(*value),
        })
    }
}

/// The key's columns on one side of a match.
pub(super) struct Keys<'a> {
    kind: KeyKind,
    parts: Vec<Option<KeyColumn<'a>>>,
    optional: u32,
    pick: Option<&'a [u32]>,
}

/// Columns of texts that repeat, by whose positions keys are told apart.
pub(super) struct Combinations<'a> {
    /// The position of each row's text, whether one stands there, and how many values there are.
    columns: Vec<(&'a [u32], &'a [CellState], usize)>,
    pub len: usize,
}

impl Combinations<'_> {
    /// The combination of a row, below `len`.
    pub fn at(&self, row: usize) -> usize {
        let digit = |picks: &[u32], states: &[CellState]| match states[row] {
            CellState::Present => picks[row] as usize + 1,
            _ => 0,
        };
        self.columns.iter().fold(0, |sum, (picks, states, values)| sum * values + digit(picks, states))
    }
}

struct KeyColumn<'a> {
    column: &'a Column,
    list: Option<Arc<CodeList>>,
    /// How texts become parts of the key.
    text_of: fn(&str) -> std::borrow::Cow<'_, str>,
    /// Parts that are written once for all records.
    kept: Kept,
}

/// Parts of a key that many records share, already written.
enum Kept {
    Nothing,
    /// The parts of all texts of a column that keeps those that repeat once, and where each of them ends.
    Texts(Vec<u8>, Vec<usize>),
    /// The parts of the sets of codes that occur, where they are few.
    Sets(Vec<(u64, Vec<u8>)>),
}

/// Sets of codes whose parts are written once.
const SETS: usize = 16;

impl<'a> Keys<'a> {
    /// The key over `columns` of the ledger kind at position `kind`, or over the rows of them that are picked.
    pub fn new(
        program: &Program,
        kind: usize,
        key: &GroupKey,
        columns: &'a [Arc<Column>],
        pick: Option<&'a [u32]>,
    ) -> Keys<'a> {
        let fields = program.kinds.get(kind).map_or(&[][..], |kind| &kind.fields);
        let part = |(position, field): (usize, &Option<u16>)| {
            let field = usize::from((*field)?);
            let list = match &fields.get(field)?.ty {
                FieldType::Code(name) | FieldType::Codes(name) => {
                    program.lists.iter().find(|list| list.id == *name).cloned()
                }
                _ => None,
            };
            let is_text = key.kind == KeyKind::Fields || position == 0;
            let text_of = if is_text { normalise_text } else { normalise };
            Some(KeyColumn::new(columns.get(field)?, list, text_of))
        };
        let parts = key.parts.iter().enumerate().map(part).collect();
        Keys { kind: key.kind, parts, optional: key.optional, pick }
    }

    /// Writes the key of `row` behind `bytes`; `false` where too little is known to say who the record is about.
    pub fn encode(&self, row: usize, bytes: &mut Vec<u8>) -> bool {
        let row = match self.pick {
            None => row,
            Some(pick) if pick[row] == super::vector::NO_RECORD => return false,
            Some(pick) => pick[row] as usize,
        };
        let mut present = 0_u32;
        for (position, part) in self.parts.iter().enumerate() {
            let known = part.as_ref().is_some_and(|part| part.column.state(row) == CellState::Present);
            match part {
                Some(part) if known => {
                    present |= 1 << position.min(31);
                    part.encode(row, bytes);
                }
                // The date of birth stands in the identity number too.
                _ if self.kind == KeyKind::Person && position == 2 => match self.birth_by_number(row) {
                    Some(birth) => encode_date(birth, bytes),
                    None => bytes.push(0),
                },
                _ => bytes.push(0),
            }
        }
        match self.kind {
            // Any code or name, any identity number or name.
            KeyKind::Institution | KeyKind::Person => present & 0b11 != 0,
            KeyKind::Fields => {
                let may_lack = present | if present == 0 { 0 } else { self.optional };
                (0..self.parts.len()).all(|position| may_lack >> position.min(31) & 1 == 1)
            }
        }
    }

    pub fn identity(&self, row: usize) -> Option<Identity> {
        let mut bytes = Vec::new();
        self.encode(row, &mut bytes).then(|| bytes.into_boxed_slice())
    }

    /// The combinations of texts that the key is made of, where nothing but texts that repeat varies in it; `None` where
    /// other things vary, or there are more than `most`.
    pub fn combinations(&self, most: usize) -> Option<Combinations<'a>> {
        let mut all = Combinations { columns: Vec::new(), len: 1 };
        for column in self.parts.iter().flatten().map(|part| part.column) {
            match &column.data {
                // Nothing stands in it.
                _ if column.states.iter().all(|state| *state != CellState::Present) => {}
                ColumnData::Text(texts) if let Some(picks) = texts.picks() => {
                    all.columns.push((picks, &column.states, texts.kept_len() + 1));
                    all.len = all.len.checked_mul(texts.kept_len() + 1).filter(|len| *len <= most)?;
                }
                _ => return None,
            }
        }
        Some(all)
    }

    /// The date of birth that the person's identity number names.
    fn birth_by_number(&self, row: usize) -> Option<Date> {
        let number = self.parts.first()?.as_ref().filter(|part| part.column.state(row) == CellState::Present)?;
        let ColumnData::Text(texts) = &number.column.data else { return None };
        id_birth(texts.get(row))
    }

    /// The states of the parts that keep `row` from having a key.
    pub fn missing(&self, row: usize) -> Vec<(usize, CellState)> {
        let row = self.pick.map_or(row, |pick| pick[row] as usize);
        let needed = if self.kind == KeyKind::Fields { self.parts.len() } else { 2 };
        let state = |part: &Option<KeyColumn<'_>>| part.as_ref().map(|part| part.column.state(row));
        let states =
            self.parts.iter().take(needed).enumerate().filter_map(|(position, part)| Some((position, state(part)?)));
        let needs = |position: usize| self.optional >> position.min(31) & 1 == 0;
        states.filter(|(position, state)| *state != CellState::Present && needs(*position)).collect()
    }
}

/// Adds a text as a part of a key.
fn encode_text(text: &str, bytes: &mut Vec<u8>) {
    bytes.push(1);
    let end = text.len().min(usize::from(u16::MAX));
    bytes.extend_from_slice(&(end as u16).to_le_bytes());
    bytes.extend_from_slice(&text.as_bytes()[..end]);
}

impl<'a> KeyColumn<'a> {
    fn new(
        column: &'a Column,
        list: Option<Arc<CodeList>>,
        text_of: fn(&str) -> std::borrow::Cow<'_, str>,
    ) -> KeyColumn<'a> {
        let mut own = KeyColumn { column, list, text_of, kept: Kept::Nothing };
        own.kept = match &column.data {
            ColumnData::Text(texts) if texts.picks().is_some() => {
                let (mut parts, mut ends) = (Vec::new(), Vec::with_capacity(texts.kept_len()));
                for at in 0..texts.kept_len() {
                    encode_text(&text_of(texts.kept(at)), &mut parts);
                    ends.push(parts.len());
                }
                Kept::Texts(parts, ends)
            }
            ColumnData::Codes(sets) => {
                let mut kept: Vec<(u64, Vec<u8>)> = Vec::new();
                for set in sets {
                    if kept.len() < SETS && kept.iter().all(|(known, _)| known != set) {
                        let mut part = Vec::new();
                        encode_text(&own.codes(*set), &mut part);
                        kept.push((*set, part));
                    }
                }
                Kept::Sets(kept)
            }
            _ => Kept::Nothing,
        };
        own
    }

    /// The code in this position of the list.
    fn code(&self, position: usize) -> &str {
        self.list.as_ref().and_then(|list| list.entries.get(position)).map_or("", |entry| &*entry.code)
    }

    /// A set of codes as one text.
    fn codes(&self, set: u64) -> String {
        let codes: Vec<&str> = (0..64).filter(|bit| set >> bit & 1 == 1).map(|bit| self.code(bit)).collect();
        codes.join("、")
    }

    fn encode(&self, row: usize, bytes: &mut Vec<u8>) {
        let text_of = self.text_of;
        let mut text = |text: &str| encode_text(text, bytes);
        match &self.column.data {
            ColumnData::Absent => bytes.push(0),
            ColumnData::Text(texts) => match (&self.kept, texts.picks()) {
                (Kept::Texts(parts, ends), Some(picks)) => {
                    let pick = picks[row] as usize;
                    let start = if pick == 0 { 0 } else { ends[pick - 1] };
                    bytes.extend_from_slice(&parts[start..ends[pick]]);
                }
                _ => text(&text_of(texts.get(row))),
            },
            ColumnData::Code(codes) => text(&text_of(self.code(usize::from(codes[row])))),
            ColumnData::Codes(sets) => {
                let kept = if let Kept::Sets(kept) = &self.kept { &kept[..] } else { &[] };
                match kept.iter().find(|(set, _)| *set == sets[row]) {
                    Some((_, part)) => bytes.extend_from_slice(part),
                    None => text(&self.codes(sets[row])),
                }
            }
            ColumnData::Dates(lists) => {
                text(&lists[row].iter().map(ToString::to_string).collect::<Vec<_>>().join("、"));
            }
            ColumnData::Number(numbers) => {
                bytes.push(2);
                bytes.extend_from_slice(&numbers[row].units().to_le_bytes());
            }
            ColumnData::Date(dates) => encode_date(dates[row], bytes),
            ColumnData::Period(periods) => {
                let text = periods[row].to_string();
                bytes.push(4);
                bytes.extend((text.len() as u16).to_le_bytes());
                bytes.extend(text.as_bytes());
            }
            ColumnData::YesNo(values) => bytes.extend([5, u8::from(values[row])]),
        }
    }
}

fn encode_date(date: Date, bytes: &mut Vec<u8>) {
    bytes.push(3);
    bytes.extend_from_slice(&date.days().to_le_bytes());
}

/// The key with this one text, for the entries of a code list.
pub(super) fn text_identity(text: &str) -> Identity {
    let text = normalise_text(text);
    let mut bytes = vec![1];
    bytes.extend((text.len().min(usize::from(u16::MAX)) as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.into_boxed_slice()
}

/// The parts of a key.
pub(super) fn decode(mut bytes: &[u8]) -> Vec<Part> {
    fn text<'b>(bytes: &mut &'b [u8]) -> Option<&'b str> {
        let (length, rest) = bytes.split_at_checked(2)?;
        let (text, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(length.try_into().ok()?)))?;
        *bytes = rest;
        // A text cut at the longest length may end inside a character.
        std::str::from_utf8(text).ok().or(Some(""))
    }
    fn array<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
        let (array, rest) = bytes.split_at_checked(N)?;
        *bytes = rest;
        array.try_into().ok()
    }
    let mut parts = Vec::new();
    while let Some((&tag, rest)) = bytes.split_first() {
        bytes = rest;
        let part = match tag {
            1 => text(&mut bytes).map(|text| Part::Text(text.to_owned())),
            2 => array(&mut bytes).map(|units| Part::Number(Decimal::from_units(i128::from_le_bytes(units)))),
            3 => array(&mut bytes).and_then(|days| Date::from_days(i32::from_le_bytes(days))).map(Part::Date),
            4 => text(&mut bytes).and_then(Period::parse).map(Part::Period),
            5 => array(&mut bytes).map(|[value]: [u8; 1]| Part::Bool(value == 1)),
            _ => None,
        };
        parts.push(part.unwrap_or(Part::Nothing));
    }
    parts
}

/// Whether two keys may be of the same thing, the first part (a code, an identity number) left aside.
fn is_compatible(a: &[Part], b: &[Part]) -> bool {
    let known = |part: Option<&Part>| part.is_some_and(|part| *part != Part::Nothing);
    let name = |parts: &[Part]| known(parts.get(1));
    if !name(a) || !name(b) || a.get(1) != b.get(1) {
        return false;
    }
    (2..a.len()).all(|at| !known(a.get(at)) || !known(b.get(at)) || a.get(at) == b.get(at))
}

fn strong(parts: &[Part]) -> Option<&str> {
    match parts.first() {
        Some(Part::Text(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

fn weak(parts: &[Part]) -> Option<&str> {
    match parts.get(1) {
        Some(Part::Text(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// Finds the keys that mean the same thing as a given one.
#[derive(Debug)]
pub(super) struct Index {
    kind: KeyKind,
    exact: HashMap<Identity, u32>,
    by_strong: HashMap<String, Vec<u32>>,
    by_name: HashMap<String, Vec<(u32, Vec<Part>)>>,
}

impl Index {
    /// The numbers that [`Index::matches`] gives are positions in `identities`.
    pub fn new(kind: KeyKind, identities: &[Identity]) -> Index {
        let mut index = Index { kind, exact: HashMap::new(), by_strong: HashMap::new(), by_name: HashMap::new() };
        for (number, identity) in identities.iter().enumerate() {
            let number = number as u32;
            index.exact.entry(identity.clone()).or_insert(number);
            if kind == KeyKind::Fields {
                continue;
            }
            let parts = decode(identity);
            if let Some(code) = strong(&parts) {
                index.by_strong.entry(code.to_owned()).or_default().push(number);
            }
            if let Some(name) = weak(&parts) {
                index.by_name.entry(name.to_owned()).or_default().push((number, parts));
            }
        }
        index
    }

    /// The positions of all keys that mean the same as this one.
    pub fn matches(&self, identity: &Identity) -> Vec<usize> {
        if self.kind == KeyKind::Fields {
            return self.exact.get(identity).map(|number| *number as usize).into_iter().collect();
        }
        let parts = decode(identity);
        let code = strong(&parts);
        if let Some(found) = code.and_then(|code| self.by_strong.get(code)) {
            return found.iter().map(|number| *number as usize).collect();
        }
        let named = weak(&parts).and_then(|name| self.by_name.get(name));
        let is_same = |other: &[Part]| (code.is_none() || strong(other).is_none()) && is_compatible(&parts, other);
        let matching = named.into_iter().flatten().filter(|(_, other)| is_same(other));
        matching.map(|(number, _)| *number as usize).collect()
    }
}

/// Puts keys that mean the same thing together: for each key the number of its cluster, and how many there are.
/// The clusters are the same whatever the order of the keys.
pub(super) fn clusters(kind: KeyKind, identities: &[Identity]) -> (Vec<u32>, usize) {
    if kind == KeyKind::Fields {
        return ((0..identities.len() as u32).collect(), identities.len());
    }
    let parts: Vec<Vec<Part>> = identities.iter().map(|identity| decode(identity)).collect();
    let known = |position: usize| parts[position].iter().filter(|part| **part != Part::Nothing).count();
    let mut order: Vec<usize> = (0..identities.len()).collect();
    order.sort_by(|&a, &b| {
        let is_weak = |position: usize| strong(&parts[position]).is_none();
        (is_weak(a), std::cmp::Reverse(known(a)), &identities[a]).cmp(&(
            is_weak(b),
            std::cmp::Reverse(known(b)),
            &identities[b],
        ))
    });
    let mut cluster = vec![0_u32; identities.len()];
    let mut count = 0_u32;
    let mut by_strong: BTreeMap<&str, u32> = BTreeMap::new();
    let mut by_name: HashMap<&str, Namesakes> = HashMap::new();
    let mut last: Option<usize> = None;
    for position in order {
        // Equal keys stand side by side.
        if let Some(before) = last.replace(position)
            && identities[before] == identities[position]
        {
            cluster[position] = cluster[before];
            continue;
        }
        let own = &parts[position];
        let number = if let Some(code) = strong(own) {
            *by_strong.entry(code).or_insert_with(|| {
                count += 1;
                count - 1
            })
        } else {
            let namesakes = weak(own).and_then(|name| by_name.get(name));
            let possible = namesakes.into_iter().flat_map(|namesakes| namesakes.possible(own));
            let fitting = possible.filter(|&other| is_compatible(own, &parts[other]));
            let candidates: BTreeSet<u32> = fitting.map(|other| cluster[other]).collect();
            match candidates.first() {
                Some(only) if candidates.len() == 1 => *only,
                // No one, or several who cannot be told apart: it stands for itself.
                _ => {
                    count += 1;
                    count - 1
                }
            }
        };
        cluster[position] = number;
        if let Some(name) = weak(own) {
            by_name.entry(name).or_default().add(own, position);
        }
    }
    (cluster, count as usize)
}

/// The bits of the parts of a key that are missing.
pub(super) fn missing_why(missing: &[(usize, CellState)], bits: &[SlotWhy]) -> Why {
    let bit = |(position, state): &(usize, CellState)| {
        let bits = bits.get(*position)?;
        Some(match state {
            CellState::Unreadable => bits.unreadable,
            CellState::Absent => bits.absent,
            _ => bits.blank,
        })
    };
    missing.iter().filter_map(bit).fold(0, |why, bit| why | bit)
}

/// The key with these parts.
pub(super) fn encode_parts(parts: &[Part]) -> Identity {
    let mut bytes = Vec::new();
    let text = |tag: u8, text: &str, bytes: &mut Vec<u8>| {
        let end = text.len().min(usize::from(u16::MAX));
        bytes.push(tag);
        bytes.extend((end as u16).to_le_bytes());
        bytes.extend(&text.as_bytes()[..end]);
    };
    for part in parts {
        match part {
            Part::Nothing => bytes.push(0),
            Part::Text(value) => text(1, value, &mut bytes),
            Part::Number(number) => {
                bytes.push(2);
                bytes.extend(number.units().to_le_bytes());
            }
            Part::Date(date) => encode_date(*date, &mut bytes),
            Part::Period(period) => text(4, &period.to_string(), &mut bytes),
            Part::Bool(value) => bytes.extend([5, u8::from(*value)]),
        }
    }
    bytes.into_boxed_slice()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(parts: &[&str]) -> Identity {
        let mut bytes = Vec::new();
        for part in parts {
            if part.is_empty() {
                bytes.push(0);
            } else {
                bytes.extend(text_identity(part).iter());
            }
        }
        bytes.into_boxed_slice()
    }

    #[test]
    fn institutions_are_matched_by_code_then_by_name_within_the_county() {
        let known =
            [key(&["A1", "甲镇卫生院", "东县"]), key(&["A2", "甲镇卫生院", "西县"]), key(&["", "乙镇卫生院", ""])];
        let index = Index::new(KeyKind::Institution, &known);
        assert_eq!(index.matches(&key(&["A2", "改名后的卫生院", ""])), [1]);
        assert_eq!(index.matches(&key(&["", "甲镇卫生院", "东县"])), [0]);
        assert_eq!(index.matches(&key(&["", "甲镇卫生院", ""])), [0, 1]);
        assert_eq!(index.matches(&key(&["A9", "甲镇卫生院", "东县"])), [] as [usize; 0]);
        assert_eq!(index.matches(&key(&["B7", "乙镇卫生院", "南县"])), [2]);
    }

    #[test]
    fn clusters_do_not_depend_on_the_order() {
        let keys = [
            key(&["", "甲", ""]),
            key(&["A1", "甲", "东县"]),
            key(&["A1", "甲（新名）", ""]),
            key(&["", "乙", "东县"]),
            key(&["", "乙", ""]),
            key(&["", "丙", "东县"]),
            key(&["", "丙", "西县"]),
            key(&["", "丙", ""]),
        ];
        let same = |order: &[usize]| {
            let shuffled: Vec<Identity> = order.iter().map(|&at| keys[at].clone()).collect();
            let (clusters, count) = clusters(KeyKind::Institution, &shuffled);
            let of = |at: usize| clusters[order.iter().position(|&other| other == at).unwrap()];
            assert_eq!(count, 5);
            assert!(of(0) == of(1) && of(1) == of(2) && of(3) == of(4));
            assert!(of(7) != of(5) && of(7) != of(6) && of(5) != of(6));
        };
        same(&[0, 1, 2, 3, 4, 5, 6, 7]);
        same(&[7, 6, 5, 4, 3, 2, 1, 0]);
        same(&[4, 0, 7, 2, 6, 1, 3, 5]);
    }

    /// Each is held against its namesakes of the same institution only: a quadratic search would take minutes here.
    #[test]
    fn a_common_name_in_many_institutions_is_told_apart_at_once() {
        let place = |n: usize| format!("甲{n}镇卫生院");
        let mut keys: Vec<Identity> = (0..40_000).map(|n| key(&["", "张伟", "", &place(n)])).collect();
        keys.extend((0..40_000).map(|n| key(&["", "张伟", "1980-01-01", &place(n)])));
        let (clusters, count) = clusters(KeyKind::Person, &keys);
        assert_eq!((clusters[7], count), (clusters[40_007], 40_000));
    }

    #[test]
    fn equal_keys_are_one_however_ambiguous() {
        let keys = [key(&["A1", "甲", "东县"]), key(&["A2", "甲", "西县"]), key(&["", "甲", ""]), key(&["", "甲", ""])];
        let (clusters, count) = clusters(KeyKind::Institution, &keys);
        assert_eq!((clusters[2] == clusters[3], count), (true, 3));
    }
}
