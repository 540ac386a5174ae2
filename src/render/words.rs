//! The words of the outputs in both languages: outcomes, severities, reasons, layouts and the like, never a raw code.

use std::sync::Arc;

use super::view::scrub;
use crate::diag::{FaultKind, InputFault};
use crate::finding::{
    Finding, Masking, MatchHow, Outcome, ParameterInfo, Reason, Report, RuleInfo, Severity, fill_template,
};
use crate::model::{Lang, Period};

/// Chooses between the Chinese and the English text.
pub(super) fn pick<'a>(lang: Lang, zh: &'a str, en: &'a str) -> &'a str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

pub(super) fn outcome(outcome: Outcome, lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => outcome.zh(),
        Lang::En => outcome.en(),
    }
}

pub(super) fn severity(severity: Severity, lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => severity.zh(),
        Lang::En => severity.en(),
    }
}

pub(super) fn period(period: Period, lang: Lang) -> String {
    match lang {
        Lang::Zh => period.zh(),
        Lang::En => period.to_string(),
    }
}

/// The outcome of a finding; what an advisory rule says is a hint, not a violation.
pub(super) fn result(finding: &Finding, lang: Lang) -> &'static str {
    judged(finding.outcome, finding.severity, lang)
}

/// The outcome with its severity in one word.
pub(super) fn judged(of: Outcome, with: Severity, lang: Lang) -> &'static str {
    match (of, with) {
        (Outcome::Violated, Severity::Advice) => severity(Severity::Advice, lang),
        (other, _) => outcome(other, lang),
    }
}

/// A row as the file counts it, from 1.
pub(super) fn row(row: u64, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!(" 第{row}行"),
        Lang::En => format!(" row {row}"),
    }
}

/// Adds a name and a value, which `push` writes, to a text of such pairs.
pub(super) fn push_pair(text: &mut String, name: &str, lang: Lang, push: impl FnOnce(&mut String)) {
    if !text.is_empty() {
        text.push_str(pick(lang, "；", "; "));
    }
    text.push_str(if name == "count" { pick(lang, "记录数", "records") } else { name });
    text.push_str(pick(lang, "：", ": "));
    let start = text.len();
    push(text);
    if text.len() == start {
        text.push_str(pick(lang, "（空）", "(blank)"));
    }
}

/// The unit's name, or words that say that none is known.
pub(super) fn unit(unit: &str, lang: Lang) -> &str {
    if unit.is_empty() { pick(lang, "（未注明单位）", "(unit not stated)") } else { unit }
}

/// What a rule pack demands of a measure: `class` in words.
pub(super) fn class(class: &str, lang: Lang) -> &str {
    match class {
        "rule" => pick(lang, "按数据判定", "judged from data"),
        "attest" => pick(lang, "按填报判定", "judged from statements"),
        "advisory" => pick(lang, "提示", "advice only"),
        "narrative" => pick(lang, "无法由台账核查", "not checkable from ledgers"),
        other => other,
    }
}

pub(super) fn matched(how: MatchHow, lang: Lang) -> &'static str {
    match how {
        MatchHow::Exact => pick(lang, "一致", "exact"),
        MatchHow::Guessed => pick(lang, "推定", "guessed"),
        MatchHow::Given => pick(lang, "指定", "given"),
        MatchHow::Ambiguous => pick(lang, "有歧义，未采用", "ambiguous, not used"),
        MatchHow::Unmatched => pick(lang, "未识别", "not matched"),
    }
}

pub(super) fn layout(layout: &str, lang: Lang) -> &str {
    match layout {
        "table" => pick(lang, "表格", "table"),
        "form" => pick(lang, "填报表", "form"),
        "transposed" => pick(lang, "横置表格或登记卡", "transposed table or card"),
        other => other,
    }
}

/// Why a row of a sheet is no record.
pub(super) fn skipped(why: &str, lang: Lang) -> &str {
    match why {
        "total" => pick(lang, "合计行", "totals"),
        "note" => pick(lang, "注释或落款行", "note or signature"),
        "repeated-heading" => pick(lang, "重复的表头", "repeated heading"),
        "column-numbers" => pick(lang, "列号行", "column numbers"),
        "instruction" => pick(lang, "填表说明行", "instruction"),
        "example" => pick(lang, "示例行", "example"),
        "group-row" => pick(lang, "分组行", "group row"),
        "repeated-title" => pick(lang, "重复的标题", "repeated title"),
        other => other,
    }
}

/// What a row of a sheet was taken for.
pub(super) fn row_mark(mark: &str, lang: Lang) -> &str {
    match mark {
        "title" => pick(lang, "标题", "title"),
        "heading" => pick(lang, "表头", "heading"),
        "data" => pick(lang, "数据", "data"),
        "form" => pick(lang, "表格", "form"),
        "other" => pick(lang, "其他", "other"),
        "note" => pick(lang, "注释", "note"),
        "repeated-heading" => pick(lang, "重复表头", "repeated"),
        "repeated-title" => pick(lang, "重复标题", "repeated"),
        "column-numbers" => pick(lang, "列号", "numbers"),
        "instruction" => pick(lang, "填表说明", "instruct"),
        "group-row" => pick(lang, "分组", "group"),
        other => skipped(other, lang),
    }
}

/// A conversion that was not literal.
pub(super) fn conversion(code: &str, lang: Lang) -> &str {
    match code {
        "approximate-number" => pick(lang, "约数按所写数值读入", "approximate numbers read as written"),
        "bare-percent" => pick(lang, "未写百分号的百分数", "percentages without a sign"),
        "bracket-removed" => pick(lang, "去掉数字后的括注", "remarks in brackets removed"),
        "chinese-numeral" => pick(lang, "中文数字", "Chinese numerals"),
        "date-as-month" => pick(lang, "日期按月份读入", "dates read as months"),
        "date-spelling" => pick(lang, "日期的其他写法", "other spellings of dates"),
        "text-as-date" => pick(lang, "文本型日期", "dates kept as text"),
        "text-as-number" => pick(lang, "文本型数字", "numbers kept as text"),
        "tick-as-record" => pick(lang, "打勾视为有一次，日期未知", "ticks read as one without a date"),
        "half-day-of-heading" => {
            pick(lang, "上午栏、下午栏中的打勾或登记", "entries under a heading of mornings or afternoons")
        }
        "derived" => pick(lang, "由同一行其他内容推定", "derived from another cell of the row"),
        "fraction" => pick(lang, "分数、比、成", "fractions and tenths"),
        "full-width-digits" => pick(lang, "全角数字", "full-width digits"),
        "id-number-cleaned" => {
            pick(lang, "去掉身份证号中的空格、符号", "spaces and marks removed from identity numbers")
        }
        "none-as-blank" | "none-as-empty" => pick(lang, "“无”按空白读入", "“none” read as blank"),
        "not-applicable-as-blank" => pick(lang, "“/”“不适用”按空白读入", "“/” and “not applicable” read as blank"),
        "none-as-zero" => pick(lang, "“无”按 0 读入", "“none” read as 0"),
        "words-removed" => pick(lang, "去掉数字前后的文字", "words around numbers removed"),
        "code-in-text" => pick(lang, "从文字中认出代码", "codes found in longer texts"),
        "bracket-joined" => pick(lang, "括注并入", "brackets joined"),
        "number-as-date" => pick(lang, "数字按日期读入", "numbers read as dates"),
        "number-as-text" => pick(lang, "数字按文本读入", "numbers read as text"),
        "month-day-as-date" => pick(
            lang,
            "“月.日”按日期读入，年份取自所属期",
            "month and day with a mark read as a date of the reporting period",
        ),
        "no-year-unreadable" => pick(
            lang,
            "日期没有年份，按所属期不能确定，未读入",
            "dates without a year that the reporting period does not settle, not read",
        ),
        "day-or-month-unreadable" => {
            pick(lang, "日在前还是月在前不能确定，未读入", "dates that may begin with the day or the month, not read")
        }
        "year-last" => pick(lang, "年份在后的日期", "dates that end with the year"),
        "number-as-month" => pick(lang, "数字按年月读入", "numbers read as year and month"),
        "month-digits-unreadable" => pick(
            lang,
            "年月数字不能确定月份（如 2023.1），未读入",
            "numbers such as 2023.1 that may mean two months, not read",
        ),
        "month-as-last-day" => pick(lang, "只有年月，按当月最后一天", "month without a day, read as its last day"),
        "remark-removed" => pick(lang, "去掉附注文字", "remarks removed"),
        "scaled" => pick(lang, "“万”“亿”等换算", "multiplied as the cell says"),
        "scaled-by-heading" => pick(lang, "按表头单位换算", "multiplied as the heading says"),
        "serial-date" => pick(lang, "日期序列值", "serial dates"),
        "english-month" => pick(lang, "英文月份的日期", "dates with the English name of the month"),
        "serial-date-1904" => pick(lang, "日期序列值（按 1904 日期系统）", "serial dates, counted from 1904"),
        "split-by-position" => pick(lang, "一格两数按先后拆分", "two answers in a cell split by position"),
        "split-by-words" => pick(lang, "一格两数按文字拆分", "two answers in a cell split by their words"),
        "thousands-separator" => pick(lang, "去掉千分位", "thousands separators removed"),
        "two-digit-year" => pick(lang, "两位年份", "years of two digits"),
        "times-as-length" => pick(lang, "起止时间换算为时长", "from when to when, read as a length of time"),
        "unit-converted" => pick(lang, "单位换算", "units converted"),
        "unit-removed" => pick(lang, "去掉数字后的单位", "units removed"),
        "year-from-period" => pick(lang, "年份取自所属期", "year taken from the reporting period"),
        "yes-no-boxes" => pick(lang, "勾选框", "tick boxes"),
        "yes-no-spelling" => pick(lang, "是否的其他写法", "other spellings of yes and no"),
        other => other,
    }
}

pub(super) fn fault_kind(kind: FaultKind, lang: Lang) -> &'static str {
    match kind {
        FaultKind::Io => pick(lang, "无法打开", "cannot be opened"),
        FaultKind::Empty => pick(lang, "没有内容", "empty"),
        FaultKind::NotASpreadsheet => pick(lang, "不是表格文件", "not a spreadsheet"),
        FaultKind::UnsupportedFormat => pick(lang, "格式不支持", "unsupported format"),
        FaultKind::PasswordProtected => pick(lang, "有密码保护", "password protected"),
        FaultKind::Damaged => pick(lang, "文件损坏", "damaged"),
        FaultKind::LimitExceeded => pick(lang, "超出限度", "limit exceeded"),
        FaultKind::Undecodable => pick(lang, "编码无法识别", "encoding not understood"),
        FaultKind::Unrecognised => pick(lang, "未识别为台账", "no ledger recognised"),
        _ => pick(lang, "读取失败", "could not be read"),
    }
}

/// What is wrong with an input and what to do about it, as sentences of one text.
pub(super) fn fault(fault: &InputFault, lang: Lang, masking: Masking) -> String {
    let message = scrub(fault.message.get(lang), masking);
    let advice = fault.advice.get(lang);
    let is_closed = message.ends_with(['。', '.', '！', '!', '；', ';']);
    match lang {
        Lang::Zh => format!("{message}{}{advice}", if is_closed { "" } else { "。" }),
        Lang::En => format!("{message}{}{advice}", if is_closed { " " } else { ". " }),
    }
}

/// Why the measure at `place` has no result: no ledger could show it, or its rules did not run.
pub(super) fn silence(report: &Report, place: usize, lang: Lang) -> String {
    let measure = &report.measures[place];
    let class = class(measure.class, lang);
    if let Some(reason) = &measure.reason {
        return format!("{class}{}{}", pick(lang, "：", ": "), reason.get(lang));
    }
    let mut reasons: Vec<&Reason> = Vec::new();
    for not_run in &report.not_run {
        let is_of_measure = report.rules.get(not_run.rule as usize).is_some_and(|rule| rule.measure == measure.id);
        if is_of_measure && !reasons.contains(&&not_run.reason) {
            reasons.push(&not_run.reason);
        }
    }
    if reasons.is_empty() {
        return match measure.class {
            "narrative" => class.to_owned(),
            _ => pick(lang, "没有适用的记录", "nothing to judge").to_owned(),
        };
    }
    let texts: Vec<String> = reasons.iter().map(|why| reason(report, why, lang)).collect();
    texts.join(pick(lang, "；", "; "))
}

/// A parameter with its value, where it comes from and why.
pub(super) fn parameter(info: &ParameterInfo, lang: Lang) -> String {
    let (name, value, unit) = (&info.name, &info.value, &info.unit);
    let mut text = match lang {
        Lang::Zh => format!("{name} = {value}{unit}"),
        Lang::En => format!("{name} = {value} {unit}").trim_end().to_owned(),
    };
    if info.overridden {
        text.push_str(pick(lang, "（本次运行指定）", " (set for this run)"));
    } else if info.is_interpretation {
        text.push_str(pick(lang, "（解释口径）", " (our interpretation)"));
    }
    let reason = info.reason.get(lang);
    if !reason.is_empty() {
        text.push_str(pick(lang, "：", ": "));
        text.push_str(reason);
    }
    text
}

/// What a rule requires in general: its parameters are filled in, and values of single units are named.
pub(super) fn required(rule: &RuleInfo, lang: Lang) -> String {
    fill_template(rule.required.get(lang), |name| {
        let parameter = rule.parameters.iter().find(|parameter| &*parameter.name == name);
        Some(match (parameter, name) {
            (Some(parameter), _) => parameter.value.clone(),
            (None, "unit") => pick(lang, "单位", "the unit").to_owned(),
            (None, "period") => pick(lang, "本期", "the period").to_owned(),
            (None, "item") => pick(lang, "各项内容", "each item").to_owned(),
            (None, name) => name.to_owned(),
        })
    })
}

/// The field's name in the language of the output.
pub(super) fn field<'a>(report: &'a Report, name: &'a str, lang: Lang) -> &'a str {
    match lang {
        Lang::Zh => name,
        Lang::En => report.field_names.get(name).map_or(name, String::as_str),
    }
}

/// The ledger kind's name in the language of the output.
pub(super) fn ledger<'a>(report: &'a Report, id: &'a str, lang: Lang) -> &'a str {
    if let Some(name) = report.ledger_names.get(id) {
        return name.get(lang);
    }
    let judged = report.rules.iter().find(|rule| &*rule.ledger == id);
    judged.map(|rule| rule.ledger_name.get(lang)).filter(|name| !name.is_empty()).unwrap_or(id)
}

fn fields(report: &Report, names: &[Arc<str>], lang: Lang) -> String {
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            text.push_str(pick(lang, "、", ", "));
        }
        text.push_str(pick(lang, "“", "\""));
        text.push_str(field(report, name, lang));
        text.push_str(pick(lang, "”", "\""));
    }
    text
}

/// Why a result is undetermined or a rule did not run, as a phrase.
pub(super) fn reason(report: &Report, reason: &Reason, lang: Lang) -> String {
    let zh = lang == Lang::Zh;
    match reason {
        Reason::ColumnAbsent(names) if zh => format!("表中没有{}列", fields(report, names, lang)),
        Reason::ColumnAbsent(names) => format!("the sheet has no column {}", fields(report, names, lang)),
        Reason::ColumnDoubtful(names) if zh => {
            format!("不能确定哪一列是{}，未采用", fields(report, names, lang))
        }
        Reason::ColumnDoubtful(names) => {
            format!("it is doubtful which column is {}, so none was used", fields(report, names, lang))
        }
        Reason::CellBlank(names) if zh => format!("{}未填写", fields(report, names, lang)),
        Reason::CellBlank(names) => format!("{} is blank", fields(report, names, lang)),
        Reason::CellUnreadable(names) if zh => format!("{}的内容无法识别", fields(report, names, lang)),
        Reason::CellUnreadable(names) => format!("{} cannot be understood", fields(report, names, lang)),
        Reason::NumberNegative(names) if zh => format!("{}为负数", fields(report, names, lang)),
        Reason::NumberNegative(names) => format!("{} is below zero", fields(report, names, lang)),
        Reason::CompanionAbsent(id) if zh => format!("未报送对照台账《{}》", ledger(report, id, lang)),
        Reason::CompanionAbsent(id) => {
            format!("the companion ledger \"{}\" was not submitted", ledger(report, id, lang))
        }
        Reason::CompanionRecordAbsent(id) if zh => format!("《{}》中没有对应的记录", ledger(report, id, lang)),
        Reason::CompanionRecordAbsent(id) => {
            format!("\"{}\" has no matching record", ledger(report, id, lang))
        }
        Reason::PeriodUnknown => pick(lang, "所属期不明", "the reporting period is not known").to_owned(),
        Reason::CalendarMissing(year) if zh => format!("缺少{year}年的工作日历"),
        Reason::CalendarMissing(year) => format!("there is no workday calendar for {year}"),
        Reason::NumberOutOfRange => {
            pick(lang, "数值过大，无法精确计算", "a number is too large to be exact").to_owned()
        }
        Reason::NotDecidable => {
            pick(lang, "所填数值不足以判定（如总数为 0）", "the values decide nothing, such as a total of 0").to_owned()
        }
        Reason::CompletenessNotDeclared => {
            pick(lang, "未声明报送齐全，不判断是否缺报", "completeness was not declared, so absence is not judged")
                .to_owned()
        }
        Reason::NotInForce => {
            pick(lang, "所属期不在文件施行期内", "the document is not in force in the reporting period").to_owned()
        }
        Reason::LedgerAbsent(id) if zh => format!("未报送《{}》", ledger(report, id, lang)),
        Reason::LedgerAbsent(id) => format!("the ledger \"{}\" was not submitted", ledger(report, id, lang)),
    }
}

/// What to do so that the matter can be judged.
pub(super) fn remedy(report: &Report, reason: &Reason, lang: Lang) -> String {
    let zh = lang == Lang::Zh;
    match reason {
        Reason::ColumnAbsent(names) if zh => format!("请在台账中增加{}列并填写后重新报送", fields(report, names, lang)),
        Reason::ColumnAbsent(names) => {
            format!("add the column {} to the ledger and submit it again", fields(report, names, lang))
        }
        Reason::ColumnDoubtful(names) if zh => {
            format!("请用 inspect 查看列的对应，用 --map 指定哪一列是{}", fields(report, names, lang))
        }
        Reason::ColumnDoubtful(names) => {
            format!(
                "see with inspect how the columns were understood, and say with --map which one is {}",
                fields(report, names, lang)
            )
        }
        Reason::CellBlank(names) if zh => format!("请补填{}", fields(report, names, lang)),
        Reason::CellBlank(names) => format!("fill in {}", fields(report, names, lang)),
        Reason::CellUnreadable(names) if zh => {
            format!(
                "请核对{}的填写，重新填写（日期写到日，如 2024-03-05；数量只写数字；是否栏写是或否）",
                fields(report, names, lang)
            )
        }
        Reason::CellUnreadable(names) => {
            format!(
                "check {} and write it again (a date with its day, such as 2024-03-05; a number in digits; yes or no)",
                fields(report, names, lang)
            )
        }
        Reason::NumberNegative(names) if zh => format!("请核对{}，数量不应为负", fields(report, names, lang)),
        Reason::NumberNegative(names) => {
            format!("check {}, which must not be below zero", fields(report, names, lang))
        }
        Reason::CompanionAbsent(id) | Reason::LedgerAbsent(id) if zh => {
            format!("请一并报送《{}》", ledger(report, id, lang))
        }
        Reason::CompanionAbsent(id) | Reason::LedgerAbsent(id) => {
            format!("submit \"{}\" as well", ledger(report, id, lang))
        }
        Reason::CompanionRecordAbsent(id) if zh => {
            format!("请在《{}》中补录，或核对名称、编码是否一致", ledger(report, id, lang))
        }
        Reason::CompanionRecordAbsent(id) => {
            format!("add the record to \"{}\", or check that names and codes agree", ledger(report, id, lang))
        }
        Reason::PeriodUnknown => pick(
            lang,
            "请在标题、表内或文件名中写明所属期，或用 --period 指定",
            "state the period in the title, the sheet or the file name, or give it with --period",
        )
        .to_owned(),
        Reason::CalendarMissing(year) if zh => format!("请用 --rules 提供 {year} 年的工作日历"),
        Reason::CalendarMissing(year) => format!("provide the workday calendar of {year} with --rules"),
        Reason::NumberOutOfRange | Reason::NotDecidable => pick(lang, "请核对数值", "check the number").to_owned(),
        Reason::CompletenessNotDeclared => pick(
            lang,
            "材料已收齐的，请加 --complete，或一并报送报送登记",
            "if everything has come in, add --complete or submit the register of submissions",
        )
        .to_owned(),
        Reason::NotInForce => pick(lang, "不需处理", "nothing to do").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Localized;

    #[test]
    fn reasons_name_fields_and_ledgers_in_words() {
        let mut report = Report::default();
        report.field_names.insert("职称".into(), "title".to_owned());
        report.ledger_names.insert("institution".into(), Localized::new("机构名册", "Institutions"));
        let blank = Reason::CellBlank(vec!["职称".into(), "值守日期".into()]);
        assert_eq!(reason(&report, &blank, Lang::Zh), "“职称”、“值守日期”未填写");
        assert_eq!(reason(&report, &blank, Lang::En), "\"title\", \"值守日期\" is blank");
        let absent = Reason::CompanionAbsent("institution".into());
        assert_eq!(reason(&report, &absent, Lang::Zh), "未报送对照台账《机构名册》");
        assert_eq!(remedy(&report, &absent, Lang::En), "submit \"Institutions\" as well");
    }
}
