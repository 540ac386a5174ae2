//! Evaluates typed expressions over all rows of a frame, with three-valued logic.

use std::borrow::Cow;
use std::iter::repeat;

use super::frame::{Cells, Frame, few_rows};
use super::function::call;
use super::id_numbers;
use super::vector::{Data, Texts, Vector, choose, merge_why};
use crate::model::{CellState, Column, ColumnData, Decimal, is_like};
use crate::rule::{Arith, CellTest, Cmp, Node, Op, SlotWhy, WHY_NOTHING, WHY_NULL, WHY_RANGE, Why};

/// The values of `node` in every row of `frame`.
pub(super) fn evaluate<'f>(node: &'f Node, frame: &'f Frame<'_>) -> Vector<'f> {
    match &node.op {
        Op::Const(value) => Vector::scalar(value),
        Op::Null => Vector::unknown(node.ty, WHY_NULL),
        Op::Column(slot, why) => frame.vector(*slot, node.ty, why),
        Op::Aggregate(index) => frame.aggregate(*index, node.ty),
        Op::AsOf => Vector::constant(Data::Date(Cow::Owned(vec![frame.context.as_of]))),
        Op::Period => frame.period.share(),
        Op::ReportingPeriod => frame.reporting.share(),
        Op::CodeTable(code, table) => {
            let code = evaluate(code, frame);
            let Data::Code(codes) = code.data else { return Vector::unknown(node.ty, WHY_NOTHING) };
            Vector { data: Data::Text(Texts::Table(codes, table)), why: code.why, is_constant: code.is_constant }
        }
        Op::CodeIn(code, set) => {
            let code = evaluate(code, frame);
            let Data::Code(codes) = &code.data else { return Vector::unknown(node.ty, WHY_NOTHING) };
            let inside = codes.iter().map(|&code| set.get(usize::from(code)).copied().unwrap_or(false)).collect();
            Vector { data: Data::Bool(Cow::Owned(inside)), why: code.why, is_constant: code.is_constant }
        }
        Op::CodesAny(codes, mask) => {
            let vector = evaluate(codes, frame);
            let Data::Codes(sets) = &vector.data else { return Vector::unknown(node.ty, WHY_NOTHING) };
            let any = sets.iter().map(|set| set & mask != 0).collect();
            Vector { data: Data::Bool(Cow::Owned(any)), why: vector.why, is_constant: vector.is_constant }
        }
        Op::Not(inner) => {
            let vector = evaluate(inner, frame);
            let Data::Bool(values) = &vector.data else { return Vector::unknown(node.ty, WHY_NOTHING) };
            let values = values.iter().map(|value| !value).collect();
            Vector { data: Data::Bool(Cow::Owned(values)), why: vector.why, is_constant: vector.is_constant }
        }
        Op::And(nodes) => junction(nodes, frame, true),
        Op::Or(nodes) => junction(nodes, frame, false),
        Op::Compare(op, left, right) => compare(*op, &evaluate(left, frame), &evaluate(right, frame), frame.len),
        Op::TextIn(text, set) => {
            text_test(&evaluate(text, frame), frame.len, |text| set.iter().any(|one| **one == *text))
        }
        Op::Like(text, pattern) => {
            text_test(&evaluate(text, frame), frame.len, |text| is_like(text, pattern, '%', '_'))
        }
        Op::Contains(text, words) => {
            text_test(&evaluate(text, frame), frame.len, |text| words.iter().any(|word| text.contains(&**word)))
        }
        Op::IsNull(inner, blank) => is_null(&evaluate(inner, frame), *blank, frame.len),
        Op::IsTruth(inner, want) => {
            let vector = evaluate(inner, frame);
            let rows = rows(&vector, frame.len);
            let test = |row| match (vector.truth(row), want) {
                ((value, 0), Some(want)) => value == *want,
                ((_, why), None) => why != 0,
                _ => false,
            };
            let data = Data::Bool(Cow::Owned((0..rows).map(test).collect()));
            Vector { data, why: None, is_constant: vector.is_constant }
        }
        Op::Arith(op, left, right) => arithmetic(*op, &evaluate(left, frame), &evaluate(right, frame), frame.len),
        Op::Case(branches, otherwise) => case(branches, otherwise, frame),
        Op::Coalesce(nodes, blockers) => coalesce(nodes, *blockers, frame),
        Op::Cell(test, slot, why) => cell_test(*test, &frame.cells(*slot), why, frame.len),
        Op::Found(join, no_ledger) => frame.found(*join, *no_ledger),
        Op::Call(function, arguments) => {
            if let Some(known) = id_numbers::call(*function, arguments, frame) {
                return known;
            }
            let vectors: Vec<Vector<'f>> = arguments.iter().map(|argument| evaluate(argument, frame)).collect();
            let mut opaque = 0;
            node.walk(&mut |part| {
                if let Op::Column(_, why) = part.op {
                    opaque |= why.unreadable;
                }
            });
            call(*function, &vectors, frame, if opaque == 0 { WHY_RANGE } else { opaque })
        }
    }
}

/// How many values a vector holds in a frame of `len` rows.
fn rows(vector: &Vector<'_>, len: usize) -> usize {
    if vector.is_constant { 1 } else { len }
}

/// AND and OR: the one value that settles the result wins over unknown operands.
fn junction<'f>(nodes: &'f [Node], frame: &'f Frame<'_>, is_and: bool) -> Vector<'f> {
    let mut result: Option<Vector<'f>> = None;
    for (position, node) in nodes.iter().enumerate() {
        if let Some(before) = &result
            && let Some(open) = open_rows(before, is_and, frame.len)
            && let Some(few) = frame.of_rows(&open)
        {
            // Few rows are not settled yet: the rest is worked out for them alone.
            return fill_in(before, &open, &junction(&nodes[position..], &few, is_and), is_and);
        }
        let next = evaluate(node, frame);
        if next.is_constant && next.why.is_none() {
            let Data::Bool(values) = &next.data else { continue };
            if values[0] == is_and {
                // TRUE in an AND, FALSE in an OR: nothing changes.
                result = result.or(Some(next));
                continue;
            }
            return next;
        }
        let combined = match result {
            None => next,
            Some(before) => combine(&before, &next, is_and, frame.len),
        };
        // Where every row is settled, the rest need not be looked at.
        if combined.why.is_none()
            && let Data::Bool(values) = &combined.data
            && values.iter().all(|&value| value != is_and)
        {
            return combined;
        }
        result = Some(combined);
    }
    result.unwrap_or_else(|| Vector::constant(Data::Bool(Cow::Owned(vec![is_and]))))
}

/// The rows that no operand has settled, where they are few.
fn open_rows(before: &Vector<'_>, is_and: bool, len: usize) -> Option<Vec<u32>> {
    let Data::Bool(values) = &before.data else { return None };
    match &before.why {
        _ if before.is_constant || values.len() != len => None,
        None => few_rows(values.iter().map(|value| *value == is_and)),
        Some(why) => few_rows(values.iter().zip(why.iter()).map(|(value, why)| (*value == is_and) | (*why != 0))),
    }
}

/// AND and OR where only the rows `open` were not settled, with what the other operands say in them.
fn fill_in<'a>(before: &Vector<'_>, open: &[u32], rest: &Vector<'_>, is_and: bool) -> Vector<'a> {
    let Data::Bool(values) = &before.data else { return Vector::unknown(crate::rule::Type::Bool, WHY_NOTHING) };
    let (mut values, len) = (values.to_vec(), values.len());
    let mut reasons = before.why.as_ref().map(|why| why.to_vec());
    for (at, row) in open.iter().enumerate() {
        let row = *row as usize;
        let (value, why) = rest.truth(at);
        let is_settled = why == 0 && value != is_and;
        let reason = if is_settled { 0 } else { why | before.why_at(row) };
        values[row] = if is_settled { !is_and } else { is_and && reason == 0 };
        if reason != 0 || reasons.is_some() {
            reasons.get_or_insert_with(|| vec![0; len])[row] = reason;
        }
    }
    let why = reasons.filter(|reasons| reasons.iter().any(|why| *why != 0)).map(Cow::Owned);
    Vector { data: Data::Bool(Cow::Owned(values)), why, is_constant: false }
}

fn combine<'a>(a: &Vector<'_>, b: &Vector<'_>, is_and: bool, len: usize) -> Vector<'a> {
    let is_constant = a.is_constant && b.is_constant;
    let rows = if is_constant { 1 } else { len };
    let (Data::Bool(x), Data::Bool(y)) = (&a.data, &b.data) else {
        return Vector::unknown(crate::rule::Type::Bool, WHY_NOTHING);
    };
    // Each case is a loop of its own, without a question for each row.
    if !a.is_constant && !b.is_constant {
        match (a.why.as_deref(), b.why.as_deref()) {
            (None, None) => {
                let values = x.iter().zip(y.iter()).map(|(x, y)| if is_and { x & y } else { x | y }).collect();
                return Vector::known(Data::Bool(Cow::Owned(values)));
            }
            (Some(x_why), None) => return settle(x.iter().zip(x_why), y.iter().zip(repeat(&0)), is_and, len),
            (None, Some(y_why)) => return settle(x.iter().zip(repeat(&0)), y.iter().zip(y_why), is_and, len),
            (Some(x_why), Some(y_why)) => return settle(x.iter().zip(x_why), y.iter().zip(y_why), is_and, len),
        }
    }
    let pairs = |vector: &'_ Vector<'_>| (0..rows).map(|row| vector.truth(row)).collect::<Vec<_>>();
    let (x, y) = (pairs(a), pairs(b));
    let settled = settle(x.iter().map(|(x, why)| (x, why)), y.iter().map(|(y, why)| (y, why)), is_and, rows);
    Vector { is_constant, ..settled }
}

/// AND and OR row by row, of values with the reasons why they are unknown.
fn settle<'v, 'a>(
    x: impl Iterator<Item = (&'v bool, &'v Why)>,
    y: impl Iterator<Item = (&'v bool, &'v Why)>,
    is_and: bool,
    rows: usize,
) -> Vector<'a> {
    let (mut values, mut reasons) = (vec![false; rows], vec![0; rows]);
    let mut any = 0;
    for ((value, reason), ((x, x_why), (y, y_why))) in values.iter_mut().zip(&mut reasons).zip(x.zip(y)) {
        let is_settled = (*x_why == 0) & (*x != is_and) | (*y_why == 0) & (*y != is_and);
        *reason = if is_settled { 0 } else { x_why | y_why };
        *value = if is_settled { !is_and } else { is_and & (*reason == 0) };
        any |= *reason;
    }
    let why = (any != 0).then_some(Cow::Owned(reasons));
    Vector { data: Data::Bool(Cow::Owned(values)), why, is_constant: false }
}

/// `f` over two columns, either of which may be constant.
fn zip<T, R>(a: &[T], a_constant: bool, b: &[T], b_constant: bool, f: impl Fn(&T, &T) -> R) -> Vec<R> {
    match (a_constant, b_constant, a.first(), b.first()) {
        (true, false, Some(a), _) => b.iter().map(|b| f(a, b)).collect(),
        (false, true, _, Some(b)) => a.iter().map(|a| f(a, b)).collect(),
        _ => a.iter().zip(b).map(|(a, b)| f(a, b)).collect(),
    }
}

fn compare<'a>(op: Cmp, a: &Vector<'_>, b: &Vector<'_>, len: usize) -> Vector<'a> {
    fn typed<T: PartialOrd>(op: Cmp, a: &[T], a_constant: bool, b: &[T], b_constant: bool) -> Vec<bool> {
        match op {
            Cmp::Eq => zip(a, a_constant, b, b_constant, |a, b| a == b),
            Cmp::Ne => zip(a, a_constant, b, b_constant, |a, b| a != b),
            Cmp::Lt => zip(a, a_constant, b, b_constant, |a, b| a < b),
            Cmp::Le => zip(a, a_constant, b, b_constant, |a, b| a <= b),
            Cmp::Gt => zip(a, a_constant, b, b_constant, |a, b| a > b),
            Cmp::Ge => zip(a, a_constant, b, b_constant, |a, b| a >= b),
        }
    }
    let is_constant = a.is_constant && b.is_constant;
    let (ac, bc) = (a.is_constant, b.is_constant);
    let values = match (&a.data, &b.data) {
        (Data::Number(x), Data::Number(y)) => typed(op, x, ac, y, bc),
        (Data::Date(x), Data::Date(y)) => typed(op, x, ac, y, bc),
        (Data::Code(x), Data::Code(y)) => typed(op, x, ac, y, bc),
        (Data::Bool(x), Data::Bool(y)) => typed(op, x, ac, y, bc),
        (Data::Period(x), Data::Period(y)) => {
            // A quarter and the same days written as a range are the same period.
            let is_same = zip(x, ac, y, bc, |x, y| x == y || (x.start() == y.start() && x.end() == y.end()));
            is_same.into_iter().map(|same| same == (op == Cmp::Eq)).collect()
        }
        (Data::Text(x), Data::Text(y)) => {
            let rows = if is_constant { 1 } else { len };
            let pair = |row| (x.at(a.index(row)), y.at(b.index(row)));
            match op {
                Cmp::Eq => (0..rows).map(|row| pair(row).0 == pair(row).1).collect(),
                Cmp::Ne => (0..rows).map(|row| pair(row).0 != pair(row).1).collect(),
                _ => (0..rows)
                    .map(|row| {
                        let (x, y) = pair(row);
                        typed(op, &[x], false, &[y], false)[0]
                    })
                    .collect(),
            }
        }
        _ => return Vector::unknown(crate::rule::Type::Bool, WHY_NOTHING),
    };
    Vector { data: Data::Bool(Cow::Owned(values)), why: merge_why(&[a, b]), is_constant }
}

fn text_test<'a>(text: &Vector<'a>, len: usize, test: impl Fn(&str) -> bool) -> Vector<'a> {
    let values = match &text.data {
        Data::Text(Texts::Column(column)) if let Some(picks) = column.picks() => {
            // Each text that repeats is looked at once.
            let known: Vec<bool> = (0..column.kept_len()).map(|at| test(column.kept(at))).collect();
            picks.iter().map(|pick| known[*pick as usize]).collect()
        }
        _ => (0..rows(text, len)).map(|row| test(text.text(row))).collect(),
    };
    Vector { data: Data::Bool(Cow::Owned(values)), why: text.why.clone(), is_constant: text.is_constant }
}

fn is_null<'a>(vector: &Vector<'_>, blank: Why, len: usize) -> Vector<'a> {
    let Some(why) = &vector.why else { return Vector::constant(Data::Bool(Cow::Owned(vec![false]))) };
    let rows = rows(vector, len);
    // Only blank is NULL; what cannot be read or has no column may be anything.
    let reasons: Vec<Why> = why.iter().take(rows).map(|&why| if why & !blank == 0 { 0 } else { why }).collect();
    let values = why.iter().take(rows).map(|&why| why != 0 && why & !blank == 0).collect();
    let why = reasons.iter().any(|&why| why != 0).then_some(Cow::Owned(reasons));
    Vector { data: Data::Bool(Cow::Owned(values)), why, is_constant: vector.is_constant }
}

fn arithmetic<'a>(op: Arith, a: &Vector<'_>, b: &Vector<'_>, len: usize) -> Vector<'a> {
    let is_constant = a.is_constant && b.is_constant;
    let rows = if is_constant { 1 } else { len };
    let mut why: Option<Vec<Why>> = merge_why(&[a, b]).map(Cow::into_owned);
    let mut fail = |row: usize| why.get_or_insert_with(|| vec![0; rows])[row] |= WHY_RANGE;
    let data = match (&a.data, &b.data) {
        (Data::Number(x), Data::Number(y)) => {
            let f: fn(Decimal, Decimal) -> Option<Decimal> = match op {
                Arith::Add => Decimal::checked_add,
                Arith::Sub => Decimal::checked_sub,
                Arith::Mul => Decimal::checked_mul,
            };
            let results = zip(x, a.is_constant, y, b.is_constant, |x, y| f(*x, *y));
            let value = |(row, result): (usize, Option<Decimal>)| {
                result.unwrap_or_else(|| {
                    fail(row);
                    Decimal::ZERO
                })
            };
            Data::Number(Cow::Owned(results.into_iter().enumerate().map(value).collect()))
        }
        (Data::Date(x), Data::Number(y)) => {
            let mut dates = Vec::with_capacity(rows);
            for row in 0..rows {
                let (date, days) =
                    (x[a.index(row)], y[b.index(row)].to_int().and_then(|days| i32::try_from(days).ok()));
                let days = if op == Arith::Sub { days.and_then(i32::checked_neg) } else { days };
                dates.push(days.and_then(|days| date.add_days(days)).unwrap_or_else(|| {
                    fail(row);
                    date
                }));
            }
            Data::Date(Cow::Owned(dates))
        }
        (Data::Date(x), Data::Date(y)) => {
            let days = zip(x, a.is_constant, y, b.is_constant, |x, y| {
                Decimal::from_int(i64::from(x.days()) - i64::from(y.days()))
            });
            Data::Number(Cow::Owned(days))
        }
        _ => return Vector::unknown(crate::rule::Type::Number, WHY_NOTHING),
    };
    Vector { data, why: why.map(Cow::Owned), is_constant }
}

/// The value of the first branch whose condition is true; an unknown condition makes the result unknown.
fn case<'f>(branches: &'f [(Node, Node)], otherwise: &'f Node, frame: &'f Frame<'_>) -> Vector<'f> {
    let tests: Vec<Vector<'f>> = branches.iter().map(|(test, _)| evaluate(test, frame)).collect();
    let mut values: Vec<Vector<'f>> = branches.iter().map(|(_, value)| evaluate(value, frame)).collect();
    values.push(evaluate(otherwise, frame));
    let is_constant = tests.iter().chain(&values).all(|vector| vector.is_constant);
    let rows = if is_constant { 1 } else { frame.len };
    let mut choice = vec![branches.len(); rows];
    let mut reasons = vec![0; rows];
    for row in 0..rows {
        for (position, test) in tests.iter().enumerate() {
            let (is_true, why) = test.truth(row);
            if why != 0 {
                reasons[row] = why;
                break;
            }
            if is_true {
                choice[row] = position;
                break;
            }
        }
        if reasons[row] == 0 {
            reasons[row] = values[choice[row]].why_at(row);
        }
    }
    choose(&values, &choice, reasons, is_constant)
}

fn coalesce<'f>(nodes: &'f [Node], blockers: Why, frame: &'f Frame<'_>) -> Vector<'f> {
    let mut values = Vec::with_capacity(nodes.len());
    for node in nodes {
        let vector = evaluate(node, frame);
        let is_last = vector.why.is_none();
        values.push(vector);
        if is_last {
            break;
        }
    }
    if values.len() == 1 {
        return values.remove(0);
    }
    let is_constant = values.iter().all(|vector| vector.is_constant);
    let rows = if is_constant { 1 } else { frame.len };
    let mut choice = vec![0; rows];
    let mut reasons = vec![0; rows];
    for row in 0..rows {
        for (position, value) in values.iter().enumerate() {
            let why = value.why_at(row);
            choice[row] = position;
            if why == 0 {
                reasons[row] = 0;
                break;
            }
            reasons[row] |= why;
            if why & blockers != 0 {
                break;
            }
        }
    }
    choose(&values, &choice, reasons, is_constant)
}

/// What a test says of a cell in this state, as far as the state decides it.
fn answer_of(test: CellTest, state: CellState, why: &SlotWhy) -> (bool, Why) {
    match (test, state) {
        (CellTest::HasColumn, state) => (state != CellState::Absent, 0),
        (_, CellState::Absent) => (false, why.absent),
        (CellTest::Present, state) => (state != CellState::Blank, 0),
        (CellTest::Recognised, CellState::Blank) => (false, why.blank),
        (CellTest::Recognised, state) => (state == CellState::Present, 0),
        (CellTest::StatedNever | CellTest::Negative, _) => (false, 0),
    }
}

/// `present`, `recognised`, `has_column`, `stated_never` and `negative`.
fn cell_test<'a>(test: CellTest, cells: &Cells<'_>, why: &SlotWhy, len: usize) -> Vector<'a> {
    let answer = |column: &Column, row: usize| match (test, column.state(row)) {
        (CellTest::StatedNever, state) if state != CellState::Absent => (column.stated_never(row), 0),
        (CellTest::Negative, state) if state != CellState::Absent => (column.negative(row), 0),
        (test, state) => answer_of(test, state, why),
    };
    match cells {
        Cells::NoLedger => Vector::unknown(crate::rule::Type::Bool, why.no_ledger),
        Cells::Values(vector) if test.asks_text() => {
            // A date that is known did happen, a number that is known is not negative; what an unknown one says was not kept.
            let why = vector.why.clone().map(|why| Cow::Owned(why.into_owned()));
            let rows = rows(vector, len);
            Vector { data: Data::Bool(Cow::Owned(vec![false; rows])), why, is_constant: vector.is_constant }
        }
        Cells::Values(vector) => {
            // A value that was computed is there unless it is unknown.
            let test = |row| vector.why_at(row) == 0;
            Vector::known(Data::Bool(Cow::Owned((0..len).map(test).collect())))
        }
        Cells::Column(column, None) if matches!(column.data, ColumnData::Absent) => {
            let (value, why) = answer(column, 0);
            let why = (why != 0).then_some(Cow::Owned(vec![why]));
            Vector { data: Data::Bool(Cow::Owned(vec![value])), why, is_constant: true }
        }
        Cells::Column(column, None) if !test.asks_text() || column.unreadable.is_empty() => {
            let of_state = [CellState::Present, CellState::Blank, CellState::Unreadable, CellState::Absent]
                .map(|state| answer_of(test, state, why));
            let value = |state: &CellState| of_state[*state as usize].0;
            let is_known = column.states.iter().fold(true, |all, state| all & (of_state[*state as usize].1 == 0));
            let reasons = || column.states.iter().map(|state| of_state[*state as usize].1).collect();
            let why = (!is_known).then(|| Cow::Owned(reasons()));
            Vector { data: Data::Bool(column.states.iter().map(value).collect()), why, is_constant: false }
        }
        Cells::Column(column, pick) => {
            let rows = (0..len).map(|row| match pick {
                None => answer(column, row),
                Some(pick) if pick[row] == super::vector::NO_RECORD => (false, why.no_record),
                Some(pick) => answer(column, pick[row] as usize),
            });
            let (values, reasons): (Vec<bool>, Vec<Why>) = rows.unzip();
            let why = reasons.iter().any(|&why| why != 0).then_some(Cow::Owned(reasons));
            Vector { data: Data::Bool(Cow::Owned(values)), why, is_constant: false }
        }
    }
}

/// The dates of one row of a vector of dates or of lists of dates.
pub(super) fn dates_at<'v>(vector: &'v Vector<'_>, row: usize) -> &'v [crate::model::Date] {
    match &vector.data {
        Data::Dates(lists) => lists.at(vector.index(row)),
        Data::Date(dates) => std::slice::from_ref(&dates[vector.index(row)]),
        _ => &[],
    }
}
