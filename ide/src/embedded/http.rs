//! Reads files of HTTP requests (`.http`, `.rest`): request lines, whose URL may go on in the next lines, and
//! bodies with FetchXML, JSON, or the requests of a batch.

use std::ops::Range;

use super::json::with_variables;
use super::layers::{may_have_query, push_recognized};
use super::{FoundText, Host, HostText, HostTextBuilder, SourceFile, markdown, nested, verbatim};

const METHODS: [&str; 7] = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"];

/// Returns the length of the method at the beginning of a request line, with the space behind it; `None` if it
/// is not a request line.
pub(super) fn method(line: &str) -> Option<usize> {
    let method = METHODS.iter().find(|method| line.starts_with(**method))?;
    let rest = line.get(method.len()..)?;
    let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let target = rest.get(spaces..)?;
    let is_target = target.starts_with(['/', '{', '[', '@', '<', '\'', '"'])
        || target.starts_with("http")
        || target.contains(['?', '(', '/'])
        || target.trim().chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (spaces > 0 && is_target && !target.trim().is_empty()).then_some(method.len() + spaces)
}

/// Where a reader is in a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a request line, where comments and variables are.
    Start,
    Headers,
    Body,
}

/// Returns the texts of a file of requests.
pub(super) fn read(file: &SourceFile) -> Vec<FoundText> {
    let source = file.text();
    let mut found = Vec::new();
    let mut state = State::Start;
    let mut url: Vec<Range<usize>> = Vec::new();
    let mut is_write = false;
    let mut body: Option<Range<usize>> = None;
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim_end_matches(['\n', '\r']);
        let trimmed = content.trim_start();
        let indent = content.len() - trimmed.len();
        if !url.is_empty() {
            let continues = indent > 0 && !trimmed.is_empty()
                || trimmed.starts_with(['?', '&'])
                || source.get(url[url.len() - 1].clone()).is_some_and(|last| last.ends_with(['?', '&', ',']))
                    && !trimmed.is_empty();
            if continues {
                url.push(start + indent..start + content.trim_end().len());
                continue;
            }
            request(source, &std::mem::take(&mut url), is_write, &mut found);
            state = if trimmed.is_empty() { State::Body } else { State::Headers };
            if state == State::Headers && !trimmed.starts_with("###") && method(trimmed).is_none() {
                continue;
            }
        }
        if trimmed.starts_with("###") {
            finish(source, body.take(), &mut found);
            state = State::Start;
            continue;
        }
        if let Some(skip) = method(trimmed) {
            finish(source, body.take(), &mut found);
            url.push(start + indent + skip..start + content.trim_end().len());
            is_write = ["POST", "PATCH", "PUT", "DELETE"].iter().any(|method| trimmed.starts_with(method));
            continue;
        }
        match state {
            State::Start => {
                let is_url =
                    trimmed.starts_with("http") || trimmed.starts_with('/') && !trimmed.starts_with("//");
                if is_url {
                    is_write = false;
                    url.push(start + indent..start + content.trim_end().len());
                } else if let Some((_, value)) =
                    trimmed.strip_prefix('@').and_then(|rest| rest.split_once('='))
                {
                    let from = start + content.len() - value.len();
                    variable(source, from..start + content.len(), &mut found);
                }
            }
            State::Headers if trimmed.is_empty() => state = State::Body,
            State::Headers => {}
            State::Body => {
                let range = body.get_or_insert(start..at);
                range.end = at;
            }
        }
    }
    if !url.is_empty() {
        request(source, &url, is_write, &mut found);
    }
    finish(source, body, &mut found);
    found
}

/// Adds the query of a request whose URL is written in the byte ranges `lines`.
fn request(source: &str, lines: &[Range<usize>], is_write: bool, found: &mut Vec<FoundText>) {
    let mut builder = HostTextBuilder::default();
    for line in lines {
        builder.begin(line.start, verbatim());
        builder.plain(line.clone(), source.get(line.clone()).unwrap_or_default());
    }
    let text = with_variables(&builder.finish());
    let before = found.len();
    push_recognized("request", &text, found);
    if found.len() == before {
        // A relative URL such as `GET accounts` in a document.
        let end = text.text().find(" HTTP/").unwrap_or(text.text().len());
        let path = text.text().get(..end).unwrap_or_default();
        let is_set =
            path.len() > 2 && path.chars().all(|c| c.is_ascii_lowercase() || c == '_') && path.ends_with('s');
        if is_set {
            let mut builder = HostTextBuilder::default();
            builder.synthetic("/");
            builder.append(&text.slice(0..end));
            found.push(FoundText::query("request", builder.finish()));
        }
    }
    for text in found.iter_mut().skip(before) {
        text.is_write = is_write;
    }
}

/// Adds the query in the value of a variable.
fn variable(source: &str, range: Range<usize>, found: &mut Vec<FoundText>) {
    let raw = source.get(range.clone()).unwrap_or_default();
    if may_have_query(raw) {
        let text = HostText::unescaped(raw.trim(), range.start + raw.len() - raw.trim_start().len());
        push_recognized("variable", &with_variables(&text), found);
    }
}

/// Adds the queries of a body.
fn finish(source: &str, body: Option<Range<usize>>, found: &mut Vec<FoundText>) {
    let Some(range) = body else { return };
    let raw = source.get(range.clone()).unwrap_or_default();
    if !may_have_query(raw) {
        return;
    }
    let text = HostText::unescaped(raw, range.start);
    if raw.trim_start().starts_with(['{', '[']) && !raw.trim_start().starts_with("{{") {
        found.extend(nested::read(Host::Json, &text));
    } else {
        markdown::lines(&with_variables(&text), found);
    }
}
