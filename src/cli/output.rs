//! Writes outputs beside their target and renames them, so that no half file is ever left.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::Context;

/// Writes a file through `fill`; the old file stays as it was where anything fails.
pub fn write_file(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = path.display();
    let temporary = tempfile::Builder::new()
        .prefix(".taizhang-")
        .tempfile_in(folder)
        .with_context(|| format!("无法在 {} 中写文件（cannot write in this folder）", folder.display()))?;
    let mut writer = BufWriter::new(temporary);
    fill(&mut writer).and_then(|()| writer.flush()).with_context(|| format!("写 {name} 失败（cannot write）"))?;
    let temporary = writer
        .into_inner()
        .map_err(|error| error.into_error())
        .with_context(|| format!("写 {name} 失败（cannot write）"))?;
    set_mode(temporary.as_file(), path);
    temporary.persist(path).map_err(|error| error.error).with_context(|| {
        format!("无法替换 {name}，可能正被其他程序打开（cannot replace; it may be open in another program）")
    })?;
    Ok(())
}

/// A temporary file is private; the result takes the mode of the file it replaces, or the usual one.
#[cfg(unix)]
fn set_mode(file: &std::fs::File, target: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = target.metadata().map_or(0o644, |metadata| metadata.permissions().mode());
    // Failing to widen the mode leaves a readable file for its owner, which is no reason to lose the result.
    let _ = file.set_permissions(std::fs::Permissions::from_mode(mode));
}

#[cfg(not(unix))]
fn set_mode(_file: &std::fs::File, _target: &Path) {}

/// Writes to standard output; a reader that went away is not an error.
pub fn write_stdout(fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let stdout = io::stdout();
    let mut writer = BufWriter::new(stdout.lock());
    match fill(&mut writer).and_then(|()| writer.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("无法写到标准输出（cannot write to standard output）"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

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
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = write_file(Path::new("/nonexistent-folder/x.xlsx"), |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("/nonexistent-folder"));
    }
}
