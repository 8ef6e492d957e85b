//! Creates, changes and deletes rows.
//!
//! `target` finds the row that a path names; `body` parses the members of a row in JSON, and `rules` checks
//! their values; `create`, `update` and `delete` apply them. `state`, `owner`, `money` and `names` set the values
//! that the service sets, and `base_rows` keeps the rows of base tables. The caller runs a request within a
//! transaction.

pub(crate) mod base_rows;
pub(crate) mod body;
pub(crate) mod create;
pub(crate) mod delete;
mod money;
mod names;
pub(crate) mod owner;
pub(crate) mod rules;
pub(super) mod state;
pub(crate) mod target;
pub(crate) mod update;

use http::header::{ETAG, HeaderValue, LOCATION};
use http::{Method, StatusCode};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use dvkit_schema::{Column, Relationship, Table};

use super::preferences::{Conditions, Preferences, etag};
use super::read::{self, address};
use super::relate;
use super::service_error::{INVALID_REQUEST, ServiceError};
use super::session::Session;
use super::url::RowUrl;
use crate::request::ApiRequest;
use crate::response::HttpResponse;
use target::{RowKey, Target};

/// Responds to a request that writes rows. The request has to be within a transaction.
///
/// # Errors
/// Returns an error if the request is refused. Nothing must be kept then.
pub(super) fn respond(session: &Session<'_>, call: &ApiRequest) -> Result<HttpResponse, ServiceError> {
    let url = RowUrl::parse(&call.url);
    let preferences = Preferences::of(&call.headers);
    let conditions = Conditions::of(&call.headers);
    let written = |table, id, status| written(session, call, &url, &preferences, table, id, status);
    match (&call.method, target::find(session, &url)?) {
        (&Method::POST, Target::Set(table)) => {
            let id = create::create(session, table, None, &object(&call.body)?)?;
            written(table, id, StatusCode::CREATED)
        }
        (&Method::POST, Target::Navigation(table, key, relationship)) if !relationship.is_single() => {
            let (id, _) = key.existing(session, table)?;
            let members = object(&call.body)?;
            let (table, id) = relate::create_related(session, table, id, relationship, &members, 0)?;
            written(table, id, StatusCode::CREATED)
        }
        (&Method::PATCH, Target::Row(table, key)) => {
            let (id, created) = update::upsert(session, table, &key, &conditions, &object(&call.body)?)?;
            written(table, id, if created { StatusCode::CREATED } else { StatusCode::OK })
        }
        (&Method::DELETE, Target::Row(table, key)) => {
            delete::delete(session, table, &key, &conditions)?;
            Ok(HttpResponse::odata_empty())
        }
        (&Method::PUT, Target::Property(table, key, column)) => {
            let body = object(&call.body)?;
            let value = body.get("value").cloned().ok_or_else(|| {
                ServiceError::bad("The body of a property's new value is an object with the member 'value'.")
            })?;
            set_property(session, table, &key, &conditions, column, value)
        }
        (&Method::DELETE, Target::Property(table, key, column)) => {
            set_property(session, table, &key, &conditions, column, Json::Null)
        }
        (method @ (&Method::POST | &Method::PUT), Target::References(table, key, relationship, None)) => {
            // A lookup is replaced by `PUT`, a row is added to a collection by `POST`.
            // https://learn.microsoft.com/power-apps/developer/data-platform/webapi/associate-disassociate-entities-using-web-api
            if relationship.is_single() != (method == Method::PUT) {
                return Err(not_allowed(method));
            }
            let body = object(&call.body)?;
            let Some(reference) = body.get("@odata.id").and_then(Json::as_str) else {
                return Err(ServiceError::bad(
                    "The body of a reference is an object with the member '@odata.id'.",
                ));
            };
            let (id, version) = key.existing(session, table)?;
            update::check_version(&conditions, version)?;
            let (target, target_id) = target::reference(session, reference)?;
            body::check_target(table, relationship, target)?;
            relate::associate(session, table, id, relationship, target, target_id)?;
            Ok(HttpResponse::odata_empty())
        }
        (&Method::DELETE, Target::References(table, key, relationship, inner)) => {
            let (id, version) = key.existing(session, table)?;
            update::check_version(&conditions, version)?;
            let target_id = related_id(session, &url, relationship, inner.as_ref())?;
            relate::disassociate(session, table, id, relationship, target_id)?;
            Ok(HttpResponse::odata_empty())
        }
        (method, _) => Err(not_allowed(method)),
    }
}

/// Returns the id of the row that a request takes out of a collection: that in the path, or that in `$id`.
fn related_id(
    session: &Session<'_>,
    url: &RowUrl,
    relationship: &Relationship,
    inner: Option<&RowKey<'_>>,
) -> Result<Option<Uuid>, ServiceError> {
    if let Some(inner) = inner {
        let table = session.table(&relationship.table)?;
        return Ok(Some(inner.existing(session, table)?.0));
    }
    match url.option("$id") {
        Some(reference) => Ok(Some(target::reference(session, reference)?.1)),
        None => Ok(None),
    }
}

/// Returns the error of a method that the resource does not support.
fn not_allowed(method: &Method) -> ServiceError {
    ServiceError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        INVALID_REQUEST,
        format!("The requested resource does not support http method '{method}'."),
    )
}

/// Sets the value of one property of a row.
fn set_property(
    session: &Session<'_>,
    table: &Table,
    key: &RowKey<'_>,
    conditions: &Conditions,
    column: &Column,
    value: Json,
) -> Result<HttpResponse, ServiceError> {
    let (id, version) = key.existing(session, table)?;
    update::check_version(conditions, version)?;
    let members = Map::from_iter([(column.property_name().into_owned(), value)]);
    update::update(session, table, id, &members)?;
    Ok(HttpResponse::odata_empty())
}

/// Parses the body of a request as a JSON object.
///
/// # Errors
/// Returns an error with the status 400 if the body is not a JSON object.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Json>, ServiceError> {
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
