//! What is asked of a fetch, and what it tells at its end.

use std::fmt;

use dvkit_schema::diff::Diff;
use dvkit_schema::store::WriteSummary;

/// What to fetch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchOptions {
    /// Tables by logical name, `*` and `?` standing for any characters; `!` before one leaves tables out. All tables where
    /// nothing is chosen here, in [`solutions`](Self::solutions) or in [`publishers`](Self::publishers).
    pub tables: Vec<String>,
    /// The tables in these solutions too, by unique name.
    pub solutions: Vec<String>,
    /// The tables with these publishers' prefixes too, by unique name of the publisher.
    pub publishers: Vec<String>,
    /// Labels in these languages only (LCID); all where there are none.
    pub languages: Vec<u32>,
    /// Fetch everything, whatever was fetched before.
    pub full: bool,
}

/// Why everything was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FullFetchReason {
    /// There was no snapshot.
    NoSnapshot,
    /// It was asked for.
    Requested,
    /// The snapshot was not fetched, or by a way that leaves no stamp.
    NoStamp,
    /// The snapshot is not the one that the last fetch left.
    SnapshotModified,
    /// Another organisation, other tables or other languages are wanted than the last time.
    OptionsChanged,
    /// The service has forgotten what changed since.
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

/// What a fetch did.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct FetchSummary {
    /// Why everything was fetched; `None` where changes were enough.
    pub full: Option<FullFetchReason>,
    /// Since when changes were asked for (RFC 3339).
    pub since: Option<String>,
    /// Where changes were enough: since when (RFC 3339) what no stamp covers was not read again, which is operations and global choices
    /// that no column uses. [`FetchOptions::full`] reads them.
    pub operations_as_of: Option<String>,
    /// What changed, where changes were enough.
    pub changes: Diff,
    /// Tables of the snapshot.
    pub tables: usize,
    /// Columns of its tables, where all were read.
    pub columns: Option<usize>,
    /// Its global choices.
    pub choices: usize,
    /// Its actions and functions.
    pub operations: usize,
    /// Requests that were sent; repetitions and sign-in do not count.
    pub requests: u64,
    /// `RetrieveMetadataChanges` was refused, and `EntityDefinitions` did.
    pub used_entity_definitions: bool,
    /// Tables that an interrupted fetch had left.
    pub resumed: usize,
    /// What was written; nothing by [`retrieve`](super::retrieve).
    pub written: WriteSummary,
}
