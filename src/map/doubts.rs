//! What a person should look at in how a sheet was understood: headings that were guessed, a year that was inferred.

use super::sheet::MappedSheet;
use super::table::{Known, YearFrom};
use super::text::key;
use crate::finding::{HeadingMatch, MatchHow};

/// Says where the year of the reporting period is from, where no text named one.
pub fn say_year(mapped: &mut MappedSheet, known: &Known) {
    let (Some(from), Some(period)) = (known.year_from, known.source.period) else { return };
    let (zh, en) = match from {
        YearFrom::Records => ("取自表中日期", "is that of the dates in the table"),
        YearFrom::ReviewDate => ("按核查日期推定", "was inferred from the review date"),
    };
    mapped.note(
        "year-inferred",
        &format!("所属期没有写明年份，年份{zh}：{}。如不对，请用 --period 指定。", period.zh()),
        &format!("The reporting period names no year; the year {en}: {period}. Use --period to say which."),
        None,
    );
}

/// Below this confidence a heading that was matched by likeness is worth a look.
const SURE: u8 = 86;
/// Doubtful headings of one table that are told one by one.
const DOUBTS: usize = 12;

/// Whether the heading is the very name of the field, so that only the cells can speak against it.
fn is_own(heading: &str, field: &str) -> bool {
    heading.rsplit('▸').next().is_some_and(|own| key(own).full == key(field).full)
}

/// Tells the headings whose meaning is doubtful, each with the field that came next.
pub fn say_doubts(mapped: &mut MappedSheet, headings: &[HeadingMatch]) {
    let doubtful = headings.iter().filter(|found| match found.how {
        MatchHow::Guessed => found.confidence < SURE,
        MatchHow::Ambiguous => true,
        MatchHow::Exact | MatchHow::Given | MatchHow::Unmatched => false,
    });
    for found in doubtful.take(DOUBTS) {
        let next = found.runner_up.as_ref();
        let (code, zh, en) = match &found.field {
            Some(field) => (
                "heading-doubtful",
                format!(
                    "列标题“{}”按“{field}”理解，把握 {}%{}。如不对，请用 --map 指定。",
                    found.heading,
                    found.confidence,
                    next.map_or(String::new(), |(next, score)| format!("；其次像“{next}”（{score}%）")),
                ),
                format!(
                    "The heading “{}” was taken for {field} with confidence {} %{}. Use --map to say what it is.",
                    found.heading,
                    found.confidence,
                    next.map_or(String::new(), |(next, score)| format!("; next {next}, {score} %")),
                ),
            ),
            None if next.is_some_and(|(next, _)| is_own(&found.heading, next)) => (
                "heading-contradicted",
                format!("列标题“{}”与列中内容不符，未采用。请核对是否与别的列填反。", found.heading),
                format!(
                    "The cells under the heading “{}” are something else, and it was not used. Were two columns exchanged?",
                    found.heading
                ),
            ),
            None => (
                "heading-ambiguous",
                format!(
                    "列标题“{}”不能确定对应哪个字段，未采用{}。请用 --map 指定。",
                    found.heading,
                    next.map_or(String::new(), |(next, score)| format!("；最接近“{next}”（{score}%）")),
                ),
                format!(
                    "The heading “{}” could mean more than one field and was not used{}. Use --map to say what it is.",
                    found.heading,
                    next.map_or(String::new(), |(next, score)| format!("; nearest {next}, {score} %")),
                ),
            ),
        };
        mapped.note(code, &zh, &en, Some(found.cell));
    }
}
