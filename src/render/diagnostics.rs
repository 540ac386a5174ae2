//! Faults in packs with the line of the source that they are in, in the style of compilers.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::diag::{Level, PackFault};
use crate::model::{Lang, counted};

/// Columns of the source that are shown at most; longer lines are cut on both sides of the fault.
const WIDEST: usize = 110;
const TAB: &str = "    ";

/// All faults, one after the other, and a line that counts them. `source` gives the text of a file, `shown` its path as
/// the reader knows it.
pub fn diagnostics<'s>(
    faults: &[PackFault],
    source: impl Fn(&str) -> Option<&'s str>,
    shown: impl Fn(&str) -> String,
    lang: Lang,
) -> String {
    let mut text = String::new();
    for fault in faults {
        let file = if fault.file.is_empty() { String::new() } else { shown(&fault.file) };
        text.push_str(&diagnostic(&PackFault { file, ..fault.clone() }, source(&fault.file), lang));
        text.push('\n');
    }
    let errors = faults.iter().filter(|fault| fault.level == Level::Error).count();
    let warnings = faults.len() - errors;
    if !faults.is_empty() {
        text.push_str(&match lang {
            Lang::Zh => format!("共 {errors} 处错误、{warnings} 处警告\n"),
            Lang::En => format!("{}, {}\n", counted(errors as u64, "error"), counted(warnings as u64, "warning")),
        });
    }
    text
}

/// One fault: what is wrong, where, the line with the place marked, and what to write instead.
pub fn diagnostic(fault: &PackFault, source: Option<&str>, lang: Lang) -> String {
    let level = match (fault.level, lang) {
        (Level::Error, Lang::Zh) => "错误",
        (Level::Error, Lang::En) => "error",
        (Level::Warning, Lang::Zh) => "警告",
        (Level::Warning, Lang::En) => "warning",
    };
    let mut text = format!("{level}[{}]: {}\n", fault.code, fault.message.get(lang));
    let number = fault.line.to_string();
    let margin = " ".repeat(number.len());
    if !fault.file.is_empty() {
        text.push_str(&format!("{margin}--> {}:{}:{}\n", fault.file, fault.line, fault.column));
    }
    if let Some((line, marks)) = source.and_then(|source| marked_line(source, fault)) {
        text.push_str(&format!("{margin} |\n{number} | {line}\n{margin} | {marks}\n"));
    }
    if let Some(help) = &fault.help {
        let label = match lang {
            Lang::Zh => "帮助",
            Lang::En => "help",
        };
        text.push_str(&format!("{margin} = {label}: {}\n", help.get(lang)));
    }
    text
}

/// The line of the fault and the carets below it; `None` where there is nothing to show.
fn marked_line(source: &str, fault: &PackFault) -> Option<(String, String)> {
    let line_index = usize::try_from(fault.line).ok()?.checked_sub(1)?;
    let line = source.split('\n').nth(line_index)?.trim_end_matches('\r');
    let skipped: usize = source.split('\n').take(line_index).map(|line| line.len() + 1).sum();
    let clamp = |byte: usize| {
        let mut at = byte.saturating_sub(skipped).min(line.len());
        while !line.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (clamp(fault.span.start), clamp(fault.span.end));
    if line.trim().is_empty() {
        return None;
    }
    let shown = |part: &str| part.replace('\t', TAB);
    let (before, at, after) = (shown(&line[..start]), shown(&line[start..end]), shown(&line[end..]));
    let before = tail(&before, WIDEST / 2);
    let at = head(&at, WIDEST / 2);
    let room = WIDEST.saturating_sub(before.width() + at.width());
    let marks = format!("{}{}", " ".repeat(before.width()), "^".repeat(at.width().max(1)));
    Some((format!("{before}{at}{}", head(&after, room)).trim_end().to_owned(), marks))
}

/// The beginning of the text, at most `columns` wide, with an ellipsis where it was cut.
fn head(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut width = 3;
    let kept: String = text
        .chars()
        .take_while(|c| {
            width += c.width().unwrap_or(0);
            width <= columns
        })
        .collect();
    format!("{kept}...")
}

/// The end of the text, at most `columns` wide, with an ellipsis where it was cut.
fn tail(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut width = 3;
    let mut start = text.len();
    for (at, c) in text.char_indices().rev() {
        width += c.width().unwrap_or(0);
        if width > columns {
            break;
        }
        start = at;
    }
    format!("...{}", &text[start..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::line_and_column;
    use crate::model::Localized;

    fn fault(source: &str, needle: &str) -> PackFault {
        let start = source.find(needle).unwrap();
        let (line, column) = line_and_column(source, start);
        PackFault {
            level: Level::Error,
            code: "unknown-field",
            file: "national/duty.toml".to_owned(),
            span: start..start + needle.len(),
            line,
            column,
            message: Localized::new("没有名为“值守曰期”的字段", "there is no field `值守曰期`"),
            help: Some(Localized::new("是不是想写“值守日期”？", "did you mean `值守日期`?")),
        }
    }

    #[test]
    fn carets_stand_below_double_width_characters() {
        let source = "[[rule]]\n\t单元 = \"x\"; cell = \"值守曰期\" # 日期\r\n";
        let fault = fault(source, "值守曰期");
        let zh = diagnostic(&fault, Some(source), Lang::Zh);
        let expected = "\
错误[unknown-field]: 没有名为“值守曰期”的字段
 --> national/duty.toml:2:20
  |
2 |     单元 = \"x\"; cell = \"值守曰期\" # 日期
  |                         ^^^^^^^^
  = 帮助: 是不是想写“值守日期”？
";
        assert_eq!(zh, expected);
        let en = diagnostic(&fault, None, Lang::En);
        assert_eq!(
            en,
            "error[unknown-field]: there is no field `值守曰期`\n --> national/duty.toml:2:20\n  = help: did you mean `值守日期`?\n"
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_fault() {
        let source = format!("require = \"{}错误{}\"", "甲".repeat(100), "乙".repeat(100));
        let fault = fault(&source, "错误");
        let text = diagnostic(&fault, Some(&source), Lang::Zh);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[3].starts_with("1 | ...") && lines[3].ends_with("..."), "{text}");
        assert!(lines[3].width() <= WIDEST + 4, "{text}");
        let column = lines[3].split("错误").next().unwrap().width();
        assert_eq!(lines[4].find('^').unwrap(), column);
        assert!(lines[4].ends_with("^^^^"));
    }

    #[test]
    fn several_faults_are_counted() {
        let source = "a = 1\n";
        let mut second = fault(source, "a");
        second.level = Level::Warning;
        let text = diagnostics(&[fault(source, "1"), second], |_| Some(source), str::to_owned, Lang::Zh);
        assert!(text.ends_with("共 1 处错误、1 处警告\n"), "{text}");
        assert_eq!(diagnostics(&[], |_| None, str::to_owned, Lang::Zh), "");
    }
}
