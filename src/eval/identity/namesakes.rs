//! Keys that share a name, found without holding each against all the others.

use std::collections::HashMap;

use super::Part;

/// Keys of one name, so that a common name of many institutions is not held against all the others of that name.
#[derive(Default)]
pub(super) struct Namesakes {
    all: Vec<usize>,
    /// For each part behind the name the keys by what they say in it; the empty text for those that say nothing.
    by_part: Vec<HashMap<String, Vec<usize>>>,
}

impl Namesakes {
    pub(super) fn add(&mut self, parts: &[Part], position: usize) {
        self.all.push(position);
        self.by_part.resize_with(self.by_part.len().max(parts.len().saturating_sub(2)), HashMap::new);
        for (part, said) in parts.iter().skip(2).zip(&mut self.by_part) {
            said.entry(said_by(part)).or_default().push(position);
        }
    }

    /// Those that one part of the key, the one that leaves the fewest, does not rule out.
    pub(super) fn possible(&self, parts: &[Part]) -> Vec<usize> {
        let known = parts.iter().skip(2).zip(&self.by_part).filter(|(part, _)| **part != Part::Nothing);
        let choices = known.map(|(part, said)| {
            [said_by(part), String::new()].map(|key| said.get(&key).map_or(&[][..], |positions| positions))
        });
        let fewest = choices.min_by_key(|[same, silent]| same.len() + silent.len());
        fewest.map_or_else(|| self.all.clone(), |lists| lists.concat())
    }
}

/// What a part says, as a key to look it up by; different parts may share one.
fn said_by(part: &Part) -> String {
    match part {
        Part::Nothing => String::new(),
        part => format!("={}", part.shown()),
    }
}
