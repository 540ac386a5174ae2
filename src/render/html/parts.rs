//! The parts of the page that need no script: head, counts, notes, tables, and the frame of the list.

use std::collections::BTreeMap;

use super::{Page, charts};
use crate::finding::{NotRun, Outcome, RuleInfo, Severity, Standing};
use crate::model::{Lang, counted};
use crate::render::escape::markup;
use crate::render::overview::Counts;
use crate::render::{overview, words};

/// Units in the matrix; the others stand in the list and in the workbook.
const UNITS: usize = 200;
/// Fixed findings that are named before the rest is only counted.
const FIXED: usize = 500;

fn cell(out: &mut String, class: &str, text: &str) {
    out.push_str(&format!("<td class=\"{class}\">{text}</td>"));
}

fn heads(out: &mut String, heads: &[&str]) {
    out.push_str("<thead><tr>");
    for head in heads {
        out.push_str(&format!("<th scope=\"col\">{head}</th>"));
    }
    out.push_str("</tr></thead>\n");
}

impl Page<'_> {
    pub(super) fn head(&self, out: &mut String) {
        let (run, lang) = (&self.report.run, self.lang());
        out.push_str(&format!(
            "<a class=\"skip\" href=\"#findings\">{}</a>\n<header><h1>{}</h1>\n<p>{}{}",
            self.pick("跳到问题清单", "Skip to the findings"),
            self.pick("台账核查结果", "Check of ledgers"),
            self.pick("核查日期：", "As of: "),
            run.as_of
        ));
        if let Some(period) = run.period {
            let period = words::period(period, lang);
            out.push_str(&format!("{}{}", self.pick("　所属期：", " · Period: "), markup(&period)));
        }
        out.push_str(&format!("{}taizhang {}</p>\n", self.pick("　", " · "), run.version));
        for pack in &self.report.packs {
            let document = markup(pack.document.get(lang));
            out.push_str(&match lang {
                Lang::Zh => format!("<p>依据：《{document}》（{}）</p>\n", markup(&pack.number)),
                Lang::En => format!("<p>Document: {document} ({})</p>\n", markup(&pack.number)),
            });
        }
        if !run.pack_choice.get(lang).is_empty() {
            let label = self.pick("规则包的选择：", "Choice of packs: ");
            out.push_str(&format!("<p>{label}{}</p>\n", self.safe(run.pack_choice.get(lang))));
        }
        if self.is_shown() {
            let text = self.pick(
                "本文件含有未遮蔽的个人信息，请按规定保管，不得外传。",
                "This file shows personal data in full; keep it accordingly.",
            );
            out.push_str(&format!("<p class=\"alarm\">{text}</p>\n"));
        } else {
            let text = self.pick(
                "姓名、身份证号、电话和住址已作遮蔽。",
                "Names, identity numbers, phone numbers and addresses are masked.",
            );
            out.push_str(&format!("<p>{text}</p>\n"));
        }
        out.push_str("</header>\n");
    }

    pub(super) fn cards(&self, out: &mut String) {
        let (total, lang) = (self.overview.total, self.lang());
        out.push_str("<ul class=\"cards\">\n");
        let mut card = |class: &str, label: &str, text: &str| {
            out.push_str(&format!("<li class=\"{class}\"><b>{text}</b><span>{label}</span></li>\n"));
        };
        let rate = match total.judged() {
            0 => "–".to_owned(),
            judged => crate::render::percentage(total.met, judged),
        };
        card("plain", self.pick("合规率", "Compliance"), &rate);
        card("met", words::outcome(Outcome::Met, lang), &total.met.to_string());
        card("error", words::severity(Severity::Error, lang), &total.errors.to_string());
        card("warning", words::severity(Severity::Warning, lang), &total.warnings.to_string());
        card("advice", words::severity(Severity::Advice, lang), &total.advice.to_string());
        card("undetermined", words::outcome(Outcome::Undetermined, lang), &total.undetermined.to_string());
        card("plain", words::outcome(Outcome::NotApplicable, lang), &total.not_applicable.to_string());
        card("plain", words::outcome(Outcome::NotYetDue, lang), &total.not_yet_due.to_string());
        card("plain", words::outcome(Outcome::NotRun, lang), &total.not_run.to_string());
        out.push_str("</ul>\n");
        if total.judged() + total.advice + total.advice_met == 0 {
            let text =
                self.pick("没有任何一项得到判定，不能视为合规。", "Nothing was judged; this is no sign of compliance.");
            out.push_str(&format!("<p class=\"alarm\">{text}</p>\n"));
        }
    }

    pub(super) fn charts(&self, out: &mut String) {
        out.push_str("<div class=\"charts\">\n");
        out.push_str(&charts::measures(self));
        out.push_str(&charts::units(self));
        out.push_str(&charts::trend(self));
        out.push_str("</div>\n");
    }

    /// How the findings stand to the last run, and what is gone.
    pub(super) fn follow_up(&self, out: &mut String) {
        let Some(follow_up) = &self.report.follow_up else { return };
        let lang = self.lang();
        out.push_str(&format!(
            "<section><h2>{}</h2>\n<ul class=\"cards\">\n",
            self.pick("对照上次", "Against the last run")
        ));
        let mut card = |label: &str, count: usize| {
            out.push_str(&format!("<li><b>{count}</b><span>{label}</span></li>\n"));
        };
        for standing in [Standing::New, Standing::Persisting, Standing::Waived, Standing::Lapsed] {
            card(standing.text().get(lang), follow_up.count(standing));
        }
        card(self.pick("已整改", "fixed"), follow_up.fixed.len());
        out.push_str("</ul>\n");
        if !follow_up.fixed.is_empty() {
            out.push_str(&format!("<details><summary>{}</summary><ul>\n", self.pick("已整改的问题", "What was fixed")));
            for (_, entry) in follow_up.fixed.iter().take(FIXED) {
                let line = [&entry.measure, &entry.title, &entry.unit, &entry.message].map(|text| self.safe(text));
                let line: Vec<&str> = line.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
                out.push_str(&format!("<li>{}</li>\n", line.join(" · ")));
            }
            if follow_up.fixed.len() > FIXED {
                out.push_str(&format!("<li>+ {}</li>\n", follow_up.fixed.len() - FIXED));
            }
            out.push_str("</ul></details>\n");
        }
        for text in &follow_up.refused {
            out.push_str(&format!("<p class=\"alarm\">{}</p>\n", self.safe(text.get(lang))));
        }
        out.push_str("</section>\n");
    }

    pub(super) fn notes(&self, out: &mut String) {
        let lang = self.lang();
        let mut lines: Vec<(bool, String)> = Vec::new();
        for input in &self.report.inputs {
            for fault in &input.faults {
                let told = words::fault(fault, lang, self.options.masking);
                lines.push((true, format!("{}: {}", self.safe(&input.file), markup(&told))));
            }
        }
        for fault in &self.report.pack_faults {
            lines.push((true, markup(&fault.told(lang))));
        }
        lines.extend(self.report.notes.iter().map(|note| (false, self.safe(note.get(lang)))));
        for cut in &self.overview.cuts {
            let title = markup(self.report.rules[cut.rule as usize].title.get(lang));
            let outcome = words::outcome(cut.outcome, lang);
            lines.push((
                false,
                match lang {
                    Lang::Zh => format!("“{title}”{outcome}共 {} 条，清单列出 {} 条。", cut.total, cut.listed),
                    Lang::En => format!("\"{title}\", {outcome}: {} of {} are listed.", cut.listed, cut.total),
                },
            ));
        }
        if lines.is_empty() {
            return;
        }
        out.push_str(&format!("<section><h2>{}</h2>\n<ul class=\"notes\">\n", self.pick("说明", "Notes")));
        for (is_fault, line) in lines {
            out.push_str(&format!("<li{}>{line}</li>\n", if is_fault { " class=\"alarm\"" } else { "" }));
        }
        out.push_str("</ul></section>\n");
    }

    /// The frame that the script fills.
    pub(super) fn findings(&self, out: &mut String) {
        let select = |id: &str, label: &str| format!("<label>{label}<select id=\"{id}\"></select></label>\n");
        out.push_str(&format!(
            "<section id=\"findings\"><h2>{}</h2>\n<noscript><p class=\"alarm\">{}</p></noscript>\n<form id=\"filters\" role=\"search\">\n\
             <label class=\"wide\">{}<input id=\"search\" type=\"search\" autocomplete=\"off\" placeholder=\"{}\"></label>\n",
            self.pick("问题清单", "Findings"),
            self.pick("清单需要启用脚本；也可查看结果工作簿。", "The list needs scripts; the workbook holds it as well."),
            self.pick("搜索", "Search"),
            self.pick("单位、内容、问题编号……（按 / 键）", "Unit, text, fingerprint … (press /)"),
        ));
        out.push_str(&select("kind", self.pick("结果", "Outcome")));
        out.push_str(&select("measure", self.pick("举措", "Measure")));
        out.push_str(&select("unit", self.pick("单位", "Unit")));
        out.push_str(&select("file", self.pick("文件", "File")));
        if self.report.follow_up.is_some() {
            out.push_str(&select("standing", self.pick("对照上次", "Standing")));
        }
        out.push_str(&select("sort", self.pick("排序", "Order")));
        out.push_str(&format!(
            "<button type=\"reset\">{}</button>\n</form>\n<p id=\"count\" role=\"status\"></p>\n<div class=\"panes\">\n\
             <div id=\"list\" role=\"listbox\" tabindex=\"0\" aria-label=\"{}\"><div id=\"space\"></div></div>\n\
             <article id=\"detail\" tabindex=\"-1\" aria-live=\"polite\"></article>\n</div>\n\
             <table id=\"print\"></table>\n</section>\n",
            self.pick("清除筛选", "Clear filters"),
            self.pick("问题清单", "Findings"),
        ));
    }

    fn counts(&self, out: &mut String, counts: &Counts) {
        let numbers = [
            ("", counts.met),
            ("error", counts.errors),
            ("warning", counts.warnings),
            ("advice", counts.advice),
            ("undetermined", counts.undetermined),
            ("", counts.not_applicable),
            ("", counts.not_yet_due),
        ];
        for (class, number) in numbers {
            let class = if number > 0 { class } else { "zero" };
            cell(out, &format!("number {class}"), &if number > 0 { number.to_string() } else { "–".to_owned() });
        }
        let rate = match counts.judged() {
            0 => "–".to_owned(),
            judged => {
                format!("{} <small>{}/{judged}</small>", crate::render::percentage(counts.met, judged), counts.met)
            }
        };
        cell(out, "number", &rate);
    }

    pub(super) fn measures(&self, out: &mut String) {
        let lang = self.lang();
        out.push_str(&format!("<section><h2>{}</h2>\n<table>\n", self.pick("各项举措", "Measures")));
        let titles = [
            self.pick("举措", "Measure"),
            words::outcome(Outcome::Met, lang),
            words::severity(Severity::Error, lang),
            words::severity(Severity::Warning, lang),
            words::severity(Severity::Advice, lang),
            words::outcome(Outcome::Undetermined, lang),
            words::outcome(Outcome::NotApplicable, lang),
            words::outcome(Outcome::NotYetDue, lang),
            self.pick("合规率", "Compliance"),
        ];
        heads(out, &titles);
        for (place, (measure, counts)) in self.report.measures.iter().zip(&self.overview.measures).enumerate() {
            let name = markup(&format!("{} {}", measure.id, measure.title.get(lang)));
            if counts.is_silent() {
                let reason = markup(&words::silence(self.report, place, lang));
                out.push_str(&format!(
                    "<tr class=\"silent\"><th scope=\"row\">{name}</th><td colspan=\"8\">{reason}</td></tr>\n"
                ));
                continue;
            }
            let id = markup(&measure.id);
            out.push_str(&format!(
                "<tr><th scope=\"row\"><button type=\"button\" data-measure=\"{id}\">{name}</button></th>"
            ));
            self.counts(out, counts);
            out.push_str("</tr>\n");
        }
        out.push_str("</table></section>\n");
    }

    pub(super) fn matrix(&self, out: &mut String) {
        let (report, lang) = (self.report, self.lang());
        let columns: Vec<usize> = (0..report.measures.len())
            .filter(|&place| self.overview.measures[place].judged() + self.overview.measures[place].undetermined > 0)
            .collect();
        if columns.is_empty() || self.overview.units.is_empty() {
            return;
        }
        let places: BTreeMap<&str, usize> =
            report.measures.iter().enumerate().map(|(place, measure)| (&*measure.id, place)).collect();
        let mut shares: BTreeMap<(&str, usize), (u64, u64, u64)> = BTreeMap::new();
        for tally in report.tallies.iter() {
            let Some(rule) = report.rules.get(tally.rule as usize) else { continue };
            let Some(&measure) = places.get(&*rule.measure) else { continue };
            let share = shares.entry((tally.unit, measure)).or_default();
            if rule.severity != Severity::Advice {
                share.0 += tally.counts.get(Outcome::Met);
                share.1 += tally.counts.judged();
            }
            share.2 += tally.counts.get(Outcome::Undetermined);
        }
        out.push_str(&format!(
            "<section><h2>{}</h2>\n<div id=\"blocks\"></div><div class=\"scroll\"><table class=\"matrix\">\n",
            self.pick("合规矩阵", "Matrix")
        ));
        out.push_str(&format!(
            "<thead><tr><th scope=\"col\">{}</th>",
            self.pick("单位（不合规多者在前）", "Unit (most violations first)")
        ));
        for &place in &columns {
            let measure = &report.measures[place];
            let title = markup(measure.title.get(lang));
            out.push_str(&format!("<th scope=\"col\" title=\"{title}\">{}</th>", markup(&measure.id)));
        }
        out.push_str("</tr></thead>\n");
        for (unit, _) in self.overview.units.iter().take(UNITS) {
            let name = self.safe(words::unit(unit, lang));
            out.push_str(&format!(
                "<tr><th scope=\"row\"><button type=\"button\" data-unit=\"{name}\">{name}</button></th>"
            ));
            for &place in &columns {
                let (met, judged, undetermined) = shares.get(&(*unit, place)).copied().unwrap_or_default();
                let (class, text) = match (judged, undetermined) {
                    (0, 0) => ("zero", "–".to_owned()),
                    (0, count) => ("undetermined", format!("{} {count}", words::outcome(Outcome::Undetermined, lang))),
                    (judged, _) => {
                        let class = if met == judged {
                            "met"
                        } else if u128::from(met) * 10 >= u128::from(judged) * 8 {
                            "warning"
                        } else {
                            "error"
                        };
                        (class, format!("{} <small>{met}/{judged}</small>", crate::render::percentage(met, judged)))
                    }
                };
                cell(out, class, &text);
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</table></div>\n");
        let count = self.overview.units.len();
        if count > UNITS {
            out.push_str(&match lang {
                Lang::Zh => format!("<p>共 {count} 个单位，此处列出前 {UNITS} 个，全部见结果工作簿。</p>\n"),
                Lang::En => format!("<p>The first {UNITS} of {count} units; the workbook holds them all.</p>\n"),
            });
        }
        out.push_str("</section>\n");
    }

    pub(super) fn gaps(&self, out: &mut String) {
        let (gaps, idle, lang) = (&self.overview.gaps, &self.overview.idle, self.lang());
        if gaps.is_empty() && idle.is_empty() {
            return;
        }
        out.push_str(&format!(
            "<section><h2>{}</h2>\n<table>\n",
            self.pick("无法判定与未执行", "Undetermined and not run")
        ));
        heads(
            out,
            &[
                self.pick("原因", "Reason"),
                self.pick("数量", "Count"),
                self.pick("影响的规则", "Rules"),
                self.pick("如何补充", "What to supply"),
            ],
        );
        for gap in gaps.iter().chain(idle) {
            let count = match (gap.count, lang) {
                (0, Lang::Zh) => "未执行".to_owned(),
                (0, Lang::En) => "not run".to_owned(),
                (count, _) => count.to_string(),
            };
            let titles: Vec<String> = gap
                .rules
                .iter()
                .take(6)
                .map(|rule| {
                    let rule = &self.report.rules[*rule as usize];
                    markup(&format!("{} {}", rule.measure, rule.title.get(lang)))
                })
                .collect();
            let more = gap.rules.len().saturating_sub(titles.len());
            let mut titles = titles.join("<br>");
            if more > 0 {
                titles.push_str(&match lang {
                    Lang::Zh => format!("<br>等 {} 条规则", gap.rules.len()),
                    Lang::En => format!("<br>and {more} more"),
                });
            }
            out.push_str("<tr>");
            cell(out, "", &markup(&words::reason(self.report, gap.reason, lang)));
            cell(out, "number", &count);
            cell(out, "", &titles);
            cell(out, "", &markup(&words::remedy(self.report, gap.reason, lang)));
            out.push_str("</tr>\n");
        }
        out.push_str("</table></section>\n");
    }

    pub(super) fn rules(&self, out: &mut String) {
        let not_run: BTreeMap<u32, &NotRun> =
            self.report.not_run.iter().map(|not_run| (not_run.rule, not_run)).collect();
        out.push_str(&format!("<section><h2>{}</h2>\n", self.pick("规则说明", "Rules")));
        let (groups, mut quiet) = (overview::alike(self.report), 0);
        for group in &groups {
            let has_findings = |place: &u32| {
                let counts = &self.overview.rules[*place as usize];
                counts.violated() + counts.advice + counts.undetermined > 0
            };
            let is_quiet = !group.iter().any(has_findings);
            quiet += usize::from(is_quiet);
            let not_run = group.first().and_then(|place| not_run.get(place)).copied();
            self.rule(out, group, is_quiet, not_run);
        }
        if quiet > 0 {
            out.push_str(&match self.lang() {
                Lang::Zh => format!("<p class=\"paper\">另有 {quiet} 条规则没有发现问题，打印时从略。</p>\n"),
                Lang::En => {
                    format!(
                        "<p class=\"paper\">{} found nothing, left out on paper.</p>\n",
                        counted(quiet as u64, "further rule")
                    )
                }
            });
        }
        out.push_str("</section>\n");
    }

    /// Rules that say the same of different ledgers.
    fn rule(&self, out: &mut String, group: &[u32], is_quiet: bool, not_run: Option<&NotRun>) {
        let rules = || group.iter().map(|place| &self.report.rules[*place as usize]);
        let Some(rule): Option<&RuleInfo> = rules().next() else { return };
        let lang = self.lang();
        out.push_str(&format!(
            "<details{}><summary>{} {} <small>{}{}</small></summary><dl>\n",
            if is_quiet { " class=\"quiet\"" } else { "" },
            markup(&rule.measure),
            markup(rule.title.get(lang)),
            words::severity(rule.severity, lang),
            if not_run.is_some() { self.pick(" · 未执行", " · not run") } else { "" },
        ));
        let mut entry = |label: &str, text: &str| {
            if !text.is_empty() {
                out.push_str(&format!("<dt>{label}</dt><dd>{}</dd>\n", markup(text)));
            }
        };
        let citations: Vec<&str> = rule.citations.iter().map(|citation| citation.get(lang)).collect();
        let parameters: Vec<String> = rule.parameters.iter().map(|info| words::parameter(info, lang)).collect();
        entry(self.pick("要求", "What is required"), &words::required(rule, lang));
        entry(self.pick("整改建议", "What to do"), rule.fix.get(lang));
        entry(self.pick("依据", "Document and clause"), &citations.join("\n"));
        let mut ledgers: Vec<&str> = rules().map(|rule| rule.ledger_name.get(lang)).collect();
        ledgers.dedup();
        entry(self.pick("台账", "Ledger"), &ledgers.join(self.pick("、", ", ")));
        entry(self.pick("参数", "Parameters"), &parameters.join("\n"));
        entry(
            self.pick("解释口径", "Interpretation"),
            rule.interpretation.as_ref().map(|text| text.get(lang)).unwrap_or_default(),
        );
        if let Some(not_run) = not_run {
            entry(self.pick("未执行的原因", "Why it did not run"), &words::reason(self.report, &not_run.reason, lang));
        }
        let ids: Vec<&str> = rules().map(|rule| &*rule.id).collect();
        entry(self.pick("规则编号", "Rule id"), &ids.join(self.pick("、", ", ")));
        out.push_str("</dl></details>\n");
    }

    pub(super) fn reading(&self, out: &mut String) {
        let lang = self.lang();
        out.push_str(&format!("<section><h2>{}</h2>\n<table>\n", self.pick("数据读取", "Reading")));
        heads(
            out,
            &[
                self.pick("文件", "File"),
                self.pick("工作表", "Sheet"),
                self.pick("识别为", "Read as"),
                self.pick("把握", "Confidence"),
                self.pick("记录数", "Records"),
                self.pick("未识别的表头", "Headings not matched"),
                self.pick("无法识别的单元格", "Unreadable cells"),
            ],
        );
        for input in &self.report.inputs {
            for sheet in &input.sheets {
                for table in &sheet.tables {
                    let unmatched: Vec<String> = table
                        .headings
                        .iter()
                        .filter(|heading| heading.field.is_none())
                        .map(|heading| self.safe(&heading.heading))
                        .collect();
                    let unreadable: u64 = table.fields.iter().map(|field| field.unreadable).sum();
                    let kind = match &table.kind {
                        Some(id) if table.kind_name.get(lang).is_empty() => words::ledger(self.report, id, lang),
                        Some(_) => table.kind_name.get(lang),
                        None => self.pick("未识别为台账", "no ledger recognised"),
                    };
                    out.push_str("<tr>");
                    cell(out, "", &self.safe(&input.file));
                    cell(out, "", &self.safe(&sheet.name));
                    cell(out, "", &markup(kind));
                    cell(out, "number", &format!("{}%", table.kind_confidence));
                    cell(out, "number", &table.records.to_string());
                    cell(out, "", &unmatched.join(self.pick("、", ", ")));
                    cell(out, "number", &unreadable.to_string());
                    out.push_str("</tr>\n");
                }
            }
            if input.sheets.is_empty() {
                let told: Vec<String> =
                    input.faults.iter().map(|fault| markup(&words::fault(fault, lang, self.options.masking))).collect();
                out.push_str(&format!(
                    "<tr><td>{}</td><td colspan=\"6\" class=\"error\">{}</td></tr>\n",
                    self.safe(&input.file),
                    told.join("<br>")
                ));
            }
        }
        out.push_str("</table></section>\n");
    }
}
