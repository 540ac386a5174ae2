//! One cell with several answers: `机构 12 家，患者 340 人`, `12家/340人`, `12、340`.

use std::borrow::Cow;

use super::columns::Writer;
use super::text::{fold, is_space};
use super::value::{Conversions, DateContext, Reading, is_blank, text_of};
use crate::pack::AnswerPart;
use crate::read::Cell;

/// The numbers of a text, each with the words before and behind it.
struct Piece {
    before: String,
    number: String,
    behind: String,
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || "〇零一二两三四五六七八九十百千万".contains(c)
}

fn pieces(folded: &str) -> Vec<Piece> {
    let chars: Vec<char> = folded.chars().collect();
    let mut pieces: Vec<Piece> = Vec::new();
    let mut words = String::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        if c.is_ascii_digit() || is_digit(c) && !is_word(&chars, at) {
            let start = at;
            while at < chars.len() {
                let c = chars[at];
                // 1,234 is one number; 12,340 is too, unless other numbers are missing, see `answers`.
                let is_separator = matches!(c, '.' | ',') && chars.get(at + 1).is_some_and(char::is_ascii_digit) && {
                    let group = chars[at + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
                    c == '.' || group == 3
                };
                if is_digit(c) || is_separator {
                    at += 1;
                } else {
                    break;
                }
            }
            pieces.push(Piece {
                before: std::mem::take(&mut words),
                number: chars[start..at].iter().collect(),
                behind: String::new(),
            });
            continue;
        }
        let is_break = matches!(c, ',' | ';' | '/' | '、' | '。' | '\n' | '\r' | '|');
        match pieces.last_mut() {
            // Up to the next break the words belong to the number before them.
            Some(last)
                if words.is_empty()
                    && !is_break
                    && last.behind.chars().count() < 12
                    && !last.behind.ends_with('\u{0}') =>
            {
                last.behind.push(c)
            }
            Some(last) if is_break => {
                last.behind.push('\u{0}');
            }
            _ => words.push(c),
        }
        at += 1;
    }
    for piece in &mut pieces {
        piece.behind.retain(|c| c != '\u{0}' && !is_space(c));
        piece.before.retain(|c| !is_space(c));
    }
    pieces
}

/// Whether a Chinese numeral is part of a word, such as 一 in 一家 does not but 三 in 三级 does.
fn is_word(chars: &[char], at: usize) -> bool {
    let next = chars.get(at + 1);
    matches!(next, Some('级' | '甲' | '类' | '定' | '般' | '体'))
        || at > 0 && matches!(chars[at - 1], '第' | '统' | '同')
}

/// What a cell says to each of the parts, in their order. A cell that does not carry as many answers as there are parts
/// is unreadable for the parts that found none.
pub fn answers<'a>(
    cell: Cell<'a>,
    parts: &[AnswerPart],
    writer: &Writer,
    context: &DateContext,
    log: &mut Conversions,
) -> Vec<Reading<'a>> {
    let all = |reading: &dyn Fn() -> Reading<'a>| parts.iter().map(|_| reading()).collect::<Vec<_>>();
    let text = match cell {
        Cell::Empty => return all(&|| Reading::Blank),
        Cell::Text(text) => Cow::Borrowed(text),
        _ => text_of(cell),
    };
    let folded = fold(&text);
    // The printed words without any number are an empty answer: 机构  家，患者  人.
    let has_number = folded.chars().any(is_digit);
    let words_only = parts
        .iter()
        .flat_map(|part| &part.words)
        .fold(folded.to_string(), |text, word| text.replace(word.as_str(), ""));
    let left: String = words_only
        .chars()
        .filter(|&c| !is_space(c) && !matches!(c, ',' | '、' | '/' | ';' | ':' | '_' | '(' | ')' | '。'))
        .collect();
    if is_blank(&folded)
        || !has_number && (left.is_empty() || left.chars().all(|c| "机构患者家人名个数量例户".contains(c)))
    {
        return all(&|| Reading::Blank);
    }
    let unreadable = || Reading::Unreadable(Cow::Owned(text_of(cell).into_owned()));
    // A single nought answers all parts; any other single number could be either.
    if matches!(&*folded, "无" | "没有" | "均无" | "0" | "零" | "均为0" | "均为零") {
        let mut readings = Vec::new();
        for part in parts {
            readings.push(
                writer
                    .coercer(part.field)
                    .map_or(Reading::Blank, |coercer| coercer.read(Cell::Text("无"), context, log).into_owned()),
            );
        }
        return readings;
    }
    let pieces = pieces(&folded);
    let mut chosen: Vec<Option<usize>> = vec![None; parts.len()];
    let speaks = |piece: &Piece, part: &AnswerPart, behind: bool| {
        let text = if behind { &piece.behind } else { &piece.before };
        part.words
            .iter()
            .any(|word| if behind { text.starts_with(word.as_str()) } else { text.contains(word.as_str()) })
    };
    // The unit behind a number says most, then the words before it, then the words farther behind.
    for round in 0..3 {
        for (at, part) in parts.iter().enumerate() {
            if chosen[at].is_some() {
                continue;
            }
            chosen[at] = (0..pieces.len()).find(|piece| {
                if chosen.contains(&Some(*piece)) {
                    return false;
                }
                let piece = &pieces[*piece];
                match round {
                    0 => speaks(piece, part, true),
                    1 => speaks(piece, part, false),
                    _ => part.words.iter().any(|word| piece.behind.contains(word.as_str())),
                }
            });
        }
    }
    if chosen.iter().all(Option::is_none) {
        let numbers = bare_numbers(&folded, parts.len());
        if let Some(numbers) = numbers {
            log.note("split-by-position", &text);
            return parts
                .iter()
                .zip(numbers)
                .map(|(part, number)| read(writer, part, &number, context, log).unwrap_or_else(unreadable))
                .collect();
        }
        return all(&unreadable);
    }
    // With all words but one found, the number left over belongs to the part left over.
    if chosen.iter().filter(|choice| choice.is_none()).count() == 1 && pieces.len() == parts.len() {
        let free = (0..pieces.len()).find(|piece| !chosen.contains(&Some(*piece)));
        if let Some(slot) = chosen.iter_mut().find(|choice| choice.is_none()) {
            *slot = free;
        }
    }
    log.note("split-by-words", &text);
    parts
        .iter()
        .zip(chosen)
        .map(|(part, choice)| match choice {
            Some(piece) => read(writer, part, &pieces[piece].number, context, log).unwrap_or_else(unreadable),
            None => unreadable(),
        })
        .collect()
}

fn read(
    writer: &Writer,
    part: &AnswerPart,
    number: &str,
    context: &DateContext,
    log: &mut Conversions,
) -> Option<Reading<'static>> {
    match writer.coercer(part.field)?.read(Cell::Text(number), context, log).into_owned() {
        Reading::Unreadable(_) => None,
        reading => Some(reading),
    }
}

/// Exactly `count` numbers with nothing but separators between them: `12、340`, `12 340`, `12/340`, `12,340`.
fn bare_numbers(folded: &str, count: usize) -> Option<Vec<String>> {
    let is_separator =
        |c: char| is_space(c) || matches!(c, '、' | '/' | ';' | ',' | '，' | '|' | '\n' | '-' | '—' | '和' | ':');
    let numbers: Vec<String> = folded.split(is_separator).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    (numbers.len() == count && numbers.iter().all(|number| number.chars().all(|c| is_digit(c) || c == '.')))
        .then_some(numbers)
}
