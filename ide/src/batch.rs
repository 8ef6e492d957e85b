//! Answers batches: each line of input is a request as JSON, and gets one line of JSON as its response. The
//! batch commands of the command line (`check --batch` and others) use it; editors and other programs run
//! them.
//!
//! The responses have the order of the requests. Each repeats the `id` of its request byte for byte. A line
//! that cannot be used gets `{"id":…,"error":"…"}`, and the next line is read. Nothing is kept from one line
//! to the next except for open snapshots.

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

/// The response to one line of a batch. It is serialized as one JSON object.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum BatchResponse<'a> {
    /// The response to a request for a check.
    Check(CheckResponse<'a>),
    /// The response to a request for parsing.
    Parse(ParseResponse<'a>),
    /// The response to a request for a translation.
    Translate(TranslateResponse<'a>),
    /// The response to a line that cannot be used.
    Error(ErrorResponse<'a>),
}

/// The findings of a query, as `check --batch` reports them. In every response `id` is the first member; it
/// is `null` if the request has none.
#[derive(Debug, Serialize)]
pub struct CheckResponse<'a> {
    /// The `id` of the request; `None` if the request has none.
    pub id: Option<&'a RawValue>,
    /// Whether no finding is an error, so that Dataverse would accept the query.
    pub ok: bool,
    /// Whether the text is syntactically valid OData or FetchXML.
    pub parsed: bool,
    /// The findings. Their spans refer to the text of the query.
    pub diagnostics: Vec<Diagnostic>,
    /// The query with every certain fix applied, which Dataverse accepts; `None` if an error remains that has
    /// no certain fix.
    pub rewritten: Option<String>,
}

/// The syntax of a query, as `parse --batch` reports it.
#[derive(Debug, Serialize)]
pub struct ParseResponse<'a> {
    /// The `id` of the request; `None` if the request has none.
    pub id: Option<&'a RawValue>,
    /// Whether the text is syntactically valid OData or FetchXML.
    pub parsed: bool,
    /// The findings. Their spans refer to the text of the query.
    pub diagnostics: Vec<Diagnostic>,
    /// The query as the syntax tree prints it, in a normal form; `None` if the text is not syntactically
    /// valid.
    pub printed: Option<String>,
}

/// The translation of a query, as `translate --batch` reports it.
#[derive(Debug, Serialize)]
pub struct TranslateResponse<'a> {
    /// The `id` of the request; `None` if the request has none.
    pub id: Option<&'a RawValue>,
    /// Whether the query could be translated.
    pub ok: bool,
    /// The text of the translation; `None` if the query could not be translated.
    pub result: Option<String>,
    /// The differences between the results of the query and of its translation.
    pub notes: Vec<NoteResponse>,
    /// The findings of the check, and the reasons if the query could not be translated. Their spans refer to
    /// the text of the query.
    pub diagnostics: Vec<Diagnostic>,
    /// If the query could not be translated: the text of a translation without the parts that the other
    /// language cannot express. `None` if that text would select other rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
}

/// A difference between the results of a query and of its translation.
#[derive(Debug, Serialize)]
pub struct NoteResponse {
    /// The name of the kind of difference, such as `shape`.
    pub kind: &'static str,
    /// A sentence that describes the difference.
    pub text: String,
    /// The part of the query that causes the difference; `None` if no particular part does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}

/// The response to a line that cannot be used.
#[derive(Debug, Serialize)]
pub struct ErrorResponse<'a> {
    /// The `id` of the request; `None` if the line has none that can be read.
    pub id: Option<&'a RawValue>,
    /// The error message, which begins with the number of the line.
    pub error: String,
    /// Whether the cause is that the snapshot cannot be read, and not a mistake in the request. Other tables
    /// of the snapshot may still be readable.
    #[serde(skip)]
    pub is_failure: bool,
}

/// The `id` of a line whose other members are invalid; `None` if it has none.
#[derive(Deserialize)]
struct IdOnly<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
}

/// The reason why a line gets an error as its response.
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
    /// Returns the response to one line of `check --batch`. `number` is the number of the line, counted from
    /// 1.
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

    /// Returns the response to one line of `translate --batch`. `to` is the language of the translation, and
    /// `number` is the number of the line, counted from 1.
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

/// Returns the response to one line of `parse --batch`. `placeholders` says whether placeholders such as
/// `{id}` are accepted if the request does not say it. `number` is the number of the line, counted from 1.
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

/// Returns the check request for the query `text` of a batch line, with the other members of the line's JSON
/// object. `table` is the table in the object.
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
                let object = Some(text).filter(|text| text.starts_with('{'));
                let id =
                    object.and_then(|text| serde_json::from_str(text).ok()).and_then(|n: IdOnly<'_>| n.id);
                (id, Err(why.into()))
            }
        },
    };
    response.unwrap_or_else(|Refusal { why, is_failure }| {
        BatchResponse::Error(ErrorResponse { id, error: format!("line {number}: {why}"), is_failure })
    })
}
