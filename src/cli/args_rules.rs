//! The arguments of `taizhang rules`.

use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, value_parser};

use super::args::{Texts, format, packs, rules_dir};
use crate::pack::schema::SCHEMAS;

pub(super) fn rules(t: &Texts) -> Command {
    Command::new("rules")
        .about(t.pick("查看、说明、测试、编写规则", "list, explain, test and write rules"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("list")
                .about(t.pick("列出规则", "list the rules"))
                .after_help(t.pick(
                    "示例：\n  taizhang rules list --pack shaanxi\n  taizhang rules list --format json",
                    "Examples:\n  taizhang rules list --pack shaanxi\n  taizhang rules list --format json",
                ))
                .arg(packs(t))
                .arg(rules_dir(t))
                .arg(format(t, "json|markdown")),
        )
        .subcommand(
            Command::new("explain")
                .about(t.pick("说明一条规则或举措", "explain a rule or a measure"))
                .after_help(t.pick(
                    "示例：\n  taizhang rules explain GJ-01/slots-share\n  taizhang rules explain SX-02 --pack shaanxi",
                    "Examples:\n  taizhang rules explain GJ-01/slots-share\n  taizhang rules explain SX-02 --pack shaanxi",
                ))
                .arg(
                    Arg::new("id")
                        .value_name("ID")
                        .required(true)
                        .help(t.pick("规则或举措编号", "id of a rule or a measure")),
                )
                .arg(packs(t))
                .arg(rules_dir(t))
                .arg(format(t, "json")),
        )
        .subcommand(
            Command::new("test")
                .about(t.pick("运行规则自带的用例", "run the rules' own cases"))
                .after_help(t.pick(
                    "示例：\n  taizhang rules test GJ-01\n  taizhang rules test --rules 本地规则",
                    "Examples:\n  taizhang rules test GJ-01\n  taizhang rules test --rules rules-local",
                ))
                .arg(
                    Arg::new("id")
                        .value_name("ID")
                        .num_args(0..)
                        .help(t.pick("只运行这些规则（或其前缀）", "only these rules, or prefixes of them")),
                )
                .arg(rules_dir(t))
                .arg(format(t, "json")),
        )
        .subcommand(
            Command::new("lint")
                .about(t.pick("检查规则包的写法", "check how the packs are written"))
                .after_help(t.pick(
                    "示例：\n  taizhang rules lint --rules 本地规则",
                    "Example:\n  taizhang rules lint --rules rules-local",
                ))
                .arg(rules_dir(t))
                .arg(format(t, "json")),
        )
        .subcommand(
            Command::new("coverage")
                .about(t.pick("举措 → 规则 → 用例的覆盖情况", "measures, the rules that answer them, and their cases"))
                .after_help(t.pick(
                    "示例：\n  taizhang rules coverage --pack xiamen",
                    "Example:\n  taizhang rules coverage --pack xiamen",
                ))
                .arg(packs(t))
                .arg(rules_dir(t))
                .arg(format(t, "json")),
        )
        .subcommand(super::args_export::sql(t))
        .subcommand(new(t))
        .subcommand(diff(t))
        .subcommand(schema(t))
}

fn new(t: &Texts) -> Command {
    Command::new("new")
        .about(t.pick("写一条新规则及其用例的样稿", "write a new rule with its cases to start from"))
        .after_help(t.pick(
            "示例：\n  taizhang rules new GJ-01/slots-known --ledger appointment-slots --into 本地规则\n  taizhang rules test GJ-01/slots-known --rules 本地规则",
            "Examples:\n  taizhang rules new GJ-01/slots-known --ledger appointment-slots --into rules-local\n  taizhang rules test GJ-01/slots-known --rules rules-local",
        ))
        .arg(
            Arg::new("id")
                .value_name("MEASURE/NAME")
                .required(true)
                .help(t.pick("规则编号：举措编号/名称，如 GJ-01/slots-known", "id of the rule: measure and name, such as GJ-01/slots-known")),
        )
        .arg(
            Arg::new("ledger")
                .long("ledger")
                .value_name("KIND")
                .required(true)
                .help(t.pick("所核查的台账种类", "the ledger kind that is judged")),
        )
        .arg(
            Arg::new("into")
                .long("into")
                .value_name("DIR")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help(t.pick("规则文件夹，核查时以 --rules 指定", "folder of rules, to be given as --rules")),
        )
        .arg(rules_dir(t))
}

fn diff(t: &Texts) -> Command {
    let side = |name: &'static str, zh: &'static str, en: &'static str| {
        Arg::new(name)
            .value_name("DIR|builtin")
            .required(true)
            .value_parser(value_parser!(PathBuf))
            .help(t.pick(zh, en))
    };
    Command::new("diff")
        .about(t.pick("比较两套规则的写法", "compare how two sets of rules are written"))
        .after_help(t.pick(
            "文件夹与内置规则合并后比较；builtin 即内置规则。有差别时退出码为 1。\n\n示例：\n  taizhang rules diff builtin 本地规则\n  taizhang check 报送文件夹 --rules-diff 本地规则",
            "A folder is compared as it stands together with the built-in rules; builtin is these alone. Exits with 1 where they differ.\n\nExamples:\n  taizhang rules diff builtin rules-local\n  taizhang check FOLDER --rules-diff rules-local",
        ))
        .arg(side("before", "原来的规则", "the rules before"))
        .arg(side("after", "改后的规则", "the rules after"))
        .arg(format(t, "json"))
}

fn schema(t: &Texts) -> Command {
    Command::new("schema")
        .about(t.pick("输出规则文件的 JSON Schema，供编辑器补全", "print the JSON Schema of rule files, for editors to complete from"))
        .after_help(t.pick(
            "示例：\n  taizhang rules schema rules > rules.schema.json\n  taizhang rules schema --into 本地规则\n第二例另写 .taplo.toml，支持 taplo 的编辑器即据此补全和检查；也可在文件首行写 #:schema 路径。",
            "Examples:\n  taizhang rules schema rules > rules.schema.json\n  taizhang rules schema --into rules-local\nThe second also writes .taplo.toml, from which editors with taplo complete and check; or write #:schema PATH on a file's first line.",
        ))
        .arg(
            Arg::new("sort")
                .value_name("SORT")
                .value_parser(SCHEMAS)
                .required_unless_present("into")
                .help(SCHEMAS.join(", ")),
        )
        .arg(
            Arg::new("into")
                .long("into")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .action(ArgAction::Set)
                .conflicts_with("sort")
                .help(t.pick("把全部 Schema 和 .taplo.toml 写进规则文件夹", "write all of them and .taplo.toml into a folder of rules")),
        )
}
