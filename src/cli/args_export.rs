//! The arguments of `taizhang export` and `taizhang rules sql`.

use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, value_parser};

use super::args::{Texts, format, packs, reading, rules_dir};

fn param(t: &Texts) -> Arg {
    Arg::new("param")
        .long("param")
        .value_name("NAME=VALUE")
        .action(ArgAction::Append)
        .help(t.pick("修改一个参数（解释口径），可多次", "set a parameter; may be repeated"))
}

pub(super) fn export(t: &Texts) -> Command {
    Command::new("export")
        .about(t.pick("把对应好的记录导出为表，供 SQL 引擎使用", "write the mapped records as tables for SQL engines"))
        .after_help(t.pick(
            "示例：\n  taizhang export 收到的台账 -o 导出 --show-personal-data --as-of 2024-01-15",
            "Example:\n  taizhang export ledgers -o export --show-personal-data --as-of 2024-01-15",
        ))
        .arg(
            Arg::new("paths")
                .value_name("PATH")
                .required(true)
                .num_args(1..)
                .value_parser(value_parser!(PathBuf))
                .help(t.pick("文件或文件夹", "files and folders")),
        )
        .arg(
            Arg::new("folder")
                .short('o')
                .long("output")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .default_value("export")
                .help(t.pick("输出文件夹，须为空或不存在", "folder to write, which must be empty or new")),
        )
        .arg(Arg::new("part-rows").long("part-rows").value_name("N").value_parser(value_parser!(u64).range(1..)).help(
            t.pick("每个文件最多的行数，供多机并行读取", "rows of one file, so that many machines can read a table"),
        ))
        .arg(Arg::new("outcomes").long("outcomes").action(ArgAction::SetTrue).help(t.pick(
            "另写 _outcomes 表：每条规则对每个对象的判定",
            "also write the table _outcomes: what every rule says of every unit",
        )))
        .arg(packs(t))
        .args(reading(t))
        .arg(rules_dir(t))
        .arg(param(t))
        .arg(
            Arg::new("complete")
                .long("complete")
                .action(ArgAction::SetTrue)
                .help(t.pick("声明材料已齐", "declare that the material is complete")),
        )
        .arg(Arg::new("show-personal-data").long("show-personal-data").action(ArgAction::SetTrue).help(t.pick(
            "确认导出姓名、身份证号等个人信息（必需）",
            "confirm that names and identity numbers are written (required)",
        )))
}

pub(super) fn sql(t: &Texts) -> Command {
    Command::new("sql")
        .about(t.pick("把规则写成 SQL，在导出的表上运行", "write the rules as SQL over exported tables"))
        .after_help(t.pick(
            "示例：\n  taizhang rules sql --pack shaanxi --data 导出 > rules.sql\n  taizhang rules sql GJ-01 --dialect spark",
            "Examples:\n  taizhang rules sql --pack shaanxi --data export > rules.sql\n  taizhang rules sql GJ-01 --dialect spark",
        ))
        .arg(
            Arg::new("id")
                .value_name("ID")
                .num_args(0..)
                .help(t.pick("只写这些规则（或其前缀）", "only these rules, or prefixes of them")),
        )
        .arg(
            Arg::new("dialect")
                .long("dialect")
                .value_name("duckdb|spark")
                .value_parser(["duckdb", "spark"])
                .default_value("duckdb")
                .help(t.pick("SQL 引擎", "the engine")),
        )
        .arg(
            Arg::new("data")
                .long("data")
                .value_name("DIR")
                .default_value("export")
                .help(t.pick("taizhang export 写出的文件夹", "the folder that taizhang export wrote")),
        )
        .arg(Arg::new("no-reasons").long("no-reasons").action(ArgAction::SetTrue).help(t.pick(
            "不求无法判定的原因，查询较短较快",
            "leave out why outcomes are undetermined; shorter and faster",
        )))
        .arg(packs(t))
        .arg(rules_dir(t))
        .arg(param(t))
        .arg(format(t, "json"))
}
