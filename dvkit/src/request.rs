//! Adds to requests what several kinds of typed requests need.

use dvkit_client::{Client, ContentId, Prefer, Request};
use serde::ser::{Error as _, Serialize, Serializer};

/// Returns `request` with the header that asks for all annotations. Generated rows keep two kinds of
/// annotations: formatted values, and the tables that lookups point to.
pub(crate) fn annotated(request: Request) -> Request {
    request.prefer(Prefer::new().annotations("*"))
}

/// Returns `request`, which names the rows of `content_ids` in its URL or body, as a request that says so.
pub(crate) fn referring(request: Request, content_ids: &[ContentId]) -> Request {
    content_ids.iter().fold(request, |request, id| request.refer_to(*id))
}

/// Returns `request` as one that is not sent, because it is wrong; sending it gives an error with the text `message`.
pub(crate) fn refused(request: Request, message: &str) -> Request {
    struct Refusal<'m>(&'m str);
    impl Serialize for Refusal<'_> {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom(self.0))
        }
    }
    request.json(&Refusal(message))
}

/// Returns the address of the Web API of the client's organisation, with a slash at the end.
pub(crate) fn service_root(client: &Client) -> String {
    format!("{}api/data/v9.2/", client.org_url())
}
