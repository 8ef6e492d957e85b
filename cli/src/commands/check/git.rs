//! Asks Git which files have changed, for `check --changed`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, bail};
use dvkit_diagnostic::printable;
use dvkit_ide::tree::ChangedFiles;

/// The name of the last commit.
const LAST_COMMIT: &str = "HEAD";

/// Returns the files of the working tree that differ from the commit `since`, and those that Git does not know
/// yet and does not ignore. In a repository without a commit these are all files. `paths` are the files and
/// folders that are checked.
///
/// # Errors
/// Returns an error if Git is not installed, if the working directory is not in a repository, if there is no
/// commit `since`, or if one of `paths` is outside of the repository.
pub(super) fn changed_files<'p>(
    since: &str,
    paths: impl IntoIterator<Item = &'p Path>,
) -> Result<ChangedFiles> {
    if since.starts_with('-') || since.is_empty() {
        bail!("`--changed` takes a commit, a branch or a tag: `--changed=main`");
    }
    let root = git(None, &["rev-parse", "--show-toplevel"])?;
    let root = PathBuf::from(text(root.strip_suffix(b"\n").unwrap_or(&root)));
    let canonical_root = dvkit_files::canonical_path(&root)?;
    for path in paths {
        if dvkit_files::canonical_path(path).is_ok_and(|path| !path.starts_with(&canonical_root)) {
            bail!(
                "`{}` is outside of the repository `{}`, whose changed files `--changed` checks; leave \
                 `--changed` out, or run the command there",
                printable::line(&path.display().to_string()),
                printable::line(&root.display().to_string()),
            );
        }
    }
    // Names only: no filter and no program of the repository's settings is run.
    let difference =
        ["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--diff-filter=d", since, "--"];
    let changed = if since == LAST_COMMIT && !has_commit(&root)? {
        git(Some(&root), &["ls-files", "--cached", "-z"])?
    } else {
        git(Some(&root), &difference)?
    };
    let new = git(Some(&root), &["ls-files", "--others", "--exclude-standard", "-z"])?;
    let names = changed.split(|b| *b == 0).chain(new.split(|b| *b == 0)).filter(|name| !name.is_empty());
    Ok(ChangedFiles::new(names.map(|name| root.join(text(name)))))
}

/// Returns whether the repository with the root `root` has a commit.
fn has_commit(root: &Path) -> Result<bool> {
    Ok(run(Some(root), &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])?.status.success())
}

/// Returns what Git prints for `arguments`, in the folder `folder` or the working directory.
fn git(folder: Option<&Path>, arguments: &[&str]) -> Result<Vec<u8>> {
    let output = run(folder, arguments)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`--changed` asks Git for the changed files, and `git` says: {}", said.trim());
    }
    Ok(output.stdout)
}

/// Runs Git with `arguments`, in the folder `folder` or the working directory.
fn run(folder: Option<&Path>, arguments: &[&str]) -> Result<Output> {
    let mut command = Command::new("git");
    command.args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false"]).args(arguments);
    command.stdin(Stdio::null());
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    command.output().context(
        "`--changed` asks Git for the changed files, and cannot run `git`; install it, or name the files",
    )
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
