//! Reads and writes `sync.json`, the state of the last fetch, which lets the next fetch request only the
//! changes.
//!
//! The file is not part of the snapshot: it changes with every fetch, and differs between two organisations
//! with equal metadata. It contains no secret, and may be committed or ignored. The next fetch reads
//! everything if the file is missing, if an import, a merge or a checkout of another revision has changed the
//! snapshot without it, or if the fetch has other options.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::folder::retry;
use super::format::{OPERATIONS, ORG, choice_path, table_path};
use super::index::{ChoiceEntry, TableEntry};
use super::source::Source;
use super::{Store, StoreError, names};

/// The name of the file with the state of the last fetch.
pub(super) const SYNC: &str = "sync.json";

/// The version of `sync.json` that is written, and the only one that is read.
const FORMAT_VERSION: u32 = 1;

/// The state that a fetch leaves for the next one, in `sync.json`: the organisation, the times, and a stamp.
/// Given the stamp, the service returns only the changes that came later.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SyncState {
    #[serde(rename = "dvkit_sync")]
    format: u32,
    /// The address of the organisation: `https://contoso.crm4.dynamics.com`.
    #[serde(default)]
    pub url: String,
    /// The time of the last fetch (RFC 3339); `None` if unknown.
    #[serde(rename = "fetched", default, skip_serializing_if = "Option::is_none")]
    pub last_fetch: Option<String>,
    /// The time of the last full fetch (RFC 3339); `None` if unknown. The operations, and the global choices
    /// that no column uses, date from then, because the service does not report their changes.
    #[serde(rename = "full", default, skip_serializing_if = "Option::is_none")]
    pub last_full_fetch: Option<String>,
    /// The `ServerVersionStamp` of the last fetch. The next fetch requests the changes since this stamp.
    /// `None` if the service gave no stamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<String>,
    /// The selection and the options of the last fetch, in a form that the caller chooses. A fetch with other
    /// options reads everything.
    #[serde(rename = "asked", default)]
    pub requested: Value,
    /// A digest of the snapshot's files when the state was written; see [`belongs_to`](Self::belongs_to).
    #[serde(default)]
    digest: String,
    /// The `MetadataId` of each relationship, by schema name. The service reports deleted relationships by id
    /// only. The ids of tables and columns are in the snapshot.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub relationships: BTreeMap<String, String>,
    /// The `MetadataId` of each global choice, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub choices: BTreeMap<String, String>,
}

impl SyncState {
    /// Returns the state after a fetch from the organisation at `url`; times, stamp and ids are empty.
    /// `requested` is the selection and the options, in a form that the caller chooses.
    #[must_use]
    pub fn new(url: impl Into<String>, requested: Value) -> Self {
        Self { format: FORMAT_VERSION, url: url.into(), requested, ..Self::default() }
    }

    /// Reads the `sync.json` of the snapshot in `dir`. Returns `None` if the file does not exist, or if this
    /// version of dvkit cannot read it; the next fetch then reads everything.
    ///
    /// # Errors
    /// Returns an error if the file system reports one.
    pub fn read(dir: impl AsRef<Path>) -> Result<Option<Self>, StoreError> {
        let bytes = retry(|| Source::directory(dir.as_ref()).read(SYNC));
        let bytes = match bytes {
            Ok(Some(bytes)) => bytes,
            Ok(None) | Err(StoreError::TooLarge { .. }) => return Ok(None),
            Err(e) => return Err(e),
        };
        Ok(serde_json::from_slice::<Self>(&bytes).ok().filter(|s| s.format == FORMAT_VERSION))
    }

    /// Returns whether the snapshot's files are unchanged since this state was written. Line ends are
    /// ignored, because git may change them.
    ///
    /// # Errors
    /// Returns an error if a file of the snapshot cannot be read.
    pub fn belongs_to(&self, store: &Store) -> Result<bool, StoreError> {
        let mut digest = Digest::default();
        let tables = store.tables.iter().map(|t| table_path(TableEntry::stem(t)));
        let choices = store.choices.iter().map(|c| choice_path(ChoiceEntry::stem(c)));
        let operations = store.has_operations.then(|| OPERATIONS.to_owned());
        for path in tables.chain(choices).chain(operations).chain([ORG.to_owned()]) {
            let bytes = match store.source.read(&path) {
                Ok(Some(bytes)) => bytes,
                // The state belongs to the snapshot that was there before.
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

/// A digest of a snapshot's files: for each file its path and a hash of its contents.
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
