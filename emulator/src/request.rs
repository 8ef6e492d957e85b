//! A request to the Web API, as the code for each of its resources gets it.

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::token::Caller;

/// A request to the Web API: sent alone, or as a part of a batch.
#[derive(Debug)]
pub(crate) struct ApiRequest {
    pub(crate) method: Method,
    /// The path and query after `/api/data/v9.2/`, as sent.
    pub(crate) url: String,
    pub(crate) caller: Caller,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl ApiRequest {
    /// Returns the first name in the path, percent-decoded.
    pub(crate) fn resource(&self) -> String {
        let path = self.url.split('?').next().unwrap_or_default();
        let decoded = odata_parser::url::decode_keeping_plus(path).text;
        decoded.split(['(', '/']).next().unwrap_or_default().to_owned()
    }

    /// Returns whether this request is a batch.
    pub(crate) fn is_batch(&self) -> bool {
        self.method == Method::POST && self.resource() == "$batch"
    }

    /// Returns whether the response to this request may be large.
    pub(crate) fn may_be_large(&self) -> bool {
        matches!(
            self.resource().as_str(),
            "$batch"
                | "$metadata"
                | "RetrieveMetadataChanges"
                | "EntityDefinitions"
                | "RelationshipDefinitions"
        )
    }
}
