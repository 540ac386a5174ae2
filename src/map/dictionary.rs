//! All names and aliases of all fields of all kinds, prepared for looking up headings.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::text::{Key, key};
use crate::finding::Personal;
use crate::pack::{Catalog, LedgerKind};

/// Fields of every ledger that are about the report and not about a record.
pub const REPORTING: [&str; 9] = ["填报单位", "填报时间", "填表人", "所属期", "市", "县区", "乡镇街道", "备注", "序号"];

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
#[derive(Clone, Debug, Default)]
pub struct Words(HashMap<char, Vec<(String, String)>>);

impl Words {
    fn new(groups: &[Vec<String>]) -> Words {
        let mut words: HashMap<char, Vec<(String, String)>> = HashMap::new();
        for (head, others) in groups.iter().filter_map(|group| group.split_first()) {
            for word in std::iter::once(head).chain(others) {
                if let Some(first) = word.chars().next() {
                    words.entry(first).or_default().push((word.clone(), head.clone()));
                }
            }
        }
        for same in words.values_mut() {
            same.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        }
        Words(words)
    }

    /// The text with every word replaced by the one that stands for its group.
    pub fn plain(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let words = self.0.get(&first).map_or(&[][..], Vec::as_slice);
            match words.iter().find(|(word, _)| rest.starts_with(word.as_str())) {
                Some((word, head)) => {
                    out.push_str(head);
                    rest = &rest[word.len()..];
                }
                None => {
                    out.push(first);
                    rest = &rest[first.len_utf8()..];
                }
            }
        }
        out
    }
}

/// All names of all kinds.
pub struct Dictionary {
    pub kinds: Vec<Arc<LedgerKind>>,
    entries: HashMap<String, Vec<Entry>>,
    /// As `entries`, by names with words that mean the same exchanged.
    plain: HashMap<String, Vec<Entry>>,
    pub words: Words,
    names: Vec<Vec<Names>>,
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
            entries: HashMap::new(),
            plain: HashMap::new(),
            words: Words::new(words),
            names: Vec::new(),
            persons: BTreeSet::new(),
            kinds,
        };
        for index in 0..dictionary.kinds.len() {
            let kind = dictionary.kinds[index].clone();
            let mut all = Vec::new();
            for (position, field) in kind.fields.iter().enumerate() {
                let target = Target::Field(position);
                let mut names = Names { target, bare: Vec::new(), plain: Vec::new() };
                if field.personal == Some(Personal::Name) {
                    let person = field.name.trim_end_matches("姓名").to_owned();
                    dictionary.persons.extend((!person.is_empty()).then_some(person));
                }
                dictionary.add(index, target, &field.name, true, &mut names);
                for alias in field.aliases.iter().chain((!field.en.is_empty()).then_some(&field.en)) {
                    dictionary.add(index, target, alias, false, &mut names);
                }
                all.push(names);
            }
            for (block, answer, headings, parts) in kind.form.iter().flat_map(|form| {
                form.blocks.iter().enumerate().flat_map(|(b, block)| {
                    block.answers.iter().enumerate().map(move |(a, answer)| (b, a, &answer.heading, &answer.parts))
                })
            }) {
                let target = match parts.as_slice() {
                    [only] => Target::Field(only.field),
                    _ => Target::Split(block, answer),
                };
                let mut names = Names { target, bare: Vec::new(), plain: Vec::new() };
                for heading in headings {
                    dictionary.add(index, target, heading, false, &mut names);
                }
                all.push(names);
            }
            dictionary.names.push(all);
        }
        dictionary
    }

    fn add(&mut self, kind: usize, target: Target, text: &str, canonical: bool, names: &mut Names) {
        let key = key(text);
        let Ok(kind) = u16::try_from(kind) else { return };
        if key.full.is_empty() {
            return;
        }
        let mut put = |text: &str, bare: bool| {
            let entries = self.entries.entry(text.to_owned()).or_default();
            if !entries.iter().any(|entry| entry.kind == kind && entry.target == target && entry.bare == bare) {
                entries.push(Entry { kind, target, canonical, bare });
            }
        };
        put(&key.full, false);
        if key.bare != key.full {
            put(&key.bare, true);
        }
        let plain = self.words.plain(&key.bare);
        let same = self.plain.entry(plain.clone()).or_default();
        if !same.iter().any(|entry| entry.kind == kind && entry.target == target) {
            same.push(Entry { kind, target, canonical, bare: false });
        }
        if !names.plain.contains(&plain) {
            names.plain.push(plain);
        }
        if !names.bare.contains(&key.bare) {
            names.bare.push(key.bare);
        }
    }

    /// The names of the fields of a kind.
    pub fn names(&self, kind: usize) -> &[Names] {
        self.names.get(kind).map_or(&[], Vec::as_slice)
    }

    /// Whether the heading is a name of any field of any kind.
    pub fn knows(&self, key: &Key) -> bool {
        self.entries.contains_key(&key.bare) || self.entries.contains_key(&key.full)
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
            && self.names.iter().flatten().flat_map(|names| &names.bare).any(|name| {
                // Most names share no letter at all, which is quicker to see than how alike they are.
                name.chars().filter(|c| first.contains(c)).count() >= 2
                    && super::heading::likeness(bare, name) >= super::heading::TAKE
            })
    }

    /// Every meaning that the heading has word for word, after normalisation.
    pub fn exact(&self, key: &Key) -> Vec<Candidate> {
        let mut found = Vec::new();
        let put = |found: &mut Vec<Candidate>, text: &str, own_bare: bool, most: u8| {
            for entry in self.entries.get(text).into_iter().flatten() {
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
            let same = self.plain.get(&self.words.plain(&key.bare)).map_or(&[][..], Vec::as_slice);
            for entry in same {
                // Two fields of a kind whose names differ only in such words cannot be told apart by them.
                if same.iter().filter(|other| other.kind == entry.kind).count() == 1 {
                    found.push(Candidate {
                        kind: usize::from(entry.kind),
                        target: entry.target,
                        score: BY_WORDS,
                        by_words: true,
                    });
                }
            }
        }
        found
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
