//! Types, values and typed expressions: what the text of a condition is compiled to.

use std::sync::Arc;

use crate::model::{Date, Decimal, FieldType, Period};

/// The type of an expression. Code lists are positions in [`super::Program::lists`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Type {
    Bool,
    Number,
    Date,
    Dates,
    Period,
    Text,
    Code(u16),
    Codes(u16),
}

impl Type {
    /// The word for the type in messages, in Chinese and English.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Type::Bool => ("条件（是/否）", "a condition"),
            Type::Number => ("数", "a number"),
            Type::Date => ("日期", "a date"),
            Type::Dates => ("多个日期", "several dates"),
            Type::Period => ("所属期", "a period"),
            Type::Text => ("文本", "a text"),
            Type::Code(_) => ("代码", "a code"),
            Type::Codes(_) => ("多个代码", "several codes"),
        }
    }
}

/// One value.
#[derive(Clone, PartialEq, Debug)]
pub enum Scalar {
    Bool(bool),
    Number(Decimal),
    Date(Date),
    Period(Period),
    Text(Arc<str>),
    /// Position in the code list.
    Code(u16),
}

impl Scalar {
    pub fn text(&self) -> Option<&str> {
        match self {
            Scalar::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reasons of an unknown value as a set of bits; each bit is a position in the list of [`Atom`]s. 0 means known.
pub type Why = u64;

/// There is no record at all: `MAX` over nothing.
pub const WHY_NOTHING: Why = 1;
/// A number that nine places cannot hold.
pub const WHY_RANGE: Why = 1 << 1;
/// No reporting period is known.
pub const WHY_PERIOD: Why = 1 << 2;
/// The calendar files do not cover the year.
pub const WHY_CALENDAR: Why = 1 << 3;
/// The rule itself says NULL: these values decide nothing.
pub const WHY_NULL: Why = 1 << 4;

/// Where the values of a column come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// A field of the record, by its position in the ledger kind.
    Record(u16),
    /// A field of the member of the population, by its position in the register's kind or among a list's attributes.
    Member(u16),
    /// A field of the record joined by the join of this position.
    Joined(u8, u16),
}

/// What one bit of a [`Why`] stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Atom {
    Nothing,
    Range,
    Period,
    Calendar,
    Null,
    Blank(Vec<Slot>),
    Unreadable(Vec<Slot>),
    Absent(Vec<Slot>),
    /// The ledger kind was not submitted.
    NoLedger(Arc<str>),
    /// The ledger kind has no record for the key.
    NoRecord(Arc<str>),
}

/// The bits that a column of values sets where it has none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SlotWhy {
    pub blank: Why,
    pub unreadable: Why,
    pub absent: Why,
    pub no_record: Why,
    pub no_ledger: Why,
}

/// The list that gives the bits of one rule (or one item of it) their meaning.
#[derive(Clone, Debug)]
pub struct Atoms {
    list: Vec<Atom>,
}

/// Bits from here on are shared by all slots that come later: blank, unreadable, absent.
const SHARED: usize = 61;

impl Default for Atoms {
    fn default() -> Atoms {
        Atoms { list: vec![Atom::Nothing, Atom::Range, Atom::Period, Atom::Calendar, Atom::Null] }
    }
}

/// The bits that say only that a whole sheet or ledger lacks something, and those that blame nothing.
#[derive(Clone, Copy, Debug)]
pub struct Lacks {
    absent: Why,
    silent: Why,
}

impl Lacks {
    /// Whether nothing else is to blame; that the values decide nothing (a NULL of the rule) does not count beside what is absent.
    pub fn explains(&self, why: Why) -> bool {
        why & !(self.absent | self.silent) == 0 && (why & self.silent == 0 || why & self.absent != 0)
    }
}

impl Atoms {
    /// All atoms whose bit is set in `why`.
    pub fn of(&self, why: Why) -> impl Iterator<Item = &Atom> {
        self.list.iter().enumerate().filter(move |(bit, _)| why >> bit & 1 == 1).map(|(_, atom)| atom)
    }

    /// Tells the reasons that say only that a whole sheet or ledger lacks something.
    pub fn lacks(&self) -> Lacks {
        Lacks {
            absent: self.bits_where(|atom| matches!(atom, Atom::Absent(_) | Atom::NoLedger(_))),
            silent: self.bits_where(|atom| matches!(atom, Atom::Null)),
        }
    }

    fn bits_where(&self, test: impl Fn(&Atom) -> bool) -> Why {
        self.list.iter().enumerate().filter(|(_, atom)| test(atom)).fold(0, |bits, (bit, _)| bits | 1 << bit)
    }

    fn bit(&mut self, atom: Atom) -> Why {
        if let Some(bit) = self.list.iter().position(|known| *known == atom) {
            return 1 << bit;
        }
        if self.list.len() < SHARED {
            self.list.push(atom);
            return 1 << (self.list.len() - 1);
        }
        // A rule that reads more fields than there are bits names the late ones together.
        if self.list.len() == SHARED {
            self.list.extend([Atom::Blank(Vec::new()), Atom::Unreadable(Vec::new()), Atom::Absent(Vec::new())]);
        }
        let (bit, slots) = match (atom, &mut self.list[SHARED..]) {
            (Atom::Blank(slots), [Atom::Blank(shared), ..]) => (SHARED, (slots, shared)),
            (Atom::Unreadable(slots), [_, Atom::Unreadable(shared), _]) => (SHARED + 1, (slots, shared)),
            (Atom::Absent(slots), [.., Atom::Absent(shared)]) => (SHARED + 2, (slots, shared)),
            _ => return WHY_NOTHING,
        };
        let (new, shared) = slots;
        for slot in new {
            if !shared.contains(&slot) {
                shared.push(slot);
            }
        }
        1 << bit
    }

    /// The bits of a column.
    pub(super) fn slot(&mut self, slot: Slot, ledger: Option<&Arc<str>>) -> SlotWhy {
        let mut why = SlotWhy {
            blank: self.bit(Atom::Blank(vec![slot])),
            unreadable: self.bit(Atom::Unreadable(vec![slot])),
            absent: self.bit(Atom::Absent(vec![slot])),
            ..SlotWhy::default()
        };
        if let Some(ledger) = ledger {
            (why.no_record, why.no_ledger) = self.ledger(ledger);
        }
        why
    }

    /// The bits for a missing record and a missing ledger of this kind.
    pub(super) fn ledger(&mut self, ledger: &Arc<str>) -> (Why, Why) {
        (self.bit(Atom::NoRecord(ledger.clone())), self.bit(Atom::NoLedger(ledger.clone())))
    }
}

/// A typed expression.
#[derive(Clone, Debug)]
pub struct Node {
    pub ty: Type,
    pub op: Op,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cmp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arith {
    Add,
    Sub,
    Mul,
}

/// What is asked about a cell rather than about its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CellTest {
    Present,
    Recognised,
    HasColumn,
    StatedNever,
    Negative,
}

impl CellTest {
    /// Whether the cell as written is asked, and not only its state.
    pub fn asks_text(self) -> bool {
        matches!(self, CellTest::StatedNever | CellTest::Negative)
    }
}

#[derive(Clone, Debug)]
pub enum Op {
    Const(Scalar),
    Null,
    Column(Slot, SlotWhy),
    Aggregate(usize),
    AsOf,
    Period,
    ReportingPeriod,
    /// A value for each position of the argument's code list: attributes, and codes as texts.
    CodeTable(Box<Node>, Arc<[Arc<str>]>),
    /// Whether the argument's code is one of a set, by position.
    CodeIn(Box<Node>, Arc<[bool]>),
    /// Whether any of these bits is set in several codes.
    CodesAny(Box<Node>, u64),
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    /// Both sides have the same type.
    Compare(Cmp, Box<Node>, Box<Node>),
    /// The text equals one of some constants.
    TextIn(Box<Node>, Arc<[Arc<str>]>),
    /// The text matches a pattern with `%` and `_`.
    Like(Box<Node>, Arc<[char]>),
    /// The text contains any of the words.
    Contains(Box<Node>, Arc<[Arc<str>]>),
    /// Null where only these bits are set; unknown where others are.
    IsNull(Box<Node>, Why),
    /// Whether a condition is true, false or unknown, as a plain yes or no.
    IsTruth(Box<Node>, Option<bool>),
    Arith(Arith, Box<Node>, Box<Node>),
    Case(Vec<(Node, Node)>, Box<Node>),
    /// The first that is known; unknown at once where one of these bits is set.
    Coalesce(Vec<Node>, Why),
    Cell(CellTest, Slot, SlotWhy),
    /// Whether the joined record exists; the bit for a ledger that was not submitted.
    Found(u8, Why),
    Call(super::Function, Vec<Node>),
}

impl Node {
    pub(super) fn new(ty: Type, op: Op) -> Node {
        Node { ty, op }
    }

    /// The nodes directly below, in the order they are written.
    pub fn children(&self) -> Vec<&Node> {
        match &self.op {
            Op::Const(_)
            | Op::Null
            | Op::Column(..)
            | Op::Aggregate(_)
            | Op::AsOf
            | Op::Period
            | Op::ReportingPeriod
            | Op::Cell(..)
            | Op::Found(..) => Vec::new(),
            Op::CodeTable(node, _)
            | Op::CodeIn(node, _)
            | Op::CodesAny(node, _)
            | Op::Not(node)
            | Op::TextIn(node, _)
            | Op::Like(node, _)
            | Op::Contains(node, _)
            | Op::IsNull(node, _)
            | Op::IsTruth(node, _) => vec![node],
            Op::Compare(_, left, right) | Op::Arith(_, left, right) => vec![left, right],
            Op::And(nodes) | Op::Or(nodes) | Op::Coalesce(nodes, _) | Op::Call(_, nodes) => nodes.iter().collect(),
            Op::Case(branches, otherwise) => {
                let mut nodes: Vec<&Node> = branches.iter().flat_map(|(test, value)| [test, value]).collect();
                nodes.push(otherwise);
                nodes
            }
        }
    }

    /// Calls `visit` for this node and all below it, in the order they are written.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Node)) {
        visit(self);
        for child in self.children() {
            child.walk(visit);
        }
    }

    /// The columns that are read, each once, in the order they are written.
    pub fn slots(&self) -> Vec<Slot> {
        let mut slots = Vec::new();
        self.walk(&mut |node| {
            if let Op::Column(slot, _) | Op::Cell(_, slot, _) = node.op
                && !slots.contains(&slot)
            {
                slots.push(slot);
            }
        });
        slots
    }

    /// The aggregates that are read.
    pub fn aggregates(&self) -> Vec<usize> {
        let mut found = Vec::new();
        self.walk(&mut |node| {
            if let Op::Aggregate(index) = node.op {
                found.push(index);
            }
        });
        found
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AggregateKind {
    Count,
    Distinct,
    Sum,
    Min,
    Max,
    And,
    Or,
    /// Whole months, first day and last day of the longest span, after merging spans at most so many days apart.
    LongestMonths(i32),
    LongestStart(i32),
    LongestEnd(i32),
    SpanDays,
}

/// A value computed over the records of a group or of a member.
#[derive(Clone, Debug)]
pub struct Aggregate {
    pub kind: AggregateKind,
    pub args: Vec<Node>,
    pub filter: Option<Node>,
    pub ty: Type,
}

/// The type of a field's values in conditions, with the lists numbered by `list`.
pub(super) fn field_type(ty: &FieldType, list: impl Fn(&str) -> Option<u16>) -> Option<Type> {
    Some(match ty {
        FieldType::Text | FieldType::IdNumber => Type::Text,
        FieldType::YesNo => Type::Bool,
        FieldType::Integer | FieldType::Decimal | FieldType::Ratio => Type::Number,
        FieldType::Date => Type::Date,
        FieldType::Dates => Type::Dates,
        FieldType::Period => Type::Period,
        FieldType::Code(name) => Type::Code(list(name)?),
        FieldType::Codes(name) => Type::Codes(list(name)?),
    })
}
