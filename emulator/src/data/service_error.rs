//! The errors that the service answers for requests on rows: status, code and message.

use std::fmt;

use dvkit_diagnostic::Diagnostic;
use dvkit_schema::StoreError;
use http::StatusCode;
use serde_json::json;

use crate::response::HttpResponse;

/// A request on rows that is refused.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ServiceError {
    /// The status of the response.
    pub(crate) status: StatusCode,
    /// The service's code, such as `0x80040217`.
    pub(crate) code: &'static str,
    /// The service's message.
    pub(crate) message: String,
    /// The finding of the check that refused the request; `None` if another rule refused it.
    pub(crate) finding: Option<Box<Diagnostic>>,
}

/// The service's code of an invalid request.
pub(crate) const INVALID_REQUEST: &str = "0x80060888";
/// The service's code of a path that names nothing.
/// <https://learn.microsoft.com/troubleshoot/power-platform/dataverse/dataverse-web-api-and-sdk/web-api-client-errors>
pub(crate) const NO_RESOURCE: &str = "0x8006088a";
/// The service's code of an argument that is not valid.
pub(crate) const INVALID_ARGUMENT: &str = "0x80040203";
/// The service's code of a row that does not exist.
pub(crate) const ROW_NOT_FOUND: &str = "0x80040217";
/// The code of a request that the emulator does not support. It is not a code of the service.
pub(crate) const NOT_EMULATED: &str = "DVKIT_NOT_EMULATED";

impl ServiceError {
    /// Creates an error with this status, code and message.
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), finding: None }
    }

    /// Creates the error of an invalid request, with the status 400.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, INVALID_REQUEST, message)
    }

    /// Creates the error of a row that does not exist, with the status 404. `table` is the logical name.
    pub(crate) fn no_row(table: &str, id: &str) -> Self {
        let message = format!("Entity '{table}' With Id = {id} Does Not Exist");
        Self::new(StatusCode::NOT_FOUND, ROW_NOT_FOUND, message)
    }

    /// Creates the error of a path that names nothing, with the status 404.
    pub(crate) fn no_segment(segment: &str) -> Self {
        let message = format!("Resource not found for the segment '{segment}'.");
        Self::new(StatusCode::NOT_FOUND, NO_RESOURCE, message)
    }

    /// Creates the error of a request that the emulator does not support, with the status 501. `what` names
    /// the operation or option.
    pub(crate) fn not_emulated(what: impl fmt::Display) -> Self {
        let message = format!("The emulator does not support this: {what}.");
        Self::new(StatusCode::NOT_IMPLEMENTED, NOT_EMULATED, message)
    }

    /// Creates the error of a request whose check has the finding `finding`.
    pub(crate) fn of_finding(finding: Diagnostic) -> Self {
        Self { finding: Some(Box::new(finding.clone())), ..Self::bad(finding.message) }
    }

    /// Returns the response of the Web API.
    pub(crate) fn response(&self) -> HttpResponse {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let (Some(finding), Some(members)) = (&self.finding, error.as_object_mut()) {
            let fix = finding.fix().map(|fix| fix.message.clone());
            members.insert(
                "innererror".into(),
                json!({
                    "message": finding.message,
                    "type": "dvkit",
                    "stacktrace": "",
                    "dvkit": {
                        "code": finding.code.to_string(),
                        "start": finding.span.start,
                        "end": finding.span.end,
                        "help": finding.help.clone().or(fix),
                    },
                }),
            );
        }
        HttpResponse::odata_with_status(self.status, json!({ "error": error }).to_string())
    }
}

impl From<rusqlite::Error> for ServiceError {
    fn from(error: rusqlite::Error) -> Self {
        if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) {
            // "Web service error codes": SqlErrorSqlTimeout.
            return Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "0x80044151",
                "SQL timeout expired: the query needs more work than the emulator allows.",
            );
        }
        let message = format!("Sql error: {error}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "0x80044150", message)
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "0x80040216", error.to_string())
    }
}
