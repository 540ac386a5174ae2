//! How the run came out: totals, measures, units and causes.

use comfy_table::{Attribute, Cell, CellAlignment, Color};
use unicode_width::UnicodeWidthStr;

use super::{Screen, clip};
use crate::finding::Standing;
use crate::model::Lang;
use crate::render::overview::Counts;
use crate::render::view::scrub;
use crate::render::words;

const MEASURES: usize = 12;
const UNITS: usize = 3;
const CAUSES: usize = 4;

impl Screen<'_> {
    pub(super) fn totals(&mut self) {
        let total = self.overview.total;
        self.heading("结果", "Results");
        let text = match self.options.lang {
            Lang::Zh => format!(
                "合规 {} · 不合规 {}（错误 {}，警告 {}）· 提示 {} · 无法判定 {} · 不适用 {} · 未到期 {} · 未执行 {}",
                total.met,
                total.violated(),
                total.errors,
                total.warnings,
                total.advice,
                total.undetermined,
                total.not_applicable,
                total.not_yet_due,
                total.not_run,
            ),
            Lang::En => format!(
                "met {}, violated {} (errors {}, warnings {}), advice {}, undetermined {}, not applicable {}, not yet due {}, not run {}",
                total.met,
                total.violated(),
                total.errors,
                total.warnings,
                total.advice,
                total.undetermined,
                total.not_applicable,
                total.not_yet_due,
                total.not_run,
            ),
        };
        let colour = if total.violated() > 0 {
            Color::Red
        } else if total.judged() == 0 {
            Color::Yellow
        } else {
            Color::Green
        };
        self.paragraph(text, Some(colour));
        if let Some(follow_up) = &self.report.follow_up {
            let [new, persisting, waived, lapsed] =
                [Standing::New, Standing::Persisting, Standing::Waived, Standing::Lapsed]
                    .map(|one| follow_up.count(one));
            let (fixed, not_judged) = (follow_up.fixed.len(), follow_up.not_judged.len());
            self.paragraph(
                match self.options.lang {
                    Lang::Zh => format!(
                        "与上次相比：新增 {new} · 持续 {persisting} · 已整改 {fixed} · 豁免 {waived} · 豁免到期 {lapsed} · 本次未核 {not_judged}"
                    ),
                    Lang::En => format!(
                        "against the earlier run: {new} new, {persisting} persisting, {fixed} fixed, {waived} waived, {lapsed} with a lapsed waiver, {not_judged} not judged this time"
                    ),
                },
                None,
            );
            for refused in &follow_up.refused {
                self.paragraph(refused.get(self.options.lang).to_owned(), Some(Color::Yellow));
            }
        }
        if total.judged() + total.advice + total.advice_met == 0 {
            let text =
                self.pick("没有任何一项得到判定，不能视为合规。", "Nothing was judged; this is no sign of compliance.");
            self.paragraph(text.to_owned(), Some(Color::Yellow));
        }
    }

    pub(super) fn measures(&mut self) {
        let lang = self.options.lang;
        let mut table = self.table();
        let headers = match lang {
            Lang::Zh => ["举措", "合规", "不合规", "提示", "无法判定", "不适用", "未到期"],
            Lang::En => ["Measure", "met", "violated", "advice", "unclear", "n/a", "not due"],
        };
        table.set_header(headers.iter().map(|text| Cell::new(text).add_attribute(Attribute::Dim)));
        let mut entries: Vec<(usize, Counts)> =
            self.overview.measures.iter().copied().enumerate().filter(|(_, counts)| !counts.is_silent()).collect();
        let silent = self.overview.measures.len() - entries.len();
        let to_do = |counts: &Counts| {
            (counts.violated(), counts.advice, counts.undetermined, counts.not_yet_due, counts.judged())
        };
        let has_matter = |counts: &Counts| counts.judged() > 0 && to_do(counts) > (0, 0, 0, 0, counts.judged());
        // What there is most to do about comes first, and where that is equal, what comes first in the documents.
        entries.sort_by_key(|(_, counts)| std::cmp::Reverse(to_do(counts)));
        let shown_entries = &entries[..entries.len().min(MEASURES)];
        let hidden_matters = entries[shown_entries.len()..].iter().filter(|(_, counts)| has_matter(counts)).count();
        let (shown, hidden) = (shown_entries.len(), entries.len() - shown_entries.len());
        // Every column of numbers is as wide as its heading or its longest number, with two blanks; the titles have the rest.
        let figures = |counts: &Counts| {
            [
                counts.met,
                counts.violated(),
                counts.advice,
                counts.undetermined,
                counts.not_applicable,
                counts.not_yet_due,
            ]
        };
        let column = |place: usize| {
            let numbers = shown_entries.iter().map(|(_, counts)| figures(counts)[place].to_string().len());
            numbers.max().unwrap_or(0).max(headers[place + 1].width()) + 2
        };
        let title_width =
            (usize::from(self.options.width.max(40)) - 2).saturating_sub((0..6).map(column).sum()).max(12);
        for &(place, counts) in shown_entries {
            let measure = &self.report.measures[place];
            let [met, violated, advice, undetermined, not_applicable, not_yet_due] = figures(&counts);
            let colour = if counts.violated() > 0 { Some(Color::Red) } else { None };
            table.add_row(vec![
                self.cell(clip(&format!("{} {}", measure.id, measure.title.get(lang)), title_width), None),
                self.number(met, None),
                self.number(violated, colour),
                self.number(advice, Some(Color::Cyan)),
                self.number(undetermined, Some(Color::Yellow)),
                self.number(not_applicable, None),
                self.number(not_yet_due, None),
            ]);
        }
        if shown > 0 {
            for column in table.column_iter_mut().skip(1) {
                column.set_cell_alignment(CellAlignment::Right);
            }
            self.add(&table);
        }
        let text = match (lang, hidden, silent) {
            (_, 0, 0) => return,
            (Lang::Zh, 0, _) => format!("另有 {silent} 项没有结果。"),
            (Lang::Zh, _, _) if hidden_matters == 0 => {
                format!("另有 {hidden} 项全部合规或不适用，{silent} 项没有结果。")
            }
            (Lang::En, _, _) if hidden > 0 && hidden_matters == 0 => {
                format!("Not shown: {hidden} met or not applicable throughout, {silent} without a result.")
            }
            (Lang::Zh, _, _) => format!("另有 {hidden} 项见结果工作簿，{silent} 项没有结果。"),
            (Lang::En, 0, _) => format!("Not shown: {silent} without a result."),
            (Lang::En, _, _) => format!("Not shown: {hidden} (in the workbook), {silent} without a result."),
        };
        self.paragraph(text, None);
    }

    fn number(&self, number: u64, colour: Option<Color>) -> Cell {
        let text = if number == 0 { "-".to_owned() } else { number.to_string() };
        self.cell(text, colour.filter(|_| number > 0)).set_alignment(CellAlignment::Right)
    }

    pub(super) fn units(&mut self) {
        let lang = self.options.lang;
        let bad: Vec<(&str, Counts)> =
            self.overview.units.iter().filter(|(_, counts)| counts.violated() > 0).copied().collect();
        if bad.is_empty() {
            return;
        }
        self.heading_of(match lang {
            Lang::Zh => format!("不合规较多的单位（共 {} 个有不合规）", bad.len()),
            Lang::En => format!("Units with most violations (of {} with any)", bad.len()),
        });
        let rows = bad.iter().take(UNITS).map(|(unit, counts)| {
            let name = words::unit(unit, lang).to_owned();
            let text = match lang {
                Lang::Zh => format!("不合规 {} / 判定 {}", counts.violated(), counts.judged()),
                Lang::En => format!("{} of {} violated", counts.violated(), counts.judged()),
            };
            (scrub(&name, self.options.masking), text)
        });
        let rows = rows.collect();
        self.listing(rows);
    }

    pub(super) fn causes(&mut self) {
        let lang = self.options.lang;
        let causes = self.overview.causes(false);
        if causes.is_empty() {
            return;
        }
        self.heading("主要问题", "Commonest causes");
        let rows = causes.iter().take(CAUSES).map(|(rule, count)| {
            let rule = &self.report.rules[*rule as usize];
            let text = match lang {
                Lang::Zh => format!("{count} 处　{}", rule.severity.zh()),
                Lang::En => format!("{count} ({})", rule.severity.en()),
            };
            (format!("{} {}", rule.measure, rule.title.get(lang)), text)
        });
        let rows = rows.collect();
        self.listing(rows);
    }
}
