//! Rules as queries for SQL engines, over the tables that exported records stand in.

mod tables;

pub use tables::{ColumnPart, ColumnType, SURROUNDINGS, Table, TableColumn, table, table_name};
