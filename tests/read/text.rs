//! Text files as administrations send them: encodings, delimiters, line ends, damage.

use crate::support::{first_fault, open_bytes_one, sheet_lines};
use encoding_rs::{BIG5, GB18030};
use taizhang::diag::FaultKind;
use taizhang::read::{self, Opened, ReadOptions, Row};

const TABLE: &str = "机构名称,医师姓名,职称,值守日期\n城关镇卫生院,张某,主治医师,2023-12-04\n";
const LINES: [&str; 2] = ["1: 机构名称|医师姓名|职称|值守日期", "2: 城关镇卫生院|张某|主治医师|2023-12-04"];

#[test]
fn every_encoding_gives_the_same_records() {
    let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let marked = format!("\u{FEFF}{TABLE}");
    let cases = [
        ("UTF-8", TABLE.as_bytes().to_vec()),
        ("UTF-8 BOM", marked.as_bytes().to_vec()),
        ("GB18030", GB18030.encode(TABLE).0.into_owned()),
        ("UTF-16LE", utf16(&marked, u16::to_le_bytes)),
        ("UTF-16BE", utf16(&marked, u16::to_be_bytes)),
        ("UTF-16LE", utf16(TABLE, u16::to_le_bytes)),
        ("UTF-16BE", utf16(TABLE, u16::to_be_bytes)),
    ];
    for (encoding, bytes) in cases {
        let mut document = open_bytes_one("值守.csv", bytes);
        assert_eq!(document.encoding.as_deref(), Some(encoding));
        assert_eq!((document.format, document.sheets[0].name.as_str()), ("csv", "值守"));
        assert_eq!(sheet_lines(&mut document.sheets[0]), LINES, "{encoding}");
    }
}

#[test]
fn big5_is_found_and_a_wrong_guess_can_be_overridden() {
    let text = "機構名稱,醫師姓名,職稱\n衛生所,張某,主治醫師\n";
    let bytes = BIG5.encode(text).0.into_owned();
    let mut document = open_bytes_one("a.csv", bytes.clone());
    assert_eq!(document.encoding.as_deref(), Some("Big5"));
    assert!(document.notes.iter().any(|note| note.code == "encoding-guessed" && note.message.zh.contains("Big5")));
    assert_eq!(sheet_lines(&mut document.sheets[0])[1], "2: 衛生所|張某|主治醫師");

    let options = ReadOptions { encoding: Some("gb18030".to_owned()), ..ReadOptions::default() };
    let document = crate::support::only(read::open_bytes("a.csv", bytes.clone(), &options));
    assert_eq!(document.encoding.as_deref(), Some("GB18030"));
    let options = ReadOptions { encoding: Some("utf-99".to_owned()), ..ReadOptions::default() };
    let opened = read::open_bytes("a.csv", bytes, &options);
    assert!(matches!(&opened[0], Opened::Fault { fault, .. } if fault.kind == FaultKind::Undecodable));
}

#[test]
fn bytes_that_cannot_be_decoded_are_located() {
    let mut bytes = GB18030.encode(&TABLE.repeat(30)).0.into_owned();
    let second_line = bytes.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    bytes.insert(second_line, 0xFF);
    let mut document = open_bytes_one("a.csv", bytes);
    let note = document.notes.iter().find(|note| note.code == "undecodable-bytes").expect("a note");
    assert!(note.message.zh.contains(&format!("2:{second_line}")), "{}", note.message.zh);
    assert_eq!(note.cell, Some((1, 0)));
    // The cell is unreadable; its neighbours are not.
    assert!(sheet_lines(&mut document.sheets[0])[1].starts_with("2: <\u{FFFD}城关镇卫生院>|张某|"));
}

#[test]
fn text_that_an_earlier_conversion_lost_is_unreadable_in_every_format() {
    let lost = "机构名称,职称\n城关\u{FFFD}卫生院,主治医师\n";
    let mut document = open_bytes_one("a.csv", lost.as_bytes().to_vec());
    assert_eq!(document.notes.iter().map(|note| note.code).collect::<Vec<_>>(), ["lost-text"]);
    assert_eq!(sheet_lines(&mut document.sheets[0])[1], "2: <城关\u{FFFD}卫生院>|主治医师");
    let page = "<table><tr><td>城关\u{FFFD}卫生院<td>主治医师<tr><td>甲<td>乙</table>";
    let mut document = open_bytes_one("a.html", page.as_bytes().to_vec());
    assert_eq!(sheet_lines(&mut document.sheets[0])[0], "1: <城关\u{FFFD}卫生院>|主治医师");
    for cells in [
        r#"<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>"#,
        "<row><c t=\"inlineStr\"><is><t>城关\u{FFFD}卫生院</t></is></c><c t=\"s\"><v>1</v></c></row>",
    ] {
        let strings = "<sst><si><t>城关\u{FFFD}卫生院</t></si><si><t>主治医师</t></si></sst>";
        let mut document = open_bytes_one("a.xlsx", crate::support::xlsx(cells, strings, "", ""));
        assert_eq!(sheet_lines(&mut document.sheets[0]), ["1: <城关\u{FFFD}卫生院>|主治医师"]);
    }
}

#[test]
fn characters_of_four_bytes_are_read() {
    // 㐇 and 𠮷 have four bytes in GB18030, as in names that GBK cannot write.
    let text = "机构名称,医师姓名,职称\n城关镇卫生院,㐇𠮷,主治医师\n城关镇卫生院,张某,副主任医师\n";
    let bytes = GB18030.encode(text).0.into_owned();
    assert!(std::str::from_utf8(&bytes).is_err());
    let mut document = open_bytes_one("a.csv", bytes);
    assert_eq!(document.encoding.as_deref(), Some("GB18030"));
    assert!(document.notes.iter().all(|note| note.code != "undecodable-bytes"));
    assert_eq!(sheet_lines(&mut document.sheets[0])[1], "2: 城关镇卫生院|㐇𠮷|主治医师");
}

#[test]
fn only_ascii_in_the_first_block_and_then_chinese() {
    let mut text = "a,b\n".repeat(100_000);
    text.push_str(TABLE);
    let mut document = open_bytes_one("a.csv", GB18030.encode(&text).0.into_owned());
    assert_eq!(document.encoding.as_deref(), Some("GB18030"));
    assert_eq!(sheet_lines(&mut document.sheets[0]).last().unwrap(), "100002: 城关镇卫生院|张某|主治医师|2023-12-04");
}

#[test]
fn digest_size_and_extension_are_told() {
    let document = open_bytes_one("dir/a.xls", b"a,b\n1,2\n".to_vec());
    assert_eq!((document.size, document.path.as_str()), (8, "dir/a.xls"));
    assert_eq!(document.notes[0].code, "wrong-extension");
    let digits = document.digest.digits().unwrap();
    assert_eq!(digits, "492d5ea496056f1a6a6592241032fab764c321596317930b4fa0e1e8bc3b7470");
    assert!(open_bytes_one("a.txt", b"a,b\n1,2\n".to_vec()).notes.is_empty());
}

#[test]
fn lines_are_counted_through_quoted_line_ends() {
    let mut document = open_bytes_one("a.csv", b"a,\"x\ny\r\nz\"\n\nb,c\n".to_vec());
    let mut row = Row::default();
    assert_eq!(document.sheets[0].rows.next_row(&mut row), Ok(true));
    assert_eq!((row.index, row.line), (0, 1));
    assert_eq!(document.sheets[0].rows.next_row(&mut row), Ok(true));
    assert_eq!((row.index, row.line), (2, 5));
}

#[test]
fn a_file_streams_from_the_disk() {
    let file = tempfile::NamedTempFile::with_suffix(".csv").unwrap();
    let text = format!("序号,机构名称\n{}", "12345,城关镇卫生院\n".repeat(30_000));
    std::fs::write(file.path(), GB18030.encode(&text).0).unwrap();
    let mut document = crate::support::open_one(file.path());
    let (mut rows, mut last, mut row) = (0, 0, Row::default());
    while document.sheets[0].rows.next_row(&mut row).unwrap() {
        rows += 1;
        last = row.line;
    }
    assert_eq!((rows, last), (30_001, 30_001));
}

#[test]
fn an_encoding_that_the_file_names_is_no_guess() {
    let rows = "<tr><td>机构名称<td>职称<tr><td>甲镇卫生院<td>主治医师";
    let page = format!("<html><meta charset=gb2312><table>{rows}</table></html>");
    let document = open_bytes_one("a.html", GB18030.encode(&page).0.into_owned());
    assert_eq!(document.encoding.as_deref(), Some("GB18030"));
    assert!(document.notes.is_empty(), "{:?}", document.notes);
    // A page that says something else than its bytes.
    let wrong = page.replace("gb2312", "big5").replace("</table>", &format!("{}</table>", rows.repeat(5)));
    let document = open_bytes_one("a.html", GB18030.encode(&wrong).0.into_owned());
    assert_eq!(document.encoding.as_deref(), Some("GB18030"));
    assert_eq!(document.notes.iter().map(|note| note.code).collect::<Vec<_>>(), ["encoding-guessed"]);
    let page = page.replace("<meta charset=gb2312>", "");
    let document = open_bytes_one("a.html", GB18030.encode(&page).0.into_owned());
    assert_eq!(document.notes.iter().map(|note| note.code).collect::<Vec<_>>(), ["encoding-guessed"]);
}

#[test]
fn lines_of_two_encodings_are_read_as_the_one_that_gives_words() {
    let mixed =
        [TABLE.repeat(3).as_bytes(), &GB18030.encode("河口镇卫生院,李某,副主任医师,2023-12-05\n").0[..]].concat();
    let mut document = open_bytes_one("a.csv", mixed);
    assert_eq!(document.encoding.as_deref(), Some("UTF-8"));
    let codes: Vec<&str> = document.notes.iter().map(|note| note.code).collect();
    assert_eq!(codes, ["encoding-guessed", "undecodable-bytes"]);
    assert_eq!(sheet_lines(&mut document.sheets[0])[1], "2: 城关镇卫生院|张某|主治医师|2023-12-04");
}

#[test]
fn text_that_is_garbled_is_called_so() {
    // UTF-8 that was taken for Latin letters and saved once more.
    let garbled: String = TABLE.repeat(3).bytes().map(char::from).collect();
    let fault = first_fault(read::open_bytes("a.csv", garbled.into_bytes(), &ReadOptions::default()));
    assert_eq!(fault.kind, FaultKind::Damaged);
    assert!(fault.message.zh.contains("乱码"), "{fault}");
    let lost: String = TABLE.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
    let document = open_bytes_one("a.csv", lost.into_bytes());
    assert!(document.notes.iter().any(|note| note.code == "lost-text" && note.message.zh.contains("问号")));
    let document = open_bytes_one("a.csv", b"question,answer\nreally??,what?\nhow??,so?\n".to_vec());
    assert!(document.notes.is_empty(), "{:?}", document.notes);
}

#[test]
fn fields_may_be_set_apart_by_other_marks() {
    for mark in ["；", "｜", "^"] {
        let mut document = open_bytes_one("a.txt", TABLE.replace(',', mark).into_bytes());
        let lines = sheet_lines(&mut document.sheets[0]);
        assert_eq!(lines[1], "2: 城关镇卫生院|张某|主治医师|2023-12-04", "{mark}");
    }
}

#[test]
fn data_of_programs_are_no_spreadsheet() {
    for data in ["[{\"机构名称\":\"甲镇卫生院\"}]", "{\n  \"rows\": []}"] {
        let fault = first_fault(read::open_bytes("a.csv", data.as_bytes().to_vec(), &ReadOptions::default()));
        assert!(fault.kind == FaultKind::NotASpreadsheet && fault.message.zh.contains("JSON"), "{fault}");
    }
    let mut document = open_bytes_one("a.csv", "[甲],[乙]\n1,2\n".as_bytes().to_vec());
    assert_eq!(sheet_lines(&mut document.sheets[0])[0], "1: [甲]|[乙]");
}
