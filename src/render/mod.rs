//! Lays reports out, one output format per file; every judgement comes from the report, nothing is computed anew.

pub mod console;
pub mod diagnostics;
pub mod json;
mod overview;
#[cfg(test)]
mod testing;
mod view;
mod words;
pub mod workbook;

use crate::finding::Masking;
use crate::model::Lang;

/// What all formats can be told.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub lang: Lang,
    pub masking: Masking,
    /// Path of the output file as the user gave it, so that links to the inputs can be relative to it.
    pub target: Option<String>,
}
