//! Starting and stopping, and what a test can do meanwhile.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Form, Path, Request, State as Extracted};
use axum::response::Response;
use axum::routing::post;
use dvkit_schema::{Schema, Store, StoreError};
use http::header::{AUTHORIZATION, HeaderValue};
use http::{StatusCode, Uri};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::answer::Answer;
use crate::clock::Clock;
use crate::organisation::Organisation;
use crate::socket::{Cut, Sockets};
use crate::token::{self, Caller, Tokens};
use crate::web_api;

/// The tenant that is served; any other name of one is answered too.
const TENANT: &str = "11111111-2222-4333-8444-555555555555";

/// The emulator: a Web API on loopback.
#[derive(Debug)]
pub struct Emulator;

impl Emulator {
    /// An emulator of an organisation.
    #[must_use]
    pub fn builder(schema: Schema) -> Builder {
        Builder {
            schema,
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            clock: Clock::system(),
            token_lifetime: Duration::from_secs(3600),
        }
    }

    /// An emulator of a snapshot, which is read whole.
    ///
    /// # Errors
    /// Where a file of the snapshot cannot be read.
    pub fn from_store(store: &Store) -> Result<Builder, StoreError> {
        Ok(Self::builder(store.load()?))
    }
}

/// What the emulator is to be like.
#[derive(Debug)]
pub struct Builder {
    schema: Schema,
    address: SocketAddr,
    clock: Clock,
    token_lifetime: Duration,
}

impl Builder {
    /// Where to listen; by default a free port of 127.0.0.1. Any other address than a loopback one is refused.
    #[must_use]
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// The clock to go by; by default the system's.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// How long access tokens are good for; by default an hour.
    #[must_use]
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// Starts it, inside a tokio runtime.
    ///
    /// # Errors
    /// Where the address is not a loopback address, or cannot be listened on.
    pub async fn start(self) -> io::Result<Running> {
        if !self.address.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "the emulator listens on loopback only (127.0.0.1, ::1), not on {}",
                    self.address.ip()
                ),
            ));
        }
        let listener = TcpListener::bind(self.address).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let now = self.clock.now();
        let shared = Arc::new(Shared {
            url,
            organisation: Organisation::new(self.schema, now),
            tokens: Tokens::new(self.token_lifetime),
            clock: self.clock,
        });
        let service = router(Arc::clone(&shared)).into_make_service_with_connect_info::<Cut>();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = axum::serve(Sockets(listener), service);
        let task = tokio::spawn(async move {
            tokio::select! {
                // It ends when the runtime does, or when it is told to.
                result = served.into_future() => drop(result),
                _ = stopped => {}
            }
        });
        Ok(Running { shared, stop: Some(stop), task })
    }
}

/// A running emulator; it stops when dropped.
#[derive(Debug)]
pub struct Running {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Running {
    /// The organisation's address, `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// The address of the Web API, `http://127.0.0.1:40123/api/data/v9.2/`.
    #[must_use]
    pub fn web_api(&self) -> String {
        self.shared.web_api()
    }

    /// The address that signs in, with the tenant: `http://127.0.0.1:40123/11111111-…`.
    #[must_use]
    pub fn authority(&self) -> String {
        self.shared.authority()
    }

    /// The token endpoint.
    #[must_use]
    pub fn token_endpoint(&self) -> String {
        format!("{}/oauth2/v2.0/token", self.authority())
    }

    /// A token of a user, without signing in.
    #[must_use]
    pub fn token(&self, user: &str) -> String {
        self.shared.tokens.issue(Caller { name: user.to_owned() }, self.shared.clock.now())
    }

    /// Ends all access tokens, as if their time had come.
    pub fn expire_tokens(&self) {
        self.shared.tokens.expire();
    }

    /// The clock that it goes by.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The organisation as it is now.
    #[must_use]
    pub fn schema(&self) -> Arc<Schema> {
        Arc::clone(&self.shared.organisation.now().schema)
    }

    /// Changes the organisation; `RetrieveMetadataChanges` tells it to those who come with an older stamp.
    pub fn change(&self, change: impl FnOnce(&mut Schema)) {
        self.shared.organisation.change(self.shared.clock.now(), change);
    }

    /// Forgets the changes so far: stamps from before them have expired.
    pub fn forget_changes(&self) {
        self.shared.organisation.forget();
    }

    /// Stops it, and waits until it has.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        // Whether it ended by itself does not matter any more.
        let _ = (&mut self.task).await;
    }
}

/// What every request shares.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) url: String,
    pub(crate) organisation: Organisation,
    pub(crate) tokens: Tokens,
    pub(crate) clock: Clock,
}

impl Shared {
    /// The address of the Web API.
    pub(crate) fn web_api(&self) -> String {
        format!("{}{}v9.2/", self.url, web_api::ROOT)
    }

    /// The address that signs in.
    pub(crate) fn authority(&self) -> String {
        format!("{}/{TENANT}", self.url)
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/{tenant}/oauth2/v2.0/token", post(token_endpoint))
        .fallback(web_api_endpoint)
        .with_state(shared)
}

async fn token_endpoint(
    Extracted(shared): Extracted<Arc<Shared>>,
    Path(_tenant): Path<String>,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    response(token::token(&shared, &form))
}

async fn web_api_endpoint(Extracted(shared): Extracted<Arc<Shared>>, request: Request) -> Response {
    let Some(url) = resource(request.uri()) else {
        return response(Answer::new(StatusCode::NOT_FOUND, "text/plain", "Nothing is here.\n"));
    };
    let bearer = request.headers().get(AUTHORIZATION).and_then(|v| v.to_str().ok());
    let token = bearer.and_then(|b| b.strip_prefix("Bearer ")).unwrap_or_default();
    let Some(caller) = shared.tokens.caller(token, shared.clock.now()) else {
        return response(unauthorized(&shared));
    };
    let call = web_api::Call { method: request.method().clone(), url, caller };
    let state = shared.organisation.now();
    // Great answers take their time, and the connections of others must not wait for them.
    let answered = tokio::task::spawn_blocking(move || web_api::answer(&shared, &state, &call)).await;
    response(answered.unwrap_or_else(|_| {
        Answer::error(StatusCode::INTERNAL_SERVER_ERROR, "0x80040216", "An unexpected error occurred.")
    }))
}

/// Path and query of a request after `/api/data/v9.2/`, as sent.
fn resource(uri: &Uri) -> Option<String> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(web_api::ROOT)?;
    let (version, rest) = rest.split_once('/')?;
    version.starts_with("v9.").then(|| rest.to_owned())
}

/// The answer to who has no good token: it names the authority to get one from.
fn unauthorized(shared: &Shared) -> Answer {
    let challenge = format!(
        "Bearer authorization_uri={}/oauth2/authorize, resource_id={}/",
        shared.authority(),
        shared.url
    );
    let answer = Answer::new(StatusCode::UNAUTHORIZED, "text/plain", "");
    match HeaderValue::from_str(&challenge) {
        Ok(challenge) => answer.with("www-authenticate", challenge),
        Err(_) => answer,
    }
}

fn response(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}
