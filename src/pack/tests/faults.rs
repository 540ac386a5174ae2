//! Every way to break a pack gives its own fault with its place, and leaves the rest standing.

use std::collections::BTreeSet;

use super::{FILES, packs, shown, store_with};
use crate::diag::PackFault;
use crate::model::Localized;
use crate::pack::{Store, codes};

/// The text of a file of the small pack with one part of it replaced.
fn changed(path: &str, from: &str, to: &str) -> String {
    let (_, text) = FILES.iter().find(|(known, _)| *known == path).unwrap();
    assert!(text.contains(from), "{path} has no {from}");
    text.replacen(from, to, 1)
}

/// All faults of a store: of loading, of the province's catalog and of the cases.
fn all(store: &Store, mut faults: Vec<PackFault>) -> Vec<PackFault> {
    faults.extend(store.catalog(&packs(&["province"]), &[]).1);
    faults.extend(store.cases().1);
    faults
}

/// One replacement in one file: path, from, to, and then the code, the text at the fault and the help that follow.
type Break = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const ROSTER: &str = "ledgers/roster.toml";
const REGISTER: &str = "ledgers/institution.toml";
const NATIONAL: &str = "national/pack.toml";
const PROVINCE: &str = "province/pack.toml";
const DUTY: &str = "national/duty.toml";
const CASES: &str = "national/duty.cases.toml";

const BREAKS: &[Break] = &[
    (DUTY, "severity = \"error\"", "severity = ", codes::SYNTAX, "", ""),
    (
        DUTY,
        "severity = \"error\"",
        "severity = \"error\"\nserverity = 1",
        codes::UNKNOWN_KEY,
        "serverity",
        "是不是想写“severity”？",
    ),
    (
        ROSTER,
        "en = \"date\"",
        "en = \"date\"\nesential = true",
        codes::UNKNOWN_KEY,
        "esential",
        "是不是想写“essential”？",
    ),
    ("lists/titles.toml", "级别 = \"中级\"", "级別 = \"中级\"", codes::UNKNOWN_KEY, "级別", "是不是想写“级别”？"),
    (
        DUTY,
        "title = { zh = \"值守天数\", en = \"Duty days\" }",
        "title = \"值守天数\"",
        codes::WRONG_TYPE,
        "\"值守天数\"",
        "双语文字写作 { zh = \"…\", en = \"…\" }",
    ),
    (
        NATIONAL,
        "from = 2023-01-01",
        "from = \"2023-01-01\"",
        codes::WRONG_TYPE,
        "\"2023-01-01\"",
        "日期不加引号，如 2024-04-30",
    ),
    (DUTY, "fix = { zh = \"补足\", en = \"add days\" }\n", "", codes::MISSING_KEY, "[[rule]]", ""),
    (DUTY, "en = \"add days\"", "zhen = \"x\"", codes::MISSING_KEY, "{ zh = \"补足\", zhen = \"x\" }", ""),
    (DUTY, "severity = \"error\"", "severity = \"eror\"", codes::UNKNOWN_WORD, "\"eror\"", "是不是想写“error”？"),
    (
        DUTY,
        "each = \"week\"",
        "each = \"day\"",
        codes::UNKNOWN_WORD,
        "\"day\"",
        "可以写：week、month、quarter、half-year、year",
    ),
    (ROSTER, "type = \"date\"", "type = \"daet\"", codes::UNKNOWN_WORD, "\"daet\"", "是不是想写“date”？"),
    (
        CASES,
        "expect = \"violated\"",
        "expect = \"violate\"",
        codes::UNKNOWN_WORD,
        "\"violate\"",
        "是不是想写“violated”？",
    ),
    (DUTY, "en = \"Duty days\"", "en = \"\"", codes::BLANK_TEXT, "\"\"", ""),
    (CASES, "{ met = 2 }", "{ met = -2 }", codes::OUT_OF_RANGE, "-2", ""),
    (
        NATIONAL,
        "from = 2023-01-01",
        "from = 2023-01-01T00:00:00",
        codes::BAD_DATE,
        "2023-01-01T00:00:00",
        "日期写作 2024-04-30",
    ),
    (PROVINCE, "until = 2025-12-31", "until = 2022-12-31", codes::BAD_DATE, "2022-12-31", ""),
    ("calendar/2024.toml", "[2024-02-04]", "[2024-02-05]", codes::BAD_DATE, "2024-02-05", ""),
    ("calendar/2024.toml", "[2024-01-01]", "[2023-01-01]", codes::BAD_DATE, "2023-01-01", ""),
    (
        CASES,
        "\"2024-01\"",
        "\"2024第一季度\"",
        codes::BAD_PERIOD,
        "\"2024第一季度\"",
        "如 2023Q4、2023H1、2023-11、2023",
    ),
    (DUTY, "id = \"GJ-01/days\"", "id = \"GJ-01/天数\"", codes::BAD_ID, "\"GJ-01/天数\"", ""),
    (NATIONAL, "name = \"起点\"", "name = \"起 点\"", codes::BAD_ID, "\"起 点\"", ""),
    (
        DUTY,
        "id = \"GJ-01/named\"",
        "id = \"GJ-01/days\"",
        codes::DUPLICATE_ID,
        "\"GJ-01/days\"",
        "已在 national/duty.toml 中",
    ),
    (ROSTER, "name = \"医师\"", "name = \"日期\"", codes::DUPLICATE_ID, "[[field]]", "一个字段只声明一次"),
    (
        ROSTER,
        "extend = true",
        "en = \"x\"\ntype = \"text\"",
        codes::DUPLICATE_ID,
        "[[field]]",
        "字段组里已有此字段；如要补充，写 extend = true",
    ),
    ("lists/titles.toml", "\"住院医师\"", "\"主治医师\"", codes::DUPLICATE_ID, "\"主治医师\"", ""),
    (PROVINCE, "id = \"province\"", "id = \"provinz\"", codes::PACK_FOLDER, "\"provinz\"", "写作 id = \"province\""),
    (
        ROSTER,
        "key = [\"机构名称\", \"日期\"]",
        "key = [\"机构名称\", \"曰期\"]",
        codes::UNKNOWN_FIELD,
        "\"曰期\"",
        "是不是想写“日期”？",
    ),
    (
        DUTY,
        "date = \"日期\"",
        "date = \"值守日期\"",
        codes::UNKNOWN_FIELD,
        "\"值守日期\"",
        "“值守日期”是字段“日期”的别名，这里要写字段名",
    ),
    (CASES, "医师 = \"张某\"", "医生 = \"张某\"", codes::UNKNOWN_FIELD, "医生", "是不是想写“医师”？"),
    (ROSTER, "never = [\"未值守\"]", "yes = [\"已值守\"]", codes::FIELD_TYPE, "[\"已值守\"]", ""),
    (DUTY, "date = \"日期\"", "date = \"医师\"", codes::FIELD_TYPE, "\"医师\"", ""),
    (ROSTER, "code:titles", "code:title", codes::UNKNOWN_LIST, "\"code:title\"", "是不是想写“titles”？"),
    (DUTY, "ledger = \"roster\"", "ledger = \"rooster\"", codes::UNKNOWN_KIND, "\"rooster\"", "是不是想写“roster”？"),
    (
        DUTY,
        "ledger = \"institution\"",
        "ledger = \"institutions\"",
        codes::UNKNOWN_KIND,
        "\"institutions\"",
        "是不是想写“institution”？",
    ),
    (
        ROSTER,
        "groups = [\"institution\"]",
        "groups = [\"institutions\"]",
        codes::UNKNOWN_GROUP,
        "\"institutions\"",
        "是不是想写“institution”？",
    ),
    (
        PROVINCE,
        "extends = [\"national\"]",
        "extends = [\"nation\"]",
        codes::UNKNOWN_PACK,
        "\"nation\"",
        "是不是想写“national”？",
    ),
    (DUTY, "measure = \"GJ-01\"", "measure = \"GJ-1\"", codes::UNKNOWN_MEASURE, "\"GJ-1\"", "是不是想写“GJ-01”？"),
    (
        CASES,
        "rule = \"GJ-01/named\"",
        "rule = \"GJ-01/name\"",
        codes::UNKNOWN_RULE,
        "\"GJ-01/name\"",
        "是不是想写“GJ-01/named”？",
    ),
    (
        DUTY,
        "LEAST(:每周天数, workdays(period))\"\n",
        "LEAST(:每周数, workdays(period))\"\n",
        codes::UNKNOWN_PARAMETER,
        "每周数",
        "是不是想写“每周天数”？",
    ),
    (PROVINCE, "value = 4", "value = \"4\"", codes::PARAMETER_TYPE, "[[parameter]]", ""),
    ("regions.toml", "parent = \"甲省\"", "parent = \"甲\"", codes::UNKNOWN_REGION, "\"甲\"", "是不是想写“甲省”？"),
    (NATIONAL, "number = ", "extends = [\"province\"]\nnumber = ", codes::EXTENDS_CYCLE, "\"province\"", ""),
    (
        PROVINCE,
        "inherits = [\"GJ-01\"]",
        "inherits = [\"GJ-1\"]",
        codes::NOT_INHERITABLE,
        "\"GJ-1\"",
        "是不是想写“GJ-01”？",
    ),
    (
        "province/duty.toml",
        "GJ-01/named",
        "GJ-01/name",
        codes::BAD_OVERRIDE,
        "\"GJ-01/name\"",
        "是不是想写“GJ-01/named”？",
    ),
    (DUTY, "each = \"week\"\n", "", codes::SHAPE, "\"日期\"", ""),
    (
        DUTY,
        "each = \"week\"",
        "each = \"week\"\ngroup_by = \"institution\"",
        codes::SHAPE,
        "{ ledger = \"institution\", where = \"有效\", match = \"institution\" }",
        "",
    ),
    (
        ROSTER,
        "aliases = [\"值守日期\"]",
        "aliases = [\"值守日期\", \" 名称\"]",
        codes::SHARED_ALIAS,
        "[[field]]",
        "只留一处；现在按“日期”理解",
    ),
    (
        DUTY,
        "{unit} 在",
        "{单位} 在",
        codes::UNKNOWN_PLACEHOLDER,
        "{ zh = \"{单位} 在 {period} 仅 {天数} 天\", en = \"{unit}: {天数} days in {period}\" }",
        "可以写：unit、period、天数、应有、每周天数、起点、机构名称、日期、医师、职称、有效",
    ),
    (
        REGISTER,
        "key = [\"机构名称\"]",
        "key = [\"机构名称\"]\n[[also]]\nledger = \"rooster\"",
        codes::UNKNOWN_KIND,
        "[[also]]",
        "是不是想写“roster”？",
    ),
    (
        REGISTER,
        "key = [\"机构名称\"]",
        "key = [\"机构名称\"]\n[[wide]]\nby = \"month\"\ninto = \"月份\"\nvalue = \"有效\"",
        codes::UNKNOWN_FIELD,
        "[[wide]]",
        "可以写：机构名称、有效",
    ),
];

#[test]
fn every_break_gives_its_fault_at_its_place() {
    for &(path, from, to, code, at, help) in BREAKS {
        let text = changed(path, from, to);
        let (store, faults) = store_with(&[(path, &text)]);
        let faults = all(&store, faults);
        let found = faults.iter().find(|fault| fault.code == code && fault.file == path);
        let Some(fault) = found else { panic!("{path}: {to}: no {code} among {:?}", shown(&faults)) };
        assert_eq!(text.get(fault.span.clone()), Some(at), "{path}: {to}");
        assert_eq!(fault.help.as_ref().map_or("", |help| &help.zh), help, "{path}: {to}");
        assert!(!fault.message.zh.is_empty() && !fault.message.en.is_empty());
        let line = text.lines().nth(fault.line as usize - 1).unwrap();
        let rest: String = line.chars().skip(fault.column as usize - 1).collect();
        let first = at.lines().next().unwrap_or("");
        assert!(rest.starts_with(first), "{path}: {to}: column {} of {line}", fault.column);
        // Whatever is broken, the rules of the other pack stand.
        let (catalog, _) = store.catalog(&packs(&["national"]), &[]);
        if path != ROSTER {
            assert!(catalog.rules.iter().any(|rule| &*rule.id == "TY-01/future"), "{path}: {to}");
        }
    }
}

/// Faults that need more than a replacement.
fn others() -> Vec<PackFault> {
    let mut faults = Vec::new();
    faults.extend(store_with(&[("lists/deep/x.toml", "")]).1);
    faults.extend(store_with(&[("lonely/x.toml", "")]).1);
    let many: String = (0..65).map(|number| format!("[[entry]]\ncode = \"{number}\"\n")).collect();
    let list = format!("id = \"long\"\nname = {{ zh = \"长\", en = \"Long\" }}\n{many}");
    let kind = changed(ROSTER, "code:titles", "codes:long");
    faults.extend(store_with(&[("lists/long.toml", &list), (ROSTER, &kind)]).1);
    faults
}

#[test]
fn files_out_of_place_and_long_lists_are_named() {
    let expected =
        ["stray-file lists/deep/x.toml:1:1", "no-pack lonely/x.toml:1:1", "list-too-long ledgers/roster.toml:23:8"];
    assert_eq!(shown(&others()), expected);
}

#[test]
fn every_code_is_shown_by_a_test() {
    let mut seen: BTreeSet<&str> = BREAKS.iter().map(|(_, _, _, code, _, _)| *code).collect();
    seen.extend(others().iter().map(|fault| fault.code));
    // Shown by `packs_that_do_not_know_each_other_may_disagree`.
    seen.insert(codes::PARAMETER_CONFLICT);
    let missing: Vec<&&str> = codes::ALL.iter().filter(|code| !seen.contains(**code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn packs_that_do_not_know_each_other_may_disagree() {
    let other = changed(PROVINCE, "id = \"province\"", "id = \"island\"").replace("value = 4", "value = 5");
    let (store, faults) = store_with(&[("island/pack.toml", &other)]);
    assert_eq!(shown(&faults), [""; 0]);
    let (catalog, faults) = store.catalog(&packs(&["island", "province"]), &[]);
    assert_eq!(shown(&faults), ["parameter-conflict province/pack.toml:24:1"]);
    assert_eq!(catalog.parameters.iter().find(|p| &*p.info.name == "每周天数").unwrap().info.value, "4");
}

#[test]
fn what_the_user_asks_for_is_checked() {
    let (store, _) = store_with(&[]);
    let asked = |ids: &[&str], name: &str, value: &str| {
        let (_, faults) = store.catalog(&packs(ids), &[(name.to_owned(), value.to_owned())]);
        faults
            .into_iter()
            .map(|fault| (fault.code, fault.message.zh, fault.help.map(|help| help.zh)))
            .collect::<Vec<_>>()
    };
    let did_you_mean = |word: &str| Some(format!("是不是想写“{word}”？"));
    assert_eq!(asked(&["national"], "每周天数", "2"), []);
    let wrong = asked(&["nationl"], "每周天", "2");
    let expected = [
        (codes::UNKNOWN_PACK, "没有名为“nationl”的规则包".to_owned(), did_you_mean("national")),
        (codes::UNKNOWN_PARAMETER, "没有名为“每周天”的参数".to_owned(), did_you_mean("每周天数")),
    ];
    assert_eq!(wrong, expected);
    let wrong = asked(&["national"], "每周天", "2");
    assert_eq!(wrong[0].2, did_you_mean("每周天数"));
    let wrong = asked(&["national"], "每周天数", "三");
    assert_eq!(wrong, [(codes::PARAMETER_TYPE, "参数“每周天数”应为数，“三”不是".to_owned(), None)]);
}

#[test]
fn several_faults_are_all_found_and_the_rest_loads() {
    let text = changed(DUTY, "severity = \"error\"", "severity = \"eror\"").replace("fix = ", "fixes = ");
    let (store, _) = store_with(&[(DUTY, &text)]);
    let (catalog, faults) = store.catalog(&packs(&["province"]), &[]);
    let expected = [
        "unknown-word national/duty.toml:6:12",
        "missing-key national/duty.toml:2:1",
        "unknown-key national/duty.toml:16:1",
        "missing-key national/duty.toml:18:1",
        "unknown-key national/duty.toml:27:1",
    ];
    let mut places = shown(&faults);
    places.retain(|place| place.contains("national"));
    assert_eq!(places, expected);
    let ids: Vec<&str> = catalog.rules.iter().map(|rule| &*rule.id).collect();
    assert_eq!(ids, ["TY-01/future"]);
}

#[test]
fn faults_in_expressions_get_their_place_from_the_store() {
    let text = changed(DUTY, "where = \"日期 >= :起点", "where = \"\\u65e5期 >= :起点");
    let (store, _) = store_with(&[(DUTY, &text)]);
    let (catalog, faults) = store.catalog(&packs(&["national"]), &[]);
    assert_eq!(shown(&faults), [""; 0]);
    let filter = catalog.rules[1].filter.clone().unwrap();
    let at = filter.offset + filter.text.find("职称").unwrap();
    let mut fault = [PackFault {
        level: crate::diag::Level::Error,
        code: codes::SYNTAX,
        file: filter.file.to_string(),
        span: at..at + "职称".len(),
        line: 0,
        column: 0,
        message: Localized::default(),
        help: None,
    }];
    store.place(&mut fault);
    assert_eq!(&text[fault[0].span.clone()], "职称");
    assert_eq!((fault[0].line, fault[0].column), (12, 29));
}
