//! Both sample organisations through a gateway: in one call of the example, and with curl.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout)] // the lint's exception for tests does not reach their helpers

use std::path::Path;
use std::process::Command;

use dvkit_emulator::{Emulator, RunningEmulator};
use dvkit_gateway::database::Sqlite;
use dvkit_gateway::settings::Application;
use dvkit_gateway::store::{NewApiKey, Scope, Store};
use dvkit_gateway::unified::CrmModel;
use dvkit_gateway::{Gateway as Server, KeyRing, Settings};
use dvkit_unify::Mapping;
use saas::unified::{Gateway, GatewayError};
use secrecy::ExposeSecret as _;
use serde_json::Value;

/// A gateway, and both sample organisations, which run as long as this value lives.
struct Running {
    url: String,
    key: String,
    organisations: [(&'static str, RunningEmulator); 2],
}

async fn running() -> Running {
    let start = async |builder: dvkit_emulator::EmulatorBuilder| builder.seed_sample().start().await.unwrap();
    let organisations =
        [("contoso", start(Emulator::sample()).await), ("fabrikam", start(Emulator::fabrikam()).await)];
    let keys = KeyRing::parse(&KeyRing::generate("k1")).unwrap();
    let store = Store::new(Sqlite::in_memory().await.unwrap(), keys);
    let new = NewApiKey {
        tenant: "saas".to_owned(),
        name: "example".to_owned(),
        scopes: Scope::ALL.to_vec(),
        accounts: None,
        expires_at: None,
    };
    let (_, key) = store.create_key(new, dvkit_client::jiff::Timestamp::now()).await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut settings = Settings::default();
    settings.listen = listener.local_addr().unwrap();
    settings.allow_loopback_organisations = true;
    settings.applications.insert("default".to_owned(), Application::new("example"));
    let url = format!("http://{}", settings.listen);
    let server = Server::builder(store, settings)
        .secret("default", "any".to_owned().into())
        .model(CrmModel::new(Mapping::standard(), None))
        .build()
        .unwrap();
    tokio::spawn(server.serve(listener, std::future::pending()));
    Running { url, key: key.expose_secret().to_owned(), organisations }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_call_lists_the_contacts_of_both_organisations() {
    let running = running().await;
    let gateway = Gateway::new(&running.url, &running.key);
    for _ in 0..2 {
        // Connected twice, each is one account.
        for (name, organisation) in &running.organisations {
            gateway.connect(name, organisation.url()).await.unwrap();
        }
    }
    let contacts = gateway.all_contacts(&["contoso", "fabrikam"]).await.unwrap();
    for (name, organisation) in &running.organisations {
        let of_customer: Vec<_> = contacts.iter().filter(|one| one.customer == *name).collect();
        let rows: Value = serde_json::from_str(&organisation.export().unwrap()).unwrap();
        let all = rows["contacts"].as_array().map_or(0, Vec::len);
        assert_eq!(of_customer.len(), all, "{name}");
        assert!(all > 5 && of_customer.iter().all(|one| one.contact.last_name.is_some()), "{name}");
        assert!(of_customer.iter().any(|one| one.contact.account.is_some()), "{name}");
    }
    assert!(contacts.is_sorted_by_key(|one| &one.customer), "the customers follow each other");
    let error = gateway.all_contacts(&["nobody"]).await.unwrap_err();
    assert!(
        matches!(&error, GatewayError::Refused { status: 404, code, .. } if code == "not_found"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lines_of_curl_work_with_both_organisations() {
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: no curl");
        return;
    }
    let running = running().await;
    let gateway = Gateway::new(&running.url, &running.key);
    for (name, organisation) in &running.organisations {
        gateway.connect(name, organisation.url()).await.unwrap();
        let mut script = Command::new("sh");
        script.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("curl.sh"));
        script.env("GATEWAY", &running.url).env("KEY", &running.key).env("ACCOUNT", name);
        let output = tokio::task::spawn_blocking(move || script.output().unwrap()).await.unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        let pages: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let [first, second, own] = pages.as_slice() else { panic!("three responses: {text}") };
        let ids = |page: &Value| -> Vec<String> {
            let records = page["result"].as_array().unwrap();
            records.iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(ids(first).len(), 10, "{name}: {first}");
        assert!(!ids(second).is_empty() && ids(second).iter().all(|id| !ids(first).contains(id)), "{name}");
        assert_eq!(own["value"].as_array().unwrap().len(), 2, "{name}: {own}");
    }
}
