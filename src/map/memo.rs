//! Remembers how the texts of a column were read: most columns say the same few things again and again.

use super::value::{Coercer, Conversions, DateContext, Reading};
use crate::model::FastMap;
use crate::read::Cell;

/// Texts that are remembered for each column, and how long they may be.
const TEXTS: usize = 4096;
const LENGTH: usize = 96;

/// What the texts of one column were read as.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    /// What the readings were made with; under anything else nothing is remembered.
    context: Option<DateContext>,
    known: FastMap<Box<str>, usize>,
    readings: Vec<Known>,
}

#[derive(Clone, Debug)]
struct Known {
    reading: Reading<'static>,
    /// The conversions that the reading took, and how often.
    conversions: Vec<(&'static str, u64)>,
}

impl Memo {
    /// Reads `text` as the coercer does. One memo serves one coercer.
    pub fn read<'a>(
        &'a mut self,
        coercer: &Coercer,
        text: &'a str,
        context: &DateContext,
        log: &mut Conversions,
    ) -> Reading<'a> {
        if text.len() > LENGTH || *self.context.get_or_insert(*context) != *context {
            return coercer.read(Cell::Text(text), context, log);
        }
        if let Some(&at) = self.known.get(text) {
            let known = &self.readings[at];
            for (key, count) in &known.conversions {
                log.count(key, *count, text);
            }
            return known.reading.borrowed();
        }
        let mut own = Conversions::default();
        let reading = coercer.read(Cell::Text(text), context, &mut own);
        if self.readings.len() < TEXTS {
            let conversions = own.0.iter().map(|(key, (count, _))| (*key, *count)).collect();
            self.known.insert(text.into(), self.readings.len());
            self.readings.push(Known { reading: reading.clone().into_owned(), conversions });
        }
        log.add(own);
        reading
    }
}
