//! SARIF 2.1.0 for code-scanning tools: lines for text files, cells as logical locations, what could not be judged as `open`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use super::view::{FindingView, scrub};
use super::{Options, escape, words};
use crate::diag::Level;
use crate::finding::{Finding, InputReading, Location, Outcome, Report, RuleInfo, Severity};
use crate::model::{Lang, cell_name};

/// Writes one log with one run, followed by a newline.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let uris = report.inputs.iter().map(|input| uri(&input.file)).collect();
    let artifacts: BTreeMap<&str, usize> =
        report.inputs.iter().enumerate().map(|(index, input)| (&*input.file, index)).collect();
    serde_json::to_writer_pretty(&mut out, &Log { report, options, artifacts, uris })?;
    out.write_all(b"\n")?;
    out.flush()
}

struct Log<'a> {
    report: &'a Report,
    options: &'a Options,
    /// Position of each file in the run's artifacts.
    artifacts: BTreeMap<&'a str, usize>,
    /// The references of the artifacts.
    uris: Vec<String>,
}

impl Serialize for Log<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut log = serializer.serialize_map(Some(3))?;
        log.serialize_entry("$schema", "https://json.schemastore.org/sarif-2.1.0.json")?;
        log.serialize_entry("version", "2.1.0")?;
        log.serialize_entry("runs", &[Run(self)])?;
        log.end()
    }
}

/// The one run; its results are made while they are written, since there may be very many.
struct Run<'a>(&'a Log<'a>);

impl Serialize for Run<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (log, report, lang) = (self.0, self.0.report, self.0.options.lang);
        let notes = report.notes.iter().map(|note| scrub(note.get(lang), log.options.masking));
        let artifacts = report.inputs.iter().zip(&log.uris).map(|(input, uri)| artifact(input, uri));
        let mut run = serializer.serialize_map(Some(7))?;
        let tool = json!({
            "driver": {
                "name": "taizhang",
                "version": report.run.version,
                "language": words::pick(lang, "zh-CN", "en-US"),
                "rules": report.rules.iter().map(|info| rule(info, lang)).collect::<Vec<_>>(),
            }
        });
        run.serialize_entry("tool", &tool)?;
        run.serialize_entry("language", words::pick(lang, "zh-CN", "en-US"))?;
        run.serialize_entry("columnKind", "unicodeCodePoints")?;
        run.serialize_entry("invocations", &[log.invocation()])?;
        run.serialize_entry("artifacts", &artifacts.collect::<Vec<_>>())?;
        run.serialize_entry("results", &Results(log))?;
        let properties = json!({
            "asOf": report.run.as_of.to_string(),
            "period": report.run.period.map(|period| period.to_string()),
            "notes": notes.collect::<Vec<_>>(),
        });
        run.serialize_entry("properties", &properties)?;
        run.end()
    }
}

struct Results<'a>(&'a Log<'a>);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.report.findings.iter().map(|finding| self.0.result(finding)))
    }
}

impl Log<'_> {
    fn invocation(&self) -> Value {
        let (report, lang) = (self.report, self.options.lang);
        let mut execution = Vec::new();
        for (index, input) in report.inputs.iter().enumerate() {
            for fault in &input.faults {
                execution.push(json!({
                    "level": "error",
                    "descriptor": { "id": fault.kind.code() },
                    "message": { "text": words::fault(fault, lang, self.options.masking) },
                    "locations": [{ "physicalLocation": { "artifactLocation": { "uri": self.uris.get(index), "index": index } } }],
                }));
            }
        }
        let mut configuration = Vec::new();
        for fault in &report.pack_faults {
            configuration.push(json!({
                "level": match fault.level { Level::Error => "error", Level::Warning => "warning" },
                "descriptor": { "id": fault.code },
                "message": { "text": fault.told(lang) },
            }));
        }
        for not_run in &report.not_run {
            let Some(rule) = report.rules.get(not_run.rule as usize) else { continue };
            configuration.push(json!({
                "level": "note",
                "descriptor": { "id": not_run.reason.code() },
                "associatedRule": { "id": &*rule.id, "index": not_run.rule },
                "message": { "text": words::reason(report, &not_run.reason, lang) },
            }));
        }
        json!({
            "executionSuccessful": execution.is_empty() && report.pack_faults.iter().all(|fault| fault.level != Level::Error),
            "toolExecutionNotifications": execution,
            "toolConfigurationNotifications": configuration,
        })
    }

    fn result(&self, finding: &Finding) -> Value {
        let view = FindingView::new(self.report, finding, self.options.lang, self.options.masking);
        let (kind, level) = match (finding.outcome, finding.severity) {
            (Outcome::Violated, Severity::Error) => ("fail", "error"),
            (Outcome::Violated, Severity::Warning) => ("fail", "warning"),
            (Outcome::Violated, Severity::Advice) => ("fail", "note"),
            (Outcome::Undetermined, _) => ("open", "none"),
            (Outcome::Met, _) => ("pass", "none"),
            (Outcome::NotApplicable | Outcome::NotYetDue | Outcome::NotRun, _) => ("notApplicable", "none"),
        };
        let text = match &view.reason {
            Some(reason) => format!("{}{}{reason}", view.title(), words::pick(self.options.lang, "：", ": ")),
            None => view.message.clone(),
        };
        let mut result = json!({
            "ruleId": &*view.rule.id,
            "ruleIndex": finding.rule,
            "kind": kind,
            "level": level,
            "message": { "text": text },
            "partialFingerprints": { "taizhang/v1": finding.fingerprint },
            "properties": {
                "outcome": finding.outcome.code(),
                "severity": finding.severity.code(),
                "measure": &*view.rule.measure,
                "also": view.rule.also,
                "unit": view.unit,
                "period": finding.period.map(|period| period.to_string()),
                "item": view.item,
                "key": object(view.key()),
                "values": object(view.values()),
                "required": view.required,
                "fix": view.advice(self.report),
                "records": finding.records,
            },
        });
        if finding.location.file.is_some() {
            result["locations"] = json!([self.location(&finding.location)]);
        }
        let related: Vec<Value> = finding.related.iter().map(|related| self.location(&related.place)).collect();
        if !related.is_empty() {
            result["relatedLocations"] = Value::Array(related);
        }
        result
    }

    fn location(&self, place: &Location) -> Value {
        let mut location = Map::new();
        if let Some(file) = &place.file {
            let index = self.artifacts.get(&**file);
            let known = index.and_then(|index| Some((index, self.uris.get(*index)?)));
            let mut physical = match known {
                Some((index, uri)) => json!({ "artifactLocation": { "uri": uri, "index": index } }),
                None => json!({ "artifactLocation": { "uri": uri(file) } }),
            };
            let input = index.and_then(|index| self.report.inputs.get(*index));
            if let Some(line) = input.zip(place.row).and_then(|(input, row)| input.line(row)) {
                physical["region"] = json!({ "startLine": line });
            }
            location.insert("physicalLocation".to_owned(), physical);
        }
        if let Some(sheet) = &place.sheet {
            let logical = match (place.row, place.column) {
                (Some(row), Some(column)) => {
                    let cell = cell_name(row, column);
                    json!({ "name": cell, "fullyQualifiedName": format!("{sheet}!{cell}"), "kind": "cell" })
                }
                (Some(row), None) => {
                    let row = u64::from(row) + 1;
                    json!({ "name": row.to_string(), "fullyQualifiedName": format!("{sheet}!{row}:{row}"), "kind": "row" })
                }
                _ => json!({ "name": &**sheet, "fullyQualifiedName": &**sheet, "kind": "sheet" }),
            };
            location.insert("logicalLocations".to_owned(), json!([logical]));
        }
        Value::Object(location)
    }
}

/// A member of an archive is addressed by its container with the inner path as a fragment.
fn uri(file: &str) -> String {
    match file.split_once('!') {
        Some((outer, inner)) => format!("{}#{}", escape::uri(outer), escape::uri(inner)),
        None => escape::uri(file),
    }
}

fn object<'a>(pairs: impl Iterator<Item = (&'a str, String)>) -> Value {
    Value::Object(pairs.map(|(name, value)| (name.to_owned(), Value::String(value))).collect())
}

fn rule(rule: &RuleInfo, lang: Lang) -> Value {
    let citations: Vec<&str> = rule.citations.iter().map(|citation| citation.get(lang)).collect();
    let mut help = format!("{}\n\n{}", rule.fix.get(lang), citations.join("\n"));
    if let Some(interpretation) = &rule.interpretation {
        help.push_str(&format!("\n\n{}", interpretation.get(lang)));
    }
    json!({
        "id": &*rule.id,
        "shortDescription": { "text": rule.title.get(lang) },
        "fullDescription": { "text": rule.required.get(lang) },
        "help": { "text": help },
        "defaultConfiguration": {
            "level": match rule.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Advice => "note",
            }
        },
        "properties": { "measure": &*rule.measure, "also": rule.also, "pack": &*rule.pack, "ledger": &*rule.ledger },
    })
}

fn artifact(input: &InputReading, uri: &str) -> Value {
    let mut artifact = json!({ "location": { "uri": uri }, "length": input.size, "roles": ["analysisTarget"] });
    if let Some(digest) = &input.digest {
        artifact["hashes"] = json!({ "sha-256": digest });
    }
    if let Some(encoding) = &input.encoding {
        artifact["encoding"] = json!(encoding);
    }
    artifact
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing;

    fn log() -> Value {
        let mut bytes = Vec::new();
        write(&testing::sample(), &Options::default(), &mut bytes).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[test]
    fn places_are_lines_in_text_files_and_cells_everywhere() {
        let log = log();
        let results = log["runs"][0]["results"].as_array().unwrap();
        let sheet = &results[0]["locations"][0];
        assert!(sheet["physicalLocation"]["region"].is_null(), "a workbook has no lines");
        assert_eq!(sheet["logicalLocations"][0]["fullyQualifiedName"], "值守门诊 '第四季度'!C6");
        let person = results.iter().find(|result| result["level"] == "warning").unwrap();
        assert_eq!(person["locations"][0]["physicalLocation"]["region"]["startLine"], 104);
        assert_eq!(person["locations"][0]["physicalLocation"]["artifactLocation"]["index"], 1);
        insta::assert_json_snapshot!(person);
    }

    #[test]
    fn what_could_not_be_judged_is_open_and_advice_is_a_note() {
        let log = log();
        let results = log["runs"][0]["results"].as_array().unwrap();
        let of = |key: &str, value: &str| results.iter().filter(|result| result[key] == value).count();
        assert_eq!((of("kind", "open"), of("level", "note")), (2, 1));
        // The format allows a level other than none for failures only.
        assert!(results.iter().all(|result| (result["kind"] == "fail") != (result["level"] == "none")));
        let invocation = &log["runs"][0]["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        assert_eq!(invocation["toolExecutionNotifications"][0]["descriptor"]["id"], "password-protected");
        assert_eq!(invocation["toolConfigurationNotifications"][0]["associatedRule"]["id"], "SX-05/submission");
    }

    #[test]
    fn rules_stand_at_the_index_that_results_name() {
        let log = log();
        let rules = &log["runs"][0]["tool"]["driver"]["rules"];
        for result in log["runs"][0]["results"].as_array().unwrap() {
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
    }
}
