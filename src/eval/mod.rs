//! Evaluates compiled rules over batches of records: findings, counts, and what could not be judged.

mod aggregate;
mod collect;
mod finding;
mod finish;
mod frame;
mod function;
mod held;
mod id_numbers;
mod identity;
mod judge;
mod kernel;
mod names;
mod owners;
mod region;
mod roster;
mod row;
mod settle;
mod shown;
mod singles;
mod trace;
mod units;
mod vector;
mod view;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;

use self::collect::Collected;
use self::frame::{Context, Frame, Side};
use self::held::{Held, JoinIndex};
use self::identity::{Interner, KeyList, Keys};
pub use self::names::{normalise as name_form, normalise_text as key_form};
pub use self::region::{RegionOf, region_of};
use self::roster::Roster;
use self::shown::Shown;
use self::singles::{Print, Singles};
pub use self::trace::Judgement;
use self::units::{Intake, Owners, UnitState};
use self::vector::NO_RECORD;
use self::view::{Units, View};
use crate::finding::{Finding, NotRun, OwnedTable, Tallies};
use crate::model::{Batch, ColumnData, Date, Localized, Period, Source};
use crate::rule::{GroupKey, Members, Plan, PlanShape, Program};

/// How a run is judged.
#[derive(Clone, Debug)]
pub struct EvalOptions {
    /// The review date: deadlines and running periods are held against it.
    pub as_of: Date,
    /// Whether the inputs are declared to be complete.
    pub complete: bool,
    /// Findings that are kept for each rule; the counts stay true.
    pub max_findings: Option<usize>,
}

/// What the rules said.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    /// By rule, source, row and key.
    pub findings: Vec<Finding>,
    /// By rule and unit.
    pub tallies: Tallies,
    pub not_run: Vec<NotRun>,
    /// What the reader of the results must know.
    pub notes: Vec<Localized>,
    /// Every outcome by rule, where [`Evaluator::trace`] asked for them.
    pub judgements: Vec<Judgement>,
    /// Which rows belong to which unit, where [`Evaluator::keep_owners`] asked for it.
    pub owners: Vec<OwnedTable>,
}

/// Takes batches in any order and judges them.
///
/// Batches of registers and companion ledgers ([`Evaluator::held_kinds`]) are kept in memory. Rules that need them are
/// judged when [`Evaluator::seal`] says that all of them have come, or at the end; until then the batches that these
/// rules judge are kept too.
pub struct Evaluator {
    context: Context,
    options: EvalOptions,
    held_kinds: BTreeSet<Arc<str>>,
    rules: Vec<RuleState>,
    units: Units,
    /// What is known about each ledger kind that was submitted, by its position.
    ledgers: BTreeMap<usize, LedgerState>,
    spaces: Vec<KeySpace>,
    /// The fields that are kept in memory, by position of the ledger kind.
    kept: BTreeMap<usize, BTreeSet<u16>>,
    /// Batches of registers and companions, until they are sealed.
    arriving: BTreeMap<usize, Vec<Arc<View>>>,
    held: BTreeMap<usize, Held>,
    /// Batches that rules with registers or companions will judge.
    waiting: Vec<Arc<View>>,
    owners: Option<owners::Owners>,
    is_sealed: bool,
}

/// One rule at work.
struct RuleState {
    collected: Collected,
    units: Option<UnitState>,
    /// Position of the key space of a group or population rule.
    space: Option<usize>,
    joins: Vec<Option<JoinIndex>>,
    roster: Option<Roster>,
    /// For each key of the space, the members of the roster that it means.
    members: Vec<Vec<u32>>,
}

/// The parts of the evaluator that every rule reads.
struct Shared<'a> {
    context: &'a Context,
    spaces: &'a [KeySpace],
    held: &'a BTreeMap<usize, Held>,
    units: &'a Units,
}

/// What was seen of one ledger kind.
#[derive(Default)]
struct LedgerState {
    sources: BTreeMap<u32, Arc<Source>>,
    periods: BTreeSet<Period>,
    /// Whether one table has records of several units that do not belong to one city. Known only where a rule asks
    /// for completeness.
    has_several_units: bool,
    first_unit: HashMap<u32, u32>,
    /// What its first records say: findings about several records show them.
    shown: Shown,
}

/// The different keys of one ledger kind's records, shared by all rules with the same key.
struct KeySpace {
    kind: usize,
    key: GroupKey,
    keys: Interner,
    /// The unit of the first record of each key.
    units: Vec<u32>,
}

/// The keys of a batch's records in one key space.
#[derive(Clone, Default)]
struct RecordKeys {
    /// The number of each key, or [`NO_RECORD`].
    numbers: Vec<u32>,
    /// The hash of each key, for rules to which a key with one record is nothing.
    prints: Vec<Print>,
}

/// Keys that are sought together.
const KEYS: usize = 256;

/// Stands for the number of a key that was not sought yet.
const UNSEEN: u32 = NO_RECORD - 1;

/// Batches with at least this many records are judged by several threads.
const PARALLEL: usize = 512;

impl Evaluator {
    /// An evaluator for all rules of the program.
    pub fn new(program: Arc<Program>, options: EvalOptions) -> Evaluator {
        let held_kinds = program.held_kinds();
        let mut folded = (*program).clone();
        let context = Context { program, as_of: options.as_of };
        let empty = Frame::empty(&context);
        for plan in &mut folded.plans {
            judge::each_node(plan, &mut |node| judge::fold(node, &empty));
        }
        drop(empty);
        let context = Context { program: Arc::new(folded), ..context };
        let mut spaces: Vec<KeySpace> = Vec::new();
        let rules = context
            .program
            .plans
            .iter()
            .map(|plan| RuleState {
                collected: Collected::new(options.max_findings),
                units: plan.key().map(|_| UnitState::new(plan, singles::outcomes(&context, plan).map(Singles::new))),
                space: plan.key().map(|key| space(&mut spaces, plan.kind, key)),
                joins: Vec::new(),
                roster: None,
                members: Vec::new(),
            })
            .collect();
        Evaluator {
            context,
            options,
            held_kinds,
            rules,
            units: Units::default(),
            ledgers: BTreeMap::new(),
            spaces,
            kept: BTreeMap::new(),
            arriving: BTreeMap::new(),
            held: BTreeMap::new(),
            waiting: Vec::new(),
            owners: None,
            is_sealed: false,
        }
    }

    /// Asks for every single outcome. They take memory that grows with the records.
    pub fn trace(&mut self) {
        for rule in &mut self.rules {
            rule.collected.traced = Some(Vec::new());
            // An outcome that is traced names its key.
            rule.units.iter_mut().for_each(|state| state.singles = None);
        }
    }

    /// Ids of the ledger kinds that serve as registers or companions. Pushing their batches first and calling
    /// [`Evaluator::seal`] lets all other batches be judged as they come.
    pub fn held_kinds(&self) -> &BTreeSet<Arc<str>> {
        &self.held_kinds
    }

    /// Notes from now on which rows belong to which unit.
    pub fn keep_owners(&mut self) {
        self.owners.get_or_insert_default();
    }

    /// Judges a batch, as far as that can be done now. Batches of kinds that no rule knows are passed over.
    pub fn push(&mut self, batch: Batch) {
        let Some(kind) = self.context.program.kind(&batch.source.kind) else { return };
        let view = Arc::new(View::new(batch, kind, &self.context.program, &mut self.units));
        self.note(&view);
        self.keep_rows(&view);
        if let Some(owners) = &mut self.owners {
            owners.take(&view, &self.units);
        }
        if !self.is_sealed {
            if self.held_kinds.contains(&view.source().kind) {
                let program = &self.context.program;
                let fields = self.kept.entry(kind).or_insert_with(|| program.fields_kept(kind));
                self.arriving.entry(kind).or_default().push(Arc::new(view.only(fields)));
            }
            // Where a register is missing, columns of the records themselves stand in for it: all of them are kept.
            if self.context.program.plans.iter().any(|plan| plan.kind == kind && plan.is_late()) {
                self.waiting.push(view.clone());
            }
        }
        let is_sealed = self.is_sealed;
        self.judge(&view, |plan| is_sealed || !plan.is_late());
    }

    /// Remembers only that a batch was submitted, without judging it.
    pub fn note_batch(&mut self, batch: Batch) {
        let Some(kind) = self.context.program.kind(&batch.source.kind) else { return };
        let view = View::new(batch, kind, &self.context.program, &mut self.units);
        self.note(&view);
    }

    /// The ledger kinds that were submitted, by position, and whether each is known to be complete.
    pub fn complete_ledgers(&self) -> BTreeMap<usize, bool> {
        self.ledgers.keys().map(|kind| (*kind, self.is_complete(*kind))).collect()
    }

    /// Says that every batch of the held kinds has been pushed.
    pub fn seal(&mut self) {
        if self.is_sealed {
            return;
        }
        self.is_sealed = true;
        for (kind, views) in std::mem::take(&mut self.arriving) {
            self.held.insert(kind, Held::new(views));
        }
        let (context, held) = (&self.context, &self.held);
        self.rules.par_iter_mut().enumerate().for_each(|(position, rule)| {
            let plan = &context.program.plans[position];
            let register = match &plan.shape {
                PlanShape::Population { members: Members::Ledger { kind, .. }, .. } => held.get(kind),
                _ => None,
            };
            rule.roster = Roster::new(context, plan, register);
            rule.joins = (0..plan.joins.len())
                .map(|join| held.get(&plan.joins[join].kind).map(|held| JoinIndex::new(context, plan, join, held)))
                .collect();
        });
        for view in std::mem::take(&mut self.waiting) {
            self.judge(&view, Plan::is_late);
        }
    }

    /// Judges what remains and gives all results.
    pub fn finish(mut self) -> Evaluation {
        self.seal();
        finish::finish(self)
    }

    /// Remembers what a batch says about its ledger as a whole.
    fn note(&mut self, view: &View) {
        let ledger = self.ledgers.entry(view.kind).or_default();
        let source = view.source();
        ledger.sources.entry(source.id).or_insert_with(|| source.clone());
        // Columns that repeat for each quarter are about every one of them, also those in which nothing stands.
        if source.secondary && !source.supplement {
            ledger.periods.extend(source.period);
        }
        let plan = self.context.program.plans.iter().find(|plan| plan.kind == view.kind);
        let fields = plan.map_or(&[][..], |plan| &plan.reporting);
        let is_here = |field: &u16| {
            view.batch.columns.get(usize::from(*field)).is_some_and(|column| column.data != ColumnData::Absent)
        };
        // What only adds to a ledger does not lengthen its period.
        if !source.supplement && fields.iter().any(is_here) {
            let mut last = None;
            for row in 0..view.len() {
                let period = view.reporting_at(fields, row);
                if period != last {
                    last = period;
                    ledger.periods.extend(period);
                }
            }
        } else if !source.supplement {
            ledger.periods.extend(source.period);
        }
        let asks = self.context.program.plans.iter().any(|plan| plan.kind == view.kind && plan.completeness);
        if asks && let Some(first) = view.units.first() {
            let first = *ledger.first_unit.entry(source.id).or_insert(*first);
            let regions = &self.context.program.regions;
            let city = |unit: u32| region::city(regions, &self.units.name(unit));
            // A city and its counties on one sheet are one unit's table.
            let is_other = |unit: u32| unit != first && (city(unit).is_none() || city(unit) != city(first));
            ledger.has_several_units |= view.units.iter().any(|unit| is_other(*unit));
        }
    }

    /// Keeps what the first records of a sheet say, where a rule may find fault with several of them together.
    fn keep_rows(&mut self, view: &View) {
        let program = &self.context.program;
        let is_shown = |plan: &Plan| plan.kind == view.kind && !matches!(plan.shape, PlanShape::Row);
        if !program.plans.iter().any(is_shown) {
            return;
        }
        let (context, columns) = (&self.context, &view.batch.columns);
        let words = |at: usize, row: u32| finding::record(context, view.kind, columns, at, row);
        self.ledgers.entry(view.kind).or_default().shown.take(&view.batch, words);
    }

    /// Lets the rules that `wanted` names judge a batch.
    fn judge(&mut self, view: &View, wanted: impl Fn(&Plan) -> bool + Sync) {
        let program = self.context.program.clone();
        // A rule for many kinds has judged these records where they stand.
        let is_repeated = |plan: &Plan| view.source().secondary && plan.is_of_many_kinds();
        let is_wanted = |plan: &Plan| plan.kind == view.kind && wanted(plan) && !is_repeated(plan);
        // The keys of the records are numbered once for all rules that share them, and so are their hashes.
        let (mut numbered, mut printed) = (BTreeSet::new(), BTreeSet::new());
        for (_, rule) in program.plans.iter().zip(&self.rules).filter(|(plan, _)| is_wanted(plan)) {
            let is_single = rule.units.as_ref().is_some_and(|state| state.singles.is_some());
            let spaces = if is_single { &mut printed } else { &mut numbered };
            spaces.extend(rule.space);
        }
        let mut keys = vec![RecordKeys::default(); self.spaces.len()];
        for position in numbered {
            keys[position].numbers = self.spaces[position].number(&program, view);
        }
        for position in printed {
            keys[position].prints = self.spaces[position].prints(&program, view);
        }
        let shared = Shared { context: &self.context, spaces: &self.spaces, held: &self.held, units: &self.units };
        let work = |(position, rule): (usize, &mut RuleState)| {
            let plan = &program.plans[position];
            if is_wanted(plan) {
                rule.judge(&shared, plan, position as u32, view, &keys);
            }
        };
        if view.len() >= PARALLEL {
            self.rules.par_iter_mut().enumerate().for_each(work);
        } else {
            self.rules.iter_mut().enumerate().for_each(work);
        }
    }
}

fn space(spaces: &mut Vec<KeySpace>, kind: usize, key: &GroupKey) -> usize {
    let known = spaces.iter().position(|space| space.kind == kind && space.key == *key);
    known.unwrap_or_else(|| {
        spaces.push(KeySpace { kind, key: key.clone(), keys: Interner::default(), units: Vec::new() });
        spaces.len() - 1
    })
}

impl KeySpace {
    /// The number of each record's key, or [`NO_RECORD`].
    fn number(&mut self, program: &Program, view: &View) -> Vec<u32> {
        let keys = Keys::new(program, view.kind, &self.key, &view.batch.columns, None);
        let mut numbers = vec![NO_RECORD; view.len()];
        let mut list = KeyList::default();
        if let Some(combinations) = keys.combinations(view.len() * 2) {
            // Where few different keys can be, each is sought once.
            let mut known = vec![UNSEEN; combinations.len];
            for (row, number) in numbers.iter_mut().enumerate() {
                let known = &mut known[combinations.at(row)];
                if *known == UNSEEN {
                    *known = NO_RECORD;
                    list.clear();
                    list.add(|bytes| keys.encode(row, bytes));
                    self.take(&list, view, &[row as u32], |_, number| *known = number);
                }
                *number = *known;
            }
            return numbers;
        }
        let mut rows = Vec::with_capacity(KEYS);
        for first in (0..view.len()).step_by(KEYS) {
            list.clear();
            rows.clear();
            for row in first..view.len().min(first + KEYS) {
                if list.add(|bytes| keys.encode(row, bytes)) {
                    rows.push(row as u32);
                }
            }
            self.take(&list, view, &rows, |row, number| numbers[row as usize] = number);
        }
        numbers
    }

    /// The hash of each record's key, or [`singles::NO_PRINT`].
    fn prints(&self, program: &Program, view: &View) -> Vec<Print> {
        let keys = Keys::new(program, view.kind, &self.key, &view.batch.columns, None);
        let print = |bytes: &mut Vec<u8>, row: usize| {
            bytes.clear();
            if keys.encode(row, bytes) { singles::print(bytes) } else { singles::NO_PRINT }
        };
        (0..view.len()).into_par_iter().with_min_len(KEYS).map_init(Vec::new, print).collect()
    }

    /// Numbers the keys of some rows, and notes the units of new ones.
    fn take(&mut self, list: &KeyList, view: &View, rows: &[u32], mut told: impl FnMut(u32, u32)) {
        let KeySpace { keys, units, .. } = self;
        let mut rows = rows.iter();
        keys.numbers(list, |number| {
            let Some(row) = rows.next() else { return };
            if number as usize == units.len() {
                units.push(view.units[*row as usize]);
            }
            told(*row, number);
        });
    }
}

impl RuleState {
    /// Judges the records of a batch, or takes them up into the totals of their units.
    fn judge(&mut self, shared: &Shared<'_>, plan: &Plan, number: u32, view: &View, keys: &[RecordKeys]) {
        let Shared { context, spaces, held, units } = *shared;
        let reporting = view.reporting(&plan.reporting);
        let picks: Vec<Option<Vec<u32>>> = plan
            .joins
            .iter()
            .zip(&self.joins)
            .map(|(join, index)| {
                let own = Keys::new(&context.program, view.kind, &join.own, &view.batch.columns, None);
                index.as_ref().map(|index| index.pick(join, &own, &reporting, view.len()))
            })
            .collect();
        let joined: Vec<Side<'_>> = picks
            .iter()
            .zip(&plan.joins)
            .map(|(pick, join)| match (pick, held.get(&join.kind)) {
                (Some(pick), Some(held)) => Side::Columns(&held.columns, Some(pick)),
                _ => Side::NoLedger,
            })
            .collect();
        let (Some(state), Some(space)) = (&mut self.units, self.space) else {
            return row::judge_rows(context, plan, number, view, &joined, units, &mut self.collected);
        };
        if let Some(roster) = &self.roster {
            let known = &spaces[space].keys;
            for key in self.members.len()..known.len() {
                self.members.push(roster.find(known.get(key as u32)));
            }
        }
        let register = match &plan.shape {
            PlanShape::Population { members: Members::Ledger { kind, .. }, .. } => held.get(kind),
            _ => None,
        };
        let intake = Intake {
            view,
            keys: &keys[space].numbers,
            prints: &keys[space].prints,
            owners: if self.roster.is_some() { Owners::Members(&self.members) } else { Owners::Keys },
            register: register.map(|held| &held.columns[..]),
            members: self.roster.as_ref().map_or(&[], |roster| &roster.records),
            joined: &joined,
        };
        state.take(context, plan, &intake, &mut self.collected);
    }
}
