//! Remembers how the texts of a column were read: most columns say the same few things again and again.

use super::value::{Coercer, Conversions, DateContext, Reading};
use crate::model::{FieldType, hash_bytes};
use crate::read::Cell;

/// Texts that are remembered for each column, and how long they may be.
const TEXTS: usize = 4096;
const LENGTH: usize = 96;
/// Texts after which it shows whether a column repeats itself.
const TRIAL: usize = 512;

/// What the texts of one column were read as.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    /// What the readings were made with; under anything else nothing is remembered.
    context: Option<DateContext>,
    /// Number of the text + 1 at the place that its hash names; 0 where free.
    table: Vec<u32>,
    known: Vec<Known>,
    /// How often a text was sought and found.
    found: usize,
    /// The text that was sought last, and whether it was that of the time before too.
    last: usize,
    is_run: bool,
}

#[derive(Clone, Debug)]
pub struct Known {
    text: Box<str>,
    pub reading: Reading<'static>,
    /// The conversions that the reading took, in their order, with what each is an example of.
    pub conversions: Vec<(&'static str, Box<str>)>,
}

impl Memo {
    /// The number of what `text` is read as by the coercer, which is always the same one; `None` where it is not remembered.
    /// `by_form` gives the conversion that lies in how the text is written, where there is no other.
    pub fn number(
        &mut self,
        coercer: &Coercer,
        text: &str,
        context: &DateContext,
        by_form: impl Fn(&Reading<'_>) -> Option<&'static str>,
    ) -> Option<usize> {
        if text.len() > LENGTH || *self.context.get_or_insert(*context) != *context {
            return None;
        }
        // Whole columns say the same thing in long runs.
        if self.is_run && self.known.get(self.last).is_some_and(|known| *known.text == *text) {
            self.found += 1;
            return Some(self.last);
        }
        let mask = self.table.len().wrapping_sub(1);
        let hash = hash_bytes(text.as_bytes()) as usize;
        let mut place = hash & mask;
        while let Some(&number) = self.table.get(place)
            && number > 0
        {
            let at = number as usize - 1;
            if *self.known[at].text == *text {
                self.found += 1;
                self.is_run = at == std::mem::replace(&mut self.last, at);
                return Some(at);
            }
            place = (place + 1) & mask;
        }
        if self.known.len() >= TEXTS {
            return None;
        }
        let mut log = Conversions::default();
        let reading = coercer.read(Cell::Text(text), context, &mut log).into_owned();
        let example = |key: &&'static str| log.0.get(key).map_or("", |(_, example)| example);
        let mut conversions: Vec<(&'static str, Box<str>)> =
            log.of_cell().iter().map(|key| (*key, example(key).into())).collect();
        if conversions.is_empty() {
            conversions.extend(by_form(&reading).map(|key| (key, text.into())));
        }
        self.known.push(Known { text: text.into(), reading, conversions });
        self.place(hash);
        Some(self.known.len() - 1)
    }

    /// Puts the text known last into the table.
    fn place(&mut self, hash: usize) {
        if self.table.len() < (self.known.len() + 1) * 2 {
            self.table = vec![0; (self.table.len() * 2).max(64)];
            for at in 0..self.known.len() {
                self.insert(hash_bytes(self.known[at].text.as_bytes()) as usize, at);
            }
        } else {
            self.insert(hash, self.known.len() - 1);
        }
    }

    fn insert(&mut self, hash: usize, at: usize) {
        let mask = self.table.len() - 1;
        let mut place = hash & mask;
        while self.table[place] != 0 {
            place = (place + 1) & mask;
        }
        self.table[place] = at as u32 + 1;
    }

    /// What the text of this number was read as.
    pub fn known(&self, number: usize) -> &Known {
        &self.known[number]
    }

    /// Whether texts come again often enough to be worth being sought.
    pub fn is_useful(&self) -> bool {
        self.known.len() < TRIAL || self.found > self.known.len() * 2
    }

    /// Whether the readings of this type are remembered row by row: free texts hardly ever come twice.
    pub fn serves(ty: &FieldType) -> bool {
        *ty != FieldType::Text
    }
}
