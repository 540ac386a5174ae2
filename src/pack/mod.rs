//! Loads rule packs from TOML into a validated catalog.

mod cases;
mod catalog;
pub mod codes;
mod compare;
mod document;
mod encode;
mod fields;
mod ledgers;
mod lists;
mod names;
mod node;
mod resolve;
mod rules;
pub mod schema;
mod source;
mod store;
mod templates;
#[cfg(test)]
mod tests;
mod tree;

pub use cases::{Case, CaseRecords, Expect};
pub use catalog::{
    Also, AnswerPart, Calendar, Catalog, CodeEntry, CodeList, Derive, DeriveBy, Each, Expr, Field, Form, FormAnswer,
    FormBlock, Item, Join, LedgerKind, MadeOf, MadePart, MatchOn, Pack, Parameter, ParameterValue, Population, Region,
    RegionLevel, Regions, Rule, Shape, Wide, WideBy,
};
pub use compare::{Change, How, compare};
pub use names::{Identifier, placeholders};
pub use node::nearest;
pub use resolve::cite;
pub use store::{Store, builtin, with_files};
