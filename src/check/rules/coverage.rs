//! Measure → rules → cases.

use crate::finding::{Coverage, MeasureCoverage, RuleCoverage};
use crate::pack::Store;

use super::{Book, books, shown_outcomes};

/// Which rules answer each measure of every pack, and how many cases show each outcome of theirs.
pub fn coverage(store: &Store) -> Coverage {
    let (cases, _) = store.cases();
    let shown = shown_outcomes(&cases);
    let mut measures = Vec::new();
    for book in books(store, &[], &[]) {
        let own = |pack: &str| book.only.as_ref().is_some_and(|only| **only == *pack);
        for measure in book.catalog.measures.iter().filter(|measure| own(&measure.pack)) {
            measures.push(MeasureCoverage { measure: measure.clone(), rules: rules_of(&book, &measure.id, &shown) });
        }
    }
    Coverage { packs: store.packs().iter().map(|pack| pack.info.clone()).collect(), measures }
}

fn rules_of(
    book: &Book,
    measure: &str,
    shown: &std::collections::BTreeMap<&str, crate::finding::Tally>,
) -> Vec<RuleCoverage> {
    let mut rules: Vec<RuleCoverage> = Vec::new();
    for rule in &book.catalog.rules {
        let answers = *rule.measure == *measure || rule.also.iter().any(|id| **id == *measure);
        if !answers || !book.infos.contains_key(&rule.id) || rules.iter().any(|known| *known.id == *rule.template()) {
            continue;
        }
        rules.push(RuleCoverage {
            id: rule.template().into(),
            pack: rule.pack.clone(),
            title: rule.title.clone(),
            cases: shown.get(rule.template()).copied().unwrap_or_default(),
        });
    }
    rules
}
