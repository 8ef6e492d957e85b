//! Finds unpacked solutions on disk, and lists the files to read of each solution. The import calls it for
//! every folder that it is given.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dvkit_files::{self as files, EntryKind, LinkPolicy};

use super::layout::{is_inner, is_worth_entering, manifest_of, name, root_of};
use crate::Error;

/// The maximum number of files and folders that one search lists; the largest real repository has 1,300.
const MAX_ENTRIES: usize = 200_000;

/// The maximum depth of nested folders in a search.
const MAX_DEPTH: usize = 24;

/// An unpacked solution: its folder and the files in it that are read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SolutionFolder {
    /// The folder of the solution, which contains `Entities` and `Other`.
    pub(crate) root: PathBuf,
    /// The paths of the files to read, in order.
    pub(crate) files: Vec<PathBuf>,
    /// The path of the manifest, the file with the solution's name and base language; `None` if there is
    /// none.
    pub(crate) manifest: Option<PathBuf>,
    /// The total size of `files` in bytes.
    pub(crate) bytes: u64,
}

/// Returns the unpacked solutions in a folder, sorted by path. If the folder is inside an unpacked solution,
/// returns that solution. Symbolic links are followed only if `folder` itself is one.
///
/// # Errors
/// Returns an error if the folder cannot be read, contains too many files, or contains no solution.
pub(crate) fn find(folder: &Path) -> Result<Vec<SolutionFolder>, Error> {
    let io = |source| Error::Io { path: folder.to_owned(), source };
    let start = solution_root(&files::resolve(folder, LinkPolicy::FollowNamed).map_err(io)?);
    let mut found: BTreeMap<PathBuf, (Vec<PathBuf>, u64)> = BTreeMap::new();
    let mut manifests: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    let mut open = vec![(start, 0)];
    let mut seen = 0_usize;
    while let Some((folder, depth)) = open.pop() {
        let io = |source| Error::Io { path: folder.clone(), source };
        for entry in files::entries(&folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let size = || entry.size().map_err(io);
            let (path, kind) = (entry.path.clone(), entry.kind);
            seen += 1;
            if seen > MAX_ENTRIES {
                let message =
                    format!("more than {MAX_ENTRIES} files: name the folder of the solution itself");
                return Err(invalid(&folder, message));
            }
            if kind == EntryKind::Folder && depth < MAX_DEPTH && is_worth_entering(&path) {
                open.push((path, depth + 1));
            } else if kind == EntryKind::File
                && let Some(root) = root_of(&path)
            {
                let (files, bytes) = found.entry(root).or_default();
                *bytes += size()?;
                files.push(path);
            } else if kind == EntryKind::File
                && let Some(root) = manifest_of(&path)
            {
                manifests.insert(root, path);
            }
        }
    }
    if found.is_empty() {
        let message = "no solution in this folder; expected an unpacked one (`Other/Customizations.xml`, \
                       `Entities/<table>/Entity.xml`, `OptionSets/*.xml`) or `customizations.xml`";
        return Err(invalid(folder, message.to_owned()));
    }
    let solution = |(root, (mut files, bytes)): (PathBuf, (Vec<PathBuf>, u64))| {
        files.sort();
        SolutionFolder { manifest: manifests.remove(&root), root, files, bytes }
    };
    Ok(found.into_iter().map(solution).collect())
}

/// Returns the root folder of a solution for one of its inner folders: `Entities`, `Other`, or a folder in
/// one of these. Returns any other folder unchanged.
fn solution_root(folder: &Path) -> PathBuf {
    // `.` and `..` have no names that could be compared.
    let Ok(whole) = files::canonical_path(folder) else { return folder.to_owned() };
    let inner = whole.ancestors().take(3).find(|f| is_inner(f));
    let root = inner.and_then(Path::parent).filter(|root| is_solution(root));
    root.map_or_else(|| folder.to_owned(), Path::to_path_buf)
}

/// Returns whether the folder contains `Other/Solution.xml` or `Other/Customizations.xml`.
fn is_solution(root: &Path) -> bool {
    let named = |folder: &Path, wanted: &[&str]| {
        let paths = files::entries(folder).into_iter().flatten().flatten().map(|e| e.path);
        paths.into_iter().find(|p| name(p).is_some_and(|n| wanted.contains(&n.as_str())))
    };
    named(root, &["other"])
        .is_some_and(|other| named(&other, &["solution.xml", "customizations.xml"]).is_some())
}

fn invalid(path: &Path, message: String) -> Error {
    Error::Invalid { path: path.to_owned(), line: 0, column: 0, message }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_folder_within_a_solution_leads_to_its_root_and_any_other_to_itself() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().canonicalize().unwrap();
        let write = |path: &str| {
            let path = base.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        };
        for path in [
            "sol/Other/Solution.xml",
            "sol/Entities/account/Entity.xml",
            "cust/other/customizations.xml",
            "cust/Entities/a/b/Entity.xml",
            "none/Entities/account/Entity.xml",
            "empty/Other/readme.txt",
        ] {
            write(path);
        }
        for (given, root) in [
            ("sol", "sol"),
            ("sol/Entities", "sol"),
            ("sol/Other", "sol"),
            ("sol/Entities/account", "sol"),
            ("cust/Entities/a", "cust"),
            ("none/Entities", "none/Entities"),
            ("none/Entities/account", "none/Entities/account"),
            ("empty/Other", "empty/Other"),
            ("missing", "missing"),
        ] {
            assert_eq!(solution_root(&base.join(given)), base.join(root), "{given}");
        }
    }
}
