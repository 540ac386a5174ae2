//! Who gets what back: for each unit its findings and the rows that it may see, so that nothing of others goes with them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Report, TableReading};

/// Which rows of a table belong to which unit; kept where return copies are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedTable {
    pub file: Arc<str>,
    pub sheet: Arc<str>,
    /// The unit that the table speaks for as a whole (填报单位).
    pub submitter: Option<Arc<str>>,
    /// First and last row, from 0, and the unit that answers for the records there; empty where none is known.
    pub runs: Vec<(u32, u32, Arc<str>)>,
}

/// What one unit gets back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Empty for what no unit answers for.
    pub unit: Arc<str>,
    /// Positions in [`Report::findings`].
    pub findings: Vec<u32>,
    pub sheets: Vec<SheetCopy>,
}

/// A sheet, or the part of it that belongs to the recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetCopy {
    pub file: Arc<str>,
    pub sheet: Arc<str>,
    /// Rows of headings, from 0.
    pub headings: Vec<(u32, u32)>,
    pub rows: CopiedRows,
}

/// Rows of a sheet, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopiedRows {
    All,
    /// In order, without overlaps; first and last row.
    Ranges(Vec<(u32, u32)>),
    /// Rows that belong to several units at once cannot be taken apart.
    Inseparable,
}

impl CopiedRows {
    /// Where the row stands in the copy.
    pub fn place(&self, row: u32) -> Option<u32> {
        match self {
            CopiedRows::All => Some(row),
            CopiedRows::Inseparable => None,
            CopiedRows::Ranges(ranges) => {
                let mut before = 0;
                for &(first, last) in ranges {
                    if row < first {
                        return None;
                    }
                    if row <= last {
                        return Some(before + row - first);
                    }
                    before += last - first + 1;
                }
                None
            }
        }
    }
}

type Runs<'a> = BTreeMap<&'a str, Vec<(u32, u32)>>;

/// One sheet with its tables.
struct OwnedSheet<'a> {
    tables: Vec<&'a OwnedTable>,
    readings: &'a [TableReading],
    /// The rows of each unit.
    runs: Runs<'a>,
    /// Whether a row belongs to several units, or the units stand in columns.
    is_inseparable: bool,
}

impl Report {
    /// The units that get something back, by name: the ones that answer for a finding, and the ones that submitted the
    /// table that it is about. A unit gets the tables that it submitted whole, and of others' tables its own rows under
    /// the headings.
    pub fn recipients(&self) -> Vec<Recipient> {
        let sheets = self.owned_sheets();
        // The submitters of tables that name a unit stand for it where a finding has no place.
        let mut submitters: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for table in &self.owners {
            let Some(submitter) = table.submitter.as_deref() else { continue };
            for (_, _, unit) in &table.runs {
                submitters.entry(unit).or_default().insert(submitter);
            }
        }
        let by_name: BTreeMap<(&str, &str), &OwnedSheet> = sheets
            .iter()
            .filter_map(|sheet| sheet.tables.first().map(|table| ((&*table.file, &*table.sheet), sheet)))
            .collect();
        let mut findings: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (position, finding) in self.findings.iter().enumerate() {
            let mut units = BTreeSet::new();
            let place = &finding.location;
            match (place.file.as_deref(), place.sheet.as_deref()) {
                (Some(file), Some(sheet)) => {
                    let tables = by_name.get(&(file, sheet)).map(|sheet| &sheet.tables[..]).unwrap_or_default();
                    let covers = |table: &OwnedTable| {
                        let rows = table.runs.first().zip(table.runs.last());
                        place.row.zip(rows).is_none_or(|(row, (first, last))| (first.0..=last.1).contains(&row))
                    };
                    let about: Vec<_> = tables.iter().filter(|table| covers(table)).collect();
                    units.extend(about.iter().filter_map(|table| table.submitter.as_deref()));
                }
                _ => units.extend(submitters.get(&*finding.unit).into_iter().flatten()),
            }
            if !finding.unit.is_empty() || units.is_empty() {
                units.insert(&finding.unit);
            }
            for unit in units {
                findings.entry(unit).or_default().push(position as u32);
            }
        }
        let copies = |unit: &str| sheets.iter().filter_map(|sheet| sheet.copy(unit)).collect();
        findings
            .into_iter()
            .map(|(unit, findings)| Recipient { sheets: copies(unit), unit: unit.into(), findings })
            .collect()
    }

    /// The sheets with records in the order of the inputs.
    fn owned_sheets(&self) -> Vec<OwnedSheet<'_>> {
        let mut tables: BTreeMap<(&str, &str), Vec<&OwnedTable>> = BTreeMap::new();
        for table in &self.owners {
            tables.entry((&table.file, &table.sheet)).or_default().push(table);
        }
        let mut sheets = Vec::new();
        for input in &self.inputs {
            for reading in &input.sheets {
                if let Some(tables) = tables.remove(&(&*input.file, &*reading.name)) {
                    sheets.push(OwnedSheet::new(tables, &reading.tables));
                }
            }
        }
        sheets
    }
}

impl<'a> OwnedSheet<'a> {
    fn new(tables: Vec<&'a OwnedTable>, readings: &'a [TableReading]) -> OwnedSheet<'a> {
        let mut all: Vec<&(u32, u32, Arc<str>)> = tables.iter().flat_map(|table| &table.runs).collect();
        all.sort();
        let mut runs: Runs = BTreeMap::new();
        let mut is_inseparable = false;
        let mut previous: Option<(u32, &str)> = None;
        for (first, last, unit) in all {
            if let Some((end, other)) = previous {
                is_inseparable |= *first <= end && *other != **unit;
            }
            if previous.is_none_or(|(end, _)| *last >= end) {
                previous = Some((*last, unit));
            }
            add_range(runs.entry(unit).or_default(), *first, *last);
        }
        let has_several = runs.len() > 1;
        is_inseparable |= has_several && readings.iter().any(|table| table.layout == "transposed");
        OwnedSheet { tables, readings, runs, is_inseparable }
    }

    /// What `unit` gets of the sheet.
    fn copy(&self, unit: &str) -> Option<SheetCopy> {
        let submits = |table: &OwnedTable| table.submitter.as_deref() == Some(unit);
        let is_alone = |table: &OwnedTable| {
            table.submitter.as_deref().is_none_or(|submitter| submitter == unit)
                && table.runs.iter().all(|(_, _, other)| **other == *unit)
        };
        let owns = |table: &OwnedTable| submits(table) || is_alone(table);
        let own_rows = self.runs.get(unit);
        if own_rows.is_none() && !self.tables.iter().any(|table| submits(table)) {
            return None;
        }
        let first = self.tables.first()?;
        let headings: Vec<(u32, u32)> = self.readings.iter().filter_map(|table| table.header_rows).collect();
        let copy = |rows| {
            Some(SheetCopy { file: first.file.clone(), sheet: first.sheet.clone(), headings: headings.clone(), rows })
        };
        if self.tables.iter().all(|table| owns(table)) {
            return copy(CopiedRows::All);
        }
        if self.is_inseparable {
            return copy(CopiedRows::Inseparable);
        }
        let mut ranges: Vec<(u32, u32)> = own_rows.cloned().unwrap_or_default();
        for reading in self.readings {
            let Some((first, last)) = reading.data_rows else { continue };
            let of_reading =
                |table: &&&OwnedTable| table.runs.first().is_some_and(|(row, _, _)| (first..=last).contains(row));
            let Some(table) = self.tables.iter().find(of_reading) else { continue };
            let is_whole = owns(table) || reading.layout == "form" && table.runs.iter().all(|run| *run.2 == *unit);
            let has_rows = table.runs.iter().any(|(_, _, other)| **other == *unit);
            let top = reading.title_rows.or(reading.header_rows).map_or(first, |(top, _)| top);
            match (is_whole, reading.header_rows) {
                (true, _) => ranges.push((top, last)),
                (false, Some(rows)) if has_rows => ranges.push(rows),
                _ => {}
            }
        }
        ranges.sort();
        let mut joined: Vec<(u32, u32)> = Vec::new();
        for (first, last) in ranges {
            add_range(&mut joined, first, last);
        }
        copy(CopiedRows::Ranges(joined))
    }
}

/// Adds rows to sorted ranges that begin no later.
fn add_range(ranges: &mut Vec<(u32, u32)>, first: u32, last: u32) {
    match ranges.last_mut() {
        Some((_, end)) if first <= end.saturating_add(1) => *end = (*end).max(last),
        _ => ranges.push((first, last)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Finding, InputReading, Location, Outcome, Row, Severity, SheetReading, Told};
    use super::*;

    fn reading(title: u32, header: u32, data: (u32, u32)) -> TableReading {
        TableReading {
            kind: Some("slots".into()),
            kind_name: Default::default(),
            kind_confidence: 100,
            kind_runner_up: None,
            layout: "table",
            title_rows: Some((title, header - 1)),
            header_rows: Some((header, header)),
            data_rows: Some(data),
            skipped_rows: Vec::new(),
            records: 0,
            period: None,
            unit: None,
            headings: Arc::default(),
            fields: Vec::new(),
            conversions: BTreeMap::new(),
        }
    }

    fn finding(unit: &str, place: Option<u32>) -> Finding {
        Finding {
            rule: 0,
            item: None,
            outcome: Outcome::Violated,
            severity: Severity::Error,
            reason: None,
            other_reasons: Vec::new(),
            unit: unit.into(),
            key: Told::default(),
            period: None,
            location: Location {
                file: place.map(|_| "a.xlsx".into()),
                sheet: place.map(|_| "表".into()),
                row: place,
                column: None,
            },
            related: Vec::new(),
            values: Told::default(),
            record: Row::default(),
            records: 1,
            fingerprint: String::new(),
        }
    }

    fn report(submitter: Option<&str>, runs: &[(u32, u32, &str)], findings: Vec<Finding>) -> Report {
        let sheet = SheetReading {
            name: "表".into(),
            hidden: false,
            tables: vec![reading(0, 2, (3, 20))],
            notes: Vec::new(),
            rows: 20,
            line_shifts: Vec::new(),
            picture: Vec::new(),
        };
        let input = InputReading {
            file: "a.xlsx".into(),
            format: Some("xlsx"),
            encoding: None,
            digest: None,
            size: 0,
            notes: Vec::new(),
            faults: Vec::new(),
            sheets: vec![sheet],
        };
        let runs = runs.iter().map(|(first, last, unit)| (*first, *last, (*unit).into())).collect();
        let owned =
            OwnedTable { file: "a.xlsx".into(), sheet: "表".into(), submitter: submitter.map(Into::into), runs };
        Report { inputs: vec![input], owners: vec![owned], findings, ..Report::default() }
    }

    #[test]
    fn a_unit_gets_its_own_rows_under_the_headings_and_the_submitter_its_sheet() {
        let runs = [(3, 4, "甲院"), (5, 5, "乙院"), (6, 6, "甲院")];
        let report = report(Some("某县"), &runs, vec![finding("甲院", Some(4)), finding("乙院", None)]);
        let recipients = report.recipients();
        let names: Vec<&str> = recipients.iter().map(|one| &*one.unit).collect();
        assert_eq!(names, ["乙院", "某县", "甲院"]);
        assert_eq!(recipients[0].findings, [1]);
        assert_eq!(recipients[0].sheets[0].rows, CopiedRows::Ranges(vec![(2, 2), (5, 5)]));
        assert_eq!((recipients[1].findings.as_slice(), &recipients[1].sheets[0].rows), (&[0, 1][..], &CopiedRows::All));
        let rows = &recipients[2].sheets[0].rows;
        assert_eq!(*rows, CopiedRows::Ranges(vec![(2, 4), (6, 6)]));
        assert_eq!([2, 4, 5, 6, 7].map(|row| rows.place(row)), [Some(0), Some(2), None, Some(3), None]);
    }

    #[test]
    fn a_sheet_of_one_unit_goes_back_whole_and_rows_of_several_go_to_none() {
        let alone = report(None, &[(3, 9, "甲院")], vec![finding("甲院", Some(4))]);
        assert_eq!(alone.recipients()[0].sheets[0].rows, CopiedRows::All);
        let shared = report(None, &[(3, 9, "甲院"), (4, 4, "乙院")], vec![finding("甲院", Some(4))]);
        assert_eq!(shared.recipients()[0].sheets[0].rows, CopiedRows::Inseparable);
    }
}
