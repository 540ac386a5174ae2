//! A small picture of a sheet in columns, each row marked with what it was taken for.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::view::{cell_text, scrub};
use super::words;
use crate::finding::{HeadingMatch, Masking, Personal, PictureRow, SheetReading, TableReading, mask};
use crate::model::{Lang, column_name};

/// Widths of the narrowest and the widest column.
const NARROW: usize = 4;
const WIDE: usize = 14;
/// Width of the mark and the number before the cells.
const MARGIN: usize = 16;

/// What a row of the sheet was taken for, as a stable English key.
pub(super) fn mark(sheet: &SheetReading, row: u32) -> &'static str {
    let within = |rows: Option<(u32, u32)>| rows.is_some_and(|(first, last)| (first..=last).contains(&row));
    for table in &sheet.tables {
        if within(table.header_rows) {
            return "heading";
        }
        if let Some((_, why)) = table.skipped_rows.iter().find(|(skipped, _)| *skipped == row) {
            return why;
        }
        if within(table.data_rows) {
            return if table.layout == "form" { "form" } else { "data" };
        }
    }
    if sheet.tables.iter().any(|table| within(table.title_rows)) { "title" } else { "other" }
}

/// The cells of a row with their columns, masked as the fields of the columns want it.
pub(super) fn cells(sheet: &SheetReading, row: &PictureRow, masking: Masking) -> Vec<(u32, String)> {
    let is_data = matches!(mark(sheet, row.row), "data" | "form" | "example");
    let shown = |column: u32, text: &str| {
        if masking == Masking::Shown {
            return text.to_owned();
        }
        if !is_data {
            return mask_signature(&scrub(text, masking));
        }
        match field_of(sheet, row.row, column) {
            Some(personal) => cell_text(text, personal, masking),
            // What no field was found for may be a name all the same.
            None if is_like_name(text) => mask(text, Personal::Name),
            None => mask_signature(&scrub(text, masking)),
        }
    };
    row.cells.iter().map(|(column, text)| (*column, shown(*column, text))).collect()
}

/// Whether the field that the column gave in this row is personal; `None` where it gave none.
fn field_of(sheet: &SheetReading, row: u32, column: u32) -> Option<Option<Personal>> {
    let tables = || {
        let holds = |table: &&TableReading| table.data_rows.is_some_and(|(first, last)| (first..=last).contains(&row));
        sheet.tables.iter().filter(holds)
    };
    if tables().any(|table| table.headings.iter().any(|heading| heading.cell == (row, column))) {
        // A label among the values is no name.
        return Some(None);
    }
    let (table, heading) = tables().find_map(|table| Some((table, heading_of(table, row, column)?)))?;
    let field = heading.field.as_ref()?;
    Some(table.fields.iter().find(|used| used.field == *field).and_then(|used| used.personal))
}

/// The heading that a cell stands under; on a card or a table on its side the label to its left, or else above it.
fn heading_of(table: &TableReading, row: u32, column: u32) -> Option<&HeadingMatch> {
    if table.layout != "transposed" {
        return table.headings.iter().find(|heading| heading.cell.1 == column);
    }
    let beside = table.headings.iter().filter(|heading| heading.cell.0 == row && heading.cell.1 < column);
    let above = table.headings.iter().filter(|heading| heading.cell.1 == column && heading.cell.0 < row);
    beside.max_by_key(|heading| heading.cell.1).or_else(|| above.max_by_key(|heading| heading.cell.0))
}

fn is_like_name(text: &str) -> bool {
    (2..=4).contains(&text.chars().count()) && text.chars().all(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c))
}

/// Masks the name in 填表人：张某某 and its like.
fn mask_signature(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['：', ':']) {
        let (label, after) = rest.split_at(at);
        let colon = after.chars().next().map_or(0, char::len_utf8);
        let value = after[colon..].trim_start();
        let start = rest.len() - value.len();
        out.push_str(&rest[..start]);
        let name: String = value.chars().take_while(|c| ('\u{4E00}'..='\u{9FFF}').contains(c)).collect();
        let is_person = label.trim_end().ends_with(['人', '字', '名', '长', '师', '员']);
        // 审核人：　填表人：张某 has no name behind the first label.
        let is_label = value[name.len()..].starts_with(['：', ':']);
        if is_person && !is_label && is_like_name(&name) {
            out.push_str(&mask(&name, Personal::Name));
            rest = &value[name.len()..];
        } else {
            rest = value;
        }
    }
    out.push_str(rest);
    out
}

/// The picture in lines of at most `width` columns; empty where there is nothing to show.
pub(super) fn lines(sheet: &SheetReading, lang: Lang, masking: Masking, width: usize) -> Vec<String> {
    if sheet.picture.is_empty() {
        return Vec::new();
    }
    let rows: Vec<(&PictureRow, Vec<(u32, String)>)> = sheet
        .picture
        .iter()
        .map(|row| (row, cells(sheet, row, masking).into_iter().map(|(at, text)| (at, one_line(&text))).collect()))
        .collect();
    // Lines of one cell run across the columns and say nothing about their widths.
    let mut widths: Vec<usize> = Vec::new();
    for (column, text) in rows.iter().filter(|(_, cells)| cells.len() > 1).flat_map(|(_, cells)| cells) {
        let column = *column as usize;
        if widths.len() <= column {
            widths.resize(column + 1, 0);
        }
        widths[column] = widths[column].max(text.width().clamp(NARROW, WIDE));
    }
    let room = width.saturating_sub(MARGIN);
    let mut used = 0;
    let fitting = widths.iter().take_while(|width| {
        used += **width + 1;
        used <= room
    });
    let shown = fitting.count();
    let hidden = widths[shown..].iter().filter(|width| **width > 0).count();
    let mut lines = Vec::new();
    if shown > 0 {
        let names = (0..shown).filter(|&at| widths[at] > 0).map(|at| fit(&column_name(at as u32), widths[at]));
        let more = match (hidden, lang) {
            (0, _) => String::new(),
            (count, Lang::Zh) => format!("…另 {count} 列"),
            (count, Lang::En) => format!("…{count} more"),
        };
        lines
            .push(format!("{}{}{more}", " ".repeat(MARGIN), names.collect::<Vec<_>>().join(" ")).trim_end().to_owned());
    }
    let mut before: Option<u32> = None;
    for (row, cells) in &rows {
        if before.is_some_and(|before| before + 1 < row.row) {
            lines.push(format!("{}⋮", " ".repeat(8)));
        }
        before = Some(row.row);
        let mark = words::row_mark(mark(sheet, row.row), lang);
        let hidden = if row.hidden { "*" } else { "" };
        let head = format!("{} {:>6} ", fit(mark, 8), format!("{}{hidden}", row.row + 1));
        let body = match cells.as_slice() {
            [(_, text)] => fit(text, room).trim_end().to_owned(),
            cells => {
                let text =
                    |at: usize| cells.iter().find(|(column, _)| *column as usize == at).map_or("", |cell| &cell.1);
                let parts: Vec<String> =
                    (0..shown).filter(|&at| widths[at] > 0).map(|at| fit(text(at), widths[at])).collect();
                parts.join("│").trim_end().to_owned()
            }
        };
        lines.push(format!("{head}{body}").trim_end().to_owned());
    }
    lines
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text in exactly so many columns, cut where it is longer; a Chinese character takes two.
fn fit(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    let cut = text.width() > width;
    let room = if cut { width.saturating_sub(1) } else { width };
    for c in text.chars() {
        let own = c.width().unwrap_or(0);
        if used + own > room {
            break;
        }
        out.push(c);
        used += own;
    }
    if cut {
        out.push('…');
        used += 1;
    }
    out.extend(std::iter::repeat_n(' ', width.saturating_sub(used)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing;

    fn sheet() -> SheetReading {
        let mut sheet = testing::sample().inputs[0].sheets[0].clone();
        let row = |row: u32, cells: &[(u32, &str)]| PictureRow {
            row,
            hidden: row == 5,
            cells: cells.iter().map(|(column, text)| (*column, (*text).to_owned())).collect(),
        };
        sheet.picture = vec![
            row(0, &[(0, "商洛市值守门诊排班表")]),
            row(1, &[(0, "填报单位：商洛市卫生健康委员会　填表人：欧阳震华 13911112222")]),
            row(3, &[(1, "单位名称"), (2, "坐诊信息"), (3, "职称"), (4, "院长签字")]),
            row(4, &[(1, "柞水县营盘镇中心卫生院"), (2, "2023-12-04"), (3, "主治医师"), (4, "欧阳震华")]),
            row(5, &[(1, "柞水县营盘镇卫生院"), (2, "2023-12-05"), (3, "副主任医师")]),
            row(1204, &[(1, "合计"), (3, "2")]),
        ];
        sheet
    }

    #[test]
    fn rows_are_marked_and_aligned_within_the_width() {
        let lines = lines(&sheet(), Lang::Zh, Masking::Masked, 60);
        assert_eq!(
            lines,
            [
                "                B              C          D         …另 1 列",
                "标题          1 商洛市值守门诊排班表",
                "标题          2 填报单位：商洛市卫生健康委员会 填表人：欧**…",
                "        ⋮",
                "表头          4 单位名称      │坐诊信息  │职称",
                "数据          5 柞水县营盘镇… │2023-12-04│主治医师",
                "数据         6* 柞水县营盘镇… │2023-12-05│副主任医师",
                "        ⋮",
                "合计行     1205 合计          │          │2",
            ]
        );
        assert!(lines.iter().all(|line| line.width() <= 60));
    }

    #[test]
    fn labels_are_no_names() {
        assert_eq!(mask_signature("分管领导：　审核人：　填表人：欧阳震华"), "分管领导：　审核人：　填表人：欧***");
    }

    #[test]
    fn names_are_masked_wherever_they_stand() {
        let all = lines(&sheet(), Lang::Zh, Masking::Masked, 120).join("\n");
        assert!(!all.contains("欧阳震华") && !all.contains("13911112222"), "{all}");
        let all = lines(&sheet(), Lang::Zh, Masking::Shown, 120).join("\n");
        assert!(all.contains("欧阳震华") && all.contains("13911112222"), "{all}");
    }
}
