//! The façade: inputs, catalog and options to a report.

mod cases;
mod merge;
mod previous;
mod progress;
mod region;
pub mod rules;

pub use cases::{CaseResult, run_cases};
pub use previous::{previous_entries, written_date};
pub use progress::{Done, Progress};

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::diag::{FaultKind, InputFault, PackFault};
use crate::eval::{EvalOptions, Evaluation, Evaluator};
use crate::finding::{InputReading, NotRun, Reason, Report, RuleInfo, RunInfo};
use crate::map::{FileContext, MapOptions, MappedSheet, Mapper, UserMapping, map_sheet};
use crate::model::{Batch, Date, Localized, Period};
use crate::pack::{Catalog, Rule, Store};
use crate::read::{Cell, Opened, ReadOptions, Row, Sheet, open};
use crate::rule::{Program, compile, outline};
use crate::template::{LISTS_SHEET, MARKER_SHEET};

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
    pub read: ReadOptions,
    pub mapping: UserMapping,
    /// The command line, for the report.
    pub arguments: Vec<String>,
    /// Counts how far the run has come.
    pub progress: Arc<Progress>,
}

/// So many files are opened before the packs are chosen and records begin to be judged.
const FIRST_FILES: usize = 256;
/// Batches that are taken from one sheet before the packs are chosen; longer sheets wait.
const FIRST_BATCHES: usize = 16;

/// Inputs of one run; beyond them the numbers that keep results in a stable order would run out.
const INPUTS: u32 = 16_384;
/// Sheets of one input that keep numbers of their own, so that results have a stable order however files are loaded.
const SHEETS: u32 = 64;

/// A store of packs made ready for checking: names prepared for looking up, and rules compiled once for each choice of packs.
///
/// ```
/// use std::path::PathBuf;
/// use taizhang::check::{CheckOptions, Checker};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("slots.csv");
/// std::fs::write(&path, "医院名称,是否牵头医院,门诊号源总数,向基层开放号源数\n甲医院,是,1000,199\n")?;
///
/// let (store, faults) = taizhang::pack::builtin();
/// assert!(faults.is_empty());
/// let as_of = taizhang::model::Date::new(2024, 1, 10).unwrap();
/// let options = CheckOptions { as_of, packs: vec!["national".into()], ..CheckOptions::default() };
/// let report = Checker::new(&store).run(&[path], &options);
/// let violated = report.findings.iter().filter(|finding| finding.outcome == taizhang::finding::Outcome::Violated);
/// assert_eq!(violated.count(), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Checker<'s> {
    store: &'s Store,
    base: Catalog,
    mapper: Mapper,
    compiled: BTreeMap<Choice, Compiled>,
}

/// Packs, parameters, and the ledger kinds of the run where all are known before the rules are prepared.
type Choice = (Vec<Arc<str>>, Vec<(String, String)>, Option<BTreeSet<Arc<str>>>);

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
        Checker { store, base, mapper, compiled: BTreeMap::new() }
    }

    /// Checks the files and reports. A bad file or a broken rule never hides the results of the others.
    pub fn run(&mut self, files: &[PathBuf], options: &CheckOptions) -> Report {
        let groups = group(files, options.each);
        let reports = groups.iter().map(|group| self.run_group(group, options)).collect();
        merge::merge(reports)
    }

    fn compiled(
        &mut self,
        packs: &[Arc<str>],
        parameters: &[(String, String)],
        kinds: Option<BTreeSet<Arc<str>>>,
    ) -> Compiled {
        let store = self.store;
        let compile_packs = || {
            let (mut catalog, mut faults) = store.catalog(packs, parameters);
            // A rule for many kinds would only be listed as not run for those that are not there.
            if let Some(kinds) = &kinds {
                catalog.rules.retain(|rule| *rule.id == *rule.template() || kinds.contains(&rule.ledger));
            }
            // Rules of ledgers that are not there can have no result, so that only a fault in a user's rule would be missed.
            let is_wanted =
                |rule: &Rule| store.has_user_files() || kinds.as_ref().is_none_or(|kinds| kinds.contains(&rule.ledger));
            let all = std::mem::take(&mut catalog.rules);
            catalog.rules = all.iter().filter(|rule| is_wanted(rule)).cloned().collect();
            let (program, compile_faults) = compile(&catalog);
            faults.extend(compile_faults);
            store.place(&mut faults);
            let compiled: BTreeMap<Arc<str>, u32> = program.plans.iter().map(|plan| plan.id.clone()).zip(0..).collect();
            let mut rules = Vec::new();
            let mut positions = vec![0; program.plans.len()];
            let mut not_run = Vec::new();
            for rule in &all {
                let position = rules.len() as u32;
                match compiled.get(&rule.id) {
                    Some(number) => positions[*number as usize] = position,
                    None if is_wanted(rule) => continue,
                    None => not_run.push(NotRun { rule: position, reason: Reason::LedgerAbsent(rule.ledger.clone()) }),
                }
                rules.push(outline(&catalog, rule));
            }
            Compiled {
                catalog: Arc::new(catalog),
                program: Arc::new(program),
                rules: rules.into(),
                positions: positions.into(),
                not_run: not_run.into(),
                faults,
            }
        };
        self.compiled.entry((packs.to_vec(), parameters.to_vec(), kinds.clone())).or_insert_with(compile_packs).clone()
    }

    fn run_group(&mut self, files: &[(u32, &Path)], options: &CheckOptions) -> Report {
        let mut hints = region::Hints::default();
        let (first, rest) = files.split_at(files.len().min(FIRST_FILES));
        let loaded = self.load_all(first, options);
        for (_, path) in files {
            hints.add_text(&path.to_string_lossy());
        }
        for batch in loaded.iter().flat_map(|one| &one.batches) {
            if let Some(kind) = self.base.kinds.iter().find(|kind| kind.id == batch.source.kind) {
                hints.add_batch(batch, kind);
            }
        }
        hints.add_period(options.period);
        let choice = if options.packs.is_empty() {
            region::choose(&self.base, self.store.packs(), &hints)
        } else {
            region::Choice {
                packs: options.packs.clone(),
                why: Localized::new("规则包由命令行指定", "the packs were given on the command line"),
            }
        };
        let kinds = rest.is_empty().then(|| kinds_of(&loaded));
        let compiled = self.compiled(&choice.packs, &options.parameters, kinds);
        let eval_options =
            EvalOptions { as_of: options.as_of, complete: options.complete, max_findings: options.max_findings };
        let mut evaluator = Evaluator::new(compiled.program.clone(), eval_options);
        let mut readings = Vec::new();
        judge(&mut evaluator, loaded, rest.is_empty(), &mut readings, &options.progress);
        for chunk in rest.chunks(FIRST_FILES) {
            judge(&mut evaluator, self.load_all(chunk, options), false, &mut readings, &options.progress);
        }
        for reading in &mut readings {
            note_unrecognised(reading, &self.base);
        }
        let run = RunInfo {
            as_of: options.as_of,
            period: options.period,
            pack_choice: choice.why,
            arguments: options.arguments.clone(),
            ..RunInfo::default()
        };
        assemble(run, compiled, evaluator.finish(), readings)
    }

    fn load_all(&self, files: &[(u32, &Path)], options: &CheckOptions) -> Vec<Loaded> {
        files.par_iter().flat_map_iter(|(index, path)| load(*index, path, &self.mapper, options)).collect()
    }

    /// Reads and maps the files without judging them.
    pub fn inspect(&self, files: &[PathBuf], options: &CheckOptions) -> Report {
        let numbered: Vec<(u32, &Path)> = (0..).zip(files.iter().map(PathBuf::as_path)).collect();
        let mut inputs = Vec::new();
        for mut one in self.load_all(&numbered, options) {
            let share = one.share();
            for (_, sheet) in &mut one.sheets {
                let mut meter = Meter::new(&options.progress, share);
                while !next_batches(sheet, &mut one.reading.faults, &mut meter).is_empty() {}
            }
            let mut reading = one.finish(&options.progress);
            note_unrecognised(&mut reading, &self.base);
            inputs.push(reading);
        }
        let run = RunInfo {
            as_of: options.as_of,
            period: options.period,
            arguments: options.arguments.clone(),
            ..RunInfo::default()
        };
        let (ledger_names, field_names) = names(&self.base);
        Report { run, inputs, ledger_names, field_names, ..Report::default() }
    }
}

/// The files of each group with their position in the input order.
fn group(files: &[PathBuf], each: Each) -> Vec<Vec<(u32, &Path)>> {
    let numbered = files.iter().enumerate().map(|(index, path)| (index as u32, path.as_path()));
    match each {
        Each::Together => vec![numbered.collect()],
        Each::File => numbered.map(|file| vec![file]).collect(),
        Each::Folder => {
            let mut folders: BTreeMap<&Path, Vec<(u32, &Path)>> = BTreeMap::new();
            for (index, path) in numbered {
                folders.entry(path.parent().unwrap_or(Path::new(""))).or_default().push((index, path));
            }
            folders.into_values().collect()
        }
    }
}

/// One input with its sheets: what was taken from them so far, and what is still to come.
struct Loaded {
    reading: InputReading,
    batches: Vec<Batch>,
    /// The sheets that were not read to their end, with their place among the sheets of the input.
    sheets: Vec<(usize, MappedSheet)>,
    /// Whether the file is done once this part of it is.
    is_last: bool,
}

impl Loaded {
    /// An input that could not be read.
    fn fault(path: String, digest: Option<String>, size: u64, fault: InputFault) -> Loaded {
        let reading = InputReading {
            file: path.into(),
            format: None,
            encoding: None,
            digest,
            size,
            notes: Vec::new(),
            faults: vec![fault],
            sheets: Vec::new(),
        };
        Loaded { reading, batches: Vec::new(), sheets: Vec::new(), is_last: false }
    }

    /// The bytes of the input for each of the sheets that are still to be read to their end.
    fn share(&self) -> u64 {
        self.reading.size / self.sheets.len().max(1) as u64
    }

    /// How the input was read, once every sheet has been read to its end.
    fn finish(mut self, progress: &Progress) -> InputReading {
        if self.is_last {
            progress.add_file();
        }
        for (place, sheet) in self.sheets {
            let place = place.min(self.reading.sheets.len());
            self.reading.sheets.insert(place, sheet.finish());
        }
        self.reading
    }
}

/// Opens and maps one file; long sheets are left open after their first batches.
fn load(index: u32, path: &Path, mapper: &Mapper, options: &CheckOptions) -> Vec<Loaded> {
    let given = path.to_string_lossy().into_owned();
    if index >= INPUTS {
        let fault = InputFault::new(
            FaultKind::LimitExceeded,
            Localized::new(
                format!("一次最多核查 {INPUTS} 个文件，此文件未读。"),
                format!("One run takes {INPUTS} files at most; this one was not read."),
            ),
            Localized::new("请分文件夹核查。", "Check the folders one by one."),
        );
        return vec![Loaded::fault(given, None, 0, fault)];
    }
    let kind = options.kinds.iter().find(|(file, _)| given.ends_with(file.as_str())).map(|(_, kind)| kind.clone());
    let map_options =
        MapOptions { kind, period: options.period, as_of: options.as_of, mapping: options.mapping.clone() };
    let mut sheet_number = 0;
    let mut all = Vec::new();
    for opened in open(path, &options.read) {
        all.push(match opened {
            Opened::Fault { path, digest, size, fault } => Loaded::fault(path, digest, size, fault),
            Opened::Document(mut document) => {
                let marked = take_marker(&mut document.sheets);
                let shown: Arc<str> = document.path.clone().into();
                let mut loaded = Loaded {
                    reading: InputReading {
                        file: shown.clone(),
                        format: Some(document.format),
                        encoding: document.encoding,
                        digest: Some(document.digest),
                        size: document.size,
                        notes: document.notes,
                        faults: Vec::new(),
                        sheets: Vec::new(),
                    },
                    batches: Vec::new(),
                    sheets: Vec::new(),
                    is_last: false,
                };
                for sheet in document.sheets {
                    let file =
                        FileContext { path: shown.clone(), index: index * SHEETS + sheet_number.min(SHEETS - 1) };
                    sheet_number += 1;
                    let mut map_options = map_options.clone();
                    if map_options.kind.is_none() {
                        map_options.kind = marked.get(&sheet.name).cloned();
                    }
                    let mut mapped = map_sheet(sheet, &file, mapper, &map_options);
                    let open =
                        take_batches(&mut mapped, FIRST_BATCHES, &mut loaded.batches, &mut loaded.reading.faults);
                    if open {
                        loaded.sheets.push((loaded.sheets.len() + loaded.reading.sheets.len(), mapped));
                    } else {
                        loaded.reading.sheets.push(mapped.finish());
                    }
                }
                loaded
            }
        });
    }
    let progress = &options.progress;
    match all.iter_mut().rfind(|one| !one.sheets.is_empty()) {
        Some(last) => last.is_last = true,
        None => progress.add_file(),
    }
    for one in &all {
        progress.add_rows(one.batches.iter().map(Batch::len).sum());
        if one.sheets.is_empty() {
            progress.add_bytes(one.reading.size);
        }
    }
    all
}

/// Takes the hidden sheets of a returned template away and gives the kind of ledger that each other sheet was made for.
fn take_marker(sheets: &mut Vec<Sheet>) -> BTreeMap<String, Arc<str>> {
    let mut kinds = BTreeMap::new();
    let Some(position) = sheets.iter().position(|sheet| sheet.hidden && sheet.name == MARKER_SHEET) else {
        return kinds;
    };
    let mut marker = sheets.remove(position);
    sheets.retain(|sheet| !(sheet.hidden && sheet.name == LISTS_SHEET));
    let mut row = Row::default();
    // A marker that cannot be read says nothing; the sheets are then recognised like any others.
    while let Ok(true) = marker.rows.next_row(&mut row) {
        if let (Cell::Text(name), Cell::Text(kind)) = (row.get(0), row.get(1))
            && row.index > 0
        {
            kinds.insert(name.to_owned(), kind.into());
        }
    }
    kinds
}

/// Takes up to `most` batches; `true` where the sheet has more.
fn take_batches(sheet: &mut MappedSheet, most: usize, batches: &mut Vec<Batch>, faults: &mut Vec<InputFault>) -> bool {
    for _ in 0..most {
        match sheet.next_batch() {
            Ok(Some(batch)) => batches.push(batch),
            Ok(None) => return false,
            Err(fault) => {
                faults.push(fault);
                return false;
            }
        }
    }
    true
}

/// The ledger kinds of what was loaded.
fn kinds_of(loaded: &[Loaded]) -> BTreeSet<Arc<str>> {
    let batches = loaded.iter().flat_map(|one| &one.batches).map(|batch| batch.source.kind.clone());
    let sheets = loaded.iter().flat_map(|one| &one.sheets).flat_map(|(_, sheet)| sheet.kinds());
    batches.chain(sheets).collect()
}

/// Feeds what was loaded to the evaluator, and reads the long sheets to their end. `is_last` says that no more files come.
fn judge(
    evaluator: &mut Evaluator,
    loaded: Vec<Loaded>,
    is_last: bool,
    readings: &mut Vec<InputReading>,
    progress: &Progress,
) {
    let mut loaded = loaded;
    for one in &mut loaded {
        for batch in std::mem::take(&mut one.batches) {
            evaluator.push(batch);
        }
    }
    let held = evaluator.held_kinds().clone();
    let is_held = |sheet: &MappedSheet| sheet.kinds().iter().any(|kind| held.contains(kind));
    // Long registers are read before the others: once they are known, nothing else needs to be kept.
    for register in [true, false] {
        if !register && is_last {
            evaluator.seal();
        }
        for one in &mut loaded {
            let share = one.share();
            for (_, sheet) in &mut one.sheets {
                if is_held(sheet) == register {
                    stream(evaluator, sheet, &mut one.reading.faults, Meter::new(progress, share));
                }
            }
        }
    }
    for one in loaded {
        let mut reading = one.finish(progress);
        // Pictures are for looking at files one by one.
        reading.sheets.iter_mut().for_each(|sheet| sheet.picture = Vec::new());
        readings.push(reading);
    }
}

/// Counts how far one sheet has been read.
struct Meter<'p> {
    progress: &'p Progress,
    /// The bytes of the input that the whole sheet counts for, and those that are counted.
    bytes: u64,
    counted: u64,
}

impl<'p> Meter<'p> {
    fn new(progress: &'p Progress, bytes: u64) -> Meter<'p> {
        Meter { progress, bytes, counted: 0 }
    }

    /// Takes note that the sheet has been read so far; `None` where the reader cannot tell.
    fn note(&mut self, rows: usize, thousandths: Option<u32>) {
        self.progress.add_rows(rows);
        let bytes = self.bytes / 1000 * u64::from(thousandths.unwrap_or(0).min(1000));
        self.progress.add_bytes(bytes.saturating_sub(self.counted));
        self.counted = self.counted.max(bytes);
    }

    fn end(&mut self) {
        self.progress.add_bytes(self.bytes - self.counted);
        self.counted = self.bytes;
    }
}

/// The next batches of a sheet; empty at its end.
fn next_batches(sheet: &mut MappedSheet, faults: &mut Vec<InputFault>, meter: &mut Meter<'_>) -> Vec<Batch> {
    let batches = sheet.next_batches().unwrap_or_else(|fault| {
        faults.push(fault);
        Vec::new()
    });
    if batches.is_empty() {
        meter.end();
    } else {
        meter.note(batches.iter().map(Batch::len).sum(), sheet.thousandths());
    }
    batches
}

/// Reads a sheet to its end and judges its records, some while the next are read.
fn stream(evaluator: &mut Evaluator, sheet: &mut MappedSheet, faults: &mut Vec<InputFault>, mut meter: Meter<'_>) {
    let mut next = || next_batches(sheet, faults, &mut meter);
    let mut ready = next();
    while !ready.is_empty() {
        let judge = || ready.drain(..).for_each(|batch| evaluator.push(batch));
        (ready, ()) = rayon::join(&mut next, judge);
    }
}

/// A file in which no sheet holds a known ledger is a fault of that file, with what came nearest.
fn note_unrecognised(reading: &mut InputReading, base: &Catalog) {
    let recognised = reading.sheets.iter().flat_map(|sheet| &sheet.tables).any(|table| table.kind.is_some());
    if recognised || !reading.faults.is_empty() {
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
    let Evaluation { mut findings, mut tallies, not_run: refused, notes } = evaluation;
    let position = |number: u32| positions.get(number as usize).copied().unwrap_or(number);
    findings.iter_mut().for_each(|finding| finding.rule = position(finding.rule));
    tallies.iter_mut().for_each(|tally| tally.rule = position(tally.rule));
    let refused = refused.into_iter().map(|one| NotRun { rule: position(one.rule), reason: one.reason });
    let mut not_run: Vec<NotRun> = not_run.iter().cloned().chain(refused).collect();
    not_run.sort_by_key(|one| one.rule);
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
        follow_up: None,
        ledger_names,
        field_names,
    }
}
