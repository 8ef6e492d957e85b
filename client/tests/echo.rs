//! Services that repeat what they were sent, in every part of a response that becomes an error, and in every
//! encoding: no secret is shown.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use dvkit_client::auth::{Credentials, StaticToken};
use dvkit_client::{Batch, Client, Error, Request, RetryPolicy};
use futures_util::TryStreamExt as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// A secret that contains every character that encodings change.
const SECRET: &str = "hunter2~Planted/Secret+with=odd&signs.and-more_of_it";

/// The name of an encoding, and the function that applies it.
type Form = (&'static str, fn(&str) -> String);

/// The encodings in which a service may repeat the secret.
const FORMS: &[Form] = &[
    ("as it is", str::to_owned),
    ("with more around it", |secret| format!("Bearer {secret}, or so")),
    ("percent", |secret| utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string()),
    ("percent twice", |secret| {
        let once = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        utf8_percent_encode(&once, NON_ALPHANUMERIC).to_string()
    }),
    ("escaped", |secret| secret.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect()),
    ("HTML", |secret| secret.replace('&', "&amp;").replace('+', "&#43;")),
    ("Base64", |secret| STANDARD.encode(secret)),
    ("Base64 of a header", |secret| URL_SAFE_NO_PAD.encode(format!("Basic x:{secret}"))),
    ("its beginning", |secret| format!("{}…", &secret[..secret.len() / 2])),
    ("its end", |secret| format!("…{}", &secret[secret.len() / 2..])),
    ("upper case", str::to_uppercase),
];

/// Creates a response with status, headers and body from the encoded secret.
type Place = fn(&str) -> (u16, Vec<(&'static str, String)>, String);

fn plain(status: u16, body: String) -> (u16, Vec<(&'static str, String)>, String) {
    (status, vec![("content-type", "application/json".to_owned())], body)
}

/// The part of the text that is allowed in the name of a host; backslashes and percent signs are not.
fn in_host(text: &str) -> String {
    let text = text.split(['\\', '%']).next().unwrap_or_default();
    text.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "-")
}

/// The parts of a response in which the Web API may repeat the secret.
const PLACES: &[(&str, Place)] = &[
    ("message", |s| plain(400, json!({ "error": { "code": "0x1", "message": s } }).to_string())),
    ("code", |s| plain(400, json!({ "error": { "code": s, "message": "no" } }).to_string())),
    ("inner error", |s| {
        plain(
            500,
            json!({ "error": { "code": "", "message": "no", "innererror": { "message": s, "type": s } } })
                .to_string(),
        )
    }),
    ("older error", |s| plain(400, json!({ "Message": s, "ErrorCode": s }).to_string())),
    ("OAuth error", |s| plain(400, json!({ "error": s, "error_description": s }).to_string())),
    ("refusal", |s| plain(401, json!({ "error": { "code": s, "message": s } }).to_string())),
    ("no JSON", |s| plain(400, format!("broken {s}"))),
    ("title of a page", |s| {
        (502, vec![("content-type", "text/html".to_owned())], format!("<html><title>{s}</title>"))
    }),
    ("title of a page of success", |s| {
        (200, vec![("content-type", "text/html".to_owned())], format!("<html><title>{s}</title>"))
    }),
    ("request id", |s| (500, vec![("x-ms-service-request-id", s.replace('…', ""))], "{}".to_owned())),
    ("location", |s| {
        let host = in_host(s);
        (302, vec![("location", format!("https://{host}.example/"))], String::new())
    }),
    ("another shape", |s| plain(200, json!({ "value": s }).to_string())),
    ("a link elsewhere", |s| {
        let host = in_host(s);
        plain(200, json!({ "value": [], "@odata.nextLink": format!("https://{host}.example/x") }).to_string())
    }),
    ("a link here", |s| {
        plain(
            200,
            json!({ "value": [], "@odata.nextLink": format!("/api/data/v9.2/{}", s.replace('…', "")) })
                .to_string(),
        )
    }),
];

#[derive(Default)]
struct Echo {
    place: Option<Place>,
    form: Option<fn(&str) -> String>,
    forms: Vec<HashMap<String, String>>,
}

type Shared = Arc<Mutex<Echo>>;

fn answered((status, headers, body): (u16, Vec<(&'static str, String)>, String)) -> Response {
    let mut answer = (StatusCode::from_u16(status).unwrap(), body).into_response();
    answer.headers_mut().remove(header::CONTENT_TYPE);
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    answer
}

async fn serve(
    State(echo): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut echo = echo.lock().unwrap();
    let host = headers["host"].to_str().unwrap().to_owned();
    let bearer = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let (place, form) = (echo.place.unwrap(), echo.form.unwrap());
    if uri.path() == "/api/data/v9.2/" && bearer.is_none() {
        let challenge = format!("Bearer authorization_uri=http://{host}/t/oauth2/authorize");
        return (StatusCode::UNAUTHORIZED, [("www-authenticate", challenge)]).into_response();
    }
    if uri.path().ends_with("/devicecode") {
        let answer = json!({
            "device_code": SECRET, "user_code": "A", "verification_uri": format!("https://x.example/{}", form(SECRET)),
            "expires_in": 900, "interval": 1,
        });
        return Json(answer).into_response();
    }
    if uri.path().ends_with("/token") {
        let sent: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
        let secret = ["client_secret", "refresh_token", "client_assertion", "device_code"]
            .iter()
            .find_map(|name| sent.get(*name))
            .unwrap()
            .clone();
        echo.forms.push(sent);
        return answered(place(&form(&secret)));
    }
    let bearer = bearer.unwrap();
    if method == Method::POST {
        let (status, headers, body) = place(&form(bearer));
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let body = format!(
            "--b\r\ncontent-type: application/http\r\n\r\nHTTP/1.1 {status} x\r\n{headers}\r\n{body}\r\n--b--"
        );
        return ([("content-type", "multipart/mixed; boundary=b")], body).into_response();
    }
    answered(place(&form(bearer)))
}

async fn start() -> (String, Shared) {
    let echo = Shared::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(serve).with_state(Arc::clone(&echo));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, echo)
}

/// Everything that an error shows.
fn shown(error: &Error) -> String {
    let mut shown = format!(
        "{error} {error:?} {error:#?} {} {:?} {:?}",
        error.message(),
        error.code(),
        error.request_id()
    );
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        shown.push_str(&format!(" {error} {error:?}"));
        source = error.source();
    }
    shown
}

/// Checks that neither a run of the secret's letters and digits, whatever else is between them, nor the
/// encoded form is shown.
fn assert_hidden(shown: &str, form: &str, what: &str) {
    let letters = |text: &str| text.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "");
    let shown_letters = letters(shown);
    for hidden in [letters(SECRET), letters(form).replace("bearer", "").replace("orso", "")] {
        for run in hidden.as_bytes().windows(14) {
            let run = std::str::from_utf8(run).unwrap();
            assert!(!shown_letters.contains(run), "{what}: {run} in {shown}");
        }
    }
}

fn client(url: &str) -> Client {
    Client::builder(url).token_source(StaticToken::new(SECRET)).retry(RetryPolicy::none()).build().unwrap()
}

#[tokio::test]
async fn a_token_that_the_web_api_repeats_is_masked() {
    let (url, echo) = start().await;
    let mut errors = 0;
    let client = client(&url);
    for (place_name, place) in PLACES {
        for (form_name, form) in FORMS {
            {
                let mut echo = echo.lock().unwrap();
                (echo.place, echo.form) = (Some(*place), Some(*form));
            }
            let what = format!("{place_name}, {form_name}");
            let mut check = |result: Result<(), Error>| {
                if let Err(error) = result {
                    errors += 1;
                    assert_hidden(&shown(&error), &form(SECRET), &what);
                }
            };
            check(client.get_json::<HashMap<String, Vec<u8>>>("accounts").await.map(drop));
            check(client.pages::<Value>(Request::get("accounts")).try_collect::<Vec<_>>().await.map(drop));
            let mut batch = Batch::new();
            batch.add(Request::get("accounts"));
            match client.batch(batch).await {
                Ok(answers) => {
                    for answer in answers.into_vec() {
                        check(answer.and_then(|answer| answer.json::<Vec<u8>>()).map(drop));
                    }
                }
                Err(error) => check(Err(error)),
            }
        }
    }
    // A delta link is not an error; nearly everything else is.
    assert!(errors > PLACES.len() * FORMS.len() * 2, "{errors}");
}

#[tokio::test]
async fn a_secret_that_the_sign_in_service_repeats_is_masked() {
    let (url, echo) = start().await;
    let places = ["OAuth error", "no JSON", "title of a page of success", "another shape"];
    for (place_name, place) in PLACES.iter().filter(|(name, _)| places.contains(name)) {
        for (form_name, form) in FORMS {
            {
                let mut echo = echo.lock().unwrap();
                (echo.place, echo.form) = (Some(*place), Some(*form));
            }
            let prompts = Arc::new(Mutex::new(String::new()));
            let told = Arc::clone(&prompts);
            let all = [
                Credentials::client_secret("app", SECRET),
                Credentials::refresh_token("app", SECRET),
                Credentials::refresh_token("app", "another-token-entirely").authenticate_with_secret(SECRET),
                Credentials::device_code("app", move |prompt| *told.lock().unwrap() = format!("{prompt:?}")),
            ];
            for credentials in all {
                let shown_credentials = format!("{credentials:?}");
                let client = Client::builder(&url)
                    .credentials(credentials.tenant("t"))
                    .retry(RetryPolicy::none())
                    .build()
                    .unwrap();
                let audience = dvkit_client::auth::Audience::of(client.org_url());
                let what = format!("{place_name}, {form_name}");
                assert_hidden(&shown_credentials, &form(SECRET), &what);
                if let Err(error) = client.account().token(&audience).await {
                    assert_hidden(&shown(&error), &form(SECRET), &what);
                }
            }
            assert_hidden(&prompts.lock().unwrap(), &form(SECRET), "the prompt");
        }
    }
    assert!(echo.lock().unwrap().forms.iter().any(|form| form.contains_key("device_code")));
}
