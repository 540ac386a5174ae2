//! Questions in headings: 是否, 有无, 用不用, 开没开展, 签约否.

/// Verbs of having and doing that a question may say twice, the longer ones first. Verbs of another question are none of
/// them: 要不要巡诊车 asks for the need, and 药品够不够 for the amount.
const VERBS: [&str; 35] = [
    "开展", "开通", "开设", "设置", "设立", "配备", "配置", "建立", "建成", "提供", "使用", "实行", "落实", "安装",
    "组建", "成立", "签订", "签约", "加入", "纳入", "可以", "是", "有", "用", "设", "配", "建", "开", "做", "办", "能",
    "会", "可", "签", "装",
];

/// Without the verb that is said twice around 不 or 没, before the rest or behind it: 用不用周转编制, 周转编制用没用.
/// A verb of two letters before the rest stays, as it does after 是否: 开没开展家庭病床 is 开展家庭病床.
fn without_verb_said_twice(text: &str) -> Option<&str> {
    if !text.contains(['不', '没']) {
        return None;
    }
    VERBS.iter().find_map(|verb| {
        let first = &verb[..verb.chars().next().map_or(0, char::len_utf8)];
        ["不", "没"].iter().find_map(|not| {
            let before = [*verb, first].iter().find_map(|once| {
                let again = text.strip_prefix(once)?.strip_prefix(not)?;
                let rest = again.strip_prefix(verb)?;
                Some(if first.len() < verb.len() { again } else { rest })
            });
            let behind = || {
                let once = text.strip_suffix(verb)?.strip_suffix(not)?;
                once.strip_suffix(verb).or_else(|| once.strip_suffix(first))
            };
            before.or_else(behind)
        })
    })
}

/// Without 是否 or 有无 at the beginning or 否 at the end, unless nothing would be left: the questions in names of fields.
pub fn strip_question(text: &str) -> &str {
    let asked = text.strip_suffix("与否").or_else(|| text.strip_suffix('否'));
    let text = asked.filter(|rest| is_left(rest) && !rest.ends_with('是')).unwrap_or(text);
    // Hardly any name begins so, and all names are asked.
    if !text.starts_with(['是', '有', '能', '可']) {
        return text;
    }
    let words = ["是否已", "是否有", "是否", "有无", "能否", "可否"];
    words.iter().find_map(|word| text.strip_prefix(word).filter(is_left)).unwrap_or(text)
}

/// Without the question of a heading, which may also say its verb twice, unless nothing would be left.
pub fn subject(text: &str) -> &str {
    let rest = strip_question(text);
    if rest.len() < text.len() {
        return rest;
    }
    without_verb_said_twice(text).filter(is_left).unwrap_or(text)
}

/// Whether enough is left to name anything.
fn is_left(rest: &&str) -> bool {
    rest.chars().count() >= 2
}

/// Whether a heading asks a question that is answered with yes or no.
pub fn asks(heading: &str) -> bool {
    ["是否", "有无", "是不是", "有没有", "能否", "可否"].iter().any(|word| heading.contains(word))
        || heading.ends_with('否')
        || without_verb_said_twice(heading).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_taken_from_its_subject() {
        for (heading, expected) in [
            ("是否已公示", "公示"),
            ("有无急诊", "急诊"),
            ("病情平稳与否", "病情平稳"),
            ("是不是牵头医院", "牵头医院"),
            ("有没有急诊", "急诊"),
            ("急诊有没有", "急诊"),
            ("用不用周转编制", "周转编制"),
            ("周转编制用没用", "周转编制"),
            ("设没设老年人窗口", "老年人窗口"),
            ("开没开展家庭病床", "开展家庭病床"),
            ("开展没开展家庭病床", "开展家庭病床"),
            ("家庭病床开没开展", "家庭病床"),
        ] {
            assert_eq!(subject(heading), expected, "{heading}");
            assert!(asks(heading), "{heading}");
        }
    }

    #[test]
    fn what_asks_something_else_or_nothing_stays() {
        for heading in ["要不要巡诊车", "药品够不够", "服务好不好", "不用药", "没有设备", "有没有", "使用不当次数"]
        {
            assert_eq!(subject(heading), heading);
        }
        assert!(!asks("要不要巡诊车") && !asks("使用不当次数") && !asks("没有设备"));
    }
}
