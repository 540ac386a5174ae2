//! What the identity numbers of a batch say, worked out once for each column: many rules ask the same of them.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock, OnceLock};

use super::frame::{Frame, Side};
use super::names::{id_birth, id_sex, id_valid};
use super::vector::{Data, NO_RECORD, Texts, Vector};
use crate::model::{Column, ColumnData, Date, TextColumn};
use crate::rule::{Function as F, Node, Op, Slot, Type, WHY_RANGE};

/// What is worked out of the columns of a batch, by position of the field. Few columns hold identity numbers, and thousands of batches may be
/// kept.
#[derive(Debug, Default)]
pub(super) struct IdColumns(Vec<OnceLock<Box<IdColumn>>>);

/// What the texts of one column say as identity numbers, row by row.
#[derive(Debug)]
struct IdColumn {
    valid: Vec<bool>,
    birth: Vec<Date>,
    /// Positions in [`SEXES`].
    sex: Vec<u16>,
    /// Rows that name no date of birth, and rows that name no sex; `None` where all do.
    without_birth: Option<Vec<bool>>,
    without_sex: Option<Vec<bool>>,
}

static SEXES: LazyLock<[Arc<str>; 2]> = LazyLock::new(|| ["男".into(), "女".into()]);

impl IdColumns {
    /// Room for columns of this number.
    pub fn new(columns: usize) -> IdColumns {
        IdColumns((0..columns).map(|_| OnceLock::new()).collect())
    }

    fn column(&self, field: usize, columns: &[Arc<Column>]) -> Option<&IdColumn> {
        let ColumnData::Text(texts) = &columns.get(field)?.data else { return None };
        Some(self.0.get(field)?.get_or_init(|| Box::new(IdColumn::new(texts))))
    }
}

impl IdColumn {
    fn new(texts: &TextColumn) -> IdColumn {
        let mut all = IdColumn {
            valid: Vec::with_capacity(texts.len()),
            birth: Vec::with_capacity(texts.len()),
            sex: Vec::with_capacity(texts.len()),
            without_birth: None,
            without_sex: None,
        };
        for (row, text) in texts.iter().enumerate() {
            let lacking =
                |rows: &mut Option<Vec<bool>>| rows.get_or_insert_with(|| vec![false; texts.len()])[row] = true;
            all.valid.push(id_valid(text));
            all.birth.push(id_birth(text).unwrap_or_else(|| {
                lacking(&mut all.without_birth);
                Date::default()
            }));
            let sex = id_sex(text);
            if sex.is_none() {
                lacking(&mut all.without_sex);
            }
            all.sex.push(u16::from(sex == Some("女")));
        }
        all
    }
}

/// The value of a function of identity numbers where its argument is a column of the batch; `None` for any other call.
pub(super) fn call<'f>(function: F, arguments: &[Node], frame: &'f Frame<'_>) -> Option<Vector<'f>> {
    if !matches!(function, F::IdValid | F::IdBirth | F::IdSex) {
        return None;
    }
    let [Node { op: Op::Column(Slot::Record(field), slot_why), .. }] = arguments else { return None };
    let Side::Columns(columns, pick) = &frame.record else { return None };
    let field = usize::from(*field);
    let ids = frame.ids?.column(field, columns)?;
    let mut why = Vector::column(&columns[field], *pick, Type::Text, slot_why).why;
    let (data, without) = match function {
        F::IdValid => (Data::Bool(picked(&ids.valid, *pick)), &None),
        F::IdBirth => (Data::Date(picked(&ids.birth, *pick)), &ids.without_birth),
        _ => (Data::Text(Texts::Table(picked(&ids.sex, *pick), &*SEXES)), &ids.without_sex),
    };
    if let Some(without) = without {
        // The number is known and says nothing.
        let opaque = if slot_why.unreadable == 0 { WHY_RANGE } else { slot_why.unreadable };
        let without = picked(without, *pick);
        let mut reasons = why.map_or_else(|| vec![0; without.len()], Cow::into_owned);
        for (reason, lacks) in reasons.iter_mut().zip(without.iter()) {
            if *reason == 0 && *lacks {
                *reason = opaque;
            }
        }
        why = reasons.iter().any(|&reason| reason != 0).then_some(Cow::Owned(reasons));
    }
    Some(Vector { data, why, is_constant: false })
}

/// The values, or those of the rows that are picked.
fn picked<'a, T: Copy + Default>(values: &'a [T], pick: Option<&[u32]>) -> Cow<'a, [T]> {
    let at = |row: &u32| if *row == NO_RECORD { T::default() } else { values[*row as usize] };
    match pick {
        None => Cow::Borrowed(values),
        Some(pick) => Cow::Owned(pick.iter().map(at).collect()),
    }
}
