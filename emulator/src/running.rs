//! The running emulator: its addresses, and the calls that change its settings, organisation and rows.

use std::sync::Arc;

use bytes::Bytes;
use dvkit_execute::interpreter::Row;
use dvkit_schema::Schema;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::data::control;
use crate::data::seed::{self, SeedSource};
use crate::data::{self, ControlError, RowStoreError, SeedError};
use crate::faults::FaultScript;
use crate::metadata;
use crate::state::ServerState;
use crate::token::Caller;
use crate::trace::RecordedRequest;

/// A running emulator; it stops when it is dropped.
#[derive(Debug)]
pub struct RunningEmulator {
    pub(crate) shared: Arc<ServerState>,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) task: JoinHandle<()>,
}

impl RunningEmulator {
    /// Returns the organisation's URL, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// Returns the URL of the Web API, such as `http://127.0.0.1:40123/api/data/v9.2/`.
    #[must_use]
    pub fn web_api(&self) -> String {
        self.shared.web_api()
    }

    /// Returns the URL of the sign-in service including the tenant, such as
    /// `http://127.0.0.1:40123/11111111-…`.
    #[must_use]
    pub fn authority(&self) -> String {
        self.shared.authority()
    }

    /// Returns the URL of the sign-in service's token endpoint.
    #[must_use]
    pub fn token_endpoint(&self) -> String {
        format!("{}/oauth2/v2.0/token", self.authority())
    }

    /// Returns a new access token for the user `user`, without a sign-in.
    #[must_use]
    pub fn token(&self, user: &str) -> String {
        self.shared.tokens.issue(Caller { name: user.to_owned() }, self.shared.clock.now())
    }

    /// Invalidates all access tokens. Requests with them are refused as if the tokens had expired.
    pub fn expire_tokens(&self) {
        self.shared.tokens.invalidate_access_tokens();
    }

    /// Returns the clock of the emulator.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Returns the current schema of the organisation.
    #[must_use]
    pub fn schema(&self) -> Arc<Schema> {
        Arc::clone(&self.shared.organisation.now().schema)
    }

    /// Changes the organisation: calls `change` with its schema, and gives it a new stamp. Requests for the
    /// changes since an older stamp then return this change.
    pub fn change(&self, change: impl FnOnce(&mut Schema)) {
        let generated_ids = self.shared.generated_ids;
        self.shared.organisation.change(self.shared.clock.now(), |schema| {
            change(schema);
            if generated_ids {
                metadata::generate_missing_ids(schema);
            }
        });
    }

    /// Adds rows, as [`EmulatorBuilder::seed`](crate::EmulatorBuilder::seed) does.
    ///
    /// # Errors
    /// Returns an error if a row is refused; no row is written then.
    pub fn seed(&self, rows: Value) -> Result<(), SeedError> {
        seed::apply(&self.shared, &[SeedSource::Json(rows)])
    }

    /// Returns all rows as JSON that the emulator can be seeded with. The text is the same for the same rows.
    ///
    /// # Errors
    /// Returns an error if the rows cannot be read.
    pub fn export(&self) -> Result<String, ControlError> {
        control::exported(&self.shared)
    }

    /// Restores rows and definitions as they were after the start.
    ///
    /// # Errors
    /// Returns an error if the rows at the start took too much memory to be saved (64 MiB), or if SQLite fails.
    pub fn reset(&self) -> Result<(), ControlError> {
        control::reset(&self.shared)
    }

    /// Saves rows and definitions under a name, to be restored by [`restore`](Self::restore).
    ///
    /// # Errors
    /// Returns an error if the name is longer than 100 bytes, if there are 32 baselines already, or if SQLite
    /// fails.
    pub fn save(&self, name: &str) -> Result<(), ControlError> {
        control::save(&self.shared, name)
    }

    /// Restores the rows and definitions that were saved under a name.
    ///
    /// # Errors
    /// Returns an error if there are none, or if SQLite fails.
    pub fn restore(&self, name: &str) -> Result<(), ControlError> {
        control::restore(&self.shared, name)
    }

    /// Discards the recorded requests.
    pub fn clear_requests(&self) {
        self.shared.trace().clear();
    }

    /// Replaces the script of faults. The new script counts requests from its beginning.
    pub fn faults(&self, script: FaultScript) {
        self.shared.faults.replace_script(script);
    }

    /// Returns the recorded requests, the earliest first. If there were very many, only the latest are
    /// recorded; very long URLs are truncated.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.trace().requests()
    }

    /// Returns the number of responses that were rendered from the current metadata. A repeated request,
    /// alone or within a batch, gets its response from a cache and does not count.
    #[must_use]
    pub fn responses_rendered(&self) -> u64 {
        self.shared.organisation.now().response_cache.rendered()
    }

    /// Responds to a request to the Web API without a socket, as the user `user`. Sign-in, limits and faults do
    /// not apply, and the request is not recorded. The path of the request is that of the Web API
    /// (`/api/data/v9.2/accounts`); a path outside of it is answered with the status 404.
    #[must_use]
    pub fn respond(&self, user: &str, request: ::http::Request<Bytes>) -> ::http::Response<Bytes> {
        crate::http::respond_directly(&self.shared, user, request)
    }

    /// Inserts rows with these values into the table with the logical name `table`, as they are: without
    /// defaults and without the rules for writing. A row is a map from logical names of columns to values;
    /// columns that are missing are null.
    ///
    /// # Errors
    /// Returns an error if the organisation does not have the table or one of the columns, if a value does not
    /// fit its column, or if a key exists already. No row is inserted then.
    pub fn insert_rows(&self, table: &str, rows: impl IntoIterator<Item = Row>) -> Result<(), RowStoreError> {
        data::insert_rows(&self.shared, table, rows)
    }

    /// Deletes all rows of the table with the logical name `table`, without effects on other tables.
    ///
    /// # Errors
    /// Returns an error if the organisation does not have the table.
    pub fn clear_rows(&self, table: &str) -> Result<(), RowStoreError> {
        data::clear_rows(&self.shared, table)
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> &ServerState {
        &self.shared
    }

    /// Invalidates all refresh tokens. They are refused with `invalid_grant` until the user signs in again.
    pub fn revoke_refresh_tokens(&self) {
        self.shared.tokens.invalidate_refresh_tokens();
    }

    /// Discards the past states of the organisation, so that all stamps except the current one have expired.
    pub fn forget_changes(&self) {
        self.shared.organisation.discard_past_states();
    }

    /// Stops the emulator, and waits until it has stopped.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        // The result of the task does not matter any more.
        let _ = (&mut self.task).await;
    }
}
