//! Sets the request header that all typed requests have: it asks for annotations.

use dvkit_client::{Prefer, Request};

/// Returns `request` with the header that asks for all annotations. Generated rows keep two kinds of
/// annotations: formatted values, and the tables that lookups point to.
pub(crate) fn annotated(request: Request) -> Request {
    request.prefer(Prefer::new().annotations("*"))
}
