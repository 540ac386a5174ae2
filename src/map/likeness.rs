//! How near a heading comes to the name of a field: letters in common, names inside longer headings.

use super::dictionary::{Dictionary, Target};
use super::heading::TAKE;
use crate::pack::LedgerKind;

/// Words that make another thing of what follows them, so that a heading that ends with a name does not mean it.
const CHANGING: [&str; 36] = [
    "未", "不", "无", "非", "前", "后", "首", "末", "上", "下", "续", "退", "欠", "缺", "拟", "应", "去", "除", "另",
    "转", "均", "增", "减", "停", "撤", "解", "再", "替", "外", "累计", "计划", "目标", "其他", "预计", "预期", "原定",
];

/// Words by which a heading speaks of what is planned, owed or counted up, and not of what is.
const SUPPOSED: [&str; 9] = ["预计", "预期", "原定", "计划", "目标", "累计", "其他", "拟", "应"];

/// Whether one of the two speaks of what is planned or owed, and the other does not.
fn supposes_otherwise(a: &str, b: &str) -> bool {
    SUPPOSED.iter().any(|word| a.contains(word) != b.contains(word))
}

/// Whether the heading says all words of the name, in whatever order and with others between them: 病情控制稳定 says 病情稳定.
fn says_all(text: &str, name: &str) -> bool {
    // Most names have a letter that the heading lacks, which is quicker to see than where the pieces are.
    if !name.chars().all(|letter| text.contains(letter)) {
        return false;
    }
    let (letters, wanted): (Vec<char>, Vec<char>) = (text.chars().collect(), name.chars().collect());
    let mut free = vec![true; letters.len()];
    let mut at = 0;
    while at < wanted.len() {
        // The longest piece of the name from here on that the heading has, of two letters at least.
        let piece = (2..=wanted.len() - at).rev().find_map(|length| {
            let starts = letters.windows(length).enumerate();
            let mut fitting = starts.filter(|(start, window)| {
                **window == wanted[at..at + length] && free[*start..*start + length].iter().all(|free| *free)
            });
            fitting.next().map(|(start, _)| (start, length))
        });
        let Some((start, length)) = piece else { return false };
        free[start..start + length].fill(false);
        at += length;
    }
    let rest: String = letters.iter().zip(&free).filter(|(_, free)| **free).map(|(letter, _)| *letter).collect();
    !CHANGING.iter().any(|word| rest.contains(word)) && !rest.contains(|c: char| c.is_ascii_digit())
}

/// The fields whose whole name the heading ends with, behind words that only say more closely what is meant, as
/// 政策范围内住院报销比例 does, and those it begins with before another thing in the same cell (药品名称及规格).
///
/// Only names that few kinds know may stand so: 转出机构名称 is no 机构名称. Of several the longest counts.
pub fn held(dictionary: &Dictionary, kind_index: usize, kind: &LedgerKind, texts: &[&str]) -> Vec<(Target, u8)> {
    let mut found: Vec<(usize, Target, u8)> = Vec::new();
    for names in dictionary.names(kind_index) {
        let Target::Field(field) = names.target else { continue };
        let Some(field) = kind.fields.get(field) else { continue };
        let is_common = || dictionary.kinds.iter().filter(|kind| kind.field(&field.name).is_some()).count() > 4;
        let all = || names.plain.iter().chain(&names.bare);
        for (text, name) in texts.iter().flat_map(|text| all().map(move |name| (*text, name))) {
            if text.len() <= name.len() {
                continue;
            }
            let (length, whole) = (name.chars().count(), text.chars().count());
            if !(length >= 4 || length == 3 && whole <= 6) {
                continue;
            }
            let is_end = text.strip_suffix(name.as_str()).is_some_and(|rest| {
                !CHANGING.iter().any(|word| rest.contains(word)) && !rest.contains(|c: char| c.is_ascii_digit())
            });
            let is_begin = text.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with(['及', '和', '与']));
            if (is_end || is_begin) && !is_common() && !dictionary.other_person(text, &names.bare) {
                let share = length * 18 / whole.max(1);
                found.push((length, names.target, TAKE + 2 + share as u8));
            } else if length >= 4
                && length * 2 > whole
                && says_all(text, name)
                && !is_common()
                && !dictionary.other_person(text, &names.bare)
            {
                // A name in pieces says less than one that stands there whole.
                let share = length * 12 / whole.max(1);
                found.push((length - 1, names.target, TAKE - 2 + share as u8));
            }
        }
    }
    let longest = found.iter().map(|(length, ..)| *length).max().unwrap_or(0);
    found.retain(|(length, ..)| *length == longest);
    found.into_iter().map(|(_, target, score)| (target, score)).collect()
}

/// The only field of the kind with a name that begins or ends with the short heading: 辨识 stands for 体质辨识.
pub fn part_of(dictionary: &Dictionary, kind_index: usize, texts: &[&str]) -> Option<Target> {
    let mut found = None;
    let short = texts.iter().filter(|text| (2..=4).contains(&text.chars().count()));
    for text in short {
        for names in dictionary.names(kind_index) {
            let is_part = |name: &String| name.len() > text.len() && (name.starts_with(text) || name.ends_with(text));
            if names.bare.iter().any(is_part) && found.replace(names.target).is_some_and(|other| other != names.target)
            {
                return None;
            }
        }
    }
    found
}

/// What was done about a thing, behind its name: 经费到位, 编制统筹使用.
pub const DEEDS: [&str; 13] =
    ["落实", "到位", "使用", "政策", "工作", "成立", "设置", "完成", "办理", "参加", "劝导", "建议", "宣教"];

/// What is done about a thing, before its name: 开展健康评估, 纳入动态监测.
const DOING: [&str; 22] = [
    "开展了",
    "做了",
    "建了",
    "签了",
    "发了",
    "办了",
    "设了",
    "配了",
    "开展",
    "纳入",
    "落实",
    "提供",
    "设置",
    "设有",
    "配备",
    "建立",
    "具备",
    "执行",
    "享受",
    "需要",
    "达到",
    "完成",
];

/// What is done about a thing and is not the thing itself, told apart by how much of a doubt it leaves.
pub struct Deedless {
    pub text: String,
    /// What a likeness to the text is worth less than one to the whole heading.
    pub lost: u8,
}

/// The text without the deeds around it, where something is left.
///
/// What stands behind a name hardly ever changes it (值守门诊落实), what stands before it may: 落实机构数 is no 机构数.
pub fn without_deed(text: &str) -> Option<Deedless> {
    let mut shorter = text;
    while let Some(rest) = DEEDS.iter().find_map(|deed| shorter.strip_suffix(deed)) {
        shorter = rest;
    }
    let mut lost = 3;
    while let Some((deed, rest)) = DOING.iter().find_map(|deed| Some((deed, shorter.strip_prefix(deed)?))) {
        shorter = rest;
        lost = if deed.ends_with('了') { 8 } else { 24 };
    }
    let is_shorter = shorter.len() < text.len() && shorter.chars().count() >= 2;
    is_shorter.then(|| Deedless { text: shorter.to_owned(), lost })
}

/// Whether a heading asks for a day and says so with 何时.
pub fn asks_when(texts: &[&str]) -> bool {
    texts.iter().any(|text| text.contains("何时"))
}

/// The text with 日期 for a single 日 at its end, where that is a day in the calendar: 签约日, 到岗日; of 何时开通, which asks
/// for 开通日期; and of a short text over nothing but dates: 建床.
pub fn with_whole_date(text: &str, holds_dates: bool) -> Option<String> {
    const OTHERS: [&str; 9] = ["工作日", "假日", "周日", "每日", "单日", "当日", "生日", "半日", "平日"];
    if text.contains("何时") {
        return Some(format!("{}日期", text.replace("何时", "")));
    }
    let is_day = text.ends_with('日') && text.chars().count() >= 3 && !OTHERS.iter().any(|word| text.ends_with(word));
    if is_day {
        return Some(format!("{text}期"));
    }
    (holds_dates && (2..=8).contains(&text.chars().count())).then(|| format!("{text}日期"))
}

/// How alike two normalised headings are, 0 to 100.
///
/// Counted are common pairs of letters and the edits between the two. A word that is denied in only one of them, or that
/// has other numerals, is another thing however alike it looks.
pub fn likeness(a: &str, b: &str) -> u8 {
    let letters = |text: &str| text.chars().collect::<Vec<char>>();
    let (left, right) = (letters(a), letters(b));
    if left.len() < 2 || right.len() < 2 {
        return 0;
    }
    let marks = |text: &[char]| {
        let mut marks: Vec<char> = text
            .iter()
            .copied()
            .filter(|c| {
                matches!(c, '未' | '不' | '无' | '非' | '前' | '后' | '首' | '末' | '上' | '下' | '被')
                    || c.is_ascii_digit()
                    || "一二三四五六七八九十".contains(*c)
            })
            .collect();
        marks.sort_unstable();
        marks
    };
    if marks(&left) != marks(&right) || supposes_otherwise(a, b) {
        return 0;
    }
    let pairs = |text: &[char]| text.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>();
    let (first, mut second) = (pairs(&left), pairs(&right));
    let total = first.len() + second.len();
    let mut common = 0;
    for pair in &first {
        if let Some(at) = second.iter().position(|other| other == pair) {
            second.swap_remove(at);
            common += 1;
        }
    }
    if common == 0 {
        return 0;
    }
    let dice = 2.0 * common as f64 / total as f64;
    let mut score = 60.0 * dice + 40.0 * strsim::normalized_levenshtein(a, b);
    let (short, long) = if left.len() <= right.len() { (&left, &right) } else { (&right, &left) };
    let mut rest = long.iter();
    if short.iter().all(|c| rest.any(|other| other == c)) && short.len() * 2 > long.len() {
        // Only letters were added.
        score += 8.0;
    }
    if left.last() != right.last() {
        // The last word says what kind of thing it is: 日期, 人次, 编码.
        score -= 12.0;
    }
    score.clamp(0.0, 95.0) as u8
}
