//! `/accounts/<id>/schema`: what exists in an account's organisation. Snapshots are fetched and refreshed in the
//! background, kept in the store, and what changed between two refreshes is told.
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use axum::extract::{Path as UrlPath, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use dvkit_files::{EntryKind, LinkPolicy, WriteMode};
use dvkit_schema::Store as Schema;
use dvkit_schema::diff::{Diff, Impact};
use dvkit_schema_fetch::web_api::{self, FetchOptions};
use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::error::{ApiError, ErrorBody};
use crate::gateway::Gateway;
use crate::store::{Account, JobKind, Scope, Snapshot, SnapshotFiles};

/// How long a refresh waits for one of the same account in another process.
const LEASE_TIMEOUT: Duration = Duration::from_secs(120);
/// The file of a snapshot that says when it was fetched, and not what exists.
const SYNC: &str = "sync.json";
/// The maximum size of a file of a snapshot in bytes.
const MAX_FILE_BYTES: u64 = 64 << 20;
/// The maximum number of changes that are told one by one.
const MAX_CHANGES: usize = 500;

/// Returns the routes about snapshots.
pub(crate) fn router() -> Router<Gateway> {
    Router::new()
        .route("/accounts/{id}/schema", get(read))
        .route("/accounts/{id}/schema/refresh", post(refresh))
        .route("/accounts/{id}/schema/{table}", get(read_table))
}

/// The snapshot of an account's organisation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SchemaView {
    /// A digest of what exists, which changes if and only if that does.
    digest: String,
    /// The time of the last refresh.
    fetched_at: String,
    /// The time of the last refresh that found changes.
    changed_at: String,
    /// The logical names of the tables.
    tables: Vec<String>,
    /// What the last refresh that found changes has found: the numbers of changes by impact, and the changes.
    drift: Option<Value>,
}

impl Gateway {
    /// Returns what exists in an account's organisation; `None` if it was not fetched yet.
    pub(crate) async fn schema(&self, account: &str) -> Result<Option<Schema>, ApiError> {
        let Some(snapshot) = self.store().snapshot(account).await? else { return Ok(None) };
        opened(snapshot.files).await.map(Some)
    }

    /// Fetches what changed in an account's organisation, or everything if there is no snapshot yet. One process at a
    /// time does it for an account.
    pub(crate) async fn refresh_snapshot(&self, account: &Account) -> Result<Snapshot, ApiError> {
        let client = self.connections().client(self, account).await?;
        let begun = self.now();
        let lease = self.store().lease(&format!("schema {}", account.id), LEASE_TIMEOUT).await?;
        let Some(_lease) = lease else {
            return Err(ApiError::unavailable(
                "the snapshot of this account is being fetched",
                LEASE_TIMEOUT,
            ));
        };
        let before = self.store().snapshot(&account.id).await?;
        if let Some(snapshot) = before.as_ref().filter(|snapshot| snapshot.fetched_at >= begun) {
            // Another process has fetched it while this one waited.
            return Ok(snapshot.clone());
        }
        let folder = self.work_folder(&account.id);
        let (path, files) = (folder.clone(), before.as_ref().map(|snapshot| snapshot.files.clone()));
        blocking(move || restore(&path, files.as_ref())).await?;
        let mut options = FetchOptions::default();
        options.tables = self.tables_to_fetch();
        let fetched = web_api::fetch(&client, &folder, &options, &()).await;
        if let Err(error) = fetched {
            tracing::warn!(account = account.id, %error, "the snapshot was not fetched");
            let error = match &error {
                dvkit_schema_fetch::Error::Service(error) => self.request_failed(account, error).await,
                error => ApiError::new(StatusCode::BAD_GATEWAY, "schema", error.to_string()),
            };
            return Err(error);
        }
        let path = folder.clone();
        let files = blocking(move || collect(&path)).await?;
        let digest = digest(&files);
        let now = self.now();
        let (mut changed_at, mut drift) = (now, None);
        if let Some(before) = before {
            if before.digest == digest {
                (changed_at, drift) = (before.changed_at, before.drift);
            } else {
                drift = Some(drift_between(before.files, files.clone(), now).await?);
            }
        }
        let snapshot = Snapshot::new(digest, files, drift, now, changed_at);
        self.store().put_snapshot(&account.id, &snapshot).await?;
        Ok(snapshot)
    }

    /// Returns patterns for the tables that a snapshot has: those of the settings, or those of the model; empty for all.
    fn tables_to_fetch(&self) -> Vec<String> {
        let configured = &self.settings().schema.tables;
        match self.model() {
            Some(model) if configured.is_empty() => model.tables(),
            _ => configured.clone(),
        }
    }

    /// Returns the folder in which the snapshots of all accounts are fetched. It belongs to this process.
    fn work_folders(&self) -> PathBuf {
        std::env::temp_dir().join(format!("dvkit-gateway-{}", self.store().process_name()))
    }

    /// Returns the folder in which a snapshot is fetched.
    fn work_folder(&self, account: &str) -> PathBuf {
        self.work_folders().join(account)
    }

    /// Removes the folders in which snapshots were fetched.
    pub(crate) async fn remove_work_folders(&self) {
        let folder = self.work_folders();
        // A folder that stays is one of temporary files.
        drop(blocking(move || dvkit_files::remove_owned_folder(&folder, &|_, _| true)).await);
    }
}

/// Runs a function that accesses files on a thread for blocking calls.
async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, ApiError> {
    let result = tokio::task::spawn_blocking(act).await.map_err(|_| ApiError::internal())?;
    result.map_err(|error| {
        tracing::error!(%error, "the folder for fetching snapshots cannot be used");
        ApiError::internal()
    })
}

/// Makes the folder have the files of the last snapshot, so that only changes have to be fetched.
fn restore(folder: &Path, files: Option<&SnapshotFiles>) -> std::io::Result<()> {
    dvkit_files::remove_owned_folder(folder, &|_, _| true)?;
    if let Some(parent) = folder.parent() {
        dvkit_files::create_private_folder(parent)?;
    }
    let Some(files) = files else { return Ok(()) };
    for (path, text) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            dvkit_files::create_private_folder(parent)?;
        }
        dvkit_files::replace(&path, text.as_bytes(), WriteMode::Plain)?;
    }
    Ok(())
}

/// Reads the files below a folder, and removes it.
fn collect(folder: &Path) -> std::io::Result<SnapshotFiles> {
    let mut files = SnapshotFiles::new();
    let mut folders = vec![(String::new(), folder.to_owned())];
    while let Some((below, folder)) = folders.pop() {
        for entry in dvkit_files::entries(&folder)? {
            let entry = entry?;
            let path = format!("{below}{}", entry.name.to_string_lossy());
            match entry.kind {
                EntryKind::Folder => folders.push((format!("{path}/"), entry.path)),
                EntryKind::File => {
                    files.insert(
                        path,
                        dvkit_files::read_text(&entry.path, LinkPolicy::Refuse, MAX_FILE_BYTES)?,
                    );
                }
                _ => {}
            }
        }
    }
    dvkit_files::remove_owned_folder(folder, &|_, _| true)?;
    Ok(files)
}

/// Returns a digest of the files that say what exists.
fn digest(files: &SnapshotFiles) -> String {
    let mut context = Context::new(&SHA256);
    for (path, text) in files.iter().filter(|(path, _)| *path != SYNC) {
        for part in [path, text] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
    }
    context.finish().as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Opens the files of a snapshot.
async fn opened(files: SnapshotFiles) -> Result<Schema, ApiError> {
    let opened = tokio::task::spawn_blocking(move || Schema::from_texts(files)).await;
    opened.map_err(|_| ApiError::internal())?.map_err(|error| {
        tracing::error!(%error, "a snapshot in the store cannot be read");
        ApiError::internal()
    })
}

/// Returns what changed between two snapshots.
async fn drift_between(
    before: SnapshotFiles,
    after: SnapshotFiles,
    at: dvkit_client::jiff::Timestamp,
) -> Result<Value, ApiError> {
    let compared = tokio::task::spawn_blocking(move || {
        let load = |files| Schema::from_texts(files).and_then(|store| store.load());
        Ok::<_, dvkit_schema::StoreError>(Diff::between(&load(before)?, &load(after)?))
    });
    let diff = compared.await.map_err(|_| ApiError::internal())?.map_err(|error| {
        tracing::error!(%error, "a snapshot in the store cannot be read");
        ApiError::internal()
    })?;
    Ok(json!({
        "at": at.to_string(),
        "breaking": diff.count(Impact::Breaking),
        "risky": diff.count(Impact::Risky),
        "harmless": diff.count(Impact::Harmless),
        "changes": diff.changes.iter().take(MAX_CHANGES).collect::<Vec<_>>(),
    }))
}

/// Reads the snapshot of an account's organisation.
#[utoipa::path(get, path = "/accounts/{id}/schema", tag = "schema", params(("id" = String, Path, description = "The id of the account")),
    responses(
    (status = 200, description = "The snapshot", body = SchemaView),
    (status = 404, description = "There is no such account", body = ErrorBody),
    (status = 503, description = "The snapshot was not fetched yet", body = ErrorBody),
), security(("api_key" = ["schema.read"])))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    caller: Caller,
    UrlPath(id): UrlPath<String>,
) -> Result<Json<SchemaView>, ApiError> {
    caller.require(Scope::SchemaRead)?;
    let account = caller.account(&gateway, &id).await?;
    let Some(snapshot) = gateway.store().snapshot(&account.id).await? else {
        if account.state != crate::store::AccountState::Connected {
            return Err(gateway.sign_in_required(&account));
        }
        return Err(ApiError::unavailable(
            "the snapshot of this account is being fetched",
            Duration::from_secs(5),
        ));
    };
    view(snapshot).await.map(Json)
}

async fn view(snapshot: Snapshot) -> Result<SchemaView, ApiError> {
    let schema = opened(snapshot.files).await?;
    Ok(SchemaView {
        digest: snapshot.digest,
        fetched_at: snapshot.fetched_at.to_string(),
        changed_at: snapshot.changed_at.to_string(),
        tables: schema.tables().map(|table| table.logical_name.clone()).collect(),
        drift: snapshot.drift,
    })
}

/// Fetches what changed in an account's organisation now.
#[utoipa::path(post, path = "/accounts/{id}/schema/refresh", tag = "schema", params(("id" = String, Path, description = "The id of the account")),
    responses(
    (status = 200, description = "The snapshot", body = SchemaView),
    (status = 404, description = "There is no such account", body = ErrorBody),
), security(("api_key" = ["schema.read"])))]
pub(crate) async fn refresh(
    State(gateway): State<Gateway>,
    caller: Caller,
    UrlPath(id): UrlPath<String>,
) -> Result<Json<SchemaView>, ApiError> {
    caller.require(Scope::SchemaRead)?;
    let account = caller.account(&gateway, &id).await?;
    let snapshot = gateway.refresh_snapshot(&account).await?;
    gateway.store().ensure_job(&account.id, JobKind::Schema, "", gateway.now()).await?;
    view(snapshot).await.map(Json)
}

/// Reads a table of the snapshot, in the form of the snapshot's files.
#[utoipa::path(get, path = "/accounts/{id}/schema/{table}", tag = "schema", params(
    ("id" = String, Path, description = "The id of the account"),
    ("table" = String, Path, description = "The logical name of the table"),
), responses(
    (status = 200, description = "The table", body = Value),
    (status = 404, description = "There is no such account or table", body = ErrorBody),
), security(("api_key" = ["schema.read"])))]
pub(crate) async fn read_table(
    State(gateway): State<Gateway>,
    caller: Caller,
    UrlPath((id, table)): UrlPath<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    caller.require(Scope::SchemaRead)?;
    let account = caller.account(&gateway, &id).await?;
    let schema = gateway.schema(&account.id).await?.ok_or_else(|| ApiError::not_found("table"))?;
    let found = schema.table(&table).map_err(|_| ApiError::internal())?;
    let found = found.ok_or_else(|| ApiError::not_found("table"))?;
    serde_json::to_value(found).map(Json).map_err(|_| ApiError::internal())
}

#[cfg(test)]
mod tests;
