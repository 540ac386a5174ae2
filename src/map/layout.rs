//! Finds the tables of a sheet: which rows are headings, which columns belong together, where the data begins.

mod levels;

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::dictionary::Dictionary;
use super::grid::Grid;
use super::heading::Heading;
use super::text::{Key, fold, is_space, key, squeeze, words};
use super::wide;
use crate::read::Cell;

/// Rows in which headings are compared by their words, which takes longer than looking them up.
const FIRST_ROWS: u32 = 100;

/// Rows below a row of unknown texts that show whether it heads them.
const BELOW: usize = 3;

/// One table as it stands on the sheet; rows and columns are those of the sheet.
#[derive(Clone, Debug)]
pub struct Layout {
    /// First row of the title lines; equals the first heading row where there are none.
    pub title_from: u32,
    pub header: (u32, u32),
    /// First and last column.
    pub columns: (u32, u32),
    pub headings: Vec<Heading>,
    /// First row that belongs to the next table; `None` where the table runs to the end of the sheet.
    pub end: Option<u32>,
    /// First and last columns of the tables that stand beside it under the same rows of headings.
    pub beside: Vec<(u32, u32)>,
}

/// What `find` may know beyond the dictionary.
pub struct Finder<'f, 'g> {
    pub grid: &'f Grid<'g>,
    pub dictionary: &'f Dictionary,
    /// Whether the user's mapping names the heading.
    pub given: &'f dyn Fn(&str) -> bool,
    /// Whether the user said which kind the sheet is, so that a table is sought even where no heading is known.
    pub forced: bool,
    /// Whether other rows stand above those of the grid.
    pub is_later: bool,
}

/// How a row looks as a row of headings.
struct Look {
    cells: usize,
    /// Cells that are names of fields, or days, weekdays and quarters of a wide layout.
    known: usize,
    /// Cells that are names of fields.
    named: usize,
    /// Known cells that are not about the report itself, as 填报单位 is.
    specific: usize,
    /// Cells that are numbers, dates or long texts, as no heading is.
    values: usize,
}

impl Finder<'_, '_> {
    /// All tables, from top to bottom and from left to right.
    pub fn find(&self) -> Vec<Layout> {
        let mut layouts: Vec<Layout> = Vec::new();
        let mut from = 0;
        let mut title_from = self.grid.rows.first().map_or(0, |row| row.index);
        while let Some(at) = self.next_header(from, &layouts) {
            let (mut top, bottom) = self.extend(at, from);
            if self.is_row_of_titles(top, bottom) {
                top += 1;
            }
            let (first, last) = (self.row(top), self.row(bottom));
            let begins = self.title_begins(top, from, self.is_later || !layouts.is_empty());
            for layout in layouts.iter_mut().filter(|layout| layout.end.is_none()) {
                layout.end = Some(begins);
            }
            if self.is_later || !layouts.is_empty() {
                title_from = begins;
            }
            let segments = self.segments(first, last);
            for &(left, right) in &segments {
                let headings = self.headings(first, last, left, right);
                let (header, columns) = ((first, last), (left, right));
                let beside = segments.iter().copied().filter(|other| *other != columns).collect();
                layouts.push(Layout { title_from, header, columns, headings, end: None, beside });
            }
            from = bottom + 1;
        }
        layouts
    }

    fn row(&self, position: usize) -> u32 {
        self.grid.rows[position].index
    }

    fn look(&self, row: u32) -> Look {
        let mut look = Look { cells: 0, known: 0, named: 0, specific: 0, values: 0 };
        let mut markers: Vec<wide::Marker> = Vec::new();
        let counts_days = self.counts_days(row);
        for ((at_row, at_column), text) in self.grid.cells(row) {
            look.cells += 1;
            if let Some(day) = wide::day_number(text.trim()).filter(|_| counts_days) {
                markers.push(wide::Marker::MonthDay(day));
                continue;
            }
            let is_text = matches!(self.grid.cell(at_row, at_column), Cell::Text(_));
            let folded = fold(&text);
            let marker = wide::marker(&folded, self.grid.cell(at_row, at_column));
            let wide = marker.is_some();
            markers.extend(marker);
            if !is_text && !wide || folded.chars().count() > 60 || folded.parse::<f64>().is_ok() {
                look.values += 1;
                continue;
            }
            let key = key(&text);
            if (self.given)(&text) {
                look.known += 1;
                look.named += 1;
                look.specific += 1;
            } else if !wide && (self.dictionary.knows(&key) || row < FIRST_ROWS && self.is_name_by_words(&key)) {
                look.known += 1;
                look.named += 1;
                look.specific += usize::from(self.dictionary.is_specific(&key));
            }
        }
        // One date and one weekday are a record; the days of a week beside each other are headings.
        let repeated = markers
            .iter()
            .map(|marker| markers.iter().filter(|other| marker.is_like(**other) && *other != marker).count() + 1)
            .max()
            .unwrap_or(0);
        let is_date = |marker: &wide::Marker| matches!(marker, wide::Marker::Date(_));
        let dates = markers.iter().filter(|marker| is_date(marker)).count();
        if repeated >= 2 && (dates < 2 || look.named > 0 || dates >= 5) {
            look.known += repeated;
            look.specific += repeated;
        } else {
            look.values += dates;
        }
        look
    }

    /// Whether the row holds the days of a month as bare numbers.
    fn counts_days(&self, row: u32) -> bool {
        let cells = self.grid.cells(row);
        let texts: Vec<_> = cells.iter().map(|(_, text)| text.trim()).collect();
        wide::counts_days(texts.into_iter())
    }

    /// Whether the heading is a name once words that mean the same are exchanged.
    fn is_name_by_words(&self, key: &Key) -> bool {
        (2..=16).contains(&key.bare.chars().count()) && !self.dictionary.exact(key).is_empty()
    }

    /// The position of the next row that has headings, not counting repeated ones of the tables already found.
    fn next_header(&self, from: usize, layouts: &[Layout]) -> Option<usize> {
        let first = layouts.is_empty();
        for position in from..self.grid.rows.len() {
            let row = self.row(position);
            if !first && !self.may_be_header(position) {
                continue;
            }
            let look = self.look(row);
            if look.known < 2 || look.specific < 1 {
                continue;
            }
            let is_header = if first {
                // Where values stand among them, most must be known: words of the dictionary stand in data too.
                look.known * 3 >= look.cells
                    && look.values * 3 <= look.cells
                    && (look.values == 0 || look.known * 2 >= look.cells)
            } else {
                // Between data rows a second heading must be plain to see.
                look.named >= 2 && look.known * 5 >= look.cells * 3 && look.values == 0 && look.known >= 3
            };
            if is_header && first && look.named * 4 <= look.cells {
                // Dates beside each other may be those of the first record, under headings that nobody knows.
                let above = (from..position).find(|&above| self.is_plain_header(above));
                return Some(above.unwrap_or(position));
            }
            if is_header && !layouts.iter().any(|layout| layout.end.is_none() && self.repeats(row, layout)) {
                return Some(position);
            }
        }
        if first && from == 0 { self.plain_header() } else { None }
    }

    /// Whether a row below a table may be a second heading, as far as its first cell tells; most rows of data may not.
    fn may_be_header(&self, position: usize) -> bool {
        let mut texts = self.grid.rows[position].iter().filter(|cell| *cell != Cell::Empty).take(3);
        let mut any = false;
        let all_texts = texts.all(|cell| match cell {
            Cell::Text(text) if text.len() <= 120 && !text.starts_with(|c: char| c.is_ascii_digit()) => {
                any = any || self.dictionary.knows(&key(text)) || (self.given)(text);
                true
            }
            _ => false,
        });
        all_texts && any
    }

    /// Whether the row has nothing but short texts, each another one, over rows with values under most of them.
    fn stands_over_values(&self, position: usize) -> bool {
        let cells = self.grid.cells(self.row(position));
        let mut texts: Vec<Cow<'_, str>> = cells.iter().map(|(_, text)| fold(text)).collect();
        texts.sort_unstable();
        texts.dedup();
        if cells.len() < 4 || texts.len() * 4 < cells.len() * 3 || texts.iter().any(|text| text.chars().count() > 24) {
            return false;
        }
        let columns: Vec<u32> = cells.iter().map(|((_, column), _)| *column).collect();
        let below: Vec<u32> = (position + 1..self.grid.rows.len()).take(BELOW).map(|at| self.row(at)).collect();
        let is_value = |row: u32, column: u32| {
            let cell = self.grid.cell(row, column);
            let text = self.grid.text(row, column);
            let folded = fold(&text);
            !matches!(cell, Cell::Text(_) | Cell::Empty)
                || folded.starts_with(|c: char| c.is_ascii_digit())
                || matches!(&*folded, "是" | "否" | "有" | "无" | "√" | "×" | "男" | "女")
        };
        let with_values = below.iter().filter(|&&row| {
            let filled = columns.iter().filter(|&&column| !self.grid.text(row, column).is_empty()).count();
            let values = columns.iter().filter(|&&column| is_value(row, column)).count();
            filled * 2 >= columns.len() && values >= 2
        });
        with_values.count() >= 1
    }

    /// Whether the row heads the values below it as far as its shape tells.
    fn is_plain_header(&self, position: usize) -> bool {
        let row = self.row(position);
        let has_label = self.grid.cells(row).iter().any(|(_, text)| text.contains([':', '：']));
        !has_label && self.look(row).values == 0 && self.stands_over_values(position)
    }

    /// Where nothing is known word for word: the first row of several short texts that stands over rows of at least as many cells.
    fn plain_header(&self) -> Option<usize> {
        let mut tried = 0;
        for position in 0..self.grid.rows.len().min(20) {
            let row = self.row(position);
            let cells = self.grid.cells(row);
            if cells.len() < 2 || cells.iter().any(|(_, text)| text.contains([':', '：'])) {
                continue;
            }
            let look = self.look(row);
            if look.values > 0 {
                continue;
            }
            if self.forced || self.stands_over_values(position) {
                return Some(position);
            }
            // Comparing with every name there is takes its time: a few rows and cells must do.
            tried += 1;
            if tried > 5 {
                break;
            }
            let few = &cells[..cells.len().min(12)];
            let alike = few.iter().filter(|(_, text)| self.dictionary.alike_any(&key(text).bare)).count();
            if alike * 2 >= few.len() {
                return Some(position);
            }
        }
        None
    }

    /// Whether the row says the headings of the layout again.
    fn repeats(&self, row: u32, layout: &Layout) -> bool {
        let mut same = 0;
        let mut filled = 0;
        for heading in &layout.headings {
            let text = self.grid.text(row, heading.column);
            if text.is_empty() {
                continue;
            }
            filled += 1;
            let squeezed = squeeze(&text);
            same += usize::from(heading.path.iter().any(|part| *squeeze(part) == *squeezed));
        }
        filled > 0 && same * 5 >= filled * 3
    }

    /// The row with which the title lines of the table whose headings begin at `top` begin.
    fn title_begins(&self, top: usize, from: usize, after_table: bool) -> u32 {
        if !after_table {
            return self.grid.rows.first().map_or(0, |row| row.index);
        }
        let mut begins = top;
        let mut at = top;
        while at > from {
            let row = self.row(at - 1);
            // A gap between two tables belongs to neither; what stands between it and the headings is theirs.
            if self.row(at) - row > 1 && at < top || self.grid.cells(row).is_empty() {
                begins = at;
                break;
            }
            let cells = self.grid.cells(row);
            let text = cells.first().map(|(_, text)| fold(text).into_owned()).unwrap_or_default();
            let is_label_line = cells.iter().all(|(_, text)| text.contains([':', '：']));
            if super::rows::is_total_label(&text) || !(cells.len() <= 1 || is_label_line) {
                break;
            }
            // 填报单位：… may stand below the table before as well as above this one: a title or a gap above it tells.
            match super::rows::note_word(&text) {
                Some(word) if word.contains("单位") || word.ends_with("日期") || word.ends_with("时间") => {
                    at -= 1
                }
                Some(_) => break,
                None => {
                    at -= 1;
                    begins = at;
                }
            }
        }
        self.row(begins)
    }

    /// The columns that have headings in these rows, in groups with a gap between them; a stray column, hidden perhaps, is
    /// none of several tables and goes with the group before it.
    fn groups(&self, first: u32, last: u32) -> Vec<Vec<u32>> {
        let mut groups: Vec<Vec<u32>> = Vec::new();
        for column in 0..self.grid.width {
            if (first..=last).all(|row| self.grid.text(row, column).is_empty()) {
                continue;
            }
            match groups.last_mut() {
                Some(group) if group.last().is_some_and(|&before| before + 1 == column) => group.push(column),
                _ => groups.push(vec![column]),
            }
        }
        if groups.iter().filter(|group| group.len() >= 2).count() > 1 {
            let mut whole: Vec<Vec<u32>> = Vec::new();
            for group in groups.drain(..) {
                match whole.last_mut() {
                    Some(before) if group.len() < 2 => before.extend(group),
                    _ => whole.push(group),
                }
            }
            groups = whole;
        }
        groups
    }

    /// Whether the first of these heading rows holds the titles of several ledgers that stand side by side, one over the
    /// left edge of each, or whose they are where all have the same headings.
    fn is_row_of_titles(&self, top: usize, bottom: usize) -> bool {
        if top >= bottom {
            return false;
        }
        let titles = self.grid.cells(self.row(top));
        let is_title = |text: &str| {
            let text = words(text);
            self.dictionary.titles.iter().flatten().any(|(title, _)| text.contains(title.as_str()))
        };
        let (first, last) = (self.row(top + 1), self.row(bottom));
        let groups = self.groups(first, last);
        let under = |group: &[u32]| group.iter().map(|&column| self.lowest(first, last, column)).collect::<Vec<_>>();
        let says_whose = |text: &str| wide::marker(&fold(text), Cell::Empty).is_none();
        let are_same = || groups.windows(2).all(|pair| under(&pair[0]) == under(&pair[1]));
        titles.len() >= 2
            && titles.len() == groups.len()
            && groups
                .iter()
                .zip(&titles)
                .all(|(group, ((_, column), _))| group.len() >= 3 && group.first() == Some(column))
            && (titles.iter().all(|(_, text)| is_title(text))
                || titles.iter().all(|(_, text)| says_whose(text)) && are_same())
    }

    /// What the lowest of these heading rows that has a text says over a column.
    fn lowest(&self, first: u32, last: u32, column: u32) -> String {
        (first..=last)
            .rev()
            .map(|row| self.grid.text(row, column))
            .find(|text| !text.is_empty())
            .map(|text| key(&text).bare)
            .unwrap_or_default()
    }

    /// First and last columns of the tables that stand side by side under these heading rows.
    fn segments(&self, first: u32, last: u32) -> Vec<(u32, u32)> {
        let groups = self.groups(first, last);
        let named: Vec<u32> = groups.iter().flatten().copied().collect();
        let (Some(&left), Some(&right)) = (named.first(), named.last()) else { return Vec::new() };
        let lowest = |column: u32| self.lowest(first, last, column);
        // Groups that say the same headings again, or that have titles of their own.
        if groups.len() > 1 && groups.iter().all(|group| group.len() >= 2) {
            let keys = |group: &[u32]| group.iter().map(|&column| lowest(column)).collect::<BTreeSet<String>>();
            let base = keys(&groups[0]);
            let same = groups[1..].iter().all(|group| keys(group).intersection(&base).count() * 2 >= group.len());
            let own_titles = first.checked_sub(1).is_some_and(|row| {
                let titles: Vec<u32> = self.grid.cells(row).iter().map(|((_, column), _)| *column).collect();
                titles.len() == groups.len() && groups.iter().all(|group| titles.contains(&group[0]))
            });
            if same || own_titles {
                return groups.iter().map(|group| (group[0], group[group.len() - 1])).collect();
            }
        }
        // The same headings once more without a gap: 姓名 电话 | 姓名 电话.
        if first == last && named.len() >= 4 && named.len() as u32 == right - left + 1 {
            let keys: Vec<String> = named.iter().map(|&column| lowest(column)).collect();
            for length in 2..=keys.len() / 2 {
                if keys.len().is_multiple_of(length) && (length..keys.len()).all(|at| keys[at] == keys[at % length]) {
                    return named.chunks(length).map(|chunk| (chunk[0], chunk[length - 1])).collect();
                }
            }
        }
        vec![(left, right)]
    }

    /// The headings of the columns `left` to `right`, with their parents.
    fn headings(&self, first: u32, last: u32, left: u32, right: u32) -> Vec<Heading> {
        let mut paths: Vec<(u32, Vec<String>, (u32, u32))> = Vec::new();
        for column in left..=right {
            let mut path: Vec<String> = Vec::new();
            let mut cell = (last, column);
            let mut seen: Option<(u32, u32)> = None;
            for row in first..=last {
                let (_, mut place) = self.grid.spread(row, column);
                let mut text = self.grid.text(row, column).into_owned();
                if text.is_empty() && row < last && self.grid.area(row, column).is_none() {
                    (text, place) = self.inherited(row, last, left, column).unwrap_or_default();
                }
                if text.is_empty() || seen == Some(place) {
                    continue;
                }
                seen = Some(place);
                let text: String = text.chars().filter(|&c| !is_space(c)).collect();
                if path.last().is_none_or(|before| *before != text) && !is_placeholder(&text) {
                    path.push(text);
                    cell = (place.0.max(first), if place.1 <= column { place.1.max(left) } else { column });
                }
            }
            if path.is_empty() && !self.has_data(column, last) {
                continue;
            }
            paths.push((column, path, cell));
        }
        let parents: Vec<Option<String>> =
            paths.iter().map(|(_, path, _)| (path.len() >= 2).then(|| path[path.len() - 2].clone())).collect();
        paths
            .into_iter()
            .enumerate()
            .map(|(at, (column, path, cell))| {
                let only =
                    parents[at].is_some() && parents.iter().filter(|parent| **parent == parents[at]).count() == 1;
                Heading::new(column, path, (cell.0, column), only)
            })
            .collect()
    }

    /// The parent of an empty heading cell that is not merged: the text to the left of it in the same row.
    fn inherited(&self, row: u32, last: u32, left: u32, column: u32) -> Option<(String, (u32, u32))> {
        let has_child = |column: u32| (row + 1..=last).any(|below| self.grid.cell(below, column) != Cell::Empty);
        if !has_child(column) {
            return None;
        }
        for before in (left..column).rev() {
            let text = self.grid.text(row, before);
            if !text.is_empty() {
                let (_, place) = self.grid.spread(row, before);
                // A merged cell says itself how far it reaches.
                let is_open = self.grid.area(place.0, place.1).is_none() && has_child(before);
                return is_open.then(|| (text.into_owned(), place));
            }
            if !has_child(before) {
                return None;
            }
        }
        None
    }

    fn has_data(&self, column: u32, after: u32) -> bool {
        let start = self.grid.rows.partition_point(|row| row.index <= after);
        self.grid.rows[start..].iter().take(50).any(|row| row.get(column as usize) != Cell::Empty)
    }
}

/// Whether a lower heading cell only says how to fill in the column.
fn is_placeholder(text: &str) -> bool {
    matches!(&*squeeze(text), "是/否" | "有/无" | "是或否" | "(是/否)" | "(有/无)" | "√/×")
}
