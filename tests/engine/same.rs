//! The same records give the same results in any order, in any batches, on any number of threads.

use proptest::prelude::*;

use taizhang::eval::{EvalOptions, Evaluator};
use taizhang::finding::Tally;

use crate::harness::{date, judge, tallies};
use crate::probe::Probe;

const RULES: [&str; 6] = [
    "ledger = \"probe-log\"\nwhere = \"合格\"\nrequire = \"人次 > 1 OR 备注 = '好'\"",
    "ledger = \"probe-log\"\ngroup_by = [\"站点\", \"日期\"]\nwhere = \"合格\"\nrequire = \"COUNT(*) = 1 AND SUM(人次) < 5\"",
    "ledger = \"probe-log\"\npopulation = { ledger = \"probe-register\", match = [\"站点\"] }\neach = \"month\"\ndate = \"日期\"\nwhere = \"合格\"\nrequire = \"COUNT(DISTINCT 日期) >= 2\"",
    "ledger = \"probe-log\"\njoin = { \"名册\" = { ledger = \"probe-register\", match = [\"站点\"] } }\nrequire = \"人次 <= 名册.人口\"",
    "ledger = \"probe-log\"\ngroup_by = [\"站点\", \"日期\"]\noptional = [\"日期\"]\nwhere = \"合格\"\nrequire = \"COUNT(*) <= GREATEST(COUNT(DISTINCT 人次), 1)\"",
    "ledger = \"probe-log\"\ngroup_by = [\"站点\", \"日期\", \"备注\"]\nrequire = \"COUNT(*) <= 1\"",
];

fn line() -> impl Strategy<Value = String> {
    let station = prop::sample::select(vec!["甲", "乙", "丙", "_"]);
    let day = prop::sample::select(vec!["2024-01-01", "2024-01-02", "2024-02-03", "2024-05-01", "_", "不详"]);
    let people = prop::sample::select(vec!["0", "1", "2", "3.5", "_", "若干"]);
    let passed = prop::sample::select(vec!["是", "否", "_", "待定"]);
    let note = prop::sample::select(vec!["好", "差", "_"]);
    (station, day, people, passed, note).prop_map(|(a, b, c, d, e)| format!("{a} {b} {c} {d} {e}"))
}

/// The counts, and the findings without the rows they stand in.
fn outcome(probe: &Probe) -> (Tally, Vec<String>) {
    let evaluation = probe.run();
    let counts = tallies(&probe.program, &evaluation).remove("P-01/probe").unwrap_or_default();
    let mut findings: Vec<String> = evaluation
        .findings
        .iter()
        .map(|finding| format!("{} {:?} {:?} {}", finding.unit, finding.outcome, finding.reason, finding.fingerprint))
        .collect();
    findings.sort();
    (counts, findings)
}

fn probe(rule: usize, lines: &[String]) -> Probe {
    let table = format!("站点 日期 人次 合格 备注\n{}", lines.join("\n"));
    Probe::new(RULES[rule]).register("站点 人口\n甲 2\n丙 1\n丁 3").log("2024Q1", &table)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn row_order_changes_no_outcome(lines in prop::collection::vec(line(), 1..12), rule in 0..RULES.len(), turn in 0..12_usize) {
        let straight = outcome(&probe(rule, &lines));
        let mut turned = lines.clone();
        let by = turn % lines.len();
        turned.rotate_left(by);
        turned.reverse();
        prop_assert_eq!(straight, outcome(&probe(rule, &turned)));
    }

    /// A trace asks for every key, of which a rule about duplicates otherwise keeps only those with several records.
    #[test]
    fn a_trace_changes_nothing(lines in prop::collection::vec(line(), 1..20), rule in 0..RULES.len()) {
        let probe = probe(rule, &lines);
        let plain = probe.run();
        let mut evaluator = Evaluator::new(probe.program.clone(), probe.options());
        evaluator.trace();
        probe.batches().into_iter().for_each(|batch| evaluator.push(batch));
        let traced = evaluator.finish();
        prop_assert_eq!(plain.findings, traced.findings);
        prop_assert_eq!(plain.tallies, traced.tallies);
    }

    #[test]
    fn batches_and_their_order_change_nothing(lines in prop::collection::vec(line(), 2..12), rule in 0..RULES.len(), cut in 1..11_usize) {
        let probe = probe(rule, &lines);
        let whole = probe.run();
        let mut parts = Vec::new();
        for batch in probe.batches() {
            let cut = cut.min(batch.len());
            parts.push(part(&batch, 0, cut));
            parts.push(part(&batch, cut, batch.len()));
        }
        parts.reverse();
        let mut evaluator = Evaluator::new(probe.program.clone(), probe.options());
        for batch in parts {
            evaluator.push(batch);
        }
        let split = evaluator.finish();
        prop_assert_eq!(whole.findings, split.findings);
        prop_assert_eq!(whole.tallies, split.tallies);
    }
}

/// Some records of a batch.
fn part(batch: &taizhang::model::Batch, from: usize, to: usize) -> taizhang::model::Batch {
    use taizhang::model::{Batch, CellPlace, Column, ColumnData, TextColumn};
    let column = |column: &Column| {
        let data = match &column.data {
            ColumnData::Absent => ColumnData::Absent,
            ColumnData::Text(texts) => {
                let mut part = TextColumn::default();
                (from..to).for_each(|row| part.push(texts.get(row)));
                ColumnData::Text(part)
            }
            ColumnData::YesNo(values) => ColumnData::YesNo(values[from..to].to_vec()),
            ColumnData::Number(values) => ColumnData::Number(values[from..to].to_vec()),
            ColumnData::Date(values) => ColumnData::Date(values[from..to].to_vec()),
            ColumnData::Dates(values) => ColumnData::Dates(values[from..to].to_vec()),
            ColumnData::Period(values) => ColumnData::Period(values[from..to].to_vec()),
            ColumnData::Code(values) => ColumnData::Code(values[from..to].to_vec()),
            ColumnData::Codes(values) => ColumnData::Codes(values[from..to].to_vec()),
        };
        let states = if data == ColumnData::Absent { Vec::new() } else { column.states[from..to].to_vec() };
        let place = match &column.place {
            CellPlace::Each(cells) => CellPlace::Each(cells[from..to].to_vec()),
            place => place.clone(),
        };
        let inside = |row: &u32| (from as u32..to as u32).contains(row);
        let unreadable = column.unreadable.iter().filter(|(row, _)| inside(row));
        let unreadable = unreadable.map(|(row, text)| (row - from as u32, text.clone())).collect();
        Column { states, data, place, unreadable }
    };
    Batch {
        source: batch.source.clone(),
        rows: batch.rows[from..to].to_vec(),
        columns: batch.columns.iter().map(|of| std::sync::Arc::new(column(of))).collect(),
    }
}

#[test]
fn threads_change_nothing_and_kept_findings_are_the_first() {
    let lines: Vec<String> = (0..3000).map(|n| format!("甲 2024-01-0{} {} 是 差", n % 9 + 1, n % 3)).collect();
    let probe = probe(0, &lines);
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(|| probe.run());
    let many = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap().install(|| probe.run());
    assert_eq!(alone.findings, many.findings);
    assert_eq!(alone.tallies, many.tallies);
    let options = EvalOptions { as_of: date("2024-06-30"), complete: false, max_findings: Some(7) };
    let few = judge(&probe.program, probe.batches(), options);
    assert_eq!(few.tallies, alone.tallies);
    assert_eq!(few.findings[..], alone.findings[..7]);
}
