//! One table of a sheet, understood: which column gives which field, and its rows made into records.

mod groups;
mod repeated;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::groups::Groups;
use self::repeated::wide_writer;
use super::columns::{Chunk, Mode, Notes, Writer};
use super::dictionary::Target;
use super::direct::{AlsoPlan, also_plans};
use super::grid::{FillDown, Grid};
use super::heading::{Heading, match_columns};
use super::layout::Layout;
use super::made::Made;
use super::matched::heading_matches;
use super::rows::RowFilter;
use super::surroundings::Surroundings;
use super::text::squeeze;
use super::value::{Coercer, Conversions, DateContext, Reading, Value};
use super::wide::{self, WidePlan};
use super::{Env, evidence::Sample};
use crate::finding::{HeadingMatch, TableReading};
use crate::model::{Batch, Date, FieldType, Source};
use crate::pack::{AnswerPart, LedgerKind};
use crate::read::{Cell, Row, TextRecord, TextRows};

/// Records of a batch.
pub const BATCH: usize = 4096;
/// Left-out rows that are listed one by one.
const LISTED: usize = 1000;

/// A value that all records of a table share.
pub type Constant = (usize, Reading<'static>, Option<(u32, u32)>);

/// A table under way.
#[derive(Clone)]
pub struct Table {
    pub first_row: u32,
    pub end: Option<u32>,
    filter: RowFilter,
    main: Writer,
    /// Field and its column.
    columns: Vec<(usize, u32)>,
    /// Field of several dates and its columns.
    many: Vec<(usize, Vec<u32>)>,
    /// Answers that share one column.
    splits: Vec<(Vec<AnswerPart>, u32)>,
    constants: Vec<Constant>,
    groups: Option<Groups>,
    wide: Vec<(WidePlan, Option<Writer>)>,
    also: Vec<AlsoPlan>,
    made: Made,
    context: DateContext,
    log: Conversions,
    reading: TableReading,
    last_row: Option<u32>,
    /// Text that names the week of the whole table, from a title line.
    week: Option<Date>,
}

/// Where the year of a period is from that was named without one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum YearFrom {
    Records,
    ReviewDate,
}

/// What is known about a table before its columns are matched.
pub struct Known {
    pub kind: usize,
    pub confidence: u8,
    pub runner_up: Option<(Arc<str>, u8)>,
    pub context: DateContext,
    pub constants: Vec<Constant>,
    pub source: Source,
    pub year_from: Option<YearFrom>,
}

/// The column that says of each record who submits it, where no column does so by name: under 填报单位：某市 a list of
/// counties, each with its own numbers, is of the counties.
fn own_unit(kind: &LedgerKind, columns: &[(usize, u32)], data: &[Row]) -> Option<(usize, u32)> {
    let unit = kind.field("填报单位").filter(|unit| kind.key.contains(unit))?;
    if columns.iter().any(|(field, _)| *field == unit) {
        return None;
    }
    let varies = |column: u32| {
        let mut texts = data.iter().map(|row| row.get(column as usize)).filter(|cell| *cell != Cell::Empty);
        let first = texts.next();
        texts.any(|text| Some(text) != first)
    };
    let of = |name: &str| columns.iter().find(|(field, _)| kind.field(name) == Some(*field)).map(|(_, column)| *column);
    let column = of("县区").filter(|column| varies(*column)).or_else(|| of("市").filter(|column| varies(*column)))?;
    Some((unit, column))
}

impl Table {
    /// Matches the columns of `layout` and prepares the writers.
    pub fn new(
        env: &Env<'_>,
        grid: &Grid<'_>,
        layout: &Layout,
        around: &Surroundings,
        known: Known,
        next_id: &mut dyn FnMut() -> u32,
    ) -> Table {
        let kind = env.dictionary.kinds[known.kind].clone();
        let start = grid.rows.partition_point(|row| row.index <= layout.header.1);
        let end = layout.end.map_or(grid.rows.len(), |end| grid.rows.partition_point(|row| row.index < end));
        let data = &grid.rows[start.min(end)..end];
        let samples: Vec<Sample<'_>> = layout
            .headings
            .iter()
            .map(|heading| {
                Sample::new(data.iter().map(|row| row.get(heading.column as usize)), env.lists, &known.context)
            })
            .collect();
        let plans = wide::plans(env.dictionary, &kind, &layout.headings);
        let mut taken: BTreeMap<u32, (Arc<str>, usize)> = BTreeMap::new();
        for plan in &plans {
            for (column, field) in plan.groups.iter().flat_map(|group| &group.columns) {
                taken.insert(*column, (plan.target.fields[*field].name.clone(), *field));
            }
        }
        let taken_columns: BTreeSet<u32> = taken.keys().copied().collect();
        let given = |heading: &Heading| env.given(heading, &kind);
        let matches = match_columns(env.dictionary, known.kind, &layout.headings, &samples, &taken_columns, &given);
        let mut coercers = env.lists.coercers(&kind.fields);
        let mut main_columns: Vec<(usize, u32)> = Vec::new();
        let mut many: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        let mut splits = Vec::new();
        for (at, (heading, found)) in layout.headings.iter().zip(&matches).enumerate() {
            match found.target {
                Some(Target::Field(field)) if kind.fields[field].ty == FieldType::Dates => {
                    many.entry(field).or_default().push(heading.column);
                }
                Some(Target::Field(field)) => {
                    let unit = heading.unit_key();
                    let percent = unit.percent && samples.get(at).is_some_and(Sample::is_percent);
                    let coercer = coercers[field].clone().under_heading(&unit, percent);
                    coercers[field] = coercer.with_legend(heading.path.last().map_or("", String::as_str));
                    main_columns.push((field, heading.column));
                }
                Some(Target::Split(block, answer)) => {
                    let parts = kind
                        .form
                        .as_ref()
                        .and_then(|form| form.blocks.get(block))
                        .and_then(|block| block.answers.get(answer));
                    if let Some(answer) = parts {
                        splits.push((answer.parts.clone(), heading.column));
                    }
                }
                None => {}
            }
        }
        main_columns.extend(own_unit(&kind, &main_columns, data));
        let source = Arc::new(known.source);
        let mut main = Writer::new(kind.clone(), source.clone(), Arc::new(coercers));
        for &(field, column) in &main_columns {
            main.activate(field, Mode::Column(column));
        }
        for (&field, columns) in &many {
            main.activate(field, if let [only] = columns.as_slice() { Mode::Column(*only) } else { Mode::Each });
        }
        for (part, column) in splits.iter().flat_map(|(parts, column)| parts.iter().map(move |part| (part, *column))) {
            main.activate(part.field, Mode::Column(column));
        }
        // A column outweighs what the surroundings say.
        let groups = Groups::find(env, &kind, layout, data, |field| main.is_active_beyond_derive(field));
        let is_grouped = |field: usize| groups.as_ref().is_some_and(|groups| groups.field == field);
        let constants: Vec<Constant> = known
            .constants
            .into_iter()
            .filter(|(field, ..)| !main.is_active_beyond_derive(*field) && !is_grouped(*field))
            .collect();
        if let Some(groups) = &groups {
            main.activate(groups.field, Mode::Each);
        }
        for (field, _, place) in &constants {
            main.activate(*field, place.map_or(Mode::Nowhere, |(row, column)| Mode::Cell(row, column)));
        }
        let plans_own = plans.iter().any(|plan| plan.own);
        let wide = plans
            .into_iter()
            .map(|plan| {
                let writer = (!plan.own).then(|| wide_writer(env, &plan, &source, next_id()));
                if plan.own {
                    let set = plan.set.iter().map(|(field, _)| field);
                    for field in plan.into.iter().chain(plan.value.iter()).chain(&plan.inside).chain(set) {
                        main.activate(*field, Mode::Each);
                    }
                    for (_, field) in plan.groups.iter().flat_map(|group| &group.columns) {
                        main.activate(*field, Mode::Each);
                    }
                }
                (plan, writer)
            })
            .collect();
        let also = also_plans(env, &kind, &source, next_id);
        let heading = |column: u32| layout.headings.iter().find(|heading| heading.column == column).map(Heading::shown);
        let made = Made::new(env, &kind, &main_columns, heading, &source, next_id);
        let made = if plans_own { made.without_totals() } else { made };
        let names = layout
            .headings
            .iter()
            .zip(&matches)
            .filter(|(_, found)| matches!(found.target, Some(Target::Field(field)) if kind.key.contains(&field) || kind.unit.contains(&field)))
            .map(|(heading, _)| heading.column)
            .collect();
        let filter = RowFilter::new(
            layout.columns,
            layout
                .headings
                .iter()
                .map(|heading| {
                    (heading.column, heading.path.iter().rev().map(|part| squeeze(part).into_owned()).collect())
                })
                .collect(),
            names,
            around.titles.iter().map(|title| squeeze(title).into_owned()).collect(),
        );
        let week = around.titles.iter().find_map(|title| {
            wide::week_of(title, &known.context).filter(|_| title.contains(['周', '至', '到', '-', '~', '—']))
        });
        let reading = TableReading {
            kind: Some(kind.id.clone()),
            kind_name: Arc::new(kind.name.clone()),
            kind_confidence: known.confidence,
            kind_runner_up: known.runner_up,
            layout: "table",
            title_rows: (layout.title_from < layout.header.0).then(|| (layout.title_from, layout.header.0 - 1)),
            header_rows: Some(layout.header),
            data_rows: None,
            skipped_rows: Vec::new(),
            records: 0,
            period: source.period,
            unit: source.unit.clone(),
            headings: heading_matches(env.dictionary, known.kind, &layout.headings, &samples, &matches, &taken).into(),
            fields: Vec::new(),
            conversions: BTreeMap::new(),
        };
        Table {
            first_row: layout.header.1 + 1,
            end: layout.end,
            filter,
            main,
            columns: main_columns,
            many: many.into_iter().collect(),
            splits,
            constants,
            groups,
            wide,
            also,
            made,
            context: known.context,
            log: Conversions::default(),
            reading,
            last_row: None,
            week,
        }
    }

    /// The columns that name the institution, village or other unit of a record.
    pub fn unit_columns(&self) -> impl Iterator<Item = u32> {
        let kind = &self.main.kind;
        let is_unit = |field: usize| kind.unit.contains(&field) && kind.fields[field].ty == FieldType::Text;
        self.columns.iter().filter(move |(field, _)| is_unit(*field)).map(|(_, column)| *column)
    }

    /// How the headings were matched.
    pub fn headings(&self) -> &[HeadingMatch] {
        &self.reading.headings
    }

    /// All kinds that the table writes records of.
    pub fn kinds(&self) -> impl Iterator<Item = &Arc<str>> {
        let others =
            self.wide.iter().filter_map(|(_, writer)| writer.as_ref()).chain(self.also.iter().map(|also| &also.writer));
        std::iter::once(&self.main).chain(others).map(|writer| &writer.kind.id).chain(self.made.kinds())
    }

    /// Whether the row lies under this table's headings and above the next table.
    pub fn holds(&self, row: u32) -> bool {
        row >= self.first_row && self.end.is_none_or(|end| row < end)
    }

    /// Ends the table before the row, unless it ended already.
    pub fn end_before(&mut self, row: u32) {
        self.end.get_or_insert(row);
    }

    /// Whether the row says the headings of the table again.
    pub fn repeats(&self, row: &Row) -> bool {
        self.filter.repeats(row)
    }

    /// Makes a row into a record, or notes why it is none.
    pub fn row(&mut self, row: &Row, fill: &FillDown) {
        if self.groups.as_mut().is_some_and(|groups| groups.look(row, self.filter.columns())) {
            if self.reading.skipped_rows.len() < LISTED {
                self.reading.skipped_rows.push((row.index, super::rows::skip::GROUP));
            }
            return;
        }
        match self.filter.judge(row, fill) {
            Some(None) => return,
            Some(Some(why)) => {
                if self.reading.skipped_rows.len() < LISTED {
                    self.reading.skipped_rows.push((row.index, why));
                }
                if why == super::rows::skip::TOTAL {
                    self.made.total(&self.main, row, &self.context);
                }
                return;
            }
            None => {}
        }
        self.last_row = Some(row.index);
        if self.reading.data_rows.is_none() {
            self.reading.data_rows = Some((row.index, row.index));
        }
        if self.wide.iter().any(|(plan, _)| plan.own) {
            self.wide_own(row, fill);
            return;
        }
        self.main.begin(row.index);
        self.fields(row, fill);
        self.finish_record(row.index);
        self.made.add(&self.main, row);
        for at in 0..self.wide.len() {
            self.wide_other(at, row, fill);
        }
    }

    /// Whether plain records of a text can be taken column by column: one row is one record, and nothing else.
    pub fn takes_chunks(&self) -> bool {
        let mut fields = BTreeSet::new();
        self.end.is_none()
            && self.groups.is_none()
            && self.wide.is_empty()
            && self.splits.is_empty()
            && self.also.is_empty()
            && self.many.iter().all(|(_, columns)| columns.len() == 1)
            && self
                .columns
                .iter()
                .map(|(field, _)| field)
                .chain(self.many.iter().map(|(field, _)| field))
                .all(|field| fields.insert(*field))
    }

    /// Whether a plain record is one of those of which [`Table::chunk`] takes many at once; else it is to be given as a row.
    pub fn is_for_chunk(&mut self, rows: &TextRows<'_>, record: &TextRecord) -> bool {
        self.filter.passes(record.len(), |column| rows.cell(record, column))
    }

    /// Makes plain records of a text, for all of which [`Table::is_for_chunk`] was true, into records of the ledger.
    pub fn chunk(&mut self, rows: &TextRows<'_>, records: &[TextRecord]) {
        let (Some(first), Some(last)) = (records.first(), records.last()) else { return };
        self.last_row = Some(last.row);
        self.reading.data_rows.get_or_insert((first.row, first.row));
        let chunk = Chunk { rows, records, context: &self.context };
        let mut notes = Notes::default();
        self.main.begin_chunk(&chunk);
        let many = self.many.iter().filter_map(|(field, columns)| Some((*field, *columns.first()?)));
        for (order, column) in self.columns.iter().copied().chain(many).enumerate() {
            self.main.read_column(column, &chunk, order, &mut notes);
        }
        for (field, reading, place) in &self.constants {
            self.main.set_column(*field, reading, &chunk, *place);
        }
        notes.add_to(&mut self.log);
        self.main.end_chunk(records.len(), &mut self.log);
        self.made.chunk(&self.main, records.iter().map(|record| record.row));
    }

    /// Sets all fields of the record begun last that the row itself or the surroundings give.
    fn fields(&mut self, row: &Row, fill: &FillDown) {
        for &(field, column) in &self.columns {
            let cell = fill.cell(row, column);
            self.main.read(field, cell, (row.index, column), &self.context, &mut self.log);
        }
        for (field, columns) in &self.many {
            if let [only] = columns.as_slice() {
                self.main.read(*field, fill.cell(row, *only), (row.index, *only), &self.context, &mut self.log);
                continue;
            }
            let (reading, column) = gather(self.main.coercer(*field), columns, row, fill, &self.context, &mut self.log);
            self.main.set(*field, reading, (row.index, column));
        }
        for (parts, column) in &self.splits {
            let cell = fill.cell(row, *column);
            for (part, reading) in
                parts.iter().zip(super::split::answers(cell, parts, &self.main, &self.context, &mut self.log))
            {
                self.main.set(part.field, reading, (row.index, *column));
            }
        }
        for (field, reading, place) in &self.constants {
            self.main.set(*field, reading.borrowed(), place.unwrap_or((row.index, 0)));
        }
        if let Some(Groups { field, current: Some((name, place)), .. }) = &self.groups {
            self.main.read(*field, Cell::Text(name), *place, &self.context, &mut self.log);
        }
    }

    fn finish_record(&mut self, row: u32) {
        self.main.end(&mut self.log);
        for also in &mut self.also {
            also.record(row, &self.main, &self.context, &mut self.log);
        }
        self.made.record(&self.main, row);
    }

    /// Batches that are full, or all of them at the end.
    pub fn take(&mut self, all: bool, queue: &mut std::collections::VecDeque<Batch>) {
        for writer in self.writers() {
            if all || writer.pending() >= BATCH {
                queue.extend(writer.take());
            }
        }
        queue.extend(self.made.take(BATCH));
    }

    /// What remains at the end of the sheet.
    pub fn finish(&mut self, queue: &mut std::collections::VecDeque<Batch>) {
        self.take(true, queue);
        self.made.finish(&self.main);
        queue.extend(self.made.take(1));
        let unused = self.wide.iter().filter_map(|(_, writer)| writer.as_ref()).filter(|writer| writer.records() == 0);
        queue.extend(unused.map(Writer::nothing));
    }

    /// Whether rows from `row` on can be taken by forks: nothing of them hangs on how many came before.
    pub fn can_fork(&self, row: u32) -> bool {
        self.groups.is_none() && self.filter.is_settled() || self.end.is_some_and(|end| end <= row)
    }

    /// The same table without any record, for rows that another thread takes. `in_notes` says whether the row before
    /// them is supposed to be a note.
    pub fn fork(&self, in_notes: bool) -> Table {
        let mut fork = self.clone();
        fork.made.forget();
        fork.begin_fork(in_notes);
        for writer in fork.writers() {
            *writer = writer.fork();
        }
        fork
    }

    /// Makes a fork that was absorbed ready for other rows.
    pub fn begin_fork(&mut self, in_notes: bool) {
        self.filter.suppose(in_notes);
        self.made.begin_fork();
        self.log = Conversions::default();
        self.reading.skipped_rows.clear();
        self.reading.data_rows = None;
        self.last_row = None;
    }

    /// Whether this fork supposed wrongly how the rows of the table ended, and anything hung on it.
    pub fn is_wrong_after(&self, table: &Table) -> bool {
        self.filter.is_wrong_after(&table.filter)
    }

    /// Takes over what a fork found in the rows after those of this table; its records are taken from the fork itself.
    pub fn absorb(&mut self, fork: &mut Table) {
        self.filter.follow(&fork.filter);
        self.log.add(std::mem::take(&mut fork.log));
        self.log.begin_cell();
        let room = LISTED.saturating_sub(self.reading.skipped_rows.len());
        self.reading.skipped_rows.extend(fork.reading.skipped_rows.drain(..).take(room));
        self.reading.data_rows = self.reading.data_rows.or(fork.reading.data_rows);
        self.last_row = fork.last_row.or(self.last_row);
        for (own, later) in self.writers().zip(fork.writers()) {
            own.absorb(later);
        }
        self.made.absorb(&mut fork.made, &self.main);
    }

    fn writers(&mut self) -> impl Iterator<Item = &mut Writer> {
        let others = self
            .wide
            .iter_mut()
            .filter_map(|(_, writer)| writer.as_mut())
            .chain(self.also.iter_mut().map(|also| &mut also.writer));
        std::iter::once(&mut self.main).chain(others)
    }

    /// How the table was read.
    pub fn reading(self) -> TableReading {
        let mut reading = self.reading;
        if let (Some((first, _)), Some(last)) = (reading.data_rows, self.last_row) {
            reading.data_rows = Some((first, last));
        }
        reading.records = self.main.records();
        reading.fields = self.main.uses();
        for (_, writer) in &self.wide {
            // What went to another ledger was read from this table all the same.
            reading.fields.extend(writer.iter().flat_map(Writer::uses));
        }
        reading.conversions = self.log.0;
        reading
    }
}

/// Several columns of dates as one value; one unreadable cell makes it unreadable.
fn gather<'a>(
    coercer: Option<&Coercer>,
    columns: &[u32],
    row: &'a Row,
    fill: &'a FillDown,
    context: &DateContext,
    log: &mut Conversions,
) -> (Reading<'a>, u32) {
    let mut dates: Vec<Date> = Vec::new();
    let mut place = columns.first().copied().unwrap_or(0);
    let Some(coercer) = coercer else { return (Reading::Blank, place) };
    for &column in columns {
        match coercer.read(fill.cell(row, column), context, log) {
            Reading::Value(Value::Dates(more)) => {
                if dates.is_empty() {
                    place = column;
                }
                dates.extend(more);
            }
            Reading::Unreadable(text) => return (Reading::Unreadable(text), column),
            _ => {}
        }
    }
    if dates.is_empty() {
        return (Reading::Blank, place);
    }
    dates.sort_unstable();
    dates.dedup();
    (Reading::Value(Value::Dates(dates)), place)
}
