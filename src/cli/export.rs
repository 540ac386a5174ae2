//! `taizhang export`: the records as they are judged, as CSV tables for other engines.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::ArgMatches;

use super::complaint::{colon, complaint};
use super::{config::Config, options, output, status};
use crate::check::{self, Sink};
use crate::diag::io_reason;
use crate::model::Lang;
use crate::render::csv::io_error;

/// Runs the command and gives its exit code.
pub fn run(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let config = Config::load(arguments, lang)?;
    let (store, _) = options::store(arguments, &config)?;
    let mut check_options = options::check_options(arguments, &config, &store)?;
    if !arguments.get_flag("show-personal-data") {
        bail!(complaint(
            "导出的记录含姓名、身份证号等，隐去后键和校验都不再成立；确认后请加 --show-personal-data",
            "the records hold names and identity numbers, and masked ones would break keys and checks; where that is \
             understood, add --show-personal-data"
        ));
    }
    let paths: Vec<PathBuf> = arguments.get_many("paths").into_iter().flatten().cloned().collect();
    let folder = arguments.get_one::<PathBuf>("folder").cloned().unwrap_or_default();
    let inputs = super::check::take_inputs(&paths, &[], &mut check_options)?;
    // Tables of an earlier export must not be mixed with these.
    if folder.exists() && folder.read_dir().map_or(true, |mut entries| entries.next().is_some()) {
        let folder = folder.display();
        bail!(complaint(
            format!("-o {folder}：文件夹须为空或不存在"),
            format!("-o {folder}: the folder must be empty or new")
        ));
    }
    let rows = arguments.get_one::<u64>("part-rows").copied().unwrap_or(u64::MAX);
    let mut tables = Tables { folder: folder.clone(), rows, tables: BTreeMap::new() };
    let failed = |error: io::Error| {
        let folder = folder.display();
        complaint(format!("写 {folder} 失败"), format!("{folder} cannot be written")).because(error)
    };
    let exported = check::Checker::new(&store)
        .export(&inputs.files, &check_options, arguments.get_flag("outcomes"), &mut tables)
        .map_err(failed)?;
    tables.finish().map_err(failed)?;
    let mut text = String::new();
    for (ledger, records) in exported.records.iter().filter(|(_, records)| *records > 0) {
        text += &format!("{ledger}\t{records}\n");
    }
    output::write_stdout(|out| out.write_all(text.as_bytes()))?;
    for (file, fault) in &exported.faults {
        // Where standard error is closed there is nobody left to tell.
        let _ = writeln!(io::stderr(), "{file}{}{}", colon(lang), fault.message.get(lang));
    }
    for (path, error) in &inputs.faults {
        let _ = writeln!(io::stderr(), "{}{}{}", path.display(), colon(lang), io_reason(error).get(lang));
    }
    let is_whole = exported.faults.is_empty() && inputs.faults.is_empty();
    Ok(if is_whole { status::OK } else { status::UNREADABLE })
}

/// One folder for each table, with one file for each so many rows.
struct Tables {
    folder: PathBuf,
    rows: u64,
    tables: BTreeMap<usize, Parts>,
}

struct Parts {
    folder: PathBuf,
    columns: Vec<String>,
    parts: u32,
    written: u64,
    writer: csv::Writer<BufWriter<File>>,
}

impl Parts {
    fn open(folder: &Path, part: u32, columns: &[String]) -> io::Result<csv::Writer<BufWriter<File>>> {
        let file = File::create(folder.join(format!("part-{part:05}.csv")))?;
        let mut writer = csv::Writer::from_writer(BufWriter::new(file));
        writer.write_record(columns).map_err(io_error)?;
        Ok(writer)
    }
}

impl Sink for Tables {
    fn table(&mut self, number: usize, name: &str, columns: &[&str]) -> io::Result<()> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder)?;
        let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        let writer = Parts::open(&folder, 0, &columns)?;
        self.tables.insert(number, Parts { folder, columns, parts: 1, written: 0, writer });
        Ok(())
    }

    fn row(&mut self, number: usize, cells: &[Cow<'_, str>]) -> io::Result<()> {
        let Some(table) = self.tables.get_mut(&number) else { return Ok(()) };
        if table.written == self.rows {
            table.writer.flush()?;
            table.writer = Parts::open(&table.folder, table.parts, &table.columns)?;
            table.parts += 1;
            table.written = 0;
        }
        table.written += 1;
        table.writer.write_record(cells.iter().map(|cell| cell.as_bytes())).map_err(io_error)
    }
}

impl Tables {
    fn finish(&mut self) -> io::Result<()> {
        self.tables.values_mut().try_for_each(|table| table.writer.flush())
    }
}
