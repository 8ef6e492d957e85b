//! What an answer is before anybody reads it: a refusal, damaged, or whole.

use dvkit_client::{Client, ErrorKind, Request};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::journal::JournalEntry;
use crate::Error;

/// The greatest answer that is read.
const MAX_RESPONSE_BYTES: u64 = 200 << 20;

/// Asks, and reads the answer whole. What is read here goes into files: an answer that repeats the token is refused.
pub(super) async fn bytes(client: &Client, request: Request) -> Result<Vec<u8>, Error> {
    let what = request.target().split(['?', '(']).next().unwrap_or_default().to_owned();
    let bytes = client.send(request.max_bytes(MAX_RESPONSE_BYTES)).await?.into_bytes();
    if client.echoes_token(&bytes) {
        return Err(Error::Answer {
            what: client.redact(&what).into_owned(),
            message: "it repeats the access token that it was asked with, and nothing of it is kept"
                .to_owned(),
        });
    }
    Ok(bytes.into())
}

/// The error without the tokens that were sent: messages of parsers quote what they read.
pub(super) fn redacted(error: Error, client: &Client) -> Error {
    match error {
        Error::Answer { what, message } => Error::Answer {
            what: client.redact(&what).into_owned(),
            message: client.redact(&message).into_owned(),
        },
        other => other,
    }
}

/// The service understood, and will not: another way of asking may do.
pub(super) fn is_refusal(error: &dvkit_client::Error) -> bool {
    let by_status = error.status().is_some_and(|s| matches!(s.as_u16(), 400 | 403 | 404 | 405 | 501));
    by_status && !error.is_transient() && matches!(error.kind(), ErrorKind::Service | ErrorKind::Refused)
}

/// Why an answer that came whole is none.
pub(super) fn damage(piece: JournalEntry, bytes: &[u8]) -> Option<String> {
    if piece == JournalEntry::Csdl {
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

/// How many choices an answer of `GlobalOptionSetDefinitions` has.
pub(super) fn count_choices(bytes: &[u8]) -> usize {
    #[derive(Deserialize)]
    struct Choices {
        value: Vec<IgnoredAny>,
    }
    let documents = serde_json::Deserializer::from_slice(bytes).into_iter::<Choices>();
    documents.flatten().map(|c| c.value.len()).sum()
}
