//! Rosters: who the members of a population are, and which keys of the judged ledger mean which of them.

use std::collections::BTreeSet;

use super::frame::{Context, Frame, Side};
use super::held::Held;
use super::identity::{Identity, Index, Keys, clusters, text_identity};
use super::kernel::evaluate;
use super::vector::NO_RECORD;
use crate::finding::Outcome;
use crate::rule::{KeyKind, Members, Plan, PlanShape, Why};

/// One member of a population.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    /// Its record in the register, or its position in the code list.
    pub record: u32,
    /// Whether it belongs to the population: `Met`, `NotApplicable`, or `Undetermined` for the reasons in `why`.
    pub belongs: Outcome,
    pub why: Why,
}

#[derive(Debug)]
pub(super) struct Roster {
    pub members: Vec<Member>,
    /// The record of each member, for picking columns.
    pub records: Vec<u32>,
    index: Index,
    /// The member of each key in the index.
    member_of: Vec<u32>,
}

impl Roster {
    /// The members of a plan's population; `None` where it has none or the register was not submitted.
    pub fn new(context: &Context, plan: &Plan, held: Option<&Held>) -> Option<Roster> {
        let PlanShape::Population { members, .. } = &plan.shape else { return None };
        match members {
            Members::List(list) => {
                let entries = &context.program.lists.get(*list)?.entries;
                let identities: Vec<Identity> = entries.iter().map(|entry| text_identity(&entry.code)).collect();
                let count = entries.len() as u32;
                let member = |record| Member { record, belongs: Outcome::Met, why: 0 };
                Some(Roster {
                    members: (0..count).map(member).collect(),
                    records: (0..count).collect(),
                    index: Index::new(KeyKind::Fields, &identities),
                    member_of: (0..count).collect(),
                })
            }
            Members::Ledger { kind, filter, key, .. } => {
                let held = held?;
                let frame =
                    Frame { len: held.len(), member: Side::Columns(&held.columns, None), ..Frame::empty(context) };
                let belongs = filter.as_ref().map(|filter| evaluate(filter, &frame));
                let keys = Keys::new(&context.program, *kind, key, &held.columns, None);
                let mut identities = Vec::new();
                let mut records = Vec::new();
                for row in 0..held.len() {
                    if let Some(identity) = keys.identity(row) {
                        identities.push(identity);
                        records.push(row as u32);
                    }
                }
                let (member_of, count) = clusters(key.kind, &identities);
                // Equal keys of fields are one member too.
                let (member_of, count) =
                    if key.kind == KeyKind::Fields { same(&identities) } else { (member_of, count) };
                let mut members = vec![Member { record: NO_RECORD, belongs: Outcome::NotApplicable, why: 0 }; count];
                for (position, row) in records.iter().enumerate() {
                    let member = &mut members[member_of[position] as usize];
                    let (is_in, why) = belongs.as_ref().map_or((true, 0), |belongs| belongs.truth(*row as usize));
                    let own = match (is_in, why) {
                        (true, _) => Outcome::Met,
                        (false, 0) => Outcome::NotApplicable,
                        (false, _) => Outcome::Undetermined,
                    };
                    let rank = |outcome: Outcome| match outcome {
                        Outcome::Met => 2,
                        Outcome::Undetermined => 1,
                        _ => 0,
                    };
                    // The first record speaks for the member, unless a later one says more surely that it belongs.
                    if member.record == NO_RECORD || rank(own) > rank(member.belongs) {
                        *member = Member {
                            record: *row,
                            belongs: own,
                            why: if own == Outcome::Undetermined { why } else { 0 },
                        };
                    }
                }
                let records = members.iter().map(|member| member.record).collect();
                Some(Roster { members, records, index: Index::new(key.kind, &identities), member_of })
            }
        }
    }

    /// The members that a key means; several where it does not tell them apart.
    pub fn find(&self, key: &[u8]) -> Vec<u32> {
        let found = self.index.matches(&key.into());
        let members: BTreeSet<u32> = found.into_iter().filter_map(|at| self.member_of.get(at)).copied().collect();
        members.into_iter().collect()
    }
}

/// For each key the number of the first key that equals it, counted over the different ones.
fn same(identities: &[Identity]) -> (Vec<u32>, usize) {
    let mut interner = super::identity::Interner::default();
    let numbers = identities.iter().map(|identity| interner.number(identity)).collect();
    (numbers, interner.len())
}
