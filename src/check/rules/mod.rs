//! What the packs hold: lists of rules, explanations, coverage and lint.

mod coverage;
mod explain;
mod lint;
mod sql;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::PackFault;
use crate::finding::{Outcome, RuleEntry, RuleShape, Tally};
use crate::model::Localized;
use crate::pack::{Case, Catalog, ParameterValue, Rule, Shape, Store, codes};
use crate::rule::compile;

pub use coverage::coverage;
pub use explain::{explain, explain_all};
pub use lint::{LINT_CODES, lint};
pub use sql::{SqlRules, sql};

/// The rules in force with the chosen packs; without a choice the rules of every pack, each as its own document says.
/// Rules at fault are not among them, their faults are.
pub fn list(store: &Store, packs: &[Arc<str>], parameters: &[(String, String)]) -> (Vec<RuleEntry>, Vec<PackFault>) {
    let (cases, mut faults) = store.cases();
    let shown = shown_outcomes(&cases);
    let mut entries: Vec<RuleEntry> = Vec::new();
    for book in books(store, packs, parameters) {
        for rule in book.own_rules() {
            add_entry(&mut entries, &book.catalog, rule, &shown);
        }
        for fault in book.faults {
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
    }
    (entries, faults)
}

/// One choice of packs, compiled.
struct Book {
    catalog: Catalog,
    /// Without a choice of the user's: the pack whose rules count here, since those it extends have their own book.
    only: Option<Arc<str>>,
    infos: BTreeMap<Arc<str>, crate::finding::RuleInfo>,
    faults: Vec<PackFault>,
}

impl Book {
    /// The value of a parameter in this choice of packs.
    fn parameter(&self, name: &str) -> Option<ParameterValue> {
        self.catalog
            .parameters
            .iter()
            .find(|parameter| *parameter.info.name == *name)
            .map(|parameter| parameter.value.clone())
    }

    /// The rules that could be compiled.
    fn rules(&self) -> impl Iterator<Item = (&Rule, &crate::finding::RuleInfo)> {
        let rules = self.catalog.rules.iter().map(|rule| &**rule);
        rules.filter_map(|rule| Some((rule, self.infos.get(&rule.id)?)))
    }

    fn own_rules(&self) -> impl Iterator<Item = (&Rule, &crate::finding::RuleInfo)> {
        self.rules().filter(|(rule, _)| self.is_own(rule))
    }

    /// Whether the rule counts here.
    fn is_own(&self, rule: &Rule) -> bool {
        self.only.as_ref().is_none_or(|only| rule.pack == *only)
    }

    /// Whether the measure is of the pack whose rules count here.
    fn has_own(&self, measure: &str) -> bool {
        let is_own = |pack: &Arc<str>| self.only.as_ref().is_none_or(|only| pack == only);
        self.catalog.measures.iter().any(|known| *known.id == *measure && is_own(&known.pack))
    }
}

/// The chosen packs together, or without a choice every pack by itself.
fn books(store: &Store, packs: &[Arc<str>], parameters: &[(String, String)]) -> Vec<Book> {
    let book = |packs: Vec<Arc<str>>, only: Option<Arc<str>>| {
        let (catalog, mut faults) = store.catalog(&packs, parameters);
        // A parameter of one pack is unknown to others, which is no fault where nobody chose the packs.
        faults.retain(|fault| only.is_none() || fault.code != codes::UNKNOWN_PARAMETER || !fault.file.is_empty());
        let (program, mut compiling) = compile(&catalog);
        store.place(&mut compiling);
        faults.extend(compiling);
        let infos = program.infos.into_iter().map(|info| (info.id.clone(), info)).collect();
        Book { catalog, only, infos, faults }
    };
    if packs.is_empty() {
        let ids = store.packs().iter().map(|pack| pack.info.id.clone());
        return ids.map(|id| book(vec![id.clone()], Some(id))).collect();
    }
    vec![book(packs.to_vec(), None)]
}

/// How many cases show each outcome, by the id under which the rule was written.
fn shown_outcomes(cases: &[Case]) -> BTreeMap<&str, Tally> {
    let mut shown: BTreeMap<&str, Tally> = BTreeMap::new();
    for case in cases {
        let tally = shown.entry(base_id(&case.rule)).or_default();
        for outcome in Outcome::ALL {
            if case.expect.shows(outcome) {
                tally.add(outcome, 1);
            }
        }
    }
    shown
}

/// The id of a rule as it stands in the pack: without the kind, where the rule stands for many kinds.
fn base_id(id: &str) -> &str {
    id.split_once('@').map_or(id, |(base, _)| base)
}

/// Adds the rule to the entries; one of many kinds goes to the entry of the others.
fn add_entry(
    entries: &mut Vec<RuleEntry>,
    catalog: &Catalog,
    (rule, info): (&Rule, &crate::finding::RuleInfo),
    shown: &BTreeMap<&str, Tally>,
) {
    let kind = (rule.ledger.clone(), kind_name(catalog, &rule.ledger));
    if rule.template() != &*rule.id
        && let Some(entry) = entries.iter_mut().find(|entry| *entry.info.id == *rule.template())
    {
        // Held against several others, a kind still is one.
        if !entry.kinds.contains(&kind) {
            entry.kinds.push(kind);
        }
        return;
    }
    let mut info = info.clone();
    info.id = rule.template().into();
    let measure = catalog.measures.iter().find(|measure| measure.id == rule.measure);
    entries.push(RuleEntry {
        info,
        class: measure.map_or("rule", |measure| measure.class),
        shape: shape(rule),
        each: rule.each.as_ref().map(|each| each.grid),
        kinds: vec![kind],
        cases: shown.get(rule.template()).copied().unwrap_or_default(),
    });
}

fn shape(rule: &Rule) -> RuleShape {
    match rule.shape {
        Shape::Row => RuleShape::Row,
        Shape::Group { .. } => RuleShape::Group,
        Shape::Population { .. } => RuleShape::Population,
    }
}

fn kind_name(catalog: &Catalog, id: &str) -> Localized {
    let kind = catalog.kinds.iter().find(|kind| *kind.id == *id);
    kind.map_or_else(|| Localized::new(id, id), |kind| kind.name.clone())
}
