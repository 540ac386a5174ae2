//! A JSON object written section by section, the items of long lists by several threads.

use std::io::{self, Write};

use rayon::prelude::*;
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

/// Items that one thread writes at a time, and how many such texts for each thread are held in memory before they go out:
/// a file says some kilobytes about itself, so that thousands of them would weigh more than the report.
const ITEMS: usize = 32;
const TEXTS: usize = 8;

/// An object under construction, laid out as `serde_json` lays out a whole one.
pub(super) struct Sections<'w> {
    out: &'w mut dyn Write,
    is_empty: bool,
}

impl Sections<'_> {
    pub fn new(out: &mut dyn Write) -> Sections<'_> {
        Sections { out, is_empty: true }
    }

    /// Adds a value; `key` needs no escapes.
    pub fn add(&mut self, key: &str, value: &impl Serialize) -> io::Result<()> {
        self.begin(key)?;
        pretty(value, 1, self.out)
    }

    /// Adds a list with what `view` makes of each item.
    pub fn list<'i, T: Sync, V: Serialize>(
        &mut self,
        key: &str,
        items: &'i [T],
        view: impl Fn(&'i T) -> V + Sync,
    ) -> io::Result<()> {
        self.begin(key)?;
        let write = |items: &'i [T]| {
            let mut text = Vec::new();
            for item in items {
                text.extend_from_slice(b",\n    ");
                pretty(&view(item), 2, &mut text)?;
            }
            Ok(text)
        };
        let mut opening: &[u8] = b"[";
        for held in items.chunks(rayon::current_num_threads() * TEXTS * ITEMS) {
            let texts: Vec<io::Result<Vec<u8>>> = held.par_chunks(ITEMS).map(write).collect();
            for text in texts {
                // Before the first item stands the bracket, and no comma.
                let text = text?;
                self.out.write_all(opening)?;
                self.out.write_all(if opening.is_empty() { &text } else { &text[1..] })?;
                opening = b"";
            }
        }
        self.out.write_all(if items.is_empty() { b"[]" } else { b"\n  ]" })
    }

    pub fn end(self) -> io::Result<()> {
        self.out.write_all(if self.is_empty { b"{}" } else { b"\n}" })
    }

    fn begin(&mut self, key: &str) -> io::Result<()> {
        let opening = if std::mem::take(&mut self.is_empty) { "{" } else { "," };
        write!(self.out, "{opening}\n  \"{key}\": ")
    }
}

/// Writes a value as it stands inside so many objects and lists.
fn pretty(value: &impl Serialize, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    let mut formatter = PrettyFormatter::new();
    (0..depth).try_for_each(|_| formatter.begin_object(&mut io::sink()))?;
    Ok(value.serialize(&mut Serializer::with_formatter(out, formatter))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_in_sections_is_laid_out_like_a_whole_one() {
        let held = rayon::current_num_threads() * TEXTS * ITEMS;
        for count in [0, 1, ITEMS, held + 3] {
            let items: Vec<usize> = (0..count).collect();
            let view = |item: &usize| (*item, vec![item.to_string()], Vec::<u8>::new());
            let mut out = Vec::new();
            let mut sections = Sections::new(&mut out);
            sections.add("name", &"甲\n\"乙\"").unwrap();
            sections.list("items", &items, view).unwrap();
            sections.add("last", &[[1, 2], [3, 4]]).unwrap();
            sections.end().unwrap();
            #[derive(Serialize)]
            struct Whole {
                name: &'static str,
                items: Vec<(usize, Vec<String>, Vec<u8>)>,
                last: [[u8; 2]; 2],
            }
            let whole = Whole { name: "甲\n\"乙\"", items: items.iter().map(view).collect(), last: [[1, 2], [3, 4]] };
            assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string_pretty(&whole).unwrap());
        }
    }
}
