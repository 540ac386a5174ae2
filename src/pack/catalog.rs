//! The validated catalog: ledger kinds, code lists, calendar, regions, measures, parameters and rules, resolved for one choice of packs.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::finding::{MeasureInfo, Outcome, PackInfo, ParameterInfo, Personal, Severity};
use crate::model::{Date, FieldType, Grid, Localized};

/// Everything a run needs to know. Built by `pack::load`, read-only afterwards.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// The packs in force, extended packs before the ones that extend them.
    pub packs: Vec<Pack>,
    /// All ledger kinds, sorted by id.
    pub kinds: Vec<Arc<LedgerKind>>,
    pub lists: BTreeMap<Arc<str>, Arc<CodeList>>,
    pub calendar: Arc<Calendar>,
    pub regions: Arc<Regions>,
    /// Groups of words that mean the same in a heading; the first of each group stands for the others.
    pub words: Arc<Vec<Vec<String>>>,
    pub measures: Vec<MeasureInfo>,
    pub parameters: Vec<Parameter>,
    pub rules: Vec<Arc<Rule>>,
}

#[derive(Clone, Debug)]
pub struct Pack {
    pub info: PackInfo,
    pub extends: Vec<Arc<str>>,
    /// Names of regions whose ledgers are judged by this pack unless the user chooses.
    pub regions: Vec<String>,
    /// Whether the pack must not run on periods outside its effective dates.
    pub strict: bool,
}

/// One kind of ledger.
#[derive(Clone, Debug)]
pub struct LedgerKind {
    pub id: Arc<str>,
    pub name: Localized,
    pub row: Localized,
    /// Words in a title, sheet or file name that speak for this kind.
    pub titles: Vec<String>,
    /// Fields of a group are the same ones in every kind that has the group.
    pub fields: Vec<Arc<Field>>,
    /// Positions of the fields that name the responsible unit, best first.
    pub unit: Vec<usize>,
    /// Positions of the fields of the business key.
    pub key: Vec<usize>,
    /// Positions of the fields that speak most strongly for this kind.
    pub rank_on: Vec<usize>,
    pub form: Option<Form>,
    pub wide: Vec<Wide>,
    pub also: Vec<Also>,
    /// A register that may stay the same from one period to the next.
    pub standing: bool,
    /// Records of such a kind are made while other ledgers are read; no sheet is of this kind.
    pub made: Option<Made>,
}

/// What the records of a kind that is made while reading say.
#[derive(Clone, Debug)]
pub struct Made {
    pub of: MadeOf,
    /// For each part that the kind wants to know, the position of its field.
    pub parts: Vec<(MadePart, usize)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MadeOf {
    /// One record for each number in a row of totals.
    Totals,
    /// One record for each unit and reporting period of a table.
    Contents,
}

/// A part of a made record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MadePart {
    /// Name of the ledger kind that was read.
    Ledger,
    Unit,
    Period,
    /// Number of records that were added up.
    Records,
    /// Label of the row of totals.
    Label,
    /// Heading of the column.
    Heading,
    /// The number in the row of totals.
    Total,
    /// The sum of the records above.
    Sum,
    /// A fingerprint of all records.
    Content,
}

impl LedgerKind {
    /// Position of the field with this canonical name.
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| &*field.name == name)
    }
}

/// One field of a ledger kind.
#[derive(Clone, Debug)]
pub struct Field {
    /// Canonical Chinese name.
    pub name: Arc<str>,
    pub en: String,
    pub about: Localized,
    pub ty: FieldType,
    pub aliases: Vec<String>,
    pub essential: bool,
    pub personal: Option<Personal>,
    /// Unit of a number, such as `人次`; on a yes-no field it says that a count answers it too, 0 with no, more with yes, and so does the day on which it was done.
    pub unit: Option<String>,
    pub derive: Option<Derive>,
    /// Extra spellings of yes and no.
    pub yes: Vec<String>,
    pub no: Vec<String>,
    /// Spellings in a date field that mean “it has not happened”.
    pub never: Vec<String>,
    /// Whether a month without a day stands for its last day, as in the date by which a medicine is good.
    pub month_end: bool,
    /// Whether the numbers of the column may be added up.
    pub sums: bool,
    /// Words with one of which the texts of the field end, by which a column under an unknown heading is recognised.
    pub endings: Vec<String>,
}

/// Fills a blank or absent cell from another field of the same record.
#[derive(Clone, Debug)]
pub struct Derive {
    /// Position of the field that is looked at.
    pub from: usize,
    pub by: DeriveBy,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DeriveBy {
    /// The code of this list with whose word the text ends.
    Suffix(Arc<str>),
    /// The code of this list where the text contains exactly one entry's words.
    Contains(Arc<str>),
    /// The text itself without the ending `drop`, where it then ends with one of `endings`.
    Copy { endings: Vec<String>, drop: Vec<String> },
    /// The number that the text is: 3种 in a column for the names.
    Number,
}

impl DeriveBy {
    /// The code list that a code is taken from.
    pub fn list(&self) -> Option<&Arc<str>> {
        match self {
            DeriveBy::Suffix(list) | DeriveBy::Contains(list) => Some(list),
            DeriveBy::Copy { .. } | DeriveBy::Number => None,
        }
    }
}

/// A sheet with labels and answers in fixed relative places.
#[derive(Clone, Debug)]
pub struct Form {
    /// Blocks that must be found.
    pub minimum: usize,
    pub blocks: Vec<FormBlock>,
    /// What is printed above the numbers, the blocks' names, their contents and the answers.
    pub labels: Vec<String>,
    /// What is printed below the last block.
    pub note: Option<Localized>,
}

#[derive(Clone, Debug)]
pub struct FormBlock {
    pub number: u32,
    pub title: Vec<String>,
    /// What the block is about, printed beside its name.
    pub content: Option<Localized>,
    pub answers: Vec<FormAnswer>,
}

/// A printed heading inside a form and the field, or the fields, that its answer cell fills.
#[derive(Clone, Debug)]
pub struct FormAnswer {
    pub heading: Vec<String>,
    /// One part with no words for a plain answer; several for a cell that carries several.
    pub parts: Vec<AnswerPart>,
}

#[derive(Clone, Debug)]
pub struct AnswerPart {
    /// Position of the field.
    pub field: usize,
    /// Words that stand near this part's number.
    pub words: Vec<String>,
}

/// What the repeated headings of a wide layout are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WideBy {
    Weekday,
    Date,
    Month,
    Quarter,
    Half,
    /// Morning and afternoon.
    HalfDay,
}

/// A wide layout that becomes one record for each repeated column.
#[derive(Clone, Debug)]
pub struct Wide {
    pub by: WideBy,
    /// Name of the field that gets the date or period of the column, in the target kind.
    pub into: Arc<str>,
    /// Name of the field that names the week a weekday counts from.
    pub from: Option<Arc<str>>,
    /// Name of the field that gets the cell, in the target kind; `None` where the column's heading gives the sub-field.
    pub value: Option<Arc<str>>,
    /// Fields filled from brackets inside the cell, as in `张三（主治医师）`.
    pub inside: Vec<Arc<str>>,
    /// The target kind, where it is not the sheet's own.
    pub ledger: Option<Arc<str>>,
    /// Fields copied along to the target kind.
    pub carry: Vec<Arc<str>>,
    /// Words in the parent heading that mark the columns, such as 联络.
    pub headings: Vec<String>,
    /// Name of the yes-no field, in the target kind, that a tick in the cell answers: the record is there without a value.
    pub mark: Option<Arc<str>>,
    /// Field of the target kind → constant text, where the record does not say it itself.
    pub set: Vec<(Arc<str>, String)>,
}

/// Each record is recorded in another ledger too.
#[derive(Clone, Debug)]
pub struct Also {
    pub ledger: Arc<str>,
    /// Target field → constant text.
    pub set: Vec<(Arc<str>, String)>,
    /// Target field → own field.
    pub copy: Vec<(Arc<str>, Arc<str>)>,
    /// Such records only add to a ledger that was submitted; alone they are none.
    pub supplement: bool,
}

/// A code list.
#[derive(Clone, Debug)]
pub struct CodeList {
    pub id: Arc<str>,
    pub name: Localized,
    pub attributes: Vec<Arc<str>>,
    /// Whether a longer text that contains exactly one entry's word is accepted.
    pub contains: bool,
    pub entries: Vec<CodeEntry>,
}

#[derive(Clone, Debug)]
pub struct CodeEntry {
    pub code: Arc<str>,
    pub aliases: Vec<String>,
    /// In the order of [`CodeList::attributes`]; `None` where the entry has no such attribute.
    pub attributes: Vec<Option<Arc<str>>>,
}

/// Which days are workdays.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    /// Year → days that differ from the Monday-to-Friday rule: `true` for a make-up workday, `false` for a day off.
    pub years: BTreeMap<i16, BTreeMap<Date, bool>>,
    /// Year → number of the State Council's arrangement.
    pub sources: BTreeMap<i16, String>,
}

impl Calendar {
    /// Whether people work on this day; `None` in a year without a calendar.
    pub fn is_workday(&self, date: Date) -> Option<bool> {
        let exceptions = self.years.get(&date.year())?;
        Some(exceptions.get(&date).copied().unwrap_or(date.weekday().index() < 5))
    }
}

/// Provinces, cities and counties.
#[derive(Clone, Debug, Default)]
pub struct Regions {
    pub entries: Vec<Region>,
    /// Positions in order, by the letters with which the names begin.
    by_letter: FxHashMap<char, Vec<usize>>,
}

impl Regions {
    pub fn new(entries: Vec<Region>) -> Regions {
        let mut by_letter: FxHashMap<char, Vec<usize>> = FxHashMap::default();
        for (position, region) in entries.iter().enumerate() {
            for first in std::iter::once(&region.name).chain(&region.short).filter_map(|name| name.chars().next()) {
                let positions = by_letter.entry(first).or_default();
                if positions.last() != Some(&position) {
                    positions.push(position);
                }
            }
        }
        Regions { entries, by_letter }
    }

    /// The regions one of whose names may begin the text, with their positions, in order: hardly any text begins with one.
    pub fn that_may_begin(&self, text: &str) -> impl Iterator<Item = (usize, &Region)> {
        let positions = text.chars().next().and_then(|first| self.by_letter.get(&first));
        positions.into_iter().flatten().filter_map(|&position| Some((position, self.entries.get(position)?)))
    }
}

#[derive(Clone, Debug)]
pub struct Region {
    /// Full name, such as `西安市`.
    pub name: String,
    /// Short names, such as `西安`.
    pub short: Vec<String>,
    pub level: RegionLevel,
    /// Position of the region it belongs to.
    pub parent: Option<usize>,
}

impl Region {
    /// The names of the region with which the text begins. A short name before the word for a smaller place is the name of
    /// that place: 榆林镇卫生院 is not of 榆林, while 宝鸡乡镇卫生院 is of 宝鸡.
    pub fn names_at<'r>(&'r self, text: &str) -> impl Iterator<Item = &'r str> {
        const SMALLER: [char; 10] = ['镇', '乡', '村', '街', '路', '屯', '庄', '巷', '寨', '苑'];
        const GENERAL: [&str; 12] =
            ["镇街", "镇村", "镇级", "镇办", "乡镇", "乡村", "乡级", "村卫生", "村医", "村级", "村居", "街镇"];
        let short = self.short.iter().map(String::as_str).filter(move |name| {
            text.strip_prefix(*name)
                .is_some_and(|rest| !rest.starts_with(SMALLER) || GENERAL.iter().any(|word| rest.starts_with(word)))
        });
        std::iter::once(self.name.as_str()).filter(move |name| text.starts_with(name)).chain(short)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum RegionLevel {
    Province,
    City,
    County,
}

/// A parameter with the type of its value.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub info: ParameterInfo,
    pub pack: Arc<str>,
    pub value: ParameterValue,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ParameterValue {
    Number(crate::model::Decimal),
    Text(String),
    Date(Date),
    YesNo(bool),
}

/// One rule, resolved: inheritance and overrides applied, names checked, expressions still text.
#[derive(Clone, Debug)]
pub struct Rule {
    pub id: Arc<str>,
    pub pack: Arc<str>,
    pub measure: Arc<str>,
    pub also: Vec<Arc<str>>,
    pub severity: Severity,
    pub title: Localized,
    pub citations: Vec<Localized>,
    pub required: Localized,
    pub message: Localized,
    pub fix: Localized,
    pub interpretation: Option<Localized>,
    /// Id of the ledger kind that is judged.
    pub ledger: Arc<str>,
    pub shape: Shape,
    /// Fields of `group_by` that may be blank: a blank is a value of its own then.
    pub optional: Vec<Arc<str>>,
    pub each: Option<Each>,
    pub filter: Option<Expr>,
    pub applies: Option<Expr>,
    /// One entry without a name for a plain `require`; one for each item else.
    pub items: Vec<Item>,
    pub due: Option<Expr>,
    pub pending: Option<Expr>,
    pub joins: Vec<Join>,
    pub values: Vec<(Arc<str>, Expr)>,
    /// Name of the field that a finding points at.
    pub cell: Option<Arc<str>>,
    /// The field of the key that names who answers, where that is not the ledger kind's unit.
    pub unit: Option<Arc<str>>,
    pub completeness: bool,
    /// Why a kind of case cannot exist.
    pub no_case: Vec<(Outcome, Localized)>,
    /// The pack's effective dates; judged only inside where `strict`.
    pub effective: (Option<Date>, Option<Date>),
    pub strict: bool,
}

/// The text of an expression with its place, so that a fault in it can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    pub text: String,
    pub file: Arc<str>,
    /// Byte in the file at which the string's content begins (after the quotes), so that the byte `n` of `text` is the
    /// byte `offset + n` of the file. `Store::place` corrects this for escapes and fills in line and column.
    pub offset: usize,
}

#[derive(Clone, Debug)]
pub struct Item {
    pub name: Option<Localized>,
    pub require: Expr,
    pub applies: Option<Expr>,
}

#[derive(Clone, Debug)]
pub struct Each {
    pub grid: Grid,
    /// Name of the date or period field of the record.
    pub date: Arc<str>,
    /// Name of the period field that counts where the first is not known and the period lies within one of the grid.
    pub or: Option<Arc<str>>,
}

#[derive(Clone, Debug)]
pub enum Shape {
    Row,
    Group { by: MatchOn },
    Population { population: Population, on: MatchOn },
}

/// How records are matched with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatchOn {
    Institution,
    Person,
    /// 行政村, within 乡镇街道 where both sides name one.
    Village,
    /// Pairs of own field and the other side's field; for groups both are the same.
    Fields(Vec<(Arc<str>, Arc<str>)>),
}

#[derive(Clone, Debug)]
pub enum Population {
    /// The members are the records of this ledger kind that pass the condition.
    Ledger { ledger: Arc<str>, filter: Option<Expr> },
    /// The members are the entries of this code list.
    List(Arc<str>),
}

#[derive(Clone, Debug)]
pub struct Join {
    pub name: Arc<str>,
    pub ledger: Arc<str>,
    pub on: MatchOn,
    /// Join the record of the period before instead of the same one.
    pub previous: bool,
    pub filter: Option<Expr>,
}
