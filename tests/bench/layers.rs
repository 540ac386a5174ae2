//! Measures each layer by itself, inside the process: `cargo bench --bench layers [NAME]`.
//!
//! Whole processes beside what else a user would pick are measured by `tests/bench/run`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use taizhang::check::{CheckOptions, Checker};
use taizhang::eval::{EvalOptions, Evaluator};
use taizhang::finding::Report;
use taizhang::map::{FileContext, MapOptions, Mapper, UserMapping, map_sheet};
use taizhang::model::{Batch, Date};
use taizhang::pack::{Catalog, Shape, Store, builtin};
use taizhang::read::{Document, Opened, ReadOptions, Row, open_bytes};
use taizhang::render::{Format, Options};
use taizhang::rule::compile;

fn main() {
    divan::main();
}

/// Records of the ledger of long prescriptions.
const ROWS: usize = 20_000;
/// Institutions of the register, each with a roster of one quarter.
const INSTITUTIONS: usize = 200;

static STORE: LazyLock<Store> = LazyLock::new(|| builtin().0);
static MAPPER: LazyLock<Mapper> = LazyLock::new(|| Mapper::new(&STORE.base()));

fn as_of() -> Date {
    Date::new(2024, 1, 15).expect("a day of the calendar")
}

/// A made-up identity number whose check digit is right.
fn id_number(birth: &str, number: usize) -> String {
    const WEIGHTS: [usize; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("610302{birth}{:03}", number % 1_000);
    let sum: usize = body.bytes().zip(WEIGHTS).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[sum % 11]))
}

/// Long prescriptions, of which one in `faulty` is for too few days.
fn prescriptions(rows: usize, faulty: usize) -> String {
    let mut csv = String::from(
        "序号,机构名称,机构类型,县区,姓名,身份证号,出生日期,性别,病种,病情是否稳定,开具日期,处方天数,药品名称,是否签约,是否代开\n",
    );
    for number in 1..=rows {
        let (year, month, day) = (1935 + number % 50, 1 + number % 12, 1 + number % 28);
        let identity = id_number(&format!("{year}{month:02}{day:02}"), number / 50);
        let sex = if identity.as_bytes()[16] % 2 == 1 { "男" } else { "女" };
        let disease = ["高血压", "2型糖尿病"][number % 2];
        let days = if number % faulty == 0 { 14 } else { 28 + number % 57 };
        writeln!(
            csv,
            "{number},第{}镇卫生院,乡镇卫生院,金台区,张甲{},{identity},{year}-{month:02}-{day:02},{sex},{disease},是,2023-{}-{:02},{days},苯磺酸氨氯地平片,是,否",
            number % 400,
            ["一", "二", "三"][number % 3],
            10 + number % 3,
            1 + number % 28,
        )
        .expect("writing to a text cannot fail");
    }
    csv
}

/// The register of institutions and their rosters: three days of every week, which is not enough.
fn register_and_roster() -> [(&'static str, String); 2] {
    let mut register = String::from("县区,机构名称,机构类型\n");
    let mut roster = String::from("县区,机构名称,机构类型,值守日期,医师姓名,职称,值守方式\n");
    for number in 1..=INSTITUTIONS {
        writeln!(register, "金台区,第{number}镇卫生院,乡镇卫生院").expect("writing to a text cannot fail");
        for month in 10..=12 {
            for day in (2..=30).step_by(2) {
                writeln!(roster, "金台区,第{number}镇卫生院,乡镇卫生院,2023-{month}-{day:02},张甲,主治医师,现场")
                    .expect("writing to a text cannot fail");
            }
        }
    }
    [("机构名册.csv", register), ("值守门诊排班.csv", roster)]
}

fn document(name: &str, bytes: Vec<u8>) -> Document {
    match open_bytes(name, bytes, &ReadOptions::default()).pop() {
        Some(Opened::Document(document)) => document,
        _ => panic!("{name} cannot be read"),
    }
}

fn read_all(name: &str, bytes: &[u8]) -> usize {
    let mut rows = 0;
    for mut sheet in document(name, bytes.to_vec()).sheets {
        let mut row = Row::default();
        while sheet.rows.next_row(&mut row).expect("the sheet has no fault") {
            rows += 1;
        }
    }
    rows
}

fn batches(name: &str, bytes: &[u8], index: u32) -> Vec<Batch> {
    let mut all = Vec::new();
    let file = FileContext { path: name.into(), index };
    let options = MapOptions { kind: None, period: None, as_of: as_of(), mapping: UserMapping::default() };
    for sheet in document(name, bytes.to_vec()).sheets {
        let mut mapped = map_sheet(sheet, &file, &MAPPER, &options);
        while let Some(batch) = mapped.next_batch().expect("the sheet has no fault") {
            all.push(batch);
        }
    }
    all
}

fn report(faulty: usize) -> Report {
    let mut options = CheckOptions { packs: vec!["national".into()], as_of: as_of(), ..CheckOptions::default() };
    options.contents.insert("处方.csv".into(), Arc::new(prescriptions(ROWS, faulty).into_bytes()));
    Checker::new(&STORE).run(&[PathBuf::from("处方.csv")], &options)
}

/// What a small run pays before it reads anything.
mod start {
    use super::*;

    #[divan::bench]
    fn load_packs() -> usize {
        builtin().0.packs().len()
    }

    #[divan::bench]
    fn prepare_names() -> Mapper {
        Mapper::new(&STORE.base())
    }

    #[divan::bench(args = ["national", "shaanxi", "xiamen"])]
    fn compile_rules(pack: &str) -> usize {
        // A store keeps the rules that it has read, so that each round takes a new one.
        let store = builtin().0;
        let (catalog, _) = store.catalog(&[pack.into()], &[]);
        compile(&catalog).0.plans.len()
    }
}

/// Bytes to rows.
mod reading {
    use super::*;

    #[divan::bench(args = ["utf-8", "gb18030"])]
    fn csv(bencher: Bencher, encoding: &str) {
        let text = prescriptions(ROWS, 10);
        let bytes = match encoding {
            "gb18030" => encoding_rs::GB18030.encode(&text).0.into_owned(),
            _ => text.into_bytes(),
        };
        bencher.counter(BytesCount::new(bytes.len())).bench(|| read_all("处方.csv", &bytes));
    }

    #[divan::bench]
    fn xlsx(bencher: Bencher) {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (row, line) in (0..).zip(prescriptions(ROWS, 10).lines()) {
            for (column, cell) in (0..).zip(line.split(',')) {
                match cell.parse::<f64>() {
                    Ok(number) if cell.len() < 6 => sheet.write(row, column, number),
                    _ => sheet.write(row, column, cell),
                }
                .expect("a cell inside the sheet");
            }
        }
        let bytes = book.save_to_buffer().expect("the workbook fits");
        bencher.counter(ItemsCount::new(ROWS)).bench(|| read_all("处方.xlsx", &bytes));
    }

    #[divan::bench]
    fn html(bencher: Bencher) {
        let mut page = String::from("<table>");
        for line in prescriptions(ROWS, 10).lines() {
            page.push_str("<tr>");
            line.split(',').for_each(|cell| write!(page, "<td>{cell}</td>").expect("writing to a text cannot fail"));
            page.push_str("</tr>\n");
        }
        page.push_str("</table>");
        bencher.counter(ItemsCount::new(ROWS)).bench(|| read_all("处方.xls", page.as_bytes()));
    }
}

/// Rows to typed columns; the few rows show what it costs to understand a sheet at all.
mod mapping {
    use super::*;

    #[divan::bench(args = [20, ROWS])]
    fn csv(bencher: Bencher, rows: usize) {
        let bytes = prescriptions(rows, 10).into_bytes();
        bencher.counter(ItemsCount::new(rows)).bench(|| batches("处方.csv", &bytes, 0));
    }
}

/// Columns to outcomes, by the kind of rule and the share of faulty records.
mod judging {
    use super::*;

    /// The rules that judge records, groups or the members of a register, and no others.
    fn rules(wanted: fn(&Shape) -> bool) -> Catalog {
        let (mut catalog, _) = STORE.catalog(&["national".into(), "common".into()], &[]);
        catalog.rules.retain(|rule| wanted(&rule.shape));
        catalog
    }

    fn judge(bencher: Bencher, catalog: &Catalog, batches: &[Batch]) {
        let program = Arc::new(compile(catalog).0);
        let kinds: BTreeSet<&str> = batches.iter().map(|batch| &*batch.source.kind).collect();
        assert!(
            program.plans.iter().any(|plan| kinds.contains(&*catalog.kinds[plan.kind].id)),
            "no rule judges {kinds:?}"
        );
        let records: usize = batches.iter().map(Batch::len).sum();
        bencher.counter(ItemsCount::new(records)).with_inputs(|| batches.to_vec()).bench_values(|batches| {
            let options = EvalOptions { as_of: as_of(), complete: false, max_findings: Some(1_000) };
            let mut evaluator = Evaluator::new(program.clone(), options);
            batches.into_iter().for_each(|batch| evaluator.push(batch));
            evaluator.finish()
        });
    }

    #[divan::bench(args = [1, 10, 1_000])]
    fn rows(bencher: Bencher, faulty: usize) {
        let batches = batches("处方.csv", prescriptions(ROWS, faulty).as_bytes(), 0);
        judge(bencher, &rules(|shape| matches!(shape, Shape::Row)), &batches);
    }

    #[divan::bench]
    fn groups(bencher: Bencher) {
        let batches = batches("处方.csv", prescriptions(ROWS, 10).as_bytes(), 0);
        judge(bencher, &rules(|shape| matches!(shape, Shape::Group { .. })), &batches);
    }

    #[divan::bench]
    fn populations(bencher: Bencher) {
        let files = register_and_roster();
        let batches: Vec<Batch> =
            (0..).zip(&files).flat_map(|(index, (name, text))| batches(name, text.as_bytes(), index)).collect();
        judge(bencher, &rules(|shape| matches!(shape, Shape::Population { .. })), &batches);
    }
}

/// A report with a finding in every tenth record to each format.
mod rendering {
    use super::*;

    #[divan::bench(args = Format::ALL.map(Format::name))]
    fn formats(bencher: Bencher, format: &str) {
        let format = Format::parse(format).expect("a name from the list of formats");
        let report = report(10);
        bencher.counter(ItemsCount::new(report.findings.len())).bench(|| {
            let mut out = Vec::new();
            format.write(&report, &Options::default(), &mut out).expect("writing to memory cannot fail");
            out
        });
    }
}
