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
            // Who is there in the morning and in the afternoon is there on one day, unless a field keeps the two apart.
            let mut seen: Vec<(Marker, String)> = Vec::new();
            let keeps_half_days =
                plan.value.is_some_and(|field| matches!(plan.target.fields[field].ty, FieldType::Code(_)));
            for group in &plan.groups {
                let Some((mut text, column)) = group_text(plan, group, row, fill) else { continue };
                if let Some(half_day) = group.half_day {
                    if keeps_half_days {
                        self.log.note("half-day-of-heading", &text);
                        text = half_day.to_owned();
                    } else if seen.iter().any(|(marker, known)| *marker == group.marker && *known == text) {
                        continue;
                    } else {
                        seen.push((group.marker, text.clone()));
                    }
                }
                // 医师 | 周一 | 周二 with ticks: who it is stands in a column of its own, and the cell only says that and how.
                let own_value = plan.value.filter(|field| self.columns.iter().any(|(own, _)| own == field));
                let people = if plan.inside.is_empty() || own_value.is_some() {
                    vec![(text, String::new())]
                } else {
                    wide::people(&text)
                };
                for (name, inside) in people {
                    self.main.begin(row.index);
                    let place = (row.index, column);
                    if let Some(into) = plan.into.filter(|_| !matches!(group.marker, Marker::HalfDay(_))) {
                        let reading = marker_reading(group.marker, &plan.target.fields[into].ty, monday, &self.context);
                        self.main.set(into, reading, place);
                    }
                    for &(column, field) in &group.columns {
                        if own_value == Some(field) {
                            self.mark(plan, &name, place);
                        } else if Some(field) == plan.value {
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
                    for (field, text) in &plan.set {
                        self.main.read(*field, Cell::Text(text), place, &self.context, &mut self.log);
                    }
                    self.finish_record(row.index);
                }
            }
        }
    }

    /// A cell that says that somebody was there, and perhaps how: 远程.
    fn mark(&mut self, plan: &WidePlan, text: &str, place: (u32, u32)) {
        let fits = plan.inside.iter().copied().find(|&field| {
            let coercer = self.main.coercer(field).filter(|_| !self.columns.iter().any(|(own, _)| *own == field));
            let reading = coercer.map(|it| it.read(Cell::Text(text), &self.context, &mut Conversions::default()));
            matches!(reading, Some(Reading::Value(_)))
        });
        if let Some(field) = fits {
            self.main.read(field, Cell::Text(text), place, &self.context, &mut self.log);
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
            for (field, text) in &plan.set {
                writer.read(*field, Cell::Text(text), (row.index, first), &self.context, &mut self.log);
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
    (!value::is_blank(&folded) && !is_absence(&folded)).then(|| (text.into_owned(), main.0))
}

/// Whether a cell of a roster or an attendance sheet says that nobody was there.
fn is_absence(folded: &str) -> bool {
    const WORDS: [&str; 20] = [
        "无", "休", "休息", "停诊", "×", "x", "X", "✗", "✘", "否", "假", "缺", "缺勤", "未到", "轮休", "调休", "公休",
        "补休", "放假", "0",
    ];
    WORDS.contains(&folded) || folded.ends_with('假') && folded.chars().count() <= 3
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
        // Only a ledger of one month says which day is meant.
        Marker::MonthDay(day) => context
            .period
            .map(|period| (period.start(), period.end()))
            .filter(|(start, end)| (start.year(), start.month()) == (end.year(), end.month()))
            .and_then(|(start, _)| Date::new(start.year(), start.month(), day as i8)),
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
    let fields = fields.chain(plan.set.iter().map(|(field, _)| field));
    for &field in fields.chain(plan.groups.iter().flat_map(|group| group.columns.iter().map(|(_, field)| field))) {
        writer.activate(field, Mode::Each);
    }
    writer
}
