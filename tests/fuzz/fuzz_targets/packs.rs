//! A rule pack as somebody wrote it: two files, set apart by a zero byte.
#![no_main]

use taizhang::{pack, rule};

const PACK: &str = r#"[pack]
id = "fuzz"
name = { zh = "甲", en = "A" }
document = { zh = "甲", en = "A" }
number = "1"
issued = 2023-01-01
effective = { from = 2023-01-01 }
extends = []
regions = []

[[measure]]
id = "F-01"
class = "rule"
clause = "一"
title = { zh = "甲", en = "A" }
demand = { zh = "甲", en = "A" }
"#;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (rules, more) = text.split_once('\0').unwrap_or((&text, ""));
    let files =
        vec![("fuzz/pack.toml".to_owned(), format!("{PACK}{more}")), ("fuzz/rules.toml".to_owned(), rules.to_owned())];
    let (store, mut faults) = pack::with_files(files);
    let (catalog, more) = store.catalog(&["fuzz".into()], &[]);
    faults.extend(more);
    let (_, more) = rule::compile(&catalog);
    faults.extend(more);
    store.place(&mut faults);
    for fault in &faults {
        assert!(!fault.to_string().is_empty());
    }
});
