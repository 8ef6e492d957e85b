//! Contains the entry points for checking a query, such as [`check`]. The command line, the macros and build
//! scripts call them.
//!
//! A check analyses the text, applies the fixes that are certain, and returns all findings together with the
//! fixed text.

use dvkit_diagnostic::{Diagnostic, Severity, limit_findings};
use dvkit_schema::{Store, StoreError};

use crate::CheckOptions;
use crate::analysis::{Analysis, QueryText, analyze};
use crate::fix::{FixOutcome, fix};
use crate::hir::Query;

/// The result of checking a query: its findings, its meaning and the fixed text.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckReport {
    /// Whether the text is syntactically valid OData or FetchXML.
    pub parsed: bool,
    /// The logical name of the table whose rows the query selects; `None` if it is unknown.
    pub table: Option<String>,
    /// The findings, in the order of the text. At most
    /// [`ParseLimits::findings`](odata_parser::ParseLimits::findings) are kept; if there are more, a last
    /// finding states how many were dropped. `rewritten` contains the fixes of the dropped findings too.
    pub diagnostics: Vec<Diagnostic>,
    /// The meaning of the original text; `None` if a name or value in the text could not be resolved.
    /// `rewritten` has the same meaning, except that it may contain one query function `In` in place of a
    /// long chain of comparisons.
    pub query: Option<Query>,
    /// The text that Dataverse accepts: the original text with every machine-applicable suggestion applied.
    /// This is the original text itself if no suggestion applies. `None` if an error remains that has no
    /// automatic fix.
    pub rewritten: Option<String>,
}

impl CheckReport {
    /// Returns whether Dataverse would accept the query as written, which means that no finding is an error.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Checks a query in any of its three forms: a filter, a request or FetchXML.
///
/// All spans in the report refer to the text of `query`, and [`CheckReport::rewritten`] has the form of
/// `query`.
///
/// # Errors
/// Returns an error if the snapshot cannot be read. Mistakes in the query are not errors here; they are in
/// [`CheckReport::diagnostics`]. One of them is a [`QueryText::Filter`] for a table that the snapshot does
/// not contain; call [`find_table`](crate::find_table) first to get similar table names.
///
/// ```
/// use dvkit_query::{QueryText, check};
/// use dvkit_schema::{Schema, Store, Table};
/// let account = Table { logical_name: "account".into(), entity_set: Some("accounts".into()), ..Table::default() };
/// let mut schema = Schema::default();
/// schema.tables.insert("account".into(), account);
/// let store = Store::from_schema(schema);
///
/// let request = QueryText::Request { table: None, text: "acounts?$top=3" };
/// let checked = check(&store, request, &Default::default())?;
/// assert_eq!(checked.rewritten.as_deref(), Some("accounts?$top=3"));
/// # Ok::<(), dvkit_schema::StoreError>(())
/// ```
pub fn check(store: &Store, query: QueryText<'_>, options: &CheckOptions) -> Result<CheckReport, StoreError> {
    let analysis = analyze(store, query, options)?;
    if analysis.diagnostics.is_empty() {
        let Analysis { parsed, diagnostics, query: meaning, table, .. } = analysis;
        let rewritten = Some(query.text().to_owned());
        let meaning = meaning.map(|meaning| *meaning);
        return Ok(CheckReport { parsed, table, diagnostics, query: meaning, rewritten });
    }
    let (rewritten, new_error) = match fix(store, query, &analysis, options)? {
        FixOutcome::Accepted(text) => (Some(text), None),
        FixOutcome::NotFixed(new_error) => (None, new_error),
    };
    let query_text = query.text();
    let Analysis { parsed, mut diagnostics, query, table, .. } = analysis;
    // An error that only the fixed text has is reported where the first fixed error is.
    if let Some(left) = new_error
        && let Some(span) = diagnostics.iter().find(|d| d.is_error() && d.fix().is_some()).map(|d| d.span)
    {
        let message = format!("mended so, {}", left.message);
        let diagnostic = Diagnostic::new(left.code, Severity::Error, span, message);
        diagnostics.push(match left.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        });
    }
    diagnostics.sort_by_key(|d| (d.span.start, d.span.end));
    let diagnostics = limit_findings(diagnostics, query_text.len(), options.limits.findings);
    Ok(CheckReport { parsed, table, diagnostics, query: query.map(|query| *query), rewritten })
}

/// Checks a `$filter` expression on the rows of `table` (a logical name). `filter` may be percent-encoded.
/// Calling this function is the same as calling [`check`] with a [`QueryText::Filter`].
///
/// # Errors
/// Returns an error if the snapshot cannot be read. An unknown table is not an error here; it is in the
/// diagnostics.
pub fn check_filter(
    store: &Store,
    table: &str,
    filter: &str,
    options: &CheckOptions,
) -> Result<CheckReport, StoreError> {
    check(store, QueryText::Filter { table, text: filter }, options)
}

/// Checks a whole request. `table` is the logical name of the queried table for a request without a path,
/// such as `?$select=name`; it is ignored if the request has a path. Calling this function is the same as
/// calling [`check`] with a [`QueryText::Request`].
///
/// # Errors
/// Returns an error if the snapshot cannot be read. Mistakes in the request are not errors here; they are in
/// the diagnostics.
pub fn check_request(
    store: &Store,
    table: Option<&str>,
    request: &str,
    options: &CheckOptions,
) -> Result<CheckReport, StoreError> {
    check(store, QueryText::Request { table, text: request }, options)
}

/// Checks the FetchXML query `fetch`. Calling this function is the same as calling [`check`] with a
/// [`QueryText::FetchXml`].
///
/// # Errors
/// Returns an error if the snapshot cannot be read. An unknown table is not an error here; it is in the
/// diagnostics.
pub fn check_fetchxml(store: &Store, fetch: &str, options: &CheckOptions) -> Result<CheckReport, StoreError> {
    check(store, QueryText::FetchXml(fetch), options)
}
