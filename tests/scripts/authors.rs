//! What authors of rules use: scaffolds, schemas, comparisons and diagnostics.

use std::fs;
use std::path::Path;

use crate::support::*;

#[test]
fn a_new_rule_loads_passes_its_cases_and_lints_clean_for_any_kind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let kinds: Vec<String> = names(&root().join("rules/ledgers"))
        .into_iter()
        .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
        .filter(|kind| kind != "groups")
        .collect();
    assert!(kinds.len() > 20);
    for kind in &kinds {
        let output = run(path, &["rules", "new", &format!("GJ-01/new-{kind}"), "--ledger", kind, "--into", "local"]);
        assert_eq!(code(&output), 0, "{kind}: {output:?}");
    }
    let tested = run(path, &["rules", "test", "GJ-01/new-", "--rules", "local"]);
    assert_eq!(code(&tested), 0, "{}", stdout(&tested));
    assert!(stdout(&tested).contains(&format!("{} 个：通过", kinds.len() * 3)), "{}", stdout(&tested));
    let lint = run(path, &["rules", "lint", "--rules", "local"]);
    assert_eq!(stdout(&lint), "没有发现问题\n");
    let twice =
        run(path, &["rules", "new", "GJ-01/new-village", "--ledger", "village", "--into", "local", "--rules", "local"]);
    assert_eq!(code(&twice), 2, "a rule that is there is not written over");
    for (arguments, help) in [
        (["GJ-011/x", "village"], "GJ-01"),
        (["GJ-01", "village"], "GJ-01/slots-known"),
        (["GJ-01/../x", "village"], "GJ-01/slots-known"),
        (["GJ-01/x", "vilage"], "village"),
    ] {
        let output = run(path, &["rules", "new", arguments[0], "--ledger", arguments[1], "--into", "local"]);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains(help), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn schemas_are_printed_and_written_for_editors() {
    let folder = tempfile::tempdir().unwrap();
    for sort in ["pack", "rules", "cases", "ledger", "groups", "list", "calendar", "regions", "words"] {
        let schema = json(&run(folder.path(), &["rules", "schema", sort]));
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{sort}");
        assert!(schema["properties"].is_object(), "{sort}");
    }
    let output = run(folder.path(), &["rules", "schema", "--into", "local"]);
    assert_eq!(code(&output), 0, "{output:?}");
    let taplo: toml::Table = fs::read_to_string(folder.path().join("local/.taplo.toml")).unwrap().parse().unwrap();
    let rules = taplo["rule"].as_array().unwrap();
    assert_eq!(rules.len(), 9);
    for rule in rules {
        let path = rule["schema"]["path"].as_str().unwrap();
        assert!(folder.path().join("local").join(path).is_file(), "{path}");
    }
    // What is written beside the rules does not disturb them.
    assert_eq!(code(&run(folder.path(), &["rules", "list", "--rules", "local"])), 0);
    assert_eq!(code(&run(folder.path(), &["rules", "schema", "rule"])), 2);
    assert_eq!(code(&run(folder.path(), &["rules", "schema"])), 2);
}

/// A folder that raises the share of GJ-01 for the national pack.
fn stricter(path: &std::path::Path) {
    let national = fs::read_to_string(root().join("rules/national/appointment.toml")).unwrap();
    let from = national
        .find("[[rule]]\nid       = \"GJ-01/slots-share\"")
        .or_else(|| national.find("[[rule]]\nid = \"GJ-01/slots-share\""));
    let rule = &national[from.expect("the rule is where it was")..];
    let rule = &rule[..rule[8..].find("[[rule]]").map_or(rule.len(), |at| at + 8)];
    assert!(rule.contains(":最低占比"), "{rule}");
    fs::create_dir_all(path.join("local/national")).unwrap();
    fs::write(path.join("local/national/local.toml"), rule.replace(":最低占比", "21")).unwrap();
}

#[test]
fn a_change_of_rules_is_shown_as_written_and_in_the_results() {
    let folder = folder();
    stricter(folder.path());
    let same = run(folder.path(), &["rules", "diff", "builtin", "builtin"]);
    assert_eq!((code(&same), stdout(&same).as_str()), (0, "两套规则没有差别\n"));
    let output = run(folder.path(), &["rules", "diff", "builtin", "local"]);
    let text = stdout(&output);
    assert_eq!(code(&output), 1);
    assert!(text.contains("~ national rule GJ-01/slots-share"), "{text}");
    assert!(text.contains(":最低占比") && text.contains("* 21"), "{text}");
    let changes = json(&run(folder.path(), &["rules", "diff", "builtin", "local", "--format", "json"]));
    assert_eq!(changes["changes"].as_array().unwrap().len(), 1);
    assert_eq!(code(&run(folder.path(), &["rules", "diff", "builtin", "没有"])), 2);

    let output = check(folder.path(), &["号源.csv", "--rules-diff", "local"]);
    let text = stdout(&output);
    assert_eq!(code(&output), 1, "{output:?}");
    assert!(text.contains("GJ-01/slots-share") && text.contains("不合规 1 → 2"), "{text}");
    assert!(text.contains("甲医院"), "the finding that comes is told: {text}");
    let changes = json(&check(folder.path(), &["号源.csv", "--rules-diff", "local", "--format", "json"]));
    assert_eq!(changes["rules"][0]["come"].as_array().unwrap().len(), 1);
    assert_eq!(changes["rules"][0]["gone"].as_array().unwrap().len(), 0);
    fs::create_dir_all(folder.path().join("nothing/national")).unwrap();
    fs::write(folder.path().join("nothing/national/local.toml"), "# nothing\n").unwrap();
    let same = check(folder.path(), &["号源.csv", "--rules-diff", "nothing"]);
    assert_eq!(code(&same), 0, "{same:?}");
    assert!(!folder.path().join("findings.xlsx").exists(), "a comparison writes no list of findings");
    assert_eq!(code(&check(folder.path(), &["号源.csv", "--rules-diff", "local", "-o", "x.json"])), 2);
}

#[test]
fn diagnostics_show_the_line_with_the_place_marked_and_a_suggestion() {
    let folder = folder();
    stricter(folder.path());
    let file = folder.path().join("local/national/local.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("门诊号源总数", "门诊号源总量").replace('\n', "\r\n")).unwrap();
    for arguments in [&["rules", "list", "--rules", "local"][..], &["check", "号源.csv", "--rules-diff", "local"]] {
        let output = run(folder.path(), arguments);
        let said = stderr(&output);
        assert_eq!(code(&output), 4, "{said}");
        assert!(said.contains("--> local/national/local.toml:") && said.contains("^^^^"), "{said}");
        assert!(said.contains("门诊号源总数"), "the nearest field is suggested: {said}");
        assert!(!said.contains('\r'), "{said:?}");
    }
}

#[test]
fn an_author_is_told_one_fault_once_and_in_which_file_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let new = ["rules", "new", "GJ-01/slots-known", "--ledger", "appointment-slots", "--into", "mine"];
    assert_eq!(code(&run(folder.path(), &new)), 0);
    let file = folder.path().join("mine/national/gj-01-slots-known.toml");
    let good = fs::read_to_string(&file).unwrap();
    // What is written for editors stands beside the rules and is none.
    assert_eq!(code(&run(folder.path(), &["rules", "schema", "--into", "mine"])), 0);
    let listed = run(folder.path(), &["rules", "list", "--rules", "mine"]);
    assert_eq!((code(&listed), stderr(&listed).as_str()), (0, ""));
    for (right, wrong, told) in [
        ("\"warning\"", "\"warning", "双引号没有闭合"),
        ("\"warning\"", "“warning”", "把全角的 “ 改为半角的 \""),
        ("<= 1000\"\nrequired", "<= :上限\"\nrequired", "没有名为“上限”的参数"),
    ] {
        fs::write(&file, good.replacen(right, wrong, 1)).unwrap();
        let output = run(folder.path(), &["rules", "lint", "--rules", "mine"]);
        let text = stdout(&output);
        assert_eq!(code(&output), 1, "{text}");
        assert!(text.contains(told) && !text.contains("unknown-rule"), "{text}");
        let place = format!("--> {}:", Path::new("mine").join("national/gj-01-slots-known.toml").display());
        assert!(text.matches("-->").count() <= 2 && text.contains(&place), "{text}");
    }
    // A case that fails is told with its file; a rule that is nowhere is told as well.
    fs::write(&file, good.replacen("<= 1000", "<= 0", 1)).unwrap();
    let text = stdout(&run(folder.path(), &["rules", "test", "GJ-01/slots-known", "--rules", "mine"]));
    assert!(
        text.contains(&*Path::new("mine").join("national/gj-01-slots-known.cases.toml").to_string_lossy()),
        "{text}"
    );
    let none = run(folder.path(), &["rules", "test", "GJ-99"]);
    assert_eq!((code(&none), stderr(&none).contains("GJ-99")), (4, true), "{none:?}");
}
