//! Decodes and encodes the bytes of files: UTF-8 with and without a byte order mark, and UTF-16 with one, as
//! Windows writes it. The readers of documents and streams call it; a document keeps the encoding
//! of its file.

use std::borrow::Cow;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The encoding of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8 {
        /// Whether the file begins with a byte order mark.
        bom: bool,
    },
    Utf16 {
        little: bool,
    },
}

impl Encoding {
    /// Returns the encoding that the first bytes of a file indicate.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0xff, 0xfe, ..] => Self::Utf16 { little: true },
            [0xfe, 0xff, ..] => Self::Utf16 { little: false },
            _ => Self::Utf8 { bom: bytes.starts_with(BOM) },
        }
    }

    /// Returns the text in UTF-8, without the byte order mark. Bytes that are not valid UTF-8 are returned as
    /// they are. An unpaired surrogate of UTF-16 becomes invalid UTF-8, from which [`encode`](Self::encode)
    /// restores it.
    ///
    /// # Errors
    /// Returns a sentence as an error if the bytes cannot be a text.
    pub(crate) fn decode(self, bytes: &[u8]) -> Result<Cow<'_, [u8]>, &'static str> {
        let text = match self {
            Self::Utf8 { bom } => {
                Cow::Borrowed(if bom { bytes.get(BOM.len()..).unwrap_or_default() } else { bytes })
            }
            Self::Utf16 { little } => {
                let bytes = bytes.get(2..).unwrap_or_default();
                if bytes.len() % 2 == 1 {
                    return Err("it is UTF-16, and ends in the middle of a character");
                }
                let unit = |pair: &[u8]| match (pair, little) {
                    ([a, b], true) => u16::from_le_bytes([*a, *b]),
                    ([a, b], false) => u16::from_be_bytes([*a, *b]),
                    _ => 0,
                };
                let mut text = Vec::with_capacity(bytes.len());
                for unit in char::decode_utf16(bytes.chunks_exact(2).map(unit)) {
                    match unit {
                        Ok(c) => text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                        Err(half) => text.extend(half_as_bytes(half.unpaired_surrogate())),
                    }
                }
                Cow::Owned(text)
            }
        };
        if text.contains(&0) {
            return Err("it holds NUL characters: it is no text, or UTF-16 without a byte order mark");
        }
        Ok(text)
    }

    /// Returns the bytes of a file with the text `text`. This is the inverse of [`decode`](Self::decode).
    pub(crate) fn encode(self, text: &[u8]) -> Vec<u8> {
        match self {
            Self::Utf8 { bom } => [if bom { BOM } else { b"" }, text].concat(),
            Self::Utf16 { little } => {
                let mut out = Vec::with_capacity(2 * text.len() + 2);
                let mut push =
                    |unit: u16| out.extend(if little { unit.to_le_bytes() } else { unit.to_be_bytes() });
                push(0xfeff);
                let mut rest = text;
                while !rest.is_empty() {
                    let valid = match std::str::from_utf8(rest) {
                        Ok(text) => text,
                        Err(e) => rest
                            .get(..e.valid_up_to())
                            .and_then(|r| std::str::from_utf8(r).ok())
                            .unwrap_or(""),
                    };
                    valid.encode_utf16().for_each(&mut push);
                    rest = rest.get(valid.len()..).unwrap_or_default();
                    // In text decoded from UTF-16, invalid UTF-8 is always an unpaired surrogate.
                    if let [first, second, third, behind @ ..] = rest {
                        push(
                            u16::from(first & 15) << 12 | u16::from(second & 63) << 6 | u16::from(third & 63),
                        );
                        rest = behind;
                    } else {
                        break;
                    }
                }
                out
            }
        }
    }

    /// Returns the error message for a file with this encoding that does not contain text.
    pub(crate) fn not_text(self) -> &'static str {
        match self {
            Self::Utf8 { .. } => "not UTF-8",
            Self::Utf16 { .. } => "not UTF-16: there is half a character",
        }
    }
}

/// Returns an unpaired surrogate of UTF-16 as the three bytes that UTF-8 would have for it.
fn half_as_bytes(half: u16) -> [u8; 3] {
    let part = |shift: u16| u8::try_from(half >> shift & 63).unwrap_or_default() | 0x80;
    [0xe0 | u8::try_from(half >> 12).unwrap_or_default(), part(6), part(0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utf16(units: &[u16], little: bool) -> Vec<u8> {
        let all = std::iter::once(&0xfeff).chain(units);
        all.flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() }).collect()
    }

    #[test]
    fn what_is_no_text_is_told() {
        for (bytes, why) in [
            (b"\xff\xfea\0b".as_slice(), "in the middle"),
            (b"a\0b\0", "NUL"),
            (b"\xff\xfe\0\0a\0\0\0", "NUL"),
        ] {
            assert!(Encoding::of(bytes).decode(bytes).unwrap_err().contains(why));
        }
        let text = utf16(&"é😀".encode_utf16().collect::<Vec<_>>(), false);
        assert_eq!(&*Encoding::of(&text).decode(&text).unwrap(), "é😀".as_bytes());
    }

    proptest! {
        #[test]
        fn bytes_come_back(units: Vec<u16>, little: bool, bytes: Vec<u8>) {
            for file in [utf16(&units, little), bytes] {
                let encoding = Encoding::of(&file);
                if let Ok(text) = encoding.decode(&file) {
                    prop_assert_eq!(encoding.encode(&text), file);
                }
            }
        }
    }
}
