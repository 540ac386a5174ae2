//! The manners of a command: pipes, quiet and verbose, languages, widths, names of files, completions, manual pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::process::Stdio;

use crate::support::*;

#[test]
fn a_dash_is_standard_input_and_output() {
    let folder = folder();
    let (gb, _, _) = encoding_rs::GB18030.encode(SLOTS);
    for bytes in [SLOTS.as_bytes(), &gb] {
        let mut child = command(folder.path())
            .args(["check", "-", "--as-of", "2024-01-10", "--pack", "national", "-o", "-", "--format", "json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), 1);
        let report = json(&output);
        assert_eq!(report["files"][0]["file"], "-");
        assert!(report["findings"].as_array().unwrap().iter().any(|finding| finding["unit"] == "乙医院"));
    }
    let without = check(folder.path(), &["号源.csv", "-o", "-"]);
    assert_eq!(code(&without), 2);
    assert!(stderr(&without).contains("--format"));
    let book = run(folder.path(), &["template", "duty-roster", "-o", "-"]);
    assert!(book.stdout.starts_with(b"PK"), "a workbook goes down the pipe");
    assert_eq!(names(folder.path()), ["号源.csv"], "and nowhere else");
    let inspected = command(folder.path())
        .args(["inspect", "-"])
        .stdin(fs::File::open(folder.path().join("号源.csv")).unwrap())
        .output()
        .unwrap();
    assert!(stdout(&inspected).contains("门诊号源总数"), "{inspected:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let folder = folder();
    let mut child = command(folder.path())
        .args(["rules", "list", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
}

#[test]
fn quiet_says_nothing_and_verbose_says_what_is_done() {
    let folder = folder();
    let quiet = check(folder.path(), &["号源.csv", "-q"]);
    assert_eq!((stdout(&quiet).as_str(), stderr(&quiet).as_str()), ("", ""));
    let verbose = check(folder.path(), &["号源.csv", "-v", "-q"]);
    assert!(stderr(&verbose).contains("核查日期 2024-01-10"), "{verbose:?}");
    assert_eq!(stdout(&verbose), "");
    let both = check(folder.path(), &["号源.csv", "--format", "json", "--summary", "line"]);
    assert!(stderr(&both).contains("不合规 1"), "the line does not disturb the report: {both:?}");
    json(&both);
}

#[test]
fn tables_fit_the_width_and_colours_need_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let sample = root().join("samples/shaanxi-2023q4");
    let sample = sample.to_str().unwrap();
    for (columns, limit) in [("60", 60), ("100", 100), ("10", 60)] {
        for arguments in [&["check", sample, "--as-of", "2024-01-31"][..], &["rules", "list"], &["rules", "coverage"]] {
            let output = command(folder.path()).env("COLUMNS", columns).args(arguments).output().unwrap();
            let text = stdout(&output);
            assert!(!text.contains('\u{1b}'), "no colours in a pipe");
            let widest = text.lines().max_by_key(|line| unicode_width::UnicodeWidthStr::width(*line)).unwrap();
            assert!(unicode_width::UnicodeWidthStr::width(widest) <= limit, "{columns} {arguments:?}: {widest}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_terminal_gets_colours_unless_no_color_says_otherwise() {
    if !has("script") {
        println!("skipped: there is no `script` to make a terminal with");
        return;
    }
    let folder = folder();
    let in_terminal = |variable: Option<&str>| {
        let mut command = std::process::Command::new("script");
        command.current_dir(folder.path()).env_remove("NO_COLOR").env("TERM", "xterm");
        if let Some(value) = variable {
            command.env("NO_COLOR", value);
        }
        let line = format!("{PROGRAM} check 号源.csv --as-of 2024-01-10 --no-config -o x.json");
        let output = command.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(in_terminal(None).contains("\u{1b}["), "{}", in_terminal(None));
    assert!(!in_terminal(Some("1")).contains("\u{1b}["));
    assert!(in_terminal(Some("")).contains("\u{1b}["), "an empty NO_COLOR says nothing");
}

#[test]
fn help_and_complaints_speak_the_users_language() {
    let folder = folder();
    for (arguments, zh, en) in [
        (&["check", "--as-off", "2024-01-10", "a.csv"][..], "不认识的选项或参数“--as-off”", "unexpected argument"),
        (&["chekc"], "没有“chekc”这个命令", "unrecognized subcommand"),
        (&["check"], "缺少参数", "required arguments"),
        (&["check", "a.csv", "--each", "row"], "可选：file、folder", "possible values"),
        (&["check", "a.csv", "--jobs", "0"], "值“0”不对：0 不在 1 到 65535 之间", "--jobs"),
        (&["check", "a.csv", "--max-findings", "x"], "值“x”不对：应为不小于 0 的整数", "--max-findings"),
        (&["check", "a.csv", "-o"], "后面缺少值\n", "--output"),
        (&["check", "a.csv", "-q", "-q"], "--quiet 只能写一次", "--quiet"),
    ] {
        let chinese = run(folder.path(), arguments);
        assert_eq!(code(&chinese), 2);
        assert!(stderr(&chinese).contains(zh), "{}", stderr(&chinese));
        let english = run(folder.path(), &[arguments, &["--lang", "en"]].concat());
        assert!(stderr(&english).contains(en), "{}", stderr(&english));
    }
    assert!(stderr(&run(folder.path(), &["check", "--as-off", "x", "a"])).contains("--as-of"), "a suggestion");
    let environment = command(folder.path()).args(["check", "--help"]).env("TAIZHANG_LANG", "en").output().unwrap();
    assert!(stdout(&environment).contains("Examples:") && stdout(&environment).contains("TAIZHANG_AS_OF"));
}

#[test]
fn refusals_are_told_in_one_language_whole() {
    let folder = folder();
    fs::write(folder.path().join("broken.csv"), "").unwrap();
    fs::create_dir(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/x"), "x").unwrap();
    let refused: &[&[&str]] = &[
        &["check", ".", "--as-of", "soon"],
        &["check", ".", "--period", "2023Q5"],
        &["check", ".", "--pack", "absent"],
        &["check", ".", "--fail-on", "sometimes"],
        &["check", ".", "--format", "docx"],
        &["check", ".", "-o", "findings.docx"],
        &["check", ".", "-o", "full"],
        &["check", ".", "-o", "absent/findings.xlsx"],
        &["check", ".", "-o", "-"],
        &["check", ".", "--limit", "sheets=few"],
        &["check", ".", "--limit", "hopes=1"],
        &["check", ".", "--param", "x"],
        &["check", ".", "--ledger", "x.csv"],
        &["check", ".", "--map", "absent.toml"],
        &["check", ".", "--rules", "absent"],
        &["check", ".", "--roster", "absent.csv"],
        &["check", ".", "--previous", "absent.json"],
        &["check", ".", "--config", "absent.toml"],
        &["check", ".", "--since-manifest", "full/x"],
        &["check", ".", "--return-to", "full/x/y"],
        &["compare", "absent.json", "broken.csv"],
        &["compare", "broken.csv", "broken.csv"],
        &["export", ".", "-o", "full"],
        &["export", ".", "-o", "full", "--show-personal-data"],
        &["man", "fly"],
        &["inspect", "broken.csv", "--write-map", "full/x"],
        &["rules", "explain", "XX-99"],
        &["rules", "sql", "XX-99"],
        &["rules", "new", "slots", "--ledger", "slots", "--into", "new"],
        &["rules", "new", "GJ-99/slots", "--ledger", "appointment-slots", "--into", "new"],
        &["rules", "new", "GJ-01/slots-share", "--ledger", "appointment-slots", "--into", "new"],
    ];
    let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c) || "，。：；（）“”、？".contains(c);
    for arguments in refused {
        let zh = run(folder.path(), arguments);
        assert_eq!(code(&zh), 2, "{arguments:?}: {zh:?}");
        let told = stderr(&zh);
        assert!(told.starts_with("错误：") && told.chars().skip(3).any(is_chinese), "{arguments:?}: {told}");
        let first = told.lines().next().unwrap_or_default();
        let sentence = first.split(['（', '）', '，', '：', '；']).find(|part| part.matches(' ').count() > 4);
        assert_eq!(sentence, None, "{arguments:?} has English in it: {told}");
        let en = run(folder.path(), &[arguments, &["--lang", "en"][..]].concat());
        assert_eq!(code(&en), 2, "{arguments:?}: {en:?}");
        let told = stderr(&en);
        assert!(told.starts_with("error: ") && told.trim_end().len() > 20, "{arguments:?}: {told}");
        assert!(!told.contains(is_chinese), "{arguments:?} has Chinese in it: {told}");
    }
    // Missing inputs are told with the results, and in the language of the results.
    let (zh, en) = (check(folder.path(), &["absent.csv"]), check(folder.path(), &["absent.csv", "--lang", "en"]));
    assert!(stdout(&zh).contains("文件或文件夹不存在") && !stdout(&zh).contains("os error"), "{zh:?}");
    assert!(stdout(&en).contains("no such file or folder"), "{en:?}");
    // The environment decides, and where it is silent the configuration.
    let by_environment =
        command(folder.path()).args(["check", ".", "--as-of", "soon"]).env("TAIZHANG_LANG", "en").output().unwrap();
    assert!(stderr(&by_environment).starts_with("error: --as-of soon: is no date"), "{by_environment:?}");
    fs::write(folder.path().join("taizhang.toml"), "lang = \"en\"\n").unwrap();
    for arguments in [&["check", ".", "--as-of", "soon"][..], &["compare", "absent.json", "absent.json"]] {
        let told = stderr(&run(folder.path(), arguments));
        assert!(told.starts_with("error: ") && !told.contains(is_chinese), "{told}");
    }
    fs::write(folder.path().join("taizhang.toml"), "lang = \"fr\"\n").unwrap();
    let told = stderr(&run(folder.path(), &["check", "."]));
    assert!(told.contains("taizhang.toml:1:8") && told.contains("只能是 zh、en"), "{told}");
}

/// The words that bash is given for each command.
fn words_of_bash(script: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut words = BTreeMap::new();
    let mut command = String::new();
    for line in script.lines().map(str::trim) {
        if let Some(name) = line.strip_suffix(')').filter(|name| name.starts_with("taizhang")) {
            command = name.replace("__subcmd__", " ");
        } else if let Some(rest) = line.strip_prefix("opts=\"").filter(|_| !command.is_empty()) {
            let all = rest.trim_end_matches('"').split_whitespace();
            let typed = all.filter(|word| !word.starts_with(['<', '[']) && !word.ends_with("..."));
            words.insert(command.clone(), typed.map(str::to_owned).collect());
        }
    }
    words
}

/// The words that PowerShell is given for each command; every text must be one in its eyes, to which curly single
/// quotation marks are quotation marks too.
fn words_of_powershell(script: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut command = String::new();
    for line in script.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('\'').and_then(|rest| rest.strip_suffix("' {")) {
            command = name.replace(';', " ");
        } else if let Some(rest) = line.strip_prefix("[CompletionResult]::new(") {
            let marks = rest.replace("''", "").chars().filter(|c| ['\'', '‘', '’', '‚', '‛'].contains(c)).count();
            assert_eq!(marks, 6, "three texts: {line}");
            let word = rest[1..].split('\'').next().unwrap().trim().to_owned();
            words.entry(command.clone()).or_default().insert(word);
        }
    }
    words
}

#[test]
fn completions_are_right_for_the_shells_that_are_here() {
    let folder = tempfile::tempdir().unwrap();
    let mut checked = 0;
    for (shell, check) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute"), ("powershell", "")] {
        let script = stdout(&run(folder.path(), &["completions", shell]));
        for word in ["check", "since-manifest", "rules-diff", "schema"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        let file = folder.path().join(shell);
        fs::write(&file, script).unwrap();
        if !check.is_empty() && has(shell) {
            let status = std::process::Command::new(shell).arg(check).arg(&file).status().unwrap();
            assert!(status.success(), "{shell} does not accept the script");
            checked += 1;
        }
    }
    assert!(checked > 0 || !cfg!(target_os = "linux"));
    // The completions answer as the shells ask them.
    if has("bash") {
        let line = format!(
            "source {}; COMP_WORDS=(taizhang check --since); COMP_CWORD=2; _taizhang taizhang --since check; echo ${{COMPREPLY[@]}}",
            folder.path().join("bash").display()
        );
        let output = std::process::Command::new("bash").args(["-c", &line]).output().unwrap();
        assert_eq!(stdout(&output).trim(), "--since-manifest", "{output:?}");
    }
    let ask = |shell: &str, arguments: &[&str]| {
        let mut command = std::process::Command::new(shell);
        command.current_dir(folder.path()).env("HOME", folder.path()).env("TERM", "xterm").args(arguments);
        let output = command.output().unwrap();
        assert_eq!(stderr(&output), "", "{shell} complains");
        stdout(&output)
    };
    if has("fish") {
        let complete = |line: &str| ask("fish", &["--no-config", "-c", &format!("source fish; complete -C'{line}'")]);
        assert!(complete("taizhang ex").lines().any(|line| line.split('\t').next() == Some("export")));
        assert!(complete("taizhang rules ex").contains("explain"));
        assert!(complete("taizhang check --since").contains("--since-manifest"));
        assert!(complete("taizhang check --each ").contains("folder"));
    } else {
        println!("skipped: there is no fish");
    }
    if has("zsh") && has("timeout") {
        // Completion needs a terminal, which zsh makes itself; each question waits for its answer.
        let script = r#"
            zmodload zsh/zpty
            zpty -b z 'PS1=">" COLUMNS=200 zsh -f -i'
            zpty -w z 'autoload -U compinit; compinit -u -D; source ./zsh; compdef _taizhang taizhang; print RE''ADY'
            zpty -r -m z said '*READY*>*'
            zpty -w -n z $'taizhang rules \t\t'
            zpty -r -m z said '*coverage*explain*' && print -r -- $said
            zpty -w -n z $'\C-utaizhang check --since-m\t'
            zpty -r -m z said '*--since-manifest*' && print -r -- $said
            zpty -d z
        "#;
        fs::write(folder.path().join("ask.zsh"), script).unwrap();
        let told = ask("timeout", &["120", "zsh", "-f", "ask.zsh"]);
        assert!(told.contains("explain") && told.contains("--since-manifest"), "{told}");
    } else {
        println!("skipped: there is no zsh, or no `timeout` to bound it");
    }
    // PowerShell offers the words that bash offers, and no text of it ends where one does not see it.
    let script = |shell: &str| fs::read_to_string(folder.path().join(shell)).unwrap();
    let (bash, powershell) = (words_of_bash(&script("bash")), words_of_powershell(&script("powershell")));
    assert!(powershell.len() > 20 && powershell["taizhang check"].contains("--since-manifest"));
    for (command, words) in &powershell {
        // Values of arguments are not offered by its scripts.
        let known = bash[command].iter().filter(|word| word.starts_with('-') || words.contains(*word));
        assert_eq!(known.collect::<Vec<_>>(), words.iter().collect::<Vec<_>>(), "{command}");
    }
    match has("pwsh") {
        true => {
            let line = "taizhang check --since";
            let script = format!(
                ". ./powershell.ps1; (TabExpansion2 -inputScript '{line}' -cursorColumn {}).CompletionMatches.CompletionText",
                line.len()
            );
            fs::copy(folder.path().join("powershell"), folder.path().join("powershell.ps1")).unwrap();
            assert!(ask("pwsh", &["-NoProfile", "-Command", &script]).contains("--since-manifest"));
        }
        false => println!("skipped: there is no PowerShell"),
    }
}

#[test]
fn manual_pages_are_written_for_every_command_and_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let man = folder.path().join("man1");
    fs::create_dir(&man).unwrap();
    let output = run(folder.path(), &["man", "--into", "man1", "--lang", "en"]);
    assert_eq!(code(&output), 0, "{output:?}");
    let pages = names(&man);
    for page in ["taizhang.1", "taizhang-check.1", "taizhang-rules-explain.1", "taizhang-config-show.1"] {
        assert!(pages.iter().any(|name| name == page), "{page} is not in {pages:?}");
    }
    let one = stdout(&run(folder.path(), &["man", "rules", "explain"]));
    assert!(one.contains(".TH taizhang-rules-explain"), "{one}");
    if has("groff") {
        for page in pages {
            let output = std::process::Command::new("groff")
                .args(["-Kutf8", "-man", "-Tutf8", "-ww"])
                .arg(man.join(&page))
                .output()
                .unwrap();
            assert!(output.status.success() && !output.stdout.is_empty(), "{page}: {output:?}");
            assert_eq!(stderr(&output), "", "{page}");
        }
    }
    assert_eq!(code(&run(folder.path(), &["man", "chekc"])), 2);
}

#[test]
fn chinese_spaced_and_long_paths_are_read_and_written() {
    let folder = folder();
    let mut deep = folder.path().join("收到的 台账（2024年）");
    while deep.as_os_str().len() < 900 {
        deep = deep.join("宝鸡市渭滨区卫生健康局报送的基层卫生健康便民惠民每季度调度台账");
    }
    fs::create_dir_all(&deep).unwrap();
    // As long as a name may be in bytes.
    let name = format!("{}.csv", "号".repeat((255 - 4) / 3));
    fs::write(deep.join(&name), SLOTS).unwrap();
    let out = deep.join(format!("{}.json", "果".repeat((255 - 5) / 3)));
    let output = check(folder.path(), &["收到的 台账（2024年）", "-q", "-o", out.to_str().unwrap()]);
    assert_eq!(code(&output), 1, "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
    assert!(report["files"][0]["file"].as_str().unwrap().ends_with(&name));
    assert_eq!(fs::read_dir(&deep).unwrap().count(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_unicode_are_read_and_written() {
    use std::os::unix::ffi::OsStrExt;
    let folder = folder();
    let (name, _, _) = encoding_rs::GB18030.encode("号源.csv");
    let name = std::ffi::OsStr::from_bytes(&name);
    fs::rename(folder.path().join("号源.csv"), folder.path().join(name)).unwrap();
    let (out, _, _) = encoding_rs::GB18030.encode("结果.json");
    let out = std::ffi::OsStr::from_bytes(&out);
    for input in [name, std::ffi::OsStr::new(".")] {
        let output = command(folder.path())
            .args([
                "check",
                "--as-of",
                "2024-01-10",
                "--pack",
                "national",
                "--each",
                "file",
                "-q",
                "--since-manifest",
                "m",
                "-o",
            ])
            .arg(out)
            .arg(input)
            .output()
            .unwrap();
        assert_eq!(code(&output), 1, "{output:?}");
        assert!(folder.path().join(out).is_file(), "written under the name that was given");
        fs::remove_file(folder.path().join("m")).unwrap();
    }
    let config = command(folder.path()).arg("check").arg(name).arg("--config").arg(out).output().unwrap();
    assert_eq!(code(&config), 2, "a report is no configuration: {config:?}");
}
