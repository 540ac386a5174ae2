//! What two sets of packs say differently: rules, measures, parameters, ledger kinds, lists and cases, key by key.

use std::collections::BTreeMap;

use super::node::Sink;
use super::source::SourceFile;
use super::store::Store;
use super::tree::{Item, Tree};

/// One thing that the sets say differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The pack, or the file outside packs.
    pub scope: String,
    /// The table that holds it, such as `rule` or `parameter`; empty for what stands at the top of a file.
    pub table: String,
    /// Its id, name or code.
    pub id: String,
    pub how: How,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    Added,
    Removed,
    /// The keys that differ with their texts before and after, where they have one.
    Changed(Vec<(String, Option<String>, Option<String>)>),
}

/// Scope, table and id.
type Name = (String, String, String);
type Things = BTreeMap<Name, BTreeMap<String, String>>;

/// What changes from one set to the other, in a stable order.
pub fn compare(before: &Store, after: &Store) -> Vec<Change> {
    let (before, after) = (things(before), things(after));
    let mut names: Vec<&Name> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let mut changes = Vec::new();
    for name in names {
        let how = match (before.get(name), after.get(name)) {
            (None, _) => How::Added,
            (_, None) => How::Removed,
            (Some(old), Some(new)) => {
                let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
                keys.sort();
                keys.dedup();
                let differs = keys.into_iter().filter(|key| old.get(*key) != new.get(*key));
                let changed: Vec<_> =
                    differs.map(|key| (key.clone(), old.get(key).cloned(), new.get(key).cloned())).collect();
                if changed.is_empty() {
                    continue;
                }
                How::Changed(changed)
            }
        };
        let (scope, table, id) = name.clone();
        changes.push(Change { scope, table, id, how });
    }
    changes
}

fn things(store: &Store) -> Things {
    let mut things = Things::new();
    // What the user gave comes last, since it replaces what is built in.
    for user in [false, true] {
        for file in store.all_files().iter().filter(|file| file.user == user) {
            add(file, &mut things);
        }
    }
    things
}

fn add(file: &SourceFile, things: &mut Things) {
    let parsed = file.parse(&Sink::default());
    let scope = match file.path.split('/').next() {
        Some("ledgers" | "lists" | "calendar") | None => file.path.to_string(),
        Some(pack) if pack.ends_with(".toml") => file.path.to_string(),
        Some(pack) => pack.to_owned(),
    };
    let mut top = BTreeMap::new();
    for (key, value) in &parsed.root.0 {
        let key = key.text.to_owned();
        let entries = match &value.value {
            Tree::List(entries) if entries.iter().any(|entry| matches!(entry.value, Tree::Table(_))) => entries,
            _ => {
                flatten(file, &key, value, &mut top);
                continue;
            }
        };
        for (number, entry) in entries.iter().enumerate() {
            let mut keys = BTreeMap::new();
            flatten(file, "", entry, &mut keys);
            let id = ["id", "name", "code"].iter().find_map(|id| keys.get(*id)).cloned();
            let id = match (keys.get("rule"), id) {
                (Some(rule), Some(name)) => format!("{rule} “{name}”"),
                (_, Some(id)) => id,
                (_, None) => (number + 1).to_string(),
            };
            things.insert((scope.clone(), key.clone(), id), keys);
        }
    }
    if !top.is_empty() {
        let id = top.get("id").cloned().unwrap_or_else(|| file.path.to_string());
        things.insert((scope, String::new(), id), top);
    }
}

/// The values below `value` as written, by the path of keys that leads to them.
fn flatten(file: &SourceFile, path: &str, item: &Item<'_>, keys: &mut BTreeMap<String, String>) {
    let written = match &item.value {
        Tree::Table(table) => {
            for (key, value) in &table.0 {
                let dot = if path.is_empty() { "" } else { "." };
                flatten(file, &format!("{path}{dot}{}", key.text), value, keys);
            }
            return;
        }
        Tree::Text(text) => text,
        _ => file.text.get(item.span.clone()).unwrap_or_default(),
    };
    keys.insert(path.to_owned(), written.split_whitespace().collect::<Vec<_>>().join(" "));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::with_files;

    const PACK: &str = "[pack]\nid = \"lokal\"\nname = { zh = \"本地\", en = \"Local\" }\n";

    fn store(rules: &str) -> Store {
        with_files(vec![("lokal/pack.toml".into(), PACK.into()), ("lokal/a.toml".into(), rules.into())]).0
    }

    #[test]
    fn rules_are_compared_key_by_key_whatever_their_layout() {
        let before = store("[[rule]]\nid = \"L/a\"\nrequire = \"数量 > 1\"\n[[rule]]\nid = \"L/b\"\nledger = \"x\"\n");
        let after = store(
            "# moved\n[[rule]]\nid = \"L/c\"\n[[rule]]\nid = \"L/a\"\nrequire = '''\n数量 >\n  2'''\n[rule.values]\nn = \"1\"\n",
        );
        let changes = compare(&before, &after);
        let found: Vec<(&str, &How)> = changes.iter().map(|change| (change.id.as_str(), &change.how)).collect();
        let changed = How::Changed(vec![
            ("require".into(), Some("数量 > 1".into()), Some("数量 > 2".into())),
            ("values.n".into(), None, Some("1".into())),
        ]);
        assert_eq!(found, [("L/a", &changed), ("L/b", &How::Removed), ("L/c", &How::Added)]);
        assert_eq!(compare(&before, &before), []);
    }

    #[test]
    fn a_rule_that_replaces_a_built_in_one_is_a_change() {
        let local = "[[rule]]\nid = \"GJ-01/slots-share\"\nrequire = \"TRUE\"\n";
        let (after, _) = with_files(vec![("national/local.toml".into(), local.into())]);
        let changes = compare(&crate::pack::builtin().0, &after);
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert!(matches!(&changes[0].how, How::Changed(keys) if keys.iter().any(|(key, ..)| key == "require")));
    }
}
