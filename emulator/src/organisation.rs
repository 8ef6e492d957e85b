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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn a_stamp_expires_ninety_days_after_the_change_that_follows_it() {
        let organisation = Organisation::new(Schema::default(), at(0));
        let first = organisation.now().stamp();
        assert_eq!(first, "74812162!01/15/2027 08:00:00");
        let days = |days: i64| days * 24 * 3_600;
        // The latest state has no change after it.
        assert!(organisation.state_at(&first, at(days(1_000))).is_some());
        organisation.change(at(days(10)), |_| {});
        let second = organisation.now().stamp();
        assert_eq!(second, "74812163!01/25/2027 08:00:00");
        for (seconds, known) in [(days(10), true), (days(100), true), (days(100) + 1, false)] {
            assert_eq!(organisation.state_at(&first, at(seconds)).is_some(), known, "{seconds}");
            assert_eq!(organisation.state_at(&second, at(seconds)).unwrap().number, 1, "{seconds}");
        }
        assert!(organisation.state_at("74812162!01/15/2027 08:00:01", at(0)).is_none());
        organisation.discard_past_states();
        assert!(organisation.state_at(&first, at(days(10))).is_none());
        assert!(organisation.state_at(&second, at(days(10))).is_some());
    }

    #[test]
    fn the_latest_sixty_four_states_are_kept() {
        let organisation = Organisation::new(Schema::default(), at(0));
        let mut stamps = vec![organisation.now().stamp()];
        for number in 1..70 {
            organisation.change(at(number), |schema| schema.org.languages.push(1_033));
            stamps.push(organisation.now().stamp());
            let known = stamps.iter().filter(|stamp| organisation.state_at(stamp, at(number)).is_some());
            assert_eq!(known.count(), stamps.len().min(64), "{number}");
        }
        assert!(organisation.state_at(&stamps[5], at(70)).is_none());
        assert_eq!(organisation.state_at(&stamps[6], at(70)).unwrap().number, 6);
        // Each state has the schema of its time.
        assert!(organisation.state_at(&stamps[69], at(70)).is_some());
        assert_eq!(organisation.now().schema.org.languages, [1_033]);
    }

    #[test]
    fn definitions_are_tables_columns_relationships_and_choices() {
        let mut schema = Schema::default();
        let count = |schema: &Schema| Organisation::new(schema.clone(), at(0)).now().definitions();
        assert_eq!(count(&schema), 0);
        schema.choices.insert("c".into(), dvkit_schema::Choice::default());
        assert_eq!(count(&schema), 1);
        let column = dvkit_schema::Column::new("a", dvkit_schema::ColumnType::BigInt);
        let table = dvkit_schema::Table { columns: vec![column.clone(), column], ..Default::default() };
        schema.tables.insert("t".into(), table);
        assert_eq!(count(&schema), 4);
    }
}
