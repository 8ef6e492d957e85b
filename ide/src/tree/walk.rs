//! Finds the files below a folder that are checked.
//!
//! Files that `.gitignore` and `.ignore` list are skipped, also without a Git repository, and so are hidden
//! files, `node_modules`, and the folders of build results: `target` beside a `Cargo.toml`, `bin` and `obj`
//! beside a .NET project. Links are not followed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

use super::{HostNames, Patterns};
use crate::Error;

/// The maximum number of files that one folder may contain.
const MAX_FILES: usize = 200_000;
/// The maximum size in bytes of a file that is found in a folder, 32 MiB.
const MAX_FILE_SIZE: u64 = 32 << 20;
/// The maximum depth of folders below the folder that the user names.
const MAX_DEPTH: usize = 64;

/// The files that a run checks, of those that the user names and that are found in folders.
#[derive(Clone, Debug)]
pub struct FileSelection {
    /// The patterns of which a file has to match one; all files are checked if there is none.
    pub include: Patterns,
    /// The patterns of files and folders that are left out.
    pub exclude: Vec<Patterns>,
    /// The files that have changed, if only these are checked.
    pub changed: Option<ChangedFiles>,
    /// The languages of files with unusual names.
    pub hosts: HostNames,
}

/// The files that have changed, and the folders above them.
#[derive(Clone, Debug, Default)]
pub struct ChangedFiles {
    files: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
}

/// The files that were found in a folder.
#[derive(Debug, Default)]
pub struct TreeFiles {
    /// The files to check, sorted by path.
    pub files: Vec<PathBuf>,
    /// The files that are too large to be checked, sorted by path.
    pub too_large: Vec<PathBuf>,
}

impl ChangedFiles {
    /// Returns the changed files with the given paths. Files that do not exist any more are left out.
    #[must_use]
    pub fn new(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut changed = Self::default();
        for path in paths.into_iter().filter_map(|path| dvkit_files::canonical_path(&path).ok()) {
            changed.folders.extend(path.ancestors().skip(1).map(Path::to_owned));
            changed.files.insert(path);
        }
        changed
    }

    fn contains(&self, path: &Path, is_folder: bool) -> bool {
        if is_folder { self.folders.contains(path) } else { self.files.contains(path) }
    }
}

impl FileSelection {
    /// Returns whether a file that the user names is checked: it is not excluded, and has changed if only
    /// changed files are checked.
    #[must_use]
    pub fn accepts(&self, path: &Path) -> bool {
        let has_changed = self.changed.as_ref().is_none_or(|changed| {
            dvkit_files::canonical_path(path).is_ok_and(|path| changed.contains(&path, false))
        });
        has_changed && !self.is_excluded(path, false)
    }

    /// Returns whether the patterns select the file at `path`, as they select files in a folder.
    #[must_use]
    pub fn selects(&self, path: &Path) -> bool {
        !self.is_excluded(path, false) && (self.include.is_empty() || self.include.matches(path, false))
    }

    fn is_excluded(&self, path: &Path, is_folder: bool) -> bool {
        self.exclude.iter().any(|patterns| patterns.matches(path, is_folder))
    }

    /// Returns whether a file may contain something to check, by its name.
    fn is_known(&self, path: &Path) -> bool {
        self.hosts.host(path).is_some()
    }

    /// Finds the files in the folder `root` that are checked.
    ///
    /// # Errors
    /// Returns an error if a folder cannot be read, or if there are too many files.
    pub fn files(&self, root: &Path) -> Result<TreeFiles, Error> {
        let unreadable = |path: &Path, source| Error::Folder { path: path.to_owned(), source };
        let canonical = dvkit_files::canonical_path(root).map_err(|source| unreadable(root, source))?;
        let mut found = TreeFiles::default();
        if self.changed.as_ref().is_some_and(|changed| !changed.contains(&canonical, true)) {
            return Ok(found);
        }
        let walk = WalkBuilder::new(root)
            .require_git(false)
            .follow_links(false)
            .max_depth(Some(MAX_DEPTH))
            .filter_entry({
                let (selection, root) = (self.clone(), root.to_owned());
                move |entry| selection.takes(entry, &root, &canonical)
            })
            .build();
        // `./a` is shown as `a`.
        let is_here = root.components().eq([std::path::Component::CurDir]);
        for entry in walk {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let text = error.to_string();
                    let source = error.into_io_error().unwrap_or_else(|| std::io::Error::other(text));
                    return Err(unreadable(root, source));
                }
            };
            if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                continue;
            }
            let is_large = entry.metadata().is_ok_and(|metadata| metadata.len() > MAX_FILE_SIZE);
            let path = entry.into_path();
            let path = match path.strip_prefix(root) {
                Ok(inside) if is_here => inside.to_owned(),
                _ => path,
            };
            if is_large {
                found.too_large.push(path)
            } else {
                found.files.push(path)
            }
            if found.files.len() > MAX_FILES {
                return Err(Error::Inputs(format!(
                    "`{}` has more than {MAX_FILES} files; name a smaller folder",
                    root.display()
                )));
            }
        }
        found.files.sort();
        found.too_large.sort();
        Ok(found)
    }

    /// Returns whether an entry of the folder `root` is looked at. `canonical` is the path of `root` without
    /// links.
    fn takes(&self, entry: &DirEntry, root: &Path, canonical: &Path) -> bool {
        if entry.depth() == 0 {
            return true;
        }
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        let path = entry.path();
        let has_changed = self.changed.as_ref().is_none_or(|changed| {
            path.strip_prefix(root).is_ok_and(|inside| changed.contains(&canonical.join(inside), is_folder))
        });
        if !has_changed || self.is_excluded(path, is_folder) {
            return false;
        }
        if is_folder {
            return !is_build_result(path);
        }
        self.is_known(path) && (self.include.is_empty() || self.include.matches(path, false))
    }
}

/// Returns whether a folder has what others made: installed packages, or results of a build.
fn is_build_result(folder: &Path) -> bool {
    let beside = |is_project: &dyn Fn(&str) -> bool| {
        let entries = folder.parent().map(|parent| {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            dvkit_files::entries(parent)
        });
        let Some(Ok(mut entries)) = entries else { return false };
        entries.any(|entry| entry.is_ok_and(|entry| is_project(&entry.name.to_string_lossy())))
    };
    match folder.file_name().and_then(|name| name.to_str()) {
        Some("node_modules" | "__pycache__") => true,
        Some("target") => beside(&|name| name == "Cargo.toml"),
        Some("bin" | "obj") => beside(&|name| {
            [".csproj", ".vbproj", ".fsproj", ".sqlproj"].iter().any(|end| name.ends_with(end))
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn selection(root: &Path, include: &[&str], exclude: &[&str]) -> FileSelection {
        let patterns = |globs: &[&str]| {
            let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
            Patterns::new(root, &globs).unwrap()
        };
        FileSelection {
            include: patterns(include),
            exclude: vec![patterns(exclude)],
            changed: None,
            hosts: HostNames::default(),
        }
    }

    fn names(root: &Path, found: &TreeFiles) -> Vec<String> {
        let name = |path: &PathBuf| path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        found.files.iter().map(name).collect()
    }

    #[test]
    fn ignored_files_and_build_results_are_skipped() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for (path, text) in [
            (".gitignore", "old/\n*.tmp.odata\n"),
            ("a.odata", ""),
            ("a.tmp.odata", ""),
            ("old/b.odata", ""),
            (".hidden/b.odata", ""),
            ("node_modules/x/b.odata", ""),
            ("rust/Cargo.toml", ""),
            ("rust/target/b.odata", ""),
            ("target/c.odata", ""),
            ("net/a.csproj", ""),
            ("net/bin/b.odata", ""),
            ("net/obj/b.odata", ""),
            ("bin/c.odata", ""),
            ("notes.unknown", ""),
            ("z/a.xml", ""),
        ] {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        }
        let found = selection(root, &[], &[]).files(root).unwrap();
        assert_eq!(names(root, &found), ["a.odata", "bin/c.odata", "target/c.odata", "z/a.xml"]);
        let found = selection(root, &["*.odata"], &["/bin"]).files(root).unwrap();
        assert_eq!(names(root, &found), ["a.odata", "target/c.odata"]);
        // A folder that the user names is looked into, whatever its name is.
        let found = selection(root, &[], &[]).files(&root.join("net/bin")).unwrap();
        assert_eq!(found.files.len(), 1);
        let changed = ChangedFiles::new([root.join("target/c.odata"), root.join("gone.odata")]);
        let selection = FileSelection { changed: Some(changed), ..selection(root, &[], &[]) };
        assert_eq!(names(root, &selection.files(root).unwrap()), ["target/c.odata"]);
        assert!(selection.accepts(&root.join("target/c.odata")) && !selection.accepts(&root.join("a.odata")));
        assert_eq!(selection.files(&root.join("bin")).unwrap().files.len(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (root, other) = (dir.path().join("a"), dir.path().join("b"));
        fs::create_dir_all(&root).unwrap();
        fs::create_dir_all(&other).unwrap();
        fs::write(other.join("x.odata"), "").unwrap();
        std::os::unix::fs::symlink(&other, root.join("linked")).unwrap();
        std::os::unix::fs::symlink(other.join("x.odata"), root.join("x.odata")).unwrap();
        assert_eq!(selection(&root, &[], &[]).files(&root).unwrap().files.len(), 0);
    }
}
