//! The report as one HTML file that needs no network: summary, charts, matrix, and a list of findings that filters and searches.

mod charts;
mod data;
mod parts;

use std::io::{self, Write};

use super::overview::Overview;
use super::view::scrub;
use super::{Options, words};
use crate::finding::{Masking, Report};
use crate::model::Lang;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes the page. Nothing of the data is ever parsed as markup or script: texts are escaped, and the list is built from a JSON block
/// by setting text only. The page's policy forbids every load.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let page = Page { report, options, overview: Overview::new(report) };
    let language = page.pick("zh-CN", "en");
    let title = page.pick("台账核查结果", "Check of ledgers");
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title} {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        report.run.as_of
    )?;
    let mut body = String::new();
    page.head(&mut body);
    page.cards(&mut body);
    page.charts(&mut body);
    page.follow_up(&mut body);
    page.notes(&mut body);
    page.findings(&mut body);
    page.measures(&mut body);
    page.matrix(&mut body);
    page.gaps(&mut body);
    page.rules(&mut body);
    page.reading(&mut body);
    out.write_all(body.as_bytes())?;
    out.write_all(b"<script type=\"application/json\" id=\"data\">")?;
    data::write(&page, &mut out)?;
    write!(out, "</script>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n")?;
    out.flush()
}

/// What every part of the page needs.
struct Page<'a> {
    report: &'a Report,
    options: &'a Options,
    overview: Overview<'a>,
}

impl Page<'_> {
    fn lang(&self) -> Lang {
        self.options.lang
    }

    fn pick(&self, zh: &'static str, en: &'static str) -> &'static str {
        words::pick(self.options.lang, zh, en)
    }

    /// A text of the data, masked and escaped.
    fn safe(&self, text: &str) -> String {
        super::escape::markup(&scrub(text, self.options.masking))
    }

    fn is_shown(&self) -> bool {
        self.options.masking == Masking::Shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing;

    fn page(report: &Report, options: &Options) -> String {
        let mut bytes = Vec::new();
        write(report, options, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// The JSON block of the page.
    fn data(page: &str) -> serde_json::Value {
        let start = page.find("id=\"data\">").unwrap() + "id=\"data\">".len();
        let end = start + page[start..].find("</script>").unwrap();
        serde_json::from_str(&page[start..end]).unwrap()
    }

    #[test]
    fn the_data_are_never_markup() {
        let page = page(&testing::sample(), &Options::default());
        assert!(!page.contains("alert('x')</script>"));
        assert!(!page.contains("<script>alert"));
        assert_eq!(page.matches("<script").count(), 2);
        assert_eq!(page.matches("</script>").count(), 2);
        // What the page shows of the data is all the same there, as text.
        let data = data(&page);
        let strings = data["strings"].as_array().unwrap();
        assert!(strings.iter().any(|text| text == testing::HOSTILE[5]));
    }

    #[test]
    fn the_page_loads_nothing() {
        let page = page(&testing::sample(), &Options::default());
        for load in ["src=", "@import", "url(", "fetch(", "XMLHttpRequest", "innerHTML", "https://"] {
            assert!(!page.contains(load), "{load}");
        }
        assert!(page.contains("default-src 'none'"));
    }

    #[test]
    fn findings_name_their_texts_by_number() {
        let report = testing::sample();
        let data = data(&page(&report, &Options::default()));
        let findings = data["findings"].as_array().unwrap();
        assert_eq!(findings.len(), report.findings.len());
        let strings = data["strings"].as_array().unwrap();
        let text = |finding: usize, column: usize| &strings[findings[finding][column].as_u64().unwrap() as usize];
        assert_eq!(text(0, data::column("unit")), "商洛市中心医院");
        assert_eq!(text(0, data::column("cell")), "C6");
        assert_eq!(text(0, data::column("found")), "商洛市中心医院门诊号源 1200 个，向基层开放 （空） 个，低于 20%");
        assert_eq!(data["columns"][0], "rule");
    }

    #[test]
    fn both_languages_are_whole() {
        let english = page(&testing::sample(), &Options { lang: Lang::En, ..Options::default() });
        let body = &english[english.find("<body>").unwrap()..english.find("<script type").unwrap()];
        for word in ["合规", "不合规", "举措", "无法判定", "筛选", "单位（"] {
            assert!(!body.contains(word), "{word}");
        }
        insta::assert_snapshot!(body);
    }
}
