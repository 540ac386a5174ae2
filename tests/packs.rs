//! The packs that are built in: they load without a fault.

use std::sync::Arc;

use taizhang::diag::PackFault;
use taizhang::model::Lang;
use taizhang::pack::{self, Store};
use taizhang::render::diagnostics::diagnostics;
use taizhang::rule;

/// Every fault of ledgers, lists, documents, rules and cases, each once.
fn all_faults() -> (Store, Vec<PackFault>) {
    let (store, mut faults) = pack::builtin();
    let ids: Vec<Arc<str>> = store.packs().iter().map(|pack| pack.info.id.clone()).collect();
    for id in ids {
        let (catalog, of_pack) = store.catalog(&[id], &[]);
        faults.extend(of_pack);
        let (_, mut of_expressions) = rule::compile(&catalog);
        store.place(&mut of_expressions);
        faults.extend(of_expressions);
    }
    faults.extend(store.cases().1);
    let mut once: Vec<PackFault> = Vec::new();
    for fault in faults {
        if !once.contains(&fault) {
            once.push(fault);
        }
    }
    (store, once)
}

#[test]
fn built_in_packs_load_without_faults() {
    let (store, faults) = all_faults();
    let text = diagnostics(&faults, |file| store.text(file), Lang::Zh);
    assert!(faults.is_empty(), "\n{text}");
}
