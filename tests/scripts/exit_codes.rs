//! Every exit code and every gate, as a script sees them.

use std::fs;

use crate::support::*;

/// A violated warning (a negative count), no error.
const WARNING: &str = "医院名称,是否牵头医院,门诊号源总数,向基层开放号源数\n甲医院,否,-5,0\n";

#[test]
fn each_exit_code_says_what_the_readme_says() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("好.csv"), GOOD_SLOTS).unwrap();
    fs::write(path.join("坏.xlsx"), b"PK\x03\x04").unwrap();
    assert_eq!(code(&check(path, &["好.csv", "-q"])), 0);
    assert_eq!(code(&check(path, &["号源.csv", "-q"])), 1);
    assert_eq!(code(&check(path, &["号源.csv", "--fail-on", "sometimes"])), 2);
    assert_eq!(code(&check(path, &["好.csv", "坏.xlsx", "-q"])), 3);
    assert_eq!(
        code(&check(path, &["号源.csv", "坏.xlsx", "-q"])),
        3,
        "an unreadable input weighs more than violations"
    );
    assert_eq!(code(&check(path, &["好.csv", "-q", "--min-evaluated", "1000"])), 4);
    assert_eq!(code(&check(path, &["号源.csv", "-q", "--min-evaluated", "1000"])), 4);
    fs::create_dir(path.join("空文件夹")).unwrap();
    assert_eq!(code(&check(path, &["空文件夹", "-q"])), 4, "nothing was judged");
    assert_eq!(code(&check(path, &["空文件夹", "-q", "--fail-on", "never"])), 4);
    assert_eq!(code(&run(path, &["--version"])), 0);
    assert_eq!(code(&run(path, &["--help"])), 0);
    assert_eq!(code(&run(path, &["chekc"])), 2);
    assert_eq!(code(&run(path, &["inspect", "坏.xlsx"])), 3);
    assert_eq!(code(&run(path, &["rules", "explain", "没有"])), 2);
}

#[test]
fn fail_on_decides_what_fails() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("警告.csv"), WARNING).unwrap();
    fs::write(
        path.join("未填.csv"),
        "医院名称,是否牵头医院,门诊号源总数,向基层开放号源数\n甲医院,是,,200\n乙医院,是,100,20\n",
    )
    .unwrap();
    for (file, level, expected) in [
        ("号源.csv", "error", 1),
        ("号源.csv", "warning", 1),
        ("号源.csv", "advice", 1),
        ("号源.csv", "undetermined", 1),
        ("号源.csv", "new", 1),
        ("号源.csv", "never", 0),
        ("警告.csv", "error", 0),
        ("警告.csv", "warning", 1),
        ("未填.csv", "error", 0),
        ("未填.csv", "warning", 0),
        ("未填.csv", "undetermined", 1),
        ("未填.csv", "never", 0),
    ] {
        let output = check(path, &[file, "--fail-on", level, "--summary", "line"]);
        assert_eq!(code(&output), expected, "{file} --fail-on {level}: {output:?}");
    }
    check(path, &["号源.csv", "-q", "-o", "上次.xlsx"]);
    let known = check(path, &["号源.csv", "-q", "--fail-on", "new", "--previous", "上次.xlsx"]);
    assert_eq!(code(&known), 0, "nothing is new against the same list");
}

#[test]
fn advice_fails_only_where_advice_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules/national");
    fs::create_dir_all(&rules).unwrap();
    let rule = "[[rule]]\nid = \"GJ-01/more\"\nmeasure = \"GJ-01\"\nseverity = \"advice\"\nledger = \"appointment-slots\"\n\
        title = { zh = \"甲\", en = \"a\" }\nrequire = \"门诊号源总数 > 5000\"\nrequired = { zh = \"甲\", en = \"a\" }\n\
        message = { zh = \"甲\", en = \"a\" }\nfix = { zh = \"甲\", en = \"a\" }\n";
    fs::write(rules.join("local.toml"), rule).unwrap();
    fs::write(folder.path().join("好.csv"), GOOD_SLOTS).unwrap();
    let with = |level| code(&check(folder.path(), &["好.csv", "-q", "--rules", "rules", "--fail-on", level]));
    assert_eq!(["error", "warning", "advice"].map(with), [0, 0, 1]);
}

/// A zip archive of these members.
fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut writer, bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn notes_and_pictures_beside_ledgers_are_told_and_are_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    let note = "各位领导：\n附件为我县四季度台账，请查收。\n联系人：李某，电话见通讯录。\n";
    put("说明.txt", note.as_bytes());
    let only = check(folder.path(), &["."]);
    assert_eq!(code(&only), 4, "nothing was judged: {only:?}");
    assert_eq!(code(&run(folder.path(), &["inspect", "说明.txt"])), 3, "who asks is told that it is no ledger");
    put("号源.csv", GOOD_SLOTS.as_bytes());
    put("desktop.ini", b"[.ShellClassInfo]\r\nIconIndex=0\r\n");
    let slots = GOOD_SLOTS.replace("医院,", "分院,");
    put(
        "某县.zip",
        &archive(&[
            ("号源.csv", slots.as_bytes()),
            ("说明.txt", note.as_bytes()),
            ("照片.jpg", b"\xff\xd8\xff\xe0"),
            ("readme.md", b"# notes"),
        ]),
    );
    let output = check(folder.path(), &[".", "--status", "status", "--summary", "full"]);
    assert_eq!(code(&output), 0, "{output:?}");
    let told = stdout(&output);
    assert!(told.contains("4 个文件不是台账") && told.contains("说明.txt"), "{told}");
    let (lines, summary) = status(&folder.path().join("status"));
    for file in ["./说明.txt", "!说明.txt", "!照片.jpg", "!readme.md"] {
        assert_eq!(status_of(&lines, file), "passed-over", "{file}");
    }
    assert_eq!((&summary["passed_over"], &summary["failed"], &summary["checked"]), (&4.into(), &0.into(), &2.into()));
    // Columns that blanks set apart are a table that cannot be read, and a CSV says by its name that it is one.
    put(
        "排班.txt",
        "医院名称   日期        医师\n甲医院     2024-01-02  张某\n乙医院     2024-01-03  王某\n".as_bytes(),
    );
    let aligned = check(folder.path(), &["."]);
    assert_eq!(code(&aligned), 3, "{aligned:?}");
    assert!(stdout(&aligned).contains("空格"), "{aligned:?}");
    fs::remove_file(folder.path().join("排班.txt")).unwrap();
    // Text that does not call itself a note may be what is left of a ledger.
    put("四季度.txt", note.as_bytes());
    assert_eq!(code(&check(folder.path(), &["."])), 3);
    fs::remove_file(folder.path().join("四季度.txt")).unwrap();
    put("台账.csv", note.as_bytes());
    assert_eq!(code(&check(folder.path(), &["."])), 3);
}
