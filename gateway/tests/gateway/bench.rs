//! A gateway, an emulated organisation, and callers, for tests.
use dvkit_emulator::{Emulator, EmulatorBuilder, RunningEmulator};
use dvkit_gateway::database::Sqlite;
use dvkit_gateway::settings::Application;
use dvkit_gateway::store::{NewApiKey, Scope, Store};
use dvkit_gateway::{Gateway, GatewayBuilder, KeyRing, Settings};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// The id of the application in the configuration.
pub(crate) const CLIENT_ID: &str = "11112222-aaaa-bbbb-cccc-ddddeeeeffff";
/// The secret of the application in the configuration.
pub(crate) const CLIENT_SECRET: &str = "planted-client-secret-4711";
/// The key with which the store encrypts.
pub(crate) const KEYS: &str = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

/// A gateway that runs, with a store of its own.
pub(crate) struct Bench {
    pub(crate) url: String,
    pub(crate) store: Store,
    stop: Option<oneshot::Sender<()>>,
}

/// A caller with an API key.
#[derive(Clone)]
pub(crate) struct Caller {
    url: String,
    pub(crate) key: String,
    http: reqwest::Client,
}

/// Returns the settings for tests.
pub(crate) fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.applications.insert("default".to_owned(), Application::new(CLIENT_ID));
    settings.allow_loopback_organisations = true;
    settings.webhooks.allow_loopback = true;
    settings.return_urls = vec!["http://127.0.0.1:1/done".to_owned()];
    settings.changes.poll_seconds = 1;
    settings
}

/// Returns a store in memory.
pub(crate) async fn store() -> Store {
    let keys = KeyRing::parse(&SecretString::from(KEYS)).unwrap();
    Store::new(Sqlite::in_memory().await.unwrap(), keys)
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with(store().await, settings(), |builder| builder).await
    }

    pub(crate) async fn with(
        store: Store,
        mut settings: Settings,
        change: impl FnOnce(GatewayBuilder) -> GatewayBuilder,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        settings.listen = listener.local_addr().unwrap();
        let url = format!("http://{}", settings.listen);
        let builder = Gateway::builder(store.clone(), settings).secret("default", CLIENT_SECRET.into());
        let gateway = change(builder).build().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(gateway.serve(listener, async {
            let _ = stopped.await;
        }));
        Self { url, store, stop: Some(stop) }
    }

    /// Returns a caller of a tenant with a new key.
    pub(crate) async fn caller(&self, tenant: &str, scopes: &[Scope]) -> Caller {
        self.limited_caller(tenant, scopes, None).await
    }

    pub(crate) async fn limited_caller(
        &self,
        tenant: &str,
        scopes: &[Scope],
        accounts: Option<Vec<String>>,
    ) -> Caller {
        let new = NewApiKey {
            tenant: tenant.to_owned(),
            name: "test".to_owned(),
            scopes: scopes.to_vec(),
            accounts,
            expires_at: None,
        };
        let (_, key) = self.store.create_key(new, jiff::Timestamp::now()).await.unwrap();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Caller { url: self.url.clone(), key: key.expose_secret().to_owned(), http }
    }

    /// Stops the gateway as a signal does.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }
}

/// A clock that a test moves on.
#[derive(Debug, Clone)]
pub(crate) struct TurnedClock(std::sync::Arc<std::sync::Mutex<jiff::Timestamp>>);

impl TurnedClock {
    pub(crate) fn new() -> Self {
        Self(std::sync::Arc::new(std::sync::Mutex::new(jiff::Timestamp::now())))
    }

    pub(crate) fn advance(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap();
        *now += jiff::SignedDuration::from_secs(seconds);
    }
}

impl dvkit_client::Clock for TurnedClock {
    fn now(&self) -> jiff::Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Sends a request as it is written, and returns the status, the head and the body of the response. An absent
/// response has the status 0.
pub(crate) async fn raw(url: &str, request: &str) -> (u16, String, String) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let address = url.trim_start_matches("http://").to_owned();
    let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    // A connection that the server resets has no response, or a part of it.
    let _ = connection.read_to_end(&mut response).await;
    let response = String::from_utf8_lossy(&response).into_owned();
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or((&response, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, head.to_owned(), body.to_owned())
}

impl Caller {
    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.url) };
        self.http.request(method.parse().unwrap(), url).bearer_auth(&self.key)
    }

    /// Sends a request and returns the status and the JSON of the response.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.send("GET", path, None).await
    }

    /// Connects an organisation with client credentials, and returns the account's id.
    pub(crate) async fn connect(&self, emulator: &RunningEmulator) -> String {
        let body = json!({ "name": "Contoso", "org_url": emulator.url(), "auth": "client_credentials" });
        let (status, account) = self.send("POST", "/accounts", Some(body)).await;
        assert_eq!((status, &account["state"]), (201, &json!("connected")), "{account}");
        account["id"].as_str().unwrap().to_owned()
    }
}

/// Returns an emulator of the sample organisation with its rows.
pub(crate) fn emulator() -> EmulatorBuilder {
    Emulator::sample().seed_sample().application(CLIENT_ID, CLIENT_SECRET)
}

/// Waits until a condition holds.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    // What a process did that was killed is taken up by another within half a minute.
    for _ in 0..1_800 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("in 90 seconds it did not come to this: {what}");
}
