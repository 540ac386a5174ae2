//! Values, columns, dates, periods and cell places: the plain data that every layer shares.

mod column;
mod date;
mod decimal;
mod hash;
mod pattern;
mod period;
mod text;

pub use column::{Batch, CellPlace, CellState, Column, ColumnData, FieldType, Ledger, Source, TextColumn};
pub use date::{Date, Weekday};
pub use decimal::{Decimal, PLACES, ParseDecimalError};
pub(crate) use hash::{FastMap, hash_bytes, hash_bytes_wide};
pub(crate) use pattern::is_like;
pub use period::{Grid, Period};
pub use text::{Lang, Localized, cell_name, column_name, counted};
