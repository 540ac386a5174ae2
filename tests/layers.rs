//! Holds every `crate::` path in `src/` against the table of layers in the crate's documentation.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Module → modules that it may use.
fn allowed() -> BTreeMap<&'static str, Vec<&'static str>> {
    let all =
        vec!["model", "finding", "diag", "read", "pack", "map", "rule", "eval", "render", "template", "check", "cli"];
    BTreeMap::from([
        ("model", vec![]),
        ("finding", vec!["model", "diag"]),
        ("diag", vec!["model"]),
        ("read", vec!["model", "diag"]),
        ("pack", vec!["model", "finding", "diag"]),
        ("map", vec!["model", "finding", "diag", "read", "pack"]),
        ("rule", vec!["model", "finding", "diag", "pack"]),
        ("eval", vec!["model", "finding", "rule"]),
        ("render", vec!["model", "finding", "diag"]),
        ("template", vec!["model", "pack"]),
        ("check", vec!["model", "finding", "diag", "read", "pack", "map", "rule", "eval", "template"]),
        ("cli", all),
    ])
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        // What stands in a folder or file of tests is not part of the program.
        if path.file_stem().is_some_and(|stem| stem == "tests") {
            continue;
        }
        if path.is_dir() {
            sources(&path, files);
        // The build script is a program of its own.
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("src/build.rs") {
            files.push(path);
        }
    }
}

/// The code of a file without comments, test modules and the contents of string literals' lines that are comments.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let end = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    text[..end].lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn modules_used(line: &str) -> BTreeSet<&str> {
    line.match_indices("crate::")
        .map(|(at, _)| {
            let rest = &line[at + "crate::".len()..];
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            &rest[..end]
        })
        .filter(|module| !module.is_empty())
        .collect()
}

#[test]
fn modules_use_only_the_layers_below_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let table = allowed();
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut faults = Vec::new();
    let mut seen = 0;
    for path in files {
        let relative = path.strip_prefix(&root).unwrap();
        let module = relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        let Some(may_use) = table.get(module) else {
            assert!(["lib", "main"].contains(&module), "src/{} is in no layer", relative.display());
            continue;
        };
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in code_lines(&text) {
            for used in modules_used(line) {
                seen += 1;
                if used != module && !may_use.contains(&used) {
                    faults.push(format!("src/{}:{}: {module} must not use {used}", relative.display(), number + 1));
                }
            }
        }
    }
    assert!(seen > 50, "the scan found only {seen} paths, so it does not look at the code");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn clock_environment_and_output_are_in_cli_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let banned = [
        ("std::env", vec!["cli"]),
        ("SystemTime", vec!["cli"]),
        ("Zoned::now", vec!["cli"]),
        ("Instant::now", vec!["cli"]),
        ("println!", vec!["cli"]),
        ("print!(", vec!["cli"]),
        ("dbg!(", vec![]),
        ("std::process", vec!["cli", "main"]),
        ("File::create", vec!["cli"]),
        ("fs::write", vec!["cli"]),
        ("File::open", vec!["cli", "read"]),
        ("fs::read", vec!["cli", "read"]),
    ];
    let mut faults = Vec::new();
    for path in files {
        let relative = path.strip_prefix(&root).unwrap();
        let module = relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in code_lines(&text) {
            for (word, layers) in &banned {
                if line.contains(word) && !layers.contains(&module.as_str()) {
                    faults.push(format!("src/{}:{}: {word}", relative.display(), number + 1));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_module_opens_with_its_job() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap_or("");
        assert!(first.starts_with("//! ") && first.len() > 10, "{} does not say its job", path.display());
    }
}
