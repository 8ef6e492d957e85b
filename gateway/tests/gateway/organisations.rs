//! Many organisations, of which some misbehave: one whose sign-in was revoked, one that throttles, one that is slow, and one without
//! the columns of the mapping. Their callers are told, and the callers of the others do not notice.
#![cfg(target_os = "linux")] // where every address of 127.0.0.0/8 leads to this machine

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use dvkit_emulator::{Emulator, InProcessEmulator};
use dvkit_gateway::store::Scope;
use dvkit_gateway::unified::CrmModel;
use dvkit_unify::Mapping;
use futures_util::StreamExt as _;
use http::{StatusCode, header};
use http_body_util::BodyExt as _;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::bench::{Bench, Caller, eventually, settings, store};
use crate::webhooks::Receiver;

/// The number of organisations; `DVKIT_TEST_ORGANISATIONS` sets another one, and makes the test print how long requests take.
const ORGANISATIONS: usize = 24;
/// The number of lists of each organisation in each phase.
const LISTS: usize = 3;
/// The number of rounds of all phases when times are measured, so that a machine that is slower for a while is so in each phase.
const ROUNDS: usize = 9;
/// The number of lists of different organisations at the same time.
const CONCURRENT: usize = 4;
/// The number of callers of each organisation that misbehaves.
const CALLERS: usize = 30;
/// How long a caller waits between two lists.
const PAUSE: Duration = Duration::from_millis(100);

/// The organisations that misbehave, by their numbers.
const REVOKED: usize = 0;
const THROTTLED: usize = 1;
const SLOW: usize = 2;
const WITHOUT_COLUMNS: usize = 3;

/// A column of the mapping that the last one does not have.
const COLUMN: &str = "nickname";

/// All organisations in one server: the address tells which is meant.
struct Organisations {
    complete: InProcessEmulator,
    without_columns: InProcessEmulator,
    /// Whether the first three misbehave.
    misbehave: AtomicBool,
    /// Becomes true when the slow one may respond.
    released: watch::Receiver<bool>,
    /// The number of lists that each was asked for.
    lists: Vec<AtomicUsize>,
}

/// Returns the address of an organisation by its number.
fn address(number: usize) -> Ipv4Addr {
    let [.., high, low] = u32::try_from(number + 1).unwrap().to_be_bytes();
    Ipv4Addr::new(127, 1, high, low)
}

/// Returns the number of the organisation that a request is sent to.
fn number(request: &Request) -> usize {
    let host = request.headers()[header::HOST].to_str().unwrap();
    let address: Ipv4Addr = host.split(':').next().unwrap().parse().unwrap();
    let [.., high, low] = address.octets();
    usize::from(high) * 256 + usize::from(low) - 1
}

async fn respond(State(all): State<Arc<Organisations>>, request: Request) -> Response {
    let number = number(&request);
    let misbehaves = all.misbehave.load(Ordering::Relaxed);
    let url = format!("http://{}", request.headers()[header::HOST].to_str().unwrap());
    let path = request.uri().path().to_owned();
    if path.ends_with("/oauth2/v2.0/token") {
        if number == REVOKED && misbehaves {
            let error = json!({ "error": "invalid_client", "error_description": "AADSTS7000215: a secret was revoked" });
            return (StatusCode::UNAUTHORIZED, axum::Json(error)).into_response();
        }
        let token =
            json!({ "token_type": "Bearer", "expires_in": 3_600, "access_token": format!("token-{number}") });
        return axum::Json(token).into_response();
    }
    let is_authorized = request
        .headers()
        .get(header::AUTHORIZATION)
        .is_some_and(|value| value.as_bytes() == format!("Bearer token-{number}").as_bytes());
    if !is_authorized || number == REVOKED && misbehaves {
        let challenge =
            format!("Bearer authorization_uri={url}/contoso/oauth2/authorize, resource_id={url}/");
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response();
    }
    if path.ends_with("/contacts") {
        all.lists[number].fetch_add(1, Ordering::Relaxed);
        if number == THROTTLED && misbehaves {
            return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "30")]).into_response();
        }
        if number == SLOW && misbehaves {
            // The sender lives as long as the test.
            let _ = all.released.clone().wait_for(|released| *released).await;
        }
    }
    let (head, body) = request.into_parts();
    let request = http::Request::from_parts(head, body.collect().await.unwrap().to_bytes());
    let emulator = if number == WITHOUT_COLUMNS { &all.without_columns } else { &all.complete };
    emulator.respond("ann", request).map(Body::from)
}

/// Starts the server, and returns its port.
async fn serve(all: Arc<Organisations>) -> u16 {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new().fallback(respond).with_state(all);
    tokio::spawn(async { axum::serve(listener, router).await });
    port
}

fn name(number: usize) -> String {
    format!("organisation {number}")
}

/// Lists the contacts of an organisation, and returns the response and how long it took.
async fn list(caller: &Caller, number: usize, wait: u64) -> (reqwest::Response, Duration) {
    let begun = Instant::now();
    let path = format!("/unified/crm/contacts?limit=50&remote_data=false&account_id={}", name(number));
    let request = caller.request("GET", &path).header("prefer", format!("wait={wait}"));
    (request.send().await.unwrap(), begun.elapsed())
}

/// Lists the contacts of all organisations that behave, and returns how long each list took.
async fn list_others(caller: &Caller, others: usize) -> Vec<Duration> {
    let lists = (0..LISTS).flat_map(|_| WITHOUT_COLUMNS + 1..others).map(|number| async move {
        let (response, took) = list(caller, number, 60).await;
        let status = response.status();
        let page: Value = response.json().await.unwrap();
        assert_eq!((status.as_u16(), page["next_cursor"].as_str()), (200, None), "{number}: {page}");
        assert!(page["result"].as_array().unwrap().len() > 5, "{number}: {page}");
        took
    });
    futures_util::stream::iter(lists).buffered(CONCURRENT).collect().await
}

/// What the callers of the organisations that misbehave do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Calls {
    Go,
    Pause,
    Stop,
}

/// Calls an organisation that misbehaves again and again, for the first time after `begin`, and returns the status and body of every
/// response.
fn call(
    caller: &Caller,
    number: usize,
    begin: Duration,
    calls: &watch::Receiver<Calls>,
) -> tokio::task::JoinHandle<Vec<(u16, Value)>> {
    let (caller, mut calls) = (caller.clone(), calls.clone());
    tokio::spawn(async move {
        let mut told = Vec::new();
        tokio::time::sleep(begin).await;
        loop {
            let wait = match number {
                SLOW => 1,
                // Less than the organisation asks to wait.
                THROTTLED => 10,
                _ => 60,
            };
            let (response, _) = list(&caller, number, wait).await;
            let status = response.status().as_u16();
            if status == 503 {
                assert!(response.headers().contains_key(header::RETRY_AFTER), "{number}");
            }
            told.push((status, response.json().await.unwrap()));
            tokio::time::sleep(PAUSE).await;
            let pauses = *calls.borrow() == Calls::Pause;
            if *calls.wait_for(|calls| *calls != Calls::Pause).await.unwrap() == Calls::Stop {
                return told;
            }
            if pauses {
                tokio::time::sleep(begin).await;
            }
        }
    })
}

/// Lists the contacts of all organisations that behave, beside callers that only ask whether the gateway is there, as many and as
/// often as those of the organisations that are refused at once: what the load alone costs on this machine.
async fn list_others_beside_load(caller: &Caller, others: usize) -> Vec<Duration> {
    let callers = 3 * CALLERS;
    let apart = PAUSE / u32::try_from(callers).unwrap();
    let loads: Vec<_> = (0..)
        .take(callers)
        .map(|n| {
            let caller = caller.clone();
            tokio::spawn(async move {
                tokio::time::sleep(apart * n).await;
                loop {
                    assert_eq!(caller.get("/healthz").await.0, 200);
                    tokio::time::sleep(PAUSE).await;
                }
            })
        })
        .collect();
    let times = list_others(caller, others).await;
    loads.iter().for_each(tokio::task::JoinHandle::abort);
    times
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn organisations_that_misbehave_are_told_and_others_do_not_notice() {
    let asked_for = std::env::var("DVKIT_TEST_ORGANISATIONS").ok().and_then(|number| number.parse().ok());
    let others = asked_for.unwrap_or(ORGANISATIONS);
    let complete = Emulator::sample().seed_sample().in_process().unwrap();
    let mut schema = dvkit_schema::Schema::clone(&complete.schema());
    let contact = schema.tables.get_mut("contact").unwrap();
    contact.columns.retain(|column| column.logical_name != COLUMN);
    let without_columns = Emulator::builder(schema).in_process().unwrap();
    let (release, released) = watch::channel(false);
    let lists = (0..others).map(|_| AtomicUsize::new(0)).collect();
    let organisations = Arc::new(Organisations {
        complete,
        without_columns,
        misbehave: AtomicBool::new(false),
        released,
        lists,
    });
    let port = serve(Arc::clone(&organisations)).await;
    let mut settings = settings();
    settings.schema.tables = vec!["contact".to_owned()];
    settings.schema.refresh_seconds = 1 << 20;
    settings.changes.poll_seconds = 1 << 20;
    let mapping = format!("[contacts.custom]\nteam = \"{COLUMN}\"\n");
    let model = CrmModel::new(Mapping::parse(&mapping).unwrap(), None);
    let bench = Bench::with(store().await, settings, |builder| builder.model(model)).await;
    let caller = &bench.caller("a", Scope::ALL).await;
    let receiver = Receiver::start(&[]).await;
    let hook = json!({ "url": receiver.url, "events": ["account.authentication_error"] });
    assert_eq!(caller.send("POST", "/webhooks", Some(hook)).await.0, 201);
    let connect = |number| async move {
        let url = format!("http://{}:{port}", address(number));
        let body = json!({ "name": name(number), "org_url": url, "auth": "client_credentials" });
        let (status, account) = caller.send("POST", "/accounts", Some(body)).await;
        assert_eq!((status, &account["state"]), (201, &json!("connected")), "{account}");
        account["id"].clone()
    };
    let ids: Vec<Value> =
        futures_util::stream::iter((0..others).map(connect)).buffered(CONCURRENT).collect().await;
    // The background work is done: a snapshot of each, and the first poll of those that the mapping fits.
    let done = |metrics: &str, kind: &str| -> usize {
        let line = format!("dvkit_gateway_jobs_total{{kind=\"{kind}\",outcome=\"done\"}} ");
        metrics.lines().find_map(|text| text.strip_prefix(&line)?.parse().ok()).unwrap_or(0)
    };
    for _ in 0..1_800 {
        let (_, metrics) = caller.get("/metrics").await;
        let metrics = metrics.as_str().unwrap().to_owned();
        if done(&metrics, "schema") >= others - 1 && done(&metrics, "changes") >= others - 1 {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    list_others(caller, others).await;
    let asked = || -> Vec<usize> {
        organisations
            .lists
            .iter()
            .map(|lists| lists.swap(0, Ordering::Relaxed))
            .skip(WITHOUT_COLUMNS + 1)
            .collect()
    };
    asked();
    let mut alone = list_others(caller, others).await;
    assert_eq!(asked(), vec![LISTS; others - WITHOUT_COLUMNS - 1], "a list is one request");
    organisations.misbehave.store(true, Ordering::Relaxed);
    let (calls, called) = watch::channel(Calls::Go);
    // Callers know nothing of each other, and do not call in step.
    let apart = PAUSE / u32::try_from(CALLERS).unwrap();
    let callers: Vec<Vec<_>> = (REVOKED..=WITHOUT_COLUMNS)
        .map(|number| (0..).take(CALLERS).map(|n| call(caller, number, apart * n, &called)).collect())
        .collect();
    eventually("all have begun to misbehave", async || {
        let lists = |number: usize| organisations.lists[number].load(Ordering::Relaxed);
        lists(THROTTLED) > 0 && lists(SLOW) > 0 && !receiver.events().is_empty()
    })
    .await;
    let mut beside = list_others(caller, others).await;
    assert_eq!(asked(), vec![LISTS; others - WITHOUT_COLUMNS - 1], "a list is one request");
    let mut loaded = Vec::new();
    if asked_for.is_some() {
        (alone, beside) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            calls.send_replace(Calls::Pause);
            // The calls of the slow one are over.
            tokio::time::sleep(Duration::from_secs(2)).await;
            alone.extend(list_others(caller, others).await);
            loaded.extend(list_others_beside_load(caller, others).await);
            calls.send_replace(Calls::Go);
            tokio::time::sleep(Duration::from_secs(1)).await;
            beside.extend(list_others(caller, others).await);
        }
        [&mut alone, &mut loaded, &mut beside].into_iter().for_each(|times| times.sort());
    }
    calls.send_replace(Calls::Stop);
    let mut told: Vec<Vec<(u16, Value)>> = Vec::new();
    for callers in callers {
        let all = futures_util::future::join_all(callers).await;
        told.push(all.into_iter().flat_map(Result::unwrap).collect());
    }
    release.send_replace(true);
    let codes = |number: usize, status: u16| -> Vec<&str> {
        let of_status = told[number].iter().filter(|(other, _)| *other == status);
        let mut codes: Vec<&str> =
            of_status.map(|(_, body)| body["error"]["code"].as_str().unwrap()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    };
    let statuses = |number: usize| -> Vec<u16> {
        let mut statuses: Vec<u16> = told[number].iter().map(|(status, _)| *status).collect();
        statuses.sort_unstable();
        statuses.dedup();
        statuses
    };
    assert_eq!((statuses(REVOKED), codes(REVOKED, 409)), (vec![409], vec!["account_needs_sign_in"]));
    let events = receiver.events();
    let flagged: Vec<&Value> = events.iter().map(|event| &event["account_id"]).collect();
    assert_eq!(flagged, [&ids[REVOKED]], "one event tells it once");
    assert_eq!(statuses(THROTTLED), [503]);
    assert!(
        codes(THROTTLED, 503)
            .iter()
            .all(|code| ["throttled", "deadline", "too_many_requests"].contains(code))
    );
    // What holds a place of the account gets no response in time; what waits for a place may get none.
    assert!(statuses(SLOW).iter().all(|status| [503, 504].contains(status)), "{:?}", statuses(SLOW));
    assert_eq!(codes(SLOW, 504), ["timeout"]);
    assert!(codes(SLOW, 503).iter().all(|code| *code == "too_many_requests"), "{:?}", codes(SLOW, 503));
    assert_eq!((statuses(WITHOUT_COLUMNS), codes(WITHOUT_COLUMNS, 422)), (vec![422], vec!["mapping"]));
    let (_, body) = &told[WITHOUT_COLUMNS][0];
    assert!(body["error"]["message"].as_str().unwrap().contains(COLUMN), "{body}");
    if asked_for.is_some() {
        let at =
            |times: &[Duration], percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
        for percent in [50, 99] {
            let (before, during, loaded) = (at(&alone, percent), at(&beside, percent), at(&loaded, percent));
            let ratio = |time: Duration| time.as_secs_f64() / before.as_secs_f64();
            println!(
                "{others} organisations, {percent} % of the lists within {before:?} alone, {loaded:?} beside as many callers that ask \
                 for nothing ({:.2} times), {during:?} beside those that misbehave ({:.2} times)",
                ratio(loaded),
                ratio(during)
            );
        }
    }
}
