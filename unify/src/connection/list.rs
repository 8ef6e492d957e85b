//! Lists the records of a resource: one request for a page.

use dvkit::by_name::{Condition, Expand, Query, column, filter_text};
use dvkit_client::{Page, Prefer, Request};
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Connection;
use super::cursor::{ListCursor, MAX_TRAIL, PagePlace};
use super::fetched::FetchedPage;
use super::filter::{self, FieldFilter, FilterOperator, TableFilter};
use super::read::Issue;
use crate::error::{Error, Result};
use crate::mapping::{Cell, CellKind, CompiledField, CompiledTable, FieldSource, RecordSource, TemplatePart};
use crate::model::{FieldType, Record};

/// The number of records of a page if the request does not say it.
pub const DEFAULT_LIMIT: u32 = 100;

/// The maximum number of records of a page. The service gives at most so many.
pub const MAX_LIMIT: u32 = 5_000;

/// A request for the records of a resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[must_use = "a request does nothing until it is sent"]
pub struct ListRequest {
    /// The conditions that records have to meet, all of them.
    pub filters: Vec<FieldFilter>,
    /// Only records that were created after this time.
    pub created_after: Option<jiff::Timestamp>,
    /// Only records that were created before this time.
    pub created_before: Option<jiff::Timestamp>,
    /// Only records that were changed after this time.
    pub modified_after: Option<jiff::Timestamp>,
    /// Only records that were changed before this time.
    pub modified_before: Option<jiff::Timestamp>,
    /// Only records that have this text in their names, subjects or email addresses.
    pub search: Option<String>,
    /// The fields by which the records are ordered, each with whether the greatest value comes first.
    pub sort: Vec<(String, bool)>,
    /// The number of records of a page, from 1 to [`MAX_LIMIT`]; [`DEFAULT_LIMIT`] if it is not given.
    pub limit: Option<u32>,
    /// Whether records have the row itself as `remote_data`.
    pub remote_data: bool,
    /// The cursor of the page; `None` for the first page.
    #[serde(skip)]
    pub cursor: Option<String>,
}

impl ListRequest {
    /// Returns a request for all records of a resource, with `remote_data`.
    pub fn new() -> Self {
        Self { remote_data: true, ..Self::default() }
    }

    /// Adds a condition: the field `field` has the value `value`.
    pub fn filter(self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.compare(field, FilterOperator::Eq, value)
    }

    /// Adds a condition that compares a field.
    pub fn compare(
        mut self,
        field: impl Into<String>,
        operator: FilterOperator,
        value: impl Into<Value>,
    ) -> Self {
        self.filters.push(FieldFilter { field: field.into(), operator, value: value.into() });
        self
    }

    /// Restricts the records to those that were changed after a time.
    pub fn modified_after(mut self, time: jiff::Timestamp) -> Self {
        self.modified_after = Some(time);
        self
    }

    /// Restricts the records to those that have a text in their names, subjects or email addresses.
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.search = Some(text.into());
        self
    }

    /// Orders the records by a field, after the fields of earlier calls.
    pub fn sort_by(mut self, field: impl Into<String>) -> Self {
        self.sort.push((field.into(), false));
        self
    }

    /// Orders the records by a field with the greatest value first, after the fields of earlier calls.
    pub fn sort_by_descending(mut self, field: impl Into<String>) -> Self {
        self.sort.push((field.into(), true));
        self
    }

    /// Sets the number of records of a page.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Leaves the rows themselves out of the records.
    pub fn without_remote_data(mut self) -> Self {
        self.remote_data = false;
        self
    }

    /// Continues at a cursor of an earlier page. Everything else has to be the same as in the request of that page.
    pub fn cursor(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some(cursor.into());
        self
    }
}

/// A page of records.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ListPage {
    /// The records.
    pub result: Vec<Record>,
    /// The cursor of the next page; `None` if there is none.
    pub next_cursor: Option<String>,
    /// The cursor of the page before; `None` if there is none. A cursor remembers a few pages, so that going back
    /// ends before the first page if many pages were read.
    pub previous_cursor: Option<String>,
    /// The values that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
}

/// A table with the condition on its rows.
struct ListedTable<'c> {
    table: &'c CompiledTable,
    conditions: Vec<Condition>,
}

impl Connection {
    /// Returns a page of the records of a resource. It takes one request to the service.
    ///
    /// # Errors
    /// Returns an error if the resource or a field is unknown, if a value does not fit, if the cursor belongs to
    /// another request, and if the service refuses the request.
    pub async fn list(&self, resource: &str, request: &ListRequest) -> Result<ListPage> {
        self.fetch(resource, request).await?.into_records()
    }

    /// Reads a page of the records of a resource, without making the records. It takes one request to the service.
    ///
    /// # Errors
    /// Returns the errors of [`Connection::list`].
    pub async fn fetch(&self, resource: &str, request: &ListRequest) -> Result<FetchedPage> {
        let mut fetched = FetchedPage::new(self, resource, request.remote_data);
        let limit = request.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Error::field("limit", format!("`limit` is from 1 to {MAX_LIMIT}, and not {limit}")));
        }
        let text = serde_json::to_string(request).map_err(|error| Error::invalid(error.to_string()))?;
        // The links of the service select the columns of the mapping with which they were made.
        let context = self.cursor_context(resource, &format!("list {:x} {text}", self.digest(resource)));
        let place: ListCursor = match &request.cursor {
            Some(cursor) => self.cursor_key().open(cursor, &context)?,
            None => ListCursor { page: PagePlace { table: 0, link: None }, before: Vec::new() },
        };
        let tables = match &self.resource(resource)?.records {
            RecordSource::Tables(tables) => tables,
            RecordSource::Fixed(records) => {
                fetched.page = super::fixed::list(resource, records, request, limit)?;
                return Ok(fetched);
            }
        };
        let listed = self.listed(resource, tables, request)?;
        if listed.len() > 1 && !request.sort.is_empty() {
            let names: Vec<&str> = listed.iter().map(|listed| listed.table.table.as_str()).collect();
            let message = format!(
                "`{resource}` are the rows of {} tables ({}), which cannot be sorted together; filter by a field that \
                 only one of them has",
                names.len(),
                names.join(", ")
            );
            return Err(Error::field("sort", message));
        }
        let Some(current) = listed.get(place.page.table) else { return Ok(fetched) };
        let prefer = || Prefer::new().annotations("*").max_page_size(limit);
        let http = match &place.page.link {
            Some(link) => Request::get(link.clone()).prefer(prefer()),
            None => {
                let query = self.list_query(current, request)?.page_size(limit);
                query.request()?.prefer(prefer())
            }
        };
        let mut pages = self.client().text_pages(http);
        let page = pages.try_next().await?;
        let Page { rows, next, .. } = page.ok_or_else(|| Error::invalid("the service sent no page"))?;
        fetched.table =
            tables.iter().position(|table| std::ptr::eq(table, current.table)).unwrap_or_default();
        fetched.rows = rows.into_iter().collect::<dvkit_client::Result<_>>()?;
        let result = &mut fetched.page;
        let following = match next {
            Some(link) => Some(PagePlace { table: place.page.table, link: Some(link) }),
            None if place.page.table + 1 < listed.len() => {
                Some(PagePlace { table: place.page.table + 1, link: None })
            }
            None => None,
        };
        if let Some(following) = following {
            let mut before = place.before.clone();
            before.push(place.page.clone());
            if before.len() > MAX_TRAIL {
                before.remove(0);
            }
            let cursor = ListCursor { page: following, before };
            result.next_cursor = Some(self.cursor_key().seal(&cursor, &context)?);
        }
        let mut before = place.before;
        if let Some(page) = before.pop() {
            let cursor = ListCursor { page, before };
            result.previous_cursor = Some(self.cursor_key().seal(&cursor, &context)?);
        }
        Ok(fetched)
    }

    /// Returns the tables whose rows can meet the filters of a request.
    fn listed<'c>(
        &self,
        resource: &str,
        tables: &'c [CompiledTable],
        request: &ListRequest,
    ) -> Result<Vec<ListedTable<'c>>> {
        for filter in &request.filters {
            self.known_field(resource, &filter.field, tables)?;
        }
        for (field, _) in &request.sort {
            self.known_field(resource, field, tables)?;
        }
        let times = [
            ("created_at", request.created_after, true),
            ("created_at", request.created_before, false),
            ("updated_at", request.modified_after, true),
            ("updated_at", request.modified_before, false),
        ];
        let times: Vec<_> =
            times.into_iter().filter_map(|(field, time, after)| Some((field, time?, after))).collect();
        for (field, ..) in &times {
            if !tables.iter().any(|table| time_column(table, field).is_some()) {
                let message = format!("`{resource}` do not have `{field}` in this organisation");
                return Err(Error::field(*field, message));
            }
        }
        let mut listed = Vec::new();
        'tables: for table in tables {
            let mut conditions = Vec::new();
            for (field, time, after) in &times {
                let Some(name) = time_column(table, field) else { continue 'tables };
                conditions.push(if *after { column(name).gt(*time) } else { column(name).lt(*time) });
            }
            for filter in &request.filters {
                match filter::table_filter(resource, table, filter)? {
                    TableFilter::All => {}
                    TableFilter::None => continue 'tables,
                    TableFilter::Rows(condition) => conditions.push(*condition),
                }
            }
            if let Some(text) = &request.search {
                conditions.push(search(resource, table, text)?);
            }
            listed.push(ListedTable { table, conditions });
        }
        Ok(listed)
    }

    fn list_query(&self, listed: &ListedTable<'_>, request: &ListRequest) -> Result<Query> {
        let mut query = self.row_query(listed.table)?;
        if let Some(filter) = &listed.table.filter {
            query = query.filter(filter_text(filter.clone(), []));
        }
        for condition in &listed.conditions {
            query = query.filter(condition.clone());
        }
        for (name, descending) in &request.sort {
            let path = sort_path(listed.table, name)?;
            query = if *descending { query.order_by_descending(path) } else { query.order_by(path) };
        }
        if !request.sort.is_empty() {
            // Rows with equal values need an order of their own, or pages repeat and lose rows.
            query = query.order_by(&listed.table.primary_id);
        }
        Ok(query)
    }

    /// Returns the query for the columns of a table's records, without conditions.
    pub(super) fn row_query(&self, table: &CompiledTable) -> Result<Query> {
        self.row_query_with(table, std::iter::empty())
    }

    /// Returns the query for the columns of a table's records and further ones, without conditions.
    pub(super) fn row_query_with<'c>(
        &self,
        table: &CompiledTable,
        further: impl Iterator<Item = &'c str>,
    ) -> Result<Query> {
        let mut query = self.own_columns_query(table, further)?;
        let mut expand: Vec<(&str, Vec<&str>)> = Vec::new();
        let mut add = |navigation, column| match expand.iter_mut().find(|(name, _)| *name == navigation) {
            Some((_, columns)) if columns.contains(&column) => {}
            Some((_, columns)) => columns.push(column),
            None => expand.push((navigation, vec![column])),
        };
        for field in readable(table) {
            if let (Some(currency), true) = (&table.currency, has_amounts(field)) {
                add(currency.navigation.as_str(), currency.code.as_str());
            }
            if let FieldSource::Path { navigation, cell } = &field.source {
                add(navigation, &cell.column);
            }
        }
        for (navigation, columns) in expand {
            query = query.expand(Expand::new(navigation).select(columns));
        }
        Ok(query)
    }

    /// Returns the query for the columns of the table itself and further ones, with the lookup of the currency if there are
    /// amounts.
    pub(super) fn own_columns_query<'c>(
        &self,
        table: &CompiledTable,
        further: impl Iterator<Item = &'c str>,
    ) -> Result<Query> {
        let mut select: Vec<String> = vec![table.primary_id.clone()];
        select.extend(further.map(str::to_owned));
        for field in readable(table) {
            select.extend(cells(&field.source).into_iter().map(|cell| cell.column.clone()));
            if let (Some(currency), true) = (&table.currency, has_amounts(field)) {
                select.push(currency.column.clone());
            }
            if let FieldSource::Hook(name) = &field.source {
                select.extend(self.hooks().get(name).map(|hook| hook.columns()).unwrap_or_default());
            }
        }
        select.sort_unstable();
        select.dedup();
        Ok(self.organisation().table(&table.table)?.query().select(select))
    }
}

/// Returns the column with the time of the creation or the last change of a row: the one that `created_at` or
/// `updated_at` is mapped to, otherwise that of the table itself.
fn time_column<'t>(table: &'t CompiledTable, field: &str) -> Option<&'t str> {
    match table.field(field).map(|field| &field.source) {
        Some(FieldSource::Cell(cell)) if cell.kind == CellKind::Time && cell.filterable => Some(&cell.column),
        _ if field == "created_at" => table.created_on.as_deref(),
        _ => table.modified_on.as_deref(),
    }
}

fn readable(table: &CompiledTable) -> impl Iterator<Item = &CompiledField> {
    table.fields.iter().chain(&table.custom).filter(|field| field.readable)
}

/// Returns whether records of a table have amounts of money.
pub(super) fn tells_amounts(table: &CompiledTable) -> bool {
    readable(table).any(has_amounts)
}

fn has_amounts(field: &CompiledField) -> bool {
    cells(&field.source).iter().any(|cell| cell.kind == CellKind::Money)
}

/// Returns the columns of the row itself that a source reads.
pub(crate) fn cells(source: &FieldSource) -> Vec<&Cell> {
    match source {
        FieldSource::Cell(cell)
        | FieldSource::Split { cell, .. }
        | FieldSource::Lookup { cell, .. }
        | FieldSource::Enum { cell, .. }
        | FieldSource::ChoiceReference { cell, .. } => vec![cell],
        FieldSource::Template(parts) => parts
            .iter()
            .filter_map(|part| match part {
                TemplatePart::Cell(cell) => Some(cell),
                TemplatePart::Text(_) => None,
            })
            .collect(),
        FieldSource::List(items) => {
            items.iter().flat_map(|item| item.cells.iter().map(|(_, cell)| cell)).collect()
        }
        FieldSource::Path { .. } | FieldSource::Constant(_) | FieldSource::Hook(_) => Vec::new(),
    }
}

/// Returns the column by which rows are ordered.
fn sort_path(table: &CompiledTable, name: &str) -> Result<String> {
    let refused = || Error::field(name, format!("records cannot be sorted by `{name}`"));
    let field = table.field(name).ok_or_else(refused)?;
    match &field.source {
        FieldSource::Cell(cell)
        | FieldSource::Enum { cell, .. }
        | FieldSource::ChoiceReference { cell, .. }
            if cell.filterable && cell.kind != CellKind::Choices =>
        {
            Ok(cell.column.clone())
        }
        FieldSource::Path { navigation, cell } if cell.filterable => {
            Ok(format!("{navigation}/{}", cell.column))
        }
        _ => Err(refused()),
    }
}

/// The fields of texts that a search looks at, besides email addresses and the name of the row.
const SEARCHED: &[&str] = &[
    "name",
    "first_name",
    "last_name",
    "title",
    "subject",
    "topic",
    "company_name",
    "email",
    "account_number",
];

fn search(resource: &str, table: &CompiledTable, text: &str) -> Result<Condition> {
    let mut conditions = Vec::new();
    for field in &table.fields {
        match &field.source {
            FieldSource::Cell(cell)
                if field.readable
                    && matches!(field.ty, FieldType::Text | FieldType::Any)
                    && cell.kind == CellKind::Text
                    && cell.filterable
                    && (SEARCHED.contains(&field.name.as_str())
                        || table.primary_name.as_ref() == Some(&cell.column)) =>
            {
                conditions.push(column(&cell.column).contains(text));
            }
            FieldSource::List(items) if field.readable && field.ty == FieldType::EmailAddresses => {
                let cells = items.iter().flat_map(|item| &item.cells).filter(|(_, cell)| cell.filterable);
                conditions.extend(cells.map(|(_, cell)| column(&cell.column).contains(text)));
            }
            _ => {}
        }
    }
    Condition::any_of(conditions).ok_or_else(|| {
        Error::field("search", format!("`{resource}` have no fields in which a text could be searched"))
    })
}

/// Returns the error of a row that is not a JSON object.
pub(super) fn unreadable(error: &serde_json::Error) -> Error {
    Error::invalid(format!("the service sent a row that is no object: {error}"))
}
