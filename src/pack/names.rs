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

/// The names of the placeholders in a message template.
pub fn placeholders(template: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        rest = &rest[open + 1..];
        if let Some(after) = rest.strip_prefix('{') {
            rest = after;
        } else if let Some(close) = rest.find('}') {
            names.push(&rest[..close]);
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
    fn placeholders_are_found_outside_double_braces() {
        assert_eq!(placeholders("{unit}在{{x}}有 {天数} 天 }{"), ["unit", "天数"]);
    }
}
