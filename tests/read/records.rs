//! The same ledger, written in every format, gives the same records.

use crate::support::{fixture, xlsb, xlsx, zip};
use crate::writers::{Layout, book, fods, page, xls, xls_5, xlsb_book, xml2003};
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
                // Totals and contents of tables are batches of their own.
                if &*batch.source.kind == "duty-roster" {
                    found.extend((0..batch.len()).map(|row| record(&batch, row, mapper)));
                }
            }
        }
    }
    found
}

fn record(batch: &Batch, row: usize, mapper: &Mapper) -> String {
    let kind = mapper.catalog().kinds.iter().find(|kind| kind.id == batch.source.kind).unwrap();
    let field = |name: &str| {
        let column = &batch.columns[kind.field(name).unwrap_or_else(|| panic!("{} has no {name}", kind.id))];
        let state = column.states.get(row);
        if state != Some(&CellState::Present) {
            return format!("{state:?}");
        }
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
    let text = "機構名稱,職稱,值守日期\n城關鎮衛生院,主治醫師,2023-12-04\n城關鎮衛生院,副主任醫師,2023-12-05\n";
    let bytes = BIG5.encode(text).0.into_owned();
    let document = read::open_bytes("a.csv", bytes.clone(), &ReadOptions::default());
    assert!(matches!(&document[..], [Opened::Document(document)] if document.encoding.as_deref() == Some("Big5")));
    assert_eq!(records("a.csv", bytes, &mapper), RECORDS.map(|record| record.replace("城关镇卫生院", "城關鎮衛生院")));
}

#[test]
fn bare_serial_numbers_are_days_of_the_books_own_date_system() {
    let mapper = Mapper::new(&taizhang::pack::builtin().0.base());
    for name in [
        "serials-1904-openpyxl.xlsx",
        "serials-1904-xlwt.xls",
        "serials-1904-libreoffice.xls",
        "serials-1904-libreoffice.ods",
        // The page does not say how it counts; the dates that it shows do.
        "serials-1904-libreoffice.html",
    ] {
        assert_eq!(records(name, std::fs::read(fixture(name)).unwrap(), &mapper), RECORDS, "{name}");
    }
    let rows = [
        ["机构名称", "职称", "值守日期"],
        ["城关镇卫生院", "主治医师", "43802"],
        ["城关镇卫生院", "副主任医师", "43803"],
    ];
    let written = |row: fn(&str) -> String, cell: fn(&str, bool) -> String| -> String {
        rows.iter()
            .map(|cells| row(&cells.iter().map(|text| cell(text, text.parse::<f64>().is_ok())).collect::<String>()))
            .collect()
    };
    let xml = written(
        |row| format!("<Row>{row}</Row>"),
        |text, is_number| {
            let kind = if is_number { "Number" } else { "String" };
            format!(r#"<Cell><Data ss:Type="{kind}">{text}</Data></Cell>"#)
        },
    );
    let xml = format!(
        r#"<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><ExcelWorkbook xmlns="urn:schemas-microsoft-com:office:excel"><Date1904/></ExcelWorkbook><Worksheet ss:Name="表"><Table>{xml}</Table></Worksheet></Workbook>"#
    );
    assert_eq!(records("a.xls", xml.into_bytes(), &mapper), RECORDS, "XML 2003");
    let page = written(
        |row| format!("<tr>{row}</tr>"),
        |text, is_number| {
            if is_number { format!("<td x:num>{text}</td>") } else { format!("<td>{text}</td>") }
        },
    );
    let page = format!(
        "<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><meta charset=utf-8><!--[if gte mso 9]><xml><x:ExcelWorkbook><x:Date1904/></x:ExcelWorkbook></xml><![endif]--><table>{page}</table></html>"
    );
    assert_eq!(records("a.xls", page.into_bytes(), &mapper), RECORDS, "HTML of Excel");
    // XLSB: the system is the book's.
    for (is_1904, expected) in [(false, read::DAY_ZERO), (true, read::DAY_ZERO_1904)] {
        match &read::open_bytes("a.xlsb", xlsb(is_1904, &[], &[(43802.0, 0)]), &ReadOptions::default())[..] {
            [Opened::Document(document)] => assert_eq!(document.sheets[0].day_zero, expected, "XLSB"),
            _ => panic!("one document"),
        }
    }
}

/// The records of [`RECORDS`] in the layouts that arrive.
const LAYOUTS: [Layout; 14] = [
    ("plain", "机构名称|职称|值守日期\n城关镇卫生院|主治医师|2023-12-04\n城关镇卫生院|副主任医师|2023-12-05", &[]),
    (
        "lines above and notes below",
        "附件2\n中高级职称医师值守门诊排班表\n填报单位：某县卫生健康局|填报时间：2023年12月31日\n\n机构名称|职称|值守日期\n城关镇卫生院|主治医师|2023-12-04\n城关镇卫生院|副主任医师|2023-12-05\n\n注：本表按日填写。\n填表人：某某",
        &[(0, 0, 0, 2), (1, 0, 1, 2)],
    ),
    (
        "two heading rows",
        "值守门诊排班\n机构名称|值守医师||值守日期\n|姓名|职称|\n城关镇卫生院|张三|主治医师|2023-12-04\n城关镇卫生院|李四|副主任医师|2023-12-05",
        &[(1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 2, 3)],
    ),
    (
        "three heading rows",
        "值守门诊排班\n机构名称|值守安排|||\n|人员||时间|\n|姓名|职称|值守日期|值守方式\n城关镇卫生院|张三|主治医师|2023-12-04|现场\n城关镇卫生院|李四|副主任医师|2023-12-05|现场",
        &[(1, 0, 3, 0), (1, 1, 1, 4), (2, 1, 2, 2), (2, 3, 2, 4)],
    ),
    (
        "four heading rows",
        "机构名称|2023年四季度值守门诊||||\n|值守安排|||\n|人员||时间|\n|姓名|职称|值守日期|值守方式\n城关镇卫生院|张三|主治医师|2023年12月4日|现场\n城关镇卫生院|李四|副主任医师|2023.12.5|现场",
        &[(0, 0, 3, 0), (0, 1, 0, 4), (1, 1, 1, 4), (2, 1, 2, 2), (2, 3, 2, 4)],
    ),
    (
        "merged downwards",
        "机构名称|职称|值守日期\n城关镇卫生院|主治医师|2023-12-04\n|副主任医师|2023-12-05",
        &[(1, 0, 2, 0)],
    ),
    (
        "headings repeated at a page break",
        "机构名称|职称|值守日期\n城关镇卫生院|主治医师|2023-12-04\n小计||1\n机构名称|职称|值守日期\n城关镇卫生院|副主任医师|2023-12-05\n合计||2",
        &[],
    ),
    (
        "side by side",
        "序号|机构名称|职称|值守日期||序号|机构名称|职称|值守日期\n1|城关镇卫生院|主治医师|2023-12-04||2|城关镇卫生院|副主任医师|2023-12-05",
        &[],
    ),
    (
        "stacked",
        "十二月上旬值守门诊\n机构名称|职称|值守日期|医师姓名\n城关镇卫生院|主治医师|2023-12-04|张三\n\n补充值守门诊\n医师姓名|值守日期|机构名称|职称\n李四|2023-12-05|城关镇卫生院|副主任医师",
        &[],
    ),
    (
        "spacer rows and columns",
        "\n|机构名称||职称|值守日期\n\n|城关镇卫生院||主治医师|2023-12-04\n\n|城关镇卫生院||副主任医师|2023-12-05",
        &[],
    ),
    (
        "on its side",
        "值守门诊排班\n机构名称|城关镇卫生院|城关镇卫生院\n医师姓名|张三|李四\n职称|主治医师|副主任医师\n值守日期|2023-12-04|2023-12-05",
        &[],
    ),
    (
        "days as columns",
        "值守门诊排班\n机构名称|2023-12-04|2023-12-05|2023-12-06\n城关镇卫生院|张三（主治医师）|李四（副主任医师）|休",
        &[],
    ),
    (
        "days of the month as columns",
        "2023年12月值守门诊排班\n机构名称|医师姓名|职称|4日|5日|6日\n城关镇卫生院|张三|主治医师|√||\n城关镇卫生院|李四|副主任医师||√|×",
        &[],
    ),
    (
        "weekdays with half-days",
        "值守门诊排班（2023年12月4日至12月10日）\n机构名称|周一||周二|\n|上午|下午|上午|下午\n城关镇卫生院|张三（主治医师）|张三（主治医师）||李四（副主任医师）",
        &[(1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 1, 4)],
    ),
];

#[test]
fn every_layout_gives_the_same_records_in_every_format() {
    let mapper = Mapper::new(&taizhang::pack::builtin().0.base());
    for layout in &LAYOUTS {
        let (name, text, _) = layout;
        let text = text.replace('|', ",");
        for (format, bytes) in [
            ("xlsx", book(layout, false)),
            ("xlsx with a hidden row, column and sheet", book(layout, true)),
            ("xls of BIFF8", xls(layout)),
            ("xls of BIFF5", xls_5(layout)),
            ("xlsb", xlsb_book(layout)),
            ("fods", fods(layout)),
            ("XML 2003", xml2003(layout)),
            ("html", page(layout)),
            ("csv", text.clone().into_bytes()),
            ("csv in GB18030", GB18030.encode(&text).0.into_owned()),
            ("csv in UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            ("full-width commas", text.replace(',', "，").into_bytes()),
        ] {
            // What merged cells say stands nowhere in a text, nor in a book of 1995 that says nothing of them.
            if *name == "merged downwards"
                && ["csv", "full-width", "xls of BIFF5"].iter().any(|one| format.starts_with(one))
            {
                continue;
            }
            let mut found = records("台账", bytes, &mapper);
            found.sort_by_key(|record| record.rsplit(' ').next().map(str::to_owned));
            assert_eq!(found, RECORDS, "{name} as {format}");
        }
    }
}

#[test]
fn a_form_for_each_record_gives_the_same_records() {
    let mapper = Mapper::new(&taizhang::pack::builtin().0.base());
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, title, day) in [("张三", "主治医师", "2023-12-04"), ("李四", "副主任医师", "2023年12月5日")]
    {
        let sheet = book.add_worksheet();
        let rows = [
            ["值守门诊登记卡", "", "", ""],
            ["机构名称：", "城关镇卫生院", "值守日期：", day],
            ["医师姓名：", name, "职称：", title],
            ["专业类别：", "临床", "值守方式：", "现场"],
            ["是否脱贫县：", "否", "备注：", ""],
        ];
        for (row, cells) in rows.iter().enumerate() {
            for (column, text) in cells.iter().enumerate() {
                sheet.write_string(row as u32, column as u16, *text).unwrap();
            }
        }
    }
    assert_eq!(records("登记卡.xlsx", book.save_to_buffer().unwrap(), &mapper), RECORDS);
}
