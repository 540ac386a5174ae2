//! The engine as a whole: packs are compiled and records judged as the format says.

mod cases;
mod faults;
mod harness;
mod probe;
mod same;
mod semantics;
mod threads;
