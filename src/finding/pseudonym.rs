//! Marks that tell masked people apart: the same value has the same mark in every output of a run.

use std::collections::BTreeMap;
use std::collections::hash_map::Entry;
use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{Evidence, Finding, Masking, Personal, Report, push_masked};

/// Findings that one task looks through.
const CHUNK: usize = 2_000;

/// The marks of the personal values that look alike once they are masked, made when the first is asked for.
///
/// A mark is a running number in the order of the findings, so that it says nothing about the value; a value whose masked form is its
/// own needs none. `张*#1` and `张*#2` are two people, `张*` is the only one.
#[derive(Clone, Debug, Default)]
pub struct Pseudonyms(OnceLock<Marks>);

/// By sort of personal data, in their order, and by value.
type Marks = [FxHashMap<Box<str>, u32>; SORTS];

/// How many sorts of personal data there are.
const SORTS: usize = Personal::ALL.len();

impl Report {
    /// The value of a finding as it may be shown.
    pub fn shown(&self, evidence: Evidence<'_>, masking: Masking) -> String {
        let mut shown = String::with_capacity(evidence.value.len() + 3);
        self.push_shown(&mut shown, evidence.value, evidence.personal, masking);
        shown
    }

    /// Adds a text of a finding as it may be shown to `out`.
    pub fn push_shown(&self, out: &mut String, text: &str, personal: Option<Personal>, masking: Masking) {
        let (Some(personal), Masking::Masked) = (personal, masking) else {
            out.push_str(text);
            return;
        };
        push_masked(out, text, personal);
        if let Some(number) = self.made_marks()[personal as usize].get(text.trim()) {
            out.push('#');
            out.push_str(&number.to_string());
        }
    }

    /// Makes the marks, so that they are there when several threads ask for them at once.
    pub fn mark_people(&self) {
        self.made_marks();
    }

    /// The marks. Nothing waits while they are made: several threads make them, and one that waits for the others may be given work
    /// that asks for them too.
    fn made_marks(&self) -> &Marks {
        match self.pseudonyms.0.get() {
            Some(marks) => marks,
            None => {
                let marks = self.marks();
                self.pseudonyms.0.get_or_init(|| marks)
            }
        }
    }

    fn marks(&self) -> Marks {
        // The pieces stay in the order of the findings, which decides the numbers.
        let pieces: Vec<Values> = self.findings.par_chunks(CHUNK).map(personal_values).collect();
        let of = |personal| pieces.iter().filter_map(move |piece: &Values| piece.get(&personal)).flatten().copied();
        let mut marks = Marks::default();
        marks.par_iter_mut().zip(Personal::ALL).for_each(|(marks, sort)| *marks = number(of(sort), sort));
        marks
    }
}

/// The personal values of some findings, by the sort of data.
type Values<'a> = BTreeMap<Personal, Vec<&'a str>>;

fn personal_values(findings: &[Finding]) -> Values<'_> {
    let mut values = Values::new();
    for finding in findings {
        let told = finding.key.iter().chain(finding.values.iter()).map(|told| (told.personal, told.value));
        let records = std::iter::once(&finding.record).chain(finding.related.iter().map(|related| &related.record));
        let texts = records.flat_map(|record| record.texts().map(|(field, text)| (field.personal, text)));
        for (personal, value) in told.chain(texts) {
            let (Some(personal), value) = (personal, value.trim()) else { continue };
            let known = values.entry(personal).or_default();
            // The record says again what the key says.
            if !value.is_empty() && known.last() != Some(&value) {
                known.push(value);
            }
        }
    }
    values
}

/// The marks of the values of one sort, which come in the order of the findings.
fn number<'a>(values: impl Iterator<Item = &'a str>, personal: Personal) -> FxHashMap<Box<str>, u32> {
    // Each value with its masked form and its number among those that look like it.
    let mut known: FxHashMap<&str, (usize, u32)> = FxHashMap::default();
    let mut forms: FxHashMap<String, usize> = FxHashMap::default();
    let mut alike: Vec<u32> = Vec::new();
    let mut masked = String::new();
    for value in values {
        let Entry::Vacant(place) = known.entry(value) else { continue };
        masked.clear();
        push_masked(&mut masked, value, personal);
        let form = forms.get(masked.as_str()).copied().unwrap_or_else(|| {
            alike.push(0);
            forms.insert(masked.clone(), alike.len() - 1);
            alike.len() - 1
        });
        alike[form] += 1;
        place.insert((form, alike[form]));
    }
    let shared = known.into_iter().filter(|(_, (form, _))| alike[*form] > 1);
    shared.map(|(value, (_, number))| (value.into(), number)).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Finding, Location, Outcome, Row, Severity, Told};
    use super::*;

    #[test]
    fn people_who_look_alike_are_told_apart_and_stay_the_same() {
        let name: Arc<str> = "姓名".into();
        let evidence =
            |value: &'static str| Evidence { name: &name, value, personal: Some(Personal::Name), cell: None };
        let finding = |values: &[&'static str]| Finding {
            rule: 0,
            item: None,
            outcome: Outcome::Violated,
            severity: Severity::Error,
            reason: None,
            other_reasons: Vec::new(),
            unit: "".into(),
            key: Told::default(),
            period: None,
            location: Location::default(),
            related: Vec::new(),
            values: values.iter().map(|value| evidence(value)).collect(),
            record: Row::default(),
            records: 1,
            fingerprint: String::new(),
        };
        let report = Report {
            findings: vec![finding(&["张三", "李四"]), finding(&["张五", "张三"])],
            ..Report::default()
        };
        let shown = |value| report.shown(evidence(value), Masking::Masked);
        assert_eq!([shown("张三"), shown("张五"), shown("李四")], ["张*#1", "张*#2", "李*"]);
        assert_eq!(report.shown(evidence("张三"), Masking::Shown), "张三");

        // Many tasks ask at once, with the marks not made yet: none of them waits for another.
        let names: Vec<&str> = ["张三", "张五"].into_iter().cycle().take(40_000).collect();
        let report = Report { findings: names.iter().map(|name| finding(&[*name])).collect(), ..Report::default() };
        let marks: Vec<String> = names.par_iter().map(|name| report.shown(evidence(name), Masking::Masked)).collect();
        assert!(names.iter().zip(&marks).all(|(name, mark)| mark == if *name == "张三" { "张*#1" } else { "张*#2" }));
    }
}
