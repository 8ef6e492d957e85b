//! The issued tokens and codes: whom each was issued to, and when it expires. The endpoints that issue them
//! are in [`endpoint`].

pub(crate) mod endpoint;
pub(crate) mod form;
mod grants;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

/// The caller of a request: an application, or a user who signed in to an application.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Caller {
    /// The name of the user or, without a user, of the application.
    pub(crate) name: String,
}

/// The behaviour of the simulated user in a sign-in with a device code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceSignIn {
    /// The user signs in. The number is how many polls get no token before that.
    After(u32),
    /// The user refuses to sign in.
    Decline,
}

/// The settings of the emulated sign-in service.
#[derive(Debug)]
pub(crate) struct SignIn {
    /// The time that access tokens are valid.
    pub(crate) lifetime: Duration,
    /// The secrets of the known applications, by client id. If empty, every application and every secret is
    /// accepted.
    pub(crate) applications: HashMap<String, String>,
    pub(crate) device: DeviceSignIn,
    /// Whether a refresh token can be used once only.
    pub(crate) single_use_refresh_tokens: bool,
}

/// The time that an authorization code is valid.
const CODE_LIFETIME: Duration = Duration::from_secs(600);

/// The time that a device code is valid.
const DEVICE_CODE_LIFETIME: Duration = Duration::from_secs(900);

/// The shortest interval between two polls for the same device code.
const DEVICE_POLL_INTERVAL: Duration = Duration::from_secs(5);

/// The most secrets of one kind that are stored. When the number is reached, the expired ones are discarded;
/// if none has expired, all are.
const MAX_SECRETS: usize = 2_000;

/// All issued tokens and codes, and the settings by which they are issued.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) sign_in: SignIn,
    issued: Mutex<IssuedTokens>,
}

#[derive(Debug, Default)]
struct IssuedTokens {
    access: HashMap<String, Expiring<Caller>>,
    refresh: HashMap<String, Expiring<Grant>>,
    codes: HashMap<String, Expiring<Code>>,
    devices: HashMap<String, Expiring<Device>>,
}

/// A value that expires at the time `until`.
#[derive(Debug)]
struct Expiring<T> {
    value: T,
    until: Timestamp,
}

/// The permission that a user has granted to an application: the application, the user and the scope.
#[derive(Clone, Debug)]
struct Grant {
    client: String,
    caller: Caller,
    scope: String,
}

/// An authorization code that was issued and not yet exchanged for a token.
#[derive(Debug)]
struct Code {
    grant: Grant,
    redirect: String,
    challenge: Option<String>,
}

/// A device code that was issued, and how often it was polled.
#[derive(Debug)]
struct Device {
    grant: Grant,
    asked: u32,
    last: Option<Timestamp>,
}

fn after(now: Timestamp, by: Duration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}

fn secret() -> String {
    format!("emulated-{}", Uuid::new_v4().simple())
}

/// Stores a value that expires after `life` under a new random secret, and returns the secret.
fn store_secret<T>(
    all: &mut HashMap<String, Expiring<T>>,
    value: T,
    now: Timestamp,
    life: Duration,
) -> String {
    if all.len() >= MAX_SECRETS {
        all.retain(|_, held| held.until > now);
        if all.len() >= MAX_SECRETS {
            all.clear();
        }
    }
    let secret = secret();
    all.insert(secret.clone(), Expiring { value, until: after(now, life) });
    secret
}

impl Tokens {
    pub(crate) fn new(sign_in: SignIn) -> Self {
        Self { sign_in, issued: Mutex::default() }
    }

    fn issued(&self) -> MutexGuard<'_, IssuedTokens> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Issues an access token for a caller, and returns it.
    pub(crate) fn issue(&self, caller: Caller, now: Timestamp) -> String {
        store_secret(&mut self.issued().access, caller, now, self.sign_in.lifetime)
    }

    /// Returns the caller that an access token was issued to, or `None` if the token is unknown or has
    /// expired.
    pub(crate) fn caller(&self, token: &str, now: Timestamp) -> Option<Caller> {
        self.issued().access.get(token).filter(|held| held.until > now).map(|held| held.value.clone())
    }

    /// Invalidates all access tokens.
    pub(crate) fn invalidate_access_tokens(&self) {
        self.issued().access.clear();
    }

    /// Invalidates all refresh tokens, so that users have to sign in again.
    pub(crate) fn invalidate_refresh_tokens(&self) {
        self.issued().refresh.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn expired_secrets_are_discarded_when_there_are_too_many_and_all_are_if_none_has_expired() {
        let second = Duration::from_secs(1);
        let mut all = HashMap::new();
        let first = store_secret(&mut all, 0, at(0), second * 10);
        for value in 1..MAX_SECRETS {
            store_secret(&mut all, value, at(0), second * 20);
        }
        assert_eq!(all.len(), MAX_SECRETS);
        // The first one expires at this time.
        let next = store_secret(&mut all, 0, at(10), second * 20);
        assert!(all.len() == MAX_SECRETS && !all.contains_key(&first) && all.contains_key(&next));
        let last = store_secret(&mut all, 0, at(10), second);
        assert_eq!(all.keys().collect::<Vec<_>>(), [&last]);
    }

    #[test]
    fn expired_secrets_are_kept_as_long_as_there_are_few() {
        let second = Duration::from_secs(1);
        let mut all = HashMap::new();
        for (number, now) in [0, 10, 20].into_iter().enumerate() {
            store_secret(&mut all, (), at(now), second);
            assert_eq!(all.len(), number + 1, "{now}");
        }
    }

    #[test]
    fn an_access_token_has_its_caller_until_it_expires_or_is_invalidated() {
        let sign_in = SignIn {
            lifetime: Duration::from_secs(60),
            applications: HashMap::new(),
            device: DeviceSignIn::After(0),
            single_use_refresh_tokens: false,
        };
        let tokens = Tokens::new(sign_in);
        let ann = Caller { name: "ann".into() };
        let token = tokens.issue(ann.clone(), at(0));
        assert!(token.starts_with("emulated-") && token.len() == 41, "{token}");
        for (seconds, known) in [(0, true), (59, true), (60, false), (61, false)] {
            assert_eq!(tokens.caller(&token, at(seconds)), known.then(|| ann.clone()), "{seconds}");
        }
        assert_eq!(tokens.caller("", at(0)), None);
        tokens.invalidate_refresh_tokens();
        assert!(tokens.caller(&token, at(0)).is_some());
        tokens.invalidate_access_tokens();
        assert_eq!(tokens.caller(&token, at(0)), None);
    }
}
