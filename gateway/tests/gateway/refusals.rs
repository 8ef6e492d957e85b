//! What is refused: each route without its scope, what is over a limit and not what is at it, and requests of another form. A refusal
//! says why, in the form of the gateway's errors.
use dvkit_gateway::store::Scope;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::bench::{Bench, Caller, emulator, raw, settings, store};
use crate::changes::Contacts;

/// The routes, each with the scope that it needs. `{id}` is the account, and `{none}` an id that nothing has.
const ROUTES: &[(&str, &str, Scope)] = &[
    ("GET", "/accounts", Scope::AccountsRead),
    ("POST", "/accounts", Scope::AccountsWrite),
    ("GET", "/accounts/{id}", Scope::AccountsRead),
    ("DELETE", "/accounts/{none}", Scope::AccountsWrite),
    ("POST", "/accounts/{none}/sign-in", Scope::AccountsWrite),
    ("PUT", "/accounts/{none}/secret", Scope::AccountsWrite),
    ("GET", "/accounts/{id}/schema", Scope::SchemaRead),
    ("POST", "/accounts/{none}/schema/refresh", Scope::SchemaRead),
    ("GET", "/accounts/{id}/schema/contact", Scope::SchemaRead),
    ("GET", "/webhooks", Scope::WebhooksRead),
    ("POST", "/webhooks", Scope::WebhooksWrite),
    ("GET", "/webhooks/{none}", Scope::WebhooksRead),
    ("DELETE", "/webhooks/{none}", Scope::WebhooksWrite),
    ("GET", "/webhooks/{none}/deliveries", Scope::WebhooksRead),
    ("POST", "/webhooks/{none}/deliveries/{none}/redeliver", Scope::WebhooksWrite),
    ("GET", "/unified/crm/contacts?account_id={id}", Scope::UnifiedRead),
    ("POST", "/unified/crm/contacts?account_id={none}", Scope::UnifiedWrite),
    ("GET", "/unified/crm/contacts/{none}?account_id={id}", Scope::UnifiedRead),
    ("PATCH", "/unified/crm/contacts/{none}?account_id={id}", Scope::UnifiedWrite),
    ("PUT", "/unified/crm/contacts/{none}?account_id={id}", Scope::UnifiedWrite),
    ("DELETE", "/unified/crm/contacts/{none}?account_id={id}", Scope::UnifiedWrite),
    ("GET", "/unified/crm/fields?account_id={id}", Scope::UnifiedRead),
    ("POST", "/unified/crm/contacts/{none}/associations?account_id={id}", Scope::UnifiedWrite),
    ("GET", "/unified/crm/contacts/{none}/associations/users?account_id={id}", Scope::UnifiedRead),
    ("DELETE", "/unified/crm/contacts/{none}/associations/users/{none}?account_id={id}", Scope::UnifiedWrite),
    ("GET", "/proxy/{id}/WhoAmI()", Scope::ProxyRead),
    ("HEAD", "/proxy/{id}/WhoAmI()", Scope::ProxyRead),
    ("POST", "/proxy/{none}/accounts", Scope::ProxyWrite),
    ("PATCH", "/proxy/{none}/accounts", Scope::ProxyWrite),
    ("PUT", "/proxy/{none}/accounts", Scope::ProxyWrite),
    ("DELETE", "/proxy/{none}/accounts", Scope::ProxyWrite),
];

/// Returns the code of an error.
fn code(body: &Value) -> &str {
    body["error"]["code"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn each_route_needs_its_scope_and_no_other() {
    let bench = Bench::with(store().await, settings(), |builder| builder.model(Contacts)).await;
    let emulator = emulator().start().await.unwrap();
    let id = bench.caller("a", Scope::ALL).await.connect(&emulator).await;
    for scope in Scope::ALL {
        let caller = bench.caller("a", &[*scope]).await;
        for (method, path, needed) in ROUTES {
            let path = path.replace("{id}", &id).replace("{none}", "00000000-0000-0000-0000-000000000000");
            let body = (*method != "GET" && *method != "HEAD").then(|| json!({}));
            let (status, body) = caller.send(method, &path, body).await;
            let what = format!("{method} {path} with {scope}: {status} {body}");
            if scope.includes(*needed) {
                assert!(status != 401 && status != 403, "{what}");
            } else if *method == "HEAD" {
                assert_eq!(status, 403, "{what}");
            } else {
                assert_eq!((status, code(&body)), (403, "missing_scope"), "{what}");
                assert_eq!(body["error"]["scope"], needed.name(), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn each_route_needs_a_key() {
    let bench = Bench::with(store().await, settings(), |builder| builder.model(Contacts)).await;
    let mut nobody = bench.caller("a", Scope::ALL).await;
    let right = nobody.key.clone();
    let (begin, _) = right.rsplit_once('_').unwrap();
    for key in [
        "dvk_x".to_owned(),
        format!("{begin}_{}", "A".repeat(43)),
        right[4..].to_owned(),
        format!("{right}="),
    ] {
        nobody.key = key;
        for (method, path, _) in ROUTES {
            let body = (*method != "GET" && *method != "HEAD").then(|| json!({}));
            let (status, body) = nobody.send(method, path, body).await;
            assert_eq!(status, 401, "{method} {path}");
            assert!(*method == "HEAD" || code(&body) == "unauthorized", "{method} {path}: {body}");
        }
    }
    nobody.key = right;
    assert_eq!(nobody.get("/accounts").await.0, 200);
}

#[tokio::test]
async fn a_body_at_its_limit_passes_and_one_byte_more_does_not() {
    let mut settings = settings();
    settings.limits.request_bytes = 1_000;
    let bench = Bench::with(store().await, settings, |builder| builder.model(Contacts)).await;
    let emulator = emulator().start().await.unwrap();
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    let padded = |body: &str, size: usize| format!("{body}{}", " ".repeat(size - body.len()));
    let send = async |path: &str, body: String, streamed: bool, key: Option<&str>| {
        let request = caller.request("POST", path).header("content-type", "application/json");
        let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
        let request = match streamed {
            true => {
                let piece = Ok::<_, std::io::Error>(body);
                request.body(reqwest::Body::wrap_stream(futures_util::stream::iter([piece])))
            }
            false => request.body(body),
        };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.text().await.unwrap())
    };
    let proxied = format!("/proxy/{id}/accounts");
    for streamed in [false, true] {
        for (size, expected) in [(999, 204), (1_000, 204), (1_001, 413)] {
            let (status, body) = send(&proxied, padded("{\"name\":\"x\"}", size), streamed, None).await;
            assert_eq!(status, expected, "{size} {streamed}: {body}");
            assert_eq!(body.contains("request_too_large"), expected == 413, "{body}");
        }
    }
    let unified = format!("/unified/crm/contacts?account_id={id}");
    for (size, expected) in [(4 << 20, 201), ((4 << 20) + 1, 413)] {
        let (status, body) = send(&unified, padded("{\"last_name\":\"x\"}", size), false, None).await;
        assert_eq!(status, expected, "{size}: {body}");
    }
    for (length, expected) in [(255, 204), (256, 400)] {
        let key = "k".repeat(length);
        let (status, body) = send(&proxied, "{\"name\":\"x\"}".to_owned(), false, Some(&key)).await;
        assert_eq!(status, expected, "{length}: {body}");
    }
}

#[tokio::test]
async fn a_write_that_is_kept_for_its_key_has_a_body_of_at_most_a_mebibyte() {
    let bench = Bench::start().await;
    let emulator = emulator().start().await.unwrap();
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    for (size, expected) in [(1 << 20, 204), ((1 << 20) + 1, 400)] {
        let body = format!("{{\"name\":\"x\"{}}}", " ".repeat(size - 12));
        let request = caller.request("POST", &format!("/proxy/{id}/accounts"));
        let request =
            request.header("idempotency-key", size.to_string()).header("content-type", "application/json");
        let response = request.body(body).send().await.unwrap();
        let status = response.status().as_u16();
        assert_eq!(status, expected, "{size}: {}", response.text().await.unwrap());
    }
}

#[tokio::test]
async fn requests_of_another_form_are_refused_in_the_form_of_errors() {
    let bench = Bench::with(store().await, settings(), |builder| builder.model(Contacts)).await;
    let emulator = emulator().start().await.unwrap();
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    let unified = format!("/unified/crm/contacts?account_id={id}");
    for (method, path, body, status, expected) in [
        ("GET", "/", None, 404, "not_found"),
        ("GET", "/accounts/", None, 404, "not_found"),
        ("PATCH", "/accounts", None, 405, "method"),
        ("GET", "/accounts?limit=x", None, 400, "query"),
        ("GET", "/accounts?other=1", None, 400, "query"),
        ("GET", "/accounts?after=%27", None, 400, "bad_request"),
        ("POST", "/accounts", None, 415, "body"),
        ("POST", "/accounts", Some(json!({})), 422, "body"),
        ("POST", "/accounts", Some(json!([])), 422, "body"),
        ("POST", "/webhooks", Some(json!({ "url": "https://a.example", "x": 1 })), 422, "body"),
        (
            "POST",
            "/webhooks",
            Some(json!({ "url": "https://a.example", "events": ["x"] })),
            400,
            "bad_request",
        ),
        (
            "POST",
            "/webhooks",
            Some(json!({ "url": "https://a.example", "account_id": "x" })),
            404,
            "not_found",
        ),
        ("GET", "/webhooks/%20", None, 404, "not_found"),
        ("POST", "/unified/crm/contacts", Some(json!({})), 400, "bad_request"),
        ("POST", &unified, Some(json!([])), 400, "bad_request"),
        ("POST", &unified, Some(json!({ "no": 1 })), 400, "invalid"),
        ("GET", &format!("{unified}&limit=x"), None, 400, "invalid"),
        ("GET", &format!("/unified/crm/contacts/x?account_id={id}&remote_data=x"), None, 400, "invalid"),
        ("GET", &format!("/unified/crm/others?account_id={id}"), None, 404, "unknown_resource"),
        ("GET", &format!("/unified/crm/contacts/x?account_id={id}"), None, 404, "not_found"),
        ("OPTIONS", &format!("/proxy/{id}/accounts"), None, 405, "method"),
        ("TRACE", &format!("/proxy/{id}/accounts"), None, 405, "method"),
        ("GET", "/proxy/%ff/accounts", None, 404, "not_found"),
        ("GET", "/proxy/", None, 404, "not_found"),
    ] {
        let (found, response) = caller.send(method, path, body).await;
        assert_eq!((found, code(&response)), (status, expected), "{method} {path}: {response}");
        assert!(!response["error"]["message"].as_str().unwrap().is_empty(), "{method} {path}");
    }
    let host = bench.url.trim_start_matches("http://");
    let request = |target: &str, key: &str| {
        format!(
            "GET {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
        )
    };
    let target = format!("http://{host}/proxy/{id}/WhoAmI()");
    let (status, _, body) = raw(&bench.url, &request(&target, &caller.key)).await;
    assert!(status == 400 && body.contains("absolute URL"), "{status} {body}");
}

#[tokio::test]
async fn an_account_takes_no_more_requests_than_may_run_and_wait() {
    let mut settings = settings();
    (settings.limits.concurrent, settings.limits.waiting) = (2, 3);
    let bench = Bench::with(store().await, settings, |builder| builder).await;
    let emulator = emulator().start().await.unwrap();
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    emulator.faults("always on accounts: delay 700".parse().unwrap());
    let ask = |caller: &Caller| {
        let (caller, path) = (caller.clone(), format!("/proxy/{id}/accounts?$top=1"));
        tokio::spawn(async move { caller.get(&path).await })
    };
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(ask(&caller));
    }
    crate::bench::eventually("two run, and three wait", async || {
        let (_, metrics) = caller.get("/metrics").await;
        let metrics = metrics.as_str().unwrap();
        metrics.contains("requests_running 2") && metrics.contains("requests_waiting 3")
    })
    .await;
    let (status, body) = ask(&caller).await.unwrap();
    assert_eq!((status, code(&body)), (503, "too_many_requests"), "{body}");
    assert_eq!(body["error"]["may_have_run"], false);
    for one in all {
        assert_eq!(one.await.unwrap().0, 200);
    }
    assert!(caller.get("/metrics").await.1.as_str().unwrap().contains("dvkit_gateway_refused_total 1"));
}
