//! Walking a tree: implement the methods you care about, call the `walk_*` function of the same name to go on
//! inside.
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

/// Declares a method for each element, and the function that goes on inside.
macro_rules! visits {
    ($($(#[$doc:meta])* $visit:ident $walk:ident $node:ident;)*) => {
        /// A walk over a tree, in the order of the text.
        pub trait Visit<'s> {
            /// Anything that stands within an element.
            fn visit_node(&mut self, node: &Node<'s>) {
                walk_node(self, node);
            }

            /// A comment.
            fn visit_comment(&mut self, _comment: &Comment<'s>) {}

            /// A text between elements.
            fn visit_text(&mut self, _text: &TextNode<'s>) {}

            $($(#[$doc])* fn $visit(&mut self, node: &$node<'s>) {
                $walk(self, node);
            })*
        }

        $(
            /// Visits what is within.
            pub fn $walk<'s, V: Visit<'s> + ?Sized>(v: &mut V, node: &$node<'s>) {
                node.children.iter().for_each(|n| v.visit_node(n));
            }
        )*
    };
}

visits! {
    /// `<entity>`
    visit_entity walk_entity Entity;
    /// `<all-attributes>`
    visit_all_attributes walk_all_attributes AllAttributes;
    /// `<no-attrs>`
    visit_no_attrs walk_no_attrs NoAttrs;
    /// `<attribute>`
    visit_attribute walk_attribute Attribute;
    /// `<order>`
    visit_order walk_order Order;
    /// `<link-entity>`
    visit_link_entity walk_link_entity LinkEntity;
    /// `<filter>`
    visit_filter walk_filter Filter;
    /// `<condition>`
    visit_condition walk_condition Condition;
    /// `<value>`
    visit_value walk_value Value;
    /// An element that FetchXML does not have.
    visit_unknown walk_unknown UnknownElement;
    /// The whole query.
    visit_fetch walk_fetch Fetch;
}

/// Visits the node as what it is.
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
