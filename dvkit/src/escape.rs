//! Escapes values for URLs and for XML, for the queries that `odata!` and `fetchxml!` build.

use core::fmt::Write as _;

/// Appends `text` to `out`, percent-encoded according to RFC 3986.
///
/// Besides the unreserved characters, the characters `'(),:` are not encoded, because they have no special
/// meaning in a query string.
pub(crate) fn url(out: &mut String, text: &str) {
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || b"-._~'(),:".contains(&b) {
            out.push(char::from(b));
        } else {
            // Writing into a String never fails.
            let _ = write!(out, "%{b:02X}");
        }
    }
}

/// Appends `text` to `out`, escaped for XML 1.0. Characters that XML 1.0 cannot contain are dropped.
pub(crate) fn xml(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            // Unescaped, an XML parser turns them into spaces.
            '\t' | '\n' | '\r' => _ = write!(out, "&#{};", u32::from(c)),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
}
