//! The bounds that keep a hostile or broken file from eating time and memory, each with its message.

use crate::diag::{FaultKind, InputFault};
use crate::model::Localized;

/// Bounds on what a reader takes from one input. Declared sizes are never trusted: what is counted is what was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of a file in a format that has to be held in memory as a whole (XLS, XLSB, HTML, XML, mails).
    pub held_bytes: u64,
    /// Bytes that one member of an archive or one part of a workbook may unpack to.
    pub unpacked_bytes: u64,
    /// How many times larger than the file an unpacked part may be, once it is over 16 MiB.
    pub ratio: u64,
    /// Bytes of distinct texts (shared strings) of one workbook.
    pub strings_bytes: u64,
    /// Cells of one sheet of a workbook that streams, gaps inside rows included; a text has no more cells than bytes.
    pub cells: u64,
    /// Cells of one document whose format has to be held in memory.
    pub held_cells: u64,
    pub sheets: usize,
    pub columns: usize,
    /// Bytes of the text of one cell.
    pub text_bytes: usize,
    /// Merged areas of one sheet.
    pub merged_areas: usize,
    /// Archives and mails inside archives and mails.
    pub nesting: usize,
    /// Members of one archive or mail.
    pub members: usize,
    /// Bytes of all members of one archive or mail together, those of inner ones included.
    pub archive_bytes: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            held_bytes: 256 << 20,
            unpacked_bytes: 4 << 30,
            ratio: 300,
            strings_bytes: 256 << 20,
            cells: 1_000_000_000,
            held_cells: 10_000_000,
            sheets: 1_000,
            columns: 16_384,
            text_bytes: 1 << 20,
            merged_areas: 500_000,
            nesting: 4,
            members: 5_000,
            archive_bytes: 1 << 30,
        }
    }
}

/// Names of the bounds, as users set them, with what they bound in Chinese and English.
const NAMES: [(&str, &str, &str); 13] = [
    ("held-bytes", "需整体读入内存的文件大小", "size of a file that is held in memory"),
    ("unpacked-bytes", "解压后的大小", "unpacked size"),
    ("ratio", "压缩比", "compression ratio"),
    ("strings-bytes", "共享字符串的总大小", "size of the shared strings"),
    ("cells", "一个工作表的单元格数", "cells of a sheet"),
    ("held-cells", "需整体读入内存的单元格数", "cells held in memory"),
    ("sheets", "工作表数", "sheets"),
    ("columns", "列数", "columns"),
    ("text-bytes", "一个单元格的文字长度", "length of a cell's text"),
    ("merged-areas", "合并区域数", "merged areas"),
    ("nesting", "压缩包嵌套层数", "nesting of archives"),
    ("members", "压缩包内的文件数", "members of an archive"),
    ("archive-bytes", "压缩包内文件的总大小", "total size of the members of an archive"),
];

impl Limits {
    /// The names of all bounds.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|name| name.0)
    }

    /// Sets the bound called `name`; `false` where there is none of that name or the value does not fit.
    pub fn set(&mut self, name: &str, value: u64) -> bool {
        let Ok(count) = usize::try_from(value) else { return false };
        match name {
            "held-bytes" => self.held_bytes = value,
            "unpacked-bytes" => self.unpacked_bytes = value,
            "ratio" => self.ratio = value,
            "strings-bytes" => self.strings_bytes = value,
            "cells" => self.cells = value,
            "held-cells" => self.held_cells = value,
            "sheets" => self.sheets = count,
            "columns" => self.columns = count,
            "text-bytes" => self.text_bytes = count,
            "merged-areas" => self.merged_areas = count,
            "nesting" => self.nesting = count,
            "members" => self.members = count,
            "archive-bytes" => self.archive_bytes = value,
            _ => return false,
        }
        true
    }
}

/// The fault of going over the bound called `name`, which stands at `bound`.
pub(super) fn exceeded(name: &'static str, bound: u64) -> InputFault {
    let (_, zh, en) = NAMES.iter().find(|known| known.0 == name).copied().unwrap_or((name, name, name));
    InputFault::new(
        FaultKind::LimitExceeded,
        Localized::new(format!("{zh}超过上限 {bound}。"), format!("The {en} is over the limit of {bound}.")),
        Localized::new(
            format!("请确认文件正常；确实需要时，可用 --limit {name}=数值 调大上限，或把文件拆分后再报。"),
            format!(
                "Check that the file is sound; where it is, raise the limit with --limit {name}=NUMBER, or split the file."
            ),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_can_be_set_by_its_name() {
        let mut limits = Limits::default();
        for name in Limits::names() {
            let before = limits.clone();
            assert!(limits.set(name, 7), "{name}");
            assert_ne!(limits, before, "{name} sets nothing");
        }
        assert!(!limits.set("no-such-limit", 1));
    }
}
