//! Zip archives as the parts of a workbook or as a folder of files, with bounds on what is unpacked.

use std::fmt;
use std::io::{self, BufReader, Read};

use flate2::bufread::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::content::{Content, ContentReader};
use super::limits::{self, Limits};
use super::{archive, faults, sniff};
use crate::diag::InputFault;

/// One member of an archive.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Its position in the archive.
    index: usize,
    /// The name as shown: GB18030 where neither it nor the other names say that it is UTF-8.
    pub name: String,
    /// The name for looking it up: lower case, forward slashes, none at the start.
    key: String,
    start: u64,
    pub packed: u64,
    method: CompressionMethod,
    pub encrypted: bool,
    pub is_dir: bool,
}

/// The members of an archive; cheap to clone parts out of it.
#[derive(Clone)]
pub(super) struct Package {
    content: Content,
    pub members: Vec<Member>,
}

impl Package {
    pub fn open(content: &Content, limits: &Limits) -> Result<Package, InputFault> {
        let reader = BufReader::with_capacity(4096, content.reader());
        let mut archive = ZipArchive::new(reader).map_err(|_| broken_archive())?;
        if archive.len() > limits.members {
            return Err(limits::exceeded("members", limits.members as u64));
        }
        let is_utf8 = names_are_utf8(content, &mut archive);
        let mut members = Vec::with_capacity(archive.len());
        for index in 0..archive.len() {
            // A member whose own header is broken is left out; what needs it says that it is absent.
            let Ok(file) = archive.by_index_raw(index) else { continue };
            let Some(start) = file.data_start() else { continue };
            let name = member_name(file.name_raw(), is_utf8 || says_utf8(content, file.header_start()));
            members.push(Member {
                index,
                key: lookup_key(&name),
                start,
                packed: file.compressed_size(),
                method: file.compression(),
                encrypted: file.encrypted(),
                is_dir: file.is_dir() || name.ends_with(['/', '\\']),
                name,
            });
        }
        Ok(Package { content: content.clone(), members })
    }

    pub fn find(&self, name: &str) -> Option<&Member> {
        let key = lookup_key(name);
        self.members.iter().find(|member| member.key == key)
    }

    /// Whether a member's name begins so.
    pub fn has_folder(&self, prefix: &str) -> bool {
        self.members.iter().any(|member| member.key.starts_with(prefix))
    }

    /// A stream of the unpacked bytes of a member.
    pub fn stream(&self, member: &Member, limits: &Limits) -> Result<PartReader, InputFault> {
        if member.encrypted {
            return Err(faults::password());
        }
        // Small parts, of which a workbook has a dozen, need no large buffer.
        let room = usize::try_from(member.packed).unwrap_or(usize::MAX).clamp(16, 64 << 10);
        let packed = BufReader::with_capacity(room, self.content.reader_at(member.start, member.packed));
        let source = match member.method {
            CompressionMethod::Stored => Source::Stored(packed),
            CompressionMethod::Deflated => Source::Deflated(DeflateDecoder::new(packed)),
            other => return Err(unknown_method(&other)),
        };
        let by_ratio = member.packed.saturating_mul(limits.ratio).max(16 << 20);
        let (name, allowed, bound) = if by_ratio < limits.unpacked_bytes {
            ("ratio", by_ratio, limits.ratio)
        } else {
            ("unpacked-bytes", limits.unpacked_bytes, limits.unpacked_bytes)
        };
        Ok(PartReader { source, left: allowed, name, bound })
    }

    /// Bytes of text that the cells of the sheet in this member may hold, texts that many of them share counted for each.
    pub fn text_bound(&self, member: &Member, limits: &Limits) -> u64 {
        member.packed.saturating_mul(limits.ratio).max(64 << 20)
    }

    /// All unpacked bytes of a member.
    pub fn bytes(&self, member: &Member, limits: &Limits) -> Result<Vec<u8>, InputFault> {
        let mut bytes = Vec::new();
        let mut stream = self.stream(member, limits)?.take(limits.held_bytes + 1);
        stream.read_to_end(&mut bytes).map_err(|error| from_io(&error))?;
        if bytes.len() as u64 > limits.held_bytes {
            return Err(limits::exceeded("held-bytes", limits.held_bytes));
        }
        Ok(bytes)
    }

    /// All unpacked bytes of a member of an archive, decrypted where it needs it.
    pub fn member_bytes(
        &self,
        member: &Member,
        password: Option<&str>,
        limits: &Limits,
    ) -> Result<Vec<u8>, InputFault> {
        if !member.encrypted {
            return self.bytes(member, limits);
        }
        let Some(password) = password else { return Err(archive::member_password(false)) };
        let mut archive = ZipArchive::new(BufReader::new(self.content.reader())).map_err(|_| broken_archive())?;
        let file = archive.by_index_decrypt(member.index, password.as_bytes());
        let file = file.map_err(|_| archive::member_password(true))?;
        let mut bytes = Vec::new();
        // A wrong password may pass the short check of the format and then yields broken data.
        file.take(limits.held_bytes + 1).read_to_end(&mut bytes).map_err(|_| archive::member_password(true))?;
        if bytes.len() as u64 > limits.held_bytes {
            return Err(limits::exceeded("held-bytes", limits.held_bytes));
        }
        Ok(bytes)
    }
}

fn broken_archive() -> InputFault {
    faults::damaged(
        "压缩结构不完整，多半是传输中断或未下载完整",
        "the zip structure is incomplete, as after a broken download",
    )
}

fn unknown_method(method: &CompressionMethod) -> InputFault {
    faults::unsupported(
        &format!("用特殊压缩方式（{method}）打包的文件"),
        &format!("packed with the compression method {method}"),
    )
}

/// Whether the member says itself that its name is UTF-8, as it may since 2006.
fn says_utf8(content: &Content, header: u64) -> bool {
    content.slice(header + 6, 2).is_ok_and(|flags| flags.get(1).is_some_and(|high| high & 0x08 != 0))
}

/// Whether the names that do not say their encoding are UTF-8: all of them are valid, and one has a letter that takes three
/// bytes, as Chinese does. Two bytes alone are rather a letter of GB18030: 图 is a valid letter of UTF-8 as well.
fn names_are_utf8(content: &Content, archive: &mut ZipArchive<BufReader<ContentReader>>) -> bool {
    let mut has_three = false;
    for index in 0..archive.len() {
        let Ok(file) = archive.by_index_raw(index) else { continue };
        if file.name_raw().is_ascii() || says_utf8(content, file.header_start()) {
            continue;
        }
        let Ok(name) = std::str::from_utf8(file.name_raw()) else { return false };
        has_three = has_three || name.chars().any(|c| c.len_utf8() >= 3);
    }
    has_three
}

fn member_name(raw: &[u8], is_utf8: bool) -> String {
    if is_utf8 {
        return String::from_utf8_lossy(raw).into_owned();
    }
    encoding_rs::GB18030.decode_without_bom_handling(raw).0.into_owned()
}

fn lookup_key(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches('/').to_lowercase()
}

enum Source {
    Stored(BufReader<ContentReader>),
    Deflated(DeflateDecoder<BufReader<ContentReader>>),
}

/// The unpacked bytes of one member; more than the limits allow is an error.
pub(super) struct PartReader {
    source: Source,
    left: u64,
    name: &'static str,
    bound: u64,
}

impl Read for PartReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.source {
            Source::Stored(stored) => stored.read(buffer),
            Source::Deflated(deflated) => deflated.read(buffer),
        }?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| bound_error(self.name, self.bound))?;
        Ok(count)
    }
}

/// A limit that was reached below an interface that only knows I/O errors.
#[derive(Debug)]
struct Bound {
    name: &'static str,
    bound: u64,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "over the limit {} of {}", self.name, self.bound)
    }
}

impl std::error::Error for Bound {}

/// The I/O error that stands for a limit; [`from_io`] turns it back.
pub(super) fn bound_error(name: &'static str, bound: u64) -> io::Error {
    io::Error::other(Bound { name, bound })
}

/// The fault behind an error of reading unpacked bytes.
pub(super) fn from_io(error: &io::Error) -> InputFault {
    if let Some(bound) = error.get_ref().and_then(|inner| inner.downcast_ref::<Bound>()) {
        return limits::exceeded(bound.name, bound.bound);
    }
    match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            faults::damaged("压缩数据不完整或有误", "the compressed data is incomplete or wrong")
        }
        _ => faults::io(error),
    }
}

/// What a zip archive is by its members.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PackageKind {
    Xlsx,
    Xlsb,
    Ods,
    /// A document of another kind, with its name in Chinese and English.
    Other(&'static str, &'static str),
    Archive,
}

pub(super) fn kind(package: &Package, limits: &Limits) -> PackageKind {
    if let Some(mimetype) = package.find("mimetype") {
        let mut text = String::new();
        let read = package.stream(mimetype, limits).map(|stream| stream.take(200).read_to_string(&mut text));
        if matches!(read, Ok(Ok(_))) && text.starts_with("application/vnd.oasis.opendocument.") {
            return match text.trim_start_matches("application/vnd.oasis.opendocument.").trim() {
                kind if kind.starts_with("spreadsheet") => PackageKind::Ods,
                kind if kind.starts_with("text") => PackageKind::Other(" ODT 文档", "an ODT document"),
                kind if kind.starts_with("presentation") => PackageKind::Other(" ODP 演示文稿", "an ODP presentation"),
                _ => PackageKind::Other("OpenDocument 文件（非表格）", "an OpenDocument file without tables"),
            };
        }
    }
    if package.find("xl/workbook.bin").is_some() {
        return PackageKind::Xlsb;
    }
    if package.find("xl/workbook.xml").is_some() {
        return PackageKind::Xlsx;
    }
    if package.find("content.xml").is_some() && package.find("meta-inf/manifest.xml").is_some() {
        return PackageKind::Ods;
    }
    if package.find("[content_types].xml").is_some() {
        if package.has_folder("word/") {
            return PackageKind::Other(" Word 文档（docx）", "a Word document (docx)");
        }
        if package.has_folder("ppt/") {
            return PackageKind::Other(" PowerPoint 演示文稿（pptx）", "a PowerPoint presentation (pptx)");
        }
        if package.has_folder("visio/") {
            return PackageKind::Other(" Visio 图（vsdx）", "a Visio drawing (vsdx)");
        }
        // The workbook of an unusual writer stands where the relationships say.
        let is_binary = package.members.iter().any(|member| member.key.ends_with("/workbook.bin"));
        return if is_binary { PackageKind::Xlsb } else { PackageKind::Xlsx };
    }
    if package.find("index/document.iwa").is_some() || package.has_folder("index/tables/") {
        return PackageKind::Other(" Apple Numbers 表格", "an Apple Numbers table");
    }
    if package.find("ofd.xml").is_some() {
        return PackageKind::Other(" OFD 版式文件", "an OFD document");
    }
    PackageKind::Archive
}

/// Whether members of this name are worth opening: not folders, not the rests that systems leave in archives.
pub(super) fn is_payload(member: &Member) -> bool {
    let base = member.name.rsplit(['/', '\\']).next().unwrap_or("");
    let hidden = base.starts_with("~$") || base.starts_with("._") || base.starts_with(".DS_Store");
    let in_system_folder = member.key.starts_with("__macosx/");
    let is_index = matches!(base.to_ascii_lowercase().as_str(), "thumbs.db" | "desktop.ini");
    !(member.is_dir || base.is_empty() || hidden || in_system_folder || is_index)
        && sniff::extension(base).is_none_or(|extension| !matches!(extension.as_str(), "exe" | "lnk"))
}
