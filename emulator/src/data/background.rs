//! Background operations: `Prefer: respond-async` on operations, and `/api/backgroundoperation/<id>` ("Background
//! operations").
//!
//! The emulator executes the operation at once, and keeps its result for the requests that ask for it.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use http::header::{HeaderValue, LOCATION};
use http::{HeaderMap, Method, StatusCode};
use rusqlite::OptionalExtension as _;
use rusqlite::types::Value as Stored;
use serde_json::{Map, Value as Json};
use url::Url;
use uuid::Uuid;

use super::preferences::Preferences;
use super::service_error::{INVALID_ARGUMENT, INVALID_REQUEST, ServiceError};
use super::session::Session;
use super::write::create;
use crate::response::HttpResponse;
use crate::web_api::ApiRequest;

/// The beginning of the paths of background operations.
pub(crate) const BACKGROUND_ROOT: &str = "/api/backgroundoperation/";

/// The most results that are kept; the oldest are forgotten.
const MAX_RESULTS: i64 = 1_000;

/// The longest time that a call back may take to connect, and to answer.
const CALL_BACK_TIMEOUT: Duration = Duration::from_secs(2);

/// The value of `statecode` of a completed operation.
const COMPLETED: i32 = 3;
/// The values of `statuscode` of operations that succeeded and that failed.
const SUCCEEDED: i32 = 30;
const FAILED: i32 = 31;

/// What a request prefers about its execution in the background.
pub(super) struct Preference {
    /// The address to which the result is sent; `None` if the request has no call back.
    callback: Option<SocketAddr>,
    /// The path of the call back.
    path: String,
}

/// Returns the preference of a request to be executed in the background; `None` without it.
///
/// # Errors
/// Returns an error if the address of a call back is not valid, or is not one of this machine.
pub(super) fn preference(headers: &HeaderMap) -> Result<Option<Preference>, ServiceError> {
    let texts: Vec<&str> = headers.get_all("prefer").iter().filter_map(|v| v.to_str().ok()).collect();
    let text = texts.join(",");
    let url = text.split_once("callback").and_then(|(_, rest)| rest.split_once("url=")).map(|(_, url)| {
        let url = url.trim_start_matches(['"', '\'']);
        url.split(['"', '\'', ',', ' ']).next().unwrap_or_default()
    });
    if !Preferences::of(headers).respond_async {
        return Ok(None);
    }
    let Some(url) = url else { return Ok(Some(Preference { callback: None, path: String::new() })) };
    let parsed = Url::parse(url).map_err(|_| ServiceError::bad(format!("'{url}' is not the URL of a call back.")))?;
    // The emulator sends nothing to other machines.
    let addresses = parsed.socket_addrs(|| None).unwrap_or_default();
    let address = addresses.into_iter().find(|address| address.ip().is_loopback() && parsed.scheme() == "http");
    let address = address.ok_or_else(|| ServiceError::not_emulated("a call back to another machine"))?;
    let query = parsed.query().map_or_else(String::new, |query| format!("?{query}"));
    Ok(Some(Preference { callback: Some(address), path: format!("{}{query}", parsed.path()) }))
}

/// Sends the result of an operation to a call back, in a thread of its own. The service sends it with `POST`, too.
fn call_back(address: SocketAddr, path: &str, body: &str) {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    std::thread::spawn(move || {
        // A receiver that is not there is not an error of the operation.
        let Ok(mut stream) = TcpStream::connect_timeout(&address, CALL_BACK_TIMEOUT) else { return };
        let timed = stream.set_write_timeout(Some(CALL_BACK_TIMEOUT)).and(stream.set_read_timeout(Some(CALL_BACK_TIMEOUT)));
        if timed.is_ok() && stream.write_all(request.as_bytes()).is_ok() {
            let _ = stream.read(&mut [0; 1024]);
        }
    });
}

/// Keeps the response to an operation. Returns the response that says where its result is.
///
/// # Errors
/// Returns an error if it cannot be stored.
pub(super) fn accepted(
    session: &Session<'_>,
    name: &str,
    preference: &Preference,
    response: &HttpResponse,
) -> Result<HttpResponse, ServiceError> {
    let connection = &session.rows.connection;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS \"*background\" (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, result TEXT NOT NULL) STRICT",
    )?;
    let body: Json = serde_json::from_slice(&response.content.to_bytes()).unwrap_or_default();
    let mut result = match body {
        Json::Object(members) => members,
        _ => Map::new(),
    };
    let status = if response.status.is_success() { SUCCEEDED } else { FAILED };
    if let Some(error) = result.remove("error") {
        let code = error.get("code").and_then(Json::as_str).and_then(|code| code.strip_prefix("0x"));
        // Codes are the 32 bits of a negative number.
        let code = code.and_then(|code| u32::from_str_radix(code, 16).ok()).map(u32::cast_signed);
        result.insert("backgroundOperationErrorCode".to_owned(), code.into());
        result.insert(
            "backgroundOperationErrorMessage".to_owned(),
            error.get("message").cloned().unwrap_or_default(),
        );
    }
    result.insert("backgroundOperationStateCode".to_owned(), COMPLETED.into());
    result.insert("backgroundOperationStatusCode".to_owned(), status.into());
    let own_id = Uuid::new_v4();
    record(session, name, own_id, status)?;
    let id = own_id.to_string();
    connection
        .prepare_cached("INSERT INTO \"*background\" (id, result) VALUES (?1, ?2)")?
        .execute([&id, &Json::Object(result.clone()).to_string()])?;
    connection.execute(
        "DELETE FROM \"*background\" WHERE number <= (SELECT max(number) FROM \"*background\") - ?1",
        [MAX_RESULTS],
    )?;
    if let Some(address) = preference.callback {
        let mut told = Map::new();
        for (name, value) in &result {
            if name.starts_with("backgroundOperation") {
                told.insert(name.clone(), value.clone());
            }
        }
        told.insert("backgroundOperationId".to_owned(), id.clone().into());
        told.insert("location".to_owned(), format!("{}{BACKGROUND_ROOT}{id}", session.shared.url).into());
        call_back(address, &preference.path, &Json::Object(told).to_string());
    }
    let mut accepted = HttpResponse { status: StatusCode::ACCEPTED, ..HttpResponse::odata_empty() };
    if let Ok(address) = HeaderValue::from_str(&format!("{}{BACKGROUND_ROOT}{id}", session.shared.url)) {
        accepted.headers.insert(LOCATION, address);
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        accepted = accepted.with("x-ms-dyn-backgroundoperationid", id);
    }
    Ok(accepted.with("preference-applied", HeaderValue::from_static("respond-async")))
}

/// Records a completed operation as a row of the table of background operations, if the organisation has it.
fn record(session: &Session<'_>, name: &str, id: Uuid, status: i32) -> Result<(), ServiceError> {
    let Some(table) = session.store.table("backgroundoperation")? else { return Ok(()) };
    let layout = session.layout("backgroundoperation")?;
    let rows = [
        ("name", Stored::Text(name.to_owned())),
        ("backgroundoperationstatecode", Stored::Integer(COMPLETED.into())),
        ("backgroundoperationstatuscode", Stored::Integer(status.into())),
    ];
    let stored = rows.into_iter().filter(|(column, _)| layout.kind(column).is_some());
    let values = stored.map(|(column, value)| (column.to_owned(), value)).collect();
    create::insert_values(session, table, id, values, &BTreeMap::new())
}

/// Responds to a request for the result of a background operation; `None` for other requests.
///
/// # Errors
/// Returns an error with the status 404 if there is no such operation.
pub(super) fn respond(
    session: &Session<'_>,
    call: &ApiRequest,
) -> Result<Option<HttpResponse>, ServiceError> {
    let path = call.url.split('?').next().unwrap_or_default();
    let Some(id) = path.strip_prefix(BACKGROUND_ROOT) else { return Ok(None) };
    let connection = &session.rows.connection;
    let known = "SELECT count(*) FROM sqlite_schema WHERE name = '*background'";
    let result: Option<String> = match connection.query_row(known, [], |row| row.get::<_, i64>(0))? {
        0 => None,
        _ => connection
            .prepare_cached("SELECT result FROM \"*background\" WHERE id = ?1")?
            .query_row([id.to_ascii_lowercase()], |row| row.get(0))
            .optional()?,
    };
    let result = result.ok_or_else(|| ServiceError::no_row("backgroundoperation", id))?;
    match call.method {
        Method::GET => Ok(Some(HttpResponse::odata(result))),
        Method::DELETE => Err(ServiceError::new(
            StatusCode::BAD_REQUEST,
            INVALID_ARGUMENT,
            "Canceling background operation is not allowed after it is in terminal state.",
        )),
        _ => Err(ServiceError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            INVALID_REQUEST,
            format!("The requested resource does not support http method '{}'.", call.method),
        )),
    }
}
