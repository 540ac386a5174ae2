//! Plans: what a rule has become when it is compiled, ready to be evaluated.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::types::*;
use crate::finding::{RowField, RuleInfo, Severity};
use crate::model::{Date, Grid};
use crate::pack::{Calendar, CodeList, LedgerKind, Regions};

/// All rules of a catalog that could be compiled, and what their evaluation needs beside the records.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub plans: Vec<Plan>,
    /// What reports say about the rules, in the order of `plans`.
    pub infos: Vec<RuleInfo>,
    pub kinds: Vec<Arc<LedgerKind>>,
    /// For each of `kinds`, its fields as findings name them beside a record; all findings share them.
    pub row_fields: Vec<Arc<[RowField]>>,
    pub lists: Vec<Arc<CodeList>>,
    pub calendar: Arc<Calendar>,
    pub regions: Arc<Regions>,
}

impl Program {
    /// Position of the ledger kind with this id.
    pub fn kind(&self, id: &str) -> Option<usize> {
        self.kinds.iter().position(|kind| &*kind.id == id)
    }

    /// The type that a field of the ledger kind at position `kind` has in conditions.
    pub fn field_type(&self, kind: usize, field: u16) -> Option<Type> {
        let list = |name: &str| self.lists.iter().position(|list| &*list.id == name).map(|position| position as u16);
        field_type(&self.kinds.get(kind)?.fields.get(usize::from(field))?.ty, list)
    }

    /// Ids of the kinds that serve as registers or companions, whose records are kept in memory.
    pub fn held_kinds(&self) -> BTreeSet<Arc<str>> {
        let mut held = BTreeSet::new();
        for plan in &self.plans {
            held.extend(
                plan.companions().into_iter().filter_map(|kind| self.kinds.get(kind)).map(|kind| kind.id.clone()),
            );
        }
        held
    }

    /// The fields of a ledger kind that rules with companions read of its records as companions, with the keys and
    /// units that findings name.
    pub fn fields_kept(&self, kind: usize) -> BTreeSet<u16> {
        let mut kept = BTreeSet::new();
        for plan in self.plans.iter().filter(|plan| plan.is_late()) {
            let read = plan.fields_read().into_iter().filter(|(read, _)| *read == kind);
            kept.extend(read.map(|(_, field)| field));
            if let PlanShape::Population { members: Members::Ledger { kind: register, .. }, .. } = &plan.shape
                && *register == kind
            {
                let members = plan.joins.iter().filter_map(|join| join.member.as_ref());
                kept.extend(members.flat_map(|key| key.parts.iter().flatten().copied()));
            }
        }
        if let Some(kind) = self.kinds.get(kind) {
            kept.extend(kind.unit.iter().chain(&kind.key).map(|field| *field as u16));
        }
        kept
    }
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Plan {
    pub id: Arc<str>,
    pub severity: Severity,
    /// Position of the judged ledger kind in [`Program::kinds`].
    pub kind: usize,
    pub shape: PlanShape,
    pub each: Option<EachPlan>,
    /// On records: which ones the demand applies to (row), or which ones count (group, population).
    pub filter: Option<Node>,
    pub items: Vec<ItemPlan>,
    pub due: Option<Node>,
    pub pending: Option<Node>,
    pub joins: Vec<JoinPlan>,
    pub aggregates: Vec<Aggregate>,
    pub values: Vec<(Arc<str>, Node)>,
    /// What the bits of `filter`, `due`, `pending`, the aggregates and the register's condition mean.
    pub atoms: Atoms,
    /// The bits of the grid's date field.
    pub each_why: SlotWhy,
    /// The bits of the parts of the key, in their order (group, population).
    pub key_why: Vec<SlotWhy>,
    /// The field that a finding points at, where the rule names one.
    pub cell: Option<u16>,
    /// The part of the key that names who answers, where that is not the unit of the first record (group, population).
    pub unit: Option<usize>,
    /// The fields that say which reporting period a record belongs to; the first that is filled in counts.
    pub reporting: Vec<u16>,
    pub completeness: bool,
    pub effective: (Option<Date>, Option<Date>),
    pub strict: bool,
}

/// What is required, once for each item of the duty.
#[derive(Clone, Debug)]
pub struct ItemPlan {
    pub applies: Option<Node>,
    pub require: Node,
    /// What the bits mean: those of [`Plan::atoms`], and more.
    pub atoms: Atoms,
    /// The values that a finding shows.
    pub shown: Vec<Shown>,
}

/// A value shown with a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub name: Arc<str>,
    pub slot: Slot,
}

#[derive(Clone, Copy, Debug)]
pub struct EachPlan {
    pub grid: Grid,
    /// The date or period field of the record.
    pub field: u16,
    /// The period field that counts where the first is not known.
    pub or: Option<u16>,
}

#[derive(Clone, Debug)]
pub enum PlanShape {
    Row,
    Group { key: GroupKey },
    Population { members: Members, key: GroupKey },
}

/// How two things are seen to be the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum KeyKind {
    /// Parts: code, name, county; for a village: nothing, name, township.
    Institution,
    /// Parts: identity number, name, date of birth, institution.
    Person,
    /// Parts: one for each field; all must be equal.
    Fields,
}

/// The fields of one side that make up a key; `None` for a part that the ledger kind does not have.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct GroupKey {
    pub kind: KeyKind,
    pub parts: Vec<Option<u16>>,
    /// The canonical names of the parts, in the same order.
    pub names: Vec<Arc<str>>,
    /// One bit for each part that may be without a value: nothing is a value of its own then.
    pub optional: u32,
}

/// Who must be judged.
#[derive(Clone, Debug)]
pub enum Members {
    Ledger {
        kind: usize,
        filter: Option<Node>,
        key: GroupKey,
        /// For each field of the register, the field of the judged ledger that stands in where the register is missing.
        fallback: Vec<Option<u16>>,
    },
    /// Position in [`Program::lists`].
    List(usize),
}

#[derive(Clone, Debug)]
pub struct JoinPlan {
    pub name: Arc<str>,
    pub kind: usize,
    /// The key on the side of the record, of the member, and of the joined ledger.
    pub own: GroupKey,
    pub member: Option<GroupKey>,
    pub other: GroupKey,
    /// Whether the record of the period before is wanted, by the fields with the joined ledger's reporting period.
    pub previous: bool,
    pub other_reporting: Vec<u16>,
    pub filter: Option<Node>,
}

impl Plan {
    /// The key of the judged ledger's records in a group or population rule.
    pub fn key(&self) -> Option<&GroupKey> {
        match &self.shape {
            PlanShape::Row => None,
            PlanShape::Group { key } | PlanShape::Population { key, .. } => Some(key),
        }
    }

    /// Whether the rule can be judged only when its register and its companions are there.
    pub fn is_late(&self) -> bool {
        matches!(self.shape, PlanShape::Population { .. }) || !self.companions().is_empty()
    }

    /// Whether the rule is one of those made of a rule for many kinds, which judge records where they first stand only.
    pub fn is_of_many_kinds(&self) -> bool {
        self.id.contains('@')
    }

    /// Positions of the ledger kinds that are read beside the judged one.
    pub fn companions(&self) -> Vec<usize> {
        let mut kinds: Vec<usize> = self.joins.iter().map(|join| join.kind).collect();
        if let PlanShape::Population { members: Members::Ledger { kind, .. }, .. } = &self.shape {
            kinds.push(*kind);
        }
        kinds
    }

    /// Every condition of the rule.
    pub fn nodes(&self) -> Vec<&Node> {
        let mut nodes: Vec<&Node> = self.filter.iter().chain(&self.due).chain(&self.pending).collect();
        nodes.extend(self.items.iter().flat_map(|item| item.applies.iter().chain([&item.require])));
        nodes.extend(self.values.iter().map(|(_, node)| node));
        nodes.extend(self.aggregates.iter().flat_map(|aggregate| aggregate.args.iter().chain(&aggregate.filter)));
        nodes.extend(self.joins.iter().filter_map(|join| join.filter.as_ref()));
        if let PlanShape::Population { members: Members::Ledger { filter: Some(filter), .. }, .. } = &self.shape {
            nodes.push(filter);
        }
        nodes
    }

    /// Positions of the ledger kind and field that a column comes from; nothing for an attribute of a code list.
    pub fn field_of(&self, slot: Slot) -> Option<(usize, u16)> {
        match (slot, &self.shape) {
            (Slot::Record(field), _) => Some((self.kind, field)),
            (Slot::Member(field), PlanShape::Population { members: Members::Ledger { kind, .. }, .. }) => {
                Some((*kind, field))
            }
            (Slot::Member(_), _) => None,
            (Slot::Joined(join, field), _) => self.joins.get(usize::from(join)).map(|join| (join.kind, field)),
        }
    }

    /// All fields that the rule reads, as positions of ledger kind and field.
    pub fn fields_read(&self) -> BTreeSet<(usize, u16)> {
        let resolve = |slot: Slot| self.field_of(slot);
        let mut read: BTreeSet<(usize, u16)> = BTreeSet::new();
        for node in self.nodes() {
            read.extend(node.slots().into_iter().filter_map(resolve));
        }
        for item in &self.items {
            read.extend(item.shown.iter().filter_map(|shown| resolve(shown.slot)));
        }
        let own = |key: &GroupKey, kind: usize| -> Vec<(usize, u16)> {
            key.parts.iter().flatten().map(|field| (kind, *field)).collect()
        };
        match &self.shape {
            PlanShape::Row => {}
            PlanShape::Group { key } => read.extend(own(key, self.kind)),
            PlanShape::Population { members, key } => {
                read.extend(own(key, self.kind));
                if let Members::Ledger { kind, key, .. } = members {
                    read.extend(own(key, *kind));
                }
            }
        }
        for join in &self.joins {
            read.extend(own(&join.own, self.kind));
            read.extend(own(&join.other, join.kind));
            read.extend(join.other_reporting.iter().map(|field| (join.kind, *field)));
        }
        let dates = self.each.into_iter().flat_map(|each| std::iter::once(each.field).chain(each.or));
        let extra = dates.chain(self.cell).chain(self.reporting.iter().copied());
        read.extend(extra.map(|field| (self.kind, field)));
        read
    }
}
