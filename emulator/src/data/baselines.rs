//! Rows and definitions that are saved under names, to be restored later.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dvkit_schema::Schema;
use rusqlite::Connection;

/// Saved rows and definitions, by name.
#[derive(Default)]
pub(crate) struct Baselines(Mutex<BTreeMap<String, Baseline>>);

/// Saved rows and definitions.
pub(super) struct Baseline {
    pub(super) rows: Connection,
    pub(super) schema: Arc<Schema>,
}

impl fmt::Debug for Baselines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Baselines").finish_non_exhaustive()
    }
}

impl Baselines {
    /// Locks the baselines for one thread, and returns them by name.
    pub(super) fn saved(&self) -> MutexGuard<'_, BTreeMap<String, Baseline>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
