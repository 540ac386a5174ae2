//! JSON Schemas of the files of the packs, from which editors complete and check while one writes.

use serde_json::{Map, Value, json};

/// The sorts of file and what they are called in [`schema`].
pub const SCHEMAS: [&str; 9] = ["pack", "rules", "cases", "ledger", "groups", "list", "calendar", "regions", "words"];

/// The JSON Schema (draft 2020-12) of a sort of file; `None` for a name that is not in [`SCHEMAS`].
pub fn schema(sort: &str) -> Option<Value> {
    let mut schema = match sort {
        "pack" => pack(),
        "rules" => object(&[("rule", list(rule()))], &[]),
        "cases" => object(&[("case", list(case()))], &["case"]),
        "ledger" => ledger(),
        "groups" => {
            let group = object(&[("id", text()), ("field", list(field()))], &["id"]);
            object(&[("group", list(group))], &["group"])
        }
        "list" => code_list(),
        "calendar" => object(
            &[
                ("year", json!({ "type": "integer" })),
                ("source", text()),
                ("days_off", list(date())),
                ("workdays", list(date())),
            ],
            &["year", "source", "days_off", "workdays"],
        ),
        "regions" => regions(),
        "words" => {
            let words = || list(object(&[("words", texts())], &["words"]));
            object(&[("group", words()), ("filler", words())], &["group"])
        }
        _ => return None,
    };
    if let Value::Object(map) = &mut schema {
        map.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        map.insert("title".to_owned(), json!(format!("taizhang {sort}")));
    }
    Some(schema)
}

/// Which files of a folder of rules are of the sort: patterns of those that are, and of those among them that are not.
pub fn files(sort: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match sort {
        "pack" => (&["*/pack.toml"], &[]),
        "rules" => (&["*/**/*.toml"], &["*/pack.toml", "**/*.cases.toml", "ledgers/*", "lists/*", "calendar/*"]),
        "cases" => (&["*/**/*.cases.toml"], &[]),
        "ledger" => (&["ledgers/*.toml"], &["ledgers/groups.toml"]),
        "groups" => (&["ledgers/groups.toml"], &[]),
        "list" => (&["lists/*.toml"], &[]),
        "calendar" => (&["calendar/*.toml"], &[]),
        "regions" => (&["regions.toml"], &[]),
        "words" => (&["words.toml"], &[]),
        _ => (&[], &[]),
    }
}

fn object(properties: &[(&str, Value)], required: &[&str]) -> Value {
    let properties: Map<String, Value> =
        properties.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn date() -> Value {
    json!({ "type": "string", "format": "date" })
}

fn words(words: &[&str]) -> Value {
    json!({ "enum": words })
}

fn list(item: Value) -> Value {
    json!({ "type": "array", "items": item })
}

fn texts() -> Value {
    list(text())
}

/// A table whose keys are names.
fn named(value: Value) -> Value {
    json!({ "type": "object", "additionalProperties": value })
}

fn any(choices: &[Value]) -> Value {
    json!({ "anyOf": choices })
}

/// A text in both languages.
fn localized() -> Value {
    object(&[("zh", text()), ("en", text())], &["zh", "en"])
}

fn pack() -> Value {
    let effective = object(&[("from", date()), ("until", date()), ("strict", flag())], &[]);
    let header = object(
        &[
            ("id", text()),
            ("name", localized()),
            ("document", localized()),
            ("number", text()),
            ("issued", date()),
            ("effective", effective),
            ("extends", texts()),
            ("regions", texts()),
        ],
        &["id", "name", "document"],
    );
    let measure = object(
        &[
            ("id", text()),
            ("class", words(&["rule", "attest", "advisory", "narrative"])),
            ("clause", text()),
            ("title", localized()),
            ("demand", localized()),
            ("inherits", texts()),
            ("reason", localized()),
        ],
        &["id", "class", "title", "demand"],
    );
    let parameter = object(
        &[
            ("name", text()),
            ("value", json!({ "type": ["string", "number", "boolean"] })),
            ("unit", text()),
            ("source", words(&["document", "interpretation"])),
            ("reason", localized()),
        ],
        &["name", "value", "source"],
    );
    object(&[("pack", header), ("measure", list(measure)), ("parameter", list(parameter))], &["pack"])
}

fn rule() -> Value {
    let matched = any(&[words(&["institution", "person", "village"]), texts(), named(text())]);
    let population =
        object(&[("ledger", text()), ("list", text()), ("where", text()), ("match", matched.clone())], &["match"]);
    let item = object(&[("name", localized()), ("require", text()), ("applies", text())], &["name", "require"]);
    let join = object(
        &[("ledger", text()), ("match", matched.clone()), ("period", words(&["previous", "same"])), ("where", text())],
        &[],
    );
    let items_of = object(
        &[("types", texts()), ("fields", texts()), ("except", texts()), ("require", text()), ("applies", text())],
        &["require"],
    );
    let outcomes = ["met", "violated", "not_applicable", "undetermined", "not_yet_due", "not_run"];
    let no_case: Vec<(&str, Value)> = outcomes.iter().map(|outcome| (*outcome, localized())).collect();
    object(
        &[
            ("id", text()),
            ("override", flag()),
            ("measure", text()),
            ("clause", text()),
            ("title", localized()),
            ("severity", words(&["error", "warning", "advice"])),
            ("ledger", text()),
            ("needs", texts()),
            ("except", texts()),
            ("against", texts()),
            ("items_of", items_of),
            ("group_by", any(&[words(&["institution", "person", "village", "key"]), texts()])),
            ("optional", texts()),
            ("population", population),
            ("each", words(&["week", "month", "quarter", "half-year", "year"])),
            ("date", any(&[text(), texts()])),
            ("where", text()),
            ("applies", text()),
            ("require", text()),
            ("items", list(item)),
            ("due", text()),
            ("pending", text()),
            ("join", named(join)),
            ("completeness", flag()),
            ("values", named(text())),
            ("cell", text()),
            ("unit", text()),
            ("required", localized()),
            ("message", localized()),
            ("fix", localized()),
            ("interpretation", localized()),
            ("no_case", object(&no_case, &[])),
        ],
        // A rule with `override = true` needs its id only.
        &["id"],
    )
}

fn case() -> Value {
    let cell = json!({ "type": ["string", "number"] });
    let outcomes = words(&["met", "violated", "not_applicable", "undetermined", "not_yet_due", "not_run"]);
    object(
        &[
            ("rule", text()),
            ("name", text()),
            ("as_of", date()),
            ("period", text()),
            ("params", named(json!({ "type": ["string", "number", "boolean"] }))),
            ("complete", flag()),
            ("expect", any(&[outcomes, named(json!({ "type": "integer", "minimum": 0 }))])),
            ("ledgers", named(list(named(cell)))),
        ],
        &["rule", "name", "expect", "ledgers"],
    )
}

fn field() -> Value {
    let derive = object(
        &[
            ("from", text()),
            ("list", text()),
            ("by", words(&["suffix", "contains", "copy", "number"])),
            ("endings", texts()),
            ("drop", texts()),
        ],
        &["from", "by"],
    );
    let plain = words(&["text", "yes-no", "integer", "decimal", "ratio", "date", "dates", "period", "id-number"]);
    object(
        &[
            ("name", text()),
            ("en", text()),
            ("type", any(&[plain, json!({ "type": "string", "pattern": "^codes?:.+$" })])),
            ("aliases", texts()),
            ("essential", flag()),
            ("extend", flag()),
            ("personal", words(&["name", "id-number", "phone", "address"])),
            ("unit", text()),
            ("about", localized()),
            ("derive", derive),
            ("yes", texts()),
            ("no", texts()),
            ("never", texts()),
            ("month-end", flag()),
            ("sums", flag()),
            ("endings", texts()),
        ],
        &["name"],
    )
}

fn ledger() -> Value {
    let part = object(&[("field", text()), ("words", texts())], &["field"]);
    let answer = object(&[("heading", texts()), ("field", text()), ("split", list(part))], &["heading"]);
    let block = object(
        &[
            ("number", json!({ "type": "integer" })),
            ("title", texts()),
            ("content", localized()),
            ("answers", list(answer)),
        ],
        &["number"],
    );
    let form = object(
        &[
            ("minimum", json!({ "type": "integer", "minimum": 1 })),
            ("labels", texts()),
            ("note", localized()),
            ("block", list(block)),
        ],
        &["minimum"],
    );
    let wide = object(
        &[
            ("by", words(&["weekday", "quarter", "month", "date", "half-year", "half-day"])),
            ("into", text()),
            ("from", text()),
            ("value", text()),
            ("inside", named(flag())),
            ("ledger", text()),
            ("carry", texts()),
            ("headings", texts()),
            ("mark", text()),
            ("set", named(text())),
        ],
        &["by", "into"],
    );
    let also = object(
        &[("ledger", text()), ("set", named(text())), ("copy", named(text())), ("supplement", flag())],
        &["ledger"],
    );
    let made = object(
        &[
            ("of", words(&["totals", "contents"])),
            ("ledger", text()),
            ("unit", text()),
            ("period", text()),
            ("records", text()),
            ("label", text()),
            ("heading", text()),
            ("total", text()),
            ("sum", text()),
            ("content", text()),
        ],
        &["of"],
    );
    object(
        &[
            ("id", text()),
            ("name", localized()),
            ("row", localized()),
            ("titles", texts()),
            ("groups", texts()),
            ("unit", texts()),
            ("key", texts()),
            ("rank_on", texts()),
            ("field", list(field())),
            ("form", form),
            ("wide", list(wide)),
            ("also", list(also)),
            ("standing", flag()),
            ("made", made),
        ],
        &["id", "name", "row", "unit", "key"],
    )
}

fn code_list() -> Value {
    // The attributes of the list are keys of its entries, so that further texts are allowed.
    let entry = json!({
        "type": "object",
        "properties": { "code": text(), "aliases": texts() },
        "required": ["code"],
        "additionalProperties": text(),
    });
    object(
        &[
            ("id", text()),
            ("name", localized()),
            ("attributes", texts()),
            ("match", words(&["exact", "contains"])),
            ("entry", list(entry)),
        ],
        &["id", "name"],
    )
}

fn regions() -> Value {
    let county = object(&[("name", text()), ("short", texts())], &["name"]);
    let region = object(
        &[
            ("name", text()),
            ("level", words(&["province", "city", "county"])),
            ("parent", text()),
            ("short", texts()),
            ("counties", list(any(&[text(), county]))),
        ],
        &["name"],
    );
    object(&[("region", list(region))], &["region"])
}
