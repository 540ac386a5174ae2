//! The findings as a compact JSON block: every text stands once, and findings name texts by number.

use std::collections::HashMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::Page;
use crate::finding::{Finding, Outcome, Severity};
use crate::render::view::FindingView;
use crate::render::{escape, links, overview, words};

/// What the numbers of a finding stand for, in order. `rule` and `records` are numbers themselves, `kind` is a class of the page's style,
/// the others are positions of texts, `record` those of several.
const COLUMNS: [&str; 18] = [
    "rule",
    "kind",
    "records",
    "title",
    "unit",
    "period",
    "file",
    "sheet",
    "cell",
    "found",
    "required",
    "key",
    "values",
    "advice",
    "fingerprint",
    "standing",
    "related",
    "record",
];

/// Position of a column, for tests that read the block.
#[cfg(test)]
pub(super) fn column(name: &str) -> usize {
    COLUMNS.iter().position(|column| *column == name).unwrap()
}

#[derive(Default)]
struct Texts {
    places: HashMap<String, u32>,
    list: Vec<String>,
}

impl Texts {
    fn place(&mut self, text: String) -> u32 {
        if let Some(place) = self.places.get(&text) {
            return *place;
        }
        let place = self.list.len() as u32;
        self.list.push(text.clone());
        self.places.insert(text, place);
        place
    }
}

pub(super) fn write(page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let mut texts = Texts::default();
    texts.place(String::new());
    let mut findings = String::from("[");
    for (index, place) in overview::order(page.report).into_iter().enumerate() {
        let finding = &page.report.findings[place as usize];
        let view = FindingView::new(page.report, finding, page.lang(), page.options.masking);
        let kind = match (finding.outcome, finding.severity) {
            (Outcome::Violated, Severity::Error) => 0,
            (Outcome::Violated, Severity::Warning) => 1,
            (Outcome::Violated, Severity::Advice) => 2,
            _ => 3,
        };
        let place = &finding.location;
        let cell = match (&view.cell, view.row) {
            (Some(cell), _) => cell.clone(),
            (None, Some(row)) => words::row(row, page.lang()).trim_start().to_owned(),
            (None, None) => String::new(),
        };
        let told = [
            view.title(),
            words::unit(&view.unit, page.lang()).to_owned(),
            finding.period.map(|period| words::period(period, page.lang())).unwrap_or_default(),
            place.file.as_deref().unwrap_or_default().to_owned(),
            place.sheet.as_deref().unwrap_or_default().to_owned(),
            cell,
            view.found().to_owned(),
            view.required.clone(),
            view.key_text(),
            view.values_text(),
            view.advice(page.report),
            finding.fingerprint.clone(),
            standing(page, finding),
            view.related_text(),
        ];
        findings.push_str(if index > 0 { ",\n[" } else { "[" });
        findings.push_str(&format!("{},{kind},{}", finding.rule, finding.records.max(1)));
        for text in told {
            findings.push_str(&format!(",{}", texts.place(text)));
        }
        // Of the record the names of its fields as one text, and the texts of the fields: most of them stand in many records.
        let record = view.record();
        let names: Vec<&str> = record.iter().map(|(name, _)| *name).collect();
        findings.push_str(&format!(",[{}", texts.place(names.join("\u{1f}"))));
        for (_, text) in record {
            findings.push_str(&format!(",{}", texts.place(text)));
        }
        findings.push_str("]]");
    }
    findings.push(']');
    let files: Value = page.report.inputs.iter().map(|input| link(page, &input.file)).collect();
    let blocks = [
        ("columns", json!(COLUMNS)),
        ("labels", labels(page)),
        ("rules", rules(page)),
        ("files", files),
        ("strings", Value::from(texts.list)),
    ];
    out.write_all(b"{")?;
    for (key, value) in blocks {
        writeln!(out, "\"{key}\":{},", escape::script(&value.to_string()))?;
    }
    // Numbers and brackets only, so there is nothing to escape.
    write!(out, "\"findings\":{findings}}}")
}

/// A file and its address as seen from the page.
fn link(page: &Page, file: &str) -> Value {
    json!([file, links::address(page.options, file).unwrap_or_default()])
}

/// How the finding stands to the last run; empty where there is none.
fn standing(page: &Page, finding: &Finding) -> String {
    let standing = page.report.follow_up.as_ref().and_then(|one| one.standing(finding));
    standing.map(|one| one.text().get(page.lang()).to_owned()).unwrap_or_default()
}

fn rules(page: &Page) -> Value {
    let lang = page.lang();
    let rule = |rule: &crate::finding::RuleInfo| {
        let measure = page.report.measures.iter().find(|measure| measure.id == rule.measure);
        json!({
            "id": &*rule.id,
            "measure": &*rule.measure,
            "measureTitle": measure.map(|measure| measure.title.get(lang)).unwrap_or_default(),
            "title": rule.title.get(lang),
            "severity": words::severity(rule.severity, lang),
            "citations": rule.citations.iter().map(|citation| citation.get(lang)).collect::<Vec<_>>(),
            "interpretation": rule.interpretation.as_ref().map(|text| text.get(lang)).unwrap_or_default(),
        })
    };
    page.report.rules.iter().map(rule).collect()
}

/// Words that the script shows.
fn labels(page: &Page) -> Value {
    let pick = |zh, en| page.pick(zh, en);
    let violated = words::outcome(Outcome::Violated, page.lang());
    json!({
        "kinds": [
            format!("{violated} · {}", words::severity(Severity::Error, page.lang())),
            format!("{violated} · {}", words::severity(Severity::Warning, page.lang())),
            words::severity(Severity::Advice, page.lang()),
            words::outcome(Outcome::Undetermined, page.lang()),
        ],
        "all": pick("全部", "All"),
        "shown": pick("显示 {n} 条，共 {total} 条", "{n} of {total} findings"),
        "none": pick("没有符合条件的问题。", "No finding meets the conditions."),
        "choose": pick("选择一条问题查看详情（方向键移动）。", "Choose a finding to see it in full (arrow keys move)."),
        "cut": pick("为便于打印，只列出前 {n} 条。", "Only the first {n} are printed."),
        "rule": pick("问题", "Rule"),
        "measure": pick("举措", "Measure"),
        "unit": pick("单位", "Unit"),
        "period": pick("所属期", "Period"),
        "found": pick("发现的情况", "What was found"),
        "required": pick("要求", "What is required"),
        "values": pick("数据", "Values seen"),
        "colon": pick("：", ": "),
        "sorts": [
            pick("程度", "severity"),
            pick("单位", "unit"),
            pick("举措", "measure"),
            pick("文件和位置", "file and place"),
        ],
        "record": pick("该行内容", "Record"),
        "related": pick("相关记录", "Related records"),
        "key": pick("核查对象", "Key"),
        "advice": pick("整改建议", "What to do"),
        "citations": pick("依据", "Document and clause"),
        "interpretation": pick("解释口径", "Interpretation"),
        "standing": pick("对照上次", "Standing"),
        "place": pick("位置", "Place"),
        "open": pick("打开文件", "Open the file"),
        "records": pick("涉及记录", "Records"),
        "fingerprint": pick("问题编号", "Fingerprint"),
    })
}
