//! The summary on the console: one screen that says what was read, how it came out, where, why, and what could not be judged.

mod gaps;
mod results;

use std::collections::BTreeMap;

use comfy_table::{Cell, Color, ColumnConstraint, ContentArrangement, Table, Width, presets};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::overview::Overview;
use super::words;
use crate::diag::{Level, PackFault};
use crate::finding::{Masking, Report};
use crate::model::{Lang, counted};

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

/// With more files than these the kinds of ledger are listed instead of the files.
const FILES: usize = 5;
const FAULTS: usize = 4;
/// Lines on which the kinds of ledger are listed.
const KIND_LINES: usize = 3;

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
        self.pack_faults();
        self.totals();
        self.measures();
        self.units();
        self.causes();
        self.gaps();
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
        self.heading_of(self.pick(zh, en).to_owned());
    }

    fn heading_of(&mut self, title: String) {
        let styled = if self.options.colour { format!("\u{1b}[1m{title}\u{1b}[0m") } else { title };
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

    /// One line for each label and text; what does not fit is in the workbook.
    fn listing(&mut self, rows: Vec<(String, String)>) {
        let width = usize::from(self.options.width.max(40)) - 5;
        let longest = rows.iter().map(|(label, _)| label.width()).max().unwrap_or(0);
        let longest_text = rows.iter().map(|(_, text)| text.width()).max().unwrap_or(0);
        // Room that the texts do not need is the labels'.
        let label_width = longest.min((width * 55 / 100).max(width.saturating_sub(longest_text)));
        for (label, text) in rows {
            let label = clip(&printable(&label), label_width);
            let text = clip(&printable(&text), width - label_width);
            let gap = " ".repeat(label_width - label.width());
            self.line(format!(" {label}{gap}  {text}").trim_end());
        }
    }

    /// Lines of label and text, wrapped within their columns so that all of it can be read.
    fn wrapped(&mut self, rows: Vec<(String, Option<Color>, String)>) {
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
        let text = printable(&text);
        // What stands behind the mark of a list begins where its text begins.
        let hanging = if text.starts_with("- ") { "   " } else { " " };
        // A line of counts breaks between them, other texts wherever Chinese may.
        let separator = match text.contains(" · ") {
            true => textwrap::WordSeparator::AsciiSpace,
            false => textwrap::WordSeparator::UnicodeBreakProperties,
        };
        let options = textwrap::Options::new(self.options.width.max(40).into())
            .initial_indent(" ")
            .subsequent_indent(hanging)
            .word_separator(separator);
        let lines: Vec<String> = textwrap::wrap(&text, options).iter().map(|line| self.styled(line, colour)).collect();
        for line in lines {
            self.line(&line);
        }
    }

    /// The text in a colour, where the terminal shows colours.
    fn styled(&self, text: &str, colour: Option<Color>) -> String {
        let code = match colour {
            Some(Color::Red) => 31,
            Some(Color::Green) => 32,
            Some(Color::Yellow) => 33,
            _ => return text.to_owned(),
        };
        if self.options.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
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
        let (label, separator) = (self.pick("规则包", "Rule packs"), self.pick("、", ", "));
        let choice = match (choice.is_empty(), lang) {
            (true, _) => String::new(),
            (false, Lang::Zh) => format!("（{choice}）"),
            (false, Lang::En) => format!(" ({choice})"),
        };
        let colon = self.pick("：", ": ");
        self.paragraph(format!("{label}{colon}{}{choice}", packs.join(separator)), None);
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
            Lang::En => [(inputs.len() as u64, "file"), (sheets as u64, "sheet"), (records, "record")]
                .map(|(number, thing)| counted(number, thing))
                .join(", "),
        };
        self.paragraph(text, None);
        if inputs.len() <= FILES {
            let mut rows = Vec::new();
            for input in inputs {
                for table in input.sheets.iter().flat_map(|sheet| &sheet.tables) {
                    let kind = self.kind_name(table.kind.as_deref(), table.kind_name.get(lang));
                    // The number comes first, so that it is never what is cut.
                    let text = match lang {
                        Lang::Zh => format!("{} 条　{kind}", table.records),
                        Lang::En => format!("{}, {kind}", counted(table.records, "record")),
                    };
                    rows.push((file_name(&input.file).to_owned(), text));
                }
            }
            let rest = rows.len().saturating_sub(2 * FILES);
            rows.truncate(2 * FILES);
            self.listing(rows);
            self.more(rest);
        } else {
            self.kinds();
        }
    }

    /// The kinds of ledger with their records, several on a line.
    fn kinds(&mut self) {
        let lang = self.options.lang;
        let mut kinds: BTreeMap<(bool, String), u64> = BTreeMap::new();
        for table in self.report.inputs.iter().flat_map(|input| &input.sheets).flat_map(|sheet| &sheet.tables) {
            let name = self.kind_name(table.kind.as_deref(), table.kind_name.get(lang));
            *kinds.entry((table.kind.is_none(), name)).or_default() += table.records;
        }
        let width = usize::from(self.options.width.max(40)) - 1;
        let all = kinds.len();
        let mut listed = 0;
        let mut lines = vec![String::new()];
        let mut kinds: Vec<((bool, String), u64)> = kinds.into_iter().collect();
        kinds.sort_by_key(|((is_unknown, _), records)| (*is_unknown, std::cmp::Reverse(*records)));
        for ((_, name), records) in kinds {
            let item = clip(&printable(&format!("{name} {records}")), width - 2);
            let is_full = |line: &String| !line.is_empty() && line.width() + item.width() + 2 > width;
            if lines.last().is_some_and(is_full) {
                // The last line keeps room to say how many are left out.
                if lines.len() == KIND_LINES {
                    break;
                }
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                line.push_str(if line.is_empty() { "" } else { self.pick("，", ", ") });
                line.push_str(&item);
            }
            listed += 1;
        }
        for line in &lines {
            self.line(format!(" {line}").trim_end());
        }
        let rest = all - listed;
        if rest > 0 {
            let text = match lang {
                Lang::Zh => format!("另有 {rest} 种台账"),
                Lang::En => format!("and {} of ledger", counted(rest as u64, "more kind")),
            };
            self.paragraph(text, None);
        }
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
        if count == 0 {
            return;
        }
        self.heading("未能读取", "Could not be read");
        let rest = count - rows.len();
        self.wrapped(rows);
        self.more(rest);
    }

    fn pack_faults(&mut self) {
        let lang = self.options.lang;
        let faults = &self.report.pack_faults;
        if faults.is_empty() {
            return;
        }
        let row = |fault: &PackFault| {
            let place = fault.place().unwrap_or_else(|| self.pick("参数", "Parameter").to_owned());
            let color = if fault.level == Level::Error { Color::Red } else { Color::Yellow };
            let help = fault.help.as_ref().map(|help| help.get(lang));
            let joint = self.pick("。", ". ");
            let text = help.into_iter().fold(fault.message.get(lang).to_owned(), |text, help| text + joint + help);
            (place, Some(color), text)
        };
        let rows: Vec<_> = faults.iter().take(FAULTS).map(row).collect();
        let rest = faults.len() - rows.len();
        if faults.iter().any(|fault| fault.level == Level::Error) {
            self.heading("规则包有误，出错的规则没有执行", "Faults in rule packs; the rules at fault did not run");
        } else {
            self.heading("规则包与参数", "Rule packs and parameters");
        }
        self.wrapped(rows);
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

/// The text cut to so many columns of the terminal, with `…` where something was cut away.
fn clip(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut clipped = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        clipped.push(c);
    }
    clipped + "…"
}

/// The text without control characters, so that no cell of a ledger can move the cursor or change colours.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::UnitTally;
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
        report.tallies = Default::default();
        report.findings.clear();
        let text = summary(&report, &Options::default());
        assert!(text.contains("没有任何一项得到判定"), "{text}");
    }

    #[test]
    fn control_characters_of_cells_do_not_reach_the_terminal() {
        let mut report = testing::sample();
        let named = |tally: UnitTally<'_>| (tally.rule, format!("{}\u{1b}[31m", tally.unit).into(), tally.counts);
        report.tallies = report.tallies.iter().map(named).collect();
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
