//! A form template: numbered blocks with the printed headings inside them and room for the answers below.

use rust_xlsxwriter::{Note, Worksheet, XlsxError};

use super::{Lists, Page};
use crate::model::FieldType;
use crate::pack::Form;

const TITLE_ROW: u32 = 0;
const LINE_ROW: u32 = 1;
const HEADING_ROW: u32 = 2;
/// Number, measure and content stand before the answers.
const CONTENT: u16 = 2;
const FIRST_ANSWER: u16 = 3;

/// Lays out the sheet of a kind that is a form.
pub fn add(page: &Page<'_>, form: &Form, sheet: &mut Worksheet, lists: &mut Lists) -> Result<(), XlsxError> {
    let styles = page.styles;
    let widest = form.blocks.iter().map(|block| block.answers.len()).max().unwrap_or(1).max(1) as u16;
    let last = FIRST_ANSWER + widest - 1;
    let title = page.kind.titles.first().map_or(page.kind.name.zh.as_str(), String::as_str);
    sheet.merge_range(TITLE_ROW, 0, TITLE_ROW, last, title, &styles.title)?;
    sheet.set_row_height(TITLE_ROW, 30)?;
    for (column, label) in [(0, "填报单位："), (2, "填报时间："), (4, "所属期：")] {
        sheet.write_string_with_format(LINE_ROW, column, label, &styles.line)?;
        sheet.write_blank(LINE_ROW, column + 1, &styles.line)?;
    }
    let label = |at: usize| form.labels.get(at).map_or("", String::as_str);
    for column in 0..FIRST_ANSWER {
        sheet.write_string_with_format(HEADING_ROW, column, label(usize::from(column)), &styles.heading)?;
    }
    let answers = label(usize::from(FIRST_ANSWER));
    if widest > 1 {
        sheet.merge_range(HEADING_ROW, FIRST_ANSWER, HEADING_ROW, last, answers, &styles.heading)?;
    } else {
        sheet.write_string_with_format(HEADING_ROW, FIRST_ANSWER, answers, &styles.heading)?;
    }
    let mut row = HEADING_ROW + 1;
    for block in &form.blocks {
        sheet.merge_range(row, 0, row + 1, 0, &block.number.to_string(), &styles.label)?;
        let name = block.title.first().map_or("", String::as_str);
        sheet.merge_range(row, 1, row + 1, 1, name, &styles.label)?;
        let content = block.content.as_ref().map_or("", |content| content.get(page.options.lang));
        sheet.merge_range(row, CONTENT, row + 1, CONTENT, content, &styles.label)?;
        for (index, answer) in block.answers.iter().enumerate() {
            let column = FIRST_ANSWER + index as u16;
            let heading = answer.heading.first().map_or("", String::as_str);
            sheet.write_string_with_format(row, column, heading, &styles.heading)?;
            let fields: Vec<_> = answer.parts.iter().map(|part| &page.kind.fields[part.field]).collect();
            let notes: Vec<String> = fields.iter().map(|field| page.note(field)).collect();
            sheet.insert_note(row, column, &Note::new(notes.join("\n")).set_author("taizhang").set_width(260))?;
            match fields.as_slice() {
                [field] => {
                    sheet.write_blank(row + 1, column, styles.of(&field.ty))?;
                    if let Some(validation) = page.validation(field, lists)? {
                        sheet.add_data_validation(row + 1, column, row + 1, column, &validation)?;
                    }
                }
                _ => {
                    // A cell with several answers is text, with the words that tell them apart already there.
                    sheet.write_blank(row + 1, column, styles.of(&FieldType::Text))?;
                }
            }
        }
        sheet.set_row_height(row, 60)?;
        sheet.set_row_height(row + 1, 28)?;
        row += 2;
    }
    if let Some(note) = &form.note {
        sheet.merge_range(row, 0, row, last, note.get(page.options.lang), &styles.line)?;
    }
    sheet.set_column_width(0, 10)?;
    sheet.set_column_width(1, 24)?;
    sheet.set_column_width(CONTENT, 36)?;
    for column in FIRST_ANSWER..=last {
        sheet.set_column_width(column, 26)?;
    }
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.protect();
    Ok(())
}
