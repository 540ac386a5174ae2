//! Lengths of time as people write them: 2小时30分, 一个半小时, 8:00-12:00.

use crate::map::text::{chinese_number, is_space};
use crate::model::Decimal;

/// The minutes of a folded text that names hours with minutes or from when to when, and the key of the conversion. What
/// has one number and one unit is left to the reading of numbers.
pub(super) fn minutes(folded: &str) -> Option<(Decimal, &'static str)> {
    let text: String = folded.chars().filter(|&c| !is_space(c)).collect();
    hours_and_minutes(&text)
        .map(|minutes| (minutes, "unit-converted"))
        .or_else(|| Some((Decimal::from_int(between(&text)?), "times-as-length")))
}

/// 2小时30分钟, 1个半小时, 半小时
fn hours_and_minutes(text: &str) -> Option<Decimal> {
    const HALF: [&str; 4] = ["半小时", "半个小时", "半个钟头", "半个钟"];
    if HALF.contains(&text) {
        return Some(Decimal::from_int(30));
    }
    if let Some(hours) = ["个半小时", "个半钟头", "小时半"].iter().find_map(|word| text.strip_suffix(word)) {
        return number(hours)?.checked_mul(Decimal::from_int(60))?.checked_add(Decimal::from_int(30));
    }
    let (hours, rest) = ["个小时", "小时", "h", "时"].iter().find_map(|word| text.split_once(word))?;
    let minutes = ["分钟", "分", "min"].iter().find_map(|word| rest.strip_suffix(word))?;
    number(hours)?
        .checked_mul(Decimal::from_int(60))?
        .checked_add(number(minutes).filter(|minutes| *minutes < Decimal::from_int(60))?)
}

fn number(text: &str) -> Option<Decimal> {
    let value = text.parse::<Decimal>().ok().or_else(|| chinese_number(text).map(Decimal::from_int))?;
    (!value.is_negative()).then_some(value)
}

/// 8:00-12:00, and several of them one after the other.
fn between(text: &str) -> Option<i64> {
    let mut sum = 0;
    let mut last = 0;
    for part in text.split([',', '、', ';', '和', '及']) {
        let (from, to) = ["至", "到", "--", "——", "-", "—", "~", "–"].iter().find_map(|mark| part.split_once(mark))?;
        let (from, to) = (time_of_day(from)?, time_of_day(to)?);
        if from < last || to <= from {
            return None;
        }
        sum += to - from;
        last = to;
    }
    Some(sum)
}

/// Minutes since midnight of 8:30, 8点30分 and 8点半.
fn time_of_day(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once([':', '点', '时'])?;
    let minutes = match minutes.trim_end_matches('分') {
        "" if !text.contains(':') => 0,
        "半" => 30,
        digits if digits.len() == 2 => digits.parse().ok()?,
        _ => return None,
    };
    let hours: i64 = hours.parse().ok()?;
    ((0..=24).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes)
}
