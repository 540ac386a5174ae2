//! What can be typed: the commands and their arguments, with help in Chinese and English.

use clap::{Arg, ArgAction, Command, value_parser};
use std::path::PathBuf;

use crate::model::Lang;

/// The language of the help: `--lang en` anywhere, else `TAIZHANG_LANG`, else Chinese.
pub fn help_language(arguments: &[std::ffi::OsString], environment: Option<&str>) -> Lang {
    let mut words = arguments.iter().map(|argument| argument.to_string_lossy());
    let mut chosen = environment.map(str::to_owned);
    while let Some(word) = words.next() {
        if word == "--lang" {
            chosen = words.next().map(|word| word.into_owned());
        } else if let Some(value) = word.strip_prefix("--lang=") {
            chosen = Some(value.to_owned());
        }
    }
    if chosen.as_deref() == Some("en") { Lang::En } else { Lang::Zh }
}

/// The whole command line, with its help in `lang`.
pub fn command(lang: Lang) -> Command {
    let t = Texts(lang);
    Command::new("taizhang")
        .version(env!("CARGO_PKG_VERSION"))
        .about(t.pick(
            "台账核查：读取报送的台账，按规则包逐条核对，给出问题清单",
            "Checks submitted ledgers against rule packs and reports findings",
        ))
        .after_help(t.pick(
            "退出码：0 无不合规；1 有不合规（见 --fail-on）；2 用法或配置有误；3 有文件无法读取；4 有规则未能执行或没有任何内容被判定",
            "Exit codes: 0 nothing violated; 1 violations (see --fail-on); 2 usage or configuration; 3 an input could not be read; 4 rules could not run, or nothing was judged",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .next_help_heading(t.pick("选项", "Options"))
        .arg(
            Arg::new("lang")
                .long("lang")
                .global(true)
                .value_name("zh|en")
                .value_parser(["zh", "en"])
                .env("TAIZHANG_LANG")
                .hide_env(true)
                .default_value("zh")
                .help(t.pick("输出语言", "language of the output")),
        )
        .subcommand(check(&t))
        .subcommand(inspect(&t))
        .subcommand(rules(&t))
        .subcommand(template(&t))
        .subcommand(
            Command::new("completions")
                .about(t.pick("输出命令行补全脚本", "print a completion script for a shell"))
                .arg(
                    Arg::new("shell")
                        .value_name("SHELL")
                        .required(true)
                        .value_parser(value_parser!(clap_complete::Shell))
                        .help("bash, zsh, fish, powershell, elvish"),
                ),
        )
        .subcommand(
            Command::new("man")
                .about(t.pick("输出手册页（roff）", "print the manual page (roff)"))
                .arg(Arg::new("command").value_name("COMMAND").help(t.pick("某个命令的手册页", "the page of one command"))),
        )
        .subcommand(
            Command::new("config")
                .about(t.pick("查看生效的配置", "show the configuration in force"))
                .subcommand_required(true)
                .arg_required_else_help(true)
                .subcommand(Command::new("show").about(t.pick("列出各项配置及其来源", "list each value and where it came from"))),
        )
        .subcommand(Command::new("init").about(t.pick("在当前文件夹写一份配置样例", "write a commented configuration into this folder")))
}

struct Texts(Lang);

impl Texts {
    fn pick(&self, zh: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

fn rules_dir(t: &Texts) -> Arg {
    Arg::new("rules")
        .long("rules")
        .value_name("DIR")
        .value_parser(value_parser!(PathBuf))
        .action(ArgAction::Append)
        .help(t.pick(
            "追加或替换内置规则的文件夹，可多次",
            "folder of rules that adds to or replaces the built-in ones; may be repeated",
        ))
}

fn format(t: &Texts, values: &'static str) -> Arg {
    Arg::new("format")
        .long("format")
        .value_name(values)
        .help(t.pick("写到标准输出的格式", "format written to standard output"))
}

fn reading(t: &Texts) -> Vec<Arg> {
    vec![
        Arg::new("ledger")
            .long("ledger")
            .value_name("FILE=KIND")
            .action(ArgAction::Append)
            .help(t.pick("指定某文件的台账种类，可多次", "the ledger kind of a file; may be repeated")),
        Arg::new("period").long("period").value_name("PERIOD").help(t.pick(
            "所属期，用于台账自身未注明的情况：2023Q4、2023H2、2023、2023-11",
            "reporting period of ledgers that do not name one: 2023Q4, 2023H2, 2023, 2023-11",
        )),
        Arg::new("as-of")
            .long("as-of")
            .value_name("DATE")
            .help(t.pick("核查日期（YYYY-MM-DD），默认今天", "review date (YYYY-MM-DD); today by default")),
        Arg::new("encoding")
            .long("encoding")
            .value_name("NAME")
            .help(t.pick("文本文件的编码，如 GB18030", "encoding of text files, such as GB18030")),
        Arg::new("password").long("password").value_name("TEXT").help(
            t.pick("加密工作簿（XLSX、XLS）和压缩包（zip）的密码", "password of encrypted workbooks and zip archives"),
        ),
        Arg::new("limit").long("limit").value_name("NAME=NUMBER").action(ArgAction::Append).help(format!(
            "{}{}",
            t.pick(
                "读取上限，可多次，数值可带 K、M、G：",
                "a bound of reading, with K, M or G where wanted; may be repeated: ",
            ),
            crate::read::Limits::names().collect::<Vec<_>>().join(t.pick("、", ", "))
        )),
        Arg::new("map")
            .long("map")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help(t.pick("列标题对应表（TOML）", "mapping of headings to fields (TOML)")),
    ]
}

fn check(t: &Texts) -> Command {
    Command::new("check")
        .about(t.pick("核查台账，写出问题清单", "check ledgers and write the findings"))
        .after_help(t.pick(
            "示例：\n  taizhang check 报送文件夹\n  taizhang check 宝鸡.xlsx --pack shaanxi --as-of 2023-12-31 -o 宝鸡-问题清单.xlsx\n  taizhang check 报送文件夹 --format json > report.json",
            "Examples:\n  taizhang check FOLDER\n  taizhang check a.xlsx --pack shaanxi --as-of 2023-12-31 -o findings-a.xlsx\n  taizhang check FOLDER --format json > report.json",
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
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .action(ArgAction::Append)
                .help(t.pick(
                    "输出文件，按扩展名定格式，可多次；默认 findings.xlsx",
                    "output file, its format by extension; may be repeated; findings.xlsx by default",
                )),
        )
        .arg(Arg::new("pack").long("pack").value_name("ID").action(ArgAction::Append).value_delimiter(',').help(t.pick(
            "规则包，可多次；默认按台账中的地区选择",
            "rule pack; may be repeated; by default chosen from the regions in the ledgers",
        )))
        .args(reading(t))
        .arg(rules_dir(t))
        .arg(Arg::new("param").long("param").value_name("NAME=VALUE").action(ArgAction::Append).help(t.pick(
            "修改一个参数（解释口径），可多次",
            "set a parameter; may be repeated",
        )))
        .arg(
            Arg::new("each")
                .long("each")
                .value_name("file|folder")
                .value_parser(["file", "folder"])
                .help(t.pick("逐个文件或文件夹单独核查，不合并", "judge each file or folder by itself")),
        )
        .arg(Arg::new("complete").long("complete").action(ArgAction::SetTrue).help(t.pick(
            "声明材料已齐，核对应报单位是否缺报",
            "declare that the material is complete, so that missing units are reported",
        )))
        .arg(format(t, "json|…"))
        .arg(
            Arg::new("fail-on")
                .long("fail-on")
                .value_name("LEVEL")
                .value_parser(["error", "warning", "advice", "undetermined", "new", "never"])
                .help(t.pick("达到该级别时退出码为 1", "exit with 1 from this level on")),
        )
        .arg(
            Arg::new("previous")
                .long("previous")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help(t.pick(
                    "上次的 findings.xlsx：对照新增、持续、已整改、豁免，并带出已填的情况说明",
                    "findings.xlsx of an earlier run: tells new, persisting, fixed and waived findings and carries the explanations on",
                )),
        )
        .arg(
            Arg::new("min-evaluated")
                .long("min-evaluated")
                .value_name("N")
                .value_parser(value_parser!(u64))
                .help(t.pick("至少应判定的数量，不足时退出码为 4", "results that must at least be judged, else exit with 4")),
        )
        .arg(
            Arg::new("max-findings")
                .long("max-findings")
                .value_name("N")
                .value_parser(value_parser!(usize))
                .help(t.pick("每条规则最多列出的问题数（计数不受影响）", "findings listed for each rule (counts stay true)")),
        )
        .arg(Arg::new("show-personal-data").long("show-personal-data").action(ArgAction::SetTrue).help(t.pick(
            "不隐去姓名、身份证号、电话、住址",
            "do not mask names, identity numbers, phones and addresses",
        )))
        .arg(
            Arg::new("jobs")
                .long("jobs")
                .value_name("N")
                .value_parser(value_parser!(usize))
                .help(t.pick("并行线程数", "number of threads")),
        )
        .arg(Arg::new("quiet").short('q').long("quiet").action(ArgAction::SetTrue).help(t.pick("不打印汇总和进度", "print neither summary nor progress")))
}

fn inspect(t: &Texts) -> Command {
    Command::new("inspect")
        .about(t.pick("显示文件是怎样读取和对应的", "show how a file was read and mapped"))
        .arg(
            Arg::new("paths")
                .value_name("FILE")
                .required(true)
                .num_args(1..)
                .value_parser(value_parser!(PathBuf))
                .help(t.pick("文件", "files")),
        )
        .args(reading(t))
        .arg(rules_dir(t))
        .arg(format(t, "json"))
        .arg(Arg::new("write-map").long("write-map").value_name("FILE").value_parser(value_parser!(PathBuf)).help(
            t.pick(
                "把列标题与字段的对应写成草稿，改好后用 --map 读回",
                "draft the mapping of headings to fields into a file that --map reads",
            ),
        ))
        .arg(
            Arg::new("show-personal-data")
                .long("show-personal-data")
                .action(ArgAction::SetTrue)
                .help(t.pick("不隐去个人信息", "do not mask personal data")),
        )
}

fn template(t: &Texts) -> Command {
    Command::new("template")
        .about(t.pick("写出空白台账，供下发填报", "write blank ledgers to send out"))
        .arg(
            Arg::new("kinds")
                .value_name("KIND")
                .required(true)
                .num_args(1..)
                .help(t.pick("台账种类（编号或中文名）", "ledger kinds (id or Chinese name)")),
        )
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help(t.pick("输出文件，默认 template.xlsx", "output file; template.xlsx by default")),
        )
        .arg(
            Arg::new("rows")
                .long("rows")
                .value_name("N")
                .value_parser(value_parser!(u32).range(1..=10_000))
                .help(t.pick("预备的填报行数，默认 200", "rows that are prepared; 200 by default")),
        )
        .arg(rules_dir(t))
}

fn rules(t: &Texts) -> Command {
    let pack = |t: &Texts| {
        Arg::new("pack")
            .long("pack")
            .value_name("ID")
            .action(ArgAction::Append)
            .value_delimiter(',')
            .help(t.pick("规则包", "rule packs"))
    };
    Command::new("rules")
        .about(t.pick("查看、说明、测试规则", "list, explain and test rules"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("list")
                .about(t.pick("列出规则", "list the rules"))
                .arg(pack(t))
                .arg(rules_dir(t))
                .arg(format(t, "json|markdown")),
        )
        .subcommand(
            Command::new("explain")
                .about(t.pick("说明一条规则或举措", "explain a rule or a measure"))
                .arg(
                    Arg::new("id")
                        .value_name("ID")
                        .required(true)
                        .help(t.pick("规则或举措编号", "id of a rule or a measure")),
                )
                .arg(pack(t))
                .arg(rules_dir(t))
                .arg(format(t, "json")),
        )
        .subcommand(
            Command::new("test")
                .about(t.pick("运行规则自带的用例", "run the rules' own cases"))
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
                .arg(rules_dir(t))
                .arg(format(t, "json")),
        )
        .subcommand(
            Command::new("coverage")
                .about(t.pick("举措 → 规则 → 用例的覆盖情况", "measures, the rules that answer them, and their cases"))
                .arg(pack(t))
                .arg(rules_dir(t))
                .arg(format(t, "json")),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent_in_both_languages() {
        command(Lang::Zh).debug_assert();
        command(Lang::En).debug_assert();
    }

    #[test]
    fn the_language_of_the_help_is_found_before_parsing() {
        let words = |texts: &[&str]| texts.iter().map(|text| text.into()).collect::<Vec<std::ffi::OsString>>();
        assert_eq!(help_language(&words(&["check", "--lang", "en"]), None), Lang::En);
        assert_eq!(help_language(&words(&["check", "--lang=en"]), Some("zh")), Lang::En);
        assert_eq!(help_language(&words(&["check"]), Some("en")), Lang::En);
        assert_eq!(help_language(&words(&["check"]), None), Lang::Zh);
    }
}
