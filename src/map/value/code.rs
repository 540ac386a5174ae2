//! Code lists: titles, institution types and their like, one or several in a cell.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{Conversions, Reading, Value, text_of};
use crate::map::text::squeeze;
use crate::map::traditional::simplified;
use crate::pack::CodeList;
use crate::read::Cell;

/// A code list prepared for looking up cells.
#[derive(Clone, Debug, Default)]
pub struct ListIndex {
    /// Squeezed code or alias → position.
    exact: HashMap<String, u16>,
    /// All words, longest first.
    words: Vec<(String, u16)>,
    contains: bool,
    codes: Vec<std::sync::Arc<str>>,
}

/// Without the punctuation that people put into names or leave out.
fn plain(text: &str) -> Cow<'_, str> {
    let squeezed = match simplified(text) {
        Some(text) => Cow::Owned(squeeze(&text).into_owned()),
        None => squeeze(text),
    };
    if !squeezed.contains(['“', '”', '"', '·', '.', '-', '—', '《', '》', '‘', '’', '\'', '_']) {
        return squeezed;
    }
    Cow::Owned(
        squeezed
            .chars()
            .filter(|c| !matches!(c, '“' | '”' | '"' | '·' | '.' | '-' | '—' | '《' | '》' | '‘' | '’' | '\'' | '_'))
            .collect(),
    )
}

impl ListIndex {
    /// Prepares `list`.
    pub fn new(list: &CodeList) -> ListIndex {
        let mut index = ListIndex { contains: list.contains, ..ListIndex::default() };
        for (position, entry) in list.entries.iter().enumerate() {
            let Ok(position) = u16::try_from(position) else { break };
            index.codes.push(entry.code.clone());
            for word in std::iter::once(&*entry.code).chain(entry.aliases.iter().map(String::as_str)) {
                let word = plain(word).into_owned();
                if !word.is_empty() && index.exact.insert(word.clone(), position).is_none() {
                    index.words.push((word, position));
                }
            }
        }
        index.words.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
        index
    }

    /// Position of the entry whose code or alias the text is.
    pub fn exact(&self, text: &str) -> Option<u16> {
        if let Some(&position) = self.exact.get(text) {
            return Some(position);
        }
        self.exact.get(&*plain(text)).copied()
    }

    /// The code text of an entry.
    pub fn code(&self, position: u16) -> Option<&str> {
        self.codes.get(usize::from(position)).map(|code| &**code)
    }

    /// The only entry that has a word inside `text`; longer words hide the shorter ones in them, and a word that is
    /// denied just before (非, 未, 无) speaks for nothing.
    pub fn inside(&self, text: &str) -> Option<u16> {
        let text = plain(text);
        let mut covered = vec![false; text.len()];
        let mut found: Option<u16> = None;
        for (word, position) in &self.words {
            if word.chars().count() < 2 {
                continue;
            }
            for (at, _) in text.match_indices(word.as_str()) {
                let taken = &covered[at..at + word.len()];
                if taken.contains(&true) {
                    // 邻村医生 is 邻村 or 村医, but not both: words that share letters leave the text open.
                    if taken.contains(&false) && found != Some(*position) {
                        return None;
                    }
                    continue;
                }
                covered[at..at + word.len()].fill(true);
                if text[..at].ends_with(['非', '未', '无', '不', '疑']) {
                    return None;
                }
                match found {
                    Some(other) if other != *position => return None,
                    _ => found = Some(*position),
                }
            }
        }
        found
    }

    /// The entry whose word the text ends with, the longest word winning.
    pub fn suffix(&self, text: &str) -> Option<u16> {
        let text = plain(text);
        let outside = text.split('(').next().unwrap_or(&text);
        self.words.iter().find(|(word, _)| outside.ends_with(word.as_str())).map(|(_, position)| *position)
    }

    /// A name without the shortest word of an entry at its end: 城关镇 of 城关镇卫生院.
    pub fn without_suffix<'t>(&self, name: &'t str) -> Option<&'t str> {
        self.words.iter().filter_map(|(word, _)| name.strip_suffix(word.as_str())).max_by_key(|head| head.len())
    }

    /// The entries whose words, one after the other, make up the whole text: 减盐减油.
    fn in_a_row(&self, text: &str) -> Option<u64> {
        let text = plain(text);
        let mut rest = &*text;
        let mut bits = 0_u64;
        while !rest.is_empty() {
            let (word, position) = self.words.iter().find(|(word, _)| rest.starts_with(word.as_str()))?;
            bits |= 1_u64.checked_shl(u32::from(*position))?;
            rest = &rest[word.len()..];
        }
        (bits != 0).then_some(bits)
    }

    /// Position and key of the conversion for a text that names one entry.
    fn find(&self, text: &str) -> Option<(u16, Option<&'static str>)> {
        if let Some(position) = self.exact(text) {
            return Some((position, None));
        }
        let squeezed = plain(text);
        if let Some((outside, inside)) = squeezed.split_once('(') {
            let inside = inside.trim_end_matches(')');
            // 主治医师（中医） is better said by 中医主治医师, where the list has that.
            let joined = [format!("{inside}{outside}"), format!("{outside}{inside}")];
            if let Some(position) = joined.iter().find_map(|text| self.exact.get(text)) {
                return Some((*position, Some("bracket-joined")));
            }
            if let Some(&position) = self.exact.get(outside) {
                return Some((position, Some("bracket-removed")));
            }
        }
        if self.contains {
            return self.inside(&squeezed).map(|position| (position, Some("code-in-text")));
        }
        None
    }
}

/// Reads one entry of a code list.
pub fn code<'a>(cell: Cell<'a>, list: &ListIndex, log: &mut Conversions) -> Reading<'a> {
    let text = match cell {
        Cell::Text(text) => Cow::Borrowed(text),
        _ => text_of(cell),
    };
    match list.find(&text) {
        Some((position, key)) => {
            if let Some(key) = key {
                log.note(key, &text);
            }
            Reading::Value(Value::Code(position))
        }
        None => Reading::Unreadable(text_of(cell)),
    }
}

/// The parts of a text that says with a word that one thing comes with another: 高血压合并糖尿病.
fn with_another(text: &str, is_parted: bool) -> Vec<&str> {
    let word = ["合并有", "合并", "伴有", "伴"].into_iter().find(|word| is_parted && text.contains(word));
    word.map_or_else(|| vec![text], |word| text.split(word).collect())
}

/// Reads several entries of a code list in one cell; one part that matches nothing makes the cell unreadable.
pub fn codes<'a>(cell: Cell<'a>, list: &ListIndex, log: &mut Conversions) -> Reading<'a> {
    let text = match cell {
        Cell::Text(text) => Cow::Borrowed(text),
        _ => text_of(cell),
    };
    let bit = |position: u16| 1_u64.checked_shl(u32::from(position));
    if let Some(bit) = list.exact(&text).and_then(bit) {
        return Reading::Value(Value::Codes(bit));
    }
    let squeezed = squeeze(&text);
    if matches!(&*squeezed, "无" | "没有" | "否" | "均无" | "都没有" | "无以上情况") {
        log.note("none-as-empty", &text);
        return Reading::Value(Value::Codes(0));
    }
    let mut bits = 0_u64;
    let mut parts = 0;
    let is_mark = |c: char| {
        matches!(
            c,
            '、' | ',' | '，' | ';' | '；' | '/' | '／' | '+' | '＋' | '|' | '\n' | '\r' | '\t' | ' ' | '　' | '。'
        )
    };
    let is_word = |c: char| matches!(c, '和' | '及' | '与');
    for whole in text.split(is_mark) {
        // 和, 及 and 与 also stand inside the words of a list, as in 65岁及以上老年人, and so does 伴: they part only what is
        // no word as a whole.
        let parted = list.find(crate::map::text::strip_numbering(whole.trim())).is_none();
        let by_word = whole.split(|c| parted && is_word(c));
        for part in by_word.flat_map(|part| with_another(part, parted)) {
            let part = crate::map::text::strip_numbering(part.trim());
            if part.is_empty() {
                continue;
            }
            let found = list.find(part).and_then(|(position, key)| Some((bit(position)?, key)));
            let found = found.or_else(|| Some((list.in_a_row(part)?, Some("code-in-text"))));
            let Some((bit, key)) = found else {
                return Reading::Unreadable(text_of(cell));
            };
            if let Some(key) = key {
                log.note(key, &text);
            }
            bits |= bit;
            parts += 1;
        }
    }
    if parts == 0 {
        return Reading::Unreadable(text_of(cell));
    }
    Reading::Value(Value::Codes(bits))
}
