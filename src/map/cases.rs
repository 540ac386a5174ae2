//! The records of a rule's case, through the same coercion as the cells of a sheet.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::columns::Mode;
use super::direct::Direct;
use super::heading::Heading;
use super::value::{DateContext, Reading, Value};
use super::wide;
use super::{Env, FileContext, MapOptions, Mapper, UserMapping};
use crate::model::{Batch, Date, FieldType, Source};
use crate::pack::LedgerKind;
use crate::read::{Cell, DAY_ZERO};

/// Makes records that are given as field and text into batches of `kind`, and of the kinds that `also` and `wide` name.
///
/// A field that no record names is an absent column. `source` carries the reporting period; records stand in rows 0, 1, ….
/// Years of two digits count from the year of the period.
pub fn case_batch(
    kind: &LedgerKind,
    mapper: &Mapper,
    records: &[Vec<(String, String)>],
    source: Arc<Source>,
) -> Vec<Batch> {
    let as_of = source.period.map_or_else(|| Date::new(2024, 1, 15).unwrap_or_default(), |period| period.end());
    let options = MapOptions { kind: None, period: source.period, as_of, mapping: UserMapping::default() };
    let file = FileContext { path: source.file.clone(), index: source.id / 4096 };
    let Mapper { catalog, dictionary, lists, .. } = mapper;
    let env = Env { catalog, dictionary, lists, file: &file, options: &options };
    let Some(position) = env.catalog.kinds.iter().position(|other| other.id == kind.id) else { return Vec::new() };
    let kind = env.catalog.kinds[position].clone();
    let context = DateContext { period: source.period, as_of, day_zero: DAY_ZERO, is_text: false };
    let mut id = source.id;
    let mut next_id = || {
        id += 1;
        id
    };
    let mut direct = Direct::new(&env, kind.clone(), (*source).clone(), context, &mut next_id);
    // Names that are no fields may be the headings of a wide layout.
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in records.iter().flatten() {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let mut columns: BTreeMap<&str, usize> = BTreeMap::new();
    let mut headings: Vec<Heading> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        match kind.field(name) {
            Some(field) => {
                columns.insert(name, field);
                direct.main.activate(field, Mode::Column(at as u32));
            }
            None => headings.push(Heading::new(at as u32, vec![(*name).to_owned()], (0, at as u32), false)),
        }
    }
    let plans: Vec<wide::WidePlan> =
        wide::plans(env.dictionary, &kind, &headings).into_iter().filter(|plan| !plan.own).collect();
    let mut others: Vec<Direct> = plans
        .iter()
        .map(|plan| {
            let period = plan.period(context.period.map(|period| period.start().year())).or(source.period);
            let kind = plan.target.id.clone();
            let source = Source { id: next_id(), kind, period, secondary: true, ..(*source).clone() };
            let mut other = Direct::new(&env, plan.target.clone(), source, context, &mut next_id);
            let fields = plan.into.iter().chain(&plan.mark).chain(plan.carry.iter().map(|(_, to)| to));
            for &field in
                fields.chain(plan.groups.iter().flat_map(|group| group.columns.iter().map(|(_, field)| field)))
            {
                other.main.activate(field, Mode::Each);
            }
            other
        })
        .collect();
    for (row, record) in records.iter().enumerate() {
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        direct.main.begin(row);
        for (name, text) in record {
            if let Some(&field) = columns.get(name.as_str()) {
                let column = names.iter().position(|other| other == name).unwrap_or(0) as u32;
                direct.main.read(field, Cell::Text(text), (row, column), &context, &mut direct.log);
            }
        }
        // A column that other records name is there, and blank in this one.
        for &field in columns.values() {
            direct.main.set(field, Reading::Blank, (row, 0));
        }
        direct.end(row);
        for (plan, other) in plans.iter().zip(&mut others) {
            for group in &plan.groups {
                let text = |column: u32| {
                    let name = names.get(column as usize)?;
                    record.iter().find(|(other, _)| other == name).map(|(_, text)| text.as_str())
                };
                if group.columns.iter().all(|(column, _)| text(*column).is_none_or(str::is_empty)) {
                    continue;
                }
                let tick = plan.tick(group, |column| text(column).map_or(Cell::Empty, Cell::Text));
                if tick == Some(false) {
                    continue;
                }
                other.main.begin(row);
                if let (Some(true), Some(mark)) = (tick, plan.mark) {
                    other.main.set(mark, Reading::Value(Value::YesNo(true)), (row, 0));
                    if let Some(value) = plan.value {
                        other.main.set(value, Reading::Blank, (row, 0));
                    }
                }
                for &(column, field) in &group.columns {
                    other.main.read(
                        field,
                        Cell::Text(text(column).unwrap_or("")),
                        (row, column),
                        &context,
                        &mut other.log,
                    );
                }
                if let Some(into) = plan.into
                    && plan.target.fields[into].ty == FieldType::Period
                {
                    let year = context.period.map(|period| period.start().year());
                    let reading = group
                        .marker
                        .period(year)
                        .map_or(Reading::Blank, |period| Reading::Value(Value::Period(period)));
                    other.main.set(into, reading, (row, 0));
                }
                for &(from, to) in &plan.carry {
                    if let Some(text) = direct.main.said(from, direct.main.last()) {
                        let text = text.into_owned();
                        other.main.read(to, Cell::Text(&text), (row, 0), &context, &mut other.log);
                    }
                }
                other.end(row);
            }
        }
    }
    direct.batches().into_iter().chain(others.iter_mut().flat_map(Direct::batches)).collect()
}
