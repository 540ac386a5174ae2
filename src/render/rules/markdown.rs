//! The table of rules for the README.

use crate::finding::{Coverage, MeasureCoverage};
use crate::model::Lang;

use super::super::words::{self, pick};

/// One Markdown table for each pack: measure, what it demands, class and rules.
pub fn rule_table(coverage: &Coverage, lang: Lang) -> String {
    let mut text = String::new();
    for pack in &coverage.packs {
        let measures: Vec<&MeasureCoverage> =
            coverage.measures.iter().filter(|measure| measure.measure.pack == pack.id).collect();
        if measures.is_empty() {
            continue;
        }
        let number = if pack.number.is_empty() { String::new() } else { format!(" · {}", pack.number) };
        text.push_str(&format!("### {} (`{}`){number}\n\n", pack.name.get(lang), pack.id));
        text.push_str(pick(
            lang,
            "| 举措 | 内容 | 类别 | 规则 |\n",
            "| measure | what it is about | class | rules |\n",
        ));
        text.push_str("|---|---|---|---|\n");
        for measure in measures {
            let info = &measure.measure;
            let class = words::class(info.class, lang);
            text.push_str(&format!(
                "| {} | {} | {class} | {} |\n",
                info.id,
                cell(info.title.get(lang)),
                rules(measure, lang)
            ));
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn rules(measure: &MeasureCoverage, lang: Lang) -> String {
    if measure.rules.is_empty() {
        return match &measure.measure.reason {
            Some(reason) => cell(reason.get(lang)),
            None => "—".to_owned(),
        };
    }
    let ids: Vec<String> = measure.rules.iter().map(|rule| format!("`{}`", rule.id)).collect();
    ids.join(" ")
}

/// A text that does not break the table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ")
}
