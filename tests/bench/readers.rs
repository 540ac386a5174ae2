//! Reads files with other readers and does nothing with them, for the comparison in `tests/bench/run`:
//! `readers csv|gb18030|calamine|inflate FILE…` prints how much was read.

use std::fs::File;
use std::io::{BufReader, Read};

use anyhow::{Context, Result, bail};
use calamine::Reader;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let how = arguments.next().context("csv, gb18030, calamine or inflate")?;
    let mut total = 0_u64;
    for path in arguments {
        total += match how.as_str() {
            "csv" => records(File::open(&path)?)?,
            "gb18030" => decoded(&path)?,
            "calamine" => cells(&path)?,
            "inflate" => inflated(&path)?,
            _ => bail!("unknown: {how}"),
        };
    }
    println!("{total}");
    Ok(())
}

/// Fields of all records, as the `csv` crate divides them.
fn records(input: impl Read) -> Result<u64> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
    let mut record = csv::ByteRecord::new();
    let mut fields = 0;
    while reader.read_byte_record(&mut record)? {
        fields += record.len() as u64;
    }
    Ok(fields)
}

/// Characters of a text in GB18030.
fn decoded(path: &str) -> Result<u64> {
    let mut input = BufReader::new(File::open(path)?);
    let mut decoder = encoding_rs::GB18030.new_decoder();
    let (mut bytes, mut text, mut all) = (vec![0; 1 << 16], String::with_capacity(1 << 18), 0);
    loop {
        let count = input.read(&mut bytes)?;
        let (_, read, _) = decoder.decode_to_string(&bytes[..count], &mut text, count == 0);
        anyhow::ensure!(read == count, "the text had no room");
        all += text.len() as u64;
        text.clear();
        if count == 0 {
            return Ok(all);
        }
    }
}

/// Filled cells of the first sheet, one by one.
fn cells(path: &str) -> Result<u64> {
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(path)?;
    let name = book.sheet_names().first().cloned().context("no sheet")?;
    let mut reader = book.worksheet_cells_reader(&name)?;
    let mut cells = 0;
    while let Some(cell) = reader.next_cell()? {
        cells += u64::from(*cell.get_value() != calamine::DataRef::Empty);
    }
    Ok(cells)
}

/// Bytes of the sheets of a workbook.
fn inflated(path: &str) -> Result<u64> {
    let mut archive = zip::ZipArchive::new(BufReader::new(File::open(path)?))?;
    let mut bytes = 0;
    for at in 0..archive.len() {
        let mut part = archive.by_index(at)?;
        if part.name()?.starts_with("xl/worksheets/") {
            bytes += std::io::copy(&mut part, &mut std::io::sink())?;
        }
    }
    Ok(bytes)
}
