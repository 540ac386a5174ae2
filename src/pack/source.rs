//! The files of the packs: their text, their TOML tree, and the places of faults in them.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::codes;
use super::encode::encode;
use super::node::{Place, Sink};
use super::tree::{Entries, Item, Tree, decode};
use crate::diag::{PackFault, line_and_column, toml_detail, toml_help};
use crate::model::Localized;

/// One file of the packs.
#[derive(Clone, Debug)]
pub(super) struct SourceFile {
    /// Path inside the packs, with `/`.
    pub path: Arc<str>,
    pub text: Cow<'static, str>,
    /// Whether the user gave the file, so that it may replace what is built in.
    pub user: bool,
    /// The tree in its compact form.
    tree: Cow<'static, [u8]>,
    /// Errors of syntax: their bytes and what they say.
    errors: Vec<(Range<usize>, String)>,
}

/// The TOML tree of a file; what is broken is left out of it.
pub(super) struct Parsed<'a> {
    pub file: &'a SourceFile,
    pub root: Entries<'a>,
    /// Bytes at which the syntax is broken, in order.
    broken: Vec<usize>,
    /// Bytes at which the entries of top-level arrays of tables begin, in order; only kept where something is broken.
    entries: Vec<usize>,
}

impl SourceFile {
    /// A file that is read now.
    pub fn new(path: Arc<str>, text: String, user: bool) -> SourceFile {
        let (tree, errors) = encode(&text);
        let errors = errors.iter().map(|error| (error.span().unwrap_or(0..0), error.message().to_owned())).collect();
        SourceFile { path, text: Cow::Owned(text), user, tree: Cow::Owned(tree), errors }
    }

    /// A file whose tree was stored when the program was built, which refuses errors of syntax.
    pub fn stored(path: Arc<str>, text: &'static str, tree: &'static [u8]) -> SourceFile {
        SourceFile { path, text: Cow::Borrowed(text), user: false, tree: Cow::Borrowed(tree), errors: Vec::new() }
    }

    /// The tree of the file; each error of syntax is a fault, and the rest of the file is still there.
    pub fn parse(&self, sink: &Sink) -> Parsed<'_> {
        let root = self.root();
        let mut broken = Vec::new();
        for (span, message) in &self.errors {
            broken.push(span.start);
            let detail = toml_detail(message);
            let (line, _) = line_and_column(&self.text, span.start);
            let line = self.text.lines().nth(line.saturating_sub(1) as usize).unwrap_or_default();
            sink.error(
                Place { file: self, span: span.clone() },
                codes::SYNTAX,
                Localized::new(format!("TOML 语法错误：{}", detail.zh), format!("TOML syntax: {}", detail.en)),
                toml_help(line),
            );
        }
        broken.sort_unstable();
        let mut entries = Vec::new();
        if !broken.is_empty() {
            for (_, item) in &root.0 {
                let Tree::List(list) = &item.value else { continue };
                let tables = list.iter().filter(|entry| matches!(entry.value, Tree::Table(_)));
                entries.extend(tables.map(|entry| entry.span.start));
            }
            entries.sort_unstable();
        }
        Parsed { file: self, root, broken, entries }
    }

    fn root(&self) -> Entries<'_> {
        decode(&self.tree, &self.text)
    }

    /// Gives the fault the span, line and column that its position in a decoded string has in the file.
    ///
    /// The span counts from the beginning of the string's content in decoded bytes; escapes before it make the
    /// place in the file later.
    pub fn place(&self, fault: &mut PackFault) {
        let mut spans = Vec::new();
        for (_, item) in &self.root().0 {
            string_spans(item, &mut spans);
        }
        if let Some(span) = spans.into_iter().find(|span| span.contains(&fault.span.start)) {
            let content = content_start(&self.text, &span);
            let raw = &self.text[content..span.end];
            let literal = self.text[span.start..].starts_with('\'');
            let at = |decoded: usize| {
                let local = decoded.saturating_sub(content);
                content + if literal { local.min(raw.len()) } else { raw_position(raw, local) }
            };
            fault.span = at(fault.span.start)..at(fault.span.end);
        }
        (fault.line, fault.column) = line_and_column(&self.text, fault.span.start);
    }
}

impl Parsed<'_> {
    /// Whether the syntax is broken inside the entry of a top-level array that begins at this byte.
    pub fn is_broken(&self, start: usize) -> bool {
        let next = self.entries.iter().copied().find(|&entry| entry > start).unwrap_or(usize::MAX);
        self.broken.iter().any(|&at| at >= start && at < next)
    }
}

fn string_spans(item: &Item<'_>, spans: &mut Vec<Range<usize>>) {
    match &item.value {
        Tree::Text(_) => spans.push(item.span.clone()),
        Tree::List(list) => list.iter().for_each(|item| string_spans(item, spans)),
        Tree::Table(table) => table.0.iter().for_each(|(_, item)| string_spans(item, spans)),
        _ => {}
    }
}

/// The byte at which the content of the TOML string in `span` begins: after the quotes, and after the line break
/// that may follow three of them.
pub(super) fn content_start(text: &str, span: &Range<usize>) -> usize {
    let raw = text.get(span.clone()).unwrap_or("");
    for quotes in ["\"\"\"", "'''"] {
        if let Some(rest) = raw.strip_prefix(quotes) {
            let line_break = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
            return span.start + 3 + line_break;
        }
    }
    span.start + usize::from(raw.starts_with(['"', '\'']))
}

/// The byte of `raw`, the content of a string with escapes, that gives the byte `decoded` of the decoded text.
fn raw_position(raw: &str, decoded: usize) -> usize {
    let mut given = 0;
    let mut rest = raw;
    while given < decoded && !rest.is_empty() {
        let at = raw.len() - rest.len();
        let mut characters = rest.chars();
        let Some(first) = characters.next() else { break };
        if first != '\\' {
            given += first.len_utf8();
            rest = characters.as_str();
            continue;
        }
        let escape = characters.next();
        rest = characters.as_str();
        let digits = match escape {
            Some('u') => 4,
            Some('U') => 8,
            Some('x') => 2,
            Some(c) if c.is_whitespace() => {
                rest = rest.trim_start();
                continue;
            }
            Some(_) => {
                given += 1;
                continue;
            }
            None => return at,
        };
        let Some(code) = rest.get(..digits) else { return at };
        given += u32::from_str_radix(code, 16).ok().and_then(char::from_u32).map_or(1, char::len_utf8);
        rest = &rest[digits..];
    }
    raw.len() - rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Level;

    fn file(text: &str) -> SourceFile {
        SourceFile::new("a/b.toml".into(), text.to_owned(), false)
    }

    /// The place that a fault at the decoded byte of the word `needle` gets.
    fn placed(text: &str, start: usize, decoded: &str, needle: &str) -> (u32, u32) {
        let file = file(text);
        let at = start + decoded.find(needle).unwrap();
        let mut fault = PackFault {
            level: Level::Error,
            code: codes::SYNTAX,
            file: file.path.to_string(),
            span: at..at + needle.len(),
            line: 0,
            column: 0,
            message: Localized::default(),
            help: None,
        };
        file.place(&mut fault);
        assert_eq!(&text[fault.span.clone()], needle);
        (fault.line, fault.column)
    }

    #[test]
    fn places_in_strings_count_lines_characters_and_escapes() {
        let text = "[[rule]]\nrequire = \"数量 > 乙\"\n";
        assert_eq!(placed(text, text.find("数量").unwrap(), "数量 > 乙", "乙"), (2, 17));
        let text = "a = 1\nrequire = \"\\\"数量\\\" > 乙\"";
        assert_eq!(placed(text, text.find("\\\"数").unwrap(), "\"数量\" > 乙", "乙"), (2, 21));
        let text = "require = '''\n甲 = 1\n  AND 乙 = 2'''";
        assert_eq!(placed(text, text.find('甲').unwrap(), "甲 = 1\n  AND 乙 = 2", "乙"), (3, 7));
        let text = "require = \"\"\"\n甲 = 1 \\\n   AND \\u4e59 = 丙\"\"\"";
        assert_eq!(placed(text, text.find('甲').unwrap(), "甲 = 1 AND 乙 = 丙", "丙"), (3, 17));
    }

    #[test]
    fn broken_syntax_spoils_only_its_entry() {
        let sink = Sink::default();
        let file = file("[[rule]]\nid = \"a\"\n[[rule]]\nid = \n[[rule]]\n编号 = \"c\"\n");
        let parsed = file.parse(&sink);
        let starts: Vec<usize> = file.text.match_indices("[[rule]]").map(|(at, _)| at).collect();
        assert_eq!(starts.iter().map(|&at| parsed.is_broken(at)).collect::<Vec<_>>(), [false, true, false]);
        let faults = sink.into_faults();
        assert_eq!(faults.len(), 1);
        assert_eq!((faults[0].code, faults[0].line), (codes::SYNTAX, 4));
    }
}
