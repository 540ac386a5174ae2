//! Finds out what an input is by its content; its name only serves to say when the two do not agree.

use std::io;

use super::content::Content;

/// What the bytes of an input are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    Empty,
    /// A zip archive: a workbook, a document or an archive of files, which its members tell.
    Zip,
    /// A compound file (OLE2): an old workbook, an encrypted new one, an old document or a mail, which its streams tell.
    Compound,
    /// A bare BIFF stream, as Excel 2 to 4 wrote it.
    Biff,
    /// Something that has no lines of text; what the table knows of it in Chinese and English, and whether tables
    /// may be in it.
    Other {
        zh: &'static str,
        en: &'static str,
        may_hold_tables: bool,
    },
    /// Everything else: text, or bytes of no known kind.
    Text,
}

/// The first bytes of formats that are only named. (bytes, offset, Chinese, English, whether tables may be in it)
const SIGNATURES: [(&[u8], usize, &str, &str, bool); 27] = [
    (b"7z\xBC\xAF\x27\x1C", 0, " 7z 压缩包", "a 7z archive", true),
    (b"Rar!\x1A\x07", 0, " RAR 压缩包", "a RAR archive", true),
    (b"\x1F\x8B", 0, " gzip 压缩文件", "a gzip file", true),
    (b"BZh", 0, " bzip2 压缩文件", "a bzip2 file", true),
    (b"\xFD7zXZ\0", 0, " xz 压缩文件", "an xz file", true),
    (b"\x28\xB5\x2F\xFD", 0, " zstd 压缩文件", "a zstd file", true),
    (b"ustar", 257, " tar 包", "a tar archive", true),
    (b"SQLite format 3\0", 0, " SQLite 数据库", "an SQLite database", true),
    (b"\0\x01\0\0Standard Jet DB", 0, " Access 数据库", "an Access database", true),
    (b"\0\x01\0\0Standard ACE DB", 0, " Access 数据库", "an Access database", true),
    (b"PAR1", 0, " Parquet 数据文件", "a Parquet file", true),
    (b"%PDF", 0, " PDF 文件", "a PDF file", false),
    (b"{\\rtf", 0, " RTF 文档", "an RTF document", false),
    (b"\x89PNG\r\n", 0, "图片（PNG）", "a picture (PNG)", false),
    (b"\xFF\xD8\xFF", 0, "图片（JPEG）", "a picture (JPEG)", false),
    (b"GIF8", 0, "图片（GIF）", "a picture (GIF)", false),
    (b"II*\0", 0, "图片（TIFF）", "a picture (TIFF)", false),
    (b"MM\0*", 0, "图片（TIFF）", "a picture (TIFF)", false),
    (b"WEBP", 8, "图片（WebP）", "a picture (WebP)", false),
    (b"ftypheic", 4, "图片（HEIC）", "a picture (HEIC)", false),
    (b"\xD7\xCD\xC6\x9A", 0, "图片（WMF）", "a picture (WMF)", false),
    (b"\x7FELF", 0, "程序文件", "a program", false),
    (b"MZ\x90\0", 0, "程序文件", "a program", false),
    (b"OFD", 0, " OFD 版式文件", "an OFD document", false),
    (b"\xFF\xFE\0\0", 0, " UTF-32 编码的文本", "a text in UTF-32", true),
    (
        b"\x78\x9F\x3E\x22",
        0,
        " Outlook 专有格式的附件（winmail.dat）",
        "an attachment in Outlook's own format (winmail.dat)",
        true,
    ),
    (b"ID;P", 0, " SYLK 文件", "a SYLK file", true),
];

/// Looks at the first bytes.
pub(super) fn sniff(content: &Content) -> io::Result<Format> {
    if content.len() == 0 {
        return Ok(Format::Empty);
    }
    let head = content.slice(0, 1024)?;
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") || head.starts_with(b"PK\x07\x08") {
        return Ok(Format::Zip);
    }
    if head.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return Ok(Format::Compound);
    }
    // BOF records of BIFF 2 to 5, with the lengths that they have.
    if matches!(
        head.get(..3),
        Some([0x09, 0x00, 0x04] | [0x09, 0x02, 0x06] | [0x09, 0x04, 0x06] | [0x09, 0x08, 0x08 | 0x10])
    ) && head.get(3) == Some(&0)
    {
        return Ok(Format::Biff);
    }
    if head.starts_with(b"BM") && head.get(6..10) == Some(&[0; 4]) {
        return Ok(Format::Other { zh: "图片（BMP）", en: "a picture (BMP)", may_hold_tables: false });
    }
    for (signature, offset, zh, en, may_hold_tables) in SIGNATURES {
        if head.get(offset..).is_some_and(|rest| rest.starts_with(signature)) {
            return Ok(Format::Other { zh, en, may_hold_tables });
        }
    }
    Ok(Format::Text)
}

/// The extension of a name in lower case, without the dot.
pub(super) fn extension(name: &str) -> Option<String> {
    let base = name.rsplit(['/', '\\', '!']).next().unwrap_or(name);
    let (stem, extension) = base.rsplit_once('.')?;
    (!stem.is_empty() && !extension.is_empty()).then(|| extension.to_ascii_lowercase())
}

/// Whether the extension is one that files of this format carry.
pub(super) fn extension_fits(format: &str, extension: &str) -> bool {
    match format {
        "xlsx" => matches!(extension, "xlsx" | "xlsm" | "xltx" | "xltm" | "xlam" | "ett"),
        "xlsb" => extension == "xlsb",
        "xls" => matches!(extension, "xls" | "xlt" | "xlw" | "xla" | "et" | "ett"),
        "ods" => matches!(extension, "ods" | "ots" | "fods"),
        "xml2003" => extension == "xml",
        "html" => matches!(extension, "html" | "htm" | "xhtml" | "mht" | "mhtml"),
        "csv" => matches!(extension, "csv" | "tsv" | "txt" | "tab" | "prn"),
        _ => true,
    }
}
