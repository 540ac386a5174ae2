//! The meaning of rules, one table for each shape.

use taizhang::finding::{Outcome, Reason};

use crate::probe::Probe;

const MET: [u64; 6] = [1, 0, 0, 0, 0, 0];
const VIOLATED: [u64; 6] = [0, 1, 0, 0, 0, 0];
const NOT_APPLICABLE: [u64; 6] = [0, 0, 1, 0, 0, 0];
const UNDETERMINED: [u64; 6] = [0, 0, 0, 1, 0, 0];
const NOT_YET_DUE: [u64; 6] = [0, 0, 0, 0, 1, 0];
const NOT_RUN: [u64; 6] = [0, 0, 0, 0, 0, 1];

/// The outcome of one requirement on one record.
fn row(require: &str, table: &str) -> [u64; 6] {
    Probe::new(&format!("ledger = \"probe-log\"\nrequire = \"\"\"{require}\"\"\"")).log("2024Q1", table).counts()
}

#[test]
fn conditions_have_three_values() {
    let blank = "站点 人次 合格 日期 职称\n甲 _ 是 2024-03-05 主治医师";
    for (require, expected) in [
        ("人次 > 1", UNDETERMINED),
        ("人次 > 1 OR 合格", MET),
        ("合格 OR 人次 > 1", MET),
        ("人次 > 1 AND NOT 合格", VIOLATED),
        ("NOT (人次 > 1) OR NOT 合格", UNDETERMINED),
        ("人次 IS NULL", MET),
        ("人次 IS NOT NULL", VIOLATED),
        ("备注 IS NULL", UNDETERMINED),
        ("present(人次)", VIOLATED),
        ("present(备注)", UNDETERMINED),
        ("has_column(备注)", VIOLATED),
        ("has_column(人次)", MET),
        ("recognised(人次)", UNDETERMINED),
        ("recognised(日期)", MET),
        ("COALESCE(人次, 3) = 3", MET),
        ("COALESCE(备注, '无') = '无'", MET),
        ("(人次 > 1) IS NOT TRUE", MET),
        ("(人次 > 1) IS FALSE", VIOLATED),
        ("CASE WHEN 人次 > 1 THEN TRUE ELSE FALSE END", UNDETERMINED),
        ("CASE WHEN 合格 THEN 2 ELSE 人次 END = 2", MET),
        ("人次 IN (1, 2)", UNDETERMINED),
        ("日期 BETWEEN '2024-03-01' AND '2024-03-05'", MET),
        ("日期 NOT BETWEEN '2024-03-01' AND '2024-03-05'", VIOLATED),
        ("日期 + 1 = '2024-03-06' AND 日期 - '2024-03-01' = 4", MET),
        ("职称 IN ('主治医师', '主管护师')", MET),
        ("职称.级别 = '中级' AND 职称.类别 <> '护理'", MET),
        ("站点 LIKE '甲%' AND 站点 NOT LIKE '_乙' AND contains(站点, '丙', '甲')", MET),
        ("weekday(日期) = 2 AND is_workday(日期) AND month(日期) = 3", MET),
        ("quarter_of(日期) = reporting_period AND within(month_of(日期), reporting_period)", MET),
        ("workdays(reporting_period) > 50", MET),
        ("is_quarter(reporting_period) AND NOT is_half(reporting_period)", MET),
        ("add_months(日期, -1) = '2024-02-05' AND age_at('1944-03-05', 日期) = 80", MET),
        ("LEAST(3, 2, 5) = 2 AND GREATEST(3, 2, 5) = 5 AND ABS(-2) = 2 AND CEIL_DIV(7, 2) = 4", MET),
        ("CEIL_DIV(7, 0) = 1", UNDETERMINED),
        ("0.00001 * 0.00001 > 0", UNDETERMINED),
        ("overlap_days('2024-03-30', '2024-05-01', reporting_period) = 2", MET),
        ("full_quarters('2023-12-01', '2024-07-01', '2024') = 2", MET),
        ("same_name('甲 （一）', '甲(一)') AND percent(3, 16) = '18.75%'", MET),
        (":次数 = 2", MET),
    ] {
        assert_eq!(row(require, blank), expected, "{require}");
    }
}

#[test]
fn unreadable_is_neither_blank_nor_a_value() {
    let unreadable = "站点 人次 结束\n甲 若干 未结束";
    for (require, expected) in [
        ("人次 IS NULL", UNDETERMINED),
        ("present(人次)", MET),
        ("recognised(人次)", VIOLATED),
        ("COALESCE(人次, 3) = 3", UNDETERMINED),
        ("stated_never(结束)", MET),
        ("结束 IS NULL", MET),
        ("present(结束)", VIOLATED),
    ] {
        assert_eq!(row(require, unreadable), expected, "{require}");
    }
    let probe =
        Probe::new("ledger = \"probe-log\"\nrequire = \"人次 > 0 AND 结束 > '2024-01-01'\"").log("2024Q1", unreadable);
    let finding = probe.run().findings.remove(0);
    assert_eq!(finding.reason, Some(Reason::CellUnreadable(vec!["人次".into()])));
    assert_eq!(finding.other_reasons, [Reason::CellBlank(vec!["结束".into()])]);
    assert_eq!((finding.location.row, finding.location.column), (Some(0), Some(1)));
    assert_eq!(finding.values.iter().next().unwrap().value, "若干");
}

#[test]
fn a_negative_number_is_unreadable_to_all_but_the_test_for_it() {
    let negative = "站点 人次\n甲 -3";
    for (require, expected) in [
        ("negative(人次)", MET),
        ("recognised(人次)", VIOLATED),
        ("人次 < 0", UNDETERMINED),
        ("COALESCE(人次, 3) = 3", UNDETERMINED),
    ] {
        assert_eq!(row(require, negative), expected, "{require}");
    }
    assert_eq!(row("negative(人次)", "站点 人次\n甲 若干"), VIOLATED);
    assert_eq!(row("negative(人次)", "站点 人次\n甲 3"), VIOLATED);
    assert_eq!(row("negative(人次)", "站点 人次\n甲 _"), VIOLATED);
    let probe = Probe::new("ledger = \"probe-log\"\nrequire = \"人次 > 0\"").log("2024Q1", negative);
    assert_eq!(probe.run().findings[0].reason, Some(Reason::NumberNegative(vec!["人次".into()])));
}

#[test]
fn members_lack_nothing_where_no_record_says_whom_it_is_about() {
    let keys = "ledger = \"probe-log\"\npopulation = { ledger = \"probe-register\", match = [\"站点\"] }\n\
                require = \"COUNT(*) >= 1\"";
    let probe = |log: &str| Probe::new(keys).register("站点\n甲\n乙").log("2024Q1", log);
    // Without the column, or blank throughout, the sheet is told once.
    assert_eq!(probe("人次\n3\n4").counts(), UNDETERMINED);
    assert_eq!(probe("站点 人次\n_ 3\n_ 4").counts(), UNDETERMINED);
    // One record that can be given to somebody shows that the column serves; the other is told by itself.
    assert_eq!(probe("站点 人次\n甲 3\n_ 4").counts(), [1, 1, 0, 1, 0, 0]);
    assert_eq!(probe("站点 人次\n丙 3").counts(), [0, 2, 0, 0, 0, 0]);
}

#[test]
fn includes_takes_codes_and_what_they_have_in_common() {
    let table = "站点 服务\n甲 诊疗、护理\n甲 康复\n甲 无\n甲 _";
    let counts = |require: &str| {
        Probe::new(&format!("ledger = \"probe-log\"\nrequire = \"{require}\"")).log("2024Q1", table).counts()
    };
    assert_eq!(counts("includes(服务, '诊疗')"), [1, 2, 0, 1, 0, 0]);
    let (_, _, faults) = crate::probe::compile(&crate::probe::rule_text(
        "P-01/probe",
        "ledger = \"probe-log\"\nrequire = \"includes(服务.没有, '是')\"",
    ));
    assert_eq!(faults.len(), 1, "{faults:?}");
}

#[test]
fn that_the_values_decide_nothing_is_a_reason_only_by_itself() {
    let keys = "ledger = \"probe-log\"\nrequire = \"CASE WHEN 人次 = 0 THEN NULL ELSE 人次 > 1 END AND 合格\"";
    let reasons = |table: &str| {
        let finding = Probe::new(keys).log("2024Q1", table).run().findings.remove(0);
        finding.reason.into_iter().chain(finding.other_reasons).collect::<Vec<_>>()
    };
    assert_eq!(reasons("站点 人次 合格\n甲 0 是"), [Reason::NotDecidable]);
    assert_eq!(reasons("站点 人次 合格\n甲 0 _"), [Reason::CellBlank(vec!["合格".into()])]);
}

#[test]
fn rows_pass_gates_before_they_are_judged() {
    let keys = r#"ledger = "probe-log"
        where = "合格"
        applies = "人次 > 10"
        require = "备注 = '好'"
        due = "日期 + 30"
        pending = "结束 IS NOT NULL AND 结束 >= as_of""#;
    let one = |line: &str| {
        let table = format!("站点 合格 人次 备注 日期 结束\n甲 {line}");
        Probe::new(keys).log("2024Q1", &table).on("2024-06-30").counts()
    };
    assert_eq!(one("是 20 好 2024-01-01 _"), MET);
    assert_eq!(one("是 20 坏 2024-01-01 _"), VIOLATED);
    assert_eq!(one("否 20 坏 2024-01-01 _"), NOT_APPLICABLE);
    assert_eq!(one("_ 20 坏 2024-01-01 _"), UNDETERMINED);
    assert_eq!(one("_ 5 坏 2024-01-01 _"), NOT_APPLICABLE);
    assert_eq!(one("是 5 坏 2024-01-01 _"), NOT_APPLICABLE);
    assert_eq!(one("是 _ 坏 2024-01-01 _"), UNDETERMINED);
    assert_eq!(one("是 20 _ 2024-01-01 _"), UNDETERMINED);
    assert_eq!(one("是 20 坏 2024-05-31 _"), NOT_YET_DUE);
    assert_eq!(one("是 20 坏 2024-05-30 _"), VIOLATED);
    assert_eq!(one("是 20 坏 _ _"), UNDETERMINED);
    assert_eq!(one("是 20 坏 2024-01-01 2024-06-30"), NOT_YET_DUE);
    assert_eq!(one("是 20 好 2024-05-31 2024-06-30"), MET);
}

#[test]
fn an_absent_column_is_told_once_and_rows_that_need_it_not_are_decided() {
    let probe = Probe::new("ledger = \"probe-log\"\nrequire = \"合格 OR 人次 > 10\"")
        .log("2024Q1", "站点 合格\n甲 是\n甲 否\n乙 否\n乙 是")
        .log("2024Q1", "站点 合格 人次\n丙 否 11\n丙 否 _");
    assert_eq!(probe.counts(), [3, 0, 0, 2, 0, 0]);
    let findings = probe.run().findings;
    assert_eq!(findings.len(), 2);
    assert_eq!((findings[0].records, findings[0].location.row), (2, None));
    assert_eq!(findings[0].reason, Some(Reason::ColumnAbsent(vec!["人次".into()])));
    assert_eq!((findings[1].records, findings[1].location.row), (1, Some(1)));
    assert_eq!(findings[1].reason, Some(Reason::CellBlank(vec!["人次".into()])));
}

/// A NULL by which the rule itself leaves something open blames no record.
#[test]
fn an_absent_column_is_told_once_also_where_the_rule_leaves_open_what_depends_on_it() {
    let due = "due = \"CASE WHEN recognised(合格) IS TRUE THEN DATE '2024-05-31' ELSE NULL END\"";
    let probe = Probe::new(&format!("ledger = \"probe-log\"\nrequire = \"合格\"\n{due}"))
        .log("2024Q1", "站点 人次\n甲 1\n乙 2")
        .log("2024Q1", "站点 合格\n丙 _");
    let findings = probe.run().findings;
    assert_eq!(
        findings.iter().map(|finding| (finding.records, finding.location.row)).collect::<Vec<_>>(),
        [(2, None), (1, Some(0))]
    );
    assert_eq!(findings[0].reason, Some(Reason::ColumnAbsent(vec!["合格".into()])));
}

#[test]
fn items_are_judged_one_by_one() {
    let keys = r#"ledger = "probe-log"
        items = [
          { name = { zh = "人次", en = "people" }, require = "人次 > 0" },
          { name = { zh = "备注", en = "note" }, require = "present(备注)", applies = "合格" },
        ]"#;
    let probe = Probe::new(keys).log("2024Q1", "站点 人次 备注 合格\n甲 0 _ 是\n乙 1 _ 否");
    assert_eq!(probe.counts(), [1, 2, 1, 0, 0, 0]);
    let findings = probe.run().findings;
    assert_eq!(findings.iter().map(|finding| finding.item).collect::<Vec<_>>(), [Some(0), Some(1)]);
    assert_ne!(findings[0].fingerprint, findings[1].fingerprint);
    assert_eq!(findings[1].location.column, Some(2));
}

#[test]
fn groups_are_aggregates_of_records() {
    let group = |require: &str, table: &str| {
        let keys = format!("ledger = \"probe-log\"\ngroup_by = [\"站点\"]\nwhere = \"合格\"\nrequire = \"{require}\"");
        Probe::new(&keys).log("2024Q1", table).counts()
    };
    let two =
        "站点 合格 人次 日期 结束\n甲 是 3 2024-01-01 2024-01-10\n甲 是 4 2024-01-02 2024-01-20\n甲 否 9 2024-02-01 _";
    for require in [
        "COUNT(*) = 2",
        "SUM(人次) = 7",
        "MIN(人次) = 3 AND MAX(日期) = '2024-01-02'",
        "COUNT(DISTINCT 日期) = 2 AND COUNT(DISTINCT 站点, 人次) = 2",
        "BOOL_AND(人次 > 2) AND BOOL_OR(人次 > 3) AND NOT BOOL_AND(人次 > 3)",
        "COUNT(*) FILTER (WHERE 人次 > 3) = 1",
        "SPAN_DAYS(日期, 结束) = 20 AND LONGEST_SPAN_END(日期, 结束, 0) = '2024-01-20'",
        "站点 = '甲'",
    ] {
        assert_eq!(group(require, two), MET, "{require}");
    }
    // A record that possibly counts makes a difference or not.
    let maybe = "站点 合格 人次\n甲 是 3\n甲 _ 4";
    assert_eq!(group("COUNT(*) >= 2", maybe), UNDETERMINED);
    assert_eq!(group("COUNT(*) >= 1", maybe), MET);
    assert_eq!(group("COUNT(*) >= 3", maybe), VIOLATED);
    assert_eq!(group("SUM(人次) < 7", maybe), UNDETERMINED);
    // So does a value that is not known.
    let unknown = "站点 合格 人次\n甲 是 3\n甲 是 _";
    assert_eq!(group("SUM(人次) >= 3", unknown), UNDETERMINED);
    assert_eq!(group("BOOL_OR(人次 > 2)", unknown), MET);
    assert_eq!(group("BOOL_OR(人次 > 5)", unknown), UNDETERMINED);
    assert_eq!(group("COUNT(DISTINCT 人次) <= 2", unknown), MET);
    assert_eq!(group("COUNT(*) FILTER (WHERE 人次 > 2) >= 2", unknown), UNDETERMINED);
    // A column that no record has is told once, not for each group.
    assert_eq!(group("SUM(人次) > 0", "站点 合格\n甲 是\n乙 是\n丙 是"), UNDETERMINED);
    // A record that does not say whom it is about counts for nobody.
    assert_eq!(group("COUNT(*) = 1", "站点 合格\n甲 是\n_ 是\n_ 是"), [1, 0, 0, 1, 0, 0]);
}

#[test]
fn the_second_of_two_alike_is_pointed_at() {
    let probe = Probe::new("ledger = \"probe-log\"\ngroup_by = [\"站点\", \"日期\"]\nrequire = \"COUNT(*) = 1\"")
        .log("2024Q1", "站点 日期\n甲 2024-01-01\n乙 2024-01-01\n甲 2024-01-01\n甲 2024-01-02");
    assert_eq!(probe.counts(), [2, 1, 0, 0, 0, 0]);
    let finding = probe.run().findings.remove(0);
    assert_eq!(finding.location.row, Some(2));
    assert_eq!(finding.related.iter().map(|related| related.place.row).collect::<Vec<_>>(), [Some(0)]);
    for record in [&finding.record, &finding.related[0].record] {
        assert_eq!(record.texts().map(|(_, text)| text).collect::<Vec<_>>(), ["甲", "2024-01-01"]);
    }
    assert_eq!(&*finding.unit, "甲");
    assert_eq!(finding.key.iter().map(|part| part.value).collect::<Vec<_>>(), ["甲", "2024-01-01"]);
    assert_eq!(finding.records, 2);
}

#[test]
fn several_codes_in_a_key_are_shown_by_their_words() {
    let probe = Probe::new("ledger = \"probe-log\"\ngroup_by = [\"站点\", \"服务\"]\nrequire = \"COUNT(*) = 1\"")
        .log("2024Q1", "站点 服务\n甲 诊疗、药学\n甲 药学、诊疗");
    let finding = probe.run().findings.remove(0);
    assert_eq!(finding.key.iter().map(|part| part.value).collect::<Vec<_>>(), ["甲", "诊疗、药学"]);
}

#[test]
fn what_records_say_in_place_of_a_register_is_not_taken_for_words_that_it_never_happened() {
    let probe = |end: &str| {
        let keys = "ledger = \"probe-log\"\npopulation = { ledger = \"probe-register\", match = [\"站点\"] }\n\
                    require = \"NOT stated_never(population.结束) OR population.结束 IS NULL AND FALSE\"";
        Probe::new(keys).log("2024Q1", &format!("站点 结束\n甲 {end}")).counts()
    };
    assert_eq!(probe("2024-01-01"), MET);
    assert_eq!(probe("_"), UNDETERMINED);
}

const POPULATION: &str = r#"ledger = "probe-log"
    population = { ledger = "probe-register", where = "在用", match = ["站点"] }
    each = "month"
    date = "日期"
    where = "合格"
    require = "COUNT(*) >= LEAST(:次数, population.人口)"
    values = { "实有" = "COUNT(*)" }"#;

#[test]
fn members_without_records_are_judged_with_zero() {
    let probe = Probe::new(POPULATION).register("站点 在用 人口\n甲 是 5\n乙 是 1\n丙 否 5\n甲 是 5").log(
        "2024Q1",
        "站点 日期 合格\n甲 2024-01-03 是\n甲 2024-01-05 是\n乙 2024-02-01 是\n甲 2024-02-01 是\n甲 2024-02-02 _",
    );
    // 甲: January met, February in doubt, March violated; 乙: February met only; 丙 is not in use.
    assert_eq!(probe.counts(), [2, 3, 0, 1, 0, 0]);
    let findings = probe.run().findings;
    let absent = findings.iter().find(|finding| &*finding.unit == "乙" && finding.location.row.is_none()).unwrap();
    assert_eq!(absent.outcome, Outcome::Violated);
    assert!(absent.location.file.is_some(), "the judged ledger is one sheet");
    assert_eq!(absent.related[0].place.row, Some(1), "the member's row of the register is named beside it");
    assert!(absent.record.texts().any(|(field, text)| (&*field.name, text) == ("站点", "乙")));
    assert_eq!(absent.values.iter().nth(1).unwrap().value, "0");
    // A period that is not over is not yet due unless it is met already.
    let running = probe.on("2024-02-29");
    assert_eq!(running.counts(), [2, 1, 0, 0, 3, 0]);
}

#[test]
fn absent_columns_and_registers_do_not_multiply() {
    let register = "站点 在用 人口\n甲 是 5\n乙 是 1\n丁 是 9";
    // Nobody can say which month a visit belongs to: told once; who has no record at all is violated three times.
    let probe = Probe::new(POPULATION).register(register).log("2024Q1", "站点 合格\n甲 是\n甲 是\n乙 是");
    assert_eq!(probe.counts(), [0, 3, 0, 1, 0, 0]);
    // Without the register the members are those of the records, and the report says so.
    let probe = Probe::new(&POPULATION.replace("population.人口", "5").replace("where = \"在用\", ", ""))
        .log("2024-01", "站点 日期 合格\n甲 2024-01-03 是\n甲 2024-01-04 是\n乙 2024-01-03 否");
    let evaluation = probe.run();
    assert_eq!(probe.counts(), [1, 1, 0, 0, 0, 0]);
    assert!(evaluation.notes.iter().any(|note| note.zh.contains("无法发现")), "{:?}", evaluation.notes);
    // Nothing was submitted.
    let probe = Probe::new(POPULATION).register(register);
    assert_eq!(probe.counts(), NOT_RUN);
    assert_eq!(probe.run().not_run[0].reason, Reason::LedgerAbsent("probe-log".into()));
}

#[test]
fn the_periods_are_those_of_the_ledger() {
    let keys =
        "ledger = \"probe-log\"\ngroup_by = [\"站点\"]\neach = \"month\"\ndate = \"日期\"\nrequire = \"COUNT(*) = 1\"";
    let log = "站点 日期\n甲 2024-01-03\n甲 2024-02-03\n甲 2024-05-03";
    assert_eq!(Probe::new(keys).log("2024Q1", log).counts(), [2, 0, 0, 0, 0, 0]);
    // Adjacent sheets are one span; without a period the span of the dates counts, whole months only.
    assert_eq!(Probe::new(keys).log("2024-02", log).counts(), MET);
    let unknown = Probe::new(keys).log("", "站点 日期\n甲 2024-01-03\n甲 2024-02-03\n甲 2024-03-03");
    assert_eq!(unknown.counts(), MET);
    assert!(unknown.run().notes[0].zh.contains("未注明所属期"));
    // The record's own period goes before the sheet's.
    let own = "站点 日期 所属期\n甲 2024-01-03 2024年第一季度\n甲 2024-05-03 2024年第二季度";
    assert_eq!(Probe::new(keys).log("2024-02", own).counts(), [2, 0, 0, 0, 0, 0]);
}

#[test]
fn joined_records_are_found_or_missed_for_a_reason() {
    let keys = r#"ledger = "probe-log"
        join = { "名册" = { ledger = "probe-register", match = ["站点"], where = "在用" } }
        require = "人次 <= 名册.人口""#;
    let log = "站点 人次\n甲 5\n甲 6\n乙 1";
    let with = Probe::new(keys).register("站点 在用 人口\n甲 是 5\n乙 否 9").log("2024Q1", log);
    assert_eq!(with.counts(), [1, 1, 0, 1, 0, 0]);
    let reason = with.run().findings[1].reason.clone();
    assert_eq!(reason, Some(Reason::CompanionRecordAbsent("probe-register".into())));
    let without = Probe::new(keys).log("2024Q1", log);
    assert_eq!(without.counts(), UNDETERMINED);
    assert_eq!(without.run().findings[0].records, 3);
    let found = keys.replace("人次 <= 名册.人口", "found(名册)");
    assert_eq!(Probe::new(&found).register("站点 在用\n甲 是").log("2024Q1", log).counts(), [2, 1, 0, 0, 0, 0]);
    assert_eq!(Probe::new(&found).log("2024Q1", log).counts(), UNDETERMINED);
}

#[test]
fn the_period_before_is_joined() {
    let keys = r#"ledger = "probe-log"
        join = { "上期" = { ledger = "probe-log", match = ["站点"], period = "previous" } }
        where = "found(上期)"
        require = "人次 >= 上期.人次""#;
    let probe = Probe::new(keys).log("2023Q4", "站点 人次\n甲 5\n乙 3").log("2024Q1", "站点 人次\n甲 4\n乙 3\n丙 1");
    assert_eq!(probe.counts(), [1, 1, 3, 0, 0, 0]);
}

#[test]
fn completeness_is_judged_where_it_is_declared() {
    let keys = r#"ledger = "probe-log"
        population = { ledger = "probe-register", match = ["站点"] }
        completeness = true
        require = "COUNT(*) > 0""#;
    let mut probe = Probe::new(keys).register("站点\n甲\n乙").log("2024Q1", "站点\n甲");
    assert_eq!(probe.counts(), NOT_RUN);
    assert_eq!(probe.run().not_run[0].reason, Reason::CompletenessNotDeclared);
    probe.complete = true;
    assert_eq!(probe.counts(), [1, 1, 0, 0, 0, 0]);
    let several = Probe::new(keys).register("站点\n甲\n乙\n丁").log("2024Q1", "站点\n甲\n乙");
    assert_eq!(several.counts(), [2, 1, 0, 0, 0, 0]);
}

#[test]
fn a_city_with_its_counties_on_one_sheet_declares_nothing_of_other_cities() {
    let keys = r#"ledger = "probe-log"
        population = { ledger = "probe-register", match = ["站点"] }
        completeness = true
        require = "COUNT(*) > 0""#;
    let probe = || Probe::new(keys).register("站点\n宝鸡市卫生健康委\n西安市卫生健康委\n咸阳市卫生健康委");
    let one = probe().log("2024Q1", "站点\n宝鸡市卫生健康委\n凤县卫生健康局\n宝鸡市太白县卫生健康局");
    assert_eq!(one.counts(), NOT_RUN);
    let two = probe().log("2024Q1", "站点\n宝鸡市卫生健康委\n西安市卫生健康委");
    assert_eq!(two.counts(), [2, 1, 0, 0, 0, 0]);
}

#[test]
fn fingerprints_last_and_rows_do_not_matter() {
    let keys = "ledger = \"probe-log\"\nrequire = \"人次 > 0\"";
    let marks = |table: &str| {
        let mut marks: Vec<String> = Probe::new(keys)
            .log("2024Q1", table)
            .run()
            .findings
            .into_iter()
            .map(|finding| finding.fingerprint)
            .collect();
        marks.sort();
        marks
    };
    let one = marks("站点 日期 人次\n甲 2024-01-01 0\n乙 2024-01-01 0\n甲 2024-01-01 0");
    let other = marks("站点 日期 人次\n丙 2024-01-01 5\n甲 2024-01-01 0\n甲 2024-01-01 0\n乙 2024-01-01 0");
    assert_eq!(one, other);
    assert!(one[0] != one[1] && one[1] != one[2], "two alike are two findings");
}
