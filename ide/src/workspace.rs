//! Defines a workspace, which consists of snapshots and settings, and checks one query with it. The other
//! operations on queries, such as fixing and translating, are methods of [`Workspace`] too.

use std::collections::BTreeMap;

use dvkit_diagnostic::Diagnostic;
use dvkit_query::{CheckOptions, CheckReport, QueryText};
use dvkit_schema::Store;
use odata_parser::{RequestText, parse_filter_recovering, parse_request_recovering};

use crate::Error;
use crate::config;
use crate::document::QueryEntry;
use crate::levels::Levels;
use crate::query::{QueryForm, TableName};
use crate::request::BatchRequest;
use crate::schemas::Schemas;

/// The settings that apply to all queries of a workspace, unless a query has its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The table of queries that do not name one; `None` if there is no such default.
    pub table: Option<TableName>,
    /// Whether placeholders of templates such as `{id}` are accepted as values; otherwise they are errors.
    pub placeholders: bool,
    /// The tables that polymorphic lookups are assumed to point to. A key is a column, or a table and a
    /// column (`contact.parentcustomerid`).
    pub targets: BTreeMap<String, String>,
    /// The severities of findings, for codes whose severity is changed.
    pub levels: Levels,
}

/// A workspace: snapshots and settings, with the operations on queries as its methods.
///
/// ```
/// use dvkit_ide::{CheckOutcome, CheckRequest, Schemas, Settings, QueryForm, Workspace};
/// let workspace = Workspace::new(Schemas::of(dvkit_ide::sample::open()?), Settings::default());
/// let query = QueryForm::read("contacts?$select=fullnme&$filter=statecode eq 0");
/// let CheckOutcome::Checked(checked) = workspace.check(&CheckRequest::plain(query))? else { unreachable!() };
/// assert_eq!(checked.diagnostics[0].span.of(query.as_str()), "fullnme");
/// assert_eq!(checked.rewritten.as_deref(), Some("contacts?$select=fullname&$filter=statecode eq 0"));
/// # Ok::<(), dvkit_ide::Error>(())
/// ```
#[derive(Debug)]
pub struct Workspace {
    /// The snapshots that queries are checked against.
    pub schemas: Schemas,
    /// The settings that apply to all queries.
    pub settings: Settings,
}

/// A query to check, with the options that apply to it alone.
#[derive(Clone, Copy, Debug)]
pub struct CheckRequest<'a> {
    /// The text of the query with its form.
    pub query: QueryForm<'a>,
    /// The table of the query, if its text does not name one; it overrides the table of the settings. `None`
    /// if the settings apply.
    pub table: Option<&'a TableName>,
    /// The name of the organisation that the query is for; `None` for the default one.
    pub org: Option<&'a str>,
    /// The tables that polymorphic lookups are assumed to point to, which override those of the settings.
    pub targets: &'a BTreeMap<String, String>,
    /// Whether placeholders such as `{id}` are accepted; `None` if the settings apply.
    pub placeholders: Option<bool>,
}

impl<'a> CheckRequest<'a> {
    /// Returns a request for a query without options of its own.
    #[must_use]
    pub fn plain(query: QueryForm<'a>) -> Self {
        const NONE: &BTreeMap<String, String> = &BTreeMap::new();
        Self { query, table: None, org: None, targets: NONE, placeholders: None }
    }

    /// Returns a request for `query`, with the options in the JSON object `request`. `table` is the result of
    /// [`BatchRequest::table`].
    #[must_use]
    pub fn of_request(
        request: &'a BatchRequest<'_>,
        query: QueryForm<'a>,
        table: Option<&'a TableName>,
    ) -> Self {
        Self {
            query,
            table,
            org: request.org.as_deref(),
            targets: &request.targets,
            placeholders: request.placeholders,
        }
    }

    /// Returns a request for a query of a document, with the options in its JSON object. `table` is the
    /// result of [`QueryEntry::table_name`].
    #[must_use]
    pub fn of_entry(entry: &'a QueryEntry<'_>, table: Option<&'a TableName>) -> Self {
        match &entry.request {
            Some(request) => Self::of_request(request, entry.text(), table),
            None => Self::plain(entry.text()),
        }
    }
}

/// The result of checking a query of a workspace.
#[derive(Clone, Debug, PartialEq)]
pub enum CheckOutcome {
    /// The query was checked. The field has the findings.
    Checked(Box<CheckReport>),
    /// The table given for the query does not exist, so the query was not checked.
    WrongTable {
        /// The finding about the table. Its spans refer to the table name.
        diagnostic: Box<Diagnostic>,
        /// Whether the text is syntactically valid OData or FetchXML.
        parsed: bool,
    },
    /// The query names no table, and no table was given for it.
    NoTable,
    /// The organisation named for the query is unknown, or none is named and there is no default
    /// organisation. The field is a sentence that says so.
    NoOrg(String),
}

/// The snapshot, the table and the options of a query, or the reason why the query cannot be checked.
pub(crate) enum Prepared<'s> {
    Ready(&'s Store, QueryText<'s>, CheckOptions),
    /// The table given for the query does not exist, as in [`CheckOutcome::WrongTable`].
    WrongTable {
        diagnostic: Box<Diagnostic>,
        parsed: bool,
    },
    /// The query names no table, as in [`CheckOutcome::NoTable`].
    NoTable,
    /// There is no such organisation, as in [`CheckOutcome::NoOrg`].
    NoOrg(String),
}

impl Workspace {
    /// Returns a workspace with these snapshots and settings.
    #[must_use]
    pub fn new(schemas: Schemas, settings: Settings) -> Self {
        Self { schemas, settings }
    }

    /// Returns the snapshot of the organisation `org`, or the default snapshot if `org` is `None`.
    ///
    /// # Errors
    /// Returns [`Error::Org`] if there is no such organisation, or no default; returns another error if the
    /// snapshot cannot be read.
    pub fn store(&self, org: Option<&str>) -> Result<&Store, Error> {
        self.schemas.store(org)
    }

    /// Checks one query.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn check(&self, request: &CheckRequest<'_>) -> Result<CheckOutcome, Error> {
        let (store, query, options) = match self.prepared(request)? {
            Prepared::Ready(store, query, options) => (store, query, options),
            Prepared::WrongTable { diagnostic, parsed } => {
                return Ok(CheckOutcome::WrongTable { diagnostic, parsed });
            }
            Prepared::NoTable => return Ok(CheckOutcome::NoTable),
            Prepared::NoOrg(why) => return Ok(CheckOutcome::NoOrg(why)),
        };
        let checked = dvkit_query::check(store, query, &options)?;
        Ok(CheckOutcome::Checked(Box::new(checked)))
    }

    /// Checks a query of a document, with the options in its JSON object.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn check_entry(&self, entry: &QueryEntry<'_>) -> Result<CheckOutcome, Error> {
        self.check(&CheckRequest::of_entry(entry, entry.table_name().as_ref()))
    }

    /// Finds the snapshot, the table and the check options for a query. Returns an error if the snapshot
    /// cannot be read.
    pub(crate) fn prepared<'s>(&'s self, request: &CheckRequest<'s>) -> Result<Prepared<'s>, Error> {
        let store = match self.store(request.org) {
            Ok(store) => store,
            Err(Error::Org(why)) => return Ok(Prepared::NoOrg(why)),
            Err(error) => return Err(error),
        };
        let options = self.check_options(request);
        let table = request.table.or(self.settings.table.as_ref());
        let form = form_for(store, request.query, table.is_some());
        let table = match table.map(|name| name.find(store)) {
            Some(Ok(entry)) => Some(entry.logical_name.as_str()),
            Some(Err(diagnostic)) => {
                let parsed = parses(form, options.placeholders);
                return Ok(Prepared::WrongTable { diagnostic, parsed });
            }
            None if form.has_path() => None,
            None => return Ok(Prepared::NoTable),
        };
        let Some(query) = form.with_table(table) else { return Ok(Prepared::NoTable) };
        Ok(Prepared::Ready(store, query, options))
    }

    /// Returns the options with which a query is checked: those of the settings, and those of the request.
    #[must_use]
    pub fn check_options(&self, request: &CheckRequest<'_>) -> CheckOptions {
        let placeholders = request.placeholders.unwrap_or(self.settings.placeholders);
        let mut targets = self.settings.targets.clone();
        config::overlay(&mut targets, request.targets);
        let severities = self.settings.levels.clone();
        CheckOptions { targets, placeholders, severities, ..CheckOptions::default() }
    }
}

/// Returns the form of a query on the snapshot `store`. A single word that is an entity set is a request for its
/// rows, unless a table marks it as a filter; `has_table` says whether there is one.
pub(crate) fn form_for<'a>(store: &Store, query: QueryForm<'a>, has_table: bool) -> QueryForm<'a> {
    match query {
        QueryForm::Filter(word) if !has_table && store.table_by_entity_set(word).is_some() => {
            QueryForm::Request(word)
        }
        form => form,
    }
}

/// Returns whether the text is syntactically valid OData or FetchXML. `placeholders` says whether
/// placeholders such as `{id}` are accepted.
fn parses(form: QueryForm<'_>, placeholders: bool) -> bool {
    let options = odata_parser::ParseOptions { placeholders, ..Default::default() };
    match form {
        QueryForm::Filter(text) => parse_filter_recovering(text, &options).is_ok(),
        QueryForm::Request(text) => parse_request_recovering(&RequestText::new(text), &options).is_ok(),
        QueryForm::Fetch(text) => {
            let options = fetchxml::ParseOptions { placeholders, ..Default::default() };
            fetchxml::parse_text(&fetchxml::FetchText::new(text), &options).is_ok()
        }
    }
}
