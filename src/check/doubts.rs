//! Tells a column that is not there from one that may be there under a heading too doubtful to use.

use std::sync::Arc;

use crate::finding::{Finding, InputReading, Location, MatchHow, NotRun, Outcome, Reason, SheetReading, TableReading};
use crate::model::{Localized, counted};

/// The notes of sheets that a person should look at before trusting the results.
const DOUBTS: [&str; 4] = ["heading-doubtful", "heading-ambiguous", "heading-contradicted", "kind-doubtful"];

/// How many headings and kinds of ledger are doubtful, where any are.
pub fn summary(inputs: &[InputReading]) -> Option<Localized> {
    let (mut doubts, mut files) = (0_usize, 0_usize);
    for input in inputs {
        let notes = input.sheets.iter().flat_map(|sheet| &sheet.notes);
        let own = notes.filter(|note| DOUBTS.contains(&note.code)).count();
        doubts += own;
        files += usize::from(own > 0);
    }
    (doubts > 0).then(|| {
        Localized::new(
            format!("有 {files} 个文件共 {doubts} 处列标题或台账种类对应得不够确定，结果可能受影响；见“数据读取”或用 inspect 查看，可用 --map、--ledger 指定。"),
            format!("Doubtful headings or kinds of ledger: {doubts} in {}, which may affect the results; see “Reading” or use inspect, and set them with --map or --ledger.", counted(files as u64, "file")),
        )
    })
}

/// Says that what was not read may hold the records that some units lack; `None` where all was read or no unit lacks any.
pub fn unread(inputs: &[InputReading], findings: &[Finding]) -> Option<Localized> {
    let files: Vec<&InputReading> = inputs.iter().filter(|input| !input.faults.is_empty()).collect();
    let lacks_records = |finding: &Finding| finding.outcome == Outcome::Violated && finding.location.row.is_none();
    (!files.is_empty() && findings.iter().any(lacks_records)).then(|| {
        let count = files.len();
        Localized::new(
            format!("有 {count} 个文件整个或部分未能读取，其中的记录没有参与核查；没有记录、次数不足一类的问题可能由此而来，请先处理这些文件再下结论。"),
            format!("Not read as a whole or in part: {}, whose records were not judged; findings that records are missing or too few may come from that. Settle this before you conclude.", counted(count as u64, "file")),
        )
    })
}

/// From this likeness on an unused heading is worth naming as the place where the field may stand.
const NEAR: u8 = 60;

/// Whether some heading of the table came near the field and was not used, while no other heading has the field.
fn may_hold(table: &TableReading, field: &str) -> bool {
    let is_used = table.headings.iter().any(|found| found.field.as_deref() == Some(field));
    let near = |how: MatchHow, score: u8| match how {
        MatchHow::Ambiguous => true,
        MatchHow::Unmatched => score >= NEAR,
        MatchHow::Exact | MatchHow::Guessed | MatchHow::Given => false,
    };
    !is_used
        && table.headings.iter().any(|found| {
            found.runner_up.as_ref().is_some_and(|(next, score)| &**next == field && near(found.how, *score))
        })
}

fn tables<'r>(inputs: &'r [InputReading], place: &'r Location) -> impl Iterator<Item = &'r TableReading> {
    let of_file = move |input: &&InputReading| place.file.as_ref().is_none_or(|file| *file == input.file);
    let of_sheet = move |sheet: &&SheetReading| place.sheet.as_ref().is_none_or(|name| *name == sheet.name);
    inputs
        .iter()
        .filter(of_file)
        .flat_map(move |input| input.sheets.iter().filter(of_sheet))
        .flat_map(|sheet| &sheet.tables)
}

fn explain(reason: &mut Reason, inputs: &[InputReading], place: &Location) {
    let Reason::ColumnAbsent(fields) = reason else { return };
    let is_doubtful = |field: &Arc<str>| tables(inputs, place).any(|table| may_hold(table, field));
    if fields.iter().any(is_doubtful) {
        *reason = Reason::ColumnDoubtful(std::mem::take(fields));
    }
}

/// Says of rules that lack a column that its heading is doubtful, where that is why.
pub fn explain_doubts(findings: &mut [Finding], not_run: &mut [NotRun], inputs: &[InputReading]) {
    let has_any = inputs
        .iter()
        .flat_map(|input| &input.sheets)
        .flat_map(|sheet| &sheet.tables)
        .any(|table| table.headings.iter().any(|found| found.field.is_none() && found.runner_up.is_some()));
    if !has_any {
        return;
    }
    for finding in findings {
        for reason in finding.reason.iter_mut().chain(&mut finding.other_reasons) {
            explain(reason, inputs, &finding.location);
        }
    }
    for one in not_run {
        explain(&mut one.reason, inputs, &Location::default());
    }
}
