//! Reads what changed since an earlier time: by change tracking, which tells deletions, or by the time of the last
//! change where a table has no change tracking.

use dvkit::by_name::{Query, column, filter_text};
use dvkit_client::{Change, Page, Prefer, Request, RowText};
use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Connection;
use super::changed::{Before, incomplete};
use super::list::{DEFAULT_LIMIT, MAX_LIMIT};
use super::read::Issue;
use crate::error::{Error, Result};
use crate::mapping::{CompiledTable, FieldSource, RecordSource};
use crate::model::Record;

/// How changes are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeMethod {
    /// The service tracks the changes of all tables of the resource: deletions are told, and nothing is missed.
    ChangeTracking,
    /// At least one table has no change tracking, so that its rows are compared by the time of their last change:
    /// deletions are not told.
    ModifiedTime,
}

/// A page of changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangesPage {
    /// The records that were created or changed.
    pub changed: Vec<Record>,
    /// The ids of those among [`changed`](Self::changed) that are new: created after all that were seen before. In the
    /// beginning of a copy all are new; where a table has no time of creation, later none are.
    pub created: Vec<String>,
    /// The ids of the records that were deleted, and of changed rows that do not meet the filter of the resource: whether
    /// they met it before is not known.
    pub deleted: Vec<String>,
    /// The cursor of what follows, to be kept for the next time.
    pub next_cursor: String,
    /// Whether more changes can be read at once.
    pub has_more: bool,
    /// How changes are found.
    pub method: ChangeMethod,
    /// The values that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
}

/// Where reading goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct ChangesCursor {
    /// The table that is read now.
    #[serde(rename = "t")]
    table: usize,
    /// The page of the table that is read now; `None` if its first page comes next.
    #[serde(rename = "r")]
    run: Option<TableRun>,
    /// Where each table goes on the next time; `None` for a table that was not read yet.
    #[serde(rename = "p")]
    places: Vec<Option<TablePlace>>,
}

/// The reading of one table, between two of its pages.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct TableRun {
    /// The link of the next page; `None` for the first page.
    #[serde(rename = "l")]
    link: Option<String>,
    /// When the first page was asked for, for tables without change tracking.
    #[serde(rename = "s")]
    started: Timestamp,
    /// The latest time of creation on the pages so far.
    #[serde(rename = "c")]
    latest: Option<Timestamp>,
    /// The digest of the mapping with which the columns were selected.
    #[serde(rename = "m")]
    mapping: u64,
}

/// Where a table goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct TablePlace {
    #[serde(rename = "n")]
    next: NextRead,
    /// The latest time of creation that was seen.
    #[serde(rename = "c")]
    latest: Option<Timestamp>,
    /// The digest of the mapping with which the columns of the link were selected.
    #[serde(rename = "m")]
    mapping: u64,
}

/// What is asked for the next time.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum NextRead {
    #[serde(rename = "d")]
    Delta(String),
    #[serde(rename = "m")]
    Modified(Timestamp),
}

/// How far the time of a change may lie before the time when it can be read, in seconds. Rows are written in
/// transactions, which end after the time of the change.
const OVERLAP_SECONDS: i64 = 120;

impl Connection {
    /// Returns how changes of a resource are found; `None` if its records come from the settings.
    ///
    /// # Errors
    /// Returns an error if the resource is unknown.
    pub fn change_method(&self, resource: &str) -> Result<Option<ChangeMethod>> {
        Ok(match &self.resource(resource)?.records {
            RecordSource::Fixed(_) => None,
            RecordSource::Tables(tables) => Some(method(tables)),
        })
    }

    /// Returns a page of what changed since the cursor was made; without a cursor all records, as the beginning of
    /// a copy. A page of one table takes one request. Where the shape needs columns of other tables, where the resource
    /// has a filter, and where the cursor is older than the mapping, the changed rows are read once more, 300 in a
    /// request. `now` is the time of the caller's clock, for tables without change tracking.
    ///
    /// A record may be told twice, never zero times: the times of tables without change tracking overlap by two
    /// minutes.
    ///
    /// # Errors
    /// Returns an error if the resource is unknown, if the cursor belongs to another account or resource, if the
    /// service has forgotten the changes since then
    /// ([`ExpiredDeltaLink`](dvkit_client::ErrorKind::ExpiredDeltaLink)), and if it refuses the request.
    pub async fn changes(
        &self,
        resource: &str,
        cursor: Option<&str>,
        limit: Option<u32>,
        now: Timestamp,
    ) -> Result<ChangesPage> {
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Error::field("limit", format!("`limit` is from 1 to {MAX_LIMIT}, and not {limit}")));
        }
        let compiled = self.resource(resource)?;
        let RecordSource::Tables(tables) = &compiled.records else {
            return Err(Error::invalid(format!("`{resource}` come from the settings of the organisation")));
        };
        let context = self.cursor_context(resource, "changes");
        let mut place: ChangesCursor = match cursor {
            Some(cursor) => self.cursor_key().open(cursor, &context)?,
            None => ChangesCursor { table: 0, run: None, places: vec![None; tables.len()] },
        };
        if place.places.len() != tables.len() {
            return Err(Error::Cursor(
                "the mapping has other tables now; begin again without a cursor".into(),
            ));
        }
        let Some(table) = tables.get(place.table) else {
            return Err(Error::Cursor("the cursor names no table".to_owned()));
        };
        let known = place.places[place.table].clone();
        let digest = self.digest(resource);
        let mut run = place.run.take().unwrap_or(TableRun {
            link: None,
            started: now,
            latest: None,
            mapping: match &known {
                // The link was made with the columns of that time.
                Some(TablePlace { next: NextRead::Delta(_), mapping, .. }) => *mapping,
                _ => digest,
            },
        });
        let request = match (&run.link, known.as_ref().map(|known| &known.next)) {
            (Some(link), _) => Request::get(link.clone()),
            (None, Some(NextRead::Delta(link))) => Request::get(link.clone()),
            (None, Some(NextRead::Modified(since))) => self.modified_request(table, Some(*since))?,
            (None, None) if table.change_tracking => self.tracked_request(table)?,
            (None, None) => self.modified_request(table, None)?,
        };
        let prefer = Prefer::new().annotations("*").max_page_size(limit);
        let request = match table.change_tracking {
            true => request.prefer(prefer.track_changes()),
            false => request.prefer(prefer),
        };
        let mut pages = self.client().pages::<Change<Box<RawValue>>>(request);
        let page = pages.try_next().await?.ok_or_else(|| Error::invalid("the service sent no page"))?;
        let Page { rows, next, delta, .. } = page;
        let mut result = ChangesPage {
            changed: Vec::new(),
            created: Vec::new(),
            deleted: Vec::new(),
            next_cursor: String::new(),
            has_more: false,
            method: method(tables),
            issues: Vec::new(),
        };
        let several = tables.len() > 1;
        let mut changed = Vec::new();
        for row in rows {
            match row? {
                Change::Upserted(row) => changed.push(RowText::from(row)),
                Change::Deleted { id, .. } => {
                    result.deleted.push(if several {
                        format!("{}-{id}", table.table)
                    } else {
                        id.to_string()
                    });
                }
            }
        }
        let before = Before {
            first_time: known.is_none(),
            latest: known.as_ref().and_then(|known| known.latest),
            other_mapping: run.mapping != digest,
        };
        let latest = self.read_changed(resource, table, several, changed, &before, &mut result).await?;
        run.latest = run.latest.max(latest);
        run.link = next;
        if run.link.is_some() {
            place.run = Some(run);
            result.has_more = true;
        } else {
            let next = match delta {
                Some(link) => NextRead::Delta(link),
                None => {
                    let overlap = jiff::SignedDuration::from_secs(OVERLAP_SECONDS);
                    NextRead::Modified(run.started.checked_sub(overlap).unwrap_or(run.started))
                }
            };
            let latest = before.latest.max(run.latest);
            place.places[place.table] = Some(TablePlace { next, latest, mapping: run.mapping });
            place.table = (place.table + 1) % tables.len();
            // After the last table everything was read; the next call begins with the first one.
            result.has_more = place.table != 0;
        }
        result.next_cursor = self.cursor_key().seal(&place, &context)?;
        Ok(result)
    }

    /// Returns the request that begins to track the changes of a table.
    fn tracked_request(&self, table: &CompiledTable) -> Result<Request> {
        // Change tracking takes `$select` and nothing else: what is in other rows is read afterwards.
        let query = match incomplete(table, true) {
            true => self.keys_query(table)?,
            false => self.own_columns_query(table, times(table))?,
        };
        Ok(query.request()?)
    }

    /// Returns the request for the rows that were changed since a time.
    fn modified_request(&self, table: &CompiledTable, since: Option<Timestamp>) -> Result<Request> {
        let modified = match (&table.modified_on, table.field("updated_at").map(|field| &field.source)) {
            (Some(column), _) => column.as_str(),
            (None, Some(FieldSource::Cell(cell))) => cell.column.as_str(),
            _ => {
                let message = format!(
                    "changes of `{}` cannot be found: the table has neither change tracking nor a time of the last change",
                    table.table
                );
                return Err(Error::field("updated_at", message));
            }
        };
        let mut query = match incomplete(table, since.is_none()) {
            true => self.keys_query(table)?,
            false => self.row_query_with(table, times(table))?,
        };
        match (since, &table.filter) {
            (Some(since), _) => query = query.filter(column(modified).ge(since)),
            (None, Some(filter)) => query = query.filter(filter_text(filter.clone(), [])),
            (None, None) => {}
        }
        Ok(query.order_by(modified).order_by(&table.primary_id).request()?)
    }

    /// Returns the query for the keys and times of a table's rows, which are read again by their keys.
    fn keys_query(&self, table: &CompiledTable) -> Result<Query> {
        let columns = std::iter::once(table.primary_id.as_str()).chain(times(table));
        Ok(self.organisation().table(&table.table)?.query().select(columns))
    }
}

/// Returns the columns with the times of the creation and the last change of a row.
fn times(table: &CompiledTable) -> impl Iterator<Item = &str> {
    table.created_on.iter().chain(&table.modified_on).map(String::as_str)
}

fn method(tables: &[CompiledTable]) -> ChangeMethod {
    match tables.iter().all(|table| table.change_tracking) {
        true => ChangeMethod::ChangeTracking,
        false => ChangeMethod::ModifiedTime,
    }
}
