//! Columns under unknown headings whose cells say what they hold.

use super::super::dictionary::{REPORTING, Target};
use super::{ColumnMatch, Matcher};
use crate::finding::{MatchHow, Personal};
use crate::model::FieldType;
use crate::pack::{Field, LedgerKind};

impl Matcher<'_> {
    /// Columns whose headings say nothing known but whose cells speak for one field only.
    pub(super) fn by_values(&mut self) {
        let Matcher { kind_index, kind, headings, samples, open, matches, used, dictionary, .. } = self;
        let mut claims: Vec<(usize, Target, u8)> = Vec::new();
        for &at in open.iter() {
            let Some(sample) = samples.get(at) else { continue };
            // A column about another person holds that person's numbers.
            let heading = headings[at].path.concat();
            if dictionary.other_person(&heading, &[]) {
                continue;
            }
            let mut fitting = kind.fields.iter().enumerate().filter_map(|(position, field)| {
                let target = Target::Field(position);
                let confidence = sample.speaks_for(field)?;
                // Any list may have names of persons and institutions that its records are not about.
                let is_about = || {
                    let names = dictionary.spellings(*kind_index, target);
                    ASIDE
                        .iter()
                        .all(|word| !heading.contains(word) || names.iter().any(|name| name.name.contains(word)))
                };
                let is_own = field.personal != Some(Personal::Name) || is_main_person(kind, position);
                let may_be = field.ty != FieldType::Text || !REPORTING.contains(&&*field.name) && is_own && is_about();
                (may_be && !used.contains(&target)).then_some((target, confidence))
            });
            if let (Some((target, confidence)), None) = (fitting.next(), fitting.next()) {
                claims.push((at, target, confidence));
            }
        }
        for &(at, target, confidence) in &claims {
            let alone = claims.iter().filter(|(_, other, _)| *other == target).count() == 1;
            let runner_up = matches[at].runner_up;
            matches[at] = if alone {
                used.insert(target);
                ColumnMatch { target: Some(target), how: MatchHow::Guessed, confidence, runner_up }
            } else {
                ColumnMatch {
                    target: None,
                    how: MatchHow::Ambiguous,
                    confidence,
                    runner_up: Some((target, confidence)),
                }
            };
        }
    }
}

/// Words of headings over persons, places and institutions that a record is not about.
const ASIDE: [&str; 26] = [
    "签字",
    "签名",
    "盖章",
    "家属",
    "联系人",
    "负责人",
    "领导",
    "经办",
    "审核",
    "填表",
    "填报",
    "上级",
    "主管",
    "转",
    "户籍",
    "来源",
    "地址",
    "备注",
    "医",
    "护士",
    "专家",
    "人员",
    "成员",
    "团队",
    "队长",
    "家长",
];

/// Whether the field is the only one of its kind that names a person, or the one that is found first.
fn is_main_person(kind: &LedgerKind, position: usize) -> bool {
    let is_name = |field: &Field| field.personal == Some(Personal::Name) && !REPORTING.contains(&&*field.name);
    kind.fields.iter().position(|field| is_name(field)) == Some(position)
}
