//! How near a heading comes to the name of a field: letters in common, names inside longer headings.

use super::dictionary::{Dictionary, Target};
use super::heading::TAKE;
use crate::pack::LedgerKind;

/// Words that make another thing of what follows them, so that a heading that ends with a name does not mean it.
const CHANGING: [&str; 36] = [
    "未", "不", "无", "非", "前", "后", "首", "末", "上", "下", "续", "退", "欠", "缺", "拟", "应", "去", "除", "另",
    "转", "均", "增", "减", "停", "撤", "解", "再", "替", "外", "累计", "计划", "目标", "其他", "预计", "预期", "原定",
];

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
            let (length, whole) = (name.chars().count(), text.chars().count());
            if text.len() <= name.len() || !(length >= 4 || length == 3 && whole <= 6) {
                continue;
            }
            let is_end = text.strip_suffix(name.as_str()).is_some_and(|rest| {
                !CHANGING.iter().any(|word| rest.contains(word)) && !rest.contains(|c: char| c.is_ascii_digit())
            });
            let is_begin = text.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with(['及', '和', '与']));
            if (is_end || is_begin) && !is_common() && !dictionary.other_person(text, &names.bare) {
                let share = length * 18 / whole.max(1);
                found.push((length, names.target, TAKE + 2 + share as u8));
            }
        }
    }
    let longest = found.iter().map(|(length, ..)| *length).max().unwrap_or(0);
    found.retain(|(length, ..)| *length == longest);
    found.into_iter().map(|(_, target, score)| (target, score)).collect()
}

/// What was done about a thing, behind its name: 经费到位, 编制统筹使用.
pub const DEEDS: [&str; 10] = ["落实", "到位", "使用", "政策", "工作", "成立", "设置", "完成", "办理", "参加"];

/// The text without the deeds at its end, where something is left.
pub fn without_deed(text: &str) -> Option<String> {
    let mut shorter = text;
    while let Some(rest) = DEEDS.iter().find_map(|deed| shorter.strip_suffix(deed)) {
        shorter = rest;
    }
    (shorter.len() < text.len() && shorter.chars().count() >= 2).then(|| shorter.to_owned())
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
    if marks(&left) != marks(&right) {
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
