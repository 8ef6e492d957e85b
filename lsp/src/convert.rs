//! Converts between bytes of a text and positions of the protocol, and between paths and URIs.

use std::ops::Range;
use std::path::{Path, PathBuf};

use dvkit_diagnostic::Span;
use gen_lsp_types::{Position, PositionEncodingKind, Range as LspRange, Uri};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// The unit of the columns in positions, which the server and the client agree on at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PositionEncoding {
    /// Bytes of UTF-8.
    Utf8,
    /// Code units of UTF-16, the default of the protocol.
    Utf16,
    /// Characters (Unicode scalar values).
    Utf32,
}

impl PositionEncoding {
    /// Returns the first encoding in a client's list that the server knows, which are all of the protocol;
    /// UTF-16 if the list is empty.
    #[must_use]
    pub fn negotiated(offered: &[PositionEncodingKind]) -> Self {
        let known = |kind: &PositionEncodingKind| match kind {
            PositionEncodingKind::UTF8 => Some(Self::Utf8),
            PositionEncodingKind::UTF16 => Some(Self::Utf16),
            PositionEncodingKind::UTF32 => Some(Self::Utf32),
            PositionEncodingKind::Custom(_) => None,
        };
        offered.iter().find_map(known).unwrap_or(Self::Utf16)
    }

    /// Returns the name of the encoding in the protocol.
    #[must_use]
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }
}

/// The positions of the lines and of the characters of a text that are not ASCII.
#[derive(Clone, Debug)]
pub struct LineTable {
    /// The byte offset of the start of each line.
    starts: Vec<usize>,
    /// The characters that are not ASCII, in the order of the text.
    wide: Vec<WideChar>,
    length: usize,
}

/// A character that is not ASCII.
#[derive(Clone, Copy, Debug)]
struct WideChar {
    start: usize,
    /// The length in bytes.
    length: usize,
    /// The number of units of the encoding from the start of the text to the start of the character.
    units: usize,
    /// The number of units of the character.
    width: usize,
}

impl LineTable {
    /// Returns the table of `text`, with columns in the units of `encoding`. Lines end with `\n`, `\r\n` or
    /// `\r`.
    #[must_use]
    pub fn new(text: &str, encoding: PositionEncoding) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' || *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n') {
                starts.push(at + 1);
            }
        }
        let mut wide = Vec::new();
        if encoding != PositionEncoding::Utf8 && !text.is_ascii() {
            let mut saved = 0;
            for (start, c) in text.char_indices().filter(|(_, c)| !c.is_ascii()) {
                let width = if encoding == PositionEncoding::Utf16 { c.len_utf16() } else { 1 };
                wide.push(WideChar { start, length: c.len_utf8(), units: start - saved, width });
                saved += c.len_utf8() - width;
            }
        }
        Self { starts, wide, length: text.len() }
    }

    /// Returns the number of units from the start of the text to the byte offset `offset`. An offset within a
    /// character means its start.
    fn units(&self, offset: usize) -> usize {
        let behind = self.wide.partition_point(|wide| wide.start < offset);
        match behind.checked_sub(1).and_then(|last| self.wide.get(last)) {
            None => offset,
            Some(wide) if offset < wide.start + wide.length => wide.units,
            Some(wide) => wide.units + wide.width + (offset - wide.start - wide.length),
        }
    }

    /// Returns the byte offset for a number of units from the start of the text. A number within a character
    /// means its start.
    fn offset_of_units(&self, units: usize) -> usize {
        let behind = self.wide.partition_point(|wide| wide.units <= units);
        match behind.checked_sub(1).and_then(|last| self.wide.get(last)) {
            None => units,
            Some(wide) if units < wide.units + wide.width => wide.start,
            Some(wide) => wide.start + wide.length + (units - wide.units - wide.width),
        }
    }

    /// Returns the position of the byte offset `offset`. An offset beyond the end means the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.length);
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let column = self.units(offset) - self.units(start);
        Position { line: number(line), character: number(column) }
    }

    /// Returns the byte offset of a position in `text`, the text of this table. A column beyond the line means
    /// its end, and a line beyond the text means the end of the text.
    #[must_use]
    pub fn offset(&self, text: &str, position: Position) -> usize {
        let line = position.line as usize;
        let Some(start) = self.starts.get(line).copied() else { return self.length };
        let end = self.starts.get(line + 1).copied().unwrap_or(self.length);
        let content = text.get(start..end).unwrap_or_default();
        let end = start + content.trim_end_matches(['\n', '\r']).len();
        let units = self.units(start).saturating_add(position.character as usize);
        let mut offset = self.offset_of_units(units).min(end);
        // Only UTF-8 has positions within characters.
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }

    /// Returns the range of the protocol for a byte range.
    #[must_use]
    pub fn range(&self, range: Range<usize>) -> LspRange {
        LspRange { start: self.position(range.start), end: self.position(range.end.max(range.start)) }
    }

    /// Returns the range of the protocol for a span.
    #[must_use]
    pub fn span(&self, span: Span) -> LspRange {
        self.range(span.range())
    }

    /// Returns the byte range of a range in `text`. If its ends are in the wrong order, they are exchanged.
    #[must_use]
    pub fn bytes(&self, text: &str, range: LspRange) -> Range<usize> {
        let (a, b) = (self.offset(text, range.start), self.offset(text, range.end));
        a.min(b)..a.max(b)
    }

    /// Returns the byte range of the content of the line `line`, without the line break of `text`.
    #[must_use]
    pub fn line(&self, text: &str, line: u32) -> Range<usize> {
        let start = self.offset(text, Position { line, character: 0 });
        start..self.offset(text, Position { line, character: u32::MAX })
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// What is encoded in the path of a URI. Editors encode these characters too, and compare URIs as texts.
const IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b'\\');

/// Returns the URI of the file at `path`, which has to be absolute.
#[must_use]
pub fn uri(path: &Path) -> Uri {
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() };
    let lead = if text.starts_with('/') { "" } else { "/" };
    Uri(format!("file://{lead}{}", utf8_percent_encode(&text, IN_PATH)))
}

/// Returns the path of a URI; `None` if it is not that of a file of this machine.
#[must_use]
pub fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.0.strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    if !rest.starts_with('/') {
        return None;
    }
    let text = percent_decode_str(rest).decode_utf8().ok()?;
    // `/c:/folder` is a path of Windows.
    let text = match text.as_bytes() {
        [b'/', drive, b':', ..] if cfg!(windows) && drive.is_ascii_alphabetic() => text.get(1..)?,
        _ => &text,
    };
    Some(PathBuf::from(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn columns_have_the_units_of_the_encoding() {
        let text = "é😀x\r\nb\rc\n";
        for (encoding, columns) in [
            (PositionEncoding::Utf8, [0, 2, 6, 7]),
            (PositionEncoding::Utf16, [0, 1, 3, 4]),
            (PositionEncoding::Utf32, [0, 1, 2, 3]),
        ] {
            let table = LineTable::new(text, encoding);
            for (offset, column) in [0, 2, 6, 7].into_iter().zip(columns) {
                let position = Position { line: 0, character: column };
                assert_eq!((table.position(offset), table.offset(text, position)), (position, offset));
            }
            assert_eq!(table.position(9), Position { line: 1, character: 0 });
            assert_eq!(table.position(11), Position { line: 2, character: 0 });
            assert_eq!(table.offset(text, Position { line: 0, character: 99 }), 7);
            assert_eq!(table.offset(text, Position { line: 99, character: 0 }), text.len());
        }
        let inside = LineTable::new(text, PositionEncoding::Utf16);
        assert_eq!(
            inside.offset(text, Position { line: 0, character: 2 }),
            2,
            "half a character is its start"
        );
    }

    #[test]
    fn the_encoding_is_the_first_that_is_known() {
        let kind = PositionEncodingKind::Custom;
        for (offered, expected) in [
            (vec![], PositionEncoding::Utf16),
            (vec![kind("utf-7".into())], PositionEncoding::Utf16),
            (vec![kind("utf-7".into()), PositionEncodingKind::UTF32], PositionEncoding::Utf32),
            (vec![PositionEncodingKind::UTF8, PositionEncodingKind::UTF16], PositionEncoding::Utf8),
            (vec![PositionEncodingKind::UTF16, PositionEncodingKind::UTF8], PositionEncoding::Utf16),
        ] {
            assert_eq!(PositionEncoding::negotiated(&offered), expected, "{offered:?}");
        }
        for encoding in [PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32] {
            assert_eq!(PositionEncoding::negotiated(&[encoding.kind()]), encoding);
        }
    }

    #[test]
    fn a_position_outside_of_a_line_or_within_a_character_is_moved_to_one() {
        let position = |line: u32, character: u32| Position { line, character };
        let text = "a€😀b\r\ncd\n\ne";
        for (encoding, cases) in [
            (
                PositionEncoding::Utf8,
                &[
                    (0, 1),
                    (1, 1),
                    (2, 1),
                    (3, 1),
                    (4, 4),
                    (5, 4),
                    (7, 4),
                    (8, 8),
                    (9, 9),
                    (10, 9),
                    (u32::MAX, 9),
                ][..],
            ),
            (PositionEncoding::Utf16, &[(1, 1), (2, 4), (3, 4), (4, 8), (5, 9), (6, 9), (u32::MAX, 9)]),
            (PositionEncoding::Utf32, &[(1, 1), (2, 4), (3, 8), (4, 9), (5, 9), (u32::MAX, 9)]),
        ] {
            let table = LineTable::new(text, encoding);
            for (character, offset) in cases {
                let expected =
                    if encoding == PositionEncoding::Utf8 && *character == 0 { 0 } else { *offset };
                assert_eq!(table.offset(text, position(0, *character)), expected, "{encoding:?} {character}");
            }
            for (line, character, offset) in [
                (1, 0, 11),
                (1, 1, 12),
                (1, 2, 13),
                (1, 3, 13),
                (2, 0, 14),
                (2, 9, 14),
                (3, 0, 15),
                (3, 9, 16),
                (4, 0, 16),
            ] {
                assert_eq!(
                    table.offset(text, position(line, character)),
                    offset,
                    "{encoding:?} {line} {character}"
                );
            }
            assert_eq!(table.position(99), position(3, 1), "{encoding:?}");
            assert_eq!(
                [0, 1, 2, 3, 4].map(|line| table.line(text, line)),
                [0..9, 11..13, 14..14, 15..16, 16..16],
                "{encoding:?}"
            );
            let range = |start: Position, end: Position| LspRange { start, end };
            let (first, last) = (position(1, 1), position(3, 0));
            assert_eq!(table.bytes(text, range(first, last)), 12..15, "{encoding:?}");
            assert_eq!(table.bytes(text, range(last, first)), 12..15, "{encoding:?} in reverse");
            assert_eq!(table.range(12..15), range(first, last), "{encoding:?}");
            assert_eq!(
                table.range(Range { start: 15, end: 12 }),
                range(last, last),
                "{encoding:?} in reverse"
            );
            assert_eq!(table.span(Span::new(12, 15)), range(first, last), "{encoding:?}");
        }
    }

    #[test]
    fn a_path_is_that_of_a_file_of_this_machine() {
        for (of, expected) in [
            ("file:///a/b", Some("/a/b")),
            ("file://localhost/a/b", Some("/a/b")),
            ("file:///a%20b", Some("/a b")),
            ("file:///", Some("/")),
            ("file://", None),
            ("file:/a", None),
            ("file://localhost", None),
            ("file://other/a", None),
            ("https://a/b", None),
            ("file:///%ff", None),
        ] {
            assert_eq!(path(&Uri(of.to_owned())), expected.map(PathBuf::from), "{of}");
        }
        let special = "/ \"#%<>?[]^`{|}\\\u{1}é";
        let encoded = "file:///%20%22%23%25%3C%3E%3F%5B%5D%5E%60%7B%7C%7D%5C%01%C3%A9";
        if !cfg!(windows) {
            assert_eq!(uri(Path::new(special)).0, encoded);
            assert_eq!(path(&Uri(encoded.to_owned())), Some(PathBuf::from(special)));
        }
        assert_eq!(uri(Path::new("a/b-_.~!$&'()*+,;=:@")).0, "file:///a/b-_.~!$&'()*+,;=:@");
    }

    #[test]
    fn paths_and_uris_are_converted() {
        for (text, of) in [
            ("/home/a b/ü#1.odata", "file:///home/a%20b/%C3%BC%231.odata"),
            ("/x/100%.cs", "file:///x/100%25.cs"),
        ] {
            assert_eq!(uri(Path::new(text)).0, of);
            assert_eq!(path(&Uri(of.to_owned())).unwrap(), Path::new(text));
        }
        assert_eq!(path(&Uri("file:///c%3A/x".to_owned())).unwrap(), Path::new("/c:/x"));
        assert_eq!(path(&Uri("untitled:Untitled-1".to_owned())), None);
        assert_eq!(path(&Uri("file://server/share".to_owned())), None);
    }

    proptest! {
        #[test]
        fn positions_lead_back(text in "[aé😀\u{fffd}\r\n ]{0,24}", which in 0..3_usize) {
            let encoding =
                [PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32][which];
            let table = LineTable::new(&text, encoding);
            for (offset, _) in text.char_indices() {
                let position = table.position(offset);
                let back = table.offset(&text, position);
                // Only the offset between the two bytes of `\r\n` has no position of its own.
                let is_break = text[..offset].ends_with('\r') && text[offset..].starts_with('\n');
                prop_assert_eq!(back, if is_break { offset - 1 } else { offset });
            }
        }
    }
}
