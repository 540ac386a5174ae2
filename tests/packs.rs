//! The packs that are built in: they load without a fault, answer every measure, and can be explained.

use std::sync::Arc;

use taizhang::check::rules;
use taizhang::model::{Date, Lang};
use taizhang::pack;
use taizhang::render::diagnostics::diagnostics;
use taizhang::render::rules::{coverage_json, coverage_text, explain_json, explain_text, list_json, list_text};

/// Faults of ledgers, lists, documents, rules, conditions and cases, and what lint finds questionable besides.
#[test]
fn built_in_packs_have_no_faults_and_nothing_questionable() {
    let (store, loading) = pack::builtin();
    let faults = rules::lint(&store, &loading, Date::parse_iso("2024-01-15").unwrap());
    let text = diagnostics(&faults, |file| store.text(file), Lang::Zh);
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
    assert!(text.contains(&format!("共 {} 条规则", entries.len())));
}

/// The page for a rule has everything that a reader needs; the pack decides which document comes first.
#[test]
fn rules_are_explained_with_documents_conditions_fields_and_examples() {
    let (store, _) = pack::builtin();
    let shaanxi: Vec<Arc<str>> = vec!["shaanxi".into()];
    let explained = rules::explain(&store, &shaanxi, &[], "GJ-01/slots-share").unwrap();
    assert_eq!(explained.len(), 1);
    let info = &explained[0].entry.info;
    assert_eq!((&*info.measure, &*info.also[0]), ("SX-01", "GJ-01"));
    let text = explain_text(&explained, Lang::Zh, 100);
    let wanted = [
        "GJ-01/slots-share",
        "陕卫办基层函〔2023〕254号",
        "国卫办基层发〔2023〕7号",
        &info.fix.zh,
        "门诊号源总数",
        "也可写作",
        "合规的例子",
        "不合规的例子",
        "最低占比",
    ];
    for wanted in wanted {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&explain_json(&explained)).unwrap();
    assert_eq!(json["rules"][0]["also"][0], "GJ-01");
    assert!(json["rules"][0]["fails"]["ledgers"][0]["rows"][0].is_array());
    let unknown = rules::explain(&store, &shaanxi, &[], "GJ-01/slot-share").unwrap_err();
    assert!(unknown.zh.contains("GJ-01/slots-share"), "{}", unknown.zh);
}
