//! Decodes FetchXML that is part of a URL, or escaped for HTML or other XML, or several of these at once.
//! [`FetchText`] maps positions in the decoded text back to the original text.

use std::borrow::Cow;
use std::fmt::Write as _;

use dvkit_diagnostic::{Diagnostic, Span};

/// The maximum number of encodings, one within another, that are removed from a text. Real texts have one or
/// two.
const MAX_ENCODINGS: usize = 4;

/// A FetchXML text without its encodings, together with the original text.
///
/// A tree of [`parse_text`](crate::parse_text) borrows from this value. The spans in the tree refer to
/// [`decoded`](Self::decoded); [`to_original`](Self::to_original) maps them to the original text.
///
/// ```
/// use fetchxml::FetchText;
/// let text = FetchText::new("&lt;fetch top=&quot;3&quot;&gt;&lt;/fetch&gt;");
/// assert_eq!(text.decoded(), "<fetch top=\"3\"></fetch>");
/// ```
#[derive(Clone, Debug)]
pub struct FetchText<'t> {
    given: &'t str,
    text: Cow<'t, str>,
    /// The encodings that were removed, in the order in which they were removed.
    layers: Vec<Layer>,
    /// The names and values of the other options in the URL that contains the query; empty if the query is
    /// not in a URL.
    beside: Vec<(String, String)>,
}

/// Returns whether a text is FetchXML rather than OData: it begins with `<`, possibly encoded, or is a URL
/// with the option `fetchXml=`.
///
/// ```
/// use fetchxml::is_fetchxml;
/// assert!(is_fetchxml("<fetch/>") && is_fetchxml("%3Cfetch%2F%3E") && is_fetchxml(" &lt;fetch/&gt;"));
/// assert!(is_fetchxml("accounts?fetchXml=%3Cfetch%2F%3E"));
/// assert!(!is_fetchxml("name eq '<a>'") && !is_fetchxml("name eq 'fetchXml=3'"));
/// ```
#[must_use]
pub fn is_fetchxml(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    begins_plain(text) || begins_html(text) || begins_percent(text) || within_url(text).is_some()
}

fn begins_plain(text: &str) -> bool {
    text.starts_with('<')
}

fn begins_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|t| t.eq_ignore_ascii_case(start))
}

fn begins_html(text: &str) -> bool {
    ["&lt;", "&#60;", "&#x3c;", "&amp;lt;"].iter().any(|s| begins_with(text, s))
}

/// Returns whether the text begins with `<` after percent-decoding. Only its first 64 characters are decoded.
fn begins_percent(text: &str) -> bool {
    let mut head = text.chars().take(64).collect::<String>();
    for _ in 0..MAX_ENCODINGS {
        if !head.starts_with('%') {
            return false;
        }
        head = percent_decoded(&head);
        if begins_plain(&head) || begins_html(&head) {
            return true;
        }
    }
    false
}

/// Returns the byte range in `text`, a URL, of the value of the option `fetchXml`; `None` if there is no such
/// option.
fn within_url(text: &str) -> Option<std::ops::Range<usize>> {
    const NAME: &str = "fetchxml=";
    let at = text.bytes().enumerate().position(|(n, b)| {
        (n == 0 || matches!(text.as_bytes()[n - 1], b'?' | b'&'))
            && matches!(b, b'f' | b'F')
            && text.get(n..).is_some_and(|t| begins_with(t, NAME))
    })?;
    let start = at + NAME.len();
    let value = &text[start..];
    // If the query is not encoded, an `&` is part of it, and it ends with its last tag.
    let end = if begins_plain(value.trim_start()) {
        value.rfind('>').map_or(value.len(), |n| n + 1)
    } else {
        value.find(['&', '#', ' ']).unwrap_or(value.len())
    };
    Some(start..start + end)
}

/// Returns the names and values of the options of the URL `url`, except the option whose value has the byte
/// range `value`.
fn options_beside(url: &str, value: &std::ops::Range<usize>) -> Vec<(String, String)> {
    let before = url[..value.start].rsplit_once(['?', '&']).map_or("", |(before, _)| before);
    let before = before.split_once('?').map_or("", |(_, options)| options);
    let after = url[value.end..].split('#').next().unwrap_or_default().trim();
    // A request line ends with the version of HTTP.
    let after = match after.rsplit_once(' ') {
        Some((options, version)) if version.starts_with("HTTP/") => options,
        _ => after,
    };
    let after = after.strip_prefix('&').unwrap_or_default();
    before
        .split('&')
        .chain(after.split('&'))
        .map(|option| option.trim())
        .filter(|option| !option.is_empty())
        .map(|option| option.split_once('=').unwrap_or((option, "")))
        .map(|(name, value)| (name.replace("%24", "$"), value.to_owned()))
        .collect()
}

impl<'t> FetchText<'t> {
    /// Removes all encodings of `text`. Any text is accepted; the parser reports mistakes in it.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        let mut read =
            Self { given: text, text: Cow::Borrowed(text), layers: Vec::new(), beside: Vec::new() };
        while read.layers.len() < MAX_ENCODINGS {
            let trimmed = read.text.trim_start_matches('\u{feff}').trim_start();
            let cut = read.text.len() - trimmed.len();
            let (piece, kind) = if begins_plain(trimmed) {
                break;
            } else if begins_html(trimmed) {
                (cut..read.text.len(), Encoding::Html)
            } else if begins_percent(trimmed) {
                (cut..read.text.len(), Encoding::Percent)
            } else if let Some(value) = within_url(trimmed) {
                let plain = begins_plain(trimmed[value.clone()].trim_start());
                let kind = if plain { Encoding::Plain } else { Encoding::Percent };
                read.beside = options_beside(trimmed, &value);
                (cut + value.start..cut + value.end, kind)
            } else {
                break;
            };
            let (decoded, layer) = Layer::of(&read.text[piece.clone()], piece.start, kind);
            read.text = Cow::Owned(decoded);
            read.layers.push(layer);
        }
        read
    }

    /// Returns the text that was given to [`new`](Self::new), with its encodings.
    #[must_use]
    pub fn original_text(&self) -> &'t str {
        self.given
    }

    /// Returns the FetchXML without its encodings.
    #[must_use]
    pub fn decoded(&self) -> &str {
        &self.text
    }

    /// Returns the position of the query within a URL: the byte offset of the end of the path, and the byte
    /// range of the value of the option `fetchXml`. Returns `None` if the text is not a URL.
    #[must_use]
    pub fn location_in_url(&self) -> Option<(usize, std::ops::Range<usize>)> {
        let text = self.given.trim_start_matches('\u{feff}').trim_start();
        if begins_plain(text) || begins_html(text) || begins_percent(text) {
            return None;
        }
        let cut = self.given.len() - text.len();
        let value = within_url(text)?;
        let path = text[..value.start].find('?')?;
        Some((cut + path, cut + value.start..cut + value.end))
    }

    /// Returns the names and values of the other options in the URL that contains the query, as written. The
    /// result is empty if the text is not a URL.
    ///
    /// ```
    /// let text = fetchxml::FetchText::new("accounts?$count=true&fetchXml=%3Cfetch%2F%3E&tag=x");
    /// assert_eq!(text.url_options(), [("$count".to_owned(), "true".to_owned()), ("tag".to_owned(), "x".to_owned())]);
    /// ```
    #[must_use]
    pub fn url_options(&self) -> &[(String, String)] {
        &self.beside
    }

    /// Returns the span in the original text that corresponds to `span` in the decoded text.
    #[must_use]
    pub fn to_original(&self, span: Span) -> Span {
        self.layers.iter().rev().fold(span, |span, layer| layer.to_original(span))
    }

    /// Returns a diagnostic of the decoded text as a diagnostic of the original text: its spans are mapped,
    /// and its replacements are encoded like the text that they replace.
    #[must_use]
    pub fn diagnostic_to_original(&self, diagnostic: Diagnostic) -> Diagnostic {
        if self.layers.is_empty() {
            return diagnostic;
        }
        let encode =
            |text: String| self.layers.iter().rev().fold(text, |text, layer| layer.kind.encode(text));
        diagnostic.map(|span| self.to_original(span), encode)
    }
}

/// Returns the text with its percent-encoding removed once.
pub(crate) fn percent_decoded(text: &str) -> String {
    Layer::of(text, 0, Encoding::Percent).0
}

/// Returns the text with its references (`&lt;`) resolved once.
pub(crate) fn html_decoded(text: &str) -> String {
    Layer::of(text, 0, Encoding::Html).0
}

/// One encoding that was removed from a text, with the data to map positions back.
#[derive(Clone, Debug)]
struct Layer {
    kind: Encoding,
    /// The byte offset in the encoded text where the decoded part begins.
    start: u32,
    /// The escapes that were replaced by their characters, in the order of the text.
    runs: Vec<Run>,
}

/// Consecutive escapes (such as `%3C` or `&lt;`) of the same length. A text in which every character is
/// escaped is one run.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// The byte offset in the decoded text after the character of the first escape.
    behind: u32,
    /// The number of bytes by which the encoded text is longer than the decoded text, up to the end of the
    /// first escape.
    shift: u32,
    /// The number of escapes in the run.
    count: u32,
    /// The length in bytes of the character that one escape stands for.
    short: u32,
    /// The number of bytes by which one escape is longer than its character.
    longer: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    /// No encoding: the query is a part of a longer text, such as a URL.
    Plain,
    /// References of XML or HTML, such as `&lt;`.
    Html,
    /// Percent-encoding, such as `%3C`.
    Percent,
}

impl Layer {
    fn of(text: &str, start: usize, kind: Encoding) -> (String, Self) {
        let mut layer = Self { kind, start: clamp(start), runs: Vec::new() };
        let mut out = String::with_capacity(text.len());
        match kind {
            Encoding::Plain => out.push_str(text),
            Encoding::Html => layer.undo_references(text, &mut out),
            Encoding::Percent => layer.undo_escapes(text, &mut out),
        }
        (out, layer)
    }

    fn undo_references(&mut self, text: &str, out: &mut String) {
        let mut at = 0;
        while let Some(n) = text[at..].find('&') {
            out.push_str(&text[at..at + n]);
            at += n;
            let (c, used) = reference(&text[at..]).unwrap_or(('&', 1));
            out.push(c);
            at += used;
            if used != c.len_utf8() {
                self.record(out.len(), c.len_utf8(), used);
            }
        }
        out.push_str(&text[at..]);
    }

    fn undo_escapes(&mut self, text: &str, out: &mut String) {
        let bytes = text.as_bytes();
        // A text that is encoded has no white space of its own.
        let mut blank = None;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let (c, used) = match byte {
                b'%' => {
                    if let Some(c @ 0..0x80) = escaped_byte(bytes, at) {
                        // Consecutive one-byte characters are recorded together when they end.
                        let from = out.len();
                        out.push(char::from(c));
                        at += 3;
                        while let Some(c @ 0..0x80) = escaped_byte(bytes, at) {
                            out.push(char::from(c));
                            at += 3;
                        }
                        self.record_run(from + 1, out.len() - from, 1, 3);
                        continue;
                    }
                    escape(&text[at..]).unwrap_or(('%', 1))
                }
                b'+' => {
                    let blank =
                        *blank.get_or_insert_with(|| !text.trim().bytes().any(|b| b.is_ascii_whitespace()));
                    (if blank { ' ' } else { '+' }, 1)
                }
                _ => {
                    let rest = &text[at..];
                    let plain = rest.bytes().position(|b| matches!(b, b'%' | b'+')).unwrap_or(rest.len());
                    out.push_str(&rest[..plain]);
                    at += plain;
                    continue;
                }
            };
            out.push(c);
            at += used;
            if used != c.len_utf8() {
                self.record(out.len(), c.len_utf8(), used);
            }
        }
    }

    /// Records an escape that has `used` bytes in the encoded text. Its character has `short` bytes and ends
    /// at the offset `behind` in the decoded text.
    fn record(&mut self, behind: usize, short: usize, used: usize) {
        self.record_run(behind, 1, short, used);
    }

    /// Records `count` consecutive escapes, of which each has `used` bytes in the encoded text and a
    /// character of `short` bytes. The character of the first one ends at the offset `behind` in the decoded
    /// text.
    fn record_run(&mut self, behind: usize, count: usize, short: usize, used: usize) {
        let (behind, count, short) = (clamp(behind), clamp(count), clamp(short));
        let longer = clamp(used) - short;
        let shift = match self.runs.last_mut() {
            Some(last) => {
                let next = last.behind.saturating_add(last.count.saturating_mul(last.short));
                if last.short == short && last.longer == longer && next == behind {
                    last.count = last.count.saturating_add(count);
                    return;
                }
                last.shift_of(last.count - 1).saturating_add(longer)
            }
            None => longer,
        };
        self.runs.push(Run { behind, shift, count, short, longer });
    }

    fn to_original(&self, span: Span) -> Span {
        let start = self.offset(span.start);
        Span { start, end: self.offset(span.end).max(start) }
    }

    fn offset(&self, at: u32) -> u32 {
        let n = self.runs.partition_point(|run| run.behind <= at);
        let shift = n
            .checked_sub(1)
            .and_then(|n| self.runs.get(n))
            .map_or(0, |run| run.shift_of(((at - run.behind) / run.short).min(run.count - 1)));
        at.saturating_add(shift).saturating_add(self.start)
    }
}

impl Run {
    /// Returns the number of bytes by which the encoded text is longer than the decoded text, up to the end
    /// of the escape with the index `escape` in the run.
    fn shift_of(&self, escape: u32) -> u32 {
        self.shift.saturating_add(escape.saturating_mul(self.longer))
    }
}

impl Encoding {
    fn encode(self, text: String) -> String {
        match self {
            Self::Plain => text,
            Self::Html => {
                let mut out = String::with_capacity(text.len() + 16);
                for c in text.chars() {
                    match c {
                        '&' => out.push_str("&amp;"),
                        '<' => out.push_str("&lt;"),
                        '>' => out.push_str("&gt;"),
                        '"' => out.push_str("&quot;"),
                        '\'' => out.push_str("&#39;"),
                        c => out.push(c),
                    }
                }
                out
            }
            Self::Percent => {
                let mut out = String::with_capacity(text.len() + 16);
                for b in text.bytes() {
                    if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~') {
                        out.push(char::from(b));
                    } else {
                        // Writing to a string cannot fail.
                        let _ = write!(out, "%{b:02X}");
                    }
                }
                out
            }
        }
    }
}

fn clamp(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Returns the character of the reference (`&…;`) with which `text` begins, and the length of the reference
/// in bytes; `None` if `text` does not begin with one.
fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|b| b == b';')?;
    let name = &text[1..end];
    let c = match name {
        "lt" | "LT" => '<',
        "gt" | "GT" => '>',
        "amp" | "AMP" => '&',
        "quot" | "QUOT" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let digits = name.strip_prefix('#')?;
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => digits.parse(),
            };
            char::from_u32(number.ok()?)?
        }
    };
    Some((c, end + 1))
}

/// Returns the byte that the escape (`%XX`) at the offset `at` stands for; `None` if there is no escape.
fn escaped_byte(bytes: &[u8], at: usize) -> Option<u8> {
    match bytes.get(at..at + 3)? {
        [b'%', high, low] => Some(hex(*high)? * 16 + hex(*low)?),
        _ => None,
    }
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Returns the character that the escapes (`%XX…`) at the beginning of `text` stand for, and their length in
/// bytes; `None` if they are not one character of UTF-8.
fn escape(text: &str) -> Option<(char, usize)> {
    let byte = |n: usize| escaped_byte(text.as_bytes(), 3 * n);
    let length = match byte(0)? {
        0..0x80 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..=0xff => 4,
        _ => return None,
    };
    let mut bytes = [0; 4];
    for (n, place) in bytes.iter_mut().enumerate().take(length) {
        *place = byte(n)?;
    }
    let c = std::str::from_utf8(bytes.get(..length)?).ok()?.chars().next()?;
    Some((c, 3 * length))
}

/// Returns the text escaped for the value of an attribute in XML: `&`, `<`, `>` and both quotes are written
/// as entities.
///
/// ```
/// assert_eq!(fetchxml::escape_attribute("O'Brien & <Co>"), "O&apos;Brien &amp; &lt;Co&gt;");
/// ```
#[must_use]
pub fn escape_attribute(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
