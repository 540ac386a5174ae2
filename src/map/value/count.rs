//! Counts that answer a question of yes or no: 2台, 有3次, 轮椅2台、座椅10把, 设窗口1个.

use super::{Conversions, Reading, Scale, Value, number};
use crate::map::text::{is_space, key};
use crate::model::Decimal;
use crate::pack::Field;
use crate::read::Cell;

/// What is counted in the cells of a field that a count answers.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The names of the field, as headings are compared.
    names: Vec<String>,
    /// Whether the field asks for what is wanted, so that what is there does not answer it.
    is_need: bool,
}

/// Words before a count that say that the things are there.
const THERE: [&str; 20] = [
    "已配备",
    "已配有",
    "已设置",
    "已设立",
    "共有",
    "现有",
    "配备",
    "配有",
    "设有",
    "设置",
    "设立",
    "建有",
    "开展",
    "已配",
    "已设",
    "有",
    "设",
    "配",
    "共",
    "各",
];

/// What leaves open whether the things that are counted are there and of use.
const DOUBTS: [&str; 17] =
    ["坏", "废", "故障", "停", "缺", "待", "未", "不", "没", "拟", "计划", "需", "筹", "借", "修", "闲置", "申请"];

/// Words that turn a name's meaning round, so that a part of the name is another thing: 异味 of 无异味.
const TURNS: [char; 8] = ['无', '未', '不', '非', '免', '需', '缺', '拟'];

/// Units of time, which count no things: 3月 is a month, and 2年 a span.
const TIMES: [&str; 12] = ["天", "日", "月", "年", "小时", "时", "周", "岁", "分", "h", "个月", "个工作日"];

impl Counted {
    /// From the field, where it says in which unit it can be counted.
    pub fn new(field: &Field) -> Option<Counted> {
        field.unit.as_ref()?;
        let names = std::iter::once(&*field.name).chain(field.aliases.iter().map(String::as_str));
        let names: Vec<String> = names.map(|name| key(name).bare).collect();
        let is_need = names.first().is_some_and(|name| name.contains(['需', '缺', '拟']));
        Some(Counted { names, is_need })
    }

    /// What a count says, none or some, or the day on which it was done; `None` where the cell is no count.
    pub fn answer(&self, cell: Cell<'_>) -> Option<bool> {
        match cell {
            Cell::DateTime { .. } => Some(true),
            Cell::Text(text) if is_day(text) => Some(true),
            Cell::Text(text) => self.text(text),
            cell => some(cell),
        }
    }

    fn text(&self, text: &str) -> Option<bool> {
        if DOUBTS.iter().any(|word| text.contains(word)) {
            return None;
        }
        let whole = self.piece(text);
        if whole.is_some() {
            return whole;
        }
        // 轮椅2台、座椅10把: some of one and none of the other answer nothing.
        let mut answers = text.split(['、', ',', '，', ';', '；', '+']).map(|piece| self.piece(piece));
        let first = answers.next()??;
        answers.all(|answer| answer == Some(first)).then_some(first)
    }

    /// What a piece says: that there is none, or how many there are.
    fn piece(&self, text: &str) -> Option<bool> {
        let text = text.trim_matches(is_space);
        if text.strip_prefix('无').is_some_and(|thing| self.is_named(thing)) {
            return Some(false);
        }
        let there = THERE.iter().find_map(|word| text.strip_prefix(word)).filter(|_| !self.is_need);
        self.counted(text).or_else(|| self.counted(there?))
    }

    /// One count: the thing and how many, in this order, or only how many.
    fn counted(&self, text: &str) -> Option<bool> {
        let is_numeral = |c: char| c.is_ascii_digit() || "零○一二两三四五六七八九十百".contains(c);
        let counts = |count: &str| {
            let unit = count.trim_start_matches(is_numeral);
            !TIMES.iter().any(|time| unit.starts_with(time))
        };
        let mut places = text.char_indices().filter(|(_, c)| is_numeral(*c)).map(|(at, _)| text.split_at(at));
        let first = places.clone().next()?;
        let named = places.find_map(|(thing, count)| {
            let is_mark = |c: char| is_space(c) || matches!(c, ':' | '×' | '*' | '各' | '有' | '共' | '约');
            let thing = thing.trim_end_matches(is_mark);
            let is_it = thing.is_empty() || self.is_named(thing);
            if is_it && counts(count) { some(Cell::Text(count)) } else { None }
        });
        // 累计3次: words that belong to the number.
        named.or_else(|| some(Cell::Text(text)).filter(|_| counts(first.1)))
    }

    /// Whether the thing is what the field is about: it has the name of it, or a part of that.
    fn is_named(&self, thing: &str) -> bool {
        let thing = key(thing).bare;
        self.names
            .iter()
            .any(|name| *name == thing || thing.chars().count() >= 2 && name.contains(&thing) && !name.contains(TURNS))
    }
}

/// Whether a count is of some or of none.
fn some(cell: Cell<'_>) -> Option<bool> {
    match number(cell, &Scale::default(), &mut Conversions::default()) {
        Reading::Value(Value::Number(count)) if !count.is_negative() => Some(count != Decimal::ZERO),
        _ => None,
    }
}

/// Whether the text is a day of the calendar, written in figures: 2024-03-05, 2024.3.5, 2024年3月5日.
fn is_day(text: &str) -> bool {
    let mut parts = text.trim_matches(is_space).trim_end_matches('日').split(['-', '/', '.', '年', '月']);
    let mut next = || parts.next().and_then(|part| part.parse::<i16>().ok());
    let (Some(year), Some(month), Some(day), None) = (next(), next(), next(), next()) else { return false };
    (1990..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::super::Coercer;
    use super::super::tests::{context, field, show};
    use super::*;
    use crate::model::FieldType;

    fn read(name: &str, aliases: &[&str], unit: &str, text: &str) -> String {
        let field = Field {
            name: name.into(),
            aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
            unit: Some(unit.to_owned()),
            ..field(FieldType::YesNo)
        };
        show(Coercer::new(&field, |_| None).read(Cell::Text(text), &context(), &mut Conversions::default()))
    }

    #[test]
    fn a_count_of_what_the_field_names_answers_it() {
        for (text, expected) in [
            ("轮椅2台", "yes"),
            ("轮椅：2 台", "yes"),
            ("轮椅２台、座椅10把", "yes"),
            ("配轮椅2台，座椅10把", "yes"),
            ("轮椅、座椅各5", "yes"),
            ("2台轮椅", "yes"),
            ("轮椅0台", "no"),
            ("配有轮椅0台", "no"),
            ("轮椅0台、座椅0把", "no"),
            ("两台", "yes"),
            ("累计3次", "yes"),
            ("2台（完好）", "yes"),
            ("无轮椅", "no"),
            ("无担架", "unreadable"),
            // Some of one and none of the other.
            ("轮椅0台、座椅10把", "unreadable"),
            ("轮椅2台、座椅若干", "unreadable"),
            // Not of use, not yet there, or not known to be.
            ("轮椅2台（损坏）", "unreadable"),
            ("2台损坏", "unreadable"),
            ("2台报废", "unreadable"),
            ("待购轮椅2台", "unreadable"),
            ("拟配轮椅2台", "unreadable"),
            ("缺轮椅2台", "unreadable"),
            // Another thing, a span of time, a share.
            ("担架2台", "unreadable"),
            ("2年", "unreadable"),
            ("3月", "unreadable"),
            ("50%", "unreadable"),
            ("轮椅2-3台", "unreadable"),
        ] {
            let found = read("轮椅座椅", &["轮椅、座椅", "是否配备轮椅"], "台", text);
            assert_eq!(found, expected, "{text:?}");
        }
        assert_eq!(read("中医诊疗设备", &[], "台", "设备3台"), "yes");
        for (text, expected) in
            [("设窗口1个", "yes"), ("设1个窗口", "yes"), ("窗口0个", "no"), ("拟设窗口1个", "unreadable")]
        {
            assert_eq!(read("老年人友好岗位", &["老年人窗口"], "个", text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_part_of_a_name_is_no_answer_where_the_name_turns_it_round() {
        assert_eq!(read("无异味", &[], "处", "异味2处"), "unreadable");
        assert_eq!(read("无创呼吸机", &["呼吸机"], "台", "无创呼吸机1台"), "yes");
        assert_eq!(read("无创呼吸机", &["呼吸机"], "台", "呼吸机1台"), "yes");
        // A vehicle that is there is not one that is wanted.
        assert_eq!(read("巡诊车需求", &["是否需要巡诊车"], "辆", "2辆"), "yes");
        assert_eq!(read("巡诊车需求", &["是否需要巡诊车"], "辆", "现有2辆"), "unreadable");
        assert_eq!(read("巡诊车需求", &["是否需要巡诊车"], "辆", "巡诊车2辆"), "unreadable");
    }

    #[test]
    fn a_field_without_a_unit_takes_no_count() {
        let coercer = Coercer::new(&field(FieldType::YesNo), |_| None);
        let reading = coercer.read(Cell::Text("字段2台"), &context(), &mut Conversions::default());
        assert_eq!(show(reading), "unreadable");
    }
}
