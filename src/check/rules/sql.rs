//! The rules of the packs as queries.

use std::sync::Arc;

use crate::diag::PackFault;
use crate::pack::Store;
use crate::rule::compile;
use crate::rule::sql::{Dialect, RuleQuery, load, queries};

/// Queries, and the statements that come before them.
#[derive(Clone, Debug, Default)]
pub struct SqlRules {
    pub load: String,
    pub queries: Vec<RuleQuery>,
    pub faults: Vec<PackFault>,
}

/// The rules in force with the chosen packs; without a choice the rules of every pack, each as its own document says.
/// `folder` is where the exported tables stand.
pub fn sql(
    store: &Store,
    packs: &[Arc<str>],
    parameters: &[(String, String)],
    dialect: Dialect,
    folder: &str,
    with_reasons: bool,
) -> SqlRules {
    let mut rules = SqlRules::default();
    let choices: Vec<Vec<Arc<str>>> = if packs.is_empty() {
        store.packs().iter().map(|pack| vec![pack.info.id.clone()]).collect()
    } else {
        vec![packs.to_vec()]
    };
    // Where every pack has its turn, each gives its own rules only.
    let is_own = |choice: &[Arc<str>], pack: &Arc<str>| !packs.is_empty() || choice.contains(pack);
    for packs in choices {
        let (catalog, mut faults) = store.catalog(&packs, parameters);
        let (program, more) = compile(&catalog);
        faults.extend(more);
        store.place(&mut faults);
        if rules.load.is_empty() {
            rules.load = load(&program, dialect, folder);
        }
        let own = program.infos.iter().map(|info| is_own(&packs, &info.pack));
        let queries = queries(&program, dialect, with_reasons);
        rules.queries.extend(queries.into_iter().zip(own).filter(|(_, own)| *own).map(|(query, _)| query));
        for fault in faults {
            if !rules.faults.contains(&fault) {
                rules.faults.push(fault);
            }
        }
    }
    rules
}
