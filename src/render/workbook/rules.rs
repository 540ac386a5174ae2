//! 规则说明: every rule with its demand, its document and clause, its parameters, how open questions were settled, and how it came out.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cells::{GuardedLook, Line, Look, Palette, column_names};
use super::stream::{Prototypes, Rows};
use super::{Book, row_height};
use crate::finding::{NotRun, Outcome, RuleInfo, Severity};
use crate::model::cell_name;
use crate::render::overview::Counts;
use crate::render::{overview, words};

/// Columns that are printed; the others are for the screen.
const PRINTED: u16 = 9;

const COLUMNS: [(&str, &str, f64); 11] = [
    ("举措", "Measure", 16.0),
    ("规则", "Rule", 16.0),
    ("程度", "Severity", 7.0),
    ("台账", "Ledger", 26.0),
    ("要求", "What is required", 28.0),
    ("依据", "Document and clause", 28.0),
    ("参数", "Parameters", 18.0),
    ("解释口径", "Interpretation", 26.0),
    ("核查结果", "Results", 14.0),
    ("整改建议", "What to do", 28.0),
    ("规则编号", "Rule id", 22.0),
];

/// The looks of the cells.
struct Looks {
    cell: GuardedLook,
    /// Of rules that did not run.
    faint: GuardedLook,
    small: GuardedLook,
    /// By severity.
    tints: [(Severity, Look); 3],
    section: Look,
    warning_note: Look,
}

/// The rules, a row for all that say the same of different ledgers, and under them the faults of packs that were left out.
pub(super) struct Rules<'b, 'a> {
    book: &'b Book<'a>,
    /// Positions of rules that say the same.
    groups: Vec<Vec<u32>>,
    not_run: BTreeMap<u32, &'a NotRun>,
    names: Vec<String>,
    looks: Looks,
}

impl<'b, 'a> Rules<'b, 'a> {
    /// Lays the sheet out: heading, widths, paper, merged areas and the prototypes of the cells.
    pub fn add(book: &'b Book<'a>, sheet: &mut Worksheet) -> Result<Rules<'b, 'a>, XlsxError> {
        book.set_up(sheet, "规则说明", "Rules")?;
        for (column, (zh, en, width)) in COLUMNS.iter().enumerate() {
            sheet.set_column_width(column as u16, *width)?;
            let heading = words::pick(book.lang(), zh, en);
            sheet.write_string_with_format(0, column as u16, heading, &book.styles.header)?;
        }
        sheet.set_row_height(0, 26)?;
        sheet.set_freeze_panes(1, 2)?;
        sheet.set_repeat_rows(0, 0)?;
        let (styles, mut palette) = (&book.styles, Palette::default());
        let mut tint = |severity| (severity, palette.add(styles.tint(Outcome::Violated, severity)));
        let tints = [tint(Severity::Error), tint(Severity::Warning), tint(Severity::Advice)];
        let looks = Looks {
            cell: palette.add_guarded(&styles.cell),
            faint: palette.add_guarded(&styles.faint),
            small: palette.add_guarded(&styles.small),
            tints,
            section: palette.add(&styles.section),
            warning_note: palette.add(&styles.warning_note),
        };
        palette.write(sheet)?;
        let not_run = book.report.not_run.iter().map(|not_run| (not_run.rule, not_run)).collect();
        let groups = overview::alike(book.report);
        let rules = Rules { book, groups, not_run, names: column_names(COLUMNS.len()), looks };
        let count = rules.groups.len() as u32;
        sheet.set_print_area(0, 0, rules.len() as u32, PRINTED - 1)?;
        if count > 0 {
            sheet.autofilter(0, 0, count, COLUMNS.len() as u16 - 1)?;
        }
        for row in (count + 1..=rules.len() as u32).skip(1) {
            sheet.merge_range(row, 0, row, PRINTED - 1, "", &styles.warning_note)?;
        }
        Ok(rules)
    }

    /// The last cell of the sheet.
    pub fn last_cell(&self) -> String {
        cell_name(self.len() as u32, COLUMNS.len() as u32 - 1)
    }

    fn rule(&self, group: &[u32], number: usize, prototypes: &Prototypes, xml: &mut String) {
        let (book, lang) = (self.book, self.book.lang());
        let rules = || group.iter().map(|place| &book.report.rules[*place as usize]);
        let Some(rule): Option<&RuleInfo> = rules().next() else { return };
        let not_run = group.first().and_then(|place| self.not_run.get(place));
        let mut measure = book.measure(&rule.measure);
        for also in &rule.also {
            measure.push('\n');
            measure.push_str(also);
        }
        let citations: Vec<&str> = rule.citations.iter().map(|citation| citation.get(lang)).collect();
        let parameters: Vec<String> = rule.parameters.iter().map(|info| words::parameter(info, lang)).collect();
        let result = match not_run {
            Some(not_run) => {
                let reason = words::reason(book.report, &not_run.reason, lang);
                format!("{}{reason}", book.pick("未执行：", "not run: "))
            }
            None => {
                let mut counts = Counts::default();
                group.iter().for_each(|place| counts.merge(&book.overview.rules[*place as usize]));
                results(book, &counts)
            }
        };
        let required = words::required(rule, lang);
        let interpretation = rule.interpretation.as_ref().map(|text| text.get(lang)).unwrap_or_default();
        let (citations, parameters) = (citations.join("\n"), parameters.join("\n"));
        let severity = words::severity(rule.severity, lang);
        let mut ledgers: Vec<&str> = rules().map(|rule| rule.ledger_name.get(lang)).collect();
        ledgers.dedup();
        let ledgers = ledgers.join(book.pick("、", ", "));
        let ids = rules().map(|rule| &*rule.id).collect::<Vec<_>>().join("\n");
        let texts: [&str; COLUMNS.len()] = [
            &measure,
            rule.title.get(lang),
            severity,
            &ledgers,
            &required,
            &citations,
            &parameters,
            interpretation,
            &result,
            rule.fix.get(lang),
            &ids,
        ];
        // The id is for the screen and may be cut.
        let height =
            row_height(texts.into_iter().zip(COLUMNS).take(COLUMNS.len() - 1).map(|(text, column)| (text, column.2)));
        let mut line = Line::new(xml, &self.names, number, height, prototypes);
        let cell = if not_run.is_some() { self.looks.faint } else { self.looks.cell };
        for (column, text) in texts.into_iter().enumerate() {
            let look = match column {
                2 if not_run.is_none() => self.tint(rule.severity),
                10 => self.looks.small.of(text),
                _ => cell.of(text),
            };
            line.text(column as u16, look, text);
        }
        line.end();
    }

    fn tint(&self, severity: Severity) -> Look {
        let tints = &self.looks.tints;
        tints.iter().find(|(of, _)| *of == severity).map_or(tints[0].1, |(_, look)| *look)
    }

    /// Adds a row whose one text goes over the printed columns.
    fn wide(&self, number: usize, look: Look, text: &str, prototypes: &Prototypes, xml: &mut String) {
        let width = COLUMNS[..usize::from(PRINTED)].iter().map(|column| column.2).sum();
        let mut line = Line::new(xml, &self.names, number, row_height([(text, width)]), prototypes);
        line.text(0, look, text);
        line.end();
    }
}

impl Rows for Rules<'_, '_> {
    fn len(&self) -> usize {
        let faults = self.book.report.pack_faults.len();
        // An empty row and a title stand before the faults.
        self.groups.len() + if faults > 0 { faults + 2 } else { 0 }
    }

    fn row(&self, index: usize, prototypes: &Prototypes, xml: &mut String) {
        let (number, rules) = (index + 2, self.groups.len());
        match index.checked_sub(rules) {
            None => self.rule(&self.groups[index], number, prototypes, xml),
            Some(0) => {}
            Some(1) => {
                let title = self.book.pick(
                    "规则包中的错误（有错的规则没有执行）",
                    "Faults in rule packs (the rules at fault did not run)",
                );
                self.wide(number, self.looks.section, title, prototypes, xml);
            }
            Some(below) => {
                let Some(fault) = self.book.report.pack_faults.get(below - 2) else { return };
                let lang = self.book.lang();
                let help = fault.help.as_ref().map(|help| help.get(lang)).unwrap_or_default();
                let text = format!("{} {help}", fault.told(lang));
                self.wide(number, self.looks.warning_note, &text, prototypes, xml);
            }
        }
    }
}

fn results(book: &Book, counts: &Counts) -> String {
    let parts = [
        ("合规", "met", counts.met + counts.advice_met),
        ("不合规", "violated", counts.violated()),
        ("提示", "advice", counts.advice),
        ("无法判定", "undetermined", counts.undetermined),
        ("不适用", "not applicable", counts.not_applicable),
        ("未到期", "not yet due", counts.not_yet_due),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(_, _, count)| *count > 0)
        .map(|(zh, en, count)| format!("{} {count}", words::pick(book.lang(), zh, en)))
        .collect();
    if said.is_empty() {
        return book.pick("没有适用的记录", "nothing to judge").to_owned();
    }
    said.join(book.pick("，", ", "))
}
