//! The ways of writing dates and periods, as tables.

use super::*;

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
            ("2024 3 5", "2024-03-05"),
            ("2024,03,05", "2024-03-05"),
            ("2024 13 5", "unreadable"),
            ("2024 3", "unreadable"),
            ("2024 3 5 6", "unreadable"),
            ("5-Mar-24", "2024-03-05"),
            ("05-Mar-2024", "2024-03-05"),
            ("Mar 5, 2024", "2024-03-05"),
            ("5 March 2024", "2024-03-05"),
            ("Tue Mar 05 08:30:00 CST 2024", "2024-03-05"),
            ("Mar-24", "unreadable"),
            ("Mar 5", "unreadable"),
            ("31-Feb-24", "unreadable"),
            ("Mar Apr 5 2024", "unreadable"),
            ("May be 5 2024", "unreadable"),
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
    // The same number is another day in a book that counts from 1904, and that is told.
    let mut told = Conversions::default();
    let from_1904 = DateContext { day_zero: DAY_ZERO_1904, ..context() };
    for cell in [Cell::Number { value: 43_894.0, percent: false }, Cell::Text("43894")] {
        assert_eq!(show(coercer.read(cell, &from_1904, &mut told)), "2024-03-05", "{cell:?}");
    }
    assert_eq!(told.0["serial-date-1904"], (2, "43894".to_owned()));
    let unknown = DateContext { period: None, ..context() };
    assert_eq!(show(coercer.read(Cell::Text("3月5日"), &unknown, &mut log)), "unreadable");
    let number = Coercer::new(&field(FieldType::Integer), |_| None);
    assert_eq!(show(number.read(Cell::DateTime { days: 19_787, seconds: 0 }, &context(), &mut log)), "unreadable");
}

/// The date of `cell` in a ledger of `period`, and the keys of what was noted.
fn dated(cell: Cell<'_>, period: Option<Period>, is_text: bool) -> (String, Vec<&'static str>) {
    let mut log = Conversions::default();
    let context = DateContext { period, is_text, ..context() };
    let reading = Coercer::new(&field(FieldType::Date), |_| None).read(cell, &context, &mut log);
    (show(reading), log.0.into_keys().collect())
}

#[test]
fn a_day_without_a_year_is_read_where_the_reporting_period_settles_it() {
    let quarter = Some(Period::Quarter(2024, 1));
    let winter = Period::parse("2023-11-01..2024-02-29");
    let told = "month-day-as-date";
    let open = "no-year-unreadable";
    for (text, period, expected, key) in [
        ("3.5", quarter, "2024-03-05", told),
        ("03-05", quarter, "2024-03-05", told),
        ("3/5", quarter, "2024-03-05", told),
        ("３．５", quarter, "2024-03-05", told),
        ("3月5日", quarter, "2024-03-05", "year-from-period"),
        ("12.5", winter, "2023-12-05", told),
        ("1.5", winter, "2024-01-05", told),
        ("3.5", Some(Period::Year(2023)), "2023-03-05", told),
        // Outside the period it may be anything; within two years either may be meant.
        ("5/3", quarter, "unreadable", open),
        ("3.5", None, "unreadable", open),
        ("3月5日", None, "unreadable", open),
        ("12.5", Period::parse("2022-11-01..2023-12-31"), "unreadable", open),
    ] {
        assert_eq!(dated(Cell::Text(text), period, false), (expected.to_owned(), vec![key]), "{text} in {period:?}");
    }
    for text in ["13.5", "2.30", "3.5天", "3-5次", "1.2.3", "0.5", "3."] {
        assert_eq!(dated(Cell::Text(text), quarter, false).0, "unreadable", "{text}");
    }
    // 3.1 may be the tenth, where a number has lost the zero at its end.
    let number = |value| Cell::Number { value, percent: false };
    for (cell, is_text, period, expected) in [
        (Cell::Text("3.1"), false, quarter, "2024-03-01"),
        (Cell::Text("3.1"), true, quarter, "unreadable"),
        (Cell::Text("3.1"), true, Some(Period::Week(Date::new(2024, 3, 4).unwrap())), "2024-03-10"),
        (Cell::Text("03.1"), true, quarter, "2024-03-01"),
        (Cell::Text("3.10"), true, quarter, "2024-03-10"),
        (number(3.1), false, quarter, "unreadable"),
        (number(3.5), false, quarter, "2024-03-05"),
        (number(3.15), false, quarter, "2024-03-15"),
        (number(3.0), false, quarter, "unreadable"),
        (number(4.5), false, quarter, "unreadable"),
    ] {
        assert_eq!(dated(cell, period, is_text).0, expected, "{cell:?} {is_text} {period:?}");
    }
}

#[test]
fn a_date_that_ends_with_its_year_is_read_where_day_and_month_cannot_be_taken_for_each_other() {
    let quarter = Some(Period::Quarter(2024, 1));
    for (text, period, expected, key) in [
        ("12/25/2023", None, "2023-12-25", "year-last"),
        ("25/12/2023", None, "2023-12-25", "year-last"),
        ("5/5/2024", None, "2024-05-05", "year-last"),
        ("03/05/2024", quarter, "2024-03-05", "year-last"),
        ("02/03/2024", quarter, "unreadable", "day-or-month-unreadable"),
        ("03/05/2024", None, "unreadable", "day-or-month-unreadable"),
        ("13/25/2023", None, "unreadable", "day-or-month-unreadable"),
    ] {
        assert_eq!(dated(Cell::Text(text), period, false), (expected.to_owned(), vec![key]), "{text} in {period:?}");
    }
}

#[test]
fn a_month_that_lost_its_zero_is_read_where_the_reporting_period_settles_it() {
    let read = |cell: Cell<'_>, period: Option<Period>, is_text: bool, ty: FieldType| {
        let month = Field { month_end: true, ..field(ty) };
        let context = DateContext { period, is_text, ..context() };
        show(Coercer::new(&month, |_| None).read(cell, &context, &mut Conversions::default()))
    };
    let number = |value| Cell::Number { value, percent: false };
    let autumn = Some(Period::Quarter(2023, 4));
    for (cell, period, is_text, month, last_day) in [
        (number(2023.11), None, false, "2023-11", "2023-11-30"),
        (number(2023.2), None, false, "2023-02", "2023-02-28"),
        (number(202_310.0), None, false, "2023-10", "2023-10-31"),
        (number(2023.1), None, false, "unreadable", "unreadable"),
        (number(2023.1), autumn, false, "2023-10", "2023-10-31"),
        (number(2023.13), None, false, "unreadable", "unreadable"),
        (Cell::Text("2023.1"), None, false, "2023-01", "2023-01-31"),
        (Cell::Text("2023.1"), None, true, "unreadable", "unreadable"),
        (Cell::Text("2023.10"), None, true, "2023-10", "2023-10-31"),
        (Cell::Text("23年10月"), None, true, "2023-10", "2023-10-31"),
    ] {
        assert_eq!(read(cell, period, is_text, FieldType::Period), month, "{cell:?} {period:?}");
        assert_eq!(read(cell, period, is_text, FieldType::Date), last_day, "{cell:?} {period:?}");
    }
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
            ("1.5、2.6", "2024-01-05 2024-02-06"),
            ("1/5,2/16", "2024-01-05 2024-02-16"),
            ("1.5、7.6", "unreadable"),
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
            ("二〇二三年十月", "2023-10"),
            ("２０２３年１０月", "2023-10"),
            ("23年10月", "2023-10"),
            ("2023.10", "2023-10"),
            ("2023/10", "2023-10"),
            ("202310", "2023-10"),
            ("2023.10月", "2023-10"),
            ("3月", "2024-03"),
            ("3月份", "2024-03"),
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
        let context = DateContext {
            period: None,
            as_of: Date::new(as_of.0, as_of.1, as_of.2).unwrap(),
            day_zero: DAY_ZERO,
            is_text: false,
        };
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
        ("1-3月台账", Some("2024Q1")),
        ("10—12月", Some("2024Q4")),
        ("1月至6月", Some("2024H1")),
        ("一至三月", Some("2024Q1")),
        ("2024年一至六月", Some("2024H1")),
        ("Sheet1-3月", Some("2024-03")),
        ("Sheet3月", Some("2024-03")),
        ("3-1月", Some("2024-01")),
    ];
    for (text, expected) in cases {
        assert_eq!(find_period(text, Some(2024)).map(|period| period.to_string()).as_deref(), expected, "{text}");
    }
}
