//! The text of `inspect`: how each file was read, what each table was taken for, and how its headings were matched.

use std::fmt::Write;

use comfy_table::{ContentArrangement, Table, presets};
use unicode_width::UnicodeWidthStr;

use super::view::{cell_text, example as example_text, scrub};
use super::{picture, words};
use crate::diag::InputNote;
use crate::finding::{HeadingMatch, InputReading, Masking, MatchHow, Report, TableReading};
use crate::model::{Lang, cell_name};

/// How the text is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub lang: Lang,
    pub masking: Masking,
    /// Columns of the terminal.
    pub width: u16,
}

/// All inputs of the report as text.
pub fn text(report: &Report, options: &Options) -> String {
    let mut out = String::new();
    for input in &report.inputs {
        one_input(&mut out, report, input, options);
    }
    out
}

// Writing to a String cannot fail, so the results of `write!` are not looked at.
fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn one_input(out: &mut String, report: &Report, input: &InputReading, options: &Options) {
    let lang = options.lang;
    let pick = |zh, en| words::pick(lang, zh, en);
    line(out, &format!("■ {}", input.file));
    let mut facts = Vec::new();
    if let Some(format) = input.format {
        facts.push(format!("{} {format}", pick("格式", "format")));
    }
    if let Some(encoding) = &input.encoding {
        facts.push(format!("{} {encoding}", pick("编码", "encoding")));
    }
    facts.push(format!("{} {}", input.size, pick("字节", "bytes")));
    if let Some(digest) = &input.digest {
        facts.push(format!("SHA-256 {}…", &digest[..digest.len().min(16)]));
    }
    line(out, &format!("  {}", facts.join(pick("，", ", "))));
    for fault in &input.faults {
        let kind = words::fault_kind(fault.kind, lang);
        let place = fault.sheet.as_ref().map(|sheet| format!("[{sheet}] ")).unwrap_or_default();
        line(out, &format!("  ✗ {kind}：{place}{}", words::fault(fault, lang, options.masking)));
    }
    notes(out, &input.notes, options);
    for sheet in &input.sheets {
        let hidden = if sheet.hidden { pick("（隐藏）", " (hidden)") } else { "" };
        line(
            out,
            &format!("  ▸ {} {}{hidden}，{} {}", pick("工作表", "sheet"), sheet.name, sheet.rows, pick("行", "rows")),
        );
        notes(out, &sheet.notes, options);
        for row in picture::lines(sheet, lang, options.masking, usize::from(options.width).saturating_sub(4)) {
            line(out, &format!("    {row}"));
        }
        for table in &sheet.tables {
            one_table(out, report, table, options);
        }
    }
    out.push('\n');
}

fn notes(out: &mut String, notes: &[InputNote], options: &Options) {
    for note in notes {
        let cell = note.cell.map(|(row, column)| format!("{} ", cell_name(row, column))).unwrap_or_default();
        line(out, &format!("  · {cell}{}", scrub(note.message.get(options.lang), options.masking)));
    }
}

/// First and last row as people count them.
fn span(rows: Option<(u32, u32)>) -> String {
    match rows {
        Some((first, last)) if first == last => format!("{}", first + 1),
        Some((first, last)) => format!("{}–{}", first + 1, last + 1),
        None => "—".to_owned(),
    }
}

fn one_table(out: &mut String, report: &Report, table: &TableReading, options: &Options) {
    let lang = options.lang;
    let pick = |zh, en| words::pick(lang, zh, en);
    let mut text = String::new();
    let runner_up = table.kind_runner_up.as_ref().map(|(kind, confidence)| {
        format!("{}{} {confidence}%", pick("；其次 ", "; next "), words::ledger(report, kind, lang))
    });
    match &table.kind {
        Some(kind) => {
            let name = table.kind_name.get(lang);
            let _ = write!(text, "{name} ({kind}) {} {}%", pick("把握", "confidence"), table.kind_confidence);
        }
        None => text.push_str(pick("未识别为任何台账", "no ledger kind recognised")),
    }
    text = format!("    {} · {text}", words::layout(table.layout, lang));
    let runner_up = runner_up.unwrap_or_default();
    if text.width() + runner_up.width() > usize::from(options.width) {
        text.push_str("\n     ");
    }
    line(out, &(text + &runner_up));
    line(
        out,
        &format!(
            "    {} {} · {} {} · {} {} · {} {}",
            pick("标题行", "title rows"),
            span(table.title_rows),
            pick("表头行", "heading rows"),
            span(table.header_rows),
            pick("数据行", "data rows"),
            span(table.data_rows),
            pick("记录", "records"),
            table.records,
        ),
    );
    let period = table.period.map(|period| words::period(period, lang));
    let unit = table.unit.as_deref();
    if period.is_some() || unit.is_some() {
        line(
            out,
            &format!(
                "    {} {} · {} {}",
                pick("所属期", "period"),
                period.as_deref().unwrap_or("—"),
                pick("填报单位", "submitted by"),
                unit.unwrap_or("—")
            ),
        );
    }
    if !table.headings.is_empty() {
        let grid = headings(report, table, options);
        for row in grid.lines() {
            line(out, &format!("    {row}"));
        }
    }
    for field in table.fields.iter().filter(|field| field.unreadable > 0) {
        let examples: Vec<String> = field
            .unreadable_examples
            .iter()
            .map(|(row, column, text)| {
                format!("{} “{}”", cell_name(*row, *column), cell_text(text, field.personal, options.masking))
            })
            .collect();
        line(
            out,
            &format!(
                "    ! {}：{} {}：{}",
                words::field(report, &field.field, lang),
                field.unreadable,
                pick("个单元格无法识别", "cells cannot be understood"),
                examples.join(pick("、", ", "))
            ),
        );
    }
    for (key, (count, example)) in &table.conversions {
        let cells: Vec<String> = converted(table, key, options.masking).take(3).collect();
        let shown =
            if cells.is_empty() { example_text(example, options.masking) } else { cells.join(pick("、", ", ")) };
        line(out, &format!("    ~ {} × {count}：{shown}", words::conversion(key, lang)));
    }
    for (row, why) in &table.skipped_rows {
        let why = words::skipped(why, lang);
        line(out, &format!("    - {} {}：{why}", pick("略过第", "skipped row"), row + 1));
    }
}

/// Cells of a conversion as `C5 二十 → 20`.
fn converted<'t>(table: &'t TableReading, code: &'t str, masking: Masking) -> impl Iterator<Item = String> + 't {
    table.fields.iter().flat_map(move |field| {
        field.converted.iter().filter(move |cell| cell.code == code).map(move |cell| {
            let text = |text: &str| cell_text(text, field.personal, masking);
            let place = cell_name(cell.cell.0, cell.cell.1);
            match cell.to.is_empty() {
                true => format!("{place} {}", text(&cell.from)),
                false => format!("{place} {} → {}", text(&cell.from), text(&cell.to)),
            }
        })
    })
}

fn headings(report: &Report, table: &TableReading, options: &Options) -> Table {
    let lang = options.lang;
    let pick = |zh, en| words::pick(lang, zh, en);
    let mut grid = Table::new();
    grid.load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(options.width.saturating_sub(4));
    grid.set_header([
        pick("单元格", "cell"),
        pick("列标题", "heading"),
        pick("对应字段", "field"),
        pick("方式与依据", "how and why"),
        pick("填写/空白/无法识别", "filled/blank/unreadable"),
    ]);
    for heading in table.headings.iter() {
        let field = heading.field.as_ref();
        let counts = field
            .and_then(|name| table.fields.iter().find(|used| used.field == *name))
            .map(|used| format!("{}/{}/{}", used.present, used.blank, used.unreadable))
            .unwrap_or_default();
        let shown = field.map_or("—", |name| words::field(report, name, lang));
        grid.add_row([
            cell_name(heading.cell.0, heading.cell.1),
            scrub(&heading.heading, options.masking),
            shown.to_owned(),
            how(report, table, heading, options),
            counts,
        ]);
    }
    grid
}

/// How a heading was matched and what speaks for it; for one that has no field, why.
fn how(report: &Report, table: &TableReading, heading: &HeadingMatch, options: &Options) -> String {
    let lang = options.lang;
    let pick = |zh, en| words::pick(lang, zh, en);
    let mut text = words::matched(heading.how, lang).to_owned();
    if heading.how != MatchHow::Unmatched {
        let _ = write!(text, " {}%", heading.confidence);
    }
    let evidence = &heading.evidence;
    let mut reasons = Vec::new();
    if let Some((name, likeness)) = evidence.name.as_ref().filter(|(_, likeness)| *likeness < 100) {
        reasons.push(match lang {
            Lang::Zh => format!("与“{name}”近似 {likeness}%"),
            Lang::En => format!("{likeness}% like “{name}”"),
        });
    }
    if let Some((share, seen)) = evidence.cells {
        reasons.push(match lang {
            Lang::Zh => format!("{seen} 格内容 {share}% 相符"),
            Lang::En => format!("{share}% of {seen} cells fit"),
        });
    }
    if let Some((field, confidence)) = &heading.runner_up {
        let what = if heading.field.is_some() { pick("其次", "next") } else { pick("最接近", "nearest") };
        reasons.push(format!("{what} {} {confidence}%", words::field(report, field, lang)));
    } else if heading.how == MatchHow::Unmatched && table.kind.is_some() {
        reasons.push(pick("没有相近的字段", "no field is like it").to_owned());
    }
    if let Some(column) = &evidence.taken_by {
        let column = scrub(column, options.masking);
        reasons.push(match lang {
            Lang::Zh => format!("该字段已对应“{column}”"),
            Lang::En => format!("that field is the column “{column}”"),
        });
    }
    if !reasons.is_empty() {
        text.push_str(pick("：", ": "));
        text.push_str(&reasons.join(pick("，", ", ")));
    }
    text
}
