//! What the packs hold, for the people who write rules and the people who want to know why.

use std::sync::Arc;

use super::{MeasureInfo, Outcome, PackInfo, RuleInfo, Tally};
use crate::model::{Date, Grid, Localized, Period};

/// What a rule judges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RuleShape {
    /// Each record.
    Row,
    /// Each group of records.
    Group,
    /// Each member of a register or list.
    Population,
}

impl RuleShape {
    /// The stable English key of machine formats.
    pub fn code(self) -> &'static str {
        match self {
            RuleShape::Row => "row",
            RuleShape::Group => "group",
            RuleShape::Population => "population",
        }
    }
}

/// One rule in a list of rules. A rule that stands for many ledger kinds is one entry.
#[derive(Clone, Debug)]
pub struct RuleEntry {
    pub info: RuleInfo,
    /// The class of its measure.
    pub class: &'static str,
    pub shape: RuleShape,
    pub each: Option<Grid>,
    /// The kinds that are judged, with their names.
    pub kinds: Vec<(Arc<str>, Localized)>,
    /// How many of its cases show each outcome.
    pub cases: Tally,
}

/// All that is to be said about one rule.
#[derive(Clone, Debug)]
pub struct RuleExplanation {
    pub entry: RuleEntry,
    /// The measures that it answers, the local one first, each with its document.
    pub measures: Vec<(MeasureInfo, PackInfo)>,
    /// What must be so and how to repair it, with parameters filled in and `〔…〕` for what differs from finding to
    /// finding.
    pub required: Localized,
    pub fix: Localized,
    /// What is judged, as a sentence.
    pub unit: Localized,
    /// The conditions of the rule, each with what it is for.
    pub conditions: Vec<(Localized, String)>,
    pub ledgers: Vec<LedgerNeed>,
    pub passes: Option<Example>,
    pub fails: Option<Example>,
    /// Why a kind of case cannot exist.
    pub no_case: Vec<(Outcome, Localized)>,
}

/// What a ledger must contain so that a rule can be judged.
#[derive(Clone, Debug)]
pub struct LedgerNeed {
    pub kind: Arc<str>,
    pub name: Localized,
    /// One row of the ledger is this.
    pub row: Localized,
    /// What the ledger is for in the rule: judged, register, companion.
    pub role: Localized,
    pub fields: Vec<FieldNeed>,
}

/// One field that a rule reads.
#[derive(Clone, Debug)]
pub struct FieldNeed {
    pub name: Arc<str>,
    pub en: String,
    pub sort: Localized,
    pub aliases: Vec<String>,
    pub about: Localized,
}

/// A case shown as tables.
#[derive(Clone, Debug)]
pub struct Example {
    pub name: String,
    pub as_of: Date,
    pub period: Option<Period>,
    pub ledgers: Vec<ExampleLedger>,
}

#[derive(Clone, Debug)]
pub struct ExampleLedger {
    pub kind: Arc<str>,
    pub name: Localized,
    pub headings: Vec<String>,
    /// One cell for each heading.
    pub rows: Vec<Vec<String>>,
}

/// Which rules answer which measure.
#[derive(Clone, Debug)]
pub struct Coverage {
    pub packs: Vec<PackInfo>,
    /// In the order of the packs and of their documents.
    pub measures: Vec<MeasureCoverage>,
}

impl Coverage {
    /// The measures that ought to have a rule and have none.
    pub fn uncovered(&self) -> impl Iterator<Item = &MeasureCoverage> {
        self.measures.iter().filter(|measure| measure.is_uncovered())
    }
}

#[derive(Clone, Debug)]
pub struct MeasureCoverage {
    pub measure: MeasureInfo,
    pub rules: Vec<RuleCoverage>,
}

impl MeasureCoverage {
    /// Whether the measure ought to have a rule and has none; what no ledger can show needs none.
    pub fn is_uncovered(&self) -> bool {
        self.rules.is_empty() && self.measure.class != "narrative"
    }
}

#[derive(Clone, Debug)]
pub struct RuleCoverage {
    pub id: Arc<str>,
    /// The pack whose rule it is; another one than the measure's where the rule is inherited.
    pub pack: Arc<str>,
    pub title: Localized,
    /// How many of its cases show each outcome.
    pub cases: Tally,
}
