//! What the cells of a column say about the field it holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::text::fold;
use super::value::{Coercer, Conversions, DateContext, ListIndex, Reading, is_blank, text_of};
use crate::finding::Personal;
use crate::model::FieldType;
use crate::pack::{Catalog, Field};
use crate::read::Cell;

/// How many filled cells of a column are looked at.
const CELLS: usize = 120;

/// Code lists by id, prepared once for a sheet.
#[derive(Default)]
pub struct Lists(BTreeMap<Arc<str>, Arc<ListIndex>>);

impl Lists {
    /// Prepares the lists that the fields of the catalog's kinds use.
    pub fn new(catalog: &Catalog) -> Lists {
        Lists(catalog.lists.iter().map(|(id, list)| (id.clone(), super::value::index_list(list))).collect())
    }

    /// The index of one list.
    pub fn get(&self, id: &str) -> Option<Arc<ListIndex>> {
        self.0.get(id).cloned()
    }

    /// A coercer for each field.
    pub fn coercers(&self, fields: &[Field]) -> Vec<Coercer> {
        fields
            .iter()
            .map(|field| {
                let derived = field.derive.as_ref().map(|derive| derive.list.clone());
                Coercer::new(field, |id| self.get(id).or_else(|| derived.as_deref().and_then(|id| self.get(id))))
            })
            .collect()
    }
}

/// Some cells of one column, and how many of them each type could read.
pub struct Sample {
    texts: Vec<String>,
    dates: usize,
    numbers: usize,
    yes_no: usize,
    ids: usize,
    good_ids: usize,
    phones: usize,
    /// Bare numbers above 1, as shares in per cent are written.
    above_one: usize,
    codes: BTreeMap<Arc<str>, usize>,
}

/// Whether the check digit of an identity number of 18 places is right.
fn check_digit_is_right(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 18 || !bytes[..17].iter().all(u8::is_ascii_digit) {
        return false;
    }
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = bytes.iter().zip(WEIGHTS).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
    b"10X98765432"[(sum % 11) as usize] == bytes[17].to_ascii_uppercase()
}

impl Sample {
    /// Looks at the first filled cells of a column.
    pub fn new<'a>(cells: impl Iterator<Item = Cell<'a>>, lists: &Lists, context: &DateContext) -> Sample {
        let mut sample = Sample {
            texts: Vec::new(),
            dates: 0,
            numbers: 0,
            yes_no: 0,
            ids: 0,
            good_ids: 0,
            phones: 0,
            above_one: 0,
            codes: BTreeMap::new(),
        };
        let mut log = Conversions::default();
        let words = super::value::YesNoWords::default();
        for cell in cells.take(4 * CELLS) {
            let text = text_of(cell);
            let folded = fold(&text);
            if is_blank(&folded) {
                continue;
            }
            if sample.texts.len() >= CELLS {
                break;
            }
            let is_value = |reading: Reading<'_>| usize::from(matches!(reading, Reading::Value(_)));
            let is_plain_number = matches!(cell, Cell::Number { .. });
            // A bare number is a date only to those who already know that it is one.
            sample.dates += if is_plain_number || folded.len() < 6 {
                0
            } else {
                is_value(super::value::dates(cell, context, &mut log))
            };
            sample.numbers += is_value(super::value::number(cell, &super::value::Scale::default(), &mut log));
            sample.yes_no += is_value(super::value::yes_no(cell, &words, &mut log));
            let id = folded.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            if id.len() == 18 && id.as_bytes()[..17].iter().all(u8::is_ascii_digit) {
                sample.ids += 1;
                sample.good_ids += usize::from(check_digit_is_right(id));
            }
            let phone = id.as_bytes();
            sample.phones += usize::from(phone.len() == 11 && phone[0] == b'1' && phone.iter().all(u8::is_ascii_digit));
            sample.above_one += match cell {
                Cell::Number { value, percent: false } => usize::from(value > 1.0),
                Cell::Text(_) => usize::from(folded.parse::<f64>().is_ok_and(|value| value > 1.0)),
                _ => 0,
            };
            if matches!(cell, Cell::Text(_)) && folded.chars().count() >= 2 && folded.chars().count() <= 20 {
                for (id, list) in &lists.0 {
                    if list.exact(&folded).is_some() {
                        *sample.codes.entry(id.clone()).or_default() += 1;
                    }
                }
            }
            sample.texts.push(text.into_owned());
        }
        sample
    }

    /// Whether no cell is filled.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Whether both columns hold the same.
    pub fn same_values(&self, other: &Sample) -> bool {
        self.texts == other.texts
    }

    /// Whether bare numbers of the column are percentages throughout, if its heading says so.
    pub fn is_percent(&self) -> bool {
        self.above_one > 0
    }

    fn share(&self, count: usize) -> u8 {
        if self.texts.is_empty() { 0 } else { (count * 100 / self.texts.len()) as u8 }
    }

    /// The share of cells, in per cent, that a field of this type could read; `None` where there are too few to tell.
    pub fn fit(&self, ty: &FieldType) -> Option<u8> {
        if self.texts.len() < 2 {
            return None;
        }
        Some(match ty {
            FieldType::Text | FieldType::Period => return None,
            FieldType::YesNo => self.share(self.yes_no),
            FieldType::Integer | FieldType::Decimal | FieldType::Ratio => self.share(self.numbers),
            FieldType::Date | FieldType::Dates => self.share(self.dates),
            FieldType::Code(id) | FieldType::Codes(id) => self.share(self.codes.get(id).copied().unwrap_or(0)),
            FieldType::IdNumber => self.share(self.ids),
        })
    }

    /// How strongly the cells alone speak for a field, where they do.
    pub fn speaks_for(&self, field: &Field) -> Option<u8> {
        if self.texts.len() < 3 {
            return None;
        }
        match &field.ty {
            FieldType::IdNumber => (self.share(self.good_ids) >= 80).then_some(85),
            FieldType::Code(id) => {
                let distinct: std::collections::BTreeSet<&String> = self.texts.iter().collect();
                let hits = self.codes.get(id).copied().unwrap_or(0);
                (self.share(hits) >= 80 && distinct.len() >= 2).then_some(78)
            }
            _ if field.personal == Some(Personal::Phone) => (self.share(self.phones) >= 80).then_some(80),
            _ => None,
        }
    }
}
