//! Reads the query of a call, and writes findings and corrected queries into answers.

use dvkit_diagnostic::printable::is_printable;
use dvkit_diagnostic::{Diagnostic, LineIndex, Severity, Span};
use dvkit_ide::{CheckOutcome, CheckRequest, QueryForm, TableName};
use dvkit_query::CheckReport;
use serde_json::{Value, json};

use super::{ToolError, Tools, objects, text};
use crate::arguments::Arguments;
use crate::budget::Answer;

/// The maximum number of characters of a query that a finding quotes.
const MAX_QUOTED: usize = 80;

/// A query as a call gives it.
#[derive(Debug)]
pub(super) struct GivenQuery<'a> {
    pub(super) form: QueryForm<'a>,
    pub(super) table: Option<TableName>,
    pub(super) org: Option<&'a str>,
    pub(super) placeholders: bool,
}

impl<'a> GivenQuery<'a> {
    /// Reads the query of a call, which is in exactly one of three arguments.
    pub(super) fn read(tools: &'a Tools, arguments: &'a Arguments) -> Result<Self, ToolError> {
        Self::with_text(tools, arguments, |text| text.trim_start_matches('\u{feff}').trim(), QueryForm::read)
    }

    /// Reads the query of a call with the spaces around it, so that positions refer to the text that was given.
    pub(super) fn untrimmed(tools: &'a Tools, arguments: &'a Arguments) -> Result<Self, ToolError> {
        Self::with_text(tools, arguments, |text| text, QueryForm::untrimmed)
    }

    fn with_text(
        tools: &'a Tools,
        arguments: &'a Arguments,
        prepare: fn(&'a str) -> &'a str,
        read: fn(&'a str) -> QueryForm<'a>,
    ) -> Result<Self, ToolError> {
        let all = ["query", "filter", "fetchxml"];
        let given: Vec<(&str, &str)> =
            all.iter().filter_map(|name| Some((*name, arguments.text(name)?))).collect();
        let (name, text) = match given[..] {
            [one] => one,
            [] => {
                return Err(ToolError::new(
                    "which query? pass `query`, or `filter` with `table`, or `fetchxml`",
                ));
            }
            [(one, _), (other, _), ..] => {
                return Err(ToolError::new(format!("pass `{one}` or `{other}`, not both: one query a call")));
            }
        };
        let text = prepare(text);
        let form = match (name, read(text)) {
            ("filter", QueryForm::Request(_)) if !text.starts_with(['?', '$']) => QueryForm::Filter(text),
            ("fetchxml", QueryForm::Filter(_)) => QueryForm::Fetch(text),
            (_, form) => form,
        };
        let table = arguments.text("table").map(|name| TableName::Table(name.trim().to_owned()));
        let org = tools.org(arguments.text("org"))?;
        Ok(Self { form, table, org, placeholders: arguments.flag("placeholders") })
    }

    /// Returns the request for the checks of the workspace.
    pub(super) fn request(&self) -> CheckRequest<'_> {
        CheckRequest {
            table: self.table.as_ref(),
            org: self.org,
            placeholders: self.placeholders.then_some(true),
            ..CheckRequest::plain(self.form)
        }
    }

    /// Checks the query. A wrong name in `table` is an error, because no query was checked then.
    pub(super) fn check(&self, tools: &Tools) -> Result<Box<CheckReport>, ToolError> {
        match tools.workspace().check(&self.request())? {
            CheckOutcome::Checked(report) => Ok(report),
            CheckOutcome::WrongTable { diagnostic, .. } => Err(self.wrong_table(&diagnostic)),
            CheckOutcome::NoTable => Err(no_table()),
            CheckOutcome::NoOrg(why) => Err(ToolError::new(why)),
        }
    }

    /// Returns the error for a wrong name in `table`.
    pub(super) fn wrong_table(&self, diagnostic: &Diagnostic) -> ToolError {
        let name = self.table.as_ref().map_or("", TableName::as_str);
        let mut sentence = format!("`table`: {}", diagnostic.message);
        for advice in diagnostic.advice(name) {
            sentence.push_str(&format!("; {advice}"));
        }
        ToolError::new(sentence)
    }
}

/// Returns the error for a query whose table is unknown.
pub(super) fn no_table() -> ToolError {
    ToolError::new("the query names no table: pass `table`, or write a request such as `contacts?$filter=…`")
}

/// Returns the JSON schemas of the members that [`findings`] and [`rewritten`] add.
pub(super) fn members() -> Value {
    let finding = json!({
        "code": text("Code of the kind of mistake; `explain` says more about it"),
        "severity": {"type": "string", "enum": ["error", "warning", "note"]},
        "message": text("What is wrong"),
        "at": text("The part of the query that is wrong"),
        "span": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2,
            "description": "First byte of that part in the query, and the byte after it"},
        "line": {"type": "integer"},
        "notes": {"type": "array", "items": {"type": "string"}},
        "help": {"type": "array", "items": {"type": "string"}, "description": "What to write instead"},
    });
    json!({
        "rewritten": text("The right query, with every certain fix; use it instead of the one that was given"),
        "findings": objects("What is wrong with the query, errors first", finding, &["severity", "message"]),
    })
}

/// Adds the members of `more` to those of `members`.
pub(super) fn with_members(more: Value) -> Value {
    let mut all = members();
    if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
        all.extend(more);
    }
    all
}

/// Adds the corrected query, if there is one and it differs from `query`.
pub(super) fn rewritten(answer: &mut Answer, query: QueryForm<'_>, rewritten: Option<&str>) {
    if let Some(right) = rewritten.filter(|right| *right != query.as_str()) {
        let right = spelled_out(query, right);
        answer.member("rewritten", right.as_str(), &format!("rewritten: {right}"));
    }
}

/// Returns the text of a query in which characters that are not printable are written as escapes of its language,
/// so that it can be shown and means the same.
pub(super) fn spelled_out(form: QueryForm<'_>, text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match form {
            _ if is_printable(c) => out.push(c),
            QueryForm::Fetch(_) if matches!(c, '\n' | '\t') => out.push(c),
            QueryForm::Fetch(_) => out.push_str(&format!("&#x{:x};", u32::from(c))),
            QueryForm::Request(_) => out.push_str(&odata_parser::url::encode(c.encode_utf8(&mut [0; 4]))),
            // The answer escapes it visibly.
            QueryForm::Filter(_) => out.push(c),
        }
    }
    out
}

/// Adds the findings, errors first. `source` is the text that their spans refer to.
pub(super) fn findings(answer: &mut Answer, source: &str, diagnostics: &[Diagnostic]) {
    by_severity(answer, source, &diagnostics.iter().collect::<Vec<_>>(), None);
}

/// Adds the findings like [`findings`]. `lines` are the lines of the source, if each finding says its own.
pub(super) fn by_severity(
    answer: &mut Answer,
    source: &str,
    diagnostics: &[&Diagnostic],
    lines: Option<&LineIndex<'_>>,
) {
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        for diagnostic in diagnostics.iter().filter(|d| d.severity == severity) {
            if !finding(answer, source, diagnostic, lines) {
                return;
            }
        }
    }
}

fn finding(
    answer: &mut Answer,
    source: &str,
    diagnostic: &Diagnostic,
    lines: Option<&LineIndex<'_>>,
) -> bool {
    let Diagnostic { code, severity, message, span, .. } = diagnostic;
    let mut value = json!({"code": code.to_string(), "severity": severity.as_str(), "message": message});
    let mut line = format!("{}[{code}]", severity.as_str());
    if let Some(lines) = lines {
        let (number, _) = lines.line_column(*span);
        value["line"] = number.into();
        line.push_str(&format!(" line {number}"));
    }
    let at = quoted(*span, source);
    value["span"] = json!([span.start, span.end]);
    if !at.is_empty() {
        line.push_str(&format!(" at `{at}`"));
        value["at"] = at.into();
    }
    line.push_str(&format!(": {message}"));
    let notes: Vec<Value> = diagnostic
        .labels
        .iter()
        .map(|label| {
            let note = format!("`{}`: {}", quoted(label.span, source), label.message);
            line.push_str(&format!("; {note}"));
            note.into()
        })
        .collect();
    if !notes.is_empty() {
        value["notes"] = notes.into();
    }
    let help = diagnostic.advice(source);
    if !help.is_empty() {
        line.push_str(&format!("; {}", help.join("; ")));
        value["help"] = help.into();
    }
    answer.item("findings", value, &line)
}

/// Returns the part of the query at `span`, or the beginning of it if it is long.
pub(super) fn quoted(span: Span, source: &str) -> String {
    let part = span.of(source);
    match part.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}…", part.get(..end).unwrap_or_default()),
        None => part.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_is_not_printable_is_written_as_its_language_escapes_it() {
        for (text, fetch, request, filter) in [
            ("", "", "", ""),
            ("a é", "a é", "a é", "a é"),
            ("a\tb\n", "a\tb\n", "a%09b%0A", "a\tb\n"),
            ("\r", "&#xd;", "%0D", "\r"),
            ("\u{7}x\u{202e}", "&#x7;x&#x202e;", "%07x%E2%80%AE", "\u{7}x\u{202e}"),
        ] {
            assert_eq!(spelled_out(QueryForm::Fetch(""), text), fetch, "{text:?}");
            assert_eq!(spelled_out(QueryForm::Request(""), text), request, "{text:?}");
            assert_eq!(spelled_out(QueryForm::Filter(""), text), filter, "{text:?}");
        }
    }

    #[test]
    fn a_piece_of_a_query_is_quoted_up_to_eighty_characters() {
        let source = "é".repeat(90);
        for (characters, expected) in [
            (0, String::new()),
            (79, "é".repeat(79)),
            (80, "é".repeat(80)),
            (81, format!("{}…", "é".repeat(80))),
            (90, format!("{}…", "é".repeat(80))),
        ] {
            assert_eq!(quoted(Span::new(0, 2 * characters), &source), expected, "{characters}");
        }
        assert_eq!(quoted(Span::new(2, 3), "abcd"), "c");
    }

    #[test]
    fn a_right_query_is_told_if_it_is_another_one() {
        for (form, right, expected) in [
            (QueryForm::Filter("a"), None, ("", json!({}))),
            (QueryForm::Filter("a"), Some("a"), ("", json!({}))),
            (QueryForm::Filter("a"), Some("b"), ("rewritten: b", json!({"rewritten": "b"}))),
            (QueryForm::Request("a"), Some("b\r"), ("rewritten: b%0D", json!({"rewritten": "b%0D"}))),
        ] {
            let mut answer = Answer::new(crate::DEFAULT_BUDGET);
            rewritten(&mut answer, form, right);
            let answer = answer.finish();
            assert_eq!((answer.text.as_str(), answer.structured.unwrap()), expected, "{form:?} {right:?}");
        }
    }

    #[test]
    fn a_finding_is_told_with_its_places_and_its_advice() {
        let source = "one\ntwo three";
        let plain = Diagnostic::error(dvkit_diagnostic::code::UNKNOWN_COLUMN, Span::new(4, 7), "wrong");
        let nowhere = Diagnostic::error(dvkit_diagnostic::code::UNKNOWN_COLUMN, Span::new(4, 4), "wrong");
        for (diagnostic, has_lines, line, value) in [
            (
                &plain,
                false,
                "error[DV0203] at `two`: wrong",
                json!({"code": "DV0203", "severity": "error", "message": "wrong", "at": "two", "span": [4, 7]}),
            ),
            (
                &plain,
                true,
                "error[DV0203] line 2 at `two`: wrong",
                json!({"code": "DV0203", "severity": "error", "message": "wrong", "at": "two", "span": [4, 7], "line": 2}),
            ),
            (
                &nowhere,
                false,
                "error[DV0203]: wrong",
                json!({"code": "DV0203", "severity": "error", "message": "wrong", "span": [4, 4]}),
            ),
        ] {
            let mut answer = Answer::new(crate::DEFAULT_BUDGET);
            let lines = LineIndex::new(source);
            by_severity(&mut answer, source, &[diagnostic], has_lines.then_some(&lines));
            let answer = answer.finish();
            assert_eq!((answer.text.as_str(), answer.structured), (line, Some(json!({"findings": [value]}))));
        }
    }
}
