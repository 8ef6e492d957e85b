//! What of a text goes into its meaning, and what is left.
//!
//! Whatever resolving reads it reads through here, which marks it. What no mark is on when all is done has no part in the
//! meaning: it is inert by documentation ([`is_inert`]), or it goes with the meaning as [`Extra::Unread`], which forbids that a
//! translation is called exact. So an element or attribute that nobody thought of is never passed over in silence.

use dvkit_diagnostic::Span;
use fetchxml::ast::{Attr, Condition, ElementRef, Node, TextAttr};

use crate::hir::{Extra, Unread, UnreadKind};
use crate::resolve::Resolver;

impl<'a> Resolver<'a> {
    /// The element or attribute whose name stands there is read.
    pub(super) fn read(&mut self, name: Span) {
        self.facts.read.insert(name.start);
    }

    /// These elements are read. Is there one?
    pub(super) fn elements(&mut self, names: impl Iterator<Item = Span>) -> bool {
        names.map(|name| self.read(name)).count() > 0
    }

    /// The value of an attribute of a closed set, read; none where it is not written, or is none of the set.
    pub(super) fn word<T: Copy>(&mut self, attr: &Option<Attr<'_, T>>) -> Option<T> {
        let attr = attr.as_ref()?;
        match attr.value {
            Some(value) => {
                self.read(attr.name_span);
                Some(value)
            }
            // What is none of the set has been reported, but for placeholders.
            None => {
                let hole = (attr.name_span.start, attr.value_span);
                if !self.facts.holes.contains(&hole) {
                    self.facts.holes.push(hole);
                }
                None
            }
        }
    }

    /// Is this said to be so?
    pub(super) fn flag(&mut self, attr: &Option<Attr<'_, bool>>) -> bool {
        self.word(attr) == Some(true)
    }

    /// An attribute whose value is any text, read.
    pub(super) fn attribute(&mut self, attr: &'a Option<TextAttr<'a>>) -> Option<&'a TextAttr<'a>> {
        let attr = attr.as_ref()?;
        self.read(attr.name_span);
        Some(attr)
    }

    /// The one value of a condition, read: as an attribute, or as the only `<value>`.
    pub(super) fn only_value(&mut self, condition: &'a Condition<'a>) -> Option<(&'a str, Span)> {
        if let Some(value) = self.attribute(&condition.value) {
            return Some((&value.raw, value.value_span));
        }
        let value = condition.values().next()?;
        self.read(value.name_span);
        Some((&value.text, value.text_span))
    }

    /// The `<value>` elements of a condition, read.
    pub(super) fn values(&mut self, condition: &'a Condition<'a>) -> Vec<(&'a str, Span)> {
        self.elements(condition.values().map(|v| v.name_span));
        condition.values().map(|v| (&*v.text, v.text_span)).collect()
    }

    /// Columns and orders of a link that only tests for rows: by documentation they give nothing, and the parser has told.
    pub(super) fn seen(&mut self, children: &[Node<'_>]) {
        for child in children {
            match child {
                Node::Attribute(_) | Node::AllAttributes(_) | Node::NoAttrs(_) | Node::Order(_) => {
                    if let Some(element) = child.as_element() {
                        self.read(element.name_span);
                        element.each_attribute(&mut |a| {
                            if a.known {
                                self.read(a.name_span);
                            }
                        });
                    }
                }
                Node::LinkEntity(link) => self.seen(&link.children),
                _ => {}
            }
        }
    }

    /// Adds what nobody read in an element that was read.
    pub(super) fn unread(&mut self, element: &ElementRef<'_>) {
        let is_column = |n: &Node<'_>| matches!(n, Node::Attribute(_) | Node::AllAttributes(_));
        element.each_attribute(&mut |attribute| {
            let at = attribute.name_span.start;
            if self.facts.read.contains(at) {
                return;
            }
            // A link over an intersect table gives no columns, by documentation.
            let intersect = attribute.name == "intersect"
                && matches!(attribute.value, "true" | "1")
                && element.children.iter().any(is_column);
            if is_inert(element.name, attribute.name, attribute.value) && !intersect {
                return;
            }
            let hole = self.facts.holes.iter().any(|(name, _)| *name == at);
            self.facts.add(Extra::Unread(Unread {
                kind: UnreadKind::Attribute,
                element: element.name.to_owned(),
                name: attribute.name.to_owned(),
                value: attribute.value.to_owned(),
                // A namespace of its own is nobody's mistake.
                known: !hole && (attribute.known || attribute.name.contains(':')),
            }));
        });
        for child in element.children {
            match child.as_element() {
                Some(inner) if self.facts.read.contains(inner.name_span.start) => self.unread(&inner),
                Some(inner) => self.facts.add(Extra::Unread(Unread {
                    kind: UnreadKind::Element,
                    element: element.name.to_owned(),
                    name: inner.name.to_owned(),
                    value: String::new(),
                    known: inner.known,
                })),
                None => {
                    if let Node::Text(text) = child {
                        self.facts.add(Extra::Unread(Unread {
                            kind: UnreadKind::Text,
                            element: element.name.to_owned(),
                            name: text.text.clone().into_owned(),
                            value: String::new(),
                            // The service passes over a text; a placeholder may become anything.
                            known: !text.is_placeholder(),
                        }));
                    }
                }
            }
        }
    }
}

/// Is it without any effect on the answer, by the documentation or by the schema of FetchXML? Attributes of tools, hints that
/// have none any more, the format of an older interface, and what says what holds anyway.
fn is_inert(element: &str, attribute: &str, value: &str) -> bool {
    let off = || matches!(value, "false" | "0" | "");
    match (element, attribute) {
        // A prefix that is declared and not used.
        (_, name) if name.starts_with("xmlns:") => true,
        ("fetch", "version" | "output-format" | "no-lock") => true,
        ("fetch", "mapping") => value == "logical",
        // An empty one is what the designers of views write.
        ("fetch", "utc-offset") => value.is_empty() || value.parse() == Ok(0),
        ("fetch", "min-active-row-version") => off(),
        ("entity" | "link-entity", "enableprefiltering") => off(),
        ("link-entity", "visible" | "intersect") => true,
        ("attribute", "build" | "addedby") => true,
        ("attribute", "groupby" | "distinct") => off(),
        ("attribute", "usertimezone") => matches!(value, "true" | "1"),
        ("filter", "overridequickfindrecordlimitenabled" | "overridequickfindrecordlimitdisabled") => off(),
        ("condition" | "value", "uiname" | "uitype") | ("condition", "uihidden") => true,
        // Many tools write an empty value where none belongs.
        ("condition", "value" | "aggregate" | "rowaggregate" | "alias" | "column") => value.is_empty(),
        _ => false,
    }
}
