//! What the tests share: the program in a folder of its own, and ledgers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Violates GJ-01 in the second row.
pub const SLOTS: &str = "医院名称,是否牵头医院,门诊号源总数,向基层开放号源数\n甲医院,是,1000,200\n乙医院,是,1000,199\n";
/// The same without a violation.
pub const GOOD_SLOTS: &str =
    "医院名称,是否牵头医院,门诊号源总数,向基层开放号源数\n甲医院,是,1000,200\n乙医院,是,1000,210\n";

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_taizhang");

/// A folder with the ledger `号源.csv`.
pub fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("号源.csv"), SLOTS).unwrap();
    folder
}

/// The program in a folder, with nothing of the environment that would change what it does.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TAIZHANG_") {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).env("COLUMNS", "80").env_remove("RUST_BACKTRACE");
    command
}

pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder).args(arguments).output().unwrap()
}

/// `check` on a fixed day with the national pack.
pub fn check(folder: &Path, arguments: &[&str]) -> Output {
    run(folder, &[&["check", "--as-of", "2024-01-10", "--pack", "national"], arguments].concat())
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("ended by a signal: {output:?}"))
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// The lines of a status file: those of the inputs, and the summary.
pub fn status(path: &Path) -> (Vec<Value>, Value) {
    let text = fs::read_to_string(path).unwrap();
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary = lines.pop().unwrap()["summary"].take();
    (lines, summary)
}

/// The status of the input whose path ends so.
pub fn status_of<'v>(lines: &'v [Value], file: &str) -> &'v str {
    let line = lines.iter().find(|line| line["file"].as_str().unwrap().ends_with(file));
    line.unwrap_or_else(|| panic!("{file} is not in {lines:?}"))["status"].as_str().unwrap()
}

/// What stands in a folder, hidden files too.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The folder of the package.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Whether a program is there to be run.
pub fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}
