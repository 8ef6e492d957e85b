//! The entry points of checking: analyse a text, then put right what is certain.

use std::collections::BTreeMap;

use dvkit_diagnostic::{Code, Diagnostic, Severity, limit_findings};
use dvkit_schema::{Store, StoreError};
use odata_parser::ParseLimits;

use crate::analysis::{Analysis, QueryText, analyze};
use crate::fix::{Fixed, fix};
use crate::hir::Query;

/// How to check.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The table that a polymorphic lookup is taken to point to, by lookup column (`parentcustomerid` → `account`), or
    /// by table and column (`contact.parentcustomerid`), which counts for more.
    pub targets: BTreeMap<String, String>,
    /// Accept placeholders of templates (`{id}`, `${id}`, `@{…}`) as values of any type.
    pub placeholders: bool,
    /// Bounds on the text.
    pub limits: ParseLimits,
    /// What becomes of findings by code: another severity, or `None` for silence. Findings of syntax (DV00xx) stay as
    /// they are: a text that cannot be read cannot be checked.
    pub severities: BTreeMap<Code, Option<Severity>>,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// Is it syntactically OData, or FetchXML?
    pub parsed: bool,
    /// The table of the rows that are asked for, by logical name, where that is known.
    pub table: Option<String>,
    /// What there is to say, by place: [`Limits::findings`] of it at most, and then a last finding counts the rest. `rewritten`
    /// goes by all of it.
    pub diagnostics: Vec<Diagnostic>,
    /// What it means, where every name and value could be resolved; it is the meaning of `rewritten` too (where a long
    /// list of comparisons became an `In`, in that form).
    pub query: Option<Query>,
    /// The text that Dataverse accepts: the same text where nothing is to be changed, or every machine-applicable
    /// suggestion applied; none where an error is left that no tool can mend.
    pub rewritten: Option<String>,
}

impl Checked {
    /// Would Dataverse accept it as written? True where no finding is an error.
    #[must_use]
    pub fn ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Checks a query in any of its forms.
///
/// Spans are into the text as it was given, and `rewritten` is a text of the same form.
///
/// # Errors
/// Only where the snapshot cannot be read, or does not hold the table that `query` names beside its text
/// ([`find_table`](crate::find_table) tells that better). Whatever is wrong with the text is in the diagnostics.
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
pub fn check(store: &Store, query: QueryText<'_>, options: &Options) -> Result<Checked, StoreError> {
    let analysis = analyze(store, query, options)?;
    let (rewritten, untold) = match fix(store, query, &analysis, options)? {
        Fixed::Text(text) => (Some(text), None),
        Fixed::Left(untold) => (None, untold),
    };
    let query_text = query.text();
    let Analysis { parsed, mut diagnostics, query, table, .. } = analysis;
    if diagnostics.is_empty() {
        return Ok(Checked { parsed, table, diagnostics, query: query.map(|query| *query), rewritten });
    }
    // What is wrong with the text that its fixes lead to is told where the first of them stands.
    if let Some(left) = untold
        && let Some(span) = diagnostics.iter().find(|d| d.is_error() && d.fix().is_some()).map(|d| d.span)
    {
        let message = format!("mended so, {}", left.message);
        let told = Diagnostic::new(left.code, Severity::Error, span, message);
        diagnostics.push(match left.help {
            Some(help) => told.help(help),
            None => told,
        });
    }
    diagnostics.sort_by_key(|d| (d.span.start, d.span.end));
    let diagnostics = limit_findings(diagnostics, query_text.len(), options.limits.findings);
    Ok(Checked { parsed, table, diagnostics, query: query.map(|query| *query), rewritten })
}

/// Checks a `$filter` on the rows of `table` (a logical name), percent-encoded or not; short for [`check`].
///
/// # Errors
/// As [`check`].
pub fn check_filter(
    store: &Store,
    table: &str,
    filter: &str,
    options: &Options,
) -> Result<Checked, StoreError> {
    check(store, QueryText::Filter { table, text: filter }, options)
}

/// Checks a whole request; short for [`check`]. `table` is what a request without a path is about, by logical name.
///
/// # Errors
/// As [`check`].
pub fn check_request(
    store: &Store,
    table: Option<&str>,
    request: &str,
    options: &Options,
) -> Result<Checked, StoreError> {
    check(store, QueryText::Request { table, text: request }, options)
}

/// Checks a FetchXML query; short for [`check`].
///
/// # Errors
/// Only where the snapshot cannot be read. A table that it does not hold is in the diagnostics.
pub fn check_fetchxml(store: &Store, fetch: &str, options: &Options) -> Result<Checked, StoreError> {
    check(store, QueryText::FetchXml(fetch), options)
}
