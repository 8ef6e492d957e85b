//! The body of a batch: MIME multipart, each part a request as it would go over the wire.
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, HOST};
use url::Url;

use super::Part;
use crate::client::Core;
use crate::{Error, ErrorKind, Request, Result};

/// The service takes so many characters in a URL inside a batch.
const LONGEST_URL: usize = 65_536;

/// A boundary that no body can hold by accident.
pub(crate) fn boundary(kind: &str) -> String {
    format!("{kind}_{:032x}", rand::random::<u128>())
}

/// The body of a batch.
pub(super) fn body(core: &Core, parts: &[Part], boundary: &str) -> Result<Bytes> {
    let mut text = Vec::new();
    for part in parts {
        open(&mut text, boundary);
        if !part.change_set {
            for request in &part.requests {
                operation(core, &mut text, request, None)?;
            }
            continue;
        }
        let inner = self::boundary("changeset");
        text.extend_from_slice(format!("Content-Type: multipart/mixed; boundary={inner}\r\n\r\n").as_bytes());
        for (i, request) in part.requests.iter().enumerate() {
            open(&mut text, &inner);
            operation(core, &mut text, request, Some(i + 1))?;
        }
        close(&mut text, &inner);
    }
    close(&mut text, boundary);
    Ok(text.into())
}

/// The body of a batch of one read, whose URL is too long to go alone.
pub(crate) fn one_read(url: &Url, headers: &HeaderMap, boundary: &str) -> Result<Bytes> {
    let mut text = Vec::new();
    open(&mut text, boundary);
    head(&mut text, None);
    line(&mut text, "GET", address(url)?, headers);
    close(&mut text, boundary);
    Ok(text.into())
}

fn operation(core: &Core, text: &mut Vec<u8>, request: &Request, id: Option<usize>) -> Result<()> {
    head(text, id);
    let headers = core.plain_headers(request)?;
    // `$1/…` names a row of the change set and is no path of the service.
    let by_reference = id.is_some() && is_reference(&request.target);
    if by_reference {
        line(text, request.method.as_str(), &request.target, &headers);
    } else {
        let url = core.resolve(&request.target)?;
        line(text, request.method.as_str(), address(&url)?, &headers);
    }
    if let Some(body) = &request.body {
        text.extend_from_slice(body);
    }
    text.extend_from_slice(b"\r\n");
    Ok(())
}

/// Whether a target begins with the number of a row, and can stand in a request line.
fn is_reference(target: &str) -> bool {
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).count();
    let plain = target.chars().all(|c| c.is_ascii_graphic());
    target.strip_prefix('$').is_some_and(|rest| {
        let digits = digits(rest);
        plain && digits > 0 && rest[digits..].chars().next().is_none_or(|c| matches!(c, '/' | '?'))
    })
}

/// Path and query: the host is that of the batch.
fn address(url: &Url) -> Result<&str> {
    if url.as_str().len() > LONGEST_URL {
        return Err(Error::new(
            ErrorKind::Configuration,
            format!(
                "the URL has {} characters, and the service takes {LONGEST_URL} at most, and only inside a batch; ask for less at a time",
                url.as_str().len()
            ),
        ));
    }
    Ok(&url[url::Position::BeforePath..])
}

fn open(text: &mut Vec<u8>, boundary: &str) {
    text.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
}

fn close(text: &mut Vec<u8>, boundary: &str) {
    text.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
}

fn head(text: &mut Vec<u8>, id: Option<usize>) {
    text.extend_from_slice(b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n");
    if let Some(id) = id {
        text.extend_from_slice(format!("Content-ID: {id}\r\n").as_bytes());
    }
    text.extend_from_slice(b"\r\n");
}

fn line(text: &mut Vec<u8>, method: &str, address: &str, headers: &HeaderMap) {
    text.extend_from_slice(format!("{method} {address} HTTP/1.1\r\n").as_bytes());
    for (name, value) in headers {
        if name == HOST {
            continue;
        }
        // Names are shown as people write them where the service's examples do.
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
    use super::*;

    #[test]
    fn references() {
        for yes in ["$1", "$12/primarycontactid/$ref", "$1?x=1"] {
            assert!(is_reference(yes), "{yes}");
        }
        for no in ["$batch", "$1a", "$", "accounts", "$1/x HTTP/1.1\r\nX: y", "$metadata"] {
            assert!(!is_reference(no), "{no}");
        }
    }
}
