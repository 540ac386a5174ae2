//! The condition of a rule.
#![no_main]

use std::sync::OnceLock;

use taizhang::pack::{self, Catalog, Expr};
use taizhang::rule;

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| {
        let mut catalog = pack::builtin().0.catalog(&["national".into()], &[]).0;
        catalog.rules.retain(|rule| *rule.id == *"GJ-01/slots-share" || *rule.id == *"GJ-02/duty-days");
        catalog
    })
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let expression = Expr { text: String::from_utf8_lossy(data).into_owned(), file: "fuzz.toml".into(), offset: 0 };
    let mut catalog = catalog().clone();
    for rule in catalog.rules.iter_mut().map(std::sync::Arc::make_mut) {
        rule.filter = Some(expression.clone());
        rule.applies = Some(expression.clone());
    }
    let (program, faults) = rule::compile(&catalog);
    assert!(!program.plans.is_empty() || !faults.is_empty());
});
