//! Checks the ledgers (台账) that health administrations receive against declarative rule packs.
//!
//! One pass through the house:
//!
//! ```text
//! files ─▶ read ─▶ Sheet ─▶ map ─▶ Batch ─▶ eval ─▶ findings + tallies ─▶ render ─▶ workbook, console, json …
//!                             ▲               ▲
//! rules/*.toml ─▶ pack ─▶ Catalog ─▶ rule::compile
//! ```
//!
//! | module | job | may use |
//! |---|---|---|
//! | [`model`] | values, columns, cell places, periods, exact decimals, dates | std |
//! | [`finding`] | findings, outcomes, reasons, tallies, the report | `model`, `diag` |
//! | [`diag`] | faults in packs and in input files, each with its place | `model` |
//! | [`read`] | bytes to decoded cells with coordinates, limits enforced | `model`, `diag` |
//! | [`pack`] | TOML to a validated catalog | `model`, `finding`, `diag` |
//! | [`map`] | tables and forms on a sheet, headings to fields, cells to typed columns | `model`, `finding`, `diag`, `read`, `pack` |
//! | [`rule`] | SQL expressions to typed, checked plans | `model`, `finding`, `diag`, `pack` |
//! | [`eval`] | plans over columns, batch by batch | `model`, `finding`, `rule` |
//! | [`render`] | one output format per file; computes nothing anew | `model`, `finding`, `diag` |
//! | [`template`] | blank ledgers to send out, from the catalog's ledger kinds | `model`, `pack` |
//! | [`check`] | the façade: inputs, catalog and options to a report | all but `render`, `cli` |
//! | [`cli`] | arguments, configuration, progress, exit codes, atomic writes | all |
//!
//! What is absent matters as much: the clock, the environment, printing and writing files exist in [`cli`] only
//! (opening inputs also in [`read`]); no measure, field or region is named in code; the review date is always an argument.

pub mod check;
pub mod cli;
pub mod diag;
pub mod eval;
pub mod finding;
pub mod map;
pub mod model;
pub mod pack;
pub mod read;
pub mod render;
pub mod rule;
pub mod template;
