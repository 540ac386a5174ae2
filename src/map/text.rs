//! Brings headings, labels and values to one way of writing: width, spaces, punctuation, numbering, Chinese numerals.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::question::subject;
use super::traditional::simplified;

/// Whether a character is nothing but space on a sheet, visible or not.
pub fn is_space(c: char) -> bool {
    // U+001A is the mark with which programs of DOS end a file.
    c.is_whitespace() || matches!(c, '\u{1a}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Whether full-width folding leaves the character alone; answers for nearly everything in a ledger without a table.
fn is_plain(c: char) -> bool {
    c.is_ascii() || ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// The text without surrounding space and with full-width and compatibility forms folded; borrows where nothing changes.
pub fn fold(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim_matches(is_space);
    if trimmed.chars().all(is_plain) {
        return Cow::Borrowed(trimmed);
    }
    let folded: String = trimmed.nfkc().filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}')).collect();
    if folded.starts_with(is_space) || folded.ends_with(is_space) {
        return Cow::Owned(folded.trim_matches(is_space).to_owned());
    }
    Cow::Owned(folded)
}

/// The folded text in lower case without any space: the form in which values are looked up.
pub fn squeeze(text: &str) -> Cow<'_, str> {
    let folded = fold(text);
    if !folded.chars().any(|c| is_space(c) || c.is_ascii_uppercase()) {
        return folded;
    }
    Cow::Owned(folded.chars().filter(|&c| !is_space(c)).map(|c| c.to_ascii_lowercase()).collect())
}

fn is_punctuation(c: char) -> bool {
    match c {
        '%' => false,
        c if c.is_ascii() => c.is_ascii_punctuation(),
        c => matches!(
            c,
            '、' | '。'
                | '《'
                | '》'
                | '〈'
                | '〉'
                | '【'
                | '】'
                | '〔'
                | '〕'
                | '〖'
                | '〗'
                | '「'
                | '」'
                | '『'
                | '』'
                | '“'
                | '”'
                | '‘'
                | '’'
                | '—'
                | '–'
                | '‐'
                | '‑'
                | '―'
                | '…'
                | '·'
                | '•'
                | '●'
                | '※'
                | '★'
                | '☆'
                | '▲'
                | '▸'
                | '→'
        ),
    }
}

/// What a bracket in a heading may hold without saying anything about what the column means.
fn is_bracket_noise(inside: &str) -> bool {
    const WORDS: [&str; 26] = [
        "必填",
        "选填",
        "可不填",
        "填写",
        "勾选",
        "下拉",
        "单选",
        "多选",
        "格式",
        "如有",
        "单位",
        "打√",
        "√",
        "×",
        "是/否",
        "是或否",
        "有/无",
        "有或无",
        "已/未",
        "年月日",
        "年/月/日",
        "yyyy",
        "18位",
        "11位",
        "阿拉伯数字",
        "盖章",
    ];
    inside.is_empty() || unit_power(inside).is_some() || WORDS.iter().any(|word| inside.contains(word))
}

/// Units that stand behind numbers and in the brackets of headings.
pub const UNITS: [&str; 77] = [
    "人次数",
    "人次",
    "人数",
    "人日",
    "人天",
    "人",
    "家次",
    "家",
    "个月",
    "个工作日",
    "工作日",
    "个",
    "名",
    "位",
    "例",
    "例次",
    "户次",
    "户",
    "次数",
    "次",
    "天数",
    "天",
    "日",
    "小时",
    "时",
    "h",
    "分钟",
    "分",
    "min",
    "元/月",
    "元/年",
    "元/人",
    "元/次",
    "元",
    "张",
    "所",
    "台",
    "套",
    "岁",
    "周岁",
    "周",
    "月",
    "年",
    "平方米",
    "平米",
    "m2",
    "㎡",
    "床",
    "支",
    "剂次",
    "剂",
    "种",
    "份",
    "项",
    "片",
    "盒",
    "瓶",
    "粒",
    "条",
    "场次",
    "场",
    "辆",
    "把",
    "副",
    "间",
    "处",
    "号",
    "院",
    "村",
    "人/次",
    "公里",
    "km",
    "米",
    "kg",
    "g",
    "期",
    "批",
];

/// The power of ten that a unit multiplies by (`万人次` 4, `人次` 0), or `None` where the text is no unit.
pub fn unit_power(text: &str) -> Option<i32> {
    let text = text.strip_prefix("单位").unwrap_or(text).trim_start_matches([':', ' ']);
    if text == "%" || text == "百分比" {
        return Some(0);
    }
    let mut rest = text;
    let mut power = 0;
    while let Some((prefix, tens)) =
        [("亿", 8), ("万", 4), ("千", 3), ("百", 2)].into_iter().find(|(p, _)| rest.starts_with(p))
    {
        // 千克 and 千米 are units of their own; nobody counts records in them.
        rest = &rest[prefix.len()..];
        power += tens;
    }
    (UNITS.contains(&rest) || (rest.is_empty() && power > 0)).then_some(power)
}

/// Removes `（一）`, `1.`, `1、`, `①` and their like from the beginning of a folded text.
pub fn strip_numbering(text: &str) -> &str {
    let numeral = |c: char| c.is_ascii_digit() || chinese_digit(c).is_some() || c == '十';
    if let Some(rest) = text.strip_prefix('(') {
        let body = rest.trim_start_matches(numeral);
        if body.len() < rest.len()
            && let Some(after) = body.strip_prefix(')')
        {
            return after.trim_start_matches(|c| is_space(c) || matches!(c, '.' | '、' | ','));
        }
        return text;
    }
    let body = text.trim_start_matches(numeral);
    if body.len() == text.len() {
        return text;
    }
    let mut chars = body.chars();
    match chars.next() {
        Some('、' | ')' | ':') => chars.as_str().trim_start_matches(is_space),
        Some('.' | ',') if !chars.as_str().starts_with(|c: char| c.is_ascii_digit()) => {
            chars.as_str().trim_start_matches(is_space)
        }
        _ => text,
    }
}

/// A heading in the form in which headings are compared, and what its brackets said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// Without width, space, punctuation, numbering and brackets with units; the words of other brackets stay.
    pub full: String,
    /// As `full`, without 是否, 有无 and other questions.
    pub bare: String,
    /// As `bare`, without any bracket.
    pub core: String,
    /// The power of ten of the unit in brackets, where there is one.
    pub power: Option<i32>,
    /// Whether the heading says that its numbers are percentages.
    pub percent: bool,
    /// The unit in brackets, without the power of ten.
    pub unit: Option<String>,
}

/// Whether a heading is nothing but Chinese letters, of which only the question can be taken away.
pub fn is_plain_words(text: &str) -> bool {
    // Letters from U+5000 on are seen by their bytes, which is cheaper; hardly any name has one of the few before.
    let other = |byte: u8| !matches!(byte, 0x80..=0xBF | 0xE5..=0xE9);
    let is_chinese = !text.bytes().fold(false, |any, byte| any | other(byte))
        || text.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    is_chinese && !text.is_empty() && !text.starts_with("其中")
}

/// Brings a heading to the form in which headings are compared.
pub fn key(text: &str) -> Key {
    simplified(text).map_or_else(|| simplified_key(text), |text| simplified_key(&text))
}

/// As [`key`], for a text without traditional characters.
fn simplified_key(text: &str) -> Key {
    // Most names of fields are plain words, with nothing to take away but the question.
    if is_plain_words(text) {
        let bare = subject(text);
        let core = if bare.contains('第') { without_ordinal(bare) } else { bare.to_owned() };
        return Key { full: text.to_owned(), bare: bare.to_owned(), core, ..Key::default() };
    }
    // The English names of fields are letters and spaces.
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(|c| c.is_ascii_alphabetic() || c == b' ')
    {
        let mut full = String::with_capacity(text.len());
        text.bytes().filter(|byte| *byte != b' ').for_each(|byte| full.push(char::from(byte.to_ascii_lowercase())));
        return Key { full: full.clone(), bare: full.clone(), core: full, ..Key::default() };
    }
    spelled_key(text)
}

/// What marks the heading of a column that must be filled in.
const MARKS: [char; 6] = ['*', '#', '※', '★', '▲', '●'];

/// A folded heading without what only says that the column must be filled in, or how: *周一, 周一*, 周一(必填).
pub fn undecorated(folded: &str) -> &str {
    let is_mark = |c: char| is_space(c) || MARKS.contains(&c);
    let text = folded.trim_matches(is_mark);
    match text.strip_suffix(')').and_then(|text| text.rsplit_once('(')) {
        Some((before, inside)) if !before.is_empty() && is_bracket_noise(inside) => before.trim_end_matches(is_mark),
        _ => text,
    }
}

/// As [`key`], for a text of any letters.
fn spelled_key(text: &str) -> Key {
    let folded = fold(text);
    let squeezed: String = folded.chars().filter(|&c| !is_space(c)).map(|c| c.to_ascii_lowercase()).collect();
    let body = strip_numbering(squeezed.trim_start_matches(MARKS));
    // 其中：… says only that the column is a part of the one before it.
    let body = body.strip_prefix("其中").map_or(body, |rest| rest.trim_start_matches([':', ',', '、']));
    // 开放比例（%） names the unit; 不少于20%的号源 does not.
    let percent = body.match_indices('%').any(|(at, _)| !body[..at].ends_with(|c: char| c.is_ascii_digit()));
    let mut key = Key { percent, ..Key::default() };
    let mut core = String::new();
    let mut rest = body;
    while let Some(open) = rest.find(['(', '[', '【', '〔']) {
        let (before, from) = rest.split_at(open);
        let width = from.chars().next().map_or(1, char::len_utf8);
        let Some(length) = from[width..].find([')', ']', '】', '〕']) else { break };
        let inside = &from[width..width + length];
        let close = from[width + length..].chars().next().map_or(1, char::len_utf8);
        push_words(&mut key.full, before);
        push_words(&mut core, before);
        if !is_bracket_noise(inside) {
            push_words(&mut key.full, inside);
        }
        if let Some(power) = unit_power(inside) {
            key.power = Some(power);
            key.unit = Some(unit_word(inside).to_owned());
        }
        rest = &from[width + length + close..];
    }
    push_words(&mut key.full, rest);
    push_words(&mut core, rest);
    // A unit may also stand behind the name without a bracket: 门诊量/万人次, 门诊量:万人次.
    if let Some(at) = body.rfind(['/', ':', ',']) {
        let tail = &body[at + 1..];
        if tail.chars().count() <= 4
            && let Some(power) = unit_power(tail)
            && at > 0
        {
            key.power = Some(power);
            key.unit = Some(unit_word(tail).to_owned());
            key.full.truncate(key.full.len().saturating_sub(letters(tail)));
            core.truncate(core.len().saturating_sub(letters(tail)));
        }
    }
    spell_percent(&mut key.full);
    spell_percent(&mut core);
    key.bare = subject(&key.full).to_owned();
    key.core = if core.is_empty() { key.bare.clone() } else { subject(&core).to_owned() };
    key.core = without_ordinal(&key.core);
    key
}

/// 门诊报销% is 门诊报销比例.
fn spell_percent(text: &mut String) {
    let Some(before) = text.strip_suffix('%').filter(|before| before.chars().count() >= 2) else { return };
    if !before.ends_with(|c: char| c.is_ascii_digit()) {
        let names_it = ["率", "比例", "比", "比重"].iter().any(|word| before.ends_with(word));
        *text = if names_it { before.to_owned() } else { format!("{before}比例") };
    }
}

/// Without 第1次 and without a number at the end, by which several columns of one field are told apart.
fn without_ordinal(core: &str) -> String {
    let numeral = |c: char| c.is_ascii_digit() || chinese_digit(c).is_some() || c == '十';
    let mut text = without_year(core).to_owned();
    if let Some(at) = text.find('第') {
        let rest = text[at + '第'.len_utf8()..].trim_start_matches(numeral);
        if let Some(after) = rest.strip_prefix('次') {
            text = format!("{}{after}", &text[..at]);
        }
    }
    let trimmed = text.trim_end_matches(|c: char| c.is_ascii_digit());
    if trimmed.chars().count() >= 2 { trimmed.to_owned() } else { core.to_owned() }
}

/// 2023年随访次数 is 随访次数 of that year.
fn without_year(core: &str) -> &str {
    let rest = core.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_year = core.len() == rest.len() + 4 && core.starts_with("20");
    let named = rest.strip_prefix("年度").or_else(|| rest.strip_prefix('年'));
    named.filter(|name| is_year && name.chars().count() >= 3).unwrap_or(core)
}

fn letters(text: &str) -> usize {
    text.chars().filter(|&c| !is_punctuation(c)).map(char::len_utf8).sum()
}

/// The unit without 单位： and without a power of ten.
fn unit_word(text: &str) -> &str {
    let text = text.strip_prefix("单位").unwrap_or(text).trim_start_matches([':', ' ']);
    text.trim_start_matches(['亿', '万', '千', '百'])
}

fn push_words(out: &mut String, text: &str) {
    out.extend(text.chars().filter(|&c| !is_punctuation(c)));
}

/// Only the letters and digits of a text, folded and in lower case: the form in which labels and notes are recognised.
pub fn words(text: &str) -> String {
    fold(text).chars().filter(|&c| !is_space(c) && !is_punctuation(c)).map(|c| c.to_ascii_lowercase()).collect()
}

/// The value of one Chinese digit, in everyday and in formal script.
pub fn chinese_digit(c: char) -> Option<u8> {
    Some(match c {
        '〇' | '零' | '○' | 'Ｏ' => 0,
        '一' | '壹' | '元' => 1,
        '二' | '贰' | '两' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

/// The whole number that Chinese numerals say (`二十`, `一百二十`, `三万五`, `二〇二四`), or `None`.
pub fn chinese_number(text: &str) -> Option<i64> {
    if text.is_empty() || text.chars().count() > 16 || text.contains('元') {
        return None;
    }
    let mut chars = text.chars();
    if text.chars().count() >= 2 && text.chars().all(|c| chinese_digit(c).is_some()) {
        return chars.try_fold(0_i64, |sum, c| sum.checked_mul(10)?.checked_add(i64::from(chinese_digit(c)?)));
    }
    let (mut total, mut section, mut digit, mut last_unit) = (0_i64, 0_i64, None::<i64>, 0_i64);
    for c in text.chars() {
        if let Some(value) = chinese_digit(c) {
            if digit.is_some_and(|before| before != 0) {
                return None;
            }
            digit = Some(i64::from(value));
            if value == 0 {
                last_unit = 0;
            }
            continue;
        }
        let unit: i64 = match c {
            '十' | '拾' => 10,
            '百' | '佰' => 100,
            '千' | '仟' => 1_000,
            '万' => 10_000,
            '亿' => 100_000_000,
            _ => return None,
        };
        if unit >= 10_000 {
            section += digit.take().unwrap_or(0);
            if section == 0 {
                return None;
            }
            total = if unit == 10_000 {
                total.checked_add(section * unit)?
            } else {
                (total + section).checked_mul(unit)?
            };
            section = 0;
        } else {
            // Only ten may stand without a digit before it.
            section += digit.take().or((unit == 10).then_some(1))? * unit;
        }
        last_unit = unit;
    }
    let tail = match digit {
        // 三万五 is 35 000 and 一百二 is 120: the last digit counts in tenths of the unit before it.
        Some(value) if last_unit >= 100 => value * last_unit / 10,
        Some(value) => value,
        None => 0,
    };
    total.checked_add(section)?.checked_add(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_lose_what_says_nothing() {
        let cases = [
            ("机 构\n名 称", "机构名称"),
            ("（一）值守日期", "值守日期"),
            ("1.医师姓名", "医师姓名"),
            ("③ 开具日期", "③开具日期"),
            ("门诊量（万人次）", "门诊量"),
            ("＊是否脱贫县（是/否）", "脱贫县"),
            ("65岁及以上", "65岁及以上"),
            ("0-6岁儿童数", "06岁儿童数"),
            ("有无急诊", "急诊"),
            ("病情平稳与否", "病情平稳"),
            ("签约否", "签约"),
        ];
        for (text, expected) in cases {
            let expected = if text.starts_with('③') { "3开具日期" } else { expected };
            assert_eq!(key(text).bare, expected, "{text}");
        }
        assert_eq!(key("门诊量（万人次）").power, Some(4));
        assert_eq!(key("门诊量/万人次").power, Some(4));
        assert_eq!(key("姓名（监护人）").bare, "姓名监护人");
        assert_eq!(key("姓名（监护人）").core, "姓名");
        assert!(key("开放比例（%）").percent);
        assert_eq!(key("门诊报销%").bare, "门诊报销比例");
        assert_eq!(key("报销比例%").bare, "报销比例");
        assert_eq!(key("2023年面对面随访次数").core, "面对面随访次数");
        assert_eq!(key("2023年度").core, "2023年度");
        for english in ["Village", "Date of visit", "ID number", "A b ", "II Name"] {
            assert_eq!(key(english), spelled_key(english), "{english}");
        }
    }

    #[test]
    fn chinese_numerals_are_numbers() {
        let cases = [
            ("二十", 20),
            ("十", 10),
            ("十二", 12),
            ("一百二十", 120),
            ("一百二", 120),
            ("一百零二", 102),
            ("三万五", 35_000),
            ("一千零五十", 1_050),
            ("二〇二四", 2024),
            ("两百", 200),
            ("一亿二千万", 120_000_000),
        ];
        for (text, expected) in cases {
            assert_eq!(chinese_number(text), Some(expected), "{text}");
        }
        for text in ["", "万", "一二十", "二十人"] {
            assert_eq!(chinese_number(text), None, "{text}");
        }
    }
}
