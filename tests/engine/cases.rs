//! The rules' own cases.

use std::collections::BTreeMap;
use std::sync::Arc;

use taizhang::eval::EvalOptions;
use taizhang::pack::{self, Catalog};
use taizhang::rule;

use crate::harness::{batches, judge, tallies};

#[test]
fn every_rule_compiles() {
    let (store, _) = pack::builtin();
    let mut faults = Vec::new();
    for pack in store.packs() {
        let (catalog, _) = store.catalog(std::slice::from_ref(&pack.info.id), &[]);
        let (_, mut found) = rule::compile(&catalog);
        store.place(&mut found);
        for fault in found {
            let line = format!("{fault} {}", fault.help.as_ref().map_or("", |help| &help.zh));
            if !faults.contains(&line) {
                faults.push(line);
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_case_comes_out_as_expected() {
    let (store, _) = pack::builtin();
    let (cases, _) = store.cases();
    let mut failures = Vec::new();
    let mut catalogs: BTreeMap<String, Catalog> = BTreeMap::new();
    for case in &cases {
        let catalog = catalogs
            .entry(format!("{}{:?}", case.pack, case.params))
            .or_insert_with(|| store.catalog(std::slice::from_ref(&case.pack), &case.params).0);
        let rules = catalog.rules.iter().filter(|rule| rule.id == case.rule).cloned().collect();
        let all_rules = std::mem::replace(&mut catalog.rules, rules);
        let program = Arc::new(rule::compile(catalog).0);
        catalog.rules = all_rules;
        if program.infos.iter().all(|info| info.id != case.rule) {
            failures.push(format!("{}:{} {} is not there", case.file, case.line, case.rule));
            continue;
        }
        let mut all = Vec::new();
        for (number, (kind, records)) in case.ledgers.iter().enumerate() {
            all.extend(batches(catalog, kind, records, case.period, number as u32));
        }
        let options = EvalOptions { as_of: case.as_of, complete: case.complete, max_findings: None };
        let evaluation = judge(&program, all, options);
        let counts = tallies(&program, &evaluation).get(&*case.rule).copied().unwrap_or_default();
        if !case.expect.holds(&counts) {
            failures.push(format!(
                "{}:{} {} 「{}」 expected {:?}, got {:?}",
                case.file, case.line, case.rule, case.name, case.expect, counts
            ));
        }
    }
    assert!(failures.is_empty(), "{} of {} cases\n{}", failures.len(), cases.len(), failures.join("\n"));
}
