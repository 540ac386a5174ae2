//! XLSX workbooks: which sheets there are, and what all of them share. The cells themselves stream.

mod plain;
mod sheet;
mod strings;
mod styles;

use std::collections::BTreeMap;
use std::sync::Arc;

use quick_xml::events::Event;

use super::limits::{self, Limits};
use super::package::Package;
use super::sheet::Sheet;
use super::xml::{Xml, attribute, is_true};
use super::{faults, guard};
use crate::diag::InputFault;
use strings::Strings;
use styles::Styles;

/// What the sheets of a workbook share.
struct Shared {
    package: Package,
    strings: Strings,
    styles: Styles,
    settings: Settings,
    limits: Limits,
}

/// What the workbook says of all its sheets.
#[derive(Clone, Copy, Default)]
struct Settings {
    /// Whether dates count from 1904.
    is_1904: bool,
    /// Whether all formulas are to be calculated when the book is opened, since its writer did not.
    is_uncalculated: bool,
}

/// A sheet as the workbook lists it.
struct Listed {
    name: String,
    hidden: bool,
    relationship: String,
}

/// A relationship of a part to another one.
pub(super) struct Relationship {
    pub kind: String,
    pub target: String,
}

/// The sheets of the workbook in `package`, not yet read.
pub(super) fn open(package: Package, limits: &Limits) -> Result<Vec<Sheet>, InputFault> {
    let workbook = workbook_part(&package, "xl/workbook.xml", limits)?;
    if package.find(&workbook).is_none() {
        return Err(faults::damaged("缺少工作簿主体", "the workbook part is missing"));
    }
    let related = relationships(&package, &workbook, limits)?;
    let (listed, settings) = workbook_sheets(&package, &workbook, limits)?;
    if listed.len() > limits.sheets {
        return Err(limits::exceeded("sheets", limits.sheets as u64));
    }
    let part = |kind: &str, usual: &str| {
        let named = related.values().find(|relationship| relationship.kind == kind);
        let target = named.map_or_else(|| resolve(&workbook, usual), |relationship| relationship.target.clone());
        package.find(&target).cloned()
    };
    let strings = match part("sharedStrings", "sharedStrings.xml") {
        Some(member) => Strings::read(&package, &member, limits)?,
        None => Strings::default(),
    };
    let styles = match part("styles", "styles.xml") {
        Some(member) => Styles::read(&package, &member, limits)?,
        None => Styles::default(),
    };
    let shared = Arc::new(Shared { package, strings, styles, settings, limits: limits.clone() });
    let mut sheets = Vec::new();
    for sheet in listed {
        let target = match related.get(&sheet.relationship) {
            // Charts, dialogues and macro sheets hold no ledger.
            Some(relationship) if relationship.kind != "worksheet" => continue,
            Some(relationship) => relationship.target.clone(),
            None => String::new(),
        };
        sheets.push(match shared.package.find(&target) {
            Some(member) => sheet::open(&shared, member, sheet.name, sheet.hidden),
            None => missing_sheet(sheet.name, sheet.hidden),
        });
    }
    Ok(sheets)
}

/// Where the workbook stands: where the package says, else where it usually does.
pub(super) fn workbook_part(package: &Package, usual: &str, limits: &Limits) -> Result<String, InputFault> {
    let root = relationships(package, "", limits)?;
    let named = root.into_values().find(|relationship| relationship.kind == "officeDocument");
    let target = named.map(|relationship| relationship.target).filter(|target| package.find(target).is_some());
    Ok(target.unwrap_or_else(|| usual.to_owned()))
}

fn missing_sheet(name: String, hidden: bool) -> Sheet {
    let fault = faults::damaged("文件中缺少这个工作表的内容", "the content of this sheet is missing");
    guard::failed_sheet(name, hidden, fault)
}

/// The relationships of a part by their ids; those of the package itself for `""`.
pub(super) fn relationships(
    package: &Package,
    part: &str,
    limits: &Limits,
) -> Result<BTreeMap<String, Relationship>, InputFault> {
    let (folder, base) = part.rsplit_once('/').map_or(("", part), |(folder, base)| (folder, base));
    let slash = if folder.is_empty() { "" } else { "/" };
    let mut found = BTreeMap::new();
    let Some(member) = package.find(&format!("{folder}{slash}_rels/{base}.rels")) else { return Ok(found) };
    let mut xml = Xml::new(package.stream(member, limits)?, limits);
    loop {
        match xml.next()? {
            Event::Start(start) | Event::Empty(start) if start.local_name().as_ref() == "Relationship" => {
                let get = |name| attribute(&start, name).unwrap_or_default();
                let outside = get("TargetMode").eq_ignore_ascii_case("external");
                if found.len() < limits.members && !outside {
                    let kind = get("Type").rsplit('/').next().unwrap_or("").to_owned();
                    let target = resolve(part, &get("Target"));
                    found.insert(get("Id").into_owned(), Relationship { kind, target });
                }
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

/// The path in the package of a target that a part names.
pub(super) fn resolve(part: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let mut path: Vec<&str> = Vec::new();
    if !target.starts_with('/')
        && let Some((folder, _)) = part.rsplit_once('/')
    {
        path.extend(folder.split('/'));
    }
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            step => path.push(step),
        }
    }
    path.join("/")
}

/// The sheets that the workbook lists, and its settings.
fn workbook_sheets(package: &Package, part: &str, limits: &Limits) -> Result<(Vec<Listed>, Settings), InputFault> {
    let member = package.find(part).ok_or_else(|| faults::damaged("缺少工作簿主体", "the workbook part is missing"))?;
    let mut xml = Xml::new(package.stream(member, limits)?, limits);
    let mut sheets = Vec::new();
    let mut settings = Settings::default();
    let mut complete = false;
    loop {
        match xml.next()? {
            Event::Start(start) | Event::Empty(start) => match start.local_name().as_ref() {
                "sheet" => {
                    let get = |name| attribute(&start, name).unwrap_or_default();
                    sheets.push(Listed {
                        name: get("name").into_owned(),
                        hidden: matches!(&*get("state"), "hidden" | "veryHidden"),
                        relationship: relationship_id(&start),
                    });
                    if sheets.len() > limits.sheets {
                        return Err(limits::exceeded("sheets", limits.sheets as u64));
                    }
                }
                "workbookPr" => settings.is_1904 = attribute(&start, "date1904").is_some_and(|value| is_true(&value)),
                "calcPr" => {
                    settings.is_uncalculated = attribute(&start, "fullCalcOnLoad").is_some_and(|value| is_true(&value));
                }
                _ => {}
            },
            Event::End(end) => complete |= end.local_name().as_ref() == "workbook",
            Event::Eof if complete => return Ok((sheets, settings)),
            Event::Eof => return Err(super::xml::truncated()),
            _ => {}
        }
    }
}

/// The `r:id` of a sheet; `sheetId` has no prefix and is another thing.
fn relationship_id(start: &quick_xml::events::BytesStart<'_>) -> String {
    for attribute in start.attributes().with_checks(false).filter_map(Result::ok) {
        let key: &str = attribute.key.as_ref();
        if key.ends_with(":id") || key == "id" {
            return attribute.value.into_owned();
        }
    }
    String::new()
}

/// Adds a piece of text in which `_x000D_` stands for a character.
fn push_escaped(text: &mut String, piece: &str) {
    let mut rest = piece;
    while let Some(position) = rest.find("_x") {
        text.push_str(&rest[..position]);
        let tail = &rest[position..];
        let digits = tail.get(2..6).filter(|_| tail.as_bytes().get(6) == Some(&b'_'));
        let code = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match code.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32) {
            Some(character) => {
                text.push(character);
                rest = &tail[7..];
            }
            None => {
                text.push_str("_x");
                rest = &tail[2..];
            }
        }
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_control_characters_are_resolved() {
        let mut text = String::new();
        push_escaped(&mut text, "甲_x000D_乙_x005F_x000D_丙_xZZZZ_丁_x00");
        assert_eq!(text, "甲\r乙_x000D_丙_xZZZZ_丁_x00");
    }

    #[test]
    fn targets_are_resolved_as_writers_write_them() {
        assert_eq!(resolve("xl/workbook.xml", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(resolve("xl/workbook.xml", "/xl/worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(resolve("xl/workbook.xml", "..\\xl\\styles.xml"), "xl/styles.xml");
        assert_eq!(resolve("", "xl/workbook.xml"), "xl/workbook.xml");
    }
}
