//! Finds tables and forms on sheets, matches headings to fields, and makes typed columns of cells.

pub mod text;
pub mod value;
