//! Whether conditions can hold together: what is certain from comparisons with constants, for looking over packs.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use sqlparser::ast::{BinaryOperator, Expr as Sql, UnaryOperator, Value};

use super::parse::parse;
use crate::model::Decimal;
use crate::pack::ParameterValue;

/// So many ways through alternatives are followed; what is more tangled counts as possible.
const WAYS: u32 = 4096;

/// Where the conditions can never be TRUE together, the part that they disagree about. Each condition comes with
/// whether it shall be TRUE or FALSE; `parameter` gives the value of a parameter.
///
/// The answer is certain: what is not understood counts as possible. `None` also stands for a condition that cannot be
/// read, which is a fault that is told elsewhere.
pub fn never_together(
    conditions: &[(&str, bool)],
    parameter: &dyn Fn(&str) -> Option<ParameterValue>,
) -> Option<String> {
    let parsed: Vec<(Sql, bool)> =
        conditions.iter().map(|(text, wanted)| Some((parse(text).ok()?, *wanted))).collect::<Option<_>>()?;
    let open: Vec<(&Sql, bool)> = parsed.iter().map(|(sql, wanted)| (sql, *wanted)).collect();
    let search = Search { parameter, ways: Cell::new(WAYS) };
    search.clash(open, Facts::default())
}

/// A constant that fields are compared with.
#[derive(Clone, Debug, PartialEq)]
enum Constant {
    Number(Decimal),
    /// ISO dates compare as texts.
    Date(String),
    Text(String),
    Truth(bool),
}

impl Constant {
    /// The order of two constants, for the sorts that have one here.
    fn order(&self, other: &Constant) -> Option<Ordering> {
        match (self, other) {
            (Constant::Number(a), Constant::Number(b)) => Some(a.cmp(b)),
            (Constant::Date(a), Constant::Date(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

/// What is known about one expression.
#[derive(Clone, Debug, Default)]
struct Known {
    truth: Option<bool>,
    is_null: Option<bool>,
    /// The least and the greatest value, and whether it is excluded itself.
    least: Option<(Constant, bool)>,
    greatest: Option<(Constant, bool)>,
    /// The texts that are left, where they are listed.
    only: Option<BTreeSet<String>>,
    not: BTreeSet<String>,
}

impl Known {
    fn is_possible(&self) -> bool {
        if self.is_null == Some(true)
            && (self.truth.is_some() || self.least.is_some() || self.greatest.is_some() || self.only.is_some())
        {
            return false;
        }
        if let (Some((least, open)), Some((greatest, closed))) = (&self.least, &self.greatest) {
            match least.order(greatest) {
                Some(Ordering::Greater) => return false,
                Some(Ordering::Equal) if *open || *closed => return false,
                _ => {}
            }
        }
        self.only.as_ref().is_none_or(|only| only.iter().any(|text| !self.not.contains(text)))
    }

    fn at_least(&mut self, value: Constant, excluded: bool) {
        let tighter = match &self.least {
            None => true,
            Some((least, open)) => match value.order(least) {
                Some(Ordering::Greater) => true,
                Some(Ordering::Equal) => excluded && !open,
                _ => false,
            },
        };
        if tighter {
            self.least = Some((value, excluded));
        }
    }

    fn at_most(&mut self, value: Constant, excluded: bool) {
        let tighter = match &self.greatest {
            None => true,
            Some((greatest, open)) => match value.order(greatest) {
                Some(Ordering::Less) => true,
                Some(Ordering::Equal) => excluded && !open,
                _ => false,
            },
        };
        if tighter {
            self.greatest = Some((value, excluded));
        }
    }

    fn one_of(&mut self, texts: BTreeSet<String>) {
        self.only = Some(match self.only.take() {
            Some(only) => only.intersection(&texts).cloned().collect(),
            None => texts,
        });
    }
}

type Facts = BTreeMap<String, Known>;

struct Search<'p> {
    parameter: &'p dyn Fn(&str) -> Option<ParameterValue>,
    ways: Cell<u32>,
}

impl Search<'_> {
    /// The expression about which all ways through the open conditions disagree; `None` where one way is possible.
    fn clash(&self, mut open: Vec<(&Sql, bool)>, mut facts: Facts) -> Option<String> {
        while let Some((sql, wanted)) = open.pop() {
            match sql {
                Sql::Nested(inner) => open.push((inner, wanted)),
                Sql::UnaryOp { op: UnaryOperator::Not, expr } => open.push((expr, !wanted)),
                Sql::IsTrue(inner) if wanted => open.push((inner, true)),
                Sql::IsFalse(inner) if wanted => open.push((inner, false)),
                // TRUE is not the only other value.
                Sql::IsTrue(_) | Sql::IsFalse(_) | Sql::IsNotTrue(_) | Sql::IsNotFalse(_) => {}
                Sql::BinaryOp { left, op: op @ (BinaryOperator::And | BinaryOperator::Or), right } => {
                    if (*op == BinaryOperator::And) == wanted {
                        open.push((left, wanted));
                        open.push((right, wanted));
                        continue;
                    }
                    let mut clash = None;
                    for side in [left, right] {
                        if self.ways.get() == 0 {
                            return None;
                        }
                        self.ways.set(self.ways.get() - 1);
                        let mut one = open.clone();
                        one.push((side, wanted));
                        clash = Some(self.clash(one, facts.clone())?);
                    }
                    return clash;
                }
                _ => {
                    let about = self.learn(sql, wanted, &mut facts);
                    if let Some(about) = about
                        && facts.get(&about).is_some_and(|known| !known.is_possible())
                    {
                        return Some(about);
                    }
                }
            }
        }
        None
    }

    /// Adds what a single condition says; gives the expression that it says something about.
    fn learn(&self, sql: &Sql, wanted: bool, facts: &mut Facts) -> Option<String> {
        match sql {
            Sql::Value(value) => match &value.value {
                Value::Boolean(truth) if *truth != wanted => {
                    facts.entry(sql.to_string()).or_default().only = Some(BTreeSet::new());
                    Some(sql.to_string())
                }
                _ => None,
            },
            Sql::IsNull(inner) => Some(note(inner, facts, |known| merge(&mut known.is_null, wanted, &mut known.only))),
            Sql::IsNotNull(inner) => {
                Some(note(inner, facts, |known| merge(&mut known.is_null, !wanted, &mut known.only)))
            }
            Sql::Between { expr, negated: false, low, high } if wanted => {
                let (low, high) = (self.constant(low)?, self.constant(high)?);
                Some(note(expr, facts, |known| {
                    known.at_least(low, false);
                    known.at_most(high, false);
                }))
            }
            Sql::InList { expr, list, negated } => {
                let texts = list.iter().map(|item| match self.constant(item)? {
                    Constant::Text(text) => Some(text),
                    _ => None,
                });
                let texts = texts.collect::<Option<BTreeSet<String>>>()?;
                Some(note(expr, facts, |known| match *negated != wanted {
                    true => known.one_of(texts),
                    false => known.not.extend(texts),
                }))
            }
            Sql::BinaryOp { left, op, right } => self.compare((left, op, right), wanted, facts),
            // Anything else is as true here as there.
            _ => Some(note(sql, facts, |known| merge(&mut known.truth, wanted, &mut known.only))),
        }
    }

    fn compare(
        &self,
        (left, op, right): (&Sql, &BinaryOperator, &Sql),
        wanted: bool,
        facts: &mut Facts,
    ) -> Option<String> {
        use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
        let (about, op, value) = match (self.constant(left), self.constant(right)) {
            (None, Some(value)) => (left, op.clone(), value),
            (Some(value), None) => {
                let turned = match op {
                    Lt => Gt,
                    LtEq => GtEq,
                    Gt => Lt,
                    GtEq => LtEq,
                    other => other.clone(),
                };
                (right, turned, value)
            }
            _ => return None,
        };
        let op = match (wanted, op) {
            (true, op) => op,
            (false, Eq) => NotEq,
            (false, NotEq) => Eq,
            (false, Lt) => GtEq,
            (false, LtEq) => Gt,
            (false, Gt) => LtEq,
            (false, GtEq) => Lt,
            (false, _) => return None,
        };
        if let Constant::Truth(truth) = value {
            let truth = match op {
                Eq => truth,
                NotEq => !truth,
                _ => return None,
            };
            return Some(note(about, facts, |known| merge(&mut known.truth, truth, &mut known.only)));
        }
        Some(note(about, facts, |known| match (op, value) {
            (Eq, Constant::Text(text)) => known.one_of(BTreeSet::from([text])),
            (NotEq, Constant::Text(text)) => {
                known.not.insert(text);
            }
            // Codes have an order that is not that of their texts.
            (_, Constant::Text(_)) => {}
            (Eq, value) => {
                known.at_least(value.clone(), false);
                known.at_most(value, false);
            }
            (Gt, value) => known.at_least(value, true),
            (GtEq, value) => known.at_least(value, false),
            (Lt, value) => known.at_most(value, true),
            (LtEq, value) => known.at_most(value, false),
            _ => {}
        }))
    }

    fn constant(&self, sql: &Sql) -> Option<Constant> {
        match sql {
            Sql::Nested(inner) => self.constant(inner),
            Sql::TypedString(typed) => match &typed.value.value {
                Value::SingleQuotedString(text) => Some(Constant::Date(text.clone())),
                _ => None,
            },
            Sql::UnaryOp { op: UnaryOperator::Minus, expr } => match self.constant(expr)? {
                Constant::Number(number) => Some(Constant::Number(number.checked_neg()?)),
                _ => None,
            },
            Sql::Value(value) => match &value.value {
                Value::Number(text, _) => Some(Constant::Number(text.parse().ok()?)),
                Value::SingleQuotedString(text) => Some(Constant::Text(text.clone())),
                Value::Boolean(truth) => Some(Constant::Truth(*truth)),
                Value::Placeholder(name) => Some(match (self.parameter)(name.trim_start_matches(':'))? {
                    ParameterValue::Number(number) => Constant::Number(number),
                    ParameterValue::Date(date) => Constant::Date(date.to_string()),
                    ParameterValue::Text(text) => Constant::Text(text),
                    ParameterValue::YesNo(truth) => Constant::Truth(truth),
                }),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Notes something about an expression and gives its text, by which it is known.
fn note(sql: &Sql, facts: &mut Facts, learn: impl FnOnce(&mut Known)) -> String {
    let mut inner = sql;
    while let Sql::Nested(nested) = inner {
        inner = nested;
    }
    let name = inner.to_string();
    learn(facts.entry(name.clone()).or_default());
    name
}

/// Sets what was open; where it is set to the opposite already, nothing is left.
fn merge(known: &mut Option<bool>, wanted: bool, only: &mut Option<BTreeSet<String>>) {
    match known {
        Some(before) if *before != wanted => *only = Some(BTreeSet::new()),
        _ => *known = Some(wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clash(conditions: &[&str]) -> Option<String> {
        let conditions: Vec<(&str, bool)> = conditions.iter().map(|text| (*text, true)).collect();
        never_together(&conditions, &|name| (name == "上限").then(|| ParameterValue::Number("20".parse().unwrap())))
    }

    #[test]
    fn what_cannot_hold_together_is_found() {
        for (conditions, about) in [
            (&["数量 > 5 AND 数量 < 3"][..], "数量"),
            (&["数量 >= 5", "数量 < 5"], "数量"),
            (&["5 > 数量", "数量 BETWEEN 5 AND 9"], "数量"),
            (&["数量 > :上限", "数量 <= 20"], "数量"),
            (&["类型 = '甲' AND 类型 = '乙'"], "类型"),
            (&["类型 IN ('甲', '乙')", "NOT (类型 = '甲' OR 类型 = '乙')"], "类型"),
            (&["是否牵头", "NOT 是否牵头"], "是否牵头"),
            (&["日期 > DATE '2024-01-01' AND 日期 < DATE '2023-01-01'"], "日期"),
            (&["数量 IS NULL AND 数量 > 3"], "数量"),
            (&["(数量 > 5 OR 数量 < 1) AND 数量 BETWEEN 2 AND 4"], "数量"),
            (&["contains(说明, '无') AND NOT contains(说明, '无')"], "contains(说明, '无')"),
            (&["FALSE"], "false"),
        ] {
            assert_eq!(clash(conditions).as_deref(), Some(about), "{conditions:?}");
        }
    }

    #[test]
    fn what_may_hold_or_is_not_understood_counts_as_possible() {
        for conditions in [
            &["数量 >= 5", "数量 <= 5"][..],
            &["数量 > 5 OR 数量 < 3"],
            &["类型 = '甲' OR 类型 = '乙'", "类型 <> '甲'"],
            &["甲 * 100 >= 乙 * 20", "甲 * 100 < 乙 * 20 OR 丙"],
            &["职称 >= '中级' AND 职称 < '初级'"],
            &["数量 IS NOT TRUE", "数量 > 3"],
            &["数量 > :未知", "数量 < 0"],
            &["COALESCE(数量, 0) > 3", "数量 IS NULL"],
            &["TRUE"],
            &["不是 表达式 ("],
        ] {
            assert_eq!(clash(conditions), None, "{conditions:?}");
        }
    }

    #[test]
    fn tangled_alternatives_end() {
        let tangled: Vec<String> = (0..40).map(|n| format!("(a{n} = 1 OR b{n} = 2)")).collect();
        assert_eq!(clash(&[&(tangled.join(" AND ") + " AND a0 = 3 AND b0 = 3")]), None);
    }
}
