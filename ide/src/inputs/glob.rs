//! Finds the files below a folder, and the files that match a pattern, without the help of a shell. The
//! resolution of arguments uses it.
//!
//! Hidden files and folders are skipped unless the pattern names them. Links are not followed. Exceeding the
//! maximum depth or the maximum number of entries is an error, so that no file is skipped silently.

use std::path::{Path, PathBuf, is_separator};

use dvkit_files::EntryKind;

use crate::Error;

/// The maximum depth of folders below the folder that the user names.
const MAX_DEPTH: usize = 16;
/// The maximum number of files and folders that one search may visit.
const MAX_ENTRIES: usize = 100_000;

/// Returns whether a name is a pattern, which means that it contains `*` or `?`.
pub(super) fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// Returns the files that match a pattern, sorted by path. `*` and `?` match characters of a name, and `**`
/// matches any number of folders.
///
/// # Errors
/// Returns an error if a folder cannot be read, or if there are too many entries.
pub(super) fn files(pattern: &str) -> Result<Vec<PathBuf>, Error> {
    let separator = |c: char| if cfg!(windows) { is_separator(c) } else { c == '/' };
    // The folder that contains all matches.
    let first = pattern.find(['*', '?']).unwrap_or(pattern.len());
    let base = pattern.get(..first).and_then(|fixed| fixed.rfind(separator)).map_or(0, |at| at + 1);
    let (base, rest) = pattern.split_at(base);
    let parts: Vec<&str> = rest.split(separator).filter(|part| !part.is_empty() && *part != ".").collect();
    let mut walk = Walk { seen: 0, found: Vec::new() };
    if base.is_empty() || dvkit_files::is_folder(Path::new(base)) {
        walk.matching(Path::new(base), &parts, 0)?;
    }
    walk.done()
}

/// Returns the files below a folder, at any depth, for which `wanted` returns true, sorted by path.
///
/// # Errors
/// Returns an error if a folder cannot be read, or if there are too many entries.
pub(super) fn below(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Error> {
    let mut walk = Walk { seen: 0, found: Vec::new() };
    walk.all(folder, wanted, 0)?;
    walk.done()
}

struct Walk {
    seen: usize,
    found: Vec<PathBuf>,
}

/// A file or a folder within a folder. Links are left out.
struct Inside {
    name: String,
    path: PathBuf,
    folder: bool,
}

impl Walk {
    fn done(mut self) -> Result<Vec<PathBuf>, Error> {
        self.found.sort();
        self.found.dedup();
        Ok(self.found)
    }

    fn matching(&mut self, folder: &Path, parts: &[&str], depth: usize) -> Result<(), Error> {
        let Some((part, behind)) = parts.split_first() else { return Ok(()) };
        if *part == "**" {
            self.matching(folder, behind, depth)?;
            for inside in self.inside(folder, depth)? {
                if inside.folder && !inside.name.starts_with('.') {
                    self.matching(&inside.path, parts, depth + 1)?;
                }
            }
            // `a/**` matches all files below `a`.
            if behind.is_empty() {
                self.matching(folder, &["*"], depth)?;
            }
            return Ok(());
        }
        for inside in self.inside(folder, depth)? {
            let hidden = inside.name.starts_with('.') && !part.starts_with('.');
            if hidden || !matches(part, &inside.name) {
                continue;
            }
            match (behind.is_empty(), inside.folder) {
                (true, false) => self.found.push(inside.path),
                (false, true) => self.matching(&inside.path, behind, depth + 1)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn all(&mut self, folder: &Path, wanted: &dyn Fn(&Path) -> bool, depth: usize) -> Result<(), Error> {
        for inside in self.inside(folder, depth)? {
            if inside.name.starts_with('.') {
                continue;
            }
            if inside.folder {
                self.all(&inside.path, wanted, depth + 1)?;
            } else if wanted(&inside.path) {
                self.found.push(inside.path);
            }
        }
        Ok(())
    }

    fn inside(&mut self, folder: &Path, depth: usize) -> Result<Vec<Inside>, Error> {
        let shown = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let cannot = |source| Error::Folder { path: shown.to_owned(), source };
        let too_much =
            |why: String| Error::Inputs(format!("cannot read the folder `{}`: {why}", shown.display()));
        if depth > MAX_DEPTH {
            return Err(too_much(format!("folders nest deeper than {MAX_DEPTH}")));
        }
        let mut all = Vec::new();
        for entry in dvkit_files::entries(shown).map_err(cannot)? {
            let entry = entry.map_err(cannot)?;
            self.seen += 1;
            if self.seen > MAX_ENTRIES {
                return Err(too_much(format!(
                    "more than {MAX_ENTRIES} files and folders; name a smaller folder"
                )));
            }
            if matches!(entry.kind, EntryKind::File | EntryKind::Folder) {
                all.push(Inside {
                    path: folder.join(&entry.name),
                    name: entry.name.to_string_lossy().into_owned(),
                    folder: entry.kind == EntryKind::Folder,
                });
            }
        }
        all.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(all)
    }
}

/// Returns whether `name` matches `pattern`, in which `*` stands for any characters and `?` for one
/// character. Letter case matters, except on Windows.
fn matches(pattern: &str, name: &str) -> bool {
    let fold = |text: &str| -> Vec<char> {
        if cfg!(windows) { text.to_lowercase().chars().collect() } else { text.chars().collect() }
    };
    let (pattern, name) = (fold(pattern), fold(name));
    let (mut p, mut n) = (0, 0);
    // The pattern and name positions to retry from when the last `*` takes one more character.
    let mut again: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                again = Some((p + 1, n));
                p += 1;
            }
            Some(c) if *c == '?' || name.get(n) == Some(c) => (p, n) = (p + 1, n + 1),
            _ => {
                let Some((after, from)) = again else { return false };
                again = Some((after, from + 1));
                (p, n) = (after, from + 1);
            }
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, name, same) in [
            ("*.odata", "a.odata", true),
            ("*.odata", "a.odata2", false),
            ("q?.xml", "qé.xml", true),
            ("q?.xml", "q.xml", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*", "", true),
            ("**", "abc", true),
            ("a", "A", cfg!(windows)),
        ] {
            assert_eq!(matches(pattern, name), same, "{pattern} {name}");
        }
    }

    #[test]
    fn names_are_found_in_order_and_links_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        for name in
            ["b.odata", "a.odata", ".hidden.odata", "x/c.odata", "x/y/d.odata", ".git/e.odata", "x/z.md"]
        {
            fs::create_dir_all(path(name).parent().unwrap()).unwrap();
            fs::write(path(name), "").unwrap();
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(path("a.odata"), path("link.odata")).unwrap();
            std::os::unix::fs::symlink(dir.path(), path("x/loop")).unwrap();
        }
        let found = |pattern: &str| -> Vec<String> {
            let all = files(&format!("{}/{pattern}", dir.path().display())).unwrap();
            let name = |p: &PathBuf| p.strip_prefix(dir.path()).unwrap().to_str().unwrap().replace('\\', "/");
            all.iter().map(name).collect()
        };
        assert_eq!(found("*.odata"), ["a.odata", "b.odata"]);
        assert_eq!(found("**/*.odata"), ["a.odata", "b.odata", "x/c.odata", "x/y/d.odata"]);
        assert_eq!(found("**/**/*.odata"), ["a.odata", "b.odata", "x/c.odata", "x/y/d.odata"], "each once");
        assert_eq!(found("x/*/*.odata"), ["x/y/d.odata"]);
        assert_eq!(found(".h*"), [".hidden.odata"]);
        assert_eq!(found("x/**"), ["x/c.odata", "x/y/d.odata", "x/z.md"]);
        assert!(found("nope/*.odata").is_empty());
        let all = below(dir.path(), &|p| p.extension().is_some_and(|e| e == "odata")).unwrap();
        assert_eq!(all.len(), 4);
        let deep = (0..=MAX_DEPTH + 1).fold(path("deep"), |p, _| p.join("d"));
        fs::create_dir_all(&deep).unwrap();
        assert!(below(dir.path(), &|_| true).unwrap_err().to_string().contains("deeper than"));
    }

    /// Makes `count` folders, each in the one before, below the folder `top` of `dir`.
    fn nested(dir: &Path, top: &str, count: usize) {
        fs::create_dir_all((1..count).fold(dir.join(top), |path, _| path.join("d"))).unwrap();
    }

    #[test]
    fn folders_are_read_down_to_the_maximum_depth() {
        for (count, is_read) in [(1, true), (MAX_DEPTH, true), (MAX_DEPTH + 1, false)] {
            let dir = tempfile::tempdir().unwrap();
            nested(dir.path(), "a", count);
            assert_eq!(below(dir.path(), &|_| true).is_ok(), is_read, "{count} folders");
            let pattern = format!("{}/**", dir.path().display());
            assert_eq!(files(&pattern).is_ok(), is_read, "{pattern} of {count} folders");
        }
    }

    #[test]
    fn of_several_folders_that_are_too_deep_the_first_by_name_is_told() {
        let dir = tempfile::tempdir().unwrap();
        // Neither the first that is made nor the last one is the first by name.
        for top in "mxkebnzajtgcrhwd".chars() {
            nested(dir.path(), &top.to_string(), MAX_DEPTH + 1);
        }
        let first = format!("cannot read the folder `{}", dir.path().join("a").join("d").display());
        let why = below(dir.path(), &|_| true).unwrap_err().to_string();
        assert!(why.starts_with(&first), "{why}");
        let why = files(&format!("{}/**/x", dir.path().display())).unwrap_err().to_string();
        assert!(why.starts_with(&first), "{why}");
    }
}
