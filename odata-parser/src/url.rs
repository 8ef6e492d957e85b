//! Encodes and decodes the percent-encoding of filters and requests in URLs. The analysis of queries decodes
//! with it, and the printers encode with it.
//!
//! The parser never sees an escape: a text is decoded first, and [`Decoded::to_encoded`] maps the spans of
//! its diagnostics back to the encoded text.

use std::borrow::Cow;

use dvkit_diagnostic::Span;

use crate::lexical::{is_blank, is_name_char, name_len};

/// A decoded text, together with the data to map its positions back to the encoded text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The decoded text.
    pub text: String,
    /// For each escape, in the order of the text: the byte offset after its character in the decoded text,
    /// and the number of bytes by which the encoded text is longer than the decoded text up to there.
    shifts: Vec<(u32, u32)>,
}

impl Decoded {
    /// Returns the span in the encoded text that corresponds to `span` in the decoded text.
    ///
    /// ```
    /// use dvkit_diagnostic::Span;
    /// let decoded = odata_parser::url::decode("a%20eq%20%27%C3%A9%27");
    /// assert_eq!(decoded.text, "a eq 'é'");
    /// assert_eq!(decoded.to_encoded(Span::new(5, 9)), Span::new(9, 21));
    /// ```
    #[must_use]
    pub fn to_encoded(&self, span: Span) -> Span {
        let start = self.offset(span.start);
        Span { start, end: self.offset(span.end).max(start) }
    }

    /// Returns the byte offset in the encoded text that corresponds to the byte offset `at` in the decoded
    /// text. An offset within a decoded character corresponds to the beginning or the end of its escapes.
    fn offset(&self, at: u32) -> u32 {
        let n = self.shifts.partition_point(|(behind, _)| *behind <= at);
        at + if n == 0 { 0 } else { self.shifts[n - 1].1 }
    }
}

/// Returns whether a text looks percent-encoded: it contains no white space, but an escape, or a `+` where a
/// space beside an operator or a similar word is expected.
///
/// ```
/// use odata_parser::url::is_encoded;
/// assert!(is_encoded("name%20eq%20'a'"));
/// assert!(is_encoded("name+eq+'a'") && is_encoded("name+desc,a") && is_encoded("not+contains(name,'a')"));
/// assert!(!is_encoded("contains(name,'100%')") && !is_encoded("contains(phone,'+49')"));
/// assert!(!is_encoded("name eq '%20'"));
/// ```
#[must_use]
pub fn is_encoded(text: &str) -> bool {
    let trimmed = text.trim();
    if trimmed.contains(is_blank) {
        return false;
    }
    let escape = trimmed.as_bytes().windows(3).any(|w| byte(w).is_some());
    escape || trimmed.match_indices('+').any(|(at, _)| is_between_words(&trimmed[..at], &trimmed[at + 1..]))
}

/// Returns whether a `+` between the texts `before` and `after` means a space. This is so after `not`, and
/// before an operator that another `+` follows, a direction, or the name of a result.
fn is_between_words(before: &str, after: &str) -> bool {
    let word = &after[..name_len(after)];
    let behind = &after[word.len()..];
    let is = |words: &[&str]| words.iter().any(|w| word.eq_ignore_ascii_case(w));
    let ends = behind.is_empty() || behind.starts_with([',', ';', ')']);
    let not = before.len().checked_sub(3).and_then(|n| before.split_at_checked(n));
    not.is_some_and(|(head, not)| {
        not.eq_ignore_ascii_case("not") && !head.ends_with(|c| is_name_char(c) || c == '\'')
    }) || (crate::lexical::binary_operator(word).is_some() || is(&["as", "with"])) && behind.starts_with('+')
        || is(&["asc", "desc"]) && ends
}

/// Decodes escapes (`%XX`), and `+` as a space, as Dataverse decodes a query. An escape that is not valid, or
/// is not valid UTF-8, is left as it is.
#[must_use]
pub fn decode(text: &str) -> Decoded {
    decode_with(text, true)
}

/// Decodes escapes (`%XX`) as RFC 3986 defines them; a `+` is left as it is. An escape that is not valid, or
/// is not valid UTF-8, is left as it is too.
#[must_use]
pub fn decode_keeping_plus(text: &str) -> Decoded {
    decode_with(text, false)
}

fn decode_with(text: &str, plus: bool) -> Decoded {
    let mut decoded = Decoded::with_capacity(text.len());
    decoded.push(text, 0, Some(plus));
    decoded
}

impl Decoded {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), shifts: Vec::new() }
    }

    /// Appends `piece`, a part of the encoded text that begins at the byte offset `at`. `plus` says whether a
    /// `+` becomes a space; with `None` the part is appended without decoding.
    pub(crate) fn push(&mut self, piece: &str, at: usize, plus: Option<bool>) {
        let Some(plus) = plus else { return self.text.push_str(piece) };
        let bytes = piece.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            let next =
                bytes[i..].iter().position(|b| matches!(b, b'%' | b'+')).map_or(bytes.len(), |n| i + n);
            self.text.push_str(&piece[i..next]);
            i = next;
            match bytes.get(i) {
                Some(b'+') => {
                    self.text.push(if plus { ' ' } else { '+' });
                    i += 1;
                }
                Some(_) => match character(&bytes[i..]) {
                    Some((c, used)) => {
                        self.text.push(c);
                        i += used;
                        self.shifts.push((clamp(self.text.len()), clamp(at + i - self.text.len())));
                    }
                    None => {
                        self.text.push('%');
                        i += 1;
                    }
                },
                None => {}
            }
        }
    }
}

fn clamp(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Returns whether the text begins with the escapes of one complete character.
pub(crate) fn is_escape(text: &str) -> bool {
    character(text.as_bytes()).is_some()
}

/// Returns the byte that an escape (`%XX`) stands for; `None` if it is not valid.
fn byte(escape: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = escape else { return None };
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some(digit(*high)? * 16 + digit(*low)?)
}

/// Decodes one character from the one to four escapes at the beginning of `bytes`. Returns the character and
/// the length of its escapes in bytes; `None` if there is no valid character.
fn character(bytes: &[u8]) -> Option<(char, usize)> {
    let first = byte(bytes)?;
    let len = match first {
        0..=0x7f => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let mut utf8 = [0; 4];
    for (n, slot) in utf8.iter_mut().take(len).enumerate() {
        *slot = byte(bytes.get(3 * n..)?)?;
    }
    let c = std::str::from_utf8(&utf8[..len]).ok()?.chars().next()?;
    Some((c, 3 * len))
}

/// Encodes a filter for the query of a URL (RFC 3986 `query`). Encoded are spaces, `%`, `+`, `&`, `#`, double
/// quotes, and all characters beyond ASCII. Characters that are allowed in a query, such as `'():,/$=@;`, are
/// left as they are.
///
/// ```
/// assert_eq!(odata_parser::url::encode("name eq 'R&D +1'"), "name%20eq%20'R%26D%20%2B1'");
/// ```
#[must_use]
pub fn encode(text: &str) -> Cow<'_, str> {
    encode_but(text, is_plain)
}

/// Percent-encodes every byte for which `keep` returns false. A character beyond ASCII is encoded completely
/// or not at all.
pub(crate) fn encode_but(text: &str, keep: impl Fn(u8) -> bool) -> Cow<'_, str> {
    if text.bytes().all(&keep) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        for b in c.encode_utf8(&mut [0; 4]).bytes() {
            if !keep(b) {
                let hex = |n: u8| char::from_digit(u32::from(n), 16).unwrap_or('0').to_ascii_uppercase();
                out.extend(['%', hex(b >> 4), hex(b & 15)]);
            } else if b.is_ascii() {
                out.push(char::from(b));
            } else {
                out.push(c);
                break;
            }
        }
    }
    Cow::Owned(out)
}

/// Percent-encodes only those characters that would end an option of a URL or be misread in it: `&`, `#`,
/// `+`, and a `%` that looks like the beginning of an escape. The result is meant for people; a client
/// encodes it completely.
#[must_use]
pub fn escape_delimiters(text: &str) -> Cow<'_, str> {
    let escaped = |at: usize, b: u8| match b {
        b'&' => Some("%26"),
        b'#' => Some("%23"),
        b'+' => Some("%2B"),
        b'%' if is_escape(&text[at..]) => Some("%25"),
        _ => None,
    };
    if !text.contains(['&', '#', '+', '%']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut from = 0;
    for (at, b) in text.bytes().enumerate() {
        if let Some(escape) = escaped(at, b) {
            out.push_str(&text[from..at]);
            out.push_str(escape);
            from = at + 1;
        }
    }
    out.push_str(&text[from..]);
    Cow::Owned(out)
}

/// Returns whether the byte is allowed without escape in the query of a URL, and has no special meaning
/// there.
fn is_plain(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-._~!$'()*,;:@/?=".contains(&b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_escapes_are_not_decoded() {
        for text in ["100%", "%zz", "%C3", "%C3%28", "%FF", "a%2"] {
            assert_eq!(decode(text).text.replace('(', "%28"), text.replace('+', " "), "{text}");
        }
        assert_eq!(decode("a+b%2Bc").text, "a b+c");
        assert_eq!(decode_keeping_plus("a+b%2Bc").text, "a+b+c");
    }

    #[test]
    fn spans_map_back_to_the_encoded_text() {
        let encoded = "na%6De%20eq%20%27%E2%82%AC%27x";
        let decoded = decode(encoded);
        assert_eq!(decoded.text, "name eq '€'x");
        let back = |start, end| decoded.to_encoded(Span::new(start, end)).of(encoded).to_owned();
        assert_eq!(back(0, 4), "na%6De");
        assert_eq!(back(5, 7), "eq");
        assert_eq!(back(8, 13), "%27%E2%82%AC%27");
        assert_eq!(back(9, 12), "%E2%82%AC");
        assert_eq!(back(13, 14), "x");
    }

    #[test]
    fn decoding_undoes_encoding() {
        for text in ["name eq 'Ä%+&#'", "x", "", "a'\"\\\n"] {
            assert_eq!(decode(&encode(text)).text, text);
        }
    }

    #[test]
    fn a_plus_between_words_of_a_query_is_a_space() {
        for (before, after, expected) in [
            ("a", "eq+1", true),
            ("a", "EQ+1", true),
            ("a", "eq", false),
            ("a", "eq 1", false),
            ("a", "b+1", false),
            ("a", "as+b", true),
            ("a", "with+sum", true),
            ("a", "asc", true),
            ("a", "desc,b", true),
            ("a", "desc;b", true),
            ("a", "desc)", true),
            ("a", "DESC", true),
            ("a", "desc+", false),
            ("a", "descx", false),
            ("a", "desc b,", false),
            ("not", "a", true),
            ("(NOT", "a", true),
            ("knot", "a", false),
            ("'not", "a", false),
            ("not ", "a", false),
            ("no", "a", false),
            ("énot", "a", false),
            ("", "", false),
        ] {
            assert_eq!(is_between_words(before, after), expected, "{before}+{after}");
        }
    }
}
