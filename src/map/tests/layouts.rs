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

#[test]
fn merged_parents_over_two_rows_and_rows_merged_downwards() {
    let merged = ["A1:A2", "B1:C1", "D1:D2", "A3:A4"].map(area).to_vec();
    let mapped = run(
        &Case { merged, sheet: "2023年10月值守门诊", ..Case::default() },
        "机构名称|值守医师||值守日期
         |姓名|职称|
         甲镇卫生院|张三|主治医师|@2023-10-09
         |李四|主治医师|@2023-10-10
         乙镇卫生院|王五|住院医师|@2023-10-11",
    );
    assert_eq!(
        mapped.records("duty-roster", &ROSTER),
        [
            "甲镇卫生院 | 2023-10-09 | 张三 | 主治医师",
            "甲镇卫生院 | 2023-10-10 | 李四 | 主治医师",
            "乙镇卫生院 | 2023-10-11 | 王五 | 住院医师"
        ],
        "{:?}",
        mapped.headings()
    );
    assert_eq!(mapped.reading.tables[0].headings[1].heading, "值守医师▸姓名");
    assert_eq!(mapped.period(), Some(Period::Month(2023, 10)));
}

const CARD: [&str; 5] = ["机构名称", "机构类型", "建筑面积", "一体化管理", "远程医疗开通日期"];

#[test]
fn a_card_with_its_labels_above_the_answers_is_one_record() {
    let mapped = map("村卫生室基本情况表
         机构名称|机构编码|机构类型
         偏桥村卫生室|HX001|村卫生室
         建筑面积（㎡）|实有人数|是否一体化管理
         80|1|是
         有无急诊|远程医疗开通日期|基药零差率
         无|2023-05-01|是
         填表人：某某");
    assert_eq!(mapped.records("institution", &CARD), ["偏桥村卫生室 | 村卫生室 | 80 | 是 | 2023-05-01"]);
    assert_eq!(mapped.place("institution", "建筑面积").as_deref(), Some("A5"));
    assert_eq!(mapped.reading.tables.len(), 1);
}

#[test]
fn a_card_of_three_rows_with_its_labels_beside_the_answers_is_one_record() {
    let mapped = map("机构基本情况表
         机构名称|偏桥村卫生室|机构类型|村卫生室
         建筑面积（㎡）|80|是否一体化管理|是
         实有人数|1|远程医疗开通日期|2023-05-01");
    assert_eq!(mapped.records("institution", &CARD), ["偏桥村卫生室 | 村卫生室 | 80 | 是 | 2023-05-01"]);
    assert_eq!(mapped.place("institution", "机构类型").as_deref(), Some("D2"));
}

#[test]
fn stacked_tables_of_one_record_each_are_no_card() {
    let mapped = map("机构名称|机构类型|建筑面积（㎡）
         偏桥村卫生室|村卫生室|80
         机构名称|机构类型|建筑面积（㎡）
         马庄村卫生室|村卫生室|60");
    assert_eq!(mapped.records("institution", &["机构名称", "建筑面积"]), ["偏桥村卫生室 | 80", "马庄村卫生室 | 60"]);
}

#[test]
fn blanks_are_not_filled_without_a_merged_area() {
    let mapped = map("机构名称|值守日期|医师姓名|职称
         甲镇卫生院|2023-10-09|张三|主治医师
         |2023-10-10|李四|主治医师");
    assert_eq!(mapped.records("duty-roster", &["机构名称"]), ["甲镇卫生院", "-"]);
}

#[test]
fn parents_without_merged_cells_as_in_csv() {
    let mapped = map("机构名称,|值守医师||值守日期
         |姓名|职称|
         甲镇卫生院|张三|主治医师|2023-10-09");
    assert_eq!(
        mapped.records("duty-roster", &ROSTER),
        ["甲镇卫生院 | 2023-10-09 | 张三 | 主治医师"],
        "{:?}",
        mapped.headings()
    );
}

#[test]
fn four_heading_rows_without_merged_cells() {
    let expected = ["甲镇卫生院 | 2023-12-04 | 张三 | 主治医师", "甲镇卫生院 | 2023-12-05 | 李四 | 副主任医师"];
    let body = "甲镇卫生院|张三|主治医师|2023-12-04|现场
        甲镇卫生院|李四|副主任医师|2023-12-05|现场";
    let rows = [
        "机构名称|四季度值守门诊||||
         |值守安排|||
         |人员||时间|
         |姓名|职称|值守日期|值守方式",
        // A title above, with the date at the right.
        "值守门诊排班表||||2023年12月
         机构名称|四季度值守门诊||||
         |值守安排|||
         |人员||时间|
         |姓名|职称|值守日期|值守方式",
    ];
    for rows in rows {
        let mapped = map(&format!("{rows}\n{body}"));
        assert_eq!(mapped.records("duty-roster", &ROSTER), expected, "{:?}", mapped.headings());
        assert_eq!(mapped.reading.tables[0].headings[1].heading, "四季度值守门诊▸值守安排▸人员▸姓名");
    }
    // Two columns to the left of the parents, and their names are known.
    let mapped = map("机构名称|机构类型|四季度值守门诊||||
         ||值守安排|||
         ||人员||时间|
         ||姓名|职称|值守日期|值守方式
         甲镇卫生院|乡镇卫生院|张三|主治医师|2023-12-04|现场
         甲镇卫生院|乡镇卫生院|李四|副主任医师|2023-12-05|现场");
    assert_eq!(mapped.records("duty-roster", &ROSTER), expected, "{:?}", mapped.headings());
}

#[test]
fn two_ledgers_side_by_side_under_titles_of_their_own() {
    for merged in [Vec::new(), ["A1:D1", "F1:I1"].map(area).to_vec()] {
        let mapped = run(
            &Case { merged, ..Case::default() },
            "值守排班|||||派驻人员|||
             机构名称|医师姓名|职称|值守日期||姓名|派出机构|派驻单位|开始日期
             甲镇卫生院|张三|主治医师|2023-12-04||王五|县人民医院|甲镇卫生院|2023-01-01
             乙镇卫生院|李四|副主任医师|2023-12-05||赵六|县中医院|乙镇卫生院|2023-02-01",
        );
        assert_eq!(
            mapped.records("duty-roster", &ROSTER),
            ["甲镇卫生院 | 2023-12-04 | 张三 | 主治医师", "乙镇卫生院 | 2023-12-05 | 李四 | 副主任医师"]
        );
        assert_eq!(
            mapped.records("posting", &["姓名", "派驻单位", "开始日期"]),
            ["王五 | 甲镇卫生院 | 2023-01-01", "赵六 | 乙镇卫生院 | 2023-02-01"]
        );
    }
    // Parents over the halves of one table, with a spacer between them, are no titles.
    let mapped = map("机构|||人员||
         机构名称|机构类型|机构编码||医师姓名|职称|值守日期
         甲镇卫生院|乡镇卫生院|A1||张三|主治医师|2023-12-04
         乙镇卫生院|乡镇卫生院|A2||李四|副主任医师|2023-12-05");
    assert_eq!(mapped.records("duty-roster", &ROSTER)[0], "甲镇卫生院 | 2023-12-04 | 张三 | 主治医师");
}

#[test]
fn the_title_of_a_table_of_one_institution_names_it() {
    let table = "科室|周一|周二
         内科|张三（主治医师）|李四（主治医师）";
    for (title, expected) in [
        ("甲镇卫生院值守表（2023年12月4日至12月10日）", "甲镇卫生院"),
        ("2023年12月甲镇中心卫生院值班表", "甲镇中心卫生院"),
        ("2023年第四季度三原镇卫生院值班表", "三原镇卫生院"),
        ("上庄镇卫生院值班表", "上庄镇卫生院"),
        ("碑林区社区卫生服务中心值班表", "-"),
        ("全县乡镇卫生院值班表", "-"),
        ("乡镇卫生院值班表", "-"),
    ] {
        let mapped = map(&format!("{title}\n{table}"));
        let found = mapped.records("duty-roster", &["机构名称"]);
        assert!(found.iter().all(|name| name == expected || expected == "-" && name == "∅"), "{title}: {found:?}");
        assert!(!found.is_empty(), "{title}");
    }
    // The column of the table outweighs its title.
    let mapped = map("甲镇卫生院值班表
         机构名称|值守日期|医师姓名|职称
         乙镇卫生院|2023-12-04|张三|主治医师");
    assert_eq!(mapped.records("duty-roster", &["机构名称"]), ["乙镇卫生院"]);
}

#[test]
fn numbers_of_pages_and_the_mark_of_an_end_are_no_records() {
    let mapped = map("机构名称|值守日期|医师姓名|职称
         甲镇卫生院|2023-12-04|张三|主治医师
         第1页|||
         第 2 页，共 3 页|||
         - 3 -|||
         第3页村卫生室|||
         \u{1a}");
    let names = mapped.records("duty-roster", &["机构名称"]);
    assert_eq!(names, ["甲镇卫生院", "第3页村卫生室"]);
}

#[test]
fn rows_of_dashes_are_no_records() {
    let mapped = map("机构名称|值守日期|医师姓名|职称
         ---|:---|:---:|---:
         甲镇卫生院|2023-12-04|张三|主治医师
         /|/|/|/
         乙镇卫生院|/|李四|/");
    assert_eq!(
        mapped.records("duty-roster", &ROSTER),
        ["甲镇卫生院 | 2023-12-04 | 张三 | 主治医师", "乙镇卫生院 | - | 李四 | -"]
    );
}

#[test]
fn an_apostrophe_that_kept_a_cell_a_text_is_no_part_of_it() {
    let mapped = map("机构名称|值守日期|医师姓名|职称
         '甲镇卫生院|'2023-12-04|'张三|'主治医师
         ‘乙镇’卫生院|2023-12-05|李四|主治医师");
    assert_eq!(
        mapped.records("duty-roster", &ROSTER),
        ["甲镇卫生院 | 2023-12-04 | 张三 | 主治医师", "‘乙镇’卫生院 | 2023-12-05 | 李四 | 主治医师"]
    );
}

#[test]
fn a_title_over_a_column_without_a_heading_is_none() {
    let mapped = map("2023年12月值守门诊排班|||（试行）
         |城关片区|||
         |机构名称|医师姓名|职称|值守日期
         1|甲镇卫生院|张三|主治医师|2023-12-04
         2|甲镇卫生院|李四|副主任医师|2023-12-05");
    assert_eq!(
        mapped.records("duty-roster", &ROSTER),
        ["甲镇卫生院 | 2023-12-04 | 张三 | 主治医师", "甲镇卫生院 | 2023-12-05 | 李四 | 副主任医师"]
    );
    assert_eq!(mapped.period(), Some(Period::Month(2023, 12)));
    assert_eq!(mapped.reading.tables[0].header_rows, Some((2, 2)));
}

#[test]
fn rows_that_are_no_records_are_left_out() {
    let mapped = map("值守门诊排班
         机构名称|值守日期|医师姓名|职称|备注
         1|2|3|4|5
         填写机构全称|如：2023-10-09|填写姓名|下拉选择|
         总计|||12|
         示例：某卫生院|2023-10-01|某某|主治医师|
         碑林区（2所）||||
         甲镇卫生院|2023-10-09|张三|主治医师|
         小  计|||1|

         机构名称|值守日期|医师姓名|职称|备注
         合计村卫生室|2023-10-10|李四|主治医师|
         全区合计|||2|
         注：1.本表按日填写。
         2.远程值守请注明。
         审核人：赵六");
    assert_eq!(mapped.records("duty-roster", &["机构名称", "医师姓名"]), ["甲镇卫生院 | 张三", "合计村卫生室 | 李四"]);
    assert_eq!(
        mapped.skipped(),
        [
            (3, "column-numbers"),
            (4, "instruction"),
            (5, "total"),
            (6, "example"),
            (7, "group-row"),
            (9, "total"),
            (11, "repeated-heading"),
            (13, "total"),
            (14, "note"),
            (15, "note"),
            (16, "note")
        ]
    );
    assert!(mapped.reading.notes.iter().any(|note| note.code == "totals-row-skipped"));
}

#[test]
fn a_name_alone_in_its_row_is_a_record() {
    let mapped = map("机构名称|机构编码|机构类型|是否脱贫县|编制数
         甲镇卫生院|A1|乡镇卫生院|是|#20
         乙镇卫生院||||");
    assert_eq!(mapped.records("institution", &["机构名称", "编制数"]), ["甲镇卫生院 | 20", "乙镇卫生院 | -"]);
}

#[test]
fn spacer_columns_and_rows_and_hidden_rows() {
    let mapped = map("|机构名称||值守日期|医师姓名|职称
         |||||
         ~|甲镇卫生院||2023-10-09|张三|主治医师
         |||||
         |乙镇卫生院||2023-10-10|李四|主治医师");
    assert_eq!(mapped.records("duty-roster", &["机构名称"]), ["甲镇卫生院", "乙镇卫生院"]);
    assert!(mapped.reading.notes.iter().any(|note| note.code == "hidden-rows"));
}

#[test]
fn two_kinds_stacked_on_one_sheet() {
    let mapped = map("一、值守门诊排班（2023年第四季度）
         机构名称|值守日期|医师姓名|职称
         甲镇卫生院|2023-10-09|张三|主治医师
         合计|||1

         二、派驻人员台账
         姓名|派出机构|派驻单位|开始日期|结束日期
         李四|县人民医院|甲镇卫生院|2023-01-01|2023-12-31");
    assert_eq!(mapped.records("duty-roster", &["医师姓名"]), ["张三"]);
    assert_eq!(mapped.records("posting", &["姓名", "派出机构", "结束日期"]), ["李四 | 县人民医院 | 2023-12-31"]);
    let id = |kind: &str| mapped.batches.iter().find(|batch| &*batch.source.kind == kind).map(|batch| batch.source.id);
    assert_eq!(id("duty-roster"), Some(3 * 4096));
    assert!(id("posting") > id("duty-roster"));
}

#[test]
fn tables_side_by_side() {
    for text in [
        "机构名称|值守日期|医师姓名|职称||机构名称|值守日期|医师姓名|职称
         甲镇卫生院|2023-10-09|张三|主治医师||乙镇卫生院|2023-10-09|李四|主治医师
         甲镇卫生院|2023-10-10|张三|主治医师|||||",
        "机构名称|值守日期|医师姓名|职称|机构名称|值守日期|医师姓名|职称
         甲镇卫生院|2023-10-09|张三|主治医师|乙镇卫生院|2023-10-09|李四|主治医师
         甲镇卫生院|2023-10-10|张三|主治医师||||",
    ] {
        let mapped = map(text);
        let mut names = mapped.records("duty-roster", &["医师姓名", "值守日期"]);
        names.sort();
        assert_eq!(names, ["张三 | 2023-10-09", "张三 | 2023-10-10", "李四 | 2023-10-09"]);
    }
}

#[test]
fn a_table_on_its_side() {
    let mapped = map("机构便民服务台账
         机构名称|甲镇卫生院|乙镇卫生院|合计
         机构编码|A1|A2|
         机构类型|乡镇卫生院|乡镇卫生院|
         编制数|20|30|50
         实有人数|18|25|43");
    assert_eq!(
        mapped.records("institution", &["机构名称", "机构编码", "编制数", "实有人数"]),
        ["甲镇卫生院 | A1 | 20 | 18", "乙镇卫生院 | A2 | 30 | 25"]
    );
    assert_eq!(mapped.place("institution", "编制数").as_deref(), Some("B5"));
    assert_eq!(mapped.reading.tables[0].layout, "transposed");
}

#[test]
fn labels_in_pairs_with_their_values() {
    let mapped = map("机构基本情况表
         机构名称：|甲镇卫生院|机构编码：|A1
         机构类型|乡镇卫生院|编制数|20
         建筑面积|1200平方米|实有人数|18人
         是否脱贫县|是|国医馆|有");
    assert_eq!(
        mapped.records("institution", &["机构名称", "机构编码", "编制数", "实有人数", "建筑面积", "是否脱贫县"]),
        ["甲镇卫生院 | A1 | 20 | 18 | 1200 | 是"],
        "{:?}",
        mapped.headings()
    );
    assert_eq!(mapped.place("institution", "机构编码").as_deref(), Some("D2"));
}

#[test]
fn weekdays_become_days() {
    let mapped = map("甲县中高级职称医师值守门诊周排班表（2024年3月4日至3月10日）
         机构名称|周一|周二|周三|周四|周五|周六|周日
         甲镇卫生院|张三（主治医师）|李四（副主任医师，远程）|休|||张三（主治医师）、王五（主治医师）|/");
    assert_eq!(
        mapped.records("duty-roster", &["机构名称", "值守日期", "医师姓名", "职称", "值守方式"]),
        [
            "甲镇卫生院 | 2024-03-04 | 张三 | 主治医师 | ∅",
            "甲镇卫生院 | 2024-03-05 | 李四 | 副主任医师 | 远程",
            "甲镇卫生院 | 2024-03-09 | 张三 | 主治医师 | ∅",
            "甲镇卫生院 | 2024-03-09 | 王五 | 主治医师 | ∅"
        ],
        "{:?}",
        mapped.headings()
    );
    let batch = &mapped.batches[0];
    let kind = catalog().kinds.iter().find(|kind| &*kind.id == "duty-roster").unwrap();
    let column = &batch.columns[kind.field("医师姓名").unwrap()];
    assert_eq!(column.cell(1, batch.rows[1]).map(|(row, column)| cell_name(row, column)).as_deref(), Some("C3"));
}

#[test]
fn the_week_in_a_column() {
    let mapped = map("周次|机构名称|星期一|星期二|星期三|星期四|星期五
         2024年3月4日-3月10日|甲镇卫生院|张三（主治医师）||||
         2024.3.11-2024.3.17|甲镇卫生院||张三（主治医师）|||");
    assert_eq!(mapped.records("duty-roster", &["值守日期", "医师姓名"]), ["2024-03-04 | 张三", "2024-03-12 | 张三"]);
}

#[test]
fn marks_of_required_columns_hide_no_weekday_or_quarter() {
    let mapped = map("*周次|*机构名称|*星期一|※星期二|星期三*|星期四（必填）|*星期五
         2024年3月4日-3月10日|甲镇卫生院|张三（主治医师）|||李四（主治医师）|");
    assert_eq!(mapped.records("duty-roster", &["值守日期", "医师姓名"]), ["2024-03-04 | 张三", "2024-03-07 | 李四"]);
    let mapped = map("*姓名|*身份证号|*签约机构|*签约日期|*一季度联络日期|*二季度联络日期
         张三|61010219500101101X|甲镇卫生院|2023-01-01|2023-02-03|2023-05-06");
    assert_eq!(mapped.records("contact-log", &["姓名", "日期"]), ["张三 | 2023-02-03", "张三 | 2023-05-06"]);
}

#[test]
fn quarters_of_contacts_become_contact_records() {
    let merged = ["A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:H2"].map(area).to_vec();
    let mapped = run(
        &Case { merged, ..Case::default() },
        "2023年家庭医生签约居民联络台账||||||
         姓名|身份证号|签约机构|签约日期|联络日期||||
         ||||一季度|二季度|三季度|四季度
         张三|61010219500101101X|甲镇卫生院|2023-01-01|2023-02-03|5月6日||/
         李四|610102195001021029|甲镇卫生院|2023-01-01||||2023-12-30",
    );
    assert_eq!(
        mapped.records("contract", &["姓名", "签约日期"]),
        ["张三 | 2023-01-01", "李四 | 2023-01-01"],
        "{:?}",
        mapped.headings()
    );
    assert_eq!(
        mapped.records("contact-log", &["身份证号", "姓名", "日期", "所属期"]),
        [
            "61010219500101101X | 张三 | 2023-02-03 | 2023Q1",
            "61010219500101101X | 张三 | 2023-05-06 | 2023Q2",
            "610102195001021029 | 李四 | 2023-12-30 | 2023Q4"
        ]
    );
    assert_eq!(mapped.place("contact-log", "日期").as_deref(), Some("E4"));
}

#[test]
fn what_stands_beside_the_date_of_each_quarter_belongs_to_it() {
    let mapped = map("2024年签约居民联络情况表
         姓名|身份证号|签约日期|一季度日期|方式|二季度日期|方式|三季度日期|方式|备注
         张三|61010219500101101X|2023-01-01|3月|电话|||9.1|微信|好
         李四|610102195001021029|2023-01-01|||6.30|上门|||");
    assert_eq!(
        mapped.records("contact-log", &["姓名", "日期", "方式", "所属期"]),
        ["张三 | 2024-03-31 | 电话 | 2024Q1", "张三 | 2024-09-01 | 微信 | 2024Q3", "李四 | 2024-06-30 | 上门 | 2024Q2"],
        "{:?}",
        mapped.headings()
    );
    assert_eq!(mapped.records("contract", &["备注"]), ["好", "-"]);
}

#[test]
fn periods_side_by_side_in_a_register_of_submissions() {
    let mapped = map("2024年上半年各市材料报送情况登记
         单位|2024年一季度报送时间|2024年二季度报送时间|上半年书面报告报送时间
         西安市|2024-03-31|2024-06-30|2024-07-30
         宝鸡市|2024-03-31|未报|");
    assert_eq!(
        mapped.records("submission", &["填报单位", "报送类型", "所属期", "报送日期"]),
        [
            "西安市 | 季度台账 | 2024Q1 | 2024-03-31",
            "西安市 | 季度台账 | 2024Q2 | 2024-06-30",
            "西安市 | 半年报告 | 2024H1 | 2024-07-30",
            "宝鸡市 | 季度台账 | 2024Q1 | 2024-03-31",
            "宝鸡市 | 季度台账 | 2024Q2 | never"
        ],
        "{:?}",
        mapped.headings()
    );
}

#[test]
fn the_same_as_above_is_what_stands_above() {
    let mapped = map("长期处方登记
         机构名称|姓名|病种|开具日期|处方天数
         甲镇卫生院|张三|高血压|2024-10-08|28
         同上|李四|〃|〃|56
         〃|王五|糖尿病|2024-10-09|〃");
    assert_eq!(
        mapped.records("long-prescription", &["机构名称", "姓名", "病种", "开具日期", "处方天数"]),
        [
            "甲镇卫生院 | 张三 | 高血压 | 2024-10-08 | 28",
            "甲镇卫生院 | 李四 | 高血压 | 2024-10-08 | 56",
            "甲镇卫生院 | 王五 | 2型糖尿病 | 2024-10-09 | 56"
        ]
    );
    let note = mapped.reading.notes.iter().find(|note| note.code == "same-as-above").unwrap();
    assert_eq!(note.cell, Some((3, 0)));
    assert!(note.message.zh.contains("5 个单元格"), "{}", note.message.zh);
}

#[test]
fn a_list_of_counties_is_of_the_counties() {
    let mapped = map("渭南市基层卫生健康便民惠民2024年第一季度调度台账
         填报单位：渭南市卫生健康委员会
         县（市、区）|是否开放不少于20%号源|接受预约转诊人次|长处方机构数|代开药机构数和患者数|是否提供轮椅座椅|提供机构数
         临渭区|是|120|10|10家，35人|是|10
         华州区|是|90|12|11家，30人|是|12");
    assert_eq!(
        mapped.records(
            "quarterly-dispatch",
            &["填报单位", "县区", "市", "接受预约转诊人次", "代开药机构数", "代开药患者数", "基层机构总数"]
        ),
        ["临渭区 | 临渭区 | 渭南市 | 120 | 10 | 35 | ∅", "华州区 | 华州区 | 渭南市 | 90 | 11 | 30 | ∅"],
        "{:?}",
        mapped.headings()
    );
    let mapped = map("厦门市基本医疗保险待遇标准
         填报单位：厦门市医疗保障局
         年度|机构级别|门诊报销比例
         2024|一级及基层|80%
         2024|二级|70%");
    assert_eq!(mapped.records("benefit-standard", &["统筹区", "机构级别"]), ["厦门市 | 一级", "厦门市 | 二级"]);
}

#[test]
fn a_signature_under_a_table_is_no_record() {
    for line in ["填表：|罗某", "制表：|罗某|审签：|王某", "校对：|罗某", "盖章：|某局"] {
        let mapped = map(&format!(
            "长期处方登记\n机构名称|姓名|病种|开具日期|处方天数\n甲镇卫生院|张三|高血压|2024-10-08|28\n{line}"
        ));
        assert_eq!(mapped.records("long-prescription", &["姓名"]), ["张三"], "{line}");
    }
}

#[test]
fn several_columns_of_dates_are_one_field() {
    let mapped = map("慢病随访台账
         姓名|身份证号|病种|第1次随访日期|第2次随访日期|第3次随访日期
         张三|61010219500101101X|高血压|2023-02-03|2023-05-06|
         李四|610102195001021029|2型糖尿病|2023-01-05||随访");
    assert_eq!(
        mapped.records("chronic", &["姓名", "随访日期"]),
        ["张三 | 2023-02-03 2023-05-06", "李四 | ?随访"],
        "{:?}",
        mapped.headings()
    );
}

#[test]
fn sheets_without_a_ledger() {
    let empty = map("");
    assert!(empty.fault.is_none());
    assert_eq!(empty.reading.notes[0].code, "empty-sheet");
    let instructions = map("填表说明\n1. 本表按季度填报。\n2. 每月5日前报送。");
    assert!(instructions.fault.is_none());
    assert_eq!(instructions.reading.notes[0].code, "no-table");
    let unknown = map("车牌号|油耗|司机\n陕A00000|9.5|张三\n陕A00001|9.1|李四");
    let fault = unknown.fault.expect("a table of no known kind is a fault");
    assert_eq!(fault.kind, crate::diag::FaultKind::Unrecognised);
    assert!(fault.message.zh.contains("车牌号"), "{}", fault.message.zh);
    assert!(fault.advice.zh.contains("--ledger"));
}
