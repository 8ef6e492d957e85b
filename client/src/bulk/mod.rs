//! Writes very many rows: a stream of rows in, a stream of results in the same order out. The rows are sent in the
//! form that the service recommends, within its limits, and a load that was broken off can be started again.
//!
//! Rows of one table and one kind of write are sent together as a bulk message (`CreateMultiple` and so on), which is
//! the fastest form (learn.microsoft.com, "Optimize performance for bulk operations"). A table that does not support
//! the message gets the rows in a `$batch`. If a bulk message fails, its rows are sent once more in a batch, so that
//! each row has its own result: a bulk message is executed as a whole or not at all, and does not say which row is
//! wrong. Elastic tables do say it, and execute the other rows.
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream::{BoxStream, FuturesOrdered, Stream, StreamExt as _, unfold};
use tokio::time::Instant;

use crate::{Client, Error, ErrorKind};

mod journal;
mod row;
mod send;

pub use journal::{BulkJournal, FileJournal};
use row::Operation;
pub use row::{BulkResult, BulkRow, BulkTable, Written};

/// The settings of a bulk load.
#[must_use]
pub struct BulkOptions {
    max_rows: usize,
    max_bytes: usize,
    concurrency: Option<usize>,
    journal: Option<Box<dyn BulkJournal>>,
}

/// The number of rows in the first request of a kind. The service recommends from 100 to 1,000 rows for standard
/// tables, and 100 for elastic ones.
const FIRST_ROWS: usize = 100;

/// The time of a request up to which the next requests have more rows, and the one from which they have fewer.
const ROW_TIMES: (Duration, Duration) = (Duration::from_secs(4), Duration::from_secs(20));

impl Default for BulkOptions {
    /// Returns the default settings: at most 1,000 rows and 4 MiB in a request, as many requests at the same time
    /// as the service allows, and no journal.
    fn default() -> Self {
        Self { max_rows: 1_000, max_bytes: 4 << 20, concurrency: None, journal: None }
    }
}

impl BulkOptions {
    /// Sets the maximum number of rows in a request, at most 1,000. Loads begin with 100 rows in a request, and
    /// go up to this number while the service answers quickly.
    pub fn max_rows(mut self, rows: usize) -> Self {
        self.max_rows = rows.clamp(1, 1_000);
        self
    }

    /// Sets the maximum size of a request's body in bytes, at least 64 KiB.
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes.max(64 << 10);
        self
    }

    /// Sets the maximum number of requests at the same time. By default it is the number that the client's pacing
    /// allows at the moment.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = Some(requests.max(1));
        self
    }

    /// Sets a journal. Rows whose keys it contains are not sent again; their results say that they existed. Every
    /// row needs a key of its own: one without is refused.
    pub fn journal(mut self, journal: impl BulkJournal + 'static) -> Self {
        self.journal = Some(Box::new(journal));
        self
    }
}

impl std::fmt::Debug for BulkOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BulkOptions")
            .field("max_rows", &self.max_rows)
            .field("max_bytes", &self.max_bytes)
            .field("concurrency", &self.concurrency)
            .field("journal", &self.journal.is_some())
            .finish()
    }
}

impl Client {
    /// Writes the rows of a stream, and returns their results in the same order. Nothing is sent until the stream
    /// of results is polled, and rows are taken from the input only as fast as they can be sent.
    ///
    /// Rows in different requests are written at the same time; a row must not depend on another row of the load.
    /// A failed write is an error in its result, and the load goes on. It stops only if the journal cannot be
    /// kept.
    ///
    /// ```no_run
    /// # async fn run(client: dvkit_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use dvkit_client::bulk::{BulkOptions, BulkRow, BulkTable, FileJournal};
    /// use futures_util::{StreamExt, stream};
    /// use serde_json::json;
    ///
    /// let accounts = BulkTable::new("account", "accounts", "accountid");
    /// let rows = stream::iter(1..=100_000).map(move |number| {
    ///     let path = format!("accounts(accountnumber='A-{number}')");
    ///     BulkRow::upsert_by_key(&accounts, path, &json!({ "name": format!("Company {number}") }))
    ///         .key(format!("A-{number}"))
    /// });
    /// let options = BulkOptions::default().journal(FileJournal::open("accounts.journal")?);
    /// let mut results = client.bulk(rows, options);
    /// while let Some(result) = results.next().await {
    ///     if let Err(error) = result.outcome {
    ///         eprintln!("{}: {error}", result.key);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn bulk(
        &self,
        rows: impl Stream<Item = BulkRow> + Send + 'static,
        options: BulkOptions,
    ) -> BoxStream<'static, BulkResult> {
        let load = Load {
            client: self.clone(),
            rows: rows.boxed(),
            next: None,
            options,
            paces: Paces::default(),
            running: FuturesOrdered::new(),
            ready: VecDeque::new(),
            ended: false,
        };
        unfold(load, |mut load| async move { load.next().await.map(|result| (result, load)) }).boxed()
    }
}

/// A group of rows that are sent together: of one table, by one kind of write.
type Group = (BulkTable, Operation);

/// What a load has learned about a group.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// The number of rows in the next request.
    rows: usize,
    /// Whether the table supports the bulk message.
    message: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self { rows: FIRST_ROWS, message: true }
    }
}

/// What a load has learned about its groups. The requests of a load share it.
#[derive(Debug, Clone, Default)]
struct Paces(Arc<Mutex<HashMap<Group, Pace>>>);

impl Paces {
    fn of(&self, group: &Group) -> Pace {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(group).copied().unwrap_or_default()
    }

    fn change(&self, group: &Group, change: impl FnOnce(&mut Pace)) {
        change(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(group.clone()).or_default());
    }

    /// Learns from the time that a request with `rows` rows took.
    fn took(&self, group: &Group, rows: usize, time: Duration, max: usize) {
        self.change(group, |pace| {
            if time < ROW_TIMES.0 && rows >= pace.rows {
                pace.rows = (pace.rows * 2).min(max);
            } else if time > ROW_TIMES.1 {
                pace.rows = (pace.rows / 2).max(1);
            }
        });
    }
}

/// A load that is under way.
struct Load {
    client: Client,
    rows: BoxStream<'static, BulkRow>,
    /// A row that was taken from the input, but belongs to the next request.
    next: Option<BulkRow>,
    options: BulkOptions,
    paces: Paces,
    running: FuturesOrdered<futures_util::future::BoxFuture<'static, Vec<BulkResult>>>,
    ready: VecDeque<BulkResult>,
    ended: bool,
}

impl Load {
    async fn next(&mut self) -> Option<BulkResult> {
        loop {
            if let Some(result) = self.ready.pop_front() {
                return Some(result);
            }
            while !self.ended && self.running.len() < self.width() {
                let chunk = self.chunk().await;
                if chunk.is_empty() {
                    self.ended = true;
                    break;
                }
                self.start(chunk);
            }
            let results = self.running.next().await?;
            if let Err(error) = self.record(&results) {
                // Without a journal the caller could not start again, so nothing more is sent.
                self.ended = true;
                self.next = None;
                self.ready.extend(results);
                let message = "the journal cannot be written; the load stops";
                let outcome = Err(Error::new(ErrorKind::Configuration, message).with_source(error));
                self.ready.push_back(BulkResult { key: String::new(), outcome });
                continue;
            }
            self.ready.extend(results);
        }
    }

    /// Returns the number of requests at the same time.
    fn width(&self) -> usize {
        // One more than may be in flight, so that a request is ready when another one ends.
        self.options.concurrency.unwrap_or_else(|| self.client.status().concurrency as usize + 1)
    }

    /// Takes the rows of the next request from the input.
    async fn chunk(&mut self) -> Vec<BulkRow> {
        let mut chunk: Vec<BulkRow> = Vec::new();
        let mut bytes = 0;
        loop {
            let row = match self.next.take() {
                Some(row) => row,
                None => match self.rows.next().await {
                    Some(row) => row,
                    None => return chunk,
                },
            };
            let size = row.body.as_ref().map_or(0, estimated_size);
            if let Some(first) = chunk.first() {
                let group = (first.table.clone(), first.operation);
                let full = chunk.len() >= self.paces.of(&group).rows.min(self.options.max_rows)
                    || bytes + size > self.options.max_bytes;
                if full || row.table != first.table || row.operation != first.operation {
                    self.next = Some(row);
                    return chunk;
                }
            }
            bytes += size;
            chunk.push(row);
        }
    }

    /// Begins to send a request.
    fn start(&mut self, chunk: Vec<BulkRow>) {
        let (client, paces, max) = (self.client.clone(), self.paces.clone(), self.options.max_rows);
        let journal = self.options.journal.as_deref();
        let done: Vec<bool> = chunk
            .iter()
            .map(|row| !row.key.is_empty() && journal.is_some_and(|journal| journal.is_done(&row.key)))
            .collect();
        // With a journal an earlier run may have sent any of the rows.
        let repeated = journal.is_some();
        self.running.push_back(Box::pin(async move {
            let (mut results, mut rest) = (Vec::with_capacity(chunk.len()), Vec::new());
            for (row, done) in chunk.into_iter().zip(done) {
                let key = row.key.clone();
                let checked = match row.key.is_empty() && repeated {
                    true => Err(Error::new(
                        ErrorKind::Configuration,
                        "the row has no key, by which the journal could know it again; set one with `BulkRow::key`",
                    )),
                    false => row.check(),
                };
                match (done, checked) {
                    (true, _) => {
                        results.push(BulkResult { key, outcome: Ok(Written { id: None, existed: true }) });
                    }
                    (false, Err(error)) => results.push(BulkResult { key, outcome: Err(error) }),
                    (false, Ok(())) => {
                        // The place of the result, which is known later.
                        results.push(BulkResult { key, outcome: Err(unsent()) });
                        rest.push((results.len() - 1, row));
                    }
                }
            }
            let (places, rest): (Vec<usize>, Vec<BulkRow>) = rest.into_iter().unzip();
            if let Some(first) = rest.first() {
                let group = (first.table.clone(), first.operation);
                let began = Instant::now();
                let outcomes = send::send(&client, &paces, &group, &rest, repeated).await;
                paces.took(&group, rest.len(), began.elapsed(), max);
                for (place, outcome) in places.into_iter().zip(outcomes) {
                    results[place].outcome = outcome;
                }
            }
            results
        }));
    }

    /// Records in the journal which writes are done.
    fn record(&mut self, results: &[BulkResult]) -> std::io::Result<()> {
        let Some(journal) = &mut self.options.journal else { return Ok(()) };
        let done: Vec<&str> = results
            .iter()
            .filter(|result| {
                result.outcome.is_ok() && !result.key.is_empty() && !journal.is_done(&result.key)
            })
            .map(|result| result.key.as_str())
            .collect();
        if done.is_empty() { Ok(()) } else { journal.done(&done) }
    }
}

fn unsent() -> Error {
    Error::new(ErrorKind::Configuration, "the row was not sent")
}

/// Returns about how many bytes the values of a row have as JSON.
fn estimated_size(body: &row::Members) -> usize {
    // The annotations of a row in a bulk message add about a hundred bytes.
    body.iter().map(|(name, value)| name.len() + 4 + value.get().len()).sum::<usize>() + 128
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_settings_of_a_load_lie_within_their_bounds() {
        for (rows, expected) in [(0, 1), (1, 1), (1_000, 1_000), (1_001, 1_000)] {
            assert_eq!(BulkOptions::default().max_rows(rows).max_rows, expected);
        }
        for (bytes, expected) in [(0, 65_536), (65_536, 65_536), (65_537, 65_537)] {
            assert_eq!(BulkOptions::default().max_bytes(bytes).max_bytes, expected);
        }
        for (requests, expected) in [(0, 1), (1, 1), (7, 7)] {
            assert_eq!(BulkOptions::default().concurrency(requests).concurrency, Some(expected));
        }
        let options = BulkOptions::default();
        assert_eq!((options.max_rows, options.max_bytes, options.concurrency), (1_000, 4 << 20, None));
        assert!(options.journal.is_none());
    }

    /// Full and quick requests double the number of rows; slow ones halve it.
    #[test]
    fn the_number_of_rows_follows_the_time_of_the_requests() {
        let group = || (BulkTable::new("account", "accounts", "accountid"), Operation::Create);
        let second = Duration::from_secs;
        for (rows, time, max, expected) in [
            (100, Duration::ZERO, 1_000, 200),
            (100, second(4) - Duration::from_nanos(1), 1_000, 200),
            (100, second(4), 1_000, 100),
            (99, second(1), 1_000, 100),
            (101, second(1), 1_000, 200),
            (100, second(1), 150, 150),
            (100, second(20), 1_000, 100),
            (100, second(20) + Duration::from_nanos(1), 1_000, 50),
            (1, second(60), 1_000, 50),
        ] {
            let paces = Paces::default();
            paces.took(&group(), rows, time, max);
            assert_eq!(paces.of(&group()).rows, expected, "{rows} rows in {time:?}");
        }
        let paces = Paces::default();
        for _ in 0..20 {
            paces.took(&group(), 100, second(60), 1_000);
        }
        assert_eq!(paces.of(&group()).rows, 1, "there is always a row");
        let other = (BulkTable::new("account", "accounts", "accountid"), Operation::Update);
        assert_eq!((paces.of(&other).rows, paces.of(&other).message), (FIRST_ROWS, true), "another group");
    }

    #[test]
    fn the_size_of_a_row_is_about_that_of_its_json() {
        let table = BulkTable::new("account", "accounts", "accountid");
        for body in [
            json!({}),
            json!({ "name": "Contoso" }),
            json!({ "a": 1, "b": [1, 2, 3], "c": "x".repeat(1_000) }),
        ] {
            let row = BulkRow::create(&table, &body);
            let exact = serde_json::to_string(&row.target()).unwrap().len();
            let estimated = estimated_size(row.body.as_ref().unwrap());
            assert!((exact..exact + 100).contains(&estimated), "{exact} {estimated}: {body}");
        }
    }
}
