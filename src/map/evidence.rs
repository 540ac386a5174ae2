//! What the cells of a column say about the field it holds.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::text::{fold, is_space};
use super::value::{Coercer, Conversions, DateContext, ListIndex, Reading, Value, is_blank, text_of};
use crate::finding::Personal;
use crate::model::FieldType;
use crate::pack::{Catalog, CodeList, Field};
use crate::read::Cell;

/// How many filled cells of a column are looked at.
const CELLS: usize = 120;

/// Code lists by id, each prepared when it is first asked for: a run needs few of them.
#[derive(Default)]
pub struct Lists(BTreeMap<Arc<str>, Listed>);

/// A code list, and its index once it was asked for.
type Listed = (Arc<CodeList>, OnceLock<Arc<ListIndex>>);

impl Lists {
    /// The lists of the catalog.
    pub fn new(catalog: &Catalog) -> Lists {
        Lists(catalog.lists.iter().map(|(id, list)| (id.clone(), (list.clone(), OnceLock::new()))).collect())
    }

    /// The index of one list.
    pub fn get(&self, id: &str) -> Option<Arc<ListIndex>> {
        let (list, index) = self.0.get(id)?;
        Some(index.get_or_init(|| super::value::index_list(list)).clone())
    }

    /// Every list's index by its id.
    fn all(&self) -> impl Iterator<Item = (&Arc<str>, Arc<ListIndex>)> {
        self.0.keys().filter_map(|id| Some((id, self.get(id)?)))
    }

    /// A coercer for each field.
    pub fn coercers(&self, fields: &[Arc<Field>]) -> Vec<Coercer> {
        fields
            .iter()
            .map(|field| {
                let derived = field.derive.as_ref().and_then(|derive| derive.by.list().cloned());
                Coercer::new(field, |id| self.get(id).or_else(|| derived.as_deref().and_then(|id| self.get(id))))
            })
            .collect()
    }
}

/// Some cells of one column. What they could be is counted only when somebody asks, since most headings say enough.
pub struct Sample<'s> {
    cells: Vec<Cell<'s>>,
    lists: &'s Lists,
    context: DateContext,
    counts: Counts,
}

/// How many cells of a column each type could read, each counted when it is first asked for.
#[derive(Default)]
struct Counts {
    dates: OnceCell<usize>,
    numbers: OnceCell<usize>,
    ratios: OnceCell<usize>,
    yes_no: OnceCell<usize>,
    phones: OnceCell<usize>,
    persons: OnceCell<usize>,
    /// Identity numbers of 18 places, and those of them whose check digit is right.
    identities: OnceCell<(usize, usize)>,
}

/// The share, in per cent, that codes in longer texts come to at most.
const NAMING: u8 = 60;

fn is_value(reading: Reading<'_>) -> bool {
    matches!(reading, Reading::Value(_))
}

/// Whether the check digit of an identity number of 18 places is right.
fn check_digit_is_right(bytes: &[u8]) -> bool {
    if bytes.len() != 18 || !bytes[..17].iter().all(u8::is_ascii_digit) {
        return false;
    }
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = bytes.iter().zip(WEIGHTS).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
    b"10X98765432"[(sum % 11) as usize] == bytes[17].to_ascii_uppercase()
}

/// Whether a folded text looks like the name of a person: a surname and one or two letters more, or one that is masked.
fn is_person(text: &str) -> bool {
    const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝";
    let letters: Vec<char> = text.chars().filter(|c| *c != '·').collect();
    let is_letter = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c) || matches!(c, '*' | '×' | '○' | 'x' | 'X');
    (2..=3).contains(&letters.len()) && letters.iter().all(is_letter) && SURNAMES.contains(letters[0])
}

/// Whether a cell ends as the values of the field do.
fn ends_as(field: &Field, cell: Cell<'_>) -> bool {
    if field.endings.is_empty() {
        return false;
    }
    let text = text_of(cell);
    let folded = fold(&text);
    let own = folded.split(['(', ' ', '、', ',']).next().unwrap_or_default();
    own.chars().count() <= 40
        && field.endings.iter().any(|ending| own.len() > ending.len() && own.ends_with(ending.as_str()))
}

impl<'s> Sample<'s> {
    /// Takes the first filled cells of a column.
    pub fn new(cells: impl Iterator<Item = Cell<'s>>, lists: &'s Lists, context: &DateContext) -> Sample<'s> {
        let is_filled = |cell: &Cell<'s>| match *cell {
            Cell::Empty => false,
            Cell::Text(text) => !is_blank(&fold(text)),
            _ => true,
        };
        let cells = cells.take(4 * CELLS).filter(is_filled).take(CELLS).collect();
        Sample { cells, lists, context: *context, counts: Counts::default() }
    }

    /// How many cells fit, from `known` where it was counted already.
    fn counted(&self, known: &OnceCell<usize>, fits: impl Fn(Cell<'s>, &str, &mut Conversions) -> bool) -> usize {
        *known.get_or_init(|| {
            let mut log = Conversions::default();
            self.cells.iter().filter(|&&cell| fits(cell, &fold(&text_of(cell)), &mut log)).count()
        })
    }

    fn dates(&self) -> usize {
        // A bare number is a date only to those who already know that it is one.
        self.counted(&self.counts.dates, |cell, folded, log| {
            !matches!(cell, Cell::Number { .. })
                && folded.len() >= 6
                && is_value(super::value::dates(cell, &self.context, log))
        })
    }

    /// Whether the column is filled and nearly all of its cells are dates that show it.
    pub fn holds_dates(&self) -> bool {
        !self.is_empty() && self.share(self.dates()) >= 80
    }

    fn numbers(&self) -> usize {
        let scale = super::value::Scale::default();
        self.counted(&self.counts.numbers, |cell, _, log| is_value(super::value::number(cell, &scale, log)))
    }

    fn ratios(&self) -> usize {
        self.counted(&self.counts.ratios, |cell, _, log| is_value(super::value::ratio(cell, false, log)))
    }

    fn yes_no(&self) -> usize {
        let words = super::value::YesNoWords::default();
        self.counted(&self.counts.yes_no, |cell, _, log| is_value(super::value::yes_no(cell, &words, log)))
    }

    fn persons(&self) -> usize {
        self.counted(&self.counts.persons, |_, folded, _| is_person(folded))
    }

    fn phones(&self) -> usize {
        self.counted(&self.counts.phones, |_, folded, _| {
            let id = folded.trim_matches(|c: char| !c.is_ascii_alphanumeric()).as_bytes();
            id.len() == 11 && id[0] == b'1' && id.iter().all(u8::is_ascii_digit)
        })
    }

    /// How many cells name entries of the list and nothing else.
    fn listed(&self, list: &ListIndex) -> usize {
        let is_named = |text: &str| (2..=20).contains(&text.chars().count()) && list.exact(text).is_some();
        let names = |cell: &&Cell<'_>| {
            let text = text_of(**cell);
            let folded = fold(&text);
            let mut parts = folded.split(['、', ',', ';']).map(|part| part.trim_matches(is_space));
            matches!(cell, Cell::Text(_)) && (is_named(&folded) || folded.len() <= 120 && parts.all(is_named))
        };
        self.cells.iter().filter(names).count()
    }

    /// How many cells hold a code of the list, if only as a word in a longer text.
    fn naming(&self, list: &ListIndex) -> usize {
        let mut log = Conversions::default();
        let names = |cell: &&Cell<'_>| {
            is_value(super::value::code(**cell, list, &mut log))
                || is_value(super::value::codes(**cell, list, &mut log))
        };
        self.cells.iter().filter(names).count()
    }

    fn distinct(&self) -> usize {
        self.cells.iter().map(|cell| text_of(*cell)).collect::<BTreeSet<_>>().len()
    }

    /// Whether no cell is filled.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Whether both columns hold the same.
    pub fn same_values(&self, other: &Sample<'_>) -> bool {
        self.cells == other.cells
    }

    /// Whether some bare number of the column is above 1, so that under a heading that says per cent all of them are.
    pub fn is_percent(&self) -> bool {
        self.cells.iter().any(|cell| match *cell {
            Cell::Number { value, percent: false } => value > 1.0,
            Cell::Text(text) => fold(text).parse::<f64>().is_ok_and(|value| value > 1.0),
            _ => false,
        })
    }

    fn share(&self, count: usize) -> u8 {
        if self.cells.is_empty() { 0 } else { (count * 100 / self.cells.len()) as u8 }
    }

    /// The share of cells, in per cent, that a field of this type could read; `None` where there are too few to tell.
    pub fn fit(&self, ty: &FieldType) -> Option<u8> {
        if self.cells.len() < 2 {
            return None;
        }
        Some(match ty {
            FieldType::Text | FieldType::Period => return None,
            FieldType::YesNo => self.share(self.yes_no()),
            FieldType::Integer | FieldType::Decimal => self.share(self.numbers()),
            FieldType::Ratio => self.share(self.ratios()),
            FieldType::Date | FieldType::Dates => self.share(self.dates()),
            FieldType::Code(id) | FieldType::Codes(id) => self.lists.get(id).map_or(0, |list| {
                // A code found in longer texts keeps the column from being refused, and is no evidence for it.
                self.share(self.listed(&list)).max(self.share(self.naming(&list)).min(NAMING))
            }),
            FieldType::IdNumber => self.share(self.identities().0),
        })
    }

    /// As [`Sample::fit`], with the field's own spellings of yes and no, and the names by which a question is answered.
    pub fn fit_field(&self, field: &Field) -> Option<u8> {
        if field.ty != FieldType::YesNo || self.cells.len() < 2 {
            return self.fit(&field.ty);
        }
        let words = super::value::YesNoWords::new(field);
        let mut log = Conversions::default();
        let names_person = |cell: Cell<'_>| field.personal == Some(Personal::Name) && is_person(&fold(&text_of(cell)));
        let fits = |cell: &&Cell<'_>| {
            matches!(super::value::yes_no(**cell, &words, &mut log), Reading::Value(_))
                || ends_as(field, **cell)
                || names_person(**cell)
        };
        Some(self.share(self.cells.iter().filter(fits).count()))
    }

    /// How many filled cells are looked at.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// The share of cells that read as a value of the field, or that look like one where it takes any text; `None` where
    /// there are too few to tell, or nothing to tell by.
    pub fn likeness(&self, field: &Field) -> Option<u8> {
        if self.cells.len() < 2 {
            return None;
        }
        match field.personal {
            _ if field.ty == FieldType::YesNo => self.fit_field(field),
            Some(Personal::Name) => Some(self.share(self.persons())),
            Some(Personal::Phone) => Some(self.share(self.phones())),
            _ if field.ty == FieldType::Text && !field.endings.is_empty() => Some(self.share(self.ending(field))),
            _ => self.fit_field(field),
        }
    }

    /// How many cells end as the values of the field do.
    fn ending(&self, field: &Field) -> usize {
        self.cells.iter().filter(|cell| ends_as(field, **cell)).count()
    }

    /// How many cells are identity numbers of 18 places, and how many of those have the right check digit.
    fn identities(&self) -> (usize, usize) {
        *self.counts.identities.get_or_init(|| self.count_identities())
    }

    fn count_identities(&self) -> (usize, usize) {
        let (mut ids, mut good) = (0, 0);
        for cell in &self.cells {
            let text = text_of(*cell);
            let folded = fold(&text);
            let id = folded.trim_matches(|c: char| !c.is_ascii_alphanumeric()).as_bytes();
            if id.len() == 18 && id[..17].iter().all(u8::is_ascii_digit) {
                ids += 1;
                good += usize::from(check_digit_is_right(id));
            }
        }
        (ids, good)
    }

    /// Whether the column is filled and hardly any cell is an identity number.
    pub fn holds_no_identity(&self) -> bool {
        self.cells.len() >= 3 && self.share(self.identities().0) < 10
    }

    /// Whether nearly all cells are identity numbers with the right check digit.
    pub fn is_identity(&self) -> bool {
        self.cells.len() >= 3 && self.share(self.identities().1) >= 80
    }

    /// Whether the cells answer a question, with both yes and no, and mostly in words that only this field has for them.
    fn says_own_words(&self, field: &Field) -> bool {
        if self.cells.len() < 3 || field.yes.is_empty() || field.no.is_empty() {
            return false;
        }
        let (own, common) = (super::value::YesNoWords::new(field), super::value::YesNoWords::default());
        let mut log = Conversions::default();
        let (mut yes, mut no, mut shared) = (0, 0, 0);
        for &cell in &self.cells {
            match super::value::yes_no(cell, &own, &mut log) {
                Reading::Value(Value::YesNo(true)) => yes += 1,
                Reading::Value(Value::YesNo(false)) => no += 1,
                _ => continue,
            }
            shared += usize::from(is_value(super::value::yes_no(cell, &common, &mut log)));
        }
        yes > 0 && no > 0 && self.share(yes + no) >= 80 && self.share(shared) <= 20
    }

    /// Whether the field takes names, no cell looks like one, and the cells speak for another of these fields: 取药人 over 本人
    /// and 家属 says whether somebody else came, and not who.
    pub fn is_no_name(&self, field: &Field, others: &[Arc<Field>]) -> bool {
        field.personal == Some(Personal::Name)
            && self.likeness(field) == Some(0)
            && others.iter().any(|other| self.speaks_for(other).is_some())
    }

    /// How strongly the cells alone speak for a field, where they do.
    pub fn speaks_for(&self, field: &Field) -> Option<u8> {
        if field.ty == FieldType::YesNo {
            // Names answer the question where a heading asks it, and are no evidence for it; words for yes and no that only
            // this question has are: 牵头 and 成员.
            return self.says_own_words(field).then_some(76);
        }
        if !field.endings.is_empty() && self.cells.len() >= 2 {
            return (self.share(self.ending(field)) >= 80).then_some(77);
        }
        if self.cells.len() < 3 {
            return None;
        }
        if field.personal == Some(Personal::Name) {
            // Words of a list may begin like a name: 高血压, 王牌.
            let is_listed = || self.lists.all().any(|(_, list)| self.share(self.listed(&list)) >= 20);
            return (self.share(self.persons()) >= 90 && !is_listed()).then_some(75);
        }
        match &field.ty {
            FieldType::IdNumber => (self.share(self.identities().1) >= 80).then_some(85),
            FieldType::Code(id) => {
                let hits = self.lists.get(id).map_or(0, |list| self.listed(&list));
                (self.share(hits) >= 80 && self.distinct() >= 2).then_some(78)
            }
            _ if field.personal == Some(Personal::Phone) => (self.share(self.phones()) >= 80).then_some(80),
            _ => None,
        }
    }
}
