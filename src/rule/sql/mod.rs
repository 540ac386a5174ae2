//! Rules as queries for SQL engines, over the tables that exported records stand in.
//!
//! Each query gives one row for each item of the rule and each record, group or member (and period): the columns
//! `rule`, `item`, `source`, `line`, `key`, `period_from`, `period_to`, `outcome`, `why` and `reason`. Unknown values
//! are NULL, and beside each stands a number whose bits say why, so that the outcomes are those of `eval`.

mod dialect;
mod expr;
mod function;
mod keys;
mod members;
mod query;
mod tables;
mod totals;
mod units;

use std::sync::Arc;

pub use dialect::Dialect;
pub use tables::{ColumnPart, ColumnType, SURROUNDINGS, Table, TableColumn, table, table_name};

use self::query::Query;
use self::units::Source;
use super::plan::{Members, Plan, PlanShape, Program};

/// A rule as a query, or why it cannot be one.
#[derive(Clone, Debug)]
pub struct RuleQuery {
    pub rule: Arc<str>,
    pub query: Result<String, String>,
}

/// The statements that make the exported tables in `folder` known to the engine, after its helper functions.
pub fn load(program: &Program, dialect: Dialect, folder: &str) -> String {
    let mut text = dialect.prelude().to_owned();
    text += &dialect.load_surroundings(folder);
    for kind in &program.kinds {
        let fields: Vec<String> = super::compile::reporting_fields(kind)
            .into_iter()
            .filter_map(|field| kind.fields.get(usize::from(field)))
            .map(|field| field.name.to_string())
            .collect();
        text += &dialect.load(&table(kind), folder, &fields);
    }
    text
}

/// The queries of all rules, in their order. `with_reasons` adds why each outcome is undetermined.
pub fn queries(program: &Program, dialect: Dialect, with_reasons: bool) -> Vec<RuleQuery> {
    let one = |plan: &Plan| RuleQuery { rule: plan.id.clone(), query: query(program, plan, dialect, with_reasons) };
    program.plans.iter().map(one).collect()
}

fn query(program: &Program, plan: &Plan, dialect: Dialect, with_reasons: bool) -> Result<String, String> {
    let fresh = || Query::new(program, plan, dialect, with_reasons);
    if let Some(problem) = fresh().unsupported() {
        return Err(problem);
    }
    match &plan.shape {
        PlanShape::Row => fresh().row_rule(),
        PlanShape::Group { .. } => fresh().unit_rule(Source::Groups, true),
        PlanShape::Population { members: Members::List(_), .. } => fresh().unit_rule(Source::List, true),
        PlanShape::Population { members: Members::Ledger { .. }, .. } => {
            let with = fresh().unit_rule(Source::Register, true)?;
            let without = fresh().unit_rule(Source::Records, false)?;
            Ok(format!(
                "SELECT * FROM (\n{with}\n) AS with_register\nUNION ALL\nSELECT * FROM (\n{without}\n) AS without"
            ))
        }
    }
}
