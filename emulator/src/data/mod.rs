//! The rows of the organisation, and the requests on them.
//!
//! `store` keeps the rows in SQLite; `session` is one request's access to them. `read` answers `GET` requests:
//! it checks them with `dvkit-query`, runs them with `dvkit-execute`, and renders the rows as JSON. `write`
//! creates, changes and deletes rows. The choices that the documentation leaves open are listed in
//! `BEHAVIOUR.md`.

mod cells;
mod connection;
mod direct;
pub(crate) mod preferences;
mod read;
pub(crate) mod relate;
mod service_error;
mod session;
mod store;

pub(crate) mod system_tables;

pub(crate) mod system;

mod url;
pub(crate) mod write;

use http::Method;

pub(crate) use read::QueryCache;
pub(crate) use service_error::ServiceError;
pub(crate) use session::Session;
pub(crate) use direct::{clear_rows, insert_rows};
pub(crate) use store::RowStore;
pub use store::RowStoreError;

use crate::organisation::OrganisationState;
use crate::response::HttpResponse;
use crate::state::ServerState;
use crate::web_api::ApiRequest;

/// Responds to a request on rows. A request that writes is one transaction.
pub(crate) fn respond(shared: &ServerState, state: &OrganisationState, call: &ApiRequest) -> HttpResponse {
    let rows = shared.rows.lock();
    let session = Session::new(shared, state, &rows, &call.caller.name);
    let result = match call.method {
        Method::GET => run(&session, call),
        _ => rows.transaction(|| run(&session, call)),
    };
    result.unwrap_or_else(|error| error.response())
}

/// Executes a request within a session. A request that writes has to be within a transaction.
///
/// # Errors
/// Returns an error if the request is refused.
pub(crate) fn run(session: &Session<'_>, call: &ApiRequest) -> Result<HttpResponse, ServiceError> {
    match call.method {
        Method::GET => read::respond(session, call),
        _ => write::respond(session, call),
    }
}
