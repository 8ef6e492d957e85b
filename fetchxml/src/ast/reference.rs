//! References to elements and attributes of any kind, for code that handles all alike.

use std::fmt;

use dvkit_diagnostic::Span;

use super::{Element, Node, OtherAttribute, UnknownElement};

/// A reference to an element of any kind, for code that handles all elements alike.
#[derive(Clone, Copy, Debug)]
pub struct ElementRef<'a> {
    /// The name of the element.
    pub name: &'a str,
    /// Whether FetchXML defines an element of this name.
    pub known: bool,
    /// The span of the element, from the `<` of its start tag to the `>` of its end tag.
    pub span: Span,
    /// The span of the element's name in the start tag.
    pub name_span: Span,
    /// The children of the element, in the order of the text.
    pub children: &'a [Node<'a>],
    pub(super) attributes: &'a dyn Attributes,
}

/// A reference to an attribute of any element.
#[derive(Clone, Copy, Debug)]
pub struct AttributeRef<'a> {
    /// The name of the attribute.
    pub name: &'a str,
    /// Whether FetchXML defines an attribute of this name for the element. Old attributes and attributes that
    /// tools write count as defined.
    pub known: bool,
    /// The span of the attribute's name.
    pub name_span: Span,
    /// The span of the value, without the quotes.
    pub value_span: Span,
    /// The value, with its references (`&amp;`) resolved.
    pub value: &'a str,
}

impl<'a> ElementRef<'a> {
    pub(super) fn of<'s: 'a, E: Element<'s> + Attributes>(element: &'a E) -> Self {
        let (span, name_span) = element.spans();
        Self {
            name: E::NAME,
            known: true,
            span,
            name_span,
            children: element.children(),
            attributes: element,
        }
    }

    /// Calls `f` with each attribute of the element. First come the attributes for which the element's struct
    /// has a field, in the order of the fields, and then the others, in the order of the text.
    pub fn each_attribute(&self, f: &mut dyn FnMut(AttributeRef<'a>)) {
        self.attributes.each_ref(f);
    }

    /// Returns the attributes, in the order of [`each_attribute`](Self::each_attribute).
    #[must_use]
    pub fn attributes(&self) -> Vec<AttributeRef<'a>> {
        let mut attributes = Vec::new();
        self.each_attribute(&mut |attribute| attributes.push(attribute));
        attributes
    }
}

/// An element that can list its attributes, whatever its struct is.
pub(super) trait Attributes: fmt::Debug {
    /// Calls `f` with each attribute, in the order that [`ElementRef::each_attribute`] states.
    fn each_ref<'a>(&'a self, f: &mut dyn FnMut(AttributeRef<'a>));
}

impl Attributes for UnknownElement<'_> {
    fn each_ref<'a>(&'a self, f: &mut dyn FnMut(AttributeRef<'a>)) {
        self.other.iter().for_each(|o| f(o.as_ref(false)));
    }
}

impl OtherAttribute<'_> {
    pub(super) fn as_ref(&self, known: bool) -> AttributeRef<'_> {
        AttributeRef {
            name: self.name,
            known,
            name_span: self.attr.name_span,
            value_span: self.attr.value_span,
            value: &self.attr.raw,
        }
    }
}
