//! Runs the real binary in temporary folders and looks at what a user would notice.

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

const SLOTS: &str = "\
门诊号源开放情况统计表（2023年第四季度）,,,
填报单位：渭南市临渭区卫生健康局,,,
医院名称,是否牵头医院,门诊号源总数,向基层开放号源数
甲医院,是,1000,200
乙医院,是,1000,199
丙医院,否,1000,0
丁医院,是,,100
合计,,3000,499
";

fn taizhang(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::cargo_bin("taizhang").unwrap();
    command.current_dir(folder).env_remove("TAIZHANG_LANG").env("COLUMNS", "80").args(arguments);
    command.output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("the program ends by itself")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    })
}

/// Findings of one measure with the given outcome, leaving advice aside.
fn findings<'a>(report: &'a Value, measure: &str, outcome: &str) -> Vec<&'a Value> {
    let all = report["findings"].as_array().unwrap();
    let answers = |finding: &&Value| {
        finding["measure"] == measure
            || finding["also"].as_array().is_some_and(|also| also.iter().any(|id| id == measure))
    };
    all.iter()
        .filter(answers)
        .filter(|finding| finding["outcome"] == outcome && finding["severity"] != "advice")
        .collect()
}

#[test]
fn a_share_of_exactly_the_threshold_passes_and_a_blank_cell_is_undetermined() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("号源.csv"), SLOTS).unwrap();
    let output = taizhang(folder.path(), &["check", "号源.csv", "--as-of", "2024-01-10", "--format", "json"]);
    assert_eq!(code(&output), 1);
    let report = json(&output);
    let violated = findings(&report, "GJ-01", "violated");
    let share: Vec<&&Value> = violated.iter().filter(|finding| finding["row"] == 5).collect();
    assert_eq!(share.len(), 1, "{violated:#?}");
    assert_eq!(violated.len(), 1, "{violated:#?}");
    assert_eq!(share[0]["unit"], "乙医院");
    assert_eq!(share[0]["cell"], "D5");
    assert_eq!(share[0]["measure"], "SX-01", "Weinan is in Shaanxi, whose measure takes over the national one");
    let undetermined = findings(&report, "GJ-01", "undetermined");
    assert!(undetermined.iter().any(|finding| finding["row"] == 7 && finding["cell"] == "C7"), "{undetermined:#?}");
    assert!(!folder.path().join("findings.xlsx").exists(), "--format alone writes no workbook");
}

#[test]
fn the_same_table_in_gb18030_gives_the_same_findings() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("号源.csv"), SLOTS).unwrap();
    let utf8 = json(&taizhang(folder.path(), &["check", "号源.csv", "--as-of", "2024-01-10", "--format", "json"]));
    let (bytes, _, _) = encoding_rs::GB18030.encode(SLOTS);
    fs::write(folder.path().join("号源.csv"), bytes).unwrap();
    let gb = json(&taizhang(folder.path(), &["check", "号源.csv", "--as-of", "2024-01-10", "--format", "json"]));
    assert_eq!(utf8["findings"], gb["findings"]);
    assert_ne!(utf8["files"], gb["files"], "the encoding is reported");
}

#[test]
fn a_register_in_one_file_serves_a_roster_in_another() {
    let folder = tempfile::tempdir().unwrap();
    let register =
        "机构名称,机构类型,是否脱贫县\n甲镇卫生院,乡镇卫生院,否\n乙镇卫生院,乡镇卫生院,否\n丙村卫生室,村卫生室,否\n";
    let mut roster = "机构名称,值守日期,医师姓名,职称,值守方式\n".to_owned();
    for day in 6..=10 {
        roster.push_str(&format!("甲镇卫生院,2023-11-{day:02},王某,主治医师,现场\n"));
    }
    fs::write(folder.path().join("机构名册.csv"), register).unwrap();
    fs::write(folder.path().join("值守排班.csv"), roster).unwrap();
    let arguments = ["check", ".", "--as-of", "2023-12-01", "--period", "2023-11-06..2023-11-12", "--format", "json"];
    let report = json(&taizhang(folder.path(), &arguments));
    let violated = findings(&report, "GJ-02", "violated");
    let units: Vec<&str> = violated
        .iter()
        .filter(|finding| finding["period"] == "2023-W45")
        .filter_map(|finding| finding["unit"].as_str())
        .collect();
    assert_eq!(units, ["乙镇卫生院"], "{violated:#?}");
    assert!(violated[0]["row"].is_null(), "an institution without any record has no row");
    let beside = (&violated[0]["file"], &violated[0]["related"][0]["file"], &violated[0]["related"][0]["row"]);
    assert_eq!(
        beside,
        (&"./值守排班.csv".into(), &"./机构名册.csv".into(), &3.into()),
        "its row of the register is named"
    );
    assert_eq!(violated[0]["record"]["机构名称"], "乙镇卫生院");
    let says_unread = |report: &Value| report["notes"].to_string().contains("未能读取");
    assert!(!says_unread(&report), "all was read");
    fs::write(folder.path().join("通讯录.csv"), "部门,分机\n办公室,1\n财务科,2\n").unwrap();
    let doubtful = json(&taizhang(folder.path(), &arguments));
    assert!(says_unread(&doubtful), "what was not read may hold the missing records: {:?}", doubtful["notes"]);
    fs::remove_file(folder.path().join("通讯录.csv")).unwrap();
    let apart = json(&taizhang(folder.path(), &[&arguments[..], &["--each", "file"]].concat()));
    assert!(findings(&apart, "GJ-02", "violated").is_empty(), "alone, the roster cannot show absentees");
}

#[test]
fn a_register_far_below_a_roster_on_the_same_sheet_serves_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut sheet = "机构名称,值守日期,医师姓名,职称,值守方式\n".to_owned();
    // So many that the rules are chosen before the end of the sheet is read.
    for number in 0..70_000 {
        sheet.push_str(&format!("甲镇卫生院,2023-11-{:02},王{number},主治医师,现场\n", 6 + number % 5));
    }
    sheet.push_str(
        "\n机构名册,,,,\n机构名称,机构类型,是否脱贫县,,\n甲镇卫生院,乡镇卫生院,否,,\n乙镇卫生院,乡镇卫生院,否,,\n",
    );
    fs::write(folder.path().join("值守排班.csv"), sheet).unwrap();
    let arguments = ["check", ".", "--as-of", "2023-12-01", "--period", "2023-11-06..2023-11-12", "--format", "json"];
    let report = json(&taizhang(folder.path(), &arguments));
    let kinds: Vec<&Value> =
        report["files"][0]["sheets"][0]["tables"].as_array().unwrap().iter().map(|table| &table["kind"]).collect();
    assert_eq!(kinds, ["duty-roster", "institution"]);
    let violated = findings(&report, "GJ-02", "violated");
    let units: Vec<&str> = violated
        .iter()
        .filter(|finding| finding["period"] == "2023-W45")
        .filter_map(|finding| finding["unit"].as_str())
        .collect();
    assert_eq!(units, ["乙镇卫生院"], "{violated:#?}");
}

#[test]
fn a_title_names_the_region_and_what_the_run_wrote_itself_is_no_input() {
    let folder = tempfile::tempdir().unwrap();
    let text = "绥化市某县家庭病床登记,,\n填报单位：某县卫生健康局,,\n姓名,病种,建床日期\n张三,高血压,2024-06-01\n";
    fs::write(folder.path().join("台账.csv"), text).unwrap();
    let output = taizhang(folder.path(), &["check", ".", "--as-of", "2024-12-31", "-o", "a.xlsx", "-o", "a.json"]);
    let report: Value = serde_json::from_slice(&fs::read(folder.path().join("a.json")).unwrap()).unwrap();
    let packs: Vec<&str> = report["packs"].as_array().unwrap().iter().filter_map(|pack| pack["id"].as_str()).collect();
    assert!(packs.contains(&"heilongjiang"), "{packs:?}");
    assert!(!stdout(&output).contains(".taizhang-"), "{}", stdout(&output));
}

#[test]
fn a_bad_file_is_named_and_the_others_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("号源.csv"), SLOTS).unwrap();
    fs::write(folder.path().join("损坏.xlsx"), b"PK\x03\x04 this is not a workbook").unwrap();
    fs::write(folder.path().join("空.csv"), b"").unwrap();
    fs::write(folder.path().join("通讯录.csv"), "部门,分机\n办公室,1\n财务科,2\n").unwrap();
    let output = taizhang(folder.path(), &["check", ".", "--as-of", "2024-01-10", "--format", "json"]);
    assert_eq!(code(&output), 3);
    let report = json(&output);
    assert!(!findings(&report, "GJ-01", "violated").is_empty());
    let faulty: Vec<&str> = report["files"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|file| !file["faults"].as_array().unwrap().is_empty())
        .filter_map(|file| file["file"].as_str())
        .collect();
    assert_eq!(faulty.len(), 3, "{faulty:?}");
    let text = stdout(&taizhang(folder.path(), &["check", ".", "--as-of", "2024-01-10"]));
    for name in ["损坏.xlsx", "空.csv", "通讯录.csv"] {
        assert!(text.contains(name), "{name} is not named:\n{text}");
    }
}

#[test]
fn a_run_that_judged_nothing_is_not_green() {
    let folder = tempfile::tempdir().unwrap();
    let output = taizhang(folder.path(), &["check", "."]);
    assert_eq!(code(&output), 4, "{}", stdout(&output));
    let missing = taizhang(folder.path(), &["check", "没有这个文件.xlsx"]);
    assert_eq!(code(&missing), 3);
    assert!(stdout(&missing).contains("没有这个文件.xlsx"));
}

#[test]
fn an_earlier_list_tells_new_persisting_fixed_and_waived_findings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("号源.csv");
    let arguments = ["check", "号源.csv", "--as-of", "2024-01-10"];
    fs::write(&path, SLOTS).unwrap();
    taizhang(folder.path(), &[&arguments[..], &["-o", "上次.xlsx", "--quiet"]].concat());
    let follow = |previous: &str, more: &[&str]| {
        taizhang(folder.path(), &[&arguments[..], &["--previous", previous, "--format", "json"], more].concat())
    };
    // Nothing changed: everything persists, and nothing is new.
    let same = follow("上次.xlsx", &["--fail-on", "new"]);
    assert_eq!(code(&same), 0);
    let report = json(&same);
    assert_eq!(report["follow_up"]["new"], 0);
    assert!(report["follow_up"]["persisting"].as_u64().unwrap() > 0);
    // The share is raised in one hospital and drops in another.
    let changed = SLOTS.replace("1000,199", "1000,210").replace("1000,200", "1000,150").replace("3000,499", "3000,460");
    fs::write(&path, changed).unwrap();
    let changed = follow("上次.xlsx", &["--fail-on", "new"]);
    assert_eq!(code(&changed), 1);
    let report = json(&changed);
    assert_eq!(report["follow_up"]["new"], 1);
    assert_eq!(report["follow_up"]["fixed"].as_array().unwrap().len(), 1);
    // A waiver with a reason holds until its date.
    let violated = findings(&report, "GJ-01", "violated")[0];
    let fingerprint = violated["fingerprint"].as_str().unwrap();
    let list = |reason: &str| format!("问题编号,问题,情况说明,豁免至\n{fingerprint},,{reason},2024-03-31\n");
    fs::write(folder.path().join("豁免.csv"), list("系统改造")).unwrap();
    let waived = follow("豁免.csv", &[]);
    assert_eq!(code(&waived), 0);
    assert_eq!(json(&waived)["follow_up"]["waived"], 1);
    fs::write(folder.path().join("豁免.csv"), list("")).unwrap();
    let refused = follow("豁免.csv", &[]);
    assert_eq!(code(&refused), 1);
    assert_eq!(json(&refused)["follow_up"]["refused"].as_array().unwrap().len(), 1);
    let wrong = follow("号源.csv", &[]);
    assert_eq!(code(&wrong), 2);
    assert!(stderr(&wrong).contains("问题编号"), "{}", stderr(&wrong));
}

#[test]
fn the_follow_up_sheet_names_what_was_fixed_and_adds_up_three_runs() {
    use calamine::Reader;
    let folder = tempfile::tempdir().unwrap();
    let run = |text: &str, as_of: &str, target: &str, previous: &[&str]| -> Vec<Vec<String>> {
        fs::write(folder.path().join("号源.csv"), text).unwrap();
        let previous: Vec<&str> = previous.iter().flat_map(|file| ["--previous", file]).collect();
        let arguments = [&["check", "号源.csv", "--as-of", as_of, "-o", target, "--quiet"][..], &previous].concat();
        taizhang(folder.path(), &arguments);
        let mut book: calamine::Xlsx<_> = calamine::open_workbook(folder.path().join(target)).unwrap();
        let Ok(sheet) = book.worksheet_range("整改对照") else { return Vec::new() };
        sheet.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
    };
    assert_eq!(run(SLOTS, "2024-01-10", "一.xlsx", &[]), Vec::<Vec<String>>::new());
    // One hospital mends its share, two others fall below theirs.
    let worse = SLOTS
        .replace("1000,199", "1000,210")
        .replace("1000,200", "1000,150")
        .replace("丁医院,是,,100", "丁医院,是,1000,100");
    let second = run(&worse, "2024-02-10", "二.xlsx", &["一.xlsx"]);
    let holds = |rows: &[Vec<String>], text: &str| rows.iter().flatten().filter(|cell| cell.contains(text)).count();
    assert!(holds(&second, "乙医院") > 0 && holds(&second, "甲医院") == 0, "{second:?}");
    let third = run(SLOTS, "2024-03-10", "三.xlsx", &["一.xlsx", "二.xlsx"]);
    let trend: Vec<[&str; 2]> =
        third.iter().filter(|row| row[0].starts_with("2024-")).map(|row| [row[0].as_str(), row[1].as_str()]).collect();
    assert_eq!(trend, [["2024-01-10", "1"], ["2024-02-10", "2"], ["2024-03-10", "1"]], "{third:?}");
}

#[test]
fn two_reports_are_compared_by_fingerprint() {
    let folder = tempfile::tempdir().unwrap();
    let check = |as_of: &str, name: &str| {
        taizhang(folder.path(), &["check", "号源.csv", "--as-of", as_of, "--period", "2023Q4", "-o", name, "--quiet"])
    };
    fs::write(folder.path().join("号源.csv"), SLOTS).unwrap();
    check("2024-01-10", "a.xlsx");
    check("2024-01-10", "a.json");
    let changed = SLOTS.replace("1000,199", "1000,210").replace("1000,200", "1000,150").replace("3000,499", "3000,460");
    fs::write(folder.path().join("号源.csv"), changed).unwrap();
    check("2024-01-20", "b.xlsx");
    check("2024-01-20", "b.json");
    // Workbooks and JSON reports tell the same.
    for (before, after) in [("a.json", "b.json"), ("a.xlsx", "b.xlsx"), ("a.xlsx", "b.json")] {
        let output = taizhang(folder.path(), &["compare", before, after, "--format", "json"]);
        assert_eq!(code(&output), 1, "{}", stderr(&output));
        let difference = json(&output);
        assert_eq!(difference["total"]["new"], 1, "{difference:#}");
        assert_eq!(difference["total"]["fixed"], 1, "{difference:#}");
        assert_eq!(difference["after"]["as_of"], "2024-01-20");
        let first = &difference["findings"][0];
        assert_eq!(
            (&first["change"], &first["measure"], &first["unit"]),
            (&"new".into(), &"SX-01".into(), &"甲医院".into())
        );
    }
    let same = taizhang(folder.path(), &["compare", "a.json", "a.xlsx"]);
    assert_eq!(code(&same), 0);
    assert!(stdout(&same).contains("新增 0"), "{}", stdout(&same));
    let text =
        stdout(&taizhang(folder.path(), &["compare", "a.json", "b.json", "--format", "markdown", "--lang", "en"]));
    assert!(text.contains("| new |") && text.contains("SX-01"), "{text}");
    let wrong = taizhang(folder.path(), &["compare", "a.json", "号源.csv"]);
    assert_eq!(code(&wrong), 2);
    // Several earlier reports: the latest is followed up.
    let arguments = ["check", "号源.csv", "--as-of", "2024-01-30", "--period", "2023Q4", "--format", "json"];
    let both =
        json(&taizhang(folder.path(), &[&arguments[..], &["--previous", "b.xlsx", "--previous", "a.json"]].concat()));
    assert_eq!(both["follow_up"]["new"], 0);
    assert!(both["follow_up"]["fixed"].as_array().unwrap().is_empty());
}

#[test]
fn wrong_usage_is_refused_with_what_to_write() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("号源.csv"), SLOTS).unwrap();
    for (arguments, expected) in [
        (&["check", "号源.csv", "--as-of", "昨天"][..], "2023-12-31"),
        (&["check", "号源.csv", "--period", "2023Q5"], "2023Q4"),
        (&["check", "号源.csv", "--pack", "shanxi"], "shaanxi"),
        (&["check", "号源.csv", "--ledger", "号源.csv=slots"], "appointment-slots"),
        (&["check", "号源.csv", "--format", "pdf"], "json"),
        (&["check", "号源.csv", "-o", "结果.doc"], "xlsx"),
        (&["check"], "PATH"),
    ] {
        let output = taizhang(folder.path(), arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn a_pack_with_a_fault_is_refused_with_its_place_and_the_rest_runs() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("号源.csv"), SLOTS).unwrap();
    let rules = folder.path().join("rules/national");
    fs::create_dir_all(&rules).unwrap();
    let rule = "[[rule]]\nid = \"GJ-01/local\"\nmeasure = \"GJ-01\"\nseverity = \"error\"\nledger = \"appointment-slots\"\n\
        title = { zh = \"甲\", en = \"a\" }\nrequire = \"门诊号源总量 > 0\"\nrequired = { zh = \"甲\", en = \"a\" }\n\
        message = { zh = \"甲\", en = \"a\" }\nfix = { zh = \"甲\", en = \"a\" }\ncolour = \"red\"\n";
    fs::write(rules.join("local.toml"), rule).unwrap();
    let arguments = ["check", "号源.csv", "--rules", "rules", "--as-of", "2024-01-10"];
    let output = taizhang(folder.path(), &arguments);
    assert_eq!(code(&output), 4);
    let text = stdout(&output) + &stderr(&output);
    assert!(text.contains("local.toml:11:1"), "{text}");
    assert!(text.contains("colour"), "{text}");
    assert!(stdout(&output).contains("规则包有误，出错的规则没有执行\n national/local.toml:11:1"), "{text}");
    fs::write(rules.join("local.toml"), rule.replace("colour = \"red\"\n", "")).unwrap();
    let output = taizhang(folder.path(), &arguments);
    let text = stdout(&output) + &stderr(&output);
    assert_eq!(code(&output), 4);
    assert!(text.contains("local.toml:7:"), "{text}");
    assert!(text.contains("门诊号源总数"), "the nearest field is suggested: {text}");
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("号源.csv"), SLOTS).unwrap();
    let run = |name: &str| {
        let output = taizhang(folder.path(), &["check", "号源.csv", "--as-of", "2024-01-10", "-o", name, "--quiet"]);
        assert!(stdout(&output).is_empty());
        fs::read(folder.path().join(name)).unwrap()
    };
    let first = run("甲.xlsx");
    fs::remove_file(folder.path().join("甲.xlsx")).unwrap();
    assert_eq!(first, run("甲.xlsx"));
}

#[test]
fn the_configuration_is_found_and_typed_options_come_first() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("号源.csv"), SLOTS).unwrap();
    fs::write(folder.path().join("taizhang.toml"), "packs = [\"national\"]\nas_of = 2024-01-10\nfail_on = \"never\"\n")
        .unwrap();
    let output = taizhang(folder.path(), &["check", "号源.csv", "--format", "json"]);
    assert_eq!(code(&output), 0);
    let report = json(&output);
    assert_eq!(report["run"]["as_of"], "2024-01-10");
    assert_eq!(findings(&report, "GJ-01", "violated")[0]["measure"], "GJ-01");
    let typed = taizhang(folder.path(), &["check", "号源.csv", "--format", "json", "--fail-on", "error"]);
    assert_eq!(code(&typed), 1);
    fs::write(folder.path().join("taizhang.toml"), "pack = \"national\"\n").unwrap();
    let refused = taizhang(folder.path(), &["check", "号源.csv"]);
    assert_eq!(code(&refused), 2);
    assert!(stderr(&refused).contains("taizhang.toml:1:1"), "{}", stderr(&refused));
}

#[test]
fn a_filled_template_comes_back_without_mapping_questions() {
    let folder = tempfile::tempdir().unwrap();
    let output =
        taizhang(folder.path(), &["template", "appointment-slots", "duty-roster", "-o", "空白.xlsx", "--rows", "5"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let read = json(&taizhang(folder.path(), &["inspect", "空白.xlsx", "--format", "json"]));
    let sheets = read["files"][0]["sheets"].as_array().unwrap();
    let kinds: Vec<&str> = sheets.iter().filter_map(|sheet| sheet["tables"][0]["kind"].as_str()).collect();
    assert_eq!(kinds, ["appointment-slots", "duty-roster"]);
    for heading in sheets.iter().flat_map(|sheet| sheet["tables"][0]["headings"].as_array().unwrap()) {
        assert_eq!(heading["confidence"], 100, "{heading}");
    }
}

#[test]
fn every_rule_passes_its_own_cases() {
    let folder = tempfile::tempdir().unwrap();
    let output = taizhang(folder.path(), &["rules", "test"]);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
}

#[test]
fn the_table_of_rules_in_the_readme_is_true() {
    let folder = tempfile::tempdir().unwrap();
    let table = stdout(&taizhang(folder.path(), &["rules", "list", "--format", "markdown", "--lang", "en"]));
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let begin = "<!-- rules: begin (taizhang rules list --format markdown --lang en) -->\n";
    let (_, rest) = readme.split_once(begin).expect("the README has a table of rules");
    let (written, _) = rest.split_once("<!-- rules: end -->").expect("the table ends");
    assert_eq!(written.trim(), table.trim());
}

#[test]
fn help_speaks_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    assert!(stdout(&taizhang(folder.path(), &["--help"])).contains("台账核查"));
    assert!(stdout(&taizhang(folder.path(), &["check", "--help", "--lang", "en"])).contains("review date"));
    assert!(stdout(&taizhang(folder.path(), &["--version"])).starts_with("taizhang "));
}

#[test]
fn inspect_shows_a_picture_with_marked_rows_and_no_names() {
    let folder = tempfile::tempdir().unwrap();
    let text = "某县值守排班表（2023年第四季度）,,,\n填报单位：某县卫健局　填表人：欧阳震华,,,\n机构名称,值守日期,医师姓名,职称\n\
                城关镇卫生院,2023.12.4,欧阳震华,主治医师\n合计,,1,\n注：以上均为现场值守,,,\n";
    fs::write(folder.path().join("排班.csv"), text).unwrap();
    let shown = stdout(&taizhang(folder.path(), &["inspect", "排班.csv"]));
    for line in [
        "标题          1 某县值守排班表",
        "表头          3 机构名称",
        "数据          4 城关镇卫生院│2023.12.4",
        "合计行        5",
        "注释          6 注：",
    ] {
        assert!(shown.contains(line), "{line}:\n{shown}");
    }
    assert!(!shown.contains("欧阳震华"), "{shown}");
    assert!(shown.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 80), "{shown}");
    let read = json(&taizhang(folder.path(), &["inspect", "排班.csv", "--format", "json"]));
    let picture = read["files"][0]["sheets"][0]["picture"].as_array().unwrap();
    let marks: Vec<&str> = picture.iter().map(|row| row["mark"].as_str().unwrap()).collect();
    assert_eq!(marks, ["title", "title", "heading", "data", "total", "note"]);
    assert!(!read.to_string().contains("欧阳震华"));
    // Each value that was not read literally says where it stood and what became of it.
    assert!(shown.contains("日期的其他写法 × 1：B4 2023.12.4 → 2023-12-04"), "{shown}");
    let fields = read["files"][0]["sheets"][0]["tables"][0]["fields"].as_array().unwrap().clone();
    let date = fields.iter().find(|field| field["field"] == "值守日期").unwrap();
    assert_eq!(date["converted"][0]["to"], "2023-12-04");
    // A check reports findings, not the ledger.
    let checked = json(&taizhang(folder.path(), &["check", "排班.csv", "--format", "json", "--fail-on", "never"]));
    assert!(checked["files"][0]["sheets"][0].get("picture").is_none());
}

#[test]
fn a_drafted_mapping_comes_back_through_map() {
    let folder = tempfile::tempdir().unwrap();
    let text = "机构名称,值守日子,坐诊大夫,职称,备用列\n城关镇卫生院,2023-12-04,张某,主治医师,x\n";
    fs::write(folder.path().join("排班.csv"), text).unwrap();
    let inspect = ["inspect", "排班.csv", "--ledger", "排班.csv=duty-roster", "--format", "json"];
    let drafted = taizhang(folder.path(), &[&inspect[..], &["--write-map", "对应.toml"]].concat());
    assert_eq!(code(&drafted), 0, "{}", stderr(&drafted));
    let draft = fs::read_to_string(folder.path().join("对应.toml")).unwrap();
    assert!(draft.contains("\n\"机构名称\" = \"机构名称\"") && draft.contains("# \"备用列\" = \"\""), "{draft}");
    // A person settles what was open.
    let settled = draft.replace("# \"备用列\" = \"\"", "\"备用列\" = \"专业类别\"");
    fs::write(folder.path().join("对应.toml"), settled).unwrap();
    let read = json(&taizhang(folder.path(), &[&inspect[..], &["--map", "对应.toml"]].concat()));
    let headings = read["files"][0]["sheets"][0]["tables"][0]["headings"].as_array().unwrap().clone();
    let find = |text: &str| headings.iter().find(|heading| heading["heading"] == text).unwrap().clone();
    assert_eq!((&find("备用列")["field"], &find("备用列")["match"]), (&"专业类别".into(), &"given".into()));
    assert_eq!(find("机构名称")["match"], "given");
    // What somebody may have worked on is never written over.
    let again = taizhang(folder.path(), &[&inspect[..], &["--write-map", "对应.toml"]].concat());
    assert_eq!(code(&again), 2);
}

#[test]
fn bounds_of_reading_are_raised_and_lowered_by_name() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("号源.csv"), SLOTS).unwrap();
    let read = |arguments: &[&str]| {
        json(&taizhang(folder.path(), &[&["inspect", "号源.csv", "--format", "json"][..], arguments].concat()))
    };
    let fault = read(&["--limit", "columns=3"])["files"][0]["faults"][0].clone();
    assert_eq!(fault["kind"], "limit-exceeded");
    assert!(fault["advice"].as_str().unwrap().contains("--limit columns="), "{fault}");
    fs::write(folder.path().join("taizhang.toml"), "[limits]\ncolumns = 3\n").unwrap();
    assert_eq!(read(&[])["files"][0]["faults"][0]["kind"], "limit-exceeded");
    assert_eq!(read(&["--limit", "columns=4"])["files"][0]["faults"], Value::Array(Vec::new()));
    let unknown = taizhang(folder.path(), &["check", "号源.csv", "--limit", "rows=3"]);
    assert_eq!(code(&unknown), 2);
    assert!(stderr(&unknown).contains("held-bytes"), "{}", stderr(&unknown));
}

#[test]
fn the_encoding_can_be_given() {
    let folder = tempfile::tempdir().unwrap();
    let (bytes, _, _) = encoding_rs::BIG5.encode("醫院名稱,號源總數\n甲,1\n");
    fs::write(folder.path().join("a.csv"), &bytes).unwrap();
    let read = json(&taizhang(folder.path(), &["inspect", "a.csv", "--encoding", "Big5", "--format", "json"]));
    assert_eq!(read["files"][0]["encoding"], "Big5");
    let refused = taizhang(folder.path(), &["inspect", "a.csv", "--encoding", "klingon", "--format", "json"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("--encoding klingon：没有这种编码"), "{said}");
}

#[test]
fn a_column_too_doubtful_to_use_is_the_reason_and_a_note_counts_the_doubts() {
    let folder = tempfile::tempdir().unwrap();
    // Two columns claim the same field with the same right and hold different things.
    let text = "\
门诊号源开放情况统计表（2023年第四季度）,,,,
填报单位：渭南市临渭区卫生健康局,,,,
医院名称,是否牵头医院,门诊号源总数,向基层开放号源数,向基层开放号源数
甲医院,是,1000,200,10
乙医院,是,1000,199,12
";
    fs::write(folder.path().join("号源.csv"), text).unwrap();
    let output =
        taizhang(folder.path(), &["check", "号源.csv", "--format", "json", "--as-of", "2024-01-20", "--quiet"]);
    let report = json(&output);
    let undetermined = findings(&report, "GJ-01", "undetermined");
    let reasons: Vec<&str> = undetermined.iter().filter_map(|finding| finding["reason"]["code"].as_str()).collect();
    assert!(reasons.contains(&"column-doubtful"), "{reasons:?}");
    assert!(findings(&report, "GJ-01", "violated").is_empty(), "no column was taken");
    let notes = report["notes"].to_string();
    assert!(notes.contains("不够确定"), "{notes}");
}

#[test]
fn coverage_fails_where_a_measure_to_be_judged_has_no_rule() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(code(&taizhang(folder.path(), &["rules", "coverage"])), 0);
    let pack = folder.path().join("rules/mine");
    fs::create_dir_all(&pack).unwrap();
    let text = r#"[pack]
id = "mine"
name = { zh = "本县", en = "Ours" }
document = { zh = "本县办法", en = "Our rules" }
number = "本县〔2024〕1号"
extends = ["national"]

[[measure]]
id = "BX-01"
class = "CLASS"
clause = "一"
title = { zh = "没有规则的举措", en = "A measure without a rule" }
demand = { zh = "每月巡查一次", en = "An inspection every month" }
reason = { zh = "以材料核查", en = "Shown by documents" }
"#;
    for (class, expected) in [("rule", 1), ("narrative", 0)] {
        let text = text.replace("CLASS", class);
        // Only what no ledger shows has a reason.
        let text = if class == "rule" { text.replace("reason = ", "# ") } else { text };
        fs::write(pack.join("pack.toml"), text).unwrap();
        let output = taizhang(folder.path(), &["rules", "coverage", "--rules", "rules"]);
        assert_eq!(code(&output), expected, "{class}: {}{}", stdout(&output), stderr(&output));
        assert!(stdout(&output).contains("BX-01"), "{}", stdout(&output));
    }
}
