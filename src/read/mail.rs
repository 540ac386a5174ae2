//! Mails as inputs: their attachments are opened in place.

use mail_parser::{MessageParser, MimeHeaders, PartType};

use super::{Opened, Opening, archive, faults, guard, limits, sniff};
use crate::diag::{FaultKind, InputFault};
use crate::model::Localized;

/// Whether a text begins with the header lines of a mail or of a web page archive.
pub(super) fn is_mail(head: &str) -> bool {
    let mut names = Vec::new();
    for line in head.lines().take(60) {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else { return false };
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return false;
        }
        names.push(name.to_ascii_lowercase());
    }
    let has = |name: &str| names.iter().any(|known| known == name);
    let marks =
        ["from", "received", "mime-version", "subject", "return-path", "content-type", "date", "to", "message-id"];
    marks.iter().filter(|mark| has(mark)).count() >= 2 && (has("mime-version") || has("content-type") || has("from"))
}

/// Opens the attachments in their order; in a mail without any, the tables of its text.
pub(super) fn open(opening: &Opening<'_>, digest: &str, bytes: &[u8]) -> Vec<Opened> {
    let limits = &opening.options.limits;
    let failed = |fault| vec![opening.fault(Some(digest.to_owned()), fault)];
    if opening.depth >= limits.nesting {
        return failed(limits::exceeded("nesting", limits.nesting as u64));
    }
    // Where parts close that never opened, the library may give up: the mail is at fault.
    let Ok(Some(message)) = guard::call(|| Ok(MessageParser::default().parse(bytes))) else {
        return failed(faults::damaged("邮件内容有误", "the mail is malformed"));
    };
    if message.parts.len() > limits.members {
        return failed(limits::exceeded("members", limits.members as u64));
    }
    let mut opened = Vec::new();
    for (position, part) in message.parts.iter().enumerate() {
        let is_attachment = message.attachments.contains(&(position as u32));
        let content = match &part.body {
            PartType::Message(inner) => inner.raw_message().to_vec(),
            PartType::Binary(_) | PartType::InlineBinary(_) | PartType::Text(_) | PartType::Html(_) => {
                part.contents().to_vec()
            }
            PartType::Multipart(_) => continue,
        };
        let raw = |header: &mail_parser::Header<'_>| {
            message
                .raw_message
                .get(header.offset_start as usize..header.offset_end as usize)
                .map(String::from_utf8_lossy)
        };
        let continued = part.headers.iter().filter_map(raw).find_map(|header| continued_name(&header));
        let name = continued.as_deref().or(part.attachment_name()).map(clean_name);
        let is_page = matches!(part.body, PartType::Html(_));
        // Pictures of a signature are no submission.
        let is_picture = part.content_type().is_some_and(|kind| kind.ctype() == "image");
        if is_picture || !(is_attachment || (is_page && message.attachments.is_empty())) {
            continue;
        }
        let name = name.unwrap_or_else(|| unnamed(&part.body, position));
        let path = format!("{}!{name}", opening.path);
        let base = name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        opened.extend(archive::open_member(opening, path, base, content));
    }
    if opened.is_empty() {
        return failed(no_attachment());
    }
    opened
}

/// The name of an attachment that is written in pieces, `filename*0*=gb18030''%D6%B5; filename*1*=…`: a letter of several
/// bytes may begin in one piece and end in the next, so that the pieces are joined before they are decoded.
fn continued_name(header: &str) -> Option<String> {
    let mut pieces: Vec<(u32, bool, &str)> = Vec::new();
    for parameter in header.split(';') {
        let Some((name, value)) = parameter.split_once('=') else { continue };
        let name = name.trim().to_ascii_lowercase();
        let Some(number) = name.strip_prefix("filename*").or_else(|| name.strip_prefix("name*")) else { continue };
        let (number, is_encoded) = number.strip_suffix('*').map_or((number, false), |number| (number, true));
        let value = value.trim().trim_matches('"');
        pieces.push((number.parse().ok()?, is_encoded, value));
    }
    pieces.sort_by_key(|(number, ..)| *number);
    let (label, _) = pieces.first().filter(|(_, is_encoded, _)| *is_encoded)?.2.split_once('\'')?;
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes())?;
    let mut bytes = Vec::new();
    for (at, (_, is_encoded, value)) in pieces.iter().enumerate() {
        let value = if at == 0 { value.splitn(3, '\'').nth(2)? } else { value };
        if *is_encoded { unescape(value, &mut bytes) } else { bytes.extend_from_slice(value.as_bytes()) }
    }
    Some(encoding.decode_without_bom_handling(&bytes).0.into_owned())
}

/// Adds the bytes that a text with `%XX` stands for; a mark without two digits behind it stays.
fn unescape(text: &str, bytes: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| byte == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(value) => {
                bytes.push(value);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
}

/// The text of an attachment's name without what may not stand in one.
fn clean_name(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn unnamed(body: &PartType<'_>, position: usize) -> String {
    match body {
        PartType::Html(_) => format!("正文{position}.html"),
        PartType::Message(_) => format!("附件{position}.eml"),
        PartType::Text(_) => format!("附件{position}.txt"),
        _ => format!("附件{position}"),
    }
}

fn no_attachment() -> InputFault {
    InputFault::new(
        FaultKind::Empty,
        Localized::new("邮件没有附件。", "The mail has no attachment."),
        Localized::new("请确认台账已作为附件发送。", "Check that the ledger was attached."),
    )
}

/// Whether a name says that its content is a mail or a web page archive.
pub(super) fn is_mail_name(name: &str) -> bool {
    sniff::extension(name).is_some_and(|extension| matches!(extension.as_str(), "eml" | "mht" | "mhtml"))
}
