//! The state that all requests to one emulator share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::data::RowStore;
use crate::data::baselines::Baselines;
use crate::data::operations::Hooks;
use crate::faults::Faults;
use crate::identity::OrganisationIdentity;
use crate::organisation::Organisation;
use crate::rate_limit::RateLimiter;
use crate::token::Tokens;
use crate::trace::{RequestDetails, Trace};

/// The tenant in the URLs that the emulator returns. Requests may use any other tenant as well.
pub(crate) const TENANT: &str = "11111111-2222-4333-8444-555555555555";

/// The beginning of every path of the Web API. The version follows.
pub(crate) const WEB_API_ROOT: &str = "/api/data/";

/// The state that all requests to one emulator share.
#[derive(Debug)]
pub(crate) struct ServerState {
    pub(crate) url: String,
    pub(crate) port: u16,
    pub(crate) organisation: Organisation,
    /// The name, the ids and the base currency of the organisation.
    pub(crate) identity: OrganisationIdentity,
    pub(crate) tokens: Tokens,
    pub(crate) faults: Faults,
    pub(crate) clock: Clock,
    pub(crate) dop_hint: Option<u32>,
    pub(crate) running: Semaphore,
    pub(crate) rendering: Semaphore,
    pub(crate) page_size: usize,
    pub(crate) generated_ids: bool,
    pub(crate) rate_limiter: Mutex<RateLimiter>,
    pub(crate) servers: AtomicU32,
    pub(crate) trace: Mutex<Trace>,
    pub(crate) rows: RowStore,
    /// The answers to operations.
    pub(crate) operations: Hooks,
    pub(crate) baselines: Baselines,
    /// Whether requests are refused whose answer is a choice that the documentation leaves open.
    pub(crate) strict: bool,
}

impl ServerState {
    /// Returns the URL of the Web API, including the version.
    pub(crate) fn web_api(&self) -> String {
        format!("{}{WEB_API_ROOT}v9.2/", self.url)
    }

    /// Returns the URL of the sign-in service, including the tenant.
    pub(crate) fn authority(&self) -> String {
        format!("{}/{TENANT}", self.url)
    }

    pub(crate) fn rate_limiter(&self) -> MutexGuard<'_, RateLimiter> {
        self.rate_limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a number for the web server of a client that has no cookie yet. It increases with each call.
    pub(crate) fn next_server(&self) -> u32 {
        self.servers.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn trace(&self) -> MutexGuard<'_, Trace> {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a request and the status of its response.
    pub(crate) fn record(&self, method: &str, url: &str, status: u16, details: RequestDetails) {
        self.trace().record(method, url, status, details);
    }
}
