//! The small pack, loaded and resolved.

use super::{packs, shown, store_with};
use crate::finding::{Outcome, Severity, Tally};
use crate::model::{Date, FieldType};
use crate::pack::{Case, Expect, MatchOn, Population, RegionLevel, Shape};

#[test]
fn the_base_is_complete() {
    let (store, faults) = store_with(&[]);
    assert_eq!(shown(&faults), [""; 0]);
    let base = store.base();
    assert!(base.rules.is_empty());
    let ids: Vec<&str> = base.kinds.iter().map(|kind| &*kind.id).collect();
    assert_eq!(ids, ["institution", "roster"]);
    let roster = &base.kinds[1];
    let names: Vec<&str> = roster.fields.iter().map(|field| &*field.name).collect();
    assert_eq!(names, ["机构名称", "日期", "医师", "职称"]);
    // The kind's own field takes an alias away from the group's field; an extension adds to it.
    assert_eq!(roster.fields[0].aliases, ["单位名称", "坐诊机构"]);
    assert_eq!(roster.fields[2].aliases, ["名称"]);
    assert_eq!(roster.fields[3].ty, FieldType::Code("titles".into()));
    assert_eq!((roster.unit.as_slice(), roster.key.as_slice()), (&[0][..], &[0, 1][..]));
    let titles = &base.lists["titles"];
    assert_eq!(titles.entries[0].attributes, [Some("中级".into())]);
    assert_eq!(titles.entries[1].attributes, [None]);
    let day = |text| Date::parse_iso(text).unwrap();
    let works = |text| base.calendar.is_workday(day(text));
    assert_eq!((works("2024-01-01"), works("2024-01-02"), works("2024-02-04")), (Some(false), Some(true), Some(true)));
    assert_eq!(works("2022-01-03"), None);
    let regions: Vec<_> = base.regions.entries.iter().map(|r| (r.name.as_str(), r.level, r.parent)).collect();
    let county = RegionLevel::County;
    let expected = [
        ("甲省", RegionLevel::Province, None),
        ("乙丙市", RegionLevel::City, Some(0)),
        ("丁戊区", county, Some(1)),
        ("己庚县", county, Some(1)),
    ];
    assert_eq!(regions, expected);
    assert_eq!(base.regions.entries[3].short, ["庚", "己庚"]);
}

#[test]
fn national_rules_stand_alone() {
    let (store, _) = store_with(&[]);
    let (catalog, faults) = store.catalog(&packs(&["national"]), &[]);
    assert_eq!(shown(&faults), [""; 0]);
    let order: Vec<&str> = catalog.packs.iter().map(|pack| &*pack.info.id).collect();
    assert_eq!(order, ["common", "national"]);
    let ids: Vec<&str> = catalog.rules.iter().map(|rule| &*rule.id).collect();
    assert_eq!(ids, ["TY-01/future", "GJ-01/days", "GJ-01/named"]);
    let days = &catalog.rules[1];
    assert_eq!((&*days.measure, days.also.len()), ("GJ-01", 0));
    assert_eq!(days.citations[0].zh, "《十项举措》（国卫〔2023〕7号）一（二）");
    assert_eq!(days.citations[0].en, "Ten measures (国卫〔2023〕7号), 一（二）");
    assert_eq!(catalog.rules[0].citations[0].zh, "《数据质量通用要求》");
    let Shape::Population { population: Population::Ledger { ledger, filter }, on } = &days.shape else {
        panic!("{:?}", days.shape);
    };
    assert_eq!((&**ledger, on), ("institution", &MatchOn::Institution));
    let filter = filter.as_ref().unwrap();
    assert_eq!(&store.text(&filter.file).unwrap()[filter.offset..][..filter.text.len()], "有效");
    assert_eq!(catalog.rules[2].items.len(), 2);
    assert_eq!(days.parameters(), ["每周天数", "起点"]);
}

#[test]
fn a_province_takes_over_the_national_rules() {
    let (store, _) = store_with(&[]);
    let (catalog, faults) = store.catalog(&packs(&["province"]), &[]);
    assert_eq!(shown(&faults), [""; 0]);
    let rule = |id: &str| catalog.rules.iter().find(|rule| &*rule.id == id).unwrap();
    let days = rule("GJ-01/days");
    assert_eq!((&*days.measure, &*days.also[0], days.also.len()), ("P-01", "GJ-01", 1));
    let cited: Vec<&str> = days.citations.iter().map(|citation| citation.zh.as_str()).collect();
    assert_eq!(cited, ["《贯彻通知》（甲卫〔2023〕2号）二", "《十项举措》（国卫〔2023〕7号）一（二）"]);
    assert!(days.strict);
    assert_eq!(days.effective.1, Date::parse_iso("2025-12-31"));
    // The measure that names the rule comes before the one that names the rule's measure.
    let named = rule("GJ-01/named");
    let also: Vec<&str> = named.also.iter().map(|id| &**id).collect();
    assert_eq!((&*named.measure, also), ("P-02", vec!["P-01", "GJ-01"]));
    // Keys that the override names differ, the others stay; `require` takes the place of `items`.
    assert_eq!((named.severity, named.message.zh.as_str()), (Severity::Error, "缺医师"));
    assert_eq!((named.title.zh.as_str(), named.items.len()), ("写明医师", 1));
    assert_eq!(&*named.items[0].require.file, "province/duty.toml");
    // The other packs are as they were.
    assert!(!rule("TY-01/future").strict);
}

#[test]
fn parameters_come_from_the_nearest_pack_and_from_the_user() {
    let (store, _) = store_with(&[]);
    let value = |ids: &[&str], given: &[(&str, &str)], name: &str| {
        let given: Vec<_> = given.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let (catalog, faults) = store.catalog(&packs(ids), &given);
        assert_eq!(shown(&faults), [""; 0]);
        let parameter = catalog.parameters.iter().find(|parameter| &*parameter.info.name == name).unwrap().clone();
        (parameter.info.value, parameter.info.overridden)
    };
    assert_eq!(value(&["national"], &[], "每周天数"), ("3".to_owned(), false));
    assert_eq!(value(&["province"], &[], "每周天数"), ("4".to_owned(), false));
    assert_eq!(value(&["province"], &[("每周天数", "2.5")], "每周天数"), ("2.5".to_owned(), true));
    assert_eq!(value(&["province"], &[("每周天数", "4")], "每周天数"), ("4".to_owned(), false));
    assert_eq!(value(&["province"], &[("起点", "2024-02-29")], "起点"), ("2024-02-29".to_owned(), true));
}

#[test]
fn cases_are_read_as_a_clerk_would_write_them() {
    let (store, _) = store_with(&[]);
    let (cases, faults) = store.cases();
    assert_eq!(shown(&faults), [""; 0]);
    let [first, second]: [Case; 2] = cases.try_into().unwrap();
    assert_eq!((&*first.pack, &*first.rule, first.line), ("national", "GJ-01/named", 2));
    assert_eq!(first.period.unwrap().to_string(), "2024-01");
    assert_eq!(first.params, [("每周天数".to_owned(), "2".to_owned())]);
    let mut counts = Tally::default();
    counts.add(Outcome::Met, 2);
    assert_eq!(first.expect, Expect::Counts(counts));
    assert!(first.expect.holds(&counts) && first.expect.shows(Outcome::Met) && !first.expect.shows(Outcome::Violated));
    assert_eq!(second.as_of.to_string(), "2024-01-15");
    assert!(second.complete && second.expect == Expect::Only(Outcome::Violated));
    assert!(!second.expect.holds(&Tally::default()));
    let record = [("日期".to_owned(), "2024-01-02".to_owned()), ("医师".to_owned(), String::new())];
    assert_eq!(second.ledgers, [("roster".into(), vec![record.to_vec()])]);
}
