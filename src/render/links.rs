//! Links from a finding to the cell of the file that it is about.

use super::escape::uri;
use crate::finding::Location;
use crate::model::cell_name;

/// Excel refuses longer addresses.
const ADDRESS_CHARACTERS: usize = 2_000;

/// The address of a file for a document at `target`; `None` where no address leads there.
///
/// Both paths are as the user gave them. Where both are relative or both absolute the address is relative to the document's folder, so
/// that the folder can be moved or sent as a whole. A member of an archive or a mail is addressed by its container.
pub(super) fn address(target: Option<&str>, file: &str) -> Option<String> {
    let outer = file.split_once('!').map_or(file, |(outer, _)| outer);
    let address = uri(&relative(target.unwrap_or(""), outer));
    (!outer.is_empty() && address.len() <= ADDRESS_CHARACTERS).then_some(address)
}

/// The cell inside a workbook, as `'sheet'!C5`; `None` for members of containers and where no row is known.
pub(super) fn anchor(place: &Location) -> Option<String> {
    let is_member = place.file.as_deref().is_some_and(|file| file.contains('!'));
    let (sheet, row) = (place.sheet.as_deref()?, place.row?);
    let cell = cell_name(row, place.column.unwrap_or(0));
    (!is_member).then(|| format!("'{}'!{cell}", sheet.replace('\'', "''")))
}

fn is_absolute(path: &str) -> bool {
    path.starts_with(['/', '\\']) || path.as_bytes().get(1) == Some(&b':')
}

/// `file` as seen from the folder of `target`.
fn relative(target: &str, file: &str) -> String {
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
    fn addresses_lead_to_files_and_anchors_to_cells() {
        assert_eq!(address(Some("out/f.xlsx"), "in/表 #1.xlsx").unwrap(), "../in/%E8%A1%A8%20%231.xlsx");
        assert_eq!(address(None, "in/a.zip!b.xlsx").unwrap(), "in/a.zip");
        assert_eq!(address(None, ""), None);
        let place =
            Location {
                file: Some("in/a.xlsx".into()), sheet: Some("四季度'23".into()), row: Some(4), column: Some(2)
            };
        assert_eq!(anchor(&place).unwrap(), "'四季度''23'!C5");
        assert_eq!(anchor(&Location { file: Some("a.zip!a.xlsx".into()), ..place.clone() }), None);
        assert_eq!(anchor(&Location { row: None, ..place }), None);
    }
}
