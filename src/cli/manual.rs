//! Completion scripts and manual pages, made from the one declaration of the command line.

use anyhow::Context;
use clap::ArgMatches;

use super::{args, output, status};
use crate::model::Lang;

/// `taizhang completions SHELL`.
pub fn completions(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let shell = *arguments.get_one::<clap_complete::Shell>("shell").context("SHELL")?;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::command(lang), "taizhang", &mut script);
    output::write_stdout(|out| out.write_all(&script))?;
    Ok(status::OK)
}

/// `taizhang man [COMMAND]`.
pub fn page(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let mut command = args::command(lang);
    command.build();
    let chosen = match arguments.get_one::<String>("command") {
        Some(name) => {
            command.find_subcommand(name).with_context(|| format!("没有“{name}”这个命令（no such command）"))?.clone()
        }
        None => command,
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(chosen).render(&mut page)?;
    output::write_stdout(|out| out.write_all(&page))?;
    Ok(status::OK)
}
