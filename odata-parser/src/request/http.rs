//! Recognises requests in the form of documentation and logs, such as
//! `GET [Organization URI]/api/data/v9.2/accounts HTTP/1.1` with headers, alone or as parts of a `$batch`
//! body. The parser of requests and the analysis of batches call it.

use std::ops::Range;

use crate::lexical::is_blank;

const METHODS: [&str; 6] = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"];

/// A request line, which has a method and a target, such as `GET /api/data/v9.2/accounts HTTP/1.1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLine {
    /// The HTTP method in capitals, such as `GET`.
    pub method: &'static str,
    /// The byte range of the target in the text. This is the text between the method and the HTTP version,
    /// including line breaks.
    pub target: Range<usize>,
    /// The byte offset in the text after the request line. Headers, a body or other parts may follow it.
    pub end: usize,
}

/// Returns the request line at the beginning of `text`, after optional white space; `None` if there is none.
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
    // A column may be called `GET`; then an operator follows, and not a path.
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

/// Returns whether `i` begins like a URL or a path.
fn begins_target(i: &str) -> bool {
    let word = crate::lexical::name_len(i);
    let behind = &i[word..];
    let after = behind.trim_start_matches([' ', '\t']);
    match word {
        0 => i.starts_with(['/', '[', '{', '$', '@', '?']),
        // `accounts?…`, `https://…`, `accounts HTTP/1.1`, or nothing at all.
        _ => {
            behind.is_empty()
                || behind.starts_with(['/', '?', '(', ':', '&', '\r', '\n'])
                || after.starts_with("HTTP/")
        }
    }
}

/// Returns the byte offset of the end of the target of the request line in `text`. The target begins at the
/// byte offset `target`, and ends before the HTTP version, or before the first line that does not continue
/// it.
fn target_end(text: &str, target: usize) -> usize {
    let mut at = target;
    for line in text[target..].split_inclusive('\n') {
        let bare = line.trim();
        let first = at == target;
        // Options may continue on the next line; headers and an empty line end the target.
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

/// Returns whether the line is an HTTP header, which has the form `Name: value`.
fn is_header(line: &str) -> bool {
    line.split_once(':').is_some_and(|(name, value)| {
        !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && (value.is_empty() || value.starts_with(' '))
    })
}

/// Returns the request lines of a `$batch` body, in the order of the text; their ranges refer to `text`. The
/// result is empty if `text` is not a `$batch` body: its first line is a boundary such as `--batch_1`, and
/// `HTTP/1.` follows somewhere.
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

/// Returns whether the text is the body of a `$batch` request: its first line is a boundary such as
/// `--batch_1`, and `HTTP/1.` follows somewhere.
pub(super) fn is_batch(text: &str) -> bool {
    let first =
        text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).lines().next().unwrap_or_default();
    first.starts_with("--") && first.len() > 2 && !first.contains(' ') && text.contains("HTTP/1.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_line_has_a_method_and_a_target() {
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
    fn every_part_of_a_batch_has_a_request_line() {
        let body = "--batch_a\nContent-Type: application/http\n\nGET accounts?$top=1 HTTP/1.1\nAccept: x\n\n\
            --batch_a\nContent-Type: application/http\n\nGET contacts?$select=fullname\n&$top=2 HTTP/1.1\n\n--batch_a--\n";
        let found: Vec<&str> = batch_lines(body).into_iter().map(|l| &body[l.target]).collect();
        assert_eq!(found, ["accounts?$top=1", "contacts?$select=fullname\n&$top=2"]);
        assert!(batch_lines("GET accounts").is_empty());
    }

    #[test]
    fn the_requests_of_a_batch_are_found_wherever_they_stand() {
        let targets = |text: &str| -> Vec<String> {
            batch_lines(text)
                .iter()
                .map(|line| format!("{} {}", line.method, &text[line.target.clone()]))
                .collect()
        };
        for (text, expected) in [
            (
                "--b\n\nGET a HTTP/1.1\n\n--b\n\nPATCH c(1) HTTP/1.1\n\n{}\n--b--",
                &["GET a", "PATCH c(1)"][..],
            ),
            ("--b\nGET a HTTP/1.1\nGET c HTTP/1.1\n", &["GET a", "GET c"]),
            ("--b\nGET a\n ?$top=1 HTTP/1.1\nGET c HTTP/1.1\n", &["GET a\n ?$top=1", "GET c"]),
            ("\u{feff}\n --b\nGET a HTTP/1.1", &["GET a"]),
            ("--b\nGET a HTTP/2", &[]),
            ("--\nGET a HTTP/1.1", &[]),
            ("--b c\nGET a HTTP/1.1", &[]),
            ("GET a HTTP/1.1", &[]),
        ] {
            assert_eq!(targets(text), expected, "{text}");
        }
    }
}
