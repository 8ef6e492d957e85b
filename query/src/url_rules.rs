//! Reports characters in a URL that the service does not accept, and URLs that are too long. The analysis of
//! a request, a filter or FetchXML calls these checks.
//!
//! The spans of the diagnostics refer to the original text before percent-decoding, because the rules are
//! about the spelling of the URL and not about the meaning of the request.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, limits};
use odata_parser::ast::{OptionKind, Request};
use odata_parser::{RequestText, url};

use dvkit_schema::{Store, StoreError, Table};
use fetchxml::FetchText;

use crate::resolve;

pub(crate) fn check(text: &RequestText<'_>, request: &Request<'_>, out: &mut Vec<Diagnostic>) {
    check_plus(text, request, out);
    check_length(text, out);
}

/// Reports a URL that is longer than the service accepts. The length is counted in characters after
/// percent-encoding.
fn check_length(text: &RequestText<'_>, out: &mut Vec<Diagnostic>) {
    let given = text.original_text();
    // Percent-encoding makes a text at most three times as long.
    if given.len() * 3 <= limits::MAX_URL_LENGTH as usize {
        return;
    }
    let blanks = given.bytes().filter(|b| matches!(b, b' ' | b'"' | b'<' | b'>') || !b.is_ascii()).count();
    let sent = given.len() + 2 * blanks;
    let span = Span::new(0, given.len());
    if sent > limits::MAX_URL_LENGTH_IN_BATCH as usize {
        let message = format!(
            "the URL has {sent} characters, and Dataverse takes {}, in `$batch`",
            limits::MAX_URL_LENGTH_IN_BATCH
        );
        let help = "a long list of values fits into one `Microsoft.Dynamics.CRM.In`";
        out.push(Diagnostic::error(code::URL_TOO_LONG, span, message).help(help));
    } else if sent > limits::MAX_URL_LENGTH as usize {
        let message = format!("the URL has {sent} characters, and a `GET` takes {}", limits::MAX_URL_LENGTH);
        let help = format!("send it within `$batch`, which takes {}", limits::MAX_URL_LENGTH_IN_BATCH);
        out.push(Diagnostic::warning(code::URL_TOO_LONG, span, message).help(help));
    }
}

/// Reports each `+` in the value of an option, because the service reads `+` as a space, and suggests `%2B`.
/// A percent-encoded value is not reported: its author means a space.
fn check_plus(text: &RequestText<'_>, request: &Request<'_>, out: &mut Vec<Diagnostic>) {
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
            let d = Diagnostic::warning(code::PLUS_IS_SPACE, span, "a `+` in a URL is read as a space");
            out.push(d.suggest(Suggestion::maybe(
                "write `%2B`, where no client encodes the URL",
                span,
                "%2B",
            )));
        }
    }
}

/// Reports characters that break the URL in a filter of a Power Automate flow. A text is taken for such a
/// filter if it contains an expression of the flow (`@{…}`). Power Automate puts the text of *Filter rows*
/// into the URL without encoding, so `&` and `#` end the filter, and `+` becomes a space. Other filters are
/// not checked, because most clients encode them.
///
/// Source: "Use lists of rows in flows" (Filter rows).
pub(crate) fn check_flow_filter(text: &str, out: &mut Vec<Diagnostic>) {
    // One byte is found faster than two, and hardly a filter has it.
    if !text.as_bytes().contains(&b'@') || !text.contains("@{") {
        return;
    }
    if !text.contains(['&', '#', '+']) || url::is_encoded(text) {
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
            _ => (code::PLUS_IS_SPACE, "%2B", "a `+` is read as a space"),
        };
        let message =
            format!("Power Automate puts what stands in *Filter rows* into the URL as it is, where {what}");
        let help =
            "what an expression gives can have such signs too: `@{encodeUriComponent(…)}` escapes them";
        let d = Diagnostic::warning(code, span, message).help(help);
        out.push(d.suggest(Suggestion::maybe(format!("write `{escape}` in *Filter rows*"), span, escape)));
    }
}

/// Checks the FetchXML in the option `fetchXml` of a request, unless the option is percent-encoded. `given`
/// is the original text of the request.
///
/// # Errors
/// Returns an error if the snapshot cannot be read.
pub(crate) fn check_carried_fetchxml(
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
    check_fetchxml_url(store, &text, table, out);
    Ok(())
}

/// Checks FetchXML that is part of a URL. Reports an entity set in the URL that is not the entity set of
/// `table`, and characters of the FetchXML that have a meaning in a URL. For example, the `&` of `&amp;`
/// would end the FetchXML, so it must be percent-encoded as `%26amp;`.
///
/// Source: "Query data using FetchXML" (URL encode FetchXML query strings);
/// davidyack/Xrm.Tools.CRMWebAPI#101.
pub(crate) fn check_fetchxml_url(
    store: &Store,
    text: &FetchText<'_>,
    table: Option<&Table>,
    out: &mut Vec<Diagnostic>,
) {
    let Some((path, value)) = text.location_in_url() else { return };
    let given = text.original_text();
    if let Some(table) = table {
        out.extend(resolve::set_of_url(store, &given[..path], table));
    }
    let written = &given[value.clone()];
    // In encoded FetchXML these characters are escaped already.
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
            _ => ("%2B", "a `+` in a URL is read as a space"),
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
        check_flow_filter(filter, &mut out);
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
