//! Helpers of the tests of reading: opens inputs and writes sheets down as lines.
#![cfg(test)]

use std::path::PathBuf;

use taizhang::model::{Date, cell_name};
use taizhang::read::{self, Cell, Document, MergedArea, Opened, ReadOptions, Row, Sheet};

pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/read").join(name)
}

pub fn open_one(path: &std::path::Path) -> Document {
    only(read::open(path, &ReadOptions::default()))
}

pub fn open_bytes(name: &str, bytes: Vec<u8>) -> Vec<Opened> {
    read::open_bytes(name, bytes, &ReadOptions::default())
}

pub fn open_bytes_one(name: &str, bytes: Vec<u8>) -> Document {
    only(open_bytes(name, bytes))
}

pub fn only(mut opened: Vec<Opened>) -> Document {
    assert_eq!(opened.len(), 1);
    match opened.remove(0) {
        Opened::Document(document) => document,
        Opened::Fault { path, fault, .. } => panic!("{path}: {fault}"),
    }
}

/// The rows of a sheet as `3: a|b`, with ` hidden` after the number where they are.
pub fn sheet_lines(sheet: &mut Sheet) -> Vec<String> {
    let mut row = Row::default();
    let mut lines = Vec::new();
    while sheet.rows.next_row(&mut row).unwrap_or_else(|fault| panic!("{}: {fault}", sheet.name)) {
        let cells: Vec<String> = row.iter().map(cell).collect();
        let hidden = if row.hidden { " hidden" } else { "" };
        lines.push(format!("{}{hidden}: {}", row.index + 1, cells.join("|")));
    }
    lines
}

fn cell(cell: Cell<'_>) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.to_owned(),
        Cell::Number { value, percent: true } => format!("{}%", value * 100.0),
        Cell::Number { value, percent: false } => value.to_string(),
        Cell::DateTime { days, seconds } => {
            let date = Date::from_days(days).map(|date| date.to_string()).unwrap_or_default();
            let clock = format!(" {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
            if seconds == 0 { date } else { date + &clock }
        }
        Cell::Bool(value) => format!("<{value}>"),
        Cell::Error(error) => format!("<{error}>"),
        Cell::Uncomputed => "<uncomputed>".to_owned(),
    }
}

/// Merged areas as `A1:B2`, in order.
pub fn places(merged: &[MergedArea]) -> Vec<String> {
    let mut areas: Vec<_> = merged.iter().map(|a| (a.first_row, a.first_column, a.last_row, a.last_column)).collect();
    areas.sort_unstable();
    areas.iter().map(|a| format!("{}:{}", cell_name(a.0, a.1), cell_name(a.2, a.3))).collect()
}
