//! `taizhang.toml`, the environment, and who comes before whom.

use std::fs;

use crate::support::*;

/// The value that `config show` gives for a key, and where it came from.
fn shown(text: &str, key: &str) -> (String, String) {
    let line =
        text.lines().find(|line| line.starts_with(&format!("{key} = "))).unwrap_or_else(|| panic!("{key}: {text}"));
    let (value, rest) = line.split_once("  [").unwrap();
    (value[key.len() + 3..].to_owned(), rest.split_once(']').unwrap().0.to_owned())
}

#[test]
fn flags_come_before_the_environment_the_file_and_the_pack() {
    let folder = folder();
    let path = folder.path();
    fs::write(
        path.join("taizhang.toml"),
        "# 本县\nas_of = 2023-06-30\npacks = [\"xiamen\"]\nfail_on = \"never\"\n[parameters]\n高龄起点年龄 = 75\n",
    )
    .unwrap();
    let show = |flags: &[&str], variables: &[(&str, &str)]| {
        let mut command = command(path);
        command.args(["config", "show"]).args(flags).envs(variables.iter().copied());
        let output = command.output().unwrap();
        assert_eq!(code(&output), 0, "{output:?}");
        stdout(&output)
    };
    let file = show(&[], &[]);
    assert_eq!(shown(&file, "as_of"), ("2023-06-30".into(), "配置文件 taizhang.toml:2".into()));
    assert_eq!(shown(&file, "packs"), ("xiamen".into(), "配置文件 taizhang.toml:3".into()));
    assert_eq!(shown(&file, "jobs"), ("—".into(), "缺省".into()));
    let variables = [("TAIZHANG_AS_OF", "2023-09-30"), ("TAIZHANG_PACK", "shaanxi"), ("TAIZHANG_JOBS", "2")];
    let environment = show(&[], &variables);
    assert_eq!(shown(&environment, "as_of"), ("2023-09-30".into(), "环境变量 TAIZHANG_AS_OF".into()));
    assert_eq!(shown(&environment, "packs").0, "shaanxi");
    assert_eq!(shown(&environment, "jobs").0, "2");
    let flag = show(&["--as-of", "2023-12-31"], &variables);
    assert_eq!(shown(&flag, "as_of"), ("2023-12-31".into(), "命令行 --as-of".into()));
    // Parameters: the pack's value, the file's, the flag's.
    let national = show(&["--pack", "national"], &[]);
    assert_eq!(shown(&national, "最低占比"), ("20".into(), "规则包 national".into()));
    assert_eq!(shown(&national, "高龄起点年龄"), ("75".into(), "配置文件 taizhang.toml".into()));
    let flag = show(&["--pack", "national", "--param", "高龄起点年龄=70"], &[]);
    assert_eq!(shown(&flag, "高龄起点年龄"), ("70".into(), "命令行 --param".into()));
    assert!(show(&["--lang", "en"], &[]).contains("[file taizhang.toml:2]"));
}

#[test]
fn the_environment_and_the_file_decide_a_check() {
    let folder = folder();
    let path = folder.path();
    let with = |variables: &[(&str, &str)], arguments: &[&str]| {
        command(path).args(arguments).envs(variables.iter().copied()).output().unwrap()
    };
    let day = ("TAIZHANG_AS_OF", "2024-01-10");
    let report = json(&with(&[day, ("TAIZHANG_PACK", "national")], &["check", "号源.csv", "--format", "json"]));
    assert_eq!(report["run"]["as_of"], "2024-01-10");
    assert_eq!(code(&with(&[day, ("TAIZHANG_FAIL_ON", "never")], &["check", "号源.csv", "-q"])), 0);
    assert_eq!(code(&with(&[day, ("TAIZHANG_FAIL_ON", "often")], &["check", "号源.csv", "-q"])), 2);
    let english = with(&[day, ("TAIZHANG_LANG", "en"), ("TAIZHANG_SUMMARY", "line")], &["check", "号源.csv"]);
    assert!(stdout(&english).contains("violated"), "{english:?}");
    // A file elsewhere, named by flag or environment; a wrong one is not passed over.
    fs::create_dir(path.join("别处")).unwrap();
    fs::write(path.join("别处/设置.toml"), "fail_on = \"never\"\nas_of = 2024-01-10\n").unwrap();
    assert_eq!(code(&with(&[], &["check", "号源.csv", "-q", "--config", "别处/设置.toml"])), 0);
    assert_eq!(code(&with(&[("TAIZHANG_CONFIG", "别处/设置.toml")], &["check", "号源.csv", "-q"])), 0);
    assert_eq!(code(&with(&[("TAIZHANG_CONFIG", "没有.toml")], &["check", "号源.csv", "-q"])), 2);
    fs::write(path.join("taizhang.toml"), "fail_on = \"never\"\n").unwrap();
    assert_eq!(code(&with(&[day], &["check", "号源.csv", "-q"])), 0);
    assert_eq!(code(&with(&[day], &["check", "号源.csv", "-q", "--no-config"])), 1);
}

#[test]
fn headings_waivers_and_the_roster_stand_in_the_file() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("号源.csv"), SLOTS.replace("向基层开放号源数", "乙栏")).unwrap();
    let before = json(&check(path, &["号源.csv", "--format", "json"]));
    let violated = |report: &serde_json::Value| -> Vec<serde_json::Value> {
        let findings = report["findings"].as_array().unwrap().clone();
        findings
            .into_iter()
            .filter(|finding| finding["rule"] == "GJ-01/slots-share" && finding["outcome"] == "violated")
            .collect()
    };
    assert_eq!(violated(&before).len(), 0, "the heading says nothing");
    fs::write(path.join("taizhang.toml"), "[headings]\n乙栏 = \"向基层开放号源数\"\n").unwrap();
    let mapped = json(&check(path, &["号源.csv", "--format", "json"]));
    let found = violated(&mapped);
    assert_eq!(found.len(), 1);
    let waiver = |reason: &str, until: &str| {
        let finding = found[0]["fingerprint"].as_str().unwrap();
        let text = format!(
            "[headings]\n乙栏 = \"向基层开放号源数\"\n[[waiver]]\nfinding = \"{finding}\"\nreason = \"{reason}\"\nuntil = {until}\n"
        );
        fs::write(path.join("taizhang.toml"), text).unwrap();
        check(path, &["号源.csv", "--format", "json"])
    };
    let waived = waiver("系统改造", "2024-06-30");
    assert_eq!((code(&waived), &json(&waived)["follow_up"]["waived"]), (0, &1.into()));
    let lapsed = waiver("系统改造", "2024-01-09");
    assert_eq!((code(&lapsed), &json(&lapsed)["follow_up"]["lapsed"]), (1, &1.into()));
    let refused = waiver("", "2024-06-30");
    assert_eq!(code(&refused), 1);
    assert_eq!(json(&refused)["follow_up"]["refused"].as_array().unwrap().len(), 1);
    fs::write(path.join("名册.csv"), "机构名称,机构类型\n甲医院,医院\n").unwrap();
    fs::write(path.join("taizhang.toml"), "roster = [\"名册.csv\"]\n").unwrap();
    let report = json(&check(path, &["号源.csv", "--format", "json"]));
    let files = report["files"].as_array().unwrap();
    assert!(files.iter().any(|file| file["file"].as_str().unwrap().ends_with("名册.csv")), "{files:?}");
}

#[test]
fn faults_of_the_file_have_their_line_and_a_suggestion() {
    let folder = folder();
    for (text, place, help) in [
        ("packs = []\nfailon = \"error\"\n", "taizhang.toml:2:1", "fail_on"),
        ("[[waivers]]\n", "taizhang.toml:1:", "waiver"),
        ("rules = [\"C:\\规则\"]\n", "taizhang.toml:1:", "单引号"),
        ("jobs = \"many\"\n", "taizhang.toml:1:8", "jobs"),
    ] {
        fs::write(folder.path().join("taizhang.toml"), text).unwrap();
        for arguments in [&["check", "号源.csv"][..], &["config", "show"], &["rules", "list"]] {
            let output = run(folder.path(), arguments);
            let said = stderr(&output);
            assert_eq!(code(&output), 2, "{text}: {said}");
            assert!(said.contains(place) && said.contains(help) && said.contains('^'), "{text}: {said}");
        }
    }
}

#[test]
fn a_wrong_value_is_refused_with_its_place_by_a_check_and_by_what_shows_it() {
    let folder = folder();
    let path = folder.path();
    let refused = |place: &str, why: &str, variables: &[(&str, &str)], flags: &[&str]| {
        for arguments in [&["check", "号源.csv", "-q"][..], &["config", "show"]] {
            let output = command(path).args(arguments).args(flags).envs(variables.iter().copied()).output().unwrap();
            let said = stderr(&output);
            assert_eq!(code(&output), 2, "{place}: {said}");
            assert!(said.contains(place) && said.contains(why), "{place}, {why}: {said}");
        }
        assert!(!path.join("findings.xlsx").exists(), "{place}");
    };
    let file = path.join("taizhang.toml");
    for (text, place, why) in [
        ("\nfail_on = \"x\"\n", ":2:11", "只能是 error、warning"),
        ("fail_on = \"\"\n", ":1:11", "只能是 error、warning"),
        ("as_of = \"x\"\n", ":1:9", "2023-12-31"),
        ("as_of = 2023\n", ":1:9", "2023-12-31"),
        ("as_of = 2023-02-30\n", ":1:", "无法理解"),
        ("period = \"x\"\n", ":1:10", "2023Q4"),
        ("period = 2023\n", ":1:10", "period = \"2023Q4\""),
        ("each = \"files\"\n", ":1:8", "只能是 file、folder"),
        ("summary = \"short\"\n", ":1:11", "只能是 full、line、none"),
        ("lang = \"fr\"\n", ":1:8", "只能是 zh、en"),
        ("jobs = 0\n", ":1:8", "至少为 1"),
        ("jobs = -1\n", ":1:8", "jobs"),
        ("max_findings = \"many\"\n", ":1:16", "max_findings"),
        ("encoding = \"GBX\"\n", ":1:12", "没有这种编码"),
        ("packs = [\"national\", \"shanxi\"]\n", ":1:22", "shaanxi"),
        ("packs = [\"\"]\n", ":1:10", "shaanxi"),
        ("output = [\"a.xlsx\", \"b.docx\"]\n", ":1:21", "扩展名"),
        ("complete = \"yes\"\n", ":1:12", "complete"),
        ("[ledgers]\n\"a.xlsx\" = \"duty\"\n", ":2:1", "duty-roster"),
        ("[limits]\ncolumns = 5\nrow = 7\n", ":3:1", "columns"),
        ("[limits]\ncolumns = 0\n", ":2:1", "正整数"),
        ("[parameters]\n最低占比 = \"三成\"\n", ":2:1", "最低占比"),
    ] {
        fs::write(&file, text).unwrap();
        refused(
            &format!("taizhang.toml{place}"),
            why,
            &[],
            &["--as-of", "2024-01-10"][..2 * usize::from(!text.contains("as_of"))],
        );
    }
    fs::remove_file(&file).unwrap();
    for (variable, value, why) in [
        ("TAIZHANG_AS_OF", "x", "2023-12-31"),
        ("TAIZHANG_PERIOD", "x", "2023Q4"),
        ("TAIZHANG_FAIL_ON", "x", "error、warning"),
        ("TAIZHANG_SUMMARY", "x", "full、line"),
        ("TAIZHANG_JOBS", "0", "1 到 65535"),
        ("TAIZHANG_JOBS", "x", "整数"),
        ("TAIZHANG_PACK", "x", "shaanxi"),
        ("TAIZHANG_LANG", "x", "zh、en"),
    ] {
        refused(&format!("环境变量 {variable}={value}"), why, &[(variable, value)], &[]);
    }
    for (flag, value, why) in [
        ("--jobs", "0", "1 到 65535"),
        ("--each", "x", "file、folder"),
        ("--limit", "x", "名称=值"),
        ("--pack", "x", "shaanxi"),
    ] {
        refused(flag, why, &[], &[flag, value]);
    }
}

#[test]
fn what_is_right_is_shown_beside_what_is_wrong_and_an_empty_variable_says_nothing() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("taizhang.toml"), "fail_on = \"x\"\nas_of = 2023-06-30\njobs = 0\n").unwrap();
    let output = command(path).args(["config", "show"]).env("TAIZHANG_AS_OF", "").output().unwrap();
    let (text, said) = (stdout(&output), stderr(&output));
    assert_eq!(code(&output), 2);
    assert_eq!(shown(&text, "as_of"), ("2023-06-30".into(), "配置文件 taizhang.toml:2".into()));
    assert_eq!(shown(&text, "fail_on"), ("x".into(), "配置文件 taizhang.toml:1；有误".into()));
    assert!(said.contains("taizhang.toml:1:11") && said.contains("taizhang.toml:3:8"), "all that is wrong: {said}");
    fs::remove_file(path.join("taizhang.toml")).unwrap();
    let empty = command(path)
        .args(["check", "号源.csv", "--as-of", "2024-01-10", "-q"])
        .envs([("TAIZHANG_PERIOD", ""), ("TAIZHANG_FAIL_ON", ""), ("TAIZHANG_JOBS", ""), ("TAIZHANG_PACK", "")])
        .output()
        .unwrap();
    assert_eq!(code(&empty), 1, "{}", stderr(&empty));
}

#[test]
fn the_starter_is_right_whole_and_in_both_languages() {
    for lang in ["zh", "en"] {
        let folder = tempfile::tempdir().unwrap();
        let output = run(folder.path(), &["init", "--lang", lang]);
        assert_eq!(code(&output), 0, "{output:?}");
        let file = folder.path().join("taizhang.toml");
        let starter = fs::read_to_string(&file).unwrap();
        assert_eq!(code(&run(folder.path(), &["config", "show"])), 0);
        // Every key is there to be switched on; what is no key stays a comment.
        let is_setting = |line: &str| line.contains(" = ") && !line.contains('：') || line.starts_with('[');
        let on: Vec<String> = starter
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if is_setting(rest) => rest.to_owned(),
                _ => line.to_owned(),
            })
            .collect();
        fs::write(&file, on.join("\r\n")).unwrap();
        fs::create_dir(folder.path().join("rules-local")).unwrap();
        fs::write(folder.path().join("map.toml"), "[headings]\n").unwrap();
        let output = run(folder.path(), &["config", "show"]);
        assert_eq!(code(&output), 0, "{output:?}\n{}", on.join("\n"));
        let text = stdout(&output);
        for key in ["packs", "as_of", "status", "since_manifest", "headings", "waiver", "ledgers"] {
            assert!(shown(&text, key).1.contains("taizhang.toml"), "{key}: {text}");
        }
        assert_eq!(code(&run(folder.path(), &["init"])), 2, "a second one is refused");
    }
}

#[test]
fn hostile_files_are_refused_and_never_hang() {
    let folder = folder();
    let path = folder.path().join("taizhang.toml");
    let deep = format!("packs = {}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for bytes in [&b"\xff\xfe\x00"[..], b"\0\0\0", b"= = =", deep.as_bytes(), &vec![b'x'; 9 << 20]] {
        fs::write(&path, bytes).unwrap();
        let output = check(folder.path(), &["号源.csv"]);
        assert_eq!(code(&output), 2, "{}", stderr(&output).chars().take(300).collect::<String>());
    }
    fs::create_dir_all(folder.path().join("rules/a")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path(), folder.path().join("rules/a/up")).unwrap();
    fs::write(&path, "rules = [\"rules\"]\nmap = \"/dev/zero\"\n").unwrap();
    assert_eq!(code(&check(folder.path(), &["号源.csv", "-q"])), 2);
    fs::write(&path, "min_evaluated = 18446744073709551615\n").unwrap();
    assert_eq!(code(&check(folder.path(), &["号源.csv", "-q"])), 4, "so much is never judged");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(code(&check(folder.path(), &["号源.csv", "-q"])), 1, "a folder of that name is no configuration");
}

#[test]
fn a_parameter_that_no_pack_has_is_refused_and_one_of_another_pack_is_told() {
    let folder = folder();
    let path = folder.path();
    let with = |parameter: &str, more: &[&str]| {
        let mut command = command(path);
        command
            .args(["check", "号源.csv", "--as-of", "2024-01-10", "--pack", "national", "--param", parameter])
            .args(more);
        command.output().unwrap()
    };
    let unknown = with("最低占此=30", &[]);
    assert_eq!((code(&unknown), stdout(&unknown)), (2, String::new()), "{unknown:?}");
    assert!(
        stderr(&unknown).contains("--param 最低占此=30：没有名为“最低占此”的参数；是不是想写“最低占比”？"),
        "{unknown:?}"
    );
    let wrong = with("最低占比=三成", &["--lang", "en"]);
    assert_eq!(code(&wrong), 2);
    assert!(stderr(&wrong).contains("the parameter `最低占比` must be a number"), "{wrong:?}");
    // One file of settings may serve several regions.
    fs::write(path.join("taizhang.toml"), "[parameters]\n优势专科上限 = 12\n没有的 = 1\n").unwrap();
    let filed = with("最低占比=20", &[]);
    assert_eq!(code(&filed), 2);
    let said = stderr(&filed);
    assert!(said.contains("taizhang.toml:3:1") && said.contains("没有名为“没有的”的参数"), "{filed:?}");
    fs::remove_file(path.join("taizhang.toml")).unwrap();
    let plain = with("最低占比=20", &[]);
    let other = with("优势专科上限=3", &[]);
    assert_eq!(code(&other), code(&plain));
    assert!(stdout(&other).contains("本次没有采用，设置不起作用"), "{other:?}");
}
