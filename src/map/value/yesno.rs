//! Yes and no in all their spellings, printed placeholders and ticked boxes.

use std::collections::BTreeMap;

use super::count::Counted;
use super::{Conversions, Reading, Value, text_of};
use crate::map::text::{is_space, squeeze};
use crate::map::traditional::simplified;
use crate::pack::Field;
use crate::read::Cell;

/// The spellings of yes and no that one field adds.
#[derive(Clone, Debug, Default)]
pub struct YesNoWords {
    special: BTreeMap<String, bool>,
    /// How a count answers the question, where it does: 2台 is yes, 0 is no.
    counted: Option<Counted>,
}

impl YesNoWords {
    /// From the field's own spellings, and from its unit and names where it can be counted.
    pub fn new(field: &Field) -> YesNoWords {
        let words = field.yes.iter().map(|word| (word, true)).chain(field.no.iter().map(|word| (word, false)));
        YesNoWords {
            special: words.map(|(word, value)| (squeeze(word).into_owned(), value)).collect(),
            counted: Counted::new(field),
        }
    }

    /// What the field's own spellings say to a squeezed text.
    pub fn special(&self, squeezed: &str) -> Option<bool> {
        self.special.get(squeezed).copied()
    }

    /// Adds codes that a heading explains, where it explains one for yes and one for no.
    pub fn explain(&mut self, legend: &[(String, String)]) {
        let answer = |words: &str| self.special(words).or_else(|| general(words));
        let codes: Option<Vec<(String, bool)>> =
            legend.iter().map(|(code, words)| Some((code.clone(), answer(words)?))).collect();
        let codes = codes.unwrap_or_default();
        if codes.iter().any(|(_, truth)| *truth) && codes.iter().any(|(_, truth)| !truth) {
            self.special.extend(codes);
        }
    }

    fn count(&self, cell: Cell<'_>) -> Option<bool> {
        self.counted.as_ref()?.answer(cell)
    }
}

const YES: &[&str] = &[
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
    "v",
    "1",
    "对",
    "是的",
    "能",
    "可",
    "会",
    "ok",
    "已",
    "均有",
    "都有",
    "均是",
    "都是",
    "具有",
    "具备",
    "符合",
    "合格",
    "达标",
    "已达标",
    "均达标",
    "全部达标",
    "达到",
    "通过",
    "完成",
    "落实",
    "全部",
    "全部落实",
    "全面落实",
    "均落实",
    "落实到位",
    "到位",
    "开展",
    "全面开展",
    "正常开展",
    "正在开展",
    "均开展",
    "开展中",
    "定期开展",
    "常态化开展",
    "建立",
    "建成",
    "健全",
    "完善",
    "设置",
    "设立",
    "开设",
    "成立",
    "组建",
    "配备",
    "配置",
    "配齐",
    "配备齐全",
    "提供",
    "齐全",
    "齐备",
    "在岗",
    "实行",
    "全面实行",
    "推行",
    "全面推行",
    "实施",
    "全面实施",
    "正在实施",
    "执行",
    "正常执行",
    "严格执行",
    "参与",
    "参加",
    "加入",
    "纳入",
    "全部纳入",
    "安装",
    "开通",
    "启用",
    "在用",
    "使用",
    "运行",
    "正常运行",
    "运行中",
    "签订",
    "覆盖",
    "全覆盖",
    "全部覆盖",
    "可以",
    "能够",
    "支持",
    "认可",
    "互认",
    "互通",
    "享受",
    "同意",
    "属于",
    // Answers to 用不用, 设没设 and their like.
    "用",
    "设",
    "配",
    "建",
    "签",
    "做",
    "开",
];
const NO: &[&str] = &[
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
    "x",
    "0",
    "错",
    "未",
    "不",
    "没",
    "不是",
    "没有",
    "不能",
    "不可",
    "不达标",
    "未达标",
    "不合格",
    "不符合",
    "不具备",
    "否定",
    "暂无",
    "尚未",
    "尚无",
    "全无",
    "全部没有",
    "在建",
    "建设中",
    "正在建设",
    "筹建",
    "筹建中",
    "筹备中",
    "正在筹建",
    "正在筹备",
    "拟建",
    "拟设",
    "拟开展",
    "待建",
    "待建设",
    "待开展",
    "待配备",
    "待采购",
    "拟配备",
    "拟采购",
    "采购中",
    "正在采购",
    "组建中",
    "正在组建",
    "创建中",
    "正在创建",
    "申报中",
    "申请中",
    "计划中",
    "规划中",
    "计划建设",
    "计划开展",
    "准备开展",
    "停用",
    "停诊",
    "停办",
    "撤销",
    "取消",
    "无此项",
    "无设备",
    "无开展",
    "无配备",
    "无设置",
    "无安排",
    "无培训",
];

/// What a text says that begins so, where it is short and names nothing but the answer. The first that fits decides, so
/// that what sounds like a denial and is none, and a state that has ended, stand before the general beginnings.
const BEGINNINGS: &[(&[&str], Option<bool>)] = &[
    (
        &[
            "不少",
            "不低",
            "不止",
            "不限",
            "不缺",
            "不错",
            "不断",
            "不详",
            "不清",
            "不确",
            "不明",
            "不适用",
            "不涉及",
            "未知",
            "未填",
            "未定",
        ],
        None,
    ),
    (&["未见", "未发现", "未闻", "没问题", "没异", "未满", "已死亡", "已故", "已去世"], None),
    (
        &[
            "已停",
            "已撤",
            "已取消",
            "已关停",
            "已关闭",
            "已拆",
            "已过期",
            "已失效",
            "已损坏",
            "已报废",
            "已终止",
            "已暂停",
            "已解约",
            "已退出",
            "已注销",
        ],
        Some(false),
    ),
    (
        &[
            "均未", "均无", "均没", "均不", "都未", "都没", "都无", "都不", "全未", "从未", "从不", "仍未", "还未",
            "还没", "尚未", "尚无", "尚不", "尚没", "并未", "并无",
        ],
        Some(false),
    ),
    (&["已", "均已", "都已", "全部已", "业已", "现已"], Some(true)),
    (&["设有", "建有", "配有"], Some(true)),
    (&["未", "不", "没"], Some(false)),
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
    if !(2..=8).contains(&length) || text.contains(['/', '、', ',', '但', '部', '或']) {
        return None;
    }
    let begins = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
    BEGINNINGS.iter().find(|(words, _)| begins(words)).and_then(|(_, answer)| *answer)
}

/// Reads a yes-no cell. A printed 是/否 left as it was, or two empty boxes, mean that nothing was filled in.
pub fn yes_no<'a>(cell: Cell<'a>, words: &YesNoWords, log: &mut Conversions) -> Reading<'a> {
    let value = |value| Reading::Value(Value::YesNo(value));
    match cell {
        Cell::Bool(truth) => value(truth),
        Cell::Number { value: number, .. } => {
            let truth = words.special(&text_of(cell)).or_else(|| words.count(cell));
            let truth = truth.or((number == 0.0).then_some(false)).or((number == 1.0).then_some(true));
            truth.map_or_else(
                || Reading::Unreadable(text_of(cell)),
                |truth| {
                    log.note("yes-no-spelling", &text_of(cell));
                    value(truth)
                },
            )
        }
        Cell::Text(text) => {
            match text {
                "是" | "有" => return value(true),
                "否" => return value(false),
                _ => {}
            }
            let simple = simplified(text);
            let squeezed = squeeze(simple.as_deref().unwrap_or(text));
            if let Some(truth) = words.special(&squeezed) {
                return value(truth);
            }
            match &*squeezed {
                "是" | "有" => return value(true),
                "否" | "无" => return value(false),
                _ => {}
            }
            // 配有轮椅0台 begins like a yes: the count outweighs the words.
            if let Some(truth) = words.count(Cell::Text(&squeezed)).or_else(|| general(&squeezed)) {
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
            // 是（远程）, 是，已全面落实: the answer and then a remark. A remark that takes the answer back leaves none:
            // 是，但未落实.
            let answer = squeezed.split(['(', ',', '。', ';', ':', '、', '[', '!']).next().unwrap_or("");
            if answer.len() < squeezed.len()
                && let Some(truth) = words.special(answer).or_else(|| general(answer))
                && !(truth && ["但", "未", "没"].iter().any(|word| squeezed[answer.len()..].contains(word)))
            {
                log.note("remark-removed", text);
                return value(truth);
            }
            Reading::Unreadable(text_of(cell))
        }
        _ => words.count(cell).map_or_else(
            || Reading::Unreadable(text_of(cell)),
            |truth| {
                log.note("yes-no-spelling", &text_of(cell));
                value(truth)
            },
        ),
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
