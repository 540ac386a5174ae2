//! The tables that exported records stand in: names, columns and types, the same for every choice of rules.

use std::sync::Arc;

use crate::model::FieldType;
use crate::pack::LedgerKind;
use crate::rule::compile::IDENTITY_NAMES;

/// The type of a column in an engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ColumnType {
    Text,
    Whole,
    /// Exact, with nine places.
    Number,
    YesNo,
    Date,
    /// `2024-03-01|2024-03-08`
    Dates,
    /// Codes with `|` between.
    Codes,
}

/// What a column of a record says about its field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ColumnPart {
    /// Source, row of the sheet from 1, number of the record, and who answers for it.
    Source,
    Row,
    Record,
    Unit,
    /// The value; nothing where there is none.
    Value(u16),
    /// Nothing where the value stands, else `blank`, `never`, `unreadable` or `absent`.
    State(u16),
    /// The text without differences of width, case and spaces, where that is not the text itself.
    Key(u16),
    /// The same without punctuation, for the names that identify.
    Name(u16),
    /// First and last day of a period.
    From(u16),
    To(u16),
}

/// One column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableColumn {
    pub name: String,
    pub ty: ColumnType,
    pub part: ColumnPart,
}

/// The table that the records of a ledger kind stand in.
#[derive(Clone, Debug)]
pub struct Table {
    pub name: String,
    pub columns: Vec<TableColumn>,
}

/// The tables beside those of the ledgers, with their columns.
pub const SURROUNDINGS: [(&str, &[(&str, ColumnType)]); 4] = {
    use ColumnType::{Date, Text, Whole, YesNo};
    [
        ("_run", &[("as_of", Date), ("calendar_from", Date), ("calendar", Text)]),
        (
            "_sources",
            &[
                ("source", Whole),
                ("file", Text),
                ("sheet", Text),
                ("ledger", Text),
                ("unit", Text),
                ("period", Text),
                ("period_from", Date),
                ("period_to", Date),
                ("is_secondary", YesNo),
            ],
        ),
        ("_ledgers", &[("ledger", Text), ("records", Whole), ("is_complete", YesNo)]),
        ("_regions", &[("text", Text), ("level", Text), ("city", Text), ("province", Text)]),
    ]
};

/// The name of a ledger kind's table.
pub fn table_name(kind: &str) -> String {
    kind.replace('-', "_")
}

/// The table of a ledger kind.
pub fn table(kind: &LedgerKind) -> Table {
    use ColumnPart as P;
    use ColumnType as T;
    let mut columns = Vec::new();
    let mut add = |name: String, ty, part| columns.push(TableColumn { name, ty, part });
    add("_source".to_owned(), T::Whole, P::Source);
    add("_row".to_owned(), T::Whole, P::Row);
    add("_record".to_owned(), T::Whole, P::Record);
    add("_unit".to_owned(), T::Text, P::Unit);
    for (position, field) in kind.fields.iter().enumerate() {
        let position = position as u16;
        let name = &field.name;
        add(name.to_string(), column_type(&field.ty), P::Value(position));
        add(format!("{name}__state"), T::Text, P::State(position));
        match field.ty {
            FieldType::Text | FieldType::IdNumber | FieldType::Code(_) => {
                add(format!("{name}__key"), T::Text, P::Key(position));
                if has_name(name) {
                    add(format!("{name}__name"), T::Text, P::Name(position));
                }
            }
            FieldType::Period => {
                add(format!("{name}__from"), T::Date, P::From(position));
                add(format!("{name}__to"), T::Date, P::To(position));
            }
            _ => {}
        }
    }
    Table { name: table_name(&kind.id), columns }
}

/// Whether the field is one of those that institutions, persons and villages are told apart by.
pub(super) fn has_name(field: &Arc<str>) -> bool {
    IDENTITY_NAMES.contains(&&**field)
}

fn column_type(ty: &FieldType) -> ColumnType {
    match ty {
        FieldType::Text | FieldType::IdNumber | FieldType::Period | FieldType::Code(_) => ColumnType::Text,
        FieldType::YesNo => ColumnType::YesNo,
        FieldType::Integer | FieldType::Decimal | FieldType::Ratio => ColumnType::Number,
        FieldType::Date => ColumnType::Date,
        FieldType::Dates => ColumnType::Dates,
        FieldType::Codes(_) => ColumnType::Codes,
    }
}
