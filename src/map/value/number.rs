//! Counts, amounts, shares and identity numbers.

use std::borrow::Cow;

use super::{Conversions, Reading, Value, text_of};
use crate::map::text::{UNITS, chinese_digit, chinese_number, fold, is_space, unit_power};
use crate::model::Decimal;
use crate::read::Cell;

/// How the numbers of a column are scaled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scale {
    /// The power of ten between the heading's unit and the field's.
    pub power: i32,
    /// The field's unit.
    pub unit: Option<String>,
    /// The unit that the heading names, without a power of ten.
    pub heading_unit: Option<String>,
    /// The span that the field counts by, where its name says one.
    pub per: Option<Per>,
}

/// The span by which a field counts: days a week, hours a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    Week,
    Day,
}

impl Per {
    /// What the name of a field says.
    pub fn of(name: &str) -> Option<Per> {
        let is = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
        if is(&["每周"]) { Some(Per::Week) } else { is(&["每日", "每天"]).then_some(Per::Day) }
    }

    /// A folded text without the words that say the field's own span again: 每周5天, 3小时/天.
    fn strip(self, text: &str) -> Option<&str> {
        let (before, behind): (&[&str], &[&str]) = match self {
            Per::Week => (&["每周", "每星期", "一周", "周均", "平均每周"], &["/周", "/每周", "/星期", "每周"]),
            Per::Day => (&["每天", "每日", "日均", "平均每天", "平均每日"], &["/天", "/日", "/每天", "每天", "每日"]),
        };
        let text = text.trim_matches(is_space);
        let rest = before.iter().find_map(|word| text.strip_prefix(word));
        rest.or_else(|| behind.iter().find_map(|word| text.strip_suffix(word)))
            .map(|rest| rest.trim_matches(is_space))
            .filter(|rest| !rest.is_empty())
    }
}

impl Scale {
    /// Whether bare numbers are taken as they stand.
    pub fn is_plain(&self) -> bool {
        self.power == 0 && self.heading_unit.is_none()
    }
}

/// How many of `to` one `from` is, as a fraction; `None` where the two are not of one kind.
fn unit_ratio(from: &str, to: &str) -> Option<(i64, i64)> {
    // Minutes for times of a day, days for longer spans; a month has no fixed number of days.
    let size = |unit: &str| {
        Some(match unit {
            "分钟" | "分" | "min" => (false, 1),
            "小时" | "h" | "时" => (false, 60),
            "天" | "日" | "天数" => (true, 1),
            "周" => (true, 7),
            _ => return None,
        })
    };
    let ((from_days, from), (to_days, to)) = (size(from)?, size(to)?);
    (from_days == to_days && from != to).then_some((from, to))
}

/// Whether one unit of time cannot be counted in another: three months are no number of days.
fn is_other_span(from: &str, to: &str) -> bool {
    let sort = |unit: &str| {
        Some(match unit {
            "分钟" | "分" | "min" | "小时" | "个小时" | "h" | "时" => 0,
            "天" | "日" | "天数" | "周" => 1,
            "月" | "个月" => 2,
            "季度" | "个季度" => 3,
            "年" => 4,
            _ => return None,
        })
    };
    sort(from).zip(sort(to)).is_some_and(|(from, to)| from != to)
}

/// The unit of what happens so often a week.
const A_WEEK: &str = "次/周";

/// How often a week: 每周1次, 每两周一次, 每月2次 (a month of four weeks); `None` where the text names no span.
fn a_week(folded: &str) -> Option<Decimal> {
    const SPANS: [(&str, i64); 8] =
        [("每两周", 2), ("每2周", 2), ("两周", 2), ("隔周", 2), ("每周", 1), ("周", 1), ("每月", 4), ("月", 4)];
    let text = folded.trim_matches(is_space);
    let before = SPANS.iter().find_map(|(word, weeks)| Some((text.strip_prefix(word)?, *weeks)));
    let (rest, weeks) = before.or_else(|| {
        let (rest, span) = text.rsplit_once('/')?;
        Some((rest, SPANS.iter().find(|(word, _)| *word == span)?.1))
    })?;
    apply_ratio(written(rest.trim_matches(is_space))?.value, (1, weeks))
}

/// A length of time with more than one number in it, in the unit of the field.
fn in_unit_of_time(folded: &str, unit: Option<&str>) -> Option<(Decimal, &'static str)> {
    let unit = unit.filter(|unit| matches!(*unit, "小时" | "分钟" | "分"))?;
    let (minutes, key) = super::length::minutes(folded)?;
    let ratio = unit_ratio("分钟", unit);
    Some((ratio.map_or(Some(minutes), |ratio| apply_ratio(minutes, ratio))?, key))
}

fn apply_ratio(value: Decimal, (times, by): (i64, i64)) -> Option<Decimal> {
    let units = value.units().checked_mul(i128::from(times))?;
    (units % i128::from(by) == 0).then(|| Decimal::from_units(units / i128::from(by)))
}

/// A number cell as a person would write it; numbers beyond fifteen digits in the scientific form that shows the loss.
pub fn shown(value: f64, percent: bool) -> String {
    if value.abs() >= 1e15 {
        return format!("{value:.5E}").replace('E', "E+");
    }
    if percent && let Some(hundred) = Decimal::from_f64(value).and_then(|value| value.scale_by_power_of_ten(2)) {
        return format!("{hundred}%");
    }
    Decimal::from_f64(value).map_or_else(|| value.to_string(), |value| value.to_string())
}

/// Reads a number: `1,234`, `１２３`, `约120`, `120人`, `1.2万`, `一百二十`, `120（含远程）`.
///
/// 无 and 没有 in a number column say that there is none, which is 0.
pub fn number<'a>(cell: Cell<'a>, scale: &Scale, log: &mut Conversions) -> Reading<'a> {
    let unreadable = || Reading::Unreadable(text_of(cell));
    let by_heading = |value: Decimal, log: &mut Conversions| {
        let mut value = value;
        if scale.power != 0 {
            value = value.scale_by_power_of_ten(scale.power)?;
            log.note("scaled-by-heading", &text_of(cell));
        }
        if let (Some(from), Some(to)) = (&scale.heading_unit, &scale.unit) {
            if is_other_span(from, to) {
                return None;
            }
            if let Some(ratio) = unit_ratio(from, to) {
                value = apply_ratio(value, ratio)?;
                log.note("unit-converted", &text_of(cell));
            }
        }
        Some(value)
    };
    match cell {
        Cell::Number { value, .. } => match Decimal::from_f64(value).and_then(|value| by_heading(value, log)) {
            Some(value) => Reading::Value(Value::Number(value)),
            None => unreadable(),
        },
        Cell::Text(text) => {
            if let Ok(value) = text.parse::<Decimal>() {
                return match by_heading(value, log) {
                    Some(value) => Reading::Value(Value::Number(value)),
                    None => unreadable(),
                };
            }
            let folded = fold(text);
            if scale.unit.as_deref() == Some(A_WEEK)
                && let Some(value) = a_week(&folded)
            {
                log.note("unit-converted", text);
                return Reading::Value(Value::Number(value));
            }
            let plain = scale.per.and_then(|per| per.strip(&folded)).unwrap_or(&folded);
            if let Some((value, key)) = in_unit_of_time(plain, scale.unit.as_deref()) {
                log.note(key, text);
                return Reading::Value(Value::Number(value));
            }
            let Some(written) = written(plain) else { return unreadable() };
            if written.unit.zip(scale.unit.as_deref()).is_some_and(|(from, to)| is_other_span(from, to)) {
                return unreadable();
            }
            let value = match (written.power, written.unit) {
                // The cell's own unit outweighs the heading's.
                (0, None) => by_heading(written.value, log),
                (power, unit) => written.value.scale_by_power_of_ten(power).and_then(|value| {
                    let ratio = unit.zip(scale.unit.as_deref()).and_then(|(from, to)| unit_ratio(from, to));
                    if ratio.is_some() {
                        log.note("unit-converted", text);
                    }
                    if power == 0 && scale.power != 0 && ratio.is_none() {
                        // 120人次 under 万人次: the cell says what it counts.
                        return Some(value);
                    }
                    ratio.map_or(Some(value), |ratio| apply_ratio(value, ratio))
                }),
            };
            match value {
                Some(value) => {
                    for key in written.keys.into_iter().flatten() {
                        log.note(key, text);
                    }
                    Reading::Value(Value::Number(value))
                }
                None => unreadable(),
            }
        }
        _ => unreadable(),
    }
}

/// A number in a text, and what stood around it.
struct Written<'t> {
    value: Decimal,
    power: i32,
    unit: Option<&'t str>,
    keys: [Option<&'static str>; 5],
}

fn written(folded: &str) -> Option<Written<'_>> {
    let mut keys = [None; 5];
    let mut text = folded.strip_prefix(['\'', '’', '‘', '`']).unwrap_or(folded).trim_matches(is_space);
    if matches!(text, "无" | "没有" | "暂无" | "均无") {
        return Some(Written {
            value: Decimal::ZERO,
            power: 0,
            unit: None,
            keys: [Some("none-as-zero"), None, None, None, None],
        });
    }
    if let Some(open) = text.find('(')
        && open > 0
        && text.ends_with(')')
    {
        text = text[..open].trim_end_matches(is_space);
        keys[0] = Some("bracket-removed");
    }
    text = text.trim_end_matches(['。', ';', ',', '、']);
    for word in [
        "大约", "约为", "约", "近", "≈", "~", "超过", "超", "逾", "共计", "合计", "总计", "共", "计", "累计", "¥", "￥",
    ] {
        if let Some(rest) = text.strip_prefix(word) {
            text = rest.trim_start_matches(is_space);
            keys[1] =
                Some(if matches!(word, "大约" | "约为" | "约" | "近" | "≈" | "~" | "超过" | "超" | "逾") {
                    "approximate-number"
                } else {
                    "words-removed"
                });
            break;
        }
    }
    for word in ["左右", "上下", "余", "多", "+"] {
        if let Some(rest) = text.strip_suffix(word) {
            text = rest.trim_end_matches(is_space);
            keys[1] = Some("approximate-number");
            break;
        }
    }
    // The digits come first, then a power of ten, then a unit.
    let end = text
        .char_indices()
        .find(|&(_, c)| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+') || is_space(c)))
        .map_or(text.len(), |(at, _)| at);
    let (digits, rest) = text.split_at(end);
    let digits = digits.trim_matches(is_space);
    if digits.is_empty() {
        let end = text
            .char_indices()
            .find(|&(_, c)| !"〇零○一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟".contains(c))
            .map_or(text.len(), |(at, _)| at);
        let (numeral, rest) = text.split_at(end);
        let value = chinese_number(numeral)?;
        let unit = unit_behind(rest, &mut keys)?;
        keys[2] = Some("chinese-numeral");
        return Some(Written { value: Decimal::from_int(value), power: 0, unit, keys });
    }
    let mut rest = rest.trim_start_matches(is_space);
    let mut power = 0;
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        power = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok().filter(|power: &i32| power.abs() <= 15)?;
        rest = "";
        keys[2] = Some("scaled");
    }
    if let Some(after) = rest.strip_prefix(['余', '多']) {
        rest = after;
        keys[1] = Some("approximate-number");
    }
    let (tens, behind) = places(rest);
    if tens > 0 {
        (rest, power) = (behind, power + tens);
        keys[2] = Some("scaled");
    }
    if let Some(after) = rest.strip_prefix(['余', '多']) {
        rest = after;
        keys[1] = Some("approximate-number");
    }
    let mut value = grouped(digits, &mut keys)?;
    if power > 2
        && let Some((more, behind)) = lower_places(rest, power)
    {
        value = value.checked_add(more.scale_by_power_of_ten(-power)?)?;
        rest = behind;
    }
    if let Some(after) = rest.strip_prefix(['余', '多']) {
        rest = after;
        keys[1] = Some("approximate-number");
    }
    let unit = unit_behind(rest.trim_start_matches(is_space), &mut keys)?;
    Some(Written { value, power, unit, keys })
}

/// The powers of ten that begin a text, as in 千万, and what stands behind them.
fn places(text: &str) -> (i32, &str) {
    let (mut rest, mut power) = (text, 0);
    while let Some((word, tens)) =
        [("亿", 8), ("万", 4), ("千", 3), ("百", 2)].into_iter().find(|(word, _)| rest.starts_with(word))
    {
        rest = &rest[word.len()..];
        power += tens;
    }
    (power, rest)
}

/// What follows 1万 in 1万2千, 1万2 and 1万零500, and what stands behind it; every place is lower than the one before.
fn lower_places(text: &str, power: i32) -> Option<(Decimal, &str)> {
    let (mut rest, mut last) = (text, power);
    let mut sum = Decimal::ZERO;
    loop {
        let after = rest.strip_prefix(['零', '〇']).unwrap_or(rest);
        let digits = after.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        if digits == 0 {
            return (rest.len() < text.len()).then_some((sum, rest));
        }
        let value: Decimal = after[..digits].parse().ok()?;
        let (mut tens, behind) = places(&after[digits..]);
        // 1万2 is 12 000: a digit alone counts in tenths of the place before it.
        if tens == 0 && digits == 1 && after.len() == rest.len() {
            tens = last - 1;
        }
        let value = value.scale_by_power_of_ten(tens)?;
        if tens >= last || value >= Decimal::from_int(1).scale_by_power_of_ten(last)? {
            return None;
        }
        sum = sum.checked_add(value)?;
        (rest, last) = (behind, tens);
    }
}

/// The unit behind a number, `Some(None)` for no unit at all, and `None` for something that is no unit.
fn unit_behind<'t>(rest: &'t str, keys: &mut [Option<&'static str>; 5]) -> Option<Option<&'t str>> {
    if rest.is_empty() {
        return Some(None);
    }
    let rest = rest.trim_end_matches(is_space);
    if UNITS.contains(&rest) || unit_power(rest) == Some(0) && rest != "%" {
        keys[3] = Some("unit-removed");
        return Some(Some(rest));
    }
    // Words such as 家机构 or 名患者 begin with a unit of one letter.
    let first = rest.chars().next()?;
    let first = &rest[..first.len_utf8()];
    if rest.chars().count() <= 5 && UNITS.contains(&first) && !rest.chars().any(|c| c.is_ascii_digit()) {
        keys[3] = Some("unit-removed");
        return Some(Some(first));
    }
    None
}

/// A number with thousands separators, which must stand before groups of three digits.
fn grouped(digits: &str, keys: &mut [Option<&'static str>; 5]) -> Option<Decimal> {
    if let Ok(value) = digits.parse() {
        return Some(value);
    }
    let mut groups = digits.split(|c: char| c == ',' || is_space(c));
    let mut plain = groups.next()?.to_owned();
    let head = plain.trim_start_matches(['-', '+']).len();
    if head == 0 || head > 3 {
        return None;
    }
    for group in groups {
        let whole = group.split('.').next().unwrap_or(group);
        if whole.len() != 3 {
            return None;
        }
        plain.push_str(group);
    }
    keys[4] = Some("thousands-separator");
    plain.parse().ok()
}

/// Reads a share: `20%`, `0.2`, `20`, `二成`, `1:5`, `百分之二十`. A bare number above 1 is a percentage;
/// with `percent`, because the heading says so and the column bears it out, every bare number is.
pub fn ratio<'a>(cell: Cell<'a>, percent: bool, log: &mut Conversions) -> Reading<'a> {
    let read = match cell {
        Cell::Number { value, percent: true } => Decimal::from_f64(value),
        Cell::Number { value, percent: false } => {
            Decimal::from_f64(value).and_then(|value| bare_ratio(value, percent, &text_of(cell), log))
        }
        Cell::Text(text) => {
            let folded = fold(text);
            text_ratio(&folded, percent, log)
        }
        _ => None,
    };
    read.map_or_else(|| Reading::Unreadable(text_of(cell)), |value| Reading::Value(Value::Number(value)))
}

fn bare_ratio(value: Decimal, percent: bool, example: &str, log: &mut Conversions) -> Option<Decimal> {
    if value.is_negative() {
        return None;
    }
    if percent || value > Decimal::from_int(1) {
        log.note("bare-percent", example);
        return value.scale_by_power_of_ten(-2);
    }
    Some(value)
}

fn text_ratio(folded: &str, percent: bool, log: &mut Conversions) -> Option<Decimal> {
    let mut text = folded.strip_prefix(['\'', '’']).unwrap_or(folded);
    if let Some(open) = text.find('(')
        && open > 0
        && text.ends_with(')')
    {
        log.note("bracket-removed", folded);
        text = &text[..open];
    }
    for word in ["大约", "约", "近", "≈"] {
        if let Some(rest) = text.strip_prefix(word) {
            log.note("approximate-number", folded);
            text = rest;
        }
    }
    if let Some(rest) = text.strip_suffix("左右") {
        log.note("approximate-number", folded);
        text = rest;
    }
    let text = text.trim_matches(is_space);
    let digits = |part: &str| {
        let part = part.trim_matches(is_space);
        part.parse::<Decimal>().ok().or_else(|| numeral(part))
    };
    for (mark, power) in [("%", -2), ("‰", -3)] {
        if let Some(rest) = text.strip_suffix(mark) {
            return digits(rest).filter(|value| !value.is_negative())?.scale_by_power_of_ten(power);
        }
    }
    for (mark, power) in [("百分之", -2), ("千分之", -3), ("万分之", -4)] {
        if let Some(rest) = text.strip_prefix(mark) {
            log.note("chinese-numeral", folded);
            return digits(rest)?.scale_by_power_of_ten(power);
        }
    }
    if matches!(text, "一半" | "半数") {
        log.note("fraction", folded);
        return Some(Decimal::from_units(500_000_000));
    }
    if let Some((tenths, rest)) = text.split_once('成') {
        let mut value = digits(tenths)?.scale_by_power_of_ten(-1)?;
        if !rest.is_empty() {
            let five = if rest == "半" { Decimal::from_int(5) } else { digits(rest)? };
            value = value.checked_add(five.scale_by_power_of_ten(-2)?)?;
        }
        log.note("chinese-numeral", folded);
        return Some(value);
    }
    // 五分之一 names the whole first.
    let fraction = text.split_once("分之").map(|(whole, part)| (part, whole));
    if let Some((part, whole)) = fraction.or_else(|| text.split_once([':', '/', '∶', '比'])) {
        let (part, whole) = (digits(part)?, digits(whole)?);
        if whole <= Decimal::ZERO || part.is_negative() || part > whole {
            return None;
        }
        log.note("fraction", folded);
        // A quotient that nine places cannot hold is kept to the nearest billionth.
        let units = part.units().checked_mul(1_000_000_000)?;
        return Some(Decimal::from_units((units + whole.units() / 2) / whole.units()));
    }
    bare_ratio(digits(text)?, percent, folded, log)
}

/// 二十, and 二十点五 with its decimal places.
fn numeral(text: &str) -> Option<Decimal> {
    let Some((whole, places)) = text.split_once('点') else { return chinese_number(text).map(Decimal::from_int) };
    let mut value = Decimal::from_int(chinese_number(whole)?);
    for (digit, place) in places.chars().zip(1..) {
        value =
            value.checked_add(Decimal::from_int(i64::from(chinese_digit(digit)?)).scale_by_power_of_ten(-place)?)?;
    }
    Some(value)
}

/// Whether a text is an identity number of eighteen characters as it is meant to be written.
pub(super) fn is_id_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 18 && bytes[..17].iter().all(u8::is_ascii_digit) && (bytes[17].is_ascii_digit() || bytes[17] == b'X')
}

/// Reads an identity number as text in upper case, whether or not its check digit is right.
///
/// A number that a spreadsheet kept as a float of more than fifteen digits has lost its last digits: it is unreadable,
/// not a wrong number.
pub fn id_number<'a>(cell: Cell<'a>, log: &mut Conversions) -> Reading<'a> {
    match cell {
        Cell::Number { value, .. } if value.abs() < 1e15 && value.fract() == 0.0 && value >= 0.0 => {
            log.note("number-as-text", &text_of(cell));
            Reading::Value(Value::Text(text_of(cell)))
        }
        Cell::Text(text) => {
            if is_id_number(text) {
                return Reading::Value(Value::Text(Cow::Borrowed(text)));
            }
            let folded = fold(text);
            if matches!(&*folded, "无" | "暂无" | "未办理" | "没有" | "未上户" | "未登记") {
                log.note("none-as-blank", text);
                return Reading::Blank;
            }
            let mut id = String::with_capacity(18);
            for c in folded.chars() {
                match c {
                    c if c.is_ascii_alphanumeric() => id.push(c.to_ascii_uppercase()),
                    c if is_space(c) => {}
                    '\'' | '’' | '‘' | '`' | '-' => {}
                    '×' => id.push('X'),
                    _ => return Reading::Unreadable(text_of(cell)),
                }
            }
            // 6.10102E+17 is refused by its point and plus; a shorter form may lose them.
            let is_float = folded.contains(['.', '+']);
            if is_float || !(6..=20).contains(&id.len()) || !id.bytes().any(|b| b.is_ascii_digit()) {
                return Reading::Unreadable(text_of(cell));
            }
            if *id != *text {
                log.note("id-number-cleaned", text);
            }
            Reading::Value(Value::Text(Cow::Owned(id)))
        }
        _ => Reading::Unreadable(text_of(cell)),
    }
}
