//! Inputs that are text: finds the encoding, and whether they are delimited text, HTML, XML or a mail.

use encoding_rs::{Encoding, UTF_8};

use super::csv::CsvRows;
use super::dialect::Dialect;
use super::encoding::{self, Detected, TextReader, Utf8Check};
use super::{DAY_ZERO, Found, Opening, Read, Row, RowSource, Sheet, faults, html, mail, note, ods, xml2003};
use crate::diag::{InputFault, InputNote};
use crate::model::counted;

/// Bytes that are decoded to find out what a text is.
const SAMPLE: usize = 256 << 10;

pub(super) fn open(opening: &Opening<'_>, utf8: &Utf8Check) -> Result<Found, InputFault> {
    let mut notes = Vec::new();
    let detected = detect(opening, utf8)?;
    let mut sample = String::new();
    let mut reader = TextReader::new(&opening.content, &detected);
    while sample.len() < SAMPLE && reader.read_more(&mut sample).map_err(|error| faults::io(&error))? {}
    if sample.trim().is_empty() && reader.malformed == 0 {
        return Err(faults::empty());
    }
    // A text that is UTF-8 only in part was found to hold words.
    let may_be_lost = detected.encoding == UTF_8;
    if is_binary(&sample, may_be_lost) {
        let is_garbled = utf8.invalid_at.is_none() && utf8.nuls == 0 && !sample.contains(is_odd);
        return Err(if is_garbled {
            faults::garbled()
        } else {
            faults::not_a_spreadsheet("无法识别的二进制文件", "a binary file of no known kind")
        });
    }
    let content = classify(&sample);
    if content == TextKind::Mail || (content == TextKind::Delimited && mail::is_mail_name(&opening.name)) {
        return Ok(Found::Mail(opening.held()?));
    }
    if let TextKind::Other { zh, en } = content {
        return Err(faults::not_a_spreadsheet(zh, en));
    }
    let has_lost_text = note_encoding(opening, &detected, utf8, &sample, &mut notes)?;
    let text = || TextReader::new(&opening.content, &detected);
    let (format, sheets) = match content {
        TextKind::Html => ("html", html::open(text(), opening.stem(), opening.held_limits()?)?),
        TextKind::Xml2003 => ("xml2003", xml2003::open(text().into_read(), opening.held_limits()?)?),
        TextKind::FlatOds => ("ods", ods::open(text().into_read(), opening.held_limits()?)?),
        _ => ("csv", vec![delimited(opening, &detected, &sample, has_lost_text)]),
    };
    Ok(Found::Sheets(Read { format, encoding: Some(detected.name()), notes, sheets }))
}

fn delimited(opening: &Opening<'_>, detected: &Detected, sample: &str, has_lost_text: bool) -> Sheet {
    let rows = CsvRows::new(&opening.content, detected, Dialect::sniff(sample), &opening.options.limits);
    Sheet {
        name: opening.stem().to_owned(),
        hidden: false,
        is_text: true,
        merged: Vec::new(),
        hidden_columns: Vec::new(),
        day_zero: DAY_ZERO,
        rows: if has_lost_text { Box::new(Marked(rows)) } else { Box::new(rows) },
    }
}

/// Rows of a text in which some bytes are no text: the cells that they stand in are unreadable.
struct Marked(CsvRows);

impl RowSource for Marked {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, InputFault> {
        let more = self.0.next_row(row)?;
        row.mark_lost_text();
        Ok(more)
    }
}

/// What a text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum TextKind {
    Delimited,
    Html,
    Xml2003,
    FlatOds,
    Mail,
    Other { zh: &'static str, en: &'static str },
}

fn classify(sample: &str) -> TextKind {
    let head = sample.trim_start();
    if mail::is_mail(head) {
        return TextKind::Mail;
    }
    if is_json(head) {
        return TextKind::Other { zh: " JSON 数据", en: "JSON data" };
    }
    if !head.starts_with('<') {
        return TextKind::Delimited;
    }
    let mut end = head.len().min(16 << 10);
    while !head.is_char_boundary(end) {
        end -= 1;
    }
    let head = head[..end].to_ascii_lowercase();
    let has = |part: &str| head.contains(part);
    if has("urn:schemas-microsoft-com:office:spreadsheet") && has("workbook") && !has("<html") {
        return TextKind::Xml2003;
    }
    if ["<office:document ", "<office:document>", "<office:document-content"].iter().any(|tag| has(tag))
        && has("opendocument")
    {
        return TextKind::FlatOds;
    }
    let pages = [
        "<html",
        "<table",
        "<!doctype html",
        "<head",
        "<body",
        "<meta",
        "<div",
        "<center",
        "<tr",
        "<style",
        "<script",
        "<p>",
        "<br",
    ];
    let is_xml = head.starts_with("<?xml");
    if pages.iter().take(if is_xml { 3 } else { pages.len() }).any(|tag| has(tag)) {
        return TextKind::Html;
    }
    if is_xml || head.starts_with("<!doctype") {
        return TextKind::Other {
            zh: " XML 文件（不是 XML 电子表格 2003）",
            en: "an XML file that is no XML Spreadsheet 2003",
        };
    }
    TextKind::Delimited
}

/// Whether a text begins as JSON does: a bracket, and then a name in quotes or one more bracket.
fn is_json(head: &str) -> bool {
    let mut marks = head.chars().filter(|c| !c.is_whitespace());
    matches!((marks.next(), marks.next()), (Some('['), Some('{')) | (Some('{'), Some('"')))
}

fn detect(opening: &Opening<'_>, utf8: &Utf8Check) -> Result<Detected, InputFault> {
    let content = &opening.content;
    let read = |offset, count| content.slice(offset, count).map_err(|error| faults::io(&error));
    let head = read(0, SAMPLE)?;
    let by_bom = encoding::by_bom(&head);
    if let Some(label) = &opening.options.encoding {
        let encoding = Encoding::for_label(label.trim().as_bytes()).ok_or_else(|| faults::unknown_encoding(label))?;
        let bom = by_bom.filter(|found| found.encoding == encoding).map_or(0, |found| found.bom);
        return Ok(Detected { encoding, bom, confidence: 100 });
    }
    if let Some(found) = by_bom {
        return Ok(found);
    }
    if utf8.nuls > 0
        && let Some(encoding) = encoding::utf16_without_bom(&head)
    {
        return Ok(Detected { encoding, bom: 0, confidence: 95 });
    }
    let Some(invalid) = utf8.invalid_at else {
        return Ok(Detected { encoding: UTF_8, bom: 0, confidence: 100 });
    };
    // Where the head is plain ASCII, the bytes that tell stand later.
    let declared = declared(&head);
    let sample = if invalid < head.len() as u64 { head } else { read(invalid.saturating_sub(1024), SAMPLE)? };
    let guessed = encoding::guess(&sample);
    // What a file says of itself counts, unless its bytes plainly say otherwise.
    Ok(match declared {
        Some(encoding)
            if guessed.confidence < 90 || encoding::shown_name(encoding) == encoding::shown_name(guessed.encoding) =>
        {
            Detected { encoding, bom: 0, confidence: 100 }
        }
        _ => guessed,
    })
}

/// The encoding that an HTML or XML text names in its head.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let start = head.trim_ascii_start();
    if !start.starts_with(b"<") {
        return None;
    }
    let head = String::from_utf8_lossy(&start[..start.len().min(4096)]).to_ascii_lowercase();
    let (_, label) = head.split_once("charset=").or_else(|| head.split_once("encoding="))?;
    let label = label.trim_start_matches(['"', '\'', ' ']);
    let end = label.find(['"', '\'', ' ', ';', '>', '/', '?']).unwrap_or(label.len());
    Encoding::for_label(&label.as_bytes()[..end])
        .filter(|&encoding| encoding != UTF_8 && encoding.is_ascii_compatible())
}

/// Whether the character stands in no text.
fn is_odd(c: char) -> bool {
    c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{1A}' | '\u{C}' | '\u{B}')
}

/// Whether the characters are those of no text; characters that could not be decoded may be left out of account.
fn is_binary(sample: &str, may_be_lost: bool) -> bool {
    let (mut odd, mut all) = (0_usize, 0_usize);
    for c in sample.chars().take(16 << 10) {
        all += 1;
        odd += usize::from(c == '\u{FFFD}' && !may_be_lost || is_odd(c) || ('\u{80}'..='\u{9F}').contains(&c));
    }
    odd * 10 > all
}

/// Whether question marks stand where letters were, as after a conversion to an encoding without Chinese.
fn is_questioned(sample: &str) -> bool {
    sample.is_ascii() && sample.matches("??").count() >= 4 && sample.matches('?').count() * 5 > sample.len()
}

/// Says how sure the encoding is, and where bytes are that it does not know; `true` where some text is lost.
fn note_encoding(
    opening: &Opening<'_>,
    detected: &Detected,
    utf8: &Utf8Check,
    sample: &str,
    notes: &mut Vec<InputNote>,
) -> Result<bool, InputFault> {
    let name = detected.name();
    if detected.confidence < 100 {
        notes.push(note(
            "encoding-guessed",
            format!("文件没有标明编码，按内容判断为 {name}（把握 {}%）；如有乱码，请用 --encoding 指定。", detected.confidence),
            format!(
                "The file does not name its encoding; by its content it is {name} ({} % sure). Where text looks wrong, give --encoding.",
                detected.confidence
            ),
        ));
    }
    if is_questioned(sample) {
        notes.push(note(
            "lost-text",
            "文件中的汉字已变成问号，是此前保存或转换编码时丢失的，无法复原；请用原始文件重新导出。".to_owned(),
            "The Chinese text of the file has become question marks: an earlier conversion lost it for good. Export the original again.".to_owned(),
        ));
    }
    if detected.encoding == UTF_8 && utf8.invalid_at.is_none() {
        if utf8.has_lost_text {
            notes.push(note(
                "lost-text",
                "文件中有 �，是此前转换编码时丢失的文字，所在单元格按无法识别处理；请用原始文件重新导出。".to_owned(),
                "The file holds �, which is what an earlier conversion left of lost text; the cells with it count as unreadable. Export the original again.".to_owned(),
            ));
        }
        return Ok(utf8.has_lost_text);
    }
    let mut reader = TextReader::new(&opening.content, detected);
    let mut text = String::new();
    while reader.read_more(&mut text).map_err(|error| faults::io(&error))? {
        text.clear();
    }
    if reader.malformed == 0 {
        return Ok(false);
    }
    let places: Vec<String> =
        reader.places.iter().take(5).map(|place| format!("{}:{}", place.line, place.byte)).collect();
    let first_line = reader.places.first().map_or(0, |place| place.line);
    let more = if reader.malformed > places.len() as u64 { "…" } else { "" };
    notes.push(InputNote {
        cell: Some((u32::try_from(first_line.saturating_sub(1)).unwrap_or(u32::MAX), 0)),
        ..note(
            "undecodable-bytes",
            format!(
                "有 {} 处字节不能按 {name} 解码，已标为 �，所在单元格按无法识别处理；位置（行:字节）：{}{more}。",
                reader.malformed,
                places.join("，")
            ),
            format!(
                "Bytes that are no {name}: {}; they are shown as �, and the cells with them count as unreadable. Line and byte: {}{more}.",
                counted(reader.malformed, "place"),
                places.join(", ")
            ),
        )
    });
    Ok(true)
}
