//! Starting and stopping, and what a test can do meanwhile.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dvkit_schema::{Schema, Store, StoreError};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::faults::{Faults, Script};
use crate::organisation::Organisation;
use crate::protection::{Limits, Protection};
use crate::socket::Sockets;
use crate::token::{Caller, DeviceSignIn, SignIn, Tokens};
use crate::trace::{Seen, Trace};
use crate::{metadata, web_api};

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
            sign_in: SignIn {
                lifetime: Duration::from_secs(3600),
                applications: HashMap::new(),
                device: DeviceSignIn::After(1),
            },
            limits: Limits::default(),
            faults: Script::default(),
            dop_hint: Some(4),
            ids: false,
            page_size: PAGE_SIZE,
            connections: CONNECTIONS,
            header_time: HEADER_TIME,
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
    sign_in: SignIn,
    limits: Limits,
    faults: Script,
    dop_hint: Option<u32>,
    ids: bool,
    page_size: usize,
    connections: usize,
    header_time: Duration,
}

/// Rows of a page, as the service has them.
const PAGE_SIZE: usize = 5000;

/// Connections at a time: some programs, each with as many as one user may have.
const CONNECTIONS: usize = 256;

/// How long a connection may take to say what it wants.
const HEADER_TIME: Duration = Duration::from_secs(15);

/// Nobody is waited for longer.
const LONGEST_TIME: Duration = Duration::from_secs(24 * 60 * 60);

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
    pub fn faults(mut self, script: Script) -> Self {
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
    pub fn made_ids(mut self) -> Self {
        self.ids = true;
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
    pub fn connections(mut self, most: usize) -> Self {
        self.connections = most.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// How long the head of a request may take, from the connection or the answer before it on; by default 15 seconds. A connection that
    /// says nothing for so long is closed, and so is one that takes nothing of its answer for four times as long.
    #[must_use]
    pub fn header_time(mut self, time: Duration) -> Self {
        self.header_time = time.min(LONGEST_TIME);
        self
    }

    /// Starts it, inside a tokio runtime.
    ///
    /// # Errors
    /// Where the address is not a loopback address, or cannot be listened on.
    pub async fn start(mut self) -> io::Result<Running> {
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
        if self.ids {
            metadata::make_ids(&mut self.schema);
        }
        let faults = Faults::default();
        faults.follow(self.faults);
        let shared = Arc::new(Shared {
            url,
            port: address.port(),
            organisation: Organisation::new(self.schema, now),
            tokens: Tokens::new(self.sign_in),
            faults,
            dop_hint: self.dop_hint,
            ids: self.ids,
            page_size: self.page_size,
            running: Semaphore::new(MAX_RUNNING),
            making: Semaphore::new(MAX_MAKING),
            protection: Mutex::new(Protection::new(self.limits)),
            servers: AtomicU32::new(0),
            trace: Mutex::default(),
            clock: self.clock,
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let sockets = Sockets { listener, connections: self.connections, header_time: self.header_time };
        // It ends when the runtime does, or when it is told to.
        let task = tokio::spawn(sockets.serve(Arc::clone(&shared), stopped));
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
        let ids = self.shared.ids;
        self.shared.organisation.change(self.shared.clock.now(), |schema| {
            change(schema);
            if ids {
                metadata::make_ids(schema);
            }
        });
    }

    /// Follows another script of faults, from its beginning.
    pub fn faults(&self, script: Script) {
        self.shared.faults.follow(script);
    }

    /// The requests so far, the earliest first; of very many the latest, and of very long ones the beginning.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.shared.trace().all()
    }

    /// How many answers about the metadata of now had to be made. Those that were made already are given again, also within a batch.
    #[must_use]
    pub fn answers_made(&self) -> u64 {
        self.shared.organisation.now().kept.made()
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> &Shared {
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
const MAX_RUNNING: usize = 1024;

/// How many great answers are made at a time.
const MAX_MAKING: usize = 8;

/// What every request shares.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) url: String,
    pub(crate) port: u16,
    pub(crate) organisation: Organisation,
    pub(crate) tokens: Tokens,
    pub(crate) faults: Faults,
    pub(crate) clock: Clock,
    pub(crate) dop_hint: Option<u32>,
    pub(crate) running: Semaphore,
    pub(crate) making: Semaphore,
    pub(crate) page_size: usize,
    ids: bool,
    protection: Mutex<Protection>,
    servers: AtomicU32,
    trace: Mutex<Trace>,
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

    pub(crate) fn protection(&self) -> MutexGuard<'_, Protection> {
        self.protection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts on, for whoever belongs to no server yet.
    pub(crate) fn next_server(&self) -> u32 {
        self.servers.fetch_add(1, Ordering::Relaxed)
    }

    fn trace(&self) -> MutexGuard<'_, Trace> {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn remember(&self, method: &str, url: &str, status: u16) {
        self.trace().remember(method, url, status);
    }
}
