//! Defines [`Client`], which sends requests to the Web API of one organisation with one account. Clones are
//! cheap, and share the token, the pacing and the counters.
use std::sync::Arc;

use serde::de::DeserializeOwned;
use url::Url;
use uuid::Uuid;

use crate::Result;
use crate::auth::Account;

pub(crate) mod address;
mod attempt;
mod builder;
mod options;
mod prefer;
mod request;
mod response;
mod round_trip;
mod send;
mod status;
mod stream;
mod transport;

pub use builder::ClientBuilder;
pub(crate) use builder::{DEFAULT_CONNECT_TIMEOUT, USER_AGENT, http_client};
pub use options::{BypassLogic, RequestOptions};
pub(crate) use prefer::Place;
pub use prefer::Prefer;
pub use request::{Expect, Request};
pub use response::Response;
pub(crate) use round_trip::RoundTripEstimate;
pub use status::ClientStatus;
pub use stream::StreamedResponse;
pub use transport::{Transport, TransportError};

/// A client of one organisation's Web API.
#[derive(Clone)]
pub struct Client {
    pub(crate) core: Arc<send::Core>,
    pub(crate) options: Arc<RequestOptions>,
}

impl Client {
    /// Starts building a client of the organisation at `org_url`, such as
    /// `https://contoso.crm4.dynamics.com`. Plain `http` is allowed on loopback only.
    pub fn builder(org_url: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(org_url.into())
    }

    /// Returns a clone of the client with changed options. Both share the token, the pacing and the counters.
    ///
    /// ```
    /// # fn example(client: &dvkit_client::Client) {
    /// use dvkit_client::Prefer;
    ///
    /// let small_pages = client.with(|options| options.prefer(Prefer::new().max_page_size(100)));
    /// # }
    /// ```
    #[must_use]
    pub fn with(&self, change: impl FnOnce(RequestOptions) -> RequestOptions) -> Self {
        let options = Arc::new(change(RequestOptions::clone(&self.options)));
        Self { core: Arc::clone(&self.core), options }
    }

    /// Returns a clone of the client that acts on behalf of another user, as [`RequestOptions::as_user`] says.
    /// `system_user` is the id of the user's row.
    #[must_use]
    pub fn as_user(&self, system_user: Uuid) -> Self {
        self.with(|options| options.as_user(system_user))
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
        self.send_whole(&request).await
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
        self.core.redactor().mask(text)
    }

    /// Returns whether a response's body contains, unchanged, a token that this client has sent. Such a
    /// response is a fault of the service, and should not be stored.
    #[must_use]
    pub fn echoes_token(&self, body: &[u8]) -> bool {
        self.core.redactor().contains_secret(body)
    }

    /// Returns the client's current activity, for progress bars.
    #[must_use]
    pub fn status(&self) -> ClientStatus {
        self.core.status()
    }

    /// Returns the account that the client signs in with.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.core.account
    }

    /// Returns the address of the organisation's Web API, with a slash at the end:
    /// `https://contoso.crm4.dynamics.com/api/data/v9.2/`.
    #[must_use]
    pub fn web_api_url(&self) -> String {
        self.core.web_api_url()
    }

    /// Returns the path of a link to this organisation, with its query, exactly as the link has it; `None` if the text
    /// is not a link, or one to another host. The host names `contoso.api.crm4.…` and `contoso.crm4.…` count as equal.
    #[must_use]
    pub fn path_of_link<'l>(&self, link: &'l str) -> Option<&'l str> {
        let lower = link.get(..8).unwrap_or(link).to_ascii_lowercase();
        if !lower.starts_with("https://") && !lower.starts_with("http://") {
            return None;
        }
        self.core.resolve(link).ok()?;
        let authority = link.find("://")? + 3;
        let path = link[authority..].find(['/', '?', '#']).map_or(link.len(), |at| authority + at);
        Some(&link[path..]).filter(|path| path.starts_with('/'))
    }

    /// Returns the organisation's URL, with a slash at the end.
    #[must_use]
    pub fn org_url(&self) -> &Url {
        &self.core.org
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("org", &self.core.org.as_str()).finish_non_exhaustive()
    }
}
