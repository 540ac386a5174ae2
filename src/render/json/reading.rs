//! How the inputs were read, as part of the JSON report.

use serde::Serialize;

use crate::diag::{InputFault, InputNote};
use crate::finding::{FieldUse, HeadingMatch, InputReading, Masking, SheetReading, TableReading};
use crate::model::{Lang, cell_name};
use crate::render::picture;
use crate::render::view::{self, scrub};

#[derive(Serialize)]
pub(super) struct File<'a> {
    file: &'a str,
    format: Option<&'static str>,
    encoding: Option<&'a str>,
    sha256: Option<&'a str>,
    size: u64,
    records: u64,
    notes: Vec<Note<'a>>,
    faults: Vec<Fault<'a>>,
    sheets: Vec<Sheet<'a>>,
}

pub(super) fn file(input: &InputReading, lang: Lang, masking: Masking) -> File<'_> {
    let records = |sheet: &SheetReading| sheet.tables.iter().map(|table| table.records).sum::<u64>();
    File {
        file: &input.file,
        format: input.format,
        encoding: input.encoding.as_deref(),
        sha256: input.digest.as_deref(),
        size: input.size,
        records: input.sheets.iter().map(records).sum(),
        notes: notes(&input.notes, lang, masking),
        faults: input.faults.iter().map(|f| fault(f, lang, masking)).collect(),
        sheets: input.sheets.iter().map(|s| sheet(s, lang, masking)).collect(),
    }
}

#[derive(Serialize)]
struct Note<'a> {
    code: &'static str,
    message: String,
    sheet: Option<&'a str>,
    cell: Option<String>,
}

fn notes(notes: &[InputNote], lang: Lang, masking: Masking) -> Vec<Note<'_>> {
    notes
        .iter()
        .map(|note| Note {
            code: note.code,
            message: scrub(note.message.get(lang), masking),
            sheet: note.sheet.as_deref(),
            cell: note.cell.map(|(row, column)| cell_name(row, column)),
        })
        .collect()
}

#[derive(Serialize)]
struct Fault<'a> {
    kind: &'static str,
    message: String,
    advice: &'a str,
    sheet: Option<&'a str>,
    cell: Option<String>,
}

fn fault(fault: &InputFault, lang: Lang, masking: Masking) -> Fault<'_> {
    Fault {
        kind: fault.kind.code(),
        message: scrub(fault.message.get(lang), masking),
        advice: fault.advice.get(lang),
        sheet: fault.sheet.as_deref(),
        cell: fault.cell.map(|(row, column)| cell_name(row, column)),
    }
}

#[derive(Serialize)]
struct Sheet<'a> {
    sheet: &'a str,
    hidden: bool,
    rows: u64,
    notes: Vec<Note<'a>>,
    tables: Vec<Table<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    picture: Vec<Line>,
}

/// A row of the sheet as it stands.
#[derive(Serialize)]
struct Line {
    row: u64,
    mark: &'static str,
    hidden: bool,
    cells: Vec<Example>,
}

fn sheet(sheet: &SheetReading, lang: Lang, masking: Masking) -> Sheet<'_> {
    Sheet {
        sheet: &sheet.name,
        hidden: sheet.hidden,
        rows: sheet.rows,
        notes: notes(&sheet.notes, lang, masking),
        tables: sheet.tables.iter().map(|t| table(t, lang, masking)).collect(),
        picture: sheet
            .picture
            .iter()
            .map(|row| Line {
                row: u64::from(row.row) + 1,
                mark: picture::mark(sheet, row.row),
                hidden: row.hidden,
                cells: picture::cells(sheet, row, masking)
                    .into_iter()
                    .map(|(column, text)| Example { cell: cell_name(row.row, column), text })
                    .collect(),
            })
            .collect(),
    }
}

/// Rows are 1-based as in the file.
#[derive(Serialize)]
struct Table<'a> {
    kind: Option<&'a str>,
    kind_name: &'a str,
    kind_confidence: u8,
    kind_runner_up: Option<RunnerUp<'a>>,
    layout: &'static str,
    title_rows: Option<[u64; 2]>,
    header_rows: Option<[u64; 2]>,
    data_rows: Option<[u64; 2]>,
    skipped_rows: Vec<SkippedRow>,
    records: u64,
    period: Option<String>,
    unit: Option<&'a str>,
    headings: Vec<Heading<'a>>,
    fields: Vec<Field<'a>>,
    conversions: Vec<Conversion>,
}

#[derive(Serialize)]
struct RunnerUp<'a> {
    id: &'a str,
    confidence: u8,
}

#[derive(Serialize)]
struct SkippedRow {
    row: u64,
    reason: &'static str,
}

#[derive(Serialize)]
struct Heading<'a> {
    heading: String,
    cell: String,
    field: Option<&'a str>,
    #[serde(rename = "match")]
    how: &'static str,
    confidence: u8,
    runner_up: Option<RunnerUp<'a>>,
    evidence: Evidence,
}

/// What speaks for the match: the name that the heading comes nearest to, and how many of the cells fit.
#[derive(Serialize)]
struct Evidence {
    name: Option<String>,
    likeness: Option<u8>,
    cells_fit: Option<u8>,
    cells_seen: Option<u64>,
    taken_by: Option<String>,
}

#[derive(Serialize)]
struct Field<'a> {
    field: &'a str,
    present: u64,
    blank: u64,
    unreadable: u64,
    unreadable_examples: Vec<Example>,
    converted: Vec<Converted>,
}

#[derive(Serialize)]
struct Converted {
    code: &'static str,
    cell: String,
    from: String,
    to: String,
}

#[derive(Serialize)]
struct Example {
    cell: String,
    text: String,
}

#[derive(Serialize)]
struct Conversion {
    code: &'static str,
    count: u64,
    example: String,
}

fn table(table: &TableReading, lang: Lang, masking: Masking) -> Table<'_> {
    let rows = |rows: Option<(u32, u32)>| rows.map(|(first, last)| [u64::from(first) + 1, u64::from(last) + 1]);
    Table {
        kind: table.kind.as_deref(),
        kind_name: table.kind_name.get(lang),
        kind_confidence: table.kind_confidence,
        kind_runner_up: second(&table.kind_runner_up),
        layout: table.layout,
        title_rows: rows(table.title_rows),
        header_rows: rows(table.header_rows),
        data_rows: rows(table.data_rows),
        skipped_rows: table
            .skipped_rows
            .iter()
            .map(|(row, reason)| SkippedRow { row: u64::from(*row) + 1, reason })
            .collect(),
        records: table.records,
        period: table.period.map(|period| period.to_string()),
        unit: table.unit.as_deref(),
        headings: table.headings.iter().map(|h| heading(h, masking)).collect(),
        fields: table.fields.iter().map(|f| field(f, masking)).collect(),
        conversions: table
            .conversions
            .iter()
            .map(|(code, (count, example))| Conversion {
                code,
                count: *count,
                example: view::example(example, masking),
            })
            .collect(),
    }
}

fn second(runner_up: &Option<(std::sync::Arc<str>, u8)>) -> Option<RunnerUp<'_>> {
    runner_up.as_ref().map(|(id, confidence)| RunnerUp { id, confidence: *confidence })
}

fn heading(heading: &HeadingMatch, masking: Masking) -> Heading<'_> {
    Heading {
        heading: scrub(&heading.heading, masking),
        cell: cell_name(heading.cell.0, heading.cell.1),
        field: heading.field.as_deref(),
        how: heading.how.code(),
        confidence: heading.confidence,
        runner_up: second(&heading.runner_up),
        evidence: Evidence {
            name: heading.evidence.name.as_ref().map(|(name, _)| name.clone()),
            likeness: heading.evidence.name.as_ref().map(|(_, likeness)| *likeness),
            cells_fit: heading.evidence.cells.map(|(share, _)| share),
            cells_seen: heading.evidence.cells.map(|(_, seen)| seen),
            taken_by: heading.evidence.taken_by.as_deref().map(|text| scrub(text, masking)),
        },
    }
}

fn field(field: &FieldUse, masking: Masking) -> Field<'_> {
    let example = |(row, column, text): &(u32, u32, String)| Example {
        cell: cell_name(*row, *column),
        text: view::cell_text(text, field.personal, masking),
    };
    Field {
        field: &field.field,
        present: field.present,
        blank: field.blank,
        unreadable: field.unreadable,
        unreadable_examples: field.unreadable_examples.iter().map(example).collect(),
        converted: field
            .converted
            .iter()
            .map(|cell| Converted {
                code: cell.code,
                cell: cell_name(cell.cell.0, cell.cell.1),
                from: view::cell_text(&cell.from, field.personal, masking),
                to: view::cell_text(&cell.to, field.personal, masking),
            })
            .collect(),
    }
}
