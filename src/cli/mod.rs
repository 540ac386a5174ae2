//! The command line: arguments, configuration, progress, exit codes and files.

mod args;
mod check;
mod config;
mod inputs;
mod inspect;
mod manual;
mod options;
mod output;
mod progress;
mod rules;
mod status;
mod template;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use crate::model::Lang;

/// Runs the command with the arguments of the process and gives its exit code.
pub fn run() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let lang = args::help_language(&arguments, std::env::var("TAIZHANG_LANG").ok().as_deref());
    let matches = match args::command(lang).try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(error) => {
            // Help and version are answers, not errors; clap knows which is which. A closed pipe is no fault either.
            let _ = error.print();
            return if error.use_stderr() { status::USAGE.into() } else { status::OK.into() };
        }
    };
    let result = match matches.subcommand() {
        Some(("check", arguments)) => check::run(arguments, lang),
        Some(("inspect", arguments)) => inspect::run(arguments, lang),
        Some(("rules", arguments)) => rules::run(arguments, lang),
        Some(("completions", arguments)) => manual::completions(arguments, lang),
        Some(("man", arguments)) => manual::page(arguments, lang),
        Some(("config", _)) => config::show(lang),
        Some(("init", _)) => config::init(lang),
        Some(("template", arguments)) => template::run(arguments, lang),
        _ => Ok(status::USAGE),
    };
    match result {
        Ok(status) => status.into(),
        Err(error) => {
            complain(lang, &error);
            status::USAGE.into()
        }
    }
}

/// Prints a fault of usage or configuration to standard error.
fn complain(lang: Lang, error: &anyhow::Error) {
    let word = match lang {
        Lang::Zh => "错误",
        Lang::En => "error",
    };
    // Where standard error is closed there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "{word}：{error:#}");
}
