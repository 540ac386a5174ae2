//! JUnit XML for build servers: a suite for each measure, a case for each rule and unit.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::escape::markup;
use super::view::{FindingView, scrub};
use super::{Options, words};
use crate::finding::{Finding, NotRun, Outcome, Report, Severity, UnitTally};

/// Findings that are told in one case before the rest is only counted.
const TOLD: usize = 20;

/// Writes one document.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let mut suites: BTreeMap<(usize, &str), Suite> = BTreeMap::new();
    let places: BTreeMap<&str, usize> =
        report.measures.iter().enumerate().map(|(place, measure)| (&*measure.id, place)).collect();
    let mut findings: BTreeMap<(u32, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        findings.entry((finding.rule, &finding.unit)).or_default().push(finding);
    }
    let suite_of = |rule: u32| {
        let measure = report.rules.get(rule as usize).map(|rule| &*rule.measure)?;
        Some((places.get(measure).copied().unwrap_or(usize::MAX), measure))
    };
    for tally in report.tallies.iter() {
        let Some(key) = suite_of(tally.rule) else { continue };
        let found = findings.get(&(tally.rule, tally.unit)).map(Vec::as_slice).unwrap_or_default();
        suites.entry(key).or_default().judged(report, options, &tally, found);
    }
    for not_run in &report.not_run {
        let Some(key) = suite_of(not_run.rule) else { continue };
        suites.entry(key).or_default().not_run(report, options, not_run);
    }
    let sum = |count: fn(&Suite) -> usize| suites.values().map(count).sum::<usize>();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"taizhang\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">",
        sum(|suite| suite.tests),
        sum(|suite| suite.failures),
        sum(|suite| suite.skipped),
    )?;
    for ((place, id), suite) in &suites {
        let title = report.measures.get(*place).map(|measure| measure.title.get(options.lang)).unwrap_or_default();
        let name = markup(format!("{id} {title}").trim_end());
        writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" timestamp=\"{}T00:00:00\">",
            suite.tests, suite.failures, suite.skipped, report.run.as_of,
        )?;
        out.write_all(suite.cases.as_bytes())?;
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")?;
    out.flush()
}

#[derive(Default)]
struct Suite {
    tests: usize,
    failures: usize,
    skipped: usize,
    cases: String,
}

impl Suite {
    fn case(&mut self, class: &str, name: &str, inner: &str) {
        self.tests += 1;
        let (class, name) = (markup(class), markup(name));
        if inner.is_empty() {
            self.cases.push_str(&format!("    <testcase classname=\"{class}\" name=\"{name}\"/>\n"));
        } else {
            self.cases.push_str(&format!("    <testcase classname=\"{class}\" name=\"{name}\">{inner}</testcase>\n"));
        }
    }

    fn judged(&mut self, report: &Report, options: &Options, tally: &UnitTally<'_>, found: &[&Finding]) {
        let lang = options.lang;
        let rule = &report.rules[tally.rule as usize];
        let unit = scrub(words::unit(tally.unit, lang), options.masking);
        let name = format!("{} [{unit}]", rule.title.get(lang));
        let count = |outcome: Outcome| tally.counts.get(outcome);
        let told = |outcome: Outcome| told(report, options, found, outcome);
        let inner = if count(Outcome::Violated) > 0 && rule.severity != Severity::Advice {
            self.failures += 1;
            let message = format!("{} {}", words::outcome(Outcome::Violated, lang), count(Outcome::Violated));
            let kind = rule.severity.code();
            format!("<failure type=\"{kind}\" message=\"{}\">{}</failure>", markup(&message), told(Outcome::Violated))
        } else if count(Outcome::Undetermined) > 0 {
            self.skipped += 1;
            let reason = found.iter().find_map(|finding| finding.reason.as_ref());
            let reason = reason.map(|reason| words::reason(report, reason, lang)).unwrap_or_default();
            let head = words::outcome(Outcome::Undetermined, lang);
            let message = format!("{head} {}{}{reason}", count(Outcome::Undetermined), words::pick(lang, "：", ": "));
            format!("<skipped message=\"{}\"/>", markup(&message))
        } else if count(Outcome::Met) == 0 && count(Outcome::Violated) == 0 {
            self.skipped += 1;
            let outcome = [Outcome::NotYetDue, Outcome::NotApplicable].into_iter().find(|outcome| count(*outcome) > 0);
            let outcome = outcome.unwrap_or(Outcome::NotRun);
            format!("<skipped message=\"{}\"/>", words::outcome(outcome, lang))
        } else if count(Outcome::Violated) > 0 {
            format!("<system-out>{}</system-out>", told(Outcome::Violated))
        } else {
            String::new()
        };
        self.case(&rule.id, &name, &inner);
    }

    fn not_run(&mut self, report: &Report, options: &Options, not_run: &NotRun) {
        let rule = &report.rules[not_run.rule as usize];
        self.skipped += 1;
        let reason = words::reason(report, &not_run.reason, options.lang);
        let outcome = words::outcome(Outcome::NotRun, options.lang);
        let message = format!("{outcome}{}{reason}", words::pick(options.lang, "：", ": "));
        self.case(&rule.id, rule.title.get(options.lang), &format!("<skipped message=\"{}\"/>", markup(&message)));
    }
}

/// The findings of one outcome as lines of place and message.
fn told(report: &Report, options: &Options, found: &[&Finding], outcome: Outcome) -> String {
    let of_outcome = || found.iter().filter(|finding| finding.outcome == outcome);
    let mut text = String::new();
    for finding in of_outcome().take(TOLD) {
        let view = FindingView::new(report, finding, options.lang, options.masking);
        text.push_str(&format!("\n{}", view.found()));
        let place = view.place();
        if !place.is_empty() {
            text.push_str(&format!(" ({place})"));
        }
    }
    let rest = of_outcome().count().saturating_sub(TOLD);
    if rest > 0 {
        text.push_str(&match options.lang {
            crate::model::Lang::Zh => format!("\n另有 {rest} 条"),
            crate::model::Lang::En => format!("\nand {rest} more"),
        });
    }
    if !text.is_empty() {
        text.push('\n');
    }
    markup(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing;

    #[test]
    fn counts_agree_with_the_cases_and_the_document_is_well_formed() {
        let mut bytes = Vec::new();
        write(&testing::sample(), &Options::default(), &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let mut reader = quick_xml::Reader::from_str(&text);
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                    *names.entry(AsRef::<str>::as_ref(&tag.name()).to_owned()).or_default() += 1;
                }
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        let head = format!(
            "<testsuites name=\"taizhang\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">",
            names["testcase"], names["failure"], names["skipped"]
        );
        assert!(text.contains(&head), "{head}");
        assert!(!text.contains("<script"));
        assert_eq!(names["testsuite"], 5);
        insta::assert_snapshot!(text);
    }
}
