//! The keys of `taizhang.toml`: what each is for, the option that it stands for, and a sample.

/// One key.
pub struct Key {
    pub name: &'static str,
    /// The option of the command line that it stands for; keys without one are tables of the file only.
    pub option: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    /// A line or table that is right as it stands; the starter has it as a comment.
    pub sample: &'static str,
}

const fn key(
    name: &'static str,
    option: &'static str,
    zh: &'static str,
    en: &'static str,
    sample: &'static str,
) -> Key {
    Key { name, option, zh, en, sample }
}

/// All keys in the order in which they are shown; tables come last, as TOML wants it.
pub const KEYS: &[Key] = &[
    key(
        "packs",
        "pack",
        "规则包；缺省按台账中的地区选择",
        "rule packs; by default chosen from the regions in the ledgers",
        "packs = [\"shaanxi\"]",
    ),
    key(
        "rules",
        "rules",
        "追加或替换内置规则的文件夹",
        "folders of rules that add to or replace the built-in ones",
        "rules = [\"rules-local\"]",
    ),
    key(
        "roster",
        "roster",
        "机构名册等底册，每次核查都一并读取；逐个核查时供每个文件对照",
        "registers that are read with every run; judged apart, each file is held against them",
        "roster = [\"机构名册.xlsx\"]",
    ),
    key("as_of", "as-of", "核查日期；缺省为今天", "review date; today by default", "as_of = 2023-12-31"),
    key(
        "period",
        "period",
        "所属期，用于台账自身未注明的情况",
        "reporting period of ledgers that do not name one",
        "period = \"2023Q4\"",
    ),
    key("lang", "lang", "输出语言：zh 或 en", "language of the output: zh or en", "lang = \"zh\""),
    key(
        "each",
        "each",
        "逐个核查：file 或 folder；缺省合并核查",
        "judge each file or folder by itself; together by default",
        "each = \"file\"",
    ),
    key("complete", "complete", "声明材料已齐，核对缺报", "declare that the material is complete", "complete = true"),
    key(
        "output",
        "output",
        "输出文件，按扩展名定格式",
        "output files, their format by extension",
        "output = [\"findings.xlsx\", \"findings.json\"]",
    ),
    key(
        "status",
        "status",
        "每个文件一行的处理状态（NDJSON）",
        "status of each input, one line each (NDJSON)",
        "status = \"status.ndjson\"",
    ),
    key(
        "summary",
        "summary",
        "屏幕汇总：full 全屏、line 一行、none 不打印",
        "summary: full, line or none",
        "summary = \"full\"",
    ),
    key(
        "since_manifest",
        "since-manifest",
        "清单文件：跳过上次以来未变的输入",
        "manifest by which inputs that did not change since the last run are skipped",
        "since_manifest = \"manifest.json\"",
    ),
    key(
        "previous",
        "previous",
        "上次的问题清单，用于对照",
        "the list of findings of an earlier run, for follow-up",
        "previous = \"findings.xlsx\"",
    ),
    key(
        "fail_on",
        "fail-on",
        "达到该级别时退出码为 1：error、warning、advice、undetermined、new、never",
        "exit with 1 from this level on: error, warning, advice, undetermined, new, never",
        "fail_on = \"error\"",
    ),
    key(
        "min_evaluated",
        "min-evaluated",
        "至少应判定的数量",
        "results that must at least be judged",
        "min_evaluated = 1",
    ),
    key(
        "max_findings",
        "max-findings",
        "每条规则最多列出的问题数",
        "findings listed for each rule",
        "max_findings = 1000",
    ),
    key("map", "map", "列标题对应表（TOML 文件）", "mapping of headings to fields (a TOML file)", "map = \"map.toml\""),
    key("encoding", "encoding", "文本文件的编码", "encoding of text files", "encoding = \"GB18030\""),
    key(
        "jobs",
        "jobs",
        "并行线程数；缺省为处理器数",
        "number of threads; that of the processors by default",
        "jobs = 2",
    ),
    key(
        "show_personal_data",
        "show-personal-data",
        "不隐去个人信息",
        "do not mask personal data",
        "show_personal_data = false",
    ),
    key(
        "parameters",
        "param",
        "参数（解释口径）；现行值见 taizhang config show",
        "parameters; taizhang config show lists those in force",
        "[parameters]\n高龄起点年龄 = 80",
    ),
    key(
        "ledgers",
        "ledger",
        "指定文件的台账种类",
        "ledger kinds of files",
        "[ledgers]\n\"值守.xlsx\" = \"duty-roster\"",
    ),
    key("limits", "limit", "读取上限", "bounds of reading", "[limits]\ncolumns = 16384"),
    key(
        "headings",
        "",
        "列标题对应的字段；空文本表示不读该列",
        "fields that headings stand for; an empty text says that the column is not read",
        "[headings]\n\"开放号数\" = \"向基层开放号源数\"",
    ),
    key(
        "waiver",
        "",
        "豁免：问题编号、理由、截止日期，可多条；没有理由的不采纳",
        "waivers: fingerprint of the finding, reason, last day; may be repeated; refused without a reason",
        "[[waiver]]\nfinding = \"0123456789abcdef\"\nreason  = \"系统改造，已报备\"\nuntil   = 2024-06-30",
    ),
];
