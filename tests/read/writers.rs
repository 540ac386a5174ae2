//! Writes one sheet of texts in every format, with its merged areas.

use encoding_rs::GB18030;

use crate::support::{biff, record, wide, zip};

/// One sheet: its name, its lines with cells set apart by `|`, and merged areas as first and last row and column.
pub type Layout = (&'static str, &'static str, &'static [(u32, u16, u32, u16)]);

/// The cells of a layout as an XLSX book; `hidden` hides the last row and puts a hidden column and a hidden sheet beside them.
pub fn book(layout: &Layout, hidden: bool) -> Vec<u8> {
    let (_, text, merged) = layout;
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let format = rust_xlsxwriter::Format::new();
    for &(top, left, bottom, right) in *merged {
        sheet.merge_range(top, left, bottom, right, "", &format).unwrap();
    }
    let mut width = 0;
    for (row, line) in text.lines().enumerate() {
        for (column, cell) in line.split('|').enumerate().filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string(row as u32, column as u16, cell).unwrap();
            width = width.max(column as u16 + 1);
        }
    }
    if hidden {
        sheet.set_row_hidden(text.lines().count() as u32 - 1).unwrap();
        sheet.set_column_hidden(width + 1).unwrap();
        sheet.write_string(0, width + 1, "内部使用").unwrap();
        let other = book.add_worksheet();
        other.write_string(0, 0, "机构名称").unwrap();
        other.set_hidden(true);
    }
    book.save_to_buffer().unwrap()
}

/// The cells of a layout as an HTML table, with merged areas as spans.
pub fn page(layout: &Layout) -> Vec<u8> {
    let mut rows = String::new();
    for cells in cells(layout) {
        rows.push_str("<tr>");
        for (_, text, down, across) in cells {
            rows.push_str(&format!("<td rowspan={down} colspan={across}>{text}</td>"));
        }
        rows.push_str("</tr>");
    }
    format!("<html><meta charset=utf-8><body><table>{rows}</table></body></html>").into_bytes()
}

/// The cells of a layout row by row: those that are not covered by a merged area, each with its place, its text and the rows
/// and columns that it takes.
fn cells(layout: &Layout) -> Vec<Vec<(u16, &'static str, u32, u16)>> {
    let (_, text, merged) = *layout;
    let row_cells = |(row, line): (usize, &'static str)| {
        let row = row as u32;
        let cell = |(column, text): (usize, &'static str)| {
            let column = column as u16;
            let holds = |&&(top, left, bottom, right): &&(u32, u16, u32, u16)| {
                (top..=bottom).contains(&row) && (left..=right).contains(&column)
            };
            match merged.iter().find(holds) {
                Some(&(top, left, bottom, right)) => {
                    ((top, left) == (row, column)).then_some((column, text, bottom - top + 1, right - left + 1))
                }
                None => Some((column, text, 1, 1)),
            }
        };
        line.split('|').enumerate().filter_map(cell).collect()
    };
    text.lines().enumerate().map(row_cells).collect()
}

/// The cells of a layout that say something, as row, column and text.
fn texts(layout: &Layout) -> impl Iterator<Item = (u16, u16, &'static str)> {
    let filled = cells(layout).into_iter().zip(0_u16..).flat_map(|(cells, row)| {
        cells.into_iter().filter(|(_, text, ..)| !text.is_empty()).map(move |(column, text, ..)| (row, column, text))
    });
    filled.collect::<Vec<_>>().into_iter()
}

/// A book of XLS of 1997, a bare stream of records.
pub fn xls(layout: &Layout) -> Vec<u8> {
    let mut stream = biff(0x0809, &[0, 6, 0x10, 0, 0, 0, 0, 0]);
    for (row, column, text) in texts(layout) {
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut data: Vec<u8> = [row, column, 0, units.len() as u16].into_iter().flat_map(u16::to_le_bytes).collect();
        data.push(1);
        data.extend(units.into_iter().flat_map(u16::to_le_bytes));
        stream.extend(biff(0x0204, &data));
    }
    let mut merged = (layout.2.len() as u16).to_le_bytes().to_vec();
    for &(top, left, bottom, right) in layout.2 {
        merged.extend([top as u16, bottom as u16, left, right].into_iter().flat_map(u16::to_le_bytes));
    }
    stream.extend(biff(0x00E5, &merged));
    stream.extend(biff(0x000A, &[]));
    stream
}

/// A book of XLS of 1995 with its texts in GBK, which knows no merged areas.
pub fn xls_5(layout: &Layout) -> Vec<u8> {
    let mut stream = biff(0x0809, &[0, 5, 0x10, 0, 0, 0, 0, 0]);
    stream.extend(biff(0x0042, &936_u16.to_le_bytes()));
    for (row, column, text) in texts(layout) {
        let bytes = GB18030.encode(text).0;
        let mut data: Vec<u8> = [row, column, 0, bytes.len() as u16].into_iter().flat_map(u16::to_le_bytes).collect();
        data.extend_from_slice(&bytes);
        stream.extend(biff(0x0204, &data));
    }
    stream.extend(biff(0x000A, &[]));
    stream
}

/// A book of XLSB with all texts in their cells.
pub fn xlsb_book(layout: &Layout) -> Vec<u8> {
    let numbers = |values: &[u32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let workbook =
        [record(153, &numbers(&[0, 0])), record(156, &[numbers(&[0, 1]), wide("rId1"), wide("表")].concat())];
    let mut sheet = record(145, &[]);
    for (row, cells) in cells(layout).into_iter().enumerate() {
        sheet.extend(record(0, &[numbers(&[row as u32, 0]), vec![0; 5]].concat()));
        for (column, text, ..) in cells.into_iter().filter(|(_, text, ..)| !text.is_empty()) {
            sheet.extend(record(6, &[numbers(&[u32::from(column), 0]), wide(text)].concat()));
        }
    }
    sheet.extend(record(146, &[]));
    for &(top, left, bottom, right) in layout.2 {
        sheet.extend(record(176, &numbers(&[top, bottom, u32::from(left), u32::from(right)])));
    }
    let rels = br#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.bin"/></Relationships>"#;
    zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.bin", &workbook.concat()),
        ("xl/_rels/workbook.bin.rels", rels),
        ("xl/worksheets/sheet1.bin", &sheet),
    ])
}

/// A flat OpenDocument spreadsheet.
pub fn fods(layout: &Layout) -> Vec<u8> {
    let mut rows = String::new();
    for cells in cells(layout) {
        rows.push_str("<table:table-row>");
        let mut next = 0;
        for (column, text, down, across) in cells {
            if column > next {
                rows.push_str(&format!(
                    r#"<table:covered-table-cell table:number-columns-repeated="{}"/>"#,
                    column - next
                ));
            }
            next = column + 1;
            rows.push_str(&format!(
                r#"<table:table-cell office:value-type="string" table:number-rows-spanned="{down}" table:number-columns-spanned="{across}"><text:p>{text}</text:p></table:table-cell>"#
            ));
        }
        rows.push_str("</table:table-row>");
    }
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><office:document office:mimetype="application/vnd.oasis.opendocument.spreadsheet" xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="表">{rows}</table:table></office:spreadsheet></office:body></office:document>"#
    )
    .into_bytes()
}

/// A workbook of XML Spreadsheet 2003.
pub fn xml2003(layout: &Layout) -> Vec<u8> {
    let mut rows = String::new();
    for cells in cells(layout) {
        rows.push_str("<Row>");
        for (column, text, down, across) in cells.into_iter().filter(|(_, text, ..)| !text.is_empty()) {
            rows.push_str(&format!(
                r#"<Cell ss:Index="{}" ss:MergeDown="{}" ss:MergeAcross="{}"><Data ss:Type="String">{text}</Data></Cell>"#,
                column + 1,
                down - 1,
                across - 1
            ));
        }
        rows.push_str("</Row>");
    }
    format!(
        r#"<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="表"><Table>{rows}</Table></Worksheet></Workbook>"#
    )
    .into_bytes()
}
