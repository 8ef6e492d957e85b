//! Parses the body of a batch: a multipart message whose parts are HTTP requests and change sets.
//!
//! Clients differ in what they send, and the service accepts it: lines that end with LF only, lines with spaces
//! in place of empty ones, URLs that are not percent-encoded and contain spaces, boundaries with and without
//! quotation marks, and text before the first delimiter.

use bytes::Bytes;
use dvkit_diagnostic::limits::{MAX_BATCH_REQUESTS, MAX_URL_LENGTH_IN_BATCH};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method};

use crate::state::WEB_API_ROOT;

/// The most headers of one part of a batch, or of one request in it, that are parsed.
const MAX_HEADERS: usize = 64;

/// The longest boundary, in bytes (RFC 2046, 5.1.1).
const MAX_BOUNDARY_BYTES: usize = 70;

/// One request in a batch.
#[derive(Clone, Debug)]
pub(super) struct BatchOperation {
    pub(super) method: Method,
    /// The path and query after `/api/data/v9.2/`. It may begin with a reference, such as `$1`.
    pub(super) url: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// The value of `Content-ID`; `None` if the request has none.
    pub(super) content_id: Option<String>,
}

/// One part of a batch: a single request or a change set.
#[derive(Clone, Debug)]
pub(super) enum BatchPart {
    One(BatchOperation),
    /// A change set, which is executed completely or not at all.
    ChangeSet(Vec<BatchOperation>),
}

/// Parses a batch with the content type `ty`.
///
/// # Errors
/// Returns an error with a message if the batch is malformed or too large.
pub(super) fn batch(ty: &str, content: &Bytes) -> Result<Vec<BatchPart>, String> {
    let mut found = Vec::new();
    let mut count = 0;
    for part in parts(ty, content)? {
        let part = part?;
        let ty = part.content_type().to_owned();
        if is_multipart(&ty) {
            let mut set = Vec::new();
            for inner in parts(&ty, &part.content)? {
                let inner = inner?;
                if is_multipart(inner.content_type()) {
                    return Err("A change set cannot contain another change set.".into());
                }
                counted(&mut count)?;
                set.push(operation(inner)?);
            }
            if let Some(wrong) = set.iter().find(|o| !CHANGES.contains(&o.method)) {
                return Err(format!(
                    "An invalid HTTP method '{}' was detected for a request in a change set. Requests in change sets only support the HTTP methods 'POST', 'PUT', 'DELETE', and 'PATCH'.",
                    wrong.method
                ));
            }
            found.push(BatchPart::ChangeSet(set));
        } else {
            counted(&mut count)?;
            found.push(BatchPart::One(operation(part)?));
        }
    }
    Ok(found)
}

/// The methods that a change set can contain.
const CHANGES: [Method; 4] = [Method::POST, Method::PUT, Method::DELETE, Method::PATCH];

fn counted(count: &mut u32) -> Result<(), String> {
    *count += 1;
    match *count > MAX_BATCH_REQUESTS {
        true => Err(format!("A batch has at most {MAX_BATCH_REQUESTS} requests.")),
        false => Ok(()),
    }
}

fn is_multipart(ty: &str) -> bool {
    ty.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("multipart/mixed")
}

/// Returns the boundary in the value of a multipart `Content-Type`, or `None` if there is none.
fn boundary(ty: &str) -> Option<&str> {
    let (_, parameters) = ty.split_once(';').filter(|_| is_multipart(ty))?;
    let is_boundary = |parameter: &str| {
        parameter.split_once('=').is_some_and(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))
    };
    // A boundary in quotation marks may contain a semicolon.
    let mut rest = parameters;
    loop {
        let trimmed = rest.trim_start();
        let item = trimmed.split(';').next().unwrap_or_default();
        if is_boundary(item) {
            let (_, value) = trimmed.split_once('=')?;
            let value = value.trim_start();
            let value = match value.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next().unwrap_or_default(),
                None => value.split(';').next().unwrap_or_default().trim_end(),
            };
            return (!value.is_empty() && value.len() <= MAX_BOUNDARY_BYTES).then_some(value);
        }
        rest = rest.split_once(';')?.1;
    }
}

/// A part of a multipart message.
struct Part {
    headers: HeaderMap,
    content: Bytes,
}

impl Part {
    fn content_type(&self) -> &str {
        self.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
}

/// Splits a multipart message into its parts.
///
/// # Errors
/// Returns an error if the message has no boundary, no delimiter, or no end.
fn parts(ty: &str, content: &Bytes) -> Result<impl Iterator<Item = Result<Part, String>>, String> {
    let boundary = boundary(ty).ok_or(
        "The content type of a batch is multipart/mixed with a boundary: multipart/mixed; boundary=batch_1.",
    )?;
    let mut found = Vec::new();
    let mut begin = None;
    let mut ended = false;
    for (start, end, next) in Lines::new(content) {
        let line = content.get(start..end).unwrap_or_default();
        let Some(rest) = line.strip_prefix(b"--").and_then(|l| l.strip_prefix(boundary.as_bytes())) else {
            continue;
        };
        let is_end = match rest.trim_ascii_end() {
            b"" => false,
            b"--" => true,
            _ => continue,
        };
        if let Some(begin) = begin {
            // The line break before a delimiter belongs to the delimiter.
            let text = content.get(begin..start).unwrap_or_default();
            let text = text.strip_suffix(b"\n").unwrap_or(text);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            found.push((begin, begin + text.len()));
            if found.len() > MAX_BATCH_REQUESTS as usize {
                return Err(format!("A batch has at most {MAX_BATCH_REQUESTS} requests."));
            }
        }
        begin = Some(next);
        if is_end {
            ended = true;
            break;
        }
    }
    match (begin, ended) {
        (None, _) => {
            return Err(format!("The batch has no line `--{boundary}`, which begins its first part."));
        }
        (_, false) => return Err(format!("The batch ends too early: it has no line `--{boundary}--`.")),
        _ => {}
    }
    let content = content.clone();
    Ok(found.into_iter().map(move |(start, end)| {
        let (headers, body) = headers(content.get(start..end).unwrap_or_default())?;
        Ok(Part { headers, content: content.slice(start + body..end) })
    }))
}

/// The lines of a text: where each begins, where it ends without its line break, and where the next one begins.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }
}

impl Iterator for Lines<'_> {
    type Item = (usize, usize, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let length = rest.iter().position(|b| *b == b'\n');
        let next = length.map_or(self.text.len(), |length| start + length + 1);
        let line = self.text.get(start..length.map_or(next, |length| start + length)).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.at = next;
        Some((start, start + line.len(), next))
    }
}

/// Parses headers up to an empty line, or up to the end. Returns them, and where the text after them begins.
fn headers(text: &[u8]) -> Result<(HeaderMap, usize), String> {
    let mut headers = HeaderMap::new();
    for (start, end, next) in Lines::new(text) {
        let line = text.get(start..end).unwrap_or_default();
        if line.trim_ascii().is_empty() {
            return Ok((headers, next));
        }
        let wrong = || format!("A part of the batch has an invalid header: `{}`.", shown(line));
        let colon = line.iter().position(|b| *b == b':').ok_or_else(wrong)?;
        let (name, value) = line.split_at_checked(colon).ok_or_else(wrong)?;
        let name = HeaderName::from_bytes(name.trim_ascii()).map_err(|_| wrong())?;
        let value = HeaderValue::from_bytes(value.get(1..).unwrap_or_default().trim_ascii());
        headers.append(name, value.map_err(|_| wrong())?);
        if headers.len() > MAX_HEADERS {
            return Err(format!("A part of the batch has more than {MAX_HEADERS} headers."));
        }
    }
    Ok((headers, text.len()))
}

/// Returns the beginning of a line, for a message.
fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(line).chars().filter(|c| !c.is_control()).take(80).collect()
}

/// Parses the HTTP request in a part, which has to have the content type `application/http`.
fn operation(part: Part) -> Result<BatchOperation, String> {
    let ty = part.content_type().split(';').next().unwrap_or_default().trim();
    if !ty.eq_ignore_ascii_case("application/http") {
        return Err("A part of a batch has the content type application/http.".into());
    }
    let content = &part.content;
    let line = Lines::new(content)
        .find(|(start, end, _)| content.get(*start..*end).is_some_and(|line| !line.trim_ascii().is_empty()));
    let (start, end, next) = line.ok_or("A part of the batch is an incomplete HTTP request.")?;
    let (method, path) = request_line(content.get(start..end).unwrap_or_default())?;
    let (headers, body) = headers(content.get(next..).unwrap_or_default())?;
    let id = |headers: &HeaderMap| {
        let value = headers.get("content-id").and_then(|v| v.to_str().ok());
        value.map(str::to_owned).filter(|id| !id.is_empty())
    };
    Ok(BatchOperation {
        method,
        url: relative(&path)?,
        // Most clients write the id into the headers of the part, some into those of the request.
        content_id: id(&part.headers).or_else(|| id(&headers)),
        headers,
        body: content.slice((next + body).min(content.len())..),
    })
}

/// Parses the first line of a request. The method and the version are cut off from its ends, because clients
/// do not encode the spaces of the URL between them.
fn request_line(line: &[u8]) -> Result<(Method, String), String> {
    let text = String::from_utf8_lossy(line);
    let text = text.trim();
    let (method, rest) = text
        .split_once([' ', '\t'])
        .ok_or_else(|| format!("A part of the batch is not an HTTP request: `{}`.", shown(line)))?;
    let method = Method::from_bytes(method.as_bytes())
        .map_err(|_| format!("A part of the batch has an invalid method: `{}`.", shown(line)))?;
    let rest = rest.trim();
    let url = match rest.rsplit_once([' ', '\t']) {
        Some((url, version)) if version.len() > 5 && version.to_ascii_uppercase().starts_with("HTTP/") => {
            url.trim_end()
        }
        _ => rest,
    };
    if url.len() > MAX_URL_LENGTH_IN_BATCH as usize {
        return Err(format!("A URL within a batch has at most {MAX_URL_LENGTH_IN_BATCH} bytes."));
    }
    Ok((method, url.to_owned()))
}

/// Returns the part of a URL after the root of the Web API. The URL may be absolute, relative to the host, or
/// relative to that root.
pub(super) fn relative(path: &str) -> Result<String, String> {
    let scheme = path
        .split_once("://")
        .filter(|(scheme, _)| matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https"));
    let from_root = match scheme {
        None => path,
        Some((_, rest)) => {
            let at = rest.find('/').ok_or("A URL of the batch has no path.")?;
            rest.get(at..).unwrap_or_default()
        }
    };
    match from_root.strip_prefix(WEB_API_ROOT) {
        Some(rest) => {
            let (_, rest) = rest.split_once('/').ok_or("A URL of the batch has no version.")?;
            Ok(rest.to_owned())
        }
        None if from_root.starts_with("/$") => Ok(from_root.trim_start_matches('/').to_owned()),
        None if from_root.starts_with('/') => Err(format!("A URL of the batch is not below {WEB_API_ROOT}.")),
        None => Ok(from_root.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_have_quotes_or_none() {
        assert_eq!(boundary("multipart/mixed; boundary=a_b"), Some("a_b"));
        assert_eq!(boundary("Multipart/Mixed;charset=utf-8; Boundary=\"a; b\""), Some("a; b"));
        assert_eq!(boundary("multipart/mixed"), None);
        assert_eq!(boundary("multipart/form-data; boundary=a"), None);
    }

    #[test]
    fn the_method_and_the_version_are_cut_off_from_the_ends() {
        let line = |text: &str| request_line(text.as_bytes()).map(|(m, u)| format!("{m} {u}"));
        assert_eq!(line("GET a?$filter=b eq 'c d' HTTP/1.1").unwrap(), "GET a?$filter=b eq 'c d'");
        assert_eq!(line("GET  a ").unwrap(), "GET a");
        assert!(line("GET").is_err() && line("G\u{e4}T a").is_err());
    }

    #[test]
    fn lines_may_end_with_lf_and_empty_lines_may_have_spaces() {
        let text = "preamble\n--b \nContent-Type: application/http\nContent-ID: 7\n  \nPOST https://h/api/data/v9.2/accounts HTTP/1.1\n\
                    Content-Type: application/json\n   \n{\"a\":\n1}\n\n--b\r\nContent-Type: multipart/mixed;boundary=\"c\"\r\n\r\n\
                    \r\n--c\r\nContent-Type: application/http\r\n\r\nDELETE /api/data/v9.2/accounts(1) HTTP/1.1\r\n\r\nnull\r\n--c--\r\n--b--";
        let parts = batch("multipart/mixed; boundary=b", &Bytes::from(text)).unwrap();
        let [BatchPart::One(one), BatchPart::ChangeSet(set)] = parts.as_slice() else { panic!("{parts:?}") };
        assert_eq!(
            (one.url.as_str(), one.content_id.as_deref(), &one.body[..]),
            ("accounts", Some("7"), &b"{\"a\":\n1}\n"[..])
        );
        assert_eq!((set[0].url.as_str(), &set[0].method), ("accounts(1)", &Method::DELETE));
    }
}
