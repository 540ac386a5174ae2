//! Rules that stand for every ledger kind with the needed fields.

use super::{packs, shown, store_with};
use crate::pack::{MatchOn, Shape};

const HEAD: &str = r#"
measure = "TY-01"
title = { zh = "甲", en = "A" }
severity = "warning"
ledger = "*"
required = { zh = "甲", en = "a" }
message = { zh = "{item}甲", en = "a" }
fix = { zh = "甲", en = "a" }
"#;

fn rules(text: &str) -> (Vec<std::sync::Arc<crate::pack::Rule>>, Vec<String>) {
    let text = text.replace("HEAD", HEAD);
    let (store, _) = store_with(&[("common/many.toml", &text)]);
    let (catalog, faults) = store.catalog(&packs(&["national"]), &[]);
    let many = catalog.rules.into_iter().filter(|rule| rule.id.contains('@')).collect();
    (many, shown(&faults))
}

#[test]
fn one_rule_for_each_kind_that_has_the_fields() {
    let (found, faults) = rules(
        "[[rule]]\nid = \"TY-01/key\"\nHEAD\nneeds = [\"机构名称\"]\ngroup_by = \"key\"\nrequire = \"COUNT(*) <= 1\"\n",
    );
    assert_eq!(faults.len(), 1, "{{item}} stands for nothing without items: {faults:?}");
    let ids: Vec<&str> = found.iter().map(|rule| &*rule.id).collect();
    assert_eq!(ids, ["TY-01/key@institution", "TY-01/key@roster"]);
    assert_eq!(found[1].template(), "TY-01/key");
    let Shape::Group { by: MatchOn::Fields(pairs) } = &found[1].shape else { panic!("{:?}", found[1].shape) };
    let names: Vec<&str> = pairs.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["机构名称", "日期"]);
}

#[test]
fn items_come_from_the_fields_of_the_kind() {
    let text =
        "[[rule]]\nid = \"TY-01/day\"\nHEAD\nitems_of = { types = [\"date\"], require = \"{field} <= as_of\" }\n";
    let (found, faults) = rules(text);
    assert_eq!(faults, [""; 0]);
    assert_eq!(found.len(), 1, "only the roster has a date");
    let item = &found[0].items[0];
    assert_eq!(
        (item.require.text.as_str(), item.name.as_ref().map(|name| name.zh.as_str())),
        ("日期 <= as_of", Some("日期"))
    );
}

#[test]
fn faults_are_noted_once() {
    let (found, faults) =
        rules("[[rule]]\nid = \"TY-01/key\"\nHEAD\nneeds = [\"机构\"]\nexcept = [\"rooster\"]\nrequire = \"TRUE\"\n");
    assert!(found.is_empty());
    assert_eq!(faults.len(), 3, "an unknown field, an unknown kind, and no kind at all: {faults:?}");
}
