//! Which kind of ledger a table is, from its headings, its title and the names around it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::dictionary::{Dictionary, REPORTING, Target};
use super::evidence::Sample;
use super::heading::{ByKind, Heading, Meanings, TAKE, match_columns};
use super::text::words;
use super::wide;
use crate::finding::MatchHow;
use crate::model::FieldType;

/// The score below which a table is of no known kind.
pub const RECOGNISED: u8 = 35;

/// One kind and how well the table fits it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// Position in the catalog.
    pub kind: usize,
    /// 0 to 100.
    pub score: u8,
    /// Headings that name fields of the kind itself.
    pub matched: usize,
    /// Whether a title or a name around the table speaks for the kind.
    pub titled: bool,
}

/// Words of titles over lists that are no ledgers, whatever they are about.
const NO_LEDGERS: [&str; 17] = [
    "会议",
    "推进会",
    "座谈会",
    "启动会",
    "部署会",
    "参会",
    "通讯录",
    "通联表",
    "培训班",
    "培训签到",
    "培训人员",
    "食堂",
    "菜谱",
    "工资表",
    "成绩",
    "领用",
    "固定资产",
];

/// The texts around a table in which a kind's own words may stand.
struct Around {
    /// The title lines.
    titles: Vec<String>,
    /// The sheet's and the file's name.
    names: Vec<String>,
}

impl Around {
    fn new(titles: &[String], names: &[String]) -> Around {
        // 家庭医生签约推进会 is about the contracts and no ledger of them.
        let speaking = |texts: &[String]| -> Vec<String> {
            texts.iter().map(|text| words(text)).filter(|text| !is_no_ledger(text)).collect()
        };
        Around { titles: speaking(titles), names: speaking(names) }
    }

    /// Whether the kind's own words stand in one of the texts; 1 in the title itself, less farther away.
    fn weight(&self, dictionary: &Dictionary, kind: usize) -> f64 {
        let longest = |texts: &[String]| {
            let titles = dictionary.titles[kind].iter();
            titles.filter(|(title, _)| texts.iter().any(|text| text.contains(title))).map(|(_, length)| *length).max()
        };
        let weight = |length: Option<usize>| length.map_or(0.0, |length| (0.6 + 0.08 * length as f64).min(1.0));
        weight(longest(&self.titles)).max(weight(longest(&self.names)) * 0.9)
    }
}

fn is_no_ledger(title: &str) -> bool {
    NO_LEDGERS.iter().any(|word| title.contains(word))
}

/// What headings mean that are near the names of a kind and no more: position of the heading and kind → field.
pub type Near = BTreeMap<(usize, usize), Target>;

/// How much a heading that is only near a name counts beside one that is the name.
const NEAR_WEIGHT: f64 = 0.8;

/// The kinds whose own words stand around the table, whatever its headings say.
pub fn titled(dictionary: &Dictionary, titles: &[String], names: &[String]) -> Vec<usize> {
    let around = Around::new(titles, names);
    let kinds = dictionary.kinds.iter().enumerate().filter(|(_, kind)| kind.made.is_none()).map(|(kind, _)| kind);
    kinds.filter(|&kind| around.weight(dictionary, kind) > 0.0).collect()
}

/// Which headings come near the names of the best of `ranked` and of the kinds that the titles name, for tables that no
/// kind fits word for word. `samples` are the cells below the headings.
pub fn near(
    dictionary: &Dictionary,
    headings: &[Heading],
    ranked: &[Ranked],
    titled: &[usize],
    samples: &[Sample<'_>],
) -> Near {
    let mut near = Near::new();
    let mut kinds: Vec<usize> = ranked.iter().take(NEAREST).map(|ranked| ranked.kind).collect();
    for &kind in titled.iter().take(NEAREST) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    for kind in kinds {
        let taken = wide::columns(&dictionary.kinds[kind], headings);
        let matches = match_columns(dictionary, kind, headings, samples, &taken, &|_| None);
        for (at, found) in matches.iter().enumerate() {
            if let (MatchHow::Guessed, Some(target)) = (found.how, found.target) {
                near.insert((at, kind), target);
            }
        }
    }
    near
}

/// What the heading at this position means in each kind, with what it is only near to where it means nothing else.
fn with_near<'m>(by_kind: &'m ByKind, at: usize, near: &Near) -> Cow<'m, ByKind> {
    let mut kinds = Cow::Borrowed(by_kind);
    for (&(_, kind), &target) in near.range((at, 0)..(at + 1, 0)) {
        if !kinds.contains_key(&kind) {
            kinds.to_mut().insert(kind, vec![(target, TAKE)]);
        }
    }
    kinds
}

/// Kinds whose names are compared letter by letter.
const NEAREST: usize = 6;

/// All kinds that fit at all, best first. `titles` are the title lines, `names` the sheet's and the file's name.
pub fn rank(
    dictionary: &Dictionary,
    headings: &[Heading],
    titles: &[String],
    names: &[String],
    near: &Near,
) -> Vec<Ranked> {
    let around = Around::new(titles, names);
    let known: Vec<Arc<Meanings>> = headings.iter().map(|heading| heading.meanings(dictionary)).collect();
    let per_heading: Vec<Cow<'_, ByKind>> =
        known.iter().enumerate().map(|(at, known)| with_near(&known.by_kind, at, near)).collect();
    // A heading that few kinds know says more than one that all know.
    let weights: Vec<f64> = per_heading
        .iter()
        .map(|kinds| if kinds.is_empty() { 0.35 } else { 1.0 / (kinds.len() as f64).sqrt() })
        .collect();
    let total: f64 = weights.iter().sum();
    let is_no_ledger = titles.iter().any(|title| is_no_ledger(&words(title)));
    let has_marks = wide::has_marks(headings);
    let mut ranked: Vec<Ranked> = Vec::new();
    for (kind, info) in dictionary.kinds.iter().enumerate() {
        let mut heard = 0.0;
        let mut found: BTreeSet<usize> = BTreeSet::new();
        let mut contested: BTreeSet<usize> = BTreeSet::new();
        let mut matched = 0;
        let mut repeated = 0;
        let mut is_particular = false;
        let wide_columns = if has_marks { wide::columns(info, headings) } else { BTreeSet::new() };
        for (at, kinds) in per_heading.iter().enumerate() {
            if let Some(targets) = kinds.get(&kind) {
                // A second column for a field that takes one does not speak for the kind.
                let is_new = targets.iter().any(|(target, _)| match *target {
                    Target::Field(field) => !found.contains(&field) || info.fields[field].ty == FieldType::Dates,
                    Target::Split(..) => true,
                });
                if !is_new {
                    contested.extend(targets.iter().filter_map(|(target, _)| match target {
                        Target::Field(field) => Some(*field),
                        Target::Split(..) => None,
                    }));
                    continue;
                }
                let only_near = targets.iter().all(|(_, score)| *score == TAKE) && near.contains_key(&(at, kind));
                heard += weights[at] * if only_near { NEAR_WEIGHT } else { 1.0 };
                let mut own = false;
                for (target, _) in targets {
                    match *target {
                        Target::Field(field) => {
                            let name = &info.fields[field].name;
                            own |= !REPORTING.contains(&&**name);
                            is_particular = is_particular || !dictionary.is_common(name);
                            found.insert(field);
                        }
                        Target::Split(..) => (own, is_particular) = (true, true),
                    }
                }
                matched += usize::from(own);
            } else if wide_columns.contains(&headings[at].column) {
                heard += weights[at].max(0.7);
                matched += 1;
                repeated += 1;
                is_particular = true;
            }
        }
        if matched == 0 {
            continue;
        }
        let title = around.weight(dictionary, kind);
        // A field that several columns claim will go to none of them.
        found.retain(|field| !contested.contains(field));
        let share = |wanted: &[usize]| {
            if wanted.is_empty() {
                None
            } else {
                Some(wanted.iter().filter(|field| found.contains(field)).count() as f64 / wanted.len() as f64)
            }
        };
        let essential: Vec<usize> = info
            .fields
            .iter()
            .enumerate()
            .filter(|(_, field)| field.essential && !REPORTING.contains(&&*field.name))
            .map(|(position, _)| position)
            .collect();
        let heard = if total > 0.0 { heard / total } else { 0.0 };
        let essential = share(&essential).unwrap_or(heard);
        let special = share(&info.rank_on).unwrap_or(essential);
        let mut score = 45.0 * heard + 22.0 * essential + 13.0 * special + 20.0 * title;
        if matched < 2 && title == 0.0 {
            // One known word on a sheet is chance.
            score *= 0.5;
        }
        if title == 0.0 && essential < 0.5 {
            // Nothing around the table says that it is one, and most of what makes one is missing.
            score *= 0.8;
        }
        if is_no_ledger || title == 0.0 && repeated == matched {
            // Days of the week beside each other head menus and timetables as well.
            score *= 0.5;
        }
        if !is_particular {
            // Names, telephone numbers and institutions stand on many a list that is no ledger.
            score *= 0.7;
        }
        ranked.push(Ranked { kind, score: score.clamp(0.0, 100.0) as u8, matched, titled: title > 0.0 });
    }
    ranked.sort_by(|a, b| b.score.cmp(&a.score).then(b.matched.cmp(&a.matched)).then(a.kind.cmp(&b.kind)));
    ranked
}
