//! Rows of totals held against their rows, and the content of tables.

use super::*;

const TOTAL: [&str; 5] = ["合计行", "栏目", "合计值", "各行之和", "行数"];

fn totals(text: &str) -> Vec<String> {
    map(text).records("table-total", &TOTAL)
}

#[test]
fn totals_below_their_rows() {
    let text = "甲县门诊号源台账2023年四季度
         序号|医院名称|是否牵头医院|门诊号源总数|向基层开放号源数|开放比例|预约转诊人次
         1|甲医院|是|#1000|200|%0.2|35
         2|乙医院|否|1,001|约120||
         合计||2家|2001|321|20%|35";
    // Ratios do not add up, and a text is no number to be held against anything.
    assert_eq!(
        totals(text),
        [
            "合计 | 门诊号源总数 | 2001 | 2001 | 2",
            "合计 | 向基层开放号源数 | 321 | 320 | 2",
            "合计 | 预约转诊人次 | 35 | 35 | 1"
        ]
    );
    assert_eq!(map(text).place("table-total", "合计值").as_deref(), Some("D5"));
}

#[test]
fn subtotals_stand_for_the_rows_since_the_last_one() {
    let text = "村卫生室药品台账
         机构名称|药品名称|批号|有效期至|库存
         甲村卫生室|甲药|1|2025-01-01|1.5
         甲村卫生室|乙药|2|2025-01-01|2.25
         小计||||3.75
         乙村卫生室|甲药|3|2025-01-01|10
         小计||||11
         合计||||13.75";
    assert_eq!(
        totals(text),
        ["小计 | 库存 | 3.75 | 3.75 | 2", "小计 | 库存 | 11 | 10 | 1", "合计 | 库存 | 13.75 | 13.75 | 3"]
    );
}

#[test]
fn totals_above_their_rows() {
    let text = "行政村台账
         县区|行政村|常住人口|村医人数|村医月工资
         合计||300|3|8000
         甲县|甲村|100|1|4000
         甲县|乙村|200|1|4000";
    // A monthly pay is none that adds up.
    assert_eq!(totals(text), ["合计 | 常住人口 | 300 | 300 | 2", "合计 | 村医人数 | 3 | 2 | 2"]);
    let grouped = "行政村台账
         县区|行政村|常住人口|村医人数
         甲县小计||300|2
         甲县|甲村|100|1
         甲县|乙村|200|1
         乙县小计||50|2
         乙县|丙村|50|1";
    assert_eq!(
        totals(grouped),
        [
            "甲县小计 | 常住人口 | 300 | 300 | 2",
            "甲县小计 | 村医人数 | 2 | 2 | 2",
            "乙县小计 | 常住人口 | 50 | 50 | 1",
            "乙县小计 | 村医人数 | 2 | 1 | 1"
        ]
    );
}

#[test]
fn the_row_of_the_whole_city_is_a_total_of_its_counties() {
    let text = "机构建设台账
         县区|机构名称|机构类型|编制数|实有人数
         甲区|甲区卫生院|乡镇卫生院|10|9
         乙区|乙区卫生院|乡镇卫生院|20|19
         全市|||30|29";
    assert_eq!(totals(text), ["全市 | 编制数 | 30 | 30 | 2", "全市 | 实有人数 | 29 | 28 | 2"]);
}

#[test]
fn what_cannot_be_added_up_is_said_so() {
    let text = "行政村台账
         行政村|常住人口|村医人数
         甲村|100|若干
         乙村|200|1
         合计|300|2
         平均|150|1
         累计|900|9";
    assert_eq!(totals(text), ["合计 | 常住人口 | 300 | 300 | 2", "合计 | 村医人数 | 2 | ?… | 2"]);
}

#[test]
fn a_copied_table_has_the_content_of_the_one_before() {
    let rows = |second: &str| {
        format!(
            "机构名称|姓名|身份证号|建档日期|更新日期|填报时间
             甲镇卫生院|张三|230102195003120125|2020-01-01|2023-09-01|2023-09-30
             甲镇卫生院|李四|350203198807050217|2020-01-01|{second}|2023-09-30"
        )
    };
    let content = |title: &str, second: &str| {
        let mapped = map(&format!("65岁及以上老年人健康服务台账{title}\n{}", rows(second)));
        let fields = ["台账", "填报单位", "所属期", "记录数", "内容"];
        let [record] = mapped.records("table-content", &fields).try_into().unwrap();
        record
    };
    let before = content("2023年三季度", "2023-09-02");
    let [ledger, unit, period, records, digest] = before.split(" | ").collect::<Vec<_>>().try_into().unwrap();
    assert_eq!((unit, period, records), ("甲镇卫生院", "2023Q3", "2"), "{ledger}");
    assert!(content("2023年四季度", "2023-09-02").ends_with(digest));
    assert!(!content("2023年四季度", "2023-09-03").ends_with(digest));
    // Without a period there is nothing that it could be copied from.
    let nameless = map(&format!("65岁及以上老年人健康服务台账\n{}", rows("2023-09-02")));
    assert_eq!(nameless.records("table-content", &["内容"]), [""; 0]);
}

#[test]
fn a_village_named_as_the_place_of_the_posting_is_the_village() {
    let mapped = map("派驻人员台账
         姓名|派出机构|派驻层级|派驻单位|职称|开始日期|结束日期|每日时长
         张三|清水镇卫生院|村级|高崖村卫生室|执业医师|2023-01-01||半天
         李四|甲县人民医院|乡级|清水镇卫生院|主治医师|2023-01-01||6");
    assert_eq!(
        mapped.records("posting", &["派驻单位", "行政村", "每日时长", "每日时段"]),
        ["高崖村卫生室 | 高崖村 | ?半天 | 半天", "清水镇卫生院 | ∅ | 6 | ∅"]
    );
}

#[test]
fn a_tick_in_the_column_of_a_quarter_is_a_contact_and_a_cross_is_none() {
    let mapped = map("家庭医生签约服务台账2023年
         签约机构|姓名|身份证号|签约日期|一季度联络|二季度联络|三季度联络|四季度联络
         甲镇卫生院|张三|230102195003120125|2023-01-01|√|2023-05-06|×|改天再打");
    assert_eq!(
        mapped.records("contact-log", &["姓名", "所属期", "日期", "打勾"]),
        ["张三 | 2023Q1 | - | 是", "张三 | 2023Q2 | 2023-05-06 | ∅", "张三 | 2023Q4 | ?改天再打 | ∅"]
    );
}
