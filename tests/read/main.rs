//! Reading: formats, encodings, containers, damage and limits, through the public interface.

mod containers;
mod corpus;
mod encrypted;
mod formats;
mod limits;
mod mutations;
mod numbers;
mod records;
mod support;
mod text;
mod writers;
mod xlsx;
