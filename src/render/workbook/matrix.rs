//! 合规矩阵: unit by measure, the share of met results with what it was counted against, coloured.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Worksheet, XlsxError};
use rustc_hash::FxHashMap;

use super::{Book, SHEET_ROWS, cell_text, percentage};
use crate::finding::Tally;
use crate::finding::{Outcome, Severity};
use crate::render::words;

/// Rows above the units: heading and the sum over all units.
const FIRST_UNIT: u32 = 2;

/// Counts of a unit for a measure.
#[derive(Clone, Copy, Default)]
struct Share {
    met: u64,
    judged: u64,
    advice: u64,
    undetermined: u64,
}

impl Share {
    fn add(&mut self, severity: Severity, tally: &Tally) {
        if severity == Severity::Advice {
            self.advice += tally.get(Outcome::Violated);
        } else {
            self.met += tally.get(Outcome::Met);
            self.judged += tally.judged();
        }
        self.undetermined += tally.get(Outcome::Undetermined);
    }
}

pub(super) fn add(book: &Book, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    book.set_up(sheet, "合规矩阵", "Matrix")?;
    let columns: Vec<usize> = (0..book.report.measures.len())
        .filter(|&place| {
            let counts = &book.overview.measures[place];
            counts.judged() + counts.advice + counts.undetermined > 0
        })
        .collect();
    let shares = shares(book);
    // Two lines in every row; only the heading is higher.
    sheet.set_default_row_height(30);
    sheet.set_column_width(0, 6)?;
    sheet.set_column_width(1, 32)?;
    sheet.set_column_width(2, 15)?;
    for column in 0..columns.len() {
        sheet.set_column_width(column as u16 + 3, 13)?;
    }
    sheet.set_freeze_panes(FIRST_UNIT, 3)?;
    // Fitted to the width of one page, forty measures could not be read; unit and heading are repeated on each page instead.
    sheet.set_print_scale(70);
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_repeat_columns(0, 1)?;
    let units = &book.overview.units[..book.overview.units.len().min(SHEET_ROWS - FIRST_UNIT as usize)];
    let last_row = FIRST_UNIT + units.len() as u32 - u32::from(!units.is_empty());
    sheet.autofilter(0, 0, last_row.max(1), columns.len() as u16 + 2)?;
    header(book, sheet, &columns)?;
    sums(book, sheet, &columns)?;
    for (index, (unit, counts)) in units.iter().enumerate() {
        let row = FIRST_UNIT + index as u32;
        sheet.write_number_with_format(row, 0, index as u32 + 1, &book.styles.rank)?;
        let name = book.scrub(words::unit(unit, book.lang()));
        sheet.write_string_with_format(row, 1, cell_text(&name), book.styles.cell.of(&name))?;
        let share = Share {
            met: counts.met,
            judged: counts.judged(),
            advice: counts.advice,
            undetermined: counts.undetermined,
        };
        write(book, sheet, row, 2, share)?;
        for (column, &measure) in columns.iter().enumerate() {
            let share = shares.get(&(*unit, measure)).copied().unwrap_or_default();
            write(book, sheet, row, column as u16 + 3, share)?;
        }
    }
    Ok(())
}

fn header(book: &Book, sheet: &mut Worksheet, columns: &[usize]) -> Result<(), XlsxError> {
    sheet.set_row_height(0, 62)?;
    let style = &book.styles.header;
    sheet.write_string_with_format(0, 0, book.pick("排名", "Rank"), style)?;
    sheet.write_string_with_format(0, 1, book.pick("单位（不合规多者在前）", "Unit (most violations first)"), style)?;
    sheet.write_string_with_format(0, 2, book.pick("全部举措", "All measures"), style)?;
    for (column, &measure) in columns.iter().enumerate() {
        let measure = &book.report.measures[measure];
        let text = format!("{}\n{}", measure.id, measure.title.get(book.lang()));
        sheet.write_string_with_format(0, column as u16 + 3, cell_text(&text), style)?;
    }
    Ok(())
}

fn sums(book: &Book, sheet: &mut Worksheet, columns: &[usize]) -> Result<(), XlsxError> {
    let all = book.pick("全部单位", "All units");
    sheet.write_string_with_format(1, 0, "", book.styles.cell.of(""))?;
    sheet.write_string_with_format(1, 1, all, book.styles.cell.of(all))?;
    let share = |counts: &crate::render::overview::Counts| Share {
        met: counts.met,
        judged: counts.judged(),
        advice: counts.advice,
        undetermined: counts.undetermined,
    };
    write(book, sheet, 1, 2, share(&book.overview.total))?;
    for (column, &measure) in columns.iter().enumerate() {
        write(book, sheet, 1, column as u16 + 3, share(&book.overview.measures[measure]))?;
    }
    Ok(())
}

/// By unit and position of the measure.
fn shares<'a>(book: &Book<'a>) -> FxHashMap<(&'a str, usize), Share> {
    let places: BTreeMap<&str, usize> =
        book.report.measures.iter().enumerate().map(|(place, measure)| (&*measure.id, place)).collect();
    let mut shares: FxHashMap<(&str, usize), Share> = FxHashMap::default();
    for tally in &book.report.tallies {
        let Some(rule) = book.report.rules.get(tally.rule as usize) else { continue };
        let Some(&measure) = places.get(&*rule.measure) else { continue };
        shares.entry((&tally.unit, measure)).or_default().add(rule.severity, &tally.counts);
    }
    shares
}

fn write(book: &Book, sheet: &mut Worksheet, row: u32, column: u16, share: Share) -> Result<(), XlsxError> {
    let styles = &book.styles;
    let (text, format) = if share.judged > 0 {
        let text = format!("{}\n{}/{}", percentage(share.met, share.judged), share.met, share.judged);
        (text, styles.band(share.met, share.judged))
    } else if share.undetermined > 0 {
        (format!("{}\n{}", book.pick("无法判定", "undetermined"), share.undetermined), &styles.undetermined)
    } else if share.advice > 0 {
        (format!("{}\n{}", book.pick("提示", "advice"), share.advice), &styles.advice)
    } else {
        ("–".to_owned(), styles.centre.of("–"))
    };
    sheet.write_string_with_format(row, column, &text, format)?;
    Ok(())
}
