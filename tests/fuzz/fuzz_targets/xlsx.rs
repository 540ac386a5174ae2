//! The sheet and the shared strings of an XLSX workbook, set apart by a zero byte.
#![no_main]

mod common;
mod pack;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (sheet, strings) =
        data.iter().position(|&byte| byte == 0).map_or((data, &data[..0]), |at| (&data[..at], &data[at + 1..]));
    let rels = br#"<Relationships><Relationship Id="r1" Type="x/worksheet" Target="sheet.xml"/><Relationship Id="r2" Type="x/sharedStrings" Target="strings.xml"/></Relationships>"#;
    common::drain(
        "input.xlsx",
        pack::pack(&[
            ("[Content_Types].xml", b"<Types/>"),
            ("xl/workbook.xml", br#"<workbook><sheets><sheet name="a" r:id="r1"/></sheets></workbook>"#),
            ("xl/_rels/workbook.xml.rels", rels),
            ("xl/sheet.xml", sheet),
            ("xl/strings.xml", strings),
        ]),
    );
});
