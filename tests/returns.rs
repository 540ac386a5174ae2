//! Return copies, made by the real binary and read back by a reader that is not ours.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use calamine::{Data, DataType, Range, Reader, Sheets, Xlsx, open_workbook, open_workbook_auto};

fn taizhang(folder: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = Command::cargo_bin("taizhang").unwrap();
    command.current_dir(folder).env_remove("TAIZHANG_LANG").env("COLUMNS", "80").args(arguments).output().unwrap()
}

/// All parts of a workbook as one text.
fn unpacked(path: &Path) -> String {
    let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let mut all = String::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        std::io::Read::read_to_string(&mut part, &mut all).unwrap();
    }
    all
}

fn sheet(path: &Path, name: &str) -> Range<Data> {
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    book.worksheet_range(name).unwrap()
}

fn rows(range: &Range<Data>) -> Vec<Vec<String>> {
    range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

/// Rows of two hospitals in turn, one of which did not open enough slots; cells that begin like formulas and markup.
const SLOTS: &str = "\
医院名称,是否牵头医院,门诊号源总数,向基层开放号源数,联系人,备注
甲医院,是,1000,100,张建国,=1+1
乙医院,是,1000,100,李秀兰,\"<script>\u{1}
]]>\"
甲医院二部,是,1000,300,王福来,+86
甲医院,是,,100,张建国,@all
";

#[test]
fn each_unit_gets_its_own_rows_and_nothing_of_others() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("号源.csv"), SLOTS).unwrap();
    let arguments = ["check", ".", "--as-of", "2024-01-10", "--period", "2023Q4", "--return-to", "退回", "--quiet"];
    let output = taizhang(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let out = folder.path().join("退回");
    let (one, other) = (out.join("甲医院.xlsx"), out.join("乙医院.xlsx"));
    let copy = sheet(&one, "号源");
    let text = |cells: [&str; 6]| cells.map(str::to_owned).to_vec();
    assert_eq!(
        rows(&copy),
        [
            text(["医院名称", "是否牵头医院", "门诊号源总数", "向基层开放号源数", "联系人", "备注"]),
            text(["甲医院", "是", "1000", "100", "张建国", "=1+1"]),
            text(["甲医院", "是", "", "100", "张建国", "@all"]),
        ]
    );
    assert_eq!(rows(&sheet(&other, "号源"))[1][5], "<script>\u{1}\n]]>");
    // Nothing of the others, neither in texts nor in notes, formulas or properties.
    for (path, foreign) in
        [(&one, ["乙医院", "李秀兰", "二部", "王福来"]), (&other, ["甲医院", "张建国", "二部", "王福来"])]
    {
        let all = unpacked(path);
        for word in foreign {
            assert!(!all.contains(word), "{word} in {}", path.display());
        }
        assert!(!all.contains("<f>"), "a cell holds a formula");
        assert!(!all.contains("<script"), "a cell holds markup");
    }
    assert!(!out.join("甲医院二部.xlsx").exists(), "a unit without findings gets nothing back");
    // The faulty cells are coloured and say why.
    let all = unpacked(&one);
    assert!(all.contains("<comment ref=\"D2\"") && all.contains("<comment ref=\"C3\""), "{all}");
    assert!(all.contains("要求：") && all.contains("整改："));
    // The first sheet says what the file is.
    assert!(rows(&sheet(&one, "说明")).iter().flatten().any(|cell| cell.contains("个人信息未遮蔽")));
    // The list can be given to the next run as it comes back.
    let list = sheet(&one, "问题清单");
    assert!(list.rows().skip(1).all(|row| row[17] == "甲医院"));
    let next = [&arguments[..6], &["--previous", "退回/甲医院.xlsx", "--format", "json"]].concat();
    let report: serde_json::Value = serde_json::from_slice(&taizhang(folder.path(), &next).stdout).unwrap();
    assert!(report["follow_up"]["persisting"].as_u64().unwrap() > 0, "{}", report["follow_up"]);
    // The folder of return copies is no input of the next run.
    let again = taizhang(folder.path(), &[&arguments[..arguments.len() - 1], &["--format", "json"]].concat());
    let report: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(report["files"].as_array().unwrap().len(), 2, "号源.csv and findings.xlsx");
}

#[test]
fn the_same_run_gives_the_same_copies_whatever_the_threads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, jobs: &str| {
        let out = folder.path().join(name);
        let arguments = ["check", "samples/shaanxi-2023q4", "--as-of", "2024-01-31", "--quiet", "--jobs", jobs];
        taizhang(
            root,
            &[
                &arguments[..],
                &["-o", folder.path().join("f.csv").to_str().unwrap(), "--return-to", out.to_str().unwrap()],
            ]
            .concat(),
        );
        let mut files: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.iter().map(|path| (path.file_name().unwrap().to_owned(), fs::read(path).unwrap())).collect::<Vec<_>>()
    };
    let first = run("甲", "1");
    assert!(first.len() > 10);
    assert!(first == run("乙", "2"));
}

#[test]
fn a_submitter_gets_its_sheets_as_it_sent_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("f.csv");
    let check = |paths: &[&str]| {
        let more = [
            "--as-of",
            "2024-01-31",
            "-o",
            target.to_str().unwrap(),
            "--quiet",
            "--return-to",
            folder.path().to_str().unwrap(),
        ];
        taizhang(root, &[&["check"][..], paths, &more].concat());
    };
    check(&["samples/shaanxi-2023q4"]);
    let back = folder.path().join("咸阳市南塬县卫生健康局.xlsx");
    for (file, name) in [
        ("samples/shaanxi-2023q4/65岁及以上老年人健康服务台账2023年四季度.xlsx", "老年人"),
        ("samples/shaanxi-2023q4/儿童及慢病台账2023年度.xls", "慢病管理"),
    ] {
        let mut source: Sheets<_> = open_workbook_auto(root.join(file)).unwrap();
        let (source, copy) = (source.worksheet_range(name).unwrap(), sheet(&back, name));
        for (row, column, cell) in source.used_cells() {
            let place = ((row as u32) + source.start().unwrap().0, column as u32 + source.start().unwrap().1);
            let copied = copy.get_value(place).cloned().unwrap_or_default();
            match cell {
                Data::Int(_) | Data::Float(_) | Data::DateTime(_) => {
                    assert_eq!(copied.as_f64(), cell.as_f64(), "{file} {place:?}");
                }
                Data::Empty => {}
                _ => assert_eq!(copied.to_string(), cell.to_string(), "{file} {place:?}"),
            }
        }
    }
    let all = unpacked(&back);
    assert!(all.contains("<mergeCell "), "merged titles stay merged");
    // An OpenDocument sheet goes back as a workbook all the same.
    let cell = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let row = |cells: [&str; 4]| format!("<table:table-row>{}</table:table-row>", cells.map(cell).concat());
    let ods = format!(
        "<?xml version=\"1.0\"?><office:document xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" \
         office:mimetype=\"application/vnd.oasis.opendocument.spreadsheet\"><office:body><office:spreadsheet>\
         <table:table table:name=\"号源\">{}{}</table:table></office:spreadsheet></office:body></office:document>",
        row(["医院名称", "是否牵头医院", "门诊号源总数", "向基层开放号源数"]),
        row(["丙医院", "是", "1000", "100"]),
    );
    let path = folder.path().join("号源.fods");
    fs::write(&path, ods).unwrap();
    check(&[path.to_str().unwrap()]);
    assert_eq!(rows(&sheet(&folder.path().join("丙医院.xlsx"), "号源"))[1], ["丙医院", "是", "1000", "100"]);
}
