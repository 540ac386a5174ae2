//! Holds values to the JSON Schema of the report; for the tests of the renderer and of the program.

use serde_json::Value;

/// The places of `value` that the schema does not allow; knows the keywords that the schema of the report uses.
pub fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    hold(schema, schema, value, "", &mut found);
    found
}

fn hold(root: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    let known = ["$schema", "title", "description", "$defs", "type", "properties", "required", "additionalProperties"];
    let also = ["items", "enum", "const", "anyOf", "$ref"];
    let schema = schema.as_object().unwrap();
    assert!(schema.keys().all(|key| known.contains(&key.as_str()) || also.contains(&key.as_str())));
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        hold(root, root.pointer(reference.trim_start_matches('#')).unwrap(), value, place, found);
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
            hold(root, choice, value, place, &mut inner);
            inner.is_empty()
        };
        if !choices.iter().any(fits) {
            found.push(format!("{place}: no choice fits"));
        }
    }
    if let (Some(items), Some(list)) = (schema.get("items"), value.as_array()) {
        for (index, item) in list.iter().enumerate() {
            hold(root, items, item, &format!("{place}/{index}"), found);
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
            (Some(schema), _) => hold(root, schema, inner, &place, found),
            (None, Some(Value::Bool(false))) => found.push(format!("{place}: unknown")),
            (None, Some(schema @ Value::Object(_))) => hold(root, schema, inner, &place, found),
            _ => {}
        }
    }
}
