//! Writes JSON without unprintable characters. Strings contain escapes such as `\u0007` instead, which JSON
//! parsers read as the same characters.

use std::io::{self, Write};

use dvkit_diagnostic::printable::is_printable;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Writes `value` as JSON on one line. `is_terminal` says whether `to` is a terminal, on which raw values are
/// escaped too.
pub(super) fn write(to: &mut dyn Write, value: &impl Serialize, is_terminal: bool) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(to, Inert { is_terminal }))
}

/// A writer that escapes the unprintable characters of a JSON document. The document may be written in parts
/// of any length.
pub(super) struct Document<'a> {
    to: &'a mut dyn Write,
    /// The first bytes of a character whose other bytes are in the next part.
    begun: Vec<u8>,
    hashes: usize,
}

impl<'a> Document<'a> {
    pub(super) fn new(to: &'a mut dyn Write) -> Self {
        Self { to, begun: Vec::new(), hashes: 0 }
    }
}

impl Write for Document<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut text = std::mem::take(&mut self.begun);
        text.extend_from_slice(bytes);
        let (whole, begun) = match std::str::from_utf8(&text) {
            Ok(whole) => (whole, &[][..]),
            Err(e) if e.error_len().is_none() => {
                let (whole, begun) = text.split_at(e.valid_up_to());
                (std::str::from_utf8(whole).unwrap_or_default(), begun)
            }
            Err(e) => return Err(io::Error::new(io::ErrorKind::InvalidData, e)),
        };
        self.begun = begun.to_vec();
        strings(&mut self.to, whole, &mut self.hashes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

struct Inert {
    is_terminal: bool,
}

impl Formatter for Inert {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, to: &mut W, fragment: &str) -> io::Result<()> {
        strings(to, fragment, &mut 0)
    }

    /// Writes a value that is already JSON text: escaped on a terminal, byte for byte elsewhere. Outside of
    /// its strings, JSON has no unprintable characters but white space.
    fn write_raw_fragment<W: ?Sized + Write>(&mut self, to: &mut W, fragment: &str) -> io::Result<()> {
        if self.is_terminal { strings(to, fragment, &mut 0) } else { to.write_all(fragment.as_bytes()) }
    }
}

/// Writes `text`, a part of a JSON document, with unprintable characters escaped. Line feeds and tabs are
/// kept, because they never occur inside JSON strings. The `[` of `##vso[…]` is escaped too, because some
/// build logs execute such commands. `hashes` is the number of consecutive `#` before the text, and is
/// updated; from two on, it is kept during letters and digits.
fn strings<W: ?Sized + Write>(to: &mut W, text: &str, hashes: &mut usize) -> io::Result<()> {
    // Fast path: most texts are printable ASCII without `#`.
    if *hashes == 0 && text.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'#') {
        return to.write_all(text.as_bytes());
    }
    let mut clean = 0;
    for (at, c) in text.char_indices() {
        let command = c == '[' && *hashes >= 2;
        *hashes = match c {
            '#' => *hashes + 1,
            c if *hashes >= 2 && c.is_ascii_alphanumeric() => *hashes,
            _ => 0,
        };
        if (is_printable(c) || matches!(c, '\n' | '\t')) && !command {
            continue;
        }
        to.write_all(text.get(clean..at).unwrap_or_default().as_bytes())?;
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(to, "\\u{unit:04x}")?;
        }
        clean = at + c.len_utf8();
    }
    to.write_all(text.get(clean..).unwrap_or_default().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    fn written(value: &impl Serialize, is_terminal: bool) -> String {
        let mut bytes = Vec::new();
        write(&mut bytes, value, is_terminal).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn json_is_inert_and_the_same() {
        let text = "é\n\u{1b}\u{7f}\u{9b}\u{202e}\u{2028}\u{e0001}\"##vso[x] #[ ##[";
        for is_terminal in [false, true] {
            let json = written(&[text], is_terminal);
            assert_eq!(serde_json::from_str::<[String; 1]>(&json).unwrap(), [text]);
            assert_eq!(
                json,
                "[\"é\\n\\u001b\\u007f\\u009b\\u202e\\u2028\\udb40\\udc01\\\"##vso\\u005bx] #[ ##\\u005b\"]"
            );
        }
    }

    #[test]
    fn a_document_in_pieces_is_the_same() {
        let text = "{\n\t\"é\u{202e}\": \"\u{e0001}##vso[x]\"}";
        let mut bytes = Vec::new();
        let mut document = Document::new(&mut bytes);
        for byte in text.as_bytes() {
            document.write_all(&[*byte]).unwrap();
        }
        let shown = "{\n\t\"é\\u202e\": \"\\udb40\\udc01##vso\\u005bx]\"}";
        assert_eq!(String::from_utf8(bytes).unwrap(), shown);
        assert!(Document::new(&mut Vec::new()).write_all(b"\xff").is_err());
    }

    #[test]
    fn raw_values_are_byte_for_byte_on_a_pipe() {
        let raw: &RawValue = serde_json::from_str("\"a\u{202e}\"").unwrap();
        assert_eq!(written(&raw, false), "\"a\u{202e}\"");
        assert_eq!(written(&raw, true), "\"a\\u202e\"");
    }

    #[test]
    fn the_bracket_of_a_command_of_a_build_log_is_escaped_and_no_other() {
        for (text, shown) in [
            ("##[x]", "##\\u005bx]"),
            ("###[x]", "###\\u005bx]"),
            ("##vso1[x]", "##vso1\\u005bx]"),
            ("#[x]", "#[x]"),
            ("[x]", "[x]"),
            ("##-[x]", "##-[x]"),
            ("## a[x]", "## a[x]"),
            ("#a#[x]", "#a#[x]"),
            ("a[##b[", "a[##b\\u005b"),
            ("##[[", "##\\u005b["),
            ("##ä[x]", "##ä[x]"),
            ("~\t\n ", "~\\t\\n "),
        ] {
            let json = written(&[text], false);
            assert_eq!(json, format!("[\"{shown}\"]"), "{text:?}");
        }
    }

    #[test]
    fn hashes_are_counted_across_the_pieces_of_a_document() {
        for (pieces, shown) in [
            (&["\"#", "#", "[x]\""][..], "\"##\\u005bx]\""),
            (&["\"##", "vso", "[x]\""], "\"##vso\\u005bx]\""),
            (&["\"#", "a", "[x]\""], "\"#a[x]\""),
            (&["\"##", " ", "[x]\""], "\"## [x]\""),
            (&["[1,", "2]"], "[1,2]"),
        ] {
            let mut bytes = Vec::new();
            let mut document = Document::new(&mut bytes);
            for piece in pieces {
                assert_eq!(document.write(piece.as_bytes()).unwrap(), piece.len(), "{piece}");
            }
            document.flush().unwrap();
            assert_eq!(String::from_utf8(bytes).unwrap(), shown, "{pieces:?}");
        }
    }
}
