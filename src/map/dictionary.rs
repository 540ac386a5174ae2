//! All names and aliases of all fields of all kinds, prepared for looking up headings.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use super::form::PrintedForm;
use super::heading::Meanings;
use super::question::strip_question;
use super::recall::Recall;
use super::text::{Key, is_plain_words, key};
use super::words::Words;
use crate::finding::Personal;
use crate::pack::{Catalog, Field, LedgerKind};

/// Fields of every ledger that are about the report and not about a record.
pub const REPORTING: [&str; 9] = ["填报单位", "填报时间", "填表人", "所属期", "市", "县区", "乡镇街道", "备注", "序号"];

/// Names that there is room for from the beginning: about as many as the ledgers of the built-in packs have.
const NAMES: usize = 7_500;

/// The score of a heading that is a name only with words that mean the same exchanged.
const BY_WORDS: u8 = 90;

/// What a heading may stand for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Target {
    /// Position of a field of the kind.
    Field(usize),
    /// Block and answer of the kind's form: a column whose cells carry several answers.
    Split(usize, usize),
}

/// A heading's possible meaning in one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// Position of the kind in the catalog.
    pub kind: usize,
    pub target: Target,
    /// 0 to 100.
    pub score: u8,
    /// Whether it is a name only with words that mean the same exchanged.
    pub by_words: bool,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: u16,
    target: Target,
    /// Whether the name is the canonical one.
    canonical: bool,
    form: NameForm,
}

/// Which form of a name stands in the index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum NameForm {
    /// The whole name.
    Full,
    /// The name without a leading 是否.
    Bare,
    /// The bare name with words that mean the same exchanged, where that is another text.
    Plain,
}

/// The names of one field, prepared for comparing by similarity.
#[derive(Clone, Debug)]
pub struct Names {
    pub target: Target,
    pub bare: Vec<String>,
    /// As `bare`, with words that mean the same exchanged.
    pub plain: Vec<String>,
}

/// The forms of a name, by their positions in the index.
#[derive(Clone, Copy)]
struct NameForms {
    full: u32,
    bare: u32,
    /// As `bare`, with words that mean the same exchanged.
    plain: u32,
}

/// Meanings by name. The names stand one behind the other in one text.
#[derive(Default)]
struct Index {
    /// The position of the first name by the hash of the names.
    hashes: FxHashMap<u64, u32>,
    names: Vec<Name>,
    meanings: Vec<Meaning>,
    text: String,
}

struct Name {
    /// Where the name stands in the text.
    text: Range<u32>,
    /// Position of the next name of the same hash, or [`END`].
    same_hash: u32,
    /// Position of the first meaning, or [`END`].
    first: u32,
    /// Position of the last meaning, or [`END`].
    last: u32,
    /// Whether it stays as it is when words that mean the same are exchanged.
    is_plain: bool,
}

struct Meaning {
    entry: Entry,
    /// Position of the next meaning of the name, or [`END`].
    next: u32,
    /// Position of the one before it, or [`END`].
    previous: u32,
}

/// Nothing further.
const END: u32 = u32::MAX;

impl Index {
    /// An empty index with room for about `names` names.
    fn with_capacity(names: usize) -> Index {
        Index {
            hashes: FxHashMap::with_capacity_and_hasher(names, FxBuildHasher),
            names: Vec::with_capacity(names),
            meanings: Vec::with_capacity(names * 2),
            text: String::with_capacity(names * 16),
        }
    }

    fn text(&self, name: &Name) -> &str {
        self.text.get(name.text.start as usize..name.text.end as usize).unwrap_or_default()
    }

    /// The position of the name among those that begin with the one at `first`.
    fn find(&self, first: u32, text: &str) -> Option<u32> {
        let mut at = first;
        while let Some(name) = self.names.get(at as usize) {
            if self.text(name) == text {
                return Some(at);
            }
            at = name.same_hash;
        }
        None
    }

    /// The meanings of a name, in the order in which they were put there, and whether the name is plain.
    fn get(&self, text: &str) -> (impl Iterator<Item = &Entry>, bool) {
        let first = self.hashes.get(&hash(text)).copied().unwrap_or(END);
        let name = self.find(first, text).and_then(|at| self.names.get(at as usize));
        let at = |position: u32| self.meanings.get(position as usize);
        let meanings = std::iter::successors(name.and_then(|name| at(name.first)), move |meaning| at(meaning.next));
        (meanings.map(|meaning| &meaning.entry), name.is_some_and(|name| name.is_plain))
    }

    /// Whether it is a name itself, and not only with words that mean the same exchanged.
    fn contains(&self, text: &str) -> bool {
        self.get(text).0.any(|entry| entry.form != NameForm::Plain)
    }

    /// The position of a name, which is put there where it is new.
    fn name(&mut self, text: &str) -> u32 {
        let new = self.names.len() as u32;
        let first = *self.hashes.entry(hash(text)).or_insert(new);
        if let Some(known) = self.find(first, text) {
            return known;
        }
        let start = self.text.len() as u32;
        self.text.push_str(text);
        // The others of the hash, of which there is hardly ever one, stand behind the first.
        let same_hash =
            self.names.get_mut(first as usize).map_or(END, |name| std::mem::replace(&mut name.same_hash, new));
        let text = start..self.text.len() as u32;
        self.names.push(Name { text, same_hash, first: END, last: END, is_plain: false });
        new
    }

    /// The positions of the forms of a name.
    fn forms(&mut self, text: &str, words: &Words) -> Option<NameForms> {
        let (full, bare) = match is_plain_words(text) {
            true => (Cow::Borrowed(text), Cow::Borrowed(strip_question(text))),
            false => {
                let Key { full, bare, .. } = key(text);
                (Cow::Owned(full), Cow::Owned(bare))
            }
        };
        if full.is_empty() {
            return None;
        }
        let forms = (self.name(&full), if bare == full { None } else { Some(self.name(&bare)) });
        let bare_at = forms.1.unwrap_or(forms.0);
        let plain = match words.plain(&bare) {
            Cow::Owned(plain) => self.name(&plain),
            Cow::Borrowed(_) => {
                if let Some(name) = self.names.get_mut(bare_at as usize) {
                    name.is_plain = true;
                }
                bare_at
            }
        };
        Some(NameForms { full: forms.0, bare: bare_at, plain })
    }

    /// Adds a meaning under every form of a name.
    fn add(&mut self, kind: u16, target: Target, forms: NameForms, canonical: bool) {
        let NameForms { full, bare, plain } = forms;
        let entry = |form| Entry { kind, target, canonical, form };
        self.put(full, entry(NameForm::Full));
        if bare != full {
            self.put(bare, entry(NameForm::Bare));
        }
        if plain != bare {
            self.put(plain, entry(NameForm::Plain));
        }
    }

    /// Adds a meaning to a name, unless it has the same already. Meanings come kind by kind, so that only the last ones can be the same.
    fn put(&mut self, name: u32, entry: Entry) {
        let new = self.meanings.len() as u32;
        let Some(name) = self.names.get_mut(name as usize) else { return };
        let previous = name.last;
        let mut at = previous;
        while let Some(known) = self.meanings.get(at as usize).filter(|known| known.entry.kind == entry.kind) {
            if known.entry.target == entry.target && known.entry.form == entry.form {
                return;
            }
            at = known.previous;
        }
        name.last = new;
        match self.meanings.get_mut(previous as usize) {
            Some(previous) => previous.next = new,
            None => name.first = new,
        }
        self.meanings.push(Meaning { entry, next: END, previous });
    }
}

fn hash(name: &str) -> u64 {
    FxBuildHasher.hash_one(name)
}

/// All names of all kinds.
pub struct Dictionary {
    pub kinds: Vec<Arc<LedgerKind>>,
    index: Index,
    pub words: Words,
    /// The names of each kind, made when a heading is first compared with them by similarity.
    names: Vec<OnceLock<Vec<Names>>>,
    /// The form of each kind that has one, made when a sheet is first looked through for it.
    forms: Vec<OnceLock<Option<PrintedForm>>>,
    /// The names of fields that many kinds have, sought when they are first asked for.
    common: OnceLock<FxHashSet<Arc<str>>>,
    /// The titles of each kind as texts are compared with them, and the number of their letters as written.
    pub titles: Vec<Vec<(String, usize)>>,
    /// Words for persons other than the one whom a record is about: 监护人, 医师.
    persons: BTreeSet<String>,
    /// The meanings of headings that were met, by their paths: of those that share their parent, and of only children.
    meanings: [Recall<Vec<String>, Meanings>; 2],
    /// The spellings of what headings were matched to.
    spellings: Recall<(usize, Target), Vec<Spelling>>,
}

/// One spelling of what a heading may stand for.
pub struct Spelling {
    pub name: String,
    /// The form in which headings are compared with it.
    pub bare: String,
}

impl Dictionary {
    /// Prepares the kinds of `catalog`.
    pub fn new(catalog: &Catalog) -> Dictionary {
        Dictionary::of(catalog.kinds.clone(), &catalog.words)
    }

    fn of(kinds: Vec<Arc<LedgerKind>>, words: &[Vec<String>]) -> Dictionary {
        let words = Words::new(words);
        let mut index = Index::with_capacity(NAMES);
        let mut persons = BTreeSet::new();
        // Kinds share the fields of groups; each is brought to its forms once.
        let mut known: FxHashMap<*const Field, Vec<(NameForms, bool)>> = FxHashMap::default();
        // No heading stands for what reading makes itself.
        for (position, kind) in kinds.iter().enumerate().filter(|(_, kind)| kind.made.is_none()) {
            let Ok(position) = u16::try_from(position) else { break };
            for field in kind.fields.iter().filter(|field| field.personal == Some(Personal::Name)) {
                let person = field.name.trim_end_matches("姓名");
                persons.extend((!person.is_empty()).then(|| person.to_owned()));
            }
            for (place, field) in kind.fields.iter().enumerate() {
                let forms = known.entry(Arc::as_ptr(field)).or_insert_with(|| {
                    let forms = |(text, canonical)| Some((index.forms(text, &words)?, canonical));
                    field_spellings(field).filter_map(forms).collect()
                });
                for (forms, canonical) in forms {
                    index.add(position, Target::Field(place), *forms, *canonical);
                }
            }
            for (target, texts) in form_spellings(kind) {
                for text in texts {
                    let Some(forms) = index.forms(text, &words) else { continue };
                    index.add(position, target, forms, false);
                }
            }
        }
        Dictionary {
            index,
            words,
            names: vec![OnceLock::new(); kinds.len()],
            forms: vec![OnceLock::new(); kinds.len()],
            common: OnceLock::new(),
            titles: kinds.iter().map(|kind| titles(kind)).collect(),
            persons,
            meanings: Default::default(),
            spellings: Recall::default(),
            kinds,
        }
    }

    /// Where the meanings of headings are kept that were met before.
    pub fn known_meanings(&self, is_only_child: bool) -> &Recall<Vec<String>, Meanings> {
        &self.meanings[usize::from(is_only_child)]
    }

    /// The names of the fields of a kind.
    pub fn names(&self, kind: usize) -> &[Names] {
        let (Some(names), Some(kind)) = (self.names.get(kind), self.kinds.get(kind)) else { return &[] };
        if kind.made.is_some() {
            return &[];
        }
        names.get_or_init(|| {
            let mut all = Vec::new();
            for (target, texts) in spellings(kind) {
                let mut names = Names { target, bare: Vec::new(), plain: Vec::new() };
                for key in texts.into_iter().map(key).filter(|key| !key.full.is_empty()) {
                    let plain = self.words.plain(&key.bare);
                    if !names.plain.iter().any(|known| *known == plain) {
                        names.plain.push(plain.into_owned());
                    }
                    if !names.bare.contains(&key.bare) {
                        names.bare.push(key.bare);
                    }
                }
                all.push(names);
            }
            all
        })
    }

    /// The names and aliases of what a heading may stand for.
    pub fn spellings(&self, kind: usize, target: Target) -> Arc<Vec<Spelling>> {
        let bare = |name: &str| match is_plain_words(name) {
            true => strip_question(name).to_owned(),
            false => key(name).bare,
        };
        let spelling = |name: &str| Spelling { name: name.to_owned(), bare: bare(name) };
        self.spellings.answer(&(kind, target), || self.texts(kind, target).into_iter().map(spelling).collect())
    }

    fn texts(&self, kind: usize, target: Target) -> Vec<&str> {
        let Some(kind) = self.kinds.get(kind) else { return Vec::new() };
        let field = match target {
            Target::Field(field) => kind.fields.get(field),
            Target::Split(..) => None,
        };
        let own = field.into_iter().flat_map(|field| field_spellings(field)).map(|(text, _)| text);
        let printed = form_spellings(kind).filter(|(of, _)| *of == target).flat_map(|(_, texts)| texts);
        own.chain(printed.map(String::as_str)).collect()
    }

    /// Whether so many kinds have a field of this name that it says nothing about the kind.
    pub fn is_common(&self, field: &str) -> bool {
        self.common
            .get_or_init(|| {
                let mut counts: FxHashMap<Arc<str>, usize> = FxHashMap::default();
                for field in self.kinds.iter().flat_map(|kind| &kind.fields) {
                    *counts.entry(field.name.clone()).or_default() += 1;
                }
                counts.into_iter().filter(|(_, count)| *count > 8).map(|(name, _)| name).collect()
            })
            .contains(field)
    }

    /// The form of a kind, ready to be looked for.
    pub fn form(&self, kind: usize) -> Option<&PrintedForm> {
        self.forms.get(kind)?.get_or_init(|| self.kinds.get(kind)?.form.as_ref().map(PrintedForm::new)).as_ref()
    }

    /// Whether the heading is a name of any field of any kind.
    pub fn knows(&self, key: &Key) -> bool {
        self.index.contains(&key.bare) || self.index.contains(&key.full)
    }

    /// Whether the heading names something that is not about the report itself.
    pub fn is_specific(&self, key: &Key) -> bool {
        self.exact(key).iter().any(|candidate| match candidate.target {
            Target::Field(field) => {
                self.kinds[candidate.kind].fields.get(field).is_some_and(|field| !REPORTING.contains(&&*field.name))
            }
            Target::Split(..) => true,
        })
    }

    /// Whether the text is like a name of any field of any kind.
    pub fn alike_any(&self, bare: &str) -> bool {
        let first: BTreeSet<char> = bare.chars().collect();
        first.len() >= 2
            && (0..self.kinds.len()).flat_map(|kind| self.names(kind)).flat_map(|names| &names.bare).any(|name| {
                // Most names share no letter at all, which is quicker to see than how alike they are.
                name.chars().filter(|c| first.contains(c)).count() >= 2
                    && super::likeness::likeness(bare, name) >= super::heading::TAKE
            })
    }

    /// Every meaning that the heading has word for word, after normalisation.
    pub fn exact(&self, key: &Key) -> Vec<Candidate> {
        let mut found = Vec::new();
        let put = |found: &mut Vec<Candidate>, text: &str, own_bare: bool, most: u8| {
            for entry in self.index.get(text).0 {
                let score = match (own_bare, entry.form) {
                    (_, NameForm::Plain) => continue,
                    (false, NameForm::Full) => 100 - u8::from(!entry.canonical),
                    (true, NameForm::Bare) => 98,
                    _ => 97,
                };
                found.push(Candidate {
                    kind: usize::from(entry.kind),
                    target: entry.target,
                    score: score.min(most),
                    by_words: false,
                });
            }
        };
        put(&mut found, &key.full, false, 100);
        if key.bare != key.full {
            put(&mut found, &key.bare, true, 100);
        }
        if found.is_empty() && key.core != key.bare && !key.core.is_empty() {
            put(&mut found, &key.core, true, 88);
        }
        if found.is_empty() {
            found = self.by_words(key);
        }
        found
    }

    /// Every meaning that the heading has with words that mean the same exchanged.
    pub fn by_words(&self, key: &Key) -> Vec<Candidate> {
        let plain = self.words.plain(&key.bare);
        let (meanings, is_plain) = self.index.get(&plain);
        let mut same: Vec<&Entry> = Vec::new();
        for entry in meanings.filter(|entry| is_plain || entry.form == NameForm::Plain) {
            if !same.iter().any(|known| known.kind == entry.kind && known.target == entry.target) {
                same.push(entry);
            }
        }
        // Two fields of a kind whose names differ only in such words cannot be told apart by them.
        let alone = |entry: &Entry| same.iter().filter(|other| other.kind == entry.kind).count() == 1;
        let meaning = |entry: &Entry| Candidate {
            kind: usize::from(entry.kind),
            target: entry.target,
            score: BY_WORDS,
            by_words: true,
        };
        same.iter().filter(|entry| alone(entry)).map(|entry| meaning(entry)).collect()
    }

    /// The canonical names of all fields, in whatever kind, that the text is a name of.
    pub fn meanings(&self, key: &Key) -> BTreeSet<Arc<str>> {
        let mut names = BTreeSet::new();
        for candidate in self.exact(key) {
            if let Target::Field(field) = candidate.target
                && let Some(field) = self.kinds[candidate.kind].fields.get(field)
            {
                names.insert(field.name.clone());
            }
        }
        names
    }

    /// Whether the heading speaks of a person whom none of the names speaks of.
    pub fn other_person(&self, heading: &str, names: &[String]) -> bool {
        self.persons
            .iter()
            .any(|person| heading.contains(person.as_str()) && !names.iter().any(|name| name.contains(person.as_str())))
    }
}

fn titles(kind: &LedgerKind) -> Vec<(String, usize)> {
    let titles = kind.titles.iter().filter(|title| !title.is_empty());
    titles.map(|title| (super::text::words(title), title.chars().count())).collect()
}

/// Everything that the headings of a kind may stand for, each with its spellings.
fn spellings(kind: &LedgerKind) -> Vec<(Target, Vec<&str>)> {
    let fields = kind.fields.iter().enumerate();
    let fields = fields
        .map(|(place, field)| (Target::Field(place), field_spellings(field).map(|(text, _)| text).collect::<Vec<_>>()));
    let answers = form_spellings(kind).map(|(target, texts)| (target, texts.iter().map(String::as_str).collect()));
    fields.chain(answers).collect()
}

/// The spellings of a field, each with whether it is the canonical name.
fn field_spellings(field: &Field) -> impl Iterator<Item = (&str, bool)> {
    let others = field.aliases.iter().chain((!field.en.is_empty()).then_some(&field.en));
    std::iter::once((&*field.name, true)).chain(others.map(|text| (text.as_str(), false)))
}

/// The answers of the kind's form, each with what it stands for and its headings.
fn form_spellings(kind: &LedgerKind) -> impl Iterator<Item = (Target, &[String])> {
    let blocks = kind.form.iter().flat_map(|form| &form.blocks).enumerate();
    blocks.flat_map(|(block, known)| {
        known.answers.iter().enumerate().map(move |(place, answer)| match answer.parts.as_slice() {
            [only] => (Target::Field(only.field), answer.heading.as_slice()),
            _ => (Target::Split(block, place), answer.heading.as_slice()),
        })
    })
}
