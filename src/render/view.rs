//! One finding with every text filled in and masked: what all the outputs show of it.

use crate::finding::{Finding, Masking, Outcome, Personal, Related, Report, Row, RowField, RuleInfo, Told, mask};
use crate::model::{Lang, cell_name};

use super::words;

/// A finding as an output shows it.
pub(super) struct FindingView<'a> {
    pub finding: &'a Finding,
    pub rule: &'a RuleInfo,
    pub unit: String,
    pub message: String,
    pub required: String,
    pub fix: &'a str,
    pub reason: Option<String>,
    pub item: Option<&'a str>,
    /// Row as in the file, from 1.
    pub row: Option<u64>,
    /// Cell such as `C5`.
    pub cell: Option<String>,
    pub lang: Lang,
    report: &'a Report,
    masking: Masking,
}

impl<'a> FindingView<'a> {
    pub fn new(report: &'a Report, finding: &'a Finding, lang: Lang, masking: Masking) -> FindingView<'a> {
        let rule = &report.rules[finding.rule as usize];
        let place = &finding.location;
        FindingView {
            finding,
            rule,
            unit: scrub(&finding.unit, masking),
            message: scrub(&report.message(finding, lang, masking), masking),
            required: scrub(&report.required(finding, lang, masking), masking),
            fix: rule.fix.get(lang),
            reason: reasons(report, finding, lang),
            item: finding.item.and_then(|item| rule.items.get(item as usize)).map(|item| item.get(lang)),
            row: place.row.map(|row| u64::from(row) + 1),
            cell: place.row.zip(place.column).map(|(row, column)| cell_name(row, column)),
            lang,
            report,
            masking,
        }
    }

    /// Name and value of each part of the business key.
    pub fn key(&self) -> impl Iterator<Item = (&'a str, String)> {
        shown(self.report, &self.finding.key, self.masking)
    }

    /// Name and value of each value seen.
    pub fn values(&self) -> impl Iterator<Item = (&'a str, String)> {
        shown(self.report, &self.finding.values, self.masking)
    }

    /// Name and text of each field of the record that the finding points at.
    pub fn record(&self) -> Vec<(&'a str, String)> {
        self.pairs(&self.finding.record)
    }

    fn pairs(&self, row: &'a Row) -> Vec<(&'a str, String)> {
        let mut pairs = Vec::new();
        self.each_of(row, |name, push| {
            let mut text = String::new();
            push(&mut text);
            pairs.push((name, text));
        });
        pairs
    }

    /// The business key in one text. The texts of a run can be very many, so that each is written once and in its place.
    pub fn key_text(&self) -> String {
        self.told(&self.finding.key)
    }

    /// The values seen in one text.
    pub fn values_text(&self) -> String {
        self.told(&self.finding.values)
    }

    /// The record in one text.
    pub fn record_text(&self) -> String {
        self.row_text(&self.finding.record)
    }

    fn row_text(&self, row: &'a Row) -> String {
        let mut text = String::with_capacity(if row.is_empty() { 0 } else { 512 });
        self.each_of(row, |name, push| words::push_pair(&mut text, name, self.lang, push));
        text
    }

    /// The fields of a record beside the finding's own.
    pub fn related_record(&self, related: &'a Related) -> Vec<(&'a str, String)> {
        self.pairs(&related.record)
    }

    /// The places beside the finding's own, a line for each: what is not the same as in the finding's own place, and what stands there.
    pub fn related_text(&self) -> String {
        let own = &self.finding.location;
        let mut text = String::new();
        for related in &self.finding.related {
            let place = &related.place;
            let mut told: Vec<String> = Vec::new();
            told.extend(place.file.as_deref().filter(|_| place.file != own.file).map(str::to_owned));
            told.extend(
                place
                    .sheet
                    .as_deref()
                    .filter(|_| (&place.file, &place.sheet) != (&own.file, &own.sheet))
                    .map(str::to_owned),
            );
            if let Some(row) = place.row {
                let cell = place.column.map(|column| cell_name(row, column));
                told.push(cell.unwrap_or_else(|| words::row(u64::from(row) + 1, self.lang).trim_start().to_owned()));
            }
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&told.join(" "));
            let record = self.row_text(&related.record);
            if !record.is_empty() {
                text.push_str(words::pick(self.lang, "　", "  "));
                text.push_str(&record);
            }
        }
        text
    }

    fn told(&self, told: &Told) -> String {
        let mut text = String::with_capacity(192);
        for evidence in told.iter() {
            words::push_pair(&mut text, evidence.name, self.lang, |text| {
                push_shown(text, self.report, evidence.value, evidence.personal, self.masking);
            });
        }
        text
    }

    /// Calls `take` with the name of each field of a record and with what adds its text. A name that the record tells of stays
    /// hidden in its free texts too.
    fn each_of(&self, record: &'a Row, mut take: impl FnMut(&'a str, &dyn Fn(&mut String))) {
        let is_name = |field: &RowField, text: &str| field.personal == Some(Personal::Name) && text.chars().count() > 1;
        let named = record.texts().filter(|(field, text)| self.masking == Masking::Masked && is_name(field, text));
        let names: Vec<&str> = named.map(|(_, text)| text).collect();
        for (field, text) in record.texts() {
            let told = || names.iter().filter(|name| field.personal.is_none() && text.contains(**name));
            take(&field.name, &|out| match told().next() {
                None => push_shown(out, self.report, text, field.personal, self.masking),
                Some(_) => {
                    let hidden =
                        told().fold(text.to_owned(), |text, name| text.replace(name, &mask(name, Personal::Name)));
                    push_shown(out, self.report, &hidden, None, self.masking);
                }
            });
        }
        if record.is_cut() {
            take("…", &|_| {});
        }
    }

    /// The rule's title, with the item of the duty where one is at fault.
    pub fn title(&self) -> String {
        let title = self.rule.title.get(self.lang);
        match self.item {
            Some(item) => format!("{title}{}{item}", words::pick(self.lang, "：", ": ")),
            None => title.to_owned(),
        }
    }

    /// What was found: the message, or why nothing could be judged.
    pub fn found(&self) -> &str {
        self.reason.as_deref().unwrap_or(&self.message)
    }

    /// What to do: correct the fault, or supply what is missing.
    pub fn advice(&self, report: &Report) -> String {
        match &self.finding.reason {
            Some(reason) if self.finding.outcome == Outcome::Undetermined => words::remedy(report, reason, self.lang),
            _ => self.fix.to_owned(),
        }
    }

    /// File, sheet and cell in one text; empty where there is none.
    pub fn place(&self) -> String {
        let place = &self.finding.location;
        let mut text = place.file.as_deref().unwrap_or_default().to_owned();
        if let Some(sheet) = &place.sheet {
            text.push_str(&format!(" [{sheet}]"));
        }
        match (&self.cell, self.row) {
            (Some(cell), _) => text.push_str(&format!(" {cell}")),
            (None, Some(row)) => text.push_str(&words::row(row, self.lang)),
            (None, None) => {}
        }
        text
    }
}

fn reasons(report: &Report, finding: &Finding, lang: Lang) -> Option<String> {
    let mut text = words::reason(report, finding.reason.as_ref()?, lang);
    for other in &finding.other_reasons {
        text.push_str(words::pick(lang, "；", "; "));
        text.push_str(&words::reason(report, other, lang));
    }
    Some(text)
}

fn shown<'a>(report: &'a Report, told: &'a Told, masking: Masking) -> impl Iterator<Item = (&'a str, String)> {
    told.iter().map(move |evidence| {
        let mut text = String::new();
        push_shown(&mut text, report, evidence.value, evidence.personal, masking);
        (&**evidence.name, text)
    })
}

/// Adds a value as it may be shown.
fn push_shown(out: &mut String, report: &Report, text: &str, personal: Option<Personal>, masking: Masking) {
    let start = out.len();
    report.push_shown(out, text, personal, masking);
    if masking == Masking::Masked && has_long_number(&out[start..]) {
        let scrubbed = scrub(&out[start..], masking);
        out.truncate(start);
        out.push_str(&scrubbed);
    }
}

/// Masks identity numbers and mobile numbers that stand in a text where none belongs, such as a number typed into a wrong column.
///
/// An identity number is seventeen digits with a plausible birth date and a digit or X; a mobile number is eleven digits that begin
/// with 13 to 19; neither is part of a longer run of digits.
pub(super) fn scrub(text: &str, masking: Masking) -> String {
    if masking == Masking::Shown || !has_long_number(text) {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    let mut start = 0;
    while start < bytes.len() {
        if !bytes[start].is_ascii_digit() {
            start += 1;
            continue;
        }
        let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let with_x = digits + usize::from(digits == 17 && matches!(bytes.get(start + 17), Some(b'X' | b'x')));
        let keep = match with_x {
            18 if has_birth_date(&bytes[start + 6..start + 14]) => Some((4, 4)),
            15 if has_birth_date(&[b"19", &bytes[start + 6..start + 12]].concat()) => Some((4, 3)),
            11 if bytes[start] == b'1' && bytes[start + 1] >= b'3' => Some((3, 4)),
            _ => None,
        };
        if let Some((head, tail)) = keep {
            out.push_str(&text[copied..start + head]);
            out.extend(std::iter::repeat_n('*', with_x - head - tail));
            copied = start + with_x - tail;
        }
        start += with_x;
    }
    out.push_str(&text[copied..]);
    out
}

/// Digits of the shortest number that is masked.
const LONG: usize = 11;

/// Whether so many digits follow each other. One of so many stands at every place that is a multiple of their number, which
/// most texts show not to be so at a few looks.
fn has_long_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut places = (LONG - 1..bytes.len()).step_by(LONG).filter(|&place| bytes[place].is_ascii_digit());
    places.any(|place| {
        let before = bytes[..place].iter().rev().take_while(|byte| byte.is_ascii_digit()).take(LONG).count();
        let after = bytes[place..].iter().take_while(|byte| byte.is_ascii_digit()).take(LONG).count();
        before + after >= LONG
    })
}

/// The text of a cell as it may be shown: masked by what the field is, and against stray personal numbers.
pub(super) fn cell_text(text: &str, personal: Option<Personal>, masking: Masking) -> String {
    match (personal, masking) {
        (Some(personal), Masking::Masked) => mask(text, personal),
        _ => scrub(text, masking),
    }
}

/// An example of a conversion, which comes without the kind of its field: what has as many digits as a phone or identity number is
/// masked, however it is parted.
pub(super) fn example(text: &str, masking: Masking) -> String {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if masking == Masking::Masked && digits >= 11 { mask(text, Personal::IdNumber) } else { scrub(text, masking) }
}

fn has_birth_date(digits: &[u8]) -> bool {
    let number = |range: std::ops::Range<usize>| {
        digits[range].iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit.saturating_sub(b'0')))
    };
    let (year, month, day) = (number(0..4), number(4..6), number(6..8));
    (1880..=2099).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Location;
    use crate::render::testing;

    #[test]
    fn related_places_say_where_and_what_stands_there() {
        let mut report = testing::sample();
        let own = report.findings[0].location.clone();
        let field = |name: &str, personal| RowField { name: name.into(), personal };
        let fields = [field("姓名", Some(Personal::Name)), field("备注", None)];
        let record = Row::new(fields.into(), [(0, "皇甫修远"), (1, "皇甫修远代班")]);
        let beside = Related { place: Location { row: Some(20), column: Some(2), ..own }, record };
        let file = Location { file: Some("乙.xlsx".into()), sheet: Some("表".into()), row: Some(2), column: None };
        report.findings[0].related = vec![beside, Related { place: file, record: Row::default() }];
        let text = |lang| FindingView::new(&report, &report.findings[0], lang, Masking::Masked).related_text();
        assert_eq!(text(Lang::Zh), "C21　姓名：皇***；备注：皇***代班\n乙.xlsx 表 第3行");
        assert_eq!(text(Lang::En), "C21  姓名: 皇***; 备注: 皇***代班\n乙.xlsx 表 row 3");
    }

    #[test]
    fn eleven_digits_in_a_row_are_found_wherever_they_stand() {
        for before in 0..30 {
            for digits in 0..25 {
                for after in 0..3 {
                    let text = format!("{}{}{}", "x".repeat(before), "7".repeat(digits), "号".repeat(after));
                    assert_eq!(has_long_number(&text), digits >= LONG, "{text}");
                }
            }
        }
        assert!(!has_long_number("1234567890 1234567890 1234567890"));
    }

    #[test]
    fn stray_personal_numbers_are_masked() {
        let masked = |text: &str| scrub(text, Masking::Masked);
        assert_eq!(masked("证号610102194403051234，电话13800005678"), "证号6101**********1234，电话138****5678");
        assert_eq!(masked("61010219440305123X"), "6101**********123X");
        assert_eq!(masked("610102440305123"), "6101********123");
        // Dates, amounts, codes and longer runs of digits stay.
        for text in ["20240305", "门诊 12345 人次", "126101024370011234", "9138000056780", "2024-03-05"] {
            assert_eq!(masked(text), text);
        }
        assert_eq!(scrub("13800005678", Masking::Shown), "13800005678");
        assert_eq!(example("610102 19440305 0019", Masking::Masked), "6101************0019");
        assert_eq!(example("１２", Masking::Masked), "１２");
    }
}
