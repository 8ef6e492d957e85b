//! Splits the text of a request into its parts, and then decodes each part. Programs create a [`RequestText`]
//! to parse a request. The request is split first, because `?`, `&`, `=` and `#` are separators only if they
//! are not escaped.

use std::ops::Range;

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};

use super::http::request_line;
use super::separators::{Join, equals, joins, option_behind};
use crate::lexical::{blank, is_blank, name_len};
use crate::placeholder;
use crate::url::{self, Decoded};

/// The text of a request, split at `?` and `&`, and decoded.
///
/// A tree of [`parse_request`](crate::parse_request) borrows from this value. The spans in the tree refer to
/// [`decoded`](Self::decoded); [`to_original`](Self::to_original) maps them to the original text. Each option
/// is decoded separately, because real requests mix encoded and plain options.
///
/// ```
/// use odata_parser::RequestText;
/// let text = RequestText::new("accounts?$filter=name%20eq%20'a%26b'&$top=3");
/// assert_eq!(text.decoded(), "accounts?$filter=name eq 'a&b'&$top=3");
/// ```
#[derive(Clone, Debug)]
pub struct RequestText<'t> {
    given: &'t str,
    /// The decoded text; `None` if no part of the text is percent-encoded.
    decoded: Option<Decoded>,
    pub(crate) parts: Parts,
    /// The mistakes in the percent-encoding. Their spans refer to the original text.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// The byte ranges of the parts of a request in the decoded text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    pub(crate) service: Range<usize>,
    pub(crate) path: Range<usize>,
    pub(crate) fragment: Option<Range<usize>>,
    pub(crate) options: Vec<OptionSpan>,
}

/// The byte ranges of one option in the decoded text.
#[derive(Clone, Debug)]
pub(crate) struct OptionSpan {
    pub(crate) name: Range<usize>,
    pub(crate) value: Range<usize>,
    /// Whether the option has an `=`, which a value follows.
    pub(crate) has_value: bool,
    /// Whether the whole option is percent-encoded in the original text. Then replacements in it must be
    /// encoded too.
    pub(crate) encoded: bool,
}

impl<'t> RequestText<'t> {
    /// Splits and decodes `text`. Any text is accepted; the parser reports mistakes in it.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        let mut split = Split::of(text);
        // Two searches for one byte each are faster than one search for two characters.
        if !text.as_bytes().contains(&b'%') && !text.as_bytes().contains(&b'+') {
            return Self { given: text, decoded: None, parts: split.parts, diagnostics: split.diagnostics };
        }
        let mut decoded = Decoded::with_capacity(text.len());
        let mut at = 0;
        let mut take = |range: &mut Range<usize>, plus: Option<bool>| {
            decoded.push(&text[at..range.start], at, None);
            let start = decoded.text.len();
            push(&mut decoded, &text[range.clone()], range.start, plus);
            at = range.end;
            *range = start..decoded.text.len();
        };
        take(&mut split.parts.service, None);
        // A `+` in a path is a plus.
        take(&mut split.parts.path, Some(false));
        if let Some(fragment) = &mut split.parts.fragment {
            take(fragment, Some(false));
        }
        for option in &mut split.parts.options {
            let (name, value) = (&text[option.name.clone()], &text[option.value.clone()]);
            option.encoded = url::is_encoded(value) || is_form(name, value);
            take(&mut option.name, Some(false));
            // Spaces together with escapes come from the address bar of a browser, which keeps a literal `+`.
            let plus = if value.contains(['%', '+']) { Some(option.encoded) } else { None };
            take(&mut option.value, plus);
        }
        decoded.push(&text[at..], at, None);
        Self { given: text, decoded: Some(decoded), parts: split.parts, diagnostics: split.diagnostics }
    }

    /// Returns the text that was given to [`new`](Self::new), before percent-decoding.
    #[must_use]
    pub fn original_text(&self) -> &'t str {
        self.given
    }

    /// Returns the decoded text. It may not be a valid request itself, because an `&` that was escaped in the
    /// original text is not escaped in it.
    #[must_use]
    pub fn decoded(&self) -> &str {
        self.decoded.as_ref().map_or(self.given, |d| d.text.as_str())
    }

    /// Returns the span in the original text that corresponds to `span` in the decoded text.
    #[must_use]
    pub fn to_original(&self, span: Span) -> Span {
        self.decoded.as_ref().map_or(span, |d| d.to_encoded(span))
    }

    /// Returns a diagnostic of the decoded text as a diagnostic of the original text: its spans are mapped,
    /// and its replacements are encoded like the text that they replace.
    #[must_use]
    pub fn diagnostic_to_original(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.span = self.to_original(diagnostic.span);
        for label in &mut diagnostic.labels {
            label.span = self.to_original(label.span);
        }
        for edit in diagnostic.suggestions.iter_mut().flat_map(|s| &mut s.edits) {
            edit.replacement = self.encode(edit.span, std::mem::take(&mut edit.replacement));
            edit.span = self.to_original(edit.span);
        }
        diagnostic
    }

    /// Returns a replacement for the position `span` in the decoded text, encoded like the option at that
    /// position. A replacement that adds or removes whole options is not encoded.
    fn encode(&self, span: Span, replacement: String) -> String {
        let range = span.range();
        // Options are in the order of the text.
        let behind = self.parts.options.partition_point(|p| p.value.start <= range.start);
        let piece = behind.checked_sub(1).and_then(|i| self.parts.options.get(i));
        let piece = piece.filter(|p| range.end <= p.value.end);
        match piece {
            _ if replacement.starts_with(['&', '?']) => replacement,
            Some(piece) if piece.encoded => url::encode(&replacement).into_owned(),
            Some(_) => url::escape_delimiters(&replacement).into_owned(),
            None => replacement,
        }
    }
}

/// Returns whether a text ends where an item of a JSON array may begin: behind `[` or `,`, encoded or not.
fn begins_item(text: &str) -> bool {
    let encoded = text.len().checked_sub(3).and_then(|at| text.get(at..)).unwrap_or_default();
    text.ends_with(['[', ',']) || ["%5B", "%2C"].iter().any(|mark| encoded.eq_ignore_ascii_case(mark))
}

/// Returns the square bracket at the beginning of a text, encoded or not.
fn bracket(text: &str) -> Option<char> {
    match text.as_bytes() {
        [b'[', ..] | [b'%', b'5', b'B' | b'b', ..] => Some('['),
        [b']', ..] | [b'%', b'5', b'D' | b'd', ..] => Some(']'),
        _ => None,
    }
}

/// Returns the length of the JSON text at the beginning of `text`, whose characters may be percent-encoded. `None`
/// if there is none, if it is never closed, or if it contains an `&` or a `#` that is not encoded.
fn json_text_len(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    // A character, and the number of bytes in which it is written. Other than ASCII none matters.
    let unit = |at: usize| -> Option<(u8, usize)> {
        let hex = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
        match (bytes.get(at)?, hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => Some((u8::try_from(high * 16 + low).ok()?, 3)),
            (byte, _, _) => Some((*byte, 1)),
        }
    };
    let (quote, mut at) = unit(0)?;
    if quote != b'"' {
        return None;
    }
    loop {
        let (byte, length) = unit(at)?;
        match byte {
            b'"' => return Some(at + length),
            b'&' | b'#' if length == 1 => return None,
            b'\\' => at += length + unit(at + length)?.1,
            _ => at += length,
        }
    }
}

struct Split {
    parts: Parts,
    diagnostics: Vec<Diagnostic>,
    /// The byte offset of the last apostrophe in the text; `last_close` is that of the last closing
    /// parenthesis. A string or parentheses that are still open after it are never closed.
    last_quote: usize,
    last_close: usize,
}

impl Split {
    /// Splits a text into its parts. All ranges refer to the original text.
    fn of(text: &str) -> Self {
        let mut split = Self {
            parts: Parts::default(),
            diagnostics: Vec::new(),
            last_quote: text.rfind('\'').unwrap_or(0),
            last_close: text.rfind(')').unwrap_or(0),
        };
        let line = request_line(text);
        let start = line.as_ref().map_or(text.len() - blank(text).len(), |l| l.target.start);
        let end = line.as_ref().map_or(text.trim_end_matches(is_blank).len(), |l| l.target.end).max(start);
        let path_end = match path_end(&text[..end], start) {
            Some(at) => at,
            // There are only options.
            None => {
                split.parts.service = start..start;
                split.parts.path = start..start;
                start
            }
        };
        if path_end > start {
            split.path(text, start, path_end);
        } else {
            split.parts.service = start..start;
            split.parts.path = start..start;
        }
        let mut at = path_end;
        if path_end > start && text[path_end..end].starts_with(['&', '/']) {
            let span = Span::new(path_end, path_end + 1);
            let message = "the first option stands behind a `?`";
            split.diagnostics.push(
                Diagnostic::error(code::UNEXPECTED, span, message).suggest(Suggestion::fix(
                    "write `?`",
                    span,
                    "?",
                )),
            );
            at += 1;
        }
        while at < end {
            // Skips the `?`, or the `&` before an option. Several of them count as one.
            while at < end && text[at..].starts_with(['?', '&', ';', ' ', '\t', '\r', '\n']) {
                at += 1;
            }
            if at >= end {
                break;
            }
            let stop = split.option_end(text, at, end);
            split.option(text, at, stop);
            at = stop;
        }
        split
    }

    /// Splits the part of `text` from `start` to `end`, which precedes the options, into the root of the
    /// service, the resource path and the fragment.
    fn path(&mut self, text: &str, start: usize, end: usize) {
        let end = start + text[start..end].trim_end_matches(is_blank).len();
        let mut path_end = end;
        let mut at = start;
        for (piece, is_placeholder) in placeholder::pieces(&text[start..end]) {
            if let (Some(hash), false) = (piece.find('#'), is_placeholder) {
                path_end = at + hash;
                self.parts.fragment = Some(path_end + 1..end);
                break;
            }
            at += piece.len();
        }
        let service = service_len(&text[start..path_end]);
        self.parts.service = start..start + service;
        self.parts.path = start + service..path_end;
        // Only within a key: elsewhere an apostrophe is a letter (`People/O'Neil`).
        let (mut depth, mut quoted) = (0_usize, false);
        let mut at = self.parts.path.start;
        while at < path_end {
            match text.as_bytes()[at] {
                b'\'' if depth > 0 => quoted = !quoted,
                b'(' if !quoted => depth += 1,
                b')' if !quoted => depth = depth.saturating_sub(1),
                b'{' | b'$' | b'@' => {
                    if let Some(rest) = placeholder::end(&text[at..path_end], true) {
                        at = path_end - rest.len();
                        continue;
                    }
                }
                b'/' if quoted => {
                    let span = Span::new(at, at + 1);
                    let message = "a `/` ends a segment of the path, also within a text";
                    self.diagnostics.push(
                        Diagnostic::error(code::NOT_ENCODED, span, message).suggest(Suggestion::fix(
                            "write `%2F`",
                            span,
                            "%2F",
                        )),
                    );
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Returns the byte offset of the end of the option that begins at the offset `at`. It is the next `&`
    /// that separates two options, or `end` if there is none.
    fn option_end(&mut self, text: &str, at: usize, end: usize) -> usize {
        let bytes = text.as_bytes();
        let name = text[at..end].trim_start_matches("%24").trim_start_matches('$');
        let is = |word: &str| name.get(..word.len()).is_some_and(|n| n.eq_ignore_ascii_case(word));
        let nests = is("expand") || is("select");
        // In a search an apostrophe is a letter (`Daniel's`), unless the search begins with one.
        let value = text[at..end].split_once('=').map_or("", |(_, value)| blank(value));
        let texts = !is("search") || value.starts_with('\'') || value.starts_with("%27");
        let (mut depth, mut quoted, mut in_array, mut i) = (0_usize, false, false, at);
        while i < end {
            match bytes[i] {
                b'\'' if texts => quoted = !quoted,
                // The parentheses and apostrophes of a text in a JSON array are plain characters.
                b'"' | b'%' if !quoted && (bytes[i] == b'"' || in_array) && begins_item(&text[..i]) => {
                    if let Some(length) = json_text_len(&text[i..end]) {
                        i += length;
                        continue;
                    }
                }
                b'%' | b'[' | b']' if !quoted => match bracket(&text[i..end]) {
                    Some('[') => in_array = true,
                    Some(_) => in_array = false,
                    None => {}
                },
                b'(' if !quoted => depth += 1,
                b')' if !quoted => depth = depth.saturating_sub(1),
                b'$' | b'@' | b'{' => {
                    if let Some(rest) = placeholder::end(&text[i..end], true) {
                        i = end - rest.len();
                        continue;
                    }
                }
                // `?$top=1` and `;$top=1`: a separator in the wrong position.
                b'?' | b';'
                    if !quoted
                        && depth == 0
                        && option_behind(&text[i + 1..end])
                        // Only options of OData are followed by such a separator, and parentheses may be encoded.
                        && (text[at..i].starts_with('$') || text[at..i].starts_with("%24"))
                        && !text[at..i].contains("%28") =>
                {
                    let span = Span::new(i, i + 1);
                    let message = match bytes[i] {
                        b'?' => "the first option stands behind a `?`, each further one behind an `&`",
                        _ => "options are joined by `&`; a `;` separates those within parentheses",
                    };
                    self.diagnostics.push(
                        Diagnostic::error(code::UNEXPECTED, span, message).suggest(Suggestion::fix(
                            "write `&`",
                            span,
                            "&",
                        )),
                    );
                    return i;
                }
                b'#' => {
                    let span = Span::new(i, i + 1);
                    let message = "a `#` ends the URL: nothing behind it is sent";
                    self.diagnostics.push(
                        // `&#39;` is a quote that was escaped.
                        Diagnostic::error(code::NOT_ENCODED, span, message).suggest(
                            match text[..i].ends_with('&') {
                                true => Suggestion::maybe("write `%23`", span, "%23"),
                                false => Suggestion::fix("write `%23`", span, "%23"),
                            },
                        ),
                    );
                }
                b'&' => match joins(
                    &text[i + 1..end],
                    quoted && self.last_quote > i,
                    nests && depth > 0 && !quoted && self.last_close > i,
                    is("filter"),
                ) {
                    Join::Text => {
                        let span = Span::new(i, i + 1);
                        let message = "an `&` ends an option of a URL, also within a text";
                        self.diagnostics.push(
                            Diagnostic::error(code::NOT_ENCODED, span, message).suggest(Suggestion::fix(
                                "write `%26`",
                                span,
                                "%26",
                            )),
                        );
                    }
                    // The parser reports them.
                    Join::Nested | Join::Condition => {}
                    Join::No => return i,
                },
                _ => {}
            }
            i += 1;
        }
        end
    }

    fn option(&mut self, text: &str, start: usize, end: usize) {
        let trimmed = |from: usize, to: usize| {
            let piece = &text[from..to];
            let left = from + (piece.len() - blank(piece).len());
            left..from + piece.trim_end_matches(is_blank).len().max(left - from)
        };
        // JSON and expressions have no `=` before the first one that separates name and value.
        let (name, value, has_value) = match equals(&text[start..end]) {
            Some(n) => (trimmed(start, start + n), trimmed(start + n + 1, end), true),
            None => {
                let name = trimmed(start, end);
                (name.clone(), name.end..name.end, false)
            }
        };
        self.parts.options.push(OptionSpan { name, value, has_value, encoded: false });
    }
}

/// Decodes the part `piece` of a text, which begins at the byte offset `at`, and appends it, like
/// [`Decoded::push`]. A `+` within a placeholder is kept. `plus` says whether any other `+` becomes a space;
/// with `None` the part is appended without decoding.
fn push(decoded: &mut Decoded, piece: &str, mut at: usize, plus: Option<bool>) {
    if plus != Some(true) || !piece.contains('{') {
        return decoded.push(piece, at, plus);
    }
    for (part, is_placeholder) in placeholder::pieces(piece) {
        decoded.push(part, at, Some(!is_placeholder));
        at += part.len();
    }
}

/// Returns whether every `+` in `value`, the value of the option `name`, means a space. This is so if the
/// value contains no white space, and the option does not contain an expression, in which a user may have
/// typed a plus.
fn is_form(name: &str, value: &str) -> bool {
    const TYPED: &[&str] = &["filter", "orderby", "select", "expand", "compute", "apply", "format"];
    let bare = name.trim_start_matches("%24").trim_start_matches('$');
    let typed = name.starts_with('@') || TYPED.iter().any(|t| bare.eq_ignore_ascii_case(t));
    !typed && value.contains('+') && !value.contains(is_blank)
}

/// Returns whether the part contains no quotes, white space or placeholders, within which a `?` would not end
/// the path.
fn is_plain(part: &str) -> bool {
    !part.contains(['{', '$', '@', '?', '\'']) && !part.contains(is_blank)
}

/// Returns the byte offset of the end of the path that begins at `start`: that of the `?`, or the end of the
/// text. Returns `None` if the text begins with an option.
fn path_end(text: &str, start: usize) -> Option<usize> {
    if text[start..].starts_with(['?', '&']) {
        return None;
    }
    let bytes = text.as_bytes();
    let mut i = start;
    // A path that is not plain stays so, and a plain one ends here, so no part is examined twice.
    let (mut plain, mut may_assign) = (true, false);
    while i < text.len() {
        match bytes[i] {
            b'?' => return Some(i),
            // `accounts&$select=a`, `accounts/$filter=a`: an option after a wrong separator, which is reported.
            b'&' | b'/' if plain && i > start && option_behind(&text[i + 1..]) => {
                plain = is_plain(&text[start..i]);
                if plain {
                    return Some(i);
                }
            }
            b'$' | b'@' | b'{' => {
                if let Some(rest) = placeholder::end(&text[i..], true) {
                    let end = text.len() - rest.len();
                    may_assign |= text[i..end].contains(['(', '/', '#']);
                    i = end;
                    continue;
                }
                // `$select=a`, `@p=1`
                if i == start && blank(&text[i + 1 + name_len(&text[i + 1..])..]).starts_with('=') {
                    return None;
                }
            }
            // `select=a`, `fetchXml=…`, `%24select=…`: a path has no `=` before a parenthesis.
            b'=' if !may_assign => return None,
            _ => {}
        }
        may_assign |= matches!(bytes[i], b'(' | b'/' | b'#');
        i += 1;
    }
    Some(text.len())
}

/// Returns the length in bytes of the root of the service in `path`. It ends after `api/data/v9.2/` if `path`
/// contains such a part, and otherwise after the host.
fn service_len(path: &str) -> usize {
    const API: &str = "api/data/v";
    let found = path.as_bytes().windows(API.len()).position(|w| w.eq_ignore_ascii_case(API.as_bytes()));
    if let Some(at) = found
        .filter(|at| !path[..*at].contains('(') || path[..*at].contains("${") || path[..*at].contains("@{"))
    {
        let behind = &path[at + API.len()..];
        return behind.find('/').map_or(path.len(), |n| at + API.len() + n + 1);
    }
    let scheme = ["https://", "http://"]
        .iter()
        .find(|s| path.get(..s.len()).is_some_and(|p| p.eq_ignore_ascii_case(s)));
    if let Some(scheme) = scheme {
        let host = &path[scheme.len()..];
        return host.find('/').map_or(path.len(), |n| scheme.len() + n + 1);
    }
    usize::from(path.starts_with('/'))
}

#[cfg(test)]
mod tests;
