//! Sign-in: how a token is had, kept, renewed and never shown.
use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{Error, Result};

mod account;
mod authority;
#[cfg(feature = "azure")]
mod azure;
mod browser;
mod certificate;
mod connection;
mod credentials;
mod device;
mod grant;
mod oauth;
mod store;

pub use account::{Account, AccountBuilder};
pub use authority::Cloud;
#[cfg(feature = "azure")]
pub use azure::AzureIdentity;
pub use certificate::Certificate;
pub use credentials::Credentials;
pub use grant::DevicePrompt;
pub(crate) use oauth::OauthTokenSource;
pub use store::{FileStore, MemoryStore, TokenStore};

/// For which organisation a token is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Audience(String);

impl Audience {
    /// The organisation behind a URL: scheme, host and port, without a slash at the end.
    #[must_use]
    pub fn of(url: &Url) -> Self {
        Self(url.origin().ascii_serialization())
    }

    /// The organisation's URL, without a slash at the end.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.0
    }

    /// The scope that applications ask for.
    #[must_use]
    pub fn default_scope(&self) -> String {
        format!("{}/.default", self.0)
    }

    /// The scope that people's programs ask for.
    #[must_use]
    pub fn user_scope(&self) -> String {
        format!("{}/user_impersonation", self.0)
    }
}

/// A token and how long it lives.
#[derive(Clone)]
pub struct AccessToken {
    secret: SecretString,
    expires_at: Timestamp,
    received_at: Option<Timestamp>,
}

impl AccessToken {
    /// A token that lives until then.
    #[must_use]
    pub fn new(secret: SecretString, expires_at: Timestamp) -> Self {
        Self { secret, expires_at, received_at: None }
    }

    /// When it stops being accepted.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    pub(crate) fn received_at(mut self, now: Timestamp) -> Self {
        self.received_at = Some(now);
        self
    }

    /// How long it lived when it was had.
    pub(crate) fn life(&self) -> Duration {
        let since = self.received_at.unwrap_or(self.expires_at);
        Duration::try_from(self.expires_at.duration_since(since)).unwrap_or(Duration::ZERO)
    }

    pub(crate) fn same(&self, other: &AccessToken) -> bool {
        self.secret.expose_secret() == other.secret.expose_secret()
    }

    /// The token itself, for the one header it belongs in.
    #[must_use]
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Where tokens come from. A source only gets new ones; keeping them, renewing them in time and letting one caller
/// at a time ask is not its business.
pub trait TokenSource: Send + Sync + 'static {
    /// A new token for this organisation.
    ///
    /// # Errors
    /// [`ErrorKind::NeedsSignIn`](crate::ErrorKind::NeedsSignIn) where only a new sign-in of a person helps, else
    /// [`ErrorKind::SignIn`](crate::ErrorKind::SignIn), transient where trying again may help.
    fn fetch<'a>(&'a self, audience: &'a Audience) -> BoxFuture<'a, Result<AccessToken>>;

    /// Who signs in and how, for people: without any secret.
    fn describe(&self) -> String;
}

/// One token that was had elsewhere, and is sent as it is: for tests, for the emulator, and for a script that already has one.
#[derive(Clone)]
pub struct StaticToken(SecretString);

impl StaticToken {
    /// This token, for ever.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self(SecretString::from(token.into()))
    }
}

impl fmt::Debug for StaticToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StaticToken")
    }
}

impl TokenSource for StaticToken {
    fn fetch<'a>(&'a self, _: &'a Audience) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(async {
            if self.0.expose_secret().is_empty() {
                return Err(Error::new(crate::ErrorKind::SignIn, "the token given is empty"));
            }
            Ok(AccessToken::new(self.0.clone(), Timestamp::MAX))
        })
    }

    fn describe(&self) -> String {
        "with a token that was given".to_owned()
    }
}
