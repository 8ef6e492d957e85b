//! XML documents, bounded: no document type, no great depth, no great number of nodes.

use roxmltree::{Document, Node, ParsingOptions, TextPos};

/// The greatest document that is read: 200 MiB.
pub(crate) const MAX_TEXT: usize = 200 << 20;

/// The most nodes that are read: texts, elements and comments, each some seventy bytes of memory. A `$metadata` of
/// 8 MB has 300,000 of them.
const MAX_NODES: u32 = 10_000_000;

/// Why a text is not the XML that was wanted; `line` and `column` as in [`crate::Error::Invalid`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct XmlError {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
}

impl XmlError {
    /// About a place in the text.
    pub(crate) fn at(place: TextPos, message: impl Into<String>) -> Self {
        Self { line: place.row as usize, column: place.col as usize, message: message.into() }
    }

    /// About the text as a whole.
    pub(crate) fn whole(message: impl Into<String>) -> Self {
        Self { line: 0, column: 0, message: message.into() }
    }
}

/// The elements in a node.
pub(crate) fn elements<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

/// Parses a text that is nested at most `max_depth` deep; `expected` ends the messages about damage.
pub(crate) fn parse<'a>(xml: &'a str, max_depth: usize, expected: &str) -> Result<Document<'a>, XmlError> {
    if xml.len() > MAX_TEXT {
        return Err(XmlError::whole(format!("greater than {} MiB", MAX_TEXT >> 20)));
    }
    let xml = xml.strip_prefix('\u{feff}').unwrap_or(xml);
    check_depth(xml, max_depth, expected)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(xml, options).map_err(|e| {
        let mut message = e.to_string();
        // The position is said in front.
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

/// Refuses nesting that is deeper than wanted before anything recursive sees it. Comments and the like are skipped;
/// what is not well-formed is left to the parser.
fn check_depth(xml: &str, max_depth: usize, expected: &str) -> Result<(), XmlError> {
    let mut depth = 0_usize;
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        let tag = rest.get(at..).unwrap_or_default();
        let (skip, change) = if tag.starts_with("<!--") {
            (tag.find("-->"), 0)
        } else if tag.starts_with("<![CDATA[") {
            (tag.find("]]>"), 0)
        } else if tag.starts_with("</") {
            (tag.find('>'), -1)
        } else if tag.starts_with("<?") || tag.starts_with("<!") {
            (tag.find('>'), 0)
        } else {
            let end = tag_end(tag);
            let closed = end.is_some_and(|e| tag.as_bytes().get(e.wrapping_sub(1)) == Some(&b'/'));
            (end, i32::from(!closed))
        };
        let Some(skip) = skip else { return Ok(()) };
        match change {
            1 => depth += 1,
            -1 => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > max_depth {
            let before = xml.get(..xml.len() - tag.len()).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
            let message = format!("elements nested more than {max_depth} deep; {expected}");
            return Err(XmlError { line, column, message });
        }
        rest = tag.get(skip + 1..).unwrap_or_default();
    }
    Ok(())
}

/// Where a start tag ends; attribute values may have a `>`.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    tag.bytes().position(|b| match (quote, b) {
        (None, b'"' | b'\'') => {
            quote = Some(b);
            false
        }
        (Some(q), b) if q == b => {
            quote = None;
            false
        }
        (None, b'>') => true,
        _ => false,
    })
}
