//! What every format and writer gives: the same cells, with merged areas, hidden parts, percentages and dates.

use crate::support::{biff, fixture, open_one, places, record, sheet_lines, wide};
use taizhang::diag::FaultKind;
use taizhang::read::Opened;

/// The ledger that all writers wrote (tests/fixtures/read/make.py), as it has to come out of each of them.
const LEDGER: [&str; 5] = [
    "1: 某县中高级职称医师值守台账",
    "2: 机构名称|职称|值守日期|开放比例|人次",
    "3: 城关镇卫生院|主治医师|2023-12-04|20%|1234.5",
    "4: |副主任医师|2023-12-05|12.5%|0",
    "5: 合计||||1234.5",
];

#[test]
fn every_format_gives_the_same_cells() {
    for (name, format) in [
        ("ledger-openpyxl.xlsx", "xlsx"),
        ("ledger-libreoffice.xlsx", "xlsx"),
        ("ledger-xlwt.xls", "xls"),
        ("ledger-libreoffice.xls", "xls"),
        ("ledger-libreoffice-95.xls", "xls"),
        ("ledger-libreoffice.ods", "ods"),
        ("ledger-libreoffice.fods", "ods"),
    ] {
        let mut document = open_one(&fixture(name));
        assert_eq!(document.format, format, "{name}");
        assert_eq!(document.notes, [], "{name}");
        let sheet = document.sheets.iter_mut().find(|sheet| sheet.name == "值守").unwrap_or_else(|| panic!("{name}"));
        assert_eq!(sheet_lines(sheet), LEDGER, "{name}");
        assert!(!sheet.hidden, "{name}");
        assert_eq!(places(&sheet.merged), ["A1:E1", "A3:A4"], "{name}");
    }
}

#[test]
fn hidden_sheets_rows_and_columns_are_read_and_marked() {
    for name in [
        "ledger-openpyxl.xlsx",
        "ledger-libreoffice.xlsx",
        "ledger-xlwt.xls",
        "ledger-libreoffice.xls",
        "ledger-libreoffice.ods",
    ] {
        let mut document = open_one(&fixture(name));
        let sheet = document.sheets.iter_mut().find(|sheet| sheet.name == "底稿").unwrap_or_else(|| panic!("{name}"));
        assert!(sheet.hidden, "{name}");
        assert_eq!(sheet.hidden_columns, [1], "{name}");
        assert_eq!(sheet_lines(sheet), ["1: 甲|乙|丙", "2 hidden: 1|2|3", "3: 4|5|6"], "{name}");
    }
}

#[test]
fn xml_spreadsheets_of_2003_are_read() {
    let book = r#"<?xml version="1.0" encoding="GB2312"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:x="urn:schemas-microsoft-com:office:excel">
 <Styles><Style ss:ID="s1"><NumberFormat ss:Format="Percent"/></Style>
  <Style ss:ID="s2"><NumberFormat ss:Format="yyyy&quot;年&quot;m&quot;月&quot;"/></Style></Styles>
 <Worksheet ss:Name="值守"><Table ss:ExpandedColumnCount="99999" ss:ExpandedRowCount="9999999">
  <Column ss:Hidden="1" ss:Index="2" ss:Span="1"/>
  <Row><Cell ss:MergeAcross="2"><Data ss:Type="String">台账</Data></Cell></Row>
  <Row ss:Index="3" ss:Hidden="1"><Cell ss:MergeDown="1"><Data ss:Type="String">甲&amp;乙</Data>
    <Comment><ss:Data>批注</ss:Data></Comment></Cell>
   <Cell ss:Index="3" ss:StyleID="s1"><Data ss:Type="Number">0.2</Data></Cell>
   <Cell><Data ss:Type="DateTime">2023-12-04T08:30:00.000</Data></Cell>
   <Cell ss:StyleID="s2"><Data ss:Type="Number">45264</Data></Cell></Row>
  <Row><Cell ss:Index="2" ss:Formula="=1+1"/><Cell ss:Formula="=1+1"><Data ss:Type="Number">2</Data></Cell>
   <Cell><Data ss:Type="Boolean">1</Data></Cell><Cell><Data ss:Type="Error">#REF!</Data></Cell>
   <Cell><ss:Data ss:Type="String" xmlns="http://www.w3.org/TR/REC-html40"><B>富</B>文本</ss:Data></Cell></Row>
 </Table></Worksheet>
 <Worksheet ss:Name="底稿"><Table/><WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel">
  <Visible>SheetHidden</Visible></WorksheetOptions></Worksheet>
</Workbook>"#;
    let (bytes, _, _) = encoding_rs::GB18030.encode(book);
    let mut document = crate::support::open_bytes_one("台账.xls", bytes.into_owned());
    assert_eq!(document.format, "xml2003");
    let sheet = &mut document.sheets[0];
    assert_eq!(
        sheet_lines(sheet),
        ["1: 台账", "3 hidden: 甲&乙||20%|2023-12-04 08:30:00|2023-12-04", "4: |<uncomputed>|2|<true>|<#REF!>|富文本",]
    );
    assert_eq!(places(&sheet.merged), ["A1:C1", "A3:A4"]);
    assert_eq!(sheet.hidden_columns, [1, 2]);
    assert!(document.sheets[1].hidden && !document.sheets[0].hidden);
}

#[test]
fn html_tables_are_read_with_spans_and_title_lines() {
    let page = "<html><head><meta charset=gb2312><title>导出</title><style>td{x:'<table>'}</style></head><body>\
        <p>某县值守台账</p><div>填报单位：某县&nbsp;卫健局</div>\
        <table><tr><th rowspan=2>机构名称</th><th colspan=2>联络情况</th></tr><tr><th>一季度</th><th>二季度</th></tr>\
        <tr style='display: none'><td>甲<br>卫生院</td><td>2023-12-04</td><td>&lt;3 次</tr>\
        <tr><td>乙卫生院<td>20%<td><script>document.write('<td>')</script></table></body></html>";
    let (bytes, _, _) = encoding_rs::GB18030.encode(page);
    let mut document = crate::support::open_bytes_one("台账.xls", bytes.into_owned());
    assert_eq!(document.format, "html");
    assert_eq!(document.encoding.as_deref(), Some("GB18030"));
    // The page names its encoding, which is no guess.
    assert_eq!(document.notes.iter().map(|note| note.code).collect::<Vec<_>>(), ["wrong-extension"]);
    let sheet = &mut document.sheets[0];
    assert_eq!(sheet.name, "台账");
    assert_eq!(
        sheet_lines(sheet),
        [
            "1: 某县值守台账",
            "2: 填报单位：某县 卫健局",
            "3: 机构名称|联络情况",
            "4: |一季度|二季度",
            "5 hidden: 甲\n卫生院|2023-12-04|<3 次",
            "6: 乙卫生院|20%",
        ]
    );
    assert_eq!(places(&sheet.merged), ["A3:A4", "B3:C3"]);
}

#[test]
fn pages_without_data_are_refused_as_what_they_are() {
    let login = "<!DOCTYPE html><html><head><title>用户登录</title></head><body><form><table><tr><td>用户名</td>\
        <td><input name=u></td></tr><tr><td>密码</td><td><input type='PASSWORD'></td></tr></table></form></body></html>";
    let error = "<html><title>502 Bad Gateway</title><body><h1>502</h1></body></html>";
    for (page, word) in [(login, "登录页"), (error, "502 Bad Gateway")] {
        let opened = crate::support::open_bytes("台账.xls", page.as_bytes().to_vec());
        let [Opened::Fault { fault, .. }] = opened.as_slice() else { panic!("read {page}") };
        assert_eq!(fault.kind, FaultKind::NotASpreadsheet);
        assert!(fault.message.zh.contains(word), "{}", fault.message.zh);
    }
}

#[test]
fn xls_texts_of_an_old_book_are_decoded_by_their_content() {
    // BIFF 5 with the code page 1252 although the bytes are GB18030, as old Chinese programs wrote it.
    let mut document = open_one(&fixture("gb-text-under-code-page-1252-biff5.xls"));
    assert_eq!(document.encoding.as_deref(), Some("GB18030"));
    assert_eq!(document.notes.iter().map(|note| note.code).collect::<Vec<_>>(), ["encoding-guessed"]);
    assert_eq!(document.sheets[0].name, "值守表");
    assert_eq!(
        sheet_lines(&mut document.sheets[0]),
        ["1: 机构名称|医师姓名", "2: 洛川县凤栖街道社区卫生服务中心|张某"]
    );
}

#[test]
fn formulas_without_a_value_are_not_zero() {
    // openpyxl writes no value.
    let mut document = open_one(&fixture("formula-openpyxl.xlsx"));
    assert_eq!(sheet_lines(&mut document.sheets[0]), ["1: 1|2|<uncomputed>"]);

    // rust_xlsxwriter writes 0 and asks for the calculation when the book is opened.
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_formula(0, 0, "=1+1").unwrap();
    sheet.write_formula(0, 1, rust_xlsxwriter::Formula::new("=1+1").set_result("2")).unwrap();
    sheet.write(0, 2, 0).unwrap();
    let mut document = crate::support::open_bytes_one("a.xlsx", book.save_to_buffer().unwrap());
    assert_eq!(sheet_lines(&mut document.sheets[0]), ["1: <uncomputed>|2|0"]);

    // The same in XLS: one formula that asks, one with a value, one whose text follows.
    let number = |value: f64, options: u16| [&value.to_le_bytes()[..], &options.to_le_bytes()].concat();
    let text = [0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0];
    let formula = |column: u8, result: &[u8]| biff(0x0006, &[&[0, 0, column, 0, 0, 0], result, &[0; 6]].concat());
    let stream = [
        biff(0x0809, &[0x00, 0x06, 0x10, 0, 0, 0, 0, 0]),
        formula(0, &number(0.0, 3)),
        formula(1, &number(0.0, 0)),
        formula(2, &number(7.0, 3)),
        formula(3, &text),
        biff(0x0207, &[2, 0, 1, 0x32, 0x75, 0x59, 0x4E]),
        biff(0x000A, &[]),
    ];
    let mut document = crate::support::open_bytes_one("a.xls", stream.concat());
    assert_eq!(sheet_lines(&mut document.sheets[0]), ["1: <uncomputed>|0|7|甲乙"]);
}

#[test]
fn xlsb_books_are_read() {
    let numbers = |values: &[u32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let row = |index: u32, options: u8| record(0, &[numbers(&[index, 0]), vec![0, 0, 0, options, 0]].concat());
    let cell =
        |kind: u16, column: u32, style: u32, body: &[u8]| record(kind, &[&numbers(&[column, style]), body].concat());
    let workbook = [
        record(153, &numbers(&[0, 0])),
        record(156, &[numbers(&[0, 1]), wide("rId1"), wide("值守")].concat()),
        record(156, &[numbers(&[1, 2]), wide("rId9"), wide("缺")].concat()),
    ]
    .concat();
    let styles = [
        record(44, &[&176_u16.to_le_bytes()[..], &wide("yyyy\"年\"m\"月\"")].concat()),
        record(617, &numbers(&[3])),
        record(47, &[0xFF, 0xFF, 0, 0]),
        record(47, &[0, 0, 176, 0]),
        record(47, &[0, 0, 10, 0]),
        record(618, &[]),
    ]
    .concat();
    let strings = [
        record(19, &[&[0], &wide("机构名称")[..]].concat()),
        record(19, &[&[1], &wide("富文本")[..], &[9; 8]].concat()),
    ];
    let sheet = [
        record(60, &[numbers(&[1, 2, 2560, 0]), vec![1, 0]].concat()),
        record(145, &[]),
        row(0, 0),
        cell(7, 0, 0, &numbers(&[0])),
        cell(7, 2, 0, &numbers(&[1])),
        row(4, 0x10),
        cell(2, 0, 1, &numbers(&[45264 << 2 | 2])),
        cell(5, 1, 2, &0.125_f64.to_le_bytes()),
        cell(3, 2, 0, &[0x17]),
        cell(10, 3, 0, &[1, 0, 0]),
        cell(8, 4, 0, &wide("甲乙")),
        record(13, &numbers(&[0, 1 << 2 | 3])),
        record(146, &[]),
        record(176, &numbers(&[0, 0, 0, 1])),
    ]
    .concat();
    let rels = br#"<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.bin"/></Relationships>"#;
    let book = crate::support::zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.bin", &workbook),
        ("xl/_rels/workbook.bin.rels", rels),
        ("xl/styles.bin", &styles),
        ("xl/sharedStrings.bin", &strings.concat()),
        ("xl/worksheets/sheet1.bin", &sheet),
    ]);
    let mut document = crate::support::open_bytes_one("a.xlsb", book);
    assert_eq!((document.format, document.notes.len()), ("xlsb", 0));
    let first = &mut document.sheets[0];
    assert_eq!(sheet_lines(first), ["1: 机构名称||富文本", "5 hidden: 2023-12-04|12.5%|<#REF!>|<true>|甲乙|0.01"]);
    assert_eq!((places(&first.merged), first.hidden_columns.clone()), (vec!["A1:B1".to_owned()], vec![1, 2]));
    assert!(document.sheets[1].hidden);
    let fault = document.sheets[1].rows.next_row(&mut taizhang::read::Row::default()).unwrap_err();
    assert_eq!((fault.kind, fault.sheet.as_deref()), (taizhang::diag::FaultKind::Damaged, Some("缺")));
}

#[test]
fn pages_of_calc_programs_give_the_values_behind_what_they_show() {
    let page = r#"<meta charset=utf-8><table>
        <tr><td>机构</td><td>日期</td></tr>
        <tr><td sdval="45264" sdnum="1033;0;MM/DD/YY">12/04/23</td><td sdval="45264" sdnum="1033;2052;YYYY&quot;年&quot;M&quot;月&quot;">2023年12月</td>
            <td sdval="0.125" sdnum="1033;0;0%">13%</td><td sdval="1234.567" sdnum="1033;0;#,##0.0">1,234.6</td>
            <td sdval="12" sdnum="1033;">12</td><td sdval="1" sdnum="1033;0;BOOLEAN">TRUE</td>
            <td sdval="0" sdnum="1033;">#REF!</td><td sdval="甲">乙</td></tr>
        <tr><td sdval="43802" sdnum="1033;0;MM/DD/YY">12/04/23</td><td x:num="45264">########</td><td x:num="1234.567">1,234.6</td></tr>
        </table>"#;
    let mut document = crate::support::open_bytes_one("a.html", page.as_bytes().to_vec());
    let sheet = &mut document.sheets[0];
    assert_eq!(
        sheet_lines(sheet),
        ["1: 机构|日期", "2: 2023-12-04|2023-12-04|12.5%|1234.567|12|<true>|#REF!|乙", "3: 2023-12-04|45264|1,234.6"]
    );
    assert_eq!(sheet.day_zero, taizhang::read::DAY_ZERO_1904, "the last date that was shown");
}
