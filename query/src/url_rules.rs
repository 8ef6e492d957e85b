//! What a request has to be to travel as a URL.
//!
//! Diagnostics here are on the given text, because they are about its spelling and not about what it says.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use odata_parser::ast::{OptionKind, Request};
use odata_parser::{RequestText, url};

use dvkit_schema::{Store, StoreError, Table};
use fetchxml::FetchText;

use crate::resolve;

/// The longest URL of a `GET`, in characters.
const LONGEST_URL: usize = 32_768;
/// The longest URL within `$batch`.
const LONGEST_IN_BATCH: usize = 65_536;

pub(crate) fn check(text: &RequestText<'_>, request: &Request<'_>, out: &mut Vec<Diagnostic>) {
    plus(text, request, out);
    length(text, out);
}

/// The URL as it is sent, encoded, has a greatest length.
fn length(text: &RequestText<'_>, out: &mut Vec<Diagnostic>) {
    let given = text.original_text();
    // No escape makes one character of more than three times its bytes.
    if given.len() * 3 <= LONGEST_URL {
        return;
    }
    let blanks = given.bytes().filter(|b| matches!(b, b' ' | b'"' | b'<' | b'>') || !b.is_ascii()).count();
    let sent = given.len() + 2 * blanks;
    let span = Span::new(0, given.len());
    if sent > LONGEST_IN_BATCH {
        let message =
            format!("the URL has {sent} characters, and Dataverse takes {LONGEST_IN_BATCH}, in `$batch`");
        let help = "a long list of values fits into one `Microsoft.Dynamics.CRM.In`";
        out.push(Diagnostic::error(code::URL_TOO_LONG, span, message).help(help));
    } else if sent > LONGEST_URL {
        let message = format!("the URL has {sent} characters, and a `GET` takes {LONGEST_URL}");
        let help = format!("send it within `$batch`, which takes {LONGEST_IN_BATCH}");
        out.push(Diagnostic::warning(code::URL_TOO_LONG, span, message).help(help));
    }
}

/// A `+` that stands unescaped in a value is read as a blank. An encoded value says what it means, and where that is
/// an operator a blank is meant.
fn plus(text: &RequestText<'_>, request: &Request<'_>, out: &mut Vec<Diagnostic>) {
    if !text.original_text().contains('+') {
        return;
    }
    for option in &request.options {
        if matches!(option.kind, OptionKind::Custom(_) | OptionKind::Text(_)) {
            continue;
        }
        let value = text.to_original(option.value_span);
        let written = value.of(text.original_text());
        if url::is_encoded(written) {
            continue;
        }
        for (at, _) in written.match_indices('+') {
            let start = value.range().start + at;
            let span = Span::new(start, start + 1);
            let d = Diagnostic::warning(code::PLUS_IS_SPACE, span, "a `+` in a URL is read as a blank");
            out.push(d.suggest(Suggestion::maybe(
                "write `%2B`, where no client encodes the URL",
                span,
                "%2B",
            )));
        }
    }
}

/// A filter that Power Automate fills in (`@{…}`): what stands in *Filter rows* goes into the URL as it is, so that `&` and `#` end
/// it, and a `+` is a blank. Of a filter that nothing tells the way of there is nothing to say: most clients encode.
///
/// Source: "Use lists of rows in flows" (Filter rows).
pub(crate) fn filter_rows(text: &str, out: &mut Vec<Diagnostic>) {
    if !text.contains("@{") || !text.contains(['&', '#', '+']) || url::is_encoded(text) {
        return;
    }
    let filled: Vec<_> = odata_parser::placeholders(text).collect();
    if !filled.iter().any(|p| text[p.clone()].starts_with('@')) {
        return;
    }
    let mut filled = filled.into_iter().peekable();
    for (at, c) in text.match_indices(['&', '#', '+']) {
        while filled.next_if(|p| p.end <= at).is_some() {}
        if filled.peek().is_some_and(|p| p.contains(&at)) {
            continue;
        }
        let span = Span::new(at, at + 1);
        let (code, escape, what) = match c {
            "&" => (code::NOT_ENCODED, "%26", "an `&` ends it"),
            "#" => (code::NOT_ENCODED, "%23", "a `#` ends it"),
            _ => (code::PLUS_IS_SPACE, "%2B", "a `+` is read as a blank"),
        };
        let message =
            format!("Power Automate puts what stands in *Filter rows* into the URL as it is, where {what}");
        let help =
            "what an expression gives can have such signs too: `@{encodeUriComponent(…)}` escapes them";
        let d = Diagnostic::warning(code, span, message).help(help);
        out.push(d.suggest(Suggestion::maybe(format!("write `{escape}` in *Filter rows*"), span, escape)));
    }
}

/// FetchXML that a request carries in its option `fetchXml`, where that is written as it stands.
///
/// # Errors
/// Where the snapshot cannot be read.
pub(crate) fn carried(
    store: &Store,
    given: &str,
    request: &Request<'_>,
    out: &mut Vec<Diagnostic>,
) -> Result<(), StoreError> {
    let carries = |o: &odata_parser::ast::QueryOption<'_>| {
        matches!(o.kind, OptionKind::Custom(_)) && o.name.eq_ignore_ascii_case("fetchXml")
    };
    if !request.options.iter().any(carries) {
        return Ok(());
    }
    let text = FetchText::new(given);
    let parsed = fetchxml::parse_text(&text, &fetchxml::ParseOptions::default());
    let name = parsed.fetch.entity().and_then(|e| e.name.as_ref());
    let table = match name.and_then(|n| store.entry(&n.raw)) {
        Some(entry) => store.table(&entry.logical_name)?,
        None => None,
    };
    fetch(store, &text, table, out);
    Ok(())
}

/// FetchXML within a URL: the set that it is sent to, and the characters that mean something to the URL before they mean
/// something to XML. An `&` of XML (`&amp;`) is an `&` of the URL too, so it is escaped twice: `%26amp;`.
///
/// Source: "Query data using FetchXML" (URL encode FetchXML query strings); davidyack/Xrm.Tools.CRMWebAPI#101.
pub(crate) fn fetch(store: &Store, text: &FetchText<'_>, table: Option<&Table>, out: &mut Vec<Diagnostic>) {
    let Some((path, value)) = text.location_in_url() else { return };
    let given = text.original_text();
    if let Some(table) = table {
        out.extend(resolve::set_of_url(store, &given[..path], table));
    }
    let written = &given[value.clone()];
    // One that is encoded has escaped them.
    if !written.trim_start().starts_with('<') {
        return;
    }
    for (at, c) in written.match_indices(['&', '#', '+']) {
        let span = Span::new(value.start + at, value.start + at + 1);
        let (escape, message) = match c {
            "&" => {
                ("%26", "an `&` ends the option of a URL, also that of `&amp;`: it is escaped a second time")
            }
            "#" => ("%23", "a `#` ends the URL: nothing behind it is sent"),
            _ => ("%2B", "a `+` in a URL is read as a blank"),
        };
        let question = format!("write `{escape}`, where no client encodes the URL");
        let d = match c {
            "+" => Diagnostic::warning(code::PLUS_IS_SPACE, span, message),
            _ => Diagnostic::error(code::NOT_ENCODED, span, message),
        };
        out.push(match c {
            "+" => d.suggest(Suggestion::maybe(question, span, escape)),
            _ => d.suggest(Suggestion::fix(question, span, escape)),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(filter: &str) -> Vec<(String, usize)> {
        let mut out = Vec::new();
        filter_rows(filter, &mut out);
        assert!(out.iter().all(|d| !d.is_error() && d.fix().is_none()));
        out.iter().map(|d| (d.suggestions[0].edits[0].replacement.clone(), d.span.range().start)).collect()
    }

    #[test]
    fn a_filter_that_power_automate_fills_in_is_part_of_a_url() {
        let filter = "name eq 'R&D' and a eq '@{f('&')}' and b eq 'x#+'";
        let expected = [("%26", 10), ("%23", 46), ("%2B", 47)].map(|(escape, at)| (escape.to_owned(), at));
        assert_eq!(said(filter), expected);
        for silent in [
            "name eq 'R&D'",
            "name eq 'R&D' and a eq '{x}'",
            "name eq 'R%26D' and a eq '@{x}'",
            "name eq '@{concat('a','&')}'",
            "name eq 'a@{' and b eq 'R&D'",
            "name%20eq%20'@{x}'+and+a+eq+1",
        ] {
            assert_eq!(said(silent), Vec::new(), "{silent}");
        }
    }
}
