//! The schemas say the same as the loader about the built-in packs and about keys that do not exist.

use serde_json::Value as Json;
use toml::Value as Toml;

use super::FILES;
use crate::pack::schema::{SCHEMAS, schema};

/// What in `value` the schema refuses; the part of JSON Schema that the schemas use.
fn refused(schema: &Json, value: &Toml, path: &str, faults: &mut Vec<String>) {
    if let Some(choices) = schema["anyOf"].as_array() {
        let fits = |choice: &Json| {
            let mut own = Vec::new();
            refused(choice, value, path, &mut own);
            own.is_empty()
        };
        if !choices.iter().any(fits) {
            faults.push(format!("{path}: no choice fits"));
        }
        return;
    }
    if let Some(words) = schema["enum"].as_array() {
        if !words.iter().any(|word| word.as_str() == value.as_str()) {
            faults.push(format!("{path}: {value} is none of the words"));
        }
        return;
    }
    let sort = match value {
        Toml::String(_) | Toml::Datetime(_) => "string",
        Toml::Integer(_) => "integer",
        Toml::Float(_) => "number",
        Toml::Boolean(_) => "boolean",
        Toml::Array(_) => "array",
        Toml::Table(_) => "object",
    };
    let allowed: Vec<&str> = match &schema["type"] {
        Json::Array(sorts) => sorts.iter().filter_map(Json::as_str).collect(),
        sort => sort.as_str().into_iter().collect(),
    };
    if !(allowed.contains(&sort) || sort == "integer" && allowed.contains(&"number")) {
        faults.push(format!("{path}: {sort} instead of {allowed:?}"));
        return;
    }
    match value {
        Toml::Array(items) => {
            for (position, item) in items.iter().enumerate() {
                refused(&schema["items"], item, &format!("{path}[{position}]"), faults);
            }
        }
        Toml::Table(table) => {
            for key in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
                if !table.contains_key(key) {
                    faults.push(format!("{path}: {key} is missing"));
                }
            }
            for (key, item) in table {
                let inner = schema["properties"].get(key).unwrap_or(&schema["additionalProperties"]);
                if inner == &Json::Bool(false) {
                    faults.push(format!("{path}: unknown {key}"));
                } else {
                    refused(inner, item, &format!("{path}.{key}"), faults);
                }
            }
        }
        _ => {}
    }
}

fn sort_of(path: &str) -> &'static str {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["regions.toml"] => "regions",
        ["words.toml"] => "words",
        ["calendar", _] => "calendar",
        ["lists", _] => "list",
        ["ledgers", "groups.toml"] => "groups",
        ["ledgers", _] => "ledger",
        [_, "pack.toml"] => "pack",
        [_, name] if name.ends_with(".cases.toml") => "cases",
        _ => "rules",
    }
}

/// The text as strict TOML: Chinese keys in quotes.
fn strict(text: &str) -> String {
    let (_, errors) = toml::de::DeTable::parse_recoverable(text);
    let mut strict = text.to_owned();
    let mut spans: Vec<_> = errors.iter().filter_map(|error| error.span()).collect();
    spans.sort_by_key(|span| std::cmp::Reverse(span.start));
    for span in spans {
        strict.insert(span.end, '"');
        strict.insert(span.start, '"');
    }
    strict
}

fn check(path: &str, text: &str) -> Vec<String> {
    let value: Toml = toml::from_str(&strict(text)).unwrap();
    let mut faults = Vec::new();
    refused(&schema(sort_of(path)).unwrap(), &value, path, &mut faults);
    faults
}

#[test]
fn files_that_load_fit_their_schemas() {
    let small = FILES.iter().map(|(path, text)| ((*path).to_owned(), *text));
    let mut sorts = std::collections::BTreeSet::new();
    for (path, text) in small.chain(crate::pack::store::built_in_texts()) {
        assert_eq!(check(&path, text), [""; 0]);
        sorts.insert(sort_of(&path));
    }
    assert_eq!(sorts, SCHEMAS.into_iter().collect(), "a sort of file is not tried");
}

#[test]
fn files_that_are_refused_do_not_fit() {
    let (path, text) = FILES.iter().find(|(path, _)| *path == "national/duty.toml").unwrap();
    for (from, to) in [("severity = \"error\"", "severity = \"eror\""), ("each = ", "eech = "), ("\"week\"", "7")] {
        assert_ne!(check(path, &text.replacen(from, to, 1)), [""; 0], "{to}");
    }
    assert_eq!(schema("rule"), None);
}
