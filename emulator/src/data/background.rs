//! Background operations: `Prefer: respond-async` on operations, and `/api/backgroundoperation/<id>` ("Background
//! operations").
//!
//! The emulator executes the operation at once, and keeps its result for the requests that ask for it.

use http::header::{HeaderValue, LOCATION};
use http::{HeaderMap, Method, StatusCode};
use rusqlite::OptionalExtension as _;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::preferences::Preferences;
use super::service_error::{INVALID_REQUEST, ServiceError};
use super::session::Session;
use crate::response::HttpResponse;
use crate::web_api::ApiRequest;

/// The beginning of the paths of background operations.
pub(crate) const BACKGROUND_ROOT: &str = "/api/backgroundoperation/";

/// The most results that are kept; the oldest are forgotten.
const MAX_RESULTS: i64 = 1_000;

/// The value of `statecode` of a completed operation.
const COMPLETED: i32 = 3;
/// The values of `statuscode` of operations that succeeded and that failed.
const SUCCEEDED: i32 = 30;
const FAILED: i32 = 31;

/// Reports whether a request prefers to be executed in the background.
///
/// # Errors
/// Returns an error if it asks for a callback, which the emulator does not send.
pub(super) fn is_preferred(headers: &HeaderMap) -> Result<bool, ServiceError> {
    let mut preferences = headers.get_all("prefer").iter().filter_map(|v| v.to_str().ok());
    if preferences.any(|text| text.to_ascii_lowercase().contains("callback")) {
        return Err(ServiceError::not_emulated("the preference odata.callback"));
    }
    Ok(Preferences::of(headers).respond_async)
}

/// Keeps the response to an operation. Returns the response that says where its result is.
///
/// # Errors
/// Returns an error if it cannot be stored.
pub(super) fn accepted(session: &Session<'_>, response: &HttpResponse) -> Result<HttpResponse, ServiceError> {
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
    let id = Uuid::new_v4().to_string();
    connection
        .prepare_cached("INSERT INTO \"*background\" (id, result) VALUES (?1, ?2)")?
        .execute([&id, &Json::Object(result).to_string()])?;
    connection.execute(
        "DELETE FROM \"*background\" WHERE number <= (SELECT max(number) FROM \"*background\") - ?1",
        [MAX_RESULTS],
    )?;
    let mut accepted = HttpResponse { status: StatusCode::ACCEPTED, ..HttpResponse::odata_empty() };
    if let Ok(address) = HeaderValue::from_str(&format!("{}{BACKGROUND_ROOT}{id}", session.shared.url)) {
        accepted.headers.insert(LOCATION, address);
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        accepted = accepted.with("x-ms-dyn-backgroundoperationid", id);
    }
    Ok(accepted.with("preference-applied", HeaderValue::from_static("respond-async")))
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
        // A completed operation cannot be cancelled any more; its state says so.
        Method::DELETE => {
            let result: Json = serde_json::from_str(&result).unwrap_or_default();
            let state = |name: &str| result.get(name).cloned().unwrap_or_default();
            let body = json!({
                "backgroundOperationStateCode": state("backgroundOperationStateCode"),
                "backgroundOperationStatusCode": state("backgroundOperationStatusCode"),
            });
            Ok(Some(HttpResponse::odata(body.to_string())))
        }
        _ => Err(ServiceError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            INVALID_REQUEST,
            format!("The requested resource does not support http method '{}'.", call.method),
        )),
    }
}
