//! What a heading says its answers stand for: 是否签约（1签约 2未签约）, 有无急诊（A有；B无）, 是否开展（是填1，否填0）.

use crate::map::text::{fold, is_space};

/// The codes that the brackets of a heading explain, each with the words behind it; none where less than two are explained.
pub fn legend(heading: &str) -> Vec<(String, String)> {
    let folded = fold(heading);
    let mut rest = &*folded;
    while let Some((_, from)) = rest.split_once(['(', '[', '【']) {
        let Some((inside, behind)) = from.split_once([')', ']', '】']) else { break };
        let found = explained(inside);
        if found.len() >= 2 {
            return found;
        }
        rest = behind;
    }
    Vec::new()
}

/// The codes in one bracket, which stand all before their words or all behind them.
fn explained(inside: &str) -> Vec<(String, String)> {
    let mut pieces: Vec<(bool, String)> = Vec::new();
    for c in inside.chars() {
        let is_code = c.is_ascii_alphanumeric();
        if !is_code && (is_space(c) || !c.is_alphanumeric()) {
            pieces.push((false, String::new()));
            continue;
        }
        match pieces.last_mut() {
            Some((was_code, text)) if *was_code == is_code && !text.is_empty() => text.push(c.to_ascii_lowercase()),
            _ => pieces.push((is_code, c.to_ascii_lowercase().to_string())),
        }
    }
    pieces.retain(|(_, text)| !text.is_empty());
    let first_is_code = pieces.first().is_some_and(|(is_code, _)| *is_code);
    let pairs: Vec<_> = pieces
        .chunks(2)
        .filter_map(|pair| match pair {
            [(true, code), (false, words)] if first_is_code => Some((code, words)),
            [(false, words), (true, code)] if !first_is_code => Some((code, words)),
            _ => None,
        })
        .filter(|(code, _)| code.len() <= 2)
        .map(|(code, words)| {
            let words = words.trim_end_matches(['填', '为', '记', '写', '打', '代', '表', '示', '则']);
            (code.clone(), words.trim_start_matches(['为', '是']).to_owned(), words.to_owned())
        })
        // 1是2否 loses its answer with the word for “stands for”.
        .map(|(code, bare, words)| (code, if bare.is_empty() { words } else { bare }))
        .collect();
    // A piece that belongs to no pair means that the bracket says something else.
    if pairs.len() * 2 == pieces.len() { pairs } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::legend;

    #[test]
    fn codes_and_their_words() {
        let shown = |heading: &str| {
            legend(heading).into_iter().map(|(code, words)| format!("{code}={words}")).collect::<Vec<_>>().join(" ")
        };
        for (heading, expected) in [
            ("家医签约（1签2未签）", "1=签 2=未签"),
            ("是否签约（1=否，2=是）", "1=否 2=是"),
            ("是否签约(1：是；0：否)", "1=是 0=否"),
            ("有无急诊（A有 B无）", "a=有 b=无"),
            ("是否开展（是填1，否填2）", "1=是 2=否"),
            ("是否开展［1.已开展；2.未开展］", "1=已开展 2=未开展"),
            ("签约（1为已签约，2为未签约）", "1=已签约 2=未签约"),
            ("延时门诊（小时）", ""),
            ("近2年诊疗（1次）", ""),
            ("号源（不少于20%）", ""),
            ("是否签约", ""),
        ] {
            assert_eq!(shown(heading), expected, "{heading}");
        }
    }
}
