//! Reports built by hand, for the tests of the outputs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{FaultKind, InputFault, InputNote};
use crate::finding::{
    ConvertedCell, Evidence, FieldUse, Finding, HeadingMatch, InputReading, Location, MatchEvidence, MatchHow,
    MeasureInfo, NotRun, Outcome, PackInfo, ParameterInfo, Personal, Reason, Report, Row, RowField, RuleInfo, RunInfo,
    Severity, SheetReading, TableReading, Tallies, Tally, Told, fingerprint,
};
use crate::model::{Date, Localized, Period};

/// Personal data that stands in the sample report and must not stand in any masked output.
pub const PERSONAL: [&str; 6] =
    ["欧阳震华", "610102194403050019", "19440305", "13800005678", "西安市莲湖区某路18号", "13911112222"];

/// Cells that an output may not take for a formula or for markup.
pub const HOSTILE: [&str; 7] = [
    "=HYPERLINK(\"http://x.example\",\"点我\")",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "<script>alert('x')</script>&\"]]>",
    "| 表 | `x` | [a](javascript:alert(1)) ::set-output name=a::b",
];

fn both(zh: &str, en: &str) -> Localized {
    Localized::new(zh, en)
}

fn measure(id: &str, class: &'static str, clause: &str, title: (&str, &str)) -> MeasureInfo {
    MeasureInfo {
        id: id.into(),
        pack: "shaanxi".into(),
        class,
        clause: clause.to_owned(),
        title: both(title.0, title.1),
        demand: both(
            &format!("{}，应当落实到每个机构，并如实填报。", title.0),
            &format!("{}, in every institution, reported as it is.", title.1),
        ),
        reason: (class == "narrative")
            .then(|| both("属于组织保障要求，台账不反映", "an organisational demand that ledgers do not show")),
    }
}

struct RuleText<'a> {
    id: &'a str,
    severity: Severity,
    title: (&'a str, &'a str),
    message: (&'a str, &'a str),
    required: (&'a str, &'a str),
}

fn rule(text: RuleText) -> RuleInfo {
    let measure = text.id.split('/').next().unwrap_or_default();
    RuleInfo {
        id: text.id.into(),
        measure: measure.into(),
        also: vec![measure.replace("SX", "GJ").as_str().into()],
        pack: "shaanxi".into(),
        severity: text.severity,
        title: both(text.title.0, text.title.1),
        citations: vec![
            both(
                "《陕西省关于贯彻落实基层卫生健康便民惠民服务举措的通知》（陕卫办基层函〔2023〕254号）第二条",
                "Notice on the measures for convenience in primary care, Shaanxi (2023) No. 254, item 2",
            ),
            both(
                "《基层卫生健康便民惠民服务举措》（国卫办基层发〔2023〕7号）第二条",
                "Measures for convenience in primary care (2023) No. 7, item 2",
            ),
        ],
        required: both(text.required.0, text.required.1),
        fix: both(
            "请核实情况，补充安排并在下次报送前完成整改。",
            "Check what happened, arrange what is missing, and finish before the next submission.",
        ),
        message: both(text.message.0, text.message.1),
        items: Vec::new(),
        ledger: "duty-roster".into(),
        ledger_name: both("中高级职称医师值守门诊排班", "Duty roster of senior clinicians"),
        parameters: vec![ParameterInfo {
            name: "每周天数".into(),
            value: "3".to_owned(),
            unit: "天".to_owned(),
            reason: both("文件规定每周至少3个工作日", "the document says at least 3 workdays a week"),
            is_interpretation: measure == "SX-03",
            overridden: measure == "SX-02",
        }],
        interpretation: Some(both(
            "除夕未列入放假的，按工作日计。",
            "New Year's Eve counts as a workday unless it is a day off.",
        )),
    }
}

/// Names, values, and what they are.
pub fn told(all: &[(&str, &str, Option<Personal>)]) -> Told {
    let told = all.iter().map(|(name, value, personal)| (Arc::<str>::from(*name), *value, *personal));
    let told: Vec<_> = told.collect();
    told.iter().map(|(name, value, personal)| Evidence { name, value, personal: *personal, cell: None }).collect()
}

fn place(file: &str, sheet: &str, row: u32, column: u32) -> Location {
    Location { file: Some(file.into()), sheet: Some(sheet.into()), row: Some(row), column: Some(column) }
}

fn heading(text: &str, column: u32, field: Option<&str>, how: MatchHow, confidence: u8) -> HeadingMatch {
    HeadingMatch {
        heading: text.to_owned(),
        cell: (3, column),
        field: field.map(Into::into),
        how,
        confidence,
        runner_up: (how == MatchHow::Guessed).then(|| ("填报时间".into(), 41)),
        evidence: MatchEvidence {
            name: field.map(|field| (field.to_owned(), if how == MatchHow::Exact { 100 } else { 74 })),
            cells: (how == MatchHow::Guessed).then_some((97, 120)),
            taken_by: None,
        },
    }
}

fn duty_table() -> TableReading {
    TableReading {
        kind: Some("duty-roster".into()),
        kind_name: Arc::new(both("中高级职称医师值守门诊排班", "Duty roster of senior clinicians")),
        kind_confidence: 96,
        kind_runner_up: Some(("posting-attendance".into(), 38)),
        layout: "table",
        title_rows: Some((0, 1)),
        header_rows: Some((2, 3)),
        data_rows: Some((4, 1203)),
        skipped_rows: vec![(1204, "total"), (1205, "note")],
        records: 1200,
        period: Some(Period::Quarter(2023, 4)),
        unit: Some("商洛市卫生健康委员会".to_owned()),
        headings: Arc::new([
            heading("单位名称", 1, Some("机构名称"), MatchHow::Exact, 100),
            heading("坐诊信息▸日期", 2, Some("值守日期"), MatchHow::Guessed, 82),
            heading("职称", 3, Some("职称"), MatchHow::Exact, 100),
            heading("院长签字", 4, None, MatchHow::Unmatched, 0),
        ]),
        fields: vec![
            FieldUse {
                field: "医师姓名".into(),
                present: 1199,
                blank: 0,
                unreadable: 1,
                unreadable_examples: vec![(7, 4, "欧阳震华".to_owned())],
                converted: Vec::new(),
                personal: Some(Personal::Name),
            },
            FieldUse {
                field: "职称".into(),
                present: 1190,
                blank: 6,
                unreadable: 4,
                unreadable_examples: vec![(9, 3, "大夫（13911112222）".to_owned())],
                converted: vec![ConvertedCell {
                    code: "chinese-numeral",
                    cell: (11, 3),
                    from: "二十".to_owned(),
                    to: "20".to_owned(),
                }],
                personal: None,
            },
        ],
        conversions: BTreeMap::from([
            ("chinese-numeral", (12, "二十".to_owned())),
            ("id-number-cleaned", (3, "610102 19440305 0019".to_owned())),
        ]),
    }
}

fn readings() -> Vec<InputReading> {
    let roster = InputReading {
        file: "samples/q4/商洛市/值守排班.xlsx".into(),
        format: Some("xlsx"),
        encoding: None,
        digest: Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned()),
        size: 48_213,
        notes: vec![InputNote {
            code: "hidden-sheet",
            message: both("有一张隐藏的工作表", "one sheet is hidden"),
            sheet: Some("Sheet2".to_owned()),
            cell: None,
        }],
        faults: Vec::new(),
        sheets: vec![SheetReading {
            name: "值守门诊 '第四季度'".into(),
            hidden: false,
            tables: vec![duty_table()],
            notes: Vec::new(),
            rows: 1206,
            picture: Vec::new(),
            line_shifts: Vec::new(),
        }],
    };
    let mut elderly = duty_table();
    elderly.kind = Some("elderly".into());
    elderly.kind_name = Arc::new(both("65岁及以上健康服务台账", "Health service for people aged 65 and over"));
    elderly.records = 812;
    elderly.conversions = BTreeMap::new();
    let csv = InputReading {
        file: "samples/q4/榆林市/老年人台账.csv".into(),
        format: Some("csv"),
        encoding: Some("GB18030".to_owned()),
        digest: Some("2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae".to_owned()),
        size: 90_112,
        notes: Vec::new(),
        faults: Vec::new(),
        sheets: vec![SheetReading {
            name: "老年人台账".into(),
            hidden: false,
            tables: vec![elderly],
            notes: Vec::new(),
            rows: 814,
            picture: Vec::new(),
            line_shifts: vec![(50, 2)],
        }],
    };
    let locked = InputReading {
        file: "samples/q4/渭南市/机构名册.xlsx".into(),
        format: Some("xlsx"),
        encoding: None,
        digest: None,
        size: 20_480,
        notes: Vec::new(),
        faults: vec![InputFault::new(
            FaultKind::PasswordProtected,
            both("文件有打开密码", "the file needs a password"),
            both(
                "请取消密码后重新报送，或用 --password 提供",
                "submit it without a password, or give it with --password",
            ),
        )],
        sheets: Vec::new(),
    };
    vec![roster, csv, locked]
}

/// A report as a quarterly check of a province would give it: every outcome, severity and kind of place occurs.
pub fn sample() -> Report {
    let rules = vec![
        rule(RuleText {
            id: "SX-01/slots-share",
            severity: Severity::Error,
            title: ("向基层开放号源比例", "Share of slots open to primary care"),
            message: (
                "{unit}门诊号源 {总数} 个，向基层开放 {开放} 个，低于 20%",
                "{unit} opened {开放} of {总数} slots, below 20 %",
            ),
            required: ("向基层开放的号源不低于总数的 20%", "at least 20 % of the slots are open to primary care"),
        }),
        rule(RuleText {
            id: "SX-02/duty-days",
            severity: Severity::Error,
            title: ("每周值守工作日", "Duty days in the week"),
            message: (
                "{unit}在{period}仅 {天数} 个工作日有中级及以上临床医师值守，应有 {每周天数} 天",
                "{unit} had a senior clinician on only {天数} workdays in {period}, where {每周天数} are due",
            ),
            required: (
                "每周至少 {每周天数} 个工作日有中级及以上临床医师值守",
                "a senior clinician on at least {每周天数} workdays a week",
            ),
        }),
        rule(RuleText {
            id: "SX-03/authorised",
            severity: Severity::Warning,
            title: ("代开药授权", "Authority for proxy prescriptions"),
            message: (
                "{姓名}（{身份证号}，{联系电话}）的代开药没有授权，住{地址}，备注：{备注}",
                "no authority for {姓名} ({身份证号}, {联系电话}), {地址}, note: {备注}",
            ),
            required: ("代开药须有本人授权", "a proxy prescription needs the patient's authority"),
        }),
        rule(RuleText {
            id: "SX-04/long-prescription",
            severity: Severity::Advice,
            title: ("长期处方超过84天", "Long prescriptions beyond 84 days"),
            message: ("{unit}有处方 {天数} 天，超过84天", "{unit} prescribed {天数} days, beyond 84"),
            required: ("建议不超过84天", "84 days or fewer are advised"),
        }),
        rule(RuleText {
            id: "SX-05/submission",
            severity: Severity::Error,
            title: ("季度台账按时报送", "Quarterly ledger in time"),
            message: ("{unit}未报送", "{unit} did not submit"),
            required: ("每季度次月10日前报送", "by the 10th of the month after the quarter"),
        }),
    ];
    let measures = vec![
        measure("SX-01", "rule", "二（一）", ("预约号源向基层下沉", "Slots for primary care")),
        measure("SX-02", "rule", "二（二）", ("中高级职称医师值守门诊", "Senior clinicians on duty")),
        measure("SX-03", "attest", "二（三）", ("长期处方与代开药", "Long and proxy prescriptions")),
        measure("SX-04", "advisory", "二（四）", ("家庭医生签约服务", "Contracts with family doctors")),
        measure("SX-05", "rule", "三", ("每季度报送调度台账", "Quarterly submission")),
        measure("SX-06", "narrative", "四", ("加强组织领导", "Leadership")),
    ];
    let mut report = Report {
        run: RunInfo {
            version: "0.1.0",
            as_of: Date::new(2024, 1, 15).unwrap_or_default(),
            period: Some(Period::Quarter(2023, 4)),
            pack_choice: both(
                "台账中出现“商洛市”“榆林市”，按陕西省的规则包核查",
                "The ledgers name Shangluo and Yulin, so the pack of Shaanxi applies",
            ),
            arguments: vec!["check".to_owned(), "samples/q4".to_owned()],
        },
        packs: vec![PackInfo {
            id: "shaanxi".into(),
            name: both("陕西省", "Shaanxi"),
            document: both(
                "关于贯彻落实基层卫生健康便民惠民服务举措的通知",
                "Notice on the measures for convenience in primary care",
            ),
            number: "陕卫办基层函〔2023〕254号".to_owned(),
            effective_from: Date::new(2023, 8, 27),
            effective_until: None,
        }],
        measures,
        rules,
        inputs: readings(),
        notes: vec![both(
            "未报送《机构名册》，机构范围取自排班表本身，缺报的机构看不出来",
            "The register of institutions was not submitted; institutions without any record cannot be seen",
        )],
        ledger_names: BTreeMap::from([
            (Arc::from("duty-roster"), both("中高级职称医师值守门诊排班", "Duty roster of senior clinicians")),
            (Arc::from("institution"), both("机构名册", "Register of institutions")),
        ]),
        field_names: BTreeMap::from([
            (Arc::from("职称"), "title".to_owned()),
            (Arc::from("机构类型"), "type of institution".to_owned()),
        ]),
        ..Report::default()
    };
    report.not_run = vec![NotRun { rule: 4, reason: Reason::CompletenessNotDeclared }];
    report.findings = findings();
    report.tallies = tallies(&report.findings);
    report
}

/// A row of a ledger of persons.
fn record(texts: [&str; 5]) -> Row {
    let personal =
        [Some(Personal::Name), Some(Personal::IdNumber), Some(Personal::Phone), Some(Personal::Address), None];
    let field = |(name, personal): (&str, Option<Personal>)| RowField { name: name.into(), personal };
    let fields = ["姓名", "身份证号", "联系电话", "地址", "备注"].into_iter().zip(personal).map(field).collect();
    Row::new(fields, texts.into_iter().enumerate())
}

fn findings() -> Vec<Finding> {
    let roster = "samples/q4/商洛市/值守排班.xlsx";
    let sheet = "值守门诊 '第四季度'";
    let csv = "samples/q4/榆林市/老年人台账.csv";
    let plain = |rule: u32, unit: &str, row: u32, severity: Severity| Finding {
        rule,
        item: None,
        outcome: Outcome::Violated,
        severity,
        reason: None,
        other_reasons: Vec::new(),
        unit: unit.into(),
        key: told(&[("机构名称", unit, None)]),
        period: Some(Period::Quarter(2023, 4)),
        location: place(roster, sheet, row, 2),
        related: Vec::new(),
        values: told(&[("天数", "2", None), ("总数", "1200", None), ("开放", "", None)]),
        record: Row::default(),
        records: 1,
        fingerprint: fingerprint([unit, &rule.to_string(), &row.to_string()]),
    };
    let mut list = vec![
        plain(0, "商洛市中心医院", 5, Severity::Error),
        plain(1, "洛南县石门镇中心卫生院", 12, Severity::Error),
        plain(1, "洛南县石门镇中心卫生院", 19, Severity::Error),
        plain(1, "丹凤县龙驹寨街道社区卫生服务中心", 33, Severity::Error),
    ];
    list[2].period = Date::new(2023, 12, 4).map(Period::Week);
    list[3].location = Location { file: Some(roster.into()), ..Location::default() };
    let mut person = plain(2, "榆林市榆阳区古塔镇卫生院", 101, Severity::Warning);
    person.location = place(csv, "老年人台账", 101, 3);
    person.key =
        told(&[("姓名", PERSONAL[0], Some(Personal::Name)), ("身份证号", PERSONAL[1], Some(Personal::IdNumber))]);
    person.values = told(&[
        ("联系电话", PERSONAL[3], Some(Personal::Phone)),
        ("地址", PERSONAL[4], Some(Personal::Address)),
        ("备注", &format!("联系人电话{}", PERSONAL[5]), None),
    ]);
    let remark = format!("{}联系人电话{}", PERSONAL[0], PERSONAL[5]);
    person.record = record([PERSONAL[0], PERSONAL[1], PERSONAL[3], PERSONAL[4], &remark]);
    list.push(person);
    for (index, text) in HOSTILE.iter().enumerate() {
        let mut hostile = plain(2, text, 200 + index as u32, Severity::Warning);
        hostile.key = told(&[("姓名", "王五", Some(Personal::Name))]);
        let blank = ["身份证号", "联系电话", "地址"].map(|name| (name, "", None));
        hostile.values = told(&[&[("备注", *text, None)], &blank[..]].concat());
        hostile.record = record(["王五", "", "", "", text]);
        list.push(hostile);
    }
    list.push(plain(3, "商洛市中心医院", 44, Severity::Advice));
    let mut blank = plain(1, "柞水县营盘镇卫生院", 61, Severity::Error);
    blank.outcome = Outcome::Undetermined;
    blank.reason = Some(Reason::CellBlank(vec!["职称".into()]));
    list.push(blank);
    let mut column = plain(0, "", 0, Severity::Error);
    column.outcome = Outcome::Undetermined;
    column.reason = Some(Reason::ColumnAbsent(vec!["机构类型".into()]));
    column.records = 320;
    column.period = None;
    column.location.column = None;
    column.location.row = None;
    list.push(column);
    list
}

fn tallies(findings: &[Finding]) -> Tallies {
    let mut sums: BTreeMap<(u32, Arc<str>), Tally> = BTreeMap::new();
    for finding in findings {
        let tally = sums.entry((finding.rule, finding.unit.clone())).or_default();
        tally.add(finding.outcome, finding.records);
    }
    let units =
        ["商洛市中心医院", "洛南县石门镇中心卫生院", "榆林市榆阳区古塔镇卫生院", "镇安县永乐街道社区卫生服务中心"];
    for (index, unit) in units.into_iter().enumerate() {
        for rule in 0..3 {
            let tally = sums.entry((rule, unit.into())).or_default();
            tally.add(Outcome::Met, 11 + index as u64 * 7 + u64::from(rule));
            tally.add(Outcome::NotApplicable, u64::from(rule));
            tally.add(Outcome::NotYetDue, u64::from(rule == 1));
        }
    }
    sums.into_iter().map(|((rule, unit), counts)| (rule, unit, counts)).collect()
}

/// The sample with its findings repeated up to `count`, each in a row and with a fingerprint of its own.
pub fn large(count: usize) -> Report {
    let mut report = sample();
    let few = report.findings.clone();
    report.findings = (0..count)
        .map(|index| {
            let mut finding = few[index % few.len()].clone();
            finding.location.row = finding.location.row.map(|_| index as u32);
            finding.fingerprint = fingerprint([finding.fingerprint.as_str(), &index.to_string()]);
            finding
        })
        .collect();
    report.findings.sort_by_key(|finding| finding.rule);
    report.tallies = tallies(&report.findings);
    report
}

/// The texts of all cells of a workbook, sheet by sheet, with the names of the sheets.
pub fn cells(bytes: &[u8]) -> String {
    use calamine::Reader;
    let mut book: calamine::Xlsx<_> = calamine::Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    for (name, range) in book.worksheets() {
        text.push_str(&format!("{name}\n"));
        for (_, _, cell) in range.used_cells() {
            text.push_str(&format!("{cell}\n"));
        }
    }
    text
}

/// The text of all parts of a workbook.
pub fn unpack(bytes: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    for index in 0..archive.len() {
        std::io::Read::read_to_string(&mut archive.by_index(index).unwrap(), &mut text).unwrap();
    }
    text
}
