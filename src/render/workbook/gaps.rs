//! 无法判定: what is missing, where, how often, which rules it keeps from being judged, and what to supply.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::{Book, SHEET_ROWS, cell_text, row_height};
use crate::finding::{Outcome, Reason};
use crate::model::{Lang, cell_name};
use crate::render::words;

/// Cells that are named before the rest is only counted.
const CELLS: usize = 6;

const COLUMNS: [(&str, &str, f64); 8] = [
    ("原因", "Reason", 28.0),
    ("数量", "Results", 9.0),
    ("影响的规则", "Rules kept from being judged", 36.0),
    ("单位", "Unit", 22.0),
    ("文件", "File", 24.0),
    ("工作表", "Sheet", 14.0),
    ("位置", "Where", 18.0),
    ("如何补充", "What to supply", 32.0),
];

#[derive(Default)]
struct Group<'a> {
    count: u64,
    rules: BTreeSet<u32>,
    units: BTreeSet<&'a str>,
    cells: BTreeSet<(u32, Option<u32>)>,
}

pub(super) fn add(book: &Book, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    book.set_up(sheet, "无法判定", "Undetermined")?;
    for (column, (zh, en, width)) in COLUMNS.iter().enumerate() {
        sheet.set_column_width(column as u16, *width)?;
        sheet.write_string_with_format(0, column as u16, words::pick(book.lang(), zh, en), &book.styles.header)?;
    }
    sheet.set_row_height(0, 26)?;
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_repeat_rows(0, 0)?;
    let groups = groups(book);
    let mut row = 1;
    for ((reason, file, name), group) in groups.iter().take(SHEET_ROWS / 2) {
        Line {
            reason,
            count: Some(group.count),
            rules: &group.rules,
            units: units(book, &group.units),
            file: file.unwrap_or_default(),
            sheet: name.unwrap_or_default(),
            cells: cells(book, &group.cells),
        }
        .write(book, sheet, row)?;
        row += 1;
    }
    for gap in &book.overview.idle {
        let rules = gap.rules.iter().copied().collect();
        let (units, cells) = (String::new(), String::new());
        Line { reason: gap.reason, count: None, rules: &rules, units, file: "", sheet: "", cells }
            .write(book, sheet, row)?;
        row += 1;
    }
    if row == 1 {
        let text =
            book.pick("全部规则都得到判定，没有缺失的数据。", "Every rule could be judged; nothing was missing.");
        sheet.write_string_with_format(1, 0, text, &book.styles.note)?;
    } else {
        sheet.autofilter(0, 0, row - 1, COLUMNS.len() as u16 - 1)?;
    }
    Ok(())
}

type Key<'a> = (&'a Reason, Option<&'a str>, Option<&'a str>);

/// Undetermined results by reason, file and sheet; most results first.
fn groups<'a>(book: &Book<'a>) -> Vec<(Key<'a>, Group<'a>)> {
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    for finding in book.report.findings.iter().filter(|finding| finding.outcome == Outcome::Undetermined) {
        let Some(reason) = &finding.reason else { continue };
        let place = &finding.location;
        let group = groups.entry((reason, place.file.as_deref(), place.sheet.as_deref())).or_default();
        group.count += finding.records.max(1);
        group.rules.insert(finding.rule);
        if !finding.unit.is_empty() {
            group.units.insert(&finding.unit);
        }
        if let Some(row) = place.row {
            group.cells.insert((row, place.column));
        }
    }
    let mut groups: Vec<(Key, Group)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.count));
    groups
}

fn units(book: &Book, units: &BTreeSet<&str>) -> String {
    let names: Vec<String> = units.iter().take(2).map(|unit| book.scrub(unit)).collect();
    let text = names.join(book.pick("、", ", "));
    match (units.len() > 2, book.lang()) {
        (false, _) => text,
        (true, Lang::Zh) => format!("{text}等 {} 个单位", units.len()),
        (true, Lang::En) => format!("{text} and {} more", units.len() - 2),
    }
}

fn cells(book: &Book, cells: &BTreeSet<(u32, Option<u32>)>) -> String {
    let name = |&(row, column): &(u32, Option<u32>)| match (column, book.lang()) {
        (Some(column), _) => cell_name(row, column),
        (None, Lang::Zh) => format!("第{}行", u64::from(row) + 1),
        (None, Lang::En) => format!("row {}", u64::from(row) + 1),
    };
    let names: Vec<String> = cells.iter().take(CELLS).map(name).collect();
    let text = names.join(book.pick("、", ", "));
    match (cells.len() > CELLS, book.lang()) {
        (false, _) => text,
        (true, Lang::Zh) => format!("{text}等 {} 处", cells.len()),
        (true, Lang::En) => format!("{text} and {} more", cells.len() - CELLS),
    }
}

/// One row of the sheet.
struct Line<'a> {
    reason: &'a Reason,
    /// `None` where the rules did not run at all.
    count: Option<u64>,
    rules: &'a BTreeSet<u32>,
    units: String,
    file: &'a str,
    sheet: &'a str,
    cells: String,
}

impl Line<'_> {
    fn write(&self, book: &Book, sheet: &mut Worksheet, row: u32) -> Result<(), XlsxError> {
        let lang = book.lang();
        let title = |rule: &u32| {
            let rule = &book.report.rules[*rule as usize];
            format!("{} {}", rule.measure, rule.title.get(lang))
        };
        let titles: Vec<String> = self.rules.iter().map(title).collect();
        let reason = words::reason(book.report, self.reason, lang);
        let remedy = words::remedy(book.report, self.reason, lang);
        let texts = [
            (0, reason.as_str()),
            (2, &titles.join("\n")),
            (3, &self.units),
            (4, self.file),
            (5, self.sheet),
            (6, &self.cells),
            (7, &remedy),
        ];
        sheet.set_row_height(row, row_height(texts.map(|(column, text)| (text, COLUMNS[usize::from(column)].2))))?;
        for (column, text) in texts {
            sheet.write_string_with_format(row, column, cell_text(text), book.styles.cell.of(text))?;
        }
        match self.count {
            Some(count) => sheet.write_number_with_format(row, 1, count as f64, &book.styles.rank)?,
            None => {
                sheet.write_string_with_format(row, 1, book.pick("未执行", "not run"), &book.styles.undetermined)?
            }
        };
        Ok(())
    }
}
