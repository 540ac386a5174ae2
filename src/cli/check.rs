//! `taizhang check`: reads the inputs, judges them, and writes the outputs.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ArgMatches;

use super::{config::Config, inputs, options, output, progress, status};
use crate::check;
use crate::diag::{FaultKind, InputFault};
use crate::finding::{InputReading, Masking, Report, Severity, follow_up};
use crate::model::{Lang, Localized};
use crate::render::{self, Format};

/// Runs the command and gives its exit code.
pub fn run(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let config = Config::find(&std::env::current_dir()?)?;
    let lang = if config.word(arguments, "lang").as_deref() == Some("en") { Lang::En } else { lang };
    let (store, store_faults) = options::store(arguments, &config)?;
    let check_options = options::check_options(arguments, &config, &store)?;
    let paths: Vec<PathBuf> = arguments.get_many("paths").into_iter().flatten().cloned().collect();
    let to_stdout = arguments.get_one::<String>("format").map(|name| format_named(name)).transpose()?;
    let outputs = outputs(arguments, &config, to_stdout)?;
    if let Some(jobs) = arguments.get_one::<usize>("jobs") {
        // The pool can be set once in a process; this is the only place that does.
        rayon::ThreadPoolBuilder::new().num_threads(*jobs).build_global().context("--jobs")?;
    }
    let files: Vec<PathBuf> = outputs.iter().map(|(path, _)| path.clone()).collect();
    let inputs = inputs::collect(&paths, &files);
    // The process ends with this check: giving a large store back piece by piece would only take time.
    let store = std::mem::ManuallyDrop::new(store);
    let mut checker = std::mem::ManuallyDrop::new(check::Checker::new(&store));
    let display =
        (!arguments.get_flag("quiet")).then(|| progress::Display::start(&inputs.files, &check_options.progress, lang));
    let mut report = checker.run(&inputs.files, &check_options);
    drop(display);
    report.pack_faults.splice(0..0, store_faults);
    add_passed_over(&mut report, &inputs);
    if let Some(previous) = config.word(arguments, "previous").map(PathBuf::from) {
        let entries = check::previous_entries(&previous, &check_options.read).map_err(|fault| {
            anyhow::anyhow!("{}：{}{}", previous.display(), fault.message.get(lang), fault.advice.get(lang))
        })?;
        let written = |text: &str| check::written_date(text, check_options.as_of);
        report.follow_up = Some(follow_up(&report, entries, written));
    }
    let masking = if config.switch(arguments, "show-personal-data") { Masking::Shown } else { Masking::Masked };
    for (path, format) in &outputs {
        let render_options = render::Options { lang, masking, target: Some(path.display().to_string()) };
        output::write_file(path, |out| format.write(&report, &render_options, out))?;
    }
    let render_options = render::Options { lang, masking, target: None };
    match to_stdout {
        Some(format) => output::write_stdout(|out| format.write(&report, &render_options, out))?,
        None if !arguments.get_flag("quiet") => {
            let workbook = outputs.first().map(|(path, _)| path.display().to_string());
            let console = render::console::Options {
                lang,
                masking,
                width: width(),
                colour: std::io::stdout().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
                workbook: workbook.as_deref(),
            };
            let text = render::console::summary(&report, &console);
            output::write_stdout(|out| out.write_all(text.as_bytes()))?;
        }
        None => {}
    }
    let fail_on = match config.word(arguments, "fail-on") {
        Some(word) => status::FailOn::parse(&word).with_context(|| {
            format!("fail-on = {word}：只能是 error、warning、advice、undetermined、never（must be one of these）")
        })?,
        None => status::FailOn::Severity(Severity::Error),
    };
    let min_evaluated = options::number(arguments, &config, "min-evaluated")?.unwrap_or(1);
    Ok(status::of_report(&report, fail_on, min_evaluated))
}

/// The width of the terminal, 80 columns where there is none.
pub(super) fn width() -> u16 {
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let terminal = || std::io::stdout().is_terminal().then(|| comfy_table::Table::new().width()).flatten();
    columns.or_else(terminal).unwrap_or(80).clamp(60, 160)
}

fn format_named(name: &str) -> anyhow::Result<Format> {
    Format::parse(name)
        .with_context(|| format!("--format {name}：没有这种格式，可选（no such format; there are）{}", format_names()))
}

fn format_names() -> String {
    Format::ALL.map(Format::name).join("、")
}

/// The output files with their formats; `findings.xlsx` where neither a file nor a format was asked for.
fn outputs(
    arguments: &ArgMatches,
    config: &Config,
    to_stdout: Option<Format>,
) -> anyhow::Result<Vec<(PathBuf, Format)>> {
    let given: Vec<PathBuf> = config.words(arguments, "output").into_iter().map(PathBuf::from).collect();
    if given.is_empty() {
        return Ok(match to_stdout {
            Some(_) => Vec::new(),
            None => vec![(PathBuf::from("findings.xlsx"), Format::Workbook)],
        });
    }
    given
        .into_iter()
        .map(|path| match Format::from_path(&path.to_string_lossy()) {
            Some(format) => Ok((path, format)),
            None => bail!(
                "-o {}：看不出格式，请用扩展名（cannot tell the format; use an extension）{}",
                path.display(),
                format_names()
            ),
        })
        .collect()
}

/// Paths that could not be looked at are faults of the run; files that were passed over are a note.
pub(super) fn add_passed_over(report: &mut Report, inputs: &inputs::Inputs) {
    for (path, error) in &inputs.faults {
        report.inputs.push(io_fault(path, error));
    }
    if !inputs.passed_over.is_empty() {
        let names: Vec<String> = inputs.passed_over.iter().take(5).map(|path| path.display().to_string()).collect();
        let count = inputs.passed_over.len();
        let more = if count > names.len() { " …" } else { "" };
        report.notes.push(Localized::new(
            format!("文件夹中有 {count} 个文件按名称不是台账，未读：{}{more}", names.join("、")),
            format!(
                "{count} files in the folders are no ledgers by their names and were not read: {}{more}",
                names.join(", ")
            ),
        ));
    }
    if inputs.files.is_empty() && inputs.faults.is_empty() {
        report.notes.push(Localized::new("没有找到任何可读的台账文件。", "No ledger file was found."));
    }
}

fn io_fault(path: &Path, error: &std::io::Error) -> InputReading {
    let fault = InputFault::new(
        FaultKind::Io,
        Localized::new(format!("无法打开：{error}。"), format!("Cannot be opened: {error}.")),
        Localized::new("请检查路径和权限。", "Check the path and the permissions."),
    );
    InputReading {
        file: path.display().to_string().into(),
        format: None,
        encoding: None,
        digest: None,
        size: 0,
        notes: Vec::new(),
        faults: vec![fault],
        sheets: Vec::new(),
    }
}
