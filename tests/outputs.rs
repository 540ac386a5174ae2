//! What every output of every sample must hold to: nothing personal, nothing executable, the same bytes again.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use calamine::{Reader, Sheets, open_workbook_auto};

#[path = "support/schema.rs"]
mod schema;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn taizhang(folder: &Path, arguments: &[&str]) -> std::process::Output {
    let mut command = Command::cargo_bin("taizhang").unwrap();
    command.current_dir(folder).env_remove("TAIZHANG_LANG").env("COLUMNS", "100").args(arguments).output().unwrap()
}

/// Every format that has an extension; annotations go to standard output.
const NAMES: [&str; 8] = ["a.xlsx", "a.html", "a.json", "a.ndjson", "a.csv", "a.sarif", "a.xml", "a.md"];

fn samples() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(root().join("samples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

/// Rows of each sheet of a file as texts.
fn sheets(path: &Path) -> Vec<Vec<Vec<String>>> {
    if path.extension().is_some_and(|extension| extension == "csv") {
        let bytes = fs::read(path).unwrap();
        let text = match encoding_rs::Encoding::for_bom(&bytes) {
            Some((encoding, _)) => encoding.decode(&bytes).0.into_owned(),
            None => {
                String::from_utf8(bytes.clone()).unwrap_or_else(|_| encoding_rs::GB18030.decode(&bytes).0.into_owned())
            }
        };
        return vec![text.lines().map(|line| line.split([',', '\t', ';']).map(str::to_owned).collect()).collect()];
    }
    let mut book: Sheets<_> = open_workbook_auto(path).unwrap();
    let texts = |row: &[calamine::Data]| row.iter().map(ToString::to_string).collect();
    book.worksheets().iter().map(|(_, range)| range.rows().map(texts).collect()).collect()
}

/// Identity numbers, mobile numbers, and what stands under a heading that says it is a person's name.
fn personal(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.extension().is_some_and(|extension| ["csv", "xls", "xlsx"].iter().any(|known| extension == *known)) {
            continue;
        }
        for rows in sheets(&path) {
            let (mut names, mut addresses): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
            for row in rows {
                let of = |word: &str| -> Vec<usize> {
                    (0..row.len()).filter(|&column| row[column].contains(word)).collect()
                };
                if !of("姓名").is_empty() {
                    (names, addresses) = (of("姓名"), of("住址"));
                    continue;
                }
                for (column, cell) in row.iter().enumerate() {
                    let cell = cell.trim();
                    let digits = cell.chars().filter(char::is_ascii_digit).count();
                    let is_phone = cell.len() == digits && digits == 11 && cell.starts_with('1');
                    let is_identity = cell.len() == 18 && digits >= 17;
                    let is_name =
                        names.contains(&column) && (2..=4).contains(&cell.chars().count()) && !cell.is_ascii();
                    let is_address = addresses.contains(&column) && cell.chars().count() > 6;
                    if is_phone || is_identity || is_name || is_address {
                        found.insert(cell.to_owned());
                    }
                }
            }
        }
    }
    found
}

/// The content of an output; a workbook part by part.
fn content(path: &Path) -> String {
    if path.extension().is_some_and(|extension| extension == "xlsx") {
        let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
        let mut all = String::new();
        for index in 0..archive.len() {
            std::io::Read::read_to_string(&mut archive.by_index(index).unwrap(), &mut all).unwrap();
        }
        return all;
    }
    fs::read_to_string(path).unwrap()
}

/// The report is what its schema promises, and the lines of the stream are its findings.
fn keep_to_the_schema(folder: &Path, sample: &str) {
    let schema: serde_json::Value = serde_json::from_str(taizhang::render::json::SCHEMA).unwrap();
    let report: serde_json::Value = serde_json::from_str(&content(&folder.join("a.json"))).unwrap();
    assert_eq!(schema::faults(&schema, &report), Vec::<String>::new(), "{sample}");
    let lines = content(&folder.join("a.ndjson"));
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Some(&lines), report["findings"].as_array(), "{sample}");
}

#[test]
fn no_output_of_any_sample_shows_personal_data() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = 0;
    for sample in samples() {
        let personal = personal(&sample);
        seen += personal.len();
        let path = sample.to_str().unwrap();
        let mut arguments = vec!["check", path, "--as-of", "2024-01-31"];
        for name in NAMES {
            arguments.extend(["-o", name]);
        }
        let console = taizhang(folder.path(), &arguments);
        let github =
            taizhang(folder.path(), &["check", path, "--as-of", "2024-01-31", "--format", "github", "--lang", "en"]);
        let mut files = vec!["inspect".to_owned()];
        files.extend(fs::read_dir(&sample).unwrap().map(|entry| entry.unwrap().path().display().to_string()));
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let inspect = taizhang(folder.path(), &files);
        keep_to_the_schema(folder.path(), path);
        let mut outputs: Vec<(&str, String)> =
            NAMES.iter().map(|name| (*name, content(&folder.path().join(name)))).collect();
        for (name, output) in [("console", &console), ("github", &github), ("inspect", &inspect)] {
            outputs.push((name, String::from_utf8(output.stdout.clone()).unwrap()));
            outputs.push(("stderr", String::from_utf8(output.stderr.clone()).unwrap()));
        }
        for (name, output) in outputs {
            for value in &personal {
                assert!(!output.contains(value.as_str()), "{value} leaks into {name} of {path}");
            }
        }
    }
    assert!(seen > 200, "only {seen} personal values were found in the samples, so the search looks at nothing");
}

#[test]
fn an_error_about_a_file_does_not_repeat_its_cells() {
    let folder = tempfile::tempdir().unwrap();
    // A list of people where a report was expected, and one whose quote is never closed.
    fs::write(folder.path().join("名单.csv"), "姓名,身份证号\n张建国,610102194403050019\n").unwrap();
    fs::write(folder.path().join("断.csv"), "姓名,身份证号\n张建国,\"610102194403050019\n").unwrap();
    for arguments in [
        &["check", "名单.csv", "--previous", "名单.csv"][..],
        &["compare", "名单.csv", "断.csv"],
        &["check", "断.csv", "--as-of", "2024-01-31"],
        &["check", "名单.csv", "--map", "名单.csv"],
    ] {
        let output = taizhang(folder.path(), arguments);
        let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!told.contains("张建国") && !told.contains("610102194403050019"), "{arguments:?}: {told}");
    }
}

#[test]
fn every_output_is_the_same_again_whatever_the_threads() {
    let run = |jobs: &str| -> Vec<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let sample = root().join("samples/shaanxi-2023q4");
        // Relative names, so that the folder of the run says nothing.
        for entry in fs::read_dir(sample).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
        let mut arguments = vec!["check", ".", "--as-of", "2024-01-31", "--quiet"];
        for name in NAMES {
            arguments.extend(["-o", name]);
        }
        // The command line stands in the reports, so the threads are set where it does not.
        let mut command = Command::cargo_bin("taizhang").unwrap();
        command.current_dir(folder.path()).env("RAYON_NUM_THREADS", jobs).args(&arguments).output().unwrap();
        NAMES.iter().map(|name| fs::read(folder.path().join(name)).unwrap()).collect()
    };
    let (first, again) = (run("1"), run("2"));
    for ((first, again), name) in first.iter().zip(&again).zip(NAMES) {
        assert!(!first.is_empty() && first == again, "{name} differs");
    }
}

/// Cells that a program could take for something else than text; the NUL is a character of its own.
const HOSTILE: [&str; 10] = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "<script>alert(1)</script>",
    "a|b`c`",
    "]]>",
    "a\u{202e}b",
    "a\u{0}b\n::error::x",
];

#[test]
fn hostile_cells_stay_texts_in_every_output() {
    let folder = tempfile::tempdir().unwrap();
    let mut csv = "医院名称,是否牵头医院,门诊号源总数,向基层开放号源数\n".to_owned();
    for cell in HOSTILE {
        csv.push_str(&format!("\"{cell}\",是,1000,10\n"));
    }
    fs::write(folder.path().join("号源.csv"), csv).unwrap();
    let mut arguments = vec!["check", "号源.csv", "--as-of", "2024-01-10", "--period", "2023Q4", "--return-to", "退回"];
    for name in NAMES {
        arguments.extend(["-o", name]);
    }
    taizhang(folder.path(), &arguments);
    let read = |name: &str| content(&folder.path().join(name));
    let report: serde_json::Value = serde_json::from_str(&read("a.json")).unwrap();
    let units: BTreeSet<&str> =
        report["findings"].as_array().unwrap().iter().filter_map(|one| one["unit"].as_str()).collect();
    assert!(
        units.iter().any(|unit| unit.contains("<script>")) && units.iter().any(|unit| unit.starts_with('=')),
        "{units:?}"
    );
    for line in read("a.ndjson").lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    serde_json::from_str::<serde_json::Value>(&read("a.sarif")).unwrap();
    let mut csv = csv::Reader::from_reader(fs::File::open(folder.path().join("a.csv")).unwrap());
    for record in csv.records() {
        let record = record.unwrap();
        assert!(record.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{record:?}");
    }
    let mut books = vec![folder.path().join("a.xlsx")];
    books.extend(fs::read_dir(folder.path().join("退回")).unwrap().map(|entry| entry.unwrap().path()));
    assert!(books.len() > 5, "{books:?}");
    for book in books {
        let all = content(&book);
        assert!(!all.contains("<f>") && !all.contains("<f "), "{} holds a formula", book.display());
        assert!(!all.contains("<script"), "{} holds markup", book.display());
        let mut book: Sheets<_> = open_workbook_auto(&book).unwrap();
        assert!(!book.worksheets().is_empty());
    }
    let html = read("a.html");
    assert_eq!(html.matches("<script").count(), 2, "the page's own scripts only");
    // Every element of the XML is one of ours, and no character is outside XML.
    let xml = read("a.xml");
    assert!(!xml.contains("<script") && !xml.contains('\u{0}') && !xml.contains("]]>"), "{xml}");
    let markdown = read("a.md");
    assert!(!markdown.contains("<script") && !markdown.contains("`c`"), "{markdown}");
    let tables: Vec<usize> = markdown
        .lines()
        .filter(|line| line.starts_with("| "))
        .map(|line| line.replace("\\|", "").matches('|').count())
        .collect();
    assert!(tables.iter().all(|bars| *bars >= 3), "a cell breaks a table");
    let github = taizhang(
        folder.path(),
        &["check", "号源.csv", "--as-of", "2024-01-10", "--period", "2023Q4", "--format", "github"],
    );
    let github = String::from_utf8(github.stdout).unwrap();
    assert!(github.lines().all(|line| line.starts_with("::")) && !github.contains("\n::error::x"), "{github}");
}
