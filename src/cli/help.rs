//! Help and complaints about usage in the language of the user: what clap says in English by itself is said here.

use std::error::Error;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};

use super::options;
use crate::model::Lang;

/// The command with headings, help and version options in `lang`, for it and all commands below it.
pub fn localise(command: Command, lang: Lang) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let is_root = command.get_name() == "taizhang";
    let pick = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
    let (usage, options, commands) = (pick("用法：", "Usage: "), pick("选项", "Options"), pick("命令", "Commands"));
    let mut command = command
        .help_template(StyledStr::from(format!("{{about}}\n\n{usage}{{usage}}\n\n{{all-args}}{{after-help}}")))
        .subcommand_help_heading(commands)
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .mut_args(|arg| {
            let heading = if arg.is_positional() { pick("参数", "Arguments") } else { options };
            let takes_values = arg.get_action().takes_values();
            // What is in the environment is nobody's business; the values are named in the help texts.
            arg.help_heading(heading)
                .hide_env_values(true)
                .hide_possible_values(takes_values)
                .hide_default_value(takes_values)
        })
        .arg(
            Arg::new("help")
                .short('h')
                .long("help")
                .action(ArgAction::Help)
                .help_heading(options)
                .help(pick("显示帮助", "print help")),
        );
    if is_root {
        command =
            command.disable_version_flag(true).arg(
                Arg::new("version").short('V').long("version").action(ArgAction::Version).help_heading(options).help(
                    pick("显示版本；--version 另列构建信息", "print the version; --version adds build information"),
                ),
            );
    }
    for name in names {
        command = command.mut_subcommand(name, |command| localise(command, lang));
    }
    command
}

/// What is wrong with the usage, in Chinese where that is asked for and the fault is one of the usual ones.
pub fn complaint(error: &clap::Error, lang: Lang) -> Option<String> {
    if lang == Lang::En {
        return None;
    }
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join("、")),
        Some(ContextValue::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let arg = context(ContextKind::InvalidArg);
    let value = context(ContextKind::InvalidValue);
    let mut text = match error.kind() {
        ErrorKind::UnknownArgument => format!("不认识的选项或参数“{}”", arg?),
        ErrorKind::InvalidSubcommand => format!("没有“{}”这个命令", context(ContextKind::InvalidSubcommand)?),
        ErrorKind::MissingRequiredArgument => format!("缺少参数 {}", arg?),
        ErrorKind::ArgumentConflict if arg == context(ContextKind::PriorArg) => format!("{} 只能写一次", arg?),
        ErrorKind::ArgumentConflict => {
            format!("{} 不能与 {} 同时使用", arg?, context(ContextKind::PriorArg).unwrap_or_default())
        }
        ErrorKind::InvalidValue if value.as_deref() == Some("") => format!("{} 后面缺少值", arg?),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => format!("{} 的值“{}”不对", arg?, value.as_deref()?),
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues => format!("{} 的值太多或太少", arg?),
        ErrorKind::NoEquals => format!("{} 应写成 {}=值", arg.clone()?, arg?),
        _ => return None,
    };
    if let Some(reason) = error.source().and_then(|source| reason(&source.to_string())) {
        text.push_str(&format!("：{reason}"));
    }
    if let Some(valid) = context(ContextKind::ValidValue).filter(|valid| !valid.is_empty()) {
        text.push_str(&format!("，可选：{valid}"));
    }
    if let (Some(variable), Some(value)) = (variable(error), value) {
        text.push_str(&format!("（取自环境变量 {variable}={value}）"));
    }
    let near = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    if let Some(near) = near.into_iter().find_map(context) {
        text.push_str(&format!("；是不是想写 {near}？"));
    }
    Some(format!("错误：{text}\n用法见 taizhang --help 和 taizhang 命令 --help"))
}

/// The variable of the environment from which the refused value was taken, where it was.
pub fn variable(error: &clap::Error) -> Option<&'static str> {
    let Some(ContextValue::String(arg)) = error.get(ContextKind::InvalidArg) else { return None };
    let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) else { return None };
    let variable = options::variable(arg.strip_prefix("--")?.split(' ').next()?);
    (!value.is_empty() && std::env::var(variable).as_ref() == Ok(value)).then_some(variable)
}

/// Why a value was refused, from the words of what refused it.
fn reason(words: &str) -> Option<String> {
    if let Some((number, bounds)) = words.split_once(" is not in ") {
        let (low, high) = bounds.split_once("..")?;
        let high = high.strip_prefix('=').unwrap_or(high);
        return Some(match high {
            "" => format!("{number} 小于 {low}"),
            _ => format!("{number} 不在 {low} 到 {high} 之间"),
        });
    }
    match words {
        "invalid digit found in string" => Some("应为不小于 0 的整数".to_owned()),
        "number too large to fit in target type" => Some("数过大".to_owned()),
        _ => None,
    }
}
