//! Reading: formats, encodings, containers, damage and limits, through the public interface.

mod containers;
mod encrypted;
mod formats;
mod mutations;
mod support;
mod text;
mod xlsx;
