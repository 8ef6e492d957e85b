//! Matches paths with patterns of file names, and assigns host languages to files by the end of their names.

use std::path::{Component, Path, PathBuf};

use dvkit_diagnostic::suggest;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::Error;
use crate::embedded::Host;

/// Patterns of file names in the syntax of `.gitignore`, relative to a folder. A pattern without a separator
/// matches at any depth; `!` before a pattern makes an exception from those before it.
#[derive(Clone, Debug)]
pub struct Patterns {
    root: PathBuf,
    matcher: Gitignore,
}

impl Patterns {
    /// Returns the patterns `globs`, which are relative to the folder `root`.
    ///
    /// # Errors
    /// Returns [`Error::Pattern`] if a pattern is not valid, and [`Error::WorkingDirectory`] if `root` is
    /// relative and the working directory cannot be determined.
    pub fn new(root: &Path, globs: &[String]) -> Result<Self, Error> {
        let mut builder = GitignoreBuilder::new("");
        for glob in globs {
            let wrong = |why: &ignore::Error| Error::Pattern(format!("`{glob}` is not a pattern: {why}"));
            builder.add_line(None, glob).map_err(|why| wrong(&why))?;
        }
        let matcher = builder.build().map_err(|why| Error::Pattern(why.to_string()))?;
        let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
        Ok(Self { root: absolute(root)?, matcher })
    }

    /// Returns whether there are no patterns.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.matcher.is_empty()
    }

    /// Returns whether the file or folder at `path` or a folder above it matches. A path outside of the
    /// folder of the patterns is matched as a whole.
    #[must_use]
    pub fn matches(&self, path: &Path, is_folder: bool) -> bool {
        if self.is_empty() {
            return false;
        }
        let Ok(path) = absolute(path) else { return false };
        let below = path.strip_prefix(&self.root).unwrap_or(&path);
        let names: PathBuf = below.components().filter(|c| matches!(c, Component::Normal(_))).collect();
        self.matcher.matched_path_or_any_parents(&names, is_folder).is_ignore()
    }
}

/// Returns a path as an absolute one, without `.` and `..`. Links are not resolved.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, Error> {
    let path = std::path::absolute(path).map_err(Error::WorkingDirectory)?;
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    Ok(out)
}

/// The host languages of files whose names have an unusual end, such as `.webtemplate.source.html`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostNames(Vec<(String, Host)>);

impl HostNames {
    /// Returns the host languages for the given ends of names. Each end comes with the name of a language.
    ///
    /// # Errors
    /// Returns a sentence as an error if there is no language with a given name, or if an end does not begin
    /// with a dot.
    pub fn new<'a>(ends: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, String> {
        let mut names = Vec::new();
        for (end, language) in ends {
            if !end.starts_with('.') || end.len() < 2 || end.contains(['/', '\\', '*']) {
                return Err(format!("`{end}` has to be the end of a file name: `.template.html`"));
            }
            let Some(host) = Host::all().find(|host| host.name() == language) else {
                let known = || Host::all().map(Host::name);
                let near = suggest::closest(language, known()).map_or_else(
                    || format!("known are {}", crate::config::listed(known())),
                    |near| format!("did you mean `{near}`?"),
                );
                return Err(format!("there is no language `{language}`; {near}"));
            };
            names.push((end.to_lowercase(), host));
        }
        // The longest end counts.
        names.sort_by_key(|(end, _)| std::cmp::Reverse(end.len()));
        Ok(Self(names))
    }

    /// Returns the language of the file at `path`; `None` if it is unknown.
    #[must_use]
    pub fn host(&self, path: &Path) -> Option<Host> {
        let name = path.file_name()?.to_string_lossy().to_lowercase();
        let own = self.0.iter().find(|(end, _)| name.ends_with(end.as_str())).map(|(_, host)| *host);
        own.or_else(|| Host::of_path(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_those_of_git() {
        let of = |globs: &[&str]| {
            let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
            Patterns::new(Path::new("/work"), &globs).unwrap()
        };
        let patterns = of(&["generated", "*.min.js", "/src/old/**", "!keep.min.js"]);
        for (path, matches) in [
            ("/work/a/generated/b.cs", true),
            ("/work/generated.cs", false),
            ("/work/a/x.min.js", true),
            ("/work/a/keep.min.js", false),
            ("/work/src/old/a.cs", true),
            ("/work/a/src/old/a.cs", false),
            ("/work/a/../src/old/./a.cs", true),
            ("/else/generated/a.cs", true),
        ] {
            assert_eq!(patterns.matches(Path::new(path), false), matches, "{path}");
        }
        assert!(!of(&[]).matches(Path::new("/work/a"), false));
        assert!(Patterns::new(Path::new("/work"), &["{a".to_owned()]).is_err());
    }

    #[test]
    fn the_longest_end_of_a_name_decides() {
        let names = HostNames::new([(".q.txt", "queries")]).unwrap();
        assert_eq!(names.host(Path::new("a.Q.txt")), Some(Host::Queries));
        assert_eq!(names.host(Path::new("a.odata")), Some(Host::Queries));
        assert_eq!(names.host(Path::new("a.txt")), None);
        assert!(HostNames::new([(".x", "querys")]).unwrap_err().contains("did you mean `queries`?"));
        assert!(HostNames::new([("x", "queries")]).unwrap_err().contains("end of a file name"));
    }
}
