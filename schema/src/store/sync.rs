//! What a fetch has to remember to fetch only changes the next time: `sync.json`, beside the snapshot's files.
//!
//! None of it is part of the snapshot: it changes from fetch to fetch, and differs between two organisations with the same
//! metadata. It holds no secret. Where the file is missing, where the snapshot's files are not those that it was
//! written with (somebody imported, merged, or checked out another revision), or where something else is asked for,
//! everything is fetched again; so it may be committed or ignored as one likes.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::files::{Source, retry};
use super::index::{ChoiceEntry, TableEntry};
use super::read::{self, OPERATIONS, ORG};
use super::{Store, StoreError, names};

/// The file's name in the snapshot's folder.
pub(super) const SYNC: &str = "sync.json";

/// The version of the file that is written, and the only one that is read.
const FORMAT_VERSION: u32 = 1;

/// The state of a fetch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SyncState {
    #[serde(rename = "dvkit_sync")]
    format: u32,
    /// The organisation that was asked.
    #[serde(default)]
    pub url: String,
    /// When the last fetch was (RFC 3339).
    #[serde(rename = "fetched", default, skip_serializing_if = "Option::is_none")]
    pub last_fetch: Option<String>,
    /// When the last full fetch was (RFC 3339). Operations and unused global choices, which no stamp covers, date from
    /// then.
    #[serde(rename = "full", default, skip_serializing_if = "Option::is_none")]
    pub last_full_fetch: Option<String>,
    /// `ServerVersionStamp`: changes are asked for since this; none where the service gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<String>,
    /// The selection and the options of the last fetch, in a form that the caller chooses. A fetch with a different
    /// value reads everything again.
    #[serde(rename = "asked", default)]
    pub requested: Value,
    /// The snapshot's files that this belongs to; see [`belongs_to`](Self::belongs_to).
    #[serde(default)]
    digest: String,
    /// `MetadataId` of relationships, by schema name: what is deleted is told by id alone. Those of tables and columns are in the
    /// snapshot.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub relationships: BTreeMap<String, String>,
    /// `MetadataId` of global choices, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub choices: BTreeMap<String, String>,
}

impl SyncState {
    /// The state after a fetch from this organisation.
    #[must_use]
    pub fn new(url: impl Into<String>, requested: Value) -> Self {
        Self { format: FORMAT_VERSION, url: url.into(), requested, ..Self::default() }
    }

    /// The state beside the snapshot in `dir`; `None` where there is none, or none that this version can use: then
    /// everything is fetched, and that is all that is lost.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub fn read(dir: impl AsRef<Path>) -> Result<Option<Self>, StoreError> {
        let bytes = retry(|| Source::directory(dir.as_ref()).read(SYNC));
        let bytes = match bytes {
            Ok(Some(bytes)) => bytes,
            Ok(None) | Err(StoreError::TooLarge { .. }) => return Ok(None),
            Err(e) => return Err(e),
        };
        Ok(serde_json::from_slice::<Self>(&bytes).ok().filter(|s| s.format == FORMAT_VERSION))
    }

    /// Are the snapshot's files those that this was written with? Line ends do not count: git may have changed them.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn belongs_to(&self, store: &Store) -> Result<bool, StoreError> {
        let mut digest = Digest::default();
        let tables = store.tables.iter().map(|t| read::table_path(TableEntry::stem(t)));
        let choices = store.choices.iter().map(|c| read::choice_path(ChoiceEntry::stem(c)));
        let operations = store.has_operations.then(|| OPERATIONS.to_owned());
        for path in tables.chain(choices).chain(operations).chain([ORG.to_owned()]) {
            let bytes = match store.source.read(&path) {
                Ok(Some(bytes)) => bytes,
                // It belonged to the one that was there.
                Ok(None) | Err(StoreError::Replaced { .. }) => return Ok(false),
                Err(e) => return Err(e),
            };
            digest.add(path, &bytes);
        }
        Ok(digest.finish() == self.digest)
    }

    pub(super) fn with_digest(&self, digest: Digest) -> Self {
        Self { digest: digest.finish(), ..self.clone() }
    }
}

/// What the files of a snapshot are told by.
#[derive(Debug, Default)]
pub(super) struct Digest(Vec<(String, u64)>);

impl Digest {
    pub(super) fn add(&mut self, path: String, bytes: &[u8]) {
        self.0.push((path, names::fnv1a(bytes.iter().copied().filter(|b| *b != b'\r'))));
    }

    fn finish(mut self) -> String {
        self.0.sort_unstable();
        let all = self.0.iter().flat_map(|(path, hash)| path.bytes().chain(hash.to_le_bytes()));
        format!("{:016x}", names::fnv1a(all))
    }
}
