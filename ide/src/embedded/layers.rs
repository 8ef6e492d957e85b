//! Puts several layers of encoding on top of one another, which all hosts of data formats need: expressions
//! within strings of JSON, texts within other texts, percent-encoding of values that become a part of a URL.

use std::ops::Range;
use std::sync::Arc;

use super::text::PartKind;
use super::{EscapeWith, Escaping, FoundText, HostText, HostTextBuilder, recognize};

/// The reason for not checking a text that is only a part of a query.
const IS_PART: &str = "this is a part of a query, whose other parts are elsewhere";

/// An escaping that is applied before another one.
#[derive(Debug)]
struct Layered {
    inner: Arc<dyn Escaping>,
    outer: Arc<dyn Escaping>,
}

impl Escaping for Layered {
    fn escape(&self, text: &str) -> Option<String> {
        self.outer.escape(&self.inner.escape(text)?)
    }
}

/// Returns the escaping that applies `inner` first, and `outer` to the result.
pub(super) fn layered(inner: Arc<dyn Escaping>, outer: Arc<dyn Escaping>) -> Arc<dyn Escaping> {
    Arc::new(Layered { inner, outer })
}

/// Adds the queries that are recognised in a text.
pub(super) fn push_recognized(construct: &'static str, text: &HostText, found: &mut Vec<FoundText>) -> bool {
    let recognized = recognize(text);
    let any = !recognized.is_empty();
    found.extend(recognized.into_iter().map(|query| {
        let is_part = query.is_part;
        let text = FoundText::query(construct, query.text);
        if is_part { text.skipped(IS_PART) } else { text }
    }));
    any
}

/// Returns whether a source text can contain a query that [`recognize`] finds, in whatever escaping of JSON,
/// XML or URLs. This is quick, and rarely wrong with `true`.
pub(super) fn may_have_query(source: &str) -> bool {
    let bytes = source.as_bytes();
    // Every query has a `$`, a `<fetch`, `fetchXml=` or the path of a service.
    memchr::memchr3(b'$', b'%', b'&', bytes).is_some()
        || contains_ignoring_case(bytes, b"fetch")
        || contains_ignoring_case(bytes, b"_api")
        || contains_ignoring_case(bytes, b"api/data")
        || contains_ignoring_case(bytes, b"api\\/data")
        || contains_ignoring_case(bytes, b"query=")
}

/// Returns whether `text` contains `word`, which is in lower case, in any case of letters.
pub(super) fn contains_ignoring_case(text: &[u8], word: &[u8]) -> bool {
    let Some(first) = word.first() else { return true };
    memchr::memchr2_iter(*first, first.to_ascii_uppercase(), text)
        .any(|at| text.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word)))
}

/// Returns `text` with the byte ranges in `places` as placeholders for the expressions given with them. The
/// ranges are in the order of the text and do not overlap.
pub(super) fn with_placeholders(text: &HostText, places: &[(Range<usize>, String)]) -> HostText {
    if places.is_empty() {
        return text.clone();
    }
    let mut builder = HostTextBuilder::default();
    let mut at = 0;
    for (range, expression) in places {
        builder.append(&text.slice(at..range.start));
        let host = text.host_span(range.clone()).unwrap_or_default();
        builder.placeholder(host, expression);
        at = range.end;
    }
    builder.append(&text.slice(at..text.text().len()));
    builder.finish()
}

/// Returns `text` without its byte ranges `places`, which are in order. They remain in the file.
pub(super) fn without(text: &HostText, places: &[Range<usize>]) -> HostText {
    let mut builder = HostTextBuilder::default();
    let mut at = 0;
    for range in places {
        builder.append(&text.slice(at..range.start));
        at = range.end;
    }
    builder.append(&text.slice(at..text.text().len()));
    builder.finish()
}

/// Returns the byte ranges of the expressions in `text` between `open` and `close`, each with its source
/// without these. Quotes within an expression are respected if `quote` is given: the character of the quotes.
pub(super) fn bracketed(
    text: &str,
    open: &str,
    close: &str,
    quote: Option<char>,
) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find(open)).map(|at| at + from) {
        let inner = start + open.len();
        let rest = text.get(inner..).unwrap_or_default();
        let end = match quote {
            None => rest.find(close),
            Some(quote) => {
                let mut quoted = false;
                rest.char_indices().find_map(|(at, c)| {
                    if c == quote {
                        quoted = !quoted;
                    }
                    (!quoted && rest.get(at..)?.starts_with(close)).then_some(at)
                })
            }
        };
        // An expression without an end is a text, and so is everything behind it.
        let Some(end) = end else { break };
        let whole = start..inner + end + close.len();
        from = whole.end;
        found.push((whole, rest.get(..end).unwrap_or_default().trim().to_owned()));
    }
    found
}

/// Returns `text`, the value of an option as the service sees it, as it is written in a URL: what would end the
/// value there is percent-encoded.
pub(super) fn percent_encoded(text: &HostText) -> HostText {
    let reserved = |c: char| matches!(c, '&' | '#' | '+' | '%');
    let decode = |stretch: &str| {
        pieces(stretch, |rest| {
            let c = rest.chars().next()?;
            reserved(c).then(|| (1, format!("%{:02X}", u32::from(c))))
        })
    };
    text.decoded(decode, |outer| layered(Arc::new(EscapeWith(percent_decode)), outer))
}

/// Returns `text` without percent-encoding; `None` if the result is not UTF-8.
fn percent_decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).filter(|_| *byte == b'%');
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(code) => {
                out.push(code);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).ok()
}

/// Splits `text` into pieces for [`HostText::decoded`]. `sequence` gets the rest of the text, and returns the
/// length and the meaning of an escape sequence at its beginning; `None` if there is none.
pub(super) fn pieces(
    text: &str,
    sequence: impl Fn(&str) -> Option<(usize, String)>,
) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    let mut plain = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        match sequence(rest) {
            Some((length, meaning)) if length > 0 => {
                if plain < at {
                    found.push((plain..at, text.get(plain..at).unwrap_or_default().to_owned()));
                }
                found.push((at..at + length, meaning));
                at += length;
                plain = at;
            }
            _ => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    if plain < at {
        found.push((plain..at, text.get(plain..at).unwrap_or_default().to_owned()));
    }
    found
}

/// Returns the escaping that doubles every `'`.
pub(super) fn doubled_quotes() -> Arc<dyn Escaping> {
    Arc::new(EscapeWith(|text| Some(text.replace('\'', "''"))))
}

/// Moves the positions of an inner text into the file of an outer one.
struct Mover<'t> {
    outer: &'t HostText,
    builder: HostTextBuilder,
    /// The indices of the inner and the outer literal that the builder is in.
    literals: Option<(usize, usize)>,
}

impl HostText {
    /// Returns `inner`, whose positions are those of a file with the text of `self`, with positions in the
    /// file of `self`.
    #[must_use]
    pub(super) fn outer_positions(&self, inner: &Self) -> Self {
        let mut mover = Mover { outer: self, builder: HostTextBuilder::default(), literals: None };
        for part in &inner.parts {
            let text = inner.text.get(part.text.clone()).unwrap_or_default();
            match part.kind {
                PartKind::Synthetic => mover.builder.synthetic(text),
                PartKind::Placeholder => {
                    let host = self.host_span(part.host.clone()).unwrap_or_default();
                    // Behind an expression between two literals, nothing can be inserted; within a literal, the
                    // inner text says where.
                    mover.builder.end();
                    mover.literals = None;
                    mover.builder.placeholder(host, text);
                }
                PartKind::Plain(literal) => mover.plain(inner, literal, &part.host, text),
                PartKind::Escape(literal) => mover.escape(inner, literal, &part.host, text),
            }
        }
        mover.builder.finish()
    }
}

impl Mover<'_> {
    /// Begins a literal of the outer file at `start`, unless the builder is in it already.
    fn begin(&mut self, inner: &HostText, literals: (usize, usize), start: usize) {
        if self.literals == Some(literals) {
            return;
        }
        let (Some(of_inner), Some(of_outer)) =
            (inner.escapings.get(literals.0), self.outer.escapings.get(literals.1))
        else {
            return;
        };
        self.builder.begin(start, layered(of_inner.clone(), of_outer.clone()));
        self.literals = Some(literals);
    }

    fn plain(&mut self, inner: &HostText, literal: usize, host: &Range<usize>, text: &str) {
        let outer = self.outer;
        if host.is_empty() {
            // A place where text can be inserted.
            let literals = outer.overlapping(host).filter_map(|part| literal_of(part.kind));
            if let (Some(at), Some(of_outer)) = (outer.host_offset(host.start), literals.clone().next()) {
                self.literals = None;
                self.begin(inner, (literal, of_outer), at);
            }
            return;
        }
        for part in outer.overlapping(host) {
            let range = host.start.max(part.text.start)..host.end.min(part.text.end);
            if range.is_empty() {
                continue;
            }
            let piece = text.get(range.start - host.start..range.end - host.start).unwrap_or_default();
            let place = outer.host_span(range);
            match (place, part.kind) {
                (Some(place), PartKind::Plain(of_outer)) => {
                    self.begin(inner, (literal, of_outer), place.start);
                    self.builder.plain(place, piece);
                }
                (Some(place), PartKind::Escape(of_outer)) => {
                    self.begin(inner, (literal, of_outer), place.start);
                    self.builder.escape(place, piece);
                }
                (Some(place), PartKind::Placeholder) => self.builder.placeholder(place, piece),
                _ => self.builder.synthetic(piece),
            }
        }
    }

    fn escape(&mut self, inner: &HostText, literal: usize, host: &Range<usize>, text: &str) {
        let outer = self.outer;
        let inside = outer.overlapping(host).filter(|p| p.text.start < host.end && host.start < p.text.end);
        let mut literals = inside.map(|part| literal_of(part.kind));
        let first = literals.next().flatten();
        let is_one = first.is_some() && literals.all(|other| other == first);
        match (outer.host_span(host.clone()), first) {
            (Some(place), Some(of_outer)) if is_one => {
                self.begin(inner, (literal, of_outer), place.start);
                self.builder.escape(place, text);
            }
            // A sequence over the ends of two literals of the outer file is read, and never written.
            _ => self.builder.synthetic(text),
        }
    }
}

fn literal_of(kind: PartKind) -> Option<usize> {
    match kind {
        PartKind::Plain(literal) | PartKind::Escape(literal) => Some(literal),
        PartKind::Placeholder | PartKind::Synthetic => None,
    }
}
