//! Builds the requests that change references between rows (`$ref`).
//!
//! <https://learn.microsoft.com/power-apps/developer/data-platform/webapi/associate-disassociate-entities-using-web-api>

use dvkit_client::{Client, ContentId, Request};
use serde_json::json;

use crate::request::referring;
use crate::row_ref::RowAddress;
use crate::row_write::BindTarget;

/// The row at the other end of a reference, as a request names it.
struct Other {
    /// The URL of the row relative to the service's root, or a content id (`$1`).
    path: String,
    content_id: Option<ContentId>,
}

impl Other {
    fn of<B>(row: impl BindTarget<B>) -> Self {
        let content_id = row.content_id();
        Self { path: row.address().trim_start_matches('/').to_owned(), content_id }
    }

    /// Returns the absolute URL of the row, or its content id. OData reads a relative URL only beside a context URL,
    /// and the documentation's requests to collections have absolute URLs.
    fn url(&self, client: &Client) -> String {
        match self.content_id {
            Some(_) => self.path.clone(),
            None => format!("{}{}", client.web_api_url(), self.path),
        }
    }

    /// Returns the id of the row, if the path has one and not an alternate key.
    fn id(&self) -> Option<&str> {
        let (_, key) = self.path.strip_suffix(')')?.split_once('(')?;
        (!key.contains('=')).then_some(key)
    }
}

fn with_reference<T>(client: &Client, row: &impl RowAddress<T>, other: &Other, request: Request) -> Request {
    let ids: Vec<_> = row.content_id().into_iter().chain(other.content_id).collect();
    referring(request.json(&json!({ "@odata.id": other.url(client) })), &ids)
}

/// Returns the request that adds `other` to a collection of `row`.
pub(super) fn add<T, B>(
    client: &Client,
    row: &impl RowAddress<T>,
    navigation: &str,
    other: impl BindTarget<B>,
) -> Request {
    let request = Request::post(format!("{}/{navigation}/$ref", row.address()));
    with_reference(client, row, &Other::of(other), request)
}

/// Returns the request that sets a lookup of `row` to `other`.
pub(super) fn set<T, B>(
    client: &Client,
    row: &impl RowAddress<T>,
    navigation: &str,
    other: impl BindTarget<B>,
) -> Request {
    let request = Request::put(format!("{}/{navigation}/$ref", row.address()));
    with_reference(client, row, &Other::of(other), request)
}

/// Returns the request that removes `other` from a collection of `row`.
pub(super) fn remove<T, B>(
    client: &Client,
    row: &impl RowAddress<T>,
    navigation: &str,
    other: impl BindTarget<B>,
) -> Request {
    let (other, address) = (Other::of(other), row.address());
    let request = match other.id() {
        Some(id) => Request::delete(format!("{address}/{navigation}({id})/$ref")),
        // An alternate key has a place only in the option.
        None => Request::delete(format!("{address}/{navigation}/$ref")).query("$id", other.url(client)),
    };
    let request = match other.content_id {
        Some(_) => {
            request.refuse("a row that the same change set creates cannot be removed from a collection")
        }
        None => request,
    };
    referring(request, row.content_id().as_slice())
}

/// Returns the request that empties a lookup of `row`.
pub(super) fn clear<T>(row: &impl RowAddress<T>, navigation: &str) -> Request {
    let request = Request::delete(format!("{}/{navigation}/$ref", row.address()));
    referring(request, row.content_id().as_slice())
}
