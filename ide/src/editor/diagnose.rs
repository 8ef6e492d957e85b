//! Checks all texts of a source file as an editor shows them, without the findings that comments ignore, and
//! returns the edits that add such comments.

use dvkit_diagnostic::{Code, Diagnostic, Span};

use crate::embedded::{CommentPlace, FoundText, HostEdit, SourceFile, TextDiagnosis};
use crate::tree::{Baseline, CheckedText, NamedWorkspace, source_suppressions, sources};
use crate::{Diagnosis, Error, Workspace};

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
    /// Returns the edit that adds a comment which ignores the findings with the code `code` at the byte offset
    /// `offset`, in the text that contains the offset. Returns `None` if the language has no comments, as JSON, or if
    /// there is no place near the text where a comment would not be a part of a text.
    #[must_use]
    pub fn ignoring(&self, offset: usize, code: Code) -> Option<HostEdit> {
        let contains = |found: &&FoundText| {
            found.text.host_range().is_some_and(|range| range.start <= offset && offset <= range.end)
        };
        let found = self.found().iter().find(contains);
        let start = found.and_then(|found| found.text.host_range()).map_or(offset, |range| range.start);
        let places = self.comment_places(found, start);
        places.iter().map(|place| self.comment(place, code)).find(|edit| {
            let Ok(new) = self.edited(std::slice::from_ref(edit), &[]) else { return false };
            let moved = |at: usize| if edit.start <= at { at + edit.replacement.len() } else { at };
            let line = |at: usize| new.lines(&(moved(at)..moved(at))).0;
            source_suppressions(&new).ignores(code, line(offset), line(start))
        })
    }

    /// Returns the edit that adds the comment at a place.
    fn comment(&self, place: &CommentPlace, code: Code) -> HostEdit {
        let (open, close) = place.marks;
        let mut replacement = format!("{open}dvkit-ignore {code}{close}");
        if place.is_line {
            let (_, line) = self.lines(&(place.offset..place.offset));
            let line = self.text().get(line).unwrap_or_default();
            let indent = line.len() - line.trim_start_matches([' ', '\t', '>']).len();
            replacement.insert_str(0, line.get(..indent).unwrap_or_default());
            replacement.push_str(if self.text().contains("\r\n") { "\r\n" } else { "\n" });
        }
        HostEdit { start: place.offset, end: place.offset, replacement }
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
            (
                "a.xml",
                "<savedquery>\n  <fetchxml>\n    <fetch><entity name='contact'><attribute name='fullnme'/></entity></fetch>\n  </fetchxml>\n</savedquery>\n",
            ),
            (
                "a.xml",
                "<?xml version='1.0'?><q><fetch><entity name='contact'>\n\n<attribute name='fullnme'/></entity></fetch></q>",
            ),
            (
                "a.xml",
                "<q>\r\n\t<fetchxml>&lt;fetch&gt;&lt;entity name='contact'&gt;&lt;attribute name='fullnme'/&gt;&lt;/entity&gt;&lt;/fetch&gt;</fetchxml>\r\n</q>",
            ),
            ("a.xml", "<q>\n <get\n  url='/api/data/v9.2/contacts?$select=fullnme'/>\n</q>\n"),
            ("a.html", "<p>\n<a href='/_api/contacts?$select=fullnme'>x</a></p>\n"),
            ("a.html", "<script>\n  get('/_api/contacts?$select=fullnme');\n</script>\n"),
            (
                "a.liquid",
                "<p>\n  {% fetchxml q %}\n  <fetch><entity name='contact'><attribute name='fullnme'/></entity></fetch>\n  {% endfetchxml %}</p>\n",
            ),
            ("a.md", "Some\ntext with `contacts?$select=fullnme` in it\nand more.\n"),
            (
                "a.md",
                "Text:\n\n> ```odata\n> contacts?$select=fullname&$top=1\n>\n> contacts?$select=fullnme\n> ```\n",
            ),
            ("a.md", "- x\n\n  ```ts\n  const a = 1;\n  const q = 'contacts?$select=fullnme';\n  ```\n"),
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
    fn a_comment_is_not_added_where_there_is_no_place_for_it() {
        let code = dvkit_diagnostic::code::UNKNOWN_COLUMN;
        for (name, text) in [
            // JSON has no comments.
            ("a.json", "{\"uri\": \"/api/data/v9.2/contacts?$select=fullnme\"}"),
            // The tag is too far from the query.
            ("a.xml", "<q>\n <get\n\n  url='/api/data/v9.2/contacts?$select=fullnme'/>\n</q>\n"),
            (
                "a.liquid",
                "{% fetchxml q %}\n\n<fetch><entity name='contact'><attribute name='fullnme'/></entity></fetch>\n{% endfetchxml %}\n",
            ),
        ] {
            let file = file(name, text);
            assert!(codes(&file).contains(&"DV0203".to_owned()), "{text}");
            assert_eq!(file.ignoring(text.find("fullnme").unwrap(), code), None, "{text}");
        }
    }

    #[test]
    fn a_finding_about_a_layout_is_ignored_where_the_layout_is() {
        let text = "<savedquery>\n <layoutxml>\n  <grid>\n   <row id='contactid'>\n    <cell name='acc.name'/>\n   </row>\n  </grid>\n </layoutxml>\n \
                    <fetchxml><fetch><entity name='contact'><attribute name='fullname'/></entity></fetch></fetchxml>\n</savedquery>\n";
        let before = file("a.xml", text);
        assert!(codes(&before).contains(&"DV0231".to_owned()), "{:?}", codes(&before));
        let edit =
            before.ignoring(text.find("acc.name").unwrap(), dvkit_diagnostic::code::NOT_RETURNED).unwrap();
        let mut after = text.to_owned();
        after.replace_range(edit.start..edit.end, &edit.replacement);
        assert_eq!(codes(&file("a.xml", &after)), [""; 0], "{after}");
    }

    #[test]
    fn a_check_that_is_not_wanted_has_no_result() {
        let workspace = Workspace::new(Schemas::of(sample::open().unwrap()), Settings::default());
        assert_eq!(workspace.diagnose_source(&file("a.odata", "contacts"), || false).unwrap(), None);
    }
}
