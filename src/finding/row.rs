//! The row that a finding points at: what its fields say, so that a reader need not open the file.

use std::fmt::Write;
use std::sync::Arc;

use super::{Evidence, Personal};

/// Longest text of one field, in characters.
const LONGEST: usize = 120;
/// Most bytes that the texts of one row take; fields beyond are left out, and the row says so.
const MOST: usize = 4_000;
/// Room for the texts of a usual row, in bytes.
const USUAL: usize = 512;
/// Stands before each text, after the number of its field; never part of a text.
const START: char = '\u{1e}';
/// Stands after each text; one more at the end says that fields were left out.
const END: char = '\u{1f}';

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
    texts: Box<str>,
}

impl Row {
    /// A row with these texts, each with the position of its field; blank ones are left out, long ones cut.
    pub fn new<T: AsRef<str>>(fields: Arc<[RowField]>, texts: impl IntoIterator<Item = (usize, T)>) -> Row {
        let mut row = String::with_capacity(USUAL);
        for (field, text) in texts {
            let text = text.as_ref().trim();
            if text.is_empty() {
                continue;
            }
            if row.len() + text.len().min(LONGEST * 4) > MOST {
                row.push(END);
                break;
            }
            // Writing to a text cannot fail.
            let _ = write!(row, "{field}{START}");
            let mut characters = text.chars().filter(|character| !matches!(*character, START | END));
            row.extend(characters.by_ref().take(LONGEST));
            if characters.next().is_some() {
                row.push('…');
            }
            row.push(END);
        }
        Row { fields, texts: row.as_str().into() }
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Whether fields were left out because the row says too much.
    pub fn is_cut(&self) -> bool {
        self.texts.ends_with("\u{1f}\u{1f}")
    }

    /// Field and text, in the order in which they stand on the sheet.
    pub fn texts(&self) -> impl Iterator<Item = (&RowField, &str)> {
        self.texts.split(END).filter_map(|part| {
            let (field, text) = part.split_once(START)?;
            Some((self.fields.get(field.parse::<usize>().ok()?)?, text))
        })
    }

    /// The same as the values of a finding are given.
    pub fn evidence(&self) -> impl Iterator<Item = Evidence> {
        self.texts().map(|(field, text)| Evidence {
            name: field.name.clone(),
            value: text.to_owned(),
            personal: field.personal,
            cell: None,
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
        let row = Row::new(fields(), [(0, "张三"), (1, "  "), (2, "一\u{1e}二\u{1f}三")]);
        let texts: Vec<(&str, &str)> = row.texts().map(|(field, text)| (&*field.name, text)).collect();
        assert_eq!(texts, [("姓名", "张三"), ("备注", "一二三")]);
        assert!(!row.is_cut() && !row.is_empty());

        let long = "长".repeat(500);
        let row = Row::new(fields(), [(0, &long)]);
        assert_eq!(row.texts().next().unwrap().1.chars().count(), LONGEST + 1);

        let row = Row::new(fields(), std::iter::repeat_n((1, &long), 1_000));
        assert!(row.is_cut() && row.texts.len() <= MOST + LONGEST * 4);
        assert!(Row::new(fields(), std::iter::empty::<(usize, &str)>()).is_empty());
    }
}
