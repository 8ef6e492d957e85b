//! The settings of a gateway, as its configuration file has them. Secrets are not among them.
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use dvkit_diagnostic::Span;
use serde::Deserialize;
use thiserror::Error;
use url::Url;

/// The settings of a gateway.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Settings {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The database: a file of SQLite, or a URL of PostgreSQL (`postgres://…`). The environment variable
    /// `DVKIT_GATEWAY_DATABASE` takes precedence.
    pub database: String,
    /// The file with the keys that secrets are encrypted with. The environment variable `DVKIT_GATEWAY_KEYS` takes
    /// precedence.
    pub keys_file: String,
    /// The maximum number of connections to PostgreSQL.
    pub database_connections: u32,
    /// The URL by which callers and browsers reach the gateway, such as `https://gateway.contoso.com`; `None` for the
    /// address that it listens on.
    pub public_url: Option<Url>,
    /// Further values of the header `Host` that requests may have.
    pub hosts: Vec<String>,
    /// The applications with which accounts sign in, by a name that requests use; `default` is used by those that
    /// name none.
    pub applications: BTreeMap<String, Application>,
    /// The addresses to which a browser may be sent after the sign-in, as prefixes.
    pub return_urls: Vec<String>,
    /// The domains of organisations that accounts may connect to.
    pub organisation_domains: Vec<String>,
    /// Whether accounts may connect to organisations on loopback, such as an emulator. Never set it in production.
    pub allow_loopback_organisations: bool,
    /// The file with the mapping of the CRM model; `None` for the built-in mapping of the standard tables.
    pub mapping: Option<String>,
    /// The name of the environment whose overrides in the mapping apply.
    pub environment: Option<String>,
    /// The limits on what one account may use.
    pub limits: Limits,
    /// The sending of events.
    pub webhooks: WebhookSettings,
    /// The snapshots of the accounts' organisations.
    pub schema: SchemaSettings,
    /// The polls for changes.
    pub changes: ChangeSettings,
}

/// An application of Microsoft Entra ID. Its secret comes from the environment or a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Application {
    /// The application's (client) id.
    pub client_id: String,
    /// The tenant in which people sign in and tokens are requested, by id or domain; `None` for that of each
    /// organisation.
    #[serde(default)]
    pub tenant: Option<String>,
    /// The file with the secret; `None` for the environment variable `DVKIT_GATEWAY_SECRET_<NAME>`, or no secret.
    #[serde(default)]
    pub secret_file: Option<String>,
}

impl Application {
    /// Creates an application with this id.
    #[must_use]
    pub fn new(client_id: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), ..Self::default() }
    }
}

/// The limits on what one account may use, so that it cannot take what others need.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Limits {
    /// The maximum number of requests of one account at the same time.
    pub concurrent: usize,
    /// The maximum number of requests of one account that wait.
    pub waiting: usize,
    /// The maximum number of requests of all accounts at the same time. Those that wait are served in turn, one of
    /// each account.
    pub concurrent_total: usize,
    /// The maximum size of a request's body in bytes.
    pub request_bytes: u64,
    /// The maximum size of a response's body in bytes.
    pub response_bytes: u64,
    /// How many seconds a request may take if its header `Prefer` has no `wait`.
    pub seconds: u64,
    /// How many seconds a request may ask for.
    pub max_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrent: 24,
            waiting: 128,
            concurrent_total: 1_024,
            request_bytes: 128 << 20,
            response_bytes: 1 << 30,
            seconds: 60,
            max_seconds: 300,
        }
    }
}

impl Limits {
    /// Returns how long a request may take. `asked` is what the request asks for.
    #[must_use]
    pub fn deadline(&self, asked: Option<u64>) -> Duration {
        let most = self.max_seconds.max(1);
        Duration::from_secs(asked.unwrap_or(self.seconds).clamp(1, most))
    }
}

/// The sending of events.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct WebhookSettings {
    /// Whether addresses on loopback, and plain `http`, are allowed, which tests need. Never set it in production.
    pub allow_loopback: bool,
    /// The number of attempts after which a delivery has failed for good.
    pub attempts: u32,
    /// How many seconds a receiver may take.
    pub seconds: u64,
    /// The number of deliveries that one process makes at the same time.
    pub concurrent: u32,
    /// How many days deliveries are kept after their end.
    pub kept_days: u32,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self { allow_loopback: false, attempts: 16, seconds: 15, concurrent: 16, kept_days: 14 }
    }
}

/// The snapshots of the accounts' organisations.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SchemaSettings {
    /// The seconds between two refreshes of a snapshot.
    pub refresh_seconds: u64,
    /// Patterns for the logical names of the tables to fetch; empty for those that the model needs, or all.
    pub tables: Vec<String>,
}

impl Default for SchemaSettings {
    fn default() -> Self {
        Self { refresh_seconds: 60 * 60, tables: Vec::new() }
    }
}

/// The polls for changes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ChangeSettings {
    /// The seconds between two polls of a table.
    pub poll_seconds: u64,
    /// The number of polls that one process makes at the same time.
    pub concurrent: u32,
}

impl Default for ChangeSettings {
    fn default() -> Self {
        Self { poll_seconds: 60, concurrent: 8 }
    }
}

/// The domains of the organisations of all Microsoft clouds.
const ORGANISATION_DOMAINS: [&str; 4] =
    ["dynamics.com", "dynamics.cn", "microsoftdynamics.us", "appsplatform.us"];

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8780)),
            database: "gateway.db".to_owned(),
            keys_file: "gateway.keys".to_owned(),
            database_connections: 16,
            public_url: None,
            hosts: Vec::new(),
            applications: BTreeMap::new(),
            return_urls: Vec::new(),
            organisation_domains: ORGANISATION_DOMAINS.map(str::to_owned).to_vec(),
            allow_loopback_organisations: false,
            mapping: None,
            environment: None,
            limits: Limits::default(),
            webhooks: WebhookSettings::default(),
            schema: SchemaSettings::default(),
            changes: ChangeSettings::default(),
        }
    }
}

/// An error of the settings.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct SettingsError(pub(crate) String);

/// The settings that stand above the first section.
const TOP: &[&str] = &[
    "listen",
    "database",
    "keys_file",
    "database_connections",
    "public_url",
    "hosts",
    "return_urls",
    "organisation_domains",
    "allow_loopback_organisations",
    "mapping",
    "environment",
];

impl SettingsError {
    /// Returns the error of a file that is no TOML, or has other settings, with its place.
    fn of_toml(error: &toml::de::Error, text: &str) -> Self {
        let place = error.span().map_or_else(String::new, |span| {
            let (line, column) = Span::new(span.start, span.end).line_column(text);
            format!("line {line}, column {column}: ")
        });
        let message = error.message();
        let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
        // The list of what would be known is that of the section.
        let hint = match unknown.filter(|name| TOP.contains(name)) {
            Some(name) => format!("; `{name}` is no setting of this section, and stands above the first one"),
            None => String::new(),
        };
        Self(format!("{place}{message}{hint}"))
    }
}

impl Settings {
    /// Reads a configuration file, in TOML, and checks it.
    ///
    /// # Errors
    /// Returns an error if the text is not TOML, has unknown settings or values of another type, or is refused by
    /// [`Settings::check`].
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let settings: Self = toml::from_str(text).map_err(|error| SettingsError::of_toml(&error, text))?;
        settings.check()?;
        Ok(settings)
    }

    /// Returns whether the database is one of PostgreSQL.
    #[must_use]
    pub fn is_postgres(database: &str) -> bool {
        database.starts_with("postgres://") || database.starts_with("postgresql://")
    }

    /// Checks what the types do not.
    ///
    /// # Errors
    /// Returns an error if the public URL is not one of a server, if it is not `https` although the gateway is not on
    /// loopback, or if a limit is zero.
    pub fn check(&self) -> Result<(), SettingsError> {
        let wrong = |what: &str| Err(SettingsError(what.to_owned()));
        if let Some(url) = &self.public_url {
            let local = url.host_str().is_some_and(is_loopback_host);
            let scheme = url.scheme() == "https" || url.scheme() == "http" && local;
            if !scheme || url.host_str().is_none() {
                return wrong("`public_url` is an `https` URL, such as `https://gateway.contoso.com`");
            }
            let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
            if !bare || url.password().is_some() || url.path() != "/" {
                return wrong("`public_url` has a host and a port only, without a path");
            }
        } else if !self.listen.ip().is_loopback() {
            return wrong(
                "a gateway that other machines reach needs `public_url`, by which next links lead back to it",
            );
        }
        let limits = &self.limits;
        if limits.concurrent == 0 || limits.concurrent_total == 0 || limits.seconds == 0 {
            return wrong("a limit in `[limits]` is 0, which would refuse every request");
        }
        Ok(())
    }
}

impl Settings {
    /// Returns whether an account may connect to the organisation at this URL.
    pub(crate) fn allows_organisation(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
        if is_loopback_host(&host) {
            return self.allow_loopback_organisations;
        }
        url.scheme() == "https"
            && url.port().is_none()
            && self.organisation_domains.iter().any(|domain| {
                let domain = domain.trim_start_matches('.').to_ascii_lowercase();
                !domain.is_empty() && host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
            })
    }

    /// Returns whether a browser may be sent to this URL after a sign-in.
    pub(crate) fn allows_return_to(&self, url: &Url) -> bool {
        self.return_urls.iter().filter_map(|allowed| Url::parse(allowed).ok()).any(|allowed| {
            allowed.origin() == url.origin()
                && url.path().starts_with(allowed.path())
                && url.username().is_empty()
                && url.password().is_none()
        })
    }
}

/// Returns whether a host is this machine, by name or address.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let ip: Option<std::net::IpAddr> = host.parse().ok();
    ip.map_or_else(|| host.eq_ignore_ascii_case("localhost"), |ip| ip.is_loopback())
}

#[cfg(test)]
mod tests;
