//! Defines the format of a snapshot: its version, its limits, and the names of its files. Readers and writers
//! of snapshots share these definitions.

use serde::{Deserialize, Serialize};

use crate::Operation;

/// The version of the snapshot format that this crate writes. It is also the newest version that the crate
/// reads.
pub const FORMAT_VERSION: u32 = 1;

/// The maximum size of a snapshot file in bytes: 64 MiB.
pub const MAX_FILE_BYTES: u64 = 64 << 20;

/// The path of the file with the organisation's facts and the index, relative to the snapshot's directory.
pub(super) const ORG: &str = "org.json";

/// The path of the file with the operations, relative to the snapshot's directory.
pub(super) const OPERATIONS: &str = "operations.json";

/// The contents of `operations.json`.
#[derive(Serialize, Deserialize)]
pub(super) struct Operations {
    pub(super) operations: Vec<Operation>,
}

/// Returns the path of a table's file, relative to the snapshot's directory. `stem` is the file name without
/// extension.
pub(super) fn table_path(stem: &str) -> String {
    format!("tables/{stem}.json")
}

/// Returns the path of a global choice's file, relative to the snapshot's directory. `stem` is the file name
/// without extension.
pub(super) fn choice_path(stem: &str) -> String {
    format!("choices/{stem}.json")
}
