//! Lays reports out, one output format per file.
