//! Snapshots: what exists in each account's organisation, as the files of a snapshot folder.
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use jiff::Timestamp;

use super::{Result, Store, json, millis, time, to_json};
use crate::database::DatabaseError;

/// The files of a snapshot: texts by their path within the folder.
pub type SnapshotFiles = BTreeMap<String, String>;

/// The maximum size of a snapshot, in bytes.
const MAX_SNAPSHOT_BYTES: u64 = 1 << 30;

/// The snapshot of an account's organisation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// A digest of the files that say what exists. It changes if and only if they do.
    pub digest: String,
    /// The files.
    pub files: SnapshotFiles,
    /// What the last refresh that found changes has found; `None` if none has.
    pub drift: Option<serde_json::Value>,
    /// The time of the last refresh.
    pub fetched_at: Timestamp,
    /// The time of the last refresh that found changes.
    pub changed_at: Timestamp,
}

impl Snapshot {
    /// Creates a snapshot.
    #[must_use]
    pub fn new(
        digest: String,
        files: SnapshotFiles,
        drift: Option<serde_json::Value>,
        fetched_at: Timestamp,
        changed_at: Timestamp,
    ) -> Self {
        Self { digest, files, drift, fetched_at, changed_at }
    }
}

fn packed(files: &SnapshotFiles) -> Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let failed = |_| DatabaseError::corrupt("a snapshot cannot be compressed");
    encoder.write_all(to_json(files).as_bytes()).map_err(failed)?;
    Ok(encoder.finish().map_err(failed)?)
}

fn unpacked(bytes: &[u8]) -> Result<SnapshotFiles> {
    let mut text = String::new();
    let read = ZlibDecoder::new(bytes).take(MAX_SNAPSHOT_BYTES).read_to_string(&mut text);
    read.map_err(|_| DatabaseError::corrupt("a snapshot cannot be decompressed"))?;
    Ok(json(&text)?)
}

impl Store {
    /// Returns the snapshot of an account; `None` if there is none yet.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn snapshot(&self, account: &str) -> Result<Option<Snapshot>> {
        let sql = "SELECT digest, body, drift, fetched_at, changed_at FROM snapshots WHERE account_id = $1";
        let Some(row) = self.query_one(sql, vec![account.into()]).await? else { return Ok(None) };
        let body = row.bytes(1)?;
        let files = tokio::task::spawn_blocking(move || unpacked(&body)).await;
        Ok(Some(Snapshot {
            digest: row.text(0)?,
            files: files.map_err(|_| DatabaseError::corrupt("a snapshot was not read"))??,
            drift: row.optional_text(2)?.map(|text| json(&text)).transpose()?,
            fetched_at: time(row.int(3)?)?,
            changed_at: time(row.int(4)?)?,
        }))
    }

    /// Returns the digest of the snapshot of an account; `None` if there is none yet.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn snapshot_digest(&self, account: &str) -> Result<Option<String>> {
        let sql = "SELECT digest FROM snapshots WHERE account_id = $1";
        self.look_up_one(sql, vec![account.into()]).await?.map(|row| Ok(row.text(0)?)).transpose()
    }

    /// Stores the snapshot of an account.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub async fn put_snapshot(&self, account: &str, snapshot: &Snapshot) -> Result<()> {
        let files = snapshot.files.clone();
        let body = tokio::task::spawn_blocking(move || packed(&files)).await;
        let body = body.map_err(|_| DatabaseError::corrupt("a snapshot was not written"))??;
        self.execute(
            "INSERT INTO snapshots (account_id, digest, body, drift, fetched_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (account_id) DO UPDATE SET digest = excluded.digest, body = excluded.body,
             drift = excluded.drift, fetched_at = excluded.fetched_at, changed_at = excluded.changed_at",
            vec![
                account.into(),
                snapshot.digest.as_str().into(),
                body.into(),
                snapshot.drift.as_ref().map(to_json).into(),
                millis(snapshot.fetched_at),
                millis(snapshot.changed_at),
            ],
        )
        .await
        .map(drop)
    }
}
