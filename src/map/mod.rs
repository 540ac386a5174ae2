//! Finds tables and forms on sheets, matches headings to fields, and makes typed columns of cells.

mod below;
mod cases;
mod columns;
mod dictionary;
mod direct;
mod ditto;
mod doubts;
mod evidence;
mod form;
mod grid;
mod heading;
mod kind;
mod layout;
mod likeness;
mod made;
mod matched;
mod memo;
mod picture;
mod pieces;
mod plan;
mod question;
mod recall;
mod rows;
mod sheet;
mod split;
mod surroundings;
mod table;
mod text;
mod traditional;
mod transposed;
pub mod value;
mod wide;
mod words;

use std::sync::Arc;

pub use cases::case_batch;
pub use sheet::{MappedSheet, map_sheet};

use crate::model::{Date, Period};
use crate::pack::{Catalog, LedgerKind};

/// Which file a sheet comes from.
#[derive(Clone, Debug)]
pub struct FileContext {
    /// Path as given, with `!` and the inner path for members of containers.
    pub path: Arc<str>,
    /// The number of the sheet among all sheets of the run, in input order; the tables of the sheet are numbered from
    /// 4096 times this number.
    pub index: u32,
}

/// What the user says about how sheets are to be understood.
#[derive(Clone, Debug)]
pub struct MapOptions {
    /// The ledger kind, whatever the headings look like.
    pub kind: Option<Arc<str>>,
    /// The reporting period, where neither table nor names tell it.
    pub period: Option<Period>,
    pub as_of: Date,
    pub mapping: UserMapping,
}

/// Headings that the user matched by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserMapping {
    /// A heading, alone or with its parents as `联络情况▸一季度▸日期`, and the canonical field; an empty field leaves the
    /// column out.
    pub headings: Vec<(String, String)>,
}

/// A catalog prepared for mapping: every name of every field ready to be looked up. Made once for all sheets of a run;
/// a clone shares what was prepared.
#[derive(Clone)]
pub struct Mapper {
    catalog: Arc<Catalog>,
    dictionary: Arc<dictionary::Dictionary>,
    lists: Arc<evidence::Lists>,
    /// Whether a few rows of each sheet are kept as they stand, see [`crate::finding::SheetReading::picture`].
    has_pictures: bool,
}

impl Mapper {
    /// Prepares the ledger kinds and code lists of the catalog.
    pub fn new(catalog: &Catalog) -> Mapper {
        Mapper {
            catalog: Arc::new(catalog.clone()),
            dictionary: Arc::new(dictionary::Dictionary::new(catalog)),
            lists: Arc::new(evidence::Lists::new(catalog)),
            has_pictures: true,
        }
    }

    /// The same without pictures of the sheets, for those who do not show them.
    pub fn without_pictures(&self) -> Mapper {
        Mapper { has_pictures: false, ..self.clone() }
    }

    /// The catalog that was prepared.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }
}

/// Everything that stays the same while a sheet is mapped.
struct Env<'e> {
    catalog: &'e Catalog,
    dictionary: &'e dictionary::Dictionary,
    lists: &'e evidence::Lists,
    file: &'e FileContext,
    options: &'e MapOptions,
}

impl Env<'_> {
    /// What the user's mapping says about a heading: nothing, to leave it out, or a field of the kind.
    fn given(&self, heading: &heading::Heading, kind: &LedgerKind) -> Option<Option<dictionary::Target>> {
        let shown = text::words(&heading.shown());
        let own = heading.path.last().map(|text| text::words(text)).unwrap_or_default();
        let (_, field) = self.options.mapping.headings.iter().find(|(text, _)| {
            let text = text::words(text);
            text == shown || text == own
        })?;
        if field.is_empty() {
            return Some(None);
        }
        kind.field(field).map(|field| Some(dictionary::Target::Field(field)))
    }
}

#[cfg(test)]
mod tests;
