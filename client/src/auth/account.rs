//! Keeps the access tokens of one account: requests one token at a time, caches it, and renews it before it
//! expires. A [`Client`](crate::Client) asks its account for a token before every request.
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::identity::{Identity, SignInRequired};
use super::refusal::is_of_one_organisation;
use super::{AccessToken, Audience, TokenSource};
use crate::clock::{Clock, SystemClock};
use crate::retry::{RetryPolicy, format_wait};
use crate::{Error, ErrorKind, Result};

/// The longest time that is left of a token's life when the token is renewed. It applies to tokens that live
/// at least four times this long; other tokens are renewed in the last quarter of their lifetime.
const MAX_RENEWAL_LEAD: Duration = Duration::from_secs(10 * 60);
/// The shortest time that is left of a token's life when the token is renewed. It applies to tokens that live
/// at least four times [`MAX_RENEWAL_LEAD`].
const MIN_RENEWAL_LEAD: Duration = Duration::from_secs(5 * 60);
/// The longest time that [`Account::token`] waits for a sign-in service that cannot be reached.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(60);
/// The shortest remaining lifetime with which a token is still used, because a request has to arrive before
/// its token expires.
const EXPIRY_MARGIN: Duration = Duration::from_secs(2);

/// The time between two checks whether a person has signed in elsewhere.
const ELSEWHERE_INTERVAL: Duration = Duration::from_secs(1);

type Refresh = Shared<BoxFuture<'static, Result<AccessToken>>>;

/// An account that signs in to one or several organisations. Clones share the account and its tokens, so that
/// several clients can use one account.
///
/// The account never requests more than one token at a time, however many callers need one. A token in use is
/// renewed in the background five to ten minutes before it expires, or in the last quarter of its lifetime if
/// it lives less than forty minutes. If the network makes a renewal fail, the renewal is repeated, and the
/// old token remains in use until it expires.
#[derive(Clone)]
pub struct Account(Arc<Inner>);

struct Inner {
    source: Arc<dyn TokenSource>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// A lock held while a token is requested from the source, so that only one request is under way for all
    /// organisations of the account.
    one: tokio::sync::Mutex<()>,
    retry: RetryPolicy,
    hook: Option<Hook>,
}

pub(super) type Hook = Arc<dyn Fn(&SignInRequired) + Send + Sync>;

#[derive(Default)]
struct State {
    slots: HashMap<Audience, CachedToken>,
    /// The error of the last token request, if only a new sign-in by a person can help; otherwise `None`.
    /// [`Account::signed_in`] clears it.
    needs_sign_in: Option<Error>,
    /// When it was last checked whether the person has signed in elsewhere.
    checked_elsewhere: Option<Instant>,
    /// The number of times that the person has signed out. Tokens that were requested before are dropped.
    sign_outs: u64,
    fetched: u64,
}

#[derive(Default)]
struct CachedToken {
    token: Option<AccessToken>,
    /// The number of times that the token for this organisation was replaced, or removed by a sign-out. A renewal compares
    /// it to see whether it is still wanted.
    number: u64,
    used: bool,
    refresh: Option<Refresh>,
    /// The error of the last token request, if a person has to sign in for this organisation, while tokens for
    /// other organisations can be requested; otherwise `None`.
    needs_sign_in: Option<Error>,
}

impl Account {
    /// Creates an account that gets its tokens from `source`.
    #[must_use]
    pub fn new(source: impl TokenSource) -> Self {
        AccountBuilder::new(Arc::new(source)).build()
    }

    /// Starts building an account that gets its tokens from `source`, with settings such as a hook or a
    /// clock.
    pub fn builder(source: impl TokenSource) -> AccountBuilder {
        AccountBuilder::new(Arc::new(source))
    }

    pub(crate) fn of(source: Arc<dyn TokenSource>, clock: Arc<dyn Clock>) -> Self {
        AccountBuilder::new(source).shared_clock(clock).build()
    }

    /// Returns a token for `audience` that is valid long enough for the next request: the cached token, or a
    /// new one.
    ///
    /// # Errors
    /// Returns [`ErrorKind::NeedsSignIn`] without a request if the account is known to need a sign-in, unless
    /// the person has signed in meanwhile elsewhere, for example to another process that shares the token
    /// store. Returns [`ErrorKind::SignIn`] if no token was obtained.
    pub async fn token(&self, audience: &Audience) -> Result<AccessToken> {
        let error = match self.0.cached_token(audience) {
            Cached::Token(token) => return Ok(token),
            Cached::Renewal(refresh) => return refresh.await,
            Cached::NeedsSignIn { error, check: false } => return Err(error),
            Cached::NeedsSignIn { error, check: true } => error,
        };
        if !self.0.source.signed_in_elsewhere().await {
            return Err(error);
        }
        self.signed_in();
        match self.0.cached_token(audience) {
            Cached::Token(token) => Ok(token),
            Cached::Renewal(refresh) => refresh.await,
            Cached::NeedsSignIn { error, .. } => Err(error),
        }
    }

    /// Removes `token` from the cache, after the service has refused it. Has no effect if the cache already
    /// holds a newer token.
    pub fn reject(&self, audience: &Audience, token: &AccessToken) {
        let mut state = self.0.state();
        if let Some(slot) = state.slots.get_mut(audience)
            && slot.token.as_ref().is_some_and(|kept| kept.same(token))
        {
            slot.token = None;
        }
    }

    /// Returns whether a person has to sign in again before the account can get tokens, for all organisations
    /// or for one of them.
    #[must_use]
    pub fn needs_sign_in(&self) -> bool {
        let state = self.0.state();
        state.needs_sign_in.is_some() || state.slots.values().any(|slot| slot.needs_sign_in.is_some())
    }

    /// Records that the person has signed in again. The account then requests tokens again.
    pub fn signed_in(&self) {
        let mut state = self.0.state();
        state.needs_sign_in = None;
        for slot in state.slots.values_mut() {
            slot.needs_sign_in = None;
        }
    }

    /// Records that the person has signed in, and caches the token that was received.
    pub(super) fn signed_in_with(&self, audience: &Audience, token: AccessToken) {
        self.signed_in();
        let token = token.received_at(self.0.clock.now());
        let mut state = self.0.state();
        self.0.cache(&mut state, audience, &token);
    }

    /// Removes all cached tokens, and records that a person has to sign in, without an event.
    pub(super) fn signed_out(&self) {
        let mut state = self.0.state();
        for slot in state.slots.values_mut() {
            slot.token = None;
            // The renewal that is scheduled for the token is not for this account any more.
            slot.number += 1;
        }
        state.sign_outs += 1;
        state.needs_sign_in = Some(signed_out());
    }

    /// Returns who signs in, as far as the token source knows it.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.0.source.identity()
    }

    /// Returns the number of tokens obtained from the source so far.
    #[must_use]
    pub fn tokens_fetched(&self) -> u64 {
        self.0.state().fetched
    }

    /// Returns the time at which the cached token for `audience` expires; `None` if no token is cached.
    #[must_use]
    pub fn expires_at(&self, audience: &Audience) -> Option<Timestamp> {
        Some(self.0.state().slots.get(audience)?.token.as_ref()?.expires_at())
    }

    /// Returns a text for messages that says who signs in and how, such as the application's id and the kind
    /// of sign-in. The text contains nothing secret.
    #[must_use]
    pub fn describe(&self) -> String {
        self.0.source.describe()
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("source", &self.describe()).finish_non_exhaustive()
    }
}

/// A builder of an [`Account`], created by [`Account::builder`].
#[must_use]
pub struct AccountBuilder {
    source: Arc<dyn TokenSource>,
    clock: Arc<dyn Clock>,
    hook: Option<Hook>,
    retry: RetryPolicy,
}

impl AccountBuilder {
    pub(super) fn new(source: Arc<dyn TokenSource>) -> Self {
        let retry = RetryPolicy {
            first_wait: Duration::from_secs(1),
            max_unanswered: u32::MAX,
            ..RetryPolicy::default()
        };
        Self { source, clock: Arc::new(SystemClock), hook: None, retry }
    }

    /// Sets `hook`, a function that is called each time the account gets into the state in which a person has
    /// to sign in again, for all organisations or for one. The event says who has to sign in, and why. The
    /// function must not block.
    pub fn on_needs_sign_in(mut self, hook: impl Fn(&SignInRequired) + Send + Sync + 'static) -> Self {
        self.hook = Some(Arc::new(hook));
        self
    }

    pub(super) fn shared_hook(mut self, hook: Option<Hook>) -> Self {
        self.hook = hook;
        self
    }

    /// Sets the clock that decides when tokens expire. The default is the system's clock.
    pub fn clock(self, clock: impl Clock) -> Self {
        self.shared_clock(Arc::new(clock))
    }

    pub(crate) fn shared_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the maximum number of attempts per sign-in if no response arrives at all. By default attempts are made for as
    /// long as a sign-in may take.
    pub fn max_unanswered(mut self, attempts: u32) -> Self {
        self.retry = self.retry.max_unanswered(attempts);
        self
    }

    /// Creates the account.
    #[must_use]
    pub fn build(self) -> Account {
        Account(Arc::new(Inner {
            source: self.source,
            clock: self.clock,
            state: Mutex::default(),
            one: tokio::sync::Mutex::new(()),
            retry: self.retry,
            hook: self.hook,
        }))
    }
}

/// What the cache has for an organisation.
enum Cached {
    Token(AccessToken),
    /// There is no valid token, but a request for one is under way.
    Renewal(Refresh),
    NeedsSignIn {
        error: Error,
        /// Whether it should be checked that the person has not signed in elsewhere.
        check: bool,
    },
}

impl Inner {
    /// Returns the cached token for `audience` if it is valid long enough for the next request. Otherwise
    /// starts a renewal, if no sign-in by a person is needed.
    fn cached_token(self: &Arc<Self>, audience: &Audience) -> Cached {
        let mut state = self.state();
        let now = self.clock.now();
        let slot = state.slots.entry(audience.clone()).or_default();
        slot.used = true;
        if let Some(token) = slot
            .token
            .as_ref()
            .filter(|token| time_left(token, now) > EXPIRY_MARGIN.min(token.lifetime() / 10))
        {
            return Cached::Token(token.clone());
        }
        if let Some(error) = slot.needs_sign_in.clone().or_else(|| state.needs_sign_in.clone()) {
            let check = state.checked_elsewhere.is_none_or(|last| last.elapsed() >= ELSEWHERE_INTERVAL);
            if check {
                state.checked_elsewhere = Some(Instant::now());
            }
            return Cached::NeedsSignIn { error, check };
        }
        Cached::Renewal(self.shared_renewal(&mut state, audience, Instant::now() + SIGN_IN_TIMEOUT))
    }

    /// Caches a token, and schedules its renewal.
    fn cache(self: &Arc<Self>, state: &mut State, audience: &Audience, token: &AccessToken) {
        let slot = state.slots.entry(audience.clone()).or_default();
        slot.token = Some(token.clone());
        slot.number += 1;
        slot.used = false;
        let number = slot.number;
        state.fetched += 1;
        tracing::debug!(expires_at = %token.expires_at(), "signed in");
        self.renew_later(audience, token, number);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the renewal that is under way; if there is none, starts one that repeats its request until the
    /// time `until`. A renewal is a task of its own: it continues even if its callers stop waiting, so that a
    /// new refresh token is always stored.
    fn shared_renewal(self: &Arc<Self>, state: &mut State, audience: &Audience, until: Instant) -> Refresh {
        let slot = state.slots.entry(audience.clone()).or_default();
        if let Some(refresh) = &slot.refresh {
            return refresh.clone();
        }
        let (account, audience) = (Arc::clone(self), audience.clone());
        let task = tokio::spawn(async move { account.renew(&audience, until).await });
        let refresh = task
            .map(|ended| {
                ended.unwrap_or_else(|_| Err(Error::new(ErrorKind::SignIn, "the sign-in was abandoned")))
            })
            .boxed()
            .shared();
        slot.refresh = Some(refresh.clone());
        refresh
    }

    async fn renew(self: &Arc<Self>, audience: &Audience, until: Instant) -> Result<AccessToken> {
        let sign_outs = self.state().sign_outs;
        let result = {
            let _one = self.one.lock().await;
            self.request_token(audience, until).await
        };
        let mut state = self.state();
        let has_signed_out = state.sign_outs != sign_outs;
        let slot = state.slots.entry(audience.clone()).or_default();
        slot.refresh = None;
        match &result {
            Ok(_) if has_signed_out => return Err(signed_out()),
            Ok(token) => {
                slot.needs_sign_in = None;
                state.needs_sign_in = None;
                self.cache(&mut state, audience, token);
            }
            Err(error) if error.kind() == ErrorKind::NeedsSignIn => {
                let all_organisations = !is_of_one_organisation(error);
                let former = match all_organisations {
                    true => state.needs_sign_in.replace(error.clone()),
                    false => slot.needs_sign_in.replace(error.clone()),
                };
                drop(state);
                if former.is_none() {
                    self.report(audience, error, all_organisations);
                }
            }
            Err(_) => {}
        }
        result
    }

    /// Tells the hook and the log that a person has to sign in again.
    fn report(&self, audience: &Audience, error: &Error, all_organisations: bool) {
        tracing::warn!(account = self.source.describe(), "the account has to sign in again");
        if let Some(hook) = &self.hook {
            hook(&SignInRequired {
                identity: self.source.identity(),
                organisation: audience.clone(),
                all_organisations,
                error: error.clone(),
            });
        }
    }

    /// Requests a token for `audience` from the source. After a transient error the request is repeated,
    /// until the time `until`.
    async fn request_token(&self, audience: &Audience, until: Instant) -> Result<AccessToken> {
        let mut waits = self.retry.waits();
        let mut unanswered = 0;
        loop {
            let error = match self.source.fetch(audience).await {
                Ok(token) => return Ok(token.received_at(self.clock.now())),
                Err(error) => error,
            };
            unanswered = if error.status().is_none() { unanswered + 1 } else { 0 };
            if unanswered >= self.retry.max_unanswered {
                return Err(error);
            }
            let wait = error.retry_after().or_else(|| waits.next()).unwrap_or(self.retry.max_wait);
            let left = until.saturating_duration_since(Instant::now());
            if !error.is_transient() || wait > left {
                return Err(match error.retry_after().filter(|_| error.is_transient()) {
                    Some(asked) => error.append_message(&format!("; it asks to wait {}", format_wait(asked))),
                    None => error,
                });
            }
            tracing::debug!(%error, ?wait, "the sign-in is tried again");
            sleep(wait).await;
        }
    }

    /// Schedules a renewal of `token` in the background. The renewal is skipped if the token was not used
    /// meanwhile. `number` is the token's number in the cache.
    fn renew_later(self: &Arc<Self>, audience: &Audience, token: &AccessToken, number: u64) {
        let now = self.clock.now();
        let Some(wait) = wait_before_renewal(time_left(token, now), rand::random()) else { return };
        let (account, audience) = (Arc::downgrade(self), audience.clone());
        tokio::spawn(async move {
            sleep(wait).await;
            let Some(account) = Weak::upgrade(&account) else { return };
            let mut state = account.state();
            let now = account.clock.now();
            let Some(slot) = state.slots.get(&audience) else { return };
            if slot.number != number || !slot.used || slot.refresh.is_some() {
                return;
            }
            // There is time for further attempts until the old token expires.
            let rest = slot.token.as_ref().map_or(Duration::ZERO, |token| time_left(token, now));
            drop(account.shared_renewal(&mut state, &audience, Instant::now() + rest.max(SIGN_IN_TIMEOUT)));
        });
    }
}

/// Returns the error of an account whose person has signed out.
fn signed_out() -> Error {
    Error::new(ErrorKind::NeedsSignIn, "the person has signed out")
}

/// Returns how long to wait before a token with the remaining lifetime `life` is renewed; `None` if the token
/// never expires. `chance` is a random number from 0 to 1 that spreads the renewals of many accounts.
fn wait_before_renewal(life: Duration, chance: f64) -> Option<Duration> {
    if life > Duration::from_secs(10 * 365 * 24 * 3600) {
        return None;
    }
    let (earliest, latest) = if life >= 4 * MAX_RENEWAL_LEAD {
        (MAX_RENEWAL_LEAD, MIN_RENEWAL_LEAD)
    } else {
        (life / 4, life / 8)
    };
    let before = latest + (earliest - latest).mul_f64(chance.clamp(0.0, 1.0));
    Some(life.saturating_sub(before))
}

/// Returns how long a token remains valid, counted from `now`; zero if it has expired.
fn time_left(token: &AccessToken, now: Timestamp) -> Duration {
    Duration::try_from(token.expires_at().duration_since(now)).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests;
