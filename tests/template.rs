//! Templates of every ledger kind: laid out to be filled in, and when they are, read back without a question.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;

use calamine::{Reader, Xlsx, open_workbook};
use serde_json::Value;
use taizhang::model::{FieldType, column_name};
use taizhang::pack::{self, Catalog, Field, LedgerKind};

/// Rows from 0: the headings of a table, and the first block of a form.
const HEADINGS: u32 = 2;
const FIRST_BLOCK: u32 = 3;
/// The line with 填报单位 and 所属期.
const LINE: u32 = 1;

fn taizhang(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_taizhang"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("the program runs");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {errors}");
    output.stdout
}

/// Kinds that sheets are of.
fn kinds(catalog: &Catalog) -> Vec<&LedgerKind> {
    catalog.kinds.iter().map(|kind| &**kind).filter(|kind| kind.made.is_none()).collect()
}

/// A cell as someone who fills in the template leaves it.
enum Filled {
    Text(String),
    Number(f64),
}

fn filled(field: &Field, catalog: &Catalog) -> Filled {
    let codes = |list: &str| -> Vec<String> {
        let list = catalog.lists.get(list).expect("the list of the field");
        list.entries.iter().take(2).map(|entry| entry.code.to_string()).collect()
    };
    match &field.ty {
        FieldType::Text => Filled::Text(format!("甲{}", field.name)),
        FieldType::YesNo => Filled::Text("是".into()),
        FieldType::Integer => Filled::Number(3.0),
        FieldType::Decimal => Filled::Number(2.5),
        FieldType::Ratio => Filled::Number(0.25),
        // 2024-03-05
        FieldType::Date => Filled::Number(45_356.0),
        FieldType::Dates => Filled::Text("2024-03-05、2024-03-06".into()),
        FieldType::Period => Filled::Text("2024年一季度".into()),
        FieldType::Code(list) => Filled::Text(codes(list).remove(0)),
        FieldType::Codes(list) => Filled::Text(codes(list).join("、")),
        FieldType::IdNumber => Filled::Text("230102195003120125".into()),
    }
}

/// Puts a value into a prepared cell, whose format stays.
fn put(sheet: &mut String, row: u32, column: u32, value: &Filled) {
    let name = format!("{}{}", column_name(column), row + 1);
    let start = sheet.find(&format!("<c r=\"{name}\"")).unwrap_or_else(|| panic!("no cell {name} is prepared"));
    let rest = &sheet[start..];
    let open = rest.find('>').expect("the tag ends") + 1;
    let whole = if rest[..open].ends_with("/>") { open } else { rest.find("</c>").expect("the cell ends") + 4 };
    let style = rest[..open].split("s=\"").nth(1).and_then(|text| text.split('"').next()).unwrap_or("0");
    let cell = match value {
        Filled::Text(text) => format!("<c r=\"{name}\" s=\"{style}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"),
        Filled::Number(number) => format!("<c r=\"{name}\" s=\"{style}\"><v>{number}</v></c>"),
    };
    sheet.replace_range(start..start + whole, &cell);
}

/// Fills in one record, or the form.
fn fill(sheet: &mut String, kind: &LedgerKind, catalog: &Catalog, headings: &[String]) {
    put(sheet, LINE, 0, &Filled::Text("填报单位：甲县卫生健康局".into()));
    let Some(form) = &kind.form else {
        for (column, heading) in headings.iter().enumerate() {
            let field = kind.field(heading).unwrap_or_else(|| panic!("{}: the heading {heading} is no field", kind.id));
            put(sheet, HEADINGS + 1, column as u32, &filled(&kind.fields[field], catalog));
        }
        return;
    };
    put(sheet, LINE, 4, &Filled::Text("所属期：2024年一季度".into()));
    for (at, block) in form.blocks.iter().enumerate() {
        for (column, answer) in block.answers.iter().enumerate() {
            let value = match answer.parts.as_slice() {
                [only] => filled(&kind.fields[only.field], catalog),
                parts => {
                    let part = |(at, part): (usize, &pack::AnswerPart)| format!("{} {}", part.words[0], at + 3);
                    Filled::Text(parts.iter().enumerate().map(part).collect::<Vec<_>>().join("，"))
                }
            };
            put(sheet, FIRST_BLOCK + 2 * at as u32 + 1, 3 + column as u32, &value);
        }
    }
}

/// The book with some of its sheets changed.
fn rewrite(from: &Path, to: &Path, mut change: impl FnMut(usize, &mut String)) {
    let mut archive = zip::ZipArchive::new(File::open(from).expect("the template")).expect("a book");
    let mut out = zip::ZipWriter::new(File::create(to).expect("the filled book"));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).expect("a part");
        let name = part.name().expect("a name").into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).expect("the part");
        let number = name.strip_prefix("xl/worksheets/sheet").and_then(|rest| rest.strip_suffix(".xml"));
        if let Some(number) = number.and_then(|number| number.parse::<usize>().ok()) {
            let mut text = String::from_utf8(bytes).expect("XML");
            change(number - 1, &mut text);
            bytes = text.into_bytes();
        }
        out.start_file(name, zip::write::SimpleFileOptions::default()).expect("a part");
        out.write_all(&bytes).expect("the part");
    }
    out.finish().expect("a book");
}

#[test]
fn the_template_of_every_kind_is_read_back_without_a_question() {
    let (store, _) = pack::builtin();
    let catalog = store.base();
    let kinds = kinds(&catalog);
    let folder = tempfile::tempdir().unwrap();
    let mut arguments = vec!["template"];
    arguments.extend(kinds.iter().map(|kind| &*kind.id));
    arguments.extend(["-o", "空白.xlsx", "--rows", "3"]);
    taizhang(folder.path(), &arguments);

    let blank = folder.path().join("空白.xlsx");
    let mut book: Xlsx<_> = open_workbook(&blank).unwrap();
    let headings: Vec<Vec<String>> = book
        .sheet_names()
        .iter()
        .take(kinds.len())
        .map(|name| {
            let range = book.worksheet_range(name).unwrap();
            let row = range.rows().nth(HEADINGS as usize).expect("a row of headings");
            row.iter().map(ToString::to_string).take_while(|text| !text.is_empty()).collect()
        })
        .collect();
    rewrite(&blank, &folder.path().join("填好.xlsx"), |index, sheet| {
        if let (Some(kind), Some(headings)) = (kinds.get(index), headings.get(index)) {
            fill(sheet, kind, &catalog, headings);
        }
    });

    let output = taizhang(
        folder.path(),
        &["check", "填好.xlsx", "--format", "json", "-q", "--as-of", "2024-04-10", "--fail-on", "never"],
    );
    let report: Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(report["files"][0]["notes"].as_array().map(Vec::len), Some(0), "{:#}", report["files"][0]["notes"]);
    let sheets = report["files"][0]["sheets"].as_array().unwrap();
    assert_eq!(sheets.len(), kinds.len());
    for (sheet, kind) in sheets.iter().zip(&kinds) {
        let table = &sheet["tables"][0];
        assert_eq!(table["kind"], *kind.id, "{sheet:#}");
        assert_eq!(table["records"], 1, "{}: {table:#}", kind.id);
        assert_eq!(sheet["notes"].as_array().map(Vec::len), Some(0), "{}: {:#}", kind.id, sheet["notes"]);
        for heading in table["headings"].as_array().unwrap() {
            assert_eq!(heading["confidence"], 100, "{}: {heading}", kind.id);
            assert!(heading["field"].is_string(), "{}: {heading}", kind.id);
        }
        let fields = table["fields"].as_array().unwrap();
        for field in fields {
            assert_eq!(field["unreadable"], 0, "{}: {field}", kind.id);
        }
        let wanted = match &kind.form {
            Some(form) => form.blocks.iter().flat_map(|block| &block.answers).map(|answer| answer.parts.len()).sum(),
            None => table["headings"].as_array().map_or(0, Vec::len),
        };
        let present = fields.iter().filter(|field| field["present"] == 1).count();
        assert!(present >= wanted, "{}: {present} of {wanted} fields came back", kind.id);
    }
}

#[test]
fn a_template_says_how_to_fill_it_in_and_keeps_its_headings() {
    let folder = tempfile::tempdir().unwrap();
    taizhang(folder.path(), &["template", "long-prescription", "-o", "空白.xlsx", "--rows", "3"]);
    let mut archive = zip::ZipArchive::new(File::open(folder.path().join("空白.xlsx")).unwrap()).unwrap();
    let mut part = |name: &str| {
        let mut text = String::new();
        archive.by_name(name).unwrap_or_else(|_| panic!("no {name}")).read_to_string(&mut text).unwrap();
        text
    };
    let (sheet, notes, book) = (part("xl/worksheets/sheet1.xml"), part("xl/comments1.xml"), part("xl/workbook.xml"));
    assert!(sheet.contains("<sheetProtection "), "the headings are protected");
    for validation in ["type=\"list\"", "type=\"date\"", "type=\"whole\"", "type=\"textLength\""] {
        assert!(sheet.contains(validation), "no validation {validation}");
    }
    // A meaning and the measures that ask for it.
    assert!(notes.contains("依据：") && notes.contains("GJ-03"), "{notes}");
    assert!(book.contains("state=\"veryHidden\""), "the sheet with kind and version is hidden");
    fs::remove_file(folder.path().join("空白.xlsx")).unwrap();
}
