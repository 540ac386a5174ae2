//! The text of a condition to sqlparser's tree, with the place of every fault inside the text.

use std::ops::Range;

use sqlparser::ast::{Expr as Sql, Spanned};
use sqlparser::dialect::Dialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, Tokenizer};

use crate::model::Localized;

/// What is wrong with an expression, and where in its text (bytes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub code: &'static str,
    pub at: Range<usize>,
    pub message: Localized,
    pub help: Option<Localized>,
}

impl Problem {
    pub fn new(code: &'static str, at: Range<usize>, zh: impl Into<String>, en: impl Into<String>) -> Problem {
        Problem { code, at, message: Localized::new(zh, en), help: None }
    }

    pub fn help(mut self, zh: impl Into<String>, en: impl Into<String>) -> Problem {
        self.help = Some(Localized::new(zh, en));
        self
    }
}

/// The subset of SQL in which conditions are written: Chinese identifiers, quoted names, `FILTER (WHERE …)`.
#[derive(Debug)]
struct Conditions;

impl Dialect for Conditions {
    fn is_identifier_start(&self, character: char) -> bool {
        character.is_alphabetic() || character == '_'
    }

    fn is_identifier_part(&self, character: char) -> bool {
        character.is_alphanumeric() || character == '_'
    }

    fn is_delimited_identifier_start(&self, character: char) -> bool {
        character == '"'
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }
}

/// Characters that Chinese input methods write and SQL does not know, with what to write instead.
const FULL_WIDTH: [(char, &str); 22] = [
    ('（', "("),
    ('）', ")"),
    ('，', ","),
    ('、', ","),
    ('；', ";"),
    ('：', ":"),
    ('＝', "="),
    ('＜', "<"),
    ('＞', ">"),
    ('≥', ">="),
    ('≤', "<="),
    ('≠', "<>"),
    ('＋', "+"),
    ('－', "-"),
    ('＊', "*"),
    ('×', "*"),
    ('‘', "'"),
    ('’', "'"),
    ('“', "'"),
    ('”', "'"),
    ('％', "%"),
    ('　', " "),
];

/// How deep parentheses and operators may nest.
const DEPTH: usize = 50;

/// Reads one expression; nothing may follow it.
pub(super) fn parse(text: &str) -> Result<Sql, Problem> {
    full_width(text)?;
    if text.trim().is_empty() {
        return Err(Problem::new("bad-expression", 0..text.len(), "条件表达式是空的", "the expression is empty"));
    }
    let tokens = Tokenizer::new(&Conditions, text).tokenize_with_location().map_err(|error| {
        let at = byte(text, error.location);
        Problem::new(
            "bad-expression",
            at..next(text, at),
            "条件表达式中有无法识别的字符或未闭合的引号",
            format!("the expression has a character that SQL does not know, or an open quote: {}", error.message),
        )
    })?;
    let mut parser = Parser::new(&Conditions).with_recursion_limit(DEPTH).with_tokens_with_locations(tokens);
    let expression = parser.parse_expr().map_err(|error| failure(text, error))?;
    let rest = parser.next_token();
    if rest.token == Token::EOF {
        return Ok(expression);
    }
    let at = byte(text, rest.span.start)..byte(text, rest.span.end);
    let found = text.get(at.clone()).unwrap_or_default();
    let problem = Problem::new(
        "bad-expression",
        at.clone(),
        format!("此处多出“{found}”，前面的表达式已经结束"),
        format!("`{found}` follows after the end of the expression"),
    );
    Err(match found {
        "/" | "%" => problem.help(
            "没有除法：请改写为乘法，例如 a * 100 >= b * 20",
            "there is no division: multiply instead, as in a * 100 >= b * 20",
        ),
        "&" | "&&" | "|" | "||" => problem.help("请写 AND 或 OR", "write AND or OR"),
        _ => problem.help("条件之间请用 AND 或 OR 连接", "join conditions with AND or OR"),
    })
}

/// The bytes of `text` that a part of the tree was read from.
pub(super) fn place(text: &str, part: &Sql) -> Range<usize> {
    let span = part.span();
    if span.start.line == 0 {
        return 0..text.len();
    }
    byte(text, span.start)..byte(text, span.end).max(next(text, byte(text, span.start)))
}

fn full_width(text: &str) -> Result<(), Problem> {
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match quote {
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None if character == '\'' || character == '"' => quote = Some(character),
            None => {
                if let Some((_, half)) = FULL_WIDTH.iter().find(|(full, _)| *full == character) {
                    return Err(Problem::new(
                        "bad-expression",
                        at..at + character.len_utf8(),
                        format!("条件表达式中有全角字符“{character}”"),
                        format!("the expression has the full-width character `{character}`"),
                    )
                    .help(format!("请改为半角“{half}”"), format!("write `{half}` instead")));
                }
            }
        }
    }
    Ok(())
}

fn failure(text: &str, error: ParserError) -> Problem {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message,
        ParserError::RecursionLimitExceeded => {
            return Problem::new(
                "bad-expression",
                0..text.len(),
                "条件表达式的括号嵌套过深",
                "the expression is nested too deeply",
            );
        }
    };
    let (reason, at) = split_location(&message);
    let at = at.map_or(text.len(), |location| byte(text, location));
    let end = next(text, at);
    let found = text.get(at..end).unwrap_or_default();
    let zh = if found.is_empty() {
        "条件表达式没有写完".to_owned()
    } else {
        format!("条件表达式在“{found}”处有语法错误")
    };
    Problem::new("bad-expression", at..end, zh, format!("syntax error: {reason}"))
}

/// sqlparser puts the place at the end of its message.
fn split_location(message: &str) -> (&str, Option<Location>) {
    let Some((reason, place)) = message.rsplit_once(" at Line: ") else { return (message, None) };
    let location = place
        .split_once(", Column: ")
        .and_then(|(line, column)| Some(Location::new(line.trim().parse().ok()?, column.trim().parse().ok()?)));
    (reason, location)
}

/// The byte of a place that sqlparser gives as line and column in characters, both from 1.
fn byte(text: &str, location: Location) -> usize {
    let mut start = 0;
    for _ in 1..location.line {
        match text[start..].find('\n') {
            Some(position) => start += position + 1,
            None => return text.len(),
        }
    }
    let characters = location.column.saturating_sub(1) as usize;
    text[start..].char_indices().nth(characters).map_or(text.len(), |(position, _)| start + position)
}

/// The byte after the character (or after the word) that begins at `at`.
fn next(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    if word > 0 { at + word } else { at + rest.chars().next().map_or(0, char::len_utf8) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> (String, String) {
        let problem = parse(text).unwrap_err();
        (text[problem.at].to_owned(), problem.help.map(|help| help.zh).unwrap_or_default())
    }

    #[test]
    fn conditions_of_the_packs_are_read() {
        for text in [
            "向基层开放号源数 * 100 >= 门诊号源总数 * :最低占比",
            "COUNT(DISTINCT 值守日期) FILTER (WHERE is_workday(值守日期)) >= LEAST(:每周天数, workdays(period))",
            "\"0-6岁儿童数\" IN (:a, :b) AND NOT population.是否脱贫县",
            "CASE WHEN end(p) > as_of THEN end(p) ELSE start(p) END = as_of",
            "a BETWEEN 28 AND 84 AND b IS NOT NULL AND (c IS NOT TRUE OR d LIKE '张%')",
            "year(d) = 2023 AND month(d) = 1 AND size(x) = 1 AND found(名册) AND DATE '2024-01-01' < d",
            "COUNT(DISTINCT a, b) = 0",
        ] {
            assert!(parse(text).is_ok(), "{text}: {:?}", parse(text));
        }
    }

    #[test]
    fn full_width_characters_are_shown_with_the_right_ones() {
        assert_eq!(fault("职称 IN （'主治医师'）"), ("（".to_owned(), "请改为半角“(”".to_owned()));
        assert_eq!(fault("类别 = “临床”").0, "“");
        assert!(parse("类别 = '（临床，中医）'").is_ok());
    }

    #[test]
    fn faults_point_at_the_character() {
        assert_eq!(fault("总数 > > 1").0, ">");
        assert_eq!(fault("总数 >").0, "");
        assert_eq!(fault("总数 > 1\n  开放 < 2").0, "开放");
        assert_eq!(fault("类别 = '临床").0, "'临床".chars().next().unwrap().to_string());
        assert!(parse(&"(".repeat(10_000)).is_err());
    }
}
