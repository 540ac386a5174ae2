//! Forms: printed headings in blocks, with the answers below them or to their right.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::columns::Mode;
use super::direct::Direct;
use super::grid::Grid;
use super::likeness::likeness;
use super::split::answers;
use super::text::{Key, fold, key, strip_numbering, words};
use super::traditional::simplified;
use super::value::{Reading, text_of};
use crate::finding::{HeadingMatch, MatchEvidence, MatchHow};
use crate::pack::{Form, LedgerKind};
use crate::read::Cell;

/// A heading of a form that was found on the sheet.
#[derive(Clone, Copy, Debug)]
struct Found {
    block: usize,
    answer: usize,
    row: u32,
    column: u32,
    /// 0 to 100.
    confidence: u8,
}

/// One filled-in form on a sheet.
#[derive(Clone, Debug)]
pub struct FilledForm {
    found: Vec<Found>,
    /// First and last row of the form, without the lines around it.
    pub rows: (u32, u32),
    /// The row from which on lines above the form belong to it.
    pub title_from: u32,
    /// The row with which the next form on the sheet begins to have its own lines.
    pub end: Option<u32>,
    pub confidence: u8,
}

/// A form with its titles and headings as texts are compared with them.
#[derive(Clone, Debug)]
pub struct PrintedForm {
    /// Block, answer and the headings that it may have.
    headings: Vec<(usize, usize, Vec<Key>)>,
    /// The titles of each block.
    titles: Vec<Vec<String>>,
    /// The letters with which titles and headings end; none where they are of a script in which letters join.
    ends: Option<FxHashSet<char>>,
}

impl PrintedForm {
    pub fn new(form: &Form) -> PrintedForm {
        let mut headings = Vec::new();
        for (b, block) in form.blocks.iter().enumerate() {
            for (a, answer) in block.answers.iter().enumerate() {
                headings.push((b, a, answer.heading.iter().map(|text| key(text)).collect()));
            }
        }
        let titles = form.blocks.iter().map(|block| block.title.iter().map(|title| words(title)).collect()).collect();
        let mut printed = PrintedForm { headings, titles, ends: None };
        let is_single = |c: &char| c.is_ascii() || ('\u{4e00}'..='\u{9fff}').contains(c);
        printed.ends = printed.texts().map(|text| text.chars().next_back().filter(is_single)).collect();
        printed
    }

    /// All titles and headings.
    fn texts(&self) -> impl Iterator<Item = &String> {
        let keys = self.headings.iter().flat_map(|(_, _, keys)| keys);
        keys.flat_map(|key| [&key.full, &key.bare]).chain(self.titles.iter().flatten())
    }

    /// Whether the folded text may be a title or a heading word for word. What is compared is made of its own letters, so
    /// that a text without any letter that one ends with is none, and most cells of a table need not be looked at closer.
    fn may_be(&self, folded: &str) -> bool {
        let Some(ends) = &self.ends else { return true };
        let has_end = |text: &str| text.chars().any(|c| ends.contains(&c.to_ascii_lowercase()));
        // 报销% is spelled out: 报销比例.
        folded.contains('%') || has_end(folded) || simplified(folded).is_some_and(|text| has_end(&text))
    }
}

/// All forms of this kind on the sheet, from top to bottom. `printed` is `form`.
pub fn find(grid: &Grid<'_>, form: &Form, printed: &PrintedForm) -> Vec<FilledForm> {
    let PrintedForm { headings, titles, .. } = printed;
    // A form shows itself in its first rows; sheets that do not are spared the rest.
    let begins = |text: &str| {
        let folded = fold(text);
        printed.may_be(&folded) && {
            let own = words(strip_numbering(&folded));
            titles.iter().any(|titles| titles.contains(&own)) || heading_of(headings, &folded, true).is_some()
        }
    };
    // The cells of a table say the same again and again.
    let mut seen: FxHashSet<&str> = FxHashSet::default();
    let shows = grid.rows.iter().take(FIRST_ROWS).flat_map(|row| row.iter()).any(
        |cell| matches!(cell, Cell::Text(text) if (9..=360).contains(&text.len()) && seen.insert(text) && begins(text)),
    );
    if !shows {
        return Vec::new();
    }
    let mut starts: Vec<(u32, usize)> = Vec::new();
    let mut found: Vec<Found> = Vec::new();
    for row in grid.rows {
        for ((at_row, column), text) in grid.cells(row.index) {
            // A merged cell is met in each of its rows.
            if at_row != row.index {
                continue;
            }
            let folded = fold(&text);
            let own = words(strip_numbering(&folded));
            let title = titles.iter().position(|titles| titles.contains(&own));
            if let Some(block) = title {
                starts.push((at_row, block));
            }
            if let Some((block, answer, confidence)) = heading_of(headings, &folded, false) {
                found.push(Found { block, answer, row: at_row, column, confidence });
            }
        }
    }
    split(form, found, &starts)
        .into_iter()
        .filter(|found| {
            // Blocks stand below each other; the same headings in one row are a table.
            let rows: BTreeSet<u32> = found.iter().map(|found| found.row).collect();
            let blocks: BTreeSet<usize> = found.iter().map(|found| found.block).collect();
            blocks.len() >= form.minimum.max(1) && rows.len() >= form.minimum.max(1)
        })
        .scan(grid.rows.first().map_or(0, |row| row.index), |title_from, found| {
            let first = found.iter().map(|found| found.row).min().unwrap_or(0);
            let begins = starts
                .iter()
                .filter(|(row, _)| *row >= *title_from && *row <= first)
                .map(|(row, _)| *row)
                .min()
                .unwrap_or(first);
            let last = found.iter().map(|found| area_end(grid, found.row, found.column) + 1).max().unwrap_or(first);
            let total: u32 = form.blocks.iter().map(|block| block.answers.len() as u32).sum();
            let confidence = (50 + 50 * found.len() as u32 / total.max(1)).min(100) as u8;
            let filled = FilledForm { found, rows: (begins, last), title_from: *title_from, end: None, confidence };
            *title_from = last + 1;
            Some(filled)
        })
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .scan(None, |next: &mut Option<u32>, mut form| {
            form.end = next.replace(form.title_from);
            Some(form)
        })
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect()
}

/// Rows in which a form's first block or heading stands, if the sheet is one.
const FIRST_ROWS: usize = 40;

/// The block and answer whose heading the text is, word for word or nearly so.
fn heading_of(headings: &[(usize, usize, Vec<Key>)], folded: &str, only_exact: bool) -> Option<(usize, usize, u8)> {
    let length = folded.chars().count();
    if !(3..=120).contains(&length) {
        return None;
    }
    let own = key(folded);
    let exact = headings.iter().find(|(_, _, keys)| {
        keys.iter().any(|key| key.full == own.full || key.bare == own.bare && key.full.len() != key.bare.len())
    });
    if let Some((block, answer, _)) = exact {
        return Some((*block, *answer, 100));
    }
    if length < 6 || only_exact {
        return None;
    }
    let mut scored: Vec<(u8, usize, usize)> = headings
        .iter()
        .filter_map(|(block, answer, keys)| {
            let starts_alike = |key: &Key| key.full.starts_with("是否") == own.full.starts_with("是否");
            // Texts of very different length are never that alike.
            let near = |key: &Key| key.full.len() * 3 > own.full.len() * 2 && own.full.len() * 3 > key.full.len() * 2;
            let fitting = keys.iter().filter(|key| starts_alike(key) && near(key));
            let best = fitting.map(|key| likeness(&key.full, &own.full)).max()?;
            (best >= 84).then_some((best, *block, *answer))
        })
        .collect();
    scored.sort_by(|a, b| b.cmp(a));
    match scored.as_slice() {
        [(score, block, answer)] => Some((*block, *answer, *score)),
        [(first, block, answer), (second, ..), ..] if first > second => Some((*block, *answer, *first)),
        _ => None,
    }
}

/// Parts the headings into forms: a heading that comes again begins another one.
fn split(form: &Form, mut found: Vec<Found>, starts: &[(u32, usize)]) -> Vec<Vec<Found>> {
    found.sort_by_key(|found| (found.row, found.column));
    let mut forms: Vec<Vec<Found>> = Vec::new();
    let mut seen: BTreeSet<(usize, usize)> = BTreeSet::new();
    for heading in found {
        // Where two blocks print the same heading, it belongs to the block in whose rows it stands.
        let block =
            starts.iter().filter(|(row, _)| *row <= heading.row).max_by_key(|(row, _)| *row).map(|(_, block)| *block);
        let twin = block.filter(|&block| block != heading.block).and_then(|block| {
            let texts = &form.blocks[heading.block].answers[heading.answer].heading;
            let answer = form.blocks[block]
                .answers
                .iter()
                .position(|answer| answer.heading.iter().any(|text| texts.contains(text)))?;
            Some((block, answer))
        });
        let (block, answer) = twin.unwrap_or((heading.block, heading.answer));
        let heading = Found { block, answer, ..heading };
        if forms.is_empty() || !seen.insert((block, answer)) {
            let restarts = forms.last().is_none_or(|form: &Vec<Found>| {
                form.iter().map(|found| found.block).max() >= Some(block) && form.len() >= 4
            });
            if !restarts {
                continue;
            }
            seen = BTreeSet::from([(block, answer)]);
            forms.push(Vec::new());
        }
        if let Some(form) = forms.last_mut() {
            form.push(heading);
        }
    }
    forms
}

fn area_end(grid: &Grid<'_>, row: u32, column: u32) -> u32 {
    grid.area(row, column).map_or(row, |area| area.last_row)
}

impl FilledForm {
    fn is_heading(&self, row: u32, column: u32) -> bool {
        self.found.iter().any(|found| (found.row, found.column) == (row, column))
    }

    /// Whether the answers of a block stand to the right of their headings.
    fn is_rightwards(&self, grid: &Grid<'_>, block: usize) -> bool {
        let own: Vec<&Found> = self.found.iter().filter(|found| found.block == block).collect();
        let right = |found: &Found| (found.row, grid.last_column(found.row, found.column) + 1);
        let below = |found: &Found| (area_end(grid, found.row, found.column) + 1, found.column);
        if own.iter().any(|found| self.is_heading(right(found).0, right(found).1)) {
            return false;
        }
        // A heading or the next block right below leaves no room for an answer.
        let next_block =
            self.found.iter().filter(|found| found.block != block).map(|found| found.row).collect::<BTreeSet<u32>>();
        own.iter().any(|found| {
            let (row, column) = below(found);
            self.is_heading(row, column) || next_block.contains(&row)
        }) && own.iter().all(|found| {
            let (row, column) = right(found);
            column < grid.width.max(1) && !self.is_heading(row, column)
        })
    }

    /// Sets the answers of the record begun last and says how each heading was found.
    pub fn fill(&self, grid: &Grid<'_>, form: &Form, direct: &mut Direct) -> Vec<HeadingMatch> {
        let mut matches = Vec::new();
        let kind: Arc<LedgerKind> = direct.main.kind.clone();
        let rightwards: BTreeMap<usize, bool> = self
            .found
            .iter()
            .map(|found| found.block)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(|block| (block, self.is_rightwards(grid, block)))
            .collect();
        for found in &self.found {
            let Some(answer) = form.blocks.get(found.block).and_then(|block| block.answers.get(found.answer)) else {
                continue;
            };
            let (row, column) = if rightwards.get(&found.block) == Some(&true) {
                (found.row, grid.last_column(found.row, found.column) + 1)
            } else {
                (area_end(grid, found.row, found.column) + 1, found.column)
            };
            let (cell, mut place) = grid.spread(row, column);
            if grid.position(place.0).is_none() || self.is_heading(place.0, place.1) {
                place = (row, column);
            }
            let cell = if self.is_heading(place.0, place.1) { Cell::Empty } else { cell };
            match answer.parts.as_slice() {
                [part] => {
                    let context = direct.context;
                    direct.main.read(part.field, cell, place, &context, &mut direct.log);
                }
                parts => {
                    let context = direct.context;
                    let readings: Vec<Reading<'_>> = answers(cell, parts, &direct.main, &context, &mut direct.log);
                    for (part, reading) in parts.iter().zip(readings) {
                        direct.main.set(part.field, reading, place);
                    }
                }
            }
            let names: Vec<&str> =
                answer.parts.iter().filter_map(|part| kind.fields.get(part.field)).map(|field| &*field.name).collect();
            let block = form.blocks[found.block].title.first().map_or("", String::as_str);
            let text: String =
                text_of(grid.cell(found.row, found.column)).chars().filter(|c| !c.is_whitespace()).collect();
            matches.push(HeadingMatch {
                heading: format!("{block}▸{text}"),
                cell: (found.row, found.column),
                field: Some(names.join("、").into()),
                how: if found.confidence == 100 { MatchHow::Exact } else { MatchHow::Guessed },
                confidence: found.confidence,
                runner_up: None,
                evidence: MatchEvidence::default(),
            });
        }
        // A printed answer that is not on this form was left out, which is as good as blank.
        let printed = form.blocks.iter().flat_map(|block| &block.answers).flat_map(|answer| &answer.parts);
        for part in printed {
            direct.main.set(part.field, Reading::Blank, (self.rows.0, u32::MAX));
        }
        matches
    }

    /// Gives a column to every field that the form prints, whether or not this one did.
    pub fn activate(form: &Form, direct: &mut Direct) {
        for part in form.blocks.iter().flat_map(|block| &block.answers).flat_map(|answer| &answer.parts) {
            direct.main.activate(part.field, Mode::Each);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_that_is_a_title_or_a_heading_is_passed_over() {
        let catalog = crate::pack::builtin().0.base();
        let mut seen = 0;
        for form in catalog.kinds.iter().filter_map(|kind| kind.form.as_ref()) {
            let printed = PrintedForm::new(form);
            assert!(printed.ends.is_some());
            let answers = form.blocks.iter().flat_map(|block| &block.answers).flat_map(|answer| &answer.heading);
            for text in answers.chain(form.blocks.iter().flat_map(|block| &block.title)) {
                let stem = text.trim_end_matches("比例");
                for written in [
                    text.clone(),
                    format!("（一）{text}："),
                    format!(" 3. {text}（必填）"),
                    text.to_uppercase(),
                    text.replace(['数', '号'], "號"),
                    format!("{stem}%"),
                ] {
                    let folded = fold(&written);
                    let is_title =
                        printed.titles.iter().flatten().any(|title| *title == words(strip_numbering(&folded)));
                    let is_found = is_title || heading_of(&printed.headings, &folded, true).is_some();
                    assert!(!is_found || printed.may_be(&folded), "{written}");
                    seen += usize::from(is_found);
                }
            }
            assert!(!printed.may_be("610302194701011234") && !printed.may_be("2023-10-04"));
        }
        assert!(seen > 20, "{seen}");
    }
}
