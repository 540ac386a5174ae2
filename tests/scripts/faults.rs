//! Faults of the system: full disks, places that cannot be written, and what is left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::*;

/// A file system of its own that is taken away again.
struct Mounted(PathBuf);

impl Mounted {
    /// `None` where this user may not mount.
    fn new(place: &Path, arguments: &[&str]) -> Option<Mounted> {
        fs::create_dir_all(place).unwrap();
        let done = Command::new("mount").args(arguments).arg(place).output();
        let done = done.is_ok_and(|output| output.status.success());
        if !done {
            println!("skipped: this user may not mount a file system");
        }
        done.then(|| Mounted(place.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// Every format of an output.
const OUTPUTS: [&str; 9] =
    ["a.xlsx", "a.html", "a.json", "a.ndjson", "a.csv", "a.sarif", "a.xml", "a.md", "status.ndjson"];

fn check_into(folder: &Path, output: &Path) -> std::process::Output {
    let option = if output.ends_with("status.ndjson") { "--status" } else { "-o" };
    check(folder, &["ledgers", "-q", option, output.to_str().unwrap()])
}

/// Ledgers whose findings take more room than the small disk has, in every format.
fn ledgers(folder: &Path) {
    fs::create_dir(folder.join("ledgers")).unwrap();
    for number in 0..60 {
        let rows: String = (0..40).map(|row| format!("医院{number}之{row},是,1000,{row}\n")).collect();
        let text = format!("医院名称,是否牵头医院,门诊号源总数,向基层开放号源数\n{rows}");
        fs::write(folder.join(format!("ledgers/{number}.csv")), text).unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_leaves_the_old_file_whole() {
    let folder = tempfile::tempdir().unwrap();
    ledgers(folder.path());
    let disk = folder.path().join("disk");
    let Some(_mounted) = Mounted::new(&disk, &["-t", "tmpfs", "-o", "size=4k", "tmpfs"]) else { return };
    for name in OUTPUTS {
        let output = disk.join(name);
        fs::write(&output, "old").unwrap();
        let run = check_into(folder.path(), &output);
        let said = stderr(&run);
        assert_eq!(code(&run), 2, "{name}: {run:?}");
        assert!(said.contains(name) && said.contains("写") && said.contains("磁盘已满"), "{name}: {said}");
        assert_eq!(fs::read_to_string(&output).unwrap(), "old", "{name}");
        assert_eq!(names(&disk), [name], "nothing is left behind");
        fs::remove_file(&output).unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_that_is_full_is_said_and_stays_a_device() {
    let folder = folder();
    fs::create_dir(folder.path().join("ledgers")).unwrap();
    fs::rename(folder.path().join("号源.csv"), folder.path().join("ledgers/号源.csv")).unwrap();
    let full = folder.path().join("full.json");
    std::os::unix::fs::symlink("/dev/full", &full).unwrap();
    let run = check_into(folder.path(), &full);
    assert_eq!(code(&run), 2, "{run:?}");
    assert!(stderr(&run).contains("磁盘已满"), "{run:?}");
    assert!(!Path::new("/dev/full").metadata().unwrap().is_file());
    let stdout = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = command(folder.path()).args(["check", "ledgers", "--format", "json"]).stdout(stdout).output().unwrap();
    assert_eq!(code(&run), 2, "{run:?}");
    assert!(stderr(&run).contains("标准输出"), "{run:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_disk_is_said_before_the_work_begins() {
    let folder = folder();
    let disk = folder.path().join("disk");
    let Some(_mounted) = Mounted::new(&disk, &["-t", "tmpfs", "-o", "size=64k,ro", "tmpfs"]) else { return };
    let output = check(folder.path(), &["号源.csv", "-o", "disk/a.xlsx"]);
    assert_eq!(code(&output), 2, "{output:?}");
    assert!(stderr(&output).contains("a.xlsx 写不出来") && stderr(&output).contains("所在磁盘只读"), "{output:?}");
    assert_eq!(stdout(&output), "", "nothing was judged in vain");
}

#[test]
fn places_that_cannot_be_written_are_refused_before_the_work_begins() {
    let folder = folder();
    let path = folder.path();
    fs::create_dir(path.join("a.xlsx")).unwrap();
    fs::write(path.join("protected.xlsx"), "old").unwrap();
    let mut permissions = path.join("protected.xlsx").metadata().unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(path.join("protected.xlsx"), permissions).unwrap();
    for (output, why) in
        [("a.xlsx", "文件夹"), ("protected.xlsx", "只读"), ("没有/a.xlsx", "无法在"), ("号源.csv/a.xlsx", "无法在")]
    {
        for option in ["-o", "--status", "--since-manifest"] {
            let run = check(path, &["号源.csv", option, output]);
            assert_eq!(code(&run), 2, "{output}: {run:?}");
            assert!(stderr(&run).contains(why), "{option} {output}: {}", stderr(&run));
            assert_eq!(stdout(&run), "");
        }
    }
    assert_eq!(fs::read_to_string(path.join("protected.xlsx")).unwrap(), "old");
    assert_eq!(names(path), ["a.xlsx", "protected.xlsx", "号源.csv"]);
}

#[test]
fn one_output_that_fails_does_not_keep_the_others_from_being_written() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let folder = folder();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/dev/full", folder.path().join("full.csv")).unwrap();
    let run = check(
        folder.path(),
        &["号源.csv", "-o", "full.csv", "-o", "good.json", "--summary", "line", "--since-manifest", "m.json"],
    );
    assert_eq!(code(&run), 2, "{run:?}");
    assert!(folder.path().join("good.json").is_file());
    assert!(stdout(&run).contains("不合规 1"), "what was found is told all the same");
    assert!(!folder.path().join("m.json").exists(), "what was not written is not noted as done");
}

#[test]
fn many_runs_at_once_into_their_own_targets_do_not_disturb_each_other() {
    let folder = folder();
    let children: Vec<_> = (0..6)
        .map(|number| {
            command(folder.path())
                .args(["check", "号源.csv", "-q", "--as-of", "2024-01-10", "--pack", "national", "-o"])
                .arg(format!("{number}.json"))
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert_eq!(child.wait().unwrap().code(), Some(1));
    }
    let read = |number: usize| {
        let text = fs::read_to_string(folder.path().join(format!("{number}.json"))).unwrap();
        text.replace(&format!("{number}.json"), "")
    };
    assert!((1..6).all(|number| read(number) == read(0)));
    assert_eq!(names(folder.path()).len(), 7);
}
