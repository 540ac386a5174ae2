//! Archives and mails opened in place, and clear answers to what cannot be opened.

use crate::support::{fixture, open_bytes, xlsx, zip};
use taizhang::diag::FaultKind;
use taizhang::read::{self, Limits, Opened, ReadOptions};

const CSV: &[u8] = "姓名,职称\n张某,主治医师\n".as_bytes();

fn paths(opened: &[Opened]) -> Vec<String> {
    opened
        .iter()
        .map(|one| match one {
            Opened::Document(document) => format!("{} {}", document.path, document.format),
            Opened::Fault { path, fault, .. } => format!("{path} {}", fault.kind.code()),
        })
        .collect()
}

/// A stored zip archive whose names are in GB18030, as Windows writes it.
fn gbk_zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let (raw, _, _) = encoding_rs::GB18030.encode(name);
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    let numbers = |signature: &[u8], version: &[u8]| {
        let mut head = [signature, version, &[0; 8]].concat();
        head.extend(crc.sum().to_le_bytes());
        head.extend((bytes.len() as u32).to_le_bytes());
        head.extend((bytes.len() as u32).to_le_bytes());
        head.extend((raw.len() as u16).to_le_bytes());
        head
    };
    let mut archive = numbers(b"PK\x03\x04", &[20, 0]);
    archive.extend([0, 0]);
    archive.extend_from_slice(&raw);
    archive.extend_from_slice(bytes);
    let start = archive.len() as u32;
    let mut central = numbers(b"PK\x01\x02", &[20, 0, 20, 0]);
    central.extend([0; 16]);
    central.extend_from_slice(&raw);
    archive.extend_from_slice(&central);
    archive.extend_from_slice(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    archive.extend((central.len() as u32).to_le_bytes());
    archive.extend(start.to_le_bytes());
    archive.extend([0, 0]);
    archive
}

#[test]
fn archives_are_opened_in_place_with_their_names() {
    let inner = gbk_zip("一季度/值守台账.csv", CSV);
    let book = xlsx("<row><c><v>1</v></c></row>", "", "", "");
    let outer = zip(&[
        ("台账.xlsx", book.as_slice()),
        ("__MACOSX/._台账.xlsx", b"rest"),
        ("~$台账.xlsx", b"lock"),
        ("县区.zip", inner.as_slice()),
        ("说明.docx", zip(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>")]).as_slice()),
    ]);
    assert_eq!(
        paths(&open_bytes("报送.zip", outer)),
        [
            "报送.zip!台账.xlsx xlsx",
            "报送.zip!县区.zip!一季度/值守台账.csv csv",
            "报送.zip!说明.docx not-a-spreadsheet",
        ]
    );
}

#[test]
fn a_short_name_that_is_valid_in_two_encodings_is_a_chinese_one() {
    // The bytes of 图 in GB18030 are a Greek letter in UTF-8.
    assert_eq!(paths(&open_bytes("a.zip", gbk_zip("图.csv", CSV))), ["a.zip!图.csv csv"]);
    assert_eq!(paths(&open_bytes("a.zip", zip(&[("图.csv", CSV)]))), ["a.zip!图.csv csv"]);
    assert_eq!(paths(&open_bytes("a.zip", zip(&[("ͼ.csv", CSV)]))), ["a.zip!ͼ.csv csv"]);
}

#[test]
fn nesting_has_a_bound() {
    let mut archive = zip(&[("a.csv", CSV)]);
    for _ in 0..10 {
        archive = zip(&[("a.zip", archive.as_slice())]);
    }
    let opened = open_bytes("a.zip", archive);
    let [Opened::Fault { fault, path, .. }] = opened.as_slice() else { panic!("{:?}", paths(&opened)) };
    assert_eq!((fault.kind, path.as_str()), (FaultKind::LimitExceeded, "a.zip!a.zip!a.zip!a.zip!a.zip"));
}

#[test]
fn the_members_together_have_a_bound() {
    let big = vec![b'x'; 600];
    let mut limits = Limits::default();
    assert!(limits.set("archive-bytes", 1000));
    let options = ReadOptions { limits, ..ReadOptions::default() };
    let opened = read::open_bytes("a.zip", zip(&[("a.csv", &big), ("b.csv", &big)]), &options);
    assert_eq!(paths(&opened), ["a.zip!a.csv csv", "a.zip!b.csv limit-exceeded"]);
}

#[test]
fn attachments_of_mails_are_opened() {
    let (name, _, _) = encoding_rs::GB18030.encode("值守台账.csv");
    let mail = format!(
        "From: a@example.org\r\nTo: b@example.org\r\nSubject: =?GB2312?B?zKjVyg==?=\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html; charset=gb2312\r\n\r\n\
         <p>hello</p>\r\n--x\r\nContent-Type: image/png; name=logo.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n\
         --x\r\nContent-Type: application/octet-stream; name=\"=?GB18030?B?{}?=\"\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"=?GB18030?B?{}?=\"\r\n\r\n{}\r\n--x--\r\n",
        base64(&name),
        base64(&name),
        base64(CSV)
    );
    assert_eq!(paths(&open_bytes("报送.eml", mail.clone().into_bytes())), ["报送.eml!值守台账.csv csv"]);
    // The same within an archive, under a name that says nothing.
    assert_eq!(paths(&open_bytes("a.zip", zip(&[("mail", mail.as_bytes())]))), ["a.zip!mail!值守台账.csv csv"]);
    let empty = b"From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n\r\nno attachment\r\n";
    assert_eq!(paths(&open_bytes("报送.eml", empty.to_vec())), ["报送.eml empty"]);
}

#[test]
fn names_of_attachments_in_pieces_are_joined_before_they_are_decoded() {
    let mail = |name: &str| {
        format!(
            "From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\
             Content-Type: text/csv\r\nContent-Disposition: attachment;\r\n {name}\r\n\r\n{}\r\n--x--\r\n",
            std::str::from_utf8(CSV).unwrap()
        )
    };
    let escaped = |bytes: &[u8]| bytes.iter().map(|byte| format!("%{byte:02X}")).collect::<String>();
    for (label, bytes) in [
        ("gb18030", encoding_rs::GB18030.encode("值守台账.csv").0.into_owned()),
        ("UTF-8", "值守台账.csv".as_bytes().to_vec()),
    ] {
        for cut in 1..bytes.len() {
            let (first, second) = bytes.split_at(cut);
            let name = format!("filename*0*={label}''{};\r\n filename*1*={}", escaped(first), escaped(second));
            let opened = open_bytes("a.eml", mail(&name).into_bytes());
            assert_eq!(paths(&opened), ["a.eml!值守台账.csv csv"], "{name}");
        }
    }
    let plain = open_bytes("a.eml", mail("filename*0=\"duty\"; filename*1=\".csv\"").into_bytes());
    assert_eq!(paths(&plain), ["a.eml!duty.csv csv"]);
}

#[test]
fn a_mail_whose_parts_close_before_they_open_is_the_mails_fault() {
    // Found by fuzzing: a mail within a mail ends with the boundary of a part that is not open, at which the library gives up
    // where it checks itself.
    let bytes = std::fs::read(fixture("mail-part-closes-unopened.eml")).unwrap();
    for one in open_bytes("a.eml", bytes) {
        if let Opened::Fault { fault, .. } = one {
            assert!(matches!(fault.kind, FaultKind::Empty | FaultKind::Damaged), "{fault}");
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let word = u32::from(three[0]) << 16
            | u32::from(*three.get(1).unwrap_or(&0)) << 8
            | u32::from(*three.get(2).unwrap_or(&0));
        for position in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * position)) as usize & 63];
            text.push(if position <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[test]
fn what_cannot_be_opened_is_named_with_what_to_do() {
    let cases: [(&str, &[u8], &str, &str); 12] = [
        ("a.rar", b"Rar!\x1A\x07\x01\x00....", "unsupported-format", "RAR"),
        ("a.7z", b"7z\xBC\xAF\x27\x1C....", "unsupported-format", "7z"),
        ("a.csv.gz", b"\x1F\x8B\x08....", "unsupported-format", "gzip"),
        ("a.xlsx", b"%PDF-1.7", "not-a-spreadsheet", "PDF"),
        ("a.xls", b"\x89PNG\r\n\x1A\n", "not-a-spreadsheet", "PNG"),
        ("a.xls", b"\xFF\xD8\xFF\xE0", "not-a-spreadsheet", "JPEG"),
        ("~$台账.xlsx", b"\x05admin", "not-a-spreadsheet", "~$"),
        ("a.xlsx", b"", "empty", "空"),
        ("a.csv", b"\xEF\xBB\xBF\r\n  \r\n", "empty", "空"),
        ("a.xlsx", b"PK\x03\x04 and then nothing", "damaged", "压缩结构"),
        ("a.xls", &[0x01, 0x02, 0x00, 0x07, 0x05, 0x06, 0x0E, 0x0F], "not-a-spreadsheet", "二进制"),
        ("a.xml", b"<?xml version='1.0'?><note/>", "not-a-spreadsheet", "XML"),
    ];
    for (name, bytes, code, word) in cases {
        let opened = open_bytes(name, bytes.to_vec());
        let [Opened::Fault { fault, .. }] = opened.as_slice() else { panic!("{name} was read") };
        assert_eq!(fault.kind.code(), code, "{name}");
        assert!(fault.message.zh.contains(word), "{name}: {}", fault.message.zh);
        assert!(!fault.advice.zh.is_empty() && !fault.advice.en.is_empty() && !fault.message.en.is_empty());
    }
}

#[test]
fn compound_files_are_told_apart() {
    for (stream, code, word) in [
        ("EncryptedPackage", "damaged", "加密"),
        ("WordDocument", "not-a-spreadsheet", "Word"),
        ("__properties_version1.0", "not-a-spreadsheet", "Outlook"),
    ] {
        let opened = open_bytes("a.xlsx", crate::support::compound(stream, &[0; 16]));
        let [Opened::Fault { fault, .. }] = opened.as_slice() else { panic!("{stream} was read") };
        assert_eq!(fault.kind.code(), code, "{stream}");
        assert!(fault.message.zh.contains(word), "{stream}: {}", fault.message.zh);
    }
}

#[test]
fn chains_that_loop_are_refused_at_once() {
    let mut bytes = crate::support::compound("Workbook", &[0; 8192]);
    assert!(!crate::support::loop_chains(&mut bytes).is_empty());
    let opened = open_bytes("a.xls", bytes);
    let [Opened::Fault { fault, .. }] = opened.as_slice() else { panic!("read") };
    assert_eq!(fault.kind, FaultKind::Damaged);
}
