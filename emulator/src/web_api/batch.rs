//! Implements `$batch`: several requests in one, executed in order.

use std::convert::Infallible;

use bytes::Bytes;
use dvkit_diagnostic::limits::{MAX_BATCH_REQUESTS, MAX_URL_LENGTH_IN_BATCH};
use futures_util::{FutureExt as _, stream};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, StatusCode};
use multer::{Constraints, Multipart, SizeLimit};
use uuid::Uuid;

use super::{ApiRequest, BudgetExceeded, read_within_budget};
use crate::data::preferences::Preferences;
use crate::organisation::OrganisationState;
use crate::response::{BAD_REQUEST, Content, HttpResponse};
use crate::state::{ServerState, WEB_API_ROOT};

/// The largest response to a batch that is sent, in bytes.
const MAX_RESPONSE_BYTES: usize = 64 << 20;

/// The most definitions that all requests of one batch together may have to examine.
const MAX_COST: u64 = 1_000_000;

/// The most headers of one part of a batch that are parsed.
const MAX_HEADERS: usize = 64;

/// One request in a batch.
struct BatchOperation {
    method: Method,
    /// The path and query after `/api/data/v9.2/`.
    url: String,
}

/// One part of a batch: a single request or a change set.
enum BatchPart {
    One(BatchOperation),
    /// A change set, which is executed completely or not at all.
    ChangeSet(Vec<BatchOperation>),
}

pub(super) fn respond(shared: &ServerState, state: &OrganisationState, call: &ApiRequest) -> HttpResponse {
    let ty = call.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match parse_parts(ty, &call.body) {
        Ok(steps) => run(shared, state, call, steps),
        Err(why) => HttpResponse::bad_request(why),
    }
}

/// Returns the boundary in the value of a multipart `Content-Type`, or `None` if there is none.
fn boundary(ty: &str) -> Option<String> {
    let (kind, parameters) = ty.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/mixed") {
        return None;
    }
    let boundary = parameters.split(';').find_map(|p| p.trim().strip_prefix("boundary="))?;
    let boundary = boundary.trim_matches('"');
    (!boundary.is_empty() && boundary.len() <= 70).then(|| boundary.to_owned())
}

/// Splits a multipart body into its parts. Returns the content type and the content of each. The error is a
/// sentence for the response: there is no boundary, or the body is damaged.
fn parts(ty: &str, content: Bytes) -> Result<Vec<(String, Bytes)>, String> {
    let boundary = boundary(ty).ok_or(
        "The content type of a batch is multipart/mixed with a boundary: multipart/mixed; boundary=batch_1.",
    )?;
    let constraints = Constraints::new().size_limit(SizeLimit::new().whole_stream(content.len() as u64 + 1));
    let whole = stream::iter([Ok::<_, Infallible>(content)]);
    let mut multipart = Multipart::with_constraints(whole, boundary, constraints);
    let mut found = Vec::new();
    let reading = async {
        while let Some(field) = multipart.next_field().await? {
            let header = field.headers().get("content-type").and_then(|v| v.to_str().ok());
            let ty = header.unwrap_or_default().to_owned();
            found.push((ty, field.bytes().await?));
            if found.len() > MAX_BATCH_REQUESTS as usize {
                break;
            }
        }
        Ok::<_, multer::Error>(())
    };
    // The whole body is in memory, so this never waits.
    match reading.now_or_never() {
        Some(Ok(())) => Ok(found),
        Some(Err(e)) => Err(format!("The batch cannot be read: {e}.")),
        None => Err("The batch ends too early.".into()),
    }
}

fn parse_parts(ty: &str, content: &Bytes) -> Result<Vec<BatchPart>, String> {
    let mut steps = Vec::new();
    let mut count = 0;
    for (ty, content) in parts(ty, content.clone())? {
        if ty.to_ascii_lowercase().starts_with("multipart/mixed") {
            let inner = parts(&ty, content)?;
            count += inner.len();
            let set = inner.iter().map(|(ty, content)| part(ty, content)).collect::<Result<Vec<_>, _>>()?;
            if set.iter().any(|p| p.method == Method::GET) {
                return Err("A change set cannot contain GET requests.".into());
            }
            steps.push(BatchPart::ChangeSet(set));
        } else {
            count += 1;
            steps.push(BatchPart::One(part(&ty, &content)?));
        }
        if count > MAX_BATCH_REQUESTS as usize {
            return Err(format!("A batch has at most {MAX_BATCH_REQUESTS} requests."));
        }
    }
    Ok(steps)
}

/// Parses the HTTP request in a part, which has to have the content type `application/http`. The error is a
/// sentence for the response.
fn part(ty: &str, content: &[u8]) -> Result<BatchOperation, String> {
    if !ty.to_ascii_lowercase().starts_with("application/http") {
        return Err("A part of a batch has the content type application/http.".into());
    }
    // Some clients omit the line break after the headers if there are none.
    let mut text = content.to_vec();
    text.extend_from_slice(b"\r\n\r\n");
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let status =
        request.parse(&text).map_err(|e| format!("A part of the batch is not an HTTP request: {e}."))?;
    let (Some(method), Some(path), true) = (request.method, request.path, status.is_complete()) else {
        return Err("A part of the batch is an incomplete HTTP request.".into());
    };
    if path.len() > MAX_URL_LENGTH_IN_BATCH as usize {
        return Err(format!("A URL within a batch has at most {MAX_URL_LENGTH_IN_BATCH} bytes."));
    }
    let method = Method::from_bytes(method.as_bytes()).map_err(|e| format!("A part of the batch: {e}."))?;
    Ok(BatchOperation { method, url: relative(path)? })
}

/// Returns the part of a URL after the root of the Web API. The URL may be absolute, relative to the host, or
/// relative to that root. The error is a sentence for the response: the URL is not below that root.
fn relative(path: &str) -> Result<String, String> {
    let from_root = if path.starts_with('/') || !path.starts_with("http") {
        path.to_owned()
    } else {
        // `Uri` refuses URLs that are this long, so the part after the host is found by hand.
        let rest = path.split_once("://").map_or(path, |(_, rest)| rest);
        let at = rest.find('/').ok_or("A URL of the batch has no path.")?;
        rest.get(at..).unwrap_or_default().to_owned()
    };
    match from_root.strip_prefix(WEB_API_ROOT) {
        Some(rest) => {
            let (_, rest) = rest.split_once('/').ok_or("A URL of the batch has no version.")?;
            Ok(rest.to_owned())
        }
        None if from_root.starts_with('/') => Err(format!("A URL of the batch is not below {WEB_API_ROOT}.")),
        None => Ok(from_root),
    }
}

fn run(
    shared: &ServerState,
    state: &OrganisationState,
    call: &ApiRequest,
    steps: Vec<BatchPart>,
) -> HttpResponse {
    let boundary = format!("batchresponse_{}", Uuid::new_v4());
    let continue_on_error = Preferences::of(&call.headers).continue_on_error;
    let mut pieces = Vec::new();
    let (mut bytes, mut left) = (0, MAX_COST);
    for step in steps {
        let response = match step {
            BatchPart::One(part) => run_operation(shared, state, call, part, &mut left),
            // Nothing can be changed here, so the first request of the set fails, and with it the set.
            BatchPart::ChangeSet(set) => match set.into_iter().next() {
                Some(part) => run_operation(shared, state, call, part, &mut left),
                None => continue,
            },
        };
        let response = match bytes + response.content.len() {
            all if all > MAX_RESPONSE_BYTES => too_much(BudgetExceeded),
            _ => response,
        };
        bytes += response.content.len();
        let failed = !response.status.is_success();
        pieces.push(head(&boundary, &response).into());
        pieces.extend(response.content.chunks);
        pieces.push(Bytes::from_static(b"\r\n"));
        if failed && !continue_on_error {
            break;
        }
    }
    pieces.push(format!("--{boundary}--\r\n").into());
    let mut response = HttpResponse { content: Content::of(pieces), ..HttpResponse::odata("") };
    if let Ok(ty) = format!("multipart/mixed; boundary={boundary}").parse() {
        response.headers.insert(http::header::CONTENT_TYPE, ty);
    }
    response
}

fn run_operation(
    shared: &ServerState,
    state: &OrganisationState,
    call: &ApiRequest,
    part: BatchOperation,
    left: &mut u64,
) -> HttpResponse {
    let call = ApiRequest {
        method: part.method,
        url: part.url,
        caller: call.caller.clone(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    if call.resource() == "$batch" {
        return HttpResponse::error(StatusCode::BAD_REQUEST, BAD_REQUEST, "A batch cannot contain a batch.");
    }
    read_within_budget(shared, state, &call, left).unwrap_or_else(too_much)
}

/// Returns the response to a request of a batch that exceeds the limits of the batch.
pub(super) fn too_much(_: BudgetExceeded) -> HttpResponse {
    HttpResponse::error(
        StatusCode::PAYLOAD_TOO_LARGE,
        BAD_REQUEST,
        format!(
            "The batch asks for more than the emulator allows: {} MiB of responses and {MAX_COST} examined definitions. Send several.",
            MAX_RESPONSE_BYTES >> 20
        ),
    )
}

/// Returns the bytes of a part before its body: the boundary, the headers of the part, and the status line
/// and headers of the response.
fn head(boundary: &str, response: &HttpResponse) -> String {
    let status = response.status;
    let mut head = format!(
        "--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 {} {}\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default()
    );
    for (name, value) in &response.headers {
        if let Ok(value) = value.to_str() {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    head.push_str("\r\n");
    head
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use dvkit_schema::Store;

    use super::*;
    use crate::Emulator;
    use crate::token::Caller;

    fn batch(parts: impl Iterator<Item = String>) -> Bytes {
        let part =
            |url| format!("--b\r\nContent-Type: application/http\r\n\r\nGET {url} HTTP/1.1\r\n\r\n\r\n");
        (parts.map(part).collect::<String>() + "--b--\r\n").into()
    }

    async fn answered(parts: impl Iterator<Item = String>) -> (HttpResponse, u64) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
        let running = Emulator::from_store(&Store::open(folder).unwrap()).unwrap().start().await.unwrap();
        let state = running.shared().organisation.now();
        let header = |name: &'static str, value| {
            (http::HeaderName::from_static(name), http::HeaderValue::from_static(value))
        };
        let headers = [
            header("content-type", "multipart/mixed; boundary=b"),
            header("prefer", "odata.continue-on-error"),
        ];
        let call = ApiRequest {
            method: Method::POST,
            url: "$batch".into(),
            caller: Caller { name: "ann".into() },
            headers: headers.into_iter().collect(),
            body: batch(parts),
        };
        let response = super::respond(running.shared(), &state, &call);
        (response, state.response_cache.rendered())
    }

    fn count(response: &HttpResponse, status: &str) -> usize {
        let heads = response.content.chunks.iter().filter(|piece| piece.starts_with(b"--batchresponse"));
        heads.filter(|head| String::from_utf8_lossy(head).contains(status)).count()
    }

    #[tokio::test]
    async fn the_response_to_a_repeated_request_is_rendered_once() {
        let (response, made) = answered((0..1000).map(|_| "EntityDefinitions".to_owned())).await;
        assert_eq!(made, 1);
        let ok = count(&response, "HTTP/1.1 200");
        assert!(ok > 0 && ok + count(&response, "HTTP/1.1 413") == 1000, "{ok}");
        assert!(response.content.len() <= MAX_RESPONSE_BYTES + 1000 * 1000, "{}", response.content.len());
        let great: HashSet<*const u8> = response
            .content
            .chunks
            .iter()
            .filter(|p| p.starts_with(b"{") && p.len() > 1000)
            .map(|p| p.as_ptr())
            .collect();
        assert_eq!(great.len(), 1, "all parts are the same bytes");
    }

    #[tokio::test]
    async fn the_cost_of_a_batch_is_limited() {
        let url = |i| format!("EntityDefinitions?$select=LogicalName&$filter=LogicalName%20eq%20'x{i}'");
        let (response, made) = answered((0..1000).map(url)).await;
        let (ok, refused) = (count(&response, "HTTP/1.1 200"), count(&response, "HTTP/1.1 413"));
        assert_eq!(ok + refused, 1000);
        assert_eq!(made, ok as u64);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
        let schema = Store::open(folder).unwrap().load().unwrap();
        let looked_at = made * schema.tables.values().map(|t| 1 + t.columns.len()).sum::<usize>() as u64;
        assert!(looked_at <= MAX_COST, "{looked_at}");
    }
}
