//! Names that stand inside texts: parameters in conditions, placeholders in messages.

use super::catalog::{Expr, Population, Rule, Shape};
use crate::model::Localized;

impl Expr {
    /// The parameters that the expression names, in order, with the byte at which each name begins.
    pub fn parameters(&self) -> Vec<(usize, &str)> {
        let mut names = Vec::new();
        let mut quote = None;
        let mut skip_until = 0;
        for (at, c) in self.text.char_indices() {
            if at < skip_until {
                continue;
            }
            match quote {
                Some(open) if c == open => quote = None,
                Some(_) => {}
                None if c == '\'' || c == '"' => quote = Some(c),
                None if c == ':' => {
                    let rest = &self.text[at + 1..];
                    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                    if end > 0 {
                        names.push((at + 1, &rest[..end]));
                    }
                    skip_until = at + 1 + end;
                }
                None => {}
            }
        }
        names
    }
}

/// One name in an expression: `字段`, or `名册.字段` with what stands before the dot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Identifier<'e> {
    pub before: Option<&'e str>,
    pub name: &'e str,
}

impl Expr {
    /// The names of the expression that may be fields, in order: no functions, parameters, texts and numbers.
    /// Words of the language such as `AND` are among them.
    pub fn identifiers(&self) -> Vec<Identifier<'_>> {
        let mut found: Vec<Identifier<'_>> = Vec::new();
        let mut rest = self.text.as_str();
        let mut before = None;
        while let Some(c) = rest.chars().next() {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let (word, after) = match c {
                '\'' => {
                    let end = rest[1..].find('\'').map_or(rest.len(), |end| end + 2);
                    (None, &rest[end..])
                }
                '"' => match rest[1..].find('"') {
                    Some(end) => (Some(&rest[1..=end]), &rest[end + 2..]),
                    None => (None, ""),
                },
                ':' => (None, rest[1..].trim_start_matches(is_word)),
                c if is_word(c) => {
                    let after = rest.trim_start_matches(is_word);
                    (Some(&rest[..rest.len() - after.len()]), after)
                }
                c => (None, &rest[c.len_utf8()..]),
            };
            rest = after;
            let Some(word) = word else {
                before = None;
                continue;
            };
            if let Some(next) = rest.strip_prefix('.') {
                found.push(Identifier { before: None, name: word });
                before = Some(word);
                rest = next;
                continue;
            }
            let number = word.starts_with(|c: char| c.is_ascii_digit()) && c != '"';
            if !number && !rest.trim_start().starts_with('(') {
                found.push(Identifier { before, name: word });
            }
            before = None;
        }
        found
    }
}

/// The names of the placeholders in a message template.
pub fn placeholders(template: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        rest = &rest[open + 1..];
        if let Some(after) = rest.strip_prefix('{') {
            rest = after;
        } else if let Some(close) = rest.find('}') {
            let inner = &rest[..close];
            names.push(inner.split_once('|').map_or(inner, |(name, _)| name));
            rest = &rest[close + 1..];
        }
    }
    names
}

impl Rule {
    /// All expressions of the rule.
    pub fn expressions(&self) -> Vec<&Expr> {
        let mut all: Vec<&Expr> = Vec::new();
        if let Shape::Population { population: Population::Ledger { filter, .. }, .. } = &self.shape {
            all.extend(filter);
        }
        all.extend(self.filter.iter().chain(&self.applies).chain(&self.due).chain(&self.pending));
        for item in &self.items {
            all.push(&item.require);
            all.extend(&item.applies);
        }
        all.extend(self.joins.iter().filter_map(|join| join.filter.as_ref()));
        all.extend(self.values.iter().map(|(_, value)| value));
        all
    }

    /// The names of the parameters that the rule's expressions and texts use, sorted, each once.
    pub fn parameters(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for expression in self.expressions() {
            names.extend(expression.parameters().into_iter().map(|(_, name)| name.to_owned()));
        }
        names.sort();
        names.dedup();
        names
    }

    /// The texts that may have placeholders.
    pub fn templates(&self) -> [&Localized; 3] {
        [&self.message, &self.required, &self.fix]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_outside_quotes() {
        let text = "数量 >= :最低数 AND 名称 <> ':甲' AND LEAST(:每周天数,3) > 0 AND 时间 = '12:30'".to_owned();
        let expr = Expr { text, file: "a".into(), offset: 0 };
        let names: Vec<&str> = expr.parameters().into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["最低数", "每周天数"]);
    }

    #[test]
    fn identifiers_are_fields_with_what_stands_before_them() {
        let text =
            "名册.级别 = '甲.乙' AND COUNT(日期) >= :最低数 + 12 OR \"0-6岁\" IS NULL AND 职称.级别 = 3".to_owned();
        let expr = Expr { text, file: "a".into(), offset: 0 };
        let names: Vec<(Option<&str>, &str)> = expr
            .identifiers()
            .iter()
            .map(|found| (found.before, found.name))
            .filter(|(_, name)| !name.is_ascii())
            .collect();
        let expected = [
            (None, "名册"),
            (Some("名册"), "级别"),
            (None, "日期"),
            (None, "0-6岁"),
            (None, "职称"),
            (Some("职称"), "级别"),
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn placeholders_are_found_outside_double_braces() {
        assert_eq!(placeholders("{unit}在{{x}}有 {天数} 天 }{"), ["unit", "天数"]);
        assert_eq!(placeholders("{unit}: {天数|day|days}"), ["unit", "天数"]);
    }
}
