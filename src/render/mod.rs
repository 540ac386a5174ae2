//! Lays reports out, one output format per file; every judgement comes from the report, nothing is computed anew.

pub mod compare;
pub mod console;
pub mod csv;
pub mod diagnostics;
mod escape;
pub mod github;
pub mod html;
pub mod inspect;
pub mod json;
pub mod junit;
mod links;
pub mod mapping;
pub mod markdown;
pub mod ndjson;
mod overview;
mod picture;
pub mod rules;
pub mod sarif;
#[cfg(test)]
mod testing;
mod view;
mod words;
pub mod workbook;

use std::io::{self, Write};

use crate::finding::{Masking, Report};
use crate::model::Lang;

/// What all formats can be told.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub lang: Lang,
    pub masking: Masking,
    /// Path of the output file as the user gave it, so that links to the inputs can be relative to it.
    pub target: Option<String>,
    /// The working folder, where paths that are not absolute begin; links need it where only one of two paths is absolute.
    pub folder: Option<String>,
}

/// The formats of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Format {
    Workbook,
    Html,
    Json,
    Ndjson,
    Csv,
    Sarif,
    Junit,
    Github,
    Markdown,
}

impl Format {
    pub const ALL: [Format; 9] = [
        Format::Workbook,
        Format::Html,
        Format::Json,
        Format::Ndjson,
        Format::Csv,
        Format::Sarif,
        Format::Junit,
        Format::Github,
        Format::Markdown,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::Workbook => "xlsx",
            Format::Html => "html",
            Format::Json => "json",
            Format::Ndjson => "ndjson",
            Format::Csv => "csv",
            Format::Sarif => "sarif",
            Format::Junit => "junit",
            Format::Github => "github",
            Format::Markdown => "markdown",
        }
    }

    /// The format of this name.
    pub fn parse(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The format that the ending of a file's name stands for, such as `.xlsx`; upper and lower case alike.
    pub fn from_path(path: &str) -> Option<Format> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
        let (stem, ending) = name.rsplit_once('.')?;
        Some(match ending {
            "xlsx" => Format::Workbook,
            "html" | "htm" => Format::Html,
            "json" if stem.ends_with(".sarif") => Format::Sarif,
            "json" => Format::Json,
            "ndjson" | "jsonl" => Format::Ndjson,
            "csv" => Format::Csv,
            "sarif" => Format::Sarif,
            "xml" => Format::Junit,
            "md" | "markdown" => Format::Markdown,
            _ => return None,
        })
    }

    /// Writes `report` in this format; the same report and options give the same bytes.
    pub fn write(self, report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        if options.masking == Masking::Masked {
            report.mark_people();
        }
        match self {
            Format::Workbook => workbook::write(report, options, out),
            Format::Html => html::write(report, options, out),
            Format::Json => json::write(report, options, out),
            Format::Ndjson => ndjson::write(report, options, out),
            Format::Csv => csv::write(report, options, out),
            Format::Sarif => sarif::write(report, options, out),
            Format::Junit => junit::write(report, options, out),
            Format::Github => github::write(report, options, out),
            Format::Markdown => markdown::write(report, options, out),
        }
    }
}

/// A share as a percentage with one digit, rounded down so that only a full house is 100 %.
fn percentage(part: u64, whole: u64) -> String {
    if whole == 0 {
        return String::new();
    }
    let tenths = u128::from(part) * 1000 / u128::from(whole);
    if tenths % 10 == 0 { format!("{}%", tenths / 10) } else { format!("{}.{}%", tenths / 10, tenths % 10) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(format: Format, options: &Options) -> String {
        let mut bytes = Vec::new();
        format.write(&testing::sample(), options, &mut bytes).unwrap();
        match format {
            Format::Workbook => testing::unpack(&bytes),
            _ => String::from_utf8(bytes).unwrap(),
        }
    }

    #[test]
    fn formats_are_known_by_name_and_by_ending() {
        for format in Format::ALL {
            assert_eq!(Format::parse(format.name()), Some(format));
        }
        assert_eq!(Format::from_path("out/结果.XLSX"), Some(Format::Workbook));
        assert_eq!(Format::from_path("a.sarif.json"), Some(Format::Sarif));
        assert_eq!(Format::from_path("a.b/findings"), None);
        assert_eq!(Format::from_path(".xlsx.txt"), None);
    }

    #[test]
    fn no_format_shows_personal_data_unless_asked() {
        for format in Format::ALL {
            for lang in [Lang::Zh, Lang::En] {
                let text = text(format, &Options { lang, ..Options::default() });
                for value in testing::PERSONAL {
                    assert!(!text.contains(value), "{value} leaks into {}", format.name());
                }
            }
        }
        let console = console::summary(&testing::sample(), &console::Options::default());
        assert!(testing::PERSONAL.iter().all(|value| !console.contains(value)));
        let shown = Options { masking: Masking::Shown, ..Options::default() };
        assert!(text(Format::Json, &shown).contains(testing::PERSONAL[1]));
    }

    #[test]
    fn every_format_gives_the_same_bytes_again() {
        for format in Format::ALL {
            let bytes = || {
                let mut bytes = Vec::new();
                format.write(&testing::sample(), &Options::default(), &mut bytes).unwrap();
                bytes
            };
            assert_eq!(bytes(), bytes(), "{}", format.name());
        }
    }

    /// What the data themselves say, longest first: names, values, documents' numbers and printed headings stay as they are.
    fn data(report: &Report) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for finding in &report.findings {
            let place = &finding.location;
            texts.push(finding.unit.to_string());
            texts.extend(place.file.iter().chain(&place.sheet).map(ToString::to_string));
            for evidence in finding.key.iter().chain(finding.values.iter()) {
                let shown = view::scrub(&report.shown(evidence, Masking::Masked), Masking::Masked);
                texts.extend([evidence.name.to_string(), evidence.value.to_owned(), shown]);
            }
            if let Some(reason) = &finding.reason {
                texts.extend(reason_fields(reason));
            }
        }
        texts.extend(report.packs.iter().map(|pack| pack.number.clone()));
        texts.extend(report.measures.iter().map(|measure| measure.clause.clone()));
        texts.extend(
            report.rules.iter().flat_map(|rule| &rule.parameters).flat_map(|p| [p.name.to_string(), p.unit.clone()]),
        );
        for input in &report.inputs {
            texts.push(input.file.to_string());
            for table in input.sheets.iter().flat_map(|sheet| &sheet.tables) {
                texts.extend(table.unit.clone());
                texts.extend(table.headings.iter().map(|heading| heading.heading.clone()));
                texts.extend(table.headings.iter().filter_map(|heading| heading.field.as_deref().map(str::to_owned)));
                texts.extend(
                    table.headings.iter().filter_map(|heading| heading.runner_up.as_ref().map(|one| one.0.to_string())),
                );
                texts.extend(table.conversions.values().map(|(_, example)| example.clone()));
                for field in &table.fields {
                    texts.push(field.field.to_string());
                    let examples = field.unreadable_examples.iter();
                    texts.extend(examples.map(|(_, _, text)| view::cell_text(text, field.personal, Masking::Masked)));
                }
            }
            texts.extend(input.sheets.iter().map(|sheet| sheet.name.to_string()));
        }
        texts.extend(report.tallies.iter().map(|tally| tally.unit.to_string()));
        // Each format escapes ASCII in its own way, so only what lies between counts.
        let runs = texts.iter().flat_map(|text| text.split(|c: char| c.is_ascii())).filter(|run| !run.is_empty());
        let mut texts: Vec<String> = runs.map(str::to_owned).collect();
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        texts
    }

    fn reason_fields(reason: &crate::finding::Reason) -> Vec<String> {
        use crate::finding::Reason::{CellBlank, CellUnreadable, ColumnAbsent};
        match reason {
            ColumnAbsent(names) | CellBlank(names) | CellUnreadable(names) => {
                names.iter().map(ToString::to_string).collect()
            }
            _ => Vec::new(),
        }
    }

    #[test]
    fn english_outputs_are_english_but_for_the_data() {
        let report = testing::sample();
        let data = data(&report);
        let options = Options { lang: Lang::En, ..Options::default() };
        for format in Format::ALL {
            let mut bytes = Vec::new();
            format.write(&report, &options, &mut bytes).unwrap();
            let mut text = match format {
                Format::Workbook => testing::cells(&bytes),
                _ => String::from_utf8(bytes).unwrap(),
            };
            for known in &data {
                text = text.replace(known.as_str(), "");
            }
            let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c) || "，。；：（）《》、".contains(c);
            // The labels of charts are cut, so they are no longer what the data say.
            let is_left = |line: &&str| line.chars().any(is_chinese) && !line.contains('…');
            let left: Vec<&str> = text.lines().filter(is_left).collect();
            assert!(left.is_empty(), "{} has Chinese in English: {:#?}", format.name(), &left[..left.len().min(5)]);
        }
    }

    #[test]
    fn an_empty_report_has_every_format() {
        for format in Format::ALL {
            format.write(&Report::default(), &Options::default(), &mut Vec::new()).unwrap();
        }
    }
}
