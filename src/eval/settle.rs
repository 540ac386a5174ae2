//! Decides groups and members once all records are in.

mod results;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::collect::Collected;
use super::frame::{Context, Frame, Side};
use super::held::{Held, JoinIndex};
use super::identity::{Identity, Interner, Keys, Part, clusters, decode, encode_parts};
use super::judge::{Judged, is_in_force, judge};
use super::names::normalise_text;
use super::roster::Roster;
use super::shown::ShownRows;
use super::trace::key_text;
use super::units::UnitState;
use super::vector::{Data, NO_RECORD, Texts, Vector};
use super::view::Units;
use crate::finding::Outcome;
use crate::model::{Period, Source};
use crate::rule::{KeyKind, Members, Node, Plan, PlanShape, Scalar, Slot, Type, WHY_PERIOD, Why};

/// Groups that are decided at a time by one thread, and by all.
const CHUNK: usize = 4_096;
const SHARE: usize = 16 * CHUNK;

/// All that is known when the last record has been seen.
pub(super) struct Settlement<'a> {
    pub context: &'a Context,
    pub plan: &'a Plan,
    pub rule: u32,
    pub units: &'a Units,
    /// The keys of the judged ledger, and the unit of the first record of each; for a population that is a code list,
    /// the unit of each entry.
    pub keys: &'a Interner,
    pub key_units: &'a [u32],
    pub held: &'a BTreeMap<usize, Held>,
    pub roster: Option<&'a Roster>,
    pub joins: &'a [Option<JoinIndex>],
    /// The reporting periods of the judged ledger, merged, in order.
    pub reporting: &'a [Period],
    /// The sources of the judged ledger by id.
    pub sources: &'a BTreeMap<u32, Arc<Source>>,
    /// What records of the judged ledger say, as far as they are kept.
    pub rows: &'a ShownRows<'a>,
}

/// One group or member in one period.
#[derive(Clone, Copy, Debug)]
struct Unit {
    owner: u32,
    period: Option<Period>,
    group: Option<u32>,
}

/// What became of one item for one unit.
#[derive(Clone, Copy)]
struct Verdict {
    item: usize,
    outcome: Outcome,
    why: Why,
}

/// The keys of the units where no register gives them, and the unit that answers for each (also for a list's entries).
struct Owners<'k> {
    keys: OwnerKeys<'k>,
    units: Vec<u32>,
}

/// The keys by number of the owner.
enum OwnerKeys<'k> {
    Interned(&'k Interner),
    Own(Vec<Identity>),
}

impl OwnerKeys<'_> {
    fn len(&self) -> usize {
        match self {
            OwnerKeys::Interned(keys) => keys.len(),
            OwnerKeys::Own(keys) => keys.len(),
        }
    }

    fn get(&self, owner: u32) -> Option<&[u8]> {
        match self {
            OwnerKeys::Interned(keys) => ((owner as usize) < keys.len()).then(|| keys.get(owner)),
            OwnerKeys::Own(keys) => keys.get(owner as usize).map(|key| &**key),
        }
    }
}

/// What settling says beside the outcomes.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// The span of dates that stood in for unknown reporting periods.
    pub assumed: Option<Period>,
    /// Whether there was no period to judge on at all.
    pub is_without_period: bool,
    /// Whether the members were taken from the records.
    pub is_without_register: bool,
}

impl Settlement<'_> {
    /// Decides every unit and collects the outcomes.
    pub fn settle(&self, state: &mut UnitState, collected: &mut Collected) -> Settled {
        let mut settled = Settled::default();
        let is_population = matches!(self.plan.shape, PlanShape::Population { .. });
        settled.is_without_register = is_population && self.roster.is_none();
        let Some(key) = self.plan.key() else { return settled };
        let periods = self.periods(state, &mut settled);
        // Keys become members at once; where there is no register, those that mean the same are put together now.
        let mut owners = Owners { keys: OwnerKeys::Own(Vec::new()), units: self.key_units.to_vec() };
        if self.roster.is_none() && key.kind == KeyKind::Fields {
            owners.keys = OwnerKeys::Interned(self.keys);
        } else if self.roster.is_none() {
            let identities: Vec<Identity> = (0..self.keys.len() as u32).map(|key| self.keys.get(key).into()).collect();
            let (cluster, count) = clusters(key.kind, &identities);
            owners.keys = OwnerKeys::Own(representatives(&identities, &cluster, count));
            owners.units = vec![0; count];
            for (key, cluster) in cluster.iter().enumerate().rev() {
                owners.units[*cluster as usize] = self.key_units.get(key).copied().unwrap_or_default();
            }
            state.reassign(&cluster);
        }
        // Where no record says whom it is about, that a member has none is not known: the sheets have been told already.
        let is_anybodys = is_population && state.unattributed != 0 && state.groups.is_empty() && state.strangers == 0;
        let existing = if is_population { periods.as_deref() } else { None };
        if self.plan.each.is_some() {
            state.spread_undated(existing);
        }
        let state = &*state;
        let decide = |units: Vec<Unit>, collected: &mut Collected| {
            let units = self.in_force(units, collected);
            for share in units.chunks(SHARE) {
                // Outcomes are worked out by several threads and taken up in order.
                let decided: Vec<_> = share.par_chunks(CHUNK).map(|chunk| self.decide(state, chunk, &owners)).collect();
                for (chunk, outcomes) in share.chunks(CHUNK).zip(decided) {
                    self.take_up(state, chunk, &owners, outcomes, is_anybodys, collected);
                }
            }
        };
        if is_population {
            decide(self.member_units(state, periods.as_deref(), owners.keys.len()), collected);
            return settled;
        }
        let dated: HashSet<u32> =
            state.groups.iter().filter(|group| group.period.is_some()).map(|group| group.owner).collect();
        // There may be as many groups as records: some at a time.
        for first in (0..state.groups.len()).step_by(SHARE) {
            let share = first..state.groups.len().min(first + SHARE);
            let units = self.group_units(state, share, &dated, periods.as_deref(), &owners, collected);
            decide(units, collected);
        }
        settled
    }

    /// The periods of the grid that are judged; `None` for a rule without a grid.
    fn periods(&self, state: &UnitState, settled: &mut Settled) -> Option<Vec<Period>> {
        let each = self.plan.each.as_ref()?;
        let mut reporting = self.reporting.to_vec();
        if reporting.is_empty()
            && let Some((first, last)) = state.span
        {
            let assumed = Period::Range(first, last);
            settled.assumed = Some(assumed);
            reporting.push(assumed);
        }
        settled.is_without_period = reporting.is_empty();
        let mut periods: Vec<Period> = reporting.iter().flat_map(|period| period.split(each.grid)).collect();
        periods.sort_by_key(|period| period.start());
        periods.dedup();
        Some(periods)
    }

    fn member_units(&self, state: &UnitState, periods: Option<&[Period]>, owners: usize) -> Vec<Unit> {
        let count = self.roster.map_or(owners, |roster| roster.members.len());
        let mut units = Vec::new();
        for owner in 0..count as u32 {
            let is_member = |roster: &Roster| roster.members[owner as usize].belongs != Outcome::NotApplicable;
            if !self.roster.is_none_or(is_member) {
                continue;
            }
            let mut push = |period| units.push(Unit { owner, period, group: state.number(owner, period) });
            match periods {
                None => push(None),
                Some(periods) => periods.iter().for_each(|period| push(Some(*period))),
            }
        }
        units
    }

    /// The groups of this share; `dated` are the owners that have a record with a date.
    fn group_units(
        &self,
        state: &UnitState,
        share: std::ops::Range<usize>,
        dated: &HashSet<u32>,
        periods: Option<&[Period]>,
        owners: &Owners<'_>,
        collected: &mut Collected,
    ) -> Vec<Unit> {
        let mut units = Vec::with_capacity(share.len());
        for (number, group) in share.clone().zip(&state.groups[share]) {
            let group_number = number as u32;
            match (periods, group.period) {
                (Some(_), None) => {
                    // Records without a date, of a unit that has none with one.
                    if !dated.contains(&group.owner)
                        && let Some(source) = self.sources.get(&group.last().source)
                    {
                        for item in 0..self.plan.items.len() as u32 {
                            let records = u64::from(group.certain + group.possible);
                            let unit = Unit { owner: group.owner, period: None, group: Some(group_number) };
                            collected.trace(item, Outcome::Undetermined, group.why, || self.traced(unit, owners));
                            collected.lack_key(item, source, group.unit, group.why, records);
                        }
                    }
                }
                (Some(periods), Some(period)) if !periods.contains(&period) => {}
                _ => units.push(Unit { owner: group.owner, period: group.period, group: Some(group_number) }),
            }
        }
        units
    }

    /// The units that are judged on the review date.
    fn in_force(&self, mut units: Vec<Unit>, collected: &mut Collected) -> Vec<Unit> {
        let hull = self.hull();
        units.retain(|unit| {
            let is_judged = is_in_force(self.plan, unit.period.or(hull), self.context.as_of);
            collected.is_out_of_force |= !is_judged;
            is_judged
        });
        units
    }

    /// The outcomes of some units, item by item.
    fn decide(&self, state: &UnitState, units: &[Unit], owners: &Owners<'_>) -> Vec<Vec<(Outcome, Why)>> {
        let decide = |item: usize| {
            let used = self.aggregates_of(item);
            let doubts: Vec<Why> = units.iter().map(|unit| self.doubt(state, *unit, &used)).collect();
            let plan_item = &self.plan.items[item];
            let wanted = self.record_fields(item);
            let wanted = Some(&wanted[..]);
            let certain =
                self.with_frame(state, units, owners, false, wanted, |frame| judge(self.plan, plan_item, frame, None));
            let in_doubt: Vec<usize> = (0..units.len()).filter(|at| doubts[*at] != 0).collect();
            let doubted: Vec<Unit> = in_doubt.iter().map(|at| units[*at]).collect();
            let mut outcomes: Vec<(Outcome, Why)> =
                (0..units.len()).map(|at| (certain.outcomes[at], certain.why_at(at))).collect();
            if !doubted.is_empty() {
                let possible = self.with_frame(state, &doubted, owners, true, wanted, |frame| {
                    judge(self.plan, plan_item, frame, None)
                });
                for (position, at) in in_doubt.iter().enumerate() {
                    let judged = (outcomes[*at], possible_outcome(&possible, position));
                    outcomes[*at] = self.reconcile(state, units[*at], judged.0, judged.1, doubts[*at]);
                }
            }
            outcomes
        };
        (0..self.plan.items.len()).map(decide).collect()
    }

    /// Takes up what was decided of some units; `is_anybodys` says that no record could be given to a member.
    fn take_up(
        &self,
        state: &UnitState,
        units: &[Unit],
        owners: &Owners<'_>,
        outcomes: Vec<Vec<(Outcome, Why)>>,
        is_anybodys: bool,
        collected: &mut Collected,
    ) {
        for (item, outcomes) in outcomes.into_iter().enumerate() {
            for (unit, (outcome, why)) in units.iter().zip(outcomes) {
                if is_anybodys && outcome == Outcome::Violated {
                    let traced = || self.traced(*unit, owners);
                    collected.trace(item as u32, Outcome::Undetermined, state.unattributed, traced);
                    continue;
                }
                self.collect(state, *unit, owners, Verdict { item, outcome, why }, collected);
            }
        }
    }

    /// The conditions that decide an item.
    fn conditions(&self, item: usize) -> impl Iterator<Item = &Node> {
        let item = &self.plan.items[item];
        item.applies.iter().chain([&item.require]).chain(&self.plan.due).chain(&self.plan.pending)
    }

    /// The positions of the aggregates that decide an item.
    fn aggregates_of(&self, item: usize) -> Vec<usize> {
        self.conditions(item).flat_map(|node| node.aggregates()).collect()
    }

    /// The fields of the judged ledger that decide an item beside its aggregates.
    fn record_fields(&self, item: usize) -> Vec<u16> {
        let slots = self.conditions(item).flat_map(|node| node.slots());
        slots.filter_map(|slot| if let Slot::Record(field) = slot { Some(field) } else { None }).collect()
    }

    /// Why the unit's totals, or its belonging to the population, are in doubt.
    fn doubt(&self, state: &UnitState, unit: Unit, used: &[usize]) -> Why {
        let mut why = self.roster.map_or(0, |roster| roster.members[unit.owner as usize].why);
        if let Some(group) = unit.group {
            let totals = used.iter().filter_map(|index| state.totals.get(*index));
            why |= totals.fold(0, |why, totals| why | totals.why(group));
            if matches!(self.plan.shape, PlanShape::Group { .. }) && state.groups[group as usize].certain == 0 {
                why |= state.groups[group as usize].why;
            }
        }
        why
    }

    /// One outcome from those without and with the possible records.
    fn reconcile(
        &self,
        state: &UnitState,
        unit: Unit,
        certain: (Outcome, Why),
        possible: (Outcome, Why),
        doubt: Why,
    ) -> (Outcome, Why) {
        let is_group = matches!(self.plan.shape, PlanShape::Group { .. });
        let may_not_exist = is_group && unit.group.is_some_and(|group| state.groups[group as usize].certain == 0)
            || self.roster.is_some_and(|roster| roster.members[unit.owner as usize].why != 0);
        if may_not_exist {
            // Nothing speaks against it, if it is there at all.
            return match possible.0 {
                Outcome::Violated | Outcome::Undetermined => (Outcome::Undetermined, doubt | possible.1),
                harmless => (harmless, 0),
            };
        }
        if certain.0 == possible.0 {
            return (certain.0, certain.1 | possible.1);
        }
        if matches!((certain.0, possible.0), (Outcome::NotYetDue, Outcome::Met) | (Outcome::Met, Outcome::NotYetDue)) {
            // There is time left to make sure of it.
            return (Outcome::NotYetDue, 0);
        }
        (Outcome::Undetermined, doubt | certain.1 | possible.1)
    }

    /// Calls `f` with the frame of some units; `wanted` says which of the key's fields it reads, where not all.
    fn with_frame<R>(
        &self,
        state: &UnitState,
        units: &[Unit],
        owners: &Owners<'_>,
        with_possible: bool,
        wanted: Option<&[u16]>,
        f: impl FnOnce(&Frame<'_>) -> R,
    ) -> R {
        let program = &self.context.program;
        let groups: Vec<Option<u32>> = units.iter().map(|unit| unit.group).collect();
        let aggregates: Vec<Vector<'_>> = self
            .plan
            .aggregates
            .iter()
            .zip(&state.totals)
            .map(|(aggregate, totals)| totals.results(&groups, with_possible, aggregate.ty))
            .collect();
        let picks: Vec<u32> = match self.roster {
            Some(roster) => units.iter().map(|unit| roster.records[unit.owner as usize]).collect(),
            None => Vec::new(),
        };
        let mut member_values = Vec::new();
        let member = match (&self.plan.shape, self.roster) {
            (PlanShape::Population { members: Members::Ledger { kind, .. }, .. }, Some(_)) => {
                self.held.get(kind).map_or(Side::NoLedger, |held| Side::Columns(&held.columns, Some(&picks)))
            }
            (PlanShape::Population { members: Members::List(list), .. }, Some(_)) => {
                let list = &program.lists[*list];
                for attribute in 0..list.attributes.len() {
                    let text = |entry: &u32| -> Arc<str> {
                        let entry = list.entries.get(*entry as usize);
                        entry.and_then(|entry| entry.attributes.get(attribute).cloned().flatten()).unwrap_or_default()
                    };
                    let texts = Texts::Owned(Cow::Owned(picks.iter().map(text).collect()));
                    member_values.push((attribute as u16, Vector::known(Data::Text(texts))));
                }
                Side::Values(&member_values)
            }
            (PlanShape::Population { .. }, None) => {
                for (position, slot) in state.member_slots.iter().enumerate() {
                    let values = units.iter().map(|unit| {
                        let carried = state.carried.get(unit.owner as usize).and_then(|kept| kept.get(position));
                        match carried.and_then(Option::as_ref).map(|carried| &carried.value) {
                            Some(Ok(value)) => Ok(value.clone()),
                            Some(Err(why)) => Err(*why),
                            None => Err(if slot.why.no_ledger == 0 { slot.why.absent } else { slot.why.no_ledger }),
                        }
                    });
                    member_values.push((slot.field, typed(slot.ty, values)));
                }
                Side::Values(&member_values)
            }
            _ => Side::NoLedger,
        };
        let record_values = self.key_values(units, owners, wanted);
        let joined_picks: Vec<Option<Vec<u32>>> =
            (0..self.plan.joins.len()).map(|join| self.joined(join, units, owners, &picks)).collect();
        let joined: Vec<Side<'_>> = joined_picks
            .iter()
            .zip(&self.plan.joins)
            .map(|(pick, join)| match (pick, self.held.get(&join.kind)) {
                (Some(pick), Some(held)) => Side::Columns(&held.columns, Some(pick)),
                _ => Side::NoLedger,
            })
            .collect();
        let period = match self.plan.each {
            None => super::held::no_period(),
            Some(_) => {
                let periods = units.iter().map(|unit| unit.period.unwrap_or(super::vector::NO_PERIOD)).collect();
                Vector::known(Data::Period(periods))
            }
        };
        let reporting = match self.hull() {
            Some(period) => Vector::constant(Data::Period(Cow::Owned(vec![period]))),
            None => Vector::unknown(Type::Period, WHY_PERIOD),
        };
        f(&Frame {
            context: self.context,
            len: units.len(),
            record: if record_values.is_empty() { Side::NoLedger } else { Side::Values(&record_values) },
            ids: None,
            member,
            joined: &joined,
            aggregates: &aggregates,
            period,
            reporting,
        })
    }

    /// The whole reporting period of the judged ledger.
    fn hull(&self) -> Option<Period> {
        match self.reporting {
            [] => None,
            [one] => Some(*one),
            [first, .., last] => Some(Period::Range(first.start(), last.end())),
        }
    }

    /// The key's fields as columns, for groups; only the wanted ones, where not all are.
    fn key_values<'v>(&self, units: &[Unit], owners: &Owners<'_>, wanted: Option<&[u16]>) -> Vec<(u16, Vector<'v>)> {
        let (PlanShape::Group { .. }, Some(key)) = (&self.plan.shape, self.plan.key()) else { return Vec::new() };
        let program = &self.context.program;
        let is_wanted = |field: &u16| wanted.is_none_or(|wanted| wanted.contains(field));
        if !key.parts.iter().flatten().any(is_wanted) {
            return Vec::new();
        }
        let parts: Vec<Vec<Part>> =
            units.iter().map(|unit| decode(owners.keys.get(unit.owner).unwrap_or_default())).collect();
        let mut values = Vec::new();
        for (position, field) in key.parts.iter().enumerate() {
            let Some(field) = field.as_ref().filter(|field| is_wanted(field)) else { continue };
            let Some(ty) = program.field_type(self.plan.kind, *field) else { continue };
            let why = self.plan.key_why.get(position).map_or(WHY_PERIOD, |bits| bits.blank);
            let value = |parts: &Vec<Part>| {
                let scalar = parts.get(position).and_then(Part::scalar).ok_or(why)?;
                match (ty, scalar.text()) {
                    (Type::Code(list), Some(text)) => {
                        let entries = program.lists.get(usize::from(list)).map_or(&[][..], |list| &list.entries);
                        let code = entries.iter().position(|entry| normalise_text(&entry.code) == text);
                        code.map(|code| Scalar::Code(code as u16)).ok_or(why)
                    }
                    _ => Ok(scalar),
                }
            };
            values.push((*field, typed(ty, parts.iter().map(value))));
        }
        values
    }

    /// The joined record of each unit; `None` where the ledger was not submitted.
    fn joined(&self, join: usize, units: &[Unit], owners: &Owners<'_>, picks: &[u32]) -> Option<Vec<u32>> {
        let plan = &self.plan.joins[join];
        let index = self.joins.get(join)?.as_ref()?;
        let now = |unit: &Unit| unit.period.or_else(|| self.hull());
        if let (Some(member), PlanShape::Population { members: Members::Ledger { kind, .. }, .. }, Some(_)) =
            (&plan.member, &self.plan.shape, self.roster)
        {
            let held = self.held.get(kind)?;
            let keys = Keys::new(&self.context.program, *kind, member, &held.columns, Some(picks));
            let find = |(at, unit): (usize, &Unit)| {
                keys.identity(at).and_then(|identity| index.find(plan, &identity, now(unit))).unwrap_or(NO_RECORD)
            };
            return Some(units.iter().enumerate().map(find).collect());
        }
        let key = self.plan.key()?;
        let find = |unit: &Unit| {
            let parts = decode(owners.keys.get(unit.owner)?);
            let own: Vec<Part> = if key.kind == plan.own.kind && key.kind != KeyKind::Fields {
                parts
            } else {
                let part =
                    |name| key.names.iter().position(|known| known == name).and_then(|at| parts.get(at)).cloned();
                plan.own.names.iter().map(|name| part(name).unwrap_or(Part::Nothing)).collect()
            };
            index.find(plan, &encode_parts(&own), now(unit))
        };
        Some(units.iter().map(|unit| find(unit).unwrap_or(NO_RECORD)).collect())
    }
}

fn possible_outcome(judged: &Judged, at: usize) -> (Outcome, Why) {
    (judged.outcomes[at], judged.why_at(at))
}

/// The key that says most of each cluster.
fn representatives(identities: &[Identity], cluster: &[u32], count: usize) -> Vec<Identity> {
    let mut best: Vec<Option<&Identity>> = vec![None; count];
    let known = |identity: &Identity| decode(identity).iter().filter(|part| **part != Part::Nothing).count();
    for (identity, cluster) in identities.iter().zip(cluster) {
        let slot = &mut best[*cluster as usize];
        let is_better = slot.is_none_or(|before| {
            let (own, others) = (known(identity), known(before));
            own > others || (own == others && key_text(identity) < key_text(before))
        });
        if is_better {
            *slot = Some(identity);
        }
    }
    best.into_iter().map(|identity| identity.cloned().unwrap_or_default()).collect()
}

/// A vector of one type from values that may be unknown.
fn typed<'v>(ty: Type, values: impl Iterator<Item = Result<Scalar, Why>>) -> Vector<'v> {
    let mut reasons = Vec::new();
    let mut known = Vec::new();
    for value in values {
        reasons.push(value.as_ref().err().copied().unwrap_or_default());
        known.push(value.ok());
    }
    macro_rules! data {
        ($variant:ident, $scalar:ident, $default:expr) => {
            Data::$variant(Cow::Owned(
                known
                    .into_iter()
                    .map(|value| match value {
                        Some(Scalar::$scalar(value)) => value,
                        _ => $default,
                    })
                    .collect(),
            ))
        };
    }
    let data = match ty {
        Type::Bool => data!(Bool, Bool, false),
        Type::Number => data!(Number, Number, Default::default()),
        Type::Date => data!(Date, Date, Default::default()),
        Type::Period => data!(Period, Period, super::vector::NO_PERIOD),
        Type::Code(_) => data!(Code, Code, 0),
        _ => {
            let text = |value: Option<Scalar>| match value {
                Some(Scalar::Text(text)) => text,
                _ => "".into(),
            };
            Data::Text(Texts::Owned(Cow::Owned(known.into_iter().map(text).collect())))
        }
    };
    let why = reasons.iter().any(|why| *why != 0).then_some(Cow::Owned(reasons));
    Vector { data, why, is_constant: false }
}
