//! Parses XML documents within limits, for the readers of CSDL, DataContract XML and solutions. A document
//! type is refused, and the depth and the number of nodes are bounded.

use roxmltree::{Document, Node, ParsingOptions, TextPos};

/// The maximum length of a document in bytes: 200 MiB.
pub(crate) const MAX_TEXT: usize = 200 << 20;

/// The maximum number of nodes (texts, elements and comments); each takes about seventy bytes of memory. A
/// `$metadata` document of 8 MB has 300,000 nodes.
const MAX_NODES: u32 = 10_000_000;

/// The maximum number of attributes of one element. Elements of metadata have about a dozen.
const MAX_ATTRIBUTES: usize = 256;

/// The reason why a text is not the expected XML. `line` and `column` are counted from 1; they are 0 if the
/// error is about the text as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct XmlError {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
}

impl XmlError {
    /// Returns an error about a position in the text.
    pub(crate) fn at(place: TextPos, message: impl Into<String>) -> Self {
        Self { line: place.row as usize, column: place.col as usize, message: message.into() }
    }

    /// Returns an error about a position in `xml`. `rest` is the text from that position to the end.
    fn before(xml: &str, rest: &str, message: String) -> Self {
        let before = xml.get(..xml.len() - rest.len()).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        Self { line, column, message }
    }

    /// Returns an error about the text as a whole.
    pub(crate) fn whole(message: impl Into<String>) -> Self {
        Self { line: 0, column: 0, message: message.into() }
    }
}

/// Returns the child elements of a node.
pub(crate) fn elements<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

/// Parses a text that may be nested at most `max_depth` levels deep. `expected` describes the expected
/// document, for the messages of errors.
pub(crate) fn parse<'a>(xml: &'a str, max_depth: usize, expected: &str) -> Result<Document<'a>, XmlError> {
    if xml.len() > MAX_TEXT {
        return Err(XmlError::whole(format!("larger than {} MiB", MAX_TEXT >> 20)));
    }
    let xml = xml.strip_prefix('\u{feff}').unwrap_or(xml);
    check_size(xml, max_depth, expected)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(xml, options).map_err(|e| {
        let mut message = e.to_string();
        // The message ends with the position, which is given separately.
        if let Some(at) = message.rfind(" at ") {
            message.truncate(at);
        }
        match e {
            roxmltree::Error::DtdDetected => {
                XmlError::whole("it has a document type definition, which is refused")
            }
            roxmltree::Error::NodesLimitReached => {
                XmlError::whole(format!("it has more than {MAX_NODES} nodes; {expected}"))
            }
            roxmltree::Error::UnclosedRootNode | roxmltree::Error::UnexpectedEndOfStream => XmlError {
                line: xml.lines().count(),
                column: 0,
                message: format!("{message}; the file ends too early; {expected}"),
            },
            _ => XmlError::at(e.pos(), format!("{message}; {expected}")),
        }
    })
}

/// Returns an error if a text is nested more than `max_depth` levels deep, before recursive code reads it;
/// also if an element has too many attributes, because the parser compares each attribute with all others.
/// Accepts a text that is not well-formed, because the parser refuses it.
fn check_size(xml: &str, max_depth: usize, expected: &str) -> Result<(), XmlError> {
    let mut depth = 0_usize;
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        let tag = rest.get(at..).unwrap_or_default();
        // Returns the length of the markup; a comment ends at the first `-->` after its `<!--`, an
        // instruction at `?>`.
        let closed = |open: &str, close: &str| {
            let inside = tag.strip_prefix(open)?;
            Some(inside.find(close).map(|n| open.len() + n + close.len()))
        };
        let other = closed("<!--", "-->")
            .or_else(|| closed("<![CDATA[", "]]>"))
            .or_else(|| closed("<?", "?>"))
            .or_else(|| closed("<!", ">"));
        let length = if let Some(length) = other {
            length
        } else if let Some(length) = closed("</", ">") {
            depth = depth.saturating_sub(1);
            length
        } else {
            let start = start_tag(tag);
            if start.attributes > MAX_ATTRIBUTES {
                let message = format!("an element with more than {MAX_ATTRIBUTES} attributes; {expected}");
                return Err(XmlError::before(xml, tag, message));
            }
            depth += usize::from(!start.empty);
            if depth > max_depth {
                let message = format!("elements nested more than {max_depth} deep; {expected}");
                return Err(XmlError::before(xml, tag, message));
            }
            start.length
        };
        let Some(length) = length else { return Ok(()) };
        rest = tag.get(length..).unwrap_or_default();
    }
    Ok(())
}

/// The properties of a start tag by which the limits are checked.
struct StartTag {
    /// The length of the tag in bytes; `None` if the tag does not end.
    length: Option<usize>,
    /// Whether the tag ends in `/>`.
    empty: bool,
    /// The number of attributes. Counting stops at one more than [`MAX_ATTRIBUTES`].
    attributes: usize,
}

/// Examines the start tag at the beginning of `tag`. A `>` in an attribute value does not count as its end.
fn start_tag(tag: &str) -> StartTag {
    let (mut at, mut attributes) = (0, 0);
    loop {
        let rest = tag.get(at..).unwrap_or_default();
        let next = rest.bytes().position(|b| matches!(b, b'"' | b'\'' | b'>')).map(|next| at + next);
        let Some((next, found)) = next.and_then(|next| Some((next, *tag.as_bytes().get(next)?))) else {
            return StartTag { length: None, empty: false, attributes };
        };
        if found == b'>' {
            let empty = tag.as_bytes().get(next.wrapping_sub(1)) == Some(&b'/');
            return StartTag { length: Some(next + 1), empty, attributes };
        }
        attributes += 1;
        let value = tag.get(next + 1..).unwrap_or_default();
        match value.find(char::from(found)) {
            Some(length) if attributes <= MAX_ATTRIBUTES => at = next + length + 2,
            _ => return StartTag { length: None, empty: false, attributes },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(xml: &str) -> Option<(usize, usize, String)> {
        parse(xml, 20, "expected metadata").err().map(|e| (e.line, e.column, e.message))
    }

    #[test]
    fn no_markup_hides_the_nesting_of_elements() {
        for disguise in [
            "",
            "<?x ></a>?>",
            "<!--></a>-->",
            "<!-- --- ></a> -->",
            "<![CDATA[></a>]]>",
            "<b c='/'></b>",
            "<b c='></a>'/>",
            "<b c=\"'></a>\"/>",
            "<b/></a ><a>",
        ] {
            let xml = format!("{}{}", format!("<a>{disguise}").repeat(100), "</a>".repeat(100));
            let (line, column, message) = refused(&xml).expect("it is too deep");
            // An invalid comment is refused for that reason as soon as it is found.
            let is_comment = disguise.contains("---");
            assert!(message.contains("nested more than 20 deep") || is_comment, "{disguise}: {message}");
            assert_eq!(line, 1, "{disguise}");
            assert!(column < 21 * (3 + disguise.len()) + 5, "{disguise}: {column}");
            // A disguise may contain an element of its own. Invalid XML is refused for being invalid, not for
            // its depth.
            let xml = format!("{}{}", format!("<a>{disguise}").repeat(19), "</a>".repeat(19));
            let for_depth = refused(&xml).filter(|(_, _, message)| message.contains("nested more"));
            assert_eq!(for_depth, None, "{disguise}");
        }
    }

    #[test]
    fn the_number_of_attributes_of_an_element_is_limited() {
        let of = |n: usize| {
            let attributes: String = (0..n).map(|i| format!(" a{i}='{i}'")).collect();
            format!("<x>\n<a{attributes}/></x>")
        };
        assert_eq!(refused(&of(MAX_ATTRIBUTES)), None);
        let (line, column, message) = refused(&of(80_000)).expect("it has too many");
        assert_eq!((line, column), (2, 1));
        assert_eq!(message, "an element with more than 256 attributes; expected metadata");
        // A tag without end is not examined further either.
        assert!(refused(&of(80_000).replace("/>", "")).is_some_and(|(.., m)| m.contains("256")));
    }

    #[test]
    fn the_limits_of_a_document_hold_exactly() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert_eq!(refused(&nested(20)), None);
        assert_eq!(
            refused(&nested(21)),
            Some((1, 61, "elements nested more than 20 deep; expected metadata".to_owned()))
        );
        assert_eq!(
            refused(&format!("{}<b/>{}", "<a>".repeat(20), "</a>".repeat(20))),
            None,
            "an empty element is not entered"
        );
        // Siblings do not add up.
        assert_eq!(refused(&format!("<a>{}</a>", nested(19).repeat(3))), None);
        let attributes = |n: usize| {
            let attributes: String = (0..n).map(|i| format!(" a{i}=\"{i}\"")).collect();
            format!("<x>é\n é<a{attributes}></a></x>")
        };
        assert_eq!(refused(&attributes(256)), None);
        let message = "an element with more than 256 attributes; expected metadata".to_owned();
        assert_eq!(refused(&attributes(257)), Some((2, 3, message)));
        let mut long = vec![b' '; MAX_TEXT + 1];
        assert_eq!(
            refused(std::str::from_utf8(&long).unwrap()),
            Some((0, 0, "larger than 200 MiB".to_owned()))
        );
        long.pop();
        assert!(refused(std::str::from_utf8(&long).unwrap()).is_some_and(|(.., m)| !m.contains("larger")));
    }

    #[test]
    fn what_is_not_xml_is_refused_with_its_position() {
        for (xml, line, column, words) in [
            ("<!DOCTYPE a []><a/>", 0, 0, "it has a document type definition, which is refused"),
            ("<a>\n<b>", 2, 0, "the file ends too early; expected metadata"),
            ("<a\n", 1, 0, "the file ends too early; expected metadata"),
            ("<a>\n </b></a>", 2, 2, "expected 'a' tag, not 'b'; expected metadata"),
            ("<a b='1' b='2'/>", 1, 10, "expected metadata"),
        ] {
            let (found_line, found_column, message) = refused(xml).expect(xml);
            assert_eq!((found_line, found_column), (line, column), "{xml}: {message}");
            assert!(message.contains(words) && !message.contains(" at "), "{xml}: {message}");
        }
        assert_eq!(refused("\u{feff}<a/>"), None);
    }
}
