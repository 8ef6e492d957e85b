//! Holds the state of one fetch, and decides whether it requests everything or only the changes since the
//! last fetch.

use std::path::Path;

use dvkit_client::{Client, Request};
use dvkit_schema::store::SyncState;
use dvkit_schema::{Store, StoreError};
use jiff::Timestamp;
use serde_json::Value;

use super::assemble::{self, Assembled, Sink};
use super::journal::{Journal, Plan};
use super::options::{FetchOptions, FetchSummary, FullFetchReason};
use super::progress::FetchProgress;
use super::query::ServiceCapabilities;
use super::response;
use super::select::{self, Selection};
use crate::Error;

/// The decision whether a fetch requests everything or only the changes since the snapshot.
pub(super) enum StartingPoint {
    Changes(Box<Store>, Box<SyncState>),
    Full(FullFetchReason),
}

/// The result of requesting everything. The responses themselves are in the journal.
pub(super) struct FullRead {
    pub(super) plan: Plan,
    pub(super) selection: Selection,
    /// The number of tables that were already in the journal of an interrupted fetch.
    pub(super) resumed: usize,
}

/// The state of one fetch: its client, options and progress, and the time at which it began.
pub(super) struct FetchRun<'a> {
    pub(super) client: &'a Client,
    pub(super) options: &'a FetchOptions,
    pub(super) progress: &'a dyn FetchProgress,
    pub(super) requested: Value,
    pub(super) began: Timestamp,
    /// The number of requests that the client had sent before this fetch.
    pub(super) requests_before: u64,
}

impl<'a> FetchRun<'a> {
    pub(super) fn new(
        client: &'a Client,
        options: &'a FetchOptions,
        progress: &'a dyn FetchProgress,
    ) -> Self {
        let (requested, began) = (select::to_json(options), Timestamp::now());
        Self { client, options, progress, requested, began, requests_before: requests_sent(client) }
    }

    pub(super) fn url(&self) -> String {
        self.client.org_url().as_str().trim_end_matches('/').to_owned()
    }

    pub(super) fn starting_point(&self, dir: &Path) -> Result<StartingPoint, Error> {
        let store = match Store::open(dir) {
            Ok(store) => store,
            Err(StoreError::Missing { .. }) => return Ok(StartingPoint::Full(FullFetchReason::NoSnapshot)),
            Err(e) => return Err(e.into()),
        };
        if self.options.full {
            return Ok(StartingPoint::Full(FullFetchReason::Requested));
        }
        let Some(sync) = SyncState::read(dir)?.filter(|s| s.stamp.is_some()) else {
            return Ok(StartingPoint::Full(FullFetchReason::NoStamp));
        };
        if sync.url != self.url() || sync.requested != self.requested {
            return Ok(StartingPoint::Full(FullFetchReason::OptionsChanged));
        }
        if !sync.belongs_to(&store)? {
            return Ok(StartingPoint::Full(FullFetchReason::SnapshotModified));
        }
        Ok(StartingPoint::Changes(Box::new(store), Box::new(sync)))
    }

    pub(super) fn capabilities(&self, without_table_type: bool) -> ServiceCapabilities {
        ServiceCapabilities { without_table_type, languages: self.options.languages.clone() }
    }

    pub(super) async fn bytes(&self, request: Request) -> Result<Vec<u8>, Error> {
        response::bytes(self.client, request).await
    }

    pub(super) async fn text(&self, request: Request) -> Result<String, Error> {
        let what = request.target().split(['?', '(']).next().unwrap_or_default().to_owned();
        String::from_utf8(self.bytes(request).await?)
            .map_err(|_| Error::Response { what, message: "it is not UTF-8".to_owned() })
    }

    pub(super) fn assemble(&self, journal: &Journal, all: &FullRead, sink: Sink) -> Result<Assembled, Error> {
        self.progress.assembling();
        let plan = &all.plan;
        let mut sync = SyncState::new(self.url(), self.requested.clone());
        sync.stamp.clone_from(&plan.stamp);
        sync.last_fetch = Timestamp::from_second(plan.started).ok().map(seconds);
        sync.last_full_fetch.clone_from(&sync.last_fetch);
        assemble::assemble(journal, plan, &all.selection, &self.options.languages, sync, sink)
    }

    pub(super) fn summary(&self, why: FullFetchReason, all: &FullRead, done: Assembled) -> FetchSummary {
        FetchSummary {
            full: Some(why),
            tables: done.tables,
            columns: Some(done.columns),
            choices: done.choices,
            operations: done.operations,
            requests: requests_sent(self.client) - self.requests_before,
            used_entity_definitions: all.plan.used_entity_definitions,
            resumed: all.resumed,
            written: done.written.unwrap_or_default(),
            ..FetchSummary::default()
        }
    }
}

/// Returns the number of requests that `client` has sent so far, not counting retries.
pub(super) fn requests_sent(client: &Client) -> u64 {
    let status = client.status();
    status.sent.saturating_sub(status.retried)
}

pub(super) fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
