//! Several gateways with one database of PostgreSQL: all are equal, and nothing is lost or done twice, whichever of
//! them is killed.
use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use dvkit_emulator::Limits;
use dvkit_gateway::database::Postgres;
use dvkit_gateway::store::{NewApiKey, Scope, Store};
use dvkit_gateway::{Gateway, KeyRing};
use pretty_assertions::assert_eq;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::accounts::connect_by_code;
use crate::bench::{Bench, CLIENT_SECRET, KEYS, emulator, eventually, settings};
use crate::changes::Contacts;
use crate::postgres;
use crate::webhooks::Receiver;

async fn store(url: &str) -> Store {
    Store::new(Postgres::connect(url, 12).await.unwrap(), KeyRing::parse(&SecretString::from(KEYS)).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_gateways_renew_a_token_that_is_valid_once_one_at_a_time() {
    let Some(url) = postgres::new_database() else { return };
    let emulator = emulator()
        .single_use_refresh_tokens()
        .token_lifetime(Duration::from_secs(3600))
        .start()
        .await
        .unwrap();
    let first = Bench::with(store(&url).await, settings(), |builder| builder).await;
    let second = Bench::with(store(&url).await, settings(), |builder| builder).await;
    let caller = first.caller("a", Scope::ALL).await;
    let other = second.caller("a", Scope::ALL).await;
    let id = connect_by_code(&caller, &emulator).await;
    let path = format!("/proxy/{id}/WhoAmI()");
    for _ in 0..25 {
        emulator.expire_tokens();
        let all = (0..6).map(|number| {
            let (caller, path) =
                if number % 2 == 0 { (caller.clone(), path.clone()) } else { (other.clone(), path.clone()) };
            tokio::spawn(async move { caller.get(&path).await })
        });
        for (status, answer) in futures_util::future::join_all(all).await.into_iter().map(Result::unwrap) {
            assert_eq!(status, 200, "{answer}");
        }
    }
    assert_eq!(caller.get(&format!("/accounts/{id}")).await.1["state"], "connected");
}

/// The environment variables of a process of the fleet: its database and its port.
const DATABASE: &str = "DVKIT_TEST_FLEET_DATABASE";
const PORT: &str = "DVKIT_TEST_FLEET_PORT";
/// How many times processes are killed; `DVKIT_TEST_KILLS` sets another number. `DVKIT_TEST_REQUESTS` makes the organisation throttle:
/// it allows so many requests in a minute.
const KILLS: usize = 6;

/// Is a process of the fleet, if the environment says so: it serves until it is killed. Otherwise it does nothing.
#[test]
fn a_process_of_the_fleet_serves_until_it_is_killed() {
    let (Ok(url), Ok(port)) = (std::env::var(DATABASE), std::env::var(PORT)) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut settings = settings();
        settings.listen = format!("127.0.0.1:{port}").parse().unwrap();
        settings.public_url = Some("http://localhost:1/".parse().unwrap());
        settings.schema.tables = vec!["contact".to_owned()];
        let listener = tokio::net::TcpListener::bind(settings.listen).await.unwrap();
        let gateway = Gateway::builder(store(&url).await, settings)
            .secret("default", CLIENT_SECRET.into())
            .model(Contacts)
            .build()
            .unwrap();
        gateway.serve(listener, std::future::pending()).await.unwrap();
    });
}

/// A process of the fleet. It is killed when the value is dropped.
struct Process {
    child: Child,
    url: String,
}

impl Process {
    fn start(database: &str, port: u16) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "fleet::a_process_of_the_fleet_serves_until_it_is_killed"])
            .env(DATABASE, database)
            .env(PORT, port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, url: format!("http://127.0.0.1:{port}") }
    }

    async fn ready(&self) {
        eventually("the process serves", async || {
            reqwest::get(format!("{}/healthz", self.url)).await.is_ok_and(|response| response.status() == 200)
        })
        .await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What a writer of the load has seen.
#[derive(Default)]
struct Seen {
    /// The names of the rows whose creation was confirmed.
    created: BTreeSet<String>,
    /// The names of the rows of which it is not known.
    unknown: BTreeSet<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_when_processes_are_killed() {
    let Some(url) = postgres::new_database() else { return };
    let kills = std::env::var("DVKIT_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let limits = match std::env::var("DVKIT_TEST_REQUESTS").ok().and_then(|requests| requests.parse().ok()) {
        Some(requests) => Limits { requests, window: Duration::from_secs(60), ..Limits::default() },
        None => Limits { requests: u32::MAX, execution: Duration::from_secs(1 << 30), ..Limits::default() },
    };
    let emulator = emulator().limits(limits).token_lifetime(Duration::from_secs(5)).start().await.unwrap();
    let shared = store(&url).await;
    let ports = [free_port(), free_port()];
    let mut processes = [Process::start(&url, ports[0]), Process::start(&url, ports[1])];
    for process in &processes {
        process.ready().await;
    }
    let new = NewApiKey {
        tenant: "a".into(),
        name: "load".into(),
        scopes: Scope::ALL.to_vec(),
        accounts: None,
        expires_at: None,
    };
    let key = shared.create_key(new, jiff::Timestamp::now()).await.unwrap().1.expose_secret().to_owned();
    let urls = Arc::new(ports.map(|port| format!("http://127.0.0.1:{port}")));
    let http = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
    let receiver = Receiver::start(&[]).await;
    let ask = |number: usize, method: &str, path: &str| {
        http.request(method.parse().unwrap(), format!("{}{path}", urls[number % 2])).bearer_auth(&key)
    };
    let body = json!({ "name": "Contoso", "org_url": emulator.url(), "auth": "client_credentials" });
    let account: Value = ask(0, "POST", "/accounts").json(&body).send().await.unwrap().json().await.unwrap();
    let id = account["id"].as_str().unwrap().to_owned();
    ask(1, "POST", "/webhooks").json(&json!({ "url": receiver.url })).send().await.unwrap();
    eventually("changes are polled", async || {
        emulator.requests().iter().any(|request| request.url.contains("deltatoken"))
    })
    .await;
    let (stop, refused) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (http, key, urls, id) = (http.clone(), key.clone(), Arc::clone(&urls), id.clone());
            let (stop, refused) = (Arc::clone(&stop), Arc::clone(&refused));
            tokio::spawn(async move {
                let mut seen = Seen::default();
                let mut number = 0usize;
                while !stop.load(Ordering::Relaxed) {
                    number += 1;
                    let name = format!("Row {writer}-{number}");
                    let mut attempt = writer;
                    // A process that was killed is replaced; the row is sent again with the same key.
                    let is_created = loop {
                        attempt += 1;
                        let sent = http
                            .post(format!("{}/proxy/{id}/contacts", urls[attempt % 2]))
                            .bearer_auth(&key)
                            .header("idempotency-key", &name)
                            .json(&json!({ "lastname": name }))
                            .send()
                            .await;
                        match sent.map(|response| response.status().as_u16()) {
                            Ok(204) => break true,
                            // It may be under way in the other process, or was interrupted.
                            Ok(409) if attempt > writer + 10 => break false,
                            Ok(401) => {
                                refused.fetch_add(1, Ordering::Relaxed);
                                break false;
                            }
                            _ => tokio::time::sleep(Duration::from_millis(100)).await,
                        }
                        if attempt > writer + 600 {
                            break false;
                        }
                    };
                    if is_created {
                        seen.created.insert(name)
                    } else {
                        seen.unknown.insert(name)
                    };
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                seen
            })
        })
        .collect();
    for kill in 0..kills {
        tokio::time::sleep(Duration::from_millis(300 + rand::random::<u64>() % 900)).await;
        let which = rand::random::<bool>() as usize;
        let started = Process::start(&url, ports[which]);
        // Dropping the former process kills it; its successor binds the port when it is free.
        let former = std::mem::replace(&mut processes[which], started);
        drop(former);
        if processes[which].child.try_wait().unwrap().is_some() || kill % 4 == 3 {
            processes[which] = Process::start(&url, ports[which]);
        }
        eventually("a process serves again", async || {
            if processes[which].child.try_wait().unwrap().is_some() {
                processes[which] = Process::start(&url, ports[which]);
            }
            reqwest::get(format!("{}/healthz", urls[which])).await.is_ok()
        })
        .await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut all = Seen::default();
    for writer in writers {
        let seen = writer.await.unwrap();
        all.created.extend(seen.created);
        all.unknown.extend(seen.unknown);
    }
    assert_eq!(refused.load(Ordering::Relaxed), 0, "no caller sees a 401");
    assert!(all.created.len() > kills, "{} rows", all.created.len());
    // Each row is there once, if its creation was confirmed, and at most once otherwise.
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut path =
        format!("/proxy/{id}/contacts?$select=lastname,contactid&$filter=startswith(lastname,'Row ')");
    let mut ids = BTreeMap::new();
    let mut page_number = 0;
    loop {
        // A next link from one process is followed in the other.
        page_number += 1;
        let request = ask(page_number, "GET", &path).header("prefer", "odata.maxpagesize=50, wait=10");
        let response = request.send().await.unwrap();
        if response.status() == 503 {
            // The organisation is at its limit for longer than a request waits.
            tokio::time::sleep(Duration::from_secs(5)).await;
            continue;
        }
        let page: Value = response.json().await.unwrap();
        let rows = page["value"].as_array().unwrap_or_else(|| panic!("no page: {page}"));
        for row in rows {
            let name = row["lastname"].as_str().unwrap().to_owned();
            ids.insert(row["contactid"].as_str().unwrap().to_owned(), name.clone());
            *counts.entry(name).or_default() += 1;
        }
        let Some(next) = page["@odata.nextLink"].as_str() else { break };
        path = next.strip_prefix("http://localhost:1").unwrap().to_owned();
    }
    for name in &all.created {
        assert_eq!(counts.get(name), Some(&1), "{name}");
    }
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    // Every row has an event.
    eventually("every row was told", async || {
        let told: BTreeSet<String> = receiver
            .events()
            .iter()
            .filter_map(|event| event["data"]["id"].as_str().map(str::to_owned))
            .collect();
        ids.keys().all(|id| told.contains(id))
    })
    .await;
    let state = ask(0, "GET", &format!("/accounts/{id}")).send().await.unwrap();
    assert_eq!(state.json::<Value>().await.unwrap()["state"], "connected");
    println!(
        "{kills} kills, {} rows confirmed, {} of which it is not known, {} events",
        all.created.len(),
        all.unknown.len(),
        receiver.events().len()
    );
}
