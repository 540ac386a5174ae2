//! What the first records of a ledger say, for findings about several records together.

use std::sync::Arc;

use super::finding::record;
use super::frame::Context;
use crate::finding::Row;
use crate::model::{Batch, FastMap};

/// Rows of a ledger kind that are kept for findings about several records, the first in the order of the inputs; of later ones the
/// places are named alone, so that the memory does not grow with the ledgers.
const SHOWN: usize = 5_000;

/// A source and a row of it.
type Place = (u32, u32);

/// The batches in which the first rows stand. What they say is put into words only where a finding asks for it.
#[derive(Default)]
pub(super) struct Shown {
    batches: Vec<Arc<Batch>>,
    records: usize,
    /// The last row that is kept, once there are more.
    last: Option<Place>,
}

/// The rows that are kept, by their places.
#[derive(Default)]
pub(super) struct ShownRows<'s> {
    batches: &'s [Arc<Batch>],
    /// The batch and the record in it; `None` where a row holds several records: the cells of one are not the row.
    places: FastMap<Place, Option<(u32, u32)>>,
}

fn places(batch: &Batch) -> impl Iterator<Item = Place> {
    batch.rows.iter().map(|row| (batch.source.id, *row))
}

impl Shown {
    /// Keeps the rows of a batch that are among the first; whatever the order in which batches come, the same remain.
    pub fn take(&mut self, batch: &Arc<Batch>) {
        let Some(first) = places(batch).min() else { return };
        if self.last.is_some_and(|last| first > last) {
            return;
        }
        self.batches.push(batch.clone());
        self.records += batch.len();
        if self.records <= SHOWN {
            return;
        }
        let mut all: Vec<Place> = self.batches.iter().flat_map(|batch| places(batch)).collect();
        all.sort_unstable();
        all.dedup();
        if let (Some(last), true) = (all.get(SHOWN - 1).copied(), all.len() > SHOWN) {
            self.last = Some(last);
            self.batches.retain(|batch| places(batch).min().is_some_and(|first| first <= last));
            self.records = self.batches.iter().map(|batch| batch.len()).sum();
        }
    }

    pub fn rows(&self) -> ShownRows<'_> {
        let mut kept: FastMap<Place, Option<(u32, u32)>> = FastMap::default();
        for (number, batch) in self.batches.iter().enumerate() {
            for (at, place) in
                places(batch).enumerate().filter(|(_, place)| self.last.is_none_or(|last| *place <= last))
            {
                kept.entry(place).and_modify(|known| *known = None).or_insert(Some((number as u32, at as u32)));
            }
        }
        ShownRows { batches: &self.batches, places: kept }
    }
}

impl ShownRows<'_> {
    /// What a row of the ledger kind says; nothing where it is not kept.
    pub fn row(&self, context: &Context, kind: usize, place: Place) -> Row {
        let found = || {
            let (number, at) = (*self.places.get(&place)?)?;
            let batch = self.batches.get(number as usize)?;
            Some(record(context, kind, &batch.columns, at as usize, place.1))
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
        batches.iter().for_each(|batch| shown.take(batch));
        let mut kept: Vec<_> = shown.rows().places.iter().map(|(place, at)| (*place, at.is_some())).collect();
        kept.sort_unstable();
        kept
    }

    #[test]
    fn the_first_rows_are_kept_whatever_the_order() {
        let mut batches = vec![batch(0, 10..2010), batch(1, 0..2000), batch(1, 1990..4000), batch(2, 0..2000)];
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
