//! Headings to fields: word for word first, then by likeness, then by what the cells hold; one column for each field.

mod by_values;
mod in_block;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::dictionary::{Candidate, Dictionary, Target};
use super::evidence::Sample;
use super::likeness::{DEEDS, Deedless, asks_when, held, likeness, part_of, with_whole_date, without_deed};
use super::question::asks;
use super::text::{Key, key};
use crate::finding::MatchHow;
use crate::model::FieldType;
use crate::pack::LedgerKind;

/// The confidence below which a match is not taken.
pub const TAKE: u8 = 72;
/// The likeness from which a heading of other kinds may mean something here as well.
const NEARLY: u8 = 80;
/// As [`TAKE`], where the cells fit and no other field and no other column comes near.
const LONELY: u8 = 63;
/// How far away all others must be for that.
const APART: u8 = 12;
/// Two fields that are closer than this are equally good.
const MARGIN: u8 = 5;

/// The heading of one column, with its parents.
#[derive(Clone, Debug)]
pub struct Heading {
    pub column: u32,
    /// From the topmost parent to the lowest cell, without repetitions.
    pub path: Vec<String>,
    /// Row and column of the lowest heading cell.
    pub cell: (u32, u32),
    /// Keys of the whole path joined, of its shorter ends, and last of the lowest cell alone.
    pub keys: Vec<Key>,
    /// Key of the parent, where it has this one child only.
    pub parent_alone: Option<Key>,
}

/// What a heading may mean.
pub struct Meanings {
    all: Vec<Candidate>,
    /// Those that are good enough to be taken, with their scores.
    pub by_kind: ByKind,
}

/// What a heading may mean in each kind, with the scores.
pub type ByKind = BTreeMap<usize, Vec<(Target, u8)>>;

impl Heading {
    /// The heading of `column` from its path.
    pub fn new(column: u32, path: Vec<String>, cell: (u32, u32), only_child: bool) -> Heading {
        let mut keys: Vec<Key> = (0..path.len()).map(|from| key(&path[from..].concat())).collect();
        if let Some((own, parents)) = path.split_last()
            && parents.iter().any(|parent| group_word(parent).len() < parent.len())
        {
            // 监护人信息▸联系电话 is the telephone number of the guardian.
            let parents: Vec<&str> = parents.iter().map(|parent| group_word(parent)).collect();
            let joined: Vec<Key> =
                (0..parents.len()).map(|from| key(&format!("{}{own}", parents[from..].concat()))).collect();
            let alone = keys.len() - 1;
            keys.splice(alone..alone, joined);
        }
        let parent_alone = (only_child && path.len() >= 2).then(|| key(&path[path.len() - 2]));
        Heading { column, path, cell, keys, parent_alone }
    }

    /// The heading as it is shown.
    pub fn shown(&self) -> String {
        self.path.join("▸")
    }

    /// The key that names the unit of the numbers: the lowest one that has any.
    pub fn unit_key(&self) -> Key {
        self.path
            .iter()
            .rev()
            .map(|text| key(text))
            .find(|key| key.power.is_some() || key.percent)
            .or_else(|| self.keys.last().cloned())
            .unwrap_or_default()
    }

    /// Every meaning in every kind, the best score for each.
    pub fn meanings(&self, dictionary: &Dictionary) -> Arc<Meanings> {
        // The path says all of them, and whether its last part stands alone under its parent.
        let known = dictionary.known_meanings(self.parent_alone.is_some());
        known.answer(self.path.as_slice(), || {
            let all = self.all_candidates(dictionary);
            let mut by_kind = ByKind::new();
            for candidate in all.iter().filter(|candidate| candidate.score >= TAKE) {
                by_kind.entry(candidate.kind).or_default().push((candidate.target, candidate.score));
            }
            Meanings { all, by_kind }
        })
    }

    fn all_candidates(&self, dictionary: &Dictionary) -> Vec<Candidate> {
        let mut best: BTreeMap<(usize, Target), (u8, bool)> = BTreeMap::new();
        let put = |best: &mut BTreeMap<(usize, Target), (u8, bool)>, candidate: Candidate, score: u8| {
            let entry = best.entry((candidate.kind, candidate.target)).or_default();
            if score > entry.0 {
                *entry = (score, candidate.by_words);
            }
        };
        let levels = self.keys.len();
        let mut joined: BTreeSet<Arc<str>> = BTreeSet::new();
        for (level, key) in self.keys.iter().enumerate() {
            let is_alone = level + 1 == levels && levels > 1;
            if !is_alone {
                joined.extend(dictionary.meanings(key));
            }
            for candidate in dictionary.exact(key) {
                if !is_alone {
                    put(&mut best, candidate, candidate.score);
                    continue;
                }
                let name = match candidate.target {
                    Target::Field(field) => dictionary.kinds[candidate.kind].fields.get(field).map(|field| &field.name),
                    Target::Split(..) => None,
                };
                // 监护人▸姓名 is the name of the guardian, in whatever kind that is a field.
                if !joined.is_empty() && name.is_some_and(|name| !joined.contains(name)) {
                    continue;
                }
                let is_personal = match candidate.target {
                    Target::Field(field) => {
                        dictionary.kinds[candidate.kind].fields.get(field).is_some_and(|field| field.personal.is_some())
                    }
                    Target::Split(..) => false,
                };
                let is_other = is_personal
                    && (name.is_some_and(|name| self.parent_means_another(dictionary, name, key))
                        || self.parent_is_another_person(dictionary, candidate));
                let lost = if is_other { 30 } else { 4 };
                put(&mut best, candidate, candidate.score.saturating_sub(lost));
            }
        }
        if best.is_empty()
            && let Some(counted) = self.keys.first().and_then(counted)
        {
            // 未互认的机构（家） counts institutions: 未互认机构数.
            for candidate in dictionary.exact(&key(&counted)) {
                put(&mut best, Candidate { by_words: true, ..candidate }, candidate.score.saturating_sub(10));
            }
        }
        if best.is_empty()
            && let Some(parent) = &self.parent_alone
        {
            for candidate in dictionary.exact(parent) {
                put(&mut best, candidate, candidate.score.saturating_sub(15));
            }
        }
        best.into_iter()
            .map(|((kind, target), (score, by_words))| Candidate { kind, target, score, by_words })
            .collect()
    }

    /// Whether the parent is itself the name of another person or thing, so that a short word under it is about that one.
    fn parent_means_another(&self, dictionary: &Dictionary, name: &Arc<str>, own: &Key) -> bool {
        if own.bare.chars().count() > 3 || self.path.len() < 2 {
            return false;
        }
        let meanings = dictionary.meanings(&key(group_word(&self.path[self.path.len() - 2])));
        !meanings.is_empty() && !meanings.contains(name)
    }

    /// Whether the parent speaks of a person whom no name of the candidate's field speaks of.
    fn parent_is_another_person(&self, dictionary: &Dictionary, candidate: Candidate) -> bool {
        let Some((_, parents)) = self.path.split_last() else { return false };
        if parents.is_empty() || !dictionary.other_person(&parents.concat(), &[]) {
            return false;
        }
        let names = dictionary.names(candidate.kind).iter().find(|names| names.target == candidate.target);
        names.is_some_and(|names| dictionary.other_person(&parents.concat(), &names.bare))
    }
}

/// A parent heading without the words that only say that several columns follow: 监护人信息 is 监护人.
fn group_word(parent: &str) -> &str {
    let mut word = parent;
    while let Some(shorter) = ["基本", "信息", "情况", "资料"].iter().find_map(|tail| word.strip_suffix(tail)) {
        word = shorter;
    }
    if word.is_empty() { parent } else { word }
}

/// The heading with the number spelled out that its bracket counts: 机构（家） is 机构数, 患者（人次） is 患者人次.
fn counted(key: &Key) -> Option<String> {
    let unit = key.unit.as_deref()?;
    match unit {
        "家" | "个" | "所" | "人" | "名" | "例" | "户" | "种" | "项" | "张" | "台" | "次" => {
            Some(format!("{}数", key.core))
        }
        "人次" => Some(format!("{}人次", key.core)),
        _ => None,
    }
}

/// What one column was matched to.
#[derive(Clone, Debug)]
pub struct ColumnMatch {
    pub target: Option<Target>,
    pub how: MatchHow,
    pub confidence: u8,
    pub runner_up: Option<(Target, u8)>,
}

impl ColumnMatch {
    fn none() -> ColumnMatch {
        ColumnMatch { target: None, how: MatchHow::Unmatched, confidence: 0, runner_up: None }
    }
}

/// Matches the columns of one table to the fields of one kind. `taken` columns belong to a wide layout and are left alone.
pub fn match_columns(
    dictionary: &Dictionary,
    kind_index: usize,
    headings: &[Heading],
    samples: &[Sample<'_>],
    taken: &BTreeSet<u32>,
    given: &dyn Fn(&Heading) -> Option<Option<Target>>,
) -> Vec<ColumnMatch> {
    let mut matcher = Matcher {
        dictionary,
        kind_index,
        kind: dictionary.kinds[kind_index].clone(),
        headings,
        samples,
        open: Vec::new(),
        matches: vec![ColumnMatch::none(); headings.len()],
        used: BTreeSet::new(),
    };
    for (at, heading) in headings.iter().enumerate() {
        if taken.contains(&heading.column) {
            continue;
        }
        match given(heading) {
            Some(target) => {
                matcher.matches[at] = ColumnMatch { target, how: MatchHow::Given, confidence: 100, runner_up: None };
                matcher.used.extend(target);
            }
            None => matcher.open.push(at),
        }
    }
    matcher.exact();
    matcher.misplaced();
    let counts = matcher.bare_counts();
    matcher.alike();
    matcher.next_in_block(&counts);
    matcher.by_values();
    matcher.matches
}

/// A matching under way: which columns are still open and which fields are taken.
struct Matcher<'m> {
    dictionary: &'m Dictionary,
    kind_index: usize,
    kind: Arc<LedgerKind>,
    headings: &'m [Heading],
    samples: &'m [Sample<'m>],
    open: Vec<usize>,
    matches: Vec<ColumnMatch>,
    used: BTreeSet<Target>,
}

/// Words with which the number of those begins that do or have something.
const OFFERS: [&str; 12] =
    ["设置", "提供", "落实", "未落实", "实施", "实行", "开展", "推行", "配备", "达到", "覆盖", "接受"];

/// Whether a field counts all that there are.
fn is_total(kind: &LedgerKind, target: Target) -> bool {
    matches!(target, Target::Field(field) if kind.fields.get(field).is_some_and(|field| field.name.contains('总')))
}

/// Whether a field may have several columns.
fn takes_many(kind: &LedgerKind, target: Target) -> bool {
    matches!(target, Target::Field(field) if kind.fields.get(field).is_some_and(|field| field.ty == FieldType::Dates))
}

impl Matcher<'_> {
    fn exact(&mut self) {
        let Matcher { dictionary, kind_index, kind, headings, samples, open, matches, used } = self;
        let mut pairs: Vec<(u8, usize, Target)> = Vec::new();
        let mut per_column: BTreeMap<usize, Vec<(Target, u8)>> = BTreeMap::new();
        let mut by_words: BTreeSet<(usize, Target)> = BTreeSet::new();
        for &at in open.iter() {
            let meanings = headings[at].meanings(dictionary);
            let mut candidates: Vec<Candidate> =
                meanings.all.iter().filter(|candidate| candidate.kind == *kind_index).copied().collect();
            if candidates.is_empty()
                && let Some(key) = headings[at].keys.first()
            {
                // Another kind may have the very name, and this one a name with other words for the same.
                candidates = dictionary.by_words(key);
            }
            for candidate in candidates {
                if candidate.kind == *kind_index {
                    let field = match candidate.target {
                        Target::Field(field) => kind.fields.get(field),
                        Target::Split(..) => None,
                    };
                    let fit = || field.and_then(|field| samples.get(at)?.fit_field(field));
                    let speaks_otherwise = || {
                        let sample = samples.get(at);
                        sample.is_some_and(|sample| kind.fields.iter().any(|other| sample.speaks_for(other).is_some()))
                    };
                    let is_question = field.is_some_and(|field| field.ty == FieldType::YesNo);
                    let is_no_name =
                        || field.zip(samples.get(at)).is_some_and(|(field, it)| it.is_no_name(field, &kind.fields));
                    if candidate.by_words && fit().is_some_and(|fit| fit < 30)
                        || is_question && fit() == Some(0) && speaks_otherwise()
                        || is_no_name()
                    {
                        // 慢病名称 is no answer to 是否慢病患者: cells that say otherwise outweigh likely words.
                        continue;
                    }
                    if candidate.by_words {
                        by_words.insert((at, candidate.target));
                    }
                    per_column.entry(at).or_default().push((candidate.target, candidate.score));
                    if candidate.score >= TAKE {
                        pairs.push((candidate.score, at, candidate.target));
                    }
                }
            }
        }
        // 疗程（周） and 疗程（天） share their name: the unit says which field it is.
        let unit_fits = |at: usize, target: Target| {
            let unit = headings[at].unit_key().unit;
            matches!(target, Target::Field(field) if unit.is_some() && kind.fields.get(field).is_some_and(|field| field.unit == unit))
        };
        pairs.sort_by(|a, b| {
            let by_unit = || unit_fits(b.1, b.2).cmp(&unit_fits(a.1, a.2));
            b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then_with(by_unit).then(a.2.cmp(&b.2))
        });
        let mut done: BTreeSet<usize> = BTreeSet::new();
        let mut position = 0;
        while position < pairs.len() {
            let (score, at, target) = pairs[position];
            position += 1;
            if done.contains(&at) || (used.contains(&target) && !takes_many(kind, target)) {
                continue;
            }
            // Other columns that claim the same field with the same right.
            let rivals: Vec<usize> = pairs
                .iter()
                .filter(|&&(s, other, t)| t == target && s == score && other != at && !done.contains(&other))
                .map(|&(_, other, _)| other)
                .collect();
            let runner_up = per_column.get(&at).and_then(|all| {
                all.iter().filter(|(other, _)| *other != target).max_by_key(|(_, score)| *score).copied()
            });
            if !rivals.is_empty() && !takes_many(kind, target) {
                // Of two columns with the right words the cells may show which one it is: 签到日期 and 签到时间 with times of day.
                let fit = |at: usize| match target {
                    Target::Field(field) => samples.get(at)?.likeness(kind.fields.get(field)?),
                    Target::Split(..) => None,
                };
                let clear = |at: usize| fit(at).is_some_and(|fit| fit >= 80);
                let others = || std::iter::once(at).chain(rivals.iter().copied());
                if let Some(winner) = others().find(|&at| clear(at))
                    && others().all(|other| other == winner || fit(other).is_some_and(|fit| fit < 20))
                {
                    matches[winner] = ColumnMatch {
                        target: Some(target),
                        how: MatchHow::Guessed,
                        confidence: score.min(90),
                        runner_up,
                    };
                    done.insert(winner);
                    used.insert(target);
                    continue;
                }
                let same = |other: usize| {
                    samples.get(at).zip(samples.get(other)).is_some_and(|(a, b)| b.is_empty() || a.same_values(b))
                };
                let conflicting = rivals.iter().any(|&other| !same(other));
                if conflicting {
                    for &other in std::iter::once(&at).chain(&rivals) {
                        matches[other] = ColumnMatch {
                            target: None,
                            how: MatchHow::Ambiguous,
                            confidence: score,
                            runner_up: Some((target, score)),
                        };
                        done.insert(other);
                    }
                    used.insert(target);
                    continue;
                }
            }
            let how = if by_words.contains(&(at, target)) { MatchHow::Guessed } else { MatchHow::Exact };
            matches[at] = ColumnMatch { target: Some(target), how, confidence: score, runner_up };
            done.insert(at);
            used.insert(target);
        }
        // Word for word, but the field is taken: the runner-up says which.
        for (at, all) in per_column {
            if !done.contains(&at) {
                matches[at].runner_up = all.iter().max_by_key(|(_, score)| *score).copied();
            }
        }
        open.retain(|at| !done.contains(at));
    }
}

impl Matcher<'_> {
    fn alike(&mut self) {
        let Matcher { dictionary, kind_index, kind, headings, samples, open, matches, used } = self;
        let mut pairs: Vec<(u8, usize, Target)> = Vec::new();
        let mut per_column: BTreeMap<usize, BTreeMap<Target, u8>> = BTreeMap::new();
        for &at in open.iter() {
            let heading = &headings[at];
            // A heading that names a field of another kind word for word means that, not something like it here.
            let elsewhere: BTreeSet<Arc<str>> =
                heading.keys.first().map(|key| dictionary.meanings(key)).unwrap_or_default();
            let mut texts: Vec<&str> =
                heading.keys.iter().flat_map(|key| [key.bare.as_str(), key.core.as_str()]).collect();
            texts.dedup();
            let mut plain_texts: Vec<String> =
                texts.iter().map(|text| dictionary.words.plain(text).into_owned()).collect();
            let holds_dates = samples.get(at).is_some_and(Sample::holds_dates);
            let dated = plain_texts.iter().filter_map(|text| with_whole_date(text, holds_dates));
            let shorter = plain_texts.iter().filter_map(|text| without_deed(text));
            let dated: Vec<String> = dated.collect();
            let shorter: Vec<Deedless> = shorter.collect();
            plain_texts.extend(dated);
            if let Some(counted) = heading.keys.first().and_then(counted) {
                plain_texts.push(dictionary.words.plain(&counted).into_owned());
            }
            let asks = heading.path.last().is_some_and(|own| asks(own));
            // Under 公共卫生委员会▸人员, ▸经费 and ▸场地 the parent's own field is none of the three.
            let group: Option<String> = heading
                .path
                .split_last()
                .and_then(|(_, parents)| parents.last())
                .filter(|_| heading.parent_alone.is_none())
                .map(|parent| key(group_word(parent)).bare);
            let own = heading.keys.last().map(|key| dictionary.words.plain(&key.bare)).unwrap_or_default();
            let group = match group {
                // 公共卫生委员会▸是否成立 asks for the parent itself.
                Some(group) if DEEDS.contains(&&*own) => {
                    plain_texts.push(group);
                    None
                }
                group => group,
            };
            let whole: Vec<&str> = texts.iter().copied().chain(plain_texts.iter().map(String::as_str)).collect();
            let held = held(dictionary, *kind_index, kind, &whole);
            let part = part_of(dictionary, *kind_index, &texts);
            let all = per_column.entry(at).or_default();
            let is_deed = heading.path.last().is_some_and(|own| OFFERS.iter().any(|word| own.starts_with(word)));
            for names in dictionary.names(*kind_index) {
                // 提供机构数 are those that offer it, and never all that there are: 机构总数.
                if is_deed && is_total(kind, names.target) {
                    continue;
                }
                if group.as_ref().is_some_and(|group| names.bare.contains(group)) {
                    continue;
                }
                // 分时段机构数 counts some of them, however much of the name of all is in it.
                let is_part = kind.form.is_some()
                    && is_total(kind, names.target)
                    && !["总", "共", "全", "合", "辖", "基层"].iter().any(|word| heading.path.concat().contains(word));
                let own = names.bare.iter().flat_map(|name| texts.iter().map(move |text| likeness(text, name)));
                let plain =
                    names.plain.iter().flat_map(|name| plain_texts.iter().map(move |text| likeness(text, name)));
                let without =
                    |name: &String, deedless: &Deedless| likeness(&deedless.text, name).saturating_sub(deedless.lost);
                let done =
                    names.plain.iter().flat_map(|name| shorter.iter().map(move |text| without(name, text))).max();
                let plain = if is_part { None } else { plain.max() };
                let score = own.max().max(plain.map(|score| score.saturating_sub(3))).unwrap_or(0);
                let score = score.max(done.unwrap_or(0));
                let held = held.iter().find(|(target, _)| !is_part && *target == names.target);
                let score = score.max(held.map_or(0, |held| held.1));
                let score = score.max(if part == Some(names.target) { LONELY + 2 } else { 0 });
                if score < 40 {
                    continue;
                }
                let Target::Field(field) = names.target else { continue };
                let Some(field) = kind.fields.get(field) else { continue };
                // What only other kinds have a name for may still be said here in words that hardly differ.
                if !elsewhere.is_empty() && !elsewhere.contains(&field.name) && score < NEARLY {
                    continue;
                }
                // 有无在岗村医 asks for yes or no and not for how many.
                let is_amount = |ty: &FieldType| {
                    use FieldType::{Date, Dates, Decimal, Integer, Ratio};
                    matches!(ty, Integer | Decimal | Ratio | Date | Dates)
                };
                if asks && is_amount(&field.ty)
                    || asks_when(&texts) && !matches!(field.ty, FieldType::Date | FieldType::Dates)
                    || samples.get(at).is_some_and(|sample| sample.is_no_name(field, &kind.fields))
                {
                    continue;
                }
                let mut score = score;
                if texts.iter().any(|text| dictionary.other_person(text, &names.bare)) {
                    score = score.saturating_sub(30);
                }
                if let Some(sample) = samples.get(at) {
                    score = match sample.fit_field(field) {
                        Some(fit) if fit < 50 => score.saturating_sub(25),
                        Some(fit) if fit >= 90 && field.ty != FieldType::Text => score.saturating_add(6).min(95),
                        _ => score,
                    };
                }
                let entry = all.entry(names.target).or_default();
                *entry = (*entry).max(score);
            }
            pairs.extend(all.iter().map(|(&target, &score)| (score, at, target)));
        }
        pairs.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        let mut done: BTreeSet<usize> = BTreeSet::new();
        for &(score, at, target) in &pairs {
            if done.contains(&at) {
                continue;
            }
            let best_other = per_column
                .get(&at)
                .and_then(|all| all.iter().filter(|(other, _)| **other != target).max_by_key(|(_, score)| **score));
            let runner_up = best_other.map(|(&target, &score)| (target, score));
            let is_free = !used.contains(&target) || takes_many(kind, target);
            // A name that is far from every other field, and no other column is near it, may be said more freely.
            let is_lonely = || {
                let others = per_column.get(&at).into_iter().flatten();
                let next = others.filter(|(other, _)| **other != target).map(|(_, score)| *score).max().unwrap_or(0);
                let rival = pairs.iter().filter(|&&(_, other, t)| t == target && other != at).map(|&(score, ..)| score);
                let next = next.max(rival.max().unwrap_or(0));
                let Target::Field(field) = target else { return false };
                let Some(field) = kind.fields.get(field) else { return false };
                let fits = match field.ty {
                    FieldType::Text => score >= LONELY + 4,
                    _ => samples.get(at).and_then(|sample| sample.fit_field(field)).is_some_and(|fit| fit >= 90),
                };
                fits && score >= LONELY && next + APART <= score
            };
            if !is_free || score < TAKE && !is_lonely() {
                // Too doubtful, or taken by a better column: shown as what it came nearest to.
                if matches[at].runner_up.is_none() {
                    matches[at].runner_up = Some((target, score));
                }
                if !is_free && runner_up.is_some_and(|(_, next)| next >= TAKE) {
                    continue;
                }
                done.insert(at);
                continue;
            }
            let rival = pairs
                .iter()
                .any(|&(s, other, t)| t == target && other != at && !done.contains(&other) && s + MARGIN > score);
            let torn = runner_up.is_some_and(|(other, next)| next + MARGIN > score && !used.contains(&other));
            if (rival || torn) && !takes_many(kind, target) {
                matches[at] = ColumnMatch {
                    target: None,
                    how: MatchHow::Ambiguous,
                    confidence: score,
                    runner_up: Some((target, score)),
                };
                done.insert(at);
                continue;
            }
            matches[at] = ColumnMatch { target: Some(target), how: MatchHow::Guessed, confidence: score, runner_up };
            used.insert(target);
            done.insert(at);
        }
        open.retain(|&at| matches[at].how == MatchHow::Unmatched);
    }

    /// Takes the identity numbers' column back where it holds none and another column holds them: one of the two headings is
    /// wrong, and which one cannot be told from here.
    fn misplaced(&mut self) {
        let Matcher { kind, samples, matches, .. } = self;
        let is_id = |found: &ColumnMatch| matches!(found.target, Some(Target::Field(field)) if kind.fields.get(field).is_some_and(|field| field.ty == FieldType::IdNumber));
        let Some(at) = matches.iter().position(|found| is_id(found) && found.how != MatchHow::Given) else { return };
        let holds_none = samples.get(at).is_some_and(Sample::holds_no_identity);
        if !holds_none {
            return;
        }
        let other = (0..matches.len()).find(|&other| {
            other != at
                && matches[other].how == MatchHow::Exact
                && matches[other].target.is_some()
                && samples.get(other).is_some_and(Sample::is_identity)
        });
        let Some(other) = other else { return };
        for column in [at, other] {
            let found = &mut matches[column];
            let runner_up = found.target.map(|target| (target, found.confidence));
            *found = ColumnMatch { target: None, how: MatchHow::Ambiguous, confidence: found.confidence, runner_up };
        }
    }
}
