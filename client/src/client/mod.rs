//! Defines [`Client`], which sends requests to the Web API of one organisation with one account. Clones are
//! cheap, and share the token, the pacing and the counters.
use std::sync::Arc;

use serde::de::DeserializeOwned;
use url::Url;

use crate::Result;
use crate::auth::Account;

pub(crate) mod address;
mod builder;
mod prefer;
mod request;
mod response;
mod round_trip;
mod send;
mod status;

pub use builder::ClientBuilder;
pub(crate) use builder::{USER_AGENT, http_client};
pub use prefer::Prefer;
pub use request::Request;
pub use response::Response;
pub(crate) use round_trip::RoundTripEstimate;
pub(crate) use send::Core;
pub use status::ClientStatus;

/// A client of one organisation's Web API.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<send::Core>);

impl Client {
    /// Starts building a client of the organisation at `org_url`, such as
    /// `https://contoso.crm4.dynamics.com`. Plain `http` is allowed on loopback only.
    pub fn builder(org_url: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(org_url.into())
    }

    /// Sends a request and reads the whole response. The token, the service protection limits and retries are
    /// taken care of.
    ///
    /// Dropping the future abandons the request.
    ///
    /// # Errors
    /// Returns an error of any [`ErrorKind`](crate::ErrorKind). A response is an error unless its status is a
    /// success or 304.
    pub async fn send(&self, request: Request) -> Result<Response> {
        self.0.send(&request).await
    }

    /// Sends a request and reads the response as JSON.
    ///
    /// # Errors
    /// Returns the errors of [`Client::send`], and an error if the response is not JSON of type `T`.
    pub async fn json<T: DeserializeOwned>(&self, request: Request) -> Result<T> {
        self.send(request).await?.json()
    }

    /// Sends a GET request and reads the response as JSON. `target` is a path below `/api/data/v9.2/` or a
    /// link, as in [`Request::new`].
    ///
    /// # Errors
    /// Returns the errors of [`Client::json`].
    pub async fn get_json<T: DeserializeOwned>(&self, target: impl Into<String>) -> Result<T> {
        self.json(Request::get(target)).await
    }

    /// Returns `text` with `***` in place of the tokens that this client has sent. Parts and encoded forms of
    /// tokens are masked too. Use it for messages that quote a response; the client's own errors are masked
    /// already.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> std::borrow::Cow<'t, str> {
        self.0.redactor().mask(text)
    }

    /// Returns whether a response's body contains, unchanged, a token that this client has sent. Such a
    /// response is a fault of the service, and should not be stored.
    #[must_use]
    pub fn echoes_token(&self, body: &[u8]) -> bool {
        self.0.redactor().contains_secret(body)
    }

    /// Returns the client's current activity, for progress bars.
    #[must_use]
    pub fn status(&self) -> ClientStatus {
        self.0.status()
    }

    /// Returns the account that the client signs in with.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.0.account
    }

    /// Returns the organisation's URL, with a slash at the end.
    #[must_use]
    pub fn org_url(&self) -> &Url {
        &self.0.org
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("org", &self.0.org.as_str()).finish_non_exhaustive()
    }
}
