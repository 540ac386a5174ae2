//! Yes and no in all their spellings, printed placeholders and ticked boxes.

use std::collections::BTreeMap;

use super::{Conversions, Reading, Value, text_of};
use crate::map::text::{is_space, squeeze};
use crate::read::Cell;

/// The spellings of yes and no that one field adds.
#[derive(Clone, Debug, Default)]
pub struct YesNoWords {
    special: BTreeMap<String, bool>,
}

impl YesNoWords {
    /// From the field's own spellings.
    pub fn new(yes: &[String], no: &[String]) -> YesNoWords {
        let words = yes.iter().map(|word| (word, true)).chain(no.iter().map(|word| (word, false)));
        YesNoWords { special: words.map(|(word, value)| (squeeze(word).into_owned(), value)).collect() }
    }

    /// What the field's own spellings say to a squeezed text.
    pub fn special(&self, squeezed: &str) -> Option<bool> {
        self.special.get(squeezed).copied()
    }
}

const YES: [&str; 38] = [
    "是",
    "有",
    "√",
    "✓",
    "✔",
    "☑",
    "■",
    "●",
    "🗹",
    "y",
    "yes",
    "true",
    "t",
    "已",
    "1",
    "达标",
    "对",
    "落实",
    "开展",
    "具备",
    "符合",
    "合格",
    "通过",
    "是的",
    "完成",
    "全部",
    "全部落实",
    "全面落实",
    "建立",
    "设置",
    "配备",
    "提供",
    "能",
    "可",
    "已达标",
    "齐全",
    "在岗",
    "v",
];
const NO: [&str; 34] = [
    "否",
    "无",
    "×",
    "✗",
    "✘",
    "✕",
    "✖",
    "╳",
    "☒",
    "☐",
    "□",
    "○",
    "n",
    "no",
    "false",
    "f",
    "未",
    "0",
    "不达标",
    "未达标",
    "没有",
    "不是",
    "不",
    "错",
    "不合格",
    "不符合",
    "不具备",
    "没",
    "不能",
    "不可",
    "x",
    "否定",
    "暂无",
    "尚未",
];

/// What a squeezed text says, by the spellings that hold for every field.
fn general(text: &str) -> Option<bool> {
    if YES.contains(&text) {
        return Some(true);
    }
    if NO.contains(&text) {
        return Some(false);
    }
    let length = text.chars().count();
    if (2..=8).contains(&length) && !text.contains(['/', '、', ',', '但', '部', '或']) {
        if matches!(
            text,
            "未知" | "不详" | "不清楚" | "未填" | "不确定" | "未定" | "无法判断" | "无法判定" | "待定" | "不明"
        ) {
            return None;
        }
        if text.starts_with('已') {
            return Some(true);
        }
        if text.starts_with(['未', '不', '没', '尚']) {
            return Some(false);
        }
    }
    None
}

/// Reads a yes-no cell. A printed 是/否 left as it was, or two empty boxes, mean that nothing was filled in.
pub fn yes_no<'a>(cell: Cell<'a>, words: &YesNoWords, log: &mut Conversions) -> Reading<'a> {
    let value = |value| Reading::Value(Value::YesNo(value));
    match cell {
        Cell::Bool(truth) => value(truth),
        Cell::Number { value: number, .. } if number == 1.0 || number == 0.0 => {
            log.note("yes-no-spelling", &text_of(cell));
            value(number == 1.0)
        }
        Cell::Text(text) => {
            match text {
                "是" | "有" => return value(true),
                "否" => return value(false),
                _ => {}
            }
            let squeezed = squeeze(text);
            if let Some(truth) = words.special(&squeezed) {
                return value(truth);
            }
            match &*squeezed {
                "是" | "有" => return value(true),
                "否" | "无" => return value(false),
                _ => {}
            }
            if let Some(truth) = general(&squeezed) {
                log.note("yes-no-spelling", text);
                return value(truth);
            }
            match boxes(&squeezed) {
                Boxes::None => {}
                Boxes::Empty => return Reading::Blank,
                Boxes::Ticked(truth) => {
                    log.note("yes-no-boxes", text);
                    return value(truth);
                }
                Boxes::Both => return Reading::Unreadable(text_of(cell)),
            }
            // 是（远程）, 是，已全面落实: the answer and then a remark.
            let answer = squeezed.split(['(', ',', '。', ';', ':', '、', '[', '!']).next().unwrap_or("");
            if answer.len() < squeezed.len()
                && let Some(truth) = words.special(answer).or_else(|| general(answer))
            {
                log.note("remark-removed", text);
                return value(truth);
            }
            Reading::Unreadable(text_of(cell))
        }
        _ => Reading::Unreadable(text_of(cell)),
    }
}

enum Boxes {
    /// The text is no pair of answers.
    None,
    Empty,
    Ticked(bool),
    Both,
}

/// Which of two printed answers is ticked: `是☑ 否☐`, `√是 □否`, `是(√) 否( )`, `是√ 否`.
fn boxes(squeezed: &str) -> Boxes {
    let text: String = squeezed.replace("()", "□").replace("[]", "□");
    let text: String = text
        .chars()
        .filter(|c| !matches!(c, '(' | ')' | '[' | ']' | '/' | '、' | ',' | '|' | '或' | '_') && !is_space(*c))
        .collect();
    let tick = |c: char| matches!(c, '☑' | '✓' | '✔' | '√' | '■' | '●' | '⊙' | '◉' | '☒' | '🗹' | 'v' | '▣' | '◆');
    let empty = |c: char| matches!(c, '☐' | '□' | '○' | '◯' | '◇' | '×');
    let mut answers: Vec<(bool, bool)> = Vec::new();
    let mut marks: Vec<(usize, bool)> = Vec::new();
    let mut rest = text.as_str();
    let starts_with_mark = rest.starts_with(tick) || rest.starts_with(empty);
    'read: while let Some(c) = rest.chars().next() {
        if tick(c) || empty(c) {
            marks.push((answers.len(), tick(c)));
            rest = &rest[c.len_utf8()..];
            continue;
        }
        // Longer words first, so that 没有 is not read as 有.
        for (word, truth) in [
            ("没有", false),
            ("未达标", false),
            ("不达标", false),
            ("达标", true),
            ("是", true),
            ("否", false),
            ("有", true),
            ("无", false),
            ("已", true),
            ("未", false),
        ] {
            if let Some(after) = rest.strip_prefix(word) {
                answers.push((truth, false));
                rest = after;
                continue 'read;
            }
        }
        return Boxes::None;
    }
    if answers.len() != 2 || answers[0].0 == answers[1].0 {
        return Boxes::None;
    }
    for (before, ticked) in marks {
        // A mark before its answer belongs to the next one, else to the one just passed.
        let index = if starts_with_mark { before } else { before.wrapping_sub(1) };
        if let Some(answer) = answers.get_mut(index) {
            answer.1 |= ticked;
        }
    }
    match (answers[0].1, answers[1].1) {
        (false, false) => Boxes::Empty,
        (true, true) => Boxes::Both,
        (true, false) => Boxes::Ticked(answers[0].0),
        (false, true) => Boxes::Ticked(answers[1].0),
    }
}
