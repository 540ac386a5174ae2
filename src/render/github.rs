//! Annotations for GitHub Actions: one workflow command for each finding, with file and line.

use std::io::{self, Write};

use super::view::FindingView;
use super::{Options, words};
use crate::finding::{Outcome, Report, Severity};
use crate::model::{Lang, counted};

/// Annotations of one rule before the rest is only counted, so that one wrong column does not drown the log.
const TOLD: u32 = 50;

/// Writes one command a line, in the order of the report.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let lang = options.lang;
    let mut counts = vec![0_u32; report.rules.len()];
    for finding in &report.findings {
        let count = &mut counts[finding.rule as usize];
        *count += 1;
        if *count > TOLD {
            continue;
        }
        let view = FindingView::new(report, finding, lang, options.masking);
        let command = match (finding.outcome, finding.severity) {
            (Outcome::Violated, Severity::Error) => "error",
            (Outcome::Violated, Severity::Warning) | (Outcome::Undetermined, _) => "warning",
            _ => "notice",
        };
        let mut properties = Vec::new();
        if let Some(file) = &finding.location.file {
            properties.push(format!("file={}", property(file)));
            let input = report.inputs.iter().find(|input| input.file == *file);
            if let Some(line) = input.zip(finding.location.row).and_then(|(input, row)| input.line(row)) {
                properties.push(format!("line={line}"));
            }
        }
        properties.push(format!("title={}", property(&format!("{} {}", view.rule.measure, view.title()))));
        let place = view.place();
        let message = if place.is_empty() { view.found().to_owned() } else { format!("{} ({place})", view.found()) };
        writeln!(out, "::{command} {}::{}", properties.join(","), data(&message))?;
    }
    for (rule, count) in report.rules.iter().zip(counts).filter(|(_, count)| *count > TOLD) {
        let rest = count - TOLD;
        let message = match lang {
            Lang::Zh => format!("{} {}：另有 {rest} 条未列出", rule.measure, rule.title.zh),
            Lang::En => format!("{} {}: not listed: {}", rule.measure, rule.title.en, counted(rest.into(), "finding")),
        };
        writeln!(out, "::notice ::{}", data(&message))?;
    }
    for input in &report.inputs {
        for fault in &input.faults {
            let message = words::fault(fault, lang, options.masking);
            writeln!(out, "::error file={}::{}", property(&input.file), data(&message))?;
        }
    }
    out.flush()
}

/// The message of a command; a line break in it would begin a command of the data's making.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Evidence;
    use crate::render::testing;

    fn text(report: &Report) -> String {
        let mut bytes = Vec::new();
        write(report, &Options::default(), &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn one_command_a_finding_and_none_from_the_data() {
        let mut report = testing::sample();
        let told = report.findings[5].values.iter();
        let value = |at, value| if at == 0 { "x\n::error::made up" } else { value };
        report.findings[5].values =
            told.enumerate().map(|(at, one)| Evidence { value: value(at, one.value), ..one }).collect();
        let text = text(&report);
        assert_eq!(text.lines().count(), report.findings.len() + 1);
        assert!(text.lines().all(|line| line.starts_with("::")));
        assert!(!text.contains("\n::error::"));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn one_rule_does_not_drown_the_rest() {
        let text = text(&testing::large(1_000));
        assert!(text.lines().count() < 5 * (TOLD as usize + 1) + 2);
        assert!(text.contains("条未列出"));
    }
}
