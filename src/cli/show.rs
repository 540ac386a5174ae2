//! `taizhang config show` and `taizhang init`: what is in force and where it came from, and a starter.

use std::path::Path;

use anyhow::bail;
use clap::ArgMatches;

use super::complaint::exists;
use super::config::{Config, FILE, Source};
use super::keys::KEYS;
use super::{check, complain, options, output, status};
use crate::model::Lang;
use crate::pack::{ParameterValue, Store};

/// `taizhang config show`.
pub fn show(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let config = Config::load(arguments, lang)?;
    let (store, _) = options::store(arguments, &config)?;
    let pick = |zh: &str, en: &str| if lang == Lang::Zh { zh.to_owned() } else { en.to_owned() };
    let file = config.path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let mut text = match file.is_empty() {
        false => format!("{file}\n"),
        true => pick("没有找到 taizhang.toml，用缺省值\n", "no taizhang.toml was found; defaults are in force\n"),
    };
    let name = file_name(&config);
    let from = |option: &str| match config.source(arguments, option) {
        Source::Flag => format!("{} --{option}", pick("命令行", "flag")),
        Source::Environment => format!("{} {}", pick("环境变量", "environment"), options::variable(option)),
        Source::File(line) => format!("{} {name}:{line}", pick("配置文件", "file")),
        Source::Default => pick("缺省", "default"),
    };
    let mut faults = Vec::new();
    for key in KEYS {
        let fault = check::fault(key.option, arguments, &config, &store);
        let mark = if fault.is_some() { pick("；有误", "; at fault") } else { String::new() };
        faults.extend(fault);
        let (words, source) = match key.name {
            // Listed below, one by one.
            "parameters" => continue,
            "headings" => (
                config.headings.iter().map(|(heading, field)| format!("{heading}={field}")).collect(),
                table_source(!config.headings.is_empty(), &name, lang),
            ),
            "waiver" => {
                let waivers = config.waivers();
                let source = table_source(!waivers.is_empty(), &name, lang);
                (waivers.into_iter().map(|(id, waiver)| format!("{id}→{}", waiver.waived_until)).collect(), source)
            }
            _ => (config.words(arguments, key.option), from(key.option)),
        };
        let value = if words.is_empty() { "—".to_owned() } else { words.join("、") };
        let about = pick(key.zh, key.en);
        text.push_str(&format!("{} = {value}  [{source}{mark}]  # {about}\n", key.name));
    }
    text.push_str(&parameters(arguments, &config, &store, lang));
    output::write_stdout(|out| out.write_all(text.as_bytes()))?;
    for fault in &faults {
        complain(lang, fault);
    }
    Ok(if faults.is_empty() { status::OK } else { status::USAGE })
}

/// The name of the configuration file; empty where there is none.
fn file_name(config: &Config) -> String {
    let name = config.path.as_ref().and_then(|path| path.file_name()).unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn table_source(is_set: bool, file: &str, lang: Lang) -> String {
    match (is_set, lang) {
        (true, Lang::Zh) => format!("配置文件 {file}"),
        (true, Lang::En) => format!("file {file}"),
        (false, Lang::Zh) => "缺省".to_owned(),
        (false, Lang::En) => "default".to_owned(),
    }
}

/// The parameters of the chosen packs (of all packs where none is chosen) with who set them. Where a choice or a value is
/// wrong, which is told by itself, those of the packs are shown.
fn parameters(arguments: &ArgMatches, config: &Config, store: &Store, lang: Lang) -> String {
    let chosen = options::packs(arguments, config, store).unwrap_or_default();
    let packs =
        if chosen.is_empty() { store.packs().iter().map(|pack| pack.info.id.clone()).collect() } else { chosen };
    let given = options::parameters(arguments, config, store).unwrap_or_default();
    let typed = arguments.value_source("param").is_some();
    let typed: Vec<String> = if typed {
        let words = arguments.get_many::<String>("param").into_iter().flatten();
        words.filter_map(|word| Some(word.split_once('=')?.0.to_owned())).collect()
    } else {
        Vec::new()
    };
    let mut text = "\n[parameters]\n".to_owned();
    let mut shown = Vec::new();
    for pack in &packs {
        let (catalog, _) = store.catalog(std::slice::from_ref(pack), &[]);
        for parameter in &catalog.parameters {
            let name = &*parameter.info.name;
            if shown.contains(&(parameter.pack.clone(), name.to_owned())) {
                continue;
            }
            shown.push((parameter.pack.clone(), name.to_owned()));
            let set = given.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone());
            let source = match (&set, typed.iter().any(|typed| typed == name), lang) {
                (None, _, Lang::Zh) => format!("规则包 {}", parameter.pack),
                (None, _, Lang::En) => format!("pack {}", parameter.pack),
                (Some(_), true, Lang::Zh) => "命令行 --param".to_owned(),
                (Some(_), true, Lang::En) => "flag --param".to_owned(),
                (Some(_), false, _) => table_source(true, &file_name(config), lang),
            };
            let written = match &parameter.value {
                ParameterValue::Text(_) => format!("\"{}\"", parameter.info.value),
                _ => parameter.info.value.clone(),
            };
            let value = set.unwrap_or(written);
            text.push_str(&format!("{name} = {value}  [{source}]\n"));
        }
    }
    text
}

/// `taizhang init`: writes a starter in which every key stands as a comment.
pub fn init(lang: Lang) -> anyhow::Result<u8> {
    let path = Path::new(FILE);
    if path.symlink_metadata().is_ok() {
        bail!(exists(path));
    }
    let mut text = match lang {
        Lang::Zh => "# taizhang 的配置。去掉行首的 # 即生效。优先次序：命令行选项、环境变量、本文件、规则包。\n# 路径从本文件所在的文件夹算起；Windows 路径请用单引号。\n".to_owned(),
        Lang::En => "# Configuration of taizhang. Remove a leading # to set a value. Options on the command line come first, then the\n# environment, this file, and the rule packs. Paths count from the folder of this file; Windows paths take single quotes.\n".to_owned(),
    };
    for key in KEYS {
        text.push_str(&format!("\n# {}\n", if lang == Lang::Zh { key.zh } else { key.en }));
        for line in key.sample.lines() {
            text.push_str(&format!("# {line}\n"));
        }
    }
    output::write_file(path, |out| out.write_all(text.as_bytes()))?;
    output::write_stdout(|out| writeln!(out, "{FILE}"))?;
    Ok(status::OK)
}
