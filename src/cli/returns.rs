//! Writes the return copies: for each unit a workbook with its findings and the rows that it submitted, read from the sources again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::complaint::complaint;
use super::output;
use crate::check::CheckOptions;
use crate::finding::{CopiedRows, Recipient, Report};
use crate::read::{Cell, Document, Opened, Row, open, open_bytes};
use crate::render::Options;
use crate::render::workbook::{ReturnBook, SheetShape, Value};

/// Workbooks that are made at a time; each pass reads the sources once.
const AT_ONCE: usize = 64;

/// Writes the workbooks into `folder`, which is made where it is missing, and gives how many there are.
pub fn write(
    report: &Report,
    files: &[PathBuf],
    check: &CheckOptions,
    folder: &Path,
    options: &Options,
) -> anyhow::Result<usize> {
    std::fs::create_dir_all(folder).map_err(|error| {
        let folder = folder.display();
        complaint(format!("无法建立文件夹 {folder}"), format!("the folder {folder} cannot be made")).because(error)
    })?;
    let recipients = report.recipients();
    let mut names = BTreeSet::new();
    for some in recipients.chunks(AT_ONCE) {
        let mut books: Vec<ReturnBook> = some.iter().map(|one| ReturnBook::new(report, options, one)).collect();
        for path in files {
            let shown = path.to_string_lossy();
            if some.iter().any(|recipient| has_copy_of(recipient, &shown)) {
                copy_file(path, check, &mut books).with_context(|| path.display().to_string())?;
            }
        }
        for (recipient, book) in some.iter().zip(books) {
            let path = folder.join(file_name(&recipient.unit, options, &mut names));
            output::write_file(&path, |out| book.write(out))?;
        }
    }
    Ok(recipients.len())
}

/// Whether the recipient gets a sheet of the file, or of a file in it.
fn has_copy_of(recipient: &Recipient, file: &str) -> bool {
    recipient.sheets.iter().any(|copy| {
        let rest = copy.file.strip_prefix(file);
        copy.rows != CopiedRows::Inseparable && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('!'))
    })
}

fn copy_file(path: &Path, check: &CheckOptions, books: &mut [ReturnBook<'_>]) -> std::io::Result<()> {
    // What came through a pipe is at hand.
    let opened = match check.contents.get(path) {
        Some(bytes) => open_bytes(&path.to_string_lossy(), bytes.to_vec(), &check.read),
        None => open(path, &check.read),
    };
    for opened in opened {
        // What could not be read has no rows; the report says so.
        if let Opened::Document(document) = opened {
            copy_document(document, books)?;
        }
    }
    Ok(())
}

fn copy_document(document: Document, books: &mut [ReturnBook<'_>]) -> std::io::Result<()> {
    for mut sheet in document.sheets {
        let mut takers: Vec<(&mut ReturnBook, usize)> = books
            .iter_mut()
            .filter_map(|book| book.find(&document.path, &sheet.name).map(|place| (book, place)))
            .collect();
        if takers.is_empty() {
            continue;
        }
        let shape = SheetShape {
            merged: sheet
                .merged
                .iter()
                .map(|area| [area.first_row, area.first_column, area.last_row, area.last_column])
                .collect(),
            hidden_columns: sheet.hidden_columns.clone(),
        };
        for (book, place) in &mut takers {
            book.begin(*place, shape.clone());
        }
        let mut row = Row::default();
        // A fault in the middle ends the sheet here as it did when the sheet was judged.
        while let Ok(true) = sheet.rows.next_row(&mut row) {
            for (book, place) in &mut takers {
                book.row(*place, row.index, row.iter().map(value))?;
            }
        }
    }
    Ok(())
}

fn value(cell: Cell<'_>) -> Value<'_> {
    match cell {
        Cell::Empty | Cell::Uncomputed => Value::Empty,
        Cell::Text(text) => Value::Text(text),
        Cell::Number { value, percent } => Value::Number { value, percent },
        Cell::DateTime { days, seconds } => Value::DateTime { days, seconds },
        Cell::Bool(value) => Value::Bool(value),
        Cell::Error(code) => Value::Error(code),
    }
}

/// A name that every system takes and that no other unit has.
fn file_name(unit: &str, options: &Options, taken: &mut BTreeSet<String>) -> String {
    let allowed = |c: &char| !c.is_control() && !matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let clean: String = unit.chars().filter(allowed).take(60).collect();
    let clean = clean.trim_matches(['.', ' ']).to_owned();
    let stem = clean.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let is_device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (stem.len() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")));
    let base = match (clean.is_empty(), options.lang) {
        (false, _) if is_device => format!("_{clean}"),
        (false, _) => clean,
        (true, crate::model::Lang::Zh) => "未注明单位".to_owned(),
        (true, crate::model::Lang::En) => "unit-not-stated".to_owned(),
    };
    let mut name = base.clone();
    let mut number = 2;
    // Some systems do not tell upper from lower case.
    while !taken.insert(name.to_lowercase()) {
        name = format!("{base}-{number}");
        number += 1;
    }
    format!("{name}.xlsx")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_units_are_names_of_files() {
        let mut taken = BTreeSet::new();
        let mut name = |unit: &str| file_name(unit, &Options::default(), &mut taken);
        assert_eq!(name("../某县/卫生局"), "某县卫生局.xlsx");
        assert_eq!(name("某县卫生局"), "某县卫生局-2.xlsx");
        assert_eq!(name("con"), "_con.xlsx");
        assert_eq!(name("  .. "), "未注明单位.xlsx");
        assert_eq!(name("A<b>|?"), "Ab.xlsx");
        assert_eq!(name("a\u{0}B"), "aB-2.xlsx");
    }
}
