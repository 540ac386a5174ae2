//! Rows of a streamed sheet whose cells have one of a few formats, each of which stands once as a prototype.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::cell_text;
use super::stream::{self, Prototypes};
use super::style::Guarded;
use crate::model::column_name;

/// Row of the prototypes, right under the heading.
const PROTOTYPES: u32 = 1;

/// The formats of a sheet by number.
#[derive(Default)]
pub(super) struct Palette<'f>(Vec<&'f Format>);

/// Number of a format in a palette.
#[derive(Clone, Copy)]
pub(super) struct Look(u16);

/// Numbers of the two variants of a format, see [`Guarded`].
#[derive(Clone, Copy)]
pub(super) struct GuardedLook {
    plain: Look,
    quoted: Look,
}

impl GuardedLook {
    /// The variant that a text needs.
    pub fn of(self, text: &str) -> Look {
        if super::style::looks_like_formula(text) { self.quoted } else { self.plain }
    }
}

impl<'f> Palette<'f> {
    /// Adds a format.
    pub fn add(&mut self, format: &'f Format) -> Look {
        self.0.push(format);
        Look(self.0.len() as u16 - 1)
    }

    /// Adds both variants of a format.
    pub fn add_guarded(&mut self, format: &'f Guarded) -> GuardedLook {
        GuardedLook { plain: self.add(format.of("")), quoted: self.add(format.quoted_format()) }
    }

    /// Writes the prototypes.
    pub fn write(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        for (column, format) in self.0.iter().enumerate() {
            sheet.write_blank(PROTOTYPES, column as u16, format)?;
        }
        Ok(())
    }
}

/// The names of the first `count` columns.
pub(super) fn column_names(count: usize) -> Vec<String> {
    (0..count as u32).map(column_name).collect()
}

/// Writes the cells of one row.
pub(super) struct Line<'x> {
    xml: &'x mut String,
    names: &'x [String],
    number: String,
    prototypes: &'x Prototypes,
}

impl<'x> Line<'x> {
    /// Opens the row with `number`, from 1.
    pub fn new(
        xml: &'x mut String,
        names: &'x [String],
        number: usize,
        height: f64,
        prototypes: &'x Prototypes,
    ) -> Line<'x> {
        xml.push_str(&format!("<row r=\"{number}\" ht=\"{height}\" customHeight=\"1\">"));
        Line { xml, names, number: number.to_string(), prototypes }
    }

    fn open(&mut self, column: u16, look: Look) {
        let style = self.prototypes.style(PROTOTYPES, look.0);
        for part in ["<c r=\"", &self.names[usize::from(column)], &self.number, "\" s=\"", style, "\""] {
            self.xml.push_str(part);
        }
    }

    /// A cell with a text; an empty text leaves its format alone.
    pub fn text(&mut self, column: u16, look: Look, text: &str) {
        self.open(column, look);
        stream::push_text(self.xml, cell_text(text));
    }

    /// A cell with a number.
    pub fn number(&mut self, column: u16, look: Look, number: u64) {
        self.open(column, look);
        self.xml.push_str(&format!("><v>{number}</v></c>"));
    }

    /// Closes the row.
    pub fn end(self) {
        self.xml.push_str("</row>");
    }
}
