//! A workspace: schemas, settings, and the check of one query.

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

/// The settings that apply to all queries of a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The default table of queries.
    pub table: Option<TableName>,
    /// Whether template placeholders are accepted as values.
    pub placeholders: bool,
    /// The target tables of polymorphic lookups, by column, or by table and column.
    pub targets: BTreeMap<String, String>,
    /// The severity levels of findings.
    pub levels: Levels,
}

/// A workspace of schemas and settings, with the operations on queries.
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
    /// The snapshots.
    pub schemas: Schemas,
    /// The settings.
    pub settings: Settings,
}

/// A query to check, with the values given beside it.
#[derive(Clone, Copy, Debug)]
pub struct CheckRequest<'a> {
    /// The query.
    pub query: QueryForm<'a>,
    /// The table given beside the query, which overrides that of the settings.
    pub table: Option<&'a TableName>,
    /// The name of the query's organisation; `None` for the default.
    pub org: Option<&'a str>,
    /// The target tables of polymorphic lookups, which override those of the settings.
    pub targets: &'a BTreeMap<String, String>,
    /// Whether placeholders are accepted; overrides the setting.
    pub placeholders: Option<bool>,
}

impl<'a> CheckRequest<'a> {
    /// Creates a request without values beside the query.
    #[must_use]
    pub fn plain(query: QueryForm<'a>) -> Self {
        const NONE: &BTreeMap<String, String> = &BTreeMap::new();
        Self { query, table: None, org: None, targets: NONE, placeholders: None }
    }

    /// Creates a request from a JSON object; `table` is the result of [`table`](BatchRequest::table).
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

    /// Creates a request from a query of a document; `table` is the result of
    /// [`table_name`](QueryEntry::table_name).
    #[must_use]
    pub fn of_entry(entry: &'a QueryEntry<'_>, table: Option<&'a TableName>) -> Self {
        match &entry.request {
            Some(request) => Self::of_request(request, entry.text(), table),
            None => Self::plain(entry.text()),
        }
    }
}

/// The result of a check.
#[derive(Clone, Debug, PartialEq)]
pub enum CheckOutcome {
    /// The query was checked.
    Checked(Box<CheckReport>),
    /// The table given beside the query does not exist.
    WrongTable {
        /// The finding, with spans into the table name.
        diagnostic: Box<Diagnostic>,
        /// Whether the text is syntactically valid OData or FetchXML.
        parsed: bool,
    },
    /// The table of the query is not known.
    NoTable,
    /// The named organisation is unknown, or no organisation was named and there is no default; a sentence.
    NoOrg(String),
}

/// The table and options of a query, found before it is parsed.
pub(crate) enum Prepared<'s> {
    Ready(&'s Store, QueryText<'s>, CheckOptions),
    /// As [`CheckOutcome::WrongTable`].
    WrongTable {
        diagnostic: Box<Diagnostic>,
        parsed: bool,
    },
    /// As [`CheckOutcome::NoTable`].
    NoTable,
    /// As [`CheckOutcome::NoOrg`].
    NoOrg(String),
}

impl Workspace {
    /// Creates a workspace.
    #[must_use]
    pub fn new(schemas: Schemas, settings: Settings) -> Self {
        Self { schemas, settings }
    }

    /// Returns the snapshot of the organisation with this name, or the default snapshot.
    ///
    /// # Errors
    /// As [`Schemas::store`].
    pub fn store(&self, org: Option<&str>) -> Result<&Store, Error> {
        self.schemas.store(org)
    }

    /// Checks one query.
    ///
    /// # Errors
    /// If the snapshot cannot be read.
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

    /// Checks a query of a document, with the JSON members given beside it.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn check_entry(&self, entry: &QueryEntry<'_>) -> Result<CheckOutcome, Error> {
        self.check(&CheckRequest::of_entry(entry, entry.table_name().as_ref()))
    }

    /// Finds the snapshot, the table and the check options of a query.
    pub(crate) fn prepared<'s>(&'s self, request: &CheckRequest<'s>) -> Result<Prepared<'s>, Error> {
        let store = match self.store(request.org) {
            Ok(store) => store,
            Err(Error::Org(why)) => return Ok(Prepared::NoOrg(why)),
            Err(error) => return Err(error),
        };
        let placeholders = request.placeholders.unwrap_or(self.settings.placeholders);
        let table = request.table.or(self.settings.table.as_ref());
        // A single word that is an entity set is a request for its rows, unless a table marks it as a filter.
        let form = match request.query {
            QueryForm::Filter(word) if table.is_none() && store.table_by_entity_set(word).is_some() => {
                QueryForm::Request(word)
            }
            form => form,
        };
        let table = match table.map(|name| name.find(store)) {
            Some(Ok(entry)) => Some(entry.logical_name.as_str()),
            Some(Err(diagnostic)) => {
                return Ok(Prepared::WrongTable { diagnostic, parsed: parses(form, placeholders) });
            }
            None if form.has_path() => None,
            None => return Ok(Prepared::NoTable),
        };
        let mut targets = self.settings.targets.clone();
        config::overlay(&mut targets, request.targets);
        let severities = self.settings.levels.clone();
        let options = CheckOptions { targets, placeholders, severities, ..CheckOptions::default() };
        let Some(query) = form.with_table(table) else { return Ok(Prepared::NoTable) };
        Ok(Prepared::Ready(store, query, options))
    }
}

/// Returns whether the text is syntactically valid OData or FetchXML.
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
