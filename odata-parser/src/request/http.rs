//! Requests as documentation and logs show them: `GET [Organization URI]/api/data/v9.2/accounts HTTP/1.1`, with headers, alone
//! or as parts of a `$batch` body.

use std::ops::Range;

use crate::lexical::is_blank;

const METHODS: [&str; 6] = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"];

/// A request line: its method, and where its target stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLine {
    /// `GET` and its like, in capitals.
    pub method: &'static str,
    /// The target: everything between the method and the version of HTTP, line breaks within it included.
    pub target: Range<usize>,
    /// Where the message goes on behind the request line: headers, a body, further parts.
    pub end: usize,
}

/// The request line that `text` begins with, white space apart.
///
/// ```
/// let text = "GET [Organization URI]/api/data/v9.2/accounts?$select=name\n&$top=3 HTTP/1.1\nAccept: application/json";
/// let line = odata_parser::request_line(text).expect("a request line");
/// assert_eq!(line.method, "GET");
/// assert_eq!(&text[line.target], "[Organization URI]/api/data/v9.2/accounts?$select=name\n&$top=3");
/// assert_eq!(odata_parser::request_line("get eq 1"), None);
/// ```
#[must_use]
pub fn request_line(text: &str) -> Option<RequestLine> {
    let start = text.len() - text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).len();
    let rest = &text[start..];
    let method =
        METHODS.into_iter().find(|m| rest.strip_prefix(m).is_some_and(|r| r.starts_with([' ', '\t'])))?;
    let from = start + method.len();
    let target = from + (text[from..].len() - text[from..].trim_start_matches([' ', '\t']).len());
    // A column may be called `GET`; what follows it then is an operator, and no path.
    if !begins_target(&text[target..]) {
        return None;
    }
    let end = target_end(text, target);
    let trimmed = text[..end].trim_end_matches(is_blank).len().max(target);
    let version = text[end..].trim_start_matches(is_blank);
    let behind = match version.starts_with("HTTP/") {
        true => text.len() - version.find('\n').map_or(0, |n| version.len() - n),
        false => end,
    };
    Some(RequestLine { method, target: target..trimmed, end: behind })
}

/// Could a URL or a path begin here?
fn begins_target(i: &str) -> bool {
    let word = crate::lexical::name_len(i);
    let behind = &i[word..];
    let after = behind.trim_start_matches([' ', '\t']);
    match word {
        0 => i.starts_with(['/', '[', '{', '$', '@', '?']),
        // `accounts?…`, `https://…`, `accounts HTTP/1.1`, and nothing at all.
        _ => {
            behind.is_empty()
                || behind.starts_with(['/', '?', '(', ':', '&', '\r', '\n'])
                || after.starts_with("HTTP/")
        }
    }
}

/// Where the target ends: before the version, else before the first line that does not go on with it.
fn target_end(text: &str, target: usize) -> usize {
    let mut at = target;
    for line in text[target..].split_inclusive('\n') {
        let bare = line.trim();
        let first = at == target;
        // ParseOptions go on in the next line; headers and an empty line do not belong to it.
        let goes_on = bare.starts_with(['?', '&', '$', '/']) || (!bare.is_empty() && !is_header(bare));
        if !first && !goes_on {
            return at;
        }
        if let Some(n) = line.rfind(" HTTP/") {
            return at + n;
        }
        if first && line.trim_start().starts_with("HTTP/") {
            return at;
        }
        at += line.len();
    }
    text.len()
}

/// `Name: value`
fn is_header(line: &str) -> bool {
    line.split_once(':').is_some_and(|(name, value)| {
        !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && (value.is_empty() || value.starts_with(' '))
    })
}

/// The request lines of a `$batch` body, each with its place in the text. Empty where it is no such body: one begins with a
/// boundary, `--batch_…`.
///
/// ```
/// let body = "--batch_1\nContent-Type: application/http\n\nGET /api/data/v9.2/accounts HTTP/1.1\n\n--batch_1--";
/// assert_eq!(odata_parser::batch_lines(body).len(), 1);
/// ```
#[must_use]
pub fn batch_lines(text: &str) -> Vec<RequestLine> {
    if !is_batch(text) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let (mut at, mut behind) = (0, 0);
    for line in text.split_inclusive('\n') {
        if at >= behind
            && let Some(one) = request_line(line).and_then(|_| request_line(&text[at..]))
        {
            behind = at + one.end;
            found.push(RequestLine {
                method: one.method,
                target: at + one.target.start..at + one.target.end,
                end: at + one.end,
            });
        }
        at += line.len();
    }
    found
}

/// Does the text begin with the boundary of a multipart body?
pub(super) fn is_batch(text: &str) -> bool {
    let first =
        text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).lines().next().unwrap_or_default();
    first.starts_with("--") && first.len() > 2 && !first.contains(' ') && text.contains("HTTP/1.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines() {
        for (text, method, target) in [
            ("GET accounts?$select=name", "GET", "accounts?$select=name"),
            (
                "  POST /api/data/v9.2/accounts HTTP/1.1\r\nAccept: x\r\n\r\n{}",
                "POST",
                "/api/data/v9.2/accounts",
            ),
            (
                "GET accounts\n  ?$select=name\n  &$top=3 HTTP/1.1",
                "GET",
                "accounts\n  ?$select=name\n  &$top=3",
            ),
            ("GET accounts?$top=1\nAccept: application/json\n", "GET", "accounts?$top=1"),
            (
                "DELETE [Organization Uri]/api/data/v9.2/accounts(1)",
                "DELETE",
                "[Organization Uri]/api/data/v9.2/accounts(1)",
            ),
        ] {
            let line = request_line(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((line.method, &text[line.target]), (method, target), "{text}");
        }
        for text in ["", "GET", "GET eq 1", "get accounts", "GETS /a", "name eq 'GET /a'"] {
            assert_eq!(request_line(text), None, "{text}");
        }
    }

    #[test]
    fn parts_of_a_batch() {
        let body = "--batch_a\nContent-Type: application/http\n\nGET accounts?$top=1 HTTP/1.1\nAccept: x\n\n\
            --batch_a\nContent-Type: application/http\n\nGET contacts?$select=fullname\n&$top=2 HTTP/1.1\n\n--batch_a--\n";
        let found: Vec<&str> = batch_lines(body).into_iter().map(|l| &body[l.target]).collect();
        assert_eq!(found, ["accounts?$top=1", "contacts?$select=fullname\n&$top=2"]);
        assert!(batch_lines("GET accounts").is_empty());
    }
}
