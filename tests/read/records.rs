//! The same ledger, written in every format, gives the same records.

use crate::support::{fixture, xlsx, zip};
use encoding_rs::{BIG5, GB18030};
use taizhang::map::{FileContext, MapOptions, Mapper, UserMapping, map_sheet};
use taizhang::model::{Batch, CellState, ColumnData, Date, FieldType};
use taizhang::read::{self, Opened, ReadOptions};

/// The ledger of tests/fixtures/read/make.py as records: the total is none, and the merged name holds for both rows.
const RECORDS: [&str; 2] = ["城关镇卫生院 主治医师 2023-12-04", "城关镇卫生院 副主任医师 2023-12-05"];

/// Institution, title and day of each record.
fn records(name: &str, bytes: Vec<u8>, mapper: &Mapper) -> Vec<String> {
    let options = MapOptions {
        kind: None,
        period: None,
        as_of: Date::new(2024, 1, 10).unwrap(),
        mapping: UserMapping::default(),
    };
    let read_options = ReadOptions { password: Some("secret".to_owned()), ..ReadOptions::default() };
    let mut found = Vec::new();
    for opened in read::open_bytes(name, bytes, &read_options) {
        let document = match opened {
            Opened::Document(document) => document,
            Opened::Fault { path, fault, .. } => panic!("{path}: {fault}"),
        };
        for sheet in document.sheets.into_iter().filter(|sheet| !sheet.hidden) {
            let file = FileContext { path: "台账".into(), index: 0 };
            let mut mapped = map_sheet(sheet, &file, mapper, &options);
            while let Some(batch) = mapped.next_batch().unwrap_or_else(|fault| panic!("{name}: {fault}")) {
                found.extend((0..batch.len()).map(|row| record(&batch, row, mapper)));
            }
        }
    }
    found
}

fn record(batch: &Batch, row: usize, mapper: &Mapper) -> String {
    let kind = mapper.catalog().kinds.iter().find(|kind| kind.id == batch.source.kind).unwrap();
    let field = |name: &str| {
        let column = &batch.columns[kind.field(name).unwrap_or_else(|| panic!("{} has no {name}", kind.id))];
        assert_eq!(column.states[row], CellState::Present, "{name}");
        match &column.data {
            ColumnData::Text(texts) => texts.get(row).to_owned(),
            ColumnData::Date(dates) => dates[row].to_string(),
            ColumnData::Code(positions) => {
                let position = kind.field(name).unwrap();
                let FieldType::Code(list) = &kind.fields[position].ty else { panic!("{name} is no code") };
                mapper.catalog().lists[list].entries[usize::from(positions[row])].code.to_string()
            }
            other => panic!("{name}: {other:?}"),
        }
    };
    format!("{} {} {}", field("机构名称"), field("职称"), field("值守日期"))
}

#[test]
fn every_format_gives_the_same_records() {
    let mapper = Mapper::new(&taizhang::pack::builtin().0.base());
    for name in [
        "ledger-openpyxl.xlsx",
        "ledger-libreoffice.xlsx",
        "ledger-xlwt.xls",
        "ledger-libreoffice.xls",
        "ledger-libreoffice-95.xls",
        "ledger-libreoffice.ods",
        "ledger-libreoffice.fods",
        "ledger-libreoffice.html",
        "password-secret-agile.xlsx",
        "password-secret-xor.xls",
    ] {
        let bytes = std::fs::read(fixture(name)).unwrap();
        assert_eq!(records(name, bytes.clone(), &mapper), RECORDS, "{name}");
        // What it is called and what it comes in change nothing.
        assert_eq!(records("台账.et", bytes.clone(), &mapper), RECORDS, "{name} as .et");
        let archive = zip(&[("内层.zip", &zip(&[("台账.csv", &bytes)]))]);
        assert_eq!(records("报送.zip", archive, &mapper), RECORDS, "{name} in archives");
    }
}

#[test]
fn every_way_of_writing_a_text_gives_the_same_records() {
    let mapper = Mapper::new(&taizhang::pack::builtin().0.base());
    let lines = [
        "某县中高级职称医师值守台账||||",
        "机构名称|职称|值守日期|开放比例|人次",
        "城关镇卫生院|主治医师|2023年12月4日|20%|1234.5",
        "城关镇卫生院|副主任医师|2023/12/5|12.5%|0",
        "合计||||1234.5",
    ];
    for delimiter in [",", "\t", ";", "，", "|"] {
        for end in ["\n", "\r\n", "\r"] {
            for quote in ["", "\""] {
                let text: String = lines
                    .iter()
                    .map(|line| {
                        let fields: Vec<String> =
                            line.split('|').map(|field| format!("{quote}{field}{quote}")).collect();
                        fields.join(delimiter) + end
                    })
                    .collect();
                let what = format!("{delimiter:?} {end:?} {quote:?}");
                let wide = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
                for bytes in [
                    text.clone().into_bytes(),
                    format!("\u{FEFF}{text}").into_bytes(),
                    GB18030.encode(&text).0.into_owned(),
                    wide(u16::to_le_bytes),
                    wide(u16::to_be_bytes),
                ] {
                    assert_eq!(records("台账.csv", bytes, &mapper), RECORDS, "{what}");
                }
            }
        }
    }
}

#[test]
fn other_writers_give_the_same_records() {
    let mapper = Mapper::new(&taizhang::pack::builtin().0.base());
    let rows = [
        ["机构名称", "职称", "值守日期"],
        ["城关镇卫生院", "主治医师", "45264"],
        ["城关镇卫生院", "副主任医师", "45265"],
    ];
    // rust_xlsxwriter: dates as serials with a format, as texts, and all texts inline.
    for constant_memory in [false, true] {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet =
            if constant_memory { book.add_worksheet_with_constant_memory().unwrap() } else { book.add_worksheet() };
        let date = rust_xlsxwriter::Format::new().set_num_format("yyyy\"年\"m\"月\"d\"日\"");
        for (row, cells) in rows.iter().enumerate() {
            for (column, text) in cells.iter().enumerate() {
                let place = (row as u32, column as u16);
                match text.parse::<f64>() {
                    Ok(number) => sheet.write_number_with_format(place.0, place.1, number, &date),
                    Err(_) => sheet.write_string(place.0, place.1, *text),
                }
                .unwrap();
            }
        }
        let bytes = book.save_to_buffer().unwrap();
        assert_eq!(records("a.xlsx", bytes, &mapper), RECORDS, "constant memory {constant_memory}");
    }
    let inline: String = rows
        .iter()
        .map(|cells| {
            let cells: String = cells
                .iter()
                .map(|text| match text.parse::<f64>() {
                    Ok(number) => format!("<c><v>{number}</v></c>"),
                    Err(_) => format!(r#"<c t="inlineStr"><is><t>{text}</t></is></c>"#),
                })
                .collect();
            format!("<row>{cells}</row>")
        })
        .collect();
    assert_eq!(records("a.xlsx", xlsx(&inline, "", "", ""), &mapper), RECORDS, "serials without a format");
    let xml: String = rows
        .iter()
        .map(|cells| {
            let cells: String =
                cells.iter().map(|text| format!(r#"<Cell><Data ss:Type="String">{text}</Data></Cell>"#)).collect();
            format!("<Row>{cells}</Row>")
        })
        .collect();
    let xml = format!(
        r#"<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="表"><Table>{xml}</Table></Worksheet></Workbook>"#
    );
    assert_eq!(records("a.xls", xml.into_bytes(), &mapper), RECORDS, "XML 2003");
    // Traditional characters in Big5 name the same columns.
    let text = "機構名稱,職稱,值守日期\n城關鎮衛生院,主治醫師,2023-12-04\n";
    let document = read::open_bytes("a.csv", BIG5.encode(text).0.into_owned(), &ReadOptions::default());
    assert!(matches!(&document[..], [Opened::Document(document)] if document.encoding.as_deref() == Some("Big5")));
}
