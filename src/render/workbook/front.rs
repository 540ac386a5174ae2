//! 概览: the counts at a glance, two charts, the measures, the units with most violations, what was cut, and what the reader must know.

use rust_xlsxwriter::{
    Chart, ChartAxisLabelPosition, ChartFont, ChartFormat, ChartLegendPosition, ChartLine, ChartSolidFill, Color,
    Format, Worksheet, XlsxError,
};

use super::{Book, cell_text, percentage, row_height, style};
use crate::finding::{Masking, Outcome, Severity};
use crate::model::{Lang, counted};
use crate::render::overview::Counts;
use crate::render::words;

/// Last column of the sheet.
const LAST: u16 = 9;
const WIDTHS: [f64; 10] = [11.0, 34.0, 10.0, 11.0, 11.0, 10.0, 14.0, 14.0, 12.0, 19.0];
const UNITS: usize = 20;
/// Bars of a chart; with more, names no longer stand beside them on a printed page.
const BARS: usize = 15;
/// Rows that the charts take, so that they and what stands above them fill the first printed page and no more.
const CHART_ROWS: u32 = 24;
const ROW_PIXELS: u32 = 20;
/// Points of rows that a printed page holds where the columns fill its width.
const PAGE: f64 = 500.0;
const SECTION: f64 = 24.0;
const HEADER: f64 = 22.0;
/// First of the columns, hidden, with what the chart of the measures draws.
const DRAWN: u16 = LAST + 2;

pub(super) fn add(book: &Book, sheet: &mut Worksheet, listed: usize) -> Result<(), XlsxError> {
    book.set_up(sheet, "概览", "Overview")?;
    for (column, width) in WIDTHS.iter().enumerate() {
        sheet.set_column_width(column as u16, *width)?;
    }
    let mut page = Page { book, sheet, row: 0, used: 0.0, breaks: Vec::new() };
    page.title()?;
    page.cards()?;
    let charts = page.row;
    let measures = page.drawn(charts)?;
    page.row += CHART_ROWS;
    // Every table begins on a page of its own, so that no heading stands alone at the foot of one.
    page.turn();
    page.measures()?;
    page.turn();
    // The chart stands above the table that it draws, so its place is kept free until the rows of the table are known.
    let units = page.units()?;
    page.turn();
    page.causes()?;
    page.cuts(listed)?;
    page.notes()?;
    page.charts(charts, measures, units)?;
    let (last, breaks) = (page.row, page.breaks);
    sheet.set_print_area(0, 0, last, LAST)?;
    sheet.set_page_breaks(&breaks)?;
    Ok(())
}

struct Page<'a, 'b, 'c> {
    book: &'b Book<'a>,
    sheet: &'c mut Worksheet,
    row: u32,
    /// Points of the printed page that its rows take so far.
    used: f64,
    /// Rows that begin a printed page.
    breaks: Vec<u32>,
}

/// First and last row of what a chart draws.
type Rows = Option<(u32, u32)>;

impl Page<'_, '_, '_> {
    /// One text over all columns; high enough for its lines.
    fn wide(&mut self, text: &str, format: &Format) -> Result<(), XlsxError> {
        self.sheet.merge_range(self.row, 0, self.row, LAST, cell_text(text), format)?;
        let columns: f64 = WIDTHS.iter().sum();
        self.sheet.set_row_height(self.row, row_height([(text, columns)]))?;
        self.row += 1;
        Ok(())
    }

    /// Begins a printed page, where something stands on this one.
    fn turn(&mut self) {
        if self.breaks.last() != Some(&self.row) {
            self.breaks.push(self.row);
        }
        self.used = 0.0;
    }

    /// Sets the height of the table's next row; one that the page has no room for begins the next, under the heading that
    /// `repeat` writes again.
    fn next_row(&mut self, height: f64, repeat: impl Fn(&mut Self) -> Result<(), XlsxError>) -> Result<(), XlsxError> {
        if self.used + height > PAGE {
            self.turn();
            repeat(self)?;
        }
        self.used += height;
        self.sheet.set_row_height(self.row, height)?;
        Ok(())
    }

    fn section(&mut self, zh: &'static str, en: &'static str) -> Result<(), XlsxError> {
        self.row += 1;
        self.sheet.merge_range(self.row, 0, self.row, LAST, self.book.pick(zh, en), &self.book.styles.section)?;
        self.sheet.set_row_height(self.row, SECTION)?;
        self.row += 1;
        self.used += 15.0 + SECTION;
        Ok(())
    }

    fn title(&mut self) -> Result<(), XlsxError> {
        let (book, lang) = (self.book, self.book.lang());
        let run = &book.report.run;
        self.sheet.merge_range(0, 0, 0, LAST, book.pick("台账核查结果", "Check of ledgers"), &book.styles.title)?;
        self.sheet.set_row_height(0, 36)?;
        self.row = 1;
        let mut line = match lang {
            Lang::Zh => format!("核查日期：{}", run.as_of),
            Lang::En => format!("As of: {}", run.as_of),
        };
        if let Some(period) = run.period {
            let period = words::period(period, lang);
            line.push_str(&format!("{}{period}", book.pick("　　所属期：", "    Period: ")));
        }
        line.push_str(&format!("{}taizhang {}", book.pick("　　工具：", "    Tool: "), run.version));
        self.wide(&line, &book.styles.subtitle)?;
        let packs: Vec<String> = book
            .report
            .packs
            .iter()
            .map(|pack| match (lang, pack.number.is_empty()) {
                (Lang::Zh, true) => format!("《{}》", pack.document.get(lang)),
                (Lang::Zh, false) => format!("《{}》（{}）", pack.document.get(lang), pack.number),
                (Lang::En, true) => pack.document.get(lang).to_owned(),
                (Lang::En, false) => format!("{} ({})", pack.document.get(lang), pack.number),
            })
            .collect();
        let line = format!("{}{}", book.pick("依据：", "Documents: "), packs.join(book.pick("；", "; ")));
        self.wide(&line, &book.styles.subtitle)?;
        let choice = run.pack_choice.get(lang);
        if !choice.is_empty() {
            self.wide(&format!("{}{choice}", book.pick("规则包的选择：", "Choice of packs: ")), &book.styles.subtitle)?;
        }
        let tables = || book.report.inputs.iter().flat_map(|input| &input.sheets).flat_map(|sheet| &sheet.tables);
        let records: u64 = tables().map(|table| table.records).sum();
        let faulty = book.report.inputs.iter().filter(|input| !input.faults.is_empty()).count();
        let mut line = match lang {
            Lang::Zh => {
                format!("读取：{} 个文件，{} 张表，{records} 条记录", book.report.inputs.len(), tables().count())
            }
            Lang::En => {
                let read = [
                    counted(book.report.inputs.len() as u64, "file"),
                    counted(tables().count() as u64, "table"),
                    counted(records, "record"),
                ];
                format!("Read: {}", read.join(", "))
            }
        };
        if faulty > 0 {
            line.push_str(&match lang {
                Lang::Zh => format!("；{faulty} 个文件有读取问题，见“数据读取”"),
                Lang::En => format!("; {} could not be read in full, see Reading", counted(faulty as u64, "file")),
            });
        }
        self.wide(&line, if faulty > 0 { &book.styles.warning_note } else { &book.styles.subtitle })?;
        match book.options.masking {
            Masking::Masked => {
                let text = book.pick(
                    "姓名、身份证号、电话和住址已作遮蔽。",
                    "Names, identity numbers, phone numbers and addresses are masked.",
                );
                self.wide(text, &book.styles.subtitle)
            }
            Masking::Shown => {
                let text = book.pick(
                    "本文件含有未遮蔽的个人信息，请按规定保管，不得外传。",
                    "This file shows personal data in full; keep it accordingly.",
                );
                self.wide(text, &book.styles.warning_note)
            }
        }
    }

    fn cards(&mut self) -> Result<(), XlsxError> {
        self.row += 1;
        let total = self.book.overview.total;
        let lang = self.book.lang();
        let violated = words::outcome(Outcome::Violated, lang);
        let severe = |severity: Severity| format!("{violated} · {}", words::severity(severity, lang));
        let rate = match total.judged() {
            0 => "–".to_owned(),
            judged => percentage(total.met, judged),
        };
        let cards = [
            (words::outcome(Outcome::Met, lang).to_owned(), total.met),
            (severe(Severity::Error), total.errors),
            (severe(Severity::Warning), total.warnings),
            (words::severity(Severity::Advice, lang).to_owned(), total.advice),
            (words::outcome(Outcome::Undetermined, lang).to_owned(), total.undetermined),
            (words::outcome(Outcome::NotApplicable, lang).to_owned(), total.not_applicable),
            (words::outcome(Outcome::NotYetDue, lang).to_owned(), total.not_yet_due),
            (words::outcome(Outcome::NotRun, lang).to_owned(), total.not_run),
        ];
        let styles = &self.book.styles;
        let (labels, numbers) = (self.row, self.row + 1);
        let compliance = self.book.pick("合规率", "Compliance");
        self.sheet.merge_range(labels, 0, labels, 1, compliance, &styles.card_labels[0])?;
        self.sheet.merge_range(numbers, 0, numbers, 1, &rate, &styles.card_numbers[0])?;
        for (index, (label, number)) in cards.iter().enumerate() {
            let (place, column) = (index + 1, index as u16 + 2);
            self.sheet.write_string_with_format(labels, column, label, &styles.card_labels[place])?;
            self.sheet.write_number_with_format(numbers, column, *number as f64, &styles.card_numbers[place])?;
        }
        let texts = cards.iter().zip(&WIDTHS[2..]).map(|((label, _), width)| (label.as_str(), *width));
        self.sheet.set_row_height(labels, row_height(texts))?;
        self.sheet.set_row_height(numbers, 34)?;
        self.row += 2;
        if total.judged() > 0 {
            let text = match lang {
                Lang::Zh => format!(
                    "合规率＝合规 {} ÷ 已判定 {}；提示性规则的结果不计入合规；“未执行”为规则条数，其余为判定结果数。",
                    total.met,
                    total.judged()
                ),
                Lang::En => format!(
                    "Compliance: {} met of {} judged; results of advisory rules count as neither. Not run counts rules, the others count results.",
                    total.met,
                    total.judged()
                ),
            };
            return self.wide(&text, &styles.subtitle);
        }
        let text = self
            .book
            .pick("没有任何一项得到判定，不能视为合规。", "Nothing was judged; this is no sign of compliance.");
        self.wide(text, &styles.warning_note)
    }

    fn counts(&mut self, counts: &Counts) -> Result<(), XlsxError> {
        let numbers = [
            counts.met,
            counts.errors,
            counts.warnings,
            counts.advice,
            counts.undetermined,
            counts.not_applicable,
            counts.not_yet_due,
        ];
        for (index, number) in numbers.into_iter().enumerate() {
            self.sheet.write_number_with_format(self.row, index as u16 + 2, number as f64, &self.book.styles.number)?;
        }
        let (text, format) = match counts.judged() {
            0 => ("–".to_owned(), &self.book.styles.rate),
            judged => {
                let rate = percentage(counts.met, judged);
                let text = match self.book.lang() {
                    Lang::Zh => format!("{rate}（{}/{judged}）", counts.met),
                    Lang::En => format!("{rate} ({}/{judged})", counts.met),
                };
                (text, self.book.styles.band(counts.met, judged))
            }
        };
        self.sheet.write_string_with_format(self.row, LAST, &text, format)?;
        self.row += 1;
        Ok(())
    }

    fn header(&mut self, first: [&str; 2]) -> Result<(), XlsxError> {
        let lang = self.book.lang();
        let style = &self.book.styles.header;
        self.sheet.write_string_with_format(self.row, 0, first[0], style)?;
        self.sheet.write_string_with_format(self.row, 1, first[1], style)?;
        let outcomes = [
            words::outcome(Outcome::Met, lang),
            words::severity(Severity::Error, lang),
            words::severity(Severity::Warning, lang),
            words::severity(Severity::Advice, lang),
            words::outcome(Outcome::Undetermined, lang),
            words::outcome(Outcome::NotApplicable, lang),
            words::outcome(Outcome::NotYetDue, lang),
            words::pick(lang, "合规率", "Compliance"),
        ];
        for (index, text) in outcomes.into_iter().enumerate() {
            self.sheet.write_string_with_format(self.row, index as u16 + 2, text, style)?;
        }
        self.end_header()
    }

    fn end_header(&mut self) -> Result<(), XlsxError> {
        self.sheet.set_row_height(self.row, HEADER)?;
        self.row += 1;
        self.used += HEADER;
        Ok(())
    }

    /// Writes what the chart of the measures draws into hidden columns: those with most violations, where not all have room.
    fn drawn(&mut self, from: u32) -> Result<Rows, XlsxError> {
        let (book, lang) = (self.book, self.book.lang());
        let mut measures: Vec<_> = book.report.measures.iter().zip(&book.overview.measures).collect();
        measures.retain(|(_, counts)| counts.judged() + counts.undetermined > 0);
        if measures.len() > BARS {
            measures.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.violated()));
            measures.truncate(BARS);
        }
        for (index, (measure, counts)) in measures.iter().enumerate() {
            let row = from + index as u32;
            let name = shorten(&format!("{} {}", measure.id, measure.title.get(lang)));
            self.sheet.write_string(row, DRAWN, cell_text(&name))?;
            let numbers = [counts.met, counts.errors, counts.warnings, counts.undetermined];
            for (column, number) in numbers.into_iter().enumerate() {
                self.sheet.write_number(row, DRAWN + 1 + column as u16, number as f64)?;
            }
        }
        for column in DRAWN..DRAWN + 5 {
            self.sheet.set_column_hidden(column)?;
        }
        Ok((!measures.is_empty()).then(|| (from, from + measures.len() as u32 - 1)))
    }

    /// The measures with results first, then the ones without and why.
    fn measures(&mut self) -> Result<(), XlsxError> {
        let book = self.book;
        let lang = book.lang();
        self.section("各项举措", "Measures")?;
        let header = |page: &mut Self| page.header([book.pick("编号", "No."), book.pick("举措", "Measure")]);
        header(self)?;
        let (told, silent): (Vec<usize>, Vec<usize>) =
            (0..book.report.measures.len()).partition(|&place| !book.overview.measures[place].is_silent());
        for &place in &told {
            let measure = &book.report.measures[place];
            let title = measure.title.get(lang);
            self.next_row(row_height([(title, WIDTHS[1])]), header)?;
            self.sheet.write_string_with_format(self.row, 0, &*measure.id, book.styles.cell.of(&measure.id))?;
            self.sheet.write_string_with_format(self.row, 1, cell_text(title), book.styles.cell.of(title))?;
            self.counts(&book.overview.measures[place])?;
        }
        for place in silent {
            let measure = &book.report.measures[place];
            let title = measure.title.get(lang);
            let why = words::silence(book.report, place, lang);
            let widths: f64 = WIDTHS[2..].iter().sum();
            self.next_row(row_height([(title, WIDTHS[1]), (why.as_str(), widths)]), header)?;
            self.sheet.write_string_with_format(self.row, 0, &*measure.id, book.styles.faint.of(&measure.id))?;
            self.sheet.write_string_with_format(self.row, 1, cell_text(title), book.styles.faint.of(title))?;
            self.sheet.merge_range(self.row, 2, self.row, LAST, cell_text(&why), book.styles.faint.of(&why))?;
            self.row += 1;
        }
        Ok(())
    }

    fn units(&mut self) -> Result<Rows, XlsxError> {
        let book = self.book;
        let units = &book.overview.units;
        if units.is_empty() {
            return Ok(None);
        }
        self.section("各单位（不合规多者在前）", "Units (most violations first)")?;
        self.header([book.pick("排名", "Rank"), book.pick("单位", "Unit")])?;
        let first = self.row;
        for (index, (unit, counts)) in units.iter().take(UNITS).enumerate() {
            self.sheet.write_number_with_format(self.row, 0, index as u32 + 1, &book.styles.rank)?;
            let name = book.scrub(words::unit(unit, book.lang()));
            self.sheet.write_string_with_format(self.row, 1, cell_text(&name), book.styles.cell.of(&name))?;
            self.sheet.set_row_height(self.row, row_height([(name.as_str(), WIDTHS[1])]))?;
            self.counts(counts)?;
        }
        if units.len() > UNITS {
            let text = match book.lang() {
                Lang::Zh => format!("共 {} 个单位，其余见“合规矩阵”。", units.len()),
                Lang::En => format!("{} units in all; the others stand in Matrix.", units.len()),
            };
            self.wide(&text, &book.styles.note)?;
        }
        let bars = units.iter().take(BARS).filter(|(_, counts)| counts.violated() > 0).count() as u32;
        Ok((bars > 0).then(|| (first, first + bars - 1)))
    }

    /// Rules with most violations: one wrong column is one line here, however many records it spoils.
    fn causes(&mut self) -> Result<(), XlsxError> {
        let book = self.book;
        let lang = book.lang();
        let mut causes = book.overview.causes(false);
        causes.truncate(UNITS);
        if causes.is_empty() {
            return Ok(());
        }
        self.section("主要问题", "Commonest causes")?;
        let header = |page: &mut Self| {
            let style = &book.styles.header;
            page.sheet.write_string_with_format(page.row, 0, book.pick("编号", "No."), style)?;
            page.sheet.write_string_with_format(page.row, 1, book.pick("问题", "Rule"), style)?;
            page.sheet.write_string_with_format(page.row, 2, book.pick("程度", "Severity"), style)?;
            page.sheet.write_string_with_format(page.row, 3, book.pick("不合规", "violated"), style)?;
            page.sheet.merge_range(page.row, 4, page.row, LAST, book.pick("整改建议", "What to do"), style)?;
            page.end_header()
        };
        header(self)?;
        for (rule, count) in causes {
            let rule = &book.report.rules[rule as usize];
            let (title, fix) = (rule.title.get(lang), rule.fix.get(lang));
            let widths: f64 = WIDTHS[4..].iter().sum();
            self.next_row(row_height([(title, WIDTHS[1]), (fix, widths)]), header)?;
            self.sheet.write_string_with_format(self.row, 0, &*rule.measure, book.styles.cell.of(&rule.measure))?;
            self.sheet.write_string_with_format(self.row, 1, cell_text(title), book.styles.cell.of(title))?;
            let tint = book.styles.tint(Outcome::Violated, rule.severity);
            self.sheet.write_string_with_format(self.row, 2, words::severity(rule.severity, lang), tint)?;
            self.sheet.write_number_with_format(self.row, 3, count as f64, &book.styles.rank)?;
            self.sheet.merge_range(self.row, 4, self.row, LAST, cell_text(fix), book.styles.cell.of(fix))?;
            self.row += 1;
        }
        Ok(())
    }

    fn cuts(&mut self, listed: usize) -> Result<(), XlsxError> {
        let book = self.book;
        let findings = book.report.findings.len();
        if book.overview.cuts.is_empty() && listed == findings {
            return Ok(());
        }
        self.section(
            "清单未列全的部分（以上数字为实际总数）",
            "What the list leaves out (the figures above are complete)",
        )?;
        if listed < findings {
            let text = match book.lang() {
                Lang::Zh => format!("工作表的行数有限，问题清单列出 {listed} 条，共 {findings} 条。"),
                Lang::En => format!("A sheet has only so many rows: {listed} of {findings} findings are listed."),
            };
            self.wide(&text, &book.styles.warning_note)?;
        }
        if book.overview.cuts.is_empty() {
            return Ok(());
        }
        let style = &book.styles.header;
        let titles = [("编号", "No."), ("规则", "Rule"), ("结果", "Outcome"), ("实际", "Total"), ("列出", "Listed")];
        for (column, (zh, en)) in titles.into_iter().enumerate() {
            self.sheet.write_string_with_format(self.row, column as u16, book.pick(zh, en), style)?;
        }
        self.row += 1;
        for cut in &book.overview.cuts {
            let rule = &book.report.rules[cut.rule as usize];
            let title = rule.title.get(book.lang());
            let outcome = words::outcome(cut.outcome, book.lang());
            self.sheet.write_string_with_format(self.row, 0, &*rule.measure, book.styles.cell.of(&rule.measure))?;
            self.sheet.write_string_with_format(self.row, 1, cell_text(title), book.styles.cell.of(title))?;
            self.sheet.write_string_with_format(self.row, 2, outcome, book.styles.cell.of(outcome))?;
            self.sheet.write_number_with_format(self.row, 3, cut.total as f64, &book.styles.number)?;
            self.sheet.write_number_with_format(self.row, 4, cut.listed as f64, &book.styles.number)?;
            self.row += 1;
        }
        Ok(())
    }

    fn notes(&mut self) -> Result<(), XlsxError> {
        if self.book.report.notes.is_empty() {
            return Ok(());
        }
        self.section("说明", "Notes")?;
        for (index, note) in self.book.report.notes.iter().enumerate() {
            let text = format!("{}. {}", index + 1, self.book.scrub(note.get(self.book.lang())));
            self.wide(&text, &self.book.styles.note)?;
        }
        Ok(())
    }

    fn charts(&mut self, row: u32, measures: Rows, units: Rows) -> Result<(), XlsxError> {
        let book = self.book;
        let name = self.sheet.name();
        let series = |column: u16, (first, last): (u32, u32)| (name.as_str(), first, column, last, column);
        let height = (CHART_ROWS - 1) * ROW_PIXELS;
        if let Some(rows) = measures {
            let mut chart = Chart::new(rust_xlsxwriter::ChartType::BarPercentStacked);
            let lang = book.lang();
            let drawn = [
                (DRAWN + 1, style::GREEN, words::outcome(Outcome::Met, lang)),
                (DRAWN + 2, style::RED, words::severity(Severity::Error, lang)),
                (DRAWN + 3, style::AMBER, words::severity(Severity::Warning, lang)),
                (DRAWN + 4, style::GREY, words::outcome(Outcome::Undetermined, lang)),
            ];
            for (column, colour, name) in drawn {
                chart
                    .add_series()
                    .set_categories(series(DRAWN, rows))
                    .set_values(series(column, rows))
                    .set_name(name)
                    .set_gap(45)
                    .set_overlap(100)
                    .set_format(&mut fill(colour));
            }
            dress(&mut chart, book.pick("各项举措的判定结果", "Results by measure"));
            lay_down(&mut chart);
            chart.x_axis().set_num_format("0%");
            chart.show_hidden_data();
            chart.set_width(560).set_height(height);
            self.sheet.insert_chart_with_offset(row, 0, &chart, 2, 6)?;
        }
        if let Some(rows) = units {
            let mut chart = Chart::new(rust_xlsxwriter::ChartType::BarStacked);
            for (column, colour, severity) in [(3, style::RED, Severity::Error), (4, style::AMBER, Severity::Warning)] {
                chart
                    .add_series()
                    .set_categories(series(1, rows))
                    .set_values(series(column, rows))
                    .set_name(words::severity(severity, book.lang()))
                    .set_gap(45)
                    .set_overlap(100)
                    .set_format(&mut fill(colour));
            }
            dress(&mut chart, book.pick("不合规较多的单位", "Units with most violations"));
            lay_down(&mut chart);
            chart.x_axis().set_num_format("0").set_min(0);
            chart.set_width(480).set_height(height);
            self.sheet.insert_chart_with_offset(row, 5, &chart, 14, 6)?;
        }
        Ok(())
    }
}

/// The lines across a chart, faint enough to let the bars speak.
pub(super) fn gridlines() -> ChartLine {
    let mut faint = ChartLine::new();
    faint.set_color(Color::RGB(0xD0_D7DE)).set_width(0.75);
    faint
}

/// Title and legend, as all charts have them.
pub(super) fn dress(chart: &mut Chart, title: &str) {
    let mut bold = ChartFont::new();
    bold.set_bold().set_size(12).set_color(Color::RGB(style::BLUE));
    chart.title().set_name(title).set_font(&bold);
    chart.legend().set_position(ChartLegendPosition::Bottom);
    chart.set_alt_text(title);
}

/// The bars lie: the first row of the table stands on top, and the numbers stand below.
fn lay_down(chart: &mut Chart) {
    let mut small = ChartFont::new();
    small.set_size(8);
    // Reversing the categories would move the values to the top too.
    chart.y_axis().set_reverse().set_font(&small).set_label_interval(1);
    chart.x_axis().set_font(&small).set_label_position(ChartAxisLabelPosition::High);
    chart.x_axis().set_major_gridlines_line(&gridlines());
}

/// Cut to what stands beside a bar in two lines at most.
fn shorten(name: &str) -> String {
    let mut width = 0;
    for (place, character) in name.char_indices() {
        width += if character.is_ascii() { 1 } else { 2 };
        if width > 40 {
            return format!("{}…", &name[..place]);
        }
    }
    name.to_owned()
}

pub(super) fn fill(colour: u32) -> ChartFormat {
    let mut solid = ChartSolidFill::new();
    solid.set_color(Color::RGB(colour));
    let mut format = ChartFormat::new();
    format.set_solid_fill(&solid);
    format
}
