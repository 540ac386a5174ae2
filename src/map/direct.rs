//! Records written field by field, for forms, transposed tables and the rules' cases; and records that go into a second ledger.

use std::sync::Arc;

use super::Env;
use super::columns::{Mode, Writer};
use super::value::{Conversions, DateContext};
use crate::model::{Batch, Source};
use crate::pack::LedgerKind;
use crate::read::Cell;

/// Each record once more in another ledger.
#[derive(Clone)]
pub struct AlsoPlan {
    pub writer: Writer,
    set: Vec<(usize, String)>,
    copy: Vec<(usize, usize)>,
}

/// The other ledgers that each record of the kind also goes into.
pub fn also_plans(
    env: &Env<'_>,
    kind: &LedgerKind,
    source: &Source,
    next_id: &mut dyn FnMut() -> u32,
) -> Vec<AlsoPlan> {
    let mut plans = Vec::new();
    for also in &kind.also {
        let Some(target) = env.dictionary.kinds.iter().find(|target| target.id == also.ledger).cloned() else {
            continue;
        };
        let supplement = also.supplement;
        let source = Source { id: next_id(), kind: target.id.clone(), secondary: true, supplement, ..source.clone() };
        let mut writer = Writer::new(target.clone(), Arc::new(source), Arc::new(env.lists.coercers(&target.fields)));
        let set: Vec<(usize, String)> =
            also.set.iter().filter_map(|(name, text)| Some((target.field(name)?, text.clone()))).collect();
        let copy: Vec<(usize, usize)> =
            also.copy.iter().filter_map(|(to, from)| Some((target.field(to)?, kind.field(from)?))).collect();
        for field in set.iter().map(|(field, _)| *field).chain(copy.iter().map(|(to, _)| *to)) {
            writer.activate(field, Mode::Nowhere);
        }
        plans.push(AlsoPlan { writer, set, copy });
    }
    plans
}

impl AlsoPlan {
    /// Writes the record of `main` begun last once more.
    pub fn record(&mut self, row: u32, main: &Writer, context: &DateContext, log: &mut Conversions) {
        if self.writer.records() == 0 && self.writer.pending() == 0 {
            // A copy stands where the cell stands that it was copied from.
            for &(to, from) in &self.copy {
                self.writer.activate(to, main.mode(from));
            }
        }
        self.writer.begin(row);
        for (field, text) in &self.set {
            self.writer.read(*field, Cell::Text(text), (row, 0), context, log);
        }
        for &(to, from) in &self.copy {
            if let Some(text) = main.said(from, main.last()) {
                let place = main.place(from).unwrap_or((row, 0));
                self.writer.read(to, Cell::Text(&text), place, context, &mut Conversions::default());
            }
        }
        self.writer.end(log);
    }
}

/// Records given as texts, one by one, through the same machinery; for forms, transposed tables and the rules' cases.
pub struct Direct {
    pub main: Writer,
    also: Vec<AlsoPlan>,
    pub log: Conversions,
    pub context: DateContext,
}

impl Direct {
    /// A writer of `kind` whose fields are given cell by cell.
    pub fn new(
        env: &Env<'_>,
        kind: Arc<LedgerKind>,
        source: Source,
        context: DateContext,
        next_id: &mut dyn FnMut() -> u32,
    ) -> Direct {
        let also = also_plans(env, &kind, &source, next_id);
        let coercers = Arc::new(env.lists.coercers(&kind.fields));
        Direct { main: Writer::new(kind, Arc::new(source), coercers), also, log: Conversions::default(), context }
    }

    /// Ends the record begun last.
    pub fn end(&mut self, row: u32) {
        self.main.end(&mut self.log);
        for also in &mut self.also {
            also.record(row, &self.main, &self.context, &mut self.log);
        }
    }

    /// The kinds written to beside the main one.
    pub fn kinds(&self) -> Vec<Arc<str>> {
        std::iter::once(&self.main)
            .chain(self.also.iter().map(|also| &also.writer))
            .map(|writer| writer.kind.id.clone())
            .collect()
    }

    /// All records.
    pub fn batches(&mut self) -> Vec<Batch> {
        self.main.take().into_iter().chain(self.also.iter_mut().filter_map(|also| also.writer.take())).collect()
    }
}
