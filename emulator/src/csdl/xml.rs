//! Escapes text for XML attributes.

use std::borrow::Cow;

/// Escapes a text for an attribute value in double quotes. Characters that are not allowed in XML are
/// replaced by U+FFFD.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !matches!(c, '&' | '<' | '>' | '"' | '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}');
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // As references, because a parser would turn them into spaces.
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            c if plain(c) => out.push(c),
            _ => out.push('\u{fffd}'),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_a_parser_would_change_are_written_as_references() {
        for (text, escaped) in [
            ("", ""),
            ("it's ä €", "it's ä €"),
            ("a&b", "a&amp;b"),
            ("<>", "&lt;&gt;"),
            ("\"", "&quot;"),
            ("\t\n\r", "&#9;&#10;&#13;"),
            ("\0\u{1f}", "\u{fffd}\u{fffd}"),
            ("\u{20}\u{7f}", "\u{20}\u{7f}"),
            ("\u{fffd}\u{fffe}\u{ffff}", "\u{fffd}\u{fffd}\u{fffd}"),
            ("\u{10000}", "\u{10000}"),
        ] {
            assert_eq!(escape(text), escaped, "{text:?}");
        }
        assert!(matches!(escape("plain"), Cow::Borrowed(_)));
    }
}
