//! Visits the nodes of a syntax tree. Code that searches a tree implements the methods of [`Visit`] for the
//! nodes of interest, and calls the `walk_*` function of a node within them to visit its children too.
//!
//! ```
//! use fetchxml::ast::Condition;
//! use fetchxml::visit::Visit;
//!
//! #[derive(Default)]
//! struct Columns(Vec<String>);
//! impl<'s> Visit<'s> for Columns {
//!     fn visit_condition(&mut self, condition: &Condition<'s>) {
//!         self.0.extend(condition.attribute.as_ref().map(|a| a.raw.to_string()));
//!     }
//! }
//!
//! let text = "<fetch><entity name='account'><filter><condition attribute='name' operator='null'/></filter></entity></fetch>";
//! let fetch = fetchxml::parse(text, &Default::default())?;
//! let mut columns = Columns::default();
//! columns.visit_fetch(&fetch);
//! assert_eq!(columns.0, ["name"]);
//! # Ok::<(), dvkit_diagnostic::Diagnostic>(())
//! ```

use crate::ast::{
    AllAttributes, Attribute, Comment, Condition, Entity, Fetch, Filter, LinkEntity, NoAttrs, Node, Order,
    TextNode, UnknownElement, Value,
};

/// Declares a method of [`Visit`] for each element, and the function that visits the element's children.
macro_rules! visits {
    ($($(#[$doc:meta])* $visit:ident $walk:ident $node:ident;)*) => {
        /// A visitor of a syntax tree, whose methods are called in the order of the text. By default, each
        /// method only visits the children of its node.
        pub trait Visit<'s> {
            /// Visits a child of an element, which is an element, a comment or a text.
            fn visit_node(&mut self, node: &Node<'s>) {
                walk_node(self, node);
            }

            /// Visits a comment.
            fn visit_comment(&mut self, _comment: &Comment<'s>) {}

            /// Visits a text between elements.
            fn visit_text(&mut self, _text: &TextNode<'s>) {}

            $($(#[$doc])* fn $visit(&mut self, node: &$node<'s>) {
                $walk(self, node);
            })*
        }

        $(
            /// Visits the children of `node` in the order of the text.
            pub fn $walk<'s, V: Visit<'s> + ?Sized>(v: &mut V, node: &$node<'s>) {
                node.children.iter().for_each(|n| v.visit_node(n));
            }
        )*
    };
}

visits! {
    /// Visits an `<entity>`.
    visit_entity walk_entity Entity;
    /// Visits an `<all-attributes>`.
    visit_all_attributes walk_all_attributes AllAttributes;
    /// Visits a `<no-attrs>`.
    visit_no_attrs walk_no_attrs NoAttrs;
    /// Visits an `<attribute>`.
    visit_attribute walk_attribute Attribute;
    /// Visits an `<order>`.
    visit_order walk_order Order;
    /// Visits a `<link-entity>`.
    visit_link_entity walk_link_entity LinkEntity;
    /// Visits a `<filter>`.
    visit_filter walk_filter Filter;
    /// Visits a `<condition>`.
    visit_condition walk_condition Condition;
    /// Visits a `<value>`.
    visit_value walk_value Value;
    /// Visits an element that FetchXML does not define.
    visit_unknown walk_unknown UnknownElement;
    /// Visits the `<fetch>` element, the root of the tree.
    visit_fetch walk_fetch Fetch;
}

/// Calls the method of the visitor `v` that visits nodes like `node`.
pub fn walk_node<'s, V: Visit<'s> + ?Sized>(v: &mut V, node: &Node<'s>) {
    match node {
        Node::Entity(n) => v.visit_entity(n),
        Node::AllAttributes(n) => v.visit_all_attributes(n),
        Node::NoAttrs(n) => v.visit_no_attrs(n),
        Node::Attribute(n) => v.visit_attribute(n),
        Node::Order(n) => v.visit_order(n),
        Node::LinkEntity(n) => v.visit_link_entity(n),
        Node::Filter(n) => v.visit_filter(n),
        Node::Condition(n) => v.visit_condition(n),
        Node::Value(n) => v.visit_value(n),
        Node::Unknown(n) => v.visit_unknown(n),
        Node::Comment(n) => v.visit_comment(n),
        Node::Text(n) => v.visit_text(n),
    }
}
