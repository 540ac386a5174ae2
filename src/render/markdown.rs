//! A summary in Markdown for pull requests and wikis: counts, measures, units, causes and gaps as tables.

use std::io::{self, Write};

use super::escape::markdown as text;
use super::overview::{Counts, Overview};
use super::view::{FindingView, scrub};
use super::{Options, words};
use crate::finding::{Outcome, Report, Severity};
use crate::model::{Lang, counted};

const UNITS: usize = 15;
const FINDINGS: usize = 30;

/// Writes the summary.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let page = Page { report, options, overview: Overview::new(report) };
    let mut document = String::new();
    page.head(&mut document);
    page.measures(&mut document);
    page.units(&mut document);
    page.causes(&mut document);
    page.gaps(&mut document);
    page.findings(&mut document);
    out.write_all(document.as_bytes())
}

struct Page<'a> {
    report: &'a Report,
    options: &'a Options,
    overview: Overview<'a>,
}

fn row(out: &mut String, cells: &[String]) {
    out.push_str("| ");
    out.push_str(&cells.join(" | "));
    out.push_str(" |\n");
}

/// Heading and alignment of a table whose columns from `numbers` on are numbers.
fn table(out: &mut String, heads: &[&str], numbers: std::ops::Range<usize>) {
    out.push('\n');
    row(out, &heads.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>());
    let lines: Vec<String> =
        (0..heads.len()).map(|index| if numbers.contains(&index) { "---:" } else { "---" }.to_owned()).collect();
    row(out, &lines);
}

impl Page<'_> {
    fn pick(&self, zh: &'static str, en: &'static str) -> &'static str {
        words::pick(self.options.lang, zh, en)
    }

    fn safe(&self, value: &str) -> String {
        text(&scrub(value, self.options.masking))
    }

    fn outcomes(&self) -> [&'static str; 7] {
        let lang = self.options.lang;
        [
            words::outcome(Outcome::Met, lang),
            words::severity(Severity::Error, lang),
            words::severity(Severity::Warning, lang),
            words::severity(Severity::Advice, lang),
            words::outcome(Outcome::Undetermined, lang),
            words::outcome(Outcome::NotApplicable, lang),
            words::outcome(Outcome::NotYetDue, lang),
        ]
    }

    fn numbers(counts: &Counts) -> [String; 7] {
        [
            counts.met,
            counts.errors,
            counts.warnings,
            counts.advice,
            counts.undetermined,
            counts.not_applicable,
            counts.not_yet_due,
        ]
        .map(|number| number.to_string())
    }

    fn head(&self, out: &mut String) {
        let (run, lang) = (&self.report.run, self.options.lang);
        out.push_str(&format!("# {}\n\n", self.pick("台账核查结果", "Check of ledgers")));
        out.push_str(&format!("- {}{}\n", self.pick("核查日期：", "As of: "), run.as_of));
        if let Some(period) = run.period {
            out.push_str(&format!("- {}{}\n", self.pick("所属期：", "Period: "), words::period(period, lang)));
        }
        let packs: Vec<String> = self.report.packs.iter().map(|pack| text(pack.name.get(lang))).collect();
        out.push_str(&format!("- {}{}\n", self.pick("规则包：", "Rule packs: "), packs.join(self.pick("、", ", "))));
        let records: u64 = self
            .report
            .inputs
            .iter()
            .flat_map(|input| &input.sheets)
            .flat_map(|sheet| &sheet.tables)
            .map(|table| table.records)
            .sum();
        let files = self.report.inputs.len();
        out.push_str(&match lang {
            Lang::Zh => format!("- 读取：{files} 个文件，{records} 条记录\n"),
            Lang::En => format!("- Read: {}, {}\n", counted(files as u64, "file"), counted(records, "record")),
        });
        for input in &self.report.inputs {
            for fault in &input.faults {
                let told = words::fault(fault, lang, self.options.masking);
                out.push_str(&format!("- ⚠ {}: {}\n", self.safe(&input.file), text(&told)));
            }
        }
        for note in &self.report.notes {
            out.push_str(&format!("- {}\n", self.safe(note.get(lang))));
        }
        table(out, &self.outcomes(), 0..7);
        row(out, &Self::numbers(&self.overview.total));
    }

    fn measures(&self, out: &mut String) {
        let lang = self.options.lang;
        out.push_str(&format!("\n## {}\n", self.pick("各项举措", "Measures")));
        let outcomes = self.outcomes();
        let mut heads = vec![self.pick("举措", "Measure")];
        heads.extend(outcomes);
        table(out, &heads, 1..8);
        let mut silent = 0;
        for (measure, counts) in self.report.measures.iter().zip(&self.overview.measures) {
            if counts.is_silent() {
                silent += 1;
                continue;
            }
            let mut cells = vec![text(&format!("{} {}", measure.id, measure.title.get(lang)))];
            cells.extend(Self::numbers(counts));
            row(out, &cells);
        }
        if silent > 0 {
            out.push_str(&match lang {
                Lang::Zh => format!("\n另有 {silent} 项没有结果。\n"),
                Lang::En => format!("\nNot shown: {silent} without a result.\n"),
            });
        }
    }

    fn units(&self, out: &mut String) {
        let bad: Vec<_> = self.overview.units.iter().filter(|(_, counts)| counts.violated() > 0).collect();
        if bad.is_empty() {
            return;
        }
        out.push_str(&format!("\n## {}\n", self.pick("不合规较多的单位", "Units with most violations")));
        let outcomes = self.outcomes();
        let mut heads = vec![self.pick("单位", "Unit")];
        heads.extend(outcomes);
        table(out, &heads, 1..8);
        for (unit, counts) in bad.iter().take(UNITS) {
            let mut cells = vec![self.safe(words::unit(unit, self.options.lang))];
            cells.extend(Self::numbers(counts));
            row(out, &cells);
        }
        if bad.len() > UNITS {
            out.push_str(&match self.options.lang {
                Lang::Zh => format!("\n共 {} 个单位有不合规。\n", bad.len()),
                Lang::En => format!("\n{} units have violations.\n", bad.len()),
            });
        }
    }

    fn causes(&self, out: &mut String) {
        let causes = self.overview.causes(false);
        if causes.is_empty() {
            return;
        }
        let lang = self.options.lang;
        out.push_str(&format!("\n## {}\n", self.pick("主要问题", "Commonest causes")));
        let heads = [
            self.pick("问题", "Rule"),
            self.pick("程度", "Severity"),
            self.pick("数量", "Count"),
            self.pick("整改建议", "What to do"),
        ];
        table(out, &heads, 2..3);
        for (rule, count) in causes.into_iter().take(UNITS) {
            let rule = &self.report.rules[rule as usize];
            row(
                out,
                &[
                    text(&format!("{} {}", rule.measure, rule.title.get(lang))),
                    words::severity(rule.severity, lang).to_owned(),
                    count.to_string(),
                    text(rule.fix.get(lang)),
                ],
            );
        }
    }

    fn gaps(&self, out: &mut String) {
        let (gaps, idle) = (&self.overview.gaps, &self.overview.idle);
        if gaps.is_empty() && idle.is_empty() {
            return;
        }
        let lang = self.options.lang;
        out.push_str(&format!("\n## {}\n", self.pick("无法判定与未执行", "Undetermined and not run")));
        let heads = [self.pick("原因", "Reason"), self.pick("数量", "Count"), self.pick("如何补充", "What to supply")];
        table(out, &heads, 1..2);
        for gap in gaps.iter().chain(idle).take(UNITS) {
            let count = match gap.count {
                0 => match lang {
                    Lang::Zh => format!("{} 条规则", gap.rules.len()),
                    Lang::En => counted(gap.rules.len() as u64, "rule"),
                },
                count => count.to_string(),
            };
            let reason = words::reason(self.report, gap.reason, lang);
            row(out, &[text(&reason), count, text(&words::remedy(self.report, gap.reason, lang))]);
        }
    }

    fn findings(&self, out: &mut String) {
        let lang = self.options.lang;
        let violated = || {
            self.report
                .findings
                .iter()
                .filter(|finding| finding.outcome == Outcome::Violated && finding.severity != Severity::Advice)
        };
        if violated().next().is_none() {
            return;
        }
        out.push_str(&format!("\n## {}\n", self.pick("问题（节选）", "Findings (first ones)")));
        let heads = [
            self.pick("程度", "Severity"),
            self.pick("单位", "Unit"),
            self.pick("发现的情况", "What was found"),
            self.pick("位置", "Place"),
        ];
        table(out, &heads, 0..0);
        for finding in violated().take(FINDINGS) {
            let view = FindingView::new(self.report, finding, lang, self.options.masking);
            row(
                out,
                &[
                    words::severity(finding.severity, lang).to_owned(),
                    text(words::unit(&view.unit, lang)),
                    text(view.found()),
                    text(&view.place()),
                ],
            );
        }
        let rest = violated().count().saturating_sub(FINDINGS);
        if rest > 0 {
            out.push_str(&match lang {
                Lang::Zh => format!("\n另有 {rest} 条，见完整报告。\n"),
                Lang::En => format!("\n{rest} more stand in the full report.\n"),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing;

    #[test]
    fn tables_hold_whatever_the_data_say() {
        let mut bytes = Vec::new();
        write(&testing::sample(), &Options::default(), &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("<script"));
        assert!(!text.contains("](javascript"));
        insta::assert_snapshot!(text);
    }
}
