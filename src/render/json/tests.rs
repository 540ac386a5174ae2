//! Tests of the JSON report, which is held to its schema.

use serde_json::Value;

use super::*;
use crate::render::testing;

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

/// The places of `value` that the schema does not allow; knows the keywords that the schema of the report uses.
fn faults(root: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    let known = ["$schema", "title", "description", "$defs", "type", "properties", "required", "additionalProperties"];
    let also = ["items", "enum", "const", "anyOf", "$ref"];
    let schema = schema.as_object().unwrap();
    assert!(schema.keys().all(|key| known.contains(&key.as_str()) || also.contains(&key.as_str())));
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        faults(root, root.pointer(reference.trim_start_matches('#')).unwrap(), value, place, found);
    }
    let name = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() || number.is_i64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = schema.get("type").map(|types| types.as_array().cloned().unwrap_or_else(|| vec![types.clone()]));
    if types.is_some_and(|types| !types.iter().any(|allowed| allowed == name)) {
        found.push(format!("{place}: {name}"));
    }
    let is_none_of = |list: &Value| !list.as_array().unwrap().contains(value);
    if schema.get("enum").is_some_and(is_none_of) || schema.get("const").is_some_and(|only| only != value) {
        found.push(format!("{place}: {value}"));
    }
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        let fits = |choice: &Value| {
            let mut inner = Vec::new();
            faults(root, choice, value, place, &mut inner);
            inner.is_empty()
        };
        if !choices.iter().any(fits) {
            found.push(format!("{place}: no choice fits"));
        }
    }
    if let (Some(items), Some(list)) = (schema.get("items"), value.as_array()) {
        for (index, item) in list.iter().enumerate() {
            faults(root, items, item, &format!("{place}/{index}"), found);
        }
    }
    let Some(object) = value.as_object() else { return };
    for key in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        if !object.contains_key(key.as_str().unwrap()) {
            found.push(format!("{place}: {key} is missing"));
        }
    }
    for (key, inner) in object {
        let place = format!("{place}/{key}");
        match (schema.get("properties").and_then(|keys| keys.get(key)), schema.get("additionalProperties")) {
            (Some(schema), _) => faults(root, schema, inner, &place, found),
            (None, Some(Value::Bool(false))) => found.push(format!("{place}: unknown")),
            (None, Some(schema @ Value::Object(_))) => faults(root, schema, inner, &place, found),
            _ => {}
        }
    }
}

#[test]
fn the_document_keeps_to_its_schema() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let (_, mut value) = document(&Options::default());
    let mut found = Vec::new();
    faults(&schema, &schema, &value, "", &mut found);
    assert_eq!(found, Vec::<String>::new());
    value["findings"][0]["outcome"] = "wrong".into();
    value["findings"][0]["surplus"] = 1.into();
    faults(&schema, &schema, &value, "", &mut found);
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn names_that_occur_twice_do_not_hide_each_other() {
    let pairs = Pairs(vec![("日期", "a".to_owned()), ("日期", "b".to_owned())]);
    assert_eq!(serde_json::to_string(&pairs).unwrap(), r#"{"日期":"a","日期#2":"b"}"#);
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
