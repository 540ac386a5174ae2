//! Lists, explanations and coverage of rules for the console.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::super::words::{self, pick};
use super::{case_counts, ledger};
use crate::finding::{Coverage, Example, LedgerNeed, MeasureCoverage, ParameterInfo, RuleEntry, RuleExplanation};
use crate::model::{Lang, counted};

/// Columns of a terminal below which lists of rules are shown with fewer columns.
const WIDE: u16 = 110;

fn table(headings: &[&str], width: u16) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.force_no_tty().set_width(width.max(60)).set_header(headings);
    table
}

/// An id that is broken over two lines cannot be copied.
fn keep_whole(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
}

/// The text in brackets, as the language writes them.
fn bracketed(text: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("（{text}）"),
        Lang::En => format!(" ({text})"),
    }
}

/// One line for each rule; `width` is that of the terminal.
pub fn list_text(entries: &[RuleEntry], lang: Lang, width: u16) -> String {
    let headings = match lang {
        Lang::Zh => ["规则", "举措", "级别", "内容", "台账", "用例"],
        Lang::En => ["rule", "measure", "severity", "title", "ledger", "cases"],
    };
    // Beside ids that are kept whole, a terminal of the usual width has no room for everything.
    let shown: &[usize] = if width < WIDE { &[0, 2, 3, 5] } else { &[0, 1, 2, 3, 4, 5] };
    let mut table = table(&shown.iter().map(|&column| headings[column]).collect::<Vec<_>>(), width);
    for entry in entries {
        let info = &entry.info;
        let cases: u64 = entry.cases.total();
        let cells = [
            info.id.to_string(),
            measures(&info.measure, &info.also),
            words::severity(info.severity, lang).to_owned(),
            info.title.get(lang).to_owned(),
            ledger(entry, lang),
            cases.to_string(),
        ];
        table.add_row(shown.iter().map(|&column| cells[column].as_str()));
    }
    keep_whole(&mut table, 0);
    let total = match lang {
        Lang::Zh => format!("共 {} 条规则", entries.len()),
        Lang::En => counted(entries.len() as u64, "rule"),
    };
    format!("{table}\n{total}\n")
}

fn measures(measure: &str, also: &[std::sync::Arc<str>]) -> String {
    let mut text = measure.to_owned();
    for id in also {
        text.push(' ');
        text.push_str(id);
    }
    text
}

/// The explanations one after the other.
pub fn explain_text(explanations: &[RuleExplanation], lang: Lang, width: u16) -> String {
    let texts: Vec<String> = explanations.iter().map(|one| explanation(one, lang, width)).collect();
    texts.join("\n")
}

fn explanation(one: &RuleExplanation, lang: Lang, width: u16) -> String {
    let info = &one.entry.info;
    let mut page = Page { lang, text: String::new() };
    let severity = words::severity(info.severity, lang);
    page.line(&format!("{}  {}  [{severity}]", info.id, info.title.get(lang)));
    page.head("依据", "Source");
    for citation in &info.citations {
        page.item(citation.get(lang));
    }
    page.head("举措", "Measure");
    for (measure, pack) in &one.measures {
        let class = words::class(measure.class, lang);
        let about = bracketed(&format!("{class}{}{}", pick(lang, "，", ", "), pack.name.get(lang)), lang);
        page.item(&format!("{} {}{about}", measure.id, measure.title.get(lang)));
        page.detail(measure.demand.get(lang));
    }
    page.head("要求", "Required");
    page.item(one.required.get(lang));
    page.head("范围", "Scope");
    page.item(one.unit.get(lang));
    for (label, condition) in &one.conditions {
        let condition: Vec<&str> = condition.split_whitespace().collect();
        page.item(&format!("{}: {}", label.get(lang), condition.join(" ")));
    }
    if one.entry.kinds.len() > 1 {
        let names: Vec<&str> = one.entry.kinds.iter().map(|(_, name)| name.get(lang)).collect();
        page.item(&format!("{}: {}", pick(lang, "适用的台账", "ledgers"), names.join(pick(lang, "、", ", "))));
    }
    if !info.parameters.is_empty() {
        page.head("参数", "Parameters");
        for parameter in &info.parameters {
            page.item(&parameter_line(parameter, lang));
        }
    }
    if let Some(interpretation) = &info.interpretation {
        page.head("解释口径", "Interpretation");
        page.item(interpretation.get(lang));
    }
    page.head("台账需要的栏目", "What the ledgers must contain");
    for need in &one.ledgers {
        page.need(need);
    }
    for (example, zh, en) in
        [(&one.passes, "合规的例子", "An example that passes"), (&one.fails, "不合规的例子", "An example that fails")]
    {
        if let Some(example) = example {
            page.head(zh, en);
            page.example(example, width);
        }
    }
    page.head("整改建议", "How to fix it");
    page.item(one.fix.get(lang));
    page.head("用例", "Cases");
    page.item(&case_counts(&one.entry.cases, lang));
    for (outcome, reason) in &one.no_case {
        page.item(&format!("{} — {}", words::outcome(*outcome, lang), reason.get(lang)));
    }
    page.text
}

fn parameter_line(parameter: &ParameterInfo, lang: Lang) -> String {
    let source = match (parameter.overridden, parameter.is_interpretation) {
        (true, _) => pick(lang, "用户设定", "set by the user"),
        (false, true) => pick(lang, "解释口径", "interpretation"),
        (false, false) => pick(lang, "文件规定", "from the document"),
    };
    let reason = parameter.reason.get(lang);
    let reason = if reason.is_empty() { String::new() } else { format!(" — {reason}") };
    let unit = &parameter.unit;
    let space = if unit.is_empty() { "" } else { " " };
    format!("{} = {}{space}{unit}{}{reason}", parameter.name, parameter.value, bracketed(source, lang))
}

/// A page of headed paragraphs.
struct Page {
    lang: Lang,
    text: String,
}

impl Page {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn head(&mut self, zh: &str, en: &str) {
        let head = pick(self.lang, zh, en).to_owned();
        self.line(&head);
    }

    fn item(&mut self, text: &str) {
        self.line(&format!("  {text}"));
    }

    fn detail(&mut self, text: &str) {
        self.line(&format!("    {text}"));
    }

    fn need(&mut self, need: &LedgerNeed) {
        let lang = self.lang;
        let about = format!("{}{}{}", need.kind, pick(lang, "，", ", "), need.role.get(lang));
        self.item(&format!("{}{}", need.name.get(lang), bracketed(&about, lang)));
        for field in &need.fields {
            let aliases: Vec<&str> = field.aliases.iter().take(4).map(String::as_str).collect();
            let also = match aliases.is_empty() {
                true => String::new(),
                false => format!("; {} {}", pick(lang, "也可写作", "also"), aliases.join(pick(lang, "、", ", "))),
            };
            let name = match lang {
                Lang::Zh => field.name.to_string(),
                Lang::En => format!("{} ({})", field.name, field.en),
            };
            self.detail(&format!("{name}: {}{also}", field.sort.get(lang)));
        }
    }

    fn example(&mut self, example: &Example, width: u16) {
        let lang = self.lang;
        let mut when = format!("{} {}", pick(lang, "核查日期", "as of"), example.as_of);
        if let Some(period) = example.period {
            when.push_str(pick(lang, "，所属期 ", ", period "));
            when.push_str(&words::period(period, lang));
        }
        // Cases are named in Chinese, by those who write the rules.
        self.item(&match lang {
            Lang::Zh => format!("{}{}", example.name, bracketed(&when, lang)),
            Lang::En => when,
        });
        for ledger in &example.ledgers {
            self.item(ledger.name.get(lang));
            if ledger.rows.is_empty() {
                self.detail(pick(lang, "（没有记录）", "(no records)"));
                continue;
            }
            let headings: Vec<&str> = ledger.headings.iter().map(String::as_str).collect();
            let mut table = table(&headings, width.saturating_sub(2));
            for row in &ledger.rows {
                table.add_row(row);
            }
            let lines: Vec<String> = table.lines().map(|line| format!("  {line}")).collect();
            self.line(&lines.join("\n"));
        }
    }
}

/// Measure, class, rules and cases; measures that ought to have a rule and have none are marked and counted.
pub fn coverage_text(coverage: &Coverage, lang: Lang, width: u16) -> String {
    let headings = match lang {
        Lang::Zh => ["举措", "类别", "规则", "用例"],
        Lang::En => ["measure", "class", "rules", "cases"],
    };
    let mut text = String::new();
    for pack in &coverage.packs {
        let mut table = table(&headings, width);
        let mut any = false;
        for measure in coverage.measures.iter().filter(|measure| measure.measure.pack == pack.id) {
            any = true;
            add_measure(&mut table, measure, lang);
        }
        if any {
            // The ids are kept whole; where a measure has none, the reason in their place is broken like any text.
            let own = coverage.measures.iter().filter(|measure| measure.measure.pack == pack.id);
            let widest = own.flat_map(|measure| &measure.rules).map(|rule| rule.id.len()).max().unwrap_or(0);
            if let Some(column) = table.column_mut(2) {
                let ids = Width::Fixed(u16::try_from(widest).unwrap_or(u16::MAX).saturating_add(2));
                column.set_constraint(ColumnConstraint::LowerBoundary(ids));
            }
            text.push_str(&format!("{}{}\n{table}\n", pack.name.get(lang), bracketed(&pack.id, lang)));
        }
    }
    let measures = coverage.measures.len();
    let narrative = coverage.measures.iter().filter(|measure| measure.measure.class == "narrative").count();
    let uncovered: Vec<&str> = coverage.uncovered().map(|measure| &*measure.measure.id).collect();
    text.push_str(&match lang {
        Lang::Zh => format!("共 {measures} 条举措，其中 {narrative} 条无法由台账核查；缺规则的 {} 条", uncovered.len()),
        Lang::En => format!(
            "{}, of which {narrative} cannot be checked from ledgers; {} without a rule",
            counted(measures as u64, "measure"),
            uncovered.len()
        ),
    });
    if !uncovered.is_empty() {
        text.push_str(&format!(": {}", uncovered.join(" ")));
    }
    text.push('\n');
    text
}

fn add_measure(table: &mut Table, measure: &MeasureCoverage, lang: Lang) {
    let info = &measure.measure;
    let name = format!("{} {}", info.id, info.title.get(lang));
    let class = words::class(info.class, lang).to_owned();
    if measure.rules.is_empty() {
        let why = match &info.reason {
            Some(reason) if info.class == "narrative" => reason.get(lang),
            _ => pick(lang, "缺规则", "no rule"),
        };
        table.add_row([name, class, why.to_owned(), String::new()]);
        return;
    }
    let ids: Vec<&str> = measure.rules.iter().map(|rule| &*rule.id).collect();
    let cases: Vec<String> = measure.rules.iter().map(|rule| case_counts(&rule.cases, lang)).collect();
    for (position, (id, cases)) in ids.iter().zip(cases).enumerate() {
        let (name, class) = if position == 0 { (name.clone(), class.clone()) } else { Default::default() };
        table.add_row([name, class, (*id).to_owned(), cases]);
    }
}
