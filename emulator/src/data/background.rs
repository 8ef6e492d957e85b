//! Background operations: `Prefer: respond-async` on operations, and `/api/backgroundoperation/<id>` ("Background
//! operations").
//!
//! The emulator executes the operation at once, and keeps its result for the requests that ask for it, and as a row of
//! the table `backgroundoperation`. A callback is sent to addresses of this machine only.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use http::header::{HeaderValue, LOCATION};
use http::{HeaderMap, Method, StatusCode};
use rusqlite::OptionalExtension as _;
use rusqlite::types::Value as Stored;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::preferences::Preferences;
use super::service_error::{INVALID_REQUEST, ServiceError};
use super::session::Session;
use super::write::create::insert_values;
use crate::request::ApiRequest;
use crate::response::HttpResponse;

/// The beginning of the paths of background operations.
pub(crate) const BACKGROUND_ROOT: &str = "/api/backgroundoperation/";

/// The most results that are kept; the oldest are forgotten.
const MAX_RESULTS: i64 = 1_000;

/// The value of `statecode` of a completed operation.
const COMPLETED: i32 = 3;
/// The values of `statuscode` of operations that succeeded and that failed.
const SUCCEEDED: i32 = 30;
const FAILED: i32 = 31;

/// The time that a receiver of a callback has.
const CALLBACK_TIMEOUT: Duration = Duration::from_secs(5);

/// A request to be executed in the background.
#[derive(Debug)]
pub(super) struct Background {
    /// The address that is told when the operation has completed, and its URL.
    callback: Option<(SocketAddr, url::Url)>,
}

impl Background {
    /// Returns what a request prefers of its execution in the background; `None` if it is not to be executed there.
    ///
    /// # Errors
    /// Returns an error if it asks for a callback to another machine.
    pub(super) fn of(headers: &HeaderMap) -> Result<Option<Self>, ServiceError> {
        let mut preferences = headers.get_all("prefer").iter().filter_map(|v| v.to_str().ok());
        let callback = preferences.find_map(|text| {
            let at = text.to_ascii_lowercase().find("odata.callback")?;
            let url = text.get(at..)?.split_once('=')?.1.trim_start();
            Some(
                url.strip_prefix('"').map_or(url, |url| url.split('"').next().unwrap_or_default()).to_owned(),
            )
        });
        let callback = callback.map(|text| {
            let refused =
                || ServiceError::not_emulated("a callback to an address that is not http:// on this machine");
            let url = url::Url::parse(&text).ok().filter(|url| url.scheme() == "http").ok_or_else(refused)?;
            // No name is looked up: a name server would learn of it, and the rows are locked meanwhile.
            let ip = match url.host() {
                Some(url::Host::Ipv4(ip)) => IpAddr::V4(ip),
                Some(url::Host::Ipv6(ip)) => IpAddr::V6(ip),
                Some(url::Host::Domain("localhost")) => IpAddr::V4(Ipv4Addr::LOCALHOST),
                Some(url::Host::Domain(_)) | None => return Err(refused()),
            };
            if !ip.is_loopback() {
                return Err(refused());
            }
            let address = SocketAddr::new(ip, url.port_or_known_default().unwrap_or(80));
            Ok::<_, ServiceError>((address, url))
        });
        let callback = callback.transpose()?;
        Ok(Preferences::of(headers).respond_async.then_some(Self { callback }))
    }
}

/// Sends the request of a callback. A receiver that cannot be reached is not told.
fn call_back(address: SocketAddr, url: &url::Url, body: &str) {
    let send = || -> std::io::Result<()> {
        let mut socket = TcpStream::connect_timeout(&address, CALLBACK_TIMEOUT)?;
        socket.set_read_timeout(Some(CALLBACK_TIMEOUT))?;
        socket.set_write_timeout(Some(CALLBACK_TIMEOUT))?;
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let head = format!(
            "POST {}{query} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            url.path(),
            body.len()
        );
        socket.write_all(head.as_bytes())?;
        socket.write_all(body.as_bytes())?;
        // The receiver may respond before it has read the request, so the response is awaited.
        let _ = socket.read(&mut [0; 512])?;
        socket.shutdown(Shutdown::Both)
    };
    let _ = send();
}

/// Keeps the response to the operation `name`. Returns the response that says where its result is.
///
/// # Errors
/// Returns an error if it cannot be stored.
pub(super) fn accepted(
    session: &Session<'_>,
    name: &str,
    background: &Background,
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
    let id = Uuid::new_v4();
    add_row(session, id, name, &result)?;
    let id = id.to_string();
    let address = format!("{}{BACKGROUND_ROOT}{id}", session.shared.url);
    connection
        .prepare_cached("INSERT INTO \"*background\" (id, result) VALUES (?1, ?2)")?
        .execute([&id, &Json::Object(result.clone()).to_string()])?;
    connection.execute(
        "DELETE FROM \"*background\" WHERE number <= (SELECT max(number) FROM \"*background\") - ?1",
        [MAX_RESULTS],
    )?;
    // The receiver is called when nothing can fail any more but the end of the transaction.
    if let Some((receiver, url)) = background.callback.clone() {
        result.retain(|name, _| name.starts_with("backgroundOperation"));
        result.insert("backgroundOperationId".to_owned(), id.clone().into());
        result.insert("location".to_owned(), address.clone().into());
        std::thread::spawn(move || call_back(receiver, &url, &Json::Object(result).to_string()));
    }
    let mut accepted = HttpResponse { status: StatusCode::ACCEPTED, ..HttpResponse::odata_empty() };
    if let Ok(address) = HeaderValue::from_str(&address) {
        accepted.headers.insert(LOCATION, address);
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        accepted = accepted.with("x-ms-dyn-backgroundoperationid", id);
    }
    Ok(accepted.with("preference-applied", HeaderValue::from_static("respond-async")))
}

/// Adds the row of an operation to the table `backgroundoperation`.
fn add_row(
    session: &Session<'_>,
    id: Uuid,
    name: &str,
    result: &Map<String, Json>,
) -> Result<(), ServiceError> {
    let table = session.table("backgroundoperation")?;
    let layout = session.layout(&table.logical_name)?;
    let outputs: Vec<Json> = result
        .iter()
        .filter(|(name, _)| !name.starts_with("backgroundOperation") && !name.starts_with('@'))
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect();
    let number = |name: &str| result.get(name).and_then(Json::as_i64).map_or(Stored::Null, Stored::Integer);
    let message = result.get("backgroundOperationErrorMessage").and_then(Json::as_str);
    let mut values = BTreeMap::from([
        ("name".to_owned(), Stored::Text(name.to_owned())),
        ("displayname".to_owned(), Stored::Text(name.to_owned())),
        ("backgroundoperationstatecode".to_owned(), number("backgroundOperationStateCode")),
        ("backgroundoperationstatuscode".to_owned(), number("backgroundOperationStatusCode")),
        ("errorcode".to_owned(), number("backgroundOperationErrorCode")),
        ("errormessage".to_owned(), message.map_or(Stored::Null, |text| Stored::Text(text.to_owned()))),
        ("retrycount".to_owned(), Stored::Integer(0)),
        ("runas".to_owned(), Stored::Text(session.context.user.to_string())),
    ]);
    if message.is_none() {
        values.insert("outputparameters".to_owned(), Stored::Text(Json::Array(outputs).to_string()));
    }
    // A snapshot may have a shorter definition of the table.
    values.retain(|name, _| layout.kind(name).is_some());
    insert_values(session, table, id, values, &BTreeMap::new())
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
        // Every operation has completed.
        Method::DELETE => Err(ServiceError::new(
            StatusCode::BAD_REQUEST,
            INVALID_REQUEST,
            "Canceling background operation is not allowed after it is in terminal state.",
        )),
        _ => Err(ServiceError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            INVALID_REQUEST,
            format!("The requested resource does not support http method '{}'.", call.method),
        )),
    }
}
