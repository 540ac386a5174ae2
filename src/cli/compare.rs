//! `taizhang compare`: the difference of two reports, and the reading of earlier reports for `check --previous`.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::ArgMatches;

use super::complaint::complaint;
use super::{output, status};
use crate::check;
use crate::diag::InputFault;
use crate::finding::{Earlier, compare};
use crate::model::Lang;
use crate::read::ReadOptions;
use crate::render::compare::{Compared, json, markdown, text};

/// Runs the command and gives its exit code: 1 where the later report has a new violation.
pub fn run(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let path = |name: &str| arguments.get_one::<PathBuf>(name).cloned().unwrap_or_default();
    let (before, after) = (path("before"), path("after"));
    let reports = [load(&before)?, load(&after)?];
    let comparison = compare(&reports[0], &reports[1]);
    let names = [before.to_string_lossy(), after.to_string_lossy()];
    let compared =
        Compared { names: [&names[0], &names[1]], reports: [&reports[0], &reports[1]], comparison: &comparison };
    let format = arguments.get_one::<String>("format").map_or("text", String::as_str);
    output::write_stdout(|out| match format {
        "json" => json(&compared, out),
        "markdown" => markdown(&compared, lang, out),
        _ => text(&compared, lang, out),
    })?;
    Ok(if comparison.has_new_violation() { status::VIOLATIONS } else { status::OK })
}

/// A report that was written before: JSON, a findings workbook, a return copy, or CSV.
pub fn load(path: &Path) -> anyhow::Result<Earlier> {
    let shown = path.display();
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if is_json {
        let read = std::fs::read_to_string(path).ok();
        return match read.as_deref().and_then(check::earlier_json) {
            Some(report) => Ok(report),
            None => bail!(complaint(
                format!("{shown}：不是 taizhang 写出的 JSON 报告，或无法读取"),
                format!("{shown}: is no JSON report of taizhang, or cannot be read")
            )),
        };
    }
    Ok(check::earlier_report(path, &ReadOptions::default()).map_err(|InputFault { message, advice, .. }| {
        complaint(format!("{shown}：{}{}", message.zh, advice.zh), format!("{shown}: {} {}", message.en, advice.en))
    })?)
}
