//! `taizhang rules new`: a rule with its cases that load and pass, to be changed into the one that is wanted.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::ArgMatches;

use super::complaint::{about, complaint, exists};
use super::{config::Config, options, output, status};
use crate::model::{FieldType, Lang};
use crate::pack::{Field, LedgerKind};

/// A requirement on one field, with texts of a cell that meet and violate it.
struct Start<'k> {
    field: &'k Field,
    require: String,
    met: &'static str,
    violated: &'static str,
}

/// Runs the command and gives its exit code.
pub fn run(arguments: &ArgMatches, lang: Lang) -> anyhow::Result<u8> {
    let config = Config::load(arguments, lang)?;
    let (store, _) = options::store(arguments, &config)?;
    let id = arguments.get_one::<String>("id").map_or("", String::as_str);
    let wanted = arguments.get_one::<String>("ledger").map_or("", String::as_str);
    let folder = arguments.get_one::<PathBuf>("into").context("--into")?;
    let is_plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let (measure, name) = match id.split_once('/') {
        Some((measure, name)) if is_plain(measure) && is_plain(name) => (measure, name),
        _ => bail!(complaint(
            format!("{id}：应写成 举措编号/名称，如 GJ-01/slots-known"),
            format!("{id}: write MEASURE/NAME, such as GJ-01/slots-known")
        )),
    };
    let base = store.base();
    let Some(kind) = base.kinds.iter().find(|kind| *kind.id == *wanted || kind.name.zh == wanted) else {
        bail!(about(&format!("--ledger {wanted}"), &options::no_such_kind(base.kinds.iter())));
    };
    let mut measures = Vec::new();
    for pack in store.packs() {
        let (catalog, _) = store.catalog(std::slice::from_ref(&pack.info.id), &[]);
        if catalog.rules.iter().any(|rule| rule.template() == id) {
            bail!(complaint(format!("{id}：已有这条规则"), format!("{id}: there is such a rule already")));
        }
        measures.extend(catalog.measures);
    }
    let Some(pack) = measures.iter().find(|known| *known.id == *measure).map(|measure| measure.pack.clone()) else {
        let near = crate::pack::nearest(measure, measures.iter().map(|measure| &*measure.id)).unwrap_or_default();
        let folder = folder.display();
        bail!(complaint(
            format!("没有举措 {measure}，是不是想写 {near}？新的文件请先写 {folder}/规则包/pack.toml"),
            format!(
                "no measure {measure}; did you mean {near}? For a new document write {folder}/PACK/pack.toml first"
            )
        ));
    };
    let start = start(kind).ok_or_else(|| {
        let id = &kind.id;
        complaint(format!("{id}：没有可用的字段"), format!("{id}: has no field to begin with"))
    })?;
    let place = folder.join(&*pack);
    let stem = format!("{}-{name}", measure.to_ascii_lowercase());
    let (rule, cases) = (place.join(format!("{stem}.toml")), place.join(format!("{stem}.cases.toml")));
    for path in [&rule, &cases] {
        if path.symlink_metadata().is_ok() {
            bail!(exists(path));
        }
    }
    std::fs::create_dir_all(&place).with_context(|| place.display().to_string())?;
    output::write_file(&rule, |out| out.write_all(rule_text(id, measure, kind, &start).as_bytes()))?;
    output::write_file(&cases, |out| out.write_all(cases_text(id, kind, &start).as_bytes()))?;
    let next = match lang {
        Lang::Zh => format!(
            "{}\n{}\n下一步：改写 where、require 和各段文字，再运行\n  taizhang rules test {id} --rules {}\n  taizhang rules lint --rules {}\n",
            rule.display(),
            cases.display(),
            folder.display(),
            folder.display()
        ),
        Lang::En => format!(
            "{}\n{}\nNext: rewrite where, require and the texts, then run\n  taizhang rules test {id} --rules {}\n  taizhang rules lint --rules {}\n",
            rule.display(),
            cases.display(),
            folder.display(),
            folder.display()
        ),
    };
    output::write_stdout(|out| out.write_all(next.as_bytes()))?;
    Ok(status::OK)
}

/// A field of the kind that a simple requirement can be written for: numbers first, then dates, yes-no, texts.
fn start(kind: &LedgerKind) -> Option<Start<'_>> {
    let own = |wanted: fn(&FieldType) -> bool| {
        let others = kind.fields.iter().enumerate().filter(|(at, _)| !kind.key.contains(at) && !kind.unit.contains(at));
        others.map(|(_, field)| field).find(|field| wanted(&field.ty))
    };
    let name = |field: &Field| field.name.to_string();
    if let Some(field) = own(|ty| matches!(ty, FieldType::Integer | FieldType::Decimal)) {
        return Some(Start { field, require: format!("{} <= 1000", name(field)), met: "1", violated: "1001" });
    }
    if let Some(field) = own(|ty| matches!(ty, FieldType::Date)) {
        let require = format!("{} <= as_of", name(field));
        return Some(Start { field, require, met: "2024-01-02", violated: "2024-01-31" });
    }
    if let Some(field) = own(|ty| matches!(ty, FieldType::YesNo)) {
        return Some(Start { field, require: name(field), met: "是", violated: "否" });
    }
    let field = own(|ty| matches!(ty, FieldType::Text))?;
    Some(Start { field, require: format!("{} <> '无'", name(field)), met: "已落实", violated: "无" })
}

fn rule_text(id: &str, measure: &str, kind: &LedgerKind, start: &Start) -> String {
    let (field, en) = (&start.field.name, &start.field.en);
    format!(
        r#"# 由 taizhang rules new 写出的样稿：能读入、用例能通过；请改成所要的规则。格式见 rules/README.md。

[[rule]]
id       = "{id}"
measure  = "{measure}"
title    = {{ zh = "{field}符合要求", en = "Right {en}" }}
severity = "warning"                               # error 错误 | warning 警告 | advice 提示
ledger   = "{kind}"
# where  = "…"                                     # 对哪些记录有此要求；不写则对每条记录
require  = "{require}"
required = {{ zh = "{field}应符合：{require}", en = "The {en} meets: {require}" }}
message  = {{ zh = "{{unit}}的{field}为 {{{field}}}，不符合要求", en = "{{unit}}: the {en} is {{{field}}}, which is not as required" }}
fix      = {{ zh = "核实{field}，更正后重新报送", en = "Verify the {en}, correct it and submit the ledger again" }}
no_case  = {{ not_applicable = {{ zh = "没有 where，对每条记录都适用", en = "without a `where` it applies to every record" }} }}
"#,
        kind = kind.id,
        require = start.require,
    )
}

fn cases_text(id: &str, kind: &LedgerKind, start: &Start) -> String {
    let unit = kind.unit.iter().filter_map(|&at| kind.fields.get(at)).find(|field| field.ty == FieldType::Text);
    let unit = unit.map(|field| format!("\"{}\" = \"示例单位\", ", field.name)).unwrap_or_default();
    let field = &start.field.name;
    let mut text = String::from("# 规则的用例：合规、不合规、无法判定各一。\n");
    for (name, outcome, value) in
        [("合规", "met", start.met), ("不合规", "violated", start.violated), ("未填写，无法判定", "undetermined", "")]
    {
        text.push_str(&format!(
            "\n[[case]]\nrule   = \"{id}\"\nname   = \"{name}\"\nexpect = \"{outcome}\"\nledgers.{kind} = [ {{ {unit}\"{field}\" = \"{value}\" }} ]\n",
            kind = kind.id
        ));
    }
    text
}
