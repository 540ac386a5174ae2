//! `taizhang.toml`: found upwards from the working folder, checked, and asked together with the command line.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::ArgMatches;
use clap::parser::ValueSource;
use serde::Deserialize;
use toml::de::{DeTable, Deserializer};

use super::complaint::{Complaint, about, complaint, list};
use super::keys::KEYS;
use super::options;
use crate::diag::{Level, PackFault, line_and_column, toml_detail, toml_help};
use crate::finding::Entry;
use crate::model::{Lang, Localized};
use crate::render;

/// Name of the file.
pub const FILE: &str = "taizhang.toml";

/// What the file may say; every key is optional.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    #[serde(default)]
    packs: Vec<String>,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    roster: Vec<String>,
    as_of: Option<toml::Value>,
    period: Option<String>,
    lang: Option<String>,
    each: Option<String>,
    complete: Option<bool>,
    #[serde(default)]
    output: Vec<String>,
    status: Option<String>,
    summary: Option<String>,
    since_manifest: Option<String>,
    previous: Option<String>,
    fail_on: Option<String>,
    min_evaluated: Option<u64>,
    max_findings: Option<u64>,
    map: Option<String>,
    encoding: Option<String>,
    jobs: Option<u16>,
    show_personal_data: Option<bool>,
    #[serde(default)]
    parameters: BTreeMap<String, toml::Value>,
    #[serde(default)]
    ledgers: BTreeMap<String, String>,
    #[serde(default)]
    limits: BTreeMap<String, toml::Value>,
    #[serde(default)]
    headings: BTreeMap<String, String>,
    #[serde(default)]
    waiver: Vec<Waiver>,
}

/// A finding that is accepted for a reason until a day.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Waiver {
    finding: String,
    #[serde(default)]
    reason: String,
    until: toml::Value,
    #[serde(default)]
    responsible: String,
}

/// What the file says for one option.
#[derive(Clone, Debug, Default)]
struct Filed {
    words: Vec<String>,
    line: u32,
    /// Where each value stands in the text, in the order of the file's list or the names of its table.
    spans: Vec<Range<usize>>,
}

/// Where the value of an option came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    Flag,
    /// The line of the file.
    File(u32),
    Environment,
    Default,
}

/// The configuration in force: the file's values as the words of the options of the same names.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The file, where there is one.
    pub path: Option<PathBuf>,
    /// Fields by heading.
    pub headings: Vec<(String, String)>,
    values: BTreeMap<&'static str, Filed>,
    waivers: Vec<Waiver>,
    /// The text of the file, for what is wrong with it.
    text: String,
}

impl Config {
    /// The file that `--config` or `TAIZHANG_CONFIG` names, none with `--no-config`, else the one that is found.
    pub fn load(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<Config> {
        let config = match arguments.get_one::<PathBuf>("config") {
            _ if arguments.get_flag("no-config") => Config::default(),
            Some(path) => Config::read(path, lang)?,
            None => {
                let folder = std::env::current_dir().map_err(|error| {
                    complaint("无法确定当前文件夹", "the working folder cannot be told").because(error)
                })?;
                Config::find(&folder, lang)?
            }
        };
        config.lang(arguments)?;
        Ok(config)
    }

    /// The language of a command, from its arguments and the configuration; where that cannot be read, `lang`, the one of
    /// the arguments.
    pub fn language(arguments: &ArgMatches, lang: Lang) -> Lang {
        Config::load(arguments, lang).and_then(|config| config.lang(arguments)).unwrap_or(lang)
    }

    /// Looks for the file in `folder` and the folders above it.
    fn find(folder: &Path, lang: Lang) -> anyhow::Result<Config> {
        match folder.ancestors().map(|folder| folder.join(FILE)).find(|path| path.is_file()) {
            Some(path) => Config::read(&path, lang),
            None => Ok(Config::default()),
        }
    }

    fn read(path: &Path, lang: Lang) -> anyhow::Result<Config> {
        let text = options::small_text(path)
            .map_err(|error| complaint("无法读取配置", "the configuration cannot be read").because(error))?;
        Config::parse(&text, path, lang)
    }

    fn parse(text: &str, path: &Path, lang: Lang) -> anyhow::Result<Config> {
        let (root, errors) = DeTable::parse_recoverable(text);
        // Chinese words may stand as keys without quotes, as in the rule packs.
        let error = errors.into_iter().find(|error| !is_bare_word(text, error));
        let lines: BTreeMap<String, u32> = root
            .get_ref()
            .iter()
            .map(|(key, _)| (key.get_ref().to_string(), line_and_column(text, key.span().start).0))
            .collect();
        let spans: BTreeMap<String, Vec<Range<usize>>> =
            root.get_ref().iter().map(|(key, value)| (key.get_ref().to_string(), spans(value))).collect();
        let keys = match error {
            Some(error) => Err(error),
            None => Keys::deserialize(Deserializer::from(root)),
        };
        let keys = keys.map_err(|error| anyhow::anyhow!(explain(text, path, &error, lang)))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let paths = |paths: Vec<String>| -> Vec<String> { paths.iter().map(|path| beside(folder, path)).collect() };
        let one = |value: Option<String>| value.into_iter().collect::<Vec<String>>();
        let path_of = |value: Option<String>| paths(value.into_iter().collect());
        let number = |value: Option<u64>| one(value.map(|value| value.to_string()));
        let switch = |value: Option<bool>| one(value.map(|value| value.to_string()));
        let entries = [
            ("packs", keys.packs),
            ("rules", paths(keys.rules)),
            ("roster", paths(keys.roster)),
            ("as_of", one(keys.as_of.map(plain))),
            ("period", one(keys.period)),
            ("lang", one(keys.lang)),
            ("each", one(keys.each)),
            ("complete", switch(keys.complete)),
            ("output", paths(keys.output)),
            ("status", path_of(keys.status)),
            ("summary", one(keys.summary)),
            ("since_manifest", path_of(keys.since_manifest)),
            ("previous", path_of(keys.previous)),
            ("fail_on", one(keys.fail_on)),
            ("min_evaluated", number(keys.min_evaluated)),
            ("max_findings", number(keys.max_findings)),
            ("map", path_of(keys.map)),
            ("encoding", one(keys.encoding)),
            ("jobs", number(keys.jobs.map(u64::from))),
            ("show_personal_data", switch(keys.show_personal_data)),
            (
                "parameters",
                keys.parameters.into_iter().map(|(name, value)| format!("{name}={}", plain(value))).collect(),
            ),
            ("ledgers", keys.ledgers.into_iter().map(|(file, kind)| format!("{file}={kind}")).collect()),
            ("limits", keys.limits.into_iter().map(|(name, value)| format!("{name}={}", plain(value))).collect()),
        ];
        let mut values = BTreeMap::new();
        for (name, words) in entries {
            if let Some(key) = KEYS.iter().find(|key| key.name == name)
                && !words.is_empty()
            {
                let line = lines.get(name).copied().unwrap_or(1);
                values.insert(key.option, Filed { words, line, spans: spans.get(name).cloned().unwrap_or_default() });
            }
        }
        Ok(Config {
            path: Some(path.to_owned()),
            headings: keys.headings.into_iter().collect(),
            values,
            waivers: keys.waiver,
            text: text.to_owned(),
        })
    }

    /// The words of an option: those typed, else the environment's, else the file's. What is typed for `param`, `ledger`
    /// and `limit` comes first and the file's entries stay in force beside it.
    pub fn words(&self, arguments: &ArgMatches, option: &str) -> Vec<String> {
        self.raw(arguments, option).into_iter().map(|word| word.to_string_lossy().into_owned()).collect()
    }

    /// The words of an option as paths, whose names need not be Unicode.
    pub fn paths(&self, arguments: &ArgMatches, option: &str) -> Vec<PathBuf> {
        self.raw(arguments, option).into_iter().map(PathBuf::from).collect()
    }

    /// The words of an option on the command line or in the environment.
    fn typed(&self, arguments: &ArgMatches, option: &str) -> Vec<OsString> {
        match arguments.try_get_raw(option) {
            Ok(Some(words)) if arguments.value_source(option) != Some(ValueSource::DefaultValue) => {
                words.map(OsString::from).collect()
            }
            _ => Vec::new(),
        }
    }

    fn raw(&self, arguments: &ArgMatches, option: &str) -> Vec<OsString> {
        let typed = self.typed(arguments, option);
        let filed = self.values.get(option).into_iter().flat_map(|filed| &filed.words).map(OsString::from);
        let adds_up = matches!(option, "param" | "ledger" | "limit");
        match (typed.is_empty(), adds_up) {
            (true, _) => filed.collect(),
            (false, true) => typed.into_iter().chain(filed).collect(),
            (false, false) => typed,
        }
    }

    /// That a word of an option is wrong, and why, with the place where it was said: the flag, the variable, or line and
    /// column of the file.
    pub fn wrong(&self, arguments: &ArgMatches, option: &str, word: &str, why: Localized) -> Complaint {
        let filed = self.values.get(option);
        let place = filed.and_then(|filed| Some((filed, filed.words.iter().position(|filed| filed == word)?)));
        match (self.source(arguments, option), place, &self.path) {
            // What is typed beside the file's entries comes first.
            (Source::Flag, ..) if self.typed(arguments, option).iter().any(|typed| typed.to_string_lossy() == word) => {
                about(&format!("--{option} {word}"), &why)
            }
            (Source::Environment, ..) => {
                let variable = options::variable(option);
                complaint(
                    format!("环境变量 {variable}={word}：{}", why.zh),
                    format!("the environment variable {variable}={word}: {}", why.en),
                )
            }
            (_, Some((filed, position)), Some(path)) => {
                let span = filed.spans.get(position).cloned().unwrap_or_default();
                let told = |lang| refused(&self.text, path, "bad-value", span.clone(), (why.clone(), None), lang);
                complaint(told(Lang::Zh), told(Lang::En))
            }
            _ => about(&format!("{option} = {word}"), &why),
        }
    }

    /// That the value of an option is none of the words that it takes.
    pub fn one_of(&self, arguments: &ArgMatches, option: &str, word: &str, known: &[&str]) -> Complaint {
        let (zh, en) = (list(known, Lang::Zh), list(known, Lang::En));
        let why = Localized::new(format!("只能是 {zh}"), format!("must be one of {en}"));
        self.wrong(arguments, option, word, why)
    }

    /// The single word of an option.
    pub fn word(&self, arguments: &ArgMatches, option: &str) -> Option<String> {
        self.words(arguments, option).into_iter().next()
    }

    /// The single path of an option.
    pub fn path(&self, arguments: &ArgMatches, option: &str) -> Option<PathBuf> {
        self.paths(arguments, option).into_iter().next()
    }

    /// Whether a switch is on: typed, or set in the file.
    pub fn switch(&self, arguments: &ArgMatches, option: &str) -> bool {
        let typed = arguments.try_get_one::<bool>(option).ok().flatten().copied().unwrap_or(false);
        typed || self.values.get(option).is_some_and(|filed| filed.words.iter().any(|word| word == "true"))
    }

    /// Where the value of an option came from.
    pub fn source(&self, arguments: &ArgMatches, option: &str) -> Source {
        // An option that this command does not have was not given.
        let known = arguments.try_contains_id(option).unwrap_or(false);
        match known.then(|| arguments.value_source(option)).flatten() {
            Some(ValueSource::CommandLine) => Source::Flag,
            Some(ValueSource::EnvVariable) => Source::Environment,
            _ => match self.values.get(option) {
                Some(filed) => Source::File(filed.line),
                None => Source::Default,
            },
        }
    }

    /// The language of all that the command says: typed, from the environment, or from the file.
    fn lang(&self, arguments: &ArgMatches) -> anyhow::Result<Lang> {
        match self.word(arguments, "lang").as_deref() {
            Some("en") => Ok(Lang::En),
            Some("zh") | None => Ok(Lang::Zh),
            Some(other) => bail!(self.one_of(arguments, "lang", other, &["zh", "en"])),
        }
    }

    /// The waivers as what people write beside findings, by fingerprint.
    pub fn waivers(&self) -> BTreeMap<String, Entry> {
        let entry = |waiver: &Waiver| {
            let entry = Entry {
                explanation: waiver.reason.clone(),
                responsible: waiver.responsible.clone(),
                waived_until: plain(waiver.until.clone()),
                ..Entry::default()
            };
            (waiver.finding.clone(), entry)
        };
        self.waivers.iter().map(entry).collect()
    }
}

/// A path of the file, which counts from the folder of the file. One that was written with `\` on another system is
/// understood where the name as it stands does not exist.
fn beside(folder: &Path, path: &str) -> String {
    let written = folder.join(path);
    let slashed = folder.join(path.replace('\\', "/"));
    let chosen = if !cfg!(windows) && path.contains('\\') && !written.exists() { slashed } else { written };
    chosen.display().to_string()
}

/// A TOML value as it would be typed.
fn plain(value: toml::Value) -> String {
    match value {
        toml::Value::String(text) => text,
        other => other.to_string(),
    }
}

fn is_bare_word(text: &str, error: &toml::de::Error) -> bool {
    let key = error.span().and_then(|span| text.get(span)).unwrap_or("");
    error.message().starts_with("invalid unquoted key")
        && !key.is_empty()
        && key.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}

/// The fault of the file with its line and what to write instead.
fn explain(text: &str, path: &Path, error: &toml::de::Error, lang: Lang) -> String {
    let span: Range<usize> = error.span().unwrap_or(0..0);
    let line = line_and_column(text, span.start).0;
    let detail = error.message();
    let told = toml_detail(detail);
    let unknown = detail.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
    let (code, message, help) = match unknown {
        Some(unknown) => {
            let near = |key: &str| strsim::jaro_winkler(key, unknown);
            let nearest = KEYS.iter().map(|key| key.name).max_by(|a, b| near(a).total_cmp(&near(b)));
            let nearest = nearest.filter(|key| near(key) > 0.7);
            (
                "unknown-key",
                Localized::new(format!("没有“{unknown}”这个配置项"), format!("there is no key `{unknown}`")),
                Some(match nearest {
                    Some(key) => Localized::new(format!("是不是想写 {key}？"), format!("did you mean {key}?")),
                    None => Localized::new("全部配置项见 taizhang config show", "taizhang config show lists all keys"),
                }),
            )
        }
        None if detail.contains("escape") => (
            "syntax",
            Localized::new(format!("TOML 语法错误：{}", told.zh), format!("TOML syntax: {}", told.en)),
            Some(Localized::new(
                r"Windows 路径请用单引号，如 'D:\台账\规则'",
                r"write Windows paths in single quotes, such as 'D:\ledgers\rules'",
            )),
        ),
        None => (
            "bad-value",
            Localized::new(format!("无法理解：{}", told.zh), format!("cannot be understood: {}", told.en)),
            text.lines().nth(line.saturating_sub(1) as usize).and_then(|line| toml_help(line).or_else(|| sample(line))),
        ),
    };
    refused(text, path, code, span, (message, help), lang)
}

/// How the key of this line is written.
fn sample(line: &str) -> Option<Localized> {
    let name = line.split_once('=')?.0.trim();
    let sample = KEYS.iter().find(|key| key.name == name)?.sample;
    Some(Localized::new(format!("如 {sample}"), format!("such as {sample}")))
}

/// Where each value of a key stands: the value itself, or those of its list or table, a table's by name.
fn spans(value: &toml::Spanned<toml::de::DeValue<'_>>) -> Vec<Range<usize>> {
    match value.get_ref() {
        toml::de::DeValue::Array(list) => list.iter().map(toml::Spanned::span).collect(),
        toml::de::DeValue::Table(table) => {
            let mut entries: Vec<(&str, Range<usize>)> = table
                .iter()
                .map(|(name, value)| (name.get_ref().as_ref(), name.span().start..value.span().end))
                .collect();
            entries.sort_by_key(|(name, _)| *name);
            entries.into_iter().map(|(_, span)| span).collect()
        }
        _ => vec![value.span()],
    }
}

/// A fault of the file as the user is told of it, with the line and a mark under what is wrong.
fn refused(
    text: &str,
    path: &Path,
    code: &'static str,
    span: Range<usize>,
    (message, help): (Localized, Option<Localized>),
    lang: Lang,
) -> String {
    let (line, column) = line_and_column(text, span.start);
    let file = path.display().to_string();
    let fault = PackFault { level: Level::Error, code, file, span, line, column, message, help };
    let diagnostic = render::diagnostics::diagnostic(&fault, Some(text), lang);
    match lang {
        Lang::Zh => format!("配置文件有误\n{}", diagnostic.trim_end()),
        Lang::En => format!("the configuration is at fault\n{}", diagnostic.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> anyhow::Result<Config> {
        Config::parse(text, Path::new("taizhang.toml"), Lang::Zh)
    }

    #[test]
    fn the_file_is_found_upwards_and_its_paths_are_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("甲/乙");
        std::fs::create_dir_all(&inner).unwrap();
        let text = "\u{feff}packs = [\"shaanxi\"]\r\nas_of = 2023-12-31\r\noutput = [\"结果.xlsx\"]\r\n[parameters]\r\n高龄起点年龄 = 75\r\n";
        std::fs::write(folder.path().join(FILE), text).unwrap();
        let config = Config::find(&inner, Lang::Zh).unwrap();
        assert_eq!(config.values["pack"].words, ["shaanxi"]);
        assert_eq!(config.values["as-of"].words, ["2023-12-31"]);
        assert_eq!(config.values["param"].words, ["高龄起点年龄=75"]);
        assert_eq!(config.values["output"].words, [folder.path().join("结果.xlsx").display().to_string()]);
        assert_eq!(config.values["as-of"].line, 2);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place_and_a_suggestion() {
        let error = parse("packs = []\nfailon = \"error\"\n").unwrap_err().to_string();
        assert!(error.contains("taizhang.toml:2:1"), "{error}");
        assert!(error.contains("fail_on"), "{error}");
    }

    #[test]
    fn a_windows_path_in_double_quotes_is_explained() {
        let error = parse("rules = [\"D:\\规则\"]\n").unwrap_err().to_string();
        assert!(error.contains("单引号"), "{error}");
        assert_eq!(parse("rules = ['D:\\规则']\n").unwrap().values["rules"].words.len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_relative_path_with_backslashes_is_found_on_other_systems() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("配置/规则")).unwrap();
        assert_eq!(beside(folder.path(), "配置\\规则"), folder.path().join("配置/规则").display().to_string());
    }

    #[test]
    fn every_sample_is_right_and_sets_its_key() {
        let all: String = KEYS.iter().map(|key| format!("{}\n", key.sample)).collect();
        let config = parse(&all).unwrap();
        for key in KEYS {
            let set = match key.name {
                "headings" => !config.headings.is_empty(),
                "waiver" => !config.waivers.is_empty(),
                _ => config.values.contains_key(key.option),
            };
            assert!(set, "{}", key.name);
        }
    }

    #[test]
    fn hostile_files_are_refused_with_a_message() {
        let deep = format!("a = {}1{}", "[".repeat(5000), "]".repeat(5000));
        let long = format!("packs = [{}]", "\"x\", ".repeat(100_000));
        for text in ["packs = 3", "packs = [", "= 1", "jobs = -1", "jobs = 99999999", "[[packs]]\na = 1", "\0", &deep] {
            assert!(parse(text).is_err(), "{}", text.chars().take(20).collect::<String>());
        }
        assert!(parse(&long).is_ok());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        std::fs::write(&path, [0xff, 0xfe, b'a']).unwrap();
        assert!(format!("{:#}", Config::read(&path, Lang::Zh).unwrap_err()).contains("UTF-8"));
        std::fs::write(&path, vec![b'#'; 9 << 20]).unwrap();
        assert!(Config::read(&path, Lang::Zh).is_err());
        assert!(Config::read(folder.path(), Lang::Zh).is_err());
    }
}
