//! Checks a text that was found in a source file. Findings get positions in the file, and edits the escaping of
//! the host.

use std::ops::Range;

use dvkit_diagnostic::{CodeFamily, Diagnostic, Edit, Severity, Span, Suggestion, code};
use dvkit_query::lint;
use dvkit_query::placeholders::{PlaceholderUse, placeholder_types};

use crate::Error;
use crate::QueryForm;
use crate::workspace::{CheckOutcome, CheckRequest, Workspace};

use super::{FoundKind, FoundText, HostEdit, HostText};

/// How much of a text was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// All of it was checked; placeholders stand for values, whose types are known.
    Checked,
    /// All but the parts that are not known, such as a name in a placeholder. The field is a sentence about
    /// them.
    Partly(String),
    /// Nothing was checked. The field is a sentence with the reason.
    Skipped(String),
}

/// The result of checking a text in a source file.
#[derive(Clone, Debug, PartialEq)]
pub struct TextDiagnosis {
    /// How much of the text was checked.
    pub coverage: Coverage,
    /// Whether the findings are about the text. If not, the text was skipped, or they are about the name of
    /// its table, which does not exist.
    pub is_checked: bool,
    /// The logical name of the table whose rows the query selects; `None` if it is unknown.
    pub table: Option<String>,
    /// The findings, with positions in the file. Their suggestions have edits of the file.
    pub diagnostics: Vec<Diagnostic>,
    /// The findings of `diagnostics`, in the same order, with positions in the text of the query, or in the
    /// name of its table if that does not exist.
    pub in_text: Vec<Diagnostic>,
    /// The edits of the file that apply every certain fix; empty if there is none.
    pub fix: Vec<HostEdit>,
    /// The text with these fixes; `None` if there is none.
    pub fixed: Option<String>,
    /// A sentence with the reason why a certain fix cannot be written into the file.
    pub refused_fix: Option<&'static str>,
}

/// Makes a suggestion of a finding about the text `text` a sentence of its help, with the text that it writes.
fn advise(diagnostic: &mut Diagnostic, suggestion: Suggestion, text: &str) {
    let alone = Diagnostic { suggestions: vec![suggestion], labels: Vec::new(), ..diagnostic.clone() };
    let mut sentences = alone.advice(text);
    if alone.help.is_some() {
        sentences.remove(0);
    }
    for sentence in sentences {
        add_help(diagnostic, &sentence);
    }
}

/// Adds a sentence to the help of a finding.
fn add_help(diagnostic: &mut Diagnostic, sentence: &str) {
    let help = diagnostic.help.get_or_insert_default();
    if !help.is_empty() {
        help.push_str("; ");
    }
    help.push_str(sentence);
}

/// Returns whether a finding is about a name that does not exist, or about a text that is not a query. About a
/// placeholder that stands for a value, such findings are not made.
fn about_names(diagnostic: &Diagnostic) -> bool {
    matches!(diagnostic.code.family(), CodeFamily::Names | CodeFamily::Syntax)
}

/// The reason for not writing a fix into a literal.
const NOT_IN_LITERAL: &str = "the fix would change what is not written in this literal";

impl Workspace {
    /// Checks a text of a source file, for the organisation `org`; `None` for that which the text names, or
    /// the default one.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn diagnose_text(&self, found: &FoundText, org: Option<&str>) -> Result<TextDiagnosis, Error> {
        if let Some(why) = &found.skipped {
            return Ok(TextDiagnosis::skipped(why.clone()));
        }
        let org = org.or(found.org.as_deref());
        let request = CheckRequest {
            query: QueryForm::untrimmed(found.text.text()),
            table: found.table.as_ref().map(|table| &table.name),
            org,
            targets: &found.targets,
            placeholders: found.placeholders,
        };
        Ok(match self.check(&request)? {
            CheckOutcome::Checked(report) => {
                let mut values = Vec::new();
                let mut unquoted = Vec::new();
                if let Some(query) = &report.query {
                    // A placeholder for a condition may contain any names.
                    let types = placeholder_types(self.store(org)?, query)?;
                    unquoted = found.unquoted(&types);
                    let types = types.into_iter().filter(|(_, of)| of.usage != PlaceholderUse::Condition);
                    values.extend(types.map(|(text, _)| text));
                }
                let (known, unknown) = found.split(&report.diagnostics, &values);
                let mut diagnostics = found.relevant(report.diagnostics, &known, !unknown.is_empty());
                lint::set_severities(&mut unquoted, &self.settings.levels);
                diagnostics.extend(unquoted);
                diagnostics.iter_mut().for_each(|diagnostic| self.allow_other_names(found, org, diagnostic));
                let coverage = if unknown.is_empty() {
                    Coverage::Checked
                } else {
                    let names = unknown.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                    Coverage::Partly(format!("not known before the program runs: {names}"))
                };
                let fixed = report.rewritten.filter(|text| text != found.text.text());
                let edits = fixed.as_deref().map(|text| found.fix_edits(text, &diagnostics));
                let (fix, refused_fix) = match edits {
                    None => (Vec::new(), None),
                    Some(Some(edits)) => (edits, None),
                    Some(None) => (Vec::new(), Some(NOT_IN_LITERAL)),
                };
                let fixed = fixed.filter(|_| !fix.is_empty());
                let located = |d: Diagnostic| {
                    let d = found.with_written_suggestions(d);
                    Some((found.located(&d)?, d))
                };
                // Those of the reader are about the file, and stand for the whole text.
                let whole = Span::new(0, found.text.text().len());
                let read =
                    |d: &Diagnostic| (d.clone(), Diagnostic::new(d.code, d.severity, whole, &*d.message));
                let all =
                    diagnostics.into_iter().filter_map(located).chain(found.diagnostics.iter().map(read));
                let (diagnostics, in_text) = all.unzip();
                TextDiagnosis {
                    coverage,
                    is_checked: true,
                    table: report.table,
                    diagnostics,
                    in_text,
                    fix,
                    fixed,
                    refused_fix,
                }
            }
            CheckOutcome::WrongTable { mut diagnostic, .. } => {
                self.allow_other_names(found, org, &mut diagnostic);
                found.wrong_table(&diagnostic)
            }
            CheckOutcome::NoTable => TextDiagnosis {
                coverage: Coverage::Partly("the table of the query is not known".to_owned()),
                ..TextDiagnosis::skipped(String::new())
            },
            CheckOutcome::NoOrg(why) => TextDiagnosis::skipped(why),
        })
    }

    /// Makes a finding about a name a warning if it is one of a source file that is checked against the sample
    /// organisation, for want of a snapshot: the organisation of the program has other tables and columns. A name
    /// that certainly is a misspelling stays an error.
    fn allow_other_names(&self, found: &FoundText, org: Option<&str>, diagnostic: &mut Diagnostic) {
        let is_sample = org.is_none() && self.schemas.is_sample();
        let is_name = [code::UNKNOWN_TABLE, code::UNKNOWN_COLUMN].contains(&diagnostic.code);
        if found.is_alone || !is_sample || !is_name || !diagnostic.is_error() || diagnostic.fix().is_some() {
            return;
        }
        diagnostic.severity = Severity::Warning;
        add_help(diagnostic, "this is the sample organisation, and yours may have it: import its metadata");
    }
}

impl From<HostEdit> for Edit {
    fn from(edit: HostEdit) -> Self {
        Self { span: Span::new(edit.start, edit.end), replacement: edit.replacement }
    }
}

impl TextDiagnosis {
    /// Returns the result for a text that was not checked, for the reason `why`.
    fn skipped(why: String) -> Self {
        Self {
            coverage: Coverage::Skipped(why),
            is_checked: false,
            table: None,
            diagnostics: Vec::new(),
            in_text: Vec::new(),
            fix: Vec::new(),
            fixed: None,
            refused_fix: None,
        }
    }
}

impl FoundText {
    /// Splits the placeholders of the text into those that stand for a value, and those that stand for a name
    /// or a part of the query. `values` are the placeholders in the query's meaning.
    fn split(&self, diagnostics: &[Diagnostic], values: &[String]) -> (Vec<Range<usize>>, Vec<String>) {
        let mut known = Vec::new();
        let mut unknown = Vec::new();
        for range in self.text.placeholders() {
            let text = self.text.text().get(range.clone()).unwrap_or_default();
            let overlaps =
                |d: &Diagnostic| (d.span.start as usize) < range.end && range.start < (d.span.end as usize);
            let is_value = values.iter().any(|value| value.contains(text))
                && !diagnostics.iter().any(|d| d.is_error() && overlaps(d) && about_names(d));
            if is_value {
                known.push(range);
            } else {
                unknown.push(text.to_owned());
            }
        }
        (known, unknown)
    }

    /// Returns the findings that are about what is written in the file. A finding about a placeholder that is
    /// not a value is not certain. Advice about the whole query is not given if a part of the query is not
    /// known.
    fn relevant(
        &self,
        diagnostics: Vec<Diagnostic>,
        known: &[Range<usize>],
        is_partly: bool,
    ) -> Vec<Diagnostic> {
        let unknown: Vec<_> = self.text.placeholders().filter(|range| !known.contains(range)).collect();
        let about_unknown = |d: &Diagnostic| {
            unknown
                .iter()
                .any(|range| (d.span.start as usize) < range.end && range.start < d.span.end as usize)
        };
        diagnostics
            .into_iter()
            .filter(|d| !about_unknown(d))
            .filter(|d| {
                !(is_partly || self.is_write) || d.is_error() || d.code.family() != CodeFamily::Performance
            })
            .map(|d| match self.kind {
                // A row is compared with any number, but none is written with it.
                FoundKind::Value if d.code == code::UNKNOWN_OPTION => {
                    let message = d.message.trim_end_matches(": no row has it").to_owned();
                    Diagnostic { severity: Severity::Error, message, ..d }
                }
                _ => d,
            })
            .filter(|d| {
                self.kind == FoundKind::Query
                    || d.severity == Severity::Error
                    || d.severity == Severity::Warning && d.code.family() == CodeFamily::Types
            })
            .collect()
    }

    /// Returns a finding about the text, in which the suggestions that cannot be written into the file are
    /// sentences of help.
    fn with_written_suggestions(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        let all = std::mem::take(&mut diagnostic.suggestions);
        let (written, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|suggestion| self.host_edits(&suggestion.edits).is_some());
        for suggestion in others {
            advise(&mut diagnostic, suggestion, self.text.text());
        }
        Diagnostic { suggestions: written, ..diagnostic }
    }

    /// Returns a finding with positions in the file; `None` if it is not about anything in the file. A
    /// suggestion that cannot be written into the file is left out.
    pub(crate) fn located(&self, diagnostic: &Diagnostic) -> Option<Diagnostic> {
        let host = |span: Span| {
            let range = self.text.host_span(span.start as usize..span.end as usize)?;
            Some(Span::new(range.start, range.end))
        };
        let mut located = diagnostic.clone();
        located.span = match host(diagnostic.span) {
            Some(span) => span,
            None if self.kind != FoundKind::Query => return None,
            None => {
                let range = self.text.host_range()?;
                Span::new(range.start, range.end)
            }
        };
        located.labels.retain_mut(|label| match host(label.span) {
            Some(span) => {
                label.span = span;
                true
            }
            None => false,
        });
        located.suggestions.retain_mut(|suggestion| match self.host_edits(&suggestion.edits) {
            Some(edits) => {
                suggestion.edits = edits;
                true
            }
            None => false,
        });
        Some(located)
    }

    /// Returns edits of the text as edits of the file, for all copies; `None` if one cannot be written.
    pub(crate) fn host_edits(&self, edits: &[Edit]) -> Option<Vec<Edit>> {
        let mut all = Vec::new();
        for text in self.all_texts() {
            for edit in edits {
                let span = edit.span.range();
                let host = text.edits(span.clone(), &edit.replacement)?;
                let host = match host.as_slice() {
                    [one] => vec![text.whole_edit(span, one)],
                    _ => host,
                };
                all.extend(host.into_iter().map(Edit::from));
            }
        }
        Some(all)
    }

    /// Returns the edits of the file that change the text to `fixed`, in all copies; `None` if they cannot be
    /// written. `diagnostics` are the findings with the certain fixes. Their own edits are used if they lead to
    /// the same text, because they are smaller than an edit of the whole text.
    fn fix_edits(&self, fixed: &str, diagnostics: &[Diagnostic]) -> Option<Vec<HostEdit>> {
        let edits: Vec<Edit> =
            diagnostics.iter().filter_map(Diagnostic::fix).flat_map(|s| s.edits.clone()).collect();
        if dvkit_diagnostic::apply(self.text.text(), &edits).is_ok_and(|text| text == fixed)
            && let Some(edits) = self.host_edits(&edits)
        {
            let host = |edit: Edit| HostEdit {
                start: edit.span.start as usize,
                end: edit.span.end as usize,
                replacement: edit.replacement,
            };
            return Some(edits.into_iter().map(host).collect());
        }
        self.replaced(fixed)
    }

    /// Returns the edits of the file that replace the whole text by `new`, in all copies; `None` if it cannot
    /// be written.
    #[must_use]
    pub fn replaced(&self, new: &str) -> Option<Vec<HostEdit>> {
        let mut all = Vec::new();
        for text in self.all_texts() {
            all.extend(text.edits(0..text.text().len(), new)?);
        }
        Some(all)
    }

    fn all_texts(&self) -> impl Iterator<Item = &HostText> {
        std::iter::once(&self.text).chain(&self.copies)
    }

    /// Returns the result for a table that does not exist. `diagnostic` has positions in its name.
    fn wrong_table(&self, diagnostic: &Diagnostic) -> TextDiagnosis {
        let name = self.table.as_ref().map_or("", |table| table.name.as_str());
        let place = self.table.as_ref().and_then(|table| table.place.clone());
        // The name is written in another literal than the query, whose escaping is not known. Names of tables
        // are written as they are, unless the name in the file has escapes itself.
        let is_plain = place.as_ref().is_some_and(|place| place.len() == name.len());
        // The file names the table elsewhere too, where the finding is reported.
        let place = place.or_else(|| self.text.host_range().filter(|_| self.kind == FoundKind::Query));
        let mut in_text = Diagnostic { labels: Vec::new(), ..diagnostic.clone() };
        if !is_plain {
            for suggestion in std::mem::take(&mut in_text.suggestions) {
                advise(&mut in_text, suggestion, name);
            }
        }
        let located = place.map(|place| {
            let start = place.start;
            let moved = |span: Span| Span::new(start + span.range().start, start + span.range().end);
            let located = in_text.clone().map(moved, |replacement| replacement);
            Diagnostic { span: Span::new(place.start, place.end), ..located }
        });
        TextDiagnosis {
            coverage: Coverage::Checked,
            in_text: located.iter().map(|_| in_text.clone()).collect(),
            diagnostics: located.into_iter().collect(),
            ..TextDiagnosis::skipped(String::new())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::{FoundTable, HostTextBuilder, verbatim};
    use crate::{Schemas, Settings, TableName, sample};

    /// Returns a text, in which `{…}` are placeholders and `«…»` is synthetic.
    fn text(source: &str) -> HostText {
        let mut builder = HostTextBuilder::default();
        builder.begin(0, verbatim());
        let mut at = 0;
        while let Some(open) = source[at..].find(['{', '«']).map(|n| at + n) {
            builder.plain(at..open, &source[at..open]);
            let (close, synthetic) =
                if source[open..].starts_with('{') { ('}', false) } else { ('»', true) };
            let end = open + source[open..].find(close).unwrap() + close.len_utf8();
            let inside = &source[open..end];
            let inside = inside.trim_matches(['{', '}', '«', '»']);
            if synthetic {
                builder.synthetic(inside)
            } else {
                builder.placeholder(open..end, inside)
            }
            builder.begin(end, verbatim());
            at = end;
        }
        builder.plain(at..source.len(), &source[at..]);
        builder.finish()
    }

    fn diagnose(found: &FoundText) -> TextDiagnosis {
        let workspace = Workspace::new(Schemas::of(sample::open().unwrap()), Settings::default());
        workspace.diagnose_text(found, None).unwrap()
    }

    /// Returns the texts of the file that findings are about.
    fn wrong<'a>(source: &'a str, diagnosis: &TextDiagnosis) -> Vec<&'a str> {
        diagnosis.diagnostics.iter().map(|d| d.span.of(source)).collect()
    }

    #[test]
    fn a_placeholder_for_a_value_is_checked_and_one_for_a_name_is_not() {
        let value = "accounts?$select=name&$filter=name eq '{name}' and accountid eq {id}";
        assert_eq!(diagnose(&FoundText::query("text", text(value))).coverage, Coverage::Checked);
        for source in [
            "accounts?$select={column},nmae&$top=1",
            "accounts?$select=nmae&{options}&$top=1",
            "accounts?$select=nmae&$top=1&$filter={filter}",
            "<fetch top='1' {more}><entity name='account'><attribute name='nmae'/>{elements}</entity></fetch>",
        ] {
            let diagnosis = diagnose(&FoundText::query("text", text(source)));
            let Coverage::Partly(why) = &diagnosis.coverage else { panic!("{source}: {diagnosis:?}") };
            assert!(why.contains('{'), "{why}");
            assert_eq!(wrong(source, &diagnosis), ["nmae"], "{source}");
        }
        let source = "{set}?$select=name";
        let diagnosis = diagnose(&FoundText::query("text", text(source)));
        assert!(matches!(diagnosis.coverage, Coverage::Partly(_)) && diagnosis.diagnostics.is_empty());
        let source = "$select=name";
        let diagnosis = diagnose(&FoundText::query("text", text(source)));
        assert!(matches!(diagnosis.coverage, Coverage::Partly(_)) && diagnosis.diagnostics.is_empty());
    }

    #[test]
    fn a_fix_keeps_the_placeholders() {
        let source = "accounts?$select=nmae&$top=1&$filter=accountid eq {id} and statecode eq 'Active'";
        let diagnosis = diagnose(&FoundText::query("text", text(source)));
        assert!(!diagnosis.fix.is_empty(), "{diagnosis:?}");
        let mut fixed = source.to_owned();
        let mut edits = diagnosis.fix.clone();
        edits.sort();
        for edit in edits.iter().rev() {
            fixed.replace_range(edit.start..edit.end, &edit.replacement);
        }
        assert_eq!(fixed, "accounts?$select=name&$top=1&$filter=accountid eq {id} and statecode eq 0");
    }

    #[test]
    fn only_errors_about_names_are_reported_of_names() {
        let source = "«<fetch><entity name='account'><attribute name='»nmae«'/></entity></fetch>»";
        let diagnosis = diagnose(&FoundText::names("column", text(source)));
        assert_eq!(wrong(source, &diagnosis), ["nmae"]);
        assert_eq!(diagnosis.fix.iter().map(|edit| edit.replacement.as_str()).collect::<String>(), "name");
        let right = source.replace("nmae", "name");
        assert_eq!(diagnose(&FoundText::names("column", text(&right))).diagnostics, []);
    }

    #[test]
    fn names_that_the_sample_does_not_have_are_no_errors_of_programs() {
        let schemas =
            Schemas::find(std::path::Path::new("no/such/folder"), &Default::default(), &Default::default());
        let workspace = Workspace::new(schemas.unwrap(), Settings::default());
        let severities = |found: &FoundText| {
            let diagnosis = workspace.diagnose_text(found, None).unwrap();
            diagnosis.diagnostics.iter().map(|d| (d.code.to_string(), d.severity)).collect::<Vec<_>>()
        };
        let (warning, error) = (Severity::Warning, Severity::Error);
        let query = |source: &str| FoundText::query("text", text(source));
        let own = query("accounts?$select=cnt_segment&$top=5");
        assert_eq!(severities(&own), [("DV0203".to_owned(), warning)]);
        let own_table = query("cnt_machines?$select=cnt_name&$top=5");
        assert_eq!(severities(&own_table), [("DV0201".to_owned(), warning)]);
        let beside = FoundTable { name: TableName::Table("cnt_machine".into()), place: Some(0..1) };
        let beside = query("?$select=cnt_name&$top=5").with_table(Some(beside));
        assert_eq!(severities(&beside), [("DV0201".to_owned(), warning)]);
        let slip = query("contacts?$select=fullnme&$top=5");
        assert_eq!(severities(&slip), [("DV0203".to_owned(), error)], "a misspelling of a name that it has");
        let alone = FoundText { is_alone: true, ..own };
        assert_eq!(severities(&alone), [("DV0203".to_owned(), error)], "a query that is checked by itself");
    }

    #[test]
    fn the_name_of_a_table_beside_a_query_is_reported_at_its_place() {
        let source = "acount ?$select=name&$top=1";
        let table = FoundTable { name: TableName::Table("acount".into()), place: Some(0..6) };
        let text = text(source).slice(7..source.len());
        let diagnosis = diagnose(&FoundText::query("text", text.clone()).with_table(Some(table)));
        assert_eq!(wrong(source, &diagnosis), ["acount"]);
        let table = FoundTable { name: TableName::Table("account".into()), place: Some(0..6) };
        let diagnosis = diagnose(&FoundText::query("text", text).with_table(Some(table)));
        assert_eq!((diagnosis.coverage, diagnosis.diagnostics), (Coverage::Checked, vec![]));
    }
}
