//! What differs between SQL engines: names, literals, lists of dates, and helper functions that a script declares first.

use super::tables::{ColumnPart, ColumnType, SURROUNDINGS, Table};
use crate::model::{Date, Grid};

/// An engine that queries are written for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    DuckDb,
    Spark,
}

impl Dialect {
    pub const ALL: [Dialect; 2] = [Dialect::DuckDb, Dialect::Spark];

    pub fn name(self) -> &'static str {
        match self {
            Dialect::DuckDb => "duckdb",
            Dialect::Spark => "spark",
        }
    }

    pub fn parse(name: &str) -> Option<Dialect> {
        Dialect::ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    /// The declarations that the queries rest on.
    pub fn prelude(self) -> &'static str {
        match self {
            Dialect::DuckDb => include_str!("duckdb.sql"),
            Dialect::Spark => include_str!("spark.sql"),
        }
    }

    pub fn ident(self, name: &str) -> String {
        match self {
            Dialect::DuckDb => format!("\"{}\"", name.replace('"', "\"\"")),
            Dialect::Spark => format!("`{}`", name.replace('`', "``")),
        }
    }

    pub(super) fn text(self, text: &str) -> String {
        match self {
            Dialect::DuckDb => format!("'{}'", text.replace('\'', "''")),
            Dialect::Spark => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        }
    }

    pub(super) fn date(self, date: Date) -> String {
        format!("DATE '{date}'")
    }

    pub(super) fn type_name(self, ty: ColumnType) -> &'static str {
        match (self, ty) {
            (Dialect::DuckDb, ColumnType::Text) => "VARCHAR",
            (Dialect::Spark, ColumnType::Text) => "STRING",
            (_, ColumnType::Whole) => "BIGINT",
            (_, ColumnType::Number) => "DECIMAL(38,9)",
            (_, ColumnType::YesNo) => "BOOLEAN",
            (_, ColumnType::Date) => "DATE",
            (Dialect::DuckDb, ColumnType::Dates) => "DATE[]",
            (Dialect::Spark, ColumnType::Dates) => "ARRAY<DATE>",
            (Dialect::DuckDb, ColumnType::Codes) => "VARCHAR[]",
            (Dialect::Spark, ColumnType::Codes) => "ARRAY<STRING>",
        }
    }

    /// One row for each element of a list.
    pub(super) fn unnest(self, list: &str) -> String {
        match self {
            Dialect::DuckDb => format!("unnest({list})"),
            Dialect::Spark => format!("explode({list})"),
        }
    }

    pub(super) fn list(self, elements: &[String]) -> String {
        match self {
            Dialect::DuckDb => format!("[{}]", elements.join(", ")),
            Dialect::Spark => format!("array({})", elements.join(", ")),
        }
    }

    pub(super) fn size(self, list: &str) -> String {
        match self {
            Dialect::DuckDb => format!("len({list})"),
            Dialect::Spark => format!("size({list})"),
        }
    }

    pub(super) fn overlaps(self, list: &str, other: &str) -> String {
        match self {
            Dialect::DuckDb => format!("list_has_any({list}, {other})"),
            Dialect::Spark => format!("arrays_overlap({list}, {other})"),
        }
    }

    /// The elements of a list as one text.
    pub(super) fn joined(self, list: &str) -> String {
        match self {
            Dialect::DuckDb => format!("array_to_string(CAST({list} AS VARCHAR[]), '、')"),
            Dialect::Spark => format!("array_join(CAST({list} AS ARRAY<STRING>), '、')"),
        }
    }

    /// How many elements of a list of dates lie between two days.
    pub(super) fn count_within(self, list: &str, from: &str, to: &str) -> String {
        match self {
            Dialect::DuckDb => format!("len([x FOR x IN {list} IF x >= {from} AND x <= {to}])"),
            Dialect::Spark => format!("size(filter({list}, x -> x >= {from} AND x <= {to}))"),
        }
    }

    /// The first days of the periods of a grid in which the dates of a list lie, each once.
    pub(super) fn starts_of(self, grid: Grid, list: &str) -> String {
        let start = self.start("x", grid);
        match self {
            Dialect::DuckDb => format!("list_distinct([{start} FOR x IN {list}])"),
            Dialect::Spark => format!("array_distinct(transform({list}, x -> {start}))"),
        }
    }

    /// How many different dates the lists of a group hold.
    pub(super) fn distinct_dates(self, list: &str, filter: &str) -> String {
        match self {
            Dialect::DuckDb => {
                format!("COALESCE(len(list_distinct(flatten(list({list}) FILTER (WHERE {filter})))), 0)")
            }
            Dialect::Spark => {
                format!("size(array_distinct(flatten(collect_list({list}) FILTER (WHERE {filter}))))")
            }
        }
    }

    /// The smallest element of a list of dates, and the largest.
    pub(super) fn list_ends(self, list: &str) -> (String, String) {
        match self {
            Dialect::DuckDb => (format!("list_min({list})"), format!("list_max({list})")),
            Dialect::Spark => (format!("array_min({list})"), format!("array_max({list})")),
        }
    }

    /// First day of the period of the grid that contains a day.
    pub(super) fn start(self, day: &str, grid: Grid) -> String {
        let word = match grid {
            Grid::Week => "week",
            Grid::Month => "month",
            Grid::Quarter => "quarter",
            Grid::Year => "year",
            Grid::Half => {
                return format!("make_date(year({day}), CASE WHEN month({day}) <= 6 THEN 1 ELSE 7 END, 1)");
            }
        };
        format!("CAST(date_trunc('{word}', {day}) AS DATE)")
    }

    /// Last day of the period of the grid that begins on a day.
    pub(super) fn end(self, start: &str, grid: Grid) -> String {
        match (self, grid) {
            (Dialect::DuckDb, Grid::Week) => format!("({start} + 6)"),
            (Dialect::Spark, Grid::Week) => format!("date_add({start}, 6)"),
            (Dialect::DuckDb, grid) => {
                format!("(CAST({start} + INTERVAL {} MONTH AS DATE) - 1)", months(grid))
            }
            (Dialect::Spark, grid) => format!("date_add(add_months({start}, {}), -1)", months(grid)),
        }
    }

    /// The first days of the periods of the grid that lie wholly between two days.
    pub(super) fn split(self, from: &str, to: &str, grid: Grid) -> String {
        let start = self.start(from, grid);
        match self {
            Dialect::DuckDb => {
                let step = if grid == Grid::Week { "7 DAY".to_owned() } else { format!("{} MONTH", months(grid)) };
                let end = self.end("CAST(x AS DATE)", grid);
                format!(
                    "[CAST(x AS DATE) FOR x IN generate_series(CAST({start} AS TIMESTAMP), CAST({to} AS TIMESTAMP), \
                     INTERVAL {step}) IF CAST(x AS DATE) >= {from} AND {end} <= {to}]"
                )
            }
            Dialect::Spark => {
                let step = if grid == Grid::Week { "7 DAY".to_owned() } else { format!("{} MONTH", months(grid)) };
                let end = self.end("x", grid);
                format!("filter(sequence({start}, {to}, INTERVAL {step}), x -> x >= {from} AND {end} <= {to})")
            }
        }
    }

    /// A statement that makes a ledger kind's table known, from the files of its folder below `folder`. `reporting`
    /// are the fields that name the reporting period of a record.
    pub(super) fn load(self, table: &Table, folder: &str, reporting: &[String]) -> String {
        let file_type = |ty: ColumnType| match ty {
            ColumnType::Dates | ColumnType::Codes => self.type_name(ColumnType::Text),
            ty => self.type_name(ty),
        };
        let columns: Vec<(&str, ColumnType)> =
            table.columns.iter().map(|column| (column.name.as_str(), column.ty)).collect();
        let typed: Vec<(&str, &str)> = columns.iter().map(|(name, ty)| (*name, file_type(*ty))).collect();
        let mut chosen: Vec<String> = Vec::new();
        for column in &table.columns {
            let own = format!("r.{}", self.ident(&column.name));
            let expression = match (column.part, column.ty) {
                (ColumnPart::Key(_) | ColumnPart::Name(_), _) => {
                    let text = column.name.rsplit_once("__").map_or("", |(text, _)| text);
                    // A form of which nothing remains stands as one space.
                    format!("COALESCE(trim({own}), r.{})", self.ident(text))
                }
                (_, ColumnType::Dates) => match self {
                    Dialect::DuckDb => format!("CAST(string_split({own}, '|') AS DATE[])"),
                    Dialect::Spark => format!("CAST(split({own}, '[|]') AS ARRAY<DATE>)"),
                },
                (_, ColumnType::Codes) => match self {
                    Dialect::DuckDb => format!("string_split({own}, '|')"),
                    Dialect::Spark => format!("split({own}, '[|]')"),
                },
                _ => own,
            };
            chosen.push(format!("{expression} AS {}", self.ident(&column.name)));
        }
        for (suffix, own) in [("", "period"), ("__from", "period_from"), ("__to", "period_to")] {
            let mut parts: Vec<String> =
                reporting.iter().map(|field| format!("r.{}", self.ident(&format!("{field}{suffix}")))).collect();
            parts.push(format!("s.{}", self.ident(own)));
            chosen.push(format!("COALESCE({}) AS {}", parts.join(", "), self.ident(&format!("_{own}"))));
        }
        chosen.push(format!("COALESCE(s.is_secondary, FALSE) AS {}", self.ident("_secondary")));
        let (file, source) = self.file(&table.name, folder, &typed);
        let sources = self.ident("_sources");
        let select = format!(
            "SELECT {}\nFROM {source} AS r LEFT JOIN {sources} AS s ON s.source = r.{}",
            chosen.join(", "),
            self.ident("_source")
        );
        let name = self.ident(&table.name);
        match self {
            Dialect::DuckDb => format!("CREATE OR REPLACE TABLE {name} AS {select};\n"),
            Dialect::Spark => format!("{file}CREATE OR REPLACE TEMPORARY VIEW {name} AS {select};\n"),
        }
    }

    /// Statements that make the tables beside the ledgers known.
    pub(super) fn load_surroundings(self, folder: &str) -> String {
        let mut statements = String::new();
        for (name, columns) in SURROUNDINGS {
            let typed: Vec<(&str, &str)> = columns.iter().map(|(name, ty)| (*name, self.type_name(*ty))).collect();
            let (file, source) = self.file(name, folder, &typed);
            let table = self.ident(name);
            statements += &match self {
                Dialect::DuckDb => format!("CREATE OR REPLACE TABLE {table} AS SELECT * FROM {source};\n"),
                Dialect::Spark => {
                    format!("{file}CREATE OR REPLACE TEMPORARY VIEW {table} AS SELECT * FROM {source};\n")
                }
            };
        }
        statements
    }

    /// The files of a table: a statement that comes before, and what stands after FROM.
    fn file(self, table: &str, folder: &str, columns: &[(&str, &str)]) -> (String, String) {
        match self {
            Dialect::DuckDb => {
                let types: Vec<String> =
                    columns.iter().map(|(name, ty)| format!("{}: '{ty}'", self.text(name))).collect();
                let path = self.text(&format!("{folder}/{table}/*.csv"));
                let source = format!(
                    "read_csv({path}, header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', \
                     nullstr = '', columns = {{{}}})",
                    types.join(", ")
                );
                (String::new(), source)
            }
            Dialect::Spark => {
                let types: Vec<String> =
                    columns.iter().map(|(name, ty)| format!("{} {ty}", self.ident(name))).collect();
                let name = self.ident(&format!("{table}__files"));
                let path = self.text(&format!("{folder}/{table}"));
                let statement = format!(
                    "CREATE OR REPLACE TEMPORARY VIEW {name} ({}) USING csv OPTIONS (path {path}, header 'true', \
                     multiLine 'true', quote '\"', escape '\"', nullValue '');\n",
                    types.join(", ")
                );
                (statement, name)
            }
        }
    }
}

fn months(grid: Grid) -> u8 {
    match grid {
        Grid::Week => 0,
        Grid::Month => 1,
        Grid::Quarter => 3,
        Grid::Half => 6,
        Grid::Year => 12,
    }
}
