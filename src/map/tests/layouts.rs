//! Titles, headings over several rows, totals, notes, groups, several tables.

use super::*;

const ROSTER: [&str; 4] = ["机构名称", "值守日期", "医师姓名", "职称"];

#[test]
fn title_unit_line_headings_totals_and_notes() {
    let mapped = run(
        &Case { merged: vec![area("A1:F1"), area("A2:F2")], ..Case::default() },
        "2023年第四季度中高级职称医师值守门诊排班表
         填报单位：西安市碑林区卫生健康局      填报时间：2023年12月4日
         序号|机构名称|值守日期|医师姓名|职 称|值守方式
         1|甲镇卫生院|2023-10-09|张三|主治医师|现场
         2|甲镇卫生院|10月10日|李四|副主任医师|现场
         合  计||2|||
         注：本表由各机构填报。
         填表人：王五||联系电话：029-0000000",
    );
    assert!(mapped.fault.is_none(), "{:?}", mapped.fault);
    assert_eq!(
        mapped.records("duty-roster", &ROSTER),
        ["甲镇卫生院 | 2023-10-09 | 张三 | 主治医师", "甲镇卫生院 | 2023-10-10 | 李四 | 副主任医师"]
    );
    assert_eq!(mapped.period(), Some(Period::Quarter(2023, 4)));
    assert_eq!(mapped.unit(), Some("西安市碑林区卫生健康局"));
    assert_eq!(
        mapped.records("duty-roster", &["填报时间", "所属期", "机构类型"])[0],
        "2023-12-04 | 2023Q4 | 乡镇卫生院"
    );
    assert_eq!(mapped.place("duty-roster", "填报时间").as_deref(), Some("A2"));
    assert_eq!(mapped.place("duty-roster", "职称").as_deref(), Some("E4"));
    assert_eq!(mapped.place("duty-roster", "机构类型"), None);
    assert_eq!(mapped.skipped(), [(6, "total"), (7, "note"), (8, "note")]);
    let table = &mapped.reading.tables[0];
    assert_eq!(table.header_rows, Some((2, 2)));
    assert_eq!(table.title_rows, Some((0, 1)));
    assert_eq!(table.data_rows, Some((3, 4)));
    assert_eq!(table.records, 2);
    assert_eq!(table.conversions["year-from-period"], (1, "10月10日".to_owned()));
}
