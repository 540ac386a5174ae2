//! `taizhang template`: writes blank ledgers to send out.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use clap::ArgMatches;

use super::complaint::{about, complaint};
use super::{config::Config, options, output, status};
use crate::check;
use crate::model::{Date, Lang};
use crate::pack::LedgerKind;
use crate::template;

/// Runs the command and gives its exit code.
pub fn run(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let config = Config::load(arguments, lang)?;
    let (store, _) = options::store(arguments, &config)?;
    let base = store.base();
    let mut kinds: Vec<Arc<LedgerKind>> = Vec::new();
    for given in arguments.get_many::<String>("kinds").into_iter().flatten() {
        let known =
            base.kinds.iter().find(|kind| kind.made.is_none() && (*kind.id == **given || kind.name.zh == *given));
        match known {
            Some(kind) => kinds.push(kind.clone()),
            None => {
                let kinds = base.kinds.iter().filter(|kind| kind.made.is_none());
                bail!(about(given, &options::no_such_kind(kinds)));
            }
        }
    }
    let mut measures = template::MeasuresOfFields::new();
    for (ledger, field, measure) in check::fields_read(&store) {
        let ids = measures.entry((ledger, field)).or_default();
        if !ids.contains(&measure) {
            ids.push(measure);
        }
    }
    let template_options = template::Options {
        lang,
        rows: arguments.get_one::<u32>("rows").copied().unwrap_or(200),
        measures,
        created: Date::new(2024, 1, 1).unwrap_or_default(),
    };
    let path = arguments.get_one::<PathBuf>("output").cloned().unwrap_or_else(|| PathBuf::from("template.xlsx"));
    if path.as_os_str() == "-" {
        if std::io::stdout().is_terminal() {
            bail!(complaint(
                "工作簿不能显示在屏幕上，请用 -o 文件.xlsx",
                "a workbook cannot be shown on the screen; use -o FILE.xlsx"
            ));
        }
        output::write_stdout(|out| template::write(&kinds, &base, &template_options, out))?;
        return Ok(status::OK);
    }
    output::write_file(&path, |out| template::write(&kinds, &base, &template_options, out))?;
    let done = match lang {
        Lang::Zh => format!("已写出空白台账 {}\n", path.display()),
        Lang::En => format!("Wrote the blank ledger {}\n", path.display()),
    };
    output::write_stdout(|out| out.write_all(done.as_bytes()))?;
    Ok(status::OK)
}
