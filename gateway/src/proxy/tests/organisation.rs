//! Tests of what an organisation gets of a request, and what the caller gets of its answer.
use std::sync::{Arc, Mutex};

use std::fmt::Write as _;

use axum::body::HttpBody as _;
use dvkit_client::auth::StaticToken;
use expect_test::expect;

use super::*;
use crate::testing;

/// An answer: the status, the headers and the body.
type Answer = (u16, Vec<(&'static str, String)>, String);

/// What an organisation got: the method, the path with its query, the headers in their order, and the body.
type Received = (String, String, Vec<(String, String)>, String);

/// An organisation that gives every request one answer, and notes what it got.
struct Organisation {
    url: String,
    answer: Arc<Mutex<Answer>>,
    received: Arc<Mutex<Vec<Received>>>,
}

/// The headers in their order, without those that depend on the day or the library.
fn listed(headers: &HeaderMap) -> Vec<(String, String)> {
    let ignored = ["date", "host", "accept-encoding", "user-agent", "x-ms-client-request-id"];
    let kept = headers.iter().filter(|(name, _)| !ignored.contains(&name.as_str()));
    let mut all: Vec<_> = kept
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    all.sort();
    all
}

impl Organisation {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let answer = Arc::new(Mutex::new((200, Vec::<(&str, String)>::new(), String::new())));
        let received = Arc::new(Mutex::new(Vec::new()));
        let (given, noted) = (Arc::clone(&answer), Arc::clone(&received));
        let respond = move |request: Request| {
            let (given, noted) = (Arc::clone(&given), Arc::clone(&noted));
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                let body = String::from_utf8_lossy(&body).into_owned();
                let got = (parts.method.to_string(), parts.uri.to_string(), listed(&parts.headers), body);
                noted.lock().unwrap().push(got);
                let (status, headers, body) = given.lock().unwrap().clone();
                let mut response = Response::new(Body::from(body));
                *response.status_mut() = StatusCode::from_u16(status).unwrap();
                for (name, value) in headers {
                    response.headers_mut().append(name, value.parse().unwrap());
                }
                response
            }
        };
        let router = Router::new().fallback(any(respond));
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url, answer, received }
    }

    /// Returns a client that tries everything once.
    fn client(&self) -> Client {
        let token = StaticToken::new("planted-token");
        Client::builder(&self.url).token_source(token).retry(RetryPolicy::none()).build().unwrap()
    }

    /// Formats what was received or answered, without what is another one in each run.
    fn masked(&self, value: &impl std::fmt::Debug, account: &Account) -> String {
        let text = format!("{value:?}").replace(self.url.trim_end_matches('/'), "ORG");
        text.replace(&account.id, "ACCOUNT")
    }

    /// Sends a request of an account with the links of its proxy, and returns what its caller gets.
    async fn answer_to(
        &self,
        gateway: &Gateway,
        account: &Account,
        make: impl AsyncFnOnce(&Links, Instant) -> dvkit_client::Request,
    ) -> Result<Response, ApiError> {
        let client = self.client();
        let links = Links::new(gateway, account, client.clone());
        let until = Instant::now() + Duration::from_secs(20);
        let permit = admit(gateway, account, until).await.unwrap();
        let request = make(&links, until).await;
        send(gateway, account, client, request, links, permit).await
    }

    /// Takes what was received since.
    fn received(&self) -> Vec<Received> {
        std::mem::take(&mut *self.received.lock().unwrap())
    }
}

/// What a caller got: the status, the headers, and the body; `None` if it is known to be empty from the head.
async fn got(response: Result<Response, ApiError>) -> (u16, Vec<(String, String)>, Option<String>) {
    let response = response.unwrap_or_else(axum::response::IntoResponse::into_response);
    let (status, headers) = (response.status().as_u16(), listed(response.headers()));
    if response.body().size_hint().exact() == Some(0) {
        return (status, headers, None);
    }
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, headers, Some(String::from_utf8(body.to_vec()).unwrap()))
}

#[tokio::test]
async fn each_answer_of_an_organisation_is_passed_on_or_is_an_error_of_the_gateway() {
    let gateway = testing::gateway().await;
    let account = testing::connected(&gateway).await;
    let organisation = Organisation::start().await;
    let mut all = String::new();
    for (method, status, headers, body) in [
        ("GET", 200, vec![("content-type", "application/json")], r#"{"@odata.nextLink":"ORG/x"}"#),
        ("GET", 302, vec![("location", "ORG/x")], ""),
        (
            "GET",
            404,
            vec![("content-type", "application/json"), ("location", "ORG/x"), ("set-cookie", "a=b")],
            r#"{"error":{"code":"0x80040217","message":"m","@odata.id":"ORG/x"}}"#,
        ),
        (
            "GET",
            503,
            vec![("content-type", "application/json"), ("retry-after", "7")],
            r#"{"error":{"code":"0x1","message":"m"}}"#,
        ),
        (
            "GET",
            503,
            vec![("content-type", "application/json"), ("retry-after", "0")],
            r#"{"error":{"code":"0x1","message":"m"}}"#,
        ),
        ("GET", 503, vec![("content-type", "application/json")], r#"{"error":{"code":"0x1","message":"m"}}"#),
        (
            "GET",
            500,
            vec![("content-type", "application/json"), ("retry-after", "7")],
            r#"{"error":{"code":"0x1","message":"m"}}"#,
        ),
        (
            "GET",
            429,
            vec![("content-type", "application/json"), ("retry-after", "40")],
            r#"{"error":{"code":"0x80072322","message":"m"}}"#,
        ),
        ("GET", 401, vec![("content-type", "application/json")], r#"{"error":{"code":"0x1","message":"m"}}"#),
        ("GET", 401, vec![("content-type", "application/json")], r#"{"error":{"code":"","message":"m"}}"#),
        ("GET", 200, vec![("content-type", "text/html")], "<html><title>Sign in</title></html>"),
        ("GET", 502, vec![], "bad"),
        ("HEAD", 200, vec![("content-type", "application/json")], ""),
        ("GET", 204, vec![], ""),
        ("GET", 304, vec![], ""),
        ("GET", 400, vec![("content-type", "text/plain")], "ORG/x"),
    ] {
        let url = organisation.url.trim_end_matches('/');
        let headers = headers.into_iter().map(|(name, value)| (name, value.replace("ORG", url))).collect();
        *organisation.answer.lock().unwrap() = (status, headers, body.replace("ORG", url));
        let (shown, method) = (format!("{method} {status}"), method.parse().unwrap());
        let request =
            async |_: &Links, _| dvkit_client::Request::new(method, "contacts").expect(Expect::Anything);
        let found = got(organisation.answer_to(&gateway, &account, request).await).await;
        let _ = writeln!(all, "{shown}: {}", organisation.masked(&found, &account));
    }
    let metrics = gateway.metrics_text().await.unwrap();
    let throttled = metrics.lines().filter(|line| line.contains("throttled") && !line.starts_with('#'));
    throttled.for_each(|line| all.extend([line, "\n"]));
    expect![[r#"
        GET 200: (200, [("content-type", "application/json")], Some("{\"@odata.nextLink\":\"https://gw.contoso.com/proxy/ACCOUNT/x\"}"))
        GET 302: (502, [("content-type", "application/json")], Some("{\"error\":{\"code\":\"unexpected_response\",\"message\":\"the service sends to `127.0.0.1`: check the organisation's URL; redirects are not followed, so that no token leaves\",\"may_have_run\":true}}"))
        GET 404: (404, [("content-type", "application/json"), ("location", "https://gw.contoso.com/proxy/ACCOUNT/x")], Some("{\"error\":{\"code\":\"0x80040217\",\"message\":\"m\",\"@odata.id\":\"https://gw.contoso.com/proxy/ACCOUNT/x\"}}"))
        GET 503: (503, [("content-type", "application/json"), ("retry-after", "7")], Some("{\"error\":{\"code\":\"0x1\",\"message\":\"m\"}}"))
        GET 503: (503, [("content-type", "application/json"), ("retry-after", "1")], Some("{\"error\":{\"code\":\"0x1\",\"message\":\"m\"}}"))
        GET 503: (503, [("content-type", "application/json")], Some("{\"error\":{\"code\":\"0x1\",\"message\":\"m\"}}"))
        GET 500: (500, [("content-type", "application/json"), ("retry-after", "7")], Some("{\"error\":{\"code\":\"0x1\",\"message\":\"m\"}}"))
        GET 429: (503, [("content-type", "application/json"), ("retry-after", "40")], Some("{\"error\":{\"code\":\"throttled\",\"message\":\"m\",\"may_have_run\":false,\"service_code\":\"0x80072322\"}}"))
        GET 401: (502, [("content-type", "application/json")], Some("{\"error\":{\"code\":\"token_refused\",\"message\":\"the organisation does not accept the account's token: m\",\"may_have_run\":false,\"service_code\":\"0x1\"}}"))
        GET 401: (502, [("content-type", "application/json")], Some("{\"error\":{\"code\":\"token_refused\",\"message\":\"the organisation does not accept the account's token: m\",\"may_have_run\":false}}"))
        GET 200: (502, [("content-type", "application/json")], Some("{\"error\":{\"code\":\"unexpected_response\",\"message\":\"an HTML page came instead of data: a gateway or proxy responded in place of the service\",\"may_have_run\":true}}"))
        GET 502: (502, [("content-type", "application/json")], Some("{\"error\":{\"code\":\"organisation\",\"message\":\"the response is not an error of the Web API (`Bad Gateway`): bad\",\"may_have_run\":true}}"))
        HEAD 200: (200, [("content-type", "application/json")], None)
        GET 204: (204, [], None)
        GET 304: (304, [], None)
        GET 400: (400, [("content-type", "text/plain")], Some("ORG/x"))
        dvkit_gateway_throttled_total 1
    "#]].assert_eq(&all);
}

#[tokio::test]
async fn a_request_reaches_the_organisation_as_it_was_sent() {
    let gateway = testing::gateway().await;
    let account = testing::connected(&gateway).await;
    let organisation = Organisation::start().await;
    let mut all = String::new();
    for (method, headers, body) in [
        ("POST", vec![], "{}"),
        ("POST", vec![("content-type", "text/plain")], "a"),
        ("GET", vec![("content-type", "text/plain"), ("accept", "a/b"), ("prefer", "wait=1")], ""),
        (
            "PATCH",
            vec![
                ("if-match", "*"),
                ("prefer", "wait=1, a"),
                ("prefer", "b=\"c, d\""),
                ("x-a", "\u{e9}"),
                ("cookie", "c"),
            ],
            "{}",
        ),
    ] {
        let mut request = http::Request::builder().method(method);
        for (name, value) in headers {
            request = request.header(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let request = async |links: &Links, until| {
            let (body, _) = read_body(&gateway, links, &parts, Body::from(body), until).await.unwrap();
            prepared(&parts, "/api/data/v9.2/contacts?$top=1".to_owned(), body, until)
        };
        organisation.answer_to(&gateway, &account, request).await.unwrap();
        let _ = writeln!(all, "{}", organisation.masked(&organisation.received(), &account));
    }
    expect![[r#"
        [("POST", "/api/data/v9.2/contacts?$top=1", [("accept", "application/json"), ("authorization", "Bearer planted-token"), ("content-length", "2"), ("content-type", "application/json; charset=utf-8"), ("odata-maxversion", "4.0"), ("odata-version", "4.0")], "{}")]
        [("POST", "/api/data/v9.2/contacts?$top=1", [("accept", "application/json"), ("authorization", "Bearer planted-token"), ("content-length", "1"), ("content-type", "text/plain"), ("odata-maxversion", "4.0"), ("odata-version", "4.0")], "a")]
        [("GET", "/api/data/v9.2/contacts?$top=1", [("accept", "a/b"), ("authorization", "Bearer planted-token"), ("if-none-match", "null"), ("odata-maxversion", "4.0"), ("odata-version", "4.0")], "")]
        [("PATCH", "/api/data/v9.2/contacts?$top=1", [("accept", "application/json"), ("authorization", "Bearer planted-token"), ("content-length", "2"), ("content-type", "application/json; charset=utf-8"), ("if-match", "*"), ("odata-maxversion", "4.0"), ("odata-version", "4.0"), ("prefer", "a,b=\"c, d\"")], "{}")]
    "#]].assert_eq(&all);
}
