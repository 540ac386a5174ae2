//! The difference of two reports for people and machines: text, Markdown, JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::view::scrub;
use super::{escape, words};
use crate::finding::{Changes, Comparison, Earlier, Entry, Group, Masking};
use crate::model::Lang;

/// The version of the JSON; it grows when a key changes its meaning or goes away.
pub const VERSION: u32 = 1;
/// Findings of a group that the text lists before the rest is only counted.
const TOLD: usize = 20;
/// The same for Markdown.
const TOLD_IN_MARKDOWN: usize = 200;

/// Two reports with their names and their difference.
pub struct Compared<'a> {
    pub names: [&'a str; 2],
    pub reports: [&'a Earlier; 2],
    pub comparison: &'a Comparison<'a>,
}

fn group(group: Group, lang: Lang) -> &'static str {
    match group {
        Group::New => words::pick(lang, "新增", "new"),
        Group::Persisting => words::pick(lang, "持续", "persisting"),
        Group::Fixed => words::pick(lang, "已消除", "gone"),
        Group::NotJudged => words::pick(lang, "本次未判定", "not judged again"),
    }
}

fn safe(text: &str) -> String {
    // The reports are masked where they were asked to be; numbers that people typed into them are masked all the same.
    let text = scrub(text, Masking::Masked);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The report's file and review date.
fn title(compared: &Compared<'_>, place: usize) -> String {
    match compared.reports[place].as_of {
        Some(date) => format!("{} ({date})", safe(compared.names[place])),
        None => safe(compared.names[place]),
    }
}

/// The titles of the measures, as far as the reports show them.
fn titles<'a>(comparison: &Comparison<'a>) -> BTreeMap<&'a str, &'a str> {
    let entries = comparison.listed.iter().map(|(_, _, entry)| (&*entry.measure, &*entry.measure_title));
    entries.filter(|(_, title)| !title.is_empty()).collect()
}

fn line(entry: &Entry, lang: Lang) -> String {
    let severity = entry.severity.map(|severity| words::severity(severity, lang)).unwrap_or_default();
    let unit = safe(&entry.unit);
    [severity, &entry.measure, &safe(&entry.title), words::unit(&unit, lang), &safe(&entry.message)]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("  ")
}

/// Measures and units with their changes; the ones with most that is new first.
fn tables(comparison: &Comparison<'_>, lang: Lang) -> [(&'static str, Vec<(String, Changes)>); 2] {
    let sorted = |changes: &BTreeMap<&str, Changes>, named: &dyn Fn(&str) -> String| {
        let mut list: Vec<(&str, Changes)> = changes.iter().map(|(name, changes)| (*name, *changes)).collect();
        list.sort_by_key(|(name, changes)| (u64::MAX - changes.new, u64::MAX - changes.fixed, *name));
        list.into_iter().map(|(name, changes)| (named(name), changes)).collect()
    };
    let titles = titles(comparison);
    let measure = |id: &str| match titles.get(id) {
        Some(title) => safe(&format!("{id} {title}")),
        None => safe(id),
    };
    let unit = |name: &str| words::unit(&safe(name), lang).to_owned();
    [
        (words::pick(lang, "举措", "Measure"), sorted(&comparison.measures, &measure)),
        (words::pick(lang, "单位", "Unit"), sorted(&comparison.units, &unit)),
    ]
}

/// Writes the difference for a terminal.
pub fn text(compared: &Compared<'_>, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let comparison = compared.comparison;
    writeln!(
        out,
        "{}{} → {}",
        words::pick(lang, "两次结果对照：", "Difference: "),
        title(compared, 0),
        title(compared, 1)
    )?;
    let sums: Vec<String> =
        Group::ALL.iter().map(|one| format!("{} {}", group(*one, lang), comparison.total.get(*one))).collect();
    writeln!(out, "{}", sums.join(" · "))?;
    for (heading, list) in tables(comparison, lang) {
        writeln!(out, "\n{heading}")?;
        for (name, changes) in list.iter().take(TOLD) {
            let counts: Vec<String> = Group::ALL
                .iter()
                .filter(|one| changes.get(**one) > 0)
                .map(|one| format!("{} {}", group(*one, lang), changes.get(*one)))
                .collect();
            writeln!(out, " {name}  {}", counts.join(" · "))?;
        }
        more(out, list.len(), lang)?;
    }
    for one in [Group::New, Group::Fixed, Group::NotJudged] {
        let entries: Vec<_> = comparison.listed.iter().filter(|(group, ..)| *group == one).collect();
        if entries.is_empty() {
            continue;
        }
        writeln!(out, "\n{}", group(one, lang))?;
        for (_, _, entry) in entries.iter().take(TOLD) {
            writeln!(out, " {}", line(entry, lang))?;
        }
        more(out, entries.len(), lang)?;
    }
    Ok(())
}

fn more(out: &mut dyn Write, count: usize, lang: Lang) -> io::Result<()> {
    if count <= TOLD {
        return Ok(());
    }
    match lang {
        Lang::Zh => writeln!(out, " 另有 {} 项，见 --format json", count - TOLD),
        Lang::En => writeln!(out, " {} more; see --format json", count - TOLD),
    }
}

/// Writes the difference as Markdown.
pub fn markdown(compared: &Compared<'_>, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let comparison = compared.comparison;
    let cell = |text: &str| escape::markdown(&safe(text));
    writeln!(out, "# {}\n", words::pick(lang, "两次结果对照", "Difference of two reports"))?;
    writeln!(out, "{} → {}\n", escape::markdown(&title(compared, 0)), escape::markdown(&title(compared, 1)))?;
    let heads = Group::ALL.map(|one| group(one, lang)).join(" | ");
    writeln!(out, "| {heads} |\n| ---: | ---: | ---: | ---: |")?;
    let counts = |changes: &Changes| Group::ALL.map(|one| changes.get(one).to_string()).join(" | ");
    writeln!(out, "| {} |", counts(&comparison.total))?;
    for (heading, list) in tables(comparison, lang) {
        writeln!(out, "\n## {heading}\n\n| {heading} | {heads} |\n| --- | ---: | ---: | ---: | ---: |")?;
        for (name, changes) in list {
            writeln!(out, "| {} | {} |", cell(&name), counts(&changes))?;
        }
    }
    for one in [Group::New, Group::Fixed, Group::NotJudged] {
        let entries: Vec<_> = comparison.listed.iter().filter(|(group, ..)| *group == one).collect();
        if entries.is_empty() {
            continue;
        }
        let heads = [
            words::pick(lang, "程度", "Severity"),
            words::pick(lang, "举措", "Measure"),
            words::pick(lang, "单位", "Unit"),
            words::pick(lang, "情况", "Found"),
        ];
        writeln!(out, "\n## {}\n\n| {} |\n| --- | --- | --- | --- |", group(one, lang), heads.join(" | "))?;
        for (_, _, entry) in entries.iter().take(TOLD_IN_MARKDOWN) {
            let severity = entry.severity.map(|severity| words::severity(severity, lang)).unwrap_or_default();
            let measure = format!("{} {}", entry.measure, entry.title);
            let unit = words::unit(&entry.unit, lang);
            writeln!(out, "| {severity} | {} | {} | {} |", cell(&measure), cell(unit), cell(&entry.message))?;
        }
        if entries.len() > TOLD_IN_MARKDOWN {
            writeln!(out, "\n+ {}", entries.len() - TOLD_IN_MARKDOWN)?;
        }
    }
    Ok(())
}

/// Writes the difference as one JSON document.
pub fn json(compared: &Compared<'_>, out: &mut dyn Write) -> io::Result<()> {
    let comparison = compared.comparison;
    let changes = |changes: &Changes| -> Value {
        Value::Object(Group::ALL.iter().map(|one| (one.code().to_owned(), changes.get(*one).into())).collect())
    };
    let titles = titles(comparison);
    let table = |key: &str, list: &BTreeMap<&str, Changes>| -> Value {
        list.iter()
            .map(|(name, counts)| {
                let mut entry = changes(counts);
                entry[key] = safe(name).into();
                if let Some(title) = titles.get(name).filter(|_| key == "measure") {
                    entry["title"] = safe(title).into();
                }
                entry
            })
            .collect()
    };
    let finding = |(group, fingerprint, entry): &(Group, &str, &Entry)| {
        json!({
            "change": group.code(),
            "fingerprint": fingerprint,
            "measure": entry.measure,
            "title": safe(&entry.title),
            "severity": entry.severity.map(|severity| severity.code()),
            "outcome": entry.outcome.map(|outcome| outcome.code()),
            "unit": safe(&entry.unit),
            "message": safe(&entry.message),
        })
    };
    let report = |place: usize| json!({ "file": safe(compared.names[place]), "as_of": compared.reports[place].as_of.map(|date| date.to_string()) });
    let document = json!({
        "format": "taizhang-comparison",
        "version": VERSION,
        "before": report(0),
        "after": report(1),
        "total": changes(&comparison.total),
        "measures": table("measure", &comparison.measures),
        "units": table("unit", &comparison.units),
        "findings": comparison.listed.iter().map(finding).collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}
