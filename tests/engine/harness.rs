//! Compiles packs and judges records given as texts.

use std::collections::BTreeMap;
use std::sync::Arc;

use taizhang::eval::{EvalOptions, Evaluation, Evaluator};
use taizhang::finding::{NotRun, Tally};
use taizhang::map::{Mapper, case_batch};
use taizhang::model::{Batch, Date, Period, Source};
use taizhang::pack::Catalog;
use taizhang::rule::Program;

/// Records as field and text.
pub type Records = Vec<Vec<(String, String)>>;

pub fn date(text: &str) -> Date {
    Date::parse_iso(text).unwrap()
}

/// The batches that some records of one ledger kind become, as sheet number `number`.
pub fn batches(catalog: &Catalog, kind: &str, records: &Records, period: Option<Period>, number: u32) -> Vec<Batch> {
    let kind = catalog.kinds.iter().find(|known| &*known.id == kind).unwrap();
    let source = Arc::new(Source {
        id: number * 4096,
        file: format!("{}-{number}.csv", kind.id).into(),
        sheet: "Sheet1".into(),
        kind: kind.id.clone(),
        period,
        unit: None,
        titles: Arc::default(),
        is_text: true,
        secondary: false,
        supplement: false,
    });
    // The dictionary of headings is made anew for each call: only the kinds that matter here.
    let mut small = catalog.clone();
    let recorded: Vec<&Arc<str>> = kind
        .also
        .iter()
        .map(|also| &also.ledger)
        .chain(kind.wide.iter().filter_map(|wide| wide.ledger.as_ref()))
        .collect();
    small.kinds.retain(|other| other.id == kind.id || recorded.contains(&&other.id));
    small.rules.clear();
    case_batch(kind, &Mapper::new(&small), records, source)
}

/// Judges batches in the order in which they are given.
pub fn judge(program: &Arc<Program>, batches: Vec<Batch>, options: EvalOptions) -> Evaluation {
    let mut evaluator = Evaluator::new(program.clone(), options);
    for batch in batches {
        evaluator.push(batch);
    }
    evaluator.finish()
}

/// The counts of each rule by its id.
pub fn tallies(program: &Program, evaluation: &Evaluation) -> BTreeMap<String, Tally> {
    let mut sums: BTreeMap<String, Tally> = BTreeMap::new();
    for tally in evaluation.tallies.iter() {
        let id = program.infos[tally.rule as usize].id.to_string();
        sums.entry(id).or_default().merge(&tally.counts);
    }
    for NotRun { rule, .. } in &evaluation.not_run {
        let id = program.infos[*rule as usize].id.to_string();
        sums.entry(id).or_default().add(taizhang::finding::Outcome::NotRun, 1);
    }
    sums
}
