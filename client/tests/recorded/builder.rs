//! What a client is built with, and what its retries tell.

use std::time::Duration;

use dvkit_client::auth::{AccessToken, Account, Audience, BoxFuture, StaticToken, TokenSource};
use dvkit_client::throttle::{Limits, RequestPool};
use dvkit_client::{Batch, Client, ErrorKind, Prefer, Request, RetryPolicy, TokioClock, Transport, reqwest};
use pretty_assertions::assert_eq;

use super::fake::{client, json as ok, refusal, reply};

/// Returns a client with a setting, whose requests are recorded.
fn built(
    set: impl FnOnce(dvkit_client::ClientBuilder) -> dvkit_client::ClientBuilder,
) -> (Client, super::fake::Log) {
    let (recording, log) = client(|_, _| ok(serde_json::json!({})));
    let through = tower::service_fn(move |request: axum::http::Request<reqwest::Body>| {
        let client = recording.clone();
        async move {
            let (parts, _) = request.into_parts();
            let target = parts.uri.path_and_query().unwrap().to_string();
            let mut own = Request::new(parts.method, target);
            for (name, value) in &parts.headers {
                own = own.header(name.as_str(), value.to_str().unwrap());
            }
            let response = client.send(own).await?;
            let answer = axum::http::Response::new(reqwest::Body::from(response.into_bytes()));
            Ok::<_, dvkit_client::TransportError>(answer)
        }
    });
    let builder = Client::builder("http://127.0.0.1:1")
        .token_source(StaticToken::new("secret"))
        .layer(tower_layer::layer_fn(move |_: Transport| through.clone()));
    (set(builder).build().unwrap(), log)
}

#[tokio::test]
async fn a_builder_adds_headers_and_preferences_to_all_requests() {
    let (client, log) = built(|builder| {
        builder
            .header("X-Own", "1")
            .prefer(Prefer::new().max_page_size(7))
            .prefer(Prefer::new().annotations("*"))
            .options(|options| options.solution("Own").tag("t"))
            .api_version("v9.1")
    });
    client.send(Request::get("a")).await.unwrap();
    let sent = log.take().remove(0);
    assert_eq!(sent.line, "GET /api/data/v9.1/a?tag=t");
    for (name, value) in [
        ("x-own", "1"),
        ("mscrm.solutionuniquename", "Own"),
        ("prefer", r#"odata.include-annotations="*",odata.maxpagesize=7"#),
    ] {
        assert_eq!(sent.header(name), value, "{name}");
    }
    let (client, log) = built(|builder| builder.header("a b", "1"));
    let error = client.send(Request::get("a")).await.unwrap_err();
    assert_eq!(error.to_string(), "GET a: the header `a b` has a name or value that cannot be sent");
    assert!(log.take().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_builder_sets_the_limits_of_all_requests() {
    let (small, _) = built(|builder| builder.max_bytes(1));
    assert_eq!(small.send(Request::get("a")).await.unwrap_err().kind(), ErrorKind::TooLarge);
    let (narrow, _) = built(|builder| builder.limits(Limits::default().start(2)));
    assert_eq!(narrow.status().concurrency, 2);
    let (wide, _) = built(|builder| builder);
    assert_eq!(wide.status().concurrency, 4);
    assert_eq!(format!("{wide:?}"), r#"Client { org: "http://127.0.0.1:1/", .. }"#);
    // Clients with a pool share its places.
    let pool = RequestPool::new(1);
    let (answers, _) = built(|builder| builder.pool(&pool));
    answers.send(Request::get("a")).await.unwrap();
    let slow = Client::builder("http://127.0.0.1:1")
        .token_source(StaticToken::new("secret"))
        .pool(&pool)
        .timeout(Duration::from_secs(30))
        .retry(RetryPolicy::none())
        .layer(tower_layer::layer_fn(|_: Transport| {
            tower::service_fn(|_: axum::http::Request<reqwest::Body>| {
                std::future::pending::<Result<axum::http::Response<reqwest::Body>, std::io::Error>>()
            })
        }))
        .build()
        .unwrap();
    let start = tokio::time::Instant::now();
    let (late, after) = tokio::join!(slow.send(Request::get("a")), answers.send(Request::get("a")));
    let late = late.unwrap_err();
    assert_eq!((late.kind(), late.attempts()), (ErrorKind::Timeout, 1));
    assert_eq!(late.message(), "no response within 30s");
    after.unwrap();
    assert_eq!(start.elapsed().as_secs(), 30, "the second request waited for the place of the first");
}

/// A source that counts nothing and gives a token for an hour.
struct Hour(TokioClock);

impl TokenSource for Hour {
    fn fetch<'a>(&'a self, _: &'a Audience) -> BoxFuture<'a, dvkit_client::Result<AccessToken>> {
        use dvkit_client::Clock as _;
        let expiry = self.0.now() + Duration::from_secs(3_600);
        Box::pin(async move { Ok(AccessToken::new("an-hour-long-token".to_owned().into(), expiry)) })
    }

    fn describe(&self) -> String {
        "for an hour".to_owned()
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_way_to_sign_in_counts_and_its_token_is_hidden_from_logs() {
    let clock = TokioClock::starting("2026-11-23T12:00:00Z".parse().unwrap());
    let account = Account::builder(Hour(clock)).clock(clock).build();
    let (client, log) = built(|builder| builder.clock(clock).account(&account));
    assert_eq!(client.status().token_expires_at, None);
    client.send(Request::get("a")).await.unwrap();
    assert_eq!(client.status().token_expires_at, Some("2026-11-23T13:00:00Z".parse().unwrap()));
    assert_eq!((client.account().describe(), account.tokens_fetched()), ("for an hour".to_owned(), 1));
    drop(log);
    let (client, log) = super::fake::client(|_, _| reply(204, &[], ""));
    client.send(Request::delete("a")).await.unwrap();
    let sent = log.take().remove(0);
    assert_eq!(sent.header("authorization"), "Bearer secret");
    assert!(sent.headers["authorization"].is_sensitive());
}

/// The error of a request that is given up is that of its last attempt.
#[tokio::test(start_paused = true)]
async fn the_last_error_is_told_when_the_service_asks_for_too_long_a_pause() {
    for (max_elapsed, retry_after, message) in [
        (
            Duration::from_millis(300),
            "0",
            "refused; the service asks to wait 1 s, longer than the 1 s that it may take",
        ),
        (
            Duration::from_secs(60),
            "120",
            "refused; the service asks to wait 120 s, longer than the 60 s that it may take",
        ),
    ] {
        let (client, log) = client(move |number, _| match number {
            0 => refusal(503),
            _ => reply(
                429,
                &[("retry-after", retry_after)],
                r#"{"error":{"code":"0x80072322","message":"refused"}}"#,
            ),
        });
        let client = client.with(|options| {
            options.retry(
                RetryPolicy::default()
                    .max_elapsed(max_elapsed)
                    .waits_between(Duration::from_millis(1), Duration::from_millis(1)),
            )
        });
        let error = client.send(Request::get("a")).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts(), log.take().len()), (ErrorKind::Throttled, 2, 2));
        assert_eq!(error.message(), message);
    }
}

/// The longest of the pauses that the parts of a batch ask for is kept.
#[tokio::test(start_paused = true)]
async fn the_longest_pause_of_the_parts_of_a_batch_counts() {
    for (pauses, least) in [([7, 50], 50), ([50, 7], 50), ([20, 20], 20)] {
        let (client, _) = client(move |_, _| {
            let mut body = String::new();
            for pause in pauses {
                body.push_str(&format!("--r\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 429 X\r\nRetry-After: {pause}\r\n\r\n{{\"error\":{{\"code\":\"0x80072322\",\"message\":\"m\"}}}}\r\n"));
            }
            reply(200, &[("content-type", "multipart/mixed; boundary=r")], body + "--r--\r\n")
        });
        let mut batch = Batch::new();
        let (first, second) = (batch.add(Request::get("a")), batch.add(Request::get("b")));
        let responses = client.batch(batch).await.unwrap();
        for (part, pause) in [(first, pauses[0]), (second, pauses[1])] {
            let error = responses.get(part).unwrap_err();
            assert_eq!(error.retry_after(), Some(Duration::from_secs(pause)));
        }
        let status = client.status();
        assert_eq!(status.throttled, 1, "{pauses:?}");
        let paused = status.paused_for.unwrap();
        let most = Duration::from_secs(least) + Duration::from_secs(least).div_f64(10.0);
        assert!((Duration::from_secs(least)..=most).contains(&paused), "{pauses:?}: {paused:?}");
    }
}
