//! The samples are what their README says: every fault that was put in is found, and the clean folders are clean.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The report on one folder of samples.
fn report(batch: &str, as_of: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(batch);
    let output = Command::new(env!("CARGO_BIN_EXE_taizhang"))
        .arg("check")
        .arg(folder)
        .args(["--as-of", as_of, "--format", "json", "-q"])
        .output()
        .expect("the program runs");
    serde_json::from_slice(&output.stdout).expect("the report is JSON")
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// Whether a finding is of the measure and the outcome that the list of faults names.
fn answers(finding: &Value, fault: &Value) -> bool {
    let measure = text(fault, "measure");
    let also = finding["also"].as_array().is_some_and(|ids| ids.iter().any(|id| id == measure));
    let outcome = text(fault, "outcome");
    (text(finding, "measure") == measure || also)
        && if outcome == "advice" { text(finding, "severity") == "advice" } else { text(finding, "outcome") == outcome }
}

#[test]
fn every_known_fault_is_found_and_clean_folders_are_clean() {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/faults.json");
    let batches: Value = serde_json::from_slice(&std::fs::read(list).expect("the list of faults")).expect("JSON");
    let mut missing = Vec::new();
    for batch in batches.as_array().expect("a list of folders") {
        let name = text(batch, "batch");
        let report = report(name, text(batch, "as_of"));
        let findings = report["findings"].as_array().expect("findings");
        if name.starts_with("clean-") {
            assert!(findings.is_empty(), "{name}: {findings:#?}");
        }
        for fault in batch["faults"].as_array().expect("a list of faults") {
            // What is not yet due is counted, but is no finding.
            let is_found =
                text(fault, "outcome") == "not_yet_due" || findings.iter().any(|found| answers(found, fault));
            if !is_found {
                missing.push(format!("{name}: {fault}"));
            }
        }
    }
    assert!(missing.is_empty(), "not found:\n{}", missing.join("\n"));
}

/// The folders of the list of faults with their review dates.
fn batches() -> Vec<(String, String)> {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/faults.json");
    let batches: Value = serde_json::from_slice(&std::fs::read(list).expect("the list of faults")).expect("JSON");
    let named = |batch: &Value| (text(batch, "batch").to_owned(), text(batch, "as_of").to_owned());
    batches.as_array().expect("a list of folders").iter().map(named).collect()
}

#[test]
fn every_ledger_kind_occurs_every_pack_finds_something_and_has_a_clean_folder() {
    let (store, _) = taizhang::pack::builtin();
    let mut kinds: Vec<String> =
        store.base().kinds.iter().filter(|kind| kind.made.is_none()).map(|kind| kind.id.to_string()).collect();
    let mut without_findings: Vec<String> = store.packs().iter().map(|pack| pack.info.id.to_string()).collect();
    let mut without_clean = without_findings.clone();
    for (name, as_of) in batches() {
        let report = report(&name, &as_of);
        for table in report["files"].as_array().expect("files").iter().flat_map(|file| {
            file["sheets"]
                .as_array()
                .into_iter()
                .flatten()
                .flat_map(|sheet| sheet["tables"].as_array().into_iter().flatten())
        }) {
            kinds.retain(|kind| *kind != text(table, "kind"));
        }
        if name.starts_with("clean-") {
            for pack in report["packs"].as_array().expect("packs") {
                without_clean.retain(|id| *id != text(pack, "id"));
            }
        }
        for finding in report["findings"].as_array().expect("findings") {
            let rule = report["rules"].as_array().expect("rules").iter().find(|rule| rule["id"] == finding["rule"]);
            if let Some(rule) = rule.filter(|_| text(finding, "outcome") == "violated") {
                without_findings.retain(|id| *id != text(rule, "pack"));
            }
        }
    }
    assert!(kinds.is_empty(), "no sample of {kinds:?}");
    assert!(without_findings.is_empty(), "no finding of {without_findings:?}");
    assert!(without_clean.is_empty(), "no clean folder for {without_clean:?}");
}
