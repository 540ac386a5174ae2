//! Cells and shared texts as nearly every writer writes them, taken whole from the bytes: a tenth of what XML events cost.
//!
//! Whatever is not written in exactly these ways is left to the XML reader, so that nothing is decided in two places.

use super::sheet::{Written, parse_place};

/// A cell that is written plainly.
pub(super) struct Cell<'a> {
    /// Column from 0; none where the cell does not say.
    pub column: Option<u32>,
    pub written: Written,
    /// Number of its style.
    pub style: usize,
    /// None where the cell has no value.
    pub text: Option<&'a str>,
}

/// Bytes that the value of a plain attribute has at most.
const LONGEST: usize = 16;

/// The cell that begins the bytes and the number of its bytes; none where it is not all there or not plain.
pub(super) fn cell(bytes: &[u8]) -> Option<(usize, Cell<'_>)> {
    let mut rest = bytes.strip_prefix(b"<c")?;
    let mut cell = Cell { column: None, written: Written::Number, style: 0, text: None };
    while let Some(after) = rest.strip_prefix(b" ") {
        let (name, after) = after.split_first_chunk::<3>()?;
        // Places and numbers are shorter than what a search through the whole of the bytes would pay for.
        let end = after.iter().take(LONGEST).position(|&byte| byte == b'"')?;
        let value = &after[..end];
        match name {
            b"r=\"" => cell.column = Some(parse_place(value)?.1),
            b"s=\"" => cell.style = number(value)?,
            b"t=\"" => cell.written = Written::of(value),
            _ => return None,
        }
        rest = &after[end + 1..];
    }
    if let Some(after) = rest.strip_prefix(b"/>").or_else(|| rest.strip_prefix(b"></c>")) {
        return Some((bytes.len() - after.len(), cell));
    }
    let (text, rest) = match rest.strip_prefix(b"><v>") {
        Some(after) => {
            let (text, after) = until_tag(after)?;
            (text, after.strip_prefix(b"/v></c>")?)
        }
        None => {
            let after = text_start(rest.strip_prefix(b"><is>")?)?;
            let (text, after) = until_tag(after)?;
            (text, after.strip_prefix(b"/t></is></c>")?)
        }
    };
    // Only texts of their own may hold characters written as `_x0041_`.
    if cell.written == Written::Text && may_be_escaped(text) {
        return None;
    }
    cell.text = Some(text);
    Some((bytes.len() - rest.len(), cell))
}

/// The shared text that begins the bytes and the number of its bytes; none where it is not all there or not plain.
pub(super) fn shared_text(bytes: &[u8]) -> Option<(usize, &str)> {
    let (text, rest) = until_tag(text_start(bytes.strip_prefix(b"<si>")?)?)?;
    let rest = rest.strip_prefix(b"/t></si>")?;
    (!may_be_escaped(text)).then_some((bytes.len() - rest.len(), text))
}

/// Whether characters of the text may be written as `_x0041_`.
fn may_be_escaped(text: &str) -> bool {
    memchr::memchr(b'_', text.as_bytes()).is_some() && text.contains("_x")
}

fn number(digits: &[u8]) -> Option<usize> {
    let add = |sum: usize, byte: &u8| byte.is_ascii_digit().then(|| sum * 10 + usize::from(byte - b'0'));
    (!digits.is_empty() && digits.len() <= 9).then(|| digits.iter().try_fold(0, add)).flatten()
}

fn text_start(bytes: &[u8]) -> Option<&[u8]> {
    bytes.strip_prefix(b"<t>").or_else(|| bytes.strip_prefix(b"<t xml:space=\"preserve\">"))
}

/// The text before the next tag and the bytes after its `<`; none where references or line ends in it need the XML reader.
fn until_tag(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let place = memchr::memchr(b'<', bytes)?;
    let text = &bytes[..place];
    if memchr::memchr2(b'&', b'\r', text).is_some() {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    Some((text, &bytes[place + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_cells_are_taken_whole() {
        for (xml, column, written, style, text) in [
            ("<c r=\"B2\" s=\"7\"><v>1.5</v></c>", Some(1), Written::Number, 7, Some("1.5")),
            ("<c r=\"AA10\" t=\"s\"><v>12</v></c>", Some(26), Written::Shared, 0, Some("12")),
            (
                "<c t=\"inlineStr\"><is><t xml:space=\"preserve\"> 甲 </t></is></c>",
                None,
                Written::Text,
                0,
                Some(" 甲 "),
            ),
            ("<c r=\"C1\" s=\"3\"/>", Some(2), Written::Number, 3, None),
            ("<c r=\"C1\"></c>", Some(2), Written::Number, 0, None),
        ] {
            let all = format!("{xml}<c r=\"Z9\"/>");
            let (length, cell) = cell(all.as_bytes()).unwrap();
            assert_eq!((length, cell.column, cell.style, cell.text), (xml.len(), column, style, text), "{xml}");
            assert!(cell.written == written, "{xml}");
            for end in 0..xml.len() {
                assert!(super::cell(&xml.as_bytes()[..end]).is_none(), "{}", &xml[..end.min(20)]);
            }
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_reader() {
        for xml in [
            "<c r=\"A1\"><f>1+1</f><v>2</v></c>",
            "<c r=\"A1\" t=\"str\"><v>a&amp;b</v></c>",
            "<c r=\"A1\" t=\"str\"><v>_x0041_</v></c>",
            "<c r=\"A1\" t=\"str\"><v>a\r\nb</v></c>",
            "<c r='A1'><v>1</v></c>",
            "<c r=\"A1\" cm=\"1\"><v>1</v></c>",
            "<cell/>",
            " <c r=\"A1\"/>",
            "<c r=\"A1\" t=\"inlineStr\"><is><r><t>a</t></r></is></c>",
            "<x:c r=\"A1\"/>",
            "<c r=\"A1\"><v><!-- x -->1</v></c>",
        ] {
            assert!(cell(xml.as_bytes()).is_none(), "{xml}");
        }
        assert!(cell(b"<c r=\"A1\" t=\"str\"><v>\xff</v></c>").is_none());
        assert_eq!(shared_text("<si><t>甲</t></si><si>".as_bytes()), Some((19, "甲")));
        for xml in ["<si><t>a</t><rPh sb=\"0\" eb=\"1\"><t>b</t></rPh></si>", "<si><r><t>a</t></r></si>", "<si/>"] {
            assert!(shared_text(xml.as_bytes()).is_none(), "{xml}");
        }
    }
}
