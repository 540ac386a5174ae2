//! Builds findings: who, what, where, the values seen, and an identity that lasts from run to run.

use std::borrow::Cow;
use std::sync::Arc;

use super::collect::Tellers;
use super::frame::{Cells, Context, Frame};
use super::judge::{column_at_fault, is_on_sheet, missing_year, reasons};
use super::kernel::evaluate;
use super::vector::{NO_RECORD, Vector};
use super::view::{View, shown_cell, shown_value};
use crate::finding::{Evidence, Finding, Location, Outcome, Row, Teller, Told, fingerprint};
use crate::model::{Column, Period, Source};
use crate::rule::{Atom, ItemPlan, LedgerKind, Members, Plan, PlanShape, Shown, Slot, Why};

/// A result that deserves a finding.
pub(super) struct Fault<'a> {
    pub context: &'a Context,
    pub plan: &'a Plan,
    /// Position of the rule.
    pub rule: u32,
    pub item: usize,
    pub outcome: Outcome,
    pub why: Why,
    /// The one row that is at fault, as a frame of its own.
    pub frame: &'a Frame<'a>,
}

impl<'a> Fault<'a> {
    pub fn item_plan(&self) -> &'a ItemPlan {
        &self.plan.items[self.item]
    }

    /// The finding without place, key and unit.
    pub fn finding(&self) -> Finding {
        let program = &self.context.program;
        let mut reasons = if self.outcome == Outcome::Undetermined {
            let year = missing_year(program, self.frame, 0);
            let is_negative = |slot| match self.frame.cells(slot) {
                Cells::Column(column, pick) => match pick.map_or(Some(0), |pick| pick.first().copied()) {
                    Some(row) if row != NO_RECORD => column.negative(row as usize),
                    _ => false,
                },
                _ => false,
            };
            reasons(program, self.plan, &self.item_plan().atoms, self.why, year, &is_negative)
        } else {
            Vec::new()
        };
        let reason = (!reasons.is_empty()).then(|| reasons.remove(0));
        let known = |vector: &Vector<'_>| (vector.why_at(0) == 0).then(|| vector.periods().first().copied()).flatten();
        let is_itemised = program.infos.get(self.rule as usize).is_some_and(|info| !info.items.is_empty());
        Finding {
            rule: self.rule,
            item: is_itemised.then_some(self.item as u32),
            outcome: self.outcome,
            severity: self.plan.severity,
            reason,
            other_reasons: reasons,
            unit: Arc::default(),
            key: Told::default(),
            // Without a grid it is the period that the ledger is about.
            period: known(&self.frame.period).or_else(|| known(&self.frame.reporting)),
            location: Location::default(),
            related: Vec::new(),
            values: Told::default(),
            record: Row::default(),
            records: 1,
            fingerprint: String::new(),
        }
    }

    /// The ledger kind that a column belongs to.
    fn kind_of(&self, slot: Slot) -> Option<&'a LedgerKind> {
        let program = &self.context.program;
        let kind = match slot {
            Slot::Record(_) => self.plan.kind,
            Slot::Member(_) => match &self.plan.shape {
                PlanShape::Population { members: Members::Ledger { kind, .. }, .. } => *kind,
                _ => return None,
            },
            Slot::Joined(join, _) => self.plan.joins.get(usize::from(join))?.kind,
        };
        program.kinds.get(kind).map(|kind| &**kind)
    }

    /// Tells the value of a column in the frame's one row, as it is shown; nothing where the column is absent.
    fn tell(&self, shown: &Shown, view: Option<&View>, teller: &mut Teller) {
        let kind = self.kind_of(shown.slot);
        let (Slot::Record(field) | Slot::Member(field) | Slot::Joined(_, field)) = shown.slot;
        let field = usize::from(field);
        let described = kind.and_then(|kind| kind.fields.get(field));
        let personal = described.and_then(|field| field.personal);
        let (value, cell) = match self.frame.cells(shown.slot) {
            Cells::NoLedger => return,
            Cells::Values(vector) => {
                let ty = crate::rule::Type::Text;
                let value = vector.value(0).map(|value| shown_value(&self.context.program, ty, &value));
                (Cow::Owned(value.unwrap_or_default()), None)
            }
            Cells::Column(column, pick) => {
                let row = match pick.map(|pick| pick.first().copied()) {
                    None => 0,
                    Some(Some(row)) if row != NO_RECORD => row as usize,
                    Some(_) => return,
                };
                let (column, kind) = match (&self.frame.member, shown.slot) {
                    // What stands in for the register has the record's own kind.
                    (super::frame::Side::StandIn(..), Slot::Member(_)) => {
                        (column, self.context.program.kinds.get(self.plan.kind).map(|kind| &**kind))
                    }
                    _ => (column, kind),
                };
                if column.state(row) == crate::model::CellState::Absent {
                    return;
                }
                let own = match (shown.slot, kind) {
                    (Slot::Member(_), Some(kind)) => kind.field(&shown.name).unwrap_or(field),
                    _ => field,
                };
                let value = kind.map(|kind| shown_cell(&self.context.program, kind, own, column, row));
                let cell = match (shown.slot, view) {
                    (Slot::Record(_), Some(view)) => view.batch.rows.get(row).and_then(|&at| column.cell(row, at)),
                    _ => None,
                };
                (value.unwrap_or_default(), cell)
            }
        };
        teller.tell(Evidence { name: &shown.name, value: &value, personal, cell });
    }

    /// Tells the values that decided, and the named values of the rule.
    pub fn tell_values(&self, key: &Told, view: Option<&View>, teller: &mut Teller) {
        for shown in &self.item_plan().shown {
            if !key.has(&shown.name) && !teller.has(&shown.name) {
                self.tell(shown, view, teller);
            }
        }
        for (name, node) in &self.plan.values {
            let vector = evaluate(node, self.frame);
            let value = vector.value(0).map(|value| shown_value(&self.context.program, node.ty, &value));
            let value = value.unwrap_or_default();
            // A named value may say again what a field of the same name says.
            let is_told = |told: Evidence<'_>| **told.name == **name && told.value == value;
            if !key.iter().any(is_told) && !teller.iter().any(is_told) {
                teller.tell(Evidence { name, value: &value, personal: None, cell: None });
            }
        }
    }

    /// The column that the finding points at: the first that cannot be used, the one that the rule names, or the
    /// first of the part of the requirement that is not met.
    pub fn column(&self) -> Option<Slot> {
        let unusable = self.item_plan().atoms.of(self.why).find_map(|atom| match atom {
            Atom::Blank(slots) | Atom::Unreadable(slots) => {
                slots.iter().find(|slot| matches!(slot, Slot::Record(_))).copied()
            }
            _ => None,
        });
        let named = self.plan.cell.map(Slot::Record);
        unusable
            .or(named.filter(|slot| is_on_sheet(*slot, self.frame)))
            .or_else(|| column_at_fault(&self.item_plan().require, self.frame))
            .or(named)
    }
}

/// The finding for one record of a batch. `frame` has that record as its only row.
pub(super) fn row_finding(
    fault: &Fault<'_>,
    view: &View,
    row: usize,
    unit: Arc<str>,
    tellers: &mut Tellers,
) -> Finding {
    let mut finding = fault.finding();
    finding.unit = unit;
    let kind = &fault.context.program.kinds[view.kind];
    tell_key(fault, kind, view, row, &mut tellers.keys);
    finding.key = tellers.keys.told();
    fault.tell_values(&finding.key, Some(view), &mut tellers.values);
    finding.values = tellers.values.told();
    let cell = match fault.column() {
        Some(Slot::Record(field)) => {
            // What was derived stands where it was derived from.
            let field = usize::from(field);
            let from = kind.fields.get(field).and_then(|field| field.derive.as_ref()).map(|derive| derive.from);
            cell_of(view, field, row).or_else(|| cell_of(view, from?, row))
        }
        _ => None,
    };
    finding.location = location(view.source(), Some(cell.unwrap_or((view.batch.rows[row], u32::MAX))));
    finding.record = record(fault.context, view.kind, &view.batch.columns, row, view.batch.rows[row]);
    finding
}

/// Room for the cells of a usual record.
const USUAL: usize = 32;

/// What the cells of a record say, in the order in which they stand on the sheet. What is not in a cell of its own, such as the period
/// that the title names, is no part of it.
pub(super) fn record(context: &Context, kind: usize, columns: &[Arc<Column>], row: usize, sheet_row: u32) -> Row {
    let (Some(described), Some(fields)) = (context.program.kinds.get(kind), context.program.row_fields.get(kind))
    else {
        return Row::default();
    };
    let places = columns.iter().enumerate().filter_map(|(field, column)| {
        let place = column.cell(row, sheet_row).filter(|(row, _)| *row != u32::MAX)?;
        Some((place, field, shown_cell(&context.program, described, field, column, row)))
    });
    let mut cells = Vec::with_capacity(columns.len().min(USUAL));
    cells.extend(places);
    // Of a table only the row itself, and not what its title lines say; a form is its cells, wherever they stand.
    let own = cells.iter().filter(|((row, _), ..)| *row == sheet_row).count();
    if own > 1 {
        cells.retain(|((row, _), ..)| *row == sheet_row);
    }
    cells.sort_by_key(|(place, field, _)| (*place, *field));
    Row::new(fields.clone(), cells.into_iter().map(|(_, field, text)| (field, text)))
}

/// Row and column of a cell of a record.
pub(super) fn cell_of(view: &View, field: usize, row: usize) -> Option<(u32, u32)> {
    view.batch.columns.get(field)?.cell(row, *view.batch.rows.get(row)?)
}

/// A place in a source; the largest column stands for none.
pub(super) fn location(source: &Arc<Source>, cell: Option<(u32, u32)>) -> Location {
    Location {
        file: Some(source.file.clone()),
        sheet: Some(source.sheet.clone()),
        row: cell.map(|(row, _)| row),
        column: cell.map(|(_, column)| column).filter(|column| *column != u32::MAX),
    }
}

/// Tells the business key of a record.
fn tell_key(fault: &Fault<'_>, kind: &LedgerKind, view: &View, row: usize, teller: &mut Teller) {
    for &field in &kind.key {
        let (Some(described), Some(column)) = (kind.fields.get(field), view.batch.columns.get(field)) else { continue };
        let value = shown_cell(&fault.context.program, kind, field, column, row);
        if !value.is_empty() {
            let cell = cell_of(view, field, row);
            teller.tell(Evidence { name: &described.name, value: &value, personal: described.personal, cell });
        }
    }
}

/// The lasting identity of a finding: rule, item, business key and period of the grid, and which of several alike it is.
pub(super) fn identify(rule: &str, item: &str, finding: &Finding, period: Option<Period>, repeat: u64) -> String {
    let period = period.map(|period| period.to_string()).unwrap_or_default();
    let repeat = if repeat == 0 { String::new() } else { repeat.to_string() };
    let mut parts: Vec<&str> = vec![rule, item, &period];
    if finding.key.is_empty() {
        parts.push(&finding.unit);
    }
    for evidence in finding.key.iter() {
        parts.push(evidence.name);
        parts.push(evidence.value);
    }
    if !repeat.is_empty() {
        parts.push(&repeat);
    }
    fingerprint(parts)
}
