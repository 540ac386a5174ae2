//! The records as they are judged, written out as tables for other engines.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::load::{Loaded, take_batches};
use super::{CheckOptions, Checker, Choice, FIRST_FILES};
use crate::diag::{InputFault, PackFault};
use crate::eval::{EvalOptions, Evaluator, Judgement, RegionOf, key_form, name_form, region_of};
use crate::finding::NotRun;
use crate::model::{Batch, CellState, Column, ColumnData, Date, Period, Source};
use crate::rule::sql::{ColumnPart, SURROUNDINGS, Table, table};
use crate::rule::{LedgerKind, Node, Op, Program};

/// Takes up tables row by row; an empty cell is a NULL.
pub trait Sink {
    /// A table begins; its rows come with the same number.
    fn table(&mut self, number: usize, name: &str, columns: &[&str]) -> io::Result<()>;
    fn row(&mut self, number: usize, cells: &[Cow<'_, str>]) -> io::Result<()>;
}

/// What was written, and what could not be read.
#[derive(Debug, Default)]
pub struct Exported {
    /// Ledger kind and number of records, in the order of the catalog.
    pub records: Vec<(Arc<str>, u64)>,
    /// Files and what is wrong with them.
    pub faults: Vec<(Arc<str>, InputFault)>,
    pub pack_faults: Vec<PackFault>,
}

/// The columns of the table of outcomes.
const OUTCOMES: [&str; 9] = ["rule", "item", "source", "row", "key", "period_from", "period_to", "outcome", "why"];

/// One export at work.
struct Writer<'a> {
    program: &'a Program,
    sink: &'a mut dyn Sink,
    tables: Vec<Table>,
    /// Records of each kind so far, and of each source.
    counts: Vec<u64>,
    next: BTreeMap<u32, u64>,
    sources: BTreeMap<u32, Arc<Source>>,
    /// Fields whose texts a rule asks the region of, by kind, and those texts.
    region_fields: BTreeSet<(usize, u16)>,
    region_texts: BTreeSet<String>,
}

impl Checker<'_> {
    /// Reads and maps the files, and writes the records and what the rules need beside them. `with_outcomes` adds a
    /// table of every single outcome, which takes memory that grows with the records.
    pub fn export(
        &self,
        files: &[PathBuf],
        options: &CheckOptions,
        with_outcomes: bool,
        sink: &mut dyn Sink,
    ) -> io::Result<Exported> {
        let numbered: Vec<(u32, &Path)> = (0..).zip(files.iter().map(PathBuf::as_path)).collect();
        let (first, rest) = numbered.split_at(numbered.len().min(FIRST_FILES));
        let loaded = self.load_all(first, options);
        let choice = self.choose(&numbered, &loaded, options);
        let compiled = self.compiled(Choice {
            packs: choice.packs,
            parameters: options.parameters.clone(),
            kinds: None,
            serving: BTreeSet::new(),
        });
        let program = compiled.program;
        let mut exported = Exported { pack_faults: compiled.faults, ..Exported::default() };
        let mut evaluator = Evaluator::new(
            program.clone(),
            EvalOptions { as_of: options.as_of, complete: options.complete, max_findings: Some(0) },
        );
        if with_outcomes {
            evaluator.trace();
        }
        let mut writer = Writer::new(&program, sink)?;
        // Which ledgers are complete is known to the evaluator; without outcomes it need not judge the records.
        let mut take = |batch: Batch, writer: &mut Writer<'_>| -> io::Result<()> {
            writer.batch(&batch)?;
            if with_outcomes {
                evaluator.push(batch)
            } else {
                evaluator.note_batch(batch)
            }
            Ok(())
        };
        let mut loaded = loaded;
        for chunk in std::iter::once(None).chain(rest.chunks(FIRST_FILES).map(Some)) {
            if let Some(chunk) = chunk {
                loaded = self.load_all(chunk, options);
            }
            for mut one in std::mem::take(&mut loaded) {
                for batch in std::mem::take(&mut one.batches) {
                    take(batch, &mut writer)?;
                }
                let Loaded { reading, sheets, .. } = &mut one;
                for (_, sheet) in sheets {
                    let mut batches = Vec::new();
                    while take_batches(sheet, 1, &mut batches, &mut reading.faults) || !batches.is_empty() {
                        for batch in batches.drain(..) {
                            take(batch, &mut writer)?;
                        }
                    }
                }
                let mut reading = one.finish(&options.progress);
                super::note_unrecognised(&mut reading, &self.base);
                let file = reading.file.clone();
                exported.faults.extend(reading.faults.into_iter().map(|fault| (file.clone(), fault)));
            }
        }
        let complete = evaluator.complete_ledgers();
        writer.surroundings(options.as_of, &complete)?;
        exported.records = program.kinds.iter().zip(&writer.counts).map(|(kind, n)| (kind.id.clone(), *n)).collect();
        if with_outcomes {
            let evaluation = evaluator.finish();
            writer.outcomes(&evaluation.judgements, &evaluation.not_run)?;
        }
        Ok(exported)
    }
}

impl<'a> Writer<'a> {
    fn new(program: &'a Program, sink: &'a mut dyn Sink) -> io::Result<Writer<'a>> {
        let tables: Vec<Table> = program.kinds.iter().map(|kind| table(kind)).collect();
        for (number, table) in tables.iter().enumerate() {
            let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            sink.table(number, &table.name, &names)?;
        }
        Ok(Writer {
            program,
            sink,
            counts: vec![0; tables.len()],
            tables,
            next: BTreeMap::new(),
            sources: BTreeMap::new(),
            region_fields: region_fields(program),
            region_texts: BTreeSet::new(),
        })
    }

    fn batch(&mut self, batch: &Batch) -> io::Result<()> {
        let Some(position) = self.program.kind(&batch.source.kind) else { return Ok(()) };
        let kind = &self.program.kinds[position];
        self.sources.entry(batch.source.id).or_insert_with(|| batch.source.clone());
        let next = self.next.entry(batch.source.id).or_default();
        self.counts[position] += batch.len() as u64;
        for row in 0..batch.len() {
            // Sources are fewer than 2^21 and records of one fewer than 2^32, so the number fits and sorts as they came.
            let record = (u64::from(batch.source.id) << 32) | *next;
            *next += 1;
            let cells: Vec<Cow<'_, str>> = self.tables[position]
                .columns
                .iter()
                .map(|column| cell(self.program, kind, batch, row, record, column.part))
                .collect();
            self.sink.row(position, &cells)?;
        }
        for (_, field) in self.region_fields.iter().filter(|(kind, _)| *kind == position) {
            if let Some(column) = batch.columns.get(usize::from(*field))
                && let ColumnData::Text(texts) = &column.data
            {
                let known = (0..batch.len()).filter(|row| column.state(*row) == CellState::Present);
                for text in known.map(|row| texts.get(row)) {
                    if !self.region_texts.contains(text) {
                        self.region_texts.insert(text.to_owned());
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes the run, the sources, the ledgers and the regions.
    fn surroundings(&mut self, as_of: Date, complete: &BTreeMap<usize, bool>) -> io::Result<()> {
        for (offset, (name, columns)) in SURROUNDINGS.iter().enumerate() {
            let number = self.tables.len() + offset;
            let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
            self.sink.table(number, name, &names)?;
            for row in self.rows_of(name, as_of, complete) {
                let cells: Vec<Cow<'_, str>> = row.into_iter().map(Cow::Owned).collect();
                self.sink.row(number, &cells)?;
            }
        }
        Ok(())
    }

    fn rows_of(&self, table: &str, as_of: Date, complete: &BTreeMap<usize, bool>) -> Vec<Vec<String>> {
        let days = |period: Option<Period>| match period {
            Some(period) => [period.to_string(), period.start().to_string(), period.end().to_string()],
            None => Default::default(),
        };
        match table {
            "_run" => {
                let (from, calendar) = calendar(self.program);
                vec![vec![as_of.to_string(), from.map(|day| day.to_string()).unwrap_or_default(), calendar]]
            }
            "_sources" => {
                let row = |source: &Arc<Source>| {
                    let [period, from, to] = days(source.period);
                    let unit = source.unit.clone().unwrap_or_default();
                    let (file, sheet, kind) = (&source.file, &source.sheet, &source.kind);
                    vec![
                        source.id.to_string(),
                        file.to_string(),
                        sheet.to_string(),
                        kind.to_string(),
                        unit,
                        period,
                        from,
                        to,
                        source.secondary.to_string(),
                    ]
                };
                self.sources.values().map(row).collect()
            }
            "_ledgers" => complete
                .iter()
                .filter_map(|(kind, is_complete)| {
                    let id = &self.program.kinds.get(*kind)?.id;
                    Some(vec![id.to_string(), self.counts.get(*kind)?.to_string(), is_complete.to_string()])
                })
                .collect(),
            _ => self
                .region_texts
                .iter()
                .map(|text| {
                    let RegionOf { level, city, province } = region_of(&self.program.regions, text);
                    let word = |word: Option<&str>| word.unwrap_or_default().to_owned();
                    vec![text.clone(), word(level), word(city), word(province)]
                })
                .collect(),
        }
    }

    fn outcomes(&mut self, judgements: &[Judgement], not_run: &[NotRun]) -> io::Result<()> {
        let number = self.tables.len() + SURROUNDINGS.len();
        self.sink.table(number, "_outcomes", &OUTCOMES)?;
        let id = |rule: u32| self.program.plans.get(rule as usize).map_or("", |plan| &*plan.id);
        for judgement in judgements {
            let (source, row) = judgement.place.unzip();
            let text = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
            let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
            let cells: [Cow<'_, str>; 9] = [
                id(judgement.rule).into(),
                judgement.item.to_string().into(),
                text(source).into(),
                text(row.map(|row| row + 1)).into(),
                judgement.key.as_deref().unwrap_or_default().into(),
                day(judgement.period.map(Period::start)).into(),
                day(judgement.period.map(Period::end)).into(),
                judgement.outcome.code().into(),
                (judgement.why as i64).to_string().into(),
            ];
            self.sink.row(number, &cells)?;
        }
        for not_run in not_run {
            let mut cells: [Cow<'_, str>; 9] = Default::default();
            cells[0] = id(not_run.rule).into();
            cells[7] = "not_run".into();
            cells[8] = not_run.reason.code().into();
            self.sink.row(number, &cells)?;
        }
        Ok(())
    }
}

/// One cell of a record; empty where there is nothing to say.
fn cell<'b>(
    program: &Program,
    kind: &LedgerKind,
    batch: &'b Batch,
    row: usize,
    record: u64,
    part: ColumnPart,
) -> Cow<'b, str> {
    let known = |field: u16| -> Option<&'b Column> {
        let column = batch.columns.get(usize::from(field)).map(|column| &**column);
        column.filter(|column| column.state(row) == CellState::Present)
    };
    let text = |field: u16| known(field).map_or(Cow::Borrowed(""), |column| value(program, kind, field, column, row));
    let period = |field: u16| match &known(field)?.data {
        ColumnData::Period(periods) => periods.get(row).copied(),
        _ => None,
    };
    // A form that is the text itself is left out.
    let form = |field: u16, form: fn(&str) -> Cow<'_, str>| {
        let text = text(field);
        let formed = form(&text);
        match &*formed {
            formed if formed == text => Cow::Borrowed(""),
            // Nothing remains of it, which is another thing than that it is the text itself.
            "" => Cow::Borrowed(" "),
            formed => Cow::Owned(formed.to_owned()),
        }
    };
    match part {
        ColumnPart::Source => Cow::Owned(batch.source.id.to_string()),
        ColumnPart::Row => Cow::Owned((u64::from(batch.rows[row]) + 1).to_string()),
        ColumnPart::Record => Cow::Owned(record.to_string()),
        ColumnPart::Unit => {
            let own = kind.unit.iter().find_map(|field| known(*field as u16).map(|_| text(*field as u16)));
            own.unwrap_or_else(|| Cow::Borrowed(batch.source.unit.as_deref().unwrap_or_default().trim()))
        }
        ColumnPart::Value(field) => text(field),
        ColumnPart::State(field) => Cow::Borrowed(match batch.columns.get(usize::from(field)) {
            None => "absent",
            Some(column) => match column.state(row) {
                CellState::Present => "",
                CellState::Absent => "absent",
                CellState::Unreadable if column.negative(row) => "negative",
                CellState::Unreadable => "unreadable",
                CellState::Blank if column.stated_never(row) => "never",
                CellState::Blank => "blank",
            },
        }),
        ColumnPart::Key(field) => form(field, key_form),
        ColumnPart::Name(field) => form(field, name_form),
        ColumnPart::From(field) => period(field).map(|period| period.start().to_string()).unwrap_or_default().into(),
        ColumnPart::To(field) => period(field).map(|period| period.end().to_string()).unwrap_or_default().into(),
    }
}

/// A value as engines read it.
fn value<'b>(program: &Program, kind: &LedgerKind, field: u16, column: &'b Column, row: usize) -> Cow<'b, str> {
    use crate::model::FieldType;
    let list = || match kind.fields.get(usize::from(field)).map(|field| &field.ty) {
        Some(FieldType::Code(name) | FieldType::Codes(name)) => program.lists.iter().find(|list| list.id == *name),
        _ => None,
    };
    let code = |position: usize| list().and_then(|list| list.entries.get(position)).map_or("", |entry| &*entry.code);
    let joined = |parts: Vec<String>| Cow::Owned(parts.join("|"));
    match &column.data {
        ColumnData::Absent => Cow::Borrowed(""),
        ColumnData::Text(texts) => Cow::Borrowed(texts.get(row)),
        ColumnData::YesNo(values) => Cow::Borrowed(if values[row] { "true" } else { "false" }),
        ColumnData::Number(values) => Cow::Owned(values[row].to_string()),
        ColumnData::Date(values) => Cow::Owned(values[row].to_string()),
        ColumnData::Dates(lists) => joined(lists[row].iter().map(ToString::to_string).collect()),
        ColumnData::Period(values) => Cow::Owned(values[row].to_string()),
        ColumnData::Code(values) => Cow::Owned(code(usize::from(values[row])).to_owned()),
        ColumnData::Codes(values) => {
            let set = values[row];
            joined((0..64).filter(|bit| set >> bit & 1 == 1).map(|bit| code(bit).to_owned()).collect())
        }
    }
}

/// The first day of the calendar files, and for each day from there on 1 for a workday, 0 for none, ? where no file says.
fn calendar(program: &Program) -> (Option<Date>, String) {
    let years = &program.calendar.years;
    let day = |year: i16, month, day| Date::new(year, month, day);
    let span = years.keys().next().zip(years.keys().next_back());
    let span = span.and_then(|(first, last)| day(*first, 1, 1).zip(day(*last, 12, 31)));
    let Some((first, last)) = span else { return (None, String::new()) };
    let letter = |days: i32| match Date::from_days(days).and_then(|date| program.calendar.is_workday(date)) {
        Some(true) => '1',
        Some(false) => '0',
        None => '?',
    };
    (Some(first), (first.days()..=last.days()).map(letter).collect())
}

/// The fields whose region some rule asks for.
fn region_fields(program: &Program) -> BTreeSet<(usize, u16)> {
    use crate::rule::Function::{RegionCity, RegionLevel, RegionProvince};
    let mut fields = BTreeSet::new();
    for plan in &program.plans {
        let mut visit = |node: &Node| {
            if let Op::Call(RegionCity | RegionLevel | RegionProvince, arguments) = &node.op {
                let slots = arguments.iter().flat_map(Node::slots);
                fields.extend(slots.filter_map(|slot| plan.field_of(slot)));
            }
        };
        for node in plan.nodes() {
            node.walk(&mut |part| visit(part));
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, columns and rows.
    type Table = (String, Vec<String>, Vec<Vec<String>>);

    /// Keeps the tables as texts.
    #[derive(Default)]
    struct Kept(BTreeMap<usize, Table>);

    impl Sink for Kept {
        fn table(&mut self, number: usize, name: &str, columns: &[&str]) -> io::Result<()> {
            let columns = columns.iter().map(|column| (*column).to_owned()).collect();
            self.0.insert(number, (name.to_owned(), columns, Vec::new()));
            Ok(())
        }

        fn row(&mut self, number: usize, cells: &[Cow<'_, str>]) -> io::Result<()> {
            let cells = cells.iter().map(ToString::to_string).collect();
            self.0.get_mut(&number).unwrap().2.push(cells);
            Ok(())
        }
    }

    #[test]
    fn blank_unreadable_absent_and_never_are_kept_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("号源.csv");
        std::fs::write(
            &path,
            "医院名称,是否牵头医院,门诊号源总数,向基层开放号源数\n甲 医院,是,1000,\n乙医院,？,许多,200\n",
        )
        .unwrap();
        let (store, _) = crate::pack::builtin();
        let options = CheckOptions {
            as_of: Date::new(2024, 1, 10).unwrap(),
            packs: vec!["national".into()],
            ..CheckOptions::default()
        };
        let mut kept = Kept::default();
        let exported = Checker::new(&store).export(&[path], &options, true, &mut kept).unwrap();
        assert!(exported.faults.is_empty());
        let (_, columns, rows) = kept.0.values().find(|(name, ..)| name == "appointment_slots").unwrap();
        let at = |row: usize, name: &str| rows[row][columns.iter().position(|column| column == name).unwrap()].clone();
        assert_eq!(at(0, "门诊号源总数"), "1000");
        assert_eq!((at(0, "门诊号源总数__state"), at(0, "向基层开放号源数__state")), (String::new(), "blank".into()));
        assert_eq!((at(1, "门诊号源总数"), at(1, "门诊号源总数__state")), (String::new(), "unreadable".into()));
        assert_eq!(at(1, "所属期__state"), "absent");
        assert_eq!(at(0, "医院名称__key"), "甲医院");
        assert_eq!(at(1, "医院名称__key"), "", "the text itself");
        let (_, _, outcomes) = kept.0.values().find(|(name, ..)| name == "_outcomes").unwrap();
        let of = |row: &str| outcomes.iter().filter(|cells| cells[0] == "GJ-01/slots-share" && cells[3] == row).count();
        assert_eq!((of("2"), of("3")), (1, 1));
    }
}
