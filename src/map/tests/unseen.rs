//! Ledgers in words and layouts that no alias was written for: what must be found, what must not, and what must be said.

use super::*;
use crate::finding::MatchHow;

fn note_codes(mapped: &Mapped) -> Vec<&'static str> {
    mapped.reading.notes.iter().map(|note| note.code).collect()
}

fn field(mapped: &Mapped, heading: &str) -> Option<String> {
    let mut headings = mapped.reading.tables.iter().flat_map(|table| table.headings.iter());
    headings.find(|found| found.heading == heading).and_then(|found| found.field.as_deref().map(str::to_owned))
}

/// One line a ledger: kind, title, and each heading with the field it means, `=` alone where it means none.
#[test]
fn each_kind_is_recognised_under_other_words() {
    let mut kinds = std::collections::BTreeSet::new();
    for line in include_str!("unseen.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut parts = line.split('|');
        let (kind, title) = (parts.next().unwrap(), parts.next().unwrap());
        let columns: Vec<(&str, &str)> = parts.map(|part| part.rsplit_once('=').expect(line)).collect();
        let headings: Vec<&str> = columns.iter().map(|(heading, _)| *heading).collect();
        let answers = vec!["甲"; headings.len()].join("|");
        let mapped = map(&format!("{title}\n{}\n{answers}", headings.join("|")));
        let table = mapped.reading.tables.first().unwrap_or_else(|| panic!("no table: {line}"));
        assert_eq!(table.kind.as_deref(), Some(kind), "{line}: {:?}", mapped.headings());
        for (heading, wanted) in columns {
            let shown = heading.replace([' ', '\u{3000}'], "");
            let found = table.headings.iter().find(|found| found.heading == shown).expect(heading);
            assert_eq!(found.field.as_deref().unwrap_or(""), wanted, "{kind}: {heading} in {:?}", mapped.headings());
        }
        kinds.insert(kind);
    }
    let all: std::collections::BTreeSet<&str> =
        catalog().kinds.iter().filter(|kind| kind.made.is_none()).map(|kind| &*kind.id).collect();
    assert_eq!(kinds, all, "every kind of sheet has a line");
}

#[test]
fn every_essential_field_has_five_other_names() {
    for kind in &catalog().kinds {
        for field in kind.fields.iter().filter(|field| field.essential) {
            let own = crate::map::text::key(&field.name).bare;
            let names: std::collections::BTreeSet<String> = field
                .aliases
                .iter()
                .map(|alias| crate::map::text::key(alias).full)
                .filter(|name| *name != own)
                .collect();
            assert!(names.len() >= 5, "{} {}: {names:?}", kind.id, field.name);
        }
    }
}

#[test]
fn a_parent_tells_whose_telephone_it_is() {
    let merged = ["A1:A3", "B2:C2", "D2:E2", "F2:F3"].map(area).to_vec();
    let mapped = run(
        &Case { merged, sheet: "0-6岁儿童签约", ..Case::default() },
        "0-6岁儿童签约花名册
         序号|儿童信息||监护人信息||是否签约
         |姓名|出生日期|姓名|联系电话|
         1|张小三|2021-01-01|张三|13912345678|是",
    );
    assert_eq!(
        mapped.records("children", &["姓名", "监护人", "监护人电话", "联系电话"]),
        ["张小三 | 张三 | 13912345678 | ∅"],
        "{:?}",
        mapped.headings()
    );
}

#[test]
fn children_of_a_parent_are_not_the_parent() {
    let merged = ["A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:H1"].map(area).to_vec();
    let mapped = run(
        &Case { merged, sheet: "行政村台账", ..Case::default() },
        "行政村|常住人口|固定村医（有/无）|服务覆盖方式|公共卫生委员会|||
         ||||是否组建|人员到位|经费到位|场地到位
         西村|1200|有|固定村医|是|是|否|是",
    );
    assert_eq!(
        mapped.records("village", &["公共卫生委员会", "人员", "经费", "场地"]),
        ["是 | 是 | 否 | 是"],
        "{:?}",
        mapped.headings()
    );
}

#[test]
fn cells_decide_between_headings_with_the_same_words() {
    let mapped = map("派驻村卫生室人员签到表
         签到日期|签到人|签到时间|签退时间|出勤小时数
         2024-10-08|张三|8:00|17:30|8
         2024-10-09|张三|8:05|17:30|8
         2024-10-10|李四|8:00|17:20|8");
    assert_eq!(field(&mapped, "签到日期").as_deref(), Some("日期"), "{:?}", mapped.headings());
    assert_eq!(field(&mapped, "签到时间"), None);
    // Likely words with cells that say otherwise are no match: names of diseases answer no yes-no question.
    let mapped = map("长期处方登记
         机构名称|姓名|慢病患者|开具日期|处方天数
         甲镇卫生院|张三|高血压|2024-10-08|28
         甲镇卫生院|李四|糖尿病|2024-10-09|56
         甲镇卫生院|王五|冠心病|2024-10-09|56");
    assert_ne!(field(&mapped, "慢病患者").as_deref(), Some("病情是否稳定"));
}

#[test]
fn identity_numbers_under_another_heading_are_not_taken_for_it() {
    let rows: Vec<String> =
        (1..6).map(|n| format!("张{n}|1391234567{n}|{}|甲镇卫生院|2024-01-05", id_number(n))).collect();
    let mapped = map(&format!("家庭医生签约名单\n姓名|身份证号|联系电话|签约机构|签约日期\n{}", rows.join("\n")));
    assert_eq!(mapped.records("contract", &["身份证号", "联系电话"])[0], "∅ | ∅", "{:?}", mapped.headings());
    assert_eq!(note_codes(&mapped), ["heading-contradicted", "heading-contradicted"]);
    // Without a heading, or under one that says nothing, the numbers speak for themselves.
    for heading in ["", "编码"] {
        let rows: Vec<String> = (1..6).map(|n| format!("张{n}|{}|甲镇卫生院|2024-01-05", id_number(n))).collect();
        let mapped = map(&format!("家庭医生签约名单\n姓名|{heading}|签约机构|签约日期\n{}", rows.join("\n")));
        assert_eq!(mapped.records("contract", &["身份证号"])[0], id_number(1), "{:?}", mapped.headings());
    }
}

#[test]
fn a_day_with_its_weekday_is_a_record_and_no_heading() {
    let mapped = map("长宁镇卫生院门诊大夫值班表
         日期|星期|值班大夫|大夫职称|值班地点
         @2024-10-08|星期二|张三|主治医师|长宁镇卫生院
         @2024-10-09|星期三|李四|副主任医师|长宁镇卫生院");
    assert_eq!(mapped.reading.tables[0].header_rows, Some((1, 1)), "{:?}", mapped.headings());
    assert_eq!(mapped.records("duty-roster", &["医师姓名", "职称"]), ["张三 | 主治医师", "李四 | 副主任医师"]);
}

#[test]
fn lists_of_people_are_no_ledgers() {
    for (title, headings, answers) in [
        (
            "家庭医生签约工作推进会参会人员签到表",
            "序号|姓名|单位|职务|联系电话|签到",
            "1|张三|县医院|院长|13912345678|",
        ),
        ("卫健局工作人员通讯录", "姓名|科室|职务|办公电话|手机", "张三|医政科|科长|029-1234567|13912345678"),
        ("食堂一周菜单", "日期|早餐|午餐|晚餐|负责人", "2024-10-08|包子|面条|米饭|张三"),
    ] {
        let mapped = map(&format!("{title}\n{headings}\n{answers}\n{answers}"));
        assert!(mapped.batches.is_empty(), "{title}: {:?}", mapped.headings());
        let fault = mapped.fault.unwrap_or_else(|| panic!("{title} is named"));
        assert_eq!(fault.kind, crate::diag::FaultKind::Unrecognised);
    }
}

#[test]
fn the_unit_in_brackets_counts_or_tells_fields_apart() {
    let mapped = map("医院名称|门诊号源总数|向基层开放号源数|未互认机构（家）
         甲县医院|100|25|3");
    assert_eq!(mapped.records("appointment-slots", &["未互认机构数"]), ["3"], "{:?}", mapped.headings());
    let mapped = map("机构名称|姓名|病种|开具日期|疗程（周）
         甲镇卫生院|张三|高血压|2024-10-08|4");
    assert_eq!(mapped.records("long-prescription", &["处方周数", "处方天数"]), ["4 | ∅"], "{:?}", mapped.headings());
}

#[test]
fn a_month_without_a_year_takes_it_from_the_records_or_the_review_date() {
    let options = |as_of: &str| MapOptions { as_of: Date::parse_iso(as_of).unwrap(), ..Case::default().options };
    let table = |day: &str| format!("机构名称|值守日期|医师姓名|职称\n甲镇卫生院|{day}|张三|主治医师");
    for (file, as_of, day, wanted) in [
        ("10月坐诊表.csv", "2025-01-15", "10月8日", Some("2024-10")),
        ("10月坐诊表.csv", "2025-11-15", "10月8日", Some("2025-10")),
        ("10月坐诊表.csv", "2025-11-15", "2024-10-08", Some("2024-10")),
        ("四季度坐诊表.xlsx", "2025-01-15", "10月8日", Some("2024Q4")),
        ("四季青镇坐诊表.xlsx", "2025-01-15", "2024-10-08", None),
        ("2023年10月坐诊表.csv", "2025-01-15", "10月8日", Some("2023-10")),
    ] {
        let mapped = run(&Case { file, options: options(as_of), ..Case::default() }, &table(day));
        let period = wanted.map(|wanted| Period::parse(wanted).unwrap());
        assert_eq!(mapped.period(), period, "{file} on {as_of}");
        let said = note_codes(&mapped).contains(&"year-inferred");
        assert_eq!(said, wanted.is_some() && !file.starts_with("2023"), "{file} on {as_of}");
    }
}

#[test]
fn the_period_may_follow_the_unit_on_its_line() {
    let mapped = map("填报单位：某县城关镇卫生院      2024年四季度
         姓名|身份证号|联络日期|联络方式
         张三|61010219500101101X|2024-10-08|电话");
    assert_eq!(mapped.period(), Period::parse("2024Q4"));
    assert_eq!(mapped.unit(), Some("某县城关镇卫生院"));
}

#[test]
fn a_table_that_begins_far_down_the_sheet_is_found() {
    // Nothing but remarks for 2,500 rows.
    let mut lines: Vec<String> = (0..2500).map(|n| format!("第{n}条说明")).collect();
    lines.push("2024年四季度值守门诊排班".to_owned());
    let roster = ["机构名称|值守日期|医师姓名|职称", "甲镇卫生院|2024-10-08|张三|主治医师"];
    lines.extend(roster.map(str::to_owned));
    let mapped = map(&lines.join("\n"));
    assert_eq!(mapped.records("duty-roster", &["医师姓名"]), ["张三"]);
    assert_eq!(mapped.period(), Period::parse("2024Q4"));
    assert!(mapped.fault.is_none());
    assert_eq!(mapped.reading.rows, 2503);
}

#[test]
fn a_guess_is_told_with_what_came_next() {
    let mapped = map("中高级职称医师值守门诊排班
         机构名称|值守门诊的时间安排|医师姓名|职称级别情况
         甲镇卫生院|2024-10-08|张三|主治医师
         甲镇卫生院|2024-10-09|李四|副主任医师");
    for table in &mapped.reading.tables {
        for found in table.headings.iter().filter(|found| found.how == MatchHow::Guessed && found.confidence < 86) {
            let told = mapped.reading.notes.iter().any(|note| note.message.zh.contains(&found.heading));
            assert!(told, "{} is told", found.heading);
        }
    }
}

#[test]
fn medicines_are_good_to_the_end_of_the_month_printed() {
    let mapped = map("村卫生室药品盘点表
         机构名称|药品名称|批号|有效期|库存
         甲村卫生室|阿莫西林|A1|2026-05|12
         甲村卫生室|布洛芬|A2|2025年2月|3
         甲村卫生室|硝苯地平|A3|2025-03-15|5");
    assert_eq!(mapped.records("medicine-stock", &["有效期至"]), ["2026-05-31", "2025-02-28", "2025-03-15"]);
    // Elsewhere a month is no day.
    let mapped = map("机构名称|值守日期|医师姓名|职称\n甲镇卫生院|2024年10月|张三|主治医师");
    assert_eq!(mapped.records("duty-roster", &["值守日期"]), ["?2024年10月"]);
}

#[test]
fn the_unit_over_the_table_is_the_institution_of_its_records() {
    let table = "姓名|身份证号|更新日期|体格检查
         张三|61010219500101101X|2024-10-08|√";
    let mapped = map(&format!("65岁及以上老年人健康服务台账\n填报单位：某县城关镇卫生院\n{table}"));
    assert_eq!(mapped.records("elderly", &["机构名称", "机构类型"]), ["某县城关镇卫生院 | 乡镇卫生院"]);
    // An authority is no institution.
    let mapped = map(&format!("65岁及以上老年人健康服务台账\n填报单位：某县卫生健康局\n{table}"));
    assert_eq!(mapped.records("elderly", &["机构名称"]), ["∅"]);
}

#[test]
fn the_institution_that_a_title_or_a_name_speaks_of_is_that_of_its_records() {
    let table = "值守日期|医师姓名|职称\n2024-02-05|张三|主治医师";
    for (file, sheet, title, wanted) in [
        ("坐诊表.xlsx", "Sheet1", "己岭镇卫生院中高级职称医师值守门诊排班表（2024年2月）", "己岭镇卫生院"),
        ("坐诊表.xlsx", "Sheet1", "2024年2月城南社区卫生服务中心坐诊表", "城南社区卫生服务中心"),
        ("坐诊表.xlsx", "己岭镇中心卫生院", "中高级职称医师值守门诊排班表", "己岭镇中心卫生院"),
        ("己岭镇卫生院2024年2月坐诊表.xlsx", "Sheet1", "中高级职称医师值守门诊排班表", "己岭镇卫生院"),
        // Sorts of institutions, and several of them, are no institution.
        ("坐诊表.xlsx", "Sheet1", "光山县乡镇卫生院中高级职称医师值守门诊排班表", "∅"),
        ("坐诊表.xlsx", "Sheet1", "2024年度各社区卫生服务中心值守门诊排班表", "∅"),
        ("坐诊表.xlsx", "Sheet1", "己岭镇卫生院、庚岭镇卫生院值守门诊排班表", "∅"),
        ("坐诊表.xlsx", "Sheet1", "己岭镇卫生院辖区村卫生室值守门诊排班表", "∅"),
        ("坐诊表.xlsx", "Sheet1", "城关镇村卫生室值守门诊排班表", "∅"),
    ] {
        let mapped = run(&Case { file, sheet, ..Case::default() }, &format!("{title}\n{table}"));
        assert_eq!(mapped.records("duty-roster", &["机构名称"]), [wanted], "{file} {sheet} {title}");
    }
    // A column outweighs the title.
    let mapped =
        map("己岭镇卫生院值守门诊排班表\n机构名称|值守日期|医师姓名|职称\n庚岭镇卫生院|2024-02-05|张三|主治医师");
    assert_eq!(mapped.records("duty-roster", &["机构名称", "机构类型"]), ["庚岭镇卫生院 | 乡镇卫生院"]);
}

/// A question such as 有无家庭医生 is answered by a name as well, where the heading asks it.
#[test]
fn names_under_a_heading_that_asks_whether_there_is_somebody_are_its_answers() {
    let mapped = map("即墨市贫困人口健康扶贫台账（2017年）
         姓名|身份证号|患病病种|定点医院|家庭医生|承诺书|明白纸
         王芳|370282194509010022|高血压|即墨市人民医院|张大夫|有|有
         李强|370282194509020037|糖尿病|即墨市中医医院|刘大夫|有|有
         赵敏|370282194509030041|高血压|无|无|有|无");
    let records = mapped.records("poverty-health", &["姓名", "定点医院", "家庭医生", "机构名称"]);
    assert_eq!(records[0], "王芳 | ?即墨市人民医院 | ?张大夫 | ∅");
    assert_eq!(records[2], "赵敏 | 否 | 否 | ∅");
}

#[test]
fn own_spellings_of_yes_and_no_speak_for_their_field() {
    let mapped = map("长期处方登记簿
         机构名称|姓名|诊断（病种）|病情平稳与否|开具日期|处方天数
         甲镇卫生院|张三|高血压|平稳|2024-10-08|28
         甲镇卫生院|李四|糖尿病|不稳定|2024-10-09|7
         甲镇卫生院|王五|冠心病|平稳|2024-10-09|56");
    assert_eq!(mapped.records("long-prescription", &["病情是否稳定"]), ["是", "否", "是"], "{:?}", mapped.headings());
}

#[test]
fn cells_speak_for_a_column_whose_heading_says_nothing_known() {
    let mapped = map("长期处方登记
         看病地点|老乡|开具日期|处方天数|病种|核对
         甲镇卫生院|张三丰|2024-10-08|28|高血压|王小二
         乙镇卫生院|李四|2024-10-09|56|糖尿病|
         甲镇中心卫生院|欧某|2024-10-09|56|冠心病|");
    assert_eq!(field(&mapped, "看病地点").as_deref(), Some("机构名称"), "{:?}", mapped.headings());
    assert_eq!(field(&mapped, "老乡").as_deref(), Some("姓名"), "{:?}", mapped.headings());
    // A guess from the cells is told as doubtful, with what spoke for it.
    let found = mapped.reading.tables[0].headings.iter().find(|found| found.heading == "看病地点").unwrap();
    assert_eq!((found.how, found.evidence.cells), (MatchHow::Guessed, Some((100, 3))));
    assert!(mapped.reading.notes.iter().any(|note| note.message.zh.contains("看病地点")), "{:?}", note_codes(&mapped));
    // Names of persons whom the record is not about, two columns of the same sort, and diseases are no such match.
    for heading in ["家属签字", "开方医生", "带队专家"] {
        let mapped = map(&format!(
            "长期处方登记\n机构名称|{heading}|开具日期|处方天数\n甲镇卫生院|张三丰|2024-10-08|28\n甲镇卫生院|李四|2024-10-09|56\n甲镇卫生院|王五|2024-10-09|56"
        ));
        assert_eq!(field(&mapped, heading), None, "{:?}", mapped.headings());
    }
    let mapped = map(
        "长期处方登记\n甲方|乙方|开具日期|处方天数\n甲镇卫生院|乙镇卫生院|2024-10-08|28\n甲镇卫生院|丙镇卫生院|2024-10-09|56",
    );
    assert_eq!((field(&mapped, "甲方"), field(&mapped, "乙方")), (None, None), "{:?}", mapped.headings());
}

#[test]
fn of_two_columns_of_one_name_the_cells_decide() {
    let mapped = map("慢性病长处方登记本
         就诊日期|患者|诊断|开药天数|签约居民
         2024-10-08|周建国|高血压|56|是
         2024-10-09|郑秀英|糖尿病|84|否
         2024-10-09|冯国强|冠心病|28|是");
    assert_eq!(field(&mapped, "患者").as_deref(), Some("姓名"), "{:?}", mapped.headings());
}

#[test]
fn words_of_the_dictionary_among_values_are_no_headings() {
    let mapped = map("单位：泾河镇中心卫生院
         出诊日|出诊专家|等第|类别|所在科室
         2024年3月4日|何平|主治医师|现场坐诊|内科
         2024年3月5日|罗兰|副主任医师|远程会诊|中医科");
    assert_ne!(mapped.reading.tables[0].header_rows, Some((3, 3)), "{:?}", mapped.headings());
    // What is only expected is not what was done.
    let mapped = map("家庭病床登记
         建床机构|姓名|建床日期|预计撤床时间|实际撤床时间
         甲镇卫生院|聂某|2024-05-06|2024-08-05|2024-08-01");
    assert_eq!(field(&mapped, "实际撤床时间").as_deref(), Some("撤床日期"), "{:?}", mapped.headings());
    assert_eq!(field(&mapped, "预计撤床时间"), None);
}

#[test]
fn what_is_planned_or_owed_is_not_what_is() {
    for (text, heading) in [
        (
            "家庭病床登记\n姓名|病种|建床日期|预计撤床时间|病情是否稳定\n沈一|脑梗死|2024-03-02|2024-09-02|是\n沈二|脑梗死|2024-03-02|2024-09-02|是",
            "预计撤床时间",
        ),
        (
            "报送情况登记\n报送单位|报送类型|应报日期|报送日期\n西安市|半年报告|2024-07-30|2024-07-15\n铜川市|半年报告|2024-07-30|2024-07-16",
            "应报日期",
        ),
        (
            "基层机构便民服务台账\n机构名称|机构类型|落实机构数|一人一诊室\n甲镇卫生院|乡镇卫生院|3|是\n乙镇卫生院|乡镇卫生院|2|是",
            "落实机构数",
        ),
    ] {
        let mapped = map(text);
        assert_eq!(field(&mapped, heading), None, "{:?}", mapped.headings());
    }
}

#[test]
fn a_row_of_unknown_headings_over_values_is_one() {
    let mapped = run(
        &Case { sheet: "考评", ..Case::default() },
        "2024年度基层机构绩效考评汇总
         被考评的机构|转诊是否合理|控费达标|收入结构合理|居民满意|总分
         鹭东中心|是|是|是|是|96
         鹭西院|是|否|是|是|88",
    );
    assert_eq!(mapped.reading.tables[0].kind.as_deref(), Some("appraisal"), "{:?}", mapped.reading.notes);
    assert_eq!(field(&mapped, "收入结构合理").as_deref(), Some("收入结构"));
    assert_eq!(field(&mapped, "总分"), None);
}

#[test]
fn a_name_in_pieces_is_doubtful_and_said_so() {
    let mapped = map("老年人健康管理台账
         姓名|身份证号|体检日期|体质偏颇辨识
         张一|610113194503020122|2024-01-15|是
         张二|610113195807110211|2024-01-16|否");
    let headings = &mapped.reading.tables[0].headings;
    let found = headings.iter().find(|found| found.heading.starts_with("体质")).unwrap();
    assert_eq!(found.field.as_deref(), Some("体质辨识"), "{:?}", mapped.headings());
    assert_eq!(found.how, MatchHow::Guessed);
    assert!(found.confidence < 86 && note_codes(&mapped).contains(&"heading-doubtful"), "{found:?}");
}

#[test]
fn dates_of_a_record_are_no_headings() {
    let mapped = run(
        &Case { sheet: "家医", ..Case::default() },
        "居民家庭医生签约服务情况
         所签居民|所签居民证件|何日签|何日满|哪个队|哪类人|一季度联系|二季度联系|三季度联系|四季度联系
         高兰|610113194503020126|2024-01-03|2024-12-31|一队|老年人|2024-02-01|2024-05-01|2024-08-01|2024-11-01
         程刚|610113194007110214|2024-01-03|2024-12-31|一队|糖尿病|2024-02-01|2024-05-01|2024-08-01|2024-11-01",
    );
    assert_eq!(mapped.reading.tables[0].header_rows, Some((1, 1)), "{:?}", mapped.headings());
}

#[test]
fn institutions_over_tables_side_by_side_are_those_of_their_records() {
    for merged in [&["A1:G1", "A2:C2", "E2:G2"][..], &["A1:G1"]] {
        let merged = merged.iter().map(|text| area(text)).collect();
        let mapped = run(
            &Case { merged, ..Case::default() },
            "某县中高级职称医师值守门诊安排（2023年12月）
             大柳塔镇中心卫生院||||锦界镇卫生院||
             日期|坐诊医生|专业技术职称||日期|坐诊医生|专业技术职称
             12月1日|苗甲|主治医师||12月1日|燕甲|主治医师
             12月4日|苗乙|副主任医师||12月5日|燕乙|主管护师",
        );
        assert_eq!(
            mapped.records("duty-roster", &["机构名称", "值守日期", "医师姓名"]),
            [
                "大柳塔镇中心卫生院 | 2023-12-01 | 苗甲",
                "大柳塔镇中心卫生院 | 2023-12-04 | 苗乙",
                "锦界镇卫生院 | 2023-12-01 | 燕甲",
                "锦界镇卫生院 | 2023-12-05 | 燕乙",
            ],
            "{:?}",
            mapped.headings()
        );
    }
}

#[test]
fn institutions_between_records_are_those_of_the_records_below() {
    let mapped = map("某县中高级职称医师值守门诊安排（2023年12月）
         日期|坐诊医生|专业技术职称
         一、大柳塔镇中心卫生院||
         12月1日|苗甲|主治医师
         12月4日|苗乙|副主任医师
         二、锦界镇卫生院（脱贫乡镇）||
         12月5日|燕乙|主管护师");
    assert_eq!(
        mapped.records("duty-roster", &["机构名称", "医师姓名"]),
        ["大柳塔镇中心卫生院 | 苗甲", "大柳塔镇中心卫生院 | 苗乙", "锦界镇卫生院 | 燕乙"],
        "{:?}",
        mapped.headings()
    );
}

#[test]
fn a_heading_over_dates_need_not_say_that_they_are() {
    let mapped = map("家庭病床登记
         患者|病种|病情是否平稳|建床|撤床
         贺一|糖尿病|是|2023-06-01|
         贺二|糖尿病|是|2023-07-01|2023-09-01");
    assert_eq!(field(&mapped, "建床").as_deref(), Some("建床日期"), "{:?}", mapped.headings());
    assert_eq!(field(&mapped, "撤床").as_deref(), Some("撤床日期"), "{:?}", mapped.headings());
    let mapped = map("基层医疗卫生机构台账
         机构名称|机构类型|远程医疗何时开通|一人一诊室
         甲镇卫生院|乡镇卫生院|2023-5-1|是
         乙镇卫生院|乡镇卫生院|还没开|是");
    assert_eq!(field(&mapped, "远程医疗何时开通").as_deref(), Some("远程医疗开通日期"), "{:?}", mapped.headings());
}

#[test]
fn words_that_answer_one_question_only_say_which() {
    let rows = "甲医院|二级|牵头|100|20
         乙医院|二级|成员|100|20
         丙医院|二级|牵头单位|100|20";
    let mapped = map(&format!("门诊号源台账\n医院名称|级别|角色|门诊号源总数|向基层开放号源数\n{rows}"));
    assert_eq!(field(&mapped, "角色").as_deref(), Some("是否牵头医院"), "{:?}", mapped.headings());
    // Common words answer any question.
    let common = rows.replace("牵头单位", "是").replace("牵头", "是").replace("成员", "否");
    let mapped = map(&format!("门诊号源台账\n医院名称|级别|角色|门诊号源总数|向基层开放号源数\n{common}"));
    assert_eq!(field(&mapped, "角色"), None);
    // 取药人 over 本人 and 家属 says whether somebody else came, and not who.
    let mapped = map("长期处方登记
         机构名称|姓名|病种|开具日期|处方天数|取药人|与患者关系
         甲镇卫生院|张三|高血压|2023-10-08|28|本人|
         甲镇卫生院|李四|糖尿病|2023-10-09|56|家属|儿子
         甲镇卫生院|王五|高血压|2023-10-09|56|本人|");
    assert_eq!(field(&mapped, "取药人").as_deref(), Some("是否代开"), "{:?}", mapped.headings());
}

#[test]
fn bare_counts_of_a_flattened_form_belong_to_the_answer_before_them() {
    let mapped = map("基层卫生健康便民惠民调度台账汇总
         市|填报时间|两慢病长处方|实施机构数|分时段预约|分时段机构数|就诊指南标识|设置机构数|轮椅座椅|提供机构数
         甲市|2023-12-04|是|110|是|100|是|120|是|118
         乙市|2023-12-04|是|90|是|80|是|85|是|70");
    assert_eq!(field(&mapped, "实施机构数").as_deref(), Some("长处方机构数"), "{:?}", mapped.headings());
    assert_eq!(field(&mapped, "设置机构数").as_deref(), Some("就诊指南机构数"));
    assert_eq!(field(&mapped, "提供机构数").as_deref(), Some("轮椅座椅机构数"));
    assert_eq!(field(&mapped, "分时段机构数").as_deref(), Some("分时段预约机构数"), "{:?}", mapped.headings());
}

#[test]
fn names_across_the_top_of_a_sheet_on_its_side_are_those_of_the_records() {
    let mapped = map("某县基层医疗卫生机构便民惠民情况
         指标|甲镇卫生院|乙镇卫生院
         机构类型|乡镇卫生院|乡镇卫生院
         有无急诊|有|有
         年门急诊量（万人次）|3.1|2
         一人一诊室|是|否
         先诊疗后结算|是|否");
    assert_eq!(
        mapped.records("institution", &["机构名称", "年门急诊人次", "一人一诊室"]),
        ["甲镇卫生院 | 31000 | 是", "乙镇卫生院 | 20000 | 否"],
        "{:?}",
        mapped.headings()
    );
}
