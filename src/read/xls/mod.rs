//! XLS workbooks (BIFF 2 to 8, WPS .et too): the records of the book, and its sheets one by one.

mod cells;
mod globals;
mod records;

use std::sync::Arc;

use super::limits::{self, Limits};
use super::sheet::{Row, RowSource, Sheet, day_zero};
use super::{ReadOptions, crypt, faults, note};
use crate::diag::{InputFault, InputNote};
pub(super) use cells::{error_name, rk};
use globals::Globals;

/// The sheets of a workbook and what is to be said about its text.
pub(super) struct Book {
    pub sheets: Vec<Sheet>,
    /// The encoding of the text, where it is not Unicode.
    pub encoding: Option<String>,
    pub notes: Vec<InputNote>,
}

/// Opens the workbook in `stream`, the bytes of its records.
pub(super) fn open(mut stream: Vec<u8>, name: &str, options: &ReadOptions) -> Result<Book, InputFault> {
    let limits = &options.limits;
    if let Some((filepass, is_biff8)) = globals::filepass(&stream) {
        crypt::biff::decrypt(&mut stream, &filepass, is_biff8, options.password.as_deref())?;
    }
    let mut globals = Globals::read(&stream, limits)?;
    let encoding = options.encoding.as_deref();
    if let Some(label) = encoding {
        let encoding = encoding_rs::Encoding::for_label(label.trim().as_bytes());
        globals.encoding = encoding.ok_or_else(|| faults::unknown_encoding(label))?;
    }
    let mut notes = Vec::new();
    if encoding.is_none() && globals.is_encoding_doubtful {
        cells::settle_encoding(&stream, &mut globals);
        if globals.was_encoding_guessed {
            let shown = globals.encoding_name();
            notes.push(note(
                "encoding-guessed",
                format!("工作簿声明的代码页与内容不符，按内容判断文字编码为 {shown}；如有乱码，请用 --encoding 指定。"),
                format!("The book's code page does not fit its content; the text was read as {shown}. Where it looks wrong, give --encoding."),
            ));
        }
    }
    let shown_encoding = (!globals.is_unicode()).then(|| globals.encoding_name());
    let listed = globals.sheets(name);
    if listed.len() > limits.sheets {
        return Err(limits::exceeded("sheets", limits.sheets as u64));
    }
    let shared = Arc::new(Shared { stream, globals, limits: limits.clone() });
    let sheets = listed
        .into_iter()
        .filter(|sheet| sheet.is_worksheet)
        .map(|sheet| {
            let frame = cells::frame(&shared.stream, sheet.offset, limits);
            Sheet {
                name: sheet.name,
                hidden: sheet.hidden,
                is_text: false,
                merged: frame.merged,
                hidden_columns: frame.hidden_columns,
                day_zero: day_zero(shared.globals.is_1904),
                rows: Box::new(Rows { shared: shared.clone(), offset: sheet.offset, rows: None }),
            }
        })
        .collect();
    Ok(Book { sheets, encoding: shown_encoding, notes })
}

/// What the sheets of a workbook share.
struct Shared {
    stream: Vec<u8>,
    globals: Globals,
    limits: Limits,
}

/// The rows of a sheet, which is read when the first one is asked for.
struct Rows {
    shared: Arc<Shared>,
    offset: usize,
    rows: Option<super::grid::GridRows>,
}

impl RowSource for Rows {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        let shared = &self.shared;
        let rows = self.rows.get_or_insert_with(|| {
            let (grid, fault) = cells::read(&shared.stream, self.offset, &shared.globals, &shared.limits);
            grid.into_rows(fault)
        });
        rows.next_row(row)
    }
}
