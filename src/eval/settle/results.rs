//! Where a result of a group or member stands, and what it is called: findings and their keys, units and locations.

use std::sync::Arc;

use super::{Owners, Settlement, Unit, Verdict};
use crate::eval::collect::{Collected, Order};
use crate::eval::finding::{Fault, location, record};
use crate::eval::identity::{Part, decode};
use crate::eval::trace::{self, key_text};
use crate::eval::units::{Place, UnitState};
use crate::eval::vector::NO_RECORD;
use crate::eval::view::shown_cell;
use crate::finding::{Evidence, Finding, Location, Outcome, Related, Row, Teller, Told};
use crate::model::{CellState, Period, Source};
use crate::rule::{KeyKind, Members, PlanShape, Slot};

impl Settlement<'_> {
    /// Counts the outcome of a unit and keeps its finding.
    pub(super) fn collect(
        &self,
        state: &UnitState,
        unit: Unit,
        owners: &Owners<'_>,
        verdict: Verdict,
        collected: &mut Collected,
    ) {
        let Verdict { item, outcome, why } = verdict;
        collected.trace(item as u32, outcome, why, || self.traced(unit, owners));
        let group = unit.group.map(|group| &state.groups[group as usize]);
        if outcome == Outcome::Undetermined && self.plan.items[item].atoms.lacks().explains(why) {
            let own = group.and_then(|group| self.sources.get(&group.last().source));
            let source = own.or_else(|| self.register_source(unit)).or_else(|| self.sources.values().next());
            if let Some(source) = source {
                let records = group.map_or(1, |group| u64::from((group.certain + group.possible).max(1)));
                collected.lack(item as u32, source, self.unit_number(state, unit, owners), why, records);
                return;
            }
        }
        let number = self.unit_number(state, unit, owners);
        collected.count(number, outcome, 1);
        if !matches!(outcome, Outcome::Violated | Outcome::Undetermined) {
            return;
        }
        let is_group = matches!(self.plan.shape, PlanShape::Group { .. });
        let place = group.map(|group| if is_group { group.last() } else { group.first });
        let mut order = Order {
            source: place.map_or(u32::MAX, |place| place.source),
            row: place.map_or(u32::MAX, |place| place.row),
            period: unit.period.map_or(i32::MIN, |period| period.start().days()),
            item: item as u32,
            key: String::new(),
        };
        self.tell_key(unit, owners, &mut collected.tellers.keys);
        let key = collected.tellers.keys.told();
        order.key = key.iter().map(|evidence| evidence.value).collect::<Vec<_>>().join("\u{1f}");
        if !collected.wants(&order) {
            return;
        }
        let tellers = &mut collected.tellers;
        let finding = self.with_frame(state, &[unit], owners, false, None, |frame| {
            let fault = Fault { context: self.context, plan: self.plan, rule: self.rule, item, outcome, why, frame };
            fault.tell_values(&key, None, &mut tellers.values);
            fault.finding()
        });
        let own_period =
            (is_group && self.plan.each.is_none()).then(|| self.group_period(unit, owners, place)).flatten();
        let records = group.map_or(0, |group| group.certain);
        if !tellers.values.has("count") {
            let (name, value) = ("count".into(), records.to_string());
            tellers.values.tell(Evidence { name: &name, value: &value, personal: None, cell: None });
        }
        // A fault in the register stands in the member's own row there. Something that has no record has no row, unless the
        // register is on the very sheet where the record should stand; else the member's row is named beside it.
        let (member, absent) = match place {
            Some(_) => (self.member_cell(unit, item), None),
            None => (None, self.member_key(unit)),
        };
        let record = match place {
            Some(place) if member.is_none() => self.row(place),
            _ => self.member_record(unit),
        };
        let nowhere = self.nowhere();
        let (own, beside): (Vec<Location>, Vec<Location>) =
            absent.into_iter().partition(|row| row.file == nowhere.file && row.sheet == nowhere.sheet);
        let mut finding = Finding {
            unit: self.unit_name(state, unit, owners, &key),
            location: member.or_else(|| self.location(place?)).or(own.into_iter().next()).unwrap_or(nowhere),
            record,
            records: u64::from(records.max(1)),
            period: own_period.or(finding.period),
            key,
            values: tellers.values.told(),
            ..finding
        };
        if let Some(group) = group {
            let others = group.places().filter(|other| Some(*other) != place).take(10);
            let related = |other| Some(Related { place: self.location(other)?, record: self.row(other) });
            finding.related = others.filter_map(related).collect();
        } else {
            let related = |place| Related { place, record: Row::default() };
            finding.related = beside.into_iter().map(related).collect();
        }
        collected.keep(order, finding);
    }

    /// The unit as a list of all outcomes names it.
    pub(super) fn traced(&self, unit: Unit, owners: &Owners<'_>) -> trace::Unit {
        let place = self.register_record(unit).map(|(source, row)| (source.id, row));
        let list_entry = |list: usize| {
            let position = *self.roster?.records.get(unit.owner as usize)?;
            Some(format!("1{}", self.context.program.lists.get(list)?.entries.get(position as usize)?.code))
        };
        let key = match &self.plan.shape {
            PlanShape::Population { members: Members::List(list), .. } => list_entry(*list),
            _ => owners.keys.get(unit.owner).map(key_text),
        };
        trace::Unit { place, key, period: unit.period }
    }

    /// The period that a group is about: the one in its key, else that of the table in which its last record stands.
    fn group_period(&self, unit: Unit, owners: &Owners, place: Option<Place>) -> Option<Period> {
        let parts = owners.keys.get(unit.owner).map(decode).unwrap_or_default();
        let keyed =
            parts.into_iter().find_map(|part| if let Part::Period(period) = part { Some(period) } else { None });
        keyed.or_else(|| self.sources.get(&place?.source)?.period)
    }

    /// What the record in that place says, as far as it is kept.
    fn row(&self, place: Place) -> Row {
        self.rows.row(self.context, self.plan.kind, (place.source, place.row))
    }

    fn location(&self, place: Place) -> Option<Location> {
        Some(location(self.sources.get(&place.source)?, Some((place.row, place.column))))
    }

    /// The cell of the register that the requirement compares with the records: where it says something, the fault is
    /// there.
    fn member_cell(&self, unit: Unit, item: usize) -> Option<Location> {
        let PlanShape::Population { members: Members::Ledger { kind, .. }, .. } = &self.plan.shape else { return None };
        let member_field = |slot| if let Slot::Member(field) = slot { Some(usize::from(field)) } else { None };
        let field = self.plan.items.get(item)?.require.slots().into_iter().find_map(member_field)?;
        let held = self.held.get(kind)?;
        let record = *self.roster?.records.get(unit.owner as usize)? as usize;
        let (source, row) = self.register_record(unit)?;
        let column = held.columns.get(field)?;
        if column.state(record) != CellState::Present {
            return None;
        }
        let cell = column.cell(record, row).filter(|(row, _)| *row != u32::MAX);
        Some(location(source, Some(cell.unwrap_or((row, u32::MAX)))))
    }

    /// The cell of the register that says who the member is.
    fn member_key(&self, unit: Unit) -> Option<Location> {
        let PlanShape::Population { members: Members::Ledger { kind, key, .. }, .. } = &self.plan.shape else {
            return None;
        };
        let held = self.held.get(kind)?;
        let record = *self.roster?.records.get(unit.owner as usize)? as usize;
        let (source, row) = self.register_record(unit)?;
        let mut columns = key.parts.iter().flatten().filter_map(|field| held.columns.get(usize::from(*field)));
        let named = columns.find(|column| column.state(record) == CellState::Present);
        let cell = named.and_then(|column| column.cell(record, row)).filter(|(row, _)| *row != u32::MAX);
        Some(location(source, Some(cell.unwrap_or((row, u32::MAX)))))
    }

    /// What the member's record in the register says, as far as the register is kept.
    fn member_record(&self, unit: Unit) -> Row {
        let found = || {
            let PlanShape::Population { members: Members::Ledger { kind, .. }, .. } = &self.plan.shape else {
                return None;
            };
            let at = *self.roster?.records.get(unit.owner as usize)? as usize;
            let (_, row) = self.register_record(unit)?;
            Some(record(self.context, *kind, &self.held.get(kind)?.columns, at, row))
        };
        found().unwrap_or_default()
    }

    /// Where something that has no record and no register is shown: the judged ledger itself, where it is one sheet.
    fn nowhere(&self) -> Location {
        let mut sources = self.sources.values();
        match (sources.next(), sources.next()) {
            (Some(only), None) => location(only, None),
            _ => Location::default(),
        }
    }

    fn register_source(&self, unit: Unit) -> Option<&Arc<Source>> {
        self.register_record(unit).map(|(source, _)| source)
    }

    /// The sheet and row of the member's record in the register.
    fn register_record(&self, unit: Unit) -> Option<(&Arc<Source>, u32)> {
        let PlanShape::Population { members: Members::Ledger { kind, .. }, .. } = &self.plan.shape else { return None };
        let held = self.held.get(kind)?;
        let record = held.records.get(*self.roster?.records.get(unit.owner as usize)? as usize)?;
        held.sources.get(record.source as usize).map(|source| (source, record.row))
    }

    /// The number of the unit that answers for a group or member.
    fn unit_number(&self, state: &UnitState, unit: Unit, owners: &Owners<'_>) -> u32 {
        let own = || owners.units.get(unit.owner as usize).copied();
        if self.plan.unit.is_some() {
            return own().unwrap_or_default();
        }
        if let (PlanShape::Population { members: Members::Ledger { kind, .. }, .. }, Some(roster)) =
            (&self.plan.shape, self.roster)
        {
            let record = roster.records.get(unit.owner as usize).copied().unwrap_or(NO_RECORD);
            let held = self.held.get(kind).and_then(|held| held.records.get(record as usize));
            return held.map_or(0, |record| record.unit);
        }
        let is_list = matches!(self.plan.shape, PlanShape::Population { members: Members::List(_), .. });
        let of_group = unit.group.filter(|_| !is_list).map(|group| state.groups[group as usize].unit);
        of_group.or_else(own).unwrap_or_default()
    }

    fn unit_name(&self, state: &UnitState, unit: Unit, owners: &Owners<'_>, key: &Told) -> Arc<str> {
        let name = self.units.name(self.unit_number(state, unit, owners));
        if name.is_empty() && self.plan.key().is_some_and(|key| key.kind == KeyKind::Institution) {
            return key.iter().nth(1).or(key.iter().next()).map(|evidence| evidence.value.into()).unwrap_or_default();
        }
        name
    }

    /// Tells the business key of a group or member.
    fn tell_key(&self, unit: Unit, owners: &Owners<'_>, teller: &mut Teller) {
        let program = &self.context.program;
        let Some(key) = self.plan.key() else { return };
        let record_kind = &program.kinds[self.plan.kind];
        let personal = |name: &Arc<str>| record_kind.fields.iter().find(|field| field.name == *name)?.personal;
        let mut push = |name: &Arc<str>, value: &str, personal| {
            if !value.is_empty() {
                teller.tell(Evidence { name, value, personal, cell: None });
            }
        };
        match (&self.plan.shape, self.roster) {
            (PlanShape::Population { members: Members::Ledger { kind, key: theirs, .. }, .. }, Some(roster)) => {
                let (Some(held), Some(kind)) = (self.held.get(kind), program.kinds.get(*kind)) else { return };
                let row = roster.records[unit.owner as usize] as usize;
                for field in theirs.parts.iter().flatten() {
                    let field = usize::from(*field);
                    if let (Some(column), Some(described)) = (held.columns.get(field), kind.fields.get(field)) {
                        let value = shown_cell(program, kind, field, column, row);
                        push(&described.name, &value, described.personal);
                    }
                }
            }
            (PlanShape::Population { members: Members::List(list), .. }, Some(roster)) => {
                let entry = program.lists[*list].entries.get(roster.records[unit.owner as usize] as usize);
                if let (Some(entry), Some(name)) = (entry, key.names.first()) {
                    push(name, &entry.code, personal(name));
                }
            }
            _ => {
                let parts = owners.keys.get(unit.owner).map(decode).unwrap_or_default();
                for (name, part) in key.names.iter().zip(&parts) {
                    push(name, &part.shown(), personal(name));
                }
            }
        }
    }
}
