//! Executes a write with an idempotency key once: a repetition gets the response of the first.
use std::future::Future;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use http_body_util::BodyExt as _;

use crate::error::ApiError;
use crate::gateway::Gateway;
use crate::proxy::IDEMPOTENCY_KEY;
use crate::store::{Account, IdempotentRequest, StoredResponse};

/// The maximum length of a key.
const MAX_KEY: usize = 255;

/// The header of a response that was given before.
const REPLAYED: &str = "idempotency-replayed";

/// A request that may be repeated: its key, and what it consists of.
pub(crate) struct Replayable {
    pub(crate) key: String,
    pub(crate) digest: Vec<u8>,
}

/// Returns the idempotency key of a request; `None` if it has none.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| !text.is_empty() && text.len() <= MAX_KEY);
    match (text, values.next()) {
        (Some(text), None) => Ok(Some(text.to_owned())),
        _ => Err(ApiError::bad_request("`Idempotency-Key` is one text of at most 255 characters")),
    }
}

/// Returns a digest of what a request consists of.
pub(crate) fn digest(method: &Method, uri: &Uri, body: &[u8]) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    for part in [method.as_str().as_bytes(), uri.to_string().as_bytes(), body] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

/// Executes `sending` unless a request with the same key was executed. It goes on if the caller is gone. The body of
/// its response has to be in memory.
pub(crate) async fn once(
    gateway: &Gateway,
    account: &Account,
    request: Replayable,
    sending: impl Future<Output = Result<Response, ApiError>> + Send + 'static,
) -> Result<Response, ApiError> {
    let Replayable { key, digest } = request;
    let store = gateway.store();
    let now = gateway.now();
    match store.begin_idempotent(&account.tenant, &account.id, &key, &digest, now).await? {
        IdempotentRequest::New => {}
        IdempotentRequest::Completed(stored) => return Ok(replayed(stored)),
        IdempotentRequest::Other => {
            let message = "this idempotency key was used for another request";
            return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", message));
        }
        IdempotentRequest::Unfinished => {
            let message = "a request with this idempotency key is being executed, or was interrupted: whether it has had an effect is not known";
            let error = ApiError::new(StatusCode::CONFLICT, "idempotency_unfinished", message);
            return Err(error.retry_after(Duration::from_secs(2)).with("may_have_run", true));
        }
    }
    let (gateway, account) = (gateway.clone(), account.clone());
    let task = tokio::spawn(async move {
        let store = gateway.store();
        match sending.await {
            Ok(response) => {
                let (response, stored) = kept(response).await?;
                store.complete_idempotent(&account.id, &key, &stored).await?;
                Ok(response)
            }
            Err(error) => {
                // What had certainly no effect can be sent again with the same key.
                if !error.may_have_run() {
                    store.abandon_idempotent(&account.id, &key).await?;
                }
                Err(error)
            }
        }
    });
    task.await.unwrap_or_else(|_| Err(ApiError::internal()))
}

/// Returns a response as it is kept, and as it is sent.
async fn kept(response: Response) -> Result<(Response, StoredResponse), ApiError> {
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(|_| ApiError::internal().with("may_have_run", true))?.to_bytes();
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    let headers =
        head.headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?)));
    let stored =
        StoredResponse { status: head.status.as_u16(), headers: headers.collect(), body: body.to_vec() };
    Ok((Response::from_parts(head, Body::from(body)), stored))
}

fn replayed(stored: StoredResponse) -> Response {
    let mut response = Response::new(Body::from(stored.body));
    *response.status_mut() = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK);
    for (name, value) in stored.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_request_has_at_most_one_key_of_a_bounded_length() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(IDEMPOTENCY_KEY, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
            key(&headers).map_err(|error| (error.status().as_u16(), error.code()))
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["a"]), Ok(Some("a".to_owned())));
        assert_eq!(read(&[&"a".repeat(255)]), Ok(Some("a".repeat(255))));
        for wrong in [&[""][..], &[&"a".repeat(256)], &["a", "a"], &["ä"]] {
            assert_eq!(read(wrong), Err((400, "bad_request")), "{wrong:?}");
        }
    }

    #[test]
    fn a_digest_tells_every_part_of_a_request_from_every_other() {
        let of =
            |method: Method, uri: &str, body: &str| digest(&method, &uri.parse().unwrap(), body.as_bytes());
        let all = [
            of(Method::POST, "/a", "b"),
            of(Method::PATCH, "/a", "b"),
            of(Method::POST, "/a?b", ""),
            of(Method::POST, "/ab", ""),
            of(Method::POST, "/a", "bc"),
            of(Method::POST, "/a", ""),
        ];
        for (number, digest) in all.iter().enumerate() {
            assert_eq!(digest.len(), 32);
            assert!(!all[number + 1..].contains(digest), "{number}");
        }
        assert_eq!(of(Method::POST, "/a", "b"), all[0]);
    }

    #[tokio::test]
    async fn a_response_is_repeated_with_its_status_headers_and_body() {
        let mut response = Response::new(Body::from("hello"));
        *response.status_mut() = StatusCode::CREATED;
        response.headers_mut().append("x-a", HeaderValue::from_static("1"));
        response.headers_mut().append("x-a", HeaderValue::from_static("2"));
        let (sent, stored) = kept(response).await.unwrap();
        assert_eq!(sent.into_body().collect().await.unwrap().to_bytes(), "hello");
        let again = replayed(stored);
        assert_eq!(again.status(), StatusCode::CREATED);
        let values: Vec<_> = again.headers().get_all("x-a").iter().collect();
        assert_eq!(values, ["1", "2"]);
        assert_eq!(again.headers()[REPLAYED], "true");
        assert_eq!(again.into_body().collect().await.unwrap().to_bytes(), "hello");
    }

    /// What a request with a key gave: the status, the code of its error, and whether it was repeated.
    async fn sent(
        gateway: &Gateway,
        account: &Account,
        request: &[u8],
        answer: Result<&'static str, ApiError>,
    ) -> (u16, Option<String>, bool) {
        let request = Replayable { key: "key".to_owned(), digest: request.to_vec() };
        let sending = async { answer.map(|body| Response::new(Body::from(body))) };
        let response = match once(gateway, account, request, sending).await {
            Ok(response) => response,
            Err(error) => {
                let status = error.status().as_u16();
                return (status, Some(error.code().to_owned()), false);
            }
        };
        let replayed = response.headers().contains_key(REPLAYED);
        (response.status().as_u16(), None, replayed)
    }

    #[tokio::test]
    async fn a_write_that_succeeded_is_not_executed_again() {
        let gateway = crate::testing::gateway().await;
        let account = crate::testing::connected(&gateway).await;
        let failed = || Err(ApiError::internal());
        assert_eq!(sent(&gateway, &account, b"1", Ok("a")).await, (200, None, false));
        assert_eq!(sent(&gateway, &account, b"1", failed()).await, (200, None, true));
        let other = sent(&gateway, &account, b"2", Ok("b")).await;
        assert_eq!(other, (422, Some("idempotency_key_reused".to_owned()), false));
    }

    #[tokio::test]
    async fn a_write_that_failed_is_executed_again_only_if_it_had_no_effect() {
        for (may_have_run, again) in [
            (None, (200, None, false)),
            (Some(false), (200, None, false)),
            (Some(true), (409, Some("idempotency_unfinished".to_owned()), false)),
        ] {
            let gateway = crate::testing::gateway().await;
            let account = crate::testing::connected(&gateway).await;
            let mut error = ApiError::internal();
            if let Some(may_have_run) = may_have_run {
                error = error.with("may_have_run", may_have_run);
            }
            let first = sent(&gateway, &account, b"1", Err(error)).await;
            assert_eq!(first, (500, Some("internal".to_owned()), false));
            assert_eq!(sent(&gateway, &account, b"1", Ok("a")).await, again, "{may_have_run:?}");
        }
    }

    #[tokio::test]
    async fn a_write_that_is_under_way_is_told_to_whoever_repeats_it() {
        let gateway = crate::testing::gateway().await;
        let account = crate::testing::connected(&gateway).await;
        let begun = gateway.store().begin_idempotent("t", &account.id, "key", b"1", gateway.now()).await;
        assert_eq!(begun.unwrap(), IdempotentRequest::New);
        let request = Replayable { key: "key".to_owned(), digest: b"1".to_vec() };
        let sending = async { Ok(Response::new(Body::empty())) };
        let error = once(&gateway, &account, request, sending).await.unwrap_err();
        assert_eq!((error.wait(), error.may_have_run()), (Some(Duration::from_secs(2)), true));
        assert_eq!(
            error.message(),
            "a request with this idempotency key is being executed, or was interrupted: whether it has had an effect is not known"
        );
        // A task that ends without a response leaves the request as one that may have had an effect.
        let request = Replayable { key: "other".to_owned(), digest: b"1".to_vec() };
        let panics = async { panic!("for the test") };
        let error = once(&gateway, &account, request, panics).await.unwrap_err();
        assert_eq!((error.status().as_u16(), error.code()), (500, "internal"));
    }

    #[tokio::test]
    async fn what_is_no_status_or_header_any_more_is_left_out_of_a_repeated_response() {
        for (status, expected) in [(200, 200), (204, 204), (599, 599), (99, 200), (1_000, 200)] {
            let headers = [("x-a", "1"), ("x y", "2"), ("x-b", "a\nb"), ("x-c", "")];
            let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
            let response = replayed(StoredResponse { status, headers, body: Vec::new() });
            assert_eq!(response.status().as_u16(), expected, "{status}");
            let names: Vec<&str> = response.headers().keys().map(HeaderName::as_str).collect();
            assert_eq!(names, ["x-a", "x-c", REPLAYED], "{status}");
        }
        // A value that is no text is not kept.
        let mut response = Response::new(Body::empty());
        response.headers_mut().insert("x-a", HeaderValue::from_bytes(&[0xff]).unwrap());
        response.headers_mut().insert("x-b", HeaderValue::from_static("b"));
        let (sent, stored) = kept(response).await.unwrap();
        assert_eq!(sent.headers().len(), 2);
        let headers = vec![("x-b".to_owned(), "b".to_owned())];
        assert_eq!(stored, StoredResponse { status: 200, headers, body: Vec::new() });
        let broken =
            Body::from_stream(futures_util::stream::iter([Err::<&str, _>(std::io::Error::other("x"))]));
        let error = kept(Response::new(broken)).await.unwrap_err();
        assert_eq!((error.code(), error.may_have_run()), ("internal", true));
    }
}
