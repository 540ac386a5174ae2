//! Every bound stops what is over it, says so by its name, and leaves alone what is not.

use crate::support::{faults, zip};
use crate::writers::{Layout, book, fods, page, xls, xlsb_book, xml2003};
use taizhang::diag::{FaultKind, InputFault};
use taizhang::read::{self, Limits, ReadOptions};

const LAYOUT: Layout = (
    "two merged areas",
    "机构名称|值守医师||值守日期\n|姓名|职称|\n城关镇卫生院|张三|主治医师|2023-12-04",
    &[(0, 0, 1, 0), (0, 1, 0, 2)],
);

/// The first fault that opening and reading to the end meets.
fn fault(bytes: Vec<u8>, limits: Limits) -> Option<InputFault> {
    let opened = read::open_bytes("台账", bytes, &ReadOptions { limits, ..ReadOptions::default() });
    faults(opened).into_iter().next()
}

#[test]
fn every_bound_stops_what_is_over_it() {
    let csv = LAYOUT.1.replace('|', ",").into_bytes();
    let twice = zip(&[("内.zip", &zip(&[("台账.csv", &csv)]))]);
    let two = zip(&[("甲.csv", &csv), ("乙.csv", &csv)]);
    let long_text = format!("机构名称,备注\n城关镇卫生院,{}\n", "很长的文字".repeat(40)).into_bytes();
    let cases: Vec<(&str, u64, &str, Vec<u8>)> = vec![
        ("held-bytes", 200, "html", page(&LAYOUT)),
        ("held-bytes", 200, "xls", xls(&LAYOUT)),
        ("unpacked-bytes", 200, "xlsx", book(&LAYOUT, false)),
        ("strings-bytes", 20, "xlsx", book(&LAYOUT, false)),
        ("cells", 3, "xlsx", book(&LAYOUT, false)),
        ("cells", 3, "xlsb", xlsb_book(&LAYOUT)),
        ("held-cells", 3, "fods", fods(&LAYOUT)),
        ("held-cells", 3, "XML 2003", xml2003(&LAYOUT)),
        ("held-cells", 3, "html", page(&LAYOUT)),
        ("held-cells", 3, "xls", xls(&LAYOUT)),
        ("sheets", 1, "xlsx", book(&LAYOUT, true)),
        ("columns", 3, "xlsx", book(&LAYOUT, false)),
        ("columns", 3, "xlsb", xlsb_book(&LAYOUT)),
        ("columns", 3, "xls", xls(&LAYOUT)),
        ("columns", 3, "fods", fods(&LAYOUT)),
        ("columns", 3, "XML 2003", xml2003(&LAYOUT)),
        ("columns", 3, "html", page(&LAYOUT)),
        ("columns", 3, "csv", csv.clone()),
        ("text-bytes", 100, "csv", long_text),
        ("merged-areas", 1, "xlsx", book(&LAYOUT, false)),
        ("merged-areas", 1, "xlsb", xlsb_book(&LAYOUT)),
        ("merged-areas", 1, "fods", fods(&LAYOUT)),
        ("merged-areas", 1, "XML 2003", xml2003(&LAYOUT)),
        ("nesting", 1, "zip", twice),
        ("members", 1, "zip", two.clone()),
        ("archive-bytes", 100, "zip", two),
    ];
    let mut wrong = Vec::new();
    for (name, bound, format, bytes) in &cases {
        let mut limits = Limits::default();
        assert!(limits.set(name, *bound));
        let advice = format!("--limit {name}=");
        let is_told = |fault: &InputFault| {
            let advices = [&fault.advice.zh, &fault.advice.en];
            fault.kind == FaultKind::LimitExceeded && advices.iter().all(|text| text.contains(&advice))
        };
        let found = fault(bytes.clone(), limits);
        if !found.as_ref().is_some_and(is_told) {
            wrong.push(format!("{name}={bound} for {format}: {found:?}"));
        }
        if let Some(fault) = fault(bytes.clone(), Limits::default()) {
            wrong.push(format!("{format} within its bounds: {fault}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The bound on the ratio begins at 16 MiB and has its test beside the others of XLSX.
    let untried: Vec<&str> =
        Limits::names().filter(|name| *name != "ratio" && !cases.iter().any(|case| case.0 == *name)).collect();
    assert_eq!(untried, Vec::<&str>::new());
}
