//! An XLSX workbook of a sheet and its shared strings.

use crate::pack;

/// The sheet and the shared strings of the input, which a zero byte sets apart.
pub fn parts(data: &[u8]) -> (&[u8], &[u8]) {
    data.iter().position(|&byte| byte == 0).map_or((data, &data[..0]), |at| (&data[..at], &data[at + 1..]))
}

/// A workbook with these two parts.
pub fn book(sheet: &[u8], strings: &[u8]) -> Vec<u8> {
    let rels = br#"<Relationships><Relationship Id="r1" Type="x/worksheet" Target="sheet.xml"/><Relationship Id="r2" Type="x/sharedStrings" Target="strings.xml"/></Relationships>"#;
    pack::pack(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.xml", br#"<workbook><sheets><sheet name="a" r:id="r1"/></sheets></workbook>"#),
        ("xl/_rels/workbook.xml.rels", rels),
        ("xl/sheet.xml", sheet),
        ("xl/strings.xml", strings),
    ])
}
