//! What the command of the README prints and writes for its sample: console, JSON, and the workbook read back.

use std::path::Path;

use assert_cmd::Command;
use calamine::{Data, Reader, Xlsx};
use serde_json::Value;

fn run(arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::cargo_bin("taizhang").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("TAIZHANG_LANG").env("COLUMNS", "80");
    command.args(["check", "samples/shaanxi-2023q4", "--as-of", "2024-01-31"]).args(arguments).output().unwrap().stdout
}

#[test]
fn the_console_says_in_one_screen_what_the_readme_shows() {
    let folder = tempfile::tempdir().unwrap();
    let workbook = folder.path().join("findings.xlsx");
    let text = String::from_utf8(run(&["-o", workbook.to_str().unwrap()])).unwrap();
    let text = text.replace(workbook.to_str().unwrap(), "findings.xlsx");
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, rest) = readme.split_once("<!-- console: begin -->\n```text\n").expect("the README shows the console");
    let (shown, _) = rest.split_once("\n```\n<!-- console: end -->").expect("the block ends");
    // The line with the path wraps by the length of the path, so the last paragraph is left out.
    let body = |text: &str| text.trim_end().rsplit_once("\n\n").map_or(String::new(), |(body, _)| body.to_owned());
    assert_eq!(body(shown), body(&text));
    let english = String::from_utf8(run(&["-o", workbook.to_str().unwrap(), "--lang", "en"])).unwrap();
    assert!(english.contains("Measure"), "{english}");
}

#[test]
fn the_findings_of_the_sample_stay_as_they_were_checked_by_hand() {
    let report: Value = serde_json::from_slice(&run(&["--format", "json"])).unwrap();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let lines: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let keys = ["outcome", "severity", "measure", "rule", "unit", "period", "file", "cell"];
            keys.map(|key| text(&finding[key])).join(" | ").replace("samples/shaanxi-2023q4/", "")
        })
        .collect();
    insta::assert_snapshot!("shaanxi_findings", lines.join("\n"));
}

#[test]
fn the_workbook_lists_every_finding_in_the_sheets_that_a_superior_expects() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("findings.xlsx");
    let report: Value = serde_json::from_slice(&run(&["--format", "json", "-o", path.to_str().unwrap()])).unwrap();
    let mut book: Xlsx<_> = calamine::open_workbook(&path).unwrap();
    assert_eq!(book.sheet_names(), ["概览", "问题清单", "问题归类", "合规矩阵", "无法判定", "规则说明", "数据读取"]);
    let list = book.worksheet_range("问题清单").unwrap();
    let fingerprints = |cells: Vec<String>| {
        let mut cells = cells;
        cells.sort();
        cells
    };
    let last = list.width() - 1;
    let written = list.rows().skip(1).map(|row| match &row[last] {
        Data::String(text) => text.clone(),
        other => panic!("the last column holds fingerprints, not {other:?}"),
    });
    let expected =
        report["findings"].as_array().unwrap().iter().map(|one| one["fingerprint"].as_str().unwrap().to_owned());
    assert_eq!(fingerprints(written.collect()), fingerprints(expected.collect()));
    // Beside the link to the row stands what it says, masked: also of those who are missing from another ledger.
    let heading = |name: &str| list.rows().next().unwrap().iter().position(|cell| *cell == name).unwrap();
    let (link, record, rule) = (heading("位置"), heading("该行内容"), heading("问题"));
    assert_eq!(record, link + 1);
    let mut without_contact = list.rows().filter(|row| row[rule] == "每季度联络签约居民");
    let told = without_contact.next().unwrap()[record].to_string();
    assert!(told.contains("姓名：唐**；身份证号：6104**********1082；"), "{told}");
}
