//! The sheet, the shared strings and the styles of an XLSB workbook, one after the other with their lengths in front.
#![no_main]

mod common;
mod pack;

/// The next part: two bytes say how long it is.
fn part<'a>(data: &mut &'a [u8]) -> &'a [u8] {
    let Some((length, rest)) = data.split_first_chunk::<2>() else { return &[] };
    let (part, rest) = rest.split_at(rest.len().min(usize::from(u16::from_le_bytes(*length))));
    *data = rest;
    part
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut rest = data;
    let (sheet, strings, styles) = (part(&mut rest), part(&mut rest), part(&mut rest));
    // One sheet, called "a", whose relation is r1.
    let workbook = b"\x9C\x01\x16\0\0\0\0\x01\0\0\0\x02\0\0\0r\x001\0\x01\0\0\0a\0";
    let rels = br#"<Relationships><Relationship Id="r1" Type="x/worksheet" Target="sheet.bin"/></Relationships>"#;
    common::drain(
        "input.xlsb",
        pack::pack(&[
            ("[Content_Types].xml", b"<Types/>"),
            ("xl/workbook.bin", workbook),
            ("xl/_rels/workbook.bin.rels", rels),
            ("xl/sheet.bin", sheet),
            ("xl/sharedStrings.bin", strings),
            ("xl/styles.bin", styles),
        ]),
    );
});
