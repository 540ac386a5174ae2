//! How headings were matched and what speaks for it, as the report shows it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::dictionary::{Dictionary, Spelling, Target};
use super::evidence::Sample;
use super::heading::{ColumnMatch, Heading};
use super::likeness::likeness;
use crate::finding::{HeadingMatch, MatchEvidence, MatchHow};

/// What speaks for the target of a column, or for the one it came nearest to.
fn evidence(
    dictionary: &Dictionary,
    kind_index: usize,
    heading: &Heading,
    sample: Option<&Sample<'_>>,
    target: Target,
) -> MatchEvidence {
    let texts = || heading.keys.iter().flat_map(|key| [&key.full, &key.bare, &key.core]);
    let spellings = dictionary.spellings(kind_index, target);
    let mut names: Vec<&Spelling> = spellings.iter().collect();
    // Most headings are a name word for word; likeness with dozens of names would cost more than all the rest of the table.
    let is_same = |name: &str| texts().any(|text| *text == name);
    if names.iter().any(|name| is_same(&name.bare)) {
        names.retain(|name| is_same(&name.bare));
    }
    let alike = |bare: &str| match is_same(bare) {
        true => 100,
        false => texts().map(|text| likeness(text, bare)).max().unwrap_or(0),
    };
    let name = names
        .into_iter()
        .map(|name| (name.name.as_str(), alike(&name.bare)))
        .max_by(|a, b| a.1.cmp(&b.1).then(b.0.len().cmp(&a.0.len())))
        .filter(|(_, score)| *score > 0)
        .map(|(name, score)| (name.to_owned(), score));
    let field = match target {
        Target::Field(field) => dictionary.kinds.get(kind_index).and_then(|kind| kind.fields.get(field)),
        Target::Split(..) => None,
    };
    let cells = field.zip(sample).and_then(|(field, sample)| Some((sample.likeness(field)?, sample.len() as u64)));
    MatchEvidence { name, cells, taken_by: None }
}

/// How the headings were matched, for the report.
pub fn heading_matches(
    dictionary: &Dictionary,
    kind_index: usize,
    headings: &[Heading],
    samples: &[Sample<'_>],
    matches: &[ColumnMatch],
    wide: &BTreeMap<u32, (Arc<str>, usize)>,
) -> Vec<HeadingMatch> {
    let kind = &*dictionary.kinds[kind_index];
    let name = |target: Target| -> Option<Arc<str>> {
        match target {
            Target::Field(field) => kind.fields.get(field).map(|field| field.name.clone()),
            Target::Split(block, answer) => {
                let parts = &kind.form.as_ref()?.blocks.get(block)?.answers.get(answer)?.parts;
                let names: Vec<&str> =
                    parts.iter().filter_map(|part| kind.fields.get(part.field)).map(|field| &*field.name).collect();
                Some(names.join("、").into())
            }
        }
    };
    headings
        .iter()
        .zip(matches)
        .enumerate()
        .map(|(at, (heading, found))| {
            let shown =
                if heading.path.is_empty() { Cow::Borrowed("（无表头）") } else { Cow::Owned(heading.shown()) };
            if let Some((field, _)) = wide.get(&heading.column) {
                return HeadingMatch {
                    heading: shown.into_owned(),
                    cell: heading.cell,
                    field: Some(field.clone()),
                    how: MatchHow::Exact,
                    confidence: 90,
                    runner_up: None,
                    evidence: MatchEvidence::default(),
                };
            }
            let about = found.target.or(found.runner_up.map(|(target, _)| target));
            let mut evidence = about
                .map(|target| evidence(dictionary, kind_index, heading, samples.get(at), target))
                .unwrap_or_default();
            if found.target.is_none() {
                let other = matches.iter().position(|other| other.target.is_some() && other.target == about);
                evidence.taken_by = other.and_then(|other| headings.get(other)).map(Heading::shown);
            }
            HeadingMatch {
                heading: shown.into_owned(),
                cell: heading.cell,
                field: found.target.and_then(name),
                how: found.how,
                confidence: found.confidence,
                runner_up: found.runner_up.and_then(|(target, score)| Some((name(target)?, score))),
                evidence,
            }
        })
        .collect()
}
