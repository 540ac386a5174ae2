//! The packs that are built in: they load without a fault, answer every measure, and can be explained.

use std::sync::Arc;

use taizhang::check::rules;
use taizhang::diag::PackFault;
use taizhang::model::{Date, Lang};
use taizhang::pack;
use taizhang::render::diagnostics::diagnostics;
use taizhang::render::rules::{coverage_json, coverage_text, explain_json, explain_text, list_json, list_text};

/// What lint says about the built-in packs: faults of ledgers, lists, documents, rules, conditions and cases, and
/// what is questionable.
fn lint() -> (Vec<PackFault>, String) {
    let (store, loading) = pack::builtin();
    let faults = rules::lint(&store, &loading, Date::parse_iso("2024-01-15").unwrap());
    let text = diagnostics(&faults, |file| store.text(file), Lang::Zh);
    (faults, text)
}

#[test]
fn built_in_packs_load_without_faults() {
    let (faults, text) = lint();
    let bad = faults.iter().any(|fault| !rules::LINT_CODES.contains(&fault.code));
    assert!(!bad, "\n{text}");
}

#[test]
fn built_in_packs_have_nothing_questionable() {
    let (faults, text) = lint();
    assert!(faults.is_empty(), "\n{text}");
}

#[test]
fn every_measure_of_the_documents_is_answered() {
    let (store, _) = pack::builtin();
    let coverage = rules::coverage(&store);
    let text = coverage_text(&coverage, Lang::Zh, 120);
    let uncovered: Vec<&str> = coverage.uncovered().map(|measure| &*measure.measure.id).collect();
    assert_eq!(uncovered, [""; 0], "\n{text}");
    for measure in &coverage.measures {
        assert!(text.contains(&*measure.measure.id), "{}", measure.measure.id);
    }
    let json: serde_json::Value = serde_json::from_str(&coverage_json(&coverage)).unwrap();
    assert_eq!(json["measures"].as_array().unwrap().len(), coverage.measures.len());
}

#[test]
fn every_rule_can_be_listed_and_explained() {
    let (store, _) = pack::builtin();
    let (entries, faults) = rules::list(&store, &[], &[]);
    assert_eq!(faults, []);
    let text = list_text(&entries, Lang::Zh, 120);
    let json: serde_json::Value = serde_json::from_str(&list_json(&entries)).unwrap();
    assert_eq!(json["rules"].as_array().unwrap().len(), entries.len());
    for entry in &entries {
        assert!(text.contains(entry.info.id.split('/').next().unwrap()));
    }
    // One of each pack in full; the others only have to be found.
    let packs: Vec<Arc<str>> = store.packs().iter().map(|pack| pack.info.id.clone()).collect();
    for pack in packs {
        let Some(entry) = entries.iter().find(|entry| entry.info.pack == pack) else { continue };
        let explained = rules::explain(&store, &[], &[], &entry.info.id).unwrap();
        assert_eq!(explained.len(), 1, "{}", entry.info.id);
        let text = explain_text(&explained, Lang::Zh, 100);
        for wanted in [&*entry.info.id, &entry.info.citations[0].zh, &entry.info.fix.zh, "台账需要的栏目", "案例"] {
            assert!(text.contains(wanted), "{wanted} is not in\n{text}");
        }
        let json: serde_json::Value = serde_json::from_str(&explain_json(&explained)).unwrap();
        assert_eq!(json["rules"][0]["id"], *entry.info.id);
    }
}
