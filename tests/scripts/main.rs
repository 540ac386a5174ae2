//! The program in scripts and in CI: batches, exit codes, configuration, faults of the system, and the examples.

mod authors;
mod batch;
mod configuration;
mod examples;
mod exit_codes;
mod faults;
mod manners;
mod release;
mod support;
