//! HTML tables, as systems write them into files called .xls. Pages without data, such as a login page, are refused.

mod value;

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use super::encoding::TextReader;
use super::faults;
use super::grid::Grid;
use super::limits::{self, Limits};
use super::sheet::{Cell, DAY_ZERO, DAY_ZERO_1904, MergedArea, Sheet};
use crate::diag::InputFault;
use value::Kept;

/// The tables of a page, each as a sheet; the lines of text before a table stand above it.
pub(super) fn open(mut text: TextReader, stem: &str, limits: &Limits) -> Result<Vec<Sheet>, InputFault> {
    let sink = Sink { page: RefCell::new(Page::new(limits)) };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let queue = BufferQueue::default();
    let mut block = String::new();
    loop {
        block.clear();
        let more = text.read_more(&mut block).map_err(|error| faults::io(&error))?;
        queue.push_back(StrTendril::from_slice(&block));
        while !matches!(tokenizer.feed(&queue), html5ever::TokenizerResult::Done) {}
        if let Some(fault) = tokenizer.sink.page.borrow_mut().fault.take() {
            return Err(fault);
        }
        if !more {
            break;
        }
    }
    tokenizer.end();
    let page = tokenizer.sink.page.into_inner();
    page.finish(stem)
}

/// Takes the tokens of a page.
struct Sink<'a> {
    page: RefCell<Page<'a>>,
}

impl TokenSink for Sink<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut page = self.page.borrow_mut();
        match token {
            Token::CharacterTokens(text) => page.text(&text),
            // Excel says it in a comment that only Excel reads.
            Token::CommentToken(text) if text.contains("x:Date1904") => page.day_zero = DAY_ZERO_1904,
            Token::TagToken(tag) => {
                let raw = raw_kind(&tag);
                match tag.kind {
                    TagKind::StartTag => page.start(&tag),
                    TagKind::EndTag => page.end(&tag.name),
                }
                if let Some(kind) = raw {
                    return TokenSinkResult::RawData(kind);
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// Elements whose content is no markup.
fn raw_kind(tag: &Tag) -> Option<RawKind> {
    if tag.kind != TagKind::StartTag || tag.self_closing {
        return None;
    }
    Some(match &*tag.name {
        "script" => RawKind::ScriptData,
        "style" | "xmp" | "noframes" => RawKind::Rawtext,
        "title" | "textarea" => RawKind::Rcdata,
        _ => return None,
    })
}

/// Lines of text before a table that are kept as its title lines.
const TITLE_LINES: usize = 20;
/// Tables inside tables; deeper ones are read as if they stood in the last one.
const DEPTH: usize = 32;

struct Page<'a> {
    limits: &'a Limits,
    fault: Option<InputFault>,
    title: String,
    asks_password: bool,
    /// Text outside of tables, line by line.
    lines: Vec<String>,
    line: String,
    open: Vec<Table>,
    done: Vec<Table>,
    /// Element whose text is not shown.
    hidden: Option<String>,
    in_title: bool,
    /// Day 0 of the book that the page was written from.
    day_zero: i32,
    /// Places in rows that were taken, over all tables, so that spans cannot stand for endless work.
    spanned: u64,
}

/// A table that is being read.
#[derive(Default)]
struct Table {
    grid: Grid,
    merged: Vec<MergedArea>,
    /// First row of the table itself, below its title lines.
    first_row: u32,
    row: u32,
    column: usize,
    in_row: bool,
    /// For each column, the row before which a cell of an earlier row still stands in it.
    taken_until: Vec<u32>,
    cell: Option<OpenCell>,
    /// Cells with text.
    filled: u32,
    /// Most cells in a row.
    widest: usize,
}

struct OpenCell {
    row: u32,
    column: usize,
    text: String,
    kept: Option<Kept>,
}

impl<'a> Page<'a> {
    fn new(limits: &'a Limits) -> Page<'a> {
        Page {
            limits,
            fault: None,
            title: String::new(),
            asks_password: false,
            lines: Vec::new(),
            line: String::new(),
            open: Vec::new(),
            done: Vec::new(),
            hidden: None,
            in_title: false,
            day_zero: DAY_ZERO,
            spanned: 0,
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_title {
            self.title.extend(text.chars().take(200_usize.saturating_sub(self.title.len())));
            return;
        }
        if self.hidden.is_some() || self.fault.is_some() {
            return;
        }
        let limit = self.limits.text_bytes;
        let target = match self.open.last_mut() {
            Some(table) => match &mut table.cell {
                Some(cell) => &mut cell.text,
                None => return,
            },
            None => &mut self.line,
        };
        push_collapsed(target, text);
        if target.len() > limit {
            if self.open.is_empty() {
                self.end_line();
            } else {
                self.fault = Some(limits::exceeded("text-bytes", limit as u64));
            }
        }
    }

    fn start(&mut self, tag: &Tag) {
        if self.hidden.is_some() || self.fault.is_some() {
            return;
        }
        match &*tag.name {
            "script" | "style" | "xml" | "xmp" | "noframes" | "textarea" if !tag.self_closing => {
                self.hidden = Some(tag.name.to_string());
            }
            "title" => self.in_title = true,
            "input" => {
                self.asks_password |= attribute(tag, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("password"))
            }
            "table" => self.start_table(),
            "tr" => self.start_row(tag),
            "td" | "th" => self.start_cell(tag),
            "br" => self.line_break(),
            "p" | "div" | "h1" | "h2" | "h3" | "h4" | "li" | "caption" => self.line_break(),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if let Some(hidden) = &self.hidden {
            if hidden == name {
                self.hidden = None;
            }
            return;
        }
        match name {
            "title" => self.in_title = false,
            "td" | "th" => self.end_cell(),
            "tr" => self.end_row(),
            "table" => self.end_table(),
            "p" | "div" | "h1" | "h2" | "h3" | "h4" | "li" | "caption" => self.line_break(),
            _ => {}
        }
    }

    fn line_break(&mut self) {
        match self.open.last_mut() {
            Some(table) => {
                if let Some(cell) = &mut table.cell
                    && !cell.text.is_empty()
                    && !cell.text.ends_with('\n')
                {
                    cell.text.push('\n');
                }
            }
            None => self.end_line(),
        }
    }

    fn end_line(&mut self) {
        let line = self.line.trim();
        if !line.is_empty() {
            self.lines.push(line.to_owned());
            if self.lines.len() > TITLE_LINES {
                self.lines.remove(0);
            }
        }
        self.line.clear();
    }

    fn start_table(&mut self) {
        if self.open.len() >= DEPTH {
            return;
        }
        if self.open.is_empty() {
            self.end_line();
        }
        let mut table = Table::default();
        if self.open.is_empty() {
            for line in self.lines.drain(..) {
                if let Err(fault) = table.grid.put(table.row, 0, Cell::Text(&line), self.limits) {
                    self.fault = Some(fault);
                }
                table.row += 1;
            }
        }
        table.first_row = table.row;
        self.open.push(table);
    }

    fn end_table(&mut self) {
        self.end_row();
        let Some(mut table) = self.open.pop() else { return };
        if self.done.len() >= self.limits.sheets {
            self.fault = Some(limits::exceeded("sheets", self.limits.sheets as u64));
            return;
        }
        // A cell may say that it spans more rows than there are.
        let last = table.row.saturating_sub(1);
        for area in &mut table.merged {
            area.last_row = area.last_row.min(last).max(area.first_row);
        }
        table.merged.retain(|area| (area.first_row, area.first_column) != (area.last_row, area.last_column));
        if table.filled > 0 {
            self.done.push(table);
        }
    }

    fn start_row(&mut self, tag: &Tag) {
        self.end_row();
        let Some(table) = self.open.last_mut() else { return };
        table.in_row = true;
        table.column = 0;
        if attribute(tag, "style").is_some_and(is_hidden) {
            table.grid.hide_row(table.row);
        }
    }

    fn end_row(&mut self) {
        self.end_cell();
        if let Some(table) = self.open.last_mut()
            && table.in_row
        {
            table.in_row = false;
            table.row = table.row.saturating_add(1);
        }
    }

    fn start_cell(&mut self, tag: &Tag) {
        self.end_cell();
        let Some(table) = self.open.last_mut() else { return };
        // A cell without a row begins one.
        table.in_row = true;
        let number = |name| attribute(tag, name).and_then(|value| value.trim().parse::<u32>().ok());
        let columns = number("colspan").unwrap_or(1).max(1) as usize;
        let rows = number("rowspan").unwrap_or(1).clamp(1, 65_534);
        let (row, limit) = (table.row, self.limits.columns);
        while table.taken_until.get(table.column).is_some_and(|&until| until > row) {
            table.column += 1;
            self.spanned += 1;
        }
        let first = table.column;
        let end = first.saturating_add(columns.min(limit));
        if first >= limit {
            self.fault = Some(limits::exceeded("columns", limit as u64));
            return;
        }
        if table.taken_until.len() < end {
            table.taken_until.resize(end, 0);
        }
        for until in &mut table.taken_until[first..end] {
            *until = row.saturating_add(rows);
        }
        self.spanned += (end - first) as u64;
        if self.spanned > self.limits.cells {
            self.fault = Some(limits::exceeded("cells", self.limits.cells));
            return;
        }
        if (rows > 1 || columns > 1) && table.merged.len() < self.limits.merged_areas {
            table.merged.push(MergedArea {
                first_row: row,
                first_column: first as u32,
                last_row: row.saturating_add(rows - 1),
                last_column: (end - 1) as u32,
            });
        }
        table.column = end;
        table.widest = table.widest.max(end);
        table.cell = Some(OpenCell { row, column: first, text: String::new(), kept: Kept::of(tag) });
    }

    fn end_cell(&mut self) {
        let Some(table) = self.open.last_mut() else { return };
        let Some(cell) = table.cell.take() else { return };
        let text = cell.text.trim_matches([' ', '\n']);
        if text.is_empty() {
            return;
        }
        table.filled += 1;
        let value = match &cell.kept {
            Some(kept) => kept.cell(text, &mut self.day_zero),
            None => Cell::Text(text),
        };
        if let Err(fault) = table.grid.put(cell.row, cell.column as u32, value, self.limits) {
            self.fault = Some(fault);
        }
    }

    fn finish(mut self, stem: &str) -> Result<Vec<Sheet>, InputFault> {
        // A page that breaks off leaves tables open; what they hold is there.
        while !self.open.is_empty() && self.fault.is_none() {
            self.end_table();
        }
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let holds_data = self.done.iter().any(|table| table.widest > 1 && table.row > table.first_row + 1);
        if self.done.is_empty() || (self.asks_password && !holds_data) || (self.asks_password && self.done.len() <= 2) {
            return Err(no_data(self.title.trim(), self.asks_password));
        }
        let count = self.done.len();
        let tables = self.done.into_iter().enumerate();
        Ok(tables
            .map(|(position, table)| Sheet {
                name: if count == 1 { stem.to_owned() } else { format!("表{}", position + 1) },
                hidden: false,
                is_text: false,
                merged: table.merged,
                hidden_columns: Vec::new(),
                day_zero: self.day_zero,
                rows: Box::new(table.grid.into_rows(None)),
            })
            .collect())
    }
}

/// The fault of a page that is no table of data.
fn no_data(title: &str, asks_password: bool) -> InputFault {
    let (zh, en) = if asks_password {
        ("网页的登录页", "the login page of a web site")
    } else {
        ("不含表格数据的网页（例如出错提示页）", "a web page without tables of data, such as an error page")
    };
    let mut fault = faults::not_a_spreadsheet(zh, en);
    if !title.is_empty() {
        fault.message.zh.push_str(&format!("网页标题：“{title}”。"));
        fault.message.en.push_str(&format!(" Its title is “{title}”."));
    }
    fault.advice.zh = "多半是导出时系统未登录或出错，请重新登录系统导出后再提交。".to_owned();
    fault.advice.en =
        "The export probably failed or the session had ended: log in, export again and submit that.".to_owned();
    fault
}

fn attribute<'t>(tag: &'t Tag, name: &str) -> Option<&'t str> {
    tag.attrs.iter().find(|attribute| &*attribute.name.local == name).map(|attribute| &*attribute.value)
}

/// Whether a style says that nothing is shown.
fn is_hidden(style: &str) -> bool {
    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    style.contains("display:none")
}

/// Adds text with white space as a browser shows it: any run of it is one blank.
fn push_collapsed(target: &mut String, text: &str) {
    for c in text.chars() {
        let c = if matches!(c, '\u{A0}' | '\t' | '\n' | '\r' | '\u{C}') { ' ' } else { c };
        if c == ' ' && (target.is_empty() || target.ends_with([' ', '\n'])) {
            continue;
        }
        target.push(c);
    }
}
