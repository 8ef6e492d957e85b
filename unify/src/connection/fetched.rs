//! Defines [`FetchedPage`]: makes records, or their JSON, of the rows of a page.

use std::num::NonZero;
use std::thread;

use dvkit_client::RowText;
use serde::Serialize;

use super::Connection;
use super::list::{ListPage, unreadable};
use super::read::{Issue, RecordReader};
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
    pub(super) rows: Vec<RowText>,
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
    pub fn into_records(self) -> Result<ListPage> {
        let Some(reader) = self.reader() else { return Ok(self.page) };
        let mut issues = Vec::new();
        let result = reader.records(&self.rows, &mut issues).map_err(|error| unreadable(&error))?;
        Ok(ListPage { result, issues, ..self.page })
    }

    /// Returns the parts of the page as JSON: put together, what [`FetchedPage::into_records`] serialises as, made without
    /// the records in a fraction of the time. Some threads share a page of many rows, and each makes a part.
    ///
    /// # Errors
    /// Returns an error if a row is no JSON object.
    pub fn json_parts(&self) -> Result<Vec<Vec<u8>>> {
        /// The members of a [`ListPage`] after its records.
        #[derive(Serialize)]
        struct Rest<'p> {
            next_cursor: &'p Option<String>,
            previous_cursor: &'p Option<String>,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            issues: Vec<Issue>,
        }

        let Some(reader) = self.reader() else {
            let whole = serde_json::to_vec(&self.page).map_err(|error| unreadable(&error))?;
            return Ok(vec![whole]);
        };
        let (mut parts, mut issues) = (vec![br#"{"result":"#.to_vec()], Vec::new());
        for lists in self.lists(&reader) {
            let (list, of_list) = lists.map_err(|error| unreadable(&error))?;
            parts.push(list);
            issues.extend(of_list);
        }
        // The lists become one.
        let last = parts.len() - 1;
        for part in &mut parts[1..last] {
            part.pop();
        }
        for part in &mut parts[2..] {
            part[0] = b',';
        }
        let Self { page: ListPage { next_cursor, previous_cursor, .. }, .. } = self;
        let rest = serde_json::to_vec(&Rest { next_cursor, previous_cursor, issues });
        let mut rest = rest.map_err(|error| unreadable(&error))?;
        rest[0] = b',';
        parts.push(rest);
        Ok(parts)
    }

    /// Returns the records as JSON lists, each with the values of its rows that could not be read. They are in the order of
    /// the rows.
    fn lists(&self, reader: &RecordReader<'_>) -> Vec<serde_json::Result<(Vec<u8>, Vec<Issue>)>> {
        let read = |rows: &[RowText]| {
            // Most records are shorter than their rows, so that the text need not grow.
            let bytes = rows.iter().map(|row| row.as_bytes().len()).sum::<usize>();
            let mut list = Vec::with_capacity(if self.remote_data { bytes * 2 } else { bytes });
            let mut issues = Vec::new();
            reader.write(rows, &mut list, &mut issues)?;
            Ok((list, issues))
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
            let mut lists = vec![read(own)];
            // A thread that could not finish is no reason to lose the page: its rows are read here.
            lists.extend(
                others.into_iter().map(|(rows, thread)| thread.join().unwrap_or_else(|_| read(rows))),
            );
            lists
        })
    }
}

#[cfg(test)]
mod tests {
    use dvkit::by_name::Organisation;
    use dvkit_client::Client;
    use dvkit_client::auth::StaticToken;
    use dvkit_emulator::Emulator;
    use dvkit_schema::Store;

    use super::*;
    use crate::{CompileTarget, CursorKey, ListRequest, Mapping};

    /// The parts of a page are made by several threads, each of which has a list of its own.
    #[tokio::test]
    async fn the_parts_of_a_page_of_any_length_are_one_text() {
        let running = Emulator::sample().seed_sample().start().await.expect("an emulator");
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
        let organisation = Organisation::new(Store::open(folder).expect("a snapshot"));
        let mapping = Mapping::standard();
        let target = CompileTarget { organisation: &organisation, name: None, environment: None };
        let compiled = mapping.compile(target).mapping;
        let token = StaticToken::new(running.token("ann"));
        let client = Client::builder(running.url()).token_source(token).build().expect("a client");
        let connection = Connection::new("a", organisation, compiled, client, CursorKey::new(b"key"));
        for remote_data in [true, false] {
            let request = ListRequest { limit: Some(5), remote_data, ..ListRequest::new() };
            let page = connection.fetch("contacts", &request).await.expect("a page");
            let rows = page.rows.clone();
            for (length, threads) in
                [(0, 1), (1, 1), (5, 1), (999, 1), (1_000, 2), (1_001, 2), (1_999, 2), (2_600, 4)]
            {
                let page =
                    FetchedPage { rows: rows.iter().cycle().take(length).cloned().collect(), ..page.clone() };
                let parts = page.json_parts().expect("a page");
                let processors = thread::available_parallelism().map_or(1, NonZero::get);
                assert_eq!(parts.len() - 2, threads.min(processors), "{length}");
                let records = page.into_records().expect("records");
                assert_eq!(records.result.len(), length);
                let text: serde_json::Value = serde_json::from_slice(&parts.concat()).expect("JSON");
                assert_eq!(text, serde_json::to_value(records).expect("JSON"), "{length}");
            }
        }
    }
}
