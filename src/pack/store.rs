//! All packs that there are, parsed as far as a run needs them: rule files when a catalog asks, cases when a test asks.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::cases::{self, Case};
use super::catalog::{Catalog, Pack, Rule};
use super::codes;
use super::document::{self, Document};
use super::fields::{self, Groups, Lists};
use super::ledgers::{self, ReadKind};
use super::lists;
use super::node::{Place, Sink, duplicate};
use super::resolve;
use super::rules::Kinds;
use super::source::{Parsed, SourceFile};
use super::tree::{self, Stored, Tree};
use crate::diag::{Level, PackFault};
use crate::model::Localized;

/// How the names of files of cases end.
const CASES: &str = ".cases.toml";

/// What a file of the packs is, by its path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Role {
    Regions,
    Words,
    Calendar,
    List,
    Groups,
    Kind,
    /// `pack.toml` of this folder.
    Pack(String),
    /// Rules of the pack in this folder.
    Rules(String),
    /// Cases of the pack in this folder.
    Cases(String),
}

fn role(path: &str) -> Option<Role> {
    let parts: Vec<&str> = path.split('/').collect();
    Some(match parts.as_slice() {
        ["regions.toml"] => Role::Regions,
        ["words.toml"] => Role::Words,
        ["calendar", name] if name.ends_with(".toml") => Role::Calendar,
        ["lists", name] if name.ends_with(".toml") => Role::List,
        ["ledgers", "groups.toml"] => Role::Groups,
        ["ledgers", name] if name.ends_with(".toml") => Role::Kind,
        ["calendar" | "lists" | "ledgers", ..] => return None,
        [pack, "pack.toml"] => Role::Pack((*pack).to_owned()),
        [pack, .., name] if name.ends_with(CASES) => Role::Cases((*pack).to_owned()),
        [pack, .., name] if name.ends_with(".toml") => Role::Rules((*pack).to_owned()),
        _ => return None,
    })
}

/// All packs, ledger kinds, lists, regions and calendars that are known.
#[derive(Clone, Debug)]
pub struct Store {
    files: Vec<SourceFile>,
    base: Catalog,
    documents: Vec<Document>,
    packs: Vec<Pack>,
    kinds: Kinds,
    /// Files with errors.
    broken: BTreeSet<String>,
    /// Whether the built-in files are part of it.
    built_in: bool,
    /// What was resolved already, by the packs in their order and the ledger kinds.
    resolved: Arc<Mutex<ByPacks>>,
}

type ByPacks = BTreeMap<(Vec<Arc<str>>, Option<BTreeSet<Arc<str>>>), Arc<Resolved>>;

/// The rules of one choice of packs.
#[derive(Debug)]
struct Resolved {
    rules: Vec<Arc<Rule>>,
    faults: Vec<PackFault>,
}

/// What is built into the program.
pub fn builtin() -> (Store, Vec<PackFault>) {
    with_files(Vec::new())
}

/// What is built in, with `files` — path inside the packs and text — added to it or put in the place of files of the
/// same path.
pub fn with_files(files: Vec<(String, String)>) -> (Store, Vec<PackFault>) {
    let mut all = built_in_files(|path| !path.ends_with(CASES));
    all.retain(|file| !files.iter().any(|(path, _)| *path == *file.path));
    let user = |(path, text): (String, String)| SourceFile::new(path.into(), text, true);
    all.extend(files.into_iter().map(user));
    let (mut store, faults) = Store::load(all);
    store.built_in = true;
    (store, faults)
}

/// The built-in TOML files whose path is wanted.
fn built_in_files(wanted: impl Fn(&str) -> bool) -> Vec<SourceFile> {
    let stored = tree::built_in().filter(|stored| wanted(stored.path));
    stored.map(|Stored { path, text, tree }| SourceFile::stored(path.into(), text, tree)).collect()
}

/// Path and text of every built-in file, for tests of the format.
#[cfg(test)]
pub(super) fn built_in_texts() -> Vec<(String, &'static str)> {
    tree::built_in().map(|stored| (stored.path.to_owned(), stored.text)).collect()
}

impl Store {
    /// Reads everything but rules and cases.
    pub(super) fn load(mut files: Vec<SourceFile>) -> (Store, Vec<PackFault>) {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let sink = Sink::default();
        for file in &files {
            if role(&file.path).is_none() {
                let message = Localized::new("规则目录的这个位置不读取文件", "nothing reads a file in this place");
                let help = Localized::new(
                    "文件的位置见规则格式说明：lists/、ledgers/、calendar/ 或 <规则包>/ 之下的 .toml",
                    "files are .toml below lists/, ledgers/, calendar/ or <pack>/",
                );
                sink.warning(Place { file, span: 0..0 }, codes::STRAY_FILE, message, Some(help));
            }
        }
        let base = base(&files, &sink);
        let documents = documents(&files, &sink);
        resolve::check_extends(&documents, &files, &sink);
        let packs = documents.iter().map(|document| document.pack.clone()).collect();
        let kinds = base.kinds.iter().map(|kind| (kind.id.clone(), kind.clone())).collect();
        let faults = sink.into_faults();
        let broken = errors(&faults).map(str::to_owned).collect();
        (Store { base, documents, packs, kinds, files, broken, built_in: false, resolved: Arc::default() }, faults)
    }

    /// All packs, sorted by id.
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// Ledger kinds, lists, calendar and regions, without packs and rules: enough to read ledgers.
    pub fn base(&self) -> Catalog {
        self.base.clone()
    }

    /// Whether any file is the user's, so that rules may have faults that no test of the built-in ones has seen.
    pub fn has_user_files(&self) -> bool {
        self.files.iter().any(|file| file.user)
    }

    /// The text of a file of the packs, for showing the place of a fault.
    pub fn text(&self, path: &str) -> Option<&str> {
        let loaded = resolve::file_of(&self.files, path).map(|file| &*file.text);
        loaded
            .or_else(|| tree::built_in().find(|stored| self.built_in && stored.path == path).map(|stored| stored.text))
    }

    /// The files of cases: the built-in ones are read only here, since no check needs them.
    fn case_files(&self) -> Vec<SourceFile> {
        let mut files: Vec<SourceFile> = self.files.iter().filter(|file| file.path.ends_with(CASES)).cloned().collect();
        if self.built_in {
            files.extend(built_in_files(|path| path.ends_with(CASES) && resolve::file_of(&self.files, path).is_none()));
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }

    /// Every file, those of cases too.
    pub(super) fn all_files(&self) -> Vec<SourceFile> {
        let others = self.files.iter().filter(|file| !file.path.ends_with(CASES));
        others.cloned().chain(self.case_files()).collect()
    }

    /// Where things are declared: for each file that is no case file and each `[[table]]` in it the text of `key`, the
    /// file and the bytes of that text.
    pub fn declared(&self, table: &str, key: &str) -> Vec<(String, Arc<str>, Range<usize>)> {
        let mut found = Vec::new();
        for file in &self.files {
            if matches!(role(&file.path), None | Some(Role::Cases(_))) {
                continue;
            }
            let parsed = file.parse(&Sink::default());
            let Some(Tree::List(entries)) = parsed.root.get(table).map(|item| &item.value) else { continue };
            for entry in entries {
                let Tree::Table(entry) = &entry.value else { continue };
                let Some(item) = entry.get(key) else { continue };
                if let Tree::Text(text) = item.value {
                    found.push((text.to_owned(), file.path.clone(), item.span.clone()));
                }
            }
        }
        found
    }

    /// Fills in the line and column of faults in expressions, whose span counts from [`super::Expr::offset`] in bytes
    /// of the expression's text.
    pub fn place(&self, faults: &mut [PackFault]) {
        for fault in faults {
            if let Some(file) = resolve::file_of(&self.files, &fault.file) {
                file.place(fault);
            }
        }
    }

    /// Everything for a run with these packs and those they extend; `parameters` are names and values that the user
    /// set. A rule at fault is left out and its faults are returned; the others are there.
    pub fn catalog(&self, packs: &[Arc<str>], parameters: &[(String, String)]) -> (Catalog, Vec<PackFault>) {
        self.catalog_of(packs, parameters, None)
    }

    /// As [`Store::catalog`], but of a rule that stands for many ledger kinds only the rules of these kinds, where they are
    /// given: the others could judge nothing, and there are more of them than of all other rules.
    pub fn catalog_of(
        &self,
        packs: &[Arc<str>],
        parameters: &[(String, String)],
        kinds: Option<&BTreeSet<Arc<str>>>,
    ) -> (Catalog, Vec<PackFault>) {
        let sink = Sink::default();
        let ordered = resolve::order(&self.documents, packs, &sink);
        let mut catalog = self.base();
        catalog.packs = ordered.iter().map(|document| document.pack.clone()).collect();
        catalog.measures =
            ordered.iter().flat_map(|document| &document.measures).map(|measure| measure.info.clone()).collect();
        catalog.parameters = resolve::parameters(&ordered, parameters, (&self.documents, &self.files), &sink);
        let resolved = self.rules(&ordered, kinds, &catalog);
        catalog.rules.clone_from(&resolved.rules);
        resolved.faults.iter().for_each(|fault| sink.push(fault.clone()));
        (catalog, sink.into_faults())
    }

    /// Whether some pack has a parameter of this name that can take the value; the fault says what is wrong.
    pub fn settable(&self, name: &str, value: &str) -> Result<(), PackFault> {
        resolve::settable(&self.documents, name, value)
    }

    /// The rules of the ordered packs. They are read once: parameters change the values that rules compare with, not
    /// the rules.
    fn rules(&self, ordered: &[&Document], kinds: Option<&BTreeSet<Arc<str>>>, catalog: &Catalog) -> Arc<Resolved> {
        let ids: Vec<Arc<str>> = ordered.iter().map(|document| document.pack.info.id.clone()).collect();
        let choice = (ids, kinds.cloned());
        let mut known = self.resolved.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(resolved) = known.get(&choice) {
            return resolved.clone();
        }
        let sink = Sink::default();
        let parsed = self.parse_rules(ordered, &sink);
        let rules = resolve::rules(ordered, &parsed, (&self.kinds, kinds), catalog, &self.files, &sink);
        let rules = rules.into_iter().map(Arc::new).collect();
        let resolved = Arc::new(Resolved { rules, faults: sink.into_faults() });
        known.insert(choice, resolved.clone());
        resolved
    }

    /// The rule files of the packs, in the order of the packs.
    fn parse_rules(&self, ordered: &[&Document], sink: &Sink) -> Vec<(Arc<str>, Parsed<'_>)> {
        let mut parsed = Vec::new();
        for document in ordered {
            let pack = &document.pack.info.id;
            for file in &self.files {
                if role(&file.path) == Some(Role::Rules(pack.to_string())) {
                    parsed.push((pack.clone(), file.parse(sink)));
                }
            }
        }
        parsed
    }

    /// The rules' own cases, in the order of packs and files.
    pub fn cases(&self) -> (Vec<Case>, Vec<PackFault>) {
        let sink = Sink::default();
        let mut found = Vec::new();
        let files = self.case_files();
        for document in &self.documents {
            let pack = &document.pack.info.id;
            let (catalog, faults) = self.catalog(std::slice::from_ref(pack), &[]);
            let rules: Vec<Arc<str>> = catalog.rules.iter().map(|rule| rule.id.clone()).collect();
            let is_broken = |path: &str| self.broken.contains(path) || errors(&faults).any(|file| file == path);
            for file in &files {
                if role(&file.path) == Some(Role::Cases(pack.to_string())) {
                    // What stands beside rules that could not be read is told when they can.
                    let tells_unknown = !is_broken(&file.path.replace(CASES, ".toml"));
                    let known = cases::Known { rules: &rules, kinds: &self.kinds, tells_unknown };
                    cases::read(&file.parse(&sink), pack, known, &mut found, &sink);
                }
            }
        }
        (found, sink.into_faults())
    }
}

/// The files in which errors are.
fn errors(faults: &[PackFault]) -> impl Iterator<Item = &str> {
    faults.iter().filter(|fault| fault.level == Level::Error).map(|fault| &*fault.file)
}

fn base(files: &[SourceFile], sink: &Sink) -> Catalog {
    let mut catalog = Catalog::default();
    let mut calendar = super::catalog::Calendar::default();
    let mut lists = Lists::new();
    let mut groups = Groups::new();
    for file in files {
        match role(&file.path) {
            Some(Role::Regions) => catalog.regions = Arc::new(lists::regions(&file.parse(sink), sink)),
            Some(Role::Words) => catalog.words = Arc::new(lists::words(&file.parse(sink), sink)),
            Some(Role::Calendar) => lists::year(&file.parse(sink), &mut calendar, sink),
            Some(Role::List) => {
                let Some(list) = lists::code_list(&file.parse(sink), sink) else { continue };
                if lists.contains_key(&list.id) && !file.user {
                    duplicate(sink, Place { file, span: 0..0 }, ("代码表", "code list"), &list.id, None);
                    continue;
                }
                lists.insert(list.id.clone(), Arc::new(list));
            }
            _ => {}
        }
    }
    if let Some(file) = files.iter().find(|file| role(&file.path) == Some(Role::Groups)) {
        groups = fields::groups(&file.parse(sink), &lists, sink);
    }
    let mut kinds: BTreeMap<Arc<str>, (ReadKind, &SourceFile)> = BTreeMap::new();
    for file in files.iter().filter(|file| role(&file.path) == Some(Role::Kind)) {
        let Some(read) = ledgers::kind(&file.parse(sink), &groups, &lists, sink) else { continue };
        let id = read.kind.id.clone();
        if let Some((_, first)) = kinds.get(&id).filter(|_| !file.user) {
            duplicate(sink, Place { file, span: 0..0 }, ("台账种类", "ledger kind"), &id, Some(&first.path));
            continue;
        }
        kinds.insert(id, (read, file));
    }
    let fields: BTreeMap<Arc<str>, Vec<Arc<str>>> = kinds
        .iter()
        .map(|(id, (read, _))| (id.clone(), read.kind.fields.iter().map(|field| field.name.clone()).collect()))
        .collect();
    let checked = kinds.into_values().map(|(read, file)| ledgers::check_references(read, file, &fields, sink));
    catalog.kinds = checked.map(Arc::new).collect();
    catalog.lists = lists;
    catalog.calendar = Arc::new(calendar);
    catalog
}

fn documents(files: &[SourceFile], sink: &Sink) -> Vec<Document> {
    let mut documents: Vec<Document> = Vec::new();
    let mut missing: BTreeSet<String> = BTreeSet::new();
    for file in files {
        match role(&file.path) {
            Some(Role::Pack(folder)) => documents.extend(document::read(&file.parse(sink), &folder, sink)),
            Some(Role::Rules(folder) | Role::Cases(folder)) => {
                let own = format!("{folder}/pack.toml");
                if !files.iter().any(|file| *file.path == *own) && missing.insert(folder) {
                    let message = Localized::new(format!("缺少 {own}"), format!("there is no {own}"));
                    sink.error(Place { file, span: 0..0 }, codes::NO_PACK, message, None);
                }
            }
            _ => {}
        }
    }
    documents.sort_by(|a, b| a.pack.info.id.cmp(&b.pack.info.id));
    documents
}
