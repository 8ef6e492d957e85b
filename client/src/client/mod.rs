//! The client: one organisation's Web API, one account. Cheap to clone; clones share token, pacing and figures.
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

/// A client of one organisation.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<send::Core>);

impl Client {
    /// Begins a client of the organisation at this URL, as `https://contoso.crm4.dynamics.com`. Plain `http` is for
    /// loopback only.
    pub fn builder(org_url: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(org_url.into())
    }

    /// Sends a request and reads the answer whole, with everything that belongs to it: token, pacing, retries.
    ///
    /// Dropping the future abandons the request.
    ///
    /// # Errors
    /// Everything in [`ErrorKind`](crate::ErrorKind); an answer that is no success is an error.
    pub async fn send(&self, request: Request) -> Result<Response> {
        self.0.send(&request).await
    }

    /// Sends a request and reads the answer as JSON.
    ///
    /// # Errors
    /// As [`Client::send`]; also where the answer is of another shape.
    pub async fn json<T: DeserializeOwned>(&self, request: Request) -> Result<T> {
        self.send(request).await?.json()
    }

    /// Reads a path as JSON.
    ///
    /// # Errors
    /// As [`Client::json`].
    pub async fn get_json<T: DeserializeOwned>(&self, target: impl Into<String>) -> Result<T> {
        self.json(Request::get(target)).await
    }

    /// A text of the service's with `***` in place of the tokens that this client sent it, also where they come back in part or encoded:
    /// for messages that quote an answer. The client's own errors are masked already.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> std::borrow::Cow<'t, str> {
        self.0.redactor().mask(text)
    }

    /// Whether an answer holds a token that this client sent, as it was sent. No answer should; what does is better not kept.
    #[must_use]
    pub fn echoes_token(&self, answer: &[u8]) -> bool {
        self.0.redactor().contains_secret(answer)
    }

    /// What the client is doing right now: for progress bars.
    #[must_use]
    pub fn status(&self) -> ClientStatus {
        self.0.status()
    }

    /// The account that the client signs in with.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.0.account
    }

    /// The organisation's URL, with a slash at the end.
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
