//! The examples for cron, systemd, GitHub, GitLab and pre-commit, run as they stand.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::*;

fn example(name: &str) -> PathBuf {
    root().join("tests/ci-examples").join(name)
}

/// A folder whose `bin` has the program, to be put before the path.
fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("bin")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(PROGRAM, folder.path().join("bin/taizhang")).unwrap();
    let ledgers = folder.path().join("ledgers/清水县");
    fs::create_dir_all(&ledgers).unwrap();
    fs::write(ledgers.join("号源.csv"), SLOTS).unwrap();
    folder
}

/// Runs a script as a runner would: stop at the first failure.
fn bash(folder: &Path, script: &str) -> Output {
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command.current_dir(folder).env("PATH", path).env("GITHUB_STEP_SUMMARY", folder.join("summary.md"));
    command.env("TAIZHANG_AS_OF", "2024-01-10").env("TAIZHANG_PACK", "national");
    command.args(["-eo", "pipefail", "-c", script]).output().unwrap()
}

/// The scripts of a GitHub workflow: one-line and block `run`s.
fn runs(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((before, script)) =
            line.split_once("run: ").filter(|(before, _)| before.trim().is_empty() || before.trim() == "-")
        else {
            continue;
        };
        if script != "|" {
            found.push(script.to_owned());
            continue;
        }
        let indent = before.len() + 2;
        let mut block = String::new();
        while let Some(next) = lines.next_if(|next| next.len() > indent && next[..indent].trim().is_empty()) {
            block.push_str(&next[indent..]);
            block.push('\n');
        }
        found.push(block);
    }
    found
}

#[test]
fn the_github_example_fails_on_violations_and_leaves_what_is_uploaded() {
    let folder = workspace();
    let text = fs::read_to_string(example("github.yml")).unwrap();
    let runs = runs(&text);
    assert_eq!(runs.len(), 3);
    assert!(runs[0].starts_with("cargo install"), "{runs:?}");
    let output = bash(folder.path(), &runs[1].replace("--min-evaluated 10", "--min-evaluated 2"));
    assert_eq!(code(&output), 1, "{output:?}");
    assert!(stdout(&output).contains("::error file=ledgers/清水县/号源.csv"), "{output:?}");
    let sarif: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("findings.sarif")).unwrap()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert!(!sarif["runs"][0]["results"].as_array().unwrap().is_empty());
    assert!(fs::read_to_string(folder.path().join("junit.xml")).unwrap().contains("<failure"));
    let output = bash(folder.path(), &runs[2]);
    assert_eq!(code(&output), 0, "{output:?}");
    assert!(fs::read_to_string(folder.path().join("summary.md")).unwrap().contains("乙医院"));
    for uploaded in ["findings.sarif", "findings.xlsx", "junit.xml"] {
        assert!(text.contains(uploaded) && folder.path().join(uploaded).is_file(), "{uploaded}");
    }
    // Clean ledgers pass; a run that judged less than it should does not.
    fs::write(folder.path().join("ledgers/清水县/号源.csv"), GOOD_SLOTS).unwrap();
    assert_eq!(code(&bash(folder.path(), &runs[1].replace("--min-evaluated 10", "--min-evaluated 2"))), 0);
    assert_eq!(code(&bash(folder.path(), &runs[1].replace("--min-evaluated 10", "--min-evaluated 1000"))), 4);
}

#[test]
fn the_gitlab_example_fails_on_violations_and_leaves_its_reports() {
    let folder = workspace();
    let text = fs::read_to_string(example("gitlab.yml")).unwrap();
    let scripts: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("    - ")).collect();
    assert_eq!(scripts.len(), 2, "{scripts:?}");
    let output = bash(folder.path(), &scripts[1].replace("--min-evaluated 10", "--min-evaluated 2"));
    assert_eq!(code(&output), 1, "{output:?}");
    assert_eq!(stdout(&output).lines().count(), 1, "{output:?}");
    for kept in ["junit.xml", "findings.sarif", "findings.xlsx"] {
        assert!(text.contains(kept) && folder.path().join(kept).is_file(), "{kept}");
    }
}

#[test]
fn the_hook_for_pre_commit_checks_the_files_that_it_is_given() {
    let folder = workspace();
    let hook = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let value = |key: &str| {
        let line = hook.lines().find_map(|line| line.trim_start_matches(['-', ' ']).strip_prefix(key)).unwrap();
        line.trim().to_owned()
    };
    assert!(fs::read_to_string(example("pre-commit.yaml")).unwrap().contains(&format!("- id: {}", value("id:"))));
    let entry = value("entry:");
    let staged = "'ledgers/清水县/号源.csv'";
    let output = bash(folder.path(), &format!("{entry} {staged}"));
    assert_eq!(code(&output), 1, "{output:?}");
    assert!(stdout(&output).contains("乙医院"), "{output:?}");
    assert!(!folder.path().join("findings.xlsx").exists(), "a hook leaves nothing in the working tree");
    fs::write(folder.path().join("ledgers/清水县/号源.csv"), GOOD_SLOTS).unwrap();
    assert_eq!(code(&bash(folder.path(), &format!("{entry} {staged}"))), 0);
    let pattern = value("files:");
    assert!(pattern.contains("csv") && pattern.contains("xlsx"), "{pattern}");
}

#[test]
fn the_nightly_script_skips_what_did_not_change_and_keeps_the_code() {
    let folder = workspace();
    let script = format!("AS_OF=2024-03-31 DROP=ledgers OUT=results {}", example("nightly").display());
    let first = bash(folder.path(), &script);
    assert_eq!(code(&first), 1, "{first:?}");
    assert_eq!(stdout(&first).lines().count(), 1);
    let mut left = names(&folder.path().join("results"));
    left.retain(|name| !name.starts_with("findings-"));
    assert_eq!(left, ["manifest.json", "status.ndjson"]);
    let second = bash(folder.path(), &script);
    assert_eq!(code(&second), 1);
    assert!(stdout(&second).contains("未变 1"), "{second:?}");
    fs::create_dir(folder.path().join("ledgers/另一县")).unwrap();
    fs::write(folder.path().join("ledgers/另一县/坏.xlsx"), b"PK\x03\x04").unwrap();
    let third = bash(folder.path(), &script);
    assert_eq!(code(&third), 3, "{third:?}");
    let (lines, _) = status(&folder.path().join("results/status.ndjson"));
    assert_eq!(status_of(&lines, "号源.csv"), "unchanged");
    assert_eq!(status_of(&lines, "坏.xlsx"), "failed");
}

#[test]
fn the_line_of_the_crontab_runs() {
    let folder = workspace();
    let text = fs::read_to_string(example("crontab")).unwrap();
    let line = text.lines().find(|line| line.contains("nightly")).unwrap();
    let script: String = line.split_whitespace().skip(5).collect::<Vec<_>>().join(" ");
    let script = script
        .replace("/usr/local/bin/nightly", &example("nightly").display().to_string())
        .replace("/srv/ledgers/results", "results");
    fs::create_dir(folder.path().join("results")).unwrap();
    let output = bash(folder.path(), &format!("export DROP=ledgers OUT=results; {script}"));
    assert!(stdout(&output).contains("不合规 1"), "what fails is mailed: {output:?}");
    fs::write(folder.path().join("ledgers/清水县/号源.csv"), GOOD_SLOTS).unwrap();
    let quiet = bash(folder.path(), &format!("export DROP=ledgers OUT=results; {script}"));
    assert_eq!(stdout(&quiet), "", "what succeeds is not");
    assert_eq!(fs::read_to_string(folder.path().join("results/log")).unwrap().lines().count(), 2);
}

#[test]
fn systemd_accepts_the_units() {
    if !has("systemd-analyze") {
        println!("skipped: there is no systemd-analyze");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for unit in ["taizhang.service", "taizhang.timer"] {
        let text = fs::read_to_string(example(unit)).unwrap();
        // The script stands elsewhere here; everything else is as it is given out.
        let text = text.replace("/usr/local/bin/nightly", &example("nightly").display().to_string());
        fs::write(folder.path().join(unit), text).unwrap();
    }
    for unit in ["taizhang.service", "taizhang.timer"] {
        let output = Command::new("systemd-analyze")
            .args(["verify", "--man=no"])
            .arg(folder.path().join(unit))
            .output()
            .unwrap();
        let said = stderr(&output);
        let ours: Vec<&str> = said.lines().filter(|line| line.contains("taizhang.")).collect();
        assert!(output.status.success() && ours.is_empty(), "{unit}: {said}");
    }
    let calendar = Command::new("systemd-analyze").args(["calendar", "Mon..Fri 06:30"]).output().unwrap();
    assert!(calendar.status.success());
}
