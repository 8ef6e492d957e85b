//! No secret is in a log, an error, a response or a metric: a run with planted secrets, and everything it says.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

#[path = "gateway/accounts.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod accounts;
#[path = "gateway/bench.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod bench;

use std::io;
use std::sync::{Arc, Mutex};

use dvkit_client::auth::{ExposeSecret as _, TokenStore as _};
use dvkit_gateway::KeyRing;
use dvkit_gateway::database::Sqlite;
use dvkit_gateway::store::{Scope, Store};
use secrecy::SecretString;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_secret_is_in_a_log_an_error_a_response_or_a_metric() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .with_ansi(false)
        .init();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.db");
    let keys = || KeyRing::parse(&SecretString::from(bench::KEYS)).unwrap();
    let store = Store::new(Sqlite::open(&path).await.unwrap(), keys());
    let gateway = bench::Bench::with(store.clone(), bench::settings(), |builder| builder).await;
    let emulator = bench::emulator().application("own", "planted-own-secret-0815").start().await.unwrap();
    let caller = gateway.caller("a", Scope::ALL).await;
    let id = accounts::connect_by_code(&caller, &emulator).await;
    let own = json!({
        "name": "Own", "org_url": emulator.url(), "auth": "client_credentials", "client_id": "own",
        "client_secret": "planted-own-secret-0815",
    });
    let (status, account) = caller.send("POST", "/accounts", Some(own)).await;
    assert_eq!(status, 201, "{account}");
    let own = account["id"].as_str().unwrap().to_owned();
    let webhook = json!({ "url": "http://127.0.0.1:9/hook" });
    let (_, webhook) = caller.send("POST", "/webhooks", Some(webhook)).await;
    let mut said = String::new();
    let names: Vec<String> = {
        let database = rusqlite::Connection::open(&path).unwrap();
        let mut found = database.prepare("SELECT name FROM secrets WHERE account_id = ?1").unwrap();
        let found = found.query_map([&id], |row| row.get(0)).unwrap();
        found.map(Result::unwrap).collect()
    };
    let key = names.iter().find_map(|name| name.strip_prefix("refresh_token ")).unwrap().to_owned();
    let refresh = store.tokens(&id).load(&key).await.unwrap().unwrap().expose_secret().to_owned();
    for fault in [
        "",
        "1 on WhoAmI: 500",
        "1 on WhoAmI: 403",
        "1 on WhoAmI: login-page",
        "1 on WhoAmI: reset",
        "1..9 on WhoAmI: 429 after 90",
    ] {
        emulator.faults(fault.parse().unwrap());
        let (_, answer) = caller.get(&format!("/proxy/{own}/WhoAmI()")).await;
        said.push_str(&answer.to_string());
    }
    emulator.faults("".parse().unwrap());
    emulator.expire_tokens();
    emulator.revoke_refresh_tokens();
    for path in [
        format!("/proxy/{id}/WhoAmI()"),
        format!("/accounts/{id}"),
        "/accounts".into(),
        "/webhooks".into(),
        "/openapi.json".into(),
        "/metrics".into(),
    ] {
        said.push_str(&caller.get(&path).await.1.to_string());
    }
    bench::eventually("the event is tried", async || {
        let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
        log.contains("an event was sent")
    })
    .await;
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("the account needs a sign-in") && log.contains("answered"), "the log is there");
    let mut database = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        database.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let key_secret = caller.key.splitn(3, '_').nth(2).unwrap().to_owned();
    let webhook_secret = webhook["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap().to_owned();
    for secret in [
        bench::CLIENT_SECRET,
        "planted-own-secret-0815",
        &refresh,
        &key_secret,
        &webhook_secret,
        &bench::KEYS[3..],
    ] {
        assert!(secret.len() > 12, "{secret}");
        let at = |text: &str| text.find(secret).map(|at| text[at.saturating_sub(200)..at].to_owned());
        assert_eq!(at(&log), None, "in the log");
        assert_eq!(at(&said), None, "in a response");
        assert!(!database.windows(secret.len()).any(|window| window == secret.as_bytes()), "in the database");
    }
}
