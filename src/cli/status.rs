//! The exit codes, decided in one place.

use crate::finding::{Finding, Outcome, Report, Severity, Standing};

pub const OK: u8 = 0;
pub const VIOLATIONS: u8 = 1;
pub const USAGE: u8 = 2;
pub const UNREADABLE: u8 = 3;
pub const NOT_RUN: u8 = 4;

/// From which results on a run fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailOn {
    Never,
    /// Violations of this severity or worse.
    Severity(Severity),
    /// Violations that an earlier run did not have, or whose waiver has run out.
    New,
    /// Any violation, and anything that could not be judged.
    Undetermined,
}

impl FailOn {
    pub fn parse(text: &str) -> Option<FailOn> {
        match text {
            "never" => Some(FailOn::Never),
            "new" => Some(FailOn::New),
            "undetermined" => Some(FailOn::Undetermined),
            _ => Severity::parse(text).map(FailOn::Severity),
        }
    }
}

/// The exit code of a check. What makes the result incomplete weighs more than what it found: rules that could not
/// run (or nothing judged), then inputs that could not be read, then violations.
///
/// Inputs that were not judged again count as they came out before: a gate does not open because nothing changed.
pub fn of_report(report: &Report, fail_on: FailOn, min_evaluated: u64, skipped: &[Skipped]) -> u8 {
    let judged = judged(report) + skipped.iter().map(|one| one.judged).sum::<u64>();
    let before = |code: u8| skipped.iter().any(|one| one.exit == code);
    let mut failed = fail_on == FailOn::New && has_new(report);
    for ((rule, info), counts) in report.rules.iter().enumerate().zip(report.rule_tallies()) {
        let violated = counts.get(Outcome::Violated).saturating_sub(waived(report, rule as u32)) > 0;
        failed |= match fail_on {
            FailOn::Never | FailOn::New => false,
            FailOn::Severity(limit) => info.severity <= limit && violated,
            FailOn::Undetermined => {
                counts.get(Outcome::Undetermined) > 0 || info.severity != Severity::Advice && violated
            }
        };
    }
    let unreadable = before(UNREADABLE) || report.inputs.iter().any(|input| !input.faults.is_empty());
    let broken = report.pack_faults.iter().any(|fault| fault.level == crate::diag::Level::Error);
    if broken || (judged < min_evaluated.max(1) && !unreadable) {
        NOT_RUN
    } else if unreadable {
        UNREADABLE
    } else if failed || before(VIOLATIONS) {
        VIOLATIONS
    } else {
        OK
    }
}

/// How inputs that an earlier run judged came out then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Skipped {
    pub exit: u8,
    pub judged: u64,
}

/// How many results the report has, whatever their outcome.
pub fn judged(report: &Report) -> u64 {
    report.tallies.iter().map(|tally| tally.counts.total() - tally.counts.get(Outcome::NotRun)).sum()
}

/// Violations of a rule that are waived with a reason.
fn waived(report: &Report, rule: u32) -> u64 {
    let Some(follow_up) = &report.follow_up else { return 0 };
    let waived = report.findings.iter().filter(|finding| {
        finding.rule == rule
            && finding.outcome == Outcome::Violated
            && follow_up.standing(finding) == Some(Standing::Waived)
    });
    waived.count() as u64
}

/// Whether a violation is new, or its waiver has run out. Without an earlier run everything is new.
fn has_new(report: &Report) -> bool {
    let is_violation = |finding: &Finding| finding.outcome == Outcome::Violated && finding.severity != Severity::Advice;
    match &report.follow_up {
        None => report.findings.iter().any(is_violation),
        Some(follow_up) => report.findings.iter().any(|finding| {
            let standing = follow_up.standing(finding);
            is_violation(finding) && matches!(standing, Some(Standing::New | Standing::Lapsed))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{FaultKind, InputFault};
    use crate::finding::{InputReading, RuleInfo, Tally};
    use crate::model::Localized;

    fn report(severity: Severity, outcomes: &[Outcome]) -> Report {
        let mut counts = Tally::default();
        for outcome in outcomes {
            counts.add(*outcome, 1);
        }
        let text = Localized::default;
        let rule = RuleInfo {
            id: "X-1/a".into(),
            measure: "X-1".into(),
            also: Vec::new(),
            pack: "x".into(),
            severity,
            title: text(),
            citations: Vec::new(),
            required: text(),
            fix: text(),
            message: text(),
            items: Vec::new(),
            ledger: "l".into(),
            ledger_name: text(),
            parameters: Vec::new(),
            interpretation: None,
        };
        Report { rules: vec![rule], tallies: [(0, "".into(), counts)].into_iter().collect(), ..Report::default() }
    }

    #[test]
    fn severity_decides_which_violations_fail() {
        let violated = |severity| report(severity, &[Outcome::Violated, Outcome::Met]);
        let fail_on = |text| FailOn::parse(text).unwrap();
        assert_eq!(of_report(&violated(Severity::Error), fail_on("error"), 1, &[]), VIOLATIONS);
        assert_eq!(of_report(&violated(Severity::Warning), fail_on("error"), 1, &[]), OK);
        assert_eq!(of_report(&violated(Severity::Warning), fail_on("warning"), 1, &[]), VIOLATIONS);
        assert_eq!(of_report(&violated(Severity::Advice), fail_on("warning"), 1, &[]), OK);
        assert_eq!(of_report(&violated(Severity::Advice), fail_on("advice"), 1, &[]), VIOLATIONS);
        assert_eq!(of_report(&violated(Severity::Error), fail_on("never"), 1, &[]), OK);
        let unsure = report(Severity::Error, &[Outcome::Undetermined]);
        assert_eq!(of_report(&unsure, fail_on("error"), 1, &[]), OK);
        assert_eq!(of_report(&unsure, fail_on("undetermined"), 1, &[]), VIOLATIONS);
    }

    #[test]
    fn a_run_that_judged_nothing_is_never_green() {
        let nothing = report(Severity::Error, &[]);
        assert_eq!(of_report(&nothing, FailOn::Never, 1, &[]), NOT_RUN);
        assert_eq!(of_report(&nothing, FailOn::Never, 0, &[]), NOT_RUN);
        let little = report(Severity::Error, &[Outcome::Met]);
        assert_eq!(of_report(&little, FailOn::Never, 2, &[]), NOT_RUN);
    }

    #[test]
    fn what_was_skipped_counts_as_it_came_out() {
        let nothing = Report::default();
        let skipped = |exit| [Skipped { exit, judged: 5 }];
        assert_eq!(of_report(&nothing, FailOn::Never, 1, &skipped(OK)), OK);
        assert_eq!(of_report(&nothing, FailOn::Never, 1, &skipped(VIOLATIONS)), VIOLATIONS);
        assert_eq!(of_report(&nothing, FailOn::Never, 6, &skipped(VIOLATIONS)), NOT_RUN);
        assert_eq!(of_report(&nothing, FailOn::Never, 1, &skipped(UNREADABLE)), UNREADABLE);
    }

    #[test]
    fn an_unreadable_input_weighs_more_than_violations() {
        let mut mixed = report(Severity::Error, &[Outcome::Violated]);
        let fault = InputFault::new(FaultKind::Damaged, Localized::default(), Localized::default());
        mixed.inputs.push(InputReading {
            file: "a.xlsx".into(),
            format: None,
            encoding: None,
            digest: None,
            size: 0,
            notes: Vec::new(),
            faults: vec![fault],
            sheets: Vec::new(),
        });
        assert_eq!(of_report(&mixed, FailOn::Severity(Severity::Error), 1, &[]), UNREADABLE);
    }
}
