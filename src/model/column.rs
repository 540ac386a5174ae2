//! Typed columns in batches: what the mapping writes and what the rules read.

use std::sync::{Arc, LazyLock};

use super::date::Date;
use super::decimal::Decimal;
use super::period::Period;

/// The types a field of a ledger may have.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub enum FieldType {
    Text,
    YesNo,
    /// A whole number; counts of people and things.
    Integer,
    Decimal,
    /// A share; 20 %, 0.2 and 二成 are all 0.2.
    Ratio,
    Date,
    /// Several dates in one cell or in several columns.
    Dates,
    Period,
    /// One entry of the code list of this name.
    Code(Arc<str>),
    /// Several entries of the code list of this name in one cell.
    Codes(Arc<str>),
    /// A resident identity number (GB 11643), kept as text in upper case whether or not its check digit is right.
    IdNumber,
}

/// What stands behind a value: four states that are never mixed up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum CellState {
    /// A value of the column's type.
    Present,
    /// The column is on the sheet and the cell is blank (or `/`, `—`, or a printed placeholder left as it was).
    Blank,
    /// The cell says something that is no value of the column's type.
    Unreadable,
    /// The sheet has no such column.
    Absent,
}

/// Texts of one column of one batch, without an allocation for each.
#[derive(Clone, Debug, Default)]
pub struct TextColumn {
    bytes: String,
    ends: Vec<u32>,
    /// For each record the position of its text, where texts that repeat are kept once.
    picks: Option<Vec<u32>>,
}

impl TextColumn {
    #[inline]
    pub fn push(&mut self, text: &str) {
        let at = self.add(text);
        if let Some(picks) = &mut self.picks {
            picks.push(at);
        }
    }

    /// Keeps texts that repeat once from now on.
    pub fn share(&mut self) {
        self.picks.get_or_insert_with(|| (0..self.ends.len() as u32).collect());
    }

    /// Adds a text for records to come and gives its position; only after [`TextColumn::share`].
    #[inline]
    pub fn add(&mut self, text: &str) -> u32 {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len() as u32);
        self.ends.len() as u32 - 1
    }

    /// Pushes the text in a position that [`TextColumn::add`] gave.
    #[inline]
    pub fn repeat(&mut self, at: u32) {
        if let Some(picks) = &mut self.picks {
            picks.push(at);
        }
    }

    /// Puts another text in the place of that of record `index`.
    pub fn replace(&mut self, index: usize, text: &str) {
        if self.picks.is_none() && index + 1 == self.ends.len() {
            self.ends.pop();
            self.bytes.truncate(self.ends.last().map_or(0, |end| *end as usize));
            return self.push(text);
        }
        self.share();
        let at = self.add(text);
        if let Some(pick) = self.picks.as_mut().and_then(|picks| picks.get_mut(index)) {
            *pick = at;
        }
    }

    #[inline]
    pub fn get(&self, index: usize) -> &str {
        self.kept(self.picks.as_ref().map_or(index, |picks| picks[index] as usize))
    }

    /// For each record the position of its text, where texts that repeat are kept once.
    pub fn picks(&self) -> Option<&[u32]> {
        self.picks.as_deref()
    }

    /// Number of texts that are kept.
    pub fn kept_len(&self) -> usize {
        self.ends.len()
    }

    /// The text that is kept in a position.
    #[inline]
    pub fn kept(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.bytes[start..self.ends[at] as usize]
    }

    pub fn len(&self) -> usize {
        self.picks.as_ref().map_or(self.ends.len(), Vec::len)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.get(index))
    }
}

impl PartialEq for TextColumn {
    fn eq(&self, other: &TextColumn) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for TextColumn {}

/// The values of a column; where the state is not `Present` the value is a default that nobody may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnData {
    /// The sheet has no such column.
    Absent,
    /// `Text` and `IdNumber`.
    Text(TextColumn),
    YesNo(Vec<bool>),
    /// `Integer`, `Decimal` and `Ratio`.
    Number(Vec<Decimal>),
    Date(Vec<Date>),
    /// Sorted, without repetitions.
    Dates(Vec<Vec<Date>>),
    Period(Vec<Period>),
    /// Position in the code list.
    Code(Vec<u16>),
    /// Bit n stands for position n of the code list, which has at most 64 entries.
    Codes(Vec<u64>),
}

/// Where the cells of a column stand in the file; rows and columns count from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellPlace {
    /// Nowhere: the value was derived, or the column is absent.
    Nowhere,
    /// In this column of the sheet, in each record's own row.
    Column(u32),
    /// In one cell for all records (a title line, a form's header), as row and column.
    Cell(u32, u32),
    /// Record by record, as row and column: forms and unpivoted tables.
    Each(Vec<(u32, u32)>),
}

/// One column of one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// One state for each record; empty where the data is `Absent`.
    pub states: Vec<CellState>,
    pub data: ColumnData,
    pub place: CellPlace,
    /// The cell as written: index of the record and text, in order. For unreadable cells; and for blank cells of a date
    /// field that say in words that it has not happened (未开通), see [`Column::stated_never`].
    pub unreadable: Vec<(u32, Box<str>)>,
}

impl Column {
    /// A column that the sheet does not have. Most fields of a kind are on no sheet, so that all of them share one.
    pub fn absent() -> Arc<Column> {
        static ABSENT: LazyLock<Arc<Column>> = LazyLock::new(|| {
            Arc::new(Column {
                states: Vec::new(),
                data: ColumnData::Absent,
                place: CellPlace::Nowhere,
                unreadable: Vec::new(),
            })
        });
        ABSENT.clone()
    }

    #[inline]
    pub fn state(&self, index: usize) -> CellState {
        match self.data {
            ColumnData::Absent => CellState::Absent,
            _ => self.states[index],
        }
    }

    /// Row and column of the cell of record `index`, which stands in row `row` of the sheet.
    pub fn cell(&self, index: usize, row: u32) -> Option<(u32, u32)> {
        match &self.place {
            CellPlace::Nowhere => None,
            CellPlace::Column(column) => Some((row, *column)),
            CellPlace::Cell(row, column) => Some((*row, *column)),
            CellPlace::Each(cells) => cells.get(index).copied(),
        }
    }

    /// Whether the date cell of record `index` is blank because it says in words that it has not happened.
    pub fn stated_never(&self, index: usize) -> bool {
        self.state(index) == CellState::Blank && self.unreadable_text(index).is_some()
    }

    /// Whether the cell of record `index` says a number below zero, which no ledger counts: such a cell is unreadable.
    pub fn negative(&self, index: usize) -> bool {
        self.state(index) == CellState::Unreadable
            && matches!(self.data, ColumnData::Number(_))
            && self.unreadable_text(index).is_some_and(is_below_zero)
    }

    /// The unreadable text of record `index`.
    pub fn unreadable_text(&self, index: usize) -> Option<&str> {
        let position = self.unreadable.binary_search_by_key(&(index as u32), |(at, _)| *at).ok()?;
        Some(&self.unreadable[position].1)
    }
}

/// Whether a text is written as a number below zero: a minus or 负 and then a digit.
fn is_below_zero(text: &str) -> bool {
    text.trim_start_matches(['\'', '’', '¥', '￥', ' ']).strip_prefix(['-', '－', '−', '﹣', '负']).is_some_and(
        |rest| rest.trim_start().starts_with(|c: char| c.is_numeric() || "一二三四五六七八九十".contains(c)),
    )
}

/// Some records of one table of one sheet, as typed columns in the order of the ledger kind's fields.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Which table of which sheet of which file the records come from.
    pub source: Arc<Source>,
    /// The row of each record in the sheet, from 0.
    pub rows: Vec<u32>,
    /// One column for each field of the ledger kind, in its order.
    pub columns: Vec<Arc<Column>>,
}

impl Batch {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// Where a table of records came from, and what its surroundings say about all of its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The number of the table among all tables of the run, in input order; makes results stable.
    pub id: u32,
    /// Path of the file as given, with `!` and the inner path for archives and mails.
    pub file: Arc<str>,
    pub sheet: Arc<str>,
    /// Id of the ledger kind.
    pub kind: Arc<str>,
    /// The reporting period that holds for all records of the table, where one is known.
    pub period: Option<Period>,
    /// 填报单位 from the surroundings of the table, else from the file's name or folder.
    pub unit: Option<String>,
    /// The title lines over the table.
    pub titles: Arc<[String]>,
    /// Whether the file is CSV, so that rows are lines.
    pub is_text: bool,
    /// Whether the records stand in another ledger of the same sheet, where they are checked for their quality.
    pub secondary: bool,
    /// Whether the records only add to a ledger of their kind that was submitted itself.
    pub supplement: bool,
}

/// All records of one ledger kind that were kept in memory, from any number of files.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub batches: Vec<Batch>,
}

impl Ledger {
    pub fn len(&self) -> usize {
        self.batches.iter().map(Batch::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.batches.iter().all(Batch::is_empty)
    }
}
