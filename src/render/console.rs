//! The summary on the console: one screen that says what was read, how it came out, where, why, and what could not be judged.

use std::collections::BTreeMap;

use comfy_table::{Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::overview::{Counts, Gap, Overview};
use super::view::scrub;
use super::words;
use crate::finding::{Masking, Outcome, Reason, Report, Standing};
use crate::model::Lang;

/// How the summary is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    pub lang: Lang,
    pub masking: Masking,
    /// Columns of the terminal.
    pub width: u16,
    /// Whether ANSI colours may be used.
    pub colour: bool,
    /// Path of the findings workbook, where one was written.
    pub workbook: Option<&'a str>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { lang: Lang::Zh, masking: Masking::Masked, width: 80, colour: false, workbook: None }
    }
}

const FILES: usize = 5;
const FAULTS: usize = 4;
const MEASURES: usize = 20;
const UNITS: usize = 5;
const CAUSES: usize = 5;
const GAPS: usize = 4;
const NOTES: usize = 3;

/// The summary of `report`, ending in a newline.
pub fn summary(report: &Report, options: &Options) -> String {
    let screen = Screen { report, overview: Overview::new(report), options, text: String::new() };
    screen.write()
}

struct Screen<'a> {
    report: &'a Report,
    overview: Overview<'a>,
    options: &'a Options<'a>,
    text: String,
}

impl Screen<'_> {
    fn write(mut self) -> String {
        self.run();
        self.inputs();
        self.faults();
        self.totals();
        self.measures();
        self.units();
        self.causes();
        self.gaps();
        self.idle();
        self.cuts();
        self.notes();
        self.workbook();
        self.text
    }

    fn pick(&self, zh: &'static str, en: &'static str) -> &'static str {
        words::pick(self.options.lang, zh, en)
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn heading(&mut self, zh: &'static str, en: &'static str) {
        let title = self.pick(zh, en);
        let styled = if self.options.colour { format!("\u{1b}[1m{title}\u{1b}[0m") } else { title.to_owned() };
        self.text.push('\n');
        self.line(&styled);
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(self.options.width.max(40));
        if self.options.colour {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        table
    }

    fn cell(&self, text: String, colour: Option<Color>) -> Cell {
        let cell = Cell::new(printable(&text));
        match colour {
            Some(colour) => cell.fg(colour),
            None => cell,
        }
    }

    /// Adds the table, indented by nothing and without blanks at the ends of lines.
    fn add(&mut self, table: &Table) {
        for line in table.lines() {
            let line = if self.options.colour { line } else { line.trim_end().to_owned() };
            self.line(&line);
        }
    }

    /// Lines of label and text, wrapped within their columns.
    fn listing(&mut self, rows: Vec<(String, Option<Color>, String)>) {
        if rows.is_empty() {
            return;
        }
        let mut table = self.table();
        for (label, colour, text) in rows {
            table.add_row(vec![self.cell(label, colour), self.cell(text, None)]);
        }
        if let Some(column) = table.column_mut(0) {
            column.set_constraint(ColumnConstraint::UpperBoundary(Width::Percentage(45)));
        }
        self.add(&table);
    }

    fn paragraph(&mut self, text: String, colour: Option<Color>) {
        let mut table = self.table();
        table.add_row(vec![self.cell(text, colour)]);
        self.add(&table);
    }

    fn run(&mut self) {
        let run = &self.report.run;
        let lang = self.options.lang;
        let mut text = match lang {
            Lang::Zh => format!("台账核查　核查日期 {}", run.as_of),
            Lang::En => format!("Check of ledgers as of {}", run.as_of),
        };
        if let Some(period) = run.period {
            text.push_str(&match lang {
                Lang::Zh => format!("　所属期 {}", period.zh()),
                Lang::En => format!(", period {period}"),
            });
        }
        self.paragraph(text, None);
        let packs: Vec<String> = self.report.packs.iter().map(|pack| pack.name.get(lang).to_owned()).collect();
        let choice = run.pack_choice.get(lang);
        let mut text = match lang {
            Lang::Zh => format!("规则包：{}", packs.join("、")),
            Lang::En => format!("Rule packs: {}", packs.join(", ")),
        };
        if !choice.is_empty() {
            text.push_str(&match lang {
                Lang::Zh => format!("（{choice}）"),
                Lang::En => format!(" ({choice})"),
            });
        }
        self.paragraph(text, None);
    }

    fn inputs(&mut self) {
        let lang = self.options.lang;
        let inputs = &self.report.inputs;
        let sheets: usize = inputs.iter().map(|input| input.sheets.len()).sum();
        let tables = || inputs.iter().flat_map(|input| &input.sheets).flat_map(|sheet| &sheet.tables);
        let records: u64 = tables().map(|table| table.records).sum();
        self.heading("读取", "Read");
        let text = match lang {
            Lang::Zh => format!("{} 个文件，{sheets} 张工作表，{records} 条记录", inputs.len()),
            Lang::En => format!("{} files, {sheets} sheets, {records} records", inputs.len()),
        };
        self.paragraph(text, None);
        let mut rows = Vec::new();
        if inputs.len() <= FILES {
            for input in inputs {
                for table in input.sheets.iter().flat_map(|sheet| &sheet.tables) {
                    let kind = self.kind_name(table.kind.as_deref(), table.kind_name.get(lang));
                    let text = match lang {
                        Lang::Zh => format!("{kind}　{} 条", table.records),
                        Lang::En => format!("{kind}, {} records", table.records),
                    };
                    rows.push((file_name(&input.file).to_owned(), None, text));
                }
            }
            rows.truncate(2 * FILES);
        } else {
            let mut kinds: BTreeMap<(bool, String), (usize, u64)> = BTreeMap::new();
            for table in tables() {
                let name = self.kind_name(table.kind.as_deref(), table.kind_name.get(lang));
                let sum = kinds.entry((table.kind.is_none(), name)).or_default();
                sum.0 += 1;
                sum.1 += table.records;
            }
            for ((_, name), (tables, records)) in kinds {
                let text = match lang {
                    Lang::Zh => format!("{tables} 张表　{records} 条"),
                    Lang::En => format!("{tables} tables, {records} records"),
                };
                rows.push((name, None, text));
            }
            let rest = rows.len().saturating_sub(2 * FILES);
            rows.truncate(2 * FILES);
            if rest > 0 {
                let text = match lang {
                    Lang::Zh => format!("另有 {rest} 种台账"),
                    Lang::En => format!("and {rest} more kinds of ledger"),
                };
                rows.push((text, None, String::new()));
            }
        }
        self.listing(rows);
    }

    fn kind_name(&self, kind: Option<&str>, name: &str) -> String {
        match kind {
            None => self.pick("未识别为台账", "no ledger recognised").to_owned(),
            Some(id) if name.is_empty() => words::ledger(self.report, id, self.options.lang).to_owned(),
            Some(_) => name.to_owned(),
        }
    }

    fn faults(&mut self) {
        let lang = self.options.lang;
        let mut rows = Vec::new();
        let mut count = 0;
        for input in &self.report.inputs {
            for fault in &input.faults {
                count += 1;
                if rows.len() < FAULTS {
                    let sheet = fault.sheet.as_deref().map(|sheet| format!(" [{sheet}]")).unwrap_or_default();
                    let text = words::fault(fault, lang, self.options.masking);
                    rows.push((format!("{}{sheet}", file_name(&input.file)), Some(Color::Red), text));
                }
            }
        }
        for fault in self.report.pack_faults.iter() {
            count += 1;
            if rows.len() < FAULTS {
                let text = fault.message.get(lang).to_owned();
                rows.push((format!("{}:{}:{}", fault.file, fault.line, fault.column), Some(Color::Red), text));
            }
        }
        if count == 0 {
            return;
        }
        self.heading("未能读取", "Could not be read");
        let rest = count - rows.len();
        self.listing(rows);
        self.more(rest);
    }

    fn more(&mut self, rest: usize) {
        if rest > 0 {
            let text = match self.options.lang {
                Lang::Zh => format!("另有 {rest} 项，见结果工作簿"),
                Lang::En => format!("and {rest} more, see the workbook"),
            };
            self.paragraph(text, None);
        }
    }

    fn totals(&mut self) {
        let total = self.overview.total;
        self.heading("结果", "Results");
        let text = match self.options.lang {
            Lang::Zh => format!(
                "合规 {} · 不合规 {}（错误 {}，警告 {}）· 提示 {} · 无法判定 {} · 不适用 {} · 未到期 {} · 未执行 {}",
                total.met,
                total.violated(),
                total.errors,
                total.warnings,
                total.advice,
                total.undetermined,
                total.not_applicable,
                total.not_yet_due,
                total.not_run,
            ),
            Lang::En => format!(
                "met {}, violated {} (errors {}, warnings {}), advice {}, undetermined {}, not applicable {}, not yet due {}, not run {}",
                total.met,
                total.violated(),
                total.errors,
                total.warnings,
                total.advice,
                total.undetermined,
                total.not_applicable,
                total.not_yet_due,
                total.not_run,
            ),
        };
        let colour = if total.violated() > 0 {
            Color::Red
        } else if total.judged() == 0 {
            Color::Yellow
        } else {
            Color::Green
        };
        self.paragraph(text, Some(colour));
        if let Some(follow_up) = &self.report.follow_up {
            let [new, persisting, waived, lapsed] =
                [Standing::New, Standing::Persisting, Standing::Waived, Standing::Lapsed]
                    .map(|one| follow_up.count(one));
            let (fixed, not_judged) = (follow_up.fixed.len(), follow_up.not_judged.len());
            self.paragraph(
                match self.options.lang {
                    Lang::Zh => format!(
                        "与上次相比：新增 {new} · 持续 {persisting} · 已整改 {fixed} · 豁免 {waived} · 豁免到期 {lapsed} · 本次未核 {not_judged}"
                    ),
                    Lang::En => format!(
                        "against the earlier run: {new} new, {persisting} persisting, {fixed} fixed, {waived} waived, {lapsed} with a lapsed waiver, {not_judged} not judged this time"
                    ),
                },
                None,
            );
            for refused in &follow_up.refused {
                self.paragraph(refused.get(self.options.lang).to_owned(), Some(Color::Yellow));
            }
        }
        if total.judged() + total.advice + total.advice_met == 0 {
            let text =
                self.pick("没有任何一项得到判定，不能视为合规。", "Nothing was judged; this is no sign of compliance.");
            self.paragraph(text.to_owned(), Some(Color::Yellow));
        }
    }

    fn measures(&mut self) {
        let lang = self.options.lang;
        let mut table = self.table();
        let headers = match lang {
            Lang::Zh => ["举措", "合规", "不合规", "提示", "无法判定", "不适用", "未到期"],
            Lang::En => ["Measure", "met", "violated", "advice", "unclear", "n/a", "not due"],
        };
        table.set_header(headers.iter().map(|text| Cell::new(text).add_attribute(Attribute::Dim)));
        let entries: Vec<(usize, Counts)> =
            self.overview.measures.iter().copied().enumerate().filter(|(_, counts)| !counts.is_silent()).collect();
        let silent = self.overview.measures.len() - entries.len();
        // Measures with something to act on come before those without; all stand in the documents' order.
        let has_matter =
            |counts: &Counts| counts.violated() + counts.advice + counts.undetermined + counts.not_yet_due > 0;
        let matters = entries.iter().filter(|(_, counts)| has_matter(counts)).count();
        let mut quiet = MEASURES.saturating_sub(matters);
        let mut entries_left = MEASURES;
        let shown_entries: Vec<(usize, Counts)> = entries
            .iter()
            .filter(|(_, counts)| {
                let room = if has_matter(counts) { &mut entries_left } else { &mut quiet };
                let fits = *room > 0;
                *room = room.saturating_sub(1);
                fits
            })
            .copied()
            .collect();
        let shown = shown_entries.len();
        let hidden = entries.len() - shown;
        let hidden_matters = matters.saturating_sub(MEASURES);
        for (place, counts) in shown_entries {
            let measure = &self.report.measures[place];
            let colour = if counts.violated() > 0 { Some(Color::Red) } else { None };
            table.add_row(vec![
                self.cell(format!("{} {}", measure.id, measure.title.get(lang)), None),
                self.number(counts.met + counts.advice_met, None),
                self.number(counts.violated(), colour),
                self.number(counts.advice, Some(Color::Cyan)),
                self.number(counts.undetermined, Some(Color::Yellow)),
                self.number(counts.not_applicable, None),
                self.number(counts.not_yet_due, None),
            ]);
        }
        if shown > 0 {
            self.text.push('\n');
            for column in table.column_iter_mut().skip(1) {
                column.set_cell_alignment(CellAlignment::Right);
            }
            self.add(&table);
        }
        let text = match (lang, hidden, silent) {
            (_, 0, 0) => return,
            (Lang::Zh, 0, _) => format!("另有 {silent} 项没有结果。"),
            (Lang::Zh, _, _) if hidden_matters == 0 => {
                format!("另有 {hidden} 项全部合规或不适用，{silent} 项没有结果。")
            }
            (Lang::En, _, _) if hidden > 0 && hidden_matters == 0 => {
                format!("{hidden} more measures are met or not applicable throughout; {silent} have no result.")
            }
            (Lang::Zh, _, _) => format!("另有 {hidden} 项见结果工作簿，{silent} 项没有结果。"),
            (Lang::En, 0, _) => format!("{silent} more measures have no result."),
            (Lang::En, _, _) => format!("{hidden} more measures stand in the workbook; {silent} have no result."),
        };
        self.paragraph(text, None);
    }

    fn number(&self, number: u64, colour: Option<Color>) -> Cell {
        let text = if number == 0 { "-".to_owned() } else { number.to_string() };
        self.cell(text, colour.filter(|_| number > 0)).set_alignment(CellAlignment::Right)
    }

    fn units(&mut self) {
        let lang = self.options.lang;
        let bad: Vec<(&str, Counts)> =
            self.overview.units.iter().filter(|(_, counts)| counts.violated() > 0).copied().collect();
        if bad.is_empty() {
            return;
        }
        self.heading("不合规较多的单位", "Units with most violations");
        let rows = bad.iter().take(UNITS).map(|(unit, counts)| {
            let name = words::unit(unit, lang).to_owned();
            let text = match lang {
                Lang::Zh => format!("不合规 {} / 判定 {}", counts.violated(), counts.judged()),
                Lang::En => format!("{} of {} violated", counts.violated(), counts.judged()),
            };
            (scrub(&name, self.options.masking), None, text)
        });
        let rows = rows.collect();
        self.listing(rows);
        if bad.len() > UNITS {
            let text = match lang {
                Lang::Zh => format!("共 {} 个单位有不合规", bad.len()),
                Lang::En => format!("{} units have violations", bad.len()),
            };
            self.paragraph(text, None);
        }
    }

    fn causes(&mut self) {
        let lang = self.options.lang;
        let causes = self.overview.causes(false);
        if causes.is_empty() {
            return;
        }
        self.heading("主要问题", "Commonest causes");
        let rows = causes.iter().take(CAUSES).map(|(rule, count)| {
            let rule = &self.report.rules[*rule as usize];
            let text = match lang {
                Lang::Zh => format!("{count} 处　{}", rule.severity.zh()),
                Lang::En => format!("{count} ({})", rule.severity.en()),
            };
            (format!("{} {}", rule.measure, rule.title.get(lang)), None, text)
        });
        let rows = rows.collect();
        self.listing(rows);
    }

    fn gaps(&mut self) {
        if self.overview.gaps.is_empty() {
            return;
        }
        self.heading("无法判定", "Undetermined");
        let mut rows = Vec::new();
        for gap in self.overview.gaps.iter().take(GAPS) {
            rows.push((
                self.capital(words::reason(self.report, gap.reason, self.options.lang)),
                None,
                self.extent(gap),
            ));
        }
        let rest = self.overview.gaps.len() - rows.len();
        self.listing(rows);
        self.more(rest);
    }

    fn capital(&self, text: String) -> String {
        let mut characters = text.chars();
        match (self.options.lang, characters.next()) {
            (Lang::En, Some(first)) => first.to_uppercase().chain(characters).collect(),
            _ => text,
        }
    }

    fn extent(&self, gap: &Gap) -> String {
        let rules: Vec<&str> = gap
            .rules
            .iter()
            .take(2)
            .map(|rule| self.report.rules[*rule as usize].title.get(self.options.lang))
            .collect();
        let more = gap.rules.len() > rules.len();
        match self.options.lang {
            Lang::Zh => format!("{} 处　影响：{}{}", gap.count, rules.join("、"), if more { "等" } else { "" }),
            Lang::En => format!("{} results: {}{}", gap.count, rules.join("; "), if more { "; …" } else { "" }),
        }
    }

    fn idle(&mut self) {
        if self.overview.idle.is_empty() {
            return;
        }
        let lang = self.options.lang;
        self.heading("未执行的规则", "Rules that did not run");
        let is_absent = |gap: &&Gap| matches!(gap.reason, Reason::LedgerAbsent(_) | Reason::CompanionAbsent(_));
        let absent: Vec<&Gap> = self.overview.idle.iter().filter(is_absent).collect();
        let mut rows = Vec::new();
        if !absent.is_empty() {
            let rules: usize = absent.iter().map(|gap| gap.rules.len()).sum();
            let names: Vec<String> = absent.iter().take(3).filter_map(|gap| self.ledger_of(gap.reason)).collect();
            let (label, text) = match lang {
                Lang::Zh => (
                    format!("未报送所需台账 {} 种", absent.len()),
                    format!("{rules} 条　{}{}", names.concat(), if absent.len() > 3 { "等" } else { "" }),
                ),
                Lang::En => (
                    format!("{} ledgers not submitted", absent.len()),
                    format!("{rules} rules: {}{}", names.join(", "), if absent.len() > 3 { ", …" } else { "" }),
                ),
            };
            rows.push((label, None, text));
        }
        for gap in self.overview.idle.iter().filter(|gap| !is_absent(gap)).take(GAPS) {
            let text = match lang {
                Lang::Zh => format!("{} 条", gap.rules.len()),
                Lang::En => format!("{} rules", gap.rules.len()),
            };
            rows.push((self.capital(words::reason(self.report, gap.reason, lang)), None, text));
        }
        self.listing(rows);
    }

    fn ledger_of(&self, reason: &Reason) -> Option<String> {
        let (Reason::LedgerAbsent(id) | Reason::CompanionAbsent(id)) = reason else { return None };
        let name = words::ledger(self.report, id, self.options.lang);
        Some(match self.options.lang {
            Lang::Zh => format!("《{name}》"),
            Lang::En => name.to_owned(),
        })
    }

    fn cuts(&mut self) {
        let cut: u64 = self
            .overview
            .cuts
            .iter()
            .filter(|cut| matches!(cut.outcome, Outcome::Violated | Outcome::Undetermined))
            .map(|cut| cut.total - cut.listed)
            .sum();
        if cut > 0 {
            let text = match self.options.lang {
                Lang::Zh => format!("清单按每条规则的上限截去 {cut} 条；以上数字为实际总数。"),
                Lang::En => {
                    format!("{cut} findings beyond the limit per rule are not listed; the figures above are complete.")
                }
            };
            self.text.push('\n');
            self.paragraph(text, Some(Color::Yellow));
        }
    }

    fn notes(&mut self) {
        if self.report.notes.is_empty() {
            return;
        }
        self.heading("说明", "Notes");
        let texts: Vec<String> = self.report.notes.iter().map(|note| note.get(self.options.lang).to_owned()).collect();
        for text in texts.iter().take(NOTES) {
            self.paragraph(format!("- {}", scrub(text, self.options.masking)), None);
        }
        self.more(texts.len().saturating_sub(NOTES));
    }

    fn workbook(&mut self) {
        if let Some(path) = self.options.workbook {
            let text = match self.options.lang {
                Lang::Zh => format!("结果工作簿：{path}"),
                Lang::En => format!("Findings workbook: {path}"),
            };
            self.text.push('\n');
            // The path stays on one line, whatever its length, so that it can be copied.
            self.line(&printable(&text));
        }
    }
}

/// The last part of a path, with the part before it where the file stands in a folder.
fn file_name(path: &str) -> &str {
    let mut cuts = path.rmatch_indices(['/', '\\']).map(|(place, _)| place);
    cuts.next();
    cuts.next().map_or(path, |place| &path[place + 1..])
}

/// The text without control characters, so that no cell of a ledger can move the cursor or change colours.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::render::testing;

    #[test]
    fn one_screen_in_chinese() {
        let report = testing::sample();
        let options = Options { workbook: Some("findings.xlsx"), ..Options::default() };
        let text = summary(&report, &options);
        insta::assert_snapshot!(text);
        assert!(text.lines().all(|line| line.width() <= 80), "{text}");
    }

    #[test]
    fn one_screen_in_english() {
        let report = testing::sample();
        let text = summary(&report, &Options { lang: Lang::En, ..Options::default() });
        insta::assert_snapshot!(text);
    }

    #[test]
    fn nothing_judged_is_said() {
        let mut report = testing::sample();
        report.tallies.clear();
        report.findings.clear();
        let text = summary(&report, &Options::default());
        assert!(text.contains("没有任何一项得到判定"), "{text}");
    }

    #[test]
    fn control_characters_of_cells_do_not_reach_the_terminal() {
        let mut report = testing::sample();
        for tally in &mut report.tallies {
            tally.unit = format!("{}\u{1b}[31m", tally.unit).into();
        }
        let text = summary(&report, &Options::default());
        assert!(!text.contains('\u{1b}'));
        assert!(summary(&report, &Options { colour: true, ..Options::default() }).contains("\u{1b}["));
    }

    #[test]
    fn folders_are_kept_in_file_names() {
        assert_eq!(file_name("a/b/c.xlsx"), "b/c.xlsx");
        assert_eq!(file_name("c.xlsx"), "c.xlsx");
    }
}
