//! Writes requests as parts of a MIME multipart body, for batches and for a single read whose URL is too
//! long.
use bytes::Bytes;
use dvkit_diagnostic::limits::MAX_URL_LENGTH_IN_BATCH;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, HOST};
use url::Url;

use crate::{Error, ErrorKind, Result};

/// Returns a random boundary that begins with `kind`. It is so long that a body does not contain it by
/// accident.
pub(crate) fn new_boundary(kind: &str) -> String {
    format!("{kind}_{:032x}", rand::random::<u128>())
}

/// Returns the body of a batch with one GET request for `url`, which is too long to be sent directly. Returns
/// an error if the URL is too long for a batch too.
pub(crate) fn write_single_read(url: &Url, headers: &HeaderMap, boundary: &str) -> Result<Bytes> {
    let mut text = Vec::new();
    open_part(&mut text, boundary);
    write_part_headers(&mut text, None);
    write_request_head(&mut text, "GET", path_and_query(url)?, headers);
    close_parts(&mut text, boundary);
    Ok(text.into())
}

/// Returns path and query of a URL. A request in a batch omits the host, because it is the host of the batch.
/// Returns an error if the URL is too long for a request in a batch.
pub(crate) fn path_and_query(url: &Url) -> Result<&str> {
    if url.as_str().len() > MAX_URL_LENGTH_IN_BATCH as usize {
        return Err(Error::new(
            ErrorKind::Configuration,
            format!(
                "the URL has {} characters, and the service takes {MAX_URL_LENGTH_IN_BATCH} at most, and only inside a batch; ask for less at a time",
                url.as_str().len()
            ),
        ));
    }
    Ok(&url[url::Position::BeforePath..])
}

pub(crate) fn open_part(text: &mut Vec<u8>, boundary: &str) {
    text.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
}

pub(crate) fn close_parts(text: &mut Vec<u8>, boundary: &str) {
    text.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
}

pub(crate) fn write_part_headers(text: &mut Vec<u8>, id: Option<u64>) {
    text.extend_from_slice(b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n");
    if let Some(id) = id {
        text.extend_from_slice(format!("Content-ID: {id}\r\n").as_bytes());
    }
    text.extend_from_slice(b"\r\n");
}

pub(crate) fn write_request_head(text: &mut Vec<u8>, method: &str, address: &str, headers: &HeaderMap) {
    text.extend_from_slice(format!("{method} {address} HTTP/1.1\r\n").as_bytes());
    for (name, value) in headers {
        if name == HOST {
            continue;
        }
        // The name is written as in the service's examples.
        let name = if name == CONTENT_TYPE { "Content-Type" } else { name.as_str() };
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_single_read_is_a_batch_of_one_part_without_the_host() {
        let url = Url::parse("https://contoso.crm4.dynamics.com/api/data/v9.2/accounts?$top=1").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("contoso.crm4.dynamics.com"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(HeaderName::from_static("prefer"), HeaderValue::from_static("x"));
        let text = write_single_read(&url, &headers, "b1").unwrap();
        assert_eq!(
            String::from_utf8_lossy(&text),
            "--b1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n\
             GET /api/data/v9.2/accounts?$top=1 HTTP/1.1\r\nContent-Type: application/json\r\nprefer: x\r\n\r\n--b1--\r\n"
        );
        let mut part = Vec::new();
        write_part_headers(&mut part, Some(7));
        assert!(String::from_utf8_lossy(&part).ends_with("\r\nContent-ID: 7\r\n\r\n"));
    }

    #[test]
    fn the_longest_url_in_a_batch_is_sent() {
        let start = "https://contoso.crm4.dynamics.com/a?";
        let most = MAX_URL_LENGTH_IN_BATCH as usize;
        for (length, fits) in [(most, true), (most + 1, false)] {
            let url = Url::parse(&format!("{start}{}", "x".repeat(length - start.len()))).unwrap();
            assert_eq!(path_and_query(&url).is_ok(), fits, "{length}");
        }
        assert_ne!(new_boundary("batch"), new_boundary("batch"));
        assert_eq!(new_boundary("batch").len(), "batch_".len() + 32);
    }
}
