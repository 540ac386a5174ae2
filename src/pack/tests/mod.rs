//! A small pack of packs in the shape of the real ones, and what loading, resolving and breaking it gives.

mod faults;
mod resolve;
mod schema;
mod templates;

use std::sync::Arc;

use super::Store;
use super::source::SourceFile;
use crate::diag::PackFault;

/// A province that takes over a national document, with the ledgers they need.
pub(super) const FILES: &[(&str, &str)] = &[
    (
        "lists/titles.toml",
        r#"
id = "titles"
name = { zh = "职称", en = "Titles" }
attributes = ["级别"]
[[entry]]
code = "主治医师"
aliases = ["主治"]
级别 = "中级"
[[entry]]
code = "住院医师"
"#,
    ),
    ("calendar/2024.toml", "year = 2024\nsource = \"甲号\"\ndays_off = [2024-01-01]\nworkdays = [2024-02-04]\n"),
    (
        "regions.toml",
        r#"
[[region]]
name = "甲省"
level = "province"
[[region]]
name = "乙丙市"
parent = "甲省"
counties = ["丁戊区", { name = "己庚县", short = ["庚"] }]
"#,
    ),
    (
        "ledgers/groups.toml",
        r#"
[[group]]
id = "institution"
[[group.field]]
name = "机构名称"
en = "institution"
type = "text"
aliases = ["单位名称", "名称"]
"#,
    ),
    (
        "ledgers/roster.toml",
        r#"
id = "roster"
name = { zh = "排班", en = "Roster" }
row = { zh = "一人一天", en = "one person on one day" }
groups = ["institution"]
unit = ["机构名称"]
key = ["机构名称", "日期"]
[[field]]
name = "日期"
en = "date"
type = "date"
aliases = ["值守日期"]
never = ["未值守"]
[[field]]
name = "医师"
en = "clinician"
type = "text"
personal = "name"
aliases = ["名称"]
[[field]]
name = "职称"
en = "title"
type = "code:titles"
[[field]]
name = "机构名称"
extend = true
aliases = ["坐诊机构"]
"#,
    ),
    (
        "ledgers/institution.toml",
        r#"
id = "institution"
name = { zh = "名册", en = "Register" }
row = { zh = "一家机构", en = "one institution" }
groups = ["institution"]
unit = ["机构名称"]
key = ["机构名称"]
[[field]]
name = "有效"
en = "valid"
type = "yes-no"
"#,
    ),
    (
        "common/pack.toml",
        r#"
[pack]
id = "common"
name = { zh = "通用", en = "Common" }
document = { zh = "数据质量通用要求", en = "Data quality" }
[[measure]]
id = "TY-01"
class = "rule"
title = { zh = "日期", en = "Dates" }
demand = { zh = "日期不在将来", en = "no date in the future" }
"#,
    ),
    (
        "common/dates.toml",
        r#"
[[rule]]
id = "TY-01/future"
measure = "TY-01"
title = { zh = "将来", en = "Future" }
severity = "warning"
ledger = "roster"
require = "日期 <= as_of"
required = { zh = "不晚于核查日期", en = "not after the review date" }
message = { zh = "{日期} 在将来", en = "{日期} is in the future" }
fix = { zh = "更正日期", en = "correct the date" }
no_case = { not_applicable = { zh = "每条都适用", en = "applies to every record" } }
"#,
    ),
    (
        "national/pack.toml",
        r#"
[pack]
id = "national"
name = { zh = "国家", en = "National" }
document = { zh = "十项举措", en = "Ten measures" }
number = "国卫〔2023〕7号"
effective = { from = 2023-01-01 }
[[measure]]
id = "GJ-01"
class = "rule"
clause = "一"
title = { zh = "值守", en = "Duty" }
demand = { zh = "每周值守", en = "duty every week" }
[[measure]]
id = "GJ-02"
class = "narrative"
title = { zh = "宣传", en = "Publicity" }
demand = { zh = "加强宣传", en = "publicity" }
reason = { zh = "台账不载", en = "no ledger shows it" }
[[parameter]]
name = "每周天数"
value = 3
unit = "天"
source = "document"
[[parameter]]
name = "起点"
value = 2023-01-01
source = "interpretation"
reason = { zh = "文件未定", en = "not given" }
"#,
    ),
    (
        "national/duty.toml",
        r#"
[[rule]]
id = "GJ-01/days"
measure = "GJ-01"
title = { zh = "值守天数", en = "Duty days" }
severity = "error"
clause = "一（二）"
ledger = "roster"
population = { ledger = "institution", where = "有效", match = "institution" }
each = "week"
date = "日期"
where = "日期 >= :起点 AND 职称.级别 = '中级'"
require = "COUNT(DISTINCT 日期) >= LEAST(:每周天数, workdays(period))"
required = { zh = "至少 {应有} 天", en = "at least {应有} days" }
message = { zh = "{unit} 在 {period} 仅 {天数} 天", en = "{unit}: {天数} days in {period}" }
fix = { zh = "补足", en = "add days" }
values = { 天数 = "COUNT(DISTINCT 日期)", 应有 = "LEAST(:每周天数, workdays(period))" }
[[rule]]
id = "GJ-01/named"
measure = "GJ-01"
title = { zh = "写明医师", en = "Clinician named" }
severity = "warning"
ledger = "roster"
items = [{ name = { zh = "医师", en = "clinician" }, require = "present(医师)" }, { name = { zh = "职称", en = "title" }, require = "present(职称)", applies = "present(医师)" }]
required = { zh = "写明{item}", en = "{item} is given" }
message = { zh = "未写明{item}", en = "{item} is not given" }
fix = { zh = "补写", en = "fill in" }
"#,
    ),
    (
        "province/pack.toml",
        r#"
[pack]
id = "province"
name = { zh = "甲省", en = "Province" }
document = { zh = "《贯彻通知》", en = "Notice" }
number = "甲卫〔2023〕2号"
effective = { from = 2023-08-27, until = 2025-12-31, strict = true }
extends = ["national"]
regions = ["甲省"]
[[measure]]
id = "P-01"
class = "rule"
clause = "二"
title = { zh = "值守", en = "Duty" }
demand = { zh = "每周值守", en = "duty every week" }
inherits = ["GJ-01"]
[[measure]]
id = "P-02"
class = "rule"
clause = "三"
title = { zh = "写明", en = "Named" }
demand = { zh = "写明医师", en = "name the clinician" }
inherits = ["GJ-01/named"]
[[parameter]]
name = "每周天数"
value = 4
unit = "天"
source = "document"
"#,
    ),
    (
        "province/duty.toml",
        r#"
[[rule]]
id = "GJ-01/named"
override = true
severity = "error"
require = "present(医师)"
required = { zh = "写明医师", en = "the clinician is given" }
message = { zh = "缺医师", en = "no clinician" }
"#,
    ),
    (
        "national/duty.cases.toml",
        r#"
[[case]]
rule = "GJ-01/named"
name = "写明"
as_of = 2024-03-01
period = "2024-01"
params = { 每周天数 = 2 }
expect = { met = 2 }
ledgers.roster = [{ 日期 = "2024-01-02", 医师 = "张某", 职称 = "主治医师" }]
[[case]]
rule = "GJ-01/named"
name = "未写"
complete = true
expect = "violated"
ledgers.roster = [{ 日期 = 2024-01-02, 医师 = "" }]
"#,
    ),
];

/// The store of [`FILES`] with some of them replaced or added.
pub(super) fn store_with(changes: &[(&str, &str)]) -> (Store, Vec<PackFault>) {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    for (path, text) in changes {
        match files.iter_mut().find(|(known, _)| known == path) {
            Some((_, old)) => *old = (*text).to_owned(),
            None => files.push((path, (*text).to_owned())),
        }
    }
    let file = |(path, text): (&str, String)| SourceFile::new(path.into(), text, false);
    Store::load(files.into_iter().map(file).collect())
}

pub(super) fn packs(ids: &[&str]) -> Vec<Arc<str>> {
    ids.iter().map(|id| (*id).into()).collect()
}

/// Codes and places of faults, for comparing.
pub(super) fn shown(faults: &[PackFault]) -> Vec<String> {
    faults.iter().map(|fault| format!("{} {}:{}:{}", fault.code, fault.file, fault.line, fault.column)).collect()
}
