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
    if !text.contains('%') {
        return text.to_owned();
    }
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
