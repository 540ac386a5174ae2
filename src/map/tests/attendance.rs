//! Rosters and attendance sheets: days of a month, half-days and ticks as columns.

use super::*;

const DAY: [&str; 3] = ["姓名", "日期", "上下午"];

#[test]
fn days_of_the_month_become_days() {
    let mapped = map("2024年2月派驻医师考勤表
         卫生院：沙河镇卫生院
         序号|姓名|派驻村|1日|2日|3日|4日|5日|出勤合计
         1|赵敏|上河村|√|上午|×|病假|下|3
         2|王刚|下河村||√||休||1
         说明：√为全天。");
    assert_eq!(
        mapped.records("posting-attendance", &DAY),
        [
            "赵敏 | 2024-02-01 | 全天",
            "赵敏 | 2024-02-02 | 上午",
            "赵敏 | 2024-02-05 | 下午",
            "王刚 | 2024-02-02 | 全天"
        ],
        "{:?}",
        mapped.headings()
    );
    assert_eq!(mapped.place("posting-attendance", "日期").as_deref(), Some("D4"));
}

#[test]
fn bare_numbers_are_days_where_all_days_stand_beside_each_other() {
    let days: String = (1..=31).map(|day| format!("|#{day}")).collect();
    let weekdays: String =
        (0..31).map(|day| format!("|{}", ["五", "六", "日", "一", "二", "三", "四"][day % 7])).collect();
    let marks = |of: &[usize]| (1..=31).map(|day| if of.contains(&day) { "|√" } else { "|" }).collect::<String>();
    let merged = ["A2:A3", "B2:B3"].map(area).to_vec();
    let mapped = run(
        &Case { merged, sheet: "考勤", ..Case::default() },
        &format!(
            "驻村医生考勤统计（2024年3月）\n姓名|行政村{days}\n|{weekdays}\n赵敏|上河村{}\n王刚|下河村{}",
            marks(&[4, 29]),
            marks(&[31])
        ),
    );
    assert_eq!(
        mapped.records("posting-attendance", &DAY),
        ["赵敏 | 2024-03-04 | 全天", "赵敏 | 2024-03-29 | 全天", "王刚 | 2024-03-31 | 全天"],
        "{:?}",
        mapped.headings()
    );
}

#[test]
fn days_under_their_month_need_no_other() {
    let merged = ["A2:A3", "B2:B3", "C2:D2", "E2:F2"].map(area).to_vec();
    let mapped = run(
        &Case { merged, sheet: "派驻考勤", ..Case::default() },
        "2024年一季度派驻考勤\n姓名|行政村|1月||2月|\n||5日|6日|5日|6日\n赵敏|上河村|√||下午|",
    );
    assert_eq!(
        mapped.records("posting-attendance", &DAY),
        ["赵敏 | 2024-01-05 | 全天", "赵敏 | 2024-02-05 | 下午"],
        "{:?}",
        mapped.headings()
    );
}

#[test]
fn a_day_is_not_known_without_a_month() {
    let mapped = map("派驻考勤\n姓名|行政村|1日|2日|3日\n赵敏|上河村|√||√");
    assert_eq!(mapped.records("posting-attendance", &DAY), ["赵敏 | - | 全天", "赵敏 | - | 全天"]);
}

#[test]
fn mornings_and_afternoons_as_columns() {
    let mapped = map("驻村医生签到表
         日期|驻村医生|所驻村|上午签到|下午签到
         2024-03-04|赵敏|上河村|√|
         2024-03-05|赵敏|上河村|8:05|√
         2024-03-06|赵敏|上河村|×|赵敏");
    assert_eq!(
        mapped.records("posting-attendance", &DAY),
        [
            "赵敏 | 2024-03-04 | 上午",
            "赵敏 | 2024-03-05 | 上午",
            "赵敏 | 2024-03-05 | 下午",
            "赵敏 | 2024-03-06 | 下午"
        ],
        "{:?}",
        mapped.headings()
    );
    assert!(mapped.reading.tables[0].conversions.contains_key("half-day-of-heading"));
}

#[test]
fn morning_and_afternoon_of_one_clinician_are_one_day_of_duty() {
    let merged = ["A2:A3", "B2:B3", "C2:D2", "E2:F2"].map(area).to_vec();
    let mapped = run(
        &Case { merged, sheet: "坐诊", ..Case::default() },
        "柳溪镇卫生院专家坐诊周表（2024年6月3日—6月9日）
         专家|职称|周一||周二|
         ||上午|下午|上午|下午
         周立新|主治医师|√|√||√",
    );
    assert_eq!(
        mapped.records("duty-roster", &["医师姓名", "值守日期", "职称"]),
        ["周立新 | 2024-06-03 | 主治医师", "周立新 | 2024-06-04 | 主治医师"],
        "{:?}",
        mapped.headings()
    );
}

#[test]
fn counts_of_a_morning_are_no_half_days() {
    let mapped = map("村级巡诊记录
         行政村|日期|时长|上午接诊人次|下午接诊人次
         黄土村|2024-03-05|4|12|9");
    assert_eq!(mapped.records("village-round", &["行政村", "日期", "时长"]), ["黄土村 | 2024-03-05 | 4"]);
}
