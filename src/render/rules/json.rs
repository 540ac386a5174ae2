//! Lists, explanations, coverage and faults of rules as JSON with stable English keys.

use serde_json::{Map, Value, json};

use super::grid_code;
use crate::diag::{Level, PackFault};
use crate::finding::{
    Coverage, Example, LedgerNeed, MeasureInfo, Outcome, ParameterInfo, RuleEntry, RuleExplanation, Tally,
};
use crate::model::Localized;

/// The version of the format; it grows when a key changes its meaning or goes away.
const VERSION: u32 = 1;

fn document(key: &str, value: Value) -> String {
    let mut text = format!("{:#}", json!({ "version": VERSION, key: value }));
    text.push('\n');
    text
}

fn both(text: &Localized) -> Value {
    json!({ "zh": text.zh, "en": text.en })
}

fn tally(cases: &Tally) -> Value {
    let counts = Outcome::ALL.into_iter().map(|outcome| (outcome.code().to_owned(), json!(cases.get(outcome))));
    Value::Object(counts.collect::<Map<String, Value>>())
}

fn parameter(parameter: &ParameterInfo) -> Value {
    json!({
        "name": &*parameter.name,
        "value": parameter.value,
        "unit": parameter.unit,
        "reason": both(&parameter.reason),
        "interpretation": parameter.is_interpretation,
        "overridden": parameter.overridden,
    })
}

fn entry(entry: &RuleEntry) -> Map<String, Value> {
    let info = &entry.info;
    let value = json!({
        "id": &*info.id,
        "pack": &*info.pack,
        "measure": &*info.measure,
        "also": info.also.iter().map(|id| &**id).collect::<Vec<_>>(),
        "class": entry.class,
        "severity": info.severity.code(),
        "title": both(&info.title),
        "citations": info.citations.iter().map(both).collect::<Vec<_>>(),
        "required": both(&info.required),
        "fix": both(&info.fix),
        "interpretation": info.interpretation.as_ref().map(both),
        "shape": entry.shape.code(),
        "each": entry.each.map(grid_code),
        "ledgers": entry.kinds.iter().map(|(id, name)| json!({ "kind": &**id, "name": both(name) })).collect::<Vec<_>>(),
        "parameters": info.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "cases": tally(&entry.cases),
    });
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// `{ "version", "rules": [...] }`.
pub fn list_json(entries: &[RuleEntry]) -> String {
    document("rules", entries.iter().map(|one| Value::Object(entry(one))).collect())
}

fn measure(info: &MeasureInfo) -> Value {
    json!({
        "id": &*info.id,
        "pack": &*info.pack,
        "class": info.class,
        "clause": info.clause,
        "title": both(&info.title),
        "demand": both(&info.demand),
        "reason": info.reason.as_ref().map(both),
    })
}

fn need(need: &LedgerNeed) -> Value {
    let fields: Vec<Value> = need
        .fields
        .iter()
        .map(|field| {
            json!({
                "name": &*field.name,
                "en": field.en,
                "type": both(&field.sort),
                "aliases": field.aliases,
                "about": both(&field.about),
            })
        })
        .collect();
    json!({ "kind": &*need.kind, "name": both(&need.name), "row": both(&need.row), "role": both(&need.role), "fields": fields })
}

fn example(example: &Example) -> Value {
    let ledgers: Vec<Value> = example
        .ledgers
        .iter()
        .map(|ledger| json!({ "kind": &*ledger.kind, "headings": ledger.headings, "rows": ledger.rows }))
        .collect();
    json!({
        "name": example.name,
        "as_of": example.as_of.to_string(),
        "period": example.period.map(|period| period.to_string()),
        "ledgers": ledgers,
    })
}

/// `{ "version", "rules": [...] }`, each rule as in the list with its documents, conditions, needs and examples.
pub fn explain_json(explanations: &[RuleExplanation]) -> String {
    let rules = explanations.iter().map(|one| {
        let mut map = entry(&one.entry);
        let measures: Vec<Value> = one
            .measures
            .iter()
            .map(|(info, pack)| {
                json!({ "measure": measure(info), "document": both(&pack.document), "number": pack.number })
            })
            .collect();
        let conditions: Vec<Value> =
            one.conditions.iter().map(|(label, text)| json!({ "label": both(label), "condition": text })).collect();
        let reasons = one.no_case.iter().map(|(outcome, reason)| (outcome.code().to_owned(), both(reason)));
        map.insert("measures".to_owned(), measures.into());
        map.insert("required".to_owned(), both(&one.required));
        map.insert("fix".to_owned(), both(&one.fix));
        map.insert("unit".to_owned(), both(&one.unit));
        map.insert("conditions".to_owned(), conditions.into());
        map.insert("needs".to_owned(), one.ledgers.iter().map(need).collect());
        map.insert("passes".to_owned(), one.passes.as_ref().map_or(Value::Null, example));
        map.insert("fails".to_owned(), one.fails.as_ref().map_or(Value::Null, example));
        map.insert("no_case".to_owned(), Value::Object(reasons.collect()));
        Value::Object(map)
    });
    document("rules", rules.collect())
}

/// `{ "version", "measures": [...] }`, each measure with `covered` and its rules.
pub fn coverage_json(coverage: &Coverage) -> String {
    let measures = coverage.measures.iter().map(|one| {
        let rules: Vec<Value> = one
            .rules
            .iter()
            .map(|rule| {
                json!({ "id": &*rule.id, "pack": &*rule.pack, "title": both(&rule.title), "cases": tally(&rule.cases) })
            })
            .collect();
        json!({ "measure": measure(&one.measure), "covered": !one.is_uncovered(), "rules": rules })
    });
    document("measures", measures.collect())
}

/// `{ "version", "faults": [...] }`, for faults of packs and for what lint finds.
pub fn faults_json(faults: &[PackFault]) -> String {
    let faults = faults.iter().map(|fault| {
        let level = match fault.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        json!({
            "level": level,
            "code": fault.code,
            "file": fault.file,
            "line": fault.line,
            "column": fault.column,
            "message": both(&fault.message),
            "help": fault.help.as_ref().map(both),
        })
    });
    document("faults", faults.collect())
}
