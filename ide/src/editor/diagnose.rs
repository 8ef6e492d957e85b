//! Checks all texts of a source file as an editor shows them, without the findings that comments ignore, and
//! returns the edits that add such comments.

use dvkit_diagnostic::{Code, Diagnostic, Span};

use crate::embedded::{Host, HostEdit, SourceFile, TextDiagnosis};
use crate::tree::{Baseline, CheckedText, NamedWorkspace, source_suppressions, sources};
use crate::{Diagnosis, Error, QueryForm, Workspace};

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
        diagnose(vec![(None, self)], file, None, is_wanted)
    }
}

/// Checks the texts of a source file with each of the workspaces `orgs`, of which there is at least one, as a
/// check of a tree does. The findings in `baseline` are left out.
pub(super) fn diagnose(
    orgs: Vec<NamedWorkspace<'_>>,
    file: &SourceFile,
    mut baseline: Option<Baseline>,
    is_wanted: impl Fn() -> bool,
) -> Result<Option<SourceDiagnosis>, Error> {
    let levels = orgs.first().map(|(_, workspace)| workspace.settings.levels.clone()).unwrap_or_default();
    let mut accepts =
        |finding: &Diagnostic| baseline.as_mut().is_some_and(|list| list.accepts(&file.path, finding));
    let mut comments = source_suppressions(file);
    let mut texts = Vec::with_capacity(file.found().len());
    for text in sources(orgs, file, &mut comments) {
        if !is_wanted() {
            return Ok(None);
        }
        let mut text = text?;
        text.accept(&mut accepts);
        text.name_orgs();
        texts.push(in_file(text));
    }
    if !is_wanted() {
        return Ok(None);
    }
    let mut comments = comments.findings(&levels);
    comments.retain(|finding| !accepts(finding));
    Ok(Some(SourceDiagnosis { texts, comments }))
}

/// Returns the result for a text with positions in the file.
fn in_file(text: CheckedText) -> TextDiagnosis {
    let fixed = text.fixed().map(str::to_owned).filter(|_| !text.edits.is_empty());
    let (start, coverage) = (text.start, text.coverage);
    let moved = |span: Span| Span::new(span.start as usize + start, span.end as usize + start);
    let (is_checked, table, diagnostics, in_text) = match text.diagnosis {
        Diagnosis::Findings(found) => {
            let located = found.located.into_iter().map(|d| d.map(moved, |replacement| replacement));
            (found.is_checked, found.table, located.collect(), found.diagnostics)
        }
        Diagnosis::Unusable(_) | Diagnosis::NoTable => (false, None, Vec::new(), Vec::new()),
    };
    TextDiagnosis {
        coverage,
        is_checked,
        table,
        diagnostics,
        in_text,
        fix: text.edits,
        fixed,
        refused_fix: text.refused_fix,
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
            Host::Python | Host::PowerShell | Host::Http => ("# ", ""),
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
