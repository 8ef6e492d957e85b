//! Adds to requests what several kinds of typed requests need.

use dvkit_client::{Client, ContentId, Prefer, Request};

/// Returns `request` with the header that asks for all annotations. Generated rows keep two kinds of
/// annotations: formatted values, and the tables that lookups point to.
pub(crate) fn annotated(request: Request) -> Request {
    request.prefer(Prefer::new().annotations("*"))
}

/// Returns a clone of the client that asks for all annotations, such as formatted values.
pub(crate) fn annotating(client: &Client) -> Client {
    client.with(|options| options.prefer(Prefer::new().annotations("*")))
}

/// Returns `request`, which names the rows of `content_ids` in its URL or body, as a request that says so.
pub(crate) fn referring(request: Request, content_ids: &[ContentId]) -> Request {
    content_ids.iter().fold(request, |request, id| request.refer_to(*id))
}
