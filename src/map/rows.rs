//! Which rows under the headings are records, and which are totals, notes, groups, numbers of columns or examples.

use std::borrow::Cow;

use super::below::is_value;
use super::grid::FillDown;
use super::text::{fold, is_space, squeeze, words};
use super::value::{is_blank, text_of};
use crate::read::{Cell, Row};

/// Why a row under the headings is no record; the stable key of reports.
pub mod skip {
    pub const TOTAL: &str = "total";
    pub const NOTE: &str = "note";
    pub const REPEATED: &str = "repeated-heading";
    pub const NUMBERING: &str = "column-numbers";
    pub const INSTRUCTION: &str = "instruction";
    pub const EXAMPLE: &str = "example";
    pub const GROUP: &str = "group-row";
    pub const TITLE: &str = "repeated-title";
}

const TOTALS: [&str; 12] =
    ["合计", "小计", "总计", "累计", "共计", "总数", "平均", "本页合计", "本页小计", "合计数", "总合计", "平均值"];

/// The whole of a region as the label of a row.
pub const WHOLES: [&str; 5] = ["全市", "全县", "全区", "全省", "全州"];
/// Every label of a row of totals has one of these.
const TOTAL_LETTERS: [char; 4] = ['计', '均', '数', '全'];

/// Whether a folded text is the label of a row of totals. Only the whole word counts: an institution may be named 合计….
pub fn is_total_label(folded: &str) -> bool {
    if !folded.contains(TOTAL_LETTERS) || folded.chars().count() > 14 {
        return false;
    }
    let word = words(folded);
    if WHOLES.contains(&word.as_str()) || TOTALS.contains(&word.as_str()) {
        return true;
    }
    // 全市合计, 碑林区小计, 1月合计
    ["合计", "小计", "总计"].iter().any(|total| word.ends_with(total)) && word.chars().count() <= 8
}

/// The word with which a note or a footer begins, where the folded text begins with one.
pub fn note_word(folded: &str) -> Option<&'static str> {
    const WITH_COLON: [&str; 48] = [
        "注",
        "备注",
        "说明",
        "填表说明",
        "填报说明",
        "附注",
        "填表人",
        "填报人",
        "制表人",
        "制表",
        "审核人",
        "审核",
        "复核",
        "负责人",
        "单位负责人",
        "分管领导",
        "主管领导",
        "联系人",
        "联系电话",
        "电话",
        "数据来源",
        "资料来源",
        "来源",
        "填表日期",
        "填报日期",
        "填报时间",
        "填报单位",
        "报送单位",
        "单位盖章",
        "填表单位",
        "日期",
        "经办人",
        "报送人",
        "统计人",
        "填表",
        "填报",
        "填写人",
        "制表日期",
        "制表时间",
        "审批",
        "审签",
        "校对",
        "校核",
        "签字",
        "签章",
        "盖章",
        "录入人",
        "单位领导",
    ];
    let text = folded.trim_start_matches(['*', '※', '(', '【', '[']);
    let head_end = text.find([':', ')', '】', ']']).unwrap_or(text.len());
    if head_end < text.len() {
        let head: String = text[..head_end].chars().filter(|&c| !is_space(c)).collect();
        let head = head.split('(').next().unwrap_or("");
        let head = head.trim_end_matches(|c: char| c.is_ascii_digit());
        return WITH_COLON.into_iter().find(|word| *word == head);
    }
    let long = text.chars().count() > 6;
    if text.starts_with("注意事项")
        || long
            && ["注 ", "注1", "注、", "注.", "填表说明", "填报说明", "数据来源"]
                .iter()
                .any(|word| text.starts_with(word))
    {
        return Some("注");
    }
    None
}

/// Whether a cell holds a dash or a stroke for a blank, or :---: as in a table in plain text.
fn says_nothing(cell: Cell<'_>) -> bool {
    let Cell::Text(text) = cell else { return false };
    let text = text.trim_matches(|c| is_space(c) || c == ':');
    !text.starts_with(|c: char| c.is_alphanumeric()) && is_blank(&fold(text))
}

/// Whether a text ends with the number of its members, as 北京市（92所） does.
fn counts_members(cell: Cell<'_>) -> bool {
    let Cell::Text(text) = cell else { return false };
    let folded = fold(text);
    let Some((_, inside)) = folded.strip_suffix(')').and_then(|text| text.rsplit_once('(')) else { return false };
    let inside = inside.strip_prefix('共').unwrap_or(inside);
    let unit = inside.trim_start_matches(|c: char| c.is_ascii_digit());
    unit.len() < inside.len() && matches!(unit, "所" | "家" | "个" | "人" | "户" | "名" | "村" | "" | "例" | "条")
}

/// Whether a squeezed text numbers a page: 第1页, 第1页共3页, 共3页, -1-.
fn is_page_number(squeezed: &str) -> bool {
    let text: String = squeezed.chars().filter(|c| !c.is_ascii_digit() && !matches!(c, ',' | '/' | '、')).collect();
    text.len() < squeezed.len() && matches!(text.as_str(), "第页" | "共页" | "第页共页" | "第页(共页)" | "--" | "页")
}

/// Whether a folded text marks an example.
fn is_example(folded: &str) -> bool {
    let text = folded.trim_start_matches(['(', '【', '[', '*']);
    ["示例", "样例", "范例", "例:", "例如", "举例", "填写示例", "例)"].iter().any(|word| text.starts_with(word))
        || text == "例"
}

/// Whether a folded text tells how to fill in a column.
fn is_instruction(folded: &str) -> bool {
    [
        "填写",
        "请填",
        "如:",
        "如：",
        "必填",
        "选填",
        "格式",
        "下拉",
        "例如",
        "填\"",
        "填“",
        "(必填",
        "(选填",
        "按照",
        "精确到",
        "单选",
        "多选",
        "文本格式",
        "数字格式",
        "日期格式",
    ]
    .iter()
    .any(|word| folded.starts_with(word))
        || folded.contains("填写") && folded.chars().count() <= 60
        || folded.contains("格式:")
        || matches!(folded, "是/否" | "有/无" | "文本" | "数字" | "日期" | "数值" | "整数" | "是或否")
}

/// The characters with which notes and footers begin.
const BEGINNINGS: &str = "注备说填附制审复负单分主联电数资来报日经统校签盖录";

/// Rows under the headings that may still be instructions.
const EARLY: u32 = 4;

/// Tells records from other rows of one table, row by row.
#[derive(Clone, Debug)]
pub struct RowFilter {
    columns: (u32, u32),
    /// Squeezed texts of the headings by column, lowest first.
    headings: Vec<(u32, Vec<String>)>,
    /// Columns that name what a record is about; a row that fills one of them alone may be a record.
    names: Vec<u32>,
    titles: Vec<String>,
    /// Whether the row before was a note, which later lines may continue.
    in_notes: bool,
    /// Whether that is only supposed, since the row before is with another filter, and whether anything hung on it.
    supposed: bool,
    suppose_notes: bool,
    relied: bool,
    /// Rows looked at so far, while the first few may still be instructions.
    seen: u32,
}

impl RowFilter {
    /// For a table of these columns, headings and title lines.
    pub fn new(
        columns: (u32, u32),
        headings: Vec<(u32, Vec<String>)>,
        names: Vec<u32>,
        titles: Vec<String>,
    ) -> RowFilter {
        RowFilter {
            columns,
            headings,
            names,
            titles,
            in_notes: false,
            supposed: false,
            suppose_notes: false,
            relied: false,
            seen: 0,
        }
    }

    /// First and last column of the table.
    pub fn columns(&self) -> (u32, u32) {
        self.columns
    }

    /// Whether the first rows, among which numbers of columns and instructions stand, have gone by.
    pub fn is_settled(&self) -> bool {
        self.seen >= EARLY
    }

    /// Supposes, for rows whose predecessor is not known yet, that it was a note or that it was none.
    pub fn suppose(&mut self, in_notes: bool) {
        (self.in_notes, self.supposed, self.relied) = (in_notes, true, false);
        self.suppose_notes = in_notes;
    }

    /// Whether the rows of `before` ended otherwise than was supposed, and anything hung on it.
    pub fn is_wrong_after(&self, before: &RowFilter) -> bool {
        self.relied && before.in_notes != self.suppose_notes
    }

    /// Takes over how the rows ended that `fork` judged after those of this filter.
    pub fn follow(&mut self, fork: &RowFilter) {
        if !fork.supposed {
            self.in_notes = fork.in_notes;
        }
    }

    /// `None` for a record, `Some(None)` for an empty row, else why the row is no record.
    pub fn judge(&mut self, row: &Row, fill: &FillDown) -> Option<Option<&'static str>> {
        let mut filled = 0_u32;
        let mut first: Option<(u32, Cell<'_>)> = None;
        let mut second: Option<(u32, Cell<'_>)> = None;
        for column in self.columns.0..=self.columns.1.min(row.len().saturating_sub(1) as u32) {
            let cell = row.get(column as usize);
            let is_filled = match cell {
                Cell::Empty => false,
                Cell::Text(text) => !text.chars().all(is_space),
                _ => true,
            };
            if !is_filled {
                continue;
            }
            filled += 1;
            match filled {
                1 => first = Some((column, cell)),
                2 => second = Some((column, cell)),
                _ => break,
            }
        }
        let Some((column, cell)) = first else { return Some(None) };
        // A row of dashes or strokes, as under the headings of a table in plain text, says nothing at all.
        if says_nothing(cell) && second.is_none_or(|(_, cell)| says_nothing(cell)) && self.says_nothing(row) {
            return Some(None);
        }
        let early = self.seen < EARLY;
        self.seen = self.seen.saturating_add(1);
        if let Some(why) = self.special(row, column, cell, second, filled, early) {
            return Some(Some(why));
        }
        if filled == 1 {
            self.relied |= self.supposed;
            if self.in_notes {
                return Some(Some(skip::NOTE));
            }
            // A row that says one thing only heads a group, unless it names a record or fills up a merged one.
            let is_name = self.names.contains(&column) && !fill.is_across(row.index, column) && !counts_members(cell);
            let continues =
                (self.columns.0..=self.columns.1).any(|c| c != column && fill.cell(row, c) != row.get(c as usize));
            if matches!(cell, Cell::Text(_)) && !is_name && !continues && self.headings.len() >= 3 {
                return Some(Some(skip::GROUP));
            }
        }
        (self.in_notes, self.supposed) = (false, false);
        None
    }

    fn says_nothing(&self, row: &Row) -> bool {
        let last = self.columns.1.min(row.len().saturating_sub(1) as u32);
        (self.columns.0..=last).all(|column| match row.get(column as usize) {
            Cell::Empty => true,
            cell => says_nothing(cell),
        })
    }

    /// Whether a row of these cells, which none fills up from a merged area, is certainly a record: then it is counted
    /// as one. What is left open [`RowFilter::judge`] decides.
    pub fn passes<'t>(&mut self, cells: usize, cell: impl Fn(usize) -> &'t str) -> bool {
        if !self.is_settled() || cells == 0 {
            return false;
        }
        let last = (self.columns.1 as usize).min(cells - 1);
        let is_filled = |text: &&str| match text.as_bytes().first() {
            None => false,
            Some(b'!'..=b'~') => true,
            _ => !text.chars().all(is_space),
        };
        let own = (self.columns.0 as usize..=last).map(|at| (at as u32, cell(at)));
        let mut filled = own.filter(|(_, text)| is_filled(text));
        let (Some((column, first)), Some((_, second))) = (filled.next(), filled.next()) else { return false };
        // A row of titles has one cell or labels with colons, and a row of headings has no number.
        let is_other = !second.contains([':', '：']) && (0..cells).any(|at| is_value(cell(at)));
        // Numbers of records, as most ledgers begin with, are no words.
        let is_number = first.len() <= 18 && first.bytes().all(|byte| byte.is_ascii_digit());
        let heading = self.headings.iter().find(|(at, _)| *at == column);
        let is_heading = |parts: &[String]| parts.iter().any(|part| part.starts_with(|c: char| c.is_ascii_digit()));
        let is_harmless = is_number && !heading.is_some_and(|(_, parts)| is_heading(parts));
        if !is_other
            || !(is_harmless || self.is_harmless(column, first))
            || second.len() <= 64 && second.contains(['计', '均'])
        {
            return false;
        }
        (self.in_notes, self.supposed) = (false, false);
        true
    }

    /// Whether the first cell of a row of several is certainly none of the words by which other rows are known.
    fn is_harmless(&self, column: u32, text: &str) -> bool {
        let trimmed = text.trim_start_matches(|c| is_space(c) || matches!(c, '(' | '（' | '*' | '※' | '【' | '['));
        let Some(begins) = trimmed.chars().next() else { return false };
        let is_known = BEGINNINGS.contains(begins) || matches!(begins, '示' | '例' | '样' | '范');
        let is_total = text.len() <= 64 && text.contains(TOTAL_LETTERS);
        !(is_known || is_total || self.is_heading(column, text))
    }

    fn special(
        &mut self,
        row: &Row,
        column: u32,
        cell: Cell<'_>,
        second: Option<(u32, Cell<'_>)>,
        filled: u32,
        early: bool,
    ) -> Option<&'static str> {
        if early && self.is_numbering(row) {
            return Some(skip::NUMBERING);
        }
        if let Some((_, Cell::Text(text))) = second
            && text.len() <= 64
            && text.contains(['计', '均'])
            && self.is_total(text)
        {
            return Some(skip::TOTAL);
        }
        let Cell::Text(text) = cell else { return None };
        if text.len() <= 64 && text.contains(TOTAL_LETTERS) && self.is_total(text) {
            return Some(skip::TOTAL);
        }
        if self.is_repeated(row, column, text) {
            return Some(skip::REPEATED);
        }
        let trimmed = text.trim_start_matches(|c| is_space(c) || matches!(c, '(' | '（' | '*' | '※' | '【' | '['));
        let begins = trimmed.chars().next()?;
        if BEGINNINGS.contains(begins) {
            let folded = fold(text);
            if note_word(&folded).is_some() {
                (self.in_notes, self.supposed) = (true, false);
                return Some(skip::NOTE);
            }
        }
        if early {
            let folded = fold(text);
            if is_example(&folded) || second.is_some_and(|(_, cell)| is_example(&fold(&text_of(cell)))) {
                return Some(skip::EXAMPLE);
            }
            if self.is_instruction_row(row) {
                return Some(skip::INSTRUCTION);
            }
        } else if matches!(begins, '示' | '例' | '样' | '范') && is_example(&fold(text)) {
            return Some(skip::EXAMPLE);
        }
        if filled == 1 && is_page_number(&squeeze(text)) {
            return Some(skip::NOTE);
        }
        if filled == 1 && self.titles.iter().any(|title| *title == *squeeze(text)) {
            return Some(skip::TITLE);
        }
        None
    }

    /// Whether the row says the headings again.
    pub fn repeats(&self, row: &Row) -> bool {
        let columns = self.columns.0..=self.columns.1.min(row.len().saturating_sub(1) as u32);
        columns
            .map(|column| (column, row.get(column as usize)))
            .find(|(_, cell)| *cell != Cell::Empty)
            .is_some_and(|(column, cell)| matches!(cell, Cell::Text(text) if self.is_repeated(row, column, text)))
    }

    fn is_total(&self, text: &str) -> bool {
        is_total_label(&fold(text))
    }

    /// Whether the text is that of the heading of the column.
    fn is_heading(&self, column: u32, text: &str) -> bool {
        let Some((_, parts)) = self.headings.iter().find(|(at, _)| *at == column) else { return false };
        let text = squeeze(text);
        parts.iter().any(|part| *part == *text)
    }

    fn is_repeated(&self, row: &Row, column: u32, text: &str) -> bool {
        // The first cell decides quickly for nearly every row.
        if !self.is_heading(column, text) {
            return false;
        }
        let (mut same, mut all) = (0, 0);
        for (column, _) in &self.headings {
            if let Cell::Text(text) = row.get(*column as usize) {
                all += 1;
                same += usize::from(self.is_heading(*column, text));
            }
        }
        same >= 2 && same * 5 >= all * 3 || all == 1 && self.headings.len() == 1
    }

    /// 1 2 3 4 or A B C or 甲 1 2 3 under the headings.
    fn is_numbering(&self, row: &Row) -> bool {
        let mut expected: Option<u32> = None;
        let mut count = 0;
        for (column, _) in &self.headings {
            let cell = row.get(*column as usize);
            let text: Cow<'_, str> = match cell {
                Cell::Empty => continue,
                other => text_of(other),
            };
            let folded = fold(&text);
            let inner = folded.trim_matches(['(', ')', '<', '>', '[', ']']);
            let number = match inner.parse::<u32>() {
                Ok(number) => number,
                Err(_) => match inner.as_bytes() {
                    [letter] if letter.is_ascii_alphabetic() => 100 + u32::from(letter.to_ascii_uppercase() - b'A'),
                    _ if matches!(inner, "甲" | "乙" | "丙" | "丁" | "序号" | "栏次" | "列号")
                        && expected.is_none() =>
                    {
                        continue;
                    }
                    _ => return false,
                },
            };
            if expected.map_or(number > 1 && number != 100, |expected| number != expected) {
                return false;
            }
            expected = Some(number + 1);
            count += 1;
        }
        count >= 3
    }

    fn is_instruction_row(&self, row: &Row) -> bool {
        let (mut told, mut filled) = (0, 0);
        for (column, _) in &self.headings {
            let Cell::Text(text) = row.get(*column as usize) else {
                if row.get(*column as usize) != Cell::Empty {
                    return false;
                }
                continue;
            };
            let folded = fold(text);
            if is_blank(&folded) {
                continue;
            }
            filled += 1;
            told += usize::from(is_instruction(&folded));
        }
        told > 0 && told * 2 >= filled
    }
}
