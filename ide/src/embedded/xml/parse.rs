//! Parses XML and HTML into a flat list of elements and texts with their positions, without recursion. Mistakes
//! are passed over: what is not a tag is text, and an end tag closes the innermost element of its name.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::super::layers::pieces;
use super::super::{EscapeWith, Escaping, HostText, HostTextBuilder};

/// An XML text with the positions of its elements.
#[derive(Debug)]
pub(in super::super) struct Xml<'s> {
    pub(in super::super) source: &'s str,
    nodes: Vec<Node>,
    attributes: Vec<Attribute>,
}

#[derive(Clone, Debug)]
struct Node {
    kind: NodeKind,
    /// The byte range of the element with its tags, or of the text.
    start: u32,
    end: u32,
    /// The byte range of the element's name; for a section of character data, that of its content.
    inner_start: u32,
    inner_end: u32,
    /// The end of the start tag.
    tag_end: u32,
    attributes: Range<u32>,
    parent: u32,
    /// The index of the first node that is not within this one.
    behind: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum NodeKind {
    Element,
    Text,
    CharacterData,
    Comment,
}

/// An attribute with the byte ranges of its name and of its value, which is without quotes.
#[derive(Clone, Debug)]
pub(in super::super) struct Attribute {
    pub(in super::super) name: Range<usize>,
    pub(in super::super) value: Range<usize>,
    quote: Option<char>,
}

/// The index of a node.
pub(in super::super) type Index = usize;

/// The maximum length in bytes of an end tag.
const MAX_END_TAG: usize = 512;

const NO_PARENT: u32 = u32::MAX;

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX - 1)
}

impl<'s> Xml<'s> {
    /// Parses `source`. In HTML, the content of scripts and style sheets is a text.
    pub(in super::super) fn parse(source: &'s str, is_html: bool) -> Self {
        let mut parser = Parser {
            xml: Self { source, nodes: Vec::new(), attributes: Vec::new() },
            is_html,
            open: Vec::new(),
            names: HashMap::new(),
        };
        parser.run();
        parser.xml
    }

    /// Returns the number of nodes.
    pub(in super::super) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn slice(&self, range: Range<usize>) -> &'s str {
        self.source.get(range).unwrap_or_default()
    }

    pub(in super::super) fn kind(&self, index: Index) -> NodeKind {
        self.nodes.get(index).map_or(NodeKind::Text, |node| node.kind)
    }

    /// Returns the name of an element without a prefix; empty for texts.
    pub(in super::super) fn name(&self, index: Index) -> &'s str {
        let Some(node) = self.nodes.get(index).filter(|node| node.kind == NodeKind::Element) else {
            return "";
        };
        let name = self.slice(node.inner_start as usize..node.inner_end as usize);
        name.rsplit(':').next().unwrap_or(name)
    }

    pub(in super::super) fn is(&self, index: Index, name: &str) -> bool {
        self.name(index).eq_ignore_ascii_case(name)
    }

    /// Returns the byte range of an element with its tags, or of a text.
    pub(in super::super) fn range(&self, index: Index) -> Range<usize> {
        self.nodes.get(index).map_or(0..0, |node| node.start as usize..node.end as usize)
    }

    /// Returns the offset of the end of an element's start tag.
    pub(in super::super) fn tag_end(&self, index: Index) -> usize {
        self.nodes.get(index).map_or(0, |node| node.tag_end as usize)
    }

    /// Returns the byte range of the content of a text; that of character data is without its brackets.
    pub(in super::super) fn content(&self, index: Index) -> Range<usize> {
        self.nodes.get(index).map_or(0..0, |node| node.inner_start as usize..node.inner_end as usize)
    }

    pub(in super::super) fn parent(&self, index: Index) -> Option<Index> {
        self.nodes.get(index).filter(|node| node.parent != NO_PARENT).map(|node| node.parent as usize)
    }

    /// Returns the index of the first node that is not within this one.
    pub(in super::super) fn behind(&self, index: Index) -> Index {
        self.nodes.get(index).map_or(usize::MAX, |node| node.behind as usize)
    }

    /// Returns the nodes directly within an element.
    pub(in super::super) fn children(&self, index: Index) -> impl Iterator<Item = Index> + '_ {
        let end = self.behind(index);
        let first = Some(index + 1).filter(|first| *first < end);
        std::iter::successors(first, move |at| Some(self.behind(*at)).filter(|next| *next < end))
    }

    /// Returns all nodes within an element.
    pub(in super::super) fn inside(&self, index: Index) -> Range<Index> {
        index + 1..self.behind(index).min(self.nodes.len())
    }

    pub(in super::super) fn attributes(&self, index: Index) -> &[Attribute] {
        let range =
            self.nodes.get(index).map_or(0..0, |n| n.attributes.start as usize..n.attributes.end as usize);
        self.attributes.get(range).unwrap_or_default()
    }

    /// Returns the attribute `name` of an element.
    pub(in super::super) fn attribute(&self, index: Index, name: &str) -> Option<&Attribute> {
        let is_it = |a: &&Attribute| self.slice(a.name.clone()).eq_ignore_ascii_case(name);
        self.attributes(index).iter().find(is_it)
    }

    /// Returns the value of the attribute `name` as it is written.
    pub(in super::super) fn value(&self, index: Index, name: &str) -> Option<&'s str> {
        self.attribute(index, name).map(|attribute| self.slice(attribute.value.clone()))
    }

    /// Returns the text of an attribute's value with its positions.
    pub(in super::super) fn attribute_text(&self, attribute: &Attribute) -> HostText {
        let mut builder = HostTextBuilder::default();
        builder.begin(attribute.value.start, in_attribute(attribute.quote));
        push_escaped(&mut builder, self.source, attribute.value.clone());
        builder.finish()
    }

    /// Returns the text that consists of the node `index` and the texts directly behind it, and the index
    /// behind them.
    pub(in super::super) fn text(&self, index: Index) -> (HostText, Index) {
        let mut builder = HostTextBuilder::default();
        let mut at = index;
        while at < self.nodes.len()
            && self.kind(at) != NodeKind::Element
            && self.parent(at) == self.parent(index)
        {
            let range = self.content(at);
            match self.kind(at) {
                NodeKind::Text => {
                    builder.begin(range.start, in_text());
                    push_escaped(&mut builder, self.source, range);
                }
                NodeKind::CharacterData => {
                    builder.begin(range.start, in_character_data());
                    builder.plain(range.clone(), self.slice(range));
                }
                _ => {}
            }
            at += 1;
        }
        (builder.finish(), at)
    }
}

/// Returns the escaping of text between tags.
pub(in super::super) fn in_text() -> Arc<dyn Escaping> {
    Arc::new(EscapeWith(|text| escaped(text, None)))
}

fn in_character_data() -> Arc<dyn Escaping> {
    Arc::new(EscapeWith(|text| (!text.contains("]]>")).then(|| text.to_owned())))
}

fn in_attribute(quote: Option<char>) -> Arc<dyn Escaping> {
    Arc::new(EscapeWith(match quote {
        Some('\'') => |text| escaped(text, Some('\'')),
        Some(_) => |text| escaped(text, Some('"')),
        // What is not in quotes ends with a space.
        None => |text| escaped(text, Some('"')).filter(|text| !text.contains([' ', '=', '`', '\''])),
    }))
}

/// Returns `text` as it is written between tags, or in an attribute within `quote`; `None` if XML cannot
/// contain it.
fn escaped(text: &str, quote: Option<char>) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if quote == Some('"') => out.push_str("&quot;"),
            '\'' if quote == Some('\'') => out.push_str("&apos;"),
            '\n' if quote.is_some() => out.push_str("&#10;"),
            '\t' if quote.is_some() => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => return None,
            c => out.push(c),
        }
    }
    Some(out)
}

/// Adds the text at the byte range `range` of `source`, in which characters are escaped as references.
fn push_escaped(builder: &mut HostTextBuilder, source: &str, range: Range<usize>) {
    let raw = source.get(range.clone()).unwrap_or_default();
    if !raw.contains('&') {
        builder.plain(range, raw);
        return;
    }
    for (piece, meaning) in pieces(raw, reference) {
        let host = range.start + piece.start..range.start + piece.end;
        if raw.get(piece) == Some(meaning.as_str()) {
            builder.plain(host, &meaning);
        } else {
            builder.escape(host, &meaning);
        }
    }
}

/// Returns the length and the meaning of the reference at the beginning of `rest`.
fn reference(rest: &str) -> Option<(usize, String)> {
    let body = rest.strip_prefix('&')?;
    let end = body.bytes().take(10).position(|b| b == b';')?;
    let name = body.get(..end)?;
    let c = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((end + 2, c.to_string()))
}

struct Parser<'s> {
    xml: Xml<'s>,
    is_html: bool,
    /// The indices of the open elements, outermost first.
    open: Vec<usize>,
    /// How many elements of a name are open.
    names: HashMap<String, usize>,
}

impl<'s> Parser<'s> {
    fn run(&mut self) {
        let source = self.xml.source;
        let bytes = source.as_bytes();
        let mut at = 0;
        let mut text = 0;
        while let Some(start) = bytes.get(at..).and_then(|rest| memchr::memchr(b'<', rest)).map(|n| n + at) {
            let rest = source.get(start..).unwrap_or_default();
            let end_of = |open: usize, close: &str| {
                let found =
                    rest.get(open..).and_then(|rest| memchr::memmem::find(rest.as_bytes(), close.as_bytes()));
                found.map_or(rest.len(), |at| open + at)
            };
            let next = rest.as_bytes().get(1).copied().unwrap_or(b' ');
            if rest.starts_with("<!--") {
                self.text(text..start);
                let end = end_of(4, "-->");
                self.push(
                    NodeKind::Comment,
                    start..(start + end + 3).min(source.len()),
                    start + 4..start + end,
                );
                at = (start + end + 3).min(source.len());
                text = at;
            } else if rest.starts_with("<![CDATA[") {
                self.text(text..start);
                let end = end_of(9, "]]>");
                at = (start + end + 3).min(source.len());
                self.push(NodeKind::CharacterData, start..at, start + 9..start + end);
                text = at;
            } else if next == b'!' || next == b'?' {
                self.text(text..start);
                at = (start + end_of(2, if next == b'?' { "?>" } else { ">" }) + 1).min(source.len());
                while !source.is_char_boundary(at) {
                    at += 1;
                }
                at += usize::from(next == b'?' && bytes.get(at) == Some(&b'>'));
                text = at;
            } else if next == b'/' {
                let near = rest.as_bytes().get(..MAX_END_TAG.min(rest.len())).unwrap_or_default();
                let end = memchr::memchr(b'>', near).unwrap_or(rest.len());
                let name = rest.get(2..end).unwrap_or_default().trim();
                if end == rest.len() || !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
                    at = start + 1;
                    continue;
                }
                self.text(text..start);
                at = start + end + 1;
                self.close(name, start, at);
                text = at;
            } else if next.is_ascii_alphabetic() || next == b'_' || next >= 0x80 {
                let Some((end, is_empty, name, attributes)) = self.tag(start) else {
                    at = start + 1;
                    continue;
                };
                self.text(text..start);
                let first = offset(self.xml.attributes.len());
                self.xml.attributes.extend(attributes);
                let attributes = first..offset(self.xml.attributes.len());
                self.push(NodeKind::Element, start..end, name.clone());
                let index = self.xml.nodes.len() - 1;
                if let Some(node) = self.xml.nodes.last_mut() {
                    (node.attributes, node.tag_end) = (attributes, offset(end));
                }
                at = end;
                if !is_empty {
                    self.open.push(index);
                    let name = self.key(source.get(name).unwrap_or_default());
                    let is_raw = self.is_html && matches!(name.as_str(), "script" | "style");
                    let raw_end = is_raw.then(|| end_tag(source, end, &name));
                    *self.names.entry(name).or_default() += 1;
                    if let Some(raw_end) = raw_end {
                        self.push(NodeKind::CharacterData, end..raw_end, end..raw_end);
                        at = raw_end;
                    }
                }
                text = at;
            } else {
                at = start + 1;
            }
        }
        self.text(text..source.len());
        let end = offset(source.len());
        let behind = offset(self.xml.nodes.len());
        for index in std::mem::take(&mut self.open) {
            if let Some(node) = self.xml.nodes.get_mut(index) {
                (node.end, node.behind) = (end, behind);
            }
        }
    }

    fn key(&self, name: &str) -> String {
        if self.is_html { name.to_ascii_lowercase() } else { name.to_owned() }
    }

    fn text(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.push(NodeKind::Text, range.clone(), range);
        }
    }

    fn push(&mut self, kind: NodeKind, range: Range<usize>, inner: Range<usize>) {
        let behind = offset(self.xml.nodes.len() + 1);
        self.xml.nodes.push(Node {
            kind,
            start: offset(range.start),
            end: offset(range.end),
            inner_start: offset(inner.start),
            inner_end: offset(inner.end),
            tag_end: offset(range.end),
            attributes: 0..0,
            parent: self.open.last().map_or(NO_PARENT, |index| offset(*index)),
            behind,
        });
    }

    /// Closes the innermost element `name`, and what is open within it.
    fn close(&mut self, name: &str, start: usize, end: usize) {
        let name = self.key(name);
        if self.names.get(&name).is_none_or(|count| *count == 0) {
            return;
        }
        let behind = offset(self.xml.nodes.len());
        while let Some(index) = self.open.pop() {
            let Some(node) = self.xml.nodes.get_mut(index) else { continue };
            let of_node = self.xml.source.get(node.inner_start as usize..node.inner_end as usize);
            let of_node = of_node.unwrap_or_default();
            let of_node = if self.is_html { of_node.to_ascii_lowercase() } else { of_node.to_owned() };
            let is_it = of_node == name;
            (node.end, node.behind) = (offset(if is_it { end } else { start }), behind);
            if let Some(count) = self.names.get_mut(&of_node) {
                *count = count.saturating_sub(1);
            }
            if is_it {
                return;
            }
        }
    }

    /// Reads the start tag at `start`: its end, whether it closes itself, and the byte range of its name;
    /// `None` if it is not a tag.
    fn tag(&self, start: usize) -> Option<(usize, bool, Range<usize>, Vec<Attribute>)> {
        let source = self.xml.source;
        let bytes = source.as_bytes();
        let is_name =
            |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':') || *b >= 0x80;
        let name_length =
            |at: usize| bytes.get(at..).map_or(0, |rest| rest.iter().take_while(|b| is_name(b)).count());
        let name = start + 1..start + 1 + name_length(start + 1);
        let mut attributes = Vec::new();
        let mut at = name.end;
        loop {
            let rest = bytes.get(at..)?;
            at += rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
            match bytes.get(at)? {
                b'>' => return Some((at + 1, false, name, attributes)),
                b'/' if bytes.get(at + 1) == Some(&b'>') => return Some((at + 2, true, name, attributes)),
                b'<' => return None,
                b if is_name(b) => {
                    let attribute = at..at + name_length(at);
                    at = attribute.end;
                    let spaces = |at: usize| {
                        bytes
                            .get(at..)
                            .map_or(0, |r| r.iter().take_while(|b| b.is_ascii_whitespace()).count())
                    };
                    let equals = at + spaces(at);
                    if bytes.get(equals) != Some(&b'=') {
                        continue;
                    }
                    at = equals + 1 + spaces(equals + 1);
                    let quote = *bytes.get(at)?;
                    if matches!(quote, b'"' | b'\'') {
                        let end = at + 1 + memchr::memchr(quote, bytes.get(at + 1..)?)?;
                        let quote = Some(char::from(quote));
                        attributes.push(Attribute { name: attribute, value: at + 1..end, quote });
                        at = end + 1;
                    } else {
                        let rest = bytes.get(at..)?;
                        let length =
                            rest.iter().take_while(|b| !b.is_ascii_whitespace() && **b != b'>').count();
                        attributes.push(Attribute { name: attribute, value: at..at + length, quote: None });
                        at += length;
                    }
                }
                // Templates have `{% if %}` and `{{ }}` within tags.
                _ => at += 1,
            }
        }
    }
}

/// Returns the offset of the end tag `name` in `source` at `from` or later; the end of `source` if there is
/// none.
fn end_tag(source: &str, from: usize, name: &str) -> usize {
    let bytes = source.as_bytes();
    let rest = bytes.get(from..).unwrap_or_default();
    memchr::memchr_iter(b'<', rest)
        .map(|at| from + at)
        .find(|at| {
            let tag = bytes.get(at + 1..at + 2 + name.len()).unwrap_or_default();
            tag.first() == Some(&b'/')
                && tag.get(1..).is_some_and(|t| t.eq_ignore_ascii_case(name.as_bytes()))
        })
        .unwrap_or(source.len())
}

#[cfg(test)]
mod tests;
