//! Faults in packs and in input files, each with its place, so that one bad thing never hides the rest.

mod toml;

use std::any::Any;
use std::fmt;
use std::io;

pub use self::toml::{toml_detail, toml_help};
use crate::model::{Lang, Localized};

/// What is wrong with an input, by kind; the machine formats show [`FaultKind::code`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FaultKind {
    /// The operating system refused: absent, no permission, locked.
    Io,
    /// No bytes, or no cell with content.
    Empty,
    /// A format that is no spreadsheet.
    NotASpreadsheet,
    /// A spreadsheet or archive format that cannot be opened here.
    UnsupportedFormat,
    /// Encrypted with a password.
    PasswordProtected,
    /// Truncated or inconsistent.
    Damaged,
    /// A bound on size, cells, nesting or time was reached.
    LimitExceeded,
    /// Bytes that the encoding does not know.
    Undecodable,
    /// No ledger kind fits any table of the sheet.
    Unrecognised,
    /// A library failed on the file.
    ReaderFailed,
    /// The program itself failed on the file.
    Internal,
    /// The run was ended before the file was checked.
    Interrupted,
}

impl FaultKind {
    /// The stable English key of machine formats.
    pub fn code(self) -> &'static str {
        match self {
            FaultKind::Io => "io",
            FaultKind::Empty => "empty",
            FaultKind::NotASpreadsheet => "not-a-spreadsheet",
            FaultKind::UnsupportedFormat => "unsupported-format",
            FaultKind::PasswordProtected => "password-protected",
            FaultKind::Damaged => "damaged",
            FaultKind::LimitExceeded => "limit-exceeded",
            FaultKind::Undecodable => "undecodable",
            FaultKind::Unrecognised => "unrecognised",
            FaultKind::ReaderFailed => "reader-failed",
            FaultKind::Internal => "internal",
            FaultKind::Interrupted => "interrupted",
        }
    }
}

/// Why an input, or a part of it, could not be read, and what to do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputFault {
    pub kind: FaultKind,
    /// What is wrong, as a sentence.
    pub message: Localized,
    /// What to do, as a sentence.
    pub advice: Localized,
    /// The sheet, where the fault is in one.
    pub sheet: Option<String>,
    /// Row and column from 0, or for text files line and byte, where the fault has a place.
    pub cell: Option<(u32, u32)>,
}

impl InputFault {
    pub fn new(kind: FaultKind, message: Localized, advice: Localized) -> InputFault {
        InputFault { kind, message, advice, sheet: None, cell: None }
    }
}

impl fmt::Display for InputFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.message.zh, self.advice.zh)
    }
}

impl std::error::Error for InputFault {}

/// Something worth knowing about an input that was read all the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputNote {
    /// Stable English key, such as `wrong-extension`, `hidden-sheet`, `totals-row-skipped`.
    pub code: &'static str,
    pub message: Localized,
    pub sheet: Option<String>,
    /// Row and column from 0.
    pub cell: Option<(u32, u32)>,
}

/// How bad a fault in a pack is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Level {
    Error,
    Warning,
}

/// A fault in a rule pack, a mapping or a configuration, with its place in the TOML text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PackFault {
    pub level: Level,
    /// Stable English key, such as `unknown-key`, `unknown-field`, `bad-expression`; listed in `pack::codes`.
    pub code: &'static str,
    /// The file, with its path inside the packs.
    pub file: String,
    /// Bytes of the file that are at fault.
    pub span: std::ops::Range<usize>,
    /// Line and column of the span's start, both from 1; columns count characters.
    pub line: u32,
    pub column: u32,
    pub message: Localized,
    /// What to write instead, where that is known.
    pub help: Option<Localized>,
}

impl PackFault {
    /// File, line and column; `None` for what the user gave as an argument, which stands in no file of the packs.
    pub fn place(&self) -> Option<String> {
        (!self.file.is_empty()).then(|| format!("{}:{}:{}", self.file, self.line, self.column))
    }

    /// The place, where there is one, and the message.
    pub fn told(&self, lang: Lang) -> String {
        let message = self.message.get(lang);
        self.place().map_or_else(|| message.to_owned(), |place| format!("{place}: {message}"))
    }
}

impl fmt::Display for PackFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told(Lang::Zh))
    }
}

impl std::error::Error for PackFault {}

/// What a panic said: the first line, which is enough to tell it from others; the rest is for who repairs the program.
pub fn panic_reason(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.and_then(|text| text.lines().next()).unwrap_or("panic").chars().take(120).collect()
}

/// Why the operating system refused, in plain words where the reason is a usual one.
pub fn io_reason(error: &io::Error) -> Localized {
    let (zh, en) = match error.kind() {
        io::ErrorKind::NotFound => ("文件或文件夹不存在", "no such file or folder"),
        io::ErrorKind::PermissionDenied => ("没有权限", "permission denied"),
        io::ErrorKind::AlreadyExists => ("已存在", "it exists already"),
        io::ErrorKind::IsADirectory => ("是文件夹", "it is a folder"),
        io::ErrorKind::NotADirectory => ("路径中有一段不是文件夹", "a part of the path is no folder"),
        io::ErrorKind::ReadOnlyFilesystem => ("所在磁盘只读", "the disk is read-only"),
        io::ErrorKind::StorageFull => ("磁盘已满", "the disk is full"),
        io::ErrorKind::QuotaExceeded => ("磁盘配额已用完", "the disk quota is used up"),
        io::ErrorKind::FileTooLarge => ("文件过大", "the file is too large"),
        io::ErrorKind::InvalidFilename => ("文件名不合系统要求或过长", "the system does not take this file name"),
        io::ErrorKind::ResourceBusy => ("正被其他程序使用", "another program uses it"),
        _ => return Localized::new(error.to_string(), error.to_string()),
    };
    Localized::new(zh, en)
}

/// Line and column, both from 1, of the byte `offset` in `text`; columns count characters.
pub fn line_and_column(text: &str, offset: usize) -> (u32, u32) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line = before.bytes().filter(|&b| b == b'\n').count() as u32 + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() as u32 + 1;
    (line, column)
}
