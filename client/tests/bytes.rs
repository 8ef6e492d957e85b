//! The client against a small server that sends what no emulator would: odd bytes, broken bodies, pages for
//! people.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use dvkit_client::auth::StaticToken;
use dvkit_client::{Batch, ChangeSet, Client, ErrorKind, Prefer, Request, RetryPolicy};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

/// Serves on a free port of loopback and returns its URL.
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
    Client::builder(url).token_source(StaticToken::new("secret")).retry(quick()).build().unwrap()
}

/// A retry policy with waits too short to notice.
fn quick() -> RetryPolicy {
    let mut policy = RetryPolicy::default();
    policy.first_wait = Duration::from_millis(1);
    policy.max_wait = Duration::from_millis(5);
    policy
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
async fn a_page_with_status_200_is_an_error() {
    let url = serve(api("x", get(|| async { Html("<html><title>Sign in to your account</title>") }))).await;
    let error = client(&url).get_json::<Value>("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginPage);
    assert!(!error.to_string().contains("secret"));
}

#[tokio::test]
async fn a_response_that_is_too_large_is_an_error() {
    let url = serve(api("x", get(|| async { "[".repeat(100_000) }))).await;
    let client = client(&url);
    let error = client.send(Request::get("x").max_bytes(1_000)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    // Within the limit the body is not JSON, and the error says where.
    let error = client.get_json::<Value>("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
}

#[tokio::test]
async fn an_error_of_the_service_is_reported_with_its_code() {
    let refuse = || async {
        (StatusCode::NOT_FOUND, r#"{"error":{"code":"0x80040217","message":"no such row"}}"#).into_response()
    };
    let url = serve(api("x", get(refuse))).await;
    let error = client(&url).send(Request::get("x?$select=secretname")).await.unwrap_err();
    assert_eq!(error.to_string(), "GET x: no such row (0x80040217, HTTP 404)");
}

#[tokio::test]
async fn a_refused_connection_is_retried_five_times() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client =
        Client::builder(&url).token_source(StaticToken::new("secret")).retry(quick()).build().unwrap();
    let error = client.send(Request::get("x")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 5));
    assert!(error.not_executed() && error.is_transient());
}

/// A server that responds with the given statuses, one per request, and then with 200.
fn scripted(
    statuses: &'static [u16],
) -> (Arc<AtomicU32>, impl Fn() -> std::future::Ready<axum::response::Response> + Clone + Send + Sync + 'static)
{
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let answer = move || {
        let call = counted.fetch_add(1, Ordering::SeqCst) as usize;
        let answer = match statuses.get(call) {
            Some(status) => {
                let status = StatusCode::from_u16(*status).unwrap();
                let headers = [("retry-after", "0")];
                let headers = if status == StatusCode::TOO_MANY_REQUESTS { &headers[..] } else { &[] };
                let mut response = (status, "").into_response();
                for (name, value) in headers {
                    response.headers_mut().insert(*name, value.parse().unwrap());
                }
                response
            }
            None => axum::Json(json!({ "call": call })).into_response(),
        };
        std::future::ready(answer)
    };
    (calls, answer)
}

#[tokio::test]
async fn reads_are_repeated_until_they_succeed() {
    let (calls, answer) = scripted(&[503, 429, 502, 504]);
    let url = serve(api("x", get(answer))).await;
    let client = client(&url);
    let value: Value = client.get_json("x").await.unwrap();
    assert_eq!(value["call"], 4);
    assert_eq!(calls.load(Ordering::SeqCst), 5);
    let status = client.status();
    assert_eq!((status.sent, status.retried, status.throttled), (5, 4, 1));
}

#[tokio::test]
async fn a_write_is_retried_only_if_it_was_certainly_not_executed() {
    let (calls, answer) = scripted(&[429, 401, 503]);
    let url = serve(api("x", post(answer))).await;
    let client = client(&url);
    let error = client.send(Request::post("x").json(&json!({}))).await.unwrap_err();
    // 429 and 401 are refused before anything is executed; after 503 nobody knows.
    assert_eq!((calls.load(Ordering::SeqCst), error.status()), (3, Some(StatusCode::SERVICE_UNAVAILABLE)));
    assert!(error.is_transient() && !error.not_executed());
    assert_eq!(error.attempts(), 3);
    // A request that is marked as idempotent is repeated.
    let (calls, answer) = scripted(&[503]);
    let url = serve(api("x", post(answer))).await;
    self::client(&url).send(Request::post("x").idempotent(true)).await.unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_token_that_is_refused_twice_is_an_error() {
    let (calls, answer) = scripted(&[401, 401, 401]);
    let url = serve(api("x", get(answer))).await;
    let error = client(&url).send(Request::get("x")).await.unwrap_err();
    assert_eq!((error.kind(), calls.load(Ordering::SeqCst)), (ErrorKind::Unauthorized, 2));
}

#[tokio::test]
async fn errors_that_are_not_transient_are_not_retried() {
    for status in [400, 403, 404, 412, 500, 501] {
        let statuses: &'static [u16] = Box::leak(Box::new([status]));
        let (calls, answer) = scripted(statuses);
        let url = serve(api("x", get(answer))).await;
        let error = client(&url).send(Request::get("x")).await.unwrap_err();
        assert_eq!((calls.load(Ordering::SeqCst), error.is_transient()), (1, false), "{status}");
    }
}

/// A hand-written server that responds to every connection with these bytes and closes it.
async fn raw(bytes: &'static [u8]) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = connection.read(&mut request).await;
            let _ = connection.write_all(bytes).await;
        }
    });
    url
}

#[tokio::test]
async fn broken_bytes_are_network_errors() {
    let odd: &[(&[u8], ErrorKind)] = &[
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"half\":", ErrorKind::Network),
        (b"", ErrorKind::Network),
        (b"SSH-2.0-OpenSSH\r\n", ErrorKind::Network),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", ErrorKind::Network),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 9\r\n\r\nnot gzip!", ErrorKind::Network),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", ErrorKind::Gateway),
        (b"HTTP/1.1 204 No Content\r\n\r\n", ErrorKind::Unexpected),
        (b"HTTP/1.1 302 Found\r\nlocation: https://login.microsoftonline.com/x\r\ncontent-length: 0\r\n\r\n", ErrorKind::LoginPage),
    ];
    for (bytes, kind) in odd {
        let error = client(&raw(bytes).await).get_json::<Value>("x").await.unwrap_err();
        assert_eq!(error.kind(), *kind, "{:?}: {error}", String::from_utf8_lossy(bytes));
    }
}

#[tokio::test]
async fn a_slow_response_ends_at_the_timeout() {
    let url = serve(api("x", get(|| tokio::time::sleep(Duration::from_secs(60))))).await;
    let client =
        Client::builder(&url).token_source(StaticToken::new("t")).retry(RetryPolicy::none()).build().unwrap();
    let error = client.send(Request::get("x").timeout(Duration::from_millis(50))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    // A request that is dropped leaves nothing behind.
    let _ =
        tokio::time::timeout(Duration::from_millis(50), client.send(Request::get("x"))).await.unwrap_err();
    assert_eq!(client.status().in_flight, 0);
}

#[tokio::test]
async fn pages_follow_the_link_unchanged_and_continue_from_a_saved_one() {
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (log, base) = (Arc::clone(&seen), url.clone());
    let page = move |headers: HeaderMap, RawQuery(query): RawQuery| {
        let query = query.unwrap_or_default();
        log.lock().unwrap().push((query.clone(), headers["prefer"].to_str().unwrap().to_owned()));
        let link = |token: &str| {
            format!("{base}/api/data/v9.2/accounts?$skiptoken=%3Ccookie%20page=%22{token}%22%3E")
        };
        let body = match &query {
            q if q.contains("circle") => json!({ "value": [9], "@odata.nextLink": link("circle") }),
            q if q.contains("%222%22") => json!({ "value": [3, 4], "@odata.nextLink": link("3") }),
            q if q.contains("%223%22") => json!({ "value": [5] }),
            _ => json!({ "@odata.count": 5, "value": [1, 2], "@odata.nextLink": link("2") }),
        };
        std::future::ready(axum::Json(body))
    };
    tokio::spawn(async move { axum::serve(listener, api("accounts", get(page))).await });
    let client = client(&url);
    let ask = |target: &str| Request::get(target).prefer(Prefer::new().max_page_size(2));
    let pages: Vec<_> = client.pages::<u32>(ask("accounts?$count=true")).try_collect().await.unwrap();
    assert_eq!(
        pages.iter().map(|page| page.clone().into_rows().unwrap()).collect::<Vec<_>>(),
        [vec![1, 2], vec![3, 4], vec![5]]
    );
    assert_eq!((pages[0].count, pages[2].next.clone()), (Some(5), None));
    let log = std::mem::take(&mut *seen.lock().unwrap());
    assert_eq!(log[1].0, "$skiptoken=%3Ccookie%20page=%222%22%3E");
    assert!(log.iter().all(|(_, prefer)| prefer == "odata.maxpagesize=2"));
    let texts: Vec<_> = client.text_pages(ask("accounts?$count=true")).try_collect().await.unwrap();
    for (text, page) in texts.iter().zip(&pages) {
        assert_eq!((&text.next, text.count), (&page.next, page.count), "a page of texts is the page");
        let decoded = text.rows.iter().map(|row| row.as_ref().unwrap().decode::<u32>().unwrap());
        assert_eq!(decoded.collect::<Vec<_>>(), page.clone().into_rows().unwrap());
    }
    assert_eq!(texts.len(), pages.len());
    let saved = pages[0].next.clone().unwrap();
    let rest: Vec<u32> = client.rows::<u32>(ask(&saved)).try_collect().await.unwrap();
    assert_eq!(rest, [3, 4, 5]);
    let circle = client.rows::<u32>(ask("accounts?circle")).try_collect::<Vec<_>>().await.unwrap_err();
    assert!(circle.to_string().contains("already read"), "{circle}");
}

#[tokio::test]
async fn expanded_collections_that_go_on_are_read_on() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let url = base.clone();
    let page = move |RawQuery(query): RawQuery| {
        let query = query.unwrap_or_default();
        let link = |row: u8, token: u8| {
            format!("{base}/api/data/v9.2/accounts?row={row}&$skiptoken=%3Ccookie%20page=%22{token}%22%3E")
        };
        let body = match &query {
            q if q.contains("row=1") && q.contains("%222%22") => {
                json!({ "value": [{ "n": 3, "inner": [1], "inner@odata.nextLink": link(2, 9) }], "@odata.nextLink": link(1, 3) })
            }
            q if q.contains("row=1") => json!({ "value": [{ "n": 4 }] }),
            q if q.contains("row=2") => json!({ "value": [2, 3] }),
            q if q.contains("row=3") => json!({ "value": [], "@odata.nextLink": link(3, 1) }),
            q if q.contains("endless") => {
                json!({ "value": [{ "tasks": [], "tasks@odata.nextLink": link(3, 1) }] })
            }
            _ => json!({ "value": [
                { "tasks": [{ "n": 1 }, { "n": 2 }], "tasks@odata.nextLink": link(1, 2) },
                { "tasks": [{ "n": 5 }], "tasks@odata.nextLink": format!("{base}/same") },
            ]}),
        };
        std::future::ready(axum::Json(body))
    };
    tokio::spawn(async move { axum::serve(listener, api("accounts", get(page))).await });
    let client = client(&url);
    let rows: Vec<Value> = client.rows(Request::get("accounts")).try_collect().await.unwrap();
    assert_eq!(
        rows[0],
        json!({ "tasks": [{ "n": 1 }, { "n": 2 }, { "n": 3, "inner": [1, 2, 3] }, { "n": 4 }] })
    );
    assert_eq!(rows[1], json!({ "tasks": [{ "n": 5 }] }));
    let texts: Vec<_> = client.text_pages(Request::get("accounts")).try_collect().await.unwrap();
    let texts = texts[0].clone().into_rows().unwrap();
    let decoded: Vec<Value> = texts.iter().map(|row| row.decode().unwrap()).collect();
    assert_eq!(decoded, rows, "texts of rows are completed as well");
    let endless = client.rows::<Value>(Request::get("accounts?endless")).try_collect::<Vec<_>>().await;
    assert!(endless.unwrap_err().to_string().contains("do not end"));
}

/// Tests that a number with more digits than a float has survives in the row, in its collection, and in what is read on.
#[tokio::test]
async fn a_row_that_is_read_on_keeps_all_digits() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let url = base.clone();
    let page = move |RawQuery(query): RawQuery| {
        let link = format!("{base}/api/data/v9.2/accounts?more&$skiptoken=2");
        let row = format!(
            r#"{{"revenue":922337203685477.5807,"deals":[{{"value":922337203685477.5801}}],"deals@odata.nextLink":"{link}"}}"#
        );
        let body = match query.as_deref() {
            Some(more) if more.contains("more") => r#"{"value":[{"value":922337203685477.5802}]}"#.to_owned(),
            Some("one") => row,
            _ => format!(r#"{{"value":[{row}]}}"#),
        };
        std::future::ready(([("content-type", "application/json")], body))
    };
    tokio::spawn(async move { axum::serve(listener, api("accounts", get(page))).await });
    let client = client(&url);
    let whole = r#"{"deals":[{"value":922337203685477.5801},{"value":922337203685477.5802}],"revenue":922337203685477.5807}"#;
    let row: Box<serde_json::value::RawValue> = client.row(Request::get("accounts?one")).await.unwrap();
    assert_eq!(row.get(), whole);
    let rows: Vec<Box<serde_json::value::RawValue>> =
        client.rows(Request::get("accounts")).try_collect().await.unwrap();
    assert_eq!(rows[0].get(), whole);
}

#[tokio::test]
async fn a_number_with_a_byte_order_mark_is_a_number() {
    let count = || std::future::ready(([("content-type", "text/plain")], "\u{feff}12"));
    let client = client(&serve(api("accounts/$count", get(count))).await);
    let count = client.send(Request::get("accounts/$count").accept("text/plain")).await.unwrap();
    assert_eq!(count.text().unwrap(), "12");
    assert_eq!(count.json::<u32>().unwrap(), 12);
}

#[tokio::test]
async fn a_deletion_that_had_run_is_a_success_and_an_update_is_sent_again() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let answer = move || {
        let missing = json!({ "error": { "code": "0x80040217", "message": "account does not exist" } });
        std::future::ready(match counted.fetch_add(1, Ordering::SeqCst) % 2 {
            0 => (axum::http::StatusCode::SERVICE_UNAVAILABLE, axum::Json(Value::Null)),
            _ => (axum::http::StatusCode::NOT_FOUND, axum::Json(missing)),
        })
    };
    let client = client(&serve(api("accounts(1)", axum::routing::any(answer))).await);
    let deleted = client.send(Request::delete("accounts(1)")).await.unwrap();
    assert!(deleted.is_repeated());
    let update = Request::patch("accounts(1)").json(&json!({ "name": "x" })).only_update();
    let error = client.send(update).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), error.may_have_run()), (ErrorKind::NotFound, 2, true));
    assert_eq!(calls.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_refusal_within_a_batch_is_told_to_the_pacer() {
    let refusal = || {
        let text = "--r\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\n\
                    Content-Type: application/json\r\n\r\n{\"error\":{\"code\":\"0x80072322\",\"message\":\"m\"}}\r\n--r--\r\n";
        std::future::ready(([("content-type", "multipart/mixed; boundary=r")], text))
    };
    let client = client(&serve(api("$batch", post(refusal))).await);
    let mut batch = Batch::new();
    let part = batch.add(Request::get("accounts?$top=1"));
    let responses = client.batch(batch).await.unwrap();
    let error = responses.get(part).unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Throttled, Some(Duration::from_secs(7))));
    let status = client.status();
    assert_eq!(status.throttled, 1);
    assert!(status.paused_for.is_some_and(|pause| pause > Duration::from_secs(6)), "{status:?}");
}

#[tokio::test]
async fn pages_of_fetchxml_follow_the_cookie() {
    let page = |RawQuery(query): RawQuery| {
        let query = query.unwrap();
        let encoded = query.strip_prefix("fetchXml=").unwrap();
        let fetch = percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap().into_owned();
        let document = roxmltree::Document::parse(&fetch).unwrap();
        let page = document.root_element().attribute("page").map_or(1, |page| page.parse().unwrap());
        let cookie = document.root_element().attribute("paging-cookie").map(str::to_owned);
        assert_eq!(cookie, (page > 1).then(|| format!("<cookie page=\"{}\"/>", page - 1)));
        let cookie = format!("%253ccookie%2520page%253d%2522{page}%2522%252f%253e");
        let annotation =
            format!("<cookie pagenumber=\"{}\" pagingcookie=\"{cookie}\" istracking=\"False\" />", page + 1);
        let mut body = json!({ "value": [page] });
        if page < 3 {
            body["@Microsoft.Dynamics.CRM.morerecords"] = true.into();
            body["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"] = annotation.into();
        }
        std::future::ready(axum::Json(body))
    };
    let url = serve(api("accounts", get(page))).await;
    let client = client(&url);
    let query = "<fetch count='1'><entity name='account'><attribute name='name'/></entity></fetch>";
    let pages: Vec<_> = client.fetch_pages::<u32>("accounts", query).try_collect().await.unwrap();
    assert_eq!(pages.iter().map(|page| *page.rows[0].as_ref().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    let rest: Vec<u32> =
        client.fetch_rows::<u32>("accounts", pages[0].next.as_ref().unwrap()).try_collect().await.unwrap();
    assert_eq!(rest, [2, 3]);
}

/// A `$batch` endpoint that responds to every operation with its own request line, and to `fail` with an
/// error.
async fn batch(headers: HeaderMap, body: String) -> impl IntoResponse {
    let kind = headers["content-type"].to_str().unwrap();
    let boundary = kind.split("boundary=").nth(1).unwrap().to_owned();
    let mut out = String::new();
    for part in body.split(&format!("--{boundary}")).skip(1).filter(|part| !part.starts_with("--")) {
        out += "--r\r\n";
        let requests: Vec<_> = part.lines().filter(|line| line.ends_with(" HTTP/1.1")).collect();
        let answer = |line: &str, id: usize| {
            let line = line.strip_suffix(" HTTP/1.1").unwrap();
            if line.contains("fail") {
                return "Content-Type: application/http\r\n\r\nHTTP/1.1 412 Precondition Failed\r\n\r\n{\"error\":{\"code\":\"0x80060882\",\"message\":\"changed\"}}\r\n".to_owned();
            }
            let body = json!({ "length": line.len(), "line": line.chars().take(200).collect::<String>() });
            format!(
                "Content-Type: application/http\r\nContent-ID: {id}\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{body}\r\n"
            )
        };
        if part.contains("changeset_") && !requests.iter().any(|line| line.contains("fail")) {
            out += "Content-Type: multipart/mixed; boundary=c\r\n\r\n";
            for (i, line) in requests.iter().enumerate() {
                out += "--c\r\n";
                out += &answer(line, i + 1);
            }
            out += "--c--\r\n";
        } else {
            let line = requests.iter().find(|line| line.contains("fail")).unwrap_or(&requests[0]);
            out += &answer(line, 1);
            if line.contains("fail") && !headers.contains_key("prefer") {
                break;
            }
        }
    }
    out += "--r--\r\n";
    (StatusCode::OK, [("content-type", "multipart/mixed; boundary=r")], out)
}

#[tokio::test]
async fn a_batch_assigns_responses_to_reads_and_change_sets() {
    let client = client(&serve(api("$batch", post(batch))).await);
    let build = |target: &str| {
        let mut batch = Batch::new();
        let read = batch.add(Request::get("accounts?$filter=name eq 'x y'"));
        let mut changes = ChangeSet::new();
        let row = changes.add(Request::post("accounts").json(&json!({ "name": "ä" })));
        // Content ids are counted in the whole process: tests that run at the same time take some as well.
        let reference = format!("{}/primarycontactid/$ref", row.reference());
        changes.add(Request::put(&reference).json(&json!({})));
        changes.add(Request::patch(target).json(&json!({})));
        let places = batch.change_set(changes);
        let last = batch.add(Request::get("last"));
        (batch, read, reference, places, last)
    };
    let (all, read, reference, places, last) = build("contacts(1)");
    let answers = client.batch(all).await.unwrap();
    let line =
        |place| answers.get(place).unwrap().json::<Value>().unwrap()["line"].as_str().unwrap().to_owned();
    assert_eq!(line(read), "GET /api/data/v9.2/accounts?$filter=name%20eq%20%27x%20y%27");
    assert_eq!(line(places[1]), format!("PUT {reference}"));
    assert_eq!(line(last), "GET /api/data/v9.2/last");
    answers.all_succeeded().unwrap();

    let (failing, read, _, places, last) = build("fail(1)");
    let answers = client.batch(failing.clone()).await.unwrap();
    assert!(answers.get(read).is_ok());
    for place in places {
        assert_eq!(answers.get(place).unwrap_err().code(), Some("0x80060882"));
    }
    assert!(answers.get(last).unwrap_err().to_string().contains("not run"));
    let answers = client.batch(failing.continue_on_error()).await.unwrap();
    assert!(answers.get(last).is_ok());
}

#[tokio::test]
async fn a_batch_that_the_service_would_refuse_is_not_sent() {
    let client = client("http://127.0.0.1:9");
    let mut many = Batch::new();
    for _ in 0..1001 {
        many.add(Request::get("x"));
    }
    let mut read = ChangeSet::new();
    read.add(Request::get("x"));
    let mut reads = Batch::new();
    reads.change_set(read);
    let mut nested = Batch::new();
    nested.add(Request::post("$batch"));
    for wrong in [many, reads, nested] {
        assert_eq!(client.batch(wrong).await.unwrap_err().kind(), ErrorKind::Configuration);
    }
    assert!(client.batch(Batch::new()).await.unwrap().into_vec().is_empty());
}

#[tokio::test]
async fn a_read_with_a_long_url_is_sent_within_a_batch() {
    let client = client(&serve(api("$batch", post(batch))).await);
    let long = format!("accounts?$filter={}", "x".repeat(40_000));
    let answer: Value = client.get_json(&long).await.unwrap();
    assert_eq!(answer["length"].as_u64().unwrap() as usize, "GET /api/data/v9.2/".len() + long.len());
    // The error within the batch is the error of the request.
    let error = client.get_json::<Value>(format!("fail?{}", "x".repeat(40_000))).await.unwrap_err();
    assert_eq!(error.code(), Some("0x80060882"));
    let error = client.get_json::<Value>("x".repeat(70_000)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

#[tokio::test]
async fn etags_make_requests_conditional() {
    let answer = |headers: HeaderMap| {
        let answer = match headers.get("if-none-match").map(|etag| etag.to_str().unwrap()) {
            Some("W/\"1\"") => StatusCode::NOT_MODIFIED.into_response(),
            _ => ([("etag", "W/\"1\"")], "{}").into_response(),
        };
        std::future::ready(answer)
    };
    let client = client(&serve(api("x", get(answer))).await);
    let first = client.send(Request::get("x")).await.unwrap();
    let second = client.send(Request::get("x").if_none_match(first.etag().unwrap())).await.unwrap();
    assert!(!first.not_modified() && second.not_modified());
}

#[tokio::test]
async fn a_body_that_is_read_while_it_is_sent_is_sent_once() {
    let received = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&received);
    let busy = move |body: axum::body::Bytes| {
        count.fetch_add(body.len(), Ordering::Relaxed);
        async { (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "0")], "") }
    };
    let url = serve(api("x", post(busy))).await;
    let client = client(&url);
    let pieces = || {
        let pieces = (0..50).map(|_| Ok::<_, std::io::Error>(bytes::Bytes::from_static(&[7; 1_000])));
        reqwest::Body::wrap_stream(futures_util::stream::iter(pieces))
    };
    let request = || Request::post("x").stream_body("application/octet-stream", pieces());
    let error = client.send(request()).await.unwrap_err();
    assert_eq!((error.status(), error.attempts()), (Some(StatusCode::TOO_MANY_REQUESTS), 1), "{error}");
    assert!(error.not_executed());
    assert_eq!(received.load(Ordering::Relaxed), 50_000);
    // The same body cannot be sent again, alone or in a batch.
    let spent = request();
    client.send(spent.clone()).await.unwrap_err();
    assert_eq!(client.send(spent).await.unwrap_err().kind(), ErrorKind::Configuration);
    let mut batch = Batch::new();
    batch.add(request());
    assert_eq!(client.batch(batch).await.unwrap_err().kind(), ErrorKind::Configuration);
}

#[test]
fn the_path_of_a_link_is_told_if_it_is_one_of_the_organisation() {
    let client = Client::builder("https://contoso.crm4.dynamics.com")
        .token_source(StaticToken::new("secret"))
        .build()
        .unwrap();
    for (link, path) in [
        (
            "https://contoso.crm4.dynamics.com/api/data/v9.2/x?$skiptoken=%3Cc%20/%3E#y",
            Some("/api/data/v9.2/x?$skiptoken=%3Cc%20/%3E#y"),
        ),
        ("HTTPS://CONTOSO.api.crm4.dynamics.com:443/x", Some("/x")),
        ("https://contoso.crm4.dynamics.com", None),
        ("https://contoso.crm4.dynamics.com?x", None),
        ("https://fabrikam.crm4.dynamics.com/x", None),
        ("https://contoso.crm4.dynamics.com.evil.example/x", None),
        ("https://contoso.crm4.dynamics.com@evil.example/x", None),
        ("http://contoso.crm4.dynamics.com/x", None),
        ("/api/data/v9.2/x", None),
        ("x", None),
    ] {
        assert_eq!(client.path_of_link(link), path, "{link}");
    }
}
