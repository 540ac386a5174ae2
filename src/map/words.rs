//! Words that mean the same in headings, and texts with all of them exchanged for one of each group.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

/// Words that mean the same, by first letter and longest first, each with the word that stands for its group.
#[derive(Clone, Debug)]
pub struct Words {
    by_first: FxHashMap<char, Vec<(String, String)>>,
    /// The letters with which words may begin: most places of a name begin none, which is seen here at once.
    beginnings: Box<Beginnings>,
}

/// A set that may say yes for what it does not hold, but never no for what it holds: of words' first two letters, and of words of one letter.
#[derive(Clone, Debug)]
struct Beginnings {
    pairs: [u64; 64],
    singles: [u64; 64],
}

impl Beginnings {
    fn place(first: char, second: char) -> (usize, u64) {
        let mixed = (first as usize).wrapping_mul(31) ^ second as usize;
        (mixed / 64 % 64, 1 << (mixed % 64))
    }

    fn put(&mut self, first: char, second: Option<char>) {
        let bits = if second.is_some() { &mut self.pairs } else { &mut self.singles };
        let (at, bit) = Beginnings::place(first, second.unwrap_or_default());
        bits[at] |= bit;
    }

    fn may_hold(&self, first: char, second: Option<char>) -> bool {
        let (single, pair) = (Beginnings::place(first, '\0'), Beginnings::place(first, second.unwrap_or_default()));
        (self.singles[single.0] & single.1) | (self.pairs[pair.0] & pair.1) != 0
    }
}

impl Words {
    /// `groups` are the words that mean the same; the first of each stands for the others.
    pub fn new(groups: &[Vec<String>]) -> Words {
        let mut by_first: FxHashMap<char, Vec<(String, String)>> = FxHashMap::default();
        let mut beginnings = Box::new(Beginnings { pairs: [0; 64], singles: [0; 64] });
        for (head, others) in groups.iter().filter_map(|group| group.split_first()) {
            for word in std::iter::once(head).chain(others) {
                let mut letters = word.chars();
                let Some(first) = letters.next() else { continue };
                beginnings.put(first, letters.next());
                by_first.entry(first).or_default().push((word.clone(), head.clone()));
            }
        }
        for same in by_first.values_mut() {
            same.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        }
        Words { by_first, beginnings }
    }

    /// The text with every word replaced by the one that stands for its group; borrows where nothing changes.
    pub fn plain<'t>(&self, text: &'t str) -> Cow<'t, str> {
        // Everything before `taken` stands in `out`, once something has changed; the last word ends at `end`.
        let (mut out, mut taken, mut end) = (String::new(), 0, 0);
        let mut letters = text.char_indices().peekable();
        while let Some((at, first)) = letters.next() {
            let second = letters.peek().map(|(_, second)| *second);
            if at < end || !self.beginnings.may_hold(first, second) {
                continue;
            }
            let words = self.by_first.get(&first).map_or(&[][..], Vec::as_slice);
            let Some((word, head)) = words.iter().find(|(word, _)| text[at..].starts_with(word.as_str())) else {
                continue;
            };
            end = at + word.len();
            if word != head {
                out.push_str(&text[taken..at]);
                out.push_str(head);
                taken = end;
            }
        }
        if taken == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(&text[taken..]);
        // A heading of nothing but words that say nothing is none the less not empty.
        if out.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(out) }
    }
}
