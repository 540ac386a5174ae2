//! 合规矩阵: unit by measure, the share of met results with what it was counted against, coloured.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Worksheet, XlsxError};
use rustc_hash::FxHashMap;

use super::cells::{GuardedLook, Line, Look, Palette, column_names};
use super::stream::{Prototypes, Rows};
use super::style::{self, Band};
use super::{Book, SHEET_ROWS, cell_text, percentage};
use crate::finding::{Outcome, Severity, Tally};
use crate::render::overview::Counts;
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

impl From<&Counts> for Share {
    fn from(counts: &Counts) -> Share {
        Share { met: counts.met, judged: counts.judged(), advice: counts.advice, undetermined: counts.undetermined }
    }
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

/// Columns before those of the measures: rank, unit, all measures.
const FIRST_MEASURE: u16 = 3;
/// Two lines in every row; only the heading is higher.
const HEIGHT: f64 = 30.0;

/// The looks of the cells.
struct Looks {
    rank: Look,
    name: GuardedLook,
    met: Look,
    warning: Look,
    violated: Look,
    undetermined: Look,
    advice: Look,
    nothing: Look,
}

/// The sums and the units, a row each.
pub(super) struct Matrix<'b, 'a> {
    book: &'b Book<'a>,
    /// Positions of the measures that have a column.
    columns: Vec<usize>,
    shares: FxHashMap<(&'a str, usize), Share>,
    units: &'b [(&'a str, Counts)],
    names: Vec<String>,
    looks: Looks,
}

impl<'b, 'a> Matrix<'b, 'a> {
    /// Lays the sheet out: heading, widths, paper and the prototypes of the cells.
    pub fn add(book: &'b Book<'a>, sheet: &mut Worksheet) -> Result<Matrix<'b, 'a>, XlsxError> {
        book.set_up(sheet, "合规矩阵", "Matrix")?;
        let columns: Vec<usize> = (0..book.report.measures.len())
            .filter(|&place| {
                let counts = &book.overview.measures[place];
                counts.judged() + counts.advice + counts.undetermined > 0
            })
            .collect();
        sheet.set_column_width(0, 6)?;
        sheet.set_column_width(1, 32)?;
        sheet.set_column_width(2, 15)?;
        for column in 0..columns.len() {
            sheet.set_column_width(column as u16 + FIRST_MEASURE, 13)?;
        }
        sheet.set_freeze_panes(FIRST_UNIT, FIRST_MEASURE)?;
        // Fitted to the width of one page, forty measures could not be read; unit and heading are repeated on each page instead.
        sheet.set_print_scale(70);
        sheet.set_repeat_rows(0, 0)?;
        sheet.set_repeat_columns(0, 1)?;
        let units = &book.overview.units[..book.overview.units.len().min(SHEET_ROWS - FIRST_UNIT as usize)];
        let last_row = FIRST_UNIT + units.len() as u32 - u32::from(!units.is_empty());
        sheet.autofilter(0, 0, last_row.max(1), columns.len() as u16 + FIRST_MEASURE - 1)?;
        header(book, sheet, &columns)?;
        let (styles, mut palette) = (&book.styles, Palette::default());
        let looks = Looks {
            rank: palette.add(&styles.rank),
            name: palette.add_guarded(&styles.cell),
            met: palette.add(&styles.met),
            warning: palette.add(&styles.warning),
            violated: palette.add(&styles.violated),
            undetermined: palette.add(&styles.undetermined),
            advice: palette.add(&styles.advice),
            nothing: palette.add(styles.centre.of("")),
        };
        palette.write(sheet)?;
        let names = column_names(columns.len() + usize::from(FIRST_MEASURE));
        Ok(Matrix { book, shares: shares(book), columns, units, names, looks })
    }

    /// The last cell of the sheet.
    pub fn last_cell(&self) -> String {
        format!("{}{}", self.names.last().map(String::as_str).unwrap_or("A"), self.len() + 1)
    }

    fn share(&self, line: &mut Line, column: u16, share: Share) {
        let looks = &self.looks;
        let (text, look) = if share.judged > 0 {
            let text = format!("{}\n{}/{}", percentage(share.met, share.judged), share.met, share.judged);
            let look = match style::band(share.met, share.judged) {
                Band::All => looks.met,
                Band::Most => looks.warning,
                Band::Few => looks.violated,
            };
            (text, look)
        } else if share.undetermined > 0 {
            let text = format!("{}\n{}", self.book.pick("无法判定", "undetermined"), share.undetermined);
            (text, looks.undetermined)
        } else if share.advice > 0 {
            (format!("{}\n{}", self.book.pick("提示", "advice"), share.advice), looks.advice)
        } else {
            ("–".to_owned(), looks.nothing)
        };
        line.text(column, look, &text);
    }
}

impl Rows for Matrix<'_, '_> {
    fn len(&self) -> usize {
        self.units.len() + 1
    }

    fn row(&self, index: usize, prototypes: &Prototypes, xml: &mut String) {
        let mut line = Line::new(xml, &self.names, index + 2, HEIGHT, prototypes);
        let unit = index.checked_sub(1).map(|place| &self.units[place]);
        let (name, counts) = match unit {
            Some((unit, counts)) => (self.book.scrub(words::unit(unit, self.book.lang())), counts),
            None => (self.book.pick("全部单位", "All units").to_owned(), &self.book.overview.total),
        };
        match unit {
            Some(_) => line.number(0, self.looks.rank, index as u64),
            None => line.text(0, self.looks.rank, ""),
        }
        line.text(1, self.looks.name.of(&name), &name);
        self.share(&mut line, 2, Share::from(counts));
        for (column, &measure) in self.columns.iter().enumerate() {
            let share = match unit {
                Some((unit, _)) => self.shares.get(&(*unit, measure)).copied().unwrap_or_default(),
                None => Share::from(&self.book.overview.measures[measure]),
            };
            self.share(&mut line, column as u16 + FIRST_MEASURE, share);
        }
        line.end();
    }
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
        sheet.write_string_with_format(0, column as u16 + FIRST_MEASURE, cell_text(&text), style)?;
    }
    Ok(())
}

/// By unit and position of the measure.
fn shares<'a>(book: &Book<'a>) -> FxHashMap<(&'a str, usize), Share> {
    let places: BTreeMap<&str, usize> =
        book.report.measures.iter().enumerate().map(|(place, measure)| (&*measure.id, place)).collect();
    let mut shares: FxHashMap<(&str, usize), Share> = FxHashMap::default();
    for tally in book.report.tallies.iter() {
        let Some(rule) = book.report.rules.get(tally.rule as usize) else { continue };
        let Some(&measure) = places.get(&*rule.measure) else { continue };
        shares.entry((tally.unit, measure)).or_default().add(rule.severity, &tally.counts);
    }
    shares
}
