//! The whole result of a run: what was read, what was judged, and what was found. Renderers only lay it out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Finding, Masking, Personal, Reason, Severity, Tallies, Tally, fill_template};
use crate::diag::{InputFault, InputNote, PackFault};
use crate::model::{Date, Lang, Localized, Period};

/// Everything that a renderer may show.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub run: RunInfo,
    pub packs: Vec<PackInfo>,
    /// In the order of the packs; includes the ones that no ledger could show.
    pub measures: Vec<MeasureInfo>,
    pub rules: Vec<RuleInfo>,
    /// In input order.
    pub inputs: Vec<InputReading>,
    /// In a stable order: by rule, then source, then row, then key.
    pub findings: Vec<Finding>,
    /// By rule and unit; rules without any result have none.
    pub tallies: Tallies,
    /// Why a rule has no result at all, as (rule, reason).
    pub not_run: Vec<NotRun>,
    /// Faults of packs that were left out of the run.
    pub pack_faults: Vec<PackFault>,
    /// What the reader of the report must know: a population taken from the records, completeness that was not judged.
    pub notes: Vec<Localized>,
    /// Which rows belong to which unit, where return copies are asked for.
    pub owners: Vec<super::OwnedTable>,
    /// How the findings stand to those of an earlier run, where one was given.
    pub follow_up: Option<super::FollowUp>,
    /// The sums of earlier runs, oldest first.
    pub history: Vec<super::Past>,
    /// Marks of people who look alike once they are masked.
    pub pseudonyms: super::Pseudonyms,
    /// Names of the ledger kinds by id, for reasons that name a ledger; a kind that is absent here is shown by its id.
    pub ledger_names: BTreeMap<Arc<str>, Localized>,
    /// Names of fields in English by canonical name; a field that is absent here is shown by its canonical name.
    pub field_names: BTreeMap<Arc<str>, String>,
}

/// What was asked for.
#[derive(Clone, Debug)]
pub struct RunInfo {
    pub version: &'static str,
    pub as_of: Date,
    /// The reporting period given by the user.
    pub period: Option<Period>,
    /// How the packs were chosen, as a sentence.
    pub pack_choice: Localized,
    pub arguments: Vec<String>,
}

impl Default for RunInfo {
    fn default() -> RunInfo {
        RunInfo {
            version: env!("CARGO_PKG_VERSION"),
            as_of: Date::default(),
            period: None,
            pack_choice: Localized::default(),
            arguments: Vec::new(),
        }
    }
}

/// A rule pack that took part.
#[derive(Clone, Debug)]
pub struct PackInfo {
    pub id: Arc<str>,
    pub name: Localized,
    /// The document's title.
    pub document: Localized,
    /// The document's number, such as `陕卫办基层函〔2023〕254号`.
    pub number: String,
    pub effective_from: Option<Date>,
    pub effective_until: Option<Date>,
}

/// One demand of a document.
#[derive(Clone, Debug)]
pub struct MeasureInfo {
    pub id: Arc<str>,
    pub pack: Arc<str>,
    /// `rule`, `attest`, `advisory` or `narrative`.
    pub class: &'static str,
    pub clause: String,
    pub title: Localized,
    pub demand: Localized,
    /// Why no ledger can show it, for `narrative`.
    pub reason: Option<Localized>,
}

/// A rule that took part, with all that an output says about it.
#[derive(Clone, Debug)]
pub struct RuleInfo {
    pub id: Arc<str>,
    /// The measure that it answers; the local one where a local document takes over a national measure.
    pub measure: Arc<str>,
    /// Measures of other documents that make the same demand.
    pub also: Vec<Arc<str>>,
    pub pack: Arc<str>,
    pub severity: Severity,
    pub title: Localized,
    /// Document title, number and clause, ready to be shown; one for each document that is cited.
    pub citations: Vec<Localized>,
    /// What must be so, in our own words.
    pub required: Localized,
    /// What to do where it is not so (整改建议).
    pub fix: Localized,
    /// Template of the finding's message; `{name}` stands for evidence of that name.
    pub message: Localized,
    /// Names of the items where the rule judges the items of a duty one by one.
    pub items: Vec<Localized>,
    pub ledger: Arc<str>,
    pub ledger_name: Localized,
    pub parameters: Vec<ParameterInfo>,
    /// How open questions were settled (解释口径).
    pub interpretation: Option<Localized>,
}

/// A parameter in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterInfo {
    pub name: Arc<str>,
    pub value: String,
    pub unit: String,
    pub reason: Localized,
    /// Whether no document gives the number, so that it is our interpretation.
    pub is_interpretation: bool,
    /// Whether the user set it.
    pub overridden: bool,
}

/// A rule without results, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRun {
    /// Position in [`Report::rules`].
    pub rule: u32,
    pub reason: Reason,
}

/// How one input was read.
#[derive(Clone, Debug)]
pub struct InputReading {
    pub file: Arc<str>,
    pub format: Option<&'static str>,
    pub encoding: Option<String>,
    pub digest: Option<String>,
    pub size: u64,
    pub notes: Vec<InputNote>,
    /// Faults of the file or of single sheets; the rest was read all the same.
    pub faults: Vec<InputFault>,
    pub sheets: Vec<SheetReading>,
}

/// The stable key of the note on an input that is no ledger and was not meant as one.
pub const PASSED_OVER: &str = "passed-over";

impl InputReading {
    /// Whether it is no ledger and was not meant as one, such as a note beside the ledgers.
    pub fn is_passed_over(&self) -> bool {
        self.notes.iter().any(|note| note.code == PASSED_OVER)
    }

    /// The line, from 1, where `row` of the file, from 0, begins; `None` where the file has no lines.
    pub fn line(&self, row: u32) -> Option<u64> {
        self.sheets.first().filter(|_| self.is_text())?.line(row)
    }

    /// Whether rows are lines of a text file.
    pub fn is_text(&self) -> bool {
        matches!(self.format, Some("csv" | "tsv" | "text" | "txt"))
    }
}

/// How one sheet was read.
#[derive(Clone, Debug)]
pub struct SheetReading {
    pub name: Arc<str>,
    pub hidden: bool,
    pub tables: Vec<TableReading>,
    pub notes: Vec<InputNote>,
    /// Rows of the sheet with any content.
    pub rows: u64,
    /// For text files, how far lines run ahead of rows: from which row on, and by how many lines, where quoted line breaks
    /// stand before it; empty where line and row agree.
    pub line_shifts: Vec<(u32, u64)>,
    /// A few rows as they stand, where the sheet is to be shown; empty in checks.
    pub picture: Vec<PictureRow>,
}

impl SheetReading {
    /// Stands in [`SheetReading::line_shifts`] where lines are no longer known.
    pub const NO_LINES: u64 = u64::MAX;

    /// The line, from 1, of a row of a text file, from 0.
    pub fn line(&self, row: u32) -> Option<u64> {
        let known = self.line_shifts.partition_point(|(first, _)| *first <= row);
        let shift = known.checked_sub(1).map_or(0, |place| self.line_shifts[place].1);
        (shift != SheetReading::NO_LINES).then_some(u64::from(row) + 1 + shift)
    }
}

/// One row of a sheet as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureRow {
    /// Row from 0.
    pub row: u32,
    pub hidden: bool,
    /// Column from 0 and text of the filled cells; long texts are cut. Outputs mask what is personal.
    pub cells: Vec<(u32, String)>,
}

/// How one table of a sheet was understood.
#[derive(Clone, Debug)]
pub struct TableReading {
    /// The ledger kind, where one fits.
    pub kind: Option<Arc<str>>,
    pub kind_name: Arc<Localized>,
    /// 0 to 100.
    pub kind_confidence: u8,
    /// The next best kind and its confidence.
    pub kind_runner_up: Option<(Arc<str>, u8)>,
    /// `table`, `form` or `transposed`.
    pub layout: &'static str,
    /// First and last row of title lines, headings and data, from 0, both included.
    pub title_rows: Option<(u32, u32)>,
    pub header_rows: Option<(u32, u32)>,
    pub data_rows: Option<(u32, u32)>,
    /// Rows left out as totals, notes or repeated headings.
    pub skipped_rows: Vec<(u32, &'static str)>,
    pub records: u64,
    pub period: Option<Period>,
    pub unit: Option<String>,
    /// Files of one form share them.
    pub headings: Arc<[HeadingMatch]>,
    pub fields: Vec<FieldUse>,
    /// Conversions that were not literal, by stable English key, with count and first example.
    /// Examples come from fields without personal data only, since nothing here tells an output to mask them.
    pub conversions: BTreeMap<&'static str, (u64, String)>,
}

/// How a heading was matched.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MatchHow {
    /// The canonical name or an alias, after normalisation.
    Exact,
    /// Close to an alias, or shown by the values.
    Guessed,
    /// Set by the user.
    Given,
    /// Two fields fit equally well, so neither was taken.
    Ambiguous,
    /// No field fits.
    Unmatched,
}

impl MatchHow {
    /// The stable English key of machine formats.
    pub fn code(self) -> &'static str {
        match self {
            MatchHow::Exact => "exact",
            MatchHow::Guessed => "guessed",
            MatchHow::Given => "given",
            MatchHow::Ambiguous => "ambiguous",
            MatchHow::Unmatched => "unmatched",
        }
    }
}

/// One heading of a sheet and the field it was matched to.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct HeadingMatch {
    /// The heading with its parents, as `联络情况▸一季度▸日期`.
    pub heading: String,
    /// Row and column from 0 of the lowest heading cell.
    pub cell: (u32, u32),
    pub field: Option<Arc<str>>,
    pub how: MatchHow,
    /// 0 to 100.
    pub confidence: u8,
    /// The next best field and its confidence.
    pub runner_up: Option<(Arc<str>, u8)>,
    pub evidence: MatchEvidence,
}

/// What speaks for the match of a heading, or for the field it came nearest to where it has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MatchEvidence {
    /// The name or alias of the field that the heading comes nearest to, and how alike they are, 0 to 100.
    pub name: Option<(String, u8)>,
    /// The share of the filled cells looked at, in per cent, that the field can read or that look like its values, and
    /// how many were looked at.
    pub cells: Option<(u8, u64)>,
    /// Another column to which the nearest field went: its heading.
    pub taken_by: Option<String>,
}

/// How the cells of a field came out in one table.
#[derive(Clone, Debug)]
pub struct FieldUse {
    pub field: Arc<str>,
    pub present: u64,
    pub blank: u64,
    pub unreadable: u64,
    /// First unreadable cells: row, column and text; text of personal fields is masked by outputs.
    pub unreadable_examples: Vec<(u32, u32, String)>,
    /// First cells of each conversion that was not literal; texts of personal fields are masked by outputs.
    pub converted: Vec<ConvertedCell>,
    pub personal: Option<Personal>,
}

/// A cell whose value was read from another way of writing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvertedCell {
    /// The stable English key of the conversion.
    pub code: &'static str,
    /// Row and column from 0.
    pub cell: (u32, u32),
    pub from: String,
    pub to: String,
}

impl Report {
    /// The message of a finding in `lang`, with personal data masked or shown.
    pub fn message(&self, finding: &Finding, lang: Lang, masking: Masking) -> String {
        let rule = &self.rules[finding.rule as usize];
        let template = rule.message.get(lang);
        fill_template(template, |name| self.lookup(finding, name, lang, masking))
    }

    /// What the rule requires of this finding's unit, in `lang`.
    pub fn required(&self, finding: &Finding, lang: Lang, masking: Masking) -> String {
        let rule = &self.rules[finding.rule as usize];
        fill_template(rule.required.get(lang), |name| self.lookup(finding, name, lang, masking))
    }

    fn lookup(&self, finding: &Finding, name: &str, lang: Lang, masking: Masking) -> Option<String> {
        match name {
            "unit" => return Some(finding.unit.to_string()),
            "period" => {
                // A result for a whole sheet has no single period.
                return Some(match (finding.period, lang) {
                    (Some(period), Lang::Zh) => period.zh(),
                    (Some(period), Lang::En) => period.to_string(),
                    (None, Lang::Zh) => "各期".to_owned(),
                    (None, Lang::En) => "each period".to_owned(),
                });
            }
            "item" => {
                let rule = &self.rules[finding.rule as usize];
                return Some(rule.items.get(finding.item? as usize)?.get(lang).to_owned());
            }
            _ => {}
        }
        let known = finding.key.iter().chain(finding.values.iter()).find(|evidence| **evidence.name == *name);
        if let Some(evidence) = known {
            if evidence.value.is_empty() {
                return Some(match lang {
                    Lang::Zh => "（空）".to_owned(),
                    Lang::En => "(blank)".to_owned(),
                });
            }
            return Some(match lang {
                Lang::Zh => self.shown(evidence, masking),
                Lang::En => in_english(self.shown(evidence, masking)),
            });
        }
        let rule = &self.rules[finding.rule as usize];
        if let Some(parameter) = rule.parameters.iter().find(|parameter| &*parameter.name == name) {
            return Some(parameter.value.clone());
        }
        // A field that the sheet does not have says nothing; its name in braces would say less.
        Some(match lang {
            Lang::Zh => "（未列）".to_owned(),
            Lang::En => "(not given)".to_owned(),
        })
    }

    /// The counts of each rule over all units, in the order of the rules.
    pub fn rule_tallies(&self) -> Vec<Tally> {
        let mut sums = vec![Tally::default(); self.rules.len()];
        for tally in self.tallies.iter() {
            if let Some(sum) = sums.get_mut(tally.rule as usize) {
                sum.merge(&tally.counts);
            }
        }
        sums
    }
}

/// A value that is a word of the house, not of the ledger, in an English sentence: yes and no, and periods.
fn in_english(value: String) -> String {
    match &*value {
        "是" => "yes".to_owned(),
        "否" => "no".to_owned(),
        _ => Period::parse_zh(&value).map_or(value, |period| period.to_string()),
    }
}
