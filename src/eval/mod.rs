//! Runs compiled plans over columns, batch by batch.
