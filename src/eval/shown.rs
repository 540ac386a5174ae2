//! What the first records of a ledger say, for findings about several records together.

use std::sync::Arc;

use super::finding::record;
use super::frame::Context;
use crate::finding::Row;
use crate::model::{Batch, FastMap};

/// Rows of a ledger kind that are kept for findings about several records, the first in the order of the inputs; of later ones the
/// places are named alone, so that the memory does not grow with the ledgers.
const SHOWN: usize = 5_000;

/// Records below which a batch takes more room than its words do: it has a column for every field.
const SMALL: usize = 64;

/// A source and a row of it.
type Place = (u32, u32);

/// The first rows. What those of a long batch say is put into words only where a finding asks for it.
#[derive(Default)]
pub(super) struct Shown {
    batches: Vec<Arc<Batch>>,
    /// The rows of short batches, in words.
    words: Vec<(Place, Row)>,
    records: usize,
    /// The last row that is kept, once there are more.
    last: Option<Place>,
}

/// The rows that are kept, by their places.
#[derive(Default)]
pub(super) struct ShownRows<'s> {
    shown: Option<&'s Shown>,
    /// `None` where a row holds several records: the cells of one are not the row.
    places: FastMap<Place, Option<Kept>>,
}

/// Where a row is kept.
#[derive(Clone, Copy)]
enum Kept {
    /// Position of the batch, and of the record in it.
    Record(u32, u32),
    /// Position among the rows in words.
    Words(u32),
}

fn places(batch: &Batch) -> impl Iterator<Item = Place> {
    batch.rows.iter().map(|row| (batch.source.id, *row))
}

impl Shown {
    /// Keeps the rows of a batch that are among the first; whatever the order in which batches come, the same remain. `words` says what
    /// one of its records says.
    pub fn take(&mut self, batch: &Arc<Batch>, words: impl Fn(usize, u32) -> Row) {
        let Some(first) = places(batch).min() else { return };
        if self.last.is_some_and(|last| first > last) {
            return;
        }
        if batch.len() < SMALL {
            self.words.extend(places(batch).enumerate().map(|(at, place)| (place, words(at, place.1))));
        } else {
            self.batches.push(batch.clone());
        }
        self.records += batch.len();
        if self.records <= SHOWN {
            return;
        }
        let in_words = self.words.iter().map(|(place, _)| *place);
        let mut all: Vec<Place> = self.batches.iter().flat_map(|batch| places(batch)).chain(in_words).collect();
        all.sort_unstable();
        all.dedup();
        if let (Some(last), true) = (all.get(SHOWN - 1).copied(), all.len() > SHOWN) {
            self.last = Some(last);
            self.batches.retain(|batch| places(batch).min().is_some_and(|first| first <= last));
            self.words.retain(|(place, _)| *place <= last);
            self.records = self.words.len() + self.batches.iter().map(|batch| batch.len()).sum::<usize>();
        }
    }

    pub fn rows(&self) -> ShownRows<'_> {
        let records = self.batches.iter().enumerate().flat_map(|(number, batch)| {
            places(batch).enumerate().map(move |(at, place)| (place, Kept::Record(number as u32, at as u32)))
        });
        let words = self.words.iter().enumerate().map(|(at, (place, _))| (*place, Kept::Words(at as u32)));
        let mut kept: FastMap<Place, Option<Kept>> = FastMap::default();
        for (place, at) in records.chain(words).filter(|(place, _)| self.last.is_none_or(|last| *place <= last)) {
            kept.entry(place).and_modify(|known| *known = None).or_insert(Some(at));
        }
        ShownRows { shown: Some(self), places: kept }
    }
}

impl ShownRows<'_> {
    /// What a row of the ledger kind says; nothing where it is not kept.
    pub fn row(&self, context: &Context, kind: usize, place: Place) -> Row {
        let found = || {
            let shown = self.shown?;
            match (*self.places.get(&place)?)? {
                Kept::Words(at) => shown.words.get(at as usize).map(|(_, row)| row.clone()),
                Kept::Record(number, at) => {
                    let batch = shown.batches.get(number as usize)?;
                    Some(record(context, kind, &batch.columns, at as usize, place.1))
                }
            }
        };
        found().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Source;

    fn batch(source: u32, rows: std::ops::Range<u32>) -> Arc<Batch> {
        let text: Arc<str> = "台账".into();
        let source = Source {
            id: source,
            file: text.clone(),
            sheet: text.clone(),
            kind: text,
            period: None,
            unit: None,
            titles: Vec::new().into(),
            is_text: false,
            secondary: false,
            supplement: false,
        };
        Arc::new(Batch { source: Arc::new(source), rows: rows.collect(), columns: Vec::new() })
    }

    /// Which places are kept, and whether each is one record.
    fn kept(batches: &[Arc<Batch>]) -> Vec<(Place, bool)> {
        let mut shown = Shown::default();
        batches.iter().for_each(|batch| shown.take(batch, |_, _| Row::default()));
        let mut kept: Vec<_> = shown.rows().places.iter().map(|(place, at)| (*place, at.is_some())).collect();
        kept.sort_unstable();
        kept
    }

    #[test]
    fn the_first_rows_are_kept_whatever_the_order() {
        let mut batches =
            vec![batch(0, 10..2000), batch(0, 2000..2010), batch(1, 0..2000), batch(1, 1990..4000), batch(2, 0..60)];
        let first = kept(&batches);
        assert_eq!(first.len(), SHOWN);
        assert_eq!(first.last(), Some(&((1, 2999), true)));
        assert_eq!(first.iter().filter(|(_, is_one)| !is_one).count(), 10);
        batches.reverse();
        assert_eq!(kept(&batches), first);
        batches.swap(0, 2);
        assert_eq!(kept(&batches), first);
    }
}
