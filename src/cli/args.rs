//! What can be typed: the commands and their arguments, with help in Chinese and English.

use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, value_parser};

use super::{help, options, version};
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
    let command = Command::new("taizhang")
        .version(version::SHORT)
        .long_version(version::LONG)
        .about(t.pick(
            "台账核查：读取报送的台账，按规则包逐条核对，给出问题清单",
            "Checks submitted ledgers against rule packs and reports findings",
        ))
        .after_help(t.pick(
            "退出码：0 无不合规；1 有不合规（见 --fail-on）；2 用法、配置有误或结果写不出；3 有文件无法读取；4 有规则未能执行或没有任何内容被判定；130、143 被中断\n\n示例：\n  taizhang check 报送文件夹\n  taizhang rules explain GJ-01\n  taizhang template duty-roster -o 排班表.xlsx",
            "Exit codes: 0 nothing violated; 1 violations (see --fail-on); 2 usage, configuration, or an output could not be written; 3 an input could not be read; 4 rules could not run, or nothing was judged; 130, 143 interrupted\n\nExamples:\n  taizhang check FOLDER\n  taizhang rules explain GJ-01\n  taizhang template duty-roster -o roster.xlsx",
        ))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .args(everywhere(&t))
        .subcommand(check(&t))
        .subcommand(inspect(&t))
        .subcommand(compare(&t))
        .subcommand(super::args_rules::rules(&t))
        .subcommand(super::args_export::export(&t))
        .subcommand(template(&t))
        .subcommand(completions(&t))
        .subcommand(man(&t))
        .subcommand(config(&t))
        .subcommand(
            Command::new("init")
                .about(t.pick("在当前文件夹写一份配置样例", "write a commented configuration into this folder"))
                .after_help(t.pick("示例：\n  taizhang init", "Example:\n  taizhang init")),
        );
    help::localise(command, lang)
}

pub(super) struct Texts(pub Lang);

impl Texts {
    pub fn pick(&self, zh: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// An option that may also stand in the environment. A variable that is there but empty says nothing: so scripts switch one off.
fn option(name: &'static str, value: &'static str) -> Arg {
    let option = Arg::new(name).long(name).value_name(value);
    match options::variable(name) {
        "" => option,
        variable if std::env::var_os(variable).is_some_and(|value| value.is_empty()) => option,
        variable => option.env(variable),
    }
}

/// The options of every command.
fn everywhere(t: &Texts) -> [Arg; 3] {
    [
        option("lang", "zh|en")
            .global(true)
            .value_parser(["zh", "en"])
            .default_value("zh")
            .help(t.pick("输出语言", "language of the output")),
        option("config", "FILE").global(true).value_parser(value_parser!(PathBuf)).help(t.pick(
            "配置文件；缺省从当前文件夹向上找 taizhang.toml",
            "configuration; by default taizhang.toml in this folder or above it",
        )),
        Arg::new("no-config")
            .long("no-config")
            .global(true)
            .action(ArgAction::SetTrue)
            .help(t.pick("不读配置文件", "read no configuration file")),
    ]
}

pub(super) fn rules_dir(t: &Texts) -> Arg {
    option("rules", "DIR").value_parser(value_parser!(PathBuf)).action(ArgAction::Append).help(t.pick(
        "追加或替换内置规则的文件夹，可多次",
        "folder of rules that adds to or replaces the built-in ones; may be repeated",
    ))
}

pub(super) fn packs(t: &Texts) -> Arg {
    option("pack", "ID").action(ArgAction::Append).value_delimiter(',').help(t.pick(
        "规则包，可多次；默认按台账中的地区选择",
        "rule pack; may be repeated; by default chosen from the regions in the ledgers",
    ))
}

pub(super) fn format(t: &Texts, values: &'static str) -> Arg {
    Arg::new("format")
        .long("format")
        .value_name(values)
        .help(t.pick("写到标准输出的格式", "format written to standard output"))
}

fn file(name: &'static str) -> Arg {
    option(name, "FILE").value_parser(value_parser!(PathBuf))
}

pub(super) fn reading(t: &Texts) -> Vec<Arg> {
    vec![
        Arg::new("ledger")
            .long("ledger")
            .value_name("FILE=KIND")
            .action(ArgAction::Append)
            .help(t.pick("指定某文件的台账种类，可多次", "the ledger kind of a file; may be repeated")),
        option("period", "PERIOD").help(t.pick(
            "所属期，用于台账自身未注明的情况：2023Q4、2023H2、2023、2023-11",
            "reporting period of ledgers that do not name one: 2023Q4, 2023H2, 2023, 2023-11",
        )),
        option("as-of", "DATE")
            .help(t.pick("核查日期（YYYY-MM-DD），默认今天", "review date (YYYY-MM-DD); today by default")),
        option("encoding", "NAME")
            .help(t.pick("文本文件的编码，如 GB18030", "encoding of text files, such as GB18030")),
        option("password", "TEXT").help(
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
        file("map").help(t.pick("列标题对应表（TOML）", "mapping of headings to fields (TOML)")),
    ]
}

/// The options of a check that the configuration may set too.
fn checking(t: &Texts) -> Vec<Arg> {
    let mut all = vec![
        file("output").short('o').action(ArgAction::Append).help(t.pick(
            "输出文件，按扩展名定格式，可多次；默认 findings.xlsx；- 为标准输出（与 --format 同用）",
            "output file, its format by extension; may be repeated; findings.xlsx by default; - is standard output (with --format)",
        )),
        packs(t),
    ];
    all.extend(reading(t));
    all.extend([
        rules_dir(t),
        file("roster").action(ArgAction::Append).help(t.pick(
            "机构名册等底册，一并读取；逐个核查时供每个文件对照，可多次",
            "register that is read along; judged apart, each file is held against it; may be repeated",
        )),
        Arg::new("param")
            .long("param")
            .value_name("NAME=VALUE")
            .action(ArgAction::Append)
            .help(t.pick("修改一个参数（解释口径），可多次", "set a parameter; may be repeated")),
        option("each", "file|folder")
            .value_parser(["file", "folder"])
            .help(t.pick("逐个文件或文件夹单独核查，不合并", "judge each file or folder by itself")),
        Arg::new("complete").long("complete").action(ArgAction::SetTrue).help(t.pick(
            "声明材料已齐，核对应报单位是否缺报",
            "declare that the material is complete, so that missing units are reported",
        )),
        option("fail-on", "LEVEL")
            .value_parser(["error", "warning", "advice", "undetermined", "new", "never"])
            .help(t.pick(
                "达到该级别时退出码为 1：error（缺省）、warning、advice、undetermined、new、never",
                "exit with 1 from this level on: error (default), warning, advice, undetermined, new, never",
            )),
        option("min-evaluated", "N")
            .value_parser(value_parser!(u64))
            .help(t.pick("至少应判定的数量，不足时退出码为 4", "results that must at least be judged, else exit with 4")),
        file("previous").action(ArgAction::Append).help(t.pick(
            "上次的 findings.xlsx（或报回的退回件、JSON 报告），可多次：以核查日期最近的一次对照新增、持续、已整改、豁免，并带出已填的情况说明；更早的用于趋势图",
            "findings.xlsx of an earlier run (or return copies that came back, or JSON reports); may be repeated: the latest run tells new, persisting, fixed and waived findings and its explanations are carried on; earlier ones make the trend",
        )),
        file("since-manifest").help(t.pick(
            "清单：内容、规则和选项自上次以来都未变的输入不再核查，只列为“未变”；核查后更新清单",
            "manifest: inputs are skipped and listed as unchanged where they, the rules and the options are as in the last run; updated afterwards",
        )),
        file("status").help(t.pick(
            "每个文件的处理状态，一行一个 JSON，末行为合计",
            "how each input came out, one JSON object a line, with the totals on the last",
        )),
        option("max-findings", "N")
            .value_parser(value_parser!(usize))
            .help(t.pick(
                "每条规则最多列出的问题数，缺省 100000（计数不受影响）",
                "findings listed for each rule, 100000 unless given (counts stay true)",
            )),
        Arg::new("show-personal-data").long("show-personal-data").action(ArgAction::SetTrue).help(t.pick(
            "不隐去姓名、身份证号、电话、住址",
            "do not mask names, identity numbers, phones and addresses",
        )),
        option("jobs", "N")
            .value_parser(value_parser!(u16).range(1..))
            .help(t.pick("并行线程数", "number of threads")),
        option("summary", "full|line|none")
            .value_parser(["full", "line", "none"])
            .help(t.pick("屏幕汇总：full 全屏（缺省）、line 一行、none 不打印", "summary: full (default), line or none")),
    ]);
    all
}

fn check(t: &Texts) -> Command {
    Command::new("check")
        .about(t.pick("核查台账，写出问题清单", "check ledgers and write the findings"))
        .after_help(t.pick(
            "示例：\n  taizhang check 报送文件夹\n  taizhang check 宝鸡.xlsx --pack shaanxi --as-of 2023-12-31 -o 宝鸡-问题清单.xlsx\n  taizhang check 报送文件夹 --format json > report.json\n  cat 号源.csv | taizhang check - --summary line\n  taizhang check 报送文件夹 --each file --since-manifest 清单.json --status 状态.ndjson",
            "Examples:\n  taizhang check FOLDER\n  taizhang check a.xlsx --pack shaanxi --as-of 2023-12-31 -o findings-a.xlsx\n  taizhang check FOLDER --format json > report.json\n  cat slots.csv | taizhang check - --summary line\n  taizhang check FOLDER --each file --since-manifest manifest.json --status status.ndjson",
        ))
        .arg(
            Arg::new("paths")
                .value_name("PATH")
                .required(true)
                .num_args(1..)
                .value_parser(value_parser!(PathBuf))
                .help(t.pick("文件或文件夹，可用 * 和 ?；- 为标准输入", "files and folders, also with * and ?; - is standard input")),
        )
        .args(checking(t))
        .arg(format(t, "json|…"))
        .arg(
            Arg::new("return-to")
                .long("return-to")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help(t.pick(
                    "在该文件夹为每个单位写一份退回件：本单位的问题清单和标注过的报送原表（含未遮蔽的个人信息，只退还本单位）",
                    "write into this folder, for each unit, a workbook to send back: its findings and annotated copies of what it submitted (with personal data unmasked; for that unit only)",
                )),
        )
        .arg(
            Arg::new("rules-diff")
                .long("rules-diff")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .conflicts_with_all(["output", "since-manifest", "status", "previous"])
                .help(t.pick(
                    "只比较：加上这个文件夹的规则后，各项结果有何变化；有变化时退出码为 1",
                    "only compare: what the rules in this folder would change in the results; exit with 1 where they change any",
                )),
        )
        .arg(
            Arg::new("quiet")
                .short('q')
                .long("quiet")
                .action(ArgAction::SetTrue)
                .help(t.pick("不打印汇总和进度，同 --summary none", "print neither summary nor progress, as --summary none")),
        )
        .arg(
            Arg::new("verbose")
                .short('v')
                .long("verbose")
                .action(ArgAction::SetTrue)
                .help(t.pick("在标准错误输出说明过程", "say on standard error what is being done")),
        )
}

fn inspect(t: &Texts) -> Command {
    Command::new("inspect")
        .about(t.pick("显示文件是怎样读取和对应的", "show how a file was read and mapped"))
        .after_help(t.pick(
            "示例：\n  taizhang inspect 收到的台账/值守.xlsx\n  taizhang inspect 号源.csv --encoding GB18030",
            "Examples:\n  taizhang inspect roster.xlsx\n  taizhang inspect slots.csv --encoding GB18030",
        ))
        .arg(
            Arg::new("paths")
                .value_name("FILE")
                .required(true)
                .num_args(1..)
                .value_parser(value_parser!(PathBuf))
                .help(t.pick("文件；- 为标准输入", "files; - is standard input")),
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

fn compare(t: &Texts) -> Command {
    let report = |place: usize, name: &'static str, help: &'static str| {
        Arg::new(name)
            .value_name(name.to_uppercase())
            .display_order(place)
            .required(true)
            .value_parser(value_parser!(PathBuf))
            .help(help)
    };
    Command::new("compare")
        .about(t.pick("对照两次核查结果：新增、持续、已消除", "show the difference of two reports: new, persisting, gone"))
        .after_help(t.pick(
            "示例：\n  taizhang compare 三季度.xlsx 四季度.xlsx\n\n退出码：0 没有新增的不合规；1 有新增的不合规；2 用法有误或报告无法读取",
            "Example:\n  taizhang compare q3.xlsx q4.xlsx\n\nExit codes: 0 no new violation; 1 new violations; 2 usage, or a report that cannot be read",
        ))
        .arg(report(0, "before", t.pick("上次的报告（JSON 或工作簿）", "the earlier report (JSON or workbook)")))
        .arg(report(1, "after", t.pick("这次的报告（JSON 或工作簿）", "the later report (JSON or workbook)")))
        .arg(format(t, "text|json|markdown").value_parser(["text", "json", "markdown"]))
}

fn template(t: &Texts) -> Command {
    Command::new("template")
        .about(t.pick("写出空白台账，供下发填报", "write blank ledgers to send out"))
        .after_help(t.pick(
            "示例：\n  taizhang template duty-roster -o 排班表.xlsx\n  taizhang template 机构名册及便民服务台账 --rows 500",
            "Examples:\n  taizhang template duty-roster -o roster.xlsx\n  taizhang template institution --rows 500",
        ))
        .arg(
            Arg::new("kinds")
                .value_name("KIND")
                .required(true)
                .num_args(1..)
                .help(t.pick("台账种类（编号或中文名）", "ledger kinds (id or Chinese name)")),
        )
        .arg(
            Arg::new("output").short('o').long("output").value_name("FILE").value_parser(value_parser!(PathBuf)).help(
                t.pick(
                    "输出文件，默认 template.xlsx；- 为标准输出",
                    "output file; template.xlsx by default; - is standard output",
                ),
            ),
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

fn completions(t: &Texts) -> Command {
    Command::new("completions")
        .about(t.pick("输出命令行补全脚本", "print a completion script for a shell"))
        .after_help(t.pick(
            "示例：\n  taizhang completions bash > ~/.local/share/bash-completion/completions/taizhang\n  taizhang completions zsh > ~/.zfunc/_taizhang\n  taizhang completions fish > ~/.config/fish/completions/taizhang.fish\n  taizhang completions powershell | Out-String | Invoke-Expression    # 写进 $PROFILE",
            "Examples:\n  taizhang completions bash > ~/.local/share/bash-completion/completions/taizhang\n  taizhang completions zsh > ~/.zfunc/_taizhang\n  taizhang completions fish > ~/.config/fish/completions/taizhang.fish\n  taizhang completions powershell | Out-String | Invoke-Expression    # in $PROFILE",
        ))
        .arg(
            Arg::new("shell")
                .value_name("SHELL")
                .required(true)
                .value_parser(value_parser!(clap_complete::Shell))
                .help("bash, zsh, fish, powershell, elvish"),
        )
}

fn man(t: &Texts) -> Command {
    Command::new("man")
        .about(t.pick("输出手册页（roff）", "print the manual pages (roff)"))
        .after_help(t.pick(
            "示例：\n  taizhang man check | man -l -\n  taizhang man --into ~/.local/share/man/man1",
            "Examples:\n  taizhang man check | man -l -\n  taizhang man --into ~/.local/share/man/man1",
        ))
        .arg(Arg::new("command").value_name("COMMAND").num_args(0..).help(t.pick(
            "某个命令的手册页，如 check、rules explain",
            "the page of one command, such as check or rules explain",
        )))
        .arg(
            Arg::new("into")
                .long("into")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .conflicts_with("command")
                .help(t.pick("把全部手册页写进这个文件夹", "write all pages into this folder")),
        )
}

fn config(t: &Texts) -> Command {
    Command::new("config")
        .about(t.pick("查看生效的配置", "show the configuration in force"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("show")
                .about(t.pick("列出各项配置、参数及其来源", "list each value and parameter and where it came from"))
                .after_help(t.pick(
                    "示例：\n  taizhang config show\n  taizhang config show --pack shaanxi --as-of 2023-12-31",
                    "Examples:\n  taizhang config show\n  taizhang config show --pack shaanxi --as-of 2023-12-31",
                ))
                .args(checking(t)),
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

    /// Every command that does something, with the words that lead to it.
    fn leaves(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
        if !command.has_subcommands() {
            found.push((path.to_owned(), command.clone()));
        }
        for below in command.get_subcommands() {
            leaves(below, &format!("{path} {}", below.get_name()), found);
        }
    }

    #[test]
    fn every_command_has_examples_and_speaks_one_language() {
        for (lang, example) in [(Lang::Zh, "示例"), (Lang::En, "Example")] {
            let mut root = command(lang);
            root.build();
            let mut found = Vec::new();
            leaves(&root, "taizhang", &mut found);
            assert!(found.len() > 12);
            for (path, mut command) in found {
                let help = command.render_long_help().to_string();
                assert!(help.contains(example), "{path} has no example");
                let foreign = match lang {
                    Lang::Zh => {
                        ["Usage", "Options", "Print help", "possible values"].iter().any(|word| help.contains(word))
                    }
                    Lang::En => {
                        help.lines().any(|line| line.starts_with(|c: char| ('\u{4e00}'..'\u{9fff}').contains(&c)))
                    }
                };
                assert!(!foreign, "{path}: {help}");
            }
        }
    }
}
