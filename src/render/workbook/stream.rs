//! Puts many rows into a sheet of a finished workbook, part by part, with neither the time nor the memory of a cell-by-cell model.
//!
//! The library lays out the sheet with everything but its rows, and with prototype cells that carry the formats and the shared texts.
//! Here the prototypes are replaced by the rows.

use std::io::{self, Cursor, Read, Write};

use rayon::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// Rows that one task makes.
const CHUNK: usize = 256;
/// Tasks whose rows are kept at a time.
const CHUNKS: usize = 16;

/// The cells of the prototype rows as the library wrote them, without their places: by row and column, both from 0.
pub(super) struct Prototypes(Vec<Vec<Prototype>>);

#[derive(Clone, Default)]
struct Prototype {
    /// What stands after the place in the cell's element, to the element's end; empty where there is no such cell.
    cell: String,
    style: String,
}

impl Prototypes {
    fn get(&self, row: u32, column: u16) -> Option<&Prototype> {
        self.0.get(row as usize)?.get(usize::from(column)).filter(|prototype| !prototype.cell.is_empty())
    }

    /// What stands after the place in the cell's element, to the element's end; empty where there is no such cell.
    pub fn cell(&self, row: u32, column: u16) -> &str {
        self.get(row, column).map_or("", |prototype| &prototype.cell)
    }

    /// The number of the cell's format.
    pub fn style(&self, row: u32, column: u16) -> &str {
        self.get(row, column).map_or("0", |prototype| &prototype.style)
    }
}

/// One link: the cell that carries it, and the place in the file that it leads to.
pub(super) struct Link {
    pub cell: String,
    pub anchor: Option<String>,
}

/// What fills the sheet.
pub(super) trait Rows: Sync {
    /// How many rows there are.
    fn len(&self) -> usize;
    /// Adds the element of row `index` to `xml`.
    fn row(&self, index: usize, prototypes: &Prototypes, xml: &mut String);
    /// Calls `take` with each link in order, as far as it answers `Ok`; there are none unless said otherwise.
    fn links(&self, _take: &mut dyn FnMut(Link) -> io::Result<()>) -> io::Result<()> {
        Ok(())
    }
    /// Calls `take` with the file that each of the links leads to.
    fn targets(&self, _take: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        Ok(())
    }
}

/// Begins a place in stored rows where the number of a format goes; one byte follows, see [`Stored::style`]. No text of the data can
/// hold it, since [`push_escaped`] writes control characters out.
pub(super) const STYLE: u8 = 1;

/// Rows that were made and compressed before the formats had their numbers.
pub(super) struct Stored {
    pub deflated: Vec<u8>,
    /// Merged areas, such as `A1:C1`.
    pub merged: Vec<String>,
}

impl Stored {
    /// What stands in stored rows for the number of the format that the first row's prototype in `column` has.
    pub fn style(column: u16) -> [char; 2] {
        [char::from(STYLE), char::from(b'0' + column as u8)]
    }

    /// Writes the rows with the numbers of the formats.
    fn write(&self, prototypes: &Prototypes, out: &mut impl Write) -> io::Result<()> {
        let mut rows = io::BufReader::new(flate2::read::DeflateDecoder::new(&self.deflated[..]));
        let mut piece = Vec::new();
        while io::BufRead::read_until(&mut rows, STYLE, &mut piece)? > 0 {
            if piece.last() == Some(&STYLE) {
                piece.pop();
                let mut column = [0];
                rows.read_exact(&mut column)?;
                piece.extend_from_slice(prototypes.style(0, u16::from(column[0].saturating_sub(b'0'))).as_bytes());
            }
            out.write_all(&piece)?;
            piece.clear();
        }
        Ok(())
    }
}

/// What a sheet is filled with.
pub(super) enum Content<'a> {
    /// Takes the place of the rows after the first.
    Rows(&'a dyn Rows),
    /// Takes the place of all rows.
    Stored(&'a Stored),
}

/// One sheet to be filled.
pub(super) struct Filling<'a> {
    /// Number of the sheet, from 1.
    pub sheet: usize,
    pub content: Content<'a>,
    pub last_cell: String,
}

/// Writes the workbook `package` with the fillings in place of the rows of their sheets. It goes out as it is made.
pub(super) fn fill(package: &[u8], fillings: &[Filling<'_>], out: &mut dyn Write) -> io::Result<()> {
    let mut archive = ZipArchive::new(Cursor::new(package)).map_err(io::Error::other)?;
    let mut writer = ZipWriter::new_stream(out);
    let options = SimpleFileOptions::default().compression_level(Some(1));
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(io::Error::other)?;
        let name = file.name().map_err(io::Error::other)?.into_owned();
        let filling = fillings.iter().find(|filling| name == format!("xl/worksheets/sheet{}.xml", filling.sheet));
        writer.start_file(name.as_str(), options).map_err(io::Error::other)?;
        let Some(filling) = filling else {
            io::copy(&mut file, &mut writer)?;
            continue;
        };
        let mut xml = String::new();
        file.read_to_string(&mut xml)?;
        write_sheet(&xml, filling, &mut writer)?;
    }
    for filling in fillings {
        let Content::Rows(rows) = filling.content else { continue };
        let part = format!("xl/worksheets/_rels/sheet{}.xml.rels", filling.sheet);
        write_relations(rows, &mut writer, |writer| {
            writer.start_file(part.as_str(), options).map_err(io::Error::other)
        })?;
    }
    writer.finish().map_err(io::Error::other)?.into_inner().flush()
}

fn write_sheet(xml: &str, filling: &Filling<'_>, out: &mut impl Write) -> io::Result<()> {
    let malformed = || io::Error::other("the sheet is not laid out as expected");
    let (head, rest) = xml.split_once("<sheetData>").ok_or_else(malformed)?;
    let (data, tail) = rest.split_once("</sheetData>").ok_or_else(malformed)?;
    let (before, dimension) = head.split_once("<dimension ref=\"").ok_or_else(malformed)?;
    let (_, after) = dimension.split_once('"').ok_or_else(malformed)?;
    write!(out, "{before}<dimension ref=\"A1:{}\"{after}<sheetData>", filling.last_cell)?;
    let rows = match filling.content {
        Content::Rows(rows) => rows,
        Content::Stored(stored) => {
            stored.write(&read_prototypes(data), out)?;
            out.write_all(b"</sheetData>")?;
            write_merged(&stored.merged, out)?;
            return out.write_all(tail.as_bytes());
        }
    };
    let (heading, prototypes) = data.split_once("</row>").ok_or_else(malformed)?;
    write!(out, "{heading}</row>")?;
    write_rows(rows, &read_prototypes(prototypes), out)?;
    out.write_all(b"</sheetData>")?;
    // The links stand after the validations and before the set-up of the page.
    let (before, after) = match tail.find("<printOptions").or_else(|| tail.find("<pageMargins")) {
        Some(place) => tail.split_at(place),
        None => return Err(malformed()),
    };
    out.write_all(before.as_bytes())?;
    write_links(rows, out)?;
    out.write_all(after.as_bytes())
}

/// Writes the rows, which several threads make.
fn write_rows(rows: &dyn Rows, prototypes: &Prototypes, out: &mut impl Write) -> io::Result<()> {
    let make = |first: usize, texts: &mut Vec<String>| {
        let chunks = rows.len().saturating_sub(first).div_ceil(CHUNK).min(CHUNKS);
        texts.resize_with(chunks, String::new);
        texts.par_iter_mut().enumerate().for_each(|(chunk, xml)| {
            let first = first + chunk * CHUNK;
            xml.clear();
            (first..rows.len().min(first + CHUNK)).for_each(|index| rows.row(index, prototypes, xml));
        });
    };
    let (mut ready, mut next) = (Vec::new(), Vec::new());
    make(0, &mut ready);
    for first in (0..rows.len()).step_by(CHUNK * CHUNKS) {
        // While some rows are compressed, the next are made.
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| make(first + CHUNK * CHUNKS, &mut next));
            ready.iter().try_for_each(|xml| out.write_all(xml.as_bytes()))
        })?;
        std::mem::swap(&mut ready, &mut next);
    }
    Ok(())
}

/// Merged areas stand right after the rows; sheets with stored rows have nothing that would come between.
fn write_merged(merged: &[String], out: &mut impl Write) -> io::Result<()> {
    if merged.is_empty() {
        return Ok(());
    }
    write!(out, "<mergeCells count=\"{}\">", merged.len())?;
    for area in merged {
        write!(out, "<mergeCell ref=\"{area}\"/>")?;
    }
    out.write_all(b"</mergeCells>")
}

/// Cells by row and column from the elements of the prototype rows.
fn read_prototypes(xml: &str) -> Prototypes {
    let mut rows: Vec<Vec<Prototype>> = Vec::new();
    for cell in xml.split("<c r=\"").skip(1) {
        let Some((place, rest)) = cell.split_once('"') else { continue };
        let letters = place.trim_end_matches(|c: char| c.is_ascii_digit());
        let column = letters.bytes().fold(0_u32, |sum, letter| sum * 26 + u32::from(letter - b'A') + 1);
        let Ok(row) = place[letters.len()..].parse::<u32>() else { continue };
        let end = match rest.split_once('>') {
            Some((tag, _)) if tag.ends_with('/') => tag.len() + 1,
            _ => rest.find("</c>").map_or(rest.len(), |end| end + "</c>".len()),
        };
        let style = rest.split_once(" s=\"").and_then(|(_, rest)| rest.split_once('"')).map_or("0", |(style, _)| style);
        let (row, column) = (row.saturating_sub(1) as usize, column.saturating_sub(1) as usize);
        if rows.len() <= row {
            rows.resize(row + 1, Vec::new());
        }
        if rows[row].len() <= column {
            rows[row].resize(column + 1, Prototype::default());
        }
        rows[row][column] = Prototype { cell: rest[..end].to_owned(), style: style.to_owned() };
    }
    Prototypes(rows)
}

fn write_links(rows: &dyn Rows, out: &mut impl Write) -> io::Result<()> {
    let mut xml = String::new();
    let mut number = 0_u32;
    rows.links(&mut |link| {
        if number == 0 {
            xml.push_str("<hyperlinks>");
        }
        number += 1;
        for part in ["<hyperlink ref=\"", &link.cell, "\" r:id=\"rId", &number.to_string(), "\""] {
            xml.push_str(part);
        }
        if let Some(anchor) = link.anchor {
            xml.push_str(" location=\"");
            push_escaped(&mut xml, &anchor);
            xml.push('"');
        }
        xml.push_str("/>");
        pass_on(&mut xml, out)
    })?;
    if number > 0 {
        xml.push_str("</hyperlinks>");
    }
    out.write_all(xml.as_bytes())
}

/// Writes where the links lead to, after `begin` where there are any.
fn write_relations<W: Write>(
    rows: &dyn Rows,
    out: &mut W,
    mut begin: impl FnMut(&mut W) -> io::Result<()>,
) -> io::Result<()> {
    let mut xml = String::new();
    let mut number = 0_u32;
    rows.targets(&mut |file| {
        if number == 0 {
            begin(out)?;
            xml.push_str(
                "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
                 <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">",
            );
        }
        number += 1;
        let kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink";
        for part in ["<Relationship Id=\"rId", &number.to_string(), "\" Type=\"", kind, "\" Target=\""] {
            xml.push_str(part);
        }
        push_escaped(&mut xml, file);
        xml.push_str("\" TargetMode=\"External\"/>");
        pass_on(&mut xml, out)
    })?;
    if number == 0 {
        return Ok(());
    }
    xml.push_str("</Relationships>");
    out.write_all(xml.as_bytes())
}

/// Writes what has come together once it is much.
fn pass_on(xml: &mut String, out: &mut impl Write) -> io::Result<()> {
    if xml.len() > 1 << 16 {
        out.write_all(xml.as_bytes())?;
        xml.clear();
    }
    Ok(())
}

/// Adds what stands in a cell's element after its place and format: a text of its own, or nothing.
pub(super) fn push_text(xml: &mut String, text: &str) {
    if text.is_empty() {
        xml.push_str("/>");
        return;
    }
    let look = Look::of(text);
    // Programs may drop blanks at the ends and fold line breaks where nothing is said; to say it for every text is a tenth of the sheet.
    let keeps_blanks = text.starts_with(char::is_whitespace)
        || text.ends_with(char::is_whitespace)
        || look.has_breaks
        || look.has_blanks && text.contains("  ");
    xml.push_str(" t=\"inlineStr\"><is><t");
    xml.push_str(if keeps_blanks { " xml:space=\"preserve\">" } else { ">" });
    if look.is_plain {
        xml.push_str(text)
    } else {
        push_special(xml, text)
    }
    xml.push_str("</t></is></c>");
}

/// Adds a cell that holds a text of its own; none for an empty text.
pub(super) fn push_text_cell(xml: &mut String, place: &str, style: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    for part in ["<c r=\"", place, "\" s=\"", style, "\""] {
        xml.push_str(part);
    }
    push_text(xml, text);
}

/// Adds `text` as the content of an element or of an attribute of a sheet.
///
/// Characters that XML has no place for are written as `_x0001_`, as spreadsheets do; a text that looks like that already is kept apart.
pub(super) fn push_escaped(xml: &mut String, text: &str) {
    if Look::of(text).is_plain { xml.push_str(text) } else { push_special(xml, text) }
}

/// What a text has that needs care. All of its bytes are looked at, many at once, since a list of findings has very many texts.
struct Look {
    /// Nothing of it has a meaning of its own in a sheet.
    is_plain: bool,
    has_breaks: bool,
    has_blanks: bool,
}

impl Look {
    fn of(text: &str) -> Look {
        let (mut special, mut breaks, mut blanks, mut last) = (false, false, false, false);
        for &byte in text.as_bytes() {
            let is_break = (byte == b'\n') | (byte == b'\t');
            let is_markup = (byte == b'&') | (byte == b'<') | (byte == b'>') | (byte == b'"') | (byte == b'_');
            special |= is_markup | ((byte < 0x20) & !is_break);
            breaks |= is_break;
            blanks |= byte == b' ';
            last |= byte == 0xBF;
        }
        // Of the letters that take three bytes only U+FFFE and U+FFFF need a closer look, and both have a byte that few have.
        let has_noncharacter = || NONCHARACTERS.iter().any(|one| text.contains(*one));
        Look { is_plain: !(special || last && has_noncharacter()), has_breaks: breaks, has_blanks: blanks }
    }
}

fn push_special(xml: &mut String, text: &str) {
    let bytes = text.as_bytes();
    let (mut copied, mut next) = (0, 0);
    while next < bytes.len() {
        let place = next;
        let (written, length) = match bytes[place] {
            b'&' => ("&amp;", 1),
            b'<' => ("&lt;", 1),
            b'>' => ("&gt;", 1),
            b'"' => ("&quot;", 1),
            b'_' if looks_escaped(&bytes[place..]) => ("_x005F_", 1),
            0xEF if matches!(bytes[place..], [_, 0xBF, 0xBE | 0xBF, ..]) => ("\u{fffd}", 3),
            byte if byte < 0x20 && !matches!(byte, b'\n' | b'\t') => ("", 1),
            _ => {
                next += 1;
                continue;
            }
        };
        xml.push_str(&text[copied..place]);
        xml.push_str(written);
        if written.is_empty() {
            xml.push_str(&format!("_x{:04X}_", bytes[place]));
        }
        next = place + length;
        copied = next;
    }
    xml.push_str(&text[copied..]);
}

/// The characters beyond ASCII that XML has no place for.
const NONCHARACTERS: [char; 2] = ['\u{fffe}', '\u{ffff}'];

fn looks_escaped(bytes: &[u8]) -> bool {
    bytes.len() >= 7 && bytes[1] == b'x' && bytes[2..6].iter().all(u8::is_ascii_hexdigit) && bytes[6] == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prototypes_are_found_by_place() {
        let xml =
            r#"<row r="2"><c r="A2" s="3"><v>1</v></c><c r="B2" s="5"/><c r="AA2" s="7" t="s"><v>12</v></c></row>"#;
        let prototypes = read_prototypes(xml);
        assert_eq!(prototypes.cell(1, 26), r#" s="7" t="s"><v>12</v></c>"#);
        assert_eq!(prototypes.cell(1, 1), r#" s="5"/>"#);
        assert_eq!((prototypes.style(1, 0), prototypes.style(9, 9)), ("3", "0"));
    }

    #[test]
    fn texts_cannot_leave_their_cell() {
        let mut xml = String::new();
        push_text_cell(&mut xml, "A1", "0", "</t><f>1</f>\u{1}\r_x0041_ a_b");
        assert_eq!(
            xml,
            "<c r=\"A1\" s=\"0\" t=\"inlineStr\"><is><t>&lt;/t&gt;&lt;f&gt;1&lt;/f&gt;_x0001__x000D__x005F_x0041_ a_b</t></is></c>"
        );
        let written = |text: &str| {
            let mut xml = String::new();
            push_text(&mut xml, text);
            xml
        };
        assert_eq!(written("甲\u{ffff}：\u{fffe}"), " t=\"inlineStr\"><is><t>甲\u{fffd}：\u{fffd}</t></is></c>");
        for text in [" 甲", "甲\u{3000}", "甲\n乙", "甲  乙"] {
            assert_eq!(written(text), format!(" t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>"));
        }
    }
}
