//! The HTML report in a real browser: it lists, searches, filters, moves by keyboard, and prints. Skipped where no Chromium is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn chromium() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names.into_iter().find(|name| Command::new(name).arg("--version").output().is_ok());
    if found.is_none() {
        eprintln!("skipped: there is no Chromium on this machine");
    }
    found
}

fn browse(browser: &str, folder: &Path, page: &Path, more: &[&str]) -> String {
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    let basics = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,1000"];
    let output = Command::new(browser)
        .args(basics)
        .arg(profile)
        .args(more)
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("the browser was just there");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The report of a sample, with `script` run in it after its own.
fn report(folder: &Path, script: &str) -> PathBuf {
    let page = folder.join("a.html");
    let mut command = assert_cmd::Command::cargo_bin("taizhang").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("TAIZHANG_LANG");
    command.args(["check", "samples/shaanxi-2023q4", "--as-of", "2024-01-31", "--quiet", "-o", page.to_str().unwrap()]);
    command.output().unwrap();
    let html = fs::read_to_string(&page).unwrap();
    fs::write(&page, html.replace("</body>", &format!("<script>{script}</script></body>"))).unwrap();
    page
}

#[test]
fn the_list_answers_to_search_filters_and_keys() {
    let Some(browser) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let script = r##"
        const told = [], tell = (name, value) => told.push(name + "=" + value);
        const wait = (ms) => new Promise((done) => setTimeout(done, ms));
        const counted = () => document.getElementById("count").textContent;
        const selected = () => document.querySelector('.row[aria-selected="true"]').id;
        const key = (name) => document.getElementById("list").dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
        window.addEventListener("error", (event) => tell("error", event.message));
        (async () => {
          tell("first", counted());
          tell("rows", document.querySelectorAll(".row").length < 60);
          key("ArrowDown"); tell("down", selected());
          key("End"); tell("end", selected()); key("Home"); tell("home", selected());
          const search = document.getElementById("search");
          search.value = "值守"; search.dispatchEvent(new Event("input")); await wait(400);
          tell("found", counted());
          search.value = "没有这样的词"; search.dispatchEvent(new Event("input")); await wait(400);
          tell("none", counted());
          document.getElementById("filters").reset(); await wait(100);
          tell("reset", counted());
          const unit = document.getElementById("unit");
          unit.value = "高崖村"; unit.dispatchEvent(new Event("change"));
          tell("unit", counted());
          tell("detail", document.getElementById("detail").textContent.includes("高崖村"));
          window.dispatchEvent(new Event("beforeprint"));
          tell("printed", document.querySelectorAll("#print tbody tr").length);
          const result = document.createElement("pre");
          result.id = "told"; result.textContent = told.join("\n");
          document.body.append(result);
        })();
    "##;
    let page = report(folder.path(), script);
    let dom = browse(browser, folder.path(), &page, &["--virtual-time-budget=5000", "--dump-dom"]);
    let told = dom.split("<pre id=\"told\">").nth(1).and_then(|rest| rest.split("</pre>").next()).unwrap_or_default();
    let get = |name: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("{name} is missing: {told}")).to_owned()
    };
    let numbers = |text: &str| -> Vec<usize> {
        text.split(|c: char| !c.is_ascii_digit())
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().unwrap())
            .collect()
    };
    assert!(!told.contains("error="), "{told}");
    let all = numbers(&get("first"));
    assert!(all[0] == all[1] && all[0] > 50, "{told}");
    assert_eq!(get("rows"), "true", "only the rows in sight exist");
    assert_eq!(
        [get("down"), get("end"), get("home")],
        ["row-1".to_owned(), format!("row-{}", all[1] - 1), "row-0".to_owned()]
    );
    let found = numbers(&get("found"));
    assert!(found[0] > 0 && found[0] < all[0], "{told}");
    assert_eq!(numbers(&get("none"))[0], 0);
    assert_eq!(numbers(&get("reset")), all);
    let unit = numbers(&get("unit"));
    assert!(unit[0] > 0 && unit[0] < all[0], "{told}");
    assert_eq!(get("detail"), "true");
    assert_eq!(numbers(&get("printed"))[0], unit[0], "what is filtered is what is printed");
}

#[test]
fn the_page_prints() {
    let Some(browser) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = report(folder.path(), "");
    let target = folder.path().join("a.pdf");
    browse(browser, folder.path(), &page, &["--no-pdf-header-footer", &format!("--print-to-pdf={}", target.display())]);
    let pdf = fs::read(&target).expect("a file was printed");
    assert!(pdf.starts_with(b"%PDF") && pdf.len() > 100_000, "{} bytes", pdf.len());
}
