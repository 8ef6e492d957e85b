//! Escaping of values in URLs and in XML.

use core::fmt::Write as _;

/// Appends `text` percent-encoded by RFC 3986.
///
/// Unreserved characters stay as they are, and so do `'(),:`, which have no meaning of their own in a query string.
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

/// Appends `text` escaped for XML 1.0, without the characters that XML 1.0 cannot represent.
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
