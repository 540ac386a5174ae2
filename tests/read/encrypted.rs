//! Workbooks and archives with a password: opened with the right one, refused with a clear answer otherwise.

use crate::support::{fixture, only, open_bytes, sheet_lines};
use taizhang::diag::FaultKind;
use taizhang::read::{self, Opened, ReadOptions};

/// Every way in which Office encrypts a workbook (tests/fixtures/read/encrypt.py), with the password `secret`.
const BOOKS: [(&str, &str); 6] = [
    ("password-secret-agile.xlsx", "xlsx"),
    ("password-secret-standard.xlsx", "xlsx"),
    ("password-secret-rc4.xls", "xls"),
    ("password-secret-cryptoapi-40.xls", "xls"),
    ("password-secret-cryptoapi-128.xls", "xls"),
    ("password-secret-xor.xls", "xls"),
];

fn with_password(name: &str, password: Option<&str>) -> Vec<Opened> {
    let options = ReadOptions { password: password.map(str::to_owned), ..ReadOptions::default() };
    read::open(&fixture(name), &options)
}

fn fault(opened: &[Opened]) -> &taizhang::diag::InputFault {
    let [Opened::Fault { fault, .. }] = opened else { panic!("opened") };
    fault
}

#[test]
fn encrypted_books_open_with_their_password() {
    for (name, format) in BOOKS {
        let mut document = only(with_password(name, Some("secret")));
        assert_eq!((document.format, document.notes.len()), (format, 0), "{name}");
        let lines = sheet_lines(&mut document.sheets[0]);
        assert_eq!(lines[2], "3: 城关镇卫生院|主治医师|2023-12-04|20%|1234.5", "{name}");
        assert_eq!(lines.len(), 5, "{name}");
    }
}

#[test]
fn without_the_password_the_answer_says_what_to_do() {
    for (name, _) in BOOKS {
        let opened = with_password(name, None);
        assert_eq!(fault(&opened).kind, FaultKind::PasswordProtected, "{name}");
        assert!(fault(&opened).advice.zh.contains("--password"), "{name}");
        let opened = with_password(name, Some("Secret"));
        assert_eq!(fault(&opened).kind, FaultKind::PasswordProtected, "{name}");
        assert!(fault(&opened).message.zh.contains("密码不正确"), "{name}: {}", fault(&opened).message.zh);
    }
}

#[test]
fn books_that_excel_opens_unasked_open_unasked() {
    for password in [None, Some("another")] {
        let mut document = only(with_password("password-silent.xlsx", password));
        assert_eq!(sheet_lines(&mut document.sheets[0]).len(), 5);
    }
}

#[test]
fn encrypted_books_within_archives_open_too() {
    let book = std::fs::read(fixture("password-secret-agile.xlsx")).unwrap();
    let archive = crate::support::zip(&[("台账.xlsx", &book)]);
    let options = ReadOptions { password: Some("secret".to_owned()), ..ReadOptions::default() };
    let document = only(read::open_bytes("a.zip", archive, &options));
    assert_eq!((document.path.as_str(), document.format), ("a.zip!台账.xlsx", "xlsx"));
}

#[test]
fn archives_open_with_their_password_only() {
    for archive in ["password-secret.zip", "password-secret-aes.zip"] {
        for (password, code) in
            [(None, Some("password-protected")), (Some("wrong"), Some("password-protected")), (Some("secret"), None)]
        {
            let opened = with_password(archive, password);
            match (opened.as_slice(), code) {
                ([Opened::Document(document)], None) => assert!(document.path.ends_with("!roster.csv")),
                ([Opened::Fault { fault, .. }], Some(code)) => assert_eq!(fault.kind.code(), code, "{archive}"),
                _ => panic!("{archive} with {password:?}"),
            }
        }
    }
}

#[test]
fn what_describes_the_encryption_may_be_broken() {
    for (name, _) in BOOKS {
        let bytes = std::fs::read(fixture(name)).unwrap();
        // The standard method hashes so often that it cannot be tried at every place.
        let step = if name.contains("standard") { 2048 } else { 300 };
        for start in (0..bytes.len()).step_by(step) {
            let mut broken = bytes.clone();
            let end = (start + 24).min(broken.len());
            broken[start..end].fill(0xFF);
            for opened in open_bytes(name, broken) {
                if let Opened::Fault { fault, .. } = opened {
                    assert_ne!(fault.kind, FaultKind::ReaderFailed, "{name} at {start}: {}", fault.message.en);
                }
            }
        }
    }
}
