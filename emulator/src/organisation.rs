//! The organisation that is served, and what it was before.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use dvkit_schema::Schema;
use jiff::{SignedDuration, Timestamp};

use crate::csdl;
use crate::response_cache::ResponseCache;

/// How many states are remembered; changes since an older one cannot be told.
const MAX_PAST_STATES: usize = 64;

/// How long it is remembered what was deleted, `Organization.ExpireSubscriptionsInDays`: a stamp from before a change that
/// is older than this has expired.
const STAMP_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What the organisation was from some moment on.
#[derive(Debug)]
pub(crate) struct OrganisationState {
    /// Counts the changes.
    pub(crate) number: u64,
    /// Since when.
    pub(crate) since: Timestamp,
    pub(crate) schema: Arc<Schema>,
    csdl: OnceLock<Bytes>,
    /// Answers to what was asked about it.
    pub(crate) response_cache: ResponseCache,
}

impl OrganisationState {
    fn new(number: u64, since: Timestamp, mut schema: Schema) -> Self {
        schema.sort();
        Self {
            number,
            since,
            schema: Arc::new(schema),
            csdl: OnceLock::new(),
            response_cache: ResponseCache::default(),
        }
    }

    /// How many definitions a question may have to look at: tables, columns, relationships, choices.
    pub(crate) fn definitions(&self) -> u64 {
        let below = |table: &dvkit_schema::Table| table.columns.len() + table.relationships.len() + 1;
        let all = self.schema.tables.values().map(below).sum::<usize>() + self.schema.choices.len();
        all as u64
    }

    /// `ServerVersionStamp`: opaque to clients, in the service's form.
    pub(crate) fn stamp(&self) -> String {
        format!("{}!{}", FIRST_STAMP + self.number, self.since.strftime("%m/%d/%Y %H:%M:%S"))
    }

    /// `$metadata`.
    pub(crate) fn csdl(&self) -> Bytes {
        self.csdl.get_or_init(|| csdl::write(&self.schema).into()).clone()
    }
}

/// Numbers of stamps are not small ones.
const FIRST_STAMP: u64 = 74_812_162;

/// The states, the latest last; never empty.
#[derive(Debug)]
pub(crate) struct Organisation(Mutex<VecDeque<Arc<OrganisationState>>>);

impl Organisation {
    pub(crate) fn new(schema: Schema, now: Timestamp) -> Self {
        Self(Mutex::new(VecDeque::from([Arc::new(OrganisationState::new(0, now, schema))])))
    }

    fn states(&self) -> MutexGuard<'_, VecDeque<Arc<OrganisationState>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it is now.
    pub(crate) fn now(&self) -> Arc<OrganisationState> {
        Arc::clone(self.states().back().expect("there is always a state"))
    }

    /// Changes it.
    pub(crate) fn change(&self, now: Timestamp, change: impl FnOnce(&mut Schema)) {
        let before = self.now();
        let mut schema = Schema::clone(&before.schema);
        change(&mut schema);
        let mut states = self.states();
        if let Some(last) = states.back() {
            last.response_cache.clear();
        }
        let number = states.back().map_or(0, |s| s.number + 1);
        states.push_back(Arc::new(OrganisationState::new(number, now, schema)));
        if states.len() > MAX_PAST_STATES {
            states.pop_front();
        }
    }

    /// Forgets what it was: every stamp but the latest has expired.
    pub(crate) fn forget(&self) {
        let mut states = self.states();
        let from = states.len().saturating_sub(1);
        states.drain(..from);
    }

    /// The state that a stamp names, unless it has expired.
    pub(crate) fn at(&self, stamp: &str, now: Timestamp) -> Option<Arc<OrganisationState>> {
        let states = self.states();
        let index = states.iter().position(|s| s.stamp() == stamp)?;
        let good = states.get(index + 1).is_none_or(|next| now.duration_since(next.since) <= STAMP_LIFETIME);
        states.get(index).filter(|_| good).cloned()
    }
}
