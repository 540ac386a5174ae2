//! Reads the files that are named and prints one line for each input found in them: how `read` understood it.
//! `tests/corpus/run` calls it under limits for every file of a folder.

use std::path::Path;

use taizhang::diag::{FaultKind, InputFault};
use taizhang::read::{self, Cell, Opened, ReadOptions, Row};

fn main() {
    let mut show = false;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--show" => show = true,
            path => report(Path::new(path), show),
        }
    }
}

fn report(path: &Path, show: bool) {
    for opened in read::open(path, &ReadOptions::default()) {
        let document = match opened {
            Opened::Document(document) => document,
            Opened::Fault { path, fault, .. } => {
                println!("{}\t{path}\t{}\t{}", answer(&fault), fault.kind.code(), fault.message.en);
                continue;
            }
        };
        let (mut cells, mut faults) = (0_u64, Vec::new());
        let mut sheets = Vec::new();
        for mut sheet in document.sheets {
            let mut row = Row::default();
            let before = cells;
            loop {
                match sheet.rows.next_row(&mut row) {
                    Ok(true) => {
                        cells += row.iter().filter(|cell| *cell != Cell::Empty).count() as u64;
                        if show {
                            let shown: Vec<String> = row.iter().map(|cell| format!("{cell:?}")).collect();
                            println!("  {} {}: {}", sheet.name, row.index + 1, shown.join(" | "));
                        }
                    }
                    Ok(false) => break,
                    Err(fault) => {
                        faults.push(fault);
                        break;
                    }
                }
            }
            sheets.push(format!("{}={}", sheet.name, cells - before));
        }
        let notes: Vec<&str> = document.notes.iter().map(|note| note.code).collect();
        let verdict = match faults.first() {
            Some(fault) => answer(fault),
            None if cells == 0 => "empty",
            None => "read",
        };
        let encoding = document.encoding.unwrap_or_default();
        let faults: Vec<String> =
            faults.iter().map(|fault| format!("{}: {}", fault.kind.code(), fault.message.en)).collect();
        println!(
            "{verdict}\t{}\t{}\t{cells} cells\t{encoding}\t{}\t{}\t{}",
            document.path,
            document.format,
            notes.join(","),
            faults.join(" / "),
            sheets.join(" ").chars().take(200).collect::<String>()
        );
    }
}

fn answer(fault: &InputFault) -> &'static str {
    match fault.kind {
        FaultKind::ReaderFailed => "failed",
        _ => "refused",
    }
}
