//! The rows of the organisation, and the requests on them.
//!
//! `store` keeps the rows in SQLite; `session` is one request's access to them. `read` answers `GET` requests:
//! it checks them with `dvkit-query`, runs them with `dvkit-execute`, and renders the rows as JSON. `write`
//! creates, changes and deletes rows. The choices that the documentation leaves open are listed in
//! `BEHAVIOUR.md`.

pub(crate) mod background;
pub(crate) mod baselines;
mod bulk;
mod cells;
mod changes;
mod connection;
pub(crate) mod control;
mod direct;
pub(crate) mod export;
mod files;
mod impersonate;
pub(crate) mod operations;
pub(crate) mod preferences;
mod read;
pub(crate) mod relate;
pub(crate) mod schema_change;
pub(crate) mod search;
pub(crate) mod seed;
mod service_error;
mod session;
mod store;
pub(crate) mod system;
pub(crate) mod system_tables;
mod time_zones;
mod url;
pub(crate) mod write;

use http::Method;

pub(crate) use connection::WorkBudget;
pub use control::ControlError;
pub(crate) use direct::{clear_rows, insert_rows};
pub(crate) use impersonate::session as session_of;
pub(crate) use read::QueryCache;
pub use seed::SeedError;
pub(crate) use service_error::{NO_RESOURCE, ServiceError};
pub(crate) use session::Session;
pub(crate) use store::RowStore;
pub use store::RowStoreError;

use crate::organisation::OrganisationState;
use crate::request::ApiRequest;
use crate::response::HttpResponse;
use crate::state::ServerState;

/// Responds to a request on rows. A request that writes is one transaction. The work of the database is taken from
/// `work`; when nothing is left, the request is refused. `definitions` responds to requests that change definitions.
pub(crate) fn respond(
    shared: &ServerState,
    state: &OrganisationState,
    call: &ApiRequest,
    work: &WorkBudget,
    definitions: Area,
) -> HttpResponse {
    let rows = shared.rows.lock_within(work);
    let session = match impersonate::session(shared, state, &rows, call) {
        Ok(session) => session,
        Err(error) => return error.response(),
    };
    let result = match call.method {
        Method::GET => run(&session, call, definitions),
        _ => rows.transaction(|| run(&session, call, definitions)),
    };
    result.unwrap_or_else(|error| error.response())
}

/// Responds to the requests of one area; `None` for other requests.
pub(crate) type Area = fn(&Session<'_>, &ApiRequest) -> Result<Option<HttpResponse>, ServiceError>;

/// The areas of requests that are neither plain reads nor plain writes of rows, in the order in which they are
/// tried. Whether a `GET` request belongs to one of them depends on its URL and the schema alone, but for the
/// preference to track changes; and not on the id, if its path is an entity set with the id of a row.
const AREAS: [Area; 6] = [
    search::respond,
    background::respond,
    files::respond,
    changes::respond,
    bulk::respond,
    operations::respond,
];

/// Executes a request within a session. A request that writes has to be within a transaction. `definitions`
/// responds to requests that change definitions.
///
/// # Errors
/// Returns an error if the request is refused.
pub(crate) fn run(
    session: &Session<'_>,
    call: &ApiRequest,
    definitions: Area,
) -> Result<HttpResponse, ServiceError> {
    if call.method == Method::GET
        && let Some(response) = read::respond_to_kept(session, call)?
    {
        return Ok(response);
    }
    match definitions(session, call)? {
        Some(response) => Ok(response),
        None => run_on_rows(session, call),
    }
}

/// Executes a request on rows within a session. A request that writes has to be within a transaction.
///
/// # Errors
/// Returns an error if the request is refused.
fn run_on_rows(session: &Session<'_>, call: &ApiRequest) -> Result<HttpResponse, ServiceError> {
    for respond in AREAS {
        if let Some(response) = respond(session, call)? {
            return Ok(response);
        }
    }
    match call.method {
        Method::GET => read::respond_and_keep(session, call),
        _ => write::respond(session, call),
    }
}
