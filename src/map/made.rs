//! Records that reading itself makes: numbers in rows of totals beside the sums of the rows they stand for, and what
//! the records of one unit and period say taken together.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Env;
use super::columns::{Mode, Writer};
use super::dictionary::REPORTING;
use super::rows::{WHOLES, is_total_label};
use super::text::{fold, words};
use super::value::{Conversions, DateContext, Reading, Value};
use crate::model::{Batch, Decimal, FieldType, Period, Source};
use crate::pack::{LedgerKind, MadeOf, MadePart};
use crate::read::{Cell, Row};

/// What is made of one table.
#[derive(Clone)]
pub struct Made {
    ledger: String,
    totals: Option<Totals>,
    contents: Option<Contents>,
}

/// Writes the records of one kind that is made.
#[derive(Clone)]
struct Output {
    writer: Writer,
    parts: Vec<(MadePart, usize)>,
}

impl Output {
    fn new(env: &Env<'_>, of: MadeOf, source: &Source, next_id: &mut dyn FnMut() -> u32) -> Option<Output> {
        let is_made = |kind: &&Arc<LedgerKind>| kind.made.as_ref().is_some_and(|made| made.of == of);
        let kind = env.dictionary.kinds.iter().find(is_made)?.clone();
        let parts = kind.made.as_ref().map(|made| made.parts.clone()).unwrap_or_default();
        let source = Source { id: next_id(), kind: kind.id.clone(), ..source.clone() };
        let coercers = Arc::new(env.lists.coercers(&kind.fields));
        let mut writer = Writer::new(kind, Arc::new(source), coercers);
        for (_, field) in &parts {
            writer.activate(*field, Mode::Each);
        }
        Some(Output { writer, parts })
    }

    fn record(&mut self, place: (u32, u32), values: Vec<(MadePart, Reading<'_>)>) {
        self.writer.begin(place.0);
        for (part, reading) in values {
            if let Some((_, field)) = self.parts.iter().find(|(known, _)| *known == part) {
                self.writer.set(*field, reading, place);
            }
        }
        self.writer.end(&mut Conversions::default());
    }
}

fn text(value: &str) -> Reading<'_> {
    if value.is_empty() { Reading::Blank } else { Reading::Value(Value::Text(Cow::Borrowed(value))) }
}

fn count(value: u64) -> Reading<'static> {
    Reading::Value(Value::Number(Decimal::from_int(i64::try_from(value).unwrap_or(i64::MAX))))
}

fn period(value: Option<Period>) -> Reading<'static> {
    value.map_or(Reading::Blank, |period| Reading::Value(Value::Period(period)))
}

/// The sum of one column over some rows.
#[derive(Clone, Copy)]
struct Sum {
    value: Decimal,
    rows: u64,
    /// A cell could not be read, or the sum is too large.
    is_unclear: bool,
}

impl Sum {
    const NONE: Sum = Sum { value: Decimal::ZERO, rows: 0, is_unclear: false };

    fn add(&mut self, other: Sum) {
        self.rows += other.rows;
        self.is_unclear |= other.is_unclear;
        match self.value.checked_add(other.value) {
            Some(value) => self.value = value,
            None => self.is_unclear = true,
        }
    }

    fn is(&self, value: Decimal) -> bool {
        !self.is_unclear && self.rows > 0 && self.value == value
    }
}

/// A column of numbers that add up.
#[derive(Clone)]
struct Column {
    field: usize,
    column: u32,
    heading: String,
    /// All rows of the table, and those since the last row of totals.
    all: Sum,
    since: Sum,
}

/// A number in a row of totals.
#[derive(Clone)]
struct Pending {
    column: usize,
    value: Decimal,
    label: String,
    place: (u32, u32),
    is_part: bool,
}

/// Sums of rows, how many they are, and the row of totals below them.
type Found = (Vec<Sum>, u64, Vec<Pending>);

/// The rows of totals of a table and the rows between them.
#[derive(Clone)]
struct Totals {
    out: Output,
    columns: Vec<Column>,
    pending: Vec<Pending>,
    records: u64,
    since: u64,
    /// The first row of the table was the subtotal of the rows below it, so that all of them are.
    is_above: bool,
    /// What a fork found, which does not know the rows before its own: the sums of rows and the row of totals below
    /// them, in their order.
    found: Option<Vec<Found>>,
}

/// Whether the label is that of a part of the table: 小计, 本页合计, 碑林区合计; `None` where it is no sum of rows.
fn is_part(label: &str) -> Option<bool> {
    let word = words(label);
    if matches!(word.as_str(), "累计" | "平均" | "平均值") {
        return None;
    }
    let whole = ["合计", "总计", "共计", "总数", "合计数", "总合计", "全市合计", "全县合计", "全区合计", "全省合计"];
    Some(!whole.contains(&word.as_str()) && !WHOLES.contains(&word.as_str()))
}

impl Totals {
    fn add(&mut self, main: &Writer, index: usize, is_own: impl Fn(u32) -> bool) {
        self.records += 1;
        self.since += 1;
        for column in &mut self.columns {
            // A number merged over several rows is one number.
            if !is_own(column.column) {
                continue;
            }
            let Some(number) = main.number(column.field, index) else { continue };
            for sum in [&mut column.all, &mut column.since] {
                sum.rows += 1;
                match number.and_then(|number| sum.value.checked_add(number)) {
                    Some(value) => sum.value = value,
                    None => sum.is_unclear = true,
                }
            }
        }
    }

    /// Adds the sums of rows that a fork took.
    fn add_sums(&mut self, sums: &[Sum], records: u64) {
        self.records += records;
        self.since += records;
        for (column, sum) in self.columns.iter_mut().zip(sums) {
            column.all.add(*sum);
            column.since.add(*sum);
        }
    }

    /// The sums since the last row of totals, which begin anew.
    fn take_since(&mut self) -> (Vec<Sum>, u64) {
        let sums = self.columns.iter_mut().map(|column| std::mem::replace(&mut column.since, Sum::NONE)).collect();
        (sums, std::mem::take(&mut self.since))
    }

    fn total(&mut self, ledger: &str, main: &Writer, row: &Row, context: &DateContext) {
        let label = row.iter().find_map(|cell| match cell {
            Cell::Text(text) if is_total_label(&fold(text)) => Some(fold(text).into_owned()),
            _ => None,
        });
        let Some(label) = label else { return };
        let Some(is_part) = is_part(&label) else { return };
        let number = |(at, column): (usize, &Column)| {
            let (cell, coercer) = (row.get(column.column as usize), main.coercer(column.field)?);
            let Reading::Value(Value::Number(value)) = coercer.read(cell, context, &mut Conversions::default()) else {
                return None;
            };
            Some(Pending { column: at, value, label: label.clone(), place: (row.index, column.column), is_part })
        };
        let numbers: Vec<Pending> = self.columns.iter().enumerate().filter_map(number).collect();
        if self.found.is_some() {
            let (sums, records) = self.take_since();
            self.found.get_or_insert_default().push((sums, records, numbers));
            return;
        }
        self.hold(ledger, main, numbers, is_part);
    }

    /// Holds a row of totals against the rows that it stands for, or keeps it until they have come.
    fn hold(&mut self, ledger: &str, main: &Writer, numbers: Vec<Pending>, is_part: bool) {
        self.settle(ledger, main, false);
        self.is_above |= self.records == 0 && is_part;
        if self.records == 0 || (self.is_above && is_part) {
            self.pending.extend(numbers);
        } else {
            numbers.iter().for_each(|number| self.record(ledger, main, number));
        }
        self.take_since();
    }

    fn absorb(&mut self, ledger: &str, main: &Writer, fork: &mut Totals) {
        for (sums, records, numbers) in fork.found.take().unwrap_or_default() {
            self.add_sums(&sums, records);
            let is_part = numbers.first().is_some_and(|number| number.is_part);
            self.hold(ledger, main, numbers, is_part);
        }
        let (sums, records) = fork.take_since();
        self.add_sums(&sums, records);
    }

    fn begin_fork(&mut self) {
        self.take_since();
        for column in &mut self.columns {
            column.all = Sum::NONE;
        }
        self.pending.clear();
        (self.records, self.is_above, self.found) = (0, false, Some(Vec::new()));
    }

    /// Holds the totals that stand above their rows against them: subtotals at the next row of totals, others at the end.
    fn settle(&mut self, ledger: &str, main: &Writer, is_end: bool) {
        if self.since == 0 && !is_end {
            return;
        }
        let (now, later) = std::mem::take(&mut self.pending).into_iter().partition(|one| one.is_part || is_end);
        self.pending = later;
        let now: Vec<Pending> = now;
        for pending in &now {
            self.record(ledger, main, pending);
        }
    }

    fn record(&mut self, ledger: &str, main: &Writer, pending: &Pending) {
        let Some(column) = self.columns.get(pending.column) else { return };
        // A sheet may repeat 合计 below each of its parts, or write a part's name before the word for the whole.
        let (first, second) = if pending.is_part { (column.since, column.all) } else { (column.all, column.since) };
        let sum = if !first.is(pending.value) && second.is(pending.value) { second } else { first };
        let reading = match sum {
            Sum { is_unclear: true, .. } => Reading::Unreadable(Cow::Borrowed("…")),
            // Rows that are all blank say nothing that could be added up.
            Sum { rows: 0, .. } => Reading::Blank,
            sum => Reading::Value(Value::Number(sum.value)),
        };
        let source = main.source.clone();
        let unit = source.unit.as_deref().unwrap_or_default();
        let values = vec![
            (MadePart::Ledger, text(ledger)),
            (MadePart::Unit, text(unit)),
            (MadePart::Period, period(source.period)),
            (MadePart::Records, count(sum.rows)),
            (MadePart::Label, text(&pending.label)),
            (MadePart::Heading, text(&column.heading)),
            (MadePart::Total, Reading::Value(Value::Number(pending.value))),
            (MadePart::Sum, reading),
        ];
        self.out.record(pending.place, values);
    }
}

/// The records of one unit and period.
#[derive(Clone)]
struct Entry {
    sum: u64,
    product: u64,
    records: u64,
    row: u32,
}

/// What the records of a table say, by unit and period.
#[derive(Clone)]
struct Contents {
    out: Output,
    /// Fields that name the unit, best first.
    units: Vec<usize>,
    period: Option<usize>,
    /// Fields that are no content.
    leave: Vec<bool>,
    entries: BTreeMap<(String, Period), Entry>,
}

impl Contents {
    fn add(&mut self, main: &Writer, index: usize, row: u32) {
        let own = self.period.and_then(|field| main.period(field, index));
        let Some(period) = own.or(main.source.period) else { return };
        let named = self.units.iter().filter_map(|&field| main.said(field, index)).find(|text| !text.is_empty());
        let unit = named.or(main.source.unit.as_deref().map(Cow::Borrowed)).unwrap_or_default();
        let digest = main.digest(&self.leave, index);
        let entry =
            self.entries.entry((unit.into_owned(), period)).or_insert(Entry { sum: 0, product: 1, records: 0, row });
        // The order of the rows makes no difference.
        entry.sum = entry.sum.wrapping_add(digest);
        entry.product = entry.product.wrapping_mul(digest | 1);
        entry.records += 1;
    }

    fn absorb(&mut self, fork: &mut Contents) {
        for (key, later) in std::mem::take(&mut fork.entries) {
            let own = self.entries.entry(key).or_insert(Entry { sum: 0, product: 1, records: 0, row: later.row });
            own.sum = own.sum.wrapping_add(later.sum);
            own.product = own.product.wrapping_mul(later.product);
            own.records += later.records;
        }
    }

    fn finish(&mut self, ledger: &str) {
        for ((unit, own), entry) in std::mem::take(&mut self.entries) {
            let content = format!("{:016x}{:016x}", entry.sum, entry.product);
            let values = vec![
                (MadePart::Ledger, text(ledger)),
                (MadePart::Unit, text(&unit)),
                (MadePart::Period, period(Some(own))),
                (MadePart::Records, count(entry.records)),
                (MadePart::Content, text(&content)),
            ];
            self.out.record((entry.row, 0), values);
        }
    }
}

impl Made {
    /// For a table of `kind` with these columns of fields; `headings` names a column as the sheet does.
    pub fn new(
        env: &Env<'_>,
        kind: &LedgerKind,
        columns: &[(usize, u32)],
        headings: impl Fn(u32) -> Option<String>,
        source: &Source,
        next_id: &mut dyn FnMut() -> u32,
    ) -> Made {
        let columns: Vec<Column> = columns
            .iter()
            .filter(|(field, _)| {
                let field = &kind.fields[*field];
                field.sums && matches!(field.ty, FieldType::Integer | FieldType::Decimal)
            })
            .map(|&(field, column)| Column {
                field,
                column,
                heading: headings(column).unwrap_or_else(|| kind.fields[field].name.to_string()),
                all: Sum::NONE,
                since: Sum::NONE,
            })
            .collect();
        let totals = if columns.is_empty() { None } else { Output::new(env, MadeOf::Totals, source, next_id) };
        let totals = totals.map(|out| Totals {
            out,
            columns,
            pending: Vec::new(),
            records: 0,
            since: 0,
            is_above: false,
            found: None,
        });
        let contents = if kind.standing { None } else { Output::new(env, MadeOf::Contents, source, next_id) };
        let contents = contents.map(|out| Contents {
            out,
            units: kind.unit.clone(),
            period: kind.field("所属期"),
            leave: kind
                .fields
                .iter()
                .map(|field| REPORTING.contains(&&*field.name) || field.ty == FieldType::Period)
                .collect(),
            entries: BTreeMap::new(),
        });
        Made { ledger: kind.name.zh.clone(), totals, contents }
    }

    /// A table whose rows are no records of their own has no sums.
    pub fn without_totals(mut self) -> Made {
        self.totals = None;
        self
    }

    /// Takes up the record of `main` ended last as content.
    pub fn record(&mut self, main: &Writer, row: u32) {
        if let Some(contents) = &mut self.contents {
            contents.add(main, main.last(), row);
        }
    }

    /// Takes up the records of `main` that stand in these rows of a text and were ended last.
    pub fn chunk(&mut self, main: &Writer, rows: impl ExactSizeIterator<Item = u32>) {
        if self.totals.is_none() && self.contents.is_none() {
            return;
        }
        let first = (main.last() + 1).saturating_sub(rows.len());
        for (at, row) in rows.enumerate() {
            if let Some(contents) = &mut self.contents {
                contents.add(main, first + at, row);
            }
            if let Some(totals) = &mut self.totals {
                totals.add(main, first + at, |_| true);
            }
        }
    }

    /// Adds up the numbers of the record of `main` ended last, which stands in `row`.
    pub fn add(&mut self, main: &Writer, row: &Row) {
        if let Some(totals) = &mut self.totals {
            totals.add(main, main.last(), |column| row.get(column as usize) != Cell::Empty);
        }
    }

    /// Holds a row of totals against the rows that it stands for.
    pub fn total(&mut self, main: &Writer, row: &Row, context: &DateContext) {
        if let Some(totals) = &mut self.totals {
            totals.total(&self.ledger, main, row, context);
        }
    }

    /// Settles what only the end of the table can.
    pub fn finish(&mut self, main: &Writer) {
        if let Some(totals) = &mut self.totals {
            totals.settle(&self.ledger, main, true);
        }
        if let Some(contents) = &mut self.contents {
            contents.finish(&self.ledger);
        }
    }

    /// Leaves out what was made so far, which another table has.
    pub fn forget(&mut self) {
        for out in self.outputs_mut() {
            out.writer = out.writer.fork();
        }
    }

    /// Makes a fork ready for rows of which it does not know those before.
    pub fn begin_fork(&mut self) {
        if let Some(totals) = &mut self.totals {
            totals.begin_fork();
        }
        if let Some(contents) = &mut self.contents {
            contents.entries.clear();
        }
    }

    /// Takes over what a fork found in the rows after those of this table.
    pub fn absorb(&mut self, fork: &mut Made, main: &Writer) {
        if let (Some(own), Some(later)) = (&mut self.totals, &mut fork.totals) {
            own.absorb(&self.ledger, main, later);
        }
        if let (Some(own), Some(later)) = (&mut self.contents, &mut fork.contents) {
            own.absorb(later);
        }
    }

    /// The records made since the last call, where they are `least` or more.
    pub fn take(&mut self, least: usize) -> impl Iterator<Item = Batch> {
        self.outputs_mut().filter(move |out| out.writer.pending() >= least).filter_map(|out| out.writer.take())
    }

    /// The kinds that records may be made of.
    pub fn kinds(&self) -> impl Iterator<Item = &Arc<str>> {
        let totals = self.totals.iter().map(|totals| &totals.out);
        totals.chain(self.contents.iter().map(|contents| &contents.out)).map(|out| &out.writer.kind.id)
    }

    fn outputs_mut(&mut self) -> impl Iterator<Item = &mut Output> {
        let totals = self.totals.iter_mut().map(|totals| &mut totals.out);
        totals.chain(self.contents.iter_mut().map(|contents| &mut contents.out))
    }
}
