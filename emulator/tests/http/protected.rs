//! What a request meets before the Web API reads it: the address, the token, the limits of the service, and
//! the faults of a script; and what the response has around its body.

use std::time::Duration;

use dvkit_emulator::{Clock, Emulator, Limits, OperationError, RunningEmulator};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use super::sample;

async fn send(running: &RunningEmulator, path: &str, headers: &[(&'static str, &str)]) -> Response {
    let mut request = Client::builder().no_gzip().build().unwrap().get(format!("{}{path}", running.url()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn only_the_versions_of_the_web_api_are_served() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let token = format!("Bearer {}", running.token("ann"));
    for (path, status, text) in [
        ("/", 404, "Nothing is here.\n"),
        ("/api/data/v9.2", 404, "Nothing is here.\n"),
        ("/api/data/v8.2/WhoAmI", 404, "Nothing is here.\n"),
        ("/api/data/v10.0/WhoAmI", 404, "Nothing is here.\n"),
        ("/api/data/9.2/WhoAmI", 404, "Nothing is here.\n"),
        ("/api/data/v9/WhoAmI", 404, "Nothing is here.\n"),
        ("/API/data/v9.2/WhoAmI", 404, "Nothing is here.\n"),
        ("/api/data/v9.0/RetrieveVersion()", 200, "9.2"),
        ("/api/data/v9.1/RetrieveVersion()", 200, "9.2"),
        ("/api/data/v9.2/RetrieveVersion()", 200, "9.2"),
        ("/oauth2/v2.0/token", 404, "Nothing is here.\n"),
        ("/common/oauth2/v2.0/token", 404, "Nothing is here.\n"),
        ("/common/v2.0/.well-known/openid-configuration", 200, "token_endpoint"),
        ("/common/.well-known/openid-configuration", 404, "Nothing is here.\n"),
    ] {
        let answer = send(&running, path, &[("authorization", &token)]).await;
        assert_eq!(answer.status().as_u16(), status, "{path}");
        let answer = answer.text().await.unwrap();
        assert!(answer.contains(text), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_token_is_needed_and_nothing_else_is_taken_for_one() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let token = running.token("ann");
    for (authorization, status) in [
        (String::new(), 401),
        (token.clone(), 401),
        (format!("Basic {token}"), 401),
        (format!("bearer {token}"), 401),
        (format!("Bearer  {token}"), 401),
        (format!("Bearer {token}x"), 401),
        (format!("Bearer {}", &token[1..]), 401),
        (String::from("Bearer "), 401),
        (format!("Bearer {token}"), 200),
    ] {
        let answer = send(&running, "/api/data/v9.2/WhoAmI", &[("authorization", &authorization)]).await;
        assert_eq!(answer.status().as_u16(), status, "{authorization}");
        let challenge = format!(
            "Bearer authorization_uri={}/oauth2/authorize, resource_id={}/",
            running.authority(),
            running.url()
        );
        let told = if status == 401 { &*challenge } else { "" };
        assert_eq!(header(&answer, "www-authenticate"), told, "{authorization}");
    }
    running.expire_tokens();
    let old = format!("Bearer {token}");
    assert_eq!(send(&running, "/api/data/v9.2/WhoAmI", &[("authorization", &old)]).await.status(), 401);
}

#[tokio::test]
async fn a_url_may_have_this_length_and_no_byte_more() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let token = format!("Bearer {}", running.token("ann"));
    let start = "/api/data/v9.2/accounts?$select=name&x=";
    for (length, status) in [(32_767, 200), (32_768, 200), (32_769, 414)] {
        let path = format!("{start}{}", "a".repeat(length - start.len()));
        let answer = send(&running, &path, &[("authorization", &token)]).await;
        assert_eq!(answer.status().as_u16(), status, "{length}");
        if status == 414 {
            assert_eq!(header(&answer, "content-type"), "text/html; charset=utf-8");
            assert_eq!(answer.text().await.unwrap(), "<h2>Bad Request - Invalid URL</h2>\n");
        }
    }
}

#[tokio::test]
async fn the_headers_of_a_response_tell_the_limits_and_the_server() {
    let limits = Limits {
        servers: 3,
        requests: 5,
        execution: Duration::from_secs(10),
        min_cost: Duration::from_millis(1_500),
        ..Limits::default()
    };
    let clock = Clock::stopped("2026-01-01T00:00:00Z".parse().unwrap());
    let builder = Emulator::builder(sample()).limits(limits).clock(clock).dop_hint(Some(7));
    let running = builder.start().await.unwrap();
    let token = format!("Bearer {}", running.token("ann"));
    // A cookie of a server, of none, of another name, and several.
    for (cookie, server, requests, time) in [
        ("", "0", "4", "10.00"),
        ("ARRAffinity=2", "2", "4", "10.00"),
        ("ARRAffinity=2", "2", "3", "8.50"),
        ("a=1; ARRAffinity=2;b=0", "2", "2", "7.00"),
        ("ARRAffinity=3", "1", "4", "10.00"),
        ("ARRAffinity=x", "2", "1", "5.50"),
        ("arraffinity=2", "0", "3", "8.50"),
        ("ARRAffinity", "1", "3", "8.50"),
        ("ARRAffinity=-1", "2", "0", "4.00"),
    ] {
        let headers = [("authorization", &*token), ("cookie", cookie)];
        let answer = send(&running, "/api/data/v9.2/WhoAmI", &headers).await;
        assert_eq!(answer.status(), 200, "{cookie}");
        assert_eq!(
            header(&answer, "set-cookie"),
            format!("ARRAffinity={server}; Path=/; HttpOnly"),
            "{cookie}"
        );
        assert_eq!(header(&answer, "x-ms-ratelimit-burst-remaining-xrm-requests"), requests, "{cookie}");
        assert_eq!(header(&answer, "x-ms-ratelimit-time-remaining-xrm-requests"), time, "{cookie}");
        assert_eq!(header(&answer, "x-ms-dop-hint"), "7", "{cookie}");
        assert_eq!(header(&answer, "x-ms-service-request-id").len(), 36, "{cookie}");
        assert_eq!(header(&answer, "odata-version"), "4.0", "{cookie}");
    }
}

#[tokio::test]
async fn each_limit_of_the_service_refuses_with_its_code() {
    let clock = Clock::stopped("2026-01-01T00:00:00Z".parse().unwrap());
    let start = async |limits: Limits| {
        let builder = Emulator::builder(sample()).limits(limits).clock(clock.clone());
        builder.start().await.unwrap()
    };
    let requests = start(Limits { requests: 2, ..Limits::default() }).await;
    let second = Duration::from_secs(1);
    let execution =
        start(Limits { execution: second * 2, min_cost: second, window: second * 60, ..Limits::default() })
            .await;
    let concurrent = start(Limits { concurrent: 0, ..Limits::default() }).await;
    for (running, good, code, pause, message) in [
        (
            requests,
            2,
            "0x80072322",
            "300",
            "Number of requests exceeded the limit of 2 over time window of 300 seconds.",
        ),
        (
            execution,
            2,
            "0x80072321",
            "60",
            "Combined execution time of incoming requests exceeded limit of 2000 milliseconds over time window of 60 \
             seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.",
        ),
        (concurrent, 0, "0x80072326", "1", "Number of concurrent requests exceeded the limit of 0."),
    ] {
        let token = format!("Bearer {}", running.token("ann"));
        let ask = async || send(&running, "/api/data/v9.2/WhoAmI", &[("authorization", &token)]).await;
        for _ in 0..good {
            assert_eq!(ask().await.status(), 200, "{code}");
        }
        let refused = ask().await;
        assert_eq!(refused.status(), 429, "{code}");
        assert_eq!(header(&refused, "retry-after"), pause, "{code}");
        assert_eq!(header(&refused, "set-cookie"), "", "{code}");
        assert_eq!(header(&refused, "x-ms-ratelimit-burst-remaining-xrm-requests"), "", "{code}");
        let body: Value = refused.json().await.unwrap();
        assert_eq!(body, json!({ "error": { "code": code, "message": message } }));
    }
}

#[tokio::test]
async fn each_fault_of_a_script_has_its_answer() {
    let clock = Clock::stopped("2026-01-01T00:00:00Z".parse().unwrap());
    let running = Emulator::builder(sample()).clock(clock).start().await.unwrap();
    let token = format!("Bearer {}", running.token("ann"));
    let page = |title: &str| {
        format!(
            "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
        )
    };
    let error =
        |code: &str, message: &str| json!({ "error": { "code": code, "message": message } }).to_string();
    let limit = "Number of requests exceeded the limit of 6000 over time window of 300 seconds.";
    let html = "text/html; charset=utf-8";
    let odata = "application/json; odata.metadata=minimal";
    for (fault, status, pause, ty, body) in [
        ("429", 429, "", odata, error("0x80072322", limit)),
        ("429 after 0", 429, "0", odata, error("0x80072322", limit)),
        ("429 date 61", 429, "Thu, 01 Jan 2026 00:01:01 GMT", odata, error("0x80072322", limit)),
        ("500", 500, "", html, page("Internal Server Error")),
        ("502 after 3", 502, "3", html, page("Bad Gateway")),
        ("503", 503, "", html, page("Service Unavailable")),
        ("504 date 0", 504, "Thu, 01 Jan 2026 00:00:00 GMT", html, page("Gateway Timeout")),
        ("400", 400, "", odata, error("0x80060888", "The request is not supported.")),
        ("403", 403, "", odata, error("0x80040220", "The user has not the privilege that this needs.")),
        ("404", 404, "", odata, error("0x80060888", "The request is not supported.")),
        ("501", 501, "", odata, error("0x80060888", "The request is not supported.")),
        ("login-page", 200, "", html, page("Sign in to your account")),
        ("expired-token", 401, "", "text/plain", String::new()),
        ("empty", 200, "", "text/plain", String::new()),
    ] {
        running.faults(format!("1: {fault}").parse().unwrap());
        let answer = send(&running, "/api/data/v9.2/WhoAmI", &[("authorization", &token)]).await;
        assert_eq!(answer.status().as_u16(), status, "{fault}");
        assert_eq!(header(&answer, "retry-after"), pause, "{fault}");
        assert_eq!(header(&answer, "content-type"), ty, "{fault}");
        assert_eq!(answer.text().await.unwrap(), body, "{fault}");
        let after = send(&running, "/api/data/v9.2/WhoAmI", &[("authorization", &token)]).await;
        assert_eq!(after.status(), 200, "after {fault}");
    }
}

#[tokio::test]
async fn a_request_whose_answer_is_lost_was_executed_and_one_that_is_reset_was_not() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let token = running.token("ann");
    let create = async |name: &str| {
        let body = json!({ "name": name });
        let request = Client::new().post(running.web_api() + "accounts").bearer_auth(&token).json(&body);
        request.send().await.map(|answer| answer.status().as_u16())
    };
    running.faults("1 on accounts: reset\n2 on accounts: lost".parse().unwrap());
    assert!(create("reset").await.is_err());
    assert!(create("lost").await.is_err());
    assert_eq!(create("good").await.unwrap(), 204);
    let names = async || {
        let path = "/api/data/v9.2/accounts?$select=name&$orderby=name";
        let token = format!("Bearer {token}");
        let body: Value = send(&running, path, &[("authorization", &token)]).await.json().await.unwrap();
        let rows = body["value"].as_array().unwrap().iter();
        rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["good", "lost"]);
    // A collection has every element twice; what is no collection remains.
    running.faults("always: duplicate".parse().unwrap());
    assert_eq!(names().await, ["good", "lost", "good", "lost"]);
    let token = format!("Bearer {token}");
    let answer =
        send(&running, "/api/data/v9.2/RetrieveVersion()", &[("authorization", &token)]).await.text().await;
    assert!(answer.unwrap().contains("\"Version\":\"9.2"));
}

#[tokio::test]
async fn bodies_are_compressed_from_a_kilobyte_for_clients_that_accept_it() {
    let answer = |length: usize| json!({ "Text": "a".repeat(length) });
    let builder = Emulator::builder(sample()).operation("new_Text", move |call| {
        let length = call.parameters.get("Length").and_then(Value::as_u64);
        let length = length.ok_or_else(|| OperationError::refused("Length is missing."))?;
        Ok(answer(usize::try_from(length).unwrap()))
    });
    let running = builder.start().await.unwrap();
    let ask = async |length: u64, accepted: &str| {
        let client = Client::builder().no_gzip().build().unwrap();
        let request = client.request(Method::POST, running.web_api() + "new_Text");
        let request = request.bearer_auth(running.token("ann")).json(&json!({ "Length": length }));
        let answer = request.header("accept-encoding", accepted).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let packed = header(&answer, "content-encoding") == "gzip";
        (packed, answer.bytes().await.unwrap().len())
    };
    let (_, around) = ask(0, "").await;
    let fill = u64::try_from(1_024 - around).unwrap();
    assert_eq!(ask(fill, "").await, (false, 1_024));
    for (accepted, packed) in [
        ("gzip", true),
        ("GZip", true),
        (" gzip ; q=1", true),
        ("br, gzip;q=0.001", true),
        ("gzip; q=0", false),
        ("gzip;q=0.0", false),
        ("br", false),
        ("x-gzip", false),
        ("*", false),
    ] {
        assert_eq!(ask(fill, accepted).await.0, packed, "{accepted}");
        assert!(!ask(fill - 1, accepted).await.0, "{accepted}");
    }
}
