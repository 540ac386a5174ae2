//! A tiny pack for tests: a register of stations, a log of visits, and whatever rules a test writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use taizhang::diag::PackFault;
use taizhang::eval::{EvalOptions, Evaluation};
use taizhang::finding::Tally;
use taizhang::model::{Batch, Period};
use taizhang::pack::{self, Catalog};
use taizhang::rule::{self, Program};

use crate::harness::{Records, batches, date, judge, tallies};

const PACK: &str = r#"
[pack]
id = "probe"
name = { zh = "试验", en = "Probe" }
document = { zh = "试验文件", en = "Probe" }
number = "试〔2024〕1号"
issued = 2020-01-01
effective = { from = 2020-01-01 }
extends = []
regions = []

[[measure]]
id = "P-01"
class = "rule"
clause = "一"
title = { zh = "试验", en = "Probe" }
demand = { zh = "试验", en = "Probe" }

[[parameter]]
name = "次数"
value = 2
unit = "次"
source = "interpretation"
reason = { zh = "试验", en = "probe" }
"#;

const REGISTER: &str = r#"
id = "probe-register"
name = { zh = "站点名册", en = "Register of stations" }
row = { zh = "一站一行", en = "one station" }
titles = ["站点名册"]
unit = ["站点"]
key = ["站点"]
[[field]]
name = "站点"
en = "station"
type = "text"
essential = true
[[field]]
name = "站长"
en = "head"
type = "text"
personal = "name"
[[field]]
name = "在用"
en = "in use"
type = "yes-no"
[[field]]
name = "人口"
en = "people"
type = "integer"
[[field]]
name = "结束"
en = "end"
type = "date"
"#;

const LOG: &str = r#"
id = "probe-log"
name = { zh = "巡访记录", en = "Log of visits" }
row = { zh = "一次一行", en = "one visit" }
titles = ["巡访记录"]
unit = ["站点"]
key = ["站点", "日期"]
[[field]]
name = "站点"
en = "station"
type = "text"
essential = true
[[field]]
name = "所属期"
en = "period"
type = "period"
[[field]]
name = "日期"
en = "date"
type = "date"
[[field]]
name = "结束"
en = "end"
type = "date"
never = ["未结束"]
[[field]]
name = "人次"
en = "people"
type = "decimal"
[[field]]
name = "合格"
en = "passed"
type = "yes-no"
[[field]]
name = "职称"
en = "title"
type = "code:titles"
[[field]]
name = "服务"
en = "services"
type = "codes:visit-services"
[[field]]
name = "备注"
en = "note"
type = "text"
"#;

/// A rule with an id of its own, from the keys that matter to the test.
pub fn rule_text(id: &str, keys: &str) -> String {
    format!(
        r#"
[[rule]]
id = "{id}"
measure = "P-01"
title = {{ zh = "试验", en = "probe" }}
severity = "error"
required = {{ zh = "试验", en = "probe" }}
message = {{ zh = "{{unit}} {{站点}}", en = "{{unit}}" }}
fix = {{ zh = "改", en = "mend" }}
{keys}
"#
    )
}

/// The catalog of the probe pack with these rules, and the faults of loading and of compiling.
pub fn compile(rules: &str) -> (Catalog, Program, Vec<PackFault>) {
    let files = vec![
        ("ledgers/probe-register.toml".to_owned(), REGISTER.to_owned()),
        ("ledgers/probe-log.toml".to_owned(), LOG.to_owned()),
        ("probe/pack.toml".to_owned(), PACK.to_owned()),
        ("probe/rules.toml".to_owned(), rules.to_owned()),
    ];
    let (store, _) = pack::with_files(files);
    let (mut catalog, mut faults) = store.catalog(&["probe".into()], &[]);
    catalog.rules.retain(|rule| &*rule.pack == "probe");
    catalog.kinds.retain(|kind| kind.id.starts_with("probe-"));
    let (program, found) = rule::compile(&catalog);
    faults.retain(|fault| fault.file.starts_with("probe/"));
    faults.extend(found);
    store.place(&mut faults);
    (catalog, program, faults)
}

/// One rule with records to judge.
pub struct Probe {
    pub catalog: Catalog,
    pub program: Arc<Program>,
    ledgers: Vec<(String, Records, Option<Period>)>,
    pub as_of: &'static str,
    pub complete: bool,
}

impl Probe {
    /// A probe of one rule, given by its keys.
    pub fn new(keys: &str) -> Probe {
        let (catalog, program, faults) = compile(&rule_text("P-01/probe", keys));
        assert!(faults.is_empty(), "{faults:?}");
        let program = Arc::new(program);
        Probe { catalog, program, ledgers: Vec::new(), as_of: "2024-06-30", complete: false }
    }

    /// Adds a sheet. The first line names the columns, the others the cells, parted by spaces; `_` is a blank cell.
    pub fn sheet(mut self, kind: &str, period: &str, table: &str) -> Probe {
        let mut lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
        let headings: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
        let records = lines
            .map(|line| {
                let cells = line.split_whitespace().map(|cell| if cell == "_" { "" } else { cell });
                headings.iter().zip(cells).map(|(name, cell)| ((*name).to_owned(), cell.to_owned())).collect()
            })
            .collect();
        self.ledgers.push((format!("probe-{kind}"), records, Period::parse(period)));
        self
    }

    pub fn log(self, period: &str, table: &str) -> Probe {
        self.sheet("log", period, table)
    }

    pub fn register(self, table: &str) -> Probe {
        self.sheet("register", "", table)
    }

    pub fn on(mut self, date: &'static str) -> Probe {
        self.as_of = date;
        self
    }

    pub fn options(&self) -> EvalOptions {
        EvalOptions { as_of: date(self.as_of), complete: self.complete, max_findings: None }
    }

    pub fn batches(&self) -> Vec<Batch> {
        let sheets = self.ledgers.iter().enumerate();
        let one = |(number, (kind, records, period)): (usize, &(String, Records, Option<Period>))| {
            batches(&self.catalog, kind, records, *period, number as u32)
        };
        sheets.flat_map(one).collect()
    }

    pub fn run(&self) -> Evaluation {
        judge(&self.program, self.batches(), self.options())
    }

    /// Met, violated, not applicable, undetermined, not yet due, not run.
    pub fn counts(&self) -> [u64; 6] {
        let tallies: BTreeMap<String, Tally> = tallies(&self.program, &self.run());
        tallies.get("P-01/probe").copied().unwrap_or_default().0
    }
}
