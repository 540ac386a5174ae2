//! What the packs hold: lists, explanations and coverage of rules, as text, JSON and Markdown.

mod json;
mod markdown;
mod text;

pub use json::{coverage_json, explain_json, faults_json, list_json};
pub use markdown::rule_table;
pub use text::{coverage_text, explain_text, list_text};

use crate::finding::{Outcome, RuleEntry, Tally};
use crate::model::{Grid, Lang};

use super::words::pick;

/// Counts of cases by outcome, such as `合规 2 · 不合规 1`.
fn case_counts(cases: &Tally, lang: Lang) -> String {
    let shown = Outcome::ALL.into_iter().filter(|outcome| cases.get(*outcome) > 0);
    let words: Vec<String> =
        shown.map(|outcome| format!("{} {}", super::words::outcome(outcome, lang), cases.get(outcome))).collect();
    if words.is_empty() { pick(lang, "无", "none").to_owned() } else { words.join(" · ") }
}

/// The ledger that a rule judges, or how many kinds it is for.
fn ledger(entry: &RuleEntry, lang: Lang) -> String {
    match entry.kinds.as_slice() {
        [(_, name)] => name.get(lang).to_owned(),
        kinds => match lang {
            Lang::Zh => format!("{} 种台账", kinds.len()),
            Lang::En => format!("{} kinds of ledger", kinds.len()),
        },
    }
}

/// The stable English key of a grid.
fn grid_code(grid: Grid) -> &'static str {
    match grid {
        Grid::Week => "week",
        Grid::Month => "month",
        Grid::Quarter => "quarter",
        Grid::Half => "half-year",
        Grid::Year => "year",
    }
}
