//! Reads the response to a batch: a MIME multipart body with one part per operation. The responses of a
//! change set are in a nested multipart body.
use bytes::Bytes;
use dvkit_diagnostic::limits::MAX_BATCH_REQUESTS;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::{Error, ErrorKind, Result};

/// The response to one operation of a batch.
#[derive(Debug, Clone)]
pub(crate) struct PartResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The content id: the number of the change within its change set. `None` if the response has no content
    /// id.
    pub(crate) content_id: Option<u64>,
}

/// Parses the response to a batch. Returns, in the order of the body, one list per operation or change set:
/// one response for an operation, and one per change for a change set.
///
/// # Errors
/// Returns an error if the body is not valid multipart with HTTP responses.
pub(crate) fn parse_responses(headers: &HeaderMap, body: &Bytes) -> Result<Vec<Vec<PartResponse>>> {
    let mut all = Vec::new();
    for part in parts(headers, body)? {
        let (headers, content) = head(&part)?;
        if super::is_multipart(&headers) {
            all.push(parts(&headers, &content)?.iter().map(reply).collect::<Result<_>>()?);
        } else {
            all.push(vec![reply(&part)?]);
        }
    }
    Ok(all)
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::Unexpected, format!("the response to the batch cannot be read: {what}"))
}

/// Splits a multipart body into its parts, in order. The line ends before and after a boundary belong to no
/// part. Returns an error if the header `Content-Type` names no boundary, if the last boundary is missing, or
/// if there are more parts than a batch can have.
fn parts(headers: &HeaderMap, body: &Bytes) -> Result<Vec<Bytes>> {
    let boundary = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(boundary)
        .ok_or_else(|| wrong("its type names no boundary"))?;
    let delimiter = format!("--{boundary}");
    let (mut parts, mut start, mut closed) = (Vec::new(), None, false);
    for (at, line) in lines(body) {
        let text = line.trim_ascii_end();
        let Some(rest) = text.strip_prefix(delimiter.as_bytes()) else { continue };
        if !(rest.is_empty() || rest == b"--") {
            continue;
        }
        if let Some(start) = start {
            let end = before_line_end(body, start, at);
            parts.push(body.slice(start..end));
            if parts.len() > MAX_BATCH_REQUESTS as usize {
                return Err(wrong("it has more parts than a batch can have"));
            }
        }
        closed = rest == b"--";
        start = Some(at + line.len());
        if closed {
            break;
        }
    }
    if closed { Ok(parts) } else { Err(wrong("it ends before its last boundary")) }
}

fn boundary(kind: &str) -> Option<&str> {
    let at = kind.to_ascii_lowercase().find("boundary=")? + "boundary=".len();
    let rest = &kind[at..];
    let boundary = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split([';', ' ']).next()?,
    };
    (!boundary.is_empty()).then_some(boundary)
}

/// Returns each line of `text`, with the byte offset at which it begins. Lines include their line ends.
fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    text.split_inclusive(|byte| *byte == b'\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    })
}

fn before_line_end(text: &[u8], start: usize, mut end: usize) -> usize {
    if end > start && text[end - 1] == b'\n' {
        end -= 1;
        if end > start && text[end - 1] == b'\r' {
            end -= 1;
        }
    }
    end
}

/// Parses header lines up to the empty line. Returns the headers, and the bytes after the empty line. Returns
/// an error if a line is not a header.
fn head(part: &Bytes) -> Result<(HeaderMap, Bytes)> {
    let mut headers = HeaderMap::new();
    for (at, line) in lines(part) {
        let text = line.trim_ascii();
        if text.is_empty() {
            return Ok((headers, part.slice(at + line.len()..)));
        }
        let colon =
            text.iter().position(|byte| *byte == b':').ok_or_else(|| wrong("a header has no colon"))?;
        let name =
            HeaderName::from_bytes(text[..colon].trim_ascii()).map_err(|_| wrong("a header has no name"))?;
        let value = HeaderValue::from_bytes(text[colon + 1..].trim_ascii())
            .map_err(|_| wrong("a header has no value"))?;
        headers.append(name, value);
    }
    // A part without a body may end with its headers.
    Ok((headers, Bytes::new()))
}

/// Parses the response to one operation: the headers of the part, then a status line, headers and a body.
/// Returns an error if a header or the status line is invalid.
fn reply(part: &Bytes) -> Result<PartResponse> {
    let (outer, content) = head(part)?;
    let line_end = content.iter().position(|byte| *byte == b'\n').map_or(content.len(), |at| at + 1);
    let line = std::str::from_utf8(&content[..line_end]).map_err(|_| wrong("a status line is not text"))?;
    let status = line
        .strip_prefix("HTTP/")
        .and_then(|rest| rest.split_ascii_whitespace().nth(1))
        .and_then(|status| StatusCode::from_bytes(status.as_bytes()).ok())
        .ok_or_else(|| wrong("a part has no status line"))?;
    let (headers, body) = head(&content.slice(line_end..))?;
    let content_id = outer.get("content-id").or_else(|| headers.get("content-id"));
    let content_id = content_id.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Ok(PartResponse { status, headers, body, content_id })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn read(kind: &str, body: &str) -> Result<Vec<Vec<PartResponse>>> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(kind).unwrap());
        parse_responses(&headers, &Bytes::from(body.to_owned()))
    }

    const ANSWER: &str = "--b1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"value\":[]}\r\n--b1\r\nContent-Type: multipart/mixed; boundary=\"c1\"\r\n\r\n--c1\r\nContent-Type: application/http\r\nContent-ID: 2\r\n\r\nHTTP/1.1 204 No Content\r\nOData-EntityId: x(2)\r\n\r\n\r\n--c1\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n\r\n--c1--\r\n--b1--\r\n";

    #[test]
    fn responses_of_reads_and_change_sets_are_parsed() {
        for body in [ANSWER.to_owned(), ANSWER.replace("\r\n", "\n")] {
            let replies = read("multipart/mixed; boundary=b1", &body).unwrap();
            assert_eq!(replies.len(), 2);
            assert_eq!(&replies[0][0].body[..], b"{\"value\":[]}");
            assert_eq!(
                replies[1].iter().map(|reply| reply.content_id).collect::<Vec<_>>(),
                [Some(2), Some(1)]
            );
            assert_eq!(replies[1][0].headers["odata-entityid"], "x(2)");
            assert_eq!(&replies[1][0].body[..], b"");
        }
    }

    #[test]
    fn a_boundary_within_a_body_does_not_end_the_part() {
        let body = "--b1\r\n\r\nHTTP/1.1 200 OK\r\n\r\n\"--b1\" and --b1x\r\n--b1x\r\n--b1--";
        let replies = read("Multipart/Mixed; Boundary=b1; x=y", body).unwrap();
        assert_eq!(&replies[0][0].body[..], b"\"--b1\" and --b1x\r\n--b1x");
    }

    #[test]
    fn a_broken_response_gives_an_error() {
        for (kind, body) in [
            ("multipart/mixed", ANSWER),
            ("multipart/mixed; boundary=", ANSWER),
            ("multipart/mixed; boundary=b1", &ANSWER[..ANSWER.len() - 10]),
            ("multipart/mixed; boundary=b1", ""),
            ("multipart/mixed; boundary=b1", "--b1\r\nno colon\r\n\r\n--b1--"),
            ("multipart/mixed; boundary=b1", "--b1\r\n\r\nno status\r\n--b1--"),
            ("multipart/mixed; boundary=b1", "--b1\r\n\r\nHTTP/1.1 9999 x\r\n--b1--"),
        ] {
            assert_eq!(read(kind, body).unwrap_err().kind(), ErrorKind::Unexpected, "{kind} {body}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_not_panic(body in "(--b1(--)?\r?\n|HTTP/1.1 200 OK\n|a: b\r\n|\r\n|[ -~]{0,9}){0,30}") {
            drop(read("multipart/mixed; boundary=b1", &body));
        }
    }

    #[test]
    fn the_boundary_in_a_type_ends_where_it_ends() {
        for (kind, expected) in [
            ("multipart/mixed; boundary=b1", Some("b1")),
            ("multipart/mixed; BOUNDARY=b1; x=y", Some("b1")),
            ("multipart/mixed; boundary=b1 ; x=y", Some("b1")),
            ("multipart/mixed; boundary=\"b 1;\"; x=y", Some("b 1;")),
            ("multipart/mixed; boundary=\"\"", None),
            ("multipart/mixed; boundary=", None),
            ("multipart/mixed", None),
        ] {
            assert_eq!(boundary(kind), expected, "{kind}");
        }
    }

    #[test]
    fn a_response_has_at_most_as_many_parts_as_a_batch() {
        let most = MAX_BATCH_REQUESTS as usize;
        let part = "--b1\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n\r\n";
        for (count, fits) in [(0, true), (1, true), (most, true), (most + 1, false)] {
            let replies = read("multipart/mixed; boundary=b1", &format!("{}--b1--", part.repeat(count)));
            assert_eq!(replies.map(|all| all.len()).ok(), fits.then_some(count), "{count} parts");
        }
    }

    #[test]
    fn a_content_id_is_read_from_either_head_and_only_if_it_is_a_number() {
        for (outer, inner, expected) in [
            ("", "", None),
            ("Content-ID: 7\r\n", "", Some(7)),
            ("", "Content-ID: 8\r\n", Some(8)),
            ("Content-ID: 7\r\n", "Content-ID: 8\r\n", Some(7)),
            ("Content-ID:  7 \r\n", "", Some(7)),
            ("Content-ID: x\r\n", "", None),
        ] {
            let body = format!("--b1\r\n{outer}\r\nHTTP/1.1 200 OK\r\n{inner}\r\nbody\r\n--b1--");
            let replies = read("multipart/mixed; boundary=b1", &body).unwrap();
            assert_eq!(replies[0][0].content_id, expected, "{outer}{inner}");
            assert_eq!(&replies[0][0].body[..], b"body", "{outer}{inner}");
        }
        // Without a body, the part may end with its head.
        let replies =
            read("multipart/mixed; boundary=b1", "--b1\n\nHTTP/1.1 204 No Content\n--b1--").unwrap();
        assert_eq!((replies[0][0].status, replies[0][0].body.len()), (StatusCode::NO_CONTENT, 0));
    }
}
