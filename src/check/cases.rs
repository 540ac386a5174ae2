//! Runs the rules' own cases through the same coercion and evaluation as real ledgers.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::PackFault;
use crate::eval::{EvalOptions, Evaluator};
use crate::finding::{Outcome, Tally};
use crate::map::{Mapper, case_batch};
use crate::model::{Lang, Source};
use crate::pack::{Case, Expect, Store};
use crate::rule::{Program, compile};

/// What a program is compiled for.
type PackAndParameters = (Arc<str>, Vec<(String, String)>);

/// How one case came out.
#[derive(Clone, Debug)]
pub struct CaseResult {
    pub case: Case,
    /// Counts by outcome that the rule gave.
    pub got: Tally,
    /// Why the rule has no result, where it has none.
    pub not_run: Option<&'static str>,
    /// A fault that kept the case from running.
    pub fault: Option<String>,
}

impl CaseResult {
    /// Whether the rule came out as the case says.
    pub fn passed(&self) -> bool {
        let mut got = self.got;
        if self.not_run.is_some() {
            got.add(Outcome::NotRun, 1);
        }
        self.fault.is_none() && self.case.expect.holds(&got)
    }

    /// What the case expects, in words.
    pub fn expected(&self, lang: Lang) -> String {
        match &self.case.expect {
            Expect::Only(outcome) => word(*outcome, lang).to_owned(),
            Expect::Counts(tally) => counts(tally, lang),
        }
    }

    /// What the rule gave, in words.
    pub fn counts(&self, lang: Lang) -> String {
        match self.not_run {
            Some(reason) => format!("{} ({reason})", word(Outcome::NotRun, lang)),
            None => counts(&self.got, lang),
        }
    }
}

fn word(outcome: Outcome, lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => outcome.zh(),
        Lang::En => outcome.en(),
    }
}

fn counts(tally: &Tally, lang: Lang) -> String {
    let some = Outcome::ALL.into_iter().filter(|outcome| tally.get(*outcome) > 0);
    let parts: Vec<String> = some.map(|outcome| format!("{} {}", word(outcome, lang), tally.get(outcome))).collect();
    if parts.is_empty() { "—".to_owned() } else { parts.join("，") }
}

/// Whether the rule `id` is the one that a case names, or is made from it for one ledger kind.
fn is_of(id: &str, named: &str) -> bool {
    id == named || id.split_once('@').is_some_and(|(template, _)| template == named)
}

/// Runs the cases of the rules whose id begins with one of `filter` (all where it is empty).
pub fn run_cases(store: &Store, filter: &[String]) -> (Vec<CaseResult>, Vec<PackFault>) {
    let (cases, mut faults) = store.cases();
    // The ledger kinds are the same in every choice of packs.
    let mapper = Mapper::new(&store.base());
    let mut programs: BTreeMap<PackAndParameters, Arc<Program>> = BTreeMap::new();
    let mut results = Vec::new();
    for case in cases {
        if !filter.is_empty() && !filter.iter().any(|prefix| case.rule.starts_with(prefix.as_str())) {
            continue;
        }
        let program = programs.entry((case.pack.clone(), case.params.clone())).or_insert_with(|| {
            let (catalog, catalog_faults) = store.catalog(std::slice::from_ref(&case.pack), &case.params);
            let (program, compile_faults) = compile(&catalog);
            for fault in catalog_faults.into_iter().chain(compile_faults) {
                if !faults.contains(&fault) {
                    faults.push(fault);
                }
            }
            Arc::new(program)
        });
        results.push(run_case(case, &mapper, program));
    }
    store.place(&mut faults);
    (results, faults)
}

fn run_case(case: Case, mapper: &Mapper, program: &Arc<Program>) -> CaseResult {
    let mut result = CaseResult { case, got: Tally::default(), not_run: None, fault: None };
    let case = &result.case;
    let infos = &program.infos;
    let positions: Vec<u32> =
        (0..infos.len() as u32).filter(|&index| is_of(&infos[index as usize].id, &case.rule)).collect();
    if positions.is_empty() {
        result.fault = Some(format!("rule {} is not in pack {}", case.rule, case.pack));
        return result;
    }
    let options = EvalOptions { as_of: case.as_of, complete: case.complete, max_findings: None };
    let mut evaluator = Evaluator::new(program.clone(), options);
    for (number, (id, records)) in case.ledgers.iter().enumerate() {
        let Some(kind) = mapper.catalog().kinds.iter().find(|kind| kind.id == *id) else {
            result.fault = Some(format!("there is no ledger kind {id}"));
            return result;
        };
        let source = Source {
            id: number as u32,
            file: format!("{id}.csv").into(),
            sheet: id.clone(),
            kind: id.clone(),
            period: case.period,
            unit: None,
            titles: Arc::default(),
            is_text: true,
            secondary: false,
            supplement: false,
        };
        for batch in case_batch(kind, mapper, records, Arc::new(source)) {
            evaluator.push(batch);
        }
    }
    let evaluation = evaluator.finish();
    for tally in evaluation.tallies.iter().filter(|tally| positions.contains(&tally.rule)) {
        result.got.merge(&tally.counts);
    }
    if result.got.total() > 0 {
        return result;
    }
    result.not_run = evaluation
        .not_run
        .iter()
        .find(|not_run| positions.contains(&not_run.rule))
        .map(|not_run| not_run.reason.code());
    result
}
