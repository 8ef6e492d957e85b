//! Every kind of sign-in against a small sign-in service on loopback; an hour with short-lived tokens; and a
//! check that no secret is shown.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers
use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::io::Write;
use std::path::Path;
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
use dvkit_client::auth::{Account, Audience, Certificate, Credentials, FileStore, TokenStore};
use dvkit_client::{Client, ErrorKind, Request, TokioClock};
use pretty_assertions::assert_eq;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::time::Instant;

/// Everything that this process has logged, at every level.
fn log() -> &'static Mutex<Vec<u8>> {
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
struct Service {
    life: u64,
    /// The responses that replace those to the next token requests.
    faults: Mutex<VecDeque<(u16, &'static str)>>,
    state: Mutex<Issued>,
    refused: AtomicU32,
}

#[derive(Default)]
struct Issued {
    /// The access tokens, and when they expire.
    tokens: HashMap<String, Instant>,
    /// When each token was issued.
    given: Vec<Instant>,
    refresh: Option<String>,
    challenge: Option<String>,
    polls: u32,
    /// Whether the code is never typed.
    never: bool,
    /// The values of `interval` and `expires_in` in the response with a device code, if they are not the
    /// usual ones.
    times: Option<(Value, Value)>,
    /// The forms that the token endpoint received.
    forms: Vec<HashMap<String, String>>,
}

type Shared = Arc<Service>;

async fn start(life: u64) -> (String, Shared) {
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

async fn who_am_i(State(service): State<Shared>, headers: HeaderMap) -> Response {
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

async fn token(State(service): State<Shared>, Form(form): Form<HashMap<String, String>>) -> Response {
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

async fn authorize(State(service): State<Shared>, Query(query): Query<HashMap<String, String>>) -> Response {
    assert_eq!((query["response_type"].as_str(), query["code_challenge_method"].as_str()), ("code", "S256"));
    service.state.lock().unwrap().challenge = Some(query["code_challenge"].clone());
    let to = format!("{}/?code=hunter2-code&state={}", query["redirect_uri"], query["state"]);
    (StatusCode::FOUND, [("location", to)]).into_response()
}

async fn device_code(State(service): State<Shared>) -> Response {
    let (interval, life) = service.state.lock().unwrap().times.clone().unwrap_or((json!(1), json!(900)));
    Json(json!({
        "device_code": "hunter2-device", "user_code": "ABCD-EFGH", "verification_uri": "https://microsoft.com/devicelogin",
        "expires_in": life, "interval": interval, "message": "open the page",
    }))
    .into_response()
}

async fn ask(client: &Client) -> dvkit_client::Result<Value> {
    client.get_json("WhoAmI()").await
}

fn client(url: &str, credentials: Credentials) -> Client {
    Client::builder(url).credentials(credentials).build().unwrap()
}

fn pem() -> SecretString {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    let pem = |label: &str, der: &[u8]| {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    };
    SecretString::from(pem("PRIVATE KEY", der.as_ref()) + &pem("CERTIFICATE", b"a certificate"))
}

/// A browser that follows the sign-in's redirects.
fn browser() -> impl Fn(&url::Url) + Send + Sync + 'static {
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

#[tokio::test]
async fn an_application_signs_in_with_its_secret() {
    let (url, service) = start(3600).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("federated");
    std::fs::write(&file, "federated-assertion\n").unwrap();
    ask(&client(&url, Credentials::client_secret("app", "hunter2-secret"))).await.unwrap();
    ask(&client(&url, Credentials::certificate("app", Certificate::from_pem(&pem()).unwrap())))
        .await
        .unwrap();
    ask(&client(&url, Credentials::federated_token_file("app", &file))).await.unwrap();
    let forms = std::mem::take(&mut service.state.lock().unwrap().forms);
    for form in &forms {
        assert_eq!(
            (form["client_id"].as_str(), form["scope"].as_str()),
            ("app", format!("{url}/.default").as_str())
        );
    }
    assert_eq!(forms[1]["client_assertion"].split('.').count(), 3);
    assert_eq!(forms[2]["client_assertion"], "federated-assertion");
    let error = ask(&client(&url, Credentials::client_secret("app", "wrong"))).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::SignIn, Some("invalid_client")));
    let missing = Credentials::federated_token_file("app", folder.path().join("none"));
    assert!(ask(&client(&url, missing)).await.unwrap_err().to_string().contains("cannot be read"));
    // A given tenant takes precedence over the one that was found.
    let error = ask(&client(&url, Credentials::client_secret("app", "hunter2-secret").tenant("other")))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SignIn);
}

#[tokio::test]
async fn a_person_signs_in_once_and_the_refresh_token_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::new(folder.path().join("tokens.json"));
    let (url, service) = start(3600).await;
    ask(&client(&url, Credentials::browser("app", browser()).store(store.clone()))).await.unwrap();
    let scope = format!("{url}/user_impersonation offline_access");
    assert_eq!(service.state.lock().unwrap().forms[0].get("scope").unwrap_or(&scope), &scope);
    // In another process nobody is asked: the stored refresh token is used, and its successor is stored.
    let nobody = |_: &url::Url| panic!("the browser is not needed");
    ask(&client(&url, Credentials::browser("app", nobody).store(store.clone()))).await.unwrap();
    let account = format!("{url}/tenant-1/app/");
    let kept = store.load(&account).unwrap().unwrap();
    assert_eq!(kept.expose_secret(), "hunter2-refresh-1");

    let (url, _) = start(3600).await;
    let prompts = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&prompts);
    let credentials =
        Credentials::device_code("app", move |prompt| seen.lock().unwrap().push(prompt.clone()));
    ask(&client(&url, credentials)).await.unwrap();
    let prompts = prompts.lock().unwrap();
    assert_eq!((prompts.len(), prompts[0].user_code.as_str()), (1, "ABCD-EFGH"));
}

#[tokio::test]
async fn a_refresh_token_is_kept_on_network_errors_and_removed_when_refused() {
    let (url, service) = start(3600).await;
    service.state.lock().unwrap().refresh = Some("hunter2-first".to_owned());
    service.faults.lock().unwrap().extend([(503, ""), (500, "<html>")]);
    let told = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&told);
    let account = Credentials::refresh_token("app", "hunter2-first")
        .account(&url)
        .unwrap()
        .on_needs_sign_in(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        })
        .build();
    let client = Client::builder(&url).account(&account).build().unwrap();
    ask(&client).await.unwrap();
    assert_eq!((account.tokens_fetched(), account.needs_sign_in()), (1, false));
    // The service forgets the account, so that it refuses access tokens and the refresh token.
    {
        let mut state = service.state.lock().unwrap();
        (state.tokens, state.refresh) = (HashMap::new(), None);
    }
    for _ in 0..3 {
        assert_eq!(ask(&client).await.unwrap_err().kind(), ErrorKind::NeedsSignIn);
    }
    assert_eq!((told.load(Ordering::Relaxed), account.needs_sign_in()), (1, true));
    // Another account is not affected.
    ask(&self::client(&url, Credentials::client_secret("app", "hunter2-secret"))).await.unwrap();
}

/// A store that another process writes to: each load finds the next token, and later loads find the last one.
#[derive(Clone)]
struct Elsewhere(Arc<Looks>);

#[derive(Default)]
struct Looks {
    tokens: Mutex<VecDeque<&'static str>>,
    removed: AtomicU32,
    saved: Mutex<Vec<String>>,
}

impl TokenStore for Elsewhere {
    fn load(&self, _: &str) -> dvkit_client::Result<Option<SecretString>> {
        let mut tokens = self.0.tokens.lock().unwrap();
        let token = if tokens.len() > 1 { tokens.pop_front() } else { tokens.front().copied() };
        Ok(token.map(SecretString::from))
    }

    fn save(&self, _: &str, token: &SecretString) -> dvkit_client::Result<()> {
        self.0.saved.lock().unwrap().push(token.expose_secret().to_owned());
        Ok(())
    }

    fn remove(&self, _: &str) -> dvkit_client::Result<()> {
        self.0.removed.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

fn elsewhere(tokens: &[&'static str]) -> Elsewhere {
    let looks = Looks::default();
    looks.tokens.lock().unwrap().extend(tokens);
    Elsewhere(Arc::new(looks))
}

fn refresh_tokens(service: &Shared) -> Vec<String> {
    service.state.lock().unwrap().forms.iter().filter_map(|form| form.get("refresh_token").cloned()).collect()
}

#[tokio::test]
async fn a_given_refresh_token_is_tried_after_the_stored_one() {
    // The token of the store is newer than that of the configuration.
    let (url, service) = start(3600).await;
    service.state.lock().unwrap().refresh = Some("hunter2-stored".to_owned());
    let store = elsewhere(&["hunter2-stored"]);
    let given = || Credentials::refresh_token("app", "hunter2-given");
    ask(&client(&url, given().store(store.clone()))).await.unwrap();
    assert_eq!(refresh_tokens(&service), ["hunter2-stored"]);
    assert_eq!(*store.0.saved.lock().unwrap(), ["hunter2-refresh-0"]);

    // If the store is empty or its token is refused, the given token is used.
    for kept in [&[][..], &["hunter2-dead"]] {
        let (url, service) = start(3600).await;
        service.state.lock().unwrap().refresh = Some("hunter2-given".to_owned());
        let store = elsewhere(kept);
        ask(&client(&url, given().store(store.clone()))).await.unwrap();
        assert_eq!(refresh_tokens(&service), [kept, &["hunter2-given"]].concat());
        assert_eq!(store.0.removed.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test]
async fn a_refresh_token_that_another_process_exchanged_is_not_lost() {
    let (url, service) = start(3600).await;
    service.state.lock().unwrap().refresh = Some("hunter2-new".to_owned());
    let store = elsewhere(&["hunter2-old", "hunter2-new"]);
    let nobody = |_: &url::Url| panic!("the browser is not needed");
    ask(&client(&url, Credentials::browser("app", nobody).store(store.clone()))).await.unwrap();
    assert_eq!(refresh_tokens(&service), ["hunter2-old", "hunter2-new"]);
    assert_eq!(store.0.removed.load(Ordering::Relaxed), 0);

    // All tokens are refused: only the very token that was refused is removed, not one that was stored
    // meanwhile.
    for (tokens, removed) in [(&["hunter2-a"][..], 1), (&["hunter2-a", "hunter2-a", "hunter2-b"], 0)] {
        let (url, service) = start(3600).await;
        let store = elsewhere(tokens);
        let credentials = Credentials::browser("app", nobody).store(store.clone());
        assert_eq!(ask(&client(&url, credentials)).await.unwrap_err().kind(), ErrorKind::NeedsSignIn);
        assert_eq!((refresh_tokens(&service).len(), store.0.removed.load(Ordering::Relaxed)), (1, removed));
    }
    // The client stops following a store whose token changes with every load.
    let (url, service) = start(3600).await;
    let store = elsewhere(&["hunter2-1", "hunter2-2", "hunter2-3", "hunter2-4", "hunter2-5", "hunter2-6"]);
    let error = ask(&client(&url, Credentials::browser("app", nobody).store(store))).await.unwrap_err();
    assert_eq!((error.kind(), refresh_tokens(&service).len()), (ErrorKind::NeedsSignIn, 4));

    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::new(folder.path().join("tokens.json"));
    let secret = |text: &str| SecretString::from(text);
    store.save("a", &secret("hunter2-new")).unwrap();
    store.remove_token("a", &secret("hunter2-old")).unwrap();
    assert!(store.load("a").unwrap().is_some());
    store.remove_token("a", &secret("hunter2-new")).unwrap();
    assert!(store.load("a").unwrap().is_none());
}

#[tokio::test]
async fn a_confidential_client_authenticates_itself_with_every_request() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("federated");
    std::fs::write(&file, "federated.assertion.here").unwrap();
    let pem = pem();
    for way in 0..3 {
        let proven = |credentials: Credentials| match way {
            0 => credentials.authenticate_with_secret("hunter2-secret"),
            1 => credentials.authenticate_with_certificate(Certificate::from_pem(&pem).unwrap()),
            _ => credentials.authenticate_with_federated_token_file(&file),
        };
        let (url, service) = start(3600).await;
        service.state.lock().unwrap().refresh = Some("hunter2-first".to_owned());
        ask(&client(&url, proven(Credentials::refresh_token("app", "hunter2-first")))).await.unwrap();
        ask(&client(&url, proven(Credentials::browser("app", browser())))).await.unwrap();
        ask(&client(&url, proven(Credentials::device_code("app", |_| {})))).await.unwrap();
        let forms = service.state.lock().unwrap().forms.clone();
        let mut grants = Vec::new();
        for form in &forms {
            grants.push(form["grant_type"].as_str());
            let (name, others) = match way {
                0 => ("client_secret", "client_assertion"),
                _ => ("client_assertion", "client_secret"),
            };
            assert!(form.contains_key(name) && !form.contains_key(others), "{form:?}");
            assert_eq!(form["client_id"], "app");
            assert_eq!(form.contains_key("client_assertion_type"), way > 0);
        }
        assert!(grants.contains(&"refresh_token") && grants.contains(&"authorization_code"), "{grants:?}");
        assert!(grants.iter().filter(|grant| grant.contains("device_code")).count() >= 2, "{grants:?}");
    }
    // A client without a secret sends none.
    let (url, service) = start(3600).await;
    service.state.lock().unwrap().refresh = Some("hunter2-first".to_owned());
    ask(&client(&url, Credentials::refresh_token("app", "hunter2-first"))).await.unwrap();
    assert!(
        !service.state.lock().unwrap().forms[0]
            .keys()
            .any(|name| name.starts_with("client_") && name != "client_id")
    );
}

/// The client polls seldom and not for ever, whatever the service says. The clock is advanced by hand.
#[tokio::test(start_paused = true)]
async fn a_device_code_is_polled_within_bounds() {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let hold = tokio::task::spawn_blocking(move || stopped.recv());
    for (interval, life, most, end) in [
        (json!(0), json!(60), 13, 60),
        (json!(-7), json!(60), 13, 60),
        (json!(1), json!(30), 31, 30),
        (json!(0.001), json!(30), 31, 30),
        (json!(1e300), json!(300), 6, 300),
        (json!(60), json!(1e300), 61, 3_600),
        (json!(null), json!(-1), 181, 900),
    ] {
        let (url, service) = start(3600).await;
        {
            let mut state = service.state.lock().unwrap();
            (state.never, state.times) = (true, Some((interval.clone(), life.clone())));
        }
        let client = client(&url, Credentials::device_code("app", |_| {}));
        let request = tokio::spawn(async move { ask(&client).await });
        // The first poll is sent before the clock is advanced.
        while service.state.lock().unwrap().polls == 0 {
            tokio::task::yield_now().await;
        }
        let begin = Instant::now();
        while !request.is_finished() {
            tokio::time::advance(Duration::from_secs(1)).await;
            for _ in 0..300 {
                tokio::task::yield_now().await;
            }
            assert!(begin.elapsed() <= Duration::from_secs(end + 60), "{interval} {life}");
        }
        let error = request.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn, "{error}");
        let polls = service.state.lock().unwrap().polls;
        assert!((2..=most).contains(&polls), "{interval} {life}: {polls}");
    }
    drop(stop);
    let _ = hold.await;
}

#[tokio::test]
async fn a_revoked_token_is_replaced() {
    let (url, service) = start(3600).await;
    let client = client(&url, Credentials::client_secret("app", "hunter2-secret"));
    ask(&client).await.unwrap();
    service.state.lock().unwrap().tokens.clear();
    let all = futures_util::future::join_all((0..20).map(|_| ask(&client))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(client.account().tokens_fetched(), 2);
}

/// An hour on a simulated clock. The clock stands still while requests are under way (otherwise tokio would
/// run ahead of the sockets, so a blocking task holds it), and is advanced by two seconds between rounds of
/// 32 workers.
#[tokio::test(start_paused = true)]
async fn each_token_is_renewed_once_during_an_hour() {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let hold = tokio::task::spawn_blocking(move || stopped.recv());
    let (url, service) = start(60).await;
    let clock = TokioClock::starting("2026-11-23T12:00:00Z".parse().unwrap());
    let client = Client::builder(&url)
        .credentials(Credentials::client_secret("app", "hunter2-secret"))
        .clock(clock)
        .build()
        .unwrap();
    let begin = Instant::now();
    let mut requests = 0;
    while begin.elapsed() < Duration::from_secs(3600) {
        for answer in futures_util::future::join_all((0..32).map(|_| ask(&client))).await {
            answer.unwrap();
            requests += 1;
        }
        tokio::time::advance(Duration::from_secs(2)).await;
    }
    let given = service.state.lock().unwrap().given.clone();
    let lives: Vec<f64> = given.windows(2).map(|two| (two[1] - two[0]).as_secs_f64()).collect();
    println!("{requests} requests, {} tokens, each in use for {lives:?} s", given.len());
    assert_eq!(service.refused.load(Ordering::Relaxed), 0, "no request was refused for its token");
    // One refresh per lifetime: each token except the last has one successor, in the last quarter of its
    // lifetime.
    assert!(lives.iter().all(|life| (44.0..60.0).contains(life)), "{lives:?}");
    assert!((60..=80).contains(&given.len()), "{}", given.len());
    drop(stop);
    let _ = hold.await;
}

#[tokio::test]
async fn no_secret_is_shown_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store/tokens.json");
    let pem = pem();
    let mut shown = Vec::new();
    let mut show = |thing: &dyn Debug| shown.push(format!("{thing:?} {thing:#?}"));

    let (url, service) = start(3600).await;
    let secret = Credentials::client_secret("app", "hunter2-secret");
    let certificate = Certificate::from_pem(&pem).unwrap();
    show(&secret);
    show(&certificate);
    let by_browser = client(&url, Credentials::browser("app", browser()).store(FileStore::new(&path)));
    let by_device = client(&url, Credentials::device_code("app", |_| {}));
    let by_secret = client(&url, secret);
    let by_certificate = client(&url, Credentials::certificate("app", certificate));
    for client in [&by_secret, &by_browser, &by_certificate, &by_device] {
        ask(client).await.unwrap();
        show(client);
        show(&client.status());
        show(client.account());
        let audience = Audience::of(client.org_url());
        show(&client.account().token(&audience).await.unwrap());
    }
    // Refusals, also of a service that repeats what it was sent; pages; half a response; tokens in the wrong
    // place.
    for (status, body) in [
        (400, r#"{"error":"invalid_client","error_description":"AADSTS7000215: wrong: {sent}\r\nTrace"}"#),
        (400, r#"{"error":"invalid_grant","error_description":"no: {sent}"}"#),
        (400, r#"{"error":"{sent}"}"#),
        (400, r#"{"error":"{sent}","error_description":"{sent}","error_uri":"{sent}"}"#),
        (400, "<html>{sent}"),
        (200, r#"{"access_token":"hunter2-half","refresh_token":"hunter2-half", "#),
        (200, r#"{"access_token":"hunter2-odd","token_type":7}"#),
        (200, r#"["hunter2-list"]"#),
    ] {
        for credentials in [
            Credentials::client_secret("app", "hunter2-secret"),
            Credentials::refresh_token("app", "hunter2-given"),
            Credentials::certificate("app", Certificate::from_pem(&pem).unwrap()),
        ] {
            service.faults.lock().unwrap().push_back((status, body));
            let error = ask(&client(&url, credentials)).await.unwrap_err();
            let mut source: Option<&dyn std::error::Error> = Some(&error);
            while let Some(error) = source {
                show(&error);
                show(&error.to_string());
                source = error.source();
            }
        }
    }
    show(&Request::get("x").header("authorization", "Bearer hunter2-header"));
    // A token that is not allowed in a header; a panic in a program's own token source.
    let odd = dvkit_client::auth::StaticToken::new("hunter2-\n");
    show(&odd);
    show(
        &Client::builder(&url)
            .token_source(odd)
            .build()
            .unwrap()
            .send(Request::get("WhoAmI()"))
            .await
            .unwrap_err(),
    );
    show(&Account::new(dvkit_client::auth::StaticToken::new("hunter2-static")));

    let forms = service.state.lock().unwrap().forms.clone();
    let mut secrets: Vec<String> = vec!["hunter2".to_owned()];
    for name in ["client_assertion", "code_verifier", "device_code"] {
        let values: Vec<String> = forms.iter().filter_map(|form| form.get(name).cloned()).collect();
        assert!(!values.is_empty(), "{name} was sent");
        secrets.extend(values);
    }
    let pem = pem.expose_secret().lines().nth(1).unwrap()[60..100].to_owned();
    secrets.push(pem);
    let log = String::from_utf8_lossy(&log().lock().unwrap()).into_owned();
    assert!(log.contains("WhoAmI()"), "the log was captured");
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "{secret} is in the log");
        for shown in &shown {
            assert!(!shown.contains(secret.as_str()), "{secret} in {shown}");
        }
    }
    // Only the store contains a secret, and only the refresh token.
    let mut files = Vec::new();
    collect(folder.path(), &mut files);
    assert!(files.iter().any(|(file, text)| *file == path && text.contains("hunter2-refresh")));
    for (file, text) in files {
        let text = if file == path { text.replace("hunter2-refresh", "") } else { text };
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{secret} in {}", file.display());
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<(std::path::PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push((path.clone(), String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned()));
        }
    }
}
