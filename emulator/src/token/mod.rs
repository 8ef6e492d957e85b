//! Tokens: who has which, and until when. The endpoints that give them out are in the modules below.

mod endpoint;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

pub(crate) use endpoint::token;

/// Who asks: an application by itself, or for a user.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Caller {
    /// The user, or the application user, by name.
    pub(crate) name: String,
}

/// Lets go of tokens in time: when this many are out, those that have expired are forgotten.
const MANY: usize = 10_000;

/// The tokens that are out.
#[derive(Debug)]
pub(crate) struct Tokens {
    lifetime: Duration,
    access: Mutex<HashMap<String, (Caller, Timestamp)>>,
}

impl Tokens {
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self { lifetime, access: Mutex::default() }
    }

    fn access(&self) -> MutexGuard<'_, HashMap<String, (Caller, Timestamp)>> {
        self.access.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long an access token is good for.
    pub(crate) fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// A new access token.
    pub(crate) fn issue(&self, caller: Caller, now: Timestamp) -> String {
        let token = format!("emulated-{}", Uuid::new_v4().simple());
        let mut access = self.access();
        if access.len() >= MANY {
            access.retain(|_, (_, until)| *until > now);
        }
        let until = now.saturating_add(self.lifetime).unwrap_or(Timestamp::MAX);
        access.insert(token.clone(), (caller, until));
        token
    }

    /// Whose token it is, where it is good.
    pub(crate) fn caller(&self, token: &str, now: Timestamp) -> Option<Caller> {
        self.access().get(token).filter(|(_, until)| *until > now).map(|(caller, _)| caller.clone())
    }

    /// Ends all access tokens.
    pub(crate) fn expire(&self) {
        self.access().clear();
    }
}
