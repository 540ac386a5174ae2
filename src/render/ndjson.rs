//! The findings as NDJSON: one JSON object a line, the same object that stands in the JSON report's `findings`.

use std::io::{self, Write};

use super::Options;
use super::json::Finding;
use crate::finding::Report;

/// Writes one line for each finding, in the order of the report.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    for finding in &report.findings {
        serde_json::to_writer(&mut out, &Finding::new(report, finding, options.lang, options.masking))?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{json, testing};

    #[test]
    fn each_line_is_the_object_of_the_json_report() {
        let (report, options) = (testing::sample(), Options::default());
        let (mut lines, mut whole) = (Vec::new(), Vec::new());
        write(&report, &options, &mut lines).unwrap();
        json::write(&report, &options, &mut whole).unwrap();
        let whole: serde_json::Value = serde_json::from_slice(&whole).unwrap();
        let lines: Vec<serde_json::Value> =
            String::from_utf8(lines).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(Some(&lines), whole["findings"].as_array());
    }
}
