//! Sheets as clerks lay them out, against the records that must come of them.

mod attendance;
mod forms;
mod headings;
mod lane;
mod layouts;
mod made;
mod robust;
mod speed;
mod streaming;
mod unseen;

use std::sync::{Arc, OnceLock};

use super::{FileContext, MapOptions, MappedSheet, Mapper, UserMapping, map_sheet};
use crate::diag::InputFault;
use crate::finding::SheetReading;
use crate::model::{Batch, CellState, ColumnData, Date, Period, cell_name};
use crate::pack::Catalog;
use crate::read::{Cell, DAY_ZERO, MergedArea, Row, RowSource, Sheet};

/// The built-in ledger kinds and code lists.
fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| crate::pack::builtin().0.base())
}

fn mapper() -> &'static Mapper {
    static MAPPER: OnceLock<Mapper> = OnceLock::new();
    MAPPER.get_or_init(|| Mapper::new(catalog()))
}

/// Rows of texts, cells separated by `|`. `#12.5` is a number cell, `%0.2` a number shown in per cent, `@2024-03-05` a
/// date cell, `!#REF!` an error, `⏎` a line break; rows that begin with `~` are hidden.
struct Texts {
    rows: std::vec::IntoIter<String>,
    next: u32,
}

fn fill(row: &mut Row, line: &str) {
    for (column, text) in line.split('|').enumerate() {
        let text = text.trim_matches(' ').replace('⏎', "\n");
        let text = text.as_str();
        let cell = match text.chars().next() {
            None => Cell::Empty,
            Some('#') => Cell::Number { value: text[1..].parse().unwrap(), percent: false },
            Some('%') => Cell::Number { value: text[1..].parse().unwrap(), percent: true },
            Some('@') => Cell::DateTime { days: Date::parse_iso(&text[1..]).unwrap().days(), seconds: 0 },
            Some('!') => Cell::Error(&text[1..]),
            Some(_) => Cell::Text(text),
        };
        row.set(column, cell);
    }
}

impl RowSource for Texts {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        let Some(line) = self.rows.next() else { return Ok(false) };
        row.clear(self.next);
        self.next += 1;
        row.hidden = line.starts_with('~');
        fill(row, line.trim_start_matches('~'));
        Ok(true)
    }
}

/// `A1:C1` as a merged area.
fn area(text: &str) -> MergedArea {
    let place = |text: &str| {
        let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
        let column = text[..letters].bytes().fold(0, |sum, letter| sum * 26 + u32::from(letter - b'A') + 1) - 1;
        (text[letters..].parse::<u32>().unwrap() - 1, column)
    };
    let (first, last) = text.split_once(':').unwrap();
    let ((first_row, first_column), (last_row, last_column)) = (place(first), place(last));
    MergedArea { first_row, first_column, last_row, last_column }
}

struct Case {
    file: &'static str,
    sheet: &'static str,
    merged: Vec<MergedArea>,
    options: MapOptions,
}

impl Default for Case {
    fn default() -> Case {
        Case {
            file: "台账.xlsx",
            sheet: "Sheet1",
            merged: Vec::new(),
            options: MapOptions {
                kind: None,
                period: None,
                as_of: Date::parse_iso("2024-01-15").unwrap(),
                mapping: UserMapping::default(),
            },
        }
    }
}

struct Mapped {
    batches: Vec<Batch>,
    fault: Option<InputFault>,
    reading: SheetReading,
}

fn sheet(case: &Case, rows: Vec<String>) -> Sheet {
    Sheet {
        name: case.sheet.to_owned(),
        hidden: false,
        is_text: false,
        merged: case.merged.clone(),
        hidden_columns: Vec::new(),
        day_zero: DAY_ZERO,
        rows: Box::new(Texts { rows: rows.into_iter(), next: 0 }),
    }
}

fn drain(mut mapped: MappedSheet) -> Mapped {
    let mut batches = Vec::new();
    let mut fault = None;
    loop {
        match mapped.next_batch() {
            Ok(Some(batch)) => batches.push(batch),
            Ok(None) => break,
            Err(error) => fault = Some(error),
        }
    }
    Mapped { batches, fault, reading: mapped.finish() }
}

fn run(case: &Case, text: &str) -> Mapped {
    let rows = text.lines().map(|line| line.trim_start().to_owned()).collect();
    let file = FileContext { path: case.file.into(), index: 3 };
    drain(map_sheet(sheet(case, rows), &file, mapper(), &case.options))
}

fn map(text: &str) -> Mapped {
    run(&Case::default(), text)
}

/// The value of a field as a text; `-` blank, `?` unreadable, `∅` absent.
fn value(batch: &Batch, field: &str, record: usize) -> String {
    let kind = catalog().kinds.iter().find(|kind| kind.id == batch.source.kind).unwrap();
    let position = kind.field(field).unwrap_or_else(|| panic!("{} has no field {field}", kind.id));
    let column = &batch.columns[position];
    match column.state(record) {
        CellState::Absent => return "∅".to_owned(),
        CellState::Blank if column.stated_never(record) => return "never".to_owned(),
        CellState::Blank => return "-".to_owned(),
        CellState::Unreadable => return format!("?{}", column.unreadable_text(record).unwrap()),
        CellState::Present => {}
    }
    let list = || match &kind.fields[position].ty {
        crate::model::FieldType::Code(id) | crate::model::FieldType::Codes(id) => catalog().lists[id].clone(),
        other => panic!("{field} is {other:?}"),
    };
    match &column.data {
        ColumnData::Absent => "∅".to_owned(),
        ColumnData::Text(column) => column.get(record).to_owned(),
        ColumnData::YesNo(column) => if column[record] { "是" } else { "否" }.to_owned(),
        ColumnData::Number(column) => column[record].to_string(),
        ColumnData::Date(column) => column[record].to_string(),
        ColumnData::Dates(column) => column[record].iter().map(Date::to_string).collect::<Vec<_>>().join(" "),
        ColumnData::Period(column) => column[record].to_string(),
        ColumnData::Code(column) => list().entries[usize::from(column[record])].code.to_string(),
        ColumnData::Codes(column) => {
            let list = list();
            let codes: Vec<&str> = (0..list.entries.len())
                .filter(|bit| column[record] >> bit & 1 == 1)
                .map(|bit| &*list.entries[bit].code)
                .collect();
            codes.join("+")
        }
    }
}

impl Mapped {
    /// All records of a kind, each as the values of `fields` joined by ` | `.
    fn records(&self, kind: &str, fields: &[&str]) -> Vec<String> {
        let mut records = Vec::new();
        for batch in self.batches.iter().filter(|batch| &*batch.source.kind == kind) {
            for record in 0..batch.len() {
                records.push(fields.iter().map(|field| value(batch, field, record)).collect::<Vec<_>>().join(" | "));
            }
        }
        records
    }

    /// The place of a field's cell in the first record of a kind.
    fn place(&self, kind: &str, field: &str) -> Option<String> {
        let batch = self.batches.iter().find(|batch| &*batch.source.kind == kind)?;
        let position = catalog().kinds.iter().find(|other| &*other.id == kind)?.field(field)?;
        batch.columns[position].cell(0, batch.rows[0]).map(|(row, column)| cell_name(row, column))
    }

    fn skipped(&self) -> Vec<(u32, &'static str)> {
        self.reading
            .tables
            .iter()
            .flat_map(|table| table.skipped_rows.iter().map(|&(row, why)| (row + 1, why)))
            .collect()
    }

    fn period(&self) -> Option<Period> {
        self.batches.first().and_then(|batch| batch.source.period)
    }

    fn unit(&self) -> Option<&str> {
        self.batches.first().and_then(|batch| batch.source.unit.as_deref())
    }

    /// How the headings were matched: heading → field.
    fn headings(&self) -> Vec<String> {
        self.reading
            .tables
            .iter()
            .flat_map(|table| table.headings.iter())
            .map(|heading| {
                let field = heading.field.as_deref().unwrap_or("");
                format!("{} → {field} ({} {})", heading.heading, heading.how.code(), heading.confidence)
            })
            .collect()
    }
}

/// An identity number with the right check digit.
fn id_number(serial: u32) -> String {
    let body = format!("610102195{:01}0{:01}1{:01}{:03}", serial % 10, serial % 9 + 1, serial % 9, serial % 1000);
    let body = &body[..17.min(body.len())];
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
}

/// Shares of the catalogue that tests build on are there.
#[test]
fn the_catalog_has_kinds_and_lists() {
    assert!(catalog().kinds.len() >= 20);
    assert!(catalog().lists.contains_key("titles"));
    let _: Arc<str> = catalog().kinds[0].id.clone();
    assert_eq!(id_number(7).len(), 18);
}
