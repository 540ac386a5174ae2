//! Chooses the packs that apply from the regions named in the ledgers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Batch, CellState, ColumnData, Localized, Period};
use crate::pack::{Catalog, LedgerKind, Pack, RegionLevel, Regions};

/// Fields whose texts name a region, beside those that name a ledger's units.
const REGION_FIELDS: [&str; 8] = ["市", "县区", "填报单位", "报送单位", "机构名称", "医院名称", "统筹区", "单位"];
/// So many distinct texts are looked at; more would not change the choice.
const MAX_TEXTS: usize = 2_000;

/// The texts of a run that may name regions, and the periods that its ledgers report on.
#[derive(Default)]
pub struct Hints {
    texts: BTreeSet<String>,
    periods: BTreeSet<Period>,
}

impl Hints {
    /// Notes the region texts and periods of one batch.
    pub fn add_batch(&mut self, batch: &Batch, kind: &LedgerKind) {
        let source = &*batch.source;
        let names = source.unit.iter().chain(&*source.titles).map(String::as_str);
        for name in names.chain(std::iter::once(&*source.sheet)) {
            self.add_text(name);
        }
        self.periods.extend(source.period);
        for (position, (field, column)) in kind.fields.iter().zip(&batch.columns).enumerate() {
            match &column.data {
                ColumnData::Text(texts) if REGION_FIELDS.contains(&&*field.name) || kind.unit.contains(&position) => {
                    for (index, text) in texts.iter().enumerate() {
                        if column.state(index) == CellState::Present && self.texts.len() < MAX_TEXTS {
                            self.add_text(text);
                        }
                    }
                }
                ColumnData::Period(periods) if &*field.name == "所属期" => {
                    let known = periods.iter().enumerate();
                    self.periods.extend(
                        known
                            .filter(|(index, _)| column.state(*index) == CellState::Present)
                            .map(|(_, period)| *period)
                            .take(MAX_TEXTS),
                    );
                }
                _ => {}
            }
        }
    }

    /// Notes a reporting period, such as the one given by the user.
    pub fn add_period(&mut self, period: Option<Period>) {
        self.periods.extend(period);
    }

    /// Notes a file's path or a unit.
    pub fn add_text(&mut self, text: &str) {
        if !text.is_empty() && self.texts.len() < MAX_TEXTS && !self.texts.contains(text) {
            self.texts.insert(text.to_owned());
        }
    }
}

/// Which packs a run uses, and why.
pub struct Choice {
    pub packs: Vec<Arc<str>>,
    pub why: Localized,
}

/// Regions that the text names: full names anywhere, short names of provinces and cities at its beginning or after a path separator.
fn find(text: &str, regions: &Regions) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut at_start = true;
    for (at, first) in text.char_indices() {
        let rest = &text[at..];
        for (position, region) in regions.that_may_begin(rest) {
            let short_fits = at_start && region.level != RegionLevel::County;
            if region.names_at(rest).any(|name| short_fits || name == region.name) {
                found.insert(position);
            }
        }
        at_start = matches!(first, '/' | '\\' | '_' | '-' | '（' | '(' | '!' | ' ') || first.is_ascii_digit();
    }
    found
}

/// Positions of a region and of all regions that contain it.
fn ancestors(regions: &Regions, position: usize) -> Vec<usize> {
    let mut chain = vec![position];
    while let Some(parent) = regions.entries[*chain.last().unwrap_or(&position)].parent {
        if chain.contains(&parent) {
            break;
        }
        chain.push(parent);
    }
    chain
}

/// The packs for these hints: those of the region that is named most often, with the national ones.
pub fn choose(base: &Catalog, packs: &[Pack], hints: &Hints) -> Choice {
    let regions = &base.regions;
    let pack_of = |position: usize| -> Option<(usize, &str)> {
        // The nearest region with a pack of its own wins: Xiamen before Fujian.
        ancestors(regions, position).into_iter().find_map(|ancestor| {
            let name = &regions.entries[ancestor].name;
            packs.iter().position(|pack| pack.regions.contains(name)).map(|pack| (pack, name.as_str()))
        })
    };
    let mut votes: BTreeMap<usize, (u64, &str)> = BTreeMap::new();
    let mut county_votes: BTreeMap<usize, (u64, &str)> = BTreeMap::new();
    for text in &hints.texts {
        for position in find(text, regions) {
            if let Some((pack, name)) = pack_of(position) {
                // A county's name may stand in several provinces, so it only counts where nothing else is named.
                let is_county = regions.entries[position].level == RegionLevel::County
                    && !packs[pack].regions.contains(&regions.entries[position].name);
                let votes = if is_county { &mut county_votes } else { &mut votes };
                votes.entry(pack).or_insert((0, name)).0 += 1;
            }
        }
    }
    if votes.is_empty() {
        votes = county_votes;
    }
    let national: Vec<usize> = (0..packs.len())
        .filter(|&pack| {
            packs[pack].regions.is_empty() && &*packs[pack].info.id != "common" && packs[pack].extends.is_empty()
        })
        .collect();
    let best = votes.iter().max_by_key(|(pack, (count, _))| (*count, std::cmp::Reverse(**pack)));
    if let Some((&pack, &(_, region))) = best {
        let chosen = &packs[pack];
        let mut ids = vec![chosen.info.id.clone()];
        if chosen.strict {
            if in_force(chosen, &hints.periods) {
                let why = Localized::new(
                    format!("台账中出现“{region}”，且所属期在文件有效期内，采用该地区的规则包"),
                    format!(
                        "the ledgers name {region} and report on a period in which its document was in force, so its pack applies"
                    ),
                );
                return Choice { packs: ids, why };
            }
        } else {
            // The other national documents bind every region, whether or not the regional document extends them.
            if !chosen.extends.is_empty() {
                ids.extend(national.iter().map(|&pack| packs[pack].info.id.clone()));
            }
            let why = Localized::new(
                format!("台账中出现“{region}”，采用该地区和国家的规则包"),
                format!("the ledgers name {region}, so its pack and the national ones apply"),
            );
            return Choice { packs: ids, why };
        }
    }
    let ids: Vec<Arc<str>> = national.iter().map(|&pack| packs[pack].info.id.clone()).collect();
    let why = Localized::new(
        "台账中没有出现有专门规则包的地区，采用国家规则包",
        "no region with a pack of its own is named, so the national packs apply",
    );
    Choice { packs: ids, why }
}

/// Whether any of the periods touches the pack's effective dates.
fn in_force(pack: &Pack, periods: &BTreeSet<Period>) -> bool {
    periods.iter().any(|period| {
        pack.info.effective_from.is_none_or(|from| period.end() >= from)
            && pack.info.effective_until.is_none_or(|until| period.start() <= until)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_township_named_like_a_city_names_no_region() {
        let (store, _) = crate::pack::builtin();
        let chosen = |texts: &[&str]| {
            let mut hints = Hints::default();
            texts.iter().for_each(|text| hints.add_text(text));
            choose(&store.base(), store.packs(), &hints).packs.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let packs = chosen(&["兰西县长期处方登记", "榆林镇卫生院", "榆林镇林盛村卫生室"]);
        assert!(packs.contains(&"heilongjiang".to_owned()), "{packs:?}");
        let packs = chosen(&["榆林卫健委", "榆林乡镇卫生院名册"]);
        assert!(packs.contains(&"shaanxi".to_owned()), "{packs:?}");
    }
}
