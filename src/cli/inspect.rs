//! `taizhang inspect`: how files are read and mapped, without judging anything.

use std::path::PathBuf;

use anyhow::bail;
use clap::ArgMatches;

use super::complaint::{exists, only_json};
use super::{check::width, config::Config, options, output, progress, status};
use crate::check;
use crate::finding::Masking;
use crate::model::Lang;
use crate::render;

/// Runs the command and gives its exit code.
pub fn run(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let config = Config::load(arguments, lang)?;
    let (store, faults) = options::store(arguments, &config)?;
    let mut check_options = options::check_options(arguments, &config, &store)?;
    check_options.companions.clear();
    let paths: Vec<PathBuf> = arguments.get_many("paths").into_iter().flatten().cloned().collect();
    let inputs = super::check::take_inputs(&paths, &[], &mut check_options)?;
    let display = progress::Display::start(&inputs.files, &check_options.progress, lang);
    let mut report = check::Checker::new(&store).inspect(&inputs.files, &check_options);
    drop(display);
    report.pack_faults = faults;
    super::check::add_passed_over(&mut report, &inputs);
    let masking = if arguments.get_flag("show-personal-data") { Masking::Shown } else { Masking::Masked };
    match arguments.get_one::<String>("format").map(String::as_str) {
        None => {
            let text = render::inspect::text(&report, &render::inspect::Options { lang, masking, width: width() });
            output::write_stdout(|out| out.write_all(text.as_bytes()))?;
        }
        Some("json") => {
            let render_options = render::Options { lang, masking, ..render::Options::default() };
            output::write_stdout(|out| render::json::write(&report, &render_options, out))?;
        }
        Some(other) => bail!(only_json(other)),
    }
    if let Some(path) = arguments.get_one::<PathBuf>("write-map") {
        if path.exists() {
            bail!(exists(path));
        }
        let draft = render::mapping::draft(&report, lang);
        output::write_file(path, |out| out.write_all(draft.as_bytes()))?;
    }
    let unreadable = report.inputs.iter().any(|input| !input.faults.is_empty());
    Ok(if unreadable { status::UNREADABLE } else { status::OK })
}
