//! Claims outputs before the work begins, writes them beside their target and renames them, so that no half file is
//! ever left and no two runs write the same one.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::bail;
use sha2::{Digest, Sha256};

use super::complaint::{Complaint, complaint};

/// What the names of files that a run keeps beside its outputs begin with.
pub const OWN_FILES: &str = ".taizhang-";

/// A file that this run alone may write, or a device or pipe that is written as it is.
#[derive(Debug)]
pub struct Target {
    path: PathBuf,
    /// The name of the temporary file beside it; `None` for what cannot be replaced by renaming.
    temporary: Option<String>,
    _lock: Option<Lock>,
}

impl Target {
    /// Claims the file at `path`. A folder that does not exist or cannot be written, a target that is read-only or a
    /// folder, and a target that another run is writing are refused before any work is done.
    pub fn claim(path: &Path) -> anyhow::Result<Target> {
        let shown = path.display();
        // A link stays a link: what it points to is written.
        let path = match path.symlink_metadata() {
            Ok(metadata) if metadata.is_symlink() => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
            _ => path.to_owned(),
        };
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => bail!(complaint(
                format!("{shown}：是文件夹，不能作为输出文件"),
                format!("{shown}: is a folder, not a file to write")
            )),
            Ok(metadata) if !metadata.is_file() => return Ok(Target { path, temporary: None, _lock: None }),
            Ok(metadata) if metadata.permissions().readonly() => {
                bail!(complaint(
                    format!("{shown}：是只读文件，未改动"),
                    format!("{shown}: is read-only and was left alone")
                ))
            }
            // Windows lets nobody replace a file that Excel holds; better to know that before the work than after it.
            Ok(_) if cfg!(windows) => {
                if let Err(error) = OpenOptions::new().write(true).open(&path)
                    && is_held(&error)
                {
                    bail!(held(&path).because(error));
                }
            }
            _ => {}
        }
        let name = path
            .file_name()
            .ok_or_else(|| complaint(format!("{shown}：不是文件名"), format!("{shown}: is no file name")))?;
        // Names may be as long as the file system allows, so that what stands beside them has a short name of its own.
        let digest = Sha256::digest(name.as_encoded_bytes());
        let short: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let lock = Lock::take(folder_of(&path).join(format!("{OWN_FILES}{short}.lock")), &path)?;
        Ok(Target { path, temporary: Some(format!("{OWN_FILES}{short}.part")), _lock: lock })
    }

    /// Writes the file through `fill`; the old file stays as it was where anything fails.
    pub fn write(&self, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
        let shown = self.path.display();
        let failed = |error: io::Error| {
            complaint(format!("写 {shown} 失败"), format!("{shown} cannot be written")).because(error)
        };
        let Some(temporary) = &self.temporary else {
            let mut writer = BufWriter::new(OpenOptions::new().write(true).open(&self.path).map_err(failed)?);
            return Ok(fill(&mut writer).and_then(|()| writer.flush()).map_err(failed)?);
        };
        let folder = folder_of(&self.path);
        // One that a killed run left behind; the lock says that nobody is writing it.
        let _ = fs::remove_file(folder.join(temporary));
        let file =
            tempfile::Builder::new().prefix(temporary.as_str()).rand_bytes(0).tempfile_in(folder).map_err(failed)?;
        let mut writer = BufWriter::new(file);
        fill(&mut writer).and_then(|()| writer.flush()).map_err(failed)?;
        let file = writer.into_inner().map_err(|error| failed(error.into_error()))?;
        set_mode(file.as_file(), &self.path);
        // Renaming before the bytes are on the disk could leave an empty file after a power failure.
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&self.path).map_err(|error| not_replaced(error.error, &self.path))?;
        Ok(())
    }

    /// Where the bytes go, as a path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether Windows says that another program holds the file: a sharing or lock violation.
fn is_held(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(32 | 33))
}

fn held(path: &Path) -> Complaint {
    let path = path.display();
    complaint(
        format!("{path}：正被其他程序打开，请关闭后重试，原文件未改动"),
        format!("{path}: is open in another program; close it there and try again; the file is as it was"),
    )
}

/// Why the new file could not take the place of the old one. Renaming onto a file that is held is refused as a sharing
/// violation or as a lack of access.
fn not_replaced(error: io::Error, path: &Path) -> Complaint {
    let shown = path.display();
    let complaint = match is_held(&error) || error.kind() == io::ErrorKind::PermissionDenied {
        true => held(path),
        false => {
            complaint(format!("无法替换 {shown}，原文件未改动"), format!("{shown} cannot be replaced and is as it was"))
        }
    };
    complaint.because(error)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A file beside the target that is locked as long as the run writes it; the system lets go of it however the run ends.
#[derive(Debug)]
struct Lock {
    path: PathBuf,
    file: Option<File>,
}

impl Lock {
    /// `None` on file systems that know no locks.
    fn take(path: PathBuf, target: &Path) -> anyhow::Result<Option<Lock>> {
        let shown = target.display();
        // The run before may remove the file between our opening and locking it; then it is made again.
        for _ in 0..20 {
            let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
            let file = opened.map_err(|error| {
                let folder = folder_of(target).display();
                complaint(
                    format!("无法在 {folder} 中写文件，{shown} 写不出来"),
                    format!("{shown} cannot be written: no file can be made in {folder}"),
                )
                .because(error)
            })?;
            match file.try_lock() {
                Ok(()) if is_at(&file, &path) => return Ok(Some(Lock { path, file: Some(file) })),
                Ok(()) => continue,
                Err(TryLockError::WouldBlock) => {
                    bail!(complaint(
                        format!("{shown}：另一个 taizhang 正在写这个文件，请等它结束"),
                        format!("{shown}: another run is writing this file; wait for it to end")
                    ))
                }
                Err(TryLockError::Error(_)) => return Ok(None),
            }
        }
        bail!(complaint(format!("{shown}：无法独占"), format!("{shown}: cannot be locked for this run")))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while it is still locked, so that nobody holds a lock on a file that is gone. What cannot be removed
        // is an empty hidden file, which harms nobody.
        let _ = fs::remove_file(&self.path);
        self.file = None;
    }
}

/// Whether the open file is still the one at this path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), path.metadata()) {
        (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// An open file cannot be removed here.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

/// A temporary file is private; the result takes the mode of the file it replaces, or the usual one.
#[cfg(unix)]
fn set_mode(file: &File, target: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = target.metadata().map_or(0o644, |metadata| metadata.permissions().mode());
    // Failing to widen the mode leaves a readable file for its owner, which is no reason to lose the result.
    let _ = file.set_permissions(fs::Permissions::from_mode(mode));
}

#[cfg(not(unix))]
fn set_mode(_file: &File, _target: &Path) {}

/// Claims and writes one file.
pub fn write_file(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    Target::claim(path)?.write(fill)
}

/// Writes to standard output; a reader that went away is not an error.
pub fn write_stdout(fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let stdout = io::stdout();
    let mut writer = BufWriter::new(stdout.lock());
    match fill(&mut writer).and_then(|()| writer.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result
            .map_err(|error| complaint("无法写到标准输出", "standard output cannot be written").because(error))?),
    }
}

/// Says something on standard error; where that is closed there is nobody left to tell.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("结果.txt");
        write_file(&path, |out| out.write_all("旧".as_bytes())).unwrap();
        let failed = write_file(&path, |out| {
            out.write_all("新".as_bytes())?;
            Err(io::Error::other("disk full"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "旧");
        assert_eq!(names(folder.path()), ["结果.txt"]);
    }

    #[cfg(any(windows, target_os = "linux"))]
    #[test]
    fn a_target_that_is_open_elsewhere_is_said_to_be() {
        // What Windows answers while Excel holds the file; the numbers mean other things elsewhere.
        for code in [32, 33] {
            let told = not_replaced(io::Error::from_raw_os_error(code), Path::new("a.xlsx")).to_string();
            assert!(told.contains("a.xlsx：正被其他程序打开"), "{told}");
        }
        let refused = not_replaced(io::ErrorKind::PermissionDenied.into(), Path::new("a.xlsx")).to_string();
        assert!(refused.contains("正被其他程序打开"), "{refused}");
        let full = not_replaced(io::ErrorKind::StorageFull.into(), Path::new("a.xlsx")).to_string();
        assert!(full.contains("无法替换 a.xlsx"), "{full}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_target_that_cannot_be_replaced_stays_and_leaves_nothing_beside_it() {
        // A target that becomes a folder while the run works is the failure of renaming that every system knows.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.xlsx");
        let target = Target::claim(&path).unwrap();
        fs::create_dir_all(path.join("x")).unwrap();
        let failed = target.write(|out| out.write_all(b"new")).unwrap_err().to_string();
        assert!(failed.contains("无法替换"), "{failed}");
        drop(target);
        assert_eq!(names(folder.path()), ["a.xlsx"]);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = write_file(Path::new("/nonexistent-folder/x.xlsx"), |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("/nonexistent-folder"));
    }

    #[test]
    fn a_target_is_claimed_once_and_free_again_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.xlsx");
        let first = Target::claim(&path).unwrap();
        let second = Target::claim(&path).unwrap_err().to_string();
        assert!(second.contains("另一个 taizhang 正在写"), "{second}");
        Target::claim(&folder.path().join("b.xlsx")).unwrap();
        first.write(|out| out.write_all(b"1")).unwrap();
        drop(first);
        Target::claim(&path).unwrap().write(|out| out.write_all(b"2")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"2");
        assert_eq!(names(folder.path()), ["a.xlsx"]);
    }

    #[test]
    fn what_a_killed_run_left_is_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.xlsx");
        let target = Target::claim(&path).unwrap();
        fs::write(folder.path().join(target.temporary.clone().unwrap()), "half").unwrap();
        drop(target);
        let lock = Target::claim(&path).unwrap()._lock.as_ref().map(|lock| lock.path.clone()).unwrap();
        fs::write(&lock, "").unwrap();
        write_file(&path, |out| out.write_all(b"whole")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(names(folder.path()), ["a.xlsx"]);
    }

    #[test]
    fn a_read_only_file_and_a_folder_are_no_targets() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.xlsx");
        fs::write(&path, "old").unwrap();
        let mut permissions = path.metadata().unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        assert!(Target::claim(&path).unwrap_err().to_string().contains("只读"));
        assert!(Target::claim(folder.path()).unwrap_err().to_string().contains("是文件夹"));
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links_and_devices_stay_devices() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("real.csv");
        fs::write(&real, "old").unwrap();
        let link = folder.path().join("link.csv");
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write_file(&link, |out| out.write_all(b"new")).unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"new");
        write_file(Path::new("/dev/null"), |out| out.write_all(b"x")).unwrap();
        assert!(!Path::new("/dev/null").metadata().unwrap().is_file());
    }
}
