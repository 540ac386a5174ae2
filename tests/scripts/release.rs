//! What holds a release: build information, licences, the toolchain, and the changelog.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::*;

#[test]
fn the_version_tells_one_build_from_another() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(stdout(&run(folder.path(), &["-V"])), format!("taizhang {}\n", env!("CARGO_PKG_VERSION")));
    let long = stdout(&run(folder.path(), &["--version"]));
    for key in ["commit: ", "target: ", "profile: ", "rust: rustc 1."] {
        assert!(long.lines().any(|line| line.starts_with(key)), "{key}: {long}");
    }
}

/// The platform of the toolchain: what only others need may not have been downloaded.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let text = stdout(&output);
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", &host()])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Major, minor and patch of a Rust version.
fn version(text: &str) -> Vec<u32> {
    let mut parts: Vec<u32> = text.split('.').map(|part| part.parse().unwrap()).collect();
    parts.resize(3, 0);
    parts
}

#[test]
fn no_dependency_needs_a_newer_toolchain_than_we_promise() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let ours = packages.iter().find(|package| package["name"] == "taizhang").unwrap();
    let promised = version(ours["rust_version"].as_str().unwrap());
    for package in packages {
        if let Some(needed) = package["rust_version"].as_str() {
            assert!(version(needed) <= promised, "{} needs Rust {needed}", package["name"]);
        }
    }
}

#[test]
fn every_dependency_has_a_licence_that_is_allowed() {
    let deny: toml::Table = fs::read_to_string(root().join(".deny.toml")).unwrap().parse().unwrap();
    let allowed: Vec<&str> =
        deny["licenses"]["allow"].as_array().unwrap().iter().filter_map(toml::Value::as_str).collect();
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 50);
    for package in packages {
        let expression = package["license"].as_str().unwrap_or_default().replace('/', " OR ").replace(['(', ')'], " ");
        // Every part that is joined by AND needs one of its alternatives.
        let fits = expression.split(" AND ").all(|part| part.split(" OR ").any(|one| allowed.contains(&one.trim())));
        let exact = allowed.contains(&expression.trim());
        assert!(fits || exact, "{}: {expression}", package["name"]);
        assert!(
            package["source"].is_null() || package["source"].as_str().unwrap().starts_with("registry+"),
            "{package}"
        );
    }
}

#[test]
fn no_library_is_there_in_two_versions_but_those_that_are_named() {
    let deny: toml::Table = fs::read_to_string(root().join(".deny.toml")).unwrap().parse().unwrap();
    let skipped: Vec<&str> =
        deny["bans"]["skip"].as_array().unwrap().iter().map(|one| one["crate"].as_str().unwrap()).collect();
    let metadata = metadata();
    let mut versions: std::collections::BTreeMap<&str, Vec<&str>> = Default::default();
    for package in metadata["packages"].as_array().unwrap() {
        versions.entry(package["name"].as_str().unwrap()).or_default().push(package["version"].as_str().unwrap());
    }
    for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
        let named = skipped.iter().filter(|skip| skip.split('@').next() == Some(name)).count();
        assert!(versions.len() <= named + 1, "{name} {versions:?}");
    }
}

#[test]
fn the_changelog_has_this_version() {
    let text = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    assert!(text.contains(&format!("## {}", env!("CARGO_PKG_VERSION"))));
}
