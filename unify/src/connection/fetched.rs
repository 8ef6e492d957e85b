//! Defines [`FetchedPage`]: makes records, or their JSON, of the rows of a page.

use std::cell::RefCell;
use std::num::NonZero;
use std::thread;

use serde::Serialize;
use serde_json::value::RawValue;

use super::Connection;
use super::list::{ListPage, unreadable};
use super::read::{Issue, MappedRows, RecordReader};
use crate::error::Result;
use crate::mapping::RecordSource;

/// The number of rows for which a further thread pays.
const ROWS_PER_THREAD: usize = 500;
/// The most threads that work on a page.
const MAX_THREADS: usize = 4;

/// A page of records that was read, with its rows as the service sent them. To make records of thousands of rows takes
/// milliseconds: a server does it on a thread for such work.
#[derive(Clone, Debug)]
#[must_use = "it has rows, of which records are still to be made"]
pub struct FetchedPage {
    connection: Connection,
    resource: String,
    /// The position of the table among those of the resource.
    pub(super) table: usize,
    /// Whether records have the row itself.
    remote_data: bool,
    pub(super) rows: Vec<Box<RawValue>>,
    /// The cursors, and the records that are not made of rows.
    pub(super) page: ListPage,
}

impl FetchedPage {
    /// Creates a page without rows.
    pub(super) fn new(connection: &Connection, resource: &str, remote_data: bool) -> Self {
        Self {
            connection: connection.clone(),
            resource: resource.to_owned(),
            table: 0,
            remote_data,
            rows: Vec::new(),
            page: ListPage::default(),
        }
    }

    /// Returns what makes records of the rows; `None` if the records are not made of rows.
    fn reader(&self) -> Option<RecordReader<'_>> {
        let RecordSource::Tables(tables) = &self.connection.mapping().resource(&self.resource)?.records
        else {
            return None;
        };
        let (table, several) = (tables.get(self.table)?, tables.len() > 1);
        Some(self.connection.reader(&self.resource, table, several, self.remote_data, super::EXPANDED))
    }

    /// Returns the records of the page.
    ///
    /// # Errors
    /// Returns an error if a row is no JSON object.
    pub fn into_records(mut self) -> Result<ListPage> {
        let rows = std::mem::take(&mut self.rows);
        let Some(reader) = self.reader() else { return Ok(self.page) };
        let mut issues = Vec::new();
        let result = reader.records(rows, &mut issues).map_err(|error| unreadable(&error))?;
        Ok(ListPage { result, issues, ..self.page })
    }

    /// Returns the page as JSON: what [`FetchedPage::into_records`] serialises as, made without the records in a fraction
    /// of the time. Some threads share a page of many rows.
    ///
    /// # Errors
    /// Returns an error if a row is no JSON object.
    pub fn to_json(&self) -> Result<String> {
        /// The members of a [`ListPage`] after its records.
        #[derive(Serialize)]
        struct Rest<'p> {
            next_cursor: &'p Option<String>,
            previous_cursor: &'p Option<String>,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            issues: Vec<Issue>,
        }

        let Some(reader) = self.reader() else {
            return serde_json::to_string(&self.page).map_err(|error| unreadable(&error));
        };
        let (mut text, mut issues) = (String::new(), Vec::new());
        for part in self.parts(&reader) {
            let (records, of_part) = part.map_err(|error| unreadable(&error))?;
            issues.extend(of_part);
            if text.is_empty() {
                text = records;
                continue;
            }
            // Two lists become one.
            text.pop();
            text.push(',');
            text.push_str(records.get(1..).unwrap_or_default());
        }
        let Self { page: ListPage { next_cursor, previous_cursor, .. }, .. } = self;
        let rest = serde_json::to_string(&Rest { next_cursor, previous_cursor, issues });
        let rest = rest.map_err(|error| unreadable(&error))?;
        Ok(format!("{{\"result\":{text},{}", rest.get(1..).unwrap_or_default()))
    }

    /// Returns the records as JSON lists, each with the values of its rows that could not be read. They are in the order of
    /// the rows.
    fn parts(&self, reader: &RecordReader<'_>) -> Vec<serde_json::Result<(String, Vec<Issue>)>> {
        let read = |rows: &[Box<RawValue>]| {
            let issues = RefCell::default();
            let records = serde_json::to_string(&MappedRows { reader, rows, issues: &issues })?;
            Ok((records, issues.take()))
        };
        let useful = self.rows.len() / ROWS_PER_THREAD;
        let threads = match useful {
            0 | 1 => 1,
            _ => useful.min(thread::available_parallelism().map_or(1, NonZero::get)).min(MAX_THREADS),
        };
        let (own, others) = self.rows.split_at(self.rows.len().div_ceil(threads));
        if others.is_empty() {
            return vec![read(own)];
        }
        thread::scope(|scope| {
            let others: Vec<_> =
                others.chunks(own.len()).map(|rows| (rows, scope.spawn(move || read(rows)))).collect();
            let mut parts = vec![read(own)];
            // A thread that could not finish is no reason to lose the page: its rows are read here.
            parts.extend(
                others.into_iter().map(|(rows, thread)| thread.join().unwrap_or_else(|_| read(rows))),
            );
            parts
        })
    }
}
