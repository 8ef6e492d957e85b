//! Tokens: who has which, and until when. The endpoints that give them issued are in [`endpoint`].

pub(crate) mod endpoint;
pub(crate) mod form;
mod grants;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

/// Who asks: an application by itself, or for a user.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Caller {
    /// The user, or the application, by name.
    pub(crate) name: String,
}

/// What a user does whom a device asks to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceSignIn {
    /// Signs in after the device has asked so many times in vain.
    After(u32),
    /// Declines.
    Decline,
}

/// How signing in goes.
#[derive(Debug)]
pub(crate) struct SignIn {
    /// How long access tokens are good for.
    pub(crate) lifetime: Duration,
    /// The applications that are known, with their secrets; none: every application and every secret is.
    pub(crate) applications: HashMap<String, String>,
    pub(crate) device: DeviceSignIn,
}

/// How long a code of the authorize endpoint is good for.
const CODE_LIFETIME: Duration = Duration::from_secs(600);

/// How long a device's code is good for.
const DEVICE_CODE_LIFETIME: Duration = Duration::from_secs(900);

/// How often a device may ask.
const DEVICE_POLL_INTERVAL: Duration = Duration::from_secs(5);

/// When this many secrets of one sort are issued, those that have expired are forgotten, and then all.
const MAX_SECRETS: usize = 2_000;

/// The tokens and codes that are issued.
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

/// Something good until a time.
#[derive(Debug)]
struct Expiring<T> {
    value: T,
    until: Timestamp,
}

/// What a user has granted to an application.
#[derive(Clone, Debug)]
struct Grant {
    client: String,
    caller: Caller,
    scope: String,
}

/// A code of the authorize endpoint.
#[derive(Debug)]
struct Code {
    grant: Grant,
    redirect: String,
    challenge: Option<String>,
}

/// A device that waits for its user.
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

/// Keeps something under a new secret.
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

    /// A new access token.
    pub(crate) fn issue(&self, caller: Caller, now: Timestamp) -> String {
        store_secret(&mut self.issued().access, caller, now, self.sign_in.lifetime)
    }

    /// Whose token it is, where it is good.
    pub(crate) fn caller(&self, token: &str, now: Timestamp) -> Option<Caller> {
        self.issued().access.get(token).filter(|held| held.until > now).map(|held| held.value.clone())
    }

    /// Ends all access tokens.
    pub(crate) fn expire(&self) {
        self.issued().access.clear();
    }

    /// Ends all refresh tokens: users have to sign in again.
    pub(crate) fn revoke(&self) {
        self.issued().refresh.clear();
    }
}
