//! A table template: title, reporting line, headings, and rows ready for records.

use rust_xlsxwriter::{Note, ProtectionOptions, Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr;

use super::{Lists, Page};

/// Fields that the reporting line carries for all records, so that they need no column.
const LINE_FIELDS: [&str; 3] = ["填报单位", "填报时间", "所属期"];
const TITLE_ROW: u32 = 0;
const LINE_ROW: u32 = 1;
const HEADING_ROW: u32 = 2;

/// Lays out the sheet of a kind that is a table.
pub fn add(page: &Page<'_>, sheet: &mut Worksheet, lists: &mut Lists) -> Result<(), XlsxError> {
    let kind = page.kind;
    let on_line = |name: &str| {
        LINE_FIELDS.contains(&name) && kind.unit.first().is_none_or(|&unit| *kind.fields[unit].name != *name)
    };
    let columns: Vec<usize> = (0..kind.fields.len()).filter(|&field| !on_line(&kind.fields[field].name)).collect();
    let last = columns.len().max(2) as u16 - 1;
    let styles = page.styles;
    sheet.merge_range(TITLE_ROW, 0, TITLE_ROW, last, kind.name.get(page.options.lang), &styles.title)?;
    sheet.set_row_height(TITLE_ROW, 30)?;
    let labels: Vec<String> = LINE_FIELDS
        .iter()
        .filter(|name| on_line(name) && kind.field(name).is_some())
        .map(|name| format!("{name}："))
        .collect();
    for (index, label) in labels.iter().enumerate() {
        sheet.write_string_with_format(LINE_ROW, (index * 2) as u16, label, &styles.line)?;
        sheet.write_blank(LINE_ROW, (index * 2) as u16 + 1, &styles.line)?;
    }
    for (column, &position) in columns.iter().enumerate() {
        let column = column as u16;
        let field = &kind.fields[position];
        let style = if field.essential { &styles.essential } else { &styles.heading };
        sheet.write_string_with_format(HEADING_ROW, column, &*field.name, style)?;
        let note = Note::new(page.note(field)).set_author("taizhang").set_width(260).set_height(110);
        sheet.insert_note(HEADING_ROW, column, &note)?;
        let width = (field.name.width() as f64 + 3.0).clamp(10.0, 30.0);
        sheet.set_column_width(column, width)?;
        let cells = styles.of(&field.ty);
        let first = HEADING_ROW + 1;
        for row in first..first + page.options.rows {
            sheet.write_blank(row, column, cells)?;
        }
        if let Some(validation) = page.validation(field, lists)? {
            sheet.add_data_validation(first, column, first + page.options.rows.max(1) - 1, column, &validation)?;
        }
    }
    sheet.set_row_height(HEADING_ROW, 32)?;
    sheet.set_freeze_panes(HEADING_ROW + 1, 0)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(HEADING_ROW, HEADING_ROW)?;
    let open = ProtectionOptions {
        insert_rows: true,
        delete_rows: true,
        format_cells: true,
        format_columns: true,
        format_rows: true,
        sort: true,
        use_autofilter: true,
        ..ProtectionOptions::default()
    };
    sheet.protect_with_options(&open);
    Ok(())
}
