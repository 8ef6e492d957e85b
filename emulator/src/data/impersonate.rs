//! Requests on behalf of another user: the headers `CallerObjectId` and `MSCRMCallerID` ("Impersonate another user
//! using the Web API").

use http::{HeaderMap, StatusCode};
use rusqlite::types::Value as Stored;
use uuid::Uuid;

use super::service_error::ServiceError;
use super::session::Session;
use super::store::Rows;
use crate::organisation::OrganisationState;
use crate::request::ApiRequest;
use crate::state::ServerState;

/// The table of users.
const USERS: &str = "systemuser";

/// Starts a session for the caller of a request, or for the user that its headers name.
///
/// # Errors
/// Returns an error if the headers name a user that does not exist, or if the rows of the caller cannot be created.
pub(crate) fn session<'a>(
    shared: &'a ServerState,
    state: &'a OrganisationState,
    rows: &'a Rows,
    call: &ApiRequest,
) -> Result<Session<'a>, ServiceError> {
    let mut session = Session::new(shared, state, rows, &call.caller.name)?;
    if let Some(user) = user(&session, &call.headers)? {
        session.act_for(user)?;
    }
    Ok(session)
}

/// Returns the user that the headers name; `None` without the headers.
fn user(session: &Session<'_>, headers: &HeaderMap) -> Result<Option<Uuid>, ServiceError> {
    let header = |name: &str| -> Result<Option<Uuid>, ServiceError> {
        let Some(value) = headers.get(name) else { return Ok(None) };
        let text = value.to_str().unwrap_or_default().trim();
        Uuid::parse_str(text).map(Some).map_err(|_| {
            ServiceError::bad(format!("The value '{text}' of the header {name} is not the id of a user."))
        })
    };
    let missing = |id: Uuid| {
        if let Err(strict) = session.choice("unknown impersonated user") {
            return strict;
        }
        let message = format!("{USERS} With Id = {id} Does Not Exist");
        ServiceError::new(StatusCode::FORBIDDEN, super::service_error::ROW_NOT_FOUND, message)
    };
    // `CallerObjectId` is the preferred header, and has the id of the user's account in Microsoft Entra.
    if let Some(id) = header("callerobjectid")? {
        let users = session.table(USERS)?;
        let column = "azureactivedirectoryobjectid";
        if users.column(column).is_none() {
            return Err(ServiceError::not_emulated(
                "CallerObjectId, because the snapshot's users have no azureactivedirectoryobjectid",
            ));
        }
        let found = session.find(users, &[(column, Stored::Text(id.to_string()))], 1)?;
        return found.first().copied().map(Some).ok_or_else(|| missing(id));
    }
    let Some(id) = header("mscrmcallerid")? else { return Ok(None) };
    match session.context.user == id || session.row_version(session.table(USERS)?, id)?.is_some() {
        true => Ok(Some(id)),
        false => Err(missing(id)),
    }
}
