//! All names and aliases of all fields of all kinds, prepared for looking up headings.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::text::{Key, is_plain_words, key, strip_question};
use crate::finding::Personal;
use crate::pack::{Catalog, LedgerKind};

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
    /// Whether the stored text lost a leading 是否.
    bare: bool,
}

/// The names of one field, prepared for comparing by similarity.
#[derive(Clone, Debug)]
pub struct Names {
    pub target: Target,
    pub bare: Vec<String>,
    /// As `bare`, with words that mean the same exchanged.
    pub plain: Vec<String>,
}

/// Words that mean the same, by first letter and longest first, each with the word that stands for its group.
#[derive(Clone, Debug)]
pub struct Words {
    by_first: FxHashMap<char, Vec<(String, String)>>,
    /// One bit for each letter of the first plane, set where a word begins with it: most letters of a name begin none.
    firsts: Box<[u64; 1024]>,
}

impl Words {
    fn new(groups: &[Vec<String>]) -> Words {
        let mut by_first: FxHashMap<char, Vec<(String, String)>> = FxHashMap::default();
        let mut firsts = Box::new([0; 1024]);
        for (head, others) in groups.iter().filter_map(|group| group.split_first()) {
            for word in std::iter::once(head).chain(others) {
                if let Some(first) = word.chars().next() {
                    by_first.entry(first).or_default().push((word.clone(), head.clone()));
                    if let Some(bits) = firsts.get_mut(first as usize / 64) {
                        *bits |= 1 << (first as usize % 64);
                    }
                }
            }
        }
        for same in by_first.values_mut() {
            same.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        }
        Words { by_first, firsts }
    }

    /// The words that begin with the letter.
    fn of(&self, first: char) -> &[(String, String)] {
        // Beyond the first plane the map itself is asked.
        let may_begin = self.firsts.get(first as usize / 64).is_none_or(|bits| bits >> (first as usize % 64) & 1 == 1);
        if may_begin { self.by_first.get(&first).map_or(&[], Vec::as_slice) } else { &[] }
    }

    /// The text with every word replaced by the one that stands for its group; borrows where nothing changes.
    pub fn plain<'t>(&self, text: &'t str) -> Cow<'t, str> {
        // Everything before `taken` stands in `out`, once something has changed.
        let (mut out, mut taken) = (String::new(), 0);
        let mut at = 0;
        while let Some(first) = text[at..].chars().next() {
            let Some((word, head)) = self.of(first).iter().find(|(word, _)| text[at..].starts_with(word.as_str()))
            else {
                at += first.len_utf8();
                continue;
            };
            if word != head {
                out.push_str(&text[taken..at]);
                out.push_str(head);
                taken = at + word.len();
            }
            at += word.len();
        }
        if taken == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(&text[taken..]);
        // A heading of nothing but words that say nothing is none the less not empty.
        if out.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(out) }
    }
}

/// A name in the forms in which headings are compared with it.
struct Forms<'t> {
    full: Cow<'t, str>,
    bare: Cow<'t, str>,
    /// As `bare`, with words that mean the same exchanged.
    plain: Cow<'t, str>,
}

impl<'t> Forms<'t> {
    fn new(text: &'t str, words: &Words) -> Forms<'t> {
        if is_plain_words(text) {
            let bare = strip_question(text);
            return Forms { full: Cow::Borrowed(text), bare: Cow::Borrowed(bare), plain: words.plain(bare) };
        }
        let Key { full, bare, .. } = key(text);
        let plain = Cow::Owned(words.plain(&bare).into_owned());
        Forms { full: Cow::Owned(full), bare: Cow::Owned(bare), plain }
    }
}

/// Meanings by name. The names stand one behind the other in one text and most have one meaning: all that have the same hash are chained.
#[derive(Default)]
struct Index {
    /// The first and the last meaning by the hash of their name.
    ends: FxHashMap<u64, (u32, u32)>,
    entries: Vec<Meaning>,
    names: String,
}

struct Meaning {
    entry: Entry,
    /// Where the name stands.
    name: Range<u32>,
    /// Position of the next one of the same hash, or [`END`].
    next: u32,
    /// Position of the one before it, or [`END`].
    previous: u32,
}

/// No further entry of the hash.
const END: u32 = u32::MAX;

impl Index {
    /// An empty index with room for about `names` names.
    fn with_capacity(names: usize) -> Index {
        let ends = FxHashMap::with_capacity_and_hasher(names, FxBuildHasher);
        Index { ends, entries: Vec::with_capacity(names), names: String::with_capacity(names * 16) }
    }

    fn name(&self, meaning: &Meaning) -> &str {
        self.names.get(meaning.name.start as usize..meaning.name.end as usize).unwrap_or_default()
    }

    /// The meanings of a name, in the order in which they were put there.
    fn get<'i>(&'i self, name: &'i str) -> impl Iterator<Item = &'i Entry> {
        let at = |position: u32| self.entries.get(position as usize);
        let first = self.ends.get(&hash(name)).and_then(|&(first, _)| at(first));
        std::iter::successors(first, move |meaning| at(meaning.next))
            .filter(move |meaning| self.name(meaning) == name)
            .map(|meaning| &meaning.entry)
    }

    fn contains(&self, name: &str) -> bool {
        self.get(name).next().is_some()
    }

    /// Adds a meaning, unless the name has one that is the same. Meanings come kind by kind, so that only the last ones can be.
    fn put(&mut self, name: &str, entry: Entry, is_same: impl Fn(&Entry) -> bool) {
        let new = self.entries.len() as u32;
        let ends = self.ends.entry(hash(name)).or_insert((new, END));
        let previous = std::mem::replace(&mut ends.1, new);
        let (mut at, mut stored) = (previous, None);
        while let Some(known) = self.entries.get(at as usize) {
            if self.names.get(known.name.start as usize..known.name.end as usize) == Some(name) {
                if is_same(&known.entry) {
                    ends.1 = previous;
                    return;
                }
                stored = Some(known.name.clone());
            }
            if known.entry.kind != entry.kind {
                break;
            }
            at = known.previous;
        }
        if let Some(last) = self.entries.get_mut(previous as usize) {
            last.next = new;
        }
        let name = stored.unwrap_or_else(|| {
            let start = self.names.len() as u32;
            self.names.push_str(name);
            start..self.names.len() as u32
        });
        self.entries.push(Meaning { entry, name, next: END, previous });
    }
}

fn hash(name: &str) -> u64 {
    FxBuildHasher.hash_one(name)
}

/// All names of all kinds.
pub struct Dictionary {
    pub kinds: Vec<Arc<LedgerKind>>,
    entries: Index,
    /// As `entries`, by names with words that mean the same exchanged.
    plain: Index,
    pub words: Words,
    /// The names of each kind, made when a heading is first compared with them by similarity.
    names: Vec<OnceLock<Vec<Names>>>,
    /// The titles of each kind as texts are compared with them, and the number of their letters as written.
    pub titles: Vec<Vec<(String, usize)>>,
    /// Words for persons other than the one whom a record is about: 监护人, 医师.
    persons: BTreeSet<String>,
}

impl Dictionary {
    /// Prepares the kinds of `catalog`.
    pub fn new(catalog: &Catalog) -> Dictionary {
        Dictionary::of(catalog.kinds.clone(), &catalog.words)
    }

    fn of(kinds: Vec<Arc<LedgerKind>>, words: &[Vec<String>]) -> Dictionary {
        let mut dictionary = Dictionary {
            entries: Index::with_capacity(NAMES),
            plain: Index::with_capacity(NAMES),
            words: Words::new(words),
            names: vec![OnceLock::new(); kinds.len()],
            titles: kinds.iter().map(|kind| titles(kind)).collect(),
            persons: BTreeSet::new(),
            kinds,
        };
        // Kinds share many names; each is brought to its forms once.
        let mut forms: FxHashMap<&str, Forms> = FxHashMap::with_capacity_and_hasher(NAMES, FxBuildHasher);
        let all_kinds = dictionary.kinds.clone();
        // No heading stands for what reading makes itself.
        for (index, kind) in all_kinds.iter().enumerate().filter(|(_, kind)| kind.made.is_none()) {
            for field in kind.fields.iter().filter(|field| field.personal == Some(Personal::Name)) {
                let person = field.name.trim_end_matches("姓名").to_owned();
                dictionary.persons.extend((!person.is_empty()).then_some(person));
            }
            for (target, texts) in spellings(kind) {
                for (text, canonical) in texts {
                    let forms = forms.entry(text).or_insert_with(|| Forms::new(text, &dictionary.words));
                    dictionary.add(index, target, forms, canonical);
                }
            }
        }
        dictionary
    }

    fn add(&mut self, kind: usize, target: Target, forms: &Forms, canonical: bool) {
        let Ok(kind) = u16::try_from(kind) else { return };
        let Forms { full, bare, plain } = forms;
        if full.is_empty() {
            return;
        }
        let entry = Entry { kind, target, canonical, bare: false };
        self.plain.put(plain, entry, |entry| entry.kind == kind && entry.target == target);
        for (text, bare) in [(full, false)].into_iter().chain((bare != full).then_some((bare, true))) {
            let entry = Entry { kind, target, canonical, bare };
            self.entries.put(text, entry, |entry| entry.kind == kind && entry.target == target && entry.bare == bare);
        }
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
                for key in texts.into_iter().map(|(text, _)| key(text)).filter(|key| !key.full.is_empty()) {
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
    pub fn spellings(&self, kind: usize, target: Target) -> Vec<&str> {
        let all = self.kinds.get(kind).map(|kind| spellings(kind)).unwrap_or_default();
        all.into_iter().filter(|(of, _)| *of == target).flat_map(|(_, texts)| texts).map(|(text, _)| text).collect()
    }

    /// Whether the heading is a name of any field of any kind.
    pub fn knows(&self, key: &Key) -> bool {
        self.entries.contains(&key.bare) || self.entries.contains(&key.full)
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
            for entry in self.entries.get(text) {
                let score = match (own_bare, entry.bare) {
                    (false, false) => 100 - u8::from(!entry.canonical),
                    (true, true) => 98,
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
        let same: Vec<&Entry> = self.plain.get(&plain).collect();
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

/// Everything that the headings of a kind may stand for, each with its spellings and whether a spelling is the canonical
/// name.
fn spellings(kind: &LedgerKind) -> Vec<(Target, Vec<(&str, bool)>)> {
    let mut all = Vec::new();
    for (position, field) in kind.fields.iter().enumerate() {
        let others = field.aliases.iter().chain((!field.en.is_empty()).then_some(&field.en));
        let texts = std::iter::once((&*field.name, true)).chain(others.map(|text| (text.as_str(), false)));
        all.push((Target::Field(position), texts.collect()));
    }
    for (block, answers) in kind.form.iter().flat_map(|form| &form.blocks).map(|block| &block.answers).enumerate() {
        for (place, answer) in answers.iter().enumerate() {
            let target = match answer.parts.as_slice() {
                [only] => Target::Field(only.field),
                _ => Target::Split(block, place),
            };
            all.push((target, answer.heading.iter().map(|text| (text.as_str(), false)).collect()));
        }
    }
    all
}
