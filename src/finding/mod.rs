//! What a run says: findings, tallies and the report that holds them. No format, no colour, no language choice.

mod compare;
mod fingerprint;
mod followup;
mod message;
mod pseudonym;
mod report;
mod returns;
mod row;
mod rulebook;
mod tally;
mod told;

pub use compare::{Changes, Comparison, Earlier, Group, Past, compare};
pub use fingerprint::fingerprint;
pub use followup::{Entry, FollowUp, Standing, follow_up};
pub use message::{Masking, fill_template, mask, push_masked};
pub use pseudonym::Pseudonyms;
pub use report::{
    ConvertedCell, FieldUse, HeadingMatch, InputReading, MatchEvidence, MatchHow, MeasureInfo, NotRun, PASSED_OVER,
    PackInfo, ParameterInfo, PictureRow, Report, RuleInfo, RunInfo, SheetReading, TableReading,
};
pub use returns::{CopiedRows, OwnedTable, Recipient, SheetCopy};
pub use row::{Row, RowField};
pub use rulebook::{
    Coverage, Example, ExampleLedger, FieldNeed, LedgerNeed, MeasureCoverage, RuleCoverage, RuleEntry, RuleExplanation,
    RuleShape,
};
pub use tally::{Tallies, Tally, Tallying, UnitTally};
pub use told::{Evidence, Teller, Told};

use std::sync::Arc;

use crate::model::Period;

/// The result of one rule for one unit of judgement; exactly one of six.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Outcome {
    Met,
    Violated,
    NotApplicable,
    Undetermined,
    NotYetDue,
    NotRun,
}

impl Outcome {
    pub const ALL: [Outcome; 6] = [
        Outcome::Met,
        Outcome::Violated,
        Outcome::NotApplicable,
        Outcome::Undetermined,
        Outcome::NotYetDue,
        Outcome::NotRun,
    ];

    /// The stable English key of machine formats and of the rules' cases.
    pub fn code(self) -> &'static str {
        match self {
            Outcome::Met => "met",
            Outcome::Violated => "violated",
            Outcome::NotApplicable => "not_applicable",
            Outcome::Undetermined => "undetermined",
            Outcome::NotYetDue => "not_yet_due",
            Outcome::NotRun => "not_run",
        }
    }

    pub fn parse(code: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.code() == code)
    }

    pub fn zh(self) -> &'static str {
        match self {
            Outcome::Met => "合规",
            Outcome::Violated => "不合规",
            Outcome::NotApplicable => "不适用",
            Outcome::Undetermined => "无法判定",
            Outcome::NotYetDue => "未到期",
            Outcome::NotRun => "未执行",
        }
    }

    pub fn en(self) -> &'static str {
        match self {
            Outcome::Met => "met",
            Outcome::Violated => "violated",
            Outcome::NotApplicable => "not applicable",
            Outcome::Undetermined => "undetermined",
            Outcome::NotYetDue => "not yet due",
            Outcome::NotRun => "not run",
        }
    }
}

/// How much a violated rule weighs; a different thing from the outcome.
/// `Advice` is what the documents encourage or what only deserves a hint (提示): it is never counted as a violation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
    Advice,
}

impl Severity {
    pub const ALL: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Advice];

    pub fn code(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "advice",
        }
    }

    pub fn parse(code: &str) -> Option<Severity> {
        Severity::ALL.into_iter().find(|severity| severity.code() == code)
    }

    pub fn zh(self) -> &'static str {
        match self {
            Severity::Error => "错误",
            Severity::Warning => "警告",
            Severity::Advice => "提示",
        }
    }

    pub fn en(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "advice",
        }
    }
}

/// Why a result is undetermined, or a rule was not run.
#[derive(Clone, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The sheet has no column for these fields.
    ColumnAbsent(Vec<Arc<str>>),
    /// No column was taken for these fields, and the heading of one may mean them but is too doubtful to use.
    ColumnDoubtful(Vec<Arc<str>>),
    /// The cells of these fields are blank.
    CellBlank(Vec<Arc<str>>),
    /// The cells of these fields say something that is no value of their type.
    CellUnreadable(Vec<Arc<str>>),
    /// The cells of these fields say numbers below zero, which no rule can use.
    NumberNegative(Vec<Arc<str>>),
    /// The ledger kind that the rule reads beside its own was not submitted.
    CompanionAbsent(Arc<str>),
    /// The companion ledger has no record for this key.
    CompanionRecordAbsent(Arc<str>),
    /// No reporting period is known, so there is no calendar grid to judge on.
    PeriodUnknown,
    /// The workday calendar does not cover the year.
    CalendarMissing(i16),
    /// A number left the range in which it is exact.
    NumberOutOfRange,
    /// The values are known but decide nothing, such as a share of a total of 0.
    NotDecidable,
    /// Completeness was not judged: no register of submissions, one unit only, and not asked for.
    CompletenessNotDeclared,
    /// The rule's document is not in force in the reporting period.
    NotInForce,
    /// The ledger that the rule judges was not submitted.
    LedgerAbsent(Arc<str>),
}

impl Reason {
    /// The stable English key of machine formats.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::ColumnAbsent(_) => "column-absent",
            Reason::ColumnDoubtful(_) => "column-doubtful",
            Reason::CellBlank(_) => "cell-blank",
            Reason::CellUnreadable(_) | Reason::NumberNegative(_) => "cell-unreadable",
            Reason::CompanionAbsent(_) => "companion-absent",
            Reason::CompanionRecordAbsent(_) => "companion-record-absent",
            Reason::PeriodUnknown => "period-unknown",
            Reason::CalendarMissing(_) => "calendar-missing",
            Reason::NumberOutOfRange => "number-out-of-range",
            Reason::NotDecidable => "not-decidable",
            Reason::CompletenessNotDeclared => "completeness-not-declared",
            Reason::NotInForce => "not-in-force",
            Reason::LedgerAbsent(_) => "ledger-absent",
        }
    }
}

/// What kind of personal data a value is, so that every output can mask it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Personal {
    Name,
    IdNumber,
    Phone,
    Address,
}

impl Personal {
    pub const ALL: [Personal; 4] = [Personal::Name, Personal::IdNumber, Personal::Phone, Personal::Address];

    pub fn parse(code: &str) -> Option<Personal> {
        Some(match code {
            "name" => Personal::Name,
            "id-number" => Personal::IdNumber,
            "phone" => Personal::Phone,
            "address" => Personal::Address,
            _ => return None,
        })
    }
}

/// Where a finding points: a cell, a row, a file, or nothing at all.
#[derive(Clone, PartialEq, Eq, Debug, Default, PartialOrd, Ord)]
pub struct Location {
    pub file: Option<Arc<str>>,
    pub sheet: Option<Arc<str>>,
    /// From 0.
    pub row: Option<u32>,
    /// From 0.
    pub column: Option<u32>,
}

/// A place beside the one that a finding points at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Related {
    pub place: Location,
    /// What stands there, as in [`Finding::record`]; also empty where the finding's own record is the one.
    pub record: Row,
}

/// One violated, undetermined or advisory result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Position in [`Report::rules`].
    pub rule: u32,
    /// For a rule that names several items of a duty, the position of the item that is at fault.
    pub item: Option<u32>,
    pub outcome: Outcome,
    /// The rule's severity.
    pub severity: Severity,
    pub reason: Option<Reason>,
    /// Further reasons beside `reason`, such as blank cells beside an unreadable one.
    pub other_reasons: Vec<Reason>,
    /// The unit that answers for it: an institution, a city; empty where none is known.
    pub unit: Arc<str>,
    /// The business key of what was judged, such as person and date; part of the fingerprint.
    pub key: Told,
    pub period: Option<Period>,
    pub location: Location,
    /// Other places that belong to the finding, such as the first of two records with the same key; ten at most.
    pub related: Vec<Related>,
    /// The values seen.
    pub values: Told,
    /// The record that stands in that place, with all its fields that were recognised; where a record is missing, the unit's own in
    /// the register. Empty where there is none, and where the place of a finding about several records lies deep in a long table.
    pub record: Row,
    /// How many records stand behind this one finding (more than 1 where a whole sheet lacks a column).
    pub records: u64,
    /// Lower-case hexadecimal digits; the same in every run that finds the same fault again.
    pub fingerprint: String,
}
