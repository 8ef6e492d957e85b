//! Reads the tags of a FetchXML text, however broken it is. A tag that is never closed ends before the next
//! `<`.

use std::ops::Range;

/// A start tag, an end tag or an empty element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag<'t> {
    pub(super) kind: TagKind,
    pub(super) name: &'t str,
    pub(super) name_range: Range<usize>,
    pub(super) attributes: Vec<Attribute<'t>>,
    /// The byte range from the `<` to behind the `>`.
    pub(super) range: Range<usize>,
    /// Whether the tag ends with `>`.
    pub(super) closed: bool,
    /// The index of the tag of the element that contains the tag; `None` at the top.
    pub(super) parent: Option<usize>,
}

/// The kind of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagKind {
    /// `<name>`
    Start,
    /// `</name>`
    End,
    /// `<name/>`
    Empty,
    /// A comment, a processing instruction or the like.
    Other,
}

/// An attribute of a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attribute<'t> {
    pub(super) name: &'t str,
    pub(super) name_range: Range<usize>,
    /// The byte range of the value without its quotes; `None` without a value.
    pub(super) value: Option<Range<usize>>,
    /// Whether the value is in quotes, and the second quote is there.
    pub(super) closed: bool,
}

/// The tags of a text.
#[derive(Clone, Debug)]
pub(super) struct Tags<'t> {
    pub(super) text: &'t str,
    pub(super) tags: Vec<Tag<'t>>,
}

/// Returns whether a name of XML may contain `c`.
pub(super) fn is_xml_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '.')
}

impl<'t> Tags<'t> {
    /// Reads all tags of `text`.
    pub(super) fn new(text: &'t str) -> Self {
        let mut tags = Self { text, tags: Vec::new() };
        let mut open: Vec<usize> = Vec::new();
        let mut at = 0;
        while let Some(start) = text[at..].find('<').map(|n| at + n) {
            let mut tag = tags.tag(start);
            at = tag.range.end.max(start + 1);
            match tag.kind {
                TagKind::End => {
                    if let Some(depth) = open.iter().rposition(|n| tags.name(*n) == tag.name) {
                        tag.parent = open.get(depth).copied();
                        open.truncate(depth);
                    } else {
                        tag.parent = open.last().copied();
                    }
                }
                TagKind::Start | TagKind::Empty => {
                    // Elements without content that are not closed do not contain what follows.
                    while let Some(top) = open.last()
                        && !may_contain(tags.name(*top), tag.name)
                    {
                        open.pop();
                    }
                    tag.parent = open.last().copied();
                    if tag.kind == TagKind::Start {
                        open.push(tags.tags.len());
                    }
                }
                TagKind::Other => tag.parent = open.last().copied(),
            }
            tags.tags.push(tag);
        }
        tags
    }

    fn name(&self, index: usize) -> &'t str {
        self.tags.get(index).map_or("", |tag| tag.name)
    }

    /// Returns the index of the tag in which the offset `cursor` is; `None` if it is between tags.
    pub(super) fn at(&self, cursor: usize) -> Option<usize> {
        self.tags.iter().position(|tag| {
            let end = tag.range.end;
            tag.range.start < cursor && (cursor < end || (cursor == end && !tag.closed))
        })
    }

    /// Returns the index of the element whose content the offset `cursor` between two tags is in.
    pub(super) fn parent_at(&self, cursor: usize) -> Option<usize> {
        let before = self.tags.iter().rposition(|tag| tag.range.end <= cursor)?;
        let tag = self.tags.get(before)?;
        match tag.kind {
            TagKind::Start if !is_leaf(tag.name) => Some(before),
            TagKind::Start | TagKind::Empty | TagKind::Other => tag.parent,
            TagKind::End => tag.parent.and_then(|own| {
                // The parent of an end tag is its own start tag, if there is one.
                let start = self.tags.get(own)?;
                if start.name == tag.name { start.parent } else { Some(own) }
            }),
        }
    }

    /// Returns the value of the attribute `name` of the tag with the index `index`.
    pub(super) fn attribute(&self, index: usize, name: &str) -> Option<&'t str> {
        self.tags.get(index)?.value(self.text, name)
    }

    /// Returns the indices of the tag `index` and of those around it, the innermost first.
    pub(super) fn ancestors(&self, index: Option<usize>) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(index, |at| self.tags.get(*at).and_then(|tag| tag.parent))
    }

    fn tag(&self, start: usize) -> Tag<'t> {
        let text = self.text;
        let rest = &text[start..];
        let mut tag = Tag {
            kind: TagKind::Start,
            name: "",
            name_range: start + 1..start + 1,
            attributes: Vec::new(),
            range: start..text.len(),
            closed: false,
            parent: None,
        };
        for (begin, end) in [("<!--", "-->"), ("<?", "?>"), ("<!", ">")] {
            if rest.starts_with(begin) {
                tag.kind = TagKind::Other;
                if let Some(n) = rest.find(end) {
                    tag.range.end = start + n + end.len();
                    tag.closed = true;
                }
                return tag;
            }
        }
        let mut at = start + 1;
        if rest.starts_with("</") {
            tag.kind = TagKind::End;
            at += 1;
        }
        tag.name_range = at..self.name_end(at);
        tag.name = &text[tag.name_range.clone()];
        at = tag.name_range.end;
        while let Some(c) = text[at..].chars().next() {
            match c {
                '>' => {
                    (tag.range.end, tag.closed) = (at + 1, true);
                    return tag;
                }
                '<' => {
                    tag.range.end = at;
                    return tag;
                }
                '/' if text[at..].starts_with("/>") => {
                    tag.kind = TagKind::Empty;
                    (tag.range.end, tag.closed) = (at + 2, true);
                    return tag;
                }
                c if is_xml_name_char(c) => {
                    let attribute = self.attribute_at(at);
                    at = match &attribute.value {
                        Some(value) => value.end + usize::from(attribute.closed),
                        None => attribute.name_range.end,
                    };
                    tag.attributes.push(attribute);
                }
                c => at += c.len_utf8(),
            }
        }
        tag
    }

    fn name_end(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        at + rest.find(|c| !is_xml_name_char(c)).unwrap_or(rest.len())
    }

    fn attribute_at(&self, start: usize) -> Attribute<'t> {
        let text = self.text;
        let name_range = start..self.name_end(start);
        let name = &text[name_range.clone()];
        let space = |at: usize| at + (text[at..].len() - text[at..].trim_start().len());
        let mut attribute = Attribute { name, name_range, value: None, closed: false };
        let equals = space(attribute.name_range.end);
        if !text[equals..].starts_with('=') {
            return attribute;
        }
        let at = space(equals + 1);
        let rest = &text[at..];
        match rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            Some(quote) => {
                let inner = &rest[1..];
                let end = inner.find([quote, '<']).unwrap_or(inner.len());
                attribute.closed = inner[end..].starts_with(quote);
                attribute.value = Some(at + 1..at + 1 + end);
            }
            None => {
                let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '>' | '<' | '/'));
                // A value that is not there yet begins behind the `=`.
                let from = if end == Some(0) { equals + 1 } else { at };
                attribute.value = Some(from..at + end.unwrap_or(rest.len()));
            }
        }
        attribute
    }
}

impl<'t> Tag<'t> {
    /// Returns the value of the attribute `name`.
    pub(super) fn value(&self, text: &'t str, name: &str) -> Option<&'t str> {
        let attribute = self.attributes.iter().find(|a| a.name == name)?;
        text.get(attribute.value.clone()?)
    }
}

fn is_leaf(name: &str) -> bool {
    matches!(name, "attribute" | "order" | "all-attributes" | "no-attrs")
}

fn may_contain(parent: &str, name: &str) -> bool {
    match parent {
        "condition" => name == "value",
        "value" => false,
        parent => !is_leaf(parent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_their_parents_although_some_are_not_closed() {
        let text = "<fetch><entity name='account'><attribute name='a'><filter><condition attribute=\"x <condition/></filter>";
        let tags = Tags::new(text);
        let shown: Vec<_> =
            tags.tags.iter().map(|t| (t.name, t.parent.map_or("", |p| tags.name(p)))).collect();
        assert_eq!(
            shown,
            [
                ("fetch", ""),
                ("entity", "fetch"),
                ("attribute", "entity"),
                ("filter", "entity"),
                ("condition", "filter"),
                ("condition", "filter"),
                ("filter", "filter"),
            ]
        );
        assert_eq!(tags.attribute(1, "name"), Some("account"));
        assert_eq!(tags.attribute(4, "attribute"), Some("x "));
        assert_eq!(tags.parent_at(text.len()).map(|n| tags.name(n)), Some("entity"));
    }

    #[test]
    fn any_text_has_tags() {
        for text in ["<", "</", "<a b", "<a b=", "<a b='", "<!--", "<?", "é<é é='é", "<a b=/>", "a < b"] {
            let tags = Tags::new(text);
            for at in 0..=text.len() {
                let _ = (tags.at(at), tags.parent_at(at));
            }
        }
    }
}
