//! The façade: inputs, catalog and options to a report.
//!
//! This is where another program begins. Packs come from [`crate::pack::builtin`] or [`crate::pack::with_files`]; a
//! [`Checker`] holds them ready for any number of checks, from several threads too; [`Checker::run`] gives a
//! [`Report`], whose findings stand on their own and which [`crate::render::Format::write`] lays out. Inputs need not be
//! files: [`CheckOptions::contents`] gives their bytes. Faults of inputs and packs are in the report, never a panic.

mod aside;
mod cases;
mod doubts;
mod export;
mod groups;
mod guard;
mod load;
mod merge;
mod previous;
mod progress;
mod region;
pub mod rules;
mod shelf;
mod stream;

pub use aside::may_be_ledger;
pub use cases::{CaseResult, run_cases};
pub use export::{Exported, Sink};
pub use groups::groups;
pub use merge::Merged;
pub use previous::{earlier_json, earlier_report, written_date};
pub use progress::{Done, Progress};

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use self::load::{Late, Loaded, Meter, kinds_of, load, next_batches};
use crate::diag::{FaultKind, InputFault, PackFault};
use crate::eval::{EvalOptions, Evaluation, Evaluator};
use crate::finding::{InputReading, NotRun, Reason, Report, RuleInfo, RunInfo};
use crate::map::{Mapper, UserMapping};
use crate::model::{Date, Localized, Period};
use crate::pack::{Catalog, Rule, Store};
use crate::read::{Digest, ReadOptions};
use crate::rule::{Program, compile, outline};

/// Whether the inputs of a run are one body of evidence or are judged apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Each {
    /// A register in one file serves a roster in another.
    #[default]
    Together,
    File,
    Folder,
}

/// What a check is asked for.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// The review date.
    pub as_of: Date,
    /// The reporting period of ledgers that do not name one.
    pub period: Option<Period>,
    /// Ids of packs; empty to choose them from the regions named in the ledgers.
    pub packs: Vec<Arc<str>>,
    /// Parameters set by the user, as name and value.
    pub parameters: Vec<(String, String)>,
    /// Ledger kinds set by the user: end of the file's path (or its name) and kind.
    pub kinds: Vec<(String, Arc<str>)>,
    /// Whether the user declares that the material is complete.
    pub complete: bool,
    /// Findings kept for each rule; counts stay true.
    pub max_findings: Option<usize>,
    pub each: Each,
    /// Registers that belong to every group, such as the roster of institutions. Where groups are judged apart, the
    /// rules on these registers themselves are judged once, in a group of their own.
    pub companions: Vec<PathBuf>,
    /// Whether it is noted which rows belong to which unit, for return copies.
    pub keep_owners: bool,
    pub read: ReadOptions,
    pub mapping: UserMapping,
    /// The command line, for the report.
    pub arguments: Vec<String>,
    /// Contents of inputs that are no files on disk, such as standard input, by the path under which they are listed.
    pub contents: BTreeMap<PathBuf, Arc<Vec<u8>>>,
    /// Raised by the caller to end a check early.
    pub stop: Option<Arc<AtomicBool>>,
    /// Counts how far the run has come.
    pub progress: Arc<Progress>,
}

impl CheckOptions {
    fn is_stopped(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed))
    }

    /// What the report says about a run with these options; `pack_choice` says how the packs were chosen.
    pub fn run_info(&self, pack_choice: Localized) -> RunInfo {
        RunInfo {
            as_of: self.as_of,
            period: self.period,
            pack_choice,
            arguments: self.arguments.clone(),
            ..RunInfo::default()
        }
    }
}

/// A check was ended before its evidence was complete, so that it has no result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stopped;

/// So many files are opened before the packs are chosen and records begin to be judged.
const FIRST_FILES: usize = 256;

/// A store of packs made ready for checking: names prepared for looking up, and rules compiled once for each choice of
/// packs.
///
/// ```
/// use std::sync::Arc;
///
/// use taizhang::check::{CheckOptions, Checker};
/// use taizhang::finding::{Masking, Outcome};
/// use taizhang::model::{Date, Lang};
/// use taizhang::render::{Format, Options};
///
/// let (store, faults) = taizhang::pack::builtin();
/// assert!(faults.is_empty());
/// let checker = Checker::new(&store);
///
/// // A ledger that came over the network rather than from a file.
/// let ledger = "医院名称,是否牵头医院,门诊号源总数,向基层开放号源数\n甲医院,是,1000,199\n";
/// let mut options = CheckOptions { packs: vec!["national".into()], ..CheckOptions::default() };
/// options.as_of = Date::new(2024, 1, 10).expect("a day of the calendar");
/// options.contents.insert("slots.csv".into(), Arc::new(ledger.into()));
/// let report = checker.run(&["slots.csv".into()], &options);
///
/// let violated: Vec<_> = report.findings.iter().filter(|finding| finding.outcome == Outcome::Violated).collect();
/// assert_eq!(violated.len(), 1);
/// assert_eq!(&*violated[0].unit, "甲医院");
/// assert!(report.message(violated[0], Lang::Zh, Masking::Masked).contains("19.9%"));
/// let mut page = Vec::new();
/// Format::Markdown.write(&report, &Options::default(), &mut page)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Checker<'s> {
    store: &'s Store,
    base: Catalog,
    mapper: Mapper,
    compiled: Mutex<BTreeMap<Choice, Compiled>>,
}

/// What rules are compiled for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Choice {
    packs: Vec<Arc<str>>,
    parameters: Vec<(String, String)>,
    /// The ledger kinds of the run, where all are known before the rules are prepared.
    kinds: Option<BTreeSet<Arc<str>>>,
    /// Ledger kinds whose own rules are judged in another group.
    serving: BTreeSet<Arc<str>>,
}

/// The rules of a choice of packs.
#[derive(Clone)]
struct Compiled {
    catalog: Arc<Catalog>,
    program: Arc<Program>,
    /// All rules in the order of the packs.
    rules: Arc<[RuleInfo]>,
    /// For each rule of the program, its position in `rules`.
    positions: Arc<[u32]>,
    /// What is known without judging: rules whose ledger is not among the inputs.
    not_run: Arc<[NotRun]>,
    faults: Vec<PackFault>,
}

impl<'s> Checker<'s> {
    pub fn new(store: &'s Store) -> Checker<'s> {
        let base = store.base();
        let mapper = Mapper::new(&base);
        Checker { store, base, mapper, compiled: Mutex::default() }
    }

    /// Checks the files and reports. A bad file or a broken rule never hides the results of the others; where the
    /// options ask to stop, groups that were not finished are listed as faults of their files.
    pub fn run(&self, files: &[PathBuf], options: &CheckOptions) -> Report {
        let mut merged = Merged::default();
        for group in groups(files, options) {
            match self.check(&group, options) {
                Ok(report) => merged.add(report),
                Err(Stopped) => merged.add(self.not_reached(&group, options)),
            }
        }
        merged.finish()
    }

    /// What is reported of files that a stopped run did not come to.
    pub fn not_reached(&self, files: &[PathBuf], options: &CheckOptions) -> Report {
        groups::failed(files, options, &groups::interrupted())
    }

    /// Checks the files as one body of evidence, whatever `options.each` says. Half of the evidence would make
    /// records look absent, so that a check that is stopped has no result.
    pub fn check(&self, files: &[PathBuf], options: &CheckOptions) -> Result<Report, Stopped> {
        let companions = options.companions.iter().filter(|path| !files.contains(path));
        let numbered: Vec<(u32, &Path)> = (0..).zip(files.iter().chain(companions).map(PathBuf::as_path)).collect();
        let own = if options.each == Each::Together { numbered.len() } else { files.len() };
        let mut late = Late::new();
        loop {
            let known = late.len();
            match guard::call(|| self.judge(&numbered, own, options, &mut late)) {
                // A table far down a sheet brought a kind that the rules were not chosen for: now they are.
                Ok(Ok(_)) if late.len() > known => {}
                Ok(result) => return result,
                Err(fault) => return Ok(groups::failed(files, options, &fault)),
            }
        }
    }

    /// The ledger kinds that only companions of the group have.
    fn kinds_that_serve(
        &self,
        files: &[(u32, &Path)],
        own: usize,
        loaded: &[Loaded],
        options: &CheckOptions,
    ) -> BTreeSet<Arc<str>> {
        if own >= files.len() {
            return BTreeSet::new();
        }
        let mine = kinds_of(loaded.iter().filter(|one| files[..own].iter().any(|(_, path)| one.is_of(path))));
        let mut serving = match files.len() <= FIRST_FILES {
            true => kinds_of(loaded.iter().filter(|one| files[own..].iter().any(|(_, path)| one.is_of(path)))),
            // A long group: the companions come after the files that were loaded so far.
            false => kinds_of(self.load_all(&files[own..], options).iter()),
        };
        serving.retain(|kind| !mine.contains(kind));
        serving
    }

    fn compiled(&self, choice: Choice) -> Compiled {
        let known = |choice: &Choice| self.compiled.lock().unwrap_or_else(PoisonError::into_inner).get(choice).cloned();
        if let Some(compiled) = known(&choice) {
            return compiled;
        }
        // Nothing is locked meanwhile: two threads may compile the same choice, which costs less than waiting.
        let wanted = choice.kinds.as_ref().filter(|_| !self.store.has_user_files());
        let (mut catalog, mut faults) = self.store.catalog_of(&choice.packs, &choice.parameters, wanted);
        // A rule for many kinds, or for what reading makes, would only be listed as not run where that is not there.
        if let Some(kinds) = &choice.kinds {
            let made = catalog.kinds.iter().filter(|kind| kind.made.is_some());
            let made: BTreeSet<Arc<str>> = made.map(|kind| kind.id.clone()).collect();
            catalog.rules.retain(|rule| {
                let is_one_of_many = *rule.id != *rule.template();
                let has_others = || rule.joins.iter().all(|join| kinds.contains(&join.ledger));
                (!is_one_of_many && !made.contains(&rule.ledger))
                    || kinds.contains(&rule.ledger) && (!rule.id.contains('+') || has_others())
            });
        }
        catalog.rules.retain(|rule| !choice.serving.contains(&rule.ledger));
        // Rules of ledgers that are not there can have no result, so that only a fault in a user's rule would be missed.
        let is_wanted = |rule: &Rule| {
            self.store.has_user_files() || choice.kinds.as_ref().is_none_or(|kinds| kinds.contains(&rule.ledger))
        };
        let all = std::mem::take(&mut catalog.rules);
        catalog.rules = all.iter().filter(|rule| is_wanted(rule)).cloned().collect();
        let (program, compile_faults) = compile(&catalog);
        faults.extend(compile_faults);
        self.store.place(&mut faults);
        let numbers: BTreeMap<Arc<str>, u32> = program.plans.iter().map(|plan| plan.id.clone()).zip(0..).collect();
        let mut rules = Vec::new();
        let mut positions = vec![0; program.plans.len()];
        let mut not_run = Vec::new();
        for rule in &all {
            let position = rules.len() as u32;
            match numbers.get(&rule.id) {
                Some(number) => positions[*number as usize] = position,
                None if is_wanted(rule) => continue,
                None => not_run.push(NotRun { rule: position, reason: Reason::LedgerAbsent(rule.ledger.clone()) }),
            }
            rules.push(outline(&catalog, rule));
        }
        let compiled = Compiled {
            catalog: Arc::new(catalog),
            program: Arc::new(program),
            rules: rules.into(),
            positions: positions.into(),
            not_run: not_run.into(),
            faults,
        };
        let mut all = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(choice).or_insert(compiled).clone()
    }

    /// The packs that were asked for, or those of the regions that the ledgers name.
    fn choose(&self, files: &[(u32, &Path)], loaded: &[Loaded], options: &CheckOptions) -> region::Choice {
        if !options.packs.is_empty() {
            return region::Choice {
                packs: options.packs.clone(),
                why: Localized::new("规则包由命令行指定", "the packs were given on the command line"),
            };
        }
        let mut hints = region::Hints::default();
        for (_, path) in files {
            hints.add_text(&path.to_string_lossy());
        }
        for batch in loaded.iter().flat_map(|one| &one.batches) {
            if let Some(kind) = self.base.kinds.iter().find(|kind| kind.id == batch.source.kind) {
                hints.add_batch(batch, kind);
            }
        }
        hints.add_period(options.period);
        region::choose(&self.base, self.store.packs(), &hints)
    }

    /// Judges the files; those from the position `own` on only serve the others.
    fn judge(
        &self,
        files: &[(u32, &Path)],
        own: usize,
        options: &CheckOptions,
        late: &mut Late,
    ) -> Result<Report, Stopped> {
        let (first, rest) = files.split_at(files.len().min(FIRST_FILES));
        let mut loaded = self.load_all(first, options);
        for one in &mut loaded {
            one.expect(late);
        }
        if options.is_stopped() {
            return Err(Stopped);
        }
        let served = self.kinds_that_serve(files, own, &loaded, options);
        let choice = self.choose(files, &loaded, options);
        let kinds = rest.is_empty().then(|| kinds_of(loaded.iter()));
        let wanted = Choice { packs: choice.packs, parameters: options.parameters.clone(), kinds, serving: served };
        // While the rules are compiled some of the next files are opened.
        let (early, mut rest) = rest.split_at(rest.len().min(FIRST_FILES / 4));
        let (compiled, mut ready) = rayon::join(|| self.compiled(wanted), || self.load_all(early, options));
        let eval_options =
            EvalOptions { as_of: options.as_of, complete: options.complete, max_findings: options.max_findings };
        let mut evaluator = Evaluator::new(compiled.program.clone(), eval_options);
        if options.keep_owners {
            evaluator.keep_owners();
        }
        let mut readings = stream::Readings::default();
        // While some files are judged the next are opened, half as many at a time, so that no more are held than at first.
        let mut late = (early.is_empty() && rest.is_empty()).then_some(late);
        let mut opened = early.len();
        loop {
            let (next, behind) = rest.split_at(rest.len().min(FIRST_FILES / 2 - opened));
            let judge = || stream::judge(&mut evaluator, loaded, late.take(), &mut readings, options);
            let (judged, more) = rayon::join(judge, || self.load_all(next, options));
            judged?;
            if opened == 0 && next.is_empty() {
                break;
            }
            if options.is_stopped() {
                return Err(Stopped);
            }
            ready.extend(more);
            loaded = std::mem::take(&mut ready);
            (rest, opened) = (behind, 0);
        }
        let mut readings = readings.all;
        if own < files.len() {
            let serving: BTreeSet<String> =
                files[own..].iter().map(|(_, path)| path.to_string_lossy().into_owned()).collect();
            readings.retain(|reading| !serving.contains(&*reading.file));
        }
        for reading in &mut readings {
            aside::pass_over(reading);
            note_unrecognised(reading, &self.base);
        }
        let run = options.run_info(choice.why);
        Ok(assemble(run, compiled, evaluator.finish(), readings))
    }

    fn load_all(&self, files: &[(u32, &Path)], options: &CheckOptions) -> Vec<Loaded> {
        // Pictures are for looking at files one by one.
        load_each(files, &self.mapper.without_pictures(), options)
    }

    /// Reads and maps the files without judging them.
    pub fn inspect(&self, files: &[PathBuf], options: &CheckOptions) -> Report {
        let numbered: Vec<(u32, &Path)> = (0..).zip(files.iter().map(PathBuf::as_path)).collect();
        let mut inputs = Vec::new();
        for mut one in load_each(&numbered, &self.mapper, options) {
            let share = one.share();
            let digest = one.pending_digest();
            let read = || {
                for (_, sheet) in &mut one.sheets {
                    let mut meter = Meter::new(&options.progress, share);
                    while !next_batches(sheet, &mut one.reading.faults, &mut meter).is_empty() {}
                }
            };
            let ((), digits) = rayon::join(read, || digest.map(Digest::digits));
            one.note_digest(digits);
            let mut reading = one.finish(&options.progress);
            note_unrecognised(&mut reading, &self.base);
            inputs.push(reading);
        }
        let run = options.run_info(Localized::default());
        let (ledger_names, field_names) = names(&self.base);
        Report { run, inputs, ledger_names, field_names, ..Report::default() }
    }
}

/// Opens and maps the files, several at once.
fn load_each(files: &[(u32, &Path)], mapper: &Mapper, options: &CheckOptions) -> Vec<Loaded> {
    let one = |(index, path): &(u32, &Path)| {
        let shown = || path.to_string_lossy().into_owned();
        if options.is_stopped() {
            return vec![Loaded::fault(shown(), None, 0, groups::interrupted())];
        }
        guard::call(|| load(*index, path, mapper, options))
            .unwrap_or_else(|fault| vec![Loaded::fault(shown(), None, 0, fault)])
    };
    files.par_iter().flat_map_iter(one).collect()
}

/// A file in which no sheet holds a known ledger is a fault of that file, with what came nearest.
fn note_unrecognised(reading: &mut InputReading, base: &Catalog) {
    let recognised = reading.sheets.iter().flat_map(|sheet| &sheet.tables).any(|table| table.kind.is_some());
    if recognised || !reading.faults.is_empty() || reading.is_passed_over() {
        return;
    }
    let has_content = reading.sheets.iter().any(|sheet| sheet.rows > 0);
    if !has_content {
        reading.faults.push(InputFault::new(
            FaultKind::Empty,
            Localized::new("文件中没有任何内容。", "The file has no content."),
            Localized::new("请向填报单位核实后重新报送。", "Ask the submitter to send it again."),
        ));
        return;
    }
    let nearest = reading
        .sheets
        .iter()
        .flat_map(|sheet| &sheet.tables)
        .filter_map(|table| table.kind_runner_up.clone())
        .max_by_key(|(_, confidence)| *confidence);
    let near = nearest
        .and_then(|(id, confidence)| base.kinds.iter().find(|kind| kind.id == id).map(|kind| (kind, confidence)));
    let message = match near {
        Some((kind, confidence)) => Localized::new(
            format!("未能识别台账种类；最接近的是“{}”（把握 {confidence}%）。", kind.name.zh),
            format!("No ledger kind was recognised; the nearest is “{}” ({confidence} %).", kind.name.en),
        ),
        None => Localized::new("未能识别台账种类。", "No ledger kind was recognised."),
    };
    reading.faults.push(InputFault::new(
        FaultKind::Unrecognised,
        message,
        Localized::new(
            "用 taizhang inspect 查看读取情况，用 --ledger 文件=种类 指定种类；若不是台账，请移出文件夹。",
            "Look at it with `taizhang inspect`, name the kind with --ledger FILE=KIND, or move the file away if it is no ledger.",
        ),
    ));
}

/// Which fields of which ledger kinds the rules of all packs read, and for which measure: (kind, field, measure).
pub fn fields_read(store: &Store) -> Vec<(Arc<str>, Arc<str>, Arc<str>)> {
    let mut read = BTreeSet::new();
    for pack in store.packs() {
        let (catalog, _) = store.catalog(std::slice::from_ref(&pack.info.id), &[]);
        let (program, _) = compile(&catalog);
        for (plan, info) in program.plans.iter().zip(&program.infos) {
            for (kind, field) in plan.fields_read() {
                if let Some(kind) = program.kinds.get(kind)
                    && let Some(field) = kind.fields.get(usize::from(field))
                {
                    read.insert((kind.id.clone(), field.name.clone(), info.measure.clone()));
                }
            }
        }
    }
    read.into_iter().collect()
}

/// Names of kinds by id and English names of fields, for the texts of the outputs.
fn names(catalog: &Catalog) -> (BTreeMap<Arc<str>, Localized>, BTreeMap<Arc<str>, String>) {
    let kinds = catalog.kinds.iter().map(|kind| (kind.id.clone(), kind.name.clone())).collect();
    let fields = catalog
        .kinds
        .iter()
        .flat_map(|kind| &kind.fields)
        .map(|field| (field.name.clone(), field.en.clone()))
        .collect();
    (kinds, fields)
}

fn assemble(run: RunInfo, compiled: Compiled, evaluation: Evaluation, inputs: Vec<InputReading>) -> Report {
    let Compiled { catalog, rules, positions, not_run, faults, .. } = compiled;
    let Evaluation { mut findings, mut tallies, not_run: refused, mut notes, owners, .. } = evaluation;
    let position = |number: u32| positions.get(number as usize).copied().unwrap_or(number);
    findings.iter_mut().for_each(|finding| finding.rule = position(finding.rule));
    tallies.renumber(position);
    let refused = refused.into_iter().map(|one| NotRun { rule: position(one.rule), reason: one.reason });
    let mut not_run: Vec<NotRun> = not_run.iter().cloned().chain(refused).collect();
    not_run.sort_by_key(|one| one.rule);
    doubts::explain_doubts(&mut findings, &mut not_run, &inputs);
    notes.extend(doubts::summary(&inputs));
    notes.extend(doubts::unread(&inputs, &findings));
    notes.extend(aside::told(&inputs));
    shelf::shrink(&mut findings);
    let (ledger_names, field_names) = names(&catalog);
    Report {
        run,
        packs: catalog.packs.iter().map(|pack| pack.info.clone()).collect(),
        measures: catalog.measures.clone(),
        rules: rules.to_vec(),
        inputs,
        findings,
        tallies,
        not_run,
        pack_faults: faults,
        notes,
        owners,
        follow_up: None,
        history: Vec::new(),
        pseudonyms: Default::default(),
        ledger_names,
        field_names,
    }
}
