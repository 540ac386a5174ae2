//! How each input came out, as one line for scripts, and the whole run in one line for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::diag::FaultKind;
use crate::finding::{InputReading, Outcome, Report, Severity};
use crate::model::{Lang, counted};

/// The stable key of the note on an input that an earlier run judged.
pub const UNCHANGED: &str = "unchanged";

/// How an input came out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Read and judged.
    Checked,
    /// Read in part: some of it is at fault.
    Partly,
    /// Not read, or no ledger.
    Failed,
    /// No ledger, and not meant as one: a note, a picture.
    PassedOver,
    /// As it was in an earlier run, and not judged again.
    Unchanged,
    /// Not reached before the run was ended.
    Interrupted,
}

fn status(input: &InputReading) -> Status {
    if input.notes.iter().any(|note| note.code == UNCHANGED) {
        return Status::Unchanged;
    }
    if input.is_passed_over() {
        return Status::PassedOver;
    }
    if input.faults.iter().any(|fault| fault.kind == FaultKind::Interrupted) {
        return Status::Interrupted;
    }
    let recognised = input.sheets.iter().flat_map(|sheet| &sheet.tables).any(|table| table.kind.is_some());
    match (input.faults.is_empty(), recognised) {
        (true, _) => Status::Checked,
        (false, true) => Status::Partly,
        (false, false) => Status::Failed,
    }
}

fn records(input: &InputReading) -> u64 {
    input.sheets.iter().flat_map(|sheet| &sheet.tables).map(|table| table.records).sum()
}

#[derive(Clone, Copy, Default, Serialize)]
struct Counts {
    violated: u64,
    undetermined: u64,
    advice: u64,
}

impl Counts {
    fn add(&mut self, outcome: Outcome, severity: Severity, count: u64) {
        match (outcome, severity) {
            (Outcome::Violated, Severity::Advice) => self.advice += count,
            (Outcome::Violated, _) => self.violated += count,
            (Outcome::Undetermined, _) => self.undetermined += count,
            _ => {}
        }
    }
}

#[derive(Serialize)]
struct Fault<'r> {
    kind: &'static str,
    message: &'r str,
}

#[derive(Serialize)]
struct Line<'r> {
    file: &'r str,
    status: Status,
    size: u64,
    sha256: Option<&'r str>,
    records: u64,
    #[serde(flatten)]
    findings: Counts,
    faults: Vec<Fault<'r>>,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    checked: usize,
    partly: usize,
    failed: usize,
    passed_over: usize,
    unchanged: usize,
    interrupted: usize,
    records: u64,
    #[serde(flatten)]
    results: Counts,
    exit: u8,
}

fn summary(report: &Report, exit: u8) -> Summary {
    let count = |wanted: Status| report.inputs.iter().filter(|input| status(input) == wanted).count();
    let mut results = Counts::default();
    for tally in report.tallies.iter() {
        let severity = report.rules[tally.rule as usize].severity;
        for outcome in [Outcome::Violated, Outcome::Undetermined] {
            results.add(outcome, severity, tally.counts.get(outcome));
        }
    }
    Summary {
        files: report.inputs.len(),
        checked: count(Status::Checked),
        partly: count(Status::Partly),
        failed: count(Status::Failed),
        passed_over: count(Status::PassedOver),
        unchanged: count(Status::Unchanged),
        interrupted: count(Status::Interrupted),
        records: report.inputs.iter().map(records).sum(),
        results,
        exit,
    }
}

/// One JSON object a line: each input with its status and the findings that point at it, then `{"summary": …}`.
/// Findings about a unit with no row of its own point at no input and are in the summary only.
pub fn write(report: &Report, exit: u8, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let mut findings: BTreeMap<&str, Counts> = BTreeMap::new();
    for finding in &report.findings {
        if let Some(file) = &finding.location.file {
            findings.entry(file).or_default().add(finding.outcome, finding.severity, 1);
        }
    }
    for input in &report.inputs {
        let line = Line {
            file: &input.file,
            status: status(input),
            size: input.size,
            sha256: input.digest.as_deref(),
            records: records(input),
            findings: findings.get(&*input.file).copied().unwrap_or_default(),
            faults: input
                .faults
                .iter()
                .map(|fault| Fault { kind: fault.kind.code(), message: fault.message.get(lang) })
                .collect(),
        };
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    serde_json::to_writer(&mut *out, &serde_json::json!({ "summary": summary(report, exit) }))?;
    out.write_all(b"\n")
}

/// The run in one line.
pub fn line(report: &Report, exit: u8, lang: Lang) -> String {
    let sum = summary(report, exit);
    let judged = sum.checked + sum.partly;
    let mut files = match lang {
        Lang::Zh => format!("{} 个文件：已核查 {judged}", sum.files),
        Lang::En => format!("{}: {judged} checked", counted(sum.files as u64, "file")),
    };
    let others = [
        (sum.failed + sum.partly, "有读取问题", "with reading faults"),
        (sum.passed_over, "不是台账", "no ledgers"),
        (sum.unchanged, "未变", "unchanged"),
        (sum.interrupted, "中断未核查", "not reached"),
    ];
    for (count, zh, en) in others.into_iter().filter(|(count, ..)| *count > 0) {
        files.push_str(&match lang {
            Lang::Zh => format!("，{zh} {count}"),
            Lang::En => format!(", {count} {en}"),
        });
    }
    let Counts { violated, undetermined, advice } = sum.results;
    // The counts are of what was judged now, the code of the whole.
    let (zh, en) = match sum.unchanged > 0 && exit != 0 {
        true => ("（计入未变文件上次的结果）", " (with what unchanged files had)"),
        false => ("", ""),
    };
    match lang {
        Lang::Zh => format!(
            "{files}；{} 条记录；不合规 {violated}，无法判定 {undetermined}，提示 {advice}；退出码 {exit}{zh}",
            sum.records
        ),
        Lang::En => format!(
            "{files}; {}; {violated} violated, {undetermined} undetermined, {advice} advice; exit {exit}{en}",
            counted(sum.records, "record")
        ),
    }
}
