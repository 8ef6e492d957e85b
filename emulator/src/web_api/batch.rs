//! `$batch`: several requests in one, answered in order.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use http::{Method, StatusCode};
use multer::{Constraints, Multipart, SizeLimit};
use uuid::Uuid;

use super::{Call, ROOT, read};
use crate::answer::{Answer, BAD_REQUEST};
use crate::organisation::State;
use crate::server::Shared;

/// The most requests in a batch, as documented.
const MAX_PARTS: usize = 1000;

/// The longest URL within a batch, as documented.
const MAX_URL: usize = 65_536;

/// The most headers of a part.
const MAX_HEADERS: usize = 64;

/// A request of a batch.
struct Part {
    method: Method,
    /// Path and query after the root of the Web API.
    url: String,
}

/// One thing to do.
enum Step {
    One(Part),
    /// Done together or not at all.
    ChangeSet(Vec<Part>),
}

pub(super) fn answer(shared: &Shared, state: &State, call: &Call, ty: &str, content: &Bytes) -> Answer {
    match steps(ty, content) {
        Ok(steps) => run(shared, state, call, steps),
        Err(why) => Answer::bad_request(why),
    }
}

/// The boundary of a content type of several parts.
fn boundary(ty: &str) -> Option<String> {
    let (kind, parameters) = ty.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/mixed") {
        return None;
    }
    let boundary = parameters.split(';').find_map(|p| p.trim().strip_prefix("boundary="))?;
    let boundary = boundary.trim_matches('"');
    (!boundary.is_empty() && boundary.len() <= 70).then(|| boundary.to_owned())
}

/// The parts, each with its content type.
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
            if found.len() > MAX_PARTS {
                break;
            }
        }
        Ok::<_, multer::Error>(())
    };
    // All of it is there already, so nothing is ever waited for.
    match reading.now_or_never() {
        Some(Ok(())) => Ok(found),
        Some(Err(e)) => Err(format!("The batch cannot be read: {e}.")),
        None => Err("The batch ends too early.".into()),
    }
}

fn steps(ty: &str, content: &Bytes) -> Result<Vec<Step>, String> {
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
            steps.push(Step::ChangeSet(set));
        } else {
            count += 1;
            steps.push(Step::One(part(&ty, &content)?));
        }
        if count > MAX_PARTS {
            return Err(format!("A batch has {MAX_PARTS} requests at the most."));
        }
    }
    Ok(steps)
}

/// A request within `application/http`.
fn part(ty: &str, content: &[u8]) -> Result<Part, String> {
    if !ty.to_ascii_lowercase().starts_with("application/http") {
        return Err("A part of a batch has the content type application/http.".into());
    }
    // The line break that ends the headers is at times left out where there are none.
    let mut text = content.to_vec();
    text.extend_from_slice(b"\r\n\r\n");
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let status = request.parse(&text).map_err(|e| format!("A part of the batch is no HTTP request: {e}."))?;
    let (Some(method), Some(path), true) = (request.method, request.path, status.is_complete()) else {
        return Err("A part of the batch is no whole HTTP request.".into());
    };
    if path.len() > MAX_URL {
        return Err(format!("A URL within a batch has {MAX_URL} bytes at the most."));
    }
    let method = Method::from_bytes(method.as_bytes()).map_err(|e| format!("A part of the batch: {e}."))?;
    Ok(Part { method, url: relative(path)? })
}

/// Absolute, from the root, or relative to the Web API.
fn relative(path: &str) -> Result<String, String> {
    let from_root = if path.starts_with('/') || !path.starts_with("http") {
        path.to_owned()
    } else {
        // Longer than `Uri` takes, so by hand: what follows the host.
        let rest = path.split_once("://").map_or(path, |(_, rest)| rest);
        let at = rest.find('/').ok_or("A URL of the batch has no path.")?;
        rest.get(at..).unwrap_or_default().to_owned()
    };
    match from_root.strip_prefix(ROOT) {
        Some(rest) => {
            let (_, rest) = rest.split_once('/').ok_or("A URL of the batch has no version.")?;
            Ok(rest.to_owned())
        }
        None if from_root.starts_with('/') => Err(format!("A URL of the batch is not below {ROOT}.")),
        None => Ok(from_root),
    }
}

fn run(shared: &Shared, state: &State, call: &Call, steps: Vec<Step>) -> Answer {
    let boundary = format!("batchresponse_{}", Uuid::new_v4());
    let mut body = Vec::new();
    for step in steps {
        let answer = match step {
            Step::One(part) => one(shared, state, call, part),
            // Nothing can be changed, so that the first of it fails, and with it the set.
            Step::ChangeSet(set) => match set.into_iter().next() {
                Some(part) => one(shared, state, call, part),
                None => continue,
            },
        };
        let failed = !answer.status.is_success();
        write(&mut body, &boundary, &answer);
        if failed && !call.continue_on_error {
            break;
        }
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let mut answer = Answer::odata(body);
    if let Ok(ty) = format!("multipart/mixed; boundary={boundary}").parse() {
        answer.headers.insert(http::header::CONTENT_TYPE, ty);
    }
    answer
}

fn one(shared: &Shared, state: &State, call: &Call, part: Part) -> Answer {
    let call =
        Call { method: part.method, url: part.url, caller: call.caller.clone(), continue_on_error: false };
    if call.resource() == "$batch" {
        return Answer::error(StatusCode::BAD_REQUEST, BAD_REQUEST, "A batch cannot contain a batch.");
    }
    read(shared, state, &call)
}

fn write(body: &mut Vec<u8>, boundary: &str, answer: &Answer) {
    let status = answer.status;
    let mut head = format!(
        "--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 {} {}\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default()
    );
    for (name, value) in &answer.headers {
        if let Ok(value) = value.to_str() {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    head.push_str("\r\n");
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(&answer.body);
    body.extend_from_slice(b"\r\n");
}
