//! The control interface of the emulator, `/_emulator/`: rows, baselines, the clock, the trace, and faults.
//!
//! | request | what it does |
//! |---|---|
//! | `POST /_emulator/reset` | restores rows and definitions as they were after the start |
//! | `PUT /_emulator/baselines/NAME` | saves rows and definitions under a name |
//! | `POST /_emulator/baselines/NAME` | restores them |
//! | `DELETE /_emulator/baselines/NAME` | forgets them |
//! | `GET /_emulator/baselines` | the names |
//! | `POST /_emulator/seed` | adds rows |
//! | `GET /_emulator/export` | all rows, as JSON for `seed` |
//! | `GET /_emulator/clock` | the time |
//! | `PUT /_emulator/clock` | sets the time: `{"now": "2026-11-29T12:00:00Z"}` |
//! | `POST /_emulator/clock` | moves it forward: `{"advance": 60}` (seconds) |
//! | `GET /_emulator/requests` | the recorded requests |
//! | `DELETE /_emulator/requests` | discards them |
//! | `PUT /_emulator/faults` | replaces the script of faults (text) |
//!
//! Every request needs the header `X-Dvkit-Emulator: 1`. A web page cannot send it to another origin without
//! the permission of that origin, which the emulator never gives.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dvkit_schema::Schema;
use http::request::Parts;
use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::baselines::Baseline;
use super::export;
use super::seed::{self, SEED_CALLER, SeedSource};
use super::service_error::ServiceError;
use super::session::Session;
use crate::faults::FaultScript;
use crate::response::HttpResponse;
use crate::state::ServerState;
use crate::trace::RecordedRequest;

/// The header that every request to the control interface needs.
const HEADER: &str = "x-dvkit-emulator";

/// The beginning of the paths of the control interface.
const ROOT: &str = "/_emulator";

/// The name of the baseline that is saved at the start.
const START: &str = "";

/// The most baselines that are saved at the same time.
const MAX_BASELINES: usize = 32;

/// The largest database that is saved at the start, in bytes.
const MAX_START_BYTES: i64 = 64 << 20;

/// The longest name of a baseline, in bytes.
const MAX_NAME_BYTES: usize = 100;

/// The reason why the emulator does not do what a request to the control interface, or a method, demands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ControlError {
    message: String,
    status: StatusCode,
}

impl ControlError {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { message: message.into(), status }
    }

    fn response(&self) -> HttpResponse {
        HttpResponse::json(self.status, &json!({ "error": { "message": self.message } }))
    }
}

impl From<ServiceError> for ControlError {
    fn from(error: ServiceError) -> Self {
        Self::new(error.status, error.message)
    }
}

impl From<rusqlite::Error> for ControlError {
    fn from(error: rusqlite::Error) -> Self {
        ServiceError::from(error).into()
    }
}

/// Saves rows and definitions as they are at the start, unless the rows take too much memory.
///
/// # Errors
/// Returns an error if the rows cannot be read.
pub(crate) fn save_start(shared: &ServerState) -> Result<(), ControlError> {
    let bytes = shared.rows.lock().size()?;
    match bytes > MAX_START_BYTES {
        true => Ok(()),
        false => save(shared, START),
    }
}

/// Saves rows and definitions under a name.
///
/// # Errors
/// Returns an error if the name is too long, if there are too many baselines, or if the rows cannot be read.
pub(crate) fn save(shared: &ServerState, name: &str) -> Result<(), ControlError> {
    if name.len() > MAX_NAME_BYTES {
        return Err(ControlError::new(
            StatusCode::BAD_REQUEST,
            format!("the name of a baseline has at most {MAX_NAME_BYTES} bytes"),
        ));
    }
    let rows = shared.rows.lock();
    let copy = rows.copy()?;
    let schema = Arc::clone(&shared.organisation.now().schema);
    drop(rows);
    let mut saved = shared.baselines.saved();
    if saved.len() >= MAX_BASELINES && !saved.contains_key(name) {
        let message = format!("there are {MAX_BASELINES} baselines already; delete one");
        return Err(ControlError::new(StatusCode::CONFLICT, message));
    }
    saved.insert(name.to_owned(), Baseline { rows: copy, schema });
    Ok(())
}

/// Restores the rows and definitions of the start.
///
/// # Errors
/// Returns an error if they were not saved.
pub(crate) fn reset(shared: &ServerState) -> Result<(), ControlError> {
    if !shared.baselines.saved().contains_key(START) {
        return Err(ControlError::new(
            StatusCode::CONFLICT,
            format!(
                "the rows at the start took more than {} MiB and were not saved; save a baseline and restore it",
                MAX_START_BYTES >> 20
            ),
        ));
    }
    restore(shared, START)
}

/// Restores saved rows and definitions.
///
/// # Errors
/// Returns an error if there is no baseline with this name, or if the rows cannot be written.
pub(crate) fn restore(shared: &ServerState, name: &str) -> Result<(), ControlError> {
    let saved = shared.baselines.saved();
    let Some(baseline) = saved.get(name) else {
        let names: Vec<&str> = saved.keys().map(String::as_str).filter(|name| *name != START).collect();
        let message = format!("there is no baseline `{name}`; the baselines are: {}", names.join(", "));
        return Err(ControlError::new(StatusCode::NOT_FOUND, message));
    };
    let mut rows = shared.rows.lock();
    if !Arc::ptr_eq(&baseline.schema, &shared.organisation.now().schema) {
        let schema = Schema::clone(&baseline.schema);
        shared.organisation.change(shared.clock.now(), |current| *current = schema);
    }
    rows.restore(&baseline.rows)?;
    Ok(())
}

/// Forgets a baseline.
fn forget(shared: &ServerState, name: &str) -> Result<(), ControlError> {
    match shared.baselines.saved().remove(name) {
        Some(_) => Ok(()),
        None => Err(ControlError::new(StatusCode::NOT_FOUND, format!("there is no baseline `{name}`"))),
    }
}

/// Returns all rows as JSON that the emulator can be seeded with.
///
/// # Errors
/// Returns an error if the rows cannot be read.
pub(crate) fn exported(shared: &ServerState) -> Result<String, ControlError> {
    let state = shared.organisation.now();
    let rows = shared.rows.lock();
    Ok(export::export(&Session::new(shared, &state, &rows, SEED_CALLER)?)?)
}

/// Returns whether a request to this URL is for the control interface.
pub(crate) fn is_control(url: &str) -> bool {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default(),
        None => url,
    };
    path.strip_prefix(ROOT).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

/// Responds to a request to the control interface.
pub(crate) fn respond(shared: &ServerState, request: &Parts, body: &Bytes) -> HttpResponse {
    if request.headers.get(HEADER).is_none_or(|value| value != "1") {
        let why = "requests to /_emulator/ have the header `X-Dvkit-Emulator: 1`, so that no web page can send them";
        return ControlError::new(StatusCode::FORBIDDEN, why).response();
    }
    route(shared, request, body).unwrap_or_else(|error| error.response())
}

fn route(shared: &ServerState, request: &Parts, body: &Bytes) -> Result<HttpResponse, ControlError> {
    let path = request.uri.path().strip_prefix(ROOT).unwrap_or_default();
    let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    let bad = |message: String| ControlError::new(StatusCode::BAD_REQUEST, message);
    let json_body =
        || serde_json::from_slice::<Value>(body).map_err(|e| bad(format!("the body is not JSON: {e}")));
    match (&request.method, segments.as_slice()) {
        (&Method::POST, ["reset"]) => reset(shared)?,
        (&Method::GET, ["baselines"]) => {
            let names: Vec<String> =
                shared.baselines.saved().keys().filter(|n| *n != START).cloned().collect();
            return Ok(HttpResponse::json(StatusCode::OK, &json!({ "baselines": names })));
        }
        (&Method::PUT, ["baselines", name]) => save(shared, name)?,
        (&Method::POST, ["baselines", name]) => restore(shared, name)?,
        (&Method::DELETE, ["baselines", name]) => forget(shared, name)?,
        (&Method::POST, ["seed"]) => {
            seed::apply(shared, &[SeedSource::Json(json_body()?)]).map_err(|e| bad(e.to_string()))?;
        }
        (&Method::GET, ["export"]) => {
            return Ok(HttpResponse::new(
                StatusCode::OK,
                "application/json; charset=utf-8",
                exported(shared)?,
            ));
        }
        (&Method::GET, ["clock"]) => return Ok(clock(shared)),
        (&Method::PUT, ["clock"]) => {
            let time =
                json_body()?.get("now").and_then(Value::as_str).and_then(|t| t.parse::<Timestamp>().ok());
            let time = time.ok_or_else(|| bad("the body is {\"now\": \"2026-11-29T12:00:00Z\"}".into()))?;
            shared.clock.set(time);
            return Ok(clock(shared));
        }
        (&Method::POST, ["clock"]) => {
            let by = json_body()?.get("advance").and_then(Value::as_f64);
            let by = by.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            shared.clock.advance(by.ok_or_else(|| bad("the body is {\"advance\": SECONDS}".into()))?);
            return Ok(clock(shared));
        }
        (&Method::GET, ["requests"]) => {
            let requests: Vec<Value> = shared.trace().requests().iter().map(recorded).collect();
            return Ok(HttpResponse::json(StatusCode::OK, &json!({ "requests": requests })));
        }
        (&Method::DELETE, ["requests"]) => shared.trace().clear(),
        (&Method::PUT, ["faults"]) => {
            let text = std::str::from_utf8(body).map_err(|_| bad("the script is not UTF-8".into()))?;
            let script: FaultScript = text.parse().map_err(|e| bad(format!("{e}")))?;
            shared.faults.replace_script(script);
        }
        _ => {
            let message = format!(
                "`{} {ROOT}{path}` is not a request of the control interface; its paths are reset, baselines, seed, export, clock, requests and faults",
                request.method
            );
            return Err(ControlError::new(StatusCode::NOT_FOUND, message));
        }
    }
    Ok(HttpResponse::empty())
}

fn clock(shared: &ServerState) -> HttpResponse {
    let body = json!({ "now": shared.clock.now().to_string(), "stopped": shared.clock.is_stopped() });
    HttpResponse::json(StatusCode::OK, &body)
}

/// Returns a recorded request as JSON.
fn recorded(request: &RecordedRequest) -> Value {
    let headers: serde_json::Map<String, Value> =
        request.headers.iter().map(|(name, value)| (name.clone(), Value::from(value.clone()))).collect();
    let operations: Vec<Value> = request.operations.iter().map(recorded).collect();
    json!({
        "method": request.method,
        "url": request.url,
        "status": request.status,
        "caller": request.caller,
        "headers": headers,
        "body": request.body,
        "operations": operations,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_the_control_interface_are_taken() {
        for (url, is) in [
            ("/_emulator/reset", true),
            ("http://localhost:1/_emulator/reset", true),
            ("/_emulator?x", true),
            ("/_emulators", false),
            ("/api/data/v9.2/_emulator/", false),
        ] {
            assert_eq!(is_control(url), is, "{url}");
        }
    }
}
