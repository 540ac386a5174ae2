//! Makes texts of the data harmless in the languages of the outputs.

/// For HTML and XML, as content and in quoted attributes; characters that XML does not know become U+FFFD.
pub(super) fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(character),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
    out
}

/// For a cell of a Markdown table: no markup, no mention, no line break.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '\n' => out.push_str("<br>"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '#' | '|' | '!' | '~' | '$' => {
                out.push('\\');
                out.push(character);
            }
            // A colon after a letter ends the scheme of an address that some programs make a link of, and two of them begin
            // a command to some that run builds.
            ':' if characters.peek() == Some(&':')
                || (out.ends_with(|before: char| before.is_ascii_alphabetic())
                    && characters.peek().is_some_and(|after| !after.is_whitespace())) =>
            {
                out.push_str("&#58;");
            }
            _ if character.is_control() => out.push(' '),
            _ => out.push(character),
        }
    }
    out
}

/// For a cell of a CSV file: a spreadsheet that opens it takes no text for a formula.
pub(super) fn csv(text: &str) -> String {
    let begins_like_formula = text
        .trim_start_matches([' ', '\u{a0}', '\u{3000}'])
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if begins_like_formula { format!("'{text}") } else { text.to_owned() }
}

/// For JSON inside an HTML script element: nothing in it can end the element.
pub(super) fn script(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// A path as a relative or absolute URI reference.
pub(super) fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let has_drive = path.as_bytes().get(1) == Some(&b':');
    let mut out = String::new();
    if has_drive {
        out.push_str("file:///");
    } else if path.starts_with('/') {
        out.push_str("file://");
    }
    for (index, byte) in path.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            b':' if has_drive && index == 1 => out.push(':'),
            _ => {
                // Names are mostly Chinese here, so that most bytes come this way.
                const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
                out.push('%');
                out.push(char::from(DIGITS[usize::from(byte >> 4)]));
                out.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        assert_eq!(markup("<b a='1'>&\u{1}"), "&lt;b a=&#39;1&#39;&gt;&amp;\u{fffd}");
        assert_eq!(markdown("[a](javascript:x) | `b` @all\n"), r"\[a\]\(javascript&#58;x\) \| \`b\` &#64;all<br>");
        assert_eq!(markdown("https://a.cn National: ten, 1:3"), "https&#58;//a.cn National: ten, 1:3");
        assert_eq!(markdown("::set-output"), "&#58;:set-output");
        assert_eq!(script("</script>"), "\\u003c/script\\u003e");
    }

    #[test]
    fn formulas_are_text() {
        assert_eq!(csv("=1+1"), "'=1+1");
        assert_eq!(csv(" =1+1"), "' =1+1");
        assert_eq!(csv("一级"), "一级");
    }

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("in/表 1.csv"), "in/%E8%A1%A8%201.csv");
        assert_eq!(uri("/data/a.csv"), "file:///data/a.csv");
        assert_eq!(uri("C:\\a.csv"), "file:///C:/a.csv");
    }
}
