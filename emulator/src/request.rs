//! A request to the Web API, as the code for each of its resources gets it.

use std::borrow::Cow;

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
    pub(crate) fn resource(&self) -> Cow<'_, str> {
        let path = self.url.split('?').next().unwrap_or_default();
        let first = |path: &str| path.find(['(', '/']).unwrap_or(path.len());
        if !path.contains('%') {
            return Cow::Borrowed(path.get(..first(path)).unwrap_or_default());
        }
        let mut decoded = odata_parser::url::decode_keeping_plus(path).text;
        decoded.truncate(first(&decoded));
        Cow::Owned(decoded)
    }

    /// Returns whether this request is a batch.
    pub(crate) fn is_batch(&self) -> bool {
        self.method == Method::POST && self.resource() == "$batch"
    }

    /// Returns whether the response to this request may be large.
    pub(crate) fn may_be_large(&self) -> bool {
        matches!(
            &*self.resource(),
            "$batch"
                | "$metadata"
                | "RetrieveMetadataChanges"
                | "EntityDefinitions"
                | "RelationshipDefinitions"
        )
    }
}
