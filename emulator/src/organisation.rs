//! The organisation that the emulator serves: its current state and its past states.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use dvkit_schema::{Schema, Store};
use jiff::{SignedDuration, Timestamp};

use crate::csdl;
use crate::data::{QueryCache, system_tables};
use crate::response_cache::ResponseCache;

/// The most past states that are kept. Stamps of older states have expired.
const MAX_PAST_STATES: usize = 64;

/// The time for which deletions are remembered (`Organization.ExpireSubscriptionsInDays`). A stamp expires
/// this long after the first change that follows it.
const STAMP_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The state of the organisation between two changes.
#[derive(Debug)]
pub(crate) struct OrganisationState {
    /// The number of changes that were made before this state.
    pub(crate) number: u64,
    /// The time at which this state began.
    pub(crate) since: Timestamp,
    pub(crate) schema: Arc<Schema>,
    csdl: OnceLock<Bytes>,
    store: OnceLock<Store>,
    /// The cache of the responses that were rendered for this state.
    pub(crate) response_cache: ResponseCache,
    /// The cache of the queries that were checked against this state.
    pub(crate) query_cache: QueryCache,
}

impl OrganisationState {
    fn new(number: u64, since: Timestamp, mut schema: Schema) -> Self {
        schema.sort();
        Self {
            number,
            since,
            schema: Arc::new(schema),
            csdl: OnceLock::new(),
            store: OnceLock::new(),
            response_cache: ResponseCache::default(),
            query_cache: QueryCache::default(),
        }
    }

    /// Returns the number of all definitions (tables, columns, relationships and choices), which is the most
    /// that a request may have to examine.
    pub(crate) fn definitions(&self) -> u64 {
        let below = |table: &dvkit_schema::Table| table.columns.len() + table.relationships.len() + 1;
        let all = self.schema.tables.values().map(below).sum::<usize>() + self.schema.choices.len();
        all as u64
    }

    /// Returns the `ServerVersionStamp` of this state, in the form of the service's stamps. Clients must not
    /// interpret it.
    pub(crate) fn stamp(&self) -> String {
        format!("{}!{}", FIRST_STAMP + self.number, self.since.strftime("%m/%d/%Y %H:%M:%S"))
    }

    /// Returns the schema of this state in the form that queries are checked against, with the system tables
    /// that the schema does not have. It is built once, and shares the schema.
    pub(crate) fn store(&self) -> &Store {
        self.store.get_or_init(|| {
            let further = system_tables::missing_from(&self.schema);
            Store::from_shared(Arc::clone(&self.schema), further)
        })
    }

    /// Returns the `$metadata` document of this state. It is rendered once.
    pub(crate) fn csdl(&self) -> Bytes {
        self.csdl.get_or_init(|| csdl::write(&self.schema).into()).clone()
    }
}

/// The number in the stamp of the first state; real stamps have large numbers.
const FIRST_STAMP: u64 = 74_812_162;

/// The past states and, as the last one, the current state. There is always at least one.
#[derive(Debug)]
pub(crate) struct Organisation(Mutex<VecDeque<Arc<OrganisationState>>>);

impl Organisation {
    pub(crate) fn new(schema: Schema, now: Timestamp) -> Self {
        Self(Mutex::new(VecDeque::from([Arc::new(OrganisationState::new(0, now, schema))])))
    }

    fn states(&self) -> MutexGuard<'_, VecDeque<Arc<OrganisationState>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the current state.
    pub(crate) fn now(&self) -> Arc<OrganisationState> {
        Arc::clone(self.states().back().expect("there is always a state"))
    }

    /// Applies `change` to the schema. A new state begins at the time `now`.
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

    /// Discards all past states, so that every stamp except the latest has expired.
    pub(crate) fn discard_past_states(&self) {
        let mut states = self.states();
        let from = states.len().saturating_sub(1);
        states.drain(..from);
    }

    /// Returns the state that a stamp was issued for, or `None` if the stamp is unknown or has expired at the
    /// time `now`.
    pub(crate) fn state_at(&self, stamp: &str, now: Timestamp) -> Option<Arc<OrganisationState>> {
        let states = self.states();
        let index = states.iter().position(|s| s.stamp() == stamp)?;
        let good = states.get(index + 1).is_none_or(|next| now.duration_since(next.since) <= STAMP_LIFETIME);
        states.get(index).filter(|_| good).cloned()
    }
}
