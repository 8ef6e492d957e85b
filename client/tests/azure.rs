//! The identities that Azure gives a machine: the managed identity of App Service, with its endpoint on
//! loopback, and workload identity, with a fake transport, because its authority has to use https.
//! Environment variables are set for a process of its own: this test, started again.
//!
//! The identity of a virtual machine is not tested: the address of its endpoint (169.254.169.254) is fixed in
//! Azure's library.
#![cfg(feature = "azure")]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers
use std::collections::HashMap;
use std::fmt::Debug;
use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use azure_core::http::headers::Headers;
use azure_core::http::request::Body;
use azure_core::http::{AsyncRawResponse, ClientOptions, HttpClient, Request as AzureRequest, Transport};
use azure_identity::{
    ClientAssertionCredentialOptions, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use dvkit_client::auth::{AzureIdentity, StaticToken};
use dvkit_client::{Client, ErrorKind};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

/// The query of a request, and the header that proves its origin.
type Question = (HashMap<String, String>, Option<String>);

/// The requests that the identity endpoint received.
#[derive(Default)]
struct Asked(Mutex<Vec<Question>>);

async fn identity(
    State(asked): State<Arc<Asked>>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let secret = headers.get("x-identity-header").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let refused = query.get("client_id").is_some_and(|id| id == "nobody");
    asked.0.lock().unwrap().push((query, secret));
    if refused {
        return (StatusCode::BAD_REQUEST, "hunter2-body").into_response();
    }
    Json(json!({
        "access_token": "hunter2-managed", "expires_on": "4102444800", "resource": "x", "token_type": "Bearer",
    }))
    .into_response()
}

async fn who_am_i(headers: HeaderMap) -> Response {
    let known = ["Bearer hunter2-managed", "Bearer hunter2-workload"];
    match headers.get("authorization").and_then(|value| value.to_str().ok()) {
        Some(token) if known.contains(&token) => Json(json!({ "UserId": "1" })).into_response(),
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

/// Starts an organisation with an identity endpoint beside it.
async fn start() -> (String, Arc<Asked>) {
    let asked = Arc::new(Asked::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/msi/token", get(identity))
        .route("/api/data/v9.2/WhoAmI()", get(who_am_i))
        .with_state(Arc::clone(&asked));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, asked)
}

async fn ask(url: &str, azure: AzureIdentity) -> dvkit_client::Result<Value> {
    Client::builder(url).token_source(azure).build().unwrap().get_json("WhoAmI()").await
}

fn shown(thing: &dyn Debug) -> String {
    format!("{thing:?}")
}

/// The variable with the organisation's URL, for the test that is started again.
const AGAIN: &str = "DVKIT_TEST_ORGANISATION";

/// Starts this very test with other environment variables, and returns what it printed.
async fn again(name: &'static str, url: &str, variables: &[(&'static str, String)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture"]).env(AGAIN, url).envs(variables.to_vec());
    let ran = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    assert!(ran.status.success(), "{said}");
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_managed_identity_of_app_service_gives_a_token() {
    if let Ok(url) = std::env::var(AGAIN) {
        let identity = AzureIdentity::managed_identity(Some("app-1".to_owned())).unwrap();
        println!("{} answers {}", shown(&identity), ask(&url, identity.clone()).await.unwrap());
        let error =
            ask(&url, AzureIdentity::managed_identity(Some("nobody".to_owned())).unwrap()).await.unwrap_err();
        assert_eq!((error.kind(), error.is_transient()), (ErrorKind::SignIn, false));
        println!("{error} {error:?}");
        return;
    }
    let (url, asked) = start().await;
    let endpoint = format!("{url}/msi/token");
    let variables = [("IDENTITY_ENDPOINT", endpoint), ("IDENTITY_HEADER", "hunter2-header".to_owned())];
    let said = again("the_managed_identity_of_app_service_gives_a_token", &url, &variables).await;
    assert!(said.contains(r#"answers {"UserId":"1"}"#), "{said}");
    assert!(said.contains("has not been assigned") && !said.contains("hunter2"), "{said}");
    let (query, secret) = asked.0.lock().unwrap()[0].clone();
    assert_eq!(secret.as_deref(), Some("hunter2-header"));
    assert_eq!(
        (query["client_id"].as_str(), query["resource"].trim_end_matches('/')),
        ("app-1", url.as_str())
    );
    // Another token would be refused, so the one from the endpoint was used.
    assert!(
        Client::builder(&url)
            .token_source(StaticToken::new("other"))
            .build()
            .unwrap()
            .get_json::<Value>("WhoAmI()")
            .await
            .is_err()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_workload_identity_of_a_pod_is_read_from_its_environment() {
    if std::env::var(AGAIN).is_ok() {
        println!("{}", AzureIdentity::workload_identity().unwrap_err());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "hunter2-federated").unwrap();
    let run = async |variables: &[(&'static str, String)]| {
        let said = again("the_workload_identity_of_a_pod_is_read_from_its_environment", "-", variables).await;
        assert!(!said.contains("hunter2"), "{said}");
        said
    };
    let mut variables = vec![("AZURE_TENANT_ID", "tenant-1".to_owned())];
    assert!(run(&variables).await.contains("no token file"));
    variables.push(("AZURE_FEDERATED_TOKEN_FILE", file.display().to_string()));
    assert!(run(&variables).await.contains("no client id"));
    // All variables are set and read. An authority on loopback is refused because it uses http, which is why
    // the next test has a transport.
    variables.push(("AZURE_CLIENT_ID", "app-1".to_owned()));
    variables.push(("AZURE_AUTHORITY_HOST", "http://127.0.0.1:1".to_owned()));
    assert!(run(&variables).await.contains("HTTPS"));
}

/// An authority without a network.
#[derive(Debug, Default)]
struct Authority(Mutex<Vec<(String, String)>>);

#[async_trait::async_trait]
impl HttpClient for Authority {
    async fn execute_request(&self, request: &AzureRequest) -> azure_core::Result<AsyncRawResponse> {
        let Body::Bytes(body) = request.body() else { panic!("a form") };
        let form = String::from_utf8(body.to_vec()).unwrap();
        self.0.lock().unwrap().push((request.url().to_string(), form));
        let answer = r#"{"token_type":"Bearer","expires_in":3600,"ext_expires_in":3600,"access_token":"hunter2-workload"}"#;
        Ok(AsyncRawResponse::from_bytes(azure_core::http::StatusCode::Ok, Headers::default(), answer))
    }
}

#[tokio::test]
async fn the_workload_identity_of_a_pod_gives_a_token() {
    let (url, _) = start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "hunter2-federated").unwrap();
    let authority = Arc::new(Authority::default());
    let transport = Some(Transport::new(Arc::clone(&authority) as Arc<dyn HttpClient>));
    let credential = WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions {
            client_options: ClientOptions { transport, ..ClientOptions::default() },
        },
        client_id: Some("app-1".to_owned()),
        tenant_id: Some("tenant-1".to_owned()),
        token_file_path: Some(file),
    }));
    let azure = AzureIdentity::with(credential.unwrap(), "with the workload identity of this pod");
    assert!(!shown(&azure).contains("hunter2"));
    assert_eq!(ask(&url, azure).await.unwrap()["UserId"], "1");
    let asked = authority.0.lock().unwrap();
    let (address, form) = &asked[0];
    assert_eq!(address, "https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token");
    assert!(
        form.contains("client_assertion=hunter2-federated") && form.contains("client_id=app-1"),
        "{form}"
    );
    assert!(form.contains("grant_type=client_credentials") && form.contains("%2F.default"), "{form}");
}
