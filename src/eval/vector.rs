//! Values of an expression for all rows of a frame at once, each known or unknown for stated reasons.

use std::borrow::Cow;
use std::sync::Arc;

use crate::model::{CellState, Column, ColumnData, Date, Decimal, Period, TextColumn};
use crate::rule::{Scalar, SlotWhy, Type, Why};

/// A position that stands for no record.
pub(super) const NO_RECORD: u32 = u32::MAX;

/// Texts without an allocation for each.
#[derive(Clone, Debug)]
pub(super) enum Texts<'a> {
    Column(&'a TextColumn),
    /// Rows of a column; [`NO_RECORD`] gives the empty text.
    Picked(&'a TextColumn, &'a [u32]),
    /// For each row a position in a table.
    Table(Cow<'a, [u16]>, &'a [Arc<str>]),
    One(&'a str),
    Owned(Cow<'a, [Arc<str>]>),
}

impl Texts<'_> {
    #[inline]
    pub fn at(&self, index: usize) -> &str {
        match self {
            Texts::Column(column) => column.get(index),
            Texts::Picked(column, pick) => match pick[index] {
                NO_RECORD => "",
                row => column.get(row as usize),
            },
            Texts::Table(codes, table) => table.get(usize::from(codes[index])).map_or("", |text| text),
            Texts::One(text) => text,
            Texts::Owned(texts) => &texts[index],
        }
    }
}

/// Lists of dates.
#[derive(Clone, Debug)]
pub(super) enum DateLists<'a> {
    Column(&'a [Vec<Date>]),
    Picked(&'a [Vec<Date>], &'a [u32]),
    Owned(Cow<'a, [Vec<Date>]>),
}

impl DateLists<'_> {
    pub fn at(&self, index: usize) -> &[Date] {
        match self {
            DateLists::Column(lists) => &lists[index],
            DateLists::Picked(lists, pick) => match pick[index] {
                NO_RECORD => &[],
                row => &lists[row as usize],
            },
            DateLists::Owned(lists) => &lists[index],
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Data<'a> {
    Bool(Cow<'a, [bool]>),
    Number(Cow<'a, [Decimal]>),
    Date(Cow<'a, [Date]>),
    Dates(DateLists<'a>),
    Period(Cow<'a, [Period]>),
    Text(Texts<'a>),
    Code(Cow<'a, [u16]>),
    Codes(Cow<'a, [u64]>),
}

/// One value for each row, or one for all of them where it is constant.
#[derive(Clone, Debug)]
pub(super) struct Vector<'a> {
    pub data: Data<'a>,
    /// Why the value is unknown; 0 where it is known. `None` where all values are known.
    pub why: Option<Cow<'a, [Why]>>,
    /// Whether there is one value that holds for every row.
    pub is_constant: bool,
}

impl<'a> Vector<'a> {
    pub fn known(data: Data<'a>) -> Vector<'a> {
        Vector { data, why: None, is_constant: false }
    }

    pub fn constant(data: Data<'a>) -> Vector<'a> {
        Vector { data, why: None, is_constant: true }
    }

    /// Unknown in every row.
    pub fn unknown(ty: Type, why: Why) -> Vector<'a> {
        Vector { data: default_data(ty), why: Some(Cow::Owned(vec![why])), is_constant: true }
    }

    pub fn scalar(value: &'a Scalar) -> Vector<'a> {
        Vector::constant(match value {
            Scalar::Bool(value) => Data::Bool(Cow::Owned(vec![*value])),
            Scalar::Number(value) => Data::Number(Cow::Owned(vec![*value])),
            Scalar::Date(value) => Data::Date(Cow::Owned(vec![*value])),
            Scalar::Period(value) => Data::Period(Cow::Owned(vec![*value])),
            Scalar::Text(value) => Data::Text(Texts::One(value)),
            Scalar::Code(value) => Data::Code(Cow::Owned(vec![*value])),
        })
    }

    /// The values of `column`, or of the rows of it that are picked.
    pub fn column(column: &'a Column, pick: Option<&'a [u32]>, ty: Type, why: &SlotWhy) -> Vector<'a> {
        let picked = |states: &[CellState]| match pick {
            None => states_why(states, why),
            Some(pick) => picked_why(pick, |row| states[row], why),
        };
        match (&column.data, pick) {
            (ColumnData::Absent, None) => Vector::unknown(ty, why.absent),
            (ColumnData::Absent, Some(pick)) => {
                let reasons = picked_why(pick, |_| CellState::Absent, why);
                if pick.is_empty() {
                    return Vector::unknown(ty, why.absent);
                }
                Vector { data: repeat_default(ty, pick.len()), why: reasons.map(Cow::Owned), is_constant: false }
            }
            (data, pick) => {
                Vector { data: pick_data(data, pick), why: picked(&column.states).map(Cow::Owned), is_constant: false }
            }
        }
    }

    /// The same values without owning them.
    pub fn share(&'a self) -> Vector<'a> {
        let data = match &self.data {
            Data::Bool(values) => Data::Bool(Cow::Borrowed(values)),
            Data::Number(values) => Data::Number(Cow::Borrowed(values)),
            Data::Date(values) => Data::Date(Cow::Borrowed(values)),
            Data::Dates(DateLists::Owned(values)) => Data::Dates(DateLists::Owned(Cow::Borrowed(values))),
            Data::Dates(lists) => Data::Dates(lists.clone()),
            Data::Period(values) => Data::Period(Cow::Borrowed(values)),
            Data::Text(Texts::Owned(values)) => Data::Text(Texts::Owned(Cow::Borrowed(values))),
            Data::Text(Texts::Table(codes, table)) => Data::Text(Texts::Table(Cow::Borrowed(codes), table)),
            Data::Text(texts) => Data::Text(texts.clone()),
            Data::Code(values) => Data::Code(Cow::Borrowed(values)),
            Data::Codes(values) => Data::Codes(Cow::Borrowed(values)),
        };
        let why = self.why.as_ref().map(|why| Cow::Borrowed(&**why));
        Vector { data, why, is_constant: self.is_constant }
    }

    /// Where the value of `row` stands.
    #[inline]
    pub fn index(&self, row: usize) -> usize {
        if self.is_constant { 0 } else { row }
    }

    /// Why the value of `row` is unknown; 0 where it is known.
    #[inline]
    pub fn why_at(&self, row: usize) -> Why {
        self.why.as_ref().map_or(0, |why| why[self.index(row)])
    }

    /// For each of `len` rows whether the value is known and true.
    pub fn truths(&self, len: usize) -> Cow<'_, [bool]> {
        let Data::Bool(values) = &self.data else { return Cow::Owned(vec![false; len]) };
        if self.is_constant {
            return Cow::Owned(vec![self.truth(0).0; len]);
        }
        match &self.why {
            None => Cow::Borrowed(values),
            Some(why) => Cow::Owned(values.iter().zip(why.iter()).map(|(value, why)| *value & (*why == 0)).collect()),
        }
    }

    /// The truth of `row` and why it is unknown.
    #[inline]
    pub fn truth(&self, row: usize) -> (bool, Why) {
        let index = self.index(row);
        let why = self.why.as_ref().map_or(0, |why| why[index]);
        match &self.data {
            Data::Bool(values) => (values[index] && why == 0, why),
            _ => (false, why),
        }
    }

    /// The value of `row`, where it is known and of a type that one value can hold.
    pub fn value(&self, row: usize) -> Option<Scalar> {
        if self.why_at(row) != 0 {
            return None;
        }
        let index = self.index(row);
        Some(match &self.data {
            Data::Bool(values) => Scalar::Bool(values[index]),
            Data::Number(values) => Scalar::Number(values[index]),
            Data::Date(values) => Scalar::Date(values[index]),
            Data::Period(values) => Scalar::Period(values[index]),
            Data::Text(texts) => Scalar::Text(texts.at(index).into()),
            Data::Code(values) => Scalar::Code(values[index]),
            Data::Dates(_) | Data::Codes(_) => return None,
        })
    }

    pub fn numbers(&self) -> &[Decimal] {
        if let Data::Number(values) = &self.data { values } else { &[] }
    }

    pub fn dates(&self) -> &[Date] {
        if let Data::Date(values) = &self.data { values } else { &[] }
    }

    pub fn periods(&self) -> &[Period] {
        if let Data::Period(values) = &self.data { values } else { &[] }
    }

    #[inline]
    pub fn text(&self, row: usize) -> &str {
        if let Data::Text(texts) = &self.data { texts.at(self.index(row)) } else { "" }
    }
}

/// A period that nobody sees: what stands where no period is known.
pub(super) const NO_PERIOD: Period = Period::Year(1);

fn default_data<'a>(ty: Type) -> Data<'a> {
    repeat_default(ty, 1)
}

fn repeat_default<'a>(ty: Type, count: usize) -> Data<'a> {
    match ty {
        Type::Bool => Data::Bool(Cow::Owned(vec![false; count])),
        Type::Number => Data::Number(Cow::Owned(vec![Decimal::ZERO; count])),
        Type::Date => Data::Date(Cow::Owned(vec![Date::default(); count])),
        Type::Dates => Data::Dates(DateLists::Owned(Cow::Owned(vec![Vec::new(); count]))),
        Type::Period => Data::Period(Cow::Owned(vec![NO_PERIOD; count])),
        Type::Text => Data::Text(Texts::Owned(Cow::Owned(vec!["".into(); count]))),
        Type::Code(_) => Data::Code(Cow::Owned(vec![0; count])),
        Type::Codes(_) => Data::Codes(Cow::Owned(vec![0; count])),
    }
}

fn state_why(state: CellState, why: &SlotWhy) -> Why {
    match state {
        CellState::Present => 0,
        CellState::Blank => why.blank,
        CellState::Unreadable => why.unreadable,
        CellState::Absent => why.absent,
    }
}

fn states_why(states: &[CellState], why: &SlotWhy) -> Option<Vec<Why>> {
    // Without a way out in the middle the loop looks at many states at once.
    let is_all = states.iter().fold(true, |is_all, state| is_all & (*state == CellState::Present));
    if is_all {
        return None;
    }
    let reasons = state_reasons(why);
    Some(states.iter().map(|state| reasons[*state as usize]).collect())
}

/// Why a value is unknown, by the state of its cell.
pub(super) fn state_reasons(why: &SlotWhy) -> [Why; 4] {
    let states = [CellState::Present, CellState::Blank, CellState::Unreadable, CellState::Absent];
    let mut reasons = [0; 4];
    for state in states {
        reasons[state as usize] = state_why(state, why);
    }
    reasons
}

fn picked_why(pick: &[u32], state: impl Fn(usize) -> CellState, why: &SlotWhy) -> Option<Vec<Why>> {
    let reason = |row: u32| if row == NO_RECORD { why.no_record } else { state_why(state(row as usize), why) };
    if pick.iter().all(|&row| reason(row) == 0) {
        return None;
    }
    Some(pick.iter().map(|&row| reason(row)).collect())
}

fn pick_data<'a>(data: &'a ColumnData, pick: Option<&'a [u32]>) -> Data<'a> {
    fn take<'a, T: Copy + Default>(values: &'a [T], pick: Option<&'a [u32]>) -> Cow<'a, [T]> {
        match pick {
            None => Cow::Borrowed(values),
            Some(pick) => {
                let value = |&row: &u32| if row == NO_RECORD { T::default() } else { values[row as usize] };
                Cow::Owned(pick.iter().map(value).collect())
            }
        }
    }
    match data {
        ColumnData::Absent => default_data(Type::Text),
        ColumnData::Text(texts) => Data::Text(match pick {
            None => Texts::Column(texts),
            Some(pick) => Texts::Picked(texts, pick),
        }),
        ColumnData::YesNo(values) => Data::Bool(take(values, pick)),
        ColumnData::Number(values) => Data::Number(take(values, pick)),
        ColumnData::Date(values) => Data::Date(take(values, pick)),
        ColumnData::Dates(lists) => Data::Dates(match pick {
            None => DateLists::Column(lists),
            Some(pick) => DateLists::Picked(lists, pick),
        }),
        ColumnData::Period(values) => Data::Period(match pick {
            None => Cow::Borrowed(values),
            Some(pick) => {
                let value = |&row: &u32| if row == NO_RECORD { NO_PERIOD } else { values[row as usize] };
                Cow::Owned(pick.iter().map(value).collect())
            }
        }),
        ColumnData::Code(values) => Data::Code(take(values, pick)),
        ColumnData::Codes(values) => Data::Codes(take(values, pick)),
    }
}

/// The reasons of a result that is unknown where any of the arguments is.
pub(super) fn merge_why<'a>(arguments: &[&Vector<'_>]) -> Option<Cow<'a, [Why]>> {
    let unknown: Vec<&Vector<'_>> = arguments.iter().filter(|argument| argument.why.is_some()).copied().collect();
    let length = arguments.iter().filter(|argument| !argument.is_constant).find_map(|argument| length(argument));
    if unknown.is_empty() {
        return None;
    }
    let mut merged = vec![0; length.unwrap_or(1)];
    for argument in unknown {
        let Some(why) = &argument.why else { continue };
        match why.first() {
            Some(one) if argument.is_constant => merged.iter_mut().for_each(|merged| *merged |= one),
            _ => merged.iter_mut().zip(why.iter()).for_each(|(merged, why)| *merged |= why),
        }
    }
    Some(Cow::Owned(merged))
}

/// Number of rows of a vector that is not constant, as far as its data says.
fn length(vector: &Vector<'_>) -> Option<usize> {
    if let Some(why) = &vector.why {
        return Some(why.len());
    }
    Some(match &vector.data {
        Data::Bool(values) => values.len(),
        Data::Number(values) => values.len(),
        Data::Date(values) => values.len(),
        Data::Period(values) => values.len(),
        Data::Code(values) => values.len(),
        Data::Codes(values) => values.len(),
        Data::Dates(lists) => match lists {
            DateLists::Column(lists) => lists.len(),
            DateLists::Picked(_, pick) => pick.len(),
            DateLists::Owned(lists) => lists.len(),
        },
        Data::Text(texts) => match texts {
            Texts::Column(column) => column.len(),
            Texts::Picked(_, pick) => pick.len(),
            Texts::Table(codes, _) => codes.len(),
            Texts::One(_) => 1,
            Texts::Owned(texts) => texts.len(),
        },
    })
}

/// Rows from several vectors of one type: for each row the position of the vector it is taken from.
pub(super) fn choose<'a>(sources: &[Vector<'_>], choice: &[usize], why: Vec<Why>, is_constant: bool) -> Vector<'a> {
    macro_rules! chosen {
        ($variant:ident, $default:expr) => {
            Data::$variant(Cow::Owned(
                choice
                    .iter()
                    .enumerate()
                    .map(|(row, &source)| match sources.get(source) {
                        Some(Vector { data: Data::$variant(values), is_constant, .. }) => {
                            values[if *is_constant { 0 } else { row }]
                        }
                        _ => $default,
                    })
                    .collect(),
            ))
        };
    }
    let data = match sources.first().map(|source| &source.data) {
        Some(Data::Number(_)) => chosen!(Number, Decimal::ZERO),
        Some(Data::Date(_)) => chosen!(Date, Date::default()),
        Some(Data::Period(_)) => chosen!(Period, NO_PERIOD),
        Some(Data::Code(_)) => chosen!(Code, 0),
        Some(Data::Codes(_)) => chosen!(Codes, 0),
        Some(Data::Text(_)) => {
            let text = |(row, &source): (usize, &usize)| -> Arc<str> {
                sources.get(source).map_or("", |vector| vector.text(row)).into()
            };
            Data::Text(Texts::Owned(Cow::Owned(choice.iter().enumerate().map(text).collect())))
        }
        Some(Data::Dates(_)) => {
            let list = |(row, &source): (usize, &usize)| match sources.get(source) {
                Some(vector @ Vector { data: Data::Dates(lists), .. }) => lists.at(vector.index(row)).to_vec(),
                _ => Vec::new(),
            };
            Data::Dates(DateLists::Owned(Cow::Owned(choice.iter().enumerate().map(list).collect())))
        }
        _ => chosen!(Bool, false),
    };
    let why = why.iter().any(|&why| why != 0).then_some(Cow::Owned(why));
    Vector { data, why, is_constant }
}
