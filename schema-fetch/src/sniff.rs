//! Detects the kind of a metadata file from its contents, for every import. File names and extensions are not
//! reliable.

use std::borrow::Cow;
use std::fmt;

use crate::data_contract;

/// The kind of a metadata file, as detected from its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// `$metadata`: a CSDL document.
    Csdl,
    /// Metadata JSON, in any of the forms in which the Web API or tools write it.
    Json,
    /// DataContract XML: `EntityMetadata` as the .NET SDK serialises it.
    DataContract,
    /// A solution, unpacked or zipped, or one file of a solution. Solutions describe tables only partially.
    Solution,
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csdl => "CSDL",
            Self::Json => "metadata JSON",
            Self::DataContract => "DataContract XML",
            Self::Solution => "solution",
        })
    }
}

const EXPECTED: &str = "expected the Web API's `$metadata` (CSDL), its metadata JSON (RetrieveMetadataChanges, \
                        EntityDefinitions, GlobalOptionSetDefinitions), `EntityMetadata` as the .NET SDK serialises \
                        it, or a solution";

/// Decodes a text file in UTF-8 with or without a byte order mark, or in UTF-16 with a byte order mark.
///
/// # Errors
/// Returns line and column, both counted from 1, and a message if the bytes are in neither encoding.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, (usize, usize, String)> {
    let whole = |what: &str| (0, 0, format!("{what}; {EXPECTED}"));
    match bytes {
        [] => return Err(whole("the file is empty")),
        [b'P', b'K', 3 | 5, ..] => return Err(whole("it is a ZIP archive within another; unpack it first")),
        [0x1f, 0x8b, ..] => return Err(whole("it is compressed with gzip; unpack it first")),
        _ => {}
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return utf16(rest, u16::from_le_bytes).map(Cow::Owned).ok_or_else(|| whole("its UTF-16 is damaged"));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return utf16(rest, u16::from_be_bytes).map(Cow::Owned).ok_or_else(|| whole("its UTF-16 is damaged"));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(text).map(Cow::Borrowed).map_err(|e| {
        let valid = text.get(..e.valid_up_to()).unwrap_or_default();
        let line = valid.iter().filter(|b| **b == b'\n').count() + 1;
        let column = valid.rsplit(|b| *b == b'\n').next().map_or(0, <[u8]>::len) + 1;
        (line, column, format!("it is neither UTF-8 nor UTF-16 with a byte order mark; {EXPECTED}"))
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect::<Result<_, _>>().ok()
}

/// Returns the `$metadata` document within a text that was saved from a browser. The browser puts the
/// document after a line about missing style sheets, or inside an HTML page. Any other text is returned
/// unchanged.
pub(crate) fn without_page(text: &str) -> &str {
    let start = text.trim_start();
    let is_page = !start.starts_with('<') && !start.starts_with(['{', '['])
        || root_element(start).eq_ignore_ascii_case("html");
    let document = || {
        let open = ["<edmx:Edmx", "<Edmx"].iter().find_map(|tag| text.find(tag))?;
        let close = ["</edmx:Edmx>", "</Edmx>"].iter().find_map(|tag| Some(text.rfind(tag)? + tag.len()))?;
        text.get(open..close)
    };
    if is_page { document().unwrap_or(text) } else { text }
}

/// Detects the kind of the file with this text.
///
/// # Errors
/// Returns a message if the text is of no supported kind. The message says what the text is instead, and what
/// was expected.
pub(crate) fn kind(text: &str) -> Result<FileKind, String> {
    let start = text.trim_start();
    let other = |what: &str| Err(format!("{what}; {EXPECTED}"));
    match start.as_bytes().first() {
        None => return other("the file is empty"),
        Some(b'{' | b'[') => return Ok(FileKind::Json),
        Some(b'<') => {}
        _ if ["export ", "import ", "const ", "module.exports", "//", "/*"]
            .iter()
            .any(|w| start.starts_with(w)) =>
        {
            return other(
                "it is TypeScript or JavaScript source, not data: save the JSON that the service returns",
            );
        }
        _ => return other("it is neither XML nor JSON"),
    }
    let root = root_element(start);
    match root.to_ascii_lowercase().as_str() {
        "edmx" | "schema" => Ok(FileKind::Csdl),
        "html" => {
            other("it is an HTML page, perhaps the service's login page: the request was not signed in")
        }
        "importexportxml" | "entity" | "optionset" | "entityrelationships" => Ok(FileKind::Solution),
        "savedqueries" | "savedquery" => other("it is a view of a solution, which has no tables"),
        root if data_contract::ROOTS.contains(&root) => Ok(FileKind::DataContract),
        // The CSDL parser reports what is wrong, and where.
        "" => Ok(FileKind::Csdl),
        _ => other(&format!("it is XML, but its root element is `{root}`")),
    }
}

/// Returns the name of the root element without its namespace prefix. Returns `html` for every text with an
/// HTML document type, because HTML is often not well-formed XML.
fn root_element(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        let end = if text.starts_with("<?") {
            "?>"
        } else if text.starts_with("<!--") {
            "-->"
        } else if text.get(..9).is_some_and(|d| d.eq_ignore_ascii_case("<!doctype")) {
            let name = text.get(9..).unwrap_or_default().trim_start();
            return if name.get(..4).is_some_and(|n| n.eq_ignore_ascii_case("html")) { "html" } else { "" };
        } else {
            break;
        };
        match text.split_once(end) {
            Some((_, rest)) => text = rest,
            None => return "",
        }
    }
    let name = text.strip_prefix('<').unwrap_or_default();
    let name = name.split(|c: char| c.is_whitespace() || c == '>' || c == '/').next().unwrap_or_default();
    name.rsplit(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_a_file_is_detected_from_its_contents() {
        assert_eq!(kind("  {\"value\":[]}"), Ok(FileKind::Json));
        assert_eq!(
            kind("<?xml version=\"1.0\"?>\n<!-- x --><edmx:Edmx Version=\"4.0\">"),
            Ok(FileKind::Csdl)
        );
        assert_eq!(kind("<Schema xmlns='x'/>"), Ok(FileKind::Csdl));
        assert_eq!(kind("<ImportExportXml version=\"9.2\">"), Ok(FileKind::Solution));
        assert_eq!(kind("<Entity>"), Ok(FileKind::Solution));
        assert_eq!(kind("<EntityMetadata xmlns:i=\"x\">"), Ok(FileKind::DataContract));
        for (text, word) in [
            ("<!DOCTYPE html><html>", "login page"),
            ("\n<HTML><head>", "login page"),
            ("<savedqueries>", "view"),
            ("<rss>", "`rss`"),
            ("export class X {}", "TypeScript"),
            ("/** x */", "TypeScript"),
            ("name,id", "neither XML nor JSON"),
            ("  ", "empty"),
        ] {
            let message = kind(text).unwrap_err();
            assert!(message.contains(word) && message.contains("expected"), "{text}: {message}");
        }
    }

    #[test]
    fn a_document_is_extracted_from_a_browser_page() {
        let document = "<edmx:Edmx Version=\"4.0\"><a/></edmx:Edmx>";
        let shown = format!("This XML file does not appear to have any style information.\n\n{document}\n");
        let saved =
            format!("<html><body><div id=\"webkit-xml-viewer-source-xml\">{document}</div></body></html>");
        for text in [document, &shown, &saved] {
            assert_eq!(without_page(text), document);
        }
        for text in ["", "<html>login</html>", "{\"a\": \"<Edmx></Edmx>\"}", "name,id"] {
            assert_eq!(without_page(text), text);
        }
    }

    #[test]
    fn a_byte_order_mark_decides_the_encoding() {
        assert_eq!(decode(b"\xef\xbb\xbf{}").unwrap(), "{}");
        assert_eq!(decode(b"\xff\xfe{\0}\0").unwrap(), "{}");
        assert_eq!(decode(b"\xfe\xff\0{\0}").unwrap(), "{}");
        assert!(decode(b"\xff\xfe{").is_err());
        assert!(decode(b"\xff\xfe\x00\xd8").is_err());
        let (line, column, _) = decode(b"{\n \xff}").unwrap_err();
        assert_eq!((line, column), (2, 2));
        assert!(decode(b"PK\x03\x04").unwrap_err().2.contains("ZIP"));
        assert!(decode(b"").unwrap_err().2.contains("empty"));
    }

    #[test]
    fn each_root_element_has_its_kind_or_its_reason() {
        for (root, expected) in [
            ("edmx:Edmx", Ok(FileKind::Csdl)),
            ("Schema", Ok(FileKind::Csdl)),
            ("ImportExportXml", Ok(FileKind::Solution)),
            ("Entity", Ok(FileKind::Solution)),
            ("optionset", Ok(FileKind::Solution)),
            ("EntityRelationships", Ok(FileKind::Solution)),
            ("a:EntityMetadata", Ok(FileKind::DataContract)),
            ("ArrayOfEntityMetadata", Ok(FileKind::DataContract)),
            ("ArrayOfOptionSetMetadata", Ok(FileKind::DataContract)),
            ("MetadataSkeleton", Ok(FileKind::DataContract)),
            ("", Ok(FileKind::Csdl)),
            ("savedquery", Err("view")),
            ("html", Err("login page")),
            ("Other", Err("its root element is `Other`")),
        ] {
            for text in [
                format!("<{root}>"),
                format!("<{root}/>"),
                format!("<{root} a='b'>"),
                format!("<{root}\n a='b'>"),
                format!("<?xml?>\n<!-- <x> --> <!----><{root}>"),
            ] {
                match (kind(&text), expected) {
                    (found, Ok(_)) => assert_eq!(found, expected.map_err(str::to_owned), "{text}"),
                    (found, Err(word)) => {
                        assert!(found.clone().is_err_and(|m| m.contains(word)), "{text}: {found:?}")
                    }
                }
            }
        }
        // Markup without an end, and document types.
        for (text, root) in [
            ("<?xml", ""),
            ("<!-- x", ""),
            ("<!DOCTYPE html>", "html"),
            ("<!doctype  HTML PUBLIC", "html"),
            ("<!DOCTYPE note>", ""),
            ("<!DOCTYP", "!DOCTYP"),
        ] {
            assert_eq!(root_element(text), root, "{text}");
        }
        for (text, word) in [
            ("import x", "TypeScript"),
            ("const x", "TypeScript"),
            ("module.exports = 1", "TypeScript"),
            ("// x", "TypeScript"),
            ("important", "neither XML nor JSON"),
            ("[", ""),
        ] {
            assert!(kind(text).err().unwrap_or_default().contains(word), "{text}");
        }
    }

    #[test]
    fn only_pages_are_searched_for_a_document() {
        let document = "<Edmx><a/></Edmx>";
        for (text, expected) in [
            (format!("Shown:\n{document} end"), document.to_owned()),
            (format!("<HTML>{document}</HTML>"), document.to_owned()),
            (format!("<page>{document}</page>"), format!("<page>{document}</page>")),
            (format!("{{{document}"), format!("{{{document}")),
            (format!("[{document}"), format!("[{document}")),
            ("Shown: <Edmx>".to_owned(), "Shown: <Edmx>".to_owned()),
            ("Shown: </Edmx> <Edmx>".to_owned(), "Shown: </Edmx> <Edmx>".to_owned()),
        ] {
            assert_eq!(without_page(&text), expected);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_for_what_they_are() {
        for (bytes, line, column, words) in [
            (&b""[..], 0, 0, "the file is empty"),
            (b"PK\x03\x04", 0, 0, "it is a ZIP archive"),
            (b"PK\x05\x06", 0, 0, "it is a ZIP archive"),
            (b"\x1f\x8b\x08", 0, 0, "it is compressed with gzip"),
            (b"\xff\xfe{", 0, 0, "its UTF-16 is damaged"),
            (b"\xfe\xff\xd8\x00", 0, 0, "its UTF-16 is damaged"),
            (b"\xff", 1, 1, "it is neither UTF-8 nor UTF-16"),
            (b"ab\n\ncd\xff", 3, 3, "it is neither UTF-8 nor UTF-16"),
        ] {
            let (found_line, found_column, message) = decode(bytes).unwrap_err();
            assert_eq!((found_line, found_column), (line, column), "{bytes:?}");
            assert!(
                message.starts_with(words) && message.contains("; expected the Web API's"),
                "{bytes:?}: {message}"
            );
        }
        assert_eq!(decode(b"PK").unwrap(), "PK");
        assert_eq!(decode("\u{feff}é".as_bytes()).unwrap(), "é");
        assert_eq!(decode(b"\xff\xfe\x3d\xd8\x00\xde").unwrap(), "\u{1f600}");
    }
}
