//! Damaged files: every fixture with bytes changed, cut out or doubled is read or refused, and never makes a reader panic.

#[path = "../support/plain_cells.rs"]
mod plain_cells;

use std::io::Read;

use plain_cells::{cells, spaced};

use taizhang::diag::FaultKind;
use taizhang::read::{self, Limits, ReadOptions};

/// Repeatable numbers; the tests need variety, not chance.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

fn mutate(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    for _ in 0..=numbers.next(4) {
        if bytes.is_empty() {
            return;
        }
        let place = numbers.next(bytes.len());
        match numbers.next(6) {
            0 => bytes[place] = numbers.next(256) as u8,
            1 => bytes[place] ^= 1 << numbers.next(8),
            2 => bytes.truncate(place),
            3 => {
                let end = (place + numbers.next(64)).min(bytes.len());
                bytes.drain(place..end);
            }
            4 => {
                let end = (place + numbers.next(64)).min(bytes.len());
                let piece = bytes[place..end].to_vec();
                bytes.splice(place..place, piece);
            }
            _ => {
                let end = (place + 4).min(bytes.len());
                bytes[place..end].fill([0, 0xFF, 0x7F, 0x80][numbers.next(4)]);
            }
        }
    }
}

/// Reads all that opens; what comes out does not matter, that it comes does.
fn drain(name: &str, bytes: Vec<u8>) {
    let mut limits = Limits::default();
    assert!(
        limits.set("held-cells", 200_000) && limits.set("cells", 20_000_000) && limits.set("unpacked-bytes", 16 << 20)
    );
    let options = ReadOptions { limits, ..ReadOptions::default() };
    for fault in crate::support::faults(read::open_bytes(name, bytes, &options)) {
        assert_ne!(fault.kind, FaultKind::ReaderFailed, "{name}: {fault}");
    }
}

/// The archive with one of its members mutated.
fn mutate_member(bytes: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let chosen = numbers.next(archive.len());
    let mut members = Vec::new();
    for index in 0..archive.len() {
        // An encrypted member stays as it is.
        let Ok(mut file) = archive.by_index(index) else { return bytes.to_vec() };
        let name = file.name().unwrap().into_owned();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        if index == chosen {
            mutate(&mut content, numbers);
        }
        members.push((name, content));
    }
    let members: Vec<(&str, &[u8])> =
        members.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    crate::support::zip(&members)
}

/// Mutations of each file.
const ROUNDS: usize = 40;

#[test]
fn damaged_files_never_make_a_reader_panic() {
    let folder = crate::support::fixture("");
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    for path in names.iter().filter(|path| path.extension().is_some_and(|extension| extension != "py")) {
        let bytes = std::fs::read(path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_zip = bytes.starts_with(b"PK");
        for round in 0..ROUNDS {
            let mut damaged =
                if is_zip && round % 2 == 0 { mutate_member(&bytes, &mut numbers) } else { bytes.clone() };
            if !is_zip || round % 2 == 1 {
                mutate(&mut damaged, &mut numbers);
            }
            drain(&name, damaged);
        }
    }
}

#[test]
fn damaged_texts_never_make_a_reader_panic() {
    let table = "机构名称,\"医师\n姓名\"\r\n甲,'乙'\n";
    let page = "<html><table><tr><td colspan=3>甲</td><td rowspan=2>乙</td></tr><tr><td>丙</td></tr></table></html>";
    let book = "<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'><Worksheet ss:Name='a'><Table>\
        <Row ss:Index='2'><Cell ss:MergeAcross='2' ss:MergeDown='1'><Data ss:Type='Number'>1</Data></Cell></Row></Table></Worksheet></Workbook>";
    let mail = "From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\
        Content-Type: text/csv; name=a.csv\r\nContent-Disposition: attachment\r\n\r\na,b\r\n--x--\r\n";
    let mut numbers = Numbers(0x2545_F491_4F6C_DD1D);
    for text in [table, page, book, mail] {
        let gb = encoding_rs::GB18030.encode(text).0.into_owned();
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [text.as_bytes().to_vec(), gb, wide] {
            for _ in 0..ROUNDS {
                let mut damaged = bytes.clone();
                mutate(&mut damaged, &mut numbers);
                drain("a.txt", damaged);
            }
        }
    }
}

#[test]
fn cells_taken_from_the_bytes_are_those_that_the_xml_reader_gives() {
    let strings = "<sst><si><t>机构</t></si><si><t xml:space=\"preserve\"> 甲 </t></si><si><r><t>乙</t></r></si><si><t>a&amp;b</t></si></sst>";
    let sheet = "<worksheet><cols><col min=\"2\" max=\"2\" hidden=\"1\"/></cols><sheetData><row r=\"1\">\
        <c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c t=\"s\"><v>2</v></c></row><row r=\"3\" hidden=\"1\">\
        <c r=\"A3\" s=\"1\"><v>45264</v></c><c r=\"C3\" t=\"inlineStr\"><is><t>丙</t></is></c><c r=\"D3\"/><c r=\"E3\" t=\"b\"><v>1</v></c>\
        <c r=\"F3\"><f>1+1</f><v>2</v></c><c r=\"G3\" t=\"e\"><v>#REF!</v></c></row><row><c r=\"A4\" t=\"str\"><v>_x0041_</v></c>\
        <c><v>1.5</v></c><c r=\"D4\" t=\"s\"><v>3</v></c></row></sheetData><mergeCells><mergeCell ref=\"A1:B1\"/></mergeCells></worksheet>";
    let styles = "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>";
    let workbook = b"<workbook><sheets><sheet name=\"a\" r:id=\"r1\"/></sheets></workbook>".to_vec();
    let rels = br#"<Relationships><Relationship Id="r1" Type="x/worksheet" Target="sheet.xml"/><Relationship Id="r2" Type="x/sharedStrings" Target="strings.xml"/><Relationship Id="r3" Type="x/styles" Target="styles.xml"/></Relationships>"#;
    let book = |sheet: &[u8], strings: &[u8]| {
        crate::support::zip(&[
            ("[Content_Types].xml", b"<Types/>"),
            ("xl/workbook.xml", &workbook),
            ("xl/_rels/workbook.xml.rels", rels),
            ("xl/sheet.xml", sheet),
            ("xl/strings.xml", strings),
            ("xl/styles.xml", styles.as_bytes()),
        ])
    };
    let mut numbers = Numbers(0x1234_5678_9ABC_DEF1);
    // TAIZHANG_ROUNDS asks for a longer run.
    let rounds = std::env::var("TAIZHANG_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(600);
    let mut ended = 0;
    for round in 0..rounds {
        let (mut sheet, mut strings) = (sheet.as_bytes().to_vec(), strings.as_bytes().to_vec());
        match round % 3 {
            _ if round == 0 => {}
            0 => mutate(&mut strings, &mut numbers),
            _ => mutate(&mut sheet, &mut numbers),
        }
        let (plain, plain_ended) = cells(book(&sheet, &strings));
        let (events, events_ended) = cells(book(&spaced(&sheet), &spaced(&strings)));
        let shared = plain.len().min(events.len());
        let shown = || format!("{}\n{}", String::from_utf8_lossy(&sheet), String::from_utf8_lossy(&strings));
        assert_eq!(plain[..shared], events[..shared], "{}", shown());
        if plain_ended && events_ended {
            assert_eq!(plain.len(), events.len(), "{}", shown());
            ended += 1;
        }
    }
    assert!(ended > rounds / 10, "most changes broke the book: {ended} of {rounds} were read to the end");
}
