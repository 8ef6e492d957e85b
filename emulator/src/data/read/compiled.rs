//! Checks queries and translates them to SQL, and keeps the results for the next request with the same text.
//!
//! What is kept never depends on the caller or on the time: the meaning of a text follows from the metadata
//! alone, and SQL is kept only if it is the same in a context in which everything is different. The members of
//! the rows and the context URL of the response are kept with it. A query for one row by its id is kept without the
//! id, which is a parameter of its SQL.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use dvkit_diagnostic::Diagnostic;
use dvkit_execute::sqlite::{Parameter, SqlQuery, StorageClass, to_sql_with};
use dvkit_execute::{Context, FiscalPeriod, FiscalSettings};
use dvkit_query::hir::{ColumnRef, Columns, Expansion, Join, Key, Property, Query, RelatedRows, Value};
use dvkit_query::{CheckOptions, QueryText, analyze};
use dvkit_schema::{ColumnType, Store};
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::{Offset, TimeZone};
use uuid::Uuid;

use super::super::service_error::ServiceError;
use super::super::session::Session;
use super::super::store::ROW_COLUMNS;
use super::super::url::RowUrl;
use super::context;
use super::expand_text::ExpandText;
use super::fields::RowFields;
use super::findings;
use super::paging::Cursor;
use super::template::UrlTemplate;

/// The most queries that are kept for one state of the organisation.
const MAX_QUERIES: usize = 256;
/// The longest text of a query that is kept, in bytes.
const MAX_TEXT_BYTES: usize = 2_048;

/// The queries that were checked against one state of the organisation. They are dropped with the state, when the
/// schema changes.
#[derive(Debug, Default)]
pub(crate) struct QueryCache {
    /// The queries by their language and text.
    queries: BoundedMap<CheckedQuery>,
    /// The requests for one row by its id, by the template of their URL as sent, so that the URLs of further rows are
    /// neither decoded nor encoded. A map of their own keeps them when many other URLs follow.
    row_requests: BoundedMap<KnownRequest>,
    /// The other requests for rows by their URL as sent, so that a repeated URL is neither decoded nor encoded again.
    requests: BoundedMap<KnownRequest>,
}

/// Values by texts, up to a number of them. Clones of a value share it.
#[derive(Debug)]
struct BoundedMap<V>(Mutex<HashMap<String, Arc<V>>>);

/// A request for rows whose query the check accepted. If it is kept for further rows, only its options apply to
/// them, not its path.
#[derive(Debug)]
pub(super) struct KnownRequest {
    pub(super) url: RowUrl,
    pub(super) checked: Arc<CheckedQuery>,
}

/// A query that the check accepted.
#[derive(Debug)]
pub(super) struct CheckedQuery {
    /// The query. If it is kept for the ids of all rows, its key is the id of the row that was requested first.
    pub(super) query: Query,
    /// The SQL for the first page, without and with the columns that only formatted values need; `None` if it
    /// depends on the caller or on the time.
    plans: [OnceLock<Option<Arc<Plan>>>; 2],
    /// The expansions as written, for the links to their rows.
    texts: Vec<ExpandText>,
    /// The member with the context URL of a response with rows, as JSON.
    context: OnceLock<String>,
}

/// The SQL for the first page of a query.
#[derive(Debug)]
pub(super) struct Plan {
    /// The query without its page, with the columns that paging and annotations need.
    pub(super) query: Query,
    /// The columns by which the next page is found; `None` if it is found by the number of rows.
    pub(super) cursor: Option<Cursor>,
    pub(super) sql: SqlQuery,
    /// The members of the rows of `sql`, and of every statement for another page of them.
    pub(super) fields: RowFields,
    /// The parameter of `sql` that is the id of the row, for a query that is kept for all ids.
    id_parameter: Option<usize>,
}

impl<V> Default for BoundedMap<V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<V> BoundedMap<V> {
    fn get(&self, text: &str) -> Option<Arc<V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(text).cloned()
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn put(&self, text: &str, value: &Arc<V>) {
        if text.len() > MAX_TEXT_BYTES {
            return;
        }
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if values.len() >= MAX_QUERIES {
            values.clear();
        }
        values.insert(text.to_owned(), Arc::clone(value));
    }
}

impl QueryCache {
    /// Returns the request with this URL, or the request for another row with the same template, if it is kept. The
    /// id is that of the row in `url`, for a query that is kept for all ids.
    pub(super) fn request(&self, url: &str) -> Option<(Arc<KnownRequest>, Option<Uuid>)> {
        match UrlTemplate::of(url) {
            Some(template) => Some((self.row_requests.get(&template.text)?, Some(template.id))),
            None => Some((self.requests.get(url)?, None)),
        }
    }

    /// Keeps the request with this URL, for all rows if its query is kept for all ids. `id` is the id that [`checked`]
    /// returned with the query. A URL with a token for a further page is not kept, because it is hardly ever sent
    /// twice.
    pub(super) fn keep_request(&self, url: &str, request: &Arc<KnownRequest>, id: Option<Uuid>) {
        match (UrlTemplate::of(url), id) {
            (Some(template), Some(_)) => self.row_requests.put(&template.text, request),
            (None, None) if request.url.option("$skiptoken").is_none() => self.requests.put(url, request),
            // An id that is percent-encoded in the URL, or a query that is not kept for all ids.
            _ => {}
        }
    }
}

/// Checks a query. `texts` returns its expansions as written.
///
/// Returns the query, and the id of the row that `text` requests if the query is kept for the ids of all rows. Then
/// the query's own key may be another one.
///
/// # Errors
/// Returns the service's error for the first finding that is an error.
pub(super) fn checked(
    session: &Session<'_>,
    text: QueryText<'_>,
    texts: impl FnOnce() -> Vec<ExpandText>,
) -> Result<(Arc<CheckedQuery>, Option<Uuid>), ServiceError> {
    let cache = &session.state.query_cache.queries;
    let (language, template) = match text {
        QueryText::FetchXml(_) => ('f', None),
        _ => ('o', UrlTemplate::of(text.text())),
    };
    let id = template.as_ref().map(|template| template.id);
    // Templates have a letter of their own, because a template may be the text of another query.
    let key = template
        .map_or_else(|| format!("{language}{}", text.text()), |template| format!("t{}", template.text));
    if let Some(known) = cache.get(&key) {
        return Ok((known, id));
    }
    let analysis = analyze(session.store, text, &CheckOptions::default())?;
    let table = analysis.table.as_deref();
    if let Some(finding) = analysis.diagnostics.into_iter().find(Diagnostic::is_error) {
        return Err(match text {
            QueryText::FetchXml(fetch) => findings::of_fetch(session.store, fetch, finding),
            _ => findings::of_request(session.store, text.text(), table, finding),
        });
    }
    let query = analysis.query.ok_or_else(|| ServiceError::bad("The query cannot be resolved."))?;
    let checked = Arc::new(CheckedQuery { texts: texts(), ..CheckedQuery::once(*query) });
    if id.is_some_and(|id| !checked.is_row_with(id)) {
        return Ok((checked, None));
    }
    cache.put(&key, &checked);
    Ok((checked, id))
}

impl CheckedQuery {
    /// Returns a query that is not kept, without expansions.
    pub(super) fn once(query: Query) -> Self {
        Self { query, plans: Default::default(), texts: Vec::new(), context: OnceLock::new() }
    }

    /// Reports whether the query is one for the row with this id, so that the same query with another key is one for
    /// another row.
    fn is_row_with(&self, id: Uuid) -> bool {
        let Query { opaque, source, .. } = &self.query;
        opaque.is_none() && source.steps.is_empty() && source.key == Some(Key::Id(Value::Guid(id)))
    }

    /// Returns the query for the row with this id; without an id, the query itself.
    pub(super) fn query_for(&self, id: Option<Uuid>) -> Cow<'_, Query> {
        match id {
            Some(id) if !self.is_row_with(id) => Cow::Owned(with_id(&self.query, id)),
            _ => Cow::Borrowed(&self.query),
        }
    }

    /// Returns the member with the context URL of the query's rows, as JSON. `url` is the request with the query.
    /// `single` says whether the query returns one row.
    ///
    /// # Errors
    /// Returns an error if the table cannot be read.
    pub(super) fn context(
        &self,
        session: &Session<'_>,
        url: &RowUrl,
        single: bool,
    ) -> Result<&str, ServiceError> {
        if let Some(known) = self.context.get() {
            return Ok(known);
        }
        let context = context::of_rows(session, &self.query, url, &self.texts, single)?;
        Ok(self.context.get_or_init(|| context::member(&context)))
    }

    /// Returns the SQL for the first page, after making sure that its tables exist. `formatted` says whether
    /// formatted values are rendered. `id` is the id of the row, for a query that is kept for all ids;
    /// [`Plan::bound_id`] has to be bound to the SQL.
    ///
    /// # Errors
    /// Returns an error with the status 501 if SQL cannot express the query.
    pub(super) fn plan(
        &self,
        session: &Session<'_>,
        formatted: bool,
        id: Option<Uuid>,
    ) -> Result<Arc<Plan>, ServiceError> {
        let kept = self.plans.get(usize::from(formatted));
        if let Some(Some(plan)) = kept.and_then(OnceLock::get) {
            session.ensure(&plan.sql.tables)?;
            return Ok(Arc::clone(plan));
        }
        let (query, cursor) = paged(session, &self.query_for(id), formatted)?;
        let sql = session.sql(&query)?;
        let fields = RowFields::of_query(session, &self.query, &sql.rows, &self.texts)?;
        let mut plan = Plan { query, cursor, sql, fields, id_parameter: None };
        let Some(kept) = kept.filter(|kept| kept.get().is_none()) else { return Ok(Arc::new(plan)) };
        let is_same = plan.is_same_elsewhere(session, id);
        let plan = Arc::new(plan);
        kept.get_or_init(|| is_same.then(|| Arc::clone(&plan)));
        Ok(plan)
    }
}

impl Plan {
    /// Reports whether the SQL depends neither on the caller nor on the time, and on `id`, which is the id in the
    /// query's key, in one parameter only. Sets that parameter.
    fn is_same_elsewhere(&mut self, session: &Session<'_>, id: Option<Uuid>) -> bool {
        let other_id = id.map(|id| Uuid::from_u128(!id.as_u128()));
        let query = other_id.map_or(Cow::Borrowed(&self.query), |id| Cow::Owned(with_id(&self.query, id)));
        let Ok(mut other) = to_sql_with(&query, session.store, &other_context(session), ROW_COLUMNS) else {
            return false;
        };
        if let (Some(own_id), Some(other_id)) = (id.and_then(id_value), other_id.and_then(id_value)) {
            let pairs = self.sql.rows.parameters.iter().zip(&mut other.rows.parameters).enumerate();
            let found = pairs.into_iter().find(|(_, (own, other))| **own == own_id && **other == other_id);
            let Some((index, (_, other))) = found else { return false };
            *other = own_id;
            self.id_parameter = Some(index);
        }
        other == self.sql
    }

    /// Returns the index and the value of the parameter that is the id of the row, for a query that is kept for all
    /// ids.
    pub(super) fn bound_id(&self, id: Option<Uuid>) -> Option<(usize, Parameter)> {
        Some((self.id_parameter?, id_value(id?)?))
    }
}

/// Returns an id as a parameter of SQL.
fn id_value(id: Uuid) -> Option<Parameter> {
    StorageClass::Guid.encode(&Value::Guid(id)).map(Parameter::SqlValue)
}

/// Returns a query for one row as the query for the row with another id.
fn with_id(query: &Query, id: Uuid) -> Query {
    let mut query = query.clone();
    query.source.key = Some(Key::Id(Value::Guid(id)));
    query
}

/// Returns a context that differs from the session's in everything.
fn other_context(session: &Session<'_>) -> Context {
    let own = &session.context;
    Context {
        now: if own.now == Timestamp::UNIX_EPOCH { Timestamp::MAX } else { Timestamp::UNIX_EPOCH },
        zone: TimeZone::fixed(Offset::constant(11)),
        user: Uuid::from_u128(1),
        business_unit: Uuid::from_u128(2),
        teams: vec![Uuid::from_u128(3)],
        language: own.language + 1,
        fiscal: FiscalSettings { period: FiscalPeriod::FourWeeks, start: date(2001, 7, 4) },
    }
}

/// Returns a query without its page, and with the columns that paging and formatted values need.
fn paged(
    session: &Session<'_>,
    query: &Query,
    formatted: bool,
) -> Result<(Query, Option<Cursor>), ServiceError> {
    let mut paged = query.clone();
    paged.page = dvkit_query::hir::Page::default();
    let cursor = Cursor::of(session, &paged)?;
    if let Some(cursor) = &cursor {
        cursor.select(&mut paged);
    }
    if formatted && paged.grouping.is_none() && !paged.distinct {
        add_currency(session.store, &paged.table, None, &mut paged.columns);
        add_currency_to_joins(session.store, &mut paged.joins);
        add_currency_to_expansions(session.store, &mut paged.expand);
    }
    Ok((paged, cursor))
}

/// The column with the currency of a row.
pub(super) const CURRENCY: &str = "transactioncurrencyid";

/// Adds the currency to the columns of a row that contain an amount of money.
fn add_currency(store: &Store, table: &str, join: Option<&str>, columns: &mut Columns) {
    let Columns::Listed(listed) = columns else { return };
    let Some(table) = store.table(table).ok().flatten() else { return };
    let is_money = |column: &ColumnRef| {
        table.column(&column.column).is_some_and(|c| matches!(c.ty, ColumnType::Money { .. }))
    };
    if table.column(CURRENCY).is_none()
        || !listed.iter().any(is_money)
        || listed.iter().any(|column| column.column == CURRENCY)
    {
        return;
    }
    listed.push(ColumnRef {
        scope: 0,
        join: join.map(Into::into),
        path: Vec::new(),
        column: CURRENCY.to_owned(),
        property: Property::Lookup,
    });
}

fn add_currency_to_joins(store: &Store, joins: &mut [Join]) {
    for join in joins {
        // The columns of a join have the same reference to their row.
        let own = match &join.columns {
            Columns::Listed(listed) => listed.first().and_then(|column| column.join.clone()),
            Columns::All => None,
        };
        add_currency(store, &join.table, own.as_deref(), &mut join.columns);
        add_currency_to_joins(store, &mut join.joins);
    }
}

fn add_currency_to_expansions(store: &Store, expansions: &mut [Expansion]) {
    for expansion in expansions {
        let table = match &expansion.to {
            RelatedRows::One(link) => &link.table,
            RelatedRows::Many(collection) => &collection.table,
        };
        add_currency(store, table, None, &mut expansion.columns);
        add_currency_to_expansions(store, &mut expansion.expand);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::StatusCode;

    use super::*;
    use crate::Emulator;

    #[tokio::test]
    async fn reads_of_different_rows_share_one_plan() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
        let running = Emulator::from_store(&Store::open(folder).unwrap()).unwrap().start().await.unwrap();
        let id = |n: usize| Uuid::from_u128(n as u128);
        let rows = (0..2 * MAX_QUERIES).map(|n| {
            let values = [("accountid", Value::Guid(id(n))), ("name", Value::Text(format!("n{n}")))];
            values.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
        });
        running.insert_rows("account", rows).unwrap();
        let get = |path: String| running.respond("ann", http::Request::get(path).body(Bytes::new()).unwrap());
        for n in 0..2 * MAX_QUERIES {
            let response = get(format!("/api/data/v9.2/accounts({})?$select=name", id(n)));
            assert_eq!(response.status(), StatusCode::OK);
            let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
            assert_eq!(body["name"], format!("n{n}"));
        }
        let state = running.shared().organisation.now();
        for kept in [state.query_cache.queries.len(), state.query_cache.row_requests.len()] {
            assert_eq!(kept, 1);
        }
        let (known, own) = state.query_cache.request(&format!("accounts({})?$select=name", id(7))).unwrap();
        assert_eq!(own, Some(id(7)));
        let plan = known.checked.plans[0].get().unwrap().as_ref().unwrap();
        assert_eq!(plan.id_parameter, Some(0));
    }
}
