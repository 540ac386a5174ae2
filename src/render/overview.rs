//! The sums that outputs open with: by measure, by unit, by rule and by reason. Counting only, no judgement.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::finding::{Finding, Outcome, Reason, Report, Severity, Tally};

/// Counts by outcome with advice kept apart, because advice is never counted as a violation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Counts {
    /// Met results of rules that are errors or warnings.
    pub met: u64,
    /// Violated results of rules that are errors.
    pub errors: u64,
    /// Violated results of rules that are warnings.
    pub warnings: u64,
    /// Met results of advisory rules.
    pub advice_met: u64,
    /// Violated results of advisory rules.
    pub advice: u64,
    pub not_applicable: u64,
    pub undetermined: u64,
    pub not_yet_due: u64,
    /// Results that were not run, or rules without any result.
    pub not_run: u64,
}

impl Counts {
    pub fn violated(&self) -> u64 {
        self.errors + self.warnings
    }

    /// What the rate of compliance is counted against.
    pub fn judged(&self) -> u64 {
        self.met + self.violated()
    }

    /// Whether there is nothing but rules that did not run.
    pub fn is_silent(&self) -> bool {
        *self == Counts { not_run: self.not_run, ..Counts::default() }
    }

    fn add(&mut self, severity: Severity, tally: &Tally) {
        match severity {
            Severity::Error => {
                self.met += tally.get(Outcome::Met);
                self.errors += tally.get(Outcome::Violated);
            }
            Severity::Warning => {
                self.met += tally.get(Outcome::Met);
                self.warnings += tally.get(Outcome::Violated);
            }
            Severity::Advice => {
                self.advice_met += tally.get(Outcome::Met);
                self.advice += tally.get(Outcome::Violated);
            }
        }
        self.not_applicable += tally.get(Outcome::NotApplicable);
        self.undetermined += tally.get(Outcome::Undetermined);
        self.not_yet_due += tally.get(Outcome::NotYetDue);
        self.not_run += tally.get(Outcome::NotRun);
    }
}

/// What could not be judged for one reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Gap<'a> {
    pub reason: &'a Reason,
    /// Positions of the rules, in order, without repetition.
    pub rules: Vec<u32>,
    /// Results that are undetermined for it, or for an absent column the records that lack it; 0 where the rules did not run
    /// at all.
    pub count: u64,
}

/// Findings that were left out of the list because of a limit on findings per rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Cut {
    pub rule: u32,
    pub outcome: Outcome,
    pub listed: u64,
    pub total: u64,
}

/// All sums of a report.
#[derive(Default)]
pub(super) struct Overview<'a> {
    pub total: Counts,
    /// For each measure of the report, in its order.
    pub measures: Vec<Counts>,
    /// For each rule of the report, in its order.
    pub rules: Vec<Counts>,
    /// Units with their counts; most violations first, then most undetermined, then by name.
    pub units: Vec<(&'a str, Counts)>,
    /// Undetermined results by reason, most first.
    pub gaps: Vec<Gap<'a>>,
    /// Rules that did not run by reason, most rules first.
    pub idle: Vec<Gap<'a>>,
    pub cuts: Vec<Cut>,
}

impl<'a> Overview<'a> {
    pub fn new(report: &'a Report) -> Overview<'a> {
        let mut total = Counts::default();
        let mut rules = vec![Counts::default(); report.rules.len()];
        let mut units: FxHashMap<&str, Counts> = FxHashMap::default();
        for tally in report.tallies.iter() {
            let Some(rule) = report.rules.get(tally.rule as usize) else { continue };
            total.add(rule.severity, &tally.counts);
            rules[tally.rule as usize].add(rule.severity, &tally.counts);
            units.entry(tally.unit).or_default().add(rule.severity, &tally.counts);
        }
        let mut idle: Vec<Gap> = Vec::new();
        for not_run in &report.not_run {
            let Some(counts) = rules.get_mut(not_run.rule as usize) else { continue };
            if counts.not_run == 0 {
                counts.not_run = 1;
                total.not_run += 1;
            }
            collect(&mut idle, &not_run.reason, not_run.rule, 0);
        }
        idle.sort_by(|a, b| b.rules.len().cmp(&a.rules.len()).then_with(|| a.reason.cmp(b.reason)));
        let mut measures = vec![Counts::default(); report.measures.len()];
        let places: BTreeMap<&str, usize> =
            report.measures.iter().enumerate().map(|(place, measure)| (&*measure.id, place)).collect();
        for (rule, counts) in report.rules.iter().zip(&rules) {
            if let Some(&place) = places.get(&*rule.measure) {
                measures[place].merge(counts);
            }
        }
        let mut units: Vec<(&str, Counts)> = units.into_iter().collect();
        // Names differ, so that the order is one whatever order they came in.
        units.sort_by(|(name_a, a), (name_b, b)| {
            (b.violated(), b.undetermined, *name_a).cmp(&(a.violated(), a.undetermined, *name_b))
        });
        let gaps = gaps(report);
        let cuts = cuts(report, &rules);
        Overview { total, measures, rules, units, gaps, idle, cuts }
    }

    /// Rules with violations, or with advice where `advice`; most results first.
    pub fn causes(&self, advice: bool) -> Vec<(u32, u64)> {
        let count = |counts: &Counts| if advice { counts.advice } else { counts.violated() };
        let mut causes: Vec<(u32, u64)> =
            self.rules.iter().enumerate().map(|(rule, counts)| (rule as u32, count(counts))).collect();
        causes.retain(|(_, count)| *count > 0);
        causes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        causes
    }
}

impl Counts {
    pub fn merge(&mut self, other: &Counts) {
        self.met += other.met;
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.advice_met += other.advice_met;
        self.advice += other.advice;
        self.not_applicable += other.not_applicable;
        self.undetermined += other.undetermined;
        self.not_yet_due += other.not_yet_due;
        self.not_run += other.not_run;
    }
}

fn collect<'a>(gaps: &mut Vec<Gap<'a>>, reason: &'a Reason, rule: u32, count: u64) {
    match gaps.iter_mut().find(|gap| gap.reason == reason) {
        Some(gap) => {
            gap.count += count;
            if let Err(place) = gap.rules.binary_search(&rule) {
                gap.rules.insert(place, rule);
            }
        }
        None => gaps.push(Gap { reason, rules: vec![rule], count }),
    }
}

fn gaps(report: &Report) -> Vec<Gap<'_>> {
    let mut sums: BTreeMap<&Reason, BTreeMap<(u32, Option<u32>), u64>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.outcome == Outcome::Undetermined) {
        let Some(reason) = &finding.reason else { continue };
        *sums.entry(reason).or_default().entry((finding.rule, finding.item)).or_default() += finding.records.max(1);
    }
    let mut gaps: Vec<Gap> = Vec::with_capacity(sums.len());
    for (reason, items) in sums {
        // The same records lack the column for each of the rules, and for each item of one.
        let is_absent = matches!(reason, Reason::ColumnAbsent(_) | Reason::ColumnDoubtful(_));
        let count = if is_absent { items.values().copied().max().unwrap_or(0) } else { items.values().sum() };
        let mut rules: Vec<u32> = items.into_keys().map(|(rule, _)| rule).collect();
        rules.dedup();
        gaps.push(Gap { reason, rules, count });
    }
    gaps.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.reason.cmp(b.reason)));
    gaps
}

fn cuts(report: &Report, rules: &[Counts]) -> Vec<Cut> {
    let mut listed = vec![(0_u64, 0_u64); rules.len()];
    for finding in &report.findings {
        let Some((violated, undetermined)) = listed.get_mut(finding.rule as usize) else { continue };
        match finding.outcome {
            Outcome::Violated => *violated += 1,
            Outcome::Undetermined => *undetermined += finding.records.max(1),
            _ => {}
        }
    }
    let mut cuts = Vec::new();
    for (rule, (counts, (violated, undetermined))) in rules.iter().zip(listed).enumerate() {
        let mut add = |outcome, listed, total| {
            if listed < total {
                cuts.push(Cut { rule: rule as u32, outcome, listed, total });
            }
        };
        add(Outcome::Violated, violated, counts.violated() + counts.advice);
        add(Outcome::Undetermined, undetermined, counts.undetermined);
    }
    cuts
}

/// The rules that say the same of different ledgers, such as those on the quality of data, together: positions in the order of the
/// report. What did not run stands apart from what did.
pub(super) fn alike(report: &Report) -> Vec<Vec<u32>> {
    let idle: BTreeMap<u32, &Reason> = report.not_run.iter().map(|one| (one.rule, &one.reason)).collect();
    let is_alike = |a: u32, b: u32| {
        let (one, other) = (&report.rules[a as usize], &report.rules[b as usize]);
        one.severity == other.severity
            && one.also == other.also
            && one.required == other.required
            && one.fix == other.fix
            && one.items == other.items
            && one.citations == other.citations
            && one.parameters == other.parameters
            && one.interpretation == other.interpretation
            && idle.get(&a) == idle.get(&b)
    };
    let mut groups: Vec<Vec<u32>> = Vec::new();
    let mut named: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (place, rule) in report.rules.iter().enumerate() {
        let place = place as u32;
        let known = named.entry((&rule.measure, &rule.title.zh)).or_default();
        match known.iter().find(|group| is_alike(groups[**group][0], place)) {
            Some(group) => groups[*group].push(place),
            None => {
                known.push(groups.len());
                groups.push(vec![place]);
            }
        }
    }
    groups
}

/// The positions of the findings in the order in which people read them: violations before advice before what could not be judged,
/// errors first.
pub(super) fn order(report: &Report) -> Vec<u32> {
    let rank = |finding: &Finding| (finding.outcome != Outcome::Violated, finding.severity);
    let mut order: Vec<u32> = (0..report.findings.len() as u32).collect();
    order.sort_by_key(|&place| rank(&report.findings[place as usize]));
    order
}
