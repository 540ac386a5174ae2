//! Groups and members while records stream by: which record belongs to which unit in which period, and their totals.

use std::cell::LazyCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::aggregate::Totals;
use super::collect::Collected;
use super::frame::{Context, Frame, Side};
use super::identity::{Keys, missing_why};
use super::judge::is_in_force;
use super::kernel::evaluate;
use super::row::{joined_sides, picked_periods, repick, rows_by_period};
use super::singles::{NO_PRINT, Print, Single, Singles};
use super::vector::{Data, NO_RECORD, Vector};
use super::view::View;
use crate::finding::Outcome;
use crate::model::{CellState, Date, FastMap, Period};
use crate::rule::{GroupKey, Members, Op, Plan, PlanShape, Scalar, Slot, SlotWhy, Type, Why};

/// Where a record stands: source, row and column of the sheet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Place {
    pub source: u32,
    pub row: u32,
    pub column: u32,
}

/// Keys that are looked for together.
const AHEAD: usize = 256;

/// How many places of one unit are kept.
const PLACES: usize = 11;

/// What is known about one unit in one period beside its totals. There may be as many as records, so it is small.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Number of the key, or of the cluster or member that it was found to be.
    pub owner: u32,
    /// `None` where the rule has no grid, or the record's date is unknown.
    pub period: Option<Period>,
    /// Records that certainly count, and those that possibly do.
    pub certain: u32,
    pub possible: u32,
    pub why: Why,
    /// The number of the unit that answers for the first record.
    pub unit: u32,
    pub first: Place,
    /// Where there are several places.
    more: Option<Box<Places>>,
}

/// The places of a group after the first.
#[derive(Clone, Debug)]
struct Places {
    /// In order, as many as are kept.
    next: Vec<Place>,
    last: Place,
}

/// A value of a field that the judged ledger gives where the register is missing.
#[derive(Clone, Debug)]
pub(super) struct Carried {
    pub place: Place,
    pub value: Result<Scalar, Why>,
}

/// A column of the register that a rule reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct MemberSlot {
    pub field: u16,
    pub ty: Type,
    pub why: SlotWhy,
}

/// All units of one rule.
#[derive(Debug)]
pub(super) struct UnitState {
    /// The group of each owner, or [`NO_RECORD`]; groups of a period by owner and period.
    numbers: Vec<u32>,
    in_periods: FastMap<(u32, Period), u32>,
    pub groups: Vec<Group>,
    pub totals: Vec<Totals>,
    /// First and last known date of the grid's field.
    pub span: Option<(Date, Date)>,
    /// Where the register is missing: for each key, the values of its columns in `member_slots`.
    pub carried: Vec<Vec<Option<Carried>>>,
    pub member_slots: Vec<MemberSlot>,
    /// Where one record of a key alone decides nothing: the keys.
    pub singles: Option<Singles>,
    /// Records of no member of the register.
    pub strangers: u64,
    /// Why records do not say whom they are about; 0 where all do.
    pub unattributed: Why,
}

/// How the records of a batch find their members.
pub(super) enum Owners<'a> {
    /// Each key is its own unit until all are known.
    Keys,
    /// For each key, the members of the register that it means.
    Members(&'a [Vec<u32>]),
}

/// What a unit rule needs to know about the batch that it takes up.
pub(super) struct Intake<'a> {
    pub view: &'a View,
    /// The number of each record's key, or [`NO_RECORD`].
    pub keys: &'a [u32],
    /// The hash of each record's key, for rules that keep no number of those with one record.
    pub prints: &'a [Print],
    pub owners: Owners<'a>,
    /// Columns of the register, where it is there.
    pub register: Option<&'a [Arc<crate::model::Column>]>,
    /// For each member, its record in the register.
    pub members: &'a [u32],
    pub joined: &'a [Side<'a>],
}

/// The columns of the register that the plan reads, each once.
pub(super) fn member_slots(plan: &Plan) -> Vec<MemberSlot> {
    let mut slots: Vec<MemberSlot> = Vec::new();
    for node in plan.nodes() {
        node.walk(&mut |part| {
            if let Op::Column(Slot::Member(field), why) = part.op
                && slots.iter().all(|slot| slot.field != field)
            {
                slots.push(MemberSlot { field, ty: part.ty, why });
            }
        });
    }
    slots
}

impl UnitState {
    pub fn new(plan: &Plan, singles: Option<Singles>) -> UnitState {
        UnitState {
            numbers: Vec::new(),
            in_periods: FastMap::default(),
            groups: Vec::new(),
            totals: plan.aggregates.iter().map(Totals::new).collect(),
            span: None,
            carried: Vec::new(),
            member_slots: member_slots(plan),
            singles,
            strangers: 0,
            unattributed: 0,
        }
    }

    pub fn number(&self, owner: u32, period: Option<Period>) -> Option<u32> {
        match period {
            None => self.numbers.get(owner as usize).copied().filter(|number| *number != NO_RECORD),
            Some(period) => self.in_periods.get(&(owner, period)).copied(),
        }
    }

    fn group(&mut self, owner: u32, period: Option<Period>, unit: u32, place: Place) -> u32 {
        let next = self.groups.len() as u32;
        let number = match period {
            None => {
                if self.numbers.len() <= owner as usize {
                    self.numbers.resize(owner as usize + 1, NO_RECORD);
                }
                let number = &mut self.numbers[owner as usize];
                if *number == NO_RECORD {
                    *number = next;
                }
                *number
            }
            Some(period) => *self.in_periods.entry((owner, period)).or_insert(next),
        };
        if number == next {
            let (certain, possible, why) = (0, 0, 0);
            self.groups.push(Group { owner, period, certain, possible, why, unit, first: place, more: None });
        }
        number
    }

    /// Takes up the records of a batch.
    pub fn take(&mut self, context: &Context, plan: &Plan, intake: &Intake<'_>, collected: &mut Collected) {
        let view = intake.view;
        if view.len() == 0 {
            return;
        }
        let Some(key) = plan.key() else { return };
        self.note_span(plan, view);
        // Rows, each with its period where the rule has a grid.
        let rows = plan.each.as_ref().map(|each| rows_by_period(plan, view, each, false));
        let mut pick: Option<Vec<u32>> = rows.as_ref().and_then(|rows| rows.pick.clone());
        let mut period = rows.map_or_else(super::held::no_period, |rows| rows.period);
        if plan.strict {
            let len = pick.as_ref().map_or(view.len(), Vec::len);
            let row = |at: usize| pick.as_ref().map_or(at, |pick| pick[at] as usize);
            let keep: Vec<u32> = (0..len)
                .filter(|at| is_in_force(plan, view.reporting_at(&plan.reporting, row(*at)), context.as_of))
                .map(|at| at as u32)
                .collect();
            if keep.len() < len {
                collected.is_out_of_force = true;
                period = if period.is_constant { period } else { picked_periods(&period, &keep) };
                pick = Some(keep.iter().map(|at| row(*at as usize) as u32).collect());
            }
        }
        let pick = pick.as_deref();
        let len = pick.map_or(view.len(), <[u32]>::len);
        if len == 0 {
            return;
        }
        let row_at = |at: usize| pick.map_or(at, |pick| pick[at] as usize);
        let joined_picks = repick(intake.joined, pick);
        let joined = joined_sides(intake.joined, &joined_picks);
        let owner_record = |at: usize| match (&intake.owners, intake.keys.get(row_at(at))) {
            (Owners::Members(members), Some(&number)) => {
                let member = members.get(number as usize).and_then(|members| members.first());
                member.and_then(|member| intake.members.get(*member as usize)).copied().unwrap_or(NO_RECORD)
            }
            _ => NO_RECORD,
        };
        let member_pick: Vec<u32> = if intake.register.is_some() && !self.member_slots.is_empty() {
            (0..len).map(owner_record).collect()
        } else {
            Vec::new()
        };
        let member = match (&plan.shape, intake.register) {
            (PlanShape::Population { .. }, Some(columns)) if !member_pick.is_empty() => {
                Side::Columns(columns, Some(&member_pick))
            }
            (PlanShape::Population { members: Members::Ledger { fallback, .. }, .. }, None) => {
                Side::StandIn(&view.batch.columns, pick, fallback)
            }
            _ => Side::NoLedger,
        };
        let reporting = view.reporting(&plan.reporting);
        let reporting = match pick {
            Some(pick) if !reporting.is_constant => picked_periods(&reporting, pick),
            _ => reporting,
        };
        let frame = Frame {
            len,
            record: Side::Columns(&view.batch.columns, pick),
            ids: Some(&view.ids),
            member,
            joined: &joined,
            period,
            reporting,
            ..Frame::empty(context)
        };
        let filter = plan.filter.as_ref().map(|filter| evaluate(filter, &frame));
        let arguments: Vec<Vec<Vector<'_>>> = plan
            .aggregates
            .iter()
            .map(|aggregate| aggregate.args.iter().map(|argument| evaluate(argument, &frame)).collect())
            .collect();
        let filters: Vec<Option<Vector<'_>>> = plan
            .aggregates
            .iter()
            .map(|aggregate| aggregate.filter.as_ref().map(|filter| evaluate(filter, &frame)))
            .collect();
        let constants: Vec<Option<u32>> =
            self.totals.iter_mut().zip(&arguments).map(|(totals, arguments)| totals.constant(arguments)).collect();
        self.carry(plan, intake, &frame, pick, len);
        let keys = LazyCell::new(|| Keys::new(&context.program, view.kind, key, &view.batch.columns, None));
        let cell = plan.cell.or_else(|| first_record_slot(plan));
        let cells = cell.and_then(|field| view.batch.columns.get(usize::from(field)));
        let mut singles = self.singles.take();
        for at in 0..len {
            let row = row_at(at);
            if let Some(singles) = singles.as_ref().filter(|_| at.is_multiple_of(AHEAD)) {
                singles.prepare(&intake.prints[row..intake.prints.len().min(row + AHEAD)]);
            }
            let (passes, why) = filter.as_ref().map_or((true, 0), |filter| filter.truth(at));
            if !passes && why == 0 {
                continue;
            }
            let is_keyed = match &singles {
                Some(_) => intake.prints[row] != NO_PRINT,
                None => intake.keys[row] != NO_RECORD,
            };
            if !is_keyed {
                self.unattributed(plan, view, &keys, row, collected);
                continue;
            }
            let undated = plan.each.is_some() && frame.period.why_at(at) != 0;
            let period = (plan.each.is_some() && !undated)
                .then(|| frame.period.periods().get(frame.period.index(at)).copied())
                .flatten();
            let why = if undated { why | frame.period.why_at(at) } else { why };
            let own_row = view.batch.rows[row];
            let (sheet_row, column) = cells.and_then(|cells| cells.cell(row, own_row)).unwrap_or((own_row, u32::MAX));
            let place = Place { source: view.source().id, row: sheet_row, column };
            let number = match &mut singles {
                None => intake.keys[row],
                Some(singles) => {
                    let is_known = why == 0 && arguments.iter().flatten().all(|argument| argument.why_at(at) == 0);
                    let value = is_known.then(|| {
                        let values = self.totals.iter_mut().zip(&arguments).zip(&constants);
                        values.fold(0, |sum, ((totals, arguments), constant)| {
                            sum + totals.value(at, arguments, *constant)
                        })
                    });
                    let record = value.map(|value| Single { place, unit: view.units[row], value });
                    let key = || {
                        let mut bytes = Vec::new();
                        keys.encode(row, &mut bytes);
                        bytes
                    };
                    let Some((number, first)) = singles.owner(intake.prints[row], record, key) else { continue };
                    first.into_iter().for_each(|first| self.bring_back(number, first));
                    number
                }
            };
            let own = [number];
            let owners: &[u32] = match &intake.owners {
                Owners::Keys => &own,
                Owners::Members(members) => members.get(number as usize).map_or(&[], |members| members),
            };
            if owners.is_empty() {
                self.strangers += 1;
                continue;
            }
            // A key that fits several members may be of any of them.
            let why = if owners.len() > 1 { why | ambiguous_why(key, plan) } else { why };
            for owner in owners {
                let group = self.group(*owner, period, view.units[row], place);
                self.groups[group as usize].add(place, why, view.units[row]);
                for (position, totals) in self.totals.iter_mut().enumerate() {
                    let (counts, filter_why) = filters[position].as_ref().map_or((true, 0), |filter| filter.truth(at));
                    if counts || filter_why != 0 {
                        totals.add(group, at, &arguments[position], constants[position], why | filter_why);
                    }
                }
            }
        }
        self.singles = singles;
    }

    /// Takes up a record that was alone with its key so far.
    fn bring_back(&mut self, owner: u32, first: Single) {
        let group = self.group(owner, None, first.unit, first.place);
        self.groups[group as usize].add(first.place, 0, first.unit);
        self.totals.iter_mut().for_each(|totals| totals.add_value(group, first.value));
    }

    /// A record that does not say whom it is about counts for nobody; its sheet is told once.
    fn unattributed(&mut self, plan: &Plan, view: &View, keys: &Keys<'_>, row: usize, collected: &mut Collected) {
        let missing = keys.missing(row);
        let is_absent = !missing.is_empty() && missing.iter().all(|(_, state)| *state == CellState::Absent);
        let why = missing_why(&missing, &plan.key_why);
        self.unattributed |= why;
        for item in 0..plan.items.len() as u32 {
            collected.trace_row(item, Outcome::Undetermined, why, view, row, None);
            if is_absent {
                collected.lack(item, view.source(), view.source_unit, why, 1);
            } else {
                collected.lack_key(item, view.source(), view.source_unit, why, 1);
            }
        }
    }

    fn note_span(&mut self, plan: &Plan, view: &View) {
        use crate::model::ColumnData;
        let Some(each) = &plan.each else { return };
        let Some(column) = view.batch.columns.get(usize::from(each.field)) else { return };
        let mut note = |first: Date, last: Date| {
            let (from, to) = self.span.unwrap_or((first, last));
            self.span = Some((from.min(first), to.max(last)));
        };
        for row in (0..view.len()).filter(|row| column.state(*row) == CellState::Present) {
            match &column.data {
                ColumnData::Date(dates) => note(dates[row], dates[row]),
                ColumnData::Dates(lists) => lists[row].iter().for_each(|date| note(*date, *date)),
                ColumnData::Period(periods) => note(periods[row].start(), periods[row].end()),
                _ => {}
            }
        }
    }

    /// Remembers, for each key, the first value of every column that stands in for the missing register.
    fn carry(&mut self, plan: &Plan, intake: &Intake<'_>, frame: &Frame<'_>, pick: Option<&[u32]>, len: usize) {
        let is_fallback = intake.register.is_none()
            && matches!(plan.shape, PlanShape::Population { members: Members::Ledger { .. }, .. });
        if !is_fallback || self.member_slots.is_empty() {
            return;
        }
        let columns: Vec<Vector<'_>> =
            self.member_slots.iter().map(|slot| frame.vector(Slot::Member(slot.field), slot.ty, &slot.why)).collect();
        for at in 0..len {
            let row = pick.map_or(at, |pick| pick[at] as usize);
            let number = intake.keys[row];
            if number == NO_RECORD {
                continue;
            }
            if self.carried.len() <= number as usize {
                self.carried.resize(number as usize + 1, Vec::new());
            }
            let carried = &mut self.carried[number as usize];
            carried.resize(columns.len(), None);
            let place = Place { source: intake.view.source().id, row: intake.view.batch.rows[row], column: 0 };
            for (column, kept) in columns.iter().zip(carried) {
                // Making a value of a text takes time; nearly all records say again what is known.
                let is_known = column.why_at(at) == 0 && !matches!(column.data, Data::Dates(_) | Data::Codes(_));
                let is_better = kept.as_ref().is_none_or(|kept| match (&kept.value, is_known) {
                    (Err(_), true) => true,
                    (Ok(_), false) => false,
                    _ => place < kept.place,
                });
                if is_better {
                    *kept = Some(Carried { place, value: column.value(at).ok_or(column.why_at(at)) });
                }
            }
        }
    }

    /// Gives the groups new owners: clusters instead of keys.
    pub fn reassign(&mut self, owner: &[u32]) {
        let before = std::mem::take(&mut self.groups);
        self.numbers.clear();
        self.in_periods.clear();
        let mut map = Vec::with_capacity(before.len());
        for group in before {
            let new_owner = owner.get(group.owner as usize).copied().unwrap_or(group.owner);
            let number = self.group(new_owner, group.period, group.unit, group.last());
            self.groups[number as usize].merge(&group);
            map.push(number);
        }
        let totals = std::mem::take(&mut self.totals);
        self.totals = totals.into_iter().map(|totals| totals.remap(&map)).collect();
        let carried = std::mem::take(&mut self.carried);
        for (key, values) in carried.into_iter().enumerate() {
            let Some(&new_owner) = owner.get(key) else { continue };
            if self.carried.len() <= new_owner as usize {
                self.carried.resize(new_owner as usize + 1, Vec::new());
            }
            let kept = &mut self.carried[new_owner as usize];
            kept.resize(values.len().max(kept.len()), None);
            for (kept, value) in kept.iter_mut().zip(values) {
                let Some(value) = value else { continue };
                let is_better = kept
                    .as_ref()
                    .is_none_or(|kept| (kept.value.is_err(), kept.place) > (value.value.is_err(), value.place));
                if is_better {
                    *kept = Some(value);
                }
            }
        }
    }

    /// Lets the undated records of every unit count as possible in each of these periods, or in each in which the
    /// unit has records.
    pub fn spread_undated(&mut self, periods: Option<&[Period]>) {
        let mut own: HashMap<u32, Vec<Period>> = HashMap::new();
        if periods.is_none() {
            for group in &self.groups {
                own.entry(group.owner).or_default().extend(group.period);
            }
        }
        for from in 0..self.groups.len() as u32 {
            if self.groups[from as usize].period.is_some() {
                continue;
            }
            let group = self.groups[from as usize].clone();
            let into_periods = periods.unwrap_or_else(|| own.get(&group.owner).map_or(&[], |periods| periods));
            for period in into_periods {
                let into = self.group(group.owner, Some(*period), group.unit, group.last());
                let target = &mut self.groups[into as usize];
                target.possible += group.certain + group.possible;
                target.why |= group.why;
                group.places().chain([group.last()]).for_each(|place| target.keep(place));
                for totals in &mut self.totals {
                    totals.suppose(from, into, group.why);
                }
            }
        }
    }
}

impl Group {
    fn add(&mut self, place: Place, why: Why, unit: u32) {
        if why == 0 {
            self.certain += 1;
        } else {
            self.possible += 1;
            self.why |= why;
        }
        if place < self.first {
            self.unit = unit;
        }
        self.keep(place);
    }

    /// The first places, in order.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        std::iter::once(self.first).chain(self.more.iter().flat_map(|more| more.next.iter().copied()))
    }

    pub fn last(&self) -> Place {
        self.more.as_ref().map_or(self.first, |more| more.last)
    }

    /// Keeps the first places and the last one.
    fn keep(&mut self, place: Place) {
        if place == self.first {
            return;
        }
        let first = self.first;
        let more = self.more.get_or_insert_with(|| Box::new(Places { next: Vec::new(), last: first }));
        more.last = more.last.max(place);
        let place = if place < first { std::mem::replace(&mut self.first, place) } else { place };
        if more.next.len() == PLACES - 1 && more.next.last().is_some_and(|last| place > *last) {
            return;
        }
        if let Err(position) = more.next.binary_search(&place) {
            more.next.insert(position, place);
            more.next.truncate(PLACES - 1);
        }
    }

    fn merge(&mut self, other: &Group) {
        self.certain += other.certain;
        self.possible += other.possible;
        self.why |= other.why;
        if self.first > other.first {
            self.unit = other.unit;
        }
        other.places().chain([other.last()]).for_each(|place| self.keep(place));
    }
}

/// The first column of the judged ledger in the rule's conditions: what a group's finding points at.
fn first_record_slot(plan: &Plan) -> Option<u16> {
    let items = plan.items.iter().map(|item| &item.require);
    let of_aggregates = items.clone().flat_map(|node| node.aggregates()).filter_map(|index| plan.aggregates.get(index));
    let nodes = of_aggregates.flat_map(|aggregate| aggregate.args.iter().chain(&aggregate.filter));
    let mut slots = items.chain(nodes).flat_map(|node| node.slots());
    let found = slots.find_map(|slot| match slot {
        Slot::Record(field) => Some(field),
        _ => None,
    });
    found.or_else(|| plan.key().and_then(|key| key.parts.iter().flatten().next().copied()))
}

/// Why a key fits several members: the parts that would tell them apart.
fn ambiguous_why(key: &GroupKey, plan: &Plan) -> Why {
    let parts = key.parts.iter().zip(&plan.key_why).enumerate();
    // The name is known, since it fits; what is missing is the code or number, or what follows the name.
    parts
        .filter(|(position, (part, _))| *position != 1 && part.is_some())
        .fold(0, |why, (_, (_, bits))| why | bits.blank)
}
