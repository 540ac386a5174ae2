//! What is wrong with an expression is said with its place and, where possible, with what to write instead.

use crate::probe::{compile, rule_text};

/// The fault of one requirement: code, the text at fault, help.
fn fault(require: &str) -> (String, String, String) {
    let keys = format!("ledger = \"probe-log\"\nrequire = \"{require}\"");
    let rules =
        rule_text("P-01/bad", &keys) + &rule_text("P-01/good", "ledger = \"probe-log\"\nrequire = \"人次 > 0\"");
    let (_, program, faults) = compile(&rules);
    assert_eq!(program.infos.len(), 1, "the good rule must be left: {faults:?}");
    let fault = faults.into_iter().next().unwrap();
    assert_eq!(fault.file, "probe/rules.toml");
    let line = rules.lines().nth(fault.line as usize - 1).unwrap();
    let from_column: String = line.chars().skip(fault.column as usize - 1).collect();
    assert!(rules[fault.span.start..].starts_with(&from_column), "line and column agree with the bytes");
    (fault.code.to_owned(), rules[fault.span].to_owned(), fault.help.map(|help| help.zh).unwrap_or_default())
}

#[test]
fn faults_have_their_place_and_a_suggestion() {
    for (require, code, at, help) in [
        ("人数 > 0", "unknown-field", "人数", "人次"),
        ("人次 > :次树", "unknown-parameter", "次树", "次数"),
        ("职称 = '主治医生师'", "unknown-code", "'主治医生师'", "主治"),
        ("职称.极别 = '中级'", "unknown-field", "职称.极别", "级别"),
        ("职称.级别 = '中及'", "unknown-code", "'中及'", "中级"),
        ("人次 / 2 > 1", "bad-expression", "人次 / 2", "乘法"),
        ("人次 > '三'", "type-mismatch", "'三'", "引号"),
        ("人次", "type-mismatch", "人次", "比较"),
        ("日期 > '2024-13-01'", "type-mismatch", "'2024-13-01'", "2024-03-05"),
        ("workday(日期)", "unknown-function", "workday", "workday"),
        ("COUNT(*) > 1", "bad-expression", "COUNT", "分组规则"),
        ("人次 > 0 AND （合格）", "bad-expression", "（", "("),
        ("within(所属期, period)", "unknown-field", "period", "reporting_period"),
        ("population.人口 > 1", "unknown-field", "population.人口", ""),
    ] {
        let (found_code, found_at, found_help) = fault(require);
        assert_eq!(found_code, code, "{require}");
        assert!(found_at.starts_with(at), "{require}: {found_at}");
        assert!(found_help.contains(help), "{require}: {found_help}");
    }
}

#[test]
fn a_value_of_the_record_outside_an_aggregate_is_refused() {
    let keys = "ledger = \"probe-log\"\ngroup_by = [\"站点\"]\nrequire = \"站点 <> '' AND 人次 > 0\"";
    let (_, program, faults) = compile(&rule_text("P-01/bad", keys));
    assert!(program.plans.is_empty());
    assert!(faults[0].message.zh.contains("汇总函数"), "{faults:?}");
}
