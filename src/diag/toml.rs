//! What the TOML library says of a fault, in Chinese: the usual details; others stay as they are.

use crate::model::Localized;

/// The library's words and ours. Where an expectation decides what is meant, the words hold it too.
const DETAILS: [(&str, &str); 37] = [
    ("duplicate key", "同一个键或表写了两次"),
    ("invalid basic string, expected `\"`", "双引号没有闭合"),
    ("invalid literal string, expected `'`", "单引号没有闭合"),
    ("invalid multi-line basic string, expected `\"`", "三重双引号没有闭合"),
    ("invalid multi-line literal string, expected `'`", "三重单引号没有闭合"),
    ("string values must be quoted", "值的写法不对，文字须加英文半角引号"),
    ("missing escaped value", "反斜杠之后的写法不对"),
    ("too few unicode value digits", "反斜杠之后的写法不对"),
    ("key with no value", "键之后没有等号和值"),
    ("missing value for key", "等号之后没有值"),
    ("missing value", "缺少值"),
    ("unclosed table", "表头的方括号没有闭合"),
    ("unclosed array table", "表头的方括号没有闭合"),
    ("unclosed array", "列表的方括号没有闭合"),
    ("unclosed inline table", "花括号没有闭合"),
    ("missing comma between array elements", "列表各项之间缺逗号"),
    ("missing comma between key-value pairs", "花括号内各键之间缺逗号"),
    ("missing assignment between key-value pairs", "键与值之间缺等号"),
    ("missing key for inline table element", "花括号内缺少键"),
    ("extra comma in array", "列表中多了逗号"),
    ("extra comma in inline table", "花括号内多了逗号"),
    ("extra assignment between key-value pairs", "多了等号"),
    ("invalid unquoted key", "键中有须加引号的字符"),
    ("unquoted keys cannot be empty", "缺少键"),
    ("unexpected key or value", "多余的键或值"),
    ("unexpected content", "多余的内容"),
    ("invalid table", "表头写法不对"),
    ("invalid key", "键的写法不对"),
    ("invalid value", "值的写法不对"),
    ("invalid boolean", "是、否应写成 true、false"),
    ("invalid integer number", "整数的写法不对"),
    ("invalid float", "小数的写法不对"),
    ("invalid date", "没有这个日期"),
    ("invalid time", "没有这个时刻"),
    ("invalid datetime", "日期或时刻的写法不对"),
    ("unexpected leading zero", "数字前面多了 0"),
    ("integer number overflowed", "整数过大"),
];

/// What is wrong, in both languages, from the message of the library.
pub fn toml_detail(message: &str) -> Localized {
    Localized::new(chinese(message).unwrap_or_else(|| message.to_owned()), message)
}

fn chinese(message: &str) -> Option<String> {
    let quoted = |rest: &str| rest.split('`').next().unwrap_or_default().to_owned();
    for (start, zh) in
        [("missing field `", "缺少“"), ("duplicate field `", "写了两次“"), ("unknown field `", "不认识“")]
    {
        if let Some(rest) = message.strip_prefix(start) {
            return Some(format!("{zh}{}”", quoted(rest)));
        }
    }
    for start in ["invalid type: ", "invalid value: "] {
        if let Some((found, expected)) = message.strip_prefix(start).and_then(|rest| rest.rsplit_once(", expected ")) {
            return Some(format!("应为{}，却是{}", wanted(expected)?, found_value(found)?));
        }
    }
    let what = message.split(", expected ").next().unwrap_or(message);
    let known = |words: &str| DETAILS.iter().find(|(known, _)| *known == words).map(|(_, zh)| (*zh).to_owned());
    known(message).or_else(|| known(what))
}

fn wanted(expected: &str) -> Option<&'static str> {
    Some(match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "不小于 0 的整数",
        "i64" => "整数",
        "a string" => "文字（加引号）",
        "a boolean" => " true 或 false",
        "a sequence" => "列表（方括号）",
        "a map" => "表",
        _ => return None,
    })
}

fn found_value(found: &str) -> Option<String> {
    let inner = |start: &str| found.strip_prefix(start).and_then(|rest| rest.strip_suffix('`'));
    if let Some(text) = found.strip_prefix("string \"").and_then(|rest| rest.strip_suffix('"')) {
        return Some(format!("文字“{text}”"));
    }
    if let Some(number) = inner("integer `") {
        return Some(format!("整数 {number}"));
    }
    if let Some(number) = inner("floating point `") {
        return Some(format!("小数 {number}"));
    }
    if let Some(flag) = inner("boolean `") {
        return Some(format!(" {flag}"));
    }
    match found {
        "map" => Some("表".to_owned()),
        "sequence" => Some("列表".to_owned()),
        _ => None,
    }
}

/// What to write instead, where the line of the fault has, outside of its texts, marks that Chinese keyboards write in the
/// place of those that TOML asks for.
pub fn toml_help(line: &str) -> Option<Localized> {
    let mut quote = None;
    let (full, half) = line.chars().find_map(|c| {
        match quote {
            Some(open) if open == c => quote = None,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            _ => {}
        }
        let half = match c {
            '“' | '”' | '‘' | '’' => '"',
            '＝' | '：' => '=',
            '，' => ',',
            '［' | '【' => '[',
            '］' | '】' => ']',
            _ => return None,
        };
        quote.is_none().then_some((c, half))
    })?;
    let zh = format!("把全角的 {full} 改为半角的 {half}");
    Some(Localized::new(zh, format!("write {half} for the full-width {full}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said in Chinese of the first fault of a text.
    fn told(text: &str) -> String {
        toml_detail(text.parse::<toml::Table>().unwrap_err().message()).zh
    }

    #[test]
    fn the_usual_faults_are_told_in_chinese_as_the_library_words_them() {
        for (text, zh) in [
            ("a = 1\na = 2", "同一个键或表写了两次"),
            ("a = \"x", "双引号没有闭合"),
            ("a = 'x", "单引号没有闭合"),
            ("a = x", "值的写法不对，文字须加英文半角引号"),
            ("a = \"\"\"x", "三重双引号没有闭合"),
            ("a", "键之后没有等号和值"),
            ("[a", "表头的方括号没有闭合"),
            ("a = [1", "列表的方括号没有闭合"),
            ("a = { b = 1", "花括号没有闭合"),
            ("a = ['1' '2']", "列表各项之间缺逗号"),
            ("a = \"\\q\"", "反斜杠之后的写法不对"),
            ("a = 2024-13-01", "没有这个日期"),
            ("a = 01", "数字前面多了 0"),
        ] {
            assert_eq!(told(text), zh, "{text}");
        }
    }

    #[test]
    fn wrong_types_are_told_in_chinese() {
        #[derive(Debug, serde::Deserialize)]
        struct Keys {
            jobs: u16,
            packs: Option<Vec<String>>,
        }
        let read = |text: &str| toml::from_str::<Keys>(text).map(|keys| (keys.jobs, keys.packs));
        let told = |text: &str| toml_detail(read(text).unwrap_err().message()).zh;
        assert_eq!(told("jobs = \"x\""), "应为不小于 0 的整数，却是文字“x”");
        assert_eq!(told("jobs = 1.5"), "应为不小于 0 的整数，却是小数 1.5");
        assert_eq!(told("jobs = -1"), "应为不小于 0 的整数，却是整数 -1");
        assert_eq!(told("jobs = 1\npacks = \"x\""), "应为列表（方括号），却是文字“x”");
        assert_eq!(told("jobs = 1\npacks = [true]"), "应为文字（加引号），却是 true");
        assert_eq!(told(""), "缺少“jobs”");
        assert_eq!(toml_detail("something new").zh, "something new");
    }

    #[test]
    fn marks_of_chinese_keyboards_are_named() {
        assert_eq!(toml_help("a = “x”").unwrap().zh, "把全角的 “ 改为半角的 \"");
        assert_eq!(toml_help("a ＝ 1").unwrap().en, "write = for the full-width ＝");
        assert!(toml_help("a = x").is_none());
        assert!(toml_help("a = \"“甲”，乙\" 1").is_none(), "what stands in a text may be full-width");
    }
}
