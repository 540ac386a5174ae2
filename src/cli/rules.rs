//! `taizhang rules`: lists, explains, tests and checks the rules.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::ArgMatches;

use super::complaint::{complaint, only_json};
use super::{check::width, config::Config, options, options::RulePlaces, output, rules_diff, scaffold, status};
use crate::check::{self, CaseResult};
use crate::diag::{Level, PackFault};
use crate::finding::Outcome;
use crate::model::{Lang, counted};
use crate::pack::{Store, schema};
use crate::render;
use crate::rule::sql::Dialect;

/// Runs the command and gives its exit code.
pub fn run(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    match arguments.subcommand() {
        Some(("list", arguments)) => list(arguments, lang),
        Some(("explain", arguments)) => explain(arguments, lang),
        Some(("test", arguments)) => test(arguments, lang),
        Some(("sql", arguments)) => sql(arguments, lang),
        Some(("lint", arguments)) => lint(arguments, lang),
        Some(("coverage", arguments)) => coverage(arguments, lang),
        Some(("new", arguments)) => scaffold::run(arguments, lang),
        Some(("diff", arguments)) => rules_diff::written(arguments, lang),
        Some(("schema", arguments)) => schema(arguments, lang),
        _ => Ok(status::USAGE),
    }
}

/// What `--format` asks for: text, or JSON.
fn wants_json(arguments: &ArgMatches) -> anyhow::Result<bool> {
    match arguments.get_one::<String>("format").map(String::as_str) {
        None | Some("text") => Ok(false),
        Some("json") => Ok(true),
        Some(other) => bail!(only_json(other)),
    }
}

/// The store, the chosen packs, and the faults of loading, which go to standard error at once.
fn packs(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<(Store, Vec<Arc<str>>, Vec<PackFault>)> {
    let config = Config::load(arguments, lang)?;
    let (store, faults) = options::store(arguments, &config)?;
    let packs = options::packs(arguments, &config, &store)?;
    tell(arguments, &store, &faults, lang)?;
    Ok((store, packs, faults))
}

/// Faults of packs with their source lines.
fn diagnostics(arguments: &ArgMatches, store: &Store, faults: &[PackFault], lang: Lang) -> anyhow::Result<String> {
    let places = RulePlaces::of(&Config::load(arguments, lang)?.paths(arguments, "rules"))?;
    Ok(render::diagnostics::diagnostics(faults, |file| store.text(file), |file| places.shown(file), lang))
}

/// Shows faults of packs on standard error.
fn tell(arguments: &ArgMatches, store: &Store, faults: &[PackFault], lang: Lang) -> anyhow::Result<()> {
    if !faults.is_empty() {
        let text = diagnostics(arguments, store, faults, lang)?;
        // Where standard error is closed there is nobody left to tell.
        let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
    }
    Ok(())
}

/// Prints the JSON Schema of one sort of file, or writes all of them and what an editor needs to use them.
fn schema(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let text = |sort: &str| match schema::schema(sort) {
        Some(schema) => Ok(serde_json::to_string_pretty(&schema)? + "\n"),
        None => bail!(complaint(format!("{sort}：没有这种文件"), format!("{sort}: there is no such sort of file"))),
    };
    let Some(folder) = arguments.get_one::<PathBuf>("into") else {
        print(&text(arguments.get_one::<String>("sort").map_or("", String::as_str))?)?;
        return Ok(status::OK);
    };
    let schemas = folder.join(".schemas");
    std::fs::create_dir_all(&schemas).with_context(|| schemas.display().to_string())?;
    let mut taplo = String::from(match lang {
        Lang::Zh => "# 编辑器（taplo）据此补全和检查规则文件。\n",
        Lang::En => "# Editors with taplo complete and check the files of rules from this.\n",
    });
    for sort in schema::SCHEMAS {
        let name = format!("{sort}.schema.json");
        output::write_file(&schemas.join(&name), |out| out.write_all(text(sort).unwrap_or_default().as_bytes()))?;
        let (include, exclude) = schema::files(sort);
        taplo.push_str(&format!(
            "\n[[rule]]\ninclude = {include:?}\nexclude = {exclude:?}\n[rule.schema]\npath = \"./.schemas/{name}\"\n"
        ));
    }
    output::write_file(&folder.join(".taplo.toml"), |out| out.write_all(taplo.as_bytes()))?;
    print(&format!("{}\n{}\n", schemas.display(), folder.join(".taplo.toml").display()))?;
    Ok(status::OK)
}

fn is_broken(faults: &[PackFault]) -> bool {
    faults.iter().any(|fault| fault.level == Level::Error)
}

fn print(text: &str) -> anyhow::Result<()> {
    output::write_stdout(|out| out.write_all(text.as_bytes()))
}

fn list(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    if arguments.get_one::<String>("format").is_some_and(|format| format == "markdown") {
        let (store, _, faults) = packs(arguments, lang)?;
        print(&render::rules::rule_table(&check::rules::coverage(&store), lang))?;
        return Ok(if is_broken(&faults) { status::NOT_RUN } else { status::OK });
    }
    let (store, packs, mut faults) = packs(arguments, lang)?;
    let (entries, more) = check::rules::list(&store, &packs, &[]);
    tell(arguments, &store, &more, lang)?;
    faults.extend(more);
    print(&match wants_json(arguments)? {
        true => render::rules::list_json(&entries),
        false => render::rules::list_text(&entries, lang, width()),
    })?;
    Ok(if is_broken(&faults) { status::NOT_RUN } else { status::OK })
}

fn explain(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let (store, packs, _) = packs(arguments, lang)?;
    let id = arguments.get_one::<String>("id").map_or("", String::as_str);
    let explanations = match check::rules::explain(&store, &packs, &[], id) {
        Ok(explanations) => explanations,
        Err(why) => bail!(complaint(why.zh, why.en)),
    };
    print(&match wants_json(arguments)? {
        true => render::rules::explain_json(&explanations),
        false => render::rules::explain_text(&explanations, lang, width()),
    })?;
    Ok(status::OK)
}

/// Prints the rules as queries; fails where one cannot be written as a query.
fn sql(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let (store, packs, _) = packs(arguments, lang)?;
    let parameters = options::parameters(arguments, &Config::load(arguments, lang)?, &store)?;
    let dialect = arguments.get_one::<String>("dialect").and_then(|name| Dialect::parse(name));
    let dialect = dialect.unwrap_or(Dialect::DuckDb);
    let folder = arguments.get_one::<String>("data").map_or("export", String::as_str);
    let wanted: Vec<&String> = arguments.get_many("id").into_iter().flatten().collect();
    let sql = check::rules::sql(&store, &packs, &parameters, dialect, folder, !arguments.get_flag("no-reasons"));
    tell(arguments, &store, &sql.faults, lang)?;
    let is_wanted = |id: &str| wanted.is_empty() || wanted.iter().any(|prefix| id.starts_with(prefix.as_str()));
    let queries: Vec<_> = sql.queries.iter().filter(|query| is_wanted(&query.rule)).collect();
    if queries.is_empty() {
        bail!(complaint("没有这样的规则", "there is no such rule"));
    }
    let mut text = String::new();
    if wants_json(arguments)? {
        let rules: Vec<serde_json::Value> = queries
            .iter()
            .map(|query| match &query.query {
                Ok(sql) => serde_json::json!({ "rule": &*query.rule, "sql": sql }),
                Err(problem) => serde_json::json!({ "rule": &*query.rule, "problem": problem }),
            })
            .collect();
        let document = serde_json::json!({
            "format": "taizhang-rules-sql",
            "version": 1,
            "dialect": dialect.name(),
            "load": sql.load,
            "rules": rules,
        });
        text += &(serde_json::to_string_pretty(&document)? + "\n");
    } else {
        text += &sql.load;
        for query in &queries {
            // Writing to a String cannot fail.
            let _ = match &query.query {
                Ok(sql) => writeln!(text, "\n-- {}\n{sql};", query.rule),
                Err(problem) => writeln!(text, "\n-- {}: {problem}", query.rule),
            };
        }
    }
    print(&text)?;
    let is_whole = queries.iter().all(|query| query.query.is_ok()) && !is_broken(&sql.faults);
    Ok(if is_whole { status::OK } else { status::NOT_RUN })
}

fn lint(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let config = Config::load(arguments, lang)?;
    let (store, loading) = options::store(arguments, &config)?;
    let faults = check::rules::lint(&store, &loading, options::today());
    print(&match wants_json(arguments)? {
        true => render::rules::faults_json(&faults),
        false if faults.is_empty() => match lang {
            Lang::Zh => "没有发现问题\n".to_owned(),
            Lang::En => "nothing found\n".to_owned(),
        },
        false => diagnostics(arguments, &store, &faults, lang)?,
    })?;
    Ok(if is_broken(&faults) { status::VIOLATIONS } else { status::OK })
}

/// Prints measure → rules → cases; fails where a measure that can be judged has no rule.
fn coverage(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let (store, packs, _) = packs(arguments, lang)?;
    let mut coverage = check::rules::coverage(&store);
    if !packs.is_empty() {
        coverage.packs.retain(|pack| packs.contains(&pack.id));
        coverage.measures.retain(|measure| packs.contains(&measure.measure.pack));
    }
    print(&match wants_json(arguments)? {
        true => render::rules::coverage_json(&coverage),
        false => render::rules::coverage_text(&coverage, lang, width()),
    })?;
    Ok(if coverage.uncovered().next().is_none() { status::OK } else { status::VIOLATIONS })
}

/// Runs the rules' own cases; fails where one does not come out as it says.
fn test(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let config = Config::load(arguments, lang)?;
    let (store, mut faults) = options::store(arguments, &config)?;
    let filter: Vec<String> = arguments.get_many::<String>("id").into_iter().flatten().cloned().collect();
    let (results, case_faults) = check::run_cases(&store, &filter);
    for id in &filter {
        if !results.iter().any(|result| result.case.rule.starts_with(id.as_str())) {
            output::say(&match lang {
                Lang::Zh => format!("没有编号以“{id}”开头的规则有用例"),
                Lang::En => format!("no rule whose id begins with `{id}` has a case"),
            });
        }
    }
    faults.extend(case_faults);
    let failed = results.iter().filter(|result| !result.passed()).count();
    let broken = faults.iter().any(|fault| fault.level == Level::Error);
    let text = match arguments.get_one::<String>("format").map(String::as_str) {
        None => {
            let places = RulePlaces::of(&config.paths(arguments, "rules"))?;
            as_text(&results, &faults, |file| places.shown(file), lang)
        }
        Some("json") => as_json(&results, &faults)?,
        Some(other) => bail!(only_json(other)),
    };
    output::write_stdout(|out| out.write_all(text.as_bytes()))?;
    Ok(match (results.is_empty() || broken, failed) {
        (true, _) => status::NOT_RUN,
        (false, 0) => status::OK,
        (false, _) => status::VIOLATIONS,
    })
}

fn as_text(results: &[CaseResult], faults: &[PackFault], shown: impl Fn(&str) -> String, lang: Lang) -> String {
    let mut text = String::new();
    for fault in faults {
        let file = if fault.file.is_empty() { String::new() } else { shown(&fault.file) };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", PackFault { file, ..fault.clone() }.told(lang));
        if let Some(help) = &fault.help {
            let _ = writeln!(text, "    {}", help.get(lang));
        }
    }
    for result in results.iter().filter(|result| !result.passed()) {
        let case = &result.case;
        let _ = writeln!(text, "✗ {} “{}”  {}:{}", case.rule, case.name, shown(&case.file), case.line);
        let (expected, got) = match lang {
            Lang::Zh => ("应为", "实为"),
            Lang::En => ("expected", "got"),
        };
        match &result.fault {
            Some(fault) => {
                let _ = writeln!(text, "    {fault}");
            }
            None => {
                let _ = writeln!(text, "    {expected} {}；{got} {}", result.expected(lang), result.counts(lang));
            }
        }
    }
    let passed = results.iter().filter(|result| result.passed()).count();
    let failed = results.len() - passed;
    let _ = match lang {
        Lang::Zh => writeln!(text, "用例 {} 个：通过 {passed}，未通过 {failed}", results.len()),
        Lang::En => writeln!(text, "{}: {passed} passed, {failed} failed", counted(results.len() as u64, "case")),
    };
    text
}

fn as_json(results: &[CaseResult], faults: &[PackFault]) -> anyhow::Result<String> {
    let cases: Vec<serde_json::Value> = results
        .iter()
        .map(|result| {
            let got: serde_json::Map<String, serde_json::Value> = Outcome::ALL
                .iter()
                .map(|outcome| (outcome.code().to_owned(), result.got.get(*outcome).into()))
                .collect();
            serde_json::json!({
                "rule": &*result.case.rule,
                "name": result.case.name,
                "file": &*result.case.file,
                "line": result.case.line,
                "passed": result.passed(),
                "got": got,
                "not_run": result.not_run,
                "fault": result.fault,
            })
        })
        .collect();
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let passed = results.iter().filter(|result| result.passed()).count();
    let document = serde_json::json!({
        "format": "taizhang-rules-test",
        "version": 1,
        "cases": cases,
        "passed": passed,
        "failed": results.len() - passed,
        "faults": faults,
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
