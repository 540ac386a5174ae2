//! The façade: inputs, catalog and options to a report.

pub mod rules;
