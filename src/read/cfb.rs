//! Compound files (OLE2): their streams, with every chain checked for loops and for sectors that the file does not have.

use std::sync::Arc;

use super::faults;
use crate::diag::InputFault;

const FREE: u32 = 0xFFFF_FFFF;
const END: u32 = 0xFFFF_FFFE;
/// The largest number of a sector that is one.
const LAST_SECTOR: u32 = 0xFFFF_FFFA;

/// A compound file in memory.
pub(super) struct Compound {
    bytes: Arc<Vec<u8>>,
    sector_size: usize,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    mini_cutoff: u64,
    /// The stream in which the small streams stand.
    mini: Vec<u8>,
    entries: Vec<Entry>,
}

/// An entry of the directory.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub name: String,
    kind: u8,
    left: u32,
    right: u32,
    child: u32,
    start: u32,
    size: u64,
}

fn damaged() -> InputFault {
    faults::damaged(
        "复合文档结构有误，数据链断裂或循环",
        "the compound file is inconsistent: a chain of sectors breaks off or loops",
    )
}

fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(offset..offset + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(offset..offset + 4)?.try_into().ok()?))
}

impl Compound {
    pub fn open(bytes: Arc<Vec<u8>>) -> Result<Compound, InputFault> {
        Compound::parse(bytes).ok_or_else(damaged)
    }

    fn parse(bytes: Arc<Vec<u8>>) -> Option<Compound> {
        let sector_shift = u16_at(&bytes, 30)?;
        let mini_shift = u16_at(&bytes, 32)?;
        if !(7..=16).contains(&sector_shift) || mini_shift != 6 {
            return None;
        }
        let sector_size = 1_usize << sector_shift;
        let mut compound = Compound {
            sector_size,
            fat: Vec::new(),
            mini_fat: Vec::new(),
            mini_cutoff: u64::from(u32_at(&bytes, 56)?),
            mini: Vec::new(),
            entries: Vec::new(),
            bytes,
        };
        compound.fat = compound.read_fat()?;
        let directory = compound.chain(u32_at(&compound.bytes, 48)?, None)?;
        compound.entries = directory.chunks_exact(128).filter_map(entry).collect();
        let first_mini_fat = u32_at(&compound.bytes, 60)?;
        if first_mini_fat <= LAST_SECTOR {
            let table = compound.chain(first_mini_fat, None)?;
            compound.mini_fat = numbers(&table).collect();
        }
        let root = compound.entries.first().cloned()?;
        if root.start <= LAST_SECTOR {
            compound.mini = compound.chain(root.start, None).unwrap_or_default();
        }
        Some(compound)
    }

    /// Number of sectors that the file has room for, a cut-off last one included.
    fn sectors(&self) -> usize {
        self.bytes.len().saturating_sub(1) / self.sector_size
    }

    fn sector(&self, number: u32) -> Option<&[u8]> {
        let start = (number as usize).checked_add(1)?.checked_mul(self.sector_size)?;
        let end = start.checked_add(self.sector_size)?.min(self.bytes.len());
        self.bytes.get(start..end)
    }

    /// The allocation table: its sectors are listed in the header and in a chain of further lists.
    fn read_fat(&self) -> Option<Vec<u32>> {
        let sectors = self.sectors();
        let mut listed: Vec<u32> = numbers(self.bytes.get(76..512)?).take_while(|&n| n <= LAST_SECTOR).collect();
        let mut next = u32_at(&self.bytes, 68)?;
        let per_list = self.sector_size / 4 - 1;
        for _ in 0..=sectors {
            if next > LAST_SECTOR || next as usize >= sectors {
                break;
            }
            let list = self.sector(next)?;
            listed.extend(numbers(list).take(per_list).filter(|&n| n <= LAST_SECTOR));
            next = u32_at(list, per_list * 4).unwrap_or(END);
        }
        let mut fat = Vec::new();
        for number in listed {
            if fat.len() >= sectors {
                break;
            }
            match self.sector(number) {
                Some(sector) => fat.extend(numbers(sector)),
                // A table sector beyond the end leaves its part of the chains unknown.
                None => fat.extend(std::iter::repeat_n(FREE, self.sector_size / 4)),
            }
        }
        fat.truncate(sectors);
        Some(fat)
    }

    /// The bytes of the sectors from `start` on, up to `size`; `None` where the chain loops or leaves the file before
    /// anything was read.
    fn chain(&self, start: u32, size: Option<u64>) -> Option<Vec<u8>> {
        let wanted = size.map_or(usize::MAX, |size| usize::try_from(size).unwrap_or(usize::MAX));
        let mut bytes = Vec::new();
        let mut number = start;
        let mut steps = 0;
        while number <= LAST_SECTOR && bytes.len() < wanted {
            steps += 1;
            if steps > self.sectors() + 1 {
                return None;
            }
            let Some(sector) = self.sector(number) else { break };
            bytes.extend_from_slice(sector);
            number = self.fat.get(number as usize).copied().unwrap_or(END);
        }
        bytes.truncate(wanted);
        (wanted == 0 || !bytes.is_empty()).then_some(bytes)
    }

    fn mini_chain(&self, start: u32, size: u64) -> Option<Vec<u8>> {
        let wanted = usize::try_from(size).ok()?;
        let mut bytes = Vec::new();
        let mut number = start;
        let mut steps = 0;
        while number <= LAST_SECTOR && bytes.len() < wanted {
            steps += 1;
            if steps > self.mini.len() / 64 + 1 {
                return None;
            }
            let from = (number as usize).checked_mul(64)?;
            let Some(sector) = self.mini.get(from..(from + 64).min(self.mini.len())) else { break };
            bytes.extend_from_slice(sector);
            number = self.mini_fat.get(number as usize).copied().unwrap_or(END);
        }
        bytes.truncate(wanted);
        (wanted == 0 || !bytes.is_empty()).then_some(bytes)
    }

    /// The entries directly under the root, in the order of the directory.
    pub fn top_level(&self) -> Vec<&Entry> {
        let mut seen = vec![false; self.entries.len()];
        let mut open = vec![self.entries.first().map_or(FREE, |root| root.child)];
        while let Some(number) = open.pop() {
            let number = number as usize;
            if let Some(entry) = self.entries.get(number).filter(|_| !seen[number]) {
                seen[number] = true;
                open.extend([entry.left, entry.right]);
            }
        }
        self.entries.iter().zip(seen).filter(|&(_, seen)| seen).map(|(entry, _)| entry).collect()
    }

    /// The stream of this name under the root; where the tree is broken, the first one of that name.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        let fits = |entry: &&Entry| entry.kind == 2 && entry.name.eq_ignore_ascii_case(name);
        let top = self.top_level();
        top.iter().copied().find(|entry| fits(entry)).or_else(|| {
            let broken = top.is_empty();
            self.entries.iter().find(|entry| broken && fits(entry))
        })
    }

    /// The bytes of a stream, as many as the file really holds.
    pub fn stream(&self, entry: &Entry) -> Result<Vec<u8>, InputFault> {
        if entry.size == 0 {
            return Ok(Vec::new());
        }
        let bytes = if entry.size < self.mini_cutoff && !self.mini.is_empty() {
            self.mini_chain(entry.start, entry.size)
        } else {
            self.chain(entry.start, Some(entry.size))
        };
        bytes.ok_or_else(damaged)
    }
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

fn entry(bytes: &[u8]) -> Option<Entry> {
    let length = usize::from(u16_at(bytes, 64)?).min(64);
    let units: Vec<u16> =
        bytes.get(..length)?.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
    let name = String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned();
    let kind = *bytes.get(66)?;
    // The upper half of the size is only meant where sectors are large, and some writers leave rubbish in it.
    Some(Entry {
        name,
        kind,
        left: u32_at(bytes, 68)?,
        right: u32_at(bytes, 72)?,
        child: u32_at(bytes, 76)?,
        start: u32_at(bytes, 116)?,
        size: u64::from(u32_at(bytes, 120)?),
    })
}

/// What a compound file is by its streams.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum CompoundKind {
    /// A workbook, with the name of its stream.
    Xls(&'static str),
    /// A new workbook or document that is encrypted.
    Encrypted,
    /// Something else, with its name in Chinese and English.
    Other(&'static str, &'static str),
}

pub(super) fn kind(compound: &Compound) -> CompoundKind {
    for name in ["Workbook", "Book"] {
        if compound.find(name).is_some() {
            return CompoundKind::Xls(name);
        }
    }
    let has = |name: &str| compound.top_level().iter().any(|entry| entry.name.eq_ignore_ascii_case(name));
    if has("EncryptedPackage") || has("EncryptionInfo") {
        CompoundKind::Encrypted
    } else if has("__properties_version1.0") {
        CompoundKind::Other(" Outlook 邮件（.msg）", "an Outlook message (.msg)")
    } else if has("WordDocument") {
        CompoundKind::Other(" Word 文档（.doc）", "a Word document (.doc)")
    } else if has("PowerPoint Document") {
        CompoundKind::Other(" PowerPoint 演示文稿（.ppt）", "a PowerPoint presentation (.ppt)")
    } else if has("VisioDocument") {
        CompoundKind::Other(" Visio 图（.vsd）", "a Visio drawing (.vsd)")
    } else if has("NativeContent_MAIN") {
        CompoundKind::Other(" Quattro Pro 表格", "a Quattro Pro notebook")
    } else {
        CompoundKind::Other("不含表格的复合文档", "a compound file without a workbook")
    }
}
