//! Putting a client together.
use std::sync::Arc;
use std::time::Duration;

use super::send::{Core, Settings};
use super::{Client, Prefer, RoundTripEstimate, address};
use crate::auth::{Account, Credentials, OauthTokenSource, TokenSource};
use crate::clock::{Clock, SystemClock};
use crate::retry::RetryPolicy;
use crate::throttle::{Gate, Limits, RequestPool};
use crate::{Error, ErrorKind, Result};

/// How the client names itself unless told.
pub(crate) const USER_AGENT: &str = concat!("dvkit/", env!("CARGO_PKG_VERSION"));

/// A client in the making; begins with [`Client::builder`].
#[must_use]
pub struct ClientBuilder {
    org_url: String,
    sign_in: Option<SignIn>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    pool: Option<RequestPool>,
    version: String,
    user_agent: String,
    settings: Settings,
    connect_timeout: Duration,
}

/// How a client comes to its tokens.
enum SignIn {
    Source(Arc<dyn TokenSource>),
    Account(Account),
    Credentials(Box<Credentials>),
}

impl ClientBuilder {
    pub(super) fn new(org_url: String) -> Self {
        Self {
            org_url,
            sign_in: None,
            clock: Arc::new(SystemClock),
            limits: Limits::default(),
            pool: None,
            version: "v9.2".to_owned(),
            user_agent: USER_AGENT.to_owned(),
            settings: Settings::default(),
            connect_timeout: Duration::from_secs(15),
        }
    }

    /// Where tokens come from.
    pub fn token_source(mut self, source: impl TokenSource) -> Self {
        self.sign_in = Some(SignIn::Source(Arc::new(source)));
        self
    }

    /// What the client signs in with.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.sign_in = Some(SignIn::Credentials(Box::new(credentials)));
        self
    }

    /// An account that other clients use too: one sign-in for many organisations.
    pub fn account(mut self, account: &Account) -> Self {
        self.sign_in = Some(SignIn::Account(account.clone()));
        self
    }

    /// Other limits than the documented ones; a smaller `concurrent` makes a gentler client.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// A bound that this client shares with others of the process.
    pub fn pool(mut self, pool: &RequestPool) -> Self {
        self.pool = Some(pool.clone());
        self
    }

    /// How long and how often a request is tried.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.settings.retry = policy;
        self
    }

    /// Another clock than the system's, for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Another version of the Web API than `v9.2`.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// How the client names itself to the service.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Preferences of every request.
    pub fn prefer(mut self, prefer: Prefer) -> Self {
        self.settings.prefer = prefer;
        self
    }

    /// How long one attempt may take; two minutes unless told.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// How long making a connection may take; fifteen seconds unless told.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How large an answer may be, unpacked; 64 MiB unless told.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.settings.max_bytes = bytes;
        self
    }

    /// The client.
    ///
    /// # Errors
    /// Where the URL is none of an organisation (plain `http` is for loopback only), where nothing says how to sign in, or where
    /// the system offers no TLS.
    pub fn build(self) -> Result<Client> {
        let org = address::org_url(&self.org_url)?;
        let wrong = |what: &str| Error::new(ErrorKind::Configuration, what);
        let distance = RoundTripEstimate::default();
        let http = http_client(&org, &self.user_agent, self.connect_timeout, &distance)?;
        let account = match self.sign_in {
            Some(SignIn::Source(source)) => Account::of(source, Arc::clone(&self.clock)),
            Some(SignIn::Account(account)) => account,
            Some(SignIn::Credentials(credentials)) => {
                let source =
                    OauthTokenSource::new(*credentials, http.clone(), org.clone(), Arc::clone(&self.clock));
                Account::of(Arc::new(source), Arc::clone(&self.clock))
            }
            None => return Err(wrong("nothing says how to sign in: give credentials or a token source")),
        };
        if !self.version.starts_with('v')
            || !self.version[1..].chars().all(|c| c.is_ascii_digit() || c == '.')
        {
            return Err(wrong("a version of the Web API looks like `v9.2`"));
        }
        let base = format!("api/data/{}/", self.version);
        let gate = Gate::new(self.limits, self.pool, distance);
        Ok(Client(Arc::new(Core::new(org, base, http, account, self.clock, gate, self.settings))))
    }
}

/// The connections: never redirected (a token would follow), no proxy for loopback.
pub(crate) fn http_client(
    org: &url::Url,
    user_agent: &str,
    connect_timeout: Duration,
    distance: &RoundTripEstimate,
) -> Result<reqwest::Client> {
    let mut http = reqwest::Client::builder()
        .user_agent(user_agent)
        .connect_timeout(connect_timeout)
        .dns_resolver(distance.clone())
        .connector_layer(distance.clone())
        .redirect(reqwest::redirect::Policy::none());
    if address::is_loopback(org) {
        http = http.no_proxy();
    }
    http.build().map_err(|error| {
        Error::new(ErrorKind::Configuration, "the HTTP client cannot be made")
            .with_source(error.without_url())
    })
}
