//! Inputs that are text: finds the encoding, and whether they are delimited text, HTML, XML or a mail.

use encoding_rs::{Encoding, UTF_8};

use super::csv::{CsvRows, Dialect};
use super::encoding::{self, Detected, TextReader, Utf8Check};
use super::{Opening, Read, Sheet, faults, note};
use crate::diag::{InputFault, InputNote};

/// Bytes that are decoded to find out what a text is.
const SAMPLE: usize = 256 << 10;

pub(super) fn open(opening: &Opening<'_>, utf8: &Utf8Check) -> Result<Read, InputFault> {
    let mut notes = Vec::new();
    let detected = detect(opening, utf8)?;
    let mut sample = String::new();
    let mut reader = TextReader::new(&opening.content, &detected);
    while sample.len() < SAMPLE && reader.read_more(&mut sample).map_err(|error| faults::io(&error))? {}
    if sample.trim().is_empty() && reader.malformed == 0 {
        return Err(faults::empty());
    }
    if is_binary(&sample) {
        return Err(faults::not_a_spreadsheet("无法识别的二进制文件", "a binary file of no known kind"));
    }
    note_encoding(opening, &detected, utf8, &mut notes)?;
    let dialect = Dialect::sniff(&sample);
    let rows = CsvRows::new(&opening.content, &detected, dialect, &opening.options.limits);
    let sheet = Sheet {
        name: opening.stem().to_owned(),
        hidden: false,
        is_text: true,
        merged: Vec::new(),
        hidden_columns: Vec::new(),
        rows: Box::new(rows),
    };
    Ok(Read { format: "csv", encoding: Some(detected.name()), notes, sheets: vec![sheet] })
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
    let sample = if invalid < head.len() as u64 { head } else { read(invalid.saturating_sub(1024), SAMPLE)? };
    Ok(encoding::guess(&sample))
}

/// Whether the characters are those of no text.
fn is_binary(sample: &str) -> bool {
    let (mut odd, mut all) = (0_usize, 0_usize);
    for c in sample.chars().take(16 << 10) {
        all += 1;
        odd += usize::from(
            c == '\u{FFFD}' || (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{1A}' | '\u{C}' | '\u{B}')),
        );
    }
    odd * 10 > all
}

/// Says how sure the encoding is, and where bytes are that it does not know.
fn note_encoding(
    opening: &Opening<'_>,
    detected: &Detected,
    utf8: &Utf8Check,
    notes: &mut Vec<InputNote>,
) -> Result<(), InputFault> {
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
    if detected.encoding == UTF_8 && utf8.invalid_at.is_none() {
        return Ok(());
    }
    let mut reader = TextReader::new(&opening.content, detected);
    let mut text = String::new();
    while reader.read_more(&mut text).map_err(|error| faults::io(&error))? {
        text.clear();
    }
    if reader.malformed == 0 {
        return Ok(());
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
                "有 {} 处字节不能按 {name} 解码，已标为 �；位置（行:字节）：{}{more}。",
                reader.malformed,
                places.join("，")
            ),
            format!(
                "{} sequences of bytes are no {name}; they are shown as �. Places (line:byte): {}{more}.",
                reader.malformed,
                places.join(", ")
            ),
        )
    });
    Ok(())
}
