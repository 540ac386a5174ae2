//! 整改对照: how the findings stand to the last run, what is gone, the trend over earlier runs, and waivers that were refused.

use rust_xlsxwriter::{Chart, ChartType, Worksheet, XlsxError};

use super::{Book, SHEET_ROWS, cell_text, front, row_height, style};
use crate::finding::{Entry, FollowUp, Past, Severity, Standing};
use crate::render::words;

const WIDTHS: [f64; 6] = [18.0, 22.0, 24.0, 40.0, 28.0, 19.0];

pub(super) fn add(book: &Book, sheet: &mut Worksheet, follow_up: &FollowUp) -> Result<(), XlsxError> {
    book.set_up(sheet, "整改对照", "Follow-up")?;
    for (column, width) in WIDTHS.iter().enumerate() {
        sheet.set_column_width(column as u16, *width)?;
    }
    let mut page = Page { book, sheet, row: 0 };
    page.counts(follow_up)?;
    page.trend()?;
    page.entries(
        book.pick("已整改（上次有，本次重新判定后没有）", "Fixed: found last time, judged again, and gone"),
        &follow_up.fixed,
    )?;
    page.entries(
        book.pick("本次没有判定，不能视为已整改", "Not judged this time, so nothing can be said"),
        &follow_up.not_judged,
    )?;
    page.refused(follow_up)
}

struct Page<'a, 'b, 'c> {
    book: &'b Book<'a>,
    sheet: &'c mut Worksheet,
    row: u32,
}

impl Page<'_, '_, '_> {
    fn section(&mut self, text: &str) -> Result<(), XlsxError> {
        let last = WIDTHS.len() as u16 - 1;
        self.sheet.merge_range(self.row, 0, self.row, last, text, &self.book.styles.section)?;
        self.sheet.set_row_height(self.row, 24)?;
        self.row += 1;
        Ok(())
    }

    fn heads(&mut self, heads: &[&str]) -> Result<(), XlsxError> {
        for (column, head) in heads.iter().enumerate() {
            self.sheet.write_string_with_format(self.row, column as u16, *head, &self.book.styles.header)?;
        }
        self.sheet.set_row_height(self.row, 22)?;
        self.row += 1;
        Ok(())
    }

    fn counts(&mut self, follow_up: &FollowUp) -> Result<(), XlsxError> {
        let (book, lang) = (self.book, self.book.lang());
        self.section(book.pick("对照上次", "Against the last run"))?;
        let mut counts: Vec<(&str, usize)> = Vec::new();
        let texts =
            [Standing::New, Standing::Persisting, Standing::Waived, Standing::Lapsed].map(|one| (one, one.text()));
        counts.extend(texts.iter().map(|(one, text)| (text.get(lang), follow_up.count(*one))));
        counts.push((book.pick("已整改", "fixed"), follow_up.fixed.len()));
        let heads: Vec<&str> = counts.iter().map(|(head, _)| *head).collect();
        self.heads(&heads)?;
        for (column, (_, count)) in counts.iter().enumerate() {
            self.sheet.write_number_with_format(self.row, column as u16, *count as f64, &book.styles.number)?;
        }
        self.row += 2;
        Ok(())
    }

    /// The sums of the earlier runs and of this one, as a table and a chart.
    fn trend(&mut self) -> Result<(), XlsxError> {
        let (book, lang) = (self.book, self.book.lang());
        let runs = trend(book);
        if runs.len() < 2 {
            return Ok(());
        }
        self.section(book.pick("历次核查", "Trend"))?;
        let names = [
            words::severity(Severity::Error, lang),
            words::severity(Severity::Warning, lang),
            words::severity(Severity::Advice, lang),
            words::outcome(crate::finding::Outcome::Undetermined, lang),
        ];
        self.heads(&[&[book.pick("核查日期", "As of")][..], &names].concat())?;
        let first = self.row;
        for run in &runs {
            let date = run.as_of.map(|date| date.to_string()).unwrap_or_default();
            self.sheet.write_string_with_format(self.row, 0, &date, book.styles.cell.of(&date))?;
            for (column, number) in [run.errors, run.warnings, run.advice, run.undetermined].into_iter().enumerate() {
                self.sheet.write_number_with_format(self.row, column as u16 + 1, number as f64, &book.styles.number)?;
            }
            self.row += 1;
        }
        let last = self.row - 1;
        let name = self.sheet.name();
        let mut chart = Chart::new(ChartType::ColumnStacked);
        for (column, (text, colour)) in names.iter().zip([style::RED, style::AMBER, 0x6F_A8DC, style::GREY]).enumerate()
        {
            let column = column as u16 + 1;
            chart
                .add_series()
                .set_categories((name.as_str(), first, 0, last, 0))
                .set_values((name.as_str(), first, column, last, column))
                .set_name(*text)
                .set_gap(80)
                .set_overlap(100)
                .set_format(&mut front::fill(colour));
        }
        front::dress(&mut chart, book.pick("历次问题数", "Findings by run"));
        chart.y_axis().set_major_gridlines_line(&front::gridlines());
        chart.set_width(620).set_height(260);
        self.sheet.insert_chart_with_offset(self.row, 0, &chart, 4, 6)?;
        self.row += 15;
        Ok(())
    }

    fn entries(&mut self, title: &str, entries: &[(String, Entry)]) -> Result<(), XlsxError> {
        if entries.is_empty() {
            return Ok(());
        }
        let book = self.book;
        self.section(title)?;
        self.heads(&[
            book.pick("举措", "Measure"),
            book.pick("问题", "Rule"),
            book.pick("单位", "Unit"),
            book.pick("上次的情况", "What was found last time"),
            book.pick("情况说明", "Explanation"),
            book.pick("问题编号", "Fingerprint"),
        ])?;
        for (fingerprint, entry) in entries {
            if self.row as usize >= SHEET_ROWS - 2 {
                break;
            }
            let texts = [&entry.measure, &entry.title, &entry.unit, &entry.message, &entry.explanation, fingerprint];
            let texts = texts.map(|text| book.scrub(text));
            for (column, text) in texts.iter().enumerate() {
                self.sheet.write_string_with_format(
                    self.row,
                    column as u16,
                    cell_text(text),
                    book.styles.cell.of(text),
                )?;
            }
            let heights = texts.iter().zip(WIDTHS).map(|(text, width)| (text.as_str(), width));
            self.sheet.set_row_height(self.row, row_height(heights))?;
            self.row += 1;
        }
        self.row += 1;
        Ok(())
    }

    fn refused(&mut self, follow_up: &FollowUp) -> Result<(), XlsxError> {
        if follow_up.refused.is_empty() {
            return Ok(());
        }
        self.section(self.book.pick("未采纳的豁免", "Waivers that were refused"))?;
        let last = WIDTHS.len() as u16 - 1;
        for text in follow_up.refused.iter().take(1_000) {
            let text = self.book.scrub(text.get(self.book.lang()));
            self.sheet.merge_range(self.row, 0, self.row, last, cell_text(&text), &self.book.styles.warning_note)?;
            self.row += 1;
        }
        Ok(())
    }
}

/// The sums of the earlier runs and of this one, oldest first.
fn trend(book: &Book) -> Vec<Past> {
    let total = book.overview.total;
    let now = Past {
        as_of: Some(book.report.run.as_of),
        errors: total.errors,
        warnings: total.warnings,
        advice: total.advice,
        undetermined: total.undetermined,
    };
    book.report.history.iter().cloned().chain([now]).collect()
}
