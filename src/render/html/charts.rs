//! Charts as inline SVG: shares of outcomes by measure, and violations by unit.

use super::Page;
use crate::model::Lang;
use crate::render::escape::markup;
use crate::render::words;

const BARS: usize = 15;
const LINE: usize = 24;
const LABEL: usize = 236;
const WIDTH: usize = 600;

/// What the colours mean, in the order of the parts of a bar.
const LEGEND: [(&str, &str, &str); 5] = [
    ("met", "合规", "met"),
    ("error", "错误", "error"),
    ("warning", "警告", "warning"),
    ("advice", "提示", "advice"),
    ("undetermined", "无法判定", "undetermined"),
];

/// One bar: label and the amounts of its parts.
struct Bar {
    label: String,
    parts: Vec<(&'static str, u64)>,
    end: String,
}

pub(super) fn measures(page: &Page) -> String {
    let lang = page.lang();
    // Where not all fit, those with most violations are the ones to see.
    let mut measures: Vec<_> = page.report.measures.iter().zip(&page.overview.measures).collect();
    if measures.iter().filter(|(_, counts)| !counts.is_silent()).count() > BARS {
        measures.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.violated()));
    }
    let bars = measures.into_iter().filter_map(|(measure, counts)| {
        let parts = vec![
            ("met", counts.met),
            ("error", counts.errors),
            ("warning", counts.warnings),
            ("undetermined", counts.undetermined),
        ];
        let total: u64 = parts.iter().map(|(_, amount)| amount).sum();
        let label = format!("{} {}", measure.id, measure.title.get(lang));
        (total > 0).then(|| Bar { label, end: total.to_string(), parts })
    });
    let bars: Vec<Bar> = bars.take(BARS).collect();
    draw(&bars, true, page.pick("各项举措的判定结果", "Results by measure"), lang)
}

pub(super) fn units(page: &Page) -> String {
    let bars =
        page.overview.units.iter().filter(|(_, counts)| counts.violated() > 0).take(BARS).map(|(unit, counts)| Bar {
            label: crate::render::view::scrub(words::unit(unit, page.lang()), page.options.masking),
            parts: vec![("error", counts.errors), ("warning", counts.warnings)],
            end: counts.violated().to_string(),
        });
    let bars: Vec<Bar> = bars.collect();
    draw(&bars, false, page.pick("不合规较多的单位", "Units with most violations"), page.lang())
}

/// The sums of the earlier runs and of this one, oldest first; nothing where this run is the only one.
pub(super) fn trend(page: &Page) -> String {
    if page.report.history.is_empty() {
        return String::new();
    }
    let total = page.overview.total;
    let date = |date: Option<crate::model::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    let bar = |label: String, [errors, warnings, advice, undetermined]: [u64; 4]| Bar {
        label,
        parts: vec![("error", errors), ("warning", warnings), ("advice", advice), ("undetermined", undetermined)],
        end: (errors + warnings + advice + undetermined).to_string(),
    };
    let past = page.report.history.iter().rev().take(BARS - 1).rev();
    let mut bars: Vec<Bar> =
        past.map(|one| bar(date(one.as_of), [one.errors, one.warnings, one.advice, one.undetermined])).collect();
    let now = [total.errors, total.warnings, total.advice, total.undetermined];
    bars.push(bar(date(Some(page.report.run.as_of)), now));
    draw(&bars, false, page.pick("历次问题数", "Findings by run"), page.lang())
}

/// Horizontal bars; each as long as the longest where `shares`, else in proportion.
fn draw(bars: &[Bar], shares: bool, title: &str, lang: Lang) -> String {
    if bars.is_empty() {
        return String::new();
    }
    let height = bars.len() * LINE + 8;
    let room = (WIDTH - LABEL - 56) as u64;
    let longest =
        bars.iter().map(|bar| bar.parts.iter().map(|(_, amount)| amount).sum::<u64>()).max().unwrap_or(1).max(1);
    let mut svg = format!(
        "<figure><figcaption>{title}</figcaption><svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\">\n"
    );
    for (index, bar) in bars.iter().enumerate() {
        let y = index * LINE + 4;
        let total: u64 = bar.parts.iter().map(|(_, amount)| amount).sum();
        let whole = if shares { total.max(1) } else { longest };
        svg.push_str(&format!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\"><title>{}</title>{}</text>\n",
            LABEL - 8,
            y + 15,
            markup(&bar.label),
            markup(&shorten(&bar.label)),
        ));
        let mut done = 0_u64;
        for (class, amount) in &bar.parts {
            // Whole numbers all the way, so that every machine draws the same picture.
            let scaled = |amount: u64| u128::from(amount) * u128::from(room) * 10 / u128::from(whole);
            let (from, to) = (scaled(done), scaled(done + amount));
            done += amount;
            if *amount > 0 {
                // What is there is seen, however small its share.
                let width = (to - from).max(15);
                svg.push_str(&format!(
                    "<rect class=\"{class}\" x=\"{}\" y=\"{y}\" width=\"{}\" height=\"18\"><title>{amount}</title></rect>\n",
                    tenths(from + LABEL as u128 * 10),
                    tenths(width),
                ));
            }
        }
        let end = LABEL as u128 * 10 + u128::from(room) * u128::from(total) * 10 / u128::from(whole);
        svg.push_str(&format!("<text x=\"{}\" y=\"{}\">{}</text>\n", tenths(end + 60), y + 15, bar.end));
    }
    svg.push_str("</svg>\n<p class=\"legend\">");
    for (class, zh, en) in LEGEND {
        if bars.iter().flat_map(|bar| &bar.parts).any(|(of, amount)| *of == class && *amount > 0) {
            svg.push_str(&format!("<span><i class=\"{class}\"></i>{}</span>", words::pick(lang, zh, en)));
        }
    }
    svg.push_str("</p></figure>\n");
    svg
}

fn tenths(tenths: u128) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Cut to what fits beside the bars, by the width of a system's ordinary fonts.
fn shorten(label: &str) -> String {
    let mut width = 0;
    for (place, character) in label.char_indices() {
        width += if character.is_ascii() { 7 } else { 12 };
        if width > LABEL - 22 {
            return format!("{}…", &label[..place]);
        }
    }
    label.to_owned()
}
