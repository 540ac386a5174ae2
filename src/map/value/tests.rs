//! The ways of writing values, as tables.

mod dates;

use std::borrow::Cow;

use super::*;
use crate::model::Localized;
use crate::pack::CodeEntry;
use crate::read::{DAY_ZERO, DAY_ZERO_1904};

pub(super) fn context() -> DateContext {
    DateContext {
        period: Some(Period::Quarter(2024, 1)),
        as_of: Date::parse_iso("2024-04-10").unwrap(),
        day_zero: DAY_ZERO,
        is_text: false,
    }
}

pub(super) fn show(reading: Reading<'_>) -> String {
    match reading {
        Reading::Value(Value::Text(text)) => text.into_owned(),
        Reading::Value(Value::YesNo(value)) => if value { "yes" } else { "no" }.to_owned(),
        Reading::Value(Value::Number(value)) => value.to_string(),
        Reading::Value(Value::Date(date)) => date.to_string(),
        Reading::Value(Value::Dates(dates)) => dates.iter().map(Date::to_string).collect::<Vec<_>>().join(" "),
        Reading::Value(Value::Period(period)) => period.to_string(),
        Reading::Value(Value::Code(code)) => format!("#{code}"),
        Reading::Value(Value::Codes(bits)) => format!("bits {bits:b}"),
        Reading::Blank => "blank".to_owned(),
        Reading::Never(_) => "never".to_owned(),
        Reading::Unreadable(_) => "unreadable".to_owned(),
        Reading::Absent => "absent".to_owned(),
    }
}

pub(super) fn field(ty: FieldType) -> Field {
    Field {
        month_end: false,
        endings: Vec::new(),
        name: "字段".into(),
        en: String::new(),
        about: Localized::default(),
        ty,
        aliases: Vec::new(),
        essential: false,
        personal: None,
        unit: None,
        derive: None,
        yes: vec!["已开通".into()],
        no: vec!["筹备中".into()],
        never: vec!["未开通".into()],
        sums: true,
    }
}

fn titles() -> Arc<ListIndex> {
    let entry = |code: &str, aliases: &[&str]| CodeEntry {
        code: code.into(),
        aliases: aliases.iter().map(|&alias| alias.into()).collect(),
        attributes: Vec::new(),
    };
    index_list(&CodeList {
        id: "titles".into(),
        name: Localized::default(),
        attributes: Vec::new(),
        contains: true,
        entries: vec![
            entry("主任医师", &["主任医生"]),
            entry("副主任医师", &["副高", "副高及以上"]),
            entry("主治医师", &["主治"]),
            entry("中医主治医师", &["主治中医师"]),
            entry("主管护师", &[]),
        ],
    })
}

fn check(ty: &FieldType, cases: &[(&str, &str)]) {
    let coercer = Coercer::new(&field(ty.clone()), |_| Some(titles()));
    for (text, expected) in cases {
        let reading = coercer.read(Cell::Text(text), &context(), &mut Conversions::default());
        assert_eq!(show(reading), *expected, "{text:?} as {ty:?}");
    }
}

#[test]
fn yes_and_no() {
    check(
        &FieldType::YesNo,
        &[
            ("是", "yes"),
            (" 是 ", "yes"),
            ("否", "no"),
            ("有", "yes"),
            ("无", "no"),
            ("√", "yes"),
            ("×", "no"),
            ("✓", "yes"),
            ("Y", "yes"),
            ("n", "no"),
            ("Ｎ", "no"),
            ("已", "yes"),
            ("未", "no"),
            ("1", "yes"),
            ("0", "no"),
            ("达标", "yes"),
            ("未达标", "no"),
            ("☑", "yes"),
            ("☐", "no"),
            ("已开展", "yes"),
            ("未落实", "no"),
            ("已开通", "yes"),
            ("筹备中", "no"),
            ("是（远程）", "yes"),
            ("否，计划三月开展", "no"),
            ("/", "blank"),
            ("——", "blank"),
            ("", "blank"),
            ("不适用", "blank"),
            ("是/否", "blank"),
            ("是 / 否", "blank"),
            ("□是 □否", "blank"),
            ("是☑ 否☐", "yes"),
            ("是☐ 否☑", "no"),
            ("√是 □否", "yes"),
            ("□是 √否", "no"),
            ("是（√） 否（ ）", "yes"),
            ("是√/否", "yes"),
            ("是/否√", "no"),
            ("☑有 ☐无", "yes"),
            ("☑是 ☑否", "unreadable"),
            ("部分落实", "unreadable"),
            ("不详", "unreadable"),
            ("3", "unreadable"),
            ("尚未开展", "no"),
            ("均未落实", "no"),
            ("没有开展", "no"),
            ("不是", "no"),
            ("正在建设", "no"),
            ("已停用", "no"),
            ("已取消", "no"),
            ("已解决", "yes"),
            ("均已落实", "yes"),
            ("全面推行", "yes"),
            ("正常开展", "yes"),
            ("设有专窗", "yes"),
            ("用", "yes"),
            ("不用", "no"),
            ("没设", "no"),
            ("缺", "unreadable"),
            ("尚可", "unreadable"),
            ("不少于1次", "unreadable"),
            ("未见异味", "unreadable"),
            ("基本达标", "unreadable"),
            ("正常", "unreadable"),
            ("已死亡", "unreadable"),
            ("是，但未落实", "unreadable"),
            ("是（尚未挂牌）", "unreadable"),
            ("否（已报计划）", "no"),
            ("2台", "unreadable"),
        ],
    );
    // A field with a unit is answered by a count as well.
    let counted = Field { unit: Some("台".to_owned()), ..field(FieldType::YesNo) };
    let counted = Coercer::new(&counted, |_| None);
    for (text, expected) in [
        ("2台", "yes"),
        ("12", "yes"),
        ("三套", "yes"),
        ("有1台", "yes"),
        ("配备2台", "yes"),
        ("0台", "no"),
        ("0", "no"),
        ("无", "no"),
        ("是", "yes"),
        ("2024-03-05", "yes"),
        ("2024年3月5日", "yes"),
        ("2024.13.5", "unreadable"),
        ("-1", "unreadable"),
        ("待定", "unreadable"),
    ] {
        let reading = counted.read(Cell::Text(text), &context(), &mut Conversions::default());
        assert_eq!(show(reading), expected, "{text:?} as a count");
    }
    for (value, expected) in [(6.0, "yes"), (1.0, "yes"), (0.0, "no"), (-2.0, "unreadable")] {
        let reading = counted.read(Cell::Number { value, percent: false }, &context(), &mut Conversions::default());
        assert_eq!(show(reading), expected, "{value} as a count");
    }
}

#[test]
fn numbers() {
    check(
        &FieldType::Integer,
        &[
            ("120", "120"),
            ("1,234", "1234"),
            ("１２３", "123"),
            ("约120", "120"),
            ("120人", "120"),
            ("120 人次", "120"),
            ("12家机构", "12"),
            ("1.2万", "12000"),
            ("1.2万人次", "12000"),
            ("二十", "20"),
            ("一百二十", "120"),
            ("二十人", "20"),
            ("120（含远程）", "120"),
            ("'120", "120"),
            ("120余人", "120"),
            ("100多", "100"),
            ("1 234", "1234"),
            ("1万2千", "12000"),
            ("1万2千余人", "12000"),
            ("1万2", "12000"),
            ("3千5", "3500"),
            ("1万2000", "12000"),
            ("1万零500", "10500"),
            ("2亿3千万", "230000000"),
            ("1.2万3千", "15000"),
            ("1千2万", "unreadable"),
            ("1万20000", "unreadable"),
            ("20人左右", "20"),
            ("无", "0"),
            ("0", "0"),
            ("-", "blank"),
            ("/", "blank"),
            ("12.5", "unreadable"),
            ("12、340", "unreadable"),
            ("1,2", "unreadable"),
            ("若干", "unreadable"),
            ("10-14岁", "unreadable"),
            ("不足10", "unreadable"),
            ("12%", "unreadable"),
            ("-5", "unreadable"),
            ("-5人", "unreadable"),
        ],
    );
    let mut log = Conversions::default();
    let coercer = Coercer::new(&field(FieldType::Integer), |_| None);
    let ten_thousands = coercer.under_heading(&crate::map::text::key("门诊量（万人次）"), false);
    let reading = ten_thousands.read(Cell::Number { value: 1.25, percent: false }, &context(), &mut log);
    assert_eq!(show(reading), "12500");
    assert_eq!(show(ten_thousands.read(Cell::Text("12500人次"), &context(), &mut log)), "12500");
    assert_eq!(log.0["scaled-by-heading"], (1, "1.25".to_owned()));
    let hours = Field { unit: Some("小时".to_owned()), ..field(FieldType::Decimal) };
    for (text, expected) in [
        ("90分钟", "1.5"),
        ("2小时30分", "2.5"),
        ("2小时30分钟", "2.5"),
        ("半小时", "0.5"),
        ("半个小时", "0.5"),
        ("1个半小时", "1.5"),
        ("一个半小时", "1.5"),
        ("两小时半", "2.5"),
        ("3h15min", "3.25"),
        ("8:00-12:00", "4"),
        ("08：30—11：30", "3"),
        ("8:00-12:00，14:30-17:30", "7"),
        ("8点至11点半", "3.5"),
        ("12:00-8:00", "unreadable"),
        ("2小时90分", "unreadable"),
        ("8:00", "unreadable"),
    ] {
        assert_eq!(
            show(Coercer::new(&hours, |_| None).read(Cell::Text(text), &context(), &mut log)),
            expected,
            "{text}"
        );
    }
}

#[test]
fn spans_of_time() {
    let named = |name: &str, unit: &str| {
        let field = Field { name: name.into(), unit: Some(unit.to_owned()), ..field(FieldType::Decimal) };
        Coercer::new(&field, |_| None)
    };
    for (name, unit, heading, text, expected) in [
        ("处方天数", "天", "", "4周", "28"),
        ("处方天数", "天", "", "三个月", "unreadable"),
        ("处方天数", "天", "", "1个月", "unreadable"),
        ("处方天数", "天", "", "半年", "unreadable"),
        ("处方天数", "天", "", "3小时", "unreadable"),
        ("处方天数", "天", "", "60（2个月）", "60"),
        ("处方天数", "天", "处方量（月）", "2", "unreadable"),
        ("处方天数", "天", "处方量（周）", "8", "56"),
        ("每周天数", "天", "", "每周5天", "5"),
        ("每周天数", "天", "", "5天/周", "5"),
        ("每周天数", "天", "", "每月5天", "unreadable"),
        ("每日时长", "小时", "", "3小时/天", "3"),
        ("每日时长", "小时", "", "每天2小时30分", "2.5"),
        ("每日时长", "小时", "", "每周20小时", "unreadable"),
        ("累计天数", "天", "", "每周5天", "unreadable"),
    ] {
        let mut log = Conversions::default();
        let coercer = named(name, unit).under_heading(&crate::map::text::key(heading), false);
        let reading = coercer.read(Cell::Text(text), &context(), &mut log);
        assert_eq!(show(reading), expected, "{text} as {name} under {heading}");
    }
}

#[test]
fn a_heading_says_what_its_codes_stand_for() {
    let coercer = Coercer::new(&field(FieldType::YesNo), |_| None).with_legend("是否签约（1=否 2=是）");
    for (text, expected) in [("1", "no"), ("2", "yes"), ("3", "unreadable"), ("是", "yes")] {
        let reading = coercer.read(Cell::Text(text), &context(), &mut Conversions::default());
        assert_eq!(show(reading), expected, "{text}");
    }
    let reading = coercer.read(Cell::Number { value: 1.0, percent: false }, &context(), &mut Conversions::default());
    assert_eq!(show(reading), "no");
    let other = Coercer::new(&field(FieldType::YesNo), |_| None).with_legend("是否签约（1次/年 2次/年）");
    assert_eq!(show(other.read(Cell::Text("1"), &context(), &mut Conversions::default())), "yes");
}

#[test]
fn words_that_share_letters_leave_a_code_open() {
    let entry = |code: &str| CodeEntry { code: code.into(), aliases: Vec::new(), attributes: Vec::new() };
    let list = index_list(&CodeList {
        id: "ways".into(),
        name: Localized::default(),
        attributes: Vec::new(),
        contains: true,
        entries: vec![entry("村医"), entry("邻村"), entry("巡诊")],
    });
    let coercer = Coercer::new(&field(FieldType::Code("ways".into())), |_| Some(list.clone()));
    for (text, expected) in [("邻村医生代管", "unreadable"), ("邻村服务", "#1"), ("本村村医", "#0")] {
        let reading = coercer.read(Cell::Text(text), &context(), &mut Conversions::default());
        assert_eq!(show(reading), expected, "{text}");
    }
}

#[test]
fn ratios() {
    check(
        &FieldType::Ratio,
        &[
            ("20%", "0.2"),
            ("0.2", "0.2"),
            ("20", "0.2"),
            ("２０％", "0.2"),
            ("二成", "0.2"),
            ("两成五", "0.25"),
            ("1:5", "0.2"),
            ("1：5", "0.2"),
            ("1/5", "0.2"),
            ("1", "1"),
            ("百分之二十", "0.2"),
            ("12.5%", "0.125"),
            ("20%（含）", "0.2"),
            ("五分之一", "0.2"),
            ("十分之三", "0.3"),
            ("5分之1", "0.2"),
            ("万分之五", "0.0005"),
            ("百分之二十点五", "0.205"),
            ("一半", "0.5"),
            ("20%左右", "0.2"),
            ("三分之四", "unreadable"),
            ("五分之", "unreadable"),
            ("约20%", "0.2"),
            ("达标", "unreadable"),
            ("20%以上", "unreadable"),
            ("-20%", "unreadable"),
        ],
    );
    let coercer = Coercer::new(&field(FieldType::Ratio), |_| None);
    let mut log = Conversions::default();
    for (value, percent, expected) in
        [(0.2, true, "0.2"), (20.0, false, "0.2"), (0.2, false, "0.2"), (1.2, true, "1.2")]
    {
        assert_eq!(show(coercer.read(Cell::Number { value, percent }, &context(), &mut log)), expected);
    }
}

/// Everything that the catalogue of ledgers says about how values are written: type, text, value, and what is told.
#[test]
fn every_way_of_writing_that_the_catalogue_of_ledgers_names() {
    use FieldType::{Date, Integer, Period, Ratio, YesNo};
    let cases: [(FieldType, &str, &str, &[&str]); 66] = [
        (YesNo, "是", "yes", &[]),
        (YesNo, "否", "no", &[]),
        (YesNo, "有", "yes", &[]),
        (YesNo, "无", "no", &[]),
        (YesNo, "√", "yes", &[]),
        (YesNo, "×", "no", &[]),
        (YesNo, "✓", "yes", &[]),
        (YesNo, "Y", "yes", &[]),
        (YesNo, "N", "no", &[]),
        (YesNo, "已", "yes", &[]),
        (YesNo, "未", "no", &[]),
        (YesNo, "1", "yes", &[]),
        (YesNo, "0", "no", &[]),
        (YesNo, "达标", "yes", &[]),
        (YesNo, "未达标", "no", &[]),
        (YesNo, "☑", "yes", &[]),
        (YesNo, "☐", "no", &[]),
        (YesNo, "是☑ 否☐", "yes", &["yes-no-boxes"]),
        (YesNo, "/", "blank", &[]),
        (YesNo, "是/否", "blank", &[]),
        (YesNo, "", "blank", &[]),
        (Integer, "1,234", "1234", &["thousands-separator"]),
        (Integer, "１２３", "123", &[]),
        (Integer, "约120", "120", &["approximate-number"]),
        (Integer, "120人", "120", &["unit-removed"]),
        (Integer, "1.2万", "12000", &["scaled"]),
        (Integer, "1万2千", "12000", &["scaled"]),
        (Integer, "二十", "20", &["chinese-numeral"]),
        (Integer, "120（含远程）", "120", &["bracket-removed"]),
        (Integer, "'120", "120", &[]),
        (Integer, " 120 ", "120", &[]),
        (Integer, "约20", "20", &["approximate-number"]),
        (Integer, "20人次", "20", &["unit-removed"]),
        (Ratio, "20%", "0.2", &[]),
        (Ratio, "0.2", "0.2", &[]),
        (Ratio, "20", "0.2", &["bare-percent"]),
        (Ratio, "２０％", "0.2", &[]),
        (Ratio, "二成", "0.2", &["chinese-numeral"]),
        (Ratio, "1:5", "0.2", &["fraction"]),
        (Ratio, "1：5", "0.2", &["fraction"]),
        (Ratio, "五分之一", "0.2", &["fraction"]),
        (Ratio, "十分之三", "0.3", &["fraction"]),
        (Ratio, "20%左右", "0.2", &["approximate-number"]),
        (Date, "45356", "2024-03-05", &["serial-date"]),
        (Date, "2024-03-05", "2024-03-05", &[]),
        (Date, "2024/3/5", "2024-03-05", &[]),
        (Date, "2024.3.5", "2024-03-05", &[]),
        (Date, "20240305", "2024-03-05", &[]),
        (Date, "2024年3月5日", "2024-03-05", &[]),
        (Date, "２０２４年３月５日", "2024-03-05", &[]),
        (Date, "二〇二四年三月五日", "2024-03-05", &["chinese-numeral"]),
        (Date, "3月5日", "2024-03-05", &["year-from-period"]),
        (Date, "3.5", "2024-03-05", &["month-day-as-date"]),
        (Date, "03-05", "2024-03-05", &["month-day-as-date"]),
        (Date, "3/5", "2024-03-05", &["month-day-as-date"]),
        (Date, "2024年3月", "unreadable", &[]),
        (Period, "2024年3月", "2024-03", &[]),
        (Period, "2024.03", "2024-03", &[]),
        (Period, "202403", "2024-03", &[]),
        (Period, "２０２４０３", "2024-03", &[]),
        (Period, "二〇二三年十月", "2023-10", &[]),
        (Period, "2024年一季度", "2024Q1", &[]),
        (Period, "一季度", "2024Q1", &["year-from-period"]),
        (Period, "24年3月", "2024-03", &["two-digit-year"]),
        (Period, "2024", "2024", &[]),
        (Period, "1-3月", "2024Q1", &["year-from-period"]),
    ];
    for (ty, text, expected, told) in cases {
        let mut log = Conversions::default();
        let reading = Coercer::new(&field(ty.clone()), |_| None).read(Cell::Text(text), &context(), &mut log);
        let keys: Vec<&str> = log.0.keys().copied().filter(|key| *key != "yes-no-spelling").collect();
        assert_eq!((show(reading).as_str(), keys.as_slice()), (expected, told), "{text:?} as {ty:?}");
    }
    // A real date, and a count under a heading that names its unit.
    let date = Coercer::new(&field(Date), |_| None);
    let cell = Cell::DateTime { days: 19_787, seconds: 0 };
    assert_eq!(show(date.read(cell, &context(), &mut Conversions::default())), "2024-03-05");
    let counted = Coercer::new(&field(Integer), |_| None);
    let counted = counted.under_heading(&crate::map::text::key("门诊量（万人次）"), false);
    assert_eq!(show(counted.read(Cell::Text("1.2"), &context(), &mut Conversions::default())), "12000");
}

#[test]
fn codes_of_lists() {
    check(
        &FieldType::Code("titles".into()),
        &[
            ("主治医师", "#2"),
            ("主 治 医 师", "#2"),
            ("主治医师（口腔）", "#2"),
            ("主治医师（中医）", "#3"),
            ("副主任医师", "#1"),
            ("儿科副主任医师", "#1"),
            ("非主治医师", "unreadable"),
            ("主治医师或主管护师", "unreadable"),
            ("乡村医生", "unreadable"),
        ],
    );
    check(
        &FieldType::Codes("titles".into()),
        &[
            ("主治医师、主管护师", "bits 10100"),
            ("主治医师；副高/主管护师", "bits 10110"),
            ("副高及以上、主管护师", "bits 10010"),
            ("主治医师和主管护师", "bits 10100"),
            ("1.主治医师 2.主管护师", "bits 10100"),
            ("主治医师合并主管护师", "bits 10100"),
            ("主治医师伴有主管护师", "bits 10100"),
            ("主治医师伴其他", "bits 100"),
            ("无", "bits 0"),
            ("主治医师、其他", "unreadable"),
            ("/", "blank"),
        ],
    );
}

#[test]
fn identity_numbers_keep_what_was_written() {
    check(
        &FieldType::IdNumber,
        &[
            ("61010219800101123x", "61010219800101123X"),
            ("'610102198001011234", "610102198001011234"),
            ("610102 19800101 1234", "610102198001011234"),
            ("６１０１０２１９８００１０１１２３４", "610102198001011234"),
            ("6.10102E+17", "unreadable"),
            ("6101021980****1234", "unreadable"),
            ("无", "blank"),
            ("见附件", "unreadable"),
        ],
    );
    let coercer = Coercer::new(&field(FieldType::IdNumber), |_| None);
    let lost = Cell::Number { value: 6.101_021_980_010_112e17, percent: false };
    assert_eq!(
        coercer.read(lost, &context(), &mut Conversions::default()),
        Reading::Unreadable(Cow::Borrowed("6.10102E+17"))
    );
}

#[test]
fn conversions_are_counted_with_an_example() {
    let coercer = Coercer::new(&field(FieldType::Integer), |_| None);
    let mut log = Conversions::default();
    for text in ["约120", "约130人", "140"] {
        coercer.read(Cell::Text(text), &context(), &mut log);
    }
    assert_eq!(log.0["approximate-number"], (2, "约120".to_owned()));
    assert_eq!(log.0["unit-removed"], (1, "约130人".to_owned()));
    assert_eq!(log.0.len(), 2);
}

#[test]
fn what_has_yet_to_happen_may_be_said_in_other_words() {
    let coercer = Coercer::new(&field(FieldType::Date), |_| None);
    for text in ["未开通", "尚未开通", "还没开通", "还没开", "目前未开通", "没开通（缺设备）"]
    {
        let context = DateContext { period: None, as_of: Date::default(), day_zero: 0, is_text: false };
        let reading = coercer.read(Cell::Text(text), &context, &mut Conversions::default());
        assert!(matches!(reading, Reading::Never(_)), "{text}");
    }
    for text in ["未知", "未来开通", "没有"] {
        let context = DateContext { period: None, as_of: Date::default(), day_zero: 0, is_text: false };
        let reading = coercer.read(Cell::Text(text), &context, &mut Conversions::default());
        assert!(!matches!(reading, Reading::Never(_)), "{text}");
    }
}
