//! Attempts to reach what belongs to another customer, or to make the gateway send a token elsewhere. All are refused,
//! and none reaches the other customer's organisation.
use std::sync::{Arc, Mutex};

use dvkit_emulator::RunningEmulator;
use dvkit_gateway::store::Scope;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::bench::{Bench, Caller, emulator, raw, settings, store};
use crate::changes::Contacts;

/// A text in the other customer's rows, which no response may have.
const PLANTED: &str = "planted-row-of-a";

/// Two customers: `a` has an account that `b` must not reach.
struct Customers {
    bench: Bench,
    org_a: RunningEmulator,
    org_b: RunningEmulator,
    id_a: String,
    id_b: String,
    /// The id of a webhook of `a`.
    hook_a: String,
    a: Caller,
    b: Caller,
}

async fn customers() -> Customers {
    let bench = Bench::with(store().await, settings(), |builder| builder.model(Contacts)).await;
    let seed = json!({ "accounts": [{ "name": PLANTED }], "contacts": [{ "lastname": PLANTED }] });
    let org_a = emulator().seed(seed).start().await.unwrap();
    let org_b = emulator().start().await.unwrap();
    let (a, b) = (bench.caller("a", Scope::ALL).await, bench.caller("b", Scope::ALL).await);
    let (id_a, id_b) = (a.connect(&org_a).await, b.connect(&org_b).await);
    // The background work of the accounts is done before anything is counted.
    for (caller, id) in [(&a, &id_a), (&b, &id_b)] {
        crate::bench::eventually("the snapshot is there", async || {
            caller.get(&format!("/accounts/{id}/schema")).await.0 == 200
        })
        .await;
    }
    let (_, hook) = a.send("POST", "/webhooks", Some(json!({ "url": "http://127.0.0.1:9/" }))).await;
    let hook_a = hook["id"].as_str().unwrap().to_owned();
    Customers { bench, org_a, org_b, id_a, id_b, hook_a, a, b }
}

/// The number of requests to an organisation that a caller may have caused; polls are not among them.
fn requests(emulator: &RunningEmulator) -> usize {
    let is_poll = |url: &str| url.contains("deltatoken") || url.contains("select=contactid");
    let all = emulator.requests();
    let metadata =
        |url: &str| url.contains("Metadata") || url.contains("$metadata") || url.contains("Definition");
    all.iter().filter(|request| !is_poll(&request.url) && !metadata(&request.url)).count()
}

/// The attempts: a method, a target as it is written, further lines of the head, and a body.
fn attempts(c: &Customers) -> Vec<(&'static str, String, String, String)> {
    let (a, b) = (&c.id_a, &c.id_b);
    let host_a = c.org_a.url().trim_start_matches("http://").to_owned();
    let mut all = Vec::new();
    let mut add = |method: &'static str, target: String, head: &str, body: String| {
        all.push((method, target, head.to_owned(), body));
    };
    // Ids of the other's account, written in many ways.
    let upper = a.to_uppercase();
    let encoded: String = a.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let ids = [
        a.clone(),
        upper,
        encoded,
        format!("{a}%00"),
        format!("{a}%20"),
        format!("{b}%2f..%2f{a}"),
        format!("{b},{a}"),
        format!("{a};{b}"),
        "*".into(),
        "%25".into(),
        "acc_%25".into(),
        "'%20OR%20'1'='1".into(),
    ];
    for id in &ids {
        for (method, path) in [
            ("GET", format!("/accounts/{id}")),
            ("DELETE", format!("/accounts/{id}")),
            ("POST", format!("/accounts/{id}/sign-in")),
            ("GET", format!("/accounts/{id}/schema")),
            ("GET", format!("/accounts/{id}/schema/contact")),
            ("POST", format!("/accounts/{id}/schema/refresh")),
            ("GET", format!("/proxy/{id}/accounts")),
            ("GET", format!("/proxy/{id}/api/data/v9.2/contacts?$select=lastname")),
            ("POST", format!("/proxy/{id}/accounts")),
            ("GET", format!("/unified/crm/contacts?account_id={id}")),
        ] {
            let body = if method == "POST" { "{}" } else { "" };
            add(method, path, "", body.to_owned());
        }
        add("PUT", format!("/accounts/{id}/secret"), "", json!({ "client_secret": "x" }).to_string());
        add(
            "POST",
            "/webhooks".into(),
            "",
            json!({ "url": "http://127.0.0.1:9/", "account_id": id }).to_string(),
        );
    }
    add("GET", "/unified/crm/contacts".into(), &format!("X-Account-Id: {a}\r\n"), String::new());
    add("GET", format!("/unified/crm/contacts?account_id={b}&account_id={a}"), "", String::new());
    add(
        "GET",
        format!("/unified/crm/contacts?account_id={b}"),
        &format!("X-Account-Id: {a}\r\n"),
        String::new(),
    );
    // Paths of the own account that lead to the other one, or to another host.
    for path in [
        format!("../{a}/accounts"),
        format!("accounts/../../{a}/accounts"),
        format!("%2e%2e/{a}/accounts"),
        format!("..%2f{a}%2faccounts"),
        format!("accounts/%2e%2e/%2e%2e/{a}/accounts"),
        format!("%252e%252e/{a}/accounts"),
        format!("..\\{a}\\accounts"),
        format!("..%5c{a}%5caccounts"),
        format!("/{host_a}/api/data/v9.2/accounts"),
        format!("//{host_a}/api/data/v9.2/accounts"),
        format!("http://{host_a}/api/data/v9.2/accounts"),
        format!("http:%2f%2f{host_a}%2faccounts"),
        format!("https:/{host_a}/accounts"),
        format!("@{host_a}/accounts"),
        format!(":80@{host_a}/accounts"),
        format!("api/data/v9.2/../../../@{host_a}/"),
        format!("api/data/v9.2//{host_a}/accounts"),
        "api/discovery/v2.0/Instances".to_owned(),
        "api/../main.aspx".to_owned(),
        "api/data/v9.2/../../../main.aspx".to_owned(),
        "accounts%0d%0aHost:%20evil.example".to_owned(),
        "accounts%00".to_owned(),
    ] {
        add("GET", format!("/proxy/{b}/{path}"), "", String::new());
    }
    for (method, path) in
        [("GET", ""), ("DELETE", ""), ("GET", "/deliveries"), ("POST", "/deliveries/x/redeliver")]
    {
        add(method, format!("/webhooks/{}{path}", c.hook_a), "", String::new());
        add(method, format!("/webhooks/{}%00{path}", c.hook_a), "", String::new());
    }
    // Targets and hosts other than the gateway's.
    add("GET", format!("http://{host_a}/api/data/v9.2/accounts"), "", String::new());
    add("GET", format!("http://{host_a}/proxy/{b}/accounts"), "", String::new());
    add("GET", format!("{}/proxy/{b}/accounts", c.bench.url), "", String::new());
    add("CONNECT", host_a.clone(), "", String::new());
    add("TRACE", format!("/proxy/{b}/accounts"), "", String::new());
    all
}

#[tokio::test]
async fn no_attempt_reaches_what_belongs_to_another_customer() {
    let c = customers().await;
    let own_host = c.bench.url.trim_start_matches("http://").to_owned();
    let before = requests(&c.org_a);
    let attempts = attempts(&c);
    assert!(attempts.len() >= 100, "{}", attempts.len());
    let mut refused = 0;
    for (method, target, head, body) in &attempts {
        let length = body.len();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {own_host}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}",
            c.b.key
        );
        let (status, head, text) = raw(&c.bench.url, &request).await;
        assert!(
            matches!(status, 0 | 400 | 403 | 404 | 405 | 409 | 414 | 421),
            "{method} {target}: {status} {text}"
        );
        assert!(!text.contains(PLANTED) && !head.contains(c.org_a.url()), "{method} {target}: {text}");
        refused += 1;
    }
    assert_eq!(requests(&c.org_a), before, "a request has reached the organisation of the other customer");
    assert_eq!(refused, attempts.len());
    // What is theirs is as it was.
    let (status, page) = c.a.get(&format!("/proxy/{}/accounts?$select=name", c.id_a)).await;
    assert!(status == 200 && page.to_string().contains(PLANTED));
    assert_eq!(c.a.get("/webhooks").await.1["webhooks"][0]["id"], json!(c.hook_a));
    assert_eq!(c.b.get("/webhooks").await.1["webhooks"], json!([]));
}

#[tokio::test]
async fn a_host_that_is_not_the_gateways_is_refused() {
    let c = customers().await;
    let own_host = c.bench.url.trim_start_matches("http://").to_owned();
    let (before_a, before_b) = (requests(&c.org_a), requests(&c.org_b));
    let host_a = c.org_a.url().trim_start_matches("http://");
    for hosts in [
        "Host: evil.example\r\n".to_owned(),
        "Host: gateway.evil.example:80\r\n".to_owned(),
        "Host: 10.0.0.1\r\n".to_owned(),
        format!("Host: {own_host}\r\nHost: evil.example\r\n"),
        format!("Host: {own_host}@evil.example\r\n"),
        format!("Host: evil.example/{own_host}\r\n"),
        "Host: \r\n".to_owned(),
        String::new(),
    ] {
        let request = format!(
            "GET /proxy/{}/accounts HTTP/1.1\r\n{hosts}Authorization: Bearer {}\r\nConnection: close\r\n\r\n",
            c.id_b, c.b.key
        );
        let (status, _, text) = raw(&c.bench.url, &request).await;
        assert!(matches!(status, 400 | 421), "{hosts:?}: {status} {text}");
    }
    assert_eq!((requests(&c.org_a), requests(&c.org_b)), (before_a, before_b));
    // Headers that name another host have no effect: the request goes to the account's organisation.
    for header in
        ["X-Forwarded-Host", "X-Host", "X-Original-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL"]
    {
        let request = format!(
            "GET /proxy/{}/WhoAmI() HTTP/1.1\r\nHost: {own_host}\r\n{header}: {host_a}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
            c.id_b, c.b.key
        );
        let (status, _, text) = raw(&c.bench.url, &request).await;
        assert_eq!(status, 200, "{header}: {text}");
    }
    assert_eq!(requests(&c.org_a), before_a);
}

#[tokio::test]
async fn no_request_makes_the_gateway_open_a_connection_to_another_host() {
    let c = customers().await;
    let trap = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = trap.local_addr().unwrap().to_string();
    let caught = Arc::new(Mutex::new(Vec::new()));
    let heads = Arc::clone(&caught);
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = trap.accept().await.unwrap();
            let mut head = vec![0; 4_096];
            let read = connection.read(&mut head).await.unwrap_or(0);
            heads.lock().unwrap().push(String::from_utf8_lossy(&head[..read]).to_ascii_lowercase());
            let _ = connection
                .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .await;
        }
    });
    let own_host = c.bench.url.trim_start_matches("http://").to_owned();
    for target in [
        format!("/proxy/{}/http://{host}/accounts", c.id_b),
        format!("/proxy/{}//{host}/accounts", c.id_b),
        format!("/proxy/{}/@{host}/accounts", c.id_b),
        format!("/proxy/{}/api/data/v9.2/accounts?$skiptoken=http://{host}/", c.id_b),
        format!("/proxy/{}/api/data/v9.2/accounts?next=http://{host}/", c.id_b),
        format!("http://{host}/proxy/{}/accounts", c.id_b),
        format!("/proxy/{}/accounts%23@{host}/", c.id_b),
        format!("/proxy/{}/accounts?@{host}", c.id_b),
    ] {
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: {own_host}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
            c.b.key
        );
        raw(&c.bench.url, &request).await;
    }
    // Links in bodies that lead elsewhere are passed on as they are; nobody follows them.
    let body = json!({ "lastname": "x", "parentcustomerid_account@odata.bind": format!("http://{host}/accounts(1)") });
    let (status, _) = c.b.send("POST", &format!("/proxy/{}/contacts", c.id_b), Some(body)).await;
    assert_eq!(status, 400);
    assert_eq!(*caught.lock().unwrap(), [""; 0]);
    // Loopback is allowed in tests; elsewhere the domains of organisations are. What is no service is asked where to
    // sign in, and gets no token and no secret.
    let body = json!({ "name": "x", "org_url": format!("http://{host}"), "auth": "client_credentials" });
    let (status, account) = c.b.send("POST", "/accounts", Some(body)).await;
    assert_eq!(status, 201, "{account}");
    let id = account["id"].as_str().unwrap();
    assert_eq!(c.b.get(&format!("/proxy/{id}/accounts")).await.0, 502);
    let heads = caught.lock().unwrap().clone();
    assert!(!heads.is_empty());
    for head in heads {
        assert!(head.starts_with("get /api/data/v9.2/ "), "{head}");
        assert!(!head.contains("authorization") && !head.contains(crate::bench::CLIENT_SECRET), "{head}");
    }
}

#[tokio::test]
async fn links_and_cursors_of_another_account_are_refused() {
    let c = customers().await;
    let response = c.a.request("GET", &format!("/proxy/{}/contacts?$select=lastname", c.id_a));
    let page: Value =
        response.header("prefer", "odata.maxpagesize=1").send().await.unwrap().json().await.unwrap();
    let next = page["@odata.nextLink"].as_str().unwrap();
    assert_eq!(c.a.get(next).await.0, 200);
    assert_eq!(c.b.get(next).await.0, 404, "the link is one of the other customer's account");
    // The address of a sign-in cannot be changed to be one of another account.
    let body = json!({ "name": "x", "org_url": c.org_b.url(), "auth": "authorization_code" });
    let (_, account) = c.b.send("POST", "/accounts", Some(body)).await;
    let url = account["sign_in_url"].as_str().unwrap();
    for at in (url.find("/connect/").unwrap() + 9)..url.len() {
        let mut changed = url.as_bytes().to_vec();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        if at % 7 != 0 || changed == url.as_bytes() {
            continue;
        }
        let response = reqwest::get(String::from_utf8(changed).unwrap()).await.unwrap();
        assert!(response.status().is_client_error(), "byte {at}: {}", response.status());
    }
}
