//! Defines [`FetchOptions`], which say what a fetch reads, and [`FetchSummary`], which says what it did.

use std::fmt;

use dvkit_schema::diff::Diff;
use dvkit_schema::store::WriteSummary;

/// The options of a fetch: the tables and languages to fetch, and whether to fetch everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchOptions {
    /// Patterns for the logical names of the tables to fetch: `*` stands for any text, `?` for any one
    /// character, and a leading `!` excludes tables. If no pattern includes tables, and
    /// [`solutions`](Self::solutions) and [`publishers`](Self::publishers) are empty, all tables that are not
    /// excluded are fetched.
    pub tables: Vec<String>,
    /// The unique names of solutions. The tables in these solutions are fetched in addition to those that
    /// `tables` selects.
    pub solutions: Vec<String>,
    /// The unique names of publishers. The tables whose names begin with a prefix of these publishers are
    /// fetched in addition to those that `tables` selects.
    pub publishers: Vec<String>,
    /// The languages (LCIDs) of the labels to fetch. If the list is empty, labels in all languages are
    /// fetched.
    pub languages: Vec<u32>,
    /// Whether to fetch everything, even if a request for the changes since the last fetch would do.
    pub full: bool,
}

/// The reason why everything was fetched instead of only the changes since the last fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FullFetchReason {
    /// There was no snapshot.
    NoSnapshot,
    /// A full fetch was requested with [`FetchOptions::full`].
    Requested,
    /// The snapshot was not written by a fetch, or by one for which the service gave no stamp.
    NoStamp,
    /// The snapshot was modified since the last fetch.
    SnapshotModified,
    /// The organisation, the tables, the languages or the requested properties differ from those of the last
    /// fetch. Another version of dvkit may request other properties.
    OptionsChanged,
    /// The stamp of the last fetch has expired: the service no longer has the changes since then.
    StampExpired,
}

impl fmt::Display for FullFetchReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSnapshot => "there is no snapshot yet",
            Self::Requested => "as asked",
            Self::NoStamp => "the last one left no version stamp",
            Self::SnapshotModified => "the snapshot is not as the last fetch left it",
            Self::OptionsChanged => {
                "it is another organisation, or other tables, languages or properties, than the last time"
            }
            Self::StampExpired => "the version stamp of the last one has expired",
        })
    }
}

/// The summary of a fetch: the requests, the contents of the snapshot, and the written files.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct FetchSummary {
    /// The reason why everything was fetched; `None` if only changes were requested.
    pub full: Option<FullFetchReason>,
    /// The time of the previous fetch (RFC 3339), if only the changes since then were requested; `None` after
    /// a full fetch.
    pub since: Option<String>,
    /// The time of the last full fetch (RFC 3339), if only changes were fetched; `None` after a full fetch.
    /// The operations, and the global choices that no column uses, date from then, because the service does
    /// not report their changes. A fetch with [`FetchOptions::full`] reads them again.
    pub operations_as_of: Option<String>,
    /// The changes that this fetch found in the organisation; empty after a full fetch.
    pub changes: Diff,
    /// The number of tables in the snapshot.
    pub tables: usize,
    /// The number of columns in the snapshot; `None` if the fetch did not read all tables.
    pub columns: Option<usize>,
    /// The number of global choices in the snapshot.
    pub choices: usize,
    /// The number of actions and functions in the snapshot.
    pub operations: usize,
    /// The number of requests sent, not counting retries and sign-in.
    pub requests: u64,
    /// Whether the tables were requested from `EntityDefinitions`, because the service refused
    /// `RetrieveMetadataChanges`.
    pub used_entity_definitions: bool,
    /// The number of tables that were already in the journal of an interrupted fetch.
    pub resumed: usize,
    /// The files of the snapshot that were written; none by [`retrieve`](super::retrieve).
    pub written: WriteSummary,
}
