//! Sends requests to the sign-in service, within limits of size and time, and with the application's
//! credentials. Every secret is remembered when it is sent, so that it is masked if a response repeats it.
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::StatusCode;
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

use super::grant::ClientAuthentication;
use crate::clock::Clock;
use crate::error::is_transient;
use crate::redact::Redactor;
use crate::retry::retry_after;
use crate::{Error, ErrorKind, Result};

/// The longest time that one request to the sign-in service may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum size of a response and of a file with an assertion, in bytes.
const MAX_RESPONSE_BYTES: usize = 1 << 20;

/// The names of the form fields whose values are secret.
const SECRET_FIELDS: &[&str] = &[
    "client_secret",
    "client_assertion",
    "assertion",
    "refresh_token",
    "code",
    "code_verifier",
    "device_code",
    "password",
];

/// The type of an assertion that is a JSON Web Token (RFC 7523, 2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The HTTP client for the sign-in service.
pub(super) struct Connection {
    pub(super) http: reqwest::Client,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) redactor: Redactor,
}

impl Connection {
    /// Sends one request and returns the response, which the OAuth library interprets. Returns an error if
    /// the connection fails, the service is overloaded, or the response is too large.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse> {
        let lost = |error: reqwest::Error| {
            Error::new(ErrorKind::SignIn, "the sign-in service cannot be reached")
                .with_transient(true)
                .with_source(error.without_url())
        };
        let (parts, body) = request.into_parts();
        for (name, value) in form_urlencoded::parse(&body) {
            if SECRET_FIELDS.contains(&&*name) {
                self.redactor.remember(&SecretString::from(value.into_owned()));
            }
        }
        let request = self
            .http
            .request(parts.method, parts.uri.to_string())
            .headers(parts.headers)
            .body(body)
            .timeout(TIMEOUT);
        let mut received = request.send().await.map_err(lost)?;
        let (status, headers) = (received.status(), received.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = received.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > MAX_RESPONSE_BYTES {
                return Err(Error::new(
                    ErrorKind::SignIn,
                    "the sign-in service sent a longer response than a token needs",
                ));
            }
            body.extend_from_slice(&chunk);
        }
        if is_transient(status) || status == StatusCode::INTERNAL_SERVER_ERROR {
            let after = retry_after(&headers, self.clock.now());
            return Err(Error::new(ErrorKind::SignIn, "the sign-in service is busy or out of order")
                .with_transient(true)
                .with_status(status)
                .with_retry_after(after));
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// An HTTP client for the OAuth library that adds the application's credentials to every form. Each request
/// gets a new assertion.
pub(super) struct AuthenticatedClient<'a> {
    pub(super) connection: &'a Connection,
    pub(super) authentication: Option<&'a ClientAuthentication>,
    pub(super) client_id: &'a str,
    /// The URL of the token endpoint, which is also the audience of assertions.
    pub(super) endpoint: String,
}

impl AuthenticatedClient<'_> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse> {
        let (parts, mut body) = request.into_parts();
        let authentication = match self.authentication {
            None => None,
            Some(ClientAuthentication::Secret(secret)) => Some(("client_secret", secret.clone())),
            Some(ClientAuthentication::Certificate(certificate)) => {
                let now = self.connection.clock.now();
                let assertion = certificate.assertion(self.client_id, &self.endpoint, now)?;
                Some(("client_assertion", assertion))
            }
            Some(ClientAuthentication::Federated(path)) => {
                Some(("client_assertion", read_assertion(path).await?))
            }
        };
        if let Some((name, value)) = authentication {
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.append_pair(name, value.expose_secret());
            if name == "client_assertion" {
                form.append_pair("client_assertion_type", ASSERTION_TYPE);
            }
            body.push(b'&');
            body.extend_from_slice(form.finish().as_bytes());
        }
        self.connection.send(HttpRequest::from_parts(parts, body)).await
    }
}

impl<'c> AsyncHttpClient<'c> for AuthenticatedClient<'_> {
    type Error = Error;
    type Future = BoxFuture<'c, Result<HttpResponse>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

async fn read_assertion(path: &Path) -> Result<SecretString> {
    let failed =
        |what: &str| Error::new(ErrorKind::SignIn, format!("the token file {} {what}", path.display()));
    let owned = path.to_owned();
    // Links are followed: the files of a pod's secrets are links.
    let read = tokio::task::spawn_blocking(move || {
        dvkit_files::read_text(&owned, dvkit_files::LinkPolicy::FollowNamed, MAX_RESPONSE_BYTES as u64)
    });
    let text = read.await.map_err(|_| failed("was not read to its end"))?;
    let text = text.map_err(|error| failed("cannot be read").with_source(error))?;
    match text.trim() {
        "" => Err(failed("is empty")),
        token => Ok(SecretString::from(token)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_assertion_is_the_text_of_its_file_without_the_space_around_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("assertion");
        for (text, expected) in [
            ("a.b.c", Ok("a.b.c")),
            (" a.b.c \r\n", Ok("a.b.c")),
            ("", Err("is empty")),
            (" \n", Err("is empty")),
        ] {
            std::fs::write(&path, text).unwrap();
            match (read_assertion(&path).await, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found.expose_secret(), expected, "{text:?}"),
                (Err(error), Err(why)) => {
                    assert!(error.message().contains(why) && error.kind() == ErrorKind::SignIn, "{error}");
                    assert!(!error.is_transient(), "{error}");
                }
                (found, _) => panic!("{text:?}: {found:?}"),
            }
        }
        for (bytes, fits) in [(MAX_RESPONSE_BYTES, true), (MAX_RESPONSE_BYTES + 1, false)] {
            std::fs::write(&path, "a".repeat(bytes)).unwrap();
            assert_eq!(read_assertion(&path).await.is_ok(), fits, "{bytes} bytes");
        }
        let error = read_assertion(&folder.path().join("none")).await.unwrap_err();
        assert!(error.message().contains("cannot be read"), "{error}");
    }

    /// Sends a form to a service that answers with this status, these headers and this many bytes.
    async fn answered(
        status: u16,
        retry_after: Option<&'static str>,
        bytes: usize,
        form: &str,
    ) -> (Result<HttpResponse>, Redactor) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(move || async move {
            let mut response = http::Response::new(axum::body::Body::from("a".repeat(bytes)));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            if let Some(after) = retry_after {
                response.headers_mut().insert("retry-after", after.parse().unwrap());
            }
            response
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(crate::clock::SystemClock);
        let connection = Connection { http, clock, redactor: Redactor::default() };
        let request = http::Request::post(url).body(form.as_bytes().to_vec()).unwrap();
        (connection.send(request).await, connection.redactor)
    }

    #[tokio::test]
    async fn a_sign_in_service_that_is_busy_is_asked_again_later() {
        for (status, after, busy, wait) in [
            (200, None, false, None),
            (400, Some("7"), false, None),
            (401, None, false, None),
            (501, None, false, None),
            (429, Some("7"), true, Some(7)),
            (500, None, true, None),
            (502, None, true, None),
            (503, Some("30"), true, Some(30)),
            (504, None, true, None),
        ] {
            match answered(status, after, 3, "a=b").await.0 {
                Ok(response) => {
                    assert!(!busy, "{status}");
                    assert_eq!(
                        (response.status().as_u16(), response.body().as_slice()),
                        (status, &b"aaa"[..])
                    );
                    assert_eq!(response.headers().contains_key("retry-after"), after.is_some(), "{status}");
                }
                Err(error) => {
                    assert!(busy && error.is_transient(), "{status}: {error}");
                    assert_eq!(error.message(), "the sign-in service is busy or out of order", "{status}");
                    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::SignIn, status));
                    assert_eq!(error.retry_after(), wait.map(Duration::from_secs), "{status}");
                }
            }
        }
    }

    #[tokio::test]
    async fn a_response_of_the_sign_in_service_has_at_most_a_mebibyte() {
        for (bytes, fits) in [(MAX_RESPONSE_BYTES, true), (MAX_RESPONSE_BYTES + 1, false)] {
            match answered(200, None, bytes, "").await.0 {
                Ok(response) => assert!(fits && response.body().len() == bytes, "{bytes}"),
                Err(error) => {
                    assert!(!fits && !error.is_transient(), "{bytes}: {error}");
                    assert_eq!(
                        error.message(),
                        "the sign-in service sent a longer response than a token needs"
                    );
                }
            }
        }
        assert_eq!(MAX_RESPONSE_BYTES, 1_048_576);
    }

    #[tokio::test]
    async fn the_secrets_of_a_form_are_masked_from_then_on() {
        for field in SECRET_FIELDS {
            let form =
                format!("client_id=an-application-id&{field}=hunter2%2Bsecret-value&scope=scope-value");
            let (result, redactor) = answered(200, None, 0, &form).await;
            result.unwrap();
            assert_eq!(
                redactor.mask("an-application-id, hunter2+secret-value, scope-value"),
                "an-application-id, ***, scope-value",
                "{field}"
            );
        }
    }
}
