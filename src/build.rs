//! Stores the files of the built-in rule packs, with their trees so that no run has to parse TOML, and tells the build
//! what it is made of.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[path = "pack/encode.rs"]
mod encode;

fn main() {
    println!("cargo::rerun-if-changed=src/build.rs");
    store_packs();
    tell_build();
}

fn store_packs() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/pack/encode.rs");
    let mut files = Vec::new();
    collect(Path::new("rules"), &mut files);
    files.sort();
    // The texts stand in a file of their own, which the compiler checks to be UTF-8, so that no run has to.
    let (mut texts, mut out) = (String::new(), Vec::new());
    for file in files {
        let path = file.strip_prefix("rules").unwrap_or(&file).to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let (tree, errors) = encode::encode(&text);
        for error in &errors {
            println!("cargo::error=rules/{path}: {error}");
        }
        texts.push_str(&path);
        texts.push_str(&text);
        for length in [path.len(), text.len(), tree.len()] {
            encode::number(&mut out, length);
        }
        out.extend_from_slice(&tree);
    }
    for (name, bytes) in [("packs", out.as_slice()), ("packs.txt", texts.as_bytes())] {
        let target = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join(name);
        fs::write(&target, bytes).unwrap_or_else(|error| panic!("{}: {error}", target.display()));
    }
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

fn tell_build() {
    println!("cargo::rerun-if-env-changed=TAIZHANG_COMMIT");
    let variable = |name: &str| env::var(name).unwrap_or_else(|_| "unknown".to_owned());
    let profile = variable("PROFILE");
    println!("cargo::rustc-env=TAIZHANG_COMMIT={}", commit(&profile));
    println!("cargo::rustc-env=TAIZHANG_TARGET={}", variable("TARGET"));
    println!("cargo::rustc-env=TAIZHANG_PROFILE={profile}");
    let rustc = run(Command::new(variable("RUSTC")).arg("--version")).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=TAIZHANG_RUSTC={rustc}");
}

/// The commit that is built: as the environment says, else as git says. Debug builds do not ask, since every commit
/// would make them compile everything again.
fn commit(profile: &str) -> String {
    if let Ok(commit) = env::var("TAIZHANG_COMMIT") {
        return commit;
    }
    if profile != "release" {
        return "not recorded".to_owned();
    }
    let git = |arguments: &[&str]| run(Command::new("git").args(arguments));
    // Sources that were unpacked inside some other repository are not at its commit.
    let here = env::var("CARGO_MANIFEST_DIR").ok().and_then(|path| Path::new(&path).canonicalize().ok());
    let top = git(&["rev-parse", "--show-toplevel"]).and_then(|path| Path::new(&path).canonicalize().ok());
    if here.is_none() || here != top {
        return "unknown".to_owned();
    }
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]).filter(|path| Path::new(path).exists()) {
        println!("cargo::rerun-if-changed={log}");
    }
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|text| !text.is_empty());
    match git(&["rev-parse", "--short=12", "HEAD"]) {
        Some(commit) if changed => format!("{commit} with changes"),
        Some(commit) => commit,
        None => "unknown".to_owned(),
    }
}

/// What a command prints, where it succeeds.
fn run(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
