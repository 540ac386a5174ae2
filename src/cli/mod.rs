//! The command line: arguments, configuration, progress, exit codes and files.

mod args;
mod args_export;
mod args_rules;
mod batch;
mod check;
mod compare;
mod complaint;
mod config;
mod export;
mod help;
mod inputs;
mod inspect;
mod interrupt;
mod keys;
mod manifest;
mod manual;
mod options;
mod outcome;
mod output;
mod panics;
mod progress;
mod returns;
mod rules;
mod rules_diff;
mod scaffold;
mod show;
mod status;
mod template;
mod version;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::ArgMatches;

use crate::model::Lang;

/// Runs the command with the arguments of the process and gives its exit code.
pub fn run() -> ExitCode {
    panics::quieten();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let lang = args::help_language(&arguments, std::env::var("TAIZHANG_LANG").ok().as_deref());
    let matches = match args::command(lang).try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(error) => {
            // Help and version are answers, not errors; clap knows which is which. A closed pipe is no fault either.
            match help::complaint(&error, lang) {
                Some(complaint) => output::say(&complaint),
                None => {
                    drop(error.print());
                    if let Some(variable) = help::variable(&error) {
                        output::say(&format!("the value is that of the environment variable {variable}"));
                    }
                }
            }
            return if error.use_stderr() { status::USAGE.into() } else { status::OK.into() };
        }
    };
    let lang = language(&matches, lang);
    match catch_unwind(AssertUnwindSafe(|| dispatch(&matches, lang))) {
        Ok(Ok(status)) => status.into(),
        Ok(Err(error)) => {
            complain(lang, &error);
            status::USAGE.into()
        }
        Err(_) => {
            let place = panics::seen().pop().unwrap_or_default();
            output::say(&match lang {
                Lang::Zh => format!("错误：程序内部出错，未完成（{place}）；请把命令和这条信息交给程序的维护者"),
                Lang::En => format!(
                    "error: the program failed and did not finish ({place}); send the command and this message to those who maintain it"
                ),
            });
            status::NOT_RUN.into()
        }
    }
}

/// The language of what the command says from here on.
fn language(matches: &ArgMatches, lang: Lang) -> Lang {
    match matches.subcommand() {
        Some((_, below)) => language(below, lang),
        None => config::Config::language(matches, lang),
    }
}

fn dispatch(matches: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    match matches.subcommand() {
        Some(("check", arguments)) => check::run(arguments, lang),
        Some(("export", arguments)) => export::run(arguments, lang),
        Some(("compare", arguments)) => compare::run(arguments, lang),
        Some(("inspect", arguments)) => inspect::run(arguments, lang),
        Some(("rules", arguments)) => rules::run(arguments, lang),
        Some(("completions", arguments)) => manual::completions(arguments, lang),
        Some(("man", arguments)) => manual::page(arguments, lang),
        Some(("config", arguments)) => match arguments.subcommand() {
            Some(("show", arguments)) => show::show(arguments, lang),
            _ => Ok(status::USAGE),
        },
        Some(("init", _)) => show::init(lang),
        Some(("template", arguments)) => template::run(arguments, lang),
        _ => Ok(status::USAGE),
    }
}

/// Prints a fault of usage or configuration to standard error.
fn complain(lang: Lang, error: &anyhow::Error) {
    let word = match lang {
        Lang::Zh => "错误：",
        Lang::En => "error: ",
    };
    output::say(&format!("{word}{}", complaint::told(error, lang)));
}
