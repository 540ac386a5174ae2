//! Columns that repeat for each day or period: the records that they give, of the sheet's own kind or of another.

use std::sync::Arc;

use super::super::Env;
use super::super::columns::{Mode, Writer, filled};
use super::super::grid::FillDown;
use super::super::value::{Conversions, DateContext, Reading, Value};
use super::super::wide::{self, Marker, WidePlan};
use super::super::{text, value};
use super::Table;
use crate::model::{Date, FieldType, Source};
use crate::read::{Cell, Row};

impl Table {
    /// The row's repeated columns as records of the sheet's own kind.
    pub(super) fn wide_own(&mut self, row: &Row, fill: &FillDown) {
        let plans: Vec<WidePlan> =
            self.wide.iter().filter(|(plan, _)| plan.own).map(|(plan, _)| plan.clone()).collect();
        for plan in &plans {
            let monday = self.monday(plan, row, fill);
            for group in &plan.groups {
                let Some((text, column)) = group_text(plan, group, row, fill) else { continue };
                let people = if plan.inside.is_empty() { vec![(text, String::new())] } else { wide::people(&text) };
                for (name, inside) in people {
                    self.main.begin(row.index);
                    let place = (row.index, column);
                    if let Some(into) = plan.into {
                        let reading = marker_reading(group.marker, &plan.target.fields[into].ty, monday, &self.context);
                        self.main.set(into, reading, place);
                    }
                    for &(column, field) in &group.columns {
                        if Some(field) == plan.value {
                            self.main.read(field, Cell::Text(&name), (row.index, column), &self.context, &mut self.log);
                        } else {
                            self.main.read(
                                field,
                                fill.cell(row, column),
                                (row.index, column),
                                &self.context,
                                &mut self.log,
                            );
                        }
                    }
                    self.inside(plan, &inside, place);
                    self.fields(row, fill);
                    self.finish_record(row.index);
                }
            }
        }
    }

    /// What stands in brackets behind a name: each part goes to the first field that can read it.
    fn inside(&mut self, plan: &WidePlan, inside: &str, place: (u32, u32)) {
        let is_separator = |c: char| matches!(c, '、' | ',' | ';' | '/' | ' ' | '·' | ':');
        for part in inside.split(is_separator).filter(|part| !part.is_empty()) {
            let fits = plan.inside.iter().copied().find(|&field| {
                let reading = self
                    .main
                    .coercer(field)
                    .map(|coercer| coercer.read(Cell::Text(part), &self.context, &mut Conversions::default()));
                matches!(reading, Some(Reading::Value(_)))
            });
            // What no field can read is shown as the unreadable content of the first one, unless that has its value.
            match fits.or(plan.inside.first().copied()) {
                Some(field) if fits.is_some() || !self.main.is_set(field) => {
                    self.main.read(field, Cell::Text(part), place, &self.context, &mut self.log);
                }
                _ => self.log.note("remark-removed", part),
            }
        }
    }

    fn monday(&mut self, plan: &WidePlan, row: &Row, fill: &FillDown) -> Option<Date> {
        let column =
            plan.from.and_then(|from| self.columns.iter().find(|(field, _)| *field == from)).map(|(_, column)| *column);
        let own = column.and_then(|column| match fill.cell(row, column) {
            Cell::DateTime { days, .. } => {
                Date::from_days(days).and_then(|date| date.add_days(-date.weekday().index()))
            }
            cell => wide::week_of(&value::text_of(cell), &self.context),
        });
        let constant = plan.from.and_then(|from| {
            self.constants.iter().find(|(field, ..)| *field == from).and_then(|(_, reading, _)| match reading {
                Reading::Value(Value::Text(text)) => wide::week_of(text, &self.context),
                Reading::Value(Value::Date(date)) => date.add_days(-date.weekday().index()),
                Reading::Value(Value::Period(period)) => Some(period.start()),
                _ => None,
            })
        });
        own.or(constant).or(self.week)
    }

    /// The row's repeated columns as records of another kind.
    pub(super) fn wide_other(&mut self, at: usize, row: &Row, fill: &FillDown) {
        let Some((plan, Some(writer))) = self.wide.get_mut(at) else { return };
        for group in &plan.groups {
            let filled = group.columns.iter().find(|(column, _)| {
                let text = value::text_of(fill.cell(row, *column));
                !value::is_blank(&text::fold(&text))
            });
            let Some(&(first, _)) = filled else { continue };
            let tick = plan.tick(group, |column| fill.cell(row, column));
            // A cross says that there is no record.
            if tick == Some(false) {
                continue;
            }
            writer.begin(row.index);
            if let (Some(true), Some(mark)) = (tick, plan.mark) {
                self.log.note("tick-as-record", &value::text_of(fill.cell(row, first)));
                writer.set(mark, Reading::Value(Value::YesNo(true)), (row.index, first));
                if let Some(value) = plan.value {
                    writer.set(value, Reading::Blank, (row.index, first));
                }
            }
            let year = self.context.period.map(|period| period.start().year());
            let within = DateContext { period: group.marker.period(year).or(self.context.period), ..self.context };
            for &(column, field) in &group.columns {
                writer.read(field, fill.cell(row, column), (row.index, column), &within, &mut self.log);
            }
            if let Some(into) = plan.into {
                let reading = marker_reading(group.marker, &plan.target.fields[into].ty, self.week, &self.context);
                writer.set(into, reading, (row.index, first));
            }
            for &(from, to) in &plan.carry {
                if let Some(text) = self.main.said(from, self.main.last()) {
                    writer.read(to, Cell::Text(&text), (row.index, first), &self.context, &mut self.log);
                }
            }
            writer.end(&mut self.log);
        }
    }
}

/// The text of a repetition's main cell, and its column; `None` where nothing is filled in.
fn group_text(plan: &WidePlan, group: &wide::Group, row: &Row, fill: &FillDown) -> Option<(String, u32)> {
    let main = group.columns.iter().find(|(_, field)| Some(*field) == plan.value).or(group.columns.first())?;
    let text = filled(fill.cell(row, main.0))?;
    let folded = text::fold(&text);
    (!value::is_blank(&folded) && !matches!(&*folded, "无" | "休" | "休息" | "停诊"))
        .then(|| (text.into_owned(), main.0))
}

/// The date or period that a repeated heading gives to its records; blank where the year or the week is not known.
fn marker_reading(marker: Marker, ty: &FieldType, monday: Option<Date>, context: &DateContext) -> Reading<'static> {
    let year = context.period.map(|period| period.start().year());
    let date = match marker {
        Marker::Date(date) => Some(date),
        Marker::Weekday(day) => monday.and_then(|monday| monday.add_days(i32::from(day))),
        Marker::Day(month, day) => {
            let folded = format!("{month}月{day}日");
            value::day_month(&folded, context)
        }
        _ => None,
    };
    let value = match ty {
        FieldType::Date => date.map(Value::Date),
        FieldType::Dates => date.map(|date| Value::Dates(vec![date])),
        FieldType::Period => marker.period(year).map(Value::Period),
        _ => None,
    };
    value.map_or(Reading::Blank, Reading::Value)
}

/// A writer for the records that repeated columns give.
pub(super) fn wide_writer(env: &Env<'_>, plan: &WidePlan, source: &Source, id: u32) -> Writer {
    let year = source.period.map(|period| period.start().year());
    let period = plan.period(year).or(source.period);
    let source = Source { id, kind: plan.target.id.clone(), period, secondary: true, ..source.clone() };
    let coercers = Arc::new(env.lists.coercers(&plan.target.fields));
    let mut writer = Writer::new(plan.target.clone(), Arc::new(source), coercers);
    let fields = plan.into.iter().chain(&plan.mark).chain(plan.carry.iter().map(|(_, to)| to));
    for &field in fields.chain(plan.groups.iter().flat_map(|group| group.columns.iter().map(|(_, field)| field))) {
        writer.activate(field, Mode::Each);
    }
    writer
}
