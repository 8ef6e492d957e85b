//! Signs in: obtains, caches and renews access tokens, and masks them in messages. An [`Account`] keeps the
//! tokens, and a [`TokenSource`] requests new ones, for example with [`Credentials`].
use std::fmt;
use std::time::Duration;

pub use futures_util::future::BoxFuture;
use jiff::Timestamp;
pub use secrecy::{ExposeSecret, SecretString};
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
mod identity;
mod oauth;
mod person;
mod refusal;
mod store;
mod web;

pub use account::{Account, AccountBuilder};
pub use authority::Cloud;
#[cfg(feature = "azure")]
pub use azure::AzureIdentity;
pub use certificate::Certificate;
pub use credentials::Credentials;
pub use grant::DevicePrompt;
pub use identity::{Identity, SignInRequired, UserKey};
pub(crate) use oauth::OauthTokenSource;
pub use store::{FileStore, MemoryStore, StoreLock, TokenStore};
pub use web::{
    PendingSignIn, Prompt, RedirectResponse, SignInOptions, SignedIn, WebSignIn, WebSignInBuilder,
};

/// The organisation for which a token is requested.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Audience(String);

impl Audience {
    /// Returns the audience for an organisation's URL. The audience is the URL's scheme, host and port,
    /// without a slash at the end.
    #[must_use]
    pub fn of(url: &Url) -> Self {
        Self(url.origin().ascii_serialization())
    }

    /// Returns the organisation's URL, without a slash at the end.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.0
    }

    /// Returns the scope for an application that signs in as itself.
    #[must_use]
    pub fn default_scope(&self) -> String {
        format!("{}/.default", self.0)
    }

    /// Returns the scope for a program that signs in as a person.
    #[must_use]
    pub fn user_scope(&self) -> String {
        format!("{}/user_impersonation", self.0)
    }
}

/// An access token and its lifetime.
#[derive(Clone)]
pub struct AccessToken {
    secret: SecretString,
    expires_at: Timestamp,
    received_at: Option<Timestamp>,
}

impl AccessToken {
    /// Creates a token that expires at `expires_at`.
    #[must_use]
    pub fn new(secret: SecretString, expires_at: Timestamp) -> Self {
        Self { secret, expires_at, received_at: None }
    }

    /// Returns the time at which the token expires.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    pub(crate) fn received_at(mut self, now: Timestamp) -> Self {
        self.received_at = Some(now);
        self
    }

    /// Returns the lifetime that the token had when it was received.
    pub(crate) fn lifetime(&self) -> Duration {
        let since = self.received_at.unwrap_or(self.expires_at);
        Duration::try_from(self.expires_at.duration_since(since)).unwrap_or(Duration::ZERO)
    }

    pub(crate) fn same(&self, other: &AccessToken) -> bool {
        self.secret.expose_secret() == other.secret.expose_secret()
    }

    /// Returns the token's text, for the `Authorization` header.
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

/// A source of access tokens. A source only requests tokens; [`Account`] caches them, renews them in time,
/// and requests one at a time.
pub trait TokenSource: Send + Sync + 'static {
    /// Requests a new token for `audience`.
    ///
    /// # Errors
    /// Returns [`ErrorKind::NeedsSignIn`](crate::ErrorKind::NeedsSignIn) if only a new sign-in by a person
    /// can help, otherwise [`ErrorKind::SignIn`](crate::ErrorKind::SignIn). The error is transient if a
    /// further attempt may succeed.
    fn fetch<'a>(&'a self, audience: &'a Audience) -> BoxFuture<'a, Result<AccessToken>>;

    /// Returns a text for messages that says who signs in and how. The text must not contain secrets.
    fn describe(&self) -> String;

    /// Returns who signs in, for [`SignInRequired`]. By default nothing is known.
    fn identity(&self) -> Identity {
        Identity::default()
    }

    /// Returns whether the person has signed in elsewhere, for example in another process that shares the
    /// store, since this source has returned [`ErrorKind::NeedsSignIn`](crate::ErrorKind::NeedsSignIn). Then
    /// [`Account`] requests tokens again. By default returns `false`.
    fn signed_in_elsewhere(&self) -> BoxFuture<'_, bool> {
        Box::pin(async { false })
    }
}

/// A token source that always returns one given token, for tests, the emulator, and scripts that already have
/// a token.
#[derive(Clone)]
pub struct StaticToken(SecretString);

impl StaticToken {
    /// Creates a source that always returns `token`, treated as never expiring.
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

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_token_shows_its_end_and_not_itself() {
        let end: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let token = AccessToken::new(SecretString::from("hunter2"), end);
        assert_eq!(format!("{token:?}"), "AccessToken { expires_at: 2026-11-23T12:00:00Z, .. }");
        assert_eq!((token.secret().expose_secret(), token.expires_at()), ("hunter2", end));
        assert_eq!(format!("{:?}", StaticToken::new("hunter2")), "StaticToken");
    }

    #[test]
    fn the_life_of_a_token_begins_when_it_is_received() {
        let end: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let token = || AccessToken::new(SecretString::from("x"), end);
        let second = Duration::from_secs;
        for (token, life) in [
            (token(), Duration::ZERO),
            (token().received_at(end - second(60)), second(60)),
            (token().received_at(end + second(60)), Duration::ZERO),
        ] {
            assert_eq!(token.lifetime(), life, "{token:?}");
        }
        let other = AccessToken::new(SecretString::from("y"), end);
        assert!(token().same(&token().received_at(end)) && !token().same(&other));
    }

    #[tokio::test]
    async fn a_given_token_never_expires_and_is_not_empty() {
        let audience = Audience::of(&"https://contoso.crm4.dynamics.com".parse().unwrap());
        let source = StaticToken::new("x");
        let token = source.fetch(&audience).await.unwrap();
        assert_eq!((token.secret().expose_secret(), token.expires_at()), ("x", Timestamp::MAX));
        assert_eq!(source.describe(), "with a token that was given");
        assert_eq!(source.identity(), Identity::default());
        assert!(!source.signed_in_elsewhere().await);
        let error = StaticToken::new("").fetch(&audience).await.unwrap_err();
        assert_eq!((error.kind(), error.message()), (crate::ErrorKind::SignIn, "the token given is empty"));
    }
}
