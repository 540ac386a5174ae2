//! The end of a run: groups and members are decided, results are put in order and named.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::collect::{Collected, Lacking, Order};
use super::finding::{identify, location};
use super::identity::{Part, decode};
use super::judge::reasons;
use super::settle::{Settled, Settlement};
use super::shown::ShownRows;
use super::trace::Judgement;
use super::vector::NO_RECORD;
use super::view::shown_cell;
use super::{Evaluation, Evaluator, RuleState, owners};
use crate::finding::{Finding, NotRun, Outcome, Reason, Row, Tally, Tallying, Told};
use crate::model::{Localized, Period, Source};
use crate::rule::{Members, Plan, PlanShape, Program, Slot};

pub(super) fn finish(mut evaluator: Evaluator) -> Evaluation {
    let program = evaluator.context.program.clone();
    let reporting: BTreeMap<usize, Vec<Period>> =
        evaluator.ledgers.iter().map(|(kind, ledger)| (*kind, merge(ledger.periods.iter().copied()))).collect();
    let refused: Vec<Option<Reason>> = program.plans.iter().map(|plan| evaluator.refusal(plan)).collect();
    let settled = evaluator.settle(&program, &reporting, &refused);
    let owners = evaluator.owners.take().map(owners::Owners::tables).unwrap_or_default();
    let mut evaluation = Evaluation { owners, ..Evaluation::default() };
    notes(&program, &settled, &mut evaluation);
    let (rules, names) = results(evaluator);
    let order = places(&names);
    let mut tallies = Tallying::default();
    for (position, mut collected) in rules.into_iter().enumerate() {
        let plan = &program.plans[position];
        let number = position as u32;
        if let Some(reason) = &refused[position] {
            evaluation.not_run.push(NotRun { rule: number, reason: reason.clone() });
            continue;
        }
        let traced = collected.traced.take().unwrap_or_default();
        evaluation.judgements.extend(traced.into_iter().map(|judgement| Judgement { rule: number, ..judgement }));
        let findings = collected.findings(&program, plan, number, &names);
        evaluation.findings.extend(findings);
        if !collected.is_judged {
            let reason = if collected.is_out_of_force {
                Some(Reason::NotInForce)
            } else if settled[position].is_without_period {
                Some(Reason::PeriodUnknown)
            } else {
                None
            };
            evaluation.not_run.extend(reason.map(|reason| NotRun { rule: number, reason }));
        }
        let mut by_name = collected.take_tallies();
        by_name.retain(|(unit, _)| *unit < order.len());
        by_name.sort_unstable_by_key(|(unit, _)| order[*unit]);
        for same in by_name.chunk_by(|(a, _), (b, _)| order[*a] == order[*b]) {
            let mut sum = Tally::default();
            same.iter().for_each(|(_, counts)| sum.merge(counts));
            tallies.add(number, &names[same[0].0], &sum);
        }
    }
    evaluation.tallies = tallies.finish();
    evaluation
}

/// What is left to tell once all is decided: what each rule collected, and the names of the units. All that it was decided with goes.
fn results(evaluator: Evaluator) -> (Vec<Collected>, Vec<Arc<str>>) {
    let collected = evaluator.rules.into_iter().map(|rule| rule.collected);
    (collected.collect(), evaluator.units.names)
}

/// The place of each name among all names, in their order; the same for the same name.
fn places(names: &[Arc<str>]) -> Vec<u32> {
    let mut sorted: Vec<usize> = (0..names.len()).collect();
    sorted.sort_unstable_by_key(|&unit| &names[unit]);
    let mut places = vec![0; names.len()];
    for (place, same) in (0..).zip(sorted.chunk_by(|&a, &b| names[a] == names[b])) {
        same.iter().for_each(|&unit| places[unit] = place);
    }
    places
}

/// Whether every requirement reads a field of the register for which the judged ledger has none that could stand in:
/// the records themselves can then never show what the register would.
fn has_no_stand_in(plan: &Plan, fallback: &[Option<u16>]) -> bool {
    plan.items.iter().all(|item| {
        item.require.slots().into_iter().any(|slot| match slot {
            Slot::Member(field) => fallback.get(usize::from(field)).copied().flatten().is_none(),
            _ => false,
        })
    })
}

impl Evaluator {
    /// Why a rule is not run at all.
    fn refusal(&self, plan: &Plan) -> Option<Reason> {
        let ledger = self.ledgers.get(&plan.kind);
        if ledger.is_none() {
            let kind = self.context.program.kinds.get(plan.kind)?;
            return Some(Reason::LedgerAbsent(kind.id.clone()));
        }
        if let PlanShape::Population { members: Members::Ledger { kind, fallback, .. }, .. } = &plan.shape
            && !self.ledgers.contains_key(kind)
            && has_no_stand_in(plan, fallback)
        {
            let register = self.context.program.kinds.get(*kind)?;
            return Some(Reason::LedgerAbsent(register.id.clone()));
        }
        if self.is_only_supplemented(plan.kind) {
            let kind = self.context.program.kinds.get(plan.kind)?;
            return Some(Reason::LedgerAbsent(kind.id.clone()));
        }
        (plan.completeness && !self.is_complete(plan.kind)).then_some(Reason::CompletenessNotDeclared)
    }

    /// Whether the material of a ledger kind is known to be complete.
    pub(super) fn is_complete(&self, kind: usize) -> bool {
        let has_several_units = self.ledgers.get(&kind).is_some_and(|ledger| ledger.has_several_units);
        self.options.complete || has_several_units || self.is_register_of_its_own(kind)
    }

    /// Whether the ledger was submitted as such, and not only recorded by the way in another ledger's sheet.
    fn is_register_of_its_own(&self, position: usize) -> bool {
        let program = &self.context.program;
        let Some(kind) = program.kinds.get(position) else { return false };
        let recording = |other: usize| program.kinds[other].also.iter().any(|also| also.ledger == kind.id);
        let recorders: Vec<&super::LedgerState> =
            self.ledgers.iter().filter(|(other, _)| recording(**other)).map(|(_, ledger)| ledger).collect();
        if !program.kinds.iter().any(|other| other.also.iter().any(|also| also.ledger == kind.id)) {
            return false;
        }
        let is_by_the_way = |source: &Arc<Source>| {
            let mut others = recorders.iter().flat_map(|ledger| ledger.sources.values());
            others.any(|other| other.file == source.file && other.sheet == source.sheet)
        };
        let own = self.ledgers.get(&position).into_iter().flat_map(|ledger| ledger.sources.values());
        own.into_iter().any(|source| !is_by_the_way(source))
    }

    /// Whether all records of the kind come from ledgers that only add to it.
    fn is_only_supplemented(&self, kind: usize) -> bool {
        self.ledgers.get(&kind).is_some_and(|ledger| ledger.sources.values().all(|source| source.supplement))
    }

    /// For each rule that says which field of its key names the unit, the unit of each of its groups or members.
    fn named_units(&mut self, program: &Program) -> BTreeMap<usize, Vec<u32>> {
        let mut named = BTreeMap::new();
        for (position, (plan, rule)) in program.plans.iter().zip(&self.rules).enumerate() {
            let (Some(part), Some(space)) = (plan.unit, rule.space) else { continue };
            let keys = &self.spaces[space].keys;
            let names: Vec<String> = match (&plan.shape, &rule.roster) {
                (PlanShape::Population { members: Members::Ledger { kind, key, .. }, .. }, Some(roster)) => {
                    let field = key.parts.get(part).copied().flatten().map(usize::from);
                    let kind_and_held = program.kinds.get(*kind).zip(self.held.get(kind));
                    let column = kind_and_held
                        .zip(field)
                        .and_then(|((kind, held), field)| held.columns.get(field).map(|column| (kind, field, column)));
                    let name = |record: &u32| match column {
                        Some((kind, field, column)) if *record != NO_RECORD => {
                            shown_cell(program, kind, field, column, *record as usize).into_owned()
                        }
                        _ => String::new(),
                    };
                    roster.records.iter().map(name).collect()
                }
                _ => (0..keys.len() as u32)
                    .map(|key| decode(keys.get(key)).get(part).map(Part::shown).unwrap_or_default())
                    .collect(),
            };
            named.insert(position, names.iter().map(|name| self.units.number(name)).collect());
        }
        named
    }

    /// Decides the units of all group and population rules.
    fn settle(
        &mut self,
        program: &Program,
        reporting: &BTreeMap<usize, Vec<Period>>,
        refused: &[Option<Reason>],
    ) -> Vec<Settled> {
        let mut lists: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for plan in &program.plans {
            if let PlanShape::Population { members: Members::List(list), .. } = &plan.shape
                && let Some(entries) = program.lists.get(*list).map(|list| &list.entries)
            {
                let units = entries.iter().map(|entry| self.units.number(&entry.code)).collect();
                lists.insert(*list, units);
            }
        }
        let named = self.named_units(program);
        let shown: BTreeMap<usize, ShownRows<'_>> =
            self.ledgers.iter().map(|(kind, ledger)| (*kind, ledger.shown.rows())).collect();
        let (none, no_rows) = (BTreeMap::new(), ShownRows::default());
        let (context, units, spaces, held, ledgers) =
            (&self.context, &self.units, &self.spaces, &self.held, &self.ledgers);
        let settle = |(position, rule): (usize, &mut RuleState)| {
            let plan = &program.plans[position];
            let RuleState { collected, units: state, space, joins, roster, .. } = rule;
            let (Some(state), Some(space), None) = (state, space, &refused[position]) else {
                return Settled::default();
            };
            let space = &spaces[*space];
            let singles = state.singles.take();
            let key_units = match &plan.shape {
                PlanShape::Population { members: Members::List(list), .. } => lists.get(list),
                _ => None,
            };
            let settlement = Settlement {
                context,
                plan,
                rule: position as u32,
                units,
                keys: singles.as_ref().map_or(&space.keys, |singles| &singles.keys),
                key_units: named.get(&position).or(key_units).unwrap_or(&space.units),
                held,
                roster: roster.as_ref(),
                joins,
                reporting: reporting.get(&plan.kind).map_or(&[], |periods| periods),
                sources: ledgers.get(&plan.kind).map_or(&none, |ledger| &ledger.sources),
                rows: shown.get(&plan.kind).unwrap_or(&no_rows),
            };
            let settled = settlement.settle(state, collected);
            singles.into_iter().for_each(|singles| singles.count(collected));
            settled
        };
        self.rules.par_iter_mut().enumerate().map(settle).collect()
    }
}

impl Collected {
    /// The findings of the rule, in order, each with its lasting identity.
    fn findings(&mut self, program: &Program, plan: &Plan, rule: u32, names: &[Arc<str>]) -> Vec<Finding> {
        let lacking = std::mem::take(&mut self.lacking);
        for ((item, _, is_key), lacking) in lacking {
            self.count(lacking.unit, Outcome::Undetermined, 1);
            let (order, finding) = lacking_finding(program, plan, rule, item, is_key, &lacking, names);
            if self.wants(&order) {
                self.keep(order, finding);
            }
        }
        let items = program.infos.get(rule as usize).map_or(&[][..], |info| &info.items);
        let item_of = |finding: &Finding| {
            finding.item.and_then(|item| items.get(item as usize)).map_or("", |item| item.zh.as_str())
        };
        // What a ledger shows in one period and still shows in the next is one finding.
        let grid_period = |finding: &Finding| finding.period.filter(|_| plan.each.is_some());
        let mut findings: Vec<Finding> = self.take().into_iter().map(|(_, finding)| finding).collect();
        findings.par_iter_mut().for_each(|finding| {
            finding.fingerprint = identify(&plan.id, item_of(finding), finding, grid_period(finding), 0);
        });
        let mut firsts: FxHashMap<&str, usize> = FxHashMap::default();
        let mut alike: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, finding) in findings.iter().enumerate() {
            let first = *firsts.entry(&finding.fingerprint).or_insert(place);
            if first != place {
                alike.entry(first).or_insert_with(|| vec![first]).push(place);
            }
        }
        drop(firsts);
        // Findings with the same key are told apart by what they say, and only then by their rows, which move about.
        for mut places in alike.into_values() {
            let says = |place: &usize| {
                let finding: &Finding = &findings[*place];
                let values: Vec<String> = finding.values.iter().map(|value| value.value.to_owned()).collect();
                (finding.outcome, finding.reason.clone(), values)
            };
            places.sort_by_cached_key(says);
            for (repeat, place) in places.into_iter().enumerate().skip(1) {
                let item = item_of(&findings[place]);
                let finding = &findings[place];
                findings[place].fingerprint = identify(&plan.id, item, finding, grid_period(finding), repeat as u64);
            }
        }
        findings
    }
}

/// The one finding for all records of a sheet that cannot be judged because something is absent.
fn lacking_finding(
    program: &Program,
    plan: &Plan,
    rule: u32,
    item: u32,
    is_key: bool,
    lacking: &Lacking,
    names: &[Arc<str>],
) -> (Order, Finding) {
    let atoms = plan.items.get(item as usize).map_or(&plan.atoms, |item| &item.atoms);
    let mut reasons = reasons(program, plan, atoms, lacking.why, None, &|_| false);
    let reason = (!reasons.is_empty()).then(|| reasons.remove(0));
    let is_itemised = program.infos.get(rule as usize).is_some_and(|info| !info.items.is_empty());
    let order = Order {
        source: lacking.source.id,
        row: 0,
        period: i32::MIN,
        item,
        key: if is_key { "\u{2}" } else { "\u{1}" }.to_owned(),
    };
    let finding = Finding {
        rule,
        item: is_itemised.then_some(item),
        outcome: Outcome::Undetermined,
        severity: plan.severity,
        reason,
        other_reasons: reasons,
        unit: names.get(lacking.unit as usize).cloned().unwrap_or_default(),
        key: Told::default(),
        period: lacking.source.period.filter(|_| plan.each.is_none()),
        location: location(&lacking.source, None),
        related: Vec::new(),
        values: Told::default(),
        record: Row::default(),
        records: lacking.records,
        fingerprint: String::new(),
    };
    (order, finding)
}

/// Periods that follow each other or overlap become one.
fn merge(periods: impl Iterator<Item = Period>) -> Vec<Period> {
    let mut sorted: Vec<Period> = periods.collect();
    sorted.sort_by_key(|period| (period.start(), std::cmp::Reverse(period.end())));
    let mut merged: Vec<Period> = Vec::new();
    for period in sorted {
        match merged.last_mut() {
            Some(last) if period.end() <= last.end() => {}
            Some(last) if last.end().add_days(1).is_some_and(|next| period.start() <= next) => {
                *last = Period::Range(last.start(), period.end());
            }
            _ => merged.push(period),
        }
    }
    merged
}

/// Says what was assumed.
fn notes(program: &Program, settled: &[Settled], evaluation: &mut Evaluation) {
    let mut assumed: BTreeMap<(usize, Period), Vec<&str>> = BTreeMap::new();
    let mut without: BTreeMap<(usize, usize), Vec<&str>> = BTreeMap::new();
    for (plan, settled) in program.plans.iter().zip(settled) {
        if let Some(period) = settled.assumed {
            assumed.entry((plan.kind, period)).or_default().push(&plan.id);
        }
        if settled.is_without_register
            && let PlanShape::Population { members: Members::Ledger { kind, .. }, .. } = &plan.shape
        {
            without.entry((plan.kind, *kind)).or_default().push(&plan.id);
        }
    }
    let name = |kind: usize| program.kinds.get(kind).map(|kind| kind.name.clone()).unwrap_or_default();
    for ((kind, period), rules) in assumed {
        let (kind, rules) = (name(kind), rules.join("、"));
        evaluation.notes.push(Localized::new(
            format!("“{}”未注明所属期，按其记录日期的起止（{}）判定：{rules}。", kind.zh, period.zh()),
            format!(
                "No reporting period is known for {}; the span of its dates ({period}) was used: {rules}.",
                kind.en
            ),
        ));
    }
    for ((kind, register), rules) in without {
        let (kind, register, rules) = (name(kind), name(register), rules.join("、"));
        evaluation.notes.push(Localized::new(
            format!("未提交“{}”，判定对象取自“{}”的记录，没有任何记录的对象无法发现：{rules}。", register.zh, kind.zh),
            format!(
                "{} was not submitted: those who are judged were taken from the records of {}, and whoever has none \
                 cannot be seen: {rules}.",
                register.en, kind.en
            ),
        ));
    }
}
