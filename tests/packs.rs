//! The packs that are built in: they load without a fault, answer every measure, and can be explained.

use std::collections::BTreeSet;
use std::sync::Arc;

use taizhang::check::{CheckOptions, Checker, rules};
use taizhang::finding::Outcome;
use taizhang::model::{Date, Lang};
use taizhang::pack;
use taizhang::render::diagnostics::diagnostics;
use taizhang::render::rules::{coverage_json, coverage_text, explain_json, explain_text, list_json, list_text};

/// Faults of ledgers, lists, documents, rules, conditions and cases, and what lint finds questionable besides.
#[test]
fn built_in_packs_have_no_faults_and_nothing_questionable() {
    let (store, loading) = pack::builtin();
    let faults = rules::lint(&store, &loading, Date::parse_iso("2024-01-15").unwrap());
    let text = diagnostics(&faults, |file| store.text(file), str::to_owned, Lang::Zh);
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

/// Also rules of several items, which have no case in which every item fails, and rules that judge every unit of a list.
#[test]
fn every_rule_is_explained_with_an_example_of_each_side_that_it_can_have() {
    let (store, _) = pack::builtin();
    let explained = rules::explain_all(&store, &[], &[]);
    let mut ids: BTreeSet<&str> = explained.iter().map(|rule| &*rule.entry.info.id).collect();
    for rule in &explained {
        let id = &rule.entry.info.id;
        let excused = |outcome| rule.no_case.iter().any(|(known, _)| *known == outcome);
        for (outcome, example) in [(Outcome::Met, &rule.passes), (Outcome::Violated, &rule.fails)] {
            assert!(example.is_some() || excused(outcome), "{id}: no example of {outcome:?}");
        }
        let text = explain_text(std::slice::from_ref(rule), Lang::Zh, 100);
        assert_eq!(text.contains("\n合规的例子"), rule.passes.is_some(), "{text}");
        assert_eq!(text.contains("\n不合规的例子"), rule.fails.is_some(), "{text}");
    }
    let (entries, _) = rules::list(&store, &[], &[]);
    assert!(entries.len() > 300, "{}", entries.len());
    let left: Vec<&str> = entries.iter().map(|entry| &*entry.info.id).filter(|id| !ids.remove(id)).collect();
    assert_eq!(left, [""; 0]);
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
    let required = &explained[0].required.zh;
    assert!(required.contains("20") && !required.contains('{'), "{required}");
    let text = explain_text(&explained, Lang::Zh, 100);
    let wanted = [
        "GJ-01/slots-share",
        "陕卫办基层函〔2023〕254号",
        "国卫办基层发〔2023〕7号",
        required,
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

/// A local measure that takes its rules over from the national one is found by its own number, which findings name.
#[test]
fn every_measure_is_explained_without_naming_its_pack() {
    let (store, _) = pack::builtin();
    let ids: Vec<Arc<str>> = store.packs().iter().map(|pack| pack.info.id.clone()).collect();
    let (catalog, _) = store.catalog(&ids, &[]);
    let (entries, _) = rules::list(&store, &[], &[]);
    let listed = |id: &Arc<str>| entries.iter().any(|entry| entry.info.measure == *id || entry.info.also.contains(id));
    for measure in catalog.measures.iter().filter(|measure| !listed(&measure.id)) {
        match rules::explain(&store, &[], &[], &measure.id) {
            Ok(explained) => assert!(explained.iter().all(|rule| rule.entry.info.measure == measure.id)),
            Err(why) => assert!(measure.reason.is_some(), "{}", why.zh),
        }
    }
    let explained = rules::explain(&store, &[], &[], "SX-02").unwrap();
    assert_eq!(&*explained[0].entry.info.measure, "SX-02");
    // The national measure is explained by its own pack, once.
    let national = rules::explain(&store, &[], &[], "GJ-02").unwrap();
    assert!(national.iter().all(|rule| &*rule.entry.info.measure == "GJ-02"));
}

/// A user's pack with one of everything that lint looks for.
#[test]
fn lint_finds_what_is_questionable_in_a_users_pack() {
    let document = r#"
[pack]
id = "probe"
name = { zh = "试", en = "Probe" }
document = { zh = "试行办法", en = "Trial" }
number = "试〔2020〕1号"
effective = { from = 2020-01-01, until = 2020-12-31 }
[[measure]]
id = "P-01"
class = "advisory"
title = { zh = "甲", en = "甲" }
demand = { zh = "甲", en = "a" }
[[measure]]
id = "P-02"
class = "narrative"
clause = "二"
title = { zh = "乙", en = "b" }
demand = { zh = "乙", en = "b" }
reason = { zh = "台账不载", en = "no ledger shows it" }
[[measure]]
id = "P-03"
class = "rule"
title = { zh = "丙", en = "c" }
demand = { zh = "丙", en = "c" }
[[measure]]
id = "P-04"
class = "rule"
title = { zh = "丁", en = "d" }
demand = { zh = "丁", en = "d" }
[[parameter]]
name = "没人用的数"
value = 1
source = "document"
"#;
    let rules_text = r#"
[[rule]]
id = "P-01/one"
measure = "P-01"
title = { zh = "甲", en = "a" }
severity = "error"
ledger = "village"
require = "present(行政村)"
required = { zh = "写明行政村", en = "the village is given" }
message = { zh = "缺行政村", en = "no village" }
fix = { zh = "补写", en = "fill in" }
no_case = { met = { zh = "试", en = "probe" }, not_applicable = { zh = "试", en = "probe" } }
[[rule]]
id = "P-02/two"
measure = "P-02"
title = { zh = "乙", en = "b" }
severity = "error"
ledger = "village"
require = "present(行政村)"
required = { zh = "写明行政村", en = "the village is given" }
message = { zh = "缺行政村", en = "no village" }
fix = { zh = "补写", en = "fill in" }
[[rule]]
id = "P-03/never"
measure = "P-03"
clause = "三"
title = { zh = "丙", en = "c" }
severity = "error"
ledger = "appointment-slots"
where = "门诊号源总数 > 10 AND 门诊号源总数 < 5"
require = "向基层开放号源数 >= 1"
required = { zh = "丙", en = "c" }
message = { zh = "丙", en = "c" }
fix = { zh = "补写", en = "fill in" }
no_case = { met = { zh = "试", en = "probe" }, violated = { zh = "试", en = "probe" }, not_applicable = { zh = "试", en = "probe" }, undetermined = { zh = "试", en = "probe" } }
[[rule]]
id = "P-03/cannot"
measure = "P-03"
clause = "三"
title = { zh = "丙", en = "c" }
severity = "error"
ledger = "appointment-slots"
where = "门诊号源总数 > 10"
require = "门诊号源总数 <= 10"
required = { zh = "丙", en = "c" }
message = { zh = "丙", en = "c" }
fix = { zh = "补写", en = "fill in" }
no_case = { met = { zh = "试", en = "probe" }, violated = { zh = "试", en = "probe" }, not_applicable = { zh = "试", en = "probe" }, undetermined = { zh = "试", en = "probe" } }
[[rule]]
id = "P-03/always"
measure = "P-03"
clause = "三"
title = { zh = "丙", en = "c" }
severity = "error"
ledger = "appointment-slots"
where = "门诊号源总数 > 10"
require = "门诊号源总数 > 9"
required = { zh = "丙", en = "c" }
message = { zh = "丙", en = "c" }
fix = { zh = "补写", en = "fill in" }
no_case = { met = { zh = "试", en = "probe" }, violated = { zh = "试", en = "probe" }, not_applicable = { zh = "试", en = "probe" }, undetermined = { zh = "试", en = "probe" } }
[[rule]]
id = "P-03/more"
measure = "P-03"
clause = "三"
title = { zh = "丙", en = "c" }
severity = "error"
ledger = "appointment-slots"
require = "向基层开放号源数 > 8"
required = { zh = "丙", en = "c" }
message = { zh = "丙", en = "c" }
fix = { zh = "补写", en = "fill in" }
no_case = { met = { zh = "试", en = "probe" }, violated = { zh = "试", en = "probe" }, not_applicable = { zh = "试", en = "probe" }, undetermined = { zh = "试", en = "probe" } }
[[rule]]
id = "P-03/less"
measure = "P-03"
clause = "三"
title = { zh = "丙", en = "c" }
severity = "error"
ledger = "appointment-slots"
require = "向基层开放号源数 < 8"
required = { zh = "丙", en = "c" }
message = { zh = "丙", en = "c" }
fix = { zh = "补写", en = "fill in" }
no_case = { met = { zh = "试", en = "probe" }, violated = { zh = "试", en = "probe" }, not_applicable = { zh = "试", en = "probe" }, undetermined = { zh = "试", en = "probe" } }
"#;
    let cases = r#"
[[case]]
rule = "P-01/one"
name = "写明"
expect = "met"
ledgers.village = [{ "行政村" = "甲村" }]
"#;
    let list = r#"
id = "probe"
name = { zh = "试", en = "Probe" }
[[entry]]
code = "甲"
aliases = ["同名"]
[[entry]]
code = "乙"
aliases = ["同名"]
"#;
    let files = [
        ("probe/pack.toml", document),
        ("probe/rules.toml", rules_text),
        ("probe/rules.cases.toml", cases),
        ("lists/probe.toml", list),
    ];
    let owned = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let (store, loading) = pack::with_files(owned);
    assert_eq!(loading, []);
    let faults = rules::lint(&store, &loading, Date::parse_iso("2024-01-15").unwrap());
    let probe = faults.iter().filter(|fault| files.iter().any(|(path, _)| *path == fault.file));
    let mut found: Vec<String> = probe.map(|fault| format!("{}:{} {}", fault.file, fault.line, fault.code)).collect();
    found.sort();
    found.dedup();
    let expected = [
        "lists/probe.toml:8 shadowed-alias",
        "probe/pack.toml:1 expired-pack",
        "probe/pack.toml:14 narrative-with-rule",
        "probe/pack.toml:26 uncovered-measure",
        "probe/pack.toml:31 unused-parameter",
        "probe/pack.toml:9 untranslated",
        "probe/rules.toml:14 untested",
        "probe/rules.toml:24 unreachable",
        "probe/rules.toml:37 contradictory",
        "probe/rules.toml:50 unreachable",
        "probe/rules.toml:75 contradictory",
        "probe/rules.toml:3 advice-severity",
        "probe/rules.toml:3 constant-condition",
        "probe/rules.toml:3 stale-no-case",
        "probe/rules.toml:3 uncited",
        "probe/rules.toml:3 untested",
    ];
    let mut expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
    expected.sort();
    assert_eq!(found, expected);
    for code in rules::LINT_CODES {
        assert!(found.iter().any(|line| line.ends_with(code)), "{code}");
    }
}

/// Rules whose ledgers are not among the inputs are listed without being compiled. A store with a file of the user's
/// compiles all of them, and the report must not differ.
#[test]
fn rules_of_absent_ledgers_are_reported_as_if_compiled() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("号源.csv");
    std::fs::write(&path, "医院名称,是否牵头医院,门诊号源总数,向基层开放号源数\n甲医院,是,1000,199\n")
        .expect("written");
    let as_of = Date::new(2024, 1, 10).expect("a date");
    let options = CheckOptions { as_of, packs: vec!["shaanxi".into()], ..CheckOptions::default() };
    let report = |store: &pack::Store| Checker::new(store).run(std::slice::from_ref(&path), &options);
    let (store, _) = pack::builtin();
    let words = store.text("words.toml").expect("built in").to_owned();
    let (whole, faults) = pack::with_files(vec![("words.toml".to_owned(), words)]);
    assert!(faults.is_empty() && whole.has_user_files() && !store.has_user_files());
    let (some, all) = (report(&store), report(&whole));
    assert!(some.not_run.len() > 100, "{}", some.not_run.len());
    assert_eq!(some.not_run, all.not_run);
    assert_eq!(format!("{:?}", some.rules), format!("{:?}", all.rules));
    assert_eq!(format!("{:?}", some.tallies), format!("{:?}", all.tallies));
    assert_eq!(format!("{:?}", some.findings), format!("{:?}", all.findings));
}
