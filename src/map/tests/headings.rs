//! Headings nobody has seen before, near misses, ambiguity, and the user's own mapping.

use super::*;

fn matched(mapped: &Mapped, heading: &str) -> (String, &'static str, u8) {
    let found = mapped
        .reading
        .tables
        .iter()
        .flat_map(|table| table.headings.iter())
        .find(|found| found.heading == heading)
        .unwrap_or_else(|| panic!("no heading {heading} in {:?}", mapped.headings()));
    (found.field.as_deref().unwrap_or("").to_owned(), found.how.code(), found.confidence)
}

#[test]
fn headings_are_normalised() {
    let mapped = map("１．机 构⏎名 称|（二）值 守 日 期|＊医师姓名（必填）|职称：
         甲镇卫生院|2023-10-09|张三|主治医师");
    assert_eq!(
        mapped.records("duty-roster", &["机构名称", "值守日期", "医师姓名", "职称"]),
        ["甲镇卫生院 | 2023-10-09 | 张三 | 主治医师"]
    );
}

#[test]
fn units_in_headings_scale() {
    let mapped = map("机构名称|机构类型|年门急诊人次（万人次）|开放比例(%)
         甲镇卫生院|乡镇卫生院|1.25|20
         乙镇卫生院|乡镇卫生院|#0.8|30");
    assert_eq!(mapped.records("institution", &["年门急诊人次"]), ["12500", "8000"]);
    assert_eq!(mapped.reading.tables[0].conversions["scaled-by-heading"].0, 2);
}

#[test]
fn new_words_for_old_fields_are_guessed_and_shown() {
    let mapped = map("机构名称|值守门诊日期|医师姓名|专业技术职称
         甲镇卫生院|2023-10-09|张三|主治医师
         甲镇卫生院|2023-10-10|李四|副主任医师
         甲镇卫生院|2023-10-11|李四|主治医师");
    assert_eq!(matched(&mapped, "值守门诊日期").0, "值守日期");
    assert_eq!(matched(&mapped, "专业技术职称").0, "职称");
}

#[test]
fn near_misses_are_not_taken() {
    // 建档日期 and 更新日期 are two things, and neither is the other.
    let mapped = map("65岁及以上老年人健康服务台账
         姓名|身份证号|出生日期|建档日期|随访人姓名电话
         张三|61010219500101101X|1950-01-01|2020-01-01|王五");
    assert_eq!(mapped.records("elderly", &["建档日期", "更新日期"]), ["2020-01-01 | ∅"]);
    // The guardian is not the child.
    let mapped = map("0-6岁儿童健康管理台账
         儿童姓名|出生日期|监护人姓名|是否纳入签约
         张小三|2021-01-01|张三|是");
    assert_eq!(mapped.records("children", &["姓名", "监护人"]), ["张小三 | 张三"], "{:?}", mapped.headings());
    let merged = ["A1:A2", "B1:B2", "C1:D1", "E1:E2"].map(area).to_vec();
    let mapped = run(
        &Case { merged, sheet: "0-6岁儿童", ..Case::default() },
        "儿童姓名|出生日期|监护人||是否纳入签约
         ||姓名|电话|
         张小三|2021-01-01|张三|13900000000|是",
    );
    assert_eq!(mapped.records("children", &["姓名", "监护人"]), ["张小三 | 张三"], "{:?}", mapped.headings());
}

#[test]
fn two_columns_for_one_field_are_ambiguous() {
    let mapped = map("机构名称|值守日期|出诊日期|坐诊日期|医师姓名|职称
         甲镇卫生院|2023-10-09|2023-10-10|2023-10-11|张三|主治医师
         乙镇卫生院|2023-10-09|2023-10-10|2023-10-11|李四|主治医师");
    // The canonical name wins; the aliases are shown as what they came nearest to.
    assert_eq!(matched(&mapped, "值守日期"), ("值守日期".to_owned(), "exact", 100));
    assert_eq!(matched(&mapped, "出诊日期").1, "unmatched");
    let mapped = map("机构名称|出诊日期|坐诊日期|医师姓名|职称
         甲镇卫生院|2023-10-10|2023-10-11|张三|主治医师
         乙镇卫生院|2023-10-10|2023-10-11|李四|主治医师");
    assert_eq!(matched(&mapped, "出诊日期").1, "ambiguous");
    assert_eq!(mapped.records("duty-roster", &["值守日期"]), ["∅", "∅"]);
    // The same column twice is no ambiguity.
    let mapped = map("机构名称|值守日期|值守日期|医师姓名|职称
         甲镇卫生院|2023-10-10|2023-10-10|张三|主治医师
         乙镇卫生院|2023-10-10|2023-10-10|李四|主治医师");
    assert_eq!(mapped.records("duty-roster", &["值守日期"]), ["2023-10-10", "2023-10-10"]);
}

#[test]
fn values_speak_for_identity_numbers_and_titles() {
    let rows: Vec<String> =
        (0..6).map(|n| format!("居民{n}|{}|甲镇卫生院|2023-01-0{}", id_number(n + 1), n + 1)).collect();
    let mapped = map(&format!("家庭医生签约台账\n姓名|号码甲|签约机构|签约日期\n{}", rows.join("\n")));
    assert_eq!(matched(&mapped, "号码甲").0, "身份证号");
    assert_eq!(matched(&mapped, "号码甲").1, "guessed");
    assert_eq!(mapped.records("contract", &["身份证号"])[0], id_number(1));
    let mapped = map("机构名称|值守日期|医师姓名|等次
         甲镇卫生院|2023-10-09|张三|主治医师
         甲镇卫生院|2023-10-10|李四|副主任医师
         甲镇卫生院|2023-10-11|王五|主任医师");
    assert_eq!(matched(&mapped, "等次").0, "职称");
}

#[test]
fn the_user_maps_by_hand() {
    let mut case = Case::default();
    case.options.mapping.headings =
        vec![("干活的人".to_owned(), "医师姓名".to_owned()), ("备用列".to_owned(), String::new())];
    let mapped = run(
        &case,
        "机构名称|值守日期|干活的人|职称|备用列
         甲镇卫生院|2023-10-09|张三|主治医师|x",
    );
    assert_eq!(matched(&mapped, "干活的人"), ("医师姓名".to_owned(), "given", 100));
    assert_eq!(matched(&mapped, "备用列").1, "given");
    assert_eq!(mapped.records("duty-roster", &["医师姓名"]), ["张三"]);
    let mut case = Case::default();
    case.options.kind = Some("duty-roster".into());
    let mapped = run(&case, "哪家|哪天|谁\n甲镇卫生院|2023-10-09|张三");
    assert!(mapped.fault.is_none());
    assert_eq!(mapped.reading.tables[0].kind.as_deref(), Some("duty-roster"));
}

#[test]
fn every_kind_is_recognised_by_its_own_canonical_headings() {
    for kind in catalog().kinds.iter().filter(|kind| kind.made.is_none()) {
        let headings: Vec<&str> =
            kind.fields.iter().filter(|field| field.essential).map(|field| &*field.name).collect();
        let others: Vec<&str> =
            kind.fields.iter().filter(|field| !field.essential).map(|field| &*field.name).skip(9).take(4).collect();
        let all = [headings, others].concat();
        let blanks = vec!["甲"; all.len()].join("|");
        let mapped = map(&format!("{}\n{}\n{blanks}", kind.name.zh, all.join("|")));
        let table = mapped.reading.tables.first().unwrap_or_else(|| panic!("{} is not recognised: {all:?}", kind.id));
        assert_eq!(table.kind.as_ref(), Some(&kind.id), "{all:?} {:?}", table.kind_runner_up);
        assert!(table.kind_confidence >= 60, "{}: {}", kind.id, table.kind_confidence);
    }
}

#[test]
fn every_name_of_every_field_is_found_in_its_own_kind() {
    let dictionary = super::super::dictionary::Dictionary::new(catalog());
    for (index, kind) in catalog().kinds.iter().enumerate().filter(|(_, kind)| kind.made.is_none()) {
        for (position, field) in kind.fields.iter().enumerate() {
            for name in std::iter::once(&*field.name).chain(field.aliases.iter().map(String::as_str)) {
                let found = dictionary.exact(&super::super::text::key(name));
                let is_found = found.iter().any(|candidate| {
                    candidate.kind == index
                        && (candidate.target == super::super::dictionary::Target::Field(position)
                            || matches!(candidate.target, super::super::dictionary::Target::Split(..)))
                });
                assert!(is_found, "{}: {} by {name}", kind.id, field.name);
            }
        }
    }
}
