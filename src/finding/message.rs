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
    let mut masked = String::with_capacity(value.len());
    push_masked(&mut masked, value, personal);
    masked
}

/// What stands for hidden letters, as many as nearly every value has.
const STARS: &str = "****************";

/// Adds what [`mask`] gives to `out`: a run may mask millions of values, and a text for each would cost more than the masking.
pub fn push_masked(out: &mut String, value: &str, personal: Personal) {
    let count = value.chars().count();
    let mut keep = |head: usize, tail: usize, stars: Option<usize>| {
        let (head, tail) = if count <= head + tail { (0, 0) } else { (head, tail) };
        let begin = |skipped: usize| value.char_indices().nth(skipped).map_or(value.len(), |(place, _)| place);
        out.push_str(&value[..begin(head)]);
        let hidden = count - head - tail;
        let mut stars = stars.filter(|_| head > 0).unwrap_or(hidden);
        while stars > 0 {
            let some = stars.min(STARS.len());
            out.push_str(&STARS[..some]);
            stars -= some;
        }
        out.push_str(&value[begin(count - tail)..]);
    };
    match personal {
        Personal::Name => keep(1, 0, None),
        Personal::IdNumber => keep(4, 4, None),
        Personal::Phone => keep(3, 4, None),
        Personal::Address => keep(3, 0, Some(3)),
    }
}

/// Puts the values of `lookup` in the places of `{name}`; `{{` and `}}` are braces. A name that is not known stays.
/// `{name|day|days}` is a number with the word for one or for more: `1 day`, `3 days`.
pub fn fill_template(template: &str, mut lookup: impl FnMut(&str) -> Option<String>) -> String {
    let mut text = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(position) = memchr::memchr2(b'{', b'}', rest.as_bytes()) {
        let (before, after) = rest.split_at(position);
        text.push_str(before);
        if after.starts_with("{{") || after.starts_with("}}") {
            text.push_str(&after[..1]);
            rest = &after[2..];
            continue;
        }
        let end = after.find('}').filter(|_| after.starts_with('{'));
        let filled = end.and_then(|end| {
            let mut parts = after[1..end].split('|');
            let value = lookup(parts.next().unwrap_or_default())?;
            let (one, many) = (parts.next(), parts.next());
            let word = if value == "1" { one } else { many };
            Some((end, value, word))
        });
        match filled {
            Some((end, value, word)) => {
                text.push_str(&value);
                if let Some(word) = word {
                    text.push(' ');
                    text.push_str(word);
                }
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
        assert_eq!(mask("西安市", Personal::Address), "***");
        assert_eq!(mask("1234567", Personal::Phone), "*******");
        assert_eq!(mask("", Personal::IdNumber), "");
    }

    #[test]
    fn templates_are_filled() {
        let fill = |template: &str| fill_template(template, |name| (name == "count").then(|| "3".to_owned()));
        assert_eq!(fill("有 {count} 天 {other} {{x}} }"), "有 3 天 {other} {x} }");
        assert_eq!(fill("{count|day|days} of {other|day|days}"), "3 days of {other|day|days}");
        assert_eq!(fill_template("{n|day|days}, {n|is|are} due", |_| Some("1".to_owned())), "1 day, 1 is due");
    }
}
