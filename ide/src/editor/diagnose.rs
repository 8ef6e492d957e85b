//! Checks all texts of a source file as an editor shows them, without the findings that comments ignore, and
//! returns the edits that add such comments.

use dvkit_diagnostic::{Code, Diagnostic};

use crate::embedded::{Host, HostEdit, SourceFile, TextDiagnosis};
use crate::tree::suppress::Suppressions;
use crate::{Error, QueryForm, Workspace};

/// The findings of a source file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceDiagnosis {
    /// The result for each text, in the order of [`SourceFile::found`]. Findings that a comment ignores are
    /// left out, and with them the fix of the text.
    pub texts: Vec<TextDiagnosis>,
    /// The findings about comments that ignore findings, with positions in the file.
    pub comments: Vec<Diagnostic>,
}

impl SourceDiagnosis {
    /// Returns all findings, in the order of the file.
    #[must_use]
    pub fn findings(&self) -> Vec<&Diagnostic> {
        let mut all: Vec<&Diagnostic> =
            self.texts.iter().flat_map(|text| &text.diagnostics).chain(&self.comments).collect();
        all.sort_by_key(|finding| (finding.span.start, finding.span.end));
        all
    }
}

impl Workspace {
    /// Checks the texts of a source file. `is_wanted` is called before each text; if it returns `false`, the
    /// check ends without a result.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn diagnose_source(
        &self,
        file: &SourceFile,
        is_wanted: impl Fn() -> bool,
    ) -> Result<Option<SourceDiagnosis>, Error> {
        let ranges: Vec<_> = file.found().iter().map(|found| found.text.host_range()).collect();
        let is_query = |at: usize| ranges.iter().flatten().any(|range| range.contains(&at));
        let mut comments = Suppressions::read(file.text(), is_query);
        let has_comments = !comments.is_empty();
        let mut texts = Vec::with_capacity(file.found().len());
        for (found, range) in file.found().iter().zip(&ranges) {
            if !is_wanted() {
                return Ok(None);
            }
            let mut diagnosis = self.diagnose_text(found, None)?;
            if has_comments {
                let line = |at: usize| file.lines(&(at..at)).0;
                let begins = range.as_ref().map_or(0, |range| line(range.start));
                let before = diagnosis.diagnostics.len();
                let ignored: Vec<bool> = diagnosis
                    .diagnostics
                    .iter()
                    .map(|d| comments.ignores(d.code, line(d.span.start as usize), begins))
                    .collect();
                let kept = |n: &usize| ignored.get(*n) == Some(&false);
                let filtered = |all: Vec<Diagnostic>| {
                    all.into_iter().enumerate().filter(|(n, _)| kept(n)).map(|(_, d)| d).collect::<Vec<_>>()
                };
                diagnosis.diagnostics = filtered(diagnosis.diagnostics);
                diagnosis.in_text = filtered(diagnosis.in_text);
                if diagnosis.diagnostics.len() < before {
                    diagnosis.fix.clear();
                    diagnosis.fixed = None;
                }
            }
            texts.push(diagnosis);
        }
        let comments = comments.findings(&self.settings.levels);
        Ok(Some(SourceDiagnosis { texts, comments }))
    }
}

impl SourceFile {
    /// Returns the edit that adds a comment which ignores the findings with the code `code` in the text that
    /// contains the byte offset `offset`. Returns `None` if the language has no comments, or if the line before
    /// the text could be within a literal.
    #[must_use]
    pub fn ignoring(&self, offset: usize, code: Code) -> Option<HostEdit> {
        let found = self.found().iter().find(|found| {
            found.text.host_range().is_some_and(|range| range.start <= offset && offset <= range.end)
        })?;
        let start = found.text.host_range()?.start;
        let (_, line) = self.lines(&(start..start));
        let before = self.text().get(line.start..start)?;
        let (open, close) = match self.host() {
            Host::Queries => match QueryForm::untrimmed(found.text.text()) {
                QueryForm::Fetch(text) if text.starts_with('<') && before.trim().is_empty() => {
                    ("<!-- ", " -->")
                }
                _ => ("# ", ""),
            },
            Host::CSharp | Host::JavaScript | Host::TypeScript | Host::Java | Host::Rust => ("// ", ""),
            Host::Python | Host::PowerShell | Host::Http | Host::Yaml => ("# ", ""),
            Host::VisualBasic => ("' ", ""),
            _ => return None,
        };
        // A query at the beginning of a line is within a literal of several lines.
        if self.host() != Host::Queries && self.host() != Host::Http && before.trim().is_empty() {
            return None;
        }
        let indent = before.get(..before.len() - before.trim_start().len())?;
        let end = if self.text().contains("\r\n") { "\r\n" } else { "\n" };
        let replacement = format!("{indent}{open}dvkit-ignore {code}{close}{end}");
        let edit = HostEdit { start: line.start, end: line.start, replacement };
        self.edited(std::slice::from_ref(&edit), &[]).ok()?;
        Some(edit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Schemas, Settings, sample};

    fn file(name: &str, text: &str) -> SourceFile {
        SourceFile::new(name.into(), text.into()).unwrap().unwrap()
    }

    fn codes(file: &SourceFile) -> Vec<String> {
        let workspace = Workspace::new(Schemas::of(sample::open().unwrap()), Settings::default());
        let diagnosis = workspace.diagnose_source(file, || true).unwrap().unwrap();
        diagnosis.findings().iter().map(|finding| finding.code.to_string()).collect()
    }

    #[test]
    fn a_comment_that_is_added_ignores_the_finding() {
        for (name, text) in [
            ("a.odata", "contacts?$select=fullnme\n"),
            ("a.odata", "contacts?$top=1\n\n  contacts?$select=fullnme\n"),
            (
                "a.fetchxml",
                "<fetch>\n <entity name='contact'><attribute name='fullnme'/></entity>\n</fetch>\n",
            ),
            ("a.cs", "class A {\r\n    string q = \"contacts?$select=fullnme\";\r\n}\r\n"),
            ("a.ts", "const q =\n  `contacts?$select=fullnme`;\n"),
            ("a.py", "q = 'contacts?$select=fullnme'\n"),
        ] {
            let before = file(name, text);
            assert!(codes(&before).contains(&"DV0203".to_owned()), "{text}");
            let at = text.find("fullnme").unwrap();
            let edit = before.ignoring(at, dvkit_diagnostic::code::UNKNOWN_COLUMN).unwrap();
            let mut after = text.to_owned();
            after.replace_range(edit.start..edit.end, &edit.replacement);
            let left = codes(&file(name, &after));
            // The comment was used, so that nothing is said about it.
            assert!(
                left.iter().all(|code| !["DV0203", "DV0701", "DV0702"].contains(&code.as_str())),
                "{after}: {left:?}"
            );
        }
    }

    #[test]
    fn a_literal_is_not_changed_by_a_comment() {
        let text = "class A { string q = @\"\n   <fetch><entity name='contact'><attribute name='fullnme'/></entity></fetch>\"; }\n";
        let at = text.find("fullnme").unwrap();
        assert_eq!(file("a.cs", text).ignoring(at, dvkit_diagnostic::code::UNKNOWN_COLUMN), None);
    }

    #[test]
    fn a_check_that_is_not_wanted_has_no_result() {
        let workspace = Workspace::new(Schemas::of(sample::open().unwrap()), Settings::default());
        assert_eq!(workspace.diagnose_source(&file("a.odata", "contacts"), || false).unwrap(), None);
    }
}
