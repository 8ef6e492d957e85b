//! Sends requests and checks the responses before they are parsed: whether the service refused the request,
//! whether the response is damaged, and whether it contains the access token.

use dvkit_client::{Client, ErrorKind, Request};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::journal::JournalEntry;
use crate::Error;

/// The maximum size of a response in bytes: 200 MiB.
const MAX_RESPONSE_BYTES: u64 = 200 << 20;

/// Sends a request and returns the body of the response. A response that contains the access token is
/// refused, because bodies are stored in files. Returns an error in this case, and if the request fails.
pub(super) async fn bytes(client: &Client, request: Request) -> Result<Vec<u8>, Error> {
    let what = request.target().split(['?', '(']).next().unwrap_or_default().to_owned();
    let bytes = client.send(request.max_bytes(MAX_RESPONSE_BYTES)).await?.into_bytes();
    if client.echoes_token(&bytes) {
        return Err(Error::Response {
            what: client.redact(&what).into_owned(),
            message: "it repeats the access token of the request, so nothing of it is stored".to_owned(),
        });
    }
    Ok(bytes.into())
}

/// Masks the tokens that `client` has sent in the message of `error`, because parsers quote the response in
/// their messages.
pub(super) fn redacted(error: Error, client: &Client) -> Error {
    match error {
        Error::Response { what, message } => Error::Response {
            what: client.redact(&what).into_owned(),
            message: client.redact(&message).into_owned(),
        },
        other => other,
    }
}

/// Returns whether the service understood the request and refused it. A request of another kind may then
/// succeed.
pub(super) fn is_refusal(error: &dvkit_client::Error) -> bool {
    let by_status = error.status().is_some_and(|s| matches!(s.as_u16(), 400 | 403 | 404 | 405 | 501));
    // A page of HTML is no answer of the service, whatever its status is.
    let by_service = matches!(
        error.kind(),
        ErrorKind::Service | ErrorKind::BadRequest | ErrorKind::NotFound | ErrorKind::Forbidden
    );
    by_status && !error.is_transient() && by_service
}

/// Returns a description of the damage of a complete response; `None` if the response is usable. `entry` says
/// which response is expected.
pub(super) fn damage(entry: JournalEntry, bytes: &[u8]) -> Option<String> {
    if entry == JournalEntry::Csdl {
        let end = bytes.trim_ascii_end();
        let whole = end.ends_with(b":Edmx>") || end.ends_with(b"/Edmx>");
        return (!whole).then(|| "it ends too early".to_owned());
    }
    let mut documents = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    match documents.find_map(Result::err) {
        Some(e) => Some(e.to_string()),
        None => bytes.trim_ascii().is_empty().then(|| "it is empty".to_owned()),
    }
}

/// Returns the number of choices in a response of `GlobalOptionSetDefinitions`.
pub(super) fn count_choices(bytes: &[u8]) -> usize {
    #[derive(Deserialize)]
    struct Choices {
        value: Vec<IgnoredAny>,
    }
    let documents = serde_json::Deserializer::from_slice(bytes).into_iter::<Choices>();
    documents.flatten().map(|c| c.value.len()).sum()
}
