//! Completion scripts and manual pages, made from the one declaration of the command line.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{ArgMatches, Command};

use super::complaint::complaint;
use super::{args, output, status, version};
use crate::model::Lang;

/// `taizhang completions SHELL`.
pub fn completions(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let shell = *arguments.get_one::<clap_complete::Shell>("shell").context("SHELL")?;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::command(lang), "taizhang", &mut script);
    output::write_stdout(|out| out.write_all(&script))?;
    Ok(status::OK)
}

/// `taizhang man [COMMAND…]`, or all pages into a folder.
pub fn page(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let mut command = args::command(lang);
    command.build();
    if let Some(folder) = arguments.get_one::<PathBuf>("into") {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let mut written = 0;
        pages(&command, "taizhang", folder, &mut written)?;
        output::write_stdout(|out| writeln!(out, "{written} → {}", folder.display()))?;
        return Ok(status::OK);
    }
    let mut chosen = &command;
    let mut title = "taizhang".to_owned();
    for name in arguments.get_many::<String>("command").into_iter().flatten() {
        chosen = chosen
            .find_subcommand(name)
            .ok_or_else(|| complaint(format!("没有“{name}”这个命令"), format!("there is no command `{name}`")))?;
        title = format!("{title}-{name}");
    }
    let page = roff(chosen, &title)?;
    output::write_stdout(|out| out.write_all(&page))?;
    Ok(status::OK)
}

fn roff(command: &Command, title: &str) -> anyhow::Result<Vec<u8>> {
    let mut page = Vec::new();
    let source = format!("taizhang {}", version::SHORT);
    clap_mangen::Man::new(command.clone()).title(title).source(source).render(&mut page)?;
    // Chinese has few spaces that could be stretched, so lines are not adjusted to both margins.
    let text = String::from_utf8(page)?;
    let (before, after) = text.split_once("\n.SH").context("a page has sections")?;
    Ok(format!("{before}\n.ad l\n.SH{after}").into_bytes())
}

/// Writes the page of the command and those of the commands below it.
fn pages(command: &Command, title: &str, folder: &Path, written: &mut usize) -> anyhow::Result<()> {
    let page = roff(command, title)?;
    output::write_file(&folder.join(format!("{title}.1")), |out| out.write_all(&page))?;
    *written += 1;
    for below in command.get_subcommands() {
        pages(below, &format!("{title}-{}", below.get_name()), folder, written)?;
    }
    Ok(())
}
