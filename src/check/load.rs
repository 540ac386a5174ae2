//! Opens and maps the inputs, so that their first records are at hand before the rules are chosen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::{CheckOptions, Progress, guard};
use crate::diag::{FaultKind, InputFault};
use crate::finding::InputReading;
use crate::map::{FileContext, MapOptions, MappedSheet, Mapper, map_sheet};
use crate::model::{Batch, Localized};
use crate::read::{Cell, Digest, Opened, Row, Sheet, open, open_bytes};
use crate::template::{LISTS_SHEET, MARKER_SHEET};

/// Batches that are taken from one sheet before the packs are chosen; longer sheets wait.
const FIRST_BATCHES: usize = 16;
/// Inputs of one run; beyond them the numbers that keep results in a stable order would run out.
const INPUTS: u32 = 16_384;
/// Sheets of one input that keep numbers of their own, so that results have a stable order however files are loaded.
const SHEETS: u32 = 64;

/// One input with its sheets: what was taken from them so far, and what is still to come.
pub(super) struct Loaded {
    pub reading: InputReading,
    pub batches: Vec<Batch>,
    /// The sheets that were not read to their end, with their place among the sheets of the input.
    pub sheets: Vec<(usize, MappedSheet)>,
    /// The digest of a long file, which is worked out while its sheets are read.
    digest: Option<Digest>,
    /// Whether the file is done once this part of it is.
    is_last: bool,
}

/// Kinds of ledgers, with file and sheet, of which a table begins so far down that it was found after the rules were
/// chosen.
pub(super) type Late = BTreeSet<(Arc<str>, Arc<str>, Arc<str>)>;

impl Loaded {
    /// Lets the sheets that are still to be read know what was found in them before.
    pub fn expect(&mut self, late: &Late) {
        for (_, sheet) in &mut self.sheets {
            for (file, name, kind) in late {
                if *file == self.reading.file && name == sheet.name() {
                    sheet.expect(kind);
                }
            }
        }
    }

    /// An input that could not be read.
    pub fn fault(path: String, digest: Option<String>, size: u64, fault: InputFault) -> Loaded {
        let reading = InputReading {
            file: path.into(),
            format: None,
            encoding: None,
            digest,
            size,
            notes: Vec::new(),
            faults: vec![fault],
            sheets: Vec::new(),
        };
        Loaded { reading, batches: Vec::new(), sheets: Vec::new(), digest: None, is_last: false }
    }

    /// The digest that is still to be worked out, of a file that is still to be read.
    pub fn pending_digest(&mut self) -> Option<Digest> {
        self.digest.take()
    }

    /// Takes note of the digest; that it could not be worked out is a fault of the file.
    pub fn note_digest(&mut self, digits: Option<Result<String, InputFault>>) {
        match digits {
            Some(Ok(digits)) => self.reading.digest = Some(digits),
            Some(Err(fault)) => self.reading.faults.push(fault),
            None => {}
        }
    }

    /// The bytes of the input for each of the sheets that are still to be read to their end.
    pub fn share(&self) -> u64 {
        self.reading.size / self.sheets.len().max(1) as u64
    }

    /// Whether it is the file at this path, or stands in it.
    pub fn is_of(&self, path: &Path) -> bool {
        let path = path.to_string_lossy();
        self.reading.file.strip_prefix(&*path).is_some_and(|rest| rest.is_empty() || rest.starts_with('!'))
    }

    /// How the input was read, once every sheet has been read to its end.
    pub fn finish(mut self, progress: &Progress) -> InputReading {
        if self.is_last {
            progress.add_file();
        }
        for (place, sheet) in self.sheets {
            let place = place.min(self.reading.sheets.len());
            self.reading.sheets.insert(place, sheet.finish());
        }
        self.reading
    }
}

/// Opens and maps one file; long sheets are left open after their first batches.
pub(super) fn load(index: u32, path: &Path, mapper: &Mapper, options: &CheckOptions) -> Vec<Loaded> {
    let given = path.to_string_lossy().into_owned();
    if index >= INPUTS {
        let fault = InputFault::new(
            FaultKind::LimitExceeded,
            Localized::new(
                format!("一次最多核查 {INPUTS} 个文件，此文件未读。"),
                format!("One run takes {INPUTS} files at most; this one was not read."),
            ),
            Localized::new("请分文件夹核查。", "Check the folders one by one."),
        );
        return vec![Loaded::fault(given, None, 0, fault)];
    }
    let kind = options.kinds.iter().find(|(file, _)| given.ends_with(file.as_str())).map(|(_, kind)| kind.clone());
    let map_options =
        MapOptions { kind, period: options.period, as_of: options.as_of, mapping: options.mapping.clone() };
    let mut sheet_number = 0;
    let mut all = Vec::new();
    let opened = match options.contents.get(path) {
        Some(bytes) => open_bytes(&given, bytes.to_vec(), &options.read),
        None => open(path, &options.read),
    };
    for opened in opened {
        all.push(match opened {
            Opened::Fault { path, digest, size, fault } => Loaded::fault(path, digest, size, fault),
            Opened::Document(mut document) => {
                let marked = take_marker(&mut document.sheets);
                let shown: Arc<str> = document.path.clone().into();
                let mut loaded = Loaded {
                    reading: InputReading {
                        file: shown.clone(),
                        format: Some(document.format),
                        encoding: document.encoding,
                        digest: None,
                        size: document.size,
                        notes: document.notes,
                        faults: Vec::new(),
                        sheets: Vec::new(),
                    },
                    batches: Vec::new(),
                    sheets: Vec::new(),
                    digest: Some(document.digest),
                    is_last: false,
                };
                for sheet in document.sheets {
                    let file =
                        FileContext { path: shown.clone(), index: index * SHEETS + sheet_number.min(SHEETS - 1) };
                    sheet_number += 1;
                    let mut map_options = map_options.clone();
                    if map_options.kind.is_none() {
                        map_options.kind = marked.get(&sheet.name).cloned();
                    }
                    let mut mapped = map_sheet(sheet, &file, mapper, &map_options);
                    let open =
                        take_batches(&mut mapped, FIRST_BATCHES, &mut loaded.batches, &mut loaded.reading.faults);
                    if open {
                        loaded.sheets.push((loaded.sheets.len() + loaded.reading.sheets.len(), mapped));
                    } else {
                        loaded.reading.sheets.push(mapped.finish());
                    }
                }
                if loaded.sheets.is_empty() || !loaded.digest.as_ref().is_some_and(Digest::is_pending) {
                    let digits = loaded.digest.take().map(Digest::digits);
                    loaded.note_digest(digits);
                }
                loaded
            }
        });
    }
    let progress = &options.progress;
    match all.iter_mut().rfind(|one| !one.sheets.is_empty()) {
        Some(last) => last.is_last = true,
        None => progress.add_file(),
    }
    for one in &all {
        progress.add_rows(one.batches.iter().map(Batch::len).sum());
        if one.sheets.is_empty() {
            progress.add_bytes(one.reading.size);
        }
    }
    all
}

/// Takes the hidden sheets of a returned template away and gives the kind of ledger that each other sheet was made for.
fn take_marker(sheets: &mut Vec<Sheet>) -> BTreeMap<String, Arc<str>> {
    let mut kinds = BTreeMap::new();
    let Some(position) = sheets.iter().position(|sheet| sheet.hidden && sheet.name == MARKER_SHEET) else {
        return kinds;
    };
    let mut marker = sheets.remove(position);
    sheets.retain(|sheet| !(sheet.hidden && sheet.name == LISTS_SHEET));
    let mut row = Row::default();
    // A marker that cannot be read says nothing; the sheets are then recognised like any others.
    while let Ok(true) = marker.rows.next_row(&mut row) {
        if let (Cell::Text(name), Cell::Text(kind)) = (row.get(0), row.get(1))
            && row.index > 0
        {
            kinds.insert(name.to_owned(), kind.into());
        }
    }
    kinds
}

/// Takes up to `most` batches; `true` where the sheet has more.
pub(super) fn take_batches(
    sheet: &mut MappedSheet,
    most: usize,
    batches: &mut Vec<Batch>,
    faults: &mut Vec<InputFault>,
) -> bool {
    for _ in 0..most {
        match guard::call(|| sheet.next_batch()) {
            Ok(Ok(Some(batch))) => batches.push(batch),
            Ok(Ok(None)) => return false,
            Ok(Err(fault)) | Err(fault) => {
                faults.push(fault);
                return false;
            }
        }
    }
    true
}

/// The ledger kinds of what was loaded.
pub(super) fn kinds_of<'l>(loaded: impl Iterator<Item = &'l Loaded>) -> BTreeSet<Arc<str>> {
    let mut kinds = BTreeSet::new();
    for one in loaded {
        kinds.extend(one.batches.iter().map(|batch| batch.source.kind.clone()));
        kinds.extend(one.sheets.iter().flat_map(|(_, sheet)| sheet.kinds()));
    }
    kinds
}

/// Counts how far one sheet has been read.
pub(super) struct Meter<'p> {
    progress: &'p Progress,
    /// The bytes of the input that the whole sheet counts for, and those that are counted.
    bytes: u64,
    counted: u64,
}

impl<'p> Meter<'p> {
    pub fn new(progress: &'p Progress, bytes: u64) -> Meter<'p> {
        Meter { progress, bytes, counted: 0 }
    }

    /// Takes note that the sheet has been read so far; `None` where the reader cannot tell.
    fn note(&mut self, rows: usize, thousandths: Option<u32>) {
        self.progress.add_rows(rows);
        let bytes = self.bytes / 1000 * u64::from(thousandths.unwrap_or(0).min(1000));
        self.progress.add_bytes(bytes.saturating_sub(self.counted));
        self.counted = self.counted.max(bytes);
    }

    fn end(&mut self) {
        self.progress.add_bytes(self.bytes - self.counted);
        self.counted = self.bytes;
    }
}

/// The next batches of a sheet; empty at its end.
pub(super) fn next_batches(sheet: &mut MappedSheet, faults: &mut Vec<InputFault>, meter: &mut Meter<'_>) -> Vec<Batch> {
    let read = guard::call(|| sheet.next_batches());
    let batches = read.and_then(|batches| batches).unwrap_or_else(|fault| {
        faults.push(fault);
        Vec::new()
    });
    if batches.is_empty() {
        meter.end();
    } else {
        meter.note(batches.iter().map(Batch::len).sum(), sheet.thousandths());
    }
    batches
}
