//! The list of findings as CSV for spreadsheets: UTF-8 with a byte-order mark, one finding a line, no cell a formula.

use std::io::{self, Write};

use super::view::FindingView;
use super::{Options, escape, words};
use crate::finding::Report;

const COLUMNS: [(&str, &str); 21] = [
    ("序号", "No."),
    ("程度", "Severity"),
    ("结果", "Outcome"),
    ("举措编号", "Measure"),
    ("举措", "Measure title"),
    ("问题", "Rule"),
    ("单位", "Unit"),
    ("所属期", "Period"),
    ("核查对象", "Key"),
    ("发现的情况", "What was found"),
    ("要求", "What is required"),
    ("数据", "Values seen"),
    ("整改建议", "What to do"),
    ("依据", "Document and clause"),
    ("文件", "File"),
    ("工作表", "Sheet"),
    ("行", "Row"),
    ("位置", "Cell"),
    ("该行内容", "Record"),
    ("规则编号", "Rule id"),
    ("问题编号", "Fingerprint"),
];

/// Writes a heading and one line for each finding, in the order of the report.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let lang = options.lang;
    let mut out = io::BufWriter::new(out);
    out.write_all("\u{feff}".as_bytes())?;
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    writer.write_record(COLUMNS.map(|(zh, en)| words::pick(lang, zh, en))).map_err(io_error)?;
    for (index, finding) in report.findings.iter().enumerate() {
        let view = FindingView::new(report, finding, lang, options.masking);
        let measure = report.measures.iter().find(|measure| measure.id == view.rule.measure);
        let citations: Vec<&str> = view.rule.citations.iter().map(|citation| citation.get(lang)).collect();
        let place = &finding.location;
        let cells = [
            (index + 1).to_string(),
            words::severity(finding.severity, lang).to_owned(),
            words::result(finding, lang).to_owned(),
            view.rule.measure.to_string(),
            measure.map(|measure| measure.title.get(lang)).unwrap_or_default().to_owned(),
            view.title(),
            view.unit.clone(),
            finding.period.map(|period| words::period(period, lang)).unwrap_or_default(),
            view.key_text(),
            view.found().to_owned(),
            view.required.clone(),
            view.values_text(),
            view.advice(report),
            citations.join(words::pick(lang, "；", "; ")),
            place.file.as_deref().unwrap_or_default().to_owned(),
            place.sheet.as_deref().unwrap_or_default().to_owned(),
            view.row.map(|row| row.to_string()).unwrap_or_default(),
            view.cell.clone().unwrap_or_default(),
            view.record_text(),
            view.rule.id.to_string(),
            finding.fingerprint.clone(),
        ];
        writer.write_record(cells.map(|cell| escape::csv(&cell))).map_err(io_error)?;
    }
    writer.flush()
}

/// What the system said, where it is the system that refused.
pub fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing;

    #[test]
    fn no_cell_begins_like_a_formula() {
        let mut bytes = Vec::new();
        write(&testing::sample(), &Options::default(), &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with("\u{feff}序号,"));
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), testing::sample().findings.len());
        assert!(records.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t'])));
        assert!(records.iter().flatten().any(|cell| cell.starts_with("'=HYPERLINK")));
        insta::assert_debug_snapshot!(records[4].iter().collect::<Vec<_>>());
    }
}
