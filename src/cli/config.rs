//! `taizhang.toml`: found upwards from the working folder, checked, and shown with where each value came from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ArgMatches;
use clap::parser::ValueSource;
use serde::Deserialize;

use super::{output, status};
use crate::diag::line_and_column;
use crate::model::Lang;

/// Name of the file.
pub const FILE: &str = "taizhang.toml";

/// What the file may say; every key is optional.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    #[serde(default)]
    packs: Vec<String>,
    #[serde(default)]
    rules: Vec<PathBuf>,
    as_of: Option<toml::Value>,
    period: Option<String>,
    lang: Option<String>,
    each: Option<String>,
    complete: Option<bool>,
    fail_on: Option<String>,
    min_evaluated: Option<u64>,
    max_findings: Option<u64>,
    #[serde(default)]
    output: Vec<PathBuf>,
    map: Option<PathBuf>,
    encoding: Option<String>,
    show_personal_data: Option<bool>,
    #[serde(default)]
    parameters: BTreeMap<String, toml::Value>,
    #[serde(default)]
    ledgers: BTreeMap<String, String>,
    #[serde(default)]
    limits: BTreeMap<String, toml::Value>,
}

/// The keys with what they are for, in the order in which they are shown.
const KEYS: [(&str, &str, &str); 17] = [
    (
        "packs",
        "规则包，如 [\"shaanxi\"]；缺省按台账中的地区选择",
        "rule packs, such as [\"shaanxi\"]; by default chosen from the regions",
    ),
    ("rules", "追加或替换内置规则的文件夹", "folders of rules that add to or replace the built-in ones"),
    ("as_of", "核查日期，如 2023-12-31；缺省为今天", "review date, such as 2023-12-31; today by default"),
    (
        "period",
        "所属期，如 \"2023Q4\"，用于台账自身未注明的情况",
        "reporting period, such as \"2023Q4\", of ledgers that do not name one",
    ),
    ("lang", "输出语言：\"zh\" 或 \"en\"", "language of the output: \"zh\" or \"en\""),
    (
        "each",
        "逐个核查：\"file\" 或 \"folder\"；缺省合并核查",
        "judge each \"file\" or \"folder\" by itself; together by default",
    ),
    ("complete", "声明材料已齐：true 或 false", "declare that the material is complete: true or false"),
    (
        "fail_on",
        "达到该级别时退出码为 1：error、warning、advice、undetermined、never",
        "exit with 1 from this level on",
    ),
    ("min_evaluated", "至少应判定的数量", "results that must at least be judged"),
    ("max_findings", "每条规则最多列出的问题数", "findings listed for each rule"),
    ("output", "输出文件，如 [\"findings.xlsx\"]", "output files, such as [\"findings.xlsx\"]"),
    ("map", "列标题对应表", "mapping of headings to fields"),
    ("encoding", "文本文件的编码，如 \"GB18030\"", "encoding of text files, such as \"GB18030\""),
    ("show_personal_data", "不隐去个人信息：true 或 false", "do not mask personal data: true or false"),
    ("parameters", "参数（解释口径），写作 [parameters] \"名称\" = 值", "parameters, as [parameters] \"NAME\" = VALUE"),
    ("ledgers", "台账种类，写作 [ledgers] \"文件\" = \"种类\"", "ledger kinds, as [ledgers] \"FILE\" = \"KIND\""),
    ("limits", "读取上限，写作 [limits] 名称 = 数值", "bounds of reading, as [limits] NAME = NUMBER"),
];

/// The configuration in force: the file's values as the words of the options of the same names.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The file, where there is one.
    pub path: Option<PathBuf>,
    values: BTreeMap<&'static str, Vec<String>>,
}

impl Config {
    /// Looks for the file in `folder` and the folders above it.
    pub fn find(folder: &Path) -> anyhow::Result<Config> {
        match folder.ancestors().map(|folder| folder.join(FILE)).find(|path| path.is_file()) {
            Some(path) => Config::read(&path),
            None => Ok(Config::default()),
        }
    }

    fn read(path: &Path) -> anyhow::Result<Config> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("无法读取配置 {}（cannot read the configuration）", path.display()))?;
        let keys = parse(&text, path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let paths = |paths: Vec<PathBuf>| paths.iter().map(|path| folder.join(path).display().to_string()).collect();
        let one = |value: Option<String>| value.into_iter().collect::<Vec<String>>();
        let values = BTreeMap::from([
            ("pack", keys.packs),
            ("rules", paths(keys.rules)),
            ("as-of", one(keys.as_of.map(plain))),
            ("period", one(keys.period)),
            ("lang", one(keys.lang)),
            ("each", one(keys.each)),
            ("complete", one(keys.complete.map(|value| value.to_string()))),
            ("fail-on", one(keys.fail_on)),
            ("min-evaluated", one(keys.min_evaluated.map(|value| value.to_string()))),
            ("max-findings", one(keys.max_findings.map(|value| value.to_string()))),
            ("output", paths(keys.output)),
            ("map", paths(keys.map.into_iter().collect())),
            ("encoding", one(keys.encoding)),
            ("show-personal-data", one(keys.show_personal_data.map(|value| value.to_string()))),
            ("param", keys.parameters.into_iter().map(|(name, value)| format!("{name}={}", plain(value))).collect()),
            ("ledger", keys.ledgers.into_iter().map(|(file, kind)| format!("{file}={kind}")).collect()),
            ("limit", keys.limits.into_iter().map(|(name, value)| format!("{name}={}", plain(value))).collect()),
        ]);
        Ok(Config { path: Some(path.to_owned()), values })
    }

    /// The words of an option: those typed, else the environment's, else the file's. What is typed for `param`, `ledger`
    /// and `limit` comes first and the file's entries stay in force beside it.
    pub fn words(&self, arguments: &ArgMatches, option: &str) -> Vec<String> {
        let typed: Vec<String> = match arguments.try_get_raw(option) {
            Ok(Some(words)) if arguments.value_source(option) != Some(ValueSource::DefaultValue) => {
                words.map(|word| word.to_string_lossy().into_owned()).collect()
            }
            _ => Vec::new(),
        };
        let filed = self.values.get(option).cloned().unwrap_or_default();
        let adds_up = matches!(option, "param" | "ledger" | "limit");
        match (typed.is_empty(), adds_up) {
            (true, _) => filed,
            (false, true) => typed.into_iter().chain(filed).collect(),
            (false, false) => typed,
        }
    }

    /// The single word of an option.
    pub fn word(&self, arguments: &ArgMatches, option: &str) -> Option<String> {
        self.words(arguments, option).into_iter().next()
    }

    /// Whether a switch is on: typed, or set in the file.
    pub fn switch(&self, arguments: &ArgMatches, option: &str) -> bool {
        let typed = arguments.try_get_one::<bool>(option).ok().flatten().copied().unwrap_or(false);
        typed || self.values.get(option).is_some_and(|words| words.iter().any(|word| word == "true"))
    }
}

/// A TOML value as it would be typed.
fn plain(value: toml::Value) -> String {
    match value {
        toml::Value::String(text) => text,
        other => other.to_string(),
    }
}

fn parse(text: &str, path: &Path) -> anyhow::Result<Keys> {
    match toml::from_str(text) {
        Ok(keys) => Ok(keys),
        Err(error) => {
            let (line, column) = error.span().map_or((1, 1), |span| line_and_column(text, span.start));
            let mut message = format!("{}:{line}:{column}：{}", path.display(), error.message());
            let unknown = error.message().strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
            if let Some(unknown) = unknown {
                let nearest = KEYS
                    .iter()
                    .max_by(|a, b| strsim::jaro_winkler(a.0, unknown).total_cmp(&strsim::jaro_winkler(b.0, unknown)));
                if let Some((near, ..)) = nearest {
                    message.push_str(&format!("；是不是想写 {near}？（did you mean {near}?）"));
                }
            }
            bail!(message)
        }
    }
}

/// `taizhang config show`: what is in force and where it came from.
pub fn show(lang: Lang) -> anyhow::Result<u8> {
    let config = Config::find(&std::env::current_dir()?)?;
    let from = |file: bool| match (lang, file) {
        (Lang::Zh, true) => "配置文件",
        (Lang::En, true) => "file",
        (Lang::Zh, false) => "缺省",
        (Lang::En, false) => "default",
    };
    let mut text = match &config.path {
        Some(path) => format!("{}\n", path.display()),
        None if lang == Lang::Zh => format!("没有找到 {FILE}，全部为缺省值\n"),
        None => format!("no {FILE} was found; everything is at its default\n"),
    };
    for (key, zh, en) in KEYS {
        let option = option_of(key);
        let words = config.values.get(option.as_str()).cloned().unwrap_or_default();
        let value = if words.is_empty() { "—".to_owned() } else { words.join("、") };
        let about = if lang == Lang::Zh { zh } else { en };
        text.push_str(&format!("{key} = {value}  [{}]  # {about}\n", from(!words.is_empty())));
    }
    output::write_stdout(|out| out.write_all(text.as_bytes()))?;
    Ok(status::OK)
}

/// The command line option that a key stands for.
fn option_of(key: &str) -> String {
    match key {
        "packs" => "pack".to_owned(),
        "parameters" => "param".to_owned(),
        "ledgers" => "ledger".to_owned(),
        "limits" => "limit".to_owned(),
        other => other.replace('_', "-"),
    }
}

/// `taizhang init`: writes a starter in which every key stands as a comment.
pub fn init(lang: Lang) -> anyhow::Result<u8> {
    let path = Path::new(FILE);
    if path.exists() {
        bail!("{FILE} 已存在，未改动（exists and was left alone）");
    }
    let mut text = match lang {
        Lang::Zh => "# taizhang 的配置。去掉行首的 # 即生效；命令行选项优先于此处。\n\n".to_owned(),
        Lang::En => "# Configuration of taizhang. Remove a leading # to set a value; options on the command line come first.\n\n".to_owned(),
    };
    for (key, zh, en) in KEYS {
        text.push_str(&format!("# {}\n", if lang == Lang::Zh { zh } else { en }));
        text.push_str(&match key {
            "packs" => "# packs = [\"shaanxi\"]\n\n".to_owned(),
            "rules" => "# rules = [\"rules-local\"]\n\n".to_owned(),
            "as_of" => "# as_of = 2023-12-31\n\n".to_owned(),
            "period" => "# period = \"2023Q4\"\n\n".to_owned(),
            "lang" => "# lang = \"zh\"\n\n".to_owned(),
            "each" => "# each = \"file\"\n\n".to_owned(),
            "complete" | "show_personal_data" => format!("# {key} = false\n\n"),
            "fail_on" => "# fail_on = \"error\"\n\n".to_owned(),
            "min_evaluated" => "# min_evaluated = 1\n\n".to_owned(),
            "max_findings" => "# max_findings = 1000\n\n".to_owned(),
            "output" => "# output = [\"findings.xlsx\"]\n\n".to_owned(),
            "map" => "# map = \"map.toml\"\n\n".to_owned(),
            "encoding" => "# encoding = \"GB18030\"\n\n".to_owned(),
            "parameters" => "# [parameters]\n# \"高龄起点年龄\" = 80\n\n".to_owned(),
            "limits" => "# [limits]\n# columns = 16384\n".to_owned(),
            _ => "# [ledgers]\n# \"值守.xlsx\" = \"duty-roster\"\n\n".to_owned(),
        });
    }
    output::write_file(path, |out| out.write_all(text.as_bytes()))?;
    output::write_stdout(|out| writeln!(out, "{FILE}"))?;
    Ok(status::OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_found_upwards_and_its_paths_are_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("甲/乙");
        std::fs::create_dir_all(&inner).unwrap();
        let text = "packs = [\"shaanxi\"]\nas_of = 2023-12-31\noutput = [\"结果.xlsx\"]\n[parameters]\n\"高龄起点年龄\" = 75\n";
        std::fs::write(folder.path().join(FILE), text).unwrap();
        let config = Config::find(&inner).unwrap();
        assert_eq!(config.values["pack"], ["shaanxi"]);
        assert_eq!(config.values["as-of"], ["2023-12-31"]);
        assert_eq!(config.values["param"], ["高龄起点年龄=75"]);
        assert_eq!(config.values["output"], [folder.path().join("结果.xlsx").display().to_string()]);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place_and_a_suggestion() {
        let error = parse("packs = []\nfailon = \"error\"\n", Path::new("taizhang.toml")).unwrap_err().to_string();
        assert!(error.starts_with("taizhang.toml:2:1"), "{error}");
        assert!(error.contains("fail_on"), "{error}");
    }

    #[test]
    fn every_key_is_documented() {
        let all: String = KEYS
            .iter()
            .map(|(key, ..)| match *key {
                "parameters" | "ledgers" | "limits" => String::new(),
                "packs" | "rules" | "output" => format!("{key} = []\n"),
                "complete" | "show_personal_data" => format!("{key} = true\n"),
                "min_evaluated" | "max_findings" => format!("{key} = 1\n"),
                _ => format!("{key} = \"x\"\n"),
            })
            .collect();
        parse(&all, Path::new("x")).unwrap();
    }
}
