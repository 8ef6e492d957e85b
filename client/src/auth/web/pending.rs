//! Keeps what a web application has to remember while a person is on the sign-in page.
use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A sign-in that has begun: the person is on the sign-in page. The web application keeps this value in the
/// session of the browser that it has sent there, and gives it to
/// [`WebSignIn::complete`](super::WebSignIn::complete) when the browser comes back.
///
/// Its serialised form contains secrets (the state and the PKCE verifier). A session on the server may contain
/// it as it is; a cookie has to be encrypted.
#[derive(Clone)]
pub struct PendingSignIn {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    /// The organisation for which the first access token is requested.
    pub(super) organisation: String,
    pub(super) state: SecretString,
    pub(super) verifier: SecretString,
    /// The time at which the sign-in began, in seconds since 1970.
    pub(super) begun_at: i64,
}

/// The serialised form of a [`PendingSignIn`].
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    client_id: Cow<'a, str>,
    redirect_uri: Cow<'a, str>,
    organisation: Cow<'a, str>,
    state: Cow<'a, str>,
    verifier: Cow<'a, str>,
    begun_at: i64,
}

impl PendingSignIn {
    /// Returns the time at which the sign-in began. Sessions of sign-ins that were never completed can be
    /// removed an hour later.
    #[must_use]
    pub fn begun_at(&self) -> Timestamp {
        Timestamp::from_second(self.begun_at).unwrap_or(Timestamp::MIN)
    }
}

impl Serialize for PendingSignIn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = Stored {
            client_id: self.client_id.as_str().into(),
            redirect_uri: self.redirect_uri.as_str().into(),
            organisation: self.organisation.as_str().into(),
            state: self.state.expose_secret().into(),
            verifier: self.verifier.expose_secret().into(),
            begun_at: self.begun_at,
        };
        stored.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PendingSignIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        Ok(Self {
            client_id: stored.client_id.into_owned(),
            redirect_uri: stored.redirect_uri.into_owned(),
            organisation: stored.organisation.into_owned(),
            state: SecretString::from(stored.state.into_owned()),
            verifier: SecretString::from(stored.verifier.into_owned()),
            begun_at: stored.begun_at,
        })
    }
}

impl fmt::Debug for PendingSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingSignIn")
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri)
            .field("begun_at", &self.begun_at())
            .finish_non_exhaustive()
    }
}
