//! Records which parts of a FetchXML query the resolver uses, and finds the parts that it did not use. The
//! resolver reads every element and attribute with these functions.
//!
//! An unused part is not represented in the HIR. Either it has no effect according to the documentation
//! ([`is_inert`]), or it becomes a [`QueryHint::Unread`], so that no translation of the query is called
//! exact. So an element or attribute that the resolver does not support is never ignored silently.

use dvkit_diagnostic::Span;
use fetchxml::ast::{Attr, Condition, ElementRef, Node, TextAttr};

use crate::hir::{QueryHint, UnreadKind, UnreadPart};
use crate::resolve::Resolver;

impl<'a> Resolver<'a> {
    /// Records that the element or attribute whose name has the span `name` is used.
    pub(super) fn read(&mut self, name: Span) {
        self.facts.read.insert(name.start);
    }

    /// Records that the elements whose names have the spans `names` are used. Returns whether there is at
    /// least one.
    pub(super) fn elements(&mut self, names: impl Iterator<Item = Span>) -> bool {
        names.map(|name| self.read(name)).count() > 0
    }

    /// Returns the value of an attribute that accepts only certain words, and records that the attribute is
    /// used. Returns `None` if the attribute is missing or has another value, such as a placeholder.
    pub(super) fn word<T: Copy>(&mut self, attr: &Option<Attr<'_, T>>) -> Option<T> {
        let attr = attr.as_ref()?;
        match attr.value {
            Some(value) => {
                self.read(attr.name_span);
                Some(value)
            }
            // Other values have been reported, except for placeholders.
            None => {
                let hole = (attr.name_span.start, attr.value_span);
                if !self.facts.placeholders.contains(&hole) {
                    self.facts.placeholders.push(hole);
                }
                None
            }
        }
    }

    /// Returns the value of an attribute that is true or false, and records that the attribute is used.
    /// Returns `false` if the attribute is missing or has another value.
    pub(super) fn flag(&mut self, attr: &Option<Attr<'_, bool>>) -> bool {
        self.word(attr) == Some(true)
    }

    /// Returns an attribute that accepts any text, and records that it is used. Returns `None` if the
    /// attribute is missing.
    pub(super) fn attribute(&mut self, attr: &'a Option<TextAttr<'a>>) -> Option<&'a TextAttr<'a>> {
        let attr = attr.as_ref()?;
        self.read(attr.name_span);
        Some(attr)
    }

    /// Returns the text and the span of a condition's only value, and records that the value is used. The
    /// value is the attribute `value` or, if that is missing, the first `<value>` element. Returns `None` if
    /// there is neither.
    pub(super) fn only_value(&mut self, condition: &'a Condition<'a>) -> Option<(&'a str, Span)> {
        if let Some(value) = self.attribute(&condition.value) {
            return Some((&value.raw, value.value_span));
        }
        let value = condition.values().next()?;
        self.read(value.name_span);
        Some((&value.text, value.text_span))
    }

    /// Returns the text and the span of each `<value>` element of a condition, in the order of the text, and
    /// records that the elements are used.
    pub(super) fn values(&mut self, condition: &'a Condition<'a>) -> Vec<(&'a str, Span)> {
        self.elements(condition.values().map(|v| v.name_span));
        condition.values().map(|v| (&*v.text, v.text_span)).collect()
    }

    /// Records that the columns and orders of a link that only tests that rows exist are used. They have no
    /// effect according to the documentation, which the parser has reported.
    pub(super) fn mark_ignored(&mut self, children: &[Node<'_>]) {
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
                Node::LinkEntity(link) => self.mark_ignored(&link.children),
                _ => {}
            }
        }
    }

    /// Adds a hint for each part within `element` that the resolver did not use. `element` itself is used.
    pub(super) fn unread(&mut self, element: &ElementRef<'_>) {
        let is_column = |n: &Node<'_>| matches!(n, Node::Attribute(_) | Node::AllAttributes(_));
        element.each_attribute(&mut |attribute| {
            let at = attribute.name_span.start;
            if self.facts.read.contains(at) {
                return;
            }
            // A link through an intersect table returns no columns, according to the documentation.
            let intersect = attribute.name == "intersect"
                && matches!(attribute.value, "true" | "1")
                && element.children.iter().any(is_column);
            if is_inert(element.name, attribute.name, attribute.value) && !intersect {
                return;
            }
            let hole = self.facts.placeholders.iter().any(|(name, _)| *name == at);
            self.facts.add_hint(QueryHint::Unread(UnreadPart {
                kind: UnreadKind::Attribute,
                element: element.name.to_owned(),
                name: attribute.name.to_owned(),
                value: attribute.value.to_owned(),
                // An attribute with a namespace prefix is not a mistake.
                known: !hole && (attribute.known || attribute.name.contains(':')),
            }));
        });
        for child in element.children {
            match child.as_element() {
                Some(inner) if self.facts.read.contains(inner.name_span.start) => self.unread(&inner),
                Some(inner) => self.facts.add_hint(QueryHint::Unread(UnreadPart {
                    kind: UnreadKind::Element,
                    element: element.name.to_owned(),
                    name: inner.name.to_owned(),
                    value: String::new(),
                    known: inner.known,
                })),
                None => {
                    if let Node::Text(text) = child {
                        self.facts.add_hint(QueryHint::Unread(UnreadPart {
                            kind: UnreadKind::Text,
                            element: element.name.to_owned(),
                            name: text.text.clone().into_owned(),
                            value: String::new(),
                            // The service ignores text; a placeholder may become anything.
                            known: !text.is_placeholder(),
                        }));
                    }
                }
            }
        }
    }
}

/// Returns whether the attribute `attribute` of `element` with this value has no effect on the result,
/// according to the documentation or FetchXML's schema. Such attributes belong to tools, are obsolete hints,
/// concern the format of an older interface, or have their default value.
fn is_inert(element: &str, attribute: &str, value: &str) -> bool {
    let off = || matches!(value, "false" | "0" | "");
    match (element, attribute) {
        // A prefix that is declared but not used.
        (_, name) if name.starts_with("xmlns:") => true,
        ("fetch", "version" | "output-format" | "no-lock") => true,
        ("fetch", "mapping") => value == "logical",
        // The designers of views write an empty value.
        ("fetch", "utc-offset") => value.is_empty() || value.parse() == Ok(0),
        ("fetch", "min-active-row-version") => off(),
        ("entity" | "link-entity", "enableprefiltering") => off(),
        ("link-entity", "visible" | "intersect") => true,
        ("attribute", "build" | "addedby") => true,
        ("attribute", "groupby" | "distinct") => off(),
        ("attribute", "usertimezone") => matches!(value, "true" | "1"),
        ("filter", "overridequickfindrecordlimitenabled" | "overridequickfindrecordlimitdisabled") => off(),
        ("condition" | "value", "uiname" | "uitype") | ("condition", "uihidden") => true,
        // Many tools write an empty value for an attribute that does not apply.
        ("condition", "value" | "aggregate" | "rowaggregate" | "alias" | "column") => value.is_empty(),
        _ => false,
    }
}
