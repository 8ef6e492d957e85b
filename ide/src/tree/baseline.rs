//! Reads and writes the file of accepted findings: those that a project has today, and that are not reported
//! again.
//!
//! A finding is recognised by its file, its code and its message, so that it is recognised on another line
//! too. The file says how often it occurs; more occurrences are reported. The file is JSON with one finding a
//! line, sorted, so that its changes are easy to read.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use dvkit_diagnostic::Diagnostic;
use dvkit_files::{LinkPolicy, WriteMode};
use serde::{Deserialize, Serialize};

use super::patterns::absolute;
use crate::Error;

/// The maximum size in bytes of a file of accepted findings, 64 MiB.
const MAX_SIZE: u64 = 64 << 20;
/// The version of the format.
const VERSION: u32 = 1;

/// A finding that is accepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptedFinding {
    /// The path of the file with the finding, relative to the folder of the list, with `/`.
    pub path: String,
    /// The code of the finding.
    pub code: String,
    /// The message of the finding.
    pub message: String,
}

/// The accepted findings of a project, with the numbers of their occurrences.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    folder: PathBuf,
    /// The number of occurrences of each finding that were not met yet.
    left: BTreeMap<AcceptedFinding, usize>,
    /// The number of occurrences of each finding that were recorded.
    recorded: BTreeMap<AcceptedFinding, usize>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    finding: AcceptedFinding,
    count: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    findings: Vec<Entry>,
}

impl Baseline {
    /// Returns an empty list, whose paths are relative to the folder of the file `path`.
    ///
    /// # Errors
    /// Returns an error if the working directory cannot be determined.
    pub fn empty(path: &Path) -> Result<Self, Error> {
        let path = absolute(path)?;
        Ok(Self { folder: path.parent().unwrap_or(&path).to_owned(), ..Self::default() })
    }

    /// Reads the list in the file `path`.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, or is not such a list.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = dvkit_files::read_text(path, LinkPolicy::FollowNamed, MAX_SIZE)
            .map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let wrong = |message: String| Error::Baseline { path: path.to_owned(), message };
        let file: File = serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
        if file.version != VERSION {
            return Err(wrong(format!("it has the version {}, and {VERSION} is known", file.version)));
        }
        let mut list = Self::empty(path)?;
        for entry in file.findings {
            *list.left.entry(entry.finding).or_default() += entry.count;
        }
        Ok(list)
    }

    /// Returns whether a finding in the file `path` is accepted. Each accepted occurrence is used once.
    pub fn accepts(&mut self, path: &Path, diagnostic: &Diagnostic) -> bool {
        if self.left.is_empty() {
            return false;
        }
        match self.left.get_mut(&self.finding(path, diagnostic)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }

    /// Records a finding in the file `path` for [`write`](Self::write).
    pub fn record(&mut self, path: &Path, diagnostic: &Diagnostic) {
        let finding = self.finding(path, diagnostic);
        *self.recorded.entry(finding).or_default() += 1;
    }

    /// Returns the accepted findings that do not occur any more, each with the number of occurrences that are
    /// missing. `is_checked` says whether the file with a path was checked, or does not exist any more.
    pub fn stale(&self, is_checked: impl Fn(&Path) -> bool) -> Vec<(&AcceptedFinding, usize)> {
        let stale = self.left.iter().filter(|(_, count)| **count > 0);
        let stale = stale.filter(|(finding, _)| is_checked(&self.folder.join(&finding.path)));
        stale.map(|(finding, count)| (finding, *count)).collect()
    }

    /// Records the findings that were read for the files that were not checked, so that they stay accepted.
    /// `is_checked` is as for [`stale`](Self::stale).
    pub fn carry_over(&mut self, is_checked: impl Fn(&Path) -> bool) {
        for (finding, count) in &self.left {
            if !is_checked(&self.folder.join(&finding.path)) {
                *self.recorded.entry(finding.clone()).or_default() += count;
            }
        }
    }

    /// Writes the recorded findings into the file `path`. Returns the number of their occurrences.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<usize, Error> {
        let error = |source| Error::Write { path: path.to_owned(), source };
        let text = self.text().map_err(error)?;
        dvkit_files::replace(path, text.as_bytes(), WriteMode::Durable).map_err(error)?;
        Ok(self.recorded.values().sum())
    }

    fn text(&self) -> io::Result<String> {
        let mut text = format!("{{\n  \"version\": {VERSION},\n  \"findings\": [");
        for (n, (finding, count)) in self.recorded.iter().enumerate() {
            let entry = Entry { finding: finding.clone(), count: *count };
            text.push_str(if n > 0 { ",\n    " } else { "\n    " });
            text.push_str(&serde_json::to_string(&entry)?);
        }
        text.push_str(if self.recorded.is_empty() { "]\n}\n" } else { "\n  ]\n}\n" });
        Ok(text)
    }

    fn finding(&self, path: &Path, diagnostic: &Diagnostic) -> AcceptedFinding {
        AcceptedFinding {
            path: relative(path, &self.folder),
            code: diagnostic.code.to_string(),
            message: diagnostic.message.clone(),
        }
    }
}

/// Returns a path relative to the absolute path `folder`, with `/`, without `.`; an absolute path if it is
/// not below the folder.
fn relative(path: &Path, folder: &Path) -> String {
    let absolute = absolute(path).unwrap_or_else(|_| path.to_owned());
    let path = absolute.strip_prefix(folder).unwrap_or(&absolute);
    let names = path.components().filter(|component| *component != Component::RootDir);
    let names: Vec<_> = names.map(|component| component.as_os_str().to_string_lossy()).collect();
    let root = if path.has_root() { "/" } else { "" };
    format!("{root}{}", names.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dvkit_diagnostic::{Span, code};

    #[test]
    fn accepted_findings_are_recognised_on_other_lines_and_counted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("accepted.json");
        let finding = |at: usize| Diagnostic::error(code::UNKNOWN_COLUMN, Span::at(at), "no `a`");
        let file = dir.path().join("src/b.cs");
        let mut list = Baseline::empty(&path).unwrap();
        for at in [1, 5] {
            list.record(&file, &finding(at));
        }
        list.record(&dir.path().join("src/./a.cs"), &finding(1));
        assert_eq!(list.write(&path).unwrap(), 3);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            text,
            "{\n  \"version\": 1,\n  \"findings\": [\n    \
             {\"path\":\"src/a.cs\",\"code\":\"DV0203\",\"message\":\"no `a`\",\"count\":1},\n    \
             {\"path\":\"src/b.cs\",\"code\":\"DV0203\",\"message\":\"no `a`\",\"count\":2}\n  ]\n}\n"
        );
        let mut list = Baseline::read(&path).unwrap();
        assert_eq!([7, 9, 11].map(|at| list.accepts(&file, &finding(at))), [true, true, false]);
        let stale = list.stale(|_| true);
        assert_eq!((stale.len(), stale[0].0.path.as_str(), stale[0].1), (1, "src/a.cs", 1));
        assert_eq!(list.stale(|path| path.ends_with("b.cs")), []);
    }

    #[test]
    fn a_file_that_is_no_list_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("accepted.json");
        for text in ["", "[]", "{\"version\":2,\"findings\":[]}", "{\"findings\":[]}"] {
            std::fs::write(&path, text).unwrap();
            assert!(Baseline::read(&path).is_err(), "{text}");
        }
        assert!(Baseline::empty(&path).unwrap().write(&path).is_ok());
        assert!(Baseline::read(&path).unwrap().stale(|_| true).is_empty());
    }
}
