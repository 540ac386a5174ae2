//! Texts against patterns with wildcards, as SQL's LIKE and file names have them.

/// Whether `text` is what `pattern` stands for, in which `any` is any characters, also none, and `one` is a single one.
pub(crate) fn is_like(text: &str, pattern: &[char], any: char, one: char) -> bool {
    let (mut rest, mut at) = (text.chars(), 0);
    // Behind the last `any`, and the text from which on it may take more.
    let mut open = None;
    loop {
        let here = rest.clone();
        let Some(next) = rest.next() else { return pattern[at..].iter().all(|c| *c == any) };
        match pattern.get(at) {
            Some(c) if *c == any => {
                at += 1;
                rest = here.clone();
                open = Some((at, here));
            }
            Some(c) if *c == one || *c == next => at += 1,
            _ => {
                let Some((behind, taken)) = &mut open else { return false };
                taken.next();
                (at, rest) = (*behind, taken.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_any_characters_and_for_one() {
        for (text, pattern, expected) in [
            ("", "", true),
            ("", "*", true),
            ("", "?", false),
            ("甲", "", false),
            ("甲卫生院", "甲*院", true),
            ("甲卫生院", "*卫生*", true),
            ("甲卫生院", "?卫生?", true),
            ("甲卫生院", "?卫生", false),
            ("aab", "*ab", true),
            ("abab", "*ab", true),
            ("abac", "*ab", false),
            ("abcabd", "ab*ab?", true),
            ("a*", "a*", true),
        ] {
            let pattern: Vec<char> = pattern.chars().collect();
            assert_eq!(is_like(text, &pattern, '*', '?'), expected, "{text} {pattern:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_pattern_without_wildcards_is_its_own_text(text in "[ab号]{0,6}", other in "[ab号]{0,6}") {
            let pattern: Vec<char> = other.chars().collect();
            proptest::prop_assert_eq!(is_like(&text, &pattern, '*', '?'), text == other);
            let around: Vec<char> = format!("*{other}*").chars().collect();
            proptest::prop_assert_eq!(is_like(&text, &around, '*', '?'), text.contains(&other));
        }
    }
}
