//! Creates, changes and deletes rows.
//!
//! `target` finds the row that a path names; `body` parses the members of a row in JSON; `create`, `update` and
//! `delete` apply them. The caller runs a request within a transaction.

mod body;
mod create;
mod delete;
mod target;
mod update;

pub(super) use body::reference;

use http::header::{ETAG, HeaderValue, LOCATION};
use http::{Method, StatusCode};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use dvkit_schema::Table;

use super::preferences::{Conditions, Preferences, etag};
use super::read::{self, address};
use super::service_error::ServiceError;
use super::session::Session;
use super::url::RowUrl;
use crate::response::HttpResponse;
use crate::web_api::ApiRequest;
use target::Target;

/// Responds to a request that writes rows. The request has to be within a transaction.
///
/// # Errors
/// Returns an error if the request is refused. Nothing must be kept then.
pub(super) fn respond(session: &Session<'_>, call: &ApiRequest) -> Result<HttpResponse, ServiceError> {
    let url = RowUrl::parse(&call.url);
    let preferences = Preferences::of(&call.headers);
    let conditions = Conditions::of(&call.headers);
    match (&call.method, target::find(session, &url)?) {
        (&Method::POST, Target::Set(table)) => {
            let id = create::create(session, table, None, &object(&call.body)?)?;
            written(session, call, &url, &preferences, table, id, StatusCode::CREATED)
        }
        (&Method::PATCH, Target::Row(table, key)) => {
            let (id, created) = update::upsert(session, table, &key, &conditions, &object(&call.body)?)?;
            let status = if created { StatusCode::CREATED } else { StatusCode::OK };
            written(session, call, &url, &preferences, table, id, status)
        }
        (&Method::DELETE, Target::Row(table, key)) => {
            delete::delete(session, table, &key, &conditions)?;
            Ok(HttpResponse::odata_empty())
        }
        (method, _) => Err(ServiceError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            super::service_error::INVALID_REQUEST,
            format!("The requested resource does not support http method '{method}'."),
        )),
    }
}

/// Parses the body of a request as a JSON object.
fn object(body: &[u8]) -> Result<Map<String, Json>, ServiceError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).map_err(|error| {
        ServiceError::new(
            StatusCode::BAD_REQUEST,
            "0x80060888",
            format!(
                "An error occurred while validating input parameters: the body is not a JSON object: {error}"
            ),
        )
    })
}

/// Returns the response to a successful write: with the row, if the client prefers it, otherwise the status
/// 204. `status` is the status of a response with the row.
fn written(
    session: &Session<'_>,
    call: &ApiRequest,
    url: &RowUrl,
    preferences: &Preferences,
    table: &Table,
    id: Uuid,
    status: StatusCode,
) -> Result<HttpResponse, ServiceError> {
    let address = address(session, table, &id.to_string());
    let mut response = HttpResponse::odata_empty();
    if preferences.representation {
        response = read::row(session, call, url, table, id)?;
        response.status = status;
        response = response.with("preference-applied", HeaderValue::from_static("return=representation"));
    } else if let Some(version) = session.row_version(table, id)?
        && let Ok(tag) = HeaderValue::from_str(&etag(version))
    {
        response.headers.insert(ETAG, tag);
    }
    if let Ok(value) = HeaderValue::from_str(&address) {
        response.headers.insert(LOCATION, value.clone());
        response = response.with("odata-entityid", value);
    }
    Ok(response)
}
