//! Makes typed options of the words that the commands share.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::complaint::{Complaint, choose, complaint, list, one_of};
use super::config::Config;
use anyhow::{Context, bail};
use clap::ArgMatches;

use crate::check::{CheckOptions, Each};
use crate::diag::PackFault;
use crate::map::UserMapping;
use crate::model::{Date, Lang, Localized, Period};
use crate::pack::{LedgerKind, Store, builtin, with_files};
use crate::read::{Limits, ReadOptions};

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
pub fn pair<'a>(text: &'a str, option: &str) -> anyhow::Result<(&'a str, &'a str)> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name, value)),
        _ => bail!(complaint(
            format!("--{option} {text}：应写成 名称=值"),
            format!("--{option} {text}: write it as NAME=VALUE")
        )),
    }
}

/// The packs that were asked for; empty where none was.
pub fn packs(arguments: &ArgMatches, config: &Config, store: &Store) -> anyhow::Result<Vec<Arc<str>>> {
    let mut packs: Vec<Arc<str>> = Vec::new();
    for id in config.words(arguments, "pack") {
        if store.packs().iter().all(|pack| *pack.info.id != *id) {
            let known: Vec<&str> = store.packs().iter().map(|pack| &*pack.info.id).collect();
            bail!(choose(&format!("--pack {id}"), "没有这个规则包", "there is no such pack", &known));
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
    let as_of = match config.word(arguments, "as-of") {
        Some(text) => Date::parse_iso(&text).ok_or_else(|| {
            complaint(
                format!("--as-of {text}：不是日期，应写成 2023-12-31"),
                format!("--as-of {text}: is no date; write 2023-12-31"),
            )
        })?,
        None => today(),
    };
    let period = match config.word(arguments, "period") {
        Some(text) => Some(Period::parse(&text).ok_or_else(|| {
            complaint(
                format!("--period {text}：不是所属期，可写 2023Q4、2023H2、2023、2023-11"),
                format!("--period {text}: is no period; write 2023Q4, 2023H2, 2023 or 2023-11"),
            )
        })?),
        None => None,
    };
    let packs = packs(arguments, config, store)?;
    let base = store.base();
    let mut kinds = Vec::new();
    for given in config.words(arguments, "ledger") {
        let (file, kind) = match given.rsplit_once('=') {
            Some((file, kind)) if !file.is_empty() => (file, kind),
            _ => bail!(complaint(
                format!("--ledger {given}：应写成 文件=种类"),
                format!("--ledger {given}: write it as FILE=KIND")
            )),
        };
        let Some(known) =
            base.kinds.iter().find(|known| known.made.is_none() && (*known.id == *kind || known.name.zh == kind))
        else {
            let written = base.kinds.iter().filter(|kind| kind.made.is_none());
            bail!(no_such_kind(&format!("--ledger {given}"), written));
        };
        // A configuration may have been written on another system.
        let file = if cfg!(windows) { file.to_owned() } else { file.replace('\\', "/") };
        kinds.push((file, known.id.clone()));
    }
    let parameters = parameters(arguments, config, store)?;
    let mut mapping = match config.path(arguments, "map") {
        Some(path) => mapping(&small_text(&path)?).with_context(|| format!("{}", path.display()))?,
        None => UserMapping::default(),
    };
    mapping.headings.extend(config.headings.iter().cloned());
    let each = match config.word(arguments, "each").as_deref() {
        Some("file") => Each::File,
        Some("folder") => Each::Folder,
        Some(other) => bail!(one_of("each", other, &["file", "folder"])),
        None => Each::Together,
    };
    Ok(CheckOptions {
        as_of,
        period,
        packs,
        parameters,
        kinds,
        complete: config.switch(arguments, "complete"),
        max_findings: Some(number(arguments, config, "max-findings")?.unwrap_or(MOST_FINDINGS)),
        each,
        companions: config.paths(arguments, "roster"),
        keep_owners: false,
        read: ReadOptions {
            encoding: config.word(arguments, "encoding"),
            password: config.word(arguments, "password"),
            limits: limits(&config.words(arguments, "limit"))?,
        },
        mapping,
        arguments: command_line(),
        ..CheckOptions::default()
    })
}

/// The bounds of reading. What comes first in `words` was typed and outweighs what the file says.
fn limits(words: &[String]) -> anyhow::Result<Limits> {
    let mut limits = Limits::default();
    for given in words.iter().rev() {
        let (name, number) = pair(given, "limit")?;
        if Limits::names().all(|known| known != name) {
            let known: Vec<&str> = Limits::names().collect();
            bail!(choose(&format!("--limit {given}"), "没有这个上限", "there is no such bound", &known));
        }
        if !bytes(number).is_some_and(|number| limits.set(name, number)) {
            bail!(complaint(
                format!("--limit {given}：数值应为整数，可带 K、M、G"),
                format!("--limit {given}: write a whole number, with K, M or G where wanted")
            ));
        }
    }
    Ok(limits)
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
        let (name, value) = pair(&given, "param")?;
        if let Err(fault) = store.settable(name, value) {
            let mut why = fault.message;
            if let Some(help) = fault.help {
                why = Localized::new(format!("{}；{}", why.zh, help.zh), format!("{}; {}", why.en, help.en));
            }
            let place = match config.filed("param", &given) {
                Some(path) => format!("{} [parameters] {name}", path.display()),
                None => format!("--param {given}"),
            };
            bail!(complaint(format!("{place}：{}", why.zh), format!("{place}: {}", why.en)));
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

/// A mapping file: `[headings]` with the sheet's heading on the left and the canonical field, or nothing, on the right.
fn mapping(text: &str) -> anyhow::Result<UserMapping> {
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
    let word = config.word(arguments, option);
    let parse = |word: String| match word.parse() {
        Ok(number) => Ok(number),
        Err(_) => {
            bail!(complaint(format!("{option} = {word}：不是整数"), format!("{option} = {word}: is no whole number")))
        }
    };
    word.map(parse).transpose()
}

/// That there is no such ledger kind, with the kinds that there are and their names.
pub fn no_such_kind<'k>(given: &str, kinds: impl Iterator<Item = &'k Arc<LedgerKind>>) -> Complaint {
    let (zh, en): (Vec<String>, Vec<String>) = kinds
        .map(|kind| (format!("{}（{}）", kind.id, kind.name.zh), format!("{} ({})", kind.id, kind.name.en)))
        .unzip();
    complaint(
        format!("{given}：没有这种台账，可选 {}", list(&zh, Lang::Zh)),
        format!("{given}: there is no such kind of ledger; there are {}", list(&en, Lang::En)),
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
    fn bounds_are_set_by_name_and_the_first_word_wins() {
        let words = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let set = limits(&words(&["columns=50", "text-bytes=2M", "columns=70"])).unwrap();
        assert_eq!((set.columns, set.text_bytes, set.sheets), (50, 2 << 20, Limits::default().sheets));
        for wrong in ["columns", "columns=", "columns=x", "columns=0", "columns=-1", "rows=5", "cells=99999999999G"] {
            assert!(limits(&words(&[wrong])).is_err(), "{wrong}");
        }
    }
}
