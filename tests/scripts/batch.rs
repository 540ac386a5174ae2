//! Scheduled batches: nothing stops the rest, unchanged inputs are skipped, and interrupted runs end cleanly.

use std::fs;
use std::time::{Duration, Instant};

use crate::support::*;

#[test]
fn bad_vanished_and_strange_files_never_stop_the_rest() {
    let folder = folder();
    let drop = folder.path().join("drop");
    fs::create_dir(&drop).unwrap();
    fs::write(drop.join("好.csv"), SLOTS).unwrap();
    fs::write(drop.join("坏.xlsx"), b"PK\x03\x04 no workbook").unwrap();
    fs::write(drop.join("空.csv"), b"").unwrap();
    fs::write(drop.join("通讯录.csv"), "部门,分机\n办公室,1\n财务科,2\n").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(drop.join("已删除.csv"), drop.join("消失.csv")).unwrap();
    for each in [&[][..], &["--each", "file"]] {
        let arguments = [&["drop", "--status", "status.ndjson", "--summary", "line"], each].concat();
        let output = check(folder.path(), &arguments);
        assert_eq!(code(&output), 3, "{output:?}");
        assert_eq!(stderr(&output), "", "faults of inputs are results, not complaints");
        let (lines, summary) = status(&folder.path().join("status.ndjson"));
        assert_eq!(status_of(&lines, "好.csv"), "checked");
        let good = lines.iter().find(|line| line["file"].as_str().unwrap().ends_with("好.csv")).unwrap();
        assert_eq!((good["violated"].as_u64(), good["records"].as_u64()), (Some(1), Some(2)), "{good}");
        assert_eq!(good["sha256"].as_str().unwrap().len(), 64);
        for name in ["坏.xlsx", "空.csv", "通讯录.csv"] {
            assert_eq!(status_of(&lines, name), "failed", "{name}");
        }
        let vanished = usize::from(cfg!(unix));
        if vanished == 1 {
            assert_eq!(status_of(&lines, "消失.csv"), "failed");
        }
        assert_eq!(summary["files"], 4 + vanished);
        assert_eq!(summary["exit"], 3);
        let text = stdout(&output);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains("不合规 1") && text.contains("退出码 3"), "{text}");
    }
}

#[test]
fn unchanged_inputs_are_skipped_and_said_to_be_and_a_gate_stays_shut() {
    let folder = folder();
    let drop = folder.path().join("drop");
    fs::create_dir(&drop).unwrap();
    fs::write(drop.join("a.csv"), SLOTS).unwrap();
    fs::write(drop.join("b.csv"), GOOD_SLOTS).unwrap();
    let manifest = folder.path().join("manifest.json");
    let again = |more: &[&str]| {
        let arguments = ["drop", "--each", "file", "--since-manifest", "manifest.json", "--status", "s.ndjson"];
        let output = check(folder.path(), &[&arguments[..], more].concat());
        (output, status(&folder.path().join("s.ndjson")))
    };
    let (first, (lines, _)) = again(&[]);
    assert_eq!(code(&first), 1);
    assert_eq!((status_of(&lines, "a.csv"), status_of(&lines, "b.csv")), ("checked", "checked"));
    let findings = fs::read(folder.path().join("findings.xlsx")).unwrap();
    let text = fs::read_to_string(&manifest).unwrap();

    // Nothing changed: nothing is judged, the list of findings stays, and the violations still count.
    let (second, (lines, summary)) = again(&[]);
    assert_eq!(code(&second), 1, "{second:?}");
    assert_eq!((status_of(&lines, "a.csv"), status_of(&lines, "b.csv")), ("unchanged", "unchanged"));
    assert_eq!((&summary["unchanged"], &summary["records"]), (&2.into(), &0.into()));
    assert_eq!(fs::read(folder.path().join("findings.xlsx")).unwrap(), findings);
    assert!(stderr(&second).contains("未改动"), "{second:?}");
    assert!(stdout(&second).contains("未再核查"), "{second:?}");
    assert_eq!(fs::read_to_string(&manifest).unwrap(), text);

    // One file is corrected, another comes: these are judged, and the gate opens.
    fs::write(drop.join("a.csv"), GOOD_SLOTS.replace("210", "220")).unwrap();
    fs::write(drop.join("c.csv"), GOOD_SLOTS).unwrap();
    let (third, (lines, _)) = again(&[]);
    assert_eq!(code(&third), 0, "{third:?}");
    let all = ["a.csv", "b.csv", "c.csv"].map(|name| status_of(&lines, name));
    assert_eq!(all, ["checked", "unchanged", "checked"]);

    // Another option, or another rule, and everything is judged again.
    let (other, (lines, _)) = again(&["--param", "最低占比=30"]);
    assert_eq!(code(&other), 1);
    assert_eq!(status_of(&lines, "b.csv"), "checked");
    let rules = folder.path().join("rules/national");
    fs::create_dir_all(&rules).unwrap();
    fs::write(rules.join("local.toml"), "# nothing\n").unwrap();
    let (_, (lines, _)) = again(&["--rules", "rules"]);
    assert_eq!(status_of(&lines, "b.csv"), "checked");
    fs::write(rules.join("local.toml"), "# something\n").unwrap();
    let (_, (lines, _)) = again(&["--rules", "rules"]);
    assert_eq!(status_of(&lines, "b.csv"), "checked");
}

#[test]
fn files_that_are_judged_together_are_skipped_together() {
    let folder = folder();
    fs::write(folder.path().join("另一家.csv"), GOOD_SLOTS.replace("甲", "丙").replace("乙", "丁")).unwrap();
    let arguments = ["号源.csv", "另一家.csv", "--since-manifest", "m.json", "--status", "s.ndjson"];
    check(folder.path(), &arguments);
    fs::write(folder.path().join("另一家.csv"), GOOD_SLOTS.replace("甲", "戊")).unwrap();
    check(folder.path(), &arguments);
    let (lines, _) = status(&folder.path().join("s.ndjson"));
    assert_eq!((status_of(&lines, "号源.csv"), status_of(&lines, "另一家.csv")), ("checked", "checked"));
    check(folder.path(), &arguments);
    let (lines, _) = status(&folder.path().join("s.ndjson"));
    assert_eq!((status_of(&lines, "号源.csv"), status_of(&lines, "另一家.csv")), ("unchanged", "unchanged"));
}

#[test]
fn a_file_that_is_no_manifest_is_never_overwritten() {
    let folder = folder();
    let output = check(folder.path(), &["号源.csv", "--since-manifest", "号源.csv"]);
    assert_eq!(code(&output), 2);
    assert_eq!(fs::read_to_string(folder.path().join("号源.csv")).unwrap(), SLOTS);
}

#[test]
fn a_roster_serves_each_file_and_is_judged_once() {
    let folder = tempfile::tempdir().unwrap();
    let register = "机构名称,机构类型,是否脱贫县\n甲镇卫生院,乡镇卫生院,否\n乙镇卫生院,乡镇卫生院,否\n";
    fs::write(folder.path().join("机构名册.csv"), register).unwrap();
    let roster = |unit: &str| {
        let days = (6..=10).map(|day| format!("{unit},2023-11-{day:02},王某,主治医师,现场\n"));
        format!("机构名称,值守日期,医师姓名,职称,值守方式\n{}", days.collect::<String>())
    };
    fs::write(folder.path().join("甲.csv"), roster("甲镇卫生院")).unwrap();
    fs::write(folder.path().join("乙.csv"), roster("乙镇卫生院")).unwrap();
    let arguments = ["甲.csv", "乙.csv", "--each", "file", "--period", "2023-11-06..2023-11-12", "--format", "json"];
    let apart = json(&check(folder.path(), &arguments));
    let absent = |report: &serde_json::Value| {
        let findings = report["findings"].as_array().unwrap().clone();
        findings.iter().filter(|finding| finding["measure"] == "GJ-02" && finding["outcome"] == "violated").count()
    };
    assert_eq!(absent(&apart), 0, "without the register nobody is seen to be absent");
    let served = json(&check(folder.path(), &[&arguments[..], &["--roster", "机构名册.csv"]].concat()));
    assert_eq!(absent(&served), 2, "each file lacks the other institution");
    let files: Vec<&str> =
        served["files"].as_array().unwrap().iter().filter_map(|file| file["file"].as_str()).collect();
    assert_eq!(files, ["机构名册.csv", "甲.csv", "乙.csv"]);
}

/// Enough small files that a run takes long enough to be interrupted.
#[cfg(unix)]
fn many(folder: &std::path::Path, count: usize) {
    fs::create_dir(folder).unwrap();
    for number in 0..count {
        fs::write(folder.join(format!("{number:04}.csv")), SLOTS.replace('甲', &format!("甲{number}"))).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_run_with_what_was_finished() {
    let folder = tempfile::tempdir().unwrap();
    many(&folder.path().join("drop"), 300);
    fs::write(folder.path().join("findings.json"), "old").unwrap();
    for (signal, expected) in [("TERM", 143), ("INT", 130)] {
        let mut child = command(folder.path())
            .args([
                "check",
                "drop",
                "--each",
                "file",
                "-o",
                "findings.json",
                "--status",
                "s.ndjson",
                "-v",
                "--jobs",
                "1",
            ])
            .args(["--since-manifest", "m.json", "--as-of", "2024-01-10", "--summary", "line", "--pack", "national"])
            .stderr(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // The first groups are reported as they are done.
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
        lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("64/300"))).unwrap().unwrap();
        let asked = Instant::now();
        let killed = std::process::Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status();
        assert!(killed.unwrap().success());
        lines.for_each(drop);
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), expected);
        assert!(asked.elapsed() < Duration::from_secs(120));
        let (lines, summary) = status(&folder.path().join("s.ndjson"));
        assert_eq!(lines.len(), 300);
        let count = |status: &str| summary[status].as_u64().unwrap();
        assert!(count("checked") >= 64 && count("interrupted") > 0, "{summary}");
        assert_eq!(summary["exit"], expected);
        let report: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.path().join("findings.json")).unwrap()).unwrap();
        assert_eq!(report["files"].as_array().unwrap().len(), 300, "the report says which files were not reached");
        assert!(stdout(&output).contains("中断未核查"), "{output:?}");
        let left = names(folder.path());
        assert_eq!(left, ["drop", "findings.json", "m.json", "s.ndjson"], "nothing else is left behind");
        // The next round begins where this one ended: start it from the beginning for the other signal.
        let (_, finished) = status(&folder.path().join("s.ndjson"));
        let noted: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.path().join("m.json")).unwrap()).unwrap();
        let groups = noted["groups"].as_array().unwrap().len() as u64;
        assert_eq!(groups, finished["checked"].as_u64().unwrap() + finished["unchanged"].as_u64().unwrap());
        fs::remove_file(folder.path().join("m.json")).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_leaves_the_old_output_and_the_next_one_works() {
    let folder = tempfile::tempdir().unwrap();
    many(&folder.path().join("drop"), 200);
    fs::write(folder.path().join("findings.json"), "old").unwrap();
    let arguments = ["check", "drop", "-o", "findings.json", "-q", "--as-of", "2024-01-10", "--pack", "national"];
    let mut child = command(folder.path()).args(arguments).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("findings.json")).unwrap(), "old");
    let output = command(folder.path()).args(arguments).output().unwrap();
    assert_eq!(code(&output), 1, "{output:?}");
    assert!(fs::read_to_string(folder.path().join("findings.json")).unwrap().starts_with('{'));
    assert_eq!(names(folder.path()), ["drop", "findings.json"]);
}

#[cfg(unix)]
#[test]
fn two_runs_into_one_target_are_refused_and_other_targets_are_free() {
    let folder = tempfile::tempdir().unwrap();
    many(&folder.path().join("drop"), 300);
    fs::write(folder.path().join("a.csv"), SLOTS).unwrap();
    let mut first = command(folder.path())
        .args([
            "check",
            "drop",
            "--each",
            "file",
            "-o",
            "findings.json",
            "-v",
            "-q",
            "--jobs",
            "1",
            "--pack",
            "national",
        ])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(first.stderr.take().unwrap()));
    lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("64/300"))).unwrap().unwrap();
    let refused = check(folder.path(), &["a.csv", "-o", "findings.json"]);
    assert_eq!(code(&refused), 2, "{refused:?}");
    assert!(stderr(&refused).contains("另一个 taizhang 正在写"), "{refused:?}");
    let free = check(folder.path(), &["a.csv", "-o", "other.json"]);
    assert_eq!(code(&free), 1, "{free:?}");
    first.kill().unwrap();
    first.wait().unwrap();
    let after = check(folder.path(), &["a.csv", "-o", "findings.json"]);
    assert_eq!(code(&after), 1, "the lock of a killed run is no obstacle: {after:?}");
}
