//! Asks Git which files have changed, for `check --changed`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use dvkit_ide::tree::ChangedFiles;

/// Returns the files of the working tree that differ from the commit `since`, and those that Git does not know
/// yet and does not ignore.
///
/// # Errors
/// Returns an error if Git is not installed, if the working directory is not in a repository, or if there is
/// no commit `since`.
pub(super) fn changed_files(since: &str) -> Result<ChangedFiles> {
    if since.starts_with('-') || since.is_empty() {
        bail!("`--changed` takes a commit, a branch or a tag: `--changed=main`");
    }
    let root = git(None, &["rev-parse", "--show-toplevel"])?;
    let root = PathBuf::from(text(root.strip_suffix(b"\n").unwrap_or(&root)));
    // Names only: no filter and no program of the repository's settings is run.
    let changed = git(
        Some(&root),
        &["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--diff-filter=d", since, "--"],
    )?;
    let new = git(Some(&root), &["ls-files", "--others", "--exclude-standard", "-z"])?;
    let names = changed.split(|b| *b == 0).chain(new.split(|b| *b == 0)).filter(|name| !name.is_empty());
    Ok(ChangedFiles::new(names.map(|name| root.join(text(name)))))
}

/// Returns what Git prints for `arguments`, in the folder `folder` or the working directory.
fn git(folder: Option<&Path>, arguments: &[&str]) -> Result<Vec<u8>> {
    let mut command = Command::new("git");
    command.args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false"]).args(arguments);
    command.stdin(Stdio::null());
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let output = command.output().context(
        "`--changed` asks Git for the changed files, and cannot run `git`; install it, or name the files",
    )?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`--changed` asks Git for the changed files, and `git` says: {}", said.trim());
    }
    Ok(output.stdout)
}

#[cfg(unix)]
fn text(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStringExt as _;
    OsString::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn text(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}
