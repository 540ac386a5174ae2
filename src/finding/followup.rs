//! The follow-up of findings from run to run (整改销号): what is new, what persists, what was fixed, and what was waived.

use std::collections::BTreeMap;

use super::{Finding, Outcome, Report, Severity, Tally};
use crate::model::{Date, Localized};

/// What people wrote beside a finding of an earlier run.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Entry {
    /// What the finding was about, as the earlier list shows it.
    pub title: String,
    /// Id of the measure.
    pub measure: String,
    /// Its title, as the earlier report shows it.
    pub measure_title: String,
    pub severity: Option<Severity>,
    pub outcome: Option<Outcome>,
    pub unit: String,
    pub message: String,
    /// 情况说明; a waiver needs one.
    pub explanation: String,
    /// 整改措施.
    pub action: String,
    /// 责任人.
    pub responsible: String,
    /// 整改期限, as written.
    pub due: String,
    /// 豁免至, as written.
    pub waived_until: String,
}

impl Entry {
    /// Takes over what `later` says where it says something.
    pub fn merge(&mut self, later: Entry) {
        let texts = [
            (&mut self.title, later.title),
            (&mut self.measure, later.measure),
            (&mut self.measure_title, later.measure_title),
            (&mut self.unit, later.unit),
            (&mut self.message, later.message),
            (&mut self.explanation, later.explanation),
            (&mut self.action, later.action),
            (&mut self.responsible, later.responsible),
            (&mut self.due, later.due),
            (&mut self.waived_until, later.waived_until),
        ];
        for (mine, theirs) in texts {
            if !theirs.trim().is_empty() {
                *mine = theirs;
            }
        }
        self.severity = later.severity.or(self.severity);
        self.outcome = later.outcome.or(self.outcome);
    }
}

/// How a finding of this run stands to the earlier one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Standing {
    New,
    Persisting,
    /// Persisting, and waived with a reason until a date that has not passed.
    Waived,
    /// Persisting, and its waiver has run out.
    Lapsed,
}

impl Standing {
    /// The stable English key of machine formats.
    pub fn code(self) -> &'static str {
        match self {
            Standing::New => "new",
            Standing::Persisting => "persisting",
            Standing::Waived => "waived",
            Standing::Lapsed => "lapsed",
        }
    }

    pub fn text(self) -> Localized {
        match self {
            Standing::New => Localized::new("新增", "new"),
            Standing::Persisting => Localized::new("持续", "persisting"),
            Standing::Waived => Localized::new("豁免", "waived"),
            Standing::Lapsed => Localized::new("豁免到期", "waiver lapsed"),
        }
    }
}

/// The comparison of a run with an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FollowUp {
    /// How each finding of the report stands, by fingerprint.
    pub standings: BTreeMap<String, Standing>,
    /// What people wrote, by fingerprint.
    pub entries: BTreeMap<String, Entry>,
    /// Earlier findings that were judged again and are gone, by fingerprint.
    pub fixed: Vec<(String, Entry)>,
    /// Earlier findings whose rule had no result this time, so that nothing can be said of them.
    pub not_judged: Vec<(String, Entry)>,
    /// Waivers that were refused, and why.
    pub refused: Vec<Localized>,
}

impl FollowUp {
    pub fn count(&self, standing: Standing) -> usize {
        self.standings.values().filter(|one| **one == standing).count()
    }

    /// How the finding stands to the earlier run.
    pub fn standing(&self, finding: &Finding) -> Option<Standing> {
        self.standings.get(&finding.fingerprint).copied()
    }
}

/// Compares the report with the entries of an earlier one; `date` reads the dates that people write.
pub fn follow_up(report: &Report, entries: BTreeMap<String, Entry>, date: impl Fn(&str) -> Option<Date>) -> FollowUp {
    let mut result = FollowUp::default();
    for finding in &report.findings {
        let standing = match entries.get(&finding.fingerprint) {
            None => Standing::New,
            Some(entry) => standing(report, finding, entry, &date, &mut result.refused),
        };
        result.standings.insert(finding.fingerprint.clone(), standing);
    }
    let still: std::collections::BTreeSet<&str> =
        report.findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
    let in_full = judged_in_full(report);
    for (fingerprint, entry) in &entries {
        if still.contains(fingerprint.as_str()) {
            continue;
        }
        let again = report.rules.iter().enumerate().any(|(rule, info)| {
            let same =
                [&info.title.zh, &info.title.en].into_iter().any(|title| entry.title.starts_with(title.as_str()));
            same && in_full[rule]
        });
        let list = if again { &mut result.fixed } else { &mut result.not_judged };
        list.push((fingerprint.clone(), entry.clone()));
    }
    result.entries = entries;
    result
}

fn standing(
    report: &Report,
    finding: &Finding,
    entry: &Entry,
    date: &impl Fn(&str) -> Option<Date>,
    refused: &mut Vec<Localized>,
) -> Standing {
    let waiver = entry.waived_until.trim();
    if waiver.is_empty() {
        return Standing::Persisting;
    }
    let title = &report.rules[finding.rule as usize].title;
    let mut refuse = |zh: &str, en: &str| {
        refused.push(Localized::new(
            format!("问题 {}（{}）的豁免未采纳：{zh}", finding.fingerprint, title.zh),
            format!("the waiver of finding {} ({}) was refused: {en}", finding.fingerprint, title.en),
        ));
        Standing::Persisting
    };
    match date(waiver) {
        None => refuse("豁免至一栏不是日期", "its date cannot be read"),
        Some(_) if entry.explanation.trim().is_empty() => refuse("没有写情况说明", "it gives no reason"),
        Some(until) if until < report.run.as_of => Standing::Lapsed,
        Some(_) => Standing::Waived,
    }
}

/// For each rule, whether it had results this time and all of its findings are listed.
fn judged_in_full(report: &Report) -> Vec<bool> {
    let mut listed = vec![0; report.rules.len()];
    for finding in report.findings.iter().filter(|finding| finding.outcome == Outcome::Violated) {
        if let Some(count) = listed.get_mut(finding.rule as usize) {
            *count += 1_u64;
        }
    }
    let has_results = |tally: &Tally| tally.total() > tally.get(Outcome::NotRun);
    let in_full = |(tally, listed): (Tally, u64)| has_results(&tally) && listed >= tally.get(Outcome::Violated);
    report.rule_tallies().into_iter().zip(listed).map(in_full).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::finding::{Location, Row, RuleInfo, Severity, Told};

    fn report(fingerprints: &[&str]) -> Report {
        let text = |text: &str| Localized::new(text, text);
        let rule = RuleInfo {
            id: "X-1/a".into(),
            measure: "X-1".into(),
            also: Vec::new(),
            pack: "x".into(),
            severity: Severity::Error,
            title: text("号源不足"),
            citations: Vec::new(),
            required: text(""),
            fix: text(""),
            message: text(""),
            items: Vec::new(),
            ledger: "l".into(),
            ledger_name: text(""),
            parameters: Vec::new(),
            interpretation: None,
        };
        let findings = fingerprints.iter().map(|fingerprint| Finding {
            rule: 0,
            item: None,
            outcome: Outcome::Violated,
            severity: Severity::Error,
            reason: None,
            unit: Arc::default(),
            key: Told::default(),
            period: None,
            location: Location::default(),
            values: Told::default(),
            record: Row::default(),
            records: 1,
            fingerprint: (*fingerprint).to_owned(),
            other_reasons: Vec::new(),
            related: Vec::new(),
        });
        let mut counts = Tally::default();
        counts.add(Outcome::Violated, fingerprints.len() as u64);
        counts.add(Outcome::Met, 1);
        let mut report = Report {
            rules: vec![rule],
            findings: findings.collect(),
            tallies: [(0, "".into(), counts)].into_iter().collect(),
            ..Report::default()
        };
        report.run.as_of = Date::parse_iso("2024-04-10").unwrap();
        report
    }

    fn entry(explanation: &str, waived_until: &str) -> Entry {
        Entry {
            title: "号源不足".to_owned(),
            explanation: explanation.to_owned(),
            waived_until: waived_until.to_owned(),
            ..Entry::default()
        }
    }

    #[test]
    fn findings_are_followed_by_fingerprint() {
        let entries = BTreeMap::from([
            ("a".to_owned(), entry("", "")),
            ("b".to_owned(), entry("改建中", "2024-04-10")),
            ("c".to_owned(), entry("改建中", "2024-04-09")),
            ("d".to_owned(), entry("", "2024-12-31")),
            ("e".to_owned(), entry("", "")),
            ("f".to_owned(), Entry { title: "别的问题".to_owned(), ..Entry::default() }),
        ]);
        let result = follow_up(&report(&["a", "b", "c", "d", "n"]), entries, Date::parse_iso);
        use Standing::*;
        assert_eq!(result.standings.into_values().collect::<Vec<_>>(), [Persisting, Waived, Lapsed, Persisting, New]);
        assert_eq!(result.refused.len(), 1, "a waiver without a reason is refused");
        assert_eq!(result.fixed.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["e"]);
        assert_eq!(result.not_judged.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["f"]);
    }
}
