//! A draft of the mapping file that `--map` reads: every heading with the field it was matched to, doubtful ones told apart.

use std::collections::BTreeMap;

use super::words;
use crate::finding::{HeadingMatch, MatchHow, Report, TableReading};
use crate::model::{Lang, cell_name};

/// The mapping as TOML. A heading that two tables understand differently is set once; the other stands as a comment.
pub fn draft(report: &Report, lang: Lang) -> String {
    let pick = |zh, en| words::pick(lang, zh, en);
    let mut out = String::new();
    for line in [
        pick(
            "列标题对应表：左边是台账上的列标题，右边是标准字段；右边留空表示不读这一列。",
            "Headings on the left, canonical fields on the right; an empty field leaves the column out.",
        ),
        pick(
            "用法：taizhang check 文件 --map 本文件。请核对带“？”的各行，去掉行首的 # 即生效。",
            "Use: taizhang check FILE --map THIS. Look at the lines with “?”; remove a leading # to set one.",
        ),
    ] {
        out.push_str(&format!("# {line}\n"));
    }
    out.push_str("\n[headings]\n");
    let mut set: BTreeMap<&str, &str> = BTreeMap::new();
    for input in &report.inputs {
        for sheet in &input.sheets {
            for table in sheet.tables.iter().filter(|table| table.layout != "form") {
                let kind = match &table.kind {
                    Some(kind) => format!("{} ({kind})", table.kind_name.get(lang)),
                    None => pick("未识别为任何台账", "no ledger kind recognised").to_owned(),
                };
                out.push_str(&format!("\n# {} [{}] {kind}\n", one_line(&input.file), one_line(&sheet.name)));
                for heading in table.headings.iter() {
                    out.push_str(&entry(heading, table, &mut set, lang));
                }
            }
        }
    }
    out
}

fn entry<'r>(
    heading: &'r HeadingMatch,
    table: &'r TableReading,
    set: &mut BTreeMap<&'r str, &'r str>,
    lang: Lang,
) -> String {
    let pick = |zh, en| words::pick(lang, zh, en);
    let field = heading.field.as_deref().unwrap_or("");
    let next = match &heading.runner_up {
        Some((next, confidence)) => format!("{}{next} {confidence}%", pick("；其次 ", "; next ")),
        None => String::new(),
    };
    let note = match heading.how {
        MatchHow::Unmatched | MatchHow::Ambiguous => format!("？{}", words::matched(heading.how, lang)),
        MatchHow::Guessed => format!("？{} {}%", words::matched(heading.how, lang), heading.confidence),
        _ => format!("{} {}%", words::matched(heading.how, lang), heading.confidence),
    };
    // A field that takes several columns, or answers that share one, are no single field that could be set.
    let settable = table.fields.iter().any(|used| &*used.field == field);
    let line = format!(
        "{} = {} # {} {note}{next}\n",
        quoted(&heading.heading),
        quoted(field),
        cell_name(heading.cell.0, heading.cell.1)
    );
    let is_known = matches!(heading.how, MatchHow::Exact | MatchHow::Guessed | MatchHow::Given);
    // Two keys of the same name would be no TOML.
    if !is_known || !settable || set.contains_key(heading.heading.as_str()) {
        return format!("# {line}");
    }
    set.insert(&heading.heading, field);
    line
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing;

    #[test]
    fn the_draft_is_toml_whatever_the_headings_hold() {
        let mut report = testing::sample();
        let table = &mut report.inputs[0].sheets[0].tables[0];
        table.fields[1].field = "机构名称".into();
        std::sync::Arc::make_mut(&mut table.headings)[0].heading = "单位\"名\\称\"\n甲".to_owned();
        let text = draft(&report, Lang::Zh);
        let toml: toml::Table = toml::from_str(&text).unwrap();
        let headings = toml["headings"].as_table().unwrap();
        assert_eq!(headings["单位\"名\\称\"\n甲"].as_str(), Some("机构名称"));
        assert!(text.contains("# \"院长签字\" = \"\""), "{text}");
        assert!(!headings.contains_key("院长签字"));
    }
}
