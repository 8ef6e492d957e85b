//! The headers that typed requests share.

use dvkit_client::{Prefer, Request};

/// Asks for all annotations: the formatted values and the tables of lookups, which generated rows keep.
pub(crate) fn annotated(request: Request) -> Request {
    request.prefer(Prefer::new().annotations("*"))
}
