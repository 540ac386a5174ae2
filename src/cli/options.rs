//! Makes typed options of the words that the commands share.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::complaint::{complaint, list};
use super::config::Config;
use anyhow::{Context, bail};
use clap::ArgMatches;

use crate::check::{CheckOptions, Each};
use crate::diag::PackFault;
use crate::map::UserMapping;
use crate::model::{Date, Lang, Localized, Period};
use crate::pack::{LedgerKind, Store, builtin, with_files};
use crate::read::{Limits, ReadOptions, is_encoding};

/// Options that may stand in the environment, with the names of the variables.
pub const VARIABLES: &[(&str, &str)] = &[
    ("lang", "TAIZHANG_LANG"),
    ("config", "TAIZHANG_CONFIG"),
    ("rules", "TAIZHANG_RULES"),
    ("pack", "TAIZHANG_PACK"),
    ("as-of", "TAIZHANG_AS_OF"),
    ("period", "TAIZHANG_PERIOD"),
    ("output", "TAIZHANG_OUTPUT"),
    ("fail-on", "TAIZHANG_FAIL_ON"),
    ("summary", "TAIZHANG_SUMMARY"),
    ("jobs", "TAIZHANG_JOBS"),
    ("password", "TAIZHANG_PASSWORD"),
];

/// The variable of an option; empty where it has none.
pub fn variable(option: &str) -> &'static str {
    VARIABLES.iter().find(|(name, _)| *name == option).map_or("", |(_, variable)| variable)
}

/// The packs: the built-in ones, with the folders of `--rules` added.
pub fn store(arguments: &ArgMatches, config: &Config) -> anyhow::Result<(Store, Vec<PackFault>)> {
    let files = rule_files(&config.paths(arguments, "rules"))?;
    Ok(if files.is_empty() { builtin() } else { with_files(files) })
}

/// Path inside the folder and text of every rule file of the folders.
pub fn rule_files(folders: &[PathBuf]) -> anyhow::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for folder in folders {
        toml_files(folder, folder, &mut files).map_err(|error| {
            let folder = folder.display();
            complaint(format!("无法读取规则文件夹 {folder}"), format!("the folder of rules {folder} cannot be read"))
                .because(error)
        })?;
    }
    Ok(files)
}

/// The paths of the rule files as one can open them, by their paths inside the packs; the last folder that has a file of
/// a path is the one that counts.
pub struct RulePlaces(BTreeMap<String, String>);

impl RulePlaces {
    pub fn of(folders: &[PathBuf]) -> anyhow::Result<RulePlaces> {
        let mut places = BTreeMap::new();
        for folder in folders {
            let shown = |inside: &str| (inside.to_owned(), folder.join(inside).display().to_string());
            places.extend(rule_files(std::slice::from_ref(folder))?.iter().map(|(inside, _)| shown(inside)));
        }
        Ok(RulePlaces(places))
    }

    /// The path of the file, in the folder of the user or among the built-in ones.
    pub fn shown(&self, inside: &str) -> String {
        self.0.get(inside).cloned().unwrap_or_else(|| format!("rules/{inside}"))
    }
}

/// The text of a file that people write by hand, without the mark that some editors put before it.
pub fn small_text(path: &Path) -> anyhow::Result<String> {
    const LONGEST: u64 = 8 << 20;
    let shown = path.display();
    let metadata = path.metadata().with_context(|| shown.to_string())?;
    if !metadata.is_file() || metadata.len() > LONGEST {
        bail!(complaint(
            format!("{shown}：不是普通文本文件，或者过大"),
            format!("{shown}: is no ordinary text file, or too large")
        ));
    }
    let Ok(text) = String::from_utf8(std::fs::read(path).with_context(|| shown.to_string())?) else {
        bail!(complaint(
            format!("{shown}：不是 UTF-8 文本，请另存为 UTF-8"),
            format!("{shown}: is not UTF-8 text; save it as UTF-8")
        ));
    };
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn toml_files(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) -> anyhow::Result<()> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        // What begins with a dot is for other programs: editors, version control.
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            continue;
        }
        if path.is_dir() {
            // A link may lead back up, or anywhere.
            if !path.is_symlink() {
                toml_files(root, &path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            let text = small_text(&path)?;
            let inside = path.strip_prefix(root).unwrap_or(&path);
            let name: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            files.push((name.join("/"), text));
        }
    }
    Ok(())
}

/// `NAME=VALUE` as name and value.
fn pair(text: &str) -> Result<(&str, &str), Localized> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    pair.ok_or_else(|| Localized::new("应写成 名称=值", "write it as NAME=VALUE"))
}

/// The packs that were asked for; empty where none was.
pub fn packs(arguments: &ArgMatches, config: &Config, store: &Store) -> anyhow::Result<Vec<Arc<str>>> {
    let mut packs: Vec<Arc<str>> = Vec::new();
    for id in config.words(arguments, "pack") {
        if store.packs().iter().all(|pack| *pack.info.id != *id) {
            let known: Vec<&str> = store.packs().iter().map(|pack| &*pack.info.id).collect();
            bail!(config.wrong(arguments, "pack", &id, none_of("没有这个规则包", "there is no such pack", &known)));
        }
        packs.push(id.into());
    }
    Ok(packs)
}

/// Findings that are listed for each rule where nothing else is said: more than anybody reads, and few enough that a
/// ledger in which every row is at fault does not fill the memory.
pub const MOST_FINDINGS: usize = 100_000;

/// The options of reading and judging, checked.
pub fn check_options(arguments: &ArgMatches, config: &Config, store: &Store) -> anyhow::Result<CheckOptions> {
    Ok(CheckOptions {
        as_of: as_of(arguments, config)?,
        period: period(arguments, config)?,
        packs: packs(arguments, config, store)?,
        parameters: parameters(arguments, config, store)?,
        kinds: kinds(arguments, config, store)?,
        complete: config.switch(arguments, "complete"),
        max_findings: Some(number(arguments, config, "max-findings")?.unwrap_or(MOST_FINDINGS)),
        each: each(arguments, config)?,
        companions: config.paths(arguments, "roster"),
        keep_owners: false,
        read: ReadOptions {
            encoding: encoding(arguments, config)?,
            password: config.word(arguments, "password"),
            limits: limits(arguments, config)?,
        },
        mapping: mapping(arguments, config)?,
        arguments: command_line(),
        ..CheckOptions::default()
    })
}

/// What is wrong with the words of an option, wherever they were said; options whose words cannot be wrong have none.
pub fn fault(option: &str, arguments: &ArgMatches, config: &Config, store: &Store) -> Option<anyhow::Error> {
    match option {
        "as-of" => as_of(arguments, config).err(),
        "period" => period(arguments, config).err(),
        "pack" => packs(arguments, config, store).err(),
        "ledger" => kinds(arguments, config, store).err(),
        "param" => parameters(arguments, config, store).err(),
        "limit" => limits(arguments, config).err(),
        "each" => each(arguments, config).err(),
        "encoding" => encoding(arguments, config).err(),
        "map" => mapping(arguments, config).err(),
        "max-findings" | "min-evaluated" => number::<u64>(arguments, config, option).err(),
        "jobs" => jobs(arguments, config).err(),
        _ => None,
    }
}

fn as_of(arguments: &ArgMatches, config: &Config) -> anyhow::Result<Date> {
    let Some(text) = config.word(arguments, "as-of") else { return Ok(today()) };
    let why = || Localized::new("不是日期，应写成 2023-12-31", "is no date; write 2023-12-31");
    Ok(Date::parse_iso(&text).ok_or_else(|| config.wrong(arguments, "as-of", &text, why()))?)
}

fn period(arguments: &ArgMatches, config: &Config) -> anyhow::Result<Option<Period>> {
    let Some(text) = config.word(arguments, "period") else { return Ok(None) };
    let why = || {
        Localized::new(
            "不是所属期，可写 2023Q4、2023H2、2023、2023-11",
            "is no period; write 2023Q4, 2023H2, 2023 or 2023-11",
        )
    };
    Ok(Some(Period::parse(&text).ok_or_else(|| config.wrong(arguments, "period", &text, why()))?))
}

fn each(arguments: &ArgMatches, config: &Config) -> anyhow::Result<Each> {
    Ok(match config.word(arguments, "each").as_deref() {
        Some("file") => Each::File,
        Some("folder") => Each::Folder,
        Some(other) => bail!(config.one_of(arguments, "each", other, &["file", "folder"])),
        None => Each::Together,
    })
}

/// The ledger kinds that are set: the end of a file's path, and the kind.
fn kinds(arguments: &ArgMatches, config: &Config, store: &Store) -> anyhow::Result<Vec<(String, Arc<str>)>> {
    let base = store.base();
    let mut kinds = Vec::new();
    for given in config.words(arguments, "ledger") {
        let wrong = |why| config.wrong(arguments, "ledger", &given, why);
        let Some((file, kind)) = given.rsplit_once('=').filter(|(file, _)| !file.is_empty()) else {
            bail!(wrong(Localized::new("应写成 文件=种类", "write it as FILE=KIND")));
        };
        let Some(known) =
            base.kinds.iter().find(|known| known.made.is_none() && (*known.id == *kind || known.name.zh == kind))
        else {
            bail!(wrong(no_such_kind(base.kinds.iter().filter(|kind| kind.made.is_none()))));
        };
        // A configuration may have been written on another system.
        let file = if cfg!(windows) { file.to_owned() } else { file.replace('\\', "/") };
        kinds.push((file, known.id.clone()));
    }
    Ok(kinds)
}

fn encoding(arguments: &ArgMatches, config: &Config) -> anyhow::Result<Option<String>> {
    let Some(name) = config.word(arguments, "encoding") else { return Ok(None) };
    let why = || {
        Localized::new(
            "没有这种编码，可写 UTF-8、GB18030、Big5、UTF-16LE",
            "there is no such encoding; write UTF-8, GB18030, Big5 or UTF-16LE",
        )
    };
    if !is_encoding(&name) {
        bail!(config.wrong(arguments, "encoding", &name, why()));
    }
    Ok(Some(name))
}

/// The bounds of reading. What comes first was typed and outweighs what the file says.
fn limits(arguments: &ArgMatches, config: &Config) -> anyhow::Result<Limits> {
    let mut limits = Limits::default();
    for given in config.words(arguments, "limit").iter().rev() {
        set_limit(&mut limits, given).map_err(|why| config.wrong(arguments, "limit", given, why))?;
    }
    Ok(limits)
}

fn set_limit(limits: &mut Limits, given: &str) -> Result<(), Localized> {
    let (name, number) = pair(given)?;
    if Limits::names().all(|known| known != name) {
        let known: Vec<&str> = Limits::names().collect();
        return Err(none_of("没有这个上限", "there is no such bound", &known));
    }
    match bytes(number) {
        Some(number) if limits.set(name, number) => Ok(()),
        _ => Err(Localized::new(
            "数值应为正整数，可带 K、M、G",
            "write a whole number above 0, with K, M or G where wanted",
        )),
    }
}

/// How many threads are asked for.
pub fn jobs(arguments: &ArgMatches, config: &Config) -> anyhow::Result<Option<usize>> {
    let jobs = number::<u16>(arguments, config, "jobs")?;
    if jobs == Some(0) {
        let why = Localized::new(
            "至少为 1；不设则与处理器数相同",
            "must be at least 1; without it there is one for each processor",
        );
        bail!(config.wrong(arguments, "jobs", "0", why));
    }
    Ok(jobs.map(usize::from))
}

/// A whole number, times 1,024 for each step of K, M and G.
fn bytes(text: &str) -> Option<u64> {
    let (digits, power) = match text.as_bytes().last()? {
        b'K' | b'k' => (&text[..text.len() - 1], 10),
        b'M' | b'm' => (&text[..text.len() - 1], 20),
        b'G' | b'g' => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << power).filter(|&number| number > 0)
}

/// The parameters that are set, those of the command line first. Which packs apply may be known only when the ledgers have been read, so
/// that a parameter of any pack is taken here.
pub fn parameters(arguments: &ArgMatches, config: &Config, store: &Store) -> anyhow::Result<Vec<(String, String)>> {
    let mut parameters: Vec<(String, String)> = Vec::new();
    for given in config.words(arguments, "param") {
        let (name, value) = pair(&given).map_err(|why| config.wrong(arguments, "param", &given, why))?;
        if let Err(fault) = store.settable(name, value) {
            let mut why = fault.message;
            if let Some(help) = fault.help {
                why = Localized::new(format!("{}；{}", why.zh, help.zh), format!("{}; {}", why.en, help.en));
            }
            bail!(config.wrong(arguments, "param", &given, why));
        }
        if parameters.iter().all(|(known, _)| known != name) {
            parameters.push((name.to_owned(), value.to_owned()));
        }
    }
    Ok(parameters)
}

/// The words that were typed, for the report; a password is never repeated.
fn command_line() -> Vec<String> {
    let mut words: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    for index in 0..words.len() {
        if words[index].starts_with("--password=") {
            words[index] = "--password=***".to_owned();
        } else if index > 0 && words[index - 1] == "--password" {
            words[index] = "***".to_owned();
        }
    }
    words
}

/// The mapping of headings: that of the file of `--map`, then that of the configuration.
fn mapping(arguments: &ArgMatches, config: &Config) -> anyhow::Result<UserMapping> {
    let mut mapping = match config.path(arguments, "map") {
        Some(path) => headings(&small_text(&path)?).with_context(|| format!("{}", path.display()))?,
        None => UserMapping::default(),
    };
    mapping.headings.extend(config.headings.iter().cloned());
    Ok(mapping)
}

/// A mapping file: `[headings]` with the sheet's heading on the left and the canonical field, or nothing, on the right.
fn headings(text: &str) -> anyhow::Result<UserMapping> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Keys {
        headings: std::collections::BTreeMap<String, String>,
    }
    let keys: Keys = toml::from_str(text)?;
    Ok(UserMapping { headings: keys.headings.into_iter().collect() })
}

/// The whole number of an option, where it is set.
pub fn number<T: std::str::FromStr>(
    arguments: &ArgMatches,
    config: &Config,
    option: &str,
) -> anyhow::Result<Option<T>> {
    let Some(word) = config.word(arguments, option) else { return Ok(None) };
    let why =
        || Localized::new("不是可用的整数，应写成 4 这样的数", "is no whole number of use here; write one such as 4");
    Ok(Some(word.parse().map_err(|_| config.wrong(arguments, option, &word, why()))?))
}

/// That something is none of the `known` names.
fn none_of(zh: &str, en: &str, known: &[&str]) -> Localized {
    Localized::new(
        format!("{zh}，可选 {}", list(known, Lang::Zh)),
        format!("{en}; there are {}", list(known, Lang::En)),
    )
}

/// That there is no such ledger kind, with the kinds that there are and their names.
pub fn no_such_kind<'k>(kinds: impl Iterator<Item = &'k Arc<LedgerKind>>) -> Localized {
    let (zh, en): (Vec<String>, Vec<String>) = kinds
        .map(|kind| (format!("{}（{}）", kind.id, kind.name.zh), format!("{} ({})", kind.id, kind.name.en)))
        .unzip();
    Localized::new(
        format!("没有这种台账，可选 {}", list(&zh, Lang::Zh)),
        format!("there is no such kind of ledger; there are {}", list(&en, Lang::En)),
    )
}

/// Today where the user is; the only use of the clock.
pub fn today() -> Date {
    let now = jiff::Zoned::now().date();
    Date::new(now.year(), now.month(), now.day()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_set_by_name() {
        let mut set = Limits::default();
        for word in ["columns=70", "text-bytes=2M", "columns=50"] {
            set_limit(&mut set, word).unwrap();
        }
        assert_eq!((set.columns, set.text_bytes, set.sheets), (50, 2 << 20, Limits::default().sheets));
        for wrong in ["columns", "columns=", "columns=x", "columns=0", "columns=-1", "rows=5", "cells=99999999999G"] {
            assert!(set_limit(&mut Limits::default(), wrong).is_err(), "{wrong}");
        }
    }
}
