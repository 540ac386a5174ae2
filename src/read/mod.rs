//! Opens input files by their content and gives their sheets row by row.

mod sheet;

pub use sheet::{Cell, Document, MergedArea, Row, RowSource, Sheet};
