//! The Web API: which resource a path names, and who answers for it.

mod functions;

use http::{Method, StatusCode};

use crate::answer::Answer;
use crate::metadata;
use crate::organisation::State;
use crate::server::Shared;
use crate::token::Caller;

/// What every path of the Web API begins with; the version follows.
pub(crate) const ROOT: &str = "/api/data/";

/// A request to the Web API, or a part of a batch.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Decoded, after `/api/data/v9.2/`.
    pub(crate) path: String,
    /// As sent.
    pub(crate) query: String,
    pub(crate) caller: Caller,
}

/// Answers a request.
pub(crate) fn answer(shared: &Shared, state: &State, call: &Call) -> Answer {
    if call.method != Method::GET {
        return Answer::error(
            StatusCode::METHOD_NOT_ALLOWED,
            crate::answer::BAD_REQUEST,
            format!("The emulator serves metadata, which is read: {} is not supported.", call.method),
        );
    }
    let resource = call.path.split(['(', '/']).next().unwrap_or_default();
    match resource {
        "WhoAmI" => functions::who_am_i(shared, call),
        "RetrieveVersion" => functions::version(shared, state),
        "$metadata" => Answer::new(StatusCode::OK, "application/xml", state.csdl()),
        "EntityDefinitions" => metadata::definitions(shared, state),
        "RetrieveMetadataChanges" => metadata::changes(shared, state),
        _ => Answer::error(
            StatusCode::NOT_FOUND,
            crate::answer::NOT_FOUND,
            format!("Resource not found for the segment '{resource}'."),
        ),
    }
}
