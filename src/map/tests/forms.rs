//! The printed quarterly form, its variants, and the same ledger as a table.

use super::*;

/// The answers of the ten blocks as (heading, answer) in printed order.
const BLOCKS: [(&str, &[(&str, &str)]); 10] = [
    (
        "预约号源向基层下沉",
        &[
            ("是否向医联体、医共体成员单位开放不少于 20% 的门诊号源", "是"),
            ("接受预约转诊 人次数", "1,234"),
            ("是否落实医共体、医联体内不同机构间检查及检验结果互认共享", "是☑ 否☐"),
            ("未按要求落实检查及检验结果互认共享基层医疗机构数", "0"),
        ],
    ),
    (
        "中高级职称医师值守门诊",
        &[
            (
                "各县级卫生健康行政部门是否统筹解决中高级职称医师值守门诊(脱贫县的乡镇卫生院通过远程诊疗等方式也可计入)",
                "√",
            ),
            ("落实中高级职称医师值守门诊的基层医疗卫生机构的数量", "约120"),
        ],
    ),
    (
        "方便居民配药开药",
        &[
            ("是否全面实施高血压、糖尿病两慢病长期处方服务", "是/否"),
            ("实施高血压、糖尿病两慢病长期处方服务的基层医疗卫生机构数量", "118家"),
            ("是否落实对高龄、卧床等行动不便的慢性病签约患者由家属代开药的基层医疗卫生机构数量", "否"),
            (
                "落实对高龄、卧床等行动不便的慢性病签约患者由家属代开药业务的基层医疗卫生机构数量和患者数量",
                "机构 12 家，患者 340 人",
            ),
        ],
    ),
    (
        "加强与签约居民的联系",
        &[
            ("是否落实家庭医生和签约居民每季度至少联络一次的健康服务频次", "是"),
            ("家庭医生为签约居民提供随访、履约服务人次数", "2.5万"),
            ("是否对行动不便、失能失智等确有需求的人员开展上门诊疗", "是"),
            ("为行动不便、失能失智等确有需求的人员开展上门诊疗人次数", "若干"),
        ],
    ),
    (
        "深化“一老一小”健康管理服务",
        &[
            ("是否及时更新辖区65岁及以上重点人群健康服务台账", "是"),
            ("对65岁以上老年人开展健康管理服务人次数", "800"),
            ("是否将辖区内0-6岁儿童健康管理纳入家庭医生签约服务", "是"),
            ("纳入家庭医生签约服务0-6岁儿童数量", "600"),
        ],
    ),
    (
        "延长城市社区和乡镇卫生院门诊服务时间",
        &[
            ("是否实行工作日门诊延时服务或节假日增加门诊服务时间", "是"),
            ("辖区内有多少家社区卫生服务中心/乡镇卫生院工作日延时服务、节假日增加门诊服务时间", "30"),
        ],
    ),
    (
        "推行“先诊疗、后结算”",
        &[
            ("是否落实常住或参加基本医保的居民门急诊、住院就医过程中“先诊疗、后结算”一站式服务方式", "是"),
            ("未落实常住或参加基本医保的居民门急诊、住院就医过程中“先诊疗、后结算”一站式服务方式的机构数", "0"),
        ],
    ),
    (
        "提供周末疫苗接种",
        &[
            ("是否全面推行预防接种分时段预约", "是"),
            ("推行预防接种分时段预约服务基层医疗卫生机构数量", "90"),
            ("是否开展预约周末疫苗接种服务", "/"),
            ("开展预约周末疫苗接种服务基层医疗卫生机构数量", ""),
        ],
    ),
    (
        "为糖尿病、高脂血症、高血压等慢性病患者提供运动、饮食处方或建议",
        &[("是否对首次诊断或患病初期的慢性病患者提供健康教育", "是"), ("提供健康教育人次", "3000")],
    ),
    (
        "改善就医服务环境",
        &[
            ("是否设置和完善机构内就诊指南及路径标识，方便群众就医", "是"),
            ("设置和完善机构内就诊指南及路径标识，方便群众就医的基层医疗卫生机构数", "100"),
            ("是否提供轮椅、座椅等方便患者的服务", "是"),
            ("提供轮椅、座椅等方便患者服务的基层医疗卫生机构数", "100"),
        ],
    ),
];

const FIELDS: [&str; 31] = [
    "号源开放达标",
    "接受预约转诊人次",
    "互认共享落实",
    "未落实互认机构数",
    "值守门诊统筹",
    "值守门诊机构数",
    "长处方全面实施",
    "长处方机构数",
    "代开药落实",
    "代开药机构数",
    "代开药患者数",
    "每季度联络落实",
    "随访履约人次",
    "上门诊疗开展",
    "上门诊疗人次",
    "老年台账更新",
    "老年健康管理人次",
    "儿童纳入签约",
    "纳入签约儿童数",
    "延时服务实行",
    "延时服务机构数",
    "先诊疗后结算落实",
    "未落实先诊疗机构数",
    "分时段预约推行",
    "分时段预约机构数",
    "周末接种开展",
    "周末接种机构数",
    "健康教育提供",
    "健康教育人次",
    "就诊指南设置",
    "就诊指南机构数",
];

const EXPECTED: &str = "是 | 1234 | 是 | 0 | 是 | 120 | - | 118 | 否 | 12 | 340 | 是 | 25000 | 是 | ?若干 | 是 | 800 | 是 | 600 | 是 | 30 | 是 | 0 | 是 | 90 | - | - | 是 | 3000 | 是 | 100";

const SERVICE: &str =
    "基层医疗卫生机构建立并及时更新辖区重点人群健康服务台账，加强主动联系和动态服务，根据健康需求及时做好转诊转介。";

/// The form as it is printed: answers in the row below their headings.
fn printed() -> (String, Vec<MergedArea>) {
    let mut lines = vec![
        "陕西省基层卫生健康便民惠民每季度调度台账||||||".to_owned(),
        "宝鸡市卫生健康委||||||".to_owned(),
        "填报时间：2023年12月4日||||||".to_owned(),
        "序号|便民惠民服务举措|服务内容|工作台账|||".to_owned(),
    ];
    let mut merged = vec![area("A1:G1"), area("A2:G2"), area("D4:G4")];
    for (number, (title, answers)) in BLOCKS.iter().enumerate() {
        let headings: Vec<&str> = answers.iter().map(|(heading, _)| *heading).collect();
        let values: Vec<&str> = answers.iter().map(|(_, value)| *value).collect();
        let row = lines.len() + 1;
        lines.push(format!("{}|{title}|{SERVICE}|{}", number + 1, headings.join("|")));
        lines.push(format!("|||{}", values.join("|")));
        for column in ["A", "B", "C"] {
            merged.push(area(&format!("{column}{row}:{column}{}", row + 1)));
        }
    }
    lines.push("注：此表由各市卫生健康行政部门分别于每季度末报送，初次报送时间为12月4日。".to_owned());
    (lines.join("\n"), merged)
}

fn in_2023q4() -> MapOptions {
    MapOptions { period: Some(Period::Quarter(2023, 4)), ..Case::default().options }
}

#[test]
fn the_printed_form() {
    let (text, merged) = printed();
    let mapped = run(&Case { merged, options: in_2023q4(), ..Case::default() }, &text);
    assert!(mapped.fault.is_none(), "{:?}", mapped.fault);
    assert_eq!(mapped.records("quarterly-dispatch", &FIELDS), [EXPECTED]);
    assert_eq!(
        mapped.records("quarterly-dispatch", &["填报单位", "填报时间", "所属期", "市"]),
        ["宝鸡市卫生健康委 | 2023-12-04 | 2023Q4 | 宝鸡市"]
    );
    assert_eq!(mapped.place("quarterly-dispatch", "号源开放达标").as_deref(), Some("D6"));
    assert_eq!(mapped.place("quarterly-dispatch", "代开药患者数").as_deref(), Some("G10"));
    assert_eq!(mapped.place("quarterly-dispatch", "填报单位").as_deref(), Some("A2"));
    assert_eq!(mapped.place("quarterly-dispatch", "填报时间").as_deref(), Some("A3"));
    // The form is itself a submission.
    assert_eq!(
        mapped.records("submission", &["填报单位", "报送类型", "报送日期", "所属期"]),
        ["宝鸡市卫生健康委 | 季度台账 | 2023-12-04 | 2023Q4"]
    );
    let table = &mapped.reading.tables[0];
    assert_eq!((table.layout, table.records, table.kind_confidence), ("form", 1, 100));
    assert_eq!(table.headings.len(), 32);
}

#[test]
fn the_form_with_answers_to_the_right() {
    let mut lines = vec![
        "陕西省基层卫生健康便民惠民每季度调度台账（2023年第四季度）".to_owned(),
        "填报单位：西安市卫生健康委员会|||填报时间：".to_owned(),
    ];
    for (number, (title, answers)) in BLOCKS.iter().enumerate() {
        for (at, (heading, value)) in answers.iter().enumerate() {
            let lead = if at == 0 { format!("{}|{title}", number + 1) } else { "|".to_owned() };
            lines.push(format!("{lead}|{heading}|{value}"));
        }
    }
    let mapped = map(&lines.join("\n"));
    assert_eq!(mapped.records("quarterly-dispatch", &FIELDS), [EXPECTED], "{:?}", mapped.headings());
    assert_eq!(
        mapped.records("quarterly-dispatch", &["填报单位", "填报时间", "所属期"]),
        ["西安市卫生健康委员会 | - | 2023Q4"]
    );
    assert_eq!(mapped.place("quarterly-dispatch", "号源开放达标").as_deref(), Some("D3"));
}

#[test]
fn the_same_ledger_flattened_to_one_city_a_row() {
    let mut headings = vec!["填报单位".to_owned(), "填报时间".to_owned()];
    let mut parents = vec!["填报单位".to_owned(), "填报时间".to_owned()];
    let mut values = vec!["宝鸡市卫生健康委".to_owned(), "2023-12-04".to_owned()];
    let mut merged = vec![area("A2:A3"), area("B2:B3")];
    for (title, answers) in BLOCKS {
        let first = headings.len();
        for (at, (heading, value)) in answers.iter().enumerate() {
            headings.push((*heading).to_owned());
            parents.push(if at == 0 { title.to_owned() } else { String::new() });
            values.push((*value).to_owned());
        }
        let place = |column: usize| crate::model::column_name(column as u32);
        merged.push(area(&format!("{}2:{}2", place(first), place(headings.len() - 1))));
    }
    headings[0].clear();
    headings[1].clear();
    let text = format!("2023年第四季度调度台账\n{}\n{}\n{}", parents.join("|"), headings.join("|"), values.join("|"));
    let flat = run(&Case { merged, ..Case::default() }, &text);
    assert_eq!(flat.records("quarterly-dispatch", &FIELDS), [EXPECTED], "{:#?}", flat.headings());
    assert_eq!(
        flat.records("quarterly-dispatch", &["填报单位", "填报时间", "所属期"]),
        ["宝鸡市卫生健康委 | 2023-12-04 | 2023Q4"]
    );
    assert_eq!(flat.reading.tables[0].layout, "table");
    assert_eq!(flat.records("submission", &["报送日期"]), ["2023-12-04"]);
}

#[test]
fn blocks_that_were_never_printed_were_left_out() {
    let (text, merged) = printed();
    // Without the last two blocks and the note.
    let lines: Vec<&str> = text.lines().collect();
    let shorter = lines[..lines.len() - 5].join("\n");
    let mapped = run(&Case { merged, options: in_2023q4(), ..Case::default() }, &shorter);
    assert_eq!(
        mapped.records("quarterly-dispatch", &["周末接种开展", "健康教育提供", "就诊指南机构数"]),
        ["- | - | -"]
    );
    // Four blocks are not this form.
    let few = run(&Case::default(), &lines[..12].join("\n"));
    assert!(few.records("quarterly-dispatch", &["号源开放达标"]).is_empty() || few.reading.tables[0].layout != "form");
}

#[test]
fn two_forms_below_each_other() {
    let (text, _) = printed();
    let second = text.replace("宝鸡市", "咸阳市").replace("1,234", "77");
    let mapped = run(&Case { options: in_2023q4(), ..Case::default() }, &format!("{text}\n\n{second}"));
    assert_eq!(
        mapped.records("quarterly-dispatch", &["填报单位", "接受预约转诊人次"]),
        ["宝鸡市卫生健康委 | 1234", "咸阳市卫生健康委 | 77"]
    );
}

#[test]
fn two_answers_in_one_cell() {
    for (answer, expected) in [
        ("机构 12 家，患者 340 人", "12 | 340"),
        ("12家/340人", "12 | 340"),
        ("12、340", "12 | 340"),
        ("12 340", "12 | 340"),
        ("12家机构、340名患者", "12 | 340"),
        ("患者340人，机构12家", "12 | 340"),
        ("340人（12家）", "12 | 340"),
        ("机构12，患者1,340", "12 | 1340"),
        ("机构数：12；患者数：340", "12 | 340"),
        ("12家，3.4万人", "12 | 34000"),
        ("", "- | -"),
        ("机构  家，患者  人", "- | -"),
        ("/", "- | -"),
        ("无", "0 | 0"),
        ("0", "0 | 0"),
        ("340", "?340 | ?340"),
        ("12家", "12 | ?12家"),
        ("很多", "?很多 | ?很多"),
        ("1、2、3", "?1、2、3 | ?1、2、3"),
    ] {
        let (text, merged) = printed();
        let text = text.replace("机构 12 家，患者 340 人", answer);
        let mapped = run(&Case { merged, options: in_2023q4(), ..Case::default() }, &text);
        assert_eq!(mapped.records("quarterly-dispatch", &["代开药机构数", "代开药患者数"]), [expected], "{answer}");
    }
}

#[test]
fn the_unit_before_the_printed_words() {
    for (line, expected) in [
        ("西安 市卫生健康委", Some("西安市卫生健康委")),
        ("__宝鸡__市卫生健康委", Some("宝鸡市卫生健康委")),
        ("填报单位：西安市卫生健康委员会", Some("西安市卫生健康委员会")),
        ("　　　　市卫生健康委", None),
        ("铜川市卫生健康委（盖章）", Some("铜川市卫生健康委")),
    ] {
        let (text, merged) = printed();
        let text = text.replace("宝鸡市卫生健康委", line);
        let mapped = run(&Case { merged, options: in_2023q4(), ..Case::default() }, &text);
        assert_eq!(mapped.unit(), expected, "{line}");
    }
    let (text, merged) = printed();
    let text = text.replace("宝鸡市卫生健康委", "市卫生健康委");
    let case = Case { merged, file: "报送/延安市2023年四季度台账.xlsx", ..Case::default() };
    let mapped = run(&case, &text);
    assert_eq!((mapped.unit(), mapped.period()), (Some("延安市"), Some(Period::Quarter(2023, 4))));
}
