//! The list of mutants that change nothing that a test could see, with the reasons.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::sample::Mutant;

/// Equivalent mutants by file, function and change. Lines move, so they are no part of the key.
#[derive(Debug, Default)]
pub(crate) struct Equivalents(BTreeSet<(String, String, String)>);

impl Equivalents {
    /// Reads the list, which may be missing.
    ///
    /// # Errors
    /// Returns an error if the list cannot be read, or if a line has not four parts.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        if !path.exists() {
            return Ok(Equivalents::default());
        }
        Equivalents::parse(&std::fs::read_to_string(path)?).with_context(|| path.display().to_string())
    }

    /// Parses lines of file, function, change and reason, separated by tabs. Lines with `#` are comments.
    ///
    /// # Errors
    /// Returns an error if a line has not four parts.
    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut all = BTreeSet::new();
        for (n, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let parts: Vec<&str> = line.split('\t').collect();
            match parts.as_slice() {
                [file, function, change, reason] if !reason.trim().is_empty() => {
                    all.insert(((*file).to_owned(), (*function).to_owned(), (*change).to_owned()));
                }
                _ => bail!("line {}: write file, function, change and reason, separated by tabs", n + 1),
            }
        }
        Ok(Equivalents(all))
    }

    /// Returns whether a mutant is in the list.
    pub(crate) fn contains(&self, mutant: &Mutant) -> bool {
        self.0.contains(&(mutant.file.clone(), mutant.function.clone(), mutant.change.clone()))
    }

    /// Returns the files that the list names.
    #[cfg(test)]
    fn files(&self) -> BTreeSet<&str> {
        self.0.iter().map(|(file, ..)| file.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_a_reason_is_refused() {
        assert!(Equivalents::parse("# a comment\n\na.rs\tf\t`1` → `2`\tnobody looks at it\n").is_ok());
        let error = Equivalents::parse("a.rs\tf\t`1` → `2`\n").unwrap_err().to_string();
        assert!(error.contains("line 1") && error.contains("reason"), "{error}");
    }

    #[test]
    fn every_line_of_the_list_names_a_change_that_exists() {
        let home = Path::new(env!("CARGO_MANIFEST_DIR"));
        let all = Equivalents::read(&home.join("equivalent.txt")).unwrap();
        let mut known = BTreeSet::new();
        for file in all.files() {
            let text = std::fs::read_to_string(home.join("../..").join(file))
                .unwrap_or_else(|e| panic!("{file}: {e}"));
            let candidates =
                crate::candidates::scan(&text).unwrap_or_else(|e| panic!("{file}: {e:?}")).candidates;
            known.extend(candidates.into_iter().map(|c| (file.to_owned(), c.function, c.change)));
        }
        let gone: Vec<_> = all.0.iter().filter(|key| !known.contains(*key)).collect();
        assert!(gone.is_empty(), "the code has changed; judge these again: {gone:#?}");
    }
}
