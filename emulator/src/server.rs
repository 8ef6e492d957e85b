//! Starting and stopping, and what a test can do meanwhile.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dvkit_schema::{Schema, Store, StoreError};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::faults::{FaultScript, Faults};
use crate::metadata;
use crate::organisation::Organisation;
use crate::rate_limit::{Limits, RateLimiter};
use crate::socket::Listener;
use crate::state::ServerState;
use crate::token::{Caller, DeviceSignIn, SignIn, Tokens};
use crate::trace::RecordedRequest;

/// The emulator: a Web API on loopback.
#[derive(Debug)]
pub struct Emulator;

impl Emulator {
    /// An emulator of an organisation.
    #[must_use]
    pub fn builder(schema: Schema) -> EmulatorBuilder {
        EmulatorBuilder {
            schema,
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            clock: Clock::system(),
            sign_in: SignIn {
                lifetime: Duration::from_secs(3600),
                applications: HashMap::new(),
                device: DeviceSignIn::After(1),
            },
            limits: Limits::default(),
            faults: FaultScript::default(),
            dop_hint: Some(4),
            generated_ids: false,
            page_size: DEFAULT_PAGE_SIZE,
            connections: DEFAULT_CONNECTIONS,
            header_timeout: DEFAULT_HEADER_TIMEOUT,
        }
    }

    /// An emulator of a snapshot, which is read whole.
    ///
    /// # Errors
    /// Where a file of the snapshot cannot be read.
    pub fn from_store(store: &Store) -> Result<EmulatorBuilder, StoreError> {
        Ok(Self::builder(store.load()?))
    }
}

/// What the emulator is to be like.
#[derive(Debug)]
pub struct EmulatorBuilder {
    schema: Schema,
    address: SocketAddr,
    clock: Clock,
    sign_in: SignIn,
    limits: Limits,
    faults: FaultScript,
    dop_hint: Option<u32>,
    generated_ids: bool,
    page_size: usize,
    connections: usize,
    header_timeout: Duration,
}

/// Rows of a page, as the service has them.
const DEFAULT_PAGE_SIZE: usize = 5000;

/// Connections at a time: some programs, each with as many as one user may have.
const DEFAULT_CONNECTIONS: usize = 256;

/// How long a connection may take to say what it wants.
const DEFAULT_HEADER_TIMEOUT: Duration = Duration::from_secs(15);

/// Nobody is waited for longer.
const MAX_HEADER_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

impl EmulatorBuilder {
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
        self.sign_in.lifetime = lifetime;
        self
    }

    /// An application that can sign in by itself, and its secret. Without any every application can, with every secret.
    #[must_use]
    pub fn application(mut self, client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.sign_in.applications.insert(client_id.into(), secret.into());
        self
    }

    /// What the user of a device does; by default it signs in when it was asked for the second time.
    #[must_use]
    pub fn device_sign_in(mut self, device: DeviceSignIn) -> Self {
        self.sign_in.device = device;
        self
    }

    /// The limits of service protection; by default those that are documented.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What goes wrong; by default nothing.
    #[must_use]
    pub fn faults(mut self, script: FaultScript) -> Self {
        self.faults = script;
        self
    }

    /// The recommended degree of parallelism that responses carry (`x-ms-dop-hint`); by default 4.
    #[must_use]
    pub fn dop_hint(mut self, hint: Option<u32>) -> Self {
        self.dop_hint = hint;
        self
    }

    /// Gives tables and columns of which the schema knows no `MetadataId` one that is made of their names, as a live
    /// organisation always has them; deletions can be told only by id. By default what is not known is not told.
    #[must_use]
    pub fn generated_ids(mut self) -> Self {
        self.generated_ids = true;
        self
    }

    /// Rows of a page, at least one; by default 5,000. Metadata comes without pages.
    #[must_use]
    pub fn page_size(mut self, rows: usize) -> Self {
        self.page_size = rows.max(1);
        self
    }

    /// Connections that are held at a time, at least one; by default 256. More wait until one of them ends.
    #[must_use]
    pub fn max_connections(mut self, most: usize) -> Self {
        self.connections = most.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// How long the head of a request may take, from the connection or the answer before it on; by default 15 seconds. A connection that
    /// says nothing for so long is closed, and so is one that takes nothing of its answer for four times as long.
    #[must_use]
    pub fn header_timeout(mut self, time: Duration) -> Self {
        self.header_timeout = time.min(MAX_HEADER_TIMEOUT);
        self
    }

    /// Starts it, inside a tokio runtime.
    ///
    /// # Errors
    /// Where the address is not a loopback address, or cannot be listened on.
    pub async fn start(mut self) -> io::Result<RunningEmulator> {
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
        let address = listener.local_addr()?;
        let url = format!("http://{address}");
        let now = self.clock.now();
        if self.generated_ids {
            metadata::make_ids(&mut self.schema);
        }
        let faults = Faults::default();
        faults.follow(self.faults);
        let shared = Arc::new(ServerState {
            url,
            port: address.port(),
            organisation: Organisation::new(self.schema, now),
            tokens: Tokens::new(self.sign_in),
            faults,
            dop_hint: self.dop_hint,
            generated_ids: self.generated_ids,
            page_size: self.page_size,
            running: Semaphore::new(MAX_CONCURRENT_REQUESTS),
            rendering: Semaphore::new(MAX_CONCURRENT_RENDERS),
            rate_limiter: Mutex::new(RateLimiter::new(self.limits)),
            servers: AtomicU32::new(0),
            trace: Mutex::default(),
            clock: self.clock,
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let sockets =
            Listener { listener, connections: self.connections, header_timeout: self.header_timeout };
        // It ends when the runtime does, or when it is told to.
        let task = tokio::spawn(sockets.serve(Arc::clone(&shared), stopped));
        Ok(RunningEmulator { shared, stop: Some(stop), task })
    }
}

/// A running emulator; it stops when dropped.
#[derive(Debug)]
pub struct RunningEmulator {
    shared: Arc<ServerState>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl RunningEmulator {
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
        let generated_ids = self.shared.generated_ids;
        self.shared.organisation.change(self.shared.clock.now(), |schema| {
            change(schema);
            if generated_ids {
                metadata::make_ids(schema);
            }
        });
    }

    /// Follows another script of faults, from its beginning.
    pub fn faults(&self, script: FaultScript) {
        self.shared.faults.follow(script);
    }

    /// The requests so far, the earliest first; of very many the latest, and of very long ones the beginning.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.trace().all()
    }

    /// How many answers about the metadata of now had to be made. Those that were made already are given again, also within a batch.
    #[must_use]
    pub fn responses_rendered(&self) -> u64 {
        self.shared.organisation.now().response_cache.rendered()
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> &ServerState {
        &self.shared
    }

    /// Ends all refresh tokens: `invalid_grant` until the user signs in again.
    pub fn revoke_refresh_tokens(&self) {
        self.shared.tokens.revoke();
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

/// How many requests are answered at a time; more wait. Far beyond what one user may do.
const MAX_CONCURRENT_REQUESTS: usize = 1024;

/// How many great answers are made at a time.
const MAX_CONCURRENT_RENDERS: usize = 8;
