//! Writes the body of a batch: each operation as an HTTP request, and the operations of a change set in a
//! nested multipart body.
use bytes::Bytes;

use super::{BatchPart, ContentId};
use crate::client::Place;
use crate::multipart::{
    close_parts, new_boundary, open_part, path_and_query, write_part_headers, write_request_head,
};
use crate::{Client, Request, Result};

/// Returns the body of a batch with these parts. `boundary` is the multipart boundary between them. Returns
/// an error if the URL of a request is invalid or too long, or if a preference cannot be sent in a header.
pub(super) fn write(client: &Client, parts: &[BatchPart], boundary: &str) -> Result<Bytes> {
    let mut text = Vec::new();
    for part in parts {
        open_part(&mut text, boundary);
        let changes = match part {
            BatchPart::Single(request) => {
                operation(client, &mut text, request, None)?;
                continue;
            }
            BatchPart::ChangeSet(changes) => changes,
        };
        let inner = new_boundary("changeset");
        text.extend_from_slice(format!("Content-Type: multipart/mixed; boundary={inner}\r\n\r\n").as_bytes());
        for change in changes {
            open_part(&mut text, &inner);
            operation(client, &mut text, &change.request, Some(change.id))?;
        }
        close_parts(&mut text, &inner);
    }
    close_parts(&mut text, boundary);
    Ok(text.into())
}

/// Writes one operation. `id` is the id of a change in a change set.
fn operation(client: &Client, text: &mut Vec<u8>, request: &Request, id: Option<ContentId>) -> Result<()> {
    write_part_headers(text, id.map(ContentId::number));
    let place = if id.is_some() { Place::InChangeSet } else { Place::InBatch };
    let headers = client.plain_headers(request, place)?;
    // `$1/…` refers to a row of the change set and is not a path of the service.
    let by_reference = id.is_some() && is_reference(&request.target);
    if by_reference {
        write_request_head(text, request.method.as_str(), &request.target, &headers);
    } else {
        let url = client.url_of(request)?;
        write_request_head(text, request.method.as_str(), path_and_query(&url)?, &headers);
    }
    if let Some(body) = &request.body {
        text.extend_from_slice(body);
    }
    text.extend_from_slice(b"\r\n");
    Ok(())
}

/// Returns whether a request's target begins with a reference to a row of the change set (`$1`) and contains
/// only characters that are allowed in a request line.
fn is_reference(target: &str) -> bool {
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).count();
    let plain = target.chars().all(|c| c.is_ascii_graphic());
    target.strip_prefix('$').is_some_and(|rest| {
        let digits = digits(rest);
        plain && digits > 0 && rest[digits..].chars().next().is_none_or(|c| matches!(c, '/' | '?'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_to_rows_are_recognised() {
        for yes in ["$1", "$12/primarycontactid/$ref", "$1?x=1"] {
            assert!(is_reference(yes), "{yes}");
        }
        for no in ["$batch", "$1a", "$", "accounts", "$1/x HTTP/1.1\r\nX: y", "$metadata"] {
            assert!(!is_reference(no), "{no}");
        }
    }
}
