//! The row that a finding points at: what its fields say, so that a reader need not open the file.

use std::sync::Arc;

use super::Personal;
use super::told::{push_number, push_text, take_number, take_text};

/// Longest text of one field, in characters.
const LONGEST: usize = 120;
/// Most bytes that the texts of one row take; fields beyond are left out, and the row says so.
const MOST: usize = 4_000;
/// Room for the texts of a usual row, in bytes.
const USUAL: usize = 512;
/// A field as rows name it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowField {
    pub name: Arc<str>,
    pub personal: Option<Personal>,
}

/// What the fields of one row say, unmasked. A run may have very many findings, so that the texts of a row are one string, and the names
/// of the fields are shared by all rows of a ledger kind.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Row {
    fields: Arc<[RowField]>,
    /// The number of each field, and the length of its text before it.
    texts: Box<str>,
    is_cut: bool,
}

impl Row {
    /// A row with these texts, each with the position of its field; blank ones are left out, long ones cut.
    pub fn new<T: AsRef<str>>(fields: Arc<[RowField]>, texts: impl IntoIterator<Item = (usize, T)>) -> Row {
        let mut row = String::with_capacity(USUAL);
        let mut is_cut = false;
        for (field, text) in texts {
            let text = text.as_ref().trim();
            if text.is_empty() {
                continue;
            }
            if row.len() + text.len().min(LONGEST * 4) > MOST {
                is_cut = true;
                break;
            }
            push_number(&mut row, field as u32);
            // No text of so few bytes has more characters.
            let end = if text.len() <= LONGEST { None } else { text.char_indices().nth(LONGEST) };
            match end {
                Some((end, _)) => push_text(&mut row, &format!("{}…", &text[..end])),
                None => push_text(&mut row, text),
            }
        }
        Row { fields, texts: row.as_str().into(), is_cut }
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Whether fields were left out because the row says too much.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Field and text, in the order in which they stand on the sheet.
    pub fn texts(&self) -> impl Iterator<Item = (&RowField, &str)> {
        let mut rest = &*self.texts;
        std::iter::from_fn(move || {
            let field = self.fields.get(take_number(&mut rest)? as usize)?;
            Some((field, take_text(&mut rest)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Arc<[RowField]> {
        ["姓名", "内容", "备注"].iter().map(|name| RowField { name: (*name).into(), personal: None }).collect()
    }

    #[test]
    fn a_row_says_what_is_filled_in_and_is_bounded() {
        let row = Row::new(fields(), [(0, "张三"), (1, "  "), (2, " 一\u{1e}二\u{1f}三")]);
        let texts: Vec<(&str, &str)> = row.texts().map(|(field, text)| (&*field.name, text)).collect();
        assert_eq!(texts, [("姓名", "张三"), ("备注", "一\u{1e}二\u{1f}三")]);
        assert!(!row.is_cut() && !row.is_empty());

        let long = "长".repeat(500);
        let row = Row::new(fields(), [(0, &long)]);
        assert_eq!(row.texts().next().unwrap().1.chars().count(), LONGEST + 1);

        let row = Row::new(fields(), std::iter::repeat_n((1, &long), 1_000));
        assert!(row.is_cut() && row.texts.len() <= MOST + LONGEST * 4);
        assert!(Row::new(fields(), std::iter::empty::<(usize, &str)>()).is_empty());
    }
}
