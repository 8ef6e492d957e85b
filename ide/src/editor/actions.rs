//! Returns the changes of a query that an editor offers at a position: the fixes of findings, all certain fixes
//! together, and the query in the other language.

use dvkit_diagnostic::{Applicability, Code, Diagnostic, Edit, Span};
use dvkit_query::CheckOptions;
use dvkit_translate::{Language, TranslationOutcome};

use super::QueryContext;
use crate::{Error, QueryForm};

/// The maximum number of differences that the title of a translation names.
const MAX_DIFFERENCES: usize = 2;

/// A change of a query that an editor offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The title, such as ``replace by: `fullname` ``.
    pub title: String,
    /// The class of the action.
    pub class: ActionClass,
    /// The code of the finding that the action corrects; `None` if the action belongs to no finding.
    pub code: Option<Code>,
    /// The position of this finding; `None` if the action belongs to no finding.
    pub finding: Option<Span>,
    /// Whether the action is certainly what was intended.
    pub is_certain: bool,
    /// The edits of the query's text, which do not overlap.
    pub edits: Vec<Edit>,
}

/// The class of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActionClass {
    /// The correction of one finding.
    Fix,
    /// All certain corrections of the query together.
    FixAll,
    /// The query in the other language.
    Translate,
}

impl QueryContext<'_> {
    /// Returns the actions for the range `span` of the query: the corrections of the findings that touch it, all
    /// certain corrections, and the translation of the query. `options` are those of the check; placeholders are
    /// always accepted.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn actions(&self, span: Span, options: &CheckOptions) -> Result<Vec<Action>, Error> {
        let options = CheckOptions { placeholders: true, ..options.clone() };
        let Some(query) = self.query.with_table(self.table) else { return Ok(Vec::new()) };
        if let Some(table) = self.table
            && self.store.entry(table).is_none()
        {
            return Ok(Vec::new());
        }
        let text = self.query.as_str();
        let report = dvkit_query::check(self.store, query, &options)?;
        let touches = |d: &&Diagnostic| d.span.start <= span.end && span.start <= d.span.end;
        let mut actions: Vec<Action> =
            report.diagnostics.iter().filter(touches).flat_map(|d| fixes(d, text)).collect();
        let certain = report.diagnostics.iter().filter(|d| d.fix().is_some()).count();
        if let Some(rewritten) = report.rewritten.filter(|rewritten| rewritten != text) {
            actions.push(fix_all(certain, vec![difference(text, &rewritten)]));
        }
        actions.extend(self.translation(&options)?);
        Ok(actions)
    }

    /// Returns the action that writes the query in the other language; `None` if it cannot be translated, or if
    /// the text is some options of a query. A filter becomes a whole query, which names the table.
    pub(super) fn translation(&self, options: &CheckOptions) -> Result<Option<Action>, Error> {
        // Options are put behind a path, where the translation, a whole query, would be wrong.
        let is_filter = matches!(self.query, QueryForm::Filter(_));
        if !self.query.has_path() && !is_filter {
            return Ok(None);
        }
        let Some(query) = self.query.with_table(self.table) else { return Ok(None) };
        let to = match self.query {
            QueryForm::Fetch(_) => Language::OData,
            QueryForm::Filter(_) | QueryForm::Request(_) => Language::FetchXml,
        };
        let TranslationOutcome { translation: Some(done), .. } =
            dvkit_translate::translate(self.store, query, to, options)?
        else {
            return Ok(None);
        };
        let mut title = match is_filter {
            true => format!("write as a query in {}", to.name()),
            false => format!("write as {}", to.name()),
        };
        if !done.is_exact() {
            let texts: Vec<&str> =
                done.differences.iter().take(MAX_DIFFERENCES).map(|d| d.text.as_str()).collect();
            let more = if done.differences.len() > MAX_DIFFERENCES { "; …" } else { "" };
            title.push_str(&format!(" (not exactly the same: {}{more})", texts.join("; ")));
        }
        let text = self.query.as_str();
        Ok(Some(Action {
            title,
            class: ActionClass::Translate,
            code: None,
            finding: None,
            is_certain: false,
            edits: vec![Edit { span: Span::new(0, text.len()), replacement: done.text }],
        }))
    }
}

/// Returns the action that makes all `certain` certain corrections of a query.
pub(super) fn fix_all(certain: usize, edits: Vec<Edit>) -> Action {
    Action {
        title: match certain {
            0 | 1 => "fix the query".to_owned(),
            n => format!("fix all {n} findings of the query that have a certain fix"),
        },
        class: ActionClass::FixAll,
        code: None,
        finding: None,
        is_certain: true,
        edits,
    }
}

/// Returns an action for each suggestion of a finding about the text `text`.
pub(super) fn fixes(diagnostic: &Diagnostic, text: &str) -> Vec<Action> {
    let action = |suggestion: &dvkit_diagnostic::Suggestion| {
        // The sentence is the one that the command line shows after `help:`.
        let mut alone = diagnostic.clone();
        alone.help = None;
        alone.suggestions = vec![suggestion.clone()];
        let title = alone.advice(text).into_iter().next().unwrap_or_else(|| suggestion.message.clone());
        Action {
            title,
            class: ActionClass::Fix,
            code: Some(diagnostic.code),
            finding: Some(diagnostic.span),
            is_certain: suggestion.applicability == Applicability::MachineApplicable,
            edits: suggestion.edits.clone(),
        }
    };
    diagnostic.suggestions.iter().filter(|suggestion| !suggestion.edits.is_empty()).map(action).collect()
}

/// Returns the edit that turns `before` into `after`, without the text that both have at their ends.
fn difference(before: &str, after: &str) -> Edit {
    let same = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    let mut start = same;
    while !before.is_char_boundary(start) || !after.is_char_boundary(start) {
        start -= 1;
    }
    let shorter = before.len().min(after.len()) - start;
    let ends = before.bytes().rev().zip(after.bytes().rev()).take(shorter);
    let mut end = ends.take_while(|(a, b)| a == b).count();
    while !before.is_char_boundary(before.len() - end) || !after.is_char_boundary(after.len() - end) {
        end -= 1;
    }
    let replacement = after[start..after.len() - end].to_owned();
    Edit { span: Span::new(start, before.len() - end), replacement }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, sample};
    use super::*;

    fn actions(query: &str, table: Option<&str>, at: &str) -> Vec<(ActionClass, String, String)> {
        let store = sample();
        let at = query.find(at).unwrap();
        let found = context(&store, query, table).actions(Span::at(at), &CheckOptions::default()).unwrap();
        let done = |a: Action| (a.class, a.title, dvkit_diagnostic::apply(query, &a.edits).unwrap());
        found.into_iter().map(done).collect()
    }

    #[test]
    fn fixes_are_offered_where_the_finding_is() {
        let query = "contacts?$select=fullnme&$filter=statecode eq 'Active'&$top=5";
        let found = actions(query, None, "fullnme");
        assert_eq!(found[0].0, ActionClass::Fix);
        assert_eq!(found[0].2, query.replace("fullnme", "fullname"));
        let all = found.iter().find(|a| a.0 == ActionClass::FixAll).unwrap();
        assert_eq!(all.2, "contacts?$select=fullname&$filter=statecode eq 0&$top=5");
        assert!(actions(query, None, "contacts").iter().all(|a| a.0 != ActionClass::Fix));
    }

    #[test]
    fn a_whole_query_is_offered_in_the_other_language() {
        let found = actions("contacts?$select=fullname&$top=3", None, "fullname");
        let written = found.iter().find(|a| a.0 == ActionClass::Translate).unwrap();
        assert!(written.1.starts_with("write as FetchXML"), "{}", written.1);
        assert!(written.2.starts_with("<fetch"), "{}", written.2);
        let found = actions(&written.2, None, "fetch");
        assert!(
            found.iter().any(|a| a.0 == ActionClass::Translate && a.2.starts_with("contacts?")),
            "{found:?}"
        );
        let found = actions("statecode eq 0", Some("contact"), "0");
        let [(ActionClass::Translate, title, written)] = found.as_slice() else { panic!("{found:?}") };
        assert!(title.starts_with("write as a query in FetchXML"), "{title}");
        assert!(written.contains("name=\"contact\"") && written.contains("statecode"), "{written}");
        // Nothing says where options are put.
        assert!(actions("?$select=fullname&$top=1", Some("contact"), "fullname").is_empty());
    }

    #[test]
    fn a_translation_that_is_not_exact_says_so() {
        let query = "contacts?$select=fullname&$expand=parentcustomerid_account($select=name)&$top=3";
        let found = actions(query, None, "fullname");
        let written = found.iter().find(|a| a.0 == ActionClass::Translate).unwrap();
        assert!(written.1.contains("not exactly the same: "), "{}", written.1);
    }

    #[test]
    fn a_query_without_a_known_table_has_no_actions() {
        assert!(actions("statecode eq 0", None, "0").is_empty());
        assert!(actions("statecode eq 0", Some("no_such_table"), "0").is_empty());
    }

    #[test]
    fn an_edit_is_only_the_text_that_differs() {
        for (before, after) in
            [("abc", "abc"), ("a", ""), ("", "a"), ("aé", "aè"), ("aaa", "aa"), ("xéy", "xy")]
        {
            let edit = difference(before, after);
            assert_eq!(dvkit_diagnostic::apply(before, &[edit]).unwrap(), after);
        }
        assert_eq!(difference("a eq 1", "a eq 2"), Edit { span: Span::new(5, 6), replacement: "2".into() });
    }
}
