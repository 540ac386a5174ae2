//! Which kind of ledger a table is, from its headings, its title and the names around it.

use std::collections::{BTreeMap, BTreeSet};

use super::dictionary::{Dictionary, REPORTING, Target};
use super::heading::{Heading, TAKE};
use super::text::words;
use super::wide;
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
}

/// Whether the kind's own words stand in one of the texts around the table; 1 in the title itself, less farther away.
fn title_weight(dictionary: &Dictionary, kind: usize, titles: &[String], names: &[String]) -> f64 {
    let longest = |texts: &[String]| {
        dictionary.kinds[kind]
            .titles
            .iter()
            .filter(|title| !title.is_empty() && texts.iter().any(|text| text.contains(words(title).as_str())))
            .map(|title| title.chars().count())
            .max()
    };
    let weight = |length: Option<usize>| length.map_or(0.0, |length| (0.6 + 0.08 * length as f64).min(1.0));
    weight(longest(titles)).max(weight(longest(names)) * 0.9)
}

/// All kinds that fit at all, best first. `titles` are the title lines, `names` the sheet's and the file's name.
pub fn rank(dictionary: &Dictionary, headings: &[Heading], titles: &[String], names: &[String]) -> Vec<Ranked> {
    let titles: Vec<String> = titles.iter().map(|text| words(text)).collect();
    let names: Vec<String> = names.iter().map(|text| words(text)).collect();
    let per_heading: Vec<BTreeMap<usize, Vec<(Target, u8)>>> = headings
        .iter()
        .map(|heading| {
            let mut kinds: BTreeMap<usize, Vec<(Target, u8)>> = BTreeMap::new();
            for candidate in heading.candidates(dictionary) {
                if candidate.score >= TAKE {
                    kinds.entry(candidate.kind).or_default().push((candidate.target, candidate.score));
                }
            }
            kinds
        })
        .collect();
    // A heading that few kinds know says more than one that all know.
    let weights: Vec<f64> = per_heading
        .iter()
        .map(|kinds| if kinds.is_empty() { 0.35 } else { 1.0 / (kinds.len() as f64).sqrt() })
        .collect();
    let total: f64 = weights.iter().sum();
    let mut ranked: Vec<Ranked> = Vec::new();
    for (kind, info) in dictionary.kinds.iter().enumerate() {
        let mut heard = 0.0;
        let mut found: BTreeSet<usize> = BTreeSet::new();
        let mut contested: BTreeSet<usize> = BTreeSet::new();
        let mut matched = 0;
        let wide_columns = wide::columns(info, headings);
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
                heard += weights[at];
                let mut own = false;
                for (target, _) in targets {
                    match *target {
                        Target::Field(field) => {
                            own |= !REPORTING.contains(&&*info.fields[field].name);
                            found.insert(field);
                        }
                        Target::Split(..) => own = true,
                    }
                }
                matched += usize::from(own);
            } else if wide_columns.contains(&headings[at].column) {
                heard += weights[at].max(0.7);
                matched += 1;
            }
        }
        let title = title_weight(dictionary, kind, &titles, &names);
        if matched == 0 {
            continue;
        }
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
        ranked.push(Ranked { kind, score: score.clamp(0.0, 100.0) as u8, matched });
    }
    ranked.sort_by(|a, b| b.score.cmp(&a.score).then(b.matched.cmp(&a.matched)).then(a.kind.cmp(&b.kind)));
    ranked
}
