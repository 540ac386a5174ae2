//! What could not be judged, what did not run, and what the reader must know besides.

use comfy_table::Color;

use super::Screen;
use crate::finding::{Outcome, Reason};
use crate::model::{Lang, counted};
use crate::render::overview::Gap;
use crate::render::view::scrub;
use crate::render::words;

const GAPS: usize = 3;
const NOTES: usize = 2;

impl Screen<'_> {
    pub(super) fn gaps(&mut self) {
        if self.overview.gaps.is_empty() && self.overview.idle.is_empty() {
            return;
        }
        self.heading("无法判定与未执行", "Undetermined and not run");
        let mut rows = Vec::new();
        for gap in self.overview.gaps.iter().take(GAPS) {
            rows.push((self.capital(words::reason(self.report, gap.reason, self.options.lang)), self.extent(gap)));
        }
        let rest = self.overview.gaps.len() - rows.len();
        if rest > 0 {
            let label = match self.options.lang {
                Lang::Zh => format!("另有 {rest} 项，见结果工作簿"),
                Lang::En => format!("and {rest} more, see the workbook"),
            };
            rows.push((label, String::new()));
        }
        self.idle(&mut rows);
        self.listing(rows);
    }

    fn capital(&self, text: String) -> String {
        let mut characters = text.chars();
        match (self.options.lang, characters.next()) {
            (Lang::En, Some(first)) => first.to_uppercase().chain(characters).collect(),
            _ => text,
        }
    }

    fn extent(&self, gap: &Gap) -> String {
        let rules: Vec<&str> = gap
            .rules
            .iter()
            .take(2)
            .map(|rule| self.report.rules[*rule as usize].title.get(self.options.lang))
            .collect();
        let more = gap.rules.len() > rules.len();
        let lacks_column = matches!(gap.reason, Reason::ColumnAbsent(_) | Reason::ColumnDoubtful(_));
        match self.options.lang {
            Lang::Zh => {
                let counted = if lacks_column { "条记录" } else { "处" };
                format!("{} {counted}　影响：{}{}", gap.count, rules.join("、"), if more { "等" } else { "" })
            }
            Lang::En => {
                let count = counted(gap.count, if lacks_column { "record" } else { "result" });
                format!("{count}: {}{}", rules.join("; "), if more { "; …" } else { "" })
            }
        }
    }

    /// Adds the rules that did not run, by reason.
    fn idle(&self, rows: &mut Vec<(String, String)>) {
        let lang = self.options.lang;
        let is_absent = |gap: &&Gap| matches!(gap.reason, Reason::LedgerAbsent(_) | Reason::CompanionAbsent(_));
        let absent: Vec<&Gap> = self.overview.idle.iter().filter(is_absent).collect();
        if !absent.is_empty() {
            let rules: usize = absent.iter().map(|gap| gap.rules.len()).sum();
            let names: Vec<String> = absent.iter().take(3).filter_map(|gap| self.ledger_of(gap.reason)).collect();
            let (label, text) = match lang {
                Lang::Zh => (
                    format!("未报送所需台账 {} 种", absent.len()),
                    format!("{rules} 条规则未执行　{}{}", names.concat(), if absent.len() > 3 { "等" } else { "" }),
                ),
                Lang::En => (
                    format!("{} not submitted", counted(absent.len() as u64, "ledger")),
                    format!(
                        "{} not run: {}{}",
                        counted(rules as u64, "rule"),
                        names.join(", "),
                        if absent.len() > 3 { ", …" } else { "" }
                    ),
                ),
            };
            rows.push((label, text));
        }
        for gap in self.overview.idle.iter().filter(|gap| !is_absent(gap)).take(GAPS) {
            let text = match lang {
                Lang::Zh => format!("{} 条规则未执行", gap.rules.len()),
                Lang::En => format!("{} not run", counted(gap.rules.len() as u64, "rule")),
            };
            rows.push((self.capital(words::reason(self.report, gap.reason, lang)), text));
        }
    }

    fn ledger_of(&self, reason: &Reason) -> Option<String> {
        let (Reason::LedgerAbsent(id) | Reason::CompanionAbsent(id)) = reason else { return None };
        let name = words::ledger(self.report, id, self.options.lang);
        Some(match self.options.lang {
            Lang::Zh => format!("《{name}》"),
            Lang::En => name.to_owned(),
        })
    }

    pub(super) fn cuts(&mut self) {
        let cut: u64 = self
            .overview
            .cuts
            .iter()
            .filter(|cut| matches!(cut.outcome, Outcome::Violated | Outcome::Undetermined))
            .map(|cut| cut.total - cut.listed)
            .sum();
        if cut > 0 {
            let text = match self.options.lang {
                Lang::Zh => format!("清单按每条规则的上限截去 {cut} 条；以上数字为实际总数。"),
                Lang::En => {
                    let cut = counted(cut, "finding");
                    format!("Left out beyond the limit per rule: {cut}; the figures above are complete.")
                }
            };
            self.text.push('\n');
            self.paragraph(text, Some(Color::Yellow));
        }
    }

    pub(super) fn notes(&mut self) {
        if self.report.notes.is_empty() {
            return;
        }
        self.heading("说明", "Notes");
        let texts: Vec<String> = self.report.notes.iter().map(|note| note.get(self.options.lang).to_owned()).collect();
        for text in texts.iter().take(NOTES) {
            self.paragraph(format!("- {}", scrub(text, self.options.masking)), None);
        }
        self.more(texts.len().saturating_sub(NOTES));
    }
}
