//! Opens input files by their content and gives their sheets row by row.

mod archive;
mod cfb;
mod content;
mod crypt;
mod csv;
mod dialect;
mod digest;
mod encoding;
mod faults;
mod grid;
mod guard;
mod html;
mod limits;
mod mail;
mod numbers;
mod ods;
mod package;
mod plain;
mod sheet;
mod sniff;
mod text;
mod xls;
mod xlsb;
mod xlsx;
mod xml;
mod xml2003;

use std::io;
use std::path::Path;
use std::sync::Arc;

pub use digest::Digest;
pub use limits::Limits;
pub use plain::{TextRecord, TextRows, TextStep};
pub use sheet::{Cell, DAY_ZERO, DAY_ZERO_1904, Document, KeptRows, MergedArea, Row, RowBlock, RowSource, Sheet};

use crate::diag::{InputFault, InputNote};
use crate::model::Localized;
use cfb::{Compound, CompoundKind};
use content::Content;
use package::{Package, PackageKind};
use sniff::Format;

/// What the user says about how inputs are to be read.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The encoding of text files, such as `GB18030`, instead of the one found in the content.
    pub encoding: Option<String>,
    /// The password of encrypted workbooks and archives.
    pub password: Option<String>,
    pub limits: Limits,
}

/// An input, or a member of an archive or a mail, as it was opened.
pub enum Opened {
    Document(Document),
    Fault {
        path: String,
        /// SHA-256 of the bytes, where they could be read.
        digest: Option<String>,
        size: u64,
        fault: InputFault,
    },
}

/// Whether an encoding has this name, so that [`ReadOptions::encoding`] may name it.
pub fn is_encoding(name: &str) -> bool {
    encoding_rs::Encoding::for_label(name.trim().as_bytes()).is_some()
}

/// Opens the file at `path`: one result, or several for archives and mails. Never panics.
pub fn open(path: &Path, options: &ReadOptions) -> Vec<Opened> {
    let shown = path.to_string_lossy().into_owned();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let failed = |size, fault| vec![Opened::Fault { path: shown.clone(), digest: None, size, fault }];
    if path.is_dir() {
        return failed(0, faults::not_a_spreadsheet("文件夹", "a folder"));
    }
    let content = match std::fs::File::open(path).and_then(Content::from_file) {
        Ok(content) => content,
        Err(error) => return failed(0, faults::io(&error)),
    };
    let budget = Budget::new(options.limits.archive_bytes);
    Opening { path: shown, name, content, options, depth: 0, budget: &budget }.open()
}

/// Opens an input whose bytes are at hand; `name` is what it is called in the results, and its ending is held against
/// the format found.
pub fn open_bytes(name: &str, bytes: Vec<u8>, options: &ReadOptions) -> Vec<Opened> {
    let base = name.rsplit(['/', '\\', '!']).next().unwrap_or(name).to_owned();
    let content = Content::from_bytes(bytes);
    let budget = Budget::new(options.limits.archive_bytes);
    Opening { path: name.to_owned(), name: base, content, options, depth: 0, budget: &budget }.open()
}

/// Bytes from which on the digest of a file is worked out beside the reading, and not before.
const LATE_DIGEST: u64 = 4 << 20;

/// One input on its way to a document.
struct Opening<'a> {
    /// As given by the user, with the containers that it is in.
    path: String,
    /// The last part of the path.
    name: String,
    content: Content,
    options: &'a ReadOptions,
    /// How many containers it is in.
    depth: usize,
    /// Bytes that members of the outermost container may still unpack to.
    budget: &'a Budget,
}

type Budget = std::cell::Cell<u64>;

/// What a reader makes of an input.
struct Read {
    format: &'static str,
    encoding: Option<String>,
    notes: Vec<InputNote>,
    sheets: Vec<Sheet>,
}

/// What an input turned out to be.
enum Found {
    Sheets(Read),
    /// Its members are inputs themselves.
    Archive(Package),
    /// Its attachments are inputs themselves.
    Mail(Arc<Vec<u8>>),
}

impl Opening<'_> {
    fn open(self) -> Vec<Opened> {
        if self.name.starts_with("~$") {
            return vec![self.fault(None, faults::lock_file())];
        }
        let format = match sniff::sniff(&self.content) {
            Ok(format) => format,
            Err(error) => return vec![self.fault(None, faults::io(&error))],
        };
        let (digest, utf8) = match self.look(format == Format::Text) {
            Ok(looked) => looked,
            Err(error) => return vec![self.fault(None, faults::io(&error))],
        };
        match guard::call(|| self.read(format, &utf8)) {
            Ok(Found::Sheets(read)) => vec![self.document(digest, read)],
            Ok(Found::Archive(package)) => {
                self.container(digest, |opening, digest| archive::open(opening, digest, &package))
            }
            Ok(Found::Mail(bytes)) => self.container(digest, |opening, digest| mail::open(opening, digest, &bytes)),
            Err(fault) => vec![self.fault(digest.digits().ok(), fault)],
        }
    }

    /// Looks at all bytes: their digest, and for a text whether they are UTF-8.
    fn look(&self, is_text: bool) -> io::Result<(Digest, encoding::Utf8Check)> {
        let mut utf8 = encoding::Utf8Check::default();
        if matches!(self.content, Content::File(..)) && self.content.len() >= LATE_DIGEST {
            if is_text {
                utf8 = encoding::Utf8Check::of(&self.content)?;
            }
            return Ok((Digest::later(self.content.clone()), utf8));
        }
        let digest = self.content.digest(|block| {
            if is_text {
                utf8.push(block);
            }
        })?;
        utf8.finish();
        Ok((Digest::known(digest), utf8))
    }

    fn read(&self, format: Format, utf8: &encoding::Utf8Check) -> Result<Found, InputFault> {
        let limits = &self.options.limits;
        let read = match format {
            Format::Empty => return Err(faults::empty()),
            Format::Other { zh, en, may_hold_tables: true } => return Err(faults::unsupported(zh, en)),
            Format::Other { zh, en, may_hold_tables: false } => return Err(faults::not_a_spreadsheet(zh, en)),
            Format::Zip => return self.package(&self.content),
            Format::Compound => {
                let compound = Compound::open(self.held()?)?;
                match cfb::kind(&compound) {
                    CompoundKind::Xls(name) => {
                        let entry = compound.find(name).ok_or_else(faults::empty)?;
                        self.xls(compound.stream(entry)?)?
                    }
                    CompoundKind::Encrypted => {
                        let password = self.options.password.as_deref();
                        let package = crypt::ooxml::decrypt(&compound, password, limits)?;
                        return self.package(&Content::from_bytes(package));
                    }
                    CompoundKind::Other(zh, en) => return Err(faults::not_a_spreadsheet(zh, en)),
                }
            }
            Format::Biff => self.xls(self.held()?.to_vec())?,
            Format::Text => return text::open(self, utf8),
        };
        Ok(Found::Sheets(read))
    }

    /// Reads a workbook in a zip archive, or finds that it is an archive of inputs.
    fn package(&self, content: &Content) -> Result<Found, InputFault> {
        let limits = &self.options.limits;
        let package = Package::open(content, limits)?;
        let read = match package::kind(&package, limits) {
            PackageKind::Xlsx => book_read("xlsx", xlsx::open(package, limits)?),
            PackageKind::Xlsb => book_read("xlsb", xlsb::open(package, limits)?),
            PackageKind::Ods => book_read("ods", ods::open_package(&package, limits)?),
            PackageKind::Other(zh, en) => return Err(faults::not_a_spreadsheet(zh, en)),
            PackageKind::Archive => return Ok(Found::Archive(package)),
        };
        Ok(Found::Sheets(read))
    }

    /// Opens the members of a container; a panic on the way there is the fault of the container.
    fn container(&self, digest: Digest, open: impl FnOnce(&Self, &str) -> Vec<Opened>) -> Vec<Opened> {
        let digest = match digest.digits() {
            Ok(digest) => digest,
            Err(fault) => return vec![self.fault(None, fault)],
        };
        guard::call(|| Ok(open(self, &digest))).unwrap_or_else(|fault| vec![self.fault(Some(digest.clone()), fault)])
    }

    /// The limits, where they allow to hold what is read from all bytes.
    fn held_limits(&self) -> Result<&Limits, InputFault> {
        if self.content.len() > self.options.limits.held_bytes {
            return Err(limits::exceeded("held-bytes", self.options.limits.held_bytes));
        }
        Ok(&self.options.limits)
    }

    fn xls(&self, stream: Vec<u8>) -> Result<Read, InputFault> {
        let book = xls::open(stream, self.stem(), self.options)?;
        Ok(Read { format: "xls", encoding: book.encoding, notes: book.notes, sheets: book.sheets })
    }

    /// All bytes, where the limits allow to hold them.
    fn held(&self) -> Result<Arc<Vec<u8>>, InputFault> {
        self.held_limits()?;
        self.content.bytes().map_err(|error| faults::io(&error))
    }

    /// The name without its extension.
    fn stem(&self) -> &str {
        self.name.rsplit_once('.').map_or(self.name.as_str(), |(stem, _)| stem)
    }

    fn fault(&self, digest: Option<String>, fault: InputFault) -> Opened {
        Opened::Fault { path: self.path.clone(), digest, size: self.content.len(), fault }
    }

    fn document(self, digest: Digest, read: Read) -> Opened {
        let (sheets, has_content) = guard::sheets(read.sheets);
        if !has_content {
            return self.fault(digest.digits().ok(), faults::empty_book());
        }
        let mut notes = read.notes;
        if let Some(extension) = sniff::extension(&self.name).filter(|ext| !sniff::extension_fits(read.format, ext)) {
            notes.insert(0, wrong_extension(&extension, read.format));
        }
        Opened::Document(Document {
            path: self.path,
            format: read.format,
            encoding: read.encoding,
            digest,
            size: self.content.len(),
            notes,
            sheets,
        })
    }
}

fn book_read(format: &'static str, sheets: Vec<Sheet>) -> Read {
    Read { format, encoding: None, notes: Vec::new(), sheets }
}

fn wrong_extension(extension: &str, format: &str) -> InputNote {
    note(
        "wrong-extension",
        format!("扩展名是 .{extension}，内容实为 {format}，已按内容读取。"),
        format!("The name ends in .{extension}, but the content is {format}; it was read as that."),
    )
}

fn note(code: &'static str, zh: String, en: String) -> InputNote {
    InputNote { code, message: Localized::new(zh, en), sheet: None, cell: None }
}
