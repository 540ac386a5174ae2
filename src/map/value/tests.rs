//! The ways of writing values, as tables.

use std::borrow::Cow;

use super::*;
use crate::model::Localized;
use crate::pack::CodeEntry;

fn context() -> DateContext {
    DateContext { period: Some(Period::Quarter(2024, 1)), as_of: Date::parse_iso("2024-04-10").unwrap() }
}

fn show(reading: Reading<'_>) -> String {
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

fn field(ty: FieldType) -> Field {
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
    assert_eq!(show(Coercer::new(&hours, |_| None).read(Cell::Text("90分钟"), &context(), &mut log)), "1.5");
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

#[test]
fn single_dates() {
    check(
        &FieldType::Date,
        &[
            ("2024-03-05", "2024-03-05"),
            ("2024/3/5", "2024-03-05"),
            ("2024.3.5", "2024-03-05"),
            ("20240305", "2024-03-05"),
            ("2024年3月5日", "2024-03-05"),
            ("2024 年 3 月 5 日", "2024-03-05"),
            ("2024年3月5号", "2024-03-05"),
            ("二〇二四年三月五日", "2024-03-05"),
            ("二○二四年十二月二十五日", "2024-12-25"),
            ("3月5日", "2024-03-05"),
            ("24.3.5", "2024-03-05"),
            ("58.3.5", "1958-03-05"),
            ("2024-03-05 10:30:00", "2024-03-05"),
            ("2024-03-05T10:30:00", "2024-03-05"),
            ("2024年3月5日上午", "2024-03-05"),
            ("2024-03-05（周二）", "2024-03-05"),
            ("２０２４－０３－０５", "2024-03-05"),
            ("45356", "2024-03-05"),
            ("未开通", "never"),
            ("/", "blank"),
            ("2024年3月", "unreadable"),
            ("2024-02-30", "unreadable"),
            ("0-4岁", "unreadable"),
            ("10-14岁", "unreadable"),
            ("03/05/24", "unreadable"),
            ("9月10日前完成", "unreadable"),
            ("长期坚持", "unreadable"),
            ("120", "unreadable"),
        ],
    );
    let coercer = Coercer::new(&field(FieldType::Date), |_| None);
    let mut log = Conversions::default();
    for (cell, expected) in [
        (Cell::Number { value: 45_231.0, percent: false }, "2023-11-01"),
        (Cell::Number { value: 20_240_305.0, percent: false }, "2024-03-05"),
        (Cell::Number { value: 12.0, percent: false }, "unreadable"),
        (Cell::DateTime { days: 19_787, seconds: 30 }, "2024-03-05"),
        (Cell::Error("#REF!"), "unreadable"),
        (Cell::Uncomputed, "unreadable"),
    ] {
        assert_eq!(show(coercer.read(cell, &context(), &mut log)), expected, "{cell:?}");
    }
    let unknown = DateContext { period: None, ..context() };
    assert_eq!(show(coercer.read(Cell::Text("3月5日"), &unknown, &mut log)), "unreadable");
    let number = Coercer::new(&field(FieldType::Integer), |_| None);
    assert_eq!(show(number.read(Cell::DateTime { days: 19_787, seconds: 0 }, &context(), &mut log)), "unreadable");
}

#[test]
fn several_dates() {
    check(
        &FieldType::Dates,
        &[
            ("2024-01-05", "2024-01-05"),
            ("2024-02-06、2024-01-05", "2024-01-05 2024-02-06"),
            ("2024/1/5；2024/2/6", "2024-01-05 2024-02-06"),
            ("1月5日、2月6日", "2024-01-05 2024-02-06"),
            ("2024年1月5日、12日、2月3日", "2024-01-05 2024-01-12 2024-02-03"),
            ("2024-01-05 2024-01-05", "2024-01-05"),
            ("2024-01-05、待定", "unreadable"),
        ],
    );
}

#[test]
fn periods() {
    check(
        &FieldType::Period,
        &[
            ("2024年一季度", "2024Q1"),
            ("2024年第一季度", "2024Q1"),
            ("2024Q1", "2024Q1"),
            ("2024q4", "2024Q4"),
            ("第四季度", "2024Q4"),
            ("4季度", "2024Q4"),
            ("2024年上半年", "2024H1"),
            ("2024年3月", "2024-03"),
            ("2024年3月份", "2024-03"),
            ("2024-03", "2024-03"),
            ("2024.3", "2024-03"),
            ("202403", "2024-03"),
            ("2024年", "2024"),
            ("2024年度", "2024"),
            ("2024", "2024"),
            ("2024年1-3月", "2024Q1"),
            ("2024年1月至6月", "2024H1"),
            ("2024年1月1日至2024年3月31日", "2024Q1"),
            ("2024-01-08..2024-01-14", "2024-01-08..2024-01-14"),
            ("二〇二四年第一季度", "2024Q1"),
            ("季度", "unreadable"),
            ("2024年13月", "unreadable"),
        ],
    );
}

#[test]
fn periods_in_titles_and_names() {
    let cases = [
        ("陕西省基层卫生健康便民惠民2023年第四季度调度台账", Some("2023Q4")),
        ("西安市2023Q4台账", Some("2023Q4")),
        ("shaanxi-2023q4", Some("2023Q4")),
        ("宝鸡市_2023年四季度_值守排班", Some("2023Q4")),
        ("2023年12月值守门诊排班表", Some("2023-12")),
        ("值守排班（2023年10月—12月）", Some("2023Q4")),
        ("陕卫办基层函〔2023〕254号", None),
        ("填报时间：2023年12月4日", None),
        ("65岁及以上老年人台账", None),
        ("2024年考核台账", Some("2024")),
        ("第四季度", None),
        ("2024年3月4日至3月10日排班", Some("2024-W10")),
    ];
    for (text, expected) in cases {
        assert_eq!(find_period(text, None).map(|period| period.to_string()).as_deref(), expected, "{text}");
    }
}

#[test]
fn a_month_without_a_day_is_a_date_only_where_the_field_says_so() {
    let read = |never: &[&str], month_end: bool, as_of: (i16, i8, i8)| {
        let texts = never.iter().map(|&word| word.into()).collect();
        let coercer = Coercer::new(&Field { never: texts, month_end, ..field(FieldType::Date) }, |_| None);
        let context = DateContext { period: None, as_of: Date::new(as_of.0, as_of.1, as_of.2).unwrap() };
        show(coercer.read(Cell::Text("2024年4月"), &context, &mut Conversions::default()))
    };
    assert_eq!(read(&["未开通"], false, (2024, 7, 1)), "unreadable");
    assert_eq!(read(&["未开通"], true, (2024, 7, 1)), "2024-04-30");
    // What has happened did so by the review date; what is good until a month is good until its end.
    assert_eq!(read(&["未开通"], true, (2024, 4, 15)), "2024-04-15");
    assert_eq!(read(&[], true, (2024, 4, 15)), "2024-04-30");
    // A month still to come is not brought forward: that it lies in the future is for the rules to say.
    assert_eq!(read(&["未开通"], true, (2024, 3, 15)), "2024-04-30");
}

#[test]
fn parts_of_file_names_are_months_only_where_they_say_so() {
    let cases = [
        ("a02q", None),
        ("e02q1f", None),
        ("3f12号-月报", None),
        ("2q", Some("2024Q2")),
        ("台账Q2", Some("2024Q2")),
        ("2Q", Some("2024Q2")),
        ("第二季度", Some("2024Q2")),
        ("02月报表", Some("2024-02")),
        ("202402q", None),
        ("202402", Some("2024-02")),
        ("2024Q2", Some("2024Q2")),
        ("2024年2q", Some("2024Q2")),
    ];
    for (text, expected) in cases {
        assert_eq!(find_period(text, Some(2024)).map(|period| period.to_string()).as_deref(), expected, "{text}");
    }
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
