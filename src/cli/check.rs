//! `taizhang check`: reads the inputs, judges them, and writes the outputs.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::ArgMatches;

use super::complaint::{choose, complaint, list};
use super::interrupt::Interrupt;
use super::output::{self, Target};
use super::{
    batch, compare, config::Config, inputs, manifest, options, outcome, panics, progress, returns, rules_diff, status,
};
use crate::check::{self, CheckOptions};
use crate::diag::{self, FaultKind, InputFault};
use crate::finding::{Earlier, Entry, InputReading, Masking, Past, Report, Severity, follow_up};
use crate::model::{Date, Lang, Localized, counted};
use crate::pack::Store;
use crate::render::{self, Format};

/// Runs the command and gives its exit code.
pub fn run(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let config = Config::load(arguments, lang)?;
    let (store, store_faults) = options::store(arguments, &config)?;
    let mut check_options = options::check_options(arguments, &config, &store)?;
    let jobs = options::jobs(arguments, &config)?;
    let paths: Vec<PathBuf> = arguments.get_many("paths").into_iter().flatten().cloned().collect();
    if let Some(folder) = arguments.get_one::<PathBuf>("rules-diff") {
        let inputs = take_inputs(&paths, &[], &mut check_options)?;
        start_threads(jobs, &inputs.files, &check_options)?;
        return rules_diff::run(arguments, &config, &store, folder, (&inputs, &check_options), lang);
    }
    let fail_on = fail_on(arguments, &config)?;
    let min_evaluated = options::number(arguments, &config, "min-evaluated")?.unwrap_or(1);
    let summary = Summary::of(arguments, &config)?;
    let is_verbose = arguments.get_flag("verbose");
    let outputs = Outputs::claim(arguments, &config)?;
    let interrupt = Interrupt::listen()?;
    check_options.stop = Some(interrupt.raised.clone());
    let return_to = arguments.get_one::<PathBuf>("return-to");
    check_options.keep_owners = return_to.is_some();
    let claimed: Vec<PathBuf> = outputs.paths().into_iter().chain(return_to.cloned()).collect();
    let inputs = take_inputs(&paths, &claimed, &mut check_options)?;
    start_threads(jobs, &inputs.files, &check_options)?;
    if is_verbose {
        say_what_is_in_force(&config, &check_options, &inputs, lang);
    }
    let (previous, history) = previous(arguments, &config)?;
    let mut manifest = match &outputs.manifest {
        Some((path, _)) => {
            let rules = options::rule_files(&config.paths(arguments, "rules"))?;
            let mut key_options = check_options.clone();
            // Neither the way the command was typed nor standard input belongs to what judges files.
            (key_options.arguments, key_options.contents, key_options.stop) = Default::default();
            key_options.progress = Default::default();
            let parts = [
                format!("{rules:?}"),
                format!("{key_options:?}"),
                format!("{fail_on:?} {:?}", previous.as_ref().map(|entries| format!("{entries:?}"))),
            ];
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            Some(manifest::Manifest::read(path, manifest::key(&parts)?)?)
        }
        None => None,
    };
    // The process ends with this check: giving a large store back piece by piece would only take time.
    let store = std::mem::ManuallyDrop::new(store);
    let checker = std::mem::ManuallyDrop::new(check::Checker::new(&store));
    let batch = batch::Batch {
        checker: &checker,
        options: &check_options,
        fail_on,
        previous: previous.as_ref(),
        is_verbose,
        lang,
    };
    // What runs by itself keeps its log for faults.
    let shows_progress = summary == Summary::Full || is_verbose;
    let display = shows_progress.then(|| progress::Display::start(&inputs.files, &check_options.progress, lang));
    let batch::Judged { report, skipped, is_interrupted, has_finished } = batch.run(&inputs.files, manifest.as_mut());
    drop(display);
    // Nor does anybody need the room of the findings again.
    let mut report = std::mem::ManuallyDrop::new(report);
    report.pack_faults.splice(0..0, store_faults);
    add_passed_over(&mut report, &inputs);
    report.history = history;
    if let Some(entries) = previous {
        let written = |text: &str| check::written_date(text, check_options.as_of);
        report.follow_up = Some(follow_up(&report, entries, written));
    }
    let mut exit = status::of_report(&report, fail_on, min_evaluated, &skipped);
    if is_interrupted {
        exit = interrupt.code();
    }
    let masking = if config.switch(arguments, "show-personal-data") { Masking::Shown } else { Masking::Masked };
    let shown = Shown { report: &report, lang, masking, exit };
    // A list of findings that nothing was judged for would replace the one that is still true.
    let keeps_old = !has_finished && (is_interrupted || !skipped.is_empty());
    let failures = outputs.write(&shown, keeps_old);
    if keeps_old && !outputs.files.is_empty() && summary != Summary::None {
        output::say(match (is_interrupted, lang) {
            (true, Lang::Zh) => "没有核查完任何内容，原有输出文件未改动。",
            (true, Lang::En) => "Nothing was finished; the output files are as they were.",
            (false, Lang::Zh) => "所有输入自上次核查以来未变，原有输出文件未改动。",
            (false, Lang::En) => "No input has changed since the last run; the output files are as they were.",
        });
    }
    if let (Some(manifest), Some((_, target)), true) = (manifest, &outputs.manifest, failures.is_empty()) {
        let text = manifest.text()?;
        target.write(|out| out.write_all(text.as_bytes()))?;
    }
    outputs.print(&shown, summary)?;
    if let Some(folder) = return_to.filter(|_| !keeps_old) {
        let options = render::Options { lang, masking, ..render::Options::default() };
        let count = returns::write(&report, &inputs.files, &check_options, folder, &options)?;
        let folder = folder.display();
        if summary != Summary::None {
            output::say(&match lang {
                Lang::Zh => format!("退回件：{folder}，{count} 份，含未遮蔽的个人信息，只退还各单位"),
                Lang::En => {
                    let books = counted(count as u64, "workbook");
                    format!("Return copies: {folder}, {books} with unmasked personal data, each for its unit only")
                }
            });
        }
    }
    if is_verbose {
        panics::seen().iter().for_each(|panic| output::say(&format!("panic {panic}")));
    }
    for failure in &failures {
        super::complain(lang, failure);
    }
    Ok(if failures.is_empty() { exit } else { status::USAGE })
}

/// Inputs that have fewer bytes together are judged sooner than threads for them are started.
const SMALL: u64 = 64 << 10;

/// Sets how many threads work: as many as were asked for, or one for each core. The pool can be set once in a process;
/// this is the only place that does.
fn start_threads(jobs: Option<usize>, files: &[PathBuf], options: &CheckOptions) -> anyhow::Result<()> {
    let size = |path: &PathBuf| match options.contents.get(path) {
        Some(bytes) => bytes.len() as u64,
        None => path.metadata().map_or(0, |file| file.len()),
    };
    let is_small = || files.iter().map(size).fold(0, u64::saturating_add) < SMALL;
    let pool = rayon::ThreadPoolBuilder::new();
    let pool = match jobs {
        Some(jobs) => pool.num_threads(jobs),
        None if is_small() => pool.num_threads(1).use_current_thread(),
        None => return Ok(()),
    };
    pool.build_global().context("--jobs")
}

fn fail_on(arguments: &ArgMatches, config: &Config) -> anyhow::Result<status::FailOn> {
    const WORDS: [&str; 6] = ["error", "warning", "advice", "undetermined", "new", "never"];
    let Some(word) = config.word(arguments, "fail-on") else { return Ok(status::FailOn::Severity(Severity::Error)) };
    Ok(status::FailOn::parse(&word).ok_or_else(|| config.one_of(arguments, "fail-on", &word, &WORDS))?)
}

/// What is wrong with the words of an option of this command.
pub fn fault(option: &str, arguments: &ArgMatches, config: &Config, store: &Store) -> Option<anyhow::Error> {
    match option {
        "fail-on" => fail_on(arguments, config).err(),
        "summary" => Summary::of(arguments, config).err(),
        "output" => {
            let files = config.paths(arguments, "output").into_iter().filter(|path| path.as_os_str() != "-");
            files.into_iter().find_map(|path| format_of(&path, arguments, config).err())
        }
        _ => options::fault(option, arguments, config, store),
    }
}

/// How much is said on the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Summary {
    Full,
    Line,
    None,
}

impl Summary {
    fn of(arguments: &ArgMatches, config: &Config) -> anyhow::Result<Summary> {
        let summary = match config.word(arguments, "summary").as_deref() {
            None | Some("full") => Summary::Full,
            Some("line") => Summary::Line,
            Some("none") => Summary::None,
            Some(other) => bail!(config.one_of(arguments, "summary", other, &["full", "line", "none"])),
        };
        let is_quiet = arguments.try_get_one::<bool>("quiet").ok().flatten() == Some(&true);
        Ok(if is_quiet { Summary::None } else { summary })
    }
}

/// What the outputs show.
struct Shown<'r> {
    report: &'r Report,
    lang: Lang,
    masking: Masking,
    exit: u8,
}

/// What a run writes; all of it is claimed before the work begins.
struct Outputs {
    /// Format of standard output.
    to_stdout: Option<Format>,
    /// The path as it was given, its format, and the claimed file.
    files: Vec<(PathBuf, Format, Target)>,
    status: Option<Target>,
    manifest: Option<(PathBuf, Target)>,
}

impl Outputs {
    fn claim(arguments: &ArgMatches, config: &Config) -> anyhow::Result<Outputs> {
        let to_stdout = arguments.get_one::<String>("format").map(|name| format_named(name)).transpose()?;
        if to_stdout == Some(Format::Workbook) && std::io::stdout().is_terminal() {
            bail!(complaint(
                "--format xlsx：工作簿不能显示在屏幕上，请用 -o 文件.xlsx",
                "--format xlsx: a workbook cannot be shown on the screen; use -o FILE.xlsx"
            ));
        }
        let mut given = config.paths(arguments, "output");
        let to_terminal = given.iter().position(|path| path.as_os_str() == "-");
        if let Some(position) = to_terminal {
            given.remove(position);
            if to_stdout.is_none() {
                bail!(complaint(
                    format!("-o -：请用 --format 指定格式，可选 {}", list(&formats(), Lang::Zh)),
                    format!("-o -: name the format with --format; there are {}", list(&formats(), Lang::En))
                ));
            }
        }
        if given.is_empty() && to_stdout.is_none() {
            given.push(PathBuf::from("findings.xlsx"));
        }
        let mut files = Vec::new();
        for path in given {
            let format = format_of(&path, arguments, config)?;
            let target = Target::claim(&path)?;
            files.push((path, format, target));
        }
        let status = config.path(arguments, "status").map(|path| Target::claim(&path)).transpose()?;
        let manifest = match config.path(arguments, "since-manifest") {
            Some(path) => Some((path.clone(), Target::claim(&path)?)),
            None => None,
        };
        Ok(Outputs { to_stdout, files, status, manifest })
    }

    /// Where the outputs go, so that none of them is taken for an input.
    fn paths(&self) -> Vec<PathBuf> {
        let files = self.files.iter().map(|(_, _, target)| target);
        let others = self.status.iter().chain(self.manifest.iter().map(|(_, target)| target));
        files.chain(others).map(|target| target.path().to_owned()).collect()
    }

    /// Writes the files; one that cannot be written does not keep the others from being written.
    fn write(&self, shown: &Shown, keeps_old: bool) -> Vec<anyhow::Error> {
        let &Shown { report, lang, masking, exit } = shown;
        let folder = std::env::current_dir().ok().map(|folder| folder.display().to_string());
        let mut failures = Vec::new();
        for (path, format, target) in self.files.iter().filter(|_| !keeps_old) {
            let options =
                render::Options { lang, masking, target: Some(path.display().to_string()), folder: folder.clone() };
            failures.extend(target.write(|out| format.write(report, &options, out)).err());
        }
        if let Some(target) = &self.status {
            failures.extend(target.write(|out| outcome::write(report, exit, lang, out)).err());
        }
        failures
    }

    /// What goes to standard output: the report in the format that was asked for, or the summary.
    fn print(&self, shown: &Shown, summary: Summary) -> anyhow::Result<()> {
        let &Shown { report, lang, masking, exit } = shown;
        if let Some(format) = self.to_stdout {
            let options = render::Options { lang, masking, ..render::Options::default() };
            output::write_stdout(|out| format.write(report, &options, out))?;
            if summary == Summary::Line {
                output::say(&outcome::line(report, exit, lang));
            }
            return Ok(());
        }
        let text = match summary {
            Summary::None => return Ok(()),
            Summary::Line => outcome::line(report, exit, lang) + "\n",
            Summary::Full => {
                let workbook = self.files.first().map(|(path, ..)| path.display().to_string());
                let options = render::console::Options {
                    lang,
                    masking,
                    width: width(),
                    colour: colour(),
                    workbook: workbook.as_deref(),
                };
                render::console::summary(report, &options)
            }
        };
        output::write_stdout(|out| out.write_all(text.as_bytes()))
    }
}

/// Whether the terminal shows colours and the user has not asked for none.
fn colour() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// The width of the terminal, 80 columns where there is none.
pub(super) fn width() -> u16 {
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let terminal = || std::io::stdout().is_terminal().then(|| comfy_table::Table::new().width()).flatten();
    columns.or_else(terminal).unwrap_or(80).clamp(60, 160)
}

/// The format of an output file, by its extension.
fn format_of(path: &Path, arguments: &ArgMatches, config: &Config) -> anyhow::Result<Format> {
    let name = path.to_string_lossy();
    let why = || {
        Localized::new(
            format!("看不出格式，请用扩展名 {}", list(&formats(), Lang::Zh)),
            format!("the format cannot be told; use an extension, one of {}", list(&formats(), Lang::En)),
        )
    };
    Ok(Format::from_path(&name).ok_or_else(|| config.wrong(arguments, "output", &name, why()))?)
}

fn format_named(name: &str) -> anyhow::Result<Format> {
    match Format::parse(name) {
        Some(format) => Ok(format),
        None => {
            bail!(choose(&format!("--format {name}"), "没有这种格式", "there is no such format", &formats()))
        }
    }
}

fn formats() -> [&'static str; Format::ALL.len()] {
    Format::ALL.map(Format::name)
}

/// The files to read. Standard input and pipes, which can be read once only, are read now.
pub(super) fn take_inputs(
    paths: &[PathBuf],
    outputs: &[PathBuf],
    options: &mut CheckOptions,
) -> anyhow::Result<inputs::Inputs> {
    let mut read: BTreeMap<PathBuf, Arc<Vec<u8>>> = BTreeMap::new();
    for path in paths {
        let shown = path.display();
        let is_pipe = path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
        if path.as_os_str() != "-" && !is_pipe {
            continue;
        }
        let limit = options.read.limits.held_bytes;
        let mut bytes = Vec::new();
        let source: Box<dyn Read> = match is_pipe {
            true => Box::new(std::fs::File::open(path).with_context(|| shown.to_string())?),
            false => Box::new(std::io::stdin()),
        };
        source.take(limit + 1).read_to_end(&mut bytes).with_context(|| shown.to_string())?;
        if bytes.len() as u64 > limit {
            bail!(complaint(
                format!("{shown}：超过 {limit} 字节，请存成文件再核查"),
                format!("{shown}: is longer than {limit} bytes; save it as a file and check that")
            ));
        }
        read.insert(path.clone(), Arc::new(bytes));
    }
    let on_disk: Vec<PathBuf> = paths.iter().filter(|path| !read.contains_key(*path)).cloned().collect();
    let mut inputs = inputs::collect(&on_disk, outputs);
    for companion in &options.companions {
        match companion.metadata() {
            Ok(_) if !inputs.files.contains(companion) => inputs.files.insert(0, companion.clone()),
            Ok(_) => {}
            Err(error) => return Err(error).with_context(|| format!("--roster {}", companion.display())),
        }
    }
    inputs.files.splice(0..0, read.keys().cloned());
    options.contents = read;
    Ok(inputs)
}

/// What people wrote beside the findings of the last run, with the waivers of the configuration, and the sums of earlier runs.
fn previous(arguments: &ArgMatches, config: &Config) -> anyhow::Result<(Option<Entries>, Vec<Past>)> {
    let mut earlier = Vec::new();
    for path in config.paths(arguments, "previous") {
        earlier.push(compare::load(&path)?);
    }
    let is_given = !earlier.is_empty();
    let (mut entries, history) = last_run(earlier);
    let waivers = config.waivers();
    if !is_given && waivers.is_empty() {
        return Ok((None, history));
    }
    for (finding, waiver) in waivers {
        let entry = entries.entry(finding).or_default();
        entry.explanation = waiver.explanation;
        entry.waived_until = waiver.waived_until;
        if !waiver.responsible.is_empty() {
            entry.responsible = waiver.responsible;
        }
    }
    Ok((Some(entries), history))
}

/// What people wrote, by fingerprint.
type Entries = BTreeMap<String, Entry>;

/// What the latest of the earlier runs found, and the sums of all of them, oldest first. Reports with one review date are parts of one
/// run: the list of findings and the return copies that came back; what people wrote in a later part counts.
fn last_run(earlier: Vec<Earlier>) -> (Entries, Vec<Past>) {
    let mut runs: BTreeMap<Option<Date>, Earlier> = BTreeMap::new();
    for one in earlier {
        let run = runs.entry(one.as_of).or_insert_with(|| Earlier { as_of: one.as_of, ..Earlier::default() });
        for (fingerprint, entry) in one.entries {
            run.entries.entry(fingerprint).or_default().merge(entry);
        }
    }
    // A list without a date, such as one of waivers, goes with the latest run.
    let undated = runs.remove(&None).unwrap_or_default();
    let history = runs.values().map(Earlier::past).collect();
    let mut last = runs.pop_last().map(|(_, run)| run).unwrap_or_default();
    for (fingerprint, entry) in undated.entries {
        last.entries.entry(fingerprint).or_default().merge(entry);
    }
    (last.entries, history)
}

fn say_what_is_in_force(config: &Config, options: &CheckOptions, inputs: &inputs::Inputs, lang: Lang) {
    let path = config.path.as_ref().map(|path| path.display().to_string()).unwrap_or_else(|| "—".to_owned());
    let (files, others) = (inputs.files.len(), inputs.passed_over.len());
    output::say(&match lang {
        Lang::Zh => format!("配置 {path}；核查日期 {}；{files} 个文件，另有 {others} 个按名称不是台账", options.as_of),
        Lang::En => {
            let files = counted(files as u64, "file");
            format!("configuration {path}; as of {}; {files}, {others} passed over by name", options.as_of)
        }
    });
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
                "No ledgers by their names and not read: {} in the folders: {}{more}",
                counted(count as u64, "file"),
                names.join(", ")
            ),
        ));
    }
    if inputs.files.is_empty() && inputs.faults.is_empty() {
        report.notes.push(Localized::new("没有找到任何可读的台账文件。", "No ledger file was found."));
    }
}

fn io_fault(path: &Path, error: &std::io::Error) -> InputReading {
    let reason = diag::io_reason(error);
    let fault = InputFault::new(
        FaultKind::Io,
        Localized::new(format!("无法打开：{}。", reason.zh), format!("Cannot be opened: {}.", reason.en)),
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
