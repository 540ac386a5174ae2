//! Loads rule packs from TOML into a validated catalog.

mod catalog;

pub use catalog::{
    Also, AnswerPart, Calendar, Catalog, CodeEntry, CodeList, Derive, DeriveBy, Each, Expr, Field, Form, FormAnswer,
    FormBlock, Item, Join, LedgerKind, MatchOn, Pack, Parameter, ParameterValue, Population, Region, RegionLevel,
    Regions, Rule, Shape, Wide, WideBy,
};
