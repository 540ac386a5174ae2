//! Which inputs are judged together, and what is reported of those that were not judged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{CheckOptions, Each};
use crate::diag::{FaultKind, InputFault};
use crate::finding::{InputReading, Report};
use crate::model::Localized;

/// The files in groups that are bodies of evidence of their own; each keeps the order of the files. Companions of
/// groups that are judged apart are a group themselves.
pub fn groups(files: &[PathBuf], options: &CheckOptions) -> Vec<Vec<PathBuf>> {
    let mut groups: Vec<Vec<PathBuf>> = match options.each {
        Each::Together => vec![files.to_vec()],
        Each::File => files.iter().map(|file| vec![file.clone()]).collect(),
        Each::Folder => {
            let mut folders: BTreeMap<&Path, Vec<PathBuf>> = BTreeMap::new();
            for path in files {
                folders.entry(path.parent().unwrap_or(Path::new(""))).or_default().push(path.clone());
            }
            folders.into_values().collect()
        }
    };
    if options.each != Each::Together && !options.companions.is_empty() {
        groups.iter_mut().for_each(|group| group.retain(|path| !options.companions.contains(path)));
        groups.retain(|group| !group.is_empty());
        groups.insert(0, options.companions.clone());
    }
    groups
}

/// The fault of a file that an interruption kept from being checked.
pub(super) fn interrupted() -> InputFault {
    InputFault::new(
        FaultKind::Interrupted,
        Localized::new("运行被中断，该文件未核查。", "The run was interrupted before this file was checked."),
        Localized::new("请重新运行。", "Run the check again."),
    )
}

/// The report of a group that has no result, for the reason that is given for each of its files.
pub(super) fn failed(files: &[PathBuf], options: &CheckOptions, fault: &InputFault) -> Report {
    let reading = |path: &PathBuf| InputReading {
        file: path.to_string_lossy().into_owned().into(),
        format: None,
        encoding: None,
        digest: None,
        size: 0,
        notes: Vec::new(),
        faults: vec![fault.clone()],
        sheets: Vec::new(),
    };
    Report {
        run: options.run_info(Localized::default()),
        inputs: files.iter().map(reading).collect(),
        ..Report::default()
    }
}
