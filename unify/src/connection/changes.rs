//! Reads what changed since an earlier time: by change tracking, which tells deletions, or by the time of the last
//! change where a table has no change tracking.

use std::collections::BTreeMap;

use dvkit::by_name::column;
use dvkit_client::{Change, Page, Prefer, Request};
use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::Connection;
use super::list::{DEFAULT_LIMIT, MAX_LIMIT, unreadable};
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
    /// The ids of the records that were deleted.
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
    /// The next page of the table that is read now.
    #[serde(rename = "l")]
    link: Option<String>,
    /// Where each table goes on the next time.
    #[serde(rename = "p")]
    places: Vec<Option<TablePlace>>,
    /// When the page of the table that is read now was first asked for, for tables without change tracking.
    #[serde(rename = "s")]
    started: Option<Timestamp>,
}

/// Where a table goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum TablePlace {
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
    /// a copy. A page of one table takes one request; where the shape needs columns of other tables, one more for
    /// the changed rows. `now` is the time of the caller's clock, for tables without change tracking.
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
        let context = format!("{}\n{resource}\nchanges", self.account());
        let mut place: ChangesCursor = match cursor {
            Some(cursor) => self.cursor_key().open(cursor, &context)?,
            None => ChangesCursor { table: 0, link: None, places: vec![None; tables.len()], started: None },
        };
        if place.places.len() != tables.len() {
            return Err(Error::Cursor(
                "the mapping has other tables now; begin again without a cursor".into(),
            ));
        }
        let Some(table) = tables.get(place.table) else {
            return Err(Error::Cursor("the cursor names no table".to_owned()));
        };
        let prefer = Prefer::new().annotations("*").max_page_size(limit);
        let known = place.places[place.table].clone();
        let request = match (&place.link, known) {
            (Some(link), _) => Request::get(link.clone()),
            (None, Some(TablePlace::Delta(link))) => Request::get(link),
            (None, Some(TablePlace::Modified(since))) => self.modified_request(table, Some(since))?,
            (None, None) if table.change_tracking => self.tracked_request(table)?,
            (None, None) => self.modified_request(table, None)?,
        };
        let request = match table.change_tracking {
            true => request.prefer(prefer.track_changes()),
            false => request.prefer(prefer),
        };
        let started = place.started.unwrap_or(now);
        let mut pages = self.client().pages::<Change<Box<RawValue>>>(request);
        let page = pages.try_next().await?.ok_or_else(|| Error::invalid("the service sent no page"))?;
        let Page { rows, next, delta, .. } = page;
        let mut result = ChangesPage {
            changed: Vec::new(),
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
                Change::Upserted(row) => changed.push(row),
                Change::Deleted { id, .. } => {
                    result.deleted.push(if several {
                        format!("{}-{id}", table.table)
                    } else {
                        id.to_string()
                    });
                }
            }
        }
        self.read_changed(resource, table, several, changed, &mut result).await?;
        place.link = next;
        place.started = Some(started);
        if place.link.is_none() {
            place.places[place.table] = Some(match delta {
                Some(link) => TablePlace::Delta(link),
                None => {
                    let overlap = jiff::SignedDuration::from_secs(OVERLAP_SECONDS);
                    TablePlace::Modified(started.checked_sub(overlap).unwrap_or(started))
                }
            });
            place.started = None;
            place.table = (place.table + 1) % tables.len();
            // After the last table everything was read; the next call begins with the first one.
            result.has_more = place.table != 0;
        } else {
            result.has_more = true;
        }
        result.next_cursor = self.cursor_key().seal(&place, &context)?;
        Ok(result)
    }

    /// Returns the request that begins to track the changes of a table.
    fn tracked_request(&self, table: &CompiledTable) -> Result<Request> {
        // Change tracking takes `$select` and nothing else: what is in other rows is read afterwards.
        let query = self.own_columns_query(table)?;
        Ok(query.request()?)
    }

    fn modified_request(&self, table: &CompiledTable, since: Option<Timestamp>) -> Result<Request> {
        let mut query = self.row_query(table)?;
        if let Some(filter) = &table.filter {
            query = query.filter(dvkit::by_name::filter_text(filter.clone(), []));
        }
        let modified = match table.field("updated_at").map(|field| &field.source) {
            Some(FieldSource::Cell(cell)) => cell.column.as_str(),
            _ => {
                let message = format!(
                    "changes of `{}` cannot be found: the table has no change tracking, and `updated_at` is not mapped",
                    table.table
                );
                return Err(Error::field("updated_at", message));
            }
        };
        if let Some(since) = since {
            query = query.filter(column(modified).ge(since));
        }
        Ok(query.order_by(modified).order_by(&table.primary_id).request()?)
    }

    /// Makes records of changed rows. Rows of a table with change tracking lack what is in other rows, and the
    /// filter of the resource was not applied to them: where that matters they are read once more, together.
    async fn read_changed(
        &self,
        resource: &str,
        table: &CompiledTable,
        several: bool,
        rows: Vec<Box<RawValue>>,
        result: &mut ChangesPage,
    ) -> Result<()> {
        let paths =
            table.fields.iter().chain(&table.custom).any(|f| matches!(f.source, FieldSource::Path { .. }));
        let again = table.change_tracking && (paths || table.filter.is_some()) && !rows.is_empty();
        let rows = match again {
            true => self.read_again(table, &rows).await?,
            false => rows,
        };
        let codes: BTreeMap<Uuid, String> = match &table.currency {
            Some(currency) if table.change_tracking && !again && !rows.is_empty() => {
                self.currencies(currency).await?.clone()
            }
            _ => BTreeMap::new(),
        };
        let code = |id: &str| codes.get(&Uuid::try_parse(id).ok()?).cloned();
        let reader = self.reader(resource, table, several, true, &code);
        for row in rows {
            let record = reader.record(row, &mut result.issues).map_err(|error| unreadable(&error))?;
            result.changed.push(record);
        }
        Ok(())
    }

    /// Reads rows again by their ids, with what is in other rows, and only those that meet the filter.
    async fn read_again(&self, table: &CompiledTable, rows: &[Box<RawValue>]) -> Result<Vec<Box<RawValue>>> {
        /// The number of ids of a request: a URL has at most 32,768 characters, and an id takes about 50.
        const MAX_IDS: usize = 300;

        let ids: Vec<Uuid> = rows
            .iter()
            .filter_map(|row| {
                let row: BTreeMap<String, &RawValue> = serde_json::from_str(row.get()).ok()?;
                let id: String = serde_json::from_str(row.get(&table.primary_id)?.get()).ok()?;
                Uuid::try_parse(&id).ok()
            })
            .collect();
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(MAX_IDS) {
            let mut query = self.row_query(table)?.filter(column(&table.primary_id).is_in(ids.to_vec()));
            if let Some(filter) = &table.filter {
                query = query.filter(dvkit::by_name::filter_text(filter.clone(), []));
            }
            let request = query.request()?.prefer(Prefer::new().annotations("*"));
            let mut rows = self.client().rows::<Box<RawValue>>(request);
            while let Some(row) = rows.try_next().await? {
                found.push(row);
            }
        }
        Ok(found)
    }
}

fn method(tables: &[CompiledTable]) -> ChangeMethod {
    match tables.iter().all(|table| table.change_tracking) {
        true => ChangeMethod::ChangeTracking,
        false => ChangeMethod::ModifiedTime,
    }
}
