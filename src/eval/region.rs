//! Which province, city or county a unit's name speaks of.

use crate::rule::{Region, RegionLevel, Regions};

/// The most local region that the name begins with, going down: 陕西省西安市莲湖区卫生健康局 is of 莲湖区.
fn locate(regions: &Regions, name: &str) -> Option<usize> {
    let mut rest = name.trim();
    let mut found = None;
    // Every step takes a word off the name, so this ends.
    while let Some((position, length)) = longest(regions, rest, found) {
        found = Some(position);
        rest = &rest[length..];
    }
    found
}

/// The longest region name at the beginning of `text`, among the regions below `above`.
fn longest(regions: &Regions, text: &str, above: Option<usize>) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize)> = None;
    for (position, region) in regions.that_may_begin(text) {
        let Some(length) = region.names_at(text).map(str::len).filter(|length| *length > 0).max() else { continue };
        if above.is_some_and(|above| !is_below(regions, position, above)) {
            continue;
        }
        if best.is_none_or(|(_, longest)| length > longest) {
            best = Some((position, length));
        }
    }
    best
}

/// The region and all those it belongs to, most local first.
fn chain(regions: &Regions, position: usize) -> impl Iterator<Item = &Region> {
    let mut next = Some(position);
    // A chain is never longer than the levels there are, whatever a pack says.
    std::iter::from_fn(move || {
        let region = regions.entries.get(next?)?;
        next = region.parent;
        Some(region)
    })
    .take(4)
}

fn is_below(regions: &Regions, position: usize, above: usize) -> bool {
    let Some(wanted) = regions.entries.get(above) else { return false };
    chain(regions, position).skip(1).any(|region| std::ptr::eq(region, wanted))
}

/// `province`, `city` or `county`.
pub(super) fn level(regions: &Regions, name: &str) -> Option<&'static str> {
    let region = regions.entries.get(locate(regions, name)?)?;
    Some(match region.level {
        RegionLevel::Province => "province",
        RegionLevel::City => "city",
        RegionLevel::County => "county",
    })
}

/// The full name of the city that the unit belongs to.
pub(super) fn city<'r>(regions: &'r Regions, name: &str) -> Option<&'r str> {
    at_level(regions, name, RegionLevel::City)
}

/// The full name of the province that the unit belongs to.
pub(super) fn province<'r>(regions: &'r Regions, name: &str) -> Option<&'r str> {
    at_level(regions, name, RegionLevel::Province)
}

/// What a unit's name says about where it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegionOf<'r> {
    /// `province`, `city` or `county`.
    pub level: Option<&'static str>,
    pub city: Option<&'r str>,
    pub province: Option<&'r str>,
}

/// Level, city and province of a unit's name.
pub fn region_of<'r>(regions: &'r Regions, name: &str) -> RegionOf<'r> {
    RegionOf { level: level(regions, name), city: city(regions, name), province: province(regions, name) }
}

fn at_level<'r>(regions: &'r Regions, name: &str, level: RegionLevel) -> Option<&'r str> {
    chain(regions, locate(regions, name)?).find(|region| region.level == level).map(|region| region.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions() -> Regions {
        let region = |name: &str, short: &[&str], level, parent| Region {
            name: name.to_owned(),
            short: short.iter().map(|short| (*short).to_owned()).collect(),
            level,
            parent,
        };
        Regions::new(vec![
            region("陕西省", &["陕西"], RegionLevel::Province, None),
            region("西安市", &["西安"], RegionLevel::City, Some(0)),
            region("莲湖区", &[], RegionLevel::County, Some(1)),
            region("山西省", &["山西"], RegionLevel::Province, None),
        ])
    }

    #[test]
    fn the_most_local_region_is_found() {
        let regions = regions();
        assert_eq!(level(&regions, "陕西省西安市莲湖区卫生健康局"), Some("county"));
        assert_eq!(level(&regions, "西安市卫健委"), Some("city"));
        assert_eq!(level(&regions, "陕西省人民医院"), Some("province"));
        assert_eq!(level(&regions, "某单位"), None);
        assert_eq!(city(&regions, "莲湖区某中心"), Some("西安市"));
        assert_eq!(province(&regions, "西安卫健委"), Some("陕西省"));
        assert_eq!(province(&regions, "西安镇卫生院"), None);
        assert_eq!(city(&regions, "陕西省卫健委"), None);
    }
}
