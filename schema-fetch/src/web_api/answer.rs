//! What an answer is before anybody reads it: a refusal, damaged, or whole.

use dvkit_client::ErrorKind;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::journal::Piece;

/// The service understood, and will not: another way of asking may do.
pub(super) fn is_refusal(error: &dvkit_client::Error) -> bool {
    let by_status = error.status().is_some_and(|s| matches!(s.as_u16(), 400 | 403 | 404 | 405 | 501));
    by_status && !error.is_transient() && matches!(error.kind(), ErrorKind::Service | ErrorKind::Refused)
}

/// Why an answer that came whole is none.
pub(super) fn damage(piece: Piece, bytes: &[u8]) -> Option<String> {
    if piece == Piece::Csdl {
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
