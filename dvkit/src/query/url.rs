//! Percent-encodes request options and key values, so that no character of a value changes the structure of a
//! URL.

fn push(byte: u8, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend(['%', char::from(DIGITS[usize::from(byte >> 4)]), char::from(DIGITS[usize::from(byte & 15)])]);
}

/// Returns the `$expand` of an entity with its percent-encoding decoded. The options in an entity's
/// attributes may be percent-encoded, because they are written and checked as a part of a URL.
///
/// A `+` is not decoded into a space, as in `odata!`.
pub(crate) fn decode(text: &str) -> String {
    let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let escaped = match (byte, digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => u8::try_from(high * 16 + low).ok(),
            _ => None,
        };
        out.push(escaped.unwrap_or(*byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// Appends the value of an alternate key's column to `out`, percent-encoded.
pub(crate) fn encode_value(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => push(byte, out),
        }
    }
}

/// Returns the value of a query option, percent-encoded. Texts in single quotes, and texts in double quotes
/// in JSON lists, are encoded completely. Outside of texts, the characters of the OData syntax stay as they
/// are.
pub(super) fn encode_option(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 5 / 4);
    // The quote at the beginning of the current text.
    let mut open: Option<u8> = None;
    let mut escaped = false;
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        match open {
            Some(quote) => {
                if escaped {
                    escaped = false;
                } else if quote == b'"' && byte == b'\\' {
                    escaped = true;
                } else if byte == quote {
                    open = None;
                }
            }
            None if matches!(byte, b'\'' | b'"') => open = Some(byte),
            None => {}
        }
        let structure = byte == b'\''
            || open.is_none()
                && matches!(byte, b',' | b'(' | b')' | b'/' | b':' | b'=' | b';' | b'$' | b'@' | b'*');
        if plain || structure {
            out.push(char::from(byte));
        } else {
            push(byte, &mut out);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_characters_of_texts_in_an_option_are_encoded_and_its_structure_is_not() {
        for (option, wanted) in [
            ("contains(name,'a,b(c)')", "contains(name,'a%2Cb%28c%29')"),
            ("a/b eq @p;$select=x:*", "a/b%20eq%20@p;$select=x:*"),
            ("a-b._~9", "a-b._~9"),
            ("a eq 'é+&#'", "a%20eq%20'%C3%A9%2B%26%23'"),
            // Two quotes are one of the text, and `,` behind it is of the text too.
            ("a eq 'it''s,(b)' and (c)", "a%20eq%20'it''s%2C%28b%29'%20and%20(c)"),
            ("f('a','b'),c", "f('a','b'),c"),
            // A backslash escapes nothing between single quotes.
            ("f('a\\',b/c)", "f('a%5C',b/c)"),
            ("f('\\\\'),('a')", "f('%5C%5C'),('a')"),
            // Between double quotes it escapes one character.
            ("[\"a\",\"b,c\"],d", "%5B%22a%22,%22b%2Cc%22%5D,d"),
            ("[\"ab\",(\"c\")]", "%5B%22ab%22,(%22c%22)%5D"),
            ("[\"a\\\",b\",c]", "%5B%22a%5C%22%2Cb%22,c%5D"),
            ("[\"a\\\\\",b]", "%5B%22a%5C%5C%22,b%5D"),
            // A quote of the other kind is a character of the text.
            ("[\"it's,\",a]", "%5B%22it's%2C%22,a%5D"),
            ("f('say \",\"',a)", "f('say%20%22%2C%22',a)"),
            ("", ""),
        ] {
            assert_eq!(encode_option(option), wanted, "{option}");
        }
    }

    #[test]
    fn no_character_of_a_key_is_one_of_its_url() {
        for (key, wanted) in [
            ("AZaz09-._~", "AZaz09-._~"),
            ("a/b,c=d'e", "a%2Fb%2Cc%3Dd%27e"),
            ("@[`{:", "%40%5B%60%7B%3A"),
            ("é \u{ff}", "%C3%A9%20%C3%BF"),
        ] {
            let mut out = "k=".to_owned();
            encode_value(key, &mut out);
            assert_eq!(out, format!("k={wanted}"), "{key}");
        }
    }

    #[test]
    fn an_encoded_option_of_an_entity_is_decoded_where_its_encoding_is_right() {
        for (text, wanted) in [
            ("a b", "a b"),
            ("a%20b", "a b"),
            ("%C3%a9%2f", "é/"),
            ("a+b%2B", "a+b+"),
            ("100%", "100%"),
            ("%2", "%2"),
            ("%2g%g2%20", "%2g%g2 "),
            ("%%20", "% "),
            ("%2520", "%20"),
            // What is not UTF-8 stays as it is written.
            ("a%20%FF", "a%20%FF"),
        ] {
            assert_eq!(decode(text), wanted, "{text}");
        }
    }
}
