//! Links from a finding to the cell of the file that it is about.

use crate::finding::Location;
use crate::model::cell_name;

/// Excel refuses longer addresses.
const ADDRESS_CHARACTERS: usize = 2_000;

/// The address of the place for a workbook at `target`; `None` where no address leads there.
///
/// Both paths are as the user gave them. Where both are relative or both absolute the address is relative to the workbook's folder, so
/// that the folder can be moved or sent as a whole.
pub(super) fn address(target: Option<&str>, place: &Location, is_text: bool) -> Option<String> {
    // A member of an archive or a mail cannot be addressed; the container can.
    let file = place.file.as_deref()?;
    let (file, is_member) = file.split_once('!').map_or((file, false), |(outer, _)| (outer, true));
    // Addresses give # and % a meaning of their own.
    if file.is_empty() || file.contains(['#', '%']) {
        return None;
    }
    let mut address = format!("file:///{}", relative(target.unwrap_or(""), file));
    if let (Some(sheet), Some(row), false) = (&place.sheet, place.row, is_text || is_member) {
        let cell = cell_name(row, place.column.unwrap_or(0));
        address.push_str(&format!("#'{}'!{cell}", sheet.replace('\'', "''")));
    }
    (address.chars().count() <= ADDRESS_CHARACTERS).then_some(address)
}

fn is_absolute(path: &str) -> bool {
    path.starts_with(['/', '\\']) || path.as_bytes().get(1) == Some(&b':')
}

/// `file` as seen from the folder of `target`.
pub(super) fn relative(target: &str, file: &str) -> String {
    if is_absolute(target) != is_absolute(file) {
        return file.to_owned();
    }
    let parts = |path: &str| -> Vec<String> {
        let mut parts: Vec<String> = Vec::new();
        for part in path.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".") {
            match (part, parts.last().map(String::as_str)) {
                ("..", Some(last)) if last != ".." => {
                    parts.pop();
                }
                _ => parts.push(part.to_owned()),
            }
        }
        parts
    };
    let mut from = parts(target);
    from.pop();
    let to = parts(file);
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    // The folder that the user stands in has no name here, so nobody can climb down to it again.
    if from[shared..].iter().any(|part| part == "..") {
        return file.to_owned();
    }
    let up = std::iter::repeat_n("..", from.len() - shared);
    up.chain(to[shared..].iter().map(String::as_str)).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_workbook() {
        assert_eq!(relative("findings.xlsx", "samples/a.xlsx"), "samples/a.xlsx");
        assert_eq!(relative("out/findings.xlsx", "samples/a.xlsx"), "../samples/a.xlsx");
        assert_eq!(relative("./samples/out.xlsx", "samples/b/a.xlsx"), "b/a.xlsx");
        assert_eq!(relative("../out.xlsx", "a.xlsx"), "a.xlsx");
        assert_eq!(relative("../out.xlsx", "../in/a.xlsx"), "in/a.xlsx");
        assert_eq!(relative("/data/out/f.xlsx", "/data/in/a.xlsx"), "../in/a.xlsx");
        assert_eq!(relative("f.xlsx", "/data/in/a.xlsx"), "/data/in/a.xlsx");
    }

    #[test]
    fn addresses_name_the_cell_of_a_workbook_only() {
        let place = Location {
            file: Some("in/表 1.xlsx".into()),
            sheet: Some("四季度'23".into()),
            row: Some(4),
            column: Some(2),
        };
        assert_eq!(address(Some("f.xlsx"), &place, false).unwrap(), "file:///in/表 1.xlsx#'四季度''23'!C5");
        assert_eq!(address(None, &place, true).unwrap(), "file:///in/表 1.xlsx");
        let member = Location { file: Some("in/a.zip!b.xlsx".into()), ..place.clone() };
        assert_eq!(address(None, &member, false).unwrap(), "file:///in/a.zip");
        assert_eq!(address(None, &Location { file: Some("a#b.xlsx".into()), ..place }, false), None);
        assert_eq!(address(None, &Location::default(), false), None);
    }
}
