//! Tests of the JSON report, which is held to its schema.

use serde_json::Value;

use super::*;
use crate::render::testing;

#[path = "../../../tests/support/schema.rs"]
mod schema;

fn document(options: &Options) -> (String, Value) {
    let mut bytes = Vec::new();
    write(&testing::sample(), options, &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let value = serde_json::from_str(&text).unwrap();
    (text, value)
}

#[test]
fn findings_stand_with_place_values_and_reason() {
    let (_, value) = document(&Options::default());
    assert_eq!(value["format"], "taizhang-report");
    let first = &value["findings"][0];
    assert_eq!(first["rule"], "SX-01/slots-share");
    assert_eq!(first["also"][0], "GJ-01");
    assert_eq!((&first["row"], &first["cell"]), (&Value::from(6), &Value::from("C6")));
    assert_eq!(first["values"]["总数"], "1200");
    assert_eq!(first["message"], "商洛市中心医院门诊号源 1200 个，向基层开放 （空） 个，低于 20%");
    let last = value["findings"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["row"], &last["cell"], &last["unit"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(last["reason"]["code"], "column-absent");
    assert_eq!(last["reason"]["fields"][0], "机构类型");
    assert_eq!(last["records"], 320);
    // What could not be judged says why, and not that something is wrong.
    let why = last["message"].as_str().unwrap();
    assert!(why.contains("机构类型") && why.contains("没有"), "{why}");
}

#[test]
fn every_rule_has_a_tally_with_every_outcome() {
    let (_, value) = document(&Options::default());
    let tallies = value["tallies"].as_array().unwrap();
    assert_eq!(tallies.len(), 5);
    assert_eq!(tallies[1]["violated"], 3);
    assert_eq!(tallies[1]["undetermined"], 1);
    for tally in tallies {
        assert!(Outcome::ALL.iter().all(|outcome| tally[outcome.code()].is_u64()));
    }
    assert_eq!(value["not_run"][0]["reason"]["code"], "completeness-not-declared");
}

#[test]
fn the_document_keeps_to_its_schema() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let (_, mut value) = document(&Options::default());
    assert_eq!(schema::faults(&schema, &value), Vec::<String>::new());
    value["findings"][0]["outcome"] = "wrong".into();
    value["findings"][0]["surplus"] = 1.into();
    assert_eq!(schema::faults(&schema, &value).len(), 2);
}

#[test]
fn names_that_occur_twice_do_not_hide_each_other() {
    let pairs = Pairs(vec![("日期", "a".to_owned()), ("日期", "b".to_owned())]);
    assert_eq!(serde_json::to_string(&pairs).unwrap(), r#"{"日期":"a","日期（2）":"b"}"#);
}

#[test]
fn files_tell_how_they_were_read() {
    let (_, value) = document(&Options { lang: Lang::En, ..Options::default() });
    let table = &value["files"][0]["sheets"][0]["tables"][0];
    assert_eq!(table["header_rows"], serde_json::json!([3, 4]));
    assert_eq!(table["headings"][1]["match"], "guessed");
    assert_eq!(table["headings"][1]["runner_up"]["confidence"], 41);
    assert_eq!(table["headings"][1]["evidence"]["cells_fit"], 97);
    assert_eq!(value["files"][2]["faults"][0]["kind"], "password-protected");
    assert_eq!(value["findings"][0]["reason"], Value::Null);
}
