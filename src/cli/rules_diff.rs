//! What a change of rules does: to how they are written (`rules diff`), and to the results (`check --rules-diff`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::ArgMatches;

use super::complaint::only_json;
use super::{config::Config, inputs::Inputs, options, output, status};
use crate::check::{CheckOptions, Checker};
use crate::diag::Level;
use crate::finding::{Finding, Masking, Outcome, Report, Tally};
use crate::model::{Lang, counted};
use crate::pack::{Change, How, Store, builtin, compare, with_files};
use crate::render;

/// The texts of this many findings are shown for each rule and each way they changed.
const SHOWN: usize = 5;

/// `rules diff A B`.
pub fn written(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let side = |name: &str| -> anyhow::Result<Store> {
        match arguments.get_one::<PathBuf>(name) {
            Some(folder) if folder.as_os_str() == "builtin" => Ok(builtin().0),
            Some(folder) => Ok(with_files(options::rule_files(std::slice::from_ref(folder))?).0),
            None => Ok(builtin().0),
        }
    };
    let changes = compare(&side("before")?, &side("after")?);
    let text = match arguments.get_one::<String>("format").map(String::as_str) {
        None => changes_text(&changes, lang),
        Some("json") => changes_json(&changes)?,
        Some(other) => bail!(only_json(other)),
    };
    output::write_stdout(|out| out.write_all(text.as_bytes()))?;
    Ok(if changes.is_empty() { status::OK } else { status::VIOLATIONS })
}

fn changes_text(changes: &[Change], lang: Lang) -> String {
    let pick = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
    if changes.is_empty() {
        return pick("两套规则没有差别\n", "the two sets of rules do not differ\n").to_owned();
    }
    let mut text = String::new();
    for change in changes {
        let name = match change.table.as_str() {
            "" => format!("{} {}", change.scope, change.id),
            table => format!("{} {table} {}", change.scope, change.id),
        };
        // Writing to a String cannot fail.
        let _ = match &change.how {
            How::Added => writeln!(text, "+ {name}"),
            How::Removed => writeln!(text, "- {name}"),
            How::Changed(_) => writeln!(text, "~ {name}"),
        };
        if let How::Changed(keys) = &change.how {
            for (key, before, after) in keys {
                let absent = pick("（无）", "(absent)");
                let (before, after) = (before.as_deref().unwrap_or(absent), after.as_deref().unwrap_or(absent));
                let _ = writeln!(text, "    {key}\n      - {before}\n      + {after}");
            }
        }
    }
    let count = |wanted: fn(&How) -> bool| changes.iter().filter(|change| wanted(&change.how)).count();
    let (added, removed) = (count(|how| matches!(how, How::Added)), count(|how| matches!(how, How::Removed)));
    let changed = changes.len() - added - removed;
    let _ = match lang {
        Lang::Zh => writeln!(text, "新增 {added}，删除 {removed}，修改 {changed}"),
        Lang::En => writeln!(text, "{added} added, {removed} removed, {changed} changed"),
    };
    text
}

fn changes_json(changes: &[Change]) -> anyhow::Result<String> {
    let changes: Vec<serde_json::Value> = changes
        .iter()
        .map(|change| {
            let (how, keys) = match &change.how {
                How::Added => ("added", Vec::new()),
                How::Removed => ("removed", Vec::new()),
                How::Changed(keys) => ("changed", keys.clone()),
            };
            let keys: Vec<serde_json::Value> = keys
                .into_iter()
                .map(|(key, before, after)| serde_json::json!({ "key": key, "before": before, "after": after }))
                .collect();
            serde_json::json!({
                "scope": change.scope, "table": change.table, "id": change.id, "change": how, "keys": keys,
            })
        })
        .collect();
    let document = serde_json::json!({ "format": "taizhang-rules-diff", "version": 1, "changes": changes });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// `check --rules-diff DIR`: the same inputs under the rules in force and under those with the folder added.
pub fn run(
    arguments: &ArgMatches,
    config: &Config,
    before: &Store,
    folder: &Path,
    (inputs, check_options): (&Inputs, &CheckOptions),
    lang: Lang,
) -> anyhow::Result<u8> {
    let mut folders = config.paths(arguments, "rules");
    folders.push(folder.to_owned());
    let (after, faults) = with_files(options::rule_files(&folders)?);
    let places = options::RulePlaces::of(&folders)?;
    let old = Checker::new(before).run(&inputs.files, check_options);
    let mut new = Checker::new(&after).run(&inputs.files, check_options);
    new.pack_faults.splice(0..0, faults);
    let broken = new.pack_faults.iter().any(|fault| fault.level == Level::Error);
    if !new.pack_faults.is_empty() {
        let (text, shown) = (|file: &str| after.text(file), |file: &str| places.shown(file));
        output::say(render::diagnostics::diagnostics(&new.pack_faults, text, shown, lang).trim_end());
    }
    let changes = results(&old, &new);
    let masking = if config.switch(arguments, "show-personal-data") { Masking::Shown } else { Masking::Masked };
    let text = match arguments.get_one::<String>("format").map(String::as_str) {
        None => results_text((&old, &new), &changes, lang, masking),
        Some("json") => results_json((&old, &new), &changes, lang, masking)?,
        Some(other) => bail!(only_json(other)),
    };
    output::write_stdout(|out| out.write_all(text.as_bytes()))?;
    let judged = status::judged(&old) + status::judged(&new);
    Ok(match (broken || judged == 0, changes.is_empty()) {
        (true, _) => status::NOT_RUN,
        (false, true) => status::OK,
        (false, false) => status::VIOLATIONS,
    })
}

/// What changed in the results of one rule.
struct RuleChange<'r> {
    rule: String,
    before: Tally,
    after: Tally,
    /// Findings that only one side has.
    gone: Vec<&'r Finding>,
    come: Vec<&'r Finding>,
}

/// The rules whose results differ, in the order of their ids.
fn results<'r>(before: &'r Report, after: &'r Report) -> Vec<RuleChange<'r>> {
    let (old, new) = (by_rule(before), by_rule(after));
    let ids: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let nothing = OfRule::default();
    let mut changes = Vec::new();
    for id in ids {
        let (old, new) = (old.get(id).unwrap_or(&nothing), new.get(id).unwrap_or(&nothing));
        let only = |mine: &OfRule<'r>, theirs: &OfRule<'r>| {
            let keys = mine.findings.iter().filter(|(key, _)| !theirs.findings.contains_key(*key));
            keys.map(|(_, finding)| *finding).collect::<Vec<_>>()
        };
        let (gone, come) = (only(old, new), only(new, old));
        if old.tally != new.tally || !gone.is_empty() || !come.is_empty() {
            changes.push(RuleChange { rule: id.to_owned(), before: old.tally, after: new.tally, gone, come });
        }
    }
    changes
}

#[derive(Default)]
struct OfRule<'r> {
    tally: Tally,
    /// By fingerprint, outcome and severity, which together say whether a finding is the same.
    findings: BTreeMap<(&'r str, Outcome, crate::finding::Severity), &'r Finding>,
}

fn by_rule(report: &Report) -> BTreeMap<&str, OfRule<'_>> {
    let mut rules: BTreeMap<&str, OfRule> = BTreeMap::new();
    for tally in report.tallies.iter() {
        rules.entry(&report.rules[tally.rule as usize].id).or_default().tally.merge(&tally.counts);
    }
    for finding in &report.findings {
        let key = (finding.fingerprint.as_str(), finding.outcome, finding.severity);
        rules.entry(&report.rules[finding.rule as usize].id).or_default().findings.insert(key, finding);
    }
    rules
}

fn results_text((old, new): (&Report, &Report), changes: &[RuleChange], lang: Lang, masking: Masking) -> String {
    let pick = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
    let mut text = String::new();
    for change in changes {
        let counts: Vec<String> = Outcome::ALL
            .into_iter()
            .filter(|outcome| change.before.get(*outcome) != change.after.get(*outcome))
            .map(|outcome| {
                let name = pick(outcome.zh(), outcome.en());
                format!("{name} {} → {}", change.before.get(outcome), change.after.get(outcome))
            })
            .collect();
        let counts =
            if counts.is_empty() { pick("数量不变", "same counts").to_owned() } else { counts.join("，") };
        let _ = writeln!(text, "{}  {counts}", change.rule);
        for (sign, report, findings) in [("-", old, &change.gone), ("+", new, &change.come)] {
            for finding in findings.iter().take(SHOWN) {
                let outcome = pick(finding.outcome.zh(), finding.outcome.en());
                let _ = writeln!(text, "  {sign} {outcome}　{}", report.message(finding, lang, masking));
            }
            if findings.len() > SHOWN {
                let more = findings.len() - SHOWN;
                let _ = match lang {
                    Lang::Zh => writeln!(text, "  {sign} 另有 {more} 处"),
                    Lang::En => writeln!(text, "  {sign} {more} more"),
                };
            }
        }
    }
    let (gone, come): (usize, usize) =
        changes.iter().fold((0, 0), |(gone, come), change| (gone + change.gone.len(), come + change.come.len()));
    let _ = match lang {
        Lang::Zh => writeln!(text, "{} 条规则的结果有变化：新出现 {come} 处，不再出现 {gone} 处", changes.len()),
        Lang::En => {
            let (rules, come) = (counted(changes.len() as u64, "rule"), counted(come as u64, "finding"));
            writeln!(text, "different results: {rules}; {come} more, {gone} gone")
        }
    };
    text
}

fn results_json(
    (old, new): (&Report, &Report),
    changes: &[RuleChange],
    lang: Lang,
    masking: Masking,
) -> anyhow::Result<String> {
    let tally = |tally: &Tally| -> serde_json::Map<String, serde_json::Value> {
        Outcome::ALL.iter().map(|outcome| (outcome.code().to_owned(), tally.get(*outcome).into())).collect()
    };
    let findings = |report: &Report, findings: &[&Finding]| -> Vec<serde_json::Value> {
        let one = |finding: &&Finding| {
            serde_json::json!({
                "fingerprint": finding.fingerprint,
                "outcome": finding.outcome.code(),
                "severity": finding.severity.code(),
                "message": report.message(finding, lang, masking),
            })
        };
        findings.iter().map(one).collect()
    };
    let rules: Vec<serde_json::Value> = changes
        .iter()
        .map(|change| {
            serde_json::json!({
                "rule": change.rule,
                "before": tally(&change.before),
                "after": tally(&change.after),
                "gone": findings(old, &change.gone),
                "come": findings(new, &change.come),
            })
        })
        .collect();
    let document = serde_json::json!({ "format": "taizhang-results-diff", "version": 1, "rules": rules });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
