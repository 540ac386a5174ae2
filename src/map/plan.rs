//! Plans how a sheet is read: forms, labels and tables, each with its kind, its period and its unit.

pub(super) mod origin;

use std::sync::Arc;

use super::columns::Mode;
use super::direct::Direct;
use super::doubts::{say_doubts, say_year};
use super::evidence::Sample;
use super::grid::Grid;
use super::heading::Heading;
use super::kind::{Near, RECOGNISED, Ranked, near, rank, titled};
use super::layout::{Finder, Layout};
use super::rows::note_word;
use super::sheet::MappedSheet;
use super::surroundings::{self, Apart, Surroundings};
use super::table::{Constant, Known, Table};
use super::text::{fold, words};
use super::value::{Conversions, DateContext, is_blank};
use super::{Env, form, transposed};
use crate::diag::{FaultKind, InputFault};
use crate::finding::{HeadingMatch, MatchEvidence, MatchHow, TableReading};
use crate::model::{Localized, Period, Source};
use crate::pack::{Field, LedgerKind, RegionLevel};
use crate::read::{Cell, Row};

/// Position of a kind, its confidence, and the next best kind with its own.
type Choice = (usize, u8, Option<(Arc<str>, u8)>);

/// Where a table stands that is read as a whole, and how.
struct Whole {
    layout: &'static str,
    title_from: u32,
    rows: (u32, u32),
}

/// Rows whose cells may tell what columns under unknown headings hold, before the kind is known.
const SAMPLED_ROWS: usize = 60;

/// Finds out how a sheet is laid out.
pub struct Planner<'p> {
    pub env: &'p Env<'p>,
    pub grid: Grid<'p>,
    pub sheet: Arc<str>,
    pub is_text: bool,
    /// Day 0 of the book.
    pub day_zero: i32,
    /// Whether the rows are from farther down the sheet, below others.
    pub is_later: bool,
}

impl Planner<'_> {
    /// Finds the forms and tables of the sheet and puts what it finds into `mapped`; gives the first row of the tables
    /// with their titles.
    pub fn plan(&self, mapped: &mut MappedSheet) -> Option<u32> {
        let env = self.env;
        let given = |text: &str| {
            let text = words(text);
            env.options.mapping.headings.iter().any(|(heading, _)| {
                heading.rsplit('▸').next().is_some_and(|own| words(own) == text) || words(heading) == text
            })
        };
        let finder = Finder {
            grid: &self.grid,
            dictionary: env.dictionary,
            given: &given,
            forced: env.options.kind.is_some(),
            is_later: self.is_later,
        };
        let mut table_number = mapped.table_ids;
        let mut next_id = || {
            let id = env.file.index.saturating_mul(4096).saturating_add(table_number.min(4095));
            table_number += 1;
            id
        };
        if !self.is_later && (self.forms(mapped, &mut next_id) || self.labels(mapped, &mut next_id)) {
            return None;
        }
        let layouts = finder.find();
        let mut nearest: Option<(Vec<String>, Vec<Ranked>, u32)> = None;
        for layout in &layouts {
            let apart = Apart { own: layout.columns, beside: &layout.beside };
            let around = self.around_table(layout.title_from, layout.header, layout.end, Some(apart));
            let ranked = self.ranked(&layout.headings, &around.titles, (layout.header.1 + 1, layout.end));
            let Some((kind, confidence, runner_up)) = self.choose(&ranked) else {
                let headings: Vec<String> =
                    layout.headings.iter().map(Heading::shown).filter(|text| !text.is_empty()).collect();
                mapped.readings.push(self.unknown_table(layout, &ranked));
                nearest.get_or_insert((headings, ranked, layout.header.0));
                continue;
            };
            let doubtful = runner_up.as_ref().is_some_and(|(_, score)| score + 5 > confidence) && confidence < 60;
            if doubtful && env.options.kind.is_none() {
                let names: Vec<&str> =
                    ranked.iter().take(2).map(|ranked| env.dictionary.kinds[ranked.kind].name.zh.as_str()).collect();
                let en: Vec<&str> =
                    ranked.iter().take(2).map(|ranked| env.dictionary.kinds[ranked.kind].name.en.as_str()).collect();
                mapped.note(
                    "kind-doubtful",
                    &format!(
                        "台账种类不很确定：按《{}》读取，也像《{}》。如不对，请用 --ledger 指定。",
                        names[0],
                        names.get(1).unwrap_or(&"")
                    ),
                    &format!(
                        "The kind of ledger is doubtful: read as “{}”, also like “{}”. Use --ledger to say which.",
                        en[0],
                        en.get(1).unwrap_or(&"")
                    ),
                    Some((layout.header.0, layout.columns.0)),
                );
            }
            let body = (layout.header.1 + 1, layout.end);
            let known = self.known(kind, confidence, runner_up, &around, body, next_id());
            say_year(mapped, &known);
            let table = Table::new(env, &self.grid, layout, &around, known, &mut next_id);
            say_doubts(mapped, table.headings());
            mapped.tables.push(table);
        }
        for table in &mapped.tables {
            for kind in table.kinds() {
                if !mapped.kinds.contains(kind) {
                    mapped.kinds.push(kind.clone());
                }
            }
        }
        mapped.table_ids = table_number;
        if mapped.tables.is_empty() && mapped.queue.is_empty() {
            self.nothing_found(mapped, nearest);
        }
        layouts.first().map(|layout| layout.title_from)
    }

    /// The kinds that the headings fit, best first; where none fits well or two fit alike, headings count that are only near.
    /// `body` is the first row below the headings and the row behind the last.
    fn ranked(&self, headings: &[Heading], titles: &[String], (first, end): (u32, Option<u32>)) -> Vec<Ranked> {
        let (dictionary, names) = (self.env.dictionary, self.names());
        let ranked = rank(dictionary, headings, titles, &names, &Near::new());
        let is_clear = ranked.first().is_some_and(|best| {
            let next = ranked.get(1);
            best.score >= RECOGNISED && (best.score >= 60 || next.is_none_or(|next| next.score + 10 < best.score))
        });
        if self.env.options.kind.is_some() || is_clear {
            return ranked;
        }
        let titled = titled(dictionary, titles, &names);
        let rows = self.grid.rows.iter().filter(|row| row.index >= first && end.is_none_or(|end| row.index < end));
        let rows: Vec<&Row> = rows.take(SAMPLED_ROWS).collect();
        let context = self.dates(None);
        let samples: Vec<Sample<'_>> = headings
            .iter()
            .map(|heading| {
                let cells = rows.iter().map(|row| row.get(heading.column as usize));
                Sample::new(cells, self.env.lists, &context)
            })
            .collect();
        let near = near(dictionary, headings, &ranked, &titled, if rows.is_empty() { &[] } else { &samples });
        rank(dictionary, headings, titles, &names, &near)
    }

    /// The kind of a table with its confidence and the next best; `None` where none fits.
    fn choose(&self, ranked: &[Ranked]) -> Option<Choice> {
        let kinds = &self.env.dictionary.kinds;
        let id = |ranked: &Ranked| (kinds[ranked.kind].id.clone(), ranked.score);
        if let Some(wanted) = &self.env.options.kind
            && let Some(kind) = kinds.iter().position(|kind| kind.id == *wanted)
        {
            let runner_up = ranked.iter().find(|ranked| ranked.kind != kind).map(id);
            return Some((kind, 100, runner_up));
        }
        let best = ranked.first().filter(|best| best.score >= RECOGNISED)?;
        let is_torn = best.score < 60 && ranked.get(1).is_some_and(|next| next.score + 5 > best.score);
        if is_torn && !best.titled {
            // Two kinds fit alike and nothing says which: too doubtful to judge by.
            return None;
        }
        Some((best.kind, best.score, ranked.get(1).map(id)))
    }

    /// The sheet's name, the file's and its folder's.
    fn names(&self) -> Vec<String> {
        std::iter::once(self.sheet.to_string())
            .chain(surroundings::name_parts(&self.env.file.path).into_iter().take(2))
            .collect()
    }

    /// The lines above the rows `body`, and the footers below them up to `end`.
    fn around(&self, title_from: u32, body: (u32, u32), end: Option<u32>) -> Surroundings {
        self.around_table(title_from, body, end, None)
    }

    /// As [`Planner::around`], of one of the tables that may stand beside each other.
    fn around_table(
        &self,
        title_from: u32,
        body: (u32, u32),
        end: Option<u32>,
        apart: Option<Apart<'_>>,
    ) -> Surroundings {
        let mut rows: Vec<u32> =
            self.grid.rows.iter().map(|row| row.index).filter(|&row| row >= title_from && row < body.0).collect();
        let below = self.grid.rows.iter().filter(|row| row.index > body.1 && end.is_none_or(|end| row.index < end));
        rows.extend(below.filter(|row| {
            // Only lines that begin like a footer are searched for labels; data may hold colons too.
            let first = row.iter().find(|cell| *cell != Cell::Empty);
            matches!(first, Some(Cell::Text(text)) if text.contains([':', '：']) && note_word(&fold(text)).is_some())
        }).map(|row| row.index));
        surroundings::read(&self.grid, &rows, apart, |row| row < body.0)
    }

    /// Reads the sheet as filled-in forms; `false` where it holds none.
    fn forms(&self, mapped: &mut MappedSheet, next_id: &mut dyn FnMut() -> u32) -> bool {
        let env = self.env;
        for (index, kind) in env.dictionary.kinds.iter().enumerate() {
            let (Some(form), Some(printed)) = (&kind.form, env.dictionary.form(index)) else { continue };
            if env.options.kind.as_ref().is_some_and(|wanted| *wanted != kind.id) {
                continue;
            }
            let filled = form::find(&self.grid, form, printed);
            if filled.is_empty() {
                continue;
            }
            for filled in &filled {
                let around = self.around(filled.title_from, filled.rows, filled.end);
                let body = (filled.rows.0, Some(filled.rows.1 + 1));
                let known = self.known(index, filled.confidence, None, &around, body, next_id());
                say_year(mapped, &known);
                let mut direct = self.direct(&known, next_id);
                form::FilledForm::activate(form, &mut direct);
                direct.main.begin(filled.rows.0);
                let headings = filled.fill(&self.grid, form, &mut direct);
                self.constants(&known, filled.rows.0, &mut direct);
                direct.end(filled.rows.0);
                let whole = Whole { layout: "form", title_from: filled.title_from, rows: filled.rows };
                self.put(mapped, known, direct, whole, headings);
            }
            self.count_rows(mapped);
            return true;
        }
        false
    }

    /// Reads the sheet as labels with their values beside them; `false` where it is no such sheet.
    fn labels(&self, mapped: &mut MappedSheet, next_id: &mut dyn FnMut() -> u32) -> bool {
        let env = self.env;
        let labels = transposed::find(&self.grid, env.dictionary);
        let Some(labels) = labels.or_else(|| transposed::find_above(&self.grid, env.dictionary)) else { return false };
        let around = self.around(self.grid.rows.first().map_or(0, |row| row.index), labels.rows, None);
        let ranked = self.ranked(&labels.headings, &around.titles, (u32::MAX, None));
        let Some((kind, confidence, runner_up)) = self.choose(&ranked) else { return false };
        let body = (labels.rows.0, Some(labels.rows.1 + 1));
        let known = self.known(kind, confidence, runner_up, &around, body, next_id());
        say_year(mapped, &known);
        let mut direct = self.direct(&known, next_id);
        let Some(headings) =
            labels.fill(env, &self.grid, kind, &mut direct, |direct, row| self.constants(&known, row, direct))
        else {
            return false;
        };
        let title_from = self.grid.rows.first().map_or(0, |row| row.index);
        self.put(mapped, known, direct, Whole { layout: "transposed", title_from, rows: labels.rows }, headings);
        self.count_rows(mapped);
        true
    }

    fn direct(&self, known: &Known, next_id: &mut dyn FnMut() -> u32) -> Direct {
        let kind = self.env.dictionary.kinds[known.kind].clone();
        let mut direct = Direct::new(self.env, kind, known.source.clone(), known.context, next_id);
        for (field, _, place) in &known.constants {
            direct.main.activate(*field, place.map_or(Mode::Nowhere, |(row, column)| Mode::Cell(row, column)));
        }
        direct
    }

    /// Sets what the surroundings say, where the record itself said nothing.
    fn constants(&self, known: &Known, row: u32, direct: &mut Direct) {
        for (field, reading, place) in &known.constants {
            direct.main.set(*field, reading.clone(), place.unwrap_or((row, 0)));
        }
    }

    /// Adds a table that was read as a whole to the sheet's results.
    fn put(
        &self,
        mapped: &mut MappedSheet,
        known: Known,
        mut direct: Direct,
        whole: Whole,
        headings: Vec<HeadingMatch>,
    ) {
        let Whole { layout, title_from, rows } = whole;
        say_doubts(mapped, &headings);
        let kind = &self.env.dictionary.kinds[known.kind];
        for kind in direct.kinds() {
            if !mapped.kinds.contains(&kind) {
                mapped.kinds.push(kind);
            }
        }
        mapped.readings.push(TableReading {
            kind: Some(kind.id.clone()),
            kind_name: Arc::new(kind.name.clone()),
            kind_confidence: known.confidence,
            kind_runner_up: known.runner_up,
            layout,
            title_rows: (title_from < rows.0).then(|| (title_from, rows.0 - 1)),
            header_rows: None,
            data_rows: Some(rows),
            skipped_rows: Vec::new(),
            records: direct.main.records(),
            period: known.source.period,
            unit: known.source.unit,
            headings: headings.into(),
            fields: direct.main.uses(),
            conversions: std::mem::take(&mut direct.log.0),
        });
        mapped.queue.extend(direct.batches());
    }

    /// Counts the rows of a sheet that was read as a whole; none are left to stream.
    fn count_rows(&self, mapped: &mut MappedSheet) {
        for row in self.grid.rows.iter().filter(|row| !row.is_empty()) {
            mapped.rows += 1;
            mapped.hidden_rows += u64::from(row.hidden);
        }
        mapped.whole = true;
    }

    /// Reporting period, unit and other values that all records share.
    fn known(
        &self,
        kind_index: usize,
        confidence: u8,
        runner_up: Option<(Arc<str>, u8)>,
        around: &Surroundings,
        body: (u32, Option<u32>),
        id: u32,
    ) -> Known {
        let env = self.env;
        let kind: &LedgerKind = &env.dictionary.kinds[kind_index];
        let mut period = self.period(kind, around);
        let mut year_from = None;
        if period.is_none()
            && let Some((found, from)) = self.period_without_year(around, body)
        {
            (period, year_from) = (Some(found), Some(from));
        }
        let context = self.dates(period.as_ref().map(|period| period.value));
        let coercers = env.lists.coercers(&kind.fields);
        let mut constants: Vec<Constant> = Vec::new();
        let mut log = Conversions::default();
        let mut put = |field: usize, text: &str, cell: Option<(u32, u32)>| {
            if constants.iter().any(|(other, ..)| *other == field) {
                return;
            }
            let reading = coercers[field].read(Cell::Text(text), &context, &mut log).into_owned();
            constants.push((field, reading, cell));
        };
        let unit = self.unit(kind, around);
        if let (Some(field), Some(unit)) = (kind.field("填报单位"), &unit) {
            put(field, &unit.value, unit.cell);
        }
        if let (Some(field), Some(period)) = (kind.field("所属期"), &period) {
            put(field, &period.value.to_string(), period.cell);
        }
        for (field, placed) in around.fields(kind) {
            // Two labels left blank say less than the file's name.
            if surroundings::is_filled(&placed.value) || !matches!(&*kind.fields[field].name, "填报单位" | "所属期")
            {
                put(field, &placed.value, placed.cell);
            }
        }
        // 填报单位：城关镇卫生院 over a table without a column of institutions names the institution of all records; so does
        // 城关镇卫生院值班表, or the sheet's or the file's name, where the kind speaks of one institution only.
        let derived = |field: &Field| {
            let derive = field.derive.as_ref().filter(|derive| kind.unit.contains(&derive.from))?;
            Some((derive.from, env.lists.get(derive.by.list()?)?))
        };
        let mut institutions = kind.fields.iter().filter_map(|field| derived(field)).collect::<Vec<_>>();
        for (from, list) in &institutions {
            if let Some(unit) = unit.as_ref().filter(|unit| list.suffix(&unit.value).is_some()) {
                put(*from, &unit.value, unit.cell);
            }
        }
        institutions.truncate(2);
        if let [(from, list)] = &institutions[..] {
            let names: Vec<String> = self.names().iter().map(|name| fold(name).into_owned()).collect();
            let captioned = around.captions.iter().find_map(|caption| origin::institution_named(caption, list));
            let titled = || around.titles.iter().find_map(|title| origin::institution(title, list));
            let named = || names.iter().find_map(|name| origin::institution_named(name, list));
            if let Some(name) = captioned.or_else(titled).or_else(named) {
                put(*from, name, None);
            }
        }
        if let Some(unit) = &unit
            && let Some(region) = surroundings::region_in(&env.catalog.regions, &unit.value)
        {
            let mut at = Some(region);
            while let Some(region) = at.and_then(|at| env.catalog.regions.entries.get(at)) {
                let names: &[&str] = match region.level {
                    RegionLevel::City => &["市", "统筹区"],
                    RegionLevel::County => &["县区"],
                    RegionLevel::Province => break,
                };
                for field in names.iter().filter_map(|name| kind.field(name)) {
                    put(field, &region.name, unit.cell);
                }
                at = region.parent;
            }
        }
        let source = Source {
            id,
            file: env.file.path.clone(),
            sheet: self.sheet.clone(),
            kind: kind.id.clone(),
            period: period.map(|period| period.value),
            unit: unit.map(|unit| unit.value),
            titles: around.titles.as_slice().into(),
            is_text: self.is_text,
            secondary: false,
            supplement: false,
        };
        Known { kind: kind_index, confidence, runner_up, context, constants, source, year_from }
    }

    /// What is known about the dates of a table whose reporting period is this.
    fn dates(&self, period: Option<Period>) -> DateContext {
        DateContext { period, as_of: self.env.options.as_of, day_zero: self.day_zero, is_text: self.is_text }
    }

    fn unknown_table(&self, layout: &Layout, ranked: &[Ranked]) -> TableReading {
        TableReading {
            kind: None,
            kind_name: Arc::default(),
            kind_confidence: 0,
            kind_runner_up: ranked.first().map(|best| (self.env.dictionary.kinds[best.kind].id.clone(), best.score)),
            layout: "table",
            title_rows: (layout.title_from < layout.header.0).then(|| (layout.title_from, layout.header.0 - 1)),
            header_rows: Some(layout.header),
            data_rows: None,
            skipped_rows: Vec::new(),
            records: 0,
            period: None,
            unit: None,
            headings: layout
                .headings
                .iter()
                .map(|heading| HeadingMatch {
                    heading: heading.shown(),
                    cell: heading.cell,
                    field: None,
                    how: MatchHow::Unmatched,
                    confidence: 0,
                    runner_up: None,
                    evidence: MatchEvidence::default(),
                })
                .collect(),
            fields: Vec::new(),
            conversions: std::collections::BTreeMap::new(),
        }
    }

    /// Says that no ledger was found, as a note for sheets that hold none and as a fault for tables of no known kind.
    fn nothing_found(&self, mapped: &mut MappedSheet, nearest: Option<(Vec<String>, Vec<Ranked>, u32)>) {
        let (headings, ranked, row) = match nearest {
            Some(found) => found,
            None => match self.first_texts() {
                Some((headings, row)) => (headings, Vec::new(), row),
                None if self.is_set_apart_by_blanks() => {
                    mapped.fault = Some(set_apart_by_blanks(&self.sheet));
                    return;
                }
                None => {
                    mapped.note(
                        "no-table",
                        "工作表只有文字说明，没有表格。",
                        "The sheet holds text only and no table.",
                        None,
                    );
                    return;
                }
            },
        };
        let shown = headings.iter().take(12).map(String::as_str).collect::<Vec<_>>().join("、");
        let kinds = &self.env.dictionary.kinds;
        let nearest = ranked.first().map(|best| (&kinds[best.kind], best.score));
        let (zh, en) = match nearest {
            Some((kind, score)) => (
                format!("；最接近《{}》（{}，把握 {score}%）", kind.name.zh, kind.id),
                format!("; nearest to “{}” ({}, confidence {score} %)", kind.name.en, kind.id),
            ),
            None => (String::new(), String::new()),
        };
        let message = Localized::new(
            format!("认不出这是哪一种台账：第 {} 行的表头是“{shown}”{zh}。", row + 1),
            format!("No ledger kind fits: the headings in row {} are “{shown}”{en}.", row + 1),
        );
        let advice = Localized::new(
            "请用 --ledger 文件=种类 指明台账种类，或用 inspect 查看表头如何识别，再用 --map 指定对应关系。",
            "Name the kind with --ledger FILE=KIND, or see with inspect how the headings were read and set them with --map.",
        );
        if mapped.hidden {
            mapped.note("unrecognised-hidden-sheet", &message.zh, &message.en, Some((row, 0)));
            return;
        }
        let mut fault = InputFault::new(FaultKind::Unrecognised, message, advice);
        fault.sheet = Some(self.sheet.to_string());
        fault.cell = Some((row, 0));
        mapped.fault = Some(fault);
    }

    /// The first row of several texts over other rows of several cells, which may have been meant as headings.
    fn first_texts(&self) -> Option<(Vec<String>, u32)> {
        let rows = self.grid.rows;
        let wide = rows.iter().filter(|row| self.grid.cells(row.index).len() >= 2).count();
        if wide < 2 {
            return None;
        }
        rows.iter().take(50).find_map(|row| {
            let cells = self.grid.cells(row.index);
            (cells.len() >= 2).then(|| {
                let texts =
                    cells.iter().map(|(_, text)| fold(text).into_owned()).filter(|text| !is_blank(text)).collect();
                (texts, row.index)
            })
        })
    }

    /// Whether the rows are single texts that blanks divide into as many words, as columns do that only look like columns.
    fn is_set_apart_by_blanks(&self) -> bool {
        let mut counts = std::collections::BTreeMap::new();
        for row in self.grid.rows {
            if let [(_, text)] = &self.grid.cells(row.index)[..] {
                *counts.entry(text.split_whitespace().count()).or_insert(0_usize) += 1;
            }
        }
        let even = counts.iter().filter(|(words, _)| **words >= 3).map(|(_, rows)| *rows).max().unwrap_or(0);
        even >= 2 && even * 2 >= counts.values().sum()
    }
}

fn set_apart_by_blanks(sheet: &str) -> InputFault {
    let mut fault = InputFault::new(
        FaultKind::Unrecognised,
        Localized::new(
            "各列之间只有空格，没有分隔符，分不出各列。",
            "Only blanks stand between the columns and no separator, so that they cannot be told apart.",
        ),
        Localized::new(
            "请导出为 .xlsx，或以逗号、制表符分隔的文本，再提交。",
            "Export it as .xlsx, or as a text with commas or tabs, and submit that.",
        ),
    );
    fault.sheet = Some(sheet.to_owned());
    fault
}
