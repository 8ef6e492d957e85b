//! The client against a small server that sends what no emulator would: odd bytes, broken bodies, pages for people.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, ErrorKind, Prefer, Request};
use serde_json::Value;

/// Serves on a free port of loopback and gives its URL.
async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

fn api(path: &str, method: axum::routing::MethodRouter) -> Router {
    Router::new().route(&format!("/api/data/v9.2/{path}"), method)
}

fn client(url: &str) -> Client {
    Client::builder(url).token_source(StaticToken::new("secret")).build().unwrap()
}

#[tokio::test]
async fn required_headers_are_sent() {
    let echo = |headers: HeaderMap| async move {
        let all: std::collections::BTreeMap<_, _> =
            headers.iter().map(|(k, v)| (k.to_string(), v.to_str().unwrap().to_owned())).collect();
        axum::Json(all)
    };
    let url = serve(api("echo", get(echo))).await;
    let client = Client::builder(&url)
        .token_source(StaticToken::new("secret"))
        .prefer(Prefer::new().annotations("*"))
        .build()
        .unwrap();
    let request = Request::get("echo").prefer(Prefer::new().max_page_size(3));
    let sent: Value = client.json(request).await.unwrap();
    assert_eq!(sent["authorization"], "Bearer secret");
    assert_eq!(sent["odata-version"], "4.0");
    assert_eq!(sent["odata-maxversion"], "4.0");
    assert_eq!(sent["accept"], "application/json");
    assert_eq!(sent["if-none-match"], "null");
    assert_eq!(sent["prefer"], r#"odata.include-annotations="*",odata.maxpagesize=3"#);
    assert_eq!(client.status().sent, 1);
    assert_eq!(client.status().in_flight, 0);
}

#[tokio::test]
async fn a_page_with_status_200_is_no_data() {
    let url = serve(api("x", get(|| async { Html("<html><title>Sign in to your account</title>") }))).await;
    let error = client(&url).get_json::<Value>("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginPage);
    assert!(!error.to_string().contains("secret"));
}

#[tokio::test]
async fn answers_are_bounded() {
    let url = serve(api("x", get(|| async { "[".repeat(100_000) }))).await;
    let client = client(&url);
    let error = client.send(Request::get("x").max_bytes(1_000)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    // Within the bound it is no JSON, and says where.
    let error = client.get_json::<Value>("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
}

#[tokio::test]
async fn errors_of_the_service() {
    let refuse = || async {
        (StatusCode::NOT_FOUND, r#"{"error":{"code":"0x80040217","message":"no such row"}}"#).into_response()
    };
    let url = serve(api("x", get(refuse))).await;
    let error = client(&url).send(Request::get("x?$select=secretname")).await.unwrap_err();
    assert_eq!(error.to_string(), "GET x: no such row (0x80040217, HTTP 404)");
}

#[tokio::test]
async fn nobody_is_there() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = client(&url).send(Request::get("x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.surely_not_run() && error.is_transient());
}
