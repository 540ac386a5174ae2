//! Compiles the conditions of the catalog's rules into typed, checked plans.

mod calls;
mod check;
mod compile;
mod functions;
mod names;
mod parse;
mod plan;
mod reach;
pub mod sql;
mod types;

pub use crate::pack::{CodeList, LedgerKind, Region, RegionLevel, Regions};
pub use compile::{compile, outline};
pub use functions::Function;
pub use plan::{EachPlan, GroupKey, ItemPlan, JoinPlan, KeyKind, Members, Plan, PlanShape, Program, Shown};
pub use reach::never_together;
pub use types::{
    Aggregate, AggregateKind, Arith, Atom, Atoms, CellTest, Cmp, Node, Op, Scalar, Slot, SlotWhy, Type, WHY_CALENDAR,
    WHY_NOTHING, WHY_NULL, WHY_PERIOD, WHY_RANGE, Why,
};
