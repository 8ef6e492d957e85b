//! Reads and writes the bodies of `$batch` requests, in MIME `multipart/mixed`. They are used for batches,
//! and for a single read whose URL is too long.
use http::HeaderMap;
use http::header::CONTENT_TYPE;

mod read;
mod write;

pub(crate) use read::{PartResponse, parse_responses};
pub(crate) use write::{
    close_parts, new_boundary, open_part, path_and_query, write_part_headers, write_request_head,
    write_single_read,
};

/// Returns whether the header `Content-Type` names a multipart body.
pub(crate) fn is_multipart(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with("multipart/mixed"))
}
