//! A sign-in service and an organisation on loopback, in one, and the log of this process.
use std::collections::{HashMap, VecDeque};
use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use dvkit_client::Client;
use dvkit_client::auth::Credentials;
use pretty_assertions::assert_eq;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::time::Instant;

/// Everything that this process has logged, at every level.
pub(crate) fn log() -> &'static Mutex<Vec<u8>> {
    struct Buffer;
    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            log_buffer().lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    fn log_buffer() -> &'static Mutex<Vec<u8>> {
        static BUFFER: OnceLock<Mutex<Vec<u8>>> = OnceLock::new();
        BUFFER.get_or_init(Mutex::default)
    }
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        let subscriber =
            tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(|| Buffer).finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
    log_buffer()
}

/// An organisation and its sign-in service in one.
pub(crate) struct Service {
    life: u64,
    /// The responses that replace those to the next token requests.
    pub(crate) faults: Mutex<VecDeque<(u16, &'static str)>>,
    pub(crate) state: Mutex<Issued>,
    pub(crate) refused: AtomicU32,
}

#[derive(Default)]
pub(crate) struct Issued {
    /// The access tokens, and when they expire.
    pub(crate) tokens: HashMap<String, Instant>,
    /// When each token was issued.
    pub(crate) given: Vec<Instant>,
    pub(crate) refresh: Option<String>,
    challenge: Option<String>,
    pub(crate) polls: u32,
    /// Whether the code is never typed.
    pub(crate) never: bool,
    /// The values of `interval` and `expires_in` in the response with a device code, if they are not the
    /// usual ones.
    pub(crate) times: Option<(Value, Value)>,
    /// The forms that the token endpoint received.
    pub(crate) forms: Vec<HashMap<String, String>>,
}

pub(crate) type Shared = Arc<Service>;

pub(crate) async fn start(life: u64) -> (String, Shared) {
    log();
    let service = Arc::new(Service {
        life,
        faults: Mutex::default(),
        state: Mutex::default(),
        refused: AtomicU32::new(0),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let challenge = format!("Bearer authorization_uri={url}/tenant-1/oauth2/authorize, resource_id={url}/");
    let router = Router::new()
        .route(
            "/api/data/v9.2/",
            get(move || async move { (StatusCode::UNAUTHORIZED, [("www-authenticate", challenge)]) }),
        )
        .route("/api/data/v9.2/WhoAmI()", get(who_am_i))
        .route("/tenant-1/oauth2/v2.0/token", post(token))
        .route("/tenant-1/oauth2/v2.0/authorize", get(authorize))
        .route("/tenant-1/oauth2/v2.0/devicecode", post(device_code))
        .with_state(Arc::clone(&service));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, service)
}

pub(crate) async fn who_am_i(State(service): State<Shared>, headers: HeaderMap) -> Response {
    let token = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let good = token.is_some_and(|token| {
        service.state.lock().unwrap().tokens.get(token).is_some_and(|until| *until > Instant::now())
    });
    if !good {
        service.refused.fetch_add(1, Ordering::Relaxed);
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(json!({ "UserId": "1" })).into_response()
}

pub(crate) async fn token(
    State(service): State<Shared>,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    if let Some((status, body)) = service.faults.lock().unwrap().pop_front() {
        // A careless service repeats what it was sent.
        let sent =
            ["client_secret", "refresh_token", "client_assertion"].iter().find_map(|name| form.get(*name));
        let body = body.replace("{sent}", sent.map_or("", String::as_str));
        return (StatusCode::from_u16(status).unwrap(), [("content-type", "application/json")], body)
            .into_response();
    }
    let refuse = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    let mut state = service.state.lock().unwrap();
    state.forms.push(form.clone());
    let has = |name: &str, value: &str| form.get(name).is_some_and(|given| given == value);
    let for_person = match form["grant_type"].as_str() {
        "client_credentials" => {
            if !(has("client_secret", "hunter2-secret") || form.contains_key("client_assertion")) {
                return refuse("invalid_client");
            }
            false
        }
        "refresh_token" => {
            if form.get("refresh_token") != state.refresh.as_ref() {
                return refuse("invalid_grant");
            }
            true
        }
        "authorization_code" => {
            let verifier =
                URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, form["code_verifier"].as_bytes()));
            if !has("code", "hunter2-code") || Some(verifier) != state.challenge {
                return refuse("invalid_grant");
            }
            true
        }
        "urn:ietf:params:oauth:grant-type:device_code" => {
            state.polls += 1;
            if state.polls < 2 || state.never {
                return refuse("authorization_pending");
            }
            true
        }
        _ => return refuse("unsupported_grant_type"),
    };
    let number = state.given.len();
    let token = format!("hunter2-access-{number}");
    state.tokens.insert(token.clone(), Instant::now() + Duration::from_secs(service.life));
    state.given.push(Instant::now());
    let mut answer = json!({ "token_type": "Bearer", "expires_in": service.life, "access_token": token });
    if for_person {
        // Refresh tokens are exchanged for new ones.
        let refresh = format!("hunter2-refresh-{number}");
        answer["refresh_token"] = refresh.clone().into();
        state.refresh = Some(refresh);
    }
    Json(answer).into_response()
}

pub(crate) async fn authorize(
    State(service): State<Shared>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    assert_eq!((query["response_type"].as_str(), query["code_challenge_method"].as_str()), ("code", "S256"));
    service.state.lock().unwrap().challenge = Some(query["code_challenge"].clone());
    let to = format!("{}/?code=hunter2-code&state={}", query["redirect_uri"], query["state"]);
    (StatusCode::FOUND, [("location", to)]).into_response()
}

pub(crate) async fn device_code(State(service): State<Shared>) -> Response {
    let (interval, life) = service.state.lock().unwrap().times.clone().unwrap_or((json!(1), json!(900)));
    Json(json!({
        "device_code": "hunter2-device", "user_code": "ABCD-EFGH", "verification_uri": "https://microsoft.com/devicelogin",
        "expires_in": life, "interval": interval, "message": "open the page",
    }))
    .into_response()
}

pub(crate) async fn ask(client: &Client) -> dvkit_client::Result<Value> {
    client.get_json("WhoAmI()").await
}

pub(crate) fn client(url: &str, credentials: Credentials) -> Client {
    Client::builder(url).credentials(credentials).build().unwrap()
}

pub(crate) fn pem() -> SecretString {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    let pem = |label: &str, der: &[u8]| {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    };
    SecretString::from(pem("PRIVATE KEY", der.as_ref()) + &pem("CERTIFICATE", b"a certificate"))
}

/// A browser that follows the sign-in's redirects.
pub(crate) fn browser() -> impl Fn(&url::Url) + Send + Sync + 'static {
    |page: &url::Url| {
        let page = page.clone();
        tokio::spawn(async move {
            let http = reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .build()
                .unwrap();
            let answer = http.get(page).send().await.unwrap();
            let back = answer.headers()["location"].to_str().unwrap().to_owned();
            let page = http.get(back).send().await.unwrap().text().await.unwrap();
            assert!(page.contains("signed in"), "{page}");
        });
    }
}
