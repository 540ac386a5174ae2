//! Frames: the rows that an expression is evaluated over, whether records, groups or members of a population.

use std::borrow::Cow;
use std::sync::Arc;

use super::id_numbers::IdColumns;
use super::vector::{Data, NO_RECORD, Vector};
use crate::model::{Column, Date};
use crate::rule::{Program, Slot, SlotWhy, Type, WHY_NOTHING, Why};

/// What is the same for all rows of a run.
#[derive(Debug)]
pub(super) struct Context {
    pub program: Arc<Program>,
    pub as_of: Date,
}

/// Where the columns of one side of a frame come from.
#[derive(Clone, Debug)]
pub(super) enum Side<'a> {
    /// The ledger was not submitted, or the frame has no such side.
    NoLedger,
    /// Columns in the order of the kind's fields, and which of their rows.
    Columns(&'a [Arc<Column>], Option<&'a [u32]>),
    /// The same, of another ledger that stands in: for each field the position of its column.
    StandIn(&'a [Arc<Column>], Option<&'a [u32]>, &'a [Option<u16>]),
    /// Values that were computed, by position of the field.
    Values(&'a [(u16, Vector<'a>)]),
}

/// The rows that are left, where they are so few that it pays to look at them alone.
pub(super) fn few_rows(is_left: impl ExactSizeIterator<Item = bool> + Clone) -> Option<Vec<u32>> {
    let len = is_left.len();
    let count = is_left.clone().fold(0, |count, is_left| count + usize::from(is_left));
    let row = |(row, is_left): (u32, bool)| is_left.then_some(row);
    (len >= FEW && count <= len / 4).then(|| (0..).zip(is_left).filter_map(row).collect())
}

/// Rows of a frame below which choosing among them costs more than it saves.
const FEW: usize = 64;

/// The cells of one column of a frame.
pub(super) enum Cells<'a> {
    NoLedger,
    Column(&'a Column, Option<&'a [u32]>),
    Values(&'a Vector<'a>),
}

/// Rows, by the columns that describe them.
#[derive(Clone, Debug)]
pub(super) struct Frame<'a> {
    pub context: &'a Context,
    pub len: usize,
    pub record: Side<'a>,
    /// What the columns of the records say as identity numbers, where it is worked out for all of them.
    pub ids: Option<&'a IdColumns>,
    pub member: Side<'a>,
    pub joined: &'a [Side<'a>],
    pub aggregates: &'a [Vector<'a>],
    pub period: Vector<'a>,
    pub reporting: Vector<'a>,
}

impl<'a> Frame<'a> {
    /// A frame without rows or columns, for expressions that need none.
    pub fn empty(context: &'a Context) -> Frame<'a> {
        Frame {
            context,
            len: 1,
            record: Side::NoLedger,
            ids: None,
            member: Side::NoLedger,
            joined: &[],
            aggregates: &[],
            period: Vector::unknown(Type::Period, WHY_NOTHING),
            reporting: Vector::unknown(Type::Period, WHY_NOTHING),
        }
    }

    /// The rows of the frame in `pick`, in order; `None` where it is not one of whole batches of records and nothing else.
    pub fn of_rows<'s>(&'s self, pick: &'s [u32]) -> Option<Frame<'s>> {
        let Side::Columns(columns, None) = self.record else { return None };
        let is_alone = matches!(self.member, Side::NoLedger) && self.joined.is_empty() && self.aggregates.is_empty();
        (is_alone && self.period.is_constant && self.reporting.is_constant).then(|| Frame {
            context: self.context,
            len: pick.len(),
            record: Side::Columns(columns, Some(pick)),
            ids: self.ids,
            member: Side::NoLedger,
            joined: &[],
            aggregates: &[],
            period: self.period.share(),
            reporting: self.reporting.share(),
        })
    }

    pub fn cells(&self, slot: Slot) -> Cells<'_> {
        let (side, field) = match slot {
            Slot::Record(field) => (Some(&self.record), field),
            Slot::Member(field) => (Some(&self.member), field),
            Slot::Joined(join, field) => (self.joined.get(usize::from(join)), field),
        };
        let found = match side {
            None | Some(Side::NoLedger) => None,
            Some(Side::Columns(columns, pick)) => {
                columns.get(usize::from(field)).map(|column| Cells::Column(column, *pick))
            }
            Some(Side::StandIn(columns, pick, map)) => {
                let own = map.get(usize::from(field)).copied().flatten();
                own.and_then(|own| columns.get(usize::from(own))).map(|column| Cells::Column(column, *pick))
            }
            Some(Side::Values(values)) => {
                values.iter().find(|(position, _)| *position == field).map(|(_, vector)| Cells::Values(vector))
            }
        };
        found.unwrap_or(Cells::NoLedger)
    }

    pub fn vector(&self, slot: Slot, ty: Type, why: &SlotWhy) -> Vector<'_> {
        match self.cells(slot) {
            Cells::NoLedger => Vector::unknown(ty, if why.no_ledger == 0 { why.absent } else { why.no_ledger }),
            Cells::Column(column, pick) => Vector::column(column, pick, ty, why),
            Cells::Values(vector) => vector.share(),
        }
    }

    pub fn aggregate(&self, index: usize, ty: Type) -> Vector<'_> {
        self.aggregates.get(index).map_or_else(|| Vector::unknown(ty, WHY_NOTHING), Vector::share)
    }

    /// Whether each row has a joined record.
    pub fn found(&self, join: u8, no_ledger: Why) -> Vector<'_> {
        match self.joined.get(usize::from(join)) {
            Some(Side::Columns(_, Some(pick))) => {
                let found = pick.iter().map(|&row| row != NO_RECORD).collect();
                Vector::known(Data::Bool(Cow::Owned(found)))
            }
            _ => Vector::unknown(Type::Bool, no_ledger),
        }
    }
}
