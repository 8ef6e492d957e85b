//! The options of a fetch, and its summary.

use std::fmt;

use dvkit_schema::diff::Diff;
use dvkit_schema::store::WriteSummary;

/// The options of a fetch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchOptions {
    /// The tables to fetch, by logical name; `*` stands for any text, `?` for any character, and a leading
    /// `!` excludes tables. All tables are fetched if this, [`solutions`](Self::solutions) and
    /// [`publishers`](Self::publishers) select none.
    pub tables: Vec<String>,
    /// The unique names of solutions whose tables are fetched as well.
    pub solutions: Vec<String>,
    /// The unique names of publishers; tables with their prefix are fetched as well.
    pub publishers: Vec<String>,
    /// The languages of the labels (LCID); all languages if empty.
    pub languages: Vec<u32>,
    /// Whether to fetch everything, whatever was fetched before.
    pub full: bool,
}

/// The reason why everything was fetched, not only changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FullFetchReason {
    /// There was no snapshot.
    NoSnapshot,
    /// A full fetch was requested.
    Requested,
    /// The snapshot was not fetched, or the fetch left no stamp.
    NoStamp,
    /// The snapshot is not as the last fetch left it.
    SnapshotModified,
    /// The organisation, the tables or the languages are not those of the last fetch.
    OptionsChanged,
    /// The stamp has expired: the service no longer knows what changed since.
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
                "it is another organisation, or other tables or languages, than the last time"
            }
            Self::StampExpired => "the version stamp of the last one has expired",
        })
    }
}

/// The summary of a fetch.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct FetchSummary {
    /// The reason why everything was fetched; `None` if only changes were.
    pub full: Option<FullFetchReason>,
    /// The time since which changes were requested (RFC 3339).
    pub since: Option<String>,
    /// The time of the last full fetch (RFC 3339), if only changes were fetched. Operations and global
    /// choices that no column uses, which no stamp covers, date from then; [`FetchOptions::full`] reads them
    /// again.
    pub operations_as_of: Option<String>,
    /// The changes, if only changes were fetched.
    pub changes: Diff,
    /// The number of tables in the snapshot.
    pub tables: usize,
    /// The number of columns in the snapshot, if all were read.
    pub columns: Option<usize>,
    /// The number of global choices in the snapshot.
    pub choices: usize,
    /// The number of actions and functions in the snapshot.
    pub operations: usize,
    /// The number of requests sent, without retries and sign-in.
    pub requests: u64,
    /// Whether `EntityDefinitions` was used because the service refused `RetrieveMetadataChanges`.
    pub used_entity_definitions: bool,
    /// The number of tables that were left by an interrupted fetch.
    pub resumed: usize,
    /// The files that were written. [`retrieve`](super::retrieve) writes none.
    pub written: WriteSummary,
}
