//! The batch contract with editors and other programs: requests and responses, one line of JSON each.
//!
//! Each request gets one response line, in the order of the requests, with its `id` byte for byte. A line
//! that cannot be used gets `{"id":…,"error":"…"}`, and the next line is read. Only the opened schemas are
//! kept from line to line.

use dvkit_diagnostic::{Diagnostic, Span};
use dvkit_translate::{Difference, Language, TranslationOutcome};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Error;
use crate::line_reader::Line;
use crate::query::{QueryForm, TableName};
use crate::request::BatchRequest;
use crate::syntax::ParsedQuery;
use crate::translate::TranslateOutcome;
use crate::workspace::{CheckOutcome, CheckRequest, Workspace};

/// The response to one line of a batch.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum BatchResponse<'a> {
    /// The response to a check.
    Check(CheckResponse<'a>),
    /// The response to a parse.
    Parse(ParseResponse<'a>),
    /// The response to a translation.
    Translate(TranslateResponse<'a>),
    /// The response to a line that cannot be used.
    Error(ErrorResponse<'a>),
}

/// The findings of a query. In every response `id` comes first; it is `null` if the request has none.
#[derive(Debug, Serialize)]
pub struct CheckResponse<'a> {
    /// The `id` of the request.
    pub id: Option<&'a RawValue>,
    /// Whether the query has no errors.
    pub ok: bool,
    /// Whether the text is syntactically valid OData or FetchXML.
    pub parsed: bool,
    /// The findings, with spans into the query.
    pub diagnostics: Vec<Diagnostic>,
    /// The corrected query that Dataverse accepts, if the correction is certain.
    pub rewritten: Option<String>,
}

/// The syntax of a query, as `parse --batch` reports it.
#[derive(Debug, Serialize)]
pub struct ParseResponse<'a> {
    /// The `id` of the request.
    pub id: Option<&'a RawValue>,
    /// Whether the text is syntactically valid OData or FetchXML.
    pub parsed: bool,
    /// The findings, with spans into the query.
    pub diagnostics: Vec<Diagnostic>,
    /// The query in its normal form.
    pub printed: Option<String>,
}

/// The translation of a query, as `translate --batch` reports it.
#[derive(Debug, Serialize)]
pub struct TranslateResponse<'a> {
    /// The `id` of the request.
    pub id: Option<&'a RawValue>,
    /// Whether the query could be translated.
    pub ok: bool,
    /// The text of the translation.
    pub result: Option<String>,
    /// The differences between the query and its translation.
    pub notes: Vec<NoteResponse>,
    /// The findings, with spans into the query.
    pub diagnostics: Vec<Diagnostic>,
    /// For a refused query, the query without the parts that have no translation, if it returns the same
    /// rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
}

/// A difference between a query and its translation.
#[derive(Debug, Serialize)]
pub struct NoteResponse {
    /// The name of the kind of difference.
    pub kind: &'static str,
    /// The difference, as a sentence.
    pub text: String,
    /// The part of the query that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}

/// The error response of a line that cannot be used.
#[derive(Debug, Serialize)]
pub struct ErrorResponse<'a> {
    /// The `id` of the request.
    pub id: Option<&'a RawValue>,
    /// The error message, with the line number.
    pub error: String,
    /// Whether the snapshot is damaged rather than the request. Other tables of the snapshot may still be
    /// readable.
    #[serde(skip)]
    pub is_failure: bool,
}

/// The `id` of a line whose other members are invalid.
#[derive(Deserialize)]
struct IdOnly<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
}

/// The error that replaces the normal response of a line.
struct Refusal {
    why: String,
    is_failure: bool,
}

impl From<String> for Refusal {
    fn from(why: String) -> Self {
        Self { why, is_failure: false }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { why: error.to_string(), is_failure: true }
    }
}

/// The error message for a filter without a table.
const NO_TABLE: &str = "no `table` and no `entity_set`";

impl Workspace {
    /// Returns the response to a line of `check --batch`.
    #[must_use]
    pub fn check_line<'l>(&self, number: usize, line: &Line<'l>) -> BatchResponse<'l> {
        answer(number, line, |request| {
            let (text, table) = (request.text()?, request.table()?);
            let (parsed, diagnostics, rewritten) = match self.check(&of(&request, text, table.as_ref()))? {
                CheckOutcome::Checked(checked) => (checked.parsed, checked.diagnostics, checked.rewritten),
                CheckOutcome::WrongTable { diagnostic, parsed } => (parsed, vec![*diagnostic], None),
                CheckOutcome::NoTable => return Err(NO_TABLE.to_owned().into()),
                CheckOutcome::NoOrg(why) => return Err(why.into()),
            };
            let ok = !diagnostics.iter().any(Diagnostic::is_error);
            Ok(BatchResponse::Check(CheckResponse { id: request.id, ok, parsed, diagnostics, rewritten }))
        })
    }

    /// Returns the response to a line of `translate --batch`.
    #[must_use]
    pub fn translate_line<'l>(&self, to: Language, number: usize, line: &Line<'l>) -> BatchResponse<'l> {
        answer(number, line, |request| {
            let (text, table) = (request.translated()?, request.table()?);
            let TranslationOutcome { translation, diagnostics, nearest, .. } =
                match self.translate(&of(&request, text, table.as_ref()), to)? {
                    TranslateOutcome::Translated(translated) => *translated,
                    TranslateOutcome::NoTable => return Err(NO_TABLE.to_owned().into()),
                    TranslateOutcome::NoOrg(why) => return Err(why.into()),
                };
            let note =
                |n: &Difference| NoteResponse { kind: n.kind.as_str(), text: n.text.clone(), span: n.span };
            Ok(BatchResponse::Translate(TranslateResponse {
                id: request.id,
                ok: translation.is_some(),
                notes: translation.iter().flat_map(|e| &e.differences).map(note).collect(),
                result: translation.map(|e| e.text),
                diagnostics,
                nearest,
            }))
        })
    }
}

/// Returns the response to a line of `parse --batch`; `placeholders` is the default for requests without that
/// member.
#[must_use]
pub fn parse_line<'l>(placeholders: bool, number: usize, line: &Line<'l>) -> BatchResponse<'l> {
    answer(number, line, |request| {
        let parsed = ParsedQuery::new(request.text()?, request.placeholders.unwrap_or(placeholders));
        Ok(BatchResponse::Parse(ParseResponse {
            id: request.id,
            parsed: parsed.is_ok(),
            diagnostics: parsed.diagnostics,
            printed: parsed.printed,
        }))
    })
}

/// Returns the check request of a batch line, with the members given beside its query.
fn of<'r>(
    request: &'r BatchRequest<'_>,
    text: QueryForm<'r>,
    table: Option<&'r TableName>,
) -> CheckRequest<'r> {
    CheckRequest::of_request(request, text, table)
}

fn answer<'l>(
    number: usize,
    line: &Line<'l>,
    respond: impl Fn(BatchRequest<'l>) -> Result<BatchResponse<'l>, Refusal>,
) -> BatchResponse<'l> {
    let (id, response) = match *line {
        Line::Unusable(why) => (None, Err(why.to_owned().into())),
        Line::Text(text) => match BatchRequest::read(text) {
            Ok(request) => (request.id, respond(request)),
            Err(why) => {
                let id = serde_json::from_str(text).ok().and_then(|n: IdOnly<'_>| n.id);
                (id, Err(why.into()))
            }
        },
    };
    response.unwrap_or_else(|Refusal { why, is_failure }| {
        BatchResponse::Error(ErrorResponse { id, error: format!("line {number}: {why}"), is_failure })
    })
}
