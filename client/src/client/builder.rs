//! Builds a [`Client`]: collects its settings, and checks them when the client is created.
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect;
use tower_layer::Layer;
use tower_service::Service;

use super::send::Core;
use super::transport::{Network, Transport, TransportError};
use super::{Client, Prefer, RequestOptions, RoundTripEstimate, address};
use crate::auth::{Account, Credentials, OauthTokenSource, TokenSource};
use crate::clock::{Clock, SystemClock};
use crate::retry::RetryPolicy;
use crate::throttle::{Gate, Limits, RequestPool};
use crate::{Error, ErrorKind, Result};

/// The `User-Agent` header that is sent by default.
pub(crate) const USER_AGENT: &str = concat!("dvkit/", env!("CARGO_PKG_VERSION"));

/// The longest time that opening a connection takes by default.
pub(crate) const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// A builder of a [`Client`], created by [`Client::builder`].
#[must_use]
pub struct ClientBuilder {
    org_url: String,
    sign_in: Option<SignIn>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    pool: Option<RequestPool>,
    version: String,
    user_agent: String,
    options: RequestOptions,
    connect_timeout: Duration,
    http: Http,
    layers: Vec<Box<dyn FnOnce(Transport) -> Transport + Send>>,
}

/// The HTTP client: the program's own, or one of ours with the program's settings.
enum Http {
    Own(reqwest::Client),
    Configured(Vec<Box<dyn FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send>>),
}

/// The source of a client's access tokens: credentials, a shared account, or a token source.
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
            options: RequestOptions::default(),
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            http: Http::Configured(Vec::new()),
            layers: Vec::new(),
        }
    }

    /// Sets a custom source of access tokens. It replaces credentials or an account that were set before.
    pub fn token_source(mut self, source: impl TokenSource) -> Self {
        self.sign_in = Some(SignIn::Source(Arc::new(source)));
        self
    }

    /// Sets the credentials with which the client signs in. They replace an account or a token source that
    /// was set before.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.sign_in = Some(SignIn::Credentials(Box::new(credentials)));
        self
    }

    /// Sets the account with which the client signs in, in place of credentials or a token source that were
    /// set before. Several clients can share an account, so that one sign-in serves many organisations.
    pub fn account(mut self, account: &Account) -> Self {
        self.sign_in = Some(SignIn::Account(account.clone()));
        self
    }

    /// Sets the service protection limits. The default is the documented limits; a smaller
    /// [`Limits::concurrent`] puts less load on the service.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets a pool, which limits the number of requests that all clients with this pool send at the same
    /// time. By default there is no such limit.
    pub fn pool(mut self, pool: &RequestPool) -> Self {
        self.pool = Some(pool.clone());
        self
    }

    /// Sets how long and how often a failed request is retried.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.options.retry = policy;
        self
    }

    /// Sets the clock, for tests. The default is the system's clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the version of the Web API in the requests' paths; the default is `v9.2`.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// Sets the `User-Agent` header. By default it is `dvkit/` followed by dvkit's version.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Adds preferences to all requests to which they apply. Preferences of a single request take precedence.
    pub fn prefer(mut self, prefer: Prefer) -> Self {
        self.options = self.options.prefer(prefer);
        self
    }

    /// Sets a header of all requests. A name or value that a header cannot contain is reported when a request
    /// is sent.
    pub fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.options = self.options.header(name, value);
        self
    }

    /// Changes the options of all requests: impersonation, bypassed custom logic, deadlines and so on.
    pub fn options(mut self, change: impl FnOnce(RequestOptions) -> RequestOptions) -> Self {
        self.options = change(self.options);
        self
    }

    /// Changes the settings of the HTTP client: a proxy, root certificates, the connection pool.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// use dvkit_client::{Client, reqwest};
    ///
    /// let proxy = reqwest::Proxy::https("http://proxy.contoso.com:8080")?;
    /// let builder = Client::builder("https://contoso.crm4.dynamics.com").http(|http| http.proxy(proxy));
    /// # let _ = builder;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Redirects are never followed, whatever the settings say, because the token would be sent to their target.
    pub fn http(
        mut self,
        change: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + 'static,
    ) -> Self {
        match &mut self.http {
            Http::Configured(changes) => changes.push(Box::new(change)),
            Http::Own(_) => self.http = Http::Configured(vec![Box::new(change)]),
        }
        self
    }

    /// Sets the HTTP client, for example one that a program shares between all its parts. Give it a redirect
    /// policy of [`none`](reqwest::redirect::Policy::none): the Web API does not redirect, and a redirect that
    /// is followed may lead away from the organisation.
    pub fn http_client(mut self, http: reqwest::Client) -> Self {
        self.http = Http::Own(http);
        self
    }

    /// Puts a layer of `tower` around the [`Transport`], which sends each attempt of a request. The layer that
    /// is added last sees a request first.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Transport> + Send + 'static,
        L::Service: Service<
                http::Request<reqwest::Body>,
                Response = http::Response<reqwest::Body>,
                Future: Send + 'static,
            > + Clone
            + Send
            + Sync
            + 'static,
        <L::Service as Service<http::Request<reqwest::Body>>>::Error: Into<TransportError>,
    {
        self.layers.push(Box::new(move |inner| {
            use tower::ServiceExt as _;
            Transport::new(layer.layer(inner).map_err(Into::into))
        }));
        self
    }

    /// Sets how long one attempt of a request may take; the default is two minutes.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = timeout;
        self
    }

    /// Sets how long opening a connection may take; the default is fifteen seconds.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the maximum size of a response's body to `bytes`, counted after decompression; the default is 64
    /// MiB.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.options.max_bytes = bytes;
        self
    }

    /// Creates the client.
    ///
    /// # Errors
    /// Returns an error if the URL is not the URL of an organisation (plain `http` is for loopback only), if
    /// neither credentials nor an account nor a token source is set, or if the system offers no TLS.
    pub fn build(self) -> Result<Client> {
        let org = address::org_url(&self.org_url)?;
        let wrong = |what: &str| Error::new(ErrorKind::Configuration, what);
        let distance = RoundTripEstimate::default();
        let http = match self.http {
            Http::Own(http) => http,
            Http::Configured(changes) => {
                let base = http_builder(&org, &self.user_agent, self.connect_timeout, &distance);
                build_http(changes.into_iter().fold(base, |http, change| change(http)))?
            }
        };
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
        let network = Transport::new(Network(http));
        let transport = self.layers.into_iter().fold(network, |inner, layer| layer(inner));
        let core = Arc::new(Core::new(org, base, transport, account, self.clock, gate));
        Ok(Client { core, options: Arc::new(self.options) })
    }
}

/// Returns an HTTP client for the organisation at `org`, as [`http_builder`] sets it up. Returns an error if the
/// system offers no TLS.
pub(crate) fn http_client(
    org: &url::Url,
    user_agent: &str,
    connect_timeout: Duration,
    distance: &RoundTripEstimate,
) -> Result<reqwest::Client> {
    build_http(http_builder(org, user_agent, connect_timeout, distance))
}

/// Returns the builder of an HTTP client that uses no proxy for loopback. `distance` receives the measured times
/// of new connections.
fn http_builder(
    org: &url::Url,
    user_agent: &str,
    connect_timeout: Duration,
    distance: &RoundTripEstimate,
) -> reqwest::ClientBuilder {
    let http = reqwest::Client::builder()
        .user_agent(user_agent)
        .connect_timeout(connect_timeout)
        .dns_resolver(distance.clone())
        .connector_layer(distance.clone());
    if address::is_loopback(org) { http.no_proxy() } else { http }
}

/// Builds an HTTP client that does not follow redirects, because the token would be sent to their target.
fn build_http(http: reqwest::ClientBuilder) -> Result<reqwest::Client> {
    http.redirect(redirect::Policy::none()).build().map_err(|error| {
        Error::new(ErrorKind::Configuration, "the HTTP client cannot be made")
            .with_source(error.without_url())
    })
}
