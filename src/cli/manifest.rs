//! `--since-manifest`: which inputs were judged before, by digest, so that unchanged ones need not be judged again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::complaint::complaint;

const FORMAT: &str = "taizhang-manifest";
const VERSION: u32 = 1;

/// The file of a manifest.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: String,
    version: u32,
    /// Digest of the program, the rules and the options under which the groups were judged.
    key: String,
    groups: Vec<Group>,
}

/// Inputs that were judged together, and how they came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The exit code that their results ask for.
    pub exit: u8,
    /// Results that were judged.
    pub judged: u64,
    pub files: Vec<Input>,
}

/// One input as it was when it was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    pub path: String,
    pub sha256: String,
    pub size: u64,
}

/// What an earlier run judged, and what this one adds.
#[derive(Debug)]
pub struct Manifest {
    key: String,
    /// By the digest of the group's inputs.
    before: BTreeMap<String, Group>,
    now: Vec<Group>,
}

impl Manifest {
    /// Reads the manifest at `path`; one that is absent or empty, or was written under another `key`, knows nothing.
    /// A file that is no manifest is refused, since it would be overwritten.
    pub fn read(path: &Path, key: String) -> anyhow::Result<Manifest> {
        let mut manifest = Manifest { key, before: BTreeMap::new(), now: Vec::new() };
        let shown = path.display();
        let text = match std::fs::read(path) {
            Ok(text) if text.is_empty() => return Ok(manifest),
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(manifest),
            Err(error) => {
                let complaint = complaint(format!("无法读取 {shown}"), format!("the manifest {shown} cannot be read"));
                bail!(complaint.because(error));
            }
        };
        let written: Option<Written> = serde_json::from_slice(&text).ok();
        let Some(written) = written.filter(|written| written.format == FORMAT && written.version == VERSION) else {
            bail!(complaint(
                format!("{shown}：不是 taizhang 的清单，未改动；若已损坏，请先删除"),
                format!("{shown}: is no manifest of taizhang and was left alone; delete it if it is damaged")
            ));
        };
        if written.key == manifest.key {
            manifest.before = written.groups.into_iter().map(|group| (name(&group.files), group)).collect();
        }
        Ok(manifest)
    }

    /// The group of these inputs, where the earlier run judged exactly them.
    pub fn known(&self, inputs: &[Input]) -> Option<&Group> {
        self.before.get(&name(inputs))
    }

    /// Notes a group for the next run.
    pub fn add(&mut self, group: Group) {
        self.now.push(group);
    }

    /// The text of the file.
    pub fn text(self) -> anyhow::Result<String> {
        let written = Written { format: FORMAT.to_owned(), version: VERSION, key: self.key, groups: self.now };
        Ok(serde_json::to_string_pretty(&written)? + "\n")
    }
}

fn name(inputs: &[Input]) -> String {
    let mut parts: Vec<String> = inputs.iter().map(|input| format!("{}\0{}\n", input.path, input.sha256)).collect();
    parts.sort();
    hex(Sha256::digest(parts.concat()).as_slice())
}

/// The inputs as they are now, by path; what cannot be read is left out.
pub fn look(files: &[PathBuf]) -> BTreeMap<PathBuf, Input> {
    let one = |path: &PathBuf| {
        let (sha256, size) = digest(path).ok()?;
        Some((path.clone(), Input { path: path.to_string_lossy().into_owned(), sha256, size }))
    };
    files.par_iter().filter_map(one).collect()
}

/// SHA-256 of a file, and its size.
fn digest(path: &Path) -> io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut size = 0;
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok((hex(digest.finalize().as_slice()), size));
        }
        digest.update(&buffer[..count]);
        size += count as u64;
    }
}

/// The key of a run: the program (with the rules that are built in), the rules that were added, and the options.
pub fn key(parts: &[&str]) -> anyhow::Result<String> {
    let program = std::env::current_exe().and_then(|path| digest(&path)).context("digest of the program")?;
    let mut digest = Sha256::new();
    for part in [program.0.as_str()].iter().chain(parts) {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    Ok(hex(digest.finalize().as_slice()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(path: &str, sha256: &str) -> Input {
        Input { path: path.to_owned(), sha256: sha256.to_owned(), size: 1 }
    }

    #[test]
    fn a_group_is_known_with_the_same_inputs_and_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.json");
        let mut first = Manifest::read(&path, "k".to_owned()).unwrap();
        let group = Group { exit: 1, judged: 4, files: vec![input("a.csv", "1"), input("b.csv", "2")] };
        assert_eq!(first.known(&group.files), None);
        first.add(group.clone());
        std::fs::write(&path, first.text().unwrap()).unwrap();
        let second = Manifest::read(&path, "k".to_owned()).unwrap();
        assert_eq!(second.known(&[input("b.csv", "2"), input("a.csv", "1")]), Some(&group));
        assert_eq!(second.known(&[input("a.csv", "1")]), None);
        assert_eq!(second.known(&[input("a.csv", "1"), input("b.csv", "3")]), None);
        assert_eq!(Manifest::read(&path, "other".to_owned()).unwrap().known(&group.files), None);
    }

    #[test]
    fn what_is_no_manifest_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("台账.csv");
        std::fs::write(&path, "机构名称\n").unwrap();
        assert!(Manifest::read(&path, String::new()).unwrap_err().to_string().contains("不是 taizhang 的清单"));
        std::fs::write(&path, "").unwrap();
        assert!(Manifest::read(&path, String::new()).is_ok());
    }
}
