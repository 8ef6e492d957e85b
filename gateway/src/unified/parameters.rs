//! The parameters that requests for records have in common, as they are read and as the API's description has them.
use serde::Deserialize;
use utoipa::IntoParams;

/// The path of a resource.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ResourcePath {
    /// The resource, such as `contacts`
    pub(super) resource: String,
}

/// The path of a record.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct RecordPath {
    /// The resource, such as `contacts`
    pub(super) resource: String,
    /// The id
    pub(super) id: String,
}

/// The account of a request, which `account_of` reads.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "only its description is used: the account may also be named in other ways")]
pub(crate) struct AccountQuery {
    /// The id or the name of the account, unless the header `X-Account-Id` has it
    account_id: Option<String>,
}
