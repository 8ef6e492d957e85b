//! Builds the emulator and starts it.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dvkit_diagnostic::limits::MAX_ROWS_PER_RESPONSE;
use dvkit_schema::{Schema, Store, StoreError};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};

use crate::clock::Clock;
use crate::data::RowStore;
use crate::data::baselines::Baselines;
use crate::data::control;
use crate::data::operations::{Hooks, OperationAnswersError, OperationCall, OperationError};
use crate::data::seed::{self, SeedSource};
use crate::faults::{FaultScript, Faults};
use crate::identity::{BaseCurrency, OrganisationIdentity};
use crate::in_process::{IN_PROCESS_PORT, InProcessEmulator};
use crate::metadata;
use crate::organisation::Organisation;
use crate::rate_limit::{Limits, RateLimiter};
use crate::running::RunningEmulator;
use crate::sample::Sample;
use crate::socket::Listener;
use crate::state::ServerState;
use crate::token::{DeviceSignIn, SignIn, Tokens};

/// The emulator: a server of the Web API on a loopback address.
#[derive(Debug)]
pub struct Emulator;

impl Emulator {
    /// Starts building an emulator that serves the organisation with this schema.
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
                single_use_refresh_tokens: false,
            },
            limits: Limits::default(),
            faults: FaultScript::default(),
            dop_hint: Some(4),
            generated_ids: false,
            page_size: DEFAULT_PAGE_SIZE,
            connections: DEFAULT_CONNECTIONS,
            header_timeout: DEFAULT_HEADER_TIMEOUT,
            data: None,
            operations: Hooks::default(),
            seeds: Vec::new(),
            unavailable: None,
            strict: false,
            name: None,
            base_currency: BaseCurrency::default(),
            sample: Sample::Contoso,
        }
    }

    /// Starts building an emulator that serves the sample organisation Contoso, which comes with this crate. It
    /// has no rows; [`seed_sample`](EmulatorBuilder::seed_sample) adds the sample data.
    /// [`start`](EmulatorBuilder::start) fails if the crate was built outside of its repository, and so without
    /// the sample.
    #[must_use]
    pub fn sample() -> EmulatorBuilder {
        Self::of_sample(Sample::Contoso)
    }

    /// Starts building an emulator that serves the second sample organisation, Fabrikam, as
    /// [`sample`](Self::sample) serves Contoso. It has the same standard tables, customised in another way: other
    /// columns and choices, labels in German, and the Swiss franc as base currency. No id of a user or a row is
    /// also one of Contoso.
    ///
    /// ```
    /// use dvkit_emulator::Emulator;
    ///
    /// let (contoso, fabrikam) = (Emulator::sample().seed_sample(), Emulator::fabrikam().seed_sample());
    /// # drop((contoso, fabrikam));
    /// ```
    #[must_use]
    pub fn fabrikam() -> EmulatorBuilder {
        let base_currency = BaseCurrency {
            code: "CHF".into(),
            name: "Schweizer Franken".into(),
            symbol: "Fr.".into(),
            precision: 2,
        };
        Self::of_sample(Sample::Fabrikam).organisation("fabrikam").base_currency(base_currency)
    }

    fn of_sample(sample: Sample) -> EmulatorBuilder {
        let (schema, unavailable) = match sample.schema() {
            Ok(schema) => (schema, None),
            Err(why) => (Schema::default(), Some(why)),
        };
        EmulatorBuilder { sample, unavailable, ..Self::builder(schema) }
    }

    /// Starts building an emulator that serves a snapshot. The whole snapshot is loaded.
    ///
    /// # Errors
    /// Returns an error if a file of the snapshot cannot be read.
    pub fn from_store(store: &Store) -> Result<EmulatorBuilder, StoreError> {
        Ok(Self::builder(store.load()?))
    }
}

/// A builder of an emulator, created by [`Emulator::builder`].
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
    data: Option<PathBuf>,
    operations: Hooks,
    seeds: Vec<SeedSource>,
    /// The reason why the organisation cannot be served.
    unavailable: Option<String>,
    strict: bool,
    /// The name of the organisation, from which its ids are made; `None` for that without a name.
    name: Option<String>,
    base_currency: BaseCurrency,
    /// The sample organisation that the sample data belongs to.
    sample: Sample,
}

/// The default number of rows per page, which is the service's.
const DEFAULT_PAGE_SIZE: usize = MAX_ROWS_PER_RESPONSE as usize;

/// The default number of concurrent connections: enough for several programs that each use as many as one
/// user may have.
const DEFAULT_CONNECTIONS: usize = 256;

/// The default time within which the head of a request has to arrive.
const DEFAULT_HEADER_TIMEOUT: Duration = Duration::from_secs(15);

/// The longest time that can be set for the arrival of a request's head.
const MAX_HEADER_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

impl EmulatorBuilder {
    /// Sets the address to listen on. The default is a free port of 127.0.0.1. [`start`](Self::start) refuses
    /// an address that is not a loopback address.
    #[must_use]
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Sets the name of the organisation. The ids of the organisation, of its business unit, of its users and of
    /// seeded rows without an id are made from it, so that emulators that stand for different organisations have
    /// no ids in common. Without a name, the ids are those that every emulator without a name has.
    #[must_use]
    pub fn organisation(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the base currency of the organisation. The default is the US dollar.
    #[must_use]
    pub fn base_currency(mut self, currency: BaseCurrency) -> Self {
        self.base_currency = currency;
        self
    }

    /// Sets the clock that all times of the emulator come from. By default it is the system's clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets how long access tokens are valid; the default is an hour.
    #[must_use]
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.sign_in.lifetime = lifetime;
        self
    }

    /// Adds an application that can sign in with the given client id and secret. If none is added, every
    /// application can sign in with every secret.
    #[must_use]
    pub fn application(mut self, client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.sign_in.applications.insert(client_id.into(), secret.into());
        self
    }

    /// Sets how the user behaves in a sign-in with a device code. By default the user signs in before the
    /// second poll.
    #[must_use]
    pub fn device_sign_in(mut self, device: DeviceSignIn) -> Self {
        self.sign_in.device = device;
        self
    }

    /// Makes each refresh token valid once: a second use is refused with `invalid_grant`. By default a refresh token can
    /// be used until it expires, as Microsoft's sign-in service allows.
    #[must_use]
    pub fn single_use_refresh_tokens(mut self) -> Self {
        self.sign_in.single_use_refresh_tokens = true;
        self
    }

    /// Sets the service protection limits. By default they are the documented ones.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the script of faults. By default there are no faults.
    #[must_use]
    pub fn faults(mut self, script: FaultScript) -> Self {
        self.faults = script;
        self
    }

    /// Sets the degree of parallelism that responses recommend (`x-ms-dop-hint`). The default is 4; `None`
    /// omits the header.
    #[must_use]
    pub fn dop_hint(mut self, hint: Option<u32>) -> Self {
        self.dop_hint = hint;
        self
    }

    /// Makes the emulator generate a `MetadataId` for each table and column that has none in the schema. It
    /// is derived from the name. A live organisation always has these ids, and reports deletions by id only.
    /// By default, missing ids are omitted.
    #[must_use]
    pub fn generated_ids(mut self) -> Self {
        self.generated_ids = true;
        self
    }

    /// Sets the number of rows per page; 0 counts as 1. The default is 5,000. Metadata is not divided into
    /// pages.
    #[must_use]
    pub fn page_size(mut self, rows: usize) -> Self {
        self.page_size = rows.max(1);
        self
    }

    /// Sets the most concurrent connections; 0 counts as 1. The default is 256. Further connections wait
    /// until another one ends.
    #[must_use]
    pub fn max_connections(mut self, most: usize) -> Self {
        self.connections = most.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// Sets how long the head of a request may take, counted from the opening of the connection or from the
    /// previous response. The default is 15 seconds. A connection that sends nothing for this time is closed.
    /// A connection is also closed if the client accepts nothing of a response for four times as long.
    #[must_use]
    pub fn header_timeout(mut self, time: Duration) -> Self {
        self.header_timeout = time.min(MAX_HEADER_TIMEOUT);
        self
    }

    /// Keeps the rows in the file `path`, which is created if it does not exist. By default they are in memory
    /// and vanish when the emulator stops.
    #[must_use]
    pub fn data(mut self, path: impl Into<PathBuf>) -> Self {
        self.data = Some(path.into());
        self
    }

    /// Adds the function that answers the operation `name`, such as a custom API: an action or function, bound or
    /// unbound. It gets the call with its parameters, which have been checked if the schema declares the operation.
    /// The value that it returns becomes the response: an object its members, null no content.
    ///
    /// ```
    /// use dvkit_emulator::{Emulator, OperationError};
    /// use serde_json::json;
    ///
    /// let builder = Emulator::builder(dvkit_schema::Schema::default()).operation("new_Double", |call| {
    ///     let number = call.parameters.get("Number").and_then(serde_json::Value::as_i64);
    ///     number.map(|n| json!({ "Result": 2 * n })).ok_or_else(|| OperationError::refused("Number is missing."))
    /// });
    /// # drop(builder);
    /// ```
    #[must_use]
    pub fn operation(
        mut self,
        name: impl Into<String>,
        answer: impl Fn(&OperationCall) -> Result<serde_json::Value, OperationError> + Send + Sync + 'static,
    ) -> Self {
        self.operations.add(name.into(), answer);
        self
    }

    /// Adds answers to operations from a JSON document. It has an array of answers for each operation by name; the
    /// first one whose `when` has parameters of the call with the same values is given:
    /// `{"new_Double": [{"when": {"Number": 2}, "answer": {"Result": 4}}, {"error": {"message": "Only 2."}}]}`.
    ///
    /// # Errors
    /// Returns an error if the document has another form, or names an operation that the schema does not have.
    pub fn operation_answers(mut self, json: &str) -> Result<Self, OperationAnswersError> {
        self.operations.add_answers(json, &self.schema)?;
        Ok(self)
    }

    /// Makes the emulator answer 501 wherever its answer is a choice that the documentation of the service
    /// leaves open. These choices are listed in `BEHAVIOUR.md`. By default the emulator answers with its
    /// choice.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Adds rows: an object with an array of rows for each table, which is named by its entity set or its
    /// logical name.
    ///
    /// The members of a row are properties or logical names of columns. Choices may be given by their labels,
    /// and lookups by the id of a row, by its name, by its path (`/accounts(accountnumber='A1')`) or by the
    /// values of columns (`{"accountnumber": "A1"}`), also of rows that follow. Columns that requests cannot
    /// write, such as `createdon` and `statecode`, may have values. Rows without an id get one that is the same
    /// in every run. Rows that exist already are changed. Seeds can be added more than once.
    ///
    /// ```
    /// use dvkit_emulator::Emulator;
    /// use serde_json::json;
    /// let emulator = Emulator::sample().seed(json!({
    ///     "contacts": [{"firstname": "Ann", "lastname": "O'Brien", "parentcustomerid": "Contoso"}],
    ///     "accounts": [{"name": "Contoso", "industrycode": "Consulting", "createdon": "2024-05-01T00:00:00Z"}],
    /// }));
    /// ```
    #[must_use]
    pub fn seed(mut self, rows: Value) -> Self {
        self.seeds.push(SeedSource::Json(rows));
        self
    }

    /// Adds the rows of a file with JSON, as [`seed`](Self::seed) takes it, or with CSV, whose first line names
    /// the columns. A file with an array, and a CSV file, is named after its table: `accounts.csv`.
    #[must_use]
    pub fn seed_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.seeds.push(SeedSource::File(path.into()));
        self
    }

    /// Adds the sample data: about 60 rows of the sample organisation. [`Emulator::fabrikam`] has rows of its own;
    /// every other emulator gets those of Contoso.
    #[must_use]
    pub fn seed_sample(mut self) -> Self {
        self.seeds.push(SeedSource::Sample(self.sample));
        self
    }

    /// Adds `rows` random rows to each table that users own and to each custom table. The same `seed` gives
    /// the same rows.
    #[must_use]
    pub fn seed_random(mut self, rows: usize, seed: u64) -> Self {
        self.seeds.push(SeedSource::Random { rows, seed });
        self
    }

    /// Starts the emulator. Has to be called within a tokio runtime.
    ///
    /// # Errors
    /// Returns an error if the address is not a loopback address, if the emulator cannot listen on it, if the
    /// file of the rows cannot be used ([`RowStoreError`](crate::RowStoreError)), or if a seed is refused
    /// ([`SeedError`](crate::SeedError)).
    pub async fn start(self) -> io::Result<RunningEmulator> {
        if let Some(why) = self.unavailable {
            return Err(io::Error::new(io::ErrorKind::NotFound, why));
        }
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
        let sockets =
            Listener { listener, connections: self.connections, header_timeout: self.header_timeout };
        let shared = self.state(address)?;
        let (stop, stopped) = oneshot::channel::<()>();
        // The task ends with the runtime, or when the emulator is stopped.
        let task = tokio::spawn(sockets.serve(Arc::clone(&shared), stopped));
        Ok(RunningEmulator { shared, stop: Some(stop), task })
    }

    /// Creates an emulator that opens no socket and needs no runtime: it responds to requests of this program only.
    /// Settings of the network, such as the address, have no effect.
    ///
    /// ```
    /// use dvkit_emulator::Emulator;
    ///
    /// let emulator = Emulator::sample().seed_sample().in_process()?;
    /// let request = http::Request::get("/api/data/v9.2/accounts/$count").body(Default::default())?;
    /// assert_eq!(emulator.respond("ann", request).status(), 200);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the file of the rows cannot be used ([`RowStoreError`](crate::RowStoreError)), or if a
    /// seed is refused ([`SeedError`](crate::SeedError)).
    pub fn in_process(self) -> io::Result<InProcessEmulator> {
        if let Some(why) = self.unavailable {
            return Err(io::Error::new(io::ErrorKind::NotFound, why));
        }
        let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), IN_PROCESS_PORT);
        Ok(InProcessEmulator::new(self.state(address)?))
    }

    /// Returns the state of the emulator, with its rows. `address` is the address in the URLs that it returns.
    fn state(mut self, address: SocketAddr) -> io::Result<Arc<ServerState>> {
        let now = self.clock.now();
        if self.generated_ids {
            metadata::generate_missing_ids(&mut self.schema);
        }
        let faults = Faults::default();
        faults.replace_script(self.faults);
        let shared = Arc::new(ServerState {
            url: format!("http://{address}"),
            port: address.port(),
            organisation: Organisation::new(self.schema, now),
            identity: OrganisationIdentity::new(self.name, self.base_currency),
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
            rows: RowStore::open(self.data.as_deref()).map_err(io::Error::other)?,
            operations: self.operations,
            baselines: Baselines::default(),
            strict: self.strict,
            clock: self.clock,
        });
        seed::apply(&shared, &self.seeds).map_err(io::Error::other)?;
        control::save_start(&shared).map_err(io::Error::other)?;
        Ok(shared)
    }
}

/// The most requests that are handled at the same time, far more than the limit for one user. Further
/// requests wait.
const MAX_CONCURRENT_REQUESTS: usize = 1024;

/// The most large responses that are rendered at the same time; further ones wait.
const MAX_CONCURRENT_RENDERS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_builder_has_documented_defaults_and_keeps_settings_within_their_limits() {
        let new = || Emulator::builder(Schema::default());
        let defaults = new();
        assert_eq!(defaults.address.to_string(), "127.0.0.1:0");
        assert_eq!(defaults.sign_in.lifetime, Duration::from_secs(3600));
        assert_eq!((defaults.dop_hint, defaults.page_size, defaults.connections), (Some(4), 5000, 256));
        assert_eq!(defaults.header_timeout, Duration::from_secs(15));
        assert!(!defaults.generated_ids && !defaults.strict && !defaults.sign_in.single_use_refresh_tokens);
        for (rows, expected) in [(0, 1), (1, 1), (2, 2), (10_000, 10_000)] {
            assert_eq!(new().page_size(rows).page_size, expected, "{rows} rows");
        }
        let most = Semaphore::MAX_PERMITS;
        for (connections, expected) in [(0, 1), (1, 1), (2, 2), (most, most), (usize::MAX, most)] {
            assert_eq!(new().max_connections(connections).connections, expected, "{connections} connections");
        }
        for (seconds, expected) in [(0, 0), (86_399, 86_399), (86_400, 86_400), (86_401, 86_400)] {
            let found = new().header_timeout(Duration::from_secs(seconds)).header_timeout;
            assert_eq!(found, Duration::from_secs(expected), "{seconds} s");
        }
        let changed = new().generated_ids().strict(true).single_use_refresh_tokens().dop_hint(None);
        assert!(changed.generated_ids && changed.strict && changed.sign_in.single_use_refresh_tokens);
        assert_eq!(changed.dop_hint, None);
        let of_fabrikam = Emulator::fabrikam();
        let currency = &of_fabrikam.base_currency;
        assert_eq!(
            (
                of_fabrikam.name.as_deref(),
                &*currency.code,
                &*currency.name,
                &*currency.symbol,
                currency.precision
            ),
            (Some("fabrikam"), "CHF", "Schweizer Franken", "Fr.", 2)
        );
    }

    #[tokio::test]
    async fn an_emulator_listens_on_loopback_alone() {
        for (address, refused) in [
            ("127.0.0.1:0", None),
            ("127.0.0.2:0", None),
            ("0.0.0.0:0", Some("the emulator listens on loopback only (127.0.0.1, ::1), not on 0.0.0.0")),
            ("[::]:0", Some("the emulator listens on loopback only (127.0.0.1, ::1), not on ::")),
            ("10.0.0.1:0", Some("the emulator listens on loopback only (127.0.0.1, ::1), not on 10.0.0.1")),
        ] {
            let builder = Emulator::builder(Schema::default()).address(address.parse().unwrap());
            match builder.start().await {
                Ok(running) => {
                    let host = address.strip_suffix(":0").unwrap();
                    assert_eq!(
                        (running.url().starts_with(&format!("http://{host}:")), refused),
                        (true, None)
                    );
                    let authority = format!("{}/11111111-2222-4333-8444-555555555555", running.url());
                    assert_eq!(running.authority(), authority);
                    assert_eq!(running.token_endpoint(), format!("{authority}/oauth2/v2.0/token"));
                    assert_eq!(running.web_api(), format!("{}/api/data/v9.2/", running.url()));
                    running.stop().await;
                }
                Err(error) => {
                    assert_eq!(
                        (error.kind(), Some(&*error.to_string())),
                        (io::ErrorKind::InvalidInput, refused)
                    );
                }
            }
        }
    }

    #[tokio::test]
    async fn a_sample_that_is_not_available_says_why_when_it_is_started() {
        let builder = || EmulatorBuilder { unavailable: Some("not here".to_owned()), ..Emulator::sample() };
        let started = builder().start().await.map(|_| ()).unwrap_err();
        let in_process = builder().in_process().map(|_| ()).unwrap_err();
        for error in [started, in_process] {
            assert_eq!((error.kind(), error.to_string()), (io::ErrorKind::NotFound, "not here".to_owned()));
        }
    }
}
