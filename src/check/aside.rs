//! Files that stand beside ledgers and are none: notes to the reader, pictures, what systems leave behind.

use std::path::Path;

use crate::diag::InputNote;
use crate::finding::{InputReading, PASSED_OVER};
use crate::model::{Localized, counted};

/// Extensions of files that stand beside ledgers and are never ledgers themselves.
const OTHER_FILES: [&str; 28] = [
    "md", "toml", "json", "ndjson", "sarif", "yaml", "yml", "py", "sh", "bat", "ps1", "rs", "exe", "dll", "log",
    "lock", "tmp", "png", "jpg", "jpeg", "gif", "bmp", "webp", "mp4", "ttf", "db", "ini", "lnk",
];

/// Extensions that say that a text is a table, whatever stands in it.
const TABLES: [&str; 3] = ["csv", "tsv", "tab"];

/// What notes to the reader call themselves.
const NOTES: [&str; 12] =
    ["说明", "须知", "通知", "注意", "要求", "必读", "备注", "留言", "readme", "read me", "note", "注释"];

/// Whether a file of this name may be a ledger: it is not hidden, no lock file, no picture, no text about its folder.
pub fn may_be_ledger(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_hidden = name.starts_with('.') || name.starts_with("~$") || name.ends_with('~');
    !is_hidden && !OTHER_FILES.contains(&&*extension(path))
}

fn extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// Turns the faults of a file in which no ledger was found, and none was to be expected, into a note: members of
/// archives and mails whose names say so, as in a folder, and running text that calls itself a note. Running text of any other name may
/// be a ledger that was damaged.
pub(super) fn pass_over(reading: &mut InputReading) {
    if reading.sheets.iter().any(|sheet| sheet.tables.iter().any(|table| table.kind.is_some())) {
        return;
    }
    // Members have `/` between folders, whatever the system.
    let member = reading.file.rsplit_once('!').map(|(_, member)| Path::new(member));
    let (zh, en) = if member.is_some_and(|member| !may_be_ledger(member)) {
        reading.faults.clear();
        ("按名称不是台账，未核查。", "No ledger by its name; not judged.")
    } else if reading.faults.is_empty() && is_running_text(reading) {
        ("只有说明文字，没有表格，不是台账，未核查。", "Running text without a table; no ledger, not judged.")
    } else {
        return;
    };
    let message = Localized::new(zh, en);
    reading.notes.push(InputNote { code: PASSED_OVER, message, sheet: None, cell: None });
}

fn is_note(path: &Path) -> bool {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    !TABLES.contains(&&*extension(path)) && NOTES.iter().any(|word| name.contains(word))
}

fn is_running_text(reading: &InputReading) -> bool {
    let has_content = reading.sheets.iter().any(|sheet| sheet.rows > 0);
    let has_no_table = |note: &InputNote| note.code == "no-table";
    has_content
        && reading.is_text()
        && is_note(Path::new(&*reading.file))
        && reading.sheets.iter().all(|sheet| sheet.tables.is_empty() && sheet.notes.iter().any(has_no_table))
}

/// Names what was passed over; `None` where nothing was.
pub(super) fn told(inputs: &[InputReading]) -> Option<Localized> {
    let files: Vec<&str> = inputs.iter().filter(|input| input.is_passed_over()).map(|input| &*input.file).collect();
    let named = files.iter().take(5).copied().collect::<Vec<_>>();
    let more = if files.len() > named.len() { " …" } else { "" };
    (!files.is_empty()).then(|| {
        Localized::new(
            format!("有 {} 个文件不是台账（说明文字、图片等），未核查：{}{more}", files.len(), named.join("、")),
            format!(
                "No ledgers (notes, pictures and such), and not judged: {}: {}{more}",
                counted(files.len() as u64, "file"),
                named.join(", ")
            ),
        )
    })
}
