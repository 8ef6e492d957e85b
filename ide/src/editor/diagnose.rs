//! Checks all texts of a source file as an editor shows them, without the findings that comments ignore, and
//! returns the edits that add such comments.

use std::ops::Range;

use dvkit_diagnostic::{Code, Diagnostic, Span, code};

use crate::diagnose::{RepeatedQueries, no_table};
use crate::document::{Document, QueryItem};
use crate::embedded::{CommentPlace, Coverage, FoundText, Host, HostEdit, SourceFile, TextDiagnosis};
use crate::tree::file::keep;
use crate::tree::fix::{SourceFix, fixed};
use crate::tree::merge::{TextResult, only_in};
use crate::tree::suppress::Suppressions;
use crate::{Diagnosis, Error, Workspace};

/// The findings of a source file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceDiagnosis {
    /// The result for each text, in the order of [`SourceFile::found`]. Findings that a comment ignores are
    /// left out, and with them the fix of the text if it would correct them too.
    pub texts: Vec<TextDiagnosis>,
    /// The findings about comments that ignore findings, with positions in the file.
    pub comments: Vec<Diagnostic>,
    /// The queries of a file of queries that cannot be checked.
    pub unusable: Vec<UnusableQuery>,
}

/// A query of a file of queries that cannot be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusableQuery {
    /// The position of the query in the file.
    pub span: Span,
    /// A sentence with the reason.
    pub reason: String,
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

    /// Returns the edits of the file `file`, which has these findings, that apply every certain fix, in the order
    /// of the file. They do not overlap. If not all fixes fit together, as many are applied as fit.
    #[must_use]
    pub fn fixes(&self, file: &SourceFile) -> Vec<HostEdit> {
        let fixes = self.texts.iter().enumerate().filter(|(_, text)| !text.fix.is_empty());
        let fix = |(n, text): (usize, &TextDiagnosis)| {
            Some(SourceFix { line: 0, expected: (n, text.fixed.clone()?), edits: text.fix.clone() })
        };
        let mut edits = fixed(file, fixes.filter_map(fix).collect(), &mut Vec::new()).edits;
        edits.sort();
        edits.dedup();
        edits
    }
}

/// The queries of a file of queries, as far as the check of single texts does not know them.
struct QueryList {
    items: Vec<ListedQuery>,
    /// For each organisation the findings about queries that differ only in one id.
    repeated: Vec<RepeatedQueries>,
}

/// The position of a query of a file of queries.
struct ListedQuery {
    line: usize,
    range: Range<usize>,
    start: usize,
    is_object: bool,
}

impl QueryList {
    /// Reads the queries of `file`, which are checked for the organisations `orgs`.
    fn read(workspace: &Workspace, file: &SourceFile, orgs: &[Option<&str>]) -> Result<Self, Error> {
        let none = Self { items: Vec::new(), repeated: Vec::new() };
        if file.host() != Host::Queries {
            return Ok(none);
        }
        let Ok(document) = Document::new(file.path.clone(), file.text().as_bytes().to_vec()) else {
            return Ok(none);
        };
        let item = |item: QueryItem<'_>| ListedQuery {
            line: item.line,
            start: item.start,
            is_object: item.entry.as_ref().is_ok_and(|entry| entry.request.is_some()),
            range: item.range,
        };
        let repeated =
            orgs.iter().map(|org| workspace.repeated(&document, *org)).collect::<Result<_, _>>()?;
        Ok(Self { items: document.items().map(item).collect(), repeated })
    }

    /// Returns whether the byte offset `at` of the file is within a query.
    fn contains(&self, at: usize) -> bool {
        let range = |item: &ListedQuery| item.start + item.range.start..item.start + item.range.end;
        let before = self.items.partition_point(|item| range(item).start <= at);
        before.checked_sub(1).and_then(|n| self.items.get(n)).is_some_and(|item| at < range(item).end)
    }

    /// Adds the finding about queries that differ only in one id to the result for the query `n`, if it is the
    /// first of them. `org` is the index of the organisation.
    fn add_repeated(&mut self, n: usize, org: usize, found: &FoundText, diagnosis: &mut TextDiagnosis) {
        let (Some(item), Some(repeated)) = (self.items.get(n), self.repeated.get_mut(org)) else { return };
        if diagnosis.is_checked
            && let Some(finding) = repeated.remove(&(item.line, item.range.start))
            && let Some(located) = found.located(&finding)
        {
            diagnosis.diagnostics.push(located);
            diagnosis.in_text.push(finding);
        }
    }

    /// Returns the query `n` with the reason why it could not be checked; `None` if it was, or if the file is
    /// not a file of queries.
    fn unusable(&self, n: usize, found: &FoundText, diagnosis: &TextDiagnosis) -> Option<UnusableQuery> {
        let item = self.items.get(n)?;
        let range = found
            .text
            .host_range()
            .filter(|range| !range.is_empty())
            .unwrap_or(item.start + item.range.start..item.start + item.range.end);
        let reason = match &diagnosis.coverage {
            Coverage::Skipped(why) => why.clone(),
            _ if diagnosis.is_checked || !diagnosis.diagnostics.is_empty() => return None,
            _ => no_table(item.is_object).to_owned(),
        };
        Some(UnusableQuery { span: Span::new(range.start, range.end), reason })
    }
}

impl Workspace {
    /// Checks the texts of a source file for the organisations `orgs`, which are names, or for the default one
    /// if there are none. A finding that holds for some of several organisations says for which. `is_wanted` is
    /// called before each text; if it returns `false`, the check ends without a result.
    ///
    /// # Errors
    /// Returns an error if a snapshot cannot be read.
    pub fn diagnose_source(
        &self,
        file: &SourceFile,
        orgs: &[String],
        is_wanted: impl Fn() -> bool,
    ) -> Result<Option<SourceDiagnosis>, Error> {
        self.diagnose_accepting(file, orgs, |_| false, is_wanted)
    }

    /// Does the same as [`diagnose_source`](Self::diagnose_source), without the findings for which `accepts` returns
    /// `true`.
    pub(super) fn diagnose_accepting(
        &self,
        file: &SourceFile,
        orgs: &[String],
        mut accepts: impl FnMut(&Diagnostic) -> bool,
        is_wanted: impl Fn() -> bool,
    ) -> Result<Option<SourceDiagnosis>, Error> {
        let orgs: Vec<Option<&str>> = match orgs {
            [] => vec![None],
            orgs => orgs.iter().map(|org| Some(org.as_str())).collect(),
        };
        if !is_wanted() {
            return Ok(None);
        }
        let mut list = QueryList::read(self, file, &orgs)?;
        let is_query = |at: usize| match file.host() {
            Host::Queries => list.contains(at),
            _ => file.found_at(at).is_some(),
        };
        let mut comments = Suppressions::read(file.text(), is_query);
        comments.extend(&file.commented_blocks());
        let has_comments = !comments.is_empty();
        let mut diagnosis = SourceDiagnosis::default();
        for (n, found) in file.found().iter().enumerate() {
            if !is_wanted() {
                return Ok(None);
            }
            let mut results = Vec::with_capacity(orgs.len());
            for (at, org) in orgs.iter().enumerate() {
                let mut one = self.diagnose_text(found, found.org.as_deref().or(*org))?;
                list.add_repeated(n, at, found, &mut one);
                results.push((*org, one));
            }
            let Some((mut text, mut names)) = merged(results, found.text.text()) else { continue };
            if has_comments {
                let line = |at: usize| file.lines(&(at..at)).0;
                let begins = found.text.host_range().map_or(0, |range| line(range.start));
                text.suppress(&mut names, |d| comments.ignores(d.code, line(d.span.start as usize), begins));
            }
            text.accept(&mut names, &mut accepts);
            text.name_orgs(&names);
            diagnosis.unusable.extend(list.unusable(n, found, &text));
            diagnosis.texts.push(text);
        }
        diagnosis.comments = comments.findings(&self.settings.levels);
        diagnosis.comments.retain(|finding| !accepts(finding));
        Ok(Some(diagnosis))
    }
}

impl TextDiagnosis {
    /// Leaves out the findings for which `is_ignored` returns `true`, and the names of their organisations. The
    /// fix is left out if it would correct them too.
    fn suppress(&mut self, orgs: &mut Vec<Vec<String>>, is_ignored: impl FnMut(&Diagnostic) -> bool) {
        let ignored: Vec<bool> = self.diagnostics.iter().map(is_ignored).collect();
        if self.diagnostics.iter().zip(&ignored).any(|(d, ignored)| *ignored && d.fix().is_some()) {
            self.fix.clear();
            self.fixed = None;
        }
        keep(&mut self.diagnostics, &ignored);
        keep(&mut self.in_text, &ignored);
        keep(orgs, &ignored);
    }

    /// Leaves out the findings for which `accepts` returns `true`. The fix stays.
    fn accept(&mut self, orgs: &mut Vec<Vec<String>>, accepts: impl FnMut(&Diagnostic) -> bool) {
        let accepted: Vec<bool> = self.diagnostics.iter().map(accepts).collect();
        if accepted.contains(&true) {
            keep(&mut self.diagnostics, &accepted);
            keep(&mut self.in_text, &accepted);
            keep(orgs, &accepted);
        }
    }

    /// Adds to the message of each finding for which organisations it holds, if it does not hold for all.
    fn name_orgs(&mut self, orgs: &[Vec<String>]) {
        let findings = self.diagnostics.iter_mut().zip(&mut self.in_text);
        for ((located, finding), orgs) in findings.zip(orgs).filter(|(_, orgs)| !orgs.is_empty()) {
            located.message = format!("{} ({})", located.message, only_in(orgs));
            finding.message.clone_from(&located.message);
        }
    }
}

/// Merges the results of checking the text `text` for several organisations, and returns them with the
/// organisations of each finding.
fn merged(
    mut results: Vec<(Option<&str>, TextDiagnosis)>,
    text: &str,
) -> Option<(TextDiagnosis, Vec<Vec<String>>)> {
    if results.len() == 1 {
        return results.pop().map(|(_, one)| (one, Vec::new()));
    }
    let first = results.first().map(|(_, one)| one.clone())?;
    let results = results.into_iter().map(|(org, one)| (org, TextResult::of_source(one, text)));
    let all = TextResult::merged(results.collect())?;
    let Diagnosis::Findings(findings) = all.diagnosis else { return Some((first, Vec::new())) };
    let merged = TextDiagnosis {
        coverage: all.coverage,
        is_checked: findings.is_checked,
        table: findings.table,
        diagnostics: findings.located,
        in_text: findings.diagnostics,
        fixed: findings.rewritten.filter(|_| !all.edits.is_empty()),
        fix: all.edits,
        refused_fix: all.refused_fix,
    };
    Some((merged, all.orgs))
}

impl SourceFile {
    /// Returns the edit that adds a comment which ignores the findings with the code `code` at the byte offset
    /// `offset`, in the text that contains the offset. Returns `None` if the language has no comments, as JSON, if
    /// there is no place near the text where a comment would not be a part of a text, or if the finding is about such a
    /// comment.
    #[must_use]
    pub fn ignoring(&self, offset: usize, code: Code) -> Option<HostEdit> {
        if matches!(code, code::UNUSED_SUPPRESSION | code::INVALID_SUPPRESSION) {
            return None;
        }
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
            new.suppressions().ignores(code, line(offset), line(start))
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
        let diagnosis = workspace.diagnose_source(file, &[], || true).unwrap().unwrap();
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
        assert_eq!(workspace.diagnose_source(&file("a.odata", "contacts"), &[], || false).unwrap(), None);
    }
}
