//! Reads typed values out of a TOML tree; every fault is noted with its place and nothing stops at the first one.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use toml::value::Datetime;

use super::catalog::Expr;
use super::codes;
use super::source::{Parsed, SourceFile, content_start};
use super::tree::{Entries, Item, Key, Tree};
use crate::diag::{Level, PackFault, line_and_column};
use crate::model::{Date, Localized};

/// Where a fault is.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    pub file: &'a SourceFile,
    pub span: Range<usize>,
}

/// Collects faults.
#[derive(Default)]
pub(super) struct Sink(RefCell<Vec<PackFault>>);

impl Sink {
    pub fn error(&self, place: Place<'_>, code: &'static str, message: Localized, help: Option<Localized>) {
        self.add(Level::Error, &place, code, message, help);
    }

    pub fn warning(&self, place: Place<'_>, code: &'static str, message: Localized, help: Option<Localized>) {
        self.add(Level::Warning, &place, code, message, help);
    }

    fn add(&self, level: Level, place: &Place<'_>, code: &'static str, message: Localized, help: Option<Localized>) {
        let (line, column) = line_and_column(&place.file.text, place.span.start);
        let file = place.file.path.to_string();
        self.push(PackFault { level, code, file, span: place.span.clone(), line, column, message, help });
    }

    pub fn push(&self, fault: PackFault) {
        self.0.borrow_mut().push(fault);
    }

    /// Whether faults of level error were noted since there were `before` faults.
    pub fn failed_since(&self, before: usize) -> bool {
        self.0.borrow().iter().skip(before).any(|fault| fault.level == Level::Error)
    }

    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    pub fn into_faults(self) -> Vec<PackFault> {
        self.0.into_inner()
    }
}

/// The known word that is most like `word`, where one is like it at all.
pub fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let mut best: Option<(f64, &str)> = None;
    for candidate in known {
        let contains = word.chars().count() > 1 && (candidate.contains(word) || word.contains(candidate));
        let likeness = strsim::normalized_damerau_levenshtein(word, candidate).max(if contains { 0.6 } else { 0.0 });
        if likeness >= 0.5 && best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, candidate));
        }
    }
    best.map(|(_, word)| word)
}

/// “是不是想写 …” for the nearest known word, else the list of the known words where it is short.
pub(super) fn suggest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<Localized> {
    let mut words: Vec<&str> = Vec::new();
    for word in known {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let known = words;
    if let Some(near) = nearest(word, known.iter().copied()) {
        return Some(Localized::new(format!("是不是想写“{near}”？"), format!("did you mean `{near}`?")));
    }
    (!known.is_empty() && known.len() <= 12)
        .then(|| Localized::new(format!("可以写：{}", known.join("、")), format!("one of: {}", known.join(", "))))
}

/// One value of the tree.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    pub file: &'a SourceFile,
    pub span: Range<usize>,
    pub value: &'a Tree<'a>,
}

fn type_name(value: &Tree<'_>) -> (&'static str, &'static str) {
    match value {
        Tree::Text(_) => ("文字", "a text"),
        Tree::Whole(..) => ("整数", "a whole number"),
        Tree::Fraction(_) => ("小数", "a number"),
        Tree::Flag(_) => ("true/false", "true or false"),
        Tree::Date(_) => ("日期", "a date"),
        Tree::List(_) => ("列表", "a list"),
        Tree::Table(_) => ("表", "a table"),
    }
}

impl<'a> Node<'a> {
    pub fn place(&self) -> Place<'a> {
        Place { file: self.file, span: self.span.clone() }
    }

    /// Notes that a value of another type stands here.
    pub fn wrong_type(&self, sink: &Sink, zh: &str, en: &str) {
        let (found_zh, found_en) = type_name(self.value);
        let message =
            Localized::new(format!("这里应为{zh}，却是{found_zh}"), format!("expected {en}, found {found_en}"));
        sink.error(self.place(), codes::WRONG_TYPE, message, None);
    }

    pub fn text(&self, sink: &Sink) -> Option<&'a str> {
        match self.value {
            Tree::Text(text) => Some(text),
            _ => {
                self.wrong_type(sink, "文字", "a text");
                None
            }
        }
    }

    /// A text that is not blank.
    pub fn word(&self, sink: &Sink) -> Option<&'a str> {
        let text = self.text(sink)?;
        if text.chars().all(char::is_whitespace) {
            let message = Localized::new("这里不能为空", "must not be blank");
            sink.error(self.place(), codes::BLANK_TEXT, message, None);
            return None;
        }
        Some(text)
    }

    pub fn expr(&self, sink: &Sink) -> Option<Expr> {
        let text = self.word(sink)?;
        let offset = content_start(&self.file.text, &self.span);
        Some(Expr { text: text.to_owned(), file: self.file.path.clone(), offset })
    }

    pub fn flag(&self, sink: &Sink) -> Option<bool> {
        match self.value {
            Tree::Flag(value) => Some(*value),
            _ => {
                self.wrong_type(sink, " true 或 false", "true or false");
                None
            }
        }
    }

    /// A whole number in the range.
    pub fn whole(&self, sink: &Sink, range: Range<i64>) -> Option<i64> {
        let Tree::Whole(radix, number) = self.value else {
            self.wrong_type(sink, "整数", "a whole number");
            return None;
        };
        let value = i64::from_str_radix(number, *radix).ok().filter(|value| range.contains(value));
        if value.is_none() {
            let (low, high) = (range.start, range.end - 1);
            let message = Localized::new(
                format!("{number} 超出允许的范围 {low} 至 {high}"),
                format!("{number} is outside the range {low} to {high}"),
            );
            sink.error(self.place(), codes::OUT_OF_RANGE, message, None);
        }
        value
    }

    pub fn date(&self, sink: &Sink) -> Option<Date> {
        let Tree::Date(value) = self.value else {
            let help = matches!(self.value, Tree::Text(_))
                .then(|| Localized::new("日期不加引号，如 2024-04-30", "a date has no quotes, such as 2024-04-30"));
            let (found_zh, found_en) = type_name(self.value);
            let message =
                Localized::new(format!("这里应为日期，却是{found_zh}"), format!("expected a date, found {found_en}"));
            sink.error(self.place(), codes::WRONG_TYPE, message, help);
            return None;
        };
        let date = value.parse().ok().and_then(|value| plain_date(&value));
        if date.is_none() {
            let message =
                Localized::new(format!("“{value}”不是不带时间的日期"), format!("`{value}` is no date without a time"));
            let help = Localized::new("日期写作 2024-04-30", "write a date as 2024-04-30");
            sink.error(self.place(), codes::BAD_DATE, message, Some(help));
        }
        date
    }

    /// The items of a list.
    pub fn items(&self, sink: &Sink) -> Option<Vec<Node<'a>>> {
        match self.value {
            Tree::List(array) => Some(
                array
                    .iter()
                    .map(|item| Node { file: self.file, span: item.span.clone(), value: &item.value })
                    .collect(),
            ),
            _ => {
                self.wrong_type(sink, "列表", "a list");
                None
            }
        }
    }

    pub fn table(&self, sink: &Sink) -> Option<Table<'a>> {
        match self.value {
            Tree::Table(table) => Some(Table::new(self.file, table, self.span.clone())),
            _ => {
                self.wrong_type(sink, "表", "a table");
                None
            }
        }
    }

    /// A text in both languages; each must say something.
    pub fn localized(&self, sink: &Sink) -> Option<Localized> {
        let Tree::Table(table) = self.value else {
            let help = Localized::new(
                "双语文字写作 { zh = \"…\", en = \"…\" }",
                "a text in two languages is { zh = \"…\", en = \"…\" }",
            );
            let (found_zh, found_en) = type_name(self.value);
            let message = Localized::new(
                format!("这里应为双语文字，却是{found_zh}"),
                format!("expected a text in two languages, found {found_en}"),
            );
            sink.error(self.place(), codes::WRONG_TYPE, message, Some(help));
            return None;
        };
        // Nearly all are as they should be, which is seen without looking for faults.
        if let (2, Some(Tree::Text(zh)), Some(Tree::Text(en))) = (table.0.len(), table.value("zh"), table.value("en"))
            && !zh.trim().is_empty()
            && !en.trim().is_empty()
        {
            return Some(Localized::new(*zh, *en));
        }
        let table = Table::new(self.file, table, self.span.clone());
        let zh = table.need("zh", sink).and_then(|node| node.word(sink));
        let en = table.need("en", sink).and_then(|node| node.word(sink));
        table.finish(sink);
        Some(Localized::new(zh?, en?))
    }

    /// The texts of a list; the blank ones are faults.
    pub fn words(&self, sink: &Sink) -> Vec<(Node<'a>, &'a str)> {
        let items = self.items(sink).unwrap_or_default();
        items.into_iter().filter_map(|item| item.word(sink).map(|word| (item.clone(), word))).collect()
    }
}

fn plain_date(value: &Datetime) -> Option<Date> {
    let date = value.date.filter(|_| value.time.is_none() && value.offset.is_none())?;
    Date::new(i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?)
}

/// One table of the tree, or several of which the later ones change keys of the earlier ones.
pub(super) struct Table<'a> {
    layers: Vec<Layer<'a>>,
    known: RefCell<Vec<&'static str>>,
}

#[derive(Clone)]
pub(super) struct Layer<'a> {
    pub file: &'a SourceFile,
    pub table: &'a Entries<'a>,
    pub span: Range<usize>,
}

impl<'a> Table<'a> {
    pub fn new(file: &'a SourceFile, table: &'a Entries<'a>, span: Range<usize>) -> Table<'a> {
        Table::layered(vec![Layer { file, table, span }])
    }

    pub fn layered(layers: Vec<Layer<'a>>) -> Table<'a> {
        Table { layers, known: RefCell::new(Vec::with_capacity(16)) }
    }

    /// The whole file.
    pub fn root(parsed: &'a Parsed<'a>) -> Table<'a> {
        Table::new(parsed.file, &parsed.root, 0..0)
    }

    /// The place of the table as it was first written.
    pub fn place(&self) -> Place<'a> {
        let layer = &self.layers[0];
        Place { file: layer.file, span: layer.span.clone() }
    }

    /// The value of a key; a key that is asked for is known.
    pub fn get(&self, key: &'static str) -> Option<Node<'a>> {
        self.known.borrow_mut().push(key);
        self.layers.iter().rev().find_map(|layer| {
            let value = layer.table.get(key)?;
            Some(Node { file: layer.file, span: value.span.clone(), value: &value.value })
        })
    }

    /// Makes keys known that are read elsewhere.
    pub fn known(&self, keys: &[&'static str]) {
        self.known.borrow_mut().extend(keys);
    }

    /// The files that the table is written in.
    pub fn files(&self) -> impl Iterator<Item = &'a SourceFile> {
        self.layers.iter().map(|layer| layer.file)
    }

    /// The position of the last layer that has the key.
    pub fn layer_of(&self, key: &str) -> Option<usize> {
        self.layers.iter().rposition(|layer| layer.table.get(key).is_some())
    }

    /// The value of a key that must be there.
    pub fn need(&self, key: &'static str, sink: &Sink) -> Option<Node<'a>> {
        let node = self.get(key);
        if node.is_none() {
            let message = Localized::new(format!("缺少“{key}”"), format!("`{key}` is missing"));
            sink.error(self.place(), codes::MISSING_KEY, message, None);
        }
        node
    }

    /// The text of a key that must be there.
    pub fn need_word(&self, key: &'static str, sink: &Sink) -> Option<&'a str> {
        self.need(key, sink)?.word(sink)
    }

    pub fn need_localized(&self, key: &'static str, sink: &Sink) -> Option<Localized> {
        self.need(key, sink)?.localized(sink)
    }

    pub fn localized(&self, key: &'static str, sink: &Sink) -> Option<Localized> {
        self.get(key)?.localized(sink)
    }

    pub fn word(&self, key: &'static str, sink: &Sink) -> Option<&'a str> {
        self.get(key)?.word(sink)
    }

    pub fn flag(&self, key: &'static str, sink: &Sink) -> bool {
        self.get(key).and_then(|node| node.flag(sink)).unwrap_or(false)
    }

    pub fn expr(&self, key: &'static str, sink: &Sink) -> Option<Expr> {
        self.get(key)?.expr(sink)
    }

    /// The texts of a list, or none where the key is absent.
    pub fn texts(&self, key: &'static str, sink: &Sink) -> Vec<String> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let Tree::List(items) = node.value else {
            node.wrong_type(sink, "列表", "a list");
            return Vec::new();
        };
        let mut texts = Vec::with_capacity(items.len());
        for Item { span, value } in items {
            let text = Node { file: node.file, span: span.clone(), value }.word(sink);
            texts.extend(text.map(str::to_owned));
        }
        texts
    }

    /// The names of a list with their places, or none where the key is absent.
    pub fn names(&self, key: &'static str, sink: &Sink) -> Vec<(Node<'a>, &'a str)> {
        self.get(key).map(|node| node.words(sink)).unwrap_or_default()
    }

    /// The tables of a list, or none where the key is absent.
    pub fn tables(&self, key: &'static str, sink: &Sink) -> Vec<Table<'a>> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let items = node.items(sink).unwrap_or_default();
        items.iter().filter_map(|item| item.table(sink)).collect()
    }

    /// All keys with their values, in the order of the file; none of them is unknown then.
    pub fn entries(&self) -> Vec<(Place<'a>, &'a str, Node<'a>)> {
        let mut entries = Vec::new();
        for layer in &self.layers {
            for (key, item) in &layer.table.0 {
                let place = Place { file: layer.file, span: key.span.clone() };
                let node = Node { file: layer.file, span: item.span.clone(), value: &item.value };
                entries.push((place, key.text, node));
            }
        }
        entries
    }

    /// Notes each key that was never asked for.
    pub fn finish(&self, sink: &Sink) {
        let known = self.known.borrow();
        for layer in &self.layers {
            for (Key { text: key, span }, _) in layer.table.0.iter().filter(|(key, _)| !known.contains(&key.text)) {
                let place = Place { file: layer.file, span: span.clone() };
                let message = Localized::new(format!("不认识的键“{key}”"), format!("unknown key `{key}`"));
                sink.error(place, codes::UNKNOWN_KEY, message, suggest(key, known.iter().copied()));
            }
        }
    }

    /// The word of a key as one of the words that are allowed.
    pub fn choice<T: Copy>(&self, key: &'static str, choices: &[(&'static str, T)], sink: &Sink) -> Option<T> {
        choose(&self.get(key)?, choices, sink)
    }
}

/// The value that stands for the node's word.
pub(super) fn choose<T: Copy>(node: &Node<'_>, choices: &[(&'static str, T)], sink: &Sink) -> Option<T> {
    let word = node.word(sink)?;
    let found = choices.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    if found.is_none() {
        unknown(sink, node.place(), codes::UNKNOWN_WORD, ("写法", "word"), word, choices.iter().map(|(name, _)| *name));
    }
    found
}

/// Notes that `word` is none of the `known` things of this sort.
pub(super) fn unknown<'w>(
    sink: &Sink,
    place: Place<'_>,
    code: &'static str,
    sort: (&str, &str),
    word: &str,
    known: impl IntoIterator<Item = &'w str>,
) {
    let message = Localized::new(format!("没有名为“{word}”的{}", sort.0), format!("there is no {} `{word}`", sort.1));
    sink.error(place, code, message, suggest(word, known));
}

/// Notes that `word` stands twice.
pub(super) fn duplicate(sink: &Sink, place: Place<'_>, sort: (&str, &str), word: &str, first: Option<&Arc<str>>) {
    let message = Localized::new(format!("{}“{word}”重复", sort.0), format!("the {} `{word}` stands twice", sort.1));
    let help = first.map(|file| Localized::new(format!("已在 {file} 中"), format!("it is already in {file}")));
    sink.error(place, codes::DUPLICATE_ID, message, help);
}
