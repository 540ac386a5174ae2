//! Marks that tell masked people apart: the same value has the same mark in every output of a run.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::{Evidence, Masking, Personal, Report, mask};

/// The marks of the personal values that look alike once they are masked, made when the first is asked for.
///
/// A mark is a running number in the order of the findings, so that it says nothing about the value; a value whose masked form is its
/// own needs none. `张*#1` and `张*#2` are two people, `张*` is the only one.
#[derive(Clone, Debug, Default)]
pub struct Pseudonyms(OnceLock<Marks>);

/// By sort of personal data and value.
type Marks = FxHashMap<Personal, FxHashMap<Box<str>, u32>>;

impl Report {
    /// The value of a finding as it may be shown.
    pub fn shown(&self, evidence: &Evidence, masking: Masking) -> String {
        self.shown_text(&evidence.value, evidence.personal, masking)
    }

    /// A text of a finding as it may be shown.
    pub fn shown_text(&self, text: &str, personal: Option<Personal>, masking: Masking) -> String {
        let (Some(personal), Masking::Masked) = (personal, masking) else {
            return text.to_owned();
        };
        let masked = mask(text, personal);
        let marks = self.pseudonyms.0.get_or_init(|| self.marks());
        match marks.get(&personal).and_then(|marks| marks.get(text.trim())) {
            Some(number) => format!("{masked}#{number}"),
            None => masked,
        }
    }

    fn marks(&self) -> Marks {
        let evidence = || {
            let all = self.findings.iter().flat_map(|finding| {
                let told = finding.key.iter().chain(&finding.values);
                let told = told.map(|evidence| (evidence.personal, evidence.value.as_str()));
                told.chain(finding.record.texts().map(|(field, text)| (field.personal, text)))
            });
            all.filter_map(|(personal, value)| Some((personal?, value.trim())).filter(|(_, value)| !value.is_empty()))
        };
        let mut marks = Marks::default();
        // How many values have each masked form.
        let mut alike: FxHashMap<String, u32> = FxHashMap::default();
        for (personal, value) in evidence() {
            let known = marks.entry(personal).or_default();
            if !known.contains_key(value) {
                let number = alike.entry(mask(value, personal)).or_insert(0);
                *number += 1;
                known.insert(value.into(), *number);
            }
        }
        for (personal, known) in &mut marks {
            known.retain(|value, _| alike.get(&mask(value, *personal)).is_some_and(|count| *count > 1));
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Finding, Location, Outcome, Row, Severity};
    use super::*;

    #[test]
    fn people_who_look_alike_are_told_apart_and_stay_the_same() {
        let evidence = |value: &str| Evidence {
            name: "姓名".into(),
            value: value.to_owned(),
            personal: Some(Personal::Name),
            cell: None,
        };
        let finding = |values: &[&str]| Finding {
            rule: 0,
            item: None,
            outcome: Outcome::Violated,
            severity: Severity::Error,
            reason: None,
            other_reasons: Vec::new(),
            unit: String::new(),
            key: Vec::new(),
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
        let shown = |value: &str| report.shown(&evidence(value), Masking::Masked);
        assert_eq!([shown("张三"), shown("张五"), shown("李四")], ["张*#1", "张*#2", "李*"]);
        assert_eq!(report.shown(&evidence("张三"), Masking::Shown), "张三");
    }
}
