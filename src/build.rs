//! Stores the files of the built-in rule packs, with their trees so that no run has to parse TOML.

use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "pack/encode.rs"]
mod encode;

fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/build.rs");
    println!("cargo::rerun-if-changed=src/pack/encode.rs");
    let mut files = Vec::new();
    collect(Path::new("rules"), &mut files);
    files.sort();
    let mut out = Vec::new();
    for file in files {
        let path = file.strip_prefix("rules").unwrap_or(&file).to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let (tree, errors) = encode::encode(&text);
        for error in &errors {
            println!("cargo::error=rules/{path}: {error}");
        }
        for part in [path.as_bytes(), text.as_bytes(), &tree] {
            encode::number(&mut out, part.len());
            out.extend_from_slice(part);
        }
    }
    let target = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("packs");
    fs::write(&target, out).unwrap_or_else(|error| panic!("{}: {error}", target.display()));
}

/// The TOML files below a folder.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
}
