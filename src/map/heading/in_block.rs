//! Columns of a flattened form whose headings say no more than that they count: 实施机构数 behind 两慢病长处方.

use super::super::dictionary::Target;
use super::{ColumnMatch, Matcher, OFFERS};
use crate::finding::MatchHow;
use crate::model::FieldType;

/// What a heading counts that does not say whose or what for.
const COUNTS: [&str; 8] = ["机构数", "机构数量", "机构个数", "家数", "数量", "人次", "人次数", "人数"];

/// How sure it is that a count belongs to the answer beside it.
const CONFIDENCE: u8 = 78;

impl Matcher<'_> {
    /// Takes the columns out of the open ones that only count, where the kind has a form: 设置机构数, 提供机构数.
    pub(super) fn bare_counts(&mut self) -> Vec<usize> {
        if self.kind.form.is_none() {
            return Vec::new();
        }
        let headings = self.headings;
        let is_bare = |at: &usize| {
            let Some(text) = headings[*at].keys.first().map(|key| key.bare.as_str()) else { return false };
            let rest = OFFERS.iter().filter_map(|word| text.strip_prefix(word)).min_by_key(|rest| rest.len());
            COUNTS.contains(&rest.unwrap_or(text))
        };
        let (bare, open) = self.open.iter().copied().partition(is_bare);
        self.open = open;
        bare
    }

    /// Gives each of these columns the next number of the block whose answer stands in the column before it.
    pub(super) fn next_in_block(&mut self, counts: &[usize]) {
        let Some(form) = &self.kind.form else { return };
        for &at in counts {
            let Some(before) = at.checked_sub(1).and_then(|before| self.matches.get(before)) else { continue };
            let Some(Target::Field(known)) = before.target else { continue };
            let is_number =
                |field: usize| self.kind.fields.get(field).is_some_and(|field| field.ty == FieldType::Integer);
            let next = form.blocks.iter().find_map(|block| {
                let is_known = |part: &crate::pack::AnswerPart| part.field == known;
                let place = block.answers.iter().position(|answer| answer.parts.iter().any(is_known))?;
                match block.answers.get(place + 1)?.parts.as_slice() {
                    [part] if is_number(part.field) => Some(Target::Field(part.field)),
                    _ => None,
                }
            });
            if let Some(target) = next.filter(|target| !self.used.contains(target)) {
                self.used.insert(target);
                self.matches[at] = ColumnMatch {
                    target: Some(target),
                    how: MatchHow::Guessed,
                    confidence: CONFIDENCE,
                    runner_up: None,
                };
            }
        }
    }
}
