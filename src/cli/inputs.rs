//! Turns the paths that were typed into the files to read, in a stable order.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::check::may_be_ledger;
use crate::model::is_like;

/// The files to read, and what was passed over.
#[derive(Debug, Default)]
pub struct Inputs {
    pub files: Vec<PathBuf>,
    /// Files in folders that are no ledgers by their name: hidden, lock files, pictures, texts about the folder.
    pub passed_over: Vec<PathBuf>,
    /// Paths that could not be looked at.
    pub faults: Vec<(PathBuf, io::Error)>,
}

/// Walks the paths; folders are read to their depths, sorted by name. `outputs`, files and folders, are never inputs.
pub fn collect(paths: &[PathBuf], outputs: &[PathBuf]) -> Inputs {
    let outputs: BTreeSet<PathBuf> = outputs.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut inputs = Inputs::default();
    let mut folders = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        let matching = matching(path);
        // What a pattern finds is chosen like the content of a folder: lock files and outputs match *.xlsx too.
        for found in &matching {
            walk(found, false, &outputs, &mut folders, &mut seen, &mut inputs);
        }
        if matching.is_empty() {
            walk(path, true, &outputs, &mut folders, &mut seen, &mut inputs);
        }
    }
    inputs
}

/// What `收到的台账/*.xlsx` stands for, where no file is called so: some shells, such as that of Windows, leave patterns in
/// the last part of a path to the program.
fn matching(path: &Path) -> Vec<PathBuf> {
    let Some(pattern) = path.file_name().and_then(|name| name.to_str()).filter(|name| name.contains(['*', '?'])) else {
        return Vec::new();
    };
    if path.symlink_metadata().is_ok() {
        return Vec::new();
    }
    let parent = path.parent().unwrap_or(Path::new(""));
    let folder = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let entries = folder.read_dir().into_iter().flatten().filter_map(Result::ok).map(|entry| entry.file_name());
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let fits = |name: &std::ffi::OsString| is_like(&name.to_string_lossy().to_lowercase(), &pattern, '*', '?');
    let mut found: Vec<PathBuf> = entries.filter(fits).map(|name| parent.join(name)).collect();
    found.sort();
    found
}

fn walk(
    path: &Path,
    named: bool,
    outputs: &BTreeSet<PathBuf>,
    folders: &mut BTreeSet<PathBuf>,
    seen: &mut BTreeSet<PathBuf>,
    inputs: &mut Inputs,
) {
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) => {
            inputs.faults.push((path.to_owned(), error));
            return;
        }
    };
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if metadata.is_dir() {
        // A folder of outputs is no input, also where an earlier run made it.
        if outputs.contains(&real) && !named {
            return;
        }
        // A link back to a folder above would never end.
        if !folders.insert(real) {
            return;
        }
        match path.read_dir() {
            Ok(entries) => {
                let mut children: Vec<PathBuf> =
                    entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
                children.sort();
                for child in children {
                    walk(&child, false, outputs, folders, seen, inputs);
                }
            }
            Err(error) => inputs.faults.push((path.to_owned(), error)),
        }
        return;
    }
    if outputs.contains(&real) && !named {
        inputs.passed_over.push(path.to_owned());
        return;
    }
    let is_own = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(super::output::OWN_FILES);
    if !seen.insert(real) || (!named && path.file_name().is_some_and(is_own)) {
        return;
    }
    // What the user names is read whatever it is called; a pipe or a device cannot be read by content.
    if named || (metadata.is_file() && may_be_ledger(path)) {
        inputs.files.push(path.to_owned());
    } else {
        inputs.passed_over.push(path.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn folders_are_walked_in_order_without_lock_files_and_outputs() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("乙县")).unwrap();
        for name in ["b.csv", "a.xlsx", "~$a.xlsx", ".hidden", "README.md", "findings.xlsx", "乙县/无扩展名"] {
            fs::write(root.join(name), "x").unwrap();
        }
        let inputs = collect(&[root.to_owned()], &[root.join("findings.xlsx")]);
        let names: Vec<String> =
            inputs.files.iter().map(|path| path.strip_prefix(root).unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(names, ["a.xlsx", "b.csv", "乙县/无扩展名"]);
        assert_eq!(inputs.passed_over.len(), 4);
    }

    #[test]
    fn patterns_that_the_shell_left_alone_are_matched() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for name in ["甲.xlsx", "乙.XLSX", "~$甲.xlsx", "丙.csv", "findings.xlsx"] {
            fs::write(root.join(name), name).unwrap();
        }
        let names = |pattern: &str| {
            let inputs = collect(&[root.join(pattern)], &[root.join("findings.xlsx")]);
            let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
            (inputs.files.iter().map(name).collect::<Vec<_>>(), inputs.faults.len())
        };
        assert_eq!(names("*.xlsx"), (vec!["乙.XLSX".to_owned(), "甲.xlsx".to_owned()], 0));
        assert_eq!(names("?.c*v"), (vec!["丙.csv".to_owned()], 0));
        assert_eq!(names("*.ods"), (vec![], 1), "what matches nothing is a missing file");
        fs::write(root.join("[1]*.csv"), "x").unwrap();
        assert_eq!(names("[1]*.csv"), (vec!["[1]*.csv".to_owned()], 0), "a name as it is comes first");
    }

    #[test]
    fn a_missing_path_is_a_fault_and_a_repeated_one_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        fs::write(&file, "x").unwrap();
        let inputs = collect(&[file.clone(), folder.path().join("none.csv"), folder.path().to_owned()], &[]);
        assert_eq!(inputs.files, [file]);
        assert_eq!(inputs.faults.len(), 1);
    }
}
