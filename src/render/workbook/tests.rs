//! Tests of the workbook, by reading it back.

use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};

use super::*;
use crate::finding::Masking;
use crate::render::testing;

fn bytes(report: &Report, options: &Options) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(report, options, &mut bytes).unwrap();
    bytes
}

fn sheet(bytes: &[u8], name: &str) -> Range<Data> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    book.worksheet_range(name).unwrap()
}

fn texts(range: &Range<Data>) -> Vec<String> {
    range.used_cells().map(|(_, _, cell)| cell.to_string()).collect()
}

#[test]
fn every_finding_stands_in_the_list() {
    let report = testing::sample();
    let bytes = bytes(&report, &Options::default());
    let list = sheet(&bytes, "问题清单");
    assert_eq!(list.height(), report.findings.len() + 1);
    let row: Vec<String> =
        (0..25).map(|column| list.get((1, column)).map(ToString::to_string).unwrap_or_default()).collect();
    insta::assert_debug_snapshot!(row);
    // Errors come first, advice after all violations, and what could not be judged last.
    let column = |column: usize| list.rows().skip(1).map(|row| row[column].to_string()).collect::<Vec<_>>();
    let outcomes = column(2);
    assert_eq!(outcomes.last().unwrap(), "无法判定");
    assert_eq!(outcomes.iter().position(|outcome| outcome == "提示"), Some(12));
}

#[test]
fn sheets_and_texts_are_whole_in_both_languages() {
    let report = testing::sample();
    for (lang, name) in [(Lang::Zh, "zh"), (Lang::En, "en")] {
        let bytes = bytes(&report, &Options { lang, ..Options::default() });
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(&bytes)).unwrap();
        let names = book.sheet_names();
        let mut all = String::new();
        for sheet in &names {
            all.push_str(&format!("== {sheet}\n"));
            if sheet == "问题清单" || sheet == "Findings" {
                continue;
            }
            for row in book.worksheet_range(sheet).unwrap().rows() {
                let cells: Vec<String> = row.iter().map(|cell| cell.to_string().replace('\n', "⏎")).collect();
                all.push_str(cells.join(" | ").trim_end_matches([' ', '|']));
                all.push('\n');
            }
        }
        insta::assert_snapshot!(format!("workbook_{name}"), all);
    }
}

#[test]
fn nothing_from_the_data_is_a_formula() {
    let parts = testing::unpack(&bytes(&testing::sample(), &Options::default()));
    assert!(!parts.contains("<f>"), "a cell holds a formula");
    assert!(parts.contains("quotePrefix"));
}

#[test]
fn personal_data_is_masked_unless_asked_for() {
    let report = testing::sample();
    let masked = testing::unpack(&bytes(&report, &Options::default()));
    for value in testing::PERSONAL {
        assert!(!masked.contains(value), "{value} leaks");
    }
    let shown = bytes(&report, &Options { masking: Masking::Shown, ..Options::default() });
    let all = testing::unpack(&shown);
    for value in testing::PERSONAL {
        assert!(all.contains(value), "{value} is missing");
    }
    assert!(texts(&sheet(&shown, "概览")).iter().any(|text| text.contains("未遮蔽")));
}

#[test]
fn links_lead_to_the_cell_by_a_relative_path() {
    let options = Options { target: Some("out/findings.xlsx".to_owned()), ..Options::default() };
    let parts = testing::unpack(&bytes(&testing::sample(), &options));
    assert!(parts.contains("location=\"'值守门诊 ''第四季度'''!C6\""), "{parts}");
    assert!(parts.contains("../samples/q4/"));
}

#[test]
fn what_the_list_leaves_out_is_said() {
    let mut report = testing::sample();
    let rule = report.findings[1].rule;
    let before = report.findings.len();
    report.findings.retain(|finding| finding.rule != rule || finding.location.row == Some(12));
    assert!(report.findings.len() < before);
    let overview = sheet(&bytes(&report, &Options::default()), "概览");
    let row = overview.rows().find(|row| row[2] == "不合规" && row[1] == "每周值守工作日").unwrap();
    assert_eq!((row[3].to_string(), row[4].to_string()), ("3".to_owned(), "1".to_owned()));
}

#[test]
fn an_empty_report_is_a_workbook_all_the_same() {
    let bytes = bytes(&Report::default(), &Options::default());
    assert_eq!(sheet(&bytes, "问题清单").height(), 1);
    assert!(texts(&sheet(&bytes, "概览")).iter().any(|text| text.contains("没有任何一项得到判定")));
}

#[test]
fn rates_are_rounded_down() {
    assert_eq!(percentage(999_999, 1_000_000), "99.9%");
    assert_eq!(percentage(3, 3), "100%");
    assert_eq!(percentage(1, 3), "33.3%");
    assert_eq!(percentage(0, 0), "");
}

#[test]
fn long_texts_are_cut_to_what_a_cell_holds() {
    let text = "长".repeat(40_000);
    assert!(cell_text(&text).chars().count() <= CELL_CHARACTERS);
    let mut report = testing::sample();
    report.findings[0].unit = text.into();
    bytes(&report, &Options::default());
}

#[test]
fn a_table_of_the_overview_has_its_heading_on_every_printed_page() {
    let mut report = testing::sample();
    let measure = report.measures.last().unwrap().clone();
    report.measures.extend(std::iter::repeat_n(measure, 60));
    let bytes = bytes(&report, &Options::default());
    let mut book = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
    let mut xml = String::new();
    std::io::Read::read_to_string(&mut book.by_name("xl/worksheets/sheet1.xml").unwrap(), &mut xml).unwrap();
    let breaks: Vec<usize> =
        xml.split("<brk id=\"").skip(1).map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect();
    let overview = sheet(&bytes, "概览");
    let first = |row: usize| overview.get_value((row as u32, 0)).map(ToString::to_string).unwrap_or_default();
    let measures = (0..overview.height()).find(|&row| first(row) == "各项举措").unwrap();
    let units = (0..overview.height()).find(|&row| first(row).starts_with("各单位")).unwrap();
    let within: Vec<usize> = breaks.into_iter().filter(|row| (measures..units - 1).contains(row)).collect();
    assert!(within.len() >= 2, "{within:?}");
    for row in within {
        assert_eq!(first(row), "编号", "row {row} begins a page");
    }
}

#[test]
fn rows_beyond_the_links_of_a_sheet_have_their_link_in_a_formula() {
    let report = testing::sample();
    let options = Options { target: Some("out/findings.xlsx".to_owned()), ..Options::default() };
    let book =
        Book { report: &report, options: &options, overview: Overview::new(&report), styles: Styles::new(Lang::Zh) };
    let links = |most: usize| {
        let list = findings::List::with_links(&book, most);
        let mut workbook = Workbook::new();
        findings::add(&book, workbook.add_worksheet(), &list).unwrap();
        let package = workbook.save_to_buffer().unwrap();
        let filling = stream::Filling { sheet: 1, content: stream::Content::Rows(&list), last_cell: list.last_cell() };
        let mut bytes = Vec::new();
        stream::fill(&package, &[filling], &mut bytes).unwrap();
        let parts = testing::unpack(&bytes);
        (parts.matches("<hyperlink ").count(), parts.matches("<f>HYPERLINK(&quot;../samples/q4/").count())
    };
    let (all, none) = links(65_530);
    assert!(all > 10 && none == 0, "{all} {none}");
    assert_eq!(links(3), (3, all - 3));
}
