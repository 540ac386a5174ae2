//! The values of a TOML file with their places, read from the compact form that `pack::encode` makes.

use std::ops::Range;

use super::encode;

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree<'a> {
    Text(&'a str),
    /// The radix and the digits.
    Whole(u32, &'a str),
    /// A number with a fraction or exponent.
    Fraction(&'a str),
    Flag(bool),
    /// A date, a time or both.
    Date(&'a str),
    List(Vec<Item<'a>>),
    Table(Entries<'a>),
}

/// A value with its bytes in the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item<'a> {
    pub span: Range<usize>,
    pub value: Tree<'a>,
}

/// A key with its bytes in the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key<'a> {
    pub span: Range<usize>,
    pub text: &'a str,
}

/// The keys of a table with their values, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Entries<'a>(pub Vec<(Key<'a>, Item<'a>)>);

impl<'a> Tree<'a> {
    /// The text, where the value is one.
    pub fn as_str(&self) -> Option<&'a str> {
        match self {
            Tree::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'a> Entries<'a> {
    /// The value of a key. Tables have few keys, so that looking at each is quicker than an index.
    pub fn get(&self, key: &str) -> Option<&Item<'a>> {
        self.0.iter().find(|(name, _)| name.text == key).map(|(_, item)| item)
    }

    /// As [`Entries::get`], without the place.
    pub fn value(&self, key: &str) -> Option<&Tree<'a>> {
        self.get(key).map(|item| &item.value)
    }
}

/// Reads the tree of a file whose text is `text`. Bytes that `encode` has not made for this text give an empty rest,
/// never a fault.
pub(super) fn decode<'a>(bytes: &'a [u8], text: &'a str) -> Entries<'a> {
    Reader { bytes, text }.table(0).unwrap_or_default()
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..usize::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        std::str::from_utf8(self.bytes(length)?).ok()
    }

    fn place(&mut self, outer: usize) -> Option<Range<usize>> {
        let distance = self.number()?;
        let start = match distance & 1 {
            0 => outer.checked_add(distance >> 1)?,
            _ => outer.checked_sub(distance >> 1)?,
        };
        Some(start..start.checked_add(self.number()?)?)
    }

    fn word(&mut self, tag: u8, span: &Range<usize>) -> Option<&'a str> {
        match tag {
            encode::PLAIN => self.text.get(span.clone()),
            encode::QUOTED => self.text.get(span.start + 1..span.end.checked_sub(1)?),
            encode::TEXT => self.text(),
            _ => None,
        }
    }

    fn value(&mut self, outer: usize) -> Option<Item<'a>> {
        let span = self.place(outer)?;
        let value = match self.byte()? {
            encode::WHOLE => Tree::Whole(u32::try_from(self.number()?).ok()?, self.text()?),
            encode::FRACTION => Tree::Fraction(self.text()?),
            encode::TRUE => Tree::Flag(true),
            encode::FALSE => Tree::Flag(false),
            encode::DATE => Tree::Date(self.text()?),
            encode::LIST => {
                let length = self.number()?;
                let mut items = Vec::with_capacity(length.min(self.bytes.len()));
                for _ in 0..length {
                    items.push(self.value(span.start)?);
                }
                Tree::List(items)
            }
            encode::TABLE => Tree::Table(self.table(span.start)?),
            tag => Tree::Text(self.word(tag, &span)?),
        };
        Some(Item { span, value })
    }

    fn table(&mut self, outer: usize) -> Option<Entries<'a>> {
        let length = self.number()?;
        let mut entries = Vec::with_capacity(length.min(self.bytes.len()));
        for _ in 0..length {
            let span = self.place(outer)?;
            let tag = self.byte()?;
            let text = self.word(tag, &span)?;
            entries.push((Key { span, text }, self.value(outer)?));
        }
        Some(Entries(entries))
    }
}

/// The built-in files as the build has stored them: for each the lengths of its path, its text and its tree, and the tree.
const BUILT_IN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/packs"));
/// The path and the text of each built-in file, one behind the other.
const TEXTS: &str = include_str!(concat!(env!("OUT_DIR"), "/packs.txt"));

/// A built-in file.
pub(super) struct Stored {
    pub path: &'static str,
    pub text: &'static str,
    pub tree: &'static [u8],
}

/// The built-in files, sorted by path.
pub(super) fn built_in() -> impl Iterator<Item = Stored> {
    let mut reader = Reader { bytes: BUILT_IN, text: "" };
    let mut texts = TEXTS;
    std::iter::from_fn(move || {
        let lengths = (reader.number()?, reader.number()?, reader.number()?);
        let (path, rest) = texts.split_at_checked(lengths.0)?;
        let (text, rest) = rest.split_at_checked(lengths.1)?;
        texts = rest;
        Some(Stored { path, text, tree: reader.bytes(lengths.2)? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Entries<'_> {
        let (bytes, errors) = encode::encode(text);
        assert!(errors.is_empty(), "{errors:?}");
        decode(bytes.leak(), text)
    }

    #[test]
    fn values_keep_their_texts_and_places() {
        let text = "甲 = \"一\\n二\"\n\"b c\" = 'x'\nn = 0x1F\nf = 1.5\nd = 2024-04-30\nl = [true, {k = false}]\n[[t]]\ni = 1\n[[t]]\n";
        let root = tree(text);
        let keys: Vec<&str> = root.0.iter().map(|(key, _)| key.text).collect();
        assert_eq!(keys, ["甲", "b c", "n", "f", "d", "l", "t"]);
        for (key, item) in &root.0 {
            assert_eq!(text[key.span.clone()].trim_matches('"'), key.text);
            assert!(item.span.end <= text.len());
        }
        assert_eq!(root.get("甲").map(|item| &item.value), Some(&Tree::Text("一\n二")));
        assert_eq!(
            root.get("b c").map(|item| (&text[item.span.clone()], &item.value)),
            Some(("'x'", &Tree::Text("x")))
        );
        assert_eq!(root.get("n").map(|item| &item.value), Some(&Tree::Whole(16, "1F")));
        assert_eq!(root.get("f").map(|item| &item.value), Some(&Tree::Fraction("1.5")));
        assert_eq!(root.get("d").map(|item| &item.value), Some(&Tree::Date("2024-04-30")));
        let Some(Tree::List(items)) = root.get("l").map(|item| &item.value) else { panic!("{root:?}") };
        assert!(
            matches!((&items[0].value, &items[1].value), (Tree::Flag(true), Tree::Table(table)) if table.0.len() == 1)
        );
        let Some(Tree::List(tables)) = root.get("t").map(|item| &item.value) else { panic!("{root:?}") };
        assert_eq!(tables.len(), 2);
    }

    #[test]
    fn what_was_stored_at_build_time_is_what_the_texts_say() {
        let mut files = 0;
        for Stored { path, text, tree } in built_in() {
            assert_eq!(*tree, *encode::encode(text).0, "{path}");
            files += 1;
        }
        assert!(files > 50, "{files}");
    }

    #[test]
    fn cut_bytes_are_no_panic() {
        let text = "a = [1, { b = \"二\" }]\nc = 'd'";
        let (bytes, _) = encode::encode(text);
        for end in 0..bytes.len() {
            let _ = decode(&bytes[..end], text);
        }
    }
}
