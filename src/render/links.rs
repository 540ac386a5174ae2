//! Links from a finding to the cell of the file that it is about.

use std::borrow::Cow;

use super::Options;
use super::escape::uri;
use crate::finding::Location;
use crate::model::cell_name;

/// Excel refuses longer addresses.
const ADDRESS_CHARACTERS: usize = 2_000;
/// Excel refuses longer texts in formulas.
const FORMULA_CHARACTERS: usize = 255;

/// The address of a file for the document that the options name; `None` where no address leads there.
///
/// Both paths are as the user gave them. The address is relative to the document's folder, so that the folder can be moved or sent as
/// a whole; only another drive has an address of its own. A member of an archive or a mail is addressed by its container.
pub(super) fn address(options: &Options, file: &str) -> Option<String> {
    let address = uri(&path(options, file)?);
    (address.len() <= ADDRESS_CHARACTERS).then_some(address)
}

fn path(options: &Options, file: &str) -> Option<String> {
    let outer = file.split_once('!').map_or(file, |(outer, _)| outer);
    let target = options.target.as_deref().unwrap_or("");
    (!outer.is_empty()).then(|| relative(target, outer, options.folder.as_deref()))
}

/// The address of a file as formulas hold it: there it has little room, and readable letters take less of it.
pub(super) fn formula_address(options: &Options, file: &str) -> Option<String> {
    let path = path(options, file)?;
    let is_plain = !is_absolute(&path) && !path.contains(['#', '%']);
    Some(if is_plain { path } else { uri(&path) })
}

/// The link to a [`formula_address`] as a formula that shows `label`, for rows beyond the links that Excel allows on a sheet; `None`
/// where a formula cannot hold the address. Nothing of the data stands in it but within quotes.
pub(super) fn formula(address: &str, anchor: Option<&str>, label: &str) -> Option<String> {
    let address = match anchor {
        Some(anchor) => Cow::Owned(format!("{address}#{anchor}")),
        None => Cow::Borrowed(address),
    };
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let fits = |text: &str| text.encode_utf16().count() <= FORMULA_CHARACTERS;
    (fits(&address) && fits(label)).then(|| format!("HYPERLINK({},{})", quoted(&address), quoted(label)))
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

/// `file` as seen from the folder of `target`; both begin in `folder` where they are not absolute.
fn relative(target: &str, file: &str, folder: Option<&str>) -> String {
    let whole = |path: &str| match folder {
        Some(folder) if !is_absolute(path) => format!("{folder}/{path}"),
        _ => path.to_owned(),
    };
    if is_absolute(target) != is_absolute(file) {
        return match folder {
            Some(_) => relative(&whole(target), &whole(file), None),
            None => file.to_owned(),
        };
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
    // To climb down again into the folder that the user stands in, its name is needed.
    if from[shared..].iter().any(|part| part == "..") {
        return match folder {
            Some(_) => relative(&whole(target), &whole(file), None),
            None => file.to_owned(),
        };
    }
    // Nothing leads from one drive of Windows to another.
    let drive = |path: &str| path.as_bytes().get(1) == Some(&b':');
    if shared == 0 && (drive(target) || drive(file)) {
        return file.to_owned();
    }
    let up = std::iter::repeat_n("..", from.len() - shared);
    up.chain(to[shared..].iter().map(String::as_str)).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_holds_a_link_and_nothing_else() {
        let options = Options { target: Some("out/a.xlsx".to_owned()), ..Options::default() };
        let formula = |file: &str, anchor| formula(&formula_address(&options, file)?, anchor, "G6");
        assert_eq!(
            formula("in/表\".xlsx", Some("'汇总'!G6")).as_deref(),
            Some("HYPERLINK(\"../in/表\"\".xlsx#'汇总'!G6\",\"G6\")")
        );
        assert_eq!(formula("in/5%.csv", None).as_deref(), Some("HYPERLINK(\"../in/5%25.csv\",\"G6\")"));
        assert_eq!(formula(&"长".repeat(256), None), None);
    }

    #[test]
    fn paths_are_relative_to_the_workbook() {
        let relative = |target: &str, file: &str| relative(target, file, None);
        assert_eq!(relative("findings.xlsx", "samples/a.xlsx"), "samples/a.xlsx");
        assert_eq!(relative("out/findings.xlsx", "samples/a.xlsx"), "../samples/a.xlsx");
        assert_eq!(relative("./samples/out.xlsx", "samples/b/a.xlsx"), "b/a.xlsx");
        assert_eq!(relative("../out.xlsx", "a.xlsx"), "a.xlsx");
        assert_eq!(relative("../out.xlsx", "../in/a.xlsx"), "in/a.xlsx");
        assert_eq!(relative("/data/out/f.xlsx", "/data/in/a.xlsx"), "../in/a.xlsx");
        assert_eq!(relative("f.xlsx", "/data/in/a.xlsx"), "/data/in/a.xlsx");
    }

    #[test]
    fn a_workbook_in_another_place_is_linked_through_the_working_folder() {
        let linked = |target: &str, file: &str| relative(target, file, Some("/home/li/台账"));
        assert_eq!(linked("/tmp/out.xlsx", "in/a.xlsx"), "../home/li/台账/in/a.xlsx");
        assert_eq!(linked("/home/li/结果/out.xlsx", "in/a.xlsx"), "../台账/in/a.xlsx");
        assert_eq!(linked("out.xlsx", "/data/a.xlsx"), "../../../data/a.xlsx");
        assert_eq!(linked("../out.xlsx", "in/a.xlsx"), "台账/in/a.xlsx");
        // Where both are given alike, the working folder does not matter.
        assert_eq!(linked("out/f.xlsx", "in/a.xlsx"), "../in/a.xlsx");
        assert_eq!(relative("D:\\out\\f.xlsx", "D:\\in\\a.xlsx", None), "../in/a.xlsx");
        assert_eq!(relative("D:\\out\\f.xlsx", "E:\\in\\a.xlsx", None), "E:\\in\\a.xlsx");
    }

    #[test]
    fn addresses_lead_to_files_and_anchors_to_cells() {
        let options = Options { target: Some("out/f.xlsx".to_owned()), ..Options::default() };
        assert_eq!(address(&options, "in/表 #1.xlsx").unwrap(), "../in/%E8%A1%A8%20%231.xlsx");
        assert_eq!(address(&Options::default(), "in/a.zip!b.xlsx").unwrap(), "in/a.zip");
        assert_eq!(address(&Options::default(), ""), None);
        let place =
            Location {
                file: Some("in/a.xlsx".into()), sheet: Some("四季度'23".into()), row: Some(4), column: Some(2)
            };
        assert_eq!(anchor(&place).unwrap(), "'四季度''23'!C5");
        assert_eq!(anchor(&Location { file: Some("a.zip!a.xlsx".into()), ..place.clone() }), None);
        assert_eq!(anchor(&Location { row: None, ..place }), None);
    }
}
