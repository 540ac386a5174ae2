//! Fills the rules' message templates and masks personal data; the only place where masking is decided.

use super::Personal;

/// Whether outputs show personal data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Masking {
    #[default]
    Masked,
    Shown,
}

/// A personal value as it may be shown: `张*`, `6101**********1234`, `138****5678`, `西安市***`.
pub fn mask(value: &str, personal: Personal) -> String {
    let characters: Vec<char> = value.chars().collect();
    let stars = |count: usize| "*".repeat(count);
    let keep = |head: usize, tail: usize| {
        if characters.len() <= head + tail {
            return stars(characters.len());
        }
        let front: String = characters[..head].iter().collect();
        let back: String = characters[characters.len() - tail..].iter().collect();
        format!("{front}{}{back}", stars(characters.len() - head - tail))
    };
    match personal {
        Personal::Name => keep(1, 0),
        Personal::IdNumber => keep(4, 4),
        Personal::Phone => keep(3, 4),
        Personal::Address => {
            if characters.len() <= 3 {
                return stars(characters.len());
            }
            let front: String = characters[..3].iter().collect();
            format!("{front}***")
        }
    }
}

/// Puts the values of `lookup` in the places of `{name}`; `{{` and `}}` are braces. A name that is not known stays.
pub fn fill_template(template: &str, mut lookup: impl FnMut(&str) -> Option<String>) -> String {
    let mut text = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(position) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at(position);
        text.push_str(before);
        if after.starts_with("{{") || after.starts_with("}}") {
            text.push_str(&after[..1]);
            rest = &after[2..];
            continue;
        }
        let end = after.find('}').filter(|_| after.starts_with('{'));
        match end.and_then(|end| lookup(&after[1..end]).map(|value| (end, value))) {
            Some((end, value)) => {
                text.push_str(&value);
                rest = &after[end + 1..];
            }
            None => {
                text.push_str(&after[..1]);
                rest = &after[1..];
            }
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_values_are_masked() {
        assert_eq!(mask("张三丰", Personal::Name), "张**");
        assert_eq!(mask("张", Personal::Name), "*");
        assert_eq!(mask("610102194403051234", Personal::IdNumber), "6101**********1234");
        assert_eq!(mask("13800005678", Personal::Phone), "138****5678");
        assert_eq!(mask("西安市莲湖区某路1号", Personal::Address), "西安市***");
    }

    #[test]
    fn templates_are_filled() {
        let fill = |template: &str| fill_template(template, |name| (name == "count").then(|| "3".to_owned()));
        assert_eq!(fill("有 {count} 天 {other} {{x}} }"), "有 3 天 {other} {x} }");
    }
}
